//! The failover suites of course note 2 and one more: the faults of a Milvus cluster, and their times.
//!
//! The times are the note's: faults at 20 s of 120 s, for the proxy at 15 s of 60 s. Ours differ in four things: the
//! fault comes up to a second later, so that it meets the tester at any point of its second; a query node and a data
//! node get the times of a coordinator instead of the proxy's, so that the return of what they held is visible; the
//! note cuts the network before it begins to search, here it is cut at 20 s and healed after 40 s, with 20 s to observe
//! the effects; and the loss of a whole zone is our addition.
//!
//! Two scenarios are the note's own suite, played as the note plays it: its tests run one after the other in *one*
//! cluster, with the note's times and 30 s to recover after each test ([`WORKER`], [`COURSE`]). There the network is
//! cut when the searches begin and healed when they end, as in the note.
//!
//! Guarantees: suites are data. Leaves out: playing them (`cluster`).

use quorum_types::{Micros, SECOND};

/// The scenario that is played from a lesson.
pub(crate) const LEADER: &str = "kill-the-leader";
/// The scenario whose runs are one of each suite.
pub const ALL: &str = "failover-all";

/// The note's `--test worker`: proxy, then query node, in one cluster.
pub const WORKER: &str = "failover-worker";
/// The note's `--test all`: all its tests, one after the other in one cluster.
pub const COURSE: &str = "failover-suite";
/// What the note's program calls its tests, and the scenarios that they are here.
pub const NOTE_TESTS: [(&str, &str); 5] = [
    ("coordinator", SUITES[0].name),
    ("worker", WORKER),
    ("concurrent", SUITES[4].name),
    ("partition", SUITES[5].name),
    ("all", COURSE),
];
/// The note waits so long after each test, so that the cluster can recover.
const WAIT_US: Micros = 30 * SECOND;
/// The tests of one cluster begin when it has started and elected everyone.
const UP_US: Micros = 15 * SECOND;

/// A suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suite {
    /// Its name.
    pub name: &'static str,
    /// What happens.
    pub strikes: &'static [Strike],
    /// When it happens, at the earliest; the seed adds up to a second.
    pub fault_us: Micros,
    /// How long after the fault it is undone, where it is.
    pub heals_after_us: Option<Micros>,
    /// When it is over.
    pub ends_us: Micros,
    /// How long the cluster is given to recover after it.
    pub wait_us: Micros,
}

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strike {
    /// The root coordinator that acts is killed.
    Coordinator,
    /// The proxy that the tester uses is killed.
    Proxy,
    /// One of the query nodes is killed; the seed says which.
    QueryNode,
    /// One of the data nodes is killed; the seed says which.
    DataNode,
    /// The zone of the root coordinator that acts loses its power.
    Zone,
    /// The root coordinator that acts and one proxy are cut off from all but each other and the log's replicas.
    Partition,
    /// The root coordinator that acts is cut off from everything, as the note's network policy does.
    Isolation,
}

impl Strike {
    /// Its word, for a command that makes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Coordinator => "coordinator",
            Self::Proxy => "proxy",
            Self::QueryNode => "querynode",
            Self::DataNode => "datanode",
            Self::Zone => "zone",
            Self::Partition => "partition",
            Self::Isolation => "isolation",
        }
    }
}

/// The suites, in the order in which `failover-all` plays them.
pub const SUITES: [Suite; 7] = [
    suite("failover-coordinator", &[Strike::Coordinator], 20, 120),
    suite("failover-proxy", &[Strike::Proxy], 15, 60),
    suite("failover-querynode", &[Strike::QueryNode], 20, 120),
    suite("failover-datanode", &[Strike::DataNode], 20, 120),
    suite("failover-concurrent", &[Strike::Proxy, Strike::QueryNode], 20, 120),
    Suite { heals_after_us: Some(40 * SECOND), ..suite("failover-partition", &[Strike::Partition], 20, 80) },
    suite("failover-zone", &[Strike::Zone], 20, 120),
];

const fn suite(name: &'static str, strikes: &'static [Strike], fault_s: u64, ends_s: u64) -> Suite {
    let (fault_us, ends_us) = (fault_s * SECOND, ends_s * SECOND);
    Suite { name, strikes, fault_us, heals_after_us: None, ends_us, wait_us: 0 }
}

/// The tests of the note's `--test worker`; nothing is waited for between them.
const WORKER_TESTS: [Suite; 2] =
    [suite(SUITES[1].name, &[Strike::Proxy], 15, 60), suite(SUITES[2].name, &[Strike::QueryNode], 15, 60)];

/// The tests of the note's `--test all`.
const COURSE_TESTS: [Suite; 5] = [
    Suite { wait_us: WAIT_US, ..SUITES[0] },
    WORKER_TESTS[0],
    Suite { wait_us: WAIT_US, ..WORKER_TESTS[1] },
    Suite { wait_us: WAIT_US, ..SUITES[4] },
    Suite {
        wait_us: WAIT_US,
        heals_after_us: Some(59 * SECOND),
        ..suite(SUITES[5].name, &[Strike::Isolation], 0, 60)
    },
];

/// The scenarios.
pub const SCENARIOS: [&str; 11] = [
    LEADER,
    SUITES[0].name,
    SUITES[1].name,
    SUITES[2].name,
    SUITES[3].name,
    SUITES[4].name,
    SUITES[5].name,
    SUITES[6].name,
    ALL,
    WORKER,
    COURSE,
];

/// Whether a scenario's tests share one cluster.
pub fn shared(scenario: &str) -> bool {
    [WORKER, COURSE].contains(&scenario)
}

/// When the first test of a scenario begins.
pub(super) fn begins_us(scenario: &str) -> Micros {
    if shared(scenario) { UP_US } else { 0 }
}

/// The suites that a scenario plays in a Milvus cluster; none for a scenario that is not played in one.
pub fn parts(scenario: &str) -> Option<&'static [Suite]> {
    match scenario {
        ALL => return Some(&SUITES),
        WORKER => return Some(&WORKER_TESTS),
        COURSE => return Some(&COURSE_TESTS),
        _ => {}
    }
    let at = SUITES.iter().position(|suite| suite.name == scenario)?;
    SUITES.get(at..=at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_a_lesson_one_suite_or_all_of_them() {
        let parts: Vec<usize> = SCENARIOS.iter().map(|name| parts(name).map_or(0, <[Suite]>::len)).collect();
        assert_eq!(parts, [0, 1, 1, 1, 1, 1, 1, 1, 7, 2, 5]);
        for suite in SUITES.into_iter().chain(COURSE_TESTS) {
            let healed_us = suite.fault_us + SECOND + suite.heals_after_us.unwrap_or(0);
            assert!(!suite.strikes.is_empty() && healed_us <= suite.ends_us, "{}", suite.name);
        }
        for (test, scenario) in NOTE_TESTS {
            assert!(SCENARIOS.contains(&scenario), "{test}");
        }
    }
}
