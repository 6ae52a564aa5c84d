//! Whether the clients' history can be right.
//!
//! Guarantees: registers are judged by `quorum-linearize`, exactly; sets by what was acknowledged, what was asked for
//! and what the last reads show; what is reported consists of few operations that a person can check. Leaves out:
//! programs that break (`trouble`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::history::{Op, OpKind, Status};
use super::plan::Workload;
use quorum_linearize::{Cause, Explanation, Kind};

/// Steps that a history may take to be explained. A run's history takes a few thousand.
const STEPS: u64 = 200_000_000;

/// What is wrong, with indexes into the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The answers about a register fit no order of the operations.
    NotLinearizable {
        /// Few operations that contradict each other, in order of start.
        ops: Vec<usize>,
        /// The one whose answer is impossible.
        at: usize,
        /// Why it is.
        cause: Cause,
    },
    /// The history is too tangled to be judged.
    TooTangled,
    /// An element that was acknowledged is missing from the last read of a node.
    Missing {
        /// The operation that was acknowledged.
        added: usize,
        /// The last read of a node.
        read: usize,
    },
    /// A read shows an element that nobody had asked for, or whose operation was said to have failed.
    Unexpected {
        /// The read.
        read: usize,
        /// The element.
        element: Value,
        /// The operation that was said to have failed.
        failed: Option<usize>,
    },
    /// A node did not answer the last read.
    NoLastRead {
        /// The node.
        node: String,
    },
    /// An echo is not what was sent.
    WrongEcho {
        /// The operation.
        at: usize,
    },
    /// Nothing was ever done that was asked for.
    NothingDone,
}

impl Wrong {
    /// The operations that show it.
    pub fn ops(&self) -> Vec<usize> {
        match self {
            Self::NotLinearizable { ops, .. } => ops.clone(),
            Self::Missing { added, read } => vec![*added, *read],
            Self::Unexpected { read, failed, .. } => failed.iter().copied().chain([*read]).collect(),
            Self::WrongEcho { at } => vec![*at],
            Self::TooTangled | Self::NoLastRead { .. } | Self::NothingDone => Vec::new(),
        }
    }
}

/// Judges a history; `last_from_us`: when the last reads began, `nodes`: who had to answer them.
pub(crate) fn judge(workload: Workload, ops: &[Op], nodes: &[String], last_from_us: u64) -> Option<Wrong> {
    let wrong = match workload {
        Workload::LinKv => linearizable(ops),
        Workload::Echo => ops
            .iter()
            .position(|op| op.status == Status::Ok && op.value.as_ref() != Some(&op.arg))
            .map(|at| Wrong::WrongEcho { at }),
        Workload::Broadcast | Workload::GSet => same_set(ops, nodes, last_from_us),
    };
    let done = ops.iter().any(|op| op.status == Status::Ok);
    wrong.or((!done).then_some(Wrong::NothingDone))
}

fn linearizable(ops: &[Op]) -> Option<Wrong> {
    let mut names = Names::default();
    let history: Vec<quorum_linearize::Op> = ops.iter().map(|op| names.op(op)).collect();
    match quorum_linearize::explain(&history, STEPS) {
        Explanation::Order(_) => None,
        Explanation::GaveUp { .. } => Some(Wrong::TooTangled),
        Explanation::Contradiction(found) => {
            Some(Wrong::NotLinearizable { ops: found.ops, at: found.at, cause: found.cause })
        }
    }
}

/// Numbers for JSON values: equal ones have one, and null has 0, as an unset register.
#[derive(Default)]
struct Names {
    known: BTreeMap<String, u64>,
}

impl Names {
    fn number(&mut self, value: &Value) -> u64 {
        if value.is_null() {
            return 0;
        }
        let next = self.known.len() as u64 + 1;
        *self.known.entry(plain(value)).or_insert(next)
    }

    fn op(&mut self, op: &Op) -> quorum_linearize::Op {
        let kind = match op.kind {
            OpKind::Write => Kind::Write { value: self.number(&op.arg) },
            OpKind::Cas => Kind::Cas {
                from: self.number(&op.arg[0]),
                to: self.number(&op.arg[1]),
                swapped: op.value.as_ref().and_then(Value::as_bool),
            },
            _ => Kind::Read { value: op.value.as_ref().map(|value| self.number(value)) },
        };
        let status = match op.status {
            Status::Ok => quorum_linearize::Status::Ok,
            Status::Fail => quorum_linearize::Status::Fail,
            Status::Info => quorum_linearize::Status::Info,
        };
        let key = op.key.as_u64().unwrap_or_default();
        quorum_linearize::Op { client: op.client, key, kind, status, start: op.start, end: op.end }
    }
}

/// A value as text in which equal values are equal: `5.0` is `5`.
fn plain(value: &Value) -> String {
    match value.as_f64() {
        Some(float) if value.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => format!("{float:.0}"),
        _ => value.to_string(),
    }
}

fn same_set(ops: &[Op], nodes: &[String], last_from_us: u64) -> Option<Wrong> {
    let adds = || ops.iter().enumerate().filter(|(_, op)| matches!(op.kind, OpKind::Add | OpKind::Broadcast));
    let asked: BTreeMap<String, (usize, Status)> =
        adds().map(|(at, op)| (plain(&op.arg), (at, op.status))).collect();
    let reads =
        || ops.iter().enumerate().filter(|(_, op)| op.kind == OpKind::Read && op.status == Status::Ok);
    for (read, op) in reads() {
        for element in elements(op) {
            match asked.get(&plain(element)) {
                Some((_, Status::Ok | Status::Info)) => {}
                known => {
                    let failed = known.map(|(at, _)| *at);
                    return Some(Wrong::Unexpected { read, element: element.clone(), failed });
                }
            }
        }
    }
    for node in nodes {
        let last = reads().rfind(|(_, op)| op.node == *node && op.start >= last_from_us);
        let Some((read, op)) = last else { return Some(Wrong::NoLastRead { node: node.clone() }) };
        let shown: BTreeSet<String> = elements(op).map(plain).collect();
        let missing = adds().find(|(_, op)| op.status == Status::Ok && !shown.contains(&plain(&op.arg)));
        if let Some((added, _)) = missing {
            return Some(Wrong::Missing { added, read });
        }
    }
    None
}

fn elements(op: &Op) -> impl Iterator<Item = &Value> {
    op.value.iter().filter_map(Value::as_array).flatten()
}

/// Whether this read shows every element that was acknowledged before.
pub(crate) fn complete(ops: &[Op], read: &Op) -> bool {
    let shown: BTreeSet<String> = elements(read).map(plain).collect();
    let acknowledged =
        |op: &&Op| matches!(op.kind, OpKind::Add | OpKind::Broadcast) && op.status == Status::Ok;
    ops.iter().filter(acknowledged).all(|op| shown.contains(&plain(&op.arg)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn op(kind: OpKind, arg: Value, value: Option<Value>, status: Status, (start, end): (u64, u64)) -> Op {
        let key = if matches!(kind, OpKind::Write | OpKind::Cas) { json!(1) } else { Value::Null };
        let end = (status != Status::Info).then_some(end);
        Op { client: 1, node: "n1".to_owned(), key, kind, arg, value, status, start, end, error: None }
    }

    fn check(workload: Workload, ops: &[Op], expected: Option<Wrong>) {
        assert_eq!(judge(workload, ops, &["n1".to_owned()], 100), expected, "{ops:?}");
    }

    #[test]
    fn registers_are_judged_by_the_checker() {
        let write = |value: u64, span| op(OpKind::Write, json!(value), None, Status::Ok, span);
        let read = |value: Value, span| Op {
            key: json!(1),
            ..op(OpKind::Read, Value::Null, Some(value), Status::Ok, span)
        };
        check(Workload::LinKv, &[write(1, (0, 1)), read(json!(1.0), (2, 3))], None);
        let stale = Wrong::NotLinearizable { ops: vec![0, 1, 2], at: 2, cause: Cause::Overwritten { by: 1 } };
        check(Workload::LinKv, &[write(1, (0, 1)), write(2, (2, 3)), read(json!(1), (4, 5))], Some(stale));
        check(Workload::LinKv, &[], Some(Wrong::NothingDone));
    }

    #[test]
    fn sets_are_judged_by_what_was_acknowledged() {
        let add = |n: u64, status| op(OpKind::Add, json!(n), None, status, (0, 1));
        let read =
            |elements: Value, at| op(OpKind::Read, Value::Null, Some(elements), Status::Ok, (at, at + 1));
        let both = [add(1, Status::Ok), add(2, Status::Info)];
        let with = |more: &[Op]| [&both[..], more].concat();
        check(Workload::GSet, &with(&[read(json!([]), 50), read(json!([1]), 150)]), None);
        check(Workload::GSet, &with(&[read(json!([1, 2]), 150)]), None);
        check(Workload::GSet, &with(&[read(json!([2]), 150)]), Some(Wrong::Missing { added: 0, read: 2 }));
        check(
            Workload::GSet,
            &with(&[read(json!([1]), 50)]),
            Some(Wrong::NoLastRead { node: "n1".to_owned() }),
        );
        let unexpected = |failed| Some(Wrong::Unexpected { read: 2, element: json!(3), failed });
        check(Workload::GSet, &with(&[read(json!([1, 3]), 150)]), unexpected(None));
        let failed = [add(1, Status::Ok), add(3, Status::Fail), read(json!([1, 3]), 150)];
        check(Workload::Broadcast, &failed, unexpected(Some(1)));
    }
}
