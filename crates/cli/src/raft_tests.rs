//! `quorum-lab raft` from outside: lines in, lines out.
//!
//! `disks` has the lines about durability, `rules` those with a rule off, `random` lines that nobody chose. Guarantees:
//! golden answers to the byte for every op; no line ends the process or panics. Leaves out: what members do with their
//! logs (`sim::member`), and time.

use expect_test::{Expect, expect};
use serde_json::Value;

use super::raft::serve;

mod disks;
mod random;
mod rules;

/// The answers to some lines.
fn run(lines: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    assert_eq!(serve(lines, &mut out), Ok(true));
    String::from_utf8(out).expect("UTF-8").lines().map(str::to_owned).collect()
}

/// The answers that say more than `{"ok":true}`, each behind its line's op.
fn check(lines: &str, answers: &Expect) {
    let mut text = String::new();
    for (line, answer) in lines.lines().zip(run(lines.as_bytes())) {
        if answer != "{\"ok\":true}" {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let node = line["node"].as_u64().map_or(String::new(), |node| format!(" {node}"));
            text.push_str(&format!("{}{node}: {answer}\n", line["op"].as_str().unwrap_or("")));
        }
    }
    answers.assert_eq(&text);
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
fn a_group_elects_replicates_reads_and_hands_over() {
    check(
        r#"{"op":"hello"}
{"op":"init","seed":7,"voters":[1,2,3],"learners":[4]}
{"op":"set_timeout","node":1,"ticks":3}
{"op":"timeouts","node":2,"n":4}
{"op":"tick","node":1,"n":2}
{"op":"net"}
{"op":"tick","node":1}
{"op":"net"}
{"op":"drop","id":2}
{"op":"dup","id":1}
{"op":"deliver","id":3}
{"op":"deliver","id":1}
{"op":"net"}
{"op":"deliver","id":4}
{"op":"net"}
{"op":"stabilize","nodes":[1,2]}
{"op":"propose","node":1,"data":"x"}
{"op":"propose","node":2,"data":"y"}
{"op":"stabilize"}
{"op":"state","node":1}
{"op":"state","node":4}
{"op":"read","node":2,"mode":"index","ctx":"r1"}
{"op":"net"}
{"op":"stabilize"}
{"op":"state","node":2}
{"op":"transfer","node":1,"to":3}
{"op":"propose","node":1,"data":"z"}
{"op":"net"}
{"op":"stabilize"}
{"op":"state","node":3}
{"op":"check"}"#,
        &expect![[r#"
            hello: {"ok":true,"proto":1,"caps":["prevote","checkquorum","readindex","lease","transfer","joint","learner","snapshot","rules"]}
            timeouts 2: {"ok":true,"ticks":[17,12,17,19]}
            net: {"ok":true,"net":[]}
            net: {"ok":true,"net":[{"id":1,"from":1,"to":2,"kind":"vote","term":1,"last":[0,0],"transfer":false},{"id":2,"from":1,"to":3,"kind":"vote","term":1,"last":[0,0],"transfer":false}]}
            dup: {"ok":true,"id":3}
            net: {"ok":true,"net":[{"id":4,"from":2,"to":1,"kind":"vote_resp","term":1,"granted":true,"commit":[0,0]},{"id":5,"from":2,"to":1,"kind":"vote_resp","term":1,"granted":true,"commit":[0,0]}]}
            net: {"ok":true,"net":[{"id":5,"from":2,"to":1,"kind":"vote_resp","term":1,"granted":true,"commit":[0,0]},{"id":6,"from":1,"to":2,"kind":"append","term":1,"prev":[0,0],"entries":[[1,1,""]],"commit":0,"round":1},{"id":7,"from":1,"to":3,"kind":"append","term":1,"prev":[0,0],"entries":[[1,1,""]],"commit":0,"round":1},{"id":8,"from":1,"to":4,"kind":"append","term":1,"prev":[0,0],"entries":[[1,1,""]],"commit":0,"round":1}]}
            propose 1: {"ok":true,"index":2}
            propose 2: {"ok":false,"code":"not_leader","error":"this node does not lead, and knows no leader that it could ask"}
            state 1: {"ok":true,"role":"leader","term":1,"vote":1,"leader":1,"commit":2,"applied":2,"first":1,"last":[2,1],"log":[[1,1,""],[2,1,"x"]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[4]},"durable":{"term":1,"vote":1,"last":[2,1]},"reads":[]}
            state 4: {"ok":true,"role":"follower","term":1,"vote":0,"leader":1,"commit":2,"applied":2,"first":1,"last":[2,1],"log":[[1,1,""],[2,1,"x"]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[4]},"durable":{"term":1,"vote":0,"last":[2,1]},"reads":[]}
            net: {"ok":true,"net":[{"id":26,"from":2,"to":1,"kind":"read_index","term":1,"ctx":"r1"}]}
            state 2: {"ok":true,"role":"follower","term":1,"vote":1,"leader":1,"commit":2,"applied":2,"first":1,"last":[2,1],"log":[[1,1,""],[2,1,"x"]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[4]},"durable":{"term":1,"vote":1,"last":[2,1]},"reads":[["r1",2]]}
            propose 1: {"ok":false,"code":"transfer","error":"leadership is being handed over"}
            net: {"ok":true,"net":[{"id":34,"from":1,"to":3,"kind":"timeout_now","term":1}]}
            state 3: {"ok":true,"role":"leader","term":2,"vote":3,"leader":3,"commit":3,"applied":3,"first":1,"last":[3,2],"log":[[1,1,""],[2,1,"x"],[3,2,""]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[4]},"durable":{"term":2,"vote":3,"last":[3,2]},"reads":[]}
            check: {"ok":true,"violations":[]}
        "#]],
    );
}

#[test]
fn prevotes_and_checks_of_the_quorum() {
    check(
        r#"{"op":"init","voters":[1,2,3],"prevote":true,"checkquorum":true}
{"op":"campaign","node":1}
{"op":"net"}
{"op":"deliver","id":1}
{"op":"net"}
{"op":"stabilize"}
{"op":"read","node":1,"mode":"lease","ctx":"l"}
{"op":"state","node":1}
{"op":"campaign","node":3}
{"op":"stabilize"}
{"op":"state","node":3}
{"op":"cut","from":2,"to":1}
{"op":"cut","from":3,"to":1}
{"op":"tick","node":1,"n":20}
{"op":"state","node":1}
{"op":"heal"}
{"op":"check"}"#,
        &expect![[r#"
            net: {"ok":true,"net":[{"id":1,"from":1,"to":2,"kind":"prevote","term":1,"last":[0,0],"transfer":false},{"id":2,"from":1,"to":3,"kind":"prevote","term":1,"last":[0,0],"transfer":false}]}
            net: {"ok":true,"net":[{"id":2,"from":1,"to":3,"kind":"prevote","term":1,"last":[0,0],"transfer":false},{"id":3,"from":2,"to":1,"kind":"prevote_resp","term":1,"granted":true,"commit":[0,0]}]}
            state 1: {"ok":true,"role":"leader","term":1,"vote":1,"leader":1,"commit":1,"applied":1,"first":1,"last":[1,1],"log":[[1,1,""]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[1,1]},"reads":[["l",1]]}
            state 3: {"ok":true,"role":"precandidate","term":1,"vote":1,"leader":0,"commit":1,"applied":1,"first":1,"last":[1,1],"log":[[1,1,""]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[1,1]},"reads":[]}
            state 1: {"ok":true,"role":"follower","term":1,"vote":1,"leader":0,"commit":1,"applied":1,"first":1,"last":[1,1],"log":[[1,1,""]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[1,1]},"reads":[["l",1]]}
            check: {"ok":true,"violations":[]}
        "#]],
    );
}

#[test]
fn a_follower_that_departed_is_led_back_a_term_at_a_time() {
    // Figure 7 (f) of the paper, shortened.
    check(
        r#"{"op":"init","voters":[1,2],"logs":{"1":[[1,1],[2,1],[3,1,"a"],[4,4,"b"],[5,4]],"2":[[1,1],[2,1],[3,1,"a"],[4,2],[5,2],[6,2],[7,3],[8,3],[9,3]]},"hard":{"1":{"term":4,"vote":0,"commit":1},"2":{"term":4,"vote":1}}}
{"op":"state","node":1}
{"op":"state","node":2}
{"op":"campaign","node":1}
{"op":"net"}
{"op":"stabilize"}
{"op":"state","node":2}
{"op":"inject","msg":{"from":2,"to":1,"kind":"append_resp","term":4,"reject":true,"match":6,"hint":[6,2]}}
{"op":"check"}"#,
        &expect![[r#"
            state 1: {"ok":true,"role":"follower","term":4,"vote":0,"leader":0,"commit":1,"applied":1,"first":1,"last":[5,4],"log":[[1,1,""],[2,1,""],[3,1,"a"],[4,4,"b"],[5,4,""]],"conf":{"voters":[1,2],"outgoing":[],"learners":[]},"durable":{"term":4,"vote":0,"last":[5,4]},"reads":[]}
            state 2: {"ok":true,"role":"follower","term":4,"vote":1,"leader":0,"commit":0,"applied":0,"first":1,"last":[9,3],"log":[[1,1,""],[2,1,""],[3,1,"a"],[4,2,""],[5,2,""],[6,2,""],[7,3,""],[8,3,""],[9,3,""]],"conf":{"voters":[1,2],"outgoing":[],"learners":[]},"durable":{"term":4,"vote":1,"last":[9,3]},"reads":[]}
            net: {"ok":true,"net":[{"id":1,"from":1,"to":2,"kind":"vote","term":5,"last":[5,4],"transfer":false}]}
            state 2: {"ok":true,"role":"follower","term":5,"vote":1,"leader":1,"commit":6,"applied":6,"first":1,"last":[6,5],"log":[[1,1,""],[2,1,""],[3,1,"a"],[4,4,"b"],[5,4,""],[6,5,""]],"conf":{"voters":[1,2],"outgoing":[],"learners":[]},"durable":{"term":5,"vote":1,"last":[6,5]},"reads":[]}
            check: {"ok":true,"violations":[]}
        "#]],
    );
    // The leader of a later term probes: what is refused, and the hints.
    check(
        r#"{"op":"init","voters":[1,2,3],"logs":{"1":[[1,1],[2,1],[3,1],[4,4],[5,4],[6,5],[7,5]],"2":[[1,1],[2,1],[3,1],[4,2],[5,2],[6,3],[7,3],[8,3]],"3":[[1,1]]},"hard":{"1":{"term":7}}}
{"op":"campaign","node":1}
{"op":"deliver","id":2}
{"op":"deliver","id":3}
{"op":"deliver","id":1}
{"op":"net"}
{"op":"deliver","id":4}
{"op":"net"}
{"op":"stabilize"}
{"op":"state","node":2}
{"op":"check"}"#,
        &expect![[r#"
            net: {"ok":true,"net":[{"id":4,"from":1,"to":2,"kind":"append","term":8,"prev":[7,5],"entries":[[8,8,""]],"commit":0,"round":1},{"id":5,"from":1,"to":3,"kind":"append","term":8,"prev":[7,5],"entries":[[8,8,""]],"commit":0,"round":1},{"id":6,"from":2,"to":1,"kind":"vote_resp","term":8,"granted":true,"commit":[0,0]}]}
            net: {"ok":true,"net":[{"id":5,"from":1,"to":3,"kind":"append","term":8,"prev":[7,5],"entries":[[8,8,""]],"commit":0,"round":1},{"id":6,"from":2,"to":1,"kind":"vote_resp","term":8,"granted":true,"commit":[0,0]},{"id":7,"from":2,"to":1,"kind":"append_resp","term":8,"reject":true,"match":7,"hint":[7,3],"round":1}]}
            state 2: {"ok":true,"role":"follower","term":8,"vote":1,"leader":1,"commit":8,"applied":8,"first":1,"last":[8,8],"log":[[1,1,""],[2,1,""],[3,1,""],[4,4,""],[5,4,""],[6,5,""],[7,5,""],[8,8,""]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":8,"vote":1,"last":[8,8]},"reads":[]}
            check: {"ok":true,"violations":[]}
        "#]],
    );
}

#[test]
fn a_log_that_was_compacted_is_sent_as_a_snapshot() {
    let lines = format!(
        r#"{THREE}{{"op":"crash","node":3}}
{{"op":"propose","node":1,"data":"b"}}
{{"op":"propose","node":1,"data":"c"}}
{{"op":"stabilize"}}
{{"op":"compact","node":1,"to":3}}
{{"op":"compact","node":1,"to":3}}
{{"op":"compact","node":1,"to":9}}
{{"op":"state","node":1}}
{{"op":"restart","node":3}}
{{"op":"tick","node":1}}
{{"op":"stabilize","nodes":[2]}}
{{"op":"net"}}
{{"op":"stabilize","nodes":[1,3]}}
{{"op":"state","node":3}}
{{"op":"crash","node":3}}
{{"op":"state","node":3}}
{{"op":"restart","node":3}}
{{"op":"crash","node":1}}
{{"op":"restart","node":1}}
{{"op":"state","node":1}}
{{"op":"stabilize"}}
{{"op":"check"}}"#
    );
    check(
        &lines,
        &expect![[r#"
        propose 1: {"ok":true,"index":2}
        propose 1: {"ok":true,"index":3}
        propose 1: {"ok":true,"index":4}
        compact 1: {"ok":false,"code":"bad_index","error":"node 1 can be compacted from index 4 on, up to 4: what is applied and durable"}
        compact 1: {"ok":false,"code":"bad_index","error":"node 1 can be compacted from index 4 on, up to 4: what is applied and durable"}
        state 1: {"ok":true,"role":"leader","term":1,"vote":1,"leader":1,"commit":4,"applied":4,"first":4,"last":[4,1],"log":[[4,1,"c"]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[4,1]},"reads":[]}
        net: {"ok":true,"net":[{"id":33,"from":1,"to":2,"kind":"heartbeat","term":1,"commit":4,"round":2},{"id":34,"from":1,"to":3,"kind":"heartbeat","term":1,"commit":2,"round":2}]}
        state 3: {"ok":true,"role":"follower","term":1,"vote":1,"leader":1,"commit":4,"applied":4,"first":4,"last":[4,1],"log":[[4,1,"c"]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[4,1]},"reads":[]}
        state 3: {"ok":true,"role":"down","term":1,"vote":1,"leader":0,"commit":3,"applied":3,"first":4,"last":[4,1],"log":[[4,1,"c"]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[4,1]},"reads":[]}
        state 1: {"ok":true,"role":"follower","term":1,"vote":1,"leader":0,"commit":3,"applied":3,"first":4,"last":[4,1],"log":[[4,1,"c"]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[4,1]},"reads":[]}
        check: {"ok":true,"violations":[]}
    "#]],
    );
}

#[test]
fn configurations_change_one_by_one_and_jointly() {
    let lines = format!(
        r#"{THREE}{{"op":"conf","node":1,"mode":"single","changes":[["add",4]]}}
{{"op":"conf","node":1,"mode":"single","changes":[["add",5]]}}
{{"op":"state","node":4}}
{{"op":"stabilize"}}
{{"op":"state","node":4}}
{{"op":"conf","node":1,"mode":"joint","changes":[["add",5],["learner",2],["remove",1]]}}
{{"op":"stabilize"}}
{{"op":"state","node":1}}
{{"op":"conf","node":1,"mode":"single","changes":[["add",6]]}}
{{"op":"conf","node":1,"mode":"leave","changes":[]}}
{{"op":"stabilize"}}
{{"op":"state","node":1}}
{{"op":"campaign","node":5}}
{{"op":"stabilize"}}
{{"op":"state","node":5}}
{{"op":"conf","node":5,"mode":"leave"}}
{{"op":"conf","node":4,"mode":"leave"}}
{{"op":"check"}}"#
    );
    check(
        &lines,
        &expect![[r#"
        propose 1: {"ok":true,"index":2}
        conf 1: {"ok":true,"index":3}
        conf 1: {"ok":false,"code":"pending_conf","error":"a change of the configuration is under way, or a joint one is not left yet"}
        state 4: {"ok":true,"role":"follower","term":0,"vote":0,"leader":0,"commit":0,"applied":0,"first":1,"last":[0,0],"log":[],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":0,"vote":0,"last":[0,0]},"reads":[]}
        state 4: {"ok":true,"role":"follower","term":1,"vote":0,"leader":1,"commit":3,"applied":3,"first":1,"last":[3,1],"log":[[1,1,""],[2,1,"a"],[3,1,"conf:add 4","conf"]],"conf":{"voters":[1,2,3,4],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":0,"last":[3,1]},"reads":[]}
        conf 1: {"ok":true,"index":4}
        state 1: {"ok":true,"role":"leader","term":1,"vote":1,"leader":1,"commit":4,"applied":4,"first":1,"last":[4,1],"log":[[1,1,""],[2,1,"a"],[3,1,"conf:add 4","conf"],[4,1,"conf:joint add 5 learner 2 remove 1","conf"]],"conf":{"voters":[3,4,5],"outgoing":[1,2,3,4],"learners":[],"learners_next":[2]},"durable":{"term":1,"vote":1,"last":[4,1]},"reads":[]}
        conf 1: {"ok":false,"code":"pending_conf","error":"a change of the configuration is under way, or a joint one is not left yet"}
        conf 1: {"ok":true,"index":5}
        state 1: {"ok":true,"role":"follower","term":1,"vote":1,"leader":0,"commit":5,"applied":5,"first":1,"last":[5,1],"log":[[1,1,""],[2,1,"a"],[3,1,"conf:add 4","conf"],[4,1,"conf:joint add 5 learner 2 remove 1","conf"],[5,1,"conf:leave","conf"]],"conf":{"voters":[3,4,5],"outgoing":[],"learners":[2]},"durable":{"term":1,"vote":1,"last":[5,1]},"reads":[]}
        state 5: {"ok":true,"role":"leader","term":2,"vote":5,"leader":5,"commit":6,"applied":6,"first":1,"last":[6,2],"log":[[1,1,""],[2,1,"a"],[3,1,"conf:add 4","conf"],[4,1,"conf:joint add 5 learner 2 remove 1","conf"],[5,1,"conf:leave","conf"],[6,2,""]],"conf":{"voters":[3,4,5],"outgoing":[],"learners":[2]},"durable":{"term":2,"vote":5,"last":[6,2]},"reads":[]}
        conf 5: {"ok":false,"code":"bad_conf","error":"the configuration is not joint"}
        conf 4: {"ok":false,"code":"not_leader","error":"this node does not lead, and knows no leader that it could ask"}
        check: {"ok":true,"violations":[]}
    "#]],
    );
}

#[test]
fn majorities_are_counted() {
    check(
        r#"{"op":"quorum","cfg":[1,2,3],"match":{"1":100,"2":101}}
{"op":"quorum","cfg":[1,2,3],"cfgj":[2,3,4],"match":{"2":12}}
{"op":"quorum","cfg":[1,2,3],"cfgj":[2,3,4],"match":{"1":9,"2":12,"3":8,"4":7}}
{"op":"quorum","cfg":[1,1,2],"match":{"1":5}}
{"op":"quorum","cfg":[],"match":{"1":5}}
{"op":"quorum","cfg":[],"cfgj":[1],"match":{"1":5}}
{"op":"quorum","cfg":[1]}
{"op":"quorum","cfg":[],"votes":{}}
{"op":"quorum","cfg":[1,2,3],"votes":{"2":true}}
{"op":"quorum","cfg":[1,2,3],"votes":{"2":true,"3":true}}
{"op":"quorum","cfg":[1,2,3],"votes":{"2":false,"3":false}}
{"op":"quorum","cfg":[1,2,3],"cfgj":[4],"votes":{"1":true,"2":true}}
{"op":"quorum","cfg":[1,2,3],"cfgj":[4],"votes":{"1":true,"2":true,"4":false},"match":{"1":2,"2":3,"4":1}}"#,
        &expect![[r#"
            quorum: {"ok":true,"committed":100}
            quorum: {"ok":true,"committed":0}
            quorum: {"ok":true,"committed":8}
            quorum: {"ok":true,"committed":0}
            quorum: {"ok":true,"committed":18446744073709551615}
            quorum: {"ok":true,"committed":5}
            quorum: {"ok":true,"committed":0}
            quorum: {"ok":true,"vote":"won"}
            quorum: {"ok":true,"vote":"pending"}
            quorum: {"ok":true,"vote":"won"}
            quorum: {"ok":true,"vote":"lost"}
            quorum: {"ok":true,"vote":"pending"}
            quorum: {"ok":true,"committed":1,"vote":"lost"}
        "#]],
    );
}

#[test]
fn bad_lines_are_answered_and_the_next_one_is_read() {
    let check = |line: &str, code: &str| {
        let answers = run(format!("{THREE}{line}\n{{\"op\":\"state\",\"node\":1}}\n").as_bytes());
        let answers: Vec<Value> =
            answers.iter().map(|answer| serde_json::from_str(answer).expect("JSON")).collect();
        assert_eq!(answers.len(), 7, "{line}: {answers:?}");
        assert_eq!(answers[5]["code"], code, "{line}: {}", answers[5]);
        assert_eq!(answers[6]["role"], "leader", "{line}");
    };
    for (line, code) in [
        ("{", "bad_json"),
        ("nonsense", "bad_json"),
        ("{\"op\":\"net\"} 1", "bad_json"),
        ("[]", "bad_request"),
        ("{}", "bad_request"),
        ("{\"op\":1}", "bad_request"),
        ("{\"op\":\"fly\"}", "unknown_op"),
        ("{\"op\":\"init\"}", "bad_request"),
        ("{\"op\":\"init\",\"voters\":[]}", "bad_request"),
        ("{\"op\":\"init\",\"voters\":[0]}", "bad_request"),
        ("{\"op\":\"init\",\"voters\":[1],\"election\":0}", "bad_request"),
        ("{\"op\":\"init\",\"voters\":[1],\"max_inflight\":0}", "bad_request"),
        ("{\"op\":\"init\",\"voters\":[1],\"logs\":{\"1\":[[2,1]]}}", "bad_request"),
        ("{\"op\":\"init\",\"voters\":[1],\"logs\":{\"1\":[[1,2],[2,1]]}}", "bad_request"),
        ("{\"op\":\"init\",\"voters\":[1],\"logs\":{\"x\":[]}}", "bad_request"),
        ("{\"op\":\"init\",\"voters\":[1],\"hard\":{\"1\":{\"term\":18446744073709551615}}}", "bad_request"),
        ("{\"op\":\"tick\"}", "bad_request"),
        ("{\"op\":\"tick\",\"node\":9}", "unknown_node"),
        ("{\"op\":\"tick\",\"node\":1,\"n\":1000000000000}", "too_many"),
        ("{\"op\":\"tick\",\"node\":1,\"n\":-1}", "bad_request"),
        ("{\"op\":\"tick\",\"node\":1,\"n\":1.5}", "bad_request"),
        ("{\"op\":\"tick\",\"node\":4294967297}", "bad_request"),
        ("{\"op\":\"timeouts\",\"node\":1,\"n\":1000000000000}", "too_many"),
        ("{\"op\":\"set_timeout\",\"node\":1,\"ticks\":0}", "bad_request"),
        ("{\"op\":\"propose\",\"node\":1}", "bad_request"),
        ("{\"op\":\"propose\",\"node\":1,\"data\":5}", "bad_request"),
        ("{\"op\":\"propose\",\"node\":2,\"data\":\"\"}", "not_leader"),
        ("{\"op\":\"read\",\"node\":1,\"mode\":\"dirty\",\"ctx\":\"r\"}", "bad_request"),
        ("{\"op\":\"transfer\",\"node\":1,\"to\":9}", "bad_target"),
        ("{\"op\":\"conf\",\"node\":1,\"changes\":[]}", "bad_request"),
        ("{\"op\":\"conf\",\"node\":1,\"changes\":[[\"burn\",1]]}", "bad_request"),
        ("{\"op\":\"conf\",\"node\":1,\"mode\":\"leave\"}", "bad_conf"),
        ("{\"op\":\"conf\",\"node\":2,\"changes\":[[\"add\",4]]}", "not_leader"),
        ("{\"op\":\"state\",\"node\":4}", "unknown_node"),
        ("{\"op\":\"deliver\",\"id\":99}", "unknown_message"),
        ("{\"op\":\"drop\",\"id\":99}", "unknown_message"),
        ("{\"op\":\"dup\",\"id\":99}", "unknown_message"),
        ("{\"op\":\"cut\",\"from\":1,\"to\":9}", "unknown_node"),
        ("{\"op\":\"stabilize\",\"nodes\":[1,9]}", "unknown_node"),
        ("{\"op\":\"inject\"}", "bad_request"),
        ("{\"op\":\"inject\",\"msg\":{\"from\":1,\"to\":2,\"kind\":\"gossip\",\"term\":1}}", "bad_message"),
        ("{\"op\":\"inject\",\"msg\":{\"from\":1,\"to\":2,\"kind\":\"heartbeat\"}}", "bad_message"),
        (
            "{\"op\":\"inject\",\"msg\":{\"from\":1,\"to\":9,\"kind\":\"heartbeat\",\"term\":1}}",
            "unknown_node",
        ),
        ("{\"op\":\"persist\"}", "bad_request"),
        ("{\"op\":\"persist\",\"fsync\":7}", "unknown_fsync"),
        ("{\"op\":\"persist\",\"node\":1,\"begin\":true,\"upto\":1}", "bad_request"),
        ("{\"op\":\"crash\",\"node\":1,\"keep\":\"torn\"}", "bad_request"),
        ("{\"op\":\"restart\",\"node\":1}", "node_up"),
        ("{\"op\":\"corrupt\",\"node\":1,\"record\":9,\"kind\":\"zero\"}", "no_such_record"),
        ("{\"op\":\"corrupt\",\"node\":1,\"record\":0,\"kind\":\"zero\"}", "no_such_record"),
        ("{\"op\":\"corrupt\",\"node\":1,\"record\":1,\"kind\":\"burn\"}", "bad_request"),
        ("{\"op\":\"compact\",\"node\":1,\"to\":99}", "bad_index"),
        ("{\"op\":\"rule\",\"name\":\"golden\",\"on\":false}", "unknown_rule"),
        ("{\"op\":\"load\",\"image\":\"\"}", "bad_image"),
        ("{\"op\":\"load\",\"image\":\"quorum-lab raft 1\\n{}\"}", "bad_image"),
        ("{\"op\":\"quorum\",\"cfg\":[1],\"votes\":{\"1\":1}}", "bad_request"),
        ("{\"op\":\"quorum\",\"cfg\":[1],\"match\":{\"1\":-1}}", "bad_request"),
    ] {
        check(line, code);
    }
    assert_eq!(last("{\"op\":\"net\"}")["code"], "no_group");
    assert_eq!(last("{\"op\":\"save\"}")["code"], "no_group");
    assert_eq!(run(b"\n \r\n"), [""; 0]);
    assert!(run(b"\xff\xfe")[0].contains("bad_json"));
}

/// Node 2 stands within the time for which it has just promised node 1 to help nobody.
#[test]
fn a_lease_is_void_once_somebody_was_made_to_stand_in_spite_of_it() {
    let lines = r#"{"op":"init","seed":1,"voters":[1,2,3],"checkquorum":true,"prevote":true,"election":10}
{"op":"campaign","node":1}
{"op":"stabilize"}
{"op":"propose","node":1,"data":"a"}
{"op":"stabilize"}
{"op":"cut","from":1,"to":3}
{"op":"set_timeout","node":3,"ticks":50}
{"op":"tick","node":3,"n":12}
{"op":"tick","node":1,"n":1}
{"op":"stabilize","nodes":[1,2]}
{"op":"cut","from":1,"to":2}
{"op":"cut","from":2,"to":1}
{"op":"cut","from":3,"to":1}
"#;
    let reads = |more: &str| {
        let read = r#"{"op":"read","node":1,"mode":"lease","ctx":"r"}"#;
        last(&format!("{lines}{more}{read}\n{{\"op\":\"state\",\"node\":1}}"))["reads"].clone()
    };
    assert_eq!(reads(""), serde_json::json!([["r", 2]]), "the lease serves it");
    let stands = r#"{"op":"campaign","node":2}
{"op":"stabilize","nodes":[2,3]}
{"op":"propose","node":2,"data":"b"}
{"op":"stabilize","nodes":[2,3]}
"#;
    assert_eq!(reads(stands), serde_json::json!([]), "a majority is asked, and does not answer");
    let short = stands.replace(
        r#"{"op":"campaign","node":2}"#,
        "{\"op\":\"set_timeout\",\"node\":2,\"ticks\":1}\n{\"op\":\"tick\",\"node\":2,\"n\":1}",
    );
    assert_eq!(reads(&short), serde_json::json!([]));
    // Standing is as it always was: node 2 is elected and commits at once.
    let state = last(&format!("{lines}{stands}{{\"op\":\"state\",\"node\":2}}"));
    assert_eq!((&state["role"], &state["commit"]), (&serde_json::json!("leader"), &serde_json::json!(4)));
}
