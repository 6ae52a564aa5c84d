//! `quorum-lab raft` from outside: lines in, lines out.
//!
//! `scenarios` runs the files in `scenarios/raft`, `disks` has loops over kinds of damage, `random` lines that nobody
//! chose. Guarantees: no line ends the process or panics. Leaves out: what members do with their logs (`sim::replica`),
//! and time.

use serde_json::Value;

use super::raft::serve;

mod disks;
mod random;
mod scenarios;

/// The answers to some lines.
fn run(lines: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    assert_eq!(serve(lines, &mut out), Ok(true));
    String::from_utf8(out).expect("UTF-8").lines().map(str::to_owned).collect()
}

/// The last answer to some lines.
fn last(lines: &str) -> Value {
    let answers = run(lines.as_bytes());
    serde_json::from_str(answers.last().expect("an answer")).expect("JSON")
}

/// What broke, by name, after these lines.
fn broken(lines: &str) -> Vec<String> {
    let answer = last(&format!("{lines}\n{{\"op\":\"check\"}}"));
    let violations = answer["violations"].as_array().expect("violations");
    violations.iter().map(|violation| violation["inv"].as_str().expect("a name").to_owned()).collect()
}

const THREE: &str = r#"{"op":"init","seed":7,"voters":[1,2,3]}
{"op":"campaign","node":1}
{"op":"stabilize"}
{"op":"propose","node":1,"data":"a"}
{"op":"stabilize"}
"#;

#[test]
fn empty_lines_are_passed_over_and_bytes_that_are_no_text_are_answered() {
    assert_eq!(run(b"\n \r\n"), [""; 0]);
    assert!(run(b"\xff\xfe")[0].contains("bad_json"));
}

#[test]
fn a_group_that_was_saved_tells_reads_of_one_name_apart_as_before() {
    let lines = r#"{"op":"init","seed":7,"voters":[1,2,3]}
{"op":"campaign","node":1}
{"op":"stabilize"}
{"op":"read","node":2,"mode":"index","ctx":"r"}
{"op":"deliver","id":13}
{"op":"stabilize","nodes":[1,3]}
{"op":"dup","id":17}
{"op":"deliver","id":17}
{"op":"read","node":3,"mode":"index","ctx":"r"}
"#;
    let net = last(&format!("{lines}{{\"op\":\"net\"}}"));
    let image = last(&format!("{lines}{{\"op\":\"save\"}}"))["image"].clone();
    assert_eq!(last(&format!("{{\"op\":\"load\",\"image\":{image}}}\n{{\"op\":\"net\"}}")), net);
}
