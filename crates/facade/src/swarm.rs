//! Searches for violations, by world.
//!
//! Guarantees: what a search of a replica set finds, [`Lab::replay`](super::Lab::replay) replays to the last event.
//! Leaves out: the search (`quorum_sim::swarm`).

use quorum_raft::Rule;
use quorum_sim::action::Action;
use quorum_sim::cluster::Cluster;
pub use quorum_sim::cluster::swarm::Schedule;
pub use quorum_sim::swarm::{
    Limits, PROGRESS, Progress, ScheduledAction, SwarmWorld, SwitchableRule, Violation,
};

/// A search of replica sets.
pub type Hunt = quorum_sim::swarm::Hunt<Cluster>;
/// A run of a replica set's schedule.
pub type Run = quorum_sim::swarm::Run<Cluster>;
/// The reduction of a replica set's schedule.
pub type Shrink = quorum_sim::swarm::Shrink<Cluster>;
/// An action on a replica set and its time.
pub type Timed = quorum_sim::swarm::Timed<Action>;

/// Generates the schedule of a seed, with a rule off or none.
pub fn make(seed: u64, off: Option<Rule>) -> Schedule {
    Cluster::generate(seed, off)
}
