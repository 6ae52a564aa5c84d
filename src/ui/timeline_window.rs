//! The part of a run that the timeline shows.
//!
//! Guarantees: a window lies within the run and is never so small that its moments cannot be told apart; enlarging
//! keeps a moment where it is; without a window the whole run is shown. Leaves out: drawing it (`timeline`).

/// The shortest window, in seconds.
const LEAST_S: f64 = 0.1;
/// One step of a button or a key.
pub const STEP: f64 = 2.0;

/// A window: where it begins and how long it is, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Its beginning.
    pub from_s: f64,
    /// Its length.
    pub span_s: f64,
    /// Whether it turns on when the present leaves it: until the reader moves it.
    pub follows: bool,
}

impl Window {
    /// A window of this length within a run that is drawn `whole_s` long; none if that is all of it.
    fn within(self, whole_s: f64) -> Option<Self> {
        let Self { from_s, span_s, .. } = self;
        // False as well where the length is not a number.
        let fits = span_s < whole_s && from_s.is_finite();
        if !fits {
            return None;
        }
        Some(Self { from_s: from_s.clamp(0.0, whole_s - span_s), ..self })
    }

    /// The window enlarged by a factor around a moment.
    pub fn enlarged(now: Option<Self>, factor: f64, around_s: f64, whole_s: f64) -> Option<Self> {
        let Self { from_s, span_s, .. } = now.unwrap_or(Self { from_s: 0.0, span_s: whole_s, follows: true });
        let span = (span_s / factor).max(LEAST_S);
        // A moment outside is shown in the middle.
        let part = (around_s - from_s) / span_s;
        let part = if (0.0..=1.0).contains(&part) { part } else { 0.5 };
        Self { from_s: around_s - part * span, span_s: span, follows: true }.within(whole_s)
    }

    /// The window at another place, where the reader has moved it.
    pub fn moved(self, from_s: f64, whole_s: f64) -> Option<Self> {
        Self { from_s, follows: false, ..self }.within(whole_s)
    }

    /// The window, turned on or back if it follows and a moment is outside it: the moment is then at its first or last
    /// quarter.
    pub fn showing(self, moment_s: f64, whole_s: f64) -> Option<Self> {
        let from_s = if !self.follows {
            self.from_s
        } else if moment_s > self.from_s + self.span_s {
            moment_s - self.span_s / 4.0
        } else if moment_s < self.from_s {
            moment_s - self.span_s * 0.75
        } else {
            self.from_s
        };
        Self { from_s, ..self }.within(whole_s)
    }

    /// The interval of its ticks: a round one, of which at most eight fit.
    pub fn tick_s(self) -> f64 {
        let mut rounds = (-2..12).flat_map(|power| [1.0, 2.0, 5.0].map(|round| round * 10.0_f64.powi(power)));
        rounds.find(|tick| self.span_s / tick <= 8.0).unwrap_or(self.span_s)
    }
}
