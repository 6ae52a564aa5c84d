//! Time: play and pause, the clock, the timeline with its marks, speed, and the narration below.
//!
//! Guarantees: the clock follows every snapshot, the rest follows the throttled copy; the actual speed is shown where
//! it differs from the requested one. Leaves out: going to another moment (`time_travel`), and what is announced to
//! screen readers (`telling`).

// The browser has these functions already; Rust's would enlarge the download.
use js_sys::Math;
use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::banners::opens_nothing;
use super::format::{nice, speed as speed_text};
use super::icons::ic;
use super::inert::inert;
use super::log::{Log, say, time_text};
use super::memo::memo;
use super::menu::{Item, Menu};
use super::story::Story;
use super::telling::Teller;
use super::time_travel;
use super::timeline::{TimelineProps, moment_text, timeline};
use super::timeline_window::Window;
use super::use_lang;
use super::worlds::{self, Kinds};
use crate::web::session::{Session, Update};
use crate::web::wire::{HostFacts, HostState};
use quorum_facade::snapshot::TimelineFacts;
use quorum_facade::{Awaited, Event};
use quorum_i18n::Lang;
use quorum_types::Micros;

/// How many sentences are shown in a line.
const LAST: usize = 6;

/// A change of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Time {
    /// Start it, or stop it.
    Toggle,
    /// One step forward.
    Step,
    /// A speed.
    Speed(f64),
    /// To a moment of the line.
    Seek(Micros),
    /// To the moment before the last event.
    Back,
    /// To the moment before the last command, without it.
    Undo,
    /// Until something happens.
    Until(Awaited),
    /// End a run until something happens.
    Stop,
    /// To another line, at the present moment.
    Line(u32),
    /// Show what differs between this line and another; none closes it.
    Compare(Option<u32>),
}

/// The inputs of the transport.
pub(crate) struct TransportProps {
    /// The session, for the clock.
    pub(crate) session: Session,
    /// The state of the host.
    pub(crate) host: Rc<HostFacts>,
    /// The history of the run.
    pub(crate) story: Rc<Story>,
    /// The throttled copy's time.
    pub(crate) t_us: Micros,
    /// The lines of time; none if the run cannot go back.
    pub(crate) lines: Option<Rc<TimelineFacts>>,
    /// Whether the run is a lesson with goals that are not met yet.
    pub(crate) goals: bool,
    /// Whether the run has one node.
    pub(crate) alone: bool,
    /// For a cluster: the kinds of its pods, by number from 1.
    pub(crate) kinds: Kinds,
    /// Called with changes of time.
    pub(crate) ontime: Callback<Time>,
    /// Called with an event whose causes are asked for.
    pub(crate) onwhy: Callback<Event>,
    /// A button at the end of the row on narrow pages.
    pub(crate) extra: Html,
    /// Whether the whole narration is shown.
    pub(crate) unfolded: UseStateHandle<bool>,
    /// The part of the run that the timeline shows.
    pub(crate) window: UseStateHandle<Option<Window>>,
    /// Whether the page is narrow.
    pub(crate) compact: bool,
}

/// The transport.
pub(crate) fn transport(lang: Lang, props: &TransportProps) -> Html {
    let TransportProps {
        session,
        host,
        story,
        t_us,
        lines,
        goals,
        alone,
        kinds,
        ontime,
        extra,
        unfolded,
        window,
        ..
    } = props;
    let running = host.state == HostState::Running;
    let toggle = ontime.reform(|_: MouseEvent| Time::Toggle);
    let step = ontime.reform(|_: MouseEvent| Time::Step);
    let seeks = running && lines.is_some();
    let undo = lines.as_ref().and_then(|lines| lines.undo.clone());
    let shown = TimelineProps {
        story: story.clone(),
        t_us: *t_us,
        end_us: lines.as_ref().map_or(*t_us, |lines| lines.end_us),
        days: worlds::in_days(kinds),
        seeks,
        onseek: ontime.reform(Time::Seek),
        window: window.clone(),
        compact: props.compact,
    };
    let narration_props = NarrationProps {
        session: session.clone(),
        story: story.clone(),
        t_us: if lines.as_ref().is_some_and(|lines| lines.repeats) { *t_us } else { Micros::MAX },
        onseek: seeks.then(|| ontime.reform(Time::Seek)),
        onwhy: props.onwhy.clone(),
        alone: *alone,
        kinds: kinds.clone(),
        unfolded: unfolded.clone(),
        empty: if opens_nothing(&host.state) { "not-opened" } else { "narration-empty" },
    };
    html! {
        <section class="time" aria-label={lang.t("timeline-region")}>
            <div class="tp">
                { tp_button("back", "←", lang.t("transport-back"), seeks && *t_us > 0, ontime.reform(|_| Time::Back)) }
                { play_button(lang, host, running, toggle) }
                { tp_button("step", "→", lang.t("transport-step"), running, step) }
                { tp_button("undo", "Ctrl+Z", lang.t("transport-undo"), seeks && undo.is_some(), ontime.reform(|_| Time::Undo)) }
                { until_menu(lang, running, *goals, ontime) }
                { worlds::leaps(lang, session, running, kinds) }
                <Clock session={session.clone()} days={worlds::in_days(kinds)} />
            </div>
            { memo(timeline, shown) }
            if !opens_nothing(&host.state) { { slider(lang, host, worlds::in_days(kinds), ontime) } }
            if let Some(facts) = lines {
                {
                    time_travel::lines(
                        lang,
                        facts,
                        worlds::in_days(kinds),
                        &ontime.reform(Time::Line),
                        &ontime.reform(|line| Time::Compare(Some(line)))
                    )
                }
            }
            { extra.clone() }
            { memo(narration, narration_props) }
        </section>
    }
}

/// What a run can be run until: names in the document, and what each waits for.
pub(crate) const UNTIL: [(&str, Awaited, &str); 5] = [
    ("event", Awaited::Event, "until-event"),
    ("leader", Awaited::Leader, "until-leader"),
    ("service", Awaited::Service, "until-service"),
    ("invariant", Awaited::Invariant, "until-invariant"),
    ("goal", Awaited::Goal, "until-goal"),
];

/// The menu of what the run can be run until. A goal is offered where there is one.
fn until_menu(lang: Lang, running: bool, goals: bool, ontime: &Callback<Time>) -> Html {
    let offered = UNTIL.into_iter().filter(|(_, what, _)| goals || *what != Awaited::Goal);
    let items = offered.map(|(word, what, text)| Item {
        word,
        text: lang.f(text, &[]),
        key: (what == Awaited::Event).then_some("N"),
        can: running,
    });
    let ontime = ontime.clone();
    let onpick = Callback::from(move |(word, _): (&'static str, web_sys::Element)| {
        if let Some((_, what, _)) = UNTIL.into_iter().find(|(known, ..)| *known == word) {
            ontime.emit(Time::Until(what));
        }
    });
    let label = lang.t("until-title");
    html! {
        <Menu word="until" {label} icon="until" items={items.collect::<Vec<_>>()} up=true off={!running} {onpick} />
    }
}

/// The button that starts and holds time. While a run until something happens is in progress, it stops that.
fn play_button(lang: Lang, host: &HostFacts, running: bool, onclick: Callback<MouseEvent>) -> Html {
    let (act, key, label) = match (host.runs_until, host.playing) {
        (true, _) => ("stop", "Escape", lang.t("until-stop")),
        (_, true) => ("hold", "Space", lang.t("transport-hold")),
        _ => ("play", "Space", lang.t("transport-play")),
    };
    let said = if key == "Escape" { "Esc" } else { key };
    html! {
        <button class="playbtn" type="button" data-act={act} title={format!("{label} ({said})")}
            aria-label={label} aria-keyshortcuts={key} aria-disabled={inert(!running)} {onclick}>
            { ic(act) }
        </button>
    }
}

/// A button of the transport with its key.
fn tp_button(
    act: &'static str,
    key: &'static str,
    label: String,
    can: bool,
    onclick: Callback<MouseEvent>,
) -> Html {
    let shortcut = match key {
        "←" => "ArrowLeft",
        "→" => "ArrowRight",
        _ => "Control+Z",
    };
    let icon = if act == "step" { "fwd" } else { act };
    html! {
        <button class={classes!("iconbtn", format!("tp-{act}"))} type="button" data-act={act}
            title={format!("{label} ({key})")} aria-label={label} aria-keyshortcuts={shortcut}
            aria-disabled={inert(!can)} {onclick}>{ ic(icon) }</button>
    }
}

#[derive(Properties, PartialEq)]
struct ClockProps {
    session: Session,
    /// Whether time is shown in days.
    days: bool,
}

/// Virtual time, in hundredths of a second.
#[component]
fn Clock(props: &ClockProps) -> Html {
    let lang = use_lang();
    let shown = use_state_eq(|| props.session.moment().map_or(0, |moment| moment.t_us / 10_000));
    {
        let shown = shown.clone();
        use_effect_with(props.session.clone(), move |session| {
            let subscription = session.subscribe(move |update| {
                if let Update::Moment(moment) = update {
                    shown.set(moment.t_us / 10_000);
                }
            });
            move || drop(subscription)
        });
    }
    let us = *shown * 10_000;
    let text = moment_text(lang, props.days, us);
    html! {
        <p class="tp-time" data-meter="t" role="timer" aria-live="off"
            aria-label={lang.f("time-aria", &[("t", text.clone().into())])}>
            <b class="num">{ text }</b>
        </p>
    }
}

/// The highest speed that is offered: where time is shown in days, a day in nine seconds.
pub(crate) fn fastest(days: bool) -> f64 {
    if days { 10_000.0 } else { 1_000.0 }
}

/// The speed on a logarithmic scale: from 0.1 to 1,000, or from 1 to 10,000 where time is shown in days.
fn slider(lang: Lang, host: &HostFacts, days: bool, ontime: &Callback<Time>) -> Html {
    let HostFacts { speed: asked, reached_speed: reached, playing, waiting, .. } = host;
    let oninput = {
        let ontime = ontime.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(x) = slider_value(&event) {
                ontime.emit(Time::Speed(nice(Math::pow(10.0, x))));
            }
        })
    };
    let behind = *playing && *reached > 0.0 && *reached < asked * 0.9;
    let (min, max, ticks) = if days {
        ("0", "4", ["1", "10", "100", "1k", "10k"])
    } else {
        ("-1", "3", ["0.1", "1", "10", "100", "1k"])
    };
    let exponent = Math::log10(asked.clamp(0.1, fastest(days)));
    html! {
        <label class="speed">
            <span class="speed-l">
                { lang.t("speed") }
                if *waiting {
                    <span class="speed-w">{ lang.t("speed-waiting") }</span>
                } else if behind {
                    <span class="speed-w num">{ lang.f("speed-reached", &[("x", speed_text(*reached).into())]) }</span>
                }
            </span>
            <span class="speed-r">
                <input type="range" {min} {max} step="0.05" data-act="speed" value={format!("{:.2}", exponent)}
                    aria-label={lang.t(
                        "speed-aria"
                    )} aria-valuetext={lang.f(
                        "speed-value",
                        &[("x", speed_text(*asked).into())]
                    )}
                    {oninput} />
                <span class="speed-t" aria-hidden="true">
                    { for ticks.map(|tick| html! { <i>{ tick }</i> }) }
                </span>
            </span>
            <output class="speed-v num">{ speed_text(*asked) }{ "×" }</output>
        </label>
    }
}

/// The slider's value: the exponent of the speed.
fn slider_value(event: &InputEvent) -> Option<f64> {
    let input: web_sys::HtmlInputElement = event.target()?.dyn_into().ok()?;
    Some(input.value_as_number()).filter(|value| value.is_finite())
}

#[derive(PartialEq)]
struct NarrationProps {
    session: Session,
    story: Rc<Story>,
    /// The present: what lies ahead of it is not told.
    t_us: Micros,
    alone: bool,
    kinds: Kinds,
    unfolded: UseStateHandle<bool>,
    /// What is said while there is nothing to tell.
    empty: &'static str,
    /// Called with the moment to go to; none if the run cannot.
    onseek: Option<Callback<Micros>>,
    /// Called with an event whose causes are asked for.
    onwhy: Callback<Event>,
}

/// The last sentences in a line, and all of them on demand.
fn narration(lang: Lang, props: &NarrationProps) -> Html {
    let open = &props.unfolded;
    let story = &props.story;
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let say = |event: &Event| say(lang, event, &props.kinds, props.alone);
    let past = || story.narrated.iter().rev().filter(|event| event.t_us <= props.t_us);
    let last = past().take(LAST).enumerate().map(|(place, event)| {
        html! {
            <li class={classes!((place == 0).then_some("now"))}>
                <b class="num">{ time_text(lang, &props.kinds, event.t_us) }</b><span>{ say(event) }</span>
            </li>
        }
    });
    html! {
        <div class="saying">
            <ol class="say" data-view="narration" aria-label={lang.t("narration")}>
                if story.narrated.is_empty() {
                    <li class="now"><span>{ lang.t(props.empty) }</span></li>
                } else {
                    { for last }
                }
            </ol>
            <button class="iconbtn say-more" type="button" aria-expanded={open.to_string()} onclick={toggle}
                title={lang.t("narration-more")} aria-label={lang.t("narration-more")}>{ ic("list") }</button>
            <Teller session={props.session.clone()} story={story.clone()} t_us={props.t_us} alone={props.alone}
                kinds={props.kinds.clone()} empty={props.empty} />
            if **open {
                <Log story={story.clone()} t_us={props.t_us} alone={props.alone} kinds={props.kinds.clone()}
                    onseek={props.onseek.clone()} onwhy={props.onwhy.clone()} />
            }
        </div>
    }
}
