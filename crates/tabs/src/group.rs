//! Groups of tabs: their names, their sizes, what belongs to them in the browser, and their times.
//!
//! Guarantees: a name that [`is_name`] accepts contains nothing that a database, a lock or an address would read as
//! anything but a name; two groups share no database, no lock and no channel. Leaves out: opening any of these.

use quorum_raft::majority;
use quorum_types::{Micros, NodeId};
use serde::{Deserialize, Serialize};

/// The length of a Raft tick.
pub(crate) const TICK_US: Micros = 10_000;
/// The base of the election timeout; each is drawn from one to two times this.
pub(crate) const ELECTION_US: Micros = 1_500_000;
/// The interval between heartbeats.
pub(crate) const HEARTBEAT_US: Micros = 300_000;
/// Within this time after its leader fell silent, a group with a majority has another: one election in which the votes
/// were split, one that succeeds, both after the longest timeout, and a second for the messages and storage of both
/// (`docs/tabs-as-nodes.md`).
pub const BOUND_US: Micros = 2 * 2 * ELECTION_US + 1_000_000;
/// A tab that was not heard for this long counts as silent: longer than the longest pause of a candidate.
pub(crate) const SILENT_US: Micros = 2 * ELECTION_US + 500_000;
/// After this time without an answer, the outcome of a write is unknown.
pub(crate) const ANSWER_US: Micros = 5_000_000;
/// A node that acts this much later than it was due says so.
pub(crate) const LATE_US: Micros = HEARTBEAT_US;
/// For this long it goes on saying so.
pub(crate) const LATE_SHOWN_US: Micros = 10_000_000;

/// The numbers of nodes that a group may have.
pub const SIZES: [u32; 2] = [3, 5];

const NAME_CHARS: usize = 32;

/// Whether a text is a name: 1 to 32 small letters, digits and hyphens, a letter or digit first.
pub(crate) fn is_name(text: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= NAME_CHARS
        && text.bytes().next().is_some_and(plain)
        && text.bytes().all(|c| plain(c) || c == b'-')
}

/// A group of tabs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    name: String,
    nodes: u32,
}

impl Group {
    /// The group of that name with as many nodes; none if the name is none, or the number is not in [`SIZES`].
    pub fn new(name: &str, nodes: u32) -> Option<Self> {
        (is_name(name) && SIZES.contains(&nodes)).then(|| Self { name: name.to_owned(), nodes })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many nodes it has.
    pub fn nodes(&self) -> u32 {
        self.nodes
    }

    /// The same group with the size that it turned out to have.
    #[must_use]
    pub fn sized(self, nodes: u32) -> Self {
        Self { nodes: if SIZES.contains(&nodes) { nodes } else { self.nodes }, ..self }
    }

    /// Its nodes.
    pub fn numbers(&self) -> impl Iterator<Item = NodeId> + use<> {
        1..=self.nodes
    }

    /// A majority of them.
    pub fn need(&self) -> u32 {
        majority(self.nodes as usize) as u32
    }

    /// The database of a node.
    pub fn database(&self, number: NodeId) -> String {
        format!("quorum-lab/tabs/{}/tab-node-{number}", self.name)
    }

    /// The database that remembers which numbers were taken.
    pub fn members(&self) -> String {
        format!("quorum-lab/tabs/{}", self.name)
    }

    /// The lock of a node: the tab that holds it is that node.
    pub fn lock(&self, number: NodeId) -> String {
        format!("quorum-lab/tabs/{}/lock-{number}", self.name)
    }

    /// The lock that a node holds while it remembers that another one ran in memory.
    pub fn memory_lock(&self, number: NodeId, by: NodeId) -> String {
        format!("quorum-lab/tabs/{}/memory-{number}-by-{by}", self.name)
    }

    /// The channel. Nodes that keep their state and nodes that do not never meet on it.
    pub fn channel(&self, kept: bool) -> String {
        let kind = if kept { "kept" } else { "memory" };
        format!("quorum-lab/tabs/{}/{}/{kind}", self.name, self.nodes)
    }
}
