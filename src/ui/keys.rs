//! Keys: what each does; and dialogs, which keep theirs.
//!
//! Guarantees: a shortcut never takes a key press from a text field, nor from a browser's own shortcut; Space and Enter
//! stay with the button that has the focus; shortcuts of one character can be switched off. Leaves out: what the
//! actions mean (`lab`), and their list (`key_map`).

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::intent::Intent;
use crate::web::address::letter_keys;
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
    /// Run until something happens.
    Until,
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
    /// Open the palette.
    Palette,
    /// Open the log.
    Log,
    /// Clear the selection, close what is open.
    Escape,
}

/// The meaning of a key press, if any.
pub(crate) fn read(event: &KeyboardEvent) -> Option<Key> {
    let writes = |tag: &str| matches!(tag, "textarea" | "select") || tag == "input" && !takes_no_text(event);
    if (event.ctrl_key() || event.meta_key()) && !event.shift_key() && !event.alt_key() {
        let key = match event.key().as_str() {
            "z" => Key::Undo,
            "k" | "K" => Key::Palette,
            _ => return None,
        };
        return (!writes(&tag_of(event))).then_some(key);
    }
    if event.ctrl_key() || event.meta_key() || event.alt_key() || event.is_composing() {
        return None;
    }
    let tag = tag_of(event);
    let key = event.key();
    if matches!(tag.as_str(), "input" | "textarea" | "select") && key != "Escape" {
        return None;
    }
    // Speech input types what it hears: its users can switch letters off (WCAG 2.2, 2.1.4).
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
        "n" | "N" => Key::Until,
        letter if ["a", "b", "h", "l", "m", "o", "t", "w", "y"].contains(&&*letter.to_lowercase()) => {
            Key::Letter(letter.chars().next()?.to_ascii_lowercase())
        }
        "?" => Key::Help,
        "/" => Key::Log,
        "Escape" => Key::Escape,
        digit => Key::Node(digit.parse().ok().filter(|n| (1..=9).contains(n))?),
    })
}

fn tag_of(event: &KeyboardEvent) -> String {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.map(|element| element.tag_name().to_ascii_lowercase()).unwrap_or_default()
}

/// Whether the key went to a field in which nothing is written: a slider, or a choice.
fn takes_no_text(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
    target.is_some_and(|input| matches!(input.type_().as_str(), "range" | "radio" | "checkbox" | "file"))
}

/// The element of a dialog that is shown on request.
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
