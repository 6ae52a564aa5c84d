//! Failover tests as the page orders them from its second worker.
//!
//! Guarantees: every wait for tests or for a text of their report ends, with nothing where the worker is gone. Leaves
//! out: playing them (`drilling`) and showing them (`ui`).

use litemap::LiteMap;
use std::rc::Rc;

use futures_channel::oneshot;

use super::{Session, Update, tell_lesson};
use crate::web::wire::{DrillFacts, DrillForm, DrillOrder, ToWorker};
use quorum_drill::Plan;
use quorum_i18n::Lang;

/// The last failover tests, and the requests for a text of their report.
#[derive(Default)]
pub(super) struct Drills {
    last_number: u64,
    facts: Option<Rc<DrillFacts>>,
    /// Whether the running worker has the report.
    kept: bool,
    awaited: LiteMap<u64, oneshot::Sender<Option<String>>>,
}

impl Session {
    /// Plays failover tests, beside the open run if there is one; tests already running are given up. Returns their
    /// number.
    pub fn drill(&self, scenario: &str, seed: Option<u64>, runs: u64, set: Vec<(String, u64)>) -> u64 {
        self.drill_plan(Plan { scenario: scenario.to_owned(), seed, runs, set, runbook: None })
    }

    /// The same, with a runbook for disasters where the plan has one.
    pub fn drill_plan(&self, plan: Plan) -> u64 {
        let number = {
            let mut state = self.0.state.borrow_mut();
            state.drills.last_number += 1;
            state.drills.kept = false;
            state.drills.last_number
        };
        let Plan { scenario, seed, runs, set, runbook } = plan;
        let order = DrillOrder { number, scenario, seed, runs, set, runbook };
        let begun = DrillFacts {
            number,
            scenario: order.scenario.clone(),
            runs,
            running: true,
            ..DrillFacts::default()
        };
        self.note_drill(begun);
        self.begin_drill(order);
        number
    }

    fn begin_drill(&self, order: DrillOrder) {
        if self.start_search_worker().is_err() {
            return self.end_drill();
        }
        let mut state = self.0.state.borrow_mut();
        if let Some(worker) = &state.search_worker {
            // A scenario may be a lesson, which this worker has to have.
            tell_lesson(worker, Some(&order.scenario));
            worker.post(ToWorker::Drill(order));
            state.drills.kept = true;
        }
    }

    /// Whether a run is open.
    pub fn is_open(&self) -> bool {
        let state = self.0.state.borrow();
        state.link.is_some() && state.used
    }

    /// Stops the tests; the completed ones are reported.
    pub fn stop_drill(&self) {
        let posted = {
            let state = self.0.state.borrow();
            let worker = state.search_worker.as_ref().filter(|_| state.drills.kept);
            worker.map(|worker| worker.post(ToWorker::StopDrill)).is_some()
        };
        if !posted {
            // Their worker is still starting.
            self.end_drill();
        }
    }

    /// The state of the last failover tests.
    pub fn drilled(&self) -> Option<Rc<DrillFacts>> {
        self.0.state.borrow().drills.facts.clone()
    }

    /// Resolves with the results when these tests are over; with none when other tests have replaced them.
    pub async fn drill_over(&self, number: u64) -> Option<Rc<DrillFacts>> {
        self.until(move |session| {
            let last = session.drilled().filter(|last| last.number == number);
            match last {
                Some(last) => (!last.running).then_some(Some(last)),
                None => Some(None),
            }
        })
        .await
    }

    /// The report of the last failover tests as text; none where there is no report any more.
    pub async fn write_drill(&self, form: DrillForm, lang: Lang) -> Option<String> {
        let receiver = {
            let mut state = self.0.state.borrow_mut();
            state.last_ticket += 1;
            let ticket = state.last_ticket;
            // Prose needs a catalogue, and this worker has not received one.
            let words = match form {
                DrillForm::Json | DrillForm::Csv => Vec::new(),
                DrillForm::Html | DrillForm::Text => {
                    quorum_i18n::all_learnt(lang).map(str::to_owned).collect()
                }
            };
            let (tell, receiver) = oneshot::channel();
            let worker = state.search_worker.as_ref().filter(|_| state.drills.kept)?;
            worker.post(ToWorker::WriteDrill { ticket, form, lang: lang.code().to_owned(), words });
            state.drills.awaited.insert(ticket, tell);
            receiver
        };
        receiver.await.ok().flatten()
    }

    pub(super) fn note_drill(&self, facts: DrillFacts) {
        let facts = Rc::new(facts);
        {
            let mut state = self.0.state.borrow_mut();
            // What the worker still posts about earlier tests is ignored.
            if facts.number != state.drills.last_number {
                return;
            }
            state.drills.facts = Some(Rc::clone(&facts));
        }
        self.tell(&Update::Drill(facts));
    }

    /// Delivers a text to the caller that requested it.
    pub(super) fn hand_out(&self, ticket: u64, text: Option<String>) {
        let awaited = self.0.state.borrow_mut().drills.awaited.remove(&ticket);
        if let Some(tell) = awaited {
            // This fails only if the caller no longer waits.
            drop(tell.send(text));
        }
    }

    /// Records that the worker ended by itself: the tests in progress have no outcome.
    pub(super) fn lose_drill(&self) {
        if let Some(facts) = self.drilled().filter(|facts| facts.running) {
            let refusal = self.refusal("refused-no-worker");
            let fault = Some((refusal.code, refusal.error));
            self.note_drill(DrillFacts { running: false, fault, ..(*facts).clone() });
        }
        self.end_drill();
    }

    /// Records that the worker is gone, and its report with it.
    pub(super) fn end_drill(&self) {
        let awaited = {
            let mut state = self.0.state.borrow_mut();
            state.drills.kept = false;
            std::mem::take(&mut state.drills.awaited)
        };
        // Dropping the senders resolves the waits with nothing.
        drop(awaited);
        if let Some(facts) = self.drilled().filter(|facts| facts.running) {
            self.note_drill(DrillFacts { running: false, ..(*facts).clone() });
        }
    }
}
