//! Three ways through the course, and the learner's progress on each.
//!
//! Guarantees: a way's lessons and their order are those of `lessons/paths.toml`; progress is that of the record.
//! Leaves out: the map of all lessons.

use yew::prelude::*;

use crate::ui::icons::ic;
use crate::ui::links::link;
use crate::web::address::Address;
use crate::web::record;
use quorum_i18n::Lang;
use quorum_lesson::list::{Entry, lessons_of_path};

/// How a way is shown: its name in the list, its title, what it is for, its icon.
struct Way {
    id: &'static str,
    title: &'static str,
    lead: &'static str,
    icon: &'static str,
}

/// The path that begins where the entry card of a newcomer leads.
pub(super) const FIRST: &str = "beginner";

/// The ways.
const WAYS: [Way; 3] = [
    Way { id: FIRST, title: "home-path-first", lead: "home-path-first-s", icon: "hint" },
    Way { id: "on-call", title: "home-path-call", lead: "home-path-call-s", icon: "warn" },
    Way { id: "raft", title: "home-path-raft", lead: "home-path-raft-s", icon: "heal" },
];

/// The section.
pub(super) fn paths(lang: Lang, home: &Address, onopen: &Callback<Address>, all: &[Entry]) -> Html {
    html! {
        <section data-view="paths" aria-labelledby="home-paths">
            <h2 id="home-paths">{ lang.t("home-paths") }</h2>
            <ol class="pths">{ for WAYS.iter().map(|way| path(lang, home, onopen, all, way)) }</ol>
        </section>
    }
}

fn path(lang: Lang, home: &Address, onopen: &Callback<Address>, all: &[Entry], way: &Way) -> Html {
    let own = lessons_of_path(way.id, all);
    let left: Vec<&Entry> =
        own.iter().copied().filter(|entry| !record::account(&entry.slug).finished).collect();
    let done = own.len() - left.len();
    let minutes: u32 = left.iter().map(|entry| entry.minutes).sum();
    let next = left.first().copied();
    let to = next.or(own.first().copied()).map(|entry| entry.slug.clone());
    let figures = [("done", done.into()), ("n", own.len().into()), ("minutes", minutes.into())];
    let progress = lang.f(if next.is_some() { "home-path-n" } else { "home-path-all" }, &figures);
    let inner = html! {
        <>
            <h3>{ ic(way.icon) }{ lang.f(way.title, &[]) }</h3>
            <p>{ lang.f(way.lead, &[]) }</p>
            <p class="pth-r">
                <span class="rail" aria-hidden="true">
                    { for (0..own.len()).map(|at| {
                        let class = if at < done { Some("done") } else { (at == done).then_some("now") };
                        html! { <i key={at} class={classes!(class)} /> }
                    }) }
                </span>
                <span class="num">{ progress }</span>
            </p>
            if let Some(next) = next {
                <p class="pth-n">{ lang.t("home-path-next") }{ " " }<b>{ &next.title }</b>{ ic("right") }</p>
            }
        </>
    };
    let onopen = taking(way.id, onopen);
    html! {
        <li key={way.id} class="pth" data-path={way.id} data-done={done.to_string()}>
            { link(&onopen, Address { lesson: to, ..home.clone() }, "pth-a", inner) }
        </li>
    }
}

/// Opens a lesson on a path: from there on, what comes next is the next lesson of that path.
pub(super) fn taking(id: &'static str, onopen: &Callback<Address>) -> Callback<Address> {
    let onopen = onopen.clone();
    Callback::from(move |to: Address| {
        record::change(|record| record.path = Some(id.to_owned()));
        onopen.emit(to);
    })
}

/// How many lessons are finished, and how many of their minutes.
pub(super) fn progress(lang: Lang, all: &[Entry]) -> String {
    let done: Vec<&Entry> = all.iter().filter(|entry| record::account(&entry.slug).finished).collect();
    let minutes = |entries: &mut dyn Iterator<Item = &Entry>| entries.map(|entry| entry.minutes).sum::<u32>();
    lang.f(
        "home-progress",
        &[
            ("done", done.len().into()),
            ("n", all.len().into()),
            ("minutes", minutes(&mut done.iter().copied()).into()),
            ("all", minutes(&mut all.iter()).into()),
        ],
    )
}
