//! The parts of an open incident: the clock, the palette, the board, the log with the choice of evidence, the
//! diagnosis.
//!
//! Guarantees: everything is a form control or a table, so it works with a keyboard alone and reads as text. Leaves
//! out: what the controls do (`page`).

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::room::steps_s;
use super::words::{choice, component, details, state};
use crate::ui::format::span;
use crate::ui::inert::inert;
use quorum_exam::board::{Entry, Row, components};
use quorum_exam::{Sitting, Tool, Want, tools};
use quorum_i18n::Lang;
use serde_json::Value;

/// How many events a page of the log has.
const A_PAGE: usize = 100;

/// What somebody does in an incident.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ExamAction {
    /// Lets this many seconds pass.
    Pass(u64),
    /// Chooses another tool.
    Choose(usize),
    /// Fills in what the tool wants to know.
    Fill(usize, Value),
    /// Uses the tool.
    Use,
    /// Chooses a component.
    Component(String),
    /// Chooses an event.
    Evidence(usize),
    /// Shows events of this kind alone; of all kinds if it is empty.
    Filter(String),
    /// Shows events alone that say this.
    Query(String),
    /// Shows another page of the log; the first has the latest events.
    Page(usize),
    /// Names both.
    Name,
    /// Hands the incident in.
    HandIn,
}

/// What is chosen in the forms.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Chosen {
    pub(super) tool: usize,
    pub(super) given: Vec<Option<Value>>,
    pub(super) component: Option<String>,
    pub(super) evidence: Option<usize>,
    pub(super) filter: String,
    pub(super) query: String,
    pub(super) page: usize,
}

impl Chosen {
    /// The tool and what it is given.
    pub(super) fn tool(&self, sitting: &Sitting) -> Option<(&'static Tool, Vec<Value>)> {
        let tool = tools(sitting.case().incident.world).get(self.tool)?;
        let rows = sitting.board();
        let usual = |(at, want): (usize, &Want)| {
            let given = self.given.get(at).cloned().flatten();
            given.or_else(|| match want {
                Want::Row(_, kind) => rows.iter().find(|row| row.kind == *kind).map(|row| row.number.into()),
                Want::Word(_, words) => words.first().map(|word| (*word).into()),
                Want::Number(_, usual) => Some((*usual).into()),
            })
        };
        let given = tool.wants.iter().enumerate().map(usual).collect::<Option<Vec<_>>>()?;
        Some((tool, given))
    }
}

/// The value of a select.
fn selected(event: &Event) -> String {
    event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value()).unwrap_or_default()
}

fn button(
    ondo: &Callback<ExamAction>,
    action: ExamAction,
    text: String,
    class: &'static str,
    name: &'static str,
) -> Html {
    let ondo = ondo.clone();
    let onclick = Callback::from(move |_: MouseEvent| ondo.emit(action.clone()));
    html! { <button type="button" {class} data-do={name} {onclick}>{ text }</button> }
}

/// The clock, and the buttons that let time pass.
pub(super) fn clock(lang: Lang, sitting: &Sitting, ondo: &Callback<ExamAction>) -> Html {
    let since = sitting.now_us().saturating_sub(sitting.case().report_us);
    let left = sitting.ends_us().saturating_sub(sitting.now_us());
    let args = [("since", span(since).into()), ("left", span(left).into())];
    let step = |seconds: u64| {
        let text = lang.f("ex-pass", &[("span", span(seconds * 1_000_000).into())]);
        html! { <span key={seconds}>{ button(ondo, ExamAction::Pass(seconds), text, "btn", "pass") }</span> }
    };
    html! {
        <section class="card" aria-labelledby="ex-clock">
            <h2 id="ex-clock">{ lang.t("ex-clock") }</h2>
            <p role="status" class="num">{ lang.f("ex-times", &args) }</p>
            <p class="ex-row">{ for steps_s(sitting.case().incident.world).map(step) }</p>
        </section>
    }
}

/// The palette: a tool, what it is for, and the button that uses it.
pub(super) fn palette(
    lang: Lang,
    sitting: &Sitting,
    chosen: &Chosen,
    said: &str,
    ondo: &Callback<ExamAction>,
) -> Html {
    let list = tools(sitting.case().incident.world);
    let rows = sitting.board();
    let onchange = {
        let ondo = ondo.clone();
        Callback::from(move |event: Event| {
            ondo.emit(ExamAction::Choose(selected(&event).parse().unwrap_or_default()))
        })
    };
    let option = |(at, tool): (usize, &Tool)| {
        html! {
            <option key={at} value={at.to_string()} selected={at == chosen.tool}>
                { lang.t(&format!("ex-tool-{}", tool.id)) }
            </option>
        }
    };
    let wants = list.get(chosen.tool).map(|tool| tool.wants).unwrap_or_default();
    let want = |(at, want): (usize, &Want)| want_of(lang, at, want, chosen, &rows, ondo);
    html! {
        <section class="card" aria-labelledby="ex-palette">
            <h2 id="ex-palette">{ lang.t("ex-palette") }</h2>
            <div class="ex-form">
                <label>
                    { lang.t("ex-tool") }
                    <select data-field="tool" {onchange}>{ for list.iter().enumerate().map(option) }</select>
                </label>
                { for wants.iter().enumerate().map(want) }
                { button(ondo, ExamAction::Use, lang.t("ex-use"), "btn btn-pri", "use") }
            </div>
            <p role="status" data-view="ex-said">{ said }</p>
        </section>
    }
}

/// A field for something that a tool wants to know.
fn want_of(
    lang: Lang,
    at: usize,
    want: &Want,
    chosen: &Chosen,
    rows: &[Row],
    ondo: &Callback<ExamAction>,
) -> Html {
    let given = chosen.given.get(at).cloned().flatten();
    let ondo = ondo.clone();
    // Another tool has fields of its own: a browser would go on showing what was picked for the one before.
    let key = format!("{}-{at}", chosen.tool);
    match want {
        Want::Number(_, usual) => {
            let value = given.unwrap_or_else(|| (*usual).into()).to_string();
            let onchange = Callback::from(move |event: Event| {
                let input = event.target_dyn_into::<web_sys::HtmlInputElement>();
                let number = input.and_then(|input| input.value().trim().parse::<u64>().ok());
                if let Some(number) = number {
                    ondo.emit(ExamAction::Fill(at, number.into()));
                }
            });
            html! {
                <label {key}>
                    { lang.t("ex-number") }
                    <input inputmode="numeric" data-field={format!("want-{at}")} {value} {onchange} />
                </label>
            }
        }
        _ => {
            let options: Vec<(Value, String)> = match want {
                Want::Row(_, kind) => {
                    let of_kind = rows.iter().filter(|row| row.kind == *kind);
                    let named = |row: &Row| {
                        (row.number.into(), component(lang, &format!("{kind}:{}", row.number), rows))
                    };
                    of_kind.map(named).collect()
                }
                Want::Word(_, words) => {
                    words.iter().map(|word| ((*word).into(), choice(lang, word))).collect()
                }
                Want::Number(..) => Vec::new(),
            };
            let values: Vec<Value> = options.iter().map(|(value, _)| value.clone()).collect();
            let onchange = Callback::from(move |event: Event| {
                let place = selected(&event).parse::<usize>().unwrap_or_default();
                if let Some(value) = values.get(place) {
                    ondo.emit(ExamAction::Fill(at, value.clone()));
                }
            });
            // The first one is meant where nothing was chosen. It has to say so: options are put in from the last to
            // the first, and a browser goes on showing the one that was there first.
            let option = |(place, (value, name)): (usize, &(Value, String))| {
                let selected = given.as_ref().map_or(place == 0, |given| given == value);
                html! {
                    <option key={place} value={place.to_string()} {selected}>
                        { name }
                    </option>
                }
            };
            html! {
                <label {key}>
                    { lang.t("ex-target") }
                    <select data-field={format!("want-{at}")} {onchange}>
                        { for options.iter().enumerate().map(option) }
                    </select>
                </label>
            }
        }
    }
}

/// The board.
pub(super) fn board(lang: Lang, rows: &[Row]) -> Html {
    let line = |row: &Row| {
        let name = component(lang, &format!("{}:{}", row.kind, row.number), rows);
        html! {
            <tr key={format!("{}:{}", row.kind, row.number)} data-row={format!("{}:{}", row.kind, row.number)}>
                <th scope="row">{ name }</th><td>{ state(lang, row) }</td>
            </tr>
        }
    };
    html! {
        <section class="card" aria-labelledby="ex-board">
            <h2 id="ex-board">{ lang.t("ex-board") }</h2>
            <div class="ex-scroll" tabindex="0" role="group" aria-labelledby="ex-board">
                <table class="ex-table">
                    <thead><tr>
                        <th scope="col">{ lang.t("ex-thing") }</th><th scope="col">{ lang.t("ex-state") }</th>
                    </tr></thead>
                    <tbody>{ for rows.iter().map(line) }</tbody>
                </table>
            </div>
        </section>
    }
}

/// An event of the log as it is shown.
struct Line<'a> {
    at: usize,
    entry: &'a Entry,
    place: String,
    event: String,
    says: String,
}

impl<'a> Line<'a> {
    fn of(lang: Lang, at: usize, entry: &'a Entry, rows: &[Row]) -> Self {
        let row = entry.node.and_then(|node| rows.iter().find(|row| row.number == u64::from(node)));
        let place = row.map(|row| component(lang, &format!("{}:{}", row.kind, row.number), rows));
        Self {
            at,
            entry,
            place: place.or_else(|| entry.node.map(|node| node.to_string())).unwrap_or_default(),
            event: lang.t(&format!("co-ev-{}", entry.kind)),
            says: details(lang, entry),
        }
    }

    /// Whether what is shown contains a text, in capitals or not.
    fn has(&self, query: &str) -> bool {
        [&self.place, &self.event, &self.says].into_iter().any(|text| text.to_lowercase().contains(query))
    }
}

/// The log, in which the evidence is chosen.
pub(super) fn log(
    lang: Lang,
    sitting: &Sitting,
    rows: &[Row],
    chosen: &Chosen,
    ondo: &Callback<ExamAction>,
) -> Html {
    let all = sitting.log();
    let query = chosen.query.trim().to_lowercase();
    let of_kind =
        (0..all.len()).rev().filter(|at| chosen.filter.is_empty() || all[*at].kind == chosen.filter);
    // Only what is looked through or shown is put into words.
    let fitting: Vec<usize> =
        of_kind.filter(|at| query.is_empty() || Line::of(lang, *at, &all[*at], rows).has(&query)).collect();
    let pages = fitting.len().div_ceil(A_PAGE).max(1);
    let page = chosen.page.min(pages - 1);
    let shown = fitting.iter().skip(page * A_PAGE).take(A_PAGE);
    let lines: Vec<Line<'_>> = shown.map(|at| Line::of(lang, *at, &all[*at], rows)).collect();
    html! {
        <section class="card" aria-labelledby="ex-log">
            <h2 id="ex-log">{ lang.t("ex-log") }</h2>
            <p>{ lang.t("ex-log-s") }</p>
            { sieve(lang, all, chosen, ondo) }
            { turning(lang, (page, pages), (lines.len(), fitting.len()), ondo) }
            <div class="ex-scroll" tabindex="0" role="group" aria-labelledby="ex-log">
                <table class="ex-table">
                    <thead><tr>
                        <th scope="col">{ lang.t("ex-when") }</th><th scope="col">{ lang.t("ex-where") }</th>
                        <th scope="col">{ lang.t("ex-what") }</th><th scope="col">{ lang.t("ex-details") }</th>
                    </tr></thead>
                    <tbody>{ for lines.iter().map(|line| event(line, chosen, ondo)) }</tbody>
                </table>
            </div>
        </section>
    }
}

/// An event, which can be chosen as evidence.
fn event(line: &Line<'_>, chosen: &Chosen, ondo: &Callback<ExamAction>) -> Html {
    let at = line.at;
    let ondo = ondo.clone();
    let onchange = Callback::from(move |_: Event| ondo.emit(ExamAction::Evidence(at)));
    let named = format!("{} {} {}", span(line.entry.t_us), line.place, line.event);
    html! {
        <tr key={at} data-entry={line.entry.kind.clone()}>
            <td>
                <label class="ex-pick">
                    <input type="radio" name="evidence" checked={chosen.evidence == Some(at)} {onchange}
                        aria-label={named} />
                    <span class="num">{ span(line.entry.t_us) }</span>
                </label>
            </td>
            <td>{ line.place.clone() }</td>
            <td>{ line.event.clone() }</td>
            <td>{ line.says.clone() }</td>
        </tr>
    }
}

/// Which events are shown: a kind, and a text.
fn sieve(lang: Lang, all: &[Entry], chosen: &Chosen, ondo: &Callback<ExamAction>) -> Html {
    let mut kinds: Vec<&str> = all.iter().map(|entry| entry.kind.as_str()).collect();
    quorum_types::sort::sort(&mut kinds);
    kinds.dedup();
    let onfilter = {
        let ondo = ondo.clone();
        Callback::from(move |event: Event| ondo.emit(ExamAction::Filter(selected(&event))))
    };
    let onquery = {
        let ondo = ondo.clone();
        Callback::from(move |event: InputEvent| {
            let input = event.target_dyn_into::<web_sys::HtmlInputElement>();
            ondo.emit(ExamAction::Query(input.map(|input| input.value()).unwrap_or_default()));
        })
    };
    let kind = |kind: &&str| {
        html! {
            <option key={*kind} value={(*kind).to_owned()} selected={*kind == chosen.filter}>
                { lang.t(&format!("co-ev-{kind}")) }
            </option>
        }
    };
    html! {
        <div class="ex-form">
            <label>
                { lang.t("ex-filter") }
                <select data-field="filter" onchange={onfilter}>
                    <option value="" selected={chosen.filter.is_empty()}>{ lang.t("ex-all") }</option>
                    { for kinds.iter().map(kind) }
                </select>
            </label>
            <label>
                { lang.t("ex-query") }
                <input type="search" data-field="query" autocomplete="off" value={chosen.query.clone()}
                    oninput={onquery} />
            </label>
        </div>
    }
}

/// Which page of the log is shown, and the buttons that turn it. Both stay where they are, so that a keyboard does not
/// lose them.
fn turning(
    lang: Lang,
    (page, pages): (usize, usize),
    (shown, of): (usize, usize),
    ondo: &Callback<ExamAction>,
) -> Html {
    let first = if of == 0 { 0 } else { page * A_PAGE + 1 };
    let args = [("first", first.into()), ("last", (page * A_PAGE + shown).into()), ("of", of.into())];
    let turn = |to: Option<usize>, key: &'static str, name: &'static str| {
        let ondo = ondo.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            if let Some(page) = to {
                ondo.emit(ExamAction::Page(page));
            }
        });
        html! {
            <button type="button" class="btn" data-do={name} aria-disabled={inert(to.is_none())} {onclick}>
                { lang.f(key, &[]) }
            </button>
        }
    };
    html! {
        <div class="ex-row ex-turn">
            { turn(page.checked_sub(1), "ex-newer", "newer") }
            { turn(Some(page + 1).filter(|next| *next < pages), "ex-older", "older") }
            <span class="num" role="status" data-view="ex-count">{ lang.f("ex-count", &args) }</span>
        </div>
    }
}

/// The diagnosis, and the button that hands the incident in.
pub(super) fn diagnosis(lang: Lang, sitting: &Sitting, chosen: &Chosen, ondo: &Callback<ExamAction>) -> Html {
    let rows = sitting.board();
    let all = components(sitting.case().incident.world, &rows);
    let onchange = {
        let ondo = ondo.clone();
        Callback::from(move |event: Event| ondo.emit(ExamAction::Component(selected(&event))))
    };
    let option = |name: &String| {
        html! {
            <option key={name.clone()} value={name.clone()} selected={chosen.component.as_ref() == Some(name)}>
                { component(lang, name, &rows) }
            </option>
        }
    };
    let picked = chosen.evidence.and_then(|at| sitting.log().get(at));
    let picked = picked.map_or_else(
        || lang.t("ex-no-evidence"),
        |entry| {
            let event = lang.t(&format!("co-ev-{}", entry.kind));
            lang.f("ex-evidence", &[("event", event.into()), ("at", span(entry.t_us).into())])
        },
    );
    let named = sitting.diagnosis().map(|named| {
        let event = lang.t(&format!("co-ev-{}", named.entry.kind));
        let args = [("component", component(lang, &named.component, &rows).into()), ("event", event.into())];
        lang.f("ex-named", &args)
    });
    html! {
        <section class="card" aria-labelledby="ex-diagnosis">
            <h2 id="ex-diagnosis">{ lang.t("ex-diagnosis") }</h2>
            <div class="ex-form">
                <label>
                    { lang.t("ex-component") }
                    <select data-field="component" {onchange}>
                        <option value="" selected={chosen.component.is_none()}>{ lang.t("ex-choose") }</option>
                        { for all.iter().map(option) }
                    </select>
                </label>
                <p data-view="ex-evidence">{ picked }</p>
                { button(ondo, ExamAction::Name, lang.t("ex-name"), "btn", "name") }
            </div>
            <p role="status" data-view="ex-named">{ named.unwrap_or_default() }</p>
            <p>{ button(ondo, ExamAction::HandIn, lang.t("ex-hand-in"), "btn btn-pri", "hand-in") }</p>
        </section>
    }
}
