//! Small types that every layer shares: node numbers, virtual time; and two things that each layer would otherwise
//! bring once more, the random stream and the sort.
//!
//! Guarantees: the types have no behaviour beyond construction and printing; every number has its unit in its name or
//! type. Leaves out: anything related to disks, logs, networks or rendering.

pub mod as_map;
pub mod rng;
pub mod sort;
mod sparse;

use serde::{Deserialize, Serialize};

pub use rng::Rng;

/// A node of a replica set, from 1. A standalone engine is node 1.
pub type NodeId = u32;

/// Virtual time in microseconds since the run began. Nothing below the façade knows another clock.
pub type Micros = u64;

/// One millisecond of virtual time.
pub const MS: Micros = 1_000;
/// One second of virtual time.
pub const SECOND: Micros = 1_000_000;

/// Log sequence number of a WAL record; the first record of a log has LSN 1.
pub type Lsn = u64;

/// A refusal: what was refused, where, and what to do next. Shown to people and sent to programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A stable word for programs, such as `unknown_node` or `wal_corrupt`.
    pub code: String,
    /// One sentence for people, with the place and the way out.
    pub error: String,
}

impl Refusal {
    /// A refusal with a stable code and a sentence.
    pub fn new(code: &str, error: impl Into<String>) -> Self {
        Self { code: code.to_owned(), error: error.into() }
    }
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {}", self.code, self.error)
    }
}

impl core::error::Error for Refusal {}
