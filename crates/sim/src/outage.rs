//! Outages: which failed requests belong together, what caused them, and how long service was unavailable.
//!
//! Each world has one list of outages ([`Outages`]); the card, the tester's figures and the drills all read it, so they
//! agree. An outage begins with a *fault*: all actions at one moment are one fault. Clients notice it with the first
//! request that fails after it, and its RTO runs from the fault to the first request that is answered after that
//! failure, as the drills and course note 2 count. Later failures without a new fault are further *interruptions* of
//! the same outage: a pod that comes back or copies that move may disturb service again seconds later. They count
//! towards the outage's failed requests and move the moment at which it was finally over, but not its RTO. A failure
//! later than `RELAPSE_US` after the last recovery, or before any fault, starts an outage without a cause, such as an
//! overload or a setting.
//!
//! [`OutageMeter`] is a replica set's meter built on this list: its fault is the last one that hit the acting leader
//! before the first failed request, or otherwise the last fault of any kind, and it divides the RTO into phases.
//! *Detect* ends with the first candidacy, *election* with the victory of the leader that finally serves, *replay* when
//! that leader has committed an entry of its own term, *client retry* with the answer. If a request begins after a
//! fault and is answered before any request fails, service survived that fault; a request that began before service was
//! back belongs to its outage. Guarantees: the phases add up to the RTO; the failed requests of all outages add up to
//! those that clients counted. Leaves out: why requests fail.

use super::event::{
    Event, FaultEvent, NetworkEvent, OpStatus, Phase, PhaseTime, RaftEvent, ServiceEvent, StorageEvent,
    Topic, Topical,
};
use quorum_types::{Micros, NodeId, SECOND};

/// The number of outages that are kept in full; of earlier ones only the sums are kept.
pub const MOST_OUTAGES: usize = 32;
/// Failed requests belong to the previous outage if they come within this time of its last recovery: three missed
/// health checks a minute apart, a pod's start, and the loading of its segments.
pub(crate) const RELAPSE_US: Micros = 300 * SECOND;
/// Without a cause, failures within this time of the last failure belong to one outage.
const CALM_US: Micros = 60 * SECOND;
/// The maximum number of simultaneous actions that are recorded as a cause.
const MOST_STRUCK: usize = 16;

/// An action on the world, as the cause of an outage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Struck {
    /// The action as a word: `killed`, `paused`, `link_cut`, `partitioned`, `power`; in two regions `wiped`,
    /// `isolated`, `planned`.
    pub what: &'static str,
    /// The node it was applied to.
    pub node: Option<NodeId>,
}

impl Struck {
    /// The fault that an event reports.
    pub fn of<K: Topical>(event: &Event<K>) -> Option<Self> {
        let (what, node) = match event.kind.topic() {
            Topic::Fault(FaultEvent::PowerCut) => ("power", None),
            Topic::Fault(FaultEvent::Killed) => ("killed", event.node),
            Topic::Fault(FaultEvent::Paused) => ("paused", event.node),
            Topic::Network(NetworkEvent::LinkCut { from, .. }) => ("link_cut", Some(*from)),
            Topic::Network(NetworkEvent::Partitioned { side, .. }) => ("partitioned", side.first().copied()),
            _ => return None,
        };
        Some(Self { what, node })
    }
}

/// An outage, in progress or over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outage {
    /// The time of the fault; without a cause, the start time of the first request that failed.
    pub fault_us: Micros,
    /// The time at which the first request failed.
    pub lost_us: Option<Micros>,
    /// The time of the first successful answer after that.
    pub restored_us: Option<Micros>,
    /// The phases, once the outage is over.
    pub phases: Vec<PhaseTime>,
    /// The number of failed requests.
    pub failed: u64,
    /// The leader that serves in the end.
    pub new_leader: Option<NodeId>,
    /// The actions that caused it; empty if it has no cause.
    pub cause: Vec<Struck>,
    /// How often service was lost.
    pub interruptions: u32,
    /// The time at which service last came back.
    pub settled_us: Option<Micros>,
    /// The start of the current interruption: the fault, or in a later interruption the start of its first failed
    /// request.
    pub down_since_us: Option<Micros>,
}

impl Outage {
    /// Creates an outage whose fault is at this time.
    pub fn at(fault_us: Micros) -> Self {
        Self { fault_us, ..Self::default() }
    }

    /// Whether service is lost now.
    pub fn under_way(&self) -> bool {
        self.down_since_us.is_some()
    }

    /// The time from the fault to the first successful answer.
    pub fn rto_us(&self) -> Option<Micros> {
        self.restored_us.map(|at_us| at_us - self.fault_us)
    }
}

/// The meaning of a failed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Felt {
    /// Service is lost, for the first time since the fault.
    Lost,
    /// Service is lost again, without a new fault.
    Again,
    /// Service is still lost.
    Still,
    /// Service is already back; the request began before that.
    Late,
}

/// The fault to which the next failed request belongs.
#[derive(Clone, Debug, PartialEq)]
struct Fault {
    at_us: Micros,
    cause: Vec<Struck>,
    /// Whether the fault already has its outage, which is then the newest outage with a cause.
    felt: bool,
}

/// The outages of a world.
#[derive(Clone, Debug, Default)]
pub struct Outages {
    fault: Option<Fault>,
    /// Oldest first.
    known: Vec<Outage>,
    /// The number of outages that are no longer kept, and of their failed requests.
    earlier: (u64, u64),
}

impl Outages {
    /// Observes an event of a world whose requests carry all the information: faults, and how requests ended.
    pub fn see<K: Topical>(&mut self, event: &Event<K>) {
        let now = event.t_us;
        if let Some(struck) = Struck::of(event) {
            self.fault(now, struck);
        }
        match event.kind.topic() {
            Topic::Service(ServiceEvent::OpEnd { status: OpStatus::Ok, .. }) => {
                self.answered(now);
            }
            Topic::Service(ServiceEvent::OpEnd { took_us, .. }) => {
                self.failed(now, now - took_us);
            }
            _ => {}
        }
    }

    /// Records an action. Actions at the same moment form one fault; an action while service is lost belongs to that
    /// outage, unless its RTO is already known: then it is a new fault.
    pub fn fault(&mut self, now: Micros, struck: Struck) {
        if let Some(outage) = self.known.last_mut()
            && outage.under_way()
            && outage.restored_us.is_none()
            && !outage.cause.is_empty()
        {
            add(&mut outage.cause, struck);
            return;
        }
        match &mut self.fault {
            Some(fault) if fault.at_us == now && !fault.felt => add(&mut fault.cause, struck),
            fault => *fault = Some(Fault { at_us: now, cause: vec![struck], felt: false }),
        }
    }

    /// Service has survived the last fault: later failures do not belong to it.
    fn survived(&mut self) {
        self.fault = None;
    }

    /// Attributes the next failed request to a fault, unless that fault already has its outage.
    fn lay_to(&mut self, at_us: Micros, cause: Vec<Struck>) {
        if self.fault.as_ref().is_none_or(|fault| fault.at_us != at_us) {
            self.fault = Some(Fault { at_us, cause, felt: false });
        }
    }

    /// A request that began at `began_us` failed.
    pub fn failed(&mut self, now: Micros, began_us: Micros) -> Felt {
        let pending = self.fault.as_ref().filter(|fault| !fault.felt).cloned();
        if let Some(outage) = self.known.last_mut().filter(|_| pending.is_none()) {
            let near_us = if self.fault.is_some() { RELAPSE_US } else { CALM_US };
            let back_us = outage.settled_us.filter(|_| !outage.under_way());
            let felt = match back_us {
                None => Some(Felt::Still),
                Some(back_us) if began_us < back_us => Some(Felt::Late),
                Some(back_us) if now - back_us < near_us => Some(Felt::Again),
                Some(_) => None,
            };
            if let Some(felt) = felt {
                outage.failed += 1;
                if felt == Felt::Again {
                    outage.interruptions += 1;
                    outage.down_since_us = Some(began_us);
                }
                return felt;
            }
        }
        // An outage that is still open ends in favour of the newer fault's.
        if let Some(outage) = self.known.last_mut().filter(|outage| outage.under_way()) {
            outage.down_since_us = None;
            outage.settled_us = Some(now);
        }
        let (fault_us, cause) = match pending {
            Some(fault) => (fault.at_us, fault.cause),
            None => (began_us, Vec::new()),
        };
        self.fault = (!cause.is_empty()).then(|| Fault { at_us: fault_us, cause: Vec::new(), felt: true });
        self.known.push(Outage {
            lost_us: Some(now),
            failed: 1,
            cause,
            interruptions: 1,
            down_since_us: Some(fault_us),
            ..Outage::at(fault_us)
        });
        if self.known.len() > MOST_OUTAGES {
            let oldest = self.known.remove(0);
            self.earlier = (self.earlier.0 + 1, self.earlier.1 + oldest.failed);
        }
        Felt::Lost
    }

    /// A request was answered; returns the outage of which this ends an interruption.
    pub fn answered(&mut self, now: Micros) -> Option<&mut Outage> {
        let ends = |outage: &&mut Outage| outage.under_way() && outage.lost_us.is_none_or(|lost| lost < now);
        let outage = self.known.last_mut().filter(ends)?;
        outage.down_since_us = None;
        outage.settled_us = Some(now);
        outage.restored_us.get_or_insert(now);
        Some(outage)
    }

    /// The outage that the last fault caused: the one in progress, or the last one.
    pub fn last(&self) -> Option<&Outage> {
        self.known.iter().rev().find(|outage| !outage.cause.is_empty())
    }

    /// The newest outage, with or without a cause.
    pub fn newest(&mut self) -> Option<&mut Outage> {
        self.known.last_mut()
    }

    /// The outages that are kept, oldest first.
    pub fn all(&self) -> &[Outage] {
        &self.known
    }

    /// The number of outages before those, and of the requests that failed in them.
    pub fn earlier(&self) -> (u64, u64) {
        self.earlier
    }
}

fn add(cause: &mut Vec<Struck>, struck: Struck) {
    if cause.len() < MOST_STRUCK && !cause.contains(&struck) {
        cause.push(struck);
    }
}

/// A replica set's outage meter.
#[derive(Clone, Debug, Default)]
pub struct OutageMeter {
    /// The acting leader, with its term.
    leader: Option<(NodeId, u64)>,
    last_fault: Option<Micros>,
    last_leader_fault: Option<Micros>,
    /// The first candidacy and the events that follow from it, since the last fault that hit the leader.
    campaigned_us: Option<Micros>,
    elected: Option<(Micros, NodeId, u64)>,
    committed_us: Option<Micros>,
    /// Recent actions, and their times.
    struck: Vec<(Micros, Struck)>,
    /// The fault of the outage in progress.
    open: Option<Micros>,
    /// The number of requests that failed since the last fault.
    failed_since_fault: u64,
    /// All outages.
    pub outages: Outages,
    /// The time of the last acknowledged write, or of the last action that may delay the next one.
    undisturbed_since: Micros,
}

impl OutageMeter {
    /// Observes an event; returns the event that follows from it.
    pub fn observe<K: Topical>(&mut self, event: &Event<K>) -> Option<ServiceEvent> {
        let now = event.t_us;
        if disturbs(event.kind.topic()) {
            self.disturbed(now);
        }
        match event.kind.topic() {
            Topic::Fault(FaultEvent::PowerCut)
            | Topic::Network(NetworkEvent::LinkCut { .. })
            | Topic::Fault(FaultEvent::Killed)
            | Topic::Fault(FaultEvent::Paused) => {
                self.fault(now, event);
            }
            Topic::Raft(RaftEvent::Campaigned { .. }) => {
                self.campaigned_us.get_or_insert(now);
            }
            Topic::Raft(RaftEvent::BecameLeader { term, .. }) => {
                if let Some(node) = event.node
                    && self.leader.is_none_or(|(_, known)| *term > known)
                {
                    self.leader = Some((node, *term));
                    self.elected = Some((now, node, *term));
                    self.committed_us = None;
                }
            }
            Topic::Raft(RaftEvent::Committed { term, .. })
                if self.elected.is_some_and(|(_, node, won)| event.node == Some(node) && *term == won) =>
            {
                self.committed_us.get_or_insert(now);
            }
            Topic::Service(ServiceEvent::OpEnd { status, took_us, .. }) => {
                return self.op_ended(now, *status, now - *took_us);
            }
            _ => {}
        }
        None
    }

    fn fault<K: Topical>(&mut self, now: Micros, event: &Event<K>) {
        let Some(struck) = Struck::of(event) else { return };
        if self.open.is_some() {
            self.outages.fault(now, struck);
            return;
        }
        let leader = self.leader.map(|(node, _)| node);
        let hit = match event.kind.topic() {
            Topic::Fault(FaultEvent::PowerCut) => true,
            Topic::Network(NetworkEvent::LinkCut { from, to }) => {
                leader.is_some_and(|leader| leader == *from || leader == *to)
            }
            _ => event.node.is_some() && event.node == leader,
        };
        self.struck.push((now, struck));
        if self.struck.len() > MOST_STRUCK {
            self.struck.remove(0);
        }
        self.last_fault = Some(now);
        self.failed_since_fault = 0;
        if hit || self.last_leader_fault.is_none() {
            self.last_leader_fault = hit.then_some(now);
            self.campaigned_us = None;
            self.elected = None;
            self.committed_us = None;
        }
    }

    fn op_ended(&mut self, now: Micros, status: OpStatus, began_us: Micros) -> Option<ServiceEvent> {
        let fault_us = self.last_leader_fault.or(self.last_fault);
        if status != OpStatus::Ok {
            if let Some(fault_us) = fault_us.filter(|_| self.open.is_none()) {
                let of_it = |(at, struck): &(Micros, Struck)| (*at == fault_us).then(|| struck.clone());
                self.outages.lay_to(fault_us, self.struck.iter().filter_map(of_it).collect());
            }
            self.outages.failed(now, began_us);
            let fault_us = fault_us?;
            self.failed_since_fault += 1;
            if self.open.is_some() {
                return None;
            }
            self.open = Some(fault_us);
            return Some(ServiceEvent::ServiceLost { fault_us });
        }
        let Some(fault_us) = self.open.take() else {
            self.back(now);
            self.outages.survived();
            self.last_fault = self.last_fault.filter(|fault| *fault >= began_us);
            self.last_leader_fault = self.last_leader_fault.filter(|fault| *fault >= began_us);
            return None;
        };
        self.back(now);
        self.last_fault = None;
        self.last_leader_fault = None;
        let (rto_us, phases) = (now - fault_us, self.phases(fault_us, now));
        Some(ServiceEvent::ServiceRestored { rto_us, phases, failed: self.failed_since_fault })
    }

    /// A request was answered: if this ends an outage with a cause for the first time, the outage receives its phases.
    fn back(&mut self, now: Micros) {
        let new_leader = self.elected.map(|(_, node, _)| node);
        let Some(outage) = self.outages.answered(now).filter(|outage| outage.restored_us == Some(now)) else {
            return;
        };
        if outage.cause.is_empty() {
            return;
        }
        outage.new_leader = new_leader;
        let fault_us = outage.fault_us;
        let phases = self.phases(fault_us, now);
        if let Some(outage) = self.outages.newest() {
            outage.phases = phases;
        }
    }

    /// The phases from a fault up to `now`, the last one still growing. A phase that did not occur takes no time.
    fn phases(&self, fault_us: Micros, now: Micros) -> Vec<PhaseTime> {
        let marks = [
            (Phase::Detect, self.campaigned_us),
            (Phase::Election, self.elected.map(|(at, _, _)| at)),
            (Phase::Replay, self.committed_us),
            (Phase::ClientRetry, Some(now)),
        ];
        let mut phases = Vec::with_capacity(4);
        let mut from = fault_us;
        for (phase, ends) in marks {
            // The phase whose end has not occurred is still running, and takes all the remaining time.
            let Some(ends) = ends else {
                phases.push(PhaseTime { phase, us: now.saturating_sub(from) });
                break;
            };
            let ends = ends.clamp(from, now);
            phases.push(PhaseTime { phase, us: ends - from });
            from = ends;
        }
        phases
    }

    /// The outage that the last fault caused: the one in progress, or the last one, with its phases up to `now`.
    pub fn current(&self, now: Micros) -> Option<Outage> {
        let mut outage = self.outages.last()?.clone();
        if outage.restored_us.is_none() {
            outage.phases = self.phases(outage.fault_us, now);
            outage.new_leader = self.elected.map(|(_, node, _)| node);
        }
        Some(outage)
    }

    /// Notes an action that may delay the next acknowledgement.
    pub(crate) fn disturbed(&mut self, now: Micros) {
        self.undisturbed_since = now;
    }

    /// For how long no write has been acknowledged, although no action could have delayed it.
    pub fn silent_us(&self, now: Micros) -> Micros {
        now.saturating_sub(self.undisturbed_since)
    }

    /// The acting leader, by the last election that was won.
    pub fn leader(&self) -> Option<NodeId> {
        self.leader.map(|(node, _)| node)
    }
}

/// Whether this event restarts the wait for the next acknowledgement: a write was acknowledged, or the world was
/// disturbed.
fn disturbs(topic: Topic<'_>) -> bool {
    matches!(
        topic,
        Topic::Service(ServiceEvent::OpEnd { status: OpStatus::Ok, .. })
            | Topic::Fault(FaultEvent::PowerCut)
            | Topic::Fault(FaultEvent::Killed)
            | Topic::Fault(FaultEvent::Restarted)
            | Topic::Storage(StorageEvent::Recovered { .. })
            | Topic::Fault(FaultEvent::Paused)
            | Topic::Fault(FaultEvent::Resumed)
            | Topic::Network(NetworkEvent::LinkCut { .. })
            | Topic::Network(NetworkEvent::LinkHealed { .. })
            | Topic::Network(NetworkEvent::LinkClogged { .. })
            | Topic::Network(NetworkEvent::WeatherChanged { .. })
            | Topic::Fault(FaultEvent::DiskLost)
            | Topic::Fault(FaultEvent::DiskFault { .. })
            | Topic::Fault(FaultEvent::ClockSet { .. })
            | Topic::Fault(FaultEvent::RuleSwitched { .. })
    )
}

#[cfg(test)]
mod tests;
