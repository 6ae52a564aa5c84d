//! Writes what a run of the lab needs outside: a tester, manifests for its faults, values for its topology, plans and
//! schedules for its backups.
//!
//! A kit is a list of text files. Guarantees: the same run gives the same bytes; every file says in its first lines
//! which versions it fits; a fault that has no counterpart, or a weaker one, is listed in `LEFT-OUT.txt` instead of
//! being left out silently; nothing contains a password. Leaves out: applying any of it.

use crate::take_chaos::{self, Pods, Strike};
use crate::take_texts as texts;
use quorum_drill::suites::{self, Suite};
use quorum_facade::milvus;
use quorum_facade::milvus::settings::Settings;
use quorum_facade::regions::config::{DrConfig, Words};
use quorum_facade::regions::{self, advice};
use quorum_facade::saved::{Asked, Began, SavedRun};
use quorum_facade::{Action, Command, Control};
use quorum_types::{Micros, Refusal};

/// A file of a kit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path in the kit.
    pub path: String,
    /// Its text.
    pub text: String,
}

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
    /// Faults that nothing outside makes, in words.
    pub left_out: Vec<String>,
}

impl Source {
    /// What a drill does, with its settings.
    pub fn of_drill(scenario: &str, set: &[(String, u64)]) -> Result<Self, Refusal> {
        let mut source = Self { name: scenario.to_owned(), ..Self::default() };
        let Some(tests) = suites::parts(scenario) else {
            if quorum_drill::disasters::drills(scenario).is_none() {
                let names = quorum_drill::scenarios().join(", ");
                let error = format!("there is no scenario “{scenario}”; there are {names}");
                return Err(Refusal::new("unknown_scenario", error));
            }
            source.set_regions(set);
            return Ok(source);
        };
        let (_, set) = quorum_drill::Targets::split(set)?;
        source.cluster = quorum_drill::outside::cluster_settings(&set)?;
        source.faults = tests.iter().flat_map(|test| source.faults_of(test)).collect();
        Ok(source)
    }

    fn set_regions(&mut self, set: &[(String, u64)]) {
        for (name, value) in set {
            // A drill's own terms are no settings of the world.
            let _ = self.regions.set(name, *value);
        }
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
            suites::Strike::Partition | suites::Strike::Isolation => {
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
        if let Began::Schedule(replay) = &run.began {
            for (name, value) in &replay.settings {
                source.change(name, *value);
            }
            for timed in &replay.actions {
                source.add(timed.t_us, &timed.command)?;
            }
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

    /// Changes a setting of whichever world has it.
    fn change(&mut self, name: &str, value: u64) {
        if self.cluster.set(name, value).is_err() {
            // Those of other worlds change nothing that is written here.
            let _ = self.regions.set(name, value);
        }
    }

    fn add(&mut self, at_us: Micros, command: &Command) -> Result<(), Refusal> {
        let left_out = |command: &Command| -> Result<String, Refusal> {
            let text = serde_json::to_string(command).map_err(|why| Refusal::new("json", why.to_string()))?;
            Ok(format!("{} ms: {text}", at_us / 1_000))
        };
        match command {
            Command::Control(Control::Set { name, value }) => self.change(name, *value),
            Command::Milvus(action) => self.faults.push((at_us, action.clone())),
            Command::Cluster(action) => match of_any_world(action) {
                Some(action) => self.faults.push((at_us, action)),
                None => self.left_out.push(left_out(command)?),
            },
            Command::Region(_) => self.left_out.push(left_out(command)?),
            Command::Control(_) | Command::Engine(_) => {}
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
        for (number, strike) in take_chaos::strikes(&self.faults, &pods, &mut left_out).iter().enumerate() {
            files.push(manifest(number + 1, strike));
        }
        files.extend(self.disasters());
        if !left_out.is_empty() {
            let head = "These were done in the lab and have no counterpart in this kit, or a weaker one:\n";
            files.push(file("LEFT-OUT.txt", format!("{head}{}\n", left_out.join("\n"))));
        }
        files
    }

    fn disasters(&self) -> Vec<File> {
        let words = Words::default();
        let head = texts::dr_config_head(&self.name);
        let commands = advice::commands(&words, &self.regions);
        vec![
            file("dr_config.yaml", head + &DrConfig::of(&words, &self.regions).text()),
            file("backup.yaml", texts::backup_config(&self.name)),
            file("backup.sh", texts::backup_script(&self.name, &commands)),
            file("crontab", texts::crontab(&self.name, &commands)),
        ]
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

fn file(path: &str, text: String) -> File {
    File { path: path.to_owned(), text }
}

fn manifest(number: usize, strike: &Strike) -> File {
    File { path: format!("chaos/{number:02}-{}.yaml", strike.name), text: strike.text(number) }
}
