//! A search for a schedule that breaks something, in slices, then its shrinking.
//!
//! Promises: says how many schedules it tried and nothing more than that; what it hands over breaks what it says when it
//! is replayed. Leaves out: threads. The caller decides how long a slice is.

use super::shrink::Shrink;
use super::{Limits, Run, Schedule, Violation, make};
use quorum_raft::Rule;

/// A search.
#[derive(Clone, Debug)]
pub struct Hunt {
    off: Option<Rule>,
    next_seed: u64,
    end_seed: u64,
    limits: Limits,
    run: Option<Box<Run>>,
    shrink: Option<Box<Shrink>>,
    found: Option<Found>,
    progress: Progress,
}

/// How far a search is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Schedules tried.
    pub tried: u64,
    /// Schedules there are to try.
    pub total: u64,
    /// Events in all of them.
    pub events: u64,
    /// Shorter schedules tried, once one was found.
    pub shrinking: u64,
    /// Actions of the shortest so far.
    pub actions: u64,
    /// Whether it is over.
    pub done: bool,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The seed of the search that broke it; the shortest schedule may have another.
    pub seed: u64,
    /// The shortest schedule.
    pub schedule: Schedule,
    /// What it breaks.
    pub violation: Violation,
    /// After how many schedules it was found.
    pub tried: u64,
}

impl Hunt {
    /// A search through so many seeds from `first` on, with a rule off or none.
    pub fn new(off: Option<Rule>, first: u64, seeds: u64, events: u64) -> Self {
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

    /// Goes on through about so many events.
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
                let schedule = make(self.next_seed, self.off);
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
                // The search goes from seed to seed and ends at the one that breaks something.
                seed: self.next_seed - 1,
                schedule: shrink.best.clone(),
                violation: shrink.violation.clone(),
                tried: self.progress.tried,
            });
        }
        events
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// What it found, once it is over.
    pub fn found(&self) -> Option<&Found> {
        self.found.as_ref()
    }
}
