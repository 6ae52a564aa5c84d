//! Reduces a history that no order explains to the few operations that show it.
//!
//! First it finds the shortest prefix in time that has no order, then leaves out ever smaller pieces while there is
//! still none. Only operations are left out without which an order would be no harder to find: those that change
//! nothing, and those that change a value that no remaining operation could see; for a value that was seen too late,
//! the last write stays. So the rest contains every write that could have explained an answer, and the contradiction
//! holds for the whole history.
//!
//! Guarantees: the result has no order. Leaves out: a minimal result, where finding it would take many times as long as
//! the verdict.

use core::ops::Range;

use quorum_types::sort::{sort, sort_by_key};

use super::search::{self, Found};
use super::{Cause, Claim};

/// How often the whole history may be examined again.
const LOOKS: u64 = 60;
/// Steps that are always allowed.
const STEPS: u64 = 1_000_000;

/// Shrinks claims in order of start that have no order, with a guess of the time of the error: returns the indexes that
/// stay, the index to report, and what is wrong with it.
pub(super) fn shrink(claims: &[Claim], guess: u64) -> (Vec<usize>, usize, Cause) {
    let mut shrinker = Shrinker { claims, fuel: LOOKS * claims.len() as u64 + STEPS };
    let mut kept = shrinker.beginning(guess);
    let mut size = kept.len().div_ceil(2).max(1);
    loop {
        let (mut at, mut less) = (0, false);
        while at < kept.len() {
            let range = at..(at + size).min(kept.len());
            let rest = shrinker.without(&kept, range);
            let gone = kept.len() - rest.len();
            if gone > 0 && shrinker.fails(&rest) {
                kept = rest;
                less = true;
                at += size - gone.min(size);
            } else {
                at += size;
            }
        }
        if size == 1 && !less || shrinker.fuel == 0 {
            break;
        }
        size = (size / 2).max(1);
    }
    let (at, cause) = shrinker.cause(&mut kept);
    let (at, cause) = match cause {
        Cause::Overwritten { by } => (kept[at], Cause::Overwritten { by: kept[by] }),
        other => (kept[at], other),
    };
    (kept, at, cause)
}

struct Shrinker<'a> {
    claims: &'a [Claim],
    /// The remaining steps.
    fuel: u64,
}

impl Shrinker<'_> {
    fn claims<'a>(
        &'a self,
        places: &'a [usize],
    ) -> impl DoubleEndedIterator<Item = &'a Claim> + ExactSizeIterator {
        places.iter().map(|&place| &self.claims[place])
    }

    /// Whether these have no order, as far as the step limit allows to decide.
    fn fails(&mut self, places: &[usize]) -> bool {
        let claims: Vec<Claim> = self.claims(places).copied().collect();
        self.judge(&claims) == Found::NoOrder
    }

    fn judge(&mut self, claims: &[Claim]) -> Found {
        let judged = search::judge(claims, self.fuel);
        self.fuel = self.fuel.saturating_sub(judged.steps + claims.len() as u64);
        judged.found
    }

    /// The indexes of the shortest prefix in time that has no order.
    fn beginning(&mut self, guess: u64) -> Vec<usize> {
        let mut ends: Vec<u64> =
            self.claims.iter().filter(|claim| !claim.maybe).map(|claim| claim.end).collect();
        sort(&mut ends);
        ends.dedup();
        // From the guess on in strides, then by bisection.
        let (mut low, mut high) = (0, ends.len().saturating_sub(1));
        let (mut probe, mut stride) = (ends.partition_point(|&end| end < guess).min(high), 1);
        while low < high {
            if self.fails_until(ends[probe]) {
                (high, stride) = (probe, 0);
            } else {
                low = probe + 1;
                stride *= 2;
            }
            probe = if stride == 0 { low + (high - low) / 2 } else { (low + stride - 1).min(high) };
        }
        let until = ends.get(high).copied().unwrap_or(u64::MAX);
        let places = 0..self.claims.len();
        places
            .filter(|&place| {
                let claim = &self.claims[place];
                claim.start <= until && (claim.to.is_some() || claim.end <= until)
            })
            .collect()
    }

    /// Whether the knowledge at this time already had no order.
    fn fails_until(&mut self, until: u64) -> bool {
        let begun = self.claims.iter().filter(|claim| claim.start <= until);
        let known: Vec<Claim> = begun
            .filter(|claim| claim.to.is_some() || claim.end <= until)
            .map(
                |claim| {
                    if claim.end <= until { *claim } else { Claim { maybe: true, end: u64::MAX, ..*claim } }
                },
            )
            .collect();
        self.judge(&known) == Found::NoOrder
    }

    /// The rest after leaving out everything possible of a part of it.
    fn without(&self, kept: &[usize], range: Range<usize>) -> Vec<usize> {
        let claim = |at: usize| &self.claims[kept[at]];
        let stays = |at: usize| !range.contains(&at) || claim(at).to.is_some();
        let sees = |claim: &&Claim| claim.needs.is_some() || claim.not.is_some();
        let watchers =
            marks((0..kept.len()).filter(|&at| stays(at)).map(claim).filter(sees), |claim| claim.needs);
        let makers = marks(self.claims(kept).filter(|claim| claim.to.is_some()), |claim| claim.to);
        // For every index: the first end, among those from there on, that certainly set the register.
        let mut covers = vec![u64::MAX; kept.len() + 1];
        for at in (0..kept.len()).rev() {
            covers[at] =
                if claim(at).surely_sets() { covers[at + 1].min(claim(at).end) } else { covers[at + 1] };
        }
        // In order of start: the operation that covers a removed one is still there when that one is removed.
        let goes = |at: usize| {
            let claim = claim(at);
            let Some(value) = claim.to else { return true };
            let behind = kept.partition_point(|&place| self.claims[place].start <= claim.end);
            ![None, Some(value)]
                .into_iter()
                .any(|seen| exposed(&watchers, &makers, seen, claim, covers[behind]))
        };
        (0..kept.len()).filter(|&at| !range.contains(&at) || !goes(at)).map(|at| kept[at]).collect()
    }

    /// The operation to report among those that stayed: the first answer that is impossible for a reason of its own,
    /// otherwise the last to end.
    ///
    /// A value that came too late is reported with the first operation that set it.
    fn cause(&self, kept: &mut Vec<usize>) -> (usize, Cause) {
        for at in 0..kept.len() {
            let seer = &self.claims[kept[at]];
            let Some(value) = seer.needs.filter(|_| !seer.maybe) else { continue };
            let mut makers =
                (0..self.claims.len()).filter(|&place| self.claims[place].to == Some(value)).peekable();
            let first = makers.peek().copied();
            if value != 0 && makers.all(|place| self.claims[place].start > seer.end) {
                let Some(first) = first else { return (at, Cause::NeverWritten) };
                if let Err(slot) = kept.binary_search(&first) {
                    kept.insert(slot, first);
                }
                return (at, Cause::NotYetWritten);
            }
            if let Some(by) = self.overwriter(kept, seer, value) {
                return (at, Cause::Overwritten { by });
            }
        }
        let seers =
            self.claims(kept).enumerate().filter(|(_, claim)| claim.needs.is_some() || claim.not.is_some());
        let last = seers.filter(|(_, claim)| !claim.maybe).max_by_key(|(_, claim)| claim.end);
        (last.map_or(0, |(at, _)| at), Cause::Together)
    }

    /// The last operation that overwrote a value before this one began, if each that had set it was overwritten.
    fn overwriter(&self, kept: &[usize], seer: &Claim, value: u64) -> Option<usize> {
        let over = |since: Option<u64>| {
            self.claims(kept).rposition(|claim| {
                claim.surely_sets()
                    && claim.to != Some(value)
                    && since.is_none_or(|end| end < claim.start)
                    && claim.end < seer.start
            })
        };
        let initial = (value == 0).then_some(None);
        let makers = self.claims(kept).filter(|maker| maker.to == Some(value) && maker.start <= seer.end);
        let mut last = None;
        for since in makers.map(|maker| Some(maker.end)).chain(initial) {
            last = last.max(Some(over(since)?));
        }
        last
    }
}

/// A value (none means any), a start and an end.
type Mark = (Option<u64>, u64, u64);

/// Marks sorted by value and start; the end becomes the latest one so far for the value.
fn marks<'a>(claims: impl Iterator<Item = &'a Claim>, value: impl Fn(&Claim) -> Option<u64>) -> Vec<Mark> {
    let mut marks: Vec<Mark> = claims.map(|claim| (value(claim), claim.start, claim.end)).collect();
    sort_by_key(&mut marks, |a| (a.0, a.1));
    for at in 1..marks.len() {
        if marks[at].0 == marks[at - 1].0 {
            marks[at].2 = marks[at].2.max(marks[at - 1].2);
        }
    }
    marks
}

/// The first mark of a value that starts after a moment.
fn after(marks: &[Mark], value: Option<u64>, moment: u64) -> (usize, Option<u64>) {
    let place = marks.partition_point(|&(other, start, _)| (other, start) <= (value, moment));
    (place, marks.get(place).filter(|mark| mark.0 == value).map(|mark| mark.1))
}

/// Whether the value set by this claim might be seen, or the claim be missed as the last write of a value that was
/// seen. `cover` is the first end of those that begin after it and set the register again.
fn exposed(watchers: &[Mark], makers: &[Mark], seen: Option<u64>, claim: &Claim, cover: u64) -> bool {
    let (place, next) = after(watchers, seen, claim.start);
    let during = place.checked_sub(1).and_then(|at| watchers.get(at));
    if during.is_some_and(|&(value, _, end)| value == seen && end >= claim.start) {
        return true;
    }
    let Some(next) = next else { return false };
    let heir = after(makers, seen, claim.end).1.is_some_and(|start| start <= next);
    cover >= next || seen.is_some() && !heir
}
