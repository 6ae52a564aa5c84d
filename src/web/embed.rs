//! The lab in a frame of a course page: what it tells the page around it, and what it hears from it.
//!
//! Promises: with `embed=1` the parent is told `{quorumLab: {kind: "height", px}}` whenever the height
//! changes and `{quorumLab: {kind: "progress", …}}` whenever the learner gets further, and both again when it
//! says `{quorumLab: "hello"}`, so that a parent that loads late misses nothing. `{quorumLab: {lang, theme}}`
//! is taken from the parent alone. Nothing that is told is a secret, so it is told to any origin. Leaves out:
//! what the views do with a wish.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Object, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, ResizeObserver, Window};

use super::address::{Theme, parse_lang};
use super::idb::set;
use super::plain;
use super::program;
use super::progress::{Progress, Watch};
use super::read;
use super::session::{Session, Update};
use crate::words::Lang;

/// What the page around the frame wishes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Another language.
    pub lang: Option<Lang>,
    /// Another theme.
    pub theme: Option<Theme>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Told<'a> {
    Height {
        px: i32,
    },
    Progress {
        #[serde(flatten)]
        progress: &'a Progress,
    },
}

struct WishWords {
    lang: Option<String>,
    theme: Option<String>,
}
read::objects! { WishWords { lang, theme } }

/// Begins to tell and to hear, for as long as the page lives. Does nothing where there is no parent.
pub fn install(session: &Session, on_wish: impl Fn(Wish) + 'static) {
    let Some(window) = web_sys::window() else { return };
    let Some(parent) = window.parent().ok().flatten().filter(|parent| *parent != window) else { return };
    let watch = Rc::new(RefCell::new(Watch::default()));
    tell_progress(session, parent.clone(), watch.clone());
    let height = tell_height(&window, parent.clone());
    hear(&window, parent, watch, height, on_wish);
}

fn tell(parent: &Window, told: &Told<'_>) {
    let message = Object::new();
    if let Ok(told) = plain::to_js(told) {
        set(&message, "quorumLab", &told);
        // A parent that is gone needs no telling.
        drop(parent.post_message(&message, "*"));
    }
}

fn tell_progress(session: &Session, parent: Window, watch: Rc<RefCell<Watch>>) {
    let subscription = session.subscribe(move |update| {
        if let Update::Moment(moment) = update {
            let (progress, _) = watch.borrow_mut().see(moment);
            if let Some(progress) = &progress {
                tell(&parent, &Told::Progress { progress });
            }
        }
    });
    // The page tells for as long as it lives.
    std::mem::forget(subscription);
}

/// Tells the height whenever it changes; returns what tells it once more.
fn tell_height(window: &Window, parent: Window) -> Rc<dyn Fn()> {
    let document = window.document();
    let measure = move || document.as_ref()?.document_element().map(|root| root.scroll_height());
    let tell_now: Rc<dyn Fn()> = {
        let measure = measure.clone();
        Rc::new(move || {
            if let Some(px) = measure() {
                tell(&parent, &Told::Height { px });
            }
        })
    };
    let last = RefCell::new(None);
    let on_resize = {
        let tell_now = tell_now.clone();
        Closure::<dyn FnMut()>::new(move || {
            let px = measure();
            if last.replace(px) != px && !program::left() {
                tell_now();
            }
        })
    };
    if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref())
        && let Some(document) = window.document()
    {
        // The root shows a change of the frame, the body one of what is in it.
        document.document_element().iter().for_each(|root| observer.observe(root));
        document.body().iter().for_each(|body| observer.observe(body));
        std::mem::forget(observer);
    }
    on_resize.forget();
    tell_now
}

fn hear(
    window: &Window,
    parent: Window,
    watch: Rc<RefCell<Watch>>,
    height: Rc<dyn Fn()>,
    on_wish: impl Fn(Wish) + 'static,
) {
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let from_parent = event.source().is_some_and(|source| Object::is(&source, &parent));
        let Ok(said) = Reflect::get(&event.data(), &JsValue::from_str("quorumLab")) else { return };
        if !from_parent || said.is_undefined() || program::left() {
            return;
        }
        if said.as_string().as_deref() == Some("hello") {
            height();
            if let Some(progress) = watch.borrow().last() {
                tell(&parent, &Told::Progress { progress });
            }
        } else if let Ok(words) = read::read::<WishWords>(&said) {
            let lang = words.lang.as_deref().and_then(parse_lang);
            let theme = words.theme.as_deref().and_then(Theme::parse);
            on_wish(Wish { lang, theme });
        }
    });
    // Listening on one's own window is never refused.
    drop(window.add_event_listener_with_callback("message", on_message.as_ref().unchecked_ref()));
    on_message.forget();
}
