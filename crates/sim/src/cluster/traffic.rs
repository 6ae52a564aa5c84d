//! Packets in transit, and the client that sends and receives some of them.
//!
//! Guarantees: a packet over a cut link or to a node without power is lost and reported as lost; a write is answered
//! when the leader that proposed it has applied it, a read when everything up to its index is applied. Leaves out: how
//! the contents of a packet are processed (`raft`, `client`).

use super::super::client::Wish;
use super::super::event::{DropReason, NetworkEvent, OpStatus, ServiceEvent};
use super::super::machine::{self, Write};
use super::super::network::{CLIENT, Flying, Packet};
use super::super::observers::shows_follower;
use super::super::replica::{Apply, Phase, Proposal};
use super::super::request::{Ask, Served};
use super::super::workload;
use super::{Cluster, Job, MAX_INSERT_ROWS, ScheduledEvent};
use quorum_raft::{Message, ReadMode, ReadState, Rule};
use quorum_types::{NodeId, Refusal};

impl Cluster {
    // --- the network

    pub(super) fn send(&mut self, from: NodeId, to: NodeId, packet: Packet) {
        let passage = self.network.send(self.now, from, to);
        let (id, message, term) = (passage.id, packet.kind(), packet.term());
        self.emit((from != CLIENT).then_some(from), NetworkEvent::Sent { id, from, to, message, term });
        let arrives = match passage.arrives_us {
            _ if !self.network.works(from, to) => {
                self.emit(None, NetworkEvent::Dropped { id, from, to, message, why: DropReason::LinkCut });
                return;
            }
            None => {
                self.emit(None, NetworkEvent::Dropped { id, from, to, message, why: DropReason::Lost });
                return;
            }
            Some(arrives) => arrives,
        };
        let flying = Flying { id, from, to, sent_us: self.now, packet };
        // The client talks to nodes over connections, which never duplicate anything.
        if let Some(again) = passage.again_us.filter(|_| from != CLIENT && to != CLIENT) {
            self.event_queue.schedule(again, ScheduledEvent::Arrive(flying.clone()));
        }
        self.event_queue.schedule(arrives, ScheduledEvent::Arrive(flying));
    }

    pub(super) fn arrive(&mut self, flying: Flying) {
        let Flying { id, from, to, packet, .. } = flying;
        let message = packet.kind();
        let why = if !self.network.works(from, to) {
            Some(DropReason::LinkCut)
        } else if to != CLIENT && self.member(to).is_none_or(|member| member.raft().is_none()) {
            Some(DropReason::NodeDown)
        } else {
            None
        };
        if let Some(why) = why {
            self.emit(None, NetworkEvent::Dropped { id, from, to, message, why });
            return;
        }
        self.emit((to != CLIENT).then_some(to), NetworkEvent::Delivered { id, from, to, message });
        match packet {
            Packet::Raft(message) => self.deliver(to, message),
            Packet::Request { op, attempt, ask } => self.serve(to, op, attempt, ask),
            Packet::Response { op, attempt, outcome } => {
                let wish = self.client.answered(self.now, from, op, attempt, outcome);
                self.fulfil(wish);
            }
        }
    }

    fn deliver(&mut self, to: NodeId, message: Message) {
        let now = self.now;
        let Some(member) = self.members.get_mut((to as usize).wrapping_sub(1)) else { return };
        member.catch_up(now);
        let Some(raft) = member.raft_mut() else { return };
        let (from, term) = (message.from, message.term);
        let follows = shows_follower(&message.body);
        raft.step(message);
        if follows && raft.leads() && raft.term() == term {
            self.checkers.heard(to, from, raft.ticks());
        }
        self.process_ready(to);
    }

    // --- serving

    /// A client's request arrives at a node.
    fn serve(&mut self, id: NodeId, op: u64, attempt: u32, ask: Ask) {
        let now = self.now;
        let Some(member) = self.member(id) else { return };
        member.catch_up(now);
        match ask {
            Ask::Read { .. } => self.begin_read(id, op, attempt),
            ask => self.propose(id, op, attempt, ask),
        }
        self.process_ready(id);
    }

    fn begin_read(&mut self, id: NodeId, op: u64, attempt: u32) {
        let mode = if self.settings.lease_reads { ReadMode::Lease } else { ReadMode::Index };
        let Some(member) = self.member(id) else { return };
        let number = member.number_read(op, attempt);
        let Some(raft) = member.raft_mut() else { return };
        if raft.read(number, mode).is_err() {
            let leader = raft.leader();
            member.reads.remove(&number);
            self.send(id, CLIENT, Packet::Response { op, attempt, outcome: Err(leader) });
        }
    }

    fn propose(&mut self, id: NodeId, op: u64, attempt: u32, ask: Ask) {
        let (now, seed, dim) = (self.now, self.seed, self.settings.dim);
        let Some(member) = self.members.get_mut((id as usize).wrapping_sub(1)) else { return };
        let Phase::Running(raft) = &mut member.phase else { return };
        if !raft.leads() {
            let outcome = Err(raft.leader());
            self.send(id, CLIENT, Packet::Response { op, attempt, outcome });
            return;
        }
        let once = self.rules.on(Rule::ApplyOnce);
        if let Some(applied) = member.machine.outcome(op).filter(|_| once) {
            self.send(id, CLIENT, Packet::Response { op, attempt, outcome: Ok(Served::Wrote(applied)) });
            return;
        }
        let repeats =
            member.proposals.iter_mut().map(|(_, proposal)| proposal).find(|proposal| proposal.op == op);
        if let Some(proposal) = repeats {
            proposal.attempt = attempt;
            return;
        }
        let write = match ask {
            Ask::Put { key, value } => Write::Put { key, value },
            Ask::Swap { key, from, to } => Write::Swap { key, from, to },
            Ask::Insert | Ask::Read { .. } => {
                Write::Insert(workload::batch(seed, dim, op as i64, 1, now).into())
            }
        };
        let term = raft.term();
        if let Ok(index) = raft.propose(machine::encode(op, &write)) {
            member.proposals.insert(index, Proposal { op, attempt, term });
        } else {
            // It leads but accepts no proposals now: the client retries.
            self.send(id, CLIENT, Packet::Response { op, attempt, outcome: Err(None) });
        }
    }

    /// A member has applied an entry.
    pub(super) fn applied(&mut self, id: NodeId, apply: &Apply) {
        let Apply { index, entry, outcome: applied, state } = apply;
        let Some(member) = self.members.get_mut((id as usize).wrapping_sub(1)) else { return };
        let leads = member.raft().is_some_and(|raft| raft.leads() && raft.term() == entry.term);
        let proposal = member.proposals.remove(index).filter(|made| made.term == entry.term && leads);
        self.checkers.applied(id, *index, entry, applied.map(|applied| applied.op), *state);
        if leads && entry.data.is_empty() {
            let held = self.members[id as usize - 1].machine.applied_ops();
            self.checkers.caught_up(entry.term, held, self.client.acknowledged());
        }
        if let (Some(Proposal { op, attempt, .. }), Some(applied)) = (proposal, *applied) {
            self.checkers.acknowledged(op);
            self.send(id, CLIENT, Packet::Response { op, attempt, outcome: Ok(Served::Wrote(applied)) });
        }
    }

    /// Answers the reads that a member can answer by now.
    pub(super) fn serve_reads(&mut self, id: NodeId, states: &[ReadState]) {
        let Some(member) = self.members.get_mut((id as usize).wrapping_sub(1)) else { return };
        if states.is_empty() && member.reads.is_empty() {
            return;
        }
        for read in member.served(states) {
            let Some(Ask::Read { key }) = self.client.ask(read.op) else { continue };
            let value = self.members[id as usize - 1].machine.register(key);
            let outcome = Ok(Served::Value(value));
            self.send(id, CLIENT, Packet::Response { op: read.op, attempt: read.attempt, outcome });
        }
    }

    // --- the client

    pub(super) fn plan_client(&mut self) {
        let limit = self.client_base + self.settings.client_writes;
        if self.client.on && self.client.next_op() > limit {
            // The client reports this, and can be started again.
            self.client.on = false;
            self.client_stopped = true;
            self.emit(None, ServiceEvent::ClientStopped { writes: self.client.next_op() - 1 });
        }
        if self.client.on && !self.client_planned {
            self.client_planned = true;
            self.event_queue
                .schedule(self.now + self.settings.client_interval_us, ScheduledEvent::ClientBegins);
        }
    }

    pub(super) fn client_begins(&mut self) {
        self.client_planned = false;
        if self.client.on {
            let (ask, at) = self.choose();
            self.begin_op(ask, at);
            self.plan_client();
        }
        self.judge_now_and_then();
    }

    /// Chooses the client's next request and the node to send it to.
    fn choose(&mut self) -> (Ask, Option<NodeId>) {
        let Self { settings, client_rng: rng, .. } = self;
        let (reads, puts, swaps) = (settings.client_reads, settings.client_puts, settings.client_swaps);
        if reads + puts + swaps == 0 {
            return (Ask::Insert, None);
        }
        let (kind, key) = (rng.below(100), rng.below(settings.client_keys));
        // A value is the number of the operation that writes it, so that no two operations write the same value.
        let value = self.client.next_op();
        let ask = if kind < reads {
            Ask::Read { key }
        } else if kind < reads + puts {
            Ask::Put { key, value }
        } else if kind < reads + puts + swaps {
            Ask::Swap { key, from: self.client.seen(key), to: value }
        } else {
            Ask::Insert
        };
        // Every third read goes to any node.
        let anywhere = matches!(ask, Ask::Read { .. }) && rng.below(3) == 0;
        let at = anywhere.then(|| rng.below(self.members.len() as u64) as NodeId + 1);
        (ask, at)
    }

    fn begin_op(&mut self, ask: Ask, at: Option<NodeId>) {
        let (op, wish) = self.client.begin(self.now, ask, at);
        self.emit(None, ServiceEvent::OpStart { op });
        self.fulfil(Some(wish));
        self.event_queue
            .schedule(self.now + self.settings.client_deadline_us, ScheduledEvent::ClientGivesUp { op });
    }

    /// The client writes `rows` rows now, each as a separate write; answered through [`Cluster::take_inserted`].
    /// Refused unless `rows` is 1 to the limit.
    pub fn insert(&mut self, ticket: u64, rows: u64) -> Result<(), Refusal> {
        if rows == 0 || rows > MAX_INSERT_ROWS {
            let error = format!("a replica set's client takes 1 to {MAX_INSERT_ROWS} rows at once");
            return Err(Refusal::new("bad_rows", error));
        }
        let first = self.client.next_op();
        self.jobs.push(Job { ticket, ops: first..=first + rows - 1, open: rows, acknowledged: 0 });
        (0..rows).for_each(|_| self.begin_op(Ask::Insert, None));
        Ok(())
    }

    /// A write has ended: its job is answered when all of the job's writes have ended.
    fn write_ended(&mut self, op: u64, status: OpStatus) {
        let Some(at) = self.jobs.iter().position(|job| job.ops.contains(&op)) else { return };
        let job = &mut self.jobs[at];
        job.open -= 1;
        job.acknowledged += u64::from(status == OpStatus::Ok);
        if job.open == 0 {
            self.inserted.push((job.ticket, job.acknowledged));
            self.jobs.remove(at);
        }
    }

    /// Inserts whose writes have all ended since the last call: ticket and rows acknowledged.
    pub fn take_inserted(&mut self) -> Vec<(u64, u64)> {
        std::mem::take(&mut self.inserted)
    }

    pub(super) fn fulfil(&mut self, wish: Option<Wish>) {
        match wish {
            Some(Wish::Send { op, attempt, to }) => {
                if attempt > 1 {
                    self.emit(None, ServiceEvent::OpRetry { op, attempt, to });
                }
                // An operation that was given up in the meantime is not retried.
                let Some(ask) = self.client.ask(op) else { return };
                self.send(CLIENT, to, Packet::Request { op, attempt, ask });
                let until = self.now + self.settings.client_attempt_us;
                self.event_queue.schedule(until, ScheduledEvent::ClientWakes { op, attempt });
            }
            Some(Wish::Wake { at_us, op, attempt }) => {
                self.event_queue.schedule(at_us, ScheduledEvent::ClientWakes { op, attempt });
            }
            Some(Wish::End { op, status, took_us }) => {
                self.emit(None, ServiceEvent::OpEnd { op, status, took_us });
                self.write_ended(op, status);
            }
            None => {}
        }
    }
}
