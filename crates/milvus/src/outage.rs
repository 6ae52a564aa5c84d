//! The outage meter of a cluster: from the fault to the first search that succeeds after service was lost.
//!
//! Reads events only. [`Outages`] decides which failed searches belong together and what caused them; this module
//! divides the RTO into phases and emits the events: `service_lost` with the first failed search, `service_restored`
//! with the next that succeeds. A later interruption of the same outage has both events too, and its time counts from
//! its own beginning. Phases end, in their order, with: the first sign of detection (a failed route, a missed check, a
//! candidacy, the end of a lease, a failed search); the last role taken; the last reader that caught up with the log;
//! the last segment loaded; the last routes refreshed; the answer. A phase that did not occur has length 0. Guarantees:
//! phases add up to the RTO. Leaves out: causality: a phase is when something ended, not proof that a search waited for
//! it.

use super::topology::ControlPlane;
use crate::event::{Event, EventKind, MilvusEvent};
use quorum_sim::event::{OpStatus, Phase, PhaseTime, RaftEvent, ServiceEvent};
use quorum_sim::outage::{Outage, Outages, Struck};
use quorum_types::Micros;

/// The meter.
#[derive(Clone, Debug, Default)]
pub(super) struct OutageMeter {
    fault_us: Option<Micros>,
    /// Ends of the phases before the last, as far as they were seen since the fault.
    ends: [Option<Micros>; 5],
    failed: u64,
    /// Whether an interruption was already attributed to the fault.
    counted: bool,
    /// The start of the current interruption.
    open: Option<Micros>,
    /// All outages.
    pub(super) outages: Outages,
}

/// The phases in their order.
fn phases(control_plane: ControlPlane) -> [Phase; 6] {
    let takeover = if control_plane == ControlPlane::Raft { Phase::Election } else { Phase::LeaseWait };
    [Phase::Detect, takeover, Phase::Replay, Phase::SegmentLoad, Phase::RouteRefresh, Phase::ClientRetry]
}

impl OutageMeter {
    /// Processes an event. Returns the events that follow from it.
    pub(super) fn observe(&mut self, event: &Event, control_plane: ControlPlane) -> Option<ServiceEvent> {
        let now = event.t_us;
        self.outages.see(event);
        match &event.kind {
            _ if Struck::of(event).is_some() => self.struck(now),
            EventKind::Raft(RaftEvent::Campaigned { .. })
            | EventKind::Milvus(MilvusEvent::LeaseExpired { .. })
            | EventKind::Milvus(MilvusEvent::RouteFailed { .. })
            | EventKind::Service(ServiceEvent::ProbeMissed { .. }) => self.first(now),
            EventKind::Milvus(MilvusEvent::RoleTaken { .. }) => self.ends[1] = Some(now),
            EventKind::Milvus(MilvusEvent::ChannelReplayed { .. }) => self.ends[2] = Some(now),
            EventKind::Milvus(MilvusEvent::SegmentLoaded { .. }) => self.ends[3] = Some(now),
            EventKind::Milvus(MilvusEvent::RoutesRefreshed { .. }) => self.ends[4] = Some(now),
            EventKind::Service(ServiceEvent::OpEnd { status: OpStatus::Ok, .. }) => {
                return self.answered(now, control_plane);
            }
            EventKind::Service(ServiceEvent::OpEnd { took_us, .. }) => {
                return self.failed(now, now - took_us);
            }
            _ => {}
        }
        None
    }

    /// Simultaneous faults are one fault. A fault during a later interruption is a new one; one during the first
    /// belongs to that outage.
    fn struck(&mut self, now: Micros) {
        if (self.open.is_none() || self.counted) && self.fault_us != Some(now) {
            self.open = None;
            self.fault_us = Some(now);
            self.ends = [None; 5];
            self.failed = 0;
            self.counted = false;
        }
    }

    fn first(&mut self, now: Micros) {
        if self.fault_us.is_some() {
            self.ends[0].get_or_insert(now);
        }
    }

    fn failed(&mut self, now: Micros, began: Micros) -> Option<ServiceEvent> {
        // Only the first interruption is counted from the fault; later ones are counted from their own beginning.
        let fault_us = if self.counted { began } else { self.fault_us? };
        self.first(now);
        self.failed += 1;
        if self.open.is_some() {
            return None;
        }
        self.open = Some(fault_us);
        Some(ServiceEvent::ServiceLost { fault_us })
    }

    fn answered(&mut self, now: Micros, control_plane: ControlPlane) -> Option<ServiceEvent> {
        let from_us = self.open.take()?;
        let (phases, failed) = (self.cut(from_us, now, control_plane), self.failed);
        let first = |outage: &&mut Outage| outage.fault_us == from_us && outage.restored_us == Some(now);
        if let Some(outage) = self.outages.newest().filter(first) {
            outage.phases.clone_from(&phases);
        }
        // A later interruption needs a later fault, or is attributed to this one again.
        self.failed = 0;
        self.ends = [None; 5];
        self.counted = true;
        Some(ServiceEvent::ServiceRestored { rto_us: now - from_us, phases, failed })
    }

    /// The phases from a moment up to now.
    fn cut(&self, from_us: Micros, now: Micros, control_plane: ControlPlane) -> Vec<PhaseTime> {
        let mut from = from_us;
        let ends = self.ends.iter().copied().chain([Some(now)]);
        let mut cut = Vec::new();
        for (phase, end) in phases(control_plane).into_iter().zip(ends) {
            let end = end.filter(|end| *end > from).unwrap_or(from).min(now);
            cut.push(PhaseTime { phase, us: end - from });
            from = end;
        }
        cut.retain(|time| time.us > 0 || time.phase == Phase::ClientRetry);
        cut
    }

    /// The outage that the last fault caused: the current or the last one.
    pub(super) fn current(&self, now: Micros, control_plane: ControlPlane) -> Option<Outage> {
        let mut outage = self.outages.last()?.clone();
        if outage.restored_us.is_none() {
            outage.phases = self.cut(outage.fault_us, now, control_plane);
        }
        Some(outage)
    }
}
