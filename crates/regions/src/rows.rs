//! Rows of the three collections: their schema, summaries of contents, and sets of writes.
//!
//! Guarantees: a summary does not depend on the order of writes; equal rows have equal summaries. Leaves out: where
//! rows are kept (`site`).

use quorum_engine::schema::{Field, FieldType, Schema, Value};
use quorum_engine::{Catalog, Query, Record};
use quorum_types::{Refusal, Rng};

/// The collections of the course's knowledge base (note 4), in the order of their numbers.
pub const COLLECTIONS: [&str; 3] = ["company_docs", "product_docs", "faq_docs"];

/// A summary of contents: a digest that does not depend on the order of writes, and rows per collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) sum: u64,
    pub(super) rows: [u64; COLLECTIONS.len()],
}

/// A catalogue whose segments are in no object.
pub(super) fn without_objects(mut catalog: Catalog) -> Catalog {
    let ids: Vec<u64> = catalog.segments().map(|(_, segment)| segment.id).collect();
    for id in ids {
        if let Some(segment) = catalog.segment_mut(id) {
            segment.object = None;
        }
    }
    catalog
}

/// The rows of a catalogue: collection, key, and the write that each comes from.
pub(super) fn rows_of(catalog: &Catalog) -> Vec<(u32, i64, u64)> {
    let query =
        Query { filter: "id >= 0".to_owned(), output_fields: vec!["write".to_owned()], ..Query::default() };
    let mut contents = Vec::new();
    for (collection, name) in (0..).zip(COLLECTIONS) {
        // A collection that was dropped or left out has no rows.
        let records = catalog.query(name, &query).unwrap_or_default();
        contents.extend(records.iter().map(key_and_write).map(|(key, op)| (collection, key, op)));
    }
    contents
}

/// The summary of a catalogue's contents, from its rows.
pub(super) fn mark_of(catalog: &Catalog) -> Mark {
    let mut mark = Mark::default();
    for (collection, key, op) in rows_of(catalog) {
        mark.sum ^= part(collection as usize, key, op);
        mark.rows[collection as usize] += 1;
    }
    mark
}

pub(super) fn schema(dim: u32) -> Result<Schema, Refusal> {
    let field = |name: &str, kind, primary| Field { name: name.to_owned(), kind, primary };
    Schema::new(vec![
        field("id", FieldType::Int64, true),
        field("vector", FieldType::FloatVector { dim }, false),
        field("write", FieldType::Int64, false),
    ])
}

pub(super) fn row(key: i64, op: u64, dim: u32, rng: &mut Rng) -> Record {
    let mut vector = vec![0.0; dim as usize];
    rng.fill_units(&mut vector);
    vec![
        ("id".to_owned(), Value::Int(key)),
        ("vector".to_owned(), Value::Vector(vector)),
        ("write".to_owned(), Value::Int(op as i64)),
    ]
}

/// A row's key, and the write that it comes from.
pub(super) fn key_and_write(record: &Record) -> (i64, u64) {
    (whole(record, "id"), whole(record, "write") as u64)
}

fn whole(record: &Record, name: &str) -> i64 {
    let value = record.iter().find(|(field, _)| field == name);
    match value {
        Some((_, Value::Int(number))) => *number,
        _ => 0,
    }
}

/// The `write` column of a batch.
pub(super) fn written_by(columns: &[quorum_engine::batch::Column]) -> &[i64] {
    columns
        .iter()
        .rev()
        .find_map(|column| match column {
            quorum_engine::batch::Column::Int64(numbers) => Some(numbers.as_slice()),
            _ => None,
        })
        .expect("every collection of the regions has a column `write`")
}

/// A row's contribution to the digest.
pub(super) fn part(collection: usize, key: i64, op: u64) -> u64 {
    let mut bytes = [0; 24];
    bytes[..8].copy_from_slice(&(collection as u64).to_le_bytes());
    bytes[8..16].copy_from_slice(&key.to_le_bytes());
    bytes[16..].copy_from_slice(&op.to_le_bytes());
    xxhash_rust::xxh3::xxh3_64(&bytes)
}

/// A set of small numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn insert(&mut self, number: usize) {
        if self.0.len() <= number / 64 {
            self.0.resize(number / 64 + 1, 0);
        }
        self.0[number / 64] |= 1 << (number % 64);
    }

    pub(super) fn remove(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word &= !(1 << (number % 64));
        }
    }

    pub(super) fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }
}
