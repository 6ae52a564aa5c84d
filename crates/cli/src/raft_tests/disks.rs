//! `quorum-lab raft` under every kind of damage: what it takes, and repair.
//!
//! Guarantees: every kind of damage is tried. Leaves out: fsyncs and crashes (`scenarios/raft/disks`), and the records
//! themselves (`sim::replica`).

use serde_json::{Value, json};

use super::{THREE, broken, last};

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
