//! Runs that are handed in: solutions pass, whatever was tampered with is refused with the reason, and links are files.
//!
//! Guarantees: the files are those that `lessons check --runs` writes. Leaves out: every byte of the format
//! (`saved_run`).

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::End;
use super::tests::{check, context, run_with};
use quorum_facade::saved::{Arrival, Asked, Began, Entry, SavedRun};
use quorum_facade::{Command, Control, Lab};
use quorum_lesson::Move;
use quorum_saved_run::{decode, encode, from_text};
use quorum_types::rng::Rng;
use serde_json::Value;

/// A folder of this process.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("quorum-lab-grade-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// What `grade --json` says of files.
fn graded(files: &[PathBuf], jobs: usize) -> (End, Vec<Value>) {
    let names: Vec<&str> = files.iter().map(|file| file.to_str().expect("a name")).collect();
    let arguments = [&["grade", "--json", "--lang", "en"], &names[..]].concat();
    let (end, text) = run_with(&arguments, &context(jobs)).expect("it grades");
    (end, text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect())
}

/// The solution of the lesson `kill-the-leader` in a folder, as a file.
fn solutions(place: &Path) -> Vec<PathBuf> {
    let into = place.with_file_name("solutions");
    let (held, text) =
        check(&["lessons", "check", &place.to_string_lossy(), "--runs", &into.to_string_lossy()])
            .expect("it checks");
    assert!(held, "{text}");
    vec![into.join("kill-the-leader.quorum")]
}

/// The solution of a lesson of the course, by its slug, as if a learner had played it.
fn solved(slug: &str) -> SavedRun {
    let course = quorum_course::Course::built_in();
    let at =
        quorum_lesson::manifest::BUILT_IN.iter().position(|lesson| lesson.slug() == slug).expect("a lesson");
    course.solution(at).expect("a solution").expect("it plays").1
}

fn sample() -> &'static SavedRun {
    static SAMPLE: OnceLock<SavedRun> = OnceLock::new();
    SAMPLE.get_or_init(|| solved("kill-the-leader"))
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, bytes).expect("it is written");
    file
}

#[test]
fn a_solution_passes_and_is_short() {
    let place = folder("passes");
    for slug in ["crash-recovery", "kill-the-leader", "workers", "switching"] {
        let bytes = encode(&solved(slug)).expect("it fits");
        assert!(bytes.len() < 1_000, "{slug}: {} bytes", bytes.len());
        let (end, lines) = graded(&[put(&place, slug, &bytes)], 1);
        assert_eq!(end, End::Held, "{lines:?}");
        assert_eq!((&lines[0]["ok"], &lines[0]["lesson"]), (&true.into(), &slug.into()));
        assert!(
            lines[0]["goals"]["of"].as_u64() > Some(0) && lines[0]["goals"]["met"] == lines[0]["goals"]["of"]
        );
        assert_eq!((&lines[0]["why"], &lines[0]["code"]), (&Value::Null, &Value::Null));
        assert!(lines[0]["score"].as_u64().is_some_and(|score| (1..=100).contains(&score)), "{lines:?}");
    }
}

#[test]
#[ignore = "slow: every lesson is played"]
fn every_solution_passes() {
    let place = folder("all");
    let (held, text) = check(&["lessons", "check", "--runs", &place.to_string_lossy()]).expect("it checks");
    assert!(held, "{text}");
    let files: Vec<PathBuf> =
        std::fs::read_dir(&place).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    assert_eq!(files.len(), quorum_lesson::manifest::BUILT_IN.len());
    let (end, lines) = graded(&files, 2);
    let failed: Vec<&Value> = lines.iter().filter(|line| line["ok"] != true).collect();
    assert!(end == End::Held && failed.is_empty(), "{failed:?}");
}

/// A folder with the lesson `kill-the-leader`, its manifest changed.
fn folder_of_a_lesson(name: &str, change: impl Fn(String) -> String) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lessons/02-kill-the-leader");
    let into = folder(name).join("02-kill-the-leader");
    std::fs::create_dir_all(&into).expect("a folder");
    for file in ["lesson.toml", "zh.md", "en.md"] {
        let text = std::fs::read_to_string(from.join(file)).expect("a lesson");
        let text = if file == "lesson.toml" { change(text) } else { text };
        std::fs::write(into.join(file), text).expect("it is written");
    }
    into
}

#[test]
fn a_lesson_of_ones_own_is_written_too() {
    // The course's own lesson, read from its folder, is the course's lesson: any other process can grade it.
    let files = solutions(&folder_of_a_lesson("same", |text| text));
    let saved = decode(&std::fs::read(&files[0]).expect("written")).expect("a run");
    assert_eq!(saved.lesson(), Some("kill-the-leader"));
    assert_eq!(graded(&files, 1).0, End::Held);
    // Another run than the course's is known here only, because this process has opened its lesson.
    let other = folder_of_a_lesson("other", |text| text.replacen("seed = ", "seed = 1", 1));
    let files = solutions(&other);
    let saved = decode(&std::fs::read(&files[0]).expect("written")).expect("a run");
    assert_eq!(saved.lesson(), Some("file:kill-the-leader"));
    assert_eq!(graded(&files, 1).0, End::Held);
}

/// A tampered run, and the codes that may come of it.
fn tampered(whole: &[u8], kind: u64, random: &mut Rng) -> Vec<u8> {
    let saved = sample();
    let mut bytes = whole.to_vec();
    let made = |saved: SavedRun| encode(&saved).expect("it fits");
    match kind {
        // A bit flips; the end is missing; the fingerprint alone is another one.
        0 => {
            let at = random.below(bytes.len() as u64) as usize;
            bytes[at] ^= 1 << random.below(8);
            bytes
        }
        1 => {
            bytes.truncate(random.below(bytes.len() as u64) as usize);
            bytes
        }
        2 => made(SavedRun { fingerprint: saved.fingerprint ^ 1 << random.below(32), ..saved.clone() }),
        // Another lesson, another seed, another moment: with the right checksum.
        3 => {
            let lessons = quorum_lesson::manifest::BUILT_IN.iter().map(|lesson| lesson.slug());
            let others: Vec<&str> = lessons.filter(|slug| *slug != "kill-the-leader").collect();
            let slug = others[random.below(others.len() as u64) as usize].to_owned();
            made(SavedRun { began: Began::Lesson { slug, seed: None }, ..saved.clone() })
        }
        4 => {
            let began =
                Began::Lesson { slug: "kill-the-leader".to_owned(), seed: Some(1 + random.below(99_999)) };
            made(SavedRun { began, ..saved.clone() })
        }
        5 => {
            let t_us = saved.moment_us() + 1 + random.below(30_000_000);
            made(SavedRun { moment: Arrival::AtRest { t_us }, ..saved.clone() })
        }
        // Commands fewer or more, answers and goals that were not earned.
        6 => {
            let mut entries = saved.entries.clone();
            entries.remove(random.below(entries.len() as u64) as usize);
            made(SavedRun { entries, ..saved.clone() })
        }
        _ => {
            let mut entries = saved.entries.clone();
            let more = match random.below(4) {
                0 => Control::ShowMe { step: None },
                1 => Control::Act { name: "kill-leader".to_owned() },
                2 => Control::FreePlay { on: true },
                _ => Control::Undo,
            };
            let at = random.below(entries.len() as u64 + 1) as usize;
            entries.insert(at, Entry { at: Arrival::Here, what: Asked::Command(Command::Control(more)) });
            made(SavedRun { entries, ..saved.clone() })
        }
    }
}

#[test]
fn two_hundred_tampered_files_are_refused_with_the_reason() {
    let place = folder("tampered");
    let whole = encode(sample()).expect("it fits");
    let mut random = Rng::new(1, 1);
    let mut files = Vec::new();
    for at in 0..200 {
        // The restrictions lifted change nothing that is graded; the last kind leaves that out by itself.
        let bytes = tampered(&whole, at % 8, &mut random);
        files.push(put(&place, &format!("{at}.quorum"), &bytes));
    }
    files.push(put(&place, "whole.quorum", &whole));
    let (end, lines) = graded(&files, 2);
    assert_eq!((end, lines.len()), (End::Missed, 201));
    assert_eq!(lines[200]["ok"], true, "{}", lines[200]);
    let codes = [
        "run_cut",
        "run_damaged",
        "run_differs",
        "run_newer",
        "bad_run",
        "run_too_long",
        "nothing_to_undo",
        "not_in_this_lesson",
        "unknown_action",
        "no_such_step",
        "no_such_choice",
        "unknown_node",
        "unsupported",
        "settled",
        "nobody",
    ];
    for (at, line) in lines[..200].iter().enumerate() {
        let code = line["code"].as_str().unwrap_or_default();
        assert!(line["ok"] == false && codes.contains(&code), "{at}: {line}");
        assert!(line["why"].as_str().is_some_and(|why| why.len() > 20 && !why.contains("err-")), "{line}");
        assert_eq!((&line["score"], &line["goals"]["met"]), (&Value::Null, &0.into()), "{line}");
    }
}

#[test]
fn what_was_not_done_is_not_met_and_what_was_shown_is_said() {
    let place = folder("unmet");
    let config = quorum_facade::RunConfig {
        lesson: Some("kill-the-leader".to_owned()),
        topology: None,
        seed: quorum_lesson::find("kill-the-leader").expect("a lesson").seed,
        kept: false,
        lang: "zh".to_owned(),
    };
    let mut lab = Lab::open(config, None).expect("opens");
    lab.advance(3_000_000, u32::MAX);
    let early = put(&place, "early.quorum", &encode(&lab.saved_run().expect("known")).expect("it fits"));
    lab.execute(1, Command::Control(Control::ShowMe { step: None }));
    while lab.plays() {
        lab.advance(lab.now_us() + 1_000_000, u32::MAX);
    }
    let shown = put(&place, "shown.quorum", &encode(&lab.saved_run().expect("known")).expect("it fits"));
    let none = place.join("no-such-file.quorum");
    let (end, lines) = graded(&[early.clone(), shown.clone(), none], 1);
    assert_eq!(end, End::Missed);
    assert_eq!(
        (&lines[0]["ok"], &lines[0]["code"], &lines[0]["helped"]),
        (&false.into(), &Value::Null, &false.into())
    );
    assert!(
        lines[0]["why"].as_str().is_some_and(|why| why.starts_with("Goals that are not met: ")),
        "{}",
        lines[0]
    );
    assert_eq!((&lines[1]["ok"], &lines[1]["helped"]), (&true.into(), &true.into()), "{}", lines[1]);
    assert_eq!((&lines[2]["ok"], &lines[2]["code"]), (&false.into(), &"cannot_read".into()), "{}", lines[2]);
    // In sentences, in both languages.
    for (lang, passed, refused) in [("zh", "通过", "未通过"), ("en", "passed", "not passed")] {
        let files = [&*early.to_string_lossy(), &*shown.to_string_lossy()];
        let (held, text) = check(&[&["grade", "--lang", lang], &files[..]].concat()).expect("it grades");
        let lines: Vec<&str> = text.lines().collect();
        assert!(!held && lines.len() == 2, "{text}");
        assert!(lines[0].contains(refused) && lines[1].contains(passed), "{text}");
        assert!(!lines[1].contains(refused) && !text.contains("cli-") && !text.contains("{$"), "{text}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let place = folder("threads");
    let bytes = encode(sample()).expect("it fits");
    let files: Vec<PathBuf> = (0..6).map(|at| put(&place, &format!("{at}.quorum"), &bytes[at..])).collect();
    assert_eq!(graded(&files, 1), graded(&files, 3));
}

#[test]
fn a_link_is_the_file_and_the_file_is_the_link() {
    let place = folder("link");
    let bytes = encode(sample()).expect("it fits");
    let file = put(&place, "a.quorum", &bytes);
    let name = file.to_string_lossy().into_owned();
    let (_, address) = check(&["link", &name]).expect("it links");
    let letters = address.trim().strip_prefix("index.html#r=").expect("relative");
    assert_eq!(from_text(letters), Ok(bytes.clone()));
    let (_, elsewhere) =
        check(&["link", &name, "--base", "https://example.org/lab/?lang=zh#old"]).expect("it links");
    assert_eq!(elsewhere.trim(), format!("https://example.org/lab/?lang=zh#r={letters}"));
    let back = place.join("b.quorum").to_string_lossy().into_owned();
    check(&["link", "--read", elsewhere.trim(), "--out", &back]).expect("it is written");
    assert_eq!(std::fs::read(&back).expect("a file"), bytes);
    // An address of an earlier version.
    let old = "https://example.org/?seed=1#run=%7B%22nodes%22%3A3%2C%22seed%22%3A4%2C%22settings%22%3A%5B%5D%2C\
               %22off%22%3A%5B%5D%2C%22deeds%22%3A%5B%7B%22t_us%22%3A2000000%2C%22op%22%3A%22kill%22%2C%22node%22%3A1%7D%5D%7D";
    check(&["link", "--read", old, "--out", &back]).expect("it is written");
    let saved = decode(&std::fs::read(&back).expect("a file")).expect("a run");
    assert!(matches!(&saved.began, Began::Schedule(replay) if replay.actions.len() == 1), "{saved:?}");
    assert_eq!(graded(&[PathBuf::from(&back)], 1).0, End::Held);
    let changed = put(&place, "c.quorum", &bytes[..bytes.len() - 1]).to_string_lossy().into_owned();
    for (arguments, code) in [
        (&["link"][..], "bad_arguments"),
        (&["link", "--read", "#r=AQ"], "bad_arguments"),
        (&["link", &name, "--out", &back], "bad_arguments"),
        (&["link", &changed], "run_cut"),
        (&["link", "no/such/file"], "cannot_read"),
        (&["link", "--read", "#r=AQ", "--out", &back], "run_cut"),
        (&["link", "--read", "https://example.org/", "--out", &back], "run_not_there"),
        (&["link", "--read", "?run=frogs", "--out", &back], "bad_run"),
        (&["link", "--read", elsewhere.trim(), "--out", "no/such/folder/a"], "cannot_write"),
        (&["grade"], "bad_arguments"),
    ] {
        assert_eq!(check(arguments), Err(code.to_owned()), "{arguments:?}");
    }
}

#[test]
fn moves_of_a_solution_are_commands_of_the_run() {
    let lesson = quorum_lesson::find("kill-the-leader").expect("a lesson");
    let done =
        lesson.course.solutions[0].iter().filter(|made| matches!(made, Move::Do(_) | Move::Act(_))).count();
    assert!(sample().entries.len() >= done && done > 0, "{:?}", sample().entries);
}
