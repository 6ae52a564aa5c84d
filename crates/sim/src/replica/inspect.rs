//! The timers of a member, as times of the simulation.
//!
//! Guarantees: reads and never writes; a time says when the timer runs out if nothing resets it, by the member's own
//! clock as it runs now. Leaves out: the rest of a member's state, which is public.

use super::{Replica, TICK_US};
use quorum_types::Micros;
use serde::{Deserialize, Serialize};

/// A timer that counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// For how long it has counted, by the member's clock.
    pub elapsed_us: Micros,
    /// Its length, by the member's clock.
    pub length_us: Micros,
    /// The time of the simulation at which it runs out.
    pub ends_us: Micros,
}

impl Replica {
    /// The election timer of a member that may stand for election.
    pub fn election_timer(&self, now: Micros) -> Option<Timer> {
        let raft = self.raft().filter(|raft| raft.may_stand())?;
        Some(self.timer_of(now, raft.timer()))
    }

    /// The heartbeat timer of a leader.
    pub fn heartbeat_timer(&self, now: Micros) -> Option<Timer> {
        let raft = self.raft().filter(|raft| raft.leads())?;
        Some(self.timer_of(now, raft.timer()))
    }

    /// The timer at whose end a leader checks whether it has heard from a majority.
    pub fn quorum_timer(&self, now: Micros) -> Option<Timer> {
        let ticks = self.raft()?.quorum_timer()?;
        Some(self.timer_of(now, ticks))
    }

    /// Until when a leader's lease lasts by its own clock, as a time of the simulation; in the past if it is over, none
    /// if it has none.
    pub fn lease_until(&self) -> Option<Micros> {
        let left = self.raft()?.lease_left()?;
        Some(self.clock.when(self.ticks_from + left * TICK_US))
    }

    /// Until when a member helps no other node to be elected, because it promised that to a leader.
    pub fn promised_until(&self) -> Option<Micros> {
        let left = self.raft().map(quorum_raft::Raft::promise_left).filter(|left| *left > 0)?;
        Some(self.clock.when(self.ticks_from + left * TICK_US))
    }

    /// A timer of elapsed ticks and full length.
    fn timer_of(&self, now: Micros, (elapsed, length): (u64, u64)) -> Timer {
        let since_tick_us = self.clock.at(now).saturating_sub(self.ticks_from);
        let length_us = length * TICK_US;
        Timer {
            elapsed_us: (elapsed * TICK_US + since_tick_us).min(length_us),
            length_us,
            ends_us: self.clock.when(self.ticks_from + length.saturating_sub(elapsed) * TICK_US),
        }
    }
}
