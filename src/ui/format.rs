//! Figures as people read them: grouped, with a unit, never more digits than they are worth.
//!
//! Promises: the same figure reads the same everywhere on the page. Leaves out: words (the catalogues).

use crate::types::Micros;
use crate::words::{Lang, grouped};

/// Seconds with two decimals, for clocks: `27.10`.
pub(crate) fn clock(us: Micros) -> String {
    let hundredths = us / 10_000;
    format!("{}.{:02}", grouped(hundredths / 100), hundredths % 100)
}

/// Seconds with one decimal, for instruments: `7.1`.
pub(crate) fn seconds(us: Micros) -> String {
    let tenths = (us + 50_000) / 100_000;
    format!("{}.{}", grouped(tenths / 10), tenths % 10)
}

/// A span of time in the unit that suits it: `850 µs`, `12.4 ms`, `1.35 s`.
pub(crate) fn span(us: Micros) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..100_000 => format!("{:.1} ms", us as f64 / 1e3),
        100_000..1_000_000 => format!("{} ms", us / 1_000),
        _ if us.is_multiple_of(1_000_000) => format!("{} s", grouped(us / 1_000_000)),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}

/// Bytes in the unit that suits them; exact below ten thousand.
pub(crate) fn bytes(lang: Lang, n: u64) -> String {
    match n {
        0..10_000 => lang.f("unit-bytes", &[("n", n.into())]),
        10_000..1_000_000 => lang.f("unit-kb", &[("n", format!("{:.1}", n as f64 / 1e3).into())]),
        _ => lang.f("unit-mb", &[("n", format!("{:.2}", n as f64 / 1e6).into())]),
    }
}

/// Milliseconds as measured: one decimal below a hundred.
pub(crate) fn millis(ms: f64) -> String {
    if ms < 100.0 { format!("{ms:.1}") } else { grouped(ms.round().max(0.0) as u64) }
}

/// A speed: `0.1`, `2.5`, `10`, `1,000`.
pub(crate) fn speed(x: f64) -> String {
    if x < 9.95 {
        let text = format!("{x:.1}");
        text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
    } else {
        grouped(x.round().max(0.0) as u64)
    }
}

/// A coordinate with one decimal, short for markup.
pub(crate) fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{clock, px, seconds, span, speed};

    #[test]
    fn figures_read_as_they_should() {
        assert_eq!(clock(27_104_999), "27.10");
        assert_eq!(seconds(7_149_999), "7.1");
        assert_eq!(span(850), "850 µs");
        assert_eq!(span(12_400), "12.4 ms");
        assert_eq!(span(1_350_000), "1.35 s");
        assert_eq!(span(2_000_000), "2 s");
        assert_eq!(speed(0.1), "0.1");
        assert_eq!(speed(1.0), "1");
        assert_eq!(speed(1_000.0), "1,000");
        assert_eq!(px(12.04), "12");
    }
}
