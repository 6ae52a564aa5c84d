//! A cluster's events as sentences.
//!
//! Guarantees: a pod is named by its number and its kind. Leaves out: which events are narrated
//! (`quorum_facade::news`), and everything that runs outside a cluster (`crate::ui::narrate`).

use super::pod::{kind_text, list};
use crate::ui::format::{bytes, span};
use crate::ui::marks::MarkKind;
use crate::ui::narrate::{drift, jump};
use quorum_facade::milvus::topology::Component;
use quorum_facade::{
    Event, EventKind, FaultEvent, MilvusEvent, NetworkEvent, OpStatus, RaftEvent, ServiceEvent, StorageEvent,
};
use quorum_i18n::{Arg, Lang};
use quorum_types::NodeId;

/// The sentence for an event of a cluster whose pods are of these kinds, by number from 1; none for an event that is
/// not narrated.
pub fn sentence(lang: Lang, event: &Event, kinds: &[Component]) -> Option<String> {
    if kinds.is_empty() {
        return None;
    }
    let pod = name(lang, event.node.unwrap_or_default(), kinds);
    fault_sentence(lang, event, &pod, kinds)
        .or_else(|| role_sentence(lang, event, &pod))
        .or_else(|| data_sentence(lang, event, &pod))
        .or_else(|| client_sentence(lang, event, &pod))
        .or_else(|| super::kept::sentence(lang, event, &pod))
}

/// A pod by its number and kind.
pub(crate) fn name(lang: Lang, id: NodeId, kinds: &[Component]) -> String {
    let kind = (id as usize).checked_sub(1).and_then(|place| kinds.get(place));
    match kind {
        Some(kind) => lang.f("mc-pod", &[("id", id.into()), ("kind", kind_text(lang, *kind).into())]),
        None => lang.t("who-client"),
    }
}

/// Pods by their names; of many, only the numbers.
fn names(lang: Lang, ids: &[NodeId], kinds: &[Component]) -> String {
    let one = |id: &NodeId| if ids.len() > 2 { format!("#{id}") } else { name(lang, *id, kinds) };
    list(lang, &ids.iter().map(one).collect::<Vec<_>>())
}

/// Actions on pods and links, and the reactions of the supervisor and the proxies.
fn fault_sentence(lang: Lang, event: &Event, pod: &str, kinds: &[Component]) -> Option<String> {
    let who = ("pod", Arg::from(pod));
    Some(match &event.kind {
        EventKind::Fault(FaultEvent::Killed) => lang.f("mc-ev-killed", &[who]),
        EventKind::Fault(FaultEvent::Restarted) => lang.f("mc-ev-restarted", &[who]),
        EventKind::Fault(FaultEvent::Paused) => lang.f("mc-ev-paused", &[who]),
        EventKind::Fault(FaultEvent::Resumed) => lang.f("mc-ev-resumed", &[who]),
        EventKind::Fault(FaultEvent::ClockSet { drift_ppm: 0, jump_us: 0 }) => {
            lang.f("mc-ev-clock-right", &[who])
        }
        EventKind::Fault(FaultEvent::ClockSet { drift_ppm, jump_us }) => {
            let (drift, jump) = (drift(*drift_ppm), jump(*jump_us));
            lang.f("mc-ev-clock", &[who, ("drift", drift.into()), ("jump", jump.into())])
        }
        EventKind::Network(NetworkEvent::LinkCut { from, to }) => {
            let ends = [("a", name(lang, *from, kinds).into()), ("b", name(lang, *to, kinds).into())];
            lang.f("mc-ev-link-cut", &ends)
        }
        EventKind::Network(NetworkEvent::LinkHealed { from, to }) => {
            let ends = [("a", name(lang, *from, kinds).into()), ("b", name(lang, *to, kinds).into())];
            lang.f("mc-ev-link-healed", &ends)
        }
        EventKind::Network(NetworkEvent::Partitioned { side, but }) if but.is_empty() => {
            lang.f("mc-ev-partitioned", &[("side", names(lang, side, kinds).into())])
        }
        EventKind::Network(NetworkEvent::Partitioned { side, but }) => lang.f(
            "mc-ev-partitioned-but",
            &[("side", names(lang, side, kinds).into()), ("but", names(lang, but, kinds).into())],
        ),
        EventKind::Network(NetworkEvent::NetworkHealed { .. }) => lang.t("mc-ev-healed"),
        EventKind::Milvus(MilvusEvent::PodReady { .. }) => lang.f("mc-ev-ready", &[who]),
        EventKind::Service(ServiceEvent::ProbeMissed { misses }) => {
            lang.f("mc-ev-missed", &[who, ("n", (*misses).into())])
        }
        EventKind::Milvus(MilvusEvent::TakenOut { .. }) => lang.f("mc-ev-taken-out", &[who]),
        EventKind::Milvus(MilvusEvent::RouteFailed { to }) => {
            lang.f("mc-ev-route-failed", &[who, ("to", name(lang, *to, kinds).into())])
        }
        EventKind::Milvus(MilvusEvent::RoutesRefreshed { nodes }) => {
            lang.f("mc-ev-routes", &[who, ("n", (*nodes).into())])
        }
        _ => return None,
    })
}

/// Which pod is active for its kind.
fn role_sentence(lang: Lang, event: &Event, pod: &str) -> Option<String> {
    let who = ("pod", Arg::from(pod));
    Some(match &event.kind {
        EventKind::Milvus(MilvusEvent::RoleTaken { epoch, .. }) => {
            lang.f("mc-ev-role-taken", &[who, ("n", (*epoch).into())])
        }
        EventKind::Milvus(MilvusEvent::RoleEnded { epoch, .. }) => {
            lang.f("mc-ev-role-ended", &[who, ("n", (*epoch).into())])
        }
        EventKind::Milvus(MilvusEvent::LeaseExpired { .. }) => lang.f("mc-ev-lease-over", &[who]),
        EventKind::Milvus(MilvusEvent::Exited { .. }) => lang.f("mc-ev-exited", &[who]),
        EventKind::Raft(RaftEvent::ElectionTimeout { timeout_us }) => {
            lang.f("mc-ev-election-timeout", &[who, ("time", span(*timeout_us).into())])
        }
        EventKind::Raft(RaftEvent::Campaigned { term }) => {
            lang.f("mc-ev-campaigned", &[who, ("n", (*term).into())])
        }
        EventKind::Raft(RaftEvent::BecameLeader { term, votes, voters }) => lang.f(
            "mc-ev-leader",
            &[who, ("n", (*term).into()), ("votes", (*votes).into()), ("voters", (*voters).into())],
        ),
        EventKind::Raft(RaftEvent::SteppedDown { term }) => {
            lang.f("mc-ev-stepped-down", &[who, ("n", (*term).into())])
        }
        EventKind::Raft(RaftEvent::LostQuorum { term }) => {
            lang.f("mc-ev-lost-quorum", &[who, ("n", (*term).into())])
        }
        EventKind::Milvus(MilvusEvent::Fenced { epoch }) => {
            lang.f("mc-ev-fenced", &[who, ("n", (*epoch).into())])
        }
        _ => return None,
    })
}

/// Segments and the log.
fn data_sentence(lang: Lang, event: &Event, pod: &str) -> Option<String> {
    let who = ("pod", Arg::from(pod));
    Some(match &event.kind {
        EventKind::Milvus(MilvusEvent::SegmentAssigned { segment: 0, .. }) => {
            lang.f("mc-ev-growing-assigned", &[who])
        }
        EventKind::Milvus(MilvusEvent::SegmentAssigned { segment, replica }) => lang.f(
            "mc-ev-assigned",
            &[who, ("segment", (*segment).into()), ("replica", (u64::from(*replica) + 1).into())],
        ),
        EventKind::Milvus(MilvusEvent::SegmentLoaded { segment: 0, took_us, .. }) => {
            lang.f("mc-ev-growing-loaded", &[who, ("time", span(*took_us).into())])
        }
        EventKind::Milvus(MilvusEvent::SegmentLoaded { segment, bytes: size, took_us, .. }) => lang.f(
            "mc-ev-loaded",
            &[
                who,
                ("segment", (*segment).into()),
                ("bytes", bytes(lang, *size).into()),
                ("time", span(*took_us).into()),
            ],
        ),
        EventKind::Milvus(MilvusEvent::ChannelReplayed { records, took_us }) => {
            lang.f("mc-ev-replayed", &[who, ("n", (*records).into()), ("time", span(*took_us).into())])
        }
        _ => return None,
    })
}

/// What clients saw.
fn client_sentence(lang: Lang, event: &Event, pod: &str) -> Option<String> {
    Some(match &event.kind {
        EventKind::Service(ServiceEvent::OpEnd { op, status: OpStatus::Fail, .. }) => {
            lang.f("mc-ev-search-failed", &[("op", (*op).into())])
        }
        EventKind::Service(ServiceEvent::OpEnd { op, status: OpStatus::Info, .. }) => {
            lang.f("mc-ev-search-lost", &[("op", (*op).into())])
        }
        EventKind::Milvus(MilvusEvent::InsertFailed { first_id, status: OpStatus::Info, .. }) => {
            lang.f("mc-ev-insert-unknown", &[("id", (*first_id).into())])
        }
        EventKind::Milvus(MilvusEvent::InsertFailed { first_id, .. }) => {
            lang.f("mc-ev-insert-failed", &[("id", (*first_id).into())])
        }
        EventKind::Milvus(MilvusEvent::SearchServed { op, recall_permille, partial: true, .. }) => {
            let recall = format!("{}.{}%", recall_permille / 10, recall_permille % 10);
            lang.f("mc-ev-partial", &[("pod", pod.into()), ("op", (*op).into()), ("recall", recall.into())])
        }
        EventKind::Service(ServiceEvent::BatchEnded { searches, failed, took_us }) => lang.f(
            "mc-ev-batch",
            &[("n", (*searches).into()), ("failed", (*failed).into()), ("time", span(*took_us).into())],
        ),
        EventKind::Storage(StorageEvent::Compacted { segments, .. }) => {
            lang.f("mc-ev-merged", &[("n", (*segments).into())])
        }
        EventKind::Milvus(MilvusEvent::WriteLost { first_id, rows }) => {
            lang.f("mc-ev-write-lost", &[("id", (*first_id).into()), ("rows", (*rows).into())])
        }
        _ => return None,
    })
}

/// Whether an event can only come from a cluster.
pub(crate) fn tells_a_cluster(kind: &EventKind) -> bool {
    use EventKind as K;
    matches!(
        kind,
        K::Milvus(MilvusEvent::PodReady { .. })
            | K::Milvus(MilvusEvent::RoleTaken { .. })
            | K::Milvus(MilvusEvent::WriteStep { .. })
            | K::Milvus(MilvusEvent::SearchServed { .. })
            | K::Service(ServiceEvent::ProbeMissed { .. })
    )
}

/// Whether an event only repeats the previous one.
pub(crate) fn repeats(last: &EventKind, next: &EventKind) -> bool {
    matches!(
        (last, next),
        (
            EventKind::Milvus(MilvusEvent::RouteFailed { to }),
            EventKind::Milvus(MilvusEvent::RouteFailed { to: again })
        ) if to == again
    )
}

/// The timeline marks of a cluster's own events.
pub(crate) fn mark(node: NodeId, kind: &EventKind) -> Option<MarkKind> {
    Some(match kind {
        EventKind::Milvus(MilvusEvent::RoleTaken { .. }) => MarkKind::Leader(node),
        // The narration names the pods.
        EventKind::Network(NetworkEvent::Partitioned { .. }) => MarkKind::Cut(node, node),
        EventKind::Network(NetworkEvent::NetworkHealed { .. }) => MarkKind::Heal(node, node),
        _ => return None,
    })
}
