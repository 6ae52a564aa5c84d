//! A run: processes, network, clients and faults in real time, one event after the other.
//!
//! Guarantees: one thread decides everything, in the order in which it hears of it; every wait has a limit; all
//! processes are dead when it is over, whatever happened. Leaves out: the same run twice. The plan, the latencies and
//! the operations come from the seed, but when a program runs and what it answers is up to the machine.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::clients::Clients;
use super::history::Op;
use super::network::{Network, Passage};
use super::plan::{FaultKind, Plan, Planned, Workload};
use super::process::{Event, Heard, MAX_LINE_BYTES, Process};
use super::report::{FaultSpan, Leader, Messages};
use super::trouble::{Trouble, how, shown};
use super::verdict;

/// How long a node may take to answer `init`: an interpreter on a machine that is busy takes its time.
const INIT_S: u64 = 40;
/// How long a client waits for an answer (Maelstrom: a second as well, at such latencies).
const PATIENCE_US: u64 = 1_000_000;
/// How long the last reads may take: of registers, and of sets, which may still spread.
const LAST_READS_US: u64 = 5_000_000;
const LAST_SETS_US: u64 = 10_000_000;
/// The pause between two attempts at a last read.
const LAST_PAUSE_US: u64 = 250_000;
/// Lines of one node in one second that are a flood.
const FLOOD: u64 = 20_000;
/// Lines that wait to be handled; a program that prints faster waits.
const WAITING_LINES: usize = 4_096;
/// A fault that cannot begin yet waits for this long.
const WAITS_US: u64 = 200_000;
/// Registers that are read in the end.
const LAST_KEYS: usize = 12;

/// The part of a run that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nodes are being started.
    Starting,
    /// Clients ask and faults happen.
    Load,
    /// Open operations end.
    Draining,
    /// The last reads.
    Last,
    Over,
}

/// What is due at some time.
#[derive(Debug)]
enum Due {
    ToNode { node: usize, line: Arc<[u8]> },
    ToClient { name: String, node: usize, body: Value, line: Vec<u8> },
    Acts { client: usize },
    GivesUp { client: usize, msg_id: u64 },
    Begins { fault: usize },
    Ends { fault: usize },
    InitLate { node: usize, life: u32 },
}

/// A scheduled thing, ordered by time and then by number.
#[derive(Debug)]
struct Scheduled(u64, u64, Due);

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}
impl Eq for Scheduled {}
impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

/// A node: its process, if it has one.
#[derive(Debug)]
struct Slot {
    process: Option<Process>,
    life: u32,
    ready: bool,
    paused: bool,
    /// Positive answers that it printed since the last fault was chosen.
    answers: u64,
    /// The second in which lines are counted, and their number.
    rate: (u64, u64),
}

/// A fault that goes on.
#[derive(Debug)]
struct Active {
    links: Vec<(usize, usize)>,
    node: Option<(usize, u32)>,
    span: usize,
}

/// A run.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    plan: &'a Plan,
    began: Instant,
    phase: Phase,
    /// When clients began to ask.
    load_us: u64,
    /// When the last reads began.
    pub(crate) last_us: u64,
    queue: BinaryHeap<Reverse<Scheduled>>,
    next_due: u64,
    events: (SyncSender<Event>, Receiver<Event>),
    folder: PathBuf,
    slots: Vec<Slot>,
    network: Network,
    clients: Clients,
    pub(crate) history: Vec<Op>,
    planned: Vec<Planned>,
    active: BTreeMap<usize, Active>,
    pub(crate) spans: Vec<FaultSpan>,
    pub(crate) leaders: Vec<Leader>,
    pub(crate) messages: Messages,
    pub(crate) trouble: Option<Trouble>,
    next_msg_id: u64,
    /// Last reads that are still to be done: registers, and for sets the nodes.
    last_reads: Vec<Value>,
    requests: u64,
    answered: u64,
}

impl<'a> Run<'a> {
    pub(crate) fn new(plan: &'a Plan, folder: PathBuf) -> Self {
        let slot = |_| Slot { process: None, life: 0, ready: false, paused: false, answers: 0, rate: (0, 0) };
        Self {
            plan,
            began: Instant::now(),
            phase: Phase::Starting,
            load_us: 0,
            last_us: u64::MAX,
            queue: BinaryHeap::new(),
            next_due: 0,
            events: sync_channel(WAITING_LINES),
            folder,
            slots: (0..plan.nodes).map(slot).collect(),
            network: Network::new(plan.nodes, plan.seed),
            clients: Clients::new(plan.workload, plan.nodes, plan.seed),
            history: Vec::new(),
            planned: plan.planned(),
            active: BTreeMap::new(),
            spans: Vec::new(),
            leaders: Vec::new(),
            messages: Messages::default(),
            trouble: None,
            next_msg_id: 1,
            last_reads: Vec::new(),
            requests: 0,
            answered: 0,
        }
    }

    /// Runs to the end, as long as it is wanted; `going` is asked often and hears the microseconds so far. Returns
    /// whether it came to its end.
    pub(crate) fn play(&mut self, going: &mut dyn FnMut(u64) -> bool) -> bool {
        for node in 0..self.plan.nodes {
            self.start(node);
        }
        let mut wanted = true;
        while wanted && self.phase != Phase::Over && self.trouble.is_none() {
            wanted = going(self.now_us().saturating_sub(self.load_us));
            self.turn();
        }
        if wanted && self.trouble.is_none() && self.requests > 0 && self.answered == 0 {
            let last_words =
                self.slots.iter_mut().filter_map(|slot| slot.process.as_mut()).flat_map(Process::last_words);
            let last_words = last_words.take(12).collect();
            self.trouble = Some(Trouble::Silent { requests: self.requests, last_words });
        }
        let end_us = self.run_us();
        self.spans.iter_mut().for_each(|span| span.until_us = span.until_us.min(end_us));
        // Dead before anything is judged, which may take a while.
        self.slots.iter_mut().for_each(|slot| slot.process = None);
        for client in &self.clients.all {
            if let Some((_, at)) = client.waits {
                self.history[at].abandoned(end_us);
            }
        }
        wanted || self.trouble.is_some()
    }

    /// Handles what is due, then what was heard.
    fn turn(&mut self) {
        while let Some(Reverse(Scheduled(at, ..))) = self.queue.peek() {
            if *at > self.now_us() || self.trouble.is_some() {
                break;
            }
            if let Some(Reverse(Scheduled(_, _, due))) = self.queue.pop() {
                self.happen(due);
            }
        }
        self.advance();
        let next_us = self.queue.peek().map_or(u64::MAX, |Reverse(Scheduled(at, ..))| *at);
        let wait = Duration::from_micros(next_us.saturating_sub(self.now_us()).min(20_000));
        match self.events.1.recv_timeout(wait) {
            Ok(event) => self.heard(event),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }

    fn now_us(&self) -> u64 {
        self.began.elapsed().as_micros() as u64
    }

    /// Microseconds since clients began to ask.
    fn run_us(&self) -> u64 {
        self.now_us().saturating_sub(self.load_us)
    }

    fn schedule(&mut self, in_us: u64, due: Due) {
        self.next_due += 1;
        let at = self.now_us() + in_us;
        self.queue.push(Reverse(Scheduled(at, self.next_due, due)));
    }

    fn name(node: usize) -> String {
        format!("n{}", node + 1)
    }

    // --- phases

    fn advance(&mut self) {
        match self.phase {
            Phase::Starting if self.slots.iter().all(|slot| slot.ready) => self.begin_load(),
            Phase::Load if self.run_us() >= self.plan.seconds * 1_000_000 => self.phase = Phase::Draining,
            Phase::Draining if self.clients.all.iter().all(|client| client.waits.is_none()) => {
                self.begin_last()
            }
            Phase::Last => {
                let limit_us =
                    if self.plan.workload == Workload::LinKv { LAST_READS_US } else { LAST_SETS_US };
                let idle = self.clients.all.iter().all(|client| client.waits.is_none());
                let over = self.run_us() >= self.last_us + limit_us;
                if idle && (self.last_reads.is_empty() || over) {
                    self.phase = Phase::Over;
                }
            }
            _ => {}
        }
    }

    fn begin_load(&mut self) {
        self.phase = Phase::Load;
        self.load_us = self.now_us();
        for client in 0..self.clients.all.len() {
            let pause_us = self.clients.pause_us();
            self.schedule(pause_us, Due::Acts { client });
        }
        for fault in 0..self.planned.len() {
            self.schedule(self.planned[fault].from_us, Due::Begins { fault });
        }
    }

    /// The last reads: of the registers that were used last, or of every node's set.
    fn begin_last(&mut self) {
        self.phase = Phase::Last;
        self.last_us = self.run_us();
        self.last_reads = match self.plan.workload {
            Workload::LinKv => {
                let mut keys: Vec<u64> = self.history.iter().filter_map(|op| op.key.as_u64()).collect();
                keys.sort_unstable();
                keys.dedup();
                keys.into_iter().rev().take(LAST_KEYS).map(Value::from).collect()
            }
            Workload::Broadcast | Workload::GSet => (0..self.plan.nodes).map(Value::from).collect(),
            Workload::Echo => Vec::new(),
        };
        for client in 0..self.clients.all.len() {
            self.schedule(0, Due::Acts { client });
        }
    }

    // --- processes

    fn start(&mut self, node: usize) {
        let folder = self.folder.join(Self::name(node));
        // Without its folder the program still runs; it finds out when it writes there.
        let _ = std::fs::create_dir_all(&folder);
        let slot = &mut self.slots[node];
        slot.life += 1;
        slot.ready = false;
        slot.paused = false;
        let life = slot.life;
        match Process::start(&self.plan.command, &folder, (node, life), &self.events.0) {
            Ok(process) => slot.process = Some(process),
            Err(error) => {
                let command = self.plan.command.first().map(|word| word.to_string_lossy().into_owned());
                let command = command.unwrap_or_default();
                self.trouble.get_or_insert(Trouble::CannotStart { command, why: error.to_string() });
                return;
            }
        }
        let names: Vec<String> = (0..self.plan.nodes).map(Self::name).collect();
        self.ask(node, json!({"type": "init", "node_id": Self::name(node), "node_ids": names}));
        self.schedule(INIT_S * 1_000_000, Due::InitLate { node, life });
    }

    /// Sends a node a request of the run itself, at once.
    fn ask(&mut self, node: usize, mut body: Value) {
        body["msg_id"] = self.next_msg_id.into();
        self.next_msg_id += 1;
        let line = json!({"src": "c0", "dest": Self::name(node), "body": body}).to_string() + "\n";
        self.write(node, line.into_bytes().into());
    }

    fn write(&mut self, node: usize, line: Arc<[u8]>) {
        let written = self.slots[node].process.as_ref().is_some_and(|process| process.write(line));
        if written {
            self.messages.delivered += 1;
        } else {
            self.messages.lost += 1;
        }
    }

    /// The run's own question was answered.
    fn own_answer(&mut self, node: usize, body: &Value, line: &[u8]) {
        if self.slots[node].ready || body["type"] == "topology_ok" {
            self.slots[node].ready = true;
            return;
        }
        if body["type"] == "init_ok" {
            if self.plan.workload == Workload::Broadcast {
                self.ask(node, json!({"type": "topology", "topology": grid(self.plan.nodes)}));
            }
            self.slots[node].ready = true;
            return;
        }
        let why = "init is answered with init_ok".to_owned();
        self.trouble = Some(Trouble::BadAnswer { node: Self::name(node), line: shown(line), why });
    }

    // --- what nodes print

    fn heard(&mut self, Event { node, life, heard }: Event) {
        if self.slots[node].life != life || self.slots[node].process.is_none() {
            return;
        }
        match heard {
            Heard::Line(line) => self.line(node, line),
            Heard::TooLong => {
                let (node, limit_bytes) = (Self::name(node), MAX_LINE_BYTES);
                self.trouble = Some(Trouble::LongLine { node, limit_bytes });
            }
            Heard::Closed => {
                let slot = &mut self.slots[node];
                let ended = slot.process.as_mut().and_then(|process| process.ended(Duration::from_secs(1)));
                let last_words = slot.process.as_mut().map(Process::last_words).unwrap_or_default();
                let node = Self::name(node);
                self.trouble = Some(match ended {
                    Some(status) => Trouble::Ended { node, how: how(status), last_words },
                    None => Trouble::ClosedOutput { node, last_words },
                });
            }
        }
    }

    fn line(&mut self, node: usize, line: Vec<u8>) {
        let second = self.now_us() / 1_000_000;
        let rate = &mut self.slots[node].rate;
        *rate = if rate.0 == second { (second, rate.1 + 1) } else { (second, 1) };
        if rate.1 > FLOOD {
            let (node, lines_per_s) = (Self::name(node), rate.1);
            self.trouble = Some(Trouble::Flood { node, lines_per_s });
            return;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let value: Value = match serde_json::from_slice(&line) {
            Ok(value) => value,
            Err(error) => {
                let (node, line, why) = (Self::name(node), shown(&line), error.to_string());
                self.trouble = Some(Trouble::BadJson { node, line, why });
                return;
            }
        };
        let why = match (&value["dest"], &value["body"]) {
            (Value::String(_), Value::Object(_)) => None,
            (Value::String(_), _) => Some("a message has a body, which is an object"),
            _ => Some("a message has a dest, which is the name of a node or client"),
        };
        if let Some(why) = why {
            let (node, line, why) = (Self::name(node), shown(&line), why.to_owned());
            self.trouble = Some(Trouble::BadMessage { node, line, why });
            return;
        }
        self.messages.sent += 1;
        self.route(node, &value, line);
    }

    /// Sends a node's message on its way.
    fn route(&mut self, from: usize, message: &Value, mut line: Vec<u8>) {
        let (dest, body) = (message["dest"].as_str().unwrap_or_default(), &message["body"]);
        if dest == "c0" {
            self.own_answer(from, body, &line);
            return;
        }
        if let Some(number) = dest.strip_prefix('c').and_then(|number| number.parse::<u64>().ok()) {
            let in_us = self.network.client_us();
            let name = format!("c{number}");
            self.schedule(in_us, Due::ToClient { name, node: from, body: body.clone(), line });
            return;
        }
        let to = dest.strip_prefix('n').and_then(|number| number.parse::<usize>().ok());
        let Some(to) = to.and_then(|to| to.checked_sub(1)).filter(|to| *to < self.plan.nodes) else {
            self.messages.to_nobody += 1;
            if let Some(msg_id) = body["msg_id"].as_u64() {
                let text = format!("there is no {dest} here: only n1 to n{} and clients", self.plan.nodes);
                let body = json!({"type": "error", "in_reply_to": msg_id, "code": 1, "text": text});
                let line = json!({"src": dest, "dest": Self::name(from), "body": body}).to_string() + "\n";
                self.schedule(0, Due::ToNode { node: from, line: line.into_bytes().into() });
            }
            return;
        };
        self.look_for_leader(from, body);
        line.push(b'\n');
        match self.network.pass(from, to) {
            Passage::Arrives(in_us) => self.schedule(in_us, Due::ToNode { node: to, line: line.into() }),
            Passage::Lost => self.messages.lost += 1,
            Passage::Cut => self.messages.cut += 1,
        }
    }

    /// A node that sends entries or heartbeats with a term takes itself for the leader of that term.
    fn look_for_leader(&mut self, from: usize, body: &Value) {
        let word = body["type"].as_str().unwrap_or_default().replace('-', "_").to_lowercase();
        let leads = ["append", "heartbeat"].iter().any(|begin| word.contains(begin));
        let answers = ["_ok", "_res", "_reply", "_response", "_resp"].iter().any(|end| word.ends_with(end));
        let Some(term) = body["term"].as_u64().filter(|_| leads && !answers) else { return };
        let node = Self::name(from);
        let known = self.leaders.iter().rev().find(|known| known.node == node);
        if known.is_none_or(|known| known.term != term) {
            let from_us = self.run_us();
            self.leaders.push(Leader { node, term, from_us });
        }
    }

    // --- what is due

    fn happen(&mut self, due: Due) {
        match due {
            Due::ToNode { node, line } => self.write(node, line),
            Due::ToClient { name, node, body, line } => self.answer(&name, node, &body, &line),
            Due::Acts { client } => self.act(client),
            Due::GivesUp { client, msg_id } => self.give_up(client, msg_id),
            Due::Begins { fault } => self.begin_fault(fault),
            Due::Ends { fault } => self.end_fault(fault),
            Due::InitLate { node, life } => {
                let slot = &mut self.slots[node];
                // A process that is paused cannot answer.
                if slot.life == life && !slot.ready && !slot.paused {
                    let last_words = slot.process.as_mut().map(Process::last_words).unwrap_or_default();
                    let node = Self::name(node);
                    self.trouble = Some(Trouble::NoInit { node, after_s: INIT_S, last_words });
                }
            }
        }
    }

    fn act(&mut self, client: usize) {
        if self.clients.all[client].waits.is_some() {
            return;
        }
        let now_us = self.run_us();
        let op = match self.phase {
            Phase::Load => self.clients.next(client, now_us),
            Phase::Last => match self.last_read(client) {
                Some(key) => self.clients.read(client, key, now_us),
                None => return,
            },
            _ => return,
        };
        let node = self.clients.all[client].node;
        let msg_id = self.next_msg_id;
        self.next_msg_id += 1;
        let name = format!("c{}", op.client);
        let line = json!({"src": name, "dest": op.node, "body": op.body(msg_id)}).to_string() + "\n";
        self.clients.all[client].waits = Some((msg_id, self.history.len()));
        self.history.push(op);
        self.requests += 1;
        self.messages.sent += 1;
        let in_us = self.network.client_us();
        self.schedule(in_us, Due::ToNode { node, line: line.into_bytes().into() });
        self.schedule(PATIENCE_US, Due::GivesUp { client, msg_id });
    }

    /// The register that a client reads in the end, or null for its node's set; none if there is nothing left for it.
    fn last_read(&mut self, client: usize) -> Option<Value> {
        if self.plan.workload == Workload::LinKv {
            return self.last_reads.pop();
        }
        let node = self.clients.all[client].node;
        let first = self.clients.all.iter().position(|one| one.node == node) == Some(client);
        (first && self.last_reads.contains(&Value::from(node))).then_some(Value::Null)
    }

    fn answer(&mut self, name: &str, node: usize, body: &Value, line: &[u8]) {
        let waits = |client: &super::clients::Client| {
            let waits = client.waits.filter(|_| name.strip_prefix('c') == Some(&client.number.to_string()));
            waits.filter(|(msg_id, _)| body["in_reply_to"].as_u64() == Some(*msg_id))
        };
        let found = self.clients.all.iter().enumerate().find_map(|(at, client)| Some((at, waits(client)?.1)));
        // Late, or an answer to nothing.
        let Some((client, at)) = found else { return };
        self.clients.all[client].waits = None;
        self.answered += 1;
        self.messages.delivered += 1;
        let now_us = self.run_us();
        if let Err(why) = self.history[at].answered(now_us, body, self.plan.workload) {
            self.trouble = Some(Trouble::BadAnswer { node: Self::name(node), line: shown(line), why });
            return;
        }
        let op = self.history[at].clone();
        if op.status == super::history::Status::Ok {
            self.slots[node].answers += 1;
            self.clients.learn(&op);
        }
        self.ended(client, &op);
    }

    fn give_up(&mut self, client: usize, msg_id: u64) {
        let Some((_, at)) = self.clients.all[client].waits.filter(|(waits, _)| *waits == msg_id) else {
            return;
        };
        self.clients.all[client].waits = None;
        let now_us = self.run_us();
        self.history[at].abandoned(now_us);
        self.clients.renumber(client);
        let op = self.history[at].clone();
        self.ended(client, &op);
    }

    /// An operation has ended: what its client does next.
    fn ended(&mut self, client: usize, op: &Op) {
        if self.phase != Phase::Last {
            let pause_us = self.clients.pause_us();
            self.schedule(pause_us, Due::Acts { client });
            return;
        }
        let done = op.status == super::history::Status::Ok;
        let over = self.run_us() >= self.last_us + LAST_READS_US;
        if self.plan.workload == Workload::LinKv {
            if done {
                self.schedule(0, Due::Acts { client });
            } else if !over {
                // Others ask other nodes.
                self.last_reads.insert(0, op.key.clone());
                let next = (client + 1) % self.clients.all.len();
                self.schedule(LAST_PAUSE_US, Due::Acts { client: next });
                self.schedule(LAST_PAUSE_US * 2, Due::Acts { client });
            }
            return;
        }
        if done && verdict::complete(&self.history, op) {
            let node = Value::from(self.clients.all[client].node);
            self.last_reads.retain(|left| *left != node);
        } else {
            self.schedule(LAST_PAUSE_US, Due::Acts { client });
        }
    }

    // --- faults

    /// The node that did most of the work since it was last asked for: the leader, if one shows.
    fn busiest(&mut self) -> usize {
        let most = (0..self.slots.len()).max_by_key(|node| (self.slots[*node].answers, Reverse(*node)));
        self.slots.iter_mut().for_each(|slot| slot.answers = 0);
        most.unwrap_or(0)
    }

    fn begin_fault(&mut self, fault: usize) {
        let Planned { kind, from_us, until_us, dice } = self.planned[fault];
        let count = self.plan.nodes;
        let hit = if dice % 2 == 0 { self.busiest() } else { (dice / 2) as usize % count };
        let shape = (dice >> 32) as usize;
        let mut active = Active { links: Vec::new(), node: None, span: self.spans.len() };
        let mut nodes = vec![hit];
        match kind {
            FaultKind::Partition => {
                // Alone, or with others, fewer than half.
                let with = if shape.is_multiple_of(3) { 1 } else { (count / 2).max(1) };
                nodes = (0..with).map(|place| (hit + place * (1 + shape / 3 % 2)) % count).collect();
                nodes.sort_unstable();
                nodes.dedup();
                for from in 0..count {
                    for to in (0..count).filter(|to| nodes.contains(&from) != nodes.contains(to)) {
                        active.links.push((from, to));
                    }
                }
            }
            FaultKind::OneWay => {
                let out = shape.is_multiple_of(2);
                let others = (0..count).filter(|other| *other != hit);
                active.links = others.map(|other| if out { (hit, other) } else { (other, hit) }).collect();
            }
            FaultKind::Pause | FaultKind::Kill => {
                let down = self.slots.iter().filter(|slot| slot.paused || !slot.ready).count();
                let slot = &self.slots[hit];
                if down >= (count.saturating_sub(1) / 2).max(1) || slot.paused || !slot.ready {
                    // Fewer than half are down at the same time: it waits for its turn.
                    if self.run_us() + WAITS_US < self.plan.seconds * 800_000 {
                        self.schedule(WAITS_US, Due::Begins { fault });
                    }
                    return;
                }
                self.stop(hit, kind);
                active.node = Some((hit, self.slots[hit].life));
            }
            FaultKind::Loss => {
                nodes = Vec::new();
                self.network.lose(50 + dice / 2 % 150);
            }
        }
        if active.links.is_empty() && matches!(kind, FaultKind::Partition | FaultKind::OneWay) {
            return;
        }
        self.network.cut(&active.links, true);
        let inwards = kind == FaultKind::OneWay && !shape.is_multiple_of(2);
        let nodes = nodes.into_iter().map(Self::name).collect();
        self.spans.push(FaultSpan { kind, nodes, inwards, from_us: self.run_us(), until_us: u64::MAX });
        self.active.insert(fault, active);
        // One that had to wait for its turn ends with the others all the same, before the last reads.
        let length_us = until_us.saturating_sub(from_us);
        let left_us = (self.plan.seconds * 800_000).saturating_sub(self.run_us());
        self.schedule(length_us.min(left_us), Due::Ends { fault });
    }

    fn stop(&mut self, node: usize, kind: FaultKind) {
        let slot = &mut self.slots[node];
        if kind == FaultKind::Pause {
            slot.paused = true;
            slot.process.iter().for_each(|process| process.pause(true));
        } else {
            slot.ready = false;
            slot.process = None;
        }
    }

    fn end_fault(&mut self, fault: usize) {
        let Some(active) = self.active.remove(&fault) else { return };
        self.network.cut(&active.links, false);
        self.spans[active.span].until_us = self.run_us();
        match (self.planned[fault].kind, active.node) {
            (FaultKind::Loss, _) => self.network.lose(0),
            (FaultKind::Pause, Some((node, life))) if self.slots[node].life == life => {
                let slot = &mut self.slots[node];
                slot.paused = false;
                slot.process.iter().for_each(|process| process.pause(false));
            }
            (FaultKind::Kill, Some((node, _))) => self.start(node),
            _ => {}
        }
    }
}

/// The neighbours of each node in a grid, as Maelstrom's `broadcast` tells them.
fn grid(nodes: usize) -> Value {
    let wide = (1..).find(|wide| wide * wide >= nodes).unwrap_or(1);
    let mut topology = serde_json::Map::new();
    for node in 0..nodes {
        let (row, column) = (node / wide, node % wide);
        let near = |other: &usize| {
            let (r, c) = (other / wide, other % wide);
            r.abs_diff(row) + c.abs_diff(column) == 1
        };
        let neighbours: Vec<String> = (0..nodes).filter(near).map(Run::name).collect();
        topology.insert(Run::name(node), json!(neighbours));
    }
    topology.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_has_neighbours_on_all_sides() {
        let grid = grid(5);
        assert_eq!(grid["n1"], json!(["n2", "n4"]));
        assert_eq!(grid["n5"], json!(["n2", "n4"]));
        assert_eq!(grid["n3"], json!(["n2"]));
        assert_eq!(super::grid(1), json!({"n1": []}));
    }
}
