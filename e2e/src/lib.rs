//! Tests that hold the built page (`dist/`) in a real Chromium: clicks, keys, killed processes, full disks.
//!
//! Guarantees: no driver, no Node.js, no port that could be taken: Chromium is spoken to over a pipe in its own
//! DevTools protocol. A wait that fails says what it waited for and what the page showed, and leaves a picture in
//! `target/e2e/`. Tests run beside each other in one browser (`Browser::shared`), except those that kill it
//! (`Browser::start`) and those that ask to be alone (`turns::alone`). Leaves out: what can be tested without a
//! browser, which lies beside the code.

pub mod browser;
pub mod copy;
pub mod lab;
pub mod lessons;
pub mod leveldb;
pub mod page;
pub mod protocol;
pub mod random;
pub mod server;
pub mod turns;
pub mod wire;

pub use browser::{Browser, Profile};
pub use copy::Copy;
pub use lab::{Hand, Lab};
pub use page::Page;
pub use server::{Reply, Server};
pub use turns::alone;
