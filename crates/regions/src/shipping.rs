//! Replication from the primary to the standby: record by record, in batches, or by counts and offsets.
//!
//! Guarantees: a record is applied once and in order; after an interruption shipping resumes after the last *applied*
//! record, unless the fault `checkpoint_ahead` makes it resume after the last *sent* one; a standby whose contents are
//! not those of the primary's log up to its position is filled before it follows, and one with writes of its own only
//! by an operator's order; comparing counts copies exactly what the course's own script would copy; everything that
//! arrives was carried by the link (`link`). Leaves out: which region is the primary (`runbook_executor`).

use super::action::Region;
use super::action::Surprise;
use super::rows::COLLECTIONS;
use super::rows::{Bits, Mark, key_and_write};
use super::rules::Rule;
use super::site::{Following, LEFT_OUT};
use super::{Regions, ScheduledEvent};
use crate::event::RegionEvent;
use quorum_engine::{Catalog, Record};
use quorum_types::{Lsn, Micros, SECOND};
use std::collections::BTreeMap;

/// Maximum number of records sent together.
const MOST_RECORDS: usize = 256;
/// Page size of a comparison of counts (course note 5).
const PAGE_ROWS: u64 = 1_000;

/// What a transfer carries.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cargo {
    /// Records as they come.
    Records { life: u64, after: Lsn, upto: Lsn },
    /// A batch of records; its preparation is over at `ready_us`.
    Batch { life: u64, after: Lsn, upto: Lsn, ready_us: Micros },
    /// The rows that a comparison of counts found.
    Counts { life: u64, ready_us: Micros },
    /// All contents of a region.
    Everything,
}

/// A copy of all contents in progress.
#[derive(Clone, Debug)]
pub(super) struct Filling {
    /// The contents at its beginning.
    catalog: Catalog,
    has: Bits,
    mark: Mark,
    lsn: Lsn,
    began_us: Micros,
    /// Whether its last byte has arrived; it takes effect as soon as the other region can confirm it.
    landed: bool,
}

/// The state of replication.
#[derive(Clone, Debug, Default)]
pub(super) struct Shipping {
    /// Counts how often it began; tasks planned before that are void.
    life: u64,
    pub(super) from: Region,
    /// The last record that was sent.
    pub(super) sent_lsn: Lsn,
    /// The same, also after the records in flight were lost with the link.
    pub(super) handed_lsn: Lsn,
    /// Whether the link cannot carry the pending records.
    pub(super) stuck: bool,
    /// Whether the standby needs records that were dropped.
    pub(super) gap: bool,
    /// The copy that fills it from scratch.
    pub(super) filling: Option<Box<Filling>>,
    /// Whether the records written during such a copy have to be sent, and whether they are on their way.
    catch_up: bool,
    catching_up: bool,
    /// How far the last comparison of counts looked.
    pub(super) compared_lsn: Lsn,
    /// The result of a comparison in flight: collection and rows.
    copied: Vec<(usize, Vec<Record>)>,
    /// The standby's knowledge of the primary's contents, and as of when.
    pub(super) known: Option<(Mark, Micros)>,
    known_on_its_way: Option<(Mark, Micros)>,
    pub(super) next_us: Option<Micros>,
}

impl Regions {
    /// The region whose log is shipped.
    pub(super) fn shipping_from(&self) -> Region {
        self.shipping.from
    }

    /// Whether the standby has writes of its own that keep it from following. Comparing counts needs no position in the
    /// log, so for it they do not matter.
    fn diverged(&self) -> bool {
        let following = self.sites[1 - self.shipping.from].following;
        following == Following::Diverged && self.settings.sync_mode < 4
    }

    /// Whether the standby may follow: an operator has to decide first if it has writes of its own.
    fn follows(&self) -> bool {
        let to = &self.sites[1 - self.shipping.from];
        let source = &self.sites[self.shipping.from];
        // A region that lost everything and is back has nothing that anyone should follow.
        let may = (!self.diverged() || !self.rules.on(Rule::RefillBeforeFollowing)) && !source.empty;
        self.settings.sync_mode > 0 && self.settings.standby > 0 && !to.primary && may
    }

    /// Begins to follow again, from the standby's position.
    pub(super) fn begin_shipping(&mut self) {
        // Following begins when the standby has been filled.
        if self.shipping.filling.is_some() {
            return;
        }
        let from = self.primary();
        self.drop_transfer();
        let shipping = &mut self.shipping;
        shipping.life += 1;
        shipping.from = from;
        shipping.stuck = false;
        shipping.next_us = None;
        shipping.copied.clear();
        shipping.catch_up |= std::mem::take(&mut shipping.catching_up);
        shipping.sent_lsn = self.sites[1 - from].applied_lsn;
        shipping.handed_lsn = shipping.sent_lsn;
        let life = shipping.life;
        if !self.follows() {
            return;
        }
        match self.settings.sync_mode {
            1 => {}
            2 => self.plan_batch(life, self.settings.near_interval_s * SECOND),
            3 => self.plan_batch(life, self.settings.sync_interval_h * super::HOUR),
            _ => self.plan_counts(life),
        }
        self.send_now();
    }

    /// The state of the link or of a region has changed.
    pub(super) fn link_changed(&mut self) {
        self.shipping.stuck = false;
        self.adapt_transfer();
        let cut = self.link_kb_s() == 0;
        if cut && self.shipping.filling.is_some() && !self.rules.on(Rule::ResyncRestartsShipping) {
            // The fault that this simulation once had: the copy is gone, and nothing begins another one.
            self.shipping.filling = None;
            return;
        }
        if cut {
            self.void_flight();
        }
        self.fill_landed();
        if self.may_resume() {
            self.begin_shipping();
        }
        self.send_now();
    }

    /// Whether the standby may follow and nothing is planned for it: what prevented it when following began is over.
    fn may_resume(&self) -> bool {
        let idle = self.shipping.next_us.is_none() && self.shipping.filling.is_none();
        let (from, primary) = (self.shipping.from, self.primary());
        let ready = from == primary && !self.diverged();
        let wanted = self.settings.sync_mode > 1 && self.rules.on(Rule::ResyncRestartsShipping);
        wanted && idle && ready && self.link_kb_s() > 0 && self.follows()
    }

    /// Records in flight are lost and have to be sent again; a faulty shipper takes them for done.
    fn void_flight(&mut self) {
        if self.settings.checkpoint_ahead == 0 && self.rules.on(Rule::ApplyWithoutGaps) {
            self.shipping.sent_lsn = self.sites[1 - self.shipping.from].applied_lsn;
        }
        if self.shipping.filling.is_some() {
            return;
        }
        self.shipping.life += 1;
        self.shipping.copied.clear();
        self.shipping.catch_up |= std::mem::take(&mut self.shipping.catching_up);
        let life = self.shipping.life;
        // The plan stays: the next batch begins when it would have begun.
        let Some(at) = self.shipping.next_us else { return };
        let next = match self.settings.sync_mode {
            4 => ScheduledEvent::Counts { life },
            _ => ScheduledEvent::Batch { life },
        };
        self.event_queue.schedule(at.max(self.now), next);
    }

    /// The primary has a new record.
    pub(super) fn record_written(&mut self, region: Region) {
        if region == self.shipping.from {
            self.send_now();
        }
    }

    /// Sends what can be sent now: records as they come, or those that were written during a copy.
    fn send_now(&mut self) {
        let idle = self.link.transfer.is_none() && self.shipping.filling.is_none();
        if !idle || !self.follows() {
            return;
        }
        let stale = self.sites[1 - self.shipping.from].following != Following::InStep;
        match self.settings.sync_mode {
            1 if stale || self.sites[self.shipping.from].lsn() > self.shipping.sent_lsn => self.ship(),
            2.. if self.shipping.catch_up => self.send_batch(0),
            _ => {}
        }
    }

    /// Sends the next records.
    fn ship(&mut self) {
        if self.link_kb_s() == 0 {
            return self.pause_for_link();
        }
        if self.must_fill() {
            return self.full_resync();
        }
        let (life, after) = (self.shipping.life, self.shipping.sent_lsn);
        let tail = &self.sites[self.shipping.from].tail;
        let first = tail.partition_point(|entry| entry.lsn <= after);
        let ahead = tail.range(first..).take(MOST_RECORDS);
        let (count, upto) = ahead.fold((0, None), |(count, _), entry| (count + 1, Some(entry.lsn)));
        let Some(upto) = upto else { return };
        let kb = count * self.settings.write_kb;
        self.checkers.records_sent(1 - self.shipping.from, upto);
        self.shipping.sent_lsn = upto;
        self.shipping.handed_lsn = upto;
        self.transmit(kb, Cargo::Records { life, after, upto });
    }

    /// The last byte of a cargo was sent; it arrives one latency later.
    pub(super) fn cargo_sent(&mut self, cargo: Cargo) {
        let at = self.now + self.latency_us();
        let (at, arrival) = match cargo {
            Cargo::Records { life, after, upto } => (at, ScheduledEvent::Arrive { life, after, upto }),
            Cargo::Batch { life, after, upto, ready_us } => {
                (at.max(ready_us), ScheduledEvent::BatchArrives { life, after, upto })
            }
            Cargo::Counts { life, ready_us } => (at.max(ready_us), ScheduledEvent::CountsArrive { life }),
            Cargo::Everything => (at, ScheduledEvent::Filled { life: self.shipping.life }),
        };
        self.event_queue.schedule(at, arrival);
        self.send_now();
    }

    fn pause_for_link(&mut self) {
        if !std::mem::replace(&mut self.shipping.stuck, true) {
            self.alert("backlog_grows");
        }
    }

    /// Whether the standby has to be filled: records that it lacks were dropped, or its contents are not those of the
    /// primary's log up to its position.
    fn must_fill(&mut self) -> bool {
        let from = self.shipping.from;
        let to = &self.sites[1 - from];
        self.shipping.gap = self.sites[from].forgotten_lsn > to.applied_lsn;
        let stale = to.following != Following::InStep && self.rules.on(Rule::RefillBeforeFollowing);
        self.shipping.gap || stale
    }

    pub(super) fn records_arrive(&mut self, life: u64, after: Lsn, upto: Lsn) {
        if life != self.shipping.life {
            return;
        }
        if self.link_kb_s() == 0 || !self.follows() {
            return;
        }
        self.apply(after, upto);
    }

    /// The standby applies the records that have arrived: those after `after`, up to `upto`.
    fn apply(&mut self, after: Lsn, upto: Lsn) {
        let from = self.shipping.from;
        let to = 1 - from;
        let strict = self.settings.checkpoint_ahead == 0 && self.rules.on(Rule::ApplyWithoutGaps);
        // Records with a gap before them are sent again. A shipper that takes sent for applied does not notice the gap.
        if after > self.sites[to].applied_lsn && strict {
            self.shipping.sent_lsn = self.sites[to].applied_lsn;
            return;
        }
        // Contents that have diverged since the records were sent are not those to which they belong.
        if self.sites[to].following != Following::InStep && self.rules.on(Rule::RefillBeforeFollowing) {
            return;
        }
        let floor = self.sites[to].applied_lsn.max(after);
        let tail = &self.sites[from].tail;
        let first = tail.partition_point(|entry| entry.lsn <= floor);
        let arrived: Vec<_> = tail.range(first..).take_while(|entry| entry.lsn <= upto).cloned().collect();
        for entry in &arrived {
            self.follow(to, entry);
        }
        if let Some(last) = arrived.last() {
            self.shipping.known = Some((last.mark, last.at_us));
            let (records, lsn) = (arrived.len() as u64, self.sites[to].applied_lsn);
            if self.settings.sync_mode != 1 || records > 1 {
                self.emit(super::node_of(to), RegionEvent::Shipped { records, lsn });
            }
        }
    }

    /// The standby applies a record.
    fn follow(&mut self, to: Region, entry: &super::site::Entry) {
        let before = self.sites[to].applied_lsn;
        let skipped = self.surprise(Surprise::MissingCollection) && entry.collection == LEFT_OUT;
        let site = &mut self.sites[to];
        if skipped {
            site.applied_lsn = entry.lsn;
        } else if entry.is_delete() && !self.rules.on(Rule::TombstonesTravel) {
            site.take_as_done(entry);
        } else {
            site.follow(entry);
        }
        let equal = site.mark == entry.mark;
        let source = &self.sites[1 - to];
        let position = |lsn: Lsn| source.tail.partition_point(|other| other.lsn <= lsn) as u64;
        let dropped = u64::from(source.forgotten_lsn > before);
        let missed = (position(entry.lsn) - position(before)).saturating_sub(1) + dropped;
        self.checkers.applied(to, entry.lsn, missed, (skipped, equal));
        if !skipped && let Some(op) = entry.op {
            self.look_at_row(to, op);
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
        if self.link_kb_s() == 0 || !self.follows() {
            return self.pause_for_link();
        }
        self.shipping.stuck = false;
        // The link carries one transfer at a time: what is under way goes first, and the next batch takes the rest.
        if self.link.transfer.is_some() || self.shipping.filling.is_some() {
            return;
        }
        if self.must_fill() {
            return self.full_resync();
        }
        let (life, after) = (self.shipping.life, self.shipping.sent_lsn);
        let from = &self.sites[self.shipping.from];
        let upto = from.lsn();
        let count = from.tail.len() - from.tail.partition_point(|entry| entry.lsn <= after);
        let kb = count as u64 * self.settings.write_kb;
        self.checkers.records_sent(1 - self.shipping.from, upto);
        self.shipping.sent_lsn = upto;
        self.shipping.handed_lsn = upto;
        self.shipping.catching_up |= std::mem::take(&mut self.shipping.catch_up);
        let ready_us = self.now + takes_us;
        self.transmit(kb, Cargo::Batch { life, after, upto, ready_us });
    }

    pub(super) fn batch_arrives(&mut self, life: u64, after: Lsn, upto: Lsn) {
        if life != self.shipping.life {
            return;
        }
        if self.link_kb_s() == 0 || !self.follows() {
            return self.pause_for_link();
        }
        self.shipping.catching_up = false;
        self.apply(after, upto);
    }

    /// Brings the standby up to date at once, for a planned switchover. Returns whether that is possible.
    pub(super) fn catch_up_now(&mut self) -> bool {
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
        self.level_with(self.shipping.from)
    }

    /// Whether the other region has the same contents as this one: it follows this one's log, up to its end.
    pub(super) fn level_with(&self, source: Region) -> bool {
        let (from, to) = (&self.sites[source], &self.sites[1 - source]);
        let newest = from.tail.back().map_or(from.forgotten_lsn, |entry| entry.lsn);
        self.shipping.from == source
            && to.following == Following::InStep
            && self.shipping.filling.is_none()
            && to.applied_lsn >= newest
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
            return self.pause_for_link();
        }
        self.shipping.stuck = false;
        // A comparison that begins during another one, or during a copy, is left out.
        if self.link.transfer.is_some() || self.shipping.filling.is_some() {
            return;
        }
        let from = self.shipping.from;
        let (source, standby) = (&self.sites[from], &self.sites[1 - from]);
        let mut found = Vec::new();
        for collection in 0..COLLECTIONS.len() {
            let left_out = self.surprise(Surprise::MissingCollection) && collection == LEFT_OUT;
            let (have, want) = (standby.mark.rows[collection], source.mark.rows[collection]);
            let have = if self.settings.copy_from_zero == 1 { 0 } else { have };
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
        let kb = found.iter().map(|(_, rows)| rows.len() as u64).sum::<u64>() * self.settings.write_kb;
        self.shipping.copied = found;
        let ready_us = self.now + self.settings.sync_batch_s * SECOND;
        self.transmit(kb, Cargo::Counts { life, ready_us });
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
            let upsert = self.settings.copy_from_zero == 0;
            for row in rows {
                self.sites[to].copy_row(self.now, collection, row, upsert);
            }
            // Contents copied by offset are those of no position of the log.
            self.sites[to].following = self.sites[to].following.max(Following::Stale);
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

    /// The standby has to be filled from scratch: all contents go over the link, as they are now.
    pub(super) fn full_resync(&mut self) {
        if self.shipping.filling.is_some() {
            return;
        }
        if self.link_kb_s() == 0 {
            return self.pause_for_link();
        }
        if self.shipping.gap {
            self.alert("gap");
        }
        self.drop_transfer();
        self.shipping.life += 1;
        self.shipping.copied.clear();
        self.shipping.next_us = None;
        let site = &self.sites[self.shipping.from];
        self.shipping.filling = Some(Box::new(Filling {
            catalog: site.freeze(),
            has: site.has.clone(),
            mark: site.mark,
            lsn: site.lsn(),
            began_us: self.now,
            landed: false,
        }));
        let lsn = site.lsn();
        self.checkers.copy_began(lsn);
        self.transmit(self.settings.data_gb * 1_000_000, Cargo::Everything);
    }

    /// The last byte of a copy has arrived.
    pub(super) fn filled(&mut self, life: u64) {
        if life != self.shipping.life {
            return;
        }
        if let Some(filling) = &mut self.shipping.filling {
            filling.landed = true;
        }
        self.fill_landed();
    }

    /// A copy that has arrived takes effect, as soon as both regions know of it: the standby has the contents at the
    /// copy's beginning, and what was written since then follows.
    fn fill_landed(&mut self) {
        if !self.shipping.filling.as_ref().is_some_and(|filling| filling.landed) || self.link_kb_s() == 0 {
            return;
        }
        let Some(mut filling) = self.shipping.filling.take() else { return };
        let from = self.shipping.from;
        let to = 1 - from;
        if !self.rules.on(Rule::CopyIncludesNewWrites) {
            // The fault that this simulation once had: what was written meanwhile arrives without any transfer.
            let site = &self.sites[from];
            (filling.catalog, filling.has) = (site.freeze(), site.has.clone());
            (filling.mark, filling.lsn, filling.began_us) = (site.mark, site.lsn(), self.now);
        }
        let Filling { catalog, has, mark, lsn, began_us, .. } = *filling;
        self.sites[to].adopt(catalog, has, lsn);
        self.sites[to].following = Following::InStep;
        // What arrives is indexed as it comes, unlike what a restore reads.
        self.sites[to].indexed = true;
        self.checkers.filled(to, lsn);
        self.shipping.gap = false;
        self.shipping.catch_up = true;
        self.shipping.known = Some((mark, began_us));
        let rows = mark.rows.iter().sum();
        self.emit(super::node_of(to), RegionEvent::Resynced { rows, lsn });
        self.settle_gone("discarded");
        self.begin_shipping();
    }

    /// Whether the standby is being filled.
    pub(super) fn filling(&self) -> bool {
        self.shipping.filling.is_some()
    }

    /// Stops following: everything in flight is void.
    pub(super) fn stop_shipping(&mut self) {
        self.drop_transfer();
        self.shipping.life += 1;
        self.shipping.filling = None;
        self.shipping.catch_up = false;
        self.shipping.catching_up = false;
        self.shipping.next_us = None;
    }

    /// Drops records that are no longer needed; those that the standby lacks are kept for the retention of the log.
    pub(super) fn prune_tails(&mut self) {
        let keep_us = self.settings.log_retention_h * super::HOUR;
        for region in 0..2 {
            let follower = self.shipping.from == region && self.follows() && self.settings.sync_mode < 4;
            // A standby that is being filled needs the records since the beginning of the copy.
            let filling = self.shipping.filling.as_ref().filter(|_| self.shipping.from == region);
            let applied = filling.map_or(self.sites[1 - region].applied_lsn, |filling| filling.lsn);
            let follower = follower || filling.is_some();
            // The retention is for a standby that is behind; what is on its way stays until it is applied.
            let shipping = &self.shipping;
            let pending = shipping.catch_up || shipping.catching_up || shipping.sent_lsn > applied;
            let held = follower && (filling.is_some() || pending);
            let backed_up = self.bucket.increments_from(&self.settings, region);
            let old = self.now.saturating_sub(keep_us);
            let tail = &self.sites[region].tail;
            let upto = tail
                .iter()
                .take_while(|entry| {
                    let wanted =
                        (follower && entry.lsn > applied) || backed_up.is_some_and(|lsn| entry.lsn > lsn);
                    !wanted || (entry.at_us < old && !(held && entry.lsn > applied))
                })
                .last()
                .map(|entry| entry.lsn);
            if let Some(upto) = upto {
                self.keep_for_dump(region, upto);
                self.sites[region].forget(upto);
            }
        }
        self.prune_dumps(self.now.saturating_sub(keep_us));
    }
}
