//! Topologies, and the worlds that they name, with the disks that a host has stored.
//!
//! Guarantees: the boot of a world is higher than any that its disks have seen, even if the stamp beside them is lost
//! or older. Leaves out: what a world is (`sim_world`).

use super::run::{DiskWrite, StoredRun};
use super::sim_world::SimWorld;
use super::swarm::WorldKind;
use super::world_code::Origin;
use quorum_raft::Rules;
use quorum_sim::replica::last_op;
use quorum_sim::settings::Settings;
use quorum_sim::{cluster, standalone};
use quorum_types::{NodeId, Refusal};
use quorum_wal::disk::{Change, Disk};

/// What a run is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    /// One engine, with the collection that generated rows go to.
    Standalone,
    /// One engine without any collection.
    Engine,
    /// A replica set with this many nodes.
    ReplicaSet(u32),
    /// A world of another crate; what it is made of stands in the word.
    External,
}

impl Topology {
    /// The word of what runs when nothing is named.
    pub(super) const DEFAULT: &str = "standalone";

    /// Reads `standalone` or `replica-set:N`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        match text {
            "standalone" => return Ok(Self::Standalone),
            "engine" => return Ok(Self::Engine),
            _ => {}
        }
        if WorldKind::external(text).is_some() {
            return Ok(Self::External);
        }
        let nodes = text.strip_prefix("replica-set:").and_then(|nodes| nodes.parse::<u32>().ok());
        match nodes.filter(|nodes| (1..=cluster::MAX_NODES).contains(nodes)) {
            Some(nodes) => Ok(Self::ReplicaSet(nodes)),
            None => {
                let most = cluster::MAX_NODES;
                let error = format!(
                    "there is no topology “{text}”; there are standalone, engine, milvus, two-regions and \
                     replica-set:1 to {most}"
                );
                Err(Refusal::new("unknown_topology", error))
            }
        }
    }

    /// The word for it, as [`Topology::parse`] reads it.
    pub fn word(self) -> String {
        match self {
            Self::Standalone => "standalone".to_owned(),
            Self::Engine => "engine".to_owned(),
            Self::ReplicaSet(nodes) => format!("replica-set:{nodes}"),
            Self::External => "external".to_owned(),
        }
    }
}

/// Creates the world of a run, with the disks that were stored.
pub(super) fn new_world(
    origin: &Origin,
    seed: u64,
    kept: bool,
    settings: Settings,
    rules: Rules,
    stored: &StoredRun,
) -> Box<dyn SimWorld> {
    let disk = |node: NodeId| {
        let files = stored.files.iter().filter(|file| file.node == node);
        Disk::from_files(files.map(|file| (file.file, file.extents.clone())))
    };
    let boot = stored.stamp.boot;
    // The stamp may be lost, or older than the files beside it. What was written decides.
    let written = |node: NodeId, disk: &Disk| quorum_wal::last_epoch(disk, node);
    let now = stored.stamp.t_us;
    let promised = stored.stamp.durable_lsns.clone();
    match origin {
        Origin::External(world) => world.copy(),
        Origin::Standalone { make, prefilled } => {
            let disk = disk(standalone::NODE);
            let epoch = boot.max(written(standalone::NODE, &disk)).saturating_add(1);
            make(standalone::Start {
                seed,
                epoch,
                stamp_epoch: boot,
                kept,
                prefilled: *prefilled,
                now,
                settings,
                disk,
                promised_lsn: promised.first().map(|(_, lsn)| *lsn),
                receipt_lsn: stored.stamp.receipt_lsn.unwrap_or(0),
                receipts_rows: stored.receipts_rows.unwrap_or(0),
                outstanding_rows: stored.outstanding_rows.unwrap_or(0),
            })
        }
        Origin::ReplicaSet { make, nodes } => {
            let disks: Vec<Disk> = (1..=*nodes).map(disk).collect();
            let numbered = || (1..).zip(&disks);
            let last = numbered().map(|(node, disk)| written(node, disk)).max().unwrap_or(0);
            // A number that was used once would be answered without anything being written.
            let used = numbered().map(|(node, disk)| last_op(disk, node)).max().unwrap_or(0);
            make(cluster::Start {
                nodes: *nodes,
                seed,
                epoch: boot.max(last).saturating_add(1),
                kept,
                quiet: false,
                now,
                settings,
                rules,
                next_op: stored.stamp.next_op.max(used.saturating_add(1)),
                disks,
                promised,
                acknowledged: stored.stamp.acknowledged_ops.clone(),
            })
        }
    }
}

/// A change of a node's disk, as the host sees it.
pub(super) fn disk_write(node: NodeId, change: Change) -> DiskWrite {
    match change {
        Change::Append { file, offset, bytes } => DiskWrite::Append { node, file, offset, bytes },
        Change::Truncate { file, bytes } => DiskWrite::Truncate { node, file, bytes },
        Change::Remove { file } => DiskWrite::Remove { node, file },
    }
}
