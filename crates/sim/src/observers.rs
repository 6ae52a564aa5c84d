//! Reports what members do to the checkers.
//!
//! The code that drives members, a world (`cluster`) or a caller (`group`), reports them here, so that both are checked
//! alike. Guarantees: reads members and never changes them; reports in the order of events are checked in that order.
//! Leaves out: the invariants themselves (`checkers`), what was applied and read, and which node is to blame.

use super::checkers::Checkers;
use super::replica::{Rebuild, Replica, Turn};
use quorum_raft::{Body, Conf, EntryKind, Message, Note, majority};
use quorum_types::NodeId;

/// The number of election timeouts within which a leader must hear from a majority. The check itself takes up to two
/// (thesis 6.2).
pub(crate) const QUORUM_TIMEOUTS: u64 = 3;

impl Checkers {
    /// A member is about to start with the state recovered from its log.
    pub fn starts(&mut self, member: &Replica, rebuild: &Rebuild) {
        let (id, log) = (member.id, &rebuild.log);
        if rebuild.impaired {
            self.restarted_damaged(id);
            self.replayed(id, log, None);
        } else {
            // At the beginning of a run, the state that was found is the durable state.
            self.replayed(id, log, (member.life > 0).then_some(member.synced));
            // A torn tail may hold a hard state without the entries that were written after it.
            self.restarted(id, rebuild.hard.within(log), member.synced_hard, log);
        }
        for index in log.first()..=log.last().0 {
            if let Some(entry) = log.get(index) {
                // A log knows the term before its first entry; with a rule off, it can have a gap.
                let before = log.term(index - 1).unwrap_or(0);
                self.wrote(id, index, entry, before);
            }
        }
    }

    /// Reports what a member wrote in a turn, and that it leads.
    pub fn acts(&mut self, member: &Replica, turn: &Turn) {
        let (id, Some(raft)) = (member.id, member.raft()) else { return };
        if let Some((prev, before, entries)) = &turn.wrote {
            let mut before = *before;
            let mut conf = false;
            for (index, entry) in (prev + 1..).zip(entries) {
                self.wrote(id, index, entry, before);
                before = entry.term;
                conf |= entry.kind == EntryKind::Conf;
            }
            if raft.leads() {
                self.leader_appended(id, conf, raft.log(), raft.applied());
            }
        }
        if raft.leads() {
            self.leads(id, raft.term());
        }
    }

    /// Reports a note of a member's Raft, which had applied everything up to `counted` before. `holds` says which nodes
    /// hold the entry of an index and a term durably.
    pub fn notes(
        &mut self,
        member: &Replica,
        note: &Note,
        counted: u64,
        holds: impl Fn(NodeId, u64, u64) -> bool,
    ) {
        let (id, Some(raft)) = (member.id, member.raft()) else { return };
        match *note {
            Note::BecameLeader { term, .. } => self.elected(raft.ticks(), id, term, raft.log()),
            Note::Committed { index, .. } => {
                let confs = raft.leads().then(|| [raft.conf_at(counted), raft.conf()]);
                let holds = |voter, term| holds(voter, index, term);
                self.committed(id, raft.term(), index, raft.log(), confs, holds);
            }
            Note::Truncated { from, term } => {
                if raft.leads() {
                    self.leader_truncated(id, from);
                }
                if !raft.impaired() {
                    self.removed(id, from, term, raft.conf(), |voter| holds(voter, from, term));
                }
            }
            _ => {}
        }
    }

    /// A member sends a message, perhaps over a link that is cut: it may never contradict it in this term.
    pub fn says(&mut self, message: &Message) {
        let vote = match message.body {
            // Pre-votes bind no node; the other messages promise nothing, and are sent before anything is durable.
            Body::Vote { pre: true, .. } | Body::VoteResp { pre: true, .. } => return,
            Body::HeartbeatResp { .. } | Body::ReadIndex { .. } | Body::Recover { .. } => return,
            Body::Vote { .. } => Some(message.from),
            Body::VoteResp { granted: true, .. } => Some(message.to),
            _ => None,
        };
        self.sent(message.from, message.term, vote);
    }

    /// Whether a leading member still has reason to consider itself the leader, within this many ticks.
    pub(crate) fn looks_at_leader(&mut self, member: &Replica, limit_ticks: u64) {
        if let Some(raft) = member.raft().filter(|raft| raft.leads()) {
            self.still_leads(member.id, raft.ticks(), raft.conf(), limit_ticks);
        }
    }

    /// Durable data is gone. If fewer than a majority of the disks are intact, nothing can be guaranteed any more;
    /// returns the reason, if that is so from now on.
    pub(crate) fn destroyed(&mut self, conf: &Conf, is_whole: impl Fn(NodeId) -> bool) -> Option<String> {
        let voters = conf.all_voters();
        let whole = voters.iter().filter(|id| is_whole(**id)).count();
        if whole >= majority(voters.len()) || self.invariants.excused().is_some() {
            return None;
        }
        let why = format!("only {whole} of {} voters' disks are whole", voters.len());
        self.invariants.excuse(&why);
        Some(why)
    }
}

/// Whether a message to a leader shows that its sender follows it.
pub(crate) fn shows_follower(body: &Body) -> bool {
    matches!(body, Body::AppendResp { .. } | Body::HeartbeatResp { .. } | Body::SnapshotResp { .. })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::log_disk::LogDisk;
    use super::*;
    use quorum_raft::{Entry, HardState, Log, Rules};
    use quorum_wal::disk::Disk;

    /// Whether node 1 may return in term 4, without a vote, after it has sent this in term 5.
    fn check(body: Body, binds: bool) {
        let mut checkers = Checkers::default();
        checkers.says(&Message { from: 1, to: 2, term: 5, body: body.clone() });
        let hard = HardState { term: 4, ..HardState::default() };
        checkers.restarted(1, hard, HardState::default(), &Log::default());
        let broken = checkers.invariants.take_broken();
        assert_eq!(
            broken.iter().any(|(name, _)| *name == "hard_state_monotonic"),
            binds,
            "{body:?}: {broken:?}"
        );
    }

    #[test]
    fn what_is_said_binds_unless_it_promises_nothing() {
        for pre in [false, true] {
            check(Body::Vote { last: (1, 1), pre, transfer: false }, !pre);
            check(Body::VoteResp { granted: true, pre, commit: (0, 0), promise: 0 }, !pre);
        }
        check(Body::AppendResp { index: 1, hint: None, round: 1 }, true);
        check(Body::SnapshotResp { index: 1, round: 1 }, true);
        check(Body::Heartbeat { commit: 0, round: 1 }, true);
        check(Body::HeartbeatResp { round: 1 }, false);
        check(Body::ReadIndex { context: 1 }, false);
        check(Body::Recover { nonce: 1 }, false);
    }

    /// A node's log ends at entry 3, with entries up to `synced` and the commit index `durable` durable; it returns
    /// with this hard state and then learns of `next`. Returns the violation.
    fn comes_back(commit: u64, synced: u64, durable: u64, next: u64) -> Vec<String> {
        let mut log = Log::default();
        (0..3).for_each(|_| log.push(Arc::new(Entry::normal(1, b"a".as_slice()))));
        let disk = LogDisk::new(1, Disk::default(), None);
        let mut member = Replica::new(disk, 1, 4, Rules::default());
        member.life = 1;
        member.synced = synced;
        member.synced_hard = HardState { term: 1, vote: None, commit: durable };
        let hard = HardState { term: 1, vote: None, commit };
        let mut checkers = Checkers::default();
        checkers.starts(&member, &Rebuild { hard, log: log.clone(), ..Rebuild::default() });
        checkers.committed(1, 1, next, &log, None, |_, _| true);
        checkers.invariants.take_broken().into_iter().map(|(_, detail)| detail).collect()
    }

    #[test]
    fn a_commit_index_is_known_as_far_as_its_entries_came_back() {
        let none: [&str; 0] = [];
        // The hard state was written before the entries up to 5, which are gone.
        assert_eq!(comes_back(5, 1, 1, 3), none);
        assert_eq!(comes_back(3, 3, 3, 3), none);
        assert_eq!(comes_back(5, 1, 1, 2), ["node 1's commit index went from 3 back to 2"]);
        assert_eq!(comes_back(2, 3, 2, 1), ["node 1's commit index went from 2 back to 1"]);
        // What was durable with its entries binds, no matter whether the hard state or the entries were lost.
        assert_eq!(comes_back(1, 3, 2, 3), ["node 1 came back with commit index 1, 2 was durable"]);
        assert_eq!(comes_back(5, 3, 4, 3), ["node 1 came back with commit index 3, 4 was durable"]);
    }

    #[test]
    fn a_second_vote_of_a_term_is_found() {
        let mut checkers = Checkers::default();
        let granted = |to| {
            let body = Body::VoteResp { granted: true, pre: false, commit: (0, 0), promise: 0 };
            Message { from: 1, to, term: 5, body }
        };
        [2, 2].into_iter().for_each(|to| checkers.says(&granted(to)));
        assert!(checkers.invariants.take_broken().is_empty(), "the same answer may be said again");
        checkers.says(&granted(3));
        assert_eq!(checkers.invariants.take_broken().len(), 1);
    }

    #[test]
    fn a_majority_of_disks_is_asked_for_once() {
        let mut checkers = Checkers::default();
        let conf = Conf::new([1, 2, 3, 4], [5]);
        assert_eq!(checkers.destroyed(&conf, |id| id > 1), None);
        let why = checkers.destroyed(&conf, |id| id > 2).expect("two of four are no majority");
        assert_eq!(why, "only 2 of 4 voters' disks are whole");
        assert_eq!(checkers.invariants.excused(), Some(why.as_str()));
        assert_eq!(checkers.destroyed(&conf, |id| id > 3), None, "it was said");
    }
}
