//! Scheduled events, in order of virtual time, and what scheduled them.
//!
//! A step is the processing of one scheduled event, or of one command from outside. Guarantees: events scheduled for
//! the same time occur in the order in which they were scheduled; each knows the step that scheduled it, so that the
//! causes of a step can be followed back to a command or to the beginning. Leaves out: what the events are.

use super::event_order::{EventOrder, Place};
use quorum_types::{Micros, NodeId};

/// A queue of scheduled events; the earliest comes first.
#[derive(Clone, Debug)]
pub struct EventQueue<T> {
    order: EventOrder,
    /// The scheduled events, each in its slot until it happens; so they are moved twice, however they are ordered.
    slots: Vec<Option<Planned<T>>>,
    /// Slots without an event.
    free: Vec<u32>,
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

/// A scheduled event, and the step that scheduled it.
#[derive(Clone, Debug)]
struct Planned<T> {
    cause: StepNumber,
    what: T,
}

impl<T> Default for EventQueue<T> {
    fn default() -> Self {
        Self { order: EventOrder::default(), slots: Vec::new(), free: Vec::new(), planned: 0, current: 0 }
    }
}

impl<T> EventQueue<T> {
    /// Schedules an event for a time.
    pub fn schedule(&mut self, at_us: Micros, what: T) {
        self.planned += 1;
        let planned = Some(Planned { cause: self.current, what });
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = planned;
                slot
            }
            None => {
                self.slots.push(planned);
                self.slots.len() as u32 - 1
            }
        };
        self.order.push(Place { at_us, number: self.planned, slot });
    }

    /// Begins the step of a command from outside, and returns its number.
    pub fn begin_command(&mut self) -> StepNumber {
        self.planned += 1;
        self.current = self.planned;
        self.current
    }

    /// What lies at a place.
    fn at(&self, place: Place) -> Option<&Planned<T>> {
        self.slots.get(place.slot as usize)?.as_ref()
    }

    /// The next step, with a label for what it processes.
    pub fn next_step(&self, label: impl FnOnce(&T) -> StepLabel) -> Option<NextStep> {
        let place = self.order.first()?;
        let planned = self.at(place)?;
        Some(NextStep { number: place.number, cause: planned.cause, label: label(&planned.what) })
    }

    /// The time of the next event.
    #[inline]
    pub fn next_at(&self) -> Option<Micros> {
        self.order.first().map(|place| place.at_us)
    }

    /// The next event and its time.
    pub fn peek(&self) -> Option<(Micros, &T)> {
        let place = self.order.first()?;
        Some((place.at_us, &self.at(place)?.what))
    }

    /// Takes the next event, whose step begins.
    pub fn pop(&mut self) -> Option<(Micros, T)> {
        let place = self.order.pop()?;
        let planned = self.slots.get_mut(place.slot as usize)?.take()?;
        self.free.push(place.slot);
        self.current = place.number;
        Some((place.at_us, planned.what))
    }

    /// Removes the scheduled events that satisfy a condition, and returns the first of them in order of time.
    pub fn remove(&mut self, fits: impl Fn(&T) -> bool) -> Option<T> {
        let mut places = self.order.sorted();
        places.retain(|place| self.at(*place).is_some_and(|planned| fits(&planned.what)));
        let removed =
            places.iter().map(|place| self.slots[place.slot as usize].take()).fold(None, Option::or);
        self.order.retain(|place| self.slots[place.slot as usize].is_some());
        self.free.extend(places.iter().map(|place| place.slot));
        removed.map(|planned| planned.what)
    }

    /// All scheduled events, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Micros, &T)> {
        self.order.sorted().into_iter().filter_map(|place| Some((place.at_us, &self.at(place)?.what)))
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
            self.event_queue.next_at()
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

    /// Events are scheduled `ahead` of now, or anywhere, taken and removed, and come up as in a sorted set.
    fn check_order(seed: u64, ahead_us: &[Micros]) {
        let mut rng = quorum_types::Rng::new(seed, 1);
        let (mut event_queue, mut plain) = (EventQueue::default(), std::collections::BTreeSet::new());
        let mut now = 0;
        for number in 0..20_000 {
            if rng.below(9) < 5 {
                let at = match ahead_us.get(rng.below(ahead_us.len() as u64 + 1) as usize) {
                    Some(ahead) => now + ahead + rng.below(1 + ahead / 10),
                    // Also before now, and at the very end.
                    None if rng.below(100) == 0 => Micros::MAX,
                    None => rng.below(2 * now + 500),
                };
                event_queue.schedule(at, number);
                plain.insert((at, number));
            } else if rng.below(40) == 0 {
                let fits = |number: &i32| number % 37 == 5;
                let first = plain.iter().find(|(_, number)| fits(number)).map(|(_, number)| *number);
                assert_eq!(event_queue.remove(fits), first);
                plain.retain(|(_, number)| !fits(number));
            } else {
                let next = event_queue.pop();
                assert_eq!(next, plain.pop_first());
                now = next.map_or(now, |(at, _)| if at == Micros::MAX { now } else { now.max(at) });
            }
            assert_eq!(event_queue.peek().map(|(at, what)| (at, *what)), plain.first().copied());
            assert_eq!(event_queue.next_at(), plain.first().map(|(at, _)| *at));
        }
        assert!(event_queue.iter().map(|(at, what)| (at, *what)).eq(plain));
    }

    #[test]
    fn whatever_comes_and_goes_the_earliest_is_first() {
        check_order(3, &[]);
        check_order(4, &[1, 30, 500, 7_000]);
        check_order(5, &[0, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120]);
    }

    #[test]
    fn a_slot_is_used_again() {
        let mut event_queue = EventQueue::default();
        for at in 0..1_000 {
            event_queue.schedule(at, at);
            event_queue.schedule(at + 10, at);
            assert!(event_queue.pop().is_some() && event_queue.slots.len() < 1_010);
        }
        while event_queue.pop().is_some() {}
        assert_eq!(event_queue.free.len(), event_queue.slots.len());
    }
}
