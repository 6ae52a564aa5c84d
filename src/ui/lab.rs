//! The lab's page: lesson, stage, instruments and time around one session.
//!
//! Guarantees: every action goes through one entry point (`dispatch`), for buttons and keys alike; the stage and the
//! clock follow the session by themselves. Leaves out: which run is open (`app`); the panes' contents (`panes`).

mod dispatch;
mod finding;
mod keyboard;
mod overlays;
mod pane_state;
mod panes;

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use dispatch::{Asking, drag_over, drop_file, use_action, use_causes, use_file, use_time};
use finding::Doing;
use keyboard::{use_click_away, use_keys};
use overlays::use_overlays;
use pane_state::{PaneState, use_pane_state};
use panes::{gauges, reading, stage};

use super::backup;
use super::banners::{BannersProps, banners, opens_nothing};
use super::cluster::is_large;
use super::controls::{tools, tools_at};
use super::course;
use super::header::{HeaderProps, Wish, copy, header, home_link};
use super::icons::ic;
use super::inert::inert;
use super::intent::Intent;
use super::key_map::Screen;
use super::keys::use_sheet;
use super::possible::asleep;
use super::share::{ShareProps, link_to};
use super::time_travel::use_time_travel;
use super::transport::{Time, TransportProps, transport};
use super::watch::use_watch;
use super::why::{WhyProps, use_why};
use super::worlds;
use super::{use_lang, use_media};
use crate::web::address::{Address, MAX_SEED, Theme, is_saved};
use crate::web::frame::Controls;
use crate::web::session::Session;
use crate::web::wire::{HostState, Storage};
use quorum_facade::snapshot::{Invariant, Snapshot};
use quorum_i18n::{Lang, refused};

/// The properties of the lab's page.
#[derive(Properties, PartialEq)]
pub(crate) struct LabProps {
    /// The session.
    pub(crate) session: Session,
    /// What is open, as the address has it.
    pub(crate) address: Address,
    /// The current theme.
    pub(crate) theme: Theme,
    /// Whether the run is to be kept.
    pub(crate) kept: bool,
    /// Called with the header's requests.
    pub(crate) onwish: Callback<Wish>,
    /// Called when the run is to be kept, or no longer.
    pub(crate) onkeep: Callback<bool>,
    /// Called with the address of a run to replay.
    pub(crate) onreplay: Callback<Address>,
}

/// The lab's page.
#[component]
pub(crate) fn Lab(props: &LabProps) -> Html {
    let lang = use_lang();
    let view = use_watch(&props.session);
    // A replay is narrated among the instruments.
    let boot = view.now.as_ref().map_or(0, |now| now.boot);
    let pane_state = use_pane_state(repeats_schedule(&props.address), boot);
    let now = view.now.clone().unwrap_or_default();
    let (alone, cluster) = (is_alone(&now, &props.address), runs_cluster(&now, &props.address));
    let broken_one = broken(&now);
    let action = use_action(props, &pane_state, &view);
    let help = use_state_eq(|| false);
    let compact = use_media("(max-width: 899px)");
    let state = view.state();
    let running = state == HostState::Running;
    let nothing = opens_nothing(&state);
    let travel = use_time_travel(&props.session);
    let ontime = use_time(&props.session, &pane_state, &travel);
    let why = use_why(&props.session, &travel);
    use_keys(props, &pane_state, &action, &ontime, &help);
    use_click_away(&pane_state);
    let wanted =
        *help || *pane_state.palette || *pane_state.sharing || travel.shown.is_some() || why.shown.is_some();
    let over = use_overlays(lang, wanted, &pane_state);
    let place = use_sheet(*help && over.is_some());
    let compared = use_sheet(travel.shown.is_some() && over.is_some());
    let why_place = use_sheet(why.shown.is_some() && over.is_some());
    let onwhy = use_causes(&pane_state, &why);
    let close = closing(&help);
    let onwish = wishes(lang, props, view.now.as_deref(), &pane_state, &help);
    let doing = Doing { action: &action, ontime: &ontime, onwish: &onwish };
    let top = HeaderProps {
        address: props.address.clone(),
        theme: props.theme,
        title: title(&props.address, lang),
        copied: *pane_state.copied,
        onwish: onwish.clone(),
        onopen: None,
    };
    let bad_days = BannersProps {
        state: state.clone(),
        // A replay and a cluster are always in memory; no banner is needed for that.
        storage: if props.address.run.is_some()
            || cluster
            || course::is_borrowed(props.address.lesson.as_deref())
        {
            Storage::Unknown
        } else {
            view.host.storage.clone()
        },
        broken: broken_one,
        home: if props.address.embed { String::new() } else { home_link(&props.address) },
        own_tab: props.address.link(),
        alone,
        onintent: action.clone(),
    };
    let onfile = use_file(&props.session, &pane_state);
    let time = TransportProps {
        session: props.session.clone(),
        host: view.host.clone(),
        story: view.story.clone(),
        t_us: now.t_us,
        lines: now.timeline.clone().map(Rc::new),
        goals: now.lesson.iter().any(|lesson| lesson.goals.iter().any(|goal| !goal.met)),
        alone,
        kinds: worlds::kinds(&now),
        ontime: ontime.clone(),
        onwhy: onwhy.reform(Asking::Event),
        extra: if alone && !nothing {
            plug_mini(lang, &state, asleep(&now), &action)
        } else {
            Html::default()
        },
        unfolded: pane_state.unfolded.clone(),
        window: pane_state.window.clone(),
        compact,
    };
    html! {
        <div
            class={classes!(
                "lab",
                alone.then_some("lab-wal"),
                cluster.then(|| worlds::class(topology(&now, &props.address)))
            )} data-controls={fewer(&props.address)} data-state={state_word(
                &state
            )} ondragover={drag_over(
                alone
            )}
            ondrop={drop_file(alone, &onfile)}>
            if cluster { { worlds::style(topology(&now, &props.address)) } }
            { header(lang, &top) }
            <div class="banners">
                { banners(lang, &bad_days) }
                { backup::restoring(lang, &pane_state.restoring, &action) }
            </div>
            <section class="tabs" aria-label={lang.t("tabs-region")}>
                { tab(&pane_state, "tab-lesson", false) }
                <label for="tab-lesson">
                    {
                        if cluster
                            && props.address.lesson.is_none() {
                                lang.t("tab-setup")
                            } else {
                                lang.t("tab-lesson")
                            }
                    }
                    <small class="num">{ goals_line(lang, &now) }</small>
                </label>
                { tab(&pane_state, "tab-inst", true) }
                <label for="tab-inst">{ if alone { lang.t("tab-recovery") } else { lang.t("tab-instruments") } }</label>
            </section>
            { reading(props, &view, &action, alone, lang) }
            if cluster {
                { worlds::vitals(&now) }
            } else if !alone {
                if let Some(views) = worlds::replica_set() { { (views.vitals)(&now) } }
            }
            { stage(props, &view, &pane_state, &action, alone, compact, lang) }
            if cluster {
                { worlds::tools(&now, pane_state.pick(), running, &action) }
            } else if !alone && !nothing {
                { tools(lang, &tools_at(pane_state.pick(), &now, running, &pane_state.more, action.clone())) }
            }
            <section class="inst pane" aria-label={lang.t("instruments-region")}><div class="pane-scroll" tabindex="0">
                if !nothing { { gauges(props, &view, &pane_state, &action, alone, lang) } }
                if alone && !nothing { { backup::backups(lang, state == HostState::Running, &action, &onfile) } }
            </div></section>
            { transport(lang, &time) }
            if let Some(notice) = &*pane_state.notice {
                <p class="notice" role="status">{ ic("warn") }{ notice }</p>
            }
            if let Some((shown, over)) = travel.shown.as_ref().zip(over) {
                { (over.comparison)(lang, shown, compared.clone(), &ontime.reform(|()| Time::Compare(None))) }
            }
            if let Some((explained, over)) = why.shown.as_ref().zip(over) {
                {
                    (over.why)(lang, explained, &WhyProps {
                        place: why_place,
                        alone,
                        kinds: worlds::kinds(&now),
                        onseek: {
                            let why = why.clone();
                            let ontime = ontime.clone();
                            Callback::from(move |t_us| { why.close(); ontime.emit(Time::Seek(t_us)); })
                        },
                        onchange: onwhy.reform(|(place, change)| Asking::Change(place, change)),
                        onclose: onwhy.reform(|()| Asking::Close),
                    })
                }
            }
            if let Some(over) = over.filter(|_| *pane_state.palette) {
                { (over.palette)(lang, props, &view, &pane_state, &doing, closing(&pane_state.palette)) }
            }
            if let Some(over) = over.filter(|_| *pane_state.sharing) {
                {
                    (over.share)(ShareProps {
                        session: props.session.clone(),
                        address: props.address.clone(),
                        story: view.story.clone(),
                        alone,
                        kinds: worlds::kinds(&now),
                        onopen: props.onreplay.clone(),
                        onclose: closing(&pane_state.sharing),
                    })
                }
            }
            if let Some(over) = over.filter(|_| *help) {
                { (over.keys)(lang, screen(lang, &now, alone, cluster), place, &close) }
            }
        </div>
    }
}

/// The controls of a frame whose host asks for fewer than all.
fn fewer(address: &Address) -> Option<&'static str> {
    let asked = address.controls.filter(|controls| address.embed && *controls != Controls::Full);
    asked.map(Controls::word)
}

/// The screen, for its keys.
fn screen(lang: Lang, now: &Snapshot, alone: bool, cluster: bool) -> Screen {
    match worlds::keys(lang, now) {
        Some(own) => Screen::Own(own),
        None if alone => Screen::Engine,
        None if cluster => Screen::Pods,
        None => Screen::Nodes(is_large(now.nodes.len())),
    }
}

/// Closes what is open.
fn closing(open: &UseStateHandle<bool>) -> Callback<()> {
    let open = open.clone();
    Callback::from(move |()| open.set(false))
}

/// The header's requests: help, palette, sharing and the link are handled here, the rest is passed on to the page. The
/// link leads to the present moment; where that cannot be saved it leads to the run's beginning, with its seed, and the
/// reason is said.
fn wishes(
    lang: Lang,
    props: &LabProps,
    now: Option<&Snapshot>,
    pane_state: &PaneState,
    help: &UseStateHandle<bool>,
) -> Callback<Wish> {
    let (help, copied, palette) = (help.clone(), pane_state.copied.clone(), pane_state.palette.clone());
    let seed = props.address.seed.or(now.map(|now| now.seed).filter(|&seed| seed <= MAX_SEED));
    let link = Address { seed, ..props.address.clone() }.link();
    let (onwish, pane_state, sharing) =
        (props.onwish.clone(), pane_state.clone(), pane_state.sharing.clone());
    let (session, address) = (props.session.clone(), props.address.clone());
    Callback::from(move |wish: Wish| match wish {
        Wish::Help => help.set(true),
        Wish::Palette => palette.set(true),
        Wish::Share => sharing.set(true),
        Wish::Copy => {
            let (plain, copied, pane_state) = (link.clone(), copied.clone(), pane_state.clone());
            let (session, address) = (session.clone(), address.clone());
            spawn_local(async move {
                let saved = session.saved_run().await;
                let link = saved.as_ref().map_or(plain, |saved| link_to(&address, &saved.run));
                let done = copy(&link).await;
                copied.set(Some(done));
                if let (true, Err(refusal)) = (done, &saved) {
                    let why = refused(lang, &refusal.code, &refusal.error);
                    pane_state.say(lang.f("copied-fresh", &[("why", why.into())]));
                } else if !says_copied() {
                    pane_state.say(lang.t(if done { "copied" } else { "copy-failed" }));
                }
            });
        }
        Wish::Language | Wish::Theme | Wish::SetTheme(_) => onwish.emit(wish),
    })
}

/// Whether the button that says whether the link was copied is shown, as it is on wide pages.
fn says_copied() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let button = document.and_then(|document| document.query_selector("[data-act=copy-link]").ok().flatten());
    button.is_some_and(|button| button.client_width() > 0)
}

/// The tab of one of the two panes, named by its label; the style sheet shows the pane whose tab is selected.
fn tab(pane_state: &PaneState, id: &'static str, instruments: bool) -> Html {
    let state = pane_state.instruments.clone();
    let onchange = Callback::from(move |_: Event| state.set(instruments));
    html! {
        <input class="vh" type="radio" name="tab" {id} checked={*pane_state.instruments == instruments}
            {onchange} />
    }
}

/// The plug for narrow pages, where the panel is hidden by a tab.
fn plug_mini(lang: Lang, state: &HostState, asleep: bool, action: &Callback<Intent>) -> Html {
    let gone = state.is_gone();
    let off = gone || (asleep && *state == HostState::Running);
    let intent = match (gone, off) {
        (true, _) => Intent::Reopen,
        (false, true) => Intent::RestartEngine,
        _ => Intent::PullPlug,
    };
    let onclick = action.reform(move |_: MouseEvent| intent);
    html! {
        <button class={classes!("btn", "power-mini", off.then_some("power-on"))} type="button" {onclick}
            aria-disabled={inert(!off && *state != HostState::Running)}>
            { ic(if off { "restart" } else { "plug" }) }{ if off { lang.t("reopen") } else { lang.t("power") } }
        </button>
    }
}

/// The first broken invariant, with its cause, and how many are broken.
fn broken(now: &Snapshot) -> Option<(Invariant, usize)> {
    let mut broken = now.invariants.iter().filter(|one| !one.holds);
    Some((broken.next()?.clone(), 1 + broken.count()))
}

/// Whether the run has one node.
fn is_alone(now: &Snapshot, address: &Address) -> bool {
    let topology = topology(now, address);
    !topology.starts_with("replica-set") && !worlds::is_cluster(topology)
}

/// Whether the run is a Milvus cluster.
fn runs_cluster(now: &Snapshot, address: &Address) -> bool {
    worlds::is_cluster(topology(now, address))
}

/// The run's topology: its own once the run is open, the address's until then.
fn topology<'a>(now: &'a Snapshot, address: &'a Address) -> &'a str {
    if now.topology.is_empty() {
        match address.lesson.as_deref().and_then(quorum_lesson::find) {
            Some(lesson) => lesson.topology.as_str(),
            None => address.topology.as_deref().unwrap_or_default(),
        }
    } else {
        &now.topology
    }
}

/// Whether a schedule is replayed that a search found.
fn repeats_schedule(address: &Address) -> bool {
    address.run.as_deref().is_some_and(|run| !is_saved(run))
}

/// The lesson's title, or free play.
pub(crate) fn title(address: &Address, lang: Lang) -> Option<String> {
    if repeats_schedule(address) {
        return Some(lang.t("replay-title"));
    }
    let lesson = address.lesson.as_deref().map(course::base).and_then(quorum_lesson::find);
    let title = lesson.and_then(|lesson| course::text_of(lesson, lang)).map(|text| text.title.clone());
    Some(title.unwrap_or_else(|| lang.t("free-play")))
}

fn goals_line(lang: Lang, now: &Snapshot) -> String {
    now.lesson
        .as_ref()
        .filter(|lesson| !lesson.goals.is_empty())
        .map(|lesson| {
            let met = lesson.goals.iter().filter(|goal| goal.met).count();
            lang.f("tab-goals", &[("met", met.into()), ("n", lesson.goals.len().into())])
        })
        .unwrap_or_default()
}

/// The name of a host's state in the document.
fn state_word(state: &HostState) -> &'static str {
    match state {
        HostState::Starting => "starting",
        HostState::Loading { .. } => "loading",
        HostState::Running => "running",
        HostState::Unplugged => "unplugged",
        HostState::Panicked { .. } => "panicked",
        HostState::NoWorker { .. } => "no-worker",
        HostState::Refused { .. } => "refused",
    }
}
