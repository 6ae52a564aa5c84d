//! The outage under way, and what its time was spent on.
//!
//! It begins with what struck the primary, is felt with the first write that fails, and is over when a client whose write
//! had failed is answered again. The time between is cut where the desk's steps begin and end. Promises: the phases add up
//! to the RTO. Leaves out: disasters that nobody felt.

use super::clients::number;
use super::runbook::Step;
use super::{Region, Regions};
use crate::sim::event::{EventKind, Phase, PhaseTime};
use crate::types::Micros;

/// The meter.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    /// What struck, and where.
    pub(super) struck: Option<(Micros, Region)>,
    /// Since when writes fail.
    pub(super) lost_us: Option<Micros>,
    /// Clients whose writes failed.
    failed: Vec<usize>,
    pub(super) failures: u64,
    pub(super) rto_us: Option<Micros>,
    /// Where the phases begin, in order.
    cuts: Vec<(Micros, Phase)>,
}

impl Meter {
    /// The phases up to a moment: each from its cut to the next.
    pub(super) fn phases(&self, until_us: Micros) -> Vec<PhaseTime> {
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

    fn cut(&mut self, now: Micros, phase: Phase) {
        if self.rto_us.is_none() && self.struck.is_some() {
            self.cuts.push((now, phase));
        }
    }
}

impl Regions {
    /// Something struck a region.
    pub(super) fn struck(&mut self, region: Region) {
        let under_way = self.meter.lost_us.is_some() && self.meter.rto_us.is_none();
        if region == self.primary() && !under_way {
            self.meter = Meter { struck: Some((self.now, region)), ..Meter::default() };
            self.meter.cut(self.now, Phase::Detect);
        }
    }

    /// A switchover begins to keep writes away: what follows is its outage.
    pub(super) fn meter_planned(&mut self) {
        let under_way = self.meter.lost_us.is_some() && self.meter.rto_us.is_none();
        if !under_way {
            self.meter = Meter { struck: Some((self.now, 1 - self.primary())), ..Meter::default() };
            self.meter.struck = Some((self.now, self.primary()));
            self.meter.cut(self.now, Phase::Verify);
        }
    }

    pub(super) fn meter_runbook_began(&mut self) {
        let now = self.now;
        self.meter.cut(now, Phase::Decide);
    }

    pub(super) fn meter_step_began(&mut self, step: Step) {
        let phase = match step {
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
        };
        let now = self.now;
        self.meter.cut(now, phase);
    }

    pub(super) fn meter_runbook_ended(&mut self) {
        let now = self.now;
        self.meter.cut(now, Phase::ClientRetry);
    }

    /// A client's write was answered, or not.
    pub(super) fn service_felt(&mut self, client: usize, ok: bool) {
        let Some((struck_us, _)) = self.meter.struck else { return };
        if self.meter.rto_us.is_some() {
            return;
        }
        if !ok {
            self.meter.failures += 1;
            if !self.meter.failed.contains(&client) {
                self.meter.failed.push(client);
            }
            if self.meter.lost_us.is_none() {
                self.meter.lost_us = Some(self.now);
                self.emit(number(client), EventKind::ServiceLost { fault_us: struck_us });
            }
            return;
        }
        if self.meter.failed.contains(&client) {
            let rto_us = self.now - struck_us;
            let phases = self.meter.phases(self.now);
            self.meter.rto_us = Some(rto_us);
            let failed = self.meter.failures;
            self.emit(number(client), EventKind::ServiceRestored { rto_us, phases, failed });
        }
    }
}
