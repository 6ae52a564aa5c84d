//! What is going to happen, in order of virtual time.
//!
//! Promises: things at the same moment happen in the order in which they were planned. Leaves out: what they are.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::types::{Micros, order::sort};

/// A queue of things to come.
#[derive(Clone, Debug)]
pub struct Agenda<T> {
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

/// The earliest is the greatest, as the heap wants it.
impl<T> Ord for Planned<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at_us, other.number).cmp(&(self.at_us, self.number))
    }
}

impl<T> PartialOrd for Planned<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Planned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Planned<T> {}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { things: BinaryHeap::new(), planned: 0 }
    }
}

impl<T> Agenda<T> {
    /// Plans something for a moment.
    pub fn plan(&mut self, at_us: Micros, what: T) {
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
        let mut things: Vec<&Planned<T>> = self.things.iter().collect();
        sort(&mut things, |a, b| b.cmp(a));
        things.into_iter().map(|planned| (planned.at_us, &planned.what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_happen_in_order_of_time_then_of_planning() {
        let mut agenda = Agenda::default();
        for (at, what) in [(5, 'c'), (1, 'a'), (5, 'd'), (3, 'b')] {
            agenda.plan(at, what);
        }
        assert_eq!(agenda.iter().map(|(_, what)| *what).collect::<String>(), "abcd");
        let order: String = std::iter::from_fn(|| agenda.pop()).map(|(_, what)| what).collect();
        assert_eq!(order, "abcd");
    }
}
