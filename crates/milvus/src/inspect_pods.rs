//! Looks into a pod, a lease or a segment.
//!
//! Guarantees: reads and never writes; what a pod believes comes from the pod's memory, what is true from the world.
//! Leaves out: messages (`inspect_messages`).

use super::Milvus;
use super::catalogue::Catalogue;
use super::delegator::Delegator;
use super::inspect::{
    Known, KnownValue, KnownWhat, LeaseDetail, MemberFacts, PodDetail, SegmentDetail, SegmentState,
};
use super::log_source::Source;
use super::near;
use super::pods::Pod;
use super::query_node::QueryNode;
use super::snapshot::CopyState;
use super::topology::Component;
use quorum_types::{Micros, NodeId};
use std::collections::BTreeSet;

/// From whom something is known, and since when.
type Told = (Option<NodeId>, Option<Micros>);

impl Milvus {
    // --- pods

    /// How many pods there are.
    pub fn pod_count(&self) -> usize {
        self.pods.len()
    }

    /// A pod in detail; none if there is no such pod.
    pub fn inspect_pod(&self, id: NodeId) -> Option<PodDetail> {
        let pod = self.pod(id)?;
        let segments = self.queriers.get(&id).into_iter().flat_map(|node| &node.segments);
        Some(PodDetail {
            id,
            component: pod.place.component,
            state: pod.state,
            life: pod.life,
            acting: pod.acting.map(|acting| (acting.epoch, acting.serves)),
            lease: self.inspect_lease(id),
            member: self.member_facts(id),
            queue: pod.queue,
            busy: pod.busy,
            knows: self.knows(pod),
            segments: segments.map(|(segment, served)| (*segment, *served)).collect(),
        })
    }

    fn member_facts(&self, id: NodeId) -> Option<MemberFacts> {
        let raft = self.members.get(&id)?.raft()?;
        let matched = match raft.role() {
            quorum_raft::Role::Leader(leader) => {
                leader.followers.iter().map(|(other, progress)| (*other, progress.matched)).collect()
            }
            _ => Vec::new(),
        };
        Some(MemberFacts {
            leads: raft.leads(),
            term: raft.term(),
            leader: raft.leader(),
            commit: raft.commit(),
            last: raft.log().last().0,
            durable: raft.durable(),
            matched,
        })
    }

    /// What a pod knows of the others.
    fn knows(&self, pod: &Pod) -> Vec<Known> {
        let id = pod.place.id;
        let mut known = Vec::new();
        for ((who, component), acts) in &self.acting_for {
            if *who == id {
                let learned = self.learned.get(&(id, *component)).filter(|learned| learned.0 == *acts);
                known.push(Known {
                    what: KnownWhat::Acting { component: *component },
                    value: KnownValue::Pod(Some(*acts)),
                    from: learned.map(|learned| learned.1),
                    at_us: learned.map(|learned| learned.2),
                    truth: Some(KnownValue::Pod(self.acting(*component))),
                });
            }
        }
        if let Some(until) = pod.lease_ends_us() {
            // As long ago as its clock says.
            let kept_us = self.now.saturating_sub(pod.clock.at(self.now).saturating_sub(pod.kept_at));
            let granted = self.inspect_lease(id).and_then(|lease| lease.store_until_us);
            known.push(Known {
                what: KnownWhat::Lease,
                value: KnownValue::Time(until),
                from: self.acting_for.get(&(id, Component::Meta)).copied(),
                at_us: Some(kept_us),
                truth: Some(KnownValue::Time(granted.unwrap_or(0))),
            });
        }
        self.proxy_knows(id, &mut known);
        self.coordinator_knows(id, &mut known);
        for (replica, delegator) in self.delegators_of(id) {
            self.delegator_knows(id, replica, delegator, &mut known);
        }
        self.drainer_knows(id, &mut known);
        self.store_knows(id, &mut known);
        if let Some(source) = self.logs.sources.get(&id) {
            self.source_knows(source, &mut known);
        }
        known
    }

    fn proxy_knows(&self, id: NodeId, known: &mut Vec<Known>) {
        let Some(proxy) = self.proxies.get(&id) else { return };
        for &(replica, node) in &*proxy.routes {
            let now = self.delegator_of(replica);
            known.push(Known {
                what: KnownWhat::Delegator { replica },
                value: KnownValue::Pod(Some(node)),
                from: proxy.routed.map(|routed| routed.0),
                at_us: proxy.routed.map(|routed| routed.1),
                // Of two delegators of a replica either can answer.
                truth: Some(KnownValue::Pod(if self.delegates(node, replica) { Some(node) } else { now })),
            });
        }
        let silent: BTreeSet<NodeId> = proxy.left_out.keys().map(|(_, node)| *node).collect();
        for node in silent {
            known.push(Known {
                what: KnownWhat::Answers { node },
                value: KnownValue::Flag(false),
                from: None,
                at_us: None,
                truth: Some(KnownValue::Flag(self.runs(node) && self.network.works(id, node))),
            });
        }
    }

    /// Whether a node that runs is a delegator of a replica.
    fn delegates(&self, node: NodeId, replica: u32) -> bool {
        self.runs(node) && self.delegators.contains_key(&(node, replica))
    }

    /// A delegator of a replica that runs.
    fn delegator_of(&self, replica: u32) -> Option<NodeId> {
        let running = self.delegators.keys().filter(|(node, of)| *of == replica && self.runs(*node));
        running.map(|(node, _)| *node).next()
    }

    fn coordinator_knows(&self, id: NodeId, known: &mut Vec<Known>) {
        let store = self.acting_for.get(&(id, Component::Meta)).copied();
        let distribution = self.distribution.get(&id);
        let data = self.data_coords.get(&id);
        let catalogue = distribution.and_then(|of| of.catalogue.as_ref());
        if let Some(catalogue) = catalogue.or_else(|| data.and_then(|of| of.catalogue.as_ref())) {
            self.catalogue_known(catalogue, store, known);
        }
        if let Some(data) = data {
            let drains = self.draining.keys().copied().find(|node| self.runs(*node));
            known.push(Known {
                what: KnownWhat::Drains,
                value: KnownValue::Pod(data.drains),
                from: None,
                at_us: None,
                truth: Some(KnownValue::Pod(data.drains.filter(|node| self.drains(*node)).or(drains))),
            });
        }
        let Some(distribution) = distribution else { return };
        for (node, of) in &distribution.known {
            if self.component(*node) == Some(Component::QueryNode) {
                known.push(Known {
                    what: KnownWhat::Serves { node: *node },
                    value: KnownValue::Number(of.served.len() as u64),
                    from: Some(*node),
                    at_us: Some(of.heard_us),
                    truth: Some(KnownValue::Number(self.served_by(*node))),
                });
            }
        }
        for node in distribution.gone.keys() {
            known.push(Known {
                what: KnownWhat::There { node: *node },
                value: KnownValue::Flag(false),
                from: None,
                at_us: None,
                truth: Some(KnownValue::Flag(self.runs(*node))),
            });
        }
    }

    fn drains(&self, node: NodeId) -> bool {
        self.runs(node) && self.draining.contains_key(&node)
    }

    /// How many segments a query node serves.
    fn served_by(&self, node: NodeId) -> u64 {
        let served = |node: &QueryNode| node.segments.values().filter(|served| **served).count() as u64;
        self.queriers.get(&node).filter(|_| self.runs(node)).map_or(0, served)
    }

    fn catalogue_known(&self, catalogue: &Catalogue, store: Option<NodeId>, known: &mut Vec<Known>) {
        let leader = self.acting(Component::Meta);
        let told: Told = (store, Some(catalogue.as_of_us));
        let (_, checkpoint, _) = leader.map_or((&[][..], 0, 0), |leader| self.store.flushed_at(leader));
        let sessions = leader.map_or(0, |leader| self.store.sessions_at(leader).count());
        let mut push = |what, value, truth| {
            known.push(Known { what, value, from: told.0, at_us: told.1, truth: leader.map(|_| truth) });
        };
        push(KnownWhat::Checkpoint, KnownValue::Number(catalogue.checkpoint), KnownValue::Number(checkpoint));
        if !catalogue.sessions.is_empty() {
            let believed = KnownValue::Number(catalogue.sessions.len() as u64);
            push(KnownWhat::Sessions, believed, KnownValue::Number(sessions as u64));
        }
        if let Some(owner) = catalogue.owner {
            let now = self.acting(Component::StreamingNode);
            push(KnownWhat::LogOwner, KnownValue::Pod(Some(owner)), KnownValue::Pod(now));
        }
    }

    fn delegator_knows(&self, id: NodeId, replica: u32, delegator: &Delegator, known: &mut Vec<Known>) {
        let source = self.acting_for.get(&(id, self.log_source())).copied();
        let told: Told = (source, Some(delegator.heard_us));
        let mut push = |what, value, truth| {
            known.push(Known { what, value, from: told.0, at_us: told.1, truth });
        };
        let end = self.log_end().map(KnownValue::Number);
        push(KnownWhat::Position, KnownValue::Number(delegator.position), end);
        push(KnownWhat::ServiceTime, KnownValue::Time(delegator.service_us), None);
        let of = delegator.placed.len() as u64;
        let found = |(segment, node, _): &&(u64, NodeId, Option<(u64, u64)>)| {
            let there = self.queriers.get(node).filter(|_| self.runs(*node));
            there.is_some_and(|there| there.serves(*segment))
        };
        let believed = delegator.placed.iter().filter(|(_, node, _)| *node != 0).count() as u64;
        let n = delegator.placed.iter().filter(found).count() as u64;
        let truth = Some(KnownValue::Part { n, of });
        push(KnownWhat::Placed { replica }, KnownValue::Part { n: believed, of }, truth);
    }

    fn drainer_knows(&self, id: NodeId, known: &mut Vec<Known>) {
        let Some(node) = self.draining.get(&id) else { return };
        let (heard_us, fence) = node.heard();
        let from = self.acting_for.get(&(id, self.log_source())).copied();
        let mut push = |what, value, truth: Option<u64>| {
            let truth = truth.map(KnownValue::Number);
            known.push(Known { what, value: KnownValue::Number(value), from, at_us: Some(heard_us), truth });
        };
        push(KnownWhat::Position, node.position(), self.log_end());
        push(KnownWhat::Fence, fence, self.log_fence());
    }

    /// What a member of the metadata store has applied.
    fn store_knows(&self, id: NodeId, known: &mut Vec<Known>) {
        if self.component(id) != Some(Component::Meta) || !self.runs(id) {
            return;
        }
        let leader = self.acting(Component::Meta);
        for (component, holder, _) in self.store.roles_at(id) {
            known.push(Known {
                what: KnownWhat::Holder { component },
                value: KnownValue::Pod(Some(holder)),
                from: None,
                at_us: None,
                truth: Some(KnownValue::Pod(self.acting(component))),
            });
        }
        let mut push = |what, value, truth: Option<u64>| {
            let truth = truth.map(KnownValue::Number);
            known.push(Known { what, value: KnownValue::Number(value), from: None, at_us: None, truth });
        };
        let at = |member: NodeId| self.store.flushed_at(member).1;
        let sessions = |member: NodeId| self.store.sessions_at(member).count() as u64;
        push(KnownWhat::Checkpoint, at(id), leader.map(at));
        push(KnownWhat::Sessions, sessions(id), leader.map(sessions));
    }

    fn source_knows(&self, source: &Source, known: &mut Vec<Known>) {
        let stored = self.acting(Component::Meta).map(|leader| self.store.flushed_at(leader).1);
        let mut push = |what, value, truth: Option<u64>| {
            let truth = truth.map(KnownValue::Number);
            known.push(Known { what, value: KnownValue::Number(value), from: None, at_us: None, truth });
        };
        push(KnownWhat::Position, source.last(), self.log_end());
        push(KnownWhat::Fence, source.fence, self.log_fence());
        push(KnownWhat::Checkpoint, source.flushed_upto(), stored);
    }

    // --- the log

    /// The source that serves the log now.
    fn log_now(&self) -> Option<&Source> {
        self.logs.sources.get(&self.acting(self.log_source())?)
    }

    /// The last position of the log.
    fn log_end(&self) -> Option<u64> {
        self.log_now().map(Source::last)
    }

    /// The latest epoch that may write.
    fn log_fence(&self) -> Option<u64> {
        self.log_now().map(|source| source.fence)
    }

    // --- leases

    /// A pod's lease; none if pods of its kind have none.
    pub fn inspect_lease(&self, id: NodeId) -> Option<LeaseDetail> {
        let pod = self.pod(id).filter(|pod| self.has_session(pod.place.component))?;
        let store = self.acting(Component::Meta);
        let component = pod.place.component;
        let role = |store: NodeId| {
            self.store.roles_at(store).find(|(role, holder, _)| *role == component && *holder == id)
        };
        let session = |store: NodeId| {
            self.store.sessions_at(store).any(|(holder, life)| holder == id && life == pod.life)
        };
        Some(LeaseDetail {
            pod: id,
            component,
            role_epoch: store.and_then(role).map(|(_, _, epoch)| epoch),
            store,
            session: store.is_some_and(session),
            store_until_us: store.and_then(|store| {
                let until = self.store.deadline(store, id)?;
                Some(self.pod(store)?.clock.when(until))
            }),
            holder_until_us: pod.lease_ends_us(),
        })
    }

    // --- segments

    /// A segment in detail, 0 for the growing one; none if there is no such segment.
    pub fn inspect_segment(&self, segment: u64) -> Option<SegmentDetail> {
        let checkpoint = self.acting(Component::Meta).map_or(0, |store| self.store.flushed_at(store).1);
        let detail = SegmentDetail {
            segment,
            copies: self.copies_of(segment),
            log: (checkpoint, self.log_end().unwrap_or(0)),
            log_owner: self.acting(self.log_source()),
            fence: self.log_fence().unwrap_or(0),
            ..SegmentDetail::default()
        };
        if segment == 0 {
            return Some(self.growing(detail));
        }
        if let Some(sealed) = near::find(&self.sealed, segment) {
            return Some(SegmentDetail {
                state: self.segment_state(segment, sealed.span),
                rows: sealed.rows.len() as u64,
                span: sealed.span,
                written_us: Some(sealed.written_us),
                indexed: sealed.indexed(),
                ..detail
            });
        }
        let mut storing = self.draining.values().flat_map(|node| node.storing());
        let (_, rows, span) = storing.find(|(number, ..)| *number == segment)?;
        Some(SegmentDetail { state: SegmentState::Sealed, rows, span: Some(span), ..detail })
    }

    /// The rows of the log that are in no segment.
    fn growing(&self, detail: SegmentDetail) -> SegmentDetail {
        let (checkpoint, end) = detail.log;
        let stored = self.sealed.iter().filter_map(|sealed| sealed.span);
        let storing: Vec<(u64, u64, (u64, u64))> =
            self.draining.values().flat_map(|node| node.storing()).collect();
        let spans: Vec<(u64, u64)> = stored.chain(storing.iter().map(|(_, _, span)| *span)).collect();
        let apart = |index: u64| spans.iter().any(|(after, upto)| index > *after && index <= *upto);
        let records = self.log_now().map(|source| source.valid_after(checkpoint)).unwrap_or_default();
        SegmentDetail {
            state: SegmentState::Growing,
            rows: records.iter().filter(|(index, _)| !apart(*index)).map(|(_, rows)| rows).sum(),
            span: Some((checkpoint, end)),
            writing: storing.iter().map(|(segment, ..)| *segment).collect(),
            ..detail
        }
    }

    fn segment_state(&self, segment: u64, span: Option<(u64, u64)>) -> SegmentState {
        let Some((after, upto)) = span else { return SegmentState::Flushed };
        let Some(store) = self.acting(Component::Meta) else { return SegmentState::Sealed };
        let (flushed, _, expired) = self.store.flushed_at(store);
        let of_job =
            self.store.kept_at(store).is_some_and(|kept| kept.collection().any(|(part, _)| part == segment));
        let within = flushed.iter().any(|known| known.after <= after && known.upto >= upto);
        if of_job || flushed.iter().any(|known| known.segment == segment) {
            SegmentState::Flushed
        } else if upto <= expired || within {
            SegmentState::Dropped
        } else {
            SegmentState::Sealed
        }
    }

    fn copies_of(&self, segment: u64) -> Vec<(u32, NodeId, CopyState)> {
        let state = |served: bool| if served { CopyState::Served } else { CopyState::Loading };
        if segment == 0 {
            let readers = self.delegators.iter();
            return readers.map(|((id, replica), of)| (*replica, *id, state(of.caught_up))).collect();
        }
        let copy = |(id, node): (&NodeId, &QueryNode)| {
            let served = node.segments.get(&segment)?;
            Some((self.replica_of(*id), *id, state(*served)))
        };
        self.queriers.iter().filter_map(copy).collect()
    }
}
