//! Where a log has no requests: the longest gap, and gaps that say that the tester itself hung.
//!
//! A gap is a time in which no request was under way. Guarantees: an irregular log is not taken for one of a tester
//! that hung: its own usual intervals are the measure; what was not asked in a gap counts as not answered, never as
//! available. Leaves out: a log that ends while its tester hangs: how long it should have gone on is not known.

use quorum_drill::outside::Request;
use quorum_types::sort::sort;
use quorum_types::{Micros, SECOND};
use serde::Serialize;

/// A gap is one of a tester that hung if it is this many times longer than nearly all intervals.
const TIMES: u64 = 5;
/// And no shorter than this: pauses of seconds are a tester's own.
const LEAST_US: Micros = 5 * SECOND;
/// So many per cent of intervals are nearly all.
const NEARLY_ALL: usize = 95;

/// A time without requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The end of the last request before it.
    pub from_us: Micros,
    /// How long it lasted.
    pub us: Micros,
}

/// The gaps of a log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gaps {
    /// The longest one, where there is any.
    pub longest: Option<Gap>,
    /// Those in which the tester hung.
    pub hung: Vec<Gap>,
    /// How many requests are missing in them, at the rate of the rest of the log.
    pub missing: u64,
}

/// What of it is printed as JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    from_ms: f64,
    ms: f64,
}

impl Gap {
    /// In milliseconds.
    pub fn shown(self) -> Shown {
        Shown { from_ms: self.from_us as f64 / 1e3, ms: self.us as f64 / 1e3 }
    }
}

impl Gaps {
    /// The gaps between requests, which are in the order of their ends.
    pub fn of(requests: &[Request]) -> Self {
        let began = |request: &Request| request.ended_us.saturating_sub(request.took_us);
        let mut spans: Vec<(Micros, Micros)> =
            requests.iter().map(|request| (began(request), request.ended_us)).collect();
        sort(&mut spans);
        let (mut gaps, mut busy_until) = (Vec::new(), None::<Micros>);
        for (from_us, to_us) in &spans {
            if let Some(until_us) = busy_until.filter(|until_us| until_us < from_us) {
                gaps.push(Gap { from_us: until_us, us: from_us - until_us });
            }
            busy_until = busy_until.max(Some(*to_us));
        }
        let mut intervals: Vec<Micros> = spans.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        sort(&mut intervals);
        let usual_us =
            intervals.get(intervals.len().saturating_sub(1) * NEARLY_ALL / 100).copied().unwrap_or(0);
        let limit_us = LEAST_US.max(TIMES * usual_us);
        let longest = gaps.iter().copied().reduce(|a, b| if b.us > a.us { b } else { a });
        let hung: Vec<Gap> = gaps.into_iter().filter(|gap| gap.us >= limit_us).collect();
        let hung_us: Micros = hung.iter().map(|gap| gap.us).sum();
        let asked_us = busy_until.unwrap_or(0).saturating_sub(hung_us).max(1);
        let missing = u128::from(hung_us) * requests.len() as u128 / u128::from(asked_us);
        Self { longest, hung, missing: u64::try_from(missing).unwrap_or(u64::MAX) }
    }

    /// How long the tester hung.
    pub fn hung_us(&self) -> Micros {
        self.hung.iter().map(|gap| gap.us).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: &[u64]) -> Vec<Request> {
        let request = |ms: &u64| Request { ended_us: ms * 1_000, took_us: 10_000, ok: true };
        ms.iter().map(request).collect()
    }

    #[test]
    fn a_tester_that_was_silent_for_far_longer_than_usual_hung() {
        let mut ms: Vec<u64> = (0..20).map(|n| 10 + n * 1_000).collect();
        ms.extend((0..20).map(|n| 61_010 + n * 1_000));
        let gaps = Gaps::of(&at(&ms));
        assert_eq!(gaps.longest, Some(Gap { from_us: 19_010_000, us: 41_990_000 }));
        assert_eq!(gaps.hung, [Gap { from_us: 19_010_000, us: 41_990_000 }]);
        // Forty in 38 seconds of asking.
        assert!((40..=45).contains(&gaps.missing), "{}", gaps.missing);
    }

    #[test]
    fn a_long_request_is_no_gap_and_a_calm_or_irregular_log_is_no_hang() {
        let mut slow = at(&[10, 1_010, 2_010, 43_010, 44_010, 45_010]);
        slow[3].took_us = 40_000_000;
        let gaps = Gaps::of(&slow);
        assert_eq!((gaps.hung.len(), gaps.longest.map(|gap| gap.us)), (0, Some(1_000_000)));
        // A request a minute.
        let calm: Vec<u64> = (0..30).map(|n| 10 + n * 60_000).collect();
        assert!(Gaps::of(&at(&calm)).hung.is_empty());
        // Requests that arrive as they please, a second apart on average.
        let mut rng = quorum_types::Rng::new(3, 1);
        let mut now_ms = 10.0;
        let random: Vec<u64> = (0..5_000)
            .map(|_| {
                now_ms -= 1_000.0 * ((1 + rng.below(1 << 20)) as f64 / f64::from(1 << 20)).ln();
                now_ms as u64
            })
            .collect();
        let gaps = Gaps::of(&at(&random));
        assert!(gaps.hung.is_empty() && gaps.longest.is_some_and(|gap| gap.us > 5_000_000), "{gaps:?}");
        assert_eq!(Gaps::of(&[]), Gaps::default());
        assert_eq!(Gaps::of(&at(&[10])), Gaps::default());
    }
}
