//! What clients saw: their operations, an order that explains the answers, or why there is none.
//!
//! The order concerns operations on registers; rows that are inserted have names of their own and do not contradict
//! each other. Guarantees: an outcome is what the client could know; the search looks at the whole run, also where only
//! its last operations are listed, and says when it gave up. Leaves out: who asks when (`client`, `cluster`).

use super::request::Ask;
use quorum_linearize::{Cause, Contradiction, Explanation, Kind, Op, Status, explain};
use quorum_types::sort::sort_by_key;
use quorum_types::{Micros, NodeId};
use serde::{Deserialize, Serialize};

/// The most steps that a search for an order takes: a second or two in a browser.
const STEPS: u64 = 1_000_000;

/// What clients saw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The last operations, in the order in which they began.
    pub ops: Vec<SeenOp>,
    /// The operations begun since the run was opened.
    pub begun: u64,
    /// How many rows of bars they need, so that none covers another.
    pub lanes: u32,
    /// What a search for an order found, if it was asked for.
    pub verdict: Option<Verdict>,
}

/// The outcome of an operation, as far as its client knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is in progress.
    #[default]
    Open,
    /// It was answered.
    Ok,
    /// Every node that was asked refused it: it had no effect.
    Refused,
    /// A write that was given up: it may have taken effect, or may still do so.
    Unknown,
    /// A read that was given up.
    TimedOut,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum SeenAsk {
    /// Inserts a row.
    Insert,
    /// Sets a register.
    Put { key: u64, value: u64 },
    /// Sets a register if it holds the expected value; whether it did, if that was answered.
    Swap { key: u64, from: u64, to: u64, swapped: Option<bool> },
    /// Reads a register; the value, if it was answered. 0 for one that was never written.
    Read { key: u64, value: Option<u64> },
}

/// An operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeenOp {
    /// Its number.
    pub op: u64,
    /// What it does.
    pub ask: SeenAsk,
    /// Its outcome.
    pub outcome: Outcome,
    /// The node that answered, or was asked last.
    pub node: Option<NodeId>,
    /// How often it was sent.
    pub attempts: u32,
    /// When it began.
    pub start_us: Micros,
    /// When it was answered or given up; none while it is in progress.
    pub end_us: Option<Micros>,
    /// The row in which it is drawn, from 0.
    pub lane: u32,
    /// Its place among the listed operations in the order that was found, from 1, and the moment at which it takes
    /// effect there.
    pub place: Option<(u32, Micros)>,
}

/// What a search for an order found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The operations on registers that it looked at.
    pub checked: u64,
    /// Its result.
    pub found: Found,
}

/// The result of a search for an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Found {
    /// An order explains all answers: the history is linearizable.
    Order,
    /// None does.
    Contradiction(Box<Why>),
    /// It gave up at a register: too many orders are possible.
    GaveUp { key: u64 },
}

/// Why no order explains the answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// The register.
    pub key: u64,
    /// The operation whose answer is impossible.
    pub op: u64,
    /// What is wrong with it.
    pub cause: WhyCause,
    /// Few operations that have no order by themselves, in the order in which they began.
    pub ops: Vec<SeenOp>,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum WhyCause {
    /// It has a value that nobody wrote.
    NeverWritten,
    /// It has a value that was only written after it had ended.
    NotYetWritten,
    /// It has a value that an operation had overwritten before it began: a stale read.
    Overwritten { by: u64 },
    /// Each answer is possible, but not all of them together.
    Together,
}

impl History {
    /// The last of these operations, of `begun`; with `find`, an order that explains the answers of the whole run.
    pub(crate) fn of(mut ops: Vec<SeenOp>, begun: u64, last: usize, find: Option<Vec<Op>>) -> Self {
        sort_by_key(&mut ops, |op| (op.start_us, op.op));
        ops.drain(..ops.len().saturating_sub(last));
        let lanes = arrange(&mut ops);
        let verdict = find.map(|history| explained(&history, &mut ops));
        Self { ops, begun, lanes, verdict }
    }
}

/// Looks for an order that explains a history, and numbers the listed operations in it.
fn explained(history: &[Op], ops: &mut [SeenOp]) -> Verdict {
    let found = match explain(history, STEPS) {
        Explanation::Order(order) => {
            number(ops, history, &order);
            Found::Order
        }
        Explanation::Contradiction(why) => Found::Contradiction(Box::new(because(history, &why, ops))),
        Explanation::GaveUp { key } => Found::GaveUp { key },
    };
    Verdict { checked: history.len() as u64, found }
}

/// Puts each operation into the first row that is free when it begins; returns how many rows that takes.
fn arrange(ops: &mut [SeenOp]) -> u32 {
    let mut free: Vec<Micros> = Vec::new();
    for op in ops {
        let end = op.end_us.unwrap_or(Micros::MAX);
        // An answer and the next request at one moment do not overlap.
        let lane = free.iter().position(|until| *until <= op.start_us).unwrap_or(free.len());
        match free.get_mut(lane) {
            Some(until) => *until = end,
            None => free.push(end),
        }
        op.lane = lane as u32;
    }
    free.len() as u32
}

/// Numbers the listed operations in the order that was found.
fn number(ops: &mut [SeenOp], history: &[Op], order: &[(usize, u64)]) {
    let mut place = 0;
    for &(at, moment) in order {
        // An operation's number is its client's in the history.
        if let Some(op) = ops.iter_mut().find(|op| op.op == history[at].client) {
            place += 1;
            op.place = Some((place, moment));
        }
    }
}

fn because(history: &[Op], why: &Contradiction, listed: &[SeenOp]) -> Why {
    let seen = |at: &usize| {
        let op = history[*at];
        listed.iter().find(|seen| seen.op == op.client).cloned().unwrap_or_else(|| seen_of(op))
    };
    let mut ops: Vec<SeenOp> = why.ops.iter().map(seen).collect();
    sort_by_key(&mut ops, |op| (op.start_us, op.op));
    arrange(&mut ops);
    Why {
        key: why.key,
        op: history[why.at].client,
        cause: match why.cause {
            Cause::NeverWritten => WhyCause::NeverWritten,
            Cause::NotYetWritten => WhyCause::NotYetWritten,
            Cause::Overwritten { by } => WhyCause::Overwritten { by: history[by].client },
            Cause::Together => WhyCause::Together,
        },
        ops,
    }
}

/// An operation of the history that is not listed.
fn seen_of(op: Op) -> SeenOp {
    let (ask, read) = match op.kind {
        Kind::Read { value } => (SeenAsk::Read { key: op.key, value }, true),
        Kind::Write { value } => (SeenAsk::Put { key: op.key, value }, false),
        Kind::Cas { from, to, swapped } => (SeenAsk::Swap { key: op.key, from, to, swapped }, false),
    };
    SeenOp {
        op: op.client,
        ask,
        outcome: outcome(op.status, read),
        node: None,
        attempts: 0,
        start_us: op.start,
        end_us: op.end,
        lane: 0,
        place: None,
    }
}

/// An outcome as it is shown.
pub(crate) fn outcome(status: Status, read: bool) -> Outcome {
    match (status, read) {
        (Status::Ok, _) => Outcome::Ok,
        (Status::Fail, _) => Outcome::Refused,
        (Status::Info, true) => Outcome::TimedOut,
        (Status::Info, false) => Outcome::Unknown,
    }
}

/// What is asked, without an answer.
pub(crate) fn unanswered(ask: Ask) -> SeenAsk {
    match ask {
        Ask::Insert => SeenAsk::Insert,
        Ask::Put { key, value } => SeenAsk::Put { key, value },
        Ask::Swap { key, from, to } => SeenAsk::Swap { key, from, to, swapped: None },
        Ask::Read { key } => SeenAsk::Read { key, value: None },
    }
}
