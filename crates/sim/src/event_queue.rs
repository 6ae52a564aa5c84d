//! What is going to happen, in order of virtual time.
//!
//! Promises: things at the same moment happen in the order in which they were planned. Leaves out: what they are.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use quorum_types::Micros;

/// A queue of things to come; the earliest comes first.
#[derive(Clone, Debug)]
pub struct EventQueue<T> {
    things: BinaryHeap<Planned<T>>,
    planned: u64,
}

/// A thing and its place in the queue.
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
    /// Plans something for a moment.
    pub fn schedule(&mut self, at_us: Micros, what: T) {
        self.things.push(Planned { at_us, number: self.planned, what });
        self.planned += 1;
    }

    /// The next thing and its moment.
    pub fn peek(&self) -> Option<(Micros, &T)> {
        self.things.peek().map(|planned| (planned.at_us, &planned.what))
    }

    /// Takes the next thing.
    pub fn pop(&mut self) -> Option<(Micros, T)> {
        self.things.pop().map(|planned| (planned.at_us, planned.what))
    }

    /// Everything planned, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Micros, &T)> {
        // Keys with places are sorted, not things: one sort for the agendas of all worlds.
        let things = self.things.as_slice();
        let mut order: Vec<((Micros, u64), usize)> = things.iter().map(Planned::key).zip(0..).collect();
        order.sort_unstable();
        order.into_iter().map(|((at_us, _), place)| (at_us, &things[place].what))
    }
}

/// What worlds with an event_queue have alike: `now`, `event_queue`, `event_log` and `outbox` are their fields, and the method that is named
/// processes a scheduled event.
#[macro_export]
macro_rules! event_queue_methods {
    ($obey:ident) => {
        /// The moment, in microseconds.
        pub fn now_us(&self) -> Micros {
            self.now
        }

        /// When the next thing happens.
        pub fn next_at(&self) -> Option<Micros> {
            self.event_queue.peek().map(|(at, _)| at)
        }

        /// Lets time pass up to a moment, through at most so many scheduled events; whether the moment was reached.
        pub fn advance(&mut self, until_us: Micros, most: u64) -> bool {
            for _ in 0..most {
                if !self.happen(until_us) {
                    self.wait(until_us);
                    return true;
                }
            }
            false
        }

        /// Lets time pass in which nothing is scheduled.
        pub fn wait(&mut self, until_us: Micros) {
            self.now = self.now.max(until_us);
        }

        /// Lets the next thing happen, if it happens by then.
        pub fn happen(&mut self, until_us: Micros) -> bool {
            if self.next_at().is_none_or(|at| at > until_us) {
                return false;
            }
            if let Some((at, scheduled)) = self.event_queue.pop() {
                self.now = self.now.max(at);
                self.$obey(scheduled);
            }
            true
        }

        /// What a host would have to keep: nothing.
        pub fn outbox(&self) -> &Outbox {
            &self.outbox
        }

        /// What a host would have to keep: nothing.
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
