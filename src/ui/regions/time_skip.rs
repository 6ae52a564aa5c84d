//! Skips virtual time to the next midnight; the world's keys.
//!
//! Guarantees: a second skip waits for the first. Leaves out: speed, and waiting for an event (`transport`).

use std::cell::Cell;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::list;
use crate::ui::inert::inert;
use crate::web::session::Session;
use crate::web::wire::Pace;
use quorum_facade::{Command, Control};
use quorum_i18n::Lang;
use quorum_types::{Micros, SECOND};

/// A day.
const DAY: Micros = 86_400 * SECOND;

thread_local! {
    /// Whether a leap is in progress.
    static LEAPING: Cell<bool> = const { Cell::new(false) };
}

/// Skips ahead to the next midnight, unless a skip is in progress.
pub(crate) fn to_midnight(session: &Session) {
    if LEAPING.replace(true) {
        return;
    }
    let session = session.clone();
    spawn_local(async move {
        session.pace(Pace::Hold);
        let now = session.moment().map_or(0, |moment| moment.t_us);
        // A refusal is shown by the session; time then stays where it is.
        drop(session.execute(Command::Control(Control::Run { us: DAY - now % DAY })).await);
        LEAPING.set(false);
    });
}

/// The button of the skip.
pub(crate) fn button(lang: Lang, session: &Session, running: bool) -> Html {
    let session = session.clone();
    let onclick = Callback::from(move |_: MouseEvent| to_midnight(&session));
    let (label, short) = (lang.t("rg-leap-day"), lang.t("rg-leap-day-s"));
    html! {
        <button class="iconbtn rg-leap" type="button" data-act="next-day"
            aria-label={list(lang, &[short.clone(), label.clone()])}
            aria-keyshortcuts="Y" title={format!("{label} (Y)")}
            aria-disabled={inert(!running)} {onclick}>{ short }</button>
    }
}

/// The keys of two regions, for the list of keys.
pub(crate) fn keys(lang: Lang) -> Html {
    let row =
        |keys: &'static str, text: String| html! { <div><dt><kbd>{ keys }</kbd></dt><dd>{ text }</dd></div> };
    html! {
        <>
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
