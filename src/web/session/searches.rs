//! Searches for schedules as the page orders them from its second worker.
//!
//! Guarantees: every wait for a search ends when the search is over, given up or gone with its worker. Leaves out:
//! searching (`schedule_search`) and failover tests, which the same worker plays (`drills`).

use std::rc::Rc;

use super::{Session, Update};
use crate::web::address::MAX_SEED;
use crate::web::link::Heard;
use crate::web::link::Link;
use crate::web::schedule_text::MOST_SEEDS;
use crate::web::wire::{SearchFacts, ToPage, ToWorker};
use quorum_facade::Rule;

impl Session {
    /// Searches for a schedule that breaks a rule, beside the open run. By default it continues after the last search
    /// of its kind, or else begins at the run's seed. Returns the first seed, or none where nothing is open.
    pub fn search_schedules(&self, rule: Option<Rule>, seeds: u64, events: u64) -> Option<u64> {
        let first = match self.last_search().filter(|last| last.rule == rule) {
            Some(last) => last.first + last.tried,
            None => self.moment().map_or(1, |now| now.seed).min(MAX_SEED - MOST_SEEDS),
        };
        {
            let state = self.0.state.borrow();
            state.link.as_ref().filter(|_| state.used)?;
        }
        let begun = SearchFacts { rule, first, total: seeds, running: true, ..SearchFacts::default() };
        self.note_search(begun);
        self.search(rule, first, seeds, events);
        Some(first)
    }

    /// Starts a search in the second worker, which is started if necessary.
    fn search(&self, rule: Option<Rule>, first: u64, seeds: u64, events: u64) {
        if self.start_search_worker().is_err() {
            return self.end_search(true);
        }
        let state = self.0.state.borrow();
        if let Some(search_worker) = &state.search_worker {
            search_worker.post(ToWorker::ScheduleSearch { rule, first, seeds, events });
        }
    }

    /// Starts the second worker, if there is none yet.
    pub(super) fn start_search_worker(&self) -> Result<(), String> {
        if self.0.state.borrow().search_worker.is_none() {
            let weak = Rc::downgrade(&self.0);
            let search_worker = Link::start(move |heard| {
                if let Some(inner) = weak.upgrade() {
                    Self(inner).hear_search_worker(heard);
                }
            });
            let search_worker = search_worker?;
            let mut state = self.0.state.borrow_mut();
            search_worker.rest(state.resting);
            state.search_worker.get_or_insert(search_worker);
        }
        Ok(())
    }

    fn hear_search_worker(&self, heard: Heard) {
        let message = match heard {
            Heard::Message(message) => *message,
            Heard::Died(message) | Heard::Unsent(_, message) => ToPage::Panicked { message },
            Heard::Absent(_) => return self.lose_search_worker(),
        };
        match message {
            ToPage::ScheduleSearch(search) => self.note_search(search),
            ToPage::Drill(drill) => self.note_drill(*drill),
            ToPage::DrillText { ticket, text } => self.hand_out(ticket, text),
            ToPage::Panicked { .. } => {
                let search_worker = self.0.state.borrow_mut().search_worker.take();
                drop(search_worker);
                self.end_search(false);
                self.end_drill();
            }
            _ => {}
        }
    }

    /// The second worker is gone: callers that wait for it are refused with `no_worker`.
    fn lose_search_worker(&self) {
        let search_worker = self.0.state.borrow_mut().search_worker.take();
        drop(search_worker);
        if let Some(search) = self.last_search().filter(|search| search.running) {
            self.note_search(SearchFacts { running: false, gone: true, ..(*search).clone() });
        }
        self.lose_drill();
    }

    /// Records that the search is over, if there is one.
    pub(super) fn end_search(&self, missing: bool) {
        if let Some(search) = self.last_search().filter(|search| search.running) {
            self.note_search(SearchFacts { running: false, missing, ..(*search).clone() });
        }
    }

    /// Resolves with the results when this search is over; with nothing found when another search has replaced it.
    pub async fn search_over(&self, rule: Option<Rule>, first: u64) -> Rc<SearchFacts> {
        self.until(move |session| {
            let last = session.last_search().unwrap_or_default();
            match last.rule == rule && last.first == first {
                true => (!last.running).then_some(last),
                false => Some(Rc::new(SearchFacts { rule, first, ..SearchFacts::default() })),
            }
        })
        .await
    }

    /// Stops searching.
    pub fn stop_search(&self) {
        let posted = self
            .0
            .state
            .borrow()
            .search_worker
            .as_ref()
            .map(|search_worker| search_worker.post(ToWorker::StopScheduleSearch));
        if posted.is_none() {
            // Its worker is still starting.
            self.end_search(false);
        }
    }

    /// The state of the last search.
    pub fn last_search(&self) -> Option<Rc<SearchFacts>> {
        self.0.state.borrow().search.clone()
    }

    fn note_search(&self, search: SearchFacts) {
        let search = Rc::new(search);
        self.0.state.borrow_mut().search = Some(Rc::clone(&search));
        self.tell(&Update::ScheduleSearch(search));
    }
}
