//! Links between nodes: latency, order, and cuts.
//!
//! Promises: a link delivers in the order of sending, as a TCP connection does; a cut link loses what is sent
//! over it and what is still on it. The client is node 0 and its links are never cut. Leaves out: loss,
//! repetition and reordering on a link that works.

use super::event::MessageKind;
use crate::raft::{Body, Message};
use crate::types::{Map, Micros, NodeId, Rng, Set};

/// The client's node number.
pub const CLIENT: NodeId = 0;

/// What travels.
#[derive(Clone, Debug, PartialEq)]
pub enum Packet {
    /// Between nodes.
    Raft(Message),
    /// A client's write.
    Request {
        /// The write's number.
        op: u64,
        /// The attempt's.
        attempt: u32,
    },
    /// Its answer.
    Response {
        /// The write's number.
        op: u64,
        /// The attempt's.
        attempt: u32,
        /// Whether it is done; otherwise the node does not lead, and names the leader it knows.
        outcome: Result<(), Option<NodeId>>,
    },
}

/// A packet on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Flying {
    /// Its number.
    pub id: u64,
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// When it left.
    pub sent_us: Micros,
    /// What it is.
    pub packet: Packet,
}

impl Packet {
    /// Its kind, as events and pictures name it.
    pub fn kind(&self) -> MessageKind {
        match self {
            Self::Request { .. } => MessageKind::Request,
            Self::Response { .. } => MessageKind::Response,
            Self::Raft(message) => match &message.body {
                Body::Vote { .. } => MessageKind::Vote,
                Body::VoteResp { .. } => MessageKind::VoteResp,
                Body::Heartbeat { .. } => MessageKind::Heartbeat,
                Body::Append { entries, .. } if entries.is_empty() => MessageKind::Heartbeat,
                Body::Append { .. } => MessageKind::Append,
                _ => MessageKind::AppendResp,
            },
        }
    }

    /// The sender's term; 0 for the client's traffic.
    pub fn term(&self) -> u64 {
        if let Self::Raft(message) = self { message.term } else { 0 }
    }

    /// Of an append, the first and last index that it carries.
    pub fn entries(&self) -> Option<(u64, u64)> {
        match self {
            Self::Raft(Message { body: Body::Append { prev, entries, .. }, .. }) if !entries.is_empty() => {
                Some((prev.0 + 1, prev.0 + entries.len() as u64))
            }
            _ => None,
        }
    }

    /// Of an answer, whether it says yes.
    pub fn granted(&self) -> Option<bool> {
        match self {
            Self::Raft(Message { body: Body::VoteResp { granted, .. }, .. }) => Some(*granted),
            Self::Raft(Message { body: Body::AppendResp { hint, .. }, .. }) => Some(hint.is_none()),
            Self::Response { outcome, .. } => Some(outcome.is_ok()),
            _ => None,
        }
    }
}

/// The network.
#[derive(Clone, Debug)]
pub struct Network {
    rng: Rng,
    latency_us: (Micros, Micros),
    cut: Set<(NodeId, NodeId)>,
    last_arrival: Map<(NodeId, NodeId), Micros>,
    sent: u64,
}

impl Network {
    /// A network whose links all work.
    pub fn new(rng: Rng, latency_us: (Micros, Micros)) -> Self {
        Self { rng, latency_us, cut: Set::new(), last_arrival: Map::new(), sent: 0 }
    }

    /// Puts a packet on a link: its number, and when it would arrive.
    pub fn send(&mut self, now: Micros, from: NodeId, to: NodeId) -> (u64, Micros) {
        self.sent += 1;
        let arrives = now + self.rng.between(self.latency_us.0, self.latency_us.1);
        let last = self.last_arrival.get_or_insert((from, to), || 0);
        *last = arrives.max(*last + 1);
        (self.sent, *last)
    }

    /// Whether a link works in this direction.
    pub fn works(&self, from: NodeId, to: NodeId) -> bool {
        !self.cut.contains(&(from, to))
    }

    /// Cuts a direction; whether it worked before.
    pub fn cut(&mut self, from: NodeId, to: NodeId) -> bool {
        self.cut.insert((from, to))
    }

    /// Mends a direction; whether it was cut.
    pub fn mend(&mut self, from: NodeId, to: NodeId) -> bool {
        self.cut.remove(&(from, to))
    }

    /// The cut directions.
    pub fn cuts(&self) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
        self.cut.iter().copied()
    }
}
