//! Each lint finds a lesson, or a course, that is made bad on purpose, and nothing in one that is not.

use super::beside::Beside;
use super::lint;
use super::whole::{self, Belief, Figures, Whole};
use quorum_lesson::{Lesson, Mission, manifest};
use quorum_texts::paths::Path;

const TEMPLATE: [&str; 3] = [
    include_str!("../../../docs/lesson-template/lesson.toml"),
    include_str!("../../../docs/lesson-template/zh.md"),
    include_str!("../../../docs/lesson-template/en.md"),
];

/// The template's lesson with pieces of its files changed: the file's number, what was there, what is there now.
fn lesson(changes: &[(usize, &str, &str)]) -> Lesson {
    let mut parts = TEMPLATE.map(str::to_owned);
    for (part, from, to) in changes {
        assert!(parts[*part].contains(from), "{from}");
        parts[*part] = parts[*part].replacen(from, to, 1);
    }
    let [manifest, zh, en] = &parts;
    manifest::parse_source(manifest::Files { place: "it/", manifest, zh, en }).expect("it is read")
}

/// A guide, and claims with these places.
fn beside(places: &[&str]) -> Beside {
    let facts = places.iter().map(|place| (format!("of-{place}"), (*place).to_owned())).collect();
    Beside { facts, has_guide: true, ..Beside::default() }
}

/// Whether the lints of one lesson find this and nothing else.
#[track_caller]
fn check(changes: &[(usize, &str, &str)], places: &[&str], expected: &[&str]) {
    let found = lint::findings(&lesson(changes), &beside(places));
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

#[test]
fn a_good_lesson_is_left_alone() {
    check(&[], &[], &[]);
}

#[test]
fn words_of_the_right_choice_are_found_before_it_is_chosen() {
    let told = "gives guess.somebody-else away";
    check(
        &[(1, "title = \"你自己的一课\"", "title = \"总有人当选\"")],
        &[],
        &[&format!("zh.md: title {told}: “当选”")],
    );
    check(
        &[(2, "summary = \"One", "summary = \"Somebody is elected. One")],
        &[],
        &[&format!("en.md: summary {told}: “elected”")],
    );
    check(
        &[(2, "\"Who is left?\"", "\"Two nodes are left.\"")],
        &[],
        &[&format!("en.md: hints {told}: “node”")],
    );
    // What the question says, too, gives nothing away; nor does another step's hint.
    check(
        &[(1, "\"想想还剩下谁。\"", "\"谁会当选？\""), (1, "领导者停掉以后", "领导者停掉以后，谁会当选")],
        &[],
        &[],
    );
    check(&[(1, "\"谁戴着皇冠？\"", "\"谁会当选？\"")], &[], &[]);
}

#[test]
fn numbers_give_away_too() {
    let seconds = [
        (1, "somebody-else = \"另一个节点会当选\"", "somebody-else = \"停 12 秒\""),
        (1, "nobody = \"谁也当不了\"", "nobody = \"停 3 秒\""),
    ];
    check(&seconds, &[], &[]);
    let told = [seconds[0], seconds[1], (1, "summary = \"", "summary = \"为什么是 12 秒？")];
    check(&told, &[], &["zh.md: summary gives guess.somebody-else away: “12”"]);
}

#[test]
fn a_lesson_without_a_prediction_or_a_guide_is_found() {
    let mut plain = lesson(&[]);
    plain.steps.retain(|step| step.id != "guess");
    let found = lint::findings(&plain, &Beside::default());
    assert!(found.iter().any(|found| found.starts_with("there is no prediction")), "{found:?}");
    assert!(found.iter().any(|found| found.starts_with("there is no guide.toml")), "{found:?}");
    plain.course.mission = Some(Mission { unit: 1, par: 3 });
    let found = lint::findings(&plain, &Beside::default());
    assert!(
        !found.iter().any(|found| found.starts_with("there is no")),
        "a mission needs neither: {found:?}"
    );
}

#[test]
fn a_statement_about_a_product_needs_a_fact_in_its_place() {
    let said = [(2, "Two or three sentences", "In Milvus 3.0 the log is `etcd`. Two or three sentences")];
    let found = "en.md: scene names Milvus, etcd, and no fact of facts.toml has that place";
    check(&said, &[], &[found]);
    check(&said, &["stop", "intro"], &[found]);
    check(&said, &["scene"], &[]);
    check(&[(1, "story = \"", "story = \"Kafka 停了。")], &[], &["zh.md: intro names Kafka"]);
    check(&[(2, "majority = \"Yes", "majority = \"Kubernetes. Yes")], &[], &["en.md: why names Kubernetes"]);
    // A name inside another word is none.
    check(&[(2, "Two or three", "The pymilvus_etcd of a fetcd. Two or three")], &[], &[]);
}

/// What the whole course's lints find about these lessons.
fn found(lessons: &[&Lesson], whole: &Whole) -> Vec<String> {
    whole::findings(lessons, whole, &whole::figures(lessons))
}

#[track_caller]
fn has(found: &[String], expected: &str) {
    assert!(found.iter().any(|found| found.contains(expected)), "{expected}: {found:#?}");
}

#[test]
fn the_longest_answer_is_not_right_too_often() {
    let long = lesson(&[
        (1, "\"剩下的两个还是三个的多数派\"", "\"剩下的两个还是三个的多数派，而且它们互相连得上\""),
        (2, "\"Another node will be elected\"", "\"No\""),
    ]);
    let figures = whole::figures(&[&long]);
    assert_eq!((figures.questions, figures.longest_right), (1, [1, 1]));
    assert_eq!((figures.predictions, figures.longest_predicted), (1, [1, 0]));
    let found = found(&[&long], &Whole::default());
    has(&found, "zh: the longest answer is right in 1 of 1 questions; at most 0");
    has(&found, "zh: the longest answer is right in 1 of 1 predictions");
    assert!(
        !found.iter().any(|found| found.starts_with("en: the longest answer is right in 1 of 1 predictions"))
    );
    let short = lesson(&[
        (1, "\"剩下的两个还是三个的多数派\"", "\"够\""),
        (2, "\"The two that are left are still a majority of three\"", "\"They are enough\""),
    ]);
    assert_eq!(whole::figures(&[&short]).longest_right, [0, 0]);
    // As long as another one is not the longest.
    let same = lesson(&[(1, "\"剩下的两个还是三个的多数派\"", "\"只要还有两个活着就够了\"")]);
    assert_eq!(whole::figures(&[&same]).longest_right[0], 0);
}

#[test]
fn too_few_decisions_are_found() {
    let buttons = lesson(&[]);
    has(&found(&[&buttons], &Whole::default()), "0 of 1 do steps are decisions");
    let tools = lesson(&[(0, "actions = [\"stop-the-leader\"]", "tools = [\"kill\", \"pause\"]")]);
    let Figures { do_steps, decisions, .. } = whole::figures(&[&tools]);
    assert_eq!((do_steps, decisions), (1, 1));
    assert!(!found(&[&tools], &Whole::default()).iter().any(|found| found.contains("decisions")));
}

/// A lesson of this name with these prerequisites.
fn named(name: &str, requires: &[&str]) -> Lesson {
    let mut named = lesson(&[]);
    name.clone_into(&mut named.slug);
    named.course.requires = requires.iter().map(|slug| (*slug).to_owned()).collect();
    named
}

#[test]
fn prerequisites_exist_and_lead_in_no_circle() {
    let lessons = [named("a", &["b"]), named("b", &["c"]), named("c", &["a", "x"])];
    let found = found(&lessons.each_ref(), &Whole::default());
    has(&found, "c: requires: there is no lesson x");
    for name in ["a", "b", "c"] {
        has(&found, &format!("{name}: requires: it requires itself"));
    }
}

#[test]
fn a_path_keeps_its_minutes_and_its_order() {
    let lessons = [named("a", &[]), named("b", &["a"])];
    let path = |minutes_at_most: u32, lessons: &[&str]| Path {
        id: "way".to_owned(),
        minutes_at_most,
        lessons: lessons.iter().map(|slug| (*slug).to_owned()).collect(),
    };
    let of = |path: Path| found(&lessons.each_ref(), &Whole { paths: vec![path], ..Whole::default() });
    let good = of(path(8, &["a", "b"]));
    assert!(!good.iter().any(|found| found.contains("paths.toml")), "{good:?}");
    has(&of(path(7, &["a", "b"])), "path way: its lessons take 8 minutes, more than 7");
    has(&of(path(9, &["b", "a"])), "path way: b requires a, which is not before it");
    has(&of(path(9, &["c"])), "path way: there is no lesson c");
}

#[test]
fn a_path_explains_its_terms_before_it_uses_them() {
    let jargon = [
        (1, "写两三句话", "等租约到期。写两三句话"),
        (2, "Two or three", "Wait for the lease. Two or three"),
    ];
    let (mut uses, mut explains) = (lesson(&jargon), lesson(&[]));
    "uses".clone_into(&mut uses.slug);
    "explains".clone_into(&mut explains.slug);
    let path = Path {
        id: "way".to_owned(),
        minutes_at_most: 90,
        lessons: ["explains", "uses"].map(str::to_owned).to_vec(),
    };
    let whole = Whole { paths: vec![path], ..Whole::default() };
    let first = found(&[&explains, &uses], &whole);
    has(&first, "path way: zh: uses: scene uses lease before it is explained");
    has(&first, "path way: en: uses: scene uses lease before it is explained");
    let mut told = lesson(&[
        (1, "写两三句话", "**租约**是有期限的许诺。写两三句话"),
        (2, "Two or three", "A **lease** is a promise that ends. Two or three"),
    ]);
    "explains".clone_into(&mut told.slug);
    let second = found(&[&told, &uses], &whole);
    assert!(!second.iter().any(|found| found.contains("uses lease")), "{second:?}");
}

#[test]
fn a_misconception_is_a_wrong_answer() {
    let lesson = named("a", &[]);
    let belief = |choice: &str| Belief {
        id: format!("belief-{choice}"),
        lesson: "a".to_owned(),
        step: "why".to_owned(),
        choice: choice.to_owned(),
    };
    let of = |beliefs: Vec<Belief>| found(&[&lesson], &Whole { beliefs, ..Whole::default() });
    let few = of(vec![belief("majority"), belief("nobody"), belief("anybody")]);
    has(&few, "misconceptions.toml: 3 misconceptions; at least 20");
    has(&few, "belief-majority: a#why.majority is no wrong answer");
    has(&few, "belief-nobody: a#why.nobody is no wrong answer");
    assert!(!few.iter().any(|found| found.contains("belief-anybody")), "{few:?}");
    assert!(!of(vec![belief("anybody"); 20]).iter().any(|found| found.contains("misconceptions.toml")));
}

#[test]
fn incomplete_files_beside_a_lesson_are_problems() {
    let folder = std::env::temp_dir().join(format!("quorum-lint-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("facts.toml"), "[[fact]]\nid = \"a\"\n").expect("written");
    std::fs::write(folder.join("guide.toml"), "[zh]\nobjective = \"x\"\n").expect("written");
    let mut problems = Vec::new();
    Beside::at(&folder).problems(&lesson(&[]), &mut problems);
    std::fs::remove_dir_all(&folder).expect("removed");
    has(&problems, "facts.toml: line 1: there is no place");
    has(&problems, "guide.toml: zh: line 1: there is no misconception");
    let mut problems = Vec::new();
    beside(&["nowhere", "stop"]).problems(&lesson(&[]), &mut problems);
    assert_eq!(problems.len(), 1, "{problems:?}");
    has(&problems, "facts.toml: fact of-nowhere: nowhere is no step");
}
