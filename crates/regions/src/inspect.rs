//! What one backup, region or resolver holds at a moment, in detail.
//!
//! Guarantees: reads and never writes; a backup shows what its manifest lists, and of its condition only what is known:
//! a damaged one looks like any other until it has been read. Leaves out: what the snapshot has already (`snapshot`).

use super::Regions;
use super::snapshot::{BackupState, LinkFacts};
use quorum_types::Micros;
use serde::{Deserialize, Serialize};

/// A backup in detail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BackupDetail {
    /// Its number.
    pub id: u64,
    /// Whether it is a full backup.
    pub full: bool,
    /// The region that it was made of, from 0.
    pub region: u32,
    /// The moment of its contents.
    pub as_of_us: Micros,
    /// Its assumed size in megabytes.
    pub mb: u64,
    /// The position of the region's log that it holds everything up to.
    pub lsn: u64,
    /// Its rows by collection.
    pub rows: Vec<u64>,
    /// For an incremental backup: the records of the log that it holds.
    pub records: u64,
    /// Its known state.
    pub state: BackupState,
    /// The backups that a restore reads, the full one first; empty if one of them is gone.
    pub chain: Vec<u64>,
    /// What a restore reads, in megabytes.
    pub chain_mb: u64,
    /// Files and bytes that were really written.
    pub files: (u64, u64),
    /// Whether the region's log still continues where it ends, so that newer records could follow it.
    pub continues: bool,
}

/// A region in detail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SiteDetail {
    /// Which, from 0.
    pub site: u32,
    /// Whether it considers itself the primary.
    pub primary: bool,
    /// The epoch under which it is or was that.
    pub epoch: u64,
    /// Until when it may acknowledge if its lease is not renewed.
    pub lease_until_us: Option<Micros>,
    /// Whether it was ordered to stop.
    pub fenced: bool,
    /// Whether it refuses new writes because a switchover is in progress.
    pub draining: bool,
    /// The newest record of its own log.
    pub lsn: u64,
    /// Records of its log that are kept: how many, and the position before the first.
    pub kept: (u64, u64),
    /// The other region's newest record, as the other region has it.
    pub other_lsn: u64,
    /// The position of the other region's log up to which it has applied it.
    pub applied_lsn: u64,
    /// Records of the other region that it lacks: not sent, and on their way.
    pub lacks: (u64, u64),
    /// How old the oldest of them is.
    pub lag_us: Micros,
    /// Whether the log that it would need is gone, so that it has to be filled from scratch.
    pub gap: bool,
    /// How many clients' resolvers name it.
    pub named_by: u32,
}

/// A client's resolver in detail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ResolverDetail {
    /// The client, from 0.
    pub client: u32,
    /// Where the client is, from 0.
    pub place: u32,
    /// The region that it names, from 0; none for a host that is gone.
    pub names: Option<u32>,
    /// Until when it keeps that answer.
    pub until_us: Micros,
    /// Whether it keeps answers past their TTL.
    pub stubborn: bool,
    /// The region that the record names now; none for a host that is gone.
    pub record: Option<u32>,
    /// The region to which the client last sent a request.
    pub sent_to: u32,
    /// Whether the client's last request was answered.
    pub answered: bool,
}

impl ResolverDetail {
    /// Whether its answer is still what the record says.
    pub fn holds(&self) -> bool {
        self.names == self.record
    }
}

impl Regions {
    /// A backup; none if it is not in the bucket.
    pub fn inspect_backup(&self, id: u64) -> Option<BackupDetail> {
        let backup = self.bucket.get(id)?;
        let chain = self.bucket.chain(id).unwrap_or_default();
        let site = &self.sites[backup.region];
        Some(BackupDetail {
            id,
            full: backup.full,
            region: backup.region as u32,
            as_of_us: backup.as_of_us,
            mb: backup.mb,
            lsn: backup.lsn,
            rows: backup.contents().rows.to_vec(),
            records: backup.records(),
            state: backup.state,
            chain: chain.iter().map(|backup| backup.id).collect(),
            chain_mb: self.bucket.chain_mb(id),
            files: backup.files(),
            continues: backup.is_of(site.history) && site.forgotten_lsn <= backup.lsn,
        })
    }

    /// A region; none for a number above 1.
    pub fn inspect_site(&self, region: u32) -> Option<SiteDetail> {
        let place = region as usize;
        let site = self.sites.get(place)?;
        let other = &self.sites[1 - place];
        // Shipping goes from one region to the other: the link's figures are the receiver's.
        let link = if self.shipping.from == place { LinkFacts::default() } else { self.link_facts() };
        let names = |client: &&super::clients::Client| client.resolved == Some(place);
        Some(SiteDetail {
            site: region,
            primary: site.primary,
            epoch: site.epoch,
            lease_until_us: site.lease_until_us,
            fenced: site.fenced,
            draining: site.draining,
            lsn: site.lsn(),
            kept: (site.tail.len() as u64, site.forgotten_lsn),
            other_lsn: other.lsn(),
            applied_lsn: site.applied_lsn,
            lacks: (link.backlog, link.in_flight),
            lag_us: link.lag_us,
            gap: link.gap,
            named_by: self.clients.all.iter().filter(names).count() as u32,
        })
    }

    /// A client's resolver; none if there is no such client.
    pub fn inspect_resolver(&self, number: u32) -> Option<ResolverDetail> {
        let client = self.clients.all.get(number as usize)?;
        Some(ResolverDetail {
            client: number,
            place: client.place as u32,
            names: client.resolved.map(|region| region as u32),
            until_us: client.until_us,
            stubborn: client.stubborn,
            record: self.dns.map(|region| region as u32),
            sent_to: client.moved_to as u32,
            answered: client.ok,
        })
    }
}
