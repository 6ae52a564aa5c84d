//! One axis for seconds and days: a logarithmic one, labelled as such.
//!
//! Guarantees: a bar begins where its phase began and ends where it ended; figures are shown beside it, because lengths
//! on this axis do not add up; the same is given as a table. Leaves out: where phases come from.

use js_sys::Math;
use yew::prelude::*;

use super::time::{long, tick};
use crate::ui::export::chart;
use crate::ui::export::table::{Cell, Table};
use quorum_facade::Phase;
use quorum_i18n::Lang;
use quorum_types::Micros;

/// The end of the axis: a week.
const END_S: f64 = 604_800.0;
/// Ticks, in seconds, and whether there is room to label them.
const TICKS: [(u64, bool); 5] = [(10, false), (60, true), (600, false), (3_600, true), (86_400, true)];

/// A row: its name in the document, its label, its pattern, from and to.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its name in the document.
    pub word: &'static str,
    /// Its label.
    pub label: String,
    /// Which of the patterns.
    pub pattern: u8,
    /// From and to; none where there is nothing yet.
    pub span: Option<(Micros, Micros)>,
    /// Whether it is still running.
    pub runs: bool,
}

/// The position of a moment on the axis, in percent.
pub fn place(us: Micros) -> f64 {
    let share = Math::log10(1.0 + us as f64 / 1e6) / Math::log10(1.0 + END_S);
    (share * 100.0).min(100.0)
}

/// The names of the phases of two regions, with a pattern each, in order.
pub(crate) const PHASES: [(Phase, &str, &str, u8); 8] = [
    (Phase::Detect, "detect", "phase-detect", 1),
    (Phase::Decide, "decide", "rg-phase-decide", 2),
    (Phase::Provision, "provision", "rg-phase-provision", 3),
    (Phase::Restore, "restore", "rg-phase-restore", 4),
    (Phase::Rebuild, "rebuild", "rg-phase-rebuild", 5),
    (Phase::Verify, "verify", "rg-phase-verify", 6),
    (Phase::Dns, "dns", "rg-phase-dns", 7),
    (Phase::ClientRetry, "client_retry", "phase-client-retry", 4),
];

/// The rows of an outage's completed phases; with `wait`, the others too.
pub fn bars(lang: Lang, phases: &[(Phase, Micros)], runs: bool, wait: bool) -> Vec<Bar> {
    let mut from = 0;
    let mut bars = Vec::new();
    for (phase, word, key, pattern) in PHASES {
        let us: Option<Micros> = phases.iter().find(|(other, _)| *other == phase).map(|(_, us)| *us);
        if us.is_none() && !wait {
            continue;
        }
        let last = runs && phases.last().is_some_and(|(last, _)| *last == phase);
        let span = us.map(|us| (from, from + us));
        from += us.unwrap_or(0);
        bars.push(Bar { word, label: lang.f(key, &[]), pattern, span, runs: last });
    }
    bars
}

/// The axis with its rows; `limit` is drawn as a labelled line.
pub fn axis(lang: Lang, title: &str, bars: &[Bar], limit: Option<(u64, String)>) -> Html {
    let length = |bar: &Bar| bar.span.map_or_else(|| "—".to_owned(), |(from, to)| long(lang, to - from));
    let row = |bar: &Bar| {
        let drawn = bar.span.map(|(from, to)| {
            let (a, b) = (place(from), place(to));
            let style = format!("left:{:.2}%;width:{:.2}%", a, (b - a).max(0.4));
            html! { <i class={classes!("wf-b", format!("b{}", bar.pattern), bar.runs.then_some("run"))} {style} /> }
        });
        html! {
            <tr data-phase={bar.word}>
                <th scope="row">{ bar.label.clone() }</th>
                <td class="rg-ax-t"><span>{ drawn.unwrap_or_default() }</span></td>
                <td class="num">{ length(bar) }</td>
            </tr>
        }
    };
    let heads = [lang.t("rg-ax-phase"), lang.t("export-from"), lang.t("export-to")];
    let drawn_rows = bars.iter().map(|bar| {
        let at = |us: Option<Micros>| us.map_or(Cell::Empty, Cell::seconds);
        [bar.label.clone().into(), at(bar.span.map(|span| span.0)), at(bar.span.map(|span| span.1))]
    });
    let target =
        limit.iter().map(|(seconds, said)| [said.clone().into(), Cell::Whole(0), Cell::Whole(*seconds)]);
    let numbers = Table::new(heads).with(drawn_rows).with(target);
    let line = limit.map(|(seconds, said)| {
        html! {
            <b class="rg-ax-lim" style={format!("--x:{:.2}%", place(seconds * 1_000_000))}>
                <span>{ said }</span>
            </b>
        }
    });
    let drawn = html! {
        <div class="rg-ax">
            <table>
                <caption class="vh">{ title }</caption>
                <thead class="vh">
                    <tr>
                        <th scope="col">{ lang.t("rg-ax-phase") }</th>
                        <th scope="col">{ lang.t("rg-ax-where") }</th>
                        <th scope="col">{ lang.t("rg-ax-length") }</th>
                    </tr>
                </thead>
                <tbody>{ for bars.iter().map(row) }</tbody>
            </table>
            <div class="rg-ax-x" aria-hidden="true">
                { for TICKS.map(|(seconds, named)| html! {
                    <i
                        style={format!("--x:{:.2}%", place(seconds * 1_000_000))}>if named {
                            { tick(lang, seconds) }
                        }
                    </i>
                }) }
                { line.unwrap_or_default() }
            </div>
        </div>
    };
    chart("phases", numbers, drawn)
}
