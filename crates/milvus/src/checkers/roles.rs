//! The checks of roles, leases, placement and messages.
//!
//! Guarantees: as `checkers`; with the setting `fencing` off nothing is demanded that only fences provide. Leaves out:
//! elections inside a group, which Raft's own checkers cover.

use super::{
    Checkers, DELEGATOR_OWNS_LOG, EPOCHS_MONOTONIC, LEASE_BELIEF, LEASE_STORE_MAJORITY, ONE_ACTING,
    ONLY_LIVING_SEND, PLACED_ON_SESSION, TERMS,
};
use crate::topology::Component;
use quorum_sim::invariant_status::Breach;
use quorum_types::{Micros, NodeId};

impl Checkers {
    /// Whether no member of the metadata store has applied this entry before.
    pub(crate) fn first_to_apply(&mut self, index: u64) -> bool {
        let first = index > self.store_applied;
        self.store_applied = self.store_applied.max(index);
        first
    }

    /// A pod has won its group's election.
    pub(crate) fn elected(&mut self, now: Micros, component: Component, node: NodeId, term: u64) {
        let leaders = self.leaders.entry(component).or_default();
        let other = leaders.iter().find(|(known, leader)| *known == term && *leader != node).copied();
        leaders.push_back((term, node));
        if leaders.len() > TERMS {
            leaders.pop_front();
        }
        self.check(EPOCHS_MONOTONIC, other.is_none(), || {
            Breach::new(
                "two_elected",
                "pods `node` and `other` were both elected in term `term`",
                &[u64::from(node), u64::from(other.unwrap_or_default().1), term],
            )
        });
        if self.elected.get(&component).is_none_or(|known| known.0 < term) {
            self.elected.insert(component, (term, now, node));
        }
    }

    /// A pod acts alone for its kind from here on; `other` is a pod that is in charge of the same at this moment.
    pub(crate) fn acts(
        &mut self,
        component: Component,
        (node, life): (NodeId, u64),
        epoch: u64,
        other: Option<NodeId>,
    ) {
        if !self.fenced {
            return;
        }
        self.check(ONE_ACTING, other.is_none(), || {
            Breach::new(
                "two_act",
                "pods `node` and `other` act for the same kind at the same time",
                &[u64::from(node), u64::from(other.unwrap_or(0))],
            )
        });
        let known = self.epochs.get(&component).copied().unwrap_or_default();
        let newer = epoch > known.0 || known == (epoch, node, life);
        self.check(EPOCHS_MONOTONIC, newer, || {
            Breach::new(
                "epoch_back",
                "pod `node` begins to act under epoch `epoch`, after pod `other` acted under epoch `known`",
                &[u64::from(node), epoch, u64::from(known.1), known.0],
            )
        });
        if newer {
            self.epochs.insert(component, (epoch, node, life));
        }
    }

    /// A delegator in a streaming node begins a search; `owns` says whether the node's lease as the log's owner is
    /// valid.
    pub(crate) fn delegates(&mut self, node: NodeId, epoch: u64, owns: bool) {
        if !self.fenced {
            return;
        }
        let newest = self.epochs.get(&Component::StreamingNode).copied().unwrap_or_default();
        self.check(DELEGATOR_OWNS_LOG, owns && epoch == newest.0, || {
            Breach::new(
                "delegates_unowned",
                "delegator `node` answers under epoch `epoch`; pod `owner` owns the log under epoch `newest`",
                &[u64::from(node), epoch, u64::from(newest.1), newest.0],
            )
        });
    }

    /// The metadata store ends a session because its lease is over; its holder believes in it until then.
    pub(crate) fn lease_ended(&mut self, now: Micros, node: NodeId, believes: Option<Micros>) {
        let until = believes.unwrap_or(0);
        self.check(LEASE_BELIEF, until <= now, || {
            Breach::new(
                "believes_longer",
                "pod `node` believes in its lease until `until` µs, and the store ended it at `now` µs",
                &[u64::from(node), until, now],
            )
        });
    }

    /// A member of the metadata store grants or renews a lease in a term.
    pub(crate) fn lease_granted(&mut self, now: Micros, member: NodeId, term: u64) {
        let newest = self.elected.get(&Component::Meta).copied().unwrap_or_default();
        self.check(LEASE_STORE_MAJORITY, newest.0 <= term || newest.1 >= now, || {
            Breach::new(
                "deposed_grants",
                "pod `member` renews a lease in term `term`, though pod `leader` was elected in term `newest`",
                &[u64::from(member), term, u64::from(newest.2), newest.0],
            )
        });
    }

    /// A coordinator gives an order to a node; `known` says whether it knows a session of that node.
    pub(crate) fn ordered(&mut self, coordinator: NodeId, node: NodeId, known: bool) {
        self.check(PLACED_ON_SESSION, known, || {
            Breach::new(
                "placed_on_gone",
                "coordinator `coordinator` places a segment on pod `node`, whose session it knows to be over",
                &[u64::from(coordinator), u64::from(node)],
            )
        });
    }

    /// A pod sends a message.
    pub(crate) fn sent(&mut self, node: NodeId, lives: bool) {
        self.check(ONLY_LIVING_SEND, lives, || {
            Breach::new("dead_sends", "pod `node` sends a message while it does not run", &[u64::from(node)])
        });
    }
}
