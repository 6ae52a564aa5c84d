//! The values of a log: times, statuses and latencies in the forms that testers and proxies write.
//!
//! Guarantees: a form is chosen once, from the first row, and every other row has to have it; no value overflows.
//! Leaves out: time zones by name, and local clocks, which a log of one machine does not need.

use jiff::civil::{DateTime, Time};
use quorum_types::Micros;

/// No latency is longer than a day.
const MOST_LATENCY_S: f64 = 86_400.0;
/// A day in microseconds.
const DAY_US: i128 = 86_400_000_000;

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl Unit {
    pub(crate) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "s" | "sec" | "secs" | "second" | "seconds" | "秒" => Self::Seconds,
            "ms" | "msec" | "millis" | "millisecond" | "milliseconds" | "毫秒" => Self::Milliseconds,
            "us" | "µs" | "μs" | "usec" | "micros" | "microseconds" | "微秒" => Self::Microseconds,
            "ns" | "nanos" | "nanoseconds" => Self::Nanoseconds,
            _ => return None,
        })
    }

    fn in_us(self) -> f64 {
        match self {
            Self::Seconds => 1e6,
            Self::Milliseconds => 1e3,
            Self::Microseconds => 1.0,
            Self::Nanoseconds => 1e-3,
        }
    }
}

/// How times are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeForm {
    /// A number since any moment.
    Number(Unit),
    /// A date and a time of day, perhaps with an offset.
    Date,
    /// nginx's and Apache's form.
    WebServer,
    /// A time of day alone.
    Clock,
}

/// The microseconds of a date, its offset taken away.
fn date_us(text: &str) -> Option<i128> {
    // RFC 3339 has a T and a point; logs also have a space, slashes and a comma.
    let mut text = text.trim_matches(['[', ']']).replacen(' ', "T", 1).replace(',', ".");
    if text.as_bytes().get(4) == Some(&b'/') {
        text = text.replacen('/', "-", 2);
    }
    let text = text.trim_end_matches(" UTC");
    if let Ok(moment) = text.replace(' ', "").parse::<jiff::Timestamp>() {
        return Some(i128::from(moment.as_microsecond()));
    }
    let civil: DateTime = text.parse().ok()?;
    // Without an offset any will do: only differences count.
    let moment = jiff::tz::Offset::UTC.to_timestamp(civil).ok()?;
    text.contains(':').then(|| i128::from(moment.as_microsecond()))
}

fn web_server_us(text: &str) -> Option<i128> {
    let text = text.trim_matches(['[', ']']);
    let zoned = jiff::fmt::strtime::parse("%d/%b/%Y:%H:%M:%S %z", text).ok()?;
    Some(i128::from(zoned.to_timestamp().ok()?.as_microsecond()))
}

fn clock_us(text: &str) -> Option<i128> {
    let time: Time = text.replace(',', ".").parse().ok().filter(|_| text.contains(':'))?;
    let (h, m, s) = (i128::from(time.hour()), i128::from(time.minute()), i128::from(time.second()));
    Some((h * 3_600 + m * 60 + s) * 1_000_000 + i128::from(time.subsec_nanosecond()) / 1_000)
}

/// A plain decimal number, not so large that its microseconds would not fit.
fn number(text: &str) -> Option<f64> {
    let plain =
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || b".-+eE".contains(&byte));
    text.parse::<f64>().ok().filter(|value| plain && value.is_finite() && value.abs() < 1e20)
}

impl TimeForm {
    /// The form of a time; `unit` is what its header says.
    pub(crate) fn of(text: &str, unit: Option<Unit>) -> Option<Self> {
        if let Some(value) = number(text) {
            // Seconds since 1970 have ten digits before the point for the next two centuries.
            let by_size = match value.abs() {
                size if size < 1e11 => Unit::Seconds,
                size if size < 1e14 => Unit::Milliseconds,
                size if size < 1e17 => Unit::Microseconds,
                _ => Unit::Nanoseconds,
            };
            return Some(Self::Number(unit.unwrap_or(by_size)));
        }
        if date_us(text).is_some() {
            return Some(Self::Date);
        }
        if web_server_us(text).is_some() {
            return Some(Self::WebServer);
        }
        clock_us(text).map(|_| Self::Clock)
    }

    /// A time of this form, in microseconds.
    pub(crate) fn read(self, text: &str) -> Option<i128> {
        match self {
            Self::Number(unit) => number_us(text, unit),
            Self::Date => date_us(text),
            Self::WebServer => web_server_us(text),
            Self::Clock => clock_us(text),
        }
    }

    /// A time of day near another one, which may be of the day before or, where rows are not quite in order, after.
    pub(crate) fn after_midnight(at_us: i128, before_us: i128) -> i128 {
        let day = before_us.div_euclid(DAY_US) * DAY_US;
        let at_us = day + at_us;
        if at_us + DAY_US / 2 < before_us {
            at_us + DAY_US
        } else if before_us + DAY_US / 2 < at_us {
            at_us - DAY_US
        } else {
            at_us
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Number(Unit::Seconds) => "seconds",
            Self::Number(Unit::Milliseconds) => "milliseconds",
            Self::Number(Unit::Microseconds) => "microseconds",
            Self::Number(Unit::Nanoseconds) => "nanoseconds",
            Self::Date | Self::WebServer => "date",
            Self::Clock => "clock",
        }
    }
}

/// Seconds since 1970 with a fraction have more digits than a float keeps, so the whole part is read by itself.
fn number_us(text: &str, unit: Unit) -> Option<i128> {
    number(text)?;
    if text.contains(['e', 'E']) {
        return Some((number(text)? * unit.in_us()) as i128);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let negative = whole.starts_with('-');
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction = if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse::<f64>().ok()? };
    let whole_us = match unit {
        Unit::Nanoseconds => whole / 1_000,
        _ => whole * unit.in_us() as i128,
    };
    let fraction_us = (fraction * unit.in_us()).round() as i128;
    Some(if negative { whole_us - fraction_us } else { whole_us + fraction_us })
}

/// A latency in microseconds, with its own unit, that of its header, or else in milliseconds.
pub(crate) fn latency_us(text: &str, unit: Option<Unit>) -> Option<Micros> {
    let digits = text.find(|c: char| c.is_alphabetic() && !"eE".contains(c)).unwrap_or(text.len());
    let (value, own) = text.split_at(digits);
    let own = own.trim();
    let own = if own.is_empty() { None } else { Some(Unit::of(&own.to_lowercase())?) };
    let us = number(value.trim())? * own.or(unit).unwrap_or(Unit::Milliseconds).in_us();
    (0.0..=MOST_LATENCY_S * 1e6).contains(&us).then(|| us.round() as Micros)
}

/// Words that say that a request was answered, and that it was not.
const GOOD: [&str; 12] = [
    "ok",
    "success",
    "succeeded",
    "true",
    "yes",
    "pass",
    "passed",
    "acked",
    "acknowledged",
    "good",
    "成功",
    "正常",
];
const BAD: [&str; 24] = [
    "fail",
    "error",
    "err",
    "false",
    "timeout",
    "timed out",
    "exception",
    "unavailable",
    "refused",
    "reset",
    "lost",
    "closed",
    "cancel",
    "abort",
    "unknown",
    "deadline",
    "denied",
    "exhausted",
    "broken",
    "down",
    "no answer",
    "失败",
    "超时",
    "错误",
];

/// Whether a request was answered. `name` is the plain name of the column: `error` is good when it is empty, and only
/// in `ok` and its like is 1 good and 0 bad, since 0 is the code of success elsewhere.
pub(crate) fn status(text: &str, name: &str) -> Option<bool> {
    let text = text.trim().to_lowercase();
    let of_errors = ["error", "err", "failed"].contains(&name);
    if of_errors {
        return Some(["", "-", "null", "none", "nil", "0", "false"].contains(&text.as_str()));
    }
    if let Ok(code) = text.parse::<i64>() {
        let flag = ["ok", "success", "succeeded"].contains(&name);
        return match code {
            0 | 1 if flag => Some(code == 1),
            0 => Some(true),
            // gRPC's codes, and exit statuses.
            1..=99 => Some(false),
            100..=599 => Some(code < 400),
            _ => None,
        };
    }
    if GOOD.contains(&text.as_str()) {
        return Some(true);
    }
    BAD.iter().any(|word| text.contains(word)).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_cross_midnight_in_both_directions() {
        let minute = 60_000_000;
        let late = DAY_US - minute;
        assert_eq!(TimeForm::after_midnight(minute, late), DAY_US + minute);
        // A row that was written late belongs to the day before.
        assert_eq!(TimeForm::after_midnight(late, DAY_US + minute), late);
        assert_eq!(TimeForm::after_midnight(late, minute), -minute);
        assert_eq!(TimeForm::after_midnight(3 * minute, 2 * minute), 3 * minute);
    }
}
