//! Reads plain JavaScript objects into the lab's values.
//!
//! `serde` compiles a reader a type, with a way out behind every field, and those were an eighth of the program. Here a
//! read never stops: a value that is not what it should be is noted, something stands in for it, and whoever began looks
//! at the notes at the end. So a field costs one call. Promises: reads what the derived writers write, whole numbers only
//! where they are meant, and fails otherwise with the place; leaving a field or a word out of a table does not compile.
//! What a script gives is read under guard ([`guarded`]): an accessor or a proxy that throws is a fault like any other, and
//! what is longer than the lab takes is refused by its length, before it is read. Leaves out: objects that choose their
//! shape by a tag (`tagged`).

use std::cell::RefCell;
use std::collections::BTreeMap;

use js_sys::{Array, ArrayBuffer, JsString};
use wasm_bindgen::prelude::*;

use super::measured::{Measured, Point, What};
use super::wire::{Absence, MemoryReason, StoreFigures};
use super::wire::{HuntFacts, HuntFound};
use crate::lab::command::{ConfMode, DiskFault, Keep};
use crate::lab::limits::{MOST_EXACT, MOST_LETTERS, MOST_VALUES};
use crate::lab::snapshot::{
    CauseFacts, ClientFacts, CollectionFacts, DiskFacts, EngineFacts, Failover, Flight, GoalFacts,
    GroupFacts, Invariant, LackFacts, LessonFacts, Majority, NodeFacts, OutageFacts, RecoveryFacts, Role,
    RowCounts, SegmentFacts, SegmentState, StepFacts, WalFacts, WalFile,
};
use crate::lab::swarm::Schedule;
use crate::lab::values::{CollectionCounts, FieldSpec, WalStats};
use crate::lab::{
    Corruption, DropReason, InsertRows, MessageKind, Moment, OpStatus, Phase, PhaseTime, Row, Rule,
    RunConfig, RunStamp, Snapshot, Tail, Value, VoteRefusal, WalSpan, WalWindow,
};

#[wasm_bindgen]
extern "C" {
    /// An object, asked by the names of its fields.
    type Fields;

    #[wasm_bindgen(method, structural, indexing_getter, catch)]
    fn get(this: &Fields, name: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, indexing_getter, catch)]
    fn at(this: &Fields, place: u32) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, structural, getter, catch)]
    fn length(this: &Fields) -> Result<JsValue, JsValue>;

    // A proxy may throw in any of these, even when it is only asked whether it is a list.
    #[wasm_bindgen(js_namespace = Array, js_name = isArray, catch)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;

    #[wasm_bindgen(js_namespace = Object, js_name = keys, catch)]
    fn keys(value: &JsValue) -> Result<Array, JsValue>;
}

thread_local! {
    /// The names of fields as JavaScript has them, by where they lie in the program: a moment has hundreds of fields, and
    /// making a name anew costs more than looking at the field.
    static NAMES: RefCell<BTreeMap<(usize, usize), JsValue>> = const { RefCell::new(BTreeMap::new()) };
}

fn name_of(name: &'static str) -> JsValue {
    let place = (name.as_ptr() as usize, name.len());
    // A copy: a script's object may call back from within a look at its fields.
    NAMES.with_borrow_mut(|names| names.entry(place).or_insert_with(|| JsValue::from_str(name)).clone())
}

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The tag is none that is known.
    UnknownTag(String),
    /// A field is missing or of another kind.
    Field(String),
    /// There is more than the lab takes.
    TooLarge(String),
}

impl core::fmt::Display for Unread {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::UnknownTag(tag) => write!(f, "unknown: {tag}"),
            Self::Field(why) | Self::TooLarge(why) => f.write_str(why),
        }
    }
}

/// What could not be read: the first of it, which is what is told.
#[derive(Debug, Default)]
pub struct Faults {
    first: Option<Unread>,
    /// What a script's value may still hold; none for messages of our own, which are read as they are.
    guard: Option<Guard>,
}

#[derive(Debug)]
struct Guard {
    values: usize,
    letters: usize,
}

/// An object of a list counts as so many values, beside its fields.
const OBJECT_VALUES: usize = 4;

impl Faults {
    /// For a value that a script gives.
    pub fn guarded() -> Self {
        Self { first: None, guard: Some(Guard { values: MOST_VALUES, letters: MOST_LETTERS }) }
    }

    /// Notes a fault.
    pub fn note(&mut self, fault: Unread) {
        self.first.get_or_insert(fault);
    }

    /// Notes that something else was wanted.
    fn wanted(&mut self, what: &str) {
        if self.first.is_none() {
            self.note(Unread::Field(format!("{what} is wanted")));
        }
    }

    /// Whether so many more values are allowed; if not, that is noted.
    fn allows_values(&mut self, count: usize) -> bool {
        let Some(guard) = &mut self.guard else { return true };
        match guard.values.checked_sub(count) {
            Some(left) => guard.values = left,
            None => {
                self.note(Unread::TooLarge(format!("{count} more values; a call has at most {MOST_VALUES}")))
            }
        }
        self.first.is_none()
    }

    /// A text, if it is one and not too long.
    fn text(&mut self, value: &JsValue) -> Option<String> {
        if !value.is_string() {
            return None;
        }
        if let Some(guard) = &mut self.guard {
            let letters = value.unchecked_ref::<JsString>().length() as usize;
            match guard.letters.checked_sub(letters) {
                Some(left) => guard.letters = left,
                None => {
                    let why = format!("a text of {letters} letters; a call has at most {MOST_LETTERS}");
                    self.note(Unread::TooLarge(why));
                    return None;
                }
            }
        }
        value.as_string()
    }

    /// How long a list (or a typed array, which vectors may be) is; 0 for what is none, which is noted.
    fn length(&mut self, list: &JsValue) -> u32 {
        let is_list = is_array(list).unwrap_or(false) || ArrayBuffer::is_view(list);
        let length = if is_list { list.unchecked_ref::<Fields>().length().ok() } else { None };
        let length = length.and_then(|length| length.as_f64());
        let Some(length) = length.filter(|length| (0.0..=f64::from(u32::MAX)).contains(length)) else {
            self.wanted("a list");
            return 0;
        };
        if self.allows_values(length as usize) { length as u32 } else { 0 }
    }

    fn item(&mut self, list: &JsValue, at: u32) -> JsValue {
        list.unchecked_ref::<Fields>().at(at).unwrap_or_else(|_| {
            self.wanted("an entry that does not throw");
            JsValue::UNDEFINED
        })
    }

    /// A field of an object.
    pub fn field<T: Read>(&mut self, object: &JsValue, name: &'static str) -> T {
        let value = self.raw(object, name);
        self.inside(name, &value)
    }

    /// A field of an object, or what stands for it when it is left out.
    pub fn field_or<T: Read>(
        &mut self,
        object: &JsValue,
        name: &'static str,
        absent: impl FnOnce() -> T,
    ) -> T {
        let value = self.raw(object, name);
        if value.is_undefined() { absent() } else { self.inside(name, &value) }
    }

    /// A field of an object as it is; undefined when it is not there.
    pub fn raw(&mut self, object: &JsValue, name: &'static str) -> JsValue {
        self.look(object, name, &name_of(name))
    }

    fn look(&mut self, object: &JsValue, name: &str, key: &JsValue) -> JsValue {
        let found = match object.is_object() {
            true => object.unchecked_ref::<Fields>().get(key).map_err(|_| "looking at it throws"),
            false => Err("no object"),
        };
        found.unwrap_or_else(|why| {
            self.note(Unread::Field(format!("{name}: {why}")));
            JsValue::UNDEFINED
        })
    }

    /// A value at a place with a name.
    fn inside<T: Read>(&mut self, name: &str, value: &JsValue) -> T {
        let known = self.first.is_some();
        let read = T::read(value, self);
        if !known && let Some(Unread::Field(why) | Unread::TooLarge(why)) = &mut self.first {
            why.insert_str(0, ": ");
            why.insert_str(0, name);
        }
        read
    }

    /// What was read, if nothing was wrong.
    pub fn end<T>(self, read: T) -> Result<T, Unread> {
        self.first.map_or(Ok(read), Err)
    }
}

/// A kind of value that can be read.
pub trait Read: Sized {
    /// Reads a value; where it cannot be, notes that, and returns anything.
    fn read(value: &JsValue, faults: &mut Faults) -> Self;
}

/// Reads a value, or says what is wrong with it.
pub fn read<T: Read>(value: &JsValue) -> Result<T, Unread> {
    let mut faults = Faults::default();
    let read = T::read(value, &mut faults);
    faults.end(read)
}

/// Reads a value that a script gives, or says what is wrong with it. It may be anything; this never throws.
pub fn guarded<T: Read>(value: &JsValue) -> Result<T, Unread> {
    let mut faults = Faults::guarded();
    let read = T::read(value, &mut faults);
    faults.end(read)
}

/// A field of an object.
pub fn field<T: Read>(object: &JsValue, name: &'static str) -> Result<T, Unread> {
    let mut faults = Faults::default();
    let read = faults.field(object, name);
    faults.end(read)
}

/// Whole numbers that a JavaScript number holds exactly.
const SAFE: f64 = MOST_EXACT as f64;

fn whole(value: &JsValue, least: f64, most: f64, faults: &mut Faults) -> f64 {
    // A number of our own may have been rounded on its way (`rounded`); a script's has to be exact.
    let widest = if faults.guard.is_some() { SAFE } else { f64::MAX };
    let (least, most) = (least.max(-widest), most.min(widest));
    let number = value.as_f64().filter(|x| x.fract() == 0.0 && *x >= least && *x <= most);
    number.unwrap_or_else(|| {
        faults.wanted("a whole number in its bounds");
        0.0
    })
}

macro_rules! whole {
    ($($kind:ty: $least:expr, $most:expr;)*) => {$(
        impl Read for $kind {
            fn read(value: &JsValue, faults: &mut Faults) -> Self {
                whole(value, $least, $most, faults) as $kind
            }
        }
    )*};
}
whole! {
    u8: 0.0, 255.0;
    u16: 0.0, 65_535.0;
    u32: 0.0, f64::from(u32::MAX);
    u64: 0.0, u64::MAX as f64;
    i64: i64::MIN as f64, i64::MAX as f64;
}

impl<T: Read> Read for Box<T> {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        Self::new(T::read(value, faults))
    }
}

impl Read for f64 {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        value.as_f64().unwrap_or_else(|| {
            faults.wanted("a number");
            0.0
        })
    }
}

impl Read for f32 {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        f64::read(value, faults) as Self
    }
}

impl Read for bool {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        value.as_bool().unwrap_or_else(|| {
            faults.wanted("true or false");
            false
        })
    }
}

impl Read for String {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        faults.text(value).unwrap_or_else(|| {
            faults.wanted("a text");
            Self::new()
        })
    }
}

impl<T: Read> Read for Option<T> {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        if value.is_undefined() || value.is_null() { None } else { Some(T::read(value, faults)) }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        let length = faults.length(value);
        let mut read = Self::new();
        for at in 0..length {
            let item = faults.item(value, at);
            read.push(T::read(&item, faults));
            if faults.first.is_some() {
                // What follows cannot mend it.
                break;
            }
        }
        read
    }
}

impl<A: Read, B: Read> Read for (A, B) {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        faults.length(value);
        let [a, b] = [0, 1].map(|at| faults.item(value, at));
        (A::read(&a, faults), B::read(&b, faults))
    }
}

impl<A: Read, B: Read, C: Read> Read for (A, B, C) {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        faults.length(value);
        let [a, b, c] = [0, 1, 2].map(|at| faults.item(value, at));
        (A::read(&a, faults), B::read(&b, faults), C::read(&c, faults))
    }
}

/// The fields of an object, in their order.
fn entries<T: Read>(value: &JsValue, faults: &mut Faults) -> Vec<(String, T)> {
    let plain = value.is_object() && !ArrayBuffer::is_view(value) && is_array(value) == Ok(false);
    let Some(keys) = plain.then(|| keys(value).ok()).flatten() else {
        faults.wanted("an object");
        return Vec::new();
    };
    if !faults.allows_values(OBJECT_VALUES + keys.length() as usize) {
        return Vec::new();
    }
    let mut read = Vec::new();
    for key in (0..keys.length()).map(|at| keys.get(at)) {
        let name = String::read(&key, faults);
        let field = faults.look(value, &name, &key);
        let field = faults.inside(&name, &field);
        read.push((name, field));
        if faults.first.is_some() {
            break;
        }
    }
    read
}

impl<T: Read> Read for BTreeMap<String, T> {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        entries(value, faults).into_iter().collect()
    }
}

impl Read for Row {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        Self(entries(value, faults))
    }
}

impl Read for Value {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        if let Some(yes) = value.as_bool() {
            Self::Bool(yes)
        } else if let Some(number) = value.as_f64() {
            let whole = number.fract() == 0.0 && number.abs() <= SAFE;
            if whole { Self::Int(number as i64) } else { Self::Double(number) }
        } else if let Some(text) = faults.text(value) {
            Self::Text(text)
        } else {
            Self::Vector(Read::read(value, faults))
        }
    }
}

/// A rule, by its name in the table of rules.
impl Read for Rule {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        faults.text(value).and_then(|name| Self::parse(&name)).unwrap_or_else(|| {
            faults.wanted("the name of a rule");
            Self::VoteOnce
        })
    }
}

impl Read for InsertRows {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        if value.as_f64().is_some() {
            Self::Made(u64::read(value, faults))
        } else {
            Self::Given(Vec::read(value, faults))
        }
    }
}

impl Read for FieldSpec {
    fn read(value: &JsValue, faults: &mut Faults) -> Self {
        let primary = if faults.raw(value, "primary").is_undefined() { "is_primary" } else { "primary" };
        Self {
            name: faults.field(value, "name"),
            kind: faults.field(value, "type"),
            primary: faults.field_or(value, primary, || false),
            dim: faults.field(value, "dim"),
            max_length: faults.field(value, "max_length"),
        }
    }
}

/// Structs whose fields have the names that they have in Rust.
macro_rules! objects {
    ($($name:ident { $($(#[$when:meta])* $field:ident),* $(,)? })*) => {$(
        impl $crate::web::read::Read for $name {
            fn read(value: &wasm_bindgen::JsValue, faults: &mut $crate::web::read::Faults) -> Self {
                Self { $($(#[$when])* $field: faults.field(value, stringify!($field))),* }
            }
        }
    )*};
}
pub(super) use objects;

/// Enums that are words. The first one stands in for what is none of them.
macro_rules! words {
    ($($name:ident { $first_word:literal => $first:ident, $($word:literal => $variant:ident),* $(,)? })*) => {$(
        impl $crate::web::read::Read for $name {
            fn read(value: &wasm_bindgen::JsValue, faults: &mut $crate::web::read::Faults) -> Self {
                #[expect(dead_code, reason = "it is there to be compiled: every variant must have a line")]
                fn complete(word: &$name) {
                    match word { $name::$first => (), $($name::$variant => (),)* }
                }
                const WORDS: &[&str] = &[$first_word, $($word),*];
                const KINDS: &[$name] = &[$name::$first, $($name::$variant),*];
                KINDS[$crate::web::read::word(value, WORDS, faults)]
            }
        }
    )*};
}
pub(super) use words;

/// Which of these words a text is.
pub(super) fn word(value: &JsValue, words: &[&str], faults: &mut Faults) -> usize {
    let text = faults.text(value).unwrap_or_default();
    words.iter().position(|word| *word == text).unwrap_or_else(|| {
        faults.wanted("a word that is known");
        0
    })
}

words! {
    Tail { "clean" => Clean, "torn" => Torn, "corrupt" => Corrupt }
    MessageKind {
        "vote" => Vote, "vote_resp" => VoteResp, "append" => Append, "heartbeat" => Heartbeat,
        "append_resp" => AppendResp, "prevote" => Prevote, "prevote_resp" => PrevoteResp,
        "heartbeat_resp" => HeartbeatResp, "snapshot" => Snapshot, "snapshot_resp" => SnapshotResp,
        "timeout_now" => TimeoutNow, "read_index" => ReadIndex, "read_index_resp" => ReadIndexResp,
        "propose" => Propose, "propose_resp" => ProposeResp, "recover" => Recover, "recover_resp" => RecoverResp,
        "request" => Request, "response" => Response,
    }
    DropReason { "link_cut" => LinkCut, "node_down" => NodeDown, "lost" => Lost }
    OpStatus { "ok" => Ok, "fail" => Fail, "info" => Info }
    VoteRefusal {
        "stale_term" => StaleTerm, "already_voted" => AlreadyVoted, "log_behind" => LogBehind,
        "leader_alive" => LeaderAlive, "impaired" => Impaired,
    }
    DiskFault {
        "bit_flip" => BitFlip, "zero" => Zero, "stale" => Stale, "misdirect" => Misdirect, "lie" => Lie,
        "honest" => Honest,
    }
    ConfMode { "single" => Single, "joint" => Joint, "leave" => Leave }
    Moment {
        "before_append" => BeforeAppend, "mid_record" => MidRecord, "before_fsync" => BeforeFsync,
        "before_ack" => BeforeAck, "during_flush" => DuringFlush, "during_checkpoint" => DuringCheckpoint,
        "during_recovery" => DuringRecovery,
    }
    Keep { "synced" => Synced, "torn" => Torn }
    Corruption { "bitflip" => Bitflip, "zero" => Zero, "truncate" => Truncate }
    SegmentState { "growing" => Growing, "sealed" => Sealed, "flushed" => Flushed }
    Role {
        "follower" => Follower, "candidate" => Candidate, "leader" => Leader, "recovering" => Recovering,
        "down" => Down, "refused" => Refused,
    }
    MemoryReason {
        "chosen" => Chosen, "missing" => Missing, "denied" => Denied, "full" => Full, "failed" => Failed,
        "other_tab" => OtherTab, "taken_over" => TakenOver, "newer" => Newer,
        "closed" => Closed, "silent" => Silent,
    }
    What { "batches" => Batches, "recovery" => Recovery, "disks" => Disks }
    Absence { "absent" => Absent, "stale" => Stale, "silent" => Silent, "ended" => Ended }
}

words! {
    Phase {
        "detect" => Detect, "election" => Election, "replay" => Replay, "client_retry" => ClientRetry,
        "lease_wait" => LeaseWait, "segment_load" => SegmentLoad, "route_refresh" => RouteRefresh,
        "decide" => Decide, "provision" => Provision, "restore" => Restore, "rebuild" => Rebuild,
        "verify" => Verify, "dns" => Dns,
    }
}

objects! {
    Snapshot {
        t_us, seed, boot, kept, digest, events, topology, rows, wal, engine, recovery, nodes, cut, flights, client,
        majority, failover, outages, invariants, lesson, group,
        milvus,
        regions,
    }
    GroupFacts { voters, outgoing, learners, rules_off, excused, loss, duplicate, reorder, script }
    Schedule { nodes, seed, settings, off, deeds }
    HuntFacts { rule, first, total, tried, events, shrinking, deeds, running, found, missing, gone }
    HuntFound { invariant, detail, tried, nodes, seed, run }
    StepFacts { id, kind, done, chosen, settled, came, right }
    LackFacts { word, name, node, field, test, have, want, want_text }
    RowCounts { submitted, acknowledged, unproven, visible, id_range, pending }
    EngineFacts { collections, segments, object_bytes, trap, imports, import_totals, disk }
    DiskFacts { sync_mb_per_s, sync_us, real_time, batch_rows, import_rows }
    CollectionFacts { name, rows, num_entities, loaded, index }
    SegmentFacts { id, collection, state, rows, deleted, bytes, indexed }
    WalFacts { node, files, bytes, durable_lsn, last_lsn, checkpoint_lsn, tail, fsyncs }
    WalFile { file, bytes, durable_bytes, first_lsn, records }
    NodeFacts {
        id, role, term, vote, leader, alive, paused, reachable, commit, applied, last, durable, log_tail, syncing,
        timer, votes, rows, first, impaired, voter, drift_ppm,
    }
    Flight { id, from, to, message, sent_us, arrives_us, entries, granted }
    ClientFacts { on, route, total, ok, failed, unknown, open, recent, interval_us, limited }
    Majority { nodes, need, reachable, can_elect, sentence, stalled_us }
    Failover { fault_us, under_way, rto_us, rto_ms, phases, failed, lost, new_leader }
    OutageFacts { fault_us, under_way, cause, rto_us, settled_us, interruptions, failed }
    CauseFacts { what, node }
    Invariant { name, holds, checked, detail, breach }
    LessonFacts {
        slug, step, goals,
        steps,
        finished,
        free,
        playing,
        blocked,
        scores,
    }
    GoalFacts {
        id, step, met, progress,
        lacks,
    }
    RecoveryFacts { done, bytes, total_bytes, records, rows, took_us, tail, at, torn_bytes, refused }
    PhaseTime { phase, us }
    WalWindow { file, file_bytes, durable_bytes, offset, bytes, spans }
    WalSpan { offset, bytes, field, value, lsn }
    CollectionCounts { num_entities, rows, growing, sealed }
    WalStats { files, bytes, first_lsn, durable_lsn, checkpoint_lsn }
    RunConfig { lesson, topology, seed, kept, lang }
    RunStamp { boot, t_us, seed, topology, next_op, acknowledged_ops, goals_met, durable_lsns, receipt_lsn }
    Measured { what, running, part, error, points }
    Point { size, rows, bytes, ms, spread }
    StoreFigures {
        commits, bytes, commit_p50_ms, commit_p95_ms, commit_p99_ms, rows_per_s, mb_per_s, load_ms, replay_ms,
        recent_ms, recent_rows_per_s,
    }
}
