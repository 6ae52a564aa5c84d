//! Seeded schedules: no invariant is violated, in any order of events.
//!
//! Messages are delivered out of order, lost and duplicated, fsyncs take time, nodes crash, lose parts of their logs,
//! are added and removed, transfer leadership, compact, read. `RAFT_SEEDS=100..5000` runs more seeds than the usual
//! ones.
//! ones.

use std::collections::BTreeMap;

use super::group::{Group, config};
use crate::{Change, Conf, ConfChange, Raft, ReadMode, VoteResult};
use quorum_types::{NodeId, Rng};

/// What a run may contain, by its seed.
struct Run {
    rng: Rng,
    group: Group,
    /// All clocks run at one speed: leases may be trusted, even if a node is made to stand early.
    in_step: bool,
    changes: bool,
    damage: bool,
    /// The highest index that any node has applied, and the configuration there.
    newest: (u64, Conf),
    /// The initial voters.
    first: Vec<NodeId>,
    both: bool,
    reads: u64,
    /// Every node is serialised to text and back after every step.
    through_text: bool,
}

impl Run {
    fn new(seed: u64, through_text: bool) -> Self {
        Self::of(seed, through_text, false)
    }

    /// With `both`, nodes lose parts of their logs while the configuration changes, and often.
    fn of(seed: u64, through_text: bool, both: bool) -> Self {
        let mut rng = Rng::new(seed, 77);
        let mut one = |of: u64| rng.below(of) == 0;
        let in_step = one(3);
        let mut config = config();
        config.pre_vote = one(2);
        config.check_quorum = in_step || one(2);
        config.waits_for_leases = in_step;
        config.max_inflight = if one(3) { 1 } else { 4 };
        config.max_uncommitted_bytes = if one(3) { 20 } else { 0 };
        let changes = one(2) || both;
        let damage = !changes || both;
        let nodes = 2 + rng.between(1, 3) as NodeId;
        let conf = Conf::new(1..=nodes, []);
        let mut group = Group::of(conf.clone(), config, seed, &BTreeMap::new());
        group.autopersist = rng.below(3) == 0;
        let (first, newest) = (conf.voters.clone(), (0, conf));
        Self { rng, group, in_step, changes, damage, newest, first, both, reads: 0, through_text }
    }

    fn anyone(&mut self) -> NodeId {
        let ids = self.group.ids();
        ids[self.rng.below(ids.len() as u64) as usize]
    }

    /// The leader, more often than not.
    fn someone(&mut self) -> NodeId {
        let leader = self.group.leader();
        leader.filter(|_| self.rng.below(4) > 0).unwrap_or_else(|| self.anyone())
    }

    fn change(&mut self) -> ConfChange {
        let mut one = || {
            let id = self.rng.between(1, 7) as NodeId;
            match self.rng.below(4) {
                0 | 1 => Change::Add(id),
                2 => Change::Remove(id),
                _ => Change::Learner(id),
            }
        };
        let (first, second) = (one(), one());
        match self.rng.below(4) {
            0 | 1 => ConfChange::Single(first),
            2 => ConfChange::Joint(vec![first, second]),
            _ => ConfChange::Leave,
        }
    }

    fn tick(&mut self) {
        if self.in_step {
            for id in self.group.ids() {
                self.group.tick(id, 1);
            }
        } else {
            let id = self.anyone();
            let ticks = self.rng.between(1, 3);
            self.group.tick(id, ticks);
        }
    }

    fn network(&mut self) {
        let many = self.group.net.len() as u64;
        if many == 0 {
            return self.tick();
        }
        // Old messages and new ones, the old ones mostly.
        let at = self.rng.below(many).min(self.rng.below(many)) as usize;
        match self.rng.below(24) {
            0 => drop(self.group.net.swap_remove(at)),
            1 if many < 200 => {
                let copy = self.group.net[at].clone();
                self.group.net.push(copy);
            }
            _ => drop(self.group.deliver(at)),
        }
    }

    fn disk(&mut self) {
        let id = self.anyone();
        match self.rng.below(3) {
            0 => self.group.begin_sync(id),
            1 => self.group.end_sync(id),
            _ => self.group.persist(id),
        }
    }

    fn down_and_up(&mut self) {
        let id = self.anyone();
        if self.group.up(id) {
            let few = self.group.ids().iter().filter(|id| !self.group.up(**id)).count() < 2;
            if few || self.rng.below(4) == 0 {
                self.group.crash(id);
            }
        } else if self.damage && self.rng.below(3) == 0 && self.enough_whole(Some(id)) {
            let log = &self.group.peers[&id].durable.log;
            let (first, last) = (log.first(), log.last().0);
            let keep = (self.rng.below(3) > 0).then(|| self.rng.between(first - 1, last));
            self.group.restart_impaired(id, keep);
        } else {
            self.group.restart(id);
        }
    }

    /// Whether a majority has lost nothing, also when this node has.
    fn enough_whole(&self, next: Option<NodeId>) -> bool {
        let whole = |id| Some(id) != next && self.group.peers.get(&id).is_some_and(|peer| !peer.impaired);
        self.newest.1.vote_result(|id| Some(whole(id)), true) == VoteResult::Won
    }

    fn impaired(&self) -> Vec<NodeId> {
        let ids = self.group.ids().into_iter();
        ids.filter(|id| self.group.up(*id) && self.group.raft(*id).impaired()).collect()
    }

    fn ask(&mut self) {
        let id = self.someone();
        match self.rng.below(if self.changes { 10 } else { 8 }) {
            0..=3 => {
                let data = format!("{}", self.rng.below(1_000));
                let _ = self.group.propose(id, &data);
            }
            4 | 5 => {
                self.reads += 1;
                let lease = self.in_step && self.rng.below(2) == 0;
                let mode = if lease { ReadMode::Lease } else { ReadMode::Index };
                let _ = self.group.read(id, self.reads, mode);
            }
            6 => {
                let to = self.anyone();
                let _ = self.group.at(id, |raft| raft.transfer(to));
            }
            7 => {
                let index = self.group.peers[&id].raft.as_ref().map_or(0, Raft::applied);
                if index > 0 {
                    self.group.compact(id, index - self.rng.below(index.min(3)));
                }
            }
            _ => {
                let change = self.change();
                let _ = self.group.change(id, &change);
            }
        }
    }

    fn step(&mut self) {
        match self.rng.below(1_000) {
            0..=29 => self.tick(),
            30..=34 => {
                let id = self.anyone();
                self.group.campaign(id);
            }
            35..=134 => self.ask(),
            135..=299 => self.disk(),
            300..=309 => self.down_and_up(),
            324..=349 if self.both => self.down_and_up(),
            310..=313 => {
                let (from, to) = (self.anyone(), self.anyone());
                self.group.cut.insert((from, to));
            }
            314..=323 => self.group.cut.clear(),
            _ => self.network(),
        }
        for raft in self.group.peers.values().filter_map(|peer| peer.raft.as_ref()) {
            if raft.applied() > self.newest.0 {
                self.newest = (raft.applied(), raft.conf().clone());
            }
        }
        if self.through_text {
            for peer in self.group.peers.values_mut() {
                let Some(raft) = &peer.raft else { continue };
                let text = serde_json::to_string(raft).expect("a node is text");
                peer.raft = Some(serde_json::from_str(&text).expect("and comes back"));
            }
        }
    }

    /// All nodes return except the removed ones, and all messages are delivered.
    fn heal(&mut self) {
        self.group.cut.clear();
        self.group.autopersist = true;
        for id in self.group.ids() {
            self.group.restart(id);
            self.group.persist(id);
        }
        self.go_on(200);
        let applied = |id: &NodeId| self.group.raft(*id).applied();
        let latest = self.group.ids().into_iter().max_by_key(applied);
        let members = latest.map_or(Vec::new(), |id| self.group.raft(id).conf().members());
        self.group.ids().into_iter().filter(|id| !members.contains(id)).for_each(|id| self.group.crash(id));
        self.go_on(200);
    }

    fn go_on(&mut self, ticks: u64) {
        for _ in 0..ticks {
            self.group.settle();
            for id in self.group.ids() {
                self.group.tick(id, 1);
            }
        }
    }
}

fn seeds() -> std::ops::Range<u64> {
    let more = std::env::var("RAFT_SEEDS").ok();
    let more = more.as_deref().and_then(|range| range.split_once(".."));
    more.and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?)).unwrap_or(0..300)
}

#[test]
fn whatever_happens_no_invariant_breaks() {
    let (mut committed, mut reads, mut stuck) = (0, 0, Vec::<u64>::new());
    for seed in seeds() {
        let mut run = Run::new(seed, false);
        for step in 0..2_500 {
            run.step();
            assert_eq!(run.group.watch.breaches, [], "seed {seed}, step {step}");
        }
        committed += run.group.watch.top();
        reads += run.group.peers.values().map(|peer| peer.reads.len()).sum::<usize>();
        run.heal();
        assert_eq!(run.group.watch.breaches, [], "seed {seed}, at the end");
        let before = run.group.watch.top();
        if let Some(leader) = run.group.leader() {
            let _ = run.group.at(leader, |raft| raft.propose((*b"last").into()));
            run.group.settle();
        }
        if run.group.watch.top() == before {
            stuck.push(seed);
        }
    }
    assert!(stuck.is_empty(), "{stuck:?}: every group gets on once everything works again");
    assert!(committed > 10 * seeds().count() as u64, "the schedules get somewhere: {committed} entries");
    assert!(reads > 3 * seeds().count(), "and reads are served: {reads}");
}

#[test]
fn repairs_across_configurations_break_no_invariant() {
    let (mut excused, mut elsewhere, mut stuck) = (0, 0, Vec::<u64>::new());
    'seeds: for seed in seeds() {
        let mut run = Run::of(seed, false, true);
        for step in 0..2_500 {
            let impaired = run.impaired();
            run.step();
            assert_eq!(run.group.watch.breaches, [], "seed {seed}, step {step}");
            // A removal can make a sufficient number of nodes insufficient.
            if !run.enough_whole(None) {
                excused += 1;
                continue 'seeds;
            }
            let whole = |id: &NodeId| run.group.up(*id) && !run.group.raft(*id).impaired();
            let other = |id: &NodeId| run.group.raft(*id).conf().voters != run.first;
            elsewhere += impaired.into_iter().filter(|id| whole(id) && other(id)).count();
        }
        run.heal();
        assert_eq!(run.group.watch.breaches, [], "seed {seed}, at the end");
        if run.enough_whole(None) && run.group.leader().is_none() {
            stuck.push(seed);
        }
    }
    let seeds = seeds().count();
    assert!(stuck.is_empty(), "{stuck:?}: every group gets on once everything works again");
    assert!(excused < seeds / 2, "{excused} of {seeds} lost too much");
    assert!(elsewhere > seeds / 12, "{elsewhere} repairs in another configuration than the first");
}

#[test]
fn a_node_that_went_through_text_goes_on_the_same() {
    for seed in 0..12 {
        let [mut plain, mut text] = [false, true].map(|through_text| Run::new(seed, through_text));
        for step in 0..600 {
            plain.step();
            text.step();
            assert_eq!(plain.group.net, text.group.net, "seed {seed}, step {step}");
        }
        for (id, peer) in &plain.group.peers {
            let [plain, text] = [&peer.raft, &text.group.peers[id].raft].map(|raft| format!("{raft:?}"));
            assert_eq!(plain, text, "seed {seed}");
        }
    }
}
