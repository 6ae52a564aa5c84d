//! The entry points for actions: one for intents, one for time, one for files.
//!
//! Guarantees: buttons and keys share one code path, and a refusal is shown. Leaves out: which key means which action
//! (`keyboard`), and what the actions mean (the lab).

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::LabProps;
use super::pane_state::PaneState;
use crate::ui::actions::run;
use crate::ui::backup::{self, Restoring};
use crate::ui::focus::focus_on;
use crate::ui::intent::Intent;
use crate::ui::log::say;
use crate::ui::proof::{Found, Proving, prove, query, search};
use crate::ui::time_travel::TimeTravel;
use crate::ui::timeline::moment_text;
use crate::ui::transport::Time;
use crate::ui::use_lang;
use crate::ui::watch::View;
use crate::ui::why::Why;
use crate::ui::worlds::{self, Kinds};
use crate::web::address::replay_at;
use crate::web::measure::What;
use crate::web::schedule_text::{EVENTS, SEEDS};
use crate::web::session::{Session, offers_plug};
use crate::web::wire::Pace;
use quorum_facade::change::Change;
use quorum_facade::{Answer, Control, Event as LabEvent};
use quorum_i18n::{Lang, refused};
use quorum_types::{Micros, SECOND};

/// How long a run that waits for something waits at most; where days matter, two days.
const MOST: Micros = 600 * SECOND;
const MOST_IN_DAYS: Micros = 172_800 * SECOND;
/// Rows inserted per batch size during a measurement.
const BATCH_ROWS: u64 = 10_000;

/// The single entry point for actions.
#[hook]
pub(super) fn use_action(props: &LabProps, pane_state: &PaneState, view: &View) -> Callback<Intent> {
    let lang = use_lang();
    let view = view.clone();
    let before =
        pane_state.before(&view).filter(|_| view.before_durable).map(|before| before.rows.acknowledged);
    let (session, pane_state, onkeep) = (props.session.clone(), pane_state.clone(), props.onkeep.clone());
    let (address, onreplay) = (props.address.clone(), props.onreplay.clone());
    Callback::from(move |intent: Intent| match intent {
        Intent::PullPlug if !offers_plug() => {
            let error = session.refusal("refused-not-allowed").error;
            pane_state.say(lang.f("notice-refused", &[("error", error.into())]));
        }
        Intent::PullPlug => session.pull_plug(),
        Intent::Reopen => session.reopen(),
        Intent::TakeOver => session.take_over(),
        Intent::Erase => {
            pane_state.clear(&view);
            session.erase();
        }
        Intent::Keep(kept) => {
            pane_state.clear(&view);
            onkeep.emit(kept);
        }
        Intent::QueryFirstTen => {
            let (session, pane_state) = (session.clone(), pane_state.clone());
            spawn_local(async move {
                let filter = "id < 10";
                match query(&session, filter, &["id", "text"], Some(100)).await {
                    Ok(rows) => {
                        let filter = filter.to_owned();
                        pane_state.found.set(Some(Rc::new(Found { filter, near: None, rows })));
                    }
                    Err(error) => pane_state.say(lang.f("notice-refused", &[("error", error.into())])),
                }
            });
        }
        Intent::Search => {
            let (session, pane_state) = (session.clone(), pane_state.clone());
            spawn_local(async move {
                match search(&session).await {
                    Ok(found) => pane_state.found.set(Some(Rc::new(found))),
                    Err(error) => pane_state.say(lang.f("notice-refused", &[("error", error.into())])),
                }
            });
        }
        Intent::MeasureBatches => session.measure(What::Batches, What::Batches.sizes(), BATCH_ROWS),
        Intent::MeasureRecovery => session.measure(What::Recovery, What::Recovery.sizes(), 0),
        Intent::MeasureDisks => session.measure(What::Disks, What::Disks.sizes(), 0),
        Intent::StopMeasuring => session.stop_measuring(),
        Intent::Backup => {
            let (session, pane_state) = (session.clone(), pane_state.clone());
            spawn_local(async move {
                if let Err(quorum_facade::Answer::Refused { code, error, .. }) =
                    backup::download(&session).await
                {
                    let error = refused(lang, &code, &error);
                    pane_state.say(lang.f("notice-refused", &[("error", error.into())]));
                }
            });
        }
        Intent::AskErase => {
            pane_state.instruments.set(true);
            pane_state.asking.set(true);
            // The question may be out of view: it gets the focus once it is drawn.
            Timeout::new(50, || focus_on("[data-act=erase-yes]")).forget();
        }
        Intent::FoldRules => pane_state.rules.set((!pane_state.rules.0, pane_state.rules.1)),
        Intent::PickRule(rule) => {
            pane_state.rules.set((true, Some(rule).filter(|_| pane_state.rules.1 != Some(rule))))
        }
        Intent::ScheduleSearch(rule) => drop(session.search_schedules(rule, SEEDS, EVENTS)),
        Intent::StopScheduleSearch => session.stop_search(),
        Intent::Replay => {
            if let Some(found) = session.last_search().and_then(|search| search.found.clone()) {
                onreplay.emit(replay_at(&address, found.nodes, found.seed, &found.run));
            }
        }
        Intent::ShowInvariants => {
            pane_state.instruments.set(true);
            Timeout::new(50, || focus_on("[data-meter=invariants]")).forget();
        }
        Intent::PickBackup => backup::pick(),
        Intent::DropBackup => pane_state.restoring.set(Restoring::No),
        Intent::Restore => {
            if let Restoring::Ask { bytes, .. } = &*pane_state.restoring {
                pane_state.clear(&view);
                session.restore(bytes.clone());
            }
            pane_state.restoring.set(Restoring::No);
        }
        Intent::Prove => {
            pane_state.proving.set(Proving::Running);
            pane_state.found.set(None);
            let (session, pane_state) = (session.clone(), pane_state.clone());
            let now = session.moment().map_or(0, |now| now.rows.acknowledged);
            let expected = before.unwrap_or(0).max(now);
            spawn_local(async move {
                pane_state.proving.set(match prove(&session, expected).await {
                    Ok(proof) => Proving::Done(Rc::new(proof)),
                    Err(error) => Proving::Failed(error),
                });
            });
        }
        _ => {
            // The details of a rule that was switched off are shown.
            if let Intent::Rule(rule, false) = intent {
                pane_state.rules.set((true, Some(rule)));
            }
            let (session, pane_state) = (session.clone(), pane_state.clone());
            spawn_local(async move {
                match run(&session, intent, lang).await {
                    Ok(()) => session.note_acted(),
                    Err(error) => pane_state.say(error),
                }
            });
        }
    })
}

/// Handles a chosen or dropped file: it is opened in memory, then the learner is asked.
#[hook]
pub(super) fn use_file(session: &Session, pane_state: &PaneState) -> Callback<web_sys::Blob> {
    let (session, pane_state) = (session.clone(), pane_state.clone());
    let lang = use_lang();
    Callback::from(move |file: web_sys::Blob| {
        pane_state.restoring.set(Restoring::Checking);
        let (session, pane_state) = (session.clone(), pane_state.clone());
        spawn_local(async move { pane_state.restoring.set(backup::check(&session, &file, lang).await) });
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

/// A question for causes.
pub(super) enum Asking {
    /// Why did this happen?
    Event(LabEvent),
    /// What if this were different, at this cause of the chain?
    Change(usize, Change),
    /// Nothing more.
    Close,
}

/// The handler for questions for causes.
#[hook]
pub(super) fn use_causes(pane_state: &PaneState, why: &Why) -> Callback<Asking> {
    let (pane_state, why) = (pane_state.clone(), why.clone());
    let lang = use_lang();
    Callback::from(move |asking: Asking| {
        let refused = say_refused(lang, &pane_state);
        match asking {
            Asking::Event(event) => why.ask(&event, refused),
            Asking::Change(place, change) => why.try_change(place, change, refused),
            Asking::Close => why.close(),
        }
    })
}

/// Shows a refusal by its code and words.
fn say_refused(lang: Lang, pane_state: &PaneState) -> Callback<(String, String)> {
    let pane_state = pane_state.clone();
    Callback::from(move |(code, error): (String, String)| {
        let error = refused(lang, &code, &error);
        pane_state.say(lang.f("notice-refused", &[("error", error.into())]));
    })
}

/// The handler for changes of time.
#[hook]
pub(super) fn use_time(session: &Session, pane_state: &PaneState, travel: &TimeTravel) -> Callback<Time> {
    let (session, pane_state, travel) = (session.clone(), pane_state.clone(), travel.clone());
    let lang = use_lang();
    Callback::from(move |time: Time| {
        let say_refused = say_refused(lang, &pane_state);
        match time {
            Time::Toggle if session.host().runs_until => travel.stop(),
            Time::Stop => travel.stop(),
            Time::Toggle => session.pace(if session.host().playing { Pace::Hold } else { Pace::Play }),
            Time::Speed(x) => session.pace(Pace::Speed { x }),
            Time::Step => travel.go(Control::Step, say_refused),
            Time::Seek(t_us) => travel.go(Control::Seek { t_us }, say_refused),
            Time::Back => travel.go(Control::StepBack, say_refused),
            Time::Undo => travel.go(Control::Undo, say_refused),
            Time::Until(what) => {
                let kinds = session.moment().map(|now| worlds::kinds(&now)).unwrap_or_default();
                let most_us = if worlds::in_days(&kinds) { MOST_IN_DAYS } else { MOST };
                let by_us = session.moment().map_or(0, |now| now.t_us) + most_us;
                let pane_state = pane_state.clone();
                let alone = session.moment().is_some_and(|now| now.nodes.len() == 1);
                let heard = Callback::from(move |answer| {
                    if let Some(text) = stopped(lang, &answer, (&kinds, alone), by_us) {
                        pane_state.say(text);
                    }
                });
                travel.until((what, most_us), heard, say_refused);
            }
            Time::Line(number) => {
                let t_us = session.moment().map(|now| now.t_us);
                travel.go(Control::Line { number, t_us }, say_refused);
            }
            Time::Compare(number) => travel.compare(number, None, say_refused),
        }
    })
}

/// Why a run that waited for something stands where it stands.
fn stopped(lang: Lang, answer: &Answer, (kinds, alone): (&Kinds, bool), by_us: Micros) -> Option<String> {
    let days = worlds::in_days(kinds);
    Some(match answer {
        Answer::Happened { t_us, event: Some(event), .. } => {
            let what = say(lang, event, kinds, alone);
            let t = moment_text(lang, days, *t_us);
            lang.f("until-stopped", &[("t", t.into()), ("what", what.into())])
        }
        Answer::Happened { t_us, goal: Some(_), .. } => {
            lang.f("until-goal-met", &[("t", moment_text(lang, days, *t_us).into())])
        }
        Answer::Happened { t_us, stopped: true, .. } => {
            lang.f("until-ended", &[("t", moment_text(lang, days, *t_us).into())])
        }
        Answer::Happened { t_us, .. } => {
            // Before the bound it stops only where nothing more happens.
            let key = if *t_us < by_us { "until-idle" } else { "until-nothing" };
            lang.f(key, &[("t", moment_text(lang, days, *t_us).into())])
        }
        Answer::Refused { code, error, .. } => {
            lang.f("notice-refused", &[("error", refused(lang, code, error).into())])
        }
        _ => return None,
    })
}
