//! Failover tests and disaster drills in a dedicated worker, and their report as the page asks for it.
//!
//! They run in slices of a few milliseconds, so that the worker can receive a request to stop. Guarantees: progress is
//! posted ten times a second, and the summary of the report once at the end, however the tests end; the full report
//! stays here and is formatted on request. Leaves out: playing and measuring (`drill`), and starting the worker
//! (`session`).

use js_sys::JSON;

use super::wire::{DrillFacts, DrillForm, DrillOrder};
use super::{clock, plain};
use quorum_drill::summary::Brief;
use quorum_drill::{Batch, Plan, export, text};
use quorum_facade::swarm::WorldKind;
use quorum_i18n::Lang;

/// Target length of a slice.
const SLICE_MS: f64 = 12.0;
/// Interval between progress reports.
const REPORT_MS: f64 = 100.0;
/// Events between two reads of the clock.
const EVENTS_A_LOOK: u64 = 500;

/// Failover tests in their worker.
pub trait Drills {
    /// Plays for one slice; returns whether there is more to do.
    fn work(&mut self) -> bool;
    /// Ends the tests and posts the results of those that are complete.
    fn end(&mut self);
    /// The report as a text.
    fn write(&mut self, form: DrillForm, lang: Lang) -> Option<String>;
}

/// Starts what was ordered; `post` sends facts to the page. None where it cannot be played, which is posted too.
pub type Start = fn(DrillOrder, post: fn(DrillFacts)) -> Option<Box<dyn Drills>>;

/// The code of failover tests, a chunk of its own.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// The world that a scenario is played in, if it is one that has to be fetched.
    pub world: fn(&str) -> Option<WorldKind>,
    /// Starts failover tests.
    pub start: Start,
}

crate::chunk::code! {
    /// Fetches the code of failover tests.
    drills: Code = Code {
        world: quorum_drill::plan::world,
        start: |order, post| Some(Box::new(Drilling::new(order, post)?)),
    }
}

/// A batch of failover tests.
#[derive(Debug)]
struct Drilling {
    batch: Batch,
    facts: DrillFacts,
    reported_ms: f64,
    post: fn(DrillFacts),
}

impl Drilling {
    fn new(order: DrillOrder, post: fn(DrillFacts)) -> Option<Self> {
        let DrillOrder { number, scenario, seed, runs, set, runbook } = order;
        let mut facts = DrillFacts { number, scenario: scenario.clone(), runs, ..DrillFacts::default() };
        match Batch::new(Plan { scenario, seed, runs, set, runbook }) {
            Ok(batch) => {
                facts.running = true;
                facts.total = batch.progress().total;
                post(facts.clone());
                Some(Self { batch, facts, reported_ms: clock::now_ms(), post })
            }
            Err(refusal) => {
                facts.fault = Some((refusal.code, refusal.error));
                post(facts);
                None
            }
        }
    }
}

impl Drills for Drilling {
    fn work(&mut self) -> bool {
        if !self.facts.running {
            return false;
        }
        let began = clock::now_ms();
        let (progress, now) = loop {
            let progress = self.batch.go(EVENTS_A_LOOK);
            let now = clock::now_ms();
            if progress.over || now - began > SLICE_MS {
                break (progress, now);
            }
        };
        self.facts.done = progress.done;
        self.facts.within_permille = progress.within_permille;
        if progress.over {
            self.end();
        } else if now - self.reported_ms >= REPORT_MS {
            self.reported_ms = now;
            (self.post)(self.facts.clone());
        }
        !progress.over
    }

    fn end(&mut self) {
        if !self.facts.running {
            return;
        }
        self.facts.running = false;
        self.facts.fault = self.batch.fault().map(|fault| (fault.code.clone(), fault.error.clone()));
        let plan = self.batch.plan().clone();
        self.facts.brief = Brief::of(self.batch.report(), &plan).ok();
        (self.post)(self.facts.clone());
    }

    fn write(&mut self, form: DrillForm, lang: Lang) -> Option<String> {
        let set = self.batch.plan().set.clone();
        let report = self.batch.report();
        Some(match form {
            DrillForm::Json => String::from(JSON::stringify(&plain::to_js(report).ok()?).ok()?),
            DrillForm::Csv => export::csv(report),
            DrillForm::Html => export::html(report, &set, lang),
            DrillForm::Text => text::text(report, lang),
        })
    }
}
