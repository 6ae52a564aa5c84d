//! The judge's report in words: the verdict, what contradicts it, and why a program breaks.
//!
//! Guarantees: every verdict and every kind of trouble has a sentence in both languages, with nodes, times in seconds
//! and values. Leaves out: the page (`page`).

use quorum_i18n::{Arg, Lang};
use quorum_judge::maelstrom::{Cause, FaultKind, Op, OpKind, Report, Status, Trouble, Wrong};
use serde_json::Value;

/// Longer values are cut short.
const LONG: usize = 60;

/// The whole report.
pub(super) fn report(report: &Report, lang: Lang) -> String {
    let mut lines = vec![headline(report, lang)];
    if let Some(trouble) = &report.trouble {
        lines.push(self::trouble(trouble, lang));
        lines.extend(last_words(trouble, lang));
    }
    if let Some(wrong) = &report.wrong {
        lines.push(self::wrong(wrong, &report.ops, lang));
        lines.extend(wrong.ops().into_iter().map(|at| format!("    {}", phrase(&report.ops[at], lang))));
    }
    lines.extend(figures(report, lang));
    lines.join("\n")
}

/// What its process last said.
fn last_words(trouble: &Trouble, lang: Lang) -> Vec<String> {
    let said = trouble.last_words();
    let head = (!said.is_empty()).then(|| lang.t("cli-judge-last-words"));
    head.into_iter().chain(said.iter().map(|line| format!("    {}", clean(line)))).collect()
}

fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The verdict.
pub(super) fn headline(report: &Report, lang: Lang) -> String {
    let key = match (&report.trouble, &report.wrong, report.finished) {
        (Some(_), ..) => "cli-judge-broken",
        (None, Some(_), _) => "cli-judge-failed",
        (None, None, true) => "cli-judge-passed",
        (None, None, false) => "cli-judge-stopped",
    };
    let figures = [
        ("workload", Arg::from(report.workload.word())),
        ("nodes", report.nodes.into()),
        ("seconds", report.seconds.into()),
        ("seed", report.seed.into()),
    ];
    lang.f(key, &figures)
}

/// The figures, a line each.
pub(super) fn figures(report: &Report, lang: Lang) -> Vec<String> {
    let counts = report.counts();
    let ops = [("ok", Arg::from(counts.ok)), ("fail", counts.fail.into()), ("info", counts.info.into())];
    let mut lines = vec![lang.f("cli-judge-ops", &ops)];
    if let Some(all) = report.latencies() {
        let ms = |value: f64| Arg::from(format!("{value:.1}"));
        let figures =
            [("p50", ms(all.p50)), ("p95", ms(all.p95)), ("p99", ms(all.p99)), ("max", ms(all.max))];
        lines.push(lang.f("cli-judge-latency", &figures));
    }
    let messages = report.messages;
    let figures =
        [("sent", Arg::from(messages.sent)), ("lost", messages.lost.into()), ("cut", messages.cut.into())];
    lines.push(lang.f("cli-judge-messages", &figures));
    let faults: Vec<String> = report
        .fault_counts()
        .into_iter()
        .map(|(kind, count)| lang.f(fault_key(kind), &[("n", count.into())]))
        .collect();
    let faults = if faults.is_empty() { lang.t("cli-judge-no-faults") } else { all_of(faults, lang) };
    lines.push(lang.f("cli-judge-faults", &[("faults", faults.into())]));
    if !report.leaders.is_empty() {
        let leaders: Vec<String> = report
            .leaders
            .iter()
            .map(|leader| {
                let figures = [
                    ("node", Arg::from(leader.node.as_str())),
                    ("term", leader.term.into()),
                    ("at", seconds(leader.from_us).into()),
                ];
                lang.f("cli-judge-leader", &figures)
            })
            .collect();
        let leaders = all_of(leaders, lang);
        lines.push(lang.f("cli-judge-leaders", &[("leaders", leaders.into())]));
    }
    lines
}

/// A list in a sentence.
fn all_of(parts: Vec<String>, lang: Lang) -> String {
    let joined = parts
        .into_iter()
        .rev()
        .reduce(|rest, first| lang.f("cli-judge-and", &[("first", first.into()), ("rest", rest.into())]));
    joined.unwrap_or_default()
}

/// How often a fault happened.
pub(super) fn fault_key(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Partition => "cli-judge-n-partition",
        FaultKind::OneWay => "cli-judge-n-one-way",
        FaultKind::Pause => "cli-judge-n-pause",
        FaultKind::Kill => "cli-judge-n-kill",
        FaultKind::Loss => "cli-judge-n-loss",
    }
}

/// A stable word for what is wrong.
pub(super) fn code(wrong: &Wrong) -> &'static str {
    match wrong {
        Wrong::NotLinearizable { .. } => "not_linearizable",
        Wrong::TooTangled => "too_tangled",
        Wrong::Missing { .. } => "missing",
        Wrong::Unexpected { .. } => "unexpected",
        Wrong::NoLastRead { .. } => "no_last_read",
        Wrong::WrongEcho { .. } => "wrong_echo",
        Wrong::NothingDone => "nothing_done",
    }
}

/// What is wrong, as a sentence.
pub(super) fn wrong(wrong: &Wrong, ops: &[Op], lang: Lang) -> String {
    let op = |at: usize| Arg::from(phrase(&ops[at], lang));
    match wrong {
        Wrong::NotLinearizable { ops: few, at, cause } => {
            let seen = match ops[*at].kind {
                OpKind::Cas => short(&ops[*at].arg[0]),
                _ => short(ops[*at].value.as_ref().unwrap_or(&Value::Null)),
            };
            let figures = [("seen", Arg::from(seen)), ("op", op(*at)), ("n", few.len().into())];
            match cause {
                Cause::NeverWritten => lang.f("cli-judge-never-written", &figures),
                Cause::NotYetWritten => lang.f("cli-judge-not-yet", &figures),
                Cause::Overwritten { by } => {
                    lang.f("cli-judge-overwritten", &[&figures[..], &[("by", op(*by))]].concat())
                }
                Cause::Together => lang.f("cli-judge-together", &figures),
            }
        }
        Wrong::TooTangled => lang.t("cli-judge-tangled"),
        Wrong::Missing { added, read } => {
            lang.f("cli-judge-missing", &[("added", op(*added)), ("read", op(*read))])
        }
        Wrong::Unexpected { read, element, failed } => {
            let figures = [("read", op(*read)), ("element", short(element).into())];
            match failed {
                Some(failed) => {
                    lang.f("cli-judge-refused-but-there", &[&figures[..], &[("op", op(*failed))]].concat())
                }
                None => lang.f("cli-judge-unexpected", &figures),
            }
        }
        Wrong::NoLastRead { node } => lang.f("cli-judge-no-last-read", &[("node", node.as_str().into())]),
        Wrong::WrongEcho { at } => lang.f("cli-judge-wrong-echo", &[("op", op(*at))]),
        Wrong::NothingDone => lang.t("cli-judge-nothing"),
    }
}

/// What an operation did, where and when.
pub(super) fn phrase(op: &Op, lang: Lang) -> String {
    let value = op.value.as_ref().map(short).unwrap_or_default();
    let end = op.end.map_or_else(|| lang.t("cli-judge-no-end"), seconds);
    let figures = [
        ("client", Arg::from(op.client)),
        ("node", op.node.as_str().into()),
        ("key", short(&op.key).into()),
        ("arg", short(&op.arg).into()),
        ("from", short(&op.arg[0]).into()),
        ("to", short(&op.arg[1]).into()),
        ("value", value.into()),
        ("start", seconds(op.start).into()),
        ("end", end.into()),
    ];
    let key = match (op.kind, op.status, &op.value) {
        (_, Status::Fail, _) => "cli-judge-op-fail",
        (OpKind::Read, ..) if op.key.is_null() => "cli-judge-op-read-all",
        (OpKind::Read, ..) => "cli-judge-op-read",
        (OpKind::Write, Status::Ok, _) => "cli-judge-op-write",
        (OpKind::Write, ..) => "cli-judge-op-write-unknown",
        (OpKind::Cas, _, Some(Value::Bool(true))) => "cli-judge-op-cas",
        (OpKind::Cas, _, Some(_)) => "cli-judge-op-cas-refused",
        (OpKind::Cas, ..) => "cli-judge-op-cas-unknown",
        (OpKind::Echo, ..) => "cli-judge-op-echo",
        (OpKind::Broadcast | OpKind::Add, Status::Ok, _) => "cli-judge-op-add",
        (OpKind::Broadcast | OpKind::Add, ..) => "cli-judge-op-add-unknown",
    };
    lang.f(key, &figures)
}

/// Why a program cannot be judged.
pub(super) fn trouble(trouble: &Trouble, lang: Lang) -> String {
    let (key, figures): (_, Vec<(&str, Arg)>) = match trouble {
        Trouble::CannotStart { command, why } => {
            ("cli-judge-cannot-start", vec![("command", clean(command).into()), ("why", why.as_str().into())])
        }
        Trouble::Ended { node, how, .. } => {
            ("cli-judge-ended", vec![("node", node.as_str().into()), ("how", how.as_str().into())])
        }
        Trouble::ClosedOutput { node, .. } => {
            ("cli-judge-closed-output", vec![("node", node.as_str().into())])
        }
        Trouble::BadJson { node, line, why } => ("cli-judge-bad-json", placed(node, line, why)),
        Trouble::BadMessage { node, line, why } => ("cli-judge-bad-message", placed(node, line, why)),
        Trouble::BadAnswer { node, line, why } => ("cli-judge-bad-answer", placed(node, line, why)),
        Trouble::LongLine { node, limit_bytes } => {
            ("cli-judge-long-line", vec![("node", node.as_str().into()), ("mib", (limit_bytes >> 20).into())])
        }
        Trouble::NoInit { node, after_s, .. } => {
            ("cli-judge-no-init", vec![("node", node.as_str().into()), ("seconds", (*after_s).into())])
        }
        Trouble::Flood { node, lines_per_s } => {
            ("cli-judge-flood", vec![("node", node.as_str().into()), ("n", (*lines_per_s).into())])
        }
        Trouble::Silent { requests, .. } => ("cli-judge-silent", vec![("n", (*requests).into())]),
    };
    lang.f(key, &figures)
}

fn placed(node: &str, line: &str, why: &str) -> Vec<(&'static str, Arg)> {
    vec![("node", node.into()), ("line", line.into()), ("why", why.into())]
}

/// Seconds of the run.
pub(super) fn seconds(us: u64) -> String {
    format!("{}.{:03}", us / 1_000_000, us / 1_000 % 1_000)
}

/// A value as JSON, cut short if it is long.
pub(super) fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= LONG {
        return text;
    }
    text.chars().take(LONG).chain(['…']).collect()
}
