//! Messages between pods, and calls that are answered, refused, forwarded, or lost.
//!
//! A call to a kind of pod goes to the one that is believed to act for it. A pod that does not act names another, one
//! that is down refuses at once, one that is cut off does not answer, and the caller times out; it keeps to that pod for
//! as long as the setting `dead_endpoint_ms` says. Guarantees: every call
//! ends exactly once for a caller that lives; a restarted pod receives nothing that was addressed to its former life.
//! Leaves out: the content of calls (the files of the pods that serve them).

use litemap::LiteMap;
use std::sync::Arc;

use super::catalogue::Catalogue;
use super::flushed::FlushedSegment;
use super::kept::Keep;
use super::record::Record;
use super::requests::{Order, StoreAppend, Tail, Task, TaskState};
use super::snapshot::Traffic;
use super::topology::Component;
use super::{CLIENT, Milvus, ScheduledEvent};
use quorum_raft::{Body, Message};
use quorum_types::{MS, Micros, NodeId};

/// The number of calls that need no answer.
pub(super) const UNANSWERED: u64 = 0;

/// A client's search.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// The search's number.
    pub(super) op: u64,
    /// The number of the vector: a client searches for the same one every time, as in course note 2.
    pub(super) query: u64,
    /// Whether it is the tester's.
    pub(super) measured: bool,
    /// When its client asked.
    pub(super) began_us: Micros,
    /// When its client gives up.
    pub(super) until: Micros,
}

/// A request from one pod to another.
#[derive(Clone, Debug)]
pub(super) enum Ask {
    // --- clients
    /// Search; `since` is the client's own last write.
    Search { wish: Wish, since: Micros },
    /// Insert rows.
    Insert { first_id: i64, rows: u64 },
    // --- proxies
    /// A timestamp, from the root coordinator.
    Timestamp,
    /// The routes, from the query coordinator.
    Routes,
    /// A segment to write to, from the data coordinator.
    Assign,
    /// Append a record to the log.
    Append(Record),
    /// Search a replica; sent to its delegator.
    Execute { replica: u32, wish: Wish, guarantee: Micros, partial: bool, until: Micros },
    // --- query nodes
    /// Search these segments, with this number of rows in all; the caller gives up at the deadline.
    Part { query: u64, segments: Vec<u64>, of: u64, until: Micros },
    // --- the log
    /// Send everything after this position, now and from here on.
    Subscribe { from: u64 },
    /// A tick. The log's owner adds how far it has read, so that a new leader of the log knows what it lacks.
    Tick { ts: Micros, epoch: u64, position: Option<u64> },
    /// Own the log.
    Own,
    /// Refuse earlier writers of the log than the one of this epoch, and say what is there.
    StoreFence { epoch: u64 },
    /// Take entries of the log.
    StoreAppend(StoreAppend),
    /// Write acknowledged entries to the object store, up to here.
    Upload { upto: u64 },
    /// The log up to here is flushed: it may be truncated.
    Truncate { upto: u64 },
    // --- the metadata store
    /// Begin a session.
    Register { life: u64 },
    /// Renew the session.
    KeepAlive { life: u64 },
    /// End the session.
    Revoke { life: u64 },
    /// Act for a kind of pod, if none does.
    Claim { component: Component },
    /// A segment is flushed, and the log up to a position with it.
    Flushed(FlushedSegment),
    /// A segment replaces all that lie within it.
    Merged(FlushedSegment),
    /// A segment's rows are older than the TTL.
    Expired { segment: u64 },
    /// List the flushed segments and the sessions.
    Catalogue,
    /// No pod acts for your kind any more.
    RoleFree,
    /// A pod's session is over, or the supervisor has given it up.
    Gone { node: NodeId },
    // --- the query coordinator to query nodes
    /// List the segments held.
    Distribution,
    /// Load a segment.
    Load { segment: u64, replica: u32 },
    /// Release it.
    Release { segment: u64 },
    /// Read the log for a replica.
    Watch(Watch),
    /// Stop reading the log: another node does, for the same replica.
    Unwatch,
    /// Read the log to flush it, from this position on.
    Drain { from: u64 },
    /// Stop flushing it: another node does.
    Undrain,
    /// Build an index.
    Index { segment: u64, rows: u64 },
    /// Merge segments.
    Merge(MergePlan),
    // --- snapshots and jobs
    /// An order, from a client through a proxy to the data coordinator.
    Order { number: u64, order: Order },
    /// Change what the metadata store keeps of snapshots and jobs.
    Keep(Keep),
    /// Seal what grows, and flush it.
    Seal,
    /// Do a part of a job, or say how far it is.
    Task(Task),
}

/// An order to a delegator.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    pub(super) replica: u32,
    /// Where it finds segments.
    pub(super) placed: Arc<[Placed]>,
    /// Everything up to here is flushed: it need not read that itself.
    pub(super) checkpoint: u64,
    /// Everything up to here has expired.
    pub(super) expired: u64,
}

/// A segment, the node that serves it (0 for none), and the part of the log that it holds.
pub(super) type Placed = (u64, NodeId, Option<(u64, u64)>);

/// An order to merge segments.
#[derive(Clone, Debug)]
pub(super) struct MergePlan {
    pub(super) into: FlushedSegment,
    pub(super) of: Arc<[u64]>,
}

/// Records of the log after a position, and the tick up to which they are complete.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) from: u64,
    /// The last fence up to `from`.
    pub(super) fence: u64,
    /// The sender vouches: with these records the receiver has everything up to here, and everything that was
    /// acknowledged before `ts`.
    pub(super) upto: u64,
    pub(super) records: Vec<(u64, Record)>,
    pub(super) ts: Micros,
}

/// The answer to a call.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// It is done.
    Done,
    /// It failed, with a word for the reason.
    Failed(&'static str),
    /// The pod does not act for its kind; this one may.
    NotActing(Option<NodeId>),
    /// A timestamp and the epoch under which it was handed out.
    Timestamp { ts: Micros, epoch: u64 },
    /// Replicas and their delegators.
    Routes(Arc<[(u32, NodeId)]>),
    /// Rows were found, with details of the search.
    Found(Arc<Found>),
    /// The rows found in some segments, and the number of distances computed.
    Hits(Vec<(f32, i64)>, u64),
    /// The log has taken it.
    Appended { at_us: Micros },
    /// The epoch is over.
    Fenced,
    /// What a log store has; it refuses earlier writers from here on.
    StoreTail(Arc<Tail>),
    /// A log store has everything up to here on its disk.
    StoreHas { upto: u64 },
    /// A log store lacks earlier entries.
    StoreBehind,
    /// The object store has the log up to here.
    Uploaded { upto: u64 },
    /// The log up to here is truncated: it is in flushed segments. With the last fence in it.
    LetGo { upto: u64, fence: u64 },
    /// The role is the caller's.
    Claimed { epoch: u64 },
    /// The session is valid for this long, from when it was requested.
    Leased { ttl_us: Micros },
    /// There is no such session.
    NoSession,
    /// The flushed segments and the sessions.
    Catalogue(Arc<Catalogue>),
    /// The segments that a query node holds.
    Distribution {
        life: u64,
        served: Vec<u64>,
        /// The parts of the log in those of them that were written in this cluster.
        spans: Vec<(u64, (u64, u64))>,
        loading: Vec<u64>,
        /// The replicas of which it is the delegator.
        reads: LiteMap<u32, Reads>,
    },
    /// The names of the snapshots.
    Snapshots(Arc<[u64]>),
    /// How far a part of a job is.
    Task(TaskState),
}

/// How far a delegator is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reads {
    pub(super) caught_up: bool,
    /// The part of the log it has read itself begins here.
    pub(super) from: u64,
}

/// How a search was answered.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) node: NodeId,
    pub(super) waited_us: Micros,
    pub(super) behind_us: Micros,
    pub(super) partial: bool,
    pub(super) recall_permille: u32,
    /// Distances that were computed, out of this number of rows.
    pub(super) distances: u64,
    pub(super) rows: u64,
}

/// How a call can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The pod is down.
    Refused,
    /// No answer came in time.
    TimedOut,
}

/// The content of a packet.
#[derive(Clone, Debug)]
pub(super) enum Packet {
    /// Inside a Raft group.
    Raft(Message),
    /// A call.
    Ask { call: u64, ask: Ask },
    /// The answer to a call; none if the pod does not serve.
    Answer { call: u64, answer: Option<Answer> },
    /// A part of the log.
    Stream(Stream),
}

/// A message in flight.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) id: u64,
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    pub(super) sent_us: Micros,
    pub(super) packet: Packet,
}

impl Flight {
    /// Its purpose.
    pub(super) fn traffic(&self) -> Traffic {
        match &self.packet {
            Packet::Raft(_) => Traffic::Raft,
            Packet::Stream(_) => Traffic::Stream,
            Packet::Ask { ask, .. } => match ask {
                Ask::Search { .. } | Ask::Execute { .. } | Ask::Part { .. } => Traffic::Search,
                Ask::Insert { .. }
                | Ask::Append(_)
                | Ask::StoreAppend(_)
                | Ask::Assign
                | Ask::Flushed(_)
                | Ask::Merged(_) => Traffic::Write,
                Ask::Subscribe { .. } | Ask::Tick { .. } | Ask::Truncate { .. } => Traffic::Stream,
                _ => Traffic::Control,
            },
            Packet::Answer { answer, .. } => match answer {
                Some(Answer::Found(_) | Answer::Hits(..)) => Traffic::Search,
                Some(Answer::Appended { .. } | Answer::StoreHas { .. } | Answer::Fenced) => Traffic::Write,
                _ => Traffic::Control,
            },
        }
    }
}

/// The purpose of a call, on its caller's side.
#[derive(Clone, Copy, Debug)]
pub(super) enum Why {
    /// A client's request.
    Client { client: usize, op: u64 },
    /// A request at a proxy needs its timestamp.
    Stamp { request: u64 },
    /// A proxy needs routes.
    Routes,
    /// A request at a proxy is searched by this node.
    Execute { request: u64, replica: u32, node: NodeId },
    /// An insert at a proxy needs a segment.
    Assign { request: u64 },
    /// An insert at a proxy is being appended to the log.
    Append { request: u64 },
    /// A delegator requests a part of a search, with this number of rows.
    Part { search: u64, rows: u64 },
    /// Begin a session; requested at this moment.
    Register { at_us: Micros },
    /// Renew a session; requested at this moment.
    KeepAlive { at_us: Micros },
    /// Acquire a role.
    Claim,
    /// Append a fence to the log.
    Fence { epoch: u64 },
    /// Become the writer of a log store.
    StoreFence { store: NodeId, epoch: u64 },
    /// Have a log store take entries.
    StoreAppend { store: NodeId, epoch: u64 },
    /// Have a log store write to the object store.
    Upload { epoch: u64 },
    /// Read the log.
    Subscribe,
    /// List what a query node holds.
    Distribution { node: NodeId },
    /// Record a flush.
    Flushed { segment: u64 },
    /// Record a segment that was merged from this number of others.
    Merged { into: FlushedSegment, segments: u32 },
    /// Learn what is flushed and which sessions there are.
    Catalogue,
    /// Have the `nth` builder build an index.
    Index { segment: u64, rows: u64, nth: usize },
    /// The log's owner has passed a record on for a proxy.
    Forward { to: NodeId, call: u64 },
    /// Notify the acting pod that this pod is gone.
    Gone { coordinator: Component, node: NodeId },
    /// A client's order.
    Order { word: &'static str },
    /// A proxy has passed an order on for a client.
    Pass { to: NodeId, call: u64 },
    /// The coordinator has asked the metadata store for what an order says.
    Keep { to: NodeId, call: u64, keep: Keep },
    /// A coordinator has asked the metadata store for the next step of a snapshot or a job.
    Kept,
    /// A data node does a part of a job.
    Task { task: Task, node: NodeId },
    /// No one waits for the answer.
    Nothing,
}

/// A call in flight.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) from: NodeId,
    life: u64,
    pub(super) to: NodeId,
    /// The requested kind, if another pod of it may be asked instead, and the remaining attempts.
    sought: Option<(Component, u32)>,
    ask: Ask,
    why: Why,
}

impl Milvus {
    /// Sends a packet.
    pub(super) fn send(&mut self, from: NodeId, to: NodeId, packet: Packet) {
        // A machine whose process is gone still refuses connections.
        let lives =
            from == CLIENT || self.runs(from) || matches!(packet, Packet::Answer { answer: None, .. });
        self.checkers.sent(from, lives);
        let leaves_us = self.leaves_card(from, &packet);
        let passage = self.network.send(leaves_us, from, to);
        if !self.network.works(from, to) {
            return;
        }
        if let (Some(again), Packet::Raft(message)) = (passage.again_us, &packet) {
            // Calls travel over connections, which deliver once; Raft has to cope with duplicates.
            let packet = Packet::Raft(message.clone());
            let flight = Flight { id: passage.id, from, to, sent_us: self.now, packet };
            self.event_queue.schedule(again, ScheduledEvent::Arrive(Box::new(flight)));
        }
        if let Some(arrives) = passage.arrives_us {
            let flight = Flight { id: passage.id, from, to, sent_us: self.now, packet };
            self.event_queue.schedule(arrives, ScheduledEvent::Arrive(Box::new(flight)));
        }
    }

    /// When a packet has left its sender's network card: one that carries rows is queued after earlier ones.
    fn leaves_card(&mut self, from: NodeId, packet: &Packet) -> Micros {
        let rows = match packet {
            Packet::Raft(Message { body: Body::Append { entries, .. }, .. }) => {
                entries.iter().filter_map(|entry| Record::decode(&entry.data)).map(Record::rows).sum()
            }
            Packet::Ask { ask: Ask::Insert { rows, .. }, .. } => *rows,
            Packet::Ask { ask: Ask::Append(record), .. } => record.rows(),
            Packet::Ask { ask: Ask::StoreAppend(append), .. } => {
                append.entries.iter().map(|entry| entry.record.rows()).sum()
            }
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

    /// Asks the pod that acts for a kind.
    pub(super) fn ask_acting(&mut self, from: NodeId, component: Component, ask: Ask, why: Why) {
        let pods = self.kind(component).len() as u32;
        if pods == 0 {
            return;
        }
        let hops = pods + 1;
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

    /// Sends a notification to a pod.
    pub(super) fn notify(&mut self, from: NodeId, to: NodeId, ask: Ask) {
        self.send(from, to, Packet::Ask { call: UNANSWERED, ask });
    }

    /// Sends a notification to the pod that acts for a kind; only a pod that does not act replies.
    pub(super) fn tell_acting(&mut self, from: NodeId, component: Component, ask: Ask) {
        if !self.kind(component).is_empty() {
            let to = self.thought_acting(from, component);
            self.acting_for.insert((from, component), to);
            self.send(from, to, Packet::Ask { call: UNANSWERED, ask });
        }
    }

    /// Answers a call.
    pub(super) fn reply(&mut self, from: NodeId, to: NodeId, call: u64, answer: Answer) {
        self.send(from, to, Packet::Answer { call, answer: Some(answer) });
    }

    /// A packet arrives.
    pub(super) fn arrive(&mut self, flight: Flight) {
        let Flight { from, to, packet, .. } = flight;
        if !self.network.works(from, to) {
            return;
        }
        let runs = to == CLIENT || self.runs(to);
        self.catch_up_member(to);
        if runs {
            self.silent.remove(&(to, from));
        }
        match packet {
            Packet::Raft(message) if runs => self.step_member(to, message),
            Packet::Ask { call, ask } if runs => self.serve(to, from, call, ask),
            // A machine without the process refuses; a paused one does not answer.
            Packet::Ask { call, .. } if self.refuses(to) => {
                self.send(to, from, Packet::Answer { call, answer: None });
            }
            Packet::Answer { call: UNANSWERED, answer } if runs => self.unheard(to, from, answer.as_ref()),
            Packet::Answer { call, answer } if runs => self.call_answered(call, answer),
            Packet::Stream(stream) if runs => self.streamed(to, stream),
            _ => {}
        }
    }

    pub(super) fn call_times_out(&mut self, number: u64) {
        if let Some(call) = self.calls.remove(&number)
            && self.life(call.from) == call.life
        {
            let dead = self.endpoint_is_dead(call.from, call.to);
            if dead {
                self.forget_acting(&call);
            }
            match call.why {
                // A client keeps to its proxy as well.
                Why::Client { client, op } if !dead => self.client_waits_in_vain(client, op),
                why => self.broken(call.from, why, Broken::TimedOut),
            }
        }
    }

    /// Whether a caller gives an endpoint up that has not answered in time. gRPC asks a silent connection whether it
    /// lives, waits for the answer, and only then connects to another address.
    fn endpoint_is_dead(&mut self, from: NodeId, to: NodeId) -> bool {
        let (now, least_us) = (self.now, self.settings.dead_endpoint_ms * MS);
        let since = *self.silent.entry((from, to)).or_insert(now);
        let dead = now >= since + least_us;
        if dead {
            self.silent.remove(&(from, to));
        }
        dead
    }

    /// The notification reached a pod that does not act: the next one may.
    fn unheard(&mut self, id: NodeId, from: NodeId, answer: Option<&Answer>) {
        let Some(component) = self.component(from) else { return };
        match answer {
            // The log has a later fence: another pod acts.
            Some(Answer::Fenced) => self.end_role(id),
            Some(Answer::LetGo { upto, fence }) => self.own_behind(id, *upto, *fence),
            Some(Answer::NotActing(Some(hint))) if *hint != from => {
                self.learn_acting((id, component), *hint, from);
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
                        self.learn_acting((call.from, component), hint, call.to);
                    }
                    _ => self.forget_acting(&call),
                }
                if !self.call_another(&call) {
                    self.broken(call.from, call.why, Broken::Refused);
                }
            }
            Some(answer) => {
                if let Some((component, _)) = call.sought {
                    self.learn_acting((call.from, component), call.to, call.to);
                }
                self.answered(call.from, call.why, answer);
            }
        }
    }

    /// A pod has learned from another which pod acts for a kind.
    fn learn_acting(&mut self, who: (NodeId, Component), acts: NodeId, from: NodeId) {
        self.acting_for.insert(who, acts);
        self.learned.insert(who, (acts, from, self.now));
    }

    /// Asks the next pod, if the call has attempts left.
    fn call_another(&mut self, call: &Call) -> bool {
        let Some((component, hops)) = call.sought.filter(|(_, hops)| *hops > 1) else { return false };
        let to = self.thought_acting(call.from, component);
        self.begin_call(call.from, to, Some((component, hops - 1)), call.ask.clone(), call.why);
        true
    }

    /// The pod that acts for a kind, as far as a pod knows; otherwise the one after the last that it tried.
    fn thought_acting(&mut self, from: NodeId, component: Component) -> NodeId {
        if let Some(known) = self.acting_for.get(&(from, component)) {
            return *known;
        }
        let tried = self.tried.entry((from, component)).or_insert(from as usize);
        *tried += 1;
        let (tried, pods) = (*tried, self.kind(component));
        pods[tried % pods.len()]
    }

    fn forget_acting(&mut self, call: &Call) {
        if let Some((component, _)) = call.sought
            && self.acting_for.get(&(call.from, component)) == Some(&call.to)
        {
            self.acting_for.remove(&(call.from, component));
        }
    }
}
