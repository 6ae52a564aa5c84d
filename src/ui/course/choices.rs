//! Predictions and questions: the choices, the one that was made, and its outcome.
//!
//! Guarantees: the outcome is shown beside the prediction; a choice is locked once it is settled; a wrong answer stays
//! visible with the run that refutes it; arrow keys move the focus from choice to choice and choose nothing. Leaves
//! out: grading.

use yew::prelude::*;

use super::focus::among_radios;
use super::pane_model::{Pane, Say};
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use quorum_i18n::Lang;
use quorum_lesson::calibration::PERCENTS;
use quorum_lesson::record;
use quorum_lesson::schema::{Answer, Prediction};
use quorum_lesson::{LessonText, StepKind, StepSpec};

/// A choice's label.
pub(crate) fn label(text: &LessonText, step: &str, choice: &str) -> String {
    let labels = text.choices.get(step);
    labels.and_then(|labels| labels.get(choice)).cloned().unwrap_or_else(|| choice.to_owned())
}

/// The reply to a choice once it has come true or been answered.
pub(crate) fn reply(text: &LessonText, step: &str, choice: &str) -> Option<String> {
    text.replies.get(step)?.get(choice).cloned()
}

/// A prediction as this run has it, else as it is recorded.
fn prediction(pane: &Pane, step: &str) -> record::Prediction {
    let mut prediction = pane.account.predictions.get(step).cloned().unwrap_or_default();
    let facts = pane.facts.iter().flat_map(|facts| &facts.steps).find(|facts| facts.id == step);
    if let Some(facts) = facts.filter(|_| prediction.came.is_none()) {
        if facts.chosen.is_some() {
            prediction.chosen.clone_from(&facts.chosen);
        }
        prediction.came = facts.settled.then(|| facts.came.clone());
    }
    prediction
}

/// Whether a choice was made in a prediction.
pub(super) fn is_chosen(pane: &Pane, step: &str) -> bool {
    prediction(pane, step).chosen.is_some()
}

/// The choices of a prediction.
pub(super) fn predict(lang: Lang, pane: &Pane, spec: &StepSpec, of: &Prediction) -> Html {
    let prediction = prediction(pane, &spec.id);
    let came = prediction.came.as_deref();
    let note = match (&came, &prediction.chosen) {
        (Some(_), None) => "co-predict-late",
        (Some(_), Some(_)) => "co-predict-locked",
        (None, Some(_)) => "co-predict-chosen",
        (None, None) => "co-predict-first",
    };
    let stop = prediction.chosen.clone().or_else(|| of.choices.first().map(|choice| choice.id.clone()));
    let option = |id: &str| {
        let mine = prediction.chosen.as_deref() == Some(id);
        let true_now = came.is_some_and(|came| came.iter().any(|came| came == id));
        let tone = match (mine, true_now) {
            (true, true) => Some("opt-mine opt-came"),
            (true, false) => Some("opt-mine"),
            (false, true) => Some("opt-came"),
            _ => None,
        };
        html! {
            <li key={id.to_owned()} role="none">
                <button type="button" class={classes!("opt", tone)} data-choice={id.to_owned()} role="radio"
                    aria-checked={mine.to_string()} data-chosen={mine.to_string()}
                    tabindex={stop_at(stop.as_deref() == Some(id))}
                    aria-disabled={inert(came.is_some() || !pane.running)}
                    onclick={pane.on(Say::Predict(id.to_owned()))}>
                    <i class="opt-o" />
                    <span>{ label(pane.text, &spec.id, id) }
                        if mine && true_now { <small class="opt-k">{ ic("check") }{ lang.t("co-came-right") }</small> }
                        else if mine { <small>{ lang.t("co-yours") }</small> }
                        else if true_now { <small class="opt-k">{ ic("check") }{ lang.t("co-came") }</small> }
                    </span>
                </button>
                if true_now { { for reply(pane.text, &spec.id, id).map(said) } }
            </li>
        }
    };
    html! {
        <div class="ask" data-view="predict" data-settled={came.is_some().to_string()}>
            <ul class="opts" role="radiogroup" aria-label={lang.t("co-kind-predict")} onkeydown={among_radios}>
                { for of.choices.iter().map(|choice| option(&choice.id)) }
            </ul>
            if came.is_some_and(<[String]>::is_empty) { <p class="fine">{ lang.t("co-came-none") }</p> }
            <p class="fine">{ lang.f(note, &[]) }</p>
            if prediction.chosen.is_some() && came.is_none() { { sureness(lang, pane, &spec.id) } }
        </div>
    }
}

/// How sure the learner is of the prediction.
fn sureness(lang: Lang, pane: &Pane, step: &str) -> Html {
    let stated = pane.account.confidences.get(step).map(|confidence| confidence.percent);
    let one = |percent: u32| {
        html! {
            <button key={percent} class="btn" type="button" data-sure={percent.to_string()}
                aria-pressed={(stated == Some(percent)).to_string()} onclick={pane.on(Say::Sure(percent))}>
                { lang.f("co-sure-n", &[("n", percent.into())]) }
            </button>
        }
    };
    html! {
        <div class="row co-sure" role="group" aria-label={lang.t("co-sure")}>
            <span class="fine">{ lang.t("co-sure") }</span>{ for PERCENTS.map(one) }
        </div>
    }
}

/// The tab index of a radio button: a group has one tab stop, and arrow keys walk it.
fn stop_at(stop: bool) -> &'static str {
    if stop { "0" } else { "-1" }
}

fn said(text: String) -> Html {
    html! { <p class="note">{ text }</p> }
}

/// The answers to a question.
pub(super) fn explain(lang: Lang, pane: &Pane, spec: &StepSpec, answers: &[Answer]) -> Html {
    let given = pane.account.answers.get(&spec.id).cloned().unwrap_or_default();
    let solved = answers.iter().any(|answer| answer.is_right() && given.contains(&answer.id));
    // Tab comes to the next answer to try, or to the right one.
    let fresh = answers.iter().find(|answer| !given.contains(&answer.id)).filter(|_| !solved);
    let stop = fresh.map(|answer| &answer.id).or(given.last()).cloned();
    let option = |answer: &Answer| {
        let id = &answer.id;
        let tried = given.contains(id);
        let right = tried && answer.is_right();
        let tone = if right { Some("opt-mine opt-came") } else { tried.then_some("opt-wrong") };
        let last = given.last() == Some(id);
        html! {
            <li key={id.clone()} role="none">
                <button type="button" class={classes!("opt", tone)} data-choice={id.clone()} role="radio"
                    aria-checked={last.to_string()} data-chosen={tried.to_string()}
                    tabindex={stop_at(stop.as_ref() == Some(id))}
                    aria-disabled={inert(solved || !pane.running)} onclick={pane.on(Say::Explain(id.clone()))}>
                    <i class="opt-o" />
                    <span>{ label(pane.text, &spec.id, id) }
                        if right { <small class="opt-k">{ ic("check") }{ lang.t("co-right") }</small> }
                        else if tried { <small class="opt-x">{ lang.t("co-wrong") }</small> }
                    </span>
                </button>
                if right || (tried && last) { { for reply(pane.text, &spec.id, id).map(said) } }
                if tried && !right {
                    <button type="button" class="btn btn-act opt-b" data-act="refute" data-choice={id.clone()}
                        onclick={pane.on(Say::Refute(id.clone()))}>{ ic("play") }{ lang.t("co-refute") }</button>
                }
            </li>
        }
    };
    html! {
        <div class="ask" data-view="explain" data-solved={solved.to_string()}>
            if !solved { <p class="fine">{ lang.t("co-explain-ask") }</p> }
            <ul class="opts" role="radiogroup" aria-label={lang.t("co-kind-explain")} onkeydown={among_radios}>
                { for answers.iter().map(option) }
            </ul>
        </div>
    }
}

/// Earlier predictions beside the outcome, at the steps in which it occurs.
pub(super) fn recall(lang: Lang, pane: &Pane) -> Html {
    if !matches!(pane.spec().kind, StepKind::Do | StepKind::Observe) {
        return Html::default();
    }
    // The prediction that belongs here is the last one before this step.
    let before = pane.lesson.steps[..pane.step.min(pane.lesson.steps.len())].iter();
    let Some(spec) = before.rev().find(|step| matches!(step.kind, StepKind::Predict(_))) else {
        return Html::default();
    };
    let prediction = prediction(pane, &spec.id);
    let mine = prediction
        .chosen
        .as_ref()
        .map_or_else(|| lang.t("co-recall-no"), |id| label(pane.text, &spec.id, id));
    let right =
        prediction.came.as_ref().zip(prediction.chosen.as_ref()).map(|(came, mine)| came.contains(mine));
    let join = if lang == Lang::Zh { "；" } else { "; " };
    let came = prediction.came.as_ref().map(|came| {
        let came: Vec<String> = came.iter().map(|id| label(pane.text, &spec.id, id)).collect();
        if came.is_empty() { lang.t("co-came-none") } else { came.join(join) }
    });
    html! {
        <dl class="co-recall" data-view="recall" data-settled={came.is_some().to_string()}>
            <div><dt>{ lang.t("co-yours") }</dt><dd>{ mine }</dd></div>
            <div><dt>{ lang.t("co-came") }</dt><dd>{ came.unwrap_or_else(|| lang.t("co-recall-open")) }
                if let Some(right) =
                    right {
                        <small data-right={right.to_string()}>
                            { lang.t(if right { "co-recall-right" } else { "co-recall-wrong" }) }
                        </small>
                    }
            </dd></div>
        </dl>
    }
}
