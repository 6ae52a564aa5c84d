//! What tabs post to each other: messages of Raft, and writes that are passed on to the leader.
//!
//! Every tab of a group hears every packet, as on one cable; each takes those that are addressed to it. Guarantees: a
//! packet of another version, from a node that the group does not have, or with data that no node of the group would
//! send is none. Leaves out: who posts on the channel. Any page of the same origin can, as any process on a node's
//! network can where messages are not signed.

use quorum_raft::{Body, Conf, EntryKind, Message};
use quorum_types::NodeId;
use serde::{Deserialize, Serialize};

use crate::bytes::{decode, encode};
use crate::machine::Machine;

/// The version of packets; tabs of different versions do not understand each other and do not try.
const VERSION: u8 = 1;
/// Longer ones are not read.
const MAX_BYTES: usize = 1 << 20;

/// A packet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Packet {
    /// A message of Raft.
    Raft(Message),
    /// A write for the leader.
    Forward { from: NodeId, to: NodeId, session: u64, number: u64, data: Vec<u8> },
    /// The receiver of a forwarded write did not propose it and never will.
    Declined { from: NodeId, to: NodeId, session: u64, number: u64 },
}

impl Packet {
    pub(crate) fn from(&self) -> NodeId {
        match self {
            Self::Raft(message) => message.from,
            Self::Forward { from, .. } | Self::Declined { from, .. } => *from,
        }
    }

    pub(crate) fn to(&self) -> NodeId {
        match self {
            Self::Raft(message) => message.to,
            Self::Forward { to, .. } | Self::Declined { to, .. } => *to,
        }
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        encode(&(VERSION, self)).unwrap_or_default()
    }

    /// The packet in these bytes, if a node of a group with this configuration may have sent it.
    pub(crate) fn read(bytes: &[u8], conf: &Conf) -> Option<Self> {
        if bytes.len() > MAX_BYTES || bytes.first() != Some(&VERSION) {
            return None;
        }
        let (_, packet): (u8, Self) = decode(bytes)?;
        let known = conf.votes(packet.from()) && conf.votes(packet.to()) && packet.from() != packet.to();
        let sound = match &packet {
            Self::Raft(message) => is_sound(&message.body, conf),
            Self::Forward { .. } | Self::Declined { .. } => true,
        };
        (known && sound).then_some(packet)
    }
}

/// The members of a group never change, so nothing may say that they do; and a snapshot holds a state machine.
fn is_sound(body: &Body, conf: &Conf) -> bool {
    match body {
        Body::Append { entries, .. } => entries.iter().all(|entry| entry.kind == EntryKind::Normal),
        Body::Snapshot { snapshot, .. } => snapshot.conf == *conf && Machine::read(&snapshot.data).is_some(),
        _ => true,
    }
}
