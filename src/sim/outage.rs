//! The outage meter: from the fault to the first good answer, cut into phases.
//!
//! Reads events only, as anyone who has the trace could. An outage begins with the first request that ends
//! badly after a fault; its fault is the last one that hit the acting leader before that, or the last one at
//! all. It ends with the first request that is answered. Phases: *detect* ends with the first candidacy,
//! *election* with the victory of the leader that serves in the end, *replay* when that leader has committed
//! an entry of its own term, *client retry* with the answer. A request that began after a fault and is answered
//! before any fails shows that service survived that fault. Promises: the phases add up to the RTO. Leaves out:
//! why requests fail.

use super::event::{Event, EventKind, OpStatus, Phase, PhaseTime};
use crate::types::{Micros, NodeId};

/// The meter.
#[derive(Clone, Debug, Default)]
pub struct OutageMeter {
    /// The acting leader, with its term.
    leader: Option<(NodeId, u64)>,
    last_fault: Option<Micros>,
    last_leader_fault: Option<Micros>,
    /// Candidacies and the like since the last fault that hit the leader.
    campaigned_us: Option<Micros>,
    elected: Option<(Micros, NodeId, u64)>,
    committed_us: Option<Micros>,
    current: Option<Outage>,
    /// Requests that ended badly since the last fault.
    failed_since_fault: u64,
    /// When a write was last acknowledged, or anything was done that may delay the next.
    undisturbed_since: Micros,
}

/// An outage, under way or over.
#[derive(Clone, Debug, PartialEq)]
pub struct Outage {
    /// When the fault happened.
    pub fault_us: Micros,
    /// When the first good answer came.
    pub restored_us: Option<Micros>,
    /// The phases, once over.
    pub phases: Vec<PhaseTime>,
    /// Requests that ended badly.
    pub failed: u64,
    /// Who serves in the end.
    pub new_leader: Option<NodeId>,
}

impl OutageMeter {
    /// Takes an event in; says what follows from it.
    pub fn observe(&mut self, event: &Event) -> Option<EventKind> {
        let now = event.t_us;
        if disturbs(&event.kind) {
            self.disturbed(now);
        }
        match &event.kind {
            EventKind::PowerCut | EventKind::LinkCut { .. } | EventKind::Killed | EventKind::Paused => {
                self.fault(now, event);
            }
            EventKind::Campaigned { .. } => {
                self.campaigned_us.get_or_insert(now);
            }
            EventKind::BecameLeader { term, .. } => {
                if let Some(node) = event.node
                    && self.leader.is_none_or(|(_, known)| *term > known)
                {
                    self.leader = Some((node, *term));
                    self.elected = Some((now, node, *term));
                    self.committed_us = None;
                }
            }
            EventKind::Committed { term, .. }
                if self.elected.is_some_and(|(_, node, won)| event.node == Some(node) && *term == won) =>
            {
                self.committed_us.get_or_insert(now);
            }
            EventKind::OpEnd { status, took_us, .. } => return self.op_ended(now, *status, now - *took_us),
            _ => {}
        }
        None
    }

    fn fault(&mut self, now: Micros, event: &Event) {
        if self.under_way() {
            return;
        }
        let leader = self.leader.map(|(node, _)| node);
        let hit = match &event.kind {
            EventKind::PowerCut => true,
            EventKind::LinkCut { from, to } => leader.is_some_and(|leader| leader == *from || leader == *to),
            _ => event.node.is_some() && event.node == leader,
        };
        self.last_fault = Some(now);
        self.failed_since_fault = 0;
        if hit || self.last_leader_fault.is_none() {
            self.last_leader_fault = hit.then_some(now);
            self.campaigned_us = None;
            self.elected = None;
            self.committed_us = None;
        }
    }

    fn op_ended(&mut self, now: Micros, status: OpStatus, began_us: Micros) -> Option<EventKind> {
        let fault_us = self.last_leader_fault.or(self.last_fault)?;
        if status != OpStatus::Ok {
            self.failed_since_fault += 1;
            if let Some(outage) = self.current.as_mut().filter(|outage| outage.restored_us.is_none()) {
                outage.failed = self.failed_since_fault;
                return None;
            }
            self.current = Some(Outage {
                fault_us,
                restored_us: None,
                phases: Vec::new(),
                failed: self.failed_since_fault,
                new_leader: None,
            });
            return Some(EventKind::ServiceLost { fault_us });
        }
        if !self.under_way() {
            self.last_fault = self.last_fault.filter(|fault| *fault >= began_us);
            self.last_leader_fault = self.last_leader_fault.filter(|fault| *fault >= began_us);
            return None;
        }
        let phases = self.phases(fault_us, now);
        let new_leader = self.elected.map(|(_, node, _)| node);
        let outage = self.current.as_mut()?;
        outage.restored_us = Some(now);
        outage.phases.clone_from(&phases);
        outage.new_leader = new_leader;
        let failed = outage.failed;
        self.last_fault = None;
        self.last_leader_fault = None;
        Some(EventKind::ServiceRestored { rto_us: now - fault_us, phases, failed })
    }

    /// The phases from a fault up to `now`, the last one still growing. What did not happen takes no time.
    fn phases(&self, fault_us: Micros, now: Micros) -> Vec<PhaseTime> {
        let marks = [
            (Phase::Detect, self.campaigned_us),
            (Phase::Election, self.elected.map(|(at, _, _)| at)),
            (Phase::Replay, self.committed_us),
            (Phase::ClientRetry, Some(now)),
        ];
        let mut phases = Vec::with_capacity(4);
        let mut from = fault_us;
        for (phase, ends) in marks {
            // What has not happened is still running, and takes all the time there is.
            let Some(ends) = ends else {
                phases.push(PhaseTime { phase, us: now.saturating_sub(from) });
                break;
            };
            let ends = ends.clamp(from, now);
            phases.push(PhaseTime { phase, us: ends - from });
            from = ends;
        }
        phases
    }

    fn under_way(&self) -> bool {
        self.current.as_ref().is_some_and(|outage| outage.restored_us.is_none())
    }

    /// The outage under way, or the last one, with its phases up to `now`.
    pub fn current(&self, now: Micros) -> Option<Outage> {
        let mut outage = self.current.clone()?;
        if outage.restored_us.is_none() {
            outage.phases = self.phases(outage.fault_us, now);
            outage.new_leader = self.elected.map(|(_, node, _)| node);
        }
        Some(outage)
    }

    /// Something was done that may delay the next acknowledgement.
    pub fn disturbed(&mut self, now: Micros) {
        self.undisturbed_since = now;
    }

    /// For how long no write has been acknowledged though nothing was done.
    pub fn silent_us(&self, now: Micros) -> Micros {
        now.saturating_sub(self.undisturbed_since)
    }

    /// The acting leader, by the last election that was won.
    pub fn leader(&self) -> Option<NodeId> {
        self.leader.map(|(node, _)| node)
    }
}

/// Whether waiting for the next acknowledgement begins anew with this: one has come, or something was done to the world.
fn disturbs(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::OpEnd { status: OpStatus::Ok, .. }
            | EventKind::PowerCut
            | EventKind::Killed
            | EventKind::Restarted
            | EventKind::Recovered { .. }
            | EventKind::Paused
            | EventKind::Resumed
            | EventKind::LinkCut { .. }
            | EventKind::LinkHealed { .. }
            | EventKind::LinkClogged { .. }
            | EventKind::WeatherChanged { .. }
            | EventKind::DiskLost
            | EventKind::DiskFault { .. }
            | EventKind::ClockSet { .. }
            | EventKind::RuleSwitched { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(events: &[(Micros, Option<NodeId>, EventKind)], expected: &[Option<EventKind>]) {
        let mut meter = OutageMeter::default();
        let got: Vec<Option<EventKind>> = events
            .iter()
            .map(|(t_us, node, kind)| meter.observe(&Event { t_us: *t_us, node: *node, kind: kind.clone() }))
            .collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn silence_counts_from_the_last_answer_or_deed() {
        let mut meter = OutageMeter::default();
        let mut check = |t_us, kind, silent| {
            meter.observe(&Event { t_us, node: Some(1), kind });
            assert_eq!(meter.silent_us(200), silent);
        };
        check(110, op(OpStatus::Ok), 90);
        check(120, op(OpStatus::Fail), 90);
        check(130, op(OpStatus::Info), 90);
        check(140, EventKind::Campaigned { term: 2 }, 90);
        check(150, EventKind::Restarted, 50);
        check(160, EventKind::LinkHealed { from: 1, to: 2 }, 40);
        check(170, op(OpStatus::Ok), 30);
    }

    fn op(status: OpStatus) -> EventKind {
        EventKind::OpEnd { op: 1, status, took_us: 30 }
    }

    #[test]
    fn a_failover_is_cut_into_phases_that_add_up() {
        let phases =
            [(Phase::Detect, 50), (Phase::Election, 20), (Phase::Replay, 10), (Phase::ClientRetry, 30)]
                .map(|(phase, us)| PhaseTime { phase, us })
                .to_vec();
        check(
            &[
                (1, Some(1), EventKind::BecameLeader { term: 1, votes: 2, voters: 3 }),
                (35, None, op(OpStatus::Ok)),
                (90, Some(2), EventKind::Killed),
                (100, Some(1), EventKind::Killed),
                (110, None, op(OpStatus::Ok)),
                (120, None, op(OpStatus::Info)),
                (130, None, op(OpStatus::Fail)),
                (150, Some(3), EventKind::Campaigned { term: 2 }),
                (160, Some(3), EventKind::Campaigned { term: 3 }),
                (170, Some(3), EventKind::BecameLeader { term: 3, votes: 2, voters: 3 }),
                (180, Some(3), EventKind::Committed { index: 4, term: 3 }),
                (210, None, op(OpStatus::Ok)),
                (220, None, op(OpStatus::Ok)),
            ],
            &[
                None,
                None,
                None,
                None,
                None,
                Some(EventKind::ServiceLost { fault_us: 100 }),
                None,
                None,
                None,
                None,
                None,
                Some(EventKind::ServiceRestored { rto_us: 110, phases, failed: 2 }),
                None,
            ],
        );
    }

    #[test]
    fn a_fault_that_no_request_notices_is_no_outage() {
        check(
            &[
                (1, Some(1), EventKind::BecameLeader { term: 1, votes: 2, voters: 3 }),
                (2, Some(2), EventKind::Killed),
                (39, None, op(OpStatus::Ok)),
                (50, None, op(OpStatus::Fail)),
            ],
            &[None, None, None, None],
        );
    }
}
