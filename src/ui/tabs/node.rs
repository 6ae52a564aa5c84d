//! The node of this tab: its worker, what it reports, and what the learner asks of it.
//!
//! Guarantees: the worker ends with the view, and with the page, without another word; a page that the browser brings
//! back from its cache starts again from its storage. Leaves out: the panels (`parts`).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_events::EventListener;
use wasm_bindgen::JsValue;
use yew::prelude::*;

use super::parts;
use super::place::{Standing, new_name, to_group};
use super::words;
use crate::ui::use_lang;
use crate::web::address::Address;
use crate::web::link::{Heard, Link};
use crate::web::wire::{ToPage, ToWorker};
use quorum_tabs::{Order, Report, decode, encode};

/// The properties of a node.
#[derive(Properties, PartialEq)]
pub(super) struct NodeProps {
    pub(super) home: Address,
    /// The group's name, as the address has it.
    pub(super) group: String,
    /// How many nodes it has, if it is new.
    pub(super) nodes: u32,
    /// The number to take.
    pub(super) number: Option<u32>,
    pub(super) onopen: Callback<Address>,
}

/// What is said of a request to erase the group.
#[derive(Clone, Copy, PartialEq)]
enum Erased {
    No,
    Refused,
    Done,
}

/// The node of a group, for as long as the view is there.
struct Running {
    standing: UseStateHandle<Standing>,
    erased: UseStateHandle<Erased>,
    order: Callback<Order>,
}

#[hook]
fn use_node(props: &NodeProps) -> Running {
    let standing = use_state_eq(|| Standing::Starting);
    let erased = use_state_eq(|| Erased::No);
    // Each start of the node is a life; erasing the group begins another.
    let life = use_state_eq(|| 0_u32);
    let link = use_mut_ref(|| None::<Link>);
    let (told, says, lives) = (standing.setter(), erased.setter(), life.setter());
    let (kept, home, number) = (link.clone(), props.home.clone(), props.number);
    use_effect_with((props.group.clone(), props.nodes, *life), move |(group, nodes, life)| {
        told.set(Standing::Starting);
        let (written, next, tell) = (Cell::new(None), life + 1, told.clone());
        let started = Link::start(move |heard| match report(heard) {
            Some(Ok(Report::Running(facts))) => {
                if written.replace(Some(facts.number)) != Some(facts.number) {
                    to_group(&home, &facts.group, facts.nodes, Some(facts.number)).write();
                }
                tell.set(Standing::Running(Rc::from(facts)));
            }
            Some(Ok(Report::Stopped(why))) => tell.set(Standing::Stopped(why)),
            Some(Ok(Report::Erased)) => {
                says.set(Erased::Done);
                lives.set(next);
            }
            Some(Ok(Report::NotErased)) => says.set(Erased::Refused),
            Some(Err(why)) => tell.set(Standing::Failed(why)),
            None => {}
        });
        match started {
            Ok(started) => {
                // The number of the address is that of the first life.
                let number = number.filter(|_| *life == 0);
                send(&started, &Order::Open { group: group.clone(), nodes: *nodes, number });
                kept.replace(Some(started));
            }
            Err(why) => told.set(Standing::Failed(why)),
        }
        let listeners = leaving(&kept);
        move || {
            drop(listeners);
            kept.replace(None);
        }
    });
    let order = Callback::from(move |order: Order| {
        if let Some(link) = &*link.borrow() {
            send(link, &order);
        }
    });
    Running { standing, erased, order }
}

#[component]
pub(super) fn Node(props: &NodeProps) -> Html {
    let lang = use_lang();
    let Running { standing, erased, order } = use_node(props);
    let onerase = {
        let (order, erased) = (order.clone(), erased.setter());
        Callback::from(move |_: MouseEvent| {
            erased.set(Erased::No);
            order.emit(Order::Reset);
        })
    };
    let said = match *erased {
        Erased::No => String::new(),
        Erased::Refused => lang.t("tn-erase-no"),
        Erased::Done => lang.t("tn-erase-done"),
    };
    let panels = match &*standing {
        Standing::Running(facts) => parts::panels(lang, facts, &props.home, &order),
        Standing::Starting => Html::default(),
        stopped => {
            let fresh = to_group(&props.home, &new_name(), props.nodes, None);
            parts::stopped(lang, stopped, fresh, &props.onopen)
        }
    };
    html! {
        <>
            <p class="tn-status" role="status" data-view="tab-status" data-state={words::state(&standing)}>
                { words::status(lang, &standing) }
            </p>
            { panels }
            <details class="tn-erase">
                <summary>{ lang.t("tn-erase") }</summary>
                <p>{ lang.t("tn-erase-s") }</p>
                <button class="btn btn-gone" type="button" data-act="erase" onclick={onerase}>
                    { lang.t("tn-erase-do") }
                </button>
                <p role="status" data-view="tab-erased">{ said }</p>
            </details>
        </>
    }
}

/// What was heard of the worker, if it says anything about the node.
fn report(heard: Heard) -> Option<Result<Report, String>> {
    match heard {
        Heard::Message(message) => match *message {
            ToPage::Tab { packed } => decode(&packed).map(Ok),
            ToPage::Panicked { message } => Some(Err(message)),
            _ => None,
        },
        Heard::Died(why) | Heard::Unsent(_, why) => Some(Err(why)),
        Heard::Absent(why) => Some(Err(format!("{why:?}"))),
    }
}

fn send(link: &Link, order: &Order) {
    if let Some(packed) = encode(order) {
        link.post(ToWorker::Tab { packed });
    }
}

/// A page that is left is a node that has crashed, even if the browser keeps it in its cache. If it is brought back, it
/// starts again, as any node that was restarted.
fn leaving(link: &Rc<RefCell<Option<Link>>>) -> Vec<EventListener> {
    let Some(window) = web_sys::window() else { return Vec::new() };
    let link = link.clone();
    let hide = EventListener::new(&window, "pagehide", move |_| drop(link.replace(None)));
    let page = window.clone();
    let show = EventListener::new(&window, "pageshow", move |event| {
        let persisted = js_sys::Reflect::get(event, &JsValue::from_str("persisted"));
        if persisted.is_ok_and(|persisted| persisted.is_truthy()) {
            drop(page.location().reload());
        }
    });
    vec![hide, show]
}
