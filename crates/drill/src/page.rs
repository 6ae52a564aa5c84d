//! The printable page of a report: its frame, its style, and the parts that every report has.
//!
//! Guarantees: the page needs no other file and no script; all text from outside is escaped. Leaves out: the parts
//! specific to a report of failovers (`export`) or of disasters (`html_report_dr`).

use super::names::{bin, bound, dash, scenario_name, seconds, shown, target_name, unknown};
use super::report::{Drilled, Spread};
use super::{i18n_terms, notes};
use quorum_i18n::{Lang, grouped};

/// Number of lost writes listed on paper.
const LISTED_LOSSES: usize = 50;

/// The course's figures beside ours, as a section; empty where there are none.
pub(super) fn notes_table(drilled: &Drilled, lang: Lang) -> String {
    if drilled.notes.is_empty() {
        return String::new();
    }
    let mut rows = String::new();
    for row in &drilled.notes {
        let (class, verdict) = match row.holds {
            None => ("", String::new()),
            Some(true) => ("met", lang.t("drill-page-met")),
            Some(false) => ("missed", lang.t("drill-page-missed")),
        };
        rows.push_str(&format!(
            "<tr><td>{} · {}</td><td>{}</td><td>{}</td><td class=\"{class}\">{}</td></tr>\n",
            escaped(&scenario_name(&row.scenario, lang)),
            escaped(
                &lang.f(
                    "drill-note-of",
                    &[("what", notes::what(row, lang).into()), ("note", row.note.into())]
                )
            ),
            escaped(&notes::note_says(row, lang)),
            escaped(&notes::ours(row, lang)),
            escaped(&verdict)
        ));
    }
    let heads = ["drill-col-figure", "drill-col-note", "drill-col-ours", "drill-col-outcome"];
    section("drill-page-notes", &table(&heads, &rows, lang), lang)
}

/// A page that stands by itself; `foot` is the message at its end.
pub(super) fn page(title: &str, body: &str, foot: &str, lang: Lang) -> String {
    let foot = paragraph(&lang.t(foot), "foot");
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n{body}{foot}</body>\n</html>\n",
        lang.tag(),
        escaped(title)
    )
}

const STYLE: &str = "\
:root{color-scheme:light}\
body{font:15px/1.55 system-ui,'PingFang SC','Noto Sans CJK SC','Microsoft \
YaHei',sans-serif;color:#1b1f24;background:#fff;\
max-width:60rem;margin:2rem auto;padding:0 1.25rem}\
h1{font-size:1.7rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:2rem 0 .5rem;padding-top:.5rem;border-top:1px solid \
#c9d1d9}\
p{margin:.35rem 0}.code,td.code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.86em}\
.note,.foot{color:#57606a;font-size:.9em}.foot{margin-top:2rem}\
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
th,td{padding:.28rem .6rem .28rem 0;border-bottom:1px solid #e3e7eb;text-align:right;white-space:nowrap}\
th:first-child,td:first-child,td.text,th.text{text-align:left;white-space:normal}th{font-weight:600;color:#424a53}\
.met{color:#116329}.missed{color:#a40e26;font-weight:600}\
svg{display:block;width:100%;max-width:40rem;height:auto;margin:1rem 0}svg rect{fill:#3b6ea8}svg \
rect.over{fill:#b5523b}\
svg text{font:13px system-ui,sans-serif;fill:#1b1f24;text-anchor:middle}svg path{stroke:#8c959f;fill:none}\
.scroll{overflow-x:auto}\
@media print{@page{margin:16mm}body{margin:0;max-width:none;padding:0;font-size:10pt}h2{break-after:avoid}\
tr,svg{break-inside:avoid}thead{display:table-header-group}.scroll{overflow:visible}}";

pub(super) fn head(drilled: &Drilled, set: &[(String, u64)], lang: Lang) -> String {
    let last = drilled.seed + (drilled.runs.len() as u64).saturating_sub(1);
    let seeds = if last == drilled.seed { last.to_string() } else { format!("{}–{last}", drilled.seed) };
    let what = lang.f(
        "drill-page-what",
        &[
            ("name", scenario_name(&drilled.scenario, lang).into()),
            ("scenario", drilled.scenario.as_str().into()),
            ("runs", drilled.runs.len().into()),
            ("seeds", seeds.into()),
        ],
    );
    let changed: Vec<String> = set.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let changed = if changed.is_empty() {
        lang.t("drill-page-defaults")
    } else {
        lang.f("drill-page-set", &[("set", changed.join(", ").into())])
    };
    let met = drilled.runs.iter().filter(|run| run.met()).count();
    let verdict = lang.f("drill-runs-met", &[("met", met.into()), ("runs", drilled.runs.len().into())]);
    let class = if met == drilled.runs.len() { "met" } else { "missed" };
    [paragraph(&what, ""), paragraph(&changed, "note"), paragraph(&verdict, class)].concat()
}

/// The targets: how many runs missed each, and of a single run its values.
pub(super) fn targets(drilled: &Drilled, lang: Lang) -> String {
    let Some(first) = drilled.runs.first() else { return String::new() };
    let single = drilled.runs.len() == 1;
    let mut rows = String::new();
    for (at, target) in first.targets.iter().enumerate() {
        let of_runs = || drilled.runs.iter().filter_map(|run| run.targets.get(at));
        let missed = of_runs().filter(|target| !target.is_met()).count();
        let outcome = match (missed, single) {
            _ if of_runs().any(|target| target.met.is_none()) => lang.t("drill-real-no-verdict"),
            (0, _) => lang.t("drill-page-met"),
            (_, true) => lang.t("drill-page-missed"),
            _ => lang.f("drill-page-missed-in", &[("n", missed.into())]),
        };
        let value = if single {
            let none = if drilled.real_time { unknown } else { dash };
            target.value.map_or_else(none, |value| shown(lang, &target.name, value))
        } else {
            String::new()
        };
        let class = if missed == 0 { "met" } else { "missed" };
        rows.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"{class}\">{}</td></tr>\n",
            escaped(&target_name(&target.name, lang)),
            escaped(&bound(lang, &target.name, target.limit)),
            escaped(&value),
            escaped(&outcome)
        ));
    }
    let heads = ["drill-col-target", "drill-col-bound", "drill-col-value", "drill-col-outcome"];
    section("drill-page-targets", &table(&heads, &rows, lang), lang)
}

pub(super) fn spread(rto: &Spread, lang: Lang) -> String {
    let figures = [rto.mean, rto.median, rto.min, rto.max, rto.p95, rto.p99];
    let of_disasters = rto.histogram.first().is_some_and(|bin| bin.1.is_some_and(|to| to >= 60_000));
    let said = |value: f64| if of_disasters { i18n_terms::duration(lang, value) } else { seconds(value) };
    let cells: String = figures.iter().map(|value| format!("<td>{}</td>", said(*value))).collect();
    let heads = [
        "drill-col-mean",
        "drill-col-median",
        "drill-col-min",
        "drill-col-max",
        "drill-col-p95",
        "drill-col-p99",
    ];
    table(&heads, &format!("<tr>{cells}</tr>\n"), lang)
        + &histogram(lang, rto, &lang.t("drill-page-histogram"))
}

/// The bins as bars; those past the course's target (15 s; 1 h after a disaster) in another colour.
pub fn histogram(lang: Lang, rto: &Spread, title: &str) -> String {
    let of_disasters = rto.histogram.first().is_some_and(|bin| bin.1.is_some_and(|to| to >= 60_000));
    let over_ms = if of_disasters { 3_600_000 } else { 15_000 };
    const BAR: u64 = 92;
    const STEP: u64 = 120;
    const HIGH: u64 = 140;
    let most = rto.histogram.iter().map(|bin| bin.2).max().unwrap_or(0).max(1);
    let width = STEP * rto.histogram.len() as u64;
    let mut bars = String::new();
    for (at, (from, to, count)) in rto.histogram.iter().enumerate() {
        let left = at as u64 * STEP + (STEP - BAR) / 2;
        // What is there is seen.
        let high = if *count == 0 { 0 } else { (count * HIGH / most).max(2) };
        let (top, middle) = (24 + HIGH - high, left + BAR / 2);
        let class = if *from >= over_ms { " class=\"over\"" } else { "" };
        let label = bin(lang, *from, *to);
        bars.push_str(&format!(
            "<rect{class} x=\"{left}\" y=\"{top}\" width=\"{BAR}\" height=\"{high}\"/>\
             <text x=\"{middle}\" y=\"{}\">{}</text><text x=\"{middle}\" y=\"{}\">{label}</text>\n",
            top - 6,
            grouped(*count),
            HIGH + 42
        ));
    }
    let floor = HIGH + 24;
    format!(
        "<svg viewBox=\"0 0 {width} {}\" role=\"img\" aria-label=\"{}\">\n{bars}<path d=\"M0 \
         {floor}H{width}\"/>\n</svg>\n",
        HIGH + 52,
        escaped(title)
    )
}

pub(super) fn losses(drilled: &Drilled, lang: Lang) -> String {
    let acknowledged: u64 = drilled.runs.iter().map(|run| run.rpo.acknowledged).sum();
    let lost: Option<u64> = drilled.runs.iter().map(|run| run.rpo.lost()).sum();
    let Some(lost) = lost else {
        let said = lang.f("drill-real-rpo-unknown", &[("acknowledged", acknowledged.into())]);
        return section("drill-page-losses", &paragraph(&said, "missed"), lang);
    };
    let lost = lost as usize;
    let said = lang.f("drill-rpo", &[("lost", lost.into()), ("acknowledged", acknowledged.into())]);
    let mut text = paragraph(&said, if lost == 0 { "met" } else { "missed" });
    let mut rows = String::new();
    let named =
        drilled.runs.iter().flat_map(|run| run.rpo.writes().iter().map(move |write| (run.seed, write)));
    for (seed, write) in named.take(LISTED_LOSSES) {
        rows.push_str(&format!(
            "<tr><td>{}</td><td>{seed}</td><td class=\"text\">{}</td></tr>\n",
            write.id,
            escaped(&i18n_terms::death(&write.died, lang))
        ));
    }
    if lost > 0 {
        text.push_str(&table(&["drill-col-write", "drill-col-seed", "drill-col-died"], &rows, lang));
    }
    if lost > LISTED_LOSSES {
        let more = lang.f("drill-page-more", &[("n", (lost - LISTED_LOSSES).into())]);
        text.push_str(&paragraph(&more, "note"));
    }
    section("drill-page-losses", &text, lang)
}

pub(super) fn section(key: &str, inner: &str, lang: Lang) -> String {
    format!("<h2>{}</h2>\n{inner}", escaped(&lang.t(key)))
}

pub(super) fn paragraph(text: &str, class: &str) -> String {
    format!("<p class=\"{class}\">{}</p>\n", escaped(text))
}

pub(super) fn table(heads: &[&str], rows: &str, lang: Lang) -> String {
    let heads: String = heads.iter().map(|key| format!("<th>{}</th>", escaped(&lang.t(key)))).collect();
    format!(
        "<div class=\"scroll\"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

/// A text as it can stand in a page.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_histogram_has_a_bar_a_bin_and_its_highest_bar_is_full() {
        let rto = Spread::of(vec![1_000.0, 2_000.0, 20_000.0]).expect("figures");
        let drawn = histogram(Lang::En, &rto, "RTO");
        assert_eq!(drawn.matches("<rect").count(), 5);
        assert_eq!(drawn.matches("height=\"140\"").count(), 1);
        assert_eq!(drawn.matches("height=\"70\"").count(), 1);
        assert_eq!(drawn.matches("class=\"over\"").count(), 2);
    }
}
