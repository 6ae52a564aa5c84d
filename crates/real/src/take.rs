//! Writes what a run of the lab needs outside: a tester, manifests for its faults, values for its topology, plans and
//! schedules for its backups.
//!
//! A kit is a list of text files. Guarantees: the same run gives the same bytes; every file says in its first lines
//! which versions it fits; every file that is named in a file is part of the kit; a fault or a setting that has no
//! counterpart, or a weaker one, is listed in `LEFT-OUT.txt` instead of being left out silently; nothing contains a
//! password. Leaves out: applying any of it.

use crate::take_aim;
use crate::take_chaos::{self, Strike};
use crate::take_disasters;
pub use crate::take_disasters::Plan;
pub use crate::take_file::File;
use crate::take_file::file;
use crate::take_left_out as left_out_of;
use crate::take_pods::Pods;
use crate::take_texts as texts;
use quorum_drill::suites::{self, Suite};
use quorum_facade::milvus;
use quorum_facade::milvus::settings::Settings;
use quorum_facade::regions;
use quorum_facade::saved::{Asked, Began, SavedRun};
use quorum_facade::{Action, Command, Control, Lab, RunConfig};
use quorum_types::{Micros, Refusal};

/// What the files are made of.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// What it was: the name of a drill or of a saved run.
    pub name: String,
    /// The cluster.
    pub cluster: Settings,
    /// The two regions.
    pub regions: regions::Settings,
    /// The faults of pods and links, in order of their times; those of a drill test by test.
    pub faults: Vec<(Micros, milvus::Action)>,
    /// Whether these are a drill's: a coordinator among the faults means the one that acts then, a zone means its.
    pub acting: bool,
    /// The drill of a disaster.
    pub disaster: Option<Plan>,
    /// Faults and settings that nothing outside makes, in words.
    pub left_out: Vec<String>,
}

impl Source {
    /// What a drill does, with its settings.
    pub fn of_drill(scenario: &str, set: &[(String, u64)]) -> Result<Self, Refusal> {
        let mut source = Self { name: scenario.to_owned(), acting: true, ..Self::default() };
        let Some(tests) = suites::parts(scenario) else {
            let Some(drills) = quorum_drill::disasters::drills(scenario) else {
                let names = quorum_drill::scenarios().join(", ");
                let error = format!("there is no scenario “{scenario}”; there are {names}");
                return Err(Refusal::new("unknown_scenario", error));
            };
            let (plan, settings) = take_disasters::plan(drills, set, &mut source.left_out)?;
            (source.disaster, source.regions) = (plan, settings);
            return Ok(source);
        };
        let is_target = |name: &str| quorum_drill::TARGETS.iter().any(|target| target.name == name);
        for (name, value) in set.iter().filter(|(name, _)| is_target(name)) {
            let replayed = format!("quorum-lab replay --set {name}={value} holds the tester's log to it");
            source.left_out.push(format!("{name} = {value}: a target; {replayed}"));
        }
        let (_, set) = quorum_drill::Targets::split(set)?;
        source.cluster = quorum_drill::outside::cluster_settings(&set)?;
        source.faults = tests.iter().flat_map(|test| source.faults_of(test)).collect();
        Ok(source)
    }

    /// The faults of a test, on the first pod of each component that it strikes.
    fn faults_of(&self, test: &Suite) -> Vec<(Micros, milvus::Action)> {
        let pods = Pods::of(&self.cluster);
        let kill = |component| pods.first(component).map(|node| milvus::Action::Kill { node });
        let strike = |strike: &suites::Strike| match strike {
            suites::Strike::Coordinator => kill("mixcoord"),
            suites::Strike::Proxy => kill("proxy"),
            suites::Strike::QueryNode => kill("querynode"),
            suites::Strike::DataNode => kill("datanode"),
            suites::Strike::Zone => Some(milvus::Action::KillZone { zone: 0 }),
            suites::Strike::Partition => {
                let side = [pods.first("mixcoord"), pods.last("proxy")].into_iter().flatten().collect();
                Some(milvus::Action::Partition { side, but: pods.of_log() })
            }
            suites::Strike::Isolation => {
                let side = pods.first("mixcoord").into_iter().collect();
                Some(milvus::Action::Partition { side, but: Vec::new() })
            }
        };
        let mut faults: Vec<_> =
            test.strikes.iter().filter_map(|one| Some((test.fault_us, strike(one)?))).collect();
        faults.extend(test.heals_after_us.map(|us| (test.fault_us + us, milvus::Action::Heal)));
        faults
    }

    /// What was done in a saved run.
    pub fn of_run(name: &str, run: &SavedRun) -> Result<Self, Refusal> {
        let mut source = Self { name: name.to_owned(), ..Self::default() };
        match &run.began {
            Began::Schedule(replay) => {
                for (name, value) in &replay.settings {
                    source.change(name, *value);
                }
                for timed in &replay.actions {
                    source.add(timed.t_us, &timed.command)?;
                }
                let off: Vec<&str> = replay.off.iter().map(String::as_str).collect();
                if !off.is_empty() {
                    source.left_out.push(format!("rules that were switched off: {}", off.join(", ")));
                }
            }
            Began::Lesson { slug, .. } => source.begin_as(Some(slug), None)?,
            Began::Topology { word, .. } => source.begin_as(None, Some(word))?,
        }
        let mut at_us = 0;
        for entry in &run.entries {
            at_us = entry.at.t_us().unwrap_or(at_us);
            if let Asked::Command(command) = &entry.what {
                source.add(at_us, command)?;
            }
        }
        quorum_types::sort::sort_by_key(&mut source.faults, |fault| fault.0);
        Ok(source)
    }

    /// The settings with which a lesson or a topology begins.
    fn begin_as(&mut self, lesson: Option<&String>, topology: Option<&String>) -> Result<(), Refusal> {
        let (lesson, topology) = (lesson.cloned(), topology.cloned());
        let lab =
            Lab::open(RunConfig { lesson, topology, seed: 1, kept: false, lang: "en".to_owned() }, None)?;
        for setting in milvus::settings::ALL {
            // The names of the other worlds are not those of this one, but for a few of clients.
            if let Some(value) = lab.setting("proxies").and_then(|_| lab.setting(setting.name)) {
                self.cluster.set(setting.name, value)?;
            }
        }
        for setting in regions::settings::ALL {
            if let Some(value) = lab.setting("region_nodes").and_then(|_| lab.setting(setting.name)) {
                self.regions.set(setting.name, value)?;
            }
        }
        Ok(())
    }

    /// Changes a setting of whichever world has it.
    fn change(&mut self, name: &str, value: u64) {
        let here = self.cluster.set(name, value).is_ok();
        if self.regions.set(name, value).is_err() && !here {
            self.left_out.push(format!("setting {name} = {value}: no world of a kit has it"));
        }
    }

    fn add(&mut self, at_us: Micros, command: &Command) -> Result<(), Refusal> {
        let left_out = |command: &Command| -> Result<String, Refusal> {
            let text = serde_json::to_string(command).map_err(|why| Refusal::new("json", why.to_string()))?;
            Ok(format!("{} ms: {text}", at_us / 1_000))
        };
        match command {
            Command::Control(Control::Set { name, value }) => {
                self.change(name, *value);
                if at_us > 0 {
                    let late =
                        format!("{} ms: {name} = {value}: the kit has it from the start", at_us / 1_000);
                    self.left_out.push(late);
                }
            }
            Command::Milvus(action) => self.faults.push((at_us, action.clone())),
            Command::Cluster(action) => match of_any_world(action) {
                Some(action) => self.faults.push((at_us, action)),
                None => self.left_out.push(left_out(command)?),
            },
            Command::Region(_) | Command::Engine(_) => self.left_out.push(left_out(command)?),
            // Time, lessons and views: nothing happens to a cluster.
            Command::Control(_) => {}
        }
        Ok(())
    }

    /// All files.
    pub fn kit(&self) -> Vec<File> {
        let mut left_out = self.left_out.clone();
        let mut files = vec![
            file("tester.py", texts::tester(&self.name, &self.cluster)),
            file("values.yaml", texts::values(&self.name, &self.cluster)),
        ];
        let pods = Pods::of(&self.cluster);
        let strikes = take_chaos::strikes(&self.faults, &pods, self.acting, &mut left_out);
        for (number, strike) in strikes.iter().enumerate() {
            files.push(manifest(number + 1, strike));
        }
        let aims: Vec<_> = (1..)
            .zip(&strikes)
            .filter_map(|(number, strike)| Some((number, strike.name.as_str(), strike.aim.as_ref()?)))
            .collect();
        files.extend(take_aim::script(&self.name, &aims).map(|text| file(take_aim::SCRIPT, text)));
        files.extend(take_disasters::files(&self.name, &self.regions, self.disaster.as_ref(), &mut left_out));
        if self.disaster.is_none() {
            left_out.extend(left_out_of::cluster(&self.cluster, !strikes.is_empty()));
        }
        // A cluster's kit has a plan of two regions besides; only a run that set something there is about them.
        if self.disaster.is_some() || self.regions != regions::Settings::default() {
            left_out.extend(left_out_of::regions(&self.regions));
        }
        if !left_out.is_empty() {
            let head =
                "These were done or set in the lab and have no counterpart in this kit, or a weaker one:\n";
            files.push(file("LEFT-OUT.txt", format!("{head}{}\n", left_out.join("\n"))));
        }
        files
    }
}

/// A fault of nodes or links that pods have too.
fn of_any_world(action: &Action) -> Option<milvus::Action> {
    Some(match action.clone() {
        Action::Kill { node, .. } => milvus::Action::Kill { node },
        Action::Restart { node } => milvus::Action::Restart { node },
        Action::Pause { node } => milvus::Action::Pause { node },
        Action::Resume { node } => milvus::Action::Resume { node },
        Action::Cut { from, to, one_way } => milvus::Action::Cut { from, to, one_way },
        Action::Partition { side } => milvus::Action::Partition { side, but: Vec::new() },
        Action::Heal => milvus::Action::Heal,
        Action::Clog { from, to, us } => milvus::Action::Clog { from, to, us },
        Action::Weather(weather) => milvus::Action::Weather(weather),
        Action::Clock { node, drift_ppm, jump_us, period_us } => {
            milvus::Action::Clock { node, drift_ppm, jump_us, period_us }
        }
        _ => return None,
    })
}

fn manifest(number: usize, strike: &Strike) -> File {
    File { path: format!("chaos/{number:02}-{}.yaml", strike.name), text: strike.text(number) }
}
