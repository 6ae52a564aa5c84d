//! The timeline: marks, outages, what has passed and what lies ahead, and a slider over it that goes to any moment.
//!
//! Guarantees: marks never overlap: those that would are one mark with their number, which names them all; the slider
//! covers the same range as the axis and goes no further than the line has come; without it (a run that cannot go back)
//! the same is said as text; a window on a part of the run turns on when the present leaves it. Leaves
//! out: going there (`time_travel`).

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::format::{clock, scale};
use super::icons::ic;
use super::inert::inert;
use super::marks::{Mark, MarkKind};
use super::story::Story;
use super::timeline_window::{STEP, Window};
use super::worlds;
use quorum_i18n::{Lang, grouped};
use quorum_types::Micros;

/// Marks closer than this part of the axis are one mark, whose number needs the second part.
const APART: (f64, f64) = (0.045, 0.02);
/// The same on a narrow page, and beside a clock that shows days.
const APART_NARROW: (f64, f64) = (0.11, 0.06);
const APART_DAYS: (f64, f64) = (0.18, 0.1);
/// A label needs this part of the axis.
const LABEL: f64 = 0.085;

/// The inputs of the timeline.
#[derive(PartialEq)]
pub(crate) struct TimelineProps {
    /// The history of the run.
    pub(crate) story: Rc<Story>,
    /// The present.
    pub(crate) t_us: Micros,
    /// The furthest moment of the line.
    pub(crate) end_us: Micros,
    /// Whether time is shown in days.
    pub(crate) days: bool,
    /// Whether the run can go to other moments now.
    pub(crate) seeks: bool,
    /// Called with the moment to go to.
    pub(crate) onseek: Callback<Micros>,
    /// The part of the run that is shown; none for all of it.
    pub(crate) window: UseStateHandle<Option<Window>>,
    /// Whether the page is narrow, and the axis short.
    pub(crate) compact: bool,
}

/// What is drawn of the run, in seconds.
#[derive(Clone, Copy)]
struct Shown {
    from: f64,
    span: f64,
    tick: f64,
    /// The length of the axis of the whole run.
    whole: f64,
}

impl Shown {
    fn of(window: Option<Window>, days: bool, now: f64, end: f64) -> Self {
        let (whole, tick) = if days { worlds::scale(end) } else { scale(end) };
        match window.and_then(|window| window.showing(now, whole)) {
            Some(window) => Self { from: window.from_s, span: window.span_s, tick: window.tick_s(), whole },
            None => Self { from: 0.0, span: whole, tick, whole },
        }
    }

    fn has(self, x: f64) -> bool {
        (self.from..=self.from + self.span).contains(&x)
    }

    /// A place on the axis; what lies outside is at its ends.
    fn place(self, x: f64) -> f64 {
        (x - self.from).clamp(0.0, self.span)
    }

    fn is_part(self) -> bool {
        self.span < self.whole
    }
}

/// Shows more or less of a run: around a moment, all of it for a factor of 0.
pub(crate) fn enlarge(
    window: &UseStateHandle<Option<Window>>,
    factor: f64,
    (now, end): (f64, f64),
    days: bool,
) {
    let whole = Shown::of(None, days, now, end).whole;
    let to = if factor > 0.0 { Window::enlarged(**window, factor, now, whole) } else { None };
    window.set(to);
}

/// A moment in words.
pub(crate) fn moment_text(lang: Lang, days: bool, t_us: Micros) -> String {
    if days { worlds::when(lang, t_us) } else { format!("{} s", clock(t_us)) }
}

/// Marks that are shown as one.
struct Cluster<'a> {
    x: f64,
    marks: Vec<&'a Mark>,
}

/// Joins marks that would touch each other or a number, oldest first.
fn clusters(
    marks: &std::collections::VecDeque<Mark>,
    shown: Shown,
    (apart, number): (f64, f64),
) -> Vec<Cluster<'_>> {
    let room = |last: &Cluster<'_>| if last.marks.len() > 1 { apart + number } else { apart };
    let mut clusters: Vec<Cluster<'_>> = Vec::new();
    for mark in marks {
        let x = mark.t_us as f64 / 1e6;
        if !shown.has(x) {
            continue;
        }
        match clusters.last_mut() {
            Some(last) if x - last.x < shown.span * room(last) => last.marks.push(mark),
            _ => clusters.push(Cluster { x, marks: vec![mark] }),
        }
    }
    clusters
}

/// The timeline.
pub(crate) fn timeline(lang: Lang, props: &TimelineProps) -> Html {
    let TimelineProps { story, t_us, end_us, days, window, .. } = props;
    let (now, end) = (*t_us as f64 / 1e6, (*end_us).max(*t_us) as f64 / 1e6);
    let shown = Shown::of(**window, *days, now, end);
    let mut free_from = f64::MIN;
    let apart = match (props.compact, *days) {
        (false, _) => APART,
        (true, false) => APART_NARROW,
        (true, true) => APART_DAYS,
    };
    let marks: Html = clusters(&story.marks, shown, apart)
        .into_iter()
        .map(|cluster| {
            let room = cluster.x - free_from > shown.span * LABEL;
            if room {
                free_from = cluster.x;
            }
            one_cluster(lang, &cluster, (shown.place(cluster.x), room), cluster.x > now, story.cluster)
        })
        .collect();
    let from_to = |a: f64, b: f64| format!("--a:{:.3};--b:{:.3}", shown.place(a), shown.place(b));
    let down = |(from, to): &(Micros, Option<Micros>)| {
        let from = *from as f64 / 1e6;
        let to = to.map_or(now.max(from), |to| to as f64 / 1e6);
        if to < shown.from || from > shown.from + shown.span {
            return Html::default();
        }
        let wide = shown.place(to) - shown.place(from) > shown.span * 0.06;
        html! {
            <div class="sc-down" style={from_to(from, to)}>if wide { <span>{ lang.t("outage") }</span> }</div>
        }
    };
    html! {
        <div class="scrub" style={format!("--span:{}", shown.span)} data-from={format!("{:.3}", shown.from)}
            onkeydown={zoom_keys(window, (now, end), *days)}>
            { slider(lang, props, shown) }
            { axis(lang, shown, *days) }
            { for story.outages.iter().map(down) }
            if end > now { <div class="sc-ahead" style={from_to(now, end)} /> }
            <div class="sc-main" style={format!("--b:{:.3}", shown.place(now))} />
            <ol class="marks" aria-hidden="true">{ marks }</ol>
            if shown.has(now) {
                <span class="sc-head" style={format!("--x:{:.3}", shown.place(now))} aria-hidden="true" />
            }
            if shown.is_part() { { overview(lang, window, shown, *days) } }
        </div>
    }
}

/// Ctrl with + − 0 while the focus is on the timeline: more, less, or all of the run.
fn zoom_keys(
    window: &UseStateHandle<Option<Window>>,
    moments: (f64, f64),
    days: bool,
) -> Callback<KeyboardEvent> {
    let window = window.clone();
    Callback::from(move |event: KeyboardEvent| {
        if !event.ctrl_key() && !event.meta_key() {
            return;
        }
        let factor = match event.key().as_str() {
            "+" | "=" => STEP,
            "-" | "_" => 1.0 / STEP,
            "0" => 0.0,
            _ => return,
        };
        // The browser would enlarge the whole page.
        event.prevent_default();
        event.stop_propagation();
        enlarge(&window, factor, moments, days);
    })
}

/// Where the window is in the whole run: a slider whose thumb is the window.
fn overview(lang: Lang, window: &UseStateHandle<Option<Window>>, shown: Shown, days: bool) -> Html {
    let oninput = {
        let window = window.clone();
        Callback::from(move |event: InputEvent| {
            let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
            let from = input.map(|input| input.value_as_number());
            let here = Window { from_s: shown.from, span_s: shown.span, follows: false };
            if let Some(from) = from.filter(|from| from.is_finite()) {
                window.set(here.moved(from, shown.whole));
            }
        })
    };
    let at = |x: f64| moment_text(lang, days, (x * 1e6) as Micros);
    let said = lang.f(
        "timeline-window-value",
        &[("from", at(shown.from).into()), ("to", at(shown.from + shown.span).into())],
    );
    html! {
        <input type="range" class="sc-win" data-act="window" min="0" max={(shown.whole - shown.span).to_string()}
            step={(shown.span / 20.0).to_string()} value={shown.from.to_string()}
            style={format!("--part:{:.3}", shown.span / shown.whole)}
            aria-label={lang.t("timeline-window")} aria-valuetext={said} {oninput} />
    }
}

/// The slider over the timeline. It is there for readers of every run; where the run cannot go back it says so.
fn slider(lang: Lang, props: &TimelineProps, shown: Shown) -> Html {
    let TimelineProps { story, t_us, end_us, days, seeks, onseek, .. } = props;
    let (end_us, seeks) = ((*end_us).max(*t_us), *seeks);
    let oninput = {
        let onseek = onseek.clone();
        Callback::from(move |event: InputEvent| {
            let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
            if let Some(input) = input.filter(|_| seeks) {
                let wanted = input.value_as_number();
                let most = end_us as f64 / 1e6;
                if wanted > most {
                    // What has not happened yet cannot be shown.
                    input.set_value(&most.to_string());
                }
                onseek.emit((wanted.clamp(0.0, most) * 1e6) as Micros);
            }
        })
    };
    let said = lang.f(
        "timeline-value",
        &[("t", moment_text(lang, *days, *t_us).into()), ("end", moment_text(lang, *days, end_us).into())],
    );
    html! {
        <input type="range" class="sc-in" data-act="seek" min={shown.from.to_string()}
            max={(shown.from + shown.span).to_string()} step={(shown.tick / 20.0).to_string()}
            value={format!("{:.3}", *t_us as f64 / 1e6)}
            aria-label={lang.f("timeline-seek", &[("n", story.marks.len().into())])} aria-valuetext={said}
            aria-disabled={inert(!seeks)} {oninput} />
    }
}

/// The axis.
fn axis(lang: Lang, shown: Shown, days: bool) -> Html {
    let Shown { from, span, tick, .. } = shown;
    let (first, last) = ((from / tick).ceil() as u64, ((from + span) / tick).floor() as u64);
    let one = |n: u64| {
        let x = n as f64 * tick;
        let text =
            if days { worlds::tick(lang, (x * 1e6) as Micros, span) } else { tick_text(x, tick, n == last) };
        html! { <i key={n} style={format!("--x:{}", x - from)}>{ text }</i> }
    };
    html! { <div class="sc-ax" aria-hidden="true">{ for (first..=last).map(one) }</div> }
}

fn tick_text(x: f64, tick: f64, last: bool) -> String {
    // As many decimals as the interval has.
    let figure = match tick {
        _ if x.fract() == 0.0 => grouped(x as u64),
        0.1.. => format!("{:.2}", x).trim_end_matches('0').to_owned(),
        _ => format!("{:.2}", x),
    };
    if last { format!("{figure} s") } else { figure }
}

/// One mark, or several as one.
fn one_cluster(
    lang: Lang,
    cluster: &Cluster<'_>,
    (x, labelled): (f64, bool),
    ahead: bool,
    pods: bool,
) -> Html {
    let (tone, icon, text) = mark_text(lang, cluster.marks[0], pods);
    let more = cluster.marks.len() - 1;
    let title =
        cluster.marks.iter().map(|mark| mark_text(lang, mark, pods).2).collect::<Vec<_>>().join(" · ");
    html! {
        <li class={classes!("mk", tone, ahead.then_some("mk-ahead"))} style={format!("--x:{:.3}", x)} {title}>
            <span class="mk-g">
                if icon == "crown" {
                    <svg viewBox="0 0 32 22"><use href="#crown" /></svg>
                } else {
                    { ic(icon) }
                }
                if more > 0 { <b class="mk-n num">{ format!("+{more}") }</b> }
            </span>
            if labelled { <span class="mk-l">{ text }</span> }
        </li>
    }
}

/// The class, the icon and the words of a mark.
pub(crate) fn mark_text(lang: Lang, mark: &Mark, cluster: bool) -> (&'static str, &'static str, String) {
    let node = |node: u32| [("node", node.into())];
    let pair = |a: u32, b: u32| [("a", a.min(b).into()), ("b", a.max(b).into())];
    match mark.kind {
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
    }
}
