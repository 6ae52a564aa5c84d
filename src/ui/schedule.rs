//! Schedules in words: the actions on the replica set, and their times.
//!
//! Guarantees: every action has a line in both languages; for a replayed run, the list shows which actions are done,
//! and the text beside it says what the run is for. Leaves out: the consequences of the actions (`narrate`).

use std::rc::Rc;

use yew::prelude::*;

use super::format::{clock, span};
use super::free_play::text_pane;
use super::icons::ic;
use super::narrate::{drift, invariant, invariant_sentence, jump, nodes, percent};
use quorum_facade::command::{Action, Change, Command, ConfMode};
use quorum_facade::swarm::{PROGRESS, Replay, TimedCommand, WorldKind};
use quorum_i18n::{Arg, Lang, say_known};

/// An action in words.
pub fn action(lang: Lang, action: &Action) -> String {
    node_action(lang, action).or_else(|| wide_action(lang, action)).unwrap_or_default()
}

/// Actions on one node.
fn node_action(lang: Lang, action: &Action) -> Option<String> {
    let on = |key: &str, node: u32| lang.f(key, &[("node", node.into())]);
    Some(match *action {
        Action::Kill { node, torn_bytes: 0, .. } => on("action-kill", node),
        Action::Kill { node, torn_bytes, .. } => {
            lang.f("action-kill-torn", &[("node", node.into()), ("bytes", torn_bytes.into())])
        }
        Action::Restart { node } => on("action-restart", node),
        Action::CrashLoop { node, times, every_us } => lang.f(
            "action-crash-loop",
            &[("node", node.into()), ("times", times.into()), ("every", span(every_us).into())],
        ),
        Action::Pause { node } => on("action-pause", node),
        Action::Resume { node } => on("action-resume", node),
        Action::Wipe { node } => on("action-wipe", node),
        Action::Disk { node, fault, .. } => {
            let fault = lang.f(&format!("fault-{}", fault.name()), &[]);
            lang.f("action-disk", &[("node", node.into()), ("fault", fault.into())])
        }
        Action::Clock { node, drift_ppm, jump_us, .. } => lang.f(
            "action-clock",
            &[("node", node.into()), ("drift", drift(drift_ppm).into()), ("jump", jump(jump_us).into())],
        ),
        Action::Campaign { node } => on("action-campaign", node),
        Action::Transfer { to } => on("action-transfer", to),
        Action::TakeSnapshot { node } => on("action-take-snapshot", node),
        _ => return None,
    })
}

/// Actions on links, on the group or on the run.
fn wide_action(lang: Lang, action: &Action) -> Option<String> {
    let link = |from: u32, to: u32| [("from", Arg::from(from)), ("to", Arg::from(to))];
    Some(match action {
        Action::PowerCut { .. } => lang.t("action-power-cut"),
        Action::Cut { from, to, one_way: true } => lang.f("action-cut-one-way", &link(*from, *to)),
        Action::Cut { from, to, .. } => lang.f("action-cut", &link(*from, *to)),
        Action::Partition { side } => lang.f("action-partition", &[("side", nodes(side).into())]),
        Action::Heal => lang.t("action-heal"),
        Action::HealLink { from: Some(from), to: Some(to) } => lang.f("action-heal-link", &link(*from, *to)),
        // Without both ends it is refused, and heals nothing.
        Action::HealLink { .. } => lang.t("action-heal-none"),
        Action::Clog { from, to, us } => {
            let [from, to] = link(*from, *to);
            lang.f("action-clog", &[from, to, ("time", span(*us).into())])
        }
        Action::Weather(weather) if (weather.loss, weather.duplicate, weather.reorder) == (0, 0, 0) => {
            lang.t("weather-calm")
        }
        Action::Weather(weather) => lang.f(
            "ev-weather",
            &[
                ("loss", percent(weather.loss).into()),
                ("duplicate", percent(weather.duplicate).into()),
                ("reorder", percent(weather.reorder).into()),
            ],
        ),
        Action::Conf { mode: ConfMode::Leave, .. } => lang.t("action-conf-leave"),
        Action::Conf { mode, changes } => {
            let said: Vec<String> = changes.iter().map(|one| change(lang, *one)).collect();
            let args = [("changes", said.join(" + ").into())];
            match mode {
                ConfMode::Joint => lang.f("action-conf-joint", &args),
                _ => lang.f("action-conf", &args),
            }
        }
        Action::Rule { name, on } => {
            let args = [("rule", lang.f(&format!("rule-{}", name.facts().name), &[]).into())];
            if *on { lang.f("ev-rule-on", &args) } else { lang.f("ev-rule-off", &args) }
        }
        Action::Client { on: true } => lang.t("tool-client-on"),
        Action::Client { .. } => lang.t("tool-client-off"),
        Action::DropMessage { message } => lang.f("action-drop-message", &[("message", (*message).into())]),
        // No wildcard: a new action needs a sentence.
        Action::Kill { .. }
        | Action::Restart { .. }
        | Action::CrashLoop { .. }
        | Action::Pause { .. }
        | Action::Resume { .. }
        | Action::Wipe { .. }
        | Action::Disk { .. }
        | Action::Clock { .. }
        | Action::Campaign { .. }
        | Action::Transfer { .. }
        | Action::TakeSnapshot { .. } => return None,
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

/// A command in words: an action on nodes and links as a sentence, any other as scripts write it.
pub(crate) fn command(lang: Lang, command: &Command) -> Html {
    if let Command::Cluster(done) = command {
        return html! { { action(lang, done) } };
    }
    html! { <code>{ serde_json::to_string(command).unwrap_or_default() }</code> }
}

/// A list of actions; in a replay, completed ones are ticked.
pub fn list(lang: Lang, actions: &[TimedCommand], done: Option<u32>) -> Html {
    let one = |(place, timed): (usize, &TimedCommand)| {
        let over = done.is_some_and(|done| place < done as usize);
        html! {
            <li class={classes!(over.then_some("dd-done"))} data-done={over.to_string()}>
                <b class="num">{ clock(timed.t_us) }{ " s" }</b>
                <span>{ command(lang, &timed.command) }</span>
                if over { { ic("check") } }
            </li>
        }
    };
    html! { <ol class="sched" data-view="actions">{ for actions.iter().enumerate().map(one) }</ol> }
}

/// A rule as the catalogue calls it; a rule that it does not have, by its name in commands.
fn rule(lang: Lang, name: &str) -> String {
    say_known(lang, &format!("rule-{name}"), &[]).unwrap_or_else(|| name.replace('_', " "))
}

/// The inputs of a replay.
#[derive(PartialEq)]
pub struct ReplayProps {
    /// The schedule that is replayed.
    pub schedule: Rc<Replay>,
    /// How many actions are done.
    pub done: u32,
}

/// A replay: its progress, completed actions, remaining actions.
pub fn replay(lang: Lang, props: &ReplayProps) -> Html {
    let ReplayProps { schedule, done } = props;
    let off: Vec<String> = schedule.off.iter().map(|name| rule(lang, name)).collect();
    let total = schedule.actions.len();
    let progress = match total {
        0 => lang.t("replay-own"),
        _ => lang.f("replay-n-of", &[("n", (*done).into()), ("total", total.into())]),
    };
    html! {
        <section class="gauge" data-view="replay" data-done={done.to_string()}>
            <h2 class="h-inst">{ lang.t("replay-title") }<span class="num">{ progress }</span></h2>
            if *done == 0 { <p class="fine">{ lang.t("replay-begin") }</p> }
            if !off.is_empty() {
                <p class="fine">{ lang.f("replay-off", &[("rule", off.join(" · ").into())]) }</p>
            }
            if total > 0 { { list(lang, &schedule.actions, Some(*done)) } }
        </section>
    }
}

/// The inputs of a replay's text.
pub struct ReplayTextProps {
    /// The schedule that is replayed.
    pub schedule: Rc<Replay>,
    /// What it breaks, according to the search that found it; none where the run came from an address.
    pub found: Option<String>,
}

/// A replay's text, in place of a lesson's: what it is, which rule is off, what was found, what to watch.
pub fn replay_text(lang: Lang, props: &ReplayTextProps) -> Html {
    let ReplayTextProps { schedule, found } = props;
    let named = |name: &str| {
        [("invariant", invariant(lang, name).into()), ("sentence", invariant_sentence(lang, name).into())]
    };
    let rules = schedule.world.rules();
    let breaks = |name: &String| rules.iter().find(|rule| rule.name == name.as_str()).map(|rule| rule.breaks);
    let expected = found.as_deref().or(schedule.off.first().and_then(breaks));
    let watch = match expected {
        None => lang.t("replay-watch-any"),
        Some(PROGRESS) => lang.t("replay-watch-progress"),
        Some(name) => lang.f("replay-watch-safety", &named(name)[..1]),
    };
    let lead = [("nodes", schedule.nodes.into()), ("seed", schedule.seed.to_string().into())];
    let lead = match schedule.world {
        WorldKind::Cluster => lang.f("replay-lead", &lead),
        WorldKind::Standalone => lang.f("replay-lead-engine", &lead),
        WorldKind::Milvus => lang.f("replay-lead-milvus", &lead),
        WorldKind::Regions => lang.f("replay-lead-regions", &lead),
    };
    // Headings, and the paragraphs below them.
    let mut text =
        vec![(false, lead), (false, lang.f("replay-actions", &[("n", schedule.actions.len().into())]))];
    if schedule.off.is_empty() {
        text.push((false, lang.t("replay-no-rule")));
    }
    for rule in &schedule.off {
        text.push((true, lang.f("replay-rule", &[("rule", self::rule(lang, rule).into())])));
        if let Some(why) = say_known(lang, &format!("why-{rule}"), &[]) {
            text.push((false, why));
        }
        if let (None, Some(breaks)) = (&found, breaks(rule)) {
            text.push((false, lang.f("rule-breaks", &named(breaks))));
        }
    }
    if let Some(found) = found {
        text.push((true, lang.t("replay-found")));
        text.push((false, lang.f("replay-found-this", &named(found))));
    }
    text.extend([(true, lang.t("replay-watch")), (false, watch)]);
    text_pane(lang, lang.t("replay-title"), text, Html::default())
}
