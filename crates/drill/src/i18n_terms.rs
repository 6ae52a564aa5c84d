//! The words of a disaster drill in the requested language: disasters, surprises, why steps failed, where writes were
//! lost, and what to do about it.
//!
//! Guarantees: an unknown word is shown as it is. Leaves out: whole reports (`text`, `export`).

use super::report::{RunReport, StepReport, Survival};
use quorum_i18n::{Lang, grouped, say_known};
use quorum_types::{Micros, SECOND};

const HOUR_MS: f64 = 3_600_000.0;

/// Milliseconds as people say them: seconds, from two minutes on minutes, from two hours on hours, from three days on
/// days. Days have their word in the language; s, min and h are the same in all.
pub fn duration(lang: Lang, ms: f64) -> String {
    const UNITS: [(f64, f64, &str); 2] = [(7_200_000.0, 3_600_000.0, "h"), (120_000.0, 60_000.0, "min")];
    if ms >= 259_200_000.0 {
        return lang.f("span-d", &[("n", format!("{:.1}", ms / 86_400_000.0).into())]);
    }
    match UNITS.into_iter().find(|(from, ..)| ms >= *from) {
        Some((_, unit, name)) => format!("{:.1} {name}", ms / unit),
        None => format!("{:.2} s", ms / 1_000.0),
    }
}

/// Fen as yuan.
pub fn yuan(fen: f64) -> String {
    format!("¥{}", grouped((fen.max(0.0) / 100.0) as u64))
}

fn named(kind: &str, word: &str, lang: Lang) -> Option<String> {
    let key = format!("drill-{kind}-{}", word.replace(['_', ' '], "-"));
    say_known(lang, &key, &[])
}

/// What a disaster is called.
pub fn disaster(word: &str, lang: Lang) -> String {
    named("disaster", word, lang).unwrap_or_else(|| word.to_owned())
}

/// What a surprise is.
pub fn surprise(word: &str, lang: Lang) -> String {
    named("surprise", word, lang).unwrap_or_else(|| word.to_owned())
}

/// What was done, as words with nodes; in a sentence where nothing was.
pub fn cause(cause: &[String], lang: Lang) -> String {
    if cause.is_empty() {
        return lang.t("outage-cause-none");
    }
    let one = |said: &String| {
        let (word, node) = said.split_once(' ').unwrap_or((said, ""));
        let key = format!("outage-cause-{}", word.replace('_', "-"));
        lang.f(&key, &[("node", node.into())])
    };
    cause.iter().map(one).collect::<Vec<_>>().join(" · ")
}

/// What to do so that a surprise is none the next time.
pub(crate) fn remedy(word: &str, lang: Lang) -> String {
    named("do", word, lang).unwrap_or_default()
}

/// Why a step failed, and the way out.
pub fn why(word: &str, lang: Lang) -> String {
    named("why", word, lang).unwrap_or_else(|| word.to_owned())
}

/// Where a write was lost.
pub(crate) fn death(word: &str, lang: Lang) -> String {
    named("died", word, lang).unwrap_or_else(|| word.to_owned())
}

/// Which of the course's steps a line of the log belongs to: of note 4's six, or in note 5's drill of its five.
pub fn stage(step: &StepReport, lang: Lang) -> String {
    let (kind, number) = step.note_5.map_or(("stage", step.stage), |number| ("stage5", number));
    named(kind, &number.to_string(), lang).unwrap_or_default()
}

/// What came of a step: done, done but for what it could not see to, or why it failed.
pub fn outcome(step: &StepReport, lang: Lang) -> String {
    match (step.ok, step.why.as_str()) {
        (true, "") => lang.t("drill-step-ok"),
        (true, word) => lang.f("drill-step-but", &[("why", why(word, lang).into())]),
        (false, word) => why(word, lang),
    }
}

/// A span of time as the page says it: `42 s`, `5 min 12 s`, `37 h`, `3 d 4 h`.
pub fn span(lang: Lang, us: Micros) -> String {
    const DAY: u64 = 86_400;
    let seconds = us / SECOND;
    let one = |key: &str, n: u64| lang.f(key, &[("n", grouped(n).into())]);
    let two = |key: &str, n: u64, below: &str, m: u64| {
        let head = one(key, n);
        if m == 0 { head } else { format!("{head} {}", one(below, m)) }
    };
    match seconds {
        _ if us == 0 => one("span-s", 0),
        0..10 => lang.f("span-s", &[("n", format!("{:.1}", us as f64 / 1e6).into())]),
        10..60 => one("span-s", seconds),
        60..3_600 => two("span-min", seconds / 60, "span-s", seconds % 60),
        3_600..172_800 => two("span-h", seconds / 3_600, "span-min", seconds / 60 % 60),
        _ => two("span-d", seconds / DAY, "span-h", seconds / 3_600 % 24),
    }
}

/// A span with every unit that it has, to the millisecond, so that a sum of such spans equals their total.
fn span_in_full(lang: Lang, ms: u64) -> String {
    const LONG: [(&str, u64); 3] = [("span-d", 86_400_000), ("span-h", 3_600_000), ("span-min", 60_000)];
    let (mut rest, mut said) = (ms, Vec::new());
    for (key, unit) in LONG {
        if rest >= unit {
            said.push(lang.f(key, &[("n", grouped(rest / unit).into())]));
        }
        rest %= unit;
    }
    if rest > 0 || said.is_empty() {
        let seconds = format!("{}.{:03}", rest / 1_000, rest % 1_000);
        let seconds = seconds.trim_end_matches('0').trim_end_matches('.');
        said.push(lang.f("span-s", &[("n", seconds.into())]));
    }
    said.join(" ")
}

/// Named spans as `a 7 d + b 15 min` and their sum as `7 d 15 min`. Each is rounded to a millisecond first, and the
/// sum is of what is shown; those of no length are left out.
pub(crate) fn sum_in_full(lang: Lang, parts: &[(String, Micros)]) -> (String, String) {
    let rounded = |us: Micros| us.saturating_add(500) / 1_000;
    let total = parts.iter().fold(0_u64, |sum, (_, us)| sum.saturating_add(rounded(*us)));
    let one = |(name, us): &(String, Micros)| format!("{name} {}", span_in_full(lang, rounded(*us)));
    let said: Vec<String> = parts.iter().filter(|(_, us)| rounded(*us) > 0).map(one).collect();
    let said = if said.is_empty() { span_in_full(lang, 0) } else { said.join(" + ") };
    (said, span_in_full(lang, total))
}

/// A line of the log: the course's step, ours, how long it took, and why it failed.
pub fn step(step: &StepReport, lang: Lang) -> String {
    let took = duration(lang, step.ms);
    let name = stage(step, lang);
    let outcome = outcome(step, lang);
    lang.f(
        "drill-step",
        &[
            ("stage", step.note_5.unwrap_or(step.stage).into()),
            ("name", name.into()),
            ("step", step.step.as_str().into()),
            ("took", took.into()),
            ("outcome", outcome.into()),
        ],
    )
}

/// What struck, and what was prepared, felt or not, with its remedy.
pub fn struck(run: &RunReport, lang: Lang) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(word) = &run.disaster {
        said.push(lang.f("drill-struck", &[("what", disaster(word, lang).into())]));
    }
    if let Some(word) = &run.surprise {
        let key = if run.surprise_felt { "drill-surprise-felt" } else { "drill-surprise-unfelt" };
        said.push(lang.f(key, &[("what", surprise(word, lang).into())]));
        said.push(lang.f("drill-remedy", &[("what", remedy(word, lang).into())]));
    }
    said
}

/// The class of business that a time to recover is good enough for, by course note 4.
pub(crate) fn rto_class(ms: f64) -> &'static str {
    match ms / HOUR_MS {
        h if h < 1.0 => "critical",
        h if h < 4.0 => "important",
        h if h < 24.0 => "general",
        _ => "other",
    }
}

/// The class of data that a recovery point is good enough for, by course note 4.
pub(crate) fn rpo_class(ms: f64) -> &'static str {
    match ms / HOUR_MS {
        h if h <= 0.0 => "none",
        h if h < 1.0 => "very_low",
        h if h < 24.0 => "low",
        _ => "tolerant",
    }
}

/// What a disaster's RTO and RPO are good enough for: the class of business with how often the course wants it
/// drilled, and the class of data with how often it wants it backed up.
pub fn classes(run: &RunReport, lang: Lang) -> Vec<String> {
    let said = |kind: &str, word: &str| named(kind, word, lang).unwrap_or_default();
    let mut lines = Vec::with_capacity(2);
    if let Some(word) = &run.rto_class {
        lines.push(lang.f("drill-rto-class", &[("class", said("rto-class", word).into())]));
    }
    if let Some(word) = &run.rpo_class {
        lines.push(lang.f("drill-rpo-class", &[("class", said("rpo-class", word).into())]));
    }
    lines
}

/// Disasters in a sentence.
pub fn survival(sum: &Survival, runs: u64, lang: Lang) -> String {
    let perhaps = |ms: Option<f64>| ms.map_or_else(|| "—".to_owned(), |ms| duration(lang, ms));
    lang.f(
        "drill-survival",
        &[
            ("survived", sum.survived.into()),
            ("runs", runs.into()),
            ("rate", format!("{:.1} %", sum.rate * 100.0).into()),
            ("p50", perhaps(sum.rto_p50_ms).into()),
            ("p95", perhaps(sum.rto_p95_ms).into()),
            ("rpo", duration(lang, sum.worst_rpo_ms).into()),
            ("cost", yuan(sum.mean_cost_fen).into()),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorum_facade::regions::Surprise;

    #[test]
    fn durations_are_shown_in_the_unit_that_fits() {
        let said =
            [0.0, 90_000.0, 119_999.0, 120_000.0, 3_300_000.0, 7_200_000.0, 133_200_000.0, 2_592_000_000.0];
        assert_eq!(
            said.map(|ms| duration(Lang::En, ms)),
            ["0.00 s", "90.00 s", "120.00 s", "2.0 min", "55.0 min", "2.0 h", "37.0 h", "30.0 d"]
        );
    }

    #[test]
    fn every_word_of_the_regions_is_shown_and_every_surprise_has_a_remedy() {
        for lang in [Lang::Zh, Lang::En] {
            for known in Surprise::ALL {
                let word = known.word();
                assert_ne!(surprise(word, lang), word);
                assert!(!remedy(word, lang).is_empty(), "{word}");
            }
            for (hours, rto, rpo) in [
                (0.0, "critical", "none"),
                (0.99, "critical", "very_low"),
                (1.0, "important", "low"),
                (4.0, "general", "low"),
                (24.0, "other", "tolerant"),
            ] {
                assert_eq!((rto_class(hours * HOUR_MS), rpo_class(hours * HOUR_MS)), (rto, rpo));
                assert!(named("rto-class", rto, lang).is_some() && named("rpo-class", rpo, lang).is_some());
            }
            for word in ["power", "wiped", "isolated", "planned"] {
                assert_ne!(disaster(word, lang), word);
            }
            for word in [
                "standby_down",
                "standby_not_started",
                "backup_damaged",
                "backup_half",
                "no_backup",
                "collection_missing",
                "count_differs",
                "digest_differs",
                "nothing_to_compare",
                "nothing_switched",
                "not_fenced",
                "evidence_old",
                "primary_gone",
                "bad_record",
                "wrong_host",
                "not_answering",
                "not_promoted",
                "timeout",
                "unfinished",
                "not_detected",
            ] {
                assert_ne!(why(word, lang), word);
            }
            for word in [
                "not_shipped",
                "in_backlog",
                "in_flight",
                "after_last_backup",
                "skipped_by_sync",
                "skipped_by_checkpoint",
                "not_in_backup",
                "collection_left_out",
                "discarded",
                "deleted_by_mistake",
            ] {
                assert_ne!(death(word, lang), word);
            }
            for stage_of in ["disaster", "detect", "page", "rebuild", "verify count", "dns"] {
                let line = StepReport { stage: super::super::stage(stage_of), ..StepReport::default() };
                assert!(!stage(&line, lang).is_empty(), "{stage_of}");
            }
        }
        assert_eq!(why("frogs", Lang::En), "frogs");
    }
}
