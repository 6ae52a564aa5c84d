//! What a node reports to its page, and what the page may ask of it.
//!
//! Guarantees: plain data. Leaves out: sentences (the page's catalogues) and how both are sent.

use quorum_types::{Micros, NodeId};
use serde::{Deserialize, Serialize};

use crate::machine::Value;

/// A request of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Become a node of a group.
    Open {
        /// The group's name.
        group: String,
        /// How many nodes it has, if it is new.
        nodes: u32,
        /// The number to take; the lowest free one if none is named.
        number: Option<NodeId>,
    },
    /// Write a value.
    Write {
        /// The key.
        key: String,
        /// The value.
        text: String,
    },
    /// Read all values.
    Read,
    /// Erase the group: everything that its nodes stored.
    Reset,
}

/// What the page hears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// The node runs.
    Running(Box<Facts>),
    /// There is no node, or no longer one.
    Stopped(Why),
    /// The group was erased.
    Erased,
    /// The group was not erased, because another tab is still one of its nodes.
    NotErased,
}

/// Why a tab is no node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// The group's name is none.
    BadName,
    /// The number that was asked for is another tab's, or not one of the group's.
    Taken(NodeId),
    /// Every number is another tab's.
    Full,
    /// There are no locks here, so that two tabs could be the same node.
    NoLocks,
    /// Tabs cannot talk to each other here.
    NoChannel,
    /// The number was taken before, and what its node stored is gone.
    Forgotten(NodeId),
    /// Likewise: it ran in memory, and another tab remembers it.
    ForgottenMemory(NodeId),
    /// What it stored is not what it wrote.
    Damaged(NodeId),
    /// Its storage failed, with the browser's words.
    Storage(String),
    /// Another tab has taken its number.
    Lost,
}

/// A role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoleWord {
    /// A follower.
    Follower,
    /// Asks whether it would be elected.
    PreCandidate,
    /// Asks for votes.
    Candidate,
    /// The leader.
    Leader,
}

/// The state of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The group's name.
    pub group: String,
    /// Its number.
    pub number: NodeId,
    /// How many nodes the group has.
    pub nodes: u32,
    /// How many are a majority.
    pub need: u32,
    /// Whether its state is kept; otherwise it is forgotten with the tab.
    pub kept: bool,
    /// Its role.
    pub role: RoleWord,
    /// Its term.
    pub term: u64,
    /// The leader that it knows of.
    pub leader: Option<NodeId>,
    /// The last index that it knows to be committed.
    pub commit: u64,
    /// The last index that it applied.
    pub applied: u64,
    /// The last index that is durable here.
    pub durable: u64,
    /// The index that its snapshot reaches; 0 without one.
    pub snapshot: u64,
    /// The end of its log, oldest first.
    pub log: Vec<Line>,
    /// The values, as far as it has applied entries.
    pub values: Vec<Value>,
    /// The other nodes, by number.
    pub peers: Vec<Peer>,
    /// The last writes of this tab, oldest first.
    pub writes: Vec<Attempt>,
    /// The last read of this tab.
    pub read: Option<Read>,
    /// What happened, oldest first.
    pub events: Vec<Event>,
    /// How late its timers were recently, if they were late.
    pub late_us: Option<Micros>,
    /// What of the exercise this tab has seen.
    pub seen: Seen,
}

/// An entry of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its index.
    pub index: u64,
    /// Its term.
    pub term: u64,
    /// Its content.
    pub what: What,
}

/// The content of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The empty entry with which a leader begins its term.
    Begin,
    /// A write.
    Write {
        /// The key.
        key: String,
        /// The value.
        text: String,
    },
    /// Something that is no write.
    Other,
}

/// Another node, as this one sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Its number.
    pub number: NodeId,
    /// How long ago a packet of it was heard; none if never.
    pub heard_us: Option<Micros>,
    /// Whether that is recent.
    pub alive: bool,
}

/// A write of this tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number in this life of the tab.
    pub number: u64,
    /// The key.
    pub key: String,
    /// The value.
    pub text: String,
    /// What is known of it.
    pub fate: Fate,
}

/// What is known of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// Nothing yet.
    Waiting,
    /// It is committed and applied, at this index, after this time.
    Acknowledged {
        /// The index.
        index: u64,
        /// The time since it was asked for.
        after_us: Micros,
    },
    /// It was never proposed: there was no leader, or the node that was asked no longer led.
    Declined,
    /// There is no room for another key.
    NoRoom,
    /// No answer came in time: it may be applied later, or never.
    Unknown,
    /// It was never applied and never will be: a later write of this tab was.
    Overtaken,
}

/// A read of this tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Its number in this life of the tab.
    pub number: u64,
    /// What is known of it.
    pub answer: Answer,
}

/// What is known of a read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Nothing yet.
    Waiting,
    /// There was no leader to ask.
    NoLeader,
    /// No answer came in time.
    Unknown,
    /// It was served.
    Served {
        /// It sees everything up to this index.
        index: u64,
        /// The values.
        values: Vec<Value>,
        /// Whether what was acknowledged here is there.
        checked: Checked,
    },
}

/// Whether what was acknowledged to a tab is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Keys that this tab wrote and that were acknowledged.
    pub keys: u64,
    /// Those of them whose value is gone or older than the acknowledged one.
    pub lost: u64,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number, from 1.
    pub number: u64,
    /// When, since the node began.
    pub at_us: Micros,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum EventKind {
    /// A new node, whose storage was empty.
    Began,
    /// It read its state from its storage: the last index, and the term.
    Recovered { last: u64, term: u64 },
    /// It holds everything that the leader had committed; this number of entries came from the leader.
    CaughtUp { index: u64, fetched: u64 },
    /// A node was heard for the first time.
    Joined { peer: NodeId },
    /// A node was not heard for so long that it counts as silent.
    Silent { peer: NodeId },
    /// A silent node was heard again.
    Back { peer: NodeId },
    /// It heard no leader for this long.
    TimedOut { us: Micros },
    /// It asks whether it would be elected in a term.
    PreCampaigned { term: u64 },
    /// It stands for election.
    Campaigned { term: u64 },
    /// It gave its vote.
    Voted { candidate: NodeId, term: u64 },
    /// It refused its vote.
    Refused { candidate: NodeId, term: u64 },
    /// There is a leader; how long the one before it had been silent, if it had.
    Leads { leader: NodeId, term: u64, before: Option<NodeId>, after_us: Option<Micros> },
    /// It is a follower again.
    SteppedDown { term: u64 },
    /// It led, and a majority did not answer.
    LostQuorum { term: u64 },
    /// It removed entries that were not committed, from this index on.
    Truncated { from: u64 },
    /// A snapshot of the leader replaced its log.
    Installed { index: u64 },
    /// It replaced the entries up to this index with a snapshot.
    Compacted { index: u64 },
    /// A write of this tab was acknowledged.
    Acknowledged { key: String, index: u64 },
    /// The outcome of a write of this tab is unknown.
    Unknown { key: String },
    /// Its timers were late.
    Late { us: Micros },
}

/// A leader that fell silent and was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failover {
    /// The leader that fell silent.
    pub old: NodeId,
    /// The next one.
    pub new: NodeId,
    /// Its term.
    pub term: u64,
    /// The time between the last packet of the old one and the first sign of the new one.
    pub after_us: Micros,
}

/// What of the exercise a tab has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// A leader and a majority.
    pub led: bool,
    /// How many writes of this tab were acknowledged.
    pub acknowledged: u64,
    /// How many leaders fell silent and were replaced.
    pub failovers: u64,
    /// The last of them.
    pub failover: Option<Failover>,
    /// The first read that was served after it.
    pub checked: Option<Checked>,
    /// A node came back: another one was heard again, or this one recovered and caught up.
    pub returned: bool,
}
