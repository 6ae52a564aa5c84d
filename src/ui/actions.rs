//! What the learner can ask for, and how it is asked of the session.
//!
//! Guarantees: one list for buttons and keys; what is refused is said, never swallowed. Leaves out: time (`transport`)
//! and selection (the stage).

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

/// Bytes of an unfinished write that reach each disk when all power is cut.
const TORN_BYTES: u64 = 7;
/// Documents of an import, and rows a batch, where the run does not say.
const IMPORT_ROWS: u64 = 100_000;
const BATCH_ROWS: u64 = 1_000;

/// What the learner can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Insert so many rows.
    Insert(u64),
    /// Query the first ten rows.
    QueryFirstTen,
    /// Check count, samples, range and dimensions.
    Prove,
    /// End the worker on the spot.
    PullPlug,
    /// Open again on the same data.
    Reopen,
    /// Kill whoever leads.
    KillLeader,
    /// Kill until three are down, the leader first.
    KillThree,
    /// Restart whoever is down.
    RestartAll,
    /// Cut all power at once, and give it back.
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
    /// Take the writer's place from another tab.
    TakeOver,
    /// Ask whether to erase.
    AskErase,
    /// Erase what is stored and open anew.
    Erase,
    /// Keep rows in the browser, or in memory only; opens anew.
    Keep(bool),
    /// Seal, checkpoint, truncate the log, build indexes.
    Flush,
    /// Search what is nearest to the first row.
    Search,
    /// Delete the rows below id 100.
    DeleteHundred,
    /// Write segments anew without their deleted rows.
    Compact,
    /// Import documents, or go on where the log says.
    Import,
    /// Flip a bit in the newest log file.
    FlipBit,
    /// Let power fail at the next such moment; none to disarm.
    CrashAt(Option<Moment>),
    /// Give the engine its power back.
    RestartEngine,
    /// Measure what a batch is worth.
    MeasureBatches,
    /// Measure how long recovery takes.
    MeasureRecovery,
    /// Reckon what other disks would change.
    MeasureDisks,
    /// Give the engine another disk, by its place among the presets.
    Disk(usize),
    /// So many rows a batch from here on.
    BatchRows(u64),
    /// So many documents an import from here on.
    ImportRows(u64),
    /// Stop measuring.
    StopMeasuring,
    /// Download a backup.
    Backup,
    /// Choose a backup to restore.
    PickBackup,
    /// Restore the one that was chosen.
    Restore,
    /// Do not.
    DropBackup,
    /// Take a node's disk away.
    Wipe(NodeId),
    /// Flip a bit on a node's disk.
    Damage(NodeId),
    /// Hand leadership over to a node.
    Transfer(NodeId),
    /// Let a node stand for election.
    Campaign(NodeId),
    /// Lose, repeat and reorder so many of a thousand packets.
    Weather(u16, u16, u16),
    /// Switch a rule.
    Rule(Rule, bool),
    /// Switch all rules on.
    RulesOn,
    /// Fold the rules out or in.
    FoldRules,
    /// Look at a rule, or away from it.
    PickRule(Rule),
    /// Search for a schedule that breaks what a rule protects; with none, anything with all rules on.
    Hunt(Option<Rule>),
    /// Stop searching.
    StopHunt,
    /// Replay the run that the last search found.
    Replay,
    /// Show the invariants.
    ShowInvariants,
    /// Do something to a cluster.
    Cluster(PodAction),
    /// Do something to two regions.
    Region(RegionIntent),
}

impl Act {
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

    /// Whether it makes sense now: a plug can be pulled from what runs, and only what is off can be opened.
    pub(crate) fn possible(self, running: bool, stopped: bool, now: Option<&Snapshot>) -> bool {
        match self {
            Self::Reopen => stopped,
            Self::KillLeader => running && now.and_then(leader).is_some(),
            Self::KillThree => running && now.is_some_and(|now| !to_kill(now).is_empty()),
            Self::RestartAll => running && now.is_some_and(|now| now.nodes.iter().any(|node| !node.alive)),
            Self::TakeOver | Self::Erase | Self::Keep(_) | Self::PickBackup | Self::AskErase => true,
            Self::RestartEngine => running && now.is_some_and(asleep),
            // What needs an engine that works; of a lone one there is one node.
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

/// Whether a lone engine has no power, though there is a worker.
pub(crate) fn asleep(now: &Snapshot) -> bool {
    matches!(now.nodes.as_slice(), [node] if !node.alive)
}

/// Whether a lone engine takes requests; a replica set says so itself.
fn awake(now: &Snapshot) -> bool {
    !matches!(now.nodes.as_slice(), [node] if !node.alive || matches!(node.role, Role::Recovering | Role::Refused))
}

/// The newest log file, counted from 0, and its middle.
fn newest(now: &Snapshot) -> Option<(u32, u64)> {
    let files = &now.wal.files;
    let last = files.last().filter(|file| file.durable_bytes > 0)?;
    Some((files.len() as u32 - 1, last.durable_bytes / 2))
}

/// What the engine's client asks for: rows a batch, documents an import.
fn asked(now: &Snapshot) -> (u64, u64) {
    let disk = now.engine.as_ref().map(|engine| engine.disk).unwrap_or_default();
    let or = |rows: u64, other: u64| if rows > 0 { rows } else { other };
    (or(disk.batch_rows, BATCH_ROWS), or(disk.import_rows, IMPORT_ROWS))
}

fn imported(now: &Snapshot, import: u64) -> u64 {
    let imports = now.engine.as_ref().map(|engine| engine.imports.as_slice()).unwrap_or_default();
    imports.iter().find(|(there, _)| *there == import).map_or(0, |(_, rows)| *rows)
}

/// How many rows an import is to have: as it was asked for since the engine was opened; else, for the log does not say, as
/// imports are asked for now, unless more of it is in.
pub(crate) fn import_total(now: &Snapshot, import: u64) -> Option<u64> {
    let totals = now.engine.as_ref().map(|engine| engine.import_totals.as_slice()).unwrap_or_default();
    let known = totals.iter().find(|(there, _)| *there == import).map(|(_, rows)| *rows);
    known.or_else(|| Some(asked(now).1).filter(|total| imported(now, import) <= *total))
}

/// Which import comes next, how far it is, and how many rows it is to have: the first that is not whole.
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
    alive.sort_unstable_by_key(|id| (Some(*id) != first, *id));
    alive.truncate(3usize.saturating_sub(down));
    alive
}

/// The commands that an action amounts to at this moment.
pub(crate) fn commands(act: Act, now: &Snapshot) -> Vec<Command> {
    let kill = |node| Command::Cluster(Action::Kill { node, torn_bytes: 0 });
    match act {
        Act::Insert(rows) => vec![Command::insert(rows, asked(now).0)],
        Act::KillLeader => leader(now).map(kill).into_iter().collect(),
        Act::KillThree => to_kill(now).into_iter().map(kill).collect(),
        Act::RestartAll => now
            .nodes
            .iter()
            .filter(|node| !node.alive)
            .map(|node| Command::Cluster(Action::Restart { node: node.id }))
            .collect(),
        // A few bytes of what was being written reach the disk, as they do when real power fails.
        Act::PowerCut => vec![Command::Cluster(Action::PowerCut { torn_bytes: TORN_BYTES })],
        Act::Kill(node) => vec![kill(node)],
        Act::Restart(node) => vec![Command::Cluster(Action::Restart { node })],
        Act::Freeze(node) => {
            let paused = now.nodes.iter().any(|facts| facts.id == node && facts.paused);
            vec![if paused {
                Command::Cluster(Action::Resume { node })
            } else {
                Command::Cluster(Action::Pause { node })
            }]
        }
        Act::Link(a, b) => vec![link(a, b, is_cut(now, a, b))],
        Act::Isolate(node) => {
            let others: Vec<NodeId> =
                now.nodes.iter().map(|facts| facts.id).filter(|id| *id != node).collect();
            let all_cut = others.iter().all(|other| is_cut(now, node, *other));
            others
                .into_iter()
                .filter(|other| is_cut(now, node, *other) == all_cut)
                .map(|other| link(node.min(other), node.max(other), all_cut))
                .collect()
        }
        Act::Client(on) => vec![Command::Cluster(Action::Client { on })],
        Act::Wipe(node) => vec![Command::Cluster(Action::Wipe { node })],
        Act::Damage(node) => {
            vec![Command::Cluster(Action::Disk { node, fault: DiskFault::BitFlip, at: 500 })]
        }
        Act::Transfer(to) => vec![Command::Cluster(Action::Transfer { to })],
        Act::Campaign(node) => vec![Command::Cluster(Action::Campaign { node })],
        Act::Weather(loss, duplicate, reorder) => {
            vec![Command::Cluster(Action::Weather(Weather { loss, duplicate, reorder }))]
        }
        Act::Rule(name, on) => vec![Command::Cluster(Action::Rule { name, on })],
        Act::RulesOn => {
            let off = now.group.iter().flat_map(|group| &group.rules_off);
            off.filter_map(|name| Rule::parse(name))
                .map(|name| Command::Cluster(Action::Rule { name, on: true }))
                .collect()
        }
        Act::Flush => vec![Command::Engine(EngineCommand::Flush { collection: default_collection() })],
        Act::DeleteHundred => {
            vec![Command::Engine(EngineCommand::Delete {
                collection: default_collection(),
                filter: "id < 100".to_owned(),
            })]
        }
        Act::Compact => vec![Command::Engine(EngineCommand::Compact {
            collection: default_collection(),
            deleted_percent: default_deleted_percent(),
        })],
        Act::Import => {
            let (import, _, rows) = import_at(now);
            vec![Command::Engine(EngineCommand::Import { rows, batch: asked(now).0, import })]
        }
        Act::Disk(place) => {
            let settings = PRESETS.get(place).map(Preset::settings).into_iter().flatten();
            settings.map(|(name, value)| set(name, value)).collect()
        }
        Act::BatchRows(rows) => vec![set("batch_rows", rows)],
        Act::ImportRows(rows) => vec![set("import_rows", rows)],
        Act::FlipBit => newest(now)
            .map(|(file, offset)| {
                Command::Engine(EngineCommand::Corrupt { file, offset, kind: Corruption::Bitflip })
            })
            .into_iter()
            .collect(),
        Act::CrashAt(moment) => vec![Command::Engine(EngineCommand::CrashAt { moment })],
        Act::RestartEngine => vec![Command::Cluster(Action::Restart { node: 1 })],
        Act::Cluster(action) => worlds::commands(action, now),
        Act::Region(action) => worlds::region_commands(action, now),
        Act::Search
        | Act::MeasureBatches
        | Act::MeasureRecovery
        | Act::MeasureDisks
        | Act::StopMeasuring
        | Act::Backup
        | Act::PickBackup
        | Act::Restore
        | Act::DropBackup
        | Act::QueryFirstTen
        | Act::Prove
        | Act::PullPlug
        | Act::Reopen
        | Act::TakeOver
        | Act::AskErase
        | Act::Erase
        | Act::FoldRules
        | Act::PickRule(_)
        | Act::Hunt(_)
        | Act::StopHunt
        | Act::Replay
        | Act::ShowInvariants
        | Act::Keep(_) => Vec::new(),
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

/// Executes an action's commands one after the other; a refusal comes back as a sentence.
pub(crate) async fn run(session: &Session, act: Act, lang: Lang) -> Result<(), String> {
    let now: Rc<Snapshot> = session.moment().unwrap_or_default();
    let all = commands(act, &now);
    // A slow disk keeps to the clock, and the clock may have been stopped.
    if matches!(act, Act::Insert(_) | Act::Import | Act::Flush | Act::DeleteHundred | Act::Compact) {
        session.pace(Pace::Play);
    }
    if all.is_empty() {
        match act {
            Act::KillLeader => return Err(lang.t("no-leader")),
            Act::RestartAll => return Err(lang.t("none-down")),
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
            // Nothing happened, so no event tells of it.
            Answer::Written { lsn: 0, .. } if act == Act::Compact => return Err(lang.t("notice-compact")),
            Answer::Written { count: 0, .. } if act == Act::DeleteHundred => {
                return Err(lang.t("notice-delete"));
            }
            _ => {}
        }
    }
    Ok(())
}
