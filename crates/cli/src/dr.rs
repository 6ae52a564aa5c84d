//! `dr plan` and `dr copy`, and the `dr_config.yaml` that disaster drills accept: figures computed from settings and
//! files, and a run of the note's replicator.
//!
//! Guarantees: a file is applied completely or rejected with line, column and key; the output says for every key how it
//! was used; JSON and text hold the same. Leaves out: drills (`drill`), and the tables themselves
//! (`quorum_drill::handbook`).

use std::io::{Read, Write};
use std::path::Path;

use serde::Serialize;

use super::typed::Asked;
use super::work::Partial;
use super::{write, write_json};
use quorum_drill::handbook::{Handbook, Sheet, handbook};
use quorum_drill::{Drilled, disasters, dr_config, settings as settings_of};
use quorum_facade::regions::config::{DrConfig, Effect, MOST_BYTES, Words};
use quorum_facade::regions::replicator::{self, Round, Trial};
use quorum_facade::regions::{Runbook, Settings};
use quorum_i18n::Lang;
use quorum_types::Refusal;

/// A configuration and what came of it.
#[derive(Debug, Serialize)]
pub(super) struct Config {
    /// The file.
    file: String,
    /// The settings that it sets, in order.
    #[serde(skip)]
    pub(super) set: Vec<(String, u64)>,
    /// What came of each key.
    keys: Vec<Key>,
}

/// What came of a key.
#[derive(Debug, Serialize)]
struct Key {
    #[serde(flatten)]
    effect: Effect,
    /// The setting's value was asked for by `--set` or `--preset` too, and that counts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    overridden: bool,
    /// What came of it, in the language asked for.
    said: String,
    /// What the key does here.
    about: String,
}

/// A drill's report, what its configuration came to, and whether it is whole.
#[derive(Serialize)]
pub(super) struct Configured<'a> {
    #[serde(flatten)]
    pub(super) report: &'a Drilled,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) config: Option<&'a Config>,
    #[serde(flatten)]
    pub(super) partial: Option<&'a Partial>,
}

impl Config {
    fn of(path: &Path, before: &Settings, asked: &Asked) -> Result<(Self, Words), Refusal> {
        let lang = asked.lang;
        let file = path.display().to_string();
        let config = DrConfig::read(&text_of(path)?).map_err(|fault| {
            Refusal::new("bad_config", format!("{file}: {}", dr_config::fault(lang, &fault)))
        })?;
        let overridden = |effect: &Effect| {
            effect.setting.is_some_and(|setting| asked.set.iter().any(|(name, _)| name == setting))
        };
        let keys = config.effects(before, &Words::default()).into_iter().map(|effect| Key {
            overridden: overridden(&effect),
            said: dr_config::effect(lang, &effect),
            about: dr_config::about(lang, &effect),
            effect,
        });
        let set = config.settings().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok((Self { file, keys: keys.collect(), set }, config.words.clone()))
    }

    /// A line a key.
    pub(super) fn text(&self, lang: Lang) -> String {
        let mut lines = vec![lang.f("rg-cfg-title", &[("file", self.file.as_str().into())])];
        for key in &self.keys {
            let over =
                if key.overridden { format!(" {}", lang.t("rg-cfg-overridden")) } else { String::new() };
            lines.push(format!("  {:<34} {}{over}", key.effect.key, key.said));
            lines.push(format!("  {:<34} {}", "", key.about));
        }
        lines.join("\n") + "\n"
    }
}

/// A file as text; no more of it is read than a configuration may have.
fn text_of(path: &Path) -> Result<String, Refusal> {
    let wrong = |why: String| Refusal::new("bad_config", format!("{}: {why}", path.display()));
    let file = std::fs::File::open(path).map_err(|error| wrong(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| wrong(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| wrong(error.to_string()))
}

/// The configuration of a drill, held to what the drill is set to.
pub(super) fn of_drill(path: &Path, scenario: &str, asked: &Asked) -> Result<Config, Refusal> {
    let values = settings_of(scenario)?;
    if disasters::drills(scenario).is_none() {
        let error = format!("{scenario} takes no dr_config.yaml; the drills of disasters (dr-…) do");
        return Err(Refusal::new("no_config", error));
    }
    let mut before = Settings::default();
    for value in values {
        // The drill's own terms are no settings of the world.
        let _ = before.set(value.name, value.value);
    }
    Config::of(path, &before, asked).map(|(config, _)| config)
}

/// The handbook, and the configuration that it was reckoned with.
#[derive(Serialize)]
struct Planned<'a> {
    #[serde(flatten)]
    handbook: &'a Handbook,
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<&'a Config>,
}

/// Tables and commands for the settings that are asked for.
pub(super) fn plan(asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    let mut settings = Settings::default();
    let read = asked.config.as_deref().map(|path| Config::of(path, &settings, asked)).transpose()?;
    let (config, words) = read.map_or((None, Words::default()), |(config, words)| (Some(config), words));
    let file = config.iter().flat_map(|config| config.set.clone());
    for (name, value) in file.chain(asked.set.clone()) {
        settings.set(&name, value)?;
    }
    let runbook = match asked.runbook.as_deref() {
        Some(text) => Runbook::parse(text)?,
        None => Runbook::of_setting(settings.runbook),
    };
    let handbook = handbook(asked.lang, &words, &settings, &runbook);
    if asked.json {
        write_json(out, &Planned { handbook: &handbook, config: config.as_ref() })?;
        return Ok(true);
    }
    if let Some(config) = &config {
        write(out, &config.text(asked.lang))?;
    }
    for sheet in &handbook.sheets {
        write(out, &table(sheet))?;
    }
    Ok(true)
}

/// A table as text: its columns as wide as what is in them, but for the last.
fn table(sheet: &Sheet) -> String {
    let mut widths: Vec<usize> = sheet.head.iter().map(|cell| width(cell)).collect();
    for row in &sheet.rows {
        widths.iter_mut().zip(row).for_each(|(wide, cell)| *wide = (*wide).max(width(cell)));
    }
    let line = |cells: &[String]| {
        let mut line = String::from("  ");
        for (at, (cell, wide)) in cells.iter().zip(&widths).enumerate() {
            line.push_str(cell);
            if at + 1 < cells.len() {
                line.push_str(&" ".repeat(wide - width(cell) + 2));
            }
        }
        line
    };
    let mut lines = vec![sheet.title.clone(), line(&sheet.head)];
    lines.extend(sheet.rows.iter().map(|row| line(row)));
    lines.extend(sheet.notes.iter().map(|note| format!("  · {note}")));
    lines.join("\n") + "\n"
}

/// How wide a text is in a terminal: Chinese signs take two columns.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c >= '\u{2e80}' { 2 } else { 1 }).sum()
}

/// The note's replicator.
pub(super) fn copy(asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    let usual = Trial::default();
    let trial = Trial {
        seed: asked.seed.unwrap_or(usual.seed),
        rows: asked.rows.unwrap_or(usual.rows),
        rounds: asked.rounds.unwrap_or(usual.rounds),
        ..usual
    };
    let rounds = replicator::run(&trial)?;
    if asked.json {
        write_json(out, &serde_json::json!({ "seed": trial.seed, "rows": trial.rows, "rounds": rounds }))?;
    } else {
        write(out, table(&quorum_drill::handbook::copies(asked.lang, &rounds)).trim_end())?;
    }
    Ok(rounds.iter().all(whole))
}

/// Whether a round left a true copy.
fn whole(round: &Round) -> bool {
    let missed = round.duplicates + round.ghosts + round.stale + round.skipped;
    missed == 0 && round.refused.is_none() && round.standby == round.primary
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, refused};
    use quorum_facade::regions::config::NOTE;

    /// A file with this text; it goes with the folder.
    fn file(name: &str, text: &str) -> (std::path::PathBuf, String) {
        let folder = std::env::temp_dir().join(format!("quorum-lab-dr-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("dr_config.yaml");
        std::fs::write(&path, text).expect("written");
        (folder, path.to_string_lossy().into_owned())
    }

    #[test]
    fn the_notes_file_takes_effect_and_the_report_says_what_did() {
        let (folder, path) = file("note", NOTE);
        let arguments = ["drill", "dr-replication-real-time", "--seed", "3", "--config", &path, "--json"];
        let (_, text) = check(&arguments).expect("runs");
        let with: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let keys = with["config"]["keys"].as_array().expect("keys");
        assert_eq!(keys.len(), 12);
        let mode = keys.iter().find(|key| key["key"] == "sync.mode").expect("the mode");
        assert_eq!(
            (&mode["outcome"], &mode["was"], &mode["now"]),
            (&"implied".into(), &"realtime".into(), &"counts".into())
        );
        assert!(keys.iter().all(|key| !key["about"].as_str().unwrap_or("").is_empty()));
        // It is the drill of counts: the same run.
        let (_, counts) = check(&["drill", "dr-replication-counts", "--seed", "3", "--json"]).expect("runs");
        let counts: serde_json::Value = serde_json::from_str(&counts).expect("JSON");
        assert_eq!(with["runs"][0]["digest"], counts["runs"][0]["digest"]);
        let (_, over) = check(&[&arguments[..], &["--set", "sync_mode=1"]].concat()).expect("runs");
        let over: serde_json::Value = serde_json::from_str(&over).expect("JSON");
        let keys = over["config"]["keys"].as_array().expect("keys");
        assert!(keys.iter().any(|key| key["key"] == "sync.mode" && key["overridden"] == true));
        let (_, plain) =
            check(&["drill", "dr-replication-real-time", "--seed", "3", "--json"]).expect("runs");
        let plain: serde_json::Value = serde_json::from_str(&plain).expect("JSON");
        assert_eq!(over["runs"][0]["digest"], plain["runs"][0]["digest"]);
        let (_, text) = check(&["drill", "dr-drill", "--config", &path, "--lang", "en"]).expect("runs");
        assert!(text.contains("sync.mode") && text.contains("counts"), "{text}");
        std::fs::remove_dir_all(&folder).expect("it goes");
    }

    #[test]
    fn what_is_wrong_is_said_in_the_language_asked_for() {
        let (folder, path) = file("wrong", &NOTE.replace("retention_days", "retention_day"));
        let said = |lang: &str| {
            let refusal = refused(&["drill", "dr-drill", "--config", &path, "--lang", lang]);
            assert_eq!(refusal.code, "bad_config");
            refusal.error
        };
        assert!(
            said("zh").contains("第 12 行第 3 列：backup.retention_day：")
                && said("zh").contains("“backup.retention_days”")
        );
        assert!(said("en").contains("line 12, column 3: backup.retention_day: "));
        std::fs::remove_dir_all(&folder).expect("it goes");
        let (folder, path) = file("bytes", "");
        std::fs::write(&path, [0xff, 0xfe, 0]).expect("written");
        assert_eq!(check(&["dr", "plan", "--config", &path]), Err("bad_config".to_owned()));
        std::fs::write(&path, vec![b'#'; 1 << 20]).expect("written");
        assert_eq!(check(&["dr", "plan", "--config", &path]), Err("bad_config".to_owned()));
        std::fs::remove_dir_all(&folder).expect("it goes");
    }

    #[test]
    fn the_plan_and_the_copies_are_shown_as_text_and_json() {
        let (ok, text) = check(&["dr", "plan", "--lang", "en"]).expect("plans");
        assert!(
            ok && text.contains("0 2 * * *") && text.contains("milvus-backup --config backup.yaml create -n"),
            "{text}"
        );
        let (_, json) = check(&["dr", "plan", "--json", "--preset", "note-world"]).expect("plans");
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(json["worst_rpo_s"], 3_600.03);
        let (whole, text) = check(&["dr", "copy", "--lang", "zh"]).expect("copies");
        assert!(!whole && text.contains("重复"), "{text}");
        let (_, json) = check(&["dr", "copy", "--rows", "500", "--rounds", "2", "--json"]).expect("copies");
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(json["rounds"][1]["round"], 2);
    }
}
