//! Messages a second of the Raft core, beside TiKV's `raft` in the same harness. `cargo xtask bench raft` runs it.
//!
//! A leader is elected; then, over and over, one proposal of 64 bytes at the leader, everything persisted at once,
//! everything delivered until nothing moves. Counted is every message that is stepped. The two take turns, round by
//! round, and the median of the rounds is reported: slow moments of the machine affect both alike.
//!
//! Promises: exits non-zero when a target is missed. Leaves out: networks and disks.

#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use quorum_raft::{Conf, Config, Log, Message, Raft, Restored, Rules, Snapshot};
use quorum_types::{NodeId, Rng};
use tikv_raft::eraftpb::Message as Theirs;
use tikv_raft::storage::MemStorage;
use tikv_raft::{RawNode, StateRole};

/// Messages a round.
const ROUND: u64 = 60_000;
/// Rounds, of which the median counts.
const ROUNDS: usize = 9;
/// Logs are compacted after this number of proposals.
const COMPACT: u64 = 512;
/// What a proposal says.
const DATA: [u8; 64] = [7; 64];

/// A group that can be timed.
trait Group {
    /// A group with a leader.
    fn new(nodes: u32) -> Self;
    /// A proposal, delivered everywhere; how many messages that took.
    fn propose(&mut self) -> u64;
    /// How far the leader has committed.
    fn commit(&self) -> u64;
}

struct Ours {
    nodes: Vec<Raft>,
    net: VecDeque<Message>,
    data: Arc<[u8]>,
}

impl Ours {
    fn process_ready(&mut self, at: usize) {
        let node = &mut self.nodes[at];
        loop {
            let ready = node.take_ready();
            let wrote = ready.append.is_some();
            self.net.extend(ready.messages);
            self.net.extend(ready.after_persist);
            std::hint::black_box(ready.committed);
            if !wrote {
                return;
            }
            let (last, term) = node.log().last();
            node.persisted(last, term);
        }
    }

    fn run(&mut self) -> u64 {
        let mut count = 0;
        while let Some(message) = self.net.pop_front() {
            let to = message.to as usize - 1;
            self.nodes[to].step(message);
            self.process_ready(to);
            count += 1;
        }
        count
    }
}

impl Group for Ours {
    fn new(nodes: u32) -> Self {
        let conf = Conf::new(1..=nodes, []);
        let node = |id: NodeId| {
            let config = Config {
                id,
                election_ticks: 10,
                heartbeat_ticks: 1,
                max_entries: 1_000,
                max_inflight: 256,
                max_uncommitted_bytes: 0,
                max_data_bytes: 0,
                pre_vote: false,
                check_quorum: false,
                waits_for_leases: false,
                rules: Rules::default(),
            };
            let log = Log::after_snapshot(Arc::new(Snapshot { conf: conf.clone(), ..Snapshot::default() }));
            Raft::new(config, Rng::new(1, id.into()), Restored { log, ..Restored::default() })
        };
        let nodes = (1..=nodes).map(node).collect();
        let mut group = Self { nodes, net: VecDeque::new(), data: DATA.into() };
        group.nodes[0].campaign();
        group.process_ready(0);
        group.run();
        group
    }

    fn propose(&mut self) -> u64 {
        // The data is allocated again for each proposal, as a client's would be.
        let data: Arc<[u8]> = self.data[..].into();
        let taken = self.nodes[0].propose(data);
        assert!(taken.is_ok(), "the leader takes it");
        self.process_ready(0);
        let count = self.run();
        if self.commit().is_multiple_of(COMPACT) {
            for node in &mut self.nodes {
                // A node that lags has nothing to compact yet.
                let _ = node.compact(node.applied() - 16, [].into());
            }
        }
        count
    }

    fn commit(&self) -> u64 {
        self.nodes[0].commit()
    }
}

struct Tikv {
    nodes: Vec<RawNode<MemStorage>>,
    net: VecDeque<Theirs>,
}

impl Tikv {
    fn process_ready(&mut self, at: usize) {
        let node = &mut self.nodes[at];
        while node.has_ready() {
            let mut ready = node.ready();
            self.net.extend(ready.take_messages());
            std::hint::black_box(ready.take_committed_entries());
            let entries = ready.take_entries();
            if !entries.is_empty() {
                assert!(node.mut_store().wl().append(&entries).is_ok(), "appended");
            }
            if let Some(hard) = ready.hs() {
                node.mut_store().wl().set_hardstate(hard.clone());
            }
            self.net.extend(ready.take_persisted_messages());
            let mut light = node.advance(ready);
            self.net.extend(light.take_messages());
            std::hint::black_box(light.take_committed_entries());
            node.advance_apply();
        }
    }

    fn run(&mut self) -> u64 {
        let mut count = 0;
        while let Some(message) = self.net.pop_front() {
            let to = message.to as usize - 1;
            // A message that is out of date is an error there.
            let _ = self.nodes[to].step(message);
            self.process_ready(to);
            count += 1;
        }
        count
    }
}

impl Group for Tikv {
    fn new(nodes: u32) -> Self {
        let voters: Vec<u64> = (1..=nodes.into()).collect();
        let node = |id: u64| {
            let config = tikv_raft::Config {
                id,
                election_tick: 10,
                heartbeat_tick: 1,
                max_size_per_msg: u64::MAX,
                max_inflight_msgs: 256,
                ..tikv_raft::Config::default()
            };
            let store = MemStorage::new_with_conf_state((voters.clone(), vec![]));
            let log = slog::Logger::root(slog::Discard, slog::o!());
            RawNode::new(&config, store, &log).map_err(|why| why.to_string())
        };
        let nodes = voters.iter().map(|id| node(*id)).collect::<Result<_, _>>();
        let mut group = Self { nodes: nodes.expect("nodes"), net: VecDeque::new() };
        // Whether it leads is checked below.
        let _ = group.nodes[0].campaign();
        group.process_ready(0);
        group.run();
        assert!(group.nodes[0].raft.state == StateRole::Leader, "it leads");
        group
    }

    fn propose(&mut self) -> u64 {
        let taken = self.nodes[0].propose(Vec::new(), DATA.to_vec());
        assert!(taken.is_ok(), "the leader takes it");
        self.process_ready(0);
        let count = self.run();
        if self.commit().is_multiple_of(COMPACT) {
            for node in &mut self.nodes {
                let index = node.raft.raft_log.applied - 16;
                // As above: there may be nothing to compact yet.
                let _ = node.mut_store().wl().compact(index);
            }
        }
        count
    }

    fn commit(&self) -> u64 {
        self.nodes[0].raft.raft_log.committed
    }
}

/// Nanoseconds a message in one round.
fn round<G: Group>(group: &mut G) -> f64 {
    let (began, before) = (Instant::now(), group.commit());
    let (mut messages, mut proposals) = (0, 0);
    while messages < ROUND {
        messages += group.propose();
        proposals += 1;
    }
    assert_eq!(group.commit(), before + proposals, "everything is committed");
    began.elapsed().as_nanos() as f64 / messages as f64
}

fn median(mut rounds: Vec<f64>) -> f64 {
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}

pub(crate) fn main() -> ExitCode {
    let mut missed = 0;
    println!("{:<34}{:>12}{:>12}{:>9}", "ns a message, median of rounds", "this core", "raft-rs", "ratio");
    for nodes in [3, 5] {
        let (mut ours, mut theirs) = (Ours::new(nodes), Tikv::new(nodes));
        let (mut here, mut there) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            here.push(round(&mut ours));
            there.push(round(&mut theirs));
        }
        let (here, there) = (median(here), median(there));
        println!("{:<34}{here:>12.0}{there:>12.0}{:>9.2}", format!("{nodes} nodes"), there / here);
        missed += u32::from(there < here);
    }
    let mut groups: Vec<(u32, Ours, Vec<f64>)> =
        [3, 5, 25, 101].map(|nodes| (nodes, Ours::new(nodes), Vec::new())).into();
    for _ in 0..ROUNDS {
        for (_, group, rounds) in &mut groups {
            rounds.push(round(group));
        }
    }
    let costs: Vec<(u32, f64)> =
        groups.into_iter().map(|(nodes, _, rounds)| (nodes, median(rounds))).collect();
    for (nodes, cost) in &costs {
        println!("{:<34}{cost:>12.0}{:>21.2} of 3 nodes", format!("{nodes} nodes"), cost / costs[0].1);
    }
    let grown = costs[costs.len() - 1].1 / costs[0].1;
    missed += u32::from(grown > 2.0);
    println!("targets: at least as fast as raft-rs; 101 nodes at most twice as dear as 3: {missed} missed");
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
