//! The home page: a stage that reacts at once, what can be seen in a minute, questions that are due, ways through the
//! course and its map, free play, what is real and what is simplified.
//!
//! Guarantees: one filled button above the fold; the picture that stands in for the stage until it runs is drawn by the
//! same code, from made-up data, and is labelled as a picture; nothing that runs delays drawing the page. Leaves out:
//! the stage's run (`live`), grading (`lesson`).

mod due;
mod live;
mod paths;

use std::rc::Rc;

use yew::prelude::*;

use super::course;
use super::desk::{self, DeskProps};
use super::embedding;
use super::exam;
use super::header::{HeaderProps, Wish, header, home_link};
use super::icons::ic;
use super::links::{at_home, conformance, link};
use super::look;
use super::milvus::PRESETS;
use super::set_form::{SetFormProps, set_form};
use super::tabs::{self, TabsProps};
use crate::web::address::{Address, Theme};
use crate::web::session::Session;
use crate::web::shape::Shape;
use crate::web::styles::Style;
use quorum_facade::MessageKind;
use quorum_facade::snapshot::{Flight, Majority, NodeFacts, Role, Snapshot};
use quorum_i18n::Lang;
use quorum_lesson::list::{self, Entry};

use due::Questions;
use live::LiveStage;

/// The replica set that free play opens with.
const FREE: &str = "replica-set:5";
/// The topology of two regions.
const REGIONS: &str = "two-regions";

/// The home page's properties.
pub(crate) struct HomeProps {
    /// The session, which plays drills.
    pub(crate) session: Session,
    /// The address, whose language and theme links keep.
    pub(crate) address: Address,
    /// The current theme.
    pub(crate) theme: Theme,
    /// Called with the header's requests.
    pub(crate) onwish: Callback<Wish>,
    /// Called with the address to open.
    pub(crate) onopen: Callback<Address>,
}

/// Draws the home page.
pub(crate) type Draw = fn(Lang, &HomeProps) -> Html;

crate::chunk::kept_code! {
    /// Fetches the code of the home page and of the course's pages.
    home: Draw = home
}

/// Draws the home page, or the page of the course in its place, once its code is loaded.
pub(crate) fn draw(lang: Lang, props: &HomeProps) -> Html {
    loaded().map(|home| home(lang, props)).unwrap_or_default()
}

/// The home page.
fn home(lang: Lang, props: &HomeProps) -> Html {
    let lessons = list::entries(lang.code()).unwrap_or_default();
    let top = HeaderProps {
        address: props.address.clone(),
        theme: props.theme,
        title: None,
        copied: None,
        onwish: props.onwish.clone(),
        onopen: Some(props.onopen.clone()),
    };
    let page = if desk::takes(&props.address) {
        let desk = DeskProps {
            session: props.session.clone(),
            address: props.address.clone(),
            home: at_home(&props.address),
            onopen: props.onopen.clone(),
        };
        Some(desk::draw(lang, &desk))
    } else if embedding::takes(&props.address) {
        let page = embedding::draw(lang, &props.address);
        Some(html! { <>{ nav(lang, &props.address) }{ page }</> })
    } else if exam::takes(&props.address) {
        let page = exam::draw(lang, &props.address);
        Some(html! { <><div class="no-print">{ nav(lang, &props.address) }</div>{ page }</> })
    } else if tabs::takes(&props.address) {
        let props = TabsProps {
            address: props.address.clone(),
            home: at_home(&props.address),
            onopen: props.onopen.clone(),
        };
        Some(tabs::draw(lang, &props))
    } else {
        course::page(lang, &props.address, &props.onopen)
            .map(|page| html! { <><div class="no-print">{ nav(lang, &props.address) }</div>{ page }</> })
    };
    html! {
        <div class="p-home">
            { course::style() }
            { look(Style::Home) }
            { header(lang, &top) }
            <main class="wrap" tabindex="-1">
                if let Some(page) = page { { page } } else {
                    { door(lang, props, lessons) }
                    { minute(lang, props) }
                    <Questions home={at_home(&props.address)} onopen={props.onopen.clone()} />
                    { paths::paths(lang, &at_home(&props.address), &props.onopen, lessons) }
                    <div class="map-h">
                        <h2>{ lang.t("page-map") }</h2>
                        <span class="num" data-view="progress">{ paths::progress(lang, lessons) }</span>
                        { nav(lang, &props.address) }
                    </div>
                    { for (1..=4).map(|number| track(lang, props, number, lessons)) }
                    { missions(lang, props) }
                    { experiments(lang, props) }
                    { replica_set(lang, props) }
                    { cluster(lang, props) }
                    { regions(lang, props) }
                    <section class="foot2">{ tolerance(lang, props) }{ honest(lang) }</section>
                    <p class="fine">{ conformance(lang) }{ " · " }{ teachers_guide(lang) }</p>
                }
            </main>
        </div>
    }
}

/// The entry card: the first lesson, or the one that the learner resumes.
fn door(lang: Lang, props: &HomeProps, lessons: &[Entry]) -> Html {
    let resumed = course::map::resume(lang);
    let first = resumed.or(lessons.first()).map(|lesson| lesson.slug.clone());
    let (text, go) = match resumed {
        Some(lesson) => course::map::resume_text(lang, lesson),
        None => (
            html! {
                <>
                    <h1 class="hero-h">{ lang.t("home-title") }</h1>
                    <p class="hero-p">{ lang.t("home-lead") }</p>
                </>
            },
            "home-first",
        ),
    };
    // A newcomer begins the first path there.
    let onopen = match resumed {
        Some(_) => props.onopen.clone(),
        None => paths::taking(paths::FIRST, &props.onopen),
    };
    html! {
        <section class="hero">
            <div class="hero-t">
                { text }
                <p class="hero-a">
                    { link(
                        &onopen,
                        to_lesson(&props.address, first),
                        "btn btn-pri btn-lg",
                        html! { <>{ lang.f(go, &[]) }{ ic("right") }</> }
                    ) }
                    { link(
                        &props.onopen,
                        to_topology(&props.address, FREE),
                        "btn btn-quiet btn-lg",
                        lang.t("home-free").into()
                    ) }
                </p>
            </div>
            <LiveStage still={Rc::new(illustration())} lab={to_topology(&props.address, FREE)}
                onopen={props.onopen.clone()} />
        </section>
    }
}

/// What can be done and seen in a minute: the word in the document, the catalogue key, the topology, the icon.
const MINUTES: [(&str, &str, &str, &str); 3] = [
    ("plug", "home-minute-plug", "standalone", "plug"),
    ("split", "home-minute-split", FREE, "cut"),
    ("region", "home-minute-region", REGIONS, "restart"),
];

/// What can be done and seen in a minute.
fn minute(lang: Lang, props: &HomeProps) -> Html {
    let one = |(word, key, topology, icon): (&'static str, &'static str, &'static str, &'static str)| {
        let inner = html! { <>{ ic(icon) }<span>{ lang.f(key, &[]) }</span>{ ic("right") }</> };
        html! {
            <li key={word} data-minute={word}>
                { link(&props.onopen, to_topology(&props.address, topology), "min-a", inner) }
            </li>
        }
    };
    html! {
        <section class="mins" aria-labelledby="home-minute">
            <h2 id="home-minute">{ lang.t("home-minute") }</h2>
            <ul>{ for MINUTES.map(one) }</ul>
        </section>
    }
}

/// Links to the course's other pages.
pub(crate) fn nav(lang: Lang, address: &Address) -> Html {
    let query = at_home(address).over("");
    let to = |(view, name): (&'static str, &'static str)| {
        let href = if view.is_empty() { home_link(address) } else { format!("?{query}&view={view}") };
        html! { <a key={view} {href}>{ lang.f(name, &[]) }</a> }
    };
    let pages = [
        ("", "page-map"),
        ("glossary", "page-glossary"),
        ("facts", "page-facts"),
        ("record", "page-record"),
        ("open", "page-open"),
        ("stored", "page-stored"),
        ("embed", "page-embed"),
        ("exam", "home-exam"),
    ];
    html! { <nav class="nav" aria-label={lang.t("home-lessons")}>{ for pages.map(to) }</nav> }
}

fn to_lesson(address: &Address, slug: Option<String>) -> Address {
    Address { lesson: slug, ..at_home(address) }
}

fn to_topology(address: &Address, topology: &str) -> Address {
    Address { topology: Some(topology.to_owned()), ..at_home(address) }
}

/// A track of the course, as a log of lessons.
fn track(lang: Lang, props: &HomeProps, number: u32, lessons: &[Entry]) -> Html {
    let own = lessons.iter().filter(|lesson| lesson.track == number);
    html! {
        <section class="trk" key={number}>
            <header>
                <h3><span class="num">{ number }</span>{ lang.f(&format!("home-track-{number}"), &[]) }</h3>
                <p>{ lang.f(&format!("home-track-{number}-s"), &[]) }</p>
            </header>
            <ol class="lessons">{ for own.enumerate().map(|(place, lesson)| entry(lang, props, place, lesson)) }</ol>
        </section>
    }
}

fn entry(lang: Lang, props: &HomeProps, place: usize, lesson: &Entry) -> Html {
    let (class, state) = course::map::mark(lang, lesson);
    let inner = html! {
        <>
            <span class="les-c num" aria-hidden="true">{ place + 1 }</span>
            <h4>{ &lesson.title }</h4>
            <p class="les-m num">
                { lang.f("home-minutes", &[("n", lesson.minutes.into())]) }{ state }
                if let Some(mission) = lesson.mission {
                    { " · " }{ lang.f("home-mission-par", &[("n", mission.par.into())]) }
                }
            </p>
        </>
    };
    html! {
        <li key={lesson.slug.clone()} class={classes!("les", class)} data-lesson={lesson.slug.clone()}
            title={lesson.summary.clone()}>
            { link(&props.onopen, to_lesson(&props.address, Some(lesson.slug.clone())), "les-a", inner) }
        </li>
    }
}

/// The link to the teacher's guide, which lies next to the page.
fn teachers_guide(lang: Lang) -> Html {
    html! { <a href={format!("guide.{}.html", lang.code())} data-view="guide">{ lang.t("home-guide") }</a> }
}

/// The missions, one for each track.
fn missions(lang: Lang, props: &HomeProps) -> Html {
    let all = list::missions(lang.code()).unwrap_or_default();
    if all.is_empty() {
        return Html::default();
    }
    html! {
        <section class="trk" data-view="missions">
            <header><h3>{ lang.t("home-missions") }</h3><p>{ lang.t("home-missions-s") }</p></header>
            <ol class="lessons">
                { for all.iter().enumerate().map(|(place, mission)| entry(lang, props, place, mission)) }
            </ol>
        </section>
    }
}

/// The entry card of the experiments.
fn experiments(lang: Lang, props: &HomeProps) -> Html {
    let door = |(view, title): (&'static str, &'static str)| {
        let to = Address { view: Some(view.to_owned()), ..at_home(&props.address) };
        html! { <span key={view} data-door={view}>{ link(&props.onopen, to, "btn", lang.f(title, &[]).into()) }</span> }
    };
    let doors = [
        ("failover", "page-failover"),
        ("promise", "page-promise"),
        ("disasters", "page-disasters"),
        ("load", "page-load"),
        ("majority", "page-majority"),
        ("reports", "home-r"),
        ("tabs", "page-tabs"),
    ];
    html! {
        <article class="card card-mc" data-card="experiments">
            <h3>{ lang.t("home-x") }</h3>
            <p>{ lang.t("home-x-s") }</p>
            <p class="card-f card-p">{ for doors.map(door) }</p>
        </article>
    }
}

/// The entry card of a replica set, with its choices.
fn replica_set(lang: Lang, props: &HomeProps) -> Html {
    let form = SetFormProps {
        prefix: "home",
        shape: Shape { nodes: 5, set: Vec::new() },
        seed: 1,
        address: at_home(&props.address),
        kept: false,
        go: ["home-free-start"; 2],
        onopen: props.onopen.clone(),
    };
    html! {
        <article class="card card-mc" data-card="replica-set">
            <h3>{ lang.t("home-set") }</h3>
            <p>{ lang.t("home-set-s") }</p>
            <div class="card-f">{ set_form(form) }</div>
        </article>
    }
}

/// The entry card of a Milvus cluster, with its three control planes.
fn cluster(lang: Lang, props: &HomeProps) -> Html {
    let door = |(word, topology, title): (&'static str, &'static str, &'static str)| {
        html! {
            <span key={word} data-preset={word}>
                { link(&props.onopen, to_topology(&props.address, topology), "btn", lang.f(title, &[]).into()) }
            </span>
        }
    };
    html! {
        <article class="card card-mc" data-card="milvus">
            <h3>{ lang.t("preset-milvus") }</h3>
            <p>{ lang.t("home-milvus-s") }</p>
            <p class="card-f card-p">{ for PRESETS.map(door) }</p>
        </article>
    }
}

/// The entry card of two regions.
fn regions(lang: Lang, props: &HomeProps) -> Html {
    html! {
        <article class="card card-mc" data-card="regions">
            <h3>{ lang.t("preset-regions") }</h3>
            <p>{ lang.t("home-regions-s") }</p>
            <p class="card-f card-p">
                { link(
                    &props.onopen,
                    to_topology(&props.address, REGIONS),
                    "btn",
                    html! { <>{ lang.t("free-play") }{ ic("right") }</> }
                ) }
            </p>
        </article>
    }
}

/// How many nodes there are, and how many may fail; each number of nodes opens a replica set of as many.
fn tolerance(lang: Lang, props: &HomeProps) -> Html {
    let row = |nodes: u32| {
        let need = nodes / 2 + 1;
        let spare = nodes - need;
        let label = lang
            .f("home-tol-row", &[("nodes", nodes.into()), ("need", need.into()), ("spare", spare.into())]);
        html! {
            <tr key={nodes}>
                <th scope="row">
                    { link(
                        &props.onopen,
                        to_topology(&props.address, &format!("replica-set:{nodes}")),
                        "tol-n",
                        html! { <>{ nodes }<span class="vh">{ " " }{ lang.t("home-tol-open") }</span></> }
                    ) }
                </th><td>{ need }</td><td><b>{ spare }</b></td>
                <td><span class="td" role="img" aria-label={label}>
                    { for (0..nodes).map(|n| html! { <i class={if n < need { "on" } else { "spare" }} /> }) }
                </span></td>
            </tr>
        }
    };
    html! {
        <div class="tolx">
            <h2>{ lang.t("home-tolerance") }</h2>
            <table>
                <thead><tr>
                    <th scope="col">{ lang.t("home-tol-nodes") }</th>
                    <th scope="col">{ lang.t("home-tol-majority") }</th>
                    <th scope="col">{ lang.t("home-tol-spare") }</th>
                    <th scope="col">{ lang.t("home-tol-picture") }</th>
                </tr></thead>
                <tbody>{ for [3, 4, 5, 7, 9].map(row) }</tbody>
            </table>
            <p class="fine">{ lang.t("home-tol-note") }</p>
        </div>
    }
}

/// What is real, what is simplified.
fn honest(lang: Lang) -> Html {
    let item = |real: bool, text: String| {
        html! {
            <li
                class={classes!("ck", if real { "ck-ok" } else { "ck-todo" })}>if real {
                    { ic("check") }
                } else {
                    <i class="ck-o" />
                }
                <span>{ text }</span>
            </li>
        }
    };
    html! {
        <div class="tolx">
            <h2>{ lang.t("home-real") }</h2>
            <ul class="cks">
                { item(true, lang.t("real-wal")) }
                { item(true, lang.t("real-raft")) }
                { item(true, lang.t("real-kill")) }
                { item(false, lang.t("simple-time")) }
                { item(false, lang.t("simple-disk")) }
                { item(false, lang.t("simple-not")) }
            </ul>
        </div>
    }
}

/// A replica set whose leader has just died, as a picture for the entry card; it is not taken from a run.
fn illustration() -> Snapshot {
    let log: Vec<(u64, u64)> =
        [1, 1, 2, 2, 2, 3, 3].into_iter().enumerate().map(|(n, term)| (n as u64 + 1, term)).collect();
    let node = |id: u32| NodeFacts {
        id,
        term: 4,
        alive: true,
        reachable: true,
        voter: true,
        commit: 6,
        durable: 7,
        last: (7, 3),
        log_tail: log.clone(),
        timer: Some((u64::from(id) * 13 % 60 + 20, 100)),
        ..NodeFacts::default()
    };
    let dead = NodeFacts { role: Role::Down, alive: false, reachable: false, term: 3, ..node(1) };
    let candidate = NodeFacts { role: Role::Candidate, votes: vec![3, 2], ..node(3) };
    let flight = |id: u64, from: u32, to: u32, message: MessageKind, part: u64| Flight {
        id,
        from,
        to,
        message,
        sent_us: 100 - part,
        arrives_us: 200 - part,
        entries: None,
        granted: (message == MessageKind::VoteResp).then_some(true),
    };
    Snapshot {
        t_us: 100,
        topology: FREE.to_owned(),
        nodes: vec![dead, node(2), candidate, node(4), node(5)],
        flights: vec![
            flight(1, 3, 4, MessageKind::Vote, 45),
            flight(2, 3, 5, MessageKind::Vote, 60),
            flight(3, 2, 3, MessageKind::VoteResp, 55),
        ],
        majority: Majority { nodes: 5, need: 3, reachable: 4, can_elect: true, ..Majority::default() },
        ..Snapshot::default()
    }
}
