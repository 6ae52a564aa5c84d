//! Plays suites in a Milvus cluster: one, or several in sequence.
//!
//! Guarantees: the cluster receives only the suite's commands; slices of any size give the same run; each suite is
//! measured in its own time window, and losses during its recovery time are still attributed to it. Leaves out:
//! measuring it.

use super::measure::{Left, Played};
use super::suites::{Strike, Suite};
use quorum_facade::Event;
use quorum_facade::milvus::settings::Settings;
use quorum_facade::milvus::topology::Component;
use quorum_facade::milvus::{Action, Milvus};
use quorum_types::{Micros, NodeId, Refusal, Rng, SECOND};

/// A run under way.
#[derive(Debug)]
pub(super) struct Cluster {
    world: Milvus,
    suites: &'static [Suite],
    /// The one that is played, and when it began.
    suite: &'static Suite,
    begins_us: Micros,
    seed: u64,
    rng: Rng,
    fault_us: Micros,
    stage: Stage,
    /// Whether there was another suite in this cluster before.
    later: bool,
    events: Vec<Event>,
    /// What was done in this suite, and when.
    actions: Vec<(Micros, Action)>,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Fault,
    Heal,
    End,
    Wait,
}

impl Cluster {
    /// Suites, of which there is at least one, to be played in one cluster from a moment on.
    pub(super) fn new(suites: &'static [Suite], begins_us: Micros, seed: u64, settings: Settings) -> Self {
        let (suite, suites) = suites.split_first().unwrap_or((&super::suites::SUITES[0], &[]));
        let mut rng = Rng::new(seed, u64::MAX);
        let fault_us = begins_us + suite.fault_us + rng.below(SECOND);
        let world = Milvus::new(seed, settings);
        let events = Vec::new();
        Self {
            world,
            suites,
            suite,
            begins_us,
            seed,
            rng,
            fault_us,
            stage: Stage::Fault,
            later: false,
            events,
            actions: Vec::new(),
        }
    }

    /// Whether a suite is left to be played.
    pub(super) fn more(&self) -> bool {
        !self.suites.is_empty()
    }

    /// The cluster as it is.
    #[cfg(test)]
    pub(super) fn world(&self) -> &Milvus {
        &self.world
    }

    /// Goes on to the next suite.
    pub(super) fn next(&mut self) {
        let Some((suite, suites)) = self.suites.split_first() else { return };
        self.begins_us += self.suite.ends_us + self.suite.wait_us;
        self.fault_us = self.begins_us + suite.fault_us + self.rng.below(SECOND);
        (self.suite, self.suites, self.stage, self.later) = (suite, suites, Stage::Fault, true);
    }

    /// Continues for at most this many scheduled events; returns what was played once a suite is over.
    pub(super) fn go(&mut self, most: u64) -> Result<Option<Played>, Refusal> {
        let heals_us = self.fault_us + self.suite.heals_after_us.unwrap_or(0);
        let until_us = match self.stage {
            Stage::Fault => self.fault_us,
            Stage::Heal => heals_us,
            Stage::End => self.begins_us + self.suite.ends_us,
            Stage::Wait => self.begins_us + self.suite.ends_us + self.suite.wait_us,
        };
        let reached = self.world.advance(until_us, most.max(1));
        self.events.extend(quorum_facade::united(self.world.take_events()));
        if !reached {
            return Ok(None);
        }
        match self.stage {
            Stage::Fault => {
                let suite = self.suite;
                for strike in suite.strikes {
                    let struck = self.strike(*strike);
                    // What an earlier test left down is not there to be struck; this one's figures will tell.
                    if !self.later {
                        struck?;
                    }
                    // What is one process is gone with the first strike.
                    if self.world.settings().one_process == 1 {
                        break;
                    }
                }
                self.stage = if suite.heals_after_us.is_some() { Stage::Heal } else { Stage::End };
            }
            Stage::Heal => {
                self.perform(heals_us, Action::Heal)?;
                self.stage = Stage::End;
            }
            Stage::End if self.suite.wait_us > 0 => self.stage = Stage::Wait,
            Stage::End | Stage::Wait => return Ok(Some(self.played())),
        }
        Ok(None)
    }

    fn played(&mut self) -> Played {
        Played {
            scenario: self.suite.name,
            seed: self.seed,
            fault_us: Some(self.fault_us),
            window_us: (self.begins_us, self.begins_us + self.suite.ends_us),
            wait_us: self.suite.wait_us,
            events: std::mem::take(&mut self.events),
            left: Left::Missed(self.world.audit()),
            digest: self.world.digest(),
            actions: std::mem::take(&mut self.actions),
        }
    }

    /// Does something now, which a replay repeats at this time.
    fn perform(&mut self, now_us: Micros, action: Action) -> Result<(), Refusal> {
        self.world.perform(&action)?;
        self.actions.push((now_us, action));
        Ok(())
    }

    fn strike(&mut self, strike: Strike) -> Result<(), Refusal> {
        let action = match strike {
            Strike::Coordinator => Action::Kill { node: self.coordinator()? },
            Strike::Proxy => Action::Kill { node: self.testers_proxy()? },
            Strike::QueryNode => Action::Kill { node: self.one_of(Component::QueryNode, "query node")? },
            Strike::DataNode => Action::Kill { node: self.one_of(Component::DataNode, "data node")? },
            Strike::Zone => {
                let coordinator = self.coordinator()?;
                let facts = self.world.facts();
                let zone = facts.pods.iter().find(|pod| pod.id == coordinator).map_or(0, |pod| pod.zone);
                Action::KillZone { zone }
            }
            Strike::Isolation => Action::Partition { side: vec![self.coordinator()?], but: Vec::new() },
            Strike::Partition => Action::Partition {
                side: vec![self.coordinator()?, self.other_proxy()?],
                but: self.world.pods_of(Component::Wal),
            },
        };
        self.perform(self.fault_us, action)
    }

    /// One of the pods of a component; the seed says which.
    fn one_of(&mut self, component: Component, what: &str) -> Result<NodeId, Refusal> {
        let nodes: Vec<NodeId> =
            self.world.pods_of(component).into_iter().filter(|id| self.world.is_up(*id)).collect();
        let at = self.rng.below(nodes.len().max(1) as u64) as usize;
        self.there(nodes.get(at).copied(), what)
    }

    /// The root coordinator that acts; in the shape of 2.6 the one that is all of them.
    fn coordinator(&self) -> Result<NodeId, Refusal> {
        let acting =
            [Component::RootCoord, Component::MixCoord].iter().find_map(|kind| self.world.acting(*kind));
        self.there(acting, "acting root coordinator")
    }

    /// The tester's requests go to the first proxy until that fails; then it stays with the next.
    fn testers_proxy(&self) -> Result<NodeId, Refusal> {
        self.there(self.world.testers_proxy(), "proxy")
    }

    /// The proxy that is cut off together with the coordinator: the last one, which the writer's second client uses.
    fn other_proxy(&self) -> Result<NodeId, Refusal> {
        self.there(self.world.pods_of(Component::Proxy).last().copied(), "proxy")
    }

    fn there(&self, node: Option<NodeId>, what: &str) -> Result<NodeId, Refusal> {
        node.ok_or_else(|| {
            let at_s = self.fault_us / SECOND;
            Refusal::new("nobody_to_strike", format!("seed {}: there is no {what} at {at_s} s", self.seed))
        })
    }
}
