//! The outage meter of a cluster: from the fault to the first search that succeeds after service was lost.
//!
//! Reads events only. An outage begins with the tester's first failed search after a fault and ends with the next that
//! succeeds. Searches that fail once more without a new fault are an outage of their own. Its phases end, in their order, with: the first sign that somebody noticed (a failed route, a missed check, a
//! candidacy, the end of a lease, a failed search); the last role taken; the last reader that caught up with the log; the
//! last segment loaded; the last routes refreshed; the answer. What did not happen takes no time. Promises: phases add up
//! to the RTO. Leaves out: what did not matter to a search: a phase is when something ended, not proof that it was
//! waited for.

use super::shape::Plane;
use crate::sim::event::{Event, EventKind, OpStatus, Phase, PhaseTime};
use crate::sim::outage::Outage;
use crate::types::Micros;

/// The meter.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    fault_us: Option<Micros>,
    /// Ends of the phases before the last, as far as they were seen since the fault.
    ends: [Option<Micros>; 5],
    failed: u64,
    /// Whether an outage was laid to the fault already.
    counted: bool,
    outage: Option<Outage>,
}

/// The phases in their order.
fn phases(plane: Plane) -> [Phase; 6] {
    let office = if plane == Plane::Raft { Phase::Election } else { Phase::LeaseWait };
    [Phase::Detect, office, Phase::Replay, Phase::SegmentLoad, Phase::RouteRefresh, Phase::ClientRetry]
}

impl Meter {
    /// Takes an event in; says what follows from it.
    pub(super) fn observe(&mut self, event: &Event, plane: Plane) -> Option<EventKind> {
        let now = event.t_us;
        match &event.kind {
            EventKind::Killed
            | EventKind::Paused
            | EventKind::LinkCut { .. }
            | EventKind::Partitioned { .. }
                if !self.under_way() =>
            {
                // Faults of one moment are one fault.
                if self.fault_us != Some(now) {
                    self.fault_us = Some(now);
                    self.ends = [None; 5];
                    self.failed = 0;
                    self.counted = false;
                }
            }
            EventKind::Campaigned { .. }
            | EventKind::LeaseExpired { .. }
            | EventKind::RouteFailed { .. }
            | EventKind::ProbeMissed { .. } => self.first(now),
            EventKind::RoleTaken { .. } => self.ends[1] = Some(now),
            EventKind::ChannelReplayed { .. } => self.ends[2] = Some(now),
            EventKind::SegmentLoaded { .. } => self.ends[3] = Some(now),
            EventKind::RoutesRefreshed { .. } => self.ends[4] = Some(now),
            EventKind::OpEnd { status: OpStatus::Ok, .. } => {
                return self.answered(now, plane);
            }
            EventKind::OpEnd { took_us, .. } => return self.failed(now, now - took_us),
            _ => {}
        }
        None
    }

    fn first(&mut self, now: Micros) {
        if self.fault_us.is_some() {
            self.ends[0].get_or_insert(now);
        }
    }

    fn under_way(&self) -> bool {
        self.outage.as_ref().is_some_and(|outage| outage.restored_us.is_none())
    }

    fn failed(&mut self, now: Micros, began: Micros) -> Option<EventKind> {
        // Of a fault only the first outage is counted from it; what goes wrong later is counted from where it began.
        let fault_us = if self.counted { began } else { self.fault_us? };
        self.first(now);
        self.failed += 1;
        if let Some(outage) = self.outage.as_mut().filter(|outage| outage.restored_us.is_none()) {
            outage.failed = self.failed;
            return None;
        }
        self.outage = Some(Outage {
            fault_us,
            restored_us: None,
            phases: Vec::new(),
            failed: self.failed,
            new_leader: None,
        });
        Some(EventKind::ServiceLost { fault_us })
    }

    fn answered(&mut self, now: Micros, plane: Plane) -> Option<EventKind> {
        if !self.under_way() {
            return None;
        }
        let cut = self.cut(now, plane);
        let failed = self.failed;
        let outage = self.outage.as_mut()?;
        outage.restored_us = Some(now);
        outage.phases.clone_from(&cut);
        let rto_us = now - outage.fault_us;
        // A later outage needs a later fault, or is laid to this one again.
        self.failed = 0;
        self.ends = [None; 5];
        self.counted = true;
        Some(EventKind::ServiceRestored { rto_us, phases: cut, failed })
    }

    /// The phases up to now.
    fn cut(&self, now: Micros, plane: Plane) -> Vec<PhaseTime> {
        let Some(outage) = &self.outage else { return Vec::new() };
        let mut from = outage.fault_us;
        let ends = self.ends.iter().copied().chain([Some(now)]);
        let mut cut = Vec::new();
        for (phase, end) in phases(plane).into_iter().zip(ends) {
            let end = end.filter(|end| *end > from).unwrap_or(from).min(now);
            cut.push(PhaseTime { phase, us: end - from });
            from = end;
        }
        cut.retain(|time| time.us > 0 || time.phase == Phase::ClientRetry);
        cut
    }

    /// The outage under way, or the last one.
    pub(super) fn current(&self, now: Micros, plane: Plane) -> Option<Outage> {
        let mut outage = self.outage.clone()?;
        if outage.restored_us.is_none() {
            outage.phases = self.cut(now, plane);
        }
        Some(outage)
    }
}
