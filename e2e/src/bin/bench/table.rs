//! The comparison with peers as a Markdown table, and where a peer is ahead.
//!
//! Guarantees: a cell is a median with the range of all rounds, a dash where there is nothing to measure, or the number
//! of a note with what the peer said; the best of a row is in bold letters. Leaves out: measuring (`peers`).

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

/// What was measured of one.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) version: String,
    /// The folder that it is served from.
    pub(super) root: PathBuf,
    /// A report for each round.
    pub(super) rounds: Vec<Value>,
    /// Its longest round.
    pub(super) longest: Duration,
    /// The files that it was fetched as.
    pub(super) files: BTreeSet<PathBuf>,
    pub(super) download_kb: f64,
}

/// The rows: what they are called, and where the figure is in a round's report.
const ROWS: [(&str, &str); 14] = [
    ("rows to durable, 1,000 a commit, ms", "/insert_ms"),
    ("rows to durable, one commit, ms", "/insert_whole_ms"),
    ("one row to durable, p50, ms", "/single_ms/0"),
    ("one row to durable, p99, ms", "/single_ms/1"),
    ("opened again, to the first exact answer, ms", "/reopen_ms"),
    ("exact search, ms", "/exact_ms"),
    ("HNSW built and durable, ms", "/build_ms"),
    ("search at recall 0.95, ms", "/near/0/ms"),
    ("— its width (`ef`)", "/near/0/ef"),
    ("search at recall 0.99, ms", "/near/1/ms"),
    ("— its width (`ef`)", "/near/1/ef"),
    ("opened again with the index, to the first answer, ms", "/reopen_index_ms"),
    ("peak memory of the page's process, MiB", "/memory_mib"),
    ("download, Brotli at 11, KB", ""),
];

/// A figure of a column.
enum Figure {
    /// All rounds, sorted.
    Measured(Vec<f64>),
    /// What went wrong.
    Failed(String),
    /// There is no such thing.
    Missing,
}

impl Figure {
    fn of(column: &Column, pointer: &str) -> Self {
        if pointer.is_empty() {
            return Self::Measured(vec![column.download_kb]);
        }
        let (mut numbers, mut failed) = (Vec::new(), None);
        for round in &column.rounds {
            match find(round, pointer) {
                Ok(found) => numbers.extend(found),
                Err(why) => failed = Some(why),
            }
        }
        numbers.sort_unstable_by(f64::total_cmp);
        match failed {
            Some(why) => Self::Failed(why),
            None if numbers.is_empty() => Self::Missing,
            None => Self::Measured(numbers),
        }
    }

    fn median(&self) -> Option<f64> {
        let Self::Measured(numbers) = self else { return None };
        numbers.get(numbers.len() / 2).copied()
    }

    fn cell(&self, best: bool, notes: &mut Vec<String>) -> String {
        match self {
            Self::Missing => "—".to_owned(),
            Self::Failed(why) => {
                let known = notes.iter().position(|note| note == why);
                let at = known.unwrap_or_else(|| {
                    notes.push(why.clone());
                    notes.len() - 1
                });
                format!("fails ({})", at + 1)
            }
            Self::Measured(numbers) => {
                let median = short(self.median().unwrap_or(f64::NAN));
                let median = if best { format!("**{median}**") } else { median };
                match numbers.as_slice() {
                    [low, .., high] => format!("{median} ({}–{})", short(*low), short(*high)),
                    _ => median,
                }
            }
        }
    }
}

/// The number at a place of a report; none if there is no such figure, an error if the step failed.
fn find(round: &Value, pointer: &str) -> Result<Option<f64>, String> {
    // The peers' exact searches are one object; the lab's report has the keys beside the time.
    if pointer == "/exact_ms" && round["exact_ms"].is_null() && round["exact"].get("ms").is_some() {
        return wrong_or(&round["exact"], 0.999, round["exact"]["ms"].as_f64());
    }
    let pointer =
        if pointer == "/exact_ms" && round["exact"].get("error").is_some() { "/exact" } else { pointer };
    let mut place = round;
    for part in std::iter::once("").chain(pointer.split('/').skip(1)) {
        place = match part {
            "" => place,
            _ => place.get(part).or_else(|| place.get(part.parse::<usize>().ok()?)).unwrap_or(&Value::Null),
        };
        if let Some(error) = place.get("error").and_then(Value::as_str) {
            return Err(error.to_owned());
        }
        if let Some(aim) = place.get("aim").and_then(Value::as_f64) {
            wrong_or(place, aim, None)?;
        }
    }
    Ok(place.as_f64())
}

/// A figure, unless the searches behind it found too few.
fn wrong_or(searches: &Value, aim: f64, figure: Option<f64>) -> Result<Option<f64>, String> {
    let recall = searches["recall"].as_f64().unwrap_or_default();
    if recall >= aim { Ok(figure) } else { Err(format!("reaches a recall of {recall:.3} at most")) }
}

/// A number with three digits that matter.
fn short(number: f64) -> String {
    match number {
        _ if number >= 100.0 => format!("{number:.0}"),
        _ if number >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

/// Prints the table, its notes, and where a peer is ahead of the first column.
pub(super) fn print(columns: &[Column]) {
    println!("\n{}", text(columns));
}

fn text(columns: &[Column]) -> String {
    let heads: Vec<String> =
        columns.iter().map(|one| format!("{} {}", one.name, one.version).trim_end().to_owned()).collect();
    let mut lines =
        vec![format!("| | {} |", heads.join(" | ")), format!("| --- |{}", " --- |".repeat(heads.len()))];
    let (mut notes, mut behind) = (Vec::new(), Vec::new());
    for (label, pointer) in ROWS {
        let figures: Vec<Figure> = columns.iter().map(|column| Figure::of(column, pointer)).collect();
        let is_compared = !pointer.ends_with("/ef") && figures.len() > 1;
        let best = figures.iter().enumerate().filter_map(|(at, figure)| Some((at, figure.median()?)));
        let best = best.min_by(|a, b| a.1.total_cmp(&b.1)).filter(|_| is_compared);
        let cells: Vec<String> = figures
            .iter()
            .enumerate()
            .map(|(at, figure)| figure.cell(best.is_some_and(|(first, _)| first == at), &mut notes))
            .collect();
        lines.push(format!("| {label} | {} |", cells.join(" | ")));
        if let (Some((at, first)), Some(ours)) = (best, figures.first().and_then(Figure::median))
            && at > 0
        {
            behind.push(format!("{label}: {}, {:.1} times", columns[at].name, ours / first));
        }
    }
    lines.push(String::new());
    lines.extend(notes.iter().zip(1..).map(|(note, at)| format!("({at}) {note}")));
    for column in columns.iter().filter(|column| column.rounds.len() == 1) {
        lines.push(format!(
            "{}: one round, because it took {:.0} s",
            column.name,
            column.longest.as_secs_f64()
        ));
    }
    if behind.is_empty() {
        lines.push("no peer is ahead of the lab".to_owned());
    }
    lines.extend(behind.iter().map(|one| format!("a peer is ahead: {one}")));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::peers::example;
    use super::*;

    #[test]
    fn failures_are_named_and_the_best_is_marked() {
        let near =
            |recall: f64| json!([{"aim": 0.95, "ef": 40, "recall": recall, "ms": 1.5}, {"error": "no"}]);
        let lab = json!({"insert_ms": 50.0, "exact_ms": 0.5, "single_ms": [2.0, 4.0], "near": near(0.96)});
        let peer = json!({"insert_ms": 25.0, "exact": {"ms": 3.0, "recall": 1.0}, "near": near(0.4)});
        let wrong = json!({"exact": {"ms": 0.1, "recall": 0.5}});
        let mut columns = example(&BTreeMap::from([("a lab", lab.clone()), ("b", peer), ("c", wrong)]));
        columns[0].rounds.extend([json!({"insert_ms": 60.0}), json!({"insert_ms": 70.0})]);
        let said = text(&columns);
        for line in [
            "| rows to durable, 1,000 a commit, ms | 60.0 (50.0–70.0) | **25.0** | — |",
            "| one row to durable, p99, ms | **4.00** | — | — |",
            "| exact search, ms | **0.50** | 3.00 | fails (1) |",
            "| search at recall 0.95, ms | **1.50** | fails (2) | — |",
            "| search at recall 0.99, ms | fails (3) | fails (3) | — |",
            "(1) reaches a recall of 0.500 at most",
            "a peer is ahead: rows to durable, 1,000 a commit, ms: b, 2.4 times",
        ] {
            assert!(said.contains(line), "{line}\n{said}");
        }
    }
}
