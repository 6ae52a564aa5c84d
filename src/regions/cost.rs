//! What it costs: nodes, disks, the bucket, the link, for as long as each was there.
//!
//! Promises: integers only; the same run costs the same; every price is a setting with a source. A warm standby is a third
//! of the nodes. Leaves out: people, and what an outage costs the business.

use super::facts::CostFacts;
use super::{MONTH, Regions};
use crate::types::Micros;

/// Thousandths of a fen times microseconds, added up.
#[derive(Clone, Debug, Default)]
pub(super) struct Cost {
    upto_us: Micros,
    primary: u128,
    standby: u128,
    disks: u128,
    bucket: u128,
}

/// What a moment costs a month, in fen.
#[derive(Clone, Copy, Debug, Default)]
struct Rates {
    primary: u64,
    standby: u64,
    disks: u64,
    bucket: u64,
}

impl Regions {
    fn rates(&self) -> Rates {
        let settings = &self.settings;
        let nodes = settings.region_nodes;
        let primary = self.primary();
        let standby_nodes = match settings.standby {
            _ if self.sites[1 - primary].serving => nodes,
            1 => nodes.div_ceil(3),
            _ => 0,
        };
        let clusters = 1 + u64::from(standby_nodes > 0);
        let bucket_mb: u64 = self.bucket.backups.iter().map(|backup| backup.mb).sum();
        Rates {
            primary: nodes * settings.price_node_fen,
            standby: standby_nodes * settings.price_node_fen,
            disks: clusters * settings.data_gb * settings.price_disk_fen,
            bucket: bucket_mb * settings.price_bucket_fen / 1_000,
        }
    }

    /// Adds up what it has cost since the last time.
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

    /// What it has cost up to now.
    pub(super) fn cost(&self) -> CostFacts {
        let rates = self.rates();
        let us = u128::from(self.now - self.cost.upto_us);
        let fen = |so_far: u128, rate: u64| ((so_far + us * u128::from(rate)) / u128::from(MONTH)) as u64;
        let link = self.shipping.carried_kb * self.settings.price_link_fen / 1_000_000;
        // What the link carries in a month, as it has carried so far.
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
