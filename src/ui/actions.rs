//! The learner's intents, and how they are turned into commands and sent to the session.
//!
//! Guarantees: one list for buttons and keys; every refusal is shown. Leaves out: time (`transport`) and selection (the
//! stage).

use std::rc::Rc;

use super::cluster::leader;
use super::worlds::{self, PodAction, RegionIntent};
use crate::web::session::Session;
use crate::web::wire::Pace;
use quorum_facade::command::{DiskFault, Weather, default_collection, default_deleted_percent};
use quorum_facade::disks::{PRESETS, Preset};
use quorum_facade::snapshot::{Role, Snapshot};
use quorum_facade::{Action, Answer, Command, Control, Corruption, EngineCommand, Moment, Rule};
use quorum_i18n::{Lang, refused};
use quorum_types::NodeId;
use quorum_types::sort::sort_by_key;

/// Bytes of an unfinished write that reach each disk when all power is cut.
const TORN_BYTES: u64 = 7;
/// Documents per import, and rows per batch, where the run does not say.
const IMPORT_ROWS: u64 = 100_000;
const BATCH_ROWS: u64 = 1_000;

/// What the learner asks for with a button or a key.
///
/// An intent is not a `Command`: it names what the page offers, without the details that depend on the moment. Some
/// intents become one command (`Kill`), some several (`KillThree`, by who leads now), and some none, because they
/// concern the page alone (`AskErase`, `FoldRules`). `commands` reads the newest snapshot to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Insert this many rows.
    Insert(u64),
    /// Query the first ten rows.
    QueryFirstTen,
    /// Check count, samples, range and dimensions.
    Prove,
    /// Terminate the worker immediately.
    PullPlug,
    /// Open again on the same data.
    Reopen,
    /// Kill the leader.
    KillLeader,
    /// Kill until three are down, the leader first.
    KillThree,
    /// Restart all nodes that are down.
    RestartAll,
    /// Cut all power at once, and restore it.
    PowerCut,
    /// Kill a node.
    Kill(NodeId),
    /// Restart a node.
    Restart(NodeId),
    /// Freeze or thaw a node.
    Freeze(NodeId),
    /// Cut or heal a link.
    Link(NodeId, NodeId),
    /// Cut all links of a node, or heal them when all are cut.
    Isolate(NodeId),
    /// Start or stop the client.
    Client(bool),
    /// Take over the writer's role from another tab.
    TakeOver,
    /// Ask whether to erase.
    AskErase,
    /// Erase the stored data and open again.
    Erase,
    /// Keep rows in the browser, or in memory only; opens again.
    Keep(bool),
    /// Seal, checkpoint, truncate the log, build indexes.
    Flush,
    /// Search for the rows nearest to the first row.
    Search,
    /// Delete the rows below id 100.
    DeleteHundred,
    /// Rewrite segments without their deleted rows.
    Compact,
    /// Import documents, or resume where the log ends.
    Import,
    /// Flip a bit in the newest log file.
    FlipBit,
    /// Cut the power at the next such moment; none to disarm.
    CrashAt(Option<Moment>),
    /// Restore the engine's power.
    RestartEngine,
    /// Measure the effect of the batch size.
    MeasureBatches,
    /// Measure how long recovery takes.
    MeasureRecovery,
    /// Compute what other disks would change.
    MeasureDisks,
    /// Give the engine another disk, by its index among the presets.
    Disk(usize),
    /// Set the number of rows per batch.
    BatchRows(u64),
    /// Set the number of documents per import.
    ImportRows(u64),
    /// Stop measuring.
    StopMeasuring,
    /// Download a backup.
    Backup,
    /// Choose a backup to restore.
    PickBackup,
    /// Restore the chosen backup.
    Restore,
    /// Discard the chosen backup.
    DropBackup,
    /// Wipe a node's disk.
    Wipe(NodeId),
    /// Flip a bit on a node's disk.
    Damage(NodeId),
    /// Transfer leadership to a node.
    Transfer(NodeId),
    /// Make a node stand for election.
    Campaign(NodeId),
    /// Lose, duplicate and reorder this many packets per thousand.
    Weather(u16, u16, u16),
    /// Switch a rule.
    Rule(Rule, bool),
    /// Switch all rules on.
    RulesOn,
    /// Expand or collapse the rules.
    FoldRules,
    /// Show or hide the details of a rule.
    PickRule(Rule),
    /// Search for a schedule that breaks what a rule protects; with none, any violation with all rules on.
    ScheduleSearch(Option<Rule>),
    /// Stop searching.
    StopScheduleSearch,
    /// Replay the run that the last search found.
    Replay,
    /// Show the invariants.
    ShowInvariants,
    /// An action on a cluster.
    Cluster(PodAction),
    /// An action on two regions.
    Region(RegionIntent),
}

impl Intent {
    /// A lesson's action by its name in manifests and in the document.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "insert-1000" => Self::Insert(1_000),
            "insert-10000" => Self::Insert(10_000),
            "query-first-ten" => Self::QueryFirstTen,
            "prove" => Self::Prove,
            "pull-plug" => Self::PullPlug,
            "reopen" => Self::Reopen,
            "kill-leader" => Self::KillLeader,
            "kill-three" => Self::KillThree,
            "restart-all" => Self::RestartAll,
            "power-cut" => Self::PowerCut,
            "flush" => Self::Flush,
            "search" => Self::Search,
            "delete-hundred" => Self::DeleteHundred,
            "compact" => Self::Compact,
            "import-100000" => Self::Import,
            "flip-bit" => Self::FlipBit,
            "crash-before-append" => Self::CrashAt(Some(Moment::BeforeAppend)),
            "crash-mid-record" => Self::CrashAt(Some(Moment::MidRecord)),
            "crash-before-fsync" => Self::CrashAt(Some(Moment::BeforeFsync)),
            "crash-before-ack" => Self::CrashAt(Some(Moment::BeforeAck)),
            "crash-during-flush" => Self::CrashAt(Some(Moment::DuringFlush)),
            "crash-during-checkpoint" => Self::CrashAt(Some(Moment::DuringCheckpoint)),
            "crash-during-recovery" => Self::CrashAt(Some(Moment::DuringRecovery)),
            "restart-engine" => Self::RestartEngine,
            "measure-batches" => Self::MeasureBatches,
            "measure-recovery" => Self::MeasureRecovery,
            _ => return None,
        })
    }

    /// Whether it is possible now: only a running engine can be stopped, and only a stopped one can be opened.
    pub(crate) fn possible(self, running: bool, stopped: bool, now: Option<&Snapshot>) -> bool {
        match self {
            Self::Reopen => stopped,
            Self::KillLeader => running && now.and_then(leader).is_some(),
            Self::KillThree => running && now.is_some_and(|now| !to_kill(now).is_empty()),
            Self::RestartAll => running && now.is_some_and(|now| now.nodes.iter().any(|node| !node.alive)),
            Self::TakeOver | Self::Erase | Self::Keep(_) | Self::PickBackup | Self::AskErase => true,
            Self::RestartEngine => running && now.is_some_and(asleep),
            // These need a working engine; a run of a lone engine has one node.
            Self::Insert(_) | Self::QueryFirstTen | Self::Prove | Self::Flush | Self::Import => {
                running && now.is_none_or(awake)
            }
            Self::Search | Self::DeleteHundred | Self::Compact => {
                running && now.is_some_and(|now| awake(now) && now.rows.visible > 0)
            }
            Self::FlipBit => running && now.is_some_and(|now| newest(now).is_some()),
            _ => running,
        }
    }
}

/// Whether a lone engine has no power, though its worker runs.
pub(crate) fn asleep(now: &Snapshot) -> bool {
    matches!(now.nodes.as_slice(), [node] if !node.alive)
}

/// Whether a lone engine accepts requests; a replica set decides for itself.
fn awake(now: &Snapshot) -> bool {
    !matches!(now.nodes.as_slice(), [node] if !node.alive || matches!(node.role, Role::Recovering | Role::Refused))
}

/// The newest log file, counted from 0, and its middle offset.
fn newest(now: &Snapshot) -> Option<(u32, u64)> {
    let files = &now.wal.files;
    let last = files.last().filter(|file| file.durable_bytes > 0)?;
    Some((files.len() as u32 - 1, last.durable_bytes / 2))
}

/// The settings of the engine's client: rows per batch, documents per import.
fn asked(now: &Snapshot) -> (u64, u64) {
    let disk = now.engine.as_ref().map(|engine| engine.disk).unwrap_or_default();
    let or = |rows: u64, other: u64| if rows > 0 { rows } else { other };
    (or(disk.batch_rows, BATCH_ROWS), or(disk.import_rows, IMPORT_ROWS))
}

fn imported(now: &Snapshot, import: u64) -> u64 {
    let imports = now.engine.as_ref().map(|engine| engine.imports.as_slice()).unwrap_or_default();
    imports.iter().find(|(there, _)| *there == import).map_or(0, |(_, rows)| *rows)
}

/// The total number of rows of an import: as requested since the engine was opened; otherwise, because the log does not
/// say, the current import size, unless the import has more rows already.
pub(crate) fn import_total(now: &Snapshot, import: u64) -> Option<u64> {
    let totals = now.engine.as_ref().map(|engine| engine.import_totals.as_slice()).unwrap_or_default();
    let known = totals.iter().find(|(there, _)| *there == import).map(|(_, rows)| *rows);
    known.or_else(|| Some(asked(now).1).filter(|total| imported(now, import) <= *total))
}

/// The next import, its progress, and its total number of rows: the first that is incomplete.
pub(crate) fn import_at(now: &Snapshot) -> (u64, u64, u64) {
    let total = |import: u64| import_total(now, import).unwrap_or(0);
    let next = (1..=1_000).find(|import| imported(now, *import) < total(*import)).unwrap_or(1);
    (next, imported(now, next), import_total(now, next).unwrap_or(asked(now).1))
}

/// The nodes to kill so that three are down, the leader first.
fn to_kill(now: &Snapshot) -> Vec<NodeId> {
    let down = now.nodes.iter().filter(|node| !node.alive).count();
    let first = leader(now);
    let mut alive: Vec<NodeId> = now.nodes.iter().filter(|node| node.alive).map(|node| node.id).collect();
    sort_by_key(&mut alive, |id| (Some(*id) != first, *id));
    alive.truncate(3usize.saturating_sub(down));
    alive
}

/// The commands for an action at this moment.
pub(crate) fn commands(intent: Intent, now: &Snapshot) -> Vec<Command> {
    let kill = |node| Command::Cluster(Action::Kill { node, torn_bytes: 0, sectors: None });
    match intent {
        Intent::Insert(rows) => vec![Command::insert(rows, asked(now).0)],
        Intent::KillLeader => leader(now).map(kill).into_iter().collect(),
        Intent::KillThree => to_kill(now).into_iter().map(kill).collect(),
        Intent::RestartAll => now
            .nodes
            .iter()
            .filter(|node| !node.alive)
            .map(|node| Command::Cluster(Action::Restart { node: node.id }))
            .collect(),
        // A few bytes of the current write reach the disk, as in a real power failure.
        Intent::PowerCut => {
            vec![Command::Cluster(Action::PowerCut { torn_bytes: TORN_BYTES, sectors: None })]
        }
        Intent::Kill(node) => vec![kill(node)],
        Intent::Restart(node) => vec![Command::Cluster(Action::Restart { node })],
        Intent::Freeze(node) => {
            let paused = now.nodes.iter().any(|facts| facts.id == node && facts.paused);
            vec![if paused {
                Command::Cluster(Action::Resume { node })
            } else {
                Command::Cluster(Action::Pause { node })
            }]
        }
        Intent::Link(a, b) => vec![link(a, b, is_cut(now, a, b))],
        Intent::Isolate(node) => {
            let others: Vec<NodeId> =
                now.nodes.iter().map(|facts| facts.id).filter(|id| *id != node).collect();
            let all_cut = others.iter().all(|other| is_cut(now, node, *other));
            others
                .into_iter()
                .filter(|other| is_cut(now, node, *other) == all_cut)
                .map(|other| link(node.min(other), node.max(other), all_cut))
                .collect()
        }
        Intent::Client(on) => vec![Command::Cluster(Action::Client { on })],
        Intent::Wipe(node) => vec![Command::Cluster(Action::Wipe { node })],
        Intent::Damage(node) => {
            vec![Command::Cluster(Action::Disk { node, fault: DiskFault::BitFlip, at: 500 })]
        }
        Intent::Transfer(to) => vec![Command::Cluster(Action::Transfer { to })],
        Intent::Campaign(node) => vec![Command::Cluster(Action::Campaign { node })],
        Intent::Weather(loss, duplicate, reorder) => {
            vec![Command::Cluster(Action::Weather(Weather { loss, duplicate, reorder }))]
        }
        Intent::Rule(name, on) => vec![Command::Cluster(Action::Rule { name, on })],
        Intent::RulesOn => {
            let off = now.group.iter().flat_map(|group| &group.rules_off);
            off.filter_map(|name| Rule::parse(name))
                .map(|name| Command::Cluster(Action::Rule { name, on: true }))
                .collect()
        }
        Intent::Flush => vec![Command::Engine(EngineCommand::Flush { collection: default_collection() })],
        Intent::DeleteHundred => {
            vec![Command::Engine(EngineCommand::Delete {
                collection: default_collection(),
                filter: "id < 100".to_owned(),
            })]
        }
        Intent::Compact => vec![Command::Engine(EngineCommand::Compact {
            collection: default_collection(),
            deleted_percent: default_deleted_percent(),
        })],
        Intent::Import => {
            let (import, _, rows) = import_at(now);
            vec![Command::Engine(EngineCommand::Import { rows, batch: asked(now).0, import })]
        }
        Intent::Disk(place) => {
            let settings = PRESETS.get(place).map(Preset::settings).into_iter().flatten();
            settings.map(|(name, value)| set(name, value)).collect()
        }
        Intent::BatchRows(rows) => vec![set("batch_rows", rows)],
        Intent::ImportRows(rows) => vec![set("import_rows", rows)],
        Intent::FlipBit => newest(now)
            .map(|(file, offset)| {
                Command::Engine(EngineCommand::Corrupt { file, offset, kind: Corruption::Bitflip })
            })
            .into_iter()
            .collect(),
        Intent::CrashAt(moment) => vec![Command::Engine(EngineCommand::CrashAt { moment })],
        Intent::RestartEngine => vec![Command::Cluster(Action::Restart { node: 1 })],
        Intent::Cluster(action) => worlds::commands(action, now),
        Intent::Region(action) => worlds::region_commands(action, now),
        Intent::Search
        | Intent::MeasureBatches
        | Intent::MeasureRecovery
        | Intent::MeasureDisks
        | Intent::StopMeasuring
        | Intent::Backup
        | Intent::PickBackup
        | Intent::Restore
        | Intent::DropBackup
        | Intent::QueryFirstTen
        | Intent::Prove
        | Intent::PullPlug
        | Intent::Reopen
        | Intent::TakeOver
        | Intent::AskErase
        | Intent::Erase
        | Intent::FoldRules
        | Intent::PickRule(_)
        | Intent::ScheduleSearch(_)
        | Intent::StopScheduleSearch
        | Intent::Replay
        | Intent::ShowInvariants
        | Intent::Keep(_) => Vec::new(),
    }
}

fn set(name: &str, value: u64) -> Command {
    Command::Control(Control::Set { name: name.to_owned(), value })
}

fn link(from: NodeId, to: NodeId, heal: bool) -> Command {
    if heal {
        Command::Cluster(Action::HealLink { from: Some(from), to: Some(to) })
    } else {
        Command::Cluster(Action::Cut { from, to, one_way: false })
    }
}

/// Whether the link between two nodes is cut in either direction.
pub(crate) fn is_cut(now: &Snapshot, a: NodeId, b: NodeId) -> bool {
    now.cut.iter().any(|&pair| pair == (a, b) || pair == (b, a))
}

/// Executes an action's commands one after the other; a refusal is returned as a sentence.
pub(crate) async fn run(session: &Session, intent: Intent, lang: Lang) -> Result<(), String> {
    let now: Rc<Snapshot> = session.moment().unwrap_or_default();
    let all = commands(intent, &now);
    // A slow disk depends on the clock, and the clock may be stopped.
    if matches!(
        intent,
        Intent::Insert(_) | Intent::Import | Intent::Flush | Intent::DeleteHundred | Intent::Compact
    ) {
        session.pace(Pace::Play);
    }
    if all.is_empty() {
        match intent {
            Intent::KillLeader => return Err(lang.t("no-leader")),
            Intent::RestartAll => return Err(lang.t("none-down")),
            _ => {}
        }
    }
    for command in all {
        match session.execute(command).await {
            Answer::Refused { code, .. } if code == "power_cut" || code == "unplugged" => {
                return Err(lang.t("notice-power-cut"));
            }
            Answer::Refused { code, .. } if code == "not_in_this_lesson" => {
                return Err(lang.t("co-not-allowed"));
            }
            Answer::Refused { code, error, .. } => {
                let error = refused(lang, &code, &error);
                return Err(lang.f("notice-refused", &[("error", error.into())]));
            }
            // Nothing happened, so no event reports it.
            Answer::Written { lsn: 0, .. } if intent == Intent::Compact => {
                return Err(lang.t("notice-compact"));
            }
            Answer::Written { count: 0, .. } if intent == Intent::DeleteHundred => {
                return Err(lang.t("notice-delete"));
            }
            _ => {}
        }
    }
    Ok(())
}
