//! The worker: how it is started and ended, and how its messages are handled.
//!
//! Guarantees: messages of a worker that was ended are ignored, and all its pending answers are refused; only rows on
//! durable storage become receipts. Leaves out: what is asked of it (`session`).

use std::rc::Rc;

use wasm_bindgen::JsCast as _;

use super::{OpenRequest, Session, Update};
use crate::web::link::{Heard, Link};
use crate::web::measure::Measured;
use crate::web::wire::{Absence, HostFacts, HostState, Storage, ToPage, ToWorker};
use quorum_facade::{Answer, EngineEvent, EventKind};

impl Session {
    pub(super) fn start_worker(&self) {
        let weak = Rc::downgrade(&self.0);
        let link = Link::start(move |heard| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).hear(heard);
            }
        });
        let fresh = HostFacts { speed: self.host().speed, ..HostFacts::default() };
        match link {
            Ok(link) => {
                let mut state = self.0.state.borrow_mut();
                if let Some(ms) = state.snapshot_interval_ms {
                    link.post(ToWorker::SnapshotInterval { ms });
                }
                link.rest(state.resting);
                state.link = Some(link);
                state.used = false;
                drop(state);
                self.change_host(|host| *host = fresh);
            }
            Err(text) => {
                web_sys::console::warn_1(&text.into());
                self.0.state.borrow_mut().answered = true;
                let state = HostState::NoWorker { why: Absence::Absent };
                self.change_host(|host| *host = HostFacts { state, ..fresh });
            }
        }
    }

    /// Ends the worker and refuses its pending answers.
    pub(super) fn end_worker(&self, why: &str) {
        let (links, pending) = {
            let mut state = self.0.state.borrow_mut();
            state.note_outstanding();
            ([state.link.take(), state.search_worker.take()], std::mem::take(&mut state.pending))
        };
        drop(links);
        let cut_short: Vec<Measured> = self
            .measured()
            .iter()
            .filter(|measured| measured.running)
            .map(|measured| Measured { running: false, ..(**measured).clone() })
            .collect();
        self.end_search(false);
        self.end_drill();
        cut_short.into_iter().for_each(|measured| self.note_measured(measured));
        for (_, pending) in pending {
            // This fails only if the caller no longer waits.
            drop(pending.tell.send(self.refusal(why).into()));
        }
    }

    fn hear(&self, heard: Heard) {
        match heard {
            Heard::Message(message) => self.hear_message(*message),
            Heard::Died(message) => self.panicked(message),
            Heard::Absent(why) => self.lose_worker(why),
            Heard::Unsent(ticket, why) => self.unsent(ticket, &why),
        }
    }

    /// A message could not be sent: its caller is notified, or the opening is refused, and the worker goes on.
    pub(super) fn unsent(&self, ticket: Option<u64>, why: &str) {
        let refusal = self.not_sent(why);
        match ticket {
            Some(ticket) => self.pay(ticket, refusal.into()),
            None => self.change_host(|host| {
                host.state = HostState::Refused { code: refusal.code, error: refusal.error };
            }),
        }
    }

    fn hear_message(&self, message: ToPage) {
        match message {
            ToPage::Ready => {
                self.0.state.borrow_mut().answered = true;
                self.change_host(|_| {});
            }
            ToPage::Host(facts) => self.change_host(|host| *host = facts),
            ToPage::Moment(snapshot) => {
                let snapshot = Rc::from(snapshot);
                self.0.state.borrow_mut().moment = Some(Rc::clone(&snapshot));
                self.note_receipt(snapshot.boot, snapshot.rows.acknowledged);
                self.tell(&Update::Moment(snapshot));
            }
            ToPage::Happened { events, skipped } => {
                for event in &events {
                    if let EventKind::Engine(EngineEvent::Acknowledged { total_rows, .. }) = event.kind {
                        let boot = self.moment().map_or(0, |moment| moment.boot);
                        self.note_receipt(boot, total_rows);
                    }
                }
                self.tell(&Update::Happened(Rc::new(events), skipped));
            }
            ToPage::Answered { ticket, answer } => self.pay(ticket, answer),
            ToPage::BackedUp { ticket, bytes } => {
                self.0.state.borrow_mut().backup = bytes.dyn_into().ok();
                self.pay(ticket, Answer::Done { ok: true, t_us: 0 });
            }
            ToPage::Measured(measured) => self.note_measured(measured),
            ToPage::Panicked { message } => self.panicked(message),
            ToPage::Alive | ToPage::Benched { .. } | ToPage::ScheduleSearch(_) => {}
            ToPage::Drill(_) | ToPage::DrillText { .. } | ToPage::Tab { .. } => {}
        }
    }

    fn pay(&self, ticket: u64, answer: Answer) {
        let pending = self.0.state.borrow_mut().pending.remove(&ticket);
        if let Some(pending) = pending {
            // Sending fails if the caller no longer waits.
            drop(pending.tell.send(answer));
        }
    }

    fn note_measured(&self, measured: Measured) {
        let measured = Rc::new(measured);
        {
            let mut state = self.0.state.borrow_mut();
            state.measured.retain(|other| other.what != measured.what);
            state.measured.push(Rc::clone(&measured));
        }
        self.tell(&Update::Measured(measured));
    }

    /// Records rows that were acknowledged on durable storage. In memory there is nothing to prove later.
    fn note_receipt(&self, boot: u32, rows: u64) {
        let mut state = self.0.state.borrow_mut();
        if state.host.storage != Storage::Durable || rows == 0 {
            return;
        }
        let Some(database) = state.request.as_ref().map(OpenRequest::database) else { return };
        let (seen_boot, seen) = state.receipts.entry(database).or_insert((boot, 0));
        // Openings are numbered upwards. One that starts from the beginning again belongs to other data: the browser or
        // the user has cleared the data that the receipts refer to.
        *seen = if boot < *seen_boot && boot > 0 { rows } else { (*seen).max(rows) };
        *seen_boot = if boot > 0 { boot } else { *seen_boot };
    }

    /// The worker is gone: its pending answers are refused, and the next request starts another worker.
    fn lose_worker(&self, why: Absence) {
        if self.0.state.borrow().link.is_none() {
            return;
        }
        self.0.state.borrow_mut().answered = true;
        self.end_worker("refused-no-worker");
        self.change_host(|host| {
            host.state = HostState::NoWorker { why };
            host.waiting = false;
        });
    }

    fn panicked(&self, message: String) {
        if self.0.state.borrow().link.is_none() {
            return;
        }
        self.end_worker("refused-panicked");
        self.change_host(|host| {
            host.state = HostState::Panicked { message };
            host.waiting = false;
        });
    }
}
