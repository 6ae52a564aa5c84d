//! Health checks of the primary: after enough misses in a row an alert is raised and, if configured, the runbook
//! begins.
//!
//! Guarantees: a miss counts for the outage in which its check was sent. Leaves out: the runbook (`runbook_executor`).

use super::{Regions, ScheduledEvent};
use quorum_sim::event::ServiceEvent;
use quorum_types::MS;

impl Regions {
    pub(super) fn check_health(&mut self) {
        self.event_queue.schedule(self.now + self.check_us(), ScheduledEvent::Check);
        let primary = self.primary();
        // A region that lost everything and is back answers, but not for the service.
        if self.reachable(primary) && self.answers(primary) && !self.sites[primary].empty {
            return self.answered_again();
        }
        // A dark region refuses at once; a check of one that is cut off times out.
        let wait_us = if self.sites[primary].isolated { self.settings.health_timeout_ms * MS } else { 0 };
        let round = self.failover.round;
        self.event_queue.schedule(self.now + wait_us, ScheduledEvent::CheckMissed { round });
    }

    /// A region is back: later misses belong to another outage.
    pub(super) fn answered_again(&mut self) {
        self.failover.misses = 0;
        self.failover.round += 1;
        self.failover.called = false;
    }

    pub(super) fn check_missed(&mut self, round: u64) {
        if round != self.failover.round {
            return;
        }
        self.failover.misses += 1;
        let misses = self.failover.misses;
        let primary = self.primary();
        self.emit(super::node_of(primary), ServiceEvent::ProbeMissed { misses: misses as u32 });
        if misses >= self.settings.failure_threshold && !self.failover.called {
            self.failover.called = true;
            self.alert("primary_down");
            if self.settings.auto_switch == 1 && !self.failover.running {
                let runbook = self.failover.runbook.clone();
                self.begin_runbook(&runbook);
            }
        }
    }
}
