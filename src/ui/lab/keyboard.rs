//! The page's keyboard shortcuts, for as long as it is mounted.
//!
//! Guarantees: a key goes through the same entry point as the button that does the same; while the list of keys is
//! open, shortcuts do nothing. Leaves out: which keys are ignored where (`keys`).

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::LabProps;
use super::pane_state::PaneState;
use crate::ui::cluster::Pick;
use crate::ui::controls::{Tool, strike};
use crate::ui::focus::focus_on;
use crate::ui::format::nice;
use crate::ui::intent::Intent;
use crate::ui::keys::{Key, read};
use crate::ui::transport::{Time, fastest};
use crate::ui::worlds;
use crate::web::frame::Controls;
use crate::web::session::Session;
use crate::web::wire::HostState;
use quorum_facade::Awaited;

/// Handles keys, for as long as the page is mounted.
#[hook]
pub(super) fn use_keys(
    props: &LabProps,
    pane_state: &PaneState,
    action: &Callback<Intent>,
    ontime: &Callback<Time>,
    help: &UseStateHandle<bool>,
) {
    let (session, pane_state, action) = (props.session.clone(), pane_state.clone(), action.clone());
    let (ontime, help) = (ontime.clone(), help.clone());
    let controls = props.address.controls.filter(|_| props.address.embed).unwrap_or_default();
    // The listener is renewed with each rendering, so that it sees the current selection.
    use_effect(move || {
        let document = web_sys::window().and_then(|window| window.document());
        let listener = document.map(|document| {
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&document, "keydown", options, move |event| {
                let Some(event) = event.dyn_ref::<web_sys::KeyboardEvent>() else { return };
                if let Some(key) = read(event).filter(|key| has_button(controls, key)) {
                    press(key, event, &session, &pane_state, &action, &ontime, &help);
                }
            })
        });
        move || drop(listener)
    });
}

/// Closes the log at a press beside it and beside the timeline, which it is used with.
#[hook]
pub(super) fn use_click_away(pane_state: &PaneState) {
    let unfolded = pane_state.unfolded.clone();
    use_effect_with(*unfolded, move |open| {
        let document = web_sys::window().and_then(|window| window.document()).filter(|_| *open);
        let listener = document.map(|document| {
            EventListener::new(&document, "pointerdown", move |event| {
                let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
                let inside = target.and_then(|target| target.closest(".time").ok().flatten());
                if inside.is_none() {
                    unfolded.set(false);
                }
            })
        });
        move || drop(listener)
    });
}

/// Whether there is a button for what a key does: with fewer controls, other keys do nothing either.
fn has_button(controls: Controls, key: &Key) -> bool {
    let of_time = matches!(
        key,
        Key::Toggle
            | Key::Step
            | Key::Back
            | Key::Until
            | Key::Undo
            | Key::Slower
            | Key::Faster
            | Key::Log
            | Key::Escape
    );
    match controls {
        Controls::Full => true,
        Controls::Min => of_time,
        Controls::None => matches!(key, Key::Toggle),
    }
}

fn press(
    key: Key,
    event: &web_sys::KeyboardEvent,
    session: &Session,
    pane_state: &PaneState,
    action: &Callback<Intent>,
    ontime: &Callback<Time>,
    help: &UseStateHandle<bool>,
) {
    // The browser closes a dialog at Escape, and restores the focus; other keys are the dialog's.
    if **help || is_dialog_open() {
        return;
    }
    let now = session.moment().unwrap_or_default();
    let hit = |tool: Tool| {
        let strike = if worlds::is_there(&now) { worlds::strike } else { strike };
        let intent = strike(tool, pane_state.pick(), &now);
        if let Some(intent) = intent {
            action.emit(intent);
        }
    };
    let speed = session.host().speed;
    let lone = now.nodes.len() == 1;
    let engine = |intent: Intent| {
        if intent.possible(session.host().state == HostState::Running, false, Some(&now)) {
            action.emit(intent);
        }
    };
    let days = worlds::in_days(&worlds::kinds(&now));
    let other = |letter: char| {
        if session.host().state == HostState::Running
            && let Some(intent) = worlds::letter(letter, pane_state.pick(), &now, session)
        {
            action.emit(intent);
        }
    };
    event.prevent_default();
    match key {
        Key::Action(intent) if lone => engine(intent),
        Key::Action(Intent::Search) => other('s'),
        Key::Action(_) => {}
        Key::Letter(letter) => other(letter),
        Key::Restart if lone => engine(Intent::RestartEngine),
        Key::Freeze if lone => engine(Intent::Flush),
        Key::Toggle => ontime.emit(Time::Toggle),
        Key::Step => ontime.emit(Time::Step),
        Key::Back => ontime.emit(Time::Back),
        Key::Until => ontime.emit(Time::Until(Awaited::Event)),
        Key::Undo => ontime.emit(Time::Undo),
        Key::Slower => ontime.emit(Time::Speed(nice(speed / 1.5))),
        Key::Faster => ontime.emit(Time::Speed(nice(speed * 1.5).min(fastest(days)))),
        Key::Node(id) if now.nodes.len() > 1 && now.nodes.iter().any(|node| node.id == id) => {
            pane_state.pick.set(Some(Pick::Node(id)));
        }
        Key::Node(id) => {
            if let Some(pick) = worlds::digit(&now, id) {
                pane_state.pick.set(Some(pick));
            }
        }
        Key::Kill => hit(Tool::Kill),
        Key::Restart => hit(Tool::Restart),
        Key::Freeze => hit(Tool::Freeze),
        Key::Cut => hit(Tool::Cut),
        Key::Plug if session.host().state == HostState::Running => action.emit(Intent::PullPlug),
        Key::Plug => {}
        Key::Help => help.set(true),
        Key::Log => pane_state.unfolded.set(true),
        Key::Palette => pane_state.palette.set(true),
        Key::Escape if session.host().runs_until => ontime.emit(Time::Stop),
        Key::Escape if *pane_state.unfolded => {
            pane_state.unfolded.set(false);
            focus_on(".say-more");
        }
        Key::Escape => {
            pane_state.more.set(false);
            pane_state.pick.set(None);
        }
    }
}

fn is_dialog_open() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.and_then(|document| document.query_selector("dialog[open]").ok().flatten()).is_some()
}
