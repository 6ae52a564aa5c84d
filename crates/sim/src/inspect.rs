//! The content of messages, field by field, for inspectors.
//!
//! Guarantees: every figure is the message's own. Leaves out: the bytes of entries and snapshots; the messages between
//! pods that are not Raft's (`quorum_milvus`).

use super::event::MessageKind;
use super::network::Packet;
use super::request::{Ask, Served};
use quorum_raft::{Body, Message};
use quorum_types::{Micros, NodeId};
use serde::{Deserialize, Serialize};

/// A message in flight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageDetail {
    /// Its number.
    pub id: u64,
    /// Its kind, for messages of Raft and of a replica set's client.
    pub message: Option<MessageKind>,
    /// For other messages their kind as a word: `keep_alive`, `search`.
    pub word: String,
    /// The sender; 0 is a client.
    pub from: NodeId,
    /// The receiver; 0 is a client.
    pub to: NodeId,
    /// The sender's term; none for other messages than Raft's.
    pub term: Option<u64>,
    /// When it left.
    pub sent_us: Micros,
    /// When it arrives, unless the link is cut or the receiver is gone by then.
    pub arrives_us: Micros,
    /// How often it is in flight: twice if the network has duplicated it.
    pub copies: u32,
    /// What it says.
    pub fields: Vec<Field>,
}

/// A field of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Which.
    pub name: FieldName,
    /// Its value.
    pub value: FieldValue,
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum FieldValue {
    /// A number.
    Number(u64),
    /// A place in the log.
    Entry { index: u64, term: u64 },
    /// Entries from the first to the last.
    Span { first: u64, last: u64 },
    /// A node.
    Node(NodeId),
    /// A yes or no.
    Flag(bool),
    /// A time.
    Time(Micros),
}

/// The fields of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldName {
    /// The candidate's last entry.
    LastEntry,
    /// Whether a leader asked for this election.
    Transfer,
    /// Whether the answer is positive.
    Granted,
    /// The last entry that the sender knows to be committed.
    CommittedEntry,
    /// For how many more ticks the voter has promised an earlier leader to help no other.
    PromiseTicks,
    /// The entry before those that are carried.
    PrevEntry,
    /// The entries carried.
    Entries,
    /// Their bytes.
    Bytes,
    /// The leader's commit index, or the index up to which the receiver may commit.
    Commit,
    /// The round that the answer will name.
    Round,
    /// The index up to which the follower's log agrees, durably.
    Matched,
    /// The index at which the follower does not agree.
    Refused,
    /// The follower's last entry that may agree.
    Hint,
    /// The last entry that a snapshot replaces.
    SnapshotEntry,
    /// The reader's number.
    Read,
    /// The index that a read has to see.
    ReadIndex,
    /// An entry's index.
    Index,
    /// A repair's number.
    Nonce,
    /// A leader's last index.
    LeadsTo,
    /// The number of a client's operation.
    Op,
    /// The attempt.
    Attempt,
    /// A register.
    Key,
    /// A value.
    Value,
    /// The value that a swap expects.
    Expected,
    /// Whether a swap found what it expected.
    Swapped,
    /// The leader named instead.
    Leader,
    /// An epoch.
    Epoch,
    /// A timestamp.
    Timestamp,
    /// A position in the log.
    Position,
    /// Records carried.
    Records,
    /// Rows carried.
    Rows,
    /// The first row.
    FirstRow,
    /// A segment.
    Segment,
    /// Segments in it.
    Segments,
    /// A replica, from 1.
    Replica,
    /// When the caller gives up.
    GivesUp,
    /// The time up to which the reader has to have everything.
    Guarantee,
    /// How long a lease lasts.
    LeaseUs,
    /// The process's life.
    Life,
    /// A pod.
    Pod,
    /// The number of the call that is answered.
    Call,
}

impl FieldName {
    /// Its name in the catalogues.
    pub fn word(self) -> &'static str {
        match self {
            Self::LastEntry => "last-entry",
            Self::Transfer => "transfer",
            Self::Granted => "granted",
            Self::CommittedEntry => "committed-entry",
            Self::PromiseTicks => "promise-ticks",
            Self::PrevEntry => "prev-entry",
            Self::Entries => "entries",
            Self::Bytes => "bytes",
            Self::Commit => "commit",
            Self::Round => "round",
            Self::Matched => "matched",
            Self::Refused => "refused",
            Self::Hint => "hint",
            Self::SnapshotEntry => "snapshot-entry",
            Self::Read => "read",
            Self::ReadIndex => "read-index",
            Self::Index => "index",
            Self::Nonce => "nonce",
            Self::LeadsTo => "leads-to",
            Self::Op => "op",
            Self::Attempt => "attempt",
            Self::Key => "key",
            Self::Value => "value",
            Self::Expected => "expected",
            Self::Swapped => "swapped",
            Self::Leader => "leader",
            Self::Epoch => "epoch",
            Self::Timestamp => "timestamp",
            Self::Position => "position",
            Self::Records => "records",
            Self::Rows => "rows",
            Self::FirstRow => "first-row",
            Self::Segment => "segment",
            Self::Segments => "segments",
            Self::Replica => "replica",
            Self::GivesUp => "gives-up",
            Self::Guarantee => "guarantee",
            Self::LeaseUs => "lease-us",
            Self::Life => "life",
            Self::Pod => "pod",
            Self::Call => "call",
        }
    }
}

/// Field by field.
#[derive(Debug, Default)]
pub struct Fields(Vec<Field>);

impl Fields {
    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: FieldName, value: FieldValue) -> Self {
        self.0.push(Field { name, value });
        self
    }

    /// Adds a number.
    #[must_use]
    pub fn number(self, name: FieldName, value: u64) -> Self {
        self.with(name, FieldValue::Number(value))
    }

    /// Adds a yes or no.
    #[must_use]
    pub fn flag(self, name: FieldName, value: bool) -> Self {
        self.with(name, FieldValue::Flag(value))
    }

    /// Adds a place in the log.
    #[must_use]
    pub fn entry(self, name: FieldName, (index, term): (u64, u64)) -> Self {
        self.with(name, FieldValue::Entry { index, term })
    }

    /// All fields.
    pub fn done(self) -> Vec<Field> {
        self.0
    }
}

/// The fields of a message of Raft.
pub fn raft_fields(message: &Message) -> Vec<Field> {
    let fields = Fields::default();
    let fields = match &message.body {
        Body::Vote { last, transfer, .. } => {
            let fields = fields.entry(FieldName::LastEntry, *last);
            if *transfer { fields.flag(FieldName::Transfer, true) } else { fields }
        }
        Body::VoteResp { granted, commit, promise, .. } => fields
            .flag(FieldName::Granted, *granted)
            .entry(FieldName::CommittedEntry, *commit)
            .number(FieldName::PromiseTicks, *promise),
        Body::Append { prev, entries, commit, round } => {
            let fields = fields.entry(FieldName::PrevEntry, *prev);
            let bytes = entries.iter().map(|entry| entry.data.len() as u64).sum();
            let fields = if entries.is_empty() {
                fields.number(FieldName::Records, 0)
            } else {
                let (first, last) = (prev.0 + 1, prev.0 + entries.len() as u64);
                fields
                    .with(FieldName::Entries, FieldValue::Span { first, last })
                    .number(FieldName::Bytes, bytes)
            };
            fields.number(FieldName::Commit, *commit).number(FieldName::Round, *round)
        }
        Body::AppendResp { index, hint: None, round } => {
            fields.number(FieldName::Matched, *index).number(FieldName::Round, *round)
        }
        Body::AppendResp { index, hint: Some(hint), round } => fields
            .number(FieldName::Refused, *index)
            .entry(FieldName::Hint, *hint)
            .number(FieldName::Round, *round),
        Body::Heartbeat { commit, round } => {
            fields.number(FieldName::Commit, *commit).number(FieldName::Round, *round)
        }
        Body::HeartbeatResp { round } => fields.number(FieldName::Round, *round),
        Body::Snapshot { snapshot, round } => fields
            .entry(FieldName::SnapshotEntry, (snapshot.index, snapshot.term))
            .number(FieldName::Bytes, snapshot.data.len() as u64)
            .number(FieldName::Round, *round),
        Body::SnapshotResp { index, round } => {
            fields.number(FieldName::Matched, *index).number(FieldName::Round, *round)
        }
        Body::TimeoutNow => fields,
        Body::ReadIndex { context } => fields.number(FieldName::Read, *context),
        Body::ReadIndexResp { context, index } => {
            fields.number(FieldName::Read, *context).number(FieldName::ReadIndex, *index)
        }
        Body::Propose { data } => fields.number(FieldName::Bytes, data.len() as u64),
        Body::ProposeResp { index } => match index {
            Some(index) => fields.flag(FieldName::Granted, true).number(FieldName::Index, *index),
            None => fields.flag(FieldName::Granted, false),
        },
        Body::Recover { nonce } => fields.number(FieldName::Nonce, *nonce),
        Body::RecoverResp { nonce, leads_to, known } => {
            let fields = fields.number(FieldName::Nonce, *nonce);
            let fields = match leads_to {
                Some(index) => fields.number(FieldName::LeadsTo, *index),
                None => fields,
            };
            match known {
                Some(known) => fields.entry(FieldName::CommittedEntry, known.commit),
                None => fields,
            }
        }
    };
    fields.done()
}

/// The fields of a packet of a replica set.
pub(crate) fn packet_fields(packet: &Packet) -> Vec<Field> {
    match packet {
        Packet::Raft(message) => raft_fields(message),
        Packet::Request { op, attempt, ask } => {
            let fields =
                Fields::default().number(FieldName::Op, *op).number(FieldName::Attempt, u64::from(*attempt));
            asked(fields, *ask).done()
        }
        Packet::Response { op, attempt, outcome } => {
            let fields = Fields::default()
                .number(FieldName::Op, *op)
                .number(FieldName::Attempt, u64::from(*attempt))
                .flag(FieldName::Granted, outcome.is_ok());
            let fields = match outcome {
                Ok(Served::Value(value)) => fields.number(FieldName::Value, *value),
                Ok(Served::Wrote(applied)) => match applied.swapped {
                    Some(swapped) => fields.flag(FieldName::Swapped, swapped),
                    None => fields,
                },
                Err(Some(leader)) => fields.with(FieldName::Leader, FieldValue::Node(*leader)),
                Err(None) => fields,
            };
            fields.done()
        }
    }
}

/// What a client asks for.
fn asked(fields: Fields, ask: Ask) -> Fields {
    match ask {
        Ask::Insert => fields.number(FieldName::Rows, 1),
        Ask::Put { key, value } => fields.number(FieldName::Key, key).number(FieldName::Value, value),
        Ask::Swap { key, from, to } => {
            fields.number(FieldName::Key, key).number(FieldName::Expected, from).number(FieldName::Value, to)
        }
        Ask::Read { key } => fields.number(FieldName::Key, key),
    }
}
