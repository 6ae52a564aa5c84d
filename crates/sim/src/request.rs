//! What a client asks of a replica set, and what it is answered.

use super::machine::Applied;

/// What an operation asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A new row under the operation's number.
    Insert,
    /// A register's new value.
    Put {
        /// Which register.
        key: u64,
        /// The value.
        value: u64,
    },
    /// A register's new value if it holds another one.
    Swap {
        /// Which register.
        key: u64,
        /// What it has to hold.
        from: u64,
        /// What it shall hold.
        to: u64,
    },
    /// A register's value.
    Read {
        /// Which register.
        key: u64,
    },
}

/// What a client is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// The write is done.
    Wrote(Applied),
    /// The register's value.
    Value(u64),
}
