//! The learner's record as a page: what was done, and how to move it to another browser.
//!
//! Guarantees: an import reports what is wrong with a file and then leaves the record unchanged; erasing asks first;
//! the page can be printed. Leaves out: the file format (`lesson::record`).

use js_sys::Uint8Array;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, HtmlInputElement};
use yew::prelude::*;

use super::pane::scores;
use crate::ui::backup::save;
use crate::ui::focus::focus_on;
use crate::ui::icons::ic;
use crate::ui::use_lang;
use crate::web::record;
use quorum_i18n::Lang;
use quorum_lesson::calibration::calibration;
use quorum_lesson::list;
use quorum_lesson::record::{Account, MOST_BYTES, Record};

/// The file input's id in the document.
const INPUT: &str = "record-file";

/// The page.
#[component]
pub fn Progress() -> Html {
    let lang = use_lang();
    let said = use_state_eq(|| None::<(bool, String)>);
    let asking = use_state_eq(|| false);
    let onexport = Callback::from(|_: MouseEvent| {
        let text = record::with(Record::write);
        // A browser that runs the page at all refuses none of this.
        drop(save(&Uint8Array::from(text.as_bytes()), "quorum-lab-record.toml"));
    });
    let onpick = Callback::from(|_: MouseEvent| super::open::press(INPUT));
    let onchange = {
        let said = said.clone();
        Callback::from(move |event: Event| {
            let said = said.clone();
            spawn_local(async move {
                if let Some(message) = import(lang, &event).await {
                    said.set(Some(message));
                }
            });
        })
    };
    let ask = |asks: bool| {
        let asking = asking.clone();
        Callback::from(move |_: MouseEvent| asking.set(asks))
    };
    // The question takes the focus, and whoever answers it gets the focus back: its buttons are gone.
    {
        let asked = use_mut_ref(|| false);
        use_effect_with(*asking, move |asks| {
            let before = asked.replace(*asks);
            match (before, *asks) {
                (_, true) => focus_on("[data-act=erase-no]"),
                (true, false) => focus_on("[data-act=erase]"),
                (false, false) => {}
            }
        });
    }
    let onerase = {
        let (said, asking) = (said.clone(), asking.clone());
        Callback::from(move |_: MouseEvent| {
            record::erase();
            asking.set(false);
            said.set(Some((true, lang.t("co-erased"))));
        })
    };
    html! {
        <section class="co-page" data-view="record">
            <h1 class="hero-h">{ lang.t("page-record") }</h1>
            <p class="co-lead">{ lang.t("co-record-lead") }</p>
            <p class="row no-print">
                <button class="btn" type="button" data-act="export" onclick={onexport}>
                    { ic("down") }
                    { lang.t("co-export") }
                </button>
                <button class="btn" type="button" data-act="import" onclick={onpick}>
                    { ic("restart") }
                    { lang.t("co-import") }
                </button>
                <button class="btn" type="button" data-act="print-now"
                    onclick={|_: MouseEvent| super::print::print_now()}>
                    { ic("list") }
                    { lang.t("co-print-now") }
                </button>
                <button class="btn btn-gone" type="button" data-act="erase" onclick={ask(true)}>
                    { lang.t("co-erase") }
                </button>
                <input class="vh" id={INPUT} type="file" accept=".toml" tabindex="-1"
                    aria-label={lang.t("co-import")} {onchange} />
            </p>
            if *asking {
                <div class="note note-open" role="alertdialog" aria-label={lang.t("co-erase")}
                    data-view="ask-erase">{ lang.t("co-erase-ask") }
                    <p class="row">
                        <button class="btn btn-gone" type="button" data-act="erase-yes" onclick={onerase}>
                            { lang.t("co-erase-yes") }
                        </button>
                        <button class="btn" type="button" data-act="erase-no" onclick={ask(false)}>
                            { lang.t("co-no") }
                        </button>
                    </p>
                </div>
            }
            <div role="status">
                if let Some((good, text)) = &*said {
                    <p class={classes!("note", (!good).then_some("note-gone"))} data-view="import"
                        data-good={good.to_string()}>
                        { text }
                    </p>
                }
                if !record::stored() { <p class="note note-open">{ lang.t("co-not-kept") }</p> }
            </div>
            { record::with(|record| html! { <>{ table(lang, record) }{ calibrated(lang, record) }</> }) }
        </section>
    }
}

/// How often predictions came true, by how sure the learner was.
fn calibrated(lang: Lang, record: &Record) -> Html {
    let figures = calibration(record);
    if figures.is_empty() {
        return Html::default();
    }
    html! {
        <section data-view="calibration">
            <h2>{ lang.t("home-calibration") }</h2>
            <p class="co-lead">{ lang.t("home-calibration-lead") }</p>
            <ul class="num">
                { for figures.iter().map(|one| {
                    let counts =
                        [("p", one.percent.into()), ("n", one.stated.into()), ("k", one.came_true.into())];
                    html! { <li key={one.percent}>{ lang.f("home-calibration-n", &counts) }</li> }
                }) }
            </ul>
        </section>
    }
}

/// Imports a chosen file; returns whether it was valid, and the message.
async fn import(lang: Lang, event: &Event) -> Option<(bool, String)> {
    let input: HtmlInputElement = event.target()?.dyn_into().ok()?;
    let file: Blob = input.files()?.get(0)?.into();
    // Allows choosing the same file again.
    input.set_value("");
    if file.size() > MOST_BYTES as f64 {
        return Some((false, lang.t("co-import-unread")));
    }
    let Some(text) = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string()) else {
        return Some((false, lang.t("co-import-unread")));
    };
    Some(take(lang, &text))
}

/// Imports a file's text.
pub fn take(lang: Lang, text: &str) -> (bool, String) {
    match record::import(text) {
        Ok(n) => (true, lang.f("co-imported", &[("n", n.into())])),
        Err(why) => (false, lang.f("co-import-bad", &[("why", why.into())])),
    }
}

/// What was done, lesson by lesson.
fn table(lang: Lang, record: &Record) -> Html {
    if record.lessons.is_empty() {
        return html! { <p class="co-lead">{ lang.t("co-record-none") }</p> };
    }
    let listed = list::entries(lang.code()).unwrap_or_default();
    let known = listed.iter().filter_map(|entry| {
        Some((entry.title.clone(), entry.slug.as_str(), record.lessons.get(&entry.slug)?))
    });
    let others = record.lessons.iter().filter(|(slug, _)| !listed.iter().any(|entry| entry.slug == **slug));
    let others = others.map(|(slug, account)| {
        let name = slug.strip_prefix("file:").unwrap_or(slug);
        (format!("{name} ({})", lang.t("co-own-lesson")), slug.as_str(), account)
    });
    html! {
        <div class="co-table" tabindex="0" role="region" aria-label={lang.t("page-record")}><table>
            <thead><tr>
                {
                    for [
                        "co-col-lesson",
                        "co-col-steps",
                        "co-col-predictions",
                        "co-col-answers",
                        "co-col-best",
                        "co-col-time"
                    ]
                    .map(|name| html! { <th scope="col">{ lang.f(name, &[]) }</th> }) }
            </tr></thead>
            <tbody>{ for known.chain(others).map(|(title, slug, account)| row(lang, title, slug, account)) }</tbody>
        </table></div>
    }
}

fn row(lang: Lang, title: String, slug: &str, account: &Account) -> Html {
    let settled: Vec<_> =
        account.predictions.values().filter(|prediction| prediction.came.is_some()).collect();
    let hit = settled.iter().filter(|prediction| {
        prediction
            .chosen
            .as_ref()
            .zip(prediction.came.as_ref())
            .is_some_and(|(chosen, came)| came.contains(chosen))
    });
    let solved = account.answers.iter().filter(|(step, _)| account.steps.contains(step));
    let once = solved.clone().filter(|(_, given)| given.len() == 1);
    let of = |some: usize, all: usize| if all == 0 { "–".to_owned() } else { format!("{some} / {all}") };
    let minutes = account.seconds.div_ceil(60);
    html! {
        <tr key={slug.to_owned()} data-lesson={slug.to_owned()}>
            <th scope="row">{ title }
                if account.finished { <span class="chip chip-kept">{ lang.t("co-done") }</span> }
            </th>
            <td class="num">{ of(account.done() as usize, account.total as usize) }</td>
            <td class="num">{ of(hit.count(), settled.len()) }</td>
            <td class="num">{ of(once.count(), solved.count()) }</td>
            <td class="num">{ for scores(lang, account).iter().map(|line| html! { <div>{ line }</div> }) }</td>
            <td class="num">
                { if minutes == 0 { "–".to_owned() } else { lang.f("co-minutes", &[("n", minutes.into())]) } }
            </td>
        </tr>
    }
}
