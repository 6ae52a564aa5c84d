//! Compares TiKV's `raft` with this core: the same calls, the same messages lost, the same states.
//!
//! After every call both groups deliver what is sent among the same nodes until nothing moves, and every node's term,
//! role, vote, leader, commit index, timer and log must agree. Timers are made equal whenever they are drawn.
//!
//! **Intentional differences** (“there” means TiKV's `raft`), and how this test handles them:
//! - a RequestVote of an older term is answered with the receiver's term, as the paper says; there it is ignored, and
//!   so is, without pre-vote and check-quorum, an append or heartbeat of an older term. Such messages are lost here;
//! - every answer to a candidate contains what the voter knows to be committed; there, refusals and the request do. The
//!   field is emptied in both;
//! - a removed leader steps down once its removal is applied; there it continues to lead without a vote. It is not
//!   removed here;
//! - an invalid or early change is refused; there an empty entry takes its place. Only changes that are accepted are
//!   requested;
//! - a read before the first commit of the term waits; there it is dropped. Reads are requested later;
//! - a node without a vote does not stand, even if it is asked to; there it does;
//! - after a restart, votes wait until no lease can depend on this node; there they do not, nor here in this test;
//! - an election timeout repeats a lost snapshot; there the transport is asked. Nothing is compacted here;
//! - the commit index is not written whenever it advances. What is written here is put into the other's storage.

use std::collections::BTreeMap;

use protobuf::Message as _;
use tikv_raft::eraftpb::{ConfChangeSingle, ConfChangeTransition, ConfChangeType, ConfChangeV2, EntryType};
use tikv_raft::eraftpb::{Message as Theirs, MessageType};
use tikv_raft::storage::MemStorage;
use tikv_raft::{RawNode, StateRole};

use super::group::{Group, config};
use super::script::describe;
use crate::{Body, Change, Conf, ConfChange, Config, Message, ReadMode, Role};
use quorum_types::{NodeId, Rng};

/// Both groups.
struct Twins {
    ours: Group,
    theirs: BTreeMap<NodeId, RawNode<MemStorage>>,
    net: Vec<Theirs>,
    config: Config,
    /// Reads that the other confirmed: number and index.
    reads: Vec<(u64, u64)>,
    story: Vec<String>,
}

fn quiet() -> slog::Logger {
    slog::Logger::root(slog::Discard, slog::o!())
}

fn node(id: NodeId, config: &Config, store: MemStorage) -> RawNode<MemStorage> {
    let config = tikv_raft::Config {
        id: id.into(),
        election_tick: config.election_ticks as usize,
        heartbeat_tick: config.heartbeat_ticks as usize,
        max_size_per_msg: u64::MAX,
        max_inflight_msgs: config.max_inflight,
        check_quorum: config.check_quorum,
        pre_vote: config.pre_vote,
        ..tikv_raft::Config::default()
    };
    RawNode::new(&config, store, &quiet()).expect("a node")
}

fn change(change: &ConfChange) -> ConfChangeV2 {
    let one = |change: &Change| {
        let (kind, id) = match change {
            Change::Add(id) => (ConfChangeType::AddNode, id),
            Change::Remove(id) => (ConfChangeType::RemoveNode, id),
            Change::Learner(id) => (ConfChangeType::AddLearnerNode, id),
        };
        let mut single = ConfChangeSingle::default();
        single.set_change_type(kind);
        single.node_id = u64::from(*id);
        single
    };
    let mut both = ConfChangeV2::default();
    match change {
        ConfChange::Single(single) => both.changes = vec![one(single)].into(),
        ConfChange::Joint(several) => {
            both.set_transition(ConfChangeTransition::Explicit);
            both.changes = several.iter().map(one).collect::<Vec<_>>().into();
        }
        ConfChange::Leave => {}
    }
    both
}

impl Twins {
    fn new(voters: NodeId, config: Config) -> Self {
        let mut ours = Group::of(Conf::new(1..=voters, []), config.clone(), 7, &BTreeMap::new());
        ours.waits_out_leases = false;
        let mut twins = Self {
            ours,
            theirs: BTreeMap::new(),
            net: Vec::new(),
            config,
            reads: Vec::new(),
            story: Vec::new(),
        };
        (1..=voters).for_each(|id| twins.start(id, voters));
        twins.settle_timers();
        twins
    }

    fn start(&mut self, id: NodeId, voters: NodeId) {
        let conf = ((1..=u64::from(voters)).collect::<Vec<_>>(), Vec::<u64>::new());
        let store = MemStorage::new_with_conf_state(conf);
        self.theirs.insert(id, node(id, &self.config, store));
    }

    /// Makes the other's timers as long as ours.
    fn settle_timers(&mut self) {
        for (id, node) in &mut self.theirs {
            if self.ours.up(*id) {
                node.raft.set_randomized_election_timeout(self.ours.raft(*id).timeout as usize);
            }
        }
    }

    /// Processes the other's `Ready`, as [`Group::process_ready`] does ours.
    fn process_ready(&mut self, id: NodeId) {
        let Some(node) = self.theirs.get_mut(&id) else { return };
        while node.has_ready() {
            let mut ready = node.ready();
            let mut out = ready.take_messages();
            self.reads.extend(ready.take_read_states().iter().map(read));
            let mut committed = ready.take_committed_entries();
            node.mut_store().wl().append(ready.entries()).expect("appended");
            if let Some(hard) = ready.hs() {
                node.mut_store().wl().set_hardstate(hard.clone());
            }
            out.extend(ready.take_persisted_messages());
            let mut light = node.advance(ready);
            out.extend(light.take_messages());
            committed.extend(light.take_committed_entries());
            for entry in committed {
                if entry.get_entry_type() == EntryType::EntryConfChangeV2 {
                    let mut change = ConfChangeV2::default();
                    change.merge_from_bytes(&entry.data).expect("a change");
                    let _ = node.apply_conf_change(&change);
                }
            }
            node.advance_apply();
            for message in &mut out {
                if message.get_msg_type() != MessageType::MsgAppend && !heartbeat(message) {
                    message.commit_term = 0;
                }
            }
            // In order of the receiver, as ours.
            out.sort_by_key(|message| message.to);
            let cut = &self.ours.cut;
            out.retain(|message| !cut.contains(&(message.from as NodeId, message.to as NodeId)));
            self.net.extend(out);
        }
        self.settle_timers();
    }

    /// Does something to the other's node, where ours is up.
    fn both(&mut self, id: NodeId, theirs: impl FnOnce(&mut RawNode<MemStorage>)) {
        if self.ours.up(id) {
            if let Some(node) = self.theirs.get_mut(&id) {
                theirs(node);
            }
            self.process_ready(id);
        }
    }

    /// Delivers everything among these nodes, in both groups.
    fn run(&mut self, among: &[NodeId]) {
        for _ in 0..5_000 {
            if self.ours.net.is_empty() {
                break;
            }
            let (from, to) = (self.ours.net[0].from, self.ours.net[0].to);
            let there = among.contains(&from) && among.contains(&to) && self.ours.up(to);
            if there && !self.ignored(0) {
                if let Body::VoteResp { commit, .. } = &mut self.ours.net[0].body {
                    *commit = (0, 0);
                }
                self.story.push(format!("  {}", describe(&self.ours.net[0])));
                self.ours.deliver(0);
            } else {
                self.ours.net.remove(0);
            }
        }
        for _ in 0..5_000 {
            if self.net.is_empty() {
                break;
            }
            let message = self.net.remove(0);
            let (from, to) = (message.from as NodeId, message.to as NodeId);
            if among.contains(&from) && among.contains(&to) && self.ours.up(to) {
                self.story.push(format!("  theirs {message:?}"));
                let _ = self.theirs.get_mut(&to).map(|node| node.step(message));
                self.process_ready(to);
            }
        }
        assert!(self.net.is_empty() && self.ours.net.is_empty(), "both settle");
    }

    /// Whether the other ignores what we answer.
    fn ignored(&self, at: usize) -> bool {
        let Message { to, term, body, .. } = &self.ours.net[at];
        let passed = *term < self.ours.raft(*to).term();
        match body {
            Body::Vote { pre: false, .. } => passed,
            Body::Append { .. } | Body::Heartbeat { .. } => {
                passed && !self.config.check_quorum && !self.config.pre_vote
            }
            _ => false,
        }
    }

    /// Whether the other is led by a node without a vote.
    fn removed_leads(&self) -> bool {
        let leads =
            |node: &RawNode<MemStorage>| node.raft.state == StateRole::Leader && !node.raft.promotable();
        self.theirs.values().any(leads)
    }

    #[track_caller]
    fn compare(&self, seed: u64) {
        for id in self.ours.ids() {
            if !self.ours.up(id) {
                continue;
            }
            let (ours, theirs) = (self.ours.raft(id), &self.theirs[&id].raft);
            let role = match ours.role() {
                Role::Follower => StateRole::Follower,
                Role::PreCandidate { .. } => StateRole::PreCandidate,
                Role::Candidate { .. } => StateRole::Candidate,
                Role::Leader(_) => StateRole::Leader,
            };
            let log: Vec<u64> =
                (1..=theirs.raft_log.last_index()).map(|at| theirs.raft_log.term(at).unwrap_or(0)).collect();
            let zero = |id: Option<NodeId>| u64::from(id.unwrap_or(0));
            let here =
                (ours.term(), role, zero(ours.vote()), zero(ours.leader()), ours.commit(), ours.elapsed);
            let there = (
                theirs.term,
                theirs.state,
                theirs.vote,
                theirs.leader_id,
                theirs.raft_log.committed,
                theirs.election_elapsed as u64,
            );
            let from = self.story.len().saturating_sub(60);
            let trace = || self.story[from..].join("\n");
            assert_eq!(here, there, "seed {seed}, n{id} here and there, after\n{}", trace());
            let conf = theirs.prs().conf().to_conf_state();
            let list = |ids: &[u64]| {
                let mut ids: Vec<NodeId> = ids.iter().map(|id| *id as NodeId).collect();
                ids.sort_unstable();
                ids
            };
            let conf = Conf {
                voters: list(&conf.voters),
                outgoing: list(&conf.voters_outgoing),
                learners: list(&conf.learners),
                learners_next: list(&conf.learners_next),
            };
            assert_eq!(ours.conf(), &conf, "seed {seed}, the configuration of n{id}, after\n{}", trace());
            assert_eq!(self.ours.terms(id), log, "seed {seed}, the log of n{id}, after\n{}", trace());
        }
        let unknown: Vec<_> = self
            .reads
            .iter()
            .filter(|read| !self.ours.peers.values().any(|peer| peer.reads.contains(read)))
            .collect();
        assert!(unknown.is_empty(), "seed {seed}: reads that only the other confirmed: {unknown:?}");
    }

    fn call(&mut self, rng: &mut Rng) {
        let ids = self.ours.ids();
        let mut pick = || ids[rng.below(ids.len() as u64) as usize];
        let (id, to) = (pick(), pick());
        let leader = self.ours.leader().unwrap_or(id);
        let what = rng.below(20);
        self.story.push(format!("call {what} at n{id} or n{leader}, n{to}"));
        match what {
            0 | 1 => {
                if self.ours.campaign(id) {
                    // As when the timeout has passed.
                    self.both(id, |node| {
                        node.raft.election_elapsed = 0;
                        let _ = node.campaign();
                    });
                }
            }
            2..=5 => {
                if self.ours.propose(leader, "x").is_ok() {
                    self.both(leader, |node| node.propose(Vec::new(), b"x".to_vec()).expect("proposed"));
                }
            }
            6..=10 => {
                let who = if what < 9 { leader } else { id };
                for _ in 0..rng.between(1, 6) {
                    self.ours.tick(who, 1);
                    self.both(who, |node| _ = node.tick());
                }
            }
            11 => drop(self.ours.cut.insert((id, to))),
            12 => self.ours.cut.clear(),
            13 => self.crash(id),
            14 | 15 => self.restart(id),
            16 => {
                let voter = self.ours.up(leader) && self.ours.raft(leader).conf().votes(to);
                if voter && self.ours.up(leader) && self.ours.raft(leader).leads() {
                    let _ = self.ours.at(leader, |raft| raft.transfer(to));
                    self.both(leader, |node| node.transfer_leader(to.into()));
                }
            }
            17 => self.read(leader, rng.bits().into()),
            _ => {
                let asked = random_change(rng, leader);
                self.change(leader, &asked);
            }
        }
    }

    fn crash(&mut self, id: NodeId) {
        self.ours.crash(id);
    }

    fn restart(&mut self, id: NodeId) {
        if self.ours.up(id) {
            return;
        }
        let (old, commit) = (self.theirs.remove(&id), self.ours.peers[&id].durable.hard.commit);
        let store = old.map(|node| node.store().clone()).unwrap_or_default();
        store.wl().mut_hard_state().commit = commit;
        self.theirs.insert(id, node(id, &self.config, store));
        self.ours.restart(id);
        self.settle_timers();
        self.process_ready(id);
    }

    fn read(&mut self, leader: NodeId, context: u64) {
        if self.ours.up(leader) {
            let raft = self.ours.raft(leader);
            if raft.leads() && raft.log().term(raft.commit()) == Some(raft.term()) {
                let _ = self.ours.read(leader, context, ReadMode::Index);
                self.both(leader, |node| node.read_index(context.to_le_bytes().to_vec()));
            }
        }
    }

    fn change(&mut self, leader: NodeId, asked: &ConfChange) {
        if !self.ours.up(leader) {
            return;
        }
        let conf = self.ours.raft(leader).conf();
        if !conf.after(asked).is_ok_and(|next| next.votes(leader)) {
            return;
        }
        let before = self.ours.ids();
        let taken = self.ours.change(leader, asked).is_ok();
        for id in self.ours.ids() {
            if !before.contains(&id) {
                self.start(id, 3);
                self.settle_timers();
            }
        }
        if taken {
            self.both(leader, |node| node.propose_conf_change(Vec::new(), change(asked)).expect("proposed"));
        }
    }
}

fn heartbeat(message: &Theirs) -> bool {
    matches!(message.get_msg_type(), MessageType::MsgHeartbeat | MessageType::MsgHeartbeatResponse)
}

fn read(state: &tikv_raft::ReadState) -> (u64, u64) {
    let context = state.request_ctx[..].try_into().map_or(0, u64::from_le_bytes);
    (context, state.index)
}

/// A change that leaves the leader its vote.
fn random_change(rng: &mut Rng, leader: NodeId) -> ConfChange {
    let mut one = || {
        let id = rng.between(1, 5) as NodeId;
        match rng.below(3) {
            1 if id != leader => Change::Remove(id),
            2 if id != leader => Change::Learner(id),
            _ => Change::Add(id),
        }
    };
    let several = vec![one(), one()];
    match rng.below(4) {
        0 | 1 => ConfChange::Single(several[0]),
        2 if several[0] != several[1] => ConfChange::Joint(several),
        _ => ConfChange::Leave,
    }
}

#[test]
fn the_same_calls_lead_to_the_same_states() {
    let (mut entries, mut elections, mut reads) = (0, 0, 0);
    for seed in 0..400 {
        let mut rng = Rng::new(seed, 55);
        let mut config = config();
        config.max_entries = 1_000;
        config.max_inflight = 256;
        config.pre_vote = seed % 2 == 0;
        config.check_quorum = seed % 4 < 2;
        let mut twins = Twins::new(3, config);
        for _ in 0..150 {
            twins.call(&mut rng);
            let all = twins.ours.ids();
            let lost = all[rng.below(all.len() as u64) as usize];
            let among: Vec<NodeId> = all.into_iter().filter(|id| *id != lost || seed % 3 == 0).collect();
            twins.run(&among);
            if twins.removed_leads() {
                break;
            }
            twins.compare(seed);
        }
        assert_eq!(twins.ours.watch.breaches, [], "seed {seed}");
        let term = |id: &NodeId| if twins.ours.up(*id) { twins.ours.raft(*id).term() } else { 0 };
        entries += twins.ours.watch.top();
        elections += twins.ours.ids().iter().map(term).max().unwrap_or(0);
        reads += twins.reads.len();
    }
    assert!(
        entries > 4_000 && elections > 1_000 && reads > 300,
        "{entries} entries, {elections} terms, {reads} reads"
    );
}
