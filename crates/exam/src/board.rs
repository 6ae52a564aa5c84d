//! What an operator sees: a board of things with their state, and a log.
//!
//! Guarantees: everything comes from the snapshot and the events of the run; what no monitoring would show is left out:
//! injected faults, links that are cut, hidden damage, and what a pod that does not answer is like. Leaves out:
//! sentences and drawing (the page).

use quorum_facade::snapshot::{MilvusFacts, NodeFacts, RegionsFacts, Role, Snapshot};
use quorum_facade::swarm::WorldKind;
use quorum_facade::{Event, milvus, regions};
use quorum_lesson::field_visitor::tag;
use quorum_types::{Micros, NodeId};
use serde_json::{Value, json};

use super::incident::Table;

/// A thing on the board: its kind and number, and its state by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// `pod`, `node`, `region`, `backup`, `snapshot`, `link`, `step` and so on.
    pub kind: &'static str,
    /// Its number among those of its kind.
    pub number: u64,
    /// Its state; `kind` and `number` are in it as well.
    pub fields: Table,
}

/// An event that the log shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub t_us: Micros,
    /// Where, if at a node.
    pub node: Option<NodeId>,
    /// Its kind.
    pub kind: String,
    /// Its fields, with `t_us`, `t_s` (the time in whole seconds), `node` and `kind`.
    pub fields: Table,
}

/// Kinds of events that logs and monitoring show, in all worlds.
const SHOWN: [&str; 47] = [
    // Processes about themselves.
    "pod_ready",
    "role_taken",
    "role_ended",
    "lease_expired",
    "fenced",
    "exited",
    "taken_out",
    "probe_missed",
    "route_failed",
    "segment_loaded",
    "channel_replayed",
    "sealed",
    "flush_began",
    "checkpointed",
    "checkpoint_loaded",
    "compacted",
    "disk_full",
    "recovery_began",
    "recovered",
    "torn_tail",
    "wal_corrupt",
    "wal_rotated",
    "snapshot_taken",
    "snapshot_installed",
    "repair_began",
    "repair_ended",
    "became_leader",
    "stepped_down",
    "lost_quorum",
    "conf_changed",
    "catalog_changed",
    // Requests and orders.
    "insert_failed",
    "order_ended",
    "snapshot_made",
    "snapshot_dropped",
    "job_moved",
    "job_shown",
    "rows_deleted",
    // Regions.
    "alert_raised",
    "backup_ended",
    "backup_failed",
    "backup_restored",
    "step_ended",
    "runbook_ended",
    "promoted",
    "demoted",
    "dns_changed",
];

/// Kinds that are shown of failures alone.
const FAILURES: [&str; 2] = ["op_end", "read_end"];

/// What monitoring measures of a disk or a bucket: whether it is full, slow or does not answer.
const DISK: &str = "disk_fault";
/// And no other fault of it.
const SEEN: [&str; 4] = ["full", "slow", "gone", "fine"];

/// Fields that say what nobody can know.
const HIDDEN: [&str; 1] = ["fault_us"];

/// The event as the log shows it; none if it does not.
pub fn entry(event: &Event) -> Option<Entry> {
    // Most events are none of these, and are not worth a table.
    let shown = tag(&event.kind, |kind| SHOWN.contains(&kind) || FAILURES.contains(&kind) || kind == DISK);
    if !shown {
        return None;
    }
    let Ok(Value::Object(mut fields)) = serde_json::to_value(event) else { return None };
    let kind = fields.get("kind")?.as_str()?.to_owned();
    if kind == DISK && !SEEN.contains(&fields.get("fault").and_then(Value::as_str).unwrap_or_default()) {
        return None;
    }
    if FAILURES.contains(&kind.as_str()) && fields.get("status").and_then(Value::as_str) == Some("ok") {
        return None;
    }
    fields.insert("t_s".to_owned(), (event.t_us / 1_000_000).into());
    HIDDEN.iter().for_each(|name| drop(fields.remove(*name)));
    Some(Entry { t_us: event.t_us, node: event.node, kind, fields })
}

/// The board of a snapshot.
pub fn board(world: WorldKind, snapshot: &Snapshot) -> Vec<Row> {
    match world {
        WorldKind::Cluster => replica_set(snapshot),
        WorldKind::Standalone => single_engine(snapshot),
        WorldKind::Milvus => snapshot.milvus.as_deref().map(milvus_cluster).unwrap_or_default(),
        WorldKind::Regions => snapshot.regions.as_deref().map(two_regions).unwrap_or_default(),
    }
}

fn row(kind: &'static str, number: u64, fields: Value) -> Row {
    let mut table = Table::new();
    table.insert("kind".to_owned(), kind.into());
    table.insert("number".to_owned(), number.into());
    if let Value::Object(fields) = fields {
        table.extend(fields);
    }
    Row { kind, number, fields: table }
}

fn seconds(us: Micros) -> u64 {
    us / 1_000_000
}

fn milvus_cluster(facts: &MilvusFacts) -> Vec<Row> {
    use milvus::snapshot::PodState;
    let pods = facts.pods.iter().map(|pod| {
        // A paused process looks like any other to its machine; only probes that are missed give it away.
        let state = match pod.state {
            PodState::Down => "down",
            PodState::Booting => "booting",
            PodState::Up | PodState::Paused if pod.misses > 0 => "silent",
            PodState::Up | PodState::Paused => "up",
        };
        let fields = json!({
            "component": pod.component.word(), "ordinal": pod.ordinal, "zone": pod.zone, "state": state,
            "active": pod.active, "misses": pod.misses, "lease_left_s": pod.lease_left_us.map(seconds),
        });
        row("pod", u64::from(pod.id), fields)
    });
    let snapshots = facts.snapshots.iter().map(|snapshot| {
        let fields = json!({
            "at_s": seconds(snapshot.at_us), "rows": snapshot.rows, "written": snapshot.written,
        });
        row("snapshot", snapshot.snapshot, fields)
    });
    let jobs = facts.jobs.iter().map(|job| {
        let fields =
            json!({ "purpose": job.purpose, "state": job.state, "rows": job.rows, "shown": job.shown });
        row("job", job.job, fields)
    });
    let flushed: u64 = facts.segments.iter().map(|segment| segment.rows).sum();
    let collection = json!({
        "acknowledged": facts.acknowledged_rows, "flushed": flushed, "searches_ok": facts.tester.ok,
        "searches_failed": facts.tester.failed, "last_failure": facts.tester.last_failure,
        "writes_failed": facts.failed_writes, "latency_ms": facts.tester.mean_latency_us / 1_000,
    });
    pods.chain(snapshots).chain(jobs).chain([row("collection", 0, collection)]).collect()
}

fn replica_set(snapshot: &Snapshot) -> Vec<Row> {
    let nodes = snapshot.nodes.iter().map(|node: &NodeFacts| {
        let state = match node.role {
            Role::Down => "down",
            Role::Refused => "refused",
            Role::Recovering => "recovering",
            _ => "up",
        };
        let fields = json!({
            "state": state, "leads": node.role == Role::Leader, "term": node.term, "commit": node.commit,
            "applied": node.applied, "rows": node.rows, "impaired": node.impaired, "voter": node.voter,
        });
        row("node", u64::from(node.id), fields)
    });
    let client = snapshot.client.as_ref().map(|client| {
        let fields = json!({
            "ok": client.ok, "failed": client.failed, "unknown": client.unknown, "open": client.open,
            "route": client.route,
        });
        row("client", 0, fields)
    });
    nodes.chain(client).collect()
}

fn single_engine(snapshot: &Snapshot) -> Vec<Row> {
    let node = snapshot.nodes.first();
    let state = match node.map(|node| node.role) {
        Some(Role::Down) | None => "down",
        Some(Role::Refused) => "refused",
        Some(Role::Recovering) => "recovering",
        _ => "up",
    };
    let fields = json!({
        "state": state, "acknowledged": snapshot.rows.acknowledged, "visible": snapshot.rows.visible,
        "pending": snapshot.rows.pending, "log_bytes": snapshot.wal.bytes,
        "disk_bytes": snapshot.wal.bytes + snapshot.engine.as_ref().map_or(0, |engine| engine.object_bytes),
        "checkpoint_lsn": snapshot.wal.checkpoint_lsn, "durable_lsn": snapshot.wal.durable_lsn,
    });
    let files = snapshot.wal.files.iter().map(|file| {
        let fields = json!({
            "bytes": file.bytes, "durable_bytes": file.durable_bytes, "first_lsn": file.first_lsn,
            "records": file.records,
        });
        row("file", u64::from(file.file), fields)
    });
    [row("engine", 0, fields)].into_iter().chain(files).collect()
}

fn two_regions(facts: &RegionsFacts) -> Vec<Row> {
    use regions::snapshot::BackupState;
    let sites = facts.sites.iter().zip(0u64..).map(|(site, number)| {
        // What cannot be reached is not known either.
        let fields = if site.reachable {
            json!({
                "state": "up", "primary": site.primary, "serving": site.serving, "named": facts.dns == number as u32,
                "applied_lsn": site.applied_lsn, "lsn": site.lsn, "rows": site.rows.iter().sum::<u64>(),
                "nodes_up": site.nodes.iter().filter(|up| **up).count(), "indexed": site.indexed,
            })
        } else {
            json!({ "state": "unreachable", "named": facts.dns == number as u32 })
        };
        row("region", number, fields)
    });
    let link = json!({
        "kb_s": facts.link.kb_s, "backlog": facts.link.backlog, "lag_s": seconds(facts.link.lag_us),
        "gap": facts.link.gap,
    });
    let backups = facts.backups.iter().map(|backup| {
        let state = match backup.state {
            BackupState::Writing => "writing",
            BackupState::Unverified => "unverified",
            BackupState::Verified => "verified",
            BackupState::Bad => "bad",
            BackupState::Failed => "failed",
        };
        let fields = json!({
            "state": state, "full": backup.full, "as_of_s": seconds(backup.as_of_us), "rows": backup.rows,
        });
        row("backup", backup.id, fields)
    });
    let steps = facts.failover.steps.iter().zip(0u64..).map(|(step, number)| {
        row("step", number, json!({ "word": step.step.word(), "ok": step.ok, "why": step.why }))
    });
    let clients = facts.clients.iter().zip(0u64..).map(|(client, number)| {
        row("client", number, json!({ "place": client.place, "resolved": client.resolved, "ok": client.ok }))
    });
    let desk = json!({ "running": facts.failover.running, "ok": facts.failover.ok, "misses": facts.misses });
    sites
        .chain([row("link", 0, link), row("runbook", 0, desk)])
        .chain(backups)
        .chain(steps)
        .chain(clients)
        .collect()
}

/// What can be named in a diagnosis: things on the board, and what they are parts of.
pub fn components(world: WorldKind, rows: &[Row]) -> Vec<String> {
    let of = |kinds: &[&str]| -> Vec<String> {
        let named = rows.iter().filter(|row| kinds.contains(&row.kind));
        named.map(|row| format!("{}:{}", row.kind, row.number)).collect()
    };
    match world {
        WorldKind::Milvus => {
            let mut zones: Vec<u64> =
                rows.iter().filter_map(|row| row.fields.get("zone").and_then(Value::as_u64)).collect();
            quorum_types::sort::sort(&mut zones);
            zones.dedup();
            let zones = zones.into_iter().map(|zone| format!("zone:{zone}"));
            of(&["pod", "snapshot", "collection"]).into_iter().chain(zones).collect()
        }
        WorldKind::Cluster => of(&["node"]),
        WorldKind::Regions => of(&["region", "link", "backup"]),
        WorldKind::Standalone => ["engine:0", "log:0", "disk:0"].map(str::to_owned).to_vec(),
    }
}
