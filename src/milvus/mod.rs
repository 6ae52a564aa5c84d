//! A Milvus cluster: proxies, coordinators, workers, a metadata store, the write-ahead log and who reads it, in one
//! simulated world.
//!
//! Promises: everything happens in virtual time, in one order, and is told as events; whatever is shown is what ran.
//! Leaves out: drills and their reports.

pub mod facts;
pub mod settings;
pub mod shape;
