//! Which intents are possible at a moment, and the facts of the moment that decide it.
//!
//! Guarantees: what is offered and what is sent are decided by the same facts. Leaves out: actions on pods and on
//! regions (`milvus::pod_actions`, `regions::region_actions`), and how commands are sent (`actions`).

use super::cluster::leader;
use super::intent::Intent;
use quorum_facade::snapshot::{Role, Snapshot};
use quorum_types::NodeId;
use quorum_types::sort::sort_by_key;

/// Documents per import, and rows per batch, where the run does not say.
const IMPORT_ROWS: u64 = 100_000;
const BATCH_ROWS: u64 = 1_000;

impl Intent {
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
pub(crate) fn newest(now: &Snapshot) -> Option<(u32, u64)> {
    let files = &now.wal.files;
    let last = files.last().filter(|file| file.durable_bytes > 0)?;
    Some((files.len() as u32 - 1, last.durable_bytes / 2))
}

/// The settings of the engine's client: rows per batch, documents per import.
pub(crate) fn asked(now: &Snapshot) -> (u64, u64) {
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
pub(crate) fn to_kill(now: &Snapshot) -> Vec<NodeId> {
    let down = now.nodes.iter().filter(|node| !node.alive).count();
    let first = leader(now);
    let mut alive: Vec<NodeId> = now.nodes.iter().filter(|node| node.alive).map(|node| node.id).collect();
    sort_by_key(&mut alive, |id| (Some(*id) != first, *id));
    alive.truncate(3usize.saturating_sub(down));
    alive
}

/// Whether the link between two nodes is cut in either direction.
pub(crate) fn is_cut(now: &Snapshot, a: NodeId, b: NodeId) -> bool {
    now.cut.iter().any(|&pair| pair == (a, b) || pair == (b, a))
}
