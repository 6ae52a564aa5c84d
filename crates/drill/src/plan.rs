//! The plan of a drill: scenario, seed, runs, settings, targets.
//!
//! A drill has its own settings, its targets, in addition to those of its world; `--set` accepts both. Guarantees:
//! every default has its source; an invalid plan is rejected before anything runs. Leaves out: playing it.

use super::disasters::{self, Disaster};
use super::dr_settings::{self, TERMS, Terms};
use super::suites;
use super::targets::{TARGETS, Targets};
use quorum_facade::regions::{Runbook, settings as regions};
use quorum_facade::swarm::WorldKind;
use quorum_facade::{Lab, RunConfig, SETTINGS, Setting, milvus};
use quorum_lesson::Lesson;
use quorum_types::Refusal;

/// Most runs of one drill.
pub(crate) const MAX_RUNS: u64 = 100_000;
/// The largest seed that a page can carry.
const MAX_SEED: u64 = (1 << 53) - 1;
/// The first seed of suites, where none is given.
const FIRST_SEED: u64 = 1;

/// What to drill.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The scenario's name.
    pub scenario: String,
    /// The first run's seed; the scenario's own if left out.
    pub seed: Option<u64>,
    /// How many runs.
    pub runs: u64,
    /// Settings by name, of the world and of the drill; of two of one name the later counts.
    pub set: Vec<(String, u64)>,
    /// The runbook of a disaster drill, by name or as it is written; the drill's own if left out.
    pub runbook: Option<String>,
}

/// Milvus 2.3.5 stand-alone (PyPI package `milvus`) on a machine with 2 shared cores: everything in one process, one
/// pod of each kind here, so every kill is one of them all. The process is started again at once, and waits for its own
/// old lease: all 30 s of it, because the metadata store, which died with it, grants the whole lease again.
///
/// The last eight are fitted to what was measured on 2026-12-01 (docs/against-real-servers.md), while nothing else ran.
/// A test holds the lab's figures to the measured ones.
pub const MILVUS_235: [(&str, u64); 24] = [
    ("one_process", 1),
    ("control_plane", 1),
    ("active_standby", 0),
    ("coordinators", 1),
    ("proxies", 1),
    ("query_nodes", 1),
    ("data_nodes", 1),
    ("index_nodes", 1),
    ("meta_members", 1),
    ("wal_replicas", 1),
    ("zones", 1),
    ("replicas", 1),
    ("segments", 1),
    ("health_check_ms", 100),
    ("health_misses", 1),
    ("restart_ms", 0),
    ("boot_ms", 2_000),
    ("latency_min_us", 50),
    ("latency_max_us", 100),
    ("search_us", 2_500),
    ("tick_ms", 650),
    ("link_mb_per_s", 48),
    ("fsync_min_ms", 1),
    ("fsync_max_ms", 2),
];

/// The settings that a preset stands for. `milvus`: what Milvus's own chaos tests assert of a standby's taking over,
/// RTO below 30 s and a share of 0.99 of requests answered; `course`: note 2.
///
/// `milvus-2.3.5` is a stand-alone server as it was measured ([`MILVUS_235`]). `note-world` is for disasters: the world
/// of notes 4 and 5, in which their own five steps can succeed.
pub fn preset(name: &str) -> Result<Vec<(String, u64)>, Refusal> {
    let values = match name {
        "course" => [15_000, 10, 0],
        "milvus" => [30_000, 0, 990],
        "note-world" => {
            let world = regions::NOTE_WORLD.into_iter();
            return Ok(world.map(|(name, value)| (name.to_owned(), value)).collect());
        }
        "milvus-2.3.5" => {
            return Ok(MILVUS_235.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect());
        }
        _ => {
            let error =
                format!("there is no preset “{name}”; there are course, milvus, milvus-2.3.5, note-world");
            return Err(Refusal::new("unknown_preset", error));
        }
    };
    Ok(TARGETS.iter().map(|setting| setting.name.to_owned()).zip(values).collect())
}

/// A setting as `--settings` lists it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct SettingValue {
    /// Its name.
    pub name: &'static str,
    /// Its value in this scenario.
    pub value: u64,
    /// Its unit.
    pub unit: &'static str,
    /// The least that is taken.
    pub min: u64,
    /// The most that is taken.
    pub max: u64,
    /// Where the default comes from.
    pub source: &'static str,
}

impl SettingValue {
    fn of(setting: &Setting, value: u64) -> Self {
        let Setting { name, unit, min, max, source, .. } = *setting;
        Self { name, value, unit, min, max, source }
    }
}

/// The settings of a scenario: those of its world, then those of the drill.
pub fn settings(scenario: &str) -> Result<Vec<SettingValue>, Refusal> {
    if let Some(drills) = disasters::drills(scenario) {
        return disaster_settings(drills);
    }
    let mut values: Vec<SettingValue> = if suites::parts(scenario).is_some() {
        milvus::settings::ALL.iter().map(|setting| SettingValue::of(setting, setting.default)).collect()
    } else {
        let lab = open_lesson(scenario, None, &[])?;
        let value = |setting: &Setting| lab.setting(setting.name).unwrap_or(setting.default);
        SETTINGS.iter().map(|setting| SettingValue::of(setting, value(setting))).collect()
    };
    let targets = Targets::default().values();
    values.extend(TARGETS.iter().zip(targets).map(|(setting, value)| SettingValue::of(setting, value)));
    Ok(values)
}

/// The settings of disaster drills. Where several have values of their own, the default stands.
fn disaster_settings(drills: &[Disaster]) -> Result<Vec<SettingValue>, Refusal> {
    let one_for_all = |setting: &Setting, values: &[u64]| match values {
        [first, others @ ..] if others.iter().all(|other| other == first) => {
            SettingValue::of(setting, *first)
        }
        _ => SettingValue::of(setting, setting.default),
    };
    let mut listed = Vec::with_capacity(regions::ALL.len() + TERMS.len());
    for setting in regions::ALL {
        let mut values = Vec::with_capacity(drills.len());
        for drill in drills {
            values.push(dr_settings::world(drill, &[])?.value(setting.name).unwrap_or(setting.default));
        }
        listed.push(one_for_all(setting, &values));
    }
    for (at, term) in TERMS.iter().enumerate() {
        let values: Vec<u64> = drills.iter().map(|drill| Terms::default().values(drill)[at]).collect();
        listed.push(one_for_all(term, &values));
    }
    Ok(listed)
}

impl Plan {
    /// The first run's seed.
    pub fn first_seed(&self) -> Result<u64, Refusal> {
        let seed = match self.seed {
            Some(seed) => seed,
            None if suites::parts(&self.scenario).is_some() => FIRST_SEED,
            None if disasters::drills(&self.scenario).is_some() => FIRST_SEED,
            None => lesson_of(&self.scenario)?.seed,
        };
        if seed.saturating_add(self.runs.saturating_sub(1)) > MAX_SEED {
            return Err(Refusal::new("bad_seed", format!("a seed is at most {MAX_SEED}")));
        }
        Ok(seed)
    }

    /// The targets of failovers; drills of disasters have their own each (`dr_settings`).
    pub(super) fn targets(&self) -> Result<Targets, Refusal> {
        if disasters::drills(&self.scenario).is_some() {
            return Ok(Targets::default());
        }
        Targets::split(&self.set).map(|(targets, _)| targets)
    }

    /// Refuses what cannot be drilled.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.runs == 0 || self.runs > MAX_RUNS {
            return Err(Refusal::new("bad_runs", format!("--runs takes 1 to {MAX_RUNS}")));
        }
        self.first_seed()?;
        if let Some(drills) = disasters::drills(&self.scenario) {
            return self.check_disasters(drills);
        }
        if self.runbook.is_some() {
            let error = format!("{} has no runbook; the drills of disasters (dr-…) have one", self.scenario);
            return Err(Refusal::new("no_runbook", error));
        }
        let (_, world) = Targets::split(&self.set)?;
        if suites::parts(&self.scenario).is_some() {
            cluster_settings(&world).map(|_| ())
        } else {
            open_lesson(&self.scenario, self.seed, &world).map(|_| ())
        }
    }

    fn check_disasters(&self, drills: &[Disaster]) -> Result<(), Refusal> {
        let (_, world) = Terms::split(&self.set)?;
        drills.iter().try_for_each(|drill| dr_settings::world(drill, &world).map(|_| ()))?;
        self.runbook.as_deref().map_or(Ok(()), |text| Runbook::parse(text).map(|_| ()))
    }
}

/// The settings of a Milvus cluster with some of them changed.
pub(super) fn cluster_settings(set: &[(String, u64)]) -> Result<milvus::settings::Settings, Refusal> {
    let mut settings = milvus::settings::Settings::default();
    for (name, value) in set {
        settings.set(name, *value)?;
    }
    Ok(settings)
}

/// The names of all scenarios.
pub fn scenarios() -> Vec<&'static str> {
    suites::SCENARIOS.into_iter().chain(disasters::SCENARIOS).collect()
}

/// The world of another crate whose code a scenario needs; none for a scenario of a replica set, or an unknown one.
pub fn world(scenario: &str) -> Option<WorldKind> {
    if disasters::drills(scenario).is_some() {
        return Some(WorldKind::Regions);
    }
    if suites::parts(scenario).is_some() {
        return Some(WorldKind::Milvus);
    }
    WorldKind::of(&lesson_of(scenario).ok()?.topology)
}

/// The lesson that a scenario is played from.
fn lesson_of(scenario: &str) -> Result<&'static Lesson, Refusal> {
    quorum_lesson::find(scenario).filter(|_| suites::SCENARIOS.contains(&scenario)).ok_or_else(|| {
        let error = format!("there is no scenario “{scenario}”; there are {}", scenarios().join(", "));
        Refusal::new("unknown_scenario", error)
    })
}

/// The lesson's lab.
pub(super) fn open_lesson(scenario: &str, seed: Option<u64>, set: &[(String, u64)]) -> Result<Lab, Refusal> {
    let lesson = lesson_of(scenario)?;
    let config = RunConfig {
        lesson: Some(lesson.slug.clone()),
        topology: None,
        seed: seed.unwrap_or(lesson.seed),
        kept: false,
        lang: "en".to_owned(),
    };
    Lab::open_with(config, None, set)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(plan: Plan) -> String {
        plan.check().map_or_else(|refusal| refusal.code, |()| "taken".to_owned())
    }

    fn plan(scenario: &str, runs: u64, set: &[(&str, u64)]) -> Plan {
        let set = set.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        Plan { scenario: scenario.to_owned(), seed: None, runs, set, runbook: None }
    }

    #[test]
    fn what_cannot_be_drilled_is_refused_before_anything_runs() {
        assert_eq!(
            check(plan("failover-all", 1, &[("health_check_ms", 60_000), ("rto_target_ms", 0)])),
            "taken"
        );
        assert_eq!(check(plan("kill-the-leader", 1, &[("heartbeat_ms", 50), ("failed_target", 3)])), "taken");
        assert_eq!(check(plan("failover-all", 0, &[])), "bad_runs");
        assert_eq!(check(plan("failover-all", MAX_RUNS + 1, &[])), "bad_runs");
        assert_eq!(check(plan("failover-none", 1, &[])), "unknown_scenario");
        assert_eq!(check(plan("pull-the-plug", 1, &[])), "unknown_scenario");
        assert_eq!(check(plan("failover-all", 1, &[("heartbeat_ms", 50)])), "unknown_setting");
        assert_eq!(check(plan("failover-all", 1, &[("coordinators", 0)])), "bad_setting");
        assert_eq!(check(plan("failover-all", 1, &[("rto_target_ms", u64::MAX)])), "bad_setting");
        assert_eq!(check(plan("dr-all", 1, &[("rows_each", 9), ("surprise", 7)])), "taken");
        assert_eq!(check(plan("dr-all", 1, &[("coordinators", 3)])), "unknown_setting");
        assert_eq!(check(plan("dr-all", 1, &[("surprise", 8)])), "bad_setting");
        let with = |scenario: &str, runbook: &str| Plan {
            runbook: Some(runbook.to_owned()),
            ..plan(scenario, 1, &[])
        };
        assert_eq!(check(with("dr-runbook", "page\npromote")), "taken");
        assert_eq!(check(with("dr-runbook", "pray")), "bad_runbook");
        assert_eq!(check(with("failover-all", "careful")), "no_runbook");
        assert_eq!(check(Plan { seed: Some(u64::MAX), ..plan("failover-all", 1, &[]) }), "bad_seed");
        assert_eq!(preset("frogs").map_err(|refusal| refusal.code), Err("unknown_preset".to_owned()));
    }

    #[test]
    fn every_target_has_a_source_and_presets_change_targets_only() {
        for setting in &TARGETS {
            assert!(!setting.source.is_empty() && setting.default <= setting.max, "{}", setting.name);
        }
        let (targets, others) = Targets::split(&preset("milvus").expect("there is one")).expect("taken");
        assert_eq!((targets.rto_ms, targets.failed, targets.success_permille), (30_000, 0, 990));
        assert_eq!(targets.failures_per_month, Targets::default().failures_per_month);
        assert!(others.is_empty());
        let (course, _) = Targets::split(&preset("course").expect("there is one")).expect("taken");
        assert_eq!(course, Targets::default());
    }
}
