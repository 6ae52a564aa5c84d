//! The pane beside a run that refutes an answer: the question, the answer, what the run shows, and the link back.
//!
//! Guarantees: the link back leads to the question. Leaves out: playing it, which the lab does by itself.

use yew::prelude::*;

use super::choices::{label, reply};
use super::prose::prose;
use crate::ui::icons::ic;
use crate::ui::links::at_home;
use crate::web::address::Address;
use quorum_facade::snapshot::LessonFacts;
use quorum_i18n::Lang;
use quorum_lesson::{Lesson, LessonText};

/// The pane of the run `step.choice` of a lesson.
pub(super) fn refuting(
    lang: Lang,
    address: &Address,
    facts: Option<&LessonFacts>,
    onopen: &Callback<Address>,
    lesson: &'static Lesson,
    text: &'static LessonText,
    run: &str,
) -> Html {
    let (step, choice) = run.split_once('.').unwrap_or((run, ""));
    let at = lesson.steps.iter().position(|spec| spec.id == step);
    let question = at.and_then(|at| text.steps.get(at));
    let seen = facts.is_some_and(|facts| facts.goals.iter().all(|goal| goal.met));
    let playing = facts.and_then(|facts| facts.playing);
    let back = Address {
        lesson: Some(lesson.slug.clone()),
        speed: address.speed,
        kept: address.kept,
        ..at_home(address)
    };
    let onclick = onopen.reform(move |_: MouseEvent| back.clone());
    html! {
        <section class="lesson pane co" aria-label={lang.t("lesson-region")} data-step="0"
            data-kind="refuting" data-seen={seen.to_string()}>
            <div class="pane-scroll">
                <p class="co-kind">{ lang.t("co-refuting") }</p>
                <h1 class="h-title">{ question.map(|question| question.title.clone()) }</h1>
                <div class="prose">{ for question.map(|question| prose(lang, &question.marked)) }</div>
                <dl class="co-recall">
                    <div><dt>{ lang.t("co-refuted-answer") }</dt><dd>{ label(text, step, choice) }</dd></div>
                </dl>
                if let Some((done, of)) = playing.filter(|_| !seen) {
                    <div class="note" data-view="playing">{ lang.t("co-refuting-now") }
                        <progress max={of.to_string()} value={done.to_string()} aria-hidden="true" />
                    </div>
                }
                <div aria-live="polite">
                    if seen {
                        <div class="note note-gone" data-view="seen">
                            <p><b>{ lang.t("co-refuting-seen") }</b></p>
                            { for reply(text, step, choice).map(|said| html! { <p>{ said }</p> }) }
                        </div>
                    }
                </div>
                <p class="fine" data-view="refute-note">{ lang.t("co-refute-back-note") }</p>
            </div>
            <div class="pane-foot">
                <button type="button" class={classes!("btn", seen.then_some("btn-pri"))}
                    data-act="refute-back" {onclick}>
                    { ic("left") }{ lang.t("co-refute-back") }
                </button>
            </div>
        </section>
    }
}
