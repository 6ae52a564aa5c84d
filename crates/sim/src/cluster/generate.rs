//! Generates schedules from seeds.
//!
//! Each seed has its own profile: a number of nodes, a mix of operations, network conditions, and a set of faults of
//! which some are frequent and others never occur (a swarm, because schedules that all do a little of everything find
//! less: Groce et al., “Swarm Testing”, ISSTA 2012). If a rule is off, the profile favours situations in which that
//! rule matters. Guarantees: the same seed and rule make the same schedule; no more disks are damaged than the others
//! can repair, except in one seed of thirty-two, which exceeds the budget on purpose. Leaves out: running the schedule.

use crate::action::{Action, ConfMode, DiskFault};
use crate::network::Weather;
use crate::swarm::{self, Timed};
use quorum_raft::{Change, Rule};
use quorum_types::sort::sort_by_key;
use quorum_types::{MS, Micros, NodeId, Rng};

type Schedule = swarm::Schedule<Action, Rule>;

/// The random stream of a seed that generates schedules.
const STREAM: u64 = 1 << 40;
/// The stream that chooses which power cuts keep sectors instead of a prefix. It is a stream of its own, so that
/// actions and their times are those that the seed had before power cuts could do that.
const SECTOR_STREAM: u64 = STREAM + 1;
/// Actions are generated for this long; a run that ends earlier does not perform them all.
const LENGTH_US: Micros = 60_000 * MS;

/// Kinds of actions, each with a weight in a schedule's profile.
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
    Mute,
    Weather,
    Harm,
    Clock,
    Campaign,
    Transfer,
    Conf,
    Compact,
}

const KINDS: [Kind; 18] = [
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
    Kind::Mute,
    Kind::Weather,
    Kind::Harm,
    Kind::Clock,
    Kind::Campaign,
    Kind::Transfer,
    Kind::Conf,
    Kind::Compact,
];

/// The profile of a seed.
#[derive(Clone, Copy, Debug)]
struct FaultProfile {
    voters: u32,
    /// Nodes that do not vote at first.
    spare: u32,
    weights: [u64; KINDS.len()],
    /// Mean time between two actions.
    gap_us: Micros,
    /// Whether reads trust leases, so that clocks may only be off by a little.
    lease: bool,
    pre_vote: u64,
    check_quorum: u64,
    snapshot_entries: u64,
    append_entries: u64,
    boot_ms: u64,
    fsync_ms: u64,
    latency_ms: u64,
    interval_ms: u64,
}

/// Generates the schedule of a seed, with a rule off or none.
pub(super) fn make(seed: u64, off: Option<Rule>) -> Schedule {
    let mut rng = Rng::new(seed, STREAM);
    let profile = match off {
        Some(rule) => FaultProfile::against(rule, &mut rng),
        None => FaultProfile::any(&mut rng),
    };
    let settings = profile.settings(&mut rng);
    let reckless = rng.below(32) == 0 && off.is_none();
    let mut maker = Maker {
        at: 100 * MS + rng.below(200 * MS),
        harmed: Vec::new(),
        may_harm: if reckless { profile.nodes() } else { profile.voters.saturating_sub(1) / 2 },
        actions: Vec::new(),
        rng,
        profile,
    };
    while maker.at < LENGTH_US {
        maker.one();
    }
    let mut actions = maker.actions;
    sort_by_key(&mut actions, |a| a.t_us);
    if off.is_none_or(|rule| rule == Rule::ChecksumOnReplay) {
        keep_sectors(seed, &mut actions);
    }
    Schedule { nodes: profile.nodes(), seed, settings, off: off.into_iter().collect(), actions }
}

/// Lets some of the power cuts keep any sectors: in a quarter of the seeds all of them, in a quarter every fourth, in
/// the others none.
fn keep_sectors(seed: u64, actions: &mut [Timed<Action>]) {
    let mut rng = Rng::new(seed, SECTOR_STREAM);
    let every = [0, 0, 1, 4][rng.below(4) as usize];
    for timed in actions {
        let (Action::Kill { torn_bytes, sectors, .. } | Action::PowerCut { torn_bytes, sectors }) =
            &mut timed.action
        else {
            continue;
        };
        if every > 0 && rng.below(every) == 0 {
            (*torn_bytes, *sectors) = (0, Some(rng.below(1 << 32)));
        }
    }
}

impl FaultProfile {
    /// A profile chosen at random.
    fn any(rng: &mut Rng) -> Self {
        let mut one_of = |some: &[u64]| some[rng.below(some.len() as u64) as usize];
        let lease = one_of(&[0, 0, 0, 1]);
        let mut any = Self {
            voters: one_of(&[3, 3, 3, 5, 5, 5, 4, 7]) as u32,
            spare: one_of(&[0, 0, 0, 0, 1, 2]) as u32,
            weights: [0; KINDS.len()],
            gap_us: one_of(&[40, 80, 150, 300]) * MS,
            lease: lease > 0,
            pre_vote: one_of(&[0, 1]),
            check_quorum: lease | one_of(&[0, 1, 1, 1]),
            snapshot_entries: one_of(&[0, 0, 15, 60]),
            append_entries: one_of(&[1, 3, 64]),
            boot_ms: 20,
            fsync_ms: one_of(&[2, 4, 20]),
            latency_ms: one_of(&[2, 6, 20]),
            interval_ms: one_of(&[10, 20, 30]),
        };
        for weight in &mut any.weights {
            // Half of the kinds never occur.
            *weight = one_of(&[0, 1]) * one_of(&[1, 2, 3, 4]);
        }
        if any.spare == 0 && one_of(&[0, 1, 1, 1]) > 0 {
            any.weights[Kind::Conf as usize] = 0;
        }
        any.weights[Kind::Heal as usize] = 3;
        any
    }

    /// A profile that makes violations likely while this rule is off.
    fn against(rule: Rule, rng: &mut Rng) -> Self {
        let lax = Self {
            voters: 3,
            spare: 0,
            weights: [0; KINDS.len()],
            gap_us: [40, 80, 150, 300][rng.below(4) as usize] * MS,
            lease: false,
            pre_vote: 0,
            check_quorum: 0,
            snapshot_entries: 0,
            append_entries: 64,
            boot_ms: 20,
            fsync_ms: 4,
            latency_ms: 6,
            interval_ms: 10 + rng.below(3) * 10,
        };
        let strict = Self { pre_vote: 1, check_quorum: 1, ..lax };
        match rule {
            Rule::VoteOnce | Rule::StepDownOnHigherTerm => {
                Self { voters: 5, ..lax }.often(&[(Kind::Campaign, 6), (Kind::Isolate, 2), (Kind::Heal, 2)])
            }
            Rule::PersistVote => Self { boot_ms: 0, gap_us: 40 * MS, ..lax }.often(&[
                (Kind::Campaign, 8),
                (Kind::Crash, 4),
                (Kind::CrashLoop, 3),
            ]),
            Rule::LogUpToDate => lax.often(&[(Kind::Isolate, 4), (Kind::Heal, 4), (Kind::Campaign, 4)]),
            Rule::StrictMajority => {
                Self { voters: 4, ..lax }.often(&[(Kind::Campaign, 4), (Kind::Split, 3), (Kind::Heal, 2)])
            }
            // Figure 8, for which three nodes are enough: entries of old terms must be sent alone and take long, and
            // leaders must change all the time.
            Rule::CommitCurrentTermOnly => {
                let far = Self { append_entries: 1, gap_us: 12 * MS, fsync_ms: 2, latency_ms: 20, ..lax };
                Self { interval_ms: 10, ..far }.often(&[
                    (Kind::Campaign, 6),
                    (Kind::Isolate, 4),
                    (Kind::Heal, 5),
                ])
            }
            // The old leader's messages must arrive between a commit and the moment when all nodes know of it. There
            // must not be enough muted nodes to prevent an election in the meantime.
            Rule::FenceDeposedLeader => Self { gap_us: 150 * MS, latency_ms: 20, interval_ms: 10, ..lax }
                .often(&[(Kind::Mute, 6), (Kind::Campaign, 2)]),
            Rule::AppendConsistencyCheck | Rule::CommitBoundedByMatch => lax.often(&[
                (Kind::Isolate, 4),
                (Kind::Heal, 4),
                (Kind::Campaign, 3),
                (Kind::Weather, 2),
                (Kind::Clog, 2),
            ]),
            Rule::TruncateOnlyOnConflict => strict.often(&[(Kind::Weather, 5), (Kind::Clog, 3)]),
            Rule::CheckQuorum => strict.often(&[(Kind::Isolate, 4), (Kind::Split, 2)]),
            Rule::RandomisedTimeouts => {
                Self { voters: 5, gap_us: 500 * MS, latency_ms: 20, fsync_ms: 2, boot_ms: 0, ..lax }
                    .often(&[(Kind::PowerCut, 4)])
            }
            Rule::ReadIndexQuorum | Rule::ReadAfterOwnCommit => Self { interval_ms: 10, ..lax }.often(&[
                (Kind::Isolate, 4),
                (Kind::Crash, 3),
                (Kind::Campaign, 3),
                (Kind::Heal, 3),
                (Kind::Clog, 2),
            ]),
            Rule::LeaseBounded => {
                Self { lease: true, interval_ms: 10, ..strict }.often(&[(Kind::Isolate, 5), (Kind::Heal, 3)])
            }
            Rule::OneConfChange => Self { spare: 2, ..strict }.often(&[(Kind::Conf, 6), (Kind::Clog, 2)]),
            Rule::PersistBeforeAnswering | Rule::FsyncBeforeAck => {
                Self { fsync_ms: 20, ..strict }.often(&[(Kind::Crash, 2), (Kind::PowerCut, 1)])
            }
            Rule::ChecksumOnReplay | Rule::RepairBeforeVoting => Self { gap_us: 60 * MS, ..lax }.often(&[
                (Kind::Harm, 6),
                (Kind::Isolate, 3),
                (Kind::Campaign, 3),
                (Kind::Heal, 3),
            ]),
            Rule::ApplyOnce => Self { voters: 3, interval_ms: 10, gap_us: 40 * MS, ..strict }.often(&[
                (Kind::Transfer, 5),
                (Kind::Campaign, 5),
                (Kind::Mute, 3),
            ]),
        }
    }

    fn often(mut self, kinds: &[(Kind, u64)]) -> Self {
        kinds.iter().for_each(|(kind, weight)| self.weights[*kind as usize] = *weight);
        self
    }

    fn nodes(&self) -> u32 {
        self.voters + self.spare
    }

    fn settings(&self, rng: &mut Rng) -> Vec<(String, u64)> {
        let settings = [
            ("heartbeat_ms", 20),
            ("election_ms", 150),
            ("latency_min_ms", 1),
            ("latency_max_ms", self.latency_ms),
            ("fsync_min_ms", 1),
            ("fsync_max_ms", self.fsync_ms),
            ("boot_ms", self.boot_ms),
            ("client_interval_ms", self.interval_ms),
            ("client_attempt_ms", 60 + self.latency_ms * 4),
            ("client_deadline_ms", 400),
            ("client_reads", 35),
            ("client_puts", 30),
            ("client_swaps", 30),
            ("client_keys", 1 + rng.below(4)),
            ("wal_file_kib", 1 + rng.below(16)),
            ("pre_vote", self.pre_vote),
            ("check_quorum", self.check_quorum),
            ("snapshot_entries", self.snapshot_entries),
            ("append_entries", self.append_entries),
            ("uncommitted_kib", rng.below(4) / 3),
            ("voters", u64::from(self.voters)),
            ("lease_reads", u64::from(self.lease)),
        ];
        settings.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }
}

/// A schedule being generated.
struct Maker {
    rng: Rng,
    profile: FaultProfile,
    at: Micros,
    harmed: Vec<NodeId>,
    may_harm: u32,
    actions: Vec<Timed<Action>>,
}

impl Maker {
    fn node(&mut self) -> NodeId {
        self.rng.below(u64::from(self.profile.nodes())) as NodeId + 1
    }

    fn two(&mut self) -> (NodeId, NodeId) {
        let from = self.node();
        let to = (from + self.rng.below(u64::from(self.profile.nodes().max(2)) - 1) as NodeId)
            % self.profile.nodes()
            + 1;
        (from, to)
    }

    fn put(&mut self, at: Micros, action: Action) {
        self.actions.push(Timed { t_us: at, action });
    }

    /// A time comparable to an election timeout, more often shorter than longer.
    fn a_while(&mut self) -> Micros {
        5 * MS + self.rng.below(40 * MS) * (1 + self.rng.below(12))
    }

    /// Adds one more action, with its follow-up actions.
    fn one(&mut self) {
        let gap = self.profile.gap_us;
        self.at += 1 + self.rng.below(2 * gap);
        let total: u64 = self.profile.weights.iter().sum();
        let mut chosen = self.rng.below(total);
        for (kind, weight) in KINDS.into_iter().zip(self.profile.weights) {
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
                self.put(at, Action::Kill { node, torn_bytes, sectors: None });
                self.put(later, Action::Restart { node });
            }
            Kind::CrashLoop => {
                let every_us = 10 * MS + self.rng.below(80 * MS);
                let times = 2 + self.rng.below(5) as u32;
                self.put(at, Action::CrashLoop { node, times, every_us });
            }
            Kind::Pause => {
                self.put(at, Action::Pause { node });
                self.put(later, Action::Resume { node });
            }
            Kind::PowerCut => {
                let torn_bytes = self.rng.below(2) * self.rng.below(200);
                self.put(at, Action::PowerCut { torn_bytes, sectors: None });
            }
            Kind::Cut | Kind::OneWay => {
                let (from, to) = self.two();
                self.put(at, Action::Cut { from, to, one_way: kind == Kind::OneWay });
            }
            Kind::Isolate => self.put(at, Action::Partition { side: vec![node] }),
            Kind::Split => {
                let nodes = self.profile.nodes();
                let side = (1..=nodes).filter(|_| self.rng.below(2) == 0).collect();
                self.put(at, Action::Partition { side });
            }
            Kind::Heal => self.put(at, Action::Heal),
            Kind::Clog => {
                let (from, to) = self.two();
                self.put(at, Action::Clog { from, to, us: later - at });
            }
            Kind::Mute => {
                // The node's messages arrive when they are outdated, perhaps under another leader.
                for to in (1..=self.profile.nodes()).filter(|to| *to != node) {
                    self.put(at, Action::Clog { from: node, to, us: later - at });
                }
                let other = node % self.profile.nodes() + 1;
                let soon = at + 5 * MS + self.rng.below(40 * MS);
                self.put(soon, Action::Campaign { node: other });
            }
            Kind::Weather => {
                let mut some = |most: u64| (self.rng.below(2) * self.rng.below(most)) as u16;
                let weather = Weather { loss: some(200), duplicate: some(200), reorder: some(400) };
                self.put(at, Action::Weather(weather));
                if self.rng.below(2) == 0 {
                    self.put(later, Action::Weather(Weather::default()));
                }
            }
            Kind::Harm => self.harm(node, later),
            Kind::Clock => self.clock(node),
            Kind::Campaign => self.put(at, Action::Campaign { node }),
            Kind::Transfer => self.put(at, Action::Transfer { to: node }),
            Kind::Conf => self.conf(later),
            Kind::Compact => self.put(at, Action::TakeSnapshot { node }),
        }
    }

    /// Destroys data on a disk, and restarts its node.
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
            5 => self.put(at, Action::Wipe { node }),
            n => {
                self.put(at, Action::Disk { node, fault: fault[n as usize], at: place });
                self.put(at + 5 * MS, Action::Kill { node, torn_bytes: 0, sectors: None });
            }
        }
        self.put(later.max(at + 6 * MS), Action::Restart { node });
    }

    /// Makes a clock inaccurate. If leases are trusted, only within their tolerance.
    fn clock(&mut self, node: NodeId) {
        let most = if self.profile.lease { 40_000 } else { 400_000 };
        let drift_ppm = self.rng.below(2 * most) as i64 - most as i64;
        let jumps = !self.profile.lease && self.rng.below(2) == 0;
        let jump_us = if jumps { self.rng.below(600 * MS) as i64 - 300 * MS as i64 } else { 0 };
        let period_us = self.rng.below(2) * (20 * MS + self.rng.below(300 * MS));
        self.put(self.at, Action::Clock { node, drift_ppm, jump_us, period_us });
    }

    fn conf(&mut self, later: Micros) {
        let at = self.at;
        let mut change = || {
            let node = self.rng.below(u64::from(self.profile.nodes())) as NodeId + 1;
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
                self.put(at, Action::Conf { mode: ConfMode::Joint, changes: more });
                self.put(later, Action::Conf { mode: ConfMode::Leave, changes: Vec::new() });
            }
            _ => {
                self.put(at, Action::Conf { mode: ConfMode::Single, changes: vec![one] });
                // Soon after, so that without the rule two changes are in progress.
                self.put(at + 1, Action::Conf { mode: ConfMode::Single, changes: vec![more[0]] });
            }
        }
    }
}
