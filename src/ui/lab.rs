//! The lab's page: lesson, stage, instruments and time around one session.
//!
//! Promises: every deed comes through [`deed`], whether by button or key; the stage and the clock follow the
//! session by themselves. Leaves out: which run is open (`app`).

use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::actions::{Act, asleep, run};
use super::backup::{self, Restoring};
use super::banners::{BannersProps, banners};
use super::cluster::{LiveCluster, Pick, legend};
use super::controls::{KeepingProps, Tool, keeping, strike, tools, tools_at};
use super::deeds::{ReplayProps, ReplayTextProps, replay, replay_text};
use super::engine::EngineProps;
use super::format::nice;
use super::header::{HeaderProps, Wish, copy, header, home_link};
use super::icons::ic;
use super::instruments::{instruments, vitals};
use super::keys::{Key, read, sheet, use_sheet};
use super::lesson::{PaneProps, actions, lesson_pane, possible, text_of};
use super::memo::memo;
use super::panel::{PanelProps, panel};
use super::proof::{Found, Proving, prove, query, search};
use super::rules::{RulesProps, rules};
use super::transport::{Time, TransportProps, fastest, transport};
use super::wal::{StageProps, wal_stage};
use super::watch::{View, use_watch};
use super::wing;
use super::{use_lang, use_media};
use crate::lab::snapshot::{Invariant, Snapshot};
use crate::lab::{Command, Rule};
use crate::lesson;
use crate::web::address::{Address, Theme, replay_at};
use crate::web::hunt::{EVENTS, SEEDS, schedule};
use crate::web::measure::What;
use crate::web::session::Session;
use crate::web::wire::{HostState, Pace, Storage};
use crate::words::Lang;

/// How long a notice stays, in milliseconds.
const NOTICE_MS: u32 = 6_000;
/// Rows that a size of batches inserts when it is measured.
const BATCH_ROWS: u64 = 10_000;

/// What the lab's page needs.
#[derive(Properties, PartialEq)]
pub(crate) struct LabProps {
    /// The session.
    pub(crate) session: Session,
    /// What is open, as the address has it.
    pub(crate) address: Address,
    /// The theme in force.
    pub(crate) theme: Theme,
    /// Whether the run is to be kept.
    pub(crate) kept: bool,
    /// Called with what the header asks for.
    pub(crate) onwish: Callback<Wish>,
    /// Called when the run is to be kept, or no longer.
    pub(crate) onkeep: Callback<bool>,
    /// Called with the address of a run to replay.
    pub(crate) onreplay: Callback<Address>,
    /// Whether all of the catalogue is there.
    pub(crate) whole: bool,
    /// Called when all of it is needed.
    pub(crate) onwhole: Callback<()>,
}

/// The lab's page.
#[component]
pub(crate) fn Lab(props: &LabProps) -> Html {
    let lang = use_lang();
    let view = use_watch(&props.session);
    // What a replay does is told among the instruments.
    let desk = use_desk(props.address.run.is_some());
    use_first_step(&desk, &view);
    let now = view.now.clone().unwrap_or_default();
    let (alone, cluster) = (is_alone(&now, &props.address), runs_cluster(&now, &props.address));
    let broken_one = broken(&now);
    // What broke an invariant is said by the later part of the catalogue, as are rules, measurements and clusters.
    let needed = desk.rules.0 || !view.measured.is_empty() || cluster || broken_one.is_some();
    let onwhole = props.onwhole.clone();
    use_effect_with(needed, move |needed| {
        if *needed {
            onwhole.emit(());
        }
    });
    let deed = use_deed(props, &desk, &view);
    let help = use_state_eq(|| false);
    let compact = use_media("(max-width: 899px)");
    let state = view.state();
    let running = state == HostState::Running;
    let ontime = use_time(&props.session, &desk);
    use_keys(props, &desk, &deed, &ontime, &help);
    let place = use_sheet(*help);
    let close = {
        let help = help.clone();
        Callback::from(move |()| help.set(false))
    };
    let top = HeaderProps {
        address: props.address.clone(),
        theme: props.theme,
        title: title(&props.address, lang),
        copied: *desk.copied,
        onwish: wishes(props, &desk, &help),
    };
    let bad_days = BannersProps {
        state: state.clone(),
        // A replay and a cluster lie in memory by their nature; that is no bad day.
        storage: if props.address.run.is_some() || cluster {
            Storage::Unknown
        } else {
            view.host.storage.clone()
        },
        broken: broken_one,
        own_tab: props.address.link(),
        alone,
        onact: deed.clone(),
    };
    let onfile = use_file(&props.session, &desk);
    let time = TransportProps {
        session: props.session.clone(),
        host: view.host.clone(),
        story: view.story.clone(),
        t_us: now.t_us,
        alone,
        // Their kinds are said in words that are fetched later.
        kinds: if props.whole { wing::kinds(&now) } else { Default::default() },
        ontime,
        extra: if alone { plug_mini(lang, &state, asleep(&now), &deed) } else { Html::default() },
        unfolded: desk.unfolded.clone(),
    };
    html! {
        <div class={classes!("lab", alone.then_some("lab-wal"), cluster.then(|| wing::class(topology(&now, &props.address))))} data-state={state_word(&state)} ondragover={drag_over(alone)}
            ondrop={drop_file(alone, &onfile)}>
            if cluster { { wing::style(topology(&now, &props.address)) } }
            { tab(&desk, "tab-lesson", false, lang.t("tab-lesson")) }
            { tab(&desk, "tab-inst", true, lang.t("tab-instruments")) }
            { header(lang, &top) }
            <div class="banners">
                { banners(lang, &bad_days) }
                { backup::restoring(lang, &desk.restoring, &deed) }
            </div>
            <div class="tabs">
                <label for="tab-lesson">{ if cluster && props.address.lesson.is_none() { lang.t("tab-setup") } else { lang.t("tab-lesson") } }<small class="num">{ goals_line(&now) }</small></label>
                <label for="tab-inst">{ if alone { lang.t("tab-recovery") } else { lang.t("tab-instruments") } }</label>
            </div>
            { reading(props, &view, &desk, &deed, alone, lang) }
            if cluster {
                if props.whole { { wing::vitals(&now) } }
            } else if !alone {
                { memo(vitals, now.clone()) }
            }
            { stage(props, &view, &desk, &deed, alone, compact, lang) }
            if cluster {
                if props.whole { { wing::tools(&now, desk.pick(), running, &deed) } }
            } else if !alone {
                { tools(lang, &tools_at(desk.pick(), &now, running, &desk.more, deed.clone())) }
            }
            <section class="inst pane" aria-label={lang.t("instruments-region")}><div class="pane-scroll" tabindex="0">
                { gauges(props, &view, &desk, &deed, alone, lang) }
                if alone { { backup::backups(lang, state == HostState::Running, &deed, &onfile) } }
            </div></section>
            { transport(lang, &time) }
            if let Some(notice) = &*desk.notice {
                <p class="notice" role="status">{ ic("warn") }{ notice }</p>
            }
            if *help { { sheet(lang, alone, wing::keys(lang, &now).filter(|_| props.whole), place, &close) } }
        </div>
    }
}

/// What lies on the desk beside the run: selection, step, hints, answers, a notice, what is folded out.
#[derive(Clone)]
struct Desk {
    pick: UseStateHandle<Option<Pick>>,
    /// Whether the instruments are shown where there is room for one pane only.
    instruments: UseStateHandle<bool>,
    step: UseStateHandle<Option<usize>>,
    hints: UseStateHandle<usize>,
    found: UseStateHandle<Option<Rc<Found>>>,
    proving: UseStateHandle<Proving>,
    /// How far restoring a backup is.
    restoring: UseStateHandle<Restoring>,
    notice: UseStateHandle<Option<String>>,
    /// Whether the link was copied; none before that was asked for.
    copied: UseStateHandle<Option<bool>>,
    /// Whether erasing waits for its second word.
    asking: UseStateHandle<bool>,
    /// Whether all that is told is shown.
    unfolded: UseStateHandle<bool>,
    /// Whether the rules are folded out, and which of them is looked at.
    rules: UseStateHandle<(bool, Option<Rule>)>,
    /// Whether the further tools are out.
    more: UseStateHandle<bool>,
    /// The last moment before a plug that no longer matters: its data was erased on purpose.
    forgotten: UseStateHandle<Option<Rc<Snapshot>>>,
    notice_timer: Rc<std::cell::RefCell<Option<Timeout>>>,
}

impl Desk {
    fn pick(&self) -> Option<Pick> {
        *self.pick
    }

    /// The last moment before the plug was pulled, unless it has been put aside.
    fn before(&self, view: &View) -> Option<Rc<Snapshot>> {
        let aside =
            |before: &Rc<Snapshot>| self.forgotten.as_ref().is_some_and(|old| Rc::ptr_eq(old, before));
        view.before.clone().filter(|before| !aside(before))
    }

    /// Clears what belonged to the data that goes.
    fn clear(&self, view: &View) {
        self.found.set(None);
        self.proving.set(Proving::No);
        self.forgotten.set(view.before.clone());
    }

    fn say(&self, text: String) {
        self.notice.set(Some(text));
        let notice = self.notice.clone();
        *self.notice_timer.borrow_mut() = Some(Timeout::new(NOTICE_MS, move || notice.set(None)));
    }
}

#[hook]
fn use_desk(replays: bool) -> Desk {
    Desk {
        pick: use_state_eq(|| None),
        instruments: use_state_eq(|| replays),
        step: use_state_eq(|| None),
        hints: use_state_eq(|| 0),
        found: use_state_eq(|| None),
        proving: use_state_eq(Proving::default),
        restoring: use_state(Restoring::default),
        notice: use_state_eq(|| None),
        copied: use_state_eq(|| None),
        asking: use_state_eq(|| false),
        unfolded: use_state_eq(|| false),
        rules: use_state_eq(|| (false, None)),
        more: use_state_eq(|| false),
        forgotten: use_state_eq(|| None),
        notice_timer: use_mut_ref(|| None),
    }
}

/// Opens the step that the lesson stands at, once; from then on the learner turns the pages.
#[hook]
fn use_first_step(desk: &Desk, view: &View) {
    let open = view.now.as_ref().and_then(|now| now.lesson.as_ref()).map(|lesson| lesson.step as usize);
    let step = desk.step.clone();
    use_effect_with(open.is_some(), move |_| {
        if let (Some(open), None) = (open, *step) {
            step.set(Some(open));
        }
    });
}

/// One door for every deed.
#[hook]
fn use_deed(props: &LabProps, desk: &Desk, view: &View) -> Callback<Act> {
    let lang = use_lang();
    let view = view.clone();
    let before = desk.before(&view).filter(|_| view.before_durable).map(|before| before.rows.acknowledged);
    let (session, desk, onkeep) = (props.session.clone(), desk.clone(), props.onkeep.clone());
    let (address, onreplay) = (props.address.clone(), props.onreplay.clone());
    Callback::from(move |act: Act| match act {
        Act::PullPlug => session.pull_plug(),
        Act::Reopen => session.reopen(),
        Act::TakeOver => session.take_over(),
        Act::Erase => {
            desk.clear(&view);
            session.erase();
        }
        Act::Keep(kept) => {
            desk.clear(&view);
            onkeep.emit(kept);
        }
        Act::QueryFirstTen => {
            let (session, desk) = (session.clone(), desk.clone());
            spawn_local(async move {
                let filter = "id < 10";
                match query(&session, filter, &["id", "text"], Some(100)).await {
                    Ok(rows) => {
                        let filter = filter.to_owned();
                        desk.found.set(Some(Rc::new(Found { filter, near: None, rows })));
                    }
                    Err(error) => desk.say(lang.f("notice-refused", &[("error", error.into())])),
                }
            });
        }
        Act::Search => {
            let (session, desk) = (session.clone(), desk.clone());
            spawn_local(async move {
                match search(&session).await {
                    Ok(found) => desk.found.set(Some(Rc::new(found))),
                    Err(error) => desk.say(lang.f("notice-refused", &[("error", error.into())])),
                }
            });
        }
        Act::MeasureBatches => session.measure(What::Batches, What::Batches.sizes(), BATCH_ROWS),
        Act::MeasureRecovery => session.measure(What::Recovery, What::Recovery.sizes(), 0),
        Act::StopMeasuring => session.stop_measuring(),
        Act::Backup => {
            let (session, desk) = (session.clone(), desk.clone());
            spawn_local(async move {
                if let Err(crate::lab::Answer::Refused { error, .. }) = backup::download(&session).await {
                    desk.say(lang.f("notice-refused", &[("error", error.into())]));
                }
            });
        }
        Act::AskErase => {
            desk.instruments.set(true);
            desk.asking.set(true);
            // The question may be out of sight: it gets the focus once it is drawn.
            Timeout::new(50, || focus("[data-act=erase-yes]")).forget();
        }
        Act::FoldRules => desk.rules.set((!desk.rules.0, desk.rules.1)),
        Act::PickRule(rule) => desk.rules.set((true, Some(rule).filter(|_| desk.rules.1 != Some(rule)))),
        Act::Hunt(rule) => drop(session.hunt(rule, SEEDS, EVENTS)),
        Act::StopHunt => session.stop_hunt(),
        Act::Replay => {
            if let Some(found) = session.hunted().and_then(|hunt| hunt.found.clone()) {
                onreplay.emit(replay_at(&address, found.nodes, found.seed, &found.run));
            }
        }
        Act::ShowInvariants => {
            desk.instruments.set(true);
            Timeout::new(50, || focus("[data-meter=invariants]")).forget();
        }
        Act::PickBackup => backup::pick(),
        Act::DropBackup => desk.restoring.set(Restoring::No),
        Act::Restore => {
            if let Restoring::Ask { bytes, .. } = &*desk.restoring {
                desk.clear(&view);
                session.restore(bytes.clone());
            }
            desk.restoring.set(Restoring::No);
        }
        Act::Prove => {
            desk.proving.set(Proving::Running);
            desk.found.set(None);
            let (session, desk) = (session.clone(), desk.clone());
            let now = session.moment().map_or(0, |now| now.rows.acknowledged);
            let expected = before.unwrap_or(0).max(now);
            spawn_local(async move {
                desk.proving.set(match prove(&session, expected).await {
                    Ok(proof) => Proving::Done(Rc::new(proof)),
                    Err(error) => Proving::Failed(error),
                });
            });
        }
        _ => {
            // A rule that was switched off is the one to look at.
            if let Act::Rule(rule, false) = act {
                desk.rules.set((true, Some(rule)));
            }
            let (session, desk) = (session.clone(), desk.clone());
            spawn_local(async move {
                if let Err(error) = run(&session, act, lang).await {
                    desk.say(error);
                }
            });
        }
    })
}

/// Gives the focus to what a selector finds.
fn focus(selector: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    let found = document.and_then(|document| document.query_selector(selector).ok().flatten());
    if let Some(found) = found.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Refused only for what cannot have it.
        drop(found.focus());
    }
}

/// What becomes of a file that was chosen or dropped: it is opened in memory, then the learner is asked.
#[hook]
fn use_file(session: &Session, desk: &Desk) -> Callback<web_sys::Blob> {
    let (session, desk) = (session.clone(), desk.clone());
    let lang = use_lang();
    Callback::from(move |file: web_sys::Blob| {
        desk.restoring.set(Restoring::Checking);
        let (session, desk) = (session.clone(), desk.clone());
        spawn_local(async move { desk.restoring.set(backup::check(&session, &file, lang).await) });
    })
}

/// A lone engine takes files that are dropped on it.
fn drag_over(alone: bool) -> Callback<DragEvent> {
    Callback::from(move |event: DragEvent| {
        if alone {
            event.prevent_default();
        }
    })
}

fn drop_file(alone: bool, onfile: &Callback<web_sys::Blob>) -> Callback<DragEvent> {
    let onfile = onfile.clone();
    Callback::from(move |event: DragEvent| {
        if alone && let Some(file) = backup::dropped(&event) {
            event.prevent_default();
            onfile.emit(file);
        }
    })
}

/// What can be asked of time.
#[hook]
fn use_time(session: &Session, desk: &Desk) -> Callback<Time> {
    let (session, desk) = (session.clone(), desk.clone());
    let lang = use_lang();
    Callback::from(move |time: Time| match time {
        Time::Toggle => session.pace(if session.host().playing { Pace::Hold } else { Pace::Play }),
        Time::Speed(x) => session.pace(Pace::Speed { x }),
        Time::Step => {
            session.pace(Pace::Hold);
            let (session, desk) = (session.clone(), desk.clone());
            spawn_local(async move {
                if let crate::lab::Answer::Refused { error, .. } = session.execute(Command::Step).await {
                    desk.say(lang.f("notice-refused", &[("error", error.into())]));
                }
            });
        }
    })
}

/// Keys, for as long as the page is there.
#[hook]
fn use_keys(
    props: &LabProps,
    desk: &Desk,
    deed: &Callback<Act>,
    ontime: &Callback<Time>,
    help: &UseStateHandle<bool>,
) {
    let (session, desk, deed) = (props.session.clone(), desk.clone(), deed.clone());
    let (ontime, help) = (ontime.clone(), help.clone());
    // The listener is renewed with each rendering: it then sees the selection as it is.
    use_effect(move || {
        let document = web_sys::window().and_then(|window| window.document());
        let listener = document.map(|document| {
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&document, "keydown", options, move |event| {
                let Some(event) = event.dyn_ref::<web_sys::KeyboardEvent>() else { return };
                if let Some(key) = read(event) {
                    press(key, event, &session, &desk, &deed, &ontime, &help);
                }
            })
        });
        move || drop(listener)
    });
}

fn press(
    key: Key,
    event: &web_sys::KeyboardEvent,
    session: &Session,
    desk: &Desk,
    deed: &Callback<Act>,
    ontime: &Callback<Time>,
    help: &UseStateHandle<bool>,
) {
    if **help && key != Key::Escape {
        return;
    }
    let now = session.moment().unwrap_or_default();
    let hit = |tool: Tool| {
        let strike = if wing::is_there(&now) { wing::strike } else { strike };
        let act = strike(tool, desk.pick(), &now);
        if let Some(act) = act {
            deed.emit(act);
        }
    };
    let speed = session.host().speed;
    let lone = now.nodes.len() == 1;
    let engine = |act: Act| {
        if act.possible(session.host().state == HostState::Running, false, Some(&now)) {
            deed.emit(act);
        }
    };
    let days = wing::in_days(&wing::kinds(&now));
    let other = |letter: char| {
        if session.host().state == HostState::Running
            && let Some(act) = wing::letter(letter, desk.pick(), &now, session)
        {
            deed.emit(act);
        }
    };
    event.prevent_default();
    match key {
        Key::Deed(act) if lone => engine(act),
        Key::Deed(Act::Search) => other('s'),
        Key::Deed(_) => {}
        Key::Letter(letter) => other(letter),
        Key::Restart if lone => engine(Act::RestartEngine),
        Key::Freeze if lone => engine(Act::Flush),
        Key::Toggle => ontime.emit(Time::Toggle),
        Key::Step => ontime.emit(Time::Step),
        Key::Slower => ontime.emit(Time::Speed(nice(speed / 1.5))),
        Key::Faster => ontime.emit(Time::Speed(nice(speed * 1.5).min(fastest(days)))),
        Key::Node(id) if now.nodes.len() > 1 && now.nodes.iter().any(|node| node.id == id) => {
            desk.pick.set(Some(Pick::Node(id)));
        }
        Key::Node(id) => {
            if let Some(pick) = wing::digit(&now, id) {
                desk.pick.set(Some(pick));
            }
        }
        Key::Kill => hit(Tool::Kill),
        Key::Restart => hit(Tool::Restart),
        Key::Freeze => hit(Tool::Freeze),
        Key::Cut => hit(Tool::Cut),
        Key::Plug if session.host().state == HostState::Running => deed.emit(Act::PullPlug),
        Key::Plug => {}
        Key::Help => help.set(true),
        Key::Escape => {
            help.set(false);
            desk.more.set(false);
            desk.pick.set(None);
        }
    }
}

/// What the header asks for: help and the link are seen to here, the rest goes on to the page.
fn wishes(props: &LabProps, desk: &Desk, help: &UseStateHandle<bool>) -> Callback<Wish> {
    let (help, copied) = (help.clone(), desk.copied.clone());
    let (link, onwish) = (props.address.link(), props.onwish.clone());
    Callback::from(move |wish: Wish| match wish {
        Wish::Help => help.set(true),
        Wish::Copy => {
            let (link, copied) = (link.clone(), copied.clone());
            spawn_local(async move { copied.set(Some(copy(&link).await)) });
        }
        Wish::Language | Wish::Theme => onwish.emit(wish),
    })
}

/// One of the two panes' switches; the style sheet shows the pane whose switch is on.
fn tab(desk: &Desk, id: &'static str, instruments: bool, label: String) -> Html {
    let state = desk.instruments.clone();
    let onchange = Callback::from(move |_: Event| state.set(instruments));
    html! { <input class="vh" type="radio" name="tab" {id} checked={*desk.instruments == instruments} aria-label={label} {onchange} /> }
}

/// What a cluster is made of, where there is no lesson to read.
fn setup(props: &LabProps, view: &View, deed: &Callback<Act>) -> Option<Html> {
    let now = view
        .now
        .clone()
        .filter(|now| wing::is_there(now) && props.whole && props.address.lesson.is_none())?;
    let (address, onopen) = (props.address.clone(), props.onreplay.clone());
    let onopen =
        onopen.reform(move |topology: String| Address { topology: Some(topology), ..address.clone() });
    let topology = props.address.topology.clone().unwrap_or_default();
    let running = view.state() == HostState::Running;
    Some(wing::setup(now, topology, running, deed.clone(), onopen))
}

/// The lesson pane with what it needs of the run.
fn reading(
    props: &LabProps,
    view: &View,
    desk: &Desk,
    deed: &Callback<Act>,
    alone: bool,
    lang: Lang,
) -> Html {
    if let Some(pane) = setup(props, view, deed) {
        return pane;
    }
    if let Some(run) = &props.address.run
        && let Ok(schedule) = schedule(run)
    {
        let found = view.hunt.as_ref().and_then(|hunt| hunt.found.as_ref()).filter(|found| found.run == *run);
        let found = found.map(|found| found.invariant.clone());
        let shown = ReplayTextProps { schedule: Rc::new(schedule), found };
        return replay_text(lang, &shown);
    }
    let slug = props.address.lesson.clone();
    let facts = view.now.as_ref().and_then(|now| now.lesson.clone());
    let open = facts.as_ref().map_or(0, |lesson| lesson.step as usize);
    let step = desk.step.unwrap_or(open);
    let stopped = matches!(view.host.state, HostState::Unplugged | HostState::Panicked { .. });
    let names = actions(slug.as_deref(), step, alone);
    let can = possible(&names, view.state() == HostState::Running, stopped, view.now.as_deref());
    let onact = {
        let deed = deed.clone();
        Callback::from(move |name: &'static str| {
            if let Some(act) = Act::by_name(name) {
                deed.emit(act);
            }
        })
    };
    let onstep = {
        let desk = desk.clone();
        Callback::from(move |step: usize| {
            desk.step.set(Some(step));
            desk.hints.set(0);
        })
    };
    let onhint = {
        let desk = desk.clone();
        Callback::from(move |()| desk.hints.set(*desk.hints + 1))
    };
    let nodes = view.now.as_ref().map_or(0, |now| now.nodes.len());
    let home = (!props.address.embed).then(|| home_link(&props.address));
    let goals = facts.map(|lesson| lesson.goals).unwrap_or_default();
    let hints = *desk.hints;
    let pane =
        PaneProps { slug, step, goals, possible: can, hints, home, alone, nodes, onact, onstep, onhint };
    lesson_pane(lang, &pane)
}

/// The pane beside the stage: the engine's panel, or the replica set's instruments.
fn gauges(props: &LabProps, view: &View, desk: &Desk, deed: &Callback<Act>, alone: bool, lang: Lang) -> Html {
    let now = view.now.clone().unwrap_or_default();
    let host = view.host.clone();
    let (kept, asking, onact) = (props.kept, desk.asking.clone(), deed.clone());
    if runs_cluster(&now, &props.address) {
        let shown = props.whole && wing::is_there(&now);
        let running = view.state() == HostState::Running;
        return if shown {
            wing::gauges((&props.session, &props.address), &now, running, &onact)
        } else {
            Html::default()
        };
    }
    if !alone {
        let state = view.state();
        let shown = RulesProps {
            off: now.group.as_ref().map(|group| group.rules_off.clone()).unwrap_or_default(),
            // It folds out as soon as its words are there.
            open: desk.rules.0 && props.whole,
            picked: desk.rules.1,
            hunt: view.hunt.clone(),
            running: state == HostState::Running,
            address: props.address.clone(),
            onact: onact.clone(),
        };
        let kept = KeepingProps { kept, storage: host.storage.clone(), asking, onact };
        let script = now.group.as_ref().and_then(|group| group.script);
        // What the address cannot say cannot run either: then the banner tells why.
        let replayed = props.address.run.as_deref().and_then(|run| schedule(run).ok());
        return html! {
            <>
                if let Some(schedule) = replayed {
                    { memo(replay, ReplayProps { schedule: Rc::new(schedule), done: script.map_or(0, |script| script.0) }) }
                }
                { instruments(&now) }
                { memo(rules, shown) }
                if props.address.run.is_none() { { keeping(lang, &kept) } }
            </>
        };
    }
    let shown = PanelProps {
        host,
        state: view.state(),
        now,
        before: desk.before(view),
        before_durable: view.before_durable,
        proving: (*desk.proving).clone(),
        kept,
        asking,
        onact,
    };
    panel(lang, &shown)
}

/// The stage, or what there is to say while there is none.
fn stage(
    props: &LabProps,
    view: &View,
    desk: &Desk,
    deed: &Callback<Act>,
    alone: bool,
    compact: bool,
    lang: Lang,
) -> Html {
    let slug = props.address.lesson.clone().or_else(|| props.address.topology.clone());
    let waiting =
        match &view.host.state {
            HostState::Starting => Some(lang.t("booting")),
            HostState::Loading { bytes, total_bytes } => {
                let text = |n: u64| super::format::bytes(lang, n);
                Some(lang.f(
                    "loading-store",
                    &[("done", text(*bytes).into()), ("total", text(*total_bytes).into())],
                ))
            }
            _ => None,
        };
    let shown = view.now.as_ref().or(view.before.as_ref());
    let proof = if let Proving::Done(proof) = &*desk.proving { Some(proof.clone()) } else { None };
    let onpick = {
        let pick = desk.pick.clone();
        Callback::from(move |to: Option<Pick>| pick.set(to))
    };
    let body = match (shown, alone) {
        (None, _) => {
            html! { <p class="booting" role="status">{ waiting.clone().unwrap_or_else(|| lang.t("booting")) }</p> }
        }
        (Some(now), true) => wal_stage(
            lang,
            &StageProps {
                session: props.session.clone(),
                now: now.clone(),
                running: view.host.state == HostState::Running,
                found: (*desk.found).clone(),
                proof,
                engine: EngineProps {
                    now: now.clone(),
                    running: view.state() == HostState::Running,
                    measuring: view.measured.iter().any(|measured| measured.running),
                    onact: deed.clone(),
                },
                measured: if props.whole { view.measured.clone() } else { Vec::new() },
                engine_first: props.address.lesson.as_deref().is_none_or(is_about_the_engine),
            },
        ),
        (Some(now), false) if runs_cluster(now, &props.address) => html! {
            if props.whole { { wing::stage(&props.session, now, desk.pick(), onpick, deed) } }
        },
        (Some(_), false) => html! {
            <>
                <LiveCluster session={props.session.clone()} {compact} pick={desk.pick()} {onpick} />
                { memo(legend, ()) }
            </>
        },
    };
    let off = matches!(view.host.state, HostState::Unplugged | HostState::Panicked { .. });
    html! {
        <main class={classes!("stage", alone.then_some("stage-doc"), off.then_some("stage-off"))} data-lesson={slug}
            tabindex={alone.then_some("0")} aria-label={lang.t("stage-region")} aria-busy={waiting.is_some().to_string()}>
            { body }
        </main>
    }
}

/// Whether a lesson asks for what the engine's block offers; one that does not has its bytes first.
fn is_about_the_engine(slug: &str) -> bool {
    lesson::find(slug).is_some_and(|lesson| {
        let mut actions = lesson.steps.iter().flat_map(|step| &step.actions);
        actions.any(|name| {
            !matches!(
                Act::by_name(name),
                None | Some(Act::Insert(_) | Act::QueryFirstTen | Act::PullPlug | Act::Reopen | Act::Prove)
            )
        })
    })
}

/// The plug for narrow pages, where the panel is behind a tab.
fn plug_mini(lang: Lang, state: &HostState, asleep: bool, deed: &Callback<Act>) -> Html {
    let gone = matches!(state, HostState::Unplugged | HostState::Panicked { .. });
    let off = gone || (asleep && *state == HostState::Running);
    let act = match (gone, off) {
        (true, _) => Act::Reopen,
        (false, true) => Act::RestartEngine,
        _ => Act::PullPlug,
    };
    let onclick = deed.reform(move |_: MouseEvent| act);
    html! {
        <button class={classes!("btn", "power-mini", off.then_some("power-on"))} type="button" {onclick}
            disabled={!off && *state != HostState::Running}>
            { ic(if off { "restart" } else { "plug" }) }{ if off { lang.t("reopen") } else { lang.t("power") } }
        </button>
    }
}

/// The first invariant that is broken, with what broke it, and how many are.
fn broken(now: &Snapshot) -> Option<(Invariant, usize)> {
    let mut broken = now.invariants.iter().filter(|one| !one.holds);
    Some((broken.next()?.clone(), 1 + broken.count()))
}

/// Whether the run has one node.
fn is_alone(now: &Snapshot, address: &Address) -> bool {
    let topology = topology(now, address);
    !topology.starts_with("replica-set") && !wing::is_cluster(topology)
}

/// Whether the run is a Milvus cluster.
fn runs_cluster(now: &Snapshot, address: &Address) -> bool {
    wing::is_cluster(topology(now, address))
}

/// What the run is made of: by its own word once there is one, by the address until then.
fn topology<'a>(now: &'a Snapshot, address: &'a Address) -> &'a str {
    if now.topology.is_empty() {
        match address.lesson.as_deref().and_then(lesson::find) {
            Some(lesson) => lesson.topology.as_str(),
            None => address.topology.as_deref().unwrap_or_default(),
        }
    } else {
        &now.topology
    }
}

/// The lesson's title, or free play.
fn title(address: &Address, lang: Lang) -> Option<String> {
    if address.run.is_some() {
        return Some(lang.t("replay-title"));
    }
    let lesson = address.lesson.as_deref().and_then(lesson::find);
    let title = lesson.and_then(|lesson| text_of(lesson, lang)).map(|text| text.title.clone());
    Some(title.unwrap_or_else(|| lang.t("free-play")))
}

fn goals_line(now: &Snapshot) -> String {
    now.lesson
        .as_ref()
        .filter(|lesson| !lesson.goals.is_empty())
        .map(|lesson| {
            format!("{}/{}", lesson.goals.iter().filter(|goal| goal.met).count(), lesson.goals.len())
        })
        .unwrap_or_default()
}

/// The word of a host's state in the document.
fn state_word(state: &HostState) -> &'static str {
    match state {
        HostState::Starting => "starting",
        HostState::Loading { .. } => "loading",
        HostState::Running => "running",
        HostState::Unplugged => "unplugged",
        HostState::Panicked { .. } => "panicked",
        HostState::Refused { .. } => "refused",
    }
}
