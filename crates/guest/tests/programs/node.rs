//! A small Raft as a guest, with a mistake to choose: what `swarm --node` has to find.
//!
//! `guest-test-node [MISTAKE]`, one of `double-vote`, `old-term`, `forgotten-vote`, `early-ack`, `stale-read`,
//! `lost-snapshot`; or a word for a program that breaks: `exit`, `hang`, `nonsense`, `moody` (not deterministic),
//! `leaves:FILE` (starts a process outside its group, and goes on when its input has ended).

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Write};

use serde_json::{Value, json};

#[derive(Default)]
struct Raft {
    mistake: String,
    id: u64,
    voters: Vec<u64>,
    election: u64,
    heartbeat: u64,
    random: u64,
    term: u64,
    vote: u64,
    /// The snapshot: index, term, data; and the entries after it: term, data.
    snap: (u64, u64, String),
    log: Vec<(u64, String)>,
    commit: u64,
    durable: u64,
    role: &'static str,
    leader: u64,
    elapsed: u64,
    timeout: u64,
    votes: BTreeSet<u64>,
    next: BTreeMap<u64, u64>,
    matched: BTreeMap<u64, u64>,
    round: u64,
    /// Reads: context, index, round, who answered it.
    reads: Vec<(String, u64, u64, BTreeSet<u64>)>,
    out: Out,
}

/// What the next answer contains.
#[derive(Default)]
struct Out {
    hard: bool,
    snapshot: bool,
    append_after: Option<u64>,
    send: Vec<Value>,
    after: Vec<Value>,
    reads: Vec<Value>,
}

impl Raft {
    fn last(&self) -> u64 {
        self.snap.0 + self.log.len() as u64
    }

    fn term_at(&self, index: u64) -> Option<u64> {
        if index == self.snap.0 {
            return Some(self.snap.1);
        }
        self.log.get(index.checked_sub(self.snap.0 + 1)? as usize).map(|entry| entry.0)
    }

    fn majority(&self) -> usize {
        self.voters.len() / 2 + 1
    }

    fn others(&self) -> Vec<u64> {
        self.voters.iter().copied().filter(|id| *id != self.id).collect()
    }

    fn restart_timer(&mut self) {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.timeout = self.election + (self.random >> 33) % self.election;
        self.elapsed = 0;
    }

    fn follow(&mut self, term: u64, leader: u64) {
        if term > self.term {
            (self.term, self.vote, self.out.hard) = (term, 0, true);
        }
        (self.role, self.leader) = ("follower", leader);
        self.reads.clear();
    }

    fn message(&self, to: u64, kind: &str, more: Value) -> Value {
        let mut message = json!({"kind": kind, "from": self.id, "to": to, "term": self.term});
        for (name, value) in more.as_object().into_iter().flatten() {
            message[name] = value.clone();
        }
        message
    }

    fn campaign(&mut self) {
        (self.term, self.vote, self.role, self.leader) = (self.term + 1, self.id, "candidate", 0);
        self.out.hard = true;
        self.restart_timer();
        self.votes = BTreeSet::from([self.id]);
        let last = json!({"last": [self.last(), self.term_at(self.last())]});
        for to in self.others() {
            let message = self.message(to, "vote", last.clone());
            self.out.after.push(message);
        }
        self.count_votes();
    }

    fn count_votes(&mut self) {
        if self.role != "candidate" || self.votes.len() < self.majority() {
            return;
        }
        (self.role, self.leader) = ("leader", self.id);
        self.reads.clear();
        let next = self.last() + 1;
        self.next = self.others().into_iter().map(|id| (id, next)).collect();
        self.matched = self.others().into_iter().map(|id| (id, 0)).collect();
        self.append_own(String::new());
    }

    fn append_own(&mut self, data: String) -> u64 {
        let last = self.last();
        self.log.push((self.term, data));
        self.out.append_after.get_or_insert(last);
        if self.mistake == "early-ack" {
            self.durable = self.last();
        }
        self.replicate();
        self.advance();
        self.last()
    }

    fn replicate(&mut self) {
        self.elapsed = 0;
        for to in self.others() {
            self.send_append(to);
        }
    }

    fn send_append(&mut self, to: u64) {
        let next = self.next[&to];
        if next <= self.snap.0 {
            let (index, term, data) = &self.snap;
            let snap = json!({"snap": {"index": index, "term": term, "data": data}});
            let message = self.message(to, "snapshot", snap);
            self.out.send.push(message);
            return;
        }
        let prev = next - 1;
        let entries: Vec<Value> = (next..=self.last())
            .take(64)
            .map(|index| {
                let (term, data) = &self.log[(index - self.snap.0 - 1) as usize];
                json!([index, term, data])
            })
            .collect();
        let body = json!({
            "prev": [prev, self.term_at(prev)], "entries": entries, "commit": self.commit, "round": self.round
        });
        let message = self.message(to, "append", body);
        self.out.send.push(message);
    }

    fn advance(&mut self) {
        if self.role != "leader" {
            return;
        }
        let mut held: Vec<u64> = self.matched.values().copied().chain([self.durable]).collect();
        held.sort_unstable();
        let index = held[held.len() - self.majority()];
        let own = self.term_at(index) == Some(self.term) || self.mistake == "old-term";
        if index > self.commit && own {
            self.commit = index;
            self.replicate();
        }
    }

    fn deliver(&mut self, m: &Value) {
        let number = |name: &str| m[name].as_u64().unwrap_or(0);
        let (from, term, kind) = (number("from"), number("term"), m["kind"].as_str().unwrap_or(""));
        if term > self.term {
            let leader = if matches!(kind, "append" | "snapshot") { from } else { 0 };
            self.follow(term, leader);
        }
        match kind {
            "vote" => {
                let (last, last_term) =
                    (m["last"][0].as_u64().unwrap_or(0), m["last"][1].as_u64().unwrap_or(0));
                let own = (self.term_at(self.last()).unwrap_or(0), self.last());
                let free = self.vote == 0 || self.vote == from || self.mistake == "double-vote";
                let granted =
                    term == self.term && free && self.role == "follower" && (last_term, last) >= own;
                if granted {
                    self.restart_timer();
                    if self.vote != from {
                        self.vote = from;
                        self.out.hard = self.mistake != "forgotten-vote" || self.out.hard;
                    }
                    if self.mistake == "forgotten-vote" && self.out.hard {
                        // The term is written, the vote is not.
                        self.out.hard = true;
                    }
                }
                let message = self.message(from, "vote_resp", json!({"granted": granted}));
                self.out.after.push(message);
            }
            "vote_resp" if term == self.term && m["granted"] == true => {
                self.votes.insert(from);
                self.count_votes();
            }
            "append" | "snapshot" if term < self.term => {
                let message =
                    self.message(from, "append_resp", json!({"reject": true, "match": 0, "last": 0}));
                self.out.send.push(message);
            }
            "append" => {
                self.follow(term, from);
                self.restart_timer();
                self.take_append(from, m);
            }
            "snapshot" => {
                self.follow(term, from);
                self.restart_timer();
                let snap = &m["snap"];
                let index = snap["index"].as_u64().unwrap_or(0);
                if index > self.commit {
                    let data = snap["data"].as_str().unwrap_or("").to_owned();
                    self.snap = (index, snap["term"].as_u64().unwrap_or(0), data);
                    self.log.clear();
                    self.commit = index;
                    self.out.append_after = None;
                    self.out.snapshot = self.mistake != "lost-snapshot";
                }
                let body = json!({"reject": false, "match": self.commit, "round": 0});
                let message = self.message(from, "append_resp", body);
                self.out.after.push(message);
            }
            "append_resp" if self.role == "leader" && term == self.term => self.take_answer(from, m),
            _ => {}
        }
    }

    fn take_append(&mut self, from: u64, m: &Value) {
        let (prev, prev_term) = (m["prev"][0].as_u64().unwrap_or(0), m["prev"][1].as_u64().unwrap_or(0));
        if prev > self.snap.0 && self.term_at(prev) != Some(prev_term) {
            let last = self.last().min(prev - 1);
            let body = json!({"reject": true, "match": prev, "last": last, "round": m["round"]});
            let message = self.message(from, "append_resp", body);
            self.out.after.push(message);
            return;
        }
        let mut index = prev;
        for entry in m["entries"].as_array().into_iter().flatten() {
            index = entry[0].as_u64().unwrap_or(0);
            let term = entry[1].as_u64().unwrap_or(0);
            if index <= self.snap.0 || self.term_at(index) == Some(term) {
                continue;
            }
            if index <= self.last() {
                self.log.truncate((index - self.snap.0 - 1) as usize);
                self.durable = self.durable.min(index - 1);
            }
            let after = self.out.append_after.get_or_insert(index - 1);
            *after = (*after).min(index - 1);
            self.log.push((term, entry[2].as_str().unwrap_or("").to_owned()));
        }
        let commit = m["commit"].as_u64().unwrap_or(0).min(index);
        self.commit = self.commit.max(commit);
        let body = json!({"reject": false, "match": index, "round": m["round"]});
        let message = self.message(from, "append_resp", body);
        if self.mistake == "early-ack" { self.out.send.push(message) } else { self.out.after.push(message) }
    }

    fn take_answer(&mut self, from: u64, m: &Value) {
        let number = |name: &str| m[name].as_u64().unwrap_or(0);
        if m["reject"] == true {
            let next = self.next[&from].min(number("last") + 1);
            self.next.insert(from, next.max(self.matched[&from] + 1).max(1));
            self.send_append(from);
        } else {
            let index = self.matched[&from].max(number("match"));
            self.matched.insert(from, index);
            self.next.insert(from, self.next[&from].max(index + 1));
            self.advance();
        }
        let (round, majority) = (number("round"), self.majority());
        for (_, _, of, answered) in &mut self.reads {
            if round >= *of {
                answered.insert(from);
            }
        }
        let ready = |read: &(String, u64, u64, BTreeSet<u64>)| read.3.len() + 1 >= majority;
        let served: Vec<Value> =
            self.reads.iter().filter(|read| ready(read)).map(|read| json!([read.0, read.1])).collect();
        self.reads.retain(|read| !ready(read));
        self.out.reads.extend(served);
    }

    fn tick(&mut self, n: u64) {
        self.elapsed += n;
        if self.role == "leader" {
            if self.elapsed >= self.heartbeat {
                self.replicate();
            }
        } else if self.elapsed >= self.timeout {
            self.campaign();
        }
    }

    fn read(&mut self, ctx: &str) -> bool {
        if self.role != "leader" {
            return false;
        }
        if self.mistake == "stale-read" {
            self.out.reads.push(json!([ctx, self.commit]));
            return true;
        }
        // Before it has committed an entry of its own, it does not know what is committed.
        if self.term_at(self.commit) != Some(self.term) {
            return false;
        }
        self.round += 1;
        self.reads.push((ctx.to_owned(), self.commit, self.round, BTreeSet::new()));
        if self.voters.len() == 1 {
            self.out.reads.push(json!([ctx, self.commit]));
            self.reads.clear();
        }
        self.replicate();
        true
    }

    fn start(&mut self, asked: &Value) {
        let number = |name: &str| asked[name].as_u64().unwrap_or(0);
        let numbers =
            |value: &Value| value.as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
        let snap = &asked["snap"];
        let entry = |line: &Value| (line[1].as_u64().unwrap_or(0), line[2].as_str().unwrap_or("").to_owned());
        *self = Self {
            mistake: std::mem::take(&mut self.mistake),
            id: number("node"),
            voters: numbers(&asked["voters"]),
            election: number("election"),
            heartbeat: number("heartbeat"),
            random: number("seed"),
            term: number("term"),
            vote: number("vote"),
            snap: (
                snap["index"].as_u64().unwrap_or(0),
                snap["term"].as_u64().unwrap_or(0),
                snap["data"].as_str().unwrap_or("").to_owned(),
            ),
            log: asked["log"].as_array().into_iter().flatten().map(entry).collect(),
            role: "follower",
            ..Self::default()
        };
        (self.commit, self.durable) = (self.snap.0, self.last());
        self.restart_timer();
    }

    fn compact(&mut self, to: u64, data: &str) {
        let term = self.term_at(to).unwrap_or(0);
        self.log.drain(..(to - self.snap.0) as usize);
        self.snap = (to, term, data.to_owned());
    }

    /// Carries out a command; the code of a refusal, or the index of a proposal.
    fn act(&mut self, asked: &Value) -> Result<u64, &'static str> {
        let number = |name: &str| asked[name].as_u64().unwrap_or(0);
        let text = |name: &str| asked[name].as_str().unwrap_or("");
        match text("op") {
            "init" | "restart" => self.start(asked),
            "tick" => self.tick(number("n")),
            "deliver" => self.deliver(&asked["msg"]),
            "propose" if self.role == "leader" => return Ok(self.append_own(text("data").to_owned())),
            "propose" => return Err("not_leader"),
            "read" => return if self.read(text("ctx")) { Ok(0) } else { Err("not_leader") },
            "persisted" if self.term_at(number("index")) == Some(number("term")) => {
                self.durable = self.durable.max(number("index"));
                self.advance();
            }
            "compact" => self.compact(number("to"), text("data")),
            "campaign" if self.role != "leader" => {
                self.campaign();
            }
            _ => {}
        }
        Ok(0)
    }

    fn answer(&mut self, result: Result<u64, &'static str>) -> Value {
        let out = std::mem::take(&mut self.out);
        let mut answer = json!({
            "ok": result.is_ok(), "role": self.role, "term": self.term, "leader": self.leader, "commit": self.commit
        });
        match result {
            Ok(index) => answer["index"] = index.into(),
            Err(code) => answer["code"] = code.into(),
        }
        if out.hard {
            let vote = if self.mistake == "forgotten-vote" && self.vote != self.id { 0 } else { self.vote };
            answer["hard"] = json!({"term": self.term, "vote": vote});
        }
        if out.snapshot {
            answer["snapshot"] = json!({"index": self.snap.0, "term": self.snap.1, "data": self.snap.2});
        }
        if let Some(prev) = out.append_after {
            let from = (prev - self.snap.0) as usize;
            let lines: Vec<Value> = (prev + 1..)
                .zip(&self.log[from..])
                .map(|(index, (term, data))| json!([index, term, data]))
                .collect();
            answer["append"] = json!([prev, lines]);
        }
        answer["send"] = out.send.into();
        answer["after"] = out.after.into();
        answer["reads"] = out.reads.into();
        answer
    }
}

fn main() {
    let mistake = std::env::args().nth(1).unwrap_or_default();
    let mut raft = Raft { mistake: mistake.clone(), role: "follower", ..Raft::default() };
    let mut out = std::io::BufWriter::new(std::io::stdout());
    let mut lines = 0_u64;
    #[cfg(unix)]
    let stays = mistake.strip_prefix("leaves:").map(|file| leaves(std::path::Path::new(file)));
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        lines += 1;
        let asked: Value = serde_json::from_str(&line).unwrap_or_default();
        if asked["op"] == "init" {
            lines = 0;
        }
        let answer = match (mistake.as_str(), lines) {
            ("exit", 40) => {
                eprintln!("no more lines");
                std::process::exit(3)
            }
            ("hang", 40) => loop {
                std::thread::park();
            },
            ("nonsense", 40) => json!("what?"),
            _ if asked["op"] == "hello" => json!({"ok": true, "proto": 1, "caps": ["read", "snapshot"]}),
            ("moody", _) if asked["op"] == "init" => {
                raft.start(&asked);
                raft.random ^= u64::from(std::process::id());
                raft.restart_timer();
                raft.answer(Ok(0))
            }
            _ => {
                let result = raft.act(&asked);
                raft.answer(result)
            }
        };
        if writeln!(out, "{answer}").and_then(|()| out.flush()).is_err() {
            return;
        }
    }
    #[cfg(unix)]
    while stays.is_some() {
        std::thread::park();
    }
}

/// Starts something that leaves the group and keeps every pipe open, and says in a file who both are.
#[cfg(unix)]
fn leaves(file: &std::path::Path) {
    let mut command = std::process::Command::new("sleep");
    let away = std::os::unix::process::CommandExt::process_group(command.arg("600"), 0).spawn();
    let away = away.map(|child| child.id().to_string()).unwrap_or_default();
    let mut known = std::fs::OpenOptions::new().append(true).create(true).open(file).expect("a file");
    writeln!(known, "{} {away}", std::process::id()).expect("a line");
}
