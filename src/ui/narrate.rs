//! Events as sentences.
//!
//! Promises: every event that [`Story`](super::story::Story) keeps has one; it names who, what and why.
//! Leaves out: which events are kept.

use super::format::{bytes, span};
use crate::lab::{DropReason, Event, EventKind, MessageKind, Moment, OpStatus, VoteRefusal, file_name};
use crate::types::NodeId;
use crate::words::{Arg, Lang};

/// The sentence for an event. `alone` when the run has one node, which then needs no number.
pub fn sentence(lang: Lang, event: &Event, alone: bool) -> String {
    let node = event.node.unwrap_or_default();
    run_sentence(lang, event, node, alone)
        .or_else(|| engine_sentence(lang, event, node, alone))
        .or_else(|| checkpoint_sentence(lang, event))
        .or_else(|| raft_sentence(lang, event, node))
        .or_else(|| client_sentence(lang, event))
        .unwrap_or_default()
}

fn run_sentence(lang: Lang, event: &Event, node: NodeId, alone: bool) -> Option<String> {
    let who: &[(&str, Arg)] = &[("node", node.into())];
    Some(match &event.kind {
        EventKind::Opened { boot: 1, nodes } => lang.f("ev-opened-first", &[("nodes", (*nodes).into())]),
        EventKind::Opened { boot, .. } => lang.f("ev-opened-again", &[("boot", (*boot).into())]),
        EventKind::PowerCut => lang.t("ev-power-cut"),
        EventKind::Killed if alone => lang.t("ev-killed-one"),
        EventKind::Killed => lang.f("ev-killed", who),
        EventKind::Restarted if alone => lang.t("ev-restarted-one"),
        EventKind::Restarted => lang.f("ev-restarted", who),
        EventKind::Paused => lang.f("ev-paused", who),
        EventKind::Resumed => lang.f("ev-resumed", who),
        EventKind::LinkCut { from, to } => {
            lang.f("ev-link-cut", &[("from", (*from).into()), ("to", (*to).into())])
        }
        EventKind::LinkHealed { from, to } => {
            lang.f("ev-link-healed", &[("from", (*from).into()), ("to", (*to).into())])
        }
        _ => return None,
    })
}

fn engine_sentence(lang: Lang, event: &Event, node: NodeId, alone: bool) -> Option<String> {
    Some(match &event.kind {
        EventKind::WalRotated { file, first_lsn } => {
            lang.f("ev-wal-rotated", &[("file", (*file).into()), ("lsn", (*first_lsn).into())])
        }
        EventKind::RecoveryBegan { bytes: size, files } => {
            lang.f("ev-recovery-began", &[("files", (*files).into()), ("bytes", bytes(lang, *size).into())])
        }
        EventKind::TornTail { claimed_bytes, found_bytes, .. } => {
            lang.f("ev-torn", &[("claimed", (*claimed_bytes).into()), ("found", (*found_bytes).into())])
        }
        EventKind::WalCorrupt { file, offset, why } => lang.f(
            "ev-corrupt",
            &[("file", (*file).into()), ("offset", (*offset).into()), ("why", why.as_str().into())],
        ),
        EventKind::Recovered { records, lsn, .. } if !alone => lang.f(
            "ev-recovered-node",
            &[("node", node.into()), ("records", (*records).into()), ("lsn", (*lsn).into())],
        ),
        EventKind::Recovered { rows, unproven_rows, .. } if *unproven_rows > 0 => lang
            .f("ev-recovered-unproven", &[("rows", (*rows).into()), ("unproven", (*unproven_rows).into())]),
        EventKind::Recovered { records, rows, took_us, .. } => lang.f(
            "ev-recovered",
            &[("records", (*records).into()), ("rows", (*rows).into()), ("took", span(*took_us).into())],
        ),
        EventKind::InsertBegan { first_id, rows } => {
            lang.f("ev-insert-began", &[("first", (*first_id).into()), ("rows", (*rows).into())])
        }
        EventKind::Acknowledged { rows, total_rows, .. } => {
            lang.f("ev-acknowledged", &[("rows", (*rows).into()), ("total", (*total_rows).into())])
        }
        EventKind::Queried { filter, rows } if filter.is_empty() => {
            lang.f("ev-queried-all", &[("rows", (*rows).into())])
        }
        EventKind::Queried { filter, rows } => {
            lang.f("ev-queried", &[("filter", filter.as_str().into()), ("rows", (*rows).into())])
        }
        _ => return None,
    })
}

fn checkpoint_sentence(lang: Lang, event: &Event) -> Option<String> {
    Some(match &event.kind {
        EventKind::FlushBegan { segments, bytes: size } => lang
            .f("ev-flush-began", &[("segments", (*segments).into()), ("bytes", bytes(lang, *size).into())]),
        EventKind::Checkpointed { lsn, files, bytes: size, took_us } => lang.f(
            "ev-checkpointed",
            &[
                ("lsn", (*lsn).into()),
                ("files", (*files).into()),
                ("bytes", bytes(lang, *size).into()),
                ("took", span(*took_us).into()),
            ],
        ),
        EventKind::CheckpointLoaded { lsn, bytes: size, rows } => lang.f(
            "ev-checkpoint-loaded",
            &[("lsn", (*lsn).into()), ("bytes", bytes(lang, *size).into()), ("rows", (*rows).into())],
        ),
        EventKind::Sealed { .. } => lang.t("ev-sealed"),
        EventKind::Compacted { segments, .. } => lang.f("ev-compacted", &[("segments", (*segments).into())]),
        EventKind::IndexBuilt { segment, rows, took_us } => lang.f(
            "ev-index-built",
            &[("segment", (*segment).into()), ("rows", (*rows).into()), ("took", span(*took_us).into())],
        ),
        EventKind::TrapSprung { moment } => {
            lang.f("ev-trap-sprung", &[("moment", lang.t(moment_key(*moment)).into())])
        }
        EventKind::MediaDamaged { file, offset } => {
            lang.f("ev-media-damaged", &[("file", file_name(*file).into()), ("offset", (*offset).into())])
        }
        EventKind::DiskFull { bytes: size } => {
            lang.f("ev-disk-full", &[("bytes", bytes(lang, *size).into())])
        }
        EventKind::CatalogChanged { change, .. } => {
            let key = format!("change-{}", change.replace('_', "-"));
            lang.f("ev-catalog", &[("change", lang.f(&key, &[]).into())])
        }
        EventKind::Deleted { keys, .. } => lang.f("ev-deleted", &[("keys", (*keys).into())]),
        EventKind::ImportProgress { position, total, .. } => {
            let percent = *position * 100 / (*total).max(1);
            lang.f(
                "ev-import",
                &[("rows", (*position).into()), ("total", (*total).into()), ("percent", percent.into())],
            )
        }
        EventKind::Searched { vectors, rows } => {
            lang.f("ev-searched", &[("vectors", (*vectors).into()), ("rows", (*rows).into())])
        }
        _ => return None,
    })
}

/// The catalogue's name of a moment at which power can be made to fail.
pub fn moment_key(moment: Moment) -> &'static str {
    match moment {
        Moment::BeforeAppend => "moment-before-append",
        Moment::MidRecord => "moment-mid-record",
        Moment::BeforeFsync => "moment-before-fsync",
        Moment::BeforeAck => "moment-before-ack",
        Moment::DuringFlush => "moment-during-flush",
        Moment::DuringCheckpoint => "moment-during-checkpoint",
        Moment::DuringRecovery => "moment-during-recovery",
    }
}

fn raft_sentence(lang: Lang, event: &Event, node: NodeId) -> Option<String> {
    Some(match &event.kind {
        EventKind::ElectionTimeout { timeout_us } => {
            lang.f("ev-election-timeout", &[("node", node.into()), ("timeout", span(*timeout_us).into())])
        }
        EventKind::Campaigned { term } => {
            lang.f("ev-campaigned", &[("node", node.into()), ("term", (*term).into())])
        }
        EventKind::VoteGranted { candidate, term } => lang.f(
            "ev-vote-granted",
            &[("node", node.into()), ("candidate", (*candidate).into()), ("term", (*term).into())],
        ),
        EventKind::VoteRefused { candidate, why, .. } => {
            let args = [("node", node.into()), ("candidate", (*candidate).into())];
            match why {
                VoteRefusal::StaleTerm => lang.f("ev-refused-stale", &args),
                VoteRefusal::AlreadyVoted => lang.f("ev-refused-already", &args),
                VoteRefusal::LogBehind => lang.f("ev-refused-behind", &args),
            }
        }
        EventKind::BecameLeader { term, votes, voters } => lang.f(
            "ev-leader",
            &[
                ("node", node.into()),
                ("term", (*term).into()),
                ("votes", (*votes).into()),
                ("voters", (*voters).into()),
            ],
        ),
        EventKind::SteppedDown { term } => {
            lang.f("ev-stepped-down", &[("node", node.into()), ("term", (*term).into())])
        }
        EventKind::LogTruncated { from } => {
            lang.f("ev-truncated", &[("node", node.into()), ("from", (*from).into())])
        }
        EventKind::Dropped { from, to, message, why, .. } => {
            let args = [
                ("from", who(lang, *from).into()),
                ("to", who(lang, *to).into()),
                ("message", message_word(lang, *message).into()),
            ];
            match why {
                DropReason::LinkCut => lang.f("ev-dropped-cut", &args),
                DropReason::NodeDown => lang.f("ev-dropped-down", &args),
            }
        }
        _ => return None,
    })
}

fn client_sentence(lang: Lang, event: &Event) -> Option<String> {
    Some(match &event.kind {
        EventKind::OpRetry { op, attempt, to } => lang
            .f("ev-op-retry", &[("op", (*op).into()), ("attempt", (*attempt).into()), ("to", (*to).into())]),
        EventKind::OpEnd { op, status: OpStatus::Fail, .. } => lang.f("ev-op-fail", &[("op", (*op).into())]),
        EventKind::OpEnd { op, status: OpStatus::Info, .. } => lang.f("ev-op-info", &[("op", (*op).into())]),
        EventKind::ServiceLost { .. } => lang.t("ev-service-lost"),
        EventKind::ServiceRestored { rto_us, failed, .. } => {
            lang.f("ev-service-restored", &[("rto", span(*rto_us).into()), ("failed", (*failed).into())])
        }
        EventKind::InvariantBroken { name, detail } => lang
            .f("ev-invariant", &[("name", invariant(lang, name).into()), ("detail", detail.as_str().into())]),
        _ => return None,
    })
}

/// An invariant's sentence by its name; the name itself where the catalogue has none.
pub fn invariant(lang: Lang, name: &str) -> String {
    let key = format!("inv-{name}");
    let said = lang.f(&key, &[]);
    if said == key { name.replace('_', " ") } else { said }
}

/// A message's word, without figures.
pub fn message_word(lang: Lang, message: MessageKind) -> String {
    match message {
        MessageKind::Vote => lang.t("legend-vote"),
        MessageKind::VoteResp => lang.t("msg-vote-yes"),
        MessageKind::Append => lang.t("legend-append"),
        MessageKind::Heartbeat => lang.t("msg-heartbeat"),
        MessageKind::AppendResp => lang.t("msg-ack"),
        MessageKind::Request => lang.t("msg-request"),
        MessageKind::Response => lang.t("msg-response"),
    }
}

fn who(lang: Lang, node: NodeId) -> String {
    if node == 0 { lang.t("who-client") } else { lang.f("who-node", &[("node", node.into())]) }
}
