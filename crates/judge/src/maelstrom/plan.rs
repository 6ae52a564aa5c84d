//! What a run consists of: the workload, the nodes, and the faults with their times.
//!
//! Guarantees: the same seed gives the same plan: which faults begin when, how long they last, and the dice by which
//! their nodes are chosen. Leaves out: which nodes these are, because half of the faults aim at the node that did most
//! of the work until then, and only the run knows it.

use serde::Serialize;

use quorum_types::Rng;

/// One second in the microseconds of this module.
const SECOND_US: u64 = 1_000_000;
/// Most nodes of a run.
pub const MAX_NODES: usize = 25;
/// Most seconds of a run.
pub const MAX_SECONDS: u64 = 3_600;

/// What clients ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// Registers with read, write and compare-and-swap, which must be linearizable.
    LinKv,
    /// Each node answers what it was sent.
    Echo,
    /// Messages that reach every node.
    Broadcast,
    /// A set that only grows, and is the same everywhere in the end.
    GSet,
}

impl Workload {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::LinKv, Self::Echo, Self::Broadcast, Self::GSet];

    /// Its word on the command line, as Maelstrom has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::LinKv => "lin-kv",
            Self::Echo => "echo",
            Self::Broadcast => "broadcast",
            Self::GSet => "g-set",
        }
    }

    /// The workload with this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|workload| workload.word() == word)
    }
}

/// A kind of fault that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Nodes are separated, in both directions.
    Partition,
    /// Messages of some nodes do not reach some others, but theirs come back.
    OneWay,
    /// A process is stopped (SIGSTOP) and goes on later.
    Pause,
    /// A process is killed (SIGKILL) and started again.
    Kill,
    /// Some messages between nodes are lost.
    Loss,
}

/// The words of `--faults`, with the kinds that each stands for.
pub const FAULT_WORDS: [(&str, &[FaultKind]); 4] = [
    ("partition", &[FaultKind::Partition, FaultKind::OneWay]),
    ("pause", &[FaultKind::Pause]),
    ("kill", &[FaultKind::Kill]),
    ("loss", &[FaultKind::Loss]),
];

/// A fault that is going to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) kind: FaultKind,
    pub(crate) from_us: u64,
    pub(crate) until_us: u64,
    /// Decides which nodes it hits.
    pub(crate) dice: u64,
}

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The program and its arguments.
    pub command: Vec<std::ffi::OsString>,
    /// What clients ask for.
    pub workload: Workload,
    /// The number of processes.
    pub nodes: usize,
    /// For how long clients ask and faults happen.
    pub seconds: u64,
    /// The seed of faults, latencies and operations.
    pub seed: u64,
    /// The kinds of faults.
    pub faults: Vec<FaultKind>,
}

impl Plan {
    /// The faults with their times: none before a first leader had its chance, and none in the last fifth, so that
    /// what the faults left behind is seen.
    pub(crate) fn planned(&self) -> Vec<Planned> {
        let all_us = self.seconds * SECOND_US;
        let end_us = all_us * 4 / 5;
        let mut planned = Vec::new();
        for kind in &self.faults {
            let mut rng = Rng::new(self.seed, 100 + *kind as u64);
            // Each kind in turn with pauses, so that several of them overlap now and then.
            let mut at_us = all_us / 10 + rng.below(all_us / 4 + 1);
            while at_us < end_us {
                let length_us = match kind {
                    FaultKind::Pause => 300_000 + rng.below(2_200_000),
                    FaultKind::Kill => 200_000 + rng.below(1_500_000),
                    _ => 1_000_000 + rng.below(4_000_000),
                };
                let until_us = (at_us + length_us).min(end_us);
                let dice = u64::from(rng.bits()) << 32 | u64::from(rng.bits());
                planned.push(Planned { kind: *kind, from_us: at_us, until_us, dice });
                at_us = until_us + 500_000 + rng.below(3_500_000);
            }
        }
        planned.sort_by_key(|planned| (planned.from_us, planned.kind));
        planned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_the_faults_and_they_end_before_the_run_does() {
        let plan = |seed| Plan {
            command: Vec::new(),
            workload: Workload::LinKv,
            nodes: 5,
            seconds: 10,
            seed,
            faults: FAULT_WORDS.iter().flat_map(|(_, kinds)| kinds.iter().copied()).collect(),
        };
        let first = plan(1).planned();
        assert_eq!(first, plan(1).planned());
        assert_ne!(first, plan(2).planned());
        for kind in plan(1).faults {
            assert!(first.iter().any(|planned| planned.kind == kind), "{kind:?} never happens");
        }
        assert!(
            first.iter().all(|planned| planned.from_us < planned.until_us && planned.until_us <= 8_000_000)
        );
    }
}
