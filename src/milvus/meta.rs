//! The metadata store: sessions with leases, who holds which role, what is flushed.
//!
//! Every change is an entry of the store's Raft group; leases are timed by its leader alone, and a new leader gives every
//! session its full time again, as etcd does. Promises: a role has one holder; a session that is over takes its roles with
//! it, and whoever waits for them is told. Leaves out: ranges, transactions, watches of anything else.

use super::net::{Answer, Ask, Why};
use super::record::{unwords, words};
use super::shape::Component;
use super::{Happening, Milvus};
use crate::raft::Entry;
use crate::sim::event::EventKind;
use crate::types::{Map, Micros, NodeId};

/// How often a leader looks for leases that are over.
const LOOK_US: Micros = 200_000;

const SESSION: u64 = 1;
const END: u64 = 2;
const CLAIM: u64 = 3;
const FLUSHED: u64 = 4;

/// A flushed segment, as the store knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FlushedSegment {
    pub(super) segment: u64,
    pub(super) first_id: i64,
    pub(super) rows: u64,
    /// The log up to here is in it, or in one before it.
    pub(super) upto: u64,
}

/// What one member has applied.
#[derive(Clone, Debug, Default)]
struct State {
    /// Pods with a session, and their lives.
    sessions: Map<NodeId, u64>,
    /// Roles: who, under which epoch.
    roles: Map<Component, (NodeId, u64)>,
    flushed: Vec<FlushedSegment>,
}

/// The store.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    states: Map<NodeId, State>,
    /// As the leader times them.
    deadlines: Map<NodeId, Micros>,
    /// Calls that wait for an entry: member and call, with the caller.
    waiting: Map<(NodeId, u64), NodeId>,
}

impl Store {
    /// Until when the store believes in a pod's session.
    #[cfg(test)]
    pub(super) fn deadline(&self, pod: NodeId) -> Option<Micros> {
        self.deadlines.get(&pod).copied()
    }

    /// A member forgets what it has not on its disk.
    pub(super) fn forget(&mut self, id: NodeId) {
        self.states.remove(&id);
        self.waiting.retain(|(member, _), _| *member != id);
    }
}

impl Milvus {
    /// The member that leads the store.
    pub(super) fn store_leader(&self) -> Option<NodeId> {
        self.acting(Component::Meta)
    }

    /// What is flushed, as the leader knows it.
    pub(super) fn flushed(&self) -> &[FlushedSegment] {
        let state = self.store_leader().and_then(|id| self.store.states.get(&id));
        state.map_or(&[], |state| &state.flushed)
    }

    /// A member has begun to lead: everybody's lease begins anew.
    pub(super) fn leads_group(&mut self, id: NodeId) {
        if self.component(id) != Some(Component::Meta) {
            return;
        }
        let until = self.now + self.ttl_us();
        self.store.deadlines.clear();
        let sessions: Vec<NodeId> = self
            .store
            .states
            .get(&id)
            .map(|state| state.sessions.keys().copied().collect())
            .unwrap_or_default();
        for pod in sessions {
            self.store.deadlines.insert(pod, until);
        }
        let life = self.life(id);
        self.agenda.plan(self.now + LOOK_US, Happening::Leases { pod: id, life });
    }

    /// The leader ends sessions whose leases are over.
    pub(super) fn end_leases(&mut self, id: NodeId, life: u64) {
        if self.life(id) != life || !self.leads(id) {
            return;
        }
        let now = self.now;
        let over: Vec<NodeId> =
            self.store.deadlines.iter().filter(|(_, until)| **until <= now).map(|(pod, _)| *pod).collect();
        for pod in over {
            self.store.deadlines.remove(&pod);
            if let Some(component) = self.component(pod) {
                self.emit(Some(pod), EventKind::LeaseExpired { component: component.word().to_owned() });
            }
            let lived = self.store.states.get(&id).and_then(|state| state.sessions.get(&pod).copied());
            if let Some(lived) = lived {
                self.propose(id, words(&[END, u64::from(pod), lived, 0, 0, 0]));
            }
        }
        self.agenda.plan(now + LOOK_US, Happening::Leases { pod: id, life });
    }

    /// A member is asked for something.
    pub(super) fn store_asked(&mut self, id: NodeId, from: NodeId, call: u64, ask: Ask) {
        if !self.leads(id) {
            let leader = self.leader_known(id);
            self.reply(id, from, call, Answer::NotActing(leader));
            return;
        }
        let until = self.now + self.ttl_us();
        let caller = u64::from(from);
        let op = match ask {
            Ask::KeepAlive { life } => {
                let state = self.store.states.get(&id);
                let known = state.and_then(|state| state.sessions.get(&from)) == Some(&life);
                if known {
                    self.store.deadlines.insert(from, until);
                }
                let answer = if known { Answer::Leased { ttl_us: self.ttl_us() } } else { Answer::NoSession };
                self.reply(id, from, call, answer);
                return;
            }
            Ask::Register { life } => {
                self.store.deadlines.insert(from, until);
                [SESSION, caller, life, 0, 0, call]
            }
            Ask::Revoke { life } => [END, caller, life, 0, 0, call],
            Ask::Claim { component } => [CLAIM, caller, component as u64, 0, 0, call],
            Ask::Flushed { segment, first_id, rows, upto } => {
                [FLUSHED, segment, first_id.cast_unsigned(), rows, upto, call]
            }
            _ => return,
        };
        if self.propose(id, words(&op)).is_some() {
            self.store.waiting.insert((id, call), from);
        } else {
            self.reply(id, from, call, Answer::Failed("no_meta"));
        }
    }

    /// A member has applied an entry.
    pub(super) fn store_applied(&mut self, id: NodeId, index: u64, entry: &Entry) {
        let Some(&[tag, a, b, c, d, call]) = unwords(&entry.data).as_deref() else { return };
        let (until, leads) = (self.now + self.ttl_us(), self.leads(id));
        let ttl_us = self.ttl_us();
        let state = self.store.states.get_or_insert(id, State::default);
        let mut freed = Vec::new();
        let mut answer = Answer::Done;
        match tag {
            SESSION => {
                let pod = a as NodeId;
                answer = Answer::Leased { ttl_us };
                if leads {
                    let known = *self.store.deadlines.get_or_insert(pod, || until);
                    self.store.deadlines.insert(pod, known.max(until));
                }
                // A pod that starts anew ends what it was before.
                if state.sessions.insert(pod, b).is_some_and(|before| before != b) {
                    freed = free(state, pod);
                }
            }
            END => {
                let pod = a as NodeId;
                if state.sessions.get(&pod) == Some(&b) {
                    state.sessions.remove(&pod);
                    freed = free(state, pod);
                }
            }
            CLAIM => {
                let (pod, component) = (a as NodeId, Component::ALL.get(b as usize).copied());
                let Some(component) = component.filter(|_| state.sessions.contains_key(&pod)) else { return };
                let holder = *state.roles.get_or_insert(component, || (pod, index));
                answer = match holder {
                    (holder, epoch) if holder == pod => Answer::Claimed { epoch },
                    _ => Answer::Failed("role_taken"),
                };
            }
            FLUSHED => {
                let flushed = FlushedSegment { segment: a, first_id: b.cast_signed(), rows: c, upto: d };
                if state.flushed.iter().all(|known| known.segment != a) {
                    state.flushed.push(flushed);
                }
            }
            _ => return,
        }
        if let Some(caller) = self.store.waiting.remove(&(id, call)) {
            self.reply(id, caller, call, answer);
        }
        if tag == END && self.leads(id) {
            self.store.deadlines.remove(&(a as NodeId));
            self.tell_of_end(id, a as NodeId, &freed);
        } else if self.leads(id) {
            self.tell_of_roles(id, &freed);
        }
    }

    /// Tells those who wait for it that a session is over.
    fn tell_of_end(&mut self, id: NodeId, node: NodeId, freed: &[Component]) {
        self.tell_of_roles(id, freed);
        for component in [self.query_coord(), self.data_coord()] {
            if let Some(acting) = self.acting(component) {
                self.call(id, acting, Ask::Gone { node }, Why::Nothing);
            }
        }
    }

    fn tell_of_roles(&mut self, id: NodeId, freed: &[Component]) {
        for component in freed {
            for standby in self.of(*component) {
                self.call(id, standby, Ask::RoleFree, Why::Nothing);
            }
        }
    }
}

/// Takes a pod's roles away; which they were.
fn free(state: &mut State, pod: NodeId) -> Vec<Component> {
    let freed: Vec<Component> =
        state.roles.iter().filter(|(_, (holder, _))| *holder == pod).map(|(role, _)| *role).collect();
    for role in &freed {
        state.roles.remove(role);
    }
    freed
}
