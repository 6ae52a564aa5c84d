//! Reports over time: the learner keeps a report under a date, and sees what changed since the last one.
//!
//! Guarantees: every figure is one of the kept report's; a file that is not a report is named and changes nothing.
//! Leaves out: where reports are kept (`web::trend`) and how they are compared (`drill::trend`).

use js_sys::{Date, Uint8Array};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, HtmlElement, HtmlInputElement};
use yew::prelude::*;

use crate::ui::backup::save;
use crate::ui::export::chart;
use crate::ui::export::table::{Cell, Table, with_unit};
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::use_lang;
use crate::web::session::Session;
use crate::web::trend as kept;
use crate::web::wire::DrillForm;
use quorum_drill::trend::{self, MOST_LABEL, Series, Step};
use quorum_drill::{export, i18n_terms};
use quorum_i18n::{Lang, grouped};

/// The file input's id in the document.
const INPUT: &str = "mc-tr-file";
/// A file larger than this many bytes is not read.
const MOST_BYTES: f64 = 64.0 * 1024.0 * 1024.0;

/// The properties of the section.
#[derive(Properties, PartialEq)]
pub struct TrendProps {
    /// The session.
    pub session: Session,
    /// Whether there is a report that can be kept.
    pub report: bool,
}

/// The section.
#[component]
pub fn Trend(props: &TrendProps) -> Html {
    let lang = use_lang();
    let label = use_state_eq(today);
    let all = use_state(|| trend::series(&kept::kept()));
    let said = use_state_eq(|| None::<(bool, String)>);
    let tell = {
        let (all, said) = (all.clone(), said.clone());
        move |message: (bool, String)| {
            all.set(trend::series(&kept::kept()));
            said.set(Some(message));
        }
    };
    let oninput = {
        let label = label.clone();
        Callback::from(move |event: InputEvent| {
            let input = event.target().and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
            if let Some(input) = input {
                label.set(trend::label(&input.value()));
            }
        })
    };
    let onkeep = {
        let (session, label, tell) = (props.session.clone(), (*label).clone(), tell.clone());
        Callback::from(move |_: MouseEvent| {
            let (session, label, tell) = (session.clone(), label.clone(), tell.clone());
            spawn_local(async move { tell(keep(&session, lang, &label).await) });
        })
    };
    let onexport = Callback::from(|_: MouseEvent| {
        let text = trend::write(&kept::kept());
        // A browser that runs the page refuses none of this.
        drop(save(&Uint8Array::from(text.as_bytes()), "quorum-lab-drill-reports.json"));
    });
    let onpick = Callback::from(|_: MouseEvent| {
        let document = web_sys::window().and_then(|window| window.document());
        let input = document.and_then(|document| document.get_element_by_id(INPUT));
        if let Some(input) = input.and_then(|input| input.dyn_into::<HtmlElement>().ok()) {
            input.click();
        }
    });
    let onchange = {
        let tell = tell.clone();
        Callback::from(move |event: Event| {
            let tell = tell.clone();
            spawn_local(async move {
                if let Some(message) = import(lang, &event).await {
                    tell(message);
                }
            });
        })
    };
    let onerase = {
        let (all, said) = (all.clone(), said.clone());
        Callback::from(move |_: MouseEvent| {
            kept::erase();
            all.set(Vec::new());
            said.set(None);
        })
    };
    let none = all.is_empty();
    html! {
        <section data-view="drill-trend"
            data-reports={all.iter().map(|series| series.reports.len()).sum::<usize>().to_string()}>
            <h3 class="h-sub">{ lang.t("mc-tr") }</h3>
            <p class="fine">{ lang.t("mc-tr-s") }</p>
            <p class="row">
                <label for="mc-tr-label" class="fine">{ lang.t("mc-tr-label") }</label>
                <span class="mc-in">
                    <input id="mc-tr-label" class="num" type="text" maxlength={MOST_LABEL.to_string()}
                        value={(*label).clone()} {oninput} />
                </span>
                <button type="button" class="btn" data-act="trend-keep"
                    aria-disabled={inert(!props.report || label.is_empty())} onclick={onkeep}>
                    { ic("check") }
                    { lang.t("mc-tr-keep") }
                </button>
            </p>
            <p class="row">
                <button type="button" class="btn" data-act="trend-import" onclick={onpick}>
                    { ic("restart") }
                    { lang.t("mc-tr-import") }
                </button>
                <button type="button" class="btn" data-act="trend-export" aria-disabled={inert(none)}
                    onclick={onexport}>
                    { ic("down") }
                    { lang.t("mc-tr-export") }
                </button>
                <button type="button" class="btn btn-gone" data-act="trend-erase" aria-disabled={inert(none)}
                    onclick={onerase}>
                    { lang.t("mc-tr-erase") }
                </button>
                <input class="vh" id={INPUT} type="file" accept=".json" tabindex="-1"
                    aria-label={lang.t("mc-tr-import")} {onchange} />
            </p>
            <div role="status">
                if let Some((good, text)) = &*said {
                    <p class={classes!("note", (!good).then_some("note-gone"))} data-view="trend-said"
                        data-good={good.to_string()}>
                        { text }
                    </p>
                }
            </div>
            if none { <p class="fine">{ lang.t("mc-tr-none") }</p> }
            { for all.iter().map(|series| table(lang, series)) }
        </section>
    }
}

/// Today's date in sortable form.
fn today() -> String {
    let now: String = Date::new_0().to_iso_string().into();
    now.get(..10).unwrap_or_default().to_owned()
}

/// Keeps the worker's report; returns whether it was kept, and the message.
async fn keep(session: &Session, lang: Lang, label: &str) -> (bool, String) {
    let text = session.write_drill(DrillForm::Json, lang).await;
    let points = text.and_then(|text| trend::read(label, &text).ok());
    if points.is_some_and(kept::keep) {
        (true, lang.f("mc-tr-kept", &[("label", label.into())]))
    } else {
        (false, lang.t("mc-tr-not-kept"))
    }
}

/// Imports a chosen file; returns whether it was valid, and the message.
async fn import(lang: Lang, event: &Event) -> Option<(bool, String)> {
    let input: HtmlInputElement = event.target()?.dyn_into().ok()?;
    let file = input.files()?.get(0)?;
    let name = trend::label(&file.name());
    // Allows choosing the same file again.
    input.set_value("");
    let bad = || (false, lang.f("mc-tr-bad", &[("file", name.as_str().into())]));
    if file.size() > MOST_BYTES {
        return Some(bad());
    }
    let blob: Blob = file.into();
    let text = JsFuture::from(blob.text()).await.ok().and_then(|text| text.as_string());
    let label = name.strip_suffix(".json").unwrap_or(&name);
    let Some(points) = text.and_then(|text| trend::read(label, &text).ok()) else { return Some(bad()) };
    let n = points.len();
    Some(if kept::keep(points) {
        (true, lang.f("mc-tr-took", &[("n", n.into())]))
    } else {
        (false, lang.t("mc-tr-not-kept"))
    })
}

/// A scenario's reports, the oldest first, each with what changed.
fn table(lang: Lang, series: &Series) -> Html {
    let perhaps = |ms: Option<f64>| ms.map_or_else(|| "—".to_owned(), |ms| i18n_terms::duration(lang, ms));
    let row = |step: &Step| {
        let point = &step.point;
        let change = step.change.map_or_else(
            || "—".to_owned(),
            |change| {
                let rto = change.rto_ms.map_or_else(|| "—".to_owned(), |ms| trend::difference(lang, ms));
                format!("{} · RTO {rto}", trend::points_more(change.success_rate))
            },
        );
        let met = point.met == point.runs;
        html! {
            <tr data-label={point.label.clone()}>
                <th scope="row">{ &point.label }</th>
                <td class={if met { "v-kept" } else { "v-gone" }}>
                    { format!("{} / {}", grouped(point.met), grouped(point.runs)) }
                </td>
                <td data-figure="rate">{ export::percent(step.success_rate) }</td>
                <td>{ export::grade_name(step.grade, lang) }</td>
                <td data-figure="rto">{ perhaps(point.rto_ms) }</td>
                <td>{ perhaps(point.rpo_ms) }</td>
                <td>{ export::counted(point.lost) }</td>
                <td data-figure="change">{ change }</td>
            </tr>
        }
    };
    let heads = [
        "mc-tr-label",
        "drill-col-met",
        "mc-rate",
        "mc-tr-grade",
        "mc-d-rto-mean",
        "drill-col-rpo",
        "drill-col-lost",
        "mc-tr-change",
    ];
    let name = export::scenario_name(&series.scenario, lang);
    let numbers = series.reports.iter().map(|Step { point, success_rate, .. }| {
        let rto: Cell = point.rto_ms.into();
        [
            point.label.as_str().into(),
            point.met.into(),
            point.runs.into(),
            (*success_rate).into(),
            rto,
            point.rpo_ms.into(),
            point.lost.into(),
        ]
    });
    let columns = [
        lang.t("mc-tr-label"),
        lang.t("drill-col-met"),
        lang.t("mc-d-runs"),
        lang.t("mc-rate"),
        with_unit(&lang.t("mc-d-rto-mean"), "ms"),
        with_unit(&lang.t("drill-col-rpo"), "ms"),
        lang.t("drill-col-lost"),
    ];
    let numbers = Table::new(columns).with(numbers);
    let drawn = html! {
        <div class="mc-scroll" tabindex="0" role="region" aria-label={name.clone()}
            data-scenario={series.scenario.clone()}>
            <p class="fine">{ name }</p>
            <table class="num">
                <thead>
                    <tr>
                        { for heads.iter().map(|head| html! { <th scope="col">{ lang.f(head, &[]) }</th> }) }
                    </tr>
                </thead>
                <tbody>{ for series.reports.iter().map(row) }</tbody>
            </table>
        </div>
    };
    chart("drill-trend", numbers, drawn)
}
