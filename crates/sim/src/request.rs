//! Client requests to a replica set, and the replies.

use super::machine::Applied;

/// The request of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Inserts a row under the operation's number.
    Insert,
    /// Sets a register.
    Put {
        /// Which register.
        key: u64,
        /// The value.
        value: u64,
    },
    /// Sets a register if it holds the expected value.
    Swap {
        /// Which register.
        key: u64,
        /// The expected value.
        from: u64,
        /// The new value.
        to: u64,
    },
    /// Reads a register.
    Read {
        /// Which register.
        key: u64,
    },
}

/// A reply to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// The write is done.
    Wrote(Applied),
    /// The register's value.
    Value(u64),
}
