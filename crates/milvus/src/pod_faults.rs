//! Faults and operations applied to the cluster from outside.
//!
//! Guarantees: an invalid action is refused with the reason and changes nothing. Leaves out: the effects.

use std::cmp::Reverse;

use super::action::Action;
use super::net::{Ask, Why};
use super::requests::Order;
use super::snapshot::PodState;
use super::topology::{Component, ControlPlane};
use super::{Milvus, ObjectStore, ScheduledEvent};
use quorum_raft::Role;
use quorum_sim::event::{FaultEvent, NetworkEvent};
use quorum_sim::network::Weather;
use quorum_types::{MS, Micros, NodeId, Refusal};

/// No delay is longer than this.
const MOST_SLOW_MS: u64 = 3_600_000;

impl Milvus {
    /// Applies an action.
    pub fn perform(&mut self, action: &Action) -> Result<(), Refusal> {
        let done = self.apply(action);
        self.tell_broken();
        done
    }

    fn apply(&mut self, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::Kill { node } => self.kill(*node),
            Action::Stop { node } => self.stop(*node),
            Action::Restart { node } => self.restart(*node),
            Action::Pause { node } => self.pause(*node),
            Action::Resume { node } => self.resume(*node),
            Action::KillZone { zone } => self.kill_zone(*zone),
            Action::Cut { from, to, one_way } => {
                self.known(*from)?;
                self.known(*to)?;
                self.cut(*from, *to);
                if !one_way {
                    self.cut(*to, *from);
                }
                Ok(())
            }
            Action::Partition { side, but } => self.partition(side, but),
            Action::Heal => {
                let cuts: Vec<(NodeId, NodeId)> = self.network.cuts().collect();
                for (from, to) in &cuts {
                    self.network.mend(*from, *to);
                }
                self.network.unclog();
                self.emit(None, NetworkEvent::NetworkHealed { links: cuts.len() as u32 });
                Ok(())
            }
            Action::Clog { from, to, us } => self.clog(*from, *to, *us),
            Action::Weather(weather) => {
                self.network.set_weather(*weather);
                let Weather { loss, duplicate, reorder } = *weather;
                self.emit(None, NetworkEvent::WeatherChanged { loss, duplicate, reorder });
                Ok(())
            }
            Action::SlowDisk { node, ms } => self.slow_disk(*node, *ms),
            Action::FullDisk { node, on } => self.fill_disk(*node, *on),
            Action::Clock { node, drift_ppm, jump_us, period_us } => {
                self.set_clock(*node, *drift_ppm, *jump_us, *period_us)
            }
            Action::ObjectStore { ms, gone } => {
                self.object_store = ObjectStore { ms: (*ms).min(MOST_SLOW_MS), gone: *gone };
                let fault = if *gone {
                    "gone"
                } else if *ms > 0 {
                    "slow"
                } else {
                    "fine"
                };
                let store = self.of(Component::ObjectStore).first().copied();
                self.emit(store, FaultEvent::DiskFault { fault: fault.to_owned() });
                Ok(())
            }
            Action::DropMessage { message } => {
                let number = *message;
                let fits = |scheduled: &ScheduledEvent| matches!(scheduled, ScheduledEvent::Arrive(flight) if flight.id == number);
                let error =
                    || Refusal::new("no_such_message", format!("no message {number} is in transit now"));
                self.event_queue.remove(fits).map(|_| ()).ok_or_else(error)
            }
            Action::LoseObjects => {
                self.lose_objects();
                Ok(())
            }
            Action::Set { name, value } => self.set(name, *value),
            order => Order::of(order).map_or(Ok(()), |(order, word)| self.give_order(order, word)),
        }
    }

    fn clog(&mut self, from: NodeId, to: NodeId, us: Micros) -> Result<(), Refusal> {
        self.known(from)?;
        self.known(to)?;
        let us = us.min(MOST_SLOW_MS * MS);
        self.network.clog(from, to, self.now + us);
        self.emit(None, NetworkEvent::LinkClogged { from, to, us });
        Ok(())
    }

    fn slow_disk(&mut self, id: NodeId, ms: u64) -> Result<(), Refusal> {
        self.known(id)?;
        let fault = if ms > 0 { "slow" } else { "fine" };
        if let Some(pod) = self.pod_mut(id) {
            pod.sync_extra_us = ms.min(MOST_SLOW_MS) * MS;
        }
        self.emit(Some(id), FaultEvent::DiskFault { fault: fault.to_owned() });
        Ok(())
    }

    fn fill_disk(&mut self, id: NodeId, on: bool) -> Result<(), Refusal> {
        self.known(id)?;
        if let Some(pod) = self.pod_mut(id) {
            pod.disk_full = on;
        }
        let fault = if on { "full" } else { "fine" };
        self.emit(Some(id), FaultEvent::DiskFault { fault: fault.to_owned() });
        // What was waiting for space is written now.
        self.plan_sync(id);
        self.sync_store(id);
        Ok(())
    }

    pub(super) fn known(&self, id: NodeId) -> Result<PodState, Refusal> {
        self.pod(id).map(|pod| pod.state).ok_or_else(|| {
            Refusal::new("unknown_node", format!("there is no pod {id}; they are 1 to {}", self.pods.len()))
        })
    }

    fn kill(&mut self, id: NodeId) -> Result<(), Refusal> {
        if self.known(id)? == PodState::Down {
            return Err(Refusal::new("node_down", format!("pod {id} is down already; restart it instead")));
        }
        if self.component(id) == Some(Component::ObjectStore) {
            let error = "the object store is taken to be always there; kill who reads or writes it";
            return Err(Refusal::new("unsupported", error));
        }
        self.kill_all(&self.process_of(id, PodState::Down));
        Ok(())
    }

    /// The pods that share a pod's process and are not in a state: the pod alone, unless everything is one process.
    pub(super) fn process_of(&self, id: NodeId, but: PodState) -> Vec<NodeId> {
        if self.settings.one_process == 0 {
            return vec![id];
        }
        // Others are with it, and the object store is taken to be always there.
        let shares = |pod: &&super::pods::Pod| {
            let place = pod.place;
            place.id == id || pod.state != but && place.component != Component::ObjectStore
        };
        self.pods.iter().filter(shares).map(|pod| pod.place.id).collect()
    }

    fn kill_all(&mut self, pods: &[NodeId]) {
        for id in pods {
            self.emit(Some(*id), FaultEvent::Killed);
        }
        pods.iter().for_each(|id| self.die(*id));
    }

    /// A graceful stop: the pod hands over first.
    fn stop(&mut self, id: NodeId) -> Result<(), Refusal> {
        if self.known(id)? != PodState::Up {
            return Err(Refusal::new("node_down", format!("pod {id} does not run")));
        }
        let component = self.component(id).unwrap_or_default();
        if self.is_group(component) && self.leads(id) {
            let next = self.most_caught_up(id);
            if let (Some(next), Some(member)) = (next, self.members.get_mut(&id)) {
                if let Some(raft) = member.raft_mut() {
                    // Refused only if the other is not a voter.
                    let _ = raft.transfer(next);
                }
                self.handle_ready(id);
            }
        }
        if self.control_plane != ControlPlane::Raft && self.has_session(component) {
            // Its last message.
            let life = self.life(id);
            self.ask_acting(id, Component::Meta, Ask::Revoke { life }, Why::Nothing);
        }
        self.kill_all(&self.process_of(id, PodState::Down));
        Ok(())
    }

    /// As far as this leader knows: of the members that it has heard from lately, the one that holds most of its log;
    /// the first in a tie. Without any, the one that held most.
    fn most_caught_up(&self, leader: NodeId) -> Option<NodeId> {
        let Role::Leader(leads) = self.members.get(&leader)?.raft()?.role() else { return None };
        let others = leads.followers.iter().filter(|(id, _)| **id != leader);
        let ranks = others.map(|(id, known)| (known.recent_active, known.matched, Reverse(*id)));
        ranks.max().map(|(.., Reverse(id))| id)
    }

    fn restart(&mut self, id: NodeId) -> Result<(), Refusal> {
        if self.known(id)? != PodState::Down {
            return Err(Refusal::new("node_up", format!("pod {id} is not down; kill it first")));
        }
        let life = self.life(id);
        if let Some(pod) = self.pod_mut(id) {
            pod.starting = true;
        }
        self.event_queue.schedule(self.now, ScheduledEvent::Start { pod: id, life });
        Ok(())
    }

    fn pause(&mut self, id: NodeId) -> Result<(), Refusal> {
        if self.known(id)? != PodState::Up {
            return Err(Refusal::new("node_down", format!("pod {id} does not run")));
        }
        if let Some(pod) = self.pod_mut(id) {
            pod.state = PodState::Paused;
        }
        if let Some(member) = self.members.get_mut(&id) {
            member.paused = true;
        }
        self.emit(Some(id), FaultEvent::Paused);
        Ok(())
    }

    fn resume(&mut self, id: NodeId) -> Result<(), Refusal> {
        if self.known(id)? != PodState::Paused {
            return Err(Refusal::new("not_paused", format!("pod {id} is not paused")));
        }
        if let Some(pod) = self.pod_mut(id) {
            pod.state = PodState::Up;
            pod.misses = 0;
        }
        if let Some(member) = self.members.get_mut(&id) {
            member.paused = false;
        }
        self.emit(Some(id), FaultEvent::Resumed);
        self.wake_member(id);
        let suspended = self.pod_mut(id).map(|pod| std::mem::take(&mut pod.suspended)).unwrap_or_default();
        for scheduled in suspended {
            self.event_queue.schedule(self.now, scheduled);
        }
        Ok(())
    }

    fn kill_zone(&mut self, zone: u32) -> Result<(), Refusal> {
        if u64::from(zone) >= self.settings.zones {
            let error = format!("there is no zone {zone}; they are 0 to {}", self.settings.zones - 1);
            return Err(Refusal::new("unknown_zone", error));
        }
        let in_zone = self.pods.iter().filter(|pod| {
            let place = pod.place;
            place.zone == zone && pod.state != PodState::Down && place.component != Component::ObjectStore
        });
        let pods: Vec<NodeId> = in_zone.map(|pod| pod.place.id).collect();
        self.kill_all(&pods);
        Ok(())
    }

    fn partition(&mut self, side: &[NodeId], but: &[NodeId]) -> Result<(), Refusal> {
        for id in side.iter().chain(but) {
            self.known(*id)?;
        }
        let others: Vec<NodeId> =
            (1..=self.pods.len() as NodeId).filter(|id| !side.contains(id) && !but.contains(id)).collect();
        for inside in side {
            for outside in &others {
                self.network.cut(*inside, *outside);
                self.network.cut(*outside, *inside);
            }
        }
        self.emit(None, NetworkEvent::Partitioned { side: side.to_vec(), but: but.to_vec() });
        Ok(())
    }

    fn cut(&mut self, from: NodeId, to: NodeId) {
        if from != to && self.network.cut(from, to) {
            self.emit(None, NetworkEvent::LinkCut { from, to });
        }
    }
}
