//! A cluster's events as sentences, and which of them are worth one.
//!
//! Promises: a pod is called by its number and its kind; what every second brings is not told. Leaves out: everything
//! that runs outside a cluster (`crate::ui::narrate`).

use super::pod::{kind_text, list};
use crate::ui::format::{bytes, span};
use crate::ui::story::MarkKind;
use quorum_facade::milvus::shape::Component;
use quorum_facade::{Event, EventKind, OpStatus};
use quorum_i18n::{Arg, Lang};
use quorum_types::NodeId;

/// The sentence for an event of a cluster whose pods are of these kinds, by number from 1; none for what it does not tell.
pub fn sentence(lang: Lang, event: &Event, kinds: &[Component]) -> Option<String> {
    if kinds.is_empty() {
        return None;
    }
    let pod = name(lang, event.node.unwrap_or_default(), kinds);
    fault_sentence(lang, event, &pod, kinds)
        .or_else(|| role_sentence(lang, event, &pod))
        .or_else(|| data_sentence(lang, event, &pod))
        .or_else(|| client_sentence(lang, event, &pod))
}

/// A pod by its number and kind.
fn name(lang: Lang, id: NodeId, kinds: &[Component]) -> String {
    let kind = (id as usize).checked_sub(1).and_then(|place| kinds.get(place));
    match kind {
        Some(kind) => lang.f("mc-pod", &[("id", id.into()), ("kind", kind_text(lang, *kind).into())]),
        None => lang.t("who-client"),
    }
}

/// Pods by their names; of many the numbers alone.
fn names(lang: Lang, ids: &[NodeId], kinds: &[Component]) -> String {
    let one = |id: &NodeId| if ids.len() > 2 { format!("#{id}") } else { name(lang, *id, kinds) };
    list(lang, &ids.iter().map(one).collect::<Vec<_>>())
}

/// What was done to pods and links, and what the supervisor and the proxies made of it.
fn fault_sentence(lang: Lang, event: &Event, pod: &str, kinds: &[Component]) -> Option<String> {
    let who = ("pod", Arg::from(pod));
    Some(match &event.kind {
        EventKind::Killed => lang.f("mc-ev-killed", &[who]),
        EventKind::Restarted => lang.f("mc-ev-restarted", &[who]),
        EventKind::Paused => lang.f("mc-ev-paused", &[who]),
        EventKind::Resumed => lang.f("mc-ev-resumed", &[who]),
        EventKind::LinkCut { from, to } => {
            let ends = [("a", name(lang, *from, kinds).into()), ("b", name(lang, *to, kinds).into())];
            lang.f("mc-ev-link-cut", &ends)
        }
        EventKind::LinkHealed { from, to } => {
            let ends = [("a", name(lang, *from, kinds).into()), ("b", name(lang, *to, kinds).into())];
            lang.f("mc-ev-link-healed", &ends)
        }
        EventKind::Partitioned { side, but } if but.is_empty() => {
            lang.f("mc-ev-partitioned", &[("side", names(lang, side, kinds).into())])
        }
        EventKind::Partitioned { side, but } => lang.f(
            "mc-ev-partitioned-but",
            &[("side", names(lang, side, kinds).into()), ("but", names(lang, but, kinds).into())],
        ),
        EventKind::NetworkHealed { .. } => lang.t("mc-ev-healed"),
        EventKind::PodReady { .. } => lang.f("mc-ev-ready", &[who]),
        EventKind::ProbeMissed { misses } => lang.f("mc-ev-missed", &[who, ("n", (*misses).into())]),
        EventKind::TakenOut { .. } => lang.f("mc-ev-taken-out", &[who]),
        EventKind::RouteFailed { to } => {
            lang.f("mc-ev-route-failed", &[who, ("to", name(lang, *to, kinds).into())])
        }
        EventKind::RoutesRefreshed { nodes } => lang.f("mc-ev-routes", &[who, ("n", (*nodes).into())]),
        _ => return None,
    })
}

/// Who acts for its kind.
fn role_sentence(lang: Lang, event: &Event, pod: &str) -> Option<String> {
    let who = ("pod", Arg::from(pod));
    Some(match &event.kind {
        EventKind::RoleTaken { epoch, .. } => lang.f("mc-ev-role-taken", &[who, ("n", (*epoch).into())]),
        EventKind::RoleEnded { epoch, .. } => lang.f("mc-ev-role-ended", &[who, ("n", (*epoch).into())]),
        EventKind::LeaseExpired { .. } => lang.f("mc-ev-lease-over", &[who]),
        EventKind::ElectionTimeout { timeout_us } => {
            lang.f("mc-ev-election-timeout", &[who, ("time", span(*timeout_us).into())])
        }
        EventKind::Campaigned { term } => lang.f("mc-ev-campaigned", &[who, ("n", (*term).into())]),
        EventKind::BecameLeader { term, votes, voters } => lang.f(
            "mc-ev-leader",
            &[who, ("n", (*term).into()), ("votes", (*votes).into()), ("voters", (*voters).into())],
        ),
        EventKind::SteppedDown { term } => lang.f("mc-ev-stepped-down", &[who, ("n", (*term).into())]),
        EventKind::LostQuorum { term } => lang.f("mc-ev-lost-quorum", &[who, ("n", (*term).into())]),
        EventKind::Fenced { epoch } => lang.f("mc-ev-fenced", &[who, ("n", (*epoch).into())]),
        _ => return None,
    })
}

/// Segments and the log.
fn data_sentence(lang: Lang, event: &Event, pod: &str) -> Option<String> {
    let who = ("pod", Arg::from(pod));
    Some(match &event.kind {
        EventKind::SegmentAssigned { segment: 0, .. } => lang.f("mc-ev-growing-assigned", &[who]),
        EventKind::SegmentAssigned { segment, replica } => lang.f(
            "mc-ev-assigned",
            &[who, ("segment", (*segment).into()), ("replica", (u64::from(*replica) + 1).into())],
        ),
        EventKind::SegmentLoaded { segment: 0, took_us, .. } => {
            lang.f("mc-ev-growing-loaded", &[who, ("time", span(*took_us).into())])
        }
        EventKind::SegmentLoaded { segment, bytes: size, took_us, .. } => lang.f(
            "mc-ev-loaded",
            &[
                who,
                ("segment", (*segment).into()),
                ("bytes", bytes(lang, *size).into()),
                ("time", span(*took_us).into()),
            ],
        ),
        EventKind::ChannelReplayed { records, took_us } => {
            lang.f("mc-ev-replayed", &[who, ("n", (*records).into()), ("time", span(*took_us).into())])
        }
        _ => return None,
    })
}

/// What clients saw.
fn client_sentence(lang: Lang, event: &Event, pod: &str) -> Option<String> {
    Some(match &event.kind {
        EventKind::OpEnd { op, status: OpStatus::Fail, .. } => {
            lang.f("mc-ev-search-failed", &[("op", (*op).into())])
        }
        EventKind::OpEnd { op, status: OpStatus::Info, .. } => {
            lang.f("mc-ev-search-lost", &[("op", (*op).into())])
        }
        EventKind::InsertFailed { first_id, status: OpStatus::Info, .. } => {
            lang.f("mc-ev-insert-unknown", &[("id", (*first_id).into())])
        }
        EventKind::InsertFailed { first_id, .. } => {
            lang.f("mc-ev-insert-failed", &[("id", (*first_id).into())])
        }
        EventKind::SearchServed { op, recall_permille, partial: true, .. } => {
            let recall = format!("{}.{}%", recall_permille / 10, recall_permille % 10);
            lang.f("mc-ev-partial", &[("pod", pod.into()), ("op", (*op).into()), ("recall", recall.into())])
        }
        EventKind::BatchEnded { searches, failed, took_us } => lang.f(
            "mc-ev-batch",
            &[("n", (*searches).into()), ("failed", (*failed).into()), ("time", span(*took_us).into())],
        ),
        EventKind::Compacted { segments, .. } => lang.f("mc-ev-merged", &[("n", (*segments).into())]),
        EventKind::WriteLost { first_id, rows } => {
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
        K::PodReady { .. }
            | K::RoleTaken { .. }
            | K::WriteStep { .. }
            | K::SearchServed { .. }
            | K::ProbeMissed { .. }
    )
}

/// Whether an event deserves a sentence in a cluster, beyond what deserves one anywhere.
pub(crate) fn worth_telling(kind: &EventKind) -> bool {
    use EventKind as K;
    match kind {
        K::SearchServed { partial, .. } => *partial,
        // The writer's rows come every second; what becomes of the last stands among the instruments.
        K::WriteStep { .. }
        | K::SegmentAssigned { .. }
        | K::Acknowledged { .. }
        | K::InsertBegan { .. }
        | K::VoteGranted { .. }
        | K::VoteRefused { .. }
        | K::PreCampaigned { .. }
        | K::OpRetry { .. }
        | K::Dropped { .. }
        | K::Recovered { .. }
        | K::RecoveryBegan { .. }
        | K::SnapshotTaken { .. }
        | K::SnapshotInstalled { .. }
        | K::WalRotated { .. }
        | K::Checkpointed { .. }
        | K::FlushBegan { .. }
        | K::LogTruncated { .. } => false,
        _ => true,
    }
}

/// Whether an event only says again what the one before it said.
pub(crate) fn repeats(last: &EventKind, next: &EventKind) -> bool {
    matches!((last, next), (EventKind::RouteFailed { to }, EventKind::RouteFailed { to: again }) if to == again)
}

/// What the timeline marks of a cluster's own events.
pub(crate) fn mark(node: NodeId, kind: &EventKind) -> Option<MarkKind> {
    Some(match kind {
        EventKind::RoleTaken { .. } => MarkKind::Leader(node),
        // Which pods they were, the narration says.
        EventKind::Partitioned { .. } => MarkKind::Cut(node, node),
        EventKind::NetworkHealed { .. } => MarkKind::Heal(node, node),
        _ => return None,
    })
}
