//! What a browser test mounts: any view, in a language, in a frame that stands in for the page.
//!
//! Guarantees: what is mounted is removed from the page with its test. Leaves out: the texts (`texts`), which are
//! loaded here and kept there.

use gloo_timers::future::TimeoutFuture;
use quorum_i18n::Lang;
use quorum_lab::ui::regions::style;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};
use yew::AppHandle;
use yew::prelude::*;

/// What is mounted.
#[derive(Properties, PartialEq)]
pub(crate) struct FrameProps {
    lang: Lang,
    inner: Html,
}

#[component]
fn Frame(props: &FrameProps) -> Html {
    html! {
        <ContextProvider<Lang> context={props.lang}>
            { style() }
            <main>{ props.inner.clone() }</main>
        </ContextProvider<Lang>>
    }
}

/// A mounted view, and the frame around it.
pub(crate) struct Shown(pub(crate) Element, Option<AppHandle<Frame>>);

impl Shown {
    /// Mounts a view.
    pub(crate) async fn new(lang: Lang, inner: Html) -> Self {
        crate::texts::learn_catalogues();
        quorum_lab::ui::inert::ignore_inert();
        let document = web_sys::window().and_then(|window| window.document()).expect("a page");
        let root = document.create_element("div").expect("an element");
        document.body().expect("a body").append_child(&root).expect("room");
        let props = FrameProps { lang, inner };
        let frame = yew::Renderer::<Frame>::with_root_and_props(root.clone(), props).render();
        settle().await;
        let shown = Self(root, Some(frame));
        shown.keeps_focus();
        shown
    }

    /// Replaces the mounted view.
    pub(crate) async fn update(&mut self, lang: Lang, inner: Html) {
        if let Some(frame) = &mut self.1 {
            frame.update(FrameProps { lang, inner });
        }
        settle().await;
        self.keeps_focus();
    }

    /// No button has the attribute that would take the focus from it (`ui::inert`).
    fn keeps_focus(&self) {
        assert!(self.all("button[disabled]").is_empty(), "{}", self.0.inner_html());
    }

    /// Whether a button has no effect now.
    pub(crate) fn is_inert(&self, selector: &str) -> bool {
        is_inert(&self.one(selector))
    }

    /// All elements that a selector matches.
    pub(crate) fn all(&self, selector: &str) -> Vec<Element> {
        let found = self.0.query_selector_all(selector).expect("a selector");
        (0..found.length()).filter_map(|n| found.get(n)?.dyn_into().ok()).collect()
    }

    /// The only element that a selector matches.
    pub(crate) fn one(&self, selector: &str) -> Element {
        let mut found = self.all(selector);
        assert_eq!(found.len(), 1, "{selector} in {}", self.0.inner_html());
        found.remove(0)
    }

    /// Its text.
    pub(crate) fn text(&self, selector: &str) -> String {
        self.one(selector).text_content().unwrap_or_default()
    }

    /// An attribute of it.
    pub(crate) fn said(&self, selector: &str, attribute: &str) -> String {
        self.one(selector).get_attribute(attribute).unwrap_or_default()
    }

    /// Clicks it, and waits until the page is drawn.
    pub(crate) async fn click(&self, selector: &str) {
        self.one(selector).unchecked_into::<HtmlElement>().click();
        settle().await;
    }

    /// Presses a key on it, and waits until the page is drawn.
    pub(crate) async fn press(&self, selector: &str, key: &str) {
        self.press_with(selector, key, false).await;
    }

    /// The same, with Alt or without.
    pub(crate) async fn press_with(&self, selector: &str, key: &str, alt: bool) {
        let init = web_sys::KeyboardEventInit::new();
        init.set_key(key);
        init.set_alt_key(alt);
        init.set_bubbles(true);
        let event = web_sys::KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init);
        self.one(selector).dispatch_event(&event.expect("a key")).expect("a stroke");
        settle().await;
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some(frame) = self.1.take() {
            frame.destroy();
        }
        self.0.remove();
    }
}

/// Whether a button has no effect now.
pub(crate) fn is_inert(button: &Element) -> bool {
    button.get_attribute("aria-disabled").is_some_and(|value| value == "true")
}

/// Waits until the page is drawn.
pub(crate) async fn settle() {
    TimeoutFuture::new(30).await;
}

/// Whether a text has Chinese in it.
pub(crate) fn chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}
