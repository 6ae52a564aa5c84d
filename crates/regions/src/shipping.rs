//! Replication from the primary to the standby: record by record, in batches, or by counts and offsets.
//!
//! Guarantees: a record is applied once and in order; after an interruption shipping resumes after the last *applied*
//! record, unless the fault `checkpoint_ahead` makes it resume after the last *sent* one; comparing counts copies
//! exactly what the course's own script would copy. Leaves out: which region is the primary (`runbook_executor`).

use super::action::Region;
use super::action::Surprise;
use super::site::{COLLECTIONS, LEFT_OUT, Mark, key_and_write};
use super::{Regions, ScheduledEvent};
use crate::event::RegionEvent;
use quorum_engine::Record;
use quorum_types::{Lsn, MS, Micros, SECOND};
use std::collections::BTreeMap;

/// Maximum number of records sent together.
const MOST_RECORDS: usize = 256;
/// Page size of a comparison of counts (course note 5).
const PAGE_ROWS: u64 = 1_000;

/// The state of replication.
#[derive(Clone, Debug, Default)]
pub(super) struct Shipping {
    /// Counts how often it began; tasks planned before that are void.
    life: u64,
    pub(super) from: Region,
    /// The last record that was sent.
    pub(super) sent_lsn: Lsn,
    /// Whether a task is planned.
    busy: bool,
    /// Whether the link cannot carry the pending records.
    pub(super) stuck: bool,
    /// Whether the standby needs records that were dropped.
    pub(super) gap: bool,
    /// Whether it is being filled from scratch, and up to which record.
    filling: Option<Lsn>,
    /// How far the last comparison of counts looked.
    pub(super) compared_lsn: Lsn,
    /// The result of a comparison in flight: collection and rows.
    copied: Vec<(usize, Vec<Record>)>,
    /// The standby's knowledge of the primary's contents, and as of when.
    pub(super) known: Option<(Mark, Micros)>,
    known_on_its_way: Option<(Mark, Micros)>,
    /// Up to where each region has dropped its records.
    forgotten: [Lsn; 2],
    pub(super) next_us: Option<Micros>,
    pub(super) carried_kb: u64,
}

impl Regions {
    fn follows(&self) -> bool {
        let to = 1 - self.shipping.from;
        self.settings.sync_mode > 0 && self.settings.standby > 0 && !self.sites[to].primary
    }

    /// Begins to follow again, from the standby's position.
    pub(super) fn begin_shipping(&mut self) {
        // Following begins when the standby has been filled.
        if self.shipping.filling.is_some() {
            return;
        }
        let from = self.primary();
        let shipping = &mut self.shipping;
        shipping.life += 1;
        shipping.from = from;
        shipping.busy = false;
        shipping.stuck = false;
        shipping.next_us = None;
        shipping.copied.clear();
        shipping.sent_lsn = self.sites[1 - from].applied_lsn;
        let life = shipping.life;
        if !self.follows() {
            return;
        }
        match self.settings.sync_mode {
            1 => self.nudge(),
            2 => self.plan_batch(life, self.settings.near_interval_s * SECOND),
            3 => self.plan_batch(life, self.settings.sync_interval_h * super::HOUR),
            _ => self.plan_counts(life),
        }
    }

    /// The current capacity of the link between the regions, in kilobytes a second.
    pub(super) fn link_kb_s(&self) -> u64 {
        let both = self.reachable(0) && self.reachable(1);
        let most = self.settings.link_kb_s;
        if both { self.link_kb_s.map_or(most, |kb_s| kb_s.min(most)) } else { 0 }
    }

    /// The state of the link or of a region has changed.
    pub(super) fn link_changed(&mut self) {
        self.shipping.stuck = false;
        // Records in flight are lost and have to be sent again; a faulty shipper takes them for done.
        if self.settings.checkpoint_ahead == 0 {
            self.shipping.sent_lsn = self.sites[1 - self.shipping.from].applied_lsn;
        }
        if self.settings.sync_mode == 1 && self.shipping.filling.is_none() {
            self.shipping.life += 1;
            self.shipping.busy = false;
            self.nudge();
        }
    }

    /// The primary has a new record.
    pub(super) fn record_written(&mut self, region: Region) {
        if region == self.shipping.from && self.settings.sync_mode == 1 {
            self.nudge();
        }
    }

    /// Sends more, if there is something to send and no task is planned.
    fn nudge(&mut self) {
        if self.shipping.busy || self.shipping.filling.is_some() || !self.follows() {
            return;
        }
        if self.sites[self.shipping.from].lsn() > self.shipping.sent_lsn {
            self.shipping.busy = true;
            let life = self.shipping.life;
            self.event_queue.schedule(self.now, ScheduledEvent::Ship { life });
        }
    }

    /// Sends the next records.
    pub(super) fn ship(&mut self, life: u64) {
        if life != self.shipping.life {
            return;
        }
        let kb_s = self.link_kb_s();
        if kb_s == 0 {
            self.shipping.busy = false;
            return self.hold_back();
        }
        if self.has_gap() {
            self.shipping.busy = false;
            return self.fill_anew();
        }
        let after = self.shipping.sent_lsn;
        let tail = &self.sites[self.shipping.from].tail;
        let ahead: Vec<Lsn> =
            tail.iter().map(|entry| entry.lsn).filter(|lsn| *lsn > after).take(MOST_RECORDS).collect();
        let Some(upto) = ahead.last().copied() else {
            self.shipping.busy = false;
            return;
        };
        let kb = ahead.len() as u64 * self.settings.write_kb;
        self.shipping.carried_kb += kb;
        self.shipping.sent_lsn = upto;
        let takes_us = kb * SECOND / kb_s;
        let latency_us = self.settings.link_latency_ms * MS;
        self.event_queue
            .schedule(self.now + takes_us + latency_us, ScheduledEvent::Arrive { life, after, upto });
        self.event_queue.schedule(self.now + takes_us, ScheduledEvent::Ship { life });
    }

    fn hold_back(&mut self) {
        if !std::mem::replace(&mut self.shipping.stuck, true) {
            self.alert("backlog_grows");
        }
    }

    /// Whether records that the standby lacks were dropped.
    fn has_gap(&mut self) -> bool {
        let from = self.shipping.from;
        self.shipping.gap = self.shipping.forgotten[from] > self.sites[1 - from].applied_lsn;
        self.shipping.gap
    }

    pub(super) fn records_arrive(&mut self, life: u64, after: Lsn, upto: Lsn) {
        if life != self.shipping.life {
            return;
        }
        let to = 1 - self.shipping.from;
        if !self.reachable(to) || self.link_kb_s.is_some_and(|kb_s| kb_s == 0) || !self.follows() {
            return;
        }
        self.apply(after, upto);
    }

    /// The standby applies the records that have arrived: those after `after`, up to `upto`.
    fn apply(&mut self, after: Lsn, upto: Lsn) {
        let from = self.shipping.from;
        let left_out = self.surprise(Surprise::MissingCollection);
        let [one, two] = &mut self.sites;
        let (source, standby) = if from == 0 { (one, two) } else { (two, one) };
        // Records with a gap before them are sent again. A shipper that takes sent for applied does not notice the gap.
        if after > standby.applied_lsn && self.settings.checkpoint_ahead == 0 {
            self.shipping.sent_lsn = standby.applied_lsn;
            return;
        }
        let floor = standby.applied_lsn.max(after);
        let mut records = 0;
        let mut mark = None;
        for entry in source.tail.iter().filter(|entry| entry.lsn > floor && entry.lsn <= upto) {
            if left_out && entry.collection == LEFT_OUT {
                standby.applied_lsn = entry.lsn;
            } else {
                standby.follow(entry);
            }
            mark = Some((entry.mark, entry.at_us));
            records += 1;
        }
        if let Some(mark) = mark {
            self.shipping.known = Some(mark);
        }
        if records > 0 {
            let lsn = self.sites[1 - from].applied_lsn;
            if self.settings.sync_mode != 1 || records > 1 {
                self.emit(super::node_of(1 - from), RegionEvent::Shipped { records, lsn });
            }
        }
    }

    fn plan_batch(&mut self, life: u64, after_us: Micros) {
        self.shipping.next_us = Some(self.now + after_us);
        self.event_queue.schedule(self.now + after_us, ScheduledEvent::Batch { life });
    }

    fn batch_us(&self) -> (Micros, Micros) {
        match self.settings.sync_mode {
            2 => (self.settings.near_interval_s * SECOND, self.settings.near_batch_s * SECOND),
            _ => (self.settings.sync_interval_h * super::HOUR, self.settings.sync_batch_s * SECOND),
        }
    }

    /// A batch holds the contents of the log at its beginning; it takes its time.
    pub(super) fn begin_batch(&mut self, life: u64) {
        if life != self.shipping.life {
            return;
        }
        let (interval_us, takes_us) = self.batch_us();
        self.plan_batch(life, interval_us);
        self.send_batch(takes_us);
    }

    fn send_batch(&mut self, takes_us: Micros) {
        let life = self.shipping.life;
        let kb_s = self.link_kb_s();
        if kb_s == 0 || !self.follows() {
            return self.hold_back();
        }
        self.shipping.stuck = false;
        if self.has_gap() {
            return self.fill_anew();
        }
        let (after, upto) = (self.shipping.sent_lsn, self.sites[self.shipping.from].lsn());
        let kb = upto.saturating_sub(after) * self.settings.write_kb;
        self.shipping.carried_kb += kb;
        self.shipping.sent_lsn = upto;
        let sent_us = kb * SECOND / kb_s + self.settings.link_latency_ms * MS;
        self.event_queue
            .schedule(self.now + takes_us.max(sent_us), ScheduledEvent::BatchArrives { life, after, upto });
    }

    pub(super) fn batch_arrives(&mut self, life: u64, after: Lsn, upto: Lsn) {
        if life != self.shipping.life {
            return;
        }
        if self.link_kb_s() == 0 || !self.follows() {
            return self.hold_back();
        }
        self.apply(after, upto);
    }

    /// Brings the standby up to date at once, for a planned switchover. Returns whether that is possible.
    pub(super) fn hurry(&mut self) -> bool {
        let possible = self.follows() && (1..=3).contains(&self.settings.sync_mode);
        if possible && self.settings.sync_mode > 1 {
            // A batch in flight would arrive after this one: it is sent again with it.
            self.begin_shipping();
            self.send_batch(0);
        }
        possible
    }

    /// Whether the standby has everything that the primary has.
    pub(super) fn caught_up(&self) -> bool {
        let from = self.shipping.from;
        let newest = self.sites[from].tail.back().map_or(0, |entry| entry.lsn);
        self.sites[1 - from].applied_lsn >= newest
    }

    fn plan_counts(&mut self, life: u64) {
        let after_us = self.settings.sync_interval_h * super::HOUR;
        self.shipping.next_us = Some(self.now + after_us);
        self.event_queue.schedule(self.now + after_us, ScheduledEvent::Counts { life });
    }

    /// The method of course note 5: compare counts; where the primary has more, query it for the rows from the
    /// standby's count on.
    pub(super) fn compare_counts(&mut self, life: u64) {
        if life != self.shipping.life {
            return;
        }
        self.plan_counts(life);
        if self.link_kb_s() == 0 || !self.follows() {
            return self.hold_back();
        }
        self.shipping.stuck = false;
        let from = self.shipping.from;
        let (source, standby) = (&self.sites[from], &self.sites[1 - from]);
        let mut found = Vec::new();
        for collection in 0..COLLECTIONS.len() {
            let left_out = self.surprise(Surprise::MissingCollection) && collection == LEFT_OUT;
            let (have, want) = (standby.mark.rows[collection], source.mark.rows[collection]);
            if left_out || want <= have {
                continue;
            }
            let mut rows = Vec::new();
            let mut offset = have;
            while offset < want {
                let page = source.page(collection, offset, PAGE_ROWS.min(want - offset));
                if page.is_empty() {
                    break;
                }
                offset += page.len() as u64;
                rows.extend(page);
            }
            found.push((collection, rows));
        }
        self.shipping.compared_lsn = source.lsn();
        self.shipping.known_on_its_way = Some((source.mark, self.now));
        self.shipping.carried_kb +=
            found.iter().map(|(_, rows)| rows.len() as u64).sum::<u64>() * self.settings.write_kb;
        self.shipping.copied = found;
        let takes_us = self.settings.sync_batch_s * SECOND;
        self.event_queue.schedule(self.now + takes_us, ScheduledEvent::CountsArrive { life });
    }

    pub(super) fn copy_by_counts(&mut self, life: u64) {
        if life != self.shipping.life || self.link_kb_s() == 0 || !self.follows() {
            return;
        }
        let to = 1 - self.shipping.from;
        for (collection, rows) in std::mem::take(&mut self.shipping.copied) {
            let count = rows.len() as u64;
            self.sites[to].ensure_collection(collection, self.settings.dim as u32);
            let mut copied = BTreeMap::new();
            copied.extend(rows.iter().map(key_and_write));
            for row in rows {
                self.sites[to].copy_row(self.now, collection, row);
            }
            self.hold_predecessors(to, collection, &copied);
            self.emit(
                super::node_of(to),
                RegionEvent::CountsSynced { collection: collection as u32, rows: count },
            );
        }
        self.shipping.known = self.shipping.known_on_its_way.take();
    }

    /// Older writes of a copied row count as held together with its last write.
    fn hold_predecessors(&mut self, to: Region, collection: usize, copied: &BTreeMap<i64, u64>) {
        let held = |key: i64, op: u64| copied.get(&key).is_some_and(|last| op < *last);
        let earlier = self.ledger.all().filter(|(op, write)| {
            write.lsn.is_some() && write.collection == collection && held(write.key, *op)
        });
        let earlier: Vec<u64> = earlier.map(|(op, _)| op).collect();
        earlier.into_iter().for_each(|op| self.sites[to].has.insert(op as usize));
    }

    /// The standby has to be filled from scratch: all contents go over the link.
    pub(super) fn fill_anew(&mut self) {
        if self.shipping.filling.is_some() {
            return;
        }
        let kb_s = self.link_kb_s();
        if kb_s == 0 {
            return self.hold_back();
        }
        if self.shipping.gap {
            self.alert("gap");
        }
        self.shipping.life += 1;
        let life = self.shipping.life;
        self.shipping.busy = false;
        self.shipping.filling = Some(self.sites[self.shipping.from].lsn());
        let kb = self.settings.data_gb * 1_000_000;
        self.shipping.carried_kb += kb;
        let takes_us = u128::from(kb) * u128::from(SECOND) / u128::from(kb_s);
        self.event_queue.schedule(self.now + takes_us as u64, ScheduledEvent::Filled { life });
    }

    pub(super) fn filled(&mut self, life: u64) {
        if life != self.shipping.life {
            return;
        }
        self.shipping.filling = None;
        if self.link_kb_s() == 0 {
            return self.hold_back();
        }
        let from = self.shipping.from;
        let (catalog, has, lsn) =
            (self.sites[from].freeze(), self.sites[from].has.clone(), self.sites[from].lsn());
        let mark = self.sites[from].mark;
        self.sites[1 - from].adopt(catalog, has, lsn);
        self.shipping.gap = false;
        self.shipping.known = Some((mark, self.now));
        let rows = mark.rows.iter().sum();
        self.emit(super::node_of(1 - from), RegionEvent::Resynced { rows, lsn });
        self.begin_shipping();
    }

    /// Whether the standby is being filled.
    pub(super) fn filling(&self) -> bool {
        self.shipping.filling.is_some()
    }

    /// Stops following: everything in flight is void.
    pub(super) fn stop_shipping(&mut self) {
        self.shipping.life += 1;
        self.shipping.busy = false;
        self.shipping.filling = None;
        self.shipping.next_us = None;
    }

    /// Drops records that are no longer needed; those that the standby lacks are kept for the retention of the log.
    pub(super) fn prune_tails(&mut self) {
        let keep_us = self.settings.log_retention_h * super::HOUR;
        for region in 0..2 {
            let follower = self.shipping.from == region && self.follows() && self.settings.sync_mode < 4;
            let applied = self.sites[1 - region].applied_lsn;
            let backed_up = self.bucket.increments_from(&self.settings, region);
            let old = self.now.saturating_sub(keep_us);
            let tail = &self.sites[region].tail;
            let upto = tail
                .iter()
                .take_while(|entry| {
                    let wanted =
                        (follower && entry.lsn > applied) || backed_up.is_some_and(|lsn| entry.lsn > lsn);
                    !wanted || entry.at_us < old
                })
                .last()
                .map(|entry| entry.lsn);
            if let Some(upto) = upto {
                self.shipping.forgotten[region] = upto;
                self.sites[region].forget(upto);
            }
        }
    }
}
