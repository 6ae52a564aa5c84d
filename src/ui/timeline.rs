//! The timeline: marks, outages, what has passed and what lies ahead, and a slider over it that goes to any moment.
//!
//! Guarantees: marks never overlap: those that would are one mark with their number, which names them all; the slider
//! covers the same range as the axis and goes no further than the line has come; without it (a run that cannot go back)
//! the same is said as text. Leaves out: going there (`time_travel`).

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::format::{clock, scale};
use super::icons::ic;
use super::inert::inert;
use super::marks::{Mark, MarkKind};
use super::story::Story;
use super::worlds;
use quorum_i18n::{Lang, grouped};
use quorum_types::Micros;

/// Marks closer than this part of the axis are one mark.
const APART: f64 = 0.045;
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

/// Joins marks that would touch, oldest first.
fn clusters(marks: &std::collections::VecDeque<Mark>, span: f64) -> Vec<Cluster<'_>> {
    let mut clusters: Vec<Cluster<'_>> = Vec::new();
    for mark in marks {
        let x = mark.t_us as f64 / 1e6;
        match clusters.last_mut() {
            Some(last) if x - last.x < span * APART => last.marks.push(mark),
            _ => clusters.push(Cluster { x, marks: vec![mark] }),
        }
    }
    clusters
}

/// The timeline.
pub(crate) fn timeline(lang: Lang, props: &TimelineProps) -> Html {
    let TimelineProps { story, t_us, end_us, days, .. } = props;
    let (now, end) = (*t_us as f64 / 1e6, (*end_us).max(*t_us) as f64 / 1e6);
    let (span, tick) = if *days { worlds::scale(end) } else { scale(end) };
    let mut free_from = f64::MIN;
    let marks: Html = clusters(&story.marks, span)
        .into_iter()
        .map(|cluster| {
            let room = cluster.x - free_from > span * LABEL;
            if room {
                free_from = cluster.x;
            }
            one_cluster(lang, &cluster, room, cluster.x > now, story.cluster)
        })
        .collect();
    html! {
        <div class="scrub" style={format!("--span:{}", span)}>
            { slider(lang, props, span, tick) }
            { axis(lang, span, tick, *days) }
            { for story.outages.iter().map(|(from, to)| {
                let (a, b) = (*from as f64 / 1e6, to.map_or(now.max(*from as f64 / 1e6), |to| to as f64 / 1e6));
                let wide = b - a > span * 0.06;
                html! {
                    <div class="sc-down" style={format!("--a:{:.3};--b:{:.3}", a, b)}>
                        if wide { <span>{ lang.t("outage") }</span> }
                    </div>
                }
            }) }
            if end > now { <div class="sc-ahead" style={format!("--a:{:.3};--b:{:.3}", now, end)} /> }
            <div class="sc-main" style={format!("--b:{:.3}", now)} />
            <ol class="marks" aria-hidden="true">{ marks }</ol>
            <span class="sc-head" style={format!("--x:{:.3}", now)} aria-hidden="true" />
        </div>
    }
}

/// The slider over the timeline. It is there for readers of every run; where the run cannot go back it says so.
fn slider(lang: Lang, props: &TimelineProps, span: f64, tick: f64) -> Html {
    let TimelineProps { story, t_us, end_us, days, seeks, onseek } = props;
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
        <input type="range" class="sc-in" data-act="seek" min="0" max={span.to_string()}
            step={(tick / 20.0).to_string()} value={format!("{:.3}", *t_us as f64 / 1e6)}
            aria-label={lang.f("timeline-seek", &[("n", story.marks.len().into())])} aria-valuetext={said}
            aria-disabled={inert(!seeks)} {oninput} />
    }
}

/// The axis.
fn axis(lang: Lang, span: f64, tick: f64, days: bool) -> Html {
    let ticks = (span / tick).floor() as u64;
    let one = |n: u64| {
        let x = n as f64 * tick;
        let text =
            if days { worlds::tick(lang, (x * 1e6) as Micros, span) } else { tick_text(x, n == ticks) };
        html! { <i key={n} style={format!("--x:{}", x)}>{ text }</i> }
    };
    html! { <div class="sc-ax" aria-hidden="true">{ for (0..=ticks).map(one) }</div> }
}

fn tick_text(x: f64, last: bool) -> String {
    let figure = if x.fract() == 0.0 { grouped(x as u64) } else { x.to_string() };
    if last { format!("{figure} s") } else { figure }
}

/// One mark, or several as one.
fn one_cluster(lang: Lang, cluster: &Cluster<'_>, labelled: bool, ahead: bool, pods: bool) -> Html {
    let (tone, icon, text) = looks(lang, cluster.marks[0], pods);
    let more = cluster.marks.len() - 1;
    let title = cluster.marks.iter().map(|mark| looks(lang, mark, pods).2).collect::<Vec<_>>().join(" · ");
    html! {
        <li class={classes!("mk", tone, ahead.then_some("mk-ahead"))} style={format!("--x:{:.3}", cluster.x)} {title}>
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
fn looks(lang: Lang, mark: &Mark, cluster: bool) -> (&'static str, &'static str, String) {
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
