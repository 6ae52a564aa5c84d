//! The cost of a disaster in time and in data: RTO as phases, RPO as a list of writes.
//!
//! Guarantees: both are shown beside the chosen class of business; a write is called lost only while the run says so.
//! Leaves out: the cost in money (`cost`).

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::axis::{Bar, axis, bars};
use super::narrate::{change_text, died_text};
use super::time::{long, minute};
use super::{collection, facts, region, value_of};
use crate::ui::icons::ic;
use crate::ui::use_lang;
use quorum_facade::regions::snapshot::{BackupFacts, BackupState, DisasterFacts, LostFacts};
use quorum_facade::snapshot::{RegionsFacts, Snapshot};
use quorum_i18n::{Lang, grouped};
use quorum_types::{Micros, SECOND};

/// Maximum number of lost writes listed.
const LISTED: usize = 200;

/// A class of business: its name in the document, its catalogue key, the maximum seconds of RTO, and of RPO (course
/// note 4); none for no bound.
pub const CLASSES: [(&str, &str, Option<u64>, Option<u64>); 4] = [
    ("critical", "rg-class-critical", Some(3_600), Some(0)),
    ("important", "rg-class-important", Some(14_400), Some(3_600)),
    ("normal", "rg-class-normal", Some(86_400), Some(86_400)),
    ("rest", "rg-class-rest", None, None),
];

/// The last disaster that affects clients or has to be handled: a node that a majority can do without is none.
pub(crate) fn struck(facts: &RegionsFacts) -> Option<&DisasterFacts> {
    let disaster = facts.disaster.as_ref()?;
    let hit = facts.sites.get(disaster.region as usize);
    let gone = hit.is_some_and(|site| !site.alive || !site.reachable);
    (disaster.rto_us.is_some() || disaster.failed > 0 || gone).then_some(disaster)
}

/// How long the last outage lasted or has lasted so far, and whether it goes on.
pub(crate) fn outage(facts: &RegionsFacts, now: Micros) -> Option<(Micros, bool)> {
    let disaster = struck(facts)?;
    Some(match disaster.rto_us {
        Some(us) => (us, false),
        None => (now.saturating_sub(disaster.at_us), true),
    })
}

/// The age of the oldest lost write at the disaster, if there was one.
pub(crate) fn rpo_so_far(facts: &RegionsFacts) -> Option<Micros> {
    struck(facts).and_then(|disaster| disaster.rpo_us)
}

/// What would be lost if the primary were gone now: what has not reached the standby, or what came after the newest
/// backup where nothing follows. None if there is no backup either.
fn at_risk(facts: &RegionsFacts, now: Micros) -> Option<Micros> {
    if value_of(facts, "sync_mode") != 0 {
        return Some(facts.link.lag_us);
    }
    let usable =
        |backup: &&BackupFacts| matches!(backup.state, BackupState::Unverified | BackupState::Verified);
    facts.backups.iter().rfind(usable).map(|backup| now.saturating_sub(backup.as_of_us))
}

/// Whether a span is within a bound in seconds.
fn keeps(us: Micros, limit: Option<u64>) -> bool {
    limit.is_none_or(|limit| if limit == 0 { us == 0 } else { us < limit * SECOND })
}

/// The properties of the section.
#[derive(Properties, PartialEq)]
pub struct MeasuredProps {
    /// The snapshot.
    pub now: Rc<Snapshot>,
}

/// RTO and RPO beside a class of business, phases, lost writes.
#[component]
pub fn Measured(props: &MeasuredProps) -> Html {
    let lang = use_lang();
    let class = use_state_eq(|| 0_usize);
    let Some(facts) = facts(&props.now) else { return Html::default() };
    let (_, _, rto_limit, rpo_limit) = CLASSES[*class];
    html! {
        <>
            <section class="gauge" data-view="targets">
                { targets(lang, facts, props.now.t_us, (rto_limit, rpo_limit)) }
                { classes_field(lang, &class) }
            </section>
            { phases(lang, facts, props.now.t_us, rto_limit) }
            { lost(lang, facts) }
        </>
    }
}

fn limit_text(lang: Lang, limit: Option<u64>) -> String {
    match limit {
        None => lang.t("rg-limit-none"),
        Some(0) => lang.t("rg-limit-zero"),
        Some(seconds) => lang.f("rg-limit", &[("time", long(lang, seconds * SECOND).into())]),
    }
}

fn targets(
    lang: Lang,
    facts: &RegionsFacts,
    now: Micros,
    (rto_limit, rpo_limit): (Option<u64>, Option<u64>),
) -> Html {
    let outage = outage(facts, now);
    let rpo = rpo_so_far(facts);
    let verdict = |us: Micros, limit: Option<u64>| {
        if keeps(us, limit) {
            html! { <span class="done v-kept">{ ic("check") }{ lang.t("rg-met") }</span> }
        } else {
            html! { <span class="done v-gone">{ ic("cross") }{ lang.t("rg-missed") }</span> }
        }
    };
    let rto_note = match outage {
        None => html! { <span class="fine">{ lang.t("rg-no-disaster") }</span> },
        Some((us, true)) if keeps(us, rto_limit) => {
            html! { <span class="live">{ lang.t("rto-running") }</span> }
        }
        Some((us, _)) => verdict(us, rto_limit),
    };
    let rpo_note = match rpo {
        None if outage.is_some() => html! { <span class="fine">{ lang.t("rg-rpo-later") }</span> },
        None => {
            let said = match at_risk(facts, now) {
                Some(us) => lang.f("rg-rpo-would", &[("time", long(lang, us).into())]),
                None => lang.t("rg-rpo-all"),
            };
            html! { <span class="fine">{ said }</span> }
        }
        Some(us) => verdict(us, rpo_limit),
    };
    let one =
        |word: &'static str, title: &'static str, limit: Option<u64>, us: Option<Micros>, note: Html| {
            html! {
                <div data-meter={word} data-us={us.map(|us| us.to_string())}>
                    <h2 class="h-inst">{ title }<span>{ limit_text(lang, limit) }</span></h2>
                    <p class="rg-big num">{ us.map_or_else(|| "—".to_owned(), |us| long(lang, us)) }</p>
                    <p class="fine">{ note }</p>
                </div>
            }
        };
    html! {
        <div class="gauge-2">
            { one("rto", "RTO", rto_limit, outage.map(|(us, _)| us), rto_note) }
            { one("rpo", "RPO", rpo_limit, rpo, rpo_note) }
        </div>
    }
}

/// The choice of a class of business.
fn classes_field(lang: Lang, class: &UseStateHandle<usize>) -> Html {
    let onchange = {
        let class = class.clone();
        Callback::from(move |event: Event| {
            let select = event.target().and_then(|it| it.dyn_into::<web_sys::HtmlSelectElement>().ok());
            let Some(value) = select.map(|select| select.value()) else { return };
            if let Some(place) = CLASSES.iter().position(|(word, ..)| *word == value) {
                class.set(place);
            }
        })
    };
    html! {
        <div class="mc-set">
            <label for="rg-class">{ lang.t("rg-class") }</label>
            <select id="rg-class" class="rg-select" data-act="class" {onchange}>
                { for CLASSES.iter().enumerate().map(|(n, (word, key, ..))| html! {
                    <option value={*word} selected={**class == n}>{ lang.f(key, &[]) }</option>
                }) }
            </select>
        </div>
    }
}

/// The phases of the RTO, and the RPO below, on one axis.
fn phases(lang: Lang, facts: &RegionsFacts, now: Micros, limit: Option<u64>) -> Html {
    let Some(disaster) = struck(facts) else {
        return html! {
            <section class="gauge" data-view="phases">
                <h2 class="h-inst">{ lang.t("rg-phases") }</h2>
                <p class="fine">{ lang.t("rg-phases-none") }</p>
            </section>
        };
    };
    let runs = disaster.rto_us.is_none();
    let mut rows = bars(lang, &disaster.phases, runs, false);
    // Elapsed time that is in no phase yet belongs to the next one.
    let passed = rows.last().and_then(|bar| bar.span).map_or(0, |(_, to)| to);
    let so_far = now.saturating_sub(disaster.at_us);
    if runs && so_far > passed {
        let span = Some((passed, so_far));
        rows.push(Bar { word: "waiting", label: lang.t("rg-phase-now"), pattern: 4, span, runs: true });
    }
    if let Some(us) = disaster.rpo_us {
        rows.push(Bar { word: "rpo", label: "RPO".to_owned(), pattern: 3, span: Some((0, us)), runs: false });
    }
    let at = minute(lang, disaster.at_us);
    let hit = region(lang, disaster.region as usize);
    let longest = disaster.phases.iter().max_by_key(|(_, us)| *us);
    let longest = longest.and_then(|(phase, us)| {
        let known = super::axis::PHASES.iter().find(|(other, ..)| other == phase)?;
        Some(
            lang.f("rg-longest", &[("phase", lang.f(known.2, &[]).into()), ("time", long(lang, *us).into())]),
        )
    });
    let limit = limit
        .map(|seconds| (seconds, lang.f("rg-ax-limit", &[("time", long(lang, seconds * SECOND).into())])));
    html! {
        <section class="gauge" data-view="phases" data-rto={disaster.rto_us.map(|us| us.to_string())}>
            <h2 class="h-inst">
                { lang.t("rg-phases") }
                <span>{ lang.f("rg-phases-at", &[("region", hit.into()), ("time", at.into())]) }</span>
            </h2>
            { axis(lang, &lang.t("rg-phases"), &rows, limit) }
            <p class="fine">{ longest.unwrap_or_default() }{ " " }{ lang.t("rg-ax-s") }</p>
            <p class="fine num">{ lang.f("rg-failed-n", &[("n", disaster.failed.into())]) }</p>
        </section>
    }
}

/// The lost writes: how many were lost where, and each of them.
fn lost(lang: Lang, facts: &RegionsFacts) -> Html {
    let mut places: Vec<(&str, u64)> = Vec::new();
    for one in &facts.lost {
        match places.iter_mut().find(|(died, _)| *died == one.died) {
            Some((_, n)) => *n += 1,
            None => places.push((&one.died, 1)),
        }
    }
    let title = html! {
        <h2 class="h-inst">
            { lang.t("rg-lost") }
            <span class="num">{ lang.f("rg-lost-n", &[("n", facts.lost_total.into())]) }</span>
        </h2>
    };
    if facts.lost_total == 0 {
        return html! {
            <section class="gauge" data-view="lost" data-lost="0">
                { title }
                <p class="fine">{ lang.t("rg-lost-none") }</p>
            </section>
        };
    }
    let more = (facts.lost.len() as u64) < facts.lost_total;
    let shown = facts.lost.iter().take(LISTED);
    let hidden = facts.lost_total.saturating_sub(shown.len() as u64);
    html! {
        <section class="gauge" data-view="lost" data-lost={facts.lost_total.to_string()}>
            { title }
            <ul class="rg-died">
                { for places.iter().map(|(died, n)| html! {
                    <li data-died={(*died).to_owned()} data-n={n.to_string()}>
                        <b class="num">{ grouped(*n) }</b>
                        <span>{ died_text(lang, died) }</span>
                    </li>
                }) }
            </ul>
            if more { <p class="fine">{ lang.t("rg-lost-counted") }</p> }
            <div class="rowsx rg-lostx" tabindex="0" role="region" aria-label={lang.t("rg-lost")}>
                <table>
                    <thead><tr>
                        <th scope="col">{ lang.t("rg-col-op") }</th>
                        <th scope="col">{ lang.t("rg-col-what") }</th>
                        <th scope="col">{ lang.t("rg-col-when") }</th>
                        <th scope="col">{ lang.t("rg-col-died") }</th>
                    </tr></thead>
                    <tbody>{ for shown.map(|one| lost_row(lang, one)) }</tbody>
                </table>
            </div>
            if hidden > 0 { <p class="fine num">{ lang.f("rg-lost-more", &[("n", hidden.into())]) }</p> }
            <p class="fine">{ lang.t("rg-lost-s") }</p>
        </section>
    }
}

fn lost_row(lang: Lang, one: &LostFacts) -> Html {
    let what =
        lang.f("rg-lost-what", &[("change", change_text(lang, &one.change).into()), ("key", one.key.into())]);
    html! {
        <tr key={one.op} data-op={one.op.to_string()}>
            <th scope="row" class="num">{ grouped(one.op) }</th>
            <td>{ what }<small>{ collection(one.collection) }</small></td>
            <td class="num">{ minute(lang, one.acknowledged_us) }</td>
            <td>{ died_text(lang, &one.died) }</td>
        </tr>
    }
}
