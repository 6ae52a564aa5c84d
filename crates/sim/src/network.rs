//! Links between nodes: latency and order, and all that can go wrong with them.
//!
//! A link that works delivers in the order of sending, as a TCP connection does. In bad weather packets are lost,
//! repeated, or overtake each other; a clogged link holds everything back for a while; a cut one loses what is sent
//! over it and what is still on it. Promises: one seed makes the same network. The client is node 0; its links are never
//! cut, but the weather reaches them. Leaves out: what packets mean.

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use super::event::MessageKind;
use super::request::{Ask, Served};
use quorum_raft::{Body, Message};
use quorum_types::{Micros, NodeId, Rng};

/// The client's node number.
pub const CLIENT: NodeId = 0;

/// What travels.
#[derive(Clone, Debug, PartialEq)]
pub enum Packet {
    /// Between nodes.
    Raft(Message),
    /// A client's operation.
    Request {
        /// The operation's number.
        op: u64,
        /// The attempt's.
        attempt: u32,
        /// What is asked for.
        ask: Ask,
    },
    /// Its answer.
    Response {
        /// The operation's number.
        op: u64,
        /// The attempt's.
        attempt: u32,
        /// What came of it; otherwise the node does not serve, and names the leader it knows.
        outcome: Result<Served, Option<NodeId>>,
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
            Self::Raft(message) => kind(&message.body),
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

/// How packets fare on links that are not cut, in packets of a thousand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weather {
    /// So many are lost.
    #[serde(default)]
    pub loss: u16,
    /// So many arrive twice.
    #[serde(default)]
    pub duplicate: u16,
    /// So many are held up and overtaken by others.
    #[serde(default)]
    pub reorder: u16,
}

/// What becomes of a packet that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Its number.
    pub id: u64,
    /// When it arrives; never if it is lost.
    pub arrives_us: Option<Micros>,
    /// When it arrives again.
    pub(crate) again_us: Option<Micros>,
}

/// The network.
#[derive(Clone, Debug)]
pub struct Network {
    rng: Rng,
    latency_us: (Micros, Micros),
    weather: Weather,
    cut: LiteMap<(NodeId, NodeId), ()>,
    clogged: LiteMap<(NodeId, NodeId), Micros>,
    last_arrival: LiteMap<(NodeId, NodeId), Micros>,
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
            last_arrival: LiteMap::new(),
            sent: 0,
        }
    }

    /// Puts a packet on a link.
    pub fn send(&mut self, now: Micros, from: NodeId, to: NodeId) -> Passage {
        self.sent += 1;
        let mut arrives = now + self.rng.between(self.latency_us.0, self.latency_us.1);
        if let Some(until) = self.clogged.get(&(from, to)) {
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
        let last = self.last_arrival.entry((from, to)).or_insert(0);
        *last = arrives.max(*last + 1);
        let arrives = *last;
        let again = self.happens(duplicate).then(|| arrives + self.rng.below(4 * self.latency_us.1 + 1));
        Passage { id, arrives_us: Some(arrives), again_us: again }
    }

    fn happens(&mut self, of_a_thousand: u16) -> bool {
        of_a_thousand > 0 && self.rng.below(1_000) < u64::from(of_a_thousand)
    }

    /// Changes the weather.
    pub(crate) fn set_weather(&mut self, weather: Weather) {
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

    /// Cuts a direction; whether it worked before.
    pub fn cut(&mut self, from: NodeId, to: NodeId) -> bool {
        self.cut.insert((from, to), ()).is_none()
    }

    /// Mends a direction; whether it was cut.
    pub fn mend(&mut self, from: NodeId, to: NodeId) -> bool {
        self.cut.remove(&(from, to)).is_some()
    }

    /// Holds everything that is sent in a direction back until then.
    pub(crate) fn clog(&mut self, from: NodeId, to: NodeId, until: Micros) {
        self.clogged.insert((from, to), until);
    }

    /// Frees every clogged link.
    pub(crate) fn unclog(&mut self) {
        self.clogged.clear();
    }

    /// The cut directions.
    pub fn cuts(&self) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
        self.cut.keys().copied()
    }
}
