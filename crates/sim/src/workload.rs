//! The rows that clients insert, generated from the run's seed.
//!
//! Guarantees: row `id` of a seed is the same row every time, so that data read back from a log can be compared bit by
//! bit with what was sent. Vectors are uniform in [0, 1). Leaves out: when rows are sent.

use std::sync::Arc;

use quorum_engine::batch::{Column, Texts, Vectors};
use quorum_engine::{Batch, Catalog, Field, FieldType, Operation, Schema};
use quorum_types::{Micros, Rng};
use quorum_wal::format::RowsFront;

/// Dimension of a standalone engine's vectors, as in the course's first note.
pub const DIM: u32 = 128;

/// Streams from this number on generate rows; lower ones serve timers and networks.
const FIRST_STREAM: u64 = 1 << 32;

/// The stream that generates row `id`.
fn stream(id: i64) -> u64 {
    FIRST_STREAM.wrapping_add(id as u64)
}

/// The fields of generated rows, as in the course's first note.
pub fn schema(dim: u32) -> Schema {
    let field = |name: &str, kind, primary| Field { name: name.to_owned(), kind, primary };
    let fields = vec![
        field("id", FieldType::Int64, true),
        field("timestamp", FieldType::Int64, false),
        field("text", FieldType::VarChar { max_length: 500 }, false),
        field("vector", FieldType::FloatVector { dim }, false),
    ];
    Schema::new(fields).expect("these fields make a collection")
}

/// A catalogue with one loaded collection of such rows, for nodes whose log contains no collections.
pub fn catalog(dim: u32) -> Catalog {
    let mut catalog = Catalog::default();
    let create = Operation::CreateCollection { collection: 1, name: "docs".to_owned(), schema: schema(dim) };
    for operation in [create, Operation::Load { collection: 1, loaded: true }] {
        catalog.apply(0, operation).expect("a new catalogue takes a collection");
    }
    catalog
}

/// The insertion of a batch into that collection.
pub(crate) fn insertion(batch: Arc<Batch>) -> Operation {
    Operation::Insert { front: RowsFront { collection: 1, ..RowsFront::default() }, batch }
}

/// Rows `first_id..first_id + rows`.
pub fn batch(seed: u64, dim: u32, first_id: i64, rows: u64, now_us: Micros) -> Batch {
    let mut texts = Texts::default();
    let mut vectors = Vectors { dim, numbers: vec![0.0; dim as usize * rows as usize] };
    let ids: Vec<i64> = (0..rows as i64).map(|n| first_id.wrapping_add(n)).collect();
    for (id, vector) in ids.iter().zip(vectors.numbers.chunks_mut((dim as usize).max(1))) {
        texts.push(&text(*id));
        Rng::new(seed, stream(*id)).fill_units(vector);
    }
    let timestamps = vec![now_us as i64; ids.len()];
    let columns = vec![
        Column::Int64(ids),
        Column::Int64(timestamps),
        Column::VarChar(texts),
        Column::FloatVector(vectors),
    ];
    Batch::new(0, columns).expect("the columns are equally long")
}

/// The vector of row `id`.
pub fn vector(seed: u64, dim: u32, id: i64) -> Vec<f32> {
    let mut vector = vec![0.0; dim as usize];
    Rng::new(seed, stream(id)).fill_units(&mut vector);
    vector
}

/// The text of a row.
pub fn text(id: i64) -> String {
    format!("文档 {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_the_same_row_in_whatever_batch() {
        let together = batch(7, 4, 10, 3, 0);
        assert_eq!(together.vectors()[4..8], *batch(7, 4, 11, 1, 0).vectors());
        assert_eq!(together.vectors()[4..8], *vector(7, 4, 11));
        assert_ne!(vector(8, 4, 11), vector(7, 4, 11));
        assert!(together.fits(&schema(4)));
    }
}
