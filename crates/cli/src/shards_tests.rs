//! Parts and their union: the same bytes as a single run, and what is wrong with parts.

use std::path::{Path, PathBuf};

use super::tests::{Folder, check, context, refused, run_with};

/// The file of a part.
fn part(folder: &Folder, at: u64) -> String {
    folder.path(&format!("part-{at}.json"))
}

/// The command's words before `--merge`, and those that only its report needs.
struct Work<'a> {
    command: &'a [&'a str],
    options: &'a [&'a str],
    report: &'a [&'a str],
}

/// Runs all parts, in a disorder, and merges them.
fn merged(work: &Work<'_>, shards: u64, folder: &Folder) -> (bool, String) {
    for at in (0..shards).rev() {
        let (shard, file) = (format!("{at}/{shards}"), part(folder, at));
        let part = [work.command, work.options, &["--shard", &shard, "--out", &file]].concat();
        assert_eq!(check(&part), Ok((true, String::new())), "a written part is a success, whatever it holds");
    }
    let files: Vec<String> = (0..shards).map(|at| part(folder, (at * 3) % shards)).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    check(&[work.command, work.report, &["--merge"], &files].concat()).expect("merges")
}

/// What the machine's clock says differs from run to run; it is the one figure that is not part of the bytes.
fn without_wall(text: &str) -> String {
    let Some((before, rest)) = text.split_once("\"wall_s\":") else { return text.to_owned() };
    format!("{before}{}", &rest[rest.find(',').expect("more figures")..])
}

fn same(name: &str, work: &Work<'_>, shards: u64) -> String {
    let folder = Folder::new(name);
    let single = check(&[work.command, work.options, work.report].concat()).expect("runs");
    let merged = merged(work, shards, &folder);
    assert_eq!(merged.0, single.0, "the same exit status");
    assert_eq!(without_wall(&merged.1), without_wall(&single.1), "{name}");
    single.1
}

#[test]
fn eight_parts_of_a_search_are_the_search() {
    for report in [&["--lang", "en"][..], &["--json"]] {
        let work = Work { command: &["swarm"], options: &["--seeds", "5..42", "--events", "1500"], report };
        same("swarm", &work, 8);
    }
    // With a rule off the search ends at the first seed that breaks it, in whichever part that is.
    let options = &["--seeds", "0..60", "--events", "3000", "--break", "repair_before_voting"];
    for report in [&["--lang", "en"][..], &["--json"]] {
        let text = same("swarm-break", &Work { command: &["swarm"], options, report }, 8);
        assert!(text.contains("seed"), "something broke: {text}");
    }
}

#[test]
fn eight_parts_of_a_drill_are_the_drill() {
    let cases: [(&[&str], &[&str]); 3] = [
        (&["drill", "failover-proxy"], &["--runs", "19", "--seed", "3"]),
        (&["drill", "failover-coordinator"], &["--runs", "8", "--set", "health_check_ms=60000"]),
        (&["drill", "dr-drill"], &["--runs", "3", "--preset", "note-world"]),
    ];
    for (command, options) in cases {
        for report in [&["--json"][..], &["--csv"], &["--lang", "en"]] {
            let command_of_merge = &command[..1];
            let folder = Folder::new("shards-drill");
            let single = check(&[command, options, report].concat()).expect("runs");
            for at in 0..8 {
                let (shard, file) = (format!("{at}/8"), part(&folder, at));
                let part = [command, options, &["--shard", &shard, "--out", &file]].concat();
                assert_eq!(check(&part), Ok((true, String::new())));
            }
            let files: Vec<String> = (0..8).map(|at| part(&folder, at)).collect();
            let files: Vec<&str> = files.iter().map(String::as_str).collect();
            let merged = check(&[command_of_merge, report, &["--merge"], &files].concat()).expect("merges");
            assert_eq!(merged, single, "{command:?} {report:?}");
        }
    }
}

/// The lessons of the tree are many; three of them say as much.
fn some_lessons(folder: &Path) {
    let lessons = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lessons");
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(&lessons).expect("lessons").flatten().map(|entry| entry.path()).collect();
    found.retain(|path| path.join("lesson.toml").is_file());
    found.sort();
    for from in found.iter().take(3) {
        let to = folder.join(from.file_name().expect("a name"));
        std::fs::create_dir_all(&to).expect("a folder");
        for file in ["lesson.toml", "zh.md", "en.md"] {
            std::fs::copy(from.join(file), to.join(file)).expect("copied");
        }
    }
    // One that is wrong: its line, and with it the exit status, has to survive.
    std::fs::create_dir_all(folder.join("99-broken")).expect("a folder");
    std::fs::write(folder.join("99-broken/lesson.toml"), "colour = 1").expect("written");
}

/// Holds that eight parts of a check of a folder are the check, which prints this many lines.
#[track_caller]
fn check_of_lessons(folder: &Folder, lines: usize) {
    let path = folder.0.to_string_lossy().into_owned();
    let single = check(&["lessons", "check", &path]).expect("runs");
    assert!(!single.0 && single.1.lines().count() == lines, "{}", single.1);
    for at in 0..8 {
        let (shard, file) = (format!("{at}/8"), part(folder, at));
        let part = ["lessons", "check", &path, "--shard", &shard, "--out", &file];
        assert_eq!(check(&part), Ok((true, String::new())));
    }
    let files: Vec<String> = (0..8).map(|at| part(folder, at)).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    assert_eq!(check(&[&["lessons", "check", "--merge"][..], &files].concat()), Ok(single));
    files.iter().for_each(|file| std::fs::remove_file(file).expect("it was written"));
}

#[test]
fn eight_parts_of_a_check_of_lessons_are_the_check() {
    let folder = Folder::new("shards-lessons");
    some_lessons(&folder.0);
    check_of_lessons(&folder, 4);
    // As a whole course it has one more line, which no part by itself could have.
    let paths = "[[path]]\nid = \"first\"\nminutes_at_most = 90\nlessons = [\"milvus-map\"]\n";
    std::fs::write(folder.0.join("paths.toml"), paths).expect("written");
    check_of_lessons(&folder, 5);
}

#[test]
fn a_part_that_is_missing_double_foreign_or_damaged_is_named() {
    let folder = Folder::new("shards-wrong");
    let parts = |name: &str, runs: &str, of: u64| {
        for at in 0..of {
            let (shard, file) = (format!("{at}/{of}"), folder.0.join(format!("{name}-{at}.json")));
            let file = file.to_string_lossy().into_owned();
            let part = ["drill", "failover-proxy", "--runs", runs, "--shard", &shard, "--out", &file];
            check(&part).expect("runs");
        }
    };
    parts("a", "4", 4);
    parts("b", "5", 4);
    let path = |name: &str| folder.0.join(name).to_string_lossy().into_owned();
    let refusal = |names: &[&str]| {
        let files: Vec<String> = names.iter().map(|name| path(name)).collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let merge = [&["drill", "--lang", "en", "--merge"][..], &files].concat();
        let refusal = refused(&merge);
        (refusal.code, refusal.error)
    };
    let said = |names: &[&str], code: &str, text: &str| {
        let (found, error) = refusal(names);
        assert!(found == code && error.contains(text), "{found}: {error}");
    };
    said(&["a-0.json", "a-2.json"], "shard_missing", "2 of 4 parts are missing: 1/4, 3/4");
    said(&["a-0.json", "a-1.json", "a-3.json"], "shard_missing", "one of 4 parts is missing: 2/4");
    std::fs::copy(path("a-1.json"), path("a-copy.json")).expect("copied");
    said(&["a-0.json", "a-1.json", "a-copy.json"], "shard_duplicate", "part 1 is there twice");
    said(&["a-0.json", "b-1.json"], "shard_mixed", "different work");
    said(&["no-such.json"], "shard_unreadable", "no-such.json");
    let whole = std::fs::read_to_string(path("a-3.json")).expect("text");
    let write = |name: &str, text: &str| std::fs::write(path(name), text).expect("written");
    write("cut.json", &whole[..whole.len() / 2]);
    said(&["cut.json"], "shard_unreadable", "cut.json");
    write("deep.json", &"[".repeat(1_000_000));
    said(&["deep.json"], "shard_unreadable", "deep.json");
    write("far.json", &whole.replace("\"shard\":3", "\"shard\":9"));
    said(&["far.json"], "shard_unreadable", "9/4");
    write("old.json", &whole.replace("\"program\":\"", "\"program\":\"9."));
    said(&["old.json"], "shard_mixed", "was written by version 9.");
    write("moved.json", &whole.replace("\"shard\":3", "\"shard\":2"));
    said(&["a-0.json", "a-1.json", "moved.json", "a-3.json"], "shard_unreadable", "part 2/4");
    let swarm = refused(&["swarm", "--lang", "en", "--merge", &path("a-0.json")]);
    assert!(swarm.error.contains("a part of “drill”"), "{}", swarm.error);
    let html = refused(&["drill", "failover-proxy", "--shard", "0/2", "--html", "x.html", "--lang", "en"]);
    assert!(html.error.contains("--html does not go with --shard"), "{}", html.error);
    let shard = refused(&["drill", "failover-proxy", "--shard", "8/8", "--lang", "en"]);
    assert!(shard.error.contains("0/8"), "{}", shard.error);
}

#[test]
fn an_interrupted_part_is_not_written() {
    let folder = Folder::new("shards-stopped");
    let mut context = context(1);
    context.stop = std::sync::Arc::new(super::work::Stop::after(1));
    let file = part(&folder, 0);
    let part = ["drill", "failover-proxy", "--runs", "9", "--shard", "0/2", "--out", &file];
    let (end, _) = run_with(&part, &context).expect("runs");
    assert_eq!(end, super::End::Interrupted);
    assert!(!Path::new(&file).exists());
}
