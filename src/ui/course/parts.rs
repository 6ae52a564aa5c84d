//! Parts of the lesson pane: the list of steps, hints, the solution in progress, the summary of a finished lesson, and
//! further options.
//!
//! Guarantees: hints are shown one after the other, the solution after the last. Leaves out: goals and choices (`pane`,
//! `choices`).

use yew::prelude::*;

use super::choices::is_chosen;
use super::focus::to_the_title;
use super::pane_model::{Pane, Say};
use super::prose::prose;
use crate::ui::format::span;
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use quorum_i18n::{Lang, grouped};
use quorum_lesson::StepKind;

/// The learner's position, and the list of all steps, which it opens.
pub(super) fn steps(lang: Lang, pane: &Pane) -> Html {
    let total = pane.lesson.steps.len();
    let place = lang.f("co-step-n-of", &[("n", (pane.step + 1).into()), ("total", total.into())]);
    html! {
        <details class="co-steps" key={pane.step}>
            <summary>
                <span class="rail" aria-hidden="true">
                    { for pane.lesson.steps.iter().enumerate().map(|(at, step)| {
                        let done = pane.done(step);
                        html! {
                            <i key={at}
                                class={classes!(
                                    done.then_some("done"),
                                    (at == pane.step).then_some(if done { "here" } else { "now" })
                                )} />
                        }
                    }) }
                </span>
                <span class="num">{ place }</span>
                <span class="co-kind">{ lang.f(&format!("co-kind-{}", pane.spec().kind.word()), &[]) }</span>
                <span class="vh">{ lang.t("co-steps") }</span>
            </summary>
            <ol>
                { for pane.lesson.steps.iter().zip(&pane.text.steps).enumerate().map(|(at, (step, text))| {
                    let (done, here) = (pane.done(step), at == pane.step);
                    html! {
                        <li key={at}>
                            <button type="button" class="linkbtn" data-to={at.to_string()}
                                aria-current={here.then_some("step")} onclick={to_the_title(pane.on(Say::Step(at)))}>
                                if done { { ic("check") } } else { <i class="ck-o" /> }
                                <span>{ &text.title }</span>
                                <small>{ lang.f(&format!("co-kind-{}", step.kind.word()), &[]) }</small>
                                if done { <span class="vh">{ lang.t("co-done") }</span> }
                            </button>
                        </li>
                    }
                }) }
            </ol>
        </details>
    }
}

/// The hints of the step. Those of a prediction open after the choice, because they may give it away.
pub(super) fn hints_of(pane: &Pane) -> &'static [String] {
    let spec = pane.spec();
    if matches!(spec.kind, StepKind::Predict(_)) && !is_chosen(pane, &spec.id) {
        return &[];
    }
    pane.text.hints.get(&spec.id).map(Vec::as_slice).unwrap_or_default()
}

/// The hints that are open.
pub(super) fn hints(lang: Lang, pane: &Pane) -> Html {
    let all = hints_of(pane);
    html! {
        <div aria-live="polite">
            { for all[..pane.hints.min(all.len())].iter().enumerate().map(|(at, hint)| html! {
                <div class="note hint" key={at}>
                    <b>{ lang.f("co-hint-n", &[("n", (at + 1).into())]) }</b>
                    { " " }
                    { prose(lang, hint) }
                </div>
            }) }
        </div>
    }
}

/// What is being played.
pub(super) fn playing(lang: Lang, pane: &Pane) -> Html {
    let Some(facts) = &pane.facts else { return Html::default() };
    let Some((done, of)) = facts.playing else { return Html::default() };
    let word = if pane.account.helped { "co-show-note" } else { "co-act-note" };
    html! {
        <div class="note" data-view="playing">
            { lang.f(word, &[("done", done.into()), ("of", of.into())]) }
            <progress max={of.to_string()} value={done.to_string()} aria-hidden="true" />
        </div>
    }
}

/// A score with its unit.
pub(super) fn score_line(lang: Lang, name: &str, how: &'static str, value: u64) -> String {
    let figure = if name == "lowest-rto" { span(value) } else { grouped(value) };
    let colon = if lang == Lang::Zh { "：" } else { ": " };
    format!("{}{colon}{}", lang.f(&format!("co-score-{name}"), &[]), lang.f(how, &[("value", figure.into())]))
}

/// The summary of a finished lesson, and the links from it.
pub(super) fn finished(lang: Lang, pane: &Pane) -> Html {
    let now = pane.facts.iter().filter(|facts| facts.finished).flat_map(|facts| &facts.scores);
    html! {
        <div class="note co-end" data-view="finished">
            <p><b>{ lang.t("co-finished") }</b></p>
            if let Some(facts) = pane.facts.as_ref().filter(|facts| facts.finished) {
                <p class="num" data-score="percent">{ lang.f("co-percent", &[("n", facts.percent().into())]) }</p>
            }
            { for now.map(|(name, value)| html! {
                <p key={name.clone()} class="num" data-score={name.clone()}>
                    { score_line(lang, name, "co-score-now", *value) }
                    if let Some(best) = pane.account.best.get(name) {
                        { if lang == Lang::Zh { "，" } else { ", " } }
                        { lang.f(
                            "co-best",
                            &[
                                (
                                    "value",
                                    if name == "lowest-rto" { span(*best) } else { grouped(*best) }.into()
                                )
                            ]
                        ) }
                    }
                </p>
            }) }
            if pane.account.helped
                && !pane.lesson.course.scores.is_empty() { <p class="fine">{ lang.t("co-helped") }</p> }
            <p class="row">
                if let Some((href, title)) = &pane.ways.next {
                    <a class="btn btn-pri" data-act="next-lesson" href={href.clone()}>
                        { lang.f("co-next-lesson", &[("title", title.clone().into())]) }{ ic("right") }
                    </a>
                } else {
                    { lang.t("co-last-lesson") }
                }
            </p>
        </div>
    }
}

/// Further options of a lesson: free play, starting over, printing.
pub(super) fn more(lang: Lang, pane: &Pane) -> Html {
    let free = pane.facts.as_ref().is_some_and(|facts| facts.free);
    let button = |word: &'static str, say: Say, label: String| {
        html! {
            <button type="button" class="linkbtn" data-act={word} aria-disabled={inert(!pane.running)}
                onclick={pane.on(say)}>
                { label }
            </button>
        }
    };
    html! {
        <div class="co-more">
            if free { <p class="note note-open">{ lang.t("co-free-on") }</p> }
            if pane.asking {
                <p class="note note-open" role="alertdialog" aria-label={lang.t("co-reset")}
                    data-view="ask-reset">{ lang.t("co-reset-ask") }
                    <span class="row">
                        <button type="button" class="btn" data-act="reset-yes" onclick={pane.on(Say::Reset)}>
                            { lang.t("co-yes") }
                        </button>
                        <button type="button" class="btn" data-act="reset-no"
                            onclick={pane.on(Say::AskReset(false))}>
                            { lang.t("co-no") }
                        </button>
                    </span>
                </p>
            }
            <p class="row">
                { button("free", Say::Free(!free), lang.t(if free { "co-free-off" } else { "co-free" })) }
                { button("reset", Say::AskReset(true), lang.t("co-reset")) }
                <a class="linkbtn" data-act="print" href={pane.ways.print.clone()} target="_blank"
                    rel="noopener">
                    { lang.t("co-print") }
                </a>
            </p>
        </div>
    }
}
