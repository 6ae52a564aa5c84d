//! Measurements: charts, the same figures as tables, a sentence each, and the course's own figures beside them.
//!
//! Guarantees: figures measured here and figures from elsewhere differ in pattern and in words. Leaves out: measuring
//! (`web::measure`).

use std::rc::Rc;

use yew::prelude::*;

use super::chart::{Bar, bars};
use super::{percent, rate};
use crate::ui::format::{bytes as byte_text, millis};
use crate::web::measure::{DISK_BATCHES, Measured, Point, What};
use quorum_facade::disks::PRESETS;
use quorum_i18n::{Lang, grouped};

/// Milvus 2.3.5 standalone on a machine with two cores, as the course measured it: rows per second by batch size.
const MILVUS_RATES: [(u64, f64); 4] =
    [(100, 14_500.0), (500, 33_000.0), (1_000, 37_000.0), (5_000, 40_000.0)];
/// The same for single rows: p50, p95, p99 in milliseconds.
const MILVUS_SINGLE: [f64; 3] = [4.2, 7.0, 19.5];

/// The example output of course note 1: rows per second by batch size, and for single rows mean, p50, p95, p99 in
/// milliseconds. It names no machine.
const NOTE_RATES: [(u64, f64); 4] = [(100, 4_348.0), (500, 5_618.0), (1_000, 6_410.0), (5_000, 6_916.0)];
const NOTE_SINGLE: [f64; 4] = [2.34, 2.12, 3.45, 4.67];

/// The measurements, or their progress.
pub fn measured(lang: Lang, now: &Rc<Measured>) -> Html {
    let (word, title) = match now.what {
        What::Batches => ("batches", lang.t("measure-batches-title")),
        What::Recovery => ("recovery", lang.t("measure-recovery-title")),
        What::Disks => ("disks", lang.t("measure-disks-title")),
    };
    let here = lang.t(if now.what == What::Disks { "measure-disks-here" } else { "measure-here" });
    let part = percent(now.part, 1.0);
    html! {
        <section class="blockx" data-view="measured" data-what={word} data-running={now.running.to_string()}
            data-points={now.points.len().to_string()}>
            <h2 class="h-blk">{ title }<small>{ here }</small></h2>
            if now.running {
                <div class="pbar" role="progressbar" aria-label={lang.t("measure-running")} aria-valuemin="0"
                    aria-valuemax="100"
                    aria-valuenow={format!("{:.0}", now.part * 100.0)}>
                    <i class="p1" style={format!("width:{part}")} />
                    </div>
            }
            if let Some(error) =
                &now.error {
                    <p class="v-gone">{ lang.f("measure-failed", &[("error", error.as_str().into())]) }</p>
                }
            if !now.running && now.part < 1.0
                && now.error.is_none() { <p class="fine">{ lang.t("measure-stopped") }</p> }
            if !now.points.is_empty() {
                { match now.what {
                    What::Batches => batches(lang, &now.points),
                    What::Recovery => recovery(lang, &now.points),
                    What::Disks => disks(lang, &now.points),
                } }
            }
        </section>
    }
}

/// The table of figures below a chart.
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

/// The rate of a size in a table of rates.
fn rate_of(table: &[(u64, f64)], size: u64) -> Option<f64> {
    table.iter().find(|(of, _)| *of == size).map(|(_, rate)| *rate)
}

fn batches(lang: Lang, points: &[Point]) -> Html {
    let sized: Vec<&Point> = points.iter().filter(|point| point.size > 1).collect();
    let mut shown = Vec::new();
    for point in &sized {
        let here = point.rows_per_s();
        let label = lang.f("measure-batch-n", &[("n", point.size.into())]);
        shown.push(Bar { label, parts: vec![(1, here)], figure: rate(here) });
        for (table, pattern) in [(&MILVUS_RATES, 3), (&NOTE_RATES, 2)] {
            if let Some(there) = rate_of(table, point.size) {
                shown.push(Bar { label: String::new(), parts: vec![(pattern, there)], figure: rate(there) });
            }
        }
    }
    let rows = sized.iter().map(|point| {
        let mb = point.bytes as f64 / 1e3 / point.ms.first().copied().unwrap_or(1.0).max(0.001);
        let [milvus, note] = [&MILVUS_RATES, &NOTE_RATES]
            .map(|table| rate_of(table, point.size).map_or_else(|| "—".to_owned(), rate));
        vec![grouped(point.size), rate(point.rows_per_s()), millis(mb), milvus, note]
    });
    let heads = [
        lang.t("measure-batch"),
        lang.t("measure-rows-s"),
        "MB/s".to_owned(),
        "Milvus 2.3.5".to_owned(),
        lang.t("measure-key-note"),
    ];
    let of = |size: u64| sized.iter().find(|point| point.size == size).map(|point| point.rows_per_s());
    let faster =
        of(1_000).zip(of(100)).map(|(big, small)| big / small.max(1.0)).filter(|times| *times > 1.05);
    let single = points.iter().find(|point| point.size == 1);
    let key =
        [(1, lang.t("measure-key-here")), (3, lang.t("measure-key-milvus")), (2, lang.t("measure-key-note"))];
    html! {
        <>
            if let Some(times) = faster {
                <p class="say-1">{ lang.f("measure-batches-say", &[("x", format!("{:.1}", times).into())]) }</p>
            }
            if !sized.is_empty() {
                { key_of(lang, &key) }
                { bars(lang, "batches", &shown, &lang.t("measure-rows-s"), &key) }
                { table(&heads, rows.collect()) }
            }
            if let Some(point) = single { { singles(lang, point) } }
            <p class="fine">{ lang.t("measure-source") }{ " " }{ lang.t("measure-note-source") }</p>
        </>
    }
}

/// The latency of single rows, as a histogram, and the same as a table. The positions of p50, p95 and p99 are written
/// beside it.
fn spread(lang: Lang, point: &Point) -> Html {
    let total: u64 = point.spread.iter().map(|(_, count)| count).sum();
    let bound = |place: usize| point.spread.get(place).map_or(0.0, |(upto, _)| *upto);
    let width = bound(0);
    let label = |place: usize| {
        let longer = place > 0 && (bound(place) - bound(place - 1) - width).abs() > width / 100.0;
        let key = if longer { "measure-spread-over" } else { "measure-spread-upto" };
        lang.f(key, &[("ms", millis(bound(place)).into())])
    };
    // The bin that contains a percentile.
    let falls = |ms: f64| (0..point.spread.len()).find(|place| ms <= bound(*place));
    let marks = |place: usize| {
        let names = ["p50", "p95", "p99"].into_iter().zip(point.ms.iter().skip(1));
        let here: Vec<&str> =
            names.filter(|(_, ms)| falls(**ms) == Some(place)).map(|(name, _)| name).collect();
        here.join(", ")
    };
    let share = |count: u64| format!("{:.1}%", count as f64 / total.max(1) as f64 * 100.0);
    let each = || point.spread.iter().map(|(_, count)| *count).enumerate();
    let shown: Vec<Bar> = each()
        .map(|(place, count)| Bar {
            label: label(place),
            parts: vec![(1, count as f64)],
            figure: format!("{} {}", grouped(count), marks(place)).trim_end().to_owned(),
        })
        .collect();
    let rows = each().map(|(place, count)| vec![label(place), grouped(count), share(count), marks(place)]);
    let heads = [
        lang.t("measure-spread-bin"),
        lang.t("measure-spread-n"),
        lang.t("measure-spread-part"),
        "p50, p95, p99".to_owned(),
    ];
    html! {
        <div data-view="spread" data-bins={point.spread.len().to_string()}>
            <h3 class="h-sub">{ lang.f("measure-spread", &[("n", total.into())]) }</h3>
            { bars(lang, "spread", &shown, &lang.t("measure-spread-n"), &[]) }
            { table(&heads, rows.collect()) }
        </div>
    }
}

/// A comparison of disks.
fn disks(lang: Lang, points: &[Point]) -> Html {
    let key = |point: &Point| usize::try_from(point.size).ok().and_then(|place| PRESETS.get(place));
    let name = |point: &Point| key(point).map_or_else(String::new, |preset| lang.f(preset.key, &[]));
    let took = |point: &Point, place: usize| point.ms.get(place).copied().unwrap_or(0.0).max(0.001);
    let rows_per_s = |point: &Point, place: usize| DISK_BATCHES[place] as f64 / took(point, place) * 1_000.0;
    // The batch that is drawn: 1,000 rows.
    const DRAWN: usize = 3;
    let mut shown: Vec<Bar> = points
        .iter()
        .map(|point| {
            let here = rows_per_s(point, DRAWN);
            Bar { label: name(point), parts: vec![(1, here)], figure: rate(here) }
        })
        .collect();
    if let Some(note) = rate_of(&NOTE_RATES, DISK_BATCHES[DRAWN]) {
        shown.push(Bar { label: lang.t("measure-key-note"), parts: vec![(2, note)], figure: rate(note) });
    }
    let rates = |point: &Point| (1..DISK_BATCHES.len()).map(|place| rate(rows_per_s(point, place))).collect();
    let rows = points.iter().map(|point| {
        let rates: Vec<String> = rates(point);
        [name(point), ms(took(point, 0))].into_iter().chain(rates).collect()
    });
    let note = [lang.t("measure-key-note"), ms(NOTE_SINGLE[1])].into_iter();
    let note = note.chain(NOTE_RATES.iter().map(|(_, there)| rate(*there))).collect();
    let heads: Vec<String> = [lang.t("measure-disks-disk"), lang.t("measure-disks-single")]
        .into_iter()
        .chain(DISK_BATCHES[1..].iter().map(|n| lang.f("measure-disks-batch", &[("n", (*n).into())])))
        .collect();
    let find = |word: &str| points.iter().find(|point| key(point).is_some_and(|preset| preset.key == word));
    let said = find("disk-ssd").zip(find("disk-hdd")).map(|(ssd, hdd)| {
        let times = |place: usize| format!("{:.1}", took(hdd, place) / took(ssd, place));
        lang.f("measure-disks-say", &[("single", times(0).into()), ("batch", times(4).into())])
    });
    let drawn = lang.f("measure-disks-batch", &[("n", DISK_BATCHES[DRAWN].into())]);
    let key = [(1, drawn), (2, lang.t("measure-key-note"))];
    html! {
        <>
            if let Some(said) = said { <p class="say-1">{ said }</p> }
            { key_of(lang, &key) }
            { bars(lang, "disks", &shown, &lang.t("measure-rows-s"), &key) }
            { table(&heads, rows.chain([note]).collect()) }
            <p class="fine">{ lang.t("measure-disks-note") }</p>
        </>
    }
}

/// Single rows in sequence.
fn singles(lang: Lang, point: &Point) -> Html {
    let mean = point.ms.first().copied().unwrap_or(0.0);
    let here = point.ms.iter().map(|x| ms(*x));
    let there = MILVUS_SINGLE.iter().map(|x| ms(*x));
    let rows = vec![
        [lang.t("measure-key-here")].into_iter().chain(here).collect(),
        ["Milvus 2.3.5".to_owned(), "—".to_owned()].into_iter().chain(there).collect(),
        [lang.t("measure-key-note")].into_iter().chain(NOTE_SINGLE.iter().map(|x| ms(*x))).collect(),
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
            <p class="say-1">
                { lang.f("measure-single-say", &[("n", point.rows.into()), ("ms", millis(mean).into())]) }
            </p>
            { table(&heads, rows) }
            if !point.spread.is_empty() { { spread(lang, point) } }
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
    let key = [(1, lang.t("measure-read")), (2, lang.t("measure-replay"))];
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
            { bars(lang, "recovery", &shown, "ms", &key) }
            { table(&heads, rows.collect()) }
            <p class="fine">{ lang.t("measure-recovery-milvus") }</p>
        </>
    }
}

/// The legend of the patterns.
fn key_of(lang: Lang, entries: &[(u8, String)]) -> Html {
    html! {
        <ul class="wf-k" aria-label={lang.t("legend-region")}>
            {
                for entries.iter()
                    .map(
                        |(
                            pattern,
                            said
                        )| html! {
                            <li><i class={format!("wf-b b{pattern}")} />{ said.clone() }</li>
                        }
                    )
            }
        </ul>
    }
}
