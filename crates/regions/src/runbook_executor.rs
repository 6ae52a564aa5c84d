//! The execution of a runbook: of a failover, or of a planned switchover.
//!
//! A step takes its time, examines the world when it ends, and either succeeds or ends the runbook with a word for the
//! reason. Guarantees: a step uses only knowledge that operators would have; a planned switchover that cannot be
//! finished lets the primary take writes again. Leaves out: when a runbook begins (`health_checks`), and the sentences
//! for each word (the catalogues).

use super::action::Region;
use super::action::Surprise;
use super::rows::Mark;
use super::rules::Rule;
use super::runbook::{Runbook, Step};
use super::settings::Settings;
use super::site::Following;
use super::snapshot::{BackupState, RunbookStep};
use super::{HOUR, MINUTE, Regions, ScheduledEvent};
use crate::event::RegionEvent;
use quorum_types::{Micros, Refusal, SECOND};

/// Response time when the person on call is away.
const NOBODY_US: Micros = 8 * HOUR;
/// The slowdown factor of a slow bucket.
const SLOW: u64 = 8;
/// The polling interval while waiting for the standby to catch up.
const LOOK_US: Micros = SECOND;
/// Evidence older than this does not count for the primary's last state.
const OLD_US: Micros = HOUR;
/// The step fails after waiting this long.
const PATIENCE_US: Micros = HOUR;

/// The failover.
#[derive(Clone, Debug)]
pub(super) struct Failover {
    /// The runbook to execute when the primary is gone.
    pub(super) runbook: Runbook,
    /// Checks missed in a row.
    pub(super) misses: u64,
    /// Counts answered checks: a miss of an older round does not count.
    pub(super) round: u64,
    /// Whether the primary has been declared down.
    pub(super) called: bool,
    /// Counts runs of runbooks.
    run: u64,
    pub(super) steps: Vec<RunbookStep>,
    pub(super) running: bool,
    pub(super) ok: Option<bool>,
    pub(super) began_us: Micros,
    at: usize,
    /// The target of the runbook: the region that becomes the primary.
    to: Region,
    /// The backup that is being restored.
    restoring: Option<u64>,
    /// Whether a region was promoted or the name moved since the last switch was announced.
    switched: bool,
}

impl Failover {
    /// A failover with the runbook from the settings.
    pub(super) fn with(settings: &Settings) -> Self {
        Self {
            runbook: Runbook::of_setting(settings.runbook),
            misses: 0,
            round: 0,
            called: false,
            run: 0,
            steps: Vec::new(),
            running: false,
            ok: None,
            began_us: 0,
            at: 0,
            to: 1,
            restoring: None,
            switched: false,
        }
    }
}

impl Failover {
    /// The current step.
    pub(super) fn step(&self) -> Option<Step> {
        if self.running { self.steps.get(self.at).map(|step| step.step) } else { None }
    }
}

impl Regions {
    /// Begins a runbook: it makes the other region the primary.
    pub(super) fn begin_runbook(&mut self, runbook: &Runbook) {
        let failover = &mut self.failover;
        failover.run += 1;
        failover.running = true;
        failover.ok = None;
        failover.began_us = self.now;
        failover.at = 0;
        failover.restoring = None;
        let blank = |step: &Step| RunbookStep {
            step: *step,
            began_us: None,
            ended_us: None,
            ok: None,
            why: String::new(),
            evidence_us: None,
        };
        failover.steps = runbook.steps.iter().map(blank).collect();
        let steps = failover.steps.len() as u32;
        self.checkers.runbook_began();
        self.failover.to = self.leads_to(runbook);
        self.emit(None, RegionEvent::RunbookBegan { steps });
        self.alert("switch_began");
        self.meter_runbook_began();
        self.begin_step();
    }

    /// The target of a runbook: the region that is not the primary. The name may be moved by hand after a promotion,
    /// while it still points to the old primary: then the target is the new one.
    fn leads_to(&self, runbook: &Runbook) -> Region {
        let primary = self.primary();
        let by_hand = runbook.steps == [Step::Dns] && self.dns != Some(primary);
        if by_hand && self.reachable(primary) && self.takes_writes(primary) { primary } else { 1 - primary }
    }

    fn begin_step(&mut self) {
        let Some(step) = self.failover.step() else { return self.end_runbook(true) };
        let (at, now, run) = (self.failover.at, self.now, self.failover.run);
        if let Some(found) = self.failover.steps.get_mut(at) {
            found.began_us = Some(now);
        }
        self.checkers.step_began(at);
        self.emit(None, RegionEvent::StepBegan { step: at as u32, word: step.word().to_owned() });
        self.meter_step_began(step);
        let takes_us = self.step_us(step);
        self.event_queue.schedule(self.now + takes_us, ScheduledEvent::StepEnds { run });
    }

    /// How long a step takes, as far as that is known when it begins.
    fn step_us(&mut self, step: Step) -> Micros {
        let settings = &self.settings;
        match step {
            Step::Page if self.surprise(Surprise::NobodyOnCall) => {
                self.felt(Surprise::NobodyOnCall);
                NOBODY_US
            }
            Step::Page => settings.respond_s * SECOND,
            Step::Decide => settings.decide_s * SECOND,
            Step::Fence => self.fence(),
            Step::CheckStandby | Step::CheckService => 0,
            Step::StartStandby if self.sites[self.failover.to].serving => 0,
            Step::StartStandby if settings.standby == 1 => settings.warm_s * SECOND,
            Step::StartStandby => settings.cold_s * SECOND,
            Step::RestoreNewest | Step::RestoreGood => {
                self.failover.restoring = self.next_to_restore();
                self.restore_us()
            }
            Step::Rebuild => {
                (settings.data_gb * 1_000 * SECOND).checked_div(settings.index_mb_s).unwrap_or(0)
            }
            Step::VerifyBackup => {
                let newest = self.bucket.newest().next().map(|backup| backup.id);
                newest.map_or(0, |id| self.bucket.chain_mb(id) * SECOND / settings.restore_mb_s)
            }
            Step::VerifyCount | Step::VerifyDigest => settings.verify_s * SECOND,
            Step::Promote | Step::Announce => 0,
            Step::Dns => settings.dns_update_s * SECOND,
            Step::WaitTtl => settings.dns_ttl_s * SECOND,
            Step::WaitMinute => MINUTE,
            Step::Drain => {
                self.drain();
                SECOND
            }
            Step::CatchUp => {
                self.catch_up_now();
                LOOK_US
            }
        }
    }

    /// The newest backup that is not known to be bad.
    fn next_to_restore(&self) -> Option<u64> {
        self.bucket.newest().find(|backup| backup.state != BackupState::Bad).map(|backup| backup.id)
    }

    fn restore_us(&mut self) -> Micros {
        let Some(id) = self.failover.restoring else { return 0 };
        let mb = self.bucket.chain_mb(id);
        let mut takes_us = mb * SECOND / self.settings.restore_mb_s;
        if self.surprise(Surprise::SlowRestore) {
            self.felt(Surprise::SlowRestore);
            takes_us *= SLOW;
        }
        takes_us
    }

    /// Orders the old primary to stop, if it is reachable; otherwise its lease is not renewed. Returns how long until
    /// it has stopped.
    fn fence(&mut self) -> Micros {
        let old = 1 - self.failover.to;
        if !self.rules.on(Rule::FenceBeforePromote) {
            return 0;
        }
        if self.reachable(old) {
            self.demote(old);
            return 0;
        }
        if self.settings.fencing == 0 {
            return 0;
        }
        self.sites[old].lease_until_us.map_or(0, |until| until.saturating_sub(self.now))
    }

    pub(super) fn demote(&mut self, region: Region) {
        let site = &mut self.sites[region];
        if site.primary {
            site.primary = false;
            site.fenced = true;
            site.draining = false;
            let epoch = site.epoch;
            self.checkers.demoted(region);
            self.emit(super::node_of(region), RegionEvent::Demoted { region: region as u32, epoch });
        }
    }

    fn drain(&mut self) {
        let old = 1 - self.failover.to;
        if self.reachable(old) {
            self.sites[old].draining = true;
            self.meter_planned();
        }
    }

    pub(super) fn step_ends(&mut self, run: u64) {
        if run != self.failover.run || !self.failover.running {
            return;
        }
        let Some(step) = self.failover.step() else { return };
        match self.finish_step(step) {
            Done::Well => self.note_step(step, true, ""),
            Done::But(why) => self.note_step(step, true, why),
            Done::Badly(why) if self.rules.on(Rule::FailedStepStops) => return self.fail(step, why),
            Done::Badly(why) => self.note_step(step, false, why),
            Done::Wait(us) => {
                self.event_queue.schedule(self.now + us, ScheduledEvent::StepEnds { run });
                return;
            }
        }
        self.failover.at += 1;
        self.begin_step();
    }

    /// The result of a step at its end.
    fn finish_step(&mut self, step: Step) -> Done {
        let to = self.failover.to;
        match step {
            Step::Page | Step::Decide | Step::WaitTtl | Step::WaitMinute => Done::Well,
            Step::Fence => self.end_fence(),
            Step::CheckStandby => {
                let there = self.reachable(to) && self.sites[to].majority() && self.settings.standby > 0;
                if there { Done::Well } else { Done::Badly("standby_down") }
            }
            Step::StartStandby => self.start_standby(),
            Step::RestoreNewest => self.end_restore(false),
            Step::RestoreGood => self.end_restore(true),
            Step::Rebuild => self.rebuild(),
            Step::VerifyBackup => self.read_newest_backup(),
            Step::VerifyCount => self.verify(false),
            Step::VerifyDigest => self.verify(true),
            Step::Promote => self.promote(),
            Step::Dns => self.dns_step(),
            Step::CheckService => self.check_service(),
            Step::Drain if self.reachable(1 - to) => Done::Well,
            Step::Drain => Done::Badly("primary_gone"),
            Step::CatchUp => self.look_whether_caught_up(),
            Step::Announce if !std::mem::take(&mut self.failover.switched) => Done::Badly("nothing_switched"),
            Step::Announce => {
                self.alert("switch_done");
                Done::Well
            }
        }
    }

    /// A primary that cannot be reached is fenced by its lease. Without leases it is unknown whether it has stopped.
    fn end_fence(&mut self) -> Done {
        let old = 1 - self.failover.to;
        if !self.rules.on(Rule::FenceBeforePromote) {
            return Done::Well;
        }
        if self.settings.fencing == 1 {
            // Meanwhile it may have been back, and even cut off again with a new lease.
            if self.reachable(old) {
                self.demote(old);
            } else if let Some(left_us) = self.lease_left_us(old) {
                return Done::Wait(left_us);
            }
            self.sites[old].fenced = true;
            return Done::Well;
        }
        if self.sites[old].fenced { Done::Well } else { Done::But("not_fenced") }
    }

    /// Builds the indexes of the target; if that has them, those of the other region, since a manual step may come
    /// after the promotion.
    fn rebuild(&mut self) -> Done {
        let to = self.failover.to;
        let bare = |region: &Region| !self.sites[*region].indexed;
        match [to, 1 - to].into_iter().find(bare) {
            Some(region) if self.reachable(region) => self.sites[region].indexed = true,
            Some(region) if region == to => return Done::Badly("standby_down"),
            _ => {}
        }
        Done::Well
    }

    /// Reads the newest backup back, whatever its known state.
    fn read_newest_backup(&mut self) -> Done {
        let Some(id) = self.bucket.newest().next().map(|backup| backup.id) else {
            return Done::Badly("no_backup");
        };
        match self.verify_backup(id) {
            Ok(()) => Done::Well,
            Err(why) => {
                self.felt_of_backups(why);
                Done::Badly(why)
            }
        }
    }

    fn start_standby(&mut self) -> Done {
        let to = self.failover.to;
        if !self.reachable(to) || !self.sites[to].majority() {
            return Done::Badly("standby_down");
        }
        self.accrue();
        self.sites[to].serving = true;
        Done::Well
    }

    fn end_restore(&mut self, any: bool) -> Done {
        let to = self.failover.to;
        let Some(id) = self.failover.restoring else { return Done::Badly("no_backup") };
        if !self.reachable(to) {
            return Done::Badly("standby_down");
        }
        let began_us =
            self.failover.steps.get(self.failover.at).and_then(|step| step.began_us).unwrap_or(self.now);
        match self.restore(to, id, began_us) {
            Ok(()) => Done::Well,
            Err(why) => {
                self.felt_of_backups(why);
                self.failover.restoring = self.next_to_restore();
                if any && self.failover.restoring.is_some() {
                    Done::Wait(self.restore_us())
                } else {
                    Done::Badly(why)
                }
            }
        }
    }

    fn felt_of_backups(&mut self, why: &str) {
        match why {
            "backup_damaged" if self.surprise(Surprise::DamagedBackup) => self.felt(Surprise::DamagedBackup),
            "backup_half" if self.surprise(Surprise::HalfBackup) => self.felt(Surprise::HalfBackup),
            _ => {}
        }
    }

    /// Compares the contents with the last known contents of the primary; without any evidence, nothing can be
    /// verified.
    fn verify(&mut self, by_digest: bool) -> Done {
        let Some((known, as_of_us)) = self.evidence() else { return Done::Badly("nothing_to_compare") };
        if let Some(step) = self.failover.steps.get_mut(self.failover.at) {
            step.evidence_us = Some(as_of_us);
        }
        let here = self.sites[self.failover.to].mark;
        let missing = here.rows.iter().zip(known.rows).any(|(here, there)| *here == 0 && there > 0);
        let left_out = self.surprise(Surprise::MissingCollection);
        let why = match () {
            () if missing || (left_out && here.rows != known.rows) => "collection_missing",
            () if here.rows != known.rows => "count_differs",
            () if by_digest && here.sum != known.sum => "digest_differs",
            // A backup is as old as it is; writes after it are not verified.
            () if self.bucket.restored.is_none() && self.now - as_of_us > OLD_US => {
                return Done::But("evidence_old");
            }
            () => return Done::Well,
        };
        if why == "collection_missing" && left_out {
            self.felt(Surprise::MissingCollection);
        }
        Done::Badly(why)
    }

    /// The known contents that the standby should have, and as of which moment: from shipping or a restore. A standby
    /// that follows the log and is level with an answering primary needs no other evidence. Evidence from before
    /// following was switched off does not cover later writes.
    fn evidence(&self) -> Option<(Mark, Micros)> {
        let follows = self.settings.sync_mode > 0 && self.settings.standby > 0;
        let shipping = &self.shipping;
        if let Some((known, as_of_us)) = shipping.known.filter(|_| follows || self.bucket.restored.is_some())
        {
            return Some((known, as_of_us));
        }
        self.level().filter(|_| shipping.from != self.failover.to)
    }

    /// The primary's current contents, if the standby follows its log, is level with it, and can reach it.
    fn level(&self) -> Option<(Mark, Micros)> {
        let log = (1..=3).contains(&self.settings.sync_mode) && self.settings.standby > 0;
        let from = self.shipping.from;
        let level = log && self.link_kb_s() > 0 && self.caught_up() && !self.filling();
        level.then(|| (self.sites[from].mark, self.now))
    }

    /// Contact with the primary is about to be lost: if nothing was shipped because nothing was written, that is
    /// recorded.
    pub(super) fn remember_level(&mut self) {
        self.shipping.known = self.shipping.known.or_else(|| self.level());
    }

    fn promote(&mut self) -> Done {
        let to = self.failover.to;
        if !self.reachable(to) || !self.sites[to].majority() {
            return Done::Badly("standby_down");
        }
        if !self.sites[to].serving {
            return Done::Badly("standby_not_started");
        }
        let old = 1 - to;
        if self.settings.fencing == 1 && self.rules.on(Rule::FenceBeforePromote) {
            if self.reachable(old) {
                self.demote(old);
            } else if let Some(left_us) = self.lease_left_us(old) {
                return Done::Wait(left_us);
            }
        }
        let grows = u64::from(self.rules.on(Rule::EpochGrowsOnPromotion));
        let epoch = self.sites[0].epoch.max(self.sites[1].epoch) + grows;
        let lsn = self.sites[to].applied_lsn;
        // A collection may have been left out: the same position is not the same contents.
        let level = self.level_with(old) && self.sites[to].mark == self.sites[old].mark;
        let planned = level && self.reachable(old) && self.sites[old].fenced;
        self.keep_checkpoint(old, planned);
        self.stop_shipping();
        let site = &mut self.sites[to];
        site.primary = true;
        site.fenced = false;
        site.lease_until_us = None;
        site.epoch = epoch;
        site.draining = false;
        site.empty = false;
        site.following = Following::Diverged;
        self.failover.switched = true;
        self.checkers.promoted(to, epoch);
        self.emit(super::node_of(to), RegionEvent::Promoted { region: to as u32, epoch, lsn });
        self.settle_losses();
        self.failover.misses = 0;
        self.failover.round += 1;
        // A planned switchover continues: the old primary follows the new one.
        if planned {
            let lsn = self.sites[to].lsn();
            self.sites[old].applied_lsn = lsn;
            self.sites[old].following = Following::InStep;
            self.begin_shipping();
        }
        self.compare_recovery_points();
        Done::Well
    }

    /// How long a primary that cannot be reached may still acknowledge.
    fn lease_left_us(&self, region: Region) -> Option<Micros> {
        let site = &self.sites[region];
        let until = site.lease_until_us.filter(|_| site.alive && site.primary && !site.fenced)?;
        until.checked_sub(self.now).filter(|left_us| *left_us > 0)
    }

    fn dns_step(&mut self) -> Done {
        if self.settings.dns_a_record == 1 {
            // The change is refused as a whole; the name stays where it was.
            return Done::Badly("bad_record");
        }
        let wrong = self.surprise(Surprise::WrongStep);
        if wrong {
            self.felt(Surprise::WrongStep);
        }
        self.switch_dns(self.failover.to, wrong);
        self.failover.switched = true;
        Done::Well
    }

    /// Sends a request to the service by its name, like a client that has just resolved it.
    fn check_service(&mut self) -> Done {
        let Some(region) = self.dns else { return Done::Badly("wrong_host") };
        match () {
            () if !self.reachable(region) || !self.answers(region) => Done::Badly("not_answering"),
            () if !self.takes_writes(region) => Done::Badly("not_promoted"),
            () => Done::Well,
        }
    }

    fn look_whether_caught_up(&mut self) -> Done {
        let old = 1 - self.failover.to;
        let began_us =
            self.failover.steps.get(self.failover.at).and_then(|step| step.began_us).unwrap_or(self.now);
        match () {
            () if self.settings.sync_mode == 0 || self.settings.sync_mode == 4 => {
                Done::Badly("nothing_to_compare")
            }
            () if self.caught_up() && !self.filling() => Done::Well,
            () if !self.reachable(old) => Done::Badly("primary_gone"),
            () if self.now - began_us >= PATIENCE_US => Done::Badly("timeout"),
            () => Done::Wait(LOOK_US),
        }
    }

    fn note_step(&mut self, step: Step, ok: bool, why: &str) {
        let (at, now) = (self.failover.at, self.now);
        let mut took_us = 0;
        if let Some(found) = self.failover.steps.get_mut(at) {
            found.ended_us = Some(now);
            found.ok = Some(ok);
            found.why = why.to_owned();
            took_us = now - found.began_us.unwrap_or(now);
        }
        self.checkers.step_ended(at, ok);
        let event = RegionEvent::StepEnded {
            step: at as u32,
            word: step.word().to_owned(),
            ok,
            why: why.to_owned(),
            took_us,
        };
        self.emit(None, event);
    }

    fn fail(&mut self, step: Step, why: &str) {
        self.note_step(step, false, why);
        // A switchover that cannot be finished is rolled back: the primary continues.
        self.sites[1 - self.failover.to].draining = false;
        self.alert("switch_failed");
        self.end_runbook(false);
    }

    /// An operator stops the runbook under way.
    pub(super) fn stop_run(&mut self) -> Result<(), Refusal> {
        let Some(step) = self.failover.step() else {
            return Err(Refusal::new("no_runbook", "no runbook is under way"));
        };
        self.fail(step, "stopped");
        Ok(())
    }

    fn end_runbook(&mut self, ok: bool) {
        self.failover.running = false;
        self.failover.ok = Some(ok);
        self.meter_runbook_ended();
        self.checkers.runbook_ended(ok, self.failover.steps.len());
        self.emit(None, RegionEvent::RunbookEnded { ok });
    }
}

/// The result of a step.
enum Done {
    Well,
    /// Success, except for what it could not verify.
    But(&'static str),
    Badly(&'static str),
    Wait(Micros),
}
