//! A progress line on stderr, for interactive use.
//!
//! Guarantees: nothing is drawn without a terminal, nor in the first second; the line is erased before anything else is
//! printed; the output does not depend on it. Leaves out: what is counted.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use quorum_i18n::Lang;

/// What is over sooner shows no progress.
const PATIENCE: Duration = Duration::from_secs(1);
/// What of the line is the same in every language.
const TEMPLATE: &str = "{prefix} [{bar:30}] {pos}/{len}  {rate}  {left}";

/// The line. Without a terminal it is none.
#[derive(Debug)]
pub(super) struct Line {
    bar: Option<ProgressBar>,
    shown: AtomicBool,
}

impl Line {
    /// A line that is not drawn yet.
    pub(super) fn new(drawn: bool, lang: Lang, total: u64, what: &str) -> Self {
        let bar = drawn.then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
            bar.with_style(style(lang)).with_prefix(what.to_owned())
        });
        Self { bar, shown: AtomicBool::new(false) }
    }

    /// One more is done.
    pub(super) fn advance(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
        self.look();
    }

    /// Sets how many are done.
    pub(super) fn at(&self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        }
        self.look();
    }

    /// Appears after a delay.
    pub(super) fn look(&self) {
        let Some(bar) = &self.bar else { return };
        if bar.elapsed() >= PATIENCE && !self.shown.swap(true, Relaxed) {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(Duration::from_millis(200));
        }
    }

    /// Says what is done now.
    pub(super) fn say(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_prefix(what.to_owned());
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(lang: Lang) -> ProgressStyle {
    let plain = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
    plain
        .progress_chars("=> ")
        .with_key("rate", move |state: &ProgressState, to: &mut dyn std::fmt::Write| {
            // The bar formats into a string, which cannot fail.
            let _ = to.write_str(&rate(lang, state.per_sec()));
        })
        .with_key("left", move |state: &ProgressState, to: &mut dyn std::fmt::Write| {
            // As above.
            let _ = to.write_str(&left(lang, state.eta()));
        })
}

/// A rate, with its significant digits.
fn rate(lang: Lang, per_second: f64) -> String {
    let rounded = if per_second < 10.0 { format!("{per_second:.1}") } else { format!("{per_second:.0}") };
    lang.f("cli-progress-rate", &[("rate", rounded.into())])
}

/// What is left, as `1:23` or `2:03:04`.
fn left(lang: Lang, left: Duration) -> String {
    let seconds = left.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let time = if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    };
    lang.f("cli-progress-left", &[("time", time.into())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_and_a_time_are_said_in_both_languages() {
        let said = |lang, per_second, seconds| {
            [rate(lang, per_second), left(lang, Duration::from_secs(seconds))].join("|")
        };
        assert_eq!(said(Lang::En, 3.26, 83), "3.3/s|1:23 left");
        assert_eq!(said(Lang::En, 1234.4, 7_384), "1234/s|2:03:04 left");
        assert_eq!(said(Lang::Zh, 0.0, 0), "每秒 0.0|还剩 0:00");
    }

    #[test]
    fn without_a_terminal_there_is_no_line() {
        let line = Line::new(false, Lang::En, 3, "runs");
        line.advance();
        line.at(3);
        line.say("more");
        assert!(line.bar.is_none() && !line.shown.load(Relaxed));
    }
}
