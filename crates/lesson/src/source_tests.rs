//! Holds TOML as authors write it to the packed text that the program unpacks.
//!
//! Promises: every lesson that is built in is held. Leaves out: what the fields have to be (`manifest`).

use super::manifest::BUILT_IN;
use quorum_texts::source::tree;
use quorum_texts::tree::{DEPTH, Node, Value, pack, unpack};

fn file(folder: &str, name: &str) -> String {
    let path = format!("{}/../../lessons/{folder}/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

#[test]
fn what_is_built_in_is_what_the_files_say() {
    for files in BUILT_IN {
        let expected = tree(&file(files.folder, "lesson.toml"), 1).unwrap();
        assert_eq!(unpack(files.manifest), Ok((expected, "")), "{}", files.folder);
        for (name, packed) in [("zh.md", files.texts[0]), ("en.md", files.texts[1])] {
            let text = file(files.folder, name);
            let (front, _) = text.strip_prefix("+++\n").unwrap().split_once("\n+++\n").unwrap();
            let (found, body) = unpack(packed).unwrap();
            assert_eq!(found, tree(front, 2).unwrap(), "{}/{name}", files.folder);
            assert!(body.contains("\n# ") && !body.contains("+++"), "{}/{name}", files.folder);
        }
    }
}

#[test]
fn odd_documents_survive_packing() {
    let nested = format!("a = {}{}", "[".repeat(DEPTH - 1), "]".repeat(DEPTH - 1));
    for source in [
        "",
        "# nothing\n",
        "a = \"\"",
        "a = '''\nline\n+++\nline'''\n\"quoted: \\n 3:x\" = 't1,0:'",
        "\"\" = 1\nb = [[], [{}], [1, 2.5, \"三\", true, false]]",
        "a.b.c = 1\n[d]\n[[e]]\nf = { g = [{ h = 1_000 }] }\n[[e]]",
        "a = 0xff\nb = 0xffffffffffffffff\nc = -5\nd = +7\ne = 9223372036854775807",
        "a = inf\nb = -inf\nc = nan\nd = 6.02e23\ne = -0.0",
        "\"键\" = \"值 😀\\u0001\\t\"",
        &nested,
    ] {
        let expected = tree(source, 1).unwrap_or_else(|fault| panic!("{source}: {fault}"));
        let mut packed = "before".to_owned();
        pack(&expected, &mut packed);
        packed.push_str("after");
        assert_eq!(unpack(&packed["before".len()..]), Ok((expected, "after")), "{source}");
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
fn damage_is_an_error_and_no_panic() {
    // Every place of the shortest, and of the others one in twenty: each of those is a document as long as what follows it.
    let shortest = BUILT_IN.iter().map(|files| files.manifest.len()).min();
    for (number, whole) in BUILT_IN.iter().map(|files| files.manifest).enumerate() {
        let (first, every) = if Some(whole.len()) == shortest { (0, 1) } else { (number % 20, 20) };
        for (at, sign) in whole.char_indices().skip(first).step_by(every) {
            assert!(unpack(&whole[..at]).is_err(), "cut after {at} bytes");
            for other in ["", "0", "9", ":", ",", "t", "l", "s", "界", "99999999999999999999:"] {
                let damaged = format!("{}{other}{}", &whole[..at], &whole[at + sign.len_utf8()..]);
                let _ = unpack(&damaged);
            }
        }
    }
    for damaged in ["t1", "t1,1:", "t1,18446744073709551615:", "s1,2:界", "x1,0:", "t-1,0:", "b1,1:"] {
        assert!(unpack(damaged).is_err(), "{damaged}");
    }
    assert_eq!(unpack("l1,2:i1,1:5x"), Err("damaged after 12 bytes".into()));
    assert!(unpack(&"l1,1:".repeat(100_000)).is_err());
}
