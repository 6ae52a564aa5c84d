//! Configurations: the course's own, every kind of error, and random ones.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// Verbatim from course note 5.
const COURSE: &str = NOTE;

/// Parses the course's configuration with one text replaced by another.
fn changed(from: &str, to: &str) -> Result<DrConfig, Refusal> {
    assert!(COURSE.contains(from), "{from}");
    DrConfig::parse(&COURSE.replacen(from, to, 1))
}

/// Every change is refused, with the expected error.
fn check(changes: &[(&str, &str)], expected: &Expect) {
    let mut reported = String::new();
    for (from, to) in changes {
        let refusal = changed(from, to).expect_err(to);
        assert_eq!(refusal.code, "bad_config");
        let error = refusal.error.strip_prefix("dr_config.yaml: ").expect("the file's name");
        reported.push_str(error);
        reported.push('\n');
    }
    expected.assert_eq(&reported);
}

/// The note's program compares counts every hour, and its file contains the interval: so the standby follows that way.
#[test]
fn the_courses_own_takes_effect_as_its_program_means_it() {
    let config = DrConfig::parse(COURSE).expect("the course's");
    assert_eq!(config.words, Words::default());
    let (mut settings, mut words) = (Settings::default(), Words::default());
    assert_eq!(config.apply(&mut settings, &mut words), Ok(1));
    assert_eq!((settings.sync_mode, settings.sync_interval_h), (4, 1));
    assert_eq!(settings, Settings { sync_mode: 4, ..Settings::default() });
    assert_eq!(words, Words::default());
    assert_eq!(config.apply(&mut settings, &mut words), Ok(0));
    assert_eq!(config.text(), COURSE.to_owned() + "\n");
    // A named mode wins, and without an interval no mode is implied.
    for (from, to, mode) in [
        ("interval_hours: 1", "interval_hours: 1\n  mode: periodic", 3),
        ("interval_hours: 1", "mode: near_realtime", 2),
        ("sync:\n  interval_hours: 1\n", "", 1),
    ] {
        let mut settings = Settings::default();
        changed(from, to).expect(to).apply(&mut settings, &mut Words::default()).expect(to);
        assert_eq!(settings.sync_mode, mode, "{to}");
    }
}

/// One line per key: its effect, old and new value, and whether the note's own program reads it.
fn said_of(config: &DrConfig, settings: &Settings) -> String {
    let mut said = String::new();
    for effect in config.effects(settings, &Words::default()) {
        let note = if effect.note_reads_it == Some(false) { ", not read by the note" } else { "" };
        let idle = effect.idle.map_or(String::new(), |idle| format!(" ({idle})"));
        let outcome = format!("{:?}", effect.outcome).to_lowercase();
        let (key, was, now) = (effect.key, effect.was, effect.now);
        said.push_str(&format!("{key}: {outcome}{idle}, {was} → {now}{note}\n"));
    }
    said
}

#[test]
fn of_every_key_it_is_said_what_came_of_it() {
    let course = DrConfig::parse(COURSE).expect("the course's");
    expect![[r#"
        primary.host: name, milvus-beijing.example.com → milvus-beijing.example.com
        primary.port: name, 19530 → 19530
        dr.host: name, milvus-shanghai.example.com → milvus-shanghai.example.com
        dr.port: name, 19530 → 19530, not read by the note
        backup.bucket: name, s3://milvus-backup-bucket → s3://milvus-backup-bucket
        backup.retention_days: same, 30 → 30, not read by the note
        dns.zone_id: name, Z1234567890ABC → Z1234567890ABC
        dns.domain: name, milvus.example.com → milvus.example.com
        sync.interval_hours: same, 1 → 1, not read by the note
        sync.mode: implied, realtime → counts
        monitoring.health_check_interval: same, 30 → 30, not read by the note
        monitoring.failure_threshold: same, 3 → 3, not read by the note
    "#]]
    .assert_eq(&said_of(&course, &Settings::default()));
    let idle = changed("interval_hours: 1", "interval_hours: 2\n  mode: realtime").expect("taken");
    assert!(said_of(&idle, &Settings::default()).contains("sync.interval_hours: idle (no-interval), 1 → 2"));
    let cold =
        changed("sync:\n  interval_hours: 1", "standby: cold\nsync:\n  mode: realtime").expect("taken");
    assert!(
        said_of(&cold, &Settings::default()).contains("sync.mode: idle (no-standby), realtime → realtime")
    );
    let none = changed("retention_days: 30", "enabled: no\n  hour: 3").expect("taken");
    assert!(said_of(&none, &Settings::default()).contains("backup.hour: idle (no-backups), 2 → 3"));
    let open =
        changed("monitoring:", "switching: {fencing: no, lease_seconds: 9}\nmonitoring:").expect("taken");
    assert!(
        said_of(&open, &Settings::default()).contains("switching.lease_seconds: idle (no-fencing), 30 → 9")
    );
}

#[test]
fn signs_of_chinese_typing_are_named() {
    check(
        &[
            ("host: milvus-beijing", "host：milvus-beijing"),
            ("retention_days: 30", "retention_days： 30"),
            ("  interval_hours", "\u{3000}interval_hours"),
            ("host: milvus-beijing.example.com", "host: “b”"),
        ],
        &expect![[r#"
            line 3, column 7: “：” is a full-width sign; YAML wants “:” and a space after it
            line 12, column 17: “：” is a full-width sign; YAML wants “:” and a space after it
            line 19, column 1: “　” is a full-width sign; YAML wants “ ”
            line 3, column 9: ““” is a full-width sign; YAML wants “"”
        "#]],
    );
    // In a comment they have no meaning.
    assert!(changed("interval_hours: 1", "interval_hours: 1 # 每小时：一次").is_ok());
    assert!(changed("sync:", "# 同步：每小时\nsync:").is_ok());
}

#[test]
fn marks_and_line_ends_of_other_systems_are_read() {
    let crlf = COURSE.replace('\n', "\r\n");
    let course = DrConfig::parse(COURSE);
    for text in
        [crlf.clone(), format!("\u{feff}{COURSE}"), format!("\u{feff}{crlf}"), format!("{COURSE}\n\n\n")]
    {
        assert_eq!(DrConfig::parse(&text), course);
    }
}

#[test]
fn all_of_it_is_written_and_obeyed() {
    expect![[r#"
        # dr_config.yaml
        primary:
          host: milvus-beijing.example.com
          port: 19530

        dr:
          host: milvus-shanghai.example.com
          port: 19530

        backup:
          bucket: s3://milvus-backup-bucket
          retention_days: 30
          enabled: true
          hour: 2
          every_hours: 24
          full_every: 1
          verify: false

        dns:
          zone_id: Z1234567890ABC
          domain: milvus.example.com
          ttl: 60

        sync:
          interval_hours: 1
          mode: realtime

        monitoring:
          health_check_interval: 30
          failure_threshold: 3
          timeout_ms: 5000
          auto_switch: true

        switching:
          fencing: true
          lease_seconds: 30
          read_only_standby: true
          log_retention_hours: 72

        alerts:
          mail: true
          sms: true
          slack: true
          wecom: false

        standby: hot
    "#]]
    .assert_eq(&DrConfig::of(&Words::default(), &Settings::default()).text());
}

#[test]
fn what_is_said_changes_and_the_rest_stays() {
    let text = "standby: cold
primary: { host: \"10.0.0.1\", port: 1 }
dr: {host: b}
backup: {bucket: s3://x, verify: Yes, hour: 23}
dns: {zone_id: \"123\", domain: d}
sync:
  mode: counts   # the course's own
";
    let config = DrConfig::parse(text).expect("a configuration");
    let mut settings = Settings { sync_interval_h: 7, ..Settings::default() };
    let mut words = Words { dr_port: 77, ..Words::default() };
    // Five words, a port, and four settings: standby, verify, hour, mode.
    assert_eq!(config.apply(&mut settings, &mut words), Ok(10));
    let expected = Settings {
        sync_interval_h: 7,
        sync_mode: 4,
        standby: 0,
        backup_verify: 1,
        backup_hour: 23,
        ..Settings::default()
    };
    assert_eq!(settings, expected);
    assert_eq!((words.primary_port, words.dr_port), (1, 77));
    assert_eq!((words.primary_host.as_str(), words.zone_id.as_str()), ("10.0.0.1", "123"));
    assert_eq!(config.apply(&mut settings, &mut words), Ok(0));
}

#[test]
fn keys_that_there_are_not() {
    check(
        &[
            ("retention_days", "retention_day"),
            ("retention_days", "Retention-Days"),
            ("interval_hours", "failure_threshold"),
            ("interval_hours", "colour"),
            ("monitoring", "monitor"),
            ("monitoring", "monitorng"),
            ("sync:", "<<: {a: b}\nsync:"),
            ("interval_hours", "? [a]\n "),
            ("failure_threshold", "health_check_interval"),
            ("monitoring", "backup"),
        ],
        &expect![[r#"
            line 12, column 3: backup.retention_day: there is no such key; is “backup.retention_days” meant?
            line 12, column 3: backup.Retention-Days: there is no such key; is “backup.retention_days” meant?
            line 19, column 3: sync.failure_threshold: there is no such key; is “monitoring.failure_threshold” meant?
            line 19, column 3: sync.colour: there is no such key; there are interval_hours, mode
            line 21, column 1: monitor: there is no such key; is “monitoring” meant?
            line 21, column 1: monitorng: there is no such key; is “monitoring” meant?
            line 18, column 1: <<: there is no such key; there are primary, dr, backup, dns, sync, monitoring, switching, alerts, standby
            line 19, column 5: sync: a key is a word
            line 23, column 3: monitoring.health_check_interval: it stands in line 22 already; take one of them out
            line 21, column 1: backup: it stands in line 10 already; take one of them out
        "#]],
    );
}

#[test]
fn what_is_missing() {
    check(
        &[
            ("primary:\n  host: milvus-beijing.example.com\n  port: 19530\n", ""),
            ("  domain: milvus.example.com\n", ""),
            ("backup:\n  bucket: s3://milvus-backup-bucket\n  retention_days: 30\n", "backup:\n"),
            ("dns:\n  zone_id: Z1234567890ABC\n  domain: milvus.example.com\n", ""),
            ("retention_days: 30", "retention_days:"),
            ("retention_days: 30", "retention_days: ~"),
            ("dr:\n  host: milvus-shanghai.example.com", "dr:\n  host: null"),
            (COURSE, ""),
            (COURSE, "\u{feff}# nothing\n"),
            (COURSE, "---\n"),
            (COURSE, "~"),
        ],
        &expect![[r#"
            primary: the section is missing; it needs host
            line 14: dns.domain: it is missing, and nothing runs without it
            line 10, column 7: backup: keys with values are wanted here, a line each
            dns: the section is missing; it needs zone_id and domain
            line 12, column 17: backup.retention_days: there is no value; give one or take the line out
            line 12, column 19: backup.retention_days: there is no value; give one or take the line out
            line 7, column 9: dr.host: there is no value; give one or take the line out
            nothing is in it; it begins with “primary:”
            nothing is in it; it begins with “primary:”
            nothing is in it; it begins with “primary:”
            nothing is in it; it begins with “primary:”
        "#]],
    );
}

#[test]
fn values_of_another_kind() {
    check(
        &[
            ("retention_days: 30", "retention_days: thirty"),
            ("retention_days: 30", "retention_days: \"30\""),
            ("retention_days: 30", "retention_days: 30.5"),
            ("retention_days: 30", "retention_days: 030"),
            ("retention_days: 30", "retention_days: [30]"),
            ("retention_days: 30", "retention_days: {days: 30}"),
            ("retention_days: 30", "retention_days: 30\n  verify: maybe"),
            ("retention_days: 30", "retention_days: 30\n  verify: \"true\""),
            ("interval_hours: 1", "mode: real-time"),
            ("host: milvus-beijing.example.com", "host: 5"),
            ("host: milvus-beijing.example.com", "host: -1.5"),
            ("host: milvus-beijing.example.com", "host: true"),
            ("host: milvus-beijing.example.com", "host: a b"),
            ("host: milvus-beijing.example.com", "host: |\n    a\n    b"),
            ("host: milvus-beijing.example.com", "host: \"\""),
            ("host: milvus-beijing.example.com", "host: milvus-shanghai.example.com"),
            ("sync:\n  interval_hours: 1", "sync: 1"),
            ("sync:\n  interval_hours: 1", "sync:\n  - interval_hours"),
            (COURSE, "- a\n- b"),
            (COURSE, "quorum"),
        ],
        &expect![[r#"
            line 12, column 19: backup.retention_days: “thirty” is no whole number
            line 12, column 19: backup.retention_days: “30” is a text; take the quotes away
            line 12, column 19: backup.retention_days: “30.5” is no whole number
            line 12, column 19: backup.retention_days: “030” is no whole number
            line 12, column 19: backup.retention_days: one value is wanted here, no list and no keys
            line 12, column 19: backup.retention_days: one value is wanted here, no list and no keys
            line 13, column 11: backup.verify: “maybe” is neither true nor false
            line 13, column 11: backup.verify: “true” is neither true nor false
            line 19, column 9: sync.mode: “real-time” is none of none, realtime, near_realtime, periodic, counts
            line 3, column 9: primary.host: “5” is no text; if it is a name, put quotes around it
            line 3, column 9: primary.host: “-1.5” is no text; if it is a name, put quotes around it
            line 3, column 9: primary.host: “true” is no text; if it is a name, put quotes around it
            line 3, column 9: primary.host: “a b” cannot be a name: up to 253 of a–z, 0–9 and . - _ : / @ are
            line 4, column 5: primary.host: “a b ” cannot be a name: up to 253 of a–z, 0–9 and . - _ : / @ are
            line 3, column 9: primary.host: “” cannot be a name: up to 253 of a–z, 0–9 and . - _ : / @ are
            line 7, column 9: dr.host: this is the primary's host too; a switch would lead nowhere
            line 18, column 7: sync: keys with values are wanted here, a line each
            line 19, column 3: sync: keys with values are wanted here, a line each
            line 1, column 1: keys with values are wanted here, a line each
            line 1, column 1: keys with values are wanted here, a line each
        "#]],
    );
}

#[test]
fn numbers_out_of_bounds() {
    check(
        &[
            ("interval_hours: 1", "interval_hours: -1"),
            ("interval_hours: 1", "interval_hours: 0"),
            ("interval_hours: 1", "interval_hours: 721"),
            ("interval_hours: 1", "interval_hours: 99999999999999999999999999999999999999999999999999"),
            ("port: 19530", "port: 0"),
            ("port: 19530", "port: 65536"),
            ("failure_threshold: 3", "failure_threshold: -"),
        ],
        &expect![[r#"
            line 19, column 19: sync.interval_hours: it cannot be negative; it takes 1 to 720 h
            line 19, column 19: sync.interval_hours: it takes 1 to 720 h, not 0
            line 19, column 19: sync.interval_hours: it takes 1 to 720 h, not 721
            line 19, column 19: sync.interval_hours: it takes 1 to 720 h, not 9999999999999999999999999999999999999999…
            line 4, column 9: primary.port: it takes 1 to 65535, not 0
            line 4, column 9: primary.port: it takes 1 to 65535, not 65536
            line 23, column 22: this is not YAML: block sequence entries are not allowed in this context
        "#]],
    );
}

#[test]
fn what_is_not_yaml_or_more_than_that() {
    let deep = "[".repeat(60_000);
    let bomb = format!("a: &a [x, x]\n{}", "b: &b [*a, *a, *a, *a]\n".repeat(2_000));
    let long = "# long\n".repeat(1_500_000);
    check(
        &[
            ("sync:", "sync"),
            ("port: 19530", "port:19530"),
            ("failure_threshold: 3", "failure_threshold  # three"),
            ("sync:\n  interval_hours", "sync:\n interval_hours: 1\n  mode"),
            ("  interval_hours", "\tinterval_hours"),
            ("  interval_hours", "  \tinterval_hours"),
            ("host: milvus-beijing", "host: \"milvus-beijing"),
            ("host: milvus-beijing", "host: @milvus-beijing"),
            ("host: milvus-beijing", "host: \u{0}milvus-beijing"),
            ("primary:\n", "primary: &here\n"),
            ("host: milvus-beijing", "host: &here milvus-beijing"),
            ("host: milvus-beijing.example.com", "host: !!str b"),
            ("host: milvus-beijing.example.com", "host: *here"),
            ("sync:", "---\nsync:"),
            ("sync:", "...\n%YAML 1.2\n---\nsync:"),
            (COURSE, &deep),
            ("retention_days: 30", &format!("retention_days: {deep}")),
            (COURSE, &bomb),
            (COURSE, &long),
            (COURSE, "{\"primary\": "),
        ],
        &expect![[r#"
            line 18: a line says “key: value”, with a colon and a space
            line 4: a line says “key: value”, with a colon and a space
            line 23: a line says “key: value”, with a colon and a space
            line 19, column 18: sync.interval_hours: “1 mode” is no whole number
            line 19, column 1: the line is indented with a tab; YAML wants spaces
            line 19, column 3: the line is indented with a tab; YAML wants spaces
            line 3, column 9: this is not YAML: invalid indentation in quoted scalar
            line 3, column 9: this is not YAML: unexpected character: `@'
            line 3, column 9: there is a control character; take it out
            line 2, column 10: primary: anchors, aliases and tags are not read; write the value out
            line 3, column 9: primary.host: anchors, aliases and tags are not read; write the value out
            line 3, column 9: primary.host: anchors, aliases and tags are not read; write the value out
            line 3, column 9: this is not YAML: while parsing node, found unknown anchor
            line 18, column 1: a second document begins; there is one configuration
            line 20, column 1: a second document begins; there is one configuration
            line 1, column 256: this is not YAML: recursion limit exceeded
            line 12, column 19: backup.retention_days: one value is wanted here, no list and no keys
            line 1, column 1: a: there is no such key; there are primary, dr, backup, dns, sync, monitoring, switching, alerts, standby
            it has 10500000 bytes, and at most 65536 are read
            line 1: this is not YAML: while parsing a node, did not find expected node content
        "#]],
    );
}

#[test]
fn what_is_refused_leaves_everything_as_it_was() {
    // This cannot come from a text, but the bounds of settings may have become narrower since.
    let at = Field::find("backup", "hour").expect("a key");
    let config = DrConfig {
        words: Words { domain: "other.example.com".to_owned(), ..Words::default() },
        figures: vec![(0, 3), (at, 24)],
        implied: Vec::new(),
    };
    let (mut settings, mut words) = (Settings::default(), Words::default());
    let refusal = config.apply(&mut settings, &mut words).expect_err("25 o'clock");
    assert_eq!(refusal.code, "bad_setting");
    assert_eq!((settings, words), (Settings::default(), Words::default()));
}

/// A random valid word for a configuration.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        select(&["true", "NO", "null", "1.5", "-7", "1_000", "a:", "x", "10.0.0.1", "s3://a/b"][..])
            .prop_map(str::to_owned),
        "[-a-zA-Z0-9._:/@]{1,40}",
    ]
}

/// A figure within its setting's bounds, often one of the bounds.
fn figures() -> impl Strategy<Value = Vec<u64>> {
    let figure = |field: &Field| {
        let (min, max, _) = field.bounds();
        prop_oneof![Just(min), Just(max), min..=max].boxed()
    };
    FIELDS.iter().map(figure).collect::<Vec<_>>()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back(
        names in proptest::array::uniform5(word()),
        figures in figures(),
        left_out in proptest::collection::vec(any::<bool>(), FIELDS.len()),
    ) {
        let [primary_host, dr_host, bucket, zone_id, domain] = names;
        prop_assume!(!primary_host.eq_ignore_ascii_case(&dr_host));
        let mut words = Words { primary_host, dr_host, bucket, zone_id, domain, ..Words::default() };
        let mut said = Vec::new();
        for (at, field) in FIELDS.iter().enumerate() {
            match field.kind {
                Kind::Word(_) => {}
                _ if left_out[at] => {}
                Kind::Port(side) => {
                    *words.port_mut(side) = u16::try_from(figures[at]).expect("a port");
                    said.push((at, figures[at]));
                }
                _ => said.push((at, figures[at])),
            }
        }
        // An interval without a mode means the note's mode.
        let place = |key| Field::find("sync", key).expect("a key");
        let named = |key| said.iter().any(|(at, _)| *at == place(key));
        let implied = if named("interval_hours") && !named("mode") { vec![(place("mode"), 4)] } else { Vec::new() };
        let config = DrConfig { words, figures: said, implied };
        prop_assert_eq!(DrConfig::parse(&config.text()), Ok(config.clone()), "{}", config.text());
        // After applying it, all of it is written back, and applying it again changes nothing.
        let (mut settings, mut words) = (Settings::default(), Words::default());
        config.apply(&mut settings, &mut words).expect("obeyed");
        prop_assert_eq!(config.apply(&mut settings, &mut words), Ok(0));
        let whole = DrConfig::of(&words, &settings);
        prop_assert_eq!(DrConfig::parse(&whole.text()), Ok(whole.clone()));
        prop_assert!(config.figures.iter().all(|figure| whole.figures.contains(figure)));
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = DrConfig::parse(&text);
    }

    #[test]
    fn no_spoiled_configuration_panics_or_loses_its_place(
        at in 0..COURSE.len(),
        gone in 0..20_usize,
        pieces in proptest::collection::vec(
            select(&[
                " ", "\n", "\n  ", ":", ": ", "- ", "? ", "{", "}", "[", "]", ",", "&a ", "*a", "!!int ", "|", ">-",
                "'", "\"", "\\", "%", "#", "\t", "---", "...", "\r", "\u{feff}", "é", "~", "<<: ", "host: ", "0",
            ][..]),
            0..8,
        ),
    ) {
        let end = (at + gone).min(COURSE.len());
        let text = format!("{}{}{}", &COURSE[..at], pieces.concat(), &COURSE[end..]);
        match DrConfig::read(&text) {
            Ok(config) => prop_assert_eq!(DrConfig::parse(&config.text()), Ok(config)),
            Err(fault) => {
                // A lone carriage return ends a line too.
                let lines = text.split(['\n', '\r']).count();
                prop_assert!(fault.line <= lines, "{fault}: {text}");
                prop_assert!(fault.line > 0 || !fault.path.is_empty() || fault.wrong == Wrong::Empty, "{fault}: {text}");
            }
        }
    }
}
