//! Shortens a schedule that breaks a guest.
//!
//! What comes after the violation goes first. Then the last few actions alone are tried, ever smaller pieces are left
//! out (delta debugging: Zeller and Hildebrandt, 2002), and if many are left, the same under other seeds. Guarantees:
//! the result breaks the same invariant when it is replayed; a limit of events, since a guest is asked for each.
//! Leaves out: the shortest schedule.

use super::program::Cores;
use super::search::{Outcome, run};
use super::world::{Caps, Violation};
use quorum_sim::cluster::swarm::Schedule;

/// Events that all attempts may take.
const FUEL: u64 = 3_000_000;
/// With no more actions than this, other seeds are not tried.
const FEW: usize = 12;
/// How many other seeds are tried for each number of actions.
const SEEDS: u64 = 12;
/// The numbers of last actions that are tried alone.
const WINDOWS: [usize; 9] = [0, 1, 2, 3, 4, 6, 8, 12, 20];

struct Shrinker<'a> {
    cores: &'a mut dyn Cores,
    caps: Caps,
    events: u64,
    fuel: u64,
    best: Schedule,
    violation: Violation,
    going: &'a dyn Fn() -> bool,
}

/// Shortens a schedule with this violation; the shortest that was found, and its violation.
pub fn shrink(
    schedule: Schedule,
    violation: Violation,
    events: u64,
    cores: &mut dyn Cores,
    caps: Caps,
    going: &dyn Fn() -> bool,
) -> (Schedule, Violation) {
    let mut shrinker = Shrinker { cores, caps, events, fuel: FUEL, best: schedule, violation, going };
    shrinker.cut();
    shrinker.windows(&[shrinker.best.seed]);
    shrinker.pieces();
    if shrinker.best.actions.len() > FEW {
        let seeds: Vec<u64> = (1..=SEEDS).map(|nth| shrinker.best.seed + 1_000_003 * nth).collect();
        shrinker.windows(&seeds);
        shrinker.pieces();
    }
    shrinker.milder();
    (shrinker.best, shrinker.violation)
}

impl Shrinker<'_> {
    /// Keeps a schedule if it breaks the same.
    fn keep(&mut self, candidate: Schedule) -> bool {
        if self.fuel == 0 || !(self.going)() {
            return false;
        }
        // What breaks before everything is mended does so whenever that is; what breaks afterwards does not.
        let before = self.violation.event <= self.events;
        let limit = if before {
            self.events.min(self.violation.event.saturating_mul(2).max(500))
        } else {
            self.events
        };
        let Outcome { events, violation, .. } = run(&candidate, limit, self.cores, self.caps);
        self.fuel = self.fuel.saturating_sub(events + 50);
        let same = |found: &Violation| {
            found.invariant == self.violation.invariant && (found.event <= limit) == before
        };
        match violation.filter(same) {
            Some(violation) => {
                (self.best, self.violation) = (candidate, violation);
                self.cut();
                true
            }
            None => false,
        }
    }

    /// Removes what comes after the violation.
    fn cut(&mut self) {
        let end_us = self.violation.t_us;
        self.best.actions.retain(|timed| timed.t_us <= end_us);
    }

    /// Tries the last few actions alone, under each of these seeds.
    fn windows(&mut self, seeds: &[u64]) {
        for size in WINDOWS {
            if size >= self.best.actions.len() {
                return;
            }
            for seed in seeds {
                let mut candidate = self.best.clone();
                let first = candidate.actions.len() - size;
                candidate.actions.drain(..first);
                candidate.seed = *seed;
                if self.keep(candidate) {
                    return;
                }
            }
        }
    }

    /// Leaves ever smaller pieces out.
    fn pieces(&mut self) {
        let mut size = self.best.actions.len().div_ceil(2).max(1);
        loop {
            let (mut at, mut less) = (0, false);
            while at < self.best.actions.len() {
                let mut candidate = self.best.clone();
                let end = (at + size).min(candidate.actions.len());
                candidate.actions.drain(at..end);
                if self.keep(candidate) {
                    less = true;
                } else {
                    at += size;
                }
            }
            if size == 1 && !less || self.fuel == 0 || self.best.actions.is_empty() {
                return;
            }
            size = (size / 2).max(1);
        }
    }

    /// Makes single actions milder.
    fn milder(&mut self) {
        use quorum_sim::swarm::ScheduledAction as _;
        for at in 0..self.best.actions.len() {
            let Some(timed) = self.best.actions.get(at) else { return };
            for action in timed.action.milder() {
                let mut candidate = self.best.clone();
                candidate.actions[at].action = action;
                if self.keep(candidate) {
                    break;
                }
            }
        }
    }
}
