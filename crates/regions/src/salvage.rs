//! The dump of an old primary's log after a forced promotion (Milvus: salvage checkpoint and `DumpMessages`).
//!
//! A promotion that is not the end of a planned switchover keeps the position up to which the new primary has applied
//! the old one's log. Once the old primary can be reached again, a dump lists the records of its log after that
//! position. Guarantees: a dump changes no region and brings nothing over; records that it may need stay for the
//! retention of the log, even if shipping and backups have dropped them; a dump that lacks its first records says so.
//! Leaves out: bringing writes over (`disasters`).

use std::collections::VecDeque;

use super::Regions;
use super::action::Region;
use super::audit::Write;
use super::rows::Bits;
use super::rules::Rule;
use super::site::{Entry, Following};
use super::snapshot::{DumpFacts, DumpedRow, SalvageFacts};
use crate::event::RegionEvent;
use quorum_engine::operation::Operation;
use quorum_types::{Lsn, Micros, Refusal};

/// The maximum number of rows of a dump that are listed.
const LISTED: usize = 200;

/// What a forced promotion keeps about the old primary's log.
#[derive(Clone, Debug)]
struct Checkpoint {
    /// The new primary has the log up to here.
    after: Lsn,
    at_us: Micros,
    /// The histories of both regions' contents: the position means nothing once either was replaced.
    histories: [u64; 2],
    /// Records after the position that shipping and backups no longer need.
    kept: VecDeque<Entry>,
    /// The position up to which the region's own list has been dropped into `kept`.
    moved_lsn: Lsn,
    /// The position up to which records are gone.
    gone_lsn: Lsn,
}

/// The result of the last dump.
#[derive(Clone, Debug)]
struct Dump {
    at_us: Micros,
    from: Region,
    after: Lsn,
    upto: Lsn,
    records: u64,
    rows: u64,
    gap: bool,
    beyond: u64,
    listed: Vec<Row>,
}

/// A row of a dump.
#[derive(Clone, Copy, Debug)]
struct Row {
    lsn: Lsn,
    at_us: Micros,
    collection: usize,
    key: i64,
    op: Option<u64>,
    change: &'static str,
}

/// Checkpoints by old primary, as Milvus keeps them by source cluster, and the last dump.
#[derive(Clone, Debug, Default)]
pub(super) struct Salvage {
    checkpoints: [Option<Checkpoint>; 2],
    dump: Option<Dump>,
}

impl Regions {
    /// The other region is about to be promoted: keeps its position in this one's log, before shipping stops. After a
    /// planned switchover there is nothing to dump. A region that was not in step has no position in that log.
    pub(super) fn keep_checkpoint(&mut self, old: Region, planned: bool) {
        if planned {
            self.salvage.checkpoints[old] = None;
            return;
        }
        let to = &self.sites[1 - old];
        let log = (1..=3).contains(&self.settings.sync_mode) && self.shipping.from == old;
        if !log || to.following != Following::InStep {
            return;
        }
        let applied = self.rules.on(Rule::SalvageFromApplied);
        let after = if applied { to.applied_lsn } else { self.shipping.handed_lsn.max(to.applied_lsn) };
        let forgotten = self.sites[old].forgotten_lsn;
        self.salvage.checkpoints[old] = Some(Checkpoint {
            after,
            at_us: self.now,
            histories: self.histories(),
            kept: VecDeque::new(),
            moved_lsn: forgotten,
            gone_lsn: forgotten,
        });
        let had = self.sites[1 - old].has.clone();
        self.checkers.checkpoint_kept(old, had);
        self.look_at_dump(old);
    }

    fn histories(&self) -> [u64; 2] {
        [0, 1].map(|region: Region| self.sites[region].history)
    }

    /// The checkpoint about a region's log, while its position means something.
    fn checkpoint(&self, from: Region) -> Option<&Checkpoint> {
        self.salvage.checkpoints[from].as_ref().filter(|kept| kept.histories == self.histories())
    }

    /// The records of a region's log after its checkpoint. All of them are changes of rows: a region's list holds no
    /// records of its own housekeeping, which Milvus filters out of a dump.
    fn records_after<'a>(
        &'a self,
        from: Region,
        checkpoint: &'a Checkpoint,
    ) -> impl Iterator<Item = &'a Entry> {
        let all = checkpoint.kept.iter().chain(&self.sites[from].tail);
        all.filter(|entry| entry.lsn > checkpoint.after)
    }

    /// Whether the first records after a checkpoint are gone.
    fn dump_gap(&self, from: Region, checkpoint: &Checkpoint) -> bool {
        checkpoint.gone_lsn > checkpoint.after || self.sites[from].forgotten_lsn > checkpoint.moved_lsn
    }

    /// Shipping and backups drop a region's records up to a position: those that a dump may need are kept.
    pub(super) fn keep_for_dump(&mut self, from: Region, upto: Lsn) {
        if self.checkpoint(from).is_none() {
            // Its position means nothing any more, so nothing has to stay for it.
            self.salvage.checkpoints[from].iter_mut().for_each(|old| old.kept.clear());
            return;
        }
        let site = &self.sites[from];
        let Some(checkpoint) = self.salvage.checkpoints[from].as_mut() else { return };
        if site.forgotten_lsn > checkpoint.moved_lsn {
            checkpoint.gone_lsn = site.forgotten_lsn;
        }
        let after = checkpoint.after;
        let leaving = site.tail.iter().take_while(|entry| entry.lsn <= upto);
        checkpoint.kept.extend(leaving.filter(|entry| entry.lsn > after).cloned());
        checkpoint.moved_lsn = upto.max(site.forgotten_lsn);
    }

    /// Drops records kept for a dump that are older than the retention of the log, and lets the checkers look.
    pub(super) fn prune_dumps(&mut self, old_us: Micros) {
        for from in 0..2 {
            if let Some(checkpoint) = self.salvage.checkpoints[from].as_mut() {
                while let Some(entry) = checkpoint.kept.pop_front_if(|entry| entry.at_us < old_us) {
                    checkpoint.gone_lsn = entry.lsn;
                }
            }
            self.look_at_dump(from);
        }
    }

    /// Why there is nothing to dump now, as the code of a refusal.
    fn why_no_dump(&self) -> Option<&'static str> {
        let from = 1 - self.primary();
        if self.salvage.checkpoints[from].is_none() {
            return Some("dump_no_checkpoint");
        }
        let Some(checkpoint) = self.checkpoint(from) else { return Some("dump_log_replaced") };
        let empty = self.records_after(from, checkpoint).next().is_none();
        match () {
            () if !self.reachable(from) || !self.sites[from].majority() => Some("dump_out_of_reach"),
            () if empty && self.dump_gap(from, checkpoint) => Some("dump_expired"),
            () if empty => Some("dump_empty"),
            () => None,
        }
    }

    /// Lists the records of the old primary's log after the checkpoint. Nothing is brought over.
    pub(super) fn dump(&mut self) -> Result<(), Refusal> {
        if let Some(code) = self.why_no_dump() {
            return Err(Refusal::new(code, refusal_text(code)));
        }
        let from = 1 - self.primary();
        let Some(checkpoint) = self.checkpoint(from) else { return Ok(()) };
        let has = &self.sites[1 - from].has;
        let (after, gap) = (checkpoint.after, self.dump_gap(from, checkpoint));
        let (mut records, mut rows, mut missing, mut upto) = (0, 0, 0, after);
        let mut listed = Vec::new();
        for entry in self.records_after(from, checkpoint) {
            records += 1;
            upto = entry.lsn;
            missing += u64::from(entry.op.is_some_and(|op| !has.contains(op as usize)));
            for row in self.rows_of_record(entry) {
                rows += 1;
                if listed.len() < LISTED {
                    listed.push(row);
                }
            }
        }
        let beyond = self.not_dumped(from, checkpoint, has).count() as u64;
        let at_us = self.now;
        self.salvage.dump = Some(Dump { at_us, from, after, upto, records, rows, gap, beyond, listed });
        let region = from as u32;
        self.emit(
            super::node_of(from),
            RegionEvent::LogDumped { region, after, lsn: upto, records, missing },
        );
        self.look_at_dump(from);
        Ok(())
    }

    /// The rows that a record changes.
    fn rows_of_record(&self, entry: &Entry) -> Vec<Row> {
        let keys: &[i64] = match &entry.operation {
            Operation::Insert { batch, .. } => batch.keys(),
            Operation::Delete { keys, .. } => keys,
            _ => &[],
        };
        let written = entry.op.and_then(|op| self.ledger.get(op)).map(|write| write.change.word());
        let change = written.unwrap_or(if entry.is_delete() { "delete" } else { "insert" });
        let row = |key: &i64| Row {
            lsn: entry.lsn,
            at_us: entry.at_us,
            collection: entry.collection,
            key: *key,
            op: entry.op,
            change,
        };
        keys.iter().map(row).collect()
    }

    /// The acknowledged writes that a region took itself and still has, that are in no record after its checkpoint,
    /// and that are not in a set. What it was copied from the new primary since is no write of its own log: comparing
    /// counts copies rows and leaves the region's history as it is.
    fn not_dumped<'a>(
        &'a self,
        from: Region,
        checkpoint: &'a Checkpoint,
        had: &'a Bits,
    ) -> impl Iterator<Item = u64> + 'a {
        let mut dumped = Bits::default();
        let ops = self.records_after(from, checkpoint).filter_map(|entry| entry.op);
        ops.for_each(|op| dumped.insert(op as usize));
        let here = &self.sites[from].has;
        let own = move |write: &Write| write.region == from && write.acknowledged_us.is_some();
        let absent = move |op: usize| here.contains(op) && !had.contains(op) && !dumped.contains(op);
        let all = self.ledger.all();
        all.filter(move |(op, write)| own(write) && absent(*op as usize)).map(|(op, _)| op)
    }

    /// Shows the checkers what a dump of a region's log would contain now, whether the region can be reached or not.
    fn look_at_dump(&mut self, from: Region) {
        let Some(checkpoint) = self.checkpoint(from).filter(|kept| !self.dump_gap(from, kept)) else {
            return;
        };
        let Some(had) = self.checkers.had_at_checkpoint(from) else { return };
        let (after, missed) = (checkpoint.after, self.not_dumped(from, checkpoint, had).next());
        self.checkers.dump_seen(from, after, missed);
    }

    /// Shows the checkers both, at the end of a run.
    pub(super) fn look_at_dumps(&mut self) {
        (0..2).for_each(|from| self.look_at_dump(from));
    }

    /// The checkpoint about the old primary's log; how much there is to dump is known only while it can be reached.
    pub(super) fn salvage_facts(&self) -> (Option<SalvageFacts>, String) {
        let from = 1 - self.primary();
        let facts = self.checkpoint(from).map(|checkpoint| {
            let there = self.reachable(from) && self.sites[from].majority();
            SalvageFacts {
                from: from as u32,
                after: checkpoint.after,
                at_us: checkpoint.at_us,
                records: there.then(|| self.records_after(from, checkpoint).count() as u64),
                gap: there && self.dump_gap(from, checkpoint),
            }
        });
        (facts, self.why_no_dump().unwrap_or_default().to_owned())
    }

    /// The last dump, and for each of its rows what the other region has now.
    pub(super) fn dump_facts(&self) -> Option<DumpFacts> {
        let dump = self.salvage.dump.as_ref()?;
        let listed = dump.listed.iter().map(|row| {
            let there = match self.sites[1 - dump.from].version(row.collection, row.key) {
                None => "none",
                version if version == row.op => "same",
                Some(_) => "other",
            };
            DumpedRow {
                lsn: row.lsn,
                t_us: row.at_us,
                op: row.op,
                collection: row.collection as u32,
                key: row.key,
                change: row.change.to_owned(),
                there: there.to_owned(),
            }
        });
        Some(DumpFacts {
            at_us: dump.at_us,
            from: dump.from as u32,
            after: dump.after,
            upto: dump.upto,
            records: dump.records,
            rows: dump.rows,
            gap: dump.gap,
            beyond: dump.beyond,
            listed: listed.collect(),
        })
    }
}

fn refusal_text(code: &str) -> &'static str {
    match code {
        "dump_no_checkpoint" => "no region was promoted by force while it followed the other one's log",
        "dump_log_replaced" => "the contents of a region were replaced since the promotion",
        "dump_out_of_reach" => "the old primary cannot be reached; bring it back first",
        "dump_expired" => "the records after the checkpoint are past the retention of the log",
        _ => "the old primary has no record after the checkpoint",
    }
}
