//! The vector engine in memory: collections of rows in columns, a filter language, indexes, queries and searches.
//!
//! Guarantees: an operation is applied completely or not at all; results and errors are those of Milvus 2.3.5, except
//! where `docs/milvus-differences.md` says otherwise. Leaves out: durability (an operation is applied after its log
//! record is written), and time.

pub mod batch;
mod bytes;
pub mod catalog;
pub mod collection;
pub mod contents;
pub mod filter;
pub mod index;
pub mod manifest;
pub mod operation;
pub mod schema;
pub mod segment;
#[cfg(test)]
mod tests;

pub use batch::Batch;
pub use catalog::Catalog;
pub use collection::{Collection, Found, Query, Record, Search};
pub use filter::Filter;
pub use operation::Operation;
pub use schema::{Field, FieldType, Schema, Value};
pub use segment::{Segment, SegmentState};
