//! Generates schedules for two regions from seeds.
//!
//! Each seed has its own profile: settings, a pace, and a set of actions of which some are frequent and others never
//! occur (Groce et al., “Swarm Testing”, ISSTA 2012). All times are short, so that a disaster, the switch after it and
//! the way back fit into a run. If a rule is off, the profile favours situations in which that rule matters.
//! Guarantees: the same seed and rule make the same schedule. Leaves out: running the schedule.

use super::action::{Action, Surprise};
use super::rules::Rule;
use super::runbook::{BUILT_IN, Runbook, Step};
use quorum_sim::swarm::{self, Timed};
use quorum_types::{Micros, Rng, SECOND};

/// A schedule of two regions.
pub(super) type Schedule = swarm::Schedule<Action, Rule>;

/// The random stream of a seed that generates schedules.
const STREAM: u64 = 1 << 40;
/// The one that adds dumps to it, so that everything else of a seed is as it was without them.
const DUMPS: u64 = STREAM + 1;
/// The maximum number of dumps of a schedule.
const MOST_DUMPS: u64 = 6;
/// The maximum number of actions of a schedule, before their follow-ups.
const MOST_ACTIONS: u64 = 60;

/// Small regions, for schedules written by hand.
#[cfg(all(test, not(target_arch = "wasm32")))]
pub(super) const SMALL: &[(&str, u64)] = &[
    ("rows_each", 8),
    ("dim", 2),
    ("data_gb", 1),
    ("clients_beijing", 1),
    ("write_interval_ms", 20_000),
    ("read_interval_ms", 40_000),
    ("delete_percent", 20),
    ("health_check_s", 20),
    ("respond_s", 20),
    ("verify_s", 0),
    ("warm_s", 100),
    ("cold_s", 400),
    ("log_retention_h", 1),
];

/// Kinds of actions, each with a weight in a schedule's profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Lose,
    Wipe,
    Node,
    Isolate,
    Cut,
    Slow,
    Heal,
    Mistake,
    Backup,
    Surprise,
    Set,
    Switchover,
    Run,
    Step,
    FailBack,
    MergeBack,
    Runbook,
    Stop,
}

const KINDS: [Kind; 18] = [
    Kind::Lose,
    Kind::Wipe,
    Kind::Node,
    Kind::Isolate,
    Kind::Cut,
    Kind::Slow,
    Kind::Heal,
    Kind::Mistake,
    Kind::Backup,
    Kind::Surprise,
    Kind::Set,
    Kind::Switchover,
    Kind::Run,
    Kind::Step,
    Kind::FailBack,
    Kind::MergeBack,
    Kind::Runbook,
    Kind::Stop,
];

/// The profile of a seed.
#[derive(Clone, Debug)]
struct FaultProfile {
    weights: [u64; KINDS.len()],
    /// Time between two writes of a client, the measure of everything else.
    pace_s: u64,
    /// Mean time between two actions, in paces.
    gap: u64,
    settings: Vec<(&'static str, u64)>,
}

/// Generates the schedule of a seed, with a rule off or none.
pub(super) fn make(seed: u64, off: Option<Rule>) -> Schedule {
    let mut rng = Rng::new(seed, STREAM);
    let mut profile = FaultProfile::any(&mut rng);
    if let Some(rule) = off {
        profile = profile.against(rule);
    }
    let settings = profile.settings.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    let mut maker = Maker { rng, profile, at: SECOND, actions: Vec::new() };
    for _ in 0..MOST_ACTIONS {
        maker.one();
    }
    let mut actions = maker.actions;
    if off.is_none_or(|rule| rule == Rule::SalvageFromApplied) {
        actions.extend(dumps(seed, maker.at));
    }
    actions.sort_by_key(|timed| timed.t_us);
    Schedule { nodes: 2, seed, settings, off: off.into_iter().collect(), actions }
}

/// Dumps at any moments of a schedule.
fn dumps(seed: u64, until: Micros) -> impl Iterator<Item = Timed<Action>> {
    let mut rng = Rng::new(seed, DUMPS);
    let count = rng.below(MOST_DUMPS + 1);
    (0..count).map(move |_| Timed { t_us: SECOND + rng.below(until), action: Action::Dump })
}

impl FaultProfile {
    /// A profile chosen at random.
    fn any(rng: &mut Rng) -> Self {
        let mut one_of = |some: &[u64]| some[rng.below(some.len() as u64) as usize];
        let pace_s = one_of(&[2, 5, 20, 60]);
        let gap = one_of(&[4, 10, 30]);
        let mut weights = [0; KINDS.len()];
        for weight in &mut weights {
            // Half of the kinds never occur.
            *weight = one_of(&[0, 1]) * one_of(&[1, 2, 3, 4]);
        }
        weights[Kind::Heal as usize] = 4;
        let settings = vec![
            ("region_nodes", one_of(&[1, 3, 3])),
            ("rows_each", one_of(&[1, 3, 8])),
            ("dim", 2),
            ("data_gb", one_of(&[1, 1, 3])),
            ("write_kb", one_of(&[8, 100])),
            ("clients_beijing", one_of(&[1, 2])),
            ("clients_shanghai", one_of(&[0, 1])),
            ("write_interval_ms", pace_s * 1_000),
            ("read_interval_ms", pace_s * 2_000),
            ("update_percent", one_of(&[20, 50])),
            ("delete_percent", one_of(&[10, 30])),
            ("client_timeout_ms", one_of(&[500, 5_000])),
            ("backup", one_of(&[0, 1, 1])),
            ("backup_hour", 0),
            ("backup_every_h", 1),
            ("backup_full_every", one_of(&[1, 3])),
            ("backup_verify", one_of(&[0, 1])),
            ("sync_mode", one_of(&[0, 1, 1, 1, 2, 2, 3, 4])),
            ("near_interval_s", pace_s * one_of(&[5, 20])),
            ("near_batch_s", pace_s * one_of(&[0, 2, 8])),
            ("sync_interval_h", 1),
            ("sync_batch_s", pace_s * one_of(&[0, 10])),
            ("link_latency_ms", one_of(&[30, 30, 1_000, 5_000])),
            ("link_kb_s", one_of(&[1_000, 10_000, 100_000])),
            ("health_check_s", pace_s.max(5)),
            ("failure_threshold", one_of(&[1, 3])),
            ("auto_switch", one_of(&[0, 1, 1])),
            ("runbook", one_of(&[0, 1, 2, 3, 4, 5])),
            ("respond_s", pace_s),
            ("decide_s", pace_s),
            ("verify_s", one_of(&[0, 5])),
            ("fencing", one_of(&[0, 1, 1, 1])),
            ("lease_s", pace_s * one_of(&[1, 5, 20])),
            ("standby_read_only", one_of(&[0, 1, 1, 1])),
            ("standby", one_of(&[0, 1, 2, 2, 2])),
            ("warm_s", pace_s * 5),
            ("cold_s", pace_s * 20),
            ("dns_ttl_s", pace_s * one_of(&[0, 2, 20])),
            ("dns_overstay_s", pace_s * one_of(&[0, 0, 30])),
            ("dns_overstay_percent", one_of(&[0, 50])),
            ("log_retention_h", 1),
        ];
        Self { weights, pace_s, gap, settings }
    }

    /// A profile that makes violations likely while this rule is off.
    fn against(self, rule: Rule) -> Self {
        use Kind::{
            Backup, Cut, FailBack, Heal, Isolate, Lose, MergeBack, Run, Set, Slow, Step, Surprise,
            Switchover, Wipe,
        };
        let calm = self.often(&[(Heal, 3)]);
        let fenced = [("fencing", 1), ("standby_read_only", 1), ("auto_switch", 1)];
        match rule {
            Rule::FenceBeforePromote => {
                calm.also(&[(Isolate, 2), (Run, 4), (Switchover, 2)]).with(&fenced).with(&[("standby", 2)])
            }
            Rule::FenceCheckedOnWrite => calm.also(&[(Isolate, 4)]).with(&fenced).with(&[("auto_switch", 0)]),
            Rule::EpochGrowsOnPromotion => calm.also(&[(Run, 3)]).with(&[("standby", 2)]),
            Rule::AckAfterDurable => calm.also(&[(Step, 4), (Isolate, 2), (Run, 2)]).with(&fenced),
            Rule::LatencyBeforeDurable => calm.also(&[(Lose, 1)]),
            Rule::ApplyWithoutGaps => {
                let shipped = [("sync_mode", 1), ("standby", 2), ("link_latency_ms", 5_000)];
                calm.also(&[(Cut, 4), (Heal, 4)]).with(&shipped)
            }
            Rule::TombstonesTravel => {
                calm.also(&[(Lose, 1)]).with(&[("sync_mode", 1), ("standby", 2), ("delete_percent", 30)])
            }
            Rule::MergeKeepsNewer => calm.also(&[(Isolate, 3), (Run, 2), (MergeBack, 4)]).with(&[
                ("fencing", 0),
                ("standby", 2),
                ("sync_mode", 1),
                ("delete_percent", 30),
                ("update_percent", 50),
                ("runbook", 5),
            ]),
            Rule::RefillBeforeFollowing => calm
                .also(&[(Isolate, 2), (Lose, 2), (Run, 3), (FailBack, 3), (Set, 2)])
                .with(&[("sync_mode", 1), ("standby", 2), ("runbook", 5), ("auto_switch", 1)]),
            Rule::ResyncRestartsShipping => calm.also(&[(FailBack, 4), (Cut, 4)]).with(&[
                ("sync_mode", 2),
                ("standby", 2),
                ("data_gb", 3),
                ("link_kb_s", 10_000),
            ]),
            Rule::CutStopsACopy => calm.also(&[(FailBack, 4), (Cut, 2), (Slow, 3)]).with(&[
                ("sync_mode", 1),
                ("standby", 2),
                ("data_gb", 3),
            ]),
            Rule::CopyIncludesNewWrites => {
                calm.also(&[(FailBack, 4)]).with(&[("sync_mode", 1), ("standby", 2)])
            }
            Rule::VerifyBackupChecksum => calm.also(&[(Backup, 4), (Surprise, 4), (Run, 4)]).with(&[
                ("backup", 1),
                ("rows_each", 8),
                ("runbook", 3),
            ]),
            Rule::IncrementKeepsLineage => calm
                .also(&[(Backup, 6), (Wipe, 3), (Run, 6), (FailBack, 3)])
                .with(&[("backup", 1), ("backup_full_every", 3), ("rows_each", 8), ("standby", 2)]),
            Rule::DnsCacheUntilTtl => calm.also(&[(Surprise, 4), (Run, 4)]).with(&[("dns_ttl_s", 300)]),
            Rule::FailedStepStops => calm.also(&[(Lose, 2), (Run, 4)]),
            Rule::OneRpo => calm.also(&[(Lose, 3), (Run, 4)]).with(&[("sync_mode", 2), ("standby", 2)]),
            Rule::ReportLossOnce => {
                calm.also(&[(Lose, 3), (Run, 5)]).with(&[("sync_mode", 2), ("standby", 2)])
            }
            Rule::OutageWaitsForAll => calm.also(&[(Lose, 2), (Isolate, 2)]).with(&fenced).with(&[
                ("sync_mode", 1),
                ("standby", 2),
                ("runbook", 5),
                ("clients_shanghai", 1),
            ]),
            Rule::SalvageFromApplied => {
                calm.also(&[(Lose, 2), (Isolate, 2), (Run, 4), (FailBack, 2)]).with(&[
                    ("sync_mode", 1),
                    ("standby", 2),
                    ("link_latency_ms", 5_000),
                    ("runbook", 5),
                    ("auto_switch", 1),
                ])
            }
        }
    }

    /// Only these kinds occur.
    fn often(mut self, kinds: &[(Kind, u64)]) -> Self {
        self.weights = [0; KINDS.len()];
        self.also(kinds)
    }

    fn also(mut self, kinds: &[(Kind, u64)]) -> Self {
        kinds.iter().for_each(|(kind, weight)| self.weights[*kind as usize] = *weight);
        self
    }

    fn with(mut self, settings: &[(&'static str, u64)]) -> Self {
        for (name, value) in settings {
            self.settings.retain(|(known, _)| known != name);
            self.settings.push((name, *value));
        }
        self
    }
}

/// A schedule being generated.
struct Maker {
    rng: Rng,
    profile: FaultProfile,
    at: Micros,
    actions: Vec<Timed<Action>>,
}

impl Maker {
    fn put(&mut self, at: Micros, action: Action) {
        self.actions.push(Timed { t_us: at, action });
    }

    fn one_of<T: Copy>(&mut self, some: &[T]) -> T {
        some[self.rng.below(some.len() as u64) as usize]
    }

    /// A time comparable to the time between two actions, more often shorter than longer.
    fn a_while(&mut self) -> Micros {
        let pace_us = self.profile.pace_s * SECOND;
        self.rng.below(4 * pace_us) * (1 + self.rng.below(12))
    }

    /// Adds one more action, with its follow-up actions.
    fn one(&mut self) {
        let gap_us = self.profile.gap * self.profile.pace_s * SECOND;
        self.at += 1 + self.rng.below(2 * gap_us);
        let total: u64 = self.profile.weights.iter().sum();
        let mut chosen = self.rng.below(total.max(1));
        for (kind, weight) in KINDS.into_iter().zip(self.profile.weights) {
            if chosen < weight {
                return self.make(kind);
            }
            chosen -= weight;
        }
    }

    fn make(&mut self, kind: Kind) {
        let at = self.at;
        let later = at + 1 + self.a_while();
        let region = self.one_of(&[0, 0, 1]);
        let returns = self.rng.below(4) > 0;
        match kind {
            Kind::Lose | Kind::Wipe => {
                self.put(at, Action::Lose { region, wiped: kind == Kind::Wipe });
                if returns {
                    self.put(later, Action::Return { region });
                }
            }
            Kind::Node => {
                let node = self.rng.below(3) as usize;
                self.put(at, Action::KillNode { region, node });
                if returns {
                    self.put(later, Action::StartNode { region, node });
                }
            }
            Kind::Isolate => {
                self.put(at, Action::Isolate { region });
                if returns {
                    self.put(later, Action::Heal);
                }
            }
            Kind::Cut => {
                self.put(at, Action::Link { kb_s: 0 });
                if returns {
                    self.put(later, Action::Heal);
                }
            }
            Kind::Slow => {
                let kb_s = self.one_of(&[10, 500, 5_000]);
                self.put(at, Action::Link { kb_s });
            }
            Kind::Heal => {
                self.put(at, Action::Heal);
                self.put(at + 1, Action::Return { region });
            }
            Kind::Mistake => self.put(at, Action::Mistake { collection: self.at as usize % 3 }),
            Kind::Backup => self.put(at, Action::Backup),
            Kind::Surprise => {
                let surprise = self.one_of(&Surprise::ALL);
                self.put(at, Action::Surprise(surprise));
                if returns {
                    self.put(later, Action::Review);
                }
            }
            Kind::Set => self.set(),
            Kind::Switchover => self.put(at, Action::Run(built_in("switchover"))),
            Kind::Run => {
                let (name, _) = self.one_of(&BUILT_IN);
                self.put(at, Action::Run(built_in(name)));
            }
            Kind::Step => {
                let step = self.one_of(&Step::ALL);
                self.put(at, Action::Step(step));
            }
            Kind::FailBack => self.put(at, Action::FailBack { merge: false }),
            Kind::MergeBack => self.put(at, Action::FailBack { merge: true }),
            Kind::Runbook => {
                let (name, _) = self.one_of(&BUILT_IN);
                self.put(at, Action::Runbook(built_in(name)));
            }
            Kind::Stop => self.put(at, Action::StopRun),
        }
    }

    /// Changes a setting while the regions run.
    fn set(&mut self) {
        let pace_s = self.profile.pace_s;
        let (name, value) = self.one_of(&[
            ("sync_mode", 0),
            ("sync_mode", 1),
            ("sync_mode", 2),
            ("sync_mode", 3),
            ("sync_mode", 4),
            ("near_interval_s", 3 * pace_s),
            ("fencing", 0),
            ("fencing", 1),
            ("standby_read_only", 0),
            ("standby_read_only", 1),
            ("dns_ttl_s", 0),
            ("dns_ttl_s", 10 * pace_s),
            ("link_kb_s", 500),
            ("link_kb_s", 20_000),
            ("link_latency_ms", 2_000),
            ("auto_switch", 1),
            ("backup_full_every", 2),
            ("lease_s", pace_s),
        ]);
        self.put(self.at, Action::Set { name: name.to_owned(), value });
    }
}

fn built_in(name: &str) -> Runbook {
    Runbook::built_in(name).expect("a built-in runbook of this name")
}
