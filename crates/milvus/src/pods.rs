//! Pods: how they start, serve, pause and die.
//!
//! Guarantees: a dead pod loses everything except its disk; tasks planned for an earlier life are void; a pod does one
//! piece of work at a time, in order of arrival. Leaves out: restarting them (`supervisor`).

use std::collections::VecDeque;

use super::net::{Answer, Ask, Broken, Packet, Why};
use super::search::PartWish;
use super::snapshot::PodState;
use super::topology::{Component, Place};
use super::{CLIENT, Job, Milvus, ScheduledEvent};
use crate::event::MilvusEvent;
use quorum_sim::clock::Clock;
use quorum_sim::event::FaultEvent;
use quorum_types::{Micros, NodeId};

/// The interval of a pod's periodic work.
pub(super) const BEAT_US: Micros = 1_000_000;

/// A role for which a pod has been chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Acting {
    /// Term or epoch.
    pub(super) epoch: u64,
    /// Whether it has taken over, and serves.
    pub(super) serves: bool,
}

/// A pod.
#[derive(Clone, Debug)]
pub(super) struct Pod {
    pub(super) place: Place,
    pub(super) state: PodState,
    /// Its machine's clock, which measures its session and, in the metadata store, the leases of others.
    pub(super) clock: Clock,
    /// How often that was set: distinguishes the alternations of one setting from those of a later one.
    pub(super) clocks_set: u64,
    /// After how long it is slow instead of fast, and fast instead of slow; 0 for never.
    pub(super) clock_period_us: Micros,
    /// Counts its starts.
    pub(super) life: u64,
    /// The role in which it acts.
    pub(super) acting: Option<Acting>,
    /// Health checks missed in a row.
    pub(super) misses: u32,
    pub(super) taken_out: bool,
    /// Whether the supervisor is about to start it.
    pub(super) starting: bool,
    /// Until when it believes in its lease, by its own clock; none without a session.
    pub(super) lease_until: Option<Micros>,
    /// When it last renewed its lease, by its own clock.
    pub(super) kept_at: Micros,
    /// Whether it is busy with blocking work.
    pub(super) busy: bool,
    /// The backlog: duration, deadline of the caller, job.
    pub(super) backlog: VecDeque<(Micros, Micros, Box<Job>)>,
    /// The number of its jobs, in the backlog and in the background.
    pub(super) queue: u32,
    pub(super) served: u64,
    /// What it will do when it is no longer paused.
    pub(super) suspended: Vec<ScheduledEvent>,
    /// How much longer a sync of its disk takes than it should.
    pub(super) sync_extra_us: Micros,
    /// Whether its disk is full.
    pub(super) disk_full: bool,
}

impl Pod {
    pub(super) fn new(place: Place) -> Self {
        Self {
            place,
            state: PodState::Down,
            clock: Clock::default(),
            clocks_set: 0,
            clock_period_us: 0,
            life: 0,
            acting: None,
            misses: 0,
            taken_out: false,
            starting: true,
            lease_until: None,
            kept_at: 0,
            busy: false,
            backlog: VecDeque::new(),
            queue: 0,
            served: 0,
            suspended: Vec::new(),
            sync_extra_us: 0,
            disk_full: false,
        }
    }

    /// Whether it believes in its lease.
    pub(super) fn believes_in_lease(&self, now: Micros) -> bool {
        self.lease_until.is_some_and(|until| until > self.clock.at(now))
    }

    /// Until when it believes in its lease if its clock goes on as it does, as a time of the simulation.
    pub(super) fn lease_ends_us(&self) -> Option<Micros> {
        self.lease_until.map(|until| self.clock.when(until))
    }

    /// When this much time will have passed by its clock.
    pub(super) fn after(&self, now: Micros, us: Micros) -> Micros {
        self.clock.when(self.clock.at(now) + us)
    }
}

impl Milvus {
    // --- queries

    pub(super) fn pod(&self, id: NodeId) -> Option<&Pod> {
        self.pods.get((id as usize).wrapping_sub(1))
    }

    pub(super) fn pod_mut(&mut self, id: NodeId) -> Option<&mut Pod> {
        self.pods.get_mut((id as usize).wrapping_sub(1))
    }

    pub(super) fn component(&self, id: NodeId) -> Option<Component> {
        self.pod(id).map(|pod| pod.place.component)
    }

    /// The pods of a kind.
    pub(super) fn kind(&self, component: Component) -> &[NodeId] {
        self.kinds.get(component as usize).map_or(&[], Vec::as_slice)
    }

    /// The same as a list of its own.
    pub(super) fn of(&self, component: Component) -> Vec<NodeId> {
        self.kind(component).to_vec()
    }

    /// The pods of a kind.
    pub fn pods_of(&self, component: Component) -> Vec<NodeId> {
        self.of(component)
    }

    /// A pod's current life; clients live forever.
    pub(super) fn life(&self, id: NodeId) -> u64 {
        if id == CLIENT { 0 } else { self.pod(id).map_or(u64::MAX, |pod| pod.life) }
    }

    /// The time that a pod's clock shows.
    pub(super) fn local(&self, id: NodeId) -> Micros {
        self.pod(id).map_or(self.now, |pod| pod.clock.at(self.now))
    }

    /// When this much time will have passed by a pod's clock.
    pub(super) fn after(&self, id: NodeId, us: Micros) -> Micros {
        self.pod(id).map_or(self.now + us, |pod| pod.after(self.now, us))
    }

    /// Whether it serves.
    pub(super) fn runs(&self, id: NodeId) -> bool {
        self.pod(id).is_some_and(|pod| pod.state == PodState::Up)
    }

    /// Whether a pod serves.
    pub fn is_up(&self, id: NodeId) -> bool {
        self.runs(id)
    }

    /// A pod's state.
    pub fn state(&self, id: NodeId) -> Option<PodState> {
        self.pod(id).map(|pod| pod.state)
    }

    /// Whether its machine refuses connections.
    pub(super) fn refuses(&self, id: NodeId) -> bool {
        self.pod(id).is_some_and(|pod| matches!(pod.state, PodState::Down | PodState::Booting))
    }

    /// The pod that acts for its kind now, and serves; of two the one with the later epoch.
    pub fn acting(&self, component: Component) -> Option<NodeId> {
        let acting =
            self.pods.iter().filter(|pod| pod.place.component == component && pod.state == PodState::Up);
        let serving =
            acting.filter_map(|pod| Some((pod.acting.filter(|acting| acting.serves)?.epoch, pod.place.id)));
        serving.max().map(|(_, id)| id)
    }

    // --- starting

    /// Everything starts, within a second.
    pub(super) fn start_all(&mut self) {
        for id in 1..=self.pods.len() as NodeId {
            let at = self.rng.below(1_000_000);
            self.event_queue.schedule(at, ScheduledEvent::Start { pod: id, life: 0 });
            let check = self.settings.health_check_ms * 1_000;
            let first = self.rng.below(check.max(1));
            self.event_queue.schedule(self.now + check + first, ScheduledEvent::Health { pod: id });
        }
    }

    /// A process starts.
    pub(super) fn start(&mut self, id: NodeId, life: u64) {
        let boot = self.settings.boot_ms * 1_000;
        let spread = self.rng.below(boot / 4 + 1);
        let Some(pod) = self.pod_mut(id).filter(|pod| pod.life == life && pod.state == PodState::Down) else {
            return;
        };
        pod.state = PodState::Booting;
        if life > 0 {
            self.emit(Some(id), FaultEvent::Restarted);
        }
        self.event_queue.schedule(self.now + boot + spread, ScheduledEvent::Ready { pod: id, life });
    }

    /// A process serves.
    pub(super) fn ready(&mut self, id: NodeId, life: u64) {
        let Some(pod) = self.pod_mut(id).filter(|pod| pod.life == life && pod.state == PodState::Booting)
        else {
            return;
        };
        pod.state = PodState::Up;
        pod.starting = false;
        pod.misses = 0;
        pod.taken_out = false;
        let component = pod.place.component;
        self.emit(Some(id), MilvusEvent::PodReady { component: component.word().to_owned() });
        match component {
            Component::Proxy => self.start_proxy(id),
            Component::QueryNode => self.start_query_node(id),
            Component::StreamingNode => self.start_streaming_node(id),
            _ => {}
        }
        if self.is_group(component) {
            self.start_member(id);
        }
        if self.has_session(component) {
            self.register(id);
        }
        let first = self.rng.below(BEAT_US);
        let at = self.after(id, first);
        self.event_queue.schedule(at, ScheduledEvent::Beat { pod: id, life });
    }

    /// A pod's work once a second.
    pub(super) fn beat(&mut self, id: NodeId, life: u64) {
        let Some(pod) = self.pod(id).filter(|pod| pod.life == life) else { return };
        let (state, component) = (pod.state, pod.place.component);
        if state == PodState::Up {
            self.look_after_session(id);
            if !self.runs(id) || self.life(id) != life {
                // It has lost its lease and has exited.
                return;
            }
            match component {
                Component::Proxy => self.look_after_routes(id),
                Component::QueryNode => self.look_after_delegators(id),
                Component::Wal => self.truncate_log(id),
                Component::StreamingNode => {
                    self.truncate_log(id);
                    self.upload_if_due(id);
                    self.look_after_delegators(id);
                }
                Component::Meta => {
                    self.compact_if_long(id, u64::MAX);
                }
                Component::QueryCoord => self.place(id),
                Component::DataCoord => self.flush_if_due(id),
                Component::MixCoord => {
                    self.place(id);
                    self.flush_if_due(id);
                    self.assign_owner(id);
                }
                _ => {}
            }
        }
        let next = self.after(id, BEAT_US);
        self.event_queue.schedule(next, ScheduledEvent::Beat { pod: id, life });
        if self.has_session(component) {
            // A short lease needs more than one beat a second.
            let step = self.session_beat_us();
            let mut at = step;
            while at < BEAT_US {
                let due = self.after(id, at);
                self.event_queue.schedule(due, ScheduledEvent::Session { pod: id, life });
                at += step;
            }
        }
    }

    // --- stopping

    /// A pod's power is gone.
    pub(super) fn die(&mut self, id: NodeId) {
        // Before its role ends: a process that is gone answers no search.
        self.delegators.retain(|(node, _), _| *node != id);
        self.end_role(id);
        // Connections to it break.
        let asked: Vec<(u64, NodeId)> = self
            .calls
            .iter()
            .filter(|(_, call)| call.to == id)
            .map(|(number, call)| (*number, call.from))
            .collect();
        for (call, from) in asked {
            self.send(id, from, Packet::Answer { call, answer: None });
        }
        let Some(pod) = self.pod_mut(id) else { return };
        pod.state = PodState::Down;
        pod.life += 1;
        pod.lease_until = None;
        pod.busy = false;
        pod.backlog.clear();
        pod.queue = 0;
        pod.starting = false;
        pod.suspended.clear();
        self.stop_member(id);
        self.proxies.remove(&id);
        self.queriers.remove(&id);
        self.distribution.remove(&id);
        self.logs.forget(id);
        self.turns.remove(&id);
        self.store.forget(id);
        self.requests.retain(|_, request| request.proxy != id);
        self.searches.retain(|_, search| search.node != id);
        self.acting_for.retain(|(from, _), _| *from != id);
        self.learned.retain(|(from, _), _| *from != id);
        self.silent.retain(|(from, _), _| *from != id);
        self.data_coords.remove(&id);
        self.draining.remove(&id);
        self.keeping.forget(id);
    }

    // --- working

    /// Queues a piece of work on the pod.
    pub(super) fn work(&mut self, id: NodeId, cost_us: Micros, job: Job) {
        self.work_until(id, cost_us, Micros::MAX, job);
    }

    /// The same, with the caller's deadline.
    pub(super) fn work_until(&mut self, id: NodeId, cost_us: Micros, until: Micros, job: Job) {
        let Some(pod) = self.pod_mut(id) else { return };
        pod.queue += 1;
        if pod.busy {
            pod.backlog.push_back((cost_us, until, Box::new(job)));
        } else {
            self.begin_work(id, cost_us, Box::new(job));
        }
    }

    fn begin_work(&mut self, id: NodeId, cost_us: Micros, job: Box<Job>) {
        let at = self.now + cost_us;
        let Some(pod) = self.pod_mut(id) else { return };
        pod.busy = true;
        let life = pod.life;
        self.event_queue.schedule(at, ScheduledEvent::Worked { pod: id, life, aside: false, job });
    }

    /// Begins the oldest job. With propagated deadlines, jobs that cannot finish in time are dropped.
    fn work_on(&mut self, id: NodeId) {
        let (now, drops) = (self.now, self.settings.drop_late == 1);
        loop {
            let Some(pod) = self.pod_mut(id) else { return };
            pod.busy = false;
            let Some((cost_us, until, job)) = pod.backlog.pop_front() else { return };
            if !drops || now.saturating_add(cost_us) <= until {
                self.begin_work(id, cost_us, job);
                return;
            }
            pod.queue = pod.queue.saturating_sub(1);
            self.clients.search_dropped(now);
            self.leave_undone(id, &job);
        }
    }

    /// Whether a query node's queue is so full that it refuses searches.
    pub(super) fn queue_is_full(&self, id: NodeId) -> bool {
        self.pod(id).is_some_and(|pod| pod.backlog.len() as u64 >= self.settings.queue_limit)
    }

    /// Background work that does not block the pod: reading, loading, building.
    pub(super) fn work_aside(&mut self, id: NodeId, takes_us: Micros, job: Job) {
        let life = self.life(id);
        if let Some(pod) = self.pod_mut(id) {
            pod.queue += 1;
        }
        let job = Box::new(job);
        self.event_queue
            .schedule(self.now + takes_us, ScheduledEvent::Worked { pod: id, life, aside: true, job });
    }

    pub(super) fn worked(&mut self, id: NodeId, life: u64, aside: bool, job: Job) {
        let Some(pod) = self.pod_mut(id).filter(|pod| pod.life == life) else { return };
        pod.queue = pod.queue.saturating_sub(1);
        pod.served += 1;
        if !aside {
            self.work_on(id);
        }
        if self.object_store.gone && job.needs_object_store() {
            self.work_aside(id, BEAT_US, job);
            return;
        }
        match job {
            Job::Admit { request } => self.admitted(id, request),
            Job::Own { search, segments } => self.searched_own(search, &segments),
            Job::Part { to, call, query, segments } => self.searched_part(id, to, call, query, &segments),
            Job::Loaded { segment, replica, began_us } => self.loaded(id, segment, replica, began_us),
            Job::Consumed { replica, stint, stream } => self.read_through((id, replica), stint, &stream),
            Job::Stored { segment } => self.stored(id, segment),
            Job::Merged { plan } => self.merged(id, &plan),
            Job::Gathered => self.gathered(id),
            Job::Put { epoch, writes } => self.put(id, epoch, writes),
            Job::FencePut { epoch } => self.fence_put(id, epoch),
            Job::StoreSynced => self.store_synced(id),
            Job::TryStore { store, epoch } => self.try_store(id, store, epoch),
            Job::Recovered { epoch } => self.recovered(id, epoch),
            Job::Uploaded { to, call, entries } => self.uploaded(id, to, call, &entries),
            Job::Indexed { segment, rows, began_us } => self.indexed(id, segment, rows, began_us),
            Job::Manifest { name, order } => self.manifest_written(id, name, order),
            Job::Task { task } => self.task_done(id, task),
        }
    }

    // --- requests and answers

    /// Handles a request to a pod.
    pub(super) fn serve(&mut self, id: NodeId, from: NodeId, call: u64, ask: Ask) {
        match ask {
            Ask::Search { .. } | Ask::Insert { .. } => self.proxy_asked(id, call, ask),
            Ask::Timestamp => self.stamp_asked(id, from, call),
            Ask::Routes => self.routes_asked(id, from, call),
            Ask::Assign => self.assign_asked(id, from, call),
            Ask::Append(record) => self.append_asked(id, from, call, record),
            Ask::Subscribe { from: position } => self.subscribe_asked(id, from, call, position),
            Ask::Tick { ts, epoch, position } => self.tick_asked(id, (from, call), ts, epoch, position),
            Ask::Own => self.own_requested(id, from, call),
            Ask::StoreFence { epoch } => self.store_fence_asked(id, from, call, epoch),
            Ask::StoreAppend(append) => self.store_append_asked(id, from, call, &append),
            Ask::Upload { upto } => self.upload_asked(id, from, call, upto),
            Ask::Truncate { upto } => self.truncate_told(id, upto),
            Ask::Execute { replica, wish, guarantee, partial, until } => {
                self.execute_asked((id, replica), (from, call), wish, guarantee, partial, until);
            }
            Ask::Part { query, segments, of, until } => {
                self.part_asked(id, from, call, PartWish { query, segments, of, until });
            }
            Ask::Register { .. }
            | Ask::KeepAlive { .. }
            | Ask::Revoke { .. }
            | Ask::Claim { .. }
            | Ask::Flushed(_)
            | Ask::Merged(_)
            | Ask::Catalogue
            | Ask::Keep(_)
            | Ask::Expired { .. } => self.store_asked(id, from, call, ask),
            Ask::RoleFree => {
                self.reply(id, from, call, Answer::Done);
                self.claim(id);
            }
            Ask::Gone { node } => self.gone_told(id, from, call, node),
            Ask::Distribution => self.distribution_asked(id, from, call),
            Ask::Load { segment, replica } => self.load_asked(id, from, call, segment, replica),
            Ask::Release { segment } => self.release_asked(id, from, call, segment),
            Ask::Watch(watch) => self.watch_asked(id, from, call, watch),
            Ask::Unwatch => self.unwatch_asked(id, from, call),
            Ask::Undrain => self.undrain_asked(id, from, call),
            Ask::Drain { from: position } => self.drain_asked(id, from, call, position),
            Ask::Index { segment, rows } => self.index_asked(id, from, call, segment, rows),
            Ask::Merge(plan) => self.merge_asked(id, from, call, plan),
            Ask::Order { number, order } => self.order_asked(id, from, call, number, order),
            Ask::Seal => self.seal_asked(id, from, call),
            Ask::Task(task) => self.task_asked(id, from, call, task),
        }
    }

    /// Handles the answer to a call.
    pub(super) fn answered(&mut self, id: NodeId, why: Why, answer: Answer) {
        match why {
            Why::Client { client, op } => self.client_answered(client, op, Some(answer)),
            Why::Stamp { request } => self.stamped(request, answer),
            Why::Routes => self.routed(id, answer),
            Why::Execute { request, replica, node } => self.executed(request, (replica, node), answer),
            Why::Assign { request } => self.assigned(request, answer),
            Why::Append { request } => self.appended(request, answer),
            Why::Part { search, rows } => self.part_found(search, rows, answer),
            Why::Register { at_us } => self.registered(id, at_us, &answer),
            Why::KeepAlive { at_us } => self.kept_alive(id, at_us, &answer),
            Why::Claim => self.claimed(id, &answer),
            Why::Fence { epoch } => self.fenced(id, epoch, &answer),
            Why::Subscribe => self.subscribed(id, &answer),
            Why::Distribution { node } => self.distributed(id, node, answer),
            Why::Flushed { segment } => self.flush_known(id, segment, &answer),
            Why::Merged { into, segments } => self.merge_known(id, into, segments, &answer),
            Why::Catalogue => self.catalogued(id, answer),
            Why::Forward { to, call } => self.reply(id, to, call, answer),
            Why::StoreFence { store, epoch } => self.store_fenced(id, store, epoch, answer),
            Why::StoreAppend { store, epoch } => self.store_answered(id, store, epoch, &answer),
            Why::Upload { epoch } => self.upload_answered(id, epoch, &answer),
            Why::Order { word } => self.order_answered(word, answer),
            Why::Pass { to, call } => self.reply(id, to, call, answer),
            Why::Keep { to, call, keep } => self.order_kept(id, (to, call), keep, answer),
            Why::Kept => self.kept_is_known(id, &answer),
            Why::Task { task, .. } => self.task_answered(id, task, &answer),
            Why::Gone { .. } | Why::Index { .. } | Why::Nothing => {}
        }
    }

    /// Handles the failure of a call.
    pub(super) fn broken(&mut self, id: NodeId, why: Why, how: Broken) {
        match why {
            Why::Client { client, op } => self.client_answered(client, op, None),
            Why::Stamp { request } => self.give_up(request, "no_root"),
            Why::Assign { request } => self.give_up(request, "no_data_coord"),
            Why::Append { request } => self.append_broken(request, how),
            Why::Execute { request, replica, node } => {
                let silent = how == Broken::TimedOut;
                let why = if silent { "replica_slow" } else { "replica_failed" };
                self.route_failed(request, (replica, node), why);
            }
            Why::Part { search, rows } => self.part_broken(search, rows),
            Why::Fence { epoch } => self.fence_again(id, epoch),
            Why::Flushed { segment } => self.flush_again(id, segment),
            Why::Forward { to, call } => self.reply(id, to, call, Answer::Failed("no_log")),
            Why::Gone { coordinator, node } => self.notify_node_down_again(coordinator, node),
            Why::StoreAppend { store, epoch } => self.store_silent(id, store, epoch),
            Why::Upload { epoch } => self.upload_silent(id, epoch),
            Why::Index { segment, rows, nth } => self.have_indexed(id, segment, rows, nth + 1),
            Why::Order { word } => self.order_answered(word, Answer::Failed("no_answer")),
            Why::Pass { to, call } => self.reply(id, to, call, Answer::Failed("no_data_coord")),
            Why::Keep { to, call, .. } => self.reply(id, to, call, Answer::Failed("no_meta")),
            Why::Task { task, node } => self.task_broken(id, task, node),
            // Retried at the next beat, or planned again.
            Why::Merged { .. }
            | Why::Kept
            | Why::Routes
            | Why::Register { .. }
            | Why::KeepAlive { .. }
            | Why::Claim
            | Why::Subscribe
            | Why::StoreFence { .. }
            | Why::Distribution { .. }
            | Why::Catalogue
            | Why::Nothing => {}
        }
    }
}
