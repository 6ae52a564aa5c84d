//! Scheduled events, in order of virtual time, and what scheduled them.
//!
//! A step is the processing of one scheduled event, or of one command from outside. Guarantees: events scheduled for
//! the same time occur in the order in which they were scheduled; each knows the step that scheduled it, so that the
//! causes of a step can be followed back to a command or to the beginning. Leaves out: what the events are.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use quorum_types::{Micros, NodeId, sort};

/// A queue of scheduled events; the earliest comes first.
#[derive(Clone, Debug)]
pub struct EventQueue<T> {
    things: BinaryHeap<Planned<T>>,
    planned: u64,
    /// The step that is processed now.
    current: StepNumber,
}

/// The number of a step: unique in its run, from 1; 0 stands for the beginning of the run.
pub type StepNumber = u64;

/// The name of a kind of scheduled event in the answers to “why”, and whom it concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepLabel {
    /// `message`, `sync`, `timer`, `client`, `work`, …
    pub word: &'static str,
    /// The node that it happens on.
    pub node: Option<NodeId>,
    /// The sender of a message.
    pub from: Option<NodeId>,
    /// The number of a message.
    pub message: Option<u64>,
    /// When a message was sent.
    pub sent_us: Micros,
}

impl StepLabel {
    /// A label of something that happens on a node.
    pub fn on(word: &'static str, node: NodeId) -> Self {
        Self { word, node: Some(node), ..Self::default() }
    }

    /// A label of something that happens on no node.
    pub fn of(word: &'static str) -> Self {
        Self { word, ..Self::default() }
    }
}

/// The next step: its number, the step that scheduled it, and its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextStep {
    /// Its number.
    pub number: StepNumber,
    /// The step that scheduled it.
    pub cause: StepNumber,
    /// What it is.
    pub label: StepLabel,
}

/// A scheduled event and its position in the queue.
#[derive(Clone, Debug)]
struct Planned<T> {
    at_us: Micros,
    number: StepNumber,
    cause: StepNumber,
    what: T,
}

impl<T> Planned<T> {
    fn key(&self) -> (Micros, StepNumber) {
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
        Self { things: BinaryHeap::new(), planned: 0, current: 0 }
    }
}

impl<T> EventQueue<T> {
    /// Schedules an event for a time.
    pub fn schedule(&mut self, at_us: Micros, what: T) {
        self.planned += 1;
        self.things.push(Planned { at_us, number: self.planned, cause: self.current, what });
    }

    /// Begins the step of a command from outside, and returns its number.
    pub fn begin_command(&mut self) -> StepNumber {
        self.planned += 1;
        self.current = self.planned;
        self.current
    }

    /// The next step, with a label for what it processes.
    pub fn next_step(&self, label: impl FnOnce(&T) -> StepLabel) -> Option<NextStep> {
        let planned = self.things.peek()?;
        Some(NextStep { number: planned.number, cause: planned.cause, label: label(&planned.what) })
    }

    /// The next event and its time.
    pub fn peek(&self) -> Option<(Micros, &T)> {
        self.things.peek().map(|planned| (planned.at_us, &planned.what))
    }

    /// Takes the next event, whose step begins.
    pub fn pop(&mut self) -> Option<(Micros, T)> {
        let planned = self.things.pop()?;
        self.current = planned.number;
        Some((planned.at_us, planned.what))
    }

    /// Removes the scheduled events that satisfy a condition, and returns the first of them in order of time.
    pub fn remove(&mut self, fits: impl Fn(&T) -> bool) -> Option<T>
    where
        T: Clone,
    {
        let first = self.iter().map(|(_, what)| what).find(|what| fits(what)).cloned()?;
        self.things.retain(|planned| !fits(&planned.what));
        Some(first)
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

        /// The next step; its label names what is scheduled.
        pub fn next_step(&self) -> Option<$crate::event_queue::NextStep> {
            self.event_queue.next_step(ScheduledEvent::label)
        }

        /// Begins the step of a command from outside.
        pub fn begin_command(&mut self) -> $crate::event_queue::StepNumber {
            self.event_queue.begin_command()
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
    fn each_step_knows_the_step_that_scheduled_it() {
        let mut event_queue = EventQueue::default();
        let next = |event_queue: &EventQueue<char>| {
            event_queue.next_step(|_| StepLabel::of("test")).map(|next| (next.number, next.cause))
        };
        event_queue.schedule(1, 'a');
        assert_eq!(next(&event_queue), Some((1, 0)), "scheduled by the beginning");
        event_queue.pop();
        event_queue.schedule(2, 'b');
        let command = event_queue.begin_command();
        event_queue.schedule(3, 'c');
        let of_b = next(&event_queue);
        assert_eq!(of_b, Some((2, 1)), "scheduled while `a` was processed");
        event_queue.pop();
        assert_eq!(next(&event_queue), Some((4, command)), "scheduled by the command");
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
