//! Histories of clients' operations on registers, and whether one order explains them: linearizability.
//!
//! A history says when each operation began and ended and what was answered. It is linearizable if every operation can
//! be assigned one moment between its beginning and its end so that, in the order of these moments, a plain register
//! would have given the same answers. Registers with different keys are checked separately, since a history is
//! linearizable exactly if each key's part is (Herlihy and Wing). The search is Wing and Gong's with Lowe's memoization
//! of visited states.
//!
//! Guarantees: the verdict is exact, never a guess; no recursion, so a million operations do not overflow the stack;
//! the contradiction shown is itself not linearizable, and the operations left out of it could not have helped. Leaves
//! out: objects other than registers; a bounded run time (the problem is NP-hard, and a history with very many
//! concurrent operations on one key, few values and failed swaps can take very long).

mod search;
mod shrink;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use quorum_types::sort::places;

/// An operation on a register. A value is any number; 0 stands for a register that was never written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Reads the register.
    Read {
        /// The value that was answered; unknown without one.
        value: Option<u64>,
    },
    /// Writes the register.
    Write {
        /// The value to write.
        value: u64,
    },
    /// Compare-and-swap: writes a value if the register holds another.
    Cas {
        /// The expected value.
        from: u64,
        /// The new value.
        to: u64,
        /// Whether it succeeded, if that was answered.
        swapped: Option<bool>,
    },
}

/// The outcome of an operation, as far as its client knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It was answered.
    Ok,
    /// It certainly took no effect.
    Fail,
    /// Unknown: it may take effect at any time after its start, or never.
    Info,
}

/// An operation of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op {
    /// The client. This does not affect the verdict: only times order operations.
    pub client: u64,
    /// The register.
    pub key: u64,
    /// The operation and its answer.
    pub kind: Kind,
    /// The outcome.
    pub status: Status,
    /// When it was sent. One operation precedes another only if its end is before the other's start; operations that
    /// touch are concurrent.
    pub start: u64,
    /// When it was answered. Without it an answer still counts, but the operation precedes no other.
    pub end: Option<u64>,
}

/// Whether a history is linearizable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The number of operations checked.
    pub ops: usize,
    /// The number of registers in them.
    pub keys: usize,
    /// Why it is not linearizable, if it is not.
    pub why: Option<Contradiction>,
}

impl Verdict {
    /// Whether the history is linearizable.
    pub fn linearizable(&self) -> bool {
        self.why.is_none()
    }
}

/// Operations that no order explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The register.
    pub key: u64,
    /// Indexes into the history, in order of start: few operations that are not linearizable by themselves. Those left
    /// out would not explain them either.
    pub ops: Vec<usize>,
    /// The index into the history of the operation whose answer is reported as the impossible one.
    pub at: usize,
    /// What is wrong with it.
    pub cause: Cause,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It contains a value that no operation wrote.
    NeverWritten,
    /// It contains a value that was only written after it had ended.
    NotYetWritten,
    /// It contains a value that had been overwritten before it began.
    Overwritten {
        /// The index into the history of the operation that had overwritten it.
        by: usize,
    },
    /// Each answer is possible, but not all of them together; this is the last of them.
    Together,
}

/// The first register about which no order explains the answers, without searching for a small contradiction.
pub fn unexplained(history: &[Op]) -> Option<u64> {
    let places = by_key(history);
    let mut group = Vec::new();
    let mut parts = places.chunk_by(|&a, &b| history[a].key == history[b].key);
    let part = parts.find(|part| {
        claims(history, part, &mut group);
        search::judge(&group, u64::MAX).found == search::Found::NoOrder
    });
    part.map(|part| history[part[0]].key)
}

/// Indexes into the history by register, then by start.
fn by_key(history: &[Op]) -> Vec<usize> {
    let key = |at: usize| (history[at].key, history[at].start);
    places(history.len(), &mut |a, b| key(a).cmp(&key(b)))
}

/// The claims of the operations at these indexes.
fn claims(history: &[Op], part: &[usize], group: &mut Vec<Claim>) {
    group.clear();
    group.extend(part.iter().map(|&place| history[place]).filter_map(Claim::of));
}

/// What is found of a history within a limited number of steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// An order that explains every answer: indexes into the history, each with the moment at which it takes effect.
    /// Operations that failed, and those of unknown outcome that nothing needs, are not in it.
    Order(Vec<(usize, u64)>),
    /// No order does.
    Contradiction(Contradiction),
    /// The limit was reached at this register.
    GaveUp {
        /// The register.
        key: u64,
    },
}

/// Explains a history in at most this many steps. With a larger limit the answer is that of [`check`].
pub fn explain(history: &[Op], limit: u64) -> Explanation {
    let all = by_key(history);
    let (mut group, mut order, mut left) = (Vec::new(), Vec::new(), limit);
    for part in all.chunk_by(|&a, &b| history[a].key == history[b].key) {
        claims(history, part, &mut group);
        let judged = search::judge(&group, left);
        left = left.saturating_sub(judged.steps);
        let key = history[part[0]].key;
        match judged.found {
            search::Found::NoOrder => {
                return Explanation::Contradiction(contradiction(history, part, &group, judged.furthest));
            }
            search::Found::GaveUp => return Explanation::GaveUp { key },
            search::Found::Order => {}
        }
        // Of the search that has just ended: it takes no more steps than that.
        let Some(placed) = search::order(&group, judged.steps) else { return Explanation::GaveUp { key } };
        let claimed: Vec<usize> =
            part.iter().copied().filter(|&place| Claim::of(history[place]).is_some()).collect();
        let mut moment = 0;
        for place in placed {
            let op = claimed[place];
            moment = history[op].start.max(moment);
            order.push((op, moment));
        }
    }
    // Registers are independent: any order in time of their moments is one of all.
    let merged = places(order.len(), &mut |a, b| order[a].1.cmp(&order[b].1));
    Explanation::Order(merged.into_iter().map(|place| order[place]).collect())
}

/// What shows that the operations at these indexes, with these claims, have no order.
fn contradiction(history: &[Op], part: &[usize], group: &[Claim], furthest: u64) -> Contradiction {
    let claimed: Vec<usize> =
        part.iter().copied().filter(|&place| Claim::of(history[place]).is_some()).collect();
    let (ops, at, cause) = shrink::shrink(group, furthest);
    Contradiction {
        key: history[part[0]].key,
        ops: ops.into_iter().map(|place| claimed[place]).collect(),
        at: claimed[at],
        cause: match cause {
            Cause::Overwritten { by } => Cause::Overwritten { by: claimed[by] },
            other => other,
        },
    }
}

/// Checks a history.
pub fn check(history: &[Op]) -> Verdict {
    let places = by_key(history);
    let mut verdict = Verdict { ops: history.len(), keys: 0, why: None };
    let mut group = Vec::new();
    for part in places.chunk_by(|&a, &b| history[a].key == history[b].key) {
        verdict.keys += 1;
        if verdict.why.is_some() {
            continue;
        }
        claims(history, part, &mut group);
        let judged = search::judge(&group, u64::MAX);
        if judged.found == search::Found::NoOrder {
            verdict.why = Some(contradiction(history, part, &group, judged.furthest));
        }
    }
    verdict
}

/// A claim of an operation about the register, in one form for all kinds.
#[derive(Clone, Copy, Debug)]
struct Claim {
    /// The register held this value just before.
    needs: Option<u64>,
    /// The register did not hold this value just before.
    not: Option<u64>,
    /// The register holds this value afterwards; without it nothing is changed.
    to: Option<u64>,
    /// Whether it may never have happened.
    maybe: bool,
    start: u64,
    /// The maximum time if there was no end.
    end: u64,
}

impl Claim {
    /// The claim of an operation, if it claims anything.
    fn of(op: Op) -> Option<Self> {
        let maybe = match op.status {
            Status::Fail => return None,
            Status::Info => true,
            // Answered, but without the result: it may have swapped or not.
            Status::Ok => matches!(op.kind, Kind::Cas { swapped: None, .. }),
        };
        let (needs, not, to) = match op.kind {
            Kind::Read { value } => (Some(value?), None, None),
            Kind::Write { value } => (None, None, Some(value)),
            Kind::Cas { from, swapped: Some(false), .. } if !maybe => (None, Some(from), None),
            Kind::Cas { from, to, .. } => (Some(from), None, Some(to).filter(|&to| to != from)),
        };
        // An operation that changes nothing and may never have happened makes no claim.
        if maybe && to.is_none() {
            return None;
        }
        let end = if maybe { u64::MAX } else { op.end.unwrap_or(u64::MAX).max(op.start) };
        Some(Self { needs, not, to, maybe, start: op.start, end })
    }

    /// Whether it has certainly set the register.
    fn surely_sets(&self) -> bool {
        self.to.is_some() && !self.maybe
    }
}

/// The example of the README is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
