//! The page: choices, preview, code.
//!
//! Guarantees: the preview is the lab itself in a frame with what is chosen, and keeps nothing; each copy is announced,
//! and where the browser refuses it, the code is selected. Leaves out: the choices' controls (`form`).

use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::choice::{Around, Choice, Run};
use super::form::{form, title};
use crate::ui::header::copy;
use crate::ui::icons::ic;
use crate::ui::use_lang;
use crate::web::address::Address;
use quorum_facade::Topology;
use quorum_i18n::Lang;
use quorum_lesson::list;

/// The page for an address.
pub(super) fn page(_: Lang, address: &Address) -> Html {
    html! { <Embedding address={address.clone()} /> }
}

/// The page's properties.
#[derive(Properties, PartialEq)]
struct PageProps {
    address: Address,
}

/// What an address names, if it can be embedded; else the first lesson.
fn named(address: &Address) -> Choice {
    let lessons =
        list::entries(Lang::default().code()).or_else(|| list::entries(Lang::default().other().code()));
    let lessons = lessons.unwrap_or_default();
    let known = address.lesson.clone().filter(|slug| lessons.iter().any(|lesson| lesson.slug == *slug));
    let topology = address.topology.clone().filter(|topology| Topology::parse(topology).is_ok());
    let run = match (known, topology) {
        (Some(slug), _) => Run::Lesson(slug),
        (None, Some(topology)) => Run::Topology(topology),
        (None, None) => Run::Lesson(lessons.first().map(|lesson| lesson.slug.clone()).unwrap_or_default()),
    };
    Choice::new(run, address.seed)
}

/// The folder that this page lies in.
fn base() -> String {
    let href = web_sys::window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    let page = href.split(['?', '#']).next().unwrap_or_default();
    page.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default()
}

/// The ways to take a lab along: the word in the document, what it is, and the label of its button.
const CODES: [(&str, &str, &str); 3] = [
    ("html", "home-em-html", "home-em-copy-html"),
    ("frame", "home-em-frame", "home-em-copy-frame"),
    ("link", "home-em-link", "home-em-copy-link"),
];

/// The page.
#[component]
fn Embedding(props: &PageProps) -> Html {
    let lang = use_lang();
    let choice = use_state_eq(|| named(&props.address));
    let said = use_state_eq(|| None::<&'static str>);
    let base = use_memo((), |()| base());
    let shown = choice.lang.unwrap_or(lang);
    let (brand, title) = (shown.t("brand"), title(shown, &choice.run));
    let around = Around { base: &base, brand: &brand, title: &title, lang };
    let onchange = {
        let (choice, said) = (choice.clone(), said.clone());
        Callback::from(move |next: Choice| {
            choice.set(next);
            said.set(None);
        })
    };
    let codes = [choice.element(&around), choice.frame(&around), choice.link(&around)];
    let code = |((word, what, act), text): ((&'static str, &'static str, &'static str), String)| {
        let id = format!("em-{word}");
        let oncopy = {
            let (id, text, said) = (id.clone(), text.clone(), said.clone());
            Callback::from(move |_: MouseEvent| {
                let (id, text, said) = (id.clone(), text.clone(), said.clone());
                said.set(None);
                spawn_local(async move {
                    let copied = copy(&text).await;
                    if !copied {
                        select(&id);
                    }
                    said.set(Some(if copied { what } else { "home-em-refused" }));
                });
            })
        };
        html! {
            <div class="em-c" key={word}>
                <label for={id.clone()}>{ lang.f(what, &[]) }</label>
                <textarea {id} class="mono" rows="4" readonly=true spellcheck="false" value={text} />
                <button class="btn" type="button" data-act={format!("copy-{word}")} onclick={oncopy}>
                    { ic("link") }{ lang.f(act, &[]) }
                </button>
            </div>
        }
    };
    let announced = match *said {
        None => String::new(),
        Some("home-em-refused") => lang.t("home-em-refused"),
        Some(what) => lang.f("home-em-copied", &[("what", lang.f(what, &[]).into())]),
    };
    html! {
        <section class="co-page" data-view="embedding">
            <h1 class="hero-h">{ lang.t("page-embed") }</h1>
            <p class="co-lead">{ lang.t("home-em-lead") }</p>
            <div class="em">
                { form(lang, &choice, &onchange) }
                <div class="em-r">
                    <h2>{ lang.t("home-em-live") }</h2>
                    { preview(lang, &choice, &around) }
                    <h2>{ lang.t("home-em-take") }</h2>
                    { for CODES.into_iter().zip(codes).map(code) }
                    <p class="fine" role="status" data-view="em-said">{ announced }</p>
                </div>
            </div>
        </section>
    }
}

/// The lab as it is chosen, in a frame.
fn preview(lang: Lang, choice: &Choice, around: &Around<'_>) -> Html {
    // A new frame for each choice: one that goes to another address would add to the history of this page.
    let src = choice.preview(around);
    let width = choice.width_px.map_or_else(|| "100%".to_owned(), |px| px.to_string());
    html! {
        <iframe key={src.clone()} class="em-live" src={src} {width} height={choice.height_px.to_string()}
            title={lang.f("home-em-live-n", &[("title", around.title.into())])} allow="clipboard-write" />
    }
}

/// Selects the code in a field.
fn select(id: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    let field = document.and_then(|document| document.get_element_by_id(id));
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlTextAreaElement>().ok()) {
        // Refused only where there is nothing to focus.
        drop(field.focus());
        field.select();
    }
}
