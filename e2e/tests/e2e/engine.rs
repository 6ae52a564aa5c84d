//! The engine in a real browser, worked as a person would: flushed, searched, struck at chosen moments, damaged, backed
//! up and restored.

use std::time::Duration;

use e2e::lab::number;
use e2e::{Browser, Lab, Server};
use serde_json::{Value, json};

const LAB: &str = "?topology=standalone&kept=1&lang=en&seed=5";

fn checkpoint(snapshot: &Value) -> u64 {
    number(&snapshot["wal"]["checkpoint_lsn"])
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_flush_lets_the_log_go_and_a_search_finds_by_keyboard_alone() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, LAB, "engine-keys");
    assert_eq!(lab.run(&json!({"op": "insert", "rows": 3_000}))["ok"], true);
    let before = number(&lab.snapshot()["wal"]["bytes"]);
    lab.press("f");
    lab.wait_snapshot("a checkpoint", |s| checkpoint(s) > 0);
    let after = lab.wait_snapshot("an index", |s| s["engine"]["segments"][0]["indexed"] == true);
    assert!(
        before > 1_000_000 && number(&after["wal"]["bytes"]) < 100,
        "{before} bytes, then {}",
        after["wal"]
    );
    assert_eq!(after["engine"]["collections"][0]["num_entities"], json!(3_000));
    lab.press("s");
    lab.wait_seen("[data-view=search][data-rows='10']");
    lab.press("d");
    lab.wait_snapshot("100 rows deleted", |s| s["engine"]["segments"][0]["deleted"] == json!(100));
    assert_eq!(lab.count(), 2_900);
    // What is flushed and deleted is so after the tab was closed, too.
    lab.reload();
    lab.wait_running();
    lab.wait_recovered();
    assert_eq!(lab.count(), 2_900);
    assert_eq!(checkpoint(&lab.snapshot()), checkpoint(&after));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn power_fails_at_every_chosen_moment_and_no_acknowledged_row_is_lost() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, LAB, "engine-moments");
    assert_eq!(lab.run(&json!({"op": "insert", "rows": 1_000}))["ok"], true);
    let mut known = 1_000;
    for moment in
        ["before_append", "mid_record", "before_fsync", "before_ack", "during_flush", "during_checkpoint"]
    {
        assert_eq!(lab.run(&json!({"op": "crash_at", "moment": moment}))["ok"], true);
        lab.wait_seen("[data-view=trap][data-armed=true]");
        let op = if moment.starts_with("during") { "flush" } else { "insert" };
        assert_eq!(lab.answer(&json!({"op": op, "rows": 500}))["code"], "power_cut", "{moment}");
        lab.wait_snapshot("an engine without power", |s| s["nodes"][0]["alive"] == false);
        lab.press("r");
        lab.wait_snapshot("a running engine", |s| s["nodes"][0]["role"] == "leader");
        let rows = lab.count();
        // After the fsync the rows are there although no client was notified; before it they are not.
        let expected = if moment == "before_ack" { known + 500 } else { known };
        assert_eq!(rows, expected, "{moment}");
        known = rows;
    }
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn an_import_goes_on_and_a_damaged_log_is_refused_until_a_backup_comes_back() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, LAB, "engine-backup");
    lab.begin(&json!({"op": "import", "rows": 20_000}));
    lab.wait_snapshot("a part of the import", |s| number(&s["engine"]["imports"][0][1]) > 2_000);
    lab.run(&json!({"op": "pull_plug"}));
    lab.wait_seen("[data-state=unplugged]");
    lab.run(&json!({"op": "reopen"}));
    lab.wait_running();
    lab.wait_recovered();
    assert_eq!(lab.run(&json!({"op": "import", "rows": 20_000}))["ok"], true);
    assert_eq!(lab.count(), 20_000, "an import that went on has a gap or a duplicate");

    lab.eval("void quorumLab.backup().then((bytes) => { window.kept = bytes; })");
    lab.wait_within(Duration::from_secs(20), "window.kept?.length > 1000000", "a backup");
    assert_eq!(lab.run(&json!({"op": "corrupt", "file": 0, "offset": 5_000, "kind": "bitflip"}))["ok"], true);
    assert_eq!(lab.run(&json!({"op": "crash"}))["ok"], true);
    let refused = lab.answer(&json!({"op": "recover"}));
    assert_eq!((&refused["code"], &refused["file"]), (&json!("wal_corrupt"), &json!(0)), "{refused}");
    assert!((1..=5_000).contains(&number(&refused["offset"])), "{refused}");
    lab.wait_seen("[data-banner=refused]");
    assert!(lab.text("[data-banner=refused]").contains("offset"), "{}", lab.text("[data-banner=refused]"));

    lab.eval("void quorumLab.restore(window.kept).then((answer) => { window.restored = answer; })");
    lab.wait_within(Duration::from_secs(20), "window.restored?.rows === 20000", "the rows of the backup");
    lab.wait_running();
    lab.wait_recovered();
    assert_eq!(lab.count(), 20_000);
    lab.reload();
    lab.wait_running();
    lab.wait_recovered();
    assert_eq!(lab.count(), 20_000, "what was restored was not kept");
    lab.assert_quiet();
}
