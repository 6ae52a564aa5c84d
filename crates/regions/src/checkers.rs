//! The invariants of two regions, checked at every event, independently of the code that causes the events.
//!
//! The checkers receive what sites, clients, the link and operators do, remember what must not change, and compare.
//! They do not know which faults were injected. Guarantees: a check never changes the run; once violated, an invariant
//! stays violated, with the first cause. Leaves out: names, runbooks and outages (`service`), and whether a stuck run
//! is to blame (`swarm`).

mod service;

use std::collections::BTreeMap;

use super::action::Region;
use super::rows::Bits;
use super::settings::Settings;
use super::site::{Following, Site};
use super::{Regions, SECOND};
use quorum_sim::invariant_status::{Breach, Invariants};
use quorum_types::{Lsn, Micros};

/// The invariants, in display order.
pub const INVARIANTS: [&str; 21] = [
    // Gray and Cheriton, “Leases” (1989); course note 5: two primaries are the worst that can happen in a switch.
    "single_writer",
    // The same: a region that was fenced, or whose lease is over, has to stop by itself.
    "fenced_accepts_nothing",
    // Kleppmann, “How to do distributed locking” (2016): fencing tokens only grow.
    "epochs_grow",
    // Durability (Gray and Reuter, “Transaction Processing”, 1992): the log is forced before the answer.
    "acknowledged_is_durable",
    // No information travels faster than its packets.
    "durable_after_arrival",
    // State machine replication (Schneider 1990): every command, in order.
    "applied_without_gaps",
    // The same: equal positions, equal states.
    "standby_equals_primary",
    // PostgreSQL documentation, 26.2: the replay position is at most the position that the primary has flushed.
    "position_within_source",
    // Dynamo (2007), 4.4: a deleted item must not come back through a replica that has not heard of it.
    "deleted_stays_deleted",
    // This crate's promise (`audit`): a write that survives in a reachable region is not reported as lost.
    "survivor_not_lost",
    // The same: one report for each lost write.
    "loss_reported_once",
    // Course note 4: a backup is worth what can be read back from it.
    "backup_holds_its_claim",
    // Course note 4: the drill restores a backup and compares.
    "restore_is_exact",
    // RFC 1035, 3.2.1: a record may be cached for its TTL.
    "resolver_keeps_to_ttl",
    // A channel carries no more than its capacity times the time.
    "link_within_capacity",
    // Course note 5: the link is paid by the byte; nothing arrives that it did not carry.
    "transfers_are_paid",
    // Course note 5: a runbook is done step by step, and a failed step ends it.
    "steps_in_order",
    // Course note 4: the phases of an outage are its RTO, and it is over when all are served.
    "outage_adds_up",
    // Course note 4: RPO, from the last write that was kept to the disaster.
    "rpo_agrees",
    // Time and the bill only grow.
    "cost_never_falls",
    // Milvus design document 20260205, data salvage: what was not replicated can be retrieved from the checkpoint on.
    "salvage_complete",
];

const SINGLE_WRITER: usize = 0;
const FENCED_ACCEPTS_NOTHING: usize = 1;
const EPOCHS_GROW: usize = 2;
const ACKNOWLEDGED_IS_DURABLE: usize = 3;
const DURABLE_AFTER_ARRIVAL: usize = 4;
const APPLIED_WITHOUT_GAPS: usize = 5;
const STANDBY_EQUALS_PRIMARY: usize = 6;
const POSITION_WITHIN_SOURCE: usize = 7;
const DELETED_STAYS_DELETED: usize = 8;
const SURVIVOR_NOT_LOST: usize = 9;
const LOSS_REPORTED_ONCE: usize = 10;
const BACKUP_HOLDS_ITS_CLAIM: usize = 11;
const RESTORE_IS_EXACT: usize = 12;
const RESOLVER_KEEPS_TO_TTL: usize = 13;
const LINK_WITHIN_CAPACITY: usize = 14;
const TRANSFERS_ARE_PAID: usize = 15;
const STEPS_IN_ORDER: usize = 16;
const OUTAGE_ADDS_UP: usize = 17;
const RPO_AGREES: usize = 18;
const COST_NEVER_FALLS: usize = 19;
const SALVAGE_COMPLETE: usize = 20;

/// A write on its way.
#[derive(Clone, Copy, Debug)]
struct Flying {
    sent_us: Micros,
    travels_us: Micros,
    durable_in: Option<Region>,
}

/// What the checkers know of a region.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// Whether it was ordered to stop, and neither promoted nor made a standby since.
    stopped: bool,
    /// When its lease ends, if it has no contact.
    lease_until_us: Option<Micros>,
    /// Whether a collection was left out of what it has applied.
    partial: bool,
    /// Whether its position says too much: a collection or a record before it was left out.
    holes: bool,
    /// Up to where the link has carried the other region's log to it.
    carried: Lsn,
}

/// What the checkers know of the link: how much it can have carried since the beginning.
#[derive(Clone, Copy, Debug, Default)]
struct Carried {
    as_of_us: Micros,
    kb_s: u64,
    /// Kilobytes times microseconds in a second.
    all: u128,
    /// The same when the transfer in progress began, and when the last one ended.
    began: u128,
    ended: u128,
}

/// The checkers and their memory.
#[derive(Clone, Debug)]
pub struct Checkers {
    /// The state of each invariant.
    pub invariants: Invariants,
    flying: BTreeMap<u64, Flying>,
    known: [Known; 2],
    epoch: u64,
    link: Carried,
    /// The position at which the copy in progress began.
    copy_lsn: Option<Lsn>,
    /// What each client's resolver has cached, and until when.
    cached: BTreeMap<usize, (Option<Region>, Micros)>,
    /// The clients whose last write failed, where they are, and when it failed.
    failing: BTreeMap<usize, (Region, Micros)>,
    /// When each client sent its last write that was acknowledged.
    served: BTreeMap<usize, Micros>,
    lost: Bits,
    /// The step that may begin next; none after one has failed.
    next_step: Option<usize>,
    cost: u64,
    /// By old primary: the writes that the new one had when its salvage checkpoint was kept, if all of them up to its
    /// position.
    had: [Option<Bits>; 2],
}

impl Default for Checkers {
    fn default() -> Self {
        Self {
            invariants: Invariants::new(&INVARIANTS),
            flying: BTreeMap::new(),
            known: [Known::default(); 2],
            epoch: 1,
            link: Carried::default(),
            copy_lsn: None,
            cached: BTreeMap::new(),
            failing: BTreeMap::new(),
            served: BTreeMap::new(),
            lost: Bits::default(),
            next_step: None,
            cost: 0,
            had: [None, None],
        }
    }
}

impl Checkers {
    fn check(&mut self, which: usize, holds: bool, breach: impl FnOnce() -> Breach) {
        self.invariants.check(which, holds, breach);
    }

    // --- primaries

    /// A region was ordered to stop.
    pub(super) fn demoted(&mut self, region: Region) {
        self.known[region].stopped = true;
    }

    /// A region was promoted under an epoch.
    pub(super) fn promoted(&mut self, region: Region, epoch: u64) {
        self.known[region].stopped = false;
        self.known[region].lease_until_us = None;
        let before = self.epoch;
        self.epoch = before.max(epoch);
        self.check(EPOCHS_GROW, epoch > before, || {
            Breach::new(
                "rg_epoch_again",
                "region `region` was promoted under epoch `epoch`, and epoch `before` was known",
                &[region as u64, epoch, before],
            )
        });
    }

    /// A region became a standby again by an operator's order.
    pub(super) fn follows_again(&mut self, region: Region) {
        self.known[region].stopped = false;
    }

    /// A region lost contact while it held a lease of this length.
    pub(super) fn stop_renewing_lease(&mut self, region: Region, now: Micros, lease_us: Micros) {
        self.known[region].lease_until_us.get_or_insert(now + lease_us);
    }

    /// Leases began to be respected while a region had no contact: it has none.
    pub(super) fn without_lease(&mut self, region: Region, now: Micros) {
        self.known[region].lease_until_us = Some(now);
    }

    /// It is connected again.
    pub(super) fn reconnected(&mut self, region: Region) {
        self.known[region].lease_until_us = None;
    }

    fn writers(&mut self, writers: [bool; 2]) {
        self.check(SINGLE_WRITER, writers != [true; 2], || {
            Breach::new("rg_two_writers", "both regions take writes, although leases are respected", &[])
        });
    }

    // --- writes

    /// A client sent a write; its packets travel this long.
    pub(super) fn sent(&mut self, op: u64, now: Micros, travels_us: Micros) {
        self.flying.insert(op, Flying { sent_us: now, travels_us, durable_in: None });
    }

    /// A write is durable in a region.
    pub(super) fn durable(&mut self, now: Micros, op: u64, region: Region, settings: &Settings) {
        let known = self.known[region];
        let over = known.lease_until_us.is_some_and(|until| now >= until) && settings.fencing == 1;
        self.check(FENCED_ACCEPTS_NOTHING, !known.stopped && !over, || {
            Breach::new(
                "rg_fenced_wrote",
                "region `region` accepted write `op` after it was fenced or its lease was over",
                &[region as u64, op],
            )
        });
        let Some(flying) = self.flying.get_mut(&op) else { return };
        flying.durable_in = Some(region);
        let arrives_us = flying.sent_us + flying.travels_us;
        self.check(DURABLE_AFTER_ARRIVAL, now >= arrives_us, || {
            Breach::new(
                "rg_too_early",
                "write `op` was durable in region `region` `us` µs before it can have arrived there",
                &[op, region as u64, arrives_us - now],
            )
        });
    }

    /// A region's acknowledgement of a write arrived.
    pub(super) fn acknowledged(&mut self, op: u64, region: Region) {
        let durable = self.flying.get(&op).is_some_and(|flying| flying.durable_in == Some(region));
        self.check(ACKNOWLEDGED_IS_DURABLE, durable, || {
            Breach::new(
                "rg_ack_not_durable",
                "region `region` acknowledged write `op`, which was never durable there",
                &[region as u64, op],
            )
        });
    }

    /// A write ended.
    pub(super) fn ended(&mut self, op: u64) {
        self.flying.remove(&op);
    }

    /// A row that a write concerns was seen: `back` is a deletion that the region has and an older write whose row is
    /// there all the same.
    pub(super) fn row_seen(&mut self, region: Region, op: u64, back: Option<(u64, u64)>) {
        self.check(DELETED_STAYS_DELETED, back.is_none(), || {
            // Only called if `back` is there.
            let (gone, there) = back.unwrap_or_default();
            Breach::new(
                "rg_row_back",
                "after write `op` region `region` shows the row of write `there`, which write `gone` had deleted",
                &[op, region as u64, there, gone],
            )
        });
    }

    // --- replication

    /// Records up to a position were put on the link to a region.
    pub(super) fn records_sent(&mut self, to: Region, upto: Lsn) {
        let carried = &mut self.known[to].carried;
        *carried = upto.max(*carried);
    }

    /// A region applied the other one's record `lsn`: how many before it were left out, whether it was skipped because
    /// its collection is not shipped, and whether the contents now equal those of the other region after that record.
    pub(super) fn applied(&mut self, to: Region, lsn: Lsn, missed: u64, (skipped, equal): (bool, bool)) {
        self.check(APPLIED_WITHOUT_GAPS, missed == 0, || {
            Breach::new(
                "rg_gap",
                "region `region` applied record `lsn` without `n` records before it",
                &[to as u64, lsn, missed],
            )
        });
        let known = &mut self.known[to];
        known.partial |= skipped;
        known.holes |= skipped || missed > 0;
        let (partial, carried) = (known.partial, known.carried);
        if !partial {
            self.check(STANDBY_EQUALS_PRIMARY, equal, || {
                Breach::new(
                    "rg_states_differ",
                    "after record `lsn` region `region` has other contents than the primary had",
                    &[lsn, to as u64],
                )
            });
        }
        self.check(TRANSFERS_ARE_PAID, lsn <= carried, || {
            Breach::new(
                "rg_not_carried",
                "region `region` applied record `lsn`, and the link carried records up to `upto`",
                &[to as u64, lsn, carried],
            )
        });
    }

    /// A copy of all contents begins at a position of the log.
    pub(super) fn copy_began(&mut self, lsn: Lsn) {
        self.copy_lsn = Some(lsn);
    }

    /// A copy of contents up to a position has taken effect.
    pub(super) fn filled(&mut self, to: Region, lsn: Lsn) {
        self.known[to].partial = false;
        self.known[to].holes = false;
        self.known[to].carried = lsn;
        // A copy that never began may bring nothing.
        let began = self.copy_lsn.take().unwrap_or(0);
        self.check(TRANSFERS_ARE_PAID, lsn <= began, || {
            Breach::new(
                "rg_copy_ahead",
                "region `region` was filled up to record `lsn` by a copy that began at record `began`",
                &[to as u64, lsn, began],
            )
        });
    }

    /// A region's contents were replaced.
    pub(super) fn replaced(&mut self, region: Region) {
        self.known[region].partial = false;
        self.known[region].holes = false;
        self.known = self.known.map(|known| Known { carried: 0, ..known });
    }

    fn positions(&mut self, applied: Lsn, newest: Lsn) {
        self.check(POSITION_WITHIN_SOURCE, applied <= newest, || {
            Breach::new(
                "rg_ahead_of_source",
                "the standby is at record `applied`, and the primary's log ends at `newest`",
                &[applied, newest],
            )
        });
    }

    // --- the link

    fn link_until(&mut self, now: Micros) {
        let link = &mut self.link;
        link.all += u128::from(now.saturating_sub(link.as_of_us)) * u128::from(link.kb_s);
        link.as_of_us = now;
    }

    pub(super) fn transfer_began(&mut self, now: Micros) {
        self.link_until(now);
        self.link.began = self.link.all;
    }

    /// A transfer of this volume is over, or its part that was sent.
    pub(super) fn transfer_ended(&mut self, now: Micros, kb: u64) {
        self.link_until(now);
        let can = (self.link.all - self.link.began.max(self.link.ended)) / u128::from(SECOND);
        self.link.ended = self.link.all;
        self.check(LINK_WITHIN_CAPACITY, u128::from(kb) <= can, || {
            Breach::new(
                "rg_over_capacity",
                "the link carried `kb` kB while its capacity was `can` kB",
                &[kb, can as u64],
            )
        });
    }

    fn link_seen(&mut self, now: Micros, kb_s: u64) {
        self.link_until(now);
        self.link.kb_s = kb_s;
    }

    // --- losses

    /// A write was reported as lost: whether for the first time, and whether a reachable region still shows it.
    pub(super) fn reported_lost(&mut self, op: u64, shown: bool) {
        let again = self.lost.contains(op as usize);
        self.lost.insert(op as usize);
        self.check(LOSS_REPORTED_ONCE, !again, || {
            Breach::new("rg_lost_twice", "write `op` was reported as lost twice", &[op])
        });
        self.check(SURVIVOR_NOT_LOST, !shown, || {
            Breach::new("rg_survivor", "write `op` was reported as lost, and a region shows it", &[op])
        });
    }

    /// The recovery point that is shown, and the one that follows from the writes.
    fn recovery_points(&mut self, shown_us: Micros, right_us: Micros) {
        self.check(RPO_AGREES, shown_us == right_us, || {
            Breach::new(
                "rg_other_rpo",
                "the recovery point shown is `shown` µs, and the lost writes say `right` µs",
                &[shown_us, right_us],
            )
        });
    }

    // --- backups

    /// A backup was read back: whether its contents are what it claims to hold.
    pub(super) fn backup_read(&mut self, backup: u64, equal: bool) {
        self.check(BACKUP_HOLDS_ITS_CLAIM, equal, || {
            Breach::new("rg_backup_differs", "backup `backup` does not hold what it claims", &[backup])
        });
    }

    /// A backup was restored into a region: whether the region's contents are the backup's.
    pub(super) fn restored(&mut self, backup: u64, region: Region, equal: bool) {
        self.check(RESTORE_IS_EXACT, equal, || {
            Breach::new(
                "rg_restore_differs",
                "region `region` has other contents than backup `backup`, from which it was restored",
                &[region as u64, backup],
            )
        });
    }

    fn contents(&mut self, region: Region, equal: bool) {
        self.check(STANDBY_EQUALS_PRIMARY, equal, || {
            Breach::new(
                "rg_index_differs",
                "the engine of region `region` shows other rows than its log left",
                &[region as u64],
            )
        });
    }

    // --- dumps

    /// A salvage checkpoint about a region's log was kept: the writes that the new primary has.
    pub(super) fn checkpoint_kept(&mut self, old: Region, had: Bits) {
        self.had[old] = Some(had).filter(|_| !self.known[1 - old].holes);
    }

    /// The writes that the new primary had then. None if its position says more than it had.
    pub(super) fn had_at_checkpoint(&self, old: Region) -> Option<&Bits> {
        self.had[old].as_ref()
    }

    /// What a dump of a region's log from its checkpoint contains: an acknowledged write of it that the new primary did
    /// not get and that is not in the dump, if there is one.
    pub(super) fn dump_seen(&mut self, from: Region, after: Lsn, missed: Option<u64>) {
        self.check(SALVAGE_COMPLETE, missed.is_none(), || {
            // Only called if a write is missing.
            Breach::new(
                "rg_dump_lacks",
                "a dump of region `region` after record `after` lacks write `op`, which the new primary did not get",
                &[from as u64, after, missed.unwrap_or_default()],
            )
        });
    }

    fn cost_seen(&mut self, fen: u64) {
        let before = std::mem::replace(&mut self.cost, fen);
        self.check(COST_NEVER_FALLS, fen >= before, || {
            Breach::new("rg_cheaper", "the bill fell from `before` to `fen` fen", &[before, fen])
        });
    }
}

impl Regions {
    /// Shows the checkers the current state, after every event.
    pub(super) fn look_at_state(&mut self) {
        let kb_s = self.link_kb_s();
        self.checkers.link_seen(self.now, kb_s);
        if self.settings.fencing == 1 && self.settings.standby_read_only == 1 {
            let writers = [0, 1].map(|region| self.takes_writes(region));
            self.checkers.writers(writers);
        }
        let from = self.shipping_from();
        let (source, standby): (&Site, &Site) = (&self.sites[from], &self.sites[1 - from]);
        if standby.following == Following::InStep {
            let (applied, newest) = (standby.applied_lsn, source.lsn());
            self.checkers.positions(applied, newest);
        }
    }

    /// Shows the checkers the contents of both engines, at the end of a run: what they answer to a query is what the
    /// index says, and every write that left a row there belongs to the writes that the region has.
    pub(super) fn look_at_contents(&mut self) {
        for region in 0..2 {
            let site = &self.sites[region];
            let mut shown = site.contents();
            shown.sort_unstable();
            let index = site.index_rows().map(|(collection, key, op)| (collection as u32, key, op));
            let index: Vec<_> = index.collect();
            let known = index.iter().all(|(.., op)| *op == 0 || site.has.contains(*op as usize));
            self.checkers.contents(region, known && (!site.alive || shown == index));
        }
    }

    /// Shows the checkers the bill.
    pub(super) fn look_at_cost(&mut self) {
        let cost = self.cost();
        let all = cost.primary + cost.standby + cost.disks + cost.bucket + cost.link;
        self.checkers.cost_seen(all);
    }

    /// Compares the recovery point that is shown with the one that follows from the writes and their reports.
    pub(super) fn compare_recovery_points(&mut self) {
        let Some(disaster) = self.disaster() else { return };
        let Some(shown_us) = disaster.rpo_us else { return };
        let right_us = super::recovery_point::recovery_point_us(self.fates(), disaster.at_us);
        self.checkers.recovery_points(shown_us, right_us);
    }
}
