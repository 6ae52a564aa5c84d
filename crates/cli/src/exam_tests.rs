//! `exam` as a command: lists, lines, exit status, certificates.

use super::tests::{check, refused};

#[test]
fn the_bank_is_listed_and_the_reference_passes_where_nothing_does_not() {
    let (held, listed) = check(&["exam", "--list", "--json"]).expect("lists");
    let ids: Vec<String> = listed
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["incident"].to_string())
        .collect();
    assert!(held && ids.len() >= 12, "{ids:?}");
    for (play, expected) in [("reference", true), ("nothing", false)] {
        let (held, lines) = check(&["exam", "--seed", "3", "--play", play, "--json"]).expect("plays");
        assert_eq!(held, expected, "{lines}");
        assert_eq!(lines.lines().count(), 3, "{lines}");
        let first: serde_json::Value =
            serde_json::from_str(lines.lines().next().unwrap_or_default()).expect("JSON");
        let names: Vec<&String> = first.as_object().expect("an object").keys().collect();
        assert_eq!(names, ["harm", "incident", "lost", "passed", "rto_ms", "seed"]);
    }
    assert_eq!(refused(&["exam", "--incident", "rain-of-frogs"]).code, "unknown_incident");
    assert_eq!(refused(&["exam", "--play", "no/such/file.json"]).code, "cannot_read");
}

#[test]
fn a_certificate_is_graded_by_sitting_it_again() {
    let folder = std::env::temp_dir().join(format!("quorum-exam-{}", std::process::id()));
    let place = folder.to_string_lossy().into_owned();
    let arguments = ["exam", "--seed", "5", "--incident", "forgotten-disk", "--save", &place];
    assert!(check(&arguments).expect("plays").0);
    let file = folder.join("exam-5-forgotten-disk.quorum");
    let name = file.to_string_lossy().into_owned();
    let (held, line) = check(&["grade", "--json", &name]).expect("grades");
    assert!(
        held && line.contains("\"lesson\":\"exam:forgotten-disk\"") && line.contains("\"score\":100"),
        "{line}"
    );
    assert!(check(&["exam", "--play", &name]).expect("grades").0);
    // The same schedule without its answers is a sitting that does not pass.
    let mut run = quorum_saved_run::decode(&std::fs::read(&file).expect("a file")).expect("a run");
    run.entries.clear();
    std::fs::write(&file, quorum_saved_run::encode(&run).expect("bytes")).expect("written");
    assert!(!check(&["grade", &name]).expect("grades").0);
    std::fs::remove_dir_all(&folder).expect("removed");
}
