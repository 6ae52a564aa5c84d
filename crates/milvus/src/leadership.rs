//! Leadership of each kind of pod: by Raft, or by a lease in the metadata store.
//!
//! In the course's topology, the coordinator that wins its group's election becomes active; in Milvus, the one whose
//! key the metadata store accepts, for as long as its lease is renewed. Either way it first reads its metadata, and the
//! pod that hands out timestamps fences the log against its predecessors. Guarantees: with fencing on, no pod serves
//! after its lease could have expired or another could have been elected, if the clocks differ by less than the margin
//! of the leases (`lease_margin_percent`) and by less than that of the groups (`quorum_raft`). Leaves out: what
//! coordinators do (`query_coord`, `flushing`, `log`).

use super::flushing::DataCoord;
use super::net::{Answer, Ask, Why};
use super::pods::{Acting, BEAT_US, Pod};
use super::record::Record;
use super::rules::Rule;
use super::snapshot::PodState;
use super::topology::{Component, ControlPlane};
use super::{Milvus, ScheduledEvent};
use crate::event::MilvusEvent;
use quorum_types::{Micros, NodeId};

impl Milvus {
    // --- roles

    /// The kind that hands out timestamps.
    pub(super) fn root(&self) -> Component {
        if self.control_plane == ControlPlane::Streaming { Component::MixCoord } else { Component::RootCoord }
    }

    /// The kind that places segments.
    pub(super) fn query_coord(&self) -> Component {
        if self.control_plane == ControlPlane::Streaming {
            Component::MixCoord
        } else {
            Component::QueryCoord
        }
    }

    /// The kind that decides what is flushed.
    pub(super) fn data_coord(&self) -> Component {
        if self.control_plane == ControlPlane::Streaming { Component::MixCoord } else { Component::DataCoord }
    }

    /// The kind that accepts records for the log and sends them to its readers.
    pub(super) fn log_source(&self) -> Component {
        if self.control_plane == ControlPlane::Streaming { Component::StreamingNode } else { Component::Wal }
    }

    /// Whether a pod acts and serves, and may assume so.
    pub(super) fn in_charge(&self, id: NodeId) -> bool {
        let Some(pod) = self.pod(id) else { return false };
        let serves = pod.acting.is_some_and(|acting| acting.serves);
        serves && self.may_act(pod)
    }

    /// Whether a streaming node serves as the log's owner and believes in its lease, whatever it makes of that.
    pub(super) fn owns_log(&self, id: NodeId) -> bool {
        let serves = |pod: &&Pod| pod.acting.is_some_and(|acting| acting.serves);
        let pod = self.pod(id).filter(serves);
        pod.is_some_and(|pod| pod.believes_in_lease(self.now))
    }

    /// Whether a pod may assume that no other has been chosen for its role meanwhile.
    fn may_act(&self, pod: &Pod) -> bool {
        let component = pod.place.component;
        if self.settings.fencing == 0 || !exclusive(component) {
            return true;
        }
        match self.control_plane {
            ControlPlane::Raft => self.leads_for_sure(pod.place.id),
            _ => !self.exits_on_lease_loss() || pod.believes_in_lease(self.now),
        }
    }

    /// Whether a process that has lost its lease exits.
    fn exits_on_lease_loss(&self) -> bool {
        self.settings.fencing == 1 && self.rules.on(Rule::ExitOnLeaseLoss)
    }

    // --- taking over

    /// A pod has been chosen: it reads its metadata first.
    pub(super) fn begin_takeover(&mut self, id: NodeId, epoch: u64) {
        let Some(pod) = self.pod_mut(id) else { return };
        pod.acting = Some(Acting { epoch, serves: false });
        let life = pod.life;
        let at = self.now + self.settings.takeover_ms * 1_000;
        self.event_queue.schedule(at, ScheduledEvent::TakeoverDone { pod: id, life, epoch });
    }

    pub(super) fn takeover_done(&mut self, id: NodeId, life: u64, epoch: u64) {
        if self.life(id) != life || !self.chosen(id, epoch) {
            return;
        }
        if self.pod(id).is_some_and(|pod| !self.may_act(pod)) {
            // Chosen, and cut off since: another may have been chosen.
            self.fence_again(id, epoch);
            return;
        }
        let component = self.component(id);
        if component == Some(Component::StreamingNode) && self.log_is_embedded() {
            self.fence_objects(id, epoch);
        } else if component == Some(Component::StreamingNode) && self.log_is_service() {
            self.begin_writing(id, epoch);
        } else if component == Some(Component::RootCoord) || component == Some(Component::StreamingNode) {
            let ask = Ask::Append(Record::Fence { epoch });
            self.ask_acting(id, Component::Wal, ask, Why::Fence { epoch });
        } else {
            self.begin_role(id, epoch);
        }
    }

    /// The log has the fence; meanwhile the pod may have been replaced.
    fn takeover_ends(&mut self, id: NodeId, epoch: u64) {
        if self.pod(id).is_some_and(|pod| self.may_act(pod)) {
            self.begin_role(id, epoch);
        } else {
            self.fence_again(id, epoch);
        }
    }

    fn chosen(&self, id: NodeId, epoch: u64) -> bool {
        self.pod(id).and_then(|pod| pod.acting).is_some_and(|acting| acting.epoch == epoch)
    }

    /// The log has the fence of the new epoch.
    pub(super) fn fenced(&mut self, id: NodeId, epoch: u64, answer: &Answer) {
        match answer {
            _ if !self.chosen(id, epoch) => {}
            Answer::Appended { .. } => self.takeover_ends(id, epoch),
            Answer::Fenced => self.end_role(id),
            _ => self.fence_again(id, epoch),
        }
    }

    pub(super) fn fence_again(&mut self, id: NodeId, epoch: u64) {
        let life = self.life(id);
        let at = self.now + self.settings.call_timeout_ms * 1_000;
        self.event_queue.schedule(at, ScheduledEvent::TakeoverDone { pod: id, life, epoch });
    }

    /// From here on it serves.
    pub(super) fn begin_role(&mut self, id: NodeId, epoch: u64) {
        let (now, root) = (self.now, self.root());
        let Some(pod) = self.pod_mut(id) else { return };
        pod.acting = Some(Acting { epoch, serves: true });
        let (component, life) = (pod.place.component, pod.life);
        if exclusive(component) {
            let other = self.other_in_charge(id, component);
            self.checkers.acts(component, (id, life), epoch, other);
        }
        self.emit(Some(id), MilvusEvent::RoleTaken { role: component.word().to_owned(), epoch });
        let ticks = component == Component::StreamingNode
            || (component == root && self.control_plane != ControlPlane::Streaming);
        if ticks {
            self.event_queue.schedule(now, ScheduledEvent::Tick { pod: id, life, epoch });
        }
        if component == self.data_coord() {
            self.data_coords.insert(id, DataCoord::default());
        }
        if component == self.query_coord() {
            self.begin_placing(id);
        }
    }

    /// Another pod of the kind that is in charge at this moment.
    fn other_in_charge(&mut self, id: NodeId, component: Component) -> Option<NodeId> {
        let pods = self.of(component);
        pods.iter().for_each(|pod| self.catch_up_member(*pod));
        pods.into_iter().find(|pod| *pod != id && self.runs(*pod) && self.in_charge(*pod))
    }

    /// It no longer acts.
    pub(super) fn end_role(&mut self, id: NodeId) {
        let Some(pod) = self.pod_mut(id) else { return };
        let role = pod.place.component.word().to_owned();
        let pod_owns_log = pod.place.component == Component::StreamingNode;
        if let Some(acting) = pod.acting.take() {
            self.distribution.remove(&id);
            self.data_coords.remove(&id);
            if pod_owns_log {
                self.dismiss_delegators(id);
                self.logs.end_writing(id);
            }
            if acting.serves {
                self.emit(Some(id), MilvusEvent::RoleEnded { role, epoch: acting.epoch });
            }
        }
    }

    // --- sessions

    /// Whether pods of a kind have sessions in the metadata store.
    pub(super) fn has_session(&self, component: Component) -> bool {
        self.control_plane != ControlPlane::Raft
            && (component.coordinates()
                || matches!(
                    component,
                    Component::QueryNode
                        | Component::DataNode
                        | Component::IndexNode
                        | Component::StreamingNode
                ))
    }

    pub(super) fn register(&mut self, id: NodeId) {
        let life = self.life(id);
        let why = Why::Register { at_us: self.local(id) };
        self.ask_acting(id, Component::Meta, Ask::Register { life }, why);
    }

    pub(super) fn registered(&mut self, id: NodeId, at_us: Micros, answer: &Answer) {
        if let Answer::Leased { ttl_us } = answer {
            self.extend_lease(id, at_us, *ttl_us);
            self.claim(id);
        }
    }

    /// Tries to acquire the role, if it is eligible.
    pub(super) fn claim(&mut self, id: NodeId) {
        let Some(pod) = self.pod(id) else { return };
        let component = pod.place.component;
        if component.coordinates() && pod.lease_until.is_some() && pod.acting.is_none() {
            self.ask_acting(id, Component::Meta, Ask::Claim { component }, Why::Claim);
        }
    }

    pub(super) fn claimed(&mut self, id: NodeId, answer: &Answer) {
        if let Answer::Claimed { epoch } = answer
            && self.pod(id).is_some_and(|pod| pod.acting.is_none())
        {
            self.begin_takeover(id, *epoch);
            if self.component(id) == Some(Component::StreamingNode) && !self.owner_writes() {
                self.follow_log(id);
            }
        }
    }

    /// How long a lease lasts.
    pub(super) fn ttl_us(&self) -> Micros {
        self.settings.session_ttl_ms * 1_000
    }

    /// How much of a lease its holder uses: the rest is for clocks that differ.
    fn usable_us(&self, ttl_us: Micros) -> Micros {
        let margin = if self.rules.on(Rule::LeaseMargin) { self.settings.lease_margin_percent } else { 0 };
        ttl_us - ttl_us * margin / 100
    }

    /// How often a session renews: three times per lease, even where the setting is longer.
    pub(super) fn keepalive_us(&self) -> Micros {
        (self.settings.keepalive_ms * 1_000).min(self.ttl_us() / 3)
    }

    /// How often a pod checks its session. A setting is at least 100 ms, and a third of a lease more than that.
    pub(super) fn session_beat_us(&self) -> Micros {
        BEAT_US.min(self.keepalive_us())
    }

    /// Periodic: renews the lease if the next check would be too late, or notices that it has expired.
    pub(super) fn look_after_session(&mut self, id: NodeId) {
        let (now, every, beat) = (self.local(id), self.keepalive_us(), self.session_beat_us());
        let Some(pod) = self.pod_mut(id) else { return };
        let component = pod.place.component;
        let (until, life, asked) = (pod.lease_until, pod.life, pod.kept_at);
        if !self.has_session(component) {
            return;
        }
        match until {
            None => self.register(id),
            Some(until) if until <= now && self.exits_on_lease_loss() => self.lose_session(id),
            Some(_) => {
                if now + beat > asked + every {
                    if let Some(pod) = self.pod_mut(id) {
                        pod.kept_at = now;
                    }
                    let why = Why::KeepAlive { at_us: now };
                    self.ask_acting(id, Component::Meta, Ask::KeepAlive { life }, why);
                    // A standby that missed the notification asks periodically.
                    self.claim(id);
                }
            }
        }
    }

    pub(super) fn kept_alive(&mut self, id: NodeId, at_us: Micros, answer: &Answer) {
        match answer {
            Answer::Leased { ttl_us } => self.extend_lease(id, at_us, *ttl_us),
            Answer::NoSession if self.exits_on_lease_loss() => self.lose_session(id),
            // An unfenced coordinator begins a new session and continues as if nothing had happened.
            Answer::NoSession => self.register(id),
            _ => {}
        }
    }

    /// The store has granted a lease of this length. The holder counts by its own clock from when it asked, and leaves
    /// a margin for the difference of the clocks, so that it never assumes the lease for longer than the store does
    /// (Chubby paper, 2.8). It is limited to the current setting: a store with a new leader grants no more than that.
    fn extend_lease(&mut self, id: NodeId, asked_us: Micros, ttl_us: Micros) {
        let counts_from_request = self.rules.on(Rule::LeaseCountsFromRequest);
        let from_us = if counts_from_request { asked_us } else { self.local(id) };
        let ttl_us = self.usable_us(ttl_us.min(self.ttl_us()));
        if let Some(pod) = self.pod_mut(id) {
            let until = from_us + ttl_us;
            pod.lease_until = Some(pod.lease_until.map_or(until, |known| known.max(until)));
            pod.kept_at = pod.kept_at.max(asked_us);
        }
    }

    /// The lease length changes: no holder assumes a longer one, and all renew at once.
    pub(super) fn ttl_changed(&mut self) {
        let lasts_us = self.usable_us(self.ttl_us());
        let pods: Vec<(NodeId, u64)> = self.pods.iter().map(|pod| (pod.place.id, pod.life)).collect();
        for (id, life) in pods {
            let now = self.local(id);
            let Some(pod) = self.pod_mut(id).filter(|pod| pod.lease_until.is_some()) else { continue };
            pod.lease_until = pod.lease_until.map(|until| until.min(now + lasts_us));
            if pod.state == PodState::Up {
                pod.kept_at = now;
                let why = Why::KeepAlive { at_us: now };
                self.ask_acting(id, Component::Meta, Ask::KeepAlive { life }, why);
            }
        }
    }

    /// The process exits, as Milvus's do: whatever it holds may be another's by now. The supervisor starts it again.
    fn lose_session(&mut self, id: NodeId) {
        let Some(component) = self.component(id) else { return };
        self.emit(Some(id), MilvusEvent::Exited { component: component.word().to_owned() });
        self.process_of(id, PodState::Down).into_iter().for_each(|id| self.die(id));
    }
}

/// Whether one pod of a kind acts at a time, and its epochs rise. The leader of the metadata store or of the log is
/// none: one that was elected by late votes leads until it hears of the next term, and commits nothing meanwhile.
fn exclusive(component: Component) -> bool {
    component.coordinates() || component == Component::StreamingNode
}
