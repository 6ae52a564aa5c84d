//! What was measured: charts, the same figures as tables, a sentence each, and the course's own figures beside them.
//!
//! Promises: what was measured here and what was measured elsewhere are told apart in pattern and in words. Leaves
//! out: measuring (`web::measure`).

use crate::types::decimal::Dec;
use std::rc::Rc;

use yew::prelude::*;

use super::chart::{Bar, bars};
use super::{percent, rate};
use crate::ui::format::{bytes as byte_text, millis};
use crate::web::measure::{Measured, Point, What};
use crate::words::{Lang, grouped};

/// Milvus 2.3.5 standalone on a machine of two cores, as the course measured it: rows a second by the size of a batch.
const MILVUS_RATES: [(u64, f64); 4] =
    [(100, 14_500.0), (500, 33_000.0), (1_000, 37_000.0), (5_000, 40_000.0)];
/// The same of single rows: p50, p95, p99 in milliseconds.
const MILVUS_SINGLE: [f64; 3] = [4.2, 7.0, 19.5];

/// What was measured, or how far it is.
pub fn measured(lang: Lang, now: &Rc<Measured>) -> Html {
    let (word, title) = match now.what {
        What::Batches => ("batches", lang.t("measure-batches-title")),
        What::Recovery => ("recovery", lang.t("measure-recovery-title")),
    };
    let part = percent(now.part, 1.0);
    html! {
        <section class="blockx" data-view="measured" data-what={word} data-running={now.running.to_string()} data-points={now.points.len().to_string()}>
            <h2 class="h-blk">{ title }<small>{ lang.t("measure-here") }</small></h2>
            if now.running {
                <div class="pbar" role="progressbar" aria-label={lang.t("measure-running")} aria-valuemin="0" aria-valuemax="100"
                    aria-valuenow={format!("{:.0}", Dec(now.part * 100.0))}><i class="p1" style={format!("width:{part}")} /></div>
            }
            if let Some(error) = &now.error { <p class="v-gone">{ lang.f("measure-failed", &[("error", error.as_str().into())]) }</p> }
            if !now.running && now.part < 1.0 && now.error.is_none() { <p class="fine">{ lang.t("measure-stopped") }</p> }
            if !now.points.is_empty() {
                { match now.what {
                    What::Batches => batches(lang, &now.points),
                    What::Recovery => recovery(lang, &now.points),
                } }
            }
        </section>
    }
}

/// The table of figures that stands below a chart.
fn table(heads: &[String], rows: Vec<Vec<String>>) -> Html {
    html! {
        <div class="rowsx rowsx-n"><table>
            <thead><tr>{ for heads.iter().map(|head| html! { <th scope="col">{ head.clone() }</th> }) }</tr></thead>
            <tbody>{ for rows.into_iter().map(|row| html! {
                <tr>{ for row.into_iter().enumerate().map(|(place, cell)| match place {
                    0 => html! { <th scope="row" class="num">{ cell }</th> },
                    _ => html! { <td class="num">{ cell }</td> },
                }) }</tr>
            }) }</tbody>
        </table></div>
    }
}

fn ms(x: f64) -> String {
    format!("{} ms", millis(x))
}

fn batches(lang: Lang, points: &[Point]) -> Html {
    let milvus = |size: u64| MILVUS_RATES.iter().find(|(of, _)| *of == size).map(|(_, rate)| *rate);
    let sized: Vec<&Point> = points.iter().filter(|point| point.size > 1).collect();
    let mut shown = Vec::new();
    for point in &sized {
        let here = point.rows_per_s();
        let label = lang.f("measure-batch-n", &[("n", point.size.into())]);
        shown.push(Bar { label, parts: vec![(1, here)], figure: rate(here) });
        if let Some(there) = milvus(point.size) {
            shown.push(Bar { label: String::new(), parts: vec![(3, there)], figure: rate(there) });
        }
    }
    let rows = sized.iter().map(|point| {
        let mb = point.bytes as f64 / 1e3 / point.ms.first().copied().unwrap_or(1.0).max(0.001);
        let there = milvus(point.size).map_or_else(|| "—".to_owned(), rate);
        vec![grouped(point.size), rate(point.rows_per_s()), millis(mb), there]
    });
    let heads =
        [lang.t("measure-batch"), lang.t("measure-rows-s"), "MB/s".to_owned(), "Milvus 2.3.5".to_owned()];
    let of = |size: u64| sized.iter().find(|point| point.size == size).map(|point| point.rows_per_s());
    let faster =
        of(1_000).zip(of(100)).map(|(big, small)| big / small.max(1.0)).filter(|times| *times > 1.05);
    let single = points.iter().find(|point| point.size == 1);
    html! {
        <>
            if let Some(times) = faster {
                <p class="say-1">{ lang.f("measure-batches-say", &[("x", format!("{:.1}", Dec(times)).into())]) }</p>
            }
            if !sized.is_empty() {
                { key_of(lang, &[("b1", lang.t("measure-key-here")), ("b3", lang.t("measure-key-milvus"))]) }
                { bars(&shown, &lang.t("measure-rows-s")) }
                { table(&heads, rows.collect()) }
            }
            if let Some(point) = single { { singles(lang, point) } }
            <p class="fine">{ lang.t("measure-source") }</p>
        </>
    }
}

/// Single rows one after the other.
fn singles(lang: Lang, point: &Point) -> Html {
    let mean = point.ms.first().copied().unwrap_or(0.0);
    let here = point.ms.iter().map(|x| ms(*x));
    let there = MILVUS_SINGLE.iter().map(|x| ms(*x));
    let rows = vec![
        [lang.t("measure-key-here")].into_iter().chain(here).collect(),
        ["Milvus 2.3.5".to_owned(), "—".to_owned()].into_iter().chain(there).collect(),
    ];
    let heads = [
        lang.t("measure-single"),
        lang.t("measure-mean"),
        "p50".to_owned(),
        "p95".to_owned(),
        "p99".to_owned(),
    ];
    html! {
        <>
            <p class="say-1">{ lang.f("measure-single-say", &[("n", point.rows.into()), ("ms", millis(mean).into())]) }</p>
            { table(&heads, rows) }
        </>
    }
}

fn recovery(lang: Lang, points: &[Point]) -> Html {
    let at = |point: &Point, place: usize| point.ms.get(place).copied().unwrap_or(0.0);
    let shown: Vec<Bar> = points
        .iter()
        .map(|point| Bar {
            label: lang.f("rows-n", &[("n", point.size.into())]),
            parts: vec![(1, at(point, 0)), (2, at(point, 1))],
            figure: ms(at(point, 0) + at(point, 1)),
        })
        .collect();
    let rows = points.iter().map(|point| {
        let [read, replay, index] = [0, 1, 2].map(|place| ms(at(point, place)));
        vec![grouped(point.size), byte_text(lang, point.bytes), read, replay, rate(point.rows_per_s()), index]
    });
    let heads = [
        lang.t("measure-rows"),
        lang.t("measure-log"),
        lang.t("measure-read"),
        lang.t("measure-replay"),
        lang.t("measure-rows-s"),
        lang.t("measure-index"),
    ];
    let key = [("b1", lang.t("measure-read")), ("b2", lang.t("measure-replay"))];
    let said = points.last().map(|point| {
        lang.f(
            "measure-recovery-say",
            &[
                ("n", point.size.into()),
                ("ms", millis(at(point, 0) + at(point, 1)).into()),
                ("rate", rate(point.rows_per_s()).into()),
            ],
        )
    });
    html! {
        <>
            if let Some(said) = said { <p class="say-1">{ said }</p> }
            { key_of(lang, &key) }
            { bars(&shown, "ms") }
            { table(&heads, rows.collect()) }
            <p class="fine">{ lang.t("measure-recovery-milvus") }</p>
        </>
    }
}

/// What each pattern stands for.
fn key_of(lang: Lang, entries: &[(&'static str, String)]) -> Html {
    html! {
        <ul class="wf-k" aria-label={lang.t("legend-region")}>
            { for entries.iter().map(|(pattern, said)| html! { <li><i class={classes!("wf-b", *pattern)} />{ said.clone() }</li> }) }
        </ul>
    }
}
