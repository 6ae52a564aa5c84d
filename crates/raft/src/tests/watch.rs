//! The invariants, checked from outside after every step.
//!
//! Names are those of [`super::super::RULES`]. Guarantees: changes nothing; every violation is kept, in order. Leaves
//! out: what caused it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Conf, Entry, EntryKind, Log, Raft, Snapshot, VoteResult};
use quorum_types::NodeId;

/// The state seen so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    leaders: BTreeMap<u64, NodeId>,
    /// By index and term: an entry's contents, and the term before it.
    written: BTreeMap<(u64, u64), (Arc<Entry>, u64)>,
    /// The entries applied anywhere, by index, with a digest of everything up to there.
    applied: BTreeMap<u64, (Arc<Entry>, u64)>,
    /// The last entry that a leader committed: its index and term, and the configurations before and after the call, in
    /// one of which it was counted.
    committed: Option<(u64, u64, [Conf; 2])>,
    /// Term and commit index of each node in its current life.
    progress: BTreeMap<NodeId, (u64, u64)>,
    /// The index that a read in progress has to see.
    floors: BTreeMap<u64, u64>,
    /// Whether some disk lost data.
    pub(super) damaged: bool,
    pub(super) breaches: Vec<(&'static str, String)>,
}

/// A digest of a state machine that has applied one more entry.
pub(super) fn digest(before: u64, index: u64, entry: &Entry) -> u64 {
    let step = |sum: u64, more: u64| (sum ^ more).wrapping_mul(0x100_0000_01b3).rotate_left(7);
    entry.data.iter().fold(step(step(before, index), entry.term), |sum, byte| step(sum, u64::from(*byte)))
}

impl Watch {
    fn holds(&mut self, name: &'static str, holds: bool, detail: impl FnOnce() -> String) {
        if !holds {
            self.breaches.push((name, detail()));
        }
    }

    /// The highest committed index.
    pub(super) fn top(&self) -> u64 {
        self.applied.last_key_value().map_or(0, |(index, _)| *index)
    }

    /// A node was started again.
    pub(super) fn restarted(&mut self, id: NodeId) {
        self.progress.remove(&id);
    }

    /// A read begins.
    pub(super) fn asked(&mut self, context: u64) {
        self.floors.insert(context, self.top());
    }

    /// A read may be served.
    pub(super) fn answered(&mut self, id: NodeId, context: u64, index: u64) {
        let floor = self.floors.get(&context).copied().unwrap_or(0);
        self.holds("linearizable", index >= floor, || {
            format!("read {context} at n{id} sees {index}, {floor} was acknowledged before it began")
        });
    }

    /// Entries were written after one of a term.
    pub(super) fn wrote(&mut self, id: NodeId, prev: (u64, u64), entries: &[Arc<Entry>]) {
        let (mut index, mut before) = prev;
        for entry in entries {
            index += 1;
            let known = self.written.entry((index, entry.term)).or_insert((Arc::clone(entry), before));
            let same = known.0 == *entry && known.1 == before;
            self.holds("log_matching", same, || format!("n{id} holds another {index}@{}", entry.term));
            before = entry.term;
        }
    }

    /// A node applies an entry; returns the digest of its state machine afterwards.
    pub(super) fn applied(&mut self, id: NodeId, index: u64, entry: &Arc<Entry>, before: u64) -> u64 {
        let after = digest(before, index, entry);
        let known = self.applied.entry(index).or_insert((Arc::clone(entry), after)).clone();
        self.holds("state_machine_safety", known == (Arc::clone(entry), after), || {
            format!("n{id} applies another {index}@{} than {index}@{}", entry.term, known.0.term)
        });
        after
    }

    /// A node replaces its state machine with a snapshot; returns the digest in it.
    pub(super) fn installed(&mut self, id: NodeId, snapshot: &Snapshot) -> u64 {
        let found = snapshot.data[..].try_into().map_or(0, u64::from_le_bytes);
        let known = self.applied.get(&snapshot.index).map_or(0, |(_, digest)| *digest);
        self.holds("state_machine_safety", known == found, || {
            format!("n{id} installs another snapshot of {}", snapshot.index)
        });
        found
    }

    /// A node's `Ready` was processed.
    pub(super) fn stepped(&mut self, id: NodeId, raft: &Raft) {
        let now = (raft.term(), raft.commit());
        let was = self.progress.insert(id, now).unwrap_or_default();
        self.holds("monotonic", now.0 >= was.0 && now.1 >= was.1, || {
            format!("n{id} went from {was:?} to {now:?}")
        });
        if !raft.leads() {
            return;
        }
        let term = raft.term();
        let fresh = !self.leaders.contains_key(&term);
        let leader = *self.leaders.entry(term).or_insert(id);
        self.holds("election_safety", leader == id, || format!("n{leader} and n{id} lead term {term}"));
        if fresh {
            let log = raft.log();
            let lacks = |(index, (entry, _)): &(&u64, &(Arc<Entry>, u64))| {
                **index >= log.first() && log.term(**index) != Some(entry.term)
            };
            let missing = self.applied.iter().find(lacks).map(|(index, _)| *index);
            self.holds("leader_completeness", missing.is_none(), || {
                format!("n{id} leads term {term} without entry {}", missing.unwrap_or(0))
            });
        }
        let top = self.top();
        let changes = (top + 1..=raft.log().last().0)
            .filter(|at| raft.log().get(*at).is_some_and(|entry| entry.kind == EntryKind::Conf))
            .count();
        self.holds("one_membership_change", changes <= 1, || {
            format!("n{id} has {changes} changes under way")
        });
    }

    /// A leader committed up to an index, counting in one of these configurations.
    pub(super) fn counted(&mut self, index: u64, term: u64, confs: [&Conf; 2]) {
        if self.committed.as_ref().is_none_or(|(known, ..)| index > *known) {
            self.committed = Some((index, term, confs.map(Conf::clone)));
        }
    }

    /// Checks the disks: the last committed entry is on a majority of them.
    pub(super) fn disks<'a>(&mut self, disk: impl Fn(NodeId) -> Option<&'a Log>) {
        let Some((index, term, confs)) = self.committed.clone() else { return };
        if self.damaged {
            return;
        }
        let held = |id| {
            let log = disk(id);
            Some(log.is_some_and(|log| log.snapshot().index >= index || log.term(index) == Some(term)))
        };
        let durable = confs.iter().any(|conf| conf.vote_result(held, true) == VoteResult::Won);
        self.holds("committed_durable", durable, || {
            format!("{index}@{term} is not on a majority of {confs:?}")
        });
    }
}
