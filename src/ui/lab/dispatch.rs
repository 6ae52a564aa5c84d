//! The entry points for actions: one for acts, one for time, one for files.
//!
//! Guarantees: buttons and keys share one code path, and a refusal is shown. Leaves out: which key means which action
//! (`keyboard`), and what the actions mean (the lab).

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::LabProps;
use super::pane_state::Desk;
use crate::ui::actions::{Act, run};
use crate::ui::backup::{self, Restoring};
use crate::ui::proof::{Found, Proving, prove, query, search};
use crate::ui::transport::Time;
use crate::ui::use_lang;
use crate::ui::watch::View;
use crate::web::address::replay_at;
use crate::web::hunt::{EVENTS, SEEDS};
use crate::web::measure::What;
use crate::web::session::Session;
use crate::web::wire::Pace;
use quorum_facade::{Command, Control};
use quorum_i18n::refused;

/// Rows inserted per batch size during a measurement.
const BATCH_ROWS: u64 = 10_000;

/// The single entry point for actions.
#[hook]
pub(super) fn use_action(props: &LabProps, desk: &Desk, view: &View) -> Callback<Act> {
    let lang = use_lang();
    let view = view.clone();
    let before = desk.before(&view).filter(|_| view.before_durable).map(|before| before.rows.acknowledged);
    let (session, desk, onkeep) = (props.session.clone(), desk.clone(), props.onkeep.clone());
    let (address, onreplay) = (props.address.clone(), props.onreplay.clone());
    Callback::from(move |act: Act| match act {
        Act::PullPlug => session.pull_plug(),
        Act::Reopen => session.reopen(),
        Act::TakeOver => session.take_over(),
        Act::Erase => {
            desk.clear(&view);
            session.erase();
        }
        Act::Keep(kept) => {
            desk.clear(&view);
            onkeep.emit(kept);
        }
        Act::QueryFirstTen => {
            let (session, desk) = (session.clone(), desk.clone());
            spawn_local(async move {
                let filter = "id < 10";
                match query(&session, filter, &["id", "text"], Some(100)).await {
                    Ok(rows) => {
                        let filter = filter.to_owned();
                        desk.found.set(Some(Rc::new(Found { filter, near: None, rows })));
                    }
                    Err(error) => desk.say(lang.f("notice-refused", &[("error", error.into())])),
                }
            });
        }
        Act::Search => {
            let (session, desk) = (session.clone(), desk.clone());
            spawn_local(async move {
                match search(&session).await {
                    Ok(found) => desk.found.set(Some(Rc::new(found))),
                    Err(error) => desk.say(lang.f("notice-refused", &[("error", error.into())])),
                }
            });
        }
        Act::MeasureBatches => session.measure(What::Batches, What::Batches.sizes(), BATCH_ROWS),
        Act::MeasureRecovery => session.measure(What::Recovery, What::Recovery.sizes(), 0),
        Act::MeasureDisks => session.measure(What::Disks, What::Disks.sizes(), 0),
        Act::StopMeasuring => session.stop_measuring(),
        Act::Backup => {
            let (session, desk) = (session.clone(), desk.clone());
            spawn_local(async move {
                if let Err(quorum_facade::Answer::Refused { code, error, .. }) =
                    backup::download(&session).await
                {
                    let error = refused(lang, &code, &error);
                    desk.say(lang.f("notice-refused", &[("error", error.into())]));
                }
            });
        }
        Act::AskErase => {
            desk.instruments.set(true);
            desk.asking.set(true);
            // The question may be out of view: it gets the focus once it is drawn.
            Timeout::new(50, || focus("[data-act=erase-yes]")).forget();
        }
        Act::FoldRules => desk.rules.set((!desk.rules.0, desk.rules.1)),
        Act::PickRule(rule) => desk.rules.set((true, Some(rule).filter(|_| desk.rules.1 != Some(rule)))),
        Act::Hunt(rule) => drop(session.hunt(rule, SEEDS, EVENTS)),
        Act::StopHunt => session.stop_hunt(),
        Act::Replay => {
            if let Some(found) = session.hunted().and_then(|hunt| hunt.found.clone()) {
                onreplay.emit(replay_at(&address, found.nodes, found.seed, &found.run));
            }
        }
        Act::ShowInvariants => {
            desk.instruments.set(true);
            Timeout::new(50, || focus("[data-meter=invariants]")).forget();
        }
        Act::PickBackup => backup::pick(),
        Act::DropBackup => desk.restoring.set(Restoring::No),
        Act::Restore => {
            if let Restoring::Ask { bytes, .. } = &*desk.restoring {
                desk.clear(&view);
                session.restore(bytes.clone());
            }
            desk.restoring.set(Restoring::No);
        }
        Act::Prove => {
            desk.proving.set(Proving::Running);
            desk.found.set(None);
            let (session, desk) = (session.clone(), desk.clone());
            let now = session.moment().map_or(0, |now| now.rows.acknowledged);
            let expected = before.unwrap_or(0).max(now);
            spawn_local(async move {
                desk.proving.set(match prove(&session, expected).await {
                    Ok(proof) => Proving::Done(Rc::new(proof)),
                    Err(error) => Proving::Failed(error),
                });
            });
        }
        _ => {
            // The details of a rule that was switched off are shown.
            if let Act::Rule(rule, false) = act {
                desk.rules.set((true, Some(rule)));
            }
            let (session, desk) = (session.clone(), desk.clone());
            spawn_local(async move {
                if let Err(error) = run(&session, act, lang).await {
                    desk.say(error);
                }
            });
        }
    })
}

/// Focuses the element that a selector matches.
fn focus(selector: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    let found = document.and_then(|document| document.query_selector(selector).ok().flatten());
    if let Some(found) = found.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Refused only for an element that cannot have the focus.
        drop(found.focus());
    }
}

/// Handles a chosen or dropped file: it is opened in memory, then the learner is asked.
#[hook]
pub(super) fn use_file(session: &Session, desk: &Desk) -> Callback<web_sys::Blob> {
    let (session, desk) = (session.clone(), desk.clone());
    let lang = use_lang();
    Callback::from(move |file: web_sys::Blob| {
        desk.restoring.set(Restoring::Checking);
        let (session, desk) = (session.clone(), desk.clone());
        spawn_local(async move { desk.restoring.set(backup::check(&session, &file, lang).await) });
    })
}

/// A lone engine accepts files that are dropped on it.
pub(super) fn drag_over(alone: bool) -> Callback<DragEvent> {
    Callback::from(move |event: DragEvent| {
        if alone {
            event.prevent_default();
        }
    })
}

pub(super) fn drop_file(alone: bool, onfile: &Callback<web_sys::Blob>) -> Callback<DragEvent> {
    let onfile = onfile.clone();
    Callback::from(move |event: DragEvent| {
        if alone && let Some(file) = backup::dropped(&event) {
            event.prevent_default();
            onfile.emit(file);
        }
    })
}

/// The handler for changes of time.
#[hook]
pub(super) fn use_time(session: &Session, desk: &Desk) -> Callback<Time> {
    let (session, desk) = (session.clone(), desk.clone());
    let lang = use_lang();
    Callback::from(move |time: Time| match time {
        Time::Toggle => session.pace(if session.host().playing { Pace::Hold } else { Pace::Play }),
        Time::Speed(x) => session.pace(Pace::Speed { x }),
        Time::Step => {
            session.pace(Pace::Hold);
            let (session, desk) = (session.clone(), desk.clone());
            spawn_local(async move {
                if let quorum_facade::Answer::Refused { code, error, .. } =
                    session.execute(Command::Control(Control::Step)).await
                {
                    let error = refused(lang, &code, &error);
                    desk.say(lang.f("notice-refused", &[("error", error.into())]));
                }
            });
        }
    })
}
