//! Figures formatted for people: grouped, with a unit, with no more digits than are meaningful.
//!
//! Guarantees: the same figure reads the same everywhere on the page. Leaves out: words (the catalogues).

// The browser has these functions already; Rust's would enlarge the download.
use crate::web::address::FASTEST;
use js_sys::Math;
use quorum_i18n::{Lang, grouped};
use quorum_types::Micros;

/// Seconds with two decimals, for clocks: `27.10`.
pub fn clock(us: Micros) -> String {
    let hundredths = us / 10_000;
    format!("{}.{:02}", grouped(hundredths / 100), hundredths % 100)
}

/// Seconds with one decimal, for instruments: `7.1`.
pub fn seconds(us: Micros) -> String {
    let tenths = (us + 50_000) / 100_000;
    format!("{}.{}", grouped(tenths / 10), tenths % 10)
}

/// A span of time in the unit that suits it: `850 µs`, `12.4 ms`, `1.35 s`.
pub fn span(us: Micros) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..100_000 => format!("{:.1} ms", us as f64 / 1e3),
        100_000..1_000_000 => format!("{} ms", us / 1_000),
        _ if us.is_multiple_of(1_000_000) => format!("{} s", grouped(us / 1_000_000)),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}

/// Bytes in the unit that suits them; exact below ten thousand.
pub fn bytes(lang: Lang, n: u64) -> String {
    match n {
        0..10_000 => lang.f("unit-bytes", &[("n", n.into())]),
        10_000..1_000_000 => lang.f("unit-kb", &[("n", format!("{:.1}", n as f64 / 1e3).into())]),
        _ => lang.f("unit-mb", &[("n", format!("{:.2}", n as f64 / 1e6).into())]),
    }
}

/// Milliseconds as measured: one decimal below a hundred.
pub fn millis(ms: f64) -> String {
    if ms < 100.0 { format!("{:.1}", ms) } else { grouped(ms.round().max(0.0) as u64) }
}

/// A speed: `0.1`, `2.5`, `10`, `1,000`.
pub fn speed(x: f64) -> String {
    if x < 9.95 {
        let text = format!("{:.1}", x);
        text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
    } else {
        grouped(x.round().max(0.0) as u64)
    }
}

/// A coordinate with one decimal, short for markup.
pub fn px(value: f64) -> String {
    let text = format!("{:.1}", value);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Two significant digits, so that a slider lands on figures people say.
pub fn nice(x: f64) -> f64 {
    let x = x.clamp(0.1, FASTEST);
    let unit = Math::pow(10.0, Math::log10(x).floor() - 1.0);
    ((x / unit).round() * unit).clamp(0.1, FASTEST)
}

/// The length of the timeline in seconds, and the interval of its ticks.
pub fn scale(now: f64) -> (f64, f64) {
    let want = (now * 1.12).max(10.0);
    let unit = Math::pow(10.0, Math::log10(want).floor());
    let span = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0]
        .into_iter()
        .map(|factor| factor * unit)
        .find(|span| *span >= want)
        .unwrap_or(10.0 * unit);
    let tick = [0.1, 0.2, 0.25, 0.5, 1.0, 2.0]
        .into_iter()
        .map(|factor| factor * unit)
        .find(|tick| span / tick <= 8.0)
        .unwrap_or(unit);
    (span, tick)
}
