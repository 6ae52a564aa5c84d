//! Rows whose acknowledgement a client has received, and the nearest of them to a vector.
//!
//! What a search should find is computed row by row, for every search of the tester. Rows are in lots; a lot that does
//! not grow any more is searched once for each vector. Guarantees: what is found is what a search through all rows
//! finds; rows that expire are forgotten. Leaves out: which rows expire (`expiry`), rows of jobs and those that were
//! there from the beginning (`search`).

use super::near::{self, Rows};
use super::settings::Settings;

/// Approximate number of rows in a lot.
const LOT: usize = 256;

/// The nearest rows to a vector in the first lots.
#[derive(Clone, Debug, Default)]
struct Closed {
    /// It is valid for this number of expirations and of rows that are wanted.
    as_of: (u64, u64),
    lots: usize,
    hits: Vec<(f32, i64)>,
}

/// Acknowledged rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Acknowledged {
    /// Only the last lot grows.
    lots: Vec<Rows>,
    /// How often rows may have gone.
    expirations: u64,
    /// For each vector, by its number: the nearest rows in the lots that do not grow any more.
    closed: Vec<Closed>,
}

impl Acknowledged {
    /// The rows, in lots.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Rows> {
        self.lots.iter()
    }

    /// Adds rows, as far as they live.
    pub(super) fn keep(&mut self, rows: Rows, lives: &dyn Fn(i64) -> bool) {
        let rows = living(rows, lives);
        match self.lots.last_mut().filter(|lot| lot.len() < LOT) {
            Some(lot) => *lot = Rows::joined(&[lot.clone(), rows], &|_| true),
            None => self.lots.push(rows),
        }
    }

    /// Forgets the rows that do not live any more.
    pub(super) fn expire(&mut self, lives: &dyn Fn(i64) -> bool) {
        self.expirations += 1;
        for lot in &mut self.lots {
            *lot = living(std::mem::take(lot), lives);
        }
        self.lots.retain(|lot| lot.len() > 0);
    }

    /// The nearest rows to the vector with a number; more than are wanted, in no order.
    pub(super) fn nearest(&mut self, settings: &Settings, number: u64, vector: &[f32]) -> Vec<(f32, i64)> {
        let at = number as usize;
        if self.closed.len() <= at {
            self.closed.resize_with(at + 1, Closed::default);
        }
        let as_of = (self.expirations, settings.top_k);
        let (full, last) = self.lots.split_at(self.lots.len().saturating_sub(1));
        let known = &mut self.closed[at];
        if known.as_of != as_of {
            *known = Closed { as_of, ..Closed::default() };
        }
        if known.lots < full.len() {
            let mut hits = near::exact(settings, vector, full[known.lots..].iter(), &|_| true);
            hits.append(&mut known.hits);
            *known = Closed { as_of, lots: full.len(), hits: near::best(settings, hits, true) };
        }
        let mut hits = near::exact(settings, vector, last.iter(), &|_| true);
        hits.extend_from_slice(&known.hits);
        hits
    }
}

/// The rows that live.
fn living(rows: Rows, lives: &dyn Fn(i64) -> bool) -> Rows {
    if rows.ids.iter().all(|id| lives(*id)) { rows } else { Rows::joined(&[rows], lives) }
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
            acknowledged.keep(Rows::made(3, settings.dim, first, 17), &|id| id >= gone);
            if round % 25 == 24 {
                gone = (round - 20) * 20;
                acknowledged.expire(&|id| id >= gone);
            }
            settings.set("top_k", if round > 90 { 3 } else { 10 }).expect("a setting");
            // The second vector is asked for now and then.
            for (number, vector) in vectors.iter().enumerate().filter(|(n, _)| *n == 0 || round % 7 == 0) {
                let found = acknowledged.nearest(&settings, number as u64, vector);
                let all = near::exact(&settings, vector, acknowledged.rows(), &|_| true);
                let [found, all] = [found, all].map(|hits| near::best(&settings, hits, true));
                assert_eq!(found, all, "{round}");
                assert!(found.iter().all(|(_, id)| *id >= gone), "{round}");
            }
        }
        assert!(acknowledged.closed[0].lots > 1, "{:?}", acknowledged.closed[0]);
    }
}
