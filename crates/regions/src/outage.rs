//! The current outage, and its phases.
//!
//! It begins with the fault at the primary, becomes visible with the first failed write, and is over when every client
//! whose writes failed was served again by a reachable region. A client that fails later on, because it had not tried
//! before or because its resolver names the old region, continues the same outage. Clients inside a region that is cut
//! off do not count: nobody can serve them. The time is divided where the failover's steps begin and end. The drills
//! read the same events with the same [`OutageClock`], so that both use the same definition of an outage. Guarantees:
//! the phases add up to the RTO. Leaves out: disasters without a failed request.

use super::Regions;
use super::action::Region;
use super::clients::number;
use super::rules::Rule;
use super::runbook::Step;
use quorum_sim::event::{Phase, PhaseTime, ServiceEvent};
use quorum_sim::outage::{MOST_OUTAGES, Outage, Struck};
use quorum_types::Micros;

/// The maximum number of faults that an outage names.
const MOST_STRUCK: usize = 16;

/// A client's write that ended: the client, its region, and when the write began and ended.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    /// The client, from 0.
    pub client: u32,
    /// Where it is.
    pub place: u32,
    /// When it sent the write.
    pub began_us: Micros,
    /// When it was answered, or when it gave up.
    pub now: Micros,
}

/// An outage and the boundaries of its phases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OutageClock {
    /// When it began.
    pub fault_us: Micros,
    /// When the first write failed.
    pub lost_us: Option<Micros>,
    /// When every client that had failed was served again.
    pub restored_us: Option<Micros>,
    /// Writes that failed in it.
    pub failures: u64,
    /// How often service was lost in it.
    pub interruptions: u32,
    /// The clients whose last write failed, and where they are.
    failing: Vec<(u32, u32)>,
    /// The clients that were served since the fault, and when they sent the last write that was.
    served: Vec<(u32, Micros)>,
    /// How many clients there are.
    clients: u32,
    /// Whether the first client that is served ends it: the fault that this simulation once had.
    hasty: bool,
    /// The start of each phase, in order.
    cuts: Vec<(Micros, Phase)>,
}

impl OutageClock {
    /// It begins with this phase, for this many clients.
    pub fn begin(fault_us: Micros, phase: Phase, clients: u32) -> Self {
        Self { fault_us, cuts: vec![(fault_us, phase)], clients, ..Self::default() }
    }

    /// Another phase begins.
    pub fn cut(&mut self, now: Micros, phase: Phase) {
        if !self.settled() {
            self.cuts.push((now, phase));
        }
    }

    /// Whether nothing that follows belongs to it any more: every client was served after the fault.
    fn settled(&self) -> bool {
        let over = self.restored_us.is_some() || self.lost_us.is_none();
        over && (self.served.len() as u32 >= self.clients || (self.hasty && self.restored_us.is_some()))
    }

    /// Whether another fault belongs to it: it goes on, or nobody has noticed yet whether service survives it.
    fn open(&self) -> bool {
        self.restored_us.is_none() && (self.lost_us.is_some() || self.served.is_empty())
    }

    /// A write failed; `cut_off` says which regions are cut off from the world. Returns whether it was the first.
    pub fn failed(&mut self, tried: Tried, cut_off: [bool; 2]) -> bool {
        // A write that its client sent before one that was served says nothing about now.
        let later =
            |(client, began_us): &(u32, Micros)| *client == tried.client && *began_us >= tried.began_us;
        let outdated = self.served.iter().any(later);
        // With a long timeout, the first failure may be noticed when all clients have been served once already. It was
        // an outage all the same, for the client whose write failed.
        let unnoticed = self.lost_us.is_none();
        if (self.settled() && !unnoticed) || tried.now < self.fault_us {
            return false;
        }
        self.failures += 1;
        let first = self.lost_us.is_none();
        self.lost_us.get_or_insert(tried.now);
        if outdated {
            return first;
        }
        if !self.failing.iter().any(|(client, _)| *client == tried.client) {
            self.failing.push((tried.client, tried.place));
        }
        // A write that was sent before service was restored says nothing about afterwards.
        if self.restored_us.is_some_and(|back_us| tried.began_us < back_us) {
            return false;
        }
        // Nobody can serve a client inside a region that is cut off: its failures are counted and change nothing else.
        let inside = cut_off.get(tried.place as usize).copied().unwrap_or(false);
        if first || (!inside && self.restored_us.take().is_some()) {
            self.interruptions += 1;
        }
        first
    }

    /// A reachable region acknowledged a write; `cut_off` says which regions are cut off from the world. Returns
    /// whether that ends the outage.
    pub fn answered(&mut self, tried: Tried, cut_off: [bool; 2]) -> bool {
        self.failing.retain(|(client, _)| *client != tried.client);
        if tried.began_us >= self.fault_us {
            match self.served.iter_mut().find(|(client, _)| *client == tried.client) {
                Some((_, began_us)) => *began_us = tried.began_us.max(*began_us),
                None => self.served.push((tried.client, tried.began_us)),
            }
        }
        let inside = |place: u32| cut_off.get(place as usize).copied().unwrap_or(false);
        let waiting = self.failing.iter().any(|(_, place)| !inside(*place));
        let ends = self.restored_us.is_none()
            && self.lost_us.is_some_and(|lost_us| lost_us < tried.now)
            && (!waiting || self.hasty);
        if ends {
            self.restored_us = Some(tried.now);
        }
        ends
    }

    /// From the fault to the end.
    pub fn rto_us(&self) -> Option<Micros> {
        self.restored_us.map(|at_us| at_us - self.fault_us)
    }

    /// The phases up to a moment, or to its end where that is earlier, each with its length.
    pub fn phases(&self, until_us: Micros) -> Vec<PhaseTime> {
        let until_us = self.restored_us.map_or(until_us, |at_us| at_us.min(until_us));
        let mut phases: Vec<PhaseTime> = Vec::new();
        for (at, (from_us, phase)) in self.cuts.iter().enumerate() {
            let to_us = self.cuts.get(at + 1).map_or(until_us, |(next, _)| *next).min(until_us);
            let us = to_us.saturating_sub(*from_us);
            match phases.iter_mut().find(|time| time.phase == *phase) {
                Some(time) => time.us += us,
                None if us > 0 => phases.push(PhaseTime { phase: *phase, us }),
                None => {}
            }
        }
        phases
    }
}

/// The phase of an outage that a step of a runbook belongs to.
pub fn phase_of(step: Step) -> Phase {
    match step {
        Step::Page | Step::Decide => Phase::Decide,
        Step::StartStandby => Phase::Provision,
        Step::RestoreNewest | Step::RestoreGood => Phase::Restore,
        Step::Rebuild => Phase::Rebuild,
        Step::Fence
        | Step::CheckStandby
        | Step::VerifyBackup
        | Step::VerifyCount
        | Step::VerifyDigest
        | Step::Promote
        | Step::Drain
        | Step::CatchUp => Phase::Verify,
        Step::Dns | Step::WaitTtl => Phase::Dns,
        Step::WaitMinute | Step::CheckService | Step::Announce => Phase::ClientRetry,
    }
}

/// A fault at the primary: its region, everything that struck in it, and its outage.
#[derive(Clone, Debug)]
pub(super) struct Disaster {
    pub(super) region: Region,
    cause: Vec<Struck>,
    pub(super) clock: OutageClock,
}

/// The meter.
#[derive(Clone, Debug, Default)]
pub(super) struct OutageMeter {
    /// The last fault.
    pub(super) last: Option<Disaster>,
    /// Earlier outages, oldest first.
    past: Vec<Outage>,
}

impl OutageMeter {
    /// A fault. One that strikes while another one's outage goes on, or before it was noticed, belongs to that.
    fn begin(&mut self, region: Region, struck: Struck, clock: OutageClock) {
        if let Some(last) = self.last.as_mut().filter(|last| last.clock.open()) {
            if last.cause.len() < MOST_STRUCK && !last.cause.contains(&struck) {
                last.cause.push(struck);
            }
            return;
        }
        if let Some(last) = self.last.take().filter(|last| last.clock.lost_us.is_some()) {
            self.past.push(outage(&last.cause, &last.clock, clock.fault_us));
            if self.past.len() > MOST_OUTAGES {
                self.past.remove(0);
            }
        }
        self.last = Some(Disaster { region, cause: vec![struck], clock });
    }

    fn cut(&mut self, now: Micros, phase: Phase) {
        if let Some(last) = &mut self.last {
            last.clock.cut(now, phase);
        }
    }

    /// Every outage with a failed write, newest last.
    pub(super) fn outages(&self, now: Micros) -> Vec<Outage> {
        let last = self.last.iter().filter(|last| last.clock.lost_us.is_some());
        self.past.iter().cloned().chain(last.map(|last| outage(&last.cause, &last.clock, now))).collect()
    }
}

fn outage(cause: &[Struck], clock: &OutageClock, now: Micros) -> Outage {
    Outage {
        lost_us: clock.lost_us,
        restored_us: clock.restored_us,
        settled_us: clock.restored_us,
        phases: clock.phases(now),
        failed: clock.failures,
        cause: cause.to_vec(),
        interruptions: clock.interruptions.max(1),
        down_since_us: clock.rto_us().is_none().then_some(clock.fault_us),
        ..Outage::at(clock.fault_us)
    }
}

impl Regions {
    fn new_clock(&self, phase: Phase) -> OutageClock {
        let hasty = !self.rules.on(Rule::OutageWaitsForAll);
        OutageClock { hasty, ..OutageClock::begin(self.now, phase, self.clients.all.len() as u32) }
    }

    /// A fault in a region.
    pub(super) fn struck(&mut self, region: Region, what: &'static str) {
        if region == self.primary() {
            let struck = Struck { what, node: super::node_of(region) };
            self.meter.begin(region, struck, self.new_clock(Phase::Detect));
        }
    }

    /// A switchover begins to refuse writes: what follows is its outage.
    pub(super) fn meter_planned(&mut self) {
        let region = self.primary();
        let struck = Struck { what: "planned", node: super::node_of(region) };
        self.meter.begin(region, struck, self.new_clock(Phase::Verify));
    }

    pub(super) fn meter_runbook_began(&mut self) {
        let now = self.now;
        self.meter.cut(now, Phase::Decide);
    }

    pub(super) fn meter_step_began(&mut self, step: Step) {
        let now = self.now;
        self.meter.cut(now, phase_of(step));
    }

    pub(super) fn meter_runbook_ended(&mut self) {
        let now = self.now;
        self.meter.cut(now, Phase::ClientRetry);
    }

    /// A client's write to a region, begun at a moment, was answered or failed.
    pub(super) fn service_felt(&mut self, client: usize, region: Region, (began_us, ok): (Micros, bool)) {
        let (now, reached) = (self.now, self.reachable(region));
        let cut_off = [0, 1].map(|region| self.sites[region].isolated);
        let place = self.clients.all[client].place;
        self.checkers.served((client, place), (began_us, now), ok);
        let Some(Disaster { clock, .. }) = &mut self.meter.last else { return };
        let tried = Tried { client: client as u32, place: place as u32, began_us, now };
        if !ok {
            if clock.failed(tried, cut_off) {
                let fault_us = clock.fault_us;
                self.emit(number(client), ServiceEvent::ServiceLost { fault_us });
            }
            return;
        }
        // Clients inside a region that is cut off are still answered; that does not restore service to others.
        if reached && clock.answered(tried, cut_off) {
            let (rto_us, phases, failed) = (now - clock.fault_us, clock.phases(now), clock.failures);
            self.checkers.restored_service((now - rto_us, rto_us), &phases, cut_off);
            self.emit(number(client), ServiceEvent::ServiceRestored { rto_us, phases, failed });
        }
    }

    /// The last fault, with or without a failed write.
    pub fn disaster_outage(&self) -> Option<Outage> {
        self.meter.last.as_ref().map(|last| outage(&last.cause, &last.clock, self.now))
    }

    /// Every outage so far with a failed write, newest last.
    pub fn outages(&self) -> Vec<Outage> {
        self.meter.outages(self.now)
    }
}
