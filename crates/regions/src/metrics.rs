//! Metrics by name, for callers that wait for one to change.
//!
//! Guarantees: reading changes nothing. Leaves out: drawing (`build_snapshot`).

use super::rules::Rule;
use super::snapshot::{BackupState, DisasterFacts};
use super::{Regions, recovery_point, settings};
use quorum_types::Micros;

/// The metrics, in addition to `majority`; `setting.*` is any setting.
pub const METRICS: &[&str] = &[
    "writes.ok",
    "writes.failed",
    "reads.ok",
    "reads.failed",
    "reads.stale",
    "writes.lost",
    "writes.split",
    "rpo_us",
    "primary",
    "name",
    "serving",
    "equal",
    "counts.equal",
    "copies.surplus",
    "backlog",
    "lag_us",
    "gap",
    "backups",
    "backups.bad",
    "backups.verified",
    "runbook.running",
    "runbook.ok",
    "cost",
    "cost.month",
    "cost.total",
    "regions.up",
    "invariants.broken",
    "setting.*",
];

impl Regions {
    /// A metric by name.
    pub fn metric(&self, name: &str) -> Option<u64> {
        let [one, two] = [&self.sites[0], &self.sites[1]];
        let backups =
            |state| self.bucket.backups.iter().filter(|backup| backup.state == state).count() as u64;
        Some(match name {
            "majority" => u64::from(self.sites[self.primary()].majority()),
            "writes.ok" => self.ledger.acknowledged,
            "writes.failed" => self.ledger.failed,
            "reads.ok" => self.clients.reads_ok,
            "reads.failed" => self.clients.reads_failed,
            "reads.stale" => self.clients.stale,
            "writes.lost" => self.lost().count() as u64,
            "writes.split" => self.ledger.split,
            "rpo_us" => self.disaster()?.rpo_us?,
            "primary" => self.primary() as u64,
            "name" => self.dns? as u64,
            "serving" => {
                u64::from(self.dns.is_some_and(|region| self.reachable(region) && self.takes_writes(region)))
            }
            "equal" => u64::from(one.mark == two.mark),
            "counts.equal" => u64::from(one.mark.rows == two.mark.rows),
            "copies.surplus" => one.surplus() + two.surplus(),
            "backlog" => self.link_facts().backlog,
            "lag_us" => self.link_facts().lag_us,
            "gap" => u64::from(self.shipping.gap),
            "backups" => self.bucket.newest().count() as u64,
            "backups.bad" => backups(BackupState::Bad),
            "backups.verified" => backups(BackupState::Verified),
            "runbook.running" => u64::from(self.failover.running),
            "runbook.ok" => u64::from(self.failover.ok?),
            "cost.month" => self.cost().month,
            "cost" | "cost.total" => {
                let cost = self.cost();
                cost.primary + cost.standby + cost.disks + cost.bucket + cost.link
            }
            "invariants.broken" => self.checkers.invariants.broken_count() as u64,
            "regions.up" => u64::from(one.alive) + u64::from(two.alive),
            _ => {
                let setting = name.strip_prefix("setting.")?;
                settings::ALL.iter().find(|known| known.name == setting)?;
                self.settings.value(setting)?
            }
        })
    }

    /// The current disaster, or the last one.
    pub fn disaster(&self) -> Option<DisasterFacts> {
        let last = self.meter.last.as_ref()?;
        let clock = &last.clock;
        let at_us = clock.fault_us;
        let serving = self.dns.is_some_and(|region| self.reachable(region) && self.takes_writes(region));
        Some(DisasterFacts {
            at_us,
            region: last.region as u32,
            phases: clock.phases(self.now).iter().map(|time| (time.phase, time.us)).collect(),
            rto_us: clock.rto_us(),
            rpo_us: serving.then(|| self.recovery_point_us(at_us)),
            failed: clock.failures,
        })
    }

    /// The recovery point of a fault at this moment.
    fn recovery_point_us(&self, at_us: Micros) -> Micros {
        if self.rules.on(Rule::OneRpo) {
            recovery_point::recovery_point_us(self.fates(), at_us)
        } else {
            // Another definition than the drills': the fault that this simulation once had.
            recovery_point::oldest_us(self.fates(), at_us)
        }
    }
}
