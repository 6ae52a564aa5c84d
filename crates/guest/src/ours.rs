//! The lab's own core as a guest, in this process.
//!
//! It answers the same lines as a program, so that a schedule that breaks somebody's core can be replayed on ours in
//! the same world, and so that the world itself is tested: whatever it finds in our core would be found by the lab's
//! own swarm as well. Guarantees: the same as [`quorum_raft`]. Leaves out: messages that other cores understand; a
//! group consists of one kind of core.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::program::{Cores, Fault};
use super::protocol::{Answer, EntryLine, HardLine, Role, SnapLine};
use quorum_raft as raft;
use quorum_raft::{
    Body, Conf, Config, Entry, HardState, Log, Message, Raft, ReadMode, Restored, Rules, Snapshot,
};
use quorum_types::{NodeId, Rng};

/// Our cores, one for each node.
#[derive(Debug, Default)]
pub struct Ours {
    nodes: BTreeMap<NodeId, Node>,
    /// The rules that are on.
    rules: Rules,
}

#[derive(Debug)]
struct Node {
    raft: Raft,
    /// Reads by their numbers.
    reads: BTreeMap<u64, String>,
}

impl Ours {
    /// Our cores with these rules.
    pub fn new(rules: Rules) -> Self {
        Self { nodes: BTreeMap::new(), rules }
    }

    fn answer(&mut self, id: NodeId, asked: &Value) -> Option<Answer> {
        let number = |name: &str| asked[name].as_u64();
        let text = |name: &str| asked[name].as_str();
        match text("op")? {
            "hello" => {
                let caps = vec!["read".to_owned(), "snapshot".to_owned()];
                return Some(Answer { ok: true, caps, ..Answer::default() });
            }
            "init" | "restart" => {
                let voters: Vec<NodeId> = serde_json::from_value(asked["voters"].clone()).ok()?;
                self.nodes.insert(id, self.start(id, asked, voters)?);
            }
            op => {
                let node = self.nodes.get_mut(&id)?;
                match op {
                    "tick" => node.raft.tick(number("n")?),
                    "deliver" => {
                        let message: Message =
                            serde_json::from_value(asked["msg"]["message"].clone()).ok()?;
                        node.raft.step(message);
                    }
                    "propose" => match node.raft.propose(text("data")?.as_bytes().into()) {
                        Ok(index) => return Some(Answer { index, ..node.ready() }),
                        Err(_) => return Some(node.refused()),
                    },
                    "read" => {
                        let context = node.reads.last_key_value().map_or(1, |(last, _)| last + 1);
                        node.reads.insert(context, text("ctx")?.to_owned());
                        if node.raft.read(context, ReadMode::Index).is_err() {
                            node.reads.remove(&context);
                            return Some(node.refused());
                        }
                    }
                    "persisted" => node.raft.persisted(number("index")?, number("term")?),
                    "compact" => {
                        node.raft.compact(number("to")?, text("data")?.as_bytes().into());
                    }
                    "campaign" => {
                        node.raft.campaign();
                    }
                    "crash" => {
                        self.nodes.remove(&id);
                        return Some(Answer { ok: true, ..Answer::default() });
                    }
                    _ => return None,
                }
            }
        }
        Some(self.nodes.get_mut(&id)?.ready())
    }

    fn start(&self, id: NodeId, asked: &Value, voters: Vec<NodeId>) -> Option<Node> {
        let snap: SnapLine = serde_json::from_value(asked["snap"].clone()).unwrap_or_default();
        let entries: Vec<EntryLine> = serde_json::from_value(asked["log"].clone()).unwrap_or_default();
        let conf = Conf::new(voters, []);
        let data = snap.data.as_bytes().into();
        let mut log =
            Log::after_snapshot(Arc::new(Snapshot { index: snap.index, term: snap.term, conf, data }));
        for (_, term, data) in entries {
            log.push(Arc::new(Entry::normal(term, data.as_bytes())));
        }
        let vote =
            asked["vote"].as_u64().and_then(|vote| NodeId::try_from(vote).ok()).filter(|vote| *vote != 0);
        let hard = HardState { term: asked["term"].as_u64().unwrap_or(0), vote, commit: snap.index };
        let config = Config {
            id,
            election_ticks: asked["election"].as_u64()?,
            heartbeat_ticks: asked["heartbeat"].as_u64()?,
            max_entries: 64,
            max_inflight: 64,
            max_uncommitted_bytes: 0,
            max_data_bytes: 0,
            pre_vote: false,
            check_quorum: false,
            waits_for_leases: false,
            rules: self.rules,
        };
        let rng = Rng::new(asked["seed"].as_u64()?, u64::from(id));
        let raft = Raft::new(config, rng, Restored { hard, log, impaired: None });
        Some(Node { raft, reads: BTreeMap::new() })
    }
}

impl Node {
    fn state(&self) -> Answer {
        let role = match self.raft.role() {
            raft::Role::Follower => Role::Follower,
            raft::Role::PreCandidate { .. } => Role::Precandidate,
            raft::Role::Candidate { .. } => Role::Candidate,
            raft::Role::Leader(_) => Role::Leader,
        };
        let (term, commit) = (self.raft.term(), self.raft.commit());
        Answer { ok: true, role, term, commit, leader: self.raft.leader().unwrap_or(0), ..Answer::default() }
    }

    fn refused(&self) -> Answer {
        Answer { ok: false, code: "not_leader".to_owned(), ..self.state() }
    }

    /// What Raft wants, as an answer. Messages to itself are delivered at once.
    fn ready(&mut self) -> Answer {
        let ready = self.raft.take_ready();
        let mut answer = self.state();
        answer.hard = ready.hard_state.map(|hard| HardLine { term: hard.term, vote: hard.vote.unwrap_or(0) });
        answer.snapshot = ready.snapshot.map(|snapshot| SnapLine {
            index: snapshot.index,
            term: snapshot.term,
            data: String::from_utf8_lossy(&snapshot.data).into_owned(),
        });
        answer.append = ready.append.map(|(prev, entries)| {
            let line = |(index, entry): (u64, Arc<Entry>)| {
                (index, entry.term, String::from_utf8_lossy(&entry.data).into_owned())
            };
            (prev, (prev + 1..).zip(entries).map(line).collect())
        });
        answer.send = ready.messages.iter().map(line).collect();
        answer.after = ready.after_persist.iter().map(line).collect();
        for state in ready.reads {
            answer.reads.extend(self.reads.remove(&state.context).map(|ctx| (ctx, state.index)));
        }
        answer
    }
}

/// A message as the network knows it, with all of it inside.
fn line(message: &Message) -> Value {
    let (kind, granted) = match message.body {
        Body::Vote { pre: false, .. } => ("vote", false),
        Body::VoteResp { pre: false, granted, .. } => ("vote_resp", granted),
        Body::HeartbeatResp { .. } => ("heartbeat_resp", false),
        Body::ReadIndex { .. } => ("read_index", false),
        _ => ("other", false),
    };
    let Message { from, to, term, .. } = message;
    json!({"kind": kind, "from": from, "to": to, "term": term, "granted": granted, "message": message})
}

impl Cores for Ours {
    fn ask(&mut self, node: NodeId, line: &str) -> Result<Vec<u8>, Fault> {
        let asked: Value = serde_json::from_str(line).map_err(|error| Fault(error.to_string()))?;
        let answer = self.answer(node, &asked).ok_or_else(|| Fault(format!("our core knows no {line}")))?;
        serde_json::to_vec(&answer).map_err(|error| Fault(error.to_string()))
    }

    fn reset(&mut self) {
        self.nodes.clear();
    }
}
