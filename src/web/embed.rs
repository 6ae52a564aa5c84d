//! The lab in a frame of a course page: the messages it posts to the parent page, and those it accepts from it.
//!
//! Guarantees: with `embed=1` the lab posts `{quorumLab: {kind: "height", px}}` to the parent whenever the height
//! changes and `{quorumLab: {kind: "progress", …}}` whenever the learner gets further, and both again when the parent
//! posts `{quorumLab: "hello"}`, so that a parent that loads late misses nothing. `{quorumLab: {lang, theme}}` is
//! accepted from the parent only. The height is that of the content, never of the frame itself, so it can shrink too,
//! and a parent that adds to it does not cause a larger report. The lab answers at most ten times a second, no matter
//! how fast the parent posts, and applies only the last of its requests. Nothing that is posted is secret, so it is
//! posted to any origin. Leaves out: how the views apply a request.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Object, Reflect};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use web_sys::{Document, HtmlElement, MessageEvent, ResizeObserver, Window};

use super::address::{Theme, parse_lang};
use super::clock;
use super::idb::set;
use super::progress::{Progress, Watch};
use super::session::{Session, Update};
use super::{given, plain};
use quorum_i18n::Lang;

/// Minimum interval between answers to the parent.
const ANSWER_MS: u32 = 100;
/// Minimum interval between applied requests: each may fetch another language.
const WISH_MS: u32 = 250;

/// A lab at least this wide fills its frame at any height; a narrower one is a single column (`www/layout.css`).
const FILLS_FROM_PX: f64 = 600.0;
/// The height that such a lab is designed for.
const FILLED_PX: i32 = 540;

/// What the parent page requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Another language.
    pub lang: Option<Lang>,
    /// Another theme.
    pub theme: Option<Theme>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Notice<'a> {
    Height {
        px: i32,
    },
    Progress {
        #[serde(flatten)]
        progress: &'a Progress,
    },
}

#[derive(Deserialize)]
struct WishWords {
    lang: Option<String>,
    theme: Option<String>,
}

/// Starts posting and listening, for as long as the page lives. Does nothing where there is no parent.
pub fn install(session: &Session, on_wish: impl Fn(Wish) + 'static) {
    let Some(window) = web_sys::window() else { return };
    let Some(parent) = window.parent().ok().flatten().filter(|parent| *parent != window) else { return };
    if let Some(root) = window.document().and_then(|document| document.document_element()) {
        // With this attribute, no height in the style sheet depends on that of the frame.
        drop(root.set_attribute("data-embed", ""));
    }
    let watch = Rc::new(RefCell::new(Watch::default()));
    tell_progress(session, parent.clone(), watch.clone());
    let height = tell_height(&window, parent.clone());
    hear(&window, parent, watch, height, on_wish);
}

fn tell(parent: &Window, notice: &Notice<'_>) {
    let message = Object::new();
    if let Ok(notice) = plain::to_js(notice) {
        set(&message, "quorumLab", &notice);
        // A parent that is gone needs no message.
        drop(parent.post_message(&message, "*"));
    }
}

fn tell_progress(session: &Session, parent: Window, watch: Rc<RefCell<Watch>>) {
    let subscription = session.subscribe(move |update| {
        if let Update::Moment(moment) = update {
            let (progress, _) = watch.borrow_mut().see(moment);
            if let Some(progress) = &progress {
                tell(&parent, &Notice::Progress { progress });
            }
        }
    });
    // The page keeps posting for as long as it lives.
    std::mem::forget(subscription);
}

/// Posts the height whenever it changes; returns a function that posts it once more.
fn tell_height(window: &Window, parent: Window) -> Rc<dyn Fn()> {
    let measure = {
        let window = window.clone();
        move || content_px(&window, &window.document()?)
    };
    let last = Rc::new(Cell::new(None));
    let tell_now: Rc<dyn Fn()> = {
        let (measure, last) = (measure.clone(), last.clone());
        Rc::new(move || {
            if let Some(px) = measure() {
                last.set(Some(px));
                tell(&parent, &Notice::Height { px });
            }
        })
    };
    let tell_changed = {
        let tell_now = tell_now.clone();
        Calm::new(ANSWER_MS, move |()| {
            if measure() != last.get() {
                tell_now();
            }
        })
    };
    let on_resize = Closure::<dyn FnMut()>::new(move || tell_changed.call(()));
    if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref())
        && let Some(document) = window.document()
    {
        // The root element reports changes of the frame, the page's container reports changes of the content.
        document.document_element().iter().for_each(|root| observer.observe(root));
        document.get_element_by_id(PLACE).iter().for_each(|place| observer.observe(place));
        std::mem::forget(observer);
    }
    on_resize.forget();
    tell_now
}

/// The id of the element that the page is drawn in.
const PLACE: &str = "app";

/// The height of the content. The document's own height is never less than the frame's.
fn content_px(window: &Window, document: &Document) -> Option<i32> {
    let place: HtmlElement = document.get_element_by_id(PLACE)?.dyn_into().ok()?;
    let wide = window.inner_width().ok()?.as_f64()? >= FILLS_FROM_PX;
    let fills = wide && place.query_selector(".lab").ok()?.is_some();
    let px = if fills { FILLED_PX } else { place.offset_top() + place.scroll_height() };
    // A frame that is not displayed has no height to report.
    (px > 0).then_some(px)
}

/// How calls that arrive too fast are combined.
trait Merge {
    /// Combines both; where they differ, the later one wins.
    fn with(self, later: Self) -> Self;
}

impl Merge for () {
    fn with(self, (): Self) -> Self {}
}

impl Merge for Wish {
    fn with(self, later: Self) -> Self {
        Self { lang: later.lang.or(self.lang), theme: later.theme.or(self.theme) }
    }
}

/// Throttles a function: calls it at once, and combines calls within the interval into one at its end.
struct Calm<T> {
    every_ms: u32,
    call: Rc<dyn Fn(T)>,
    waiting: Rc<RefCell<Option<T>>>,
    resting: Rc<Cell<bool>>,
}

impl<T: Merge + 'static> Calm<T> {
    fn new(every_ms: u32, call: impl Fn(T) + 'static) -> Self {
        Self { every_ms, call: Rc::new(call), waiting: Rc::default(), resting: Rc::default() }
    }

    fn call(&self, argument: T) {
        if self.resting.replace(true) {
            let before = self.waiting.take();
            self.waiting.replace(Some(match before {
                Some(before) => before.with(argument),
                None => argument,
            }));
            return;
        }
        (self.call)(argument);
        let (call, waiting, resting) = (self.call.clone(), self.waiting.clone(), self.resting.clone());
        let every_ms = self.every_ms;
        wasm_bindgen_futures::spawn_local(async move {
            loop {
                clock::sleep(every_ms).await;
                let Some(argument) = waiting.take() else { break };
                call(argument);
            }
            resting.set(false);
        });
    }
}

fn hear(
    window: &Window,
    parent: Window,
    watch: Rc<RefCell<Watch>>,
    height: Rc<dyn Fn()>,
    on_wish: impl Fn(Wish) + 'static,
) {
    let greeted = {
        let parent = parent.clone();
        Calm::new(ANSWER_MS, move |()| {
            height();
            if let Some(progress) = watch.borrow().last() {
                tell(&parent, &Notice::Progress { progress });
            }
        })
    };
    let wished = Calm::new(WISH_MS, on_wish);
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let from_parent = event.source().is_some_and(|source| Object::is(&source, &parent));
        let Ok(said) = Reflect::get(&event.data(), &JsValue::from_str("quorumLab")) else { return };
        if !from_parent || said.is_undefined() {
            return;
        }
        if said.as_string().as_deref() == Some("hello") {
            greeted.call(());
        } else if let Ok(words) = given::read::<WishWords>(&said) {
            let lang = words.lang.as_deref().and_then(parse_lang);
            let theme = words.theme.as_deref().and_then(Theme::parse);
            if lang.is_some() || theme.is_some() {
                wished.call(Wish { lang, theme });
            }
        }
    });
    // Listening on one's own window is never refused.
    drop(window.add_event_listener_with_callback("message", on_message.as_ref().unchecked_ref()));
    on_message.forget();
}
