//! Time: play and pause, the clock, the timeline with its marks, speed, and the narration below.
//!
//! Guarantees: the clock follows every snapshot, the rest follows the throttled copy; the actual speed is shown where
//! it differs from the requested one; the newest sentence is announced to screen readers. Leaves out: going back in
//! time.

// The browser has these functions already; Rust's would enlarge the download.
use js_sys::Math;
use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::format::{clock, nice, scale, speed as speed_text};
use super::icons::ic;
use super::inert::inert;
use super::memo::memo;
use super::narrate::sentence;
use super::story::{Mark, MarkKind, Story};
use super::use_lang;
use super::worlds::{self, Kinds};
use crate::web::session::{Session, Update};
use crate::web::wire::{HostFacts, HostState};
use quorum_facade::Event;
use quorum_i18n::{Lang, grouped};
use quorum_types::Micros;

/// A change of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Time {
    /// Start it, or stop it.
    Toggle,
    /// One step forward.
    Step,
    /// A speed.
    Speed(f64),
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
    /// Whether the run has one node.
    pub(crate) alone: bool,
    /// For a cluster: the kinds of its pods, by number from 1.
    pub(crate) kinds: Kinds,
    /// Called with changes of time.
    pub(crate) ontime: Callback<Time>,
    /// A button at the end of the row on narrow pages.
    pub(crate) extra: Html,
    /// Whether the whole narration is shown.
    pub(crate) unfolded: UseStateHandle<bool>,
}

/// The transport.
pub(crate) fn transport(lang: Lang, props: &TransportProps) -> Html {
    let TransportProps { session, host, story, t_us, alone, kinds, ontime, extra, unfolded } = props;
    let running = host.state == HostState::Running;
    let playing = host.playing;
    let toggle = ontime.reform(|_: MouseEvent| Time::Toggle);
    let step = ontime.reform(|_: MouseEvent| Time::Step);
    let narration_props = NarrationProps {
        story: story.clone(),
        alone: *alone,
        kinds: kinds.clone(),
        unfolded: unfolded.clone(),
    };
    let label = if playing { lang.t("transport-hold") } else { lang.t("transport-play") };
    html! {
        <section class="time" aria-label={lang.t("timeline-region")}>
            <div class="tp">
                <button class="playbtn" type="button" data-act={if playing { "hold" } else { "play" }}
                    title={format!("{label} (Space)")}
                    aria-label={label} aria-keyshortcuts="Space" aria-disabled={inert(!running)} onclick={toggle}>
                    { ic(if playing { "hold" } else { "play" }) }
                </button>
                <button class="iconbtn" type="button" data-act="step" title="→" aria-label={lang.t("transport-step")}
                    aria-keyshortcuts="ArrowRight" aria-disabled={inert(!running)} onclick={step}>{ ic("fwd") }</button>
                { worlds::leaps(lang, session, running, kinds) }
                <Clock session={session.clone()} days={worlds::in_days(kinds)} />
            </div>
            { memo(scrub, ScrubProps { story: story.clone(), t_us: *t_us, days: worlds::in_days(kinds) }) }
            { slider(lang, host, worlds::in_days(kinds), ontime) }
            { extra.clone() }
            { memo(narration, narration_props) }
        </section>
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
    let text = if props.days { worlds::when(lang, us) } else { format!("{} s", clock(us)) };
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
struct ScrubProps {
    story: Rc<Story>,
    t_us: Micros,
    days: bool,
}

/// The timeline: actions, events, and periods without service.
fn scrub(lang: Lang, props: &ScrubProps) -> Html {
    let ScrubProps { story, t_us, days } = props;
    let now = *t_us as f64 / 1e6;
    let (span, tick) = if *days { worlds::scale(now) } else { scale(now) };
    let said = if *days { worlds::when(lang, *t_us) } else { format!("{} s", clock(*t_us)) };
    let label = lang.f("timeline-aria", &[("t", said.into()), ("n", story.marks.len().into())]);
    let mut free_from = f64::MIN;
    let marks: Html = story
        .marks
        .iter()
        .rev()
        .map(|mark| {
            let x = mark.t_us as f64 / 1e6;
            (mark, x)
        })
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .map(|(mark, x)| {
            // A label needs room; without it only the sign is shown.
            let room = x - free_from > span * 0.085;
            if room {
                free_from = x;
            }
            one_mark(lang, mark, x, room, story.cluster)
        })
        .collect();
    let ticks = (span / tick).floor() as u64;
    html! {
        <div class="scrub" style={format!("--span:{}", span)} role="img" aria-label={label}>
            <div class="sc-ax" aria-hidden="true">
                { for (0..=ticks).map(|n| {
                    let x = n as f64 * tick;
                    html! {
                        <i key={n} style={format!("--x:{}", x)}>
                            {
                                if
                                    *days {
                                        worlds::tick(lang, (x * 1e6) as Micros, span)
                                    } else {
                                        tick_text(x, n == ticks)
                                    }
                            }
                        </i>
                    }
                }) }
            </div>
            { for story.outages.iter().map(|(from, to)| {
                let (a, b) = (*from as f64 / 1e6, to.map_or(now, |to| to as f64 / 1e6));
                let wide = b - a > span * 0.06;
                html! {
                    <div class="sc-down" style={format!("--a:{:.3};--b:{:.3}", a, b)}>
                        if wide { <span>{ lang.t("outage") }</span> }
                    </div>
                }
            }) }
            <div class="sc-main" style={format!("--b:{:.3}", now)} />
            <ol class="marks" aria-hidden="true">{ marks }</ol>
            <span class="sc-head" style={format!("--x:{:.3}", now)} aria-hidden="true" />
        </div>
    }
}

fn tick_text(x: f64, last: bool) -> String {
    let figure = if x.fract() == 0.0 { grouped(x as u64) } else { x.to_string() };
    if last { format!("{figure} s") } else { figure }
}

fn one_mark(lang: Lang, mark: &Mark, x: f64, labelled: bool, cluster: bool) -> Html {
    let node = |node: u32| [("node", node.into())];
    let pair = |a: u32, b: u32| [("a", a.min(b).into()), ("b", a.max(b).into())];
    let (tone, icon, text) = match mark.kind {
        // A cluster's pods are named by their numbers alone.
        MarkKind::Kill(n) if cluster => ("mk-gone", "kill", lang.f("mc-mark-kill", &node(n))),
        MarkKind::Restart(n) if cluster => ("mk-kept", "restart", lang.f("mc-mark-restart", &node(n))),
        MarkKind::Pause(n) if cluster => ("mk-open", "pause", lang.f("mc-mark-pause", &node(n))),
        MarkKind::Cut(..) if cluster => ("mk-apart", "cut", lang.t("mc-mark-cut")),
        MarkKind::Heal(..) if cluster => ("mk-kept", "heal", lang.t("mc-mark-heal")),
        MarkKind::Leader(n) if cluster => ("mk-crown", "crown", lang.f("mc-mark-acts", &node(n))),
        MarkKind::Kill(n) => ("mk-gone", "kill", lang.f("mark-kill", &node(n))),
        MarkKind::Restart(n) => ("mk-kept", "restart", lang.f("mark-restart", &node(n))),
        MarkKind::Pause(n) => ("mk-open", "pause", lang.f("mark-pause", &node(n))),
        MarkKind::Cut(a, b) => ("mk-apart", "cut", lang.f("mark-cut", &pair(a, b))),
        MarkKind::Heal(a, b) => ("mk-kept", "heal", lang.f("mark-heal", &pair(a, b))),
        MarkKind::Leader(n) => ("mk-crown", "crown", lang.f("mark-leader", &node(n))),
        MarkKind::Power => ("mk-gone", "plug", lang.t("mark-power")),
        MarkKind::Boot => ("", "restart", lang.t("mark-boot")),
        MarkKind::Insert(rows) => ("", "down", lang.f("mark-insert", &[("n", rows.into())])),
        MarkKind::Lost => ("mk-gone", "warn", lang.t("mark-lost")),
        MarkKind::Restored => ("mk-kept", "check", lang.t("mark-restored")),
        MarkKind::Region(mark) => worlds::region_mark_text(lang, mark),
    };

    html! {
        <li class={classes!("mk", tone)} style={format!("--x:{:.3}", x)}>
            <span class="mk-g">
                if icon == "crown" {
                    <svg viewBox="0 0 32 22"><use href="#crown" /></svg>
                } else {
                    { ic(icon) }
                }
            </span>
            if labelled { <span class="mk-l">{ text }</span> }
        </li>
    }
}

#[derive(PartialEq)]
struct NarrationProps {
    story: Rc<Story>,
    alone: bool,
    kinds: Kinds,
    unfolded: UseStateHandle<bool>,
}

/// The last sentences in a line, all of them on demand, and the newest for screen readers.
fn narration(lang: Lang, props: &NarrationProps) -> Html {
    let open = &props.unfolded;
    let story = &props.story;
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let say = |event: &Event| {
        worlds::sentence(lang, event, &props.kinds).unwrap_or_else(|| sentence(lang, event, props.alone))
    };
    let telling = |n: usize| {
        story.narrated.iter().rev().take(n).enumerate().map(|(place, event)| {
            html! {
                <li class={classes!((place == 0).then_some("now"))}>
                    <b class="num">
                        {
                            if worlds::in_days(
                                &props.kinds
                            ) {
                                worlds::when(lang, event.t_us)
                            } else {
                                clock(event.t_us)
                            }
                        }
                    </b>
                    <span>{ say(event) }</span>
                </li>
            }
        })
    };
    let newest = story.narrated.back().map_or_else(|| lang.t("narration-empty"), say);
    html! {
        <div class="saying">
            <p class="vh" aria-live="polite">{ newest }</p>
            <ol class="say" data-view="narration" aria-label={lang.t("narration")}>
                if story.narrated.is_empty() {
                    <li class="now"><span>{ lang.t("narration-empty") }</span></li>
                } else {
                    { for telling(6) }
                }
            </ol>
            <button class="iconbtn say-more" type="button" aria-expanded={open.to_string()} onclick={toggle}
                title={lang.t("narration-more")} aria-label={lang.t("narration-more")}>{ ic("list") }</button>
            if **open {
                <div class="say-all" role="region" aria-label={lang.t("narration-list")} tabindex="0">
                    <ol>{ for telling(50) }</ol>
                    if story.skipped > 0 {
                        <p class="fine">{ lang.f("narration-skipped", &[("n", story.skipped.into())]) }</p>
                    }
                </div>
            }
        </div>
    }
}
