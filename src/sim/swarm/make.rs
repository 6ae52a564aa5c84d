//! Schedules out of seeds.
//!
//! Each seed has a character of its own: so many nodes, this mix of operations, this weather, some kinds of faults often
//! and others never (a swarm, because schedules that all do a little of everything find less: Groce et al., “Swarm
//! Testing”, ISSTA 2012). Where a rule is off, the character leans towards what the rule is there for. Promises: the same
//! seed and rule make the same schedule; no more disks are harmed than the others can make up for, but in one seed of
//! thirty-two, which is beyond the budget on purpose. Leaves out: running it.

use super::{Schedule, Timed};
use crate::raft::{Change, Rule};
use crate::sim::deed::{ConfMode, Deed, DiskFault};
use crate::sim::network::Weather;
use crate::types::{MS, Micros, NodeId, Rng};

/// The stream of a seed that makes schedules.
const STREAM: u64 = 1 << 40;
/// Deeds are made for so long; a run that ends earlier does not do them all.
const LENGTH_US: Micros = 60_000 * MS;

/// Kinds of deeds, each with a weight in a schedule's character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Crash,
    CrashLoop,
    Pause,
    PowerCut,
    Cut,
    OneWay,
    Isolate,
    Split,
    Heal,
    Clog,
    Weather,
    Harm,
    Clock,
    Campaign,
    Transfer,
    Conf,
    Compact,
}

const KINDS: [Kind; 17] = [
    Kind::Crash,
    Kind::CrashLoop,
    Kind::Pause,
    Kind::PowerCut,
    Kind::Cut,
    Kind::OneWay,
    Kind::Isolate,
    Kind::Split,
    Kind::Heal,
    Kind::Clog,
    Kind::Weather,
    Kind::Harm,
    Kind::Clock,
    Kind::Campaign,
    Kind::Transfer,
    Kind::Conf,
    Kind::Compact,
];

/// What a seed is like.
struct Character {
    nodes: u32,
    voters: u32,
    weights: [u64; KINDS.len()],
    /// Mean time between two deeds.
    gap_us: Micros,
    lease: bool,
    settings: Vec<(String, u64)>,
}

/// The schedule of a seed, with a rule off or none.
pub fn make(seed: u64, off: Option<Rule>) -> Schedule {
    let mut rng = Rng::new(seed, STREAM);
    let character = character(&mut rng, off);
    let mut maker = Maker {
        at: 100 * MS + rng.below(200 * MS),
        harmed: Vec::new(),
        may_harm: if rng.below(32) == 0 && off.is_none() {
            character.nodes
        } else {
            character.voters.saturating_sub(1) / 2
        },
        deeds: Vec::new(),
        rng,
        character,
    };
    while maker.at < LENGTH_US {
        maker.one();
    }
    let Maker { mut deeds, character, .. } = maker;
    crate::types::order::sort(&mut deeds, |a: &Timed, b: &Timed| a.t_us.cmp(&b.t_us));
    Schedule {
        nodes: character.nodes,
        seed,
        settings: character.settings,
        off: off.into_iter().collect(),
        deeds,
    }
}

fn character(rng: &mut Rng, off: Option<Rule>) -> Character {
    let mut nodes = [3, 3, 3, 5, 5, 5, 4, 7][rng.below(8) as usize];
    let mut weights = [0; KINDS.len()];
    for weight in &mut weights {
        // Half of the kinds stay away.
        *weight = rng.below(2) * (1 + rng.below(4));
    }
    let mut put = |kind: Kind, weight: u64| weights[kind as usize] = weight;
    put(Kind::Heal, 3);
    let mut gap_us = [40, 80, 150, 300][rng.below(4) as usize] * MS;
    let mut lease = rng.below(4) == 0;
    let mut pre_vote = rng.below(2);
    let mut check_quorum = u64::from(lease) | rng.below(4).min(1);
    let mut spare = if rng.below(3) == 0 { 1 + rng.below(2) as u32 } else { 0 };
    let mut snapshot = [0, 0, 15, 60][rng.below(4) as usize];
    let mut boot = 20;
    let mut fsync = [2, 4, 20][rng.below(3) as usize];
    let mut latency = [2, 6, 20][rng.below(3) as usize];
    let mut interval = 10 + rng.below(3) * 10;
    let Some(rule) = off else {
        return finish(
            rng,
            nodes,
            spare,
            weights,
            gap_us,
            lease,
            [pre_vote, check_quorum, snapshot, boot, fsync, latency, interval],
        );
    };
    weights = [0; KINDS.len()];
    let mut put = |kind: Kind, weight: u64| weights[kind as usize] = weight;
    (lease, spare, snapshot, fsync, latency) = (false, 0, 0, 4, 6);
    match rule {
        Rule::VoteOnce | Rule::StepDownOnHigherTerm => {
            (nodes, pre_vote, check_quorum) = (5, 0, 0);
            put(Kind::Campaign, 6);
            put(Kind::Isolate, 2);
            put(Kind::Heal, 2);
        }
        Rule::PersistVote => {
            (nodes, pre_vote, check_quorum, boot, gap_us) = (3, 0, 0, 0, 40 * MS);
            put(Kind::Campaign, 8);
            put(Kind::Crash, 4);
            put(Kind::CrashLoop, 3);
        }
        Rule::LogUpToDate => {
            (nodes, pre_vote, check_quorum) = (3, 0, 0);
            put(Kind::Isolate, 4);
            put(Kind::Heal, 4);
            put(Kind::Campaign, 4);
        }
        Rule::StrictMajority => {
            (nodes, pre_vote, check_quorum) = (4, 0, 0);
            put(Kind::Campaign, 4);
            put(Kind::Split, 3);
            put(Kind::Heal, 2);
        }
        Rule::CommitCurrentTermOnly => {
            (nodes, pre_vote, check_quorum, boot, interval, gap_us) = (5, 0, 0, 10, 20, 40 * MS);
            put(Kind::Crash, 6);
            put(Kind::Campaign, 6);
            put(Kind::Isolate, 3);
            put(Kind::Split, 2);
            put(Kind::Heal, 4);
        }
        Rule::AppendConsistencyCheck | Rule::FenceDeposedLeader | Rule::CommitBoundedByMatch => {
            (nodes, pre_vote, check_quorum) = (3, 0, 0);
            put(Kind::Isolate, 4);
            put(Kind::Heal, 4);
            put(Kind::Campaign, 3);
            put(Kind::Weather, 2);
            put(Kind::Clog, 2);
        }
        Rule::TruncateOnlyOnConflict => {
            put(Kind::Weather, 5);
            put(Kind::Clog, 3);
        }
        Rule::CheckQuorum => {
            (pre_vote, check_quorum) = (1, 1);
            put(Kind::Isolate, 4);
            put(Kind::Split, 2);
        }
        Rule::RandomisedTimeouts => {
            (nodes, pre_vote, check_quorum) = (5, 0, 0);
            put(Kind::PowerCut, 4);
            (gap_us, latency, fsync, boot) = (500 * MS, 20, 2, 0);
        }
        Rule::ReadIndexQuorum | Rule::ReadAfterOwnCommit => {
            (check_quorum, interval) = (0, 10);
            put(Kind::Isolate, 4);
            put(Kind::Crash, 3);
            put(Kind::Campaign, 3);
            put(Kind::Heal, 3);
            put(Kind::Clog, 2);
        }
        Rule::LeaseBounded => {
            (lease, check_quorum, interval) = (true, 1, 10);
            put(Kind::Isolate, 5);
            put(Kind::Heal, 3);
        }
        Rule::OneConfChange => {
            spare = 2;
            put(Kind::Conf, 6);
            put(Kind::Clog, 2);
        }
        Rule::PersistBeforeAnswering | Rule::FsyncBeforeAck => {
            fsync = 20;
            put(Kind::Crash, 2);
            put(Kind::PowerCut, 1);
        }
        Rule::ChecksumOnReplay | Rule::RepairBeforeVoting => {
            (nodes, pre_vote, gap_us) = (3, 0, 60 * MS);
            put(Kind::Harm, 6);
            put(Kind::Isolate, 3);
            put(Kind::Campaign, 3);
            put(Kind::Heal, 3);
        }
        Rule::ApplyOnce => {
            (interval, check_quorum) = (10, 1);
            put(Kind::Weather, 4);
            put(Kind::Crash, 3);
            put(Kind::Isolate, 2);
            put(Kind::Heal, 2);
        }
    }
    finish(
        rng,
        nodes,
        spare,
        weights,
        gap_us,
        lease,
        [pre_vote, check_quorum, snapshot, boot, fsync, latency, interval],
    )
}

fn finish(
    rng: &mut Rng,
    voters: u32,
    spare: u32,
    mut weights: [u64; KINDS.len()],
    gap_us: Micros,
    lease: bool,
    [pre_vote, check_quorum, snapshot, boot, fsync, latency, interval]: [u64; 7],
) -> Character {
    if spare == 0 && rng.below(4) > 0 {
        weights[Kind::Conf as usize] = 0;
    }
    let settings = [
        ("heartbeat_ms", 20),
        ("election_ms", 150),
        ("latency_min_ms", 1),
        ("latency_max_ms", latency),
        ("fsync_min_ms", 1),
        ("fsync_max_ms", fsync),
        ("boot_ms", boot),
        ("client_interval_ms", interval),
        ("client_attempt_ms", 60 + latency * 4),
        ("client_deadline_ms", 400),
        ("client_reads", 35),
        ("client_puts", 30),
        ("client_swaps", 30),
        ("client_keys", 1 + rng.below(4)),
        ("wal_file_kib", 1 + rng.below(16)),
        ("pre_vote", pre_vote),
        ("check_quorum", check_quorum),
        ("snapshot_entries", snapshot),
        ("uncommitted_kib", rng.below(4) / 3),
        ("voters", u64::from(voters)),
        ("lease_reads", u64::from(lease)),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value)).to_vec();
    Character { nodes: voters + spare, voters, weights, gap_us, lease, settings }
}

/// A schedule in the making.
struct Maker {
    rng: Rng,
    character: Character,
    at: Micros,
    harmed: Vec<NodeId>,
    may_harm: u32,
    deeds: Vec<Timed>,
}

impl Maker {
    fn node(&mut self) -> NodeId {
        self.rng.below(u64::from(self.character.nodes)) as NodeId + 1
    }

    fn two(&mut self) -> (NodeId, NodeId) {
        let from = self.node();
        let to = (from + self.rng.below(u64::from(self.character.nodes.max(2)) - 1) as NodeId)
            % self.character.nodes
            + 1;
        (from, to)
    }

    fn put(&mut self, at: Micros, deed: Deed) {
        self.deeds.push(Timed { t_us: at, deed });
    }

    /// A time like an election timeout, more often shorter than longer.
    fn a_while(&mut self) -> Micros {
        5 * MS + self.rng.below(40 * MS) * (1 + self.rng.below(12))
    }

    /// One more deed, with what follows from it.
    fn one(&mut self) {
        let gap = self.character.gap_us;
        self.at += 1 + self.rng.below(2 * gap);
        let total: u64 = self.character.weights.iter().sum();
        let mut chosen = self.rng.below(total);
        for (kind, weight) in KINDS.into_iter().zip(self.character.weights) {
            if chosen < weight {
                return self.make(kind);
            }
            chosen -= weight;
        }
    }

    fn make(&mut self, kind: Kind) {
        let (at, node) = (self.at, self.node());
        let later = at + self.a_while();
        match kind {
            Kind::Crash => {
                let torn_bytes = self.rng.below(2) * self.rng.below(200);
                self.put(at, Deed::Kill { node, torn_bytes });
                self.put(later, Deed::Restart { node });
            }
            Kind::CrashLoop => {
                let every_us = 10 * MS + self.rng.below(80 * MS);
                let times = 2 + self.rng.below(5) as u32;
                self.put(at, Deed::CrashLoop { node, times, every_us });
            }
            Kind::Pause => {
                self.put(at, Deed::Pause { node });
                self.put(later, Deed::Resume { node });
            }
            Kind::PowerCut => {
                let torn_bytes = self.rng.below(2) * self.rng.below(200);
                self.put(at, Deed::PowerCut { torn_bytes });
            }
            Kind::Cut | Kind::OneWay => {
                let (from, to) = self.two();
                self.put(at, Deed::Cut { from, to, one_way: kind == Kind::OneWay });
            }
            Kind::Isolate => self.put(at, Deed::Partition { side: vec![node] }),
            Kind::Split => {
                let nodes = self.character.nodes;
                let side = (1..=nodes).filter(|_| self.rng.below(2) == 0).collect();
                self.put(at, Deed::Partition { side });
            }
            Kind::Heal => self.put(at, Deed::Heal),
            Kind::Clog => {
                let (from, to) = self.two();
                self.put(at, Deed::Clog { from, to, us: later - at });
            }
            Kind::Weather => {
                let mut some = |most: u64| (self.rng.below(2) * self.rng.below(most)) as u16;
                let weather = Weather { loss: some(200), duplicate: some(200), reorder: some(400) };
                self.put(at, Deed::Weather(weather));
                if self.rng.below(2) == 0 {
                    self.put(later, Deed::Weather(Weather::default()));
                }
            }
            Kind::Harm => self.harm(node, later),
            Kind::Clock => self.clock(node),
            Kind::Campaign => self.put(at, Deed::Campaign { node }),
            Kind::Transfer => self.put(at, Deed::Transfer { to: node }),
            Kind::Conf => self.conf(later),
            Kind::Compact => self.put(at, Deed::TakeSnapshot { node }),
        }
    }

    /// Something of a disk is destroyed, and its node restarted.
    fn harm(&mut self, node: NodeId, later: Micros) {
        let at = self.at;
        if !self.harmed.contains(&node) {
            if self.harmed.len() as u32 >= self.may_harm {
                return;
            }
            self.harmed.push(node);
        }
        let place = self.rng.below(1_000) as u16;
        let fault =
            [DiskFault::BitFlip, DiskFault::Zero, DiskFault::Stale, DiskFault::Misdirect, DiskFault::Lie];
        match self.rng.below(6) {
            5 => self.put(at, Deed::Wipe { node }),
            n => {
                self.put(at, Deed::Disk { node, fault: fault[n as usize], at: place });
                self.put(at + 5 * MS, Deed::Kill { node, torn_bytes: 0 });
            }
        }
        self.put(later.max(at + 6 * MS), Deed::Restart { node });
    }

    /// A clock goes wrong. Where leases are trusted, only by as much as they allow for.
    fn clock(&mut self, node: NodeId) {
        let most = if self.character.lease { 40_000 } else { 400_000 };
        let drift_ppm = self.rng.below(2 * most) as i64 - most as i64;
        let jumps = !self.character.lease && self.rng.below(2) == 0;
        let jump_us = if jumps { self.rng.below(600 * MS) as i64 - 300 * MS as i64 } else { 0 };
        let period_us = self.rng.below(2) * (20 * MS + self.rng.below(300 * MS));
        self.put(self.at, Deed::Clock { node, drift_ppm, jump_us, period_us });
    }

    fn conf(&mut self, later: Micros) {
        let at = self.at;
        let mut change = || {
            let node = self.rng.below(u64::from(self.character.nodes)) as NodeId + 1;
            match self.rng.below(4) {
                0 => Change::Remove(node),
                1 => Change::Learner(node),
                _ => Change::Add(node),
            }
        };
        let one = change();
        let more = vec![change(), change()];
        match self.rng.below(3) {
            0 => {
                self.put(at, Deed::Conf { mode: ConfMode::Joint, changes: more });
                self.put(later, Deed::Conf { mode: ConfMode::Leave, changes: Vec::new() });
            }
            _ => {
                self.put(at, Deed::Conf { mode: ConfMode::Single, changes: vec![one] });
                // Soon after, so that without the rule two are under way.
                self.put(at + 1, Deed::Conf { mode: ConfMode::Single, changes: vec![more[0]] });
            }
        }
    }
}
