//! Scripts: one line per call, and the output, one line per event.
//!
//! `nodes 3 prevote`, `logs 2: 1 1 2 term=2`, `campaign 1`, `propose 1 x`, `run` or `run 1 2` (everything is delivered
//! among these, the rest is lost), `drop 1 2 append`, `deliver 1 2 append`, `tick 1 3`, `state`. Guarantees: a line
//! that is not understood fails the test. Leaves out: loops, and what is expected (`scenarios`).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::group::{Group, config};
use crate::{Body, Change, Conf, ConfChange, HardState, Message, Note, ReadMode, Role, Rule};
use quorum_types::NodeId;

/// A group that a script drives, and what happened. (Writing to a string cannot fail, hence every `let _ = write!`.)
struct Play {
    group: Group,
    story: String,
}

/// Runs a script, with the rules off that its first line names; returns the group afterwards, and the output.
pub(super) fn story(script: &str) -> (Group, String) {
    let mut lines = script.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    let mut play = begin(&mut lines);
    for line in lines {
        play.group.notes.clear();
        let _ = writeln!(play.story, "> {line}");
        play.line(line);
        play.report();
    }
    (play.group, play.story)
}

/// `nodes 3 learner=4 prevote checkquorum window=2 batch=1 uncommitted=10 without=vote_once`, then `logs` lines.
fn begin<'a>(lines: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>) -> Play {
    let mut story = String::new();
    let first = lines.next().expect("a first line");
    let _ = writeln!(story, "> {first}");
    let mut words = first.split(' ');
    assert_eq!(words.next(), Some("nodes"), "a script begins with its nodes");
    let voters: u32 = number(words.next());
    let mut learners = Vec::new();
    let mut config = config();
    for word in words {
        match word.split_once('=') {
            None if word == "prevote" => config.pre_vote = true,
            None if word == "checkquorum" => config.check_quorum = true,
            Some(("learner", id)) => learners.push(number(Some(id))),
            Some(("window", most)) => config.max_inflight = number(Some(most)),
            Some(("batch", most)) => config.max_entries = number(Some(most)),
            Some(("uncommitted", most)) => config.max_uncommitted_bytes = number(Some(most)),
            Some(("without", name)) => config.rules.set(Rule::parse(name).expect("a rule"), false),
            _ => panic!("{word}?"),
        }
    }
    let mut disks = BTreeMap::new();
    while let Some(line) = lines.next_if(|line| line.starts_with("logs ")) {
        let _ = writeln!(story, "> {line}");
        let (id, rest) = line["logs ".len()..].split_once(':').expect("logs <node>: <terms>");
        let mut hard = HardState::default();
        let mut terms: Vec<u64> = Vec::new();
        for word in rest.split_whitespace() {
            match word.split_once('=') {
                None => terms.push(number(Some(word))),
                Some(("term", term)) => hard.term = number(Some(term)),
                Some(("vote", vote)) => hard.vote = Some(number(Some(vote))),
                Some(("commit", commit)) => hard.commit = number(Some(commit)),
                _ => panic!("{word}?"),
            }
        }
        disks.insert(number(Some(id)), (hard, terms));
    }
    Play { group: Group::of(Conf::new(1..=voters, learners), config, 7, &disks), story }
}

#[track_caller]
fn number<T: std::str::FromStr>(word: Option<&str>) -> T {
    word.and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("a number, not {word:?}"))
}

fn mode(word: &str) -> ReadMode {
    if word == "lease" { ReadMode::Lease } else { ReadMode::Index }
}

impl Play {
    fn line(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let id = || number::<NodeId>(words.get(1).copied());
        let second = || number::<u64>(words.get(2).copied());
        let group = &mut self.group;
        match words[0] {
            "campaign" => drop(group.campaign(id())),
            "lead" => {
                assert!(group.campaign(id()), "it cannot stand");
                group.settle();
                group.notes.clear();
                assert!(group.raft(id()).leads(), "it did not win");
            }
            "timeout" => drop(group.at(id(), |raft| raft.set_timeout(second()))),
            "tick" => group.tick(id(), second()),
            "propose" => {
                let answer = group.propose(id(), words[2]);
                self.answer(answer);
            }
            "read" => {
                let answer = group.read(id(), second(), mode(words[3]));
                self.answer(answer);
            }
            "transfer" => {
                let answer = group.at(id(), |raft| raft.transfer(second() as NodeId));
                self.answer(answer.unwrap_or(Ok(())));
            }
            "conf" => {
                let answer = group.change(id(), &change(&words[2..]));
                self.answer(answer);
            }
            "crash" => group.crash(id()),
            "restart" => group.restart(id()),
            "impair" => group.restart_impaired(id(), words.get(2).map(|_| second())),
            "compact" => assert!(group.compact(id(), second()), "nothing to compact"),
            "persist" => group.persist(id()),
            "manual" => group.autopersist = false,
            "cut" => drop(group.cut.insert((id(), second() as NodeId))),
            "heal" => group.cut.clear(),
            "lose" => group.net.clear(),
            "run" => self.run(&words[1..]),
            "deliver" | "drop" | "dup" => self.one(&words),
            "net" => self.net(),
            "conf?" => {
                let conf = group.raft(id()).conf();
                let _ = writeln!(self.story, "n{} configuration {}", id(), describe_conf(conf));
            }
            "vote?" => {
                let _ = writeln!(self.story, "n{} vote {:?}", id(), group.raft(id()).vote());
            }
            "log?" => {
                let log = group.raft(id()).log();
                let entries = log.slice(log.first(), usize::MAX);
                let data = entries.iter().map(|entry| String::from_utf8_lossy(&entry.data).into_owned());
                let _ = writeln!(self.story, "n{} log {:?}", id(), data.collect::<Vec<_>>());
            }
            "state" => self.state(),
            other => panic!("{other}?"),
        }
    }

    fn answer<T: std::fmt::Debug>(&mut self, answer: Result<T, crate::Refused>) {
        if let Err(why) = answer {
            let _ = writeln!(self.story, "refused: {why:?}");
        }
    }

    /// Delivers everything, and reports each message before its effects.
    fn run(&mut self, among: &[&str]) {
        let all = self.group.ids();
        let among: Vec<NodeId> = among.iter().map(|id| number(Some(id))).collect();
        let among = if among.is_empty() { all } else { among };
        self.report();
        let (story, mut reported) = (&mut self.story, 0);
        self.group.run(&among, |group, message| {
            report_notes(group, story, &mut reported);
            let _ = writeln!(story, "{}", describe(message));
        });
        report_notes(&self.group, story, &mut reported);
        self.group.notes.clear();
    }

    /// Reports the notes since the last call.
    fn report(&mut self) {
        report_notes(&self.group, &mut self.story, &mut 0);
        self.group.notes.clear();
    }

    /// `deliver 1 2 append` and its like: the oldest message of this kind between the two.
    fn one(&mut self, line: &[&str]) {
        let (from, to): (NodeId, NodeId) = (number(line.get(1).copied()), number(line.get(2).copied()));
        let fits = |message: &Message| {
            message.from == from
                && message.to == to
                && line.get(3).is_none_or(|name| kind(&message.body) == *name)
        };
        let at = self.group.net.iter().position(fits);
        let at = at.unwrap_or_else(|| panic!("no {line:?} among {:?}", self.group.net));
        let _ = writeln!(self.story, "{}", describe(&self.group.net[at]));
        match line[0] {
            "deliver" => drop(self.group.deliver(at)),
            "drop" => drop(self.group.net.remove(at)),
            _ => {
                let copy = self.group.net[at].clone();
                self.group.net.push(copy);
            }
        }
    }

    fn net(&mut self) {
        for message in &self.group.net {
            let _ = writeln!(self.story, "{}", describe(message));
        }
    }

    fn state(&mut self) {
        for (id, peer) in &self.group.peers {
            let Some(raft) = &peer.raft else {
                let _ = writeln!(self.story, "n{id} down");
                continue;
            };
            let role = match raft.role() {
                Role::Follower => "follower",
                Role::PreCandidate { .. } => "precandidate",
                Role::Candidate { .. } => "candidate",
                Role::Leader(_) => "leader",
            };
            let impaired = if raft.impaired() { " impaired" } else { "" };
            let first = raft.log().first();
            let behind = if first > 1 { format!("…{} ", first - 1) } else { String::new() };
            let log: Vec<String> = self.group.terms(*id).iter().map(u64::to_string).collect();
            let reads =
                if peer.reads.is_empty() { String::new() } else { format!(" reads={:?}", peer.reads) };
            let _ = writeln!(
                self.story,
                "n{id} {role}{impaired} term={} log=[{behind}{}] commit={}{reads}",
                raft.term(),
                log.join(" "),
                raft.commit()
            );
        }
    }
}

fn report_notes(group: &Group, story: &mut String, reported: &mut usize) {
    for (id, term, note) in &group.notes[*reported..] {
        let _ = writeln!(story, "  n{id}@{term} {}", describe_note(note));
    }
    *reported = group.notes.len();
}

fn change(words: &[&str]) -> ConfChange {
    let one = |pair: &[&str]| {
        let id = number(pair.get(1).copied());
        match pair[0] {
            "add" => Change::Add(id),
            "remove" => Change::Remove(id),
            "learner" => Change::Learner(id),
            other => panic!("{other}?"),
        }
    };
    match words[0] {
        "joint" => ConfChange::Joint(words[1..].chunks(2).map(one).collect()),
        "leave" => ConfChange::Leave,
        _ => ConfChange::Single(one(words)),
    }
}

/// A message's kind in a word.
fn kind(body: &Body) -> &'static str {
    match body {
        Body::Vote { pre: true, .. } => "prevote",
        Body::Vote { .. } => "vote",
        Body::VoteResp { pre: true, .. } => "prevote_resp",
        Body::VoteResp { .. } => "vote_resp",
        Body::Append { .. } => "append",
        Body::AppendResp { .. } => "append_resp",
        Body::Heartbeat { .. } => "heartbeat",
        Body::HeartbeatResp { .. } => "heartbeat_resp",
        Body::Snapshot { .. } => "snapshot",
        Body::SnapshotResp { .. } => "snapshot_resp",
        Body::TimeoutNow => "timeout_now",
        Body::ReadIndex { .. } => "read_index",
        Body::ReadIndexResp { .. } => "read_index_resp",
        Body::Propose { .. } => "propose",
        Body::ProposeResp { .. } => "propose_resp",
        Body::Recover { .. } => "recover",
        Body::RecoverResp { .. } => "recover_resp",
    }
}

/// A message in a line: `n1@1 → n2 append base=1@1 [2@1] commit=1`.
pub(super) fn describe(message: &Message) -> String {
    let said = match &message.body {
        Body::Vote { last, transfer, .. } => {
            format!(" last={}@{}{}", last.0, last.1, if *transfer { " transfer" } else { "" })
        }
        Body::VoteResp { granted, .. } => (if *granted { " yes" } else { " no" }).to_owned(),
        Body::Append { prev, entries, commit, .. } => {
            let entries: Vec<String> =
                (prev.0 + 1..).zip(entries).map(|(at, entry)| format!("{at}@{}", entry.term)).collect();
            format!(" base={}@{} [{}] commit={commit}", prev.0, prev.1, entries.join(" "))
        }
        Body::AppendResp { index, hint: None, .. } => format!(" {index}"),
        Body::AppendResp { index, hint: Some((at, term)), .. } => {
            format!(" refuses {index}, hint {at}@{term}")
        }
        Body::Heartbeat { commit, .. } => format!(" commit={commit}"),
        Body::Snapshot { snapshot, .. } => format!(" {}@{}", snapshot.index, snapshot.term),
        Body::SnapshotResp { index, .. } => format!(" {index}"),
        Body::ReadIndex { context } => format!(" #{context}"),
        Body::ReadIndexResp { context, index } => format!(" #{context} sees {index}"),
        Body::ProposeResp { index } => format!(" {index:?}"),
        Body::RecoverResp { leads_to: Some(last), .. } => format!(" leads to {last}"),
        _ => String::new(),
    };
    format!("n{}@{} → n{} {}{said}", message.from, message.term, message.to, kind(&message.body))
}

fn describe_note(note: &Note) -> String {
    match note {
        Note::BecameLeader { votes, .. } => format!("leads with {votes} votes"),
        Note::Committed { index, term } => format!("commits {index}@{term}"),
        Note::ConfChanged { index, conf } => format!("configuration at {index}: {}", describe_conf(conf)),
        other => format!("{other:?}"),
    }
}

fn describe_conf(conf: &Conf) -> String {
    let Conf { voters, outgoing, learners, learners_next } = conf;
    let mut text = format!("{voters:?}");
    for (name, list) in [("outgoing", outgoing), ("learners", learners), ("learners next", learners_next)] {
        if !list.is_empty() {
            let _ = write!(text, ", {name} {list:?}");
        }
    }
    text
}
