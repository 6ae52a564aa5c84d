//! The course in the page: the lesson pane, the map, the record, the glossary, print, lessons from files.
//!
//! Guarantees: what it shows of a run comes from the grader, what it shows of the learner comes from the record. Leaves
//! out: free play, which has its own pane (`ui::free_play`).

pub mod choices;
mod facts;
pub(crate) mod focus;
pub mod glossary;
pub(crate) mod guide;
pub(crate) mod lacks;
pub(crate) mod map;
pub mod open;
pub mod pane;
mod pane_model;
mod parts;
pub mod print;
pub mod progress;
pub mod prose;
mod refuting;
mod terms;
mod tool_form;
pub(crate) mod toolbox;
mod waiting;

use yew::prelude::*;

use super::look;
use crate::web::address::Address;
use crate::web::session::Session;
use crate::web::styles::Style;
use quorum_i18n::Lang;
pub(crate) use quorum_lesson::manifest::base;
use quorum_lesson::{Lesson, LessonText};

/// The style of these views, once per page.
pub fn style() -> Html {
    look(Style::Course)
}

/// Whether an address shows a page of the course, and no run.
pub(crate) fn takes(address: &Address) -> bool {
    let unopened = |slug: &String| {
        (open::is_address(slug) || slug.starts_with(quorum_lesson::bundle::PREFIX))
            && quorum_lesson::find(slug).is_none()
    };
    address.view.is_some() || address.report.is_some() || address.lesson.as_ref().is_some_and(unopened)
}

/// Whether a lesson runs in memory unless the address says otherwise: runs that refute an answer, and lessons from
/// elsewhere.
pub(crate) fn is_borrowed(lesson: Option<&str>) -> bool {
    lesson.is_some_and(|slug| {
        slug.contains('#') || open::is_address(slug) || slug.starts_with(quorum_lesson::bundle::PREFIX)
    })
}

/// The page that an address shows in place of the home page.
pub(crate) fn page(lang: Lang, address: &Address, onopen: &Callback<Address>) -> Option<Html> {
    if !takes(address) {
        return None;
    }
    Some(match address.view.as_deref() {
        Some("glossary") => glossary::glossary(lang),
        Some("facts") => html! { <facts::Facts address={address.clone()} /> },
        Some("record") => html! { <progress::Progress /> },
        Some("stored") => html! { <super::stored::Stored /> },
        Some("print") => print::print(lang, address.lesson.as_deref()),
        _ => html! { <open::Open address={address.clone()} onopen={onopen.clone()} /> },
    })
}

/// The lesson's text in a language; in the other one when that has not been fetched.
pub(crate) fn text_of(lesson: &'static Lesson, lang: Lang) -> Option<&'static LessonText> {
    lesson.text(lang.code()).or_else(|| lesson.text(lang.other().code()))
}

/// The pane of the lesson that a lab shows; none when no lesson is open.
pub(crate) fn lesson_pane(
    (session, address): (&Session, &Address),
    view: &super::watch::View,
    action: &Callback<super::intent::Intent>,
    onopen: &Callback<Address>,
) -> Option<Html> {
    use crate::web::wire::HostState;
    let slug = quorum_lesson::find(address.lesson.as_deref()?)?.slug.clone();
    let stopped = view.host.state.is_gone();
    // A lab whose engine refuses its log still runs: a lesson may be about exactly that.
    let running = match &view.host.state {
        HostState::Running => true,
        HostState::Refused { code, .. } => code == "wal_corrupt",
        _ => false,
    };
    Some(html! {
        <>
            { style() }
            <guide::Guide {slug} session={session.clone()} address={address.clone()} now={view.now.clone()}
                {running} {stopped} onintent={action.clone()} onopen={onopen.clone()} />
        </>
    })
}
