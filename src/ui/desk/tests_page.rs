//! Failover tests without a cluster beside them, whose shape and first seed are chosen here; and disaster drills.
//!
//! Guarantees: the tests are those of the section beside a cluster; when they are over, the address is their report's.
//! Leaves out: other settings of the cluster, for which the section beside it is.

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::DeskProps;
use crate::ui::milvus;
use crate::ui::milvus::PRESETS;
use crate::ui::milvus::drills::{Drills, use_drill_facts};
use crate::ui::regions::drills::NoteDrills;
use crate::ui::use_lang;
use crate::web::address::{Address, MAX_SEED};
use crate::web::reports;
use crate::web::wire::DrillFacts;
use quorum_i18n::Lang;

/// Once tests that were started here are over, the address in the bar is their report's, so that a reload opens it;
/// `heard` is called with what is new of them.
#[hook]
fn use_report_address(desk: &DeskProps, heard: fn(&DrillFacts)) {
    let facts = use_drill_facts(&desk.session, heard);
    let over = |facts: &Option<Rc<DrillFacts>>| {
        facts.as_ref().filter(|facts| !facts.running).map(|facts| facts.number)
    };
    // Those that were over before the page was opened are left alone.
    let seen = use_mut_ref(|| over(&facts));
    let home = desk.home.clone();
    use_effect_with(facts.clone(), move |facts| {
        let number = over(facts);
        if number.is_none() || seen.replace(number) == number {
            return;
        }
        if let Some(report) = facts.as_deref().and_then(reports::name_of) {
            Address { report: Some(report), ..home }.write();
        }
    });
}

/// The page of disaster drills.
#[component]
pub(super) fn Disasters(props: &TestsProps) -> Html {
    use_report_address(&props.desk, reports::keep);
    html! { <NoteDrills session={props.desk.session.clone()} running=true open=true /> }
}

/// The properties of a page.
#[derive(Properties, PartialEq)]
pub(super) struct TestsProps {
    /// The page's.
    pub(super) desk: DeskProps,
}

/// The largest first seed: a hundred thousand more have to fit.
const MOST_FIRST: u64 = MAX_SEED - 100_000;

/// The page.
#[component]
pub(super) fn Failover(props: &TestsProps) -> Html {
    let lang = use_lang();
    // The instrument below keeps the reports.
    use_report_address(&props.desk, |_| {});
    let shape = use_state_eq(|| 0_usize);
    let seed = use_state_eq(|| 1_u64);
    let (_, topology, _) = PRESETS[(*shape).min(PRESETS.len() - 1)];
    let set = milvus::changed_in(topology);
    html! {
        <>
            <div class="desk-c">
                { shapes(lang, &shape) }
                { seed_field(lang, &seed) }
            </div>
            <Drills session={props.desk.session.clone()} address={props.desk.home.clone()} {set} seed={*seed}
                running=true alone=true />
        </>
    }
}

/// The first seed.
pub(super) fn seed_field(lang: Lang, seed: &UseStateHandle<u64>) -> Html {
    let onchange = {
        let seed = seed.clone();
        Callback::from(move |event: Event| {
            let input = event.target().and_then(|it| it.dyn_into::<web_sys::HtmlInputElement>().ok());
            let Some(input) = input else { return };
            let value = input.value().trim().parse().unwrap_or(*seed).min(MOST_FIRST);
            input.set_value(&value.to_string());
            seed.set(value);
        })
    };
    html! {
        <p class="mc-set">
            <label for="desk-seed">{ lang.t("home-x-seed") }</label>
            <span class="mc-in"><input id="desk-seed" class="num" type="number" inputmode="numeric" min="0"
                max={MOST_FIRST.to_string()} value={seed.to_string()} {onchange} /></span>
        </p>
    }
}

/// The shape of the cluster.
pub(super) fn shapes(lang: Lang, shape: &UseStateHandle<usize>) -> Html {
    let one = |(at, (word, _, title)): (usize, (&'static str, &'static str, &'static str))| {
        let chosen = shape.setter();
        let onchange = Callback::from(move |_: Event| chosen.set(at));
        html! {
            <label>
                <input type="radio" name="desk-shape" value={word} checked={**shape == at} {onchange} />
                <span>{ lang.f(title, &[]) }</span>
            </label>
        }
    };
    html! {
        <fieldset class="segm desk-s" style={format!("--opts:{}", PRESETS.len())}>
            <legend>{ lang.t("home-x-shape") }</legend>
            { for PRESETS.into_iter().enumerate().map(one) }
        </fieldset>
    }
}
