//! What is going to happen, in order of virtual time.
//!
//! Promises: things at the same moment happen in the order in which they were planned. Leaves out: what they are.

use crate::types::{Map, Micros};

/// A queue of things to come.
#[derive(Clone, Debug)]
pub struct Agenda<T> {
    /// By moment, then by order of planning.
    things: Map<(Micros, u64), T>,
    planned: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { things: Map::new(), planned: 0 }
    }
}

impl<T> Agenda<T> {
    /// Plans something for a moment.
    pub fn plan(&mut self, at_us: Micros, what: T) {
        self.things.insert((at_us, self.planned), what);
        self.planned += 1;
    }

    /// The next thing and its moment.
    pub fn peek(&self) -> Option<(Micros, &T)> {
        self.things.first().map(|((at_us, _), what)| (*at_us, what))
    }

    /// Takes the next thing.
    pub fn pop(&mut self) -> Option<(Micros, T)> {
        self.things.pop_first().map(|((at_us, _), what)| (at_us, what))
    }

    /// Everything planned, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Micros, &T)> {
        self.things.iter().map(|((at_us, _), what)| (*at_us, what))
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
