//! What the command line says about the lessons that are built in.

use std::path::Path;

use serde_json::Value;

use super::tests::check;
use quorum_lesson::manifest::BUILT_IN;

/// The lines of JSON that a command prints.
fn lines(arguments: &[&str]) -> Vec<Value> {
    let (held, text) = check(arguments).expect("it is answered");
    assert!(held, "{text}");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn the_list_has_lessons_then_missions_with_what_they_need() {
    let all = lines(&["lessons", "list", "--json", "--lang", "en"]);
    assert_eq!(all.len(), BUILT_IN.len());
    for (line, built) in all.iter().zip(BUILT_IN.iter()) {
        let mission = built.folder.starts_with("missions/");
        assert_eq!(line["lesson"], built.slug());
        assert_eq!(line["kind"], if mission { "mission" } else { "lesson" });
        assert_eq!(mission, line["par"].as_u64() > Some(0) && line["unit"].as_u64() > Some(0), "{line}");
        for wanted in line["requires"].as_array().expect("a list") {
            assert!(quorum_lesson::built_in(wanted.as_str().unwrap_or_default()).is_some(), "{line}");
        }
    }
    let (_, text) = check(&["lessons", "list", "--lang", "en"]).expect("it is answered");
    assert_eq!(text.lines().count(), all.len());
    assert_eq!(
        text.matches("(mission of unit ").count(),
        all.iter().filter(|line| line["kind"] == "mission").count()
    );
}

#[test]
fn paths_say_their_minutes() {
    let paths = lines(&["lessons", "paths", "--json"]);
    let names: Vec<&str> = paths.iter().filter_map(|path| path["path"].as_str()).collect();
    assert_eq!(names, ["beginner", "on-call", "raft"]);
    for path in &paths {
        assert!(path["minutes"].as_u64() <= path["minutes_at_most"].as_u64(), "{path}");
        assert!(path["lessons"].as_array().is_some_and(|lessons| lessons.len() > 5), "{path}");
    }
    let (_, text) = check(&["lessons", "paths", "--lang", "en"]).expect("it is answered");
    let lessons: usize = paths.iter().filter_map(|path| path["lessons"].as_array()).map(Vec::len).sum();
    assert_eq!(text.lines().count(), paths.len() + lessons);
}

#[test]
fn facts_have_a_version_and_a_source() {
    let facts = lines(&["lessons", "facts", "--json", "--lang", "en"]);
    assert_eq!(facts.len(), lines(&["lessons", "facts", "--json", "--lang", "zh"]).len());
    for fact in &facts {
        let of = |name: &str| fact[name].as_str().unwrap_or_default();
        assert!(
            quorum_lesson::built_in(of("lesson")).is_some_and(|built| built.slug() == of("lesson")),
            "{fact}"
        );
        assert!(!of("claim").is_empty() && !of("as_of").is_empty(), "{fact}");
        assert!(of("source").starts_with("https://") || of("source").starts_with("run: "), "{fact}");
    }
    let read = facts.iter().filter(|fact| fact["read"].is_string()).count();
    let (_, text) = check(&["lessons", "facts", "--lang", "en"]).expect("it is answered");
    let sum = format!("{} claims, {read} of them with their source read", facts.len());
    assert_eq!(text.lines().last(), Some(sum.as_str()));
}

#[test]
fn the_guide_is_the_page_that_lies_beside_the_lab() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pages = quorum_texts::guide_pages(&root.join("lessons"), &root.join("crates/i18n/catalogues"));
    let file = std::env::temp_dir().join(format!("quorum-guide-{}.html", std::process::id()));
    for (lang, page) in quorum_texts::LANGS.into_iter().zip(pages.expect("they are made")) {
        let (_, said) = check(&["lessons", "guide", "--lang", lang]).expect("it is answered");
        assert_eq!(said.trim_end(), page.trim_end());
        let with_guide = BUILT_IN.iter().filter(|built| built.guide.is_some()).count();
        assert_eq!((page.matches("<section").count(), page.contains("cli-guide-")), (with_guide, false));
        check(&["lessons", "guide", "--lang", lang, "--out", &file.to_string_lossy()])
            .expect("it is written");
        assert_eq!(std::fs::read_to_string(&file).expect("a file"), page);
    }
    std::fs::remove_file(file).expect("removed");
}

#[test]
fn a_folder_is_linted_without_being_played() {
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/lesson-template");
    let reports = lines(&["lessons", "check", "--lint", template]);
    assert_eq!((reports.len(), &reports[0]["ok"], reports[0].get("warnings")), (1, &true.into(), None));
    let folder = std::env::temp_dir().join(format!("quorum-linted-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    for file in ["lesson.toml", "zh.md", "en.md"] {
        let text = std::fs::read_to_string(Path::new(template).join(file)).expect("a file");
        std::fs::write(folder.join(file), text.replace("a-lesson-of-your-own", "linted")).expect("written");
    }
    std::fs::write(folder.join("facts.toml"), "[[fact]]\nid = \"a\"\n").expect("written");
    let (held, text) =
        check(&["lessons", "check", "--lint", &folder.to_string_lossy()]).expect("it is answered");
    std::fs::remove_dir_all(&folder).expect("removed");
    assert!(!held && text.contains("facts.toml: line 1: there is no place"), "{text}");
    assert!(text.contains("there is no guide.toml"), "{text}");
}
