//! Rows and queries: the same ones every time.
//!
//! Guarantees: everything follows from ChaCha8 streams. Leaves out: real embeddings; [`Data::latent`] has their low
//! inner dimension.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng};

use super::DIM;

/// Inner dimension of [`Data::latent`]; that of SIFT descriptors is put at 12 to 20.
const INNER: usize = 16;

/// Rows and queries of [`DIM`] numbers.
pub(super) struct Data {
    pub(super) rows: Vec<f32>,
    pub(super) queries: Vec<f32>,
    /// A number of each row that near rows share nearly: the filter “rows that lie together” compares it.
    place: Vec<f32>,
}

fn stream(number: u64) -> impl FnMut() -> f32 {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    rng.set_stream(number);
    move || (rng.next_u32() >> 8) as f32 / 16_777_216.0
}

impl Data {
    /// Numbers in [0, 1), each by itself, like the lab's generated rows: the hardest case for an index.
    pub(super) fn units(rows: usize, queries: usize) -> Self {
        let mut draw = stream(1);
        let mut many = |count: usize| (0..count * DIM).map(|_| draw()).collect::<Vec<f32>>();
        Self { rows: many(rows), queries: many(queries), place: vec![0.0; rows] }
    }

    /// Rows near a surface of [`INNER`] dimensions: a point there, mapped linearly, and a little noise.
    pub(super) fn latent(rows: usize, queries: usize) -> Self {
        let mut draw = stream(2);
        // A sum of four uniform numbers is roughly normal.
        let mut normal = move || (draw() + draw() + draw() + draw() - 2.0) * 1.73;
        let map: Vec<f32> = (0..INNER * DIM).map(|_| normal()).collect();
        let mut place = Vec::new();
        let mut many = |count: usize| {
            let mut numbers = Vec::with_capacity(count * DIM);
            for _ in 0..count {
                let point: Vec<f32> = (0..INNER).map(|_| normal()).collect();
                place.push(point[0]);
                for at in 0..DIM {
                    let sum: f32 = point.iter().zip(map[at..].iter().step_by(DIM)).map(|(a, b)| a * b).sum();
                    numbers.push(sum + 0.1 * normal());
                }
            }
            numbers
        };
        let (rows, queries) = (many(rows), many(queries));
        place.truncate(rows.len() / DIM);
        Self { rows, queries, place }
    }

    /// Which rows a filter allows that lets this share through: any rows, or those that lie together.
    pub(super) fn allowed(&self, share: f64, together: bool) -> Vec<bool> {
        let mut draw = stream(3);
        let number: Vec<f32> =
            if together { self.place.clone() } else { self.place.iter().map(|_| draw()).collect() };
        let mut order: Vec<usize> = (0..number.len()).collect();
        order.sort_by(|a, b| number[*a].total_cmp(&number[*b]));
        let mut allowed = vec![false; number.len()];
        for row in order.into_iter().take((share * number.len() as f64).round() as usize) {
            allowed[row] = true;
        }
        allowed
    }
}
