//! Going back: what was asked of a run and when, and moments that are kept whole.
//!
//! A run in memory can go to any moment: from the last moment that is kept whole before it, by asking the same again.
//! Moments are kept every few hundred events; when there are too many, every second one goes and the distance doubles,
//! so that going back costs about the same however long the run is. What is asked after going back makes another future
//! (a fork); a copy of a [`Lab`] is one as well. Promises: a moment that was gone back to is the same to the last event.
//! Leaves out: runs that are kept, whose disks are real.

use super::Lab;
use super::command::Command;
use super::swarm::Timed;
use super::world::World;
use crate::types::{Micros, Refusal};

/// A moment is kept whole after so many events, at first.
const FIRST_DISTANCE: u64 = 256;
/// At most so many are.
const MOST: usize = 48;

/// What a replayed run does.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    /// What is done, in order of time.
    pub(super) deeds: Vec<Timed>,
    /// How much of it is done.
    pub(super) done: usize,
}

/// What was asked and when, with moments kept whole.
#[derive(Clone, Debug)]
pub(super) struct Past {
    asked: Vec<(Micros, Command)>,
    moments: Vec<Moment>,
    distance: u64,
    happened: u64,
    /// Whether anything is noted at all.
    notes: bool,
}

/// A moment, kept whole.
#[derive(Clone, Debug)]
struct Moment {
    at_us: Micros,
    world: World,
    asked: usize,
    done: usize,
    happened: u64,
}

impl Default for Past {
    fn default() -> Self {
        Self { asked: Vec::new(), moments: Vec::new(), distance: FIRST_DISTANCE, happened: 0, notes: true }
    }
}

impl Past {
    /// Something was asked.
    pub(super) fn note(&mut self, now: Micros, command: &Command) {
        if self.notes {
            self.asked.push((now, command.clone()));
        }
    }

    /// From here on nothing is noted, and nothing can be gone back to.
    pub(super) fn forget(&mut self) {
        *self = Self { notes: false, ..Self::default() };
    }

    /// Whether a moment should be kept whole now.
    fn is_due(&mut self) -> bool {
        self.happened += 1;
        self.notes && self.happened.is_multiple_of(self.distance)
    }

    fn keep(&mut self, moment: Moment) {
        self.moments.push(moment);
        if self.moments.len() > MOST {
            self.distance *= 2;
            let distance = self.distance;
            self.moments.retain(|moment| moment.happened.is_multiple_of(distance));
        }
    }

    /// How many moments are kept whole.
    #[cfg(test)]
    pub(super) fn moments(&self) -> usize {
        self.moments.len()
    }
}

impl Lab {
    /// Something has happened: keeps the moment if that is due. A lone engine can hold so much that it is not.
    pub(super) fn remember(&mut self) {
        if self.config.kept || !self.past.is_due() || self.standalone() {
            return;
        }
        let mut world = self.world.clone();
        // Whoever goes back has been told of these.
        world.journal_mut().take();
        let (asked, happened) = (self.past.asked.len(), self.past.happened);
        let moment = Moment { at_us: self.now_us(), world, asked, done: self.script.done, happened };
        self.past.keep(moment);
    }

    /// Goes to a moment: to the last one that is kept whole before it, and on from there by asking the same again.
    pub(super) fn seek(&mut self, t_us: Micros) -> Result<(), Refusal> {
        if self.config.kept {
            let error = "a kept run cannot go back: its disks are real. Run in memory to go back and forth";
            return Err(Refusal::new("kept", error));
        }
        if !self.past.notes {
            let error = "this run cannot go back: what was asked of it is not kept in memory";
            return Err(Refusal::new("kept", error));
        }
        // Events of the moment itself are part of it, so it has to lie before.
        let behind = self.past.moments.partition_point(|moment| moment.at_us < t_us);
        self.past.moments.truncate(behind);
        let asked = std::mem::take(&mut self.past.asked);
        let from = match self.past.moments.last() {
            Some(moment) => {
                self.world = moment.world.clone();
                self.script.done = moment.done;
                self.past.happened = moment.happened;
                moment.asked
            }
            None => {
                let settings = self.settings.clone();
                self.world =
                    World::new(self.topology, self.config.seed, false, settings, self.rules, &self.stored);
                self.script.done = 0;
                self.past.happened = 0;
                0
            }
        };
        self.past.asked.extend_from_slice(&asked[..from]);
        self.go_again(t_us, &asked[from..]);
        Ok(())
    }

    /// Asks the same again up to a moment; nobody is told what happens on the way.
    fn go_again(&mut self, t_us: Micros, asked: &[(Micros, Command)]) {
        let (events, answers) = (std::mem::take(&mut self.events), std::mem::take(&mut self.answers));
        let (grader, waits) = (self.grader.take(), std::mem::take(&mut self.waits));
        self.majority = match &self.world {
            World::Standalone(world) => world.alive(),
            World::Cluster(world) => super::picture::reach(world).can_elect,
        };
        self.collect();
        for (at, command) in asked.iter().take_while(|(at, _)| *at <= t_us) {
            self.advance(*at, u32::MAX);
            self.execute(0, command.clone());
        }
        self.advance(t_us, u32::MAX);
        (self.events, self.answers) = (events, answers);
        (self.grader, self.waits) = (grader, waits);
    }
}
