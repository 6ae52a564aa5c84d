//! A search for schedules, in a dedicated worker.
//!
//! It runs in slices of a few milliseconds, so that the worker can receive a request to stop. Guarantees: progress is
//! posted ten times a second and once at the end, however the search ends. Leaves out: the search itself
//! (`facade::swarm`), schedules as text (`schedule_text`), and starting the worker (`session`).

use super::clock;
use super::schedule_text::text;
use super::wire::{FoundSchedule, SearchFacts};
use quorum_facade::Rule;
use quorum_facade::swarm::{Cluster, Replay, Search};

/// Target length of a slice.
const SLICE_MS: f64 = 12.0;
/// Interval between progress reports.
const REPORT_MS: f64 = 100.0;
/// Events between two reads of the clock.
const EVENTS_A_LOOK: u64 = 200;

/// A search in its worker.
pub trait Searching {
    /// Searches for one slice; returns whether there is more to do.
    fn work(&mut self) -> bool;
    /// Ends the search and posts its results so far.
    fn end(&mut self);
}

/// Starts a search with a rule off or none, from the first seed on, with this number of seeds and of events for each;
/// `post` sends facts to the page.
pub type Start = fn(Option<Rule>, u64, u64, u64, post: fn(SearchFacts)) -> Box<dyn Searching>;

crate::chunk::code! {
    /// Fetches the code of searches.
    schedule_search: Start = |rule, first, seeds, events, post| {
        Box::new(ScheduleSearch::new(rule, first, seeds, events, post))
    }
}

#[derive(Debug)]
struct ScheduleSearch {
    search: Search,
    facts: SearchFacts,
    reported_ms: f64,
    post: fn(SearchFacts),
}

impl ScheduleSearch {
    fn new(rule: Option<Rule>, first: u64, seeds: u64, events: u64, post: fn(SearchFacts)) -> Self {
        let facts = SearchFacts { rule, first, total: seeds, running: true, ..SearchFacts::default() };
        post(facts.clone());
        Self { search: Search::new(rule, first, seeds, events), facts, reported_ms: clock::now_ms(), post }
    }

    fn note(&mut self) {
        let progress = self.search.progress();
        self.facts.tried = progress.tried;
        self.facts.events = progress.events;
        self.facts.shrinking = progress.shrinking;
        self.facts.actions = progress.actions;
    }
}

impl Searching for ScheduleSearch {
    fn work(&mut self) -> bool {
        let began = clock::now_ms();
        let (over, now) = loop {
            let over = self.search.go(EVENTS_A_LOOK).done;
            let now = clock::now_ms();
            if over || now - began > SLICE_MS {
                break (over, now);
            }
        };
        if over {
            self.end();
        } else if now - self.reported_ms >= REPORT_MS {
            self.reported_ms = now;
            self.note();
            (self.post)(self.facts.clone());
        }
        !over
    }

    fn end(&mut self) {
        self.note();
        self.facts.running = false;
        self.facts.found = self.search.found().and_then(|found| {
            Some(FoundSchedule {
                invariant: found.violation.invariant.clone(),
                detail: found.violation.detail.clone(),
                tried: found.tried,
                nodes: found.schedule.nodes,
                seed: found.schedule.seed,
                run: text(&Replay::of::<Cluster>(&found.schedule).ok()?)?,
            })
        });
        (self.post)(self.facts.clone());
    }
}
