//! Messages between pods, and calls that are answered, refused, sent on, or never heard of again.
//!
//! A call to a kind of pod goes to the one that is thought to act for it; one that does not act names another, one that
//! is down refuses at once, one that is cut off says nothing, and the caller gives up after a time. Promises: every call
//! comes to exactly one end for a caller that lives; whoever was restarted hears nothing of its former life. Leaves out:
//! what is asked for (the files of those who serve it).

use std::sync::Arc;

use super::flushed::FlushedSegment;
use super::record::Record;
use super::snapshot::Traffic;
use super::topology::Component;
use super::{CLIENT, Milvus, ScheduledEvent};
use quorum_raft::{Body, Message};
use quorum_types::{Micros, NodeId};

/// The number of calls that are not answered.
const UNANSWERED: u64 = 0;

/// What a client searches for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// The search's number.
    pub(super) op: u64,
    /// The number of the vector: a client looks for the same one every time, as course note 2 does.
    pub(super) query: u64,
    /// Whether it is the tester's.
    pub(super) measured: bool,
    /// When its client gives up.
    pub(super) until: Micros,
}

/// What one pod asks of another.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    // --- clients
    /// Search; `since` is what the client has written itself.
    Search { wish: Wish, since: Micros },
    /// Insert rows.
    Insert { first_id: i64, rows: u64 },
    // --- proxies
    /// A timestamp, of the root coordinator.
    Timestamp,
    /// Who serves, of the query coordinator.
    Routes,
    /// A segment to write to, of the data coordinator.
    Assign,
    /// A record for the log.
    Append(Record),
    /// Search a replica, of its delegator.
    Execute { wish: Wish, guarantee: Micros, partial: bool, until: Micros },
    // --- query nodes
    /// Search these segments, of so many rows in all; after a moment nobody waits for them any more.
    Part { query: u64, segments: Vec<u64>, of: u64, until: Micros },
    // --- the log
    /// Send what follows this position, now and from here on.
    Subscribe { from: u64 },
    /// A tick.
    Tick { ts: Micros, epoch: u64 },
    /// Own the log under this epoch.
    Own { epoch: u64 },
    // --- the metadata store
    /// Begin a session.
    Register { life: u64 },
    /// It goes on.
    KeepAlive { life: u64 },
    /// It ends.
    Revoke { life: u64 },
    /// Act for a kind of pod, if nobody does.
    Claim { component: Component },
    /// A segment is flushed, and the log up to a position with it.
    Flushed(FlushedSegment),
    /// A segment stands for all that lie within it.
    Merged(FlushedSegment),
    /// A segment's rows are older than rows live.
    Expired { segment: u64 },
    /// Nobody acts for your kind any more.
    RoleFree,
    /// A pod's session is over, or the supervisor has given it up.
    Gone { node: NodeId },
    // --- the query coordinator to query nodes
    /// What do you hold?
    Distribution,
    /// Load a segment.
    Load { segment: u64, replica: u32 },
    /// Let it go.
    Release { segment: u64 },
    /// Read the log for a replica whose segments lie so: segment and node, 0 for nobody.
    Watch { replica: u32, placed: Arc<[(u64, NodeId)]> },
    /// Read the log no more: another does, for the same replica.
    Unwatch,
    /// Read the log to flush it.
    Drain,
    /// Flush it no more: another does.
    Undrain,
    /// Build an index.
    Index { segment: u64, rows: u64 },
    /// Merge what the coordinator has planned to.
    Merge { segment: u64 },
}

/// The answer.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// It is done.
    Done,
    /// It is not done; a word for why.
    Failed(&'static str),
    /// The pod does not act for its kind; perhaps this one does.
    NotActing(Option<NodeId>),
    /// A timestamp and the epoch under which it was handed out.
    Timestamp { ts: Micros, epoch: u64 },
    /// Replicas and their delegators.
    Routes(Arc<[(u32, NodeId)]>),
    /// Rows were found, and how.
    Found(Arc<Found>),
    /// What was found in some segments, and how many distances were computed for it.
    Hits(Vec<(f32, i64)>, u64),
    /// The log has taken it.
    Appended { at_us: Micros },
    /// The epoch is over.
    Fenced,
    /// The log up to here is let go: it is in flushed segments. With the last fence in it.
    LetGo { upto: u64, fence: u64 },
    /// The role is the caller's.
    Claimed { epoch: u64 },
    /// The session lives, for so long from when it was asked for.
    Leased { ttl_us: Micros },
    /// There is no such session.
    NoSession,
    /// What a query node holds.
    Distribution {
        life: u64,
        served: Vec<u64>,
        loading: Vec<u64>,
        replica: Option<u32>,
        caught_up: bool,
        from: u64,
    },
}

/// How a search was answered.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) node: NodeId,
    pub(super) waited_us: Micros,
    pub(super) behind_us: Micros,
    pub(super) partial: bool,
    pub(super) recall_permille: u32,
    /// Distances that were computed, of how many rows.
    pub(super) distances: u64,
    pub(super) rows: u64,
}

/// How a call can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The pod is down.
    Refused,
    /// Nothing was heard.
    TimedOut,
}

/// What travels.
#[derive(Clone, Debug)]
pub(super) enum Packet {
    /// Inside a Raft group.
    Raft(Message),
    /// A call.
    Ask { call: u64, ask: Ask },
    /// Its answer; none where nobody serves.
    Answer { call: u64, answer: Option<Answer> },
    /// Records of the log after a position, and the tick up to which they are all.
    Stream { from: u64, upto: u64, records: Vec<(u64, Record)>, ts: Micros },
}

/// A message under way.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) id: u64,
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    pub(super) sent_us: Micros,
    pub(super) packet: Packet,
}

impl Flight {
    /// What it is for.
    pub(super) fn traffic(&self) -> Traffic {
        match &self.packet {
            Packet::Raft(_) => Traffic::Raft,
            Packet::Stream { .. } => Traffic::Stream,
            Packet::Ask { ask, .. } => match ask {
                Ask::Search { .. } | Ask::Execute { .. } | Ask::Part { .. } => Traffic::Search,
                Ask::Insert { .. } | Ask::Append(_) | Ask::Assign | Ask::Flushed(_) | Ask::Merged(_) => {
                    Traffic::Write
                }
                Ask::Subscribe { .. } | Ask::Tick { .. } => Traffic::Stream,
                _ => Traffic::Control,
            },
            Packet::Answer { answer, .. } => match answer {
                Some(Answer::Found(_) | Answer::Hits(..)) => Traffic::Search,
                Some(Answer::Appended { .. } | Answer::Fenced) => Traffic::Write,
                _ => Traffic::Control,
            },
        }
    }
}

/// What a call is for, on its caller's side.
#[derive(Clone, Copy, Debug)]
pub(super) enum Why {
    /// A client's request.
    Client { client: usize, op: u64 },
    /// A request at a proxy wants its timestamp.
    Stamp { request: u64 },
    /// A proxy wants routes.
    Routes,
    /// A request at a proxy is searched by this node.
    Execute { request: u64, node: NodeId },
    /// It wants a segment.
    Assign { request: u64 },
    /// It wants to be in the log.
    Append { request: u64 },
    /// A delegator wants a part of a search.
    Part { search: u64 },
    /// A session is to begin; asked at this moment.
    Register { at_us: Micros },
    /// A session is to go on; asked at this moment.
    KeepAlive { at_us: Micros },
    /// A role is to be had.
    Claim,
    /// A fence is to be in the log.
    Fence { epoch: u64 },
    /// The log is to be read.
    Subscribe,
    /// What a query node holds.
    Distribution { node: NodeId },
    /// A flush is to be known.
    Flushed { segment: u64 },
    /// A merged segment is to be known.
    Merged { segment: u64 },
    /// The log is to be owned by this node.
    Own { node: NodeId },
    /// The log's owner has passed a record on for a proxy.
    Forward { to: NodeId, call: u64 },
    /// Whoever is in charge is to know that this pod is gone.
    Gone { coordinator: Component, node: NodeId },
    /// Nobody waits for the answer.
    Nothing,
}

/// A call under way.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) from: NodeId,
    life: u64,
    pub(super) to: NodeId,
    /// The kind that is asked, where another of it may be asked instead; how often it may.
    sought: Option<(Component, u32)>,
    ask: Ask,
    why: Why,
}

impl Milvus {
    /// Sends a packet.
    pub(super) fn send(&mut self, from: NodeId, to: NodeId, packet: Packet) {
        let leaves_us = self.leaves_card(from, &packet);
        let passage = self.network.send(leaves_us, from, to);
        if !self.network.works(from, to) {
            return;
        }
        if let Some(arrives) = passage.arrives_us {
            let flight = Flight { id: passage.id, from, to, sent_us: self.now, packet };
            self.event_queue.schedule(arrives, ScheduledEvent::Arrive(Box::new(flight)));
        }
    }

    /// When a packet has left its sender's network card: one that carries rows waits until those before it have.
    fn leaves_card(&mut self, from: NodeId, packet: &Packet) -> Micros {
        let rows = match packet {
            Packet::Raft(Message { body: Body::Append { entries, .. }, .. }) => {
                entries.iter().filter_map(|entry| Record::decode(&entry.data)).map(Record::rows).sum()
            }
            Packet::Ask { ask: Ask::Insert { rows, .. }, .. } => *rows,
            Packet::Ask { ask: Ask::Append(record), .. } => record.rows(),
            _ => 0,
        };
        let takes_us = rows * self.settings.dim * 4 / self.settings.link_mb_per_s.max(1);
        if takes_us == 0 {
            return self.now;
        }
        let free = self.card_free.entry(from).or_insert(0);
        *free = (*free).max(self.now) + takes_us;
        *free
    }

    /// Asks a pod.
    pub(super) fn call(&mut self, from: NodeId, to: NodeId, ask: Ask, why: Why) {
        self.begin_call(from, to, None, ask, why);
    }

    /// Asks whoever acts for a kind of pod.
    pub(super) fn ask_acting(&mut self, from: NodeId, component: Component, ask: Ask, why: Why) {
        let pods = self.of(component);
        if pods.is_empty() {
            return;
        }
        let hops = pods.len() as u32 + 1;
        let to = self.thought_acting(from, component);
        self.begin_call(from, to, Some((component, hops)), ask, why);
    }

    fn begin_call(&mut self, from: NodeId, to: NodeId, sought: Option<(Component, u32)>, ask: Ask, why: Why) {
        self.called += 1;
        let number = self.called;
        let patience =
            if from == CLIENT { self.settings.client_timeout_ms } else { self.settings.call_timeout_ms };
        let life = self.life(from);
        self.calls.insert(number, Call { from, life, to, sought, ask: ask.clone(), why });
        self.event_queue.schedule(self.now + patience * 1_000, ScheduledEvent::CallTimesOut { call: number });
        self.send(from, to, Packet::Ask { call: number, ask });
    }

    /// Tells whoever acts for a kind of pod something that needs no answer; only one that does not act says so.
    pub(super) fn tell_acting(&mut self, from: NodeId, component: Component, ask: Ask) {
        if !self.of(component).is_empty() {
            let to = self.thought_acting(from, component);
            self.acting_for.insert((from, component), to);
            self.send(from, to, Packet::Ask { call: UNANSWERED, ask });
        }
    }

    /// Answers a call.
    pub(super) fn reply(&mut self, from: NodeId, to: NodeId, call: u64, answer: Answer) {
        self.send(from, to, Packet::Answer { call, answer: Some(answer) });
    }

    /// Something arrives.
    pub(super) fn arrive(&mut self, flight: Flight) {
        let Flight { from, to, packet, .. } = flight;
        if !self.network.works(from, to) {
            return;
        }
        let runs = to == CLIENT || self.runs(to);
        match packet {
            Packet::Raft(message) if runs => self.step_member(to, message),
            Packet::Ask { call, ask } if runs => self.serve(to, from, call, ask),
            // A machine whose process is gone refuses; one that stands still says nothing.
            Packet::Ask { call, .. } if self.refuses(to) => {
                self.send(to, from, Packet::Answer { call, answer: None });
            }
            Packet::Answer { call: UNANSWERED, answer } if runs => self.unheard(to, from, answer.as_ref()),
            Packet::Answer { call, answer } if runs => self.call_answered(call, answer),
            Packet::Stream { from: position, upto, records, ts } if runs => {
                self.streamed(to, position, upto, records, ts);
            }
            _ => {}
        }
    }

    pub(super) fn call_times_out(&mut self, number: u64) {
        if let Some(call) = self.calls.remove(&number)
            && self.life(call.from) == call.life
        {
            self.forget_acting(&call);
            self.broken(call.from, call.why, Broken::TimedOut);
        }
    }

    /// What was told found nobody who acts: the next one may.
    fn unheard(&mut self, id: NodeId, from: NodeId, answer: Option<&Answer>) {
        let Some(component) = self.component(from) else { return };
        match answer {
            Some(Answer::NotActing(Some(hint))) if *hint != from => {
                self.acting_for.insert((id, component), *hint);
            }
            _ => {
                self.acting_for.remove(&(id, component));
            }
        }
    }

    fn call_answered(&mut self, number: u64, answer: Option<Answer>) {
        let Some(call) = self.calls.remove(&number).filter(|call| self.life(call.from) == call.life) else {
            return;
        };
        match answer {
            None => {
                self.forget_acting(&call);
                if !self.call_another(&call) {
                    self.broken(call.from, call.why, Broken::Refused);
                }
            }
            Some(Answer::NotActing(hint)) if call.sought.is_some() => {
                match (call.sought, hint.filter(|hint| *hint != call.to)) {
                    (Some((component, _)), Some(hint)) => {
                        self.acting_for.insert((call.from, component), hint);
                    }
                    _ => self.forget_acting(&call),
                }
                if !self.call_another(&call) {
                    self.broken(call.from, call.why, Broken::Refused);
                }
            }
            Some(answer) => {
                if let Some((component, _)) = call.sought {
                    self.acting_for.insert((call.from, component), call.to);
                }
                self.answered(call.from, call.why, answer);
            }
        }
    }

    /// Asks the next one, if the call may still wander.
    fn call_another(&mut self, call: &Call) -> bool {
        let Some((component, hops)) = call.sought.filter(|(_, hops)| *hops > 1) else { return false };
        let to = self.thought_acting(call.from, component);
        self.begin_call(call.from, to, Some((component, hops - 1)), call.ask.clone(), call.why);
        true
    }

    /// Who acts for a kind, as far as a pod knows; else the one after the last that it tried.
    fn thought_acting(&mut self, from: NodeId, component: Component) -> NodeId {
        if let Some(known) = self.acting_for.get(&(from, component)) {
            return *known;
        }
        let pods = self.of(component);
        let tried = self.tried.entry((from, component)).or_insert(from as usize);
        *tried += 1;
        pods[*tried % pods.len()]
    }

    fn forget_acting(&mut self, call: &Call) {
        if let Some((component, _)) = call.sought
            && self.acting_for.get(&(call.from, component)) == Some(&call.to)
        {
            self.acting_for.remove(&(call.from, component));
        }
    }
}
