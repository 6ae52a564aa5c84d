//! Opening a lesson from a file or an address.
//!
//! Promises: what is opened is data, read by the same reader as every lesson; a fault is said with file, line and field, and
//! nothing has changed then; a file that is too large is not read. Leaves out: the reader (`lesson::bundle`), playing it.

use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, File, HtmlElement, HtmlInputElement, Response};
use yew::prelude::*;

use crate::lab::{open_lesson, read_commands_with};
use crate::lesson::bundle::MOST_BYTES;
use crate::ui::home::at_home;
use crate::ui::icons::ic;
use crate::ui::use_lang;
use crate::web::address::Address;
use crate::web::played;
use crate::words::Lang;

/// The file input's name in the document.
const INPUT: &str = "lesson-file";
/// And that of the field for an address.
const FIELD: &str = "lesson-address";

/// What the page needs.
#[derive(Properties, PartialEq)]
pub struct OpenProps {
    /// The page's address; what it names as the lesson is fetched at once if it is an address.
    pub address: Address,
    /// Called with what is to be shown once it is open.
    pub onopen: Callback<Address>,
}

/// How far opening is.
#[derive(Clone, PartialEq)]
enum State {
    Idle,
    Coming(String),
    Bad(String),
}

/// The page.
#[component]
pub fn Open(props: &OpenProps) -> Html {
    let lang = use_lang();
    let state = use_state_eq(|| State::Idle);
    let named =
        props.address.lesson.clone().filter(|named| props.address.view.is_none() && !named.is_empty());
    let begin = {
        let (state, address, onopen) = (state.clone(), props.address.clone(), props.onopen.clone());
        Callback::from(move |from: From| {
            let (state, address, onopen) = (state.clone(), address.clone(), onopen.clone());
            spawn_local(async move {
                state.set(State::Coming(from.name()));
                match bring(lang, from).await {
                    Ok(slug) => onopen.emit(Address { lesson: Some(slug), ..at_home(&address) }),
                    Err(why) => state.set(State::Bad(why)),
                }
            });
        })
    };
    {
        let begin = begin.clone();
        use_effect_with(named.clone().filter(|named| is_address(named)), move |named| {
            if let Some(named) = named {
                begin.emit(From::Address(named.clone()));
            }
        });
    }
    let onchange = {
        let begin = begin.clone();
        Callback::from(move |event: Event| {
            let input: Option<HtmlInputElement> = event.target().and_then(|target| target.dyn_into().ok());
            let Some(input) = input else { return };
            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                input.set_value("");
                begin.emit(From::File(file));
            }
        })
    };
    let onsubmit = Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        let field = by_id(FIELD).and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
        if let Some(address) = field.map(|field| field.value()).filter(|address| !address.trim().is_empty()) {
            begin.emit(From::Address(address.trim().to_owned()));
        }
    });
    let lost = named.as_ref().is_some_and(|named| !is_address(named));
    html! {
        <section class="co-page" data-view="open">
            <h1 class="hero-h">{ lang.t("home-nav-open") }</h1>
            <p class="co-lead">{ lang.t("co-open-lead") }</p>
            if lost { <p class="note note-open">{ lang.t("co-open-again") }</p> }
            <p class="row">
                <button class="btn btn-pri" type="button" data-act="open-file" onclick={|_: MouseEvent| press(INPUT)}>{ ic("down") }{ lang.t("co-open-file") }</button>
                <input class="vh" id={INPUT} type="file" tabindex="-1" aria-label={lang.t("co-open-file")} {onchange} />
            </p>
            <form class="row" {onsubmit}>
                <label for={FIELD}>{ lang.t("co-open-address") }</label>
                <input class="co-field" id={FIELD} type="url" placeholder="https://" value={named.filter(|named| is_address(named))} />
                <button class="btn" type="submit" data-act="open-address">{ lang.t("co-open-go") }</button>
            </form>
            <div role="status">
                { match &*state {
                    State::Idle => Html::default(),
                    State::Coming(what) => html! { <p class="note" data-view="coming">{ lang.f("co-open-coming", &[("what", what.clone().into())]) }</p> },
                    State::Bad(why) => html! {
                        <div class="note note-gone" data-view="bad">
                            <p><b>{ lang.t("co-open-bad") }</b></p><p class="co-fault">{ why }</p><p>{ lang.t("co-open-bad-note") }</p>
                        </div>
                    },
                } }
            </div>
        </section>
    }
}

/// Where a lesson comes from.
enum From {
    File(File),
    Address(String),
}

impl From {
    fn name(&self) -> String {
        match self {
            Self::File(file) => file.name(),
            Self::Address(address) => address.clone(),
        }
    }
}

/// Whether a lesson is named by where it lies.
pub(super) fn is_address(named: &str) -> bool {
    named.starts_with("https://") || named.starts_with("http://localhost")
}

/// Reads and opens a lesson; by what name it is found then.
async fn bring(lang: Lang, from: From) -> Result<String, String> {
    let name = from.name();
    let blob: Blob = match &from {
        From::File(file) => file.clone().into(),
        From::Address(address) if is_address(address) => {
            fetch(address).await.map_err(|_| lang.f("co-open-unfetched", &[("what", name.clone().into())]))?
        }
        From::Address(_) => return Err(lang.f("co-open-unfetched", &[("what", name.into())])),
    };
    if blob.size() > MOST_BYTES as f64 {
        return Err(format!("{name}: {}", lang.f("co-open-large", &[("n", MOST_BYTES.into())])));
    }
    let text = JsFuture::from(blob.text()).await.ok().and_then(|text| text.as_string());
    let text = text.ok_or_else(|| lang.f("co-open-unfetched", &[("what", name.clone().into())]))?;
    open(&name, &text).map(|slug| if is_address(&name) { name } else { slug })
}

/// Opens a lesson from its text; its slug, or what is wrong with it.
pub fn open(name: &str, text: &str) -> Result<String, String> {
    read_commands_with(played::command);
    open_lesson(name, text).map(|lesson| lesson.slug.clone()).map_err(|refusal| refusal.error)
}

async fn fetch(address: &str) -> Result<Blob, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let response: Response = JsFuture::from(window.fetch_with_str(address)).await?.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::NULL);
    }
    JsFuture::from(response.blob()?).await?.dyn_into()
}

fn by_id(id: &str) -> Option<web_sys::Element> {
    web_sys::window()?.document()?.get_element_by_id(id)
}

/// Opens the browser's dialogue of a file input.
pub(super) fn press(id: &str) {
    if let Some(input) = by_id(id).and_then(|input| input.dyn_into::<HtmlElement>().ok()) {
        input.click();
    }
}
