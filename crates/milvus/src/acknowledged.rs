//! Rows whose acknowledgement a client has received, and the nearest of them to a vector.
//!
//! What a search should find is computed row by row, for every search of the tester. Rows are in lots, of which only
//! the last grows; each row is measured once for each vector. Guarantees: what is found is what a search through all
//! rows finds; rows that expire are forgotten. Leaves out: which rows expire (`expiry`), rows of jobs and those that
//! were there from the beginning (`search`).

use std::sync::Arc;

use super::near::{self, Part, Rows};
use super::settings::Settings;

/// Approximate number of rows in a lot.
const LOT: usize = 256;

/// The nearest rows to a vector among those that were measured: all rows of the first lots, and the first rows of the
/// next.
#[derive(Clone, Debug, Default)]
struct Measured {
    /// It is valid for this number of expirations and of rows that are wanted.
    as_of: (u64, u64),
    lots: usize,
    rows: usize,
    hits: Vec<(f32, i64)>,
}

/// Rows with their vectors. Copies of a cluster share a lot until one of them adds to it.
#[derive(Clone, Debug, Default)]
struct Lot {
    ids: Arc<Vec<i64>>,
    vectors: Arc<Vec<f32>>,
}

impl Lot {
    /// The rows from this one on.
    fn from(&self, first: usize) -> Part<'_> {
        let dim = self.vectors.len() / self.ids.len().max(1);
        Part { ids: &self.ids[first..], vectors: &self.vectors[first * dim..] }
    }

    /// Adds the rows that live, each once.
    fn add(&mut self, rows: Part<'_>, lives: &dyn Fn(i64) -> bool) {
        let (ids, vectors) = (Arc::make_mut(&mut self.ids), Arc::make_mut(&mut self.vectors));
        let dim = rows.vectors.len() / rows.ids.len().max(1);
        // Rows nearly always come in order: then none is there twice.
        let in_order = rows.ids.is_sorted_by(|a, b| a < b)
            && rows.ids.first().is_none_or(|first| ids.iter().all(|id| id < first));
        for (id, vector) in rows.ids.iter().zip(rows.vectors.chunks(dim.max(1))) {
            if lives(*id) && (in_order || !ids.contains(id)) {
                ids.push(*id);
                vectors.extend_from_slice(vector);
            }
        }
    }
}

/// Acknowledged rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Acknowledged {
    /// Only the last lot grows.
    lots: Vec<Lot>,
    /// How often rows may have gone.
    expirations: u64,
    /// For each vector, by its number: the nearest of the rows that were measured.
    measured: Vec<Measured>,
}

impl Acknowledged {
    /// The rows, in lots.
    pub(super) fn rows(&self) -> impl Iterator<Item = Part<'_>> {
        self.lots.iter().map(|lot| lot.from(0))
    }

    /// Adds rows, as far as they live.
    pub(super) fn keep(&mut self, rows: &Rows, lives: &dyn Fn(i64) -> bool) {
        if self.lots.last().is_none_or(|lot| lot.ids.len() >= LOT) {
            self.lots.push(Lot::default());
        }
        if let Some(lot) = self.lots.last_mut() {
            lot.add(rows.part(), lives);
        }
    }

    /// Forgets the rows that do not live any more.
    pub(super) fn expire(&mut self, lives: &dyn Fn(i64) -> bool) {
        self.expirations += 1;
        for lot in &mut self.lots {
            if !lot.ids.iter().all(|id| lives(*id)) {
                let all = std::mem::take(lot);
                lot.add(all.from(0), lives);
            }
        }
        self.lots.retain(|lot| !lot.ids.is_empty());
    }

    /// The nearest rows to the vector with a number.
    pub(super) fn nearest(&mut self, settings: &Settings, number: u64, vector: &[f32]) -> &[(f32, i64)] {
        let at = number as usize;
        if self.measured.len() <= at {
            self.measured.resize_with(at + 1, Measured::default);
        }
        let as_of = (self.expirations, settings.top_k);
        let known = &mut self.measured[at];
        if known.as_of != as_of {
            *known = Measured { as_of, ..Measured::default() };
        }
        let (first, rows) = (known.lots, known.rows);
        let new = self.lots.iter().enumerate().skip(first);
        let new = new.map(|(lot, all)| all.from(if lot == first { rows } else { 0 }));
        let new = new.filter(|part| !part.ids.is_empty());
        let mut hits = near::exact(settings, vector, new, &|_| true);
        if !hits.is_empty() {
            hits.append(&mut known.hits);
            known.hits = near::best(settings, hits, true);
        }
        known.lots = self.lots.len().saturating_sub(1);
        known.rows = self.lots.last().map_or(0, |lot| lot.ids.len());
        &known.hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_rows_are_those_of_a_search_through_all_of_them() {
        let mut settings = Settings::default();
        let mut acknowledged = Acknowledged::default();
        let vectors = [0, 1].map(|number| near::query(3, settings.dim, number));
        let mut gone = 0;
        for round in 0..120_i64 {
            // A lot ends in the middle of a round; late and repeated rows are among them.
            let first = [round * 20, round * 20 + 5, (round - 3).max(0) * 20][round as usize % 3];
            acknowledged.keep(&Rows::made(3, settings.dim, first, 17), &|id| id >= gone);
            if round % 25 == 24 {
                gone = (round - 20) * 20;
                acknowledged.expire(&|id| id >= gone);
            }
            settings.set("top_k", if round > 90 { 3 } else { 10 }).expect("a setting");
            // The second vector is asked for now and then.
            for (number, vector) in vectors.iter().enumerate().filter(|(n, _)| *n == 0 || round % 7 == 0) {
                let found = acknowledged.nearest(&settings, number as u64, vector).to_vec();
                let all = near::exact(&settings, vector, acknowledged.rows(), &|_| true);
                let [found, all] = [found, all].map(|hits| near::best(&settings, hits, true));
                assert_eq!(found, all, "{round}");
                assert!(found.iter().all(|(_, id)| *id >= gone), "{round}");
            }
        }
        assert!(acknowledged.measured[0].lots > 1, "{:?}", acknowledged.measured[0]);
    }
}
