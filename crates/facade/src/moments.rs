//! Full copies of some states of a run, from which any other state is reached by replaying.
//!
//! A moment is saved every few hundred events. When there are too many, or together they hold too much memory, the
//! oldest is dropped that is not a multiple of twice the distance; when there is none, the distance doubles. So their
//! number stays about the same, and going back costs about the same for a run of any length. The more a world holds,
//! the fewer moments are saved ([`Copied`]). Guarantees: the memory of a run does not grow with its length if its
//! world's does not. Leaves out: which commands lead from one to another (`timeline`).

use super::sim_world::SimWorld;
use quorum_sim::copied::Copied;
use quorum_types::Micros;

/// Initial number of events between two saved moments.
pub(super) const FIRST_DISTANCE: u64 = 256;
/// Upper limit on the number of saved moments.
pub(super) const MOST: usize = 48;
/// Lower limit on it, for a world of any size.
pub(super) const LEAST: usize = 6;

/// A moment, kept whole.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    /// When it was.
    pub(super) at_us: Micros,
    /// How many steps of the world lead to it.
    pub(super) steps: u64,
    /// A lone engine is never kept: it can hold too much.
    pub(super) world: Box<dyn SimWorld>,
    /// How many commands of its line were done.
    pub(super) commands: usize,
    /// How many actions of the replayed schedule were done.
    pub(super) actions: usize,
    /// What it holds.
    pub(super) copied: Copied,
}

/// The moments of a line, oldest first.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    list: Vec<Moment>,
    distance: u64,
}

impl Default for Moments {
    fn default() -> Self {
        Self { list: Vec::new(), distance: FIRST_DISTANCE }
    }
}

impl Moments {
    /// Whether the state after this many steps should be kept: each is kept once.
    pub(super) fn is_due(&self, steps: u64) -> bool {
        steps.is_multiple_of(self.distance) && self.list.last().is_none_or(|last| last.steps < steps)
    }

    /// Keeps a moment, and drops others until together they hold at most `most_bytes`.
    pub(super) fn keep(&mut self, moment: Moment, most_bytes: u64) {
        self.list.push(moment);
        while self.list.len() > MOST || self.list.len() > LEAST && self.bytes() > most_bytes {
            self.drop_one();
        }
    }

    /// The last moment of those that satisfy a condition; it must hold for all before one for which it holds.
    pub(super) fn last_where(&self, holds: impl Fn(&Moment) -> bool) -> Option<&Moment> {
        self.list[..self.list.partition_point(holds)].last()
    }

    /// Drops the moments after this many steps: they belong to another line.
    pub(super) fn drop_after(&mut self, steps: u64) {
        self.list.retain(|moment| moment.steps <= steps);
    }

    /// About how many bytes all moments hold.
    pub(super) fn bytes(&self) -> u64 {
        let younger = self.list.iter().skip(1).chain(self.list.last());
        let pairs = self.list.iter().zip(younger);
        pairs.map(|(moment, next)| moment.copied.alone(next.at_us.saturating_sub(moment.at_us))).sum()
    }

    /// How many there are, and how many steps lie between two.
    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, u64) {
        (self.list.len(), self.distance)
    }

    /// Drops the oldest moment that lies between two of twice the distance.
    fn drop_one(&mut self) {
        loop {
            let twice = self.distance * 2;
            let between = |moment: &Moment| !moment.steps.is_multiple_of(twice);
            if let Some(at) = self.list.iter().position(between) {
                self.list.remove(at);
                return;
            }
            self.distance = twice;
        }
    }
}
