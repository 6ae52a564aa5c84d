//! The page that lists what this browser stores for the lab, and erases it.
//!
//! Guarantees: erasing asks first, and what is shown afterwards was looked up again; where storage is denied the page
//! says so. Leaves out: finding and erasing it (`web::stored`).

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::focus::focus_on;
use super::format::bytes;
use super::use_lang;
use crate::web::offline::{Kept, when_kept};
use crate::web::stored::{Inventory, Thing, erase, inventory};
use quorum_i18n::Lang;

/// The page.
#[component]
pub(crate) fn Stored() -> Html {
    let lang = use_lang();
    let all = use_state_eq(|| None::<Rc<Inventory>>);
    let asking = use_state_eq(|| None::<Thing>);
    let said = use_state_eq(|| None::<(bool, String)>);
    let look = {
        let all = all.setter();
        Callback::from(move |()| {
            let all = all.clone();
            spawn_local(async move { all.set(Some(Rc::new(inventory().await))) });
        })
    };
    {
        let look = look.clone();
        use_effect_with((), move |()| {
            look.emit(());
            let listener = when_kept(move || look.emit(()));
            move || drop(listener)
        });
    }
    let onask = {
        let (asking, said) = (asking.clone(), said.clone());
        Callback::from(move |thing: Thing| {
            said.set(None);
            asking.set(Some(thing));
        })
    };
    let onanswer = {
        let (asking, said) = (asking.clone(), said.clone());
        Callback::from(move |yes: bool| {
            let Some(thing) = (*asking).clone() else { return };
            asking.set(None);
            // The question had the focus, and is gone.
            focus_on("main");
            if !yes {
                return;
            }
            let (said, look) = (said.clone(), look.clone());
            spawn_local(async move {
                let gone = erase(&thing).await;
                let key = if gone { "home-st-erased" } else { "home-st-not-erased" };
                said.set(Some((gone, lang.f(key, &[]))));
                look.emit(());
            });
        })
    };
    html! {
        <section class="co-page" data-view="stored">
            <h1 class="hero-h">{ lang.t("page-stored") }</h1>
            <p class="co-lead">{ lang.t("home-st-lead") }</p>
            if let Some(thing) = &*asking { <Question thing={thing.clone()} {onanswer} /> }
            <div role="status">
                if let Some((good, text)) = &*said {
                    <p class={classes!("note", (!good).then_some("note-gone"))} data-good={good.to_string()}>
                        { text }
                    </p>
                }
            </div>
            if let Some(all) = &*all { { list(lang, all, &onask) } }
        </section>
    }
}

/// The properties of a question.
#[derive(Properties, PartialEq)]
struct QuestionProps {
    thing: Thing,
    /// Called with the answer.
    onanswer: Callback<bool>,
}

/// Asks whether something is to be erased. The answer that keeps it has the focus.
#[component]
fn Question(props: &QuestionProps) -> Html {
    let lang = use_lang();
    use_effect_with(props.thing.clone(), |_| focus_on("[data-act=erase-no]"));
    let text = match &props.thing {
        Thing::Everything => lang.t("home-st-ask-all"),
        Thing::Entry(name) | Thing::Database(name) | Thing::Cache(name) => {
            lang.f("home-st-ask", &[("name", name.as_str().into())])
        }
    };
    let answer = |yes: bool| props.onanswer.reform(move |_: MouseEvent| yes);
    html! {
        <div class="note note-open" role="alertdialog" aria-labelledby="stored-ask" data-view="ask-erase">
            <p id="stored-ask">{ text }</p>
            <p class="row">
                <button class="btn btn-gone" type="button" data-act="erase-yes" onclick={answer(true)}>
                    { lang.t("home-st-yes") }
                </button>
                <button class="btn" type="button" data-act="erase-no" onclick={answer(false)}>
                    { lang.t("co-no") }
                </button>
            </p>
        </div>
    }
}

fn list(lang: Lang, all: &Inventory, onask: &Callback<Thing>) -> Html {
    let entries = all.entries.iter().map(|(key, size)| Row {
        what: lang.f(kind(key), &[]),
        name: key.clone(),
        size: Some(*size),
        thing: Thing::Entry(key.clone()),
    });
    let databases = all.databases.iter().map(|name| Row {
        what: lang.t("home-st-run"),
        name: name.clone(),
        size: None,
        thing: Thing::Database(name.clone()),
    });
    let caches = all.caches.iter().map(|name| Row {
        what: lang.t("home-st-build"),
        name: name.clone(),
        size: None,
        thing: Thing::Cache(name.clone()),
    });
    let rows: Vec<Row> = entries.chain(databases).chain(caches).collect();
    let everything = onask.reform(|_: MouseEvent| Thing::Everything);
    html! {
        <>
            if all.denied { <p class="note note-open" data-view="denied">{ lang.t("home-st-denied") }</p> }
            <p class="note" data-view="offline">{ offline(lang, all) }</p>
            if let Some((used, quota)) = all.used_of {
                <p class="fine">
                    { lang.f(
                        "home-st-sum",
                        &[("used", bytes(lang, used).into()), ("quota", bytes(lang, quota).into())]
                    ) }
                </p>
            }
            if all.is_empty() {
                <p class="co-lead" data-view="nothing">{ lang.t("home-st-none") }</p>
            } else {
                { table(lang, &rows, onask) }
                <p class="row">
                    <button class="btn btn-gone" type="button" data-act="erase-all" onclick={everything}>
                        { lang.t("home-st-erase-all") }
                    </button>
                </p>
            }
        </>
    }
}

/// A line of the list.
struct Row {
    what: String,
    name: String,
    /// Unknown for what the browser does not measure one by one.
    size: Option<u64>,
    thing: Thing,
}

fn table(lang: Lang, rows: &[Row], onask: &Callback<Thing>) -> Html {
    let row = |row: &Row| {
        let thing = row.thing.clone();
        let onclick = onask.reform(move |_: MouseEvent| thing.clone());
        let label = lang.f("home-st-erase-one", &[("name", row.name.as_str().into())]);
        html! {
            <tr key={row.name.clone()} data-stored={row.name.clone()}>
                <th scope="row">{ &row.what }<br /><code class="co-name">{ &row.name }</code></th>
                <td class="num">{ row.size.map(|size| bytes(lang, size)).unwrap_or_else(|| "–".to_owned()) }</td>
                <td>
                    <button class="btn" type="button" data-act="erase-one" aria-label={label} {onclick}>
                        { lang.t("home-st-erase") }
                    </button>
                </td>
            </tr>
        }
    };
    html! {
        <div class="co-table" tabindex="0" role="region" aria-label={lang.t("page-stored")}><table>
            <thead><tr>
                <th scope="col">{ lang.t("home-st-what") }</th>
                <th scope="col">{ lang.t("home-st-size") }</th>
                <th scope="col">{ lang.t("home-st-erase") }</th>
            </tr></thead>
            <tbody>{ for rows.iter().map(row) }</tbody>
        </table></div>
    }
}

/// What an entry of `localStorage` is, by its key.
fn kind(key: &str) -> &'static str {
    match key.strip_prefix("quorum-lab/").unwrap_or_default() {
        "progress" => "home-st-record",
        "lang" | "theme" | "letter-keys" => "home-st-setting",
        name if name.starts_with("report") || name == "drill-reports" => "home-st-report",
        _ => "home-st-other",
    }
}

/// Whether the lab works without its server.
fn offline(lang: Lang, all: &Inventory) -> String {
    let Some(kept) = &all.kept else {
        let key = if all.is_file { "home-st-file" } else { "home-st-online" };
        return lang.f(key, &[]);
    };
    let args = [("have", kept.have.into()), ("of", kept.of.into()), ("size", bytes(lang, kept.bytes).into())];
    if kept.have >= kept.of {
        return lang.f("home-st-offline", &args);
    }
    let why = match kept {
        Kept { full: true, .. } => lang.t("home-st-full"),
        Kept { thrifty: true, .. } => lang.t("home-st-thrifty"),
        _ => lang.t("home-st-coming"),
    };
    format!("{} {why}", lang.f("home-st-partly", &args))
}
