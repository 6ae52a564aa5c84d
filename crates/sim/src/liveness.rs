//! The liveness phase of a run: the faults are mended for a core of nodes, all other nodes stay as they are, and the
//! core has to make progress.
//!
//! Safety says what must never happen; a replica set that does nothing at all is perfectly safe. So after the faults a
//! majority gets its power, links, weather and clocks back, and within a bounded time it has to have a leader,
//! acknowledge a new write, and agree up to it. A run that is stuck reports the reason. Guarantees: the mending
//! consists of ordinary actions, so that it can be replayed; if more was destroyed than can be recovered, nothing is
//! demanded. Leaves out: how fast is fast enough for people (`outage`).

use super::action::{Action, DiskFault};
use super::cluster::Cluster;
use super::network::Weather;
use super::replica::{Phase, Replica};
use quorum_raft::{Raft, VoteResult};
use quorum_types::{Micros, NodeId};

/// The number of election timeouts within which the core has to make progress.
const TIMEOUTS: u64 = 80;

/// The actions that mend the faults for these nodes.
pub(crate) fn mend(world: &Cluster, core: &[NodeId]) -> Vec<Action> {
    let mut actions = vec![Action::Heal, Action::Weather(Weather::default()), Action::Client { on: true }];
    for member in world.members() {
        let node = member.id;
        if !core.contains(&node) {
            // The other nodes must not interfere: they are paused in their current state.
            if member.alive() && !member.paused {
                actions.push(Action::Pause { node });
            }
            continue;
        }
        actions.push(Action::Clock { node, drift_ppm: 0, jump_us: 0, period_us: 0 });
        actions.push(Action::Disk { node, fault: DiskFault::Honest, at: 0 });
        if !member.alive() {
            actions.push(Action::Restart { node });
        } else if member.paused {
            actions.push(Action::Resume { node });
        }
    }
    actions
}

/// Whether progress may be demanded of this world, and of which nodes: with `bare`, of a bare majority of intact
/// voters, otherwise of all nodes. None if too much is destroyed, or if all nodes are needed and not all are available.
pub(crate) fn core(world: &Cluster, bare: bool) -> Option<Vec<NodeId>> {
    if world.checkers.invariants.excused().is_some() {
        return None;
    }
    let everyone: Vec<NodeId> = world.members().iter().map(|member| member.id).collect();
    if !enough_whole(world, &everyone) {
        return None;
    }
    let conf = world.conf();
    // A configuration change that only some nodes know of may need any of them.
    if !bare || world.reconfigured() || world.members().iter().any(|member| member.damaged) {
        return Some(everyone);
    }
    let need = quorum_raft::majority(conf.voters.len());
    Some(conf.voters.iter().copied().take(need).collect())
}

/// Whether these nodes include enough voters that have lost nothing. A configuration change can make a sufficient
/// number insufficient, and a restart can reveal that a disk had lied.
fn enough_whole(world: &Cluster, core: &[NodeId]) -> bool {
    let is_whole = |id: NodeId| {
        let member = world.members().get(id as usize - 1);
        Some(core.contains(&id) && member.is_some_and(|member| !member.damaged))
    };
    world.conf().vote_result(is_whole, true) == VoteResult::Won
}

/// A demand: its beginning, its nodes, and its deadline.
#[derive(Clone, Debug)]
pub struct Demand {
    core: Vec<NodeId>,
    /// Writes with this number or a later one were begun after the mending.
    first_op: u64,
    acknowledged: u64,
    until: Micros,
}

impl Demand {
    /// Demands that these nodes make progress from now on.
    pub(crate) fn new(world: &Cluster, core: Vec<NodeId>) -> Self {
        Self {
            core,
            first_op: world.client().next_op(),
            acknowledged: world.client().acknowledged().len(),
            until: world.now + TIMEOUTS * world.settings().election_us,
        }
    }

    /// Whether the deadline has passed.
    pub(crate) fn over(&self, world: &Cluster) -> bool {
        world.now >= self.until
    }

    /// What is missing, as a sentence: a leader of the core, a write acknowledged since, agreement up to the same index
    /// of every node in the configuration. None if nothing is missing.
    pub(crate) fn what_is_missing(&self, world: &Cluster) -> Option<String> {
        if !enough_whole(world, &self.core) {
            return None;
        }
        let member = |id: &NodeId| world.members().get(*id as usize - 1);
        let rafts = || self.core.iter().filter_map(member).filter_map(Replica::raft);
        let Some(leader) = rafts().filter(|raft| raft.leads()).max_by_key(|raft| raft.term()) else {
            return Some(format!("no node of {:?} leads: {}", self.core, self.states(world)));
        };
        let acknowledged = world.client().acknowledged();
        if acknowledged.len() <= self.acknowledged
            || acknowledged.0.last().is_none_or(|(_, last)| *last < self.first_op)
        {
            return Some(format!(
                "node {} leads, but no write is acknowledged: {}",
                leader.id(),
                self.states(world)
            ));
        }
        let behind = rafts().find(|raft| {
            leader.conf().contains(raft.id()) && (raft.term() != leader.term() || lags(raft, leader))
        });
        behind.map(|raft| format!("node {} does not catch up: {}", raft.id(), self.states(world)))
    }

    /// The state of each node in the core, in a few words.
    fn states(&self, world: &Cluster) -> String {
        let state = |id: &NodeId| {
            let member = world.members().get(*id as usize - 1)?;
            let how = match &member.phase {
                Phase::Off => "without power".to_owned(),
                Phase::Booting => "starting".to_owned(),
                Phase::Recovering(..) => "reading its log".to_owned(),
                Phase::Refused => "refuses its log".to_owned(),
                Phase::Running(raft) => running(raft, member.paused),
            };
            Some(format!("node {id} {how}"))
        };
        self.core.iter().filter_map(state).collect::<Vec<_>>().join("; ")
    }
}

/// A follower may lag behind by the writes in progress.
fn lags(raft: &Raft, leader: &Raft) -> bool {
    const UNDER_WAY: u64 = 64;
    raft.impaired() || raft.commit() + UNDER_WAY < leader.commit()
}

fn running(raft: &Raft, paused: bool) -> String {
    let role = match raft.role() {
        quorum_raft::Role::Follower if raft.impaired() => "is being repaired",
        quorum_raft::Role::Follower => "follows",
        quorum_raft::Role::PreCandidate { .. } => "asks for pre-votes",
        quorum_raft::Role::Candidate { .. } => "stands for election",
        quorum_raft::Role::Leader(_) => "leads",
    };
    let paused = if paused { ", paused" } else { "" };
    format!("{role} in term {}, committed {} of {}{paused}", raft.term(), raft.commit(), raft.log().last().0)
}
