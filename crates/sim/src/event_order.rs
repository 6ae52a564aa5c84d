//! The order of scheduled events: by time, and at one time by number. It knows no events, only the slots they lie in.
//!
//! Timeouts of one length come up in the order in which they were scheduled, and so does much else. Such events need no
//! heap: they are appended to a *lane*, a queue whose times never decrease, and only the first events of the lanes are
//! compared. An event goes to the lane whose last event is the latest one before it, so that events of one horizon
//! find themselves in one lane; what fits at the end of no lane goes to a heap, which stays small. Guarantees: the
//! order is exactly that of time and number, whatever is scheduled; the first event is found without a search. Leaves
//! out: the events and what they mean (`event_queue`).

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

use quorum_types::{Micros, sort};

/// Number of lanes: as many as there are usual horizons (messages, syncs, timers, timeouts of nodes and of clients).
const LANES: usize = 8;

/// Where an event comes up, and the slot it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// When it happens.
    pub(super) at_us: Micros,
    /// Its number; later scheduled, higher.
    pub(super) number: u64,
    /// Its slot.
    pub(super) slot: u32,
}

impl Place {
    /// Time and number as one number, which is compared without a branch.
    #[inline]
    fn key(&self) -> u128 {
        u128::from(self.at_us) << 64 | u128::from(self.number)
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// After all events: the first place of an empty lane.
const NONE: Place = Place { at_us: Micros::MAX, number: u64::MAX, slot: u32::MAX };

/// The places of scheduled events.
#[derive(Clone, Debug)]
pub(super) struct EventOrder {
    lanes: [VecDeque<Place>; LANES],
    /// The time of the last event of each lane.
    ends_us: [Micros; LANES],
    rest: BinaryHeap<Reverse<Place>>,
    /// The first place of each lane, and of the heap at the end.
    firsts: [Place; LANES + 1],
    /// Which of them is the earliest.
    earliest: usize,
}

impl Default for EventOrder {
    fn default() -> Self {
        Self {
            lanes: Default::default(),
            ends_us: [0; LANES],
            rest: BinaryHeap::new(),
            firsts: [NONE; LANES + 1],
            earliest: 0,
        }
    }
}

impl EventOrder {
    /// Adds a place, whose number is higher than all before.
    pub(super) fn push(&mut self, place: Place) {
        let lane = self.lane_for(place.at_us);
        if let (Some(queue), Some(end_us)) = (self.lanes.get_mut(lane), self.ends_us.get_mut(lane)) {
            queue.push_back(place);
            *end_us = place.at_us;
        } else {
            self.rest.push(Reverse(place));
        }
        if place < self.firsts[lane] {
            self.firsts[lane] = place;
        }
        if place < self.firsts[self.earliest] {
            self.earliest = lane;
        }
    }

    /// The lane that ends latest before a moment; the number of lanes if none does.
    fn lane_for(&self, at_us: Micros) -> usize {
        let mut best = LANES;
        let mut end_us = 0;
        for (lane, end) in self.ends_us.iter().enumerate() {
            if *end <= at_us && (*end > end_us || best == LANES) {
                (best, end_us) = (lane, *end);
            }
        }
        best
    }

    /// The first place.
    #[inline]
    pub(super) fn first(&self) -> Option<Place> {
        Some(self.firsts[self.earliest]).filter(|place| *place != NONE)
    }

    /// Takes the first place.
    pub(super) fn pop(&mut self) -> Option<Place> {
        let place = self.first()?;
        let lane = self.earliest;
        self.firsts[lane] = match self.lanes.get_mut(lane) {
            Some(queue) => {
                queue.pop_front();
                // An empty lane may begin with any time again.
                queue.front().copied().unwrap_or_else(|| {
                    self.ends_us[lane] = 0;
                    NONE
                })
            }
            None => {
                self.rest.pop();
                self.rest.peek().map_or(NONE, |Reverse(place)| *place)
            }
        };
        self.find_earliest();
        Some(place)
    }

    fn find_earliest(&mut self) {
        let (mut earliest, mut key) = (0, u128::MAX);
        for (lane, place) in self.firsts.iter().enumerate() {
            if place.key() < key {
                (earliest, key) = (lane, place.key());
            }
        }
        self.earliest = earliest;
    }

    /// Keeps only the places that satisfy a condition.
    pub(super) fn retain(&mut self, keep: impl Fn(&Place) -> bool) {
        self.rest.retain(|Reverse(place)| keep(place));
        self.firsts[LANES] = self.rest.peek().map_or(NONE, |Reverse(place)| *place);
        for (lane, queue) in self.lanes.iter_mut().enumerate() {
            queue.retain(&keep);
            self.firsts[lane] = queue.front().copied().unwrap_or(NONE);
            self.ends_us[lane] = queue.back().map_or(0, |place| place.at_us);
        }
        self.find_earliest();
    }

    /// All places, in order.
    pub(super) fn sorted(&self) -> Vec<Place> {
        let lanes = self.lanes.iter().flatten();
        let mut all: Vec<Place> =
            lanes.chain(self.rest.iter().map(|Reverse(place)| place)).copied().collect();
        sort::sort(&mut all);
        all
    }
}
