//! The page's keyboard shortcuts, for as long as it is mounted.
//!
//! Guarantees: a key goes through the same entry point as the button that does the same; while the list of keys is
//! open, shortcuts do nothing. Leaves out: which keys are ignored where (`keys`).

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::LabProps;
use super::pane_state::Desk;
use crate::ui::actions::Act;
use crate::ui::cluster::Pick;
use crate::ui::controls::{Tool, strike};
use crate::ui::format::nice;
use crate::ui::keys::{Key, read};
use crate::ui::transport::{Time, fastest};
use crate::ui::worlds;
use crate::web::session::Session;
use crate::web::wire::HostState;

/// Handles keys, for as long as the page is mounted.
#[hook]
pub(super) fn use_keys(
    props: &LabProps,
    desk: &Desk,
    action: &Callback<Act>,
    ontime: &Callback<Time>,
    help: &UseStateHandle<bool>,
) {
    let (session, desk, action) = (props.session.clone(), desk.clone(), action.clone());
    let (ontime, help) = (ontime.clone(), help.clone());
    // The listener is renewed with each rendering, so that it sees the current selection.
    use_effect(move || {
        let document = web_sys::window().and_then(|window| window.document());
        let listener = document.map(|document| {
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&document, "keydown", options, move |event| {
                let Some(event) = event.dyn_ref::<web_sys::KeyboardEvent>() else { return };
                if let Some(key) = read(event) {
                    press(key, event, &session, &desk, &action, &ontime, &help);
                }
            })
        });
        move || drop(listener)
    });
}

fn press(
    key: Key,
    event: &web_sys::KeyboardEvent,
    session: &Session,
    desk: &Desk,
    action: &Callback<Act>,
    ontime: &Callback<Time>,
    help: &UseStateHandle<bool>,
) {
    // The browser closes the dialog at Escape, and restores the focus.
    if **help {
        return;
    }
    let now = session.moment().unwrap_or_default();
    let hit = |tool: Tool| {
        let strike = if worlds::is_there(&now) { worlds::strike } else { strike };
        let act = strike(tool, desk.pick(), &now);
        if let Some(act) = act {
            action.emit(act);
        }
    };
    let speed = session.host().speed;
    let lone = now.nodes.len() == 1;
    let engine = |act: Act| {
        if act.possible(session.host().state == HostState::Running, false, Some(&now)) {
            action.emit(act);
        }
    };
    let days = worlds::in_days(&worlds::kinds(&now));
    let other = |letter: char| {
        if session.host().state == HostState::Running
            && let Some(act) = worlds::letter(letter, desk.pick(), &now, session)
        {
            action.emit(act);
        }
    };
    event.prevent_default();
    match key {
        Key::Action(act) if lone => engine(act),
        Key::Action(Act::Search) => other('s'),
        Key::Action(_) => {}
        Key::Letter(letter) => other(letter),
        Key::Restart if lone => engine(Act::RestartEngine),
        Key::Freeze if lone => engine(Act::Flush),
        Key::Toggle => ontime.emit(Time::Toggle),
        Key::Step => ontime.emit(Time::Step),
        Key::Slower => ontime.emit(Time::Speed(nice(speed / 1.5))),
        Key::Faster => ontime.emit(Time::Speed(nice(speed * 1.5).min(fastest(days)))),
        Key::Node(id) if now.nodes.len() > 1 && now.nodes.iter().any(|node| node.id == id) => {
            desk.pick.set(Some(Pick::Node(id)));
        }
        Key::Node(id) => {
            if let Some(pick) = worlds::digit(&now, id) {
                desk.pick.set(Some(pick));
            }
        }
        Key::Kill => hit(Tool::Kill),
        Key::Restart => hit(Tool::Restart),
        Key::Freeze => hit(Tool::Freeze),
        Key::Cut => hit(Tool::Cut),
        Key::Plug if session.host().state == HostState::Running => action.emit(Act::PullPlug),
        Key::Plug => {}
        Key::Help => help.set(true),
        Key::Escape => {
            desk.more.set(false);
            desk.pick.set(None);
        }
    }
}
