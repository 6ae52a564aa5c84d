//! Reads the lab's tagged enums from plain objects: commands, events, answers and what the host says.
//!
//! `serde` derives readers for such enums by buffering every value and compiling each variant a second time
//! for the buffer; in the browser that was a fifth of the program. Here the tag is looked at first, and the
//! fields are read straight from the object. Promises: reads what the derived writers write, and no more;
//! leaving a variant out of a table does not compile. Leaves out: everything without a tag (`read`).

use wasm_bindgen::JsValue;

use super::read::{Faults, Read};
pub use super::read::{Unread, field};
use super::wire::{HostFacts, HostState, Pace, Storage};
use crate::lab::command::Change;
use crate::lab::command::{
    Deed, Keep, default_batch, default_collection, default_deleted_percent, default_limit, default_window,
    first_import, first_node,
};
use crate::lab::swarm::Timed;
use crate::lab::{Answer, Command, Event, EventKind, Params};

/// A table of an enum's variants: the tag's word, the variant, and its fields with what stands for those that
/// may be left out. It makes the reader, and a function that does not compile when a variant is missing.
macro_rules! table {
    ($kind:ident by $tag:literal, else $other:ident {
        $($(#[$when:meta])* $word:literal => $variant:ident $({ $($field:ident $(or $absent:expr)?),* })?,)*
    }) => {
        impl Read for $kind {
            fn read(value: &JsValue, faults: &mut Faults) -> Self {
                #[expect(dead_code, reason = "it is there to be compiled: every variant must have a line")]
                fn complete(kind: &$kind) {
                    match kind { $($(#[$when])* $kind::$variant { .. } => (),)* }
                }
                let tag: String = faults.field(value, $tag);
                match tag.as_str() {
                    $($(#[$when])* $word => $kind::$variant $({ $($field: table!(@field faults value $field $(or $absent)?)),* })?,)*
                    _ => {
                        faults.note(Unread::UnknownTag(tag));
                        $kind::$other
                    }
                }
            }
        }
    };
    (@field $faults:ident $value:ident $field:ident) => { $faults.field($value, stringify!($field)) };
    (@field $faults:ident $value:ident $field:ident or $absent:expr) => {
        $faults.field_or($value, stringify!($field), $absent)
    };
}

table!(Command by "op", else Stats {
    "insert" => Insert { collection or default_collection, rows, batch or default_batch },
    "upsert" => Upsert { collection or default_collection, rows },
    "import" => Import { rows, batch or default_batch, import or first_import },
    "delete" => Delete { collection or default_collection, filter or String::new },
    "query" => Query {
        collection or default_collection, filter or String::new, output_fields or Vec::new, limit or || None,
        offset or || 0
    },
    "search" => Search {
        collection or default_collection, field or String::new, data, limit or default_limit, offset or || 0,
        metric_type or || None, params or Params::new, filter or String::new, output_fields or Vec::new
    },
    "create_collection" => CreateCollection { name, fields },
    "drop_collection" => DropCollection { collection },
    "list_collections" => ListCollections,
    "create_index" => CreateIndex {
        collection or default_collection, field, index_type, metric_type, params or Params::new
    },
    "drop_index" => DropIndex { collection or default_collection },
    "load" => Load { collection or default_collection },
    "release" => Release { collection or default_collection },
    "flush" => Flush { collection or default_collection },
    "compact" => Compact { collection or default_collection, deleted_percent or default_deleted_percent },
    "stats" => Stats,
    "autosync" => Autosync { on },
    "sync" => Sync,
    "crash" => Crash { keep or Keep::default, torn_bytes or || 0 },
    "crash_at" => CrashAt { moment or || None },
    "recover" => Recover,
    "corrupt" => Corrupt { file, offset, kind },
    "disk_capacity" => DiskCapacity { bytes or || None },
    "export_wal" => ExportWal { file or || 0 },
    "kill" => Kill { node, torn_bytes or || 0 },
    "restart" => Restart { node },
    "pause" => Pause { node },
    "resume" => Resume { node },
    "cut" => Cut { from, to, one_way or || false },
    "heal" => Heal { from or || None, to or || None },
    "power_cut" => PowerCut { torn_bytes or || 0 },
    "crash_loop" => CrashLoop { node, times, every_us },
    "partition" => Partition { side, but or Vec::new },
    "kill_zone" => KillZone { zone },
    "stop" => Stop { node },
    "set" => Set { name, value },
    "region" => Region { deed, region or || None, value or || None, text or || None },
    "clog" => Clog { from, to, us },
    "weather" => Weather { loss or || 0, duplicate or || 0, reorder or || 0 },
    "wipe" => Wipe { node },
    "disk" => Disk { node, fault, at or || 0 },
    "clock" => Clock { node, drift_ppm or || 0, jump_us or || 0, period_us or || 0 },
    "campaign" => Campaign { node },
    "transfer" => Transfer { to },
    "conf" => Conf { mode, changes or Vec::new },
    "take_snapshot" => TakeSnapshot { node },
    "rule" => Rule { name, on },
    "client" => Client { on },
    "act" => Act { name },
    "predict" => Predict { step, choose },
    "explain" => Explain { step, choose },
    "read" => Read { step },
    "show_me" => ShowMe { step or || None },
    "free_play" => FreePlay { on },
    "reset" => Reset,
    "run" => Run { us },
    "step" => Step,
    "seek" => Seek { t_us },
    "wal" => Wal { node or first_node, file or || None, offset or || None, bytes or default_window },
});

table!(EventKind by "kind", else PowerCut {
    "opened" => Opened { boot, nodes },
    "power_cut" => PowerCut,
    "killed" => Killed,
    "restarted" => Restarted,
    "paused" => Paused,
    "resumed" => Resumed,
    "link_cut" => LinkCut { from, to },
    "link_healed" => LinkHealed { from, to },
    "link_clogged" => LinkClogged { from, to, us },
    "weather_changed" => WeatherChanged { loss, duplicate, reorder },
    "disk_lost" => DiskLost,
    "disk_fault" => DiskFault { fault },
    "clock_set" => ClockSet { drift_ppm, jump_us },
    "rule_switched" => RuleSwitched { rule, on },
    "budget_exceeded" => BudgetExceeded { why },
    "wal_appended" => WalAppended { lsn, bytes, file, offset },
    "fsync_began" => FsyncBegan { lsn, bytes },
    "fsync_ended" => FsyncEnded { lsn, bytes, took_us },
    "wal_rotated" => WalRotated { file, first_lsn },
    "recovery_began" => RecoveryBegan { bytes, files },
    "recovery_progress" => RecoveryProgress { bytes, total_bytes, records, rows },
    "torn_tail" => TornTail { file, offset, claimed_bytes, found_bytes },
    "wal_corrupt" => WalCorrupt { file, offset, why },
    "recovered" => Recovered { records, rows, unproven_rows, outstanding_rows, lsn, took_us },
    "flush_began" => FlushBegan { segments, bytes },
    "checkpointed" => Checkpointed { lsn, files, bytes, took_us },
    "checkpoint_loaded" => CheckpointLoaded { lsn, bytes, rows },
    "sealed" => Sealed { lsn },
    "compacted" => Compacted { lsn, segments },
    "index_built" => IndexBuilt { segment, rows, took_us },
    "trap_sprung" => TrapSprung { moment },
    "media_damaged" => MediaDamaged { file, offset },
    "disk_full" => DiskFull { bytes },
    "catalog_changed" => CatalogChanged { lsn, change },
    "deleted" => Deleted { lsn, keys, took_us },
    "import_progress" => ImportProgress { import, position, total },
    "searched" => Searched { vectors, rows },
    "insert_began" => InsertBegan { first_id, rows },
    "acknowledged" => Acknowledged { lsn, first_id, rows, total_rows, took_us },
    "queried" => Queried { filter, rows },
    "election_timeout" => ElectionTimeout { timeout_us },
    "campaigned" => Campaigned { term },
    "vote_granted" => VoteGranted { candidate, term },
    "vote_refused" => VoteRefused { candidate, term, why },
    "became_leader" => BecameLeader { term, votes, voters },
    "stepped_down" => SteppedDown { term },
    "committed" => Committed { index, term },
    "log_truncated" => LogTruncated { from },
    "pre_campaigned" => PreCampaigned { term },
    "lost_quorum" => LostQuorum { term },
    "snapshot_taken" => SnapshotTaken { index },
    "snapshot_installed" => SnapshotInstalled { index, term },
    "conf_changed" => ConfChanged { index, voters, outgoing, learners },
    "transfer_began" => TransferBegan { to },
    "repair_began" => RepairBegan,
    "repair_ended" => RepairEnded { index },
    "sent" => Sent { id, from, to, message, term },
    "delivered" => Delivered { id, from, to, message },
    "dropped" => Dropped { id, from, to, message, why },
    "op_start" => OpStart { op },
    "op_retry" => OpRetry { op, attempt, to },
    "client_stopped" => ClientStopped { writes },
    "op_end" => OpEnd { op, status, took_us },
    "service_lost" => ServiceLost { fault_us },
    "service_restored" => ServiceRestored { rto_us, phases, failed },
    "invariant_broken" => InvariantBroken { name, detail },
    "pod_ready" => PodReady { component },
    "probe_missed" => ProbeMissed { misses },
    "taken_out" => TakenOut { component },
    "role_taken" => RoleTaken { role, epoch },
    "role_ended" => RoleEnded { role, epoch },
    "lease_expired" => LeaseExpired { component },
    "route_failed" => RouteFailed { to },
    "routes_refreshed" => RoutesRefreshed { nodes },
    "segment_assigned" => SegmentAssigned { segment, replica },
    "segment_loaded" => SegmentLoaded { segment, replica, bytes, took_us },
    "channel_replayed" => ChannelReplayed { records, took_us },
    "write_step" => WriteStep { first_id, step },
    "insert_failed" => InsertFailed { first_id, rows, status, took_us },
    "search_served" => SearchServed { op, waited_us, behind_us, recall_permille, partial },
    "batch_ended" => BatchEnded { searches, failed, took_us },
    "fenced" => Fenced { epoch },
    "write_lost" => WriteLost { first_id, rows },
    "partitioned" => Partitioned { side, but },
    "network_healed" => NetworkHealed { links },
    "region_lost" => RegionLost { region, wiped },
    "region_returned" => RegionReturned { region, records },
    "region_isolated" => RegionIsolated { region },
    "region_link" => RegionLink { kb_s },
    "row_written" => RowWritten { op, region, lsn, collection, key, change },
    "read_end" => ReadEnd { op, status, region },
    "client_moved" => ClientMoved { client, region },
    "shipped" => Shipped { records, lsn },
    "counts_synced" => CountsSynced { collection, rows },
    "resynced" => Resynced { rows, lsn },
    "backup_began" => BackupBegan { backup, full },
    "backup_ended" => BackupEnded { backup, lsn, rows, mb },
    "backup_failed" => BackupFailed { backup, why },
    "backup_pruned" => BackupPruned { backup },
    "alert_raised" => AlertRaised { alert, channels },
    "runbook_began" => RunbookBegan { steps },
    "step_began" => StepBegan { step, word },
    "step_ended" => StepEnded { step, word, ok, why, took_us },
    "runbook_ended" => RunbookEnded { ok },
    "backup_restored" => BackupRestored { backup, region, lsn, rows, took_us },
    "promoted" => Promoted { region, epoch, lsn },
    "demoted" => Demoted { region, epoch },
    "dns_changed" => DnsChanged { region },
    "write_died" => WriteDied { op, died },
    "failed_back" => FailedBack { region, merged, discarded },
    "mistake_made" => MistakeMade { collection, rows },
    "surprise_prepared" => SurprisePrepared { surprise },
    "surprise_felt" => SurpriseFelt { surprise },
    "config_taken" => ConfigTaken { changed, keys },
});

table!(HostState by "state", else Starting {
    "starting" => Starting,
    "loading" => Loading { bytes, total_bytes },
    "running" => Running,
    "unplugged" => Unplugged,
    "panicked" => Panicked { message },
    "no_worker" => NoWorker { why },
    "refused" => Refused { code, error },
});

table!(Storage by "storage", else Unknown {
    "unknown" => Unknown,
    "durable" => Durable,
    "memory" => Memory { why },
});

table!(Pace by "pace", else Hold {
    "play" => Play,
    "hold" => Hold,
    "speed" => Speed { x },
});

/// A change of the configuration: an object whose one field says what happens to which node.
impl Read for Change {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        type Kind = fn(u32) -> Change;
        const KINDS: [(&str, Kind); 3] =
            [("add", Change::Add), ("remove", Change::Remove), ("learner", Change::Learner)];
        for (name, kind) in KINDS {
            if !faults.raw(value, name).is_undefined() {
                return kind(faults.field(value, name));
            }
        }
        faults.note(Unread::Field("add, remove or learner is wanted".to_owned()));
        Self::Add(0)
    }
}

/// A deed reads as the command that does it.
impl Read for Timed {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        let t_us = faults.field(value, "t_us");
        let deed = Command::read(value, faults).deed().unwrap_or_else(|| {
            faults.note(Unread::Field("op: no deed of a replica set".to_owned()));
            Deed::Heal
        });
        Self { t_us, deed }
    }
}

impl Read for Event {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        Self {
            t_us: faults.field(value, "t_us"),
            node: faults.field(value, "node"),
            kind: EventKind::read(value, faults),
        }
    }
}

/// It has no tag; each kind has a field that no other has.
impl Read for Answer {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        let ok = faults.field(value, "ok");
        let mut has = |name: &'static str| !faults.raw(value, name).is_undefined();
        if has("acknowledged") {
            Self::Inserted { ok, acknowledged: faults.field(value, "acknowledged") }
        } else if has("code") {
            Self::Refused {
                ok,
                code: faults.field(value, "code"),
                error: faults.field(value, "error"),
                file: faults.field(value, "file"),
                offset: faults.field(value, "offset"),
            }
        } else if has("count") {
            Self::Written { ok, count: faults.field(value, "count"), lsn: faults.field(value, "lsn") }
        } else if has("replayed") {
            Self::Recovered {
                ok,
                replayed: faults.field(value, "replayed"),
                rows: faults.field(value, "rows"),
                tail: faults.field(value, "tail"),
                durable_lsn: faults.field(value, "durable_lsn"),
            }
        } else if has("rows") {
            Self::Rows { ok, rows: faults.field(value, "rows") }
        } else if has("hits") {
            Self::Hits { ok, hits: faults.field(value, "hits") }
        } else if has("hex") {
            Self::Exported { ok, hex: faults.field(value, "hex") }
        } else if has("collections") && has("wal") {
            Self::Stats {
                ok,
                collections: faults.field(value, "collections"),
                wal: faults.field(value, "wal"),
            }
        } else if has("collections") {
            Self::Collections { ok, collections: faults.field(value, "collections") }
        } else if has("wal") {
            Self::Wal { ok, wal: faults.field(value, "wal") }
        } else {
            Self::Done { ok, t_us: faults.field(value, "t_us") }
        }
    }
}

impl Read for HostFacts {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        Self {
            state: faults.field(value, "state"),
            storage: faults.field(value, "storage"),
            playing: faults.field(value, "playing"),
            speed: faults.field(value, "speed"),
            reached_speed: faults.field(value, "reached_speed"),
            waiting: faults.field(value, "waiting"),
            store: faults.field(value, "store"),
        }
    }
}

/// Reads a command that a script gives.
pub fn command(value: &JsValue) -> Result<Command, Unread> {
    super::read::guarded(value)
}
