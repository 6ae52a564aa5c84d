//! `drill --promise`: measures a drill over many seeds, promises a number, and holds fresh seeds to it.
//!
//! Guarantees: the fresh seeds are those after the measured ones, so none of them was looked at before the promise; if
//! stopped early, what was measured is printed and nothing is judged. Leaves out: playing (`drill`) and the arithmetic
//! (`quorum_drill::promise`).

use std::io::Write;

use serde::Serialize;

use super::typed::Asked;
use super::work::{Context, Kind, Partial};
use super::{End, drill, write, write_json};
use quorum_drill::promise::{
    FRESH, Figure, Measured, Outcome, Promised, Took, Worth, bin, percent, seeds, share,
};
use quorum_drill::{Plan, i18n_terms};
use quorum_i18n::Lang;
use quorum_types::Refusal;

/// What is printed when it was stopped.
#[derive(Serialize)]
struct Stopped<'a> {
    scenario: &'a str,
    measured: &'a Measured,
    #[serde(flatten)]
    partial: &'a Partial,
}

/// Measures, promises and tries; whether the promise was kept.
pub(super) fn run(
    scenario: Option<&str>,
    asked: &Asked,
    context: &Context,
    out: &mut impl Write,
) -> Result<End, Refusal> {
    refuse_others(asked)?;
    let scenario = scenario.map_or_else(|| drill::note_test(asked), Ok)?;
    let (measured_plan, _) = drill::planned(scenario, asked)?;
    measured_plan.check()?;
    let measure = measured_plan.runs;
    let fresh = asked.fresh.unwrap_or(FRESH);
    if fresh == 0 {
        return Err(Refusal::new("bad_runs", asked.spoken.t("cli-bad-fresh-none")));
    }
    let plan = Plan { runs: measure.saturating_add(fresh), ..measured_plan };
    let (runs, _, covered) = drill::runs_of(&plan, 0..plan.runs, false, context, asked.spoken)?;
    let took: Vec<Took> = runs.iter().map(Took::of).collect();
    if let Some(partial) = covered.partial(0, Kind::Runs) {
        // Runs end in any order; those from the first on are what one thread would have measured.
        let first = plan.first_seed()?;
        let is_measured = |run: &&Took| run.seed < first + measure;
        let measured = Measured::of(&took.iter().filter(is_measured).copied().collect::<Vec<_>>());
        if asked.json {
            let stopped = Stopped { scenario, measured: &measured, partial: &partial };
            write_json(out, &stopped)?;
        } else {
            write(out, &partial.text(asked.lang))?;
            write(out, &figures(&measured, asked.lang).join("\n"))?;
        }
        return Ok(End::Interrupted);
    }
    let (measured, tried) = took.split_at(measure as usize);
    let measured = Measured::of(measured);
    let promised = match asked.promise {
        Some(Promised::Ms(ms)) => (ms, None),
        Some(Promised::Figure(figure)) => match measured.promise_ms(figure) {
            Some(ms) => (ms, Some(figure)),
            None => return Err(Refusal::new("no_figure", asked.spoken.t("cli-promise-no-figure"))),
        },
        None => (0, None),
    };
    let outcome = Outcome::of(scenario, measured, promised, tried);
    if asked.json {
        write_json(out, &outcome)?;
    } else {
        write(out, &text(&outcome, asked.lang))?;
    }
    Ok(End::of(outcome.kept))
}

/// Options of whole reports, of parts and of real servers.
fn refuse_others(asked: &Asked) -> Result<(), Refusal> {
    let others = [
        ("--trace", asked.trace.is_some()),
        ("--html", asked.html.is_some()),
        ("--csv", asked.csv),
        ("--save", asked.save.is_some()),
        ("--shard", asked.shard.is_some()),
        ("--target", asked.target.is_some()),
    ];
    match others.into_iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => {
            let text = asked.spoken.f("cli-promise-not-with", &[("option", option.into())]);
            Err(Refusal::new("bad_arguments", text))
        }
        None => Ok(()),
    }
}

/// What was measured: the figures, and the distribution.
fn figures(measured: &Measured, lang: Lang) -> Vec<String> {
    let runs = [
        ("runs", measured.runs.into()),
        ("seeds", seeds(measured.seed, measured.runs).into()),
        ("unfelt", measured.unfelt.into()),
        ("never", measured.never.into()),
    ];
    let mut lines = vec![lang.f("drill-promise-measured", &runs)];
    let Some(rto) = &measured.rto else { return lines };
    for figure in Figure::ALL {
        lines.push(format!("  {:<8} {}", figure.word(), i18n_terms::duration(lang, figure.of(rto))));
    }
    lines.push(lang.t("drill-promise-bins"));
    for (from, to, count) in &rto.histogram {
        lines.push(format!("  {:<14} {count}", bin(lang, *from, to.unwrap_or(*from))));
    }
    lines
}

fn text(outcome: &Outcome, lang: Lang) -> String {
    let took = |ms: Option<f64>| match ms {
        Some(ms) => i18n_terms::duration(lang, ms),
        None => lang.t("drill-promise-never"),
    };
    let name = quorum_drill::export::scenario_name(&outcome.scenario, lang);
    let mut lines = vec![lang.f("drill-promise-title", &[("name", name.into())])];
    lines.extend(figures(&outcome.measured, lang));
    let promise = i18n_terms::duration(lang, outcome.promise_ms as f64);
    let said = [
        ("promise", promise.into()),
        ("within", share(outcome.within, outcome.measured.runs).into()),
        ("fresh", outcome.fresh.runs.into()),
        ("chance", percent(outcome.chance).into()),
    ];
    lines.push(lang.f("drill-promise-said", &said));
    let fresh = [
        ("kept", outcome.fresh.kept.into()),
        ("runs", outcome.fresh.runs.into()),
        ("seeds", seeds(outcome.fresh.seed, outcome.fresh.runs).into()),
        ("longest", took(outcome.fresh.longest_ms).into()),
    ];
    lines.push(lang.f("drill-promise-fresh", &fresh));
    for run in &outcome.fresh.broken {
        let run = [("seed", run.seed.to_string().into()), ("took", took(run.rto_ms).into())];
        lines.push(format!("  {}", lang.f("drill-promise-broke", &run)));
    }
    lines.push(lang.t(if outcome.kept { "drill-promise-kept" } else { "drill-promise-broken" }));
    lines.push(lang.t("drill-promise-worth"));
    let worth = |worth: &Worth| {
        let args = [
            ("promise", i18n_terms::duration(lang, worth.promise_ms as f64).into()),
            ("chance", percent(worth.chance).into()),
            ("kept", share(worth.kept, outcome.fresh.runs).into()),
        ];
        format!("  {:<8} {}", worth.figure, lang.f("drill-promise-worth-row", &args))
    };
    lines.extend(outcome.figures.iter().map(worth));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use crate::tests::check;

    fn json(arguments: &[&str]) -> (bool, serde_json::Value) {
        let (kept, text) = check(arguments).expect("runs");
        (kept, serde_json::from_str(&text).expect("JSON"))
    }

    const DRILL: [&str; 8] = ["drill", "kill-the-leader", "--seed", "3", "--runs", "6", "--fresh", "4"];

    fn promise<'a>(what: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        [&DRILL[..], &["--promise", what], more].concat()
    }

    #[test]
    fn a_promise_is_made_from_measured_runs_and_tried_on_the_seeds_after_them() {
        let (kept, outcome) = json(&promise("1600", &["--json"]));
        let (_, report) = json(&["drill", "kill-the-leader", "--seed", "3", "--runs", "6", "--json"]);
        for figure in ["mean", "median", "p95", "p99", "max"] {
            assert_eq!(outcome["measured"]["rto"][figure], report["rto"][figure], "{figure}");
        }
        assert_eq!(outcome["measured"]["seed"], 3);
        assert_eq!((&outcome["fresh"]["seed"], &outcome["fresh"]["runs"]), (&9.into(), &4.into()));
        assert_eq!((&outcome["promise_ms"], outcome["kept"].as_bool()), (&1_600.into(), Some(kept)));
        // What the fresh seeds say by themselves.
        let (_, fresh) = json(&["drill", "kill-the-leader", "--seed", "9", "--runs", "4", "--json"]);
        let over = |run: &&serde_json::Value| run["rto_ms"].as_f64().is_none_or(|ms| ms > 1_600.0);
        let broken: Vec<&serde_json::Value> =
            fresh["runs"].as_array().expect("runs").iter().filter(over).collect();
        let named = outcome["fresh"]["broken"].as_array().expect("a list");
        assert_eq!(named.len(), broken.len());
        for (named, run) in named.iter().zip(broken) {
            assert_eq!((&named["seed"], &named["rto_ms"]), (&run["seed"], &run["rto_ms"]));
        }
    }

    #[test]
    fn a_promise_can_be_a_figure_and_is_kept_or_not() {
        let (kept, outcome) = json(&promise("max", &["--json"]));
        assert_eq!((&outcome["figure"], &outcome["within"]), (&"max".into(), &6.into()));
        assert!((outcome["chance"].as_f64().expect("a chance") - 0.6).abs() < 1e-9);
        assert_eq!(Some(kept), outcome["kept"].as_bool());
        // No election takes a millisecond, and none takes an hour.
        let of = |what| check(&promise(what, &["--lang", "en"])).expect("runs");
        let (kept, text) = of("1");
        assert!(!kept && text.contains("0 of 4 fresh runs") && text.contains("seed 12"), "{text}");
        let (kept, text) = of("3600000");
        assert!(kept && text.contains("4 of 4 fresh runs"), "{text}");
        let (_, text) = check(&promise("p99", &["--lang", "zh"])).expect("runs");
        assert!(!text.contains("drill-"), "{text}");
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let of = |jobs| check(&promise("median", &["--jobs", jobs])).expect("runs");
        assert_eq!(of("1"), of("3"));
    }

    #[test]
    fn what_a_promise_does_not_go_with_is_refused() {
        let code = |arguments: &[&str]| check(arguments).expect_err("refused");
        assert_eq!(code(&promise("1600", &["--csv"])), "bad_arguments");
        assert_eq!(code(&promise("1600", &["--shard", "0/2"])), "bad_arguments");
        assert_eq!(code(&promise("p98", &[])), "bad_arguments");
        assert_eq!(code(&promise("-1", &[])), "bad_arguments");
        assert_eq!(code(&promise("1600", &["--fresh", "0"])), "bad_runs");
        assert_eq!(code(&promise("1600", &["--runs", "100000"])), "bad_runs");
        assert_eq!(code(&DRILL), "bad_arguments", "--fresh alone");
    }
}
