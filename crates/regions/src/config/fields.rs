//! The keys of a configuration: sections, keys, and the setting or word behind each.
//!
//! Guarantees: one table, in the order of the file; a figure's bounds are those of its setting. Leaves out: parsing and
//! writing (`config`).

use super::super::settings;
use quorum_sim::settings::Setting;

/// The type of a key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A host, bucket, zone or domain.
    Word(Name),
    /// The port of the primary's host, or of the standby's.
    Port(Side),
    /// A whole number: the setting of that name.
    Number(&'static str),
    /// Yes or no: the setting of that name, 1 or 0.
    Flag(&'static str),
    /// One of these words: the setting of that name, counted from 0.
    Choice(&'static str, &'static [&'static str]),
}

/// Identifies a word.
#[derive(Clone, Copy, Debug)]
pub(super) enum Name {
    PrimaryHost,
    DrHost,
    Bucket,
    ZoneId,
    Domain,
}

/// Identifies a port.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Primary,
    Dr,
}

/// A key. A key without a section is at the top level.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) section: &'static str,
    pub(super) key: &'static str,
    pub(super) kind: Kind,
    /// Whether the note's program fails without it.
    pub(super) required: bool,
}

/// The kinds of standby in the other region.
const STANDBY: &[&str] = &["cold", "warm", "hot"];
/// The replication modes of the standby.
const SYNC: &[&str] = &["none", "realtime", "near_realtime", "periodic", "counts"];

const fn must(section: &'static str, key: &'static str, name: Name) -> Field {
    Field { section, key, kind: Kind::Word(name), required: true }
}

const fn may(section: &'static str, key: &'static str, kind: Kind) -> Field {
    Field { section, key, kind, required: false }
}

/// The sections, in order.
pub(super) const SECTIONS: [&str; 8] =
    ["primary", "dr", "backup", "dns", "sync", "monitoring", "switching", "alerts"];

/// All keys, section by section: first the course's, as in course note 5, then ours.
pub(super) const FIELDS: [Field; 29] = [
    must("primary", "host", Name::PrimaryHost),
    may("primary", "port", Kind::Port(Side::Primary)),
    must("dr", "host", Name::DrHost),
    may("dr", "port", Kind::Port(Side::Dr)),
    must("backup", "bucket", Name::Bucket),
    may("backup", "retention_days", Kind::Number("retention_days")),
    may("backup", "enabled", Kind::Flag("backup")),
    may("backup", "hour", Kind::Number("backup_hour")),
    may("backup", "every_hours", Kind::Number("backup_every_h")),
    may("backup", "full_every", Kind::Number("backup_full_every")),
    may("backup", "verify", Kind::Flag("backup_verify")),
    must("dns", "zone_id", Name::ZoneId),
    must("dns", "domain", Name::Domain),
    may("dns", "ttl", Kind::Number("dns_ttl_s")),
    may("sync", "interval_hours", Kind::Number("sync_interval_h")),
    may("sync", "mode", Kind::Choice("sync_mode", SYNC)),
    may("monitoring", "health_check_interval", Kind::Number("health_check_s")),
    may("monitoring", "failure_threshold", Kind::Number("failure_threshold")),
    may("monitoring", "timeout_ms", Kind::Number("health_timeout_ms")),
    may("monitoring", "auto_switch", Kind::Flag("auto_switch")),
    may("switching", "fencing", Kind::Flag("fencing")),
    may("switching", "lease_seconds", Kind::Number("lease_s")),
    may("switching", "read_only_standby", Kind::Flag("standby_read_only")),
    may("switching", "log_retention_hours", Kind::Number("log_retention_h")),
    may("alerts", "mail", Kind::Flag("alert_mail")),
    may("alerts", "sms", Kind::Flag("alert_sms")),
    may("alerts", "slack", Kind::Flag("alert_slack")),
    may("alerts", "wecom", Kind::Flag("alert_wecom")),
    may("", "standby", Kind::Choice("standby", STANDBY)),
];

impl Field {
    /// A key's index by section and name.
    pub(super) fn find(section: &str, key: &str) -> Option<usize> {
        FIELDS.iter().position(|field| field.section == section && field.key == key)
    }

    /// Its path in error messages: `backup.hour`.
    pub(super) fn path(&self) -> String {
        path(self.section, self.key)
    }

    /// Its setting, if it has one.
    pub(super) fn setting(&self) -> Option<&'static Setting> {
        let (Kind::Number(name) | Kind::Flag(name) | Kind::Choice(name, _)) = self.kind else { return None };
        settings::ALL.iter().find(|setting| setting.name == name)
    }

    /// The bounds of its number, with the unit.
    pub(super) fn bounds(&self) -> (u64, u64, &'static str) {
        self.setting().map_or((1, 65_535, ""), |setting| (setting.min, setting.max, setting.unit))
    }
}

/// A key with its section.
pub(super) fn path(section: &str, key: &str) -> String {
    let dot = if section.is_empty() { "" } else { "." };
    format!("{section}{dot}{key}")
}

/// The keys of a section; of the top level with the sections' names.
pub(super) fn known(section: &str) -> Vec<&'static str> {
    let sections = SECTIONS.iter().copied().filter(|_| section.is_empty());
    let keys = FIELDS.iter().filter(|field| field.section == section).map(|field| field.key);
    sections.chain(keys).collect()
}

/// A suggestion for an unknown key, as a path: a key of this section with a similar name, otherwise the same word in
/// another section.
pub(super) fn nearest(section: &str, key: &str) -> Option<String> {
    let said = key.to_lowercase().replace('-', "_");
    let near = known(section).into_iter().map(|known| (distance(&said, known), known)).min()?;
    if near.0 <= 1 + near.1.len() / 4 {
        return Some(path(section, near.1));
    }
    FIELDS.iter().find(|field| field.key == said).map(Field::path)
}

/// The edit distance of two words; a large number for very long words.
fn distance(from: &str, to: &str) -> usize {
    if from.len() > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, other) in to.bytes().enumerate() {
            let swapped = before + usize::from(letter != char::from(other));
            before = row[j + 1];
            row[j + 1] = swapped.min(row[j] + 1).min(before + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_a_setting_or_a_word_and_stands_once() {
        for (at, field) in FIELDS.iter().enumerate() {
            assert_eq!(Field::find(field.section, field.key), Some(at), "{}", field.path());
            assert!(field.section.is_empty() || SECTIONS.contains(&field.section), "{}", field.path());
            let setting = field.setting();
            match field.kind {
                Kind::Word(_) | Kind::Port(_) => assert!(setting.is_none(), "{}", field.path()),
                Kind::Number(name) => assert!(setting.is_some(), "{name} is no setting"),
                Kind::Flag(name) => assert_eq!(setting.map(|one| (one.min, one.max)), Some((0, 1)), "{name}"),
                Kind::Choice(name, words) => {
                    let last = words.len() as u64 - 1;
                    assert_eq!(setting.map(|one| (one.min, one.max)), Some((0, last)), "{name}");
                }
            }
        }
    }

    #[test]
    fn the_key_that_was_meant_is_found() {
        let near = |section, key| nearest(section, key).unwrap_or_default();
        assert_eq!(near("backup", "retention_day"), "backup.retention_days");
        assert_eq!(near("backup", "Retention-Days"), "backup.retention_days");
        assert_eq!(near("", "monitor"), "monitoring");
        assert_eq!(near("", "monit"), "");
        assert_eq!(near("sync", "failure_threshold"), "monitoring.failure_threshold");
        assert_eq!(near("sync", "colour"), "");
        assert_eq!(near("sync", &"mode".repeat(100)), "");
    }
}
