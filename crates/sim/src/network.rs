//! Links between nodes: latency, ordering and link faults.
//!
//! A link that works delivers in the order of sending, like a TCP connection. In bad weather packets are lost,
//! duplicated or reordered; a clogged link delays everything for a while; a cut link loses what is sent over it and
//! what is still in transit. Guarantees: one seed makes the same network. The client is node 0; its links are never
//! cut, but the weather affects them. Leaves out: what packets mean.

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use super::event::MessageKind;
use super::request::{Ask, Served};
use quorum_raft::{Body, Message};
use quorum_types::{Micros, NodeId, Rng};

/// The client's node number.
pub const CLIENT: NodeId = 0;

/// The content of a packet.
#[derive(Clone, Debug, PartialEq)]
pub enum Packet {
    /// A message between nodes.
    Raft(Message),
    /// A client's operation.
    Request {
        /// The operation's number.
        op: u64,
        /// The attempt's number.
        attempt: u32,
        /// The request.
        ask: Ask,
    },
    /// The answer to a client's operation.
    Response {
        /// The operation's number.
        op: u64,
        /// The attempt's number.
        attempt: u32,
        /// The reply; otherwise the node does not serve, and names the leader it knows.
        outcome: Result<Served, Option<NodeId>>,
    },
}

/// A packet in transit.
#[derive(Clone, Debug, PartialEq)]
pub struct Flying {
    /// Its number.
    pub id: u64,
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// When it was sent.
    pub sent_us: Micros,
    /// Its content.
    pub packet: Packet,
}

impl Packet {
    /// Its kind, as events and pictures name it.
    pub fn kind(&self) -> MessageKind {
        match self {
            Self::Request { .. } => MessageKind::Request,
            Self::Response { .. } => MessageKind::Response,
            Self::Raft(message) => kind(&message.body),
        }
    }

    /// The sender's term; 0 for the client's traffic.
    pub fn term(&self) -> u64 {
        if let Self::Raft(message) = self { message.term } else { 0 }
    }

    /// For an append, the first and last index that it carries.
    pub fn entries(&self) -> Option<(u64, u64)> {
        match self {
            Self::Raft(Message { body: Body::Append { prev, entries, .. }, .. }) if !entries.is_empty() => {
                Some((prev.0 + 1, prev.0 + entries.len() as u64))
            }
            _ => None,
        }
    }

    /// For an answer, whether it is positive.
    pub fn granted(&self) -> Option<bool> {
        match self {
            Self::Raft(Message { body: Body::VoteResp { granted, .. }, .. }) => Some(*granted),
            Self::Raft(Message { body: Body::AppendResp { hint, .. }, .. }) => Some(hint.is_none()),
            Self::Response { outcome, .. } => Some(outcome.is_ok()),
            _ => None,
        }
    }
}

/// The kind of a message.
pub fn kind(body: &Body) -> MessageKind {
    match body {
        Body::Vote { pre: true, .. } => MessageKind::Prevote,
        Body::Vote { .. } => MessageKind::Vote,
        Body::VoteResp { pre: true, .. } => MessageKind::PrevoteResp,
        Body::VoteResp { .. } => MessageKind::VoteResp,
        Body::Append { .. } => MessageKind::Append,
        Body::AppendResp { .. } => MessageKind::AppendResp,
        Body::Heartbeat { .. } => MessageKind::Heartbeat,
        Body::HeartbeatResp { .. } => MessageKind::HeartbeatResp,
        Body::Snapshot { .. } => MessageKind::Snapshot,
        Body::SnapshotResp { .. } => MessageKind::SnapshotResp,
        Body::TimeoutNow => MessageKind::TimeoutNow,
        Body::ReadIndex { .. } => MessageKind::ReadIndex,
        Body::ReadIndexResp { .. } => MessageKind::ReadIndexResp,
        Body::Propose { .. } => MessageKind::Propose,
        Body::ProposeResp { .. } => MessageKind::ProposeResp,
        Body::Recover { .. } => MessageKind::Recover,
        Body::RecoverResp { .. } => MessageKind::RecoverResp,
    }
}

/// The weather: what happens to packets on links that are not cut, per thousand packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weather {
    /// The number of packets that are lost.
    #[serde(default)]
    pub loss: u16,
    /// The number of packets that arrive twice.
    #[serde(default)]
    pub duplicate: u16,
    /// The number of packets that are delayed and overtaken by others.
    #[serde(default)]
    pub reorder: u16,
}

/// The fate of a sent packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Its number.
    pub id: u64,
    /// When it arrives; none if it is lost.
    pub arrives_us: Option<Micros>,
    /// When its duplicate arrives.
    pub again_us: Option<Micros>,
}

/// The network.
#[derive(Clone, Debug)]
pub struct Network {
    rng: Rng,
    latency_us: (Micros, Micros),
    weather: Weather,
    cut: LiteMap<(NodeId, NodeId), ()>,
    clogged: LiteMap<(NodeId, NodeId), Micros>,
    /// By sender, then by receiver: every message looks here, and nodes are numbered from 1.
    last_arrival: Vec<Vec<Micros>>,
    sent: u64,
}

impl Network {
    /// A network whose links all work.
    pub fn new(rng: Rng, latency_us: (Micros, Micros)) -> Self {
        Self {
            rng,
            latency_us,
            weather: Weather::default(),
            cut: LiteMap::new(),
            clogged: LiteMap::new(),
            last_arrival: Vec::new(),
            sent: 0,
        }
    }

    /// Sends a packet over a link.
    pub fn send(&mut self, now: Micros, from: NodeId, to: NodeId) -> Passage {
        self.sent += 1;
        let mut arrives = now + self.rng.between(self.latency_us.0, self.latency_us.1);
        if !self.clogged.is_empty()
            && let Some(until) = self.clogged.get(&(from, to))
        {
            arrives = arrives.max(*until);
        }
        let id = self.sent;
        let Weather { loss, duplicate, reorder } = self.weather;
        if self.happens(loss) {
            return Passage { id, arrives_us: None, again_us: None };
        }
        if self.happens(reorder) {
            // Long enough to be overtaken by everything sent in the next few latencies.
            let late = arrives + self.rng.below(4 * self.latency_us.1 + 1);
            return Passage { id, arrives_us: Some(late), again_us: None };
        }
        let last = self.last_on(from, to);
        *last = arrives.max(*last + 1);
        let arrives = *last;
        let again = self.happens(duplicate).then(|| arrives + self.rng.below(4 * self.latency_us.1 + 1));
        Passage { id, arrives_us: Some(arrives), again_us: again }
    }

    /// When the last packet in a direction arrives.
    fn last_on(&mut self, from: NodeId, to: NodeId) -> &mut Micros {
        let (from, to) = (from as usize, to as usize);
        if self.last_arrival.len() <= from {
            self.last_arrival.resize_with(from + 1, Vec::new);
        }
        let row = &mut self.last_arrival[from];
        if row.len() <= to {
            row.resize(to + 1, 0);
        }
        &mut row[to]
    }

    fn happens(&mut self, of_a_thousand: u16) -> bool {
        of_a_thousand > 0 && self.rng.below(1_000) < u64::from(of_a_thousand)
    }

    /// Changes the weather.
    pub fn set_weather(&mut self, weather: Weather) {
        self.weather = weather;
    }

    /// The weather.
    pub fn weather(&self) -> Weather {
        self.weather
    }

    /// Whether a link works in this direction.
    pub fn works(&self, from: NodeId, to: NodeId) -> bool {
        self.cut.is_empty() || !self.cut.contains_key(&(from, to))
    }

    /// Cuts a direction; returns whether it worked before.
    pub fn cut(&mut self, from: NodeId, to: NodeId) -> bool {
        self.cut.insert((from, to), ()).is_none()
    }

    /// Heals a direction; returns whether it was cut.
    pub fn mend(&mut self, from: NodeId, to: NodeId) -> bool {
        self.cut.remove(&(from, to)).is_some()
    }

    /// Delays everything sent in a direction until this time.
    pub fn clog(&mut self, from: NodeId, to: NodeId, until: Micros) {
        self.clogged.insert((from, to), until);
    }

    /// Frees every clogged link.
    pub fn unclog(&mut self) {
        self.clogged.clear();
    }

    /// The cut directions.
    pub fn cuts(&self) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
        self.cut.keys().copied()
    }
}
