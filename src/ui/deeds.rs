//! Schedules as people read them: what is done to the replica set, and when.
//!
//! Promises: every deed has a line in both languages; of a run that is replayed, the list says which deeds are done, and
//! the text beside it what the run is for. Leaves out: what follows from the deeds (`narrate`).

use std::rc::Rc;

use yew::prelude::*;

use super::format::{clock, span};
use super::free_play::text_pane;
use super::icons::ic;
use super::narrate::{drift, invariant, invariant_sentence, jump, nodes, percent};
use quorum_facade::command::{Change, ConfMode, Deed};
use quorum_facade::swarm::{PROGRESS, Schedule, Timed};
use quorum_i18n::{Arg, Lang};

/// A deed in words.
pub fn deed(lang: Lang, deed: &Deed) -> String {
    node_deed(lang, deed).or_else(|| wide_deed(lang, deed)).unwrap_or_default()
}

/// What is done to one node.
fn node_deed(lang: Lang, deed: &Deed) -> Option<String> {
    let on = |key: &str, node: u32| lang.f(key, &[("node", node.into())]);
    Some(match *deed {
        Deed::Kill { node, torn_bytes: 0 } => on("deed-kill", node),
        Deed::Kill { node, torn_bytes } => {
            lang.f("deed-kill-torn", &[("node", node.into()), ("bytes", torn_bytes.into())])
        }
        Deed::Restart { node } => on("deed-restart", node),
        Deed::CrashLoop { node, times, every_us } => lang.f(
            "deed-crash-loop",
            &[("node", node.into()), ("times", times.into()), ("every", span(every_us).into())],
        ),
        Deed::Pause { node } => on("deed-pause", node),
        Deed::Resume { node } => on("deed-resume", node),
        Deed::Wipe { node } => on("deed-wipe", node),
        Deed::Disk { node, fault, .. } => {
            let fault = lang.f(&format!("fault-{}", fault.name()), &[]);
            lang.f("deed-disk", &[("node", node.into()), ("fault", fault.into())])
        }
        Deed::Clock { node, drift_ppm, jump_us, .. } => lang.f(
            "deed-clock",
            &[("node", node.into()), ("drift", drift(drift_ppm).into()), ("jump", jump(jump_us).into())],
        ),
        Deed::Campaign { node } => on("deed-campaign", node),
        Deed::Transfer { to } => on("deed-transfer", to),
        Deed::TakeSnapshot { node } => on("deed-take-snapshot", node),
        _ => return None,
    })
}

/// What is done to links, to the group or to the run.
fn wide_deed(lang: Lang, deed: &Deed) -> Option<String> {
    let link = |from: u32, to: u32| [("from", Arg::from(from)), ("to", Arg::from(to))];
    Some(match deed {
        Deed::PowerCut { .. } => lang.t("deed-power-cut"),
        Deed::Cut { from, to, one_way: true } => lang.f("deed-cut-one-way", &link(*from, *to)),
        Deed::Cut { from, to, .. } => lang.f("deed-cut", &link(*from, *to)),
        Deed::Partition { side } => lang.f("deed-partition", &[("side", nodes(side).into())]),
        Deed::Heal => lang.t("deed-heal"),
        Deed::Clog { from, to, us } => {
            let [from, to] = link(*from, *to);
            lang.f("deed-clog", &[from, to, ("time", span(*us).into())])
        }
        Deed::Weather(weather) if (weather.loss, weather.duplicate, weather.reorder) == (0, 0, 0) => {
            lang.t("weather-calm")
        }
        Deed::Weather(weather) => lang.f(
            "ev-weather",
            &[
                ("loss", percent(weather.loss).into()),
                ("duplicate", percent(weather.duplicate).into()),
                ("reorder", percent(weather.reorder).into()),
            ],
        ),
        Deed::Conf { mode: ConfMode::Leave, .. } => lang.t("deed-conf-leave"),
        Deed::Conf { mode, changes } => {
            let said: Vec<String> = changes.iter().map(|one| change(lang, *one)).collect();
            let args = [("changes", said.join(" + ").into())];
            match mode {
                ConfMode::Joint => lang.f("deed-conf-joint", &args),
                _ => lang.f("deed-conf", &args),
            }
        }
        Deed::Rule { name, on } => {
            let args = [("rule", lang.f(&format!("rule-{}", name.facts().name), &[]).into())];
            if *on { lang.f("ev-rule-on", &args) } else { lang.f("ev-rule-off", &args) }
        }
        Deed::Client { on: true } => lang.t("tool-client-on"),
        Deed::Client { .. } => lang.t("tool-client-off"),
        _ => return None,
    })
}

fn change(lang: Lang, change: Change) -> String {
    let (key, node) = match change {
        Change::Add(node) => ("change-add", node),
        Change::Remove(node) => ("change-remove", node),
        Change::Learner(node) => ("change-learner", node),
    };
    lang.f(key, &[("node", node.into())])
}

/// Deeds one below the other; of a replay, those that are done are ticked.
pub fn list(lang: Lang, deeds: &[Timed], done: Option<u32>) -> Html {
    let one = |(place, timed): (usize, &Timed)| {
        let over = done.is_some_and(|done| place < done as usize);
        html! {
            <li class={classes!(over.then_some("dd-done"))} data-done={over.to_string()}>
                <b class="num">{ clock(timed.t_us) }{ " s" }</b>
                <span>{ deed(lang, &timed.deed) }</span>
                if over { { ic("check") } }
            </li>
        }
    };
    html! { <ol class="sched" data-view="deeds">{ for deeds.iter().enumerate().map(one) }</ol> }
}

/// What a replay shows.
#[derive(PartialEq)]
pub struct ReplayProps {
    /// What is replayed.
    pub schedule: Rc<Schedule>,
    /// How many deeds are done.
    pub done: u32,
}

/// A replay: how far it is, what was done, what is still to come.
pub fn replay(lang: Lang, props: &ReplayProps) -> Html {
    let ReplayProps { schedule, done } = props;
    let off: Vec<String> =
        schedule.off.iter().map(|rule| lang.f(&format!("rule-{}", rule.facts().name), &[])).collect();
    let total = schedule.deeds.len();
    let far = match total {
        0 => lang.t("replay-own"),
        _ => lang.f("replay-n-of", &[("n", (*done).into()), ("total", total.into())]),
    };
    html! {
        <section class="gauge" data-view="replay" data-done={done.to_string()}>
            <h2 class="h-inst">{ lang.t("replay-title") }<span class="num">{ far }</span></h2>
            if *done == 0 { <p class="fine">{ lang.t("replay-begin") }</p> }
            if !off.is_empty() {
                <p class="fine">{ lang.f("replay-off", &[("rule", off.join(" · ").into())]) }</p>
            }
            if total > 0 { { list(lang, &schedule.deeds, Some(*done)) } }
        </section>
    }
}

/// What the text of a replay tells of.
pub struct ReplayTextProps {
    /// What is replayed.
    pub schedule: Rc<Schedule>,
    /// What the search that found it says that it breaks; none where the run came with an address.
    pub found: Option<String>,
}

/// A replay's text, in the place of a lesson's: what it is, which rule is off, what was found, what to watch.
pub fn replay_text(lang: Lang, props: &ReplayTextProps) -> Html {
    let ReplayTextProps { schedule, found } = props;
    let named = |name: &str| {
        [("invariant", invariant(lang, name).into()), ("sentence", invariant_sentence(lang, name).into())]
    };
    let expected = found.as_deref().or(schedule.off.first().map(|rule| rule.facts().breaks));
    let watch = match expected {
        None => lang.t("replay-watch-any"),
        Some(PROGRESS) => lang.t("replay-watch-progress"),
        Some(name) => lang.f("replay-watch-safety", &named(name)[..1]),
    };
    let lead = [("nodes", schedule.nodes.into()), ("seed", schedule.seed.to_string().into())];
    // Headings, and what stands below them.
    let mut text = vec![
        (false, lang.f("replay-lead", &lead)),
        (false, lang.f("replay-deeds", &[("n", schedule.deeds.len().into())])),
    ];
    if schedule.off.is_empty() {
        text.push((false, lang.t("replay-no-rule")));
    }
    for rule in &schedule.off {
        let facts = rule.facts();
        let name = lang.f(&format!("rule-{}", facts.name), &[]);
        text.push((true, lang.f("replay-rule", &[("rule", name.into())])));
        text.push((false, lang.f(&format!("why-{}", facts.name), &[])));
        if found.is_none() {
            text.push((false, lang.f("rule-breaks", &named(facts.breaks))));
        }
    }
    if let Some(found) = found {
        text.push((true, lang.t("replay-found")));
        text.push((false, lang.f("replay-found-this", &named(found))));
    }
    text.extend([(true, lang.t("replay-watch")), (false, watch)]);
    text_pane(lang, lang.t("replay-title"), text, Html::default())
}
