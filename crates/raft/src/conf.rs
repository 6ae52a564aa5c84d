//! The members of a replica set, and how they change (thesis, chapter 4).
//!
//! A change is an entry of the log and takes effect once it is applied. A *single* change adds or removes one voter, so
//! that old and new majorities overlap; a *joint* change of several voters creates a configuration with two halves,
//! both of which must agree, until a *leave* drops the old half. A learner receives the log and has no vote (4.2.1).
//!
//! Guarantees: lists are sorted; an invalid change is refused with a reason and changes nothing; no change creates a
//! configuration without a voter. Leaves out: when a change may be proposed.

use serde::{Deserialize, Serialize};

use super::quorum::{self, VoteResult};
use quorum_types::NodeId;

/// The maximum number of nodes that one change names.
const MAX_CHANGES: usize = 64;

/// A configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Conf {
    /// The voters; in a joint configuration, those of the new half.
    pub voters: Vec<NodeId>,
    /// The voters in the old half of a joint configuration.
    pub outgoing: Vec<NodeId>,
    /// The nodes that only receive the log.
    pub learners: Vec<NodeId>,
    /// The nodes that still vote in the old half and become learners when it is left.
    pub learners_next: Vec<NodeId>,
}

/// A change of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The node becomes a voter.
    Add(NodeId),
    /// The node is removed.
    Remove(NodeId),
    /// The node becomes a learner.
    Learner(NodeId),
}

/// A change of the configuration, as stored in an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfChange {
    /// Changes one node.
    Single(Change),
    /// Changes several nodes, through a joint configuration.
    Joint(Vec<Change>),
    /// Leaves the joint configuration.
    Leave,
}

impl Conf {
    /// A configuration with these voters and learners.
    pub fn new(voters: impl IntoIterator<Item = NodeId>, learners: impl IntoIterator<Item = NodeId>) -> Self {
        let mut conf = Self::default();
        voters.into_iter().for_each(|id| put(&mut conf.voters, id));
        learners.into_iter().filter(|id| !has(&conf.voters, *id)).for_each(|id| put(&mut conf.learners, id));
        conf
    }

    /// Whether two halves must agree.
    pub fn joint(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// Whether a node votes in either half.
    pub fn votes(&self, id: NodeId) -> bool {
        has(&self.voters, id) || has(&self.outgoing, id)
    }

    /// Whether a node belongs to it.
    pub fn contains(&self, id: NodeId) -> bool {
        self.votes(id) || has(&self.learners, id)
    }

    /// All nodes in it, in order.
    pub fn members(&self) -> Vec<NodeId> {
        let mut members = self.all_voters();
        self.learners.iter().for_each(|id| put(&mut members, *id));
        members
    }

    /// All nodes that vote in either half, in order.
    pub fn all_voters(&self) -> Vec<NodeId> {
        let mut members = self.voters.clone();
        self.outgoing.iter().for_each(|id| put(&mut members, *id));
        members
    }

    /// The state of a vote; both halves must say yes.
    pub fn vote_result(&self, said: impl Fn(NodeId) -> Option<bool>, strict: bool) -> VoteResult {
        let halves = [
            quorum::vote_result(&self.voters, &said, strict),
            quorum::vote_result(&self.outgoing, &said, strict),
        ];
        match halves {
            [VoteResult::Won, VoteResult::Won] => VoteResult::Won,
            [VoteResult::Lost, _] | [_, VoteResult::Lost] => VoteResult::Lost,
            _ => VoteResult::Pending,
        }
    }

    /// The highest number that enough have reached in both halves.
    pub fn committed_index(&self, of: impl Fn(NodeId) -> u64, strict: bool) -> u64 {
        let incoming = quorum::committed_index(&self.voters, &of, strict);
        if self.outgoing.is_empty() {
            return incoming;
        }
        incoming.min(quorum::committed_index(&self.outgoing, &of, strict))
    }

    /// The configuration after a change, or the reason why the change is invalid.
    pub fn after(&self, change: &ConfChange) -> Result<Self, &'static str> {
        let mut next = self.clone();
        match change {
            ConfChange::Leave if !self.joint() => return Err("the configuration is not joint"),
            ConfChange::Leave => {
                next.outgoing.clear();
                for id in std::mem::take(&mut next.learners_next) {
                    put(&mut next.learners, id);
                }
            }
            ConfChange::Single(_) | ConfChange::Joint(_) if self.joint() => {
                return Err("the configuration is joint; leave it first");
            }
            ConfChange::Single(change) => next.change(*change),
            ConfChange::Joint(changes) if changes.len() > MAX_CHANGES => {
                return Err("one change names at most 64 nodes");
            }
            ConfChange::Joint(changes) => {
                next.outgoing.clone_from(&next.voters);
                changes.iter().for_each(|change| next.change(*change));
            }
        }
        if next.voters.is_empty() {
            return Err("a configuration needs a voter");
        }
        Ok(next)
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Add(id) => {
                drop_from(&mut self.learners, id);
                drop_from(&mut self.learners_next, id);
                put(&mut self.voters, id);
            }
            Change::Remove(id) => {
                drop_from(&mut self.voters, id);
                drop_from(&mut self.learners, id);
                drop_from(&mut self.learners_next, id);
            }
            Change::Learner(id) => {
                drop_from(&mut self.voters, id);
                if has(&self.outgoing, id) {
                    put(&mut self.learners_next, id);
                } else {
                    put(&mut self.learners, id);
                }
            }
        }
    }
}

impl ConfChange {
    /// Encodes the change for its entry: a kind, a count, and five bytes per node.
    pub fn encode(&self) -> Vec<u8> {
        let (kind, changes): (u8, &[Change]) = match self {
            Self::Single(change) => (1, std::slice::from_ref(change)),
            Self::Joint(changes) => (2, changes),
            Self::Leave => (3, &[]),
        };
        let mut bytes = vec![kind, changes.len() as u8];
        for change in changes {
            let (what, id) = match change {
                Change::Add(id) => (1, id),
                Change::Remove(id) => (2, id),
                Change::Learner(id) => (3, id),
            };
            bytes.push(what);
            bytes.extend_from_slice(&id.to_le_bytes());
        }
        bytes
    }

    /// Decodes a change; none if these bytes are not a change.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let [kind, count, rest @ ..] = bytes else { return None };
        let (changes, left) = rest.as_chunks::<5>();
        if !left.is_empty() || changes.len() != usize::from(*count) {
            return None;
        }
        let read = |[what, id @ ..]: &[u8; 5]| {
            let id = NodeId::from_le_bytes(*id);
            match what {
                1 => Some(Change::Add(id)),
                2 => Some(Change::Remove(id)),
                3 => Some(Change::Learner(id)),
                _ => None,
            }
        };
        let changes: Vec<Change> = changes.iter().map(read).collect::<Option<_>>()?;
        match (kind, &changes[..]) {
            (1, [change]) => Some(Self::Single(*change)),
            (2, _) => Some(Self::Joint(changes)),
            (3, []) => Some(Self::Leave),
            _ => None,
        }
    }
}

fn has(list: &[NodeId], id: NodeId) -> bool {
    list.contains(&id)
}

fn put(list: &mut Vec<NodeId>, id: NodeId) {
    let at = list.partition_point(|other| *other < id);
    if list.get(at) != Some(&id) {
        list.insert(at, id);
    }
}

fn drop_from(list: &mut Vec<NodeId>, id: NodeId) {
    list.retain(|other| *other != id);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_joint_change_needs_both_halves_until_it_is_left() {
        let old = Conf::new([1, 2, 3], [4]);
        let changes = vec![Change::Add(4), Change::Add(5), Change::Remove(1), Change::Learner(2)];
        let joint = old.after(&ConfChange::Joint(changes)).expect("a change");
        assert_eq!((&joint.voters[..], &joint.outgoing[..]), (&[3, 4, 5][..], &[1, 2, 3][..]));
        assert_eq!((&joint.learners[..], &joint.learners_next[..]), (&[][..], &[2][..]));
        let said = |yes: &'static [NodeId]| move |id| yes.contains(&id).then_some(true);
        assert_eq!(joint.vote_result(said(&[3, 4]), true), VoteResult::Pending);
        assert_eq!(joint.vote_result(said(&[3, 4, 1]), true), VoteResult::Won);
        assert!(joint.after(&ConfChange::Single(Change::Add(9))).is_err());
        let left = joint.after(&ConfChange::Leave).expect("joint");
        assert_eq!((&left.voters[..], &left.learners[..]), (&[3, 4, 5][..], &[2][..]));
        assert!(left.after(&ConfChange::Leave).is_err());
        assert!(Conf::new([1], []).after(&ConfChange::Single(Change::Remove(1))).is_err());
    }

    #[test]
    fn changes_come_back_from_their_bytes() {
        let joint = ConfChange::Joint(vec![Change::Add(7), Change::Remove(1 << 20), Change::Learner(3)]);
        for change in [joint, ConfChange::Leave, ConfChange::Single(Change::Add(1))] {
            let bytes = change.encode();
            assert_eq!(ConfChange::decode(&bytes), Some(change));
            assert_eq!(ConfChange::decode(&bytes[..bytes.len() - 1]), None);
        }
        assert_eq!(ConfChange::decode(&[1, 1, 9, 0, 0, 0, 0]), None);
    }
}
