//! Builds snapshots: the state of the lab as the façade shows it, and the parts that several worlds have in common.
//!
//! Guarantees: reads the world and never changes it. Leaves out: what only one world has (`single_engine`,
//! `replica_set`, `milvus_cluster`, `two_regions`), and drawing.

use super::Lab;
use super::snapshot::{Majority, Snapshot, WalFacts, WalFile};
use super::topology::Topology;
use quorum_engine::Catalog;
use quorum_sim::event::Tail;
use quorum_sim::log_disk::LogDisk;
use quorum_sim::recovery::Report;
use quorum_sim::standalone::COLLECTION;
use quorum_wal::format::FIRST_OBJECT;

pub(super) fn snapshot(lab: &Lab) -> Snapshot {
    let mut snapshot = Snapshot {
        t_us: lab.now_us(),
        seed: lab.config.seed,
        boot: lab.boot(),
        kept: lab.world.outbox().kept(),
        digest: lab.world.digest(),
        events: lab.world.event_count(),
        topology: lab.topology.word(),
        timeline: lab.timeline_facts(),
        lesson: lab.lesson_facts(),
        ..Snapshot::default()
    };
    if lab.topology == Topology::External {
        let lesson = lab.grader.as_ref().map(|grader| grader.lesson().topology.clone());
        snapshot.topology = lesson.or(lab.config.topology.clone()).unwrap_or(snapshot.topology);
    }
    lab.world.fill(&mut snapshot);
    if !lab.script.actions.is_empty() {
        snapshot.replay = Some((lab.script.done as u32, lab.script.actions.len() as u32));
        if let Some(group) = &mut snapshot.group {
            group.script = snapshot.replay;
        }
    }
    snapshot.majority.sentence = sentence(lab, &snapshot.majority);
    snapshot
}

fn sentence(lab: &Lab, majority: &Majority) -> String {
    let args = [
        ("nodes", majority.nodes.into()),
        ("need", majority.need.into()),
        ("reachable", majority.reachable.into()),
        ("missing", majority.need.saturating_sub(majority.reachable).into()),
    ];
    let key = match (majority.nodes, majority.can_elect) {
        (1, _) => "majority-single",
        (_, true) => "majority-can-elect",
        (_, false) => "majority-cannot-elect",
    };
    lab.lang.f(key, &args)
}

/// The smallest key of the collection of generated rows, with the largest.
pub(super) fn id_range(catalog: &Catalog) -> Option<(i64, i64)> {
    catalog.find(COLLECTION).ok()?.1.id_range
}

/// Rows visible in all collections.
pub(super) fn rows(catalog: &Catalog) -> u64 {
    catalog.collections().map(|(_, there)| there.rows()).sum()
}

pub(super) fn wal(log: &LogDisk, report: Option<&Report>) -> WalFacts {
    let known = log.wal().map_or(&[][..], quorum_wal::Wal::files);
    let file = |(file, bytes, durable_bytes)| {
        let facts = known.iter().find(|facts| facts.file == file);
        WalFile {
            file,
            bytes,
            durable_bytes,
            first_lsn: facts.map_or(0, |facts| facts.first_lsn),
            records: facts.map_or(0, |facts| facts.records),
        }
    };
    WalFacts {
        node: log.node,
        files: log.disk.files().filter(|(file, ..)| *file < FIRST_OBJECT).map(file).collect(),
        bytes: log.log_bytes(),
        checkpoint_lsn: 0,
        durable_lsn: log.durable_lsn(),
        last_lsn: log.wal().map_or(log.durable_lsn(), quorum_wal::Wal::last_lsn),
        tail: report.map_or(Tail::Clean, |report| report.tail),
        fsyncs: log.syncs(),
    }
}
