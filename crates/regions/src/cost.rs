//! The cost: nodes, disks, the bucket and the link, each for as long as it was used.
//!
//! Guarantees: integers only; the same run costs the same; every price is a setting with a source. Assumptions: a hot
//! standby is as large as the primary; a warm one is a third of it and runs all the time, since it applies the log
//! continuously; under periodic shipping a warm standby is started for each batch and billed in started intervals
//! ([`standby_nodes_permille`]). Disks exist all the time; every byte over the link costs the same, whatever the
//! batches. Leaves out: people, and the business cost of an outage.

use super::settings::Settings;
use super::snapshot::CostFacts;
use super::{DAY, HOUR, MONTH, Regions};
use quorum_types::{MS, Micros, SECOND};

/// The mode in which the standby follows in long batches.
const PERIODIC: u64 = 3;

/// Accumulated cost, in thousandths of a fen times microseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Cost {
    upto_us: Micros,
    primary: u128,
    standby: u128,
    disks: u128,
    bucket: u128,
}

/// The current cost per month, in fen.
#[derive(Clone, Copy, Debug, Default)]
struct Rates {
    primary: u64,
    standby: u64,
    disks: u64,
    bucket: u64,
}

/// How many nodes of the standby are billed, in thousandths of a node; `serving`: whether it is scaled so that it can
/// serve.
pub fn standby_nodes_permille(settings: &Settings, serving: bool) -> u64 {
    let nodes = settings.region_nodes;
    match settings.standby {
        _ if serving => nodes * 1_000,
        1 if settings.sync_mode == PERIODIC => {
            let interval_s = settings.sync_interval_h * HOUR / SECOND;
            let pieces = settings.sync_batch_s.max(1).div_ceil(settings.price_bill_s);
            let billed_s = (pieces * settings.price_bill_s).min(interval_s);
            nodes.div_ceil(3) * 1_000 * billed_s / interval_s
        }
        1 => nodes.div_ceil(3) * 1_000,
        _ => 0,
    }
}

fn rates(settings: &Settings, serving: bool, bucket_mb: u64) -> Rates {
    let standby = standby_nodes_permille(settings, serving);
    let clusters = 1 + u64::from(serving || settings.standby > 0);
    Rates {
        primary: settings.region_nodes * settings.price_node_fen,
        standby: standby * settings.price_node_fen / 1_000,
        disks: clusters * settings.data_gb * settings.price_disk_fen,
        bucket: bucket_mb * settings.price_bucket_fen / 1_000,
    }
}

/// The monthly cost of these settings once the bucket is full, before anything has run: per item, and `month` for the
/// total.
pub fn forecast(settings: &Settings) -> CostFacts {
    let backups =
        if settings.backup == 1 { settings.retention_days * 24 / settings.backup_every_h } else { 0 };
    let full = backups.div_ceil(settings.backup_full_every);
    let writers = settings.clients_beijing + settings.clients_shanghai;
    let written = |over_us: Micros| {
        let each = (over_us / MS).checked_div(settings.write_interval_ms).unwrap_or(0);
        writers * each * settings.write_kb
    };
    // An incremental backup holds the writes since the previous one.
    let between = written(settings.backup_every_h * HOUR).div_ceil(1_000);
    let bucket_mb = full * settings.data_gb * 1_000 + (backups - full) * between;
    let ships = settings.sync_mode > 0 && settings.standby > 0;
    let link_kb = if ships { written(MONTH / DAY * DAY) } else { 0 };
    let rates = rates(settings, settings.standby == 2, bucket_mb);
    let link = link_kb * settings.price_link_fen / 1_000_000;
    CostFacts {
        primary: rates.primary,
        standby: rates.standby,
        disks: rates.disks,
        bucket: rates.bucket,
        link,
        month: rates.primary + rates.standby + rates.disks + rates.bucket + link,
    }
}

impl Regions {
    fn rates(&self) -> Rates {
        let bucket_mb: u64 = self.bucket.backups.iter().map(|backup| backup.mb).sum();
        rates(&self.settings, self.sites[1 - self.primary()].serving, bucket_mb)
    }

    /// Adds the cost since the last call.
    pub(super) fn accrue(&mut self) {
        let rates = self.rates();
        let us = u128::from(self.now - self.cost.upto_us);
        let cost = &mut self.cost;
        cost.upto_us = self.now;
        cost.primary += us * u128::from(rates.primary);
        cost.standby += us * u128::from(rates.standby);
        cost.disks += us * u128::from(rates.disks);
        cost.bucket += us * u128::from(rates.bucket);
    }

    /// The total cost so far.
    pub(super) fn cost(&self) -> CostFacts {
        let rates = self.rates();
        let us = u128::from(self.now - self.cost.upto_us);
        let fen = |so_far: u128, rate: u64| ((so_far + us * u128::from(rate)) / u128::from(MONTH)) as u64;
        let link = self.carried_kb() * self.settings.price_link_fen / 1_000_000;
        // The traffic of the link in a month, extrapolated from the traffic so far.
        let link_month =
            (u128::from(link) * u128::from(MONTH)).checked_div(u128::from(self.now)).unwrap_or(0) as u64;
        CostFacts {
            primary: fen(self.cost.primary, rates.primary),
            standby: fen(self.cost.standby, rates.standby),
            disks: fen(self.cost.disks, rates.disks),
            bucket: fen(self.cost.bucket, rates.bucket),
            link,
            month: rates.primary + rates.standby + rates.disks + rates.bucket + link_month,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(set: &[(&str, u64)]) -> Settings {
        let mut settings = Settings::default();
        set.iter().for_each(|(name, value)| settings.set(name, *value).expect("a setting"));
        settings
    }

    /// The three modes of following in the drills: high, medium, low cost, and why.
    #[test]
    fn high_medium_and_low_differ_by_what_of_the_standby_runs() {
        let modes: [&[(&str, u64)]; 4] = [
            &[("sync_mode", 1)],
            &[("sync_mode", 2), ("standby", 1)],
            &[("sync_mode", 3), ("standby", 1), ("sync_interval_h", 6)],
            &[("sync_mode", 3), ("standby", 1), ("sync_interval_h", 1)],
        ];
        let costs = modes.map(|set| forecast(&with(set)));
        // Three nodes; one node all the time; one node for one hour in six; one hour every hour is all the time.
        assert_eq!(costs.each_ref().map(|cost| cost.standby), [600_000, 200_000, 33_200, 200_000]);
        assert!(costs[0].month > costs[1].month && costs[1].month > costs[2].month + 100_000);
        assert!(costs.iter().all(|cost| cost.disks == costs[0].disks && cost.link == costs[0].link));
        // A standby that serves is billed in full, whatever it was before.
        assert_eq!(standby_nodes_permille(&with(&[("sync_mode", 3), ("standby", 1)]), true), 3_000);
        assert_eq!(standby_nodes_permille(&with(&[("standby", 0)]), false), 0);
        // A batch that is longer than the billing interval is billed as two.
        let long =
            with(&[("sync_mode", 3), ("standby", 1), ("sync_interval_h", 10), ("sync_batch_s", 3_601)]);
        assert_eq!(standby_nodes_permille(&long, false), 200);
    }

    #[test]
    fn a_forecast_counts_backups_and_traffic() {
        let none = forecast(&with(&[("backup", 0), ("sync_mode", 0), ("standby", 0)]));
        assert_eq!((none.bucket, none.link, none.standby, none.disks), (0, 0, 0, 90 * 80));
        assert_eq!(none.month, none.primary + none.disks);
        // Thirty full backups of 90 GB at 0.12 yuan.
        assert_eq!(forecast(&Settings::default()).bucket, 30 * 90 * 12);
        let sparse = forecast(&with(&[("backup_full_every", 30)]));
        assert!(sparse.bucket < 2 * 90 * 12, "one full backup and small ones: {}", sparse.bucket);
        // Three clients, a write of 8 KB a minute each, at 0.50 yuan a gigabyte.
        assert_eq!(forecast(&Settings::default()).link, 3 * 43_200 * 8 * 50 / 1_000_000);
    }
}
