//! Values by number, where the numbers are nearly always without gaps: nodes of a set, indexes of a log.
//!
//! Guarantees: it is a sorted map, whatever the numbers; a number without a gap before it is found at once, and a new
//! highest one is appended. Leaves out: removing.

/// Values by ascending number.
#[derive(Clone, Debug)]
pub(super) struct ByNumber<T> {
    entries: Vec<(u64, T)>,
}

impl<T> Default for ByNumber<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T> ByNumber<T> {
    /// The position of a number, or where it belongs.
    #[inline]
    fn position(&self, number: u64) -> Result<usize, usize> {
        let (Some((first, _)), Some((last, _))) = (self.entries.first(), self.entries.last()) else {
            return Err(0);
        };
        if number > *last {
            return Err(self.entries.len());
        }
        // Exact if there is no gap; otherwise the comparison fails.
        let guess = number.wrapping_sub(*first) as usize;
        match self.entries.get(guess) {
            Some((found, _)) if *found == number => Ok(guess),
            _ => self.entries.binary_search_by_key(&number, |(known, _)| *known),
        }
    }

    /// The value of a number.
    #[inline]
    pub(super) fn get(&self, number: u64) -> Option<&T> {
        let position = self.position(number).ok()?;
        self.entries.get(position).map(|(_, value)| value)
    }

    /// The value of a number; if there is none, it becomes this one.
    #[inline]
    pub(super) fn get_or_insert_with(&mut self, number: u64, value: impl FnOnce() -> T) -> &mut T {
        let position = match self.position(number) {
            Ok(position) => position,
            Err(position) => {
                self.entries.insert(position, (number, value()));
                position
            }
        };
        &mut self.entries[position].1
    }

    /// All of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        self.entries.iter().map(|(number, value)| (*number, value))
    }

    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Numbers from `first` on, some left out and some late, lie as in a tree.
    fn check(first: u64, gaps: u64) {
        let mut rng = quorum_types::Rng::new(first, gaps);
        let (mut ours, mut tree) = (ByNumber::default(), BTreeMap::new());
        for step in 0..400 {
            let late = gaps > 0 && rng.below(4) == 0;
            let number =
                if late { rng.below(u64::MAX) } else { first.wrapping_add(step + rng.below(gaps + 1)) };
            let value = *ours.get_or_insert_with(number, || step);
            assert_eq!(value, *tree.entry(number).or_insert(step));
            for number in [number, number.wrapping_add(1), number.wrapping_sub(1), 0, u64::MAX] {
                assert_eq!(ours.get(number), tree.get(&number));
            }
        }
        assert!(ours.iter().eq(tree.iter().map(|(number, value)| (*number, value))));
        ours.clear();
        assert_eq!(ours.get(first), None);
    }

    #[test]
    fn whatever_the_numbers_it_is_a_sorted_map() {
        for (first, gaps) in [(1, 0), (0, 0), (7_000, 1), (u64::MAX - 500, 0), (3, 1_000)] {
            check(first, gaps);
        }
    }
}
