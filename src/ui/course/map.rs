//! The course map: the progress of each lesson, where the learner stopped, what comes next.
//!
//! Guarantees: shows what the record says; what comes next is the next lesson of the path that the learner chose, if
//! the lesson is on it. Leaves out: the map itself, which the home page draws.

use yew::prelude::*;

use crate::ui::icons::ic;
use crate::web::record;
use quorum_i18n::Lang;
use quorum_lesson::list::{self, Entry};
use quorum_lesson::manifest::canonical;
use quorum_types::sort::sort_by_key;

/// The progress of a lesson: a class for its cell, and the text below its title.
pub(crate) fn mark(lang: Lang, lesson: &Entry) -> (&'static str, Html) {
    let account = record::account(&lesson.slug);
    let (done, begun) = (account.finished, account.done() > 0 || !account.goals.is_empty());
    let best = super::pane::scores(lang, &account);
    let best = best.iter().map(|best| html! { <span class="les-b">{ best }</span> }).collect::<Html>();
    if begun && !account.complete() {
        let n = (account.done() + 1).min(account.total);
        let place = lang.f("co-state-begun", &[("n", n.into()), ("total", account.total.into())]);
        return (
            if done { "les-done les-now" } else { "les-now" },
            html! { <><span class="les-s">{ place }</span>{ best }</> },
        );
    }
    if done {
        return (
            "les-done",
            html! { <><span class="les-s les-ok">{ ic("check") }{ lang.t("co-done") }</span>{ best }</> },
        );
    }
    ("", Html::default())
}

/// The lessons in the order of the map: by track.
fn in_order(lang: Lang) -> Vec<&'static Entry> {
    let mut all: Vec<&Entry> = list::entries(lang.code()).unwrap_or_default().iter().collect();
    sort_by_key(&mut all, |entry| entry.track);
    all
}

/// The lessons in the order in which the learner takes them from this one on: of the chosen path if it is on it,
/// otherwise of the map.
fn in_order_from(lang: Lang, slug: &str) -> Vec<&'static Entry> {
    let path = record::with(|record| record.path.clone());
    let on_path = path.map(|id| list::lessons_of_path(&id, list::entries(lang.code()).unwrap_or_default()));
    on_path.filter(|own| own.iter().any(|entry| entry.slug == slug)).unwrap_or_else(|| in_order(lang))
}

/// The lesson after another one.
pub(super) fn next_lesson(lang: Lang, slug: &str) -> Option<&'static Entry> {
    let all = in_order_from(lang, slug);
    let at = all.iter().position(|entry| entry.slug == slug)?;
    all.get(at + 1).copied()
}

/// Where the learner resumes: the lesson that was open last, or the next one if that is finished, with its account.
pub(crate) fn resume(lang: Lang) -> Option<&'static Entry> {
    let last = record::with(|record| record.last.clone())?;
    let last = canonical(&last);
    let all = in_order_from(lang, &last);
    let unfinished = |entry: &&Entry| {
        let account = record::account(&entry.slug);
        !account.finished || (account.done() > 0 && !account.complete())
    };
    let at = all.iter().position(|entry| entry.slug == last)?;
    all[at..].iter().chain(&all[..at]).find(|entry| unfinished(entry)).copied()
}

/// The card's text: the lesson, its subject, its progress; and the button's label.
pub(crate) fn resume_text(lang: Lang, entry: &Entry) -> (Html, &'static str) {
    let account = record::account(&entry.slug);
    let begun = account.done() > 0;
    let text = html! {
        <>
            <p class="fine">{ lang.t(if begun { "co-resume-at" } else { "co-resume-next" }) }</p>
            <h1 class="hero-h">{ &entry.title }</h1>
            <p class="hero-p">{ entry.summary.replace('`', "") }</p>
            if begun {
                <p class="steps">
                    <span class="rail" aria-hidden="true">
                        { for (0..account.total).map(|at| {
                            let class =
                                if at < account.done() {
                                    Some("done")
                                } else {
                                    (at == account.done()).then_some("now")
                                };
                            html! { <i key={at} class={classes!(class)} /> }
                        }) }
                    </span>
                    <span class="num">
                        { lang.f(
                            "co-resume-step",
                            &[
                                ("n", (account.done() + 1).min(account.total).into()),
                                ("total", account.total.into())
                            ]
                        ) }
                    </span>
                </p>
            }
        </>
    };
    (text, if begun { "co-resume" } else { "co-resume-begin" })
}
