//! The vector engine: columns of rows, a filter language, and what a query sees.
//!
//! Promises: a batch is applied whole or not at all; queries answer in order of the key, as Milvus 2.3.5 does;
//! errors in a filter name the place. Leaves out: durability (a batch comes here after its log record is
//! safe), indexes and search.

pub mod batch;
pub mod collection;
pub mod filter;

pub use batch::Batch;
pub use collection::{Collection, Query};
