//! A Milvus cluster behind the façade: its topology's word, and what can be asked of it.
//!
//! Promises: a word that names a setting that is not there, or a value out of bounds, is refused with the way out. Leaves
//! out: rows and filters, which belong to the engine's own topologies.

use super::command::{Answer, Command};
use super::world::World;
use super::{Lab, Until, Wait};
use crate::milvus::{Deed, Milvus, Settings};
use crate::types::Refusal;

/// The word of the topology.
pub(super) const WORD: &str = "milvus";

/// The settings in `milvus` or `milvus:name=value,…`; none for any other word.
pub(super) fn settings(word: &str) -> Result<Option<Settings>, Refusal> {
    let rest = match word.split_once(':') {
        Some((WORD, rest)) => rest,
        None if word == WORD => "",
        _ => return Ok(None),
    };
    let mut settings = Settings::default();
    for pair in rest.split(',').filter(|pair| !pair.is_empty()) {
        let number = pair.split_once('=').and_then(|(name, value)| Some((name, value.parse().ok()?)));
        let Some((name, value)) = number else {
            let error = format!("“{pair}” is no setting; write milvus:name=number,name=number");
            return Err(Refusal::new("unknown_topology", error));
        };
        settings.set(name, value)?;
    }
    Ok(Some(settings))
}

impl Lab {
    /// The cluster, where there is one.
    pub(super) fn pods(&mut self, op: &str) -> Result<&mut Milvus, Refusal> {
        match &mut self.world {
            World::Milvus(world) => Ok(world),
            _ => Err(Refusal::new("unsupported", format!("only a Milvus cluster knows “{op}”; open milvus"))),
        }
    }

    /// Does what a command says to a cluster; none when the answer comes later.
    pub(super) fn obey_pods(&mut self, ticket: u64, command: Command) -> Result<Option<Answer>, Refusal> {
        let deed = match command {
            Command::Kill { node, .. } => Deed::Kill { node },
            Command::Stop { node } => Deed::Stop { node },
            Command::Restart { node } => Deed::Restart { node },
            Command::Pause { node } => Deed::Pause { node },
            Command::Resume { node } => Deed::Resume { node },
            Command::KillZone { zone } => Deed::KillZone { zone },
            Command::Cut { from, to, one_way } => Deed::Cut { from, to, one_way },
            Command::Partition { side, but } => Deed::Partition { side, but },
            Command::Heal { from: None, to: None } => Deed::Heal,
            Command::Set { name, value } => {
                self.pods("set")?.set(&name, value)?;
                return Ok(Some(self.done()));
            }
            Command::Run { us } => {
                let until = Until::Time(self.now_us().saturating_add(us));
                self.waits.push_back(Wait { ticket, until });
                return Ok(None);
            }
            Command::Step => {
                let until = Until::Events(self.world.journal().count());
                self.waits.push_back(Wait { ticket, until });
                return Ok(None);
            }
            Command::Seek { t_us } => {
                self.seek(t_us)?;
                return Ok(Some(self.done()));
            }
            _ => {
                let error = "a Milvus cluster takes kill, stop, restart, pause, resume, kill_zone, cut, partition, \
                             heal, set, run, step and seek; for rows and searches open standalone";
                return Err(Refusal::new("unsupported", error));
            }
        };
        self.pods("deed")?.perform(&deed)?;
        Ok(Some(self.done()))
    }

    pub(super) fn done(&self) -> Answer {
        Answer::Done { ok: true, t_us: self.now_us() }
    }
}
