//! Sets of mostly consecutive numbers.

/// Numbers as ascending ranges, both ends included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges(pub Vec<(u64, u64)>);

impl Ranges {
    /// Adds a number.
    pub fn add(&mut self, number: u64) {
        let at = self.0.partition_point(|(_, high)| *high < number);
        if self.0.get(at).is_some_and(|(low, _)| *low <= number) {
            return;
        }
        let joins_left = at > 0 && self.0[at - 1].1 + 1 == number;
        let joins_right = self.0.get(at).is_some_and(|(low, _)| number + 1 == *low);
        match (joins_left, joins_right) {
            (true, true) => {
                self.0[at - 1].1 = self.0[at].1;
                self.0.remove(at);
            }
            (true, false) => self.0[at - 1].1 = number,
            (false, true) => self.0[at].0 = number,
            (false, false) => self.0.insert(at, (number, number)),
        }
    }

    /// Whether the set contains a number.
    pub fn contains(&self, number: u64) -> bool {
        let at = self.0.partition_point(|(_, high)| *high < number);
        self.0.get(at).is_some_and(|(low, _)| *low <= number)
    }

    /// The numbers that are not in the other set.
    pub fn without(&self, others: &Self) -> Self {
        let mut left = Vec::new();
        let mut at = 0;
        for (low, high) in &self.0 {
            let mut from = *low;
            while let Some((other_low, other_high)) = others.0.get(at).filter(|other| other.0 <= *high) {
                if from < *other_low {
                    left.push((from, other_low - 1));
                }
                from = from.max(other_high.saturating_add(1));
                if *other_high > *high {
                    break;
                }
                at += 1;
            }
            if from <= *high {
                left.push((from, *high));
            }
        }
        Self(left)
    }

    /// The number of elements.
    pub fn len(&self) -> u64 {
        self.0.iter().map(|(low, high)| high - low + 1).sum()
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().flat_map(|(low, high)| *low..=*high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_join() {
        let mut ranges = Ranges::default();
        for number in [5, 1, 3, 2, 4, 9, 9, 7, 8] {
            ranges.add(number);
        }
        assert_eq!(ranges.0, [(1, 5), (7, 9)]);
        assert_eq!(ranges.len(), 8);
        assert_eq!(ranges.iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 7, 8, 9]);
    }

    #[test]
    fn ranges_without_others_are_what_is_left() {
        // Every pair of sets of the numbers 1 to 6.
        let set = |bits: u32| {
            let mut ranges = Ranges::default();
            (1..=6).filter(|number| (bits >> number) & 1 == 1).for_each(|number| ranges.add(number));
            ranges
        };
        for (a, b) in (0..64).flat_map(|a| (0..64).map(move |b| (a * 2, b * 2))) {
            assert_eq!(set(a).without(&set(b)), set(a & !b), "{a:b} without {b:b}");
        }
    }
}
