//! The pages of experiments and the list of reports.
//!
//! Guarantees: every page has an address, a title and a way to the others. Leaves out: the tests' choices
//! (`tests_page`), promises (`promise_page`), reports (`report_page`).

use js_sys::Date;
use wasm_bindgen::JsValue;
use yew::prelude::*;

use super::DeskProps;
use super::promise_page::Promise;
use super::report_page::ReportPage;
use super::tests_page::{Disasters, Failover};
use crate::ui::icons::ic;
use crate::ui::links::link;
use crate::ui::milvus::load::LoadTest;
use crate::ui::milvus::majority::Majority;
use crate::ui::use_lang;
use crate::web::address::Address;
use crate::web::reports::{self, Kept};
use quorum_drill::export;
use quorum_i18n::{Lang, grouped};

/// The experiments: the view, its title, what it is for, its icon.
const EXPERIMENTS: [(&str, &str, &str, &str); 5] = [
    ("failover", "page-failover", "home-x-failover-s", "kill"),
    ("promise", "page-promise", "home-x-promise-s", "list"),
    ("disasters", "page-disasters", "home-x-disasters-s", "plug"),
    ("load", "page-load", "home-x-load-s", "list"),
    ("majority", "page-majority", "home-x-majority-s", "check"),
];

/// The page of an address.
pub(super) fn page(lang: Lang, props: &DeskProps) -> Html {
    if let Some(report) = &props.address.report {
        return html! { <ReportPage key={report.clone()} desk={props.clone()} report={report.clone()} /> };
    }
    let view = props.address.view.as_deref().unwrap_or_default();
    match view {
        "failover" => titled(lang, props, view, html! { <Failover desk={props.clone()} /> }),
        "promise" => titled(lang, props, view, html! { <Promise desk={props.clone()} /> }),
        "disasters" => titled(lang, props, view, html! { <Disasters desk={props.clone()} /> }),
        "load" => titled(lang, props, view, html! { <LoadTest open=true /> }),
        "majority" => titled(lang, props, view, html! { <Majority open=true /> }),
        "reports" => html! { <Reports desk={props.clone()} /> },
        _ => experiments(lang, props),
    }
}

/// The address of a page.
pub(super) fn to_view(home: &Address, view: &str) -> Address {
    Address { view: Some(view.to_owned()), ..home.clone() }
}

/// An experiment with its title and the way back.
fn titled(lang: Lang, props: &DeskProps, view: &str, inner: Html) -> Html {
    let found = EXPERIMENTS.iter().find(|(word, ..)| *word == view);
    let (title, lead) = found.map_or(("home-x", "home-x-s"), |(_, title, lead, _)| (*title, *lead));
    html! {
        <section class="desk" data-view={format!("desk-{view}")}>
            <p class="fine no-print">
                { link(&props.onopen, to_view(&props.home, "experiments"), "desk-b", lang.t("home-x").into()) }
            </p>
            <h1 class="hero-h">{ lang.f(title, &[]) }</h1>
            <p class="co-lead">{ lang.f(lead, &[]) }</p>
            <div class="desk-x">{ inner }</div>
        </section>
    }
}

/// All experiments.
fn experiments(lang: Lang, props: &DeskProps) -> Html {
    let card = |(view, title, lead, icon): (&'static str, &'static str, &'static str, &'static str)| {
        let inner = html! {
            <>
                <h2>{ ic(icon) }{ lang.f(title, &[]) }</h2>
                <p>{ lang.f(lead, &[]) }</p>
            </>
        };
        html! {
            <li key={view} data-experiment={view}>
                { link(&props.onopen, to_view(&props.home, view), "pth-a", inner) }
            </li>
        }
    };
    html! {
        <section class="desk" data-view="experiments">
            <h1 class="hero-h">{ lang.t("home-x") }</h1>
            <p class="co-lead">{ lang.t("home-x-s") }</p>
            <ul class="pths pth">{ for EXPERIMENTS.map(card) }</ul>
        </section>
    }
}

/// The properties of the list of reports.
#[derive(Properties, PartialEq)]
struct ReportsProps {
    desk: DeskProps,
}

/// A day as a date.
fn day(day: u32) -> String {
    let date = Date::new(&JsValue::from_f64(f64::from(day) * 86_400_000.0));
    let text: String = date.to_iso_string().into();
    text.get(..10).unwrap_or_default().to_owned()
}

/// The reports that this browser keeps.
#[component]
fn Reports(props: &ReportsProps) -> Html {
    let lang = use_lang();
    let kept = use_state_eq(reports::list);
    let desk = &props.desk;
    let erase = {
        let kept = kept.clone();
        Callback::from(move |_: MouseEvent| {
            reports::erase();
            kept.set(reports::list());
        })
    };
    let row = |one: &Kept| {
        let to = Address { report: Some(one.report.clone()), ..desk.home.clone() };
        let seeds = if one.runs > 1 {
            format!("{}–{}", one.seed, one.seed.saturating_add(one.runs - 1))
        } else {
            one.seed.to_string()
        };
        html! {
            <tr key={one.report.clone()} data-report={one.report.clone()}>
                <th scope="row">
                    { link(&desk.onopen, to, "desk-b", export::scenario_name(&one.scenario, lang).into()) }
                </th>
                <td class="num">{ seeds }</td>
                <td class={if one.met == one.runs { "num v-kept" } else { "num v-gone" }}>
                    { format!("{} / {}", grouped(one.met), grouped(one.runs)) }
                </td>
                <td class="num">{ day(one.day) }</td>
            </tr>
        }
    };
    let heads = ["drill-col-suite", "home-r-seeds", "drill-col-met", "home-r-day"];
    html! {
        <section class="desk" data-view="reports" data-kept={kept.len().to_string()}>
            <h1 class="hero-h">{ lang.t("home-r") }</h1>
            <p class="co-lead">{ lang.t("home-r-s") }</p>
            if kept.is_empty() {
                <p class="note">{ lang.t("home-r-none") }</p>
                <p class="row">
                    { link(
                        &desk.onopen,
                        to_view(&desk.home, "failover"),
                        "btn btn-pri",
                        lang.t("page-failover").into()
                    ) }
                </p>
            } else {
                <div class="co-table" tabindex="0" role="region" aria-label={lang.t("home-r")}><table>
                    <thead><tr>
                        { for heads.map(|head| html! { <th scope="col">{ lang.f(head, &[]) }</th> }) }
                    </tr></thead>
                    <tbody>{ for kept.iter().map(row) }</tbody>
                </table></div>
                <p class="row">
                    <button type="button" class="btn btn-quiet" data-act="reports-erase" onclick={erase}>
                        { lang.t("home-r-erase") }
                    </button>
                </p>
            }
        </section>
    }
}
