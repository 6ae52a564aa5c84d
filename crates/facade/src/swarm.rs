//! The worlds that can be searched for violations, and what a search hands over.
//!
//! Guarantees: what a search finds, [`Lab::replay`](super::Lab::replay) replays to the last event ([`Replay`]). Leaves
//! out: the search (`quorum_sim::swarm`).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::command::{Command, Control};
pub use super::topology::WorldKind;
use super::topology::{MILVUS, TWO_REGIONS, Topology};
use quorum_raft::Rule;
use quorum_sim::action::Action;
pub use quorum_sim::cluster::Cluster;
pub use quorum_sim::cluster::swarm::Schedule;
use quorum_sim::flat::Fields;
pub use quorum_sim::standalone::swarm::Watched;
pub use quorum_sim::swarm::{
    Limits, PROGRESS, Progress, RuleFacts, Run as RunOf, ScheduleOf, ScheduledAction, Shrink as ShrinkOf,
    SwarmWorld, SwitchableRule, Violation, rules_of,
};
use quorum_types::{Micros, Refusal};

/// A search of replica sets.
pub type Search = quorum_sim::swarm::Search<Cluster>;
/// A run of a replica set's schedule.
pub type Run = RunOf<Cluster>;
/// An action on a replica set and its time.
pub type Timed = quorum_sim::swarm::Timed<Action>;

/// Generates the schedule of a replica set from a seed, with a rule off or none.
pub fn make(seed: u64, off: Option<Rule>) -> Schedule {
    Cluster::generate(seed, off)
}

/// Calls generic code with the type of a world: `with_world!(kind, W => rules_of::<W>())`.
#[macro_export]
macro_rules! with_world {
    ($kind:expr, $world:ident => $call:expr) => {
        match $kind {
            $crate::swarm::WorldKind::Cluster => {
                type $world = $crate::swarm::Cluster;
                $call
            }
            $crate::swarm::WorldKind::Standalone => {
                type $world = $crate::swarm::Watched;
                $call
            }
            $crate::swarm::WorldKind::Milvus => {
                type $world = $crate::milvus::Milvus;
                $call
            }
            $crate::swarm::WorldKind::Regions => {
                type $world = $crate::regions::Regions;
                $call
            }
        }
    };
}

impl WorldKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cluster, Self::Standalone, Self::Milvus, Self::Regions];

    /// Its word in commands.
    pub fn word(self) -> &'static str {
        with_world!(self, W => W::WORLD)
    }

    /// The world with this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Its rules.
    pub fn rules(self) -> Vec<RuleFacts> {
        with_world!(self, W => rules_of::<W>())
    }

    /// The topology in which its schedules run.
    pub fn topology(self, nodes: u32) -> String {
        match self {
            Self::Cluster => format!("replica-set:{nodes}"),
            Self::Standalone => Topology::Engine.word(),
            Self::Milvus => MILVUS.to_owned(),
            Self::Regions => TWO_REGIONS.to_owned(),
        }
    }

    /// Whether its schedules may contain a command.
    fn has(self, command: &Command) -> bool {
        match self {
            Self::Cluster => matches!(command, Command::Cluster(_)),
            Self::Standalone => {
                matches!(
                    command,
                    Command::Engine(_) | Command::Cluster(_) | Command::Control(Control::Set { .. })
                )
            }
            Self::Milvus => {
                matches!(
                    command,
                    Command::Milvus(_) | Command::Cluster(_) | Command::Control(Control::Set { .. })
                )
            }
            Self::Regions => matches!(command, Command::Region(_)),
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A command and its time. In JSON one flat object: `{"t_us": …, "op": "kill", "node": 3}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimedCommand {
    /// Virtual time.
    pub t_us: Micros,
    /// The command.
    #[serde(flatten)]
    pub command: Command,
}

impl<'de> Deserialize<'de> for TimedCommand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Fields::deserialize(deserializer)?;
        let t_us = fields.remove("t_us").ok_or_else(|| D::Error::missing_field("t_us"))?;
        let t_us = Micros::deserialize(t_us).map_err(|why| D::Error::custom(format_args!("t_us: {why}")))?;
        Ok(Self { t_us, command: Command::read(fields).map_err(D::Error::custom)? })
    }
}

/// A run that a search found, as data: everything that a replay needs, in one form for every world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replay {
    /// The world.
    #[serde(default, skip_serializing_if = "WorldKind::is_default")]
    pub world: WorldKind,
    /// The number of nodes, of a replica set.
    pub nodes: u32,
    /// The seed.
    pub seed: u64,
    /// Settings that differ from the defaults, by name.
    pub settings: Vec<(String, u64)>,
    /// The names of the rules that are off from the beginning.
    pub off: Vec<String>,
    /// The commands, in order of time. In JSON the word is `deeds`.
    #[serde(rename = "deeds")]
    pub actions: Vec<TimedCommand>,
}

impl Replay {
    /// The replay of a world's schedule. An error names the action that is no command: a fault of this program.
    pub fn of<W: SwarmWorld>(schedule: &ScheduleOf<W>) -> Result<Self, serde_json::Error> {
        // By text: a second serializer of every action would be downloaded with the page.
        let mut replay: Self = serde_json::from_str(&serde_json::to_string(schedule)?)?;
        replay.world = WorldKind::named(W::WORLD).expect("every world that is searched has a name");
        Ok(replay)
    }

    /// Rejects a rule that the world does not have, and a command that its schedules never contain.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let rules = self.world.rules();
        let unknown = |name: &&String| rules.iter().all(|rule| rule.name != **name);
        if let Some(name) = self.off.iter().find(unknown) {
            let names: Vec<&str> = rules.iter().map(|rule| rule.name).collect();
            let error = format!("off: there is no rule “{name}”; there are {}", names.join(", "));
            return Err(Refusal::new("unknown_rule", error));
        }
        match self.actions.iter().find(|timed| !self.world.has(&timed.command)) {
            Some(timed) => {
                let op = timed.command.op();
                let error = format!("deeds: a schedule of the world {} has no “{op}”", self.world.word());
                Err(Refusal::new("bad_run", error))
            }
            None => Ok(()),
        }
    }
}
