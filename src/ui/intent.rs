//! What the learner can ask for, as types: intents, and the actions on a cluster and on two regions among them.
//!
//! Guarantees: an intent is plain data, so that every view can name one and none needs the code that carries it out.
//! Leaves out: which are possible now (`possible`), and their commands (`actions`, `milvus::pod_actions`,
//! `regions::region_actions`).

use quorum_facade::regions::action::Surprise;
use quorum_facade::regions::runbook::Step;
use quorum_facade::{Moment, Rule};
use quorum_types::NodeId;

/// What the learner asks for with a button or a key.
///
/// An intent is not a `Command`: it names what the page offers, without the details that depend on the moment. Some
/// intents become one command (`Kill`), some several (`KillThree`, by who leads now), and some none, because they
/// concern the page alone (`AskErase`, `FoldRules`). `commands` reads the newest snapshot to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Insert this many rows.
    Insert(u64),
    /// Query the first ten rows.
    QueryFirstTen,
    /// Check count, samples, range and dimensions.
    Prove,
    /// Terminate the worker immediately.
    PullPlug,
    /// Open again on the same data.
    Reopen,
    /// Kill the leader.
    KillLeader,
    /// Kill until three are down, the leader first.
    KillThree,
    /// Restart all nodes that are down.
    RestartAll,
    /// Cut all power at once, and restore it.
    PowerCut,
    /// Kill a node.
    Kill(NodeId),
    /// Restart a node.
    Restart(NodeId),
    /// Freeze or thaw a node.
    Freeze(NodeId),
    /// Cut or heal a link.
    Link(NodeId, NodeId),
    /// Cut all links of a node, or heal them when all are cut.
    Isolate(NodeId),
    /// Start or stop the client.
    Client(bool),
    /// Take over the writer's role from another tab.
    TakeOver,
    /// Ask whether to erase.
    AskErase,
    /// Erase the stored data and open again.
    Erase,
    /// Keep rows in the browser, or in memory only; opens again.
    Keep(bool),
    /// Seal, checkpoint, truncate the log, build indexes.
    Flush,
    /// Search for the rows nearest to the first row.
    Search,
    /// Delete the rows below id 100.
    DeleteHundred,
    /// Rewrite segments without their deleted rows.
    Compact,
    /// Import documents, or resume where the log ends.
    Import,
    /// Flip a bit in the newest log file.
    FlipBit,
    /// Cut the power at the next such moment; none to disarm.
    CrashAt(Option<Moment>),
    /// Restore the engine's power.
    RestartEngine,
    /// Measure the effect of the batch size.
    MeasureBatches,
    /// Measure how long recovery takes.
    MeasureRecovery,
    /// Compute what other disks would change.
    MeasureDisks,
    /// Give the engine another disk, by its index among the presets.
    Disk(usize),
    /// Set the number of rows per batch.
    BatchRows(u64),
    /// Set the number of documents per import.
    ImportRows(u64),
    /// Stop measuring.
    StopMeasuring,
    /// Download a backup.
    Backup,
    /// Choose a backup to restore.
    PickBackup,
    /// Restore the chosen backup.
    Restore,
    /// Discard the chosen backup.
    DropBackup,
    /// Wipe a node's disk.
    Wipe(NodeId),
    /// Flip a bit on a node's disk.
    Damage(NodeId),
    /// Transfer leadership to a node.
    Transfer(NodeId),
    /// Make a node stand for election.
    Campaign(NodeId),
    /// Lose, duplicate and reorder this many packets per thousand.
    Weather(u16, u16, u16),
    /// Switch a rule.
    Rule(Rule, bool),
    /// Switch all rules on.
    RulesOn,
    /// Expand or collapse the rules.
    FoldRules,
    /// Show or hide the details of a rule.
    PickRule(Rule),
    /// Search for a schedule that breaks what a rule protects; with none, any violation with all rules on.
    ScheduleSearch(Option<Rule>),
    /// Stop searching.
    StopScheduleSearch,
    /// Replay the run that the last search found.
    Replay,
    /// Show the invariants.
    ShowInvariants,
    /// An action on a cluster.
    Cluster(PodAction),
    /// An action on two regions.
    Region(RegionIntent),
}

impl Intent {
    /// A lesson's action by its name in manifests and in the document.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "insert-1000" => Self::Insert(1_000),
            "insert-10000" => Self::Insert(10_000),
            "query-first-ten" => Self::QueryFirstTen,
            "prove" => Self::Prove,
            "pull-plug" => Self::PullPlug,
            "reopen" => Self::Reopen,
            "kill-leader" => Self::KillLeader,
            "kill-three" => Self::KillThree,
            "restart-all" => Self::RestartAll,
            "power-cut" => Self::PowerCut,
            "flush" => Self::Flush,
            "search" => Self::Search,
            "delete-hundred" => Self::DeleteHundred,
            "compact" => Self::Compact,
            "import-100000" => Self::Import,
            "flip-bit" => Self::FlipBit,
            "crash-before-append" => Self::CrashAt(Some(Moment::BeforeAppend)),
            "crash-mid-record" => Self::CrashAt(Some(Moment::MidRecord)),
            "crash-before-fsync" => Self::CrashAt(Some(Moment::BeforeFsync)),
            "crash-before-ack" => Self::CrashAt(Some(Moment::BeforeAck)),
            "crash-during-flush" => Self::CrashAt(Some(Moment::DuringFlush)),
            "crash-during-checkpoint" => Self::CrashAt(Some(Moment::DuringCheckpoint)),
            "crash-during-recovery" => Self::CrashAt(Some(Moment::DuringRecovery)),
            "restart-engine" => Self::RestartEngine,
            "measure-batches" => Self::MeasureBatches,
            "measure-recovery" => Self::MeasureRecovery,
            _ => return None,
        })
    }
}

/// An action on a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodAction {
    /// Kill a pod.
    Kill(NodeId),
    /// Start it again.
    Restart(NodeId),
    /// Pause it with its memory kept.
    Pause(NodeId),
    /// Resume it.
    Resume(NodeId),
    /// Cut a pod from all others.
    CutOff(NodeId),
    /// Kill all pods of a zone.
    KillZone(u32),
    /// Heal all links.
    Heal,
    /// Change a setting of the run.
    Set(&'static str, u64),
    /// Give the cluster an order.
    Order(Order),
}

/// An order to the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Flush what grows.
    Flush,
    /// Take a snapshot under this name.
    Snapshot(u64),
    /// Restore one: in the collection, or apart as a new one.
    Restore {
        /// Its name.
        snapshot: u64,
        /// Whether its rows become a new collection.
        apart: bool,
    },
    /// Drop one.
    DropSnapshot(u64),
    /// Import this many rows.
    Import(u64),
    /// Delete everything that is flushed.
    Truncate,
}

/// An action on two regions; regions, nodes and collections count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionIntent {
    /// Cut a region's power.
    Lose(usize),
    /// Destroy a region with all its data, forever.
    Wipe(usize),
    /// Restore a region's power.
    Return(usize),
    /// Cut a region off from the network.
    Isolate(usize),
    /// Cut a node's power.
    KillNode(usize, usize),
    /// Restore it.
    StartNode(usize, usize),
    /// Cut the link.
    CutLink,
    /// Throttle the link to next to nothing.
    SlowLink,
    /// Heal what was cut or slowed.
    Heal,
    /// Make a backup.
    Backup,
    /// Delete all rows of a collection by mistake.
    Mistake(usize),
    /// Prepare a hidden fault.
    Surprise(Surprise),
    /// Switch over as planned.
    Switchover,
    /// Switch over by force.
    Failover,
    /// Run the runbook.
    Run,
    /// Run one step by hand.
    Step(Step),
    /// Make the former primary follow again; data that only it has is discarded.
    FailBack,
    /// The same; data that only it has is merged where nothing contradicts it.
    MergeBack,
    /// List what a forced promotion left in the old primary's log.
    Dump,
    /// Change a setting of the run.
    Set(&'static str, u64),
}
