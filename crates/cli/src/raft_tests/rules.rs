//! Rules off, by hand: a few lines for each, after which the checkers find what it is said to break.
//!
//! Guarantees: with the rule on, the same lines break nothing. Leaves out: rules that take time or clients to break
//! (`sim::swarm`).

use serde_json::Value;

use super::{THREE, broken, last, run};

#[test]
fn rules_off_break_what_they_are_said_to_break() {
    let check = |rule: &str, lines: &str| {
        let with_rule = |on: bool| {
            let (init, rest) = lines.split_once('\n').expect("lines");
            broken(&format!("{init}\n{{\"op\":\"rule\",\"name\":\"{rule}\",\"on\":{on}}}\n{rest}"))
        };
        let rules = last("{\"op\":\"rules\"}");
        let facts = rules["rules"].as_array().expect("rules").iter().find(|facts| facts["name"] == rule);
        let breaks = facts.expect("a rule")["breaks"].as_str().expect("a name").to_owned();
        assert_eq!(with_rule(true), [""; 0], "{rule} on");
        let found = with_rule(false);
        assert!(found.contains(&breaks), "{rule} off breaks {breaks}, not {found:?}");
    };
    let three = "{\"op\":\"init\",\"seed\":1,\"voters\":[1,2,3]}\n";
    // Two candidates of one term, and a voter that gives both its vote.
    let rivals = format!(
        r#"{three}{{"op":"campaign","node":1}}
{{"op":"campaign","node":3}}
{{"op":"deliver","id":1}}
{{"op":"deliver","id":4}}
{{"op":"deliver","id":5}}
{{"op":"deliver","id":6}}"#
    );
    check("vote_once", &rivals);
    check(
        "strict_majority",
        &format!("{three}{}", "{\"op\":\"campaign\",\"node\":1}\n{\"op\":\"campaign\",\"node\":3}"),
    );
    // A vote that is forgotten in a crash.
    check(
        "persist_vote",
        &format!(
            r#"{three}{{"op":"campaign","node":1}}
{{"op":"deliver","id":1}}
{{"op":"crash","node":2}}
{{"op":"restart","node":2}}
{{"op":"campaign","node":3}}
{{"op":"deliver","id":5}}
{{"op":"deliver","id":3}}
{{"op":"deliver","id":6}}"#
        ),
    );
    // A candidate that lacks what is committed.
    let behind = format!(
        r#"{three}{{"op":"campaign","node":1}}
{{"op":"stabilize"}}
{{"op":"propose","node":1,"data":"a"}}
{{"op":"stabilize","nodes":[1,2]}}
{{"op":"campaign","node":3}}
{{"op":"stabilize","nodes":[2,3]}}"#
    );
    check("log_up_to_date", &behind);
    // Figure 8 of the paper: an old entry on a majority is not committed by that alone.
    check(
        "commit_current_term_only",
        r#"{"op":"init","voters":[1,2,3],"logs":{"1":[[1,1],[2,2,"a"]],"2":[[1,1]],"3":[[1,1],[2,3,"b"]]},"hard":{"1":{"term":3},"2":{"term":3}}}
{"op":"campaign","node":1}
{"op":"deliver","id":1}
{"op":"deliver","id":3}
{"op":"cut","from":1,"to":3}
{"op":"inject","msg":{"from":1,"to":2,"kind":"append","term":4,"prev":[1,1],"entries":[[2,2,"a"]],"commit":0}}
{"op":"inject","msg":{"from":2,"to":1,"kind":"append_resp","term":4,"reject":false,"match":2}}
{"op":"crash","node":1}
{"op":"campaign","node":3}
{"op":"stabilize","nodes":[2,3]}
{"op":"campaign","node":3}
{"op":"stabilize","nodes":[2,3]}"#,
    );
    // Old entries are appended behind others.
    check(
        "append_consistency_check",
        r#"{"op":"init","voters":[1,2],"logs":{"1":[[1,1],[2,2],[3,2,"a"]],"2":[[1,1],[2,1]]}}
{"op":"inject","msg":{"from":1,"to":2,"kind":"append","term":2,"prev":[2,2],"entries":[[3,2,"a"]],"commit":0}}"#,
    );
    check(
        "commit_bounded_by_match",
        r#"{"op":"init","voters":[1,2,3],"logs":{"1":[[1,1],[2,2,"a"]],"2":[[1,1],[2,1,"b"]],"3":[[1,1],[2,2,"a"]]}}
{"op":"campaign","node":1}
{"op":"deliver","id":2}
{"op":"deliver","id":3}
{"op":"cut","from":1,"to":2}
{"op":"stabilize"}
{"op":"heal"}
{"op":"inject","msg":{"from":1,"to":2,"kind":"append","term":3,"prev":[1,1],"entries":[],"commit":3}}"#,
    );
    // An empty append that was overtaken takes away what is committed.
    check(
        "truncate_only_on_conflict",
        &format!(
            r#"{three}{{"op":"campaign","node":1}}
{{"op":"stabilize"}}
{{"op":"propose","node":1,"data":"a"}}
{{"op":"stabilize","nodes":[1,2]}}
{{"op":"inject","msg":{{"from":1,"to":2,"kind":"append","term":1,"prev":[1,1],"entries":[],"commit":1}}}}"#
        ),
    );
    // So does the append of a leader that was deposed.
    check(
        "fence_deposed_leader",
        &format!(
            r#"{three}{{"op":"campaign","node":1}}
{{"op":"stabilize"}}
{{"op":"propose","node":1,"data":"a"}}
{{"op":"campaign","node":2}}
{{"op":"deliver","id":16}}
{{"op":"deliver","id":17}}
{{"op":"deliver","id":19}}
{{"op":"deliver","id":20}}
{{"op":"deliver","id":14}}"#
        ),
    );
    // What is only written counts as durable, and is gone after a crash.
    check(
        "fsync_before_ack",
        &format!(
            r#"{three}{{"op":"campaign","node":1}}
{{"op":"stabilize"}}
{{"op":"autopersist","on":false}}
{{"op":"propose","node":1,"data":"a"}}
{{"op":"deliver","id":13}}
{{"op":"deliver","id":15}}"#
        ),
    );
    check(
        "persist_before_answering",
        &format!(
            r#"{three}{{"op":"campaign","node":1}}
{{"op":"stabilize"}}
{{"op":"autopersist","on":false}}
{{"op":"propose","node":1,"data":"a"}}
{{"op":"persist","node":1}}
{{"op":"deliver","id":13}}
{{"op":"deliver","id":15}}"#
        ),
    );
    // A reader is served by a leader that was deposed.
    let deposed = format!(
        r#"{three}{{"op":"campaign","node":1}}
{{"op":"stabilize"}}
{{"op":"campaign","node":2}}
{{"op":"stabilize","nodes":[2,3]}}
{{"op":"propose","node":2,"data":"a"}}
{{"op":"stabilize","nodes":[2,3]}}
{{"op":"read","node":1,"mode":"index","ctx":"r"}}"#
    );
    check("read_index_quorum", &deposed);
    check(
        "step_down_on_higher_term",
        &format!(
            r#"{three}{{"op":"campaign","node":1}}
{{"op":"stabilize"}}
{{"op":"campaign","node":2}}
{{"op":"stabilize"}}"#
        ),
    );
    // A new leader does not know yet that the entry it holds is committed.
    check(
        "read_after_own_commit",
        &format!(
            r#"{three}{{"op":"campaign","node":1}}
{{"op":"stabilize"}}
{{"op":"propose","node":1,"data":"a"}}
{{"op":"deliver","id":13}}
{{"op":"deliver","id":15}}
{{"op":"crash","node":1}}
{{"op":"campaign","node":2}}
{{"op":"deliver","id":19}}
{{"op":"deliver","id":20}}
{{"op":"read","node":2,"mode":"index","ctx":"r"}}
{{"op":"deliver","id":24}}
{{"op":"deliver","id":25}}"#
        ),
    );
    // A leader's lease has ended, and another was elected.
    check(
        "lease_bounded",
        r#"{"op":"init","voters":[1,2,3],"checkquorum":true}
{"op":"campaign","node":1}
{"op":"stabilize"}
{"op":"set_timeout","node":3,"ticks":19}
{"op":"tick","node":3,"n":12}
{"op":"tick","node":1,"n":12}
{"op":"campaign","node":2}
{"op":"stabilize","nodes":[2,3]}
{"op":"read","node":1,"mode":"lease","ctx":"r"}"#,
    );
    check(
        "checksum_on_replay",
        &format!(
            r#"{three}{{"op":"campaign","node":1}}
{{"op":"stabilize"}}
{{"op":"propose","node":1,"data":"a"}}
{{"op":"stabilize"}}
{{"op":"corrupt","node":2,"record":2,"kind":"bitflip"}}
{{"op":"crash","node":2}}
{{"op":"restart","node":2}}"#
        ),
    );
    check(
        "repair_before_voting",
        &format!(
            r#"{three}{{"op":"campaign","node":1}}
{{"op":"stabilize"}}
{{"op":"propose","node":1,"data":"a"}}
{{"op":"stabilize","nodes":[1,2]}}
{{"op":"corrupt","node":2,"record":2,"kind":"stale"}}
{{"op":"crash","node":2}}
{{"op":"restart","node":2}}
{{"op":"crash","node":1}}
{{"op":"campaign","node":3}}
{{"op":"stabilize","nodes":[2,3]}}"#
        ),
    );
    check(
        "one_conf_change",
        &format!(
            r#"{three}{{"op":"campaign","node":1}}
{{"op":"stabilize"}}
{{"op":"conf","node":1,"mode":"single","changes":[["add",4]]}}
{{"op":"conf","node":1,"mode":"single","changes":[["add",5]]}}"#
        ),
    );
    check(
        "check_quorum",
        r#"{"op":"init","voters":[1,2,3],"checkquorum":true}
{"op":"campaign","node":1}
{"op":"stabilize"}
{"op":"tick","node":1,"n":60}"#,
    );
}

/// A follower's read and two copies of its answer, of which one has arrived; then a write that a majority holds.
const READ_TWICE: &str = r#"{"op":"init","seed":7,"voters":[1,2,3]}
{"op":"campaign","node":1}
{"op":"stabilize"}
{"op":"read","node":2,"mode":"index","ctx":"r"}
{"op":"deliver","id":13}
{"op":"stabilize","nodes":[1,3]}
{"op":"dup","id":17}
{"op":"deliver","id":17}
{"op":"propose","node":1,"data":"x"}
{"op":"stabilize","nodes":[1,3]}
"#;

#[test]
fn a_late_answer_to_a_read_does_not_confirm_another_of_the_same_name() {
    let again = format!("{READ_TWICE}{{\"op\":\"read\",\"node\":2,\"mode\":\"index\",\"ctx\":\"r\"}}\n");
    let late = format!("{again}{{\"op\":\"deliver\",\"id\":18}}");
    assert_eq!(last(&late)["ok"], true, "the copy was on its way");
    assert_eq!(broken(&late), [""; 0]);
    // The later read is answered in its own time, and is then held against the rules: index 1 was too old for it.
    let inject = |nth: &str| {
        let head = r#"{"op":"inject","msg":{"from":1,"to":2,"kind":"read_index_resp","term":1,"ctx":"r""#;
        format!("{late}\n{head}{nth},\"index\":1}}}}")
    };
    assert_eq!(broken(&inject(r#","nth":1"#)), [""; 0]);
    assert_eq!(broken(&inject(r#","nth":2"#)), ["linearizable"]);
    // Unmarked, it belongs to the read that waits.
    assert_eq!(broken(&inject("")), ["linearizable"]);
    // Every message says which read it means.
    let net = last(&format!("{again}{{\"op\":\"net\"}}"));
    let nth = net["net"].as_array().expect("messages").iter().filter(|message| message["ctx"] == "r");
    let nth: Vec<_> = nth.map(|message| (message["kind"].as_str(), message["nth"].as_u64())).collect();
    assert_eq!(nth, [(Some("read_index_resp"), Some(1)), (Some("read_index"), Some(2))]);
}

#[test]
fn names_are_those_of_one_node_and_of_one_group() {
    // Another node's read of the same name has nothing to do with this one.
    let other = format!("{READ_TWICE}{{\"op\":\"read\",\"node\":3,\"mode\":\"index\",\"ctx\":\"r\"}}\n");
    let net = last(&format!("{other}{{\"op\":\"net\"}}"));
    let named = net["net"].as_array().expect("messages").iter().filter(|message| message["ctx"] == "r");
    assert!(named.clone().count() == 2 && named.clone().all(|message| message["nth"].is_null()), "{net}");
    // What a node asked before it lost its memory is not what it asks now.
    let crashed = format!(
        r#"{READ_TWICE}{{"op":"crash","node":2}}
{{"op":"restart","node":2}}
{{"op":"stabilize","nodes":[1,2]}}
{{"op":"read","node":2,"mode":"index","ctx":"r"}}
"#
    );
    assert_eq!(broken(&crashed), [""; 0]);
    // A group that was saved tells them apart as before, and in a new group everything is counted from 1 again.
    let answers = run(format!("{other}{{\"op\":\"save\"}}").as_bytes());
    let image: Value = serde_json::from_str(answers.last().expect("an answer")).expect("JSON");
    let loaded = format!("{{\"op\":\"load\",\"image\":{}}}\n{{\"op\":\"net\"}}", image["image"]);
    assert_eq!(last(&loaded), net);
    let restarted = format!("{other}{}", &THREE[..THREE.find('\n').expect("a line") + 1]);
    let restarted = format!("{restarted}{{\"op\":\"persist\",\"node\":1,\"begin\":true}}");
    assert_eq!(last(&restarted)["fsync"], 1);
}

#[test]
fn an_fsync_that_a_crash_forgot_or_that_has_ended_is_not_ended_again() {
    let begun = format!("{THREE}{{\"op\":\"persist\",\"node\":2,\"begin\":true}}\n");
    let end = r#"{"op":"persist","fsync":1}"#;
    assert_eq!(last(&format!("{begun}{end}"))["ok"], true);
    assert_eq!(last(&format!("{begun}{end}\n{end}"))["code"], "unknown_fsync");
    let crash = r#"{"op":"crash","node":2}"#;
    assert_eq!(last(&format!("{begun}{crash}\n{end}"))["code"], "unknown_fsync");
    // Numbers are not given twice.
    let next = r#"{"op":"persist","node":2,"begin":true}"#;
    assert_eq!(last(&format!("{begun}{end}\n{next}"))["fsync"], 2);
}
