//! What follows from settings by arithmetic, before anything has run: how much can be lost, how long a switch takes,
//! which class of business that is good enough for, and the equivalent commands in a real system.
//!
//! Guarantees: every figure is a sum of settings with named parts, so that a run can be compared with it; commands
//! follow the tools' own documentation, whose version is in [`TOOLS`]. Leaves out: sentences (the layers above);
//! damage, people who do not answer, and writes of clients inside a region that is cut off, which only runs show.

use super::config::Words;
use super::rows::COLLECTIONS;
use super::runbook::{Runbook, Step};
use super::settings::Settings;
use super::{HOUR, MINUTE};
use quorum_types::sort::sort;
use quorum_types::{MS, Micros, SECOND};

/// The tools whose commands are written here, with the source of their flags.
pub const TOOLS: [(&str, &str); 3] = [
    (
        "milvus-backup",
        "milvus-backup v0.5.16 source, cmd/create, cmd/del, cmd/restore: -n, --filter, --rebuild_index; no -p",
    ),
    ("aws", "AWS CLI v2 docs, s3 rm and s3api put-bucket-lifecycle-configuration"),
    ("cron", "crontab(5): minute, hour, day of month, month, day of week"),
];

/// A class of business: its word, its RTO and RPO in seconds, and how often it is drilled, in months.
pub(crate) type Class = (&'static str, Option<u64>, Option<u64>, Option<u64>);

/// A class of loss: its word, the loss that it tolerates in seconds, and the settings for its frequency of backups.
pub type Loss = (&'static str, Option<u64>, &'static [(&'static str, u64)]);

/// A class of business of course note 4: its word; the RTO and RPO that it tolerates, in seconds, none without limit;
/// how often it is drilled, in months.
pub const CLASSES: [Class; 4] = [
    ("critical", Some(3_600), Some(3_600), Some(3)),
    ("important", Some(4 * 3_600), Some(4 * 3_600), Some(6)),
    ("normal", Some(24 * 3_600), Some(24 * 3_600), Some(12)),
    ("rest", None, None, None),
];

/// A class of loss of course note 4: its word; the loss that it tolerates, in seconds, none without limit; and the
/// settings for its frequency of backups.
pub const LOSSES: [Loss; 4] = [
    ("zero", Some(0), &[("sync_mode", 1), ("standby", 2)]),
    ("hour", Some(3_600), &[("sync_mode", 0), ("backup", 1), ("backup_every_h", 1)]),
    ("day", Some(24 * 3_600), &[("sync_mode", 0), ("backup", 1), ("backup_every_h", 24)]),
    ("week", None, &[("sync_mode", 0), ("backup", 1), ("backup_every_h", 168)]),
];

/// A part of a sum: its word and its length.
pub type Part = (&'static str, Micros);

/// The worst-case loss if the primary loses its power, by the replication that loses least: the parts of the sum; none
/// if nothing is ever copied.
pub fn worst_loss(settings: &Settings) -> Option<Vec<Part>> {
    let copied = following(settings);
    let backed_up = (settings.backup == 1).then(|| {
        // A backup counts once it is written; until then the previous one is the newest.
        vec![("every", settings.backup_every_h * HOUR), ("writing", backup_us(settings))]
    });
    let least = copied.into_iter().chain(backed_up);
    least.min_by_key(|parts| sum(parts))
}

/// The worst-case loss of following, for rows that are added; none if nothing follows.
fn following(settings: &Settings) -> Option<Vec<Part>> {
    if settings.standby == 0 {
        return None;
    }
    let latency = ("latency", settings.link_latency_ms * MS);
    Some(match settings.sync_mode {
        1 => vec![latency],
        2 => vec![
            ("interval", settings.near_interval_s * SECOND),
            ("batch", (settings.near_batch_s * SECOND).max(latency.1)),
        ],
        3 | 4 => vec![
            ("interval", settings.sync_interval_h * HOUR),
            ("batch", (settings.sync_batch_s * SECOND).max(latency.1)),
        ],
        _ => return None,
    })
}

/// How long a full backup takes to be written.
pub(crate) fn backup_us(settings: &Settings) -> Micros {
    settings.data_gb * 1_000 * SECOND / settings.backup_mb_s
}

/// How long the primary may be gone before the failover is announced, and how long each step of a runbook takes.
pub fn switch_time(settings: &Settings, runbook: &Runbook) -> Vec<Part> {
    let detect_us = settings.failure_threshold * settings.health_check_s * SECOND;
    let mut parts = vec![("detect", detect_us)];
    parts.extend(runbook.steps.iter().map(|step| (step.word(), step_us(settings, *step))));
    parts
}

/// How long a step takes if nothing goes wrong.
fn step_us(settings: &Settings, step: Step) -> Micros {
    let volume_mb = settings.data_gb * 1_000;
    match step {
        Step::Page => settings.respond_s * SECOND,
        Step::Decide => settings.decide_s * SECOND,
        // A lease that is not renewed since the disaster expires long before anyone acts, unless checks are very quick.
        Step::Fence if settings.fencing == 1 => {
            let acted = settings.failure_threshold * settings.health_check_s + settings.respond_s;
            settings.lease_s.saturating_sub(acted) * SECOND
        }
        Step::StartStandby => match settings.standby {
            2 => 0,
            1 => settings.warm_s * SECOND,
            _ => settings.cold_s * SECOND,
        },
        Step::RestoreNewest | Step::RestoreGood | Step::VerifyBackup => {
            volume_mb * SECOND / settings.restore_mb_s
        }
        Step::Rebuild => (volume_mb * SECOND).checked_div(settings.index_mb_s).unwrap_or(0),
        Step::VerifyCount | Step::VerifyDigest => settings.verify_s * SECOND,
        Step::Dns => settings.dns_update_s * SECOND,
        Step::WaitTtl => settings.dns_ttl_s * SECOND,
        Step::WaitMinute => MINUTE,
        Step::Drain | Step::CatchUp => SECOND,
        Step::Fence | Step::CheckStandby | Step::Promote | Step::CheckService | Step::Announce => 0,
    }
}

/// A sum.
pub fn sum(parts: &[Part]) -> Micros {
    parts.iter().map(|(_, us)| us).sum()
}

/// The strictest class that an RTO and an RPO satisfy, by its index in [`CLASSES`].
pub fn class(rto_us: Micros, rpo_us: Option<Micros>) -> usize {
    let keeps = |us: Option<Micros>, limit_s: Option<u64>| {
        limit_s.is_none_or(|limit_s| us.is_some_and(|us| us < limit_s * SECOND))
    };
    let fits = |(_, rto_s, rpo_s, _): &(_, Option<u64>, Option<u64>, _)| {
        keeps(Some(rto_us), *rto_s) && keeps(rpo_us, *rpo_s)
    };
    CLASSES.iter().position(fits).unwrap_or(CLASSES.len() - 1)
}

/// A command that does in a real system what the settings do here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its purpose, as a word: `cron`, `sync-cron`, `drill-cron`, `create`, `list`, `get`, `delete`, `lifecycle`,
    /// `restore`, `note-create`, `note-cleanup`.
    pub what: &'static str,
    /// The lines.
    pub text: String,
}

/// The commands for these settings.
pub fn commands(words: &Words, settings: &Settings) -> Vec<Command> {
    let bucket = words.bucket.trim_end_matches('/');
    let bare = bucket.strip_prefix("s3://").unwrap_or(bucket);
    let all = COLLECTIONS.join(",");
    let stamp = "$(date +%Y%m%d_%H%M%S)";
    let days = settings.retention_days;
    let name = "daily_20240131_020000";
    let command = |what, text: String| Command { what, text };
    let script = "/opt/milvus-backup/backup.sh >> /var/log/milvus-backup.log 2>&1";
    let mut list = Vec::new();
    if settings.backup == 1 {
        list.push(command(
            "cron",
            format!("{} {script}", cron(settings.backup_hour, settings.backup_every_h)),
        ));
    }
    if settings.standby > 0 && settings.sync_mode >= 3 {
        let times = cron(0, settings.sync_interval_h);
        list.push(command(
            "sync-cron",
            format!("{times} /opt/milvus-backup/sync.sh >> /var/log/milvus-sync.log 2>&1"),
        ));
    }
    list.extend([
        command("create", format!("milvus-backup --config backup.yaml create -n daily_{stamp} --filter {all}")),
        command("list", "milvus-backup --config backup.yaml list".to_owned()),
        command("get", format!("milvus-backup --config backup.yaml get -n {name}")),
        command("restore", format!("milvus-backup --config backup-dr.yaml restore -n {name} --rebuild_index")),
        command("delete", format!("milvus-backup --config backup.yaml delete -n {name}")),
        command("lifecycle", lifecycle(bare, days)),
        command(
            "note-create",
            format!("milvus-backup create -n {0}_{stamp} -c {0} -p {bucket}/daily/$(date +%Y%m%d_%H%M%S)", COLLECTIONS[0]),
        ),
        command(
            "note-cleanup",
            format!(
                "aws s3 rm {bucket}/daily/ --recursive --exclude \"*\" --include \"*$(date -d '{days} days ago' +%Y%m)*\""
            ),
        ),
    ]);
    list
}

/// A lifecycle rule by which the bucket itself deletes old backups.
fn lifecycle(bucket: &str, days: u64) -> String {
    let rule = format!(
        r#"{{"Rules":[{{"ID":"old-backups","Status":"Enabled","Filter":{{"Prefix":"backup/"}},"Expiration":{{"Days":{days}}}}}]}}"#
    );
    format!(
        "aws s3api put-bucket-lifecycle-configuration --bucket {bucket} --lifecycle-configuration '{rule}'"
    )
}

/// The backup schedule for cron: from this hour on, every N hours. An interval that does not divide a day or is more
/// than a day is rounded down to whole days.
pub(crate) fn cron(hour: u64, every_h: u64) -> String {
    match every_h {
        1 => "0 * * * *".to_owned(),
        2..24 if 24 % every_h == 0 => {
            let mut hours: Vec<u64> = (0..24 / every_h).map(|n| (hour + n * every_h) % 24).collect();
            sort(&mut hours);
            let hours: Vec<String> = hours.iter().map(u64::to_string).collect();
            format!("0 {} * * *", hours.join(","))
        }
        168 => format!("0 {hour} * * 1"),
        48.. => format!("0 {hour} */{} * *", (every_h / 24).min(31)),
        _ => format!("0 {hour} * * *"),
    }
}

/// Whether cron can express it: an hour count that divides a day, a day, or whole days.
pub fn cron_is_exact(every_h: u64) -> bool {
    every_h <= 24 && 24 % every_h == 0 || every_h == 168
}

/// The note's cron schedule for a drill every N months: on the first, at ten in the morning.
pub fn drill_cron(months: u64) -> String {
    match months {
        12 => "0 10 1 1 *".to_owned(),
        months => format!("0 10 1 */{months} *"),
    }
}

/// The year and month of a day, counted from 0, where day 0 is 1 January 2024, the day of the note's first backup.
pub fn month_of(day: u64) -> (u64, u64) {
    let date = date_of(day);
    (date.0, date.1)
}

/// The year, month and day of a day, counted from 0 on 1 January 2024.
pub fn date_of(day: u64) -> (u64, u64, u64) {
    let (mut year, mut left) = (2_024, day);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    loop {
        let days = if leap(year) { 366 } else { 365 };
        if left < days {
            break;
        }
        left -= days;
        year += 1;
    }
    let mut month = 1;
    loop {
        let days = match month {
            2 if leap(year) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if left < days {
            return (year, month, left + 1);
        }
        left -= days;
        month += 1;
    }
}

/// The result of the note's cleanup, day by day: how many daily backups remain after each night's cleanup, and how many
/// there should be. Days are counted from 1.
pub fn note_cleanup(days: u64, retention_days: u64) -> Vec<(u64, u64)> {
    let mut kept: Vec<u64> = Vec::new();
    let mut left = Vec::new();
    for day in 0..days {
        kept.push(day);
        if let Some(cutoff) = day.checked_sub(retention_days) {
            kept.retain(|backup| month_of(*backup) != month_of(cutoff));
        }
        left.push((kept.len() as u64, (day + 1).min(retention_days)));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(set: &[(&str, u64)]) -> Settings {
        let mut settings = Settings::default();
        set.iter().for_each(|(name, value)| settings.set(name, *value).expect("a setting"));
        settings
    }

    fn loss(set: &[(&str, u64)]) -> Option<u64> {
        worst_loss(&with(set)).map(|parts| sum(&parts) / SECOND)
    }

    #[test]
    fn losses_are_an_interval_and_what_a_copy_takes() {
        // 90 GB at 100 MB/s are a quarter of an hour.
        assert_eq!(LOSSES.map(|(_, _, set)| loss(set)), [Some(0), Some(4_500), Some(87_300), Some(605_700)]);
        assert_eq!(loss(&[("sync_mode", 2)]), Some(900));
        assert_eq!(loss(&[("sync_mode", 3), ("sync_interval_h", 6)]), Some(6 * 3_600 + 300));
        assert_eq!(loss(&[("sync_mode", 0), ("backup", 0)]), None);
        assert_eq!(
            loss(&[("sync_mode", 1), ("standby", 0)]),
            Some(87_300),
            "nothing follows: backups are left"
        );
    }

    #[test]
    fn a_switch_is_its_steps_and_belongs_to_a_class() {
        let time = |name: &str, set: &[(&str, u64)]| {
            let runbook = Runbook::built_in(name).expect("built in");
            sum(&switch_time(&with(set), &runbook)) / SECOND
        };
        // Course note 4: 5 min to detect, 10 to decide, 30 to restore, 10 to verify.
        let course = [("index_mb_s", 0), ("dns_ttl_s", 0), ("dns_update_s", 0), ("sync_mode", 0)];
        assert_eq!(time("restore", &course), 55 * 60);
        assert_eq!(time("careful", &[]), 90 + 210 + 600 + 5 + 60);
        let class_of =
            |rto_s: u64, rpo_s: Option<u64>| CLASSES[class(rto_s * SECOND, rpo_s.map(|s| s * SECOND))].0;
        assert_eq!(class_of(55 * 60, Some(0)), "critical");
        assert_eq!(class_of(3_600, Some(0)), "important");
        assert_eq!(class_of(60, Some(37 * 3_600)), "rest");
        assert_eq!(class_of(60, None), "rest");
        assert_eq!(class_of(60, Some(23 * 3_600)), "normal");
    }

    #[test]
    fn cron_says_when() {
        for (hour, every_h, line) in [
            (2, 24, "0 2 * * *"),
            (2, 1, "0 * * * *"),
            (2, 6, "0 2,8,14,20 * * *"),
            (23, 12, "0 11,23 * * *"),
            (2, 168, "0 2 * * 1"),
            (2, 72, "0 2 */3 * *"),
            (2, 7, "0 2 * * *"),
        ] {
            assert_eq!(cron(hour, every_h), line, "{every_h}");
        }
        assert_eq!([24, 6, 7, 168, 72, 30].map(cron_is_exact), [true, true, false, true, false, false]);
        assert_eq!([3, 6, 12].map(drill_cron), ["0 10 1 */3 *", "0 10 1 */6 *", "0 10 1 1 *"]);
    }

    #[test]
    fn commands_take_the_flags_that_the_tools_have() {
        let list = commands(&Words::default(), &Settings::default());
        let text = |what: &str| list.iter().find(|one| one.what == what).map_or("", |one| one.text.as_str());
        assert!(text("cron").starts_with("0 2 * * * "), "{}", text("cron"));
        assert!(text("create").contains(" create -n daily_") && !text("create").contains(" -p "));
        assert!(text("create").ends_with("--filter company_docs,product_docs,faq_docs"));
        assert!(
            text("lifecycle").contains("--bucket milvus-backup-bucket ")
                && text("lifecycle").contains(r#""Days":30"#)
        );
        assert!(text("note-cleanup").contains("30 days ago"), "{}", text("note-cleanup"));
        assert!(text("sync-cron").is_empty(), "what is shipped as it happens needs no cron");
        let hourly = commands(&Words::default(), &with(&[("sync_mode", 4)]));
        assert!(hourly.iter().any(|one| one.what == "sync-cron" && one.text.starts_with("0 * * * * ")));
        assert!(commands(&Words::default(), &with(&[("backup", 0)])).iter().all(|one| one.what != "cron"));
    }

    #[test]
    fn the_notes_cleanup_deletes_what_should_be_kept_and_keeps_what_should_go() {
        assert_eq!(
            [0, 30, 31, 59, 60, 366].map(month_of),
            [(2024, 1), (2024, 1), (2024, 2), (2024, 2), (2024, 3), (2025, 1)]
        );
        assert_eq!(date_of(59), (2024, 2, 29));
        let left = note_cleanup(70, 30);
        assert_eq!(left[29], (30, 30), "30 January: all is well");
        // 31 January: 30 days ago it was 1 January, and everything of January goes, last night's backup too.
        assert_eq!(left[30], (0, 30));
        // February has as many as it has days so far, though 30 should be kept.
        assert_eq!(left[59], (29, 30), "29 February");
        // 2 March: 30 days ago it was 1 February.
        assert_eq!(date_of(61), (2024, 3, 2));
        assert_eq!(left[61].0, 2, "of 2 March: {left:?}");
    }
}
