//! The world of a guest: nodes, network, disks, clocks and a client, in virtual time.
//!
//! `serving` has the client, `faults` what happens to nodes and links, and how it ends.
//!
//! Guarantees: everything happens in one order, decided by the schedule and its seed; guests are asked one at a time
//! and see no other time than ticks; checkers see what a guest wrote and sent before anyone else does. Leaves out:
//! choosing faults and shortening schedules (`search`).

mod faults;
mod serving;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::disk::Write;
use super::member::{DIM, Member, Power, Proposal};
use super::program::{Cores, Fault};
use super::protocol::{Answer, Head, Request, Role, SnapLine};
use quorum_raft::{Conf, Entry, HardState, Log, Rule, Snapshot};
use quorum_sim::checkers::Checkers;
use quorum_sim::client::Client;
use quorum_sim::cluster::swarm::Schedule;
use quorum_sim::event_queue::EventQueue;
use quorum_sim::machine::Machine;
use quorum_sim::network::{CLIENT, Network};
use quorum_sim::request::{Ask, Served};
use quorum_sim::settings::Settings;
use quorum_types::{MS, Micros, NodeId, Rng};

/// A tick of a guest, the unit of its timeouts and heartbeats.
pub const TICK_US: Micros = 10 * MS;
/// The most ticks that a node is given at once, after a pause.
const MOST_TICKS: u64 = 1_000;

/// What a violation is called that no checker has a name for: the program ends, hangs or answers nonsense.
pub const PROGRAM: &str = "program";
/// A leader commits an entry of an earlier term by counting its copies.
pub const OWN_TERM: &str = "commit_current_term_only";
/// The violation of a group that does not come back.
pub const PROGRESS: &str = "progress";

/// A violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant, [`PROGRAM`] or [`PROGRESS`].
    pub invariant: String,
    /// What happened.
    pub detail: String,
    /// The number of events before it.
    pub event: u64,
    /// When.
    pub t_us: Micros,
}

#[derive(Clone, Debug)]
enum Packet {
    Raft(Value),
    Request { op: u64, attempt: u32, ask: Ask },
    Response { op: u64, attempt: u32, outcome: Result<Served, Option<NodeId>> },
}

#[derive(Clone, Debug)]
enum Due {
    Boot { node: NodeId, life: u64 },
    Tick { node: NodeId, life: u64, number: u64 },
    SyncEnds { node: NodeId, life: u64 },
    Arrive { from: NodeId, to: NodeId, packet: Box<Packet> },
    ClientBegins,
    ClientWakes { op: u64, attempt: u32 },
    ClientGivesUp { op: u64 },
    CrashAgain { node: NodeId, left: u32, every_us: Micros },
    ClockTurns { node: NodeId, drift_ppm: i64, period_us: Micros, number: u64 },
}

impl Due {
    fn node(&self) -> Option<NodeId> {
        match self {
            Self::Boot { node, .. } | Self::Tick { node, .. } | Self::SyncEnds { node, .. } => Some(*node),
            Self::Arrive { to, .. } => (*to != CLIENT).then_some(*to),
            _ => None,
        }
    }
}

/// What can be asked of a guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// It serves reads.
    pub read: bool,
    /// It compacts its log and installs snapshots.
    pub snapshot: bool,
}

/// The world.
pub struct World<'a> {
    cores: &'a mut dyn Cores,
    caps: Caps,
    now: Micros,
    queue: EventQueue<Due>,
    members: Vec<Member>,
    network: Network,
    client: Client,
    client_rng: Rng,
    disk_rng: Rng,
    settings: Settings,
    conf: Conf,
    seed: u64,
    checkers: Checkers,
    /// Contents of entries and of snapshots, by the names under which guests know them.
    data: BTreeMap<String, Arc<[u8]>>,
    deferred: Vec<Due>,
    next_name: u64,
    events: u64,
    /// The last index that any node has said to be committed.
    known_commit: u64,
    /// What the checkers have no name for.
    broken: Option<Violation>,
}

impl<'a> World<'a> {
    /// The world in which a schedule begins.
    pub fn open(schedule: &Schedule, cores: &'a mut dyn Cores, caps: Caps) -> Self {
        let mut settings = Settings::default();
        for (name, value) in &schedule.settings {
            // Made from the table of settings, or checked where it came from.
            let _ = settings.set(name, *value);
        }
        let stream = |number| Rng::new(schedule.seed, number);
        let begin = Arc::new(Snapshot { conf: Conf::new(1..=schedule.nodes, []), ..Snapshot::default() });
        let mut world = Self {
            cores,
            caps,
            now: 0,
            queue: EventQueue::default(),
            members: (1..=schedule.nodes).map(|id| Member::new(id, Arc::clone(&begin))).collect(),
            network: Network::new(stream(1), settings.latency_us),
            client: Client::new(schedule.nodes, 1, Vec::new()),
            client_rng: stream(3),
            disk_rng: stream(2),
            settings,
            conf: begin.conf.clone(),
            seed: schedule.seed,
            checkers: Checkers::default(),
            data: BTreeMap::from([(String::new(), Arc::from([]))]),
            deferred: Vec::new(),
            next_name: 0,
            events: 0,
            known_commit: 0,
            broken: None,
        };
        for id in 1..=schedule.nodes {
            world.member(id).power = Power::Booting;
            world.boot(id, 0);
        }
        world.schedule(world.settings.client_interval_us, Due::ClientBegins);
        world
    }

    fn member(&mut self, id: NodeId) -> &mut Member {
        // Nodes of actions and messages were checked where they came in.
        &mut self.members[id as usize - 1]
    }

    fn schedule(&mut self, in_us: Micros, due: Due) {
        self.queue.schedule(self.now.saturating_add(in_us), due);
    }

    /// The virtual time.
    pub fn now_us(&self) -> Micros {
        self.now
    }

    /// The number of events so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Operations of the client that were judged.
    pub fn judged(&self) -> u64 {
        self.checkers.judged() as u64
    }

    /// When something happens next.
    pub fn next_at(&self) -> Option<Micros> {
        self.queue.peek().map(|(at, _)| at)
    }

    /// Lets time pass in which nothing is due.
    pub fn wait(&mut self, until_us: Micros) {
        self.now = self.now.max(until_us);
    }

    /// The first violation, if there is one.
    pub fn violation(&mut self) -> Option<Violation> {
        if let Some(broken) = &self.broken {
            return Some(broken.clone());
        }
        let (invariant, detail) = self.checkers.invariants.take_broken().into_iter().next()?;
        self.breaks(invariant, detail);
        self.broken.clone()
    }

    fn breaks(&mut self, invariant: &str, detail: String) {
        let (event, t_us) = (self.events, self.now);
        self.broken.get_or_insert(Violation { invariant: invariant.to_owned(), detail, event, t_us });
    }

    // --- events

    /// Lets the next thing happen; whether there was one.
    pub fn step(&mut self) -> bool {
        let Some((at, due)) = self.queue.pop() else { return false };
        self.now = self.now.max(at);
        self.events += 1;
        if let Some(node) = due.node()
            && self.member(node).paused
        {
            self.deferred.push(due);
            return true;
        }
        match due {
            Due::Boot { node, life } => self.boot(node, life),
            Due::Tick { node, life, number } => self.tick(node, life, number),
            Due::SyncEnds { node, life } => self.sync_ended(node, life),
            Due::Arrive { from, to, packet } => self.arrive(from, to, *packet),
            Due::ClientBegins => self.client_begins(),
            Due::ClientWakes { op, attempt } => {
                let wish = self.client.wake(op, attempt);
                self.fulfil(wish);
            }
            Due::ClientGivesUp { op } => {
                let wish = self.client.give_up(self.now, op);
                self.fulfil(wish);
            }
            Due::CrashAgain { node, left, every_us } => self.crash_loop(node, left, every_us),
            Due::ClockTurns { node, drift_ppm, period_us, number } => {
                self.turn_clock(node, drift_ppm, period_us, number);
            }
        }
        true
    }

    fn boot(&mut self, id: NodeId, life: u64) {
        let (election, heartbeat) = self.times();
        let (voters, seed) = (self.conf.voters.clone(), self.seed);
        let member = &mut self.members[id as usize - 1];
        if member.life != life || member.power != Power::Booting {
            return;
        }
        let first = life == 0;
        member.power = Power::On;
        let snapshot = Arc::clone(member.log.snapshot());
        (member.commit, member.applied, member.term) = (snapshot.index, snapshot.index, member.hard.term);
        let name = String::from_utf8_lossy(&snapshot.data).into_owned();
        member.machine = restore(self.data.get(&name));
        let hard = HardState {
            term: member.hard.term,
            vote: Some(member.hard.vote).filter(|id| *id != 0),
            commit: 0,
        };
        self.checkers.restarted(id, hard, HardState::default(), &member.log);
        // Each life has a stream of its own, so that a node does not draw its old timeouts again.
        let seed = Rng::new(seed, (u64::from(id) << 24) + life + 1_000).below(1 << 31);
        let request = if first {
            Request::Init { node: id, voters, election, heartbeat, seed }
        } else {
            Request::Restart {
                node: id,
                voters,
                election,
                heartbeat,
                seed,
                term: hard.term,
                vote: hard.vote.unwrap_or(0),
                snap: SnapLine { index: snapshot.index, term: snapshot.term, data: name },
                log: lines(&member.log),
            }
        };
        member.told_us = member.clock.at(self.now);
        self.plan_tick(id);
        self.command(id, &request);
    }

    /// The election timeout and the interval of heartbeats, in ticks.
    fn times(&self) -> (u64, u64) {
        let ticks = |us: Micros| (us / TICK_US).max(1);
        (ticks(self.settings.election_us), ticks(self.settings.heartbeat_us))
    }

    fn plan_tick(&mut self, id: NodeId) {
        let now = self.now;
        let member = self.member(id);
        // The last one that was planned counts: a clock that is set makes earlier ones void.
        member.ticks_planned += 1;
        let (at, life, number) =
            (member.clock.when(member.told_us.saturating_add(TICK_US)), member.life, member.ticks_planned);
        self.queue.schedule(at.max(now.saturating_add(1)), Due::Tick { node: id, life, number });
    }

    fn tick(&mut self, id: NodeId, life: u64, number: u64) {
        let now = self.now;
        let member = self.member(id);
        if member.life != life || member.ticks_planned != number || member.power != Power::On {
            return;
        }
        let local = member.clock.at(now);
        // A clock that was set back must not stop time until it has caught up.
        member.told_us = member.told_us.min(local);
        let n = (local - member.told_us) / TICK_US;
        member.told_us += n * TICK_US;
        self.plan_tick(id);
        if n > 0 {
            self.command(id, &Request::Tick { n: n.min(MOST_TICKS) });
        }
    }

    fn sync_ended(&mut self, id: NodeId, life: u64) {
        let member = self.member(id);
        let Some(upto) = member.syncing.take().filter(|_| member.life == life) else { return };
        member.disk.sync(upto);
        let mut released = Vec::new();
        while let Some((_, messages)) = member.held.pop_front_if(|(number, _)| *number <= upto) {
            // A promise to a deposed leader must not be sent late.
            let term = member.term;
            released.extend(messages.into_iter().filter(|message| message["term"].as_u64() >= Some(term)));
        }
        let (index, term) = member.durable();
        self.send_all(id, released);
        self.command(id, &Request::Persisted { index, term });
        self.begin_sync(id);
    }

    fn begin_sync(&mut self, id: NodeId) {
        let member = &mut self.members[id as usize - 1];
        if member.power != Power::On || member.syncing.is_some() || member.disk.all_durable() {
            return;
        }
        member.syncing = Some(member.disk.written());
        let life = member.life;
        let took_us = self.disk_rng.between(self.settings.fsync_us.0, self.settings.fsync_us.1);
        self.schedule(took_us, Due::SyncEnds { node: id, life });
    }

    // --- guests

    /// Gives a node a command, and carries out its answer; the index of a proposal, if it took one.
    fn command(&mut self, id: NodeId, request: &Request) -> Option<Answer> {
        if self.broken.is_some() || self.member(id).power != Power::On {
            return None;
        }
        let line = request.line();
        let answer = match self.cores.ask(id, &line) {
            Ok(answer) => answer,
            Err(Fault(why)) => {
                self.breaks(PROGRAM, why);
                return None;
            }
        };
        let result = Answer::read(&answer).and_then(|answer| {
            // A node without power wants nothing.
            if answer.ok && !matches!(request, Request::Crash) {
                self.obey(id, &answer)?;
            }
            Ok(answer)
        });
        match result {
            Ok(answer) => Some(answer),
            Err(why) => {
                let short = |bytes: &[u8]| {
                    String::from_utf8_lossy(bytes).trim_end().chars().take(300).collect::<String>()
                };
                let (asked, said) = (short(line.as_bytes()), short(&answer));
                self.breaks(PROGRAM, format!("node {id}: {why}; it was asked {asked} and answered {said}"));
                None
            }
        }
    }

    /// Carries out what a guest wants, in the order that the protocol prescribes.
    fn obey(&mut self, id: NodeId, answer: &Answer) -> Result<(), String> {
        self.write(id, answer)?;
        let member = self.member(id);
        let led = member.leads() && member.term == answer.term;
        if answer.term < member.term {
            return Err(format!("its term went from {} back to {}", member.term, answer.term));
        }
        (member.role, member.term, member.leader) = (answer.role, answer.term, answer.leader);
        let (leads, number) = (member.role == Role::Leader, member.disk.written());
        if !leads {
            member.proposals.clear();
        }
        let ticks = member.told_us / TICK_US;
        if leads && !led {
            let log = self.members[id as usize - 1].log.clone();
            self.checkers.elected(ticks, id, answer.term, &log);
        } else if leads {
            self.checkers.leads(id, answer.term);
        }
        self.send_all(id, answer.send.clone());
        if !answer.after.is_empty() {
            if self.member(id).disk.all_durable() {
                self.send_all(id, answer.after.clone());
            } else {
                self.member(id).held.push_back((number, answer.after.clone()));
            }
        }
        self.commits(id, answer)?;
        for (ctx, index) in &answer.reads {
            let read = self.member(id).reads.get_mut(ctx);
            read.ok_or_else(|| format!("nobody reads “{ctx}” here"))?.index = Some(*index);
        }
        self.serve_reads(id);
        self.compact_if_long(id);
        self.begin_sync(id);
        Ok(())
    }

    /// Takes what a guest wants on its disk.
    fn write(&mut self, id: NodeId, answer: &Answer) -> Result<(), String> {
        let conf = self.conf.clone();
        let Self { members, checkers, data, .. } = self;
        let at = id as usize - 1;
        if let Some(hard) = answer.hard {
            let member = &mut members[at];
            if hard.term < member.hard.term {
                return Err(format!("it writes term {} after term {}", hard.term, member.hard.term));
            }
            member.hard = hard;
            member.disk.write(Write::Hard(hard));
        }
        if let Some(SnapLine { index, term, data: name }) = &answer.snapshot {
            let content = data.get(name).ok_or_else(|| format!("nobody made a snapshot “{name}”"))?;
            let member = &mut members[at];
            let bytes: Arc<[u8]> = name.as_bytes().into();
            let snapshot = Arc::new(Snapshot { index: *index, term: *term, conf: conf.clone(), data: bytes });
            member.machine = restore(Some(content));
            member.applied = *index;
            member.log = Log::after_snapshot(Arc::clone(&snapshot));
            member.disk.write(Write::Install(snapshot));
        }
        let Some((prev, entries)) = &answer.append else { return Ok(()) };
        let (first, last) = (members[at].log.first(), members[at].log.last().0);
        if *prev > last {
            return Err(format!("it appends after {prev}, but what it wrote ends at {last}"));
        }
        if *prev + 1 < first {
            return Err(format!(
                "it appends after {prev}, but its log begins after its snapshot, with {first}"
            ));
        }
        if *prev < last {
            let removed = members[at].log.term(prev + 1).unwrap_or(0);
            if members[at].leads() && members[at].term == answer.term {
                checkers.leader_truncated(id, prev + 1);
            }
            members[at].log.truncate(*prev);
            members[at].disk.write(Write::Cut(*prev));
            let holds = |voter: NodeId| members[voter as usize - 1].holds(prev + 1, removed);
            checkers.removed(id, prev + 1, removed, &conf, holds);
        }
        let member = &mut members[at];
        let mut before = member.log.term(*prev).unwrap_or(0);
        for (index, term, name) in entries {
            if !data.contains_key(name) {
                return Err(format!("nobody proposed “{name}”"));
            }
            let entry = Arc::new(Entry::normal(*term, name.as_bytes()));
            checkers.wrote(id, *index, &entry, before);
            before = *term;
            member.log.push(Arc::clone(&entry));
            member.disk.write(Write::Entry(entry));
        }
        Ok(())
    }

    /// Takes what a guest says is committed, and applies it.
    fn commits(&mut self, id: NodeId, answer: &Answer) -> Result<(), String> {
        let Self { members, checkers, conf, .. } = self;
        let member = &members[id as usize - 1];
        if answer.commit > member.log.last().0 {
            return Err(format!(
                "it says that {} is committed, but what it wrote ends at {}",
                answer.commit,
                member.log.last().0
            ));
        }
        if answer.commit != member.commit {
            let (index, confs) = (answer.commit, member.leads().then_some([&*conf, &*conf]));
            let holds = |voter: NodeId, term| members[voter as usize - 1].holds(index, term);
            checkers.committed(id, answer.term, index, &member.log, confs, holds);
        }
        self.counts_own_term(id, answer);
        self.member(id).commit = answer.commit;
        while self.member(id).applied < answer.commit {
            self.apply_next(id);
        }
        Ok(())
    }

    /// A leader counts copies of entries of its own term only (5.4.2). What goes wrong otherwise (figure 8) needs a
    /// coincidence that few schedules have, so the rule itself is checked.
    fn counts_own_term(&mut self, id: NodeId, answer: &Answer) {
        let member = self.member(id);
        let (leads, to, counted) = (member.leads(), answer.commit, member.log.term(answer.commit));
        // What another node knew before may have been learned from it, and not counted.
        let new = to > self.known_commit;
        self.known_commit = self.known_commit.max(to);
        if leads && new && counted != Some(answer.term) {
            let (counted, term) = (counted.unwrap_or(0), answer.term);
            let detail =
                format!("leader {id} of term {term} committed {to} by counting, an entry of term {counted}");
            self.breaks(OWN_TERM, detail);
        }
    }

    fn apply_next(&mut self, id: NodeId) {
        let Self { members, checkers, data, client, .. } = self;
        let member = &mut members[id as usize - 1];
        member.applied += 1;
        let index = member.applied;
        let Some(entry) = member.log.get(index).cloned() else { return };
        let name = String::from_utf8_lossy(&entry.data);
        let content = data.get(&*name).cloned().unwrap_or_else(|| Arc::from([]));
        let applied = member.machine.apply(index, &Entry::normal(entry.term, content), true);
        checkers.applied(id, index, &entry, applied.map(|applied| applied.op), member.machine.digest());
        let leads = member.leads() && member.term == entry.term;
        let proposal = member.proposals.remove(&index).filter(|made| made.term == entry.term && leads);
        if leads && entry.data.is_empty() {
            checkers.caught_up(entry.term, member.machine.applied_ops(), client.acknowledged());
        }
        if let (Some(Proposal { op, attempt, .. }), Some(applied)) = (proposal, applied)
            && applied.op == op
        {
            checkers.acknowledged(op);
            self.send(id, CLIENT, Packet::Response { op, attempt, outcome: Ok(Served::Wrote(applied)) });
        }
    }

    /// Replaces the log's beginning by a snapshot if it has become long.
    fn compact_if_long(&mut self, id: NodeId) {
        let (every, member) = (self.settings.snapshot_entries, &self.members[id as usize - 1]);
        if every > 0 && member.applied + 1 >= member.log.first() + every {
            self.compact(id);
        }
    }

    fn compact(&mut self, id: NodeId) {
        let member = &mut self.members[id as usize - 1];
        let to = member.applied;
        if !self.caps.snapshot || !member.active() || to < member.log.first() || member.durable().0 < to {
            return;
        }
        let term = member.log.term(to).unwrap_or(0);
        self.next_name += 1;
        let name = format!("s{}", self.next_name);
        let snapshot =
            Arc::new(Snapshot { index: to, term, conf: self.conf.clone(), data: name.as_bytes().into() });
        self.data.insert(name.clone(), member.machine.snapshot());
        member.log.compact(Arc::clone(&snapshot));
        member.disk.write(Write::Compact(snapshot));
        self.command(id, &Request::Compact { to, data: name });
    }

    // --- the network

    fn send_all(&mut self, id: NodeId, messages: Vec<Value>) {
        let voters = self.members.len() as u32;
        for message in messages {
            match Head::of(&message, id, voters) {
                Ok(head) => {
                    if head.binds {
                        self.checkers.sent(id, head.term, head.vote);
                    }
                    self.send(id, head.to, Packet::Raft(message));
                }
                Err(why) => {
                    let said: String = message.to_string().chars().take(200).collect();
                    self.breaks(PROGRAM, format!("node {id}: {why}; it sent {said}"));
                }
            }
        }
    }

    fn send(&mut self, from: NodeId, to: NodeId, packet: Packet) {
        let passage = self.network.send(self.now, from, to);
        let Some(arrives) = passage.arrives_us.filter(|_| self.network.works(from, to)) else { return };
        // The client talks over connections, which never duplicate anything.
        if let Some(again) = passage.again_us.filter(|_| from != CLIENT && to != CLIENT) {
            self.queue.schedule(again, Due::Arrive { from, to, packet: Box::new(packet.clone()) });
        }
        self.queue.schedule(arrives, Due::Arrive { from, to, packet: Box::new(packet) });
    }

    fn arrive(&mut self, from: NodeId, to: NodeId, packet: Packet) {
        if !self.network.works(from, to) || to != CLIENT && self.member(to).power != Power::On {
            return;
        }
        match packet {
            Packet::Raft(msg) => {
                self.command(to, &Request::Deliver { msg });
            }
            Packet::Request { op, attempt, ask } => self.serve(to, op, attempt, ask),
            Packet::Response { op, attempt, outcome } => {
                let wish = self.client.answered(self.now, from, op, attempt, outcome);
                self.fulfil(wish);
            }
        }
    }
}

/// The state machine that a snapshot holds; an empty one without a snapshot.
fn restore(content: Option<&Arc<[u8]>>) -> Machine {
    let content = content.filter(|bytes| !bytes.is_empty());
    content.and_then(|bytes| Machine::restore(DIM, bytes)).unwrap_or_else(|| Machine::new(DIM))
}

/// A log as lines.
fn lines(log: &Log) -> Vec<(u64, u64, String)> {
    let entries = log.slice(log.first(), usize::MAX);
    let line = |(index, entry): (u64, Arc<Entry>)| {
        (index, entry.term, String::from_utf8_lossy(&entry.data).into_owned())
    };
    (log.first()..).zip(entries).map(line).collect()
}

/// Whether a rule's schedules make sense for guests, which have one configuration, honest disks and no leases.
pub(crate) fn fits(rule: Rule) -> bool {
    !matches!(rule, Rule::ChecksumOnReplay)
}
