//! The write-ahead log: its bytes, its writer, its recovery, and its bytes explained.
//!
//! `docs/wal-format.md` is the specification; case numbers in code and tests are its. Promises: what was
//! synced replays exactly; damage is told from a torn end and named with file and offset; no input panics.
//! Leaves out: when to sync and whom to tell (the simulation's), and what payloads mean to an engine.

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
pub use writer::{Appended, Wal};

#[cfg(test)]
mod tests;

/// The example of the README is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
