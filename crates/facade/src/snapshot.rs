//! The state of the lab at one moment, complete enough to draw and small enough to send with every frame.
//!
//! Guarantees: every field comes from the running system, nothing is made up for display; the fields that
//! `window.quorumLab` documents keep their names. Leaves out: the log's bytes and rows (available by command) and
//! wall-clock figures (the host sends those separately).

use serde::{Deserialize, Serialize};

pub use quorum_milvus::snapshot::MilvusFacts;
pub use quorum_regions::snapshot::RegionsFacts;
pub use quorum_sim::event::Moment;
use quorum_sim::event::{MessageKind, PhaseTime, Tail};
pub use quorum_sim::recovery::Report as RecoveryFacts;
use quorum_types::{Micros, NodeId};

/// The state of the lab at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Virtual time.
    pub t_us: Micros,
    /// The run's seed.
    pub seed: u64,
    /// How many times this run's disks have been opened; 1 the first time.
    pub boot: u32,
    /// Whether acknowledgements wait for the browser's storage.
    pub kept: bool,
    /// Digest of every event so far, as 16 hex digits.
    pub digest: String,
    /// Number of events so far.
    pub events: u64,
    /// The topology: `standalone` or `replica-set:5`.
    pub topology: String,
    /// The lines of time; none if the run cannot go back.
    #[serde(default)]
    pub timeline: Option<TimelineFacts>,
    /// The rows, counted.
    pub rows: RowCounts,
    /// The log of the standalone engine, or of the leader (without one, of the lowest running node).
    pub wal: WalFacts,
    /// Collections, segments and checkpoint of a standalone engine.
    pub engine: Option<EngineFacts>,
    /// Recovery of the standalone engine, in progress or done.
    pub recovery: Option<RecoveryFacts>,
    /// The nodes, by number.
    pub nodes: Vec<NodeFacts>,
    /// Cut links, one pair per direction.
    pub cut: Vec<(NodeId, NodeId)>,
    /// Messages in flight; node 0 is the client.
    pub flights: Vec<Flight>,
    /// The client of a replica set.
    pub client: Option<ClientFacts>,
    /// Majority arithmetic; `nodes` is 1 for a standalone engine.
    pub majority: Majority,
    /// The current outage, or the last one.
    pub failover: Option<Failover>,
    /// All recorded outages, oldest first.
    #[serde(default)]
    pub outages: Vec<OutageFacts>,
    /// The invariants that are checked after every event.
    pub invariants: Vec<Invariant>,
    /// The state of the lesson; filled in by the lesson's grader.
    pub lesson: Option<LessonFacts>,
    /// Facts specific to a replica set: its configuration, its rules, its network conditions.
    pub group: Option<GroupFacts>,
    /// A Milvus cluster.
    pub milvus: Option<Box<MilvusFacts>>,
    /// Two regions.
    pub regions: Option<Box<RegionsFacts>>,
    /// For a replayed run: how many of its actions are done, and how many there are.
    #[serde(default)]
    pub replay: Option<(u32, u32)>,
}

/// Facts specific to a replica set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GroupFacts {
    /// The voters, according to the node that has committed the most.
    pub voters: Vec<NodeId>,
    /// The voters in the old half of a joint configuration.
    pub outgoing: Vec<NodeId>,
    /// Who only receives.
    pub learners: Vec<NodeId>,
    /// The rules of Raft that are off, by name.
    pub rules_off: Vec<String>,
    /// Why missing data counts as lost and not as a broken invariant: more was destroyed than can be recovered.
    pub excused: Option<String>,
    /// Packets lost, per thousand.
    pub loss: u32,
    /// Packets that arrive twice, per thousand.
    pub duplicate: u32,
    /// Packets that are reordered, per thousand.
    pub reorder: u32,
    /// For a replayed run: how many of its actions are done, and how many there are.
    pub script: Option<(u32, u32)>,
}

/// The rows, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Rows requested so far, in this boot and recovered ones.
    pub submitted: u64,
    /// Acknowledged; after a recovery, those that the log proves were.
    pub acknowledged: u64,
    /// Recovered intact although no receipt of an acknowledgement is known.
    pub unproven: u64,
    /// Rows that a query sees.
    pub visible: u64,
    /// The smallest key seen, with the largest.
    pub id_range: Option<(i64, i64)>,
    /// Rows of the current insert that are not acknowledged yet.
    pub pending: u64,
}

/// The state of a standalone engine besides its log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EngineFacts {
    /// The collections.
    pub collections: Vec<CollectionFacts>,
    /// The segments of all collections, oldest first.
    pub segments: Vec<SegmentFacts>,
    /// Bytes of objects: flushed segments and the manifest.
    pub object_bytes: u64,
    /// The moment at which power will fail.
    pub trap: Option<Moment>,
    /// For every import, how many of its rows are inserted.
    pub imports: Vec<(u64, u64)>,
    /// For every import requested since the engine was opened, how many rows it will have.
    pub import_totals: Vec<(u64, u64)>,
    /// The speed of its disk, and its client's defaults.
    pub disk: DiskFacts,
}

/// A single engine's disk, and its client's defaults for commands that specify nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskFacts {
    /// Log sync throughput in MB per second.
    pub sync_mb_per_s: u64,
    /// Fixed part of a sync.
    pub sync_us: Micros,
    /// Whether writes take the disk's virtual time.
    pub real_time: bool,
    /// Generated rows per batch.
    pub batch_rows: u64,
    /// Documents of an import.
    pub import_rows: u64,
}

/// A collection's figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CollectionFacts {
    /// Its name.
    pub name: String,
    /// Rows that are visible.
    pub rows: u64,
    /// Rows that are flushed, deleted ones too.
    pub num_entities: u64,
    /// Whether it is loaded and can be read.
    pub loaded: bool,
    /// The type of its index.
    pub index: Option<String>,
}

/// The state of a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SegmentState {
    /// Rows still come.
    #[default]
    Growing,
    /// Accepts no more rows; not in a checkpoint yet.
    Sealed,
    /// Contained in a checkpoint.
    Flushed,
}

/// A segment's figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SegmentFacts {
    /// Its number.
    pub id: u64,
    /// Its collection.
    pub collection: String,
    /// How it stands.
    pub state: SegmentState,
    /// Rows in it, deleted ones too.
    pub rows: u32,
    /// Rows in it that are deleted.
    pub deleted: u32,
    /// Bytes of its rows.
    pub bytes: u64,
    /// Whether its index is built.
    pub indexed: bool,
}

/// A log's figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WalFacts {
    /// Which node's log.
    pub node: NodeId,
    /// The log files, oldest first.
    pub files: Vec<WalFile>,
    /// Their bytes.
    pub bytes: u64,
    /// The last record that is durable.
    pub durable_lsn: u64,
    /// The last record written.
    pub last_lsn: u64,
    /// Every record up to here is in a checkpoint.
    pub checkpoint_lsn: u64,
    /// How the end of the log was determined when it was opened.
    pub tail: Tail,
    /// Fsyncs so far.
    pub fsyncs: u64,
}

/// A log file's figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WalFile {
    /// Its number, from 1.
    pub file: u32,
    /// Its length.
    pub bytes: u64,
    /// How much of it is durable.
    pub durable_bytes: u64,
    /// The LSN of its first record.
    pub first_lsn: u64,
    /// The records in it.
    pub records: u64,
}

/// The role of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Follows a leader, or waits for one.
    #[default]
    Follower,
    /// Stands for election.
    Candidate,
    /// Leads.
    Leader,
    /// Reading its log after a restart.
    Recovering,
    /// Without power.
    Down,
    /// Its log is damaged and was rejected.
    Refused,
}

/// A node's figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeFacts {
    /// Its number.
    pub id: NodeId,
    /// What it does.
    pub role: Role,
    /// Its term.
    pub term: u64,
    /// The node it voted for in this term.
    pub vote: Option<NodeId>,
    /// The leader it knows.
    pub leader: Option<NodeId>,
    /// Whether it has power.
    pub alive: bool,
    /// Whether it is paused.
    pub paused: bool,
    /// Whether it belongs to the largest group of nodes that can reach each other.
    pub reachable: bool,
    /// The last index it knows to be committed.
    pub commit: u64,
    /// The last index it applied.
    pub applied: u64,
    /// The last entry: index and term.
    pub last: (u64, u64),
    /// The last index that is durable on its disk.
    pub durable: u64,
    /// The end of its log, at most 12 entries: index and term.
    pub log_tail: Vec<(u64, u64)>,
    /// Whether an fsync is in progress.
    pub syncing: bool,
    /// The election timer, or the heartbeat timer of a leader: elapsed and full length.
    pub timer: Option<(Micros, Micros)>,
    /// For a candidate: the nodes that voted for it. For a leader: the nodes known to hold its last entry.
    pub votes: Vec<NodeId>,
    /// Rows its engine holds.
    pub rows: u64,
    /// The first index in its log; earlier entries are in a snapshot.
    pub first: u64,
    /// Whether it has lost part of its log and does not vote until the log is complete again.
    pub impaired: bool,
    /// Whether it votes, according to the configuration that it knows.
    pub voter: bool,
    /// How much faster its clock runs than the simulation's, in parts per million.
    pub drift_ppm: i64,
}

/// A message in flight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flight {
    /// The message's number.
    pub id: u64,
    /// The sender; 0 is the client.
    pub from: NodeId,
    /// The receiver; 0 is the client.
    pub to: NodeId,
    /// Its kind.
    pub message: MessageKind,
    /// When it left.
    pub sent_us: Micros,
    /// When it arrives.
    pub arrives_us: Micros,
    /// For an append: the first and last index it carries.
    pub entries: Option<(u64, u64)>,
    /// For a response: whether it is positive.
    pub granted: Option<bool>,
}

/// The client's figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClientFacts {
    /// Whether it sends writes automatically.
    pub on: bool,
    /// The node it will try first.
    pub route: NodeId,
    /// Writes begun.
    pub total: u64,
    /// Writes acknowledged.
    pub ok: u64,
    /// Writes that definitely had no effect.
    pub failed: u64,
    /// Writes whose outcome is unknown.
    pub unknown: u64,
    /// Writes under way.
    pub open: u64,
    /// The outcome of the last writes, oldest first, at most 24.
    pub recent: Vec<quorum_sim::event::OpStatus>,
    /// Time between two writes.
    pub interval_us: Micros,
    /// Whether it has stopped because it reached the limit of its writes (`client_writes`); when restarted, it does the
    /// same number again.
    #[serde(default)]
    pub limited: bool,
}

/// Majority arithmetic over the current voters; for a joint configuration over the half with more voters missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Majority {
    /// Voters.
    pub nodes: u32,
    /// Size of a majority.
    pub need: u32,
    /// Voters in the group of a node that hears most of them.
    pub reachable: u32,
    /// Whether that group can elect a leader.
    pub can_elect: bool,
    /// The same as text, in the run's language.
    pub sentence: String,
    /// For how long no write has been acknowledged though a majority is up and connected, no fault is active, no packet
    /// is lost and the client sends requests. 0 if this requirement does not apply.
    pub stalled_us: u64,
}

/// An outage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Failover {
    /// When the fault happened.
    pub fault_us: Micros,
    /// Whether service is still down.
    pub under_way: bool,
    /// From the fault to the first successful answer after service was lost; `None` before that.
    pub rto_us: Option<Micros>,
    /// The same in milliseconds, as the protocols name it.
    pub rto_ms: Option<f64>,
    /// The phases passed so far; the running one grows.
    pub phases: Vec<PhaseTime>,
    /// Requests that failed or had an unknown outcome since the fault.
    pub failed: u64,
    /// Acknowledged writes that are lost. Anything but 0 is a broken invariant.
    pub lost: u64,
    /// The first candidacy and the election it led to, for the picture.
    pub new_leader: Option<NodeId>,
}

/// An outage in the list of all: its cause and its effects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OutageFacts {
    /// When the fault happened; without a cause, when the first failed request began.
    pub fault_us: Micros,
    /// Whether service is lost now.
    pub under_way: bool,
    /// The faults; empty if there were none: an overload, a setting.
    pub cause: Vec<CauseFacts>,
    /// From the fault to the first successful answer after service was lost; `None` before that.
    pub rto_us: Option<Micros>,
    /// From the fault to the end of the last interruption; `None` while service is lost.
    pub settled_us: Option<Micros>,
    /// How often service was lost without a new fault.
    pub interruptions: u32,
    /// Requests that failed or had an unknown outcome.
    pub failed: u64,
}

/// A fault that was injected into the world.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CauseFacts {
    /// Its kind: `killed`, `paused`, `link_cut`, `partitioned`, `power`; in two regions `wiped`, `isolated`, `planned`.
    pub what: String,
    /// To which node.
    pub node: Option<NodeId>,
}

/// An invariant and its state.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Invariant {
    /// Its name, such as `election_safety`.
    pub name: String,
    /// Whether it has held so far.
    pub holds: bool,
    /// How many times it was checked.
    pub checked: u64,
    /// What broke it, in English.
    #[serde(default)]
    pub detail: Option<String>,
    /// The same for other languages: a key with a message in the catalogues, and the nodes, terms, indexes and counts
    /// in it, such as `two_leaders term=3 leader=1 node=2`.
    #[serde(default)]
    pub breach: Option<String>,
}

quorum_types::sparse!(Invariant {
    name: "name",
    holds: "holds",
    checked: "checked",
    detail: "detail" if Option::is_some,
    breach: "breach" if Option::is_some,
});

/// The state of the lesson.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LessonFacts {
    /// The lesson's slug.
    pub slug: String,
    /// The step that is open, from 0.
    pub step: u32,
    /// All goals of the lesson, in order.
    pub goals: Vec<GoalFacts>,
    /// All steps, in order.
    pub steps: Vec<StepFacts>,
    /// Whether every step is finished.
    pub finished: bool,
    /// Whether the lesson's restrictions are lifted.
    pub free: bool,
    /// For the play in progress (a solution, an action): how many moves are done, and how many there are.
    pub playing: Option<(u32, u32)>,
    /// The lesson's own actions that have no effect now because no node is in the state they require: for example,
    /// there is no leader yet, or the node to restart is running.
    pub blocked: Vec<String>,
    /// The scores that the lesson asks for, as far as they are known: `fewest-actions`, `lowest-rto` (microseconds),
    /// `lowest-cost`.
    pub scores: Vec<(String, u64)>,
}

impl LessonFacts {
    /// The score of the lesson as a percentage, rounded down: of its goals those that are met, of its predictions those
    /// that came true, and of its questions those that were answered right at once.
    pub fn percent(&self) -> u32 {
        let earned = |step: &StepFacts| match step.kind.as_str() {
            "predict" => Some(step.settled && step.chosen.as_ref().is_some_and(|it| step.came.contains(it))),
            "explain" => Some(step.right == Some(true) && step.came.len() == 1),
            _ => None,
        };
        let points = self.goals.iter().map(|goal| goal.met).chain(self.steps.iter().filter_map(earned));
        let (mut of, mut earned) = (0, 0);
        for point in points {
            of += 1;
            earned += u32::from(point);
        }
        (earned * 100u32).checked_div(of).unwrap_or(100)
    }
}

/// The state of a step of a lesson.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepFacts {
    /// Its name within the lesson.
    pub id: String,
    /// `read`, `predict`, `do`, `observe` or `explain`.
    pub kind: String,
    /// Whether it is finished.
    pub done: bool,
    /// What the learner predicted, or answered last.
    pub chosen: Option<String>,
    /// For a prediction: whether the outcome is known.
    pub settled: bool,
    /// For a settled prediction: the choices that came true. For a question: the answers given so far.
    pub came: Vec<String>,
    /// For a question: whether the last answer is right.
    pub right: Option<bool>,
}

/// What a goal lacks, as data for a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LackFacts {
    /// `event`, `count`, `sum`, `meter`, `goal`, `not`, `never` (microseconds of quiet) or `late` (came too late).
    pub word: String,
    /// The event's kind, the metric's or the goal's name.
    pub name: String,
    /// The required node, if one is named.
    pub node: Option<String>,
    /// The field that did not match in the last such event; `node` if it was on another node, which is then `have`.
    pub field: Option<String>,
    /// The comparison for the value: `is`, `not`, `below`, `above`, `at_least`, `at_most`.
    pub test: Option<String>,
    /// What it is.
    pub have: Option<i64>,
    /// The required value, if a number.
    pub want: Option<i64>,
    /// The required value, if a word; without a `field`, the word that tells the events that count from others.
    pub want_text: Option<String>,
}

/// A goal and whether it is met.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GoalFacts {
    /// Its name within the lesson.
    pub id: String,
    /// The step it belongs to, from 0.
    pub step: u32,
    /// Whether it is met. Once met it stays met.
    pub met: bool,
    /// Its progress: current and required count, if countable.
    pub progress: Option<(u64, u64)>,
    /// What it lacks; nothing once it is met.
    pub lacks: Vec<LackFacts>,
}

/// The lines of a run: the one it is on, and those that branch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineFacts {
    /// The number of the current line.
    pub line: u32,
    /// The furthest moment that the current line has reached.
    pub end_us: Micros,
    /// Whether more of the line lies ahead: time that passes repeats it, and a new command starts a branch.
    pub repeats: bool,
    /// All lines, oldest first.
    pub lines: Vec<LineFacts>,
    /// The last command before the present, which can be undone.
    pub undo: Option<String>,
}

/// A line of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineFacts {
    /// Its number: 0 for the first one.
    pub number: u32,
    /// The line that it left, if that is still known or was.
    pub parent: Option<u32>,
    /// When it left it.
    pub fork_us: Micros,
    /// The furthest moment that it has reached.
    pub end_us: Micros,
    /// How many commands were given.
    pub commands: u32,
}
