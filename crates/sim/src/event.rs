//! What happened, in the words that everything downstream is built from.
//!
//! Picture, goals, meters, invariants, narration and trace all read this one stream; nothing else is told
//! to them. Promises: an event is emitted after the state changed, at its virtual time, in the order in
//! which things happened; the same seed and commands give the same stream to the last field. Leaves out:
//! wall-clock figures (those belong to the host) and wording (that belongs to the catalogues).

use serde::{Deserialize, Serialize};

use quorum_types::{Lsn, Micros, NodeId};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
pub struct Event {
    /// Virtual time at which it happened.
    pub t_us: Micros,
    /// The node it happened on; none for the network, the client and the run itself.
    pub node: Option<NodeId>,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// The kind of message that travels between nodes (Raft paper, figure 2; thesis, chapters 3, 4, 6 and 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// RequestVote.
    Vote,
    /// The answer to RequestVote.
    VoteResp,
    /// AppendEntries.
    Append,
    /// The leader is there.
    Heartbeat,
    /// The answer to AppendEntries.
    AppendResp,
    /// A vote's rehearsal.
    Prevote,
    /// The answer to it.
    PrevoteResp,
    /// The answer to a heartbeat.
    HeartbeatResp,
    /// InstallSnapshot.
    Snapshot,
    /// The answer to it.
    SnapshotResp,
    /// Stand for election now.
    TimeoutNow,
    /// A read's question for its index.
    ReadIndex,
    /// The answer to it.
    ReadIndexResp,
    /// A proposal that was sent on.
    Propose,
    /// The answer to it.
    ProposeResp,
    /// What may I have promised?
    Recover,
    /// The answer to it.
    RecoverResp,
    /// A client's write.
    Request,
    /// The answer to a client.
    Response,
}

/// Why a message did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// The link was cut.
    LinkCut,
    /// The receiver was down.
    NodeDown,
    /// It was lost in bad weather.
    Lost,
}

/// How a client's operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpStatus {
    /// Acknowledged: durable on a majority and applied.
    Ok,
    /// It certainly took no effect.
    Fail,
    /// Unknown: it may have taken effect, or may yet.
    Info,
}

/// Why a vote was refused (Raft paper, sections 5.2 and 5.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoteRefusal {
    /// The candidate's term is older than the voter's.
    StaleTerm,
    /// The voter has given its vote of this term to another.
    AlreadyVoted,
    /// The candidate's log is less up to date than the voter's.
    LogBehind,
    /// The voter has heard a leader a moment ago (thesis 4.2.3).
    LeaderAlive,
    /// The voter has lost part of its log and may have forgotten a promise.
    Impaired,
}

/// How the end of a write-ahead log was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tail {
    /// The last record is whole.
    #[default]
    Clean,
    /// The last record was cut short; it was never acknowledged and has been cut off.
    Torn,
    /// A record before the end fails its checksum; the log is not opened.
    Corrupt,
}

/// A phase of an outage; together they make up the RTO. A replica set has the first four, in their order; a Milvus cluster
/// has detect, election or lease wait, replay, segment load, route refresh, client retry; two regions have detect, decide,
/// provision, restore, rebuild, verify, DNS, client retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// From the fault to the first candidacy.
    Detect,
    /// From the first candidacy to the new leader's election.
    Election,
    /// From the election until the leader has committed an entry of its own term, and so applied all before it.
    Replay,
    /// From there to the first answered request.
    ClientRetry,
    /// Until the lease of the one that died was over and another had taken its place.
    LeaseWait,
    /// Until the last segment that had to be loaded was served.
    SegmentLoad,
    /// Until proxies had new routes.
    RouteRefresh,
    /// Until somebody had answered the call and decided.
    Decide,
    /// Until the standby's cluster was large enough.
    Provision,
    /// Until a backup was restored.
    Restore,
    /// Until indexes were built.
    Rebuild,
    /// Until what was there had been checked, and the old primary fenced.
    Verify,
    /// Until the name pointed to the other region and resolvers knew.
    Dns,
}

/// A moment on the way of a write, of a checkpoint or of a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// The request is there, nothing is written.
    BeforeAppend,
    /// Half of the record has reached the disk.
    MidRecord,
    /// The record is written, the fsync has not begun.
    BeforeFsync,
    /// The fsync has ended, the client has not been told.
    BeforeAck,
    /// A part of the segments has been written to objects.
    DuringFlush,
    /// Half of the manifest has reached the disk.
    DuringCheckpoint,
    /// A part of the log has been read back.
    DuringRecovery,
}

impl Moment {
    /// All of them, in the order in which they come.
    pub const ALL: [Self; 7] = [
        Self::BeforeAppend,
        Self::MidRecord,
        Self::BeforeFsync,
        Self::BeforeAck,
        Self::DuringFlush,
        Self::DuringCheckpoint,
        Self::DuringRecovery,
    ];
}

/// What happened. Lengths are bytes; LSNs and indexes count from 1.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum EventKind {
    // --- the run
    /// The world was opened for the `boot`-th time.
    Opened { boot: u32, nodes: u32 },
    /// All power was lost; what was not synced is gone.
    PowerCut,

    // --- the learner's faults
    /// The node lost its power; what was not synced is gone.
    Killed,
    /// The node got its power back and reads its log.
    Restarted,
    /// The node stopped running but kept its memory.
    Paused,
    /// The node runs again.
    Resumed,
    /// The link from `from` to `to` no longer carries anything.
    LinkCut { from: NodeId, to: NodeId },
    /// The link from `from` to `to` carries messages again.
    LinkHealed { from: NodeId, to: NodeId },
    /// What is sent from `from` to `to` is held back for so long.
    LinkClogged { from: NodeId, to: NodeId, us: Micros },
    /// Of a thousand packets so many are lost, repeated, or overtaken.
    WeatherChanged { loss: u16, duplicate: u16, reorder: u16 },
    /// Everything on the node's disk is gone.
    DiskLost,
    /// The disk does something wrong: `bit_flip`, `zero`, `stale`, `misdirect`, `lie` or `honest`.
    DiskFault { fault: String },
    /// The node's clock runs so much faster than the world, in parts per million, after a jump.
    ClockSet { drift_ppm: i64, jump_us: i64 },
    /// A rule was switched.
    RuleSwitched { rule: String, on: bool },
    /// More was destroyed than can be brought back: what is missing from here on is lost, not broken.
    BudgetExceeded { why: String },

    // --- the write-ahead log
    /// A record was written, not yet synced.
    WalAppended { lsn: Lsn, bytes: u64, file: u32, offset: u64 },
    /// An fsync began that will cover all up to `lsn`.
    FsyncBegan { lsn: Lsn, bytes: u64 },
    /// The durable frontier moved to `lsn`.
    FsyncEnded { lsn: Lsn, bytes: u64, took_us: Micros },
    /// A new log file was begun.
    WalRotated { file: u32, first_lsn: Lsn },

    // --- recovery
    /// Recovery began to read this many bytes of log.
    RecoveryBegan { bytes: u64, files: u32 },
    /// Recovery has read this much.
    RecoveryProgress { bytes: u64, total_bytes: u64, records: u64, rows: u64 },
    /// A record at the end was cut short: it claims `claimed_bytes`, of which `found_bytes` are there.
    TornTail { file: u32, offset: u64, claimed_bytes: u64, found_bytes: u64 },
    /// A record before the end is damaged; the log is refused.
    WalCorrupt { file: u32, offset: u64, why: String },
    /// The log was replayed. `unproven_rows` of `rows` are whole in the log, but no receipt shows that
    /// their acknowledgement ever left. `outstanding_rows` is the client's word, where it lived on: rows it had
    /// asked for and not been told of when the power failed.
    Recovered {
        records: u64,
        rows: u64,
        unproven_rows: u64,
        outstanding_rows: u64,
        lsn: Lsn,
        took_us: Micros,
    },

    // --- checkpoints, segments, indexes
    /// Segments are being written to objects.
    FlushBegan { segments: u32, bytes: u64 },
    /// A checkpoint holds everything up to `lsn`; so many log files, of so many bytes, went.
    Checkpointed { lsn: Lsn, files: u32, bytes: u64, took_us: Micros },
    /// A checkpoint was read back.
    CheckpointLoaded { lsn: Lsn, bytes: u64, rows: u64 },
    /// The growing segment was sealed.
    Sealed { lsn: Lsn },
    /// So many segments were made into one without their deleted rows.
    Compacted { lsn: Lsn, segments: u32 },
    /// The index of a segment was built.
    IndexBuilt { segment: u64, rows: u32, took_us: Micros },

    // --- the media
    /// Power is about to fail at a moment that was chosen.
    TrapSprung { moment: Moment },
    /// Bytes of a file were changed behind the engine's back.
    MediaDamaged { file: u32, offset: u64 },
    /// A record of so many bytes did not fit on the disk.
    DiskFull { bytes: u64 },

    // --- the engine
    /// A collection, an index or what is loaded changed: `create_collection`, `drop_collection`, `create_index`,
    /// `drop_index`, `load` or `release`.
    CatalogChanged { lsn: Lsn, change: String },
    /// Rows of so many keys were deleted, as far as they were there.
    Deleted { lsn: Lsn, keys: u64, took_us: Micros },
    /// So many rows of an import are acknowledged; told at every fifth.
    ImportProgress { import: u64, position: u64, total: u64 },
    /// A search was answered: so many vectors, so many rows found.
    Searched { vectors: u32, rows: u64 },
    /// A batch was asked for: rows `first_id..first_id+rows`.
    InsertBegan { first_id: i64, rows: u64 },
    /// A batch is durable and visible, and its client was told. `total_rows` counts all acknowledged.
    Acknowledged { lsn: Lsn, first_id: i64, rows: u64, total_rows: u64, took_us: Micros },
    /// A query was answered with this many rows.
    Queried { filter: String, rows: u64 },

    // --- Raft
    /// The election timeout passed without a word from a leader.
    ElectionTimeout { timeout_us: Micros },
    /// The node stands for election.
    Campaigned { term: u64 },
    /// The node gave its vote to `candidate`.
    VoteGranted { candidate: NodeId, term: u64 },
    /// The node refused its vote to `candidate`.
    VoteRefused { candidate: NodeId, term: u64, why: VoteRefusal },
    /// The node won with `votes` of `voters`.
    BecameLeader { term: u64, votes: u32, voters: u32 },
    /// The node learnt of a higher term or of a leader and follows again.
    SteppedDown { term: u64 },
    /// Entries up to `index` are committed, as this node knows it.
    Committed { index: u64, term: u64 },
    /// Entries from `from` on were removed, because they conflict with the leader's.
    LogTruncated { from: u64 },
    /// The node asks whether it would be elected in `term`.
    PreCampaigned { term: u64 },
    /// As a leader the node has not heard a majority.
    LostQuorum { term: u64 },
    /// A snapshot stands for everything up to `index`.
    SnapshotTaken { index: u64 },
    /// The node's log was replaced by the leader's snapshot.
    SnapshotInstalled { index: u64, term: u64 },
    /// A change of the configuration counts from here on.
    ConfChanged { index: u64, voters: Vec<NodeId>, outgoing: Vec<NodeId>, learners: Vec<NodeId> },
    /// The leader hands over to `to`.
    TransferBegan { to: NodeId },
    /// The node has lost part of its log and asks the others what it may have promised.
    RepairBegan,
    /// The node is whole again, up to `index`, and votes.
    RepairEnded { index: u64 },

    // --- the network
    /// A message left.
    Sent { id: u64, from: NodeId, to: NodeId, message: MessageKind, term: u64 },
    /// A message arrived.
    Delivered { id: u64, from: NodeId, to: NodeId, message: MessageKind },
    /// A message was lost.
    Dropped { id: u64, from: NodeId, to: NodeId, message: MessageKind, why: DropReason },

    // --- the client (numbered writes)
    /// The client began write `op`.
    OpStart { op: u64 },
    /// The client tries `op` again, at another node or after a pause.
    OpRetry { op: u64, attempt: u32, to: NodeId },
    /// Write `op` ended.
    OpEnd { op: u64, status: OpStatus, took_us: Micros },

    // --- service
    /// The first request failed after a fault at `fault_us`.
    ServiceLost { fault_us: Micros },
    /// The first request after the outage was answered; phases add up to `rto_us`.
    ServiceRestored { rto_us: Micros, phases: Vec<PhaseTime>, failed: u64 },
    /// An invariant does not hold.
    InvariantBroken { name: String, detail: String },

    // --- the Milvus cluster
    /// A pod of this kind serves.
    PodReady { component: String },
    /// A check of the pod's health failed, so many in a row by now.
    ProbeMissed { misses: u32 },
    /// The supervisor has told the others that the pod is gone.
    TakenOut { component: String },
    /// The pod acts for its kind from here on, under this epoch.
    RoleTaken { role: String, epoch: u64 },
    /// The pod does not act any more.
    RoleEnded { role: String, epoch: u64 },
    /// The pod's lease in the metadata store is over.
    LeaseExpired { component: String },
    /// A proxy's request to `to` failed; it leaves `to` out of its routes.
    RouteFailed { to: NodeId },
    /// A proxy has new routes: so many query nodes serve.
    RoutesRefreshed { nodes: u32 },
    /// The node has begun to load a copy of a segment (0: what grows) for a replica.
    SegmentAssigned { segment: u64, replica: u32 },
    /// The copy is served.
    SegmentLoaded { segment: u64, replica: u32, bytes: u64, took_us: Micros },
    /// The node has read so many records of the log and serves what they say.
    ChannelReplayed { records: u64, took_us: Micros },
    /// The write that begins with row `first_id` has reached one of its seven steps here.
    WriteStep { first_id: i64, step: u32 },
    /// A write of `rows` rows from `first_id` ended without an acknowledgement.
    InsertFailed { first_id: i64, rows: u64, status: OpStatus, took_us: Micros },
    /// A search was answered by this node: how long it waited for its guarantee, how far behind now it saw, how many
    /// of a thousand rows it should have found it found, and whether segments were left out.
    SearchServed { op: u64, waited_us: Micros, behind_us: Micros, recall_permille: u32, partial: bool },
    /// A write under an epoch that is over was refused by the log.
    Fenced { epoch: u64 },
    /// Acknowledged rows from `first_id` will never be seen: they were written under an epoch that was over.
    WriteLost { first_id: i64, rows: u64 },
    /// All links between these pods and the others are cut, but for those to `but`.
    Partitioned { side: Vec<NodeId>, but: Vec<NodeId> },
    /// So many directions of links carry messages again.
    NetworkHealed { links: u32 },

    // --- two regions; regions count from 0
    /// A region lost its power; `wiped`: for ever, with all it held.
    RegionLost { region: u32, wiped: bool },
    /// It is there again and has read `records` of its log.
    RegionReturned { region: u32, records: u64 },
    /// A region is cut off from the world.
    RegionIsolated { region: u32 },
    /// The link between the regions carries so many kilobytes a second; 0: nothing.
    RegionLink { kb_s: u64 },
    /// A region's cluster acknowledged client write `op`: what it did to which row, and the record's LSN there.
    RowWritten { op: u64, region: u32, lsn: Lsn, collection: u32, key: i64, change: String },
    /// A client's read `op` ended.
    ReadEnd { op: u64, status: OpStatus, region: u32 },
    /// A client's resolver names another region from here on.
    ClientMoved { client: u32, region: u32 },
    /// The standby has applied so many records of the log, up to `lsn`.
    Shipped { records: u64, lsn: Lsn },
    /// A comparison of counts has copied so many rows of a collection.
    CountsSynced { collection: u32, rows: u64 },
    /// The standby was filled anew with so many rows, up to `lsn`.
    Resynced { rows: u64, lsn: Lsn },
    /// A backup began.
    BackupBegan { backup: u64, full: bool },
    /// It is in the bucket; it holds what was there up to `lsn`.
    BackupEnded { backup: u64, lsn: Lsn, rows: u64, mb: u64 },
    /// It could not be made, or did not read back.
    BackupFailed { backup: u64, why: String },
    /// It was older than backups are kept.
    BackupPruned { backup: u64 },
    /// The desk was told, and so were these channels. Nothing is sent for real.
    AlertRaised { alert: String, channels: Vec<String> },
    /// A runbook began.
    RunbookBegan { steps: u32 },
    /// Step `step` (from 0) began.
    StepBegan { step: u32, word: String },
    /// It ended; `why` says why it did not go well.
    StepEnded { step: u32, word: String, ok: bool, why: String, took_us: Micros },
    /// The runbook ended.
    RunbookEnded { ok: bool },
    /// A backup was restored into a region.
    BackupRestored { backup: u64, region: u32, lsn: Lsn, rows: u64, took_us: Micros },
    /// A region takes writes, under this epoch; it holds the other's log up to `lsn`.
    Promoted { region: u32, epoch: u64, lsn: Lsn },
    /// A region takes no writes any more.
    Demoted { region: u32, epoch: u64 },
    /// The name points to another region.
    DnsChanged { region: u32 },
    /// Client write `op`, acknowledged, is nowhere to be had; where it died.
    WriteDied { op: u64, died: String },
    /// The former primary follows again: so many writes that only it had were brought over, so many given up.
    FailedBack { region: u32, merged: u64, discarded: u64 },
    /// Every row of a collection was deleted by mistake.
    MistakeMade { collection: u32, rows: u64 },
    /// Something was prepared that nobody sees yet.
    SurprisePrepared { surprise: String },
    /// It was felt.
    SurpriseFelt { surprise: String },
    /// A configuration was taken in: so many values changed, those of these keys.
    ConfigTaken { changed: u32, keys: Vec<String> },

    // --- kinds that came later stand at the end: the digest counts kinds in their order
    /// The client has begun as many operations as it may, and stops; it can be started again.
    ClientStopped { writes: u64 },
    /// A finite batch of searches is over: so many, so many of them failed.
    BatchEnded { searches: u64, failed: u64, took_us: Micros },
}

/// How long a phase of an outage took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PhaseTime {
    /// Which phase.
    pub phase: Phase,
    /// Its length.
    pub us: Micros,
}
