//! The page's other program: the small one hands over to the whole one, in the same document, when it is asked for
//! what it does not have; and lets it search beside, in a worker.
//!
//! The document offers `quorumProgram(name)`, which fetches a program and resolves with its `glue`, its `module` and the
//! function that `start`s it here.
//! Promises: what is shown stays until the other program is there, and stays if it cannot be fetched; then this one
//! draws, hears and runs nothing any more. Leaves out: choosing at the start (`index.html`), and what the whole program
//! shows, which reads the address like any other.

use std::cell::{Cell, RefCell};

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::address::{Address, Theme, parse_lang};
use super::clock;
use super::link::{Heard, Link};
use super::session::Session;
use crate::lesson;
use crate::types::program::needs_whole;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = quorumProgram, catch)]
    fn fetch_program(name: &str) -> Result<Promise, JsValue>;
}

/// How often the other program's handle is looked for.
const LOOK_MS: u32 = 10;
/// After so long without one the page is loaded anew.
const PATIENCE_MS: u32 = 20_000;

thread_local! {
    /// What takes the views off the page.
    static VIEWS: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
    static LEFT: Cell<bool> = const { Cell::new(false) };
}

/// Whether what is named like this needs the whole program; a topology beside a lesson is ignored.
pub fn needed(lesson: Option<&str>, topology: Option<&str>) -> bool {
    match lesson {
        Some(slug) => lesson::is_elsewhere(slug),
        None => topology.is_some_and(needs_whole),
    }
}

/// Whether this program opens what is named like this.
pub fn opens(lesson: Option<&str>, topology: Option<&str>) -> bool {
    cfg!(feature = "whole") || !needed(lesson, topology)
}

/// Whether another program has taken this one's place.
pub fn left() -> bool {
    LEFT.get()
}

/// Leaves a way to take the views off the page.
pub fn when_left(views: impl FnOnce() + 'static) {
    VIEWS.set(Some(Box::new(views)));
}

/// Fetches the whole program, then gives it the page at this address: as a step that "back" undoes, or in place.
/// Fails where it cannot be fetched, and nothing has changed then.
pub async fn hand_over(session: &Session, address: Address, visit: bool) -> Result<(), JsValue> {
    let whole = JsFuture::from(fetch_program("whole")?).await?;
    // Two who asked at once have one successor.
    if LEFT.replace(true) {
        return Ok(());
    }
    // With the views go their listeners; the look of the page stays in the address.
    let address = dressed(address);
    if let Some(views) = VIEWS.take() {
        views();
    }
    session.pull_plug();
    if visit {
        address.visit()
    } else {
        address.write()
    }
    let start: Function = Reflect::get(&whole, &"start".into())?.unchecked_into();
    let started = match start.call0(&JsValue::UNDEFINED) {
        Ok(coming) => JsFuture::from(coming.unchecked_into::<Promise>()).await.is_ok(),
        Err(_) => false,
    };
    if !started {
        give_up();
    }
    Ok(())
}

/// A worker that runs the whole program, this one or the other.
pub async fn whole_worker(hear: impl Fn(Heard) + 'static) -> Result<Link, JsValue> {
    let started = if cfg!(feature = "whole") {
        Link::start(hear)
    } else {
        let whole = JsFuture::from(fetch_program("whole")?).await?;
        let part = |name: &str| Reflect::get(&whole, &name.into());
        Link::start_program(&part("glue")?, &part("module")?, hear)
    };
    started.map_err(|why| JsValue::from_str(&why))
}

/// Loads the page anew, which says what is wrong with the program if it still is.
fn give_up() {
    if let Some(window) = web_sys::window() {
        drop(window.location().reload());
    }
}

/// The handle of the program that has taken this one's place, once it is there. The old handle, which scripts may have
/// kept, does the same from then on.
pub async fn successor(old: &Object) -> Object {
    let mut waited = 0;
    loop {
        let now = Reflect::get(&js_sys::global(), &"quorumLab".into()).unwrap_or_default();
        if now.is_object() && !Object::is(&now, old) {
            let now = now.unchecked_into();
            Object::assign(old, &now);
            return now;
        }
        clock::sleep(LOOK_MS).await;
        waited += LOOK_MS;
        if waited == PATIENCE_MS {
            give_up();
        }
    }
}

/// An address that says the language and the theme that the page has now, whoever asked for them.
fn dressed(address: Address) -> Address {
    let root = web_sys::window().and_then(|window| window.document()?.document_element());
    let said = |name: &str| root.as_ref().and_then(|root| root.get_attribute(name));
    let lang = said("lang").and_then(|tag| parse_lang(tag.split('-').next()?));
    let theme = said("data-theme").and_then(|word| Theme::parse(&word));
    Address { lang: lang.or(address.lang), theme: theme.or(address.theme), ..address }
}
