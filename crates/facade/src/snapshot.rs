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

/// A moment of the lab.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Virtual time.
    pub t_us: Micros,
    /// The run's seed.
    pub seed: u64,
    /// How often this run's disks have been opened; 1 the first time.
    pub boot: u32,
    /// Whether acknowledgements wait for the browser's storage.
    pub kept: bool,
    /// Digest of every event so far, as 16 hex digits.
    pub digest: String,
    /// How many events there were.
    pub events: u64,
    /// What the run is made of: `standalone` or `replica-set:5`.
    pub topology: String,
    /// The rows, counted.
    pub rows: RowCounts,
    /// The log of the standalone engine, or of the leader (else of the lowest node that runs).
    pub wal: WalFacts,
    /// Collections, segments and checkpoint of a standalone engine.
    pub engine: Option<EngineFacts>,
    /// Recovery under way or done, of the standalone engine.
    pub recovery: Option<RecoveryFacts>,
    /// The nodes, by number.
    pub nodes: Vec<NodeFacts>,
    /// Cut links, a pair a direction.
    pub cut: Vec<(NodeId, NodeId)>,
    /// Messages in flight; node 0 is the client.
    pub flights: Vec<Flight>,
    /// The client of a replica set.
    pub client: Option<ClientFacts>,
    /// Majority arithmetic; `nodes` is 1 for a standalone engine.
    pub majority: Majority,
    /// The outage under way, or the last one.
    pub failover: Option<Failover>,
    /// All outages that are kept, the oldest first.
    #[serde(default)]
    pub outages: Vec<OutageFacts>,
    /// The invariants that are checked after every event.
    pub invariants: Vec<Invariant>,
    /// Where the lesson stands; filled in by the lesson's grader.
    pub lesson: Option<LessonFacts>,
    /// What only a replica set has: its configuration, its rules, its weather.
    pub group: Option<GroupFacts>,
    /// A Milvus cluster.
    pub milvus: Option<Box<MilvusFacts>>,
    /// Two regions.
    pub regions: Option<Box<RegionsFacts>>,
}

/// What only a replica set has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GroupFacts {
    /// Who votes, as the node that has committed the most knows it.
    pub voters: Vec<NodeId>,
    /// Who votes in the old half of a joint configuration.
    pub outgoing: Vec<NodeId>,
    /// Who only receives.
    pub learners: Vec<NodeId>,
    /// The rules of Raft that are off, by name.
    pub rules_off: Vec<String>,
    /// Why what is missing counts as lost and not as broken: more was destroyed than can be brought back.
    pub excused: Option<String>,
    /// Packets lost, per thousand.
    pub loss: u32,
    /// Packets that arrive twice, per thousand.
    pub duplicate: u32,
    /// Packets that are reordered, per thousand.
    pub reorder: u32,
    /// Of a run that is replayed: how many of its actions are done, and how many there are.
    pub script: Option<(u32, u32)>,
}

/// The rows, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Asked for so far, this boot's and those recovered.
    pub submitted: u64,
    /// Acknowledged; after a recovery, those that the log proves were.
    pub acknowledged: u64,
    /// Recovered whole though no receipt of an acknowledgement is known.
    pub unproven: u64,
    /// What a query sees.
    pub visible: u64,
    /// The smallest key seen, with the largest.
    pub id_range: Option<(i64, i64)>,
    /// Rows of the insert under way that are still to be acknowledged.
    pub pending: u64,
}

/// What a standalone engine holds beside its log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EngineFacts {
    /// The collections.
    pub collections: Vec<CollectionFacts>,
    /// The segments of all collections, oldest first.
    pub segments: Vec<SegmentFacts>,
    /// Bytes of objects: flushed segments and the manifest.
    pub object_bytes: u64,
    /// The moment at which power is going to fail.
    pub trap: Option<Moment>,
    /// Of every import, how many of its rows are in.
    pub imports: Vec<(u64, u64)>,
    /// Of every import that was asked for since the engine was opened, how many rows it is to have.
    pub import_totals: Vec<(u64, u64)>,
    /// How fast its disk is, and what its client asks for.
    pub disk: DiskFacts,
}

/// A single engine's disk, and its client's defaults for commands that specify nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskFacts {
    /// Log bytes synced a second, in MB.
    pub sync_mb_per_s: u64,
    /// Fixed part of a sync.
    pub sync_us: Micros,
    /// Whether writes take the time that the disk takes.
    pub real_time: bool,
    /// Generated rows a batch.
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
    /// Whether it can be read.
    pub loaded: bool,
    /// The type of its index.
    pub index: Option<String>,
}

/// How a segment stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SegmentState {
    /// Rows still come.
    #[default]
    Growing,
    /// No more rows come; it is not in a checkpoint yet.
    Sealed,
    /// A checkpoint holds it.
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
    /// How the end was found when the log was opened.
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

/// What a node does.
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
    /// Reads its log after a restart.
    Recovering,
    /// Without power.
    Down,
    /// Its log is damaged and was refused.
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
    /// Whom it voted for in this term.
    pub vote: Option<NodeId>,
    /// The leader it knows.
    pub leader: Option<NodeId>,
    /// Whether it has power.
    pub alive: bool,
    /// Whether it is paused.
    pub paused: bool,
    /// Whether it can be reached by, and is on the side of, the largest group of nodes that hear each other.
    pub reachable: bool,
    /// The last index it knows to be committed.
    pub commit: u64,
    /// The last index it applied.
    pub applied: u64,
    /// The last entry: index and term.
    pub last: (u64, u64),
    /// The last index that its disk holds for sure.
    pub durable: u64,
    /// The end of its log, at most 12 entries: index and term.
    pub log_tail: Vec<(u64, u64)>,
    /// Whether an fsync is under way.
    pub syncing: bool,
    /// The election timer, or the heartbeat timer of a leader: elapsed and full length.
    pub timer: Option<(Micros, Micros)>,
    /// Of a candidate: who voted for it. Of a leader: who is known to hold its last entry.
    pub votes: Vec<NodeId>,
    /// Rows its engine holds.
    pub rows: u64,
    /// The first index that its log holds; what was before is in a snapshot.
    pub first: u64,
    /// Whether it has lost part of its log and does not vote until it is whole again.
    pub impaired: bool,
    /// Whether it votes, as it knows the configuration itself.
    pub voter: bool,
    /// How much faster than the world its clock runs, in parts per million.
    pub drift_ppm: i64,
}

/// A message on its way.
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
    /// Of an append: the first and last index it carries.
    pub entries: Option<(u64, u64)>,
    /// Of an answer: whether it says yes.
    pub granted: Option<bool>,
}

/// The client's figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClientFacts {
    /// Whether it sends writes by itself.
    pub on: bool,
    /// The node it will try first.
    pub route: NodeId,
    /// Writes begun.
    pub total: u64,
    /// Writes acknowledged.
    pub ok: u64,
    /// Writes that certainly took no effect.
    pub failed: u64,
    /// Writes whose outcome is unknown.
    pub unknown: u64,
    /// Writes under way.
    pub open: u64,
    /// The outcome of the last writes, oldest first, at most 24.
    pub recent: Vec<quorum_sim::event::OpStatus>,
    /// Time between two writes.
    pub interval_us: Micros,
    /// Whether it has stopped because it came to the limit of its writes (`client_writes`); started again, it does as many.
    #[serde(default)]
    pub limited: bool,
}

/// Majority arithmetic over the voters as they are; of a joint configuration over the half that lacks more of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Majority {
    /// Voters.
    pub nodes: u32,
    /// How many make a majority.
    pub need: u32,
    /// Voters in the group of a node that hears most of them.
    pub reachable: u32,
    /// Whether that group can elect a leader.
    pub can_elect: bool,
    /// The same as a sentence, in the run's language.
    pub sentence: String,
    /// For how long no write has been acknowledged though a majority is up and connected, nothing is done to it, no packet
    /// is lost and the client asks. 0 where nothing of the kind is demanded.
    pub stalled_us: u64,
}

/// An outage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Failover {
    /// When the fault happened.
    pub fault_us: Micros,
    /// Whether service is still down.
    pub under_way: bool,
    /// From the fault to the first good answer after service was lost; none before that.
    pub rto_us: Option<Micros>,
    /// The same in milliseconds, as the protocols name it.
    pub rto_ms: Option<f64>,
    /// The phases passed so far; the running one grows.
    pub phases: Vec<PhaseTime>,
    /// Requests that failed or ended unknown since the fault.
    pub failed: u64,
    /// Acknowledged writes that are lost. Anything but 0 is a broken invariant.
    pub lost: u64,
    /// The first candidacy and the election it led to, for the picture.
    pub new_leader: Option<NodeId>,
}

/// An outage in the list of all: what caused it and what it came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OutageFacts {
    /// When the fault happened; without a cause, when the first request that failed began.
    pub fault_us: Micros,
    /// Whether service is lost now.
    pub under_way: bool,
    /// What was done; empty where nothing was: an overload, a setting.
    pub cause: Vec<CauseFacts>,
    /// From the fault to the first good answer after service was lost; none before that.
    pub rto_us: Option<Micros>,
    /// From the fault to the end of the last interruption; none while service is lost.
    pub settled_us: Option<Micros>,
    /// How often service was lost without a new fault.
    pub interruptions: u32,
    /// Requests that failed or ended unknown.
    pub failed: u64,
}

/// What was done to the world.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CauseFacts {
    /// What, as a word: `killed`, `paused`, `link_cut`, `partitioned`, `power`; in two regions `wiped`, `isolated`, `planned`.
    pub what: String,
    /// To which node.
    pub node: Option<NodeId>,
}

/// An invariant and how it stands.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Invariant {
    /// Its name, such as `election_safety`.
    pub name: String,
    /// Whether it has held so far.
    pub holds: bool,
    /// How often it was checked.
    pub checked: u64,
    /// What broke it, in English.
    #[serde(default)]
    pub detail: Option<String>,
    /// The same for other languages: a word, of which the catalogues have a sentence, and the nodes, terms, indexes and
    /// counts in it, such as `two_leaders term=3 leader=1 node=2`.
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

/// Where the lesson stands.
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
    /// Whether what the lesson forbids is lifted.
    pub free: bool,
    /// Of what is played (a solution, an action): how many moves are done, and how many there are.
    pub playing: Option<(u32, u32)>,
    /// The lesson's own actions that have no effect now because no node is in the state they require: for example,
    /// there is no leader yet, or the node to restart is running.
    pub blocked: Vec<String>,
    /// The scores that the lesson asks for, as far as there is a figure: `fewest-actions`, `lowest-rto` (microseconds),
    /// `lowest-cost`.
    pub scores: Vec<(String, u64)>,
}

/// How a step of a lesson stands.
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
    /// Of a prediction: whether it is known what came true.
    pub settled: bool,
    /// Of a settled prediction: the choices that came true. Of a question: the answers given so far.
    pub came: Vec<String>,
    /// Of a question: whether the last answer is right.
    pub right: Option<bool>,
}

/// What a goal lacks, for a sentence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LackFacts {
    /// `event`, `count`, `sum`, `meter`, `goal`, `not`, `never` (microseconds of quiet) or `late` (came too late).
    pub word: String,
    /// The event's kind, the meter's or the goal's name.
    pub name: String,
    /// The node it has to be, if one is named.
    pub node: Option<String>,
    /// The field that was wrong with the last such event.
    pub field: Option<String>,
    /// How the value has to be: `is`, `not`, `below`, `above`, `at_least`, `at_most`.
    pub test: Option<String>,
    /// What it is.
    pub have: Option<i64>,
    /// What it has to be, as a number.
    pub want: Option<i64>,
    /// What it has to be, as a word.
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
    /// How far it is: have and want, where it can be counted.
    pub progress: Option<(u64, u64)>,
    /// What it lacks; nothing once it is met.
    pub lacks: Vec<LackFacts>,
}
