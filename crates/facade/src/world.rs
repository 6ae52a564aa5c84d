//! The worlds of runs, with the disks that a host has stored.
//!
//! Guarantees: the boot of a world is higher than any that its disks have seen, even if the stamp beside them is lost
//! or older. Leaves out: what a world is (`sim_world`), and how topologies name them
//! (`topology`).

use super::run::{DiskWrite, StoredRun};
use super::sim_world::SimWorld;
use super::world_code::Origin;
use quorum_raft::Rules;
use quorum_sim::replica::last_op;
use quorum_sim::settings::Settings;
use quorum_sim::{cluster, standalone};
use quorum_types::NodeId;
use quorum_wal::disk::{Change, Disk};

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

#[cfg(test)]
mod tests {
    use crate::snapshot::{Role, Snapshot};
    use crate::tests::config;
    use crate::{Lab, MOST_NODES};
    use quorum_types::Refusal;

    fn run_to(topology: &str, us: u64) -> Result<Snapshot, Refusal> {
        let mut lab = Lab::open(config(topology, 1, false), None)?;
        lab.advance(us, u32::MAX);
        Ok(lab.snapshot())
    }

    fn leaders(now: &Snapshot) -> usize {
        now.nodes.iter().filter(|node| node.role == Role::Leader).count()
    }

    #[test]
    fn a_topology_names_the_settings_of_its_replica_set() {
        let plain = run_to("replica-set:3", 5_000_000).expect("opens");
        let defaults = run_to("replica-set:3:heartbeat_ms=100,client_on=1", 5_000_000).expect("opens");
        assert_eq!(plain.digest, defaults.digest, "defaults change nothing");
        let quiet = run_to("replica-set:3:client_on=0,election_ms=300", 5_000_000).expect("opens");
        let client = quiet.client.as_ref().expect("a client");
        assert!(!client.on && client.total == 0 && leaders(&quiet) == 1);
        assert_eq!(quiet.topology, "replica-set:3");
        for (topology, code) in [
            ("replica-set:3:heartbeat_ms", "unknown_topology"),
            ("replica-set:3:heartbeat_ms=x", "unknown_topology"),
            ("replica-set:3:frogs=1", "unknown_setting"),
            ("replica-set:3:heartbeat_ms=1", "bad_setting"),
            ("replica-set:0", "unknown_topology"),
            ("replica-set:52", "unknown_topology"),
        ] {
            assert_eq!(run_to(topology, 0).map_err(|refusal| refusal.code).err().as_deref(), Some(code));
        }
    }

    #[test]
    fn the_largest_replica_set_elects_and_writes() {
        let now = run_to(&format!("replica-set:{MOST_NODES}"), 8_000_000).expect("opens");
        assert_eq!((now.nodes.len(), leaders(&now)), (51, 1));
        assert_eq!((now.majority.nodes, now.majority.need), (51, 26));
        assert!(now.client.as_ref().is_some_and(|client| client.ok > 0), "{:?}", now.client);
        assert!(now.invariants.iter().all(|invariant| invariant.holds));
    }
}
