//! Small charts: dots and lines in a box that stretches, bars on one axis.
//!
//! Guarantees: every chart is drawn from the figures that are shown beside it as text; text keeps its size when a chart
//! stretches. Leaves out: what the figures mean.

use yew::prelude::*;

use crate::ui::export::chart;
use crate::ui::export::table::{Cell, Table};
use crate::ui::format::{px, scale};
use quorum_i18n::{Lang, grouped};

/// Height of a stretching chart's box.
const TALL: f64 = 40.0;

/// Values in order as dots, connected or not, from 0 to the largest; `label` says the same in words. `of` is the
/// chart's name, and `head` that of the values, with their unit.
pub fn course((of, head): (&'static str, String), values: &[f64], joined: bool, label: String) -> Html {
    let most = values.iter().copied().fold(1e-9, f64::max);
    let step = 240.0 / values.len().max(2) as f64;
    let d: String = values
        .iter()
        .enumerate()
        .map(|(place, value)| {
            let (x, y) = (px((place as f64 + 0.5) * step), px(TALL - value / most * (TALL - 6.0) - 2.0));
            match (joined, place) {
                (false, _) => format!("M{x} {y}h0"),
                (true, 0) => format!("M{x} {y}"),
                (true, _) => format!("L{x} {y}"),
            }
        })
        .collect();
    let each =
        values.iter().enumerate().map(|(place, value)| [Cell::Whole(place as u64 + 1), (*value).into()]);
    let table = Table::new(["n".to_owned(), head]).with(each);
    let drawn = html! {
        <svg class="crs" viewBox="0 0 240 40" preserveAspectRatio="none" role="img" aria-label={label}>
            <path class="crs-0" d="M0 39.5H240" /><path class={if joined { "crs-l" } else { "crs-d" }} {d} />
        </svg>
    };
    chart(of, table, drawn)
}

/// A row of a bar chart: its label, its bars as pattern and value, the figure beside them.
pub struct Bar {
    /// The row's label.
    pub label: String,
    /// Adjacent bars: a pattern, 1 to 4, and a length.
    pub parts: Vec<(u8, f64)>,
    /// The figure.
    pub figure: String,
}

/// Bars on one axis that begins at 0, with the axis's unit. `of` is the chart's name, and `series` what each pattern
/// stands for.
pub fn bars(lang: Lang, of: &'static str, rows: &[Bar], unit: &str, series: &[(u8, String)]) -> Html {
    chart(of, numbers(lang, rows, unit, series), drawn(rows, unit))
}

/// One row for each bar: its row's label (of a row without one, that of the row above), its pattern's name, its length.
fn numbers(lang: Lang, rows: &[Bar], unit: &str, series: &[(u8, String)]) -> Table {
    let mut table = Table::new([lang.t("export-row"), lang.t("export-series"), unit.to_owned()]);
    let mut label = "";
    for row in rows {
        if !row.label.is_empty() {
            label = &row.label;
        }
        let name =
            |pattern: u8| series.iter().find(|(known, _)| *known == pattern).map(|(_, name)| name.clone());
        let cells =
            row.parts.iter().map(|(pattern, long)| [label.into(), name(*pattern).into(), (*long).into()]);
        table = table.with(cells);
    }
    table
}

fn drawn(rows: &[Bar], unit: &str) -> Html {
    let long = |bar: &Bar| bar.parts.iter().map(|(_, long)| long).sum::<f64>();
    let (max, tick) = scale(rows.iter().map(long).fold(0.0, f64::max) / 1.1);
    let ticks = (max / tick).floor() as u64;
    html! {
        <div class="wf wf-m" style={format!("--max:{}", max)} aria-hidden="true">
            { for rows.iter().map(|bar| {
                let mut from = 0.0;
                html! {
                    <div class="wf-r">
                        <span class="wf-l num">{ bar.label.clone() }</span>
                        <span class="wf-t">
                            { for bar.parts.iter().map(|(pattern, long)| {
                                let a = from;
                                from += long;
                                html! {
                                    <i class={format!("wf-b b{pattern}")}
                                        style={format!("--a:{:.2};--b:{:.2}", a, from)} />
                                }
                            }) }
                        </span>
                        <span class="wf-v num">{ bar.figure.clone() }</span>
                    </div>
                }
            }) }
            <div class="wf-ax num">
                { for (0..=ticks).step_by(if ticks > 3 { 2 } else { 1 }).map(|n| {
                    let x = n as f64 * tick;
                    html! { <i style={format!("--x:{}", x)}>{ grouped(x as u64) }</i> }
                }) }
                <em>{ unit.to_owned() }</em>
            </div>
        </div>
    }
}
