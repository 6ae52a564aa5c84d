//! The write-ahead log: its format, its writer, its recovery, and an explanation of its bytes.
//!
//! `docs/wal-format.md` is the specification; case numbers in code and tests refer to it. Guarantees: synced data
//! replays exactly; damage is distinguished from a torn tail and reported with file and offset; no input panics.
//! Leaves out: when to sync and whom to notify (the simulation's task), and what payloads mean to an engine.

pub mod disk;
pub mod epoch;
pub mod format;
pub mod object;
pub mod replay;
pub mod window;
pub mod writer;

pub use epoch::last_epoch;
pub use format::{Header, Kind};
pub use replay::{Damage, End, Replay, Step, Torn};
pub use writer::{Appended, TooLarge, Wal};

#[cfg(test)]
mod tests;

/// Runs the README's example as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
