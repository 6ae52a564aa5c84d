//! Causes that no message carried: silence, and periodic checks that find what happened since the last one.
//!
//! The event queue knows which step scheduled which ([`quorum_sim::event_queue`]). It does not know why a message did
//! *not* arrive, nor what a periodic check found. For such events this module names the kind of earlier event that
//! explains them: an election timeout follows from the fault that silenced the leader, a takeover from the end of the
//! previous holder's lease. Guarantees: the cause is the latest earlier event of the trace that fits. Leaves out:
//! causes that were scheduled (`why`).

use super::causes::Because;
use super::event::{
    DropReason, Event, EventKind, FaultEvent, MilvusEvent, NetworkEvent, OpStatus, RaftEvent, RegionEvent,
    ServiceEvent, StorageEvent,
};
use quorum_types::NodeId;

/// What explains an event.
pub(super) struct Antecedent {
    /// How the cause leads to it.
    pub(super) because: Because,
    /// Whether an earlier event is the cause.
    pub(super) fits: Box<dyn Fn(&Event) -> bool>,
}

fn silence(fits: impl Fn(&Event) -> bool + 'static) -> Option<Antecedent> {
    Some(Antecedent { because: Because::Silence, fits: Box::new(fits) })
}

fn follows(fits: impl Fn(&Event) -> bool + 'static) -> Option<Antecedent> {
    Some(Antecedent { because: Because::Follows, fits: Box::new(fits) })
}

/// The kinds of event that explain this one, if it has causes that were not scheduled. `leader` is the node that the
/// trace last saw elected.
pub(super) fn antecedent(event: &Event, leader: Option<NodeId>) -> Option<Antecedent> {
    let node = event.node;
    match &event.kind {
        EventKind::Raft(RaftEvent::ElectionTimeout { .. }) => match leader.filter(|_| leader != node) {
            Some(leader) => silence(move |earlier| silences(earlier, leader, node)),
            None => follows(move |earlier| starts(earlier, node)),
        },
        EventKind::Raft(RaftEvent::LostQuorum { .. }) => silence(is_fault),
        EventKind::Service(service) => of_service(service, node),
        EventKind::Storage(StorageEvent::RecoveryBegan { .. }) => {
            follows(move |earlier| starts(earlier, node))
        }
        EventKind::Milvus(milvus) => of_milvus(milvus, node),
        EventKind::Region(region) => of_region(region),
        _ => None,
    }
}

/// Whether an event silences `from` for `to`, or for everyone.
fn silences(event: &Event, from: NodeId, to: Option<NodeId>) -> bool {
    let on = |node: NodeId| event.node == Some(node);
    match &event.kind {
        EventKind::Fault(FaultEvent::Killed | FaultEvent::Paused | FaultEvent::DiskLost) => on(from),
        EventKind::Fault(FaultEvent::PowerCut) => true,
        EventKind::Fault(FaultEvent::ClockSet { .. }) => on(from) || event.node == to,
        EventKind::Raft(RaftEvent::SteppedDown { .. } | RaftEvent::LostQuorum { .. }) => on(from),
        EventKind::Milvus(MilvusEvent::Exited { .. }) => on(from),
        EventKind::Network(network) => match network {
            NetworkEvent::LinkCut { from: cut, to: end }
            | NetworkEvent::LinkClogged { from: cut, to: end, .. } => {
                *cut == from && to.is_none_or(|to| to == *end)
            }
            NetworkEvent::Dropped { from: sender, to: end, why, .. } => {
                *sender == from && to.is_none_or(|to| to == *end) && *why == DropReason::Lost
            }
            NetworkEvent::Partitioned { side, .. } => {
                to.is_none_or(|to| side.contains(&from) != side.contains(&to))
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether a node began to run with this event.
fn starts(event: &Event, node: Option<NodeId>) -> bool {
    match &event.kind {
        EventKind::Fault(FaultEvent::Opened { .. }) => true,
        EventKind::Fault(FaultEvent::Restarted | FaultEvent::Resumed) => event.node == node,
        _ => false,
    }
}

/// Whether an event is a fault, of a node, a link, a disk or a region.
pub(super) fn is_fault(event: &Event) -> bool {
    match &event.kind {
        EventKind::Fault(fault) => !matches!(
            fault,
            FaultEvent::Opened { .. }
                | FaultEvent::Restarted
                | FaultEvent::Resumed
                | FaultEvent::TrapSprung { .. }
        ),
        EventKind::Network(
            NetworkEvent::LinkCut { .. }
            | NetworkEvent::LinkClogged { .. }
            | NetworkEvent::WeatherChanged { .. }
            | NetworkEvent::Partitioned { .. },
        ) => true,
        EventKind::Milvus(MilvusEvent::Exited { .. } | MilvusEvent::ObjectsLost { .. }) => true,
        EventKind::Region(
            RegionEvent::RegionLost { .. }
            | RegionEvent::RegionIsolated { .. }
            | RegionEvent::RegionLink { .. }
            | RegionEvent::MistakeMade { .. }
            | RegionEvent::SurpriseFelt { .. },
        ) => true,
        _ => false,
    }
}

/// Whether an event stops a node from answering.
fn stops(event: &Event, node: Option<NodeId>) -> bool {
    node.is_some_and(|node| silences(event, node, None))
}

fn of_service(event: &ServiceEvent, node: Option<NodeId>) -> Option<Antecedent> {
    match event {
        ServiceEvent::ServiceLost { fault_us } => {
            let at_us = *fault_us;
            silence(move |earlier| earlier.t_us <= at_us && is_fault(earlier))
        }
        ServiceEvent::ServiceRestored { .. } => follows(|earlier| {
            matches!(earlier.kind, EventKind::Service(ServiceEvent::OpEnd { status: OpStatus::Ok, .. }))
                || matches!(
                    earlier.kind,
                    EventKind::Milvus(MilvusEvent::RoutesRefreshed { .. } | MilvusEvent::RoleTaken { .. })
                        | EventKind::Region(RegionEvent::ClientMoved { .. } | RegionEvent::Promoted { .. })
                )
        }),
        ServiceEvent::OpEnd { status: OpStatus::Fail | OpStatus::Info, .. } => silence(is_fault),
        ServiceEvent::ProbeMissed { .. } => {
            if node.is_some() {
                silence(move |earlier| stops(earlier, node))
            } else {
                silence(is_fault)
            }
        }
        _ => None,
    }
}

fn of_milvus(event: &MilvusEvent, node: Option<NodeId>) -> Option<Antecedent> {
    match event {
        MilvusEvent::LeaseExpired { .. } => silence(move |earlier| stops(earlier, node)),
        MilvusEvent::Exited { .. } => follows(move |earlier| {
            earlier.node == node
                && matches!(earlier.kind, EventKind::Milvus(MilvusEvent::LeaseExpired { .. }))
                || stops(earlier, node)
        }),
        MilvusEvent::TakenOut { .. } => follows(move |earlier| {
            earlier.node == node
                && matches!(earlier.kind, EventKind::Service(ServiceEvent::ProbeMissed { .. }))
        }),
        MilvusEvent::RoleTaken { role, .. } => {
            let role = role.clone();
            follows(move |earlier| match &earlier.kind {
                EventKind::Milvus(MilvusEvent::RoleEnded { role: ended, .. }) => *ended == role,
                EventKind::Milvus(
                    MilvusEvent::LeaseExpired { component } | MilvusEvent::TakenOut { component },
                ) => *component == role,
                EventKind::Milvus(MilvusEvent::PodReady { .. }) => earlier.node == node,
                _ => false,
            })
        }
        MilvusEvent::RoleEnded { .. } => follows(move |earlier| {
            earlier.node == node
                && matches!(earlier.kind, EventKind::Milvus(MilvusEvent::LeaseExpired { .. }))
                || stops(earlier, node)
        }),
        MilvusEvent::RouteFailed { to } => {
            let to = Some(*to);
            silence(move |earlier| stops(earlier, to))
        }
        MilvusEvent::RoutesRefreshed { .. } => follows(|earlier| {
            matches!(
                earlier.kind,
                EventKind::Milvus(
                    MilvusEvent::SegmentLoaded { .. }
                        | MilvusEvent::RouteFailed { .. }
                        | MilvusEvent::TakenOut { .. }
                        | MilvusEvent::RoleTaken { .. }
                        | MilvusEvent::PodReady { .. }
                )
            )
        }),
        MilvusEvent::SegmentAssigned { .. } => follows(|earlier| {
            matches!(
                earlier.kind,
                EventKind::Milvus(
                    MilvusEvent::TakenOut { .. }
                        | MilvusEvent::LeaseExpired { .. }
                        | MilvusEvent::PodReady { .. }
                        | MilvusEvent::RoleTaken { .. }
                ) | EventKind::Storage(StorageEvent::Sealed { .. })
            )
        }),
        MilvusEvent::WriteLost { .. } | MilvusEvent::Fenced { .. } => {
            follows(|earlier| matches!(earlier.kind, EventKind::Milvus(MilvusEvent::RoleTaken { .. })))
        }
        MilvusEvent::InsertFailed { .. } => silence(is_fault),
        _ => None,
    }
}

fn of_region(event: &RegionEvent) -> Option<Antecedent> {
    match event {
        RegionEvent::StepBegan { .. } => follows(|earlier| {
            matches!(
                earlier.kind,
                EventKind::Region(RegionEvent::StepEnded { .. } | RegionEvent::RunbookBegan { .. })
            )
        }),
        RegionEvent::StepEnded { step, .. } => {
            let step = *step;
            follows(
                move |earlier| matches!(&earlier.kind, EventKind::Region(RegionEvent::StepBegan { step: began, .. }) if *began == step),
            )
        }
        RegionEvent::RunbookBegan { .. } | RegionEvent::AlertRaised { .. } => follows(|earlier| {
            matches!(
                earlier.kind,
                EventKind::Service(ServiceEvent::ProbeMissed { .. } | ServiceEvent::ServiceLost { .. })
            ) || is_fault(earlier)
        }),
        RegionEvent::Promoted { .. }
        | RegionEvent::Demoted { .. }
        | RegionEvent::DnsChanged { .. }
        | RegionEvent::BackupRestored { .. }
        | RegionEvent::RunbookEnded { .. }
        | RegionEvent::FailedBack { .. } => follows(|earlier| {
            matches!(
                earlier.kind,
                EventKind::Region(RegionEvent::StepBegan { .. } | RegionEvent::RunbookBegan { .. })
            )
        }),
        RegionEvent::ClientMoved { .. } => {
            follows(|earlier| matches!(earlier.kind, EventKind::Region(RegionEvent::DnsChanged { .. })))
        }
        RegionEvent::BackupEnded { backup, .. } | RegionEvent::BackupFailed { backup, .. } => {
            let backup = *backup;
            follows(
                move |earlier| matches!(&earlier.kind, EventKind::Region(RegionEvent::BackupBegan { backup: began, .. }) if *began == backup),
            )
        }
        RegionEvent::WriteDied { .. } => follows(|earlier| {
            matches!(
                earlier.kind,
                EventKind::Region(RegionEvent::Promoted { .. } | RegionEvent::RegionLost { .. })
            )
        }),
        RegionEvent::ReadEnd { status: OpStatus::Fail | OpStatus::Info, .. } => silence(is_fault),
        _ => None,
    }
}
