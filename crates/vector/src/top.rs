//! The best rows of a search so far.
//!
//! Guarantees: bounded, and deterministic: whatever the order of the offers, the same rows are kept in the same order,
//! ties by smaller number; NaN never enters. Leaves out: that a row is offered only once.

use std::collections::BinaryHeap;

use super::distance::Metric;

/// A row in a result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Its number.
    pub row: u32,
    /// Its distance as Milvus reports it: L2 squared, the inner product, or the cosine.
    pub distance: f32,
}

/// A distance and a row in one number: smaller for nearer rows, and for the smaller row number in a tie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(u64);

impl Key {
    /// The key of a row at a distance; NaN sorts after all others.
    #[inline]
    pub(crate) fn new(metric: Metric, distance: f32, row: u32) -> Self {
        // Adding 0 turns minus zero into zero, so that the two are equal.
        let bits = (distance + 0.0).to_bits();
        let ascending = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
        let order = match metric {
            _ if distance.is_nan() => u32::MAX,
            Metric::L2 => ascending,
            Metric::Ip | Metric::Cosine => !ascending,
        };
        Self(u64::from(order) << 32 | u64::from(row))
    }

    /// The row.
    #[inline]
    pub(crate) fn row(self) -> u32 {
        self.0 as u32
    }

    /// The distance.
    #[inline]
    pub(crate) fn distance(self, metric: Metric) -> f32 {
        let order = (self.0 >> 32) as u32;
        let ascending = if metric == Metric::L2 { order } else { !order };
        f32::from_bits(if ascending >> 31 == 1 { ascending & !(1 << 31) } else { !ascending })
    }

    /// Whether this one's distance is nearer, whatever the rows.
    #[inline]
    pub(crate) fn nearer(self, other: Self) -> bool {
        self.0 >> 32 < other.0 >> 32
    }
}

/// The best `k` rows so far.
#[derive(Clone, Debug)]
pub struct Top {
    metric: Metric,
    k: usize,
    /// The farthest is at the top.
    heap: BinaryHeap<Key>,
    /// Distances farther than this do not enter.
    bound: f32,
}

impl Top {
    /// Keeps at most `k` rows.
    pub fn new(metric: Metric, k: usize) -> Self {
        let bound = if metric == Metric::L2 { f32::INFINITY } else { f32::NEG_INFINITY };
        Self { metric, k, heap: BinaryHeap::new(), bound }
    }

    /// The maximum number of rows.
    pub fn k(&self) -> usize {
        self.k
    }

    /// The current number of rows.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Whether a row at this distance may enter. If not, offering it changes nothing.
    #[inline]
    pub(crate) fn admits(&self, distance: f32) -> bool {
        match self.metric {
            Metric::L2 => distance <= self.bound,
            Metric::Ip | Metric::Cosine => distance >= self.bound,
        }
    }

    /// Inserts a row if it is one of the best.
    #[inline]
    pub(crate) fn offer(&mut self, row: u32, distance: f32) {
        if self.admits(distance) {
            self.take(Key::new(self.metric, distance, row));
        }
    }

    /// Inserts a key if it is one of the best.
    fn take(&mut self, key: Key) {
        if self.heap.len() < self.k {
            self.heap.push(key);
        } else if let Some(mut furthest) = self.heap.peek_mut()
            && key < *furthest
        {
            *furthest = key;
        }
        if self.heap.len() == self.k
            && let Some(furthest) = self.heap.peek()
        {
            self.bound = furthest.distance(self.metric);
        }
    }

    /// The rows, nearest first.
    pub fn into_sorted(self) -> Vec<Hit> {
        let metric = self.metric;
        let hit = |key: Key| Hit { row: key.row(), distance: key.distance(metric) };
        self.heap.into_sorted_vec().into_iter().map(hit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_distance_and_row() {
        let ascending = [f32::NEG_INFINITY, -3.5, -1e-40, 0.0, 1e-40, 2.0, f32::INFINITY];
        for metric in [Metric::L2, Metric::Ip, Metric::Cosine] {
            let keys = ascending.map(|distance| Key::new(metric, distance, 7));
            assert!(keys.iter().all(|key| key.row() == 7 && *key < Key::new(metric, -f32::NAN, 0)));
            assert_eq!(keys.map(|key| key.distance(metric)), ascending);
            let nearest_first = keys.windows(2).all(|two| two[0] < two[1] && two[0].nearer(two[1]));
            assert_eq!(nearest_first, metric == Metric::L2);
            assert_eq!(Key::new(metric, -0.0, 7), Key::new(metric, 0.0, 7));
            assert!(!Key::new(metric, 1.0, 7).nearer(Key::new(metric, 1.0, 8)));
        }
    }

    #[test]
    fn equal_distances_keep_the_smaller_rows() {
        let mut top = Top::new(Metric::Ip, 2);
        for (row, distance) in [(9, 0.0), (4, -0.0), (1, f32::NAN), (5, 0.0), (2, -1.0)] {
            top.offer(row, distance);
        }
        assert_eq!((top.len(), top.k(), top.is_empty()), (2, 2, false));
        let hits = [Hit { row: 4, distance: 0.0 }, Hit { row: 5, distance: 0.0 }];
        assert_eq!(top.into_sorted(), hits);
        let mut none = Top::new(Metric::L2, 0);
        none.offer(1, 1.0);
        assert!(none.into_sorted().is_empty());
    }
}
