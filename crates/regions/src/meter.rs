//! The current outage, and its phases.
//!
//! It begins with the fault at the primary, becomes visible with the first failed write, and is over with the next
//! write that a reachable region acknowledges, from any client. The time between is divided where the failover's steps
//! begin and end. The drills read the same events with the same [`Clock`], so that both use the same definition of an
//! outage. Guarantees: the phases add up to the RTO. Leaves out: disasters without a failed request.

use super::Regions;
use super::action::Region;
use super::clients::number;
use super::runbook::Step;
use quorum_sim::event::{Phase, PhaseTime, ServiceEvent};
use quorum_sim::outage::{MOST_OUTAGES, Outage, Struck};
use quorum_types::Micros;

/// An outage and the boundaries of its phases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clock {
    /// When it began.
    pub fault_us: Micros,
    /// When the first write failed.
    pub lost_us: Option<Micros>,
    /// When the first write was acknowledged after one had failed.
    pub restored_us: Option<Micros>,
    /// Writes that failed before that.
    pub failures: u64,
    /// The start of each phase, in order.
    cuts: Vec<(Micros, Phase)>,
}

impl Clock {
    /// It begins with this phase.
    pub fn begin(fault_us: Micros, phase: Phase) -> Self {
        Self { fault_us, cuts: vec![(fault_us, phase)], ..Self::default() }
    }

    /// Another phase begins.
    pub fn cut(&mut self, now: Micros, phase: Phase) {
        if self.restored_us.is_none() {
            self.cuts.push((now, phase));
        }
    }

    /// A write failed. Returns whether it was the first.
    pub fn failed(&mut self, now: Micros) -> bool {
        if self.restored_us.is_some() {
            return false;
        }
        self.failures += 1;
        let first = self.lost_us.is_none();
        self.lost_us.get_or_insert(now);
        first
    }

    /// A reachable region acknowledged a write. Returns whether that ends the outage.
    pub fn answered(&mut self, now: Micros) -> bool {
        let ends = self.restored_us.is_none() && self.lost_us.is_some_and(|lost_us| lost_us < now);
        if ends {
            self.restored_us = Some(now);
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

/// The meter.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    /// The last fault, its region, and its outage.
    pub(super) last: Option<(Region, Struck, Clock)>,
    /// Earlier outages, oldest first.
    past: Vec<Outage>,
}

impl Meter {
    /// Whether service is lost and not yet restored.
    fn under_way(&self) -> bool {
        self.last.as_ref().is_some_and(|(.., clock)| clock.lost_us.is_some() && clock.restored_us.is_none())
    }

    fn begin(&mut self, region: Region, struck: Struck, clock: Clock) {
        if self.under_way() {
            return;
        }
        if let Some((_, struck, clock)) = self.last.take().filter(|(.., clock)| clock.lost_us.is_some()) {
            self.past.push(outage(&struck, &clock, clock.fault_us));
            if self.past.len() > MOST_OUTAGES {
                self.past.remove(0);
            }
        }
        self.last = Some((region, struck, clock));
    }

    fn cut(&mut self, now: Micros, phase: Phase) {
        if let Some((.., clock)) = &mut self.last {
            clock.cut(now, phase);
        }
    }

    /// Every outage with a failed write, newest last.
    pub(super) fn outages(&self, now: Micros) -> Vec<Outage> {
        let last = self.last.iter().filter(|(.., clock)| clock.lost_us.is_some());
        self.past.iter().cloned().chain(last.map(|(_, struck, clock)| outage(struck, clock, now))).collect()
    }
}

fn outage(struck: &Struck, clock: &Clock, now: Micros) -> Outage {
    Outage {
        lost_us: clock.lost_us,
        restored_us: clock.restored_us,
        settled_us: clock.restored_us,
        phases: clock.phases(now),
        failed: clock.failures,
        cause: vec![struck.clone()],
        interruptions: 1,
        down_since_us: clock.rto_us().is_none().then_some(clock.fault_us),
        ..Outage::at(clock.fault_us)
    }
}

impl Regions {
    /// A fault in a region.
    pub(super) fn struck(&mut self, region: Region, what: &'static str) {
        if region == self.primary() {
            let struck = Struck { what, node: super::node_of(region) };
            self.meter.begin(region, struck, Clock::begin(self.now, Phase::Detect));
        }
    }

    /// A switchover begins to refuse writes: what follows is its outage.
    pub(super) fn meter_planned(&mut self) {
        let region = self.primary();
        let struck = Struck { what: "planned", node: super::node_of(region) };
        self.meter.begin(region, struck, Clock::begin(self.now, Phase::Verify));
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

    /// A client's write to a region was answered or failed.
    pub(super) fn service_felt(&mut self, client: usize, region: Region, ok: bool) {
        let (now, reached) = (self.now, self.reachable(region));
        let Some((.., clock)) = &mut self.meter.last else { return };
        if !ok {
            if clock.failed(now) {
                let fault_us = clock.fault_us;
                self.emit(number(client), ServiceEvent::ServiceLost { fault_us });
            }
            return;
        }
        // Clients inside a region that is cut off are still answered; that does not restore service to others.
        if reached && clock.answered(now) {
            let (rto_us, phases, failed) = (now - clock.fault_us, clock.phases(now), clock.failures);
            self.emit(number(client), ServiceEvent::ServiceRestored { rto_us, phases, failed });
        }
    }

    /// The last fault, with or without a failed write.
    pub fn disaster_outage(&self) -> Option<Outage> {
        self.meter.last.as_ref().map(|(_, struck, clock)| outage(struck, clock, self.now))
    }

    /// Every outage so far with a failed write, newest last.
    pub fn outages(&self) -> Vec<Outage> {
        self.meter.outages(self.now)
    }
}
