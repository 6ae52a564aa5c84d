//! Events as sentences.
//!
//! Guarantees: every event that [`Story`](super::story::Story) keeps has a sentence, which names who, what and why.
//! Leaves out: which events are kept.

use super::format::{bytes, span};
use quorum_facade::snapshot::Invariant;
use quorum_facade::{
    DropReason, EngineEvent, Event, EventKind, FaultEvent, MessageKind, Moment, NetworkEvent, OpStatus,
    RaftEvent, ServiceEvent, StorageEvent, VoteRefusal, file_name,
};
use quorum_i18n::{Arg, Lang, damage, say_known};
use quorum_types::NodeId;

/// The sentence for an event. `alone` when the run has one node, which then needs no number.
pub fn sentence(lang: Lang, event: &Event, alone: bool) -> String {
    let node = event.node.unwrap_or_default();
    run_sentence(lang, event, node, alone)
        .or_else(|| engine_sentence(lang, event, node, alone))
        .or_else(|| checkpoint_sentence(lang, event))
        .or_else(|| fault_sentence(lang, event, node))
        .or_else(|| raft_sentence(lang, event, node))
        .or_else(|| group_sentence(lang, event, node))
        .or_else(|| client_sentence(lang, event))
        .unwrap_or_default()
}

fn run_sentence(lang: Lang, event: &Event, node: NodeId, alone: bool) -> Option<String> {
    let who: &[(&str, Arg)] = &[("node", node.into())];
    Some(match &event.kind {
        EventKind::Fault(FaultEvent::Opened { boot: 1, nodes }) => {
            lang.f("ev-opened-first", &[("nodes", (*nodes).into())])
        }
        EventKind::Fault(FaultEvent::Opened { boot, .. }) => {
            lang.f("ev-opened-again", &[("boot", (*boot).into())])
        }
        EventKind::Fault(FaultEvent::PowerCut) => lang.t("ev-power-cut"),
        EventKind::Fault(FaultEvent::Killed) if alone => lang.t("ev-killed-one"),
        EventKind::Fault(FaultEvent::Killed) => lang.f("ev-killed", who),
        EventKind::Fault(FaultEvent::Restarted) if alone => lang.t("ev-restarted-one"),
        EventKind::Fault(FaultEvent::Restarted) => lang.f("ev-restarted", who),
        EventKind::Fault(FaultEvent::Paused) => lang.f("ev-paused", who),
        EventKind::Fault(FaultEvent::Resumed) => lang.f("ev-resumed", who),
        EventKind::Network(NetworkEvent::LinkCut { from, to }) => {
            lang.f("ev-link-cut", &[("from", (*from).into()), ("to", (*to).into())])
        }
        EventKind::Network(NetworkEvent::LinkHealed { from, to }) => {
            lang.f("ev-link-healed", &[("from", (*from).into()), ("to", (*to).into())])
        }
        _ => return None,
    })
}

fn engine_sentence(lang: Lang, event: &Event, node: NodeId, alone: bool) -> Option<String> {
    Some(match &event.kind {
        EventKind::Storage(StorageEvent::WalRotated { file, first_lsn }) => {
            lang.f("ev-wal-rotated", &[("file", (*file).into()), ("lsn", (*first_lsn).into())])
        }
        EventKind::Storage(StorageEvent::RecoveryBegan { bytes: size, files }) => {
            lang.f("ev-recovery-began", &[("files", (*files).into()), ("bytes", bytes(lang, *size).into())])
        }
        EventKind::Storage(StorageEvent::TornTail { claimed_bytes, found_bytes, .. }) => {
            lang.f("ev-torn", &[("claimed", (*claimed_bytes).into()), ("found", (*found_bytes).into())])
        }
        EventKind::Storage(StorageEvent::WalCorrupt { file, offset, why }) => lang.f(
            "ev-corrupt",
            &[("file", (*file).into()), ("offset", (*offset).into()), ("why", damage(lang, why).into())],
        ),
        EventKind::Storage(StorageEvent::Recovered { records, lsn, .. }) if !alone => lang.f(
            "ev-recovered-node",
            &[("node", node.into()), ("records", (*records).into()), ("lsn", (*lsn).into())],
        ),
        EventKind::Storage(StorageEvent::Recovered { rows, unproven_rows, .. }) if *unproven_rows > 0 => lang
            .f("ev-recovered-unproven", &[("rows", (*rows).into()), ("unproven", (*unproven_rows).into())]),
        EventKind::Storage(StorageEvent::Recovered { records, rows, took_us, .. }) => lang.f(
            "ev-recovered",
            &[("records", (*records).into()), ("rows", (*rows).into()), ("took", span(*took_us).into())],
        ),
        EventKind::Engine(EngineEvent::InsertBegan { first_id, rows }) => {
            lang.f("ev-insert-began", &[("first", (*first_id).into()), ("rows", (*rows).into())])
        }
        EventKind::Engine(EngineEvent::Acknowledged { rows, total_rows, .. }) => {
            lang.f("ev-acknowledged", &[("rows", (*rows).into()), ("total", (*total_rows).into())])
        }
        EventKind::Engine(EngineEvent::Queried { filter, rows }) if filter.is_empty() => {
            lang.f("ev-queried-all", &[("rows", (*rows).into())])
        }
        EventKind::Engine(EngineEvent::Queried { filter, rows }) => {
            lang.f("ev-queried", &[("filter", filter.as_str().into()), ("rows", (*rows).into())])
        }
        _ => return None,
    })
}

fn checkpoint_sentence(lang: Lang, event: &Event) -> Option<String> {
    Some(match &event.kind {
        EventKind::Storage(StorageEvent::FlushBegan { segments, bytes: size }) => lang
            .f("ev-flush-began", &[("segments", (*segments).into()), ("bytes", bytes(lang, *size).into())]),
        EventKind::Storage(StorageEvent::Checkpointed { lsn, files, bytes: size, took_us }) => lang.f(
            "ev-checkpointed",
            &[
                ("lsn", (*lsn).into()),
                ("files", (*files).into()),
                ("bytes", bytes(lang, *size).into()),
                ("took", span(*took_us).into()),
            ],
        ),
        EventKind::Storage(StorageEvent::CheckpointLoaded { lsn, bytes: size, rows }) => lang.f(
            "ev-checkpoint-loaded",
            &[("lsn", (*lsn).into()), ("bytes", bytes(lang, *size).into()), ("rows", (*rows).into())],
        ),
        EventKind::Storage(StorageEvent::Sealed { .. }) => lang.t("ev-sealed"),
        EventKind::Storage(StorageEvent::Compacted { segments, .. }) => {
            lang.f("ev-compacted", &[("segments", (*segments).into())])
        }
        EventKind::Storage(StorageEvent::IndexBuilt { segment, rows, took_us }) => lang.f(
            "ev-index-built",
            &[("segment", (*segment).into()), ("rows", (*rows).into()), ("took", span(*took_us).into())],
        ),
        EventKind::Storage(StorageEvent::IndexRead { segment, rows, bytes: size, took_us }) => lang.f(
            "ev-index-read",
            &[
                ("segment", (*segment).into()),
                ("rows", (*rows).into()),
                ("bytes", bytes(lang, *size).into()),
                ("took", span(*took_us).into()),
            ],
        ),
        EventKind::Storage(StorageEvent::IndexRefused { segment, file, offset }) => lang.f(
            "ev-index-refused",
            &[
                ("segment", (*segment).into()),
                ("file", file_name(*file).into()),
                ("offset", (*offset).into()),
            ],
        ),
        EventKind::Fault(FaultEvent::TrapSprung { moment }) => {
            lang.f("ev-trap-sprung", &[("moment", lang.t(moment_key(*moment)).into())])
        }
        EventKind::Storage(StorageEvent::MediaDamaged { file, offset }) => {
            lang.f("ev-media-damaged", &[("file", file_name(*file).into()), ("offset", (*offset).into())])
        }
        EventKind::Storage(StorageEvent::DiskFull { bytes: size }) => {
            lang.f("ev-disk-full", &[("bytes", bytes(lang, *size).into())])
        }
        EventKind::Engine(EngineEvent::CatalogChanged { change, .. }) => {
            let key = format!("change-{}", change.replace('_', "-"));
            lang.f("ev-catalog", &[("change", lang.f(&key, &[]).into())])
        }
        EventKind::Engine(EngineEvent::Deleted { keys, .. }) => {
            lang.f("ev-deleted", &[("keys", (*keys).into())])
        }
        EventKind::Engine(EngineEvent::ImportProgress { position, total, .. }) => {
            let percent = *position * 100 / (*total).max(1);
            lang.f(
                "ev-import",
                &[("rows", (*position).into()), ("total", (*total).into()), ("percent", percent.into())],
            )
        }
        EventKind::Engine(EngineEvent::Searched { vectors, rows }) => {
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
        EventKind::Raft(RaftEvent::ElectionTimeout { timeout_us }) => {
            lang.f("ev-election-timeout", &[("node", node.into()), ("timeout", span(*timeout_us).into())])
        }
        EventKind::Raft(RaftEvent::Campaigned { term }) => {
            lang.f("ev-campaigned", &[("node", node.into()), ("term", (*term).into())])
        }
        EventKind::Raft(RaftEvent::VoteGranted { candidate, term }) => lang.f(
            "ev-vote-granted",
            &[("node", node.into()), ("candidate", (*candidate).into()), ("term", (*term).into())],
        ),
        EventKind::Raft(RaftEvent::VoteRefused { candidate, why, .. }) => {
            let args = [("node", node.into()), ("candidate", (*candidate).into())];
            match why {
                VoteRefusal::StaleTerm => lang.f("ev-refused-stale", &args),
                VoteRefusal::AlreadyVoted => lang.f("ev-refused-already", &args),
                VoteRefusal::LogBehind => lang.f("ev-refused-behind", &args),
                VoteRefusal::LeaderAlive => lang.f("ev-refused-alive", &args),
                VoteRefusal::Impaired => lang.f("ev-refused-impaired", &args),
            }
        }
        EventKind::Raft(RaftEvent::BecameLeader { term, votes, voters }) => lang.f(
            "ev-leader",
            &[
                ("node", node.into()),
                ("term", (*term).into()),
                ("votes", (*votes).into()),
                ("voters", (*voters).into()),
            ],
        ),
        EventKind::Raft(RaftEvent::SteppedDown { term }) => {
            lang.f("ev-stepped-down", &[("node", node.into()), ("term", (*term).into())])
        }
        EventKind::Raft(RaftEvent::LogTruncated { from }) => {
            lang.f("ev-truncated", &[("node", node.into()), ("from", (*from).into())])
        }
        EventKind::Network(NetworkEvent::Dropped { from, to, message, why, .. }) => {
            let args = [
                ("from", who(lang, *from).into()),
                ("to", who(lang, *to).into()),
                ("message", message_word(lang, *message).into()),
            ];
            match why {
                DropReason::LinkCut => lang.f("ev-dropped-cut", &args),
                DropReason::NodeDown => lang.f("ev-dropped-down", &args),
                DropReason::Lost => lang.f("ev-dropped-lost", &args),
            }
        }
        _ => return None,
    })
}

/// Actions on nodes, disks, clocks and links other than power and cuts.
fn fault_sentence(lang: Lang, event: &Event, node: NodeId) -> Option<String> {
    let who: &[(&str, Arg)] = &[("node", node.into())];
    Some(match &event.kind {
        EventKind::Network(NetworkEvent::LinkClogged { from, to, us }) => lang
            .f("ev-clogged", &[("from", (*from).into()), ("to", (*to).into()), ("time", span(*us).into())]),
        EventKind::Network(NetworkEvent::WeatherChanged { loss: 0, duplicate: 0, reorder: 0 }) => {
            lang.t("ev-weather-calm")
        }
        EventKind::Network(NetworkEvent::WeatherChanged { loss, duplicate, reorder }) => lang.f(
            "ev-weather",
            &[
                ("loss", percent(*loss).into()),
                ("duplicate", percent(*duplicate).into()),
                ("reorder", percent(*reorder).into()),
            ],
        ),
        EventKind::Fault(FaultEvent::DiskLost) => lang.f("ev-disk-lost", who),
        EventKind::Fault(FaultEvent::DiskFault { fault }) => lang.f(
            "ev-disk-fault",
            &[("node", node.into()), ("fault", lang.f(&format!("fault-{fault}"), &[]).into())],
        ),
        EventKind::Fault(FaultEvent::ClockSet { drift_ppm: 0, jump_us: 0 }) => lang.f("ev-clock-right", who),
        EventKind::Fault(FaultEvent::ClockSet { drift_ppm, jump_us }) => lang.f(
            "ev-clock",
            &[("node", node.into()), ("drift", drift(*drift_ppm).into()), ("jump", jump(*jump_us).into())],
        ),
        EventKind::Fault(FaultEvent::RuleSwitched { rule, on }) => {
            let args = [("rule", lang.f(&format!("rule-{rule}"), &[]).into())];
            if *on { lang.f("ev-rule-on", &args) } else { lang.f("ev-rule-off", &args) }
        }
        EventKind::Fault(FaultEvent::BudgetExceeded { .. }) => lang.t("ev-budget"),
        _ => return None,
    })
}

/// A count per thousand, as a percentage.
pub(crate) fn percent(of_1000: u16) -> String {
    match of_1000 % 10 {
        0 => format!("{}%", of_1000 / 10),
        rest => format!("{}.{rest}%", of_1000 / 10),
    }
}

/// How much faster a clock runs, with its sign: parts per million, as a percentage where they are many.
pub(crate) fn drift(ppm: i64) -> String {
    let sign = if ppm < 0 { "−" } else { "+" };
    let much = ppm.unsigned_abs();
    if much >= 10_000 { format!("{sign}{}%", much / 10_000) } else { format!("{sign}{much} ppm") }
}

/// How far a clock jumps, with its sign.
pub(crate) fn jump(us: i64) -> String {
    let sign = if us < 0 { "−" } else { "+" };
    format!("{sign}{}", span(us.unsigned_abs()))
}

/// Nodes as a list.
pub(crate) fn nodes(list: &[NodeId]) -> String {
    let names: Vec<String> = list.iter().map(|id| format!("S{id}")).collect();
    if names.is_empty() { "–".to_owned() } else { names.join(" ") }
}

/// Pre-votes, snapshots, membership, leadership transfer, repair.
fn group_sentence(lang: Lang, event: &Event, node: NodeId) -> Option<String> {
    let at = |index: u64| [("node", node.into()), ("index", index.into())];
    let in_term = |term: u64| [("node", node.into()), ("term", term.into())];
    Some(match &event.kind {
        EventKind::Raft(RaftEvent::PreCampaigned { term }) => lang.f("ev-precampaigned", &in_term(*term)),
        EventKind::Raft(RaftEvent::LostQuorum { term }) => lang.f("ev-lost-quorum", &in_term(*term)),
        EventKind::Raft(RaftEvent::SnapshotTaken { index }) => lang.f("ev-snapshot-taken", &at(*index)),
        EventKind::Raft(RaftEvent::SnapshotInstalled { index, .. }) => {
            lang.f("ev-snapshot-installed", &at(*index))
        }
        EventKind::Raft(RaftEvent::ConfChanged { voters, outgoing, learners, .. }) => {
            let args = [
                ("node", node.into()),
                ("voters", nodes(voters).into()),
                ("outgoing", nodes(outgoing).into()),
                ("learners", nodes(learners).into()),
            ];
            match (outgoing.is_empty(), learners.is_empty()) {
                (false, _) => lang.f("ev-conf-joint", &args),
                (true, false) => lang.f("ev-conf-learners", &args),
                (true, true) => lang.f("ev-conf", &args),
            }
        }
        EventKind::Raft(RaftEvent::TransferBegan { to }) => {
            lang.f("ev-transfer", &[("node", node.into()), ("to", (*to).into())])
        }
        EventKind::Raft(RaftEvent::RepairBegan) => lang.f("ev-repair-began", &[("node", node.into())]),
        EventKind::Raft(RaftEvent::RepairEnded { index }) => lang.f("ev-repair-ended", &at(*index)),
        _ => return None,
    })
}

fn client_sentence(lang: Lang, event: &Event) -> Option<String> {
    Some(match &event.kind {
        EventKind::Service(ServiceEvent::ClientStopped { writes }) => {
            lang.f("ev-client-stopped", &[("n", (*writes).into())])
        }
        EventKind::Service(ServiceEvent::OpRetry { op, attempt, to }) => lang
            .f("ev-op-retry", &[("op", (*op).into()), ("attempt", (*attempt).into()), ("to", (*to).into())]),
        EventKind::Service(ServiceEvent::OpEnd { op, status: OpStatus::Fail, .. }) => {
            lang.f("ev-op-fail", &[("op", (*op).into())])
        }
        EventKind::Service(ServiceEvent::OpEnd { op, status: OpStatus::Info, .. }) => {
            lang.f("ev-op-info", &[("op", (*op).into())])
        }
        EventKind::Service(ServiceEvent::ServiceLost { .. }) => lang.t("ev-service-lost"),
        EventKind::Service(ServiceEvent::ServiceRestored { rto_us, failed, .. }) => {
            lang.f("ev-service-restored", &[("rto", span(*rto_us).into()), ("failed", (*failed).into())])
        }
        EventKind::Service(ServiceEvent::InvariantBroken { name, .. }) => {
            lang.f("ev-invariant", &[("name", invariant(lang, name).into())])
        }
        _ => return None,
    })
}

/// An invariant's sentence by its name; the name itself where the catalogue has none.
pub fn invariant(lang: Lang, name: &str) -> String {
    let key = format!("inv-{name}");
    say_known(lang, &key, &[]).unwrap_or_else(|| name.replace('_', " "))
}

/// An invariant's statement as a sentence; nothing where the catalogue has none.
pub fn invariant_sentence(lang: Lang, name: &str) -> String {
    say_known(lang, &format!("invariant-{name}"), &[]).unwrap_or_default()
}

/// What broke an invariant, in a sentence; where the catalogue has none, the invariant's statement.
pub fn breach(lang: Lang, one: &Invariant) -> Option<String> {
    let mut words = one.breach.as_deref()?.split(' ');
    let key = format!("broke-{}", words.next().unwrap_or_default());
    let figures = words.filter_map(|figure| figure.split_once('='));
    let args: Vec<(&str, Arg)> =
        figures.map(|(name, n)| (name, n.parse::<u64>().unwrap_or_default().into())).collect();
    Some(say_known(lang, &key, &args).unwrap_or_else(|| invariant_sentence(lang, &one.name)))
}

/// A message's word, without figures.
pub fn message_word(lang: Lang, message: MessageKind) -> String {
    match message {
        MessageKind::Vote => lang.t("legend-vote"),
        MessageKind::VoteResp => lang.t("msg-vote-yes"),
        MessageKind::Append => lang.t("legend-append"),
        MessageKind::Heartbeat => lang.t("msg-heartbeat"),
        MessageKind::AppendResp => lang.t("msg-ack"),
        MessageKind::Prevote => lang.t("msg-prevote"),
        MessageKind::PrevoteResp => lang.t("msg-vote-yes"),
        MessageKind::HeartbeatResp => lang.t("msg-heartbeat-resp"),
        MessageKind::Snapshot => lang.t("msg-snapshot"),
        MessageKind::SnapshotResp => lang.t("msg-ack"),
        MessageKind::TimeoutNow => lang.t("msg-timeout-now"),
        MessageKind::ReadIndex => lang.t("msg-read-index"),
        MessageKind::ReadIndexResp => lang.t("msg-read-index-resp"),
        MessageKind::Propose => lang.t("msg-propose"),
        MessageKind::ProposeResp => lang.t("msg-ack"),
        MessageKind::Recover => lang.t("msg-recover"),
        MessageKind::RecoverResp => lang.t("msg-recover-resp"),
        MessageKind::Request => lang.t("msg-request"),
        MessageKind::Response => lang.t("msg-response"),
    }
}

fn who(lang: Lang, node: NodeId) -> String {
    if node == 0 { lang.t("who-client") } else { lang.f("who-node", &[("node", node.into())]) }
}
