//! The printable page of a drill on a real server.
//!
//! It has the figures of every report of failovers, and before them what was really done: on which server, through
//! which client, with which fault, and what went wrong. Guarantees: the page says real time, and never that the same
//! seed gives the same report; a report that is not whole says so first; all text from outside is escaped. Leaves out:
//! making these sentences, which is the business of who played the drill (`cli`).

use super::export::figures;
use super::names::scenario_name;
use super::page::{escaped, page, paragraph, section, table};
use super::report::Drilled;
use quorum_i18n::Lang;

/// What a report of a real server has besides its figures, as sentences in the page's language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// What has to be read before anything else: that the report is partial, that no fault was made.
    pub warnings: Vec<String>,
    /// Name and value: address, version, client, command for faults and so on.
    pub facts: Vec<(String, String)>,
    /// A line a command: test, event, when it was started, its exit status, its last words.
    pub faults: Vec<[String; 5]>,
    /// What went wrong, and what can be done about it.
    pub troubles: Vec<String>,
    /// Figure by figure: its name, the lab's, the server's. Empty where nothing was compared.
    pub compared: Vec<[String; 3]>,
}

/// The page. `set` are the settings that were changed.
pub fn html(drilled: &Drilled, set: &[(String, u64)], setting: &Setting, lang: Lang) -> String {
    let title = lang.t("drill-real-page-title");
    let mut body = format!("<h1>{}</h1>\n", escaped(&title));
    for warning in &setting.warnings {
        body.push_str(&paragraph(warning, "missed"));
    }
    body.push_str(&head(drilled, set, lang));
    body.push_str(&section("drill-real-page-done", &rows_of(&setting.facts), lang));
    if !setting.faults.is_empty() {
        let heads = [
            "drill-col-suite",
            "drill-real-col-event",
            "drill-real-col-at",
            "drill-real-col-status",
            "drill-real-col-said",
        ];
        let rows: String = setting.faults.iter().map(|fault| row(fault)).collect();
        body.push_str(&section("drill-real-page-faults", &table(&heads, &rows, lang), lang));
    }
    let troubles: String = match setting.troubles.as_slice() {
        [] => paragraph(&lang.t("drill-real-no-troubles"), ""),
        troubles => troubles.iter().map(|trouble| paragraph(trouble, "")).collect(),
    };
    body.push_str(&section("drill-real-page-troubles", &troubles, lang));
    if !setting.compared.is_empty() {
        let heads = ["drill-col-figure", "drill-real-col-lab", "drill-real-col-server"];
        let rows: String = setting.compared.iter().map(|figure| row(figure)).collect();
        body.push_str(&section("drill-real-page-compared", &table(&heads, &rows, lang), lang));
    }
    if !drilled.runs.is_empty() {
        body.push_str(&figures(drilled, lang));
    }
    page(&title, &body, "drill-real-page-foot", lang)
}

/// What was played, with which settings, and whether it met its targets.
fn head(drilled: &Drilled, set: &[(String, u64)], lang: Lang) -> String {
    let what = [
        ("name", scenario_name(&drilled.scenario, lang).into()),
        ("scenario", drilled.scenario.as_str().into()),
        ("seed", drilled.seed.to_string().into()),
    ];
    let changed: Vec<String> = set.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let changed = match changed.is_empty() {
        true => lang.t("drill-page-defaults"),
        false => lang.f("drill-page-set", &[("set", changed.join(", ").into())]),
    };
    let met = !drilled.runs.is_empty() && drilled.runs.iter().all(super::RunReport::met);
    let (verdict, class) = match (drilled.runs.as_slice(), met) {
        ([], _) => ("drill-real-nothing", "missed"),
        (_, true) => ("drill-real-all-met", "met"),
        (_, false) => ("drill-real-not-met", "missed"),
    };
    [
        paragraph(&lang.f("drill-real-page-what", &what), ""),
        paragraph(&changed, "note"),
        paragraph(&lang.t(verdict), class),
    ]
    .concat()
}

/// A table of names and values, without a head.
fn rows_of(facts: &[(String, String)]) -> String {
    let line = |(name, value): &(String, String)| {
        format!("<tr><td>{}</td><td class=\"text\">{}</td></tr>\n", escaped(name), escaped(value))
    };
    let rows: String = facts.iter().map(line).collect();
    format!("<div class=\"scroll\"><table>\n<tbody>\n{rows}</tbody>\n</table></div>\n")
}

fn row(cells: &[String]) -> String {
    let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escaped(cell))).collect();
    format!("<tr>{cells}</tr>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::{Record, Request, report};
    use crate::{Targets, export, suites, text};

    /// A second of good requests, one that fails, and good ones again.
    fn record(fault_us: Option<u64>, verified: bool) -> Record {
        let request =
            |second: u64| Request { ended_us: second * 1_000_000 + 5_000, took_us: 4_000, ok: second != 3 };
        Record {
            fault_us,
            ends_us: 9_000_000,
            requests: (0..9).map(request).collect(),
            verified,
            ..Record::default()
        }
    }

    fn drilled(fault_us: Option<u64>, verified: bool) -> Drilled {
        let suite = suites::parts("failover-proxy").and_then(|parts| parts.first()).expect("a suite");
        let (targets, _) = Targets::split(&[]).expect("targets");
        report("failover-proxy", 7, &[(suite, record(fault_us, verified))], &targets).expect("a report")
    }

    fn verdict(drilled: &Drilled, name: &str) -> (Option<f64>, Option<bool>) {
        let target = drilled.runs[0].targets.iter().find(|target| target.name == name).expect("a target");
        (target.value, target.met)
    }

    #[test]
    fn without_a_fault_there_is_no_rto_and_no_verdict_on_it() {
        let with = drilled(Some(2_500_000), true);
        assert!(with.runs[0].rto_ms.is_some() && with.runs[0].met() && !with.runs[0].no_fault);
        let without = drilled(None, true);
        let run = &without.runs[0];
        assert!(run.no_fault && !run.met() && run.queries.failed == 1);
        assert_eq!((run.rto_ms, run.client_rto_ms, verdict(&without, "rto")), (None, None, (None, None)));
        assert!(run.downtime_min_per_month_by_failures.is_none() && without.rto.is_none());
        assert!(run.outages.iter().all(|outage| outage.cause.is_empty()), "{:?}", run.outages);
        let json = serde_json::to_value(&without).expect("JSON");
        assert_eq!((&json["runs"][0]["no_fault"], &json["real_time"]), (&true.into(), &true.into()));
        assert!(json["runs"][0]["rto_ms"].is_null() && json["runs"][0]["targets"][0]["met"].is_null());
        for lang in [Lang::Zh, Lang::En] {
            let said = text::text(&without, lang);
            assert!(said.contains(&lang.t("drill-real-no-fault")) && said.contains("rto = –"), "{said}");
            assert!(!said.contains(&lang.t("drill-no-return")), "{said}");
        }
        assert!(export::csv(&without).contains(",–,–,"), "{}", export::csv(&without));
        // Without that target, a drill without a fault has met nothing either.
        let none = Targets { rto_ms: 0, failed: 0, ..Targets::default() };
        let suite = suites::parts("failover-proxy").and_then(|parts| parts.first()).expect("a suite");
        let report = report("failover-proxy", 7, &[(suite, record(None, true))], &none).expect("a report");
        assert!(!report.runs[0].met());
    }

    #[test]
    fn one_test_without_a_fault_leaves_the_whole_run_without_a_verdict() {
        let parts = suites::parts(suites::WORKER).expect("suites");
        let records: Vec<_> = parts
            .iter()
            .enumerate()
            .map(|(at, suite)| (suite, record((at > 0).then_some(2_500_000), at > 0)))
            .collect();
        let (targets, _) = Targets::split(&[]).expect("targets");
        let report = report(suites::WORKER, 7, &records, &targets).expect("a report");
        let run = &report.runs[0];
        assert!(run.no_fault && run.rto_ms.is_none() && run.rpo.lost_writes.is_none() && !run.met());
        assert_eq!(run.parts.iter().map(|part| part.run.no_fault).collect::<Vec<_>>(), [true, false]);
        assert_eq!(report.sum.as_ref().map(|sum| sum.lost), Some(None));
        assert_eq!(report.suites.iter().map(|line| line.lost).collect::<Vec<_>>(), [None, Some(0)]);
        for lang in [Lang::Zh, Lang::En] {
            let said = text::text(&report, lang);
            assert!(said.contains(&lang.t("drill-real-no-fault")) && !said.contains("drill-"), "{said}");
        }
    }

    #[test]
    fn losses_that_nobody_could_count_are_not_zero_anywhere() {
        let unknown = drilled(Some(2_500_000), false);
        assert_eq!(verdict(&unknown, "lost"), (None, Some(false)));
        assert!(!unknown.runs[0].met());
        let json = serde_json::to_value(&unknown).expect("JSON");
        let run = &json["runs"][0];
        for figure in
            [&run["rpo"]["lost_writes"], &run["rpo"]["ms"], &run["rpo"]["oldest_ms"], &json["sum"]["lost"]]
        {
            assert!(figure.is_null(), "{json}");
        }
        let table = export::csv(&unknown);
        let [names, values] = [0, 1].map(|at| table.lines().nth(at).expect("a line").split(','));
        let cell =
            |name: &str| names.clone().zip(values.clone()).find(|cell| cell.0 == name).map(|cell| cell.1);
        assert_eq!(["lost", "rpo_ms", "acknowledged"].map(cell), [Some("–"), Some("–"), Some("0")]);
        for lang in [Lang::Zh, Lang::En] {
            let said = lang.f("drill-real-rpo-unknown", &[("acknowledged", 0.into())]);
            let page = html(&unknown, &[], &Setting::default(), lang);
            assert!(text::text(&unknown, lang).contains(&said) && page.contains(&escaped(&said)), "{page}");
            assert!(page.contains("<td>–</td>") && !page.contains(&lang.t("drill-real-all-met")), "{page}");
        }
        // A trend keeps it unknown.
        let points = crate::trend::read("2026-12", &json.to_string()).expect("a report");
        assert_eq!((points[0].lost, points[0].rpo_ms, points[0].met), (None, None, 0));
    }

    #[test]
    fn a_test_that_was_cut_short_has_met_nothing_and_may_have_missed() {
        let suite = suites::parts("failover-proxy").and_then(|parts| parts.first()).expect("a suite");
        let record = Record { cut_short: true, ..record(Some(2_500_000), true) };
        let (targets, _) = Targets::split(&[("rto_target_ms".to_owned(), 1)]).expect("targets");
        let report = report("failover-proxy", 7, &[(suite, record)], &targets).expect("a report");
        let verdicts = ["rto", "failed", "lost"].map(|name| verdict(&report, name).1);
        assert_eq!(verdicts, [Some(false), None, None]);
        assert!(report.runs[0].rto_ms.is_some() && !report.runs[0].met());
    }

    #[test]
    fn the_page_says_what_was_really_done() {
        let one = |text: &str| text.to_owned();
        let setting = Setting {
            warnings: vec![one("PARTIAL <1>")],
            facts: vec![(one("address"), one("http://h:1?a=<b>"))],
            faults: vec![["proxy", "fault", "15.20 s", "3", "it said <x>"].map(one)],
            troubles: vec![one("the server did not answer")],
            compared: vec![["RTO", "1.00 s", "2.00 s"].map(one)],
        };
        for lang in [Lang::Zh, Lang::En] {
            let page = html(&drilled(Some(2_500_000), true), &[(one("rows"), 5)], &setting, lang);
            for part in
                ["PARTIAL &lt;1&gt;", "?a=&lt;b&gt;", "15.20 s", "it said &lt;x&gt;", "2.00 s", "rows=5"]
            {
                assert!(page.contains(part), "{part}: {page}");
            }
            assert!(
                page.contains(&escaped(&lang.t("drill-real-page-foot"))) && !page.contains("drill-"),
                "{page}"
            );
            for virtual_time in ["virtual", "虚拟时间"] {
                assert!(!page.contains(virtual_time), "{page}");
            }
            let nothing = Drilled { scenario: one("failover-proxy"), real_time: true, ..Drilled::default() };
            let page = html(&nothing, &[], &Setting::default(), lang);
            assert!(
                page.contains(&lang.t("drill-real-nothing")) && !page.contains("class=\"met\""),
                "{page}"
            );
        }
    }
}
