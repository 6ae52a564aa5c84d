//! Virtual time in words: a day with the time of day, and spans from seconds to weeks.
//!
//! Guarantees: the same moment reads the same everywhere; never more than two units. Leaves out: axes (`axis`).

use quorum_i18n::{Lang, grouped};
use quorum_types::{Micros, SECOND};

/// Seconds of a day.
const DAY: u64 = 86_400;

/// A moment: the day from 1, and the time of the day.
pub fn at(lang: Lang, us: Micros) -> String {
    let seconds = us / SECOND;
    let (day, rest) = (seconds / DAY + 1, seconds % DAY);
    let time = format!("{:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60);
    lang.f("rg-at", &[("day", day.into()), ("time", time.into())])
}

/// The same to the minute, for lists.
pub fn minute(lang: Lang, us: Micros) -> String {
    let seconds = us / SECOND;
    let (day, rest) = (seconds / DAY + 1, seconds % DAY);
    let time = format!("{:02}:{:02}", rest / 3_600, rest / 60 % 60);
    lang.f("rg-at-minute", &[("day", day.into()), ("time", time.into())])
}

/// The day alone.
pub fn day(lang: Lang, us: Micros) -> String {
    lang.f("rg-at-day", &[("day", (us / SECOND / DAY + 1).into())])
}

/// A span of time: `42 s`, `5 min 12 s`, `37 h`, `3 d 4 h`.
pub fn long(lang: Lang, us: Micros) -> String {
    quorum_drill::i18n_terms::span(lang, us)
}

/// A span in a unit that divides it evenly, for scales: `30 s`, `1 min`, `4 h`, `7 d`.
pub fn tick(lang: Lang, seconds: u64) -> String {
    let (key, n) = match seconds {
        0..60 => ("span-s", seconds),
        60..3_600 => ("span-min", seconds / 60),
        3_600..86_400 => ("span-h", seconds / 3_600),
        _ => ("span-d", seconds / DAY),
    };
    lang.f(key, &[("n", grouped(n).into())])
}

/// The length of a timeline that ends here, and the interval of its ticks: whole hours and days.
pub fn scale(now_s: f64) -> (f64, f64) {
    const SCALES: [(f64, f64); 16] = [
        (600.0, 120.0),
        (1_800.0, 300.0),
        (3_600.0, 600.0),
        (7_200.0, 1_200.0),
        (14_400.0, 3_600.0),
        (28_800.0, 7_200.0),
        (57_600.0, 14_400.0),
        (86_400.0, 14_400.0),
        (172_800.0, 43_200.0),
        (345_600.0, 86_400.0),
        (604_800.0, 86_400.0),
        (1_209_600.0, 172_800.0),
        (2_592_000.0, 432_000.0),
        (5_184_000.0, 864_000.0),
        (10_368_000.0, 1_728_000.0),
        (31_536_000.0, 5_256_000.0),
    ];
    let wide = SCALES.into_iter().find(|(span, _)| *span >= now_s * 1.08);
    // For years: about six ticks.
    wide.unwrap_or((now_s * 1.1, now_s * 0.2))
}
