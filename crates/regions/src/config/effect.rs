//! The effect of each key of a configuration: a changed value, an unchanged value, a name that is only shown, or a
//! value that is unused with the other settings.
//!
//! Guarantees: every named or implied key has one line, in the order of the table; plain data, so that page and command
//! line can phrase it themselves. Leaves out: applying it (`config`).

use serde::Serialize;

use super::fields::{FIELDS, Field, Kind, Side};
use super::{DrConfig, Words};
use crate::settings::Settings;

/// Keys of the note's file that its own program does not read: 30 s, three failures, 02:00 and every hour are
/// hard-coded, and nothing there deletes old backups.
const UNREAD: [&str; 5] = [
    "dr.port",
    "backup.retention_days",
    "sync.interval_hours",
    "monitoring.health_check_interval",
    "monitoring.failure_threshold",
];

/// The effect of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its value changes.
    Changed,
    /// It already had this value.
    Same,
    /// It is implied by other keys, and its value changes.
    Implied,
    /// It is a name: shown, and written into commands; nothing in the simulation depends on it.
    Name,
    /// It is accepted, but unused with the other settings.
    Idle,
}

/// A key and its effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// The key with its section, such as `sync.mode`.
    pub key: String,
    /// Its effect.
    pub outcome: Outcome,
    /// The old value in text form.
    pub was: String,
    /// The new value.
    pub now: String,
    /// Its setting, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<&'static str>,
    /// Why it is unused, as a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle: Option<&'static str>,
    /// Whether the course's own program reads the key, if it is a key of the course: it reads hosts, the primary's
    /// port, bucket, zone and domain from the file and hard-codes the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_reads_it: Option<bool>,
}

impl DrConfig {
    /// The effects of each of its keys, without applying them.
    pub fn effects(&self, settings: &Settings, words: &Words) -> Vec<Effect> {
        let mut after = settings.clone();
        for (name, value) in self.settings() {
            // The contents were validated when they were parsed.
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

    /// A key's value in text form, named or implied.
    fn meant(&self, at: usize, field: &Field) -> Option<String> {
        let whole = Self { figures: vec![(at, self.figure(at).unwrap_or(0))], ..self.clone() };
        match field.kind {
            Kind::Word(_) => self.said(at, field),
            _ => self.figure(at).and_then(|_| whole.said(at, field)),
        }
    }
}

/// Why a setting is unused with the other settings, as a word.
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
