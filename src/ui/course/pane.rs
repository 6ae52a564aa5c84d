//! The lesson pane: step by step, by kind of step.
//!
//! Guarantees: a goal's state comes from the grader; a prediction can be changed until its event occurs and never
//! after; a wrong answer offers the run that refutes it; what an earlier run of this attempt reached stays reached;
//! later steps are never locked. Leaves out: handling the learner's requests (`guide`), runs that refute (`refuting`).

use yew::prelude::*;

use super::choices::{explain, predict, recall};
use super::focus::to_the_title;
use super::lacks::{lack, value};
pub use super::pane_model::{Pane, Say, Ways};
use super::parts::{self, hints, more, playing, score_line, steps};
use super::prose::prose;
use super::toolbox::Toolbox;
use crate::ui::free_play::act_icon;
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::memo::memo;
use quorum_facade::snapshot::{GoalFacts, LackFacts, LessonFacts};
use quorum_i18n::{Lang, grouped};
use quorum_lesson::StepKind;
use quorum_lesson::record::Account;

/// The pane.
pub fn pane(lang: Lang, pane: &Pane) -> Html {
    let spec = pane.spec();
    let step = pane.text.steps.get(pane.step);
    let last = pane.step + 1 >= pane.lesson.steps.len();
    html! {
        <section class="lesson pane co" aria-label={lang.t("lesson-region")} data-step={pane.step.to_string()}
            data-kind={spec.kind.word()} data-done={pane.done(spec).to_string()}>
            <div class="pane-scroll">
                { steps(lang, pane) }
                if pane.step == 0 { { scene(lang, pane) } }
                <h1 class="h-title" tabindex="-1">{ step.map(|step| step.title.clone()) }</h1>
                <div class="prose">{ memo(body, step.map_or("", |step| step.marked.as_str())) }</div>
                { match &spec.kind {
                    StepKind::Predict(prediction) => predict(lang, pane, spec, prediction),
                    StepKind::Explain(answers) => explain(lang, pane, spec, answers),
                    _ => Html::default(),
                } }
                { recall(lang, pane) }
                { hints(lang, pane) }
                { playing(lang, pane) }
                if let Some(note) = &pane.note { <p class="note" data-view="note" role="status">{ note }</p> }
                if let Some(why) = &pane.refused {
                    <p class="note note-open" data-view="refused">
                        { lang.f("co-refused", &[("why", why.clone().into())]) }
                    </p>
                }
                if pane.finished() && (last || pane.account.complete()) { { parts::finished(lang, pane) } }
                if !pane.kept { <p class="note note-open" data-view="not-kept">{ lang.t("co-not-kept") }</p> }
                { more(lang, pane) }
            </div>
            { buttons(lang, pane) }
            { tools(pane) }
            { goals(lang, pane) }
            { foot(lang, pane, last) }
        </section>
    }
}

/// A step's text; parsed when it changes and not with every snapshot.
fn body(lang: Lang, text: &&'static str) -> Html {
    prose(lang, text)
}

/// Who needs the lesson, and a real incident.
fn scene(lang: Lang, pane: &Pane) -> Html {
    let incident = pane.text.incident.clone().zip(pane.lesson.course.incident.clone());
    html! {
        <>
            if let Some(story) = &pane.text.story {
                <p class="co-story"><b>{ lang.t("co-story") }</b>{ story }</p>
            }
            if let Some((line, href)) = incident {
                <p class="co-story co-incident">
                    <b>{ lang.t("co-incident") }</b>{ line }{ " " }
                    <a {href} target="_blank" rel="noopener">
                        { short(pane.lesson.course.incident.as_deref()) }
                        { ic("ext") }
                    </a>
                </p>
            }
        </>
    }
}

/// An address without its common prefix.
fn short(address: Option<&str>) -> String {
    let address = address.unwrap_or_default().trim_start_matches("https://");
    address.trim_start_matches("github.com/").replace("/issues/", " #").trim_end_matches('/').to_owned()
}

/// The buttons of a step.
fn buttons(lang: Lang, pane: &Pane) -> Html {
    if pane.actions.is_empty() {
        return Html::default();
    }
    html! {
        <>
        <div class="acts" role="group" aria-label={lang.t("co-actions")}>
            { for pane.actions.iter().map(|&(name, can)| {
                let grave = matches!(name, "pull-plug" | "kill-leader" | "kill-three" | "power-cut" | "flip-bit")
                    || name.starts_with("crash-") || name.starts_with("kill");
                let label = action_label(lang, pane, name);
                html! {
                    <button key={name} type="button" class={classes!("btn", if grave { "btn-gone" } else { "btn-act" })}
                        data-act={name} aria-disabled={inert(!can)} onclick={pane.on(Say::Act(name))}>
                        { ic(icon(name)) }{ label }
                    </button>
                }
            }) }
        </div>
        if pane.waits {
            <ul class="fine co-waits" data-view="waits" role="status">
                { for why_not(lang, pane).into_iter().map(|why| html! { <li key={why.clone()}>{ why }</li> }) }
            </ul>
        }
        </>
    }
}

/// The tools of a step that is a decision.
fn tools(pane: &Pane) -> Html {
    let Some(now) = pane.now.clone().filter(|_| !pane.spec().tools.is_empty()) else {
        return Html::default();
    };
    let onrun = pane.onsay.reform(|command| Say::Use(Box::new(command)));
    html! { <Toolbox lesson={pane.lesson} spec={pane.spec()} {now} running={pane.running} {onrun} /> }
}

/// What an action is called on its button.
fn action_label(lang: Lang, pane: &Pane, name: &str) -> String {
    pane.text.actions.get(name).cloned().unwrap_or_else(|| lang.f(&format!("act-{name}"), &[]))
}

/// Why one of the page's actions on nodes is not possible, as a message.
pub(super) fn lacks_a_node(name: &str) -> Option<&'static str> {
    match name {
        "kill-leader" => Some("no-leader"),
        "kill-three" => Some("pal-why-three"),
        "restart-all" => Some("none-down"),
        _ => None,
    }
}

/// Why actions are not possible now; those that lack a node, in one sentence.
fn why_not(lang: Lang, pane: &Pane) -> Vec<String> {
    let (mut whys, mut nodeless) = (Vec::new(), Vec::new());
    for &(name, can) in &pane.actions {
        match waits_for(lang, pane, name, can) {
            Some(Wait::For(why)) => whys.push(why),
            Some(Wait::Node) => nodeless.push(action_label(lang, pane, name)),
            None => {}
        }
    }
    if !nodeless.is_empty() {
        let quoted: Vec<String> = nodeless.iter().map(|label| format!("“{label}”")).collect();
        let actions = quoted.join(if lang == Lang::Zh { "" } else { ", " });
        whys.push(lang.f("co-waits-node", &[("actions", actions.into())]));
    }
    whys
}

/// What an action that is not possible waits for.
enum Wait {
    /// A goal of the lesson, or something on the page, as a sentence.
    For(String),
    /// A node, or its earlier state.
    Node,
}

/// What an action waits for.
fn waits_for(lang: Lang, pane: &Pane, name: &str, can: bool) -> Option<Wait> {
    let stuck = |facts: &&LessonFacts| facts.blocked.iter().any(|stuck| stuck == name);
    let action = action_label(lang, pane, name);
    let of_page = |why: String| {
        let figures = [("action", action.clone().into()), ("why", why.into())];
        Some(Wait::For(lang.f("co-waits-page", &figures)))
    };
    if pane.barred.contains(&name) {
        return of_page(lang.t("refused-not-allowed"));
    }
    let Some(facts) = pane.facts.as_ref().filter(stuck) else {
        return of_page(lang.f(lacks_a_node(name).filter(|_| !can)?, &[]));
    };
    let unmet = |id: &&String| facts.goals.iter().any(|goal| goal.id == **id && !goal.met);
    Some(match pane.lesson.course.action_goals.get(name).filter(unmet) {
        Some(goal) => {
            let goal = pane.text.goals.get(goal).unwrap_or(goal);
            let figures = [("action", action.into()), ("goal", goal.as_str().into())];
            Wait::For(lang.f("co-waits-goal", &figures))
        }
        None => Wait::Node,
    })
}

/// The icon of an action; a lesson's own actions are matched by their prefix.
fn icon(name: &str) -> &'static str {
    let beginnings = [
        ("kill", "kill"),
        ("stop", "kill"),
        ("power-on", "restart"),
        ("restart", "restart"),
        ("power-off", "plug"),
        ("look", "term"),
        ("count", "term"),
    ];
    let own = beginnings.iter().find(|(word, _)| name.starts_with(word)).map(|(_, icon)| *icon);
    own.unwrap_or_else(|| match act_icon(name) {
        // A tick would suggest that it is done.
        "check" => "right",
        known => known,
    })
}

/// The step's goals, and what the open ones lack.
fn goals(lang: Lang, pane: &Pane) -> Html {
    let spec = pane.spec();
    let here = std::slice::from_ref(spec);
    let steps = if pane.all_goals { &pane.lesson.steps[..] } else { here };
    let specs: Vec<_> = steps.iter().flat_map(|step| &step.goals).collect();
    if specs.is_empty() {
        return Html::default();
    }
    let facts = pane.facts.iter().flat_map(|facts| &facts.goals);
    let rows: Vec<(String, Option<&GoalFacts>)> =
        specs.iter().map(|goal| (goal.id.clone(), facts.clone().find(|facts| facts.id == goal.id))).collect();
    let met = rows.iter().filter(|(id, _)| pane.account.goals.contains(id)).count();
    html! {
        <div class="pane-goals">
            <h2 class="h-sub">{ lang.t("co-goals") }<span class="num">{ format!("{met} / {}", rows.len()) }</span></h2>
            <ul class="cks">{ for rows.iter().map(|(id, facts)| goal_row(lang, pane, id, *facts)) }</ul>
        </div>
    }
}

fn goal_row(lang: Lang, pane: &Pane, id: &str, facts: Option<&GoalFacts>) -> Html {
    let label = pane.text.goals.get(id).cloned().unwrap_or_else(|| id.to_owned());
    let met = pane.account.goals.iter().any(|goal| goal == id);
    let now = facts.is_some_and(|facts| facts.met);
    let progress = facts.and_then(|facts| facts.progress).filter(|_| !met);
    let under_way = progress.is_some_and(|(have, _)| have > 0);
    let lacks = facts.filter(|_| !met).map(|facts| facts.lacks.as_slice()).unwrap_or_default();
    // The figure of the end of the line has the unit of what it counts.
    let counted = facts.and_then(|facts| facts.lacks.first());
    let figure = |number: u64| match (counted, i64::try_from(number)) {
        (Some(one), Ok(number)) => value(lang, one, number),
        _ => grouped(number),
    };
    // A bare count is already shown at the end of the line, and a goal of this step a line above.
    let above =
        |one: &LackFacts| one.word == "goal" && pane.spec().goals.iter().any(|goal| goal.id == one.name);
    let lacks = lacks.iter().filter(|one| !above(one) && (progress.is_none() || one.word != "count"));
    let mut said: Vec<String> = lacks
        .map(|one| match names_the_choice(pane, one) {
            true => lang.t("co-lack-choice"),
            false => lack(lang, (pane.lesson, pane.text), one),
        })
        .collect();
    said.dedup();
    said.truncate(2);
    let (tone, state) = match (met, now) {
        (true, true) => ("ck-ok", "co-met"),
        (true, false) => ("ck-ok", "co-met-before"),
        _ => (if under_way { "ck-run" } else { "ck-todo" }, "co-open"),
    };
    html! {
        <li key={id.to_owned()} class={classes!("ck", tone)} data-goal={id.to_owned()} data-met={met.to_string()}>
            if met { { ic("check") } } else if under_way { <i class="ck-run" /> } else { <i class="ck-o" /> }
            <span>
                { label }<span class="vh">{ lang.f(state, &[]) }</span>
                if met && !now && pane.facts.is_some() { <small>{ lang.t("co-met-before") }</small> }
                { for said.into_iter().map(|said| html! { <small class="co-lack">{ said }</small> }) }
            </span>
            if let Some((have, want)) = progress {
                <span class="ck-x num">{ format!("{} / {}", figure(have), figure(want)) }</span>
            }
        </li>
    }
}

/// Events that a learner causes.
const CAUSED: [&str; 9] = [
    "killed",
    "restarted",
    "paused",
    "resumed",
    "power_cut",
    "disk_fault",
    "clock_set",
    "link_cut",
    "link_healed",
];

/// Whether a lack names what the learner is to choose in this step: said before a hint, it would be the answer.
fn names_the_choice(pane: &Pane, lack: &LackFacts) -> bool {
    let spec = pane.spec();
    let chooses = !spec.tools.is_empty() || spec.actions.len() > 1;
    chooses && pane.hints == 0 && lack.word == "event" && CAUSED.contains(&lack.name.as_str())
}

/// Hints and the button to go on.
fn foot(lang: Lang, pane: &Pane, last: bool) -> Html {
    let spec = pane.spec();
    let done = pane.done(spec);
    let left = parts::hints_of(pane).len().saturating_sub(pane.hints);
    let plays = pane.facts.as_ref().is_some_and(|facts| facts.playing.is_some());
    let reads = spec.kind == StepKind::Read && !done;
    html! {
        <div class="pane-foot">
            if left > 0 && !done {
                <button class="btn" type="button" data-act="hint" onclick={pane.on(Say::Hint)}
                    aria-label={lang.f("co-hint-left", &[("n", left.into())])}>
                    { ic("hint") }{ lang.t("co-hint") }<small class="num" aria-hidden="true">{ left }</small>
                </button>
            } else if !matches!(spec.kind, StepKind::Read | StepKind::Predict(_)) && !done {
                // What to predict is the learner's choice.
                <button class="btn" type="button" data-act="show-me" aria-disabled={inert(plays || !pane.running)}
                    onclick={pane.on(Say::ShowMe)}>
                    { ic("play") }{ lang.t("co-show") }
                </button>
            }
            <span class="sp" />
            <button class="btn btn-icon" type="button" data-act="back" aria-label={lang.t("co-back")}
                aria-disabled={inert(pane.step == 0)}
                onclick={pane.on(Say::Step(pane.step.saturating_sub(1)))}>{ ic("left") }</button>
            if reads {
                <button class="btn btn-pri" type="button" data-act={if last { "read" } else { "next" }}
                    onclick={to_the_title(pane.on(Say::Read(pane.step)))}>
                    { lang.t(if last { "co-read-done" } else { "co-read-on" }) }
                    { ic(if last { "check" } else { "right" }) }
                </button>
            } else if !last {
                <button class={classes!("btn", done.then_some("btn-pri"))} type="button" data-act="next"
                    onclick={to_the_title(pane.on(Say::Step(pane.step + 1)))}>
                    { lang.t("co-next") }{ ic("right") }
                </button>
            } else if let Some(home) = &pane.ways.home {
                <a class="btn" data-act="finish" href={home.clone()}>{ lang.t("co-finish") }</a>
            }
        </div>
    }
}

/// The scores of a lesson that has any, for other views.
pub(crate) fn scores(lang: Lang, account: &Account) -> Vec<String> {
    account.best.iter().map(|(name, value)| score_line(lang, name, "co-best", *value)).collect()
}
