//! The query coordinator: which query node serves which segment, for which replica.
//!
//! Once a second the acting one asks every query node what it holds, gives what nobody serves to the one that holds
//! least, chooses a delegator for every replica, and evens out. What it knows it knows from answers and from being told
//! that a node is gone: by the supervisor in the course's shape, by the end of a lease in Milvus's. Promises: what a node
//! that is gone held is given to others as soon as that is known; nothing is let go before another serves it. Leaves out:
//! resource groups, and memory that does not suffice.

use std::sync::Arc;

use super::Milvus;
use super::net::{Answer, Ask, Why};
use super::shape::Component;
use crate::sim::event::EventKind;
use crate::types::{Map, NodeId, Set};

/// What the coordinator knows of a query node.
#[derive(Clone, Debug, Default)]
struct Known {
    life: u64,
    served: Vec<u64>,
    loading: Vec<u64>,
    /// The replica whose delegator it is.
    replica: Option<u32>,
    caught_up: bool,
    /// As a delegator: where in the log it began to read. What was flushed later it has itself.
    from: u64,
}

impl Known {
    fn holds(&self, segment: u64) -> bool {
        self.served.contains(&segment) || self.loading.contains(&segment)
    }

    fn load(&self) -> usize {
        self.served.len() + self.loading.len()
    }
}

/// What an acting query coordinator has in its memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Placing {
    known: Map<NodeId, Known>,
    /// Nodes that it was told are gone.
    pub(super) gone: Set<NodeId>,
    /// In 2.6: who owns the log.
    pub(super) owner: Option<NodeId>,
}

impl Milvus {
    /// It begins with an empty memory.
    pub(super) fn begin_placing(&mut self, id: NodeId) {
        self.placing.insert(id, Placing::default());
        self.place(id);
    }

    /// How many replicas there can be: each needs a node of its own.
    pub(super) fn replica_count(&self) -> u32 {
        self.settings.replicas.min(self.settings.query_nodes) as u32
    }

    /// The replica that a query node works for.
    pub(super) fn replica_of(&self, node: NodeId) -> u32 {
        self.pod(node).map_or(0, |pod| pod.place.ordinal % self.replica_count().max(1))
    }

    /// A coordinator is told that a pod is gone. One that is not in charge says so, for whoever stands by forgets it.
    pub(super) fn gone_told(&mut self, id: NodeId, from: NodeId, call: u64, node: NodeId) {
        if self.in_charge(id) {
            self.reply(id, from, call, Answer::Done);
            self.node_gone(id, node);
        } else {
            let leader = self.leader_known(id);
            self.reply(id, from, call, Answer::NotActing(leader));
        }
    }

    fn node_gone(&mut self, id: NodeId, node: NodeId) {
        if let Some(placing) = self.placing.get_mut(&id) {
            placing.gone.insert(node);
            placing.known.remove(&node);
            self.place(id);
        }
        self.flushing.gone(node);
    }

    /// Asks who holds what, and acts on what is known.
    pub(super) fn place(&mut self, id: NodeId) {
        if !self.in_charge(id) || !self.placing.contains_key(&id) {
            return;
        }
        for replica in 0..self.replica_count() {
            self.place_replica(id, replica);
        }
        // Behind the orders, so that the answers know of them.
        for node in self.of(Component::QueryNode) {
            self.call(id, node, Ask::Distribution, Why::Distribution { node });
        }
    }

    /// A query node has said what it holds.
    pub(super) fn distributed(&mut self, id: NodeId, node: NodeId, answer: Answer) {
        let Answer::Distribution { life, served, loading, replica, caught_up, from } = answer else { return };
        let Some(placing) = self.placing.get_mut(&id) else { return };
        let news = placing.gone.remove(&node)
            || placing.known.get(&node).is_none_or(|known| known.life != life || known.served != served);
        placing.known.insert(node, Known { life, served, loading, replica, caught_up, from });
        if news {
            self.place_replica(id, self.replica_of(node));
        }
    }

    /// The segments that are to be served.
    pub(super) fn wanted(&self) -> Vec<u64> {
        let built_in = 1..=self.settings.segments;
        built_in.chain(self.flushed().iter().map(|flushed| flushed.segment)).collect()
    }

    /// The segments without which a replica would miss rows: those that its delegator has not read itself.
    fn needed(&self, placing: &Placing, present: &[NodeId], replica: u32) -> Vec<u64> {
        let from = delegator(placing, present, replica)
            .and_then(|node| placing.known.get(&node))
            .map_or(u64::MAX, |known| known.from);
        let flushed = self.flushed().iter().filter(|flushed| flushed.upto <= from);
        (1..=self.settings.segments).chain(flushed.map(|flushed| flushed.segment)).collect()
    }

    fn place_replica(&mut self, id: NodeId, replica: u32) {
        let wanted = self.wanted();
        let mut orders: Vec<(NodeId, Ask)> = Vec::new();
        let of_replica = |node: &NodeId| self.replica_of(*node) == replica;
        let Some(placing) = self.placing.get(&id) else { return };
        let present: Vec<NodeId> = placing.known.keys().copied().filter(of_replica).collect();
        let needed = self.needed(placing, &present, replica);
        let Some(placing) = self.placing.get_mut(&id).filter(|_| !present.is_empty()) else { return };
        for segment in &wanted {
            if present.iter().any(|node| placing.known.get(node).is_some_and(|known| known.holds(*segment))) {
                continue;
            }
            let least = present
                .iter()
                .copied()
                .min_by_key(|node| (placing.known.get(node).map_or(usize::MAX, Known::load), *node));
            if let Some(known) = least.and_then(|node| placing.known.get_mut(&node)) {
                known.loading.push(*segment);
            }
            orders.extend(least.map(|node| (node, Ask::Load { segment: *segment, replica })));
        }
        orders.extend(even_out(placing, &present, replica));
        if let Some(delegator) = delegator(placing, &present, replica).or_else(|| present.first().copied()) {
            if let Some(known) = placing.known.get_mut(&delegator) {
                known.replica = Some(replica);
            }
            let placed = placed(placing, &present, &wanted, &needed);
            orders.push((delegator, Ask::Watch { replica, placed }));
        }
        for (node, ask) in orders {
            if let Ask::Load { segment, replica } = ask {
                self.emit(Some(node), EventKind::SegmentAssigned { segment, replica });
            }
            self.call(id, node, ask, Why::Nothing);
        }
    }

    /// A proxy asks who serves.
    pub(super) fn routes_asked(&mut self, id: NodeId, from: NodeId, call: u64) {
        let Some(placing) = self.placing.get(&id).filter(|_| self.in_charge(id)) else {
            let leader = self.leader_known(id);
            self.reply(id, from, call, Answer::NotActing(leader));
            return;
        };
        let partial = self.settings.partial_results == 1;
        let mut routes = Vec::new();
        for replica in 0..self.replica_count() {
            let of_replica = |node: &NodeId| self.replica_of(*node) == replica;
            let present: Vec<NodeId> = placing.known.keys().copied().filter(of_replica).collect();
            let needed = self.needed(placing, &present, replica);
            let served = needed.iter().filter(|segment| server_of(placing, &present, **segment) != 0).count();
            let enough = served == needed.len() || (partial && served > 0);
            let delegator = delegator(placing, &present, replica);
            let reads = |node: &NodeId| placing.known.get(node).is_some_and(|known| known.caught_up);
            routes.extend(delegator.filter(|node| enough && reads(node)).map(|node| (replica, node)));
        }
        self.reply(id, from, call, Answer::Routes(routes.into()));
    }
}

/// The delegator of a replica.
fn delegator(placing: &Placing, present: &[NodeId], replica: u32) -> Option<NodeId> {
    let leads = |node: &&NodeId| placing.known.get(node).is_some_and(|known| known.replica == Some(replica));
    present.iter().find(leads).copied()
}

/// Where a delegator finds the segments: all that it needs, and others as soon as they are served.
fn placed(placing: &Placing, present: &[NodeId], wanted: &[u64], needed: &[u64]) -> Arc<[(u64, NodeId)]> {
    let at = wanted.iter().map(|segment| (*segment, server_of(placing, present, *segment)));
    at.filter(|(segment, node)| *node != 0 || needed.contains(segment)).collect()
}

/// Who serves a segment; 0 for nobody.
fn server_of(placing: &Placing, present: &[NodeId], segment: u64) -> NodeId {
    let serves =
        |node: &&NodeId| placing.known.get(node).is_some_and(|known| known.served.contains(&segment));
    present.iter().find(serves).copied().unwrap_or(0)
}

/// One step towards nodes that hold the same: what two serve is let go by the fuller of them; else, when nothing is being
/// loaded, the emptiest loads one of what the fullest has.
fn even_out(placing: &mut Placing, present: &[NodeId], replica: u32) -> Vec<(NodeId, Ask)> {
    let known = |node: NodeId| placing.known.get(&node);
    let load = |node: NodeId| known(node).map_or(0, Known::load);
    let Some(fullest) = present.iter().copied().max_by_key(|node| (load(*node), *node)) else {
        return Vec::new();
    };
    let Some(idlest) = present.iter().copied().min_by_key(|node| (load(*node), *node)) else {
        return Vec::new();
    };
    let mut held: Vec<u64> =
        present.iter().filter_map(|node| known(*node)).flat_map(|node| node.served.clone()).collect();
    crate::types::order::sort(&mut held, |a, b| a.cmp(b));
    let twice = held.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
    if let Some(segment) = twice {
        let serve = present
            .iter()
            .copied()
            .filter(|node| known(*node).is_some_and(|known| known.served.contains(&segment)));
        let Some(full) = serve.max_by_key(|node| (load(*node), *node)) else { return Vec::new() };
        if let Some(known) = placing.known.get_mut(&full) {
            known.served.retain(|other| *other != segment);
        }
        return vec![(full, Ask::Release { segment })];
    }
    let loading = present.iter().any(|node| known(*node).is_some_and(|known| !known.loading.is_empty()));
    if loading || load(fullest) < load(idlest) + 2 {
        return Vec::new();
    }
    let Some(segment) = known(fullest).and_then(|known| known.served.first().copied()) else {
        return Vec::new();
    };
    if let Some(known) = placing.known.get_mut(&idlest) {
        known.loading.push(segment);
    }
    vec![(idlest, Ask::Load { segment, replica })]
}
