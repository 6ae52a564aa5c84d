//! The rules of the paper, a section at a time, and seeded schedules with loss, repetition and crashes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::*;
use crate::types::{NodeId, Rng};

fn config(id: NodeId, nodes: u32) -> Config {
    Config { id, voters: (1..=nodes).collect(), election_ticks: 10, heartbeat_ticks: 1, max_entries: 4 }
}

fn entry(term: u64) -> Arc<Entry> {
    Arc::new(Entry { term, data: Arc::from([term as u8]) })
}

fn log_of(terms: &[u64]) -> Log {
    let mut log = Log::default();
    terms.iter().for_each(|term| log.push(entry(*term)));
    log
}

fn terms(raft: &Raft) -> Vec<u64> {
    (1..=raft.log().last().0).filter_map(|index| raft.log().term(index)).collect()
}

/// Nodes in memory whose writes are durable at once.
struct Group {
    nodes: BTreeMap<NodeId, Raft>,
    inbox: Vec<Message>,
    story: String,
}

impl Group {
    fn new(nodes: u32) -> Self {
        Self::with_logs(&vec![(0, vec![]); nodes as usize])
    }

    /// One node a pair of term and the terms of its log.
    fn with_logs(logs: &[(u64, Vec<u64>)]) -> Self {
        let nodes = logs.iter().enumerate().map(|(at, (term, log))| {
            let id = at as NodeId + 1;
            let hard = HardState { term: *term, vote: None };
            (id, Raft::new(config(id, logs.len() as u32), Rng::new(7, id.into()), hard, log_of(log)))
        });
        Self { nodes: nodes.collect(), inbox: Vec::new(), story: String::new() }
    }

    fn node(&mut self, id: NodeId) -> &mut Raft {
        self.nodes.get_mut(&id).expect("a node of the group")
    }

    fn campaign(&mut self, id: NodeId) {
        let left = self.node(id).ticks_left();
        self.node(id).tick(left);
        self.settle(id);
    }

    /// Obeys a node's ready.
    fn settle(&mut self, id: NodeId) {
        let raft = self.nodes.get_mut(&id).expect("a node of the group");
        loop {
            let ready = raft.take_ready();
            let quiet = ready.append.is_none() && ready.committed.is_empty() && ready.notes.is_empty();
            for note in &ready.notes {
                let _ = writeln!(self.story, "n{id}@{} {note:?}", raft.term());
            }
            self.inbox.extend(ready.messages);
            self.inbox.extend(ready.after_persist);
            let (last, term) = raft.log().last();
            raft.persisted(last, term);
            if quiet {
                return;
            }
        }
    }

    /// Delivers everything among these nodes until nothing moves; other messages are lost.
    fn run(&mut self, among: &[NodeId]) {
        for _ in 0..10_000 {
            if self.inbox.is_empty() {
                return;
            }
            let message = self.inbox.remove(0);
            if among.contains(&message.from) && among.contains(&message.to) {
                let to = message.to;
                self.node(to).step(message);
                self.settle(to);
            }
        }
        panic!("the group does not settle");
    }
}

#[test]
fn golden_an_election_and_a_write() {
    let mut group = Group::new(3);
    group.campaign(1);
    group.run(&[1, 2, 3]);
    group.node(1).propose(Arc::from(*b"x"));
    group.settle(1);
    group.run(&[1, 2, 3]);
    group.node(1).tick(1);
    group.settle(1);
    group.run(&[1, 2, 3]);
    expect_test::expect![[r#"
        n1@1 TimedOut { ticks: 19 }
        n1@1 Campaigned { term: 1 }
        n2@1 VoteGranted { candidate: 1, term: 1 }
        n3@1 VoteGranted { candidate: 1, term: 1 }
        n1@1 BecameLeader { term: 1, votes: 2 }
        n1@1 Committed { index: 1, term: 1 }
        n2@1 Committed { index: 1, term: 1 }
        n3@1 Committed { index: 1, term: 1 }
        n1@1 Committed { index: 2, term: 1 }
        n2@1 Committed { index: 2, term: 1 }
        n3@1 Committed { index: 2, term: 1 }
    "#]]
    .assert_eq(&group.story);
}

#[test]
fn section_5_2_without_a_majority_nobody_leads() {
    let mut group = Group::new(5);
    group.campaign(1);
    group.run(&[1, 2]);
    assert!(!group.node(1).leads());
    group.campaign(1);
    group.run(&[1, 2, 3]);
    assert!(group.node(1).leads());
}

#[test]
fn section_5_2_one_vote_a_term() {
    let mut group = Group::new(3);
    let ask = |from, term| Message { from, to: 3, term, body: Body::Vote { last: (0, 0) } };
    for (from, term, granted) in [(1, 1, true), (2, 1, false), (1, 1, true), (2, 2, true), (1, 1, false)] {
        group.node(3).step(ask(from, term));
        let ready = group.node(3).take_ready();
        assert_eq!(ready.after_persist.last().map(|m| m.body.clone()), Some(Body::VoteResp { granted }));
    }
}

#[test]
fn section_5_4_1_a_vote_needs_an_up_to_date_log() {
    for (own, candidate, granted) in [
        (vec![1, 1], (2, 1), true),
        (vec![1, 1], (1, 1), false),
        (vec![1, 1], (1, 2), true),
        (vec![2], (9, 1), false),
        (vec![], (0, 0), true),
    ] {
        let mut group = Group::with_logs(&[(3, vec![]), (3, vec![]), (3, own.clone())]);
        group.node(3).step(Message { from: 1, to: 3, term: 4, body: Body::Vote { last: candidate } });
        let ready = group.node(3).take_ready();
        assert_eq!(ready.after_persist[0].body, Body::VoteResp { granted }, "{own:?} against {candidate:?}");
        assert!(ready.messages.is_empty(), "an answer waits for the vote to be durable");
    }
}

/// Figure 7: followers (a) to (f) of a leader at term 8 all come to hold its log.
#[test]
fn figure_7_every_follower_comes_to_hold_the_leaders_log() {
    let leader = vec![1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
    let followers = [
        vec![1, 1, 1, 4, 4, 5, 5, 6, 6],
        vec![1, 1, 1, 4],
        vec![1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6],
        vec![1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7],
        vec![1, 1, 1, 4, 4, 4, 4],
        vec![1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3],
    ];
    let mut logs = vec![(7, leader.clone())];
    logs.extend(followers.into_iter().map(|log| (7, log)));
    let mut group = Group::with_logs(&logs);
    group.campaign(1);
    group.run(&[1, 2, 3, 4, 5, 6, 7]);
    assert!(group.node(1).leads());
    for _ in 0..20 {
        group.node(1).tick(1);
        group.settle(1);
        group.run(&[1, 2, 3, 4, 5, 6, 7]);
    }
    let expected: Vec<u64> = leader.into_iter().chain([8]).collect();
    for id in 1..=7 {
        assert_eq!(terms(group.node(id)), expected, "node {id}");
        assert_eq!(group.node(id).commit(), expected.len() as u64);
    }
}

/// Figure 8: an entry of an older term is not committed by counting, even when a majority holds it.
#[test]
fn figure_8_only_the_current_term_is_committed_by_counting() {
    let mut group = Group::with_logs(&[(2, vec![1, 2]), (2, vec![1, 2]), (2, vec![1])]);
    group.campaign(1);
    group.run(&[1, 2]);
    let term = group.node(1).term();
    let mut fresh =
        Raft::new(config(1, 3), Rng::new(1, 1), HardState { term: 2, vote: None }, log_of(&[1, 2]));
    let left = fresh.ticks_left();
    fresh.tick(left);
    fresh.step(Message { from: 2, to: 1, term, body: Body::VoteResp { granted: true } });
    assert!(fresh.leads());
    fresh.persisted(2, 2);
    fresh.step(Message { from: 2, to: 1, term, body: Body::AppendResp { index: 2, hint: None } });
    assert_eq!(fresh.commit(), 0, "a majority holds entry 2, but it is of term 2");
    fresh.persisted(3, term);
    fresh.step(Message { from: 2, to: 1, term, body: Body::AppendResp { index: 3, hint: None } });
    assert_eq!(fresh.commit(), 3);
}

#[test]
fn a_leader_counts_itself_only_once_its_own_entries_are_durable() {
    let mut group = Group::new(3);
    group.campaign(1);
    group.run(&[1, 2, 3]);
    let raft = group.node(1);
    let index = raft.propose(Arc::from(*b"x")).expect("leads");
    let term = raft.term();
    let _ = raft.take_ready();
    raft.step(Message { from: 2, to: 1, term, body: Body::AppendResp { index, hint: None } });
    assert_eq!(raft.commit(), index - 1, "one durable copy of three");
    raft.persisted(index, term);
    assert_eq!(raft.commit(), index);
}

#[test]
fn a_deposed_leader_steps_down_and_drops_what_was_not_committed() {
    let mut group = Group::new(3);
    group.campaign(1);
    group.run(&[1, 2, 3]);
    group.node(1).propose(Arc::from(*b"lost"));
    group.settle(1);
    group.inbox.clear();
    group.campaign(2);
    group.run(&[2, 3]);
    assert!(group.node(2).leads() && group.node(1).leads(), "two leaders, of different terms");
    group.node(2).tick(1);
    group.settle(2);
    group.run(&[1, 2, 3]);
    assert!(!group.node(1).leads());
    assert_eq!(terms(group.node(1)), terms(group.node(2)));
}

/// A node of the schedule test: its Raft, and what its disk holds.
struct Peer {
    raft: Raft,
    durable: (HardState, Log),
    written: (HardState, Log),
    held: Vec<Message>,
    boots: u64,
}

/// Seeded schedules: messages are lost, repeated and reordered, fsyncs are late, nodes crash and forget what
/// was not synced. Election safety, log matching and state machine safety are checked after every event.
#[test]
fn seeded_schedules_keep_the_safety_properties() {
    let mut commits = 0;
    for seed in 0..150 {
        commits += run_schedule(seed, 3 + 2 * (seed % 2) as u32);
    }
    assert!(commits > 2_000, "the schedules get somewhere: {commits} commits");
}

fn run_schedule(seed: u64, count: u32) -> usize {
    let mut rng = Rng::new(seed, 99);
    let mut peers: BTreeMap<NodeId, Peer> = (1..=count)
        .map(|id| {
            let raft =
                Raft::new(config(id, count), Rng::new(seed, id.into()), HardState::default(), Log::default());
            let empty = (HardState::default(), Log::default());
            (id, Peer { raft, durable: empty.clone(), written: empty, held: Vec::new(), boots: 0 })
        })
        .collect();
    let mut flying: Vec<Message> = Vec::new();
    let mut leaders: BTreeMap<u64, NodeId> = BTreeMap::new();
    let mut applied: Vec<Arc<Entry>> = Vec::new();
    for _ in 0..2_500 {
        let id = rng.between(1, count.into()) as NodeId;
        let peer = peers.get_mut(&id).expect("a peer");
        match rng.below(100) {
            0..=14 => peer.raft.tick(rng.between(1, 2)),
            15..=19 => {
                peer.raft.propose(Arc::from(rng.bits().to_le_bytes()));
            }
            20..=39 => sync(peer, &mut flying),
            40 => crash(peer, config(id, count), seed),
            41..=45 if !flying.is_empty() => {
                let at = rng.below(flying.len() as u64) as usize;
                let copy = flying[at].clone();
                if rng.below(2) == 0 { flying.push(copy) } else { drop(flying.swap_remove(at)) }
            }
            _ if !flying.is_empty() => {
                let message = flying.swap_remove(rng.below(flying.len() as u64) as usize);
                let to = message.to;
                let peer = peers.get_mut(&to).expect("a peer");
                peer.raft.step(message);
                obey(to, peer, &mut flying, &mut leaders, &mut applied, seed);
            }
            _ => {}
        }
        let peer = peers.get_mut(&id).expect("a peer");
        obey(id, peer, &mut flying, &mut leaders, &mut applied, seed);
        check_logs(&peers, seed);
    }
    applied.len()
}

fn obey(
    id: NodeId,
    peer: &mut Peer,
    flying: &mut Vec<Message>,
    leaders: &mut BTreeMap<u64, NodeId>,
    applied: &mut Vec<Arc<Entry>>,
    seed: u64,
) {
    let ready = peer.raft.take_ready();
    if let Some(hard) = ready.hard_state {
        peer.written.0 = hard;
    }
    if let Some((prev, entries)) = ready.append {
        peer.written.1.truncate(prev);
        entries.into_iter().for_each(|entry| peer.written.1.push(entry));
    }
    flying.extend(ready.messages);
    peer.held.extend(ready.after_persist);
    if peer.raft.leads() {
        let leader = *leaders.entry(peer.raft.term()).or_insert(id);
        assert_eq!(leader, id, "seed {seed}: two leaders in term {}", peer.raft.term());
    }
    for (index, entry) in ready.committed {
        let at = index as usize - 1;
        match applied.get(at) {
            Some(known) => assert_eq!(known, &entry, "seed {seed}: index {index} applied twice, differently"),
            None => {
                assert_eq!(at, applied.len(), "seed {seed}: index {index} skips");
                applied.push(entry);
            }
        }
    }
}

fn sync(peer: &mut Peer, flying: &mut Vec<Message>) {
    peer.durable = peer.written.clone();
    let (last, term) = peer.durable.1.last();
    peer.raft.persisted(last, term);
    let now = peer.raft.term();
    flying.extend(std::mem::take(&mut peer.held).into_iter().filter(|message| message.term >= now));
}

fn crash(peer: &mut Peer, config: Config, seed: u64) {
    peer.boots += 1;
    peer.written = peer.durable.clone();
    peer.held.clear();
    let rng = Rng::new(seed + peer.boots * 1_000, config.id.into());
    peer.raft = Raft::new(config, rng, peer.durable.0, peer.durable.1.clone());
}

/// Log matching (5.3): two logs with an entry of the same index and term agree up to there.
fn check_logs(peers: &BTreeMap<NodeId, Peer>, seed: u64) {
    let logs: Vec<&Log> = peers.values().map(|peer| peer.raft.log()).collect();
    for (a, left) in logs.iter().enumerate() {
        for right in &logs[a + 1..] {
            let shared = (1..=left.last().0.min(right.last().0))
                .rev()
                .find(|index| left.term(*index) == right.term(*index))
                .unwrap_or(0);
            for index in 1..=shared {
                assert_eq!(left.get(index), right.get(index), "seed {seed}: logs part at {index}");
            }
        }
    }
}
