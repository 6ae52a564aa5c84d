//! What happens to nodes and links from outside, and how everything is mended.
//!
//! Guarantees: an action that does not apply, or that guests know nothing of, changes nothing. Leaves out: choosing
//! actions (`search`).

use super::super::member::{Member, Power};
use super::super::protocol::Request;
use super::{Due, PROGRESS, World};
use quorum_sim::action::Action;
use quorum_sim::event::OpStatus;
use quorum_sim::network::Weather;
use quorum_types::{MS, Micros, NodeId, Rng};

/// How long service may take to come back after everything was mended: about thirty election timeouts.
const MENDED_US: Micros = 6_000 * MS;
/// Operations that have to be answered by then.
const SERVED: u64 = 5;

impl World<'_> {
    /// Performs an action. One that does not apply, or that guests know nothing of, changes nothing.
    pub fn perform(&mut self, action: &Action) {
        let nodes = self.members.len() as u32;
        let known = |id: &NodeId| (1..=nodes).contains(id);
        match action {
            Action::Kill { node, torn_bytes, sectors } if known(node) => {
                self.kill(*node, *torn_bytes, *sectors)
            }
            Action::Restart { node } if known(node) => self.restart(*node),
            Action::CrashLoop { node, times, every_us } if known(node) => {
                self.crash_loop(*node, *times, *every_us);
            }
            Action::Pause { node } if known(node) => {
                let member = self.member(*node);
                member.paused = member.power != Power::Off;
            }
            Action::Resume { node } if known(node) => self.resume(*node),
            Action::PowerCut { torn_bytes, sectors } => {
                (1..=nodes).for_each(|id| self.kill(id, *torn_bytes, *sectors));
                (1..=nodes).for_each(|id| self.restart(id));
            }
            Action::Cut { from, to, one_way } => {
                self.network.cut(*from, *to);
                if !one_way {
                    self.network.cut(*to, *from);
                }
            }
            Action::Partition { side } => {
                for from in 1..=nodes {
                    for to in (1..=nodes).filter(|to| side.contains(&from) != side.contains(to)) {
                        self.network.cut(from, to);
                    }
                }
            }
            Action::Heal => self.heal(),
            Action::HealLink { from: Some(from), to: Some(to) } => {
                self.network.mend(*from, *to);
                self.network.mend(*to, *from);
            }
            Action::Clog { from, to, us } => self.network.clog(*from, *to, self.now.saturating_add(*us)),
            Action::Weather(weather) => self.network.set_weather(*weather),
            Action::Clock { node, drift_ppm, jump_us, period_us } if known(node) => {
                self.set_clock(*node, *drift_ppm, *jump_us, *period_us);
            }
            Action::Campaign { node } if known(node) && self.member(*node).active() => {
                self.command(*node, &Request::Campaign);
            }
            Action::TakeSnapshot { node } if known(node) => self.compact(*node),
            _ => {}
        }
    }

    fn heal(&mut self) {
        let cuts: Vec<(NodeId, NodeId)> = self.network.cuts().collect();
        cuts.into_iter().for_each(|(from, to)| {
            self.network.mend(from, to);
        });
        self.network.unclog();
    }

    fn kill(&mut self, id: NodeId, torn_bytes: u64, sectors: Option<u64>) {
        if self.member(id).power == Power::Off {
            return;
        }
        let torn_bytes = sectors.map_or(torn_bytes, |seed| Rng::new(seed, 7).below(200));
        if self.member(id).power == Power::On {
            self.command(id, &Request::Crash);
        }
        self.member(id).lose_power(torn_bytes);
        self.deferred.retain(|due| due.node() != Some(id));
    }

    fn restart(&mut self, id: NodeId) {
        if self.member(id).power != Power::Off {
            return;
        }
        let member = self.member(id);
        member.power = Power::Booting;
        let life = member.life;
        self.schedule(self.settings.boot_us, Due::Boot { node: id, life });
    }

    pub(super) fn crash_loop(&mut self, id: NodeId, left: u32, every_us: Micros) {
        if left > 0 {
            self.kill(id, 0, None);
            self.restart(id);
            self.schedule(every_us.max(1), Due::CrashAgain { node: id, left: left - 1, every_us });
        }
    }

    fn resume(&mut self, id: NodeId) {
        self.member(id).paused = false;
        let (now, due) = (self.now, std::mem::take(&mut self.deferred));
        for due in due {
            if due.node() == Some(id) {
                self.queue.schedule(now, due);
            } else {
                self.deferred.push(due);
            }
        }
    }

    fn set_clock(&mut self, id: NodeId, drift_ppm: i64, jump_us: i64, period_us: Micros) {
        let now = self.now;
        let member = self.member(id);
        member.clock.set(now, drift_ppm, jump_us);
        member.clock_set += 1;
        let number = member.clock_set;
        if period_us > 0 {
            let drift_ppm = drift_ppm.saturating_neg();
            self.schedule(period_us, Due::ClockTurns { node: id, drift_ppm, period_us, number });
        }
        if self.member(id).power == Power::On {
            self.plan_tick(id);
        }
    }

    pub(super) fn turn_clock(&mut self, id: NodeId, drift_ppm: i64, period_us: Micros, number: u64) {
        let now = self.now;
        let member = self.member(id);
        if member.clock_set == number {
            member.clock.set(now, drift_ppm, 0);
            let drift_ppm = drift_ppm.saturating_neg();
            self.schedule(period_us, Due::ClockTurns { node: id, drift_ppm, period_us, number });
        }
    }

    // --- the end

    /// Ends every fault.
    pub fn mend(&mut self) -> (Micros, u64) {
        self.heal();
        self.network.set_weather(Weather::default());
        for id in 1..=self.members.len() as NodeId {
            self.resume(id);
            let now = self.now;
            let member = self.member(id);
            member.clock_set += 1;
            member.clock.set(now, 0, 0);
            self.restart(id);
        }
        (self.now.saturating_add(MENDED_US), self.client.count(OpStatus::Ok) + SERVED)
    }

    /// Whether enough operations were answered since everything was mended.
    pub fn came_back(&self, wanted: u64) -> bool {
        self.client.count(OpStatus::Ok) >= wanted
    }

    /// It did not come back in time.
    pub fn stays_away(&mut self) {
        let state = |member: &Member| {
            format!("node {}: {:?}, term {}, commit {}", member.id, member.role, member.term, member.commit)
        };
        let states: Vec<String> = self.members.iter().map(state).collect();
        self.breaks(
            PROGRESS,
            format!("nothing is served after every fault was mended: {}", states.join("; ")),
        );
    }
}
