//! Tracks every client write by number, and which acknowledged ones are lost.
//!
//! Guarantees: a write is lost if it was acknowledged and no reachable region has it among the writes of its contents;
//! each lost one has the place where it was lost. Leaves out: writes that were never acknowledged.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Regions;
use super::action::Region;
use super::rows::COLLECTIONS;
use super::rules::Rule;
use super::snapshot::LostFacts;
use crate::event::RegionEvent;
use quorum_types::{Lsn, Micros};

/// The effect of a write on its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Insert,
    Update,
    Delete,
}

impl Change {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// A client's write.
#[derive(Clone, Debug)]
pub(super) struct Write {
    pub(super) at_us: Micros,
    pub(super) client: usize,
    /// The region it was sent to.
    pub(super) region: Region,
    pub(super) collection: usize,
    pub(super) key: i64,
    pub(super) change: Change,
    /// Its record there.
    pub(super) lsn: Option<Lsn>,
    /// When it became durable there.
    pub(super) kept_us: Option<Micros>,
    /// When its client received the acknowledgement.
    pub(super) acknowledged_us: Option<Micros>,
    /// Where it was lost, once that is settled, and when that was.
    died: Option<(&'static str, Micros)>,
}

impl Write {
    pub(super) fn new(
        at_us: Micros,
        client: usize,
        region: Region,
        collection: usize,
        key: i64,
        change: Change,
    ) -> Self {
        let (lsn, kept_us, acknowledged_us, died) = (None, None, None, None);
        Self { at_us, client, region, collection, key, change, lsn, kept_us, acknowledged_us, died }
    }
}

/// Writes in a chunk, which copies of the world share as long as none of them changes.
const SHARED: usize = 1_024;

/// All writes.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    /// By number, from 1, in chunks: old ones do not change, and copies of the world share them.
    pieces: Vec<Arc<Vec<Write>>>,
    begun: usize,
    /// The last deletion of a row that was kept in any region.
    deletions: [BTreeMap<i64, u64>; COLLECTIONS.len()],
    pub(super) acknowledged: u64,
    pub(super) failed: u64,
    /// Writes accepted by a region that was no longer the primary.
    pub(super) split: u64,
}

impl Ledger {
    /// Records a write that begins. Returns its number.
    pub(super) fn begin(&mut self, write: Write) -> u64 {
        if self.begun.is_multiple_of(SHARED) {
            self.pieces.push(Arc::default());
        }
        if let Some(piece) = self.pieces.last_mut() {
            Arc::make_mut(piece).push(write);
        }
        self.begun += 1;
        self.begun as u64
    }

    pub(super) fn get(&self, op: u64) -> Option<&Write> {
        let at = (op as usize).checked_sub(1)?;
        self.pieces.get(at / SHARED)?.get(at % SHARED)
    }

    fn get_mut(&mut self, op: u64) -> Option<&mut Write> {
        let at = (op as usize).checked_sub(1)?;
        Arc::make_mut(self.pieces.get_mut(at / SHARED)?).get_mut(at % SHARED)
    }

    /// All of them with their numbers, in order.
    pub(super) fn all(&self) -> impl Iterator<Item = (u64, &Write)> + Clone {
        (1..).zip(self.pieces.iter().flat_map(|piece| piece.iter()))
    }

    /// A region has it in its log.
    pub(super) fn kept(&mut self, op: u64, region: Region, lsn: Lsn, now: Micros) {
        let Some(write) = self.get_mut(op) else { return };
        write.region = region;
        write.lsn = Some(lsn);
        write.kept_us = Some(now);
        let (collection, key, change) = (write.collection, write.key, write.change);
        if change == Change::Delete {
            self.deletions[collection].insert(key, op);
        } else {
            // A write that was sent before a deletion and arrives after it makes the row again.
            self.deletions[collection].remove(&key);
        }
    }

    /// Its client has received the acknowledgement.
    pub(super) fn acknowledge(&mut self, op: u64, now: Micros) -> Write {
        self.acknowledged += 1;
        match self.get_mut(op) {
            Some(write) => {
                write.acknowledged_us = Some(now);
                write.clone()
            }
            None => Write::new(now, 0, 0, 0, 0, Change::Insert),
        }
    }

    /// The last deletion of a row, unless it was written again since.
    pub(super) fn deletion(&self, collection: usize, key: i64) -> Option<u64> {
        self.deletions[collection].get(&key).copied()
    }

    /// Whether this write became durable after another one.
    pub(super) fn later(&self, op: u64, than: u64) -> bool {
        let kept = |op| self.get(op).and_then(|write| write.kept_us);
        (kept(op), op) > (kept(than), than)
    }

    /// Whether a row was deleted by a later write than this one.
    pub(super) fn deleted_since(&self, collection: usize, key: i64, op: u64) -> bool {
        self.deletion(collection, key).is_some_and(|deletion| self.later(deletion, op))
    }

    /// Records where a write was lost, unless that is settled. Returns whether it was not.
    pub(super) fn settle(&mut self, op: u64, died: &'static str, now: Micros) -> bool {
        let Some(write) = self.get_mut(op) else { return false };
        let fresh = write.died.is_none();
        write.died.get_or_insert((died, now));
        fresh
    }

    /// The numbers of writes that a region may hold.
    pub(super) fn ops(&self) -> impl Iterator<Item = u64> {
        1..=self.begun as u64
    }
}

impl Write {
    /// When it was known to be lost.
    pub(super) fn died_us(&self) -> Option<Micros> {
        self.died.map(|(_, at)| at)
    }
}

impl Regions {
    /// Every acknowledged write that no reachable region has, in order.
    pub fn audit(&self) -> Vec<LostFacts> {
        self.lost().map(|(op, write)| self.lost_facts(op, write)).collect()
    }

    pub(super) fn lost(&self) -> impl Iterator<Item = (u64, &Write)> {
        let held = [0, 1].map(|region| self.reachable(region).then(|| &self.sites[region].has));
        self.ledger.all().filter(move |(op, write)| {
            let has = held.iter().flatten().any(|has| has.contains(*op as usize));
            write.acknowledged_us.is_some() && !has
        })
    }

    pub(super) fn lost_facts(&self, op: u64, write: &Write) -> LostFacts {
        LostFacts {
            op,
            acknowledged_us: write.acknowledged_us.unwrap_or_default(),
            collection: write.collection as u32,
            key: write.key,
            change: write.change.word().to_owned(),
            died: write.died.map_or_else(|| self.dies_at(write), |(died, _)| died).to_owned(),
        }
    }

    /// The last known place of a write that the other region does not have, in the current state.
    fn dies_at(&self, write: &Write) -> &'static str {
        // With a rule off, a write can be acknowledged before it has a record.
        let lsn = write.lsn.unwrap_or(0);
        if let Some(restored) = self.bucket.restored {
            return match () {
                () if restored.from != write.region => "not_shipped",
                () if lsn > restored.lsn => "after_last_backup",
                () => "not_in_backup",
            };
        }
        let shipping = &self.shipping;
        if shipping.from != write.region {
            return "not_shipped";
        }
        match self.settings.sync_mode {
            0 => "after_last_backup",
            4 if lsn <= shipping.compared_lsn => "skipped_by_sync",
            4 => "not_shipped",
            _ if lsn > shipping.sent_lsn && shipping.stuck => "in_backlog",
            _ if lsn > shipping.sent_lsn => "not_shipped",
            _ if lsn > self.sites[1 - shipping.from].applied_lsn => "in_flight",
            _ if self.surprise(super::action::Surprise::MissingCollection)
                && write.collection == super::site::LEFT_OUT =>
            {
                "collection_left_out"
            }
            _ => "skipped_by_checkpoint",
        }
    }

    /// Settles where each lost write was lost, and reports those that were not reported before.
    pub(super) fn settle_losses(&mut self) {
        let again = !self.rules.on(Rule::ReportLossOnce);
        let fresh: Vec<(u64, &'static str)> = self
            .lost()
            .filter(|(_, write)| write.died.is_none() || again)
            .map(|(op, write)| (op, self.dies_at(write)))
            .collect();
        fresh.into_iter().for_each(|(op, died)| self.report_lost(op, died));
    }

    /// Settles the writes that no region holds any more, whether it is reachable or not.
    pub(super) fn settle_gone(&mut self, died: &'static str) {
        let held = |op: u64| self.sites.iter().any(|site| site.has.contains(op as usize));
        let gone = self
            .ledger
            .all()
            .filter(|(op, write)| write.acknowledged_us.is_some() && write.died.is_none() && !held(*op));
        let gone: Vec<u64> = gone.map(|(op, _)| op).collect();
        gone.into_iter().for_each(|op| self.report_lost(op, died));
    }

    /// Reports a write as lost, if it was acknowledged and was not reported before.
    pub(super) fn report_lost(&mut self, op: u64, died: &'static str) {
        if self.ledger.get(op).is_none_or(|write| write.acknowledged_us.is_none()) {
            return;
        }
        let fresh = self.ledger.settle(op, died, self.now);
        if fresh || !self.rules.on(Rule::ReportLossOnce) {
            self.checkers.reported_lost(op, self.shown_anywhere(op));
            self.emit(None, RegionEvent::WriteDied { op, died: died.to_owned() });
        }
    }

    /// Whether a reachable region's index shows a row that this write left.
    fn shown_anywhere(&self, op: u64) -> bool {
        let Some(write) = self.ledger.get(op) else { return false };
        let shows = |region: Region| self.sites[region].version(write.collection, write.key) == Some(op);
        (0..2).any(|region| self.reachable(region) && shows(region))
    }

    /// Lets the checkers compare a row with the last deletion of it that a region has.
    pub(super) fn look_at_row(&mut self, region: Region, op: u64) {
        let Some(write) = self.ledger.get(op) else { return };
        let (collection, key) = (write.collection, write.key);
        let site = &self.sites[region];
        let deletion = self.ledger.deletion(collection, key).filter(|op| site.has.contains(*op as usize));
        let back = deletion.zip(site.version(collection, key)).filter(|(gone, there)| {
            // Rows of the beginning were written by no client.
            *there == 0 || self.ledger.later(*gone, *there)
        });
        self.checkers.row_seen(region, op, back);
    }
}
