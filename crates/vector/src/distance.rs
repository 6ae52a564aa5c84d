//! Distances between two rows of numbers.
//!
//! Guarantees: sums are computed in one order everywhere (16 lanes, then a fixed tree), without fused operations, so
//! that a distance has the same bits natively and in a browser, in a scan and in an index; the loops are written so
//! that the compiler vectorizes them. Leaves out: which rows to compare.

use wide::f32x4;

/// Number of parallel sums.
const LANES: usize = 16;

/// The metric, named as in Milvus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// The squared Euclidean distance; smaller is nearer.
    L2,
    /// The inner product; larger is nearer.
    Ip,
    /// The inner product over both lengths; larger is nearer. A row of zeros has no direction and is never found.
    Cosine,
}

impl Metric {
    /// The distance that no other is farther than.
    pub(crate) fn farthest(self) -> f32 {
        if self == Self::L2 { f32::INFINITY } else { f32::NEG_INFINITY }
    }

    /// Whether `a` is nearer than `b`. NaN is never nearer than anything.
    pub fn nearer(self, a: f32, b: f32) -> bool {
        match self {
            Self::L2 => a < b,
            Self::Ip | Self::Cosine => a > b,
        }
    }
}

/// Measures from one row of numbers, the query, to others.
#[derive(Clone, Copy, Debug)]
pub struct Measure<'q> {
    metric: Metric,
    query: &'q [f32],
    /// The length of the query, if the metric needs it.
    length: f32,
}

impl<'q> Measure<'q> {
    /// Measures from `query`.
    pub fn new(metric: Metric, query: &'q [f32]) -> Self {
        let length = if metric == Metric::Cosine { square(query).sqrt() } else { 0.0 };
        Self { metric, query, length }
    }

    /// Like `new`, if the length of the query is known.
    pub(crate) fn of_length(metric: Metric, query: &'q [f32], length: f32) -> Self {
        Self { metric, query, length }
    }

    /// The metric.
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// The query.
    pub fn query(&self) -> &'q [f32] {
        self.query
    }

    /// The distance to a row as Milvus reports it: L2 squared, the inner product, or the cosine. NaN if undefined,
    /// which includes the cosine with a row whose squared length is 0 or too large for a number.
    #[inline(always)]
    pub fn to(&self, row: &[f32]) -> f32 {
        match self.metric {
            Metric::L2 => l2(self.query, row),
            Metric::Ip => dot(self.query, row),
            Metric::Cosine => {
                let (dot, square) = dot_and_square(self.query, row);
                cosine(dot, self.length, square.sqrt())
            }
        }
    }

    /// Like `to` if the length of the row is known, with the same bits in less time. Instead of a distance that is
    /// farther than `bound`, another that is farther may come.
    #[inline(always)]
    pub(crate) fn within(&self, row: &[f32], length: f32, bound: f32) -> f32 {
        match self.metric {
            Metric::L2 => l2_within(self.query, row, bound),
            Metric::Ip => dot(self.query, row),
            Metric::Cosine => cosine(dot(self.query, row), self.length, length),
        }
    }

    /// The soundness of this row as one end of a distance.
    pub(crate) fn soundness(&self) -> Soundness {
        let square = square(self.query);
        let directed = self.metric != Metric::Cosine || (square > 0.0 && square.is_finite());
        if square.is_nan() || !directed {
            Soundness::Nowhere
        } else if square.is_finite() {
            Soundness::Sound
        } else {
            Soundness::Huge
        }
    }
}

/// The soundness of a row as one end of a distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Soundness {
    /// Distances to other sound rows are numbers.
    Sound,
    /// So long that distances may be infinite or NaN.
    Huge,
    /// No distance to or from it is a number: it is never found and finds nothing.
    Nowhere,
}

/// The cosine of an inner product and two lengths.
#[inline]
fn cosine(dot: f32, a: f32, b: f32) -> f32 {
    let both = a * b;
    if both > 0.0 && both.is_finite() { dot / both } else { f32::NAN }
}

/// Sixteen sums side by side, in four vector registers. Written out, because the page is optimized for size, and then
/// the compiler does not vectorize by itself.
type Lanes = [f32x4; LANES / 4];

#[inline(always)]
fn lanes(numbers: &[f32; LANES]) -> Lanes {
    let fours = numbers.as_chunks::<4>().0;
    [f32x4::from(fours[0]), f32x4::from(fours[1]), f32x4::from(fours[2]), f32x4::from(fours[3])]
}

/// Passes the lanes of two equally long vectors to `add`, sixteen numbers at a time; the last are padded with zeros.
#[inline(always)]
fn walk(a: &[f32], b: &[f32], mut add: impl FnMut(Lanes, Lanes)) {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks(), b.as_chunks());
    for (x, y) in a.iter().zip(b) {
        add(lanes(x), lanes(y));
    }
    if !a_rest.is_empty() {
        add(lanes(&padded(a_rest)), lanes(&padded(b_rest)));
    }
}

/// The numbers after which a sum is compared with a bound.
const PART: usize = 4 * LANES;

/// The squared Euclidean distance, or a number above the bound if it is. A sum of squares only grows, also when it is
/// rounded; so the first part of the numbers may show that a row is too far.
#[inline(always)]
fn l2_within(a: &[f32], b: &[f32], bound: f32) -> f32 {
    let mut sums = [f32x4::ZERO; LANES / 4];
    let (first, second) = (a.len().min(PART), b.len().min(PART));
    add_gaps(&a[..first], &b[..second], &mut sums);
    if a.len() > PART && total(sums) <= bound {
        add_gaps(&a[first..], &b[second..], &mut sums);
    }
    total(sums)
}

/// Adds the squares of the gaps.
#[inline(always)]
fn add_gaps(a: &[f32], b: &[f32], sums: &mut Lanes) {
    walk(a, b, |x, y| {
        for four in 0..LANES / 4 {
            let gap = x[four] - y[four];
            sums[four] += gap * gap;
        }
    });
}

/// The squared Euclidean distance.
#[inline(always)]
pub(crate) fn l2(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [f32x4::ZERO; LANES / 4];
    add_gaps(a, b, &mut sums);
    total(sums)
}

/// The inner product.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [f32x4::ZERO; LANES / 4];
    walk(a, b, |x, y| {
        for four in 0..LANES / 4 {
            sums[four] += x[four] * y[four];
        }
    });
    total(sums)
}

/// The squared length.
#[inline]
pub(crate) fn square(a: &[f32]) -> f32 {
    dot(a, a)
}

/// The inner product and the squared length of `b`, in one pass.
#[inline(always)]
fn dot_and_square(a: &[f32], b: &[f32]) -> (f32, f32) {
    let (mut dots, mut squares) = ([f32x4::ZERO; LANES / 4], [f32x4::ZERO; LANES / 4]);
    walk(a, b, |x, y| {
        for four in 0..LANES / 4 {
            dots[four] += x[four] * y[four];
            squares[four] += y[four] * y[four];
        }
    });
    (total(dots), total(squares))
}

/// The numbers that fill no whole set of lanes, padded with zeros.
#[inline]
fn padded(rest: &[f32]) -> [f32; LANES] {
    let mut lanes = [0.0; LANES];
    for (lane, number) in lanes.iter_mut().zip(rest) {
        *lane = *number;
    }
    lanes
}

/// The sum of the lanes: halves are added until one is left.
#[inline(always)]
fn total(sums: Lanes) -> f32 {
    let four = ((sums[0] + sums[2]) + (sums[1] + sums[3])).to_array();
    (four[0] + four[2]) + (four[1] + four[3])
}

#[cfg(test)]
mod tests {
    use super::super::rng::Rng;
    use super::*;

    /// One number at a time, in the order of the lanes.
    fn reference(a: &[f32], b: &[f32], term: fn(f32, f32) -> f32) -> f32 {
        let mut sums = [0.0_f32; LANES];
        for (at, (x, y)) in a.iter().zip(b).enumerate() {
            sums[at % LANES] += term(*x, *y);
        }
        let mut width = LANES;
        while width > 1 {
            width /= 2;
            for lane in 0..width {
                sums[lane] += sums[lane + width];
            }
        }
        sums[0]
    }

    #[test]
    fn sums_have_the_bits_of_a_reference_of_the_same_order() {
        let mut rng = Rng::new(1, 0);
        let mut draw = |dim: usize| -> Vec<f32> {
            (0..dim).map(|_| (rng.below(2_000_001) as f32 - 1e6) / 777.0).collect()
        };
        for dim in 0..=300 {
            let (a, b) = (draw(dim), draw(dim));
            let products = reference(&a, &b, |x, y| x * y);
            let (aa, bb) = (reference(&a, &a, |x, y| x * y), reference(&b, &b, |x, y| x * y));
            assert_eq!(l2(&a, &b).to_bits(), reference(&a, &b, |x, y| (x - y) * (x - y)).to_bits(), "{dim}");
            assert_eq!(dot(&a, &b).to_bits(), products.to_bits(), "{dim}");
            assert_eq!(square(&a).to_bits(), aa.to_bits(), "{dim}");
            assert_eq!(dot_and_square(&a, &b).0.to_bits(), products.to_bits(), "{dim}");
            assert_eq!(dot_and_square(&a, &b).1.to_bits(), bb.to_bits(), "{dim}");
            if dim > 0 {
                let cosine = Measure::new(Metric::Cosine, &a).to(&b);
                assert_eq!(cosine.to_bits(), (products / (aa.sqrt() * bb.sqrt())).to_bits(), "{dim}");
            }
        }
    }

    #[test]
    fn distances_are_those_of_milvus() {
        let to = |metric, a: [f32; 2], b: [f32; 2]| Measure::new(metric, &a).to(&b);
        assert_eq!(to(Metric::L2, [1.0, 2.0], [4.0, 6.0]), 25.0);
        assert_eq!(to(Metric::Ip, [1.0, 2.0], [4.0, 6.0]), 16.0);
        assert_eq!(to(Metric::Cosine, [3.0, 4.0], [6.0, 8.0]), 1.0);
        assert_eq!(to(Metric::Cosine, [3.0, 4.0], [-4.0, 3.0]), 0.0);
        assert!(to(Metric::Cosine, [0.0, 0.0], [1.0, 0.0]).is_nan());
        assert!(to(Metric::Cosine, [1.0, 0.0], [0.0, 0.0]).is_nan());
        assert!(to(Metric::Cosine, [1.0, 0.0], [1e30, 0.0]).is_nan());
        assert!(
            Metric::L2.nearer(1.0, 2.0) && Metric::Ip.nearer(2.0, 1.0) && Metric::Cosine.nearer(2.0, 1.0)
        );
        assert!(!Metric::L2.nearer(f32::NAN, 1.0) && !Metric::Ip.nearer(f32::NAN, 1.0));
    }
}
