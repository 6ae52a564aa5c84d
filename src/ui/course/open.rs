//! Opens a lesson from a file or an address, or a saved run from a file.
//!
//! Guarantees: a lesson is data, read by the same parser as every lesson; an error is reported with file, line and
//! field, and then nothing has changed; a file that is too large is not read; fetching from an address shows its
//! progress and can be stopped. Leaves out: fetching (`web::fetched`), the parser (`lesson::bundle`), playing it.

use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{File, HtmlElement, HtmlInputElement};
use yew::prelude::*;

use crate::ui::icons::ic;
use crate::ui::links::at_home;
use crate::ui::use_lang;
use crate::web::address::Address;
use crate::web::fetched::{self, MOST_WAIT_MS, Stop, Unfetched};
use crate::web::saved_runs::{FILE_ENDING, letters_of};
use quorum_i18n::{Lang, refused};
use quorum_lesson::bundle::MOST_BYTES;
use quorum_types::Refusal;

/// The file input's id in the document.
const INPUT: &str = "lesson-file";
/// The id of the input for an address.
const FIELD: &str = "lesson-address";

/// The page's properties.
#[derive(Properties, PartialEq)]
pub struct OpenProps {
    /// The page's address; if its lesson is an address, it is fetched at once.
    pub address: Address,
    /// Called with the address to show once the lesson is open.
    pub onopen: Callback<Address>,
}

/// The progress of opening.
#[derive(Clone, PartialEq)]
enum State {
    Idle,
    /// The source, and the number of bytes so far.
    Coming(String, usize),
    /// The error, and the parser's message about the file if there is one.
    Bad(String, Option<String>),
}

/// The page.
#[component]
pub fn Open(props: &OpenProps) -> Html {
    let lang = use_lang();
    let state = use_state_eq(|| State::Idle);
    let named =
        props.address.lesson.clone().filter(|named| props.address.view.is_none() && !named.is_empty());
    let stop = use_mut_ref(Stop::default);
    let begin = {
        let (state, address, onopen) = (state.clone(), props.address.clone(), props.onopen.clone());
        let stop = stop.clone();
        Callback::from(move |from: From| {
            let (state, address, onopen) = (state.clone(), address.clone(), onopen.clone());
            // An earlier fetch is no longer needed.
            let mine = Stop::default();
            stop.replace(mine.clone()).stop();
            spawn_local(async move {
                let name = from.name();
                state.set(State::Coming(name.clone(), 0));
                let came = {
                    let (state, name) = (state.clone(), name.clone());
                    move |bytes| state.set(State::Coming(name.clone(), bytes))
                };
                match bring(from, &mine, came).await {
                    Ok(Brought::Lesson(slug)) => {
                        // A saved run of a lesson at an address waits for the lesson.
                        let run = address.run.clone().filter(|_| is_address(&slug));
                        onopen.emit(Address { lesson: Some(slug), run, ..at_home(&address) });
                    }
                    Ok(Brought::Run(letters)) => {
                        onopen.emit(Address { run: Some(letters), ..at_home(&address) });
                    }
                    Err(Fault::Fetched(Unfetched::Stopped)) => state.set(State::Idle),
                    Err(fault) => state.set(fault.into_state(lang, &name)),
                }
            });
        })
    };
    let oncancel = {
        let (stop, state) = (stop.clone(), state.clone());
        Callback::from(move |_: MouseEvent| {
            stop.borrow().stop();
            state.set(State::Idle);
        })
    };
    {
        let stop = stop.clone();
        // Leaving this page stops the fetch.
        use_effect_with((), move |()| move || stop.borrow().stop());
    }
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
            <h1 class="hero-h">{ lang.t("page-open") }</h1>
            <p class="co-lead">{ lang.t("co-open-lead") }</p>
            if lost { <p class="note note-open">{ lang.t("co-open-again") }</p> }
            <p class="row">
                <button class="btn btn-pri" type="button" data-act="open-file"
                    onclick={|_: MouseEvent| press(INPUT)}>
                    { ic("down") }
                    { lang.t("co-open-file") }
                </button>
                <input class="vh" id={INPUT} type="file" tabindex="-1" aria-label={lang.t("co-open-file")} {onchange} />
            </p>
            <form class="row" {onsubmit}>
                <label for={FIELD}>{ lang.t("co-open-address") }</label>
                <input class="co-field" id={FIELD} type="url" placeholder="https://"
                    value={named.filter(|named| is_address(named))} />
                <button class="btn" type="submit" data-act="open-address">{ lang.t("co-open-go") }</button>
            </form>
            <div role="status">
                { match &*state {
                    State::Idle => Html::default(),
                    State::Coming(what, bytes) => html! {
                        <div class="note" data-view="coming">
                            <p>{ lang.f("co-open-coming", &[("what", what.clone().into())]) }
                                if
                                    *bytes > 0 {
                                        { " " }
                                        { lang.f("co-open-came", &[("n", bytes.div_ceil(1_024).into())]) }
                                    }
                            </p>
                            <p class="row">
                                <button class="btn" type="button" data-act="open-cancel" onclick={oncancel}>
                                    { lang.t("co-open-cancel") }
                                </button>
                            </p>
                        </div>
                    },
                    State::Bad(why, detail) => html! {
                        <div class="note note-gone" data-view="bad">
                            <p><b>{ lang.t("co-open-bad") }</b></p><p>{ why }</p>
                            if let Some(detail) = detail { <p class="co-fault" lang="en">{ detail }</p> }
                            <p>{ lang.t("co-open-bad-note") }</p>
                        </div>
                    },
                } }
            </div>
        </section>
    }
}

/// The source of a lesson.
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

pub(super) use fetched::is_address;

/// Why a lesson was not opened.
enum Fault {
    /// It could not be fetched.
    Fetched(Unfetched),
    /// It was refused, with the parser's message.
    Read(String),
    /// It is no saved run that can be read.
    Run(Refusal),
}

/// What was opened.
enum Brought {
    /// A lesson, by the name by which it is found.
    Lesson(String),
    /// A saved run.
    Run(String),
}

impl Fault {
    fn into_state(self, lang: Lang, name: &str) -> State {
        match self {
            Self::Fetched(why) => State::Bad(unfetched(lang, &why, name), None),
            Self::Read(detail) => State::Bad(lang.t("co-open-unread"), Some(detail)),
            Self::Run(refusal) => State::Bad(refused(lang, &refusal.code, &refusal.error), None),
        }
    }
}

/// Why a lesson could not be fetched, with the limits.
fn unfetched(lang: Lang, why: &Unfetched, name: &str) -> String {
    let args =
        [("what", name.into()), ("kib", (MOST_BYTES / 1_024).into()), ("s", (MOST_WAIT_MS / 1_000).into())];
    lang.f(why.key(), &args)
}

/// Reads and opens a lesson, or reads a saved run.
async fn bring(from: From, stop: &Stop, came: impl Fn(usize)) -> Result<Brought, Fault> {
    let name = from.name();
    let text = match from {
        From::File(file) if name.ends_with(&format!(".{FILE_ENDING}")) => {
            return letters_of(&file).await.map(Brought::Run).map_err(Fault::Run);
        }
        From::File(file) if file.size() > MOST_BYTES as f64 => {
            return Err(Fault::Fetched(Unfetched::TooLarge));
        }
        From::File(file) => {
            let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
            text.ok_or(Fault::Fetched(Unfetched::NoText))?
        }
        From::Address(address) => fetched::text(&address, stop, came).await.map_err(Fault::Fetched)?,
    };
    let lesson = fetched::open(&name, &text).await.map_err(|refusal| Fault::Read(refusal.error))?;
    Ok(Brought::Lesson(if is_address(&name) { name } else { lesson.slug.clone() }))
}

fn by_id(id: &str) -> Option<web_sys::Element> {
    web_sys::window()?.document()?.get_element_by_id(id)
}

/// Opens the browser's dialog of a file input.
pub(crate) fn press(id: &str) {
    if let Some(input) = by_id(id).and_then(|input| input.dyn_into::<HtmlElement>().ok()) {
        input.click();
    }
}
