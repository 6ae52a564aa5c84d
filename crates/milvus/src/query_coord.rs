//! The query coordinator: assigns segments to query nodes, for each replica.
//!
//! Once a second the acting coordinator asks every query node what it holds, assigns unserved segments to the least
//! loaded node, chooses a delegator for every replica, and balances. Its knowledge comes from answers and from
//! notifications that a node is gone: from the supervisor in the course's topology, from the end of a lease in
//! Milvus's. Guarantees: the segments of a node that is gone are reassigned as soon as that is known; nothing is
//! released before another node serves it, nor are merged segments released before the new segment is served and
//! delegators know. Leaves out: resource groups, and insufficient memory.

use litemap::LiteMap;
use std::sync::Arc;

use super::Milvus;
use super::catalogue::Catalogue;
use super::net::{Answer, Ask, Placed, Reads, Watch, Why};
use super::pods::BEAT_US;
use super::rules::Rule;
use super::topology::{Component, ControlPlane};
use crate::event::MilvusEvent;
use quorum_types::sort::sort;
use quorum_types::{Micros, NodeId};

/// The coordinator's knowledge of a query node.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    life: u64,
    /// When it answered.
    pub(super) heard_us: Micros,
    pub(super) served: Vec<u64>,
    /// The parts of the log in segments that it served when it answered.
    spans: Vec<(u64, (u64, u64))>,
    pub(super) loading: Vec<u64>,
    /// The replicas of which it is the delegator.
    reads: LiteMap<u32, Reads>,
}

impl Known {
    fn holds(&self, segment: u64) -> bool {
        self.served.contains(&segment) || self.loading.contains(&segment)
    }

    fn load(&self) -> usize {
        self.served.len() + self.loading.len()
    }
}

/// The memory of an acting query coordinator.
#[derive(Clone, Debug, Default)]
pub(super) struct Distribution {
    pub(super) known: LiteMap<NodeId, Known>,
    /// Whether delegators are in the log's owner; otherwise in query nodes.
    at_owner: bool,
    /// Nodes reported as gone.
    pub(super) gone: LiteMap<NodeId, ()>,
    /// What it knows from the metadata store; none before the first answer.
    pub(super) catalogue: Option<Arc<Catalogue>>,
    /// In 2.6: how often a streaming node was asked to own the log.
    pub(super) asked_to_own: usize,
    /// Segments to release once delegators no longer need them: node and segment, since when.
    retiring: LiteMap<(NodeId, u64), Micros>,
    /// Delegators that were replaced, since when.
    doubled: LiteMap<NodeId, Micros>,
}

/// The segments that a replica shall serve, and the merged ones it served before.
struct Wanted {
    /// Segments that are current, with the part of the log that they hold; initial segments have none.
    now: Vec<(u64, Option<(u64, u64)>)>,
    /// Current segments of jobs that no search sees yet: they are loaded, and that is all.
    hidden: Vec<u64>,
    /// Segments that are no longer current but still served.
    before: Vec<(u64, (u64, u64))>,
}

impl Milvus {
    /// It begins with an empty memory.
    pub(super) fn begin_placing(&mut self, id: NodeId) {
        let at_owner = self.delegates_at_owner();
        self.distribution.insert(id, Distribution { at_owner, ..Distribution::default() });
        self.place(id);
    }

    /// How many replicas there can be: each needs a node of its own.
    pub(super) fn replica_count(&self) -> u32 {
        self.settings.replicas.min(self.settings.query_nodes) as u32
    }

    /// The replica that a query node belongs to.
    pub(super) fn replica_of(&self, node: NodeId) -> u32 {
        self.pod(node).map_or(0, |pod| pod.place.ordinal % self.replica_count().max(1))
    }

    /// A coordinator learns that a pod is gone. One that does not act replies so, since a standby would forget it.
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
        if let Some(distribution) = self.distribution.get_mut(&id) {
            distribution.gone.insert(node, ());
            if self.rules.on(Rule::SessionBeforePlacement) {
                distribution.known.remove(&node);
            }
            self.place(id);
        }
        if let Some(coordinator) = self.data_coords.get_mut(&id) {
            coordinator.gone(node);
        }
    }

    /// A coordinator has learned what is flushed and which sessions there are.
    pub(super) fn catalogued(&mut self, id: NodeId, answer: Answer) {
        let Answer::Catalogue(catalogue) = answer else { return };
        if let Some(coordinator) = self.data_coords.get_mut(&id) {
            coordinator.learn(catalogue.clone(), self.control_plane != ControlPlane::Raft);
            self.run_jobs(id, false);
        }
        let Some(distribution) = self.distribution.get_mut(&id) else { return };
        let first = distribution.catalogue.is_none();
        if self.control_plane != ControlPlane::Raft && self.rules.on(Rule::SessionBeforePlacement) {
            // A node that has begun a new life is asked again, and keeps what it was assigned.
            distribution.known.retain(|node, _| catalogue.has_session(*node, None));
        }
        distribution.catalogue = Some(catalogue);
        if first {
            self.assign_owner(id);
            self.place(id);
        }
    }

    /// Polls all nodes, and acts on the known state.
    pub(super) fn place(&mut self, id: NodeId) {
        if !self.in_charge(id) || !self.distribution.contains_key(&id) {
            return;
        }
        self.ask_acting(id, Component::Meta, Ask::Catalogue, Why::Catalogue);
        for replica in 0..self.replica_count() {
            self.place_replica(id, replica);
        }
        self.show_jobs(id);
        // After the orders, so that the answers reflect them.
        let mut nodes = self.of(Component::QueryNode);
        if self.delegates_at_owner() {
            nodes.extend(self.of(Component::StreamingNode));
        }
        for node in nodes {
            self.call(id, node, Ask::Distribution, Why::Distribution { node });
        }
    }

    /// A query node has reported what it holds.
    pub(super) fn distributed(&mut self, id: NodeId, node: NodeId, answer: Answer) {
        let Answer::Distribution { life, served, spans, loading, reads } = answer else {
            return;
        };
        let sessions =
            self.control_plane != ControlPlane::Raft && self.rules.on(Rule::SessionBeforePlacement);
        let heard_us = self.now;
        let Some(distribution) = self.distribution.get_mut(&id) else { return };
        // A pod without a session is about to exit, or has begun a life that the store does not know yet.
        let known = |catalogue: &Arc<Catalogue>| catalogue.has_session(node, Some(life));
        if sessions && !distribution.catalogue.as_ref().is_some_and(known) {
            return;
        }
        let news = distribution.gone.remove(&node).is_some()
            || distribution.known.get(&node).is_none_or(|known| known.life != life || known.served != served);
        distribution.known.insert(node, Known { life, heard_us, served, spans, loading, reads });
        if news && self.component(node) == Some(Component::QueryNode) {
            self.place_replica(id, self.replica_of(node));
        } else if news {
            (0..self.replica_count()).for_each(|replica| self.place_replica(id, replica));
        }
    }

    /// The query nodes of a replica that are there, as far as a coordinator knows.
    fn present(&self, distribution: &Distribution, replica: u32) -> Vec<NodeId> {
        let of_replica = |node: &NodeId| {
            self.component(*node) == Some(Component::QueryNode) && self.replica_of(*node) == replica
        };
        distribution.known.keys().copied().filter(of_replica).collect()
    }

    /// The segments that a replica shall serve, and merged ones that are served still.
    fn wanted(&self, distribution: &Distribution, present: &[NodeId]) -> Wanted {
        let flushed = distribution.catalogue.iter().flat_map(|catalogue| &catalogue.flushed);
        let jobs = || distribution.catalogue.iter().flat_map(|catalogue| catalogue.kept.collection());
        let hidden = jobs().filter(|(_, shown)| !shown).map(|(segment, _)| segment).collect();
        let now: Vec<(u64, Option<(u64, u64)>)> = (1..=self.settings.segments)
            .map(|segment| (segment, None))
            .chain(flushed.map(|known| (known.segment, Some((known.after, known.upto)))))
            .chain(jobs().map(|(segment, _)| (segment, None)))
            .collect();
        let wanted = |segment: u64| now.iter().any(|(wanted, _)| *wanted == segment);
        let served = present
            .iter()
            .filter_map(|node| distribution.known.get(node))
            .flat_map(|known| known.spans.iter().filter(|(segment, _)| known.served.contains(segment)));
        let before = served.filter(|(segment, _)| !wanted(*segment)).copied().collect();
        Wanted { now, hidden, before }
    }

    fn place_replica(&mut self, id: NodeId, replica: u32) {
        let (now, refresh_us) = (self.now, self.settings.route_refresh_ms * 1_000);
        let mut orders: Vec<(NodeId, Ask)> = Vec::new();
        let Some(distribution) = self.distribution.get(&id) else { return };
        let present = self.present(distribution, replica);
        let all = self.wanted(distribution, &present);
        let needed = needed(distribution, &present, replica, &all);
        let Some(distribution) = self.distribution.get_mut(&id).filter(|_| !present.is_empty()) else {
            return;
        };
        let Some(catalogue) = distribution.catalogue.clone() else { return };
        for (segment, _) in &all.now {
            if present
                .iter()
                .any(|node| distribution.known.get(node).is_some_and(|known| known.holds(*segment)))
            {
                continue;
            }
            let least = present
                .iter()
                .copied()
                .min_by_key(|node| (distribution.known.get(node).map_or(usize::MAX, Known::load), *node));
            if let Some(known) = least.and_then(|node| distribution.known.get_mut(&node)) {
                known.loading.push(*segment);
            }
            orders.extend(least.map(|node| (node, Ask::Load { segment: *segment, replica })));
        }
        orders.extend(retire(distribution, &present, &all, now));
        orders.extend(rebalance(distribution, &present, replica));
        if let Some(delegator) =
            delegator(distribution, &present, replica).or_else(|| next_delegator(distribution, &present))
        {
            if let Some(known) = distribution.known.get_mut(&delegator) {
                known.reads.entry(replica).or_default();
            }
            let placed = placed(distribution, &present, replica, &all, &needed);
            let (checkpoint, expired) = (catalogue.checkpoint, catalogue.expired);
            orders.push((delegator, Ask::Watch(Watch { replica, placed, checkpoint, expired })));
            orders.extend(let_off(distribution, &present, (replica, delegator), now, 2 * refresh_us));
        }
        for (node, ask) in orders {
            if let Ask::Load { segment, replica } = ask {
                let known = self.knows_session(id, node);
                self.checkers.ordered(id, node, known);
                self.emit(Some(node), MilvusEvent::SegmentAssigned { segment, replica });
            }
            self.call(id, node, ask, Why::Nothing);
        }
    }

    /// Whether a coordinator knows of nothing that speaks against a session of a node.
    fn knows_session(&self, id: NodeId, node: NodeId) -> bool {
        let sessions = self.control_plane != ControlPlane::Raft;
        let live = |known: &Arc<Catalogue>| !sessions || known.has_session(node, None);
        self.distribution.get(&id).is_some_and(|distribution| {
            !distribution.gone.contains_key(&node) && distribution.catalogue.as_ref().is_none_or(live)
        })
    }

    /// Whether every replica that has nodes serves all of these segments, as far as a coordinator knows.
    pub(super) fn all_serve(&self, id: NodeId, segments: &[u64]) -> bool {
        let Some(distribution) = self.distribution.get(&id) else { return false };
        let known = |replica: u32| -> Vec<NodeId> {
            let of_replica = |node: &NodeId| self.replica_of(*node) == replica;
            distribution.known.keys().copied().filter(of_replica).collect()
        };
        let serve = |nodes: &Vec<NodeId>| {
            segments.iter().all(|segment| server_of(distribution, nodes, *segment) != 0)
        };
        let replicas: Vec<Vec<NodeId>> = (0..self.replica_count()).map(known).collect();
        let mut there = replicas.iter().filter(|nodes| !nodes.is_empty()).peekable();
        there.peek().is_some() && there.all(serve)
    }

    /// A proxy asks for routes.
    pub(super) fn routes_asked(&mut self, id: NodeId, from: NodeId, call: u64) {
        let Some(distribution) = self.distribution.get(&id).filter(|_| self.in_charge(id)) else {
            let leader = self.leader_known(id);
            self.reply(id, from, call, Answer::NotActing(leader));
            return;
        };
        let partial = self.settings.partial_results == 1;
        let mut routes = Vec::new();
        for replica in 0..self.replica_count() {
            let present = self.present(distribution, replica);
            let all = self.wanted(distribution, &present);
            let needed = needed(distribution, &present, replica, &all);
            let placed = placed(distribution, &present, replica, &all, &needed);
            let missing = placed.iter().filter(|(_, node, _)| *node == 0).count();
            let served = needed.len() - missing;
            let enough = served == needed.len() || (partial && served > 0);
            let delegator = delegator(distribution, &present, replica);
            let reads =
                |node: &NodeId| reads_for(distribution, *node, replica).is_some_and(|reads| reads.caught_up);
            routes.extend(delegator.filter(|node| enough && reads(node)).map(|node| (replica, node)));
        }
        self.reply(id, from, call, Answer::Routes(routes.into()));
    }
}

/// The delegator of a replica: in the log's owner, or of two query nodes that believe they are, one that has caught up.
fn delegator(distribution: &Distribution, present: &[NodeId], replica: u32) -> Option<NodeId> {
    if distribution.at_owner {
        let owner = next_delegator(distribution, present)?;
        return reads_for(distribution, owner, replica).map(|_| owner);
    }
    let reads = |node: &NodeId| reads_for(distribution, *node, replica);
    let leads = present.iter().filter_map(|node| Some((!reads(node)?.caught_up, *node)));
    leads.min().map(|(_, node)| node)
}

/// The node that becomes a replica's delegator where there is none: the log's owner, or the first query node.
fn next_delegator(distribution: &Distribution, present: &[NodeId]) -> Option<NodeId> {
    if distribution.at_owner {
        let owner = distribution.catalogue.as_ref().and_then(|catalogue| catalogue.owner);
        return owner.filter(|owner| distribution.known.contains_key(owner));
    }
    present.first().copied()
}

/// How far a node is as the delegator of a replica, if it is that.
fn reads_for(distribution: &Distribution, node: NodeId, replica: u32) -> Option<Reads> {
    distribution.known.get(&node)?.reads.get(&replica).copied()
}

/// A delegator that was given up and came back, or was cut off meanwhile, is dismissed once proxies know the other.
fn let_off(
    distribution: &mut Distribution,
    present: &[NodeId],
    (replica, delegator): (u32, NodeId),
    now: Micros,
    after_us: Micros,
) -> Vec<(NodeId, Ask)> {
    let mut orders = Vec::new();
    for node in present {
        let Some(known) = distribution.known.get_mut(node) else { continue };
        if *node == delegator || !known.reads.contains_key(&replica) {
            distribution.doubled.remove(node);
        } else if now >= *distribution.doubled.entry(*node).or_insert(now) + after_us {
            distribution.doubled.remove(node);
            known.reads.remove(&replica);
            orders.push((*node, Ask::Unwatch));
        }
    }
    orders
}

/// The segments without which a replica would miss rows: those that its delegator has not read from the log itself.
fn needed(distribution: &Distribution, present: &[NodeId], replica: u32, all: &Wanted) -> Vec<u64> {
    let from = read_from(distribution, present, replica);
    let before = |span: &Option<(u64, u64)>| span.is_none_or(|(after, _)| after < from);
    let seen = |segment: &u64| !all.hidden.contains(segment);
    let needed = all.now.iter().filter(|(segment, span)| before(span) && seen(segment));
    needed.map(|(segment, _)| *segment).collect()
}

/// The part of the log that a replica's delegator has read itself begins here.
fn read_from(distribution: &Distribution, present: &[NodeId], replica: u32) -> u64 {
    let delegator = delegator(distribution, present, replica);
    let reads = delegator.and_then(|node| reads_for(distribution, node, replica));
    reads.map_or(u64::MAX, |reads| reads.from)
}

/// Where a delegator finds the segments: all that it needs, and others as soon as they are served. A merged segment
/// that is not served yet is represented by its source segments; the delegator may have read the last of them itself.
fn placed(
    distribution: &Distribution,
    present: &[NodeId],
    replica: u32,
    all: &Wanted,
    needed: &[u64],
) -> Arc<[Placed]> {
    let from = read_from(distribution, present, replica);
    let mut placed = Vec::new();
    for (segment, span) in all.now.iter().filter(|(segment, _)| !all.hidden.contains(segment)) {
        let node = server_of(distribution, present, *segment);
        let parts: Vec<(u64, (u64, u64))> = match span {
            Some(span) if node == 0 => {
                all.before.iter().copied().filter(|part| within(part.1, *span)).collect()
            }
            _ => Vec::new(),
        };
        if node != 0 {
            placed.push((*segment, node, *span));
        } else if span.is_some_and(|(after, upto)| covers(&parts, (after, upto.min(from)))) {
            let server = |part: u64| server_of(distribution, present, part);
            placed.extend(parts.iter().map(|(part, span)| (*part, server(*part), Some(*span))));
        } else if needed.contains(segment) {
            placed.push((*segment, 0, *span));
        }
    }
    placed.dedup();
    placed.into()
}

/// Segments that jobs have written hold no part of the log.
fn within(part: (u64, u64), whole: (u64, u64)) -> bool {
    part.0 >= whole.0 && part.1 <= whole.1 && part.0 < part.1
}

/// Whether parts cover all of a span of the log.
fn covers(parts: &[(u64, (u64, u64))], span: (u64, u64)) -> bool {
    let mut spans: Vec<(u64, u64)> = parts.iter().map(|part| part.1).collect();
    sort(&mut spans);
    spans.into_iter().fold(span.0, |end, (after, upto)| if after <= end { end.max(upto) } else { end })
        >= span.1
}

/// Segments that were merged or have expired are released when their replacement has been served for a while.
fn retire(
    distribution: &mut Distribution,
    present: &[NodeId],
    all: &Wanted,
    now: Micros,
) -> Vec<(NodeId, Ask)> {
    let mut orders = Vec::new();
    for (segment, span) in &all.before {
        let overlaps =
            |other: &Option<(u64, u64)>| other.is_some_and(|other| other.0 < span.1 && span.0 < other.1);
        let mut instead = all.now.iter().filter(|(_, span)| overlaps(span));
        let replaced = instead.all(|(other, _)| server_of(distribution, present, *other) != 0);
        for node in present {
            let Some(known) = distribution.known.get_mut(node).filter(|known| known.served.contains(segment))
            else {
                continue;
            };
            let key = (*node, *segment);
            if !replaced {
                distribution.retiring.remove(&key);
            } else if now >= *distribution.retiring.entry(key).or_insert(now) + BEAT_US {
                distribution.retiring.remove(&key);
                known.served.retain(|other| other != segment);
                orders.push((*node, Ask::Release { segment: *segment }));
            }
        }
    }
    let known = &distribution.known;
    distribution
        .retiring
        .retain(|(node, segment), _| known.get(node).is_some_and(|known| known.served.contains(segment)));
    orders
}

/// The node that serves a segment; 0 for none.
fn server_of(distribution: &Distribution, present: &[NodeId], segment: u64) -> NodeId {
    let serves =
        |node: &&NodeId| distribution.known.get(node).is_some_and(|known| known.served.contains(&segment));
    present.iter().find(serves).copied().unwrap_or(0)
}

/// One balancing step: of two nodes that serve the same segment the fuller one releases it; otherwise, when nothing is
/// being loaded, the emptiest node loads a segment of the fullest.
fn rebalance(distribution: &mut Distribution, present: &[NodeId], replica: u32) -> Vec<(NodeId, Ask)> {
    let known = |node: NodeId| distribution.known.get(&node);
    let load = |node: NodeId| known(node).map_or(0, Known::load);
    let Some(fullest) = present.iter().copied().max_by_key(|node| (load(*node), *node)) else {
        return Vec::new();
    };
    let Some(idlest) = present.iter().copied().min_by_key(|node| (load(*node), *node)) else {
        return Vec::new();
    };
    let mut held: Vec<u64> =
        present.iter().filter_map(|node| known(*node)).flat_map(|node| node.served.clone()).collect();
    sort(&mut held);
    let twice = held.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
    if let Some(segment) = twice {
        let serve = present
            .iter()
            .copied()
            .filter(|node| known(*node).is_some_and(|known| known.served.contains(&segment)));
        let Some(full) = serve.max_by_key(|node| (load(*node), *node)) else { return Vec::new() };
        if let Some(known) = distribution.known.get_mut(&full) {
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
    if let Some(known) = distribution.known.get_mut(&idlest) {
        known.loading.push(segment);
    }
    vec![(idlest, Ask::Load { segment, replica })]
}
