//! Keys: what each does, and the list that documents them.
//!
//! Guarantees: a shortcut never takes a key press from a text field, nor from a browser's own shortcut; Space and Enter
//! stay with the button that has the focus; shortcuts of one character can be switched off in the list. Leaves out: what the actions mean (`lab`).

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::actions::Intent;
use super::icons::ic;
use super::links::conformance;
use crate::web::address::{letter_keys, remember_letter_keys};
use quorum_i18n::Lang;
use quorum_types::NodeId;

/// The meaning of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// Start or stop time.
    Toggle,
    /// One step forward.
    Step,
    /// One event back.
    Back,
    /// Undo the last command.
    Undo,
    /// Slower by one notch.
    Slower,
    /// Faster by one notch.
    Faster,
    /// Select a node.
    Node(NodeId),
    /// Kill the selection.
    Kill,
    /// Restart the selection.
    Restart,
    /// Freeze or thaw the selection.
    Freeze,
    /// Cut or heal the selection.
    Cut,
    /// Pull the plug.
    Plug,
    /// A letter that only some worlds use.
    Letter(char),
    /// An action on a lone engine: flush, search, delete, compact, import.
    Action(Intent),
    /// Open the list of keys.
    Help,
    /// Clear the selection, close what is open.
    Escape,
}

/// The meaning of a key press, if any.
pub(crate) fn read(event: &KeyboardEvent) -> Option<Key> {
    let writes = |tag: &str| matches!(tag, "textarea" | "select") || tag == "input" && !is_slider(event);
    if (event.ctrl_key() || event.meta_key()) && !event.shift_key() && !event.alt_key() && event.key() == "z"
    {
        return (!writes(&tag_of(event))).then_some(Key::Undo);
    }
    if event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() {
        return None;
    }
    let tag = tag_of(event);
    let key = event.key();
    if matches!(tag.as_str(), "input" | "textarea" | "select") && key != "Escape" {
        return None;
    }
    // Speech input types what it hears: whoever uses it can switch letters off (WCAG 2.2, 2.1.4).
    if key.chars().count() == 1 && key != " " && !letter_keys() {
        return None;
    }
    Some(match key.as_str() {
        " " if !matches!(tag.as_str(), "button" | "a" | "g" | "summary") => Key::Toggle,
        "ArrowRight" => Key::Step,
        "ArrowLeft" => Key::Back,
        "-" | "_" => Key::Slower,
        "=" | "+" => Key::Faster,
        "k" | "K" => Key::Kill,
        "r" | "R" => Key::Restart,
        "f" | "F" => Key::Freeze,
        "x" | "X" => Key::Cut,
        "p" | "P" => Key::Plug,
        "s" | "S" => Key::Action(Intent::Search),
        "d" | "D" => Key::Action(Intent::DeleteHundred),
        "c" | "C" => Key::Action(Intent::Compact),
        "i" | "I" => Key::Action(Intent::Import),
        letter if ["a", "b", "h", "l", "m", "n", "o", "t", "w", "y"].contains(&&*letter.to_lowercase()) => {
            Key::Letter(letter.chars().next()?.to_ascii_lowercase())
        }
        "?" => Key::Help,
        "Escape" => Key::Escape,
        digit => Key::Node(digit.parse().ok().filter(|n| (1..=9).contains(n))?),
    })
}

fn tag_of(event: &KeyboardEvent) -> String {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.map(|element| element.tag_name().to_ascii_lowercase()).unwrap_or_default()
}

/// Whether the key went to a slider, in which nothing is written.
fn is_slider(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
    target.is_some_and(|input| input.type_() == "range")
}

/// The element of the list of keys, which is shown as a dialog on request.
#[hook]
pub(crate) fn use_sheet(asked: bool) -> NodeRef {
    let sheet = use_node_ref();
    {
        let sheet = sheet.clone();
        use_effect_with(asked, move |asked| {
            if let Some(sheet) = sheet.cast::<web_sys::HtmlDialogElement>().filter(|_| *asked) {
                // Refused only for a dialog that is open already.
                drop(sheet.show_modal());
            }
        });
    }
    sheet
}

/// Closes a dialog as Escape does: the browser then restores the focus, and fires the close event.
pub(crate) fn closing(sheet: &NodeRef) -> Callback<MouseEvent> {
    let sheet = sheet.clone();
    Callback::from(move |_: MouseEvent| {
        if let Some(sheet) = sheet.cast::<web_sys::HtmlDialogElement>() {
            sheet.close();
        }
    })
}

/// The list of keys; the browser's own dialog keeps the focus inside and closes it with Escape. A run that is `alone`
/// has no links to cut; in a `cluster` pods are selected and cut off; some worlds have keys of their `own`.
pub(crate) fn sheet(
    lang: Lang,
    (alone, cluster): (bool, bool),
    own: Option<Html>,
    place: NodeRef,
    close: &Callback<()>,
) -> Html {
    let onclose = close.reform(|_: Event| ());
    let onclick = closing(&place);
    let onletters = Callback::from(|event: Event| {
        let box_of = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        if let Some(input) = box_of {
            remember_letter_keys(input.checked());
        }
    });
    let row = |keys: &[&'static str], text: String| {
        html! {
            <div>
                <dt>{ for keys.iter().map(|key| html! { <><kbd>{ *key }</kbd>{ " " }</> }) }</dt>
                <dd>{ text }</dd>
            </div>
        }
    };
    html! {
        <dialog ref={place} class="pop" aria-label={lang.t("help")} data-view="keys" {onclose}>
                <div class="pop-h">
                    <h2>{ lang.t("help") }</h2>
                    <button class="iconbtn" type="button" aria-label={lang.t("close")} {onclick}>
                        { ic("cross") }
                    </button>
                </div>
                <dl class="keys">
                    { row(&["Space"], lang.t("key-space")) }
                    { row(&["→"], lang.t("key-right")) }
                    { row(&["←"], lang.t("key-left")) }
                    { row(&["Ctrl", "Z"], lang.t("key-undo")) }
                    { row(&["-", "="], lang.t("key-speed")) }
                    if let Some(own) = own {
                        { own }
                    } else if alone {
                        { row(&["P"], lang.t("key-p")) }
                        { row(&["F"], lang.f("act-flush", &[])) }
                        { row(&["S"], lang.f("act-search", &[])) }
                        { row(&["D"], lang.f("act-delete-hundred", &[])) }
                        { row(&["C"], lang.f("act-compact", &[])) }
                        { row(&["I"], lang.f("act-import-100000", &[])) }
                        { row(&["R"], lang.f("act-restart-engine", &[])) }
                    } else if cluster {
                        { row(&["Tab", "←", "↑", "↓", "→"], lang.f("mc-key-walk", &[])) }
                        { row(&["1", "…", "9"], lang.f("mc-key-digits", &[])) }
                        { row(&["K"], lang.f("mc-key-kill", &[])) }
                        { row(&["R"], lang.f("mc-key-restart", &[])) }
                        { row(&["F"], lang.f("mc-key-freeze", &[])) }
                        { row(&["X"], lang.f("mc-key-cut", &[])) }
                        { row(&["P"], lang.t("key-p")) }
                    } else {
                        { row(&["1", "…", "9"], lang.t("key-digits")) }
                        { row(&["K"], lang.t("key-k")) }
                        { row(&["R"], lang.t("key-r")) }
                        { row(&["F"], lang.t("key-f")) }
                        { row(&["X"], lang.t("key-x")) }
                        { row(&["P"], lang.t("key-p")) }
                    }
                    { row(&["A"], lang.t("tw-who")) }
                    { row(&["T"], lang.t("tw-tell")) }
                    { row(&["?"], lang.t("key-help")) }
                    { row(&["Esc"], lang.t("key-esc")) }
                </dl>
                <label class="keys-on">
                    <input type="checkbox" data-act="letter-keys" checked={letter_keys()} onchange={onletters} />
                    { lang.t("key-letters") }
                </label>
                <p class="fine">{ conformance(lang) }</p>
        </dialog>
    }
}
