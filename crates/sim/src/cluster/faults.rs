//! Performing actions: power, links, disks, clocks, and operator requests.
//!
//! Guarantees: an invalid action is refused with a reason and changes nothing; a fault is reported before its
//! consequences; damage that no protocol can repair is recorded, so that it later counts as lost, not as a violation.
//! Leaves out: choosing actions (`swarm`, the learner).

use super::super::action::{Action, ConfMode, DiskFault, conf_change};
use super::super::event::{DropReason, FaultEvent, NetworkEvent, RaftEvent};
use super::super::network::{Flying, Weather};
use super::super::replica::Phase;
use super::{Cluster, ScheduledEvent};
use quorum_raft::{Change, Raft, Refused, Rule};
use quorum_types::{Micros, NodeId, Refusal, Rng};
use quorum_wal::format::FIRST_OBJECT;

/// The number of bytes that a disk fault affects.
const FAULT_BYTES: u64 = 16;

/// What survives a power cut of the data that is not durable.
#[derive(Clone, Copy, Debug, Default)]
struct Keep {
    torn_bytes: u64,
    sectors: Option<u64>,
}

impl Cluster {
    /// Performs an action. Refused, without any effect, if it names an unknown node or does not apply to the current
    /// state.
    pub fn perform(&mut self, action: &Action) -> Result<(), Refusal> {
        match *action {
            Action::Kill { node, torn_bytes, sectors } => {
                self.kill_keeping(node, Keep { torn_bytes, sectors })?;
            }
            Action::Restart { node } => self.restart(node)?,
            Action::CrashLoop { node, times, every_us } => {
                self.known(node)?;
                let left = times.min(1_000);
                self.event_queue.schedule(self.now, ScheduledEvent::CrashAgain { node, left, every_us });
            }
            Action::Pause { node } => self.pause(node, true)?,
            Action::Resume { node } => self.pause(node, false)?,
            Action::PowerCut { torn_bytes, sectors } => {
                self.power_cut_keeping(Keep { torn_bytes, sectors });
            }
            Action::Cut { from, to, one_way } => {
                self.link(from, to, false)?;
                if !one_way {
                    self.link(to, from, false)?;
                }
            }
            Action::Partition { ref side } => self.partition(side)?,
            Action::Heal => self.heal(),
            Action::HealLink { from: Some(from), to: Some(to) } => {
                self.link(from, to, true)?;
                self.link(to, from, true)?;
            }
            Action::HealLink { .. } => {
                let error = "name both ends of the link, or neither to mend every link";
                return Err(Refusal::new("bad_link", error));
            }
            Action::Clog { from, to, us } => self.clog(from, to, us)?,
            Action::Weather(weather) => self.set_weather(weather),
            Action::Wipe { node } => self.wipe(node)?,
            Action::Disk { node, fault, at } => self.disk_fault(node, fault, at)?,
            Action::Clock { node, drift_ppm, jump_us, period_us } => {
                self.set_clock(node, drift_ppm, jump_us, period_us)?;
            }
            Action::Campaign { node } => self.campaign(node)?,
            Action::Transfer { to } => self.transfer(to)?,
            Action::Conf { mode, ref changes } => self.change_conf(mode, changes)?,
            Action::TakeSnapshot { node } => {
                let index = self.running(node)?.applied();
                self.compact(node, index);
                self.process_ready(node);
            }
            Action::Rule { name, on } => self.set_rule(name, on),
            Action::Client { on } => {
                self.event_log.outage.disturbed(self.now);
                self.set_client(on);
            }
            Action::DropMessage { message } => self.drop_message(message)?,
        }
        self.tell_broken();
        Ok(())
    }

    fn running(&self, id: NodeId) -> Result<&Raft, Refusal> {
        let stopped = || Refusal::new("node_down", format!("node {id} does not run"));
        self.known(id)?.raft().ok_or_else(stopped)
    }

    /// Loses a message in transit, with its duplicate if there is one.
    fn drop_message(&mut self, number: u64) -> Result<(), Refusal> {
        let fits = |scheduled: &ScheduledEvent| matches!(scheduled, ScheduledEvent::Arrive(flying) if flying.id == number);
        let Some(ScheduledEvent::Arrive(flying)) = self.event_queue.remove(fits) else {
            return Err(Refusal::new("no_such_message", format!("no message {number} is in transit now")));
        };
        let Flying { id, from, to, ref packet, .. } = flying;
        let why = DropReason::Lost;
        self.emit(None, NetworkEvent::Dropped { id, from, to, message: packet.kind(), why });
        Ok(())
    }

    // --- power

    /// Cuts a node's power; `torn_bytes` bytes of its unsynced data survive. Refused if the node is unknown or has no
    /// power.
    pub fn kill(&mut self, id: NodeId, torn_bytes: u64) -> Result<(), Refusal> {
        self.kill_keeping(id, Keep { torn_bytes, sectors: None })
    }

    fn kill_keeping(&mut self, id: NodeId, keep: Keep) -> Result<(), Refusal> {
        if !self.known(id)?.alive() {
            return Err(Refusal::new(
                "node_down",
                format!("node {id} is already without power; restart it instead"),
            ));
        }
        self.emit(Some(id), FaultEvent::Killed);
        self.drop_power(id, keep);
        Ok(())
    }

    fn drop_power(&mut self, id: NodeId, keep: Keep) {
        let Some(at) = (id as usize).checked_sub(1).filter(|at| *at < self.members.len()) else { return };
        let member = &mut self.members[at];
        let lied = member.log.disk.lies() && member.log.durable_lsn() > 0;
        member.lose_memory();
        match keep.sectors {
            None => member.log.crash(keep.torn_bytes, &mut self.outbox),
            Some(seed) => {
                // A stream for each node: in a power cut, disks lose different sectors.
                let mut rng = Rng::new(seed, u64::from(id));
                member.log.crash_in_sectors(&mut rng, &mut self.outbox);
            }
        }
        self.deferred.retain(|scheduled| scheduled.node() != Some(id));
        if lied {
            self.destroyed(id);
        }
    }

    /// Restores a node's power. Refused if the node is unknown or has power.
    pub fn restart(&mut self, id: NodeId) -> Result<(), Refusal> {
        if self.known(id)?.alive() {
            return Err(Refusal::new("node_up", format!("node {id} has power; kill it first")));
        }
        self.emit(Some(id), FaultEvent::Restarted);
        if let Some(member) = self.member(id) {
            member.epoch = member.epoch.saturating_add(1);
        }
        self.power_up(id, self.settings.boot_us);
        Ok(())
    }

    pub(super) fn power_up(&mut self, id: NodeId, after_us: Micros) {
        let now = self.now;
        if let Some(member) = self.member(id) {
            member.phase = Phase::Booting;
            let life = member.life;
            self.event_queue.schedule(now + after_us, ScheduledEvent::Boot { node: id, life });
        }
    }

    /// Cuts all power and restores it.
    fn power_cut_keeping(&mut self, keep: Keep) {
        self.emit(None, FaultEvent::PowerCut);
        for id in 1..=self.members.len() as NodeId {
            if self.members[id as usize - 1].alive() {
                self.drop_power(id, keep);
            }
            let member = &mut self.members[id as usize - 1];
            member.epoch = member.epoch.saturating_add(1);
            self.power_up(id, self.settings.boot_us);
        }
    }

    pub(super) fn crash_again(&mut self, id: NodeId, left: u32, every_us: Micros) {
        // A node that was paused, or left without power by another action, leaves the crash loop.
        let loops = self.known(id).is_ok_and(|member| member.alive() && !member.paused);
        if left == 0 || !loops {
            return;
        }
        // The node is known and runs, as was checked above, so neither is refused.
        let _ = self.kill(id, 0);
        let _ = self.restart(id);
        let again = ScheduledEvent::CrashAgain { node: id, left: left - 1, every_us };
        self.event_queue.schedule(self.now.saturating_add(every_us), again);
    }

    /// Pauses or resumes a node. Refused if the node is unknown, has no power, or is in that state already.
    pub fn pause(&mut self, id: NodeId, paused: bool) -> Result<(), Refusal> {
        let member = self.known(id)?;
        if !member.alive() {
            return Err(Refusal::new("node_down", format!("node {id} has no power; restart it first")));
        }
        if member.paused == paused {
            let (code, word) = if paused { ("node_paused", "already") } else { ("node_running", "not") };
            return Err(Refusal::new(code, format!("node {id} is {word} paused")));
        }
        self.emit(Some(id), if paused { FaultEvent::Paused } else { FaultEvent::Resumed });
        if let Some(member) = self.member(id) {
            member.paused = paused;
        }
        if !paused {
            self.excuse_leader(id);
            let (due, rest) =
                std::mem::take(&mut self.deferred).into_iter().partition(|h| h.node() == Some(id));
            self.deferred = rest;
            let due: Vec<ScheduledEvent> = due;
            due.into_iter().for_each(|scheduled| self.event_queue.schedule(self.now, scheduled));
        }
        Ok(())
    }

    /// Restarts the check of how long ago a leader heard a majority: it had no chance to hear any node until now.
    pub(super) fn excuse_leader(&mut self, id: NodeId) {
        let now = self.now;
        if let Some(member) = self.member(id) {
            member.catch_up(now);
            let ticks = member.raft().map_or(0, Raft::ticks);
            self.checkers.starts_to_listen(id, ticks);
        }
    }

    // --- links

    /// Cuts or heals one direction of a link; no effect if it is in that state already. Refused if a node is unknown or
    /// both are the same.
    pub fn link(&mut self, from: NodeId, to: NodeId, works: bool) -> Result<(), Refusal> {
        self.both_ends(from, to)?;
        if works && self.network.mend(from, to) {
            self.emit(None, NetworkEvent::LinkHealed { from, to });
        } else if !works && self.network.cut(from, to) {
            self.emit(None, NetworkEvent::LinkCut { from, to });
        }
        Ok(())
    }

    fn both_ends(&self, from: NodeId, to: NodeId) -> Result<(), Refusal> {
        self.known(from)?;
        self.known(to)?;
        if from == to {
            return Err(Refusal::new("bad_link", format!("node {from} has no link to itself")));
        }
        Ok(())
    }

    fn partition(&mut self, side: &[NodeId]) -> Result<(), Refusal> {
        for id in side {
            self.known(*id)?;
        }
        for other in (1..=self.members.len() as NodeId).filter(|id| !side.contains(id)) {
            for id in side {
                self.link(*id, other, false)?;
                self.link(other, *id, false)?;
            }
        }
        Ok(())
    }

    /// Heals every link.
    pub fn heal(&mut self) {
        self.network.unclog();
        let cuts: Vec<(NodeId, NodeId)> = self.network.cuts().collect();
        for (from, to) in cuts {
            self.network.mend(from, to);
            self.emit(None, NetworkEvent::LinkHealed { from, to });
        }
    }

    fn clog(&mut self, from: NodeId, to: NodeId, us: Micros) -> Result<(), Refusal> {
        self.both_ends(from, to)?;
        self.network.clog(from, to, self.now.saturating_add(us));
        self.emit(None, NetworkEvent::LinkClogged { from, to, us });
        Ok(())
    }

    fn set_weather(&mut self, weather: Weather) {
        self.network.set_weather(weather);
        let Weather { loss, duplicate, reorder } = weather;
        self.emit(None, NetworkEvent::WeatherChanged { loss, duplicate, reorder });
    }

    // --- disks

    fn wipe(&mut self, id: NodeId) -> Result<(), Refusal> {
        if self.known(id)?.alive() {
            self.emit(Some(id), FaultEvent::Killed);
            self.drop_power(id, Keep::default());
        }
        self.emit(Some(id), FaultEvent::DiskLost);
        let Self { members, outbox, .. } = self;
        if let Some(member) = members.get_mut(id as usize - 1) {
            member.log.wipe(outbox);
            member.on_disk = quorum_raft::Log::default();
        }
        self.destroyed(id);
        Ok(())
    }

    fn disk_fault(&mut self, id: NodeId, fault: DiskFault, at: u16) -> Result<(), Refusal> {
        self.known(id)?;
        self.emit(Some(id), FaultEvent::DiskFault { fault: fault.name().to_owned() });
        let Self { members, outbox, .. } = self;
        let Some(member) = members.get_mut(id as usize - 1) else { return Ok(()) };
        let log = &mut member.log;
        match fault {
            DiskFault::Lie => log.disk.set_lying(true),
            DiskFault::Honest => log.disk.set_lying(false),
            DiskFault::BitFlip | DiskFault::Zero | DiskFault::Stale | DiskFault::Misdirect => {
                let files: Vec<(u32, u64)> = log
                    .disk
                    .files()
                    .filter(|(file, _, durable)| *file < FIRST_OBJECT && *durable > FAULT_BYTES)
                    .map(|(file, _, durable)| (file, durable))
                    .collect();
                let total: u64 = files.iter().map(|(_, durable)| durable - FAULT_BYTES).sum();
                let mut place = total.saturating_mul(u64::from(at.min(999))) / 1_000;
                for (file, durable) in files {
                    if place < durable - FAULT_BYTES {
                        damage(&mut log.disk, fault, file, place);
                        outbox.collect(id, &mut log.disk);
                        self.destroyed(id);
                        break;
                    }
                    place -= durable - FAULT_BYTES;
                }
            }
        }
        Ok(())
    }

    /// Durable data on a node was destroyed. If fewer than a majority are intact, nothing can be guaranteed.
    fn destroyed(&mut self, id: NodeId) {
        if let Some(member) = self.member(id) {
            member.damaged = true;
        }
        let conf = self.conf().clone();
        let Self { members, checkers, .. } = self;
        let member = |id: NodeId| members.get((id as usize).wrapping_sub(1));
        let why = checkers.destroyed(&conf, |id| member(id).is_some_and(|member| !member.damaged));
        if let Some(why) = why {
            self.emit(None, FaultEvent::BudgetExceeded { why });
        }
    }

    // --- clocks

    fn set_clock(
        &mut self,
        id: NodeId,
        drift_ppm: i64,
        jump_us: i64,
        period_us: Micros,
    ) -> Result<(), Refusal> {
        self.known(id)?;
        self.emit(Some(id), FaultEvent::ClockSet { drift_ppm, jump_us });
        let Some(count) = self.clock_set(id) else { return Ok(()) };
        *count += 1;
        let number = *count;
        self.turn_clock(id, drift_ppm, jump_us);
        if jump_us > 0 {
            // The time that the clock skipped gave no node a chance to be heard.
            self.excuse_leader(id);
        }
        if period_us > 0 {
            let turn = ScheduledEvent::ClockTurns { node: id, drift_ppm: -drift_ppm, period_us, number };
            self.event_queue.schedule(self.now.saturating_add(period_us), turn);
        }
        Ok(())
    }

    fn turn_clock(&mut self, id: NodeId, drift_ppm: i64, jump_us: i64) {
        let now = self.now;
        let Some(member) = self.member(id) else { return };
        if member.paused {
            // It learns of the time when it is resumed, and does nothing before that.
            member.clock.set(now, drift_ppm, jump_us);
            member.timer_at = None;
            return self.plan_timer(id);
        }
        member.catch_up(now);
        member.clock.set(now, drift_ppm, jump_us);
        member.catch_up(now);
        member.timer_at = None;
        self.process_ready(id);
    }

    pub(super) fn clock_turns(&mut self, id: NodeId, drift_ppm: i64, period_us: Micros, number: u64) {
        if self.clock_set(id).is_some_and(|count| *count == number) {
            self.turn_clock(id, drift_ppm, 0);
            let turn = ScheduledEvent::ClockTurns { node: id, drift_ppm: -drift_ppm, period_us, number };
            self.event_queue.schedule(self.now.saturating_add(period_us), turn);
        }
    }

    // --- operator requests

    fn campaign(&mut self, id: NodeId) -> Result<(), Refusal> {
        self.running(id)?;
        let now = self.now;
        let Some(member) = self.member(id) else { return Ok(()) };
        member.catch_up(now);
        let could = member.raft_mut().is_some_and(Raft::campaign);
        self.process_ready(id);
        if could {
            return Ok(());
        }
        Err(Refusal::new("not_electable", format!("node {id} leads, or may not stand for election now")))
    }

    /// The leader of the highest term.
    fn leading(&self) -> Result<NodeId, Refusal> {
        let leaders = self.members.iter().filter(|member| member.active() && member.leads());
        let leader = leaders.max_by_key(|member| member.raft().map_or(0, Raft::term));
        leader.map(|member| member.id).ok_or_else(|| Refusal::new("no_leader", "no node leads at the moment"))
    }

    fn transfer(&mut self, to: NodeId) -> Result<(), Refusal> {
        self.known(to)?;
        let leader = self.leading()?;
        self.emit(Some(leader), RaftEvent::TransferBegan { to });
        // This postpones the leader's next quorum check.
        self.excuse_leader(leader);
        self.ask_raft(leader, |raft| raft.transfer(to))
    }

    fn change_conf(&mut self, mode: ConfMode, changes: &[Change]) -> Result<(), Refusal> {
        for change in changes {
            let (Change::Add(id) | Change::Remove(id) | Change::Learner(id)) = change;
            self.known(*id)?;
        }
        let Some(change) = conf_change(mode, changes) else {
            let error = "a single change names one node, a joint one at least one, leave none";
            return Err(Refusal::new("bad_conf", error));
        };
        let leader = self.leading()?;
        self.reconfigured = true;
        self.ask_raft(leader, |raft| raft.change_conf(&change).map(|_| ()))
    }

    fn ask_raft(
        &mut self,
        id: NodeId,
        ask: impl FnOnce(&mut Raft) -> Result<(), Refused>,
    ) -> Result<(), Refusal> {
        let now = self.now;
        let Some(member) = self.member(id) else { return Ok(()) };
        member.catch_up(now);
        let asked = member.raft_mut().map_or(Ok(()), ask);
        self.process_ready(id);
        asked.map_err(Refusal::from)
    }

    /// Switches a rule, on all nodes.
    pub fn set_rule(&mut self, rule: Rule, on: bool) {
        self.rules.set(rule, on);
        let rules = self.rules;
        self.members.iter_mut().for_each(|member| member.set_rules(rules));
        self.emit(None, FaultEvent::RuleSwitched { rule: rule.facts().name.to_owned(), on });
    }

    /// Starts or stops the client's operations. A client that had reached its limit may begin the same number again.
    pub(crate) fn set_client(&mut self, on: bool) {
        self.client.on = on;
        if on && self.client_stopped {
            self.client_base = self.client.next_op() - 1;
            self.client_stopped = false;
        }
        self.plan_client();
    }
}

fn damage(disk: &mut quorum_wal::disk::Disk, fault: DiskFault, file: u32, offset: u64) {
    match fault {
        DiskFault::BitFlip => disk.damage(file, offset, 1, |byte| byte ^ 0x10),
        DiskFault::Zero | DiskFault::Stale => disk.go_stale(file, offset, FAULT_BYTES),
        DiskFault::Misdirect => disk.misdirect(file, offset, (file, offset / 2), FAULT_BYTES),
        DiskFault::Lie | DiskFault::Honest => {}
    }
}
