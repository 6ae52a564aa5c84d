//! Virtual time in the lab: processes the next event, ends waits and handles the results of both.
//!
//! Guarantees: no command can hang its caller; a wait ends at its time, not when the host next polls. Leaves out:
//! pacing, which is up to the host.

use super::run::Advance;
use super::{Lab, Until, Wait};
use crate::answer::Answer;
use crate::event::{EventKind, FaultEvent, NetworkEvent, RaftEvent, StorageEvent};
use quorum_types::Micros;

/// Maximum number of events within one `execute`, so that no command can hang its caller.
pub(super) const EVENTS_AT_ONCE: u32 = 2_000_000;

impl Lab {
    /// Advances time for the first wait, as far as possible at once. One event at a time: time must stop where the last
    /// wait ends.
    pub(super) fn pass(&mut self, events: u32) {
        for _ in 0..events {
            if self.waits.is_empty() || self.advance(Micros::MAX, 1) != Advance::Budget {
                return;
            }
        }
    }

    /// Advances virtual time up to `until_us`, by at most `max_events` events.
    pub fn advance(&mut self, until_us: Micros, max_events: u32) -> Advance {
        for _ in 0..max_events {
            let limit = match self.waits.front().map(|wait| wait.until) {
                Some(Until::Time(at) | Until::Happens { by: at, .. }) => at,
                Some(Until::Events(_) | Until::Recovered) => Micros::MAX,
                None => until_us,
            };
            let (limit, asked) = (self.play_on(limit), limit);
            // Time does not pass a command that the line repeats.
            let limit = self.next_repeated_us().map_or(limit, |at| at.min(limit));
            if self.repeat_due(limit) || self.do_due(limit) {
                let waits = self.waits_for_something();
                self.collect();
                self.end_wait(false);
                if waits && !self.waits_for_something() {
                    return Advance::Budget;
                }
                continue;
            }
            let next = self.step_to_record();
            let stopped = self.world.happen_by(limit);
            if stopped.is_none() {
                self.record_step(next);
                self.remember();
            }
            match stopped {
                None | Some(Advance::Budget) => {}
                Some(Advance::Waiting { ticket }) => return Advance::Waiting { ticket },
                Some(Advance::Reached) => {
                    self.world.pass(limit);
                    // What is played has its turn.
                    if limit < asked {
                        continue;
                    }
                    if self.waits.is_empty() {
                        return Advance::Reached;
                    }
                }
                Some(Advance::Idle) => {
                    // Nothing will happen: a wait for a time ends there, any other ends here.
                    if limit != Micros::MAX && (limit < asked || !self.waits_for_something()) {
                        self.world.pass(limit);
                    }
                    if limit < asked {
                        continue;
                    }
                    if self.waits.is_empty() {
                        return Advance::Idle;
                    }
                }
            }
            self.collect();
            let waits = self.waits_for_something();
            self.end_wait(matches!(stopped, Some(Advance::Reached | Advance::Idle)));
            // Time stops here, whatever the caller had in mind.
            if waits && !self.waits_for_something() {
                return Advance::Budget;
            }
        }
        Advance::Budget
    }

    /// For a host that advances time in slices: a run until something happens then takes at most this many events
    /// within `execute`, and the rest in [`Lab::advance`], between which it can be stopped.
    pub fn run_until_in_slices(&mut self, events_at_once: u32) {
        self.events_at_once = events_at_once.min(EVENTS_AT_ONCE);
    }

    /// Whether a run until something happens is in progress.
    pub fn runs_until(&self) -> bool {
        self.waits.iter().any(|wait| matches!(wait.until, Until::Happens { .. }))
    }

    /// Whether the first wait is one until something happens.
    fn waits_for_something(&self) -> bool {
        matches!(self.waits.front(), Some(wait) if matches!(wait.until, Until::Happens { .. }))
    }

    /// Does what a replayed run has to do next, if that comes before anything else and by `limit`.
    fn do_due(&mut self, limit: Micros) -> bool {
        let Some(timed) = self.script.actions.get(self.script.done) else { return false };
        let at = timed.t_us;
        if at > limit || self.world.next_at().is_some_and(|next| next < at) {
            return false;
        }
        self.world.pass(at);
        let command = timed.command.clone();
        // As in the search, an action that does not apply does nothing; nobody waits for an answer.
        let _ = self.dispatch(0, command);
        self.script.done += 1;
        true
    }

    /// Answers the first wait if it is over. `stopped` says that nothing more happens before its time.
    fn end_wait(&mut self, stopped: bool) {
        let Some(&Wait { ticket, until }) = self.waits.front() else { return };
        let done = Answer::Done { ok: true, t_us: self.now_us() };
        let answer = match until {
            Until::Time(_) => stopped.then_some(done),
            Until::Events(count) => (stopped || self.world.event_count() > count).then_some(done),
            Until::Recovered => (!self.world.recovering()).then(|| self.world.recovered()),
            Until::Happens { .. } => self.happened(stopped),
        };
        if let Some(answer) = answer {
            self.answers.push((ticket, answer));
            self.waits.pop_front();
        }
    }

    /// Takes in what has happened: events to the grader, answers to their commands.
    pub(super) fn collect(&mut self) {
        let fresh = self.world.take_events();
        if fresh.iter().any(|event| moves_majority(&event.kind)) {
            self.majority = self.world.can_elect();
        }
        // What is only repeated was graded when it first happened.
        if !self.past.repeats(self.world.now()) {
            self.grade(&fresh);
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.attach(&fresh);
        }
        self.look_for(&fresh);
        self.events.extend(fresh);
        self.answers.extend(self.world.take_answers(&mut self.generating));
    }

    /// Virtual time now.
    pub fn now_us(&self) -> Micros {
        self.world.now()
    }

    /// Whether something waits to be done regardless of pace: a recovery, or an insert of a standalone
    /// engine whose disk is not slow. A host lets time run freely while this holds, even when the learner has paused
    /// the clock.
    pub fn busy(&self) -> bool {
        self.world.ignores_pace() || !self.waits.is_empty()
    }
}

/// Whether an event may change who hears whom, or whose vote counts.
fn moves_majority(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Fault(FaultEvent::Opened { .. })
            | EventKind::Fault(FaultEvent::PowerCut)
            | EventKind::Fault(FaultEvent::Killed)
            | EventKind::Fault(FaultEvent::Restarted)
            | EventKind::Fault(FaultEvent::Paused)
            | EventKind::Fault(FaultEvent::Resumed)
            | EventKind::Network(NetworkEvent::LinkCut { .. })
            | EventKind::Network(NetworkEvent::LinkHealed { .. })
            | EventKind::Raft(RaftEvent::ConfChanged { .. })
            | EventKind::Raft(RaftEvent::SnapshotInstalled { .. })
            | EventKind::Storage(StorageEvent::Recovered { .. })
            | EventKind::Storage(StorageEvent::WalCorrupt { .. })
    )
}
