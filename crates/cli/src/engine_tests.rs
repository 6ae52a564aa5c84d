//! `quorum-lab engine` from outside: lines in, lines out, and folders that are found again, locked or damaged.
//!
//! Guarantees: golden answers to the byte, in memory and in a folder; no line ends the process or panics. Leaves out:
//! power cuts at every moment (`facade::model_tests`).

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::Value;

use super::engine::serve;
use super::files::Files;

/// A folder that goes with its owner.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("quorum-lab-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Self(folder)
    }

    /// The file with this beginning that comes last by name.
    fn last(&self, begins: &str) -> PathBuf {
        let names =
            fs::read_dir(&self.0).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        let name = names.filter(|name| name.to_str().is_some_and(|name| name.starts_with(begins))).max();
        self.0.join(name.expect("a file"))
    }

    fn change(&self, begins: &str, with: impl FnOnce(&mut Vec<u8>)) {
        let path = self.last(begins);
        let mut bytes = fs::read(&path).expect("reads");
        with(&mut bytes);
        fs::write(&path, bytes).expect("writes");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The answers to some lines.
fn run(dir: Option<&Path>, lines: &[u8]) -> String {
    let mut out = Vec::new();
    assert_eq!(serve(dir, lines, &mut out), Ok(true));
    String::from_utf8(out).expect("UTF-8")
}

fn check(dir: Option<&Path>, lines: &str, answers: &Expect) {
    answers.assert_eq(&run(dir, lines.as_bytes()));
}

const CREATE: &str = r#"{"op":"create_collection","name":"c","fields":[{"name":"id","type":"int64","primary":true},{"name":"vector","type":"float_vector","dim":2},{"name":"text","type":"varchar","max_length":20},{"name":"x","type":"double"}]}
{"op":"create_index","collection":"c","field":"vector","index_type":"IVF_FLAT","metric_type":"L2","params":{"nlist":4}}
{"op":"load","collection":"c"}
"#;

const WRITE: &str = r#"{"op":"insert","collection":"c","rows":[{"id":1,"vector":[0,0.1],"text":"文档","x":1},{"id":2,"vector":[3,4],"text":"","x":NaN}]}
{"op":"upsert","collection":"c","rows":[{"id":2,"vector":[3,4],"text":"two","x":-0.5},{"id":3,"vector":[-1,0],"text":"\"q\"","x":1e300}]}
"#;

const READ: &str = r#"{"op":"query","collection":"c","filter":"id >= 0","output_fields":["*"]}
{"op":"search","collection":"c","data":[[0,0],[3,4]],"limit":2,"params":{"nprobe":99},"output_fields":["text"]}
{"op":"stats"}
"#;

#[test]
fn a_session_is_answered_to_the_byte_in_memory_and_in_a_folder() {
    let rest = r#"{"op":"query","collection":"c","filter":"x != x","output_fields":["count(*)"]}
{"op":"delete","collection":"c","filter":"id in [1, 9]"}
{"op":"flush","collection":"c"}
{"op":"autosync","on":false}
{"op":"insert","collection":"c","rows":[{"id":4,"vector":[4,4],"text":"four","x":4}]}
{"op":"crash","keep":"torn","torn_bytes":3}
{"op":"load","collection":"c"}
{"op":"recover"}
{"op":"stats"}
{"op":"release","collection":"c"}
{"op":"query","collection":"c","limit":1}
{"op":"export_wal","file":7}
{"op":"drop_collection","collection":"c"}
{"op":"drop_collection","name":"c"}
{"op":"list_collections"}
"#;
    let script = format!("{CREATE}{WRITE}{READ}{rest}");
    let answers = expect![[r#"
        {"ok":true,"count":0,"lsn":2}
        {"ok":true,"count":0,"lsn":3}
        {"ok":true,"count":0,"lsn":4}
        {"ok":true,"count":2,"lsn":5}
        {"ok":true,"count":2,"lsn":6}
        {"ok":true,"rows":[{"id":1,"vector":[0.0,0.1],"text":"文档","x":1.0},{"id":2,"vector":[3.0,4.0],"text":"two","x":-0.5},{"id":3,"vector":[-1.0,0.0],"text":"\"q\"","x":1e+300}]}
        {"ok":true,"hits":[[{"id":1,"distance":0.010000001,"text":"文档"},{"id":3,"distance":1.0,"text":"\"q\""}],[{"id":2,"distance":0.0,"text":"two"},{"id":1,"distance":24.210001,"text":"文档"}]]}
        {"ok":true,"collections":{"c":{"num_entities":0,"rows":3,"growing":1,"sealed":0}},"wal":{"files":1,"bytes":698,"first_lsn":1,"durable_lsn":6,"checkpoint_lsn":0}}
        {"ok":true,"rows":[{"count(*)":0}]}
        {"ok":true,"count":2,"lsn":7}
        {"ok":true,"count":0,"lsn":8}
        {"ok":true,"t_us":10615}
        {"ok":true,"count":1,"lsn":9}
        {"ok":true,"t_us":10615}
        {"ok":false,"code":"node_down","error":"the engine has no power; restart it first"}
        {"ok":true,"replayed":0,"rows":2,"tail":"torn","durable_lsn":8}
        {"ok":true,"collections":{"c":{"num_entities":4,"rows":2,"growing":0,"sealed":1}},"wal":{"files":1,"bytes":100,"first_lsn":9,"durable_lsn":9,"checkpoint_lsn":8}}
        {"ok":true,"count":0,"lsn":10}
        {"ok":false,"code":"collection_not_loaded","error":"collection not loaded[collection=c]: create an index and load it first"}
        {"ok":false,"code":"no_such_file","error":"the log has 1 files, counted from 0"}
        {"ok":true,"count":0,"lsn":11}
        {"ok":true,"count":0,"lsn":0}
        {"ok":true,"collections":[]}
    "#]];
    check(None, &script, &answers);
    let folder = Folder::new("session");
    assert_eq!(run(Some(&folder.0), script.as_bytes()), run(None, script.as_bytes()));
}

#[test]
fn a_folder_is_found_again_and_open_only_once() {
    let folder = Folder::new("again");
    let dir = Some(folder.0.as_path());
    run(dir, format!("{CREATE}{WRITE}").as_bytes());
    let found = run(dir, READ.as_bytes());
    let fresh = run(None, format!("{CREATE}{WRITE}{READ}").as_bytes());
    let rows =
        |answers: &str| answers.lines().filter(|line| !line.contains("wal")).map(str::to_owned).collect();
    let (found, fresh): (Vec<String>, Vec<String>) = (rows(&found), rows(&fresh));
    assert_eq!(found[..], fresh[fresh.len() - 2..]);
    run(
        dir,
        b"{\"op\":\"flush\",\"collection\":\"c\"}\n{\"op\":\"delete\",\"collection\":\"c\",\"filter\":\"id == 1\"}"
    );
    check(
        dir,
        r#"{"op":"query","collection":"c","filter":"id > 0"}
{"op":"stats"}"#,
        &expect![[r#"
            {"ok":true,"rows":[{"id":2},{"id":3}]}
            {"ok":true,"collections":{"c":{"num_entities":4,"rows":2,"growing":0,"sealed":1}},"wal":{"files":1,"bytes":152,"first_lsn":10,"durable_lsn":11,"checkpoint_lsn":9}}
        "#]],
    );
    let held = Files::open(&folder.0).expect("opens");
    let refusal = serve(dir, READ.as_bytes(), &mut Vec::new()).expect_err("it is locked");
    assert_eq!(refusal.code, "locked");
    drop(held);
    run(dir, READ.as_bytes());
}

/// A folder with a checkpoint of two rows, and a deletion in the log after it.
fn prefilled(name: &str) -> Folder {
    let folder = Folder::new(name);
    let flush = r#"{"op":"flush","collection":"c"}
{"op":"delete","collection":"c","filter":"id == 1"}
"#;
    run(Some(&folder.0), format!("{CREATE}{WRITE}{flush}").as_bytes());
    folder
}

const RECOVER: &str = r#"{"op":"recover"}
{"op":"query","collection":"c","filter":"id > 0"}
"#;

#[test]
fn a_torn_tail_is_cut_and_reported() {
    let folder = prefilled("torn");
    let dir = Some(folder.0.as_path());
    let before = fs::read(folder.last("wal-")).expect("reads");
    // What a write that was never synced may leave: a part of a record, and zeros.
    for tail in [&before[40..70], &[0; 300][..], &[7; 300][..]] {
        folder.change("wal-", |bytes| bytes.extend_from_slice(tail));
        let answers = run(dir, RECOVER.as_bytes());
        assert!(answers.contains(r#""tail":"torn""#), "{answers}");
        assert!(answers.ends_with("{\"ok\":true,\"rows\":[{\"id\":2},{\"id\":3}]}\n"), "{answers}");
    }
    assert!(run(dir, RECOVER.as_bytes()).contains(r#""tail":"clean""#));
}

#[test]
fn damage_is_refused_with_its_place_and_nothing_is_written() {
    let check = |begins: &str, damage: fn(&mut Vec<u8>), answers: Expect| {
        let folder = prefilled(begins);
        folder.change(begins, damage);
        let kept = fs::read(folder.last(begins)).expect("reads");
        let lines = run(Some(&folder.0), format!("{RECOVER}{CREATE}").as_bytes());
        let first = lines.lines().next().expect("an answer");
        assert!(lines.lines().all(|line| line == first), "every request is refused alike: {lines}");
        answers.assert_eq(first);
        assert_eq!(fs::read(folder.last(begins)).expect("reads"), kept);
    };
    // Acknowledged and gone: the stamp knows better.
    check(
        "wal-",
        |bytes| bytes.truncate(bytes.len() - 3),
        expect![[
            r#"{"ok":false,"code":"wal_corrupt","error":"wal-000002.log at offset 40: the log ends at LSN 7 though LSN 8 was durable: durable records are missing. Nothing was opened and nothing written; restore a backup","file":0,"offset":40}"#
        ]],
    );
    check(
        "wal-",
        |bytes| bytes[60] ^= 1,
        expect![[
            r#"{"ok":false,"code":"wal_corrupt","error":"wal-000002.log at offset 40: the header fails its checksum. Nothing was opened and nothing written; restore a backup","file":0,"offset":40}"#
        ]],
    );
    check(
        "segment-",
        |bytes| bytes[100] ^= 1,
        expect![[
            r#"{"ok":false,"code":"wal_corrupt","error":"segment-000001 at offset 40: its payload fails its checksum. Nothing was opened and nothing written; restore a backup","offset":40}"#
        ]],
    );
    check(
        "segment-",
        |bytes| bytes.truncate(90),
        expect![[
            r#"{"ok":false,"code":"wal_corrupt","error":"segment-000001 at offset 40: it is cut short. Nothing was opened and nothing written; restore a backup","offset":40}"#
        ]],
    );
    check(
        "manifest-",
        |bytes| bytes[100] ^= 1,
        expect![[
            r#"{"ok":false,"code":"wal_corrupt","error":"manifest-000001 at offset 40: its payload fails its checksum. Nothing was opened and nothing written; restore a backup","offset":40}"#
        ]],
    );
    check(
        "manifest-",
        Vec::clear,
        expect![[
            r#"{"ok":false,"code":"wal_corrupt","error":"manifest-000001 at offset 0: the file header is cut short. Nothing was opened and nothing written; restore a backup","offset":0}"#
        ]],
    );
}

#[test]
fn bad_lines_are_answered_and_the_next_one_is_read() {
    let check = |line: &[u8], code: &str| {
        let mut lines = CREATE.as_bytes().to_vec();
        lines.extend_from_slice(line);
        lines.extend_from_slice(b"\n{\"op\":\"list_collections\"}\n");
        let answers = run(None, &lines);
        let line = String::from_utf8_lossy(line);
        let answers: Vec<Value> =
            answers.lines().map(|answer| serde_json::from_str(answer).expect("JSON")).collect();
        assert_eq!(answers.len(), 5, "{line}: {answers:?}");
        assert_eq!(answers[3]["code"], code, "{line}: {}", answers[3]);
        assert_eq!(answers[4]["collections"][0], "c");
    };
    let deep = |depth: usize| format!("{{\"op\":\"query\",\"filter\":{}1", "[".repeat(depth)).into_bytes();
    for (line, code) in [
        (&b"{"[..], "bad_json"),
        (b"no", "bad_json"),
        (b"\xff\xfe", "bad_json"),
        (b"{\"op\":\"stats\"} {}", "bad_json"),
        (b"{\"op\":NaN", "bad_json"),
        (&deep(200), "bad_json"),
        (&deep(100_000), "bad_json"),
        (b"[]", "bad_request"),
        (b"null", "bad_request"),
        (b"{}", "bad_request"),
        (b"{\"op\":5}", "bad_request"),
        (b"{\"op\":\"fly\"}", "bad_request"),
        (b"{\"op\":NaN}", "bad_json"),
        (b"{\"op\":\"load\",\"collection\":5}", "bad_request"),
        (b"{\"op\":\"load\",\"collection\":\"d\"}", "collection_not_found"),
        (b"{\"op\":\"search\",\"collection\":\"c\"}", "bad_request"),
        (b"{\"op\":\"search\",\"collection\":\"c\",\"data\":[[\"a\",0]]}", "bad_request"),
        (b"{\"op\":\"search\",\"collection\":\"c\",\"data\":[[0,0]],\"limit\":-1}", "bad_request"),
        (b"{\"op\":\"search\",\"collection\":\"c\",\"data\":[[0,0]],\"limit\":1e3}", "bad_request"),
        (b"{\"op\":\"search\",\"collection\":\"c\",\"data\":[[0,0]],\"limit\":99999999999999}", "bad_window"),
        (b"{\"op\":\"insert\",\"collection\":\"c\",\"rows\":5}", "bad_rows"),
        (b"{\"op\":\"insert\",\"rows\":5}", "collection_not_found"),
        (b"{\"op\":\"insert\",\"collection\":\"c\",\"rows\":[]}", "bad_rows"),
        (b"{\"op\":\"insert\",\"collection\":\"c\",\"rows\":[{}]}", "bad_row"),
        (b"{\"op\":\"insert\",\"collection\":\"c\",\"rows\":[{\"id\":null}]}", "bad_request"),
        (b"{\"op\":\"insert\",\"collection\":\"c\",\"rows\":[{\"id\":9223372036854775808}]}", "bad_request"),
        (b"{\"op\":\"insert\",\"collection\":\"c\",\"rows\":[{\"id\":123456789012345678901}]}", "bad_row"),
        (
            b"{\"op\":\"insert\",\"collection\":\"c\",\"rows\":[{\"id\":1,\"vector\":[NaN,0],\"text\":\"\",\"x\":0}]}",
            "bad_row",
        ),
        (
            b"{\"op\":\"insert\",\"collection\":\"c\",\"rows\":[{\"id\":1,\"vector\":[1e39,0],\"text\":\"\",\"x\":0}]}",
            "bad_row",
        ),
        (b"{\"op\":\"insert\",\"collection\":\"c\",\"rows\":[{\"id\":1e400}]}", "bad_json"),
        (b"{\"op\":\"corrupt\",\"file\":99,\"offset\":0,\"kind\":\"zero\"}", "no_such_file"),
        (b"{\"op\":\"corrupt\",\"file\":0,\"offset\":18446744073709551615,\"kind\":\"zero\"}", "bad_offset"),
        (b"{\"op\":\"corrupt\",\"file\":0,\"offset\":0,\"kind\":\"burn\"}", "bad_request"),
        (b"{\"op\":\"kill\",\"node\":2}", "unknown_node"),
        (b"{\"op\":\"heal\"}", "unsupported"),
    ] {
        check(line, code);
    }
}

#[test]
fn empty_lines_are_no_lines() {
    assert_eq!(run(None, b"\n  \r\n\t\n"), "");
    assert_eq!(run(None, b"{\"op\":\"list_collections\"}\r\n"), "{\"ok\":true,\"collections\":[]}\n");
}

#[test]
fn a_query_that_is_no_number_finds_nothing() {
    let near = r#"{"op":"search","collection":"c","data":[[NaN,0],[Infinity,0],[0,-Infinity],[1e39,0],[0,0]],"limit":1}"#;
    let answers = run(None, format!("{CREATE}{WRITE}{near}").as_bytes());
    let last = answers.lines().last().expect("an answer");
    assert_eq!(last, r#"{"ok":true,"hits":[[],[],[],[],[{"id":1,"distance":0.010000001}]]}"#);
}

#[test]
fn time_may_run_to_its_end() {
    // What no number may be is refused and changes nothing.
    let beyond = r#"{"op":"run","us":18446744073709551614}
{"op":"run","us":18446744073709551615}
{"op":"run","us":9007199254740991}
"#;
    // Times up to the last valid one are run; a later one is refused.
    let span = format!("{{\"op\":\"run\",\"us\":{}}}\n", quorum_facade::limits::MOST_SPAN_US);
    let spans = usize::try_from(quorum_facade::limits::MOST_TIME_US / quorum_facade::limits::MOST_SPAN_US)
        .expect("some hundred spans");
    let end = format!("{}{}", span.repeat(spans), span);
    let rest = r#"{"op":"step"}
{"op":"flush","collection":"c"}
{"op":"crash"}
{"op":"recover"}
"#;
    let answers = run(None, format!("{CREATE}{WRITE}{beyond}{end}{rest}{WRITE}{READ}").as_bytes());
    let mut lines = answers.lines();
    let mut next = |n: usize, code: Option<&str>| {
        for line in lines.by_ref().take(n) {
            match code {
                None => assert!(line.starts_with("{\"ok\":true"), "{line}"),
                Some(code) => assert!(line.contains(&format!("\"code\":\"{code}\"")), "{line}"),
            }
        }
    };
    next(CREATE.lines().count() + WRITE.lines().count(), None);
    next(3, Some("out_of_range"));
    next(spans, None);
    next(1, Some("out_of_range"));
    next(usize::MAX, None);
}

#[test]
fn generated_rows_that_do_not_fit_are_refused_and_leave_the_log_whole() {
    let docs = CREATE.replace("\"c\"", "\"docs\"");
    let answers = run(
        None,
        format!("{docs}{{\"op\":\"insert\",\"rows\":5}}\n{{\"op\":\"crash\"}}\n{{\"op\":\"recover\"}}")
            .as_bytes(),
    );
    let lines: Vec<&str> = answers.lines().collect();
    assert!(lines[3].contains("bad_rows") && lines[5].contains(r#""tail":"clean""#), "{answers}");
    let last = r#"{"op":"create_collection","name":"docs","fields":[{"name":"id","type":"int64","primary":true},{"name":"timestamp","type":"int64"},{"name":"text","type":"varchar","max_length":500},{"name":"vector","type":"float_vector","dim":1}]}
{"op":"insert","rows":[{"id":ID,"timestamp":0,"text":"","vector":[0]}]}
{"op":"insert","rows":5}
"#;
    let code = |id: i64| {
        let answers = run(None, last.replace("ID", &id.to_string()).as_bytes());
        serde_json::from_str::<Value>(answers.lines().last().expect("an answer")).expect("JSON")
    };
    assert_eq!(code(i64::MAX)["code"], "bad_rows");
    assert_eq!(code(i64::MAX - 3)["code"], "bad_rows");
    assert_eq!(code(i64::MIN)["acknowledged"], 5);
    assert_eq!(code(i64::MAX - 6)["acknowledged"], 5);
}

#[test]
fn generated_rows_for_which_the_disk_has_no_room_are_refused() {
    let docs = r#"{"op":"create_collection","name":"docs","fields":[{"name":"id","type":"int64","primary":true},{"name":"timestamp","type":"int64"},{"name":"text","type":"varchar","max_length":500},{"name":"vector","type":"float_vector","dim":1}]}
{"op":"disk_capacity","bytes":BYTES}
{"op":"insert","rows":3000}
{"op":"insert","rows":[{"id":-1,"timestamp":0,"text":"","vector":[0]}]}
{"op":"disk_capacity"}
{"op":"insert","rows":5}
{"op":"stats"}
"#;
    let check = |bytes: &str, given: bool, rows: u64| {
        let answers = run(None, docs.replace("BYTES", bytes).as_bytes());
        let answers: Vec<Value> =
            answers.lines().map(|answer| serde_json::from_str(answer).expect("JSON")).collect();
        assert_eq!(answers[2]["code"], "disk_full", "{answers:?}");
        assert_eq!(answers[3]["ok"], given, "{answers:?}");
        assert_eq!(answers[5]["acknowledged"], 5, "{answers:?}");
        assert_eq!(answers[6]["collections"]["docs"]["rows"], rows, "{answers:?}");
    };
    check("300", false, 5);
    check("40000", true, 1_006);
    check("80000", true, 2_006);
}

#[test]
fn a_session_does_not_go_back() {
    let answers = run(None, format!("{CREATE}{WRITE}{{\"op\":\"seek\",\"t_us\":0}}\n{READ}").as_bytes());
    assert!(answers.contains("cannot go back") && answers.contains(r#""rows":3"#), "{answers}");
}

#[test]
fn segments_that_grow_old_are_flushed_each_in_its_time() {
    let other = CREATE.replace("\"c\"", "\"d\"");
    let row = r#"{"op":"insert","collection":"C","rows":[{"id":1,"vector":[0,0],"text":"","x":0}]}"#;
    let (c, d) = (row.replace('C', "c"), row.replace('C', "d"));
    let hours = |hours: u64| format!("{{\"op\":\"run\",\"us\":{}}}", hours * 3_600_000_000);
    let stats = "{\"op\":\"stats\"}";
    let lines = [CREATE, &other, &c, &hours(23), &d, stats, &hours(2), stats, &hours(22), stats].join("\n");
    let answers = run(None, lines.as_bytes());
    let flushed: Vec<(u64, u64)> = answers
        .lines()
        .filter(|line| line.contains("checkpoint_lsn"))
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|stats| {
            ["c", "d"].map(|name| stats["collections"][name]["num_entities"].as_u64().expect("a count"))
        })
        .map(|[c, d]| (c, d))
        .collect();
    assert_eq!(flushed, [(0, 0), (1, 0), (1, 1)]);
    // With no room on the disk it is left, and time goes on.
    let full = "{\"op\":\"disk_capacity\",\"bytes\":0}";
    let lines = [CREATE, &c, full, &hours(100), stats].join("\n");
    assert!(run(None, lines.as_bytes()).contains(r#""num_entities":0,"rows":1,"growing":1"#));
}

fn insert(id: u64) -> String {
    format!(
        "{{\"op\":\"insert\",\"collection\":\"c\",\"rows\":[{{\"id\":{id},\"vector\":[0,0],\"text\":\"\",\"x\":0}}]}}\n"
    )
}

const COUNT: &str = "{\"op\":\"query\",\"collection\":\"c\",\"output_fields\":[\"count(*)\"]}\n";

/// The last answer.
fn last(answers: &str) -> Value {
    serde_json::from_str(answers.lines().last().expect("an answer")).expect("JSON")
}

#[test]
fn a_folder_whose_stamp_is_lost_or_older_takes_writes_at_every_opening() {
    for (name, flush) in
        [("lost", false), ("lost-checkpoint", true), ("older", false), ("older-checkpoint", true)]
    {
        let folder = Folder::new(name);
        let dir = Some(folder.0.as_path());
        let stamp = folder.0.join("stamp.json");
        run(dir, CREATE.as_bytes());
        let older = fs::read(&stamp).expect("a stamp");
        for id in 1..=7 {
            match (id, name.starts_with("older")) {
                (5, true) => fs::write(&stamp, &older).expect("writes"),
                (5, false) => fs::remove_file(&stamp).expect("goes"),
                _ => {}
            }
            let flush = if flush { "{\"op\":\"flush\",\"collection\":\"c\"}\n" } else { "" };
            let answers = run(dir, format!("{}{flush}{COUNT}", insert(id)).as_bytes());
            assert_eq!(last(&answers)["rows"][0]["count(*)"], id, "{name}: {answers}");
        }
    }
}

#[test]
fn a_stamp_of_the_last_opening_that_there_can_be_still_opens() {
    let folder = Folder::new("epochs");
    let dir = Some(folder.0.as_path());
    run(dir, format!("{CREATE}{}", insert(1)).as_bytes());
    let stamp = folder.0.join("stamp.json");
    let text = fs::read_to_string(&stamp).expect("a stamp");
    fs::write(&stamp, text.replacen("\"boot\":1", "\"boot\":4294967294", 1)).expect("writes");
    for id in 2..=3 {
        let script = format!("{{\"op\":\"crash\"}}\n{{\"op\":\"recover\"}}\n{}{COUNT}", insert(id));
        assert_eq!(last(&run(dir, script.as_bytes()))["rows"][0]["count(*)"], id);
    }
}

#[test]
fn a_hit_says_each_name_once() {
    let create = CREATE.replace("\"name\":\"x\"", "\"name\":\"distance\"");
    let rows = r#"{"op":"insert","collection":"c","rows":[{"id":5,"vector":[3,4],"text":"t","distance":123.5}]}
"#;
    let check = |fields: &str, hit: &str| {
        let search = format!(
            "{{\"op\":\"search\",\"collection\":\"c\",\"data\":[[0,0]],\"limit\":1,\"output_fields\":[{fields}]}}\n"
        );
        let answers = run(None, format!("{create}{rows}{search}").as_bytes());
        assert_eq!(answers.lines().last(), Some(format!("{{\"ok\":true,\"hits\":[[{hit}]]}}").as_str()));
    };
    check("\"distance\"", r#"{"id":5,"distance":25.0}"#);
    check("\"id\",\"distance\"", r#"{"id":5,"distance":25.0}"#);
    check("\"*\"", r#"{"id":5,"distance":25.0,"vector":[3.0,4.0],"text":"t"}"#);
    // A query has no distance of its own.
    let query =
        "{\"op\":\"query\",\"collection\":\"c\",\"filter\":\"id == 5\",\"output_fields\":[\"distance\"]}\n";
    let answers = run(None, format!("{create}{rows}{query}").as_bytes());
    assert_eq!(last(&answers)["rows"][0]["distance"], 123.5);
}

#[test]
fn what_autosync_off_left_unsynced_is_synced_where_the_lines_end_and_lost_in_a_crash() {
    let off = "{\"op\":\"autosync\",\"on\":false}\n";
    for (name, end, kept) in [("ends", "", 2), ("crashes", "{\"op\":\"crash\"}\n", 1)] {
        let folder = Folder::new(name);
        let dir = Some(folder.0.as_path());
        run(dir, format!("{CREATE}{}", insert(1)).as_bytes());
        run(dir, format!("{off}{}{end}", insert(2)).as_bytes());
        assert_eq!(last(&run(dir, COUNT.as_bytes()))["rows"][0]["count(*)"], kept, "{name}");
    }
}

/// Lines, then something that is done, then lines.
fn lines_around(before: String, what: impl FnOnce() + 'static, after: String) -> Box<dyn std::io::BufRead> {
    use std::io::{Cursor, Read};
    struct Between<F>(Option<F>);
    impl<F: FnOnce()> Read for Between<F> {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            self.0.take().into_iter().for_each(|what| what());
            Ok(0)
        }
    }
    let between = std::io::BufReader::new(Between(Some(what)));
    Box::new(Cursor::new(before).chain(between).chain(Cursor::new(after)))
}

/// With `/dev/full` in place of the stamp's new copy, the disk is full for stamps.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_on_a_full_disk_answers_every_line_and_is_still_read() {
    let folder = Folder::new("full");
    let dir = Some(folder.0.as_path());
    let fresh = folder.0.join("stamp.new");
    run(dir, format!("{CREATE}{}", insert(1)).as_bytes());
    let serve_all = |lines: &mut dyn std::io::BufRead| {
        let mut out = Vec::new();
        let refusal = serve(dir, lines, &mut out).expect_err("the folder could not be written");
        assert_eq!(super::exit_code(&refusal.code), 3);
        let answers = String::from_utf8(out).expect("UTF-8");
        answers.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<Value>>()
    };
    let script = format!("{}{COUNT}{}{READ}", insert(3), insert(4));
    let mut lines = lines_around(
        insert(2),
        {
            let fresh = fresh.clone();
            move || std::os::unix::fs::symlink("/dev/full", fresh).expect("a link")
        },
        script,
    );
    let answers = serve_all(&mut *lines);
    let codes: Vec<&str> = answers.iter().map(|answer| answer["code"].as_str().unwrap_or("")).collect();
    assert_eq!(codes, ["", "disk_full", "", "disk_full", "", "", ""], "{answers:?}");
    assert!(answers[1]["error"].as_str().is_some_and(|error| error.contains("may be there")), "{answers:?}");
    assert!(
        answers[3]["error"].as_str().is_some_and(|error| error.contains("nothing was written")),
        "{answers:?}"
    );
    assert_eq!(answers[2]["rows"][0]["count(*)"], 2, "only what is acknowledged is seen");
    // While it is full it opens to be read, with everything that is whole on it.
    let answers = serve_all(&mut format!("{COUNT}{}{COUNT}", insert(5)).as_bytes());
    let codes: Vec<&str> = answers.iter().map(|answer| answer["code"].as_str().unwrap_or("")).collect();
    assert_eq!(codes, ["", "disk_full", ""], "{answers:?}");
    let seen = answers[0]["rows"][0]["count(*)"].as_u64().expect("a count");
    assert!((2..=3).contains(&seen), "{answers:?}");
    // With room again nothing that was acknowledged is missing, and what was refused outright is not there.
    fs::remove_file(&fresh).expect("goes");
    assert_eq!(last(&run(dir, COUNT.as_bytes()))["rows"][0]["count(*)"], seen);
    assert_eq!(last(&run(dir, format!("{}{COUNT}", insert(6)).as_bytes()))["rows"][0]["count(*)"], seen + 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_line_panics(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let lines = format!("{CREATE}{WRITE}{READ}{RECOVER}");
        let mut changed = lines.into_bytes();
        for (at, byte) in &changes {
            let at = at.index(changed.len());
            changed[at] = *byte;
        }
        changed.push(b'\n');
        changed.extend_from_slice(&bytes);
        for answer in run(None, &changed).lines() {
            prop_assert!(serde_json::from_str::<Value>(answer).is_ok_and(|answer| answer["ok"].is_boolean()));
        }
    }
}
