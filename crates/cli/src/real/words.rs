//! What is said about a drill on a real server: while it is played, in the printed report and on the page.
//!
//! Guarantees: what nobody knows is a dash, never 0; what a server or a command said is shown in one line and without
//! what a terminal would obey. Leaves out: the figures of the drill itself (`quorum_drill::text`, `server_page`).

use quorum_drill::export::{counted, percent, seconds};
use quorum_drill::server_page::Setting;
use quorum_drill::{Drilled, RunReport};
use quorum_i18n::Lang;
use quorum_real::bridge::START_MS;
use quorum_real::drill::{CONNECT_MS, Job, Noted, Outcome, Step};
use quorum_real::fault::{Ending, FaultRun, Found, find};

use super::Drill;

/// In place of what is not known.
fn dash() -> String {
    "–".to_owned()
}

/// What a server said, without what a terminal would obey.
pub(super) fn one_line(said: &str) -> String {
    said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(240).collect()
}

/// What is done now.
pub(super) fn step(step: Step, drill: &Drill<'_>, lang: Lang) -> String {
    match step {
        Step::Connecting => {
            let python = drill.asked.python.is_some();
            let key = if python { "cli-real-connecting-python" } else { "cli-real-connecting" };
            let figures = [
                ("uri", one_line(drill.uri).into()),
                ("through", drill.through().into()),
                ("seconds", (CONNECT_MS / 1_000).into()),
                ("start", (START_MS / 1_000).into()),
            ];
            lang.f(key, &figures)
        }
        Step::Playing(test) => {
            let figures = [("test", test.name.into()), ("seconds", (test.ends_us / 1_000_000).into())];
            lang.f("cli-real-playing", &figures)
        }
    }
}

/// Why the command for faults cannot be run, if that can be told without running it.
pub(super) fn cannot_run(job: &Job, lang: Lang) -> Option<String> {
    let command = job.fault_command.as_deref()?;
    let path = std::env::var_os("PATH");
    let (key, word) = match find(command, path.as_deref()) {
        Found::Yes | Found::Unknown => return None,
        Found::Missing(word) if word.contains('/') => ("cli-real-cmd-no-file", word),
        Found::Missing(word) => ("cli-real-cmd-not-on-path", word),
        Found::NotExecutable(word) => ("cli-real-cmd-not-executable", word),
    };
    Some(lang.f(key, &[("word", one_line(&word).into())]))
}

/// What has to be read before any figure: that the report is partial, and tests without a fault.
pub(super) fn warnings(drill: &Drill<'_>, outcome: &Outcome, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    if outcome.stopped {
        let figures = [("done", outcome.complete.into()), ("of", drill.job.tests.len().into())];
        lines.push(lang.f("cli-real-partial", &figures));
    }
    let Some(command) = &drill.job.fault_command else {
        if !outcome.records.is_empty() {
            lines.push(lang.t("cli-real-none-made"));
        }
        return lines;
    };
    for (test, _) in outcome.records.iter().filter(|(_, record)| record.fault_us.is_none()) {
        let run = outcome.faults.iter().find(|run| run.test == test.name && run.event == "fault");
        lines.push(match run {
            Some(run) => ended("cli-real-not-made", run, command, lang),
            // The test was stopped before its fault.
            None => lang.f("cli-real-stopped-before", &[("test", test.name.into())]),
        });
    }
    for run in outcome.faults.iter().filter(|run| run.event == "heal" && !run.worked()) {
        lines.push(ended("cli-real-not-healed", run, command, lang));
    }
    lines
}

/// How a command ended that did not succeed, with its last words.
fn ended(key: &str, run: &FaultRun, command: &str, lang: Lang) -> String {
    let status = run.status.map_or_else(dash, |status| status.to_string());
    let how = match run.ending {
        Ending::NotStarted => lang.t("cli-real-ended-not-started"),
        Ending::Killed => lang.t("cli-real-ended-killed"),
        _ => lang.f("cli-real-ended-failed", &[("status", status.into())]),
    };
    let said = match &run.said {
        Some(said) => lang.f("cli-real-last-line", &[("said", one_line(said).into())]),
        None => lang.t("cli-real-no-last-line"),
    };
    let figures = [
        ("test", run.test.into()),
        ("command", one_line(command).into()),
        ("how", how.into()),
        ("said", said.into()),
    ];
    lang.f(key, &figures)
}

/// Names and values: what the server is, and what was done to it.
fn facts(drill: &Drill<'_>, outcome: &Outcome, lang: Lang) -> Vec<(String, String)> {
    let reached = outcome.facts.as_ref();
    let version = reached.and_then(|facts| facts.version.clone());
    let version = version.unwrap_or_else(|| lang.t("cli-real-version-unknown"));
    let client = reached.map_or_else(|| drill.through().to_owned(), |facts| facts.client.clone());
    let command = drill.job.fault_command.as_deref().map_or_else(|| lang.t("cli-real-no-command"), one_line);
    let rows = match outcome.lost_rows() {
        _ if outcome.records.is_empty() => dash(),
        Some(lost) => lang.f("cli-real-verified", &[("rows", lost.into())]),
        None => lang.t("cli-real-unverified"),
    };
    let left = match outcome.left_behind.as_slice() {
        [] => lang.t("cli-real-none-left"),
        left => lang.f("cli-real-left", &[("names", left.join(", ").into())]),
    };
    let fact = |key: &str, value: String| (lang.t(key), value);
    vec![
        fact("cli-real-fact-time", lang.f("cli-real-began", &[("began", outcome.began.as_str().into())])),
        fact("cli-real-fact-uri", one_line(drill.uri)),
        fact("cli-real-fact-version", one_line(&version)),
        fact("cli-real-fact-client", one_line(&client)),
        fact("cli-real-fact-command", command),
        fact("cli-real-fact-rows", rows),
        fact("cli-real-fact-collections", left),
    ]
}

/// The same as lines of a printed report, with the commands for faults.
pub(super) fn about(drill: &Drill<'_>, outcome: &Outcome, lang: Lang) -> Vec<String> {
    let figures = |(name, value): (String, String)| [("name", name.into()), ("value", value.into())];
    let facts = facts(drill, outcome, lang).into_iter();
    let mut lines: Vec<String> = facts.map(|fact| lang.f("cli-real-fact", &figures(fact))).collect();
    lines.extend(outcome.faults.iter().map(|run| {
        let [test, event, at, status, _] = cells(run, lang);
        let figures =
            [("test", test.into()), ("event", event.into()), ("at", at.into()), ("status", status.into())];
        lang.f("cli-real-fault", &figures)
    }));
    lines
}

/// A command for a fault as cells: test, event, time, status, last words.
fn cells(run: &FaultRun, lang: Lang) -> [String; 5] {
    let status = match (run.ending, run.status) {
        (_, Some(status)) => status.to_string(),
        (Ending::Running, _) => lang.t("cli-real-ended-running"),
        (Ending::Killed, _) => lang.t("cli-real-ended-killed"),
        _ => lang.t("cli-real-ended-not-started"),
    };
    let said = run.said.as_deref().map_or_else(dash, one_line);
    [run.test.to_owned(), run.event.to_owned(), seconds(run.at_ms as f64), status, said]
}

/// What went wrong, each with what can be done about it. Commands for faults are among the warnings.
pub(super) fn troubles(outcome: &Outcome, lang: Lang) -> Vec<String> {
    let line = |noted: &Noted| {
        let key = match (noted.code.as_str(), noted.during) {
            ("target_unreachable", "test" | "verify" | "drop") => "cli-real-trouble-away",
            ("target_unreachable", _) => "cli-real-trouble-unreachable",
            ("target_tls", _) => "cli-real-trouble-tls",
            ("target_denied", _) => "cli-real-trouble-denied",
            ("target_version", _) => "cli-real-trouble-version",
            ("target_full", _) => "cli-real-trouble-full",
            ("target_bridge", _) => "cli-real-trouble-bridge",
            _ => "cli-real-trouble-refused",
        };
        let at = |ms: Option<u64>| ms.map_or_else(dash, |ms| seconds(ms as f64));
        let during = match noted.during {
            "connect" => "cli-real-during-connect",
            "fill" => "cli-real-during-fill",
            "test" => "cli-real-during-test",
            "verify" => "cli-real-during-verify",
            _ => "cli-real-during-drop",
        };
        let figures = [
            ("during", lang.t(during).into()),
            ("times", noted.times.into()),
            ("first", at(noted.first_ms).into()),
            ("last", at(noted.last_ms).into()),
            ("said", one_line(&noted.said).into()),
        ];
        lang.f(key, &figures)
    };
    outcome.troubles.iter().filter(|noted| noted.during != "fault").map(line).collect()
}

/// The figures of both: name, the lab's, the server's.
fn compared(real: &Drilled, lab: &Drilled, lang: Lang) -> Vec<[String; 3]> {
    type Figure = fn(&RunReport) -> String;
    let figures: [(&str, Figure); 9] = [
        ("cli-real-row-requests", |run| run.queries.total.to_string()),
        ("cli-real-row-failed", |run| run.queries.failed.to_string()),
        ("cli-real-row-success", |run| percent(run.queries.success_rate)),
        ("cli-real-row-p50", |run| format!("{:.1} ms", run.latency_ms.p50)),
        ("cli-real-row-p99", |run| format!("{:.1} ms", run.latency_ms.p99)),
        ("cli-real-row-rto", |run| run.rto_ms.map_or_else(dash, seconds)),
        ("cli-real-row-settled", |run| {
            let settled = run.outages.iter().filter_map(|outage| outage.settled_ms).reduce(f64::max);
            settled.filter(|_| !run.no_fault).map_or_else(dash, seconds)
        }),
        ("cli-real-row-acknowledged", |run| run.rpo.acknowledged.to_string()),
        ("cli-real-row-lost", |run| counted(run.rpo.lost())),
    ];
    let cell = |drilled: &Drilled, figure: Figure| drilled.runs.first().map_or_else(dash, figure);
    figures.map(|(key, figure)| [lang.t(key), cell(lab, figure), cell(real, figure)]).to_vec()
}

/// The same, a line each.
pub(super) fn side_by_side(real: &Drilled, lab: &Drilled, lang: Lang) -> Vec<String> {
    let heads = [String::new(), lang.t("cli-real-col-lab"), lang.t("cli-real-col-real")];
    let rows = std::iter::once(heads).chain(compared(real, lab, lang));
    rows.map(|[name, lab, real]| format!("  {lab:>14} {real:>14}  {name}")).collect()
}

/// Everything that the page has besides the drill's figures.
pub(super) fn setting(
    drill: &Drill<'_>,
    outcome: &Outcome,
    (real, lab): (&Drilled, Option<&Drilled>),
    lang: Lang,
) -> Setting {
    Setting {
        warnings: warnings(drill, outcome, lang),
        facts: facts(drill, outcome, lang),
        faults: outcome.faults.iter().map(|run| cells(run, lang)).collect(),
        troubles: troubles(outcome, lang),
        compared: lab.map(|lab| compared(real, lab, lang)).unwrap_or_default(),
    }
}
