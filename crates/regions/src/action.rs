//! Actions that change two regions from outside, and their form as a word with arguments.
//!
//! Guarantees: plain data; an unknown word, or one without its arguments, is refused with a hint. Leaves out: the
//! effects.

use serde::{Deserialize, Serialize};

use super::runbook::{Runbook, Step};
use quorum_types::Refusal;

/// Which region, from 0: Beijing, Shanghai.
pub type Region = usize;

/// A hidden fault that has no effect until the affected thing is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surprise {
    /// The newest backup has a damaged byte.
    DamagedBackup,
    /// The newest backup was never finished, but is marked as finished.
    HalfBackup,
    /// A step of the runbook is out of date: it points the name to a host that is gone.
    WrongStep,
    /// Reading from the bucket takes eight times as long.
    SlowRestore,
    /// One of the three collections was left out of the configuration of backup and shipping.
    MissingCollection,
    /// The person on call answers after eight hours.
    NobodyOnCall,
}

impl Surprise {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::DamagedBackup,
        Self::HalfBackup,
        Self::WrongStep,
        Self::SlowRestore,
        Self::MissingCollection,
        Self::NobodyOnCall,
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::DamagedBackup => "damaged_backup",
            Self::HalfBackup => "half_backup",
            Self::WrongStep => "wrong_step",
            Self::SlowRestore => "slow_restore",
            Self::MissingCollection => "missing_collection",
            Self::NobodyOnCall => "nobody_on_call",
        }
    }
}

/// An action on the regions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// A region loses its power; wiped: forever, with all it held.
    Lose {
        /// Its index.
        region: Region,
        /// Whether its disks are gone.
        wiped: bool,
    },
    /// Its power is back, with the contents of its disks.
    Return {
        /// Its index.
        region: Region,
    },
    /// A node of a region's cluster loses its power, counted from 0.
    KillNode {
        /// The region.
        region: Region,
        /// Its index.
        node: usize,
    },
    /// It runs again.
    StartNode {
        /// The region.
        region: Region,
        /// Its index.
        node: usize,
    },
    /// The region is cut off from the world; clients inside still reach it.
    Isolate {
        /// Its index.
        region: Region,
    },
    /// The link between the regions has this capacity; 0: cut.
    Link {
        /// Kilobytes a second.
        kb_s: u64,
    },
    /// Every cut or slow connection is restored.
    Heal,
    /// Makes a backup now.
    Backup,
    /// Every row of a collection is deleted by mistake.
    Mistake {
        /// Which, from 0.
        collection: usize,
    },
    /// Prepares a hidden fault.
    Surprise(Surprise),
    /// Replaces the runbook.
    Runbook(Runbook),
    /// Runs the runbook now.
    Run(Runbook),
    /// Runs one step by hand.
    Step(Step),
    /// Makes the former primary a standby again; optionally its own writes are brought over, where nothing contradicts
    /// them.
    FailBack {
        /// Whether to bring over the writes that only it has.
        merge: bool,
    },
    /// Lists the records of the old primary's log that a forced promotion left behind. Nothing is brought over.
    Dump,
    /// Applies a configuration in the course's format.
    Config(String),
    /// Stops the runbook under way, as if its current step had failed.
    StopRun,
    /// Reviews runbook, configuration and procedures: hidden faults are removed. A damaged backup stays damaged.
    Review,
    /// Changes a setting that can be changed while it runs.
    Set {
        /// Its name.
        name: String,
        /// Its new value.
        value: u64,
    },
}

/// The words of actions in scripts, as in `{"op":"region","deed":…}`.
pub const WORDS: [&str; 24] = [
    "lose",
    "wipe",
    "return",
    "kill_node",
    "start_node",
    "isolate",
    "cut_link",
    "slow_link",
    "heal",
    "backup",
    "mistake",
    "surprise",
    "runbook",
    "run",
    "switchover",
    "failover",
    "step",
    "fail_back",
    "merge_back",
    "dump",
    "config",
    "set",
    "stop_run",
    "review",
];

/// An action as scripts say it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RawAction {
    /// The word. In JSON the field is `deed`.
    #[serde(rename = "deed")]
    pub action: String,
    /// The region, from 0.
    #[serde(default)]
    pub region: Option<u64>,
    /// A number: a node, a collection, kilobytes a second, a setting's value.
    #[serde(default)]
    pub value: Option<u64>,
    /// A text: a hidden fault, a runbook, a step, a configuration, a setting's name.
    #[serde(default)]
    pub text: Option<String>,
}

impl RawAction {
    /// The action that it means.
    pub fn parse(&self) -> Result<Action, Refusal> {
        let refuse = |error: String| Refusal::new("bad_deed", error);
        let region = || match self.region {
            Some(region @ 0..=1) => Ok(region as usize),
            _ => Err(refuse(format!("{}: name a region, 0 (Beijing) or 1 (Shanghai)", self.action))),
        };
        let value = || self.value.ok_or_else(|| refuse(format!("{}: give a value", self.action)));
        let text = || self.text.as_deref().ok_or_else(|| refuse(format!("{}: give a text", self.action)));
        Ok(match self.action.as_str() {
            "lose" => Action::Lose { region: region()?, wiped: false },
            "wipe" => Action::Lose { region: region()?, wiped: true },
            "return" => Action::Return { region: region()? },
            "kill_node" => Action::KillNode { region: region()?, node: value()? as usize },
            "start_node" => Action::StartNode { region: region()?, node: value()? as usize },
            "isolate" => Action::Isolate { region: region()? },
            "cut_link" => Action::Link { kb_s: 0 },
            "slow_link" => Action::Link { kb_s: value()? },
            "heal" => Action::Heal,
            "backup" => Action::Backup,
            "mistake" => Action::Mistake { collection: value()? as usize },
            "surprise" => {
                let word = text()?;
                let known = Surprise::ALL.into_iter().find(|surprise| surprise.word() == word);
                Action::Surprise(known.ok_or_else(|| {
                    let words = Surprise::ALL.map(Surprise::word).join(", ");
                    refuse(format!("surprise: there is none of that name; there are {words}"))
                })?)
            }
            "runbook" => Action::Runbook(Runbook::parse(text()?)?),
            "run" => Action::Run(Runbook::parse(text()?)?),
            "switchover" => Action::Run(Runbook::parse("switchover")?),
            "failover" => Action::Run(Runbook::parse("forced")?),
            "step" => match Runbook::parse(text()?)?.steps.as_slice() {
                [step] => Action::Step(*step),
                _ => return Err(refuse("step: give one step".to_owned())),
            },
            "fail_back" => Action::FailBack { merge: false },
            "merge_back" => Action::FailBack { merge: true },
            "dump" => Action::Dump,
            "config" => Action::Config(text()?.to_owned()),
            "stop_run" => Action::StopRun,
            "review" => Action::Review,
            "set" => Action::Set { name: text()?.to_owned(), value: value()? },
            other => {
                let short: String = other.chars().take(40).collect();
                return Err(refuse(format!("there is no action “{short}”; there are {}", WORDS.join(", "))));
            }
        })
    }
}

impl Action {
    /// The action in the form of scripts.
    pub fn raw(&self) -> RawAction {
        let word = |action: &str| RawAction { action: action.to_owned(), ..RawAction::default() };
        let at = |action: &str, region: Region| RawAction { region: Some(region as u64), ..word(action) };
        let value = |action: &str, value: u64| RawAction { value: Some(value), ..word(action) };
        let text = |action: &str, text: &str| RawAction { text: Some(text.to_owned()), ..word(action) };
        let written = |runbook: &Runbook| runbook.name().map_or_else(|| runbook.text(), str::to_owned);
        match self {
            Self::Lose { region, wiped: false } => at("lose", *region),
            Self::Lose { region, wiped: true } => at("wipe", *region),
            Self::Return { region } => at("return", *region),
            Self::KillNode { region, node } => {
                RawAction { value: Some(*node as u64), ..at("kill_node", *region) }
            }
            Self::StartNode { region, node } => {
                RawAction { value: Some(*node as u64), ..at("start_node", *region) }
            }
            Self::Isolate { region } => at("isolate", *region),
            Self::Link { kb_s: 0 } => word("cut_link"),
            Self::Link { kb_s } => value("slow_link", *kb_s),
            Self::Heal => word("heal"),
            Self::Backup => word("backup"),
            Self::Mistake { collection } => value("mistake", *collection as u64),
            Self::Surprise(surprise) => text("surprise", surprise.word()),
            Self::Runbook(runbook) => text("runbook", &written(runbook)),
            Self::Run(runbook) => text("run", &written(runbook)),
            Self::Step(step) => text("step", step.word()),
            Self::FailBack { merge: false } => word("fail_back"),
            Self::FailBack { merge: true } => word("merge_back"),
            Self::Dump => word("dump"),
            Self::Config(config) => text("config", config),
            Self::StopRun => word("stop_run"),
            Self::Review => word("review"),
            Self::Set { name, value } => RawAction { value: Some(*value), ..text("set", name) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_means_something_and_others_are_refused() {
        let text = |word: &str| match word {
            "surprise" => "slow_restore",
            "step" => "promote",
            _ => "careful",
        };
        for word in WORDS {
            let said = RawAction {
                action: word.to_owned(),
                region: Some(1),
                value: Some(1),
                text: Some(text(word).to_owned()),
            };
            let action = said.parse().expect(word);
            assert_eq!(action.raw().parse(), Ok(action), "{word}");
        }
        for (action, region, expected) in [
            ("burn", None, "there is no action"),
            ("lose", None, "name a region"),
            ("lose", Some(2), "name a region"),
            ("runbook", None, "give a text"),
        ] {
            let said = RawAction { action: action.to_owned(), region, ..RawAction::default() };
            let refusal = said.parse().expect_err(action);
            assert!(refusal.code == "bad_deed" && refusal.error.contains(expected), "{}", refusal.error);
        }
    }
}
