//! The metadata store: sessions with leases, holders of roles, flushed segments.
//!
//! Every change is an entry of the store's Raft group; only the leader times leases, by its own clock, and a new leader
//! gives every session its full time again, as etcd does. Guarantees: a role has one holder; a session that ends takes
//! its roles with it, and the pods that watch them are notified; a process that starts again is somebody else to the
//! store, and its former life's role ends with that life's lease, as a key in etcd does. Simplified: everything else
//! that a former life left ends when the new one registers. Leaves out: ranges, transactions, watches of anything else.

use super::catalogue::Catalogue;
use super::flushed::FlushedSegment;
use super::kept::{self, Around, Kept};
use super::net::{Answer, Ask, Why};
use super::pods::Pod;
use super::record::{unwords, words};
use super::rules::Rule;
use super::topology::Component;
use super::{Milvus, ScheduledEvent, near};
use crate::event::MilvusEvent;
use litemap::LiteMap;
use quorum_raft::Entry;
use quorum_types::{Micros, NodeId};
use std::sync::Arc;

/// How often a leader looks for expired leases.
const LOOK_US: Micros = 200_000;

const SESSION: u64 = 1;
const END: u64 = 2;
const CLAIM: u64 = 3;
const FLUSHED: u64 = 4;
const MERGED: u64 = 5;
pub(super) const EXPIRED: u64 = 6;
const LEFT: u64 = 7;

/// A pod's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Session {
    life: u64,
    /// The entry that began it. A pod that has not heard of its session asks for another one, which a decision to end
    /// the first does not concern (etcd: every grant has an id of its own, and a revocation names it).
    lease: u64,
}

impl Session {
    /// Whether an entry ends it: one that names this life of the pod, and this lease or any.
    fn ends_with(self, life: u64, lease: u64) -> bool {
        self.life == life && (lease == ANY || self.lease == lease)
    }
}

/// A pod gives up whatever session it has. Entries count from 1.
const ANY: u64 = 0;

/// The holder of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Holder {
    pod: NodeId,
    /// The life in which it acquired the role.
    life: u64,
    epoch: u64,
}

/// The applied state of one member.
#[derive(Clone, Debug, Default)]
struct State {
    sessions: LiteMap<NodeId, Session>,
    roles: LiteMap<Component, Holder>,
    flushed: Vec<FlushedSegment>,
    /// The log up to here was flushed once, even if the segments no longer exist.
    checkpoint: u64,
    /// Rows of the log up to here are older than the TTL.
    expired: u64,
    /// Snapshots and jobs; members and those who ask share what has not changed.
    kept: Arc<Kept>,
    /// The segments that were recorded last and are not needed any more, but for snapshots (in Milvus: those in the
    /// state “dropped”); shared as well.
    dropped: Arc<Vec<u64>>,
}

/// This many dropped segments are remembered. One that was forgotten counts as never recorded.
const MOST_DROPPED: usize = 1_000;

impl State {
    /// Segments are not needed any more.
    fn drop_segments(&mut self, segments: &[u64]) {
        if segments.is_empty() {
            return;
        }
        let dropped = Arc::make_mut(&mut self.dropped);
        for segment in segments {
            if !dropped.contains(segment) {
                dropped.push(*segment);
            }
        }
        dropped.drain(..dropped.len().saturating_sub(MOST_DROPPED));
    }
}

/// The store.
#[derive(Clone, Debug, Default)]
pub(super) struct MetadataStore {
    states: LiteMap<NodeId, State>,
    /// Expiry times by the member's clock: member, then pod. Each member times leases by itself, while it leads.
    deadlines: LiteMap<(NodeId, NodeId), Micros>,
    /// The same for roles that a former life of a pod has left: member, then role.
    left: LiteMap<(NodeId, Component), Micros>,
    /// Calls waiting for an entry: member and call, with the caller.
    waiting: LiteMap<(NodeId, u64), NodeId>,
    /// The contents of the members' snapshots, by the index up to which each replaces the log. A state follows from the
    /// log alone, so it is the same for all.
    snapshots: LiteMap<u64, State>,
}

impl MetadataStore {
    /// A pod's session, as a member knows it.
    fn session(&self, member: NodeId, pod: NodeId) -> Option<Session> {
        self.states.get(&member)?.sessions.get(&pod).copied()
    }

    /// The leases that a member times, and when they end.
    fn timed_by(&self, member: NodeId) -> impl Iterator<Item = (NodeId, Micros)> + '_ {
        let deadlines = self.deadlines.iter().filter(move |((by, _), _)| *by == member);
        deadlines.map(|((_, pod), until)| (*pod, *until))
    }

    /// How long a member considers a pod's session valid, by its own clock.
    pub(super) fn deadline(&self, member: NodeId, pod: NodeId) -> Option<Micros> {
        self.deadlines.get(&(member, pod)).copied()
    }

    /// The lives of pods with a session, as a member has applied them.
    pub(super) fn sessions_at(&self, member: NodeId) -> impl Iterator<Item = (NodeId, u64)> + '_ {
        let sessions = self.states.get(&member).into_iter().flat_map(|state| &state.sessions);
        sessions.map(|(pod, session)| (*pod, session.life))
    }

    /// The roles with their holders and epochs, as a member has applied them.
    pub(super) fn roles_at(&self, member: NodeId) -> impl Iterator<Item = (Component, NodeId, u64)> + '_ {
        let roles = self.states.get(&member).into_iter().flat_map(|state| &state.roles);
        roles.map(|(role, holder)| (*role, holder.pod, holder.epoch))
    }

    /// What a member has applied of flushed segments: the list, the checkpoint, and up to where rows have expired.
    pub(super) fn flushed_at(&self, member: NodeId) -> (&[FlushedSegment], u64, u64) {
        self.states
            .get(&member)
            .map_or((&[], 0, 0), |state| (&state.flushed, state.checkpoint, state.expired))
    }

    /// A member's log was compacted up to an index that it has just applied.
    pub(super) fn snapshot_taken(&mut self, id: NodeId, index: u64) {
        if let Some(state) = self.states.get(&id) {
            self.snapshots.insert(index, state.clone());
        }
    }

    /// A member begins with a snapshot of its log up to an index.
    pub(super) fn restore(&mut self, id: NodeId, index: u64) {
        if let Some(state) = self.snapshots.get(&index) {
            self.states.insert(id, state.clone());
        }
    }

    /// Drops snapshots before an index, except the last few.
    pub(super) fn keep_snapshots(&mut self, from: u64, least: usize) {
        let older = self.snapshots.len().saturating_sub(least);
        let last = self.snapshots.keys().nth(older).copied().unwrap_or(0);
        self.snapshots.retain(|index, _| *index >= from.min(last));
    }

    /// What a member keeps of snapshots and jobs, and what else their entries change.
    pub(super) fn kept_of(&mut self, id: NodeId) -> (&mut Arc<Kept>, Around<'_>) {
        let State { flushed, checkpoint, expired, kept, .. } = self.states.entry(id).or_default();
        (kept, Around { flushed, checkpoint: *checkpoint, expired })
    }

    /// What a member keeps of them, to look at.
    pub(super) fn kept_at(&self, id: NodeId) -> Option<&Arc<Kept>> {
        self.states.get(&id).map(|state| &state.kept)
    }

    /// A member drops segments.
    pub(super) fn drop_segments(&mut self, id: NodeId, segments: &[u64]) {
        self.states.entry(id).or_default().drop_segments(segments);
    }

    /// Who waits at a member for the answer to a call.
    pub(super) fn take_waiting(&mut self, id: NodeId, call: u64) -> Option<NodeId> {
        self.waiting.remove(&(id, call))
    }

    /// A member loses what it does not have on its disk.
    pub(super) fn forget(&mut self, id: NodeId) {
        self.states.remove(&id);
        self.waiting.retain(|(member, _), _| *member != id);
        self.deadlines.retain(|(member, _), _| *member != id);
        self.left.retain(|(member, _), _| *member != id);
    }
}

impl Milvus {
    /// A member has begun to lead: every lease starts again, as etcd's lessor does it on promotion. Its predecessor may
    /// have renewed any of them until a moment ago.
    pub(super) fn leads_group(&mut self, id: NodeId) {
        if self.component(id) != Some(Component::Meta) {
            return;
        }
        let local = self.local(id);
        let until = local + self.ttl_us();
        let extends = self.rules.on(Rule::ExtendOnPromotion);
        if extends {
            self.store.deadlines.retain(|(member, _), _| *member != id);
        }
        let sessions: Vec<NodeId> = self
            .store
            .states
            .get(&id)
            .map(|state| state.sessions.keys().copied().collect())
            .unwrap_or_default();
        let until = if extends { until } else { local };
        for pod in sessions {
            self.store.deadlines.entry((id, pod)).or_insert(until);
        }
        self.store.left.retain(|(member, _), _| *member != id);
        for (role, _) in self.roles_left(id) {
            self.store.left.insert((id, role), until);
        }
        let life = self.life(id);
        let next = self.after(id, LOOK_US);
        self.event_queue.schedule(next, ScheduledEvent::Leases { pod: id, life });
    }

    /// The leader ends sessions whose leases have expired.
    pub(super) fn end_leases(&mut self, id: NodeId, life: u64) {
        if self.life(id) != life || !self.leads(id) {
            return;
        }
        let now = self.local(id);
        let over: Vec<NodeId> =
            self.store.timed_by(id).filter(|(_, until)| *until <= now).map(|(pod, _)| pod).collect();
        for pod in over {
            // It is not renewed any more: the entry that ends it is on its way.
            self.store.deadlines.remove(&(id, pod));
            if let Some(component) = self.component(pod) {
                self.emit(Some(pod), MilvusEvent::LeaseExpired { component: component.word().to_owned() });
            }
            if let Some(Session { life, lease }) = self.store.session(id, pod) {
                self.propose(id, words(&[END, u64::from(pod), life, lease, 0, 0, 0]));
            }
        }
        self.end_roles_left(id);
        let next = self.after(id, LOOK_US);
        self.event_queue.schedule(next, ScheduledEvent::Leases { pod: id, life });
    }

    /// The leader ends roles whose holders have begun another life, when the lease of the former one is over.
    fn end_roles_left(&mut self, id: NodeId) {
        let now = self.local(id);
        for (role, epoch) in self.roles_left(id) {
            if self.store.left.get(&(id, role)).is_some_and(|until| *until <= now) {
                self.store.left.remove(&(id, role));
                self.propose(id, words(&[LEFT, role as u64, epoch, 0, 0, 0, 0]));
            }
        }
    }

    /// The roles whose holders have begun another life, as far as a member knows, with their epochs.
    fn roles_left(&self, id: NodeId) -> Vec<(Component, u64)> {
        let Some(state) = self.store.states.get(&id) else { return Vec::new() };
        let left = |holder: &Holder| {
            state.sessions.get(&holder.pod).is_none_or(|session| session.life != holder.life)
        };
        let roles = state.roles.iter().filter(|(_, holder)| left(holder));
        roles.map(|(role, holder)| (*role, holder.epoch)).collect()
    }

    /// Handles a request to a member.
    pub(super) fn store_asked(&mut self, id: NodeId, from: NodeId, call: u64, ask: Ask) {
        if !self.leads(id) {
            let leader = self.leader_known(id);
            self.reply(id, from, call, Answer::NotActing(leader));
            return;
        }
        let caller = u64::from(from);
        let recorded = |tag: u64, new: FlushedSegment| {
            [tag, new.segment, new.rows, new.after, new.upto, new.newest_us, call]
        };
        let op = match ask {
            Ask::KeepAlive { life } => return self.keep_alive_asked(id, from, call, life),
            Ask::Catalogue => return self.catalogue_asked(id, from, call),
            Ask::Register { life } => [SESSION, caller, life, 0, 0, 0, call],
            Ask::Revoke { life } => [END, caller, life, ANY, 0, 0, call],
            Ask::Claim { component } => [CLAIM, caller, component as u64, 0, 0, 0, call],
            Ask::Flushed(new) => recorded(FLUSHED, new),
            Ask::Merged(new) => recorded(MERGED, new),
            Ask::Expired { segment } => [EXPIRED, segment, 0, 0, 0, 0, call],
            Ask::Keep(keep) => keep.words(self.now, call),
            _ => return,
        };
        if self.propose(id, words(&op)).is_some() {
            self.store.waiting.insert((id, call), from);
        } else {
            self.reply(id, from, call, Answer::Failed("no_meta"));
        }
    }

    /// A pod renews its lease. A member that may have been deposed answers nothing that it could not keep: its
    /// successor times leases on its own (etcd: LeaseRenew, ensureLeadership).
    fn keep_alive_asked(&mut self, id: NodeId, from: NodeId, call: u64, life: u64) {
        if !self.certain(id) && self.rules.on(Rule::RenewWhenCertain) {
            self.reply(id, from, call, Answer::Failed("no_meta"));
            return;
        }
        let known = self.store.session(id, from).is_some_and(|session| session.life == life);
        if !known || !self.store.deadlines.contains_key(&(id, from)) {
            self.reply(id, from, call, Answer::NoSession);
            return;
        }
        let ttl_us = self.ttl_us();
        let until = self.local(id) + ttl_us;
        self.store.deadlines.insert((id, from), until);
        let term = self.members.get(&id).and_then(|member| member.raft()).map_or(0, quorum_raft::Raft::term);
        self.checkers.lease_granted(self.now, id, term);
        self.reply(id, from, call, Answer::Leased { ttl_us });
    }

    /// A coordinator asks what is flushed and which sessions there are: a linearizable read.
    fn catalogue_asked(&mut self, id: NodeId, from: NodeId, call: u64) {
        if !self.certain(id) {
            self.reply(id, from, call, Answer::Failed("no_meta"));
            return;
        }
        let state = self.store.states.entry(id).or_default();
        let catalogue = Catalogue {
            flushed: state.flushed.clone(),
            checkpoint: state.checkpoint,
            expired: state.expired,
            sessions: state.sessions.iter().map(|(node, session)| (*node, session.life)).collect(),
            owner: state.roles.get(&Component::StreamingNode).map(|holder| holder.pod),
            kept: state.kept.clone(),
            dropped: state.dropped.clone(),
            as_of_us: self.now,
        };
        self.reply(id, from, call, Answer::Catalogue(Arc::new(catalogue)));
    }

    /// A member has applied an entry.
    pub(super) fn store_applied(&mut self, id: NodeId, index: u64, entry: &Entry) {
        let Some(&[tag, a, b, c, d, newest_us, call]) = unwords(&entry.data).as_deref() else { return };
        if tag >= kept::FIRST_TAG {
            self.checkers.first_to_apply(index);
            self.kept_applied(id, index, &[tag, a, b, c, d, newest_us, call]);
            return;
        }
        let (local, leads) = (self.local(id), self.leads(id));
        let until = local + self.ttl_us();
        let ttl_us = self.ttl_us();
        if self.checkers.first_to_apply(index) {
            self.observe_store(id, tag, (a, b, c, d));
        }
        let first = self.keeping.is_first(index);
        let state = self.store.states.entry(id).or_default();
        let mut freed = Vec::new();
        let mut answer = Answer::Done;
        let (mut expired, mut ended) = (None, false);
        let recorded = FlushedSegment { segment: a, rows: b, after: c, upto: d, newest_us };
        match tag {
            SESSION => {
                let pod = a as NodeId;
                answer = Answer::Leased { ttl_us };
                let session = Session { life: b, lease: index };
                let before = state.sessions.insert(pod, session).filter(|before| before.life != b);
                if leads {
                    // The roles of its former life stay for as long as that life's lease.
                    let ends = self.store.deadlines.insert((id, pod), until).unwrap_or(local);
                    let left = state.roles.iter().filter(|(_, holder)| before.is_some() && holder.pod == pod);
                    for (role, _) in left {
                        self.store.left.entry((id, *role)).or_insert(ends);
                    }
                }
            }
            END => {
                let pod = a as NodeId;
                ended = state.sessions.get(&pod).is_some_and(|session| session.ends_with(b, c));
                if ended {
                    state.sessions.remove(&pod);
                    freed = free(state, |holder| holder.pod == pod && holder.life == b);
                }
            }
            CLAIM => {
                let (pod, component) = (a as NodeId, Component::ALL.get(b as usize).copied());
                let Some(component) = component else { return };
                answer = if let Some(Session { life, .. }) = state.sessions.get(&pod).copied() {
                    match *state.roles.entry(component).or_insert(Holder { pod, life, epoch: index }) {
                        holder if (holder.pod, holder.life) == (pod, life) => {
                            Answer::Claimed { epoch: holder.epoch }
                        }
                        _ => Answer::Failed("role_taken"),
                    }
                } else {
                    Answer::NoSession
                };
            }
            FLUSHED => {
                // A segment that was written twice, or was merged or expired meanwhile, is already known.
                if is_news(state, c, d) {
                    let at = state.flushed.partition_point(|known| known.after < c);
                    state.flushed.insert(at, recorded);
                    // Of two segments in flight the later may come first: it does not advance the checkpoint.
                    for known in &state.flushed {
                        if known.after <= state.checkpoint {
                            state.checkpoint = state.checkpoint.max(known.upto);
                        }
                    }
                } else if !state.flushed.iter().any(|known| known.segment == a) {
                    state.drop_segments(&[a]);
                }
            }
            MERGED => {
                if let Some(at) = merge_is_news(state, c, d) {
                    let replaced = state.flushed.extract_if(.., |known| is_within(known, c, d));
                    let replaced: Vec<u64> = replaced.map(|known| known.segment).collect();
                    state.flushed.insert(at, recorded);
                    state.drop_segments(&replaced);
                } else if !state.flushed.iter().any(|known| known.segment == a) {
                    state.drop_segments(&[a]);
                }
            }
            EXPIRED => {
                // Older records may still come into a gap of the log.
                let upto = state.checkpoint;
                let is_oldest = |known: &mut FlushedSegment| known.segment == a && known.upto <= upto;
                let gone = state.flushed.extract_if(.., is_oldest).next();
                expired = gone.map(|gone| gone.upto);
                state.expired = state.expired.max(expired.unwrap_or(0));
                if expired.is_some() {
                    state.drop_segments(&[a]);
                }
            }
            LEFT => freed = free(state, |holder| holder.epoch == b),
            _ => return,
        }
        let checkpoint = state.checkpoint;
        self.checkers.checkpoint_moved(checkpoint);
        if let (true, Some(upto)) = (first, expired) {
            self.rows_expired(a, upto);
        }
        if let Some(caller) = self.store.waiting.remove(&(id, call)) {
            self.reply(id, caller, call, answer);
        }
        if ended && self.leads(id) {
            self.store.deadlines.remove(&(id, a as NodeId));
            self.tell_of_end(id, a as NodeId, &freed);
        } else if self.leads(id) {
            self.tell_of_roles(id, &freed);
        }
    }

    /// Tells the checkers what an entry means, before the first member applies it.
    fn observe_store(&mut self, id: NodeId, tag: u64, (a, b, c, d): (u64, u64, u64, u64)) {
        match tag {
            // A session that its holder gave up ends together with the holder's life.
            END if self.store.session(id, a as NodeId).is_some_and(|session| session.ends_with(b, c)) => {
                let holder = self.pod(a as NodeId).filter(|pod| pod.life == b);
                let believes = holder.filter(|pod| pod.believes_in_lease(self.now));
                let until = believes.and_then(Pod::lease_ends_us);
                self.checkers.lease_ended(self.now, a as NodeId, until);
            }
            FLUSHED | MERGED => {
                let state = self.store.states.entry(id).or_default();
                // A late second record changes nothing, and the file may be gone by then.
                let changes =
                    if tag == FLUSHED { is_news(state, c, d) } else { merge_is_news(state, c, d).is_some() };
                if changes {
                    let there = near::find(&self.sealed, a).filter(|_| !self.keeping.is_collected(a));
                    let stored = there.map(|sealed| &*sealed.rows.ids);
                    // A merge leaves out what has expired.
                    self.checkers.flushed(a, (c.max(state.expired), d), stored);
                }
            }
            _ => {}
        }
    }

    /// Notifies the watching pods that a session is over.
    fn tell_of_end(&mut self, id: NodeId, node: NodeId, freed: &[Component]) {
        self.tell_of_roles(id, freed);
        let mut watching: Vec<NodeId> = [self.query_coord(), self.data_coord()]
            .into_iter()
            .filter_map(|role| self.store.states.get(&id)?.roles.get(&role).map(|holder| holder.pod))
            .collect();
        watching.dedup();
        for holder in watching {
            self.call(id, holder, Ask::Gone { node }, Why::Nothing);
        }
    }

    fn tell_of_roles(&mut self, id: NodeId, freed: &[Component]) {
        for component in freed.iter().filter(|component| component.coordinates()) {
            for standby in self.of(*component) {
                self.call(id, standby, Ask::RoleFree, Why::Nothing);
            }
        }
    }
}

/// Takes roles away from their holders. Returns which they were.
fn free(state: &mut State, lose: impl Fn(&Holder) -> bool) -> Vec<Component> {
    let freed: Vec<Component> =
        state.roles.iter().filter(|(_, holder)| lose(holder)).map(|(role, _)| *role).collect();
    for role in &freed {
        state.roles.remove(role);
    }
    freed
}

/// Whether a segment holds nothing but the log after one position up to another.
fn is_within(known: &FlushedSegment, after: u64, upto: u64) -> bool {
    known.after >= after && known.upto <= upto
}

/// Where a merged segment with the log after one position up to another belongs, if it is news: it replaces two
/// segments or more. When the record arrives late, it may be there already, or another merge's of the same segments;
/// its own file may be gone by then.
fn merge_is_news(state: &State, after: u64, upto: u64) -> Option<usize> {
    let mut within =
        state.flushed.iter().enumerate().filter(|(_, known)| is_within(known, after, upto)).map(|(at, _)| at);
    within.next().filter(|_| within.next().is_some())
}

/// Whether a flushed segment with the log after one position up to another is not known yet, and not expired.
fn is_news(state: &State, after: u64, upto: u64) -> bool {
    upto > state.expired && !state.flushed.iter().any(|known| known.after <= after && known.upto >= upto)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorum_types::SECOND;

    /// A cluster that leaves its segments alone, and the leader of its store.
    fn cluster() -> (Milvus, NodeId) {
        let mut settings = crate::Settings::default();
        for (name, value) in [("ttl_s", 0), ("compact_segments", 0), ("insert_interval_ms", 60_000)] {
            settings.set(name, value).expect("a setting");
        }
        let mut world = Milvus::new(3, settings);
        assert!(world.advance(5 * SECOND, 1_000_000), "it gets there");
        let leader = world.of(Component::Meta).into_iter().find(|id| world.leads(*id)).expect("a leader");
        (world, leader)
    }

    /// Has the store apply entries. Returns its segments, its checkpoint, and how far rows have expired.
    fn applied(world: &mut Milvus, leader: NodeId, entries: &[[u64; 5]]) -> (Vec<u64>, u64, u64) {
        for [tag, a, b, c, d] in entries {
            assert!(world.propose(leader, words(&[*tag, *a, *b, *c, *d, 0, 0])).is_some());
        }
        assert!(world.advance(world.now + SECOND, 1_000_000), "it gets there");
        let state = world.store.states.get(&leader).expect("a state");
        let segments = state.flushed.iter().map(|known| known.segment).collect();
        (segments, state.checkpoint, state.expired)
    }

    #[test]
    fn nothing_expires_behind_a_gap() {
        let (mut world, leader) = cluster();
        let late = [[FLUSHED, 1_002, 9, 10, 20], [EXPIRED, 1_002, 0, 0, 0]];
        assert_eq!(applied(&mut world, leader, &late), (vec![1_002], 0, 0));
        // What the gap holds comes: the checkpoint passes it, and both expire.
        let both = [[FLUSHED, 1_001, 9, 0, 10], [EXPIRED, 1_001, 0, 0, 0]];
        assert_eq!(applied(&mut world, leader, &both), (vec![1_002], 20, 10));
        assert_eq!(applied(&mut world, leader, &[[EXPIRED, 1_002, 0, 0, 0]]), (vec![], 20, 20));
        let more = [[FLUSHED, 1_003, 9, 15, 20], [FLUSHED, 1_004, 9, 20, 30]];
        assert_eq!(applied(&mut world, leader, &more), (vec![1_004], 30, 20));
    }

    #[test]
    fn a_merge_that_is_recorded_late_replaces_no_other() {
        let (mut world, leader) = cluster();
        let merged = [
            [FLUSHED, 1_001, 9, 0, 10],
            [FLUSHED, 1_002, 9, 10, 20],
            [FLUSHED, 1_003, 9, 20, 30],
            [MERGED, 10_000_001, 18, 0, 20],
        ];
        assert_eq!(applied(&mut world, leader, &merged), (vec![10_000_001, 1_003], 30, 0));
        // The same again, and another coordinator's merge of the same segments: their files may be gone.
        let again = [[MERGED, 10_000_001, 18, 0, 20], [MERGED, 10_000_002, 18, 0, 20]];
        assert_eq!(applied(&mut world, leader, &again), (vec![10_000_001, 1_003], 30, 0));
        let more = [[MERGED, 10_000_003, 27, 0, 30], [MERGED, 10_000_002, 18, 0, 20]];
        assert_eq!(applied(&mut world, leader, &more), (vec![10_000_003], 30, 0));
    }
}
