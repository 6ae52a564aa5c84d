//! The snapshot of a cluster at one moment.
//!
//! Guarantees: every value is read from the running cluster. Leaves out: drawing.

use super::delegator::Delegator;
use super::pods::Pod;
use super::snapshot::{
    CopyState, LoadFacts, MilvusFacts, PlacedSegment, PodFacts, PodFlight, TesterFacts, WriteFacts,
};
use super::topology::Component;
use super::{LIVE, Milvus, ScheduledEvent, settings};
use quorum_types::NodeId;
use quorum_types::sort::{sort, sort_by_key};

/// The maximum number of messages in a snapshot.
const FLIGHTS: usize = 500;

impl Milvus {
    /// The snapshot.
    pub fn facts(&self) -> MilvusFacts {
        let value = |setting: &quorum_sim::settings::Setting| {
            (setting.name.to_owned(), self.settings.value(setting.name).unwrap_or(setting.default))
        };
        let kept = self.kept_now();
        MilvusFacts {
            control_plane: self.control_plane,
            pods: self.pods.iter().map(|pod| self.pod_facts(pod)).collect(),
            cut: self.network.cuts().collect(),
            flights: self.flights(),
            segments: self.segments(),
            tester: TesterFacts {
                total: self.clients.total,
                ok: self.clients.ok,
                failed: self.clients.total - self.clients.ok,
                mean_latency_us: self.clients.mean_latency_us(),
                recent: self.clients.recent.clone(),
                last_failure: self.clients.last_failure.map(str::to_owned),
            },
            last_search: self.clients.last_search,
            last_write: self.last_write.clone(),
            acknowledged_rows: self.clients.acknowledged_rows,
            failed_writes: self.clients.failed_writes,
            lost_writes: self.clients.lost.iter().map(|(first, _)| *first).collect(),
            snapshots: self.snapshot_facts(&kept),
            jobs: self.job_facts(&kept),
            load: self.load(),
            settings: settings::ALL
                .iter()
                .filter(|setting| LIVE.contains(&setting.name))
                .map(value)
                .collect(),
        }
    }

    fn pod_facts(&self, pod: &Pod) -> PodFacts {
        let id = pod.place.id;
        let behind = |(_, known): (u32, &Delegator)| {
            known.caught_up.then(|| self.now.saturating_sub(known.service_us))
        };
        let term = self.members.get(&id).and_then(|member| member.raft()).map(quorum_raft::Raft::term);
        PodFacts {
            id,
            component: pod.place.component,
            ordinal: pod.place.ordinal,
            zone: pod.place.zone,
            state: pod.state,
            active: pod.acting.is_some_and(|acting| acting.serves),
            epoch: pod.acting.map(|acting| acting.epoch).or(term).unwrap_or(0),
            misses: pod.misses,
            taken_out: pod.taken_out,
            lease_left_us: pod.lease_ends_us().map(|until| until.saturating_sub(self.now)),
            queue: pod.queue,
            served: pod.served,
            replica: (pod.place.component == Component::QueryNode).then(|| self.replica_of(id)),
            behind_us: self.delegators_of(id).filter_map(behind).max(),
            unreachable: pod.place.component == Component::ObjectStore && self.object_store.gone,
        }
    }

    fn flights(&self) -> Vec<PodFlight> {
        let mut flights: Vec<PodFlight> = self
            .event_queue
            .iter()
            .filter_map(|(at, scheduled)| match scheduled {
                ScheduledEvent::Arrive(flight) => Some(PodFlight {
                    id: flight.id,
                    from: flight.from,
                    to: flight.to,
                    sent_us: flight.sent_us,
                    arrives_us: at,
                    kind: flight.traffic(),
                }),
                _ => None,
            })
            .take(FLIGHTS)
            .collect();
        sort_by_key(&mut flights, |a| a.id);
        flights
    }

    fn segments(&self) -> Vec<PlacedSegment> {
        let state = |served: bool| if served { CopyState::Served } else { CopyState::Loading };
        let copies = |segment: u64| -> Vec<(u32, NodeId, CopyState)> {
            let holds = |(id, node): (&NodeId, &super::query_node::QueryNode)| {
                let served = node.segments.get(&segment).copied()?;
                Some((self.replica_of(*id), *id, state(served)))
            };
            self.queriers.iter().filter_map(holds).collect()
        };
        let reads =
            self.delegators.iter().map(|((id, replica), known)| (*replica, *id, state(known.caught_up)));
        let rows = |known: &Delegator| known.growing.iter().map(|(_, rows)| rows.len() as u64).sum();
        let grown: u64 = self.delegators.values().map(rows).max().unwrap_or(0);
        let growing = PlacedSegment { id: 0, rows: grown, copies: reads.collect() };
        let sealed = self.sealed.iter().map(|sealed| PlacedSegment {
            id: sealed.segment,
            rows: sealed.rows.ids.len() as u64,
            copies: copies(sealed.segment),
        });
        std::iter::once(growing).chain(sealed).collect()
    }

    fn load(&self) -> Option<LoadFacts> {
        if self.settings.clients == 0 && self.clients.batch().is_none() {
            return None;
        }
        let mut took = self.clients.load_latencies(self.now);
        sort(&mut took);
        let mean = took.iter().sum::<u64>() / took.len().max(1) as u64;
        let p95 = took.get((took.len() * 95).div_ceil(100).max(1) - 1).copied().unwrap_or(0);
        let rates = self.clients.rates(self.now);
        let waiting = self.pods.iter().filter(|pod| pod.place.component == Component::QueryNode);
        Some(LoadFacts {
            qps: took.len() as u64,
            mean_latency_us: mean,
            p95_latency_us: p95,
            finished: rates.finished,
            late: rates.late,
            given_up: rates.given_up,
            refused: rates.refused,
            longest: waiting.map(|pod| pod.queue).max().unwrap_or(0),
            batch: self.clients.batch(),
        })
    }

    /// Keeps only the steps of the write that began last.
    pub(super) fn follow_write(&mut self, node: Option<NodeId>, first_id: i64, step: u32) {
        let now = self.now;
        let newer = self.last_write.as_ref().is_none_or(|write| write.first_id < first_id && step == 1);
        if newer {
            self.last_write = Some(WriteFacts { first_id, steps: Vec::new() });
        }
        if let Some(write) = self.last_write.as_mut().filter(|write| write.first_id == first_id) {
            write.steps.push((step, node.unwrap_or(0), now));
        }
    }
}
