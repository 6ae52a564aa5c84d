//! Majority arithmetic.
//!
//! Promises: any two majorities share a node. Leaves out: joint configurations.

use crate::types::order::sort;

/// How many of `nodes` make a majority.
pub fn majority(nodes: usize) -> usize {
    nodes / 2 + 1
}

/// The highest index that a majority holds, given what each node is known to hold durably.
pub fn committed(held: impl Iterator<Item = u64>) -> u64 {
    let mut held: Vec<u64> = held.collect();
    sort(&mut held, |a, b| b.cmp(a));
    if held.is_empty() { 0 } else { held[majority(held.len()) - 1] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_majority_is_more_than_half() {
        let table: Vec<usize> = (1..=9).map(majority).collect();
        assert_eq!(table, [1, 2, 2, 3, 3, 4, 4, 5, 5]);
    }

    #[test]
    fn committed_is_what_a_majority_holds() {
        assert_eq!(committed([5, 4, 3, 2, 1].into_iter()), 3);
        assert_eq!(committed([5, 5, 0, 0].into_iter()), 0);
        assert_eq!(committed([9].into_iter()), 9);
        assert_eq!(committed([].into_iter()), 0);
    }
}
