//! Centroids: computing them (Lloyd's k-means, in steps) and finding the nearest of them.
//!
//! Guarantees: like faiss: at most 256 sample rows per centroid, ten rounds; for inner products and cosines centroids
//! have length 1. An empty centroid takes half of the largest. Leaves out: rows without a distance to any other, which
//! do not move centroids.

use std::collections::BinaryHeap;

use super::distance::{Measure, Metric, Soundness, dot, l2, square};
use super::rng::Rng;
use super::rows::Rows;
use super::stored::{Bytes, write};
use super::top::Key;

/// Maximum number of sample rows per centroid.
const SAMPLE: u32 = 256;
/// Rounds.
pub(crate) const ROUNDS: u32 = 10;
/// How far the halves of a split centroid are moved apart, as a share of each number.
const APART: f32 = 1.0 / 1024.0;
/// The random stream that draws the sample.
const STREAM: u64 = 1;

/// The metric by which rows are sorted into lists.
fn ground(metric: Metric) -> Metric {
    if metric == Metric::L2 { Metric::L2 } else { Metric::Ip }
}

/// Centroids, one for each list.
#[derive(Clone, Debug)]
pub(crate) struct Centroids {
    /// L2, or the inner product with centroids of length 1.
    metric: Metric,
    /// The dimension; at least 1.
    dim: usize,
    numbers: Vec<f32>,
}

impl Centroids {
    /// The number of centroids.
    pub(crate) fn len(&self) -> u32 {
        (self.numbers.len() / self.dim) as u32
    }

    /// Appends the numbers to `into`.
    pub(crate) fn encode(&self, into: &mut Vec<u8>) {
        write(into, self.numbers.iter().map(|number| number.to_bits()));
    }

    /// Decodes `count` centroids of an index by this metric, or returns what is wrong with the bytes.
    pub(crate) fn decode(
        from: &mut Bytes<'_>,
        metric: Metric,
        dim: u32,
        count: u32,
    ) -> Result<Self, &'static str> {
        let numbers = from.many(dim.checked_mul(count).ok_or("the centroids are too many")?)?;
        let numbers = numbers.map(f32::from_bits).collect();
        Ok(Self { metric: ground(metric), dim: (dim as usize).max(1), numbers })
    }

    /// The coordinates of one.
    #[cfg(test)]
    pub(crate) fn centroid(&self, list: u32) -> &[f32] {
        let at = list as usize * self.dim;
        &self.numbers[at..at + self.dim]
    }

    /// The list of a row: the nearest centroid, the smaller number in a tie; 0 for a row that has no distance.
    pub(crate) fn nearest(&self, row: &[f32]) -> u32 {
        let mut best = (0, if self.metric == Metric::L2 { f32::INFINITY } else { f32::NEG_INFINITY });
        for (list, centroid) in (0..).zip(self.numbers.chunks_exact(self.dim)) {
            let distance = self.distance(row, centroid);
            if self.metric.nearer(distance, best.1) {
                best = (list, distance);
            }
        }
        best.0
    }

    /// The nearest `count` lists of a query, nearest first.
    pub(crate) fn ranked(&self, query: &[f32], count: u32) -> Vec<u32> {
        let centroids = (0..).zip(self.numbers.chunks_exact(self.dim));
        let key = |(list, centroid)| Key::new(self.metric, self.distance(query, centroid), list);
        // The farthest of the best so far is on top; the standard sorts would add several kilobytes of download.
        let mut best = BinaryHeap::new();
        for key in centroids.map(key) {
            best.push(key);
            if best.len() > count as usize {
                best.pop();
            }
        }
        best.into_sorted_vec().into_iter().map(Key::row).collect()
    }

    /// Memory use in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.numbers.len() as u64 * 4
    }

    #[inline]
    fn distance(&self, row: &[f32], centroid: &[f32]) -> f32 {
        if self.metric == Metric::L2 { l2(row, centroid) } else { dot(row, centroid) }
    }
}

/// A k-means in progress.
#[derive(Clone, Debug)]
pub(crate) struct Kmeans {
    metric: Metric,
    centroids: Centroids,
    /// The sample rows.
    sample: Vec<u32>,
    /// The sum of the rows of each centroid in this round.
    sums: Vec<f32>,
    /// The number of these rows.
    counts: Vec<u32>,
    /// Rows of the sample that were processed in this round.
    seen: usize,
    /// Completed rounds.
    rounds: u32,
}

impl Kmeans {
    /// Draws the sample and the first centroids from it.
    pub(crate) fn new(rows: &Rows<'_>, metric: Metric, lists: u32, seed: u64) -> Self {
        let sound = |row: &u32| Measure::new(metric, rows.row(*row)).soundness() == Soundness::Sound;
        let mut sample: Vec<u32> = (0..rows.len()).filter(sound).collect();
        let wanted = sample.len().min(SAMPLE.saturating_mul(lists) as usize);
        let mut rng = Rng::new(seed, STREAM);
        for at in 0..wanted {
            let other = at + rng.below((sample.len() - at) as u32) as usize;
            sample.swap(at, other);
        }
        sample.truncate(wanted);
        sample.shrink_to_fit();
        let mut centroids = Centroids { metric: ground(metric), dim: rows.dim().max(1), numbers: Vec::new() };
        for row in sample.iter().take(lists as usize) {
            centroids.numbers.extend_from_slice(rows.row(*row));
        }
        if centroids.numbers.is_empty() && !rows.is_empty() && lists > 0 {
            // No row has a distance: one list takes them all.
            centroids.numbers.resize(rows.dim(), 0.0);
        }
        let (sums, counts) = (vec![0.0; centroids.numbers.len()], vec![0; centroids.len() as usize]);
        let mut kmeans = Self { metric, centroids, sample, sums, counts, seen: 0, rounds: 0 };
        kmeans.normalize();
        kmeans
    }

    /// The number of rows to process in all rounds, and the number processed.
    pub(crate) fn progress(&self) -> (u64, u64) {
        let each = self.sample.len() as u64;
        (each * u64::from(self.rounds) + self.seen as u64, each * u64::from(ROUNDS))
    }

    /// Processes up to `budget` rows and subtracts them from it. Returns the centroids when they are found.
    pub(crate) fn step(&mut self, rows: &Rows<'_>, budget: &mut u32) -> Option<&Centroids> {
        while self.rounds < ROUNDS && !self.sample.is_empty() {
            if *budget == 0 {
                return None;
            }
            let end = self.sample.len().min(self.seen + *budget as usize);
            *budget -= (end - self.seen) as u32;
            for at in self.seen..end {
                self.look(rows.row(self.sample[at]));
            }
            self.seen = end;
            if self.seen == self.sample.len() {
                self.turn();
            }
        }
        Some(&self.centroids)
    }

    /// Adds a row to its centroid's sum; only its direction, if only directions count.
    fn look(&mut self, row: &[f32]) {
        let list = self.centroids.nearest(row) as usize;
        self.counts[list] += 1;
        let weight = if self.metric == Metric::Cosine { 1.0 / square(row).sqrt() } else { 1.0 };
        let at = list * self.centroids.dim;
        for (sum, number) in self.sums[at..].iter_mut().zip(row) {
            *sum += number * weight;
        }
    }

    /// Ends a round: centroids move to the mean of their rows.
    fn turn(&mut self) {
        let dim = self.centroids.dim;
        let places = self.centroids.numbers.chunks_exact_mut(dim).zip(self.sums.chunks_exact(dim));
        for ((centroid, sum), count) in places.zip(&self.counts).filter(|(_, count)| **count > 0) {
            for (number, sum) in centroid.iter_mut().zip(sum) {
                *number = sum / *count as f32;
            }
        }
        self.split();
        self.normalize();
        self.sums.fill(0.0);
        self.counts.fill(0);
        self.seen = 0;
        self.rounds += 1;
    }

    /// Every empty centroid takes half of the largest.
    fn split(&mut self) {
        let dim = self.centroids.dim;
        for empty in 0..self.counts.len() {
            if self.counts[empty] > 0 {
                continue;
            }
            let largest = (0..self.counts.len()).rev().max_by_key(|list| self.counts[*list]).unwrap_or(empty);
            let half = self.counts[largest] / 2;
            if half == 0 {
                return;
            }
            self.counts[largest] -= half;
            self.counts[empty] = half;
            for at in 0..dim {
                let number = self.centroids.numbers[largest * dim + at];
                let apart = if at % 2 == 0 { APART } else { -APART };
                self.centroids.numbers[empty * dim + at] = number * (1.0 + apart);
                self.centroids.numbers[largest * dim + at] = number * (1.0 - apart);
            }
        }
    }

    /// Normalizes centroids of inner products to length 1.
    fn normalize(&mut self) {
        if self.metric == Metric::L2 {
            return;
        }
        for centroid in self.centroids.numbers.chunks_exact_mut(self.centroids.dim) {
            let length = square(centroid).sqrt();
            if length > 0.0 && length.is_finite() {
                centroid.iter_mut().for_each(|number| *number /= length);
            }
        }
    }
}
