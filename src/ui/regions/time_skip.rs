//! Skips virtual time: to the next event that deserves a sentence, and to the next midnight.
//!
//! Guarantees: a skip ends, at the latest after two days; a second one waits for the first. Leaves out: speed
//! (`transport`).

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{facts, list};
use crate::ui::inert::inert;
use crate::ui::story::Story;
use crate::web::session::{Session, Update};
use crate::web::wire::Pace;
use quorum_facade::{Command, Control, Event, EventKind, ServiceEvent};
use quorum_i18n::Lang;
use quorum_types::{Micros, SECOND};

/// A day.
const DAY: Micros = 86_400 * SECOND;
/// The length of one step while a switch is in progress, and otherwise.
const LOOKS: (Micros, Micros) = (5 * SECOND, 60 * SECOND);

thread_local! {
    /// Whether a leap is in progress.
    static LEAPING: Cell<bool> = const { Cell::new(false) };
}

/// A leap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leap {
    /// To the next event that deserves a sentence.
    Event,
    /// To the next midnight.
    Day,
}

/// Skips ahead, unless a skip is in progress.
pub(crate) fn leap(session: &Session, leap: Leap) {
    if LEAPING.replace(true) {
        return;
    }
    let session = session.clone();
    spawn_local(async move {
        session.pace(Pace::Hold);
        match leap {
            Leap::Day => to_midnight(&session).await,
            Leap::Event => to_event(&session).await,
        }
        LEAPING.set(false);
    });
}

async fn to_midnight(session: &Session) {
    let now = session.moment().map_or(0, |moment| moment.t_us);
    // A refusal is shown by the session; time then stays where it is.
    drop(session.execute(Command::Control(Control::Run { us: DAY - now % DAY })).await);
}

async fn to_event(session: &Session) {
    let noticed = Rc::new(Cell::new(false));
    let hears = Rc::clone(&noticed);
    let subscription = session.subscribe(move |update| {
        if let Update::Happened(events, skipped) = update {
            let mut story = Story::default();
            story.hear(events, *skipped);
            // Checks keep failing while a switch is in progress: only the first three are news.
            let news = |event: &Event| {
                !matches!(
                    event.kind,
                    EventKind::Service(ServiceEvent::ProbeMissed { misses }) if misses > 3
                )
            };
            if story.narrated.iter().any(news) {
                hears.set(true);
            }
        }
    });
    let from = session.moment().map_or(0, |moment| moment.t_us);
    loop {
        let moment = session.moment().unwrap_or_default();
        let Some(facts) = facts(&moment) else { break };
        let hot = facts.failover.running
            || facts.disaster.as_ref().is_some_and(|disaster| disaster.rto_us.is_none());
        let us = if hot { LOOKS.0 } else { LOOKS.1 };
        let answer = session.execute(Command::Control(Control::Run { us })).await;
        let quorum_facade::Answer::Done { t_us, .. } = answer else { break };
        if noticed.get() || t_us >= from + 2 * DAY {
            break;
        }
    }
    drop(subscription);
}

/// The buttons of both skips.
pub(crate) fn buttons(lang: Lang, session: &Session, running: bool) -> Html {
    let one = |word: &'static str, key: &'static str, label: String, short: String, to: Leap| {
        let session = session.clone();
        let onclick = Callback::from(move |_: MouseEvent| leap(&session, to));
        html! {
            <button class="iconbtn rg-leap" type="button" data-act={word}
                aria-label={list(lang, &[short.clone(), label.clone()])}
                aria-keyshortcuts={key} title={format!("{label} ({key})")}
                aria-disabled={inert(!running)} {onclick}>{ short }</button>
        }
    };
    html! {
        <>
            { one("next-event", "N", lang.t("rg-leap-event"), lang.t("rg-leap-event-s"), Leap::Event) }
            { one("next-day", "Y", lang.t("rg-leap-day"), lang.t("rg-leap-day-s"), Leap::Day) }
        </>
    }
}

/// The keys of two regions, for the list of keys.
pub(crate) fn keys(lang: Lang) -> Html {
    let row =
        |keys: &'static str, text: String| html! { <div><dt><kbd>{ keys }</kbd></dt><dd>{ text }</dd></div> };
    html! {
        <>
            { row("N", lang.t("rg-leap-event")) }
            { row("Y", lang.t("rg-leap-day")) }
            { row("1", lang.t("rg-beijing")) }
            { row("2", lang.t("rg-shanghai")) }
            { row("3", lang.t("rg-link")) }
            { row("K", lang.t("rg-tool-lose")) }
            { row("R", lang.t("rg-tool-return")) }
            { row("W", lang.t("rg-tool-wipe")) }
            { row("X", lang.t("rg-key-cut")) }
            { row("L", lang.t("rg-tool-slow")) }
            { row("H", lang.t("rg-tool-heal")) }
            { row("B", lang.t("rg-tool-backup")) }
            { row("M", lang.t("rg-key-mistake")) }
            { row("S", lang.t("rg-tool-switchover")) }
            { row("F", lang.t("rg-tool-failover")) }
            { row("O", lang.t("rg-tool-run")) }
        </>
    }
}
