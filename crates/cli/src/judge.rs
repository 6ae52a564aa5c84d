//! `judge`: runs a program that speaks Maelstrom's protocol, and says whether its answers can be right.
//!
//! Guarantees: exit status 0 if they can, 1 if they cannot, 2 if the program could not be judged, 130 for Ctrl-C; the
//! reason is one sentence and the few operations that show it; the page needs no other file and no script. Leaves out:
//! running it (`quorum-judge`).

mod page;
mod words;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;

use serde::Serialize;

use super::typed::Asked;
use super::work::Context;
use super::{End, bad_input, outputs, write, write_json};
use quorum_i18n::{Arg, Lang};
use quorum_judge::maelstrom::{
    Counts, FAULT_WORDS, FaultKind, FaultSpan, Latencies, Leader, MAX_NODES, MAX_SECONDS, Messages, Op, Plan,
    Report, Workload, judge,
};
use quorum_types::Refusal;

/// What is asked for unless something else is.
const NODES: u64 = 5;
const SECONDS: u64 = 10;
/// Kills only on request: most such programs keep nothing on a disk.
const FAULTS: &str = "partition,pause,loss";

/// Runs a program; how it ended.
pub(super) fn run(
    command: &[OsString],
    asked: &Asked,
    context: &Context,
    out: &mut impl Write,
) -> Result<End, Refusal> {
    let plan = plan(command, asked)?;
    for file in [&asked.history, &asked.html].into_iter().flatten() {
        outputs::check(file, asked.spoken)?;
    }
    let line = context.line(plan.seconds, &context.lang.t("cli-progress-seconds"));
    let report = judge(&plan, &mut |us| {
        line.at((us / 1_000_000).min(plan.seconds));
        !context.stop.asked()
    });
    drop(line);
    if let Some(path) = &asked.history {
        outputs::write(path, history(&report.ops)?.as_bytes())?;
    }
    if let Some(path) = &asked.html {
        outputs::write(path, page::page(&report, asked.lang).as_bytes())?;
    }
    if asked.json {
        write_json(out, &Printed::of(&report))?;
    } else {
        write(out, &words::report(&report, asked.lang))?;
    }
    Ok(match (&report.trouble, report.finished) {
        (Some(_), _) => End::Unusable,
        (None, false) => End::Interrupted,
        (None, true) => End::of(report.ok()),
    })
}

fn plan(command: &[OsString], asked: &Asked) -> Result<Plan, Refusal> {
    let lang = asked.spoken;
    let refuse = |key: &str, figures: &[(&str, Arg)]| {
        Err(bad_input::unusable(&lang.f(key, figures), None, "quorum-lab judge", lang))
    };
    let word = asked.workload.as_deref().unwrap_or("lin-kv");
    let Some(workload) = Workload::named(word) else {
        let names = Workload::ALL.map(Workload::word).join(", ");
        return refuse(
            "cli-bad-workload",
            &[("word", bad_input::shown(word).into()), ("names", names.into())],
        );
    };
    let nodes = asked.nodes.unwrap_or(NODES);
    if nodes == 0 || nodes > MAX_NODES as u64 {
        return refuse("cli-bad-nodes", &[("most", MAX_NODES.into())]);
    }
    let seconds = asked.seconds.unwrap_or(SECONDS);
    if seconds == 0 || seconds > MAX_SECONDS {
        return refuse("cli-bad-seconds", &[("most", MAX_SECONDS.into())]);
    }
    let mut faults = Vec::new();
    for word in asked.faults.as_deref().unwrap_or(FAULTS).split(',').map(str::trim) {
        match FAULT_WORDS.iter().find(|(known, _)| *known == word) {
            Some((_, kinds)) => faults.extend_from_slice(kinds),
            None if matches!(word, "" | "none") => {}
            None => {
                let names = FAULT_WORDS.map(|(name, _)| name).join(", ");
                let figures = [("word", bad_input::shown(word).into()), ("names", names.into())];
                return refuse("cli-bad-fault", &figures);
            }
        }
    }
    faults.sort_unstable();
    faults.dedup();
    let (nodes, seed) = (nodes as usize, asked.seed.unwrap_or(1));
    Ok(Plan { command: command.to_vec(), workload, nodes, seconds, seed, faults })
}

/// The operations on registers as `check-history` reads them; of other workloads, the same lines.
fn history(ops: &[Op]) -> Result<String, Refusal> {
    let mut text = String::new();
    for op in ops {
        let line = serde_json::to_string(op).map_err(|error| Refusal::new("json", error.to_string()))?;
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}

/// A report as JSON.
#[derive(Debug, Serialize)]
struct Printed<'a> {
    ok: bool,
    workload: Workload,
    linearizable: Option<bool>,
    ops: Counts,
    faults: BTreeMap<FaultKind, u64>,
    nodes: usize,
    seconds: u64,
    seed: u64,
    messages: Messages,
    latency_ms: Option<Latencies>,
    leaders: &'a [Leader],
    faults_at: &'a [FaultSpan],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    interrupted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<Why<'a>>,
}

/// Why a program did not pass.
#[derive(Debug, Serialize)]
struct Why<'a> {
    code: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ops: Vec<&'a Op>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    last_words: &'a [String],
}

impl<'a> Printed<'a> {
    fn of(report: &'a Report) -> Self {
        let why = match (&report.trouble, &report.wrong) {
            (Some(trouble), _) => Some(Why {
                code: trouble.code(),
                text: words::trouble(trouble, Lang::En),
                ops: Vec::new(),
                last_words: trouble.last_words(),
            }),
            (None, Some(wrong)) => Some(Why {
                code: words::code(wrong),
                text: words::wrong(wrong, &report.ops, Lang::En),
                ops: wrong.ops().into_iter().map(|at| &report.ops[at]).collect(),
                last_words: &[],
            }),
            (None, None) => None,
        };
        Self {
            ok: report.ok(),
            workload: report.workload,
            linearizable: report.linearizable(),
            ops: report.counts(),
            faults: report.fault_counts(),
            nodes: report.nodes,
            seconds: report.seconds,
            seed: report.seed,
            messages: report.messages,
            latency_ms: report.latencies(),
            leaders: &report.leaders,
            faults_at: &report.faults,
            interrupted: !report.finished && report.trouble.is_none(),
            why,
        }
    }
}
