//! Reads the lab's tagged enums from plain objects: commands, events, answers and what the host says.
//!
//! `serde` derives readers for such enums by buffering every value and compiling each variant a second time
//! for the buffer; in the browser that was a fifth of the program. Here the tag is looked at first, and the
//! fields are read straight from the object. Promises: reads what the derived writers write, and no more;
//! leaving a variant out of a table does not compile. Leaves out: structs, whose derived readers are small.

use js_sys::Reflect;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use super::plain::from_js;
use super::wire::{HostFacts, HostState, Pace, Storage};
use crate::lab::command::{
    Keep, default_batch, default_collection, default_deleted_percent, default_limit, default_window,
    first_import, first_node,
};
use crate::lab::{Answer, Command, Event, EventKind, Params};

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The tag is none that is known.
    UnknownTag(String),
    /// A field is missing or of another kind.
    Field(String),
}

impl core::fmt::Display for Unread {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::UnknownTag(tag) => write!(f, "unknown: {tag}"),
            Self::Field(why) => f.write_str(why),
        }
    }
}

/// A field of an object.
pub fn field<T: DeserializeOwned>(value: &JsValue, name: &str) -> Result<T, Unread> {
    let found = raw(value, name)?;
    from_js(&found).map_err(|why| Unread::Field(format!("{name}: {why}")))
}

/// A field of an object, or what stands for it when it is left out.
fn field_or<T: DeserializeOwned>(
    value: &JsValue,
    name: &str,
    absent: impl FnOnce() -> T,
) -> Result<T, Unread> {
    if raw(value, name)?.is_undefined() { Ok(absent()) } else { field(value, name) }
}

/// A field of an object as it is; undefined when it is not there.
pub fn raw(value: &JsValue, name: &str) -> Result<JsValue, Unread> {
    Reflect::get(value, &JsValue::from_str(name)).map_err(|_| Unread::Field(format!("{name}: no object")))
}

/// A table of an enum's variants: the tag's word, the variant, and its fields with what stands for those that
/// may be left out. It makes the reader, and a function that does not compile when a variant is missing.
macro_rules! table {
    ($name:ident reads $kind:ident by $tag:literal {
        $($word:literal => $variant:ident $({ $($field:ident $(or $absent:expr)?),* })?,)*
    }) => {
        fn $name(value: &JsValue) -> Result<$kind, Unread> {
            #[expect(dead_code, reason = "it is there to be compiled: every variant must have a line")]
            fn complete(kind: &$kind) {
                match kind { $($kind::$variant { .. } => (),)* }
            }
            let tag: String = field(value, $tag)?;
            Ok(match tag.as_str() {
                $($word => $kind::$variant $({ $($field: table!(@field value $field $(or $absent)?)),* })?,)*
                _ => return Err(Unread::UnknownTag(tag)),
            })
        }
    };
    (@field $value:ident $field:ident) => { field($value, stringify!($field))? };
    (@field $value:ident $field:ident or $absent:expr) => { field_or($value, stringify!($field), $absent)? };
}

table!(read_command reads Command by "op" {
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
    "kill" => Kill { node },
    "restart" => Restart { node },
    "pause" => Pause { node },
    "resume" => Resume { node },
    "cut" => Cut { from, to, one_way or || false },
    "heal" => Heal { from or || None, to or || None },
    "power_cut" => PowerCut { torn_bytes or || 0 },
    "client" => Client { on },
    "run" => Run { us },
    "step" => Step,
    "seek" => Seek { t_us },
    "wal" => Wal { node or first_node, file or || None, offset or || None, bytes or default_window },
});

table!(read_event_kind reads EventKind by "kind" {
    "opened" => Opened { boot, nodes },
    "power_cut" => PowerCut,
    "killed" => Killed,
    "restarted" => Restarted,
    "paused" => Paused,
    "resumed" => Resumed,
    "link_cut" => LinkCut { from, to },
    "link_healed" => LinkHealed { from, to },
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
    "sent" => Sent { id, from, to, message, term },
    "delivered" => Delivered { id, from, to, message },
    "dropped" => Dropped { id, from, to, message, why },
    "op_start" => OpStart { op },
    "op_retry" => OpRetry { op, attempt, to },
    "op_end" => OpEnd { op, status, took_us },
    "service_lost" => ServiceLost { fault_us },
    "service_restored" => ServiceRestored { rto_us, phases, failed },
    "invariant_broken" => InvariantBroken { name, detail },
});

table!(read_host_state reads HostState by "state" {
    "starting" => Starting,
    "loading" => Loading { bytes, total_bytes },
    "running" => Running,
    "unplugged" => Unplugged,
    "panicked" => Panicked { message },
    "refused" => Refused { code, error },
});

table!(read_storage reads Storage by "storage" {
    "unknown" => Unknown,
    "durable" => Durable,
    "memory" => Memory { why },
});

table!(read_pace reads Pace by "pace" {
    "play" => Play,
    "hold" => Hold,
    "speed" => Speed { x },
});

/// Reads a command.
pub fn command(value: &JsValue) -> Result<Command, Unread> {
    read_command(value)
}

/// Reads a pace.
pub fn pace(value: &JsValue) -> Result<Pace, Unread> {
    read_pace(value)
}

/// Reads events.
pub fn events(value: &JsValue) -> Result<Vec<Event>, Unread> {
    js_sys::Array::from(value).iter().map(|event| read_event(&event)).collect()
}

fn read_event(value: &JsValue) -> Result<Event, Unread> {
    Ok(Event { t_us: field(value, "t_us")?, node: field(value, "node")?, kind: read_event_kind(value)? })
}

/// Reads an answer. It has no tag; each kind has a field that no other has.
pub fn answer(value: &JsValue) -> Result<Answer, Unread> {
    let ok = field(value, "ok")?;
    let has = |name: &str| raw(value, name).is_ok_and(|found| !found.is_undefined());
    Ok(if has("acknowledged") {
        Answer::Inserted { ok, acknowledged: field(value, "acknowledged")? }
    } else if has("code") {
        Answer::Refused {
            ok,
            code: field(value, "code")?,
            error: field(value, "error")?,
            file: field_or(value, "file", || None)?,
            offset: field_or(value, "offset", || None)?,
        }
    } else if has("count") {
        Answer::Written { ok, count: field(value, "count")?, lsn: field(value, "lsn")? }
    } else if has("replayed") {
        Answer::Recovered {
            ok,
            replayed: field(value, "replayed")?,
            rows: field(value, "rows")?,
            tail: field(value, "tail")?,
            durable_lsn: field(value, "durable_lsn")?,
        }
    } else if has("rows") {
        Answer::Rows { ok, rows: field(value, "rows")? }
    } else if has("hits") {
        Answer::Hits { ok, hits: field(value, "hits")? }
    } else if has("hex") {
        Answer::Exported { ok, hex: field(value, "hex")? }
    } else if has("collections") && has("wal") {
        Answer::Stats { ok, collections: field(value, "collections")?, wal: field(value, "wal")? }
    } else if has("collections") {
        Answer::Collections { ok, collections: field(value, "collections")? }
    } else if has("wal") {
        Answer::Wal { ok, wal: field(value, "wal")? }
    } else {
        Answer::Done { ok, t_us: field(value, "t_us")? }
    })
}

/// Reads how the host stands.
pub fn host_facts(value: &JsValue) -> Result<HostFacts, Unread> {
    Ok(HostFacts {
        state: read_host_state(&raw(value, "state")?)?,
        storage: read_storage(&raw(value, "storage")?)?,
        playing: field(value, "playing")?,
        speed: field(value, "speed")?,
        reached_speed: field(value, "reached_speed")?,
        waiting: field(value, "waiting")?,
        store: field(value, "store")?,
    })
}
