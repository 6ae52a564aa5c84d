//! The supervisor: it checks every pod's health, notifies the others when one is gone, and restarts it.
//!
//! It runs on the pods' machines, so that no partition hides a pod from it. Guarantees: a pod is given up after the
//! configured number of failed checks in a row, and not before; the acting coordinator is notified, with retries until
//! one has received it. Of the failed checks in a row, the first is reported, and the one with which the pod is given
//! up. Simplified: a process that has ended is noticed by the same checks as one that hangs (Kubernetes notices it at
//! once and restarts it with a back-off). Leaves out: what a pod does when it starts (`pods`).

use super::net::{Ask, Why};
use super::snapshot::PodState;
use super::topology::{Component, ControlPlane};
use super::{CLIENT, Milvus, ScheduledEvent};
use crate::event::MilvusEvent;
use quorum_sim::event::ServiceEvent;
use quorum_types::NodeId;

impl Milvus {
    /// One check of one pod.
    pub(super) fn check_health(&mut self, id: NodeId) {
        let next = self.now + self.settings.health_check_ms * 1_000;
        self.event_queue.schedule(next, ScheduledEvent::Health { pod: id });
        let needed = self.settings.health_misses as u32;
        let Some(pod) = self.pod_mut(id) else { return };
        if pod.state == PodState::Up
            || pod.state == PodState::Booting
            || pod.place.component == Component::ObjectStore
        {
            pod.misses = 0;
            return;
        }
        pod.misses += 1;
        let (misses, taken_out) = (pod.misses, pod.taken_out);
        if misses == 1 || (misses >= needed && !taken_out) {
            self.emit(Some(id), ServiceEvent::ProbeMissed { misses });
        }
        if misses < needed {
            return;
        }
        if !taken_out {
            self.take_out(id);
        }
        self.start_again(id);
    }

    fn take_out(&mut self, id: NodeId) {
        let Some(pod) = self.pod_mut(id) else { return };
        pod.taken_out = true;
        let component = pod.place.component.word().to_owned();
        self.emit(Some(id), MilvusEvent::TakenOut { component });
        // In Milvus the coordinators learn it from the end of its lease.
        if self.control_plane == ControlPlane::Raft {
            for coordinator in [self.query_coord(), self.data_coord()] {
                self.notify_node_down(coordinator, id);
            }
        }
    }

    /// Notifies the acting pod of a kind that a pod is gone, if that is still so.
    pub(super) fn notify_node_down(&mut self, coordinator: Component, node: NodeId) {
        if self.pod(node).is_some_and(|pod| pod.taken_out) {
            self.ask_acting(CLIENT, coordinator, Ask::Gone { node }, Why::Gone { coordinator, node });
        }
    }

    /// No pod was acting: the notification is retried.
    pub(super) fn notify_node_down_again(&mut self, coordinator: Component, node: NodeId) {
        let at = self.now + self.settings.call_timeout_ms * 1_000;
        self.event_queue.schedule(at, ScheduledEvent::NotifyNodeDown { coordinator, node });
    }

    fn start_again(&mut self, id: NodeId) {
        if self.settings.supervised == 0 {
            return;
        }
        let at = self.now + self.settings.restart_ms * 1_000;
        let Some(pod) = self.pod(id) else { return };
        if pod.starting {
            return;
        }
        if pod.state == PodState::Paused {
            // A process that hangs is killed first.
            self.die(id);
        }
        if let Some(pod) = self.pod_mut(id) {
            pod.starting = true;
            let life = pod.life;
            self.event_queue.schedule(at, ScheduledEvent::Start { pod: id, life });
        }
    }
}
