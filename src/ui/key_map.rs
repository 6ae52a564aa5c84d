//! The keys of the screen that is shown, as a dialog.
//!
//! Guarantees: only keys that do something on this screen are listed; the browser's own dialog keeps the focus inside,
//! and Escape closes it. Leaves out: reading keys (`keys`), and what they do (`lab`).

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::icons::ic;
use super::keys::closing;
use super::links::conformance;
use crate::web::address::{letter_keys, remember_letter_keys};
use quorum_i18n::Lang;

/// The screen.
pub(crate) enum Screen {
    /// The home page, or a page of the course.
    Page,
    /// A lone engine.
    Engine,
    /// A replica set; whether its stage can be enlarged.
    Nodes(bool),
    /// A Milvus cluster.
    Pods,
    /// A world with keys of its own, as rows.
    Own(Html),
}

/// The list of keys.
pub(crate) fn key_map(lang: Lang, screen: Screen, place: NodeRef, close: &Callback<()>) -> Html {
    let onclose = close.reform(|_: Event| ());
    let onclick = closing(&place);
    let run = !matches!(screen, Screen::Page);
    html! {
        <dialog ref={place} class="pop" aria-label={lang.t("help")} data-view="keys" {onclose}>
            <div class="pop-h">
                <h2>{ lang.t("help") }</h2>
                <button class="iconbtn" type="button" aria-label={lang.t("close")} {onclick}>{ ic("cross") }</button>
            </div>
            if run {
                <h3 class="h-inst">{ lang.t("keys-time") }</h3>
                <dl class="keys">{ time(lang) }</dl>
                <h3 class="h-inst">{ lang.t("keys-acts") }</h3>
                <dl class="keys">{ acts(lang, screen) }</dl>
            }
            <h3 class="h-inst">{ lang.t("keys-everywhere") }</h3>
            <dl class="keys">
                { row(&["Ctrl", "K"], lang.t("pal-title")) }
                { row(&["?"], lang.t("key-help")) }
                { row(&["Tab"], lang.t("key-tab")) }
                { row(&["Esc"], if run { lang.t("key-esc") } else { lang.t("key-esc-page") }) }
            </dl>
            <label class="keys-on">
                <input type="checkbox" data-act="letter-keys" checked={letter_keys()} onchange={switch_letters} />
                { lang.t("key-letters") }
            </label>
            <p class="fine">{ conformance(lang) }</p>
        </dialog>
    }
}

/// Switches shortcuts of one character on or off (WCAG 2.2, 2.1.4).
fn switch_letters(event: Event) {
    let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
    if let Some(input) = input {
        remember_letter_keys(input.checked());
    }
}

fn row(keys: &[&'static str], text: String) -> Html {
    html! {
        <div>
            <dt>{ for keys.iter().map(|key| html! { <><kbd>{ *key }</kbd>{ " " }</> }) }</dt>
            <dd>{ text }</dd>
        </div>
    }
}

fn time(lang: Lang) -> Html {
    html! {
        <>
            { row(&["Space"], lang.t("key-space")) }
            { row(&["→"], lang.t("key-right")) }
            { row(&["←"], lang.t("key-left")) }
            { row(&["N"], lang.t("until-event")) }
            { row(&["Esc"], lang.t("key-stop-until")) }
            { row(&["Ctrl", "Z"], lang.t("key-undo")) }
            { row(&["-", "="], lang.t("key-speed")) }
            { row(&["/"], lang.t("key-log")) }
            { row(&["A"], lang.t("tw-who")) }
            { row(&["T"], lang.t("tw-tell")) }
            { row(&["←", "→"], lang.t("key-timeline")) }
            { row(&["Home", "End"], lang.t("key-timeline-ends")) }
            { row(&["Ctrl", "+", "-", "0"], lang.t("key-timeline-zoom")) }
        </>
    }
}

fn acts(lang: Lang, screen: Screen) -> Html {
    match screen {
        Screen::Page => Html::default(),
        Screen::Own(rows) => rows,
        Screen::Engine => html! {
            <>
                { row(&["P"], lang.t("key-p")) }
                { row(&["F"], lang.f("act-flush", &[])) }
                { row(&["S"], lang.f("act-search", &[])) }
                { row(&["D"], lang.f("act-delete-hundred", &[])) }
                { row(&["C"], lang.f("act-compact", &[])) }
                { row(&["I"], lang.f("act-import-100000", &[])) }
                { row(&["R"], lang.f("act-restart-engine", &[])) }
            </>
        },
        Screen::Pods => html! {
            <>
                { row(&["Tab", "←", "↑", "↓", "→"], lang.f("mc-key-walk", &[])) }
                { row(&["1", "…", "9"], lang.f("mc-key-digits", &[])) }
                { row(&["+", "-", "0"], lang.t("key-zoom")) }
                { row(&["K"], lang.f("mc-key-kill", &[])) }
                { row(&["R"], lang.f("mc-key-restart", &[])) }
                { row(&["F"], lang.f("mc-key-freeze", &[])) }
                { row(&["X"], lang.f("mc-key-cut", &[])) }
                { row(&["P"], lang.t("key-p")) }
            </>
        },
        Screen::Nodes(large) => html! {
            <>
                { row(&["1", "…", "9"], lang.t("key-digits")) }
                if large { { row(&["+", "-", "0"], lang.t("key-zoom")) } }
                { row(&["K"], lang.t("key-k")) }
                { row(&["R"], lang.t("key-r")) }
                { row(&["F"], lang.t("key-f")) }
                { row(&["X"], lang.t("key-x")) }
                { row(&["P"], lang.t("key-p")) }
            </>
        },
    }
}
