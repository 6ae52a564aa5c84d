//! The invariants of a replica set, checked as things happen, apart from whatever causes them.
//!
//! Names and statements follow figure 3 of the Raft paper; `acknowledged_kept` is what a client relies on.
//! Promises: a check never changes the run; once broken, an invariant stays broken, with what broke it.
//! Leaves out: linearizability of reads (there are none) and everything that is not about safety.

use std::hash::Hasher;

use xxhash_rust::xxh3::Xxh3;

use super::client::Ranges;
use crate::raft::{Entry, Log};
use crate::types::{Map, NodeId, Set};

/// An invariant and how it stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its name.
    pub name: &'static str,
    /// How often it was checked.
    pub checked: u64,
    /// What broke it.
    pub broken: Option<String>,
}

const ELECTION_SAFETY: usize = 0;
const LOG_MATCHING: usize = 1;
const LEADER_COMPLETENESS: usize = 2;
const STATE_MACHINE_SAFETY: usize = 3;
const ACKNOWLEDGED_KEPT: usize = 4;

/// The checkers and what they remember.
#[derive(Clone, Debug)]
pub struct Checkers {
    standings: [Standing; 5],
    leaders: Map<u64, NodeId>,
    /// By index and term: the entry's digest and the term before it.
    written: Map<(u64, u64), (u64, u64)>,
    /// Term and digest of every applied entry, from index 1.
    applied: Vec<(u64, u64)>,
    /// The client's writes among them.
    applied_ops: Set<u64>,
    /// Acknowledged before this opening, to be found again.
    promised: Option<Ranges>,
    lost: u64,
    fresh: Vec<(&'static str, String)>,
}

impl Checkers {
    /// Checkers of a run whose client was acknowledged these writes before.
    pub fn new(promised: Ranges) -> Self {
        let names = [
            "election_safety",
            "log_matching",
            "leader_completeness",
            "state_machine_safety",
            "acknowledged_kept",
        ];
        Self {
            standings: names.map(|name| Standing { name, checked: 0, broken: None }),
            leaders: Map::new(),
            written: Map::new(),
            applied: Vec::new(),
            applied_ops: Set::new(),
            promised: (!promised.is_empty()).then_some(promised),
            lost: 0,
            fresh: Vec::new(),
        }
    }

    fn check(&mut self, which: usize, holds: bool, detail: impl FnOnce() -> String) {
        let standing = &mut self.standings[which];
        standing.checked += 1;
        if !holds && standing.broken.is_none() {
            let detail = detail();
            self.fresh.push((standing.name, detail.clone()));
            standing.broken = Some(detail);
        }
    }

    /// A node has won a term, with this log.
    pub fn elected(&mut self, node: NodeId, term: u64, log: &Log) {
        let leader = *self.leaders.get_or_insert(term, || node);
        self.check(ELECTION_SAFETY, leader == node, || {
            format!("term {term} has leaders {leader} and {node}")
        });
        let missing = (1..).zip(&self.applied).find(|(index, (term, _))| log.term(*index) != Some(*term));
        let missing = missing.map(|(index, _)| index);
        self.check(LEADER_COMPLETENESS, missing.is_none(), || {
            format!("leader {node} of term {term} lacks committed entry {}", missing.unwrap_or(0))
        });
    }

    /// A node has written an entry after one of term `before`.
    pub fn wrote(&mut self, node: NodeId, index: u64, entry: &Entry, before: u64) {
        let found = (digest(entry), before);
        let known = *self.written.get_or_insert((index, entry.term), || found);
        self.check(LOG_MATCHING, known == found, || {
            format!("node {node} holds another entry {index} of term {} than others", entry.term)
        });
    }

    /// A node has applied an entry, which holds this write of the client.
    pub fn applied(&mut self, node: NodeId, index: u64, entry: &Entry, op: Option<u64>) {
        let found = (entry.term, digest(entry));
        let at = index.saturating_sub(1) as usize;
        if at == self.applied.len() {
            self.applied.push(found);
            self.applied_ops.extend(op);
        }
        let agrees = self.applied.get(at) == Some(&found);
        self.check(STATE_MACHINE_SAFETY, agrees, || {
            format!("node {node} applies another entry {index} than another node did")
        });
    }

    /// The client was told that a write is done; `durable_on` of `nodes` nodes hold it durably.
    pub fn acknowledged(&mut self, op: u64, durable_on: usize, nodes: usize) {
        let known = self.applied_ops.contains(&op);
        self.check(ACKNOWLEDGED_KEPT, known, || format!("write {op} was acknowledged but never applied"));
        let majority = crate::raft::majority(nodes);
        self.check(ACKNOWLEDGED_KEPT, durable_on >= majority, || {
            format!("write {op} was acknowledged with {durable_on} durable copies of {nodes}")
        });
    }

    /// A leader has committed an entry of its own term: everything acknowledged before is applied by now.
    pub fn caught_up(&mut self) {
        let Some(promised) = self.promised.take() else { return };
        let lost: Vec<u64> = promised.iter().filter(|op| !self.applied_ops.contains(op)).collect();
        self.lost = lost.len() as u64;
        self.check(ACKNOWLEDGED_KEPT, lost.is_empty(), || {
            format!("{} acknowledged writes are gone, the first is {}", lost.len(), lost[0])
        });
    }

    /// Acknowledged writes that were found to be gone.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// What broke since the last call.
    pub fn take_broken(&mut self) -> Vec<(&'static str, String)> {
        std::mem::take(&mut self.fresh)
    }

    /// All invariants.
    pub fn standings(&self) -> &[Standing] {
        &self.standings
    }
}

fn digest(entry: &Entry) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.write(&entry.term.to_le_bytes());
    hasher.write(&entry.data);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn entry(term: u64, data: &[u8]) -> Entry {
        Entry::normal(term, data)
    }

    fn broken(act: impl FnOnce(&mut Checkers)) -> Vec<&'static str> {
        let mut checkers = Checkers::new(Ranges(vec![(1, 2)]));
        act(&mut checkers);
        checkers.take_broken().into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn every_checker_can_fail() {
        assert!(broken(|c| c.elected(1, 1, &Log::default())).is_empty());
        assert_eq!(
            broken(|c| {
                c.elected(1, 1, &Log::default());
                c.elected(2, 1, &Log::default());
            }),
            ["election_safety"]
        );
        assert_eq!(
            broken(|c| {
                c.wrote(1, 1, &entry(1, b"a"), 0);
                c.wrote(2, 1, &entry(1, b"b"), 0);
            }),
            ["log_matching"]
        );
        assert_eq!(
            broken(|c| {
                c.applied(1, 1, &entry(1, b"a"), None);
                c.elected(2, 2, &Log::default());
            }),
            ["leader_completeness"]
        );
        assert_eq!(
            broken(|c| {
                c.applied(1, 1, &entry(1, b"a"), None);
                c.applied(2, 1, &entry(2, b"a"), None);
            }),
            ["state_machine_safety"]
        );
        assert_eq!(broken(|c| c.acknowledged(1, 3, 3)), ["acknowledged_kept"]);
        assert_eq!(
            broken(|c| {
                c.applied(1, 1, &entry(1, b"a"), Some(1));
                c.acknowledged(1, 1, 3);
            }),
            ["acknowledged_kept"]
        );
        assert_eq!(
            broken(|c| {
                c.applied(1, 1, &entry(1, b"a"), Some(1));
                c.caught_up();
            }),
            ["acknowledged_kept"]
        );
    }
}
