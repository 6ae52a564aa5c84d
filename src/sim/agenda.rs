//! What is going to happen, in order of virtual time.
//!
//! Promises: things at the same moment happen in the order in which they were planned. Leaves out: what they are.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::types::Micros;

/// A queue of things to come.
#[derive(Clone, Debug)]
pub struct Agenda<T> {
    heap: BinaryHeap<Item<T>>,
    planned: u64,
}

#[derive(Clone, Debug)]
struct Item<T> {
    at_us: Micros,
    order: u64,
    what: T,
}

impl<T> PartialEq for Item<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Item<T> {}

impl<T> PartialOrd for Item<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Item<T> {
    /// The heap yields its greatest item, so the earliest is the greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at_us, other.order).cmp(&(self.at_us, self.order))
    }
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), planned: 0 }
    }
}

impl<T> Agenda<T> {
    /// Plans something for a moment.
    pub fn plan(&mut self, at_us: Micros, what: T) {
        self.heap.push(Item { at_us, order: self.planned, what });
        self.planned += 1;
    }

    /// The next thing and its moment.
    pub fn peek(&self) -> Option<(Micros, &T)> {
        self.heap.peek().map(|item| (item.at_us, &item.what))
    }

    /// Takes the next thing.
    pub fn pop(&mut self) -> Option<(Micros, T)> {
        self.heap.pop().map(|item| (item.at_us, item.what))
    }

    /// Everything planned, in no order; for pictures.
    pub fn iter(&self) -> impl Iterator<Item = (Micros, &T)> {
        self.heap.iter().map(|item| (item.at_us, &item.what))
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
        let order: String = std::iter::from_fn(|| agenda.pop()).map(|(_, what)| what).collect();
        assert_eq!(order, "abcd");
    }
}
