//! Reduces a schedule that violates an invariant to a short one that still does.
//!
//! Actions after the violation are removed first; then ever smaller pieces are left out, as long as the same invariant
//! is still violated (delta debugging: Zeller and Hildebrandt, 2002). Leaving an action out also changes what comes
//! after it: the network and the disks draw their delays from one stream each, in order of use, so everything after the
//! gap meets other delays, and a schedule that depends on a rare coincidence (Figure 8 of the Raft paper, say) looks as
//! if it needed every action that it has. So if many actions are left, shorter schedules are tried under other seeds as
//! well: a few consecutive actions alone, early in the run; all actions without jitter, after which leaving one out no
//! longer shifts anything; all but a piece. If that changes anything, the passes under one seed run again. Finally,
//! actions are made milder and earlier.
//!
//! Guarantees: the result violates the same invariant when it is replayed, and has no more actions than the original,
//! none of them harsher; shrinking ends, after a number of re-run events that depends on the input alone; it works in
//! slices whose size does not affect the result, so that a page stays responsive. Leaves out: the shortest possible
//! schedule; other numbers of nodes. The seed and the delays may differ from those of the original.

use super::{Limits, PROGRESS, Run, ScheduleOf, ScheduledAction, SwarmWorld, Violation};
use quorum_types::MS;

/// The budget of a round of re-runs under other seeds, in events.
const ROUND_EVENTS: u64 = 3_000_000;
/// As long as more actions than this are left, another round follows, up to `ROUNDS` rounds.
const MANY: usize = 25;
const ROUNDS: u64 = 10;
/// The budget of all re-runs, in events.
const ALL_EVENTS: u64 = 40_000_000;
/// The minimum time between actions.
const SHORTEST_US: u64 = MS;
/// A schedule with no more actions than this is tried under its own seed only.
const FEW: usize = 10;
/// The number of re-runs in a pass over pieces of one size under other seeds: the fewer pieces, the more seeds for
/// each.
const PIECE_RUNS: usize = 120;
/// If many actions are left, only pieces of at least one part in this many are left out under other seeds.
const LARGE: usize = 8;
/// The numbers of seeds under which all actions are tried without jitter, and a few consecutive actions alone.
const CALM_SEEDS: u64 = 30;
const WINDOW_SEEDS: u64 = 40;
/// Scatters consecutive numbers (the golden ratio, as in Fibonacci hashing).
const SCATTER: u64 = 0x9e37_79b9_7f4a_7c15;

/// A way to simplify a schedule at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Leaves a piece out.
    Piece,
    /// Leaves a piece out, under other seeds.
    Reseeded,
    /// Makes delays constant, so that leaving an action out does not shift those of the others.
    Calm,
    /// Keeps only a few consecutive actions, [`WINDOWS`] of them: the last ones, or any others.
    Window,
    /// Leaves an action out, and moves those after it earlier by the time between it and the next.
    Close,
    /// Leaves an action out together with another one, this many positions later.
    Pair(usize),
    /// Makes an action milder.
    Milder,
    /// Moves an action and those after it earlier.
    Sooner,
}

/// The ways in order. After one has changed something, shrinking begins again with the first.
const WAYS: [Way; 9] = [
    Way::Piece,
    Way::Reseeded,
    Way::Calm,
    Way::Window,
    Way::Close,
    Way::Pair(1),
    Way::Pair(2),
    Way::Milder,
    Way::Sooner,
];

impl Way {
    /// Whether it passes over the schedule with ever smaller pieces.
    fn in_pieces(self) -> bool {
        matches!(self, Self::Piece | Self::Reseeded)
    }

    /// Whether candidates are tried under other seeds.
    fn reseeds(self) -> bool {
        matches!(self, Self::Reseeded | Self::Calm | Self::Window)
    }
}

/// The numbers of actions that the windows keep.
const WINDOWS: [usize; 8] = [4, 6, 8, 12, 16, 24, 32, 48];

/// A shrinking in progress.
#[derive(Clone, Debug)]
pub struct Shrink<W: SwarmWorld> {
    /// The shortest schedule so far.
    pub best: ScheduleOf<W>,
    /// The violation that it causes.
    pub violation: Violation,
    limits: Limits,
    /// The index of the current way.
    way: usize,
    /// The size of the pieces.
    piece: usize,
    /// The position to try next.
    at: usize,
    /// The index of the milder action to try there.
    milder: usize,
    /// The number of seeds under which this candidate was tried.
    seeds: u64,
    /// Whether anything changed since the way was begun.
    changed: bool,
    /// Events left of this round's budget.
    left: u64,
    /// Events left of the whole budget.
    left_in_all: u64,
    /// The number of rounds begun.
    rounds: u64,
    /// Whether the ways with other seeds are finished in this round.
    reseeded: bool,
    /// The candidate being tried, and its run.
    trying: Option<Box<(ScheduleOf<W>, Run<W>)>>,
    /// The number of schedules tried so far.
    pub tried: u64,
    done: bool,
}

/// The static name of an invariant or a property.
fn named(world: &impl SwarmWorld, invariant: &str) -> &'static str {
    let names = world.invariants().statuses().iter().map(|status| status.name);
    names.into_iter().find(|name| *name == invariant).unwrap_or(PROGRESS)
}

/// Without some of its actions a run may need a little longer.
fn longer(violation: &Violation) -> u64 {
    violation.event + violation.event / 2 + 200
}

impl<W: SwarmWorld> Shrink<W> {
    /// Begins with a run that violated something.
    pub fn new(run: &Run<W>, violation: &Violation) -> Self {
        let name = named(&run.world, &violation.invariant);
        let now = run.world.now_us();
        let mut best = run.schedule.clone();
        best.actions.retain(|timed| timed.t_us <= now);
        let mend = name == PROGRESS;
        if mend {
            // The result is mended again, at the same time after the beginning.
            best.actions.truncate(run.faults.unwrap_or(usize::MAX));
        }
        let events = if mend { run.limits.events } else { longer(violation) };
        let limits = Limits { events, until: Some(name), mend };
        let piece = best.actions.len().div_ceil(2);
        Self {
            best,
            violation: violation.clone(),
            limits,
            way: 0,
            piece,
            at: 0,
            milder: 0,
            seeds: 0,
            changed: false,
            left: ROUND_EVENTS,
            left_in_all: ALL_EVENTS,
            rounds: 1,
            reseeded: false,
            trying: None,
            tried: 0,
            done: false,
        }
    }

    /// Continues through about this many events; returns whether it is done.
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
    fn next(&mut self) -> Option<Box<(ScheduleOf<W>, Run<W>)>> {
        while !self.done {
            if self.at >= self.best.actions.len() {
                self.turn();
            } else if let Some(simpler) = self.simpler() {
                let run = Run::new(simpler.clone(), self.limits, true);
                return Some(Box::new((simpler, run)));
            } else {
                self.step();
            }
        }
        None
    }

    /// Whether this way continues with smaller pieces.
    fn has_smaller(&self) -> bool {
        let actions = self.best.actions.len();
        match WAYS.get(self.way) {
            Some(Way::Reseeded) if actions > MANY => self.piece * LARGE > actions,
            Some(way) => way.in_pieces() && self.piece > 1,
            None => false,
        }
    }

    /// Chooses the next pass at the end of one.
    fn turn(&mut self) {
        if self.has_smaller() {
            self.piece = self.piece.div_ceil(2);
            self.begin_pass();
        } else if self.changed {
            self.begin_way(0);
        } else {
            self.begin_way(self.way + 1);
        }
    }

    /// Begins a way; after the last one, begins another round if too many actions are left.
    fn begin_way(&mut self, way: usize) {
        let next = WAYS.iter().enumerate().skip(way).find(|(_, way)| !(self.reseeded && way.reseeds()));
        let many = self.best.actions.len() > MANY;
        match next {
            // A schedule that is still long is not made milder or earlier: another round may leave most of it out.
            Some((_, next)) if many && self.rounds < ROUNDS && !next.in_pieces() && !next.reseeds() => {
                self.begin_round();
            }
            Some((at, next)) => {
                self.way = at;
                self.reseeded |= !next.reseeds() && !next.in_pieces();
            }
            None if many && self.rounds < ROUNDS => self.begin_round(),
            None => self.done = true,
        }
        self.done |= self.best.actions.is_empty();
        self.changed = false;
        let pieces = WAYS.get(self.way).is_some_and(|way| way.in_pieces());
        self.piece = if pieces { self.best.actions.len().div_ceil(2) } else { 1 };
        self.begin_pass();
    }

    fn begin_round(&mut self) {
        self.rounds += 1;
        self.left = ROUND_EVENTS;
        self.reseeded = false;
        self.way = 1;
    }

    /// The number of seeds under which each candidate of a way is tried.
    fn seeds_for(&self, way: Way) -> u64 {
        match way {
            Way::Calm => CALM_SEEDS,
            Way::Window => WINDOW_SEEDS,
            Way::Reseeded => PIECE_RUNS.div_ceil(self.best.actions.len().div_ceil(self.piece).max(1)) as u64,
            _ => 1,
        }
    }

    fn begin_pass(&mut self) {
        self.at = 0;
        self.milder = 0;
        self.seeds = 0;
    }

    /// Moves to the next position.
    fn step(&mut self) {
        let in_pieces = WAYS.get(self.way).is_some_and(|way| way.in_pieces());
        self.at += if in_pieces { self.piece.max(1) } else { 1 };
        self.milder = 0;
        self.seeds = 0;
    }

    /// The best schedule simplified at this position, if this way does anything here.
    fn simpler(&self) -> Option<ScheduleOf<W>> {
        let at = self.at;
        let mut simpler = self.best.clone();
        let actions = &mut simpler.actions;
        let many = actions.len() > FEW;
        match WAYS.get(self.way)? {
            Way::Piece => drop(actions.drain(at..(at + self.piece).min(actions.len()))),
            Way::Window => {
                let keep = *WINDOWS.get(at)?;
                let spare = actions.len().checked_sub(keep).filter(|spare| many && *spare > 0)?;
                // The last actions and any others alternately, with and without jitter.
                let first = match self.seeds % 2 {
                    0 => spare,
                    _ => (self.tried.wrapping_mul(SCATTER) >> 32) as usize % (spare + 1),
                };
                actions.truncate(first + keep);
                actions.drain(..first);
                let sooner = actions[0].t_us.saturating_sub(W::SETTLED_US);
                actions.iter_mut().for_each(|timed| timed.t_us -= sooner);
                if let Some(calm) = W::without_jitter(&simpler.settings, (self.seeds / 2 % 4) as usize) {
                    simpler.settings = calm;
                }
            }
            Way::Calm => simpler.settings = W::without_jitter(&simpler.settings, at).filter(|_| many)?,
            Way::Reseeded if many => drop(actions.drain(at..(at + self.piece).min(actions.len()))),
            Way::Reseeded => return None,
            Way::Close => {
                let gone = actions.remove(at).t_us;
                let sooner = actions.get(at)?.t_us - gone;
                if sooner == 0 {
                    return None;
                }
                actions[at..].iter_mut().for_each(|timed| timed.t_us -= sooner);
            }
            Way::Pair(behind) => {
                actions.get(at + behind)?;
                actions.remove(at + behind);
                actions.remove(at);
            }
            Way::Milder => actions[at].action = actions[at].action.milder().into_iter().nth(self.milder)?,
            Way::Sooner => {
                let before = at.checked_sub(1).map_or(0, |before| actions[before].t_us);
                let sooner = (actions[at].t_us - before) / 2;
                if sooner < SHORTEST_US {
                    return None;
                }
                actions[at..].iter_mut().for_each(|timed| timed.t_us -= sooner);
            }
        }
        if WAYS[self.way].reseeds() {
            // No two candidates share a seed, so that no single seed decides.
            simpler.seed = self.tried + 1;
        }
        Some(simpler)
    }

    /// Keeps the candidate if it violates the same invariant; otherwise continues.
    fn judge(&mut self, schedule: &mut ScheduleOf<W>, run: &Run<W>) {
        self.tried += 1;
        self.left_in_all = self.left_in_all.saturating_sub(run.events);
        let reseeds = WAYS.get(self.way).is_some_and(|way| way.reseeds());
        if reseeds {
            self.left = self.left.saturating_sub(run.events);
        }
        match run.broke(&self.violation.invariant) {
            Some(violation) => self.keep(schedule, run, violation.clone()),
            None => self.give_up(),
        }
        if reseeds && self.left == 0 && !self.reseeded {
            self.reseeded = true;
            self.begin_way(0);
        }
        self.done |= self.left_in_all == 0;
    }

    /// The candidate failed: chooses the next seed, milder action, or position.
    fn give_up(&mut self) {
        self.seeds += 1;
        match WAYS.get(self.way) {
            Some(Way::Milder) => self.milder += 1,
            Some(way) if self.seeds < self.seeds_for(*way) => {}
            _ => self.step(),
        }
    }

    /// The candidate becomes the best so far.
    fn keep(&mut self, schedule: &mut ScheduleOf<W>, run: &Run<W>, violation: Violation) {
        if !self.limits.mend {
            let over = run.world.now_us();
            schedule.actions.retain(|timed| timed.t_us <= over);
            self.limits.events = self.limits.events.min(longer(&violation));
        }
        self.violation = violation;
        std::mem::swap(&mut self.best, schedule);
        self.changed = true;
        self.seeds = 0;
        if WAYS.get(self.way).is_some_and(|way| way.reseeds()) {
            // Under the new seed more can be left out at once than under the old one.
            self.begin_way(0);
        }
    }
}
