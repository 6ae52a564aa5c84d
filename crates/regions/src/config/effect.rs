//! What comes of each key of a configuration: a value that changed, one that was so before, a name that is only shown, a value
//! that nothing looks at as the rest is set.
//!
//! Promises: every key that a configuration names or means has one line, in the order of the table; plain data, so that page and
//! command line say it in their own words. Leaves out: obeying it (`config`).

use serde::Serialize;

use super::fields::{FIELDS, Field, Kind, Side};
use super::{DrConfig, Words};
use crate::settings::Settings;

/// Keys of the note's file that its own program does not read: 30 s, three strikes, 02:00 and every hour stand in its code, and
/// nothing there deletes old backups.
const UNREAD: [&str; 5] = [
    "dr.port",
    "backup.retention_days",
    "sync.interval_hours",
    "monitoring.health_check_interval",
    "monitoring.failure_threshold",
];

/// What came of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has another value from now on.
    Changed,
    /// It had this value before.
    Same,
    /// It is not named and follows from what is: another value from now on.
    Implied,
    /// It is a name: shown, and written into commands; nothing in the simulation depends on it.
    Name,
    /// It is taken, and nothing looks at it as the rest is set.
    Idle,
}

/// A key and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// The key with its section, such as `sync.mode`.
    pub key: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What it was, as it is written.
    pub was: String,
    /// What it is.
    pub now: String,
    /// The setting that it is, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<&'static str>,
    /// Why nothing looks at it, as a word, where that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle: Option<&'static str>,
    /// Whether the course's own program reads the key, where the key is the course's: it takes hosts, the primary's port, bucket,
    /// zone and domain out of the file and has the rest in its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_reads_it: Option<bool>,
}

impl DrConfig {
    /// What would come of each of its keys.
    pub fn effects(&self, settings: &Settings, words: &Words) -> Vec<Effect> {
        let mut after = settings.clone();
        for (name, value) in self.settings() {
            // What it holds was checked when it was read.
            let _ = after.set(name, value);
        }
        let before = Self::of(words, settings);
        let one = |(at, field): (usize, &Field)| {
            let (was, now) = (before.said(at, field)?, self.meant(at, field)?);
            let idle = field.setting().and_then(|setting| idle(setting.name, &after));
            let implied = self.implied.iter().any(|(other, _)| *other == at);
            let outcome = match field.kind {
                _ if idle.is_some() => Outcome::Idle,
                Kind::Word(_) | Kind::Port(_) => Outcome::Name,
                _ if implied => Outcome::Implied,
                _ if was == now => Outcome::Same,
                _ => Outcome::Changed,
            };
            let setting = field.setting().map(|setting| setting.name);
            let reads = matches!(field.kind, Kind::Word(_) | Kind::Port(Side::Primary));
            let note_reads_it = (reads || UNREAD.contains(&field.path().as_str())).then_some(reads);
            Some(Effect { key: field.path(), outcome, was, now, setting, idle, note_reads_it })
        };
        FIELDS.iter().enumerate().filter_map(one).collect()
    }

    /// A key's value as it is written or meant.
    fn meant(&self, at: usize, field: &Field) -> Option<String> {
        let whole = Self { figures: vec![(at, self.figure(at).unwrap_or(0))], ..self.clone() };
        match field.kind {
            Kind::Word(_) => self.said(at, field),
            _ => self.figure(at).and_then(|_| whole.said(at, field)),
        }
    }
}

/// Why nothing looks at a setting as the others are set, as a word.
fn idle(setting: &str, of: &Settings) -> Option<&'static str> {
    let follows = of.standby > 0 && of.sync_mode > 0;
    match setting {
        "sync_mode" if of.standby == 0 && of.sync_mode > 0 => Some("no-standby"),
        "sync_interval_h" if !follows => Some("no-following"),
        "sync_interval_h" if of.sync_mode < 3 => Some("no-interval"),
        "log_retention_h" if !follows || of.sync_mode == 4 => Some("no-log"),
        "backup_hour" | "backup_every_h" | "backup_full_every" | "backup_verify" if of.backup == 0 => {
            Some("no-backups")
        }
        "lease_s" if of.fencing == 0 => Some("no-fencing"),
        _ => None,
    }
}
