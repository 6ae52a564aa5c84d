//! `quorumLab.on`: what listeners of scripts are called with.
//!
//! Guarantees: a listener that throws is reported as an uncaught error of its own page would be, and the lab goes on.
//! Leaves out: how the page itself learns of updates (`session`).

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Function, Reflect};
use litemap::LiteMap;
use wasm_bindgen::prelude::*;

use super::drill::DrillProgress;
use super::opening::RecoveryProgress;
use super::refused;
use super::searching::SearchProgress;
use crate::web::plain;
use crate::web::progress::Watch;
use crate::web::session::{Session, Subscription, Update};
use crate::web::wire::{HostFacts, MemoryReason, Storage};
use quorum_facade::Answer;
use quorum_types::Refusal;

/// The subscriptions of scripts. They are stored here because a caller may discard the function that stops one, and the
/// subscription must outlive its garbage collection.
#[derive(Clone, Default)]
pub(super) struct Ears(Rc<RefCell<Held>>);

/// Subscriptions by number, and the next number.
#[derive(Default)]
struct Held {
    next: u64,
    all: LiteMap<u64, Subscription>,
}

impl Ears {
    /// Stores a subscription; returns a function that ends it.
    fn hold(&self, subscription: Subscription) -> impl Fn() + use<> {
        let mut held = self.0.borrow_mut();
        let number = held.next;
        held.next += 1;
        held.all.insert(number, subscription);
        let held = Rc::clone(&self.0);
        move || {
            let stopped = held.borrow_mut().all.remove(&number);
            drop(stopped);
        }
    }
}

/// Subscribes a function; returns the function that stops it.
pub(super) fn subscribe(session: &Session, ears: &Ears, kind: JsValue, f: JsValue) -> JsValue {
    let subscription = match (kind.as_string().as_deref(), f.dyn_ref::<Function>()) {
        (Some(kind), Some(f)) => subscription(session, kind, f.clone()),
        _ => None,
    };
    let stop = subscription.map(|subscription| ears.hold(subscription));
    Closure::<dyn Fn()>::new(move || stop.iter().for_each(|stop| stop())).into_js_value()
}

fn subscription(session: &Session, kind: &str, f: Function) -> Option<Subscription> {
    let call = Rc::new(move |value: Result<JsValue, String>| {
        if let Ok(value) = value
            && let Err(thrown) = f.call1(&JsValue::UNDEFINED, &value)
        {
            // The listener's own error: reported as its page would report it, and the lab goes on.
            report(&thrown);
        }
    });
    let watch = RefCell::new(Watch::default());
    let recovery = Cell::new(None);
    match kind {
        "event" => Some(session.subscribe(move |update| {
            if let Update::Happened(events, _) = update {
                events.iter().for_each(|event| call(plain::to_js(event)));
            }
        })),
        "snapshot" => Some(session.subscribe(move |update| {
            if let Update::Moment(moment) = update {
                call(plain::to_js(&**moment));
            }
        })),
        "goal" => Some(session.subscribe(move |update| {
            if let Update::Moment(moment) = update {
                let (_, goals) = watch.borrow_mut().see(moment);
                goals.iter().for_each(|goal| call(plain::to_js(goal)));
            }
        })),
        "progress" => Some(session.subscribe(move |update| match update {
            Update::Moment(moment) => {
                let (progress, _) = watch.borrow_mut().see(moment);
                progress.iter().for_each(|progress| call(plain::to_js(progress)));
                let now = moment.recovery.as_ref().map(RecoveryProgress::of);
                if now != recovery.replace(now)
                    && let Some(now) = now
                {
                    call(plain::to_js(&now));
                }
            }
            Update::ScheduleSearch(search) => call(plain::to_js(&SearchProgress::of(search))),
            Update::Drill(facts) => call(plain::to_js(&DrillProgress::of(facts))),
            _ => {}
        })),
        "error" => {
            let last = RefCell::new(None);
            let speaker = session.clone();
            Some(session.subscribe(move |update| {
                if let Update::Host(host) = update {
                    let now = trouble(&speaker, host);
                    // The same error in another wording is not news.
                    let code = now.as_ref().map(|refusal| refusal.code.clone());
                    if code != last.replace(code.clone())
                        && let Some(refusal) = now
                    {
                        call(plain::to_js(&Answer::from(refusal)));
                    }
                }
            }))
        }
        _ => None,
    }
}

/// The current error, if any: a refusal, a panic, or a store that was wanted and is missing.
pub(in crate::web) fn trouble(session: &Session, host: &HostFacts) -> Option<Refusal> {
    let Storage::Memory { why } = host.storage else { return refused(session, host) };
    refused(session, host).or_else(|| {
        let (code, key) = match why {
            MemoryReason::Chosen | MemoryReason::Copy => return None,
            MemoryReason::Missing => ("storage_missing", "banner-missing"),
            MemoryReason::Denied => ("storage_denied", "banner-denied"),
            MemoryReason::Full => ("storage_full", "banner-full"),
            MemoryReason::Failed => ("storage_failed", "banner-failed"),
            MemoryReason::OtherTab => ("storage_other_tab", "banner-other-tab"),
            MemoryReason::TakenOver => ("storage_taken_over", "banner-taken-over"),
            MemoryReason::Newer => ("storage_newer", "banner-newer"),
            MemoryReason::Closed => ("storage_closed", "banner-closed"),
            MemoryReason::Silent => ("storage_silent", "banner-silent"),
        };
        Some(Refusal::new(code, session.lang().t(key)))
    })
}

fn report(thrown: &JsValue) {
    let report = Reflect::get(&js_sys::global(), &JsValue::from_str("reportError"));
    if let Some(report) = report.ok().and_then(|report| report.dyn_into::<Function>().ok()) {
        // There is no other place to report an error of the reporting function.
        drop(report.call1(&JsValue::UNDEFINED, thrown));
    }
}
