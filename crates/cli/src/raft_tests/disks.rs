//! `quorum-lab raft` where disks matter: what an fsync covers, what a crash leaves, what damage takes, and repair.
//!
//! Guarantees: golden answers to the byte. Leaves out: the records themselves (`sim::member`).

use expect_test::expect;
use serde_json::{Value, json};

use super::{THREE, broken, check, last};

#[test]
fn what_is_not_durable_is_not_promised() {
    let lines = format!(
        r#"{THREE}{{"op":"autopersist","on":false}}
{{"op":"propose","node":1,"data":"b"}}
{{"op":"propose","node":1,"data":"c"}}
{{"op":"persist","node":1,"begin":true}}
{{"op":"propose","node":1,"data":"d"}}
{{"op":"net"}}
{{"op":"deliver","id":21}}
{{"op":"deliver","id":23}}
{{"op":"deliver","id":25}}
{{"op":"net"}}
{{"op":"persist","node":2,"upto":4}}
{{"op":"net"}}
{{"op":"state","node":2}}
{{"op":"deliver","id":27}}
{{"op":"deliver","id":28}}
{{"op":"state","node":1}}
{{"op":"persist","fsync":1}}
{{"op":"persist","fsync":1}}
{{"op":"state","node":1}}
{{"op":"crash","node":2}}
{{"op":"persist","node":1,"begin":true}}
{{"op":"crash","node":1,"keep":"torn","torn_bytes":3}}
{{"op":"persist","fsync":2}}
{{"op":"state","node":1}}
{{"op":"restart","node":1}}
{{"op":"restart","node":2}}
{{"op":"state","node":1}}
{{"op":"state","node":2}}
{{"op":"campaign","node":2}}
{{"op":"net"}}
{{"op":"state","node":2}}
{{"op":"persist","node":2,"upto":1}}
{{"op":"state","node":2}}
{{"op":"autopersist","on":true}}
{{"op":"stabilize"}}
{{"op":"state","node":2}}
{{"op":"check"}}"#
    );
    check(
        &lines,
        &expect![[r#"
            propose 1: {"ok":true,"index":2}
            propose 1: {"ok":true,"index":3}
            propose 1: {"ok":true,"index":4}
            persist 1: {"ok":true,"fsync":1}
            propose 1: {"ok":true,"index":5}
            net: {"ok":true,"net":[{"id":21,"from":1,"to":2,"kind":"append","term":1,"prev":[2,1],"entries":[[3,1,"b"]],"commit":2,"round":1},{"id":22,"from":1,"to":3,"kind":"append","term":1,"prev":[2,1],"entries":[[3,1,"b"]],"commit":2,"round":1},{"id":23,"from":1,"to":2,"kind":"append","term":1,"prev":[3,1],"entries":[[4,1,"c"]],"commit":2,"round":1},{"id":24,"from":1,"to":3,"kind":"append","term":1,"prev":[3,1],"entries":[[4,1,"c"]],"commit":2,"round":1},{"id":25,"from":1,"to":2,"kind":"append","term":1,"prev":[4,1],"entries":[[5,1,"d"]],"commit":2,"round":1},{"id":26,"from":1,"to":3,"kind":"append","term":1,"prev":[4,1],"entries":[[5,1,"d"]],"commit":2,"round":1}]}
            net: {"ok":true,"net":[{"id":22,"from":1,"to":3,"kind":"append","term":1,"prev":[2,1],"entries":[[3,1,"b"]],"commit":2,"round":1},{"id":24,"from":1,"to":3,"kind":"append","term":1,"prev":[3,1],"entries":[[4,1,"c"]],"commit":2,"round":1},{"id":26,"from":1,"to":3,"kind":"append","term":1,"prev":[4,1],"entries":[[5,1,"d"]],"commit":2,"round":1}]}
            net: {"ok":true,"net":[{"id":22,"from":1,"to":3,"kind":"append","term":1,"prev":[2,1],"entries":[[3,1,"b"]],"commit":2,"round":1},{"id":24,"from":1,"to":3,"kind":"append","term":1,"prev":[3,1],"entries":[[4,1,"c"]],"commit":2,"round":1},{"id":26,"from":1,"to":3,"kind":"append","term":1,"prev":[4,1],"entries":[[5,1,"d"]],"commit":2,"round":1},{"id":27,"from":2,"to":1,"kind":"append_resp","term":1,"reject":false,"match":3,"round":1},{"id":28,"from":2,"to":1,"kind":"append_resp","term":1,"reject":false,"match":4,"round":1}]}
            state 2: {"ok":true,"role":"follower","term":1,"vote":1,"leader":1,"commit":2,"applied":2,"first":1,"last":[5,1],"log":[[1,1,""],[2,1,"a"],[3,1,"b"],[4,1,"c"],[5,1,"d"]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[4,1]},"reads":[]}
            state 1: {"ok":true,"role":"leader","term":1,"vote":1,"leader":1,"commit":2,"applied":2,"first":1,"last":[5,1],"log":[[1,1,""],[2,1,"a"],[3,1,"b"],[4,1,"c"],[5,1,"d"]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[2,1]},"reads":[]}
            persist: {"ok":false,"code":"unknown_fsync","error":"no fsync 1 is under way"}
            state 1: {"ok":true,"role":"leader","term":1,"vote":1,"leader":1,"commit":4,"applied":4,"first":1,"last":[5,1],"log":[[1,1,""],[2,1,"a"],[3,1,"b"],[4,1,"c"],[5,1,"d"]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[4,1]},"reads":[]}
            persist 1: {"ok":true,"fsync":2}
            persist: {"ok":false,"code":"unknown_fsync","error":"no fsync 2 is under way"}
            state 1: {"ok":true,"role":"down","term":1,"vote":1,"leader":0,"commit":0,"applied":0,"first":1,"last":[4,1],"log":[[1,1,""],[2,1,"a"],[3,1,"b"],[4,1,"c"]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[4,1]},"reads":[]}
            state 1: {"ok":true,"role":"follower","term":1,"vote":1,"leader":0,"commit":0,"applied":0,"first":1,"last":[4,1],"log":[[1,1,""],[2,1,"a"],[3,1,"b"],[4,1,"c"]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[4,1]},"reads":[]}
            state 2: {"ok":true,"role":"follower","term":1,"vote":1,"leader":0,"commit":0,"applied":0,"first":1,"last":[4,1],"log":[[1,1,""],[2,1,"a"],[3,1,"b"],[4,1,"c"]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[4,1]},"reads":[]}
            net: {"ok":true,"net":[{"id":22,"from":1,"to":3,"kind":"append","term":1,"prev":[2,1],"entries":[[3,1,"b"]],"commit":2,"round":1},{"id":24,"from":1,"to":3,"kind":"append","term":1,"prev":[3,1],"entries":[[4,1,"c"]],"commit":2,"round":1},{"id":26,"from":1,"to":3,"kind":"append","term":1,"prev":[4,1],"entries":[[5,1,"d"]],"commit":2,"round":1},{"id":29,"from":1,"to":2,"kind":"append","term":1,"prev":[5,1],"entries":[],"commit":3,"round":1},{"id":30,"from":1,"to":3,"kind":"append","term":1,"prev":[5,1],"entries":[],"commit":3,"round":1},{"id":31,"from":1,"to":2,"kind":"append","term":1,"prev":[5,1],"entries":[],"commit":4,"round":1},{"id":32,"from":1,"to":3,"kind":"append","term":1,"prev":[5,1],"entries":[],"commit":4,"round":1}]}
            state 2: {"ok":true,"role":"candidate","term":2,"vote":2,"leader":0,"commit":0,"applied":0,"first":1,"last":[4,1],"log":[[1,1,""],[2,1,"a"],[3,1,"b"],[4,1,"c"]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[4,1]},"reads":[]}
            state 2: {"ok":true,"role":"candidate","term":2,"vote":2,"leader":0,"commit":0,"applied":0,"first":1,"last":[4,1],"log":[[1,1,""],[2,1,"a"],[3,1,"b"],[4,1,"c"]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":2,"vote":2,"last":[4,1]},"reads":[]}
            state 2: {"ok":true,"role":"leader","term":2,"vote":2,"leader":2,"commit":5,"applied":5,"first":1,"last":[5,2],"log":[[1,1,""],[2,1,"a"],[3,1,"b"],[4,1,"c"],[5,2,""]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":2,"vote":2,"last":[5,2]},"reads":[]}
            check: {"ok":true,"violations":[]}
        "#]],
    );
}

#[test]
fn a_node_that_lost_something_does_not_vote_until_it_is_whole() {
    for kind in ["bitflip", "zero", "misdirect", "stale"] {
        let lines = format!(
            r#"{THREE}{{"op":"propose","node":1,"data":"b"}}
{{"op":"stabilize","nodes":[1,2]}}
{{"op":"corrupt","node":2,"record":99,"kind":"{kind}"}}
{{"op":"corrupt","node":2,"record":3,"kind":"{kind}"}}
{{"op":"crash","node":2}}
{{"op":"restart","node":2}}
{{"op":"state","node":2}}"#
        );
        let state = last(&lines);
        assert_eq!(state["recovering"], true, "{kind}: {state}");
        assert!(state["last"][0].as_u64().expect("an index") < 3, "{kind}: {state}");
        // Node 3 lacks entry 3, which 1 and 2 committed. Node 2 has forgotten it, and says so instead of voting.
        let stale = format!(
            "{lines}\n{}",
            r#"{"op":"crash","node":1}
{"op":"campaign","node":3}
{"op":"stabilize"}
{"op":"state","node":3}"#
        );
        assert_eq!(last(&stale)["role"], "candidate", "{kind}");
        // With the leader there it gets everything back, is whole, and votes.
        let repaired = format!("{lines}\n{}", "{\"op\":\"stabilize\"}\n{\"op\":\"state\",\"node\":2}");
        let state = last(&repaired);
        assert_eq!((&state["recovering"], &state["last"]), (&Value::Null, &json!([3, 1])), "{kind}: {state}");
        let votes = format!(
            "{repaired}\n{}",
            r#"{"op":"crash","node":1}
{"op":"campaign","node":3}
{"op":"stabilize"}
{"op":"state","node":3}"#
        );
        assert_eq!(last(&votes)["role"], "leader", "{kind}");
        assert_eq!(broken(&votes), [""; 0], "{kind}");
    }
}

#[test]
fn a_repair_is_answered_to_the_byte() {
    let lines = format!(
        r#"{THREE}{{"op":"crash","node":2}}
{{"op":"corrupt","node":2,"record":2,"kind":"bitflip"}}
{{"op":"state","node":2}}
{{"op":"restart","node":2}}
{{"op":"crash","node":2}}
{{"op":"restart","node":2}}
{{"op":"state","node":2}}
{{"op":"net"}}
{{"op":"inject","msg":{{"from":3,"to":2,"kind":"vote","term":2,"last":[9,9]}}}}
{{"op":"stabilize"}}
{{"op":"state","node":2}}
{{"op":"check"}}"#
    );
    check(
        &lines,
        &expect![[r#"
        propose 1: {"ok":true,"index":2}
        state 2: {"ok":true,"role":"down","term":1,"vote":1,"leader":0,"commit":0,"applied":0,"first":1,"last":[1,1],"log":[[1,1,""]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[1,1]},"reads":[]}
        state 2: {"ok":true,"role":"follower","term":1,"vote":1,"leader":0,"commit":0,"applied":0,"first":1,"last":[1,1],"log":[[1,1,""]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":1,"last":[1,1]},"reads":[],"recovering":true}
        net: {"ok":true,"net":[{"id":21,"from":2,"to":1,"kind":"recover","term":1,"nonce":3989847164},{"id":22,"from":2,"to":3,"kind":"recover","term":1,"nonce":3989847164},{"id":23,"from":2,"to":1,"kind":"recover","term":1,"nonce":1984000},{"id":24,"from":2,"to":3,"kind":"recover","term":1,"nonce":1984000}]}
        state 2: {"ok":true,"role":"follower","term":2,"vote":0,"leader":0,"commit":0,"applied":0,"first":1,"last":[1,1],"log":[[1,1,""]],"conf":{"voters":[1,2,3],"outgoing":[],"learners":[]},"durable":{"term":2,"vote":0,"last":[1,1]},"reads":[],"recovering":true}
        check: {"ok":true,"violations":[]}
    "#]],
    );
    // Alone there is nobody to be repaired from.
    check(
        r#"{"op":"init","voters":[1],"logs":{"1":[[1,1,"a"]]}}
{"op":"corrupt","node":1,"record":1,"kind":"zero"}
{"op":"crash","node":1}
{"op":"restart","node":1}
{"op":"state","node":1}"#,
        &expect![[r#"
            restart 1: {"ok":false,"code":"wal_corrupt","error":"node 1 cannot read its log, and cannot be repaired"}
            state 1: {"ok":true,"role":"down","term":1,"vote":0,"leader":0,"commit":0,"applied":0,"first":1,"last":[0,0],"log":[],"conf":{"voters":[1],"outgoing":[],"learners":[]},"durable":{"term":1,"vote":0,"last":[0,0]},"reads":[]}
        "#]],
    );
}

/// A copy of what a node acknowledged before it lost that arrives when the leader has heard of the loss.
#[test]
fn a_group_comes_to_rest_whatever_was_acknowledged_before_a_loss() {
    for kind in ["bitflip", "zero", "stale"] {
        for options in ["", r#","prevote":true,"checkquorum":true"#] {
            let mut lines = format!(
                r#"{{"op":"init","seed":7,"voters":[1,2,3]{options}}}
{{"op":"campaign","node":1}}
{{"op":"stabilize"}}
{{"op":"propose","node":1,"data":"a"}}
{{"op":"stabilize"}}
{{"op":"propose","node":1,"data":"b"}}
"#
            );
            let sent = |lines: &str, from: u64, to: u64, kind: &str| {
                let net = last(&format!("{lines}{{\"op\":\"net\"}}"));
                let list = net["net"].as_array().cloned().unwrap_or_default();
                let fits = |one: &&Value| one["from"] == from && one["to"] == to && one["kind"] == kind;
                list.iter().find(fits).map(|one| one["id"].clone()).expect("such a message")
            };
            let append = sent(&lines, 1, 3, "append");
            lines.push_str(&format!("{}\n", json!({"op": "deliver", "id": append})));
            let answer = sent(&lines, 3, 1, "append_resp");
            let copy = last(&format!("{lines}{}", json!({"op": "dup", "id": answer})))["id"].clone();
            lines.push_str(&format!(
                "{}\n{}\n",
                json!({"op": "dup", "id": answer}),
                json!({"op": "deliver", "id": answer})
            ));
            // The copy is held while everything else is delivered.
            let held = last(&format!("{lines}{{\"op\":\"net\"}}"))["net"].clone();
            let held = held.as_array().and_then(|net| net.iter().find(|one| one["id"] == copy).cloned());
            let mut held = held.expect("the copy");
            held.as_object_mut().and_then(|fields| fields.remove("id"));
            lines.push_str(&format!("{}\n", json!({"op": "drop", "id": copy})));
            for data in 0..5 {
                lines.push_str(&format!(
                    "{}\n{{\"op\":\"stabilize\"}}\n",
                    json!({"op": "propose", "node": 1, "data": data.to_string()})
                ));
            }
            lines.push_str(&format!(
                "{}\n{{\"op\":\"crash\",\"node\":3}}\n{{\"op\":\"restart\",\"node\":3}}\n",
                json!({"op": "corrupt", "node": 3, "record": 3, "kind": kind})
            ));
            let recover = sent(&lines, 3, 1, "recover");
            lines.push_str(&format!(
                "{}\n{}\n",
                json!({"op": "deliver", "id": recover}),
                json!({"op": "inject", "msg": held})
            ));
            assert_eq!(
                last(&format!("{lines}{{\"op\":\"stabilize\"}}")),
                json!({"ok": true}),
                "{kind} {options}"
            );
            lines.push_str("{\"op\":\"stabilize\"}\n");
            assert_eq!(broken(&lines), [""; 0]);
            let state = last(&format!("{lines}{{\"op\":\"state\",\"node\":3}}"));
            assert_eq!(
                (&state["recovering"], &state["last"]),
                (&Value::Null, &json!([8, 1])),
                "{kind} {options}"
            );
        }
    }
}
