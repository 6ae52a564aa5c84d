//! Holds the reader of TOML to what authors write.
//!
//! Guarantees: every lesson that is built in is held. Leaves out: what the fields have to be (`manifest`).

use quorum_texts::source::{front, tree};
use quorum_texts::tree::{DEPTH, Node, Value};

use super::manifest::BUILT_IN;

#[test]
fn odd_documents_are_read() {
    let nested = format!("a = {}{}", "[".repeat(DEPTH - 1), "]".repeat(DEPTH - 1));
    for source in [
        "",
        "# nothing\n",
        "a = \"\"",
        "a = '''\nline\n+++\nline'''",
        "\"\" = 1\nb = [[], [{}], [1, 2.5, \"三\", true, false]]",
        "a.b.c = 1\n[d]\n[[e]]\nf = { g = [{ h = 1_000 }] }\n[[e]]",
        "a = 0xff\nb = 0xffffffffffffffff\nc = -5\nd = +7\ne = 9223372036854775807",
        "a = inf\nb = -inf\nc = nan\nd = 6.02e23\ne = -0.0",
        "\"键\" = \"值 😀\\u0001\\t\"",
        &nested,
    ] {
        tree(source, 1).unwrap_or_else(|fault| panic!("{source}: {fault}"));
    }
}

#[test]
fn numbers_lose_their_base_and_lines_are_counted_from_the_first() {
    let node = |line, digits: &str| Node { line, value: Value::Integer(digits.into()) };
    let fields = vec![("a".into(), node(2, "255")), ("b".into(), node(4, "-1000"))];
    assert_eq!(tree("a = 0xff\n\nb = -1_000", 2), Ok(Node { line: 2, value: Value::Table(fields) }));
}

#[test]
fn what_cannot_be_read_is_refused_with_its_line() {
    let fault = |source: &str| tree(source, 2).unwrap_err();
    assert!(fault("a = 1\nb = = 2").starts_with("line 3: "));
    assert_eq!(fault("a = 1\n\nb = 2026-01-01"), "line 4: b is a date, which no field is");
    let nested = format!("a = {}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    assert_eq!(fault(&nested), "line 2: a lies inside too many tables and lists");
}

#[test]
fn what_is_cut_or_damaged_is_an_error_and_no_panic() {
    let shortest = BUILT_IN.iter().min_by_key(|files| files.texts[0].len()).expect("there are lessons");
    for whole in [shortest.manifest, shortest.texts[0], shortest.texts[1]] {
        for (at, sign) in whole.char_indices().step_by(11) {
            let _ = (tree(&whole[..at], 1), front(&whole[..at], 1));
            for other in ["", "0", "\"", "=", "[", "]", "{", "+++", "\n", "界"] {
                let damaged = format!("{}{other}{}", &whole[..at], &whole[at + sign.len_utf8()..]);
                let _ = (tree(&damaged, 1), front(&damaged, 1));
            }
        }
    }
}

#[test]
fn escapes_are_seen_behind_their_spelling() {
    let control = |c: char| c.is_control();
    assert!(tree("a = [{ b = \"x\\u0001\" }]", 1).expect("reads").holds(&control));
    assert!(tree("\"\\u0002\" = 1", 1).expect("reads").holds(&control));
    assert!(!tree("a = \"x\"", 1).expect("reads").holds(&control));
}
