//! The runbook editor: steps added, moved and removed by click or by key, or as text; set, run, tried step by step, and
//! tested against a thousand disasters.
//!
//! Guarantees: a runbook that is chosen is in force at once; edits are a draft until they are set, and the editor says
//! which runbook would run in the meantime; every change by click has a key; a text that is not a runbook is refused
//! with its line, and the previous runbook stays. Leaves out: what steps do, and how the disasters are played
//! (`disasters`).

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::disasters::{Fired, fire};
use super::narrate::{book_text, step_text};
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::intent::{Intent, RegionIntent};
use crate::ui::use_lang;
use crate::web::session::Session;
use quorum_facade::regions::runbook::{BUILT_IN, MAX_STEPS, Runbook, Step};
use quorum_facade::{Answer, Command, RegionAction};
use quorum_i18n::{Lang, refused};

/// Number of disasters that it is tested against.
const DISASTERS: u64 = 1_000;

/// The properties of the editor.
#[derive(Properties, PartialEq)]
pub struct BookProps {
    /// The session that receives it.
    pub session: Session,
    /// The text of the runbook in force.
    pub text: String,
    /// The settings of the run that differ from their defaults.
    pub set: Vec<(String, u64)>,
    /// The run's seed; the disasters start from it.
    pub seed: u64,
    /// Whether the run accepts commands.
    pub running: bool,
    /// Whether a runbook is running.
    #[prop_or_default]
    pub busy: bool,
    /// Called with actions on the run.
    pub onintent: Callback<Intent>,
}

/// The editor's state.
#[derive(Clone)]
struct EditorState {
    /// The edited steps; none while nothing was changed.
    draft: UseStateHandle<Option<Vec<Step>>>,
    /// The text, while it is edited as text.
    text: UseStateHandle<Option<String>>,
    /// The step that would be added.
    next: UseStateHandle<Step>,
    /// The last message: whether it is an error, and its text.
    message: UseStateHandle<Option<(bool, String)>>,
}

impl EditorState {
    fn change(&self, steps: Vec<Step>) {
        self.draft.set(Some(steps));
        self.message.set(None);
    }
}

/// The list after a step is moved, and the step's new position.
pub fn moved(steps: &[Step], from: usize, up: bool) -> Option<(Vec<Step>, usize)> {
    let to = if up { from.checked_sub(1)? } else { from + 1 };
    let mut steps = steps.to_vec();
    if from >= steps.len() || to >= steps.len() {
        return None;
    }
    steps.swap(from, to);
    Some((steps, to))
}

/// The editor.
#[component]
pub fn Book(props: &BookProps) -> Html {
    let lang = use_lang();
    let editor = EditorState {
        draft: use_state_eq(|| None),
        text: use_state_eq(|| None),
        next: use_state_eq(|| Step::VerifyDigest),
        message: use_state_eq(|| None),
    };
    let set = Runbook::parse(&props.text).map(|runbook| runbook.steps).unwrap_or_default();
    let steps = (*editor.draft).clone().unwrap_or_else(|| set.clone());
    // Keys are the page's shortcuts; here they edit.
    let onkeydown = Callback::from(|event: KeyboardEvent| {
        if !matches!(event.key().as_str(), "Tab" | "Escape") {
            event.stop_propagation();
        }
    });
    let draft = editor.draft.as_ref().is_some_and(|draft| *draft != set);
    let in_force = book_text(lang, &props.text);
    html! {
        <section class="gauge" data-view="runbook" data-dirty={draft.to_string()} {onkeydown}>
            <details class="mc-details rg-fold">
                <summary>
                    { lang.t("rg-book") }
                    <small class="num">{ lang.f("rg-book-n", &[("n", set.len().into())]) }</small>
                </summary>
                <p class="fine">{ lang.t("rg-book-s") }</p>
                <p data-view="in-force"><b>{ lang.f("rg-book-in-force", &[("name", in_force.clone().into())]) }</b></p>
                { built_in(lang, props, &editor, &steps) }
                if draft {
                    <p class="note note-open" role="status" data-view="draft">
                        { lang.f("rg-book-draft", &[("name", in_force.into())]) }
                    </p>
                }
                if let Some(text) = &*editor.text {
                    { as_text(lang, &editor, text) }
                } else {
                    { as_list(lang, props, &editor, &steps) }
                    { adder(lang, &editor, &steps) }
                }
                { buttons(lang, props, &editor, &steps) }
                if let Some((bad, message)) = &*editor.message {
                    <p class={if *bad { "note note-gone" } else { "note" }}
                        role={if *bad { "alert" } else { "status" }} data-fault={bad.to_string()}>
                        { message.clone() }
                    </p>
                }
                <Fired session={props.session.clone()} />
            </details>
        </section>
    }
}

/// The built-in runbooks; the chosen one is set.
fn built_in(lang: Lang, props: &BookProps, editor: &EditorState, steps: &[Step]) -> Html {
    let one = |(name, book): (&'static str, &'static [Step])| {
        let now = steps == book;
        let called = lang.f(&format!("rg-book-{name}"), &[]);
        let onclick = {
            let (editor, session, called) = (editor.clone(), props.session.clone(), called.clone());
            let (running, busy) = (props.running, props.busy);
            Callback::from(move |_: MouseEvent| {
                editor.change(book.to_vec());
                editor.text.set(None);
                if !running {
                    return;
                }
                let key = if busy { "rg-book-chosen-later" } else { "rg-book-chosen" };
                let done = lang.f(key, &[("name", called.clone().into())]);
                spawn_local(ask(session.clone(), Ask::Set, name.to_owned(), editor.clone(), (lang, done)));
            })
        };
        html! {
            <button type="button" class={classes!("btn", "btn-s", now.then_some("btn-set"))} data-book={name}
                aria-pressed={now.to_string()} {onclick}>
                { called }</button>
        }
    };
    html! {
        <div class="rg-books" role="group" aria-label={lang.t("rg-book-built-in")}>
            { for BUILT_IN.into_iter().map(one) }
        </div>
    }
}

/// What to do with a runbook.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    /// Make it the run's runbook.
    Set,
    /// Run it now.
    Run,
}

/// Sets a runbook in the run or starts one, and shows the result.
async fn ask(session: Session, action: Ask, text: String, editor: EditorState, (lang, done): (Lang, String)) {
    let command = match (Runbook::parse(&text), action) {
        (Ok(runbook), Ask::Set) => Command::Region(RegionAction::Runbook(runbook)),
        (Ok(runbook), Ask::Run) => Command::Region(RegionAction::Run(runbook)),
        (Err(refusal), _) => {
            let message = refused(lang, &refusal.code, &refusal.error);
            return editor.message.set(Some((true, message)));
        }
    };
    match session.execute(command).await {
        Answer::Refused { code, error, .. } => editor.message.set(Some((true, refused(lang, &code, &error)))),
        _ => {
            if action == Ask::Set {
                editor.draft.set(None);
            }
            editor.message.set(Some((false, done)));
        }
    }
}

/// Focuses a step, once it is drawn.
fn focus_step(n: usize) {
    Timeout::new(30, move || {
        let document = web_sys::window().and_then(|window| window.document());
        let found = document
            .and_then(|document| document.query_selector(&format!("[data-bookstep='{n}']")).ok().flatten())
            .and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(found) = found {
            // Refused only for an element that cannot have the focus.
            drop(found.focus());
        }
    })
    .forget();
}

fn as_list(lang: Lang, props: &BookProps, editor: &EditorState, steps: &[Step]) -> Html {
    let row = |(n, step): (usize, &Step)| {
        let step = *step;
        let shift = |up: bool| {
            let (editor, steps) = (editor.clone(), steps.to_vec());
            move || {
                if let Some((steps, to)) = moved(&steps, n, up) {
                    editor.change(steps);
                    focus_step(to);
                }
            }
        };
        let (up, down) = (shift(true), shift(false));
        let out = {
            let (editor, steps) = (editor.clone(), steps.to_vec());
            move || {
                let mut steps = steps.clone();
                if n < steps.len() {
                    steps.remove(n);
                }
                focus_step(n.min(steps.len().saturating_sub(1)));
                editor.change(steps);
            }
        };
        let onkeydown = {
            let (up, down, out, last) =
                (up.clone(), down.clone(), out.clone(), steps.len().saturating_sub(1));
            Callback::from(move |event: KeyboardEvent| {
                let target = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
                if target.is_none_or(|element| element.get_attribute("data-bookstep").is_none()) {
                    return;
                }
                match (event.key().as_str(), event.alt_key()) {
                    ("ArrowUp", true) => up(),
                    ("ArrowDown", true) => down(),
                    ("ArrowUp", false) => focus_step(n.saturating_sub(1)),
                    ("ArrowDown", false) => focus_step((n + 1).min(last)),
                    ("Delete" | "Backspace", _) => out(),
                    _ => return,
                }
                event.prevent_default();
            })
        };
        let says =
            |key: &str| lang.f(key, &[("n", (n + 1).into()), ("step", step_text(lang, step.word()).into())]);
        let button = |word: &'static str, sign: Html, label: String, can: bool, act: Box<dyn Fn()>| {
            html! {
                <button type="button" class="rg-b" data-act={word} aria-label={label.clone()} title={label}
                    aria-disabled={inert(!can)}
                    onclick={Callback::from(move |_: MouseEvent| act())}>{ sign }</button>
            }
        };
        let hand = {
            let onintent = props.onintent.clone();
            Box::new(move || onintent.emit(Intent::Region(RegionIntent::Step(step))))
        };
        html! {
            <li key={format!("{n}{}", step.word())} data-bookstep={n.to_string()} data-word={step.word()}
                tabindex="0" aria-label={says("rg-book-step")} {onkeydown}>
                <i class="num">{ n + 1 }</i><span>{ step_text(lang, step.word()) }</span>
                { button("step-now", ic("right"), says("rg-book-now"), props.running, hand) }
                { button("step-up", html! { "↑" }, says("rg-book-up"), n > 0, Box::new(up)) }
                { button("step-down", html! { "↓" }, says("rg-book-down"), n + 1 < steps.len(), Box::new(down)) }
                { button("step-out", ic("cross"), says("rg-book-out"), true, Box::new(out)) }
            </li>
        }
    };
    html! {
        <ol class="rg-book" aria-label={lang.t("rg-book")} aria-describedby="rg-book-keys">
            { for steps.iter().enumerate().map(row) }
        </ol>
    }
}

/// The control that adds a step at the end.
fn adder(lang: Lang, editor: &EditorState, steps: &[Step]) -> Html {
    let onchange = {
        let next = editor.next.clone();
        Callback::from(move |event: Event| {
            let select = event.target().and_then(|it| it.dyn_into::<web_sys::HtmlSelectElement>().ok());
            if let Some(step) = select.and_then(|select| Step::of(&select.value())) {
                next.set(step);
            }
        })
    };
    let onclick = {
        let (editor, steps) = (editor.clone(), steps.to_vec());
        Callback::from(move |_: MouseEvent| {
            let mut steps = steps.clone();
            steps.push(*editor.next);
            editor.change(steps);
        })
    };
    html! {
        <>
            <p class="fine" id="rg-book-keys">{ lang.t("rg-book-keys") }</p>
            <p class="row rg-adder">
                <select class="rg-select" data-act="step-choose" aria-label={lang.t("rg-book-choose")} {onchange}>
                    {
                        for Step::ALL.into_iter()
                            .map(
                                |step| html! {
                                    <option value={step.word()} selected={*editor.next == step}>
                                        { step_text(lang, step.word()) }
                                    </option>
                                }
                            )
                    }
                </select>
                <button type="button" class="btn btn-s" data-act="step-add"
                    aria-disabled={inert(steps.len() >= MAX_STEPS)} {onclick}>
                    { lang.t("rg-book-add") }
                </button>
            </p>
        </>
    }
}

fn as_text(lang: Lang, editor: &EditorState, text: &str) -> Html {
    let oninput = {
        let editor = editor.clone();
        Callback::from(move |event: InputEvent| {
            let area = event.target().and_then(|it| it.dyn_into::<web_sys::HtmlTextAreaElement>().ok());
            let Some(area) = area else { return };
            let text = area.value();
            match Runbook::parse(&text) {
                Ok(runbook) => editor.change(runbook.steps),
                Err(refusal) => {
                    editor.message.set(Some((true, refused(lang, &refusal.code, &refusal.error))));
                }
            }
            editor.text.set(Some(text));
        })
    };
    html! {
        <div class="rg-edit">
            <textarea class="mono" data-act="book-text" rows="12" wrap="off" spellcheck="false"
                value={text.to_owned()} aria-label={lang.t("rg-book-as-text")} {oninput} />
        </div>
    }
}

fn buttons(lang: Lang, props: &BookProps, editor: &EditorState, steps: &[Step]) -> Html {
    let text = Runbook { steps: steps.to_vec() }.text();
    let bad = steps.is_empty() || matches!(&*editor.message, Some((true, _)));
    let asks = |action: Ask, done: &'static str| {
        let (session, editor, text) = (props.session.clone(), editor.clone(), text.clone());
        Callback::from(move |_: MouseEvent| {
            spawn_local(ask(
                session.clone(),
                action,
                text.clone(),
                editor.clone(),
                (lang, lang.f(done, &[])),
            ));
        })
    };
    let as_text = {
        let (editor, text) = (editor.clone(), text.clone());
        Callback::from(move |_: MouseEvent| {
            editor.text.set(if editor.text.is_some() { None } else { Some(text.clone()) });
            editor.message.set(None);
        })
    };
    let onfire = {
        let (session, set, seed, text) = (props.session.clone(), props.set.clone(), props.seed, text.clone());
        Callback::from(move |_: MouseEvent| fire(&session, seed, DISASTERS, set.clone(), text.clone()))
    };
    let off = bad || !props.running;
    html! {
        <p class="row">
            <button type="button" class="btn btn-pri" data-act="book-set" aria-disabled={inert(off)}
                onclick={asks(Ask::Set, "rg-book-is-set")}>
                { ic("check") }
                { lang.t("rg-book-set") }
            </button>
            <button type="button" class="btn" data-act="book-run" aria-disabled={inert(off)}
                onclick={asks(Ask::Run, "rg-book-runs")}>
                { ic("play") }
                { lang.t("rg-book-run") }
            </button>
            <button type="button" class="btn" data-act="book-text-toggle"
                aria-pressed={editor.text.is_some().to_string()} onclick={as_text}>
                { if editor.text.is_some() { lang.t("rg-book-as-list") } else { lang.t("rg-book-as-text") } }</button>
            <button type="button" class="btn btn-go" data-act="book-fire" aria-disabled={inert(off)} onclick={onfire}>
                { ic("warn") }
                { lang.f("rg-book-fire", &[("n", DISASTERS.into())]) }
            </button>
        </p>
    }
}
