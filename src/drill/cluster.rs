//! A suite, played in a Milvus cluster.
//!
//! Promises: the cluster is told what is done to it and nothing else; slices of any size give the same run. Leaves
//! out: measuring it.

use super::measure::{Left, Played};
use super::suites::{Strike, Suite};
use crate::lab::Event;
use crate::lab::milvus::settings::Settings;
use crate::lab::milvus::shape::Component;
use crate::lab::milvus::{Deed, Milvus};
use crate::types::{Micros, NodeId, Refusal, Rng};

/// A run under way.
#[derive(Debug)]
pub(super) struct Cluster {
    world: Milvus,
    suite: &'static Suite,
    seed: u64,
    rng: Rng,
    fault_us: Micros,
    stage: Stage,
    events: Vec<Event>,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Fault,
    Heal,
    End,
}

impl Cluster {
    pub(super) fn new(suite: &'static Suite, seed: u64, settings: Settings) -> Self {
        let mut rng = Rng::new(seed, u64::MAX);
        let fault_us = suite.fault_us + rng.below(crate::types::SECOND);
        let world = Milvus::new(seed, settings);
        Self { world, suite, seed, rng, fault_us, stage: Stage::Fault, events: Vec::new() }
    }

    /// Plays on through at most so many happenings; what was played, once it is over.
    pub(super) fn go(&mut self, most: u64) -> Result<Option<Played>, Refusal> {
        let heals_us = self.fault_us + self.suite.heals_after_us.unwrap_or(0);
        let until_us = match self.stage {
            Stage::Fault => self.fault_us,
            Stage::Heal => heals_us,
            Stage::End => self.suite.ends_us,
        };
        let reached = self.world.advance(until_us, most.max(1));
        self.events.append(&mut self.world.take_events());
        if !reached {
            return Ok(None);
        }
        match self.stage {
            Stage::Fault => {
                let suite = self.suite;
                suite.strikes.iter().try_for_each(|strike| self.strike(*strike))?;
                self.stage = if suite.heals_after_us.is_some() { Stage::Heal } else { Stage::End };
            }
            Stage::Heal => {
                self.world.perform(&Deed::Heal)?;
                self.stage = Stage::End;
            }
            Stage::End => return Ok(Some(self.played())),
        }
        Ok(None)
    }

    fn played(&mut self) -> Played {
        Played {
            scenario: self.suite.name,
            seed: self.seed,
            fault_us: self.fault_us,
            events: std::mem::take(&mut self.events),
            left: Left::Missed(self.world.audit()),
            digest: self.world.digest(),
        }
    }

    fn strike(&mut self, strike: Strike) -> Result<(), Refusal> {
        let deed = match strike {
            Strike::Coordinator => Deed::Kill { node: self.coordinator()? },
            Strike::Proxy => Deed::Kill { node: self.testers_proxy()? },
            Strike::QueryNode => Deed::Kill { node: self.one_of(Component::QueryNode, "query node")? },
            Strike::DataNode => Deed::Kill { node: self.one_of(Component::DataNode, "data node")? },
            Strike::Zone => {
                let coordinator = self.coordinator()?;
                let facts = self.world.facts();
                let zone = facts.pods.iter().find(|pod| pod.id == coordinator).map_or(0, |pod| pod.zone);
                Deed::KillZone { zone }
            }
            Strike::Partition => Deed::Partition {
                side: vec![self.coordinator()?, self.other_proxy()?],
                but: self.world.pods_of(Component::Wal),
            },
        };
        self.world.perform(&deed)
    }

    /// One of the pods of a component; the seed says which.
    fn one_of(&mut self, component: Component, what: &str) -> Result<NodeId, Refusal> {
        let nodes = self.world.pods_of(component);
        let at = self.rng.below(nodes.len() as u64) as usize;
        self.there(nodes.get(at).copied(), what)
    }

    /// The root coordinator that acts; in the shape of 2.6 the one that is all of them.
    fn coordinator(&self) -> Result<NodeId, Refusal> {
        let acting =
            [Component::RootCoord, Component::MixCoord].iter().find_map(|kind| self.world.acting(*kind));
        self.there(acting, "acting root coordinator")
    }

    /// The tester's requests go to the first proxy while it is there.
    fn testers_proxy(&self) -> Result<NodeId, Refusal> {
        self.there(self.world.pods_of(Component::Proxy).first().copied(), "proxy")
    }

    /// The proxy that is cut off together with the coordinator: the last one, which the writer's second client uses.
    fn other_proxy(&self) -> Result<NodeId, Refusal> {
        self.there(self.world.pods_of(Component::Proxy).last().copied(), "proxy")
    }

    fn there(&self, node: Option<NodeId>, what: &str) -> Result<NodeId, Refusal> {
        node.ok_or_else(|| {
            let at_s = self.fault_us / crate::types::SECOND;
            Refusal::new("nobody_to_strike", format!("seed {}: there is no {what} at {at_s} s", self.seed))
        })
    }
}
