//! Majority arithmetic, for a plain configuration and for a joint one (thesis 4.3).
//!
//! Guarantees: any two majorities share a node; a joint configuration decides only what both of its halves decide. With
//! the rule `strict_majority` off, half of the nodes are enough, which allows split brain. Leaves out: which nodes are
//! asked.

use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use quorum_types::NodeId;

/// The number of nodes that form a majority of `nodes`.
pub fn majority(nodes: usize) -> usize {
    nodes / 2 + 1
}

/// The number of nodes that decide: a majority, or without the rule half of them.
pub(super) fn need(nodes: usize, strict: bool) -> usize {
    if strict { majority(nodes) } else { (nodes / 2).max(1) }
}

/// The state of an election.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VoteResult {
    /// Enough nodes have voted yes.
    Won,
    /// Enough nodes have voted no.
    Lost,
    /// Neither.
    Pending,
}

/// The state of a vote among `voters`.
pub fn vote_result(voters: &[NodeId], said: impl Fn(NodeId) -> Option<bool>, strict: bool) -> VoteResult {
    if voters.is_empty() {
        return VoteResult::Won;
    }
    let (mut yes, mut open) = (0, 0);
    for id in voters {
        match said(*id) {
            Some(true) => yes += 1,
            Some(false) => {}
            None => open += 1,
        }
    }
    let need = need(voters.len(), strict);
    if yes >= need {
        VoteResult::Won
    } else if yes + open >= need {
        VoteResult::Pending
    } else {
        VoteResult::Lost
    }
}

/// The highest number that enough of `voters` have reached; without voters there is no bound.
pub fn committed_index(voters: &[NodeId], of: impl Fn(NodeId) -> u64, strict: bool) -> u64 {
    const FEW: usize = 9;
    let need = need(voters.len(), strict);
    match voters.len() {
        0 => u64::MAX,
        // No allocation in the most frequent case.
        count @ 1..=FEW => {
            let mut held = [0; FEW];
            for (slot, id) in held.iter_mut().zip(voters) {
                *slot = of(*id);
            }
            let held = &mut held[..count];
            for at in 1..count {
                let mut to = at;
                while to > 0 && held[to - 1] < held[to] {
                    held.swap(to - 1, to);
                    to -= 1;
                }
            }
            held[need - 1]
        }
        _ => {
            // Only the upper half has to be in order, which a heap does.
            let mut held: BinaryHeap<u64> = voters.iter().map(|id| of(*id)).collect();
            for _ in 1..need {
                held.pop();
            }
            // Without voters nothing is committed.
            held.pop().unwrap_or(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_majority_is_more_than_half() {
        let table: Vec<usize> = (1..=9).map(majority).collect();
        assert_eq!(table, [1, 2, 2, 3, 3, 4, 4, 5, 5]);
    }

    #[test]
    fn reached_is_what_a_majority_has() {
        let check = |held: &[u64], expect: u64| {
            let voters: Vec<NodeId> = (0..held.len() as NodeId).collect();
            assert_eq!(committed_index(&voters, |id| held[id as usize], true), expect, "{held:?}");
        };
        check(&[5, 4, 3, 2, 1], 3);
        check(&[5, 5, 0, 0], 0);
        check(&[9], 9);
        check(&[], u64::MAX);
        check(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 6);
        assert_eq!(committed_index(&[1, 2, 3, 4], u64::from, false), 3);
    }

    #[test]
    fn a_vote_is_won_lost_or_open() {
        let check = |said: &[Option<bool>], expect: VoteResult| {
            let voters: Vec<NodeId> = (0..said.len() as NodeId).collect();
            assert_eq!(vote_result(&voters, |id| said[id as usize], true), expect, "{said:?}");
        };
        check(&[], VoteResult::Won);
        check(&[Some(true), None, None], VoteResult::Pending);
        check(&[Some(true), Some(true), None], VoteResult::Won);
        check(&[Some(false), Some(false), None], VoteResult::Lost);
        check(&[Some(true), Some(true), Some(false), Some(false)], VoteResult::Lost);
        check(&[Some(true), Some(true), None, None], VoteResult::Pending);
    }
}
