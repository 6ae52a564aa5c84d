//! A lesson on paper: all its steps with their choices, their goals, and the learner's answers.
//!
//! Guarantees: reads as text from top to bottom; prints black on white in every theme (`course.css`). Leaves out: hints
//! and solutions.

use yew::prelude::*;

use super::choices::label;
use super::text_of;
use crate::ui::icons::ic;
use crate::ui::markdown::render;
use crate::web::record;
use quorum_i18n::Lang;
use quorum_lesson::{Lesson, LessonText, StepKind};

/// Opens the browser's print dialog.
pub(crate) fn print_now() {
    if let Some(window) = web_sys::window() {
        // A frame may not be allowed to; then nothing happens.
        drop(window.print());
    }
}

/// The page of a lesson.
pub fn print(lang: Lang, slug: Option<&str>) -> Html {
    let lesson = slug.and_then(quorum_lesson::find).and_then(|lesson| Some((lesson, text_of(lesson, lang)?)));
    let Some((lesson, text)) = lesson else {
        return html! { <p class="co-lead" data-view="print">{ lang.t("co-print-missing") }</p> };
    };
    html! {
        <article class="co-page co-print" data-view="print">
            <p class="row no-print">
                <button class="btn" type="button" data-act="print-now" onclick={|_: MouseEvent| print_now()}>
                    { ic("list") }
                    { lang.t("co-print-now") }
                </button>
            </p>
            <h1 class="hero-h">{ &text.title }</h1>
            <p class="co-lead">
                { &text.summary }
                { " " }
                <span class="num">{ lang.f("home-minutes", &[("n", lesson.minutes.into())]) }</span>
            </p>
            if let Some(story) = &text.story { <p class="co-story"><b>{ lang.t("co-story") }</b>{ story }</p> }
            if let Some((line, href)) = text.incident.clone().zip(lesson.course.incident.clone()) {
                <p class="co-story co-incident">
                    <b>{ lang.t("co-incident") }</b>
                    { line }
                    { " " }
                    <a href={href.clone()}>{ href }</a>
                </p>
            }
            { for (0..lesson.steps.len()).map(|at| step(lang, lesson, text, at)) }
        </article>
    }
}

fn step(lang: Lang, lesson: &Lesson, text: &LessonText, at: usize) -> Html {
    let (spec, Some(said)) = (&lesson.steps[at], text.steps.get(at)) else { return Html::default() };
    let account = record::account(&lesson.slug);
    let prediction = account.predictions.get(&spec.id).cloned().unwrap_or_default();
    let given = account.answers.get(&spec.id).cloned().unwrap_or_default();
    let answered = matches!(spec.kind, StepKind::Explain(_)) && account.steps.contains(&spec.id);
    let choice = |id: &str| {
        let mine = prediction.chosen.as_deref() == Some(id) || given.iter().any(|given| given == id);
        let came = prediction.came.as_ref().is_some_and(|came| came.iter().any(|came| came == id));
        let right = answered && given.last().is_some_and(|last| last == id);
        html! {
            <li key={id.to_owned()}>{ if mine { "☒ " } else { "☐ " } }{ label(text, &spec.id, id) }
                if mine { <small>{ lang.t("co-yours") }</small> }
                if came { <small>{ lang.t("co-came") }</small> }
                if right { <small>{ lang.t("co-right") }</small> }
            </li>
        }
    };
    html! {
        <section key={at}>
            <h2>
                <span class="num">{ at + 1 }</span>
                { &said.title }
                <small>{ lang.f(&format!("co-kind-{}", spec.kind.word()), &[]) }</small>
            </h2>
            <div class="prose">{ render(&said.marked) }</div>
            <ul class="co-boxes">
                { for spec.kind.choices().into_iter().map(choice) }
                { for spec.goals.iter().map(|goal| {
                    let met = account.goals.contains(&goal.id);
                    html! {
                        <li key={goal.id.clone()}>
                            { if met { "☒ " } else { "☐ " } }
                            { text.goals.get(&goal.id).cloned() }
                        </li>
                    }
                }) }
            </ul>
        </section>
    }
}
