//! The invariants of a replica set, checked on every event, independently of the code that causes the events.
//!
//! Names and statements of the first five follow figure 3 of the Raft paper. The checkers receive what nodes do and
//! remember what must never change; they know only one thing about faults: whether more was destroyed than any protocol
//! can recover. From then on missing data is *lost*, not a violation, and reported as such (`Checkers::excuse`).
//! Guarantees: a check never changes the run; once violated, an invariant stays violated, with the cause. Leaves out:
//! whether a stuck run is to blame (`liveness`).

use litemap::LiteMap;

use super::by_number::ByNumber;
use super::invariant_status::{Breach, Invariants};
use super::ranges::Ranges;
use super::short_digest;
use quorum_raft::{Conf, Entry, EntryKind, HardState, Log, VoteResult};
use quorum_types::NodeId;

/// The invariants, in display order.
pub const INVARIANTS: [&str; 14] = [
    "election_safety",
    "log_matching",
    "leader_completeness",
    "state_machine_safety",
    "leader_append_only",
    "committed_durable",
    "committed_agree",
    "states_equal",
    "hard_state_monotonic",
    "one_membership_change",
    "replay_exact_prefix",
    "acknowledged_kept",
    "linearizable",
    "leader_hears_quorum",
];

const ELECTION_SAFETY: usize = 0;
const LOG_MATCHING: usize = 1;
const LEADER_COMPLETENESS: usize = 2;
const STATE_MACHINE_SAFETY: usize = 3;
const LEADER_APPEND_ONLY: usize = 4;
const COMMITTED_DURABLE: usize = 5;
const COMMITTED_AGREE: usize = 6;
const STATES_EQUAL: usize = 7;
const HARD_STATE_MONOTONIC: usize = 8;
const ONE_MEMBERSHIP_CHANGE: usize = 9;
const REPLAY_EXACT_PREFIX: usize = 10;
const ACKNOWLEDGED_KEPT: usize = 11;
const LINEARIZABLE: usize = 12;
const LEADER_HEARS_QUORUM: usize = 13;

/// A committed entry.
#[derive(Clone, Copy, Debug)]
struct Committed {
    /// Its term and digest.
    entry: (u64, u64),
    /// The term in which it was committed, or the first term in which the checkers saw it as committed.
    in_term: u64,
}

/// What was written at an index: for each term the entry's digest and the term before it. Nearly always it is one term.
#[derive(Clone, Debug)]
struct Written {
    term: u64,
    entry: (u64, u64),
    /// Those of other terms.
    others: Vec<(u64, (u64, u64))>,
}

impl Written {
    /// The entry of a term.
    fn of_term(&self, term: u64) -> Option<(u64, u64)> {
        if self.term == term {
            return Some(self.entry);
        }
        self.others.iter().find(|(other, _)| *other == term).map(|(_, entry)| *entry)
    }

    /// The entry of a term; if there is none, it becomes this one.
    fn of_term_or(&mut self, term: u64, entry: (u64, u64)) -> (u64, u64) {
        self.of_term(term).unwrap_or_else(|| {
            self.others.push((term, entry));
            entry
        })
    }
}

/// What the checkers remember of a node.
#[derive(Clone, Debug, Default)]
struct Known {
    /// The highest term in anything it sent.
    term: u64,
    /// The last vote it gave: term and candidate.
    vote: Option<(u64, NodeId)>,
    /// Its last commit index.
    commit: u64,
    /// For a leader: when it last heard from each of the others, in its own ticks.
    heard: ByNumber<u64>,
    /// For a leader: since when it has had a chance to hear from the others.
    leads_since: u64,
}

/// The checkers and their memory.
#[derive(Clone, Debug)]
pub struct Checkers {
    /// The state of each invariant.
    pub invariants: Invariants,
    leaders: LiteMap<u64, NodeId>,
    /// What was written, by index.
    written: ByNumber<Written>,
    /// Term and digest of every entry that is known to be committed, by index. Entries that were compacted before they
    /// were seen are not included.
    committed: ByNumber<Committed>,
    /// The state machine's digest after each of them that was applied.
    states: ByNumber<u64>,
    /// The client's writes among them.
    applied_ops: Ranges,
    /// Acknowledged writes that a leader was found to lack.
    gone: Ranges,
    known: ByNumber<Known>,
    judged: usize,
}

impl Default for Checkers {
    fn default() -> Self {
        Self {
            invariants: Invariants::new(&INVARIANTS),
            leaders: LiteMap::new(),
            written: ByNumber::default(),
            committed: ByNumber::default(),
            states: ByNumber::default(),
            applied_ops: Ranges::default(),
            gone: Ranges::default(),
            known: ByNumber::default(),
            judged: 0,
        }
    }
}

impl Checkers {
    fn check(&mut self, which: usize, holds: bool, breach: impl FnOnce() -> Breach) {
        self.invariants.check(which, holds, breach);
    }

    fn node(&mut self, id: NodeId) -> &mut Known {
        self.known.get_or_insert_with(id.into(), Known::default)
    }

    // --- elections

    /// A node has won a term, with this log and further entries of its own to come.
    pub fn elected(&mut self, ticks: u64, node: NodeId, term: u64, log: &Log) {
        let leader = *self.leaders.entry(term).or_insert(node);
        self.check(ELECTION_SAFETY, leader == node, || {
            Breach::new(
                "two_leaders",
                "term `term` has leaders `leader` and `node`",
                &[term, u64::from(leader), u64::from(node)],
            )
        });
        let missing = self
            .committed
            .iter()
            .find(|(index, known)| {
                // A leader that is elected late, when a higher term has already had its own, need not know of that.
                known.in_term < term && *index >= log.first() && log.term(*index) != Some(known.entry.0)
            })
            .map(|(index, _)| index);
        self.check(LEADER_COMPLETENESS, missing.is_none(), || {
            Breach::new(
                "leader_lacks",
                "leader `node` of term `term` lacks committed entry `index`",
                &[u64::from(node), term, missing.unwrap_or(0)],
            )
        });
        let known = self.node(node);
        known.heard.clear();
        known.leads_since = ticks;
    }

    /// A node continues to lead in a term in which it was not elected.
    pub fn leads(&mut self, node: NodeId, term: u64) {
        let leader = *self.leaders.entry(term).or_insert(node);
        self.check(ELECTION_SAFETY, leader == node, || {
            Breach::new(
                "two_leaders",
                "term `term` has leaders `leader` and `node`",
                &[term, u64::from(leader), u64::from(node)],
            )
        });
    }

    /// A node has sent a message in a term, perhaps a vote.
    pub fn sent(&mut self, node: NodeId, term: u64, vote: Option<NodeId>) {
        let known = self.node(node);
        known.term = known.term.max(term);
        if let Some(candidate) = vote {
            let before = known.vote.replace((term, candidate));
            let twice = before.is_some_and(|(of, to)| of == term && to != candidate);
            self.check(HARD_STATE_MONOTONIC, !twice, || {
                Breach::new(
                    "voted_twice",
                    "node `node` voted for `candidate` in term `term` after it had voted for another",
                    &[u64::from(node), u64::from(candidate), term],
                )
            });
        }
    }

    /// An intact node started with the state recovered from its log.
    pub fn restarted(&mut self, node: NodeId, hard: HardState, synced: HardState, log: &Log) {
        for at in log.first()..=hard.commit {
            if let Some(entry) = log.get(at) {
                self.is_committed(node, hard.term, at, entry);
            }
        }
        let known = self.node(node);
        known.commit = hard.commit;
        let (term, vote) = (known.term, known.vote);
        let forgets = hard.term < term
            || vote.is_some_and(|(of, to)| of == hard.term && hard.vote.is_some_and(|now| now != to))
            || vote.is_some_and(|(of, _)| of == hard.term && hard.vote.is_none());
        self.check(HARD_STATE_MONOTONIC, !forgets, || {
            Breach::new(
                "forgot_term",
                "node `node` came back in term `back` and has forgotten what it said in term `term`",
                &[u64::from(node), hard.term, term],
            )
        });
        self.check(HARD_STATE_MONOTONIC, hard.commit >= synced.commit, || {
            Breach::new(
                "forgot_commit",
                "node `node` came back with commit index `index`, `durable` was durable",
                &[u64::from(node), hard.commit, synced.commit],
            )
        });
    }

    /// A node that had lost data started: what it knew does not bind it here.
    pub(crate) fn restarted_damaged(&mut self, node: NodeId) {
        *self.node(node) = Known::default();
    }

    // --- logs

    /// A node has written an entry after one of term `before`.
    pub fn wrote(&mut self, node: NodeId, index: u64, entry: &Entry, before: u64) {
        let found = (digest(entry), before);
        let written = || Written { term: entry.term, entry: found, others: Vec::new() };
        let known = self.written.get_or_insert_with(index, written).of_term_or(entry.term, found);
        self.check(LOG_MATCHING, known == found, || {
            Breach::new(
                "other_entry",
                "node `node` holds another entry `index` of term `term` than others",
                &[u64::from(node), index, entry.term],
            )
        });
    }

    /// A leader has removed entries of its own log.
    pub fn leader_truncated(&mut self, node: NodeId, from: u64) {
        self.check(LEADER_APPEND_ONLY, false, || {
            Breach::new(
                "leader_removed",
                "leader `node` removed its entries from `index` on",
                &[u64::from(node), from],
            )
        });
    }

    /// A leader has appended entries.
    pub(crate) fn leader_appended(&mut self, node: NodeId, conf: bool, log: &Log, applied: u64) {
        self.invariants.passed(LEADER_APPEND_ONLY);
        if conf {
            let open = (applied + 1..=log.last().0).filter_map(|at| log.get(at));
            let open = open.filter(|entry| entry.kind == EntryKind::Conf).count();
            self.check(ONE_MEMBERSHIP_CHANGE, open <= 1, || {
                Breach::new(
                    "open_changes",
                    "leader `node` has `n` changes of the configuration under way",
                    &[u64::from(node), open as u64],
                )
            });
        }
    }

    /// A node has read its log back; it was durable up to here before.
    pub fn replayed(&mut self, node: NodeId, log: &Log, synced: Option<u64>) {
        let wrong = (log.first()..=log.last().0).find(|index| {
            log.get(*index).is_some_and(|entry| {
                let known = self.written.get(*index).and_then(|written| written.of_term(entry.term));
                known.is_some_and(|(known, _)| known != digest(entry))
            })
        });
        self.check(REPLAY_EXACT_PREFIX, wrong.is_none(), || {
            Breach::new(
                "misread",
                "node `node` read entry `index` back as something that was never written",
                &[u64::from(node), wrong.unwrap_or(0)],
            )
        });
        let last = log.last().0;
        if let Some(synced) = synced {
            self.check(REPLAY_EXACT_PREFIX, last >= synced, || {
                Breach::new(
                    "read_short",
                    "node `node` read back `n` entries, `durable` were durable",
                    &[u64::from(node), last, synced],
                )
            });
        }
    }

    // --- commitment

    /// A node has learned, in a term, that entries up to `index` are committed. For a leader, which counted, `holds`
    /// says which nodes hold the last of them durably, and `confs` in which configurations it may have counted: a
    /// change takes effect once it is applied, and entries committed along with it were counted in the previous
    /// configuration.
    pub fn committed(
        &mut self,
        node: NodeId,
        term: u64,
        index: u64,
        log: &Log,
        confs: Option<[&Conf; 2]>,
        holds: impl Fn(NodeId, u64) -> bool,
    ) {
        let known = self.node(node);
        let before = std::mem::replace(&mut known.commit, index);
        self.check(HARD_STATE_MONOTONIC, index >= before, || {
            Breach::new(
                "commit_back",
                "node `node`'s commit index went from `before` back to `index`",
                &[u64::from(node), before, index],
            )
        });
        let mut at = before.max(log.first().saturating_sub(1)).min(index);
        while at < index {
            at += 1;
            let Some(entry) = log.get(at) else { continue };
            self.is_committed(node, term, at, entry);
        }
        if index > before
            && let Some(confs) = confs
            && let Some(term) = log.term(index)
        {
            let enough = |conf: &Conf| conf.vote_result(|id| Some(holds(id, term)), true) == VoteResult::Won;
            self.check(COMMITTED_DURABLE, confs.into_iter().any(enough), || {
                let copies = confs[1].voters.iter().filter(|id| holds(**id, term)).count();
                Breach::new(
                    "few_copies",
                    "entry `index` is committed with `n` durable copies among `voters` voters",
                    &[index, copies as u64, confs[1].voters.len() as u64],
                )
            });
        }
    }

    /// A node considers an entry committed.
    fn is_committed(&mut self, node: NodeId, in_term: u64, index: u64, entry: &Entry) {
        let found = (entry.term, digest(entry));
        let known = self.committed.get_or_insert_with(index, || Committed { entry: found, in_term });
        let agrees = known.entry == found;
        self.check(COMMITTED_AGREE, agrees, || {
            Breach::new(
                "other_committed",
                "node `node` takes another entry `index` for committed than another node did",
                &[u64::from(node), index],
            )
        });
    }

    /// A node that lost nothing has removed an entry of this term and everything after it. Committed entries must stay
    /// with enough of the nodes that held them.
    pub fn removed(
        &mut self,
        node: NodeId,
        from: u64,
        term: u64,
        conf: &Conf,
        holds: impl Fn(NodeId) -> bool,
    ) {
        if self.committed.get(from).is_none_or(|known| known.entry.0 != term) {
            return;
        }
        let enough = conf.vote_result(|id| Some(holds(id)), true) == VoteResult::Won;
        self.check(COMMITTED_DURABLE, enough, || {
            let copies = conf.voters.iter().filter(|id| holds(**id)).count();
            Breach::new(
                "removed_committed",
                "node `node` removed committed entry `index`: `n` of `voters` voters hold it still",
                &[u64::from(node), from, copies as u64, conf.voters.len() as u64],
            )
        });
    }

    /// A node has applied an entry, which holds this write of the client; this is its state now.
    pub fn applied(&mut self, node: NodeId, index: u64, entry: &Entry, op: Option<u64>, state: u64) {
        let found = (entry.term, digest(entry));
        op.into_iter().for_each(|op| self.applied_ops.add(op));
        let known =
            self.committed.get_or_insert_with(index, || Committed { entry: found, in_term: u64::MAX });
        let agrees = known.entry == found;
        self.check(STATE_MACHINE_SAFETY, agrees, || {
            Breach::new(
                "other_applied",
                "node `node` applies another entry `index` than another node did",
                &[u64::from(node), index],
            )
        });
        let equal = *self.states.get_or_insert_with(index, || state) == state;
        self.check(STATES_EQUAL, equal, || {
            Breach::new(
                "other_state",
                "node `node` is in another state behind entry `index` than another node was",
                &[u64::from(node), index],
            )
        });
    }

    // --- the client

    /// The client received the acknowledgement of a write.
    pub fn acknowledged(&mut self, op: u64) {
        let known = self.applied_ops.contains(op);
        self.check(ACKNOWLEDGED_KEPT, known, || {
            Breach::new("never_applied", "write `op` was acknowledged but never applied", &[op])
        });
    }

    /// A leader has applied an entry of its own term and holds these writes by now: everything acknowledged before must
    /// be among them. A deposed leader that does not yet know of it need not know what its successor accepted.
    pub fn caught_up(&mut self, term: u64, held: &Ranges, acknowledged: &Ranges) {
        if self.leaders.last().is_some_and(|(last, _)| *last > term) {
            return;
        }
        let gone = acknowledged.without(held).without(&self.gone);
        self.check(ACKNOWLEDGED_KEPT, gone.is_empty(), || {
            let first = gone.iter().next().unwrap_or(0);
            Breach::new(
                "acknowledged_gone",
                "`n` acknowledged writes are gone, the first is `op`",
                &[gone.len(), first],
            )
        });
        gone.iter().for_each(|op| self.gone.add(op));
    }

    /// Checks the client's history, if operations have ended since the last check. A history is checked as a whole, so
    /// with `seldom` the check waits until the history has grown by a quarter.
    pub fn judge(&mut self, ended: usize, seldom: bool, history: impl FnOnce() -> Vec<quorum_linearize::Op>) {
        let grown = if seldom { 20 + self.judged / 4 } else { 0 };
        if ended <= self.judged + grown || self.invariants.is_broken(LINEARIZABLE) {
            return;
        }
        self.judged = ended;
        let history = history();
        let unexplained = quorum_linearize::unexplained(&history);
        self.check(LINEARIZABLE, unexplained.is_none(), || {
            Breach::new(
                "no_order",
                "no order explains what was answered about register `key`",
                &[unexplained.unwrap_or(0)],
            )
        });
    }

    /// The number of the client's operations that were checked.
    pub fn judged(&self) -> usize {
        self.judged
    }

    // --- liveness of a leader

    /// A leader has heard from one of the others in its term.
    pub fn heard(&mut self, node: NodeId, from: NodeId, ticks: u64) {
        *self.node(node).heard.get_or_insert_with(from.into(), || ticks) = ticks;
    }

    /// A leader has a chance to hear from the others from now on: it was paused, or transfers leadership.
    pub(crate) fn starts_to_listen(&mut self, node: NodeId, ticks: u64) {
        self.node(node).leads_since = ticks;
    }

    /// A node leads, and should have heard from a majority within this many ticks of its own.
    pub(crate) fn still_leads(&mut self, node: NodeId, ticks: u64, conf: &Conf, limit: u64) {
        let known = self.node(node);
        let since = known.leads_since;
        let heard = conf.committed_index(
            |id| {
                if id == node {
                    ticks
                } else {
                    known.heard.get(id.into()).copied().unwrap_or(since).max(since)
                }
            },
            true,
        );
        self.check(LEADER_HEARS_QUORUM, ticks - heard.min(ticks) <= limit, || {
            Breach::new(
                "deaf_leader",
                "node `node` leads on, though it has heard no majority for `ticks` ticks",
                &[u64::from(node), ticks - heard],
            )
        });
    }

    // --- results

    /// Acknowledged writes that were found to be lost.
    pub fn lost(&self) -> u64 {
        self.gone.len()
    }
}

fn digest(entry: &Entry) -> u64 {
    let mut head = [0; 9];
    head[..8].copy_from_slice(&entry.term.to_le_bytes());
    head[8] = entry.kind as u8;
    short_digest::digest(&head, &entry.data)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn entry(term: u64, data: &[u8]) -> Entry {
        Entry::normal(term, data)
    }

    fn log(entries: &[Entry]) -> Log {
        let mut log = Log::default();
        entries.iter().for_each(|entry| log.push(Arc::new(entry.clone())));
        log
    }

    /// Node 1 leads three nodes and commits up to an index of which this many hold a copy.
    fn commit(checkers: &mut Checkers, node: NodeId, index: u64, log: &Log, copies: NodeId) {
        let conf = Conf::new([1, 2, 3], []);
        checkers.committed(node, 1, index, log, Some([&conf; 2]), |id, _| id <= copies);
    }

    /// The violation that this causes, after entry (1, “a”) was committed by node 1.
    fn broken(act: impl FnOnce(&mut Checkers)) -> Vec<&'static str> {
        let mut checkers = Checkers::default();
        commit(&mut checkers, 1, 1, &log(&[entry(1, b"a")]), 2);
        assert!(checkers.invariants.take_broken().is_empty());
        act(&mut checkers);
        checkers.invariants.take_broken().into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn every_checker_can_fail() {
        let a = || entry(1, b"a");
        let whole = || log(&[a()]);
        assert!(broken(|c| c.elected(0, 1, 1, &whole())).is_empty());
        let two = broken(|c| [1, 2].into_iter().for_each(|node| c.elected(0, node, 1, &whole())));
        assert_eq!(two, ["election_safety"]);
        assert_eq!(broken(|c| c.elected(0, 2, 2, &Log::default())), ["leader_completeness"]);
        let wrote = broken(|c| {
            c.wrote(1, 1, &a(), 0);
            c.wrote(2, 1, &entry(1, b"b"), 0);
        });
        assert_eq!(wrote, ["log_matching"]);
        assert_eq!(broken(|c| c.applied(2, 1, &entry(2, b"a"), None, 0)), ["state_machine_safety"]);
        let states = broken(|c| [5, 6].into_iter().for_each(|state| c.applied(2, 1, &a(), None, state)));
        assert_eq!(states, ["states_equal"]);
        assert_eq!(broken(|c| c.leader_truncated(1, 1)), ["leader_append_only"]);
        let log_two = log(&[a(), entry(1, b"b")]);
        assert_eq!(broken(|c| commit(c, 1, 2, &log_two, 1)), ["committed_durable"]);
        assert_eq!(broken(|c| commit(c, 2, 1, &log(&[entry(2, b"b")]), 2)), ["committed_agree"]);
        assert_eq!(broken(|c| commit(c, 1, 0, &whole(), 2)), ["hard_state_monotonic"]);
        let hard = HardState { term: 3, vote: None, commit: 0 };
        let forgot = broken(|c| {
            c.sent(1, 3, Some(2));
            c.restarted(1, hard, HardState::default(), &Log::default());
        });
        assert_eq!(forgot, ["hard_state_monotonic"]);
        assert_eq!(broken(|c| c.acknowledged(1)), ["acknowledged_kept"]);
        let gone = broken(|c| c.caught_up(1, &Ranges::default(), &Ranges(vec![(7, 7)])));
        assert_eq!(gone, ["acknowledged_kept"]);
        assert_eq!(broken(|c| c.replayed(1, &Log::default(), Some(1))), ["replay_exact_prefix"]);
        let conf = || Entry { kind: EntryKind::Conf, ..entry(1, b"") };
        let pending = log(&[conf(), conf()]);
        assert_eq!(broken(|c| c.leader_appended(1, true, &pending, 0)), ["one_membership_change"]);
        let alone = broken(|c| c.still_leads(1, 100, &Conf::new([1, 2, 3], []), 99));
        assert_eq!(alone, ["leader_hears_quorum"]);
        let op = |start, kind| quorum_linearize::Op {
            client: 1,
            key: 1,
            kind,
            status: quorum_linearize::Status::Ok,
            start,
            end: Some(start + 1),
        };
        let stale = vec![
            op(0, quorum_linearize::Kind::Write { value: 1 }),
            op(2, quorum_linearize::Kind::Write { value: 2 }),
            op(4, quorum_linearize::Kind::Read { value: Some(1) }),
        ];
        assert_eq!(broken(|c| c.judge(3, false, || stale)), ["linearizable"]);
    }

    #[test]
    fn what_nobody_could_keep_is_lost_and_not_broken() {
        let mut checkers = Checkers::default();
        checkers.invariants.excuse("two of three disks are gone");
        checkers.caught_up(1, &Ranges::default(), &Ranges(vec![(1, 2)]));
        assert_eq!((checkers.lost(), checkers.invariants.take_broken().len()), (2, 0));
    }

    #[test]
    fn each_lost_write_is_counted_once_and_by_the_newest_leader_alone() {
        let mut checkers = Checkers::default();
        let acknowledged = Ranges(vec![(1, 9)]);
        checkers.elected(0, 1, 1, &Log::default());
        checkers.elected(0, 2, 2, &Log::default());
        checkers.caught_up(1, &Ranges(vec![(1, 2)]), &acknowledged);
        assert_eq!(checkers.lost(), 0, "a leader of an earlier term may lack what came later");
        checkers.caught_up(2, &acknowledged, &acknowledged);
        assert_eq!(checkers.lost(), 0);
        checkers.caught_up(2, &Ranges(vec![(1, 3), (6, 9)]), &acknowledged);
        assert_eq!(checkers.lost(), 2);
        checkers.elected(0, 3, 3, &Log::default());
        checkers.caught_up(3, &Ranges(vec![(1, 3), (6, 8)]), &acknowledged);
        assert_eq!(checkers.lost(), 3, "4 and 5 were missed before");
        let broken: Vec<String> =
            checkers.invariants.take_broken().into_iter().map(|(_, detail)| detail).collect();
        assert_eq!(broken, ["2 acknowledged writes are gone, the first is 4"]);
    }
}
