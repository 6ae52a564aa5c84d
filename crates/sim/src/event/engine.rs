//! The engine: writes that clients asked for and what they were answered, catalogue changes, queries and searches.

use serde::{Deserialize, Serialize};

use quorum_types::{Lsn, Micros};

/// Something that happened to collections and rows.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum EngineEvent {
    /// A collection, an index or what is loaded changed: `create_collection`, `drop_collection`, `create_index`,
    /// `drop_index`, `load` or `release`.
    CatalogChanged { lsn: Lsn, change: String } = 33,
    /// Rows of so many keys were deleted, as far as they were there.
    Deleted { lsn: Lsn, keys: u64, took_us: Micros },
    /// So many rows of an import are acknowledged; told at every fifth.
    ImportProgress { import: u64, position: u64, total: u64 },
    /// A search was answered: so many vectors, so many rows found.
    Searched { vectors: u32, rows: u64 },
    /// A batch was asked for: rows `first_id..first_id+rows`.
    InsertBegan { first_id: i64, rows: u64 },
    /// A batch is durable and visible, and its client was told. `total_rows` counts all acknowledged.
    Acknowledged { lsn: Lsn, first_id: i64, rows: u64, total_rows: u64, took_us: Micros },
    /// A query was answered with this many rows.
    Queried { filter: String, rows: u64 },
}
