//! A replica set: members that elect a leader by Raft, a client that writes, links and power that can fail.
//!
//! Promises: everything happens in virtual time, in one order, and is told as events; the checkers look on
//! after each of them. Leaves out: reads, and faults of disks.

mod faults;

use std::ops::RangeInclusive;

use super::agenda::Agenda;
use super::checkers::Checkers;
use super::client::{Client, Ranges, Wish};
use super::event::{DropReason, EventKind, OpStatus, VoteRefusal};
use super::journal::Journal;
use super::log_disk::LogDisk;
use super::member::{self, Member, Phase, Rebuild};
use super::network::{CLIENT, Flying, Network, Packet};
use super::outbox::Outbox;
use super::recovery::{Before, Progress, Recovery};
use super::settings::Settings;
use super::workload;
use crate::disk::Disk;
use crate::raft::{Message, NoVote, Note};
use crate::types::{Lsn, Micros, NodeId, Refusal, Rng};
use crate::wal::format::Boot;
use crate::wal::{End, Kind};

/// Most nodes of a replica set.
pub const MAX_NODES: u32 = 9;
/// Most rows that one insert asks of the client.
pub const MAX_INSERT_ROWS: u64 = 1_000;

/// What is going to happen to a replica set.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Happening {
    /// A process is up and reads its log.
    Boot { node: NodeId, life: u64 },
    /// A piece of log is read.
    Replay { node: NodeId, life: u64 },
    /// A Raft timer is due.
    Timer { node: NodeId, life: u64 },
    /// A sync ends, if the host has persisted `ticket`.
    SyncEnds { node: NodeId, number: u64, ticket: u64 },
    /// A packet arrives.
    Arrive(Box<Flying>),
    /// The client begins a write.
    ClientBegins,
    /// The client's patience with an attempt ends.
    ClientWakes { op: u64, attempt: u32 },
    /// The client gives a write up.
    ClientGivesUp { op: u64 },
}

/// The world of a replica set.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its clock.
    pub now: Micros,
    /// What comes.
    pub agenda: Agenda<Happening>,
    /// What happened.
    pub journal: Journal,
    /// What the host has to persist.
    pub outbox: Outbox,
    /// The invariants.
    pub checkers: Checkers,
    members: Vec<Member>,
    network: Network,
    client: Client,
    client_planned: bool,
    settings: Settings,
    seed: u64,
    disk_rng: Rng,
    /// What happened to paused nodes, to be made up for.
    deferred: Vec<Happening>,
    jobs: Vec<Job>,
    inserted: Vec<(u64, u64)>,
}

/// Writes that were asked for together.
#[derive(Clone, Debug)]
struct Job {
    ticket: u64,
    ops: RangeInclusive<u64>,
    open: u64,
    acknowledged: u64,
}

/// What a replica set is started with.
#[derive(Clone, Debug)]
pub struct Start {
    /// How many nodes.
    pub nodes: u32,
    /// The run's seed.
    pub seed: u64,
    /// Which opening of the disks this is, from 1.
    pub epoch: u32,
    /// Whether acknowledgements wait for the host.
    pub kept: bool,
    /// Virtual time at which it goes on.
    pub now: Micros,
    /// The settings.
    pub settings: Settings,
    /// The disks, by node.
    pub disks: Vec<Disk>,
    /// What the store's stamp promises to be durable.
    pub promised: Vec<(NodeId, Lsn)>,
    /// The number of the client's next write.
    pub next_op: u64,
    /// The writes that were acknowledged before.
    pub acknowledged: Vec<(u64, u64)>,
}

impl Cluster {
    /// A new or reopened replica set; every node with a log recovers first.
    pub fn new(start: Start) -> Self {
        let members =
            (1..=start.nodes).zip(start.disks.into_iter().chain(std::iter::repeat_with(Disk::default)));
        let promised = |id| start.promised.iter().find(|(node, _)| *node == id).map(|(_, lsn)| *lsn);
        let members = members.map(|(id, disk)| {
            Member::new(LogDisk::new(id, disk, promised(id)), start.epoch, start.settings.dim)
        });
        let members = members.collect();
        // Streams differ from opening to opening: the same faults would otherwise meet the same latencies.
        let stream = |number: u64| Rng::new(start.seed, (u64::from(start.epoch) << 8) + number);
        let mut world = Self {
            now: start.now,
            agenda: Agenda::default(),
            journal: Journal::default(),
            outbox: Outbox::new(start.kept),
            checkers: Checkers::new(Ranges(start.acknowledged.clone())),
            members,
            network: Network::new(stream(1), start.settings.latency_us),
            client: Client::new(start.nodes, start.next_op, start.acknowledged),
            client_planned: false,
            settings: start.settings,
            seed: start.seed,
            disk_rng: stream(2),
            deferred: Vec::new(),
            jobs: Vec::new(),
            inserted: Vec::new(),
        };
        world.emit(None, EventKind::Opened { boot: start.epoch, nodes: start.nodes });
        for id in 1..=start.nodes {
            world.power_up(id, 0);
        }
        world.plan_client();
        world
    }

    fn emit(&mut self, node: Option<NodeId>, kind: EventKind) {
        self.journal.emit(self.now, node, kind);
    }

    fn member(&mut self, id: NodeId) -> Option<&mut Member> {
        self.members.get_mut((id as usize).checked_sub(1)?)
    }

    fn known(&self, id: NodeId) -> Result<&Member, Refusal> {
        (id as usize).checked_sub(1).and_then(|at| self.members.get(at)).ok_or_else(|| {
            Refusal::new(
                "unknown_node",
                format!("there is no node {id}; nodes are 1 to {}", self.members.len()),
            )
        })
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    // --- what happens

    /// Lets the next thing happen.
    pub fn happen(&mut self, happening: Happening) {
        if let Some(node) = happening.node()
            && self.known(node).is_ok_and(|member| member.paused)
        {
            self.deferred.push(happening);
            return;
        }
        match happening {
            Happening::Boot { node, life } => self.boot(node, life),
            Happening::Replay { node, life } => self.replay(node, life),
            Happening::Timer { node, life } => self.timer(node, life),
            Happening::SyncEnds { node, number, .. } => self.sync_ended(node, number),
            Happening::Arrive(flying) => self.arrive(*flying),
            Happening::ClientBegins => self.client_begins(),
            Happening::ClientWakes { op, attempt } => {
                let wish = self.client.wake(op, attempt);
                self.fulfil(wish);
            }
            Happening::ClientGivesUp { op } => {
                let wish = self.client.give_up(self.now, op);
                self.fulfil(wish);
            }
        }
        for (name, detail) in self.checkers.take_broken() {
            self.emit(None, EventKind::InvariantBroken { name: name.to_owned(), detail });
        }
    }

    fn boot(&mut self, id: NodeId, life: u64) {
        let now = self.now;
        let Some(member) = self.members.get_mut(id as usize - 1).filter(|member| member.life == life) else {
            return;
        };
        if member.log.disk.is_empty() && member.log.durable_lsn() == 0 {
            member.log.open(member.epoch, 0, Vec::new());
            self.run(id, Rebuild::default(), 0);
            return;
        }
        Recovery::announce(&member.log, member.log.log_bytes(), now, &mut self.journal);
        let recovery = Recovery::begin(&member.log, Before { began_us: now, ..Before::default() });
        let next = now + recovery.next_us(self.settings.replay_bytes_per_s);
        member.phase = Phase::Recovering(Box::new(recovery), Rebuild::default());
        self.agenda.plan(next, Happening::Replay { node: id, life });
    }

    fn replay(&mut self, id: NodeId, life: u64) {
        let Some(member) = self.members.get_mut(id as usize - 1).filter(|member| member.life == life) else {
            return;
        };
        let Phase::Recovering(recovery, rebuild) = &mut member.phase else { return };
        let progress = recovery.step(&member.log, |header, payload| rebuild.take(header, payload));
        recovery.tell(&member.log, self.now, &mut self.journal);
        member.report = Some(recovery.report(self.now, None));
        let next = self.now + recovery.next_us(self.settings.replay_bytes_per_s);
        match progress {
            Progress::More => self.agenda.plan(next, Happening::Replay { node: id, life }),
            Progress::Ended(end) => self.recovered(id, end),
        }
    }

    fn recovered(&mut self, id: NodeId, end: End) {
        let now = self.now;
        let Some(member) = self.members.get_mut(id as usize - 1) else { return };
        let Phase::Recovering(recovery, rebuild) = std::mem::replace(&mut member.phase, Phase::Refused)
        else {
            return;
        };
        let report = recovery.report(now, Some(&end));
        member.report = Some(report.clone());
        if let End::Torn(torn) = &end {
            member.log.cut(torn.file, torn.offset, &mut self.outbox);
        }
        let last_lsn = recovery.replay().last_lsn();
        if report.refused.is_none() {
            member.log.open(member.epoch, last_lsn, recovery.replay().files().to_vec());
        }
        if let Some(event) = Recovery::end_event(&end) {
            self.emit(Some(id), event);
        }
        if report.refused.is_none() {
            self.emit(
                Some(id),
                EventKind::Recovered {
                    records: recovery.records,
                    rows: recovery.rows,
                    unproven_rows: 0,
                    outstanding_rows: 0,
                    lsn: last_lsn,
                    took_us: report.took_us,
                },
            );
            self.run(id, rebuild, last_lsn);
        }
    }

    /// The log is open: Raft starts.
    fn run(&mut self, id: NodeId, rebuild: Rebuild, found_lsn: Lsn) {
        let (now, seed, nodes) = (self.now, self.seed, self.members.len() as u32);
        let settings = self.settings.clone();
        let Some(member) = self.members.get_mut(id as usize - 1) else { return };
        for index in 1..=rebuild.log.last().0 {
            if let Some(entry) = rebuild.log.get(index) {
                self.checkers.wrote(id, index, entry, rebuild.log.term(index - 1).unwrap_or(0));
            }
        }
        let boot = Boot { epoch: member.epoch, proven_lsn: found_lsn, found_lsn };
        member.start_raft(now, rebuild, nodes, seed, &settings);
        member.log.append(now, Kind::Boot, boot.encode(), &mut self.journal);
        self.obey(id);
    }

    fn timer(&mut self, id: NodeId, life: u64) {
        let now = self.now;
        let Some(member) = self.member(id).filter(|member| member.life == life) else { return };
        if member.timer_at.is_none_or(|at| at > now) {
            return;
        }
        member.timer_at = None;
        member.catch_up(now);
        self.obey(id);
    }

    fn sync_ended(&mut self, id: NodeId, number: u64) {
        let now = self.now;
        let Some(member) = self.members.get_mut((id as usize).wrapping_sub(1)) else { return };
        let Some(lsn) = member.log.end_sync(now, number, &mut self.journal) else { return };
        member.catch_up(now);
        let messages = member.release(lsn);
        self.send_all(messages);
        self.obey(id);
    }

    /// Obeys what a member's Raft wants done, in the order that `raft` prescribes, and plans its next timer.
    fn obey(&mut self, id: NodeId) {
        let now = self.now;
        loop {
            let Some(member) = self.members.get_mut((id as usize).wrapping_sub(1)) else { return };
            let Phase::Running(raft) = &mut member.phase else { return };
            let ready = raft.take_ready();
            let idle = ready.append.is_none() && ready.hard_state.is_none() && ready.committed.is_empty();
            if let Some(hard) = ready.hard_state {
                let payload = member::encode_hard_state(hard);
                member.log.append(now, Kind::HardState, payload, &mut self.journal);
            }
            if let Some((prev, entries)) = &ready.append {
                let payload = member::encode_entries(*prev, entries);
                member.log.append(now, Kind::Entries, payload, &mut self.journal);
                let raft_log = raft.log();
                for (index, entry) in (prev + 1..).zip(entries) {
                    self.checkers.wrote(id, index, entry, raft_log.term(index - 1).unwrap_or(0));
                }
            }
            let waits = !ready.after_persist.is_empty() || ready.append.is_some();
            let mut at_once = ready.messages;
            if waits {
                member.hold(ready.after_persist);
                if member.all_durable() {
                    let lsn = member.log.wal().map_or(0, crate::wal::Wal::durable_lsn);
                    at_once.extend(member.release(lsn));
                }
            }
            self.tell(id, ready.notes);
            self.send_all(at_once);
            for (index, entry) in ready.committed {
                self.apply(id, index, &entry);
            }
            if idle {
                break;
            }
        }
        self.begin_sync(id);
        self.plan_timer(id);
    }

    fn begin_sync(&mut self, id: NodeId) {
        let now = self.now;
        let Some(member) = self.members.get_mut((id as usize).wrapping_sub(1)) else { return };
        if let Some(begun) = member.log.begin_sync(now, &mut self.outbox, &mut self.journal) {
            let took = self.disk_rng.between(self.settings.fsync_us.0, self.settings.fsync_us.1);
            let ends = Happening::SyncEnds { node: id, number: begun.number, ticket: begun.ticket };
            self.agenda.plan(now + took, ends);
        }
    }

    fn plan_timer(&mut self, id: NodeId) {
        let Some(member) = self.member(id) else { return };
        let Some(due) = member.due_us() else { return };
        if member.timer_at.is_none_or(|at| at > due) {
            member.timer_at = Some(due);
            let life = member.life;
            self.agenda.plan(due, Happening::Timer { node: id, life });
        }
    }

    /// Tells what happened inside a member's Raft.
    fn tell(&mut self, id: NodeId, notes: Vec<Note>) {
        let voters = self.members.len() as u32;
        for note in notes {
            let kind = match note {
                Note::TimedOut { ticks } => {
                    EventKind::ElectionTimeout { timeout_us: ticks * member::TICK_US }
                }
                Note::Campaigned { term } => EventKind::Campaigned { term },
                Note::VoteGranted { candidate, term, .. } => EventKind::VoteGranted { candidate, term },
                Note::VoteRefused { candidate, term, why, .. } => {
                    let why = match why {
                        NoVote::StaleTerm => VoteRefusal::StaleTerm,
                        NoVote::AlreadyVoted | NoVote::LeaderAlive | NoVote::Impaired => {
                            VoteRefusal::AlreadyVoted
                        }
                        NoVote::LogBehind => VoteRefusal::LogBehind,
                    };
                    EventKind::VoteRefused { candidate, term, why }
                }
                Note::BecameLeader { term, votes } => {
                    if let Some(raft) = self.members[id as usize - 1].raft() {
                        self.checkers.elected(id, term, raft.log());
                    }
                    EventKind::BecameLeader { term, votes: votes as u32, voters }
                }
                Note::SteppedDown { term } => {
                    self.members[id as usize - 1].proposals.clear();
                    EventKind::SteppedDown { term }
                }
                Note::Committed { index, term } => EventKind::Committed { index, term },
                Note::Truncated { from } => EventKind::LogTruncated { from },
                _ => continue,
            };
            self.emit(Some(id), kind);
        }
    }

    fn apply(&mut self, id: NodeId, index: u64, entry: &crate::raft::Entry) {
        let Some(member) = self.members.get_mut((id as usize).wrapping_sub(1)) else { return };
        let op = member.apply(index, entry);
        let leads = member.raft().is_some_and(|raft| raft.leads() && raft.term() == entry.term);
        let answer = member.proposals.remove(&index).filter(|(_, _, term)| *term == entry.term && leads);
        self.checkers.applied(id, index, entry, op);
        if leads && entry.data.is_empty() {
            self.checkers.caught_up();
        }
        if let Some((op, attempt, _)) = answer {
            let durable_on = self.durable_copies(index, entry.term);
            self.checkers.acknowledged(op, durable_on, self.members.len());
            self.send(id, CLIENT, Packet::Response { op, attempt, outcome: Ok(()) });
        }
    }

    /// On how many disks an entry is durable, nodes without power included.
    fn durable_copies(&self, index: u64, term: u64) -> usize {
        let holds = |member: &&Member| match member.raft() {
            Some(raft) => raft.durable() >= index && raft.log().term(index) == Some(term),
            None => member.on_disk.term(index) == Some(term),
        };
        self.members.iter().filter(holds).count()
    }

    // --- the network

    fn send_all(&mut self, messages: Vec<Message>) {
        for message in messages {
            self.send(message.from, message.to, Packet::Raft(message));
        }
    }

    fn send(&mut self, from: NodeId, to: NodeId, packet: Packet) {
        let (id, arrives) = self.network.send(self.now, from, to);
        let (message, term) = (packet.kind(), packet.term());
        self.emit((from != CLIENT).then_some(from), EventKind::Sent { id, from, to, message, term });
        if !self.network.works(from, to) {
            self.emit(None, EventKind::Dropped { id, from, to, message, why: DropReason::LinkCut });
            return;
        }
        let flying = Flying { id, from, to, sent_us: self.now, packet };
        self.agenda.plan(arrives, Happening::Arrive(Box::new(flying)));
    }

    fn arrive(&mut self, flying: Flying) {
        let Flying { id, from, to, packet, .. } = flying;
        let message = packet.kind();
        let why = if !self.network.works(from, to) {
            Some(DropReason::LinkCut)
        } else if to != CLIENT && self.known(to).is_ok_and(|member| member.raft().is_none()) {
            Some(DropReason::NodeDown)
        } else {
            None
        };
        if let Some(why) = why {
            self.emit(None, EventKind::Dropped { id, from, to, message, why });
            return;
        }
        self.emit((to != CLIENT).then_some(to), EventKind::Delivered { id, from, to, message });
        match packet {
            Packet::Raft(message) => {
                let now = self.now;
                if let Some(member) = self.member(to) {
                    member.catch_up(now);
                    if let Some(raft) = member.raft_mut() {
                        raft.step(message);
                    }
                }
                self.obey(to);
            }
            Packet::Request { op, attempt } => self.serve(to, op, attempt),
            Packet::Response { op, attempt, outcome } => {
                let wish = self.client.answered(self.now, from, op, attempt, outcome);
                self.fulfil(wish);
            }
        }
    }

    /// A node is asked to write.
    fn serve(&mut self, id: NodeId, op: u64, attempt: u32) {
        let (now, seed, dim) = (self.now, self.seed, self.settings.dim);
        let Some(member) = self.member(id) else { return };
        member.catch_up(now);
        let Phase::Running(raft) = &mut member.phase else { return };
        if !raft.leads() {
            let outcome = Err(raft.leader());
            self.send(id, CLIENT, Packet::Response { op, attempt, outcome });
            self.obey(id);
            return;
        }
        if member.applied_ops.contains(&op) {
            self.send(id, CLIENT, Packet::Response { op, attempt, outcome: Ok(()) });
        } else if let Some(proposal) = member.proposals.values_mut().find(|proposal| proposal.0 == op) {
            proposal.1 = attempt;
        } else {
            let batch = workload::batch(seed, dim, op as i64, 1, now);
            let term = raft.term();
            if let Ok(index) = raft.propose(member::encode_write(op, &batch)) {
                member.proposals.insert(index, (op, attempt, term));
            }
        }
        self.obey(id);
    }

    // --- the client

    fn plan_client(&mut self) {
        let more = self.client.next_op() <= self.settings.client_writes;
        if self.client.on && more && !self.client_planned {
            self.client_planned = true;
            self.agenda.plan(self.now + self.settings.client_interval_us, Happening::ClientBegins);
        }
    }

    fn client_begins(&mut self) {
        self.client_planned = false;
        if self.client.on {
            self.begin_write();
            self.plan_client();
        }
    }

    fn begin_write(&mut self) {
        let (op, wish) = self.client.begin(self.now);
        self.emit(None, EventKind::OpStart { op });
        self.fulfil(Some(wish));
        self.agenda.plan(self.now + self.settings.client_deadline_us, Happening::ClientGivesUp { op });
    }

    /// The client writes `rows` rows now, each a write of its own; answered through [`Cluster::take_inserted`].
    pub fn insert(&mut self, ticket: u64, rows: u64) -> Result<(), Refusal> {
        if rows == 0 || rows > MAX_INSERT_ROWS {
            let error = format!("a replica set's client takes 1 to {MAX_INSERT_ROWS} rows at once");
            return Err(Refusal::new("bad_rows", error));
        }
        let first = self.client.next_op();
        self.jobs.push(Job { ticket, ops: first..=first + rows - 1, open: rows, acknowledged: 0 });
        (0..rows).for_each(|_| self.begin_write());
        Ok(())
    }

    /// A write has ended: the job that it belongs to is answered when all of its writes have.
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

    fn fulfil(&mut self, wish: Option<Wish>) {
        match wish {
            Some(Wish::Send { op, attempt, to }) => {
                if attempt > 1 {
                    self.emit(None, EventKind::OpRetry { op, attempt, to });
                }
                self.send(CLIENT, to, Packet::Request { op, attempt });
                let until = self.now + self.settings.client_attempt_us;
                self.agenda.plan(until, Happening::ClientWakes { op, attempt });
            }
            Some(Wish::Wake { at_us, op, attempt }) => {
                self.agenda.plan(at_us, Happening::ClientWakes { op, attempt });
            }
            Some(Wish::End { op, status, took_us }) => {
                self.emit(None, EventKind::OpEnd { op, status, took_us });
                self.write_ended(op, status);
            }
            None => {}
        }
    }

    // --- what it knows

    /// The members, by number.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The packets on their way, with the time at which they arrive.
    pub fn flying(&self) -> impl Iterator<Item = (Micros, &Flying)> {
        self.agenda.iter().filter_map(|(at, happening)| match happening {
            Happening::Arrive(flying) => Some((at, &**flying)),
            _ => None,
        })
    }
}

impl Happening {
    /// The node that it happens to; none for the client.
    fn node(&self) -> Option<NodeId> {
        match self {
            Self::Boot { node, .. }
            | Self::Replay { node, .. }
            | Self::Timer { node, .. }
            | Self::SyncEnds { node, .. } => Some(*node),
            Self::Arrive(flying) => (flying.to != CLIENT).then_some(flying.to),
            Self::ClientBegins | Self::ClientWakes { .. } | Self::ClientGivesUp { .. } => None,
        }
    }
}
