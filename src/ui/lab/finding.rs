//! What the palette finds in a lab: time, the run's actions, its moments, the instruments beside the stage.
//!
//! Guarantees: an entry does what the button or the key does; one that cannot be done now says why; nothing is listed
//! that this run does not have. Leaves out: places and settings, which every page has (`palette::places`).

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::LabProps;
use super::pane_state::PaneState;
use crate::ui::cluster::Pick;
use crate::ui::controls::strike;
use crate::ui::focus::focus;
use crate::ui::format::speed as speed_text;
use crate::ui::free_play::act_icon;
use crate::ui::header::Wish;
use crate::ui::intent::Intent;
use crate::ui::palette::acts::{Act, Target, of_tools};
use crate::ui::palette::{Entry, Group, places};
use crate::ui::possible::is_cut;
use crate::ui::timeline::{enlarge, mark_text, moment_text};
use crate::ui::timeline_window::STEP;
use crate::ui::transport::{Time, UNTIL, fastest};
use crate::ui::watch::View;
use crate::ui::worlds;
use crate::web::wire::HostState;
use quorum_facade::Awaited;
use quorum_facade::snapshot::Snapshot;
use quorum_i18n::Lang;

/// The actions on a lone engine, and on a replica set as a whole.
const ALONE: [&str; 15] = [
    "insert-1000",
    "insert-10000",
    "query-first-ten",
    "search",
    "flush",
    "delete-hundred",
    "compact",
    "import-100000",
    "prove",
    "pull-plug",
    "reopen",
    "restart-engine",
    "flip-bit",
    "measure-batches",
    "measure-recovery",
];
const WHOLE: [&str; 4] = ["kill-leader", "kill-three", "restart-all", "power-cut"];
/// The speeds that are offered.
const SPEEDS: [f64; 6] = [0.1, 1.0, 10.0, 100.0, 1_000.0, 10_000.0];

/// What entries do.
pub(super) struct Doing<'a> {
    pub(super) action: &'a Callback<Intent>,
    pub(super) ontime: &'a Callback<Time>,
    pub(super) onwish: &'a Callback<Wish>,
}

/// Everything that can be found now.
pub(super) fn entries(
    lang: Lang,
    props: &LabProps,
    view: &View,
    pane_state: &PaneState,
    doing: &Doing<'_>,
) -> Rc<Vec<Entry>> {
    let now = view.now.clone().unwrap_or_default();
    let running = view.host.state == HostState::Running;
    let mut all = Vec::new();
    if view.now.is_some() {
        all.extend(time(lang, view, &now, running, doing.ontime));
        if now.nodes.len() == 1 && !worlds::is_there(&now) {
            all.extend(named(lang, &ALONE, view, &now, doing.action));
        } else if !worlds::is_there(&now) {
            all.extend(named(lang, &WHOLE, view, &now, doing.action));
        }
        all.extend(on_things(lang, &now, running, pane_state, doing.action));
        all.extend(timeline_window(lang, &now, pane_state));
        all.extend(moments(lang, view, &now, running, doing.ontime));
        all.extend(instruments(pane_state));
    }
    if !props.address.embed {
        all.push(link(lang, doing.onwish));
        all.push(share(lang, doing.onwish));
    }
    all.extend(places::entries(lang, &props.address, props.theme, &props.onreplay, doing.onwish));
    Rc::new(all)
}

/// The link to this run, which narrow pages have no button for.
fn link(lang: Lang, onwish: &Callback<Wish>) -> Entry {
    let onwish = onwish.clone();
    let copy = move || onwish.emit(Wish::Copy);
    let entry = Entry::new(Group::Action, "copy-link", "link", lang.t("copy-link"), copy);
    Entry { also: "copy link share 复制链接 分享".to_owned(), ..entry }
}

/// The dialog for sharing, likewise.
fn share(lang: Lang, onwish: &Callback<Wish>) -> Entry {
    let onwish = onwish.clone();
    let open = move || onwish.emit(Wish::Share);
    let entry = Entry::new(Group::Action, "share", "ext", lang.t("share"), open);
    Entry {
        also: "share link qr file report quorum 分享 链接 二维码 文件 报告".to_owned(), ..entry
    }
}

/// Time: play, steps, undo, speeds.
fn time(lang: Lang, view: &View, now: &Snapshot, running: bool, ontime: &Callback<Time>) -> Vec<Entry> {
    let seeks = now.timeline.is_some();
    let undo = now.timeline.as_ref().is_some_and(|lines| lines.undo.is_some());
    let entry = |word: &'static str, icon: &'static str, title: String, key: &'static str, time: Time| {
        let ontime = ontime.clone();
        let entry = Entry::new(Group::Action, word, icon, title, move || ontime.emit(time));
        let key = Some(key).filter(|key| !key.is_empty());
        Entry { key, why_not: (!running).then(|| lang.t("pal-why-stopped")), ..entry }
    };
    let or = |entry: Entry, can: bool, why: &'static str| Entry {
        why_not: entry.why_not.clone().or_else(|| (!can).then(|| lang.f(why, &[]))),
        ..entry
    };
    let (word, title) = if view.host.runs_until {
        ("stop", lang.t("until-stop"))
    } else if view.host.playing {
        ("hold", lang.t("transport-hold"))
    } else {
        ("play", lang.t("transport-play"))
    };
    let mut all = vec![
        entry(word, word, title, "Space", Time::Toggle),
        entry("step", "fwd", lang.t("transport-step"), "→", Time::Step),
        or(entry("back", "back", lang.t("transport-back"), "←", Time::Back), seeks, "pal-why-no-way-back"),
        or(
            entry("undo", "undo", lang.t("transport-undo"), "Ctrl Z", Time::Undo),
            undo,
            "pal-why-nothing-asked",
        ),
    ];
    let goals = now.lesson.iter().any(|lesson| lesson.goals.iter().any(|goal| !goal.met));
    let until = UNTIL.into_iter().filter(|(_, what, _)| goals || *what != Awaited::Goal);
    all.extend(until.map(|(word, what, text)| {
        let key = if what == Awaited::Event { "N" } else { "" };
        let entry = entry("", "until", lang.f(text, &[]), key, Time::Until(what));
        Entry { word: format!("until-{word}"), ..entry }
    }));
    let fastest = fastest(worlds::in_days(&worlds::kinds(now)));
    let speeds = SPEEDS.into_iter().filter(|speed| *speed <= fastest).map(|x| {
        let title = lang.f("pal-speed", &[("x", speed_text(x).into())]);
        let entry = entry("", "fwd", title, "", Time::Speed(x));
        Entry { word: format!("speed-{x}"), quiet: true, ..entry }
    });
    all.extend(speeds);
    all
}

/// Actions that have names.
fn named(
    lang: Lang,
    names: &[&'static str],
    view: &View,
    now: &Rc<Snapshot>,
    action: &Callback<Intent>,
) -> Vec<Entry> {
    let (running, stopped) = (view.state() == HostState::Running, view.host.state.is_gone());
    let one = |name: &&'static str| {
        let intent = Intent::by_name(name)?;
        let action = action.clone();
        let title = lang.f(&format!("act-{name}"), &[]);
        let entry = Entry::new(Group::Action, *name, act_icon(name), title, move || action.emit(intent));
        let can = intent.possible(running, stopped, Some(now));
        let why_not = (!can).then(|| lang.f(why(intent, running, now), &[]));
        Some(Entry { also: (*name).to_owned(), why_not, ..entry })
    };
    names.iter().filter_map(one).collect()
}

/// Why an action with a name is not possible now.
fn why(intent: Intent, running: bool, now: &Snapshot) -> &'static str {
    let asleep = crate::ui::possible::asleep(now);
    match intent {
        Intent::Reopen | Intent::RestartEngine => "pal-why-up",
        _ if !running => "pal-why-stopped",
        Intent::KillLeader => "no-leader",
        Intent::RestartAll => "none-down",
        Intent::KillThree => "pal-why-three",
        Intent::FlipBit => "pal-why-no-log",
        _ if asleep => "pal-why-down",
        Intent::Search | Intent::DeleteHundred | Intent::Compact if now.rows.visible == 0 => {
            "pal-why-no-rows"
        }
        _ => "pal-why-recovering",
    }
}

/// Actions on nodes, pods, regions. Those on what is not selected are found by their names only.
fn on_things(
    lang: Lang,
    now: &Snapshot,
    running: bool,
    pane_state: &PaneState,
    action: &Callback<Intent>,
) -> Vec<Entry> {
    let acts = if worlds::is_there(now) {
        worlds::acts(lang, pane_state.pick(), now)
    } else if now.nodes.len() > 1 {
        on_nodes(lang, now)
    } else {
        Vec::new()
    };
    let one = |act: Act| {
        let (action, pick) = (action.clone(), pane_state.pick.clone());
        let (intent, of) = (act.intent, act.pick);
        let entry = Entry::new(Group::Action, act.word, act.icon, act.text, move || {
            if of.is_some() {
                pick.set(of);
            }
            if let Some(intent) = intent {
                action.emit(intent);
            }
        });
        let why = if running { act.why } else { "pal-why-stopped" };
        let why_not = (intent.is_none() || !running).then(|| lang.f(why, &[]));
        Entry { key: act.key, quiet: of.is_some() && of != pane_state.pick(), why_not, ..entry }
    };
    acts.into_iter().map(one).collect()
}

/// The tools on each node of a replica set, and its client.
fn on_nodes(lang: Lang, now: &Snapshot) -> Vec<Act> {
    let mut acts = Vec::new();
    for node in &now.nodes {
        let others = || now.nodes.iter().filter(|other| other.id != node.id);
        let pick = Pick::Node(node.id);
        let target = Target {
            pick,
            word: node.id.to_string(),
            name: format!("S{}", node.id),
            alive: node.alive,
            paused: node.paused,
            cut: others().all(|other| is_cut(now, node.id, other.id)),
        };
        acts.extend(of_tools(lang, &target, |tool| strike(tool, Some(pick), now)));
    }
    if let Some(client) = &now.client {
        acts.push(Act {
            word: "client".to_owned(),
            icon: "term",
            text: if client.on { lang.t("tool-client-off") } else { lang.t("tool-client-on") },
            key: None,
            intent: Some(Intent::Client(!client.on)),
            why: "pal-why-cannot",
            pick: None,
        });
    }
    acts
}

/// More, less or all of the run on the timeline.
fn timeline_window(lang: Lang, now: &Snapshot, pane_state: &PaneState) -> Vec<Entry> {
    let days = worlds::in_days(&worlds::kinds(now));
    let end_us = now.timeline.as_ref().map_or(now.t_us, |lines| lines.end_us);
    let moments = (now.t_us as f64 / 1e6, end_us as f64 / 1e6);
    let one =
        |(word, icon, text, key, factor): (&'static str, &'static str, &'static str, &'static str, f64)| {
            let window = pane_state.window.clone();
            let run = move || enlarge(&window, factor, moments, days);
            let entry = Entry::new(Group::Action, word, icon, lang.f(text, &[]), run);
            Entry { key: Some(key), quiet: true, ..entry }
        };
    [
        ("timeline-in", "plus", "timeline-in", "Ctrl +", STEP),
        ("timeline-out", "minus", "timeline-out", "Ctrl -", 1.0 / STEP),
        ("timeline-all", "fit", "timeline-all", "Ctrl 0", 0.0),
    ]
    .into_iter()
    .map(one)
    .collect()
}

/// The marks of the timeline, the newest first.
fn moments(lang: Lang, view: &View, now: &Snapshot, running: bool, ontime: &Callback<Time>) -> Vec<Entry> {
    let days = worlds::in_days(&worlds::kinds(now));
    let why = if running { "pal-why-no-way-back" } else { "pal-why-stopped" };
    let can = running && now.timeline.is_some();
    let story = &view.story;
    let one = |(place, mark): (usize, &crate::ui::marks::Mark)| {
        let (_, icon, text) = mark_text(lang, mark, story.cluster);
        let t_us = mark.t_us;
        let title = format!("{} · {text}", moment_text(lang, days, t_us));
        let ontime = ontime.clone();
        // The crown is no icon of the sprite.
        let icon = if icon == "crown" { "check" } else { icon };
        let entry =
            Entry::new(Group::Moment, place.to_string(), icon, title, move || ontime.emit(Time::Seek(t_us)));
        Entry { why_not: (!can).then(|| lang.f(why, &[])), ..entry }
    };
    story.marks.iter().enumerate().rev().map(one).collect()
}

/// The instruments beside the stage by their headings, as they are drawn now.
fn instruments(pane_state: &PaneState) -> Vec<Entry> {
    let document = web_sys::window().and_then(|window| window.document());
    let found =
        document.and_then(|document| document.query_selector_all(".inst section :is(h2, summary)").ok());
    let Some(found) = found else { return Vec::new() };
    let heading = |n: u32| {
        let element = found.get(n)?.dyn_into::<web_sys::Element>().ok()?;
        // A heading's first text; the figures beside it are elements.
        let title = element.first_child()?.node_value()?.trim().to_owned();
        if title.is_empty() {
            return None;
        }
        let instruments = pane_state.instruments.clone();
        let run = move || {
            instruments.set(true);
            let element = element.clone();
            // On narrow pages the pane is shown first.
            Timeout::new(50, move || go_to(&element)).forget();
        };
        Some(Entry::new(Group::Here, n.to_string(), "list", title, run))
    };
    (0..found.length()).filter_map(heading).collect()
}

/// Shows an instrument, with the focus at its heading.
fn go_to(element: &web_sys::Element) {
    if element.tag_name() != "SUMMARY" {
        // Refused only for malformed names.
        drop(element.set_attribute("tabindex", "-1"));
    }
    element.scroll_into_view_with_bool(true);
    focus(element);
}
