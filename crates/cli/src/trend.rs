//! `drill --save` and `drill --trend`: stores reports in a folder, and compares them over time.
//!
//! A report is stored as the JSON that `--json` prints, so that the folder can also hold reports saved from the page.
//! Its label is its file name: a date, or the next number. Guarantees: no report is overwritten; every file in the
//! folder that is not a report is listed with its error, and the others are still compared. Leaves out: what is
//! compared (`drill::trend`).

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::typed::Asked;
use super::{outputs, write, write_json};
use quorum_drill::Drilled;
use quorum_drill::trend::{self, MOST_LABEL, MOST_POINTS, Point, Series};
use quorum_i18n::Lang;
use quorum_types::Refusal;

/// No file is read further than this: a hundred thousand runs.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// More files of a folder are not looked at.
const MOST_FILES: usize = 10_000;

/// A file that is no report.
#[derive(Serialize)]
struct Unreadable {
    file: String,
    error: String,
}

/// What `--trend --json` prints.
#[derive(Serialize)]
struct Trend {
    scenarios: Vec<Series>,
    unreadable: Vec<Unreadable>,
}

fn cannot(code: &str, path: &Path, error: &impl std::fmt::Display) -> Refusal {
    Refusal::new(code, format!("{}: {error}", path.display()))
}

/// The folder's JSON files, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Refusal> {
    let entries = std::fs::read_dir(folder).map_err(|error| cannot("cannot_read", folder, &error))?;
    let is_json = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json");
    let mut found: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_json).take(MOST_FILES).collect();
    found.sort();
    Ok(found)
}

/// A file's name without its ending, as it can be printed.
fn stem(path: &Path) -> String {
    trend::label(&path.file_stem().unwrap_or_default().to_string_lossy())
}

/// Keeps a report in a folder, which is made where it is missing.
pub(super) fn keep(folder: &Path, label: Option<&str>, drilled: &Drilled, lang: Lang) -> Result<(), Refusal> {
    std::fs::create_dir_all(folder).map_err(|error| cannot(outputs::CANNOT_WRITE, folder, &error))?;
    let label = match label {
        Some(label) => checked(label, lang)?.to_owned(),
        None => {
            let last = files(folder)?.iter().filter_map(|path| label_of(path).parse().ok()).max();
            format!("{:04}", last.unwrap_or(0_u32).saturating_add(1))
        }
    };
    let path = folder.join(format!("{label}-{}.json", drilled.scenario));
    let text = serde_json::to_string(drilled).map_err(|error| Refusal::new("json", error.to_string()))?;
    let mut file = std::fs::File::create_new(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            cannot(outputs::EXISTS, &path, &"there is such a report already; choose another --label")
        }
        _ => cannot(outputs::CANNOT_WRITE, &path, &error),
    })?;
    file.write_all(text.as_bytes()).map_err(|error| cannot(outputs::CANNOT_WRITE, &path, &error))
}

/// A label that can be part of a file's name.
pub(super) fn checked(label: &str, lang: Lang) -> Result<&str, Refusal> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if label.is_empty() || label.len() > MOST_LABEL || label.starts_with('.') || !label.chars().all(plain) {
        let figures = [("most", MOST_LABEL.into()), ("value", trend::label(label).into())];
        return Err(Refusal::new("bad_arguments", lang.f("cli-bad-label", &figures)));
    }
    Ok(label)
}

/// Compares the reports of a folder.
pub(super) fn compare(asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    let folder = asked.trend.as_deref().unwrap_or(Path::new("."));
    let (mut points, mut unreadable) = (Vec::new(), Vec::new());
    for path in files(folder)? {
        match read(&path) {
            Ok(more) => points.extend(more),
            Err(error) => unreadable.push(Unreadable { file: stem(&path) + ".json", error: error.error }),
        }
    }
    let output = Trend { scenarios: trend::series(&points), unreadable };
    if asked.json {
        write_json(out, &output)?;
    } else {
        if output.scenarios.is_empty() {
            write(out, &asked.lang.t("drill-trend-none"))?;
        } else {
            write(out, &trend::text(&output.scenarios, asked.lang))?;
        }
        for Unreadable { file, error } in &output.unreadable {
            let args = [("file", file.as_str().into()), ("error", trend_error(error).into())];
            write(out, &asked.lang.f("drill-trend-unreadable", &args))?;
        }
    }
    Ok(true)
}

/// An error without what a terminal would obey, and in one line.
fn trend_error(error: &str) -> String {
    error.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn read(path: &Path) -> Result<Vec<Point>, Refusal> {
    let wrong = |error: &dyn std::fmt::Display| Refusal::new("bad_report", error.to_string());
    // A pipe would never end.
    let is_file = std::fs::metadata(path).map_err(|error| wrong(&error))?.is_file();
    if !is_file {
        return Err(wrong(&"not a file"));
    }
    let file = std::fs::File::open(path).map_err(|error| wrong(&error))?;
    let mut text = String::new();
    let read = file.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(|error| wrong(&error))?;
    if read as u64 > MOST_BYTES {
        return Err(wrong(&format!("larger than {MOST_BYTES} bytes")));
    }
    let points = trend::read(&label_of(path), &text)?;
    if points.len() > MOST_POINTS { Err(wrong(&"too many reports")) } else { Ok(points) }
}

/// The label of a file that `--save` wrote: its name without the scenario.
fn label_of(path: &Path) -> String {
    let stem = stem(path);
    let known =
        quorum_drill::scenarios().into_iter().filter_map(|name| stem.strip_suffix(&format!("-{name}")));
    known.min_by_key(|label| label.len()).filter(|label| !label.is_empty()).unwrap_or(&stem).to_owned()
}

#[cfg(test)]
mod tests {
    use crate::tests::check;

    #[test]
    fn monthly_reports_are_kept_and_compared_and_hostile_files_are_named() {
        let folder = std::env::temp_dir().join(format!("quorum-lab-trend-{}", std::process::id()));
        let word = folder.to_string_lossy().into_owned();
        let drill = ["drill", "failover-proxy", "--save", &word, "--label"];
        let saved = |more: &[&str]| check(&[&drill[..], more].concat()).map(|(met, _)| met);
        assert_eq!(saved(&["2026-10"]), Ok(true));
        assert_eq!(saved(&["2026-11", "--set", "proxies=1"]), Ok(false));
        assert_eq!(saved(&["2026-11"]), Err("exists".to_owned()));
        assert_eq!(saved(&["../x"]), Err("bad_arguments".to_owned()));
        check(&["drill", "failover-datanode", "--save", &word]).expect("runs");
        std::fs::write(folder.join("junk.json"), "[".repeat(100_000)).expect("written");
        std::fs::write(folder.join("evil\u{1b}[2J.json"), "\u{1b}]0;x\u{7}").expect("written");
        std::fs::write(folder.join("binary.json"), [0xff_u8, 0xfe, 0]).expect("written");
        std::fs::create_dir_all(folder.join("folder.json")).expect("made");
        let (good, json) = check(&["drill", "--trend", &word, "--json"]).expect("compares");
        let output: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert!(good);
        assert_eq!(output["unreadable"].as_array().map(Vec::len), Some(4), "{json}");
        let reports = &output["scenarios"][1]["reports"];
        assert_eq!(reports[1]["label"], "2026-11");
        assert!(
            reports[1]["change"]["success_rate"].as_f64().is_some_and(|change| change < 0.0),
            "{reports}"
        );
        assert_eq!(output["scenarios"][0]["reports"][0]["label"], "0001");
        for lang in ["zh", "en"] {
            let (_, text) = check(&["drill", "--trend", &word, "--lang", lang]).expect("compares");
            assert!(
                text.contains("2026-10") && text.contains("junk.json") && !text.contains('\u{1b}'),
                "{text}"
            );
            assert!(!text.contains("drill-"), "{text}");
        }
        std::fs::remove_dir_all(&folder).expect("it goes");
        assert_eq!(check(&["drill", "--trend", &word]), Err("cannot_read".to_owned()));
    }
}
