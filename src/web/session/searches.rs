//! Searches for schedules as the page orders them from its second worker.
//!
//! Guarantees: every wait for a search ends when the search is over, given up or gone with its worker. Leaves out:
//! searching (`hunting`) and failover tests, which the same worker plays (`drills`).

use std::rc::Rc;

use super::{Session, Update};
use crate::web::address::MAX_SEED;
use crate::web::hunt::MOST_SEEDS;
use crate::web::link::Heard;
use crate::web::link::Link;
use crate::web::wire::{HuntFacts, ToPage, ToWorker};
use quorum_facade::Rule;

impl Session {
    /// Searches for a schedule that breaks a rule, beside the open run. By default it continues after the last search
    /// of its kind, or else begins at the run's seed. Returns the first seed, or none where nothing is open.
    pub fn hunt(&self, rule: Option<Rule>, seeds: u64, events: u64) -> Option<u64> {
        let first = match self.hunted().filter(|last| last.rule == rule) {
            Some(last) => last.first + last.tried,
            None => self.moment().map_or(1, |now| now.seed).min(MAX_SEED - MOST_SEEDS),
        };
        {
            let state = self.0.state.borrow();
            state.link.as_ref().filter(|_| state.used)?;
        }
        let begun = HuntFacts { rule, first, total: seeds, running: true, ..HuntFacts::default() };
        self.note_hunt(begun);
        self.search(rule, first, seeds, events);
        Some(first)
    }

    /// Starts a search in the second worker, which is started if necessary.
    fn search(&self, rule: Option<Rule>, first: u64, seeds: u64, events: u64) {
        if self.start_hunter().is_err() {
            return self.end_hunt(true);
        }
        let state = self.0.state.borrow();
        if let Some(hunter) = &state.hunter {
            hunter.post(ToWorker::Hunt { rule, first, seeds, events });
        }
    }

    /// Starts the second worker, if there is none yet.
    pub(super) fn start_hunter(&self) -> Result<(), String> {
        if self.0.state.borrow().hunter.is_none() {
            let weak = Rc::downgrade(&self.0);
            let hunter = Link::start(move |heard| {
                if let Some(inner) = weak.upgrade() {
                    Self(inner).hear_hunter(heard);
                }
            });
            let hunter = hunter?;
            self.0.state.borrow_mut().hunter.get_or_insert(hunter);
        }
        Ok(())
    }

    fn hear_hunter(&self, heard: Heard) {
        let message = match heard {
            Heard::Message(message) => *message,
            Heard::Died(message) | Heard::Unsent(_, message) => ToPage::Panicked { message },
            Heard::Absent(_) => return self.lose_hunter(),
        };
        match message {
            ToPage::Hunt(hunt) => self.note_hunt(hunt),
            ToPage::Drill(drill) => self.note_drill(*drill),
            ToPage::DrillText { ticket, text } => self.hand_out(ticket, text),
            ToPage::Panicked { .. } => {
                let hunter = self.0.state.borrow_mut().hunter.take();
                drop(hunter);
                self.end_hunt(false);
                self.end_drill();
            }
            _ => {}
        }
    }

    /// The second worker is gone: callers that wait for it are refused with `no_worker`.
    fn lose_hunter(&self) {
        let hunter = self.0.state.borrow_mut().hunter.take();
        drop(hunter);
        if let Some(hunt) = self.hunted().filter(|hunt| hunt.running) {
            self.note_hunt(HuntFacts { running: false, gone: true, ..(*hunt).clone() });
        }
        self.lose_drill();
    }

    /// Records that the search is over, if there is one.
    pub(super) fn end_hunt(&self, missing: bool) {
        if let Some(hunt) = self.hunted().filter(|hunt| hunt.running) {
            self.note_hunt(HuntFacts { running: false, missing, ..(*hunt).clone() });
        }
    }

    /// Resolves with the results when this search is over; with nothing found when another search has replaced it.
    pub async fn hunt_over(&self, rule: Option<Rule>, first: u64) -> Rc<HuntFacts> {
        self.until(move |session| {
            let last = session.hunted().unwrap_or_default();
            match last.rule == rule && last.first == first {
                true => (!last.running).then_some(last),
                false => Some(Rc::new(HuntFacts { rule, first, ..HuntFacts::default() })),
            }
        })
        .await
    }

    /// Stops searching.
    pub fn stop_hunt(&self) {
        let told = self.0.state.borrow().hunter.as_ref().map(|hunter| hunter.post(ToWorker::StopHunt));
        if told.is_none() {
            // Its worker is still starting.
            self.end_hunt(false);
        }
    }

    /// The state of the last search.
    pub fn hunted(&self) -> Option<Rc<HuntFacts>> {
        self.0.state.borrow().hunt.clone()
    }

    fn note_hunt(&self, hunt: HuntFacts) {
        let hunt = Rc::new(hunt);
        self.0.state.borrow_mut().hunt = Some(Rc::clone(&hunt));
        self.tell(&Update::Hunt(hunt));
    }
}
