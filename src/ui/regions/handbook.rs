//! The tables and commands of notes 4 and 5 for the settings of the run, and the note's replicator, which can be run.
//!
//! Guarantees: the sheets are those of the command line (`dr plan`, `dr copy`); a command is copied verbatim. Leaves
//! out: their contents (`drill::handbook`), drills (`drills`).

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::ui::header::copy;
use crate::ui::icons::ic;
use crate::ui::use_lang;
use quorum_drill::handbook::{Sheet, copies, handbook};
use quorum_facade::regions::config::DrConfig;
use quorum_facade::regions::replicator::{Trial, run};
use quorum_facade::regions::{Runbook, Settings};

/// More rows than Milvus's query window.
const MANY_ROWS: u64 = 17_000;

/// The properties of the section.
#[derive(Properties, PartialEq)]
pub struct SheetsProps {
    /// The settings of the run.
    pub settings: Vec<(String, u64)>,
    /// The configuration in force.
    pub config: String,
    /// The text of the runbook in force.
    pub runbook: String,
}

/// All sheets, and the replicator.
#[component]
pub fn Sheets(props: &SheetsProps) -> Html {
    let lang = use_lang();
    let mut settings = Settings::default();
    for (name, value) in &props.settings {
        // They are the run's own, and so valid.
        let _ = settings.set(name, *value);
    }
    let words = DrConfig::read(&props.config).map(|config| config.words).unwrap_or_default();
    let runbook = Runbook::parse(&props.runbook).unwrap_or_default();
    let book = handbook(lang, &words, &settings, &runbook);
    html! {
        <section class="gauge" data-view="handbook" data-class={book.class} data-rto={book.rto_s.to_string()}>
            <h2 class="h-inst">{ lang.t("rg-hb") }</h2>
            <p class="fine">{ lang.t("rg-hb-s") }</p>
            { for book.sheets.iter().map(|one| html! {
                <details class="mc-details rg-fold" data-sheet={one.id}>
                    <summary>{ one.title.clone() }</summary>
                    if one.id == "commands" { { lines(one) } } else { { sheet(one) } }
                </details>
            }) }
            <Copies />
        </section>
    }
}

/// A table of any width, and its notes.
pub fn sheet(sheet: &Sheet) -> Html {
    html! {
        <>
            <div class="rowsx rg-sheet" tabindex="0" role="region" aria-label={sheet.title.clone()}>
                <table class="mc-table">
                    <thead>
                        <tr>
                            {
                                for sheet.head.iter()
                                    .map(|cell| html! { <th scope="col">{ cell.clone() }</th> })
                            }
                        </tr>
                    </thead>
                    <tbody>{ for sheet.rows.iter().map(|row| html! {
                        <tr>{ for row.iter().enumerate().map(|(at, cell)| match at {
                            0 => html! { <th scope="row">{ cell.clone() }</th> },
                            _ => html! { <td>{ cell.clone() }</td> },
                        }) }</tr>
                    }) }</tbody>
                </table>
            </div>
            { notes(sheet) }
        </>
    }
}

fn notes(sheet: &Sheet) -> Html {
    html! { { for sheet.notes.iter().map(|note| html! { <p class="fine">{ note.clone() }</p> }) } }
}

/// Commands, each with a copy button.
fn lines(sheet: &Sheet) -> Html {
    let one = |row: &Vec<String>| match row.as_slice() {
        [what, command] => {
            html! { <Line key={what.clone()} what={what.clone()} command={command.clone()} /> }
        }
        _ => Html::default(),
    };
    html! { <><ul class="rg-cmds">{ for sheet.rows.iter().map(one) }</ul>{ notes(sheet) }</> }
}

#[derive(Properties, PartialEq)]
struct LineProps {
    what: String,
    command: String,
}

/// A command with its button.
#[component]
fn Line(props: &LineProps) -> Html {
    let lang = use_lang();
    let copied = use_state_eq(|| None::<bool>);
    let onclick = {
        let (command, copied) = (props.command.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            let (command, copied) = (command.clone(), copied.clone());
            spawn_local(async move { copied.set(Some(copy(&command).await)) });
        })
    };
    let what = props.what.clone();
    html! {
        <li data-command="">
            <span>{ what.clone() }</span>
            <div class="rowsx" tabindex="0" role="region" aria-label={what.clone()}>
                <pre class="mono"><code>{ props.command.clone() }</code></pre>
            </div>
            <button type="button" class="btn btn-s btn-quiet" data-act="copy-command"
                aria-label={format!("{}: {what}", lang.t("rg-hb-copy"))} {onclick}>
                { lang.t("rg-hb-copy") }
            </button>
            if let Some(done) =
                *copied {
                    <small role="status">
                        { lang.t(if done { "rg-hb-copy-done" } else { "rg-hb-copy-not" }) }
                    </small>
                }
        </li>
    }
}

/// The note's replicator: two engines in this page, run on request.
#[component]
fn Copies() -> Html {
    let lang = use_lang();
    let rounds = use_state_eq(|| None);
    let go = |trial: Trial| {
        let rounds = rounds.clone();
        Callback::from(move |_: MouseEvent| rounds.set(Some(run(&trial))))
    };
    let big = Trial { rows: MANY_ROWS, rounds: 1, churn: 0, ..Trial::default() };
    html! {
        <details class="mc-details rg-fold" data-sheet="copies">
            <summary>{ lang.t("rg-hb-copies") }</summary>
            <p class="fine">{ lang.t("rg-hb-copy-s") }</p>
            <p class="row">
                <button type="button" class="btn btn-go" data-act="copies" onclick={go(Trial::default())}>
                    { ic("play") }
                    { lang.t("rg-hb-copy-go") }
                </button>
                <button type="button" class="btn" data-act="copies-big" onclick={go(big)}>
                    { lang.t("rg-hb-copy-big") }
                </button>
            </p>
            <div role="status"
                data-rounds={rounds.as_ref().and_then(|result| result.as_ref().ok())
                .map(|rounds| rounds.len().to_string())}>
                { match &*rounds {
                    Some(Ok(rounds)) => sheet(&copies(lang, rounds)),
                    Some(Err(refusal)) => html! { <p class="note note-gone" lang="en">{ refusal.error.clone() }</p> },
                    None => Html::default(),
                } }
            </div>
        </details>
    }
}
