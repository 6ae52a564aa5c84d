//! The lab's own Raft as a Maelstrom node: `lin-kv`, and without Raft `echo`, `broadcast` and `g-set`.
//!
//! Any node takes a request: writes go to the leader as a proposal, reads ask it for an index (thesis 6.4), and the
//! node that was asked answers when it has applied that far. With a folder of its own (`QUORUM_JUDGE_DIR`) it keeps
//! term, vote and log there, synced before anything that depends on them leaves, and survives being killed. With a
//! mistake it shows what the judge finds. Guarantees: no input panics; lines that cannot be read are passed over.
//! Leaves out: snapshots, since runs are short.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use quorum_raft::{
    Conf, Config, Entry, EntryKind, HardState, Log, Message, Raft, ReadMode, Restored, Rules, Snapshot,
};
use quorum_types::{NodeId, Rng};

/// The length of a tick.
const TICK: Duration = Duration::from_millis(10);
/// A follower waits for 0.4 to 0.8 s.
const ELECTION_TICKS: u64 = 40;
const HEARTBEAT_TICKS: u64 = 6;
/// How often a set is sent to the others.
const GOSSIP_TICKS: u64 = 10;

/// A mistake that the node can be asked to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Answers reads from its own state, without asking whether it is up to date.
    StaleRead,
    /// Answers writes when they are proposed and not when they are committed.
    EarlyAnswer,
    /// Does not pass elements of a set on.
    NoGossip,
}

impl Mistake {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::StaleRead, Self::EarlyAnswer, Self::NoGossip];

    /// Its word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::StaleRead => "stale-read",
            Self::EarlyAnswer => "early-answer",
            Self::NoGossip => "no-gossip",
        }
    }

    /// The mistake with this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mistake| mistake.word() == word)
    }
}

/// A line of the file that survives a kill.
#[derive(Serialize, Deserialize)]
enum Kept {
    Hard(HardState),
    Append(u64, Vec<Arc<Entry>>),
}

/// A request that became an entry: who asked whom for what.
#[derive(Serialize, Deserialize)]
struct Request {
    origin: NodeId,
    client: String,
    body: Value,
}

/// Serves until the input ends or the output is closed.
pub fn serve(
    input: impl BufRead + Send + 'static,
    output: impl Write,
    folder: Option<PathBuf>,
    mistake: Option<Mistake>,
) -> std::io::Result<()> {
    let (lines, heard) = sync_channel::<Option<String>>(1_024);
    std::thread::spawn(move || {
        for line in input.lines() {
            let Ok(line) = line else { break };
            if lines.send(Some(line)).is_err() {
                return;
            }
        }
        let _ = lines.send(None);
    });
    let mut node = Node::new(output, folder, mistake);
    let mut ticked = Instant::now();
    loop {
        match heard.recv_timeout(TICK.saturating_sub(ticked.elapsed())) {
            Ok(Some(line)) => node.hear(&line)?,
            Ok(None) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        // What was heard in the meantime is one batch, with one sync.
        while let Ok(line) = heard.try_recv() {
            let Some(line) = line else { return Ok(()) };
            node.hear(&line)?;
        }
        let ticks = (ticked.elapsed().as_millis() / TICK.as_millis()) as u64;
        if ticks > 0 {
            ticked = Instant::now();
            node.tick(ticks)?;
        }
        node.work()?;
    }
}

struct Node<W: Write> {
    output: W,
    folder: Option<PathBuf>,
    mistake: Option<Mistake>,
    id: NodeId,
    names: Vec<String>,
    raft: Option<Raft>,
    file: Option<File>,
    registers: BTreeMap<String, Value>,
    /// Reads by their number: who asked, and the index that they wait for.
    reads: BTreeMap<u64, (String, Value, Option<u64>)>,
    next_read: u64,
    set: BTreeSet<u64>,
    gossip: u64,
}

impl<W: Write> Node<W> {
    fn new(output: W, folder: Option<PathBuf>, mistake: Option<Mistake>) -> Self {
        Self {
            output,
            folder,
            mistake,
            id: 0,
            names: Vec::new(),
            raft: None,
            file: None,
            registers: BTreeMap::new(),
            reads: BTreeMap::new(),
            next_read: 0,
            set: BTreeSet::new(),
            gossip: 0,
        }
    }

    fn send(&mut self, to: &str, body: &Value) -> std::io::Result<()> {
        let from = self.name(self.id);
        writeln!(self.output, "{}", json!({"src": from, "dest": to, "body": body}))
    }

    fn reply(&mut self, to: &str, asked: &Value, mut body: Value) -> std::io::Result<()> {
        body["in_reply_to"] = asked["msg_id"].clone();
        self.send(to, &body)
    }

    fn refuse(&mut self, to: &str, asked: &Value, code: u64, text: &str) -> std::io::Result<()> {
        self.reply(to, asked, json!({"type": "error", "code": code, "text": text}))
    }

    fn name(&self, id: NodeId) -> String {
        self.names.get((id as usize).wrapping_sub(1)).cloned().unwrap_or_default()
    }

    fn hear(&mut self, line: &str) -> std::io::Result<()> {
        let Ok(message) = serde_json::from_str::<Value>(line) else { return Ok(()) };
        let (from, body) = (message["src"].as_str().unwrap_or_default(), &message["body"]);
        match body["type"].as_str().unwrap_or_default() {
            "init" => self.init(from, body)?,
            "echo" => self.reply(from, body, json!({"type": "echo_ok", "echo": body["echo"]}))?,
            "topology" => self.reply(from, body, json!({"type": "topology_ok"}))?,
            "broadcast" => {
                self.set.extend(body["message"].as_u64());
                self.reply(from, body, json!({"type": "broadcast_ok"}))?;
            }
            "add" => {
                self.set.extend(body["element"].as_u64());
                self.reply(from, body, json!({"type": "add_ok"}))?;
            }
            "gossip" => {
                let more = body["set"].as_array().into_iter().flatten().filter_map(Value::as_u64);
                self.set.extend(more);
            }
            "read" if body.get("key").is_none() => {
                let all: Vec<u64> = self.set.iter().copied().collect();
                self.reply(from, body, json!({"type": "read_ok", "value": all, "messages": all}))?;
            }
            "read" => self.read(from, body)?,
            "write" | "cas" => {
                let request = Request { origin: self.id, client: from.to_owned(), body: body.clone() };
                self.propose(request)?;
            }
            "propose" => {
                if let (Ok(request), Some(raft)) =
                    (serde_json::from_value::<Request>(body["request"].clone()), &mut self.raft)
                {
                    let data = serde_json::to_vec(&request).unwrap_or_default();
                    // A refusal leaves the client without an answer, which is the truth.
                    let _ = raft.propose(data.into());
                }
            }
            "raft" | "append_entries" => {
                if let (Ok(message), Some(raft)) =
                    (serde_json::from_value::<Message>(body["message"].clone()), &mut self.raft)
                {
                    raft.step(message);
                }
            }
            _ => self.refuse(from, body, 10, "there is no such request")?,
        }
        Ok(())
    }

    fn init(&mut self, from: &str, body: &Value) -> std::io::Result<()> {
        let names = body["node_ids"].as_array().into_iter().flatten().filter_map(Value::as_str);
        self.names = names.map(str::to_owned).collect();
        let place = self.names.iter().position(|name| Some(name.as_str()) == body["node_id"].as_str());
        self.id = place.map_or(0, |place| place as NodeId + 1);
        let begin = Snapshot { conf: Conf::new(1..=self.names.len() as NodeId, []), ..Snapshot::default() };
        let mut restored = Restored { log: Log::after_snapshot(Arc::new(begin)), ..Restored::default() };
        if let Some(path) = self.folder.as_ref().map(|folder| folder.join("raft.jsonl")) {
            self.file = Some(open(&path, &mut restored)?);
        }
        let config = Config {
            id: self.id,
            election_ticks: ELECTION_TICKS,
            heartbeat_ticks: HEARTBEAT_TICKS,
            max_entries: 64,
            max_inflight: 16,
            max_uncommitted_bytes: 0,
            max_data_bytes: 0,
            pre_vote: true,
            check_quorum: true,
            waits_for_leases: false,
            rules: Rules::default(),
        };
        // No two nodes and no two lives draw the same timeouts.
        let life = restored.log.last().0 + (restored.hard.term << 20);
        let seed = Rng::new(life, u64::from(self.id) + 1);
        self.raft = Some(Raft::new(config, seed, restored));
        self.reply(from, body, json!({"type": "init_ok"}))
    }

    fn read(&mut self, from: &str, body: &Value) -> std::io::Result<()> {
        if self.mistake == Some(Mistake::StaleRead) {
            return self.answer_read(from, body);
        }
        self.next_read += 1;
        let (number, accepted) = (self.next_read, self.raft.as_mut());
        if accepted.is_none_or(|raft| raft.read(number, ReadMode::Index).is_err()) {
            return self.refuse(from, body, 11, "no leader is known");
        }
        self.reads.insert(number, (from.to_owned(), body.clone(), None));
        Ok(())
    }

    fn answer_read(&mut self, from: &str, body: &Value) -> std::io::Result<()> {
        match self.registers.get(&body["key"].to_string()).cloned() {
            Some(value) => self.reply(from, body, json!({"type": "read_ok", "value": value})),
            None => self.refuse(from, body, 20, "this key was never written"),
        }
    }

    fn propose(&mut self, request: Request) -> std::io::Result<()> {
        let early = (self.mistake == Some(Mistake::EarlyAnswer))
            .then(|| (request.client.clone(), request.body.clone()));
        let Some(raft) = &mut self.raft else { return Ok(()) };
        let Some(leader) = raft.leader() else {
            let Request { client, body, .. } = request;
            return self.refuse(&client, &body, 11, "no leader is known");
        };
        if leader == self.id {
            let data = serde_json::to_vec(&request).unwrap_or_default();
            if raft.propose(data.into()).is_err() {
                let Request { client, body, .. } = request;
                return self.refuse(&client, &body, 11, "the leader takes no proposals now");
            }
        } else {
            let to = self.name(leader);
            self.send(&to, &json!({"type": "propose", "request": request}))?;
        }
        match early {
            Some((client, body)) if body["type"] == "write" => {
                self.reply(&client, &body, json!({"type": "write_ok"}))
            }
            _ => Ok(()),
        }
    }

    fn tick(&mut self, ticks: u64) -> std::io::Result<()> {
        if let Some(raft) = &mut self.raft {
            raft.tick(ticks);
        }
        self.gossip += ticks;
        if self.gossip >= GOSSIP_TICKS && !self.set.is_empty() && self.mistake != Some(Mistake::NoGossip) {
            self.gossip = 0;
            let body = json!({"type": "gossip", "set": self.set});
            for other in self.names.clone() {
                if other != self.name(self.id) {
                    self.send(&other, &body)?;
                }
            }
        }
        Ok(())
    }

    /// Carries out what Raft asks for, in its order, until it asks for nothing more.
    fn work(&mut self) -> std::io::Result<()> {
        while let Some(raft) = &mut self.raft {
            let ready = raft.take_ready();
            let mut kept = Vec::new();
            kept.extend(ready.hard_state.map(Kept::Hard));
            kept.extend(ready.append.map(|(prev, entries)| Kept::Append(prev, entries)));
            let wrote = !kept.is_empty();
            if let (Some(file), true) = (&mut self.file, wrote) {
                let lines: Vec<String> = kept
                    .iter()
                    .filter_map(|kept| serde_json::to_string(kept).ok())
                    .map(|line| line + "\n")
                    .collect();
                file.write_all(lines.concat().as_bytes())?;
                file.sync_data()?;
            }
            let (index, term) = raft.log().last();
            raft.persisted(index, term);
            let messages: Vec<Message> = ready.messages.into_iter().chain(ready.after_persist).collect();
            let idle = !wrote && messages.is_empty() && ready.committed.is_empty() && ready.reads.is_empty();
            for message in messages {
                self.pass(&message)?;
            }
            for (_, entry) in ready.committed {
                self.apply(&entry)?;
            }
            for state in ready.reads {
                if let Some((.., index)) = self.reads.get_mut(&state.context) {
                    *index = Some(state.index);
                }
            }
            self.answer_reads()?;
            if idle {
                break;
            }
        }
        self.output.flush()
    }

    fn pass(&mut self, message: &Message) -> std::io::Result<()> {
        if message.to == self.id {
            self.raft.iter_mut().for_each(|raft| raft.step(message.clone()));
            return Ok(());
        }
        use quorum_raft::Body;
        let leads = matches!(message.body, Body::Append { .. } | Body::Heartbeat { .. });
        // The judge and Maelstrom show messages by their type, and leaders by theirs.
        let word = if leads { "append_entries" } else { "raft" };
        let to = self.name(message.to);
        self.send(&to, &json!({"type": word, "term": message.term, "message": message}))
    }

    fn apply(&mut self, entry: &Entry) -> std::io::Result<()> {
        if entry.kind != EntryKind::Normal {
            return Ok(());
        }
        let Ok(Request { origin, client, body }) = serde_json::from_slice(&entry.data) else { return Ok(()) };
        let (key, early) = (body["key"].to_string(), self.mistake == Some(Mistake::EarlyAnswer));
        let answer = match (body["type"].as_str(), self.registers.get(&key)) {
            (Some("write"), _) => {
                self.registers.insert(key, body["value"].clone());
                if early {
                    return Ok(());
                }
                json!({"type": "write_ok"})
            }
            (_, None) => json!({"type": "error", "code": 20, "text": "this key was never written"}),
            (_, Some(held)) if *held != body["from"] => {
                json!({"type": "error", "code": 22, "text": format!("the value is {held}")})
            }
            _ => {
                self.registers.insert(key, body["to"].clone());
                json!({"type": "cas_ok"})
            }
        };
        if origin == self.id { self.reply(&client, &body, answer) } else { Ok(()) }
    }

    fn answer_reads(&mut self) -> std::io::Result<()> {
        let applied = self.raft.as_ref().map_or(0, Raft::applied);
        let due = |index: &Option<u64>| index.is_some_and(|index| index <= applied);
        let ready: Vec<u64> =
            self.reads.iter().filter(|(_, (.., index))| due(index)).map(|(number, _)| *number).collect();
        for number in ready {
            if let Some((from, body, _)) = self.reads.remove(&number) {
                self.answer_read(&from, &body)?;
            }
        }
        Ok(())
    }
}

/// Opens the file and restores what it holds. A line that was cut short by a kill is the last, and was never relied on.
fn open(path: &Path, restored: &mut Restored) -> std::io::Result<File> {
    let text = std::fs::read(path).unwrap_or_default();
    let mut whole = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let Ok(kept) = serde_json::from_slice::<Kept>(line) else { break };
        if line.last() != Some(&b'\n') {
            break;
        }
        whole += line.len();
        match kept {
            Kept::Hard(hard) => restored.hard = hard,
            Kept::Append(prev, entries) => {
                restored.log.truncate(prev);
                entries.into_iter().for_each(|entry| restored.log.push(entry));
            }
        }
    }
    let file = File::options().create(true).append(true).open(path)?;
    file.set_len(whole as u64)?;
    Ok(file)
}
