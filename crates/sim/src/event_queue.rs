//! Scheduled events, in order of virtual time.
//!
//! Guarantees: events scheduled for the same time occur in the order in which they were scheduled. Leaves out: what the
//! events are.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use quorum_types::{Micros, sort};

/// A queue of scheduled events; the earliest comes first.
#[derive(Clone, Debug)]
pub struct EventQueue<T> {
    things: BinaryHeap<Planned<T>>,
    planned: u64,
}

/// A scheduled event and its position in the queue.
#[derive(Clone, Debug)]
struct Planned<T> {
    at_us: Micros,
    number: u64,
    what: T,
}

impl<T> Planned<T> {
    fn key(&self) -> (Micros, u64) {
        (self.at_us, self.number)
    }
}

impl<T> Ord for Planned<T> {
    /// Reversed: the heap's greatest is the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

impl<T> PartialOrd for Planned<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Planned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Planned<T> {}

impl<T> Default for EventQueue<T> {
    fn default() -> Self {
        Self { things: BinaryHeap::new(), planned: 0 }
    }
}

impl<T> EventQueue<T> {
    /// Schedules an event for a time.
    pub fn schedule(&mut self, at_us: Micros, what: T) {
        self.things.push(Planned { at_us, number: self.planned, what });
        self.planned += 1;
    }

    /// The next event and its time.
    pub fn peek(&self) -> Option<(Micros, &T)> {
        self.things.peek().map(|planned| (planned.at_us, &planned.what))
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<(Micros, T)> {
        self.things.pop().map(|planned| (planned.at_us, planned.what))
    }

    /// All scheduled events, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Micros, &T)> {
        let things = self.things.as_slice();
        let places = sort::places(things.len(), &mut |a, b| things[a].key().cmp(&things[b].key()));
        places.into_iter().map(|place| (things[place].at_us, &things[place].what))
    }
}

/// Methods shared by worlds with an event queue: `now`, `event_queue`, `event_log` and `outbox` are the world's fields,
/// and the named method processes a scheduled event.
#[macro_export]
macro_rules! event_queue_methods {
    ($handle:ident) => {
        /// The current virtual time, in microseconds.
        pub fn now_us(&self) -> Micros {
            self.now
        }

        /// The time of the next scheduled event.
        pub fn next_at(&self) -> Option<Micros> {
            self.event_queue.peek().map(|(at, _)| at)
        }

        /// Advances time to the given moment, through at most the given number of scheduled events; returns whether the
        /// moment was reached.
        pub fn advance(&mut self, until_us: Micros, most: u64) -> bool {
            for _ in 0..most {
                if !self.happen(until_us) {
                    self.wait(until_us);
                    return true;
                }
            }
            false
        }

        /// Advances time across a span in which nothing is scheduled.
        pub fn wait(&mut self, until_us: Micros) {
            self.now = self.now.max(until_us);
        }

        /// Processes the next scheduled event, if it is due by then.
        pub fn happen(&mut self, until_us: Micros) -> bool {
            if self.next_at().is_none_or(|at| at > until_us) {
                return false;
            }
            if let Some((at, scheduled)) = self.event_queue.pop() {
                self.now = self.now.max(at);
                self.$handle(scheduled);
            }
            true
        }

        /// The changes that the host has to persist.
        pub fn outbox(&self) -> &Outbox {
            &self.outbox
        }

        /// The changes that the host has to persist.
        pub fn outbox_mut(&mut self) -> &mut Outbox {
            &mut self.outbox
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_happen_in_order_of_time_then_of_planning() {
        let mut event_queue = EventQueue::default();
        for (at, what) in [(5, 'c'), (1, 'a'), (5, 'd'), (3, 'b')] {
            event_queue.schedule(at, what);
        }
        assert_eq!(event_queue.iter().map(|(_, what)| *what).collect::<String>(), "abcd");
        let order: String = std::iter::from_fn(|| event_queue.pop()).map(|(_, what)| what).collect();
        assert_eq!(order, "abcd");
    }

    #[test]
    fn whatever_comes_and_goes_the_earliest_is_first() {
        let mut rng = quorum_types::Rng::new(3, 1);
        let (mut event_queue, mut plain) = (EventQueue::default(), std::collections::BTreeSet::new());
        for number in 0..20_000 {
            if rng.below(5) < 3 {
                let at = rng.below(500);
                event_queue.schedule(at, number);
                plain.insert((at, number));
            } else {
                assert_eq!(event_queue.pop(), plain.pop_first());
            }
            assert_eq!(event_queue.peek().map(|(at, what)| (at, *what)), plain.first().copied());
        }
        assert!(event_queue.iter().map(|(at, what)| (at, *what)).eq(plain));
    }
}
