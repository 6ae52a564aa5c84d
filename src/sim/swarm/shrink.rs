//! From a schedule that breaks something to the shortest that still does.
//!
//! Deeds after the break go first; then ever smaller pieces are left out, as long as the same invariant still falls
//! (delta debugging: Zeller and Hildebrandt, 2002). When no piece of one goes any more, a schedule is tried in other
//! [`WAYS`], and whatever that changes gives the pieces another chance. Promises: what comes out breaks the same
//! invariant and has no more deeds than went in, none of them harsher; it ends; it works in slices, so that a page
//! stays alive. Leaves out: the shortest of all; seed, nodes and settings stay as they were.

use super::{Limits, Run, Schedule, Violation};
use crate::sim::checkers::{INVARIANTS, PROGRESS};
use crate::sim::deed::Deed;
use crate::sim::network::Weather;
use crate::types::MS;

/// Events that may go by after the first pass over single deeds, so that a shrinking ends within seconds.
const MORE_EVENTS: u64 = 600_000;
/// No time between deeds gets shorter than this.
const SHORTEST_US: u64 = MS;

/// How a schedule is made simpler, at a place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// A piece is left out.
    Piece,
    /// A deed is left out, and those behind it come sooner by the time that it had to itself.
    Close,
    /// A deed is left out with another, so far behind it.
    Pair(usize),
    /// A deed gets simpler.
    Milder,
    /// A deed and those behind it come sooner.
    Sooner,
}

/// One after the other; when one has changed something, it begins again with the first.
const WAYS: [Way; 7] =
    [Way::Piece, Way::Close, Way::Pair(1), Way::Pair(2), Way::Pair(3), Way::Milder, Way::Sooner];

/// A shrinking under way.
#[derive(Clone, Debug)]
pub struct Shrink {
    /// The shortest schedule so far.
    pub best: Schedule,
    /// What it breaks.
    pub violation: Violation,
    limits: Limits,
    /// Which of the ways.
    way: usize,
    /// Pieces are of this size.
    piece: usize,
    /// The place that is tried next.
    at: usize,
    /// Which of the milder deeds is tried there.
    milder: usize,
    /// Whether anything changed since the way was begun.
    changed: bool,
    /// Events left, once every single deed was tried.
    left: Option<u64>,
    /// What is tried, and the run of it.
    trying: Option<Box<(Schedule, Run)>>,
    /// Schedules tried so far.
    pub tried: u64,
    done: bool,
}

/// The invariants' and properties' names, as they never end.
fn named(invariant: &str) -> &'static str {
    INVARIANTS.into_iter().find(|name| *name == invariant).unwrap_or(PROGRESS)
}

/// Without some of its deeds a run may need a little longer.
fn longer(violation: &Violation) -> u64 {
    violation.event + violation.event / 2 + 200
}

impl Shrink {
    /// Begins with a run that broke something.
    pub fn new(run: &Run, violation: &Violation) -> Self {
        let name = named(&violation.invariant);
        let now = run.world.now;
        let mut best = run.schedule.clone();
        best.deeds.retain(|timed| timed.t_us <= now);
        let mend = name == PROGRESS;
        if mend {
            // It is mended anew, as long after the beginning as it was.
            best.deeds.truncate(run.faults.unwrap_or(usize::MAX));
        }
        let events = if mend { run.limits.events } else { longer(violation) };
        let limits = Limits { events, until: Some(name), mend };
        let piece = best.deeds.len().div_ceil(2);
        Self {
            best,
            violation: violation.clone(),
            limits,
            way: 0,
            piece,
            at: 0,
            milder: 0,
            changed: false,
            left: None,
            trying: None,
            tried: 0,
            done: false,
        }
    }

    /// Goes on through about so many events; whether it is done.
    pub fn go(&mut self, events: u64) -> bool {
        let mut left = events;
        while left > 0 && !self.done {
            let Some(mut trying) = self.trying.take().or_else(|| self.next()) else { break };
            let (schedule, run) = &mut *trying;
            let before = run.events;
            let over = run.go(left);
            left = left.saturating_sub((run.events - before).max(1));
            if over {
                self.judge(schedule, run);
            } else {
                self.trying = Some(trying);
            }
        }
        self.done
    }

    /// The next schedule to be tried.
    fn next(&mut self) -> Option<Box<(Schedule, Run)>> {
        while !self.done {
            if self.at >= self.best.deeds.len() {
                self.turn();
            } else if let Some(simpler) = self.simpler() {
                let run = Run::new(simpler.clone(), self.limits, true);
                return Some(Box::new((simpler, run)));
            } else {
                self.at += 1;
                self.milder = 0;
            }
        }
        None
    }

    /// At the end of a pass: the next.
    fn turn(&mut self) {
        let single = self.piece <= 1;
        match (single, self.changed) {
            (false, _) => self.piece = self.piece.div_ceil(2),
            (true, true) => self.way = 0,
            (true, false) => self.way += 1,
        }
        if single {
            self.left.get_or_insert(MORE_EVENTS);
        }
        self.at = 0;
        self.milder = 0;
        self.changed = false;
        self.done = self.way >= WAYS.len() || self.best.deeds.is_empty() || self.left == Some(0);
    }

    /// The best schedule made simpler at this place, if this way does anything here.
    fn simpler(&self) -> Option<Schedule> {
        let at = self.at;
        let mut simpler = self.best.clone();
        let deeds = &mut simpler.deeds;
        match WAYS.get(self.way)? {
            Way::Piece => drop(deeds.drain(at..(at + self.piece).min(deeds.len()))),
            Way::Close => {
                let gone = deeds.remove(at).t_us;
                let sooner = deeds.get(at)?.t_us - gone;
                if sooner == 0 {
                    return None;
                }
                deeds[at..].iter_mut().for_each(|timed| timed.t_us -= sooner);
            }
            Way::Pair(behind) => {
                deeds.get(at + behind)?;
                deeds.remove(at + behind);
                deeds.remove(at);
            }
            Way::Milder => deeds[at].deed = milder(&deeds[at].deed).into_iter().nth(self.milder)?,
            Way::Sooner => {
                let before = at.checked_sub(1).map_or(0, |before| deeds[before].t_us);
                let sooner = (deeds[at].t_us - before) / 2;
                if sooner < SHORTEST_US {
                    return None;
                }
                deeds[at..].iter_mut().for_each(|timed| timed.t_us -= sooner);
            }
        }
        Some(simpler)
    }

    /// Keeps what was tried if it breaks the same, or goes on.
    fn judge(&mut self, schedule: &mut Schedule, run: &Run) {
        self.tried += 1;
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(run.events);
            self.done = *left == 0;
        }
        let Some(violation) = run.broke(&self.violation.invariant) else {
            match WAYS.get(self.way) {
                Some(Way::Piece) => self.at += self.piece,
                Some(Way::Milder) => self.milder += 1,
                _ => self.at += 1,
            }
            return;
        };
        self.violation = violation.clone();
        self.changed = true;
        if !self.limits.mend {
            let over = run.world.now;
            schedule.deeds.retain(|timed| timed.t_us <= over);
            self.limits.events = self.limits.events.min(longer(violation));
        }
        std::mem::swap(&mut self.best, schedule);
    }
}

/// Deeds that are like this one, but do less.
fn milder(deed: &Deed) -> Vec<Deed> {
    let mut less = Vec::new();
    match deed.clone() {
        Deed::Kill { node, .. } => less.push(Deed::Kill { node, torn_bytes: 0 }),
        Deed::PowerCut { .. } => less.push(Deed::PowerCut { torn_bytes: 0 }),
        Deed::CrashLoop { node, times, every_us } => {
            less.push(Deed::CrashLoop { node, times: times.div_ceil(2), every_us });
        }
        Deed::Cut { from, to, one_way: false } => {
            less.push(Deed::Cut { from, to, one_way: true });
            less.push(Deed::Cut { from: to, to: from, one_way: true });
        }
        Deed::Partition { side } if side.len() > 1 => {
            less.extend((0..side.len()).map(|nth| Deed::Partition { side: without(&side, nth) }));
        }
        Deed::Clog { from, to, us } if us >= 2 * SHORTEST_US => {
            less.push(Deed::Clog { from, to, us: us / 2 });
        }
        Deed::Weather(weather) => {
            less.push(Deed::Weather(Weather { reorder: 0, ..weather }));
            less.push(Deed::Weather(Weather { duplicate: 0, ..weather }));
            less.push(Deed::Weather(Weather { loss: 0, ..weather }));
        }
        Deed::Clock { node, drift_ppm, jump_us, period_us } => {
            less.push(Deed::Clock { node, drift_ppm, jump_us, period_us: 0 });
            less.push(Deed::Clock { node, drift_ppm, jump_us: 0, period_us });
            less.push(Deed::Clock { node, drift_ppm: drift_ppm / 2, jump_us, period_us });
        }
        Deed::Conf { mode, changes } if changes.len() > 1 => {
            less.extend((0..changes.len()).map(|nth| Deed::Conf { mode, changes: without(&changes, nth) }));
        }
        _ => {}
    }
    less.retain(|milder| milder != deed);
    less
}

/// All but one.
fn without<T: Copy>(all: &[T], nth: usize) -> Vec<T> {
    all.iter().enumerate().filter(|(place, _)| *place != nth).map(|(_, one)| *one).collect()
}
