//! The lesson pane: where the learner is, what to read, what to do, what is reached.
//!
//! Promises: a goal's state is the grader's word, never a guess from clicks; reading on is never locked.
//! Leaves out: the texts (`lessons/`) and how goals are graded (`lesson`).

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::actions::Act;
use super::icons::ic;
use super::markdown::render;
use super::memo::memo;
use crate::lab::snapshot::{GoalFacts, Snapshot};
use crate::lesson::{Lesson, LessonText};
use crate::words::Lang;

/// The lesson's text in a language; the other one when that one has not been fetched.
pub(crate) fn text_of(lesson: &'static Lesson, lang: Lang) -> Option<&'static LessonText> {
    lesson.text(lang.code()).or_else(|| lesson.text(lang.other().code()))
}

/// What the pane shows.
pub struct PaneProps {
    /// The lesson's slug; none in free play.
    pub slug: Option<String>,
    /// The step that is open.
    pub step: usize,
    /// Goals as the grader has them.
    pub goals: Vec<GoalFacts>,
    /// Which actions are possible now, by name.
    pub possible: Vec<bool>,
    /// How many hints are open.
    pub hints: usize,
    /// Where the last step leads; nowhere in a frame of a course page.
    pub home: Option<String>,
    /// Whether the run has one node.
    pub alone: bool,
    /// How many nodes the run has.
    pub nodes: usize,
    /// Called with an action's name.
    pub onact: Callback<&'static str>,
    /// Called with the step to open.
    pub onstep: Callback<usize>,
    /// Called when another hint is wanted.
    pub onhint: Callback<()>,
}

/// The actions offered: the step's own, or all that make sense in free play.
pub(crate) fn actions(slug: Option<&str>, step: usize, alone: bool) -> Vec<&'static str> {
    match slug.and_then(crate::lesson::find) {
        Some(lesson) => lesson
            .steps
            .get(step)
            .map(|step| step.actions.iter().map(String::as_str).collect())
            .unwrap_or_default(),
        None if alone => {
            vec!["insert-1000", "query-first-ten", "insert-10000", "pull-plug", "reopen", "prove"]
        }
        None => vec!["kill-leader", "kill-three", "restart-all", "power-cut"],
    }
}

/// Which of the actions are possible now.
pub(crate) fn possible(names: &[&str], running: bool, stopped: bool, now: Option<&Snapshot>) -> Vec<bool> {
    names
        .iter()
        .map(|name| Act::by_name(name).is_some_and(|act| act.possible(running, stopped, now)))
        .collect()
}

/// The lesson pane.
pub fn lesson_pane(lang: Lang, props: &PaneProps) -> Html {
    let names = actions(props.slug.as_deref(), props.step, props.alone);
    let lesson = props.slug.as_deref().and_then(crate::lesson::find);
    let buttons = action_buttons(lang, &names, &props.possible, &props.onact);
    let Some((lesson, text)) = lesson.and_then(|lesson| Some((lesson, text_of(lesson, lang)?))) else {
        return free_play(lang, props, buttons);
    };
    let total = lesson.steps.len().max(1);
    let goals: Vec<&GoalFacts> = props.goals.iter().filter(|goal| goal.step as usize == props.step).collect();
    let met = goals.iter().all(|goal| goal.met);
    let step = text.steps.get(props.step);
    let all_met = !props.goals.is_empty() && props.goals.iter().all(|goal| goal.met);
    html! {
        <section class="lesson pane" aria-label={lang.t("lesson-region")} data-step={props.step.to_string()}>
            <div class="pane-scroll">
                <div class="steps">
                    { rail(props.step, total, &props.goals) }
                    <span class="num">{ lang.f("step-n-of", &[("n", (props.step + 1).into()), ("total", total.into())]) }</span>
                </div>
                <h1 class="h-title">{ step.map(|step| step.title.clone()) }</h1>
                <div class="prose">{ memo(body, step.map_or("", |step| step.marked.as_str())) }</div>
                { hints(lang, lesson, text, props) }
                if all_met && props.step + 1 == total {
                    <p class="note"><b>{ lang.t("all-done") }</b></p>
                }
            </div>
            { buttons }
            if !goals.is_empty() {
                <div class="pane-goals">
                    <h2 class="h-sub">
                        { lang.t("goals") }
                        <span class="num">{ format!("{} / {}", goals.iter().filter(|goal| goal.met).count(), goals.len()) }</span>
                    </h2>
                    <ul class="cks">{ for goals.iter().map(|goal| goal_row(lang, text, goal)) }</ul>
                </div>
            }
            { foot(lang, props, text, lesson, total, met) }
        </section>
    }
}

fn free_play(lang: Lang, props: &PaneProps, buttons: Html) -> Html {
    let (title, body) = if props.alone {
        (lang.t("free-title-one"), lang.t("free-body-one"))
    } else {
        (lang.f("free-title-set", &[("n", props.nodes.into())]), lang.t("free-body-set"))
    };
    text_pane(lang, title, vec![(false, body)], buttons)
}

/// The pane with a text of the catalogue's: headings, and what stands below them.
pub(crate) fn text_pane(lang: Lang, title: String, text: Vec<(bool, String)>, below: Html) -> Html {
    let part = |(heads, said)| {
        if heads {
            html! { <h2>{ said }</h2> }
        } else {
            html! { <p>{ said }</p> }
        }
    };
    html! {
        <section class="lesson pane" aria-label={lang.t("lesson-region")} data-step="0">
            <div class="pane-scroll">
                <h1 class="h-title">{ title }</h1>
                <div class="prose">{ for text.into_iter().map(part) }</div>
            </div>
            { below }
        </section>
    }
}

/// The buttons of a step.
fn action_buttons(
    lang: Lang,
    names: &[&'static str],
    possible: &[bool],
    onact: &Callback<&'static str>,
) -> Html {
    if names.is_empty() {
        return Html::default();
    }
    html! {
        <div class="acts" role="group" aria-label={lang.t("actions")}>
            { for names.iter().enumerate().map(|(place, &name)| {
                let can = possible.get(place).copied().unwrap_or(false);
                let onclick = onact.reform(move |_: MouseEvent| name);
                let grave = matches!(name, "pull-plug" | "kill-leader" | "kill-three" | "power-cut" | "flip-bit")
                    || name.starts_with("crash-");
                html! {
                    <button key={name} type="button" class={classes!("btn", if grave { "btn-gone" } else { "btn-act" })}
                        data-act={name} disabled={!can} {onclick}>
                        { ic(act_icon(name)) }{ lang.f(&format!("act-{name}"), &[]) }
                    </button>
                }
            }) }
        </div>
    }
}

pub(crate) fn act_icon(name: &str) -> &'static str {
    match name {
        "insert-1000" | "insert-10000" | "import-100000" => "down",
        "flush" => "disk",
        "search" => "hint",
        "flip-bit" => "warn",
        "measure-batches" | "measure-recovery" => "list",
        crash if crash.starts_with("crash-") => "plug",
        "query-first-ten" => "term",
        "pull-plug" | "power-cut" => "plug",
        "kill-leader" | "kill-three" => "kill",
        "reopen" | "restart-all" | "restart-engine" => "restart",
        _ => "check",
    }
}

/// The steps as a log: done ones stand on the ground line, the open one is not yet committed.
fn rail(step: usize, total: usize, goals: &[GoalFacts]) -> Html {
    html! {
        <span class="rail" aria-hidden="true">
            { for (0..total).map(|place| {
                let mut own = goals.iter().filter(|goal| goal.step as usize == place).peekable();
                let graded = own.peek().is_some();
                let done = if graded { own.all(|goal| goal.met) } else { place < step };
                html! { <i key={place} class={classes!(done.then_some("done"), (!done && place == step).then_some("now"))} /> }
            }) }
        </span>
    }
}

fn goal_row(lang: Lang, text: &LessonText, goal: &GoalFacts) -> Html {
    let label = text.goals.get(&goal.id).cloned().unwrap_or_else(|| goal.id.clone());
    let under_way = !goal.met && goal.progress.is_some_and(|(have, _)| have > 0);
    let tone = if goal.met {
        "ck-ok"
    } else if under_way {
        "ck-run"
    } else {
        "ck-todo"
    };
    html! {
        <li key={goal.id.clone()} class={classes!("ck", tone)} data-goal={goal.id.clone()} data-met={goal.met.to_string()}>
            if goal.met { { ic("check") } } else if under_way { <i class="ck-run" /> } else { <i class="ck-o" /> }
            <span>{ label }<span class="vh">{ if goal.met { lang.t("goal-met") } else { lang.t("goal-open") } }</span></span>
            if let Some((have, want)) = goal.progress.filter(|_| !goal.met) {
                <span class="ck-x num">{ format!("{} / {}", crate::words::grouped(have), crate::words::grouped(want)) }</span>
            }
        </li>
    }
}

fn hints(lang: Lang, lesson: &Lesson, text: &LessonText, props: &PaneProps) -> Html {
    let all = lesson.steps.get(props.step).and_then(|step| text.hints.get(&step.id));
    let shown = all.map(|all| &all[..props.hints.min(all.len())]).unwrap_or_default();
    html! {
        <>
            { for shown.iter().enumerate().map(|(place, hint)| html! {
                <div class="note hint" key={place}><b>{ lang.f("hint-n", &[("n", (place + 1).into())]) }</b>{ render(hint) }</div>
            }) }
        </>
    }
}

fn foot(lang: Lang, props: &PaneProps, text: &LessonText, lesson: &Lesson, total: usize, met: bool) -> Html {
    let left = lesson
        .steps
        .get(props.step)
        .and_then(|step| text.hints.get(&step.id))
        .map_or(0, |all| all.len().saturating_sub(props.hints));
    let last = props.step + 1 >= total;
    let to = |step: usize| props.onstep.reform(move |_: MouseEvent| step);
    let onhint = props.onhint.reform(|_: MouseEvent| ());
    html! {
        <div class="pane-foot">
            <button class="btn" type="button" data-act="hint" disabled={left == 0} onclick={onhint}>
                { ic("hint") }{ lang.t("hint") }<small class="num">{ left }</small>
            </button>
            <span class="sp" />
            <button class="btn btn-icon" type="button" data-act="back" aria-label={lang.t("back")} disabled={props.step == 0}
                onclick={to(props.step.saturating_sub(1))}>{ ic("left") }</button>
            if last {
                if let Some(home) = props.home.clone() {
                    <a class={classes!("btn", met.then_some("btn-pri"))} data-act="finish" href={home}>{ lang.t("finish") }</a>
                }
            } else {
                <button class={classes!("btn", met.then_some("btn-pri"))} type="button" data-act="next"
                    title={(!met).then(|| lang.t("next-wait"))} onclick={keeping_focus(to(props.step + 1))}>
                    { lang.t("next") }{ ic("right") }
                </button>
            }
        </div>
    }
}

/// In the last step a link stands where the button was: pressed by a key, it hands its focus over.
pub(crate) fn keeping_focus(onclick: Callback<MouseEvent>) -> Callback<MouseEvent> {
    Callback::from(move |event: MouseEvent| {
        // Only keys press a button without a click being counted.
        let keys = event.detail() == 0;
        onclick.emit(event);
        if !keys {
            return;
        }
        // By then the step is drawn.
        Timeout::new(0, || {
            let document = web_sys::window().and_then(|window| window.document());
            let lost = |document: &web_sys::Document| {
                document.active_element().is_none_or(|element| element.tag_name() == "BODY")
            };
            let finish = document
                .filter(lost)
                .and_then(|document| document.query_selector("[data-act=finish]").ok().flatten());
            if let Some(finish) = finish.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
                // Refused by no browser that runs the page.
                drop(finish.focus());
            }
        })
        .forget();
    })
}

/// A step's text; parsed when it changes and not with every figure.
fn body(_: Lang, text: &&'static str) -> Html {
    render(text)
}
