//! The messages between the page and its worker, and their encoding as bytes.
//!
//! Guarantees: one enum per direction; nothing here needs a clock or a browser; [`decode`] restores exactly what
//! [`encode`] wrote, including numbers that JSON cannot represent. Large binary data (a backup) is not part of a
//! message: it is sent alongside as a `B`, and the receiver puts it back ([`ToWorker::with_bytes`]). Leaves out:
//! posting (the page's `link` and `worker`), and how the lab handles messages (`quorum-facade`).

pub mod measured;

use serde::de::{DeserializeOwned, Deserializer};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

pub use measured::{Measured, What};
use quorum_drill::Brief;
use quorum_facade::{Answer, Command, Event, Rule, RunConfig, Snapshot, flat};

/// Encodes a message with postcard: it writes no field names, so page and worker need only small readers and writers.
pub fn encode<T: Serialize + ?Sized>(message: &T) -> Result<Vec<u8>, String> {
    postcard::to_allocvec(message).map_err(|error| error.to_string())
}

/// Decodes a message; it has to use all of the bytes.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    match postcard::take_from_bytes(bytes) {
        Ok((message, [])) => Ok(message),
        Ok((_, rest)) => Err(format!("{} bytes after the message", rest.len())),
        Err(error) => Err(error.to_string()),
    }
}

/// From the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToWorker<B> {
    /// Open a run. The worker answers with `Host` facts while it loads, then with snapshots.
    Open {
        /// What to run.
        config: RunConfig,
        /// The name of the database; one per lesson or topology.
        database: String,
        /// The initial pace in virtual seconds per second; 0 opens paused.
        speed: f64,
        /// Whether it opens paused, at that pace.
        held: bool,
        /// Rows whose acknowledgement this page has seen, if it has outlived a worker.
        receipts_rows: Option<u64>,
        /// Rows requested and not acknowledged when the worker died, likewise.
        outstanding_rows: Option<u64>,
        /// Take over the writer role from another tab that holds it.
        take_over: bool,
        /// Erase what the database holds first.
        erase: bool,
        /// A run to replay instead: the text of its schedule (`replay`), or the letters of a saved run.
        run: Option<String>,
        /// A backup to start from, in place of the stored data. It is sent alongside the message.
        #[serde(skip)]
        restore: Option<B>,
    },
    /// A command for the lab; answered with `Answered` under the same ticket.
    Do {
        /// The page's number for it.
        ticket: u64,
        /// The command.
        command: Command,
    },
    /// Set the pace.
    Pace(Pace),
    /// A language's catalogue; sent before the first text in that language is needed.
    Words {
        /// `zh` or `en`.
        lang: String,
        /// The catalogue, packed.
        packed: String,
    },
    /// A lesson that was opened from a file, before it is opened as a run.
    Lesson {
        /// The file's text.
        text: String,
    },
    /// The manifest of a lesson of the course, before it is opened or drilled.
    Manifest {
        /// Its slug.
        slug: String,
        /// `lesson.toml`.
        text: String,
    },
    /// Switch the language of texts.
    Language {
        /// `zh` or `en`.
        lang: String,
    },
    /// Go on as a copy in memory, which can go back in time; what is stored stays as it is.
    LeaveStore,
    /// How often the open run, and those after it, send snapshots while nothing is asked for.
    SnapshotInterval {
        /// The shortest interval between two of them.
        ms: u32,
    },
    /// Nobody looks at the page: let no time pass and play nothing beside the run, or go on.
    Rest {
        /// Whether to rest.
        on: bool,
    },
    /// A run of this topology is going to be opened: fetch the code of its world meanwhile.
    Prepare {
        /// The topology.
        topology: String,
    },
    /// Another tab wants to write: finish, close the store and release it.
    LetGo,
    /// Save the present moment of the run; answered with `Answered`.
    SaveRun {
        /// The page's number for it.
        ticket: u64,
    },
    /// Make a backup; answered with `BackedUp`, or with `Answered` if it is rejected.
    Backup {
        /// The page's number for it.
        ticket: u64,
    },
    /// Open a backup in memory and report the result; answered with `Answered`.
    Check {
        /// The page's number for it.
        ticket: u64,
        /// The backup. It is sent alongside the message.
        #[serde(skip)]
        bytes: B,
    },
    /// Measure alongside the open run; answered with `Measured` until it is done.
    Measure {
        /// What.
        what: What,
        /// Which sizes.
        sizes: Vec<u64>,
        /// Rows that a size of batches inserts.
        of: u64,
    },
    /// Stop measuring.
    StopMeasuring,
    /// Check that the worker is alive; answered with `Alive` at once, even while other work is in progress.
    Ping,
    /// Search for a schedule that breaks an invariant, alongside the open run; answered with `ScheduleSearch` until it
    /// is over.
    ScheduleSearch {
        /// The rule that is off; `None` if all are on.
        rule: Option<Rule>,
        /// The first seed.
        first: u64,
        /// How many.
        seeds: u64,
        /// Events of each.
        events: u64,
    },
    /// Stop searching.
    StopScheduleSearch,
    /// Play failover tests, alongside the open run; answered with `Drill` until they are over.
    Drill(DrillOrder),
    /// Stop playing them.
    StopDrill,
    /// Format the last report as text; answered with `DrillText`.
    WriteDrill {
        /// The page's number for it.
        ticket: u64,
        /// What kind of text.
        form: DrillForm,
        /// `zh` or `en`.
        lang: String,
        /// The parts of the catalogue that the page has loaded, packed; none where the text needs no words.
        words: Vec<String>,
    },
    /// An order for the node that this tab is; answered with `Tab`. It is packed, so that only the code of tabs as
    /// nodes knows what is in it.
    Tab {
        /// The order (`quorum_tabs::Order`).
        packed: Vec<u8>,
    },
    /// Measure the store instead of opening a run; answered with `Benched`.
    Bench {
        /// The part: a word, with a number behind a colon where it takes one.
        part: String,
    },
}

impl<B> ToWorker<B> {
    /// The page's number for it, if it has one.
    pub fn ticket(&self) -> Option<u64> {
        match self {
            Self::Do { ticket, .. } | Self::Backup { ticket } | Self::Check { ticket, .. } => Some(*ticket),
            Self::WriteDrill { ticket, .. } => Some(*ticket),
            _ => None,
        }
    }

    /// The bytes that are sent alongside the message.
    pub fn bytes(&self) -> Option<&B> {
        match self {
            Self::Open { restore, .. } => restore.as_ref(),
            Self::Check { bytes, .. } => Some(bytes),
            _ => None,
        }
    }

    /// The message with the bytes that were sent alongside it.
    #[must_use]
    pub fn with_bytes(mut self, beside: B) -> Self {
        match &mut self {
            Self::Open { restore, .. } => *restore = Some(beside),
            Self::Check { bytes, .. } => *bytes = beside,
            _ => {}
        }
        self
    }
}

impl<B> ToPage<B> {
    /// The bytes that are sent alongside the message.
    pub fn bytes(&self) -> Option<&B> {
        if let Self::BackedUp { bytes, .. } = self { Some(bytes) } else { None }
    }

    /// The message with the bytes that were sent alongside it.
    #[must_use]
    pub fn with_bytes(mut self, beside: B) -> Self {
        if let Self::BackedUp { bytes, .. } = &mut self {
            *bytes = beside;
        }
        self
    }
}

/// How fast virtual time passes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// Run at the speed that is set.
    Play,
    /// Pause.
    Hold,
    /// Virtual seconds per second, 0.1 to 1,000.
    Speed {
        /// The factor.
        x: f64,
    },
}

/// From the worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToPage<B> {
    /// The worker runs and waits for `Open`.
    Ready,
    /// The worker is alive.
    Alive,
    /// The state of the host; sent when it changes, and with snapshots while it works.
    Host(HostFacts),
    /// The current snapshot; at most one per frame.
    Moment(Box<Snapshot>),
    /// What happened since the last time. At high speed only the events that narration uses are sent, and
    /// `skipped` counts the rest.
    Happened {
        /// The events.
        events: Vec<Event>,
        /// How many were left out.
        skipped: u64,
    },
    /// The answer to a command.
    Answered {
        /// The page's number for it.
        ticket: u64,
        /// The answer.
        answer: Answer,
    },
    /// The engine panicked; this worker is dead; the store is as of the last commit.
    Panicked {
        /// The panic message.
        message: String,
    },
    /// A backup.
    BackedUp {
        /// The page's number for it.
        ticket: u64,
        /// Its bytes. They are sent alongside the message, transferred rather than copied.
        #[serde(skip)]
        bytes: B,
    },
    /// What has been measured so far.
    Measured(Measured),
    /// The progress of a search, or its result.
    ScheduleSearch(SearchFacts),
    /// The progress of failover tests, or their result.
    Drill(Box<DrillFacts>),
    /// A report as a text.
    DrillText {
        /// The page's number for it.
        ticket: u64,
        /// The text; `None` if there is no report.
        text: Option<String>,
    },
    /// A report of the node that this tab is, packed likewise.
    Tab {
        /// The report (`quorum_tabs::Report`).
        packed: Vec<u8>,
    },
    /// The result of a benchmark.
    Benched {
        /// The report as JSON.
        report: String,
    },
}

/// Failover tests to play.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DrillOrder {
    /// The page's number for them.
    pub number: u64,
    /// The scenario.
    pub scenario: String,
    /// The first run's seed; `None` for the scenario's default.
    pub seed: Option<u64>,
    /// How many runs.
    pub runs: u64,
    /// Settings and targets by name.
    pub set: Vec<(String, u64)>,
    /// The runbook of a disaster drill, by name or as text; `None` for the drill's default.
    pub runbook: Option<String>,
}

/// The progress of failover tests, or their result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DrillFacts {
    /// The page's number for them.
    pub number: u64,
    /// The scenario.
    pub scenario: String,
    /// Runs asked for.
    pub runs: u64,
    /// Failovers completed.
    pub done: u64,
    /// Failovers to play.
    pub total: u64,
    /// Progress of the current failover, in thousandths of its virtual time; 0 if unknown.
    pub within_permille: u64,
    /// Whether it is still running.
    pub running: bool,
    /// The code and the message of the error, if it could not be played.
    pub fault: Option<(String, String)>,
    /// The summary of the completed runs, once it has stopped.
    pub brief: Option<Brief>,
}

/// A kind of text that a report is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrillForm {
    /// For programs: the complete report.
    #[default]
    Json,
    /// For spreadsheets: one line per run.
    Csv,
    /// For printing: a self-contained page.
    Html,
    /// For pasting: the figures in words.
    Text,
}

/// The progress of a search for a schedule, or its result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SearchFacts {
    /// The rule that is off; `None` if all are on.
    pub rule: Option<Rule>,
    /// The first seed.
    pub first: u64,
    /// Seeds to try.
    pub total: u64,
    /// Seeds tried.
    pub tried: u64,
    /// Events in all of them.
    pub events: u64,
    /// Shorter schedules tried, once one was found.
    pub shrinking: u64,
    /// Actions in the shortest schedule so far; 0 until one is found.
    pub actions: u64,
    /// Whether it is still running.
    pub running: bool,
    /// What it found.
    pub found: Option<FoundSchedule>,
    /// Whether it never started because the search program could not be fetched.
    pub missing: bool,
    /// Whether it ended early because its worker no longer runs.
    pub gone: bool,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FoundSchedule {
    /// The invariant that breaks.
    pub invariant: String,
    /// What breaks it.
    pub detail: String,
    /// After how many schedules it was found.
    pub tried: u64,
    /// Nodes of the run.
    pub nodes: u32,
    /// Its seed.
    pub seed: u64,
    /// Its schedule as a text, as addresses carry it.
    pub run: String,
}

/// The state of the host: what the lab itself cannot know because it has no clock and no disk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HostFacts {
    /// What the run is doing.
    pub state: HostState,
    /// Where rows are stored.
    pub storage: Storage,
    /// Whether time passes.
    pub playing: bool,
    /// The speed asked for.
    pub speed: f64,
    /// The speed reached recently; below `speed` when the machine or the disk cannot keep up.
    pub reached_speed: f64,
    /// Whether the virtual clock waits for the disk right now.
    pub waiting: bool,
    /// Whether a run until something happens is in progress, which can be stopped.
    pub runs_until: bool,
    /// Wall-clock figures of the store, since opening.
    pub store: StoreFigures,
}

impl HostFacts {
    /// Whether more than figures have changed.
    pub fn differs_in_kind(&self, other: &Self) -> bool {
        (&self.state, &self.storage, self.playing, self.speed, self.runs_until)
            != (&other.state, &other.storage, other.playing, other.speed, other.runs_until)
    }
}

/// What the run is doing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostState {
    /// The worker starts.
    #[default]
    Starting,
    /// The store is being read: bytes so far and in total.
    Loading {
        /// Read so far.
        bytes: u64,
        /// To read.
        total_bytes: u64,
    },
    /// The lab runs.
    Running,
    /// The plug was pulled: there is no worker. Set by the page.
    Unplugged,
    /// The worker died of a panic.
    Panicked {
        /// The panic message.
        message: String,
    },
    /// There is no worker any more, or there never was one. Set by the page.
    NoWorker {
        /// Why.
        why: Absence,
    },
    /// The run could not be opened: the log is damaged, or was written by a newer version.
    Refused {
        /// A stable error code.
        code: String,
        /// The error message.
        error: String,
    },
}

impl HostState {
    /// Whether no worker runs, so that the run has to be opened again.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Unplugged | Self::Panicked { .. } | Self::NoWorker { .. })
    }
}

/// Why there is no worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// Its script could not be fetched or started.
    #[default]
    Absent,
    /// Its script has a different version from the page.
    Stale,
    /// It has not answered in time.
    Silent,
    /// It ended by itself.
    Ended,
}

impl Absence {
    /// The catalogue's word for it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Absent => "worker-absent",
            Self::Stale => "worker-stale",
            Self::Silent => "worker-silent",
            Self::Ended => "worker-ended",
        }
    }
}

/// Where rows are stored.
///
/// In JSON one flat object: `{"storage": "memory", "why": "chosen"}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
pub enum Storage {
    /// Not yet known.
    #[default]
    Unknown,
    /// In IndexedDB, strict durability.
    Durable,
    /// In memory only: closing the tab loses it.
    Memory {
        /// Why.
        why: MemoryReason,
    },
}

struct CompactStorage<'a>(&'a Storage);

impl Serialize for CompactStorage<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Storage::serialize(self.0, serializer)
    }
}

impl Serialize for Storage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return Self::serialize(self, serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        flat::write(&mut map, Some("storage"), &CompactStorage(self))?;
        map.end()
    }
}

// Only the page reads it, from messages.
impl<'de> Deserialize<'de> for Storage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// Why a run is not persisted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryReason {
    /// The learner chose so.
    #[default]
    Chosen,
    /// IndexedDB is not available.
    Missing,
    /// The browser denied it: private mode, or a third-party frame.
    Denied,
    /// The quota was exceeded; later data is in memory only.
    Full,
    /// Writing failed for another reason.
    Failed,
    /// Another tab writes this data.
    OtherTab,
    /// Another tab took over from this one.
    TakenOver,
    /// The stored data was written by a newer version and was left alone.
    Newer,
    /// The browser closed the database while it was open.
    Closed,
    /// The browser did not open the database in time.
    Silent,
    /// The run went back in time, which only a copy in memory can do; what is stored stays as it is.
    Copy,
}

/// Wall-clock figures of the store.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoreFigures {
    /// Transactions committed.
    pub commits: u64,
    /// Bytes committed.
    pub bytes: u64,
    /// Median time of a commit.
    pub commit_p50_ms: f64,
    /// 95th percentile.
    pub commit_p95_ms: f64,
    /// 99th percentile.
    pub commit_p99_ms: f64,
    /// Rows a second, acknowledged, over the last insert.
    pub rows_per_s: f64,
    /// Megabytes (10^6) a second, committed, over the last insert.
    pub mb_per_s: f64,
    /// Time to read the store when the run was opened.
    pub load_ms: f64,
    /// Time to replay the log when the run was opened.
    pub replay_ms: f64,
    /// Times of the last commits, at most 60, oldest first.
    pub recent_ms: Vec<f64>,
    /// Rows a second, acknowledged, in the last tenths of a second with any, at most 60, oldest first.
    pub recent_rows_per_s: Vec<f64>,
}
