//! The snapshot of the regions.
//!
//! Guarantees: reads and never writes. Leaves out: drawing.

use super::Regions;
use super::action::Region;
use super::config::DrConfig;
use super::settings::ALL;
use super::snapshot::{
    AlertFacts, BackupFacts, ClientFacts, FailoverFacts, LinkFacts, RegionsFacts, SiteFacts,
};
use quorum_types::Micros;

/// The maximum number of lost writes that are listed.
const LISTED: usize = 200;

impl Regions {
    /// The snapshot of both regions.
    pub fn facts(&self) -> RegionsFacts {
        let lost: Vec<_> = self.lost().map(|(op, write)| self.lost_facts(op, write)).collect();
        let lost_total = lost.len() as u64;
        let (salvage, dump_why) = self.salvage_facts();
        let value = |name: &str| self.settings.value(name).expect("a setting of two regions");
        RegionsFacts {
            sites: (0..2).map(|region| self.site_facts(region)).collect(),
            dns: self.dns.map_or(u32::MAX, |region| region as u32),
            dns_settled_at_us: self.dns_settled_at_us.filter(|at| *at > self.now),
            link: self.link_facts(),
            clients: self.clients.all.iter().map(client_facts).collect(),
            backups: self.bucket.backups.iter().map(backup_facts).collect(),
            next_backup_us: self.bucket.next_us,
            next_sync_us: self.shipping.next_us,
            misses: self.failover.misses as u32,
            failover: FailoverFacts {
                steps: self.failover.steps.clone(),
                running: self.failover.running,
                ok: self.failover.ok,
                began_us: self.failover.began_us,
            },
            runbook: self.failover.runbook.text(),
            alerts: self
                .alerts
                .iter()
                .map(|alert| AlertFacts {
                    t_us: alert.at_us,
                    alert: alert.alert.to_owned(),
                    channels: alert.channels.clone(),
                })
                .collect(),
            disaster: self.disaster(),
            writes: (self.ledger.acknowledged, self.ledger.failed),
            reads: (self.clients.reads_ok, self.clients.reads_failed),
            stale_reads: self.clients.stale,
            lost: lost.into_iter().take(LISTED).collect(),
            lost_total,
            split_writes: self.ledger.split,
            salvage,
            dump_why,
            dump: self.dump_facts(),
            cost: self.cost(),
            surprises: self.surprises.iter().map(|surprise| surprise.word().to_owned()).collect(),
            config: DrConfig::of(&self.words, &self.settings).text(),
            settings: ALL.iter().map(|setting| (setting.name.to_owned(), value(setting.name))).collect(),
        }
    }

    fn site_facts(&self, region: Region) -> SiteFacts {
        let site = &self.sites[region];
        SiteFacts {
            alive: site.alive,
            wiped: site.wiped,
            reachable: self.reachable(region),
            nodes: site.nodes.clone(),
            serving: site.serving,
            primary: site.primary,
            fenced: site.fenced || !self.may_acknowledge(region),
            epoch: site.epoch,
            lease_left_us: site.lease_until_us.map(|until| until.saturating_sub(self.now)),
            lsn: site.lsn(),
            applied_lsn: site.applied_lsn,
            rows: site.mark.rows.to_vec(),
            digest: format!("{:016x}", site.mark.sum),
            indexed: site.indexed,
        }
    }

    pub(super) fn link_facts(&self) -> LinkFacts {
        let from = self.shipping.from;
        let applied = self.sites[1 - from].applied_lsn;
        let waiting = self.sites[from].tail.iter().filter(|entry| entry.lsn > applied);
        let sent = self.shipping.sent_lsn;
        let follows = (1..=3).contains(&self.settings.sync_mode) && !self.sites[1 - from].primary;
        let (mut backlog, mut in_flight, mut oldest): (u64, u64, Option<Micros>) = (0, 0, None);
        for entry in waiting.filter(|_| follows) {
            oldest = oldest.or(Some(entry.at_us));
            if entry.lsn > sent { backlog += 1 } else { in_flight += 1 }
        }
        LinkFacts {
            kb_s: self.link_kb_s(),
            backlog,
            backlog_kb: backlog * self.settings.write_kb,
            lag_us: oldest.map_or(0, |at| self.now.saturating_sub(at)),
            in_flight,
            carried_gb: self.carried_kb() as f64 / 1e6,
            gap: self.shipping.gap,
        }
    }

    /// Whether fencing allows a region to acknowledge.
    fn may_acknowledge(&self, region: Region) -> bool {
        let over = self.sites[region].lease_until_us.is_some_and(|until| self.now >= until);
        self.settings.fencing == 0 || !over
    }
}

fn client_facts(client: &super::clients::Client) -> ClientFacts {
    ClientFacts {
        place: client.place as u32,
        resolved: client.resolved.map_or(u32::MAX, |region| region as u32),
        resolved_until_us: client.until_us,
        ok: client.ok,
    }
}

fn backup_facts(backup: &super::backup::Backup) -> BackupFacts {
    BackupFacts {
        id: backup.id,
        full: backup.full,
        as_of_us: backup.as_of_us,
        gb: backup.mb as f64 / 1e3,
        rows: backup.mark.rows.iter().sum(),
        state: backup.state,
    }
}
