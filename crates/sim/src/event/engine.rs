//! Engine events: client writes and their acknowledgements, catalogue changes, queries and searches.

use serde::{Deserialize, Serialize};

use quorum_types::{Lsn, Micros};

/// An event that concerns collections or rows.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum EngineEvent {
    /// A collection, an index or the set of loaded collections changed. `change` is `create_collection`,
    /// `drop_collection`, `create_index`, `drop_index`, `load` or `release`.
    CatalogChanged { lsn: Lsn, change: String } = 33,
    /// Rows of `keys` keys were deleted, where they existed.
    Deleted { lsn: Lsn, keys: u64, took_us: Micros },
    /// `position` of `total` rows of an import are acknowledged; emitted at every fifth of the import.
    ImportProgress { import: u64, position: u64, total: u64 },
    /// A search was answered: `vectors` query vectors, `rows` rows found.
    Searched { vectors: u32, rows: u64 },
    /// A batch was requested: rows `first_id..first_id+rows`.
    InsertBegan { first_id: i64, rows: u64 },
    /// A batch is durable and visible, and its client has received the acknowledgement. `total_rows` counts all
    /// acknowledged rows.
    Acknowledged { lsn: Lsn, first_id: i64, rows: u64, total_rows: u64, took_us: Micros },
    /// A query was answered with `rows` rows.
    Queried { filter: String, rows: u64 },
}
