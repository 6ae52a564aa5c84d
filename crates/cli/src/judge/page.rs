//! The judge's page: operations as bars over time, with the faults behind them.
//!
//! Guarantees: the page needs no other file and no script; all text from outside is escaped; colours are not the only
//! sign (operations that contradict each other are listed, and unknown ones have no end). Leaves out: the sentences
//! (`words`).

use std::fmt::Write as _;

use super::words;
use quorum_i18n::{Arg, Lang};
use quorum_judge::maelstrom::{FaultKind, Op, Report, Status, took_us};

/// Width of the drawing's time axis and of the names before it.
const WIDE: f64 = 1_000.0;
const NAMES: f64 = 60.0;
/// Height of a row.
const ROW: f64 = 16.0;
/// More operations are not drawn; they are counted.
const MOST_OPS: usize = 5_000;

/// The whole page.
pub(super) fn page(report: &Report, lang: Lang) -> String {
    let title = lang.f("cli-judge-page-title", &[("command", report.command.as_str().into())]);
    let class = if report.ok() { "met" } else { "missed" };
    let mut body = format!("<h1>{}</h1>\n", escaped(&title));
    let _ = writeln!(body, "<p class=\"{class}\">{}</p>", escaped(&words::headline(report, lang)));
    if let Some(trouble) = &report.trouble {
        let _ = writeln!(body, "<p>{}</p>", escaped(&words::trouble(trouble, lang)));
        let said: Vec<String> = trouble.last_words().iter().map(|line| escaped(line)).collect();
        if !said.is_empty() {
            let head = escaped(&lang.t("cli-judge-last-words"));
            let _ = writeln!(body, "<p>{head}</p>\n<pre>{}</pre>", said.join("\n"));
        }
    }
    for line in words::figures(report, lang) {
        let _ = writeln!(body, "<p class=\"note\">{}</p>", escaped(&line));
    }
    let few = report.wrong.as_ref().map(quorum_judge::maelstrom::Wrong::ops).unwrap_or_default();
    if let Some(wrong) = &report.wrong {
        let _ = writeln!(body, "<h2>{}</h2>", escaped(&lang.t("cli-judge-page-why")));
        let _ = writeln!(body, "<p>{}</p>", escaped(&words::wrong(wrong, &report.ops, lang)));
        if !few.is_empty() {
            body.push_str(&contradiction(report, &few, lang));
        }
    }
    body.push_str(&timeline(report, &few, lang));
    body.push_str(&latencies(report, lang));
    body.push_str(&tables(report, lang));
    let _ = writeln!(body, "<p class=\"note\">{}</p>", escaped(&lang.t("cli-judge-page-foot")));
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n{body}</body>\n</html>\n",
        lang.tag(),
        escaped(&title)
    )
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#c9d1d9;--soft:#57606a;--ok:#3b6ea8;--no:#8c959f;\
--unknown:#b08800;--bad:#a40e26;--cut:#f3d9d4;--pause:#e4dcf3;--kill:#e7b7b0;--loss:#fdf0cd;--lead:#116329}\
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--line:#3d444d;--soft:#9198a1;--ok:#6ca4e0;\
--no:#6e7681;--unknown:#d4a72c;--bad:#ff8182;--cut:#4a2722;--pause:#35284f;--kill:#6b2b24;--loss:#40350f;\
--lead:#5cc274}}\
body{font:15px/1.55 system-ui,'PingFang SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif;color:var(--ink);\
background:var(--paper);max-width:72rem;margin:2rem auto;padding:0 1.25rem}\
h1{font-size:1.4rem;margin:0;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:2rem 0 .5rem;padding-top:.5rem;\
border-top:1px solid var(--line)}p{margin:.3rem 0;overflow-wrap:anywhere}.note{color:var(--soft);font-size:.9em}\
.met{color:var(--lead);font-weight:600}.missed{color:var(--bad);font-weight:600}\
pre{overflow-x:auto;border:1px solid var(--line);padding:.5rem}\
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
th,td{padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line);text-align:left}\
.scroll{overflow-x:auto}svg{display:block;min-width:56rem;width:100%;height:auto;margin:.5rem 0}\
svg text{font:11px system-ui,sans-serif;fill:var(--ink)}svg .axis{stroke:var(--line);fill:none}\
.ok{fill:var(--ok)}.fail{fill:var(--no)}.info{fill:var(--unknown);fill-opacity:.55}\
.few{stroke:var(--bad);stroke-width:2}\
.partition,.one_way{fill:var(--cut)}.pause{fill:var(--pause)}.kill{fill:var(--kill)}.loss{fill:var(--loss)}\
.lead{fill:var(--lead)}";

/// Time as a place on the axis.
struct Axis {
    from_us: u64,
    to_us: u64,
}

impl Axis {
    fn at(&self, us: u64) -> f64 {
        let (us, span) = (us.clamp(self.from_us, self.to_us), (self.to_us - self.from_us).max(1));
        NAMES + (us - self.from_us) as f64 / span as f64 * WIDE
    }

    /// Marks with their seconds below the rows.
    fn marks(&self, high: f64) -> String {
        const MARKS: u64 = 10;
        let mut drawn = String::new();
        for mark in 0..=MARKS {
            let us = self.from_us + (self.to_us - self.from_us) * mark / MARKS;
            let x = self.at(us);
            let _ = write!(
                drawn,
                "<path class=\"axis\" d=\"M{x:.1} 0V{high:.1}\"/><text x=\"{x:.1}\" y=\"{:.1}\" \
                 text-anchor=\"middle\">{}</text>",
                high + 14.0,
                words::seconds(us)
            );
        }
        drawn
    }
}

fn svg(high: f64, inner: &str, title: &str) -> String {
    format!(
        "<div class=\"scroll\"><svg viewBox=\"0 0 {:.0} {:.0}\" role=\"img\" aria-label=\"{}\">\n{inner}</svg></div>\n",
        NAMES + WIDE + 30.0,
        high + 24.0,
        escaped(title)
    )
}

/// An operation as a bar; one without an end goes on to the edge.
fn bar(op: &Op, axis: &Axis, y: f64, few: bool, lang: Lang) -> String {
    let class = match op.status {
        Status::Ok => "ok",
        Status::Fail => "fail",
        Status::Info => "info",
    };
    let (from, to) = (axis.at(op.start), axis.at(op.end.unwrap_or(axis.to_us)));
    let mark = if few { " few" } else { "" };
    format!(
        "<rect class=\"{class}{mark}\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
         rx=\"2\"><title>{}</title></rect>\n",
        y + 3.0,
        (to - from).max(1.5),
        ROW - 6.0,
        escaped(&words::phrase(op, lang))
    )
}

/// The few operations that contradict each other: a row each, and as a table.
fn contradiction(report: &Report, few: &[usize], lang: Lang) -> String {
    let ops: Vec<&Op> = few.iter().map(|at| &report.ops[*at]).collect();
    let from_us = ops.iter().map(|op| op.start).min().unwrap_or(0);
    let last = |op: &&Op| op.end.unwrap_or(op.start);
    let to_us = ops.iter().map(last).max().unwrap_or(0);
    let margin = (to_us - from_us) / 20 + 1_000;
    let axis = Axis { from_us: from_us.saturating_sub(margin), to_us: to_us + margin };
    let high = ROW * 1.5 * ops.len() as f64;
    let mut drawn = axis.marks(high);
    let mut rows = String::new();
    for (at, op) in ops.iter().enumerate() {
        let y = at as f64 * ROW * 1.5;
        let _ = write!(drawn, "<text x=\"0\" y=\"{:.1}\">{}</text>", y + 12.0, at + 1);
        drawn.push_str(&bar(op, &axis, y, true, lang));
        let _ = writeln!(rows, "<tr><td>{}</td><td>{}</td></tr>", at + 1, escaped(&words::phrase(op, lang)));
    }
    svg(high, &drawn, &lang.t("cli-judge-page-why"))
        + &format!("<div class=\"scroll\"><table><tbody>\n{rows}</tbody></table></div>\n")
}

/// Everything over time: a row for each node with faults and leaders, then one for each client.
fn timeline(report: &Report, few: &[usize], lang: Lang) -> String {
    let end_us = report.ops.iter().map(|op| op.end.unwrap_or(op.start)).max().unwrap_or(0);
    let axis = Axis { from_us: 0, to_us: end_us.max(report.seconds * 1_000_000) };
    let clients = 2 * report.nodes;
    let rows = report.nodes + clients;
    let high = ROW * rows as f64;
    let mut drawn = String::new();
    for span in &report.faults {
        let (from, to) = (axis.at(span.from_us), axis.at(span.until_us));
        let nodes = || (1..=report.nodes).map(|number| format!("n{number}"));
        for (row, node) in nodes().enumerate() {
            if span.kind == FaultKind::Loss || span.nodes.contains(&node) {
                let _ = writeln!(
                    drawn,
                    "<rect class=\"{}\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{ROW:.1}\">\
                     <title>{}</title></rect>",
                    class(span.kind),
                    row as f64 * ROW,
                    (to - from).max(1.0),
                    escaped(&fault(span, lang))
                );
            }
        }
    }
    for leader in &report.leaders {
        let row = leader.node[1..].parse::<usize>().unwrap_or(1) - 1;
        let figures = [
            ("node", Arg::from(leader.node.as_str())),
            ("term", leader.term.into()),
            ("at", words::seconds(leader.from_us).into()),
        ];
        let _ = writeln!(
            drawn,
            "<circle class=\"lead\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"5\"><title>{}</title></circle>",
            axis.at(leader.from_us),
            (row as f64 + 0.5) * ROW,
            escaped(&lang.f("cli-judge-leader", &figures))
        );
    }
    for row in 0..rows {
        let name = match row.checked_sub(report.nodes) {
            None => format!("n{}", row + 1),
            Some(client) => format!("c{}→n{}", client + 1, client % report.nodes + 1),
        };
        let _ = writeln!(drawn, "<text x=\"0\" y=\"{:.1}\">{name}</text>", (row as f64 + 0.8) * ROW);
    }
    let mut lanes = Lanes::new(report.nodes, clients);
    for (at, op) in report.ops.iter().enumerate().take(MOST_OPS) {
        let row = report.nodes + lanes.lane(op);
        drawn.push_str(&bar(op, &axis, row as f64 * ROW, few.contains(&at), lang));
    }
    drawn.push_str(&axis.marks(high));
    let head = escaped(&lang.t("cli-judge-page-timeline"));
    let legend = escaped(&lang.t("cli-judge-page-legend"));
    format!(
        "<h2>{head}</h2>\n<p class=\"note\">{legend}</p>\n{}",
        svg(high, &drawn, &lang.t("cli-judge-page-timeline"))
    )
}

/// Which client's row an operation has. A client that was renumbered stays in the row that became free.
struct Lanes {
    nodes: usize,
    /// The client's number and when its last operation ended, by row.
    rows: Vec<(u64, u64)>,
}

impl Lanes {
    fn new(nodes: usize, clients: usize) -> Self {
        Self { nodes, rows: (1..=clients as u64).map(|number| (number, 0)).collect() }
    }

    fn lane(&mut self, op: &Op) -> usize {
        let number = op.node[1..].parse::<usize>().unwrap_or(1);
        let of_node = |row: &usize| row % self.nodes + 1 == number;
        let own = self.rows.iter().position(|(client, _)| *client == op.client);
        let free = (0..self.rows.len()).filter(of_node).min_by_key(|row| self.rows[*row].1);
        let row = own.or(free).unwrap_or(0);
        self.rows[row] = (op.client, op.end.unwrap_or(op.start + 1_000_000));
        row
    }
}

fn class(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Partition => "partition",
        FaultKind::OneWay => "one_way",
        FaultKind::Pause => "pause",
        FaultKind::Kill => "kill",
        FaultKind::Loss => "loss",
    }
}

/// A fault in words.
fn fault(span: &quorum_judge::maelstrom::FaultSpan, lang: Lang) -> String {
    let key = match (span.kind, span.inwards) {
        (FaultKind::Partition, _) => "cli-judge-fault-partition",
        (FaultKind::OneWay, true) => "cli-judge-fault-deaf",
        (FaultKind::OneWay, false) => "cli-judge-fault-mute",
        (FaultKind::Pause, _) => "cli-judge-fault-pause",
        (FaultKind::Kill, _) => "cli-judge-fault-kill",
        (FaultKind::Loss, _) => "cli-judge-fault-loss",
    };
    let figures = [
        ("nodes", Arg::from(span.nodes.join(", "))),
        ("from", words::seconds(span.from_us).into()),
        ("to", words::seconds(span.until_us).into()),
    ];
    lang.f(key, &figures)
}

/// The latency of every operation that was answered, as a dot; the scale is logarithmic.
fn latencies(report: &Report, lang: Lang) -> String {
    const HIGH: f64 = 120.0;
    let answered: Vec<(&Op, u64)> = report
        .ops
        .iter()
        .filter(|op| op.status == Status::Ok)
        .filter_map(|op| Some((op, took_us(op)?)))
        .take(MOST_OPS)
        .collect();
    let Some(most) = answered.iter().map(|(_, us)| *us).max() else { return String::new() };
    let scale = |us: u64| {
        HIGH - (us.max(100) as f64 / 100.0).ln() / (most.max(1_000) as f64 / 100.0).ln() * (HIGH - 8.0)
    };
    let end_us = report.ops.iter().map(|op| op.end.unwrap_or(op.start)).max().unwrap_or(0);
    let axis = Axis { from_us: 0, to_us: end_us.max(report.seconds * 1_000_000) };
    let mut drawn = axis.marks(HIGH);
    for ms in [1, 10, 100, 1_000] {
        let us = ms * 1_000;
        if us <= most {
            let _ = writeln!(drawn, "<text x=\"0\" y=\"{:.1}\">{ms} ms</text>", scale(us) + 4.0);
        }
    }
    for (op, us) in answered {
        let _ = writeln!(
            drawn,
            "<circle class=\"ok\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"2\"/>",
            axis.at(op.end.unwrap_or(op.start)),
            scale(us)
        );
    }
    let head = lang.t("cli-judge-page-latencies");
    format!("<h2>{}</h2>\n{}", escaped(&head), svg(HIGH, &drawn, &head))
}

/// Operations by kind, and the faults in order.
fn tables(report: &Report, lang: Lang) -> String {
    let mut rows = String::new();
    for (kind, counts) in report.by_kind() {
        let word = format!("{kind:?}").to_lowercase();
        let _ = writeln!(
            rows,
            "<tr><td>{word}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            counts.ok, counts.fail, counts.info
        );
    }
    let heads = ["cli-judge-col-kind", "cli-judge-col-ok", "cli-judge-col-fail", "cli-judge-col-info"];
    let heads: String = heads.iter().map(|key| format!("<th>{}</th>", escaped(&lang.t(key)))).collect();
    let mut text = format!(
        "<h2>{}</h2>\n<div class=\"scroll\"><table><thead><tr>{heads}</tr></thead><tbody>\n\
         {rows}</tbody></table></div>\n",
        escaped(&lang.t("cli-judge-page-ops"))
    );
    if !report.faults.is_empty() {
        let _ = writeln!(text, "<h2>{}</h2>\n<ul>", escaped(&lang.t("cli-judge-page-faults")));
        for span in &report.faults {
            let _ = writeln!(text, "<li>{}</li>", escaped(&fault(span, lang)));
        }
        text.push_str("</ul>\n");
    }
    text
}

/// A text as it can stand in a page. A program's last words may hold anything.
fn escaped(text: &str) -> String {
    quorum_drill::escaped(&text.replace(|c: char| c.is_control() && c != '\n', "\u{fffd}"))
}
