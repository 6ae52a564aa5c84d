//! Clocks of pods' machines that are fast, slow, or set.
//!
//! A pod measures its session with its clock: when it renews, and until when it believes in its lease. A leader of the
//! metadata store times the leases of others with its own, and members of Raft groups their heartbeats and elections.
//! Guarantees: a clock that is set back makes no lease longer, neither at its holder nor in the store, for both count
//! with a clock that only goes forward, as programs in Go do; a jump forward counts as time that has passed; without
//! this fault every clock shows the time of the simulation. Leaves out: timestamps of writes, which the coordinator
//! hands out by the simulation's time, and the work of pods, which takes the same time for every clock.

use super::snapshot::PodState;
use super::{Milvus, ScheduledEvent};
use quorum_sim::event::FaultEvent;
use quorum_types::{Micros, NodeId, Refusal, SECOND};

/// No clock that leases count with is set to more than this: deadlines after it are still exact.
const MOST_SHOWN_US: Micros = 1 << 60;
/// No clock jumps further than this: a year.
const MOST_JUMP_US: i64 = 366 * 86_400 * SECOND as i64;

impl Milvus {
    /// Sets the clock of a pod's machine.
    pub(super) fn set_clock(
        &mut self,
        id: NodeId,
        drift_ppm: i64,
        jump_us: i64,
        period_us: Micros,
    ) -> Result<(), Refusal> {
        self.known(id)?;
        let jump_us = jump_us.clamp(-MOST_JUMP_US, MOST_JUMP_US);
        self.emit(Some(id), FaultEvent::ClockSet { drift_ppm, jump_us });
        let Some(pod) = self.pod_mut(id) else { return Ok(()) };
        pod.clocks_set += 1;
        pod.clock_period_us = period_us;
        self.turn_clock(id, drift_ppm, jump_us);
        self.plan_turn(id);
        Ok(())
    }

    /// A clock that is fast and slow alternately changes its speed, unless it was set since.
    pub(super) fn clock_turns(&mut self, id: NodeId, number: u64) {
        let turns = self.pod(id).filter(|pod| pod.clocks_set == number);
        if let Some(drift_ppm) = turns.map(|pod| -pod.clock.drift_ppm()) {
            self.turn_clock(id, drift_ppm, 0);
            self.plan_turn(id);
        }
    }

    fn plan_turn(&mut self, id: NodeId) {
        let Some(pod) = self.pod(id).filter(|pod| pod.clock_period_us > 0) else { return };
        let turn = ScheduledEvent::ClockTurns { pod: id, number: pod.clocks_set };
        self.event_queue.schedule(self.now.saturating_add(pod.clock_period_us), turn);
    }

    fn turn_clock(&mut self, id: NodeId, drift_ppm: i64, jump_us: i64) {
        let now = self.now;
        let Some(pod) = self.pod_mut(id) else { return };
        let left_us = MOST_SHOWN_US.saturating_sub(pod.clock.at(now)) as i64;
        pod.clock.set(now, drift_ppm, jump_us.clamp(0, left_us));
        let runs = pod.state != PodState::Paused;
        let Some(member) = self.members.get_mut(&id) else { return };
        if runs {
            // What has passed until now counts by the old clock.
            member.catch_up(now);
        }
        member.clock.set(now, drift_ppm, jump_us);
        member.timer_at = None;
        if runs {
            // A paused one learns of the time when it is resumed.
            member.catch_up(now);
            self.handle_ready(id);
        }
    }
}
