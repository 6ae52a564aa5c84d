//! Searches in slices for a schedule that violates an invariant, then shrinks it.
//!
//! Guarantees: reports how many schedules were tried, and claims no more than that; a schedule that it returns causes
//! the reported violation when it is replayed. Leaves out: threads. The caller decides how long a slice is.

use super::shrink::Shrink;
use super::{Limits, Run, Schedule, SwarmWorld, Violation};

/// A search.
#[derive(Clone, Debug)]
pub struct Hunt<W: SwarmWorld> {
    off: Option<W::Rule>,
    next_seed: u64,
    end_seed: u64,
    limits: Limits,
    run: Option<Box<Run<W>>>,
    shrink: Option<Box<Shrink<W>>>,
    found: Option<Found<W::Action, W::Rule>>,
    progress: Progress,
}

/// The progress of a search.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The number of schedules tried.
    pub tried: u64,
    /// The number of schedules to try.
    pub total: u64,
    /// The number of events in all of them.
    pub events: u64,
    /// The number of shorter schedules tried, once a violation was found.
    pub shrinking: u64,
    /// The number of actions in the shortest schedule so far.
    pub actions: u64,
    /// Whether it is over.
    pub done: bool,
}

/// The result of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<A, R> {
    /// The seed of the search that caused the violation; the shortest schedule may have another seed.
    pub seed: u64,
    /// The shortest schedule.
    pub schedule: Schedule<A, R>,
    /// The violation that it causes.
    pub violation: Violation,
    /// The number of schedules after which it was found.
    pub tried: u64,
}

impl<W: SwarmWorld> Hunt<W> {
    /// A search through `seeds` seeds from `first` on, with a rule off or none.
    pub fn new(off: Option<W::Rule>, first: u64, seeds: u64, events: u64) -> Self {
        Self {
            off,
            next_seed: first,
            end_seed: first.saturating_add(seeds),
            limits: Limits::against(off, events),
            run: None,
            shrink: None,
            found: None,
            progress: Progress { total: seeds, ..Progress::default() },
        }
    }

    /// Continues through about this many events.
    pub fn go(&mut self, events: u64) -> Progress {
        let mut left = events;
        while left > 0 && !self.progress.done {
            let spent = if self.shrink.is_some() { self.shrink_on(left) } else { self.search_on(left) };
            left = left.saturating_sub(spent.max(1));
        }
        self.progress
    }

    fn search_on(&mut self, events: u64) -> u64 {
        let mut run = match self.run.take() {
            Some(run) => run,
            None if self.next_seed >= self.end_seed => {
                self.progress.done = true;
                return 0;
            }
            None => {
                let schedule = W::generate(self.next_seed, self.off);
                self.next_seed += 1;
                Box::new(Run::new(schedule, self.limits, true))
            }
        };
        let before = run.events;
        let over = run.go(events);
        let spent = run.events - before;
        self.progress.events += spent;
        if !over {
            self.run = Some(run);
            return spent;
        }
        self.progress.tried += 1;
        if let Some(violation) = run.sought() {
            self.shrink = Some(Box::new(Shrink::new(&run, violation)));
        }
        spent
    }

    fn shrink_on(&mut self, events: u64) -> u64 {
        let Some(shrink) = &mut self.shrink else { return 0 };
        let done = shrink.go(events);
        self.progress.shrinking = shrink.tried;
        self.progress.actions = shrink.best.actions.len() as u64;
        if done {
            self.progress.done = true;
            self.found = Some(Found {
                // The search goes from seed to seed and ends at the first one that causes a violation.
                seed: self.next_seed - 1,
                schedule: shrink.best.clone(),
                violation: shrink.violation.clone(),
                tried: self.progress.tried,
            });
        }
        events
    }

    /// The progress so far.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// The result, once it is over.
    pub fn found(&self) -> Option<&Found<W::Action, W::Rule>> {
        self.found.as_ref()
    }
}
