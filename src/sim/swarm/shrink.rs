//! From a schedule that breaks something to the shortest that still does.
//!
//! Deeds after the break go first; then ever smaller pieces are left out, as long as the same invariant still falls
//! (delta debugging: Zeller and Hildebrandt, 2002). Promises: what comes out breaks the same invariant; it works in
//! slices, so that a page stays alive. Leaves out: changing deeds; times stay as they were.

use super::{Limits, Run, Schedule, Violation};
use crate::sim::checkers::{INVARIANTS, PROGRESS};

/// A shrinking under way.
#[derive(Clone, Debug)]
pub struct Shrink {
    /// The shortest schedule so far.
    pub best: Schedule,
    /// What it breaks.
    pub violation: Violation,
    limits: Limits,
    /// Pieces are of this size.
    piece: usize,
    /// Where the next piece to be left out begins.
    at: usize,
    trying: Option<Box<Run>>,
    /// Schedules tried so far.
    pub tried: u64,
    done: bool,
}

/// The invariants' and properties' names, as they never end.
fn named(invariant: &str) -> &'static str {
    INVARIANTS.into_iter().find(|name| *name == invariant).unwrap_or(PROGRESS)
}

impl Shrink {
    /// Begins with a run that broke something.
    pub fn new(run: &Run, violation: &Violation) -> Self {
        let name = named(&violation.invariant);
        let now = run.world.now;
        let mut best = run.schedule.clone();
        best.deeds.retain(|timed| timed.t_us <= now);
        let mend = name == PROGRESS;
        if mend {
            // It is mended anew, as long after the beginning as it was.
            best.deeds.truncate(run.faults.unwrap_or(usize::MAX));
        }
        // Without some of its deeds a run may need a little longer.
        let longer = violation.event + violation.event / 2 + 200;
        let events = if mend { run.limits.events } else { longer };
        let limits = Limits { events, until: Some(name), mend };
        let piece = best.deeds.len().div_ceil(2);
        Self { best, violation: violation.clone(), limits, piece, at: 0, trying: None, tried: 0, done: false }
    }

    /// Goes on through about so many events; whether it is done.
    pub fn go(&mut self, events: u64) -> bool {
        let mut left = events;
        while left > 0 && !self.done {
            let Some(mut run) = self.trying.take().or_else(|| self.next()) else { break };
            let before = run.events;
            let over = run.go(left);
            left = left.saturating_sub((run.events - before).max(1));
            if over {
                self.judge(&run);
            } else {
                self.trying = Some(run);
            }
        }
        self.done
    }

    /// The next schedule to be tried.
    fn next(&mut self) -> Option<Box<Run>> {
        let len = self.best.deeds.len();
        if self.at >= len {
            if self.piece <= 1 || len == 0 {
                self.done = true;
                return None;
            }
            self.piece = self.piece.div_ceil(2);
            self.at = 0;
        }
        let mut shorter = self.best.clone();
        let end = (self.at + self.piece).min(shorter.deeds.len());
        shorter.deeds.drain(self.at..end);
        Some(Box::new(Run::new(shorter, self.limits, true)))
    }

    fn judge(&mut self, run: &Run) {
        self.tried += 1;
        match run.broke(&self.violation.invariant) {
            Some(violation) => {
                self.violation = violation.clone();
                let end = (self.at + self.piece).min(self.best.deeds.len());
                self.best.deeds.drain(self.at..end);
                let over = run.world.now;
                if !self.limits.mend {
                    self.best.deeds.retain(|timed| timed.t_us <= over);
                }
            }
            None => self.at += self.piece,
        }
    }
}
