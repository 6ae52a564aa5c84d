//! The query console of a single engine: a filter or a search, the index, the answer as a table, and what was sent.
//!
//! Guarantees: nothing is sent before it is asked for; every line shown as sent was sent, in this order; a refusal is a
//! sentence beside the field it is about. Leaves out: what the fields become (`request`), and other collections than
//! the one that a new engine has.

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::EngineProps;
use super::request::{Asked, EXAMPLES, Example, Fault, Field, INDEXES, METRICS, Mode, line};
use crate::ui::header::copy;
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::intent::Intent;
use crate::ui::proof::fields_table;
use crate::ui::use_lang;
use crate::web::session::Session;
use crate::web::wire::Pace;
use quorum_facade::command::default_collection;
use quorum_facade::{Answer, Command, EngineCommand, Row};
use quorum_i18n::Lang;

/// Rows that are drawn at most; a filter alone may find a million.
const MOST_DRAWN: usize = 200;

/// The console; in free play, where no step says what to ask.
pub(crate) fn console(session: &Session, engine: &EngineProps) -> Html {
    if !engine.free {
        return Html::default();
    }
    let awake = Intent::QueryFirstTen.possible(true, false, Some(&engine.now));
    let off = match (engine.running, awake) {
        (false, _) => Some("qc-off-run"),
        (true, false) => Some("qc-off-engine"),
        (true, true) => None,
    };
    let facts = engine.now.engine.as_ref();
    let name = default_collection();
    let there = facts.and_then(|facts| facts.collections.iter().find(|there| there.name == name));
    let index = there.and_then(|there| there.index.clone());
    let loaded = there.is_some_and(|there| there.loaded);
    html! { <Console session={session.clone()} {off} {index} {loaded} /> }
}

#[derive(Properties, PartialEq)]
struct ConsoleProps {
    session: Session,
    /// Why nothing can be asked now: a catalogue key.
    off: Option<&'static str>,
    /// The type of the collection's index.
    index: Option<String>,
    /// Whether the collection can be read.
    loaded: bool,
}

/// What a button asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// Rows.
    Rows,
    /// An index of the chosen type.
    Build,
    /// No index.
    Drop,
}

/// An answer.
#[derive(PartialEq)]
enum Outcome {
    /// Rows; of a search with the row whose vector was searched for.
    Rows(Vec<Row>, Option<i64>),
    /// The index was made with this log record; 0 if it was there already.
    Built(u64),
    /// There is no index any more.
    Dropped,
}

/// What was asked for, what was sent, and what came back.
#[derive(PartialEq)]
struct Shown {
    what: What,
    sent: Vec<String>,
    result: Result<Outcome, Fault>,
}

/// A change of a field.
enum Change {
    Put(Field, String),
    Mode(Mode),
    Fill(Example),
}

/// Everything that the parts of the console draw.
struct View<'a> {
    lang: Lang,
    props: &'a ConsoleProps,
    asked: &'a Asked,
    shown: Option<&'a Shown>,
    busy: bool,
    change: Callback<Change>,
    run: Callback<What>,
}

#[component]
fn Console(props: &ConsoleProps) -> Html {
    let lang = use_lang();
    // Not a state: two changes between two drawings would both begin from what was drawn.
    let asked = use_mut_ref(Asked::default);
    let redraw = use_force_update();
    let shown = use_state(|| None::<Rc<Shown>>);
    let busy = use_state_eq(|| false);
    let copied = use_state_eq(|| None::<bool>);
    let change = {
        let asked = asked.clone();
        Callback::from(move |change: Change| {
            match change {
                Change::Put(field, text) => asked.borrow_mut().put(field, text),
                Change::Mode(mode) => asked.borrow_mut().mode = mode,
                Change::Fill(example) => asked.borrow_mut().fill(example),
            }
            redraw.force_update();
        })
    };
    let run = {
        let (session, asked, shown) = (props.session.clone(), asked.clone(), shown.clone());
        let (busy, copied) = (busy.clone(), copied.clone());
        let can = props.off.is_none() && !*busy;
        Callback::from(move |what: What| {
            if !can {
                return;
            }
            busy.set(true);
            copied.set(None);
            let (session, asked) = (session.clone(), asked.borrow().clone());
            let (shown, busy) = (shown.clone(), busy.clone());
            spawn_local(async move {
                let mut sent = Vec::new();
                let result = match what {
                    What::Rows => rows(&session, &asked, &mut sent).await,
                    What::Build => build(&session, &asked, &mut sent).await,
                    What::Drop => drop_index(&session, &mut sent).await,
                };
                shown.set(Some(Rc::new(Shown { what, sent, result })));
                busy.set(false);
            });
        })
    };
    let now = asked.borrow().clone();
    let view = View { lang, props, asked: &now, shown: shown.as_deref(), busy: *busy, change, run };
    html! {
        <section class="blockx qc" data-view="console" aria-label={lang.t("qc-title")}>
            <h2 class="h-blk">{ lang.t("qc-title") }<small>{ lang.t("qc-note") }</small></h2>
            if let Some(why) = props.off { <p class="fine" id="qc-off">{ lang.f(why, &[]) }</p> }
            { ask_form(&view) }
            { index_form(&view) }
            { answer(&view, &copied) }
        </section>
    }
}

/// Sends a command and notes it.
async fn send(session: &Session, command: Command, sent: &mut Vec<String>) -> Result<Answer, Fault> {
    sent.push(line(&command));
    match session.execute(command).await {
        Answer::Refused { code, error, .. } => Err(Fault::Refused { code, error }),
        answer => Ok(answer),
    }
}

async fn rows(session: &Session, asked: &Asked, sent: &mut Vec<String>) -> Result<Outcome, Fault> {
    if asked.mode == Mode::Query {
        return match send(session, asked.query()?, sent).await? {
            Answer::Rows { rows, .. } => Ok(Outcome::Rows(rows, None)),
            _ => Ok(Outcome::Rows(Vec::new(), None)),
        };
    }
    let Answer::Rows { rows, .. } = send(session, asked.near()?, sent).await? else {
        return Err(Fault::NoRow);
    };
    let first = rows.first().and_then(|row| Some((row.int("id")?, row.vector("vector")?)));
    let (id, vector) = first.ok_or(Fault::NoRow)?;
    match send(session, asked.search(vector)?, sent).await? {
        Answer::Hits { hits, .. } => Ok(Outcome::Rows(hits.into_iter().next().unwrap_or_default(), Some(id))),
        _ => Ok(Outcome::Rows(Vec::new(), Some(id))),
    }
}

/// Makes the index. The engine checks the request before it says that there is another index, so that the old one goes
/// only for one that can be made.
async fn build(session: &Session, asked: &Asked, sent: &mut Vec<String>) -> Result<Outcome, Fault> {
    let create = asked.create_index()?;
    // These are writes: they wait for the disk, and the clock may be stopped.
    session.pace(Pace::Play);
    let made = match send(session, create.clone(), sent).await {
        Err(fault) if fault.is_index_there() => {
            drop_index(session, sent).await?;
            send(session, create, sent).await?
        }
        made => made?,
    };
    send(session, EngineCommand::Load { collection: default_collection() }.into(), sent).await?;
    session.note_acted();
    Ok(Outcome::Built(if let Answer::Written { lsn, .. } = made { lsn } else { 0 }))
}

/// Drops the index; a loaded collection keeps it, so it is released first.
async fn drop_index(session: &Session, sent: &mut Vec<String>) -> Result<Outcome, Fault> {
    session.pace(Pace::Play);
    send(session, EngineCommand::Release { collection: default_collection() }.into(), sent).await?;
    send(session, EngineCommand::DropIndex { collection: default_collection() }.into(), sent).await?;
    session.note_acted();
    Ok(Outcome::Dropped)
}

impl View<'_> {
    /// The last fault, with whether an index was asked for.
    fn fault(&self) -> Option<(&Fault, bool)> {
        let shown = self.shown?;
        shown.result.as_ref().err().map(|fault| (fault, shown.what != What::Rows))
    }

    /// The sentence about a field, if the last fault was about it.
    fn fault_at(&self, field: Field) -> Option<String> {
        let (fault, indexing) = self.fault()?;
        (fault.field(indexing) == Some(field)).then(|| fault.said(self.lang))
    }

    /// The fields that are on the page.
    fn has(&self, field: Field) -> bool {
        match field {
            Field::Filter | Field::Output | Field::Limit | Field::Index | Field::IndexMetric => true,
            Field::Near | Field::Metric | Field::Nprobe | Field::Ef => self.asked.mode == Mode::Search,
            _ => self.asked.index_fields().iter().any(|(_, there)| *there == field),
        }
    }

    /// Whether nothing can be asked for now.
    fn inert(&self) -> Option<&'static str> {
        inert(self.props.off.is_some() || self.busy)
    }

    /// A field with its label, and below it what was wrong with it.
    fn labelled(&self, field: Field, label: String, control: Html) -> Html {
        let name = field.name();
        html! {
            <div class={classes!("qc-f", matches!(field, Field::Filter | Field::Output).then_some("qc-wide"))}>
                <label for={format!("qc-{name}")}>{ label }</label>
                { control }
                if let Some(said) = self.fault_at(field) {
                    <p class="v-gone" id={format!("qc-{name}-e")} role="alert" data-view="console-fault"
                        data-field={name}>{ said }</p>
                }
            </div>
        }
    }

    fn text(&self, field: Field, label: String, number: bool) -> Html {
        let name = field.name();
        let wrong = self.fault_at(field).is_some();
        let oninput = self.change.reform(move |event: InputEvent| {
            let input = event.target().and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
            Change::Put(field, input.map(|input| input.value()).unwrap_or_default())
        });
        let control = html! {
            <input id={format!("qc-{name}")} class={if number { "num" } else { "mono" }} type="text"
                inputmode={number.then_some("numeric")} autocomplete="off" autocapitalize="off" spellcheck="false"
                value={self.asked.get(field).to_owned()} aria-invalid={wrong.then_some("true")}
                aria-describedby={wrong.then(|| format!("qc-{name}-e"))} {oninput} />
        };
        self.labelled(field, label, control)
    }

    /// A list; `first` is the entry for an empty text.
    fn list(&self, field: Field, label: String, entries: &[&'static str], first: Option<String>) -> Html {
        let name = field.name();
        let wrong = self.fault_at(field).is_some();
        let onchange = self.change.reform(move |event: Event| {
            let select = event.target().and_then(|it| it.dyn_into::<HtmlSelectElement>().ok());
            Change::Put(field, select.map(|select| select.value()).unwrap_or_default())
        });
        let chosen = self.asked.get(field);
        let control = html! {
            <select id={format!("qc-{name}")} aria-invalid={wrong.then_some("true")}
                aria-describedby={wrong.then(|| format!("qc-{name}-e"))} {onchange}>
                if let Some(first) = first { <option value="" selected={chosen.is_empty()}>{ first }</option> }
                { for entries.iter().map(|entry| html! {
                    <option value={*entry} selected={chosen == *entry}>{ *entry }</option>
                }) }
            </select>
        };
        self.labelled(field, label, control)
    }

    /// What a form does when it is sent.
    fn onsubmit(&self, what: What) -> Callback<SubmitEvent> {
        self.run.reform(move |event: SubmitEvent| {
            event.prevent_default();
            what
        })
    }
}

/// The fields of a query or of a search.
fn ask_form(view: &View<'_>) -> Html {
    let View { lang, asked, change, .. } = view;
    let mode = |mode: Mode, value: &'static str, label: String| {
        let onchange = change.reform(move |_: Event| Change::Mode(mode));
        html! {
            <label>
                <input type="radio" name="qc-mode" {value} checked={asked.mode == mode} {onchange} />
                <span>{ label }</span>
            </label>
        }
    };
    let example = |example: Example| {
        let onclick = change.reform(move |_: MouseEvent| Change::Fill(example));
        html! {
            <button class="btn btn-s btn-quiet mono" type="button" data-example={example.title} {onclick}>
                { example.title }
            </button>
        }
    };
    let search = asked.mode == Mode::Search;
    let limit = lang.t(if search { "qc-top-k" } else { "qc-limit" });
    html! {
        <form class="qc-form" data-view="console-ask" onsubmit={view.onsubmit(What::Rows)}>
            <fieldset class="segm">
                <legend class="vh">{ lang.t("qc-mode") }</legend>
                { mode(Mode::Query, "query", lang.t("qc-query")) }
                { mode(Mode::Search, "search", lang.t("qc-search")) }
            </fieldset>
            <div class="qc-fields">
                { view.text(Field::Filter, lang.t("qc-filter"), false) }
                <div class="actions qc-wide" role="group" aria-label={lang.t("qc-examples")}>
                    { for EXAMPLES.map(example) }
                </div>
                { view.text(Field::Output, lang.t("qc-output"), false) }
                { view.text(Field::Limit, limit, true) }
                if search {
                    { view.text(Field::Near, lang.t("qc-near-field"), true) }
                    { view.list(Field::Metric, lang.t("qc-metric"), &METRICS, Some(lang.t("qc-metric-index"))) }
                    { view.text(Field::Nprobe, lang.t("qc-nprobe"), true) }
                    { view.text(Field::Ef, lang.t("qc-ef"), true) }
                }
            </div>
            <button class="btn btn-act" type="submit" data-act="console-run" aria-disabled={view.inert()}
                aria-describedby={view.props.off.map(|_| "qc-off")}>
                { ic("hint") }{ lang.t("qc-run") }
            </button>
        </form>
    }
}

/// The index: its type and its parameters.
fn index_form(view: &View<'_>) -> Html {
    let View { lang, props, asked, run, .. } = view;
    let now = match &props.index {
        Some(index) if props.loaded => lang.f("qc-index-now", &[("index", index.as_str().into())]),
        Some(index) => lang.f("qc-index-unloaded", &[("index", index.as_str().into())]),
        None => lang.t("qc-index-none"),
    };
    let param = |(name, field): &(&'static str, Field)| {
        let bounds = match field {
            Field::Nlist => "1–65,536",
            Field::M => "4–64",
            _ => "8–512",
        };
        view.text(*field, format!("{name} ({bounds})"), true)
    };
    let off = view.props.off.map(|_| "qc-off");
    let ondrop = run.reform(|_: MouseEvent| What::Drop);
    html! {
        <form class="qc-form" data-view="console-index" onsubmit={view.onsubmit(What::Build)}>
            <h3 class="h-sub">{ lang.t("qc-index-title") }</h3>
            <p class="fine" data-index={props.index.clone().unwrap_or_default()}
                data-loaded={props.loaded.to_string()}>{ now }{ " " }{ lang.t("qc-index-note") }</p>
            <div class="qc-fields">
                { view.list(Field::Index, lang.t("qc-index"), &INDEXES, None) }
                { view.list(Field::IndexMetric, lang.t("qc-metric"), &METRICS, None) }
                { for asked.index_fields().iter().map(param) }
            </div>
            <div class="actions">
                <button class="btn btn-s" type="submit" data-act="console-index" aria-disabled={view.inert()}
                    aria-describedby={off}>
                    { ic("list") }{ lang.t("qc-build") }
                </button>
                <button class="btn btn-s btn-quiet" type="button" data-act="console-drop"
                    aria-disabled={view.inert()} aria-describedby={off} onclick={ondrop}>
                    { ic("cross") }{ lang.t("qc-drop") }
                </button>
            </div>
        </form>
    }
}

/// The last answer in words and as a table, and the lines that were sent.
fn answer(view: &View<'_>, copied: &UseStateHandle<Option<bool>>) -> Html {
    let View { lang, shown, busy, .. } = view;
    let said = shown.filter(|_| !*busy).map(|shown| outcome(view, shown));
    let said = if *busy { Some(lang.t("qc-busy")) } else { said };
    let failed = shown.is_some_and(|shown| shown.result.is_err());
    let rows = shown.and_then(|shown| match &shown.result {
        Ok(Outcome::Rows(rows, _)) => Some(rows),
        _ => None,
    });
    let fields: Vec<&str> = rows
        .and_then(|rows| rows.first())
        .map(|row| row.0.iter().map(|(name, _)| name.as_str()).collect())
        .unwrap_or_default();
    let sent = shown.map(|shown| shown.sent.as_slice()).filter(|sent| !sent.is_empty());
    html! {
        <div class="qc-a" data-view="console-answer" data-rows={rows.map(|rows| rows.len().to_string())}>
            <p role="status" class={classes!((failed && !*busy).then_some("v-gone"))}>{ said }</p>
            if let Some(rows) = rows.filter(|rows| !rows.is_empty()) {
                { fields_table(*lang, lang.t("query-title"), &rows[..rows.len().min(MOST_DRAWN)], &fields) }
                if rows.len() > MOST_DRAWN {
                    <p class="fine">{ lang.f("qc-first", &[("n", MOST_DRAWN.into())]) }</p>
                }
            }
            if let Some(sent) = sent { { lines(*lang, sent, copied) } }
        </div>
    }
}

/// An outcome in words. What is wrong with a field stands beside it.
fn outcome(view: &View<'_>, shown: &Shown) -> String {
    let lang = view.lang;
    match &shown.result {
        Ok(Outcome::Rows(rows, None)) => lang.f("qc-rows", &[("n", rows.len().into())]),
        Ok(Outcome::Rows(rows, Some(id))) => {
            lang.f("qc-hits", &[("n", rows.len().into()), ("id", (*id).into())])
        }
        Ok(Outcome::Built(0)) => lang.t("qc-built-same"),
        Ok(Outcome::Built(lsn)) => lang.f("qc-built", &[("lsn", (*lsn).into())]),
        Ok(Outcome::Dropped) => lang.t("qc-dropped"),
        Err(fault) => match fault.field(shown.what != What::Rows).filter(|field| view.has(*field)) {
            Some(_) => String::new(),
            None => fault.said(lang),
        },
    }
}

/// What was sent, as a script would send it.
fn lines(lang: Lang, sent: &[String], copied: &UseStateHandle<Option<bool>>) -> Html {
    let text = sent.join("\n");
    let onclick = {
        let (text, copied) = (text.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            let (text, copied) = (text.clone(), copied.clone());
            spawn_local(async move { copied.set(Some(copy(&text).await)) });
        })
    };
    html! {
        <>
            <h3 class="h-sub">{ lang.t("qc-sent") }</h3>
            <div class="rowsx" tabindex="0" role="region" aria-label={lang.t("qc-sent")}>
                <pre class="mono" data-view="console-sent"><code>{ text }</code></pre>
            </div>
            <p class="row">
                <button class="btn btn-s" type="button" data-act="console-copy" {onclick}>
                    { lang.t("log-copy") }
                </button>
                <small role="status">
                    { (**copied).map(|done| lang.t(if done { "qc-copied" } else { "qc-copy-not" })) }
                </small>
            </p>
        </>
    }
}
