//! A collection in memory: batches in the order in which they were applied, and queries over them.
//!
//! Promises: what a query returns was applied; rows come in order of their key, each key once (the newest),
//! as Milvus 2.3.5 answers; `count(*)` counts every row, repeated keys too, also as Milvus does. Clones share
//! their batches. Leaves out: segments, deletes, indexes, search.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::batch::Batch;
use super::filter::Filter;
use crate::types::{Refusal, Row};

/// A collection's rows.
#[derive(Clone, Debug, Default)]
pub struct Collection {
    batches: Vec<Arc<Batch>>,
    rows: u64,
    id_range: Option<(i64, i64)>,
}

/// What to read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// The filter's text; empty for every row.
    pub filter: String,
    /// At most so many rows.
    pub limit: Option<u64>,
    /// Skip so many first; without a limit it is ignored, as in Milvus 2.3.5.
    pub offset: u64,
}

/// Largest `limit + offset`, as in Milvus 2.3.5.
pub const MAX_WINDOW_ROWS: u64 = 16_384;

impl Collection {
    /// Makes a batch visible.
    pub fn apply(&mut self, batch: Arc<Batch>) {
        for id in &batch.ids {
            let (low, high) = self.id_range.unwrap_or((*id, *id));
            self.id_range = Some((low.min(*id), high.max(*id)));
        }
        self.rows += batch.rows() as u64;
        self.batches.push(batch);
    }

    /// Rows in it, repeated keys too.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The smallest key and the largest.
    pub fn id_range(&self) -> Option<(i64, i64)> {
        self.id_range
    }

    /// How many rows satisfy a filter.
    pub fn count(&self, filter: &str) -> Result<u64, Refusal> {
        let filter = Filter::parse(filter)?;
        if filter == Filter::All {
            return Ok(self.rows);
        }
        Ok(self
            .batches
            .iter()
            .map(|batch| (0..batch.rows()).filter(|at| filter.matches(batch, *at)).count() as u64)
            .sum())
    }

    /// The rows that a query asks for.
    pub fn query(&self, query: &Query) -> Result<Vec<Row>, Refusal> {
        let filter = Filter::parse(&query.filter)?;
        let offset = if query.limit.is_some() { query.offset } else { 0 };
        let limit = query.limit.unwrap_or(MAX_WINDOW_ROWS);
        if query.limit == Some(0) || offset.saturating_add(limit) > MAX_WINDOW_ROWS {
            let error = format!("limit must be at least 1 and offset + limit at most {MAX_WINDOW_ROWS}");
            return Err(Refusal::new("bad_window", error));
        }
        let mut found = BTreeMap::new();
        for batch in &self.batches {
            for at in (0..batch.rows()).filter(|at| filter.matches(batch, *at)) {
                found.insert(batch.ids[at], (batch, at));
            }
        }
        let wanted = found.into_values().skip(offset as usize).take(limit as usize);
        Ok(wanted.filter_map(|(batch, at)| batch.row(at)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Collection {
        let mut collection = Collection::default();
        for ids in [[3, 1], [2, 1]] {
            let mut batch = Batch::with_capacity(1, 2);
            for id in ids {
                batch.push(id, 0, &format!("{id} of {}", collection.rows()), |_| {});
            }
            collection.apply(Arc::new(batch));
        }
        collection
    }

    fn check(filter: &str, limit: Option<u64>, offset: u64, expected: &[i64]) {
        let query = Query { filter: filter.to_owned(), limit, offset };
        let ids: Vec<i64> = sample().query(&query).expect("answers").iter().map(|row| row.id).collect();
        assert_eq!(ids, expected);
    }

    #[test]
    fn queries_answer_in_order_of_the_key_each_key_once() {
        check("", None, 0, &[1, 2, 3]);
        check("id > 1", Some(1), 1, &[3]);
        check("id > 1", None, 1, &[2, 3]);
        assert_eq!(sample().count("").expect("counts"), 4);
        assert_eq!(sample().count("id == 1").expect("counts"), 2);
        assert_eq!(sample().id_range(), Some((1, 3)));
        assert_eq!(
            sample().query(&Query { filter: "id == 1".to_owned(), ..Query::default() }).expect("answers")[0]
                .text,
            "1 of 2"
        );
    }

    #[test]
    fn windows_beyond_the_limit_are_refused() {
        let query = Query { limit: Some(MAX_WINDOW_ROWS), offset: 1, ..Query::default() };
        assert_eq!(sample().query(&query).expect_err("refused").code, "bad_window");
        let query = Query { limit: Some(u64::MAX), offset: u64::MAX, ..Query::default() };
        assert!(sample().query(&query).is_err());
    }
}
