//! The pace of virtual time: converts wall-clock time and a speed to the virtual time that is due.
//!
//! Guarantees: pure arithmetic on the times passed in; a backlog beyond a couple of frames is dropped, so that a slow
//! machine shows a lower speed instead of a jump; a tab that slept does not wake to a flood of events. Leaves out: the
//! clock itself.

use std::collections::VecDeque;

use quorum_types::Micros;

/// A gap in wall-clock time longer than this counts as this much: the tab was asleep.
const LONGEST_GAP_MS: f64 = 100.0;
/// The actual speed is measured over this long.
const WINDOW_MS: f64 = 500.0;

/// The pace of a run.
#[derive(Clone, Debug)]
pub struct Pacer {
    /// Whether time passes.
    pub playing: bool,
    speed: f64,
    last_ms: f64,
    /// Virtual time that is due, with its fraction.
    due_us: f64,
    /// Wall-clock and virtual time of the last half second.
    window: VecDeque<(f64, Micros)>,
}

impl Pacer {
    /// A pace that begins now. Speed 0 opens paused.
    pub fn new(speed: f64, now_ms: f64, at_us: Micros) -> Self {
        let playing = speed > 0.0;
        let mut pacer = Self { playing, speed: 1.0, last_ms: now_ms, due_us: 0.0, window: VecDeque::new() };
        if playing {
            pacer.set_speed(speed);
        }
        pacer.settle(at_us, 0.0);
        pacer
    }

    /// The requested speed, in virtual seconds per second.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Sets the speed, clamped to 0.1 to 100,000. NaN is ignored.
    pub fn set_speed(&mut self, x: f64) {
        if let Some(x) = super::address::valid_speed(x) {
            self.speed = x;
        }
    }

    /// Advances wall-clock time and returns the virtual time that is due.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "virtual times are small")]
    pub fn pass(&mut self, now_ms: f64) -> Micros {
        let gap = (now_ms - self.last_ms).clamp(0.0, LONGEST_GAP_MS);
        self.last_ms = now_ms;
        if self.playing {
            self.due_us += gap * 1_000.0 * self.speed;
        }
        self.due_us as Micros
    }

    /// Virtual time has reached `at_us`. What is due beyond `slack_ms` of wall-clock time is dropped.
    #[expect(clippy::cast_precision_loss, reason = "virtual times stay far below 2^53")]
    pub fn settle(&mut self, at_us: Micros, slack_ms: f64) {
        let at = at_us as f64;
        // At least the fraction of a microsecond is kept, or slow speeds would never advance.
        let most = at + (slack_ms * 1_000.0 * self.speed).max(0.999);
        self.due_us = self.due_us.max(at).min(most);
    }

    /// Records how far virtual time has come; returns the actual speed over the last half second.
    #[expect(clippy::cast_precision_loss, reason = "virtual times stay far below 2^53")]
    pub fn reached(&mut self, now_ms: f64, at_us: Micros) -> f64 {
        self.window.push_back((now_ms, at_us));
        while self.window.len() > 2 && self.window[1].0 <= now_ms - WINDOW_MS {
            self.window.pop_front();
        }
        let (began_ms, began_us) = self.window[0];
        if now_ms - began_ms < 1.0 {
            // Nothing has been measured yet, so the requested speed is reported.
            return self.speed;
        }
        at_us.saturating_sub(began_us) as f64 / 1_000.0 / (now_ms - began_ms)
    }

    /// Discards the measured speed, because time was stopped or jumped.
    pub fn forget_reached(&mut self) {
        self.window.clear();
    }
}
