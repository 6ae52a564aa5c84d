//! Generates schedules of a single engine from seeds.
//!
//! Each seed has its own profile: a mix of requests, and a set of faults of which some are frequent and others never
//! occur (Groce et al., “Swarm Testing”, ISSTA 2012). If a rule is off, the profile favours situations in which that
//! rule matters. Guarantees: the same seed and rule make the same schedule; a log that is damaged is repaired again,
//! except in one seed of thirty-two. Leaves out: running the schedule.

use serde_json::{Value as Json, json};

use super::COLLECTION;
use super::action::{Action, Corruption, FieldSpec, Keep};
use super::rules::Rule;
use crate::event::Moment;
use crate::swarm::{Schedule, Timed};
use quorum_engine::index::Params;
use quorum_types::sort::sort_by_key;
use quorum_types::{MS, Micros, Rng};

/// The random stream of a seed that generates schedules.
const STREAM: u64 = 1 << 40;
/// From this time on a schedule's collection is there.
pub(super) const SETTLED_US: Micros = 40 * MS;
/// Actions are generated for this long.
const LENGTH_US: Micros = 20_000 * MS;
/// The dimension of vectors: small, so that a schedule stays short.
const DIM: u32 = 4;
/// Keys that requests name are below this, so that they meet again.
const KEYS: u64 = 60;

/// All generated rows are deleted before one action in this many, so that there are never many.
const ROWS_GO_EVERY: u64 = 30;

/// Kinds of actions, each with a weight in a schedule's profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Insert,
    Stream,
    Given,
    Upsert,
    Delete,
    Import,
    Flush,
    Compact,
    Index,
    Crash,
    Sectors,
    Trap,
    Harm,
    Full,
    Autosync,
    Sync,
    Set,
}

const KINDS: [Kind; 17] = [
    Kind::Insert,
    Kind::Stream,
    Kind::Given,
    Kind::Upsert,
    Kind::Delete,
    Kind::Import,
    Kind::Flush,
    Kind::Compact,
    Kind::Index,
    Kind::Crash,
    Kind::Sectors,
    Kind::Trap,
    Kind::Harm,
    Kind::Full,
    Kind::Autosync,
    Kind::Sync,
    Kind::Set,
];

/// Generates the schedule of a seed, with a rule off or none.
pub(super) fn make(seed: u64, off: Option<Rule>) -> Schedule<Action, Rule> {
    let mut rng = Rng::new(seed, STREAM);
    let mut one_of = |some: &[u64]| some[rng.below(some.len() as u64) as usize];
    let mut weights = [0; KINDS.len()];
    for weight in &mut weights {
        // Half of the kinds never occur.
        *weight = one_of(&[0, 1]) * one_of(&[1, 2, 3, 4]);
    }
    weights[Kind::Insert as usize] = 4;
    if let Some(rule) = off {
        against(rule, &mut weights);
    }
    let gap_us = one_of(&[2, 5, 12, 30]) * MS;
    let settings = [
        ("boot_ms", one_of(&[1, 5, 20])),
        ("sync_us", one_of(&[200, 1_000, 5_000])),
        ("wal_file_kib", one_of(&[1, 2, 4, 16])),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let lasting = [Rule::RefuseMissingRecords, Rule::ChecksumOnReplay];
    let reckless = match off {
        Some(rule) => lasting.contains(&rule),
        None => rng.below(32) == 0,
    };
    if !reckless {
        // A log that stays damaged ends the run, so damage is rare.
        weights[Kind::Harm as usize] = 0;
    }
    let mut maker = Maker { at: 0, rng, weights, gap_us, reckless, actions: Vec::new() };
    maker.begin();
    while maker.at < LENGTH_US {
        maker.one();
    }
    let mut actions = maker.actions;
    sort_by_key(&mut actions, |timed| timed.t_us);
    Schedule { nodes: 1, seed, settings, off: off.into_iter().collect(), actions }
}

/// Makes violations likely while this rule is off.
fn against(rule: Rule, weights: &mut [u64; KINDS.len()]) {
    let often: &[(Kind, u64)] = match rule {
        Rule::FsyncBeforeAck | Rule::StampBeforeAck => &[(Kind::Given, 4), (Kind::Crash, 3)],
        Rule::ApplyAfterDurable => &[(Kind::Given, 4)],
        Rule::ChecksumOnReplay => &[(Kind::Harm, 4), (Kind::Sectors, 3)],
        Rule::CutTornTail => &[(Kind::Crash, 5), (Kind::Trap, 3)],
        Rule::RefuseMissingRecords => &[(Kind::Harm, 6)],
        Rule::PassOverReturnedFiles => &[(Kind::Flush, 5), (Kind::Sectors, 6), (Kind::Stream, 4)],
        Rule::SyncObjectsBeforeManifest | Rule::ManifestBeforeTruncate => &[(Kind::Flush, 5)],
        Rule::MarkUnproven => &[(Kind::Trap, 4), (Kind::Crash, 4)],
        Rule::RoomBeforeWrite => &[(Kind::Full, 4), (Kind::Flush, 2)],
    };
    often.iter().for_each(|(kind, weight)| weights[*kind as usize] = *weight);
}

/// A schedule being generated.
struct Maker {
    rng: Rng,
    weights: [u64; KINDS.len()],
    gap_us: Micros,
    at: Micros,
    /// Whether damage stays.
    reckless: bool,
    actions: Vec<Timed<Action>>,
}

fn docs() -> String {
    COLLECTION.to_owned()
}

/// The fields of generated rows.
fn fields() -> Vec<FieldSpec> {
    let field = |name: &str, kind: &str| FieldSpec {
        name: name.to_owned(),
        kind: kind.to_owned(),
        primary: name == "id",
        dim: (kind == "float_vector").then_some(DIM),
        max_length: (kind == "varchar").then_some(500),
    };
    vec![
        field("id", "int64"),
        field("timestamp", "int64"),
        field("text", "varchar"),
        field("vector", "float_vector"),
    ]
}

fn create_index() -> Action {
    Action::CreateIndex {
        collection: docs(),
        field: "vector".to_owned(),
        index_type: "FLAT".to_owned(),
        metric_type: "L2".to_owned(),
        params: Params::new(),
    }
}

impl Maker {
    /// The collection that everything else is about.
    fn begin(&mut self) {
        self.put(MS, Action::CreateCollection { name: docs(), fields: fields() });
        self.put(MS, create_index());
        self.put(MS, Action::Load { collection: docs() });
        self.at = SETTLED_US;
    }

    fn put(&mut self, at: Micros, action: Action) {
        self.actions.push(Timed { t_us: at, action });
    }

    /// Adds one more action, with its follow-up actions.
    fn one(&mut self) {
        self.at += 1 + self.rng.below(2 * self.gap_us);
        if self.rng.below(ROWS_GO_EVERY) == 0 {
            let filter = format!("id >= {KEYS}");
            self.put(self.at, Action::Delete { collection: docs(), filter });
        }
        let total: u64 = self.weights.iter().sum();
        let mut chosen = self.rng.below(total);
        for (kind, weight) in KINDS.into_iter().zip(self.weights) {
            if chosen < weight {
                return self.make(kind);
            }
            chosen -= weight;
        }
    }

    fn make(&mut self, kind: Kind) {
        let at = self.at;
        let action = match kind {
            Kind::Insert => self.insert(12),
            Kind::Stream => self.insert(60),
            Kind::Given => Action::Insert { collection: docs(), rows: self.rows(), batch: 1_000 },
            Kind::Upsert => Action::Upsert { collection: docs(), rows: self.rows() },
            Kind::Delete => Action::Delete { collection: docs(), filter: self.filter() },
            Kind::Import => {
                let (rows, batch) = (self.rng.between(10, 50), self.rng.between(5, 40));
                Action::Import { rows, batch, import: self.rng.between(1, 3) }
            }
            Kind::Flush => Action::Flush { collection: docs() },
            Kind::Compact => Action::Compact { collection: docs(), deleted_percent: self.rng.below(30) },
            Kind::Index => return self.index(),
            Kind::Crash => {
                let torn_bytes = self.rng.below(2) * self.rng.below(3_000);
                let keep = if torn_bytes > 0 { Keep::Torn } else { Keep::Synced };
                return self.crash(Action::Crash { keep, torn_bytes });
            }
            Kind::Sectors => {
                let sectors = Some(self.rng.below(1 << 32));
                return self.crash(Action::Kill { node: super::NODE, torn_bytes: 0, sectors });
            }
            Kind::Trap => {
                let moment = Moment::ALL[self.rng.below(Moment::ALL.len() as u64) as usize];
                return self.crash(Action::CrashAt { moment: Some(moment) });
            }
            Kind::Harm => return self.harm(),
            Kind::Full => return self.full(),
            Kind::Autosync => return self.autosync(),
            Kind::Sync => Action::Sync,
            Kind::Set => {
                let value = [100, 1_000, 8_000][self.rng.below(3) as usize];
                Action::Set { name: "sync_us".to_owned(), value }
            }
        };
        self.put(at, action);
    }

    fn insert(&mut self, most: u64) -> Action {
        let rows = self.rng.between(1, most);
        Action::Insert { collection: docs(), rows: rows.into(), batch: self.rng.between(1, 40) }
    }

    /// A few rows with keys that meet again.
    fn rows(&mut self) -> Json {
        let rows: Vec<Json> = (0..self.rng.between(1, 3)).map(|_| self.row()).collect();
        rows.into()
    }

    fn row(&mut self) -> Json {
        let id = self.rng.below(KEYS);
        // Sometimes longer than a sector, so that a hole fits into it.
        let text = "x".repeat(self.rng.below(4) as usize / 3 * self.rng.below(480) as usize);
        let vector: Vec<f64> = (0..DIM).map(|_| self.rng.below(1_024) as f64 / 1_024.0).collect();
        json!({ "id": id, "timestamp": self.at, "text": text, "vector": vector })
    }

    fn filter(&mut self) -> String {
        let keys: Vec<String> =
            (0..self.rng.between(1, 4)).map(|_| self.rng.below(KEYS).to_string()).collect();
        match self.rng.below(3) {
            0 => format!("id < {}", self.rng.below(20)),
            _ => format!("id in [{}]", keys.join(", ")),
        }
    }

    /// The index goes and comes, for which the collection is released.
    fn index(&mut self) {
        let at = self.at;
        self.put(at, Action::Release { collection: docs() });
        if self.rng.below(2) == 0 {
            self.put(at, Action::DropIndex { collection: docs() });
        }
        let later = at + self.rng.below(10 * MS);
        self.put(later, create_index());
        self.put(later, Action::Load { collection: docs() });
    }

    /// A power cut, and the recovery after it; sometimes another one during the recovery.
    fn crash(&mut self, action: Action) {
        let at = self.at;
        self.put(at, action);
        let mut later = at + 1 + self.rng.below(20 * MS);
        for _ in 0..self.rng.below(2) * self.rng.below(3) {
            self.put(later, Action::Recover);
            later += self.rng.below(30 * MS);
            let sectors = Some(self.rng.below(1 << 32));
            self.put(later, Action::Kill { node: super::NODE, torn_bytes: 0, sectors });
            later += 1 + self.rng.below(5 * MS);
        }
        self.put(later, Action::Recover);
        // The next action may meet an engine that still recovers, or find it running.
        self.at = later + self.rng.below(2) * 30 * MS;
    }

    /// A failing medium changes bytes of the log; the power is cut, and the damage is found. Then it is repaired.
    fn harm(&mut self) {
        let at = self.at;
        // Where there are bytes in any log, in its first file's header and boot record: an action that was refused for
        // want of the byte, and is accepted when it is repeated, would damage what it is to repair.
        let (files, bytes) = if self.reckless { (2, 900) } else { (1, 96) };
        let (file, offset) = (self.rng.below(files) as u32, self.rng.below(bytes));
        let lasts = self.reckless && self.rng.below(8) == 0;
        let kind = match self.rng.below(4) {
            0 if lasts => Corruption::Zero,
            1 if lasts => Corruption::Truncate,
            _ => Corruption::Bitflip,
        };
        let harm = Action::Corrupt { file, offset, kind };
        // After the power cut, so that the bytes are durable, and the same change repairs them.
        self.put(at, Action::Crash { keep: Keep::Synced, torn_bytes: 0 });
        self.put(at, harm.clone());
        self.put(at + 1, Action::Recover);
        self.at = at + 60 * MS;
        if lasts {
            return;
        }
        self.put(self.at, Action::Crash { keep: Keep::Synced, torn_bytes: 0 });
        self.put(self.at, harm);
        self.put(self.at + 1, Action::Recover);
        self.at += 30 * MS;
    }

    /// The disk is full for a while.
    fn full(&mut self) {
        let (at, bytes) = (self.at, self.rng.below(60_000));
        self.put(at, Action::DiskCapacity { bytes: Some(bytes) });
        let later = at + self.rng.below(200 * MS);
        self.put(later, Action::DiskCapacity { bytes: None });
    }

    /// Acknowledgements do not wait for a while.
    fn autosync(&mut self) {
        let at = self.at;
        self.put(at, Action::Autosync { on: false });
        let later = at + self.rng.below(100 * MS);
        self.put(later, Action::Autosync { on: true });
    }
}
