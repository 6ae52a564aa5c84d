//! What came of a run, for the command line and the page that it writes.
//!
//! Guarantees: figures are of the run that was judged; times are microseconds since clients began to ask, in JSON
//! milliseconds where their names end so. Leaves out: words for people.

use std::collections::BTreeMap;

use serde::Serialize;

use super::history::{Op, OpKind, Status};
use super::plan::{FaultKind, Workload};
use super::trouble::Trouble;
use super::verdict::Wrong;

/// Messages, between nodes and with clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Messages {
    /// Sent by nodes and clients.
    pub sent: u64,
    /// Delivered.
    pub delivered: u64,
    /// Lost by the network, or sent to a node that was dead.
    pub lost: u64,
    /// Sent over a cut link.
    pub cut: u64,
    /// Sent to a name that no node and no client has.
    pub to_nobody: u64,
}

/// A fault that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FaultSpan {
    /// What it was.
    pub kind: FaultKind,
    /// The nodes that it hit; none for loss, which hits all links.
    pub nodes: Vec<String>,
    /// Of a one-way partition, whether the node hears nothing (else it is not heard).
    pub inwards: bool,
    /// When it began.
    pub from_us: u64,
    /// When it ended.
    pub until_us: u64,
}

/// A node that began to lead, as its messages show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leader {
    /// The node.
    pub node: String,
    /// Its term.
    pub term: u64,
    /// When it first showed.
    pub from_us: u64,
}

/// How many operations ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Answered.
    pub ok: u64,
    /// Certainly not happened.
    pub fail: u64,
    /// Unknown.
    pub info: u64,
}

/// Latencies of the operations that were answered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latencies {
    /// The median, in milliseconds.
    pub p50: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// What clients asked for.
    pub workload: Workload,
    /// The number of processes.
    pub nodes: usize,
    /// The seed.
    pub seed: u64,
    /// How long clients asked.
    pub seconds: u64,
    /// The program.
    pub command: String,
    /// Every operation, in order of start.
    pub ops: Vec<Op>,
    /// Every fault, in order of beginning.
    pub faults: Vec<FaultSpan>,
    /// The leaders that showed.
    pub leaders: Vec<Leader>,
    /// The messages.
    pub messages: Messages,
    /// What is wrong with the answers.
    pub wrong: Option<Wrong>,
    /// Why the program could not be judged to the end.
    pub trouble: Option<Trouble>,
    /// Whether it came to its end.
    pub finished: bool,
}

impl Report {
    /// Whether the program did what it should.
    pub fn ok(&self) -> bool {
        self.finished && self.wrong.is_none() && self.trouble.is_none()
    }

    /// Whether the history is linearizable; none where that is not the question, or was not answered.
    pub fn linearizable(&self) -> Option<bool> {
        match &self.wrong {
            _ if self.workload != Workload::LinKv || self.trouble.is_some() || !self.finished => None,
            Some(Wrong::NotLinearizable { .. }) => Some(false),
            Some(Wrong::TooTangled) => None,
            _ => Some(true),
        }
    }

    /// How many operations ended how.
    pub fn counts(&self) -> Counts {
        let of = |status| self.ops.iter().filter(|op| op.status == status).count() as u64;
        Counts { ok: of(Status::Ok), fail: of(Status::Fail), info: of(Status::Info) }
    }

    /// How often each kind of fault happened.
    pub fn fault_counts(&self) -> BTreeMap<FaultKind, u64> {
        let mut counts = BTreeMap::new();
        for span in &self.faults {
            *counts.entry(span.kind).or_default() += 1;
        }
        counts
    }

    /// The latencies; none without an answer.
    pub fn latencies(&self) -> Option<Latencies> {
        let mut all: Vec<u64> =
            self.ops.iter().filter(|op| op.status == Status::Ok).filter_map(took_us).collect();
        all.sort_unstable();
        let at = |percent: usize| {
            let place = (all.len() * percent).div_ceil(100).max(1) - 1;
            all.get(place).map(|us| *us as f64 / 1_000.0)
        };
        Some(Latencies { p50: at(50)?, p95: at(95)?, p99: at(99)?, max: at(100)? })
    }

    /// Each kind of operation that was asked for, with its counts.
    pub fn by_kind(&self) -> Vec<(OpKind, Counts)> {
        let kinds = [OpKind::Read, OpKind::Write, OpKind::Cas, OpKind::Echo, OpKind::Broadcast, OpKind::Add];
        let of = |kind| {
            let of =
                |status| self.ops.iter().filter(|op| op.kind == kind && op.status == status).count() as u64;
            (kind, Counts { ok: of(Status::Ok), fail: of(Status::Fail), info: of(Status::Info) })
        };
        kinds.map(of).into_iter().filter(|(_, counts)| *counts != Counts::default()).collect()
    }
}

/// How long an operation took.
pub fn took_us(op: &Op) -> Option<u64> {
    op.end.map(|end| end.saturating_sub(op.start))
}
