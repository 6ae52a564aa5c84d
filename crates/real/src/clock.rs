//! The machine's clock, for requests to real servers.
//!
//! Guarantees: the only place of this crate that looks at it.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a real server answers in real time; nothing of the lab's worlds comes through here"
)]

use std::time::{Duration, Instant, SystemTime};

use quorum_types::Micros;

/// The date and the time, in UTC; empty on a machine whose clock is beyond any calendar.
pub(crate) fn date() -> String {
    let now = jiff::Timestamp::try_from(SystemTime::now());
    now.map(|now| now.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()).unwrap_or_default()
}

/// A beginning, from which times are counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    /// Counts from now on.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Microseconds since then.
    pub(crate) fn now_us(self) -> Micros {
        self.0.elapsed().as_micros() as Micros
    }

    /// Sleeps until a time, in short pieces, as long as `on` holds; whether it did.
    pub(crate) fn sleep_until(self, at_us: Micros, on: impl Fn() -> bool) -> bool {
        const PIECE_US: Micros = 20_000;
        while on() {
            let left_us = at_us.saturating_sub(self.now_us());
            if left_us == 0 {
                return true;
            }
            std::thread::sleep(Duration::from_micros(left_us.min(PIECE_US)));
        }
        false
    }
}
