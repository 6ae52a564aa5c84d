//! A report of disasters as a printable page.
//!
//! Guarantees: for one disaster, its log step by step, and advice on what failed; for several, how many were survived,
//! and one line for each. Leaves out: the parts common to all reports (`page`).

use super::i18n_terms;
use super::names::{counted, dash, phase_name, scenario_name, unknown};
use super::page::{escaped, head, losses, notes_table, page, paragraph, section, spread, table, targets};
use super::report::{Drilled, RunReport};
use quorum_i18n::Lang;

/// Number of disasters listed on paper; if there are more, only those that missed a target are listed.
const LISTED: usize = 100;

/// The page. `set` are the settings that were changed.
pub(super) fn html(drilled: &Drilled, set: &[(String, u64)], lang: Lang) -> String {
    let title = lang.t("drill-page-title-dr");
    let mut body = format!("<h1>{}</h1>\n", escaped(&title));
    body.push_str(&head(drilled, set, lang));
    let disasters = disasters(drilled);
    if let Some(survival) = drilled.sum.as_ref().and_then(|sum| sum.survival) {
        let said = i18n_terms::survival(&survival, disasters.len() as u64, lang);
        body.push_str(&section("drill-page-survival", &paragraph(&said, ""), lang));
    }
    body.push_str(&targets(drilled, lang));
    if disasters.len() > 1
        && let Some(rto) = &drilled.rto
    {
        body.push_str(&section("drill-page-rto-dr", &spread(rto, lang), lang));
    }
    if drilled.runs.len() == 1 {
        for (scenario, run) in &disasters {
            body.push_str(&log(scenario, run, lang));
        }
    }
    body.push_str(&notes_table(drilled, lang));
    body.push_str(&losses(drilled, lang));
    body.push_str(&list(&disasters, lang));
    page(&title, &body, "drill-page-foot", lang)
}

/// Every disaster with the name of its drill.
fn disasters(drilled: &Drilled) -> Vec<(&str, &RunReport)> {
    let mut all = Vec::with_capacity(drilled.runs.len());
    for run in &drilled.runs {
        match run.parts.as_slice() {
            [] => all.push((drilled.scenario.as_str(), run)),
            parts => all.extend(parts.iter().map(|part| (part.scenario.as_str(), &part.run))),
        }
    }
    all
}

/// What happened in one disaster, step by step.
fn log(scenario: &str, run: &RunReport, lang: Lang) -> String {
    let mut text: String = i18n_terms::struck(run, lang)
        .iter()
        .chain(&i18n_terms::classes(run, lang))
        .map(|said| paragraph(said, ""))
        .collect();
    let mut rows = String::new();
    for step in &run.steps {
        let (class, outcome) = (if step.ok { "met" } else { "missed" }, i18n_terms::outcome(step, lang));
        rows.push_str(&format!(
            "<tr><td>{} {}</td><td class=\"text code\">{}</td><td>{}</td><td class=\"text {class}\">{}</td></tr>\n",
            step.note_5.unwrap_or(step.stage),
            escaped(&i18n_terms::stage(step, lang)),
            escaped(&step.step),
            i18n_terms::duration(lang, step.ms),
            escaped(&outcome)
        ));
    }
    text.push_str(&table(
        &["drill-col-stage", "drill-col-step", "drill-col-took", "drill-col-outcome"],
        &rows,
        lang,
    ));
    format!(
        "<h2>{} · {}</h2>\n{text}",
        escaped(&lang.t("drill-page-log")),
        escaped(&scenario_name(scenario, lang))
    )
}

fn list(disasters: &[(&str, &RunReport)], lang: Lang) -> String {
    let all = disasters.len() <= LISTED;
    let wanted = disasters.iter().filter(|(_, run)| all || !run.met());
    let left_out = wanted.clone().count().saturating_sub(LISTED);
    let mut rows = String::new();
    for (scenario, run) in wanted.take(LISTED) {
        rows.push_str(&line(scenario, run, lang));
    }
    let heads = [
        "drill-col-seed",
        "drill-col-suite",
        "drill-col-disaster",
        "drill-col-surprise",
        "drill-col-rto",
        "drill-col-rpo",
        "drill-col-lost",
        "drill-col-cost",
        "drill-col-phases",
        "drill-col-outcome",
    ];
    let mut text = if rows.is_empty() { String::new() } else { table(&heads, &rows, lang) };
    if !all {
        text = paragraph(&lang.t("drill-page-only-missed"), "note") + &text;
    }
    if left_out > 0 {
        text.push_str(&paragraph(&lang.f("drill-page-more", &[("n", left_out.into())]), "note"));
    }
    section("drill-page-runs", &text, lang)
}

fn line(scenario: &str, run: &RunReport, lang: Lang) -> String {
    let (class, outcome) =
        if run.met() { ("met", lang.t("drill-page-met")) } else { ("missed", lang.t("drill-page-missed")) };
    let timed = run.rto_phases.iter().filter(|phase| phase.ms > 0.0);
    let phases: Vec<String> = timed
        .map(|phase| format!("{} {}", phase_name(phase.phase, lang), i18n_terms::duration(lang, phase.ms)))
        .collect();
    let text = |word: &Option<String>, say: fn(&str, Lang) -> String| {
        escaped(&word.as_ref().map_or_else(dash, |word| say(word, lang)))
    };
    format!(
        "<tr><td>{}</td><td class=\"text\">{}</td><td class=\"text\">{}</td><td \
         class=\"text\">{}</td><td>{}</td><td>{}</td>\
         <td>{}</td><td>{}</td><td class=\"text\">{}</td><td class=\"{class}\">{}</td></tr>\n",
        run.seed,
        escaped(&scenario_name(scenario, lang)),
        text(&run.disaster, i18n_terms::disaster),
        text(&run.surprise, i18n_terms::surprise),
        run.rto_ms.map_or_else(dash, |ms| i18n_terms::duration(lang, ms)),
        run.rpo.ms.map_or_else(unknown, |ms| i18n_terms::duration(lang, ms)),
        counted(run.rpo.lost()),
        run.cost_fen.map_or_else(dash, |fen| i18n_terms::yuan(fen as f64)),
        escaped(&phases.join(" · ")),
        escaped(&outcome)
    )
}
