//! Replication: proposals, appends, refusals, snapshots, and commitment (5.3, 5.4.2, 7).
//!
//! Guarantees: a leader never removes an entry of its own; a committed entry is never removed; a positive answer covers
//! durable entries only. Leaves out: elections.

use litemap::LiteMap;
use std::sync::Arc;

use super::core::{Config, MAX_NUMBER, Note, Raft, Role};
use super::log::{Entry, EntryKind, HardState, Log, Snapshot};
use super::message::{Body, Message};
use super::progress::Progress;
use super::quorum;
use super::refused::Refused;
use super::rules::Rule;
use quorum_types::NodeId;

/// The state that a leader's appends are built from, apart from the receiver's progress.
struct Appends<'a> {
    config: &'a Config,
    log: &'a Log,
    hard: &'a HardState,
    commit: u64,
    round: u64,
}

impl Appends<'_> {
    /// The next append or the snapshot; none if nothing may be sent now.
    #[inline]
    fn next(&self, to: NodeId, progress: &mut Progress, even_empty: bool) -> Option<Message> {
        if progress.paused(self.config.max_inflight) {
            return None;
        }
        let prev = progress.next - 1;
        let body = match self.log.term(prev) {
            None => {
                let snapshot = Arc::clone(self.log.snapshot());
                progress.snapshot(snapshot.index);
                Body::Snapshot { snapshot, round: self.round }
            }
            Some(term) => {
                let entries = self.log.slice(progress.next, self.config.max_entries);
                if entries.is_empty() && !even_empty {
                    return None;
                }
                progress.sent(prev + entries.len() as u64, entries.len());
                Body::Append { prev: (prev, term), entries, commit: self.commit, round: self.round }
            }
        };
        Some(Message { from: self.config.id, to, term: self.hard.term, body })
    }
}

impl Raft {
    /// Appends a proposal; returns its index. Refused by a node that does not lead, during a transfer, if the data does
    /// not fit into a record ([`Refused::TooBig`]), and if too many bytes are uncommitted ([`Refused::Full`]).
    pub fn propose(&mut self, data: Arc<[u8]>) -> Result<u64, Refused> {
        let index = self.propose_entry(EntryKind::Normal, data)?;
        self.broadcast_append(false);
        Ok(index)
    }

    pub(super) fn propose_entry(&mut self, kind: EntryKind, data: Arc<[u8]>) -> Result<u64, Refused> {
        let most = self.config.max_uncommitted_bytes;
        let Role::Leader(leader) = &mut self.role else { return Err(Refused::NotLeader) };
        if leader.transfer.is_some() {
            return Err(Refused::Transfer);
        }
        if !self.config.fits(data.len()) {
            return Err(Refused::TooBig);
        }
        let bytes = data.len() as u64;
        let full = most > 0 && bytes > 0 && leader.uncommitted_bytes > 0;
        if full && leader.uncommitted_bytes.saturating_add(bytes) > most {
            return Err(Refused::Full);
        }
        leader.uncommitted_bytes += bytes;
        Ok(self.append_entry(kind, data))
    }

    pub(super) fn on_propose(&mut self, from: NodeId, data: Arc<[u8]>) {
        let index = self.propose(data).ok();
        self.answer(from, Body::ProposeResp { index });
    }

    pub(super) fn append_entry(&mut self, kind: EntryKind, data: Arc<[u8]>) -> u64 {
        self.log.push(Arc::new(Entry { term: self.hard.term, kind, data }));
        let index = self.log.last().0;
        self.note_written(index);
        index
    }

    fn note_written(&mut self, from: u64) {
        let first = self.ready.written_from.unwrap_or(from).min(from);
        self.ready.written_from = Some(first);
    }

    // --- sending

    /// Sends every follower the entries that it lacks; with `even_empty`, an empty append if it lacks none.
    pub(super) fn broadcast_append(&mut self, even_empty: bool) {
        let Some((appends, followers, messages)) = self.appends() else { return };
        for (to, progress) in followers.iter_mut() {
            messages.extend(appends.next(*to, progress, even_empty));
        }
    }

    /// Sends the next append or the snapshot, unless nothing may be sent now. Returns whether a message was sent.
    pub(super) fn send_append(&mut self, to: NodeId, even_empty: bool) -> bool {
        let Some((appends, followers, messages)) = self.appends() else { return false };
        let Some(progress) = followers.get_mut(&to) else { return false };
        let message = appends.next(to, progress, even_empty);
        let some = message.is_some();
        messages.extend(message);
        some
    }

    /// If this node leads: the state that appends are built from, the followers' progress, and the outgoing messages.
    #[inline]
    fn appends(&mut self) -> Option<(Appends<'_>, &mut LiteMap<NodeId, Progress>, &mut Vec<Message>)> {
        let Role::Leader(leader) = &mut self.role else { return None };
        let appends = Appends {
            config: &self.config,
            log: &self.log,
            hard: &self.hard,
            commit: self.commit,
            round: leader.round,
        };
        Some((appends, &mut leader.followers, &mut self.ready.messages))
    }

    // --- receiving

    pub(super) fn on_append(
        &mut self,
        from: NodeId,
        prev: (u64, u64),
        entries: Vec<Arc<Entry>>,
        commit: u64,
        round: u64,
    ) {
        if !self.accept_leader(from) || !entries.iter().all(|entry| self.config.fits(entry.data.len())) {
            return;
        }
        let rules = self.config.rules;
        if prev.0 < self.commit && rules.on(Rule::TruncateOnlyOnConflict) {
            // Committed entries agree with every leader.
            let index = self.commit;
            self.acknowledge(from, Body::AppendResp { index, hint: None, round });
            return;
        }
        let last = self.log.last().0;
        let agrees = self.log.term(prev.0) == Some(prev.1);
        let lax = !rules.on(Rule::AppendConsistencyCheck) && prev.0 <= last && prev.0 >= self.log.first() - 1;
        if !agrees && !lax {
            let at = self.log.find_conflict_by_term(prev.0.min(last), prev.1);
            // Unknown only below the snapshot, where the log is the same on all nodes: the leader then probes there.
            let hint = (at, self.log.term(at).unwrap_or(0));
            let round = if self.may_acknowledge() { round } else { 0 };
            self.answer(from, Body::AppendResp { index: prev.0, hint: Some(hint), round });
            return;
        }
        let agreed = prev.0 + entries.len() as u64;
        if !self.store_entries(prev.0, entries) {
            return;
        }
        let known = if rules.on(Rule::CommitBoundedByMatch) { agreed } else { u64::MAX };
        self.set_commit(commit.min(known));
        self.check_repaired();
        self.acknowledge(from, Body::AppendResp { index: agreed, hint: None, round });
    }

    /// Acknowledges what a leader sent, once it is durable.
    fn acknowledge(&mut self, to: NodeId, body: Body) {
        if self.may_acknowledge() {
            self.answer(to, body);
        }
    }

    /// A leader of this term was heard from: follows it. Returns false if this node itself leads the term, which
    /// happens only when a rule is off.
    fn accept_leader(&mut self, from: NodeId) -> bool {
        if self.leads() {
            return false;
        }
        let term = self.hard.term;
        self.become_follower(term, Some(from));
        self.elapsed = 0;
        self.promised_until = self.now + self.config.election_ticks;
        true
    }

    /// Returns false if the entries contradict committed ones.
    fn store_entries(&mut self, prev: u64, entries: Vec<Arc<Entry>>) -> bool {
        if !self.config.rules.on(Rule::TruncateOnlyOnConflict) && self.log.last().0 > prev {
            // The rule is off: everything that follows is removed, even if it agrees.
            self.truncate_log(prev);
        }
        for (offset, entry) in entries.into_iter().enumerate() {
            let index = prev + 1 + offset as u64;
            match self.log.term(index) {
                Some(term) if term == entry.term => continue,
                // Everything below the first entry is committed.
                _ if index < self.log.first() => continue,
                // A conflict with a committed entry cannot come from a correct leader; with all rules on it is neither
                // applied nor answered.
                Some(_) if index <= self.commit && self.config.rules.all_on() => return false,
                Some(_) => self.truncate_log(index - 1),
                None => {}
            }
            self.log.push(entry);
            self.note_written(index);
        }
        true
    }

    fn truncate_log(&mut self, last: u64) {
        assert!(!self.leads(), "a leader never truncates its own log (5.3)");
        let last = last.max(self.log.first() - 1);
        // The term of the first entry that is removed, for the note; 0 if there is none.
        let term = self.log.term(last + 1).unwrap_or(0);
        self.log.truncate(last);
        self.durable = self.durable.min(last);
        self.commit = self.commit.min(last);
        if self.applied > self.commit {
            // Happens only without a rule: configurations that were applied are removed with their entries.
            self.applied = self.commit;
            self.confs.truncate(self.confs.partition_point(|(at, _)| *at <= last));
            self.conf = self.conf_at(last).clone();
        }
        self.note_written(last + 1);
        self.ready.notes.push(Note::Truncated { from: last + 1, term });
    }

    /// `round` confirms reads; `sent_in` is the round in which the answered append was sent.
    pub(super) fn on_append_resp(
        &mut self,
        from: NodeId,
        index: u64,
        hint: Option<(u64, u64)>,
        round: u64,
        sent_in: u64,
    ) {
        let last = self.log.last().0;
        let most = self.config.max_inflight;
        let Role::Leader(leader) = &mut self.role else { return };
        let Some(progress) = leader.followers.get_mut(&from) else { return };
        progress.recent_active = true;
        progress.round = progress.round.max(round.min(leader.round));
        match hint {
            // A late answer, from before the follower lost that data.
            None if sent_in < progress.lost_in => {}
            None => {
                let was_paused = progress.paused(most);
                let news = progress.maybe_update(index.min(last));
                if news || was_paused {
                    // Only a follower that holds more than the committed entries can complete a majority.
                    if progress.matched > self.commit && self.advance_commit() {
                        self.broadcast_append(true);
                    } else if was_paused {
                        self.send_append(from, true);
                    }
                    while self.send_append(from, false) {}
                }
                self.send_timeout_now_if_ready(from);
            }
            Some((at, term)) => {
                // Two logs that hold an entry of the same index and term are equal up to it (5.3). The follower named
                // its last entry `at` whose term is not above the leader's at the refused index; below it, the leader
                // skips its own entries of a term above the follower's. So terms 1 1 3 3 3 here against 1 1 2 2 2 there
                // take one more append, after index 2, and not three.
                let back = if term > 0 { self.log.find_conflict_by_term(at, term) } else { at };
                if progress.maybe_decr_to(index, back) {
                    self.send_append(from, true);
                }
            }
        }
        self.confirm_reads();
    }

    // --- heartbeats

    /// Sends a heartbeat to every follower, in a new round.
    pub(super) fn broadcast_heartbeat(&mut self) {
        let (now, commit, rules) = (self.now, self.commit, self.config.rules);
        let Role::Leader(leader) = &mut self.role else { return };
        leader.begin_round(now);
        let (from, term, round) = (self.config.id, self.hard.term, leader.round);
        for (to, progress) in &leader.followers {
            let bound = if rules.on(Rule::CommitBoundedByMatch) { progress.matched } else { u64::MAX };
            let body = Body::Heartbeat { commit: commit.min(bound), round };
            self.ready.messages.push(Message { from, to: *to, term, body });
        }
    }

    pub(super) fn on_heartbeat(&mut self, from: NodeId, commit: u64, round: u64) {
        if self.accept_leader(from) {
            // The rest of an impaired node's log may differ from what the leader expects.
            if self.repair.is_none() {
                self.set_commit(commit);
            }
            // An answered round confirms reads.
            let round = if self.may_acknowledge() { round } else { 0 };
            self.send(from, Body::HeartbeatResp { round });
        }
    }

    pub(super) fn on_heartbeat_resp(&mut self, from: NodeId, round: u64) {
        let last = self.log.last().0;
        let most = self.config.max_inflight;
        let Role::Leader(leader) = &mut self.role else { return };
        let Some(progress) = leader.followers.get_mut(&from) else { return };
        progress.recent_active = true;
        progress.round = progress.round.max(round.min(leader.round));
        progress.resume(most);
        if progress.matched < last {
            self.send_append(from, true);
        }
        self.confirm_reads();
    }

    // --- commitment

    /// 5.4.2: only entries of the leader's own term are committed by counting. The leader counts itself like every
    /// other node, once its entries are durable. Returns whether the commit index advanced.
    pub(super) fn advance_commit(&mut self) -> bool {
        let (id, durable, commit) = (self.config.id, self.durable, self.commit);
        // An earlier leader's lease may still last.
        if self.waits_for_lease() {
            return false;
        }
        let Role::Leader(leader) = &self.role else { return false };
        // Most answers change nothing; this check detects that without sorting.
        let beyond = leader.followers.values().filter(|known| known.matched > commit).count();
        if beyond + usize::from(durable > commit) < quorum::need(self.conf.voters.len(), self.strict()) {
            return false;
        }
        let held = |other: NodeId| {
            if other == id {
                return durable;
            }
            leader.followers.get(&other).map_or(0, |progress| progress.matched)
        };
        let index = self.conf.committed_index(held, self.strict());
        let own = self.log.term(index) == Some(self.hard.term);
        if own || !self.config.rules.on(Rule::CommitCurrentTermOnly) {
            self.set_commit(index);
        }
        self.commit > commit
    }

    pub(super) fn set_commit(&mut self, index: u64) {
        let index = index.min(self.log.last().0);
        if index <= self.commit {
            return;
        }
        // Entries from before this node led were never counted.
        let own = |entry: &&Arc<Entry>| entry.term == self.hard.term;
        let bytes: u64 = match &self.role {
            Role::Leader(_) => (self.commit + 1..=index)
                .filter_map(|at| self.log.get(at).filter(own))
                .map(|entry| entry.data.len() as u64)
                .sum(),
            _ => 0,
        };
        self.commit = index;
        // As in `vote_resp`: with a rule off, a log can lack what is committed.
        let term = self.log.term(index).unwrap_or(0);
        self.ready.notes.push(Note::Committed { index, term });
        if let Role::Leader(leader) = &mut self.role {
            leader.uncommitted_bytes = leader.uncommitted_bytes.saturating_sub(bytes);
            self.serve_early_reads();
        }
    }

    // --- snapshots

    pub(super) fn on_snapshot(&mut self, from: NodeId, snapshot: Arc<Snapshot>, round: u64) {
        if !self.accept_leader(from) {
            return;
        }
        let index = snapshot.index;
        if index > MAX_NUMBER || !self.config.snapshot_fits(&snapshot.conf, &snapshot.data) {
            return;
        }
        if index <= self.commit {
            let index = self.commit;
            self.acknowledge(from, Body::SnapshotResp { index, round });
            return;
        }
        if self.log.term(index) == Some(snapshot.term) {
            self.set_commit(index);
        } else {
            self.install(snapshot);
        }
        self.check_repaired();
        self.acknowledge(from, Body::SnapshotResp { index, round });
    }

    fn install(&mut self, snapshot: Arc<Snapshot>) {
        let (index, term) = (snapshot.index, snapshot.term);
        self.conf = snapshot.conf.clone();
        self.confs.clear();
        self.commit = index;
        self.applied = index;
        self.durable = 0;
        self.log = Log::after_snapshot(Arc::clone(&snapshot));
        self.ready.snapshot = Some(snapshot);
        self.ready.written_from = None;
        self.ready.notes.push(Note::SnapshotInstalled { index, term });
    }

    /// Replaces the log up to `index`, which is applied, with the state machine's bytes. Returns the snapshot, which
    /// must be stored before the log that it replaces is deleted; none if there is nothing to do, or if the snapshot is
    /// larger than the disk can hold: then the log stays.
    pub fn compact(&mut self, index: u64, data: Arc<[u8]>) -> Option<Arc<Snapshot>> {
        if index < self.log.first() || index > self.applied || index > self.durable {
            return None;
        }
        let term = self.log.term(index)?;
        let conf = self.conf_at(index).clone();
        if !self.config.snapshot_fits(&conf, &data) {
            return None;
        }
        let behind = self.confs.partition_point(|(at, _)| *at <= index);
        self.confs.drain(..behind);
        let snapshot = Arc::new(Snapshot { index, term, conf, data });
        self.log.compact(Arc::clone(&snapshot));
        Some(snapshot)
    }
}
