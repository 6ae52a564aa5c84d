//! `quorum-lab raft` under lines that nobody chose.
//!
//! Guarantees: a group that was saved and loaded goes on the same; what is printed can be injected; nothing panics.
//! Leaves out: whether the answers are right, but for the checkers' word.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{THREE, last, run};

/// Lines that make a group do many things, in the order in which numbers choose them.
fn action(choice: (u8, u8, u8)) -> String {
    let (what, node, n) = (choice.0 % 24, choice.1 % 4 + 1, u32::from(choice.2));
    let other = n % 4 + 1;
    let kind = ["bitflip", "zero", "misdirect", "stale"][n as usize % 4];
    match what {
        0..=4 => format!(r#"{{"op":"deliver","id":{}}}"#, n + 1),
        5 => format!(r#"{{"op":"drop","id":{}}}"#, n + 1),
        6 => format!(r#"{{"op":"dup","id":{}}}"#, n + 1),
        7 => format!(r#"{{"op":"tick","node":{node},"n":{}}}"#, n % 25),
        8 => format!(r#"{{"op":"campaign","node":{node}}}"#),
        9..=10 => format!(r#"{{"op":"propose","node":{node},"data":"d{n}"}}"#),
        11 => format!(r#"{{"op":"read","node":{node},"mode":"lease","ctx":"r{n}"}}"#),
        12 => format!(r#"{{"op":"conf","node":{node},"mode":"single","changes":[["add",{other}]]}}"#),
        13 => format!(
            r#"{{"op":"conf","node":{node},"mode":"joint","changes":[["learner",{other}],["remove",2]]}}"#
        ),
        14 => format!(r#"{{"op":"persist","node":{node},"upto":{}}}"#, n % 12),
        15 => format!(r#"{{"op":"persist","node":{node},"begin":true}}"#),
        16 => format!(r#"{{"op":"persist","fsync":{}}}"#, n % 5),
        17 => format!(r#"{{"op":"autopersist","on":{}}}"#, n % 2 == 0),
        18 => format!(r#"{{"op":"crash","node":{node},"keep":"torn","torn_bytes":{n}}}"#),
        19 => format!(r#"{{"op":"restart","node":{node}}}"#),
        20 => format!(r#"{{"op":"corrupt","node":{node},"record":{},"kind":"{kind}"}}"#, n % 9),
        21 => format!(r#"{{"op":"compact","node":{node},"to":{}}}"#, n % 9),
        22 => format!(r#"{{"op":"cut","from":{node},"to":{other}}}"#),
        _ => r#"{"op":"stabilize"}"#.to_owned(),
    }
}

/// Everything there is to see of a group.
const LOOK: &str = r#"{"op":"net"}
{"op":"check"}
{"op":"state","node":1}
{"op":"state","node":2}
{"op":"state","node":3}
{"op":"state","node":4}
{"op":"timeouts","node":1,"n":3}
{"op":"rules"}
"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_group_that_was_loaded_goes_on_the_same(
        choices in prop::collection::vec(any::<(u8, u8, u8)>(), 1..30),
        rule in 0..40_usize,
    ) {
        let rules = last("{\"op\":\"rules\"}");
        let mut lines = THREE.to_owned();
        if let Some(name) = rules["rules"].get(rule).and_then(|facts| facts["name"].as_str()) {
            lines.push_str(&format!("{{\"op\":\"rule\",\"name\":\"{name}\",\"on\":false}}\n"));
        }
        let looked = |lines: &str| {
            let answers = run(format!("{lines}{LOOK}").as_bytes());
            answers[answers.len() - LOOK.lines().count()..].to_vec()
        };
        // The one group is saved and loaded into a new process before every action, the other never.
        let mut saved = lines.clone();
        for choice in choices {
            let action = action(choice);
            lines.push_str(&format!("{action}\n"));
            let image = last(&format!("{saved}{{\"op\":\"save\"}}"))["image"].clone();
            saved = format!("{}\n{action}\n", json!({ "op": "load", "image": image }));
            prop_assert_eq!(looked(&lines), looked(&saved));
        }
        let again = format!("{saved}{{\"op\":\"init\",\"voters\":[1]}}\n{saved}");
        prop_assert_eq!(looked(&lines), looked(&again));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_net_prints_can_be_injected(choices in prop::collection::vec(any::<(u8, u8, u8)>(), 1..60)) {
        // Delivering a message, and dropping it and injecting what was printed, come to the same.
        let mut lines = THREE.to_owned();
        choices.iter().for_each(|choice| lines.push_str(&format!("{}\n", action(*choice))));
        let net = last(&format!("{lines}{{\"op\":\"net\"}}"));
        for message in net["net"].as_array().expect("messages") {
            let mut bare = message.clone();
            let id = bare.as_object_mut().and_then(|fields| fields.remove("id")).expect("an id");
            let dropped = format!("{}\n{}\n", json!({"op": "drop", "id": id}), json!({"op": "inject", "msg": bare}));
            let injected = run(format!("{lines}{dropped}{LOOK}").as_bytes());
            let delivered = run(format!("{lines}{}\n{LOOK}", json!({"op": "deliver", "id": id})).as_bytes());
            let shown = LOOK.lines().count();
            prop_assert_eq!(&injected[injected.len() - shown..], &delivered[delivered.len() - shown..], "{}", message);
        }
    }

    #[test]
    fn no_line_panics(
        choices in prop::collection::vec(any::<(u8, u8, u8)>(), 1..40),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..30),
        bytes in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let mut lines = THREE.to_owned();
        choices.iter().for_each(|choice| lines.push_str(&format!("{}\n{LOOK}", action(*choice))));
        let mut changed = lines.into_bytes();
        for (at, byte) in &changes {
            let at = at.index(changed.len());
            changed[at] = *byte;
        }
        changed.push(b'\n');
        changed.extend_from_slice(&bytes);
        for answer in run(&changed) {
            prop_assert!(serde_json::from_str::<Value>(&answer).is_ok_and(|answer| answer["ok"].is_boolean()));
        }
    }

    #[test]
    fn no_message_panics(
        messages in prop::collection::vec(
            (0..16_usize, prop::collection::vec(number(), 8), any::<(u8, u8, bool)>()),
            1..40
        ),
        rule in 0..40_usize,
    ) {
        let rules = last("{\"op\":\"rules\"}");
        let mut lines = THREE.to_owned();
        if let Some(name) = rules["rules"].get(rule).and_then(|facts| facts["name"].as_str()) {
            lines.push_str(&format!("{{\"op\":\"rule\",\"name\":\"{name}\",\"on\":false}}\n"));
        }
        let kinds = ["vote", "vote_resp", "prevote", "prevote_resp", "append", "append_resp", "heartbeat",
            "heartbeat_resp", "snapshot", "snapshot_resp", "timeout_now", "read_index", "read_index_resp", "propose",
            "recover", "recover_resp"];
        for (kind, n, (from, to, yes)) in messages {
            let entries =
                [
                    json!([n[1].saturating_add(1), n[5].max(1), "e"]),
                    json!([n[1].saturating_add(2), n[6].max(1), "f"])
                ];
            let message = json!({
                "from": from % 5 + 1, "to": to % 3 + 1, "kind": kinds[kind], "term": n[0], "prev": [n[1], n[2]],
                "last": [n[1], n[2]], "hint": [n[3], n[4]], "match": n[1], "index": n[1], "commit": n[3],
                "reject": yes, "granted": yes, "transfer": yes, "entries": entries[..usize::from(yes) * 2],
                "round": n[5], "ctx": "c", "data": "d", "nonce": n[6], "leads_to": n[7],
                "snap": {"index": n[1].max(1), "term": n[2].max(1), "conf": {"voters": [1, 2, to % 5 + 1]}},
            });
            lines.push_str(&format!("{}\n", json!({ "op": "inject", "msg": message })));
            lines.push_str("{\"op\":\"propose\",\"node\":1,\"data\":\"p\"}\n{\"op\":\"tick\",\"node\":2,\"n\":3}\n");
        }
        lines.push_str("{\"op\":\"stabilize\"}\n{\"op\":\"crash\",\"node\":2}\n{\"op\":\"restart\",\"node\":2}\n");
        for answer in run(format!("{lines}{LOOK}").as_bytes()) {
            prop_assert!(serde_json::from_str::<Value>(&answer).is_ok_and(|answer| answer["ok"].is_boolean()));
        }
    }
}

/// Twenty thousand lines in two hundred sessions, each with another rule off or with none: the core's assertions hold,
/// because no line comes near them.
#[test]
fn twenty_thousand_lines_trip_no_assertion() {
    let rules = last("{\"op\":\"rules\"}");
    let names: Vec<&str> =
        rules["rules"].as_array().into_iter().flatten().filter_map(|facts| facts["name"].as_str()).collect();
    for session in 0..200_usize {
        let mut rng = quorum_types::Rng::new(session as u64, 1);
        let mut byte = || rng.below(256) as u8;
        let options = if session % 2 == 0 { "" } else { r#","prevote":true,"checkquorum":true"# };
        let mut lines = THREE.replacen("\"voters\":[1,2,3]", &format!("\"voters\":[1,2,3]{options}"), 1);
        if let Some(name) = names.get(session % (names.len() + 4)) {
            lines.push_str(&format!("{{\"op\":\"rule\",\"name\":\"{name}\",\"on\":false}}\n"));
        }
        for _ in 0..100 {
            lines.push_str(&format!("{}\n", action((byte(), byte(), byte()))));
        }
        for answer in run(format!("{lines}{LOOK}").as_bytes()) {
            assert!(serde_json::from_str::<Value>(&answer).is_ok_and(|answer| answer["ok"].is_boolean()));
        }
    }
}

/// Small numbers mostly, and some that are absurd.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..6_u64, 1 => Just(1 << 40), 1 => Just(u64::MAX)]
}
