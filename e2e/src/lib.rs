//! Tests that run the built page (`dist/`) in a real Chromium: clicks, keys, killed processes, full disks.
//!
//! Guarantees: no driver, no Node.js, no port that could be taken: Chromium is controlled over a pipe in its own
//! DevTools protocol. A wait that fails reports what it waited for and what the page showed, and saves a screenshot in
//! `target/e2e/`. Tests run in parallel in one browser (`Browser::shared`), except those that kill it
//! (`Browser::start`) and those that ask to be alone (`turns::alone`). Leaves out: what can be tested without a
//! browser, which is beside the code.

pub mod browser;
pub mod copy;
pub mod folders;
pub mod lab;
pub mod lessons;
pub mod leveldb;
pub mod lms;
pub mod page;
pub mod protocol;
pub mod random;
pub mod server;
pub mod states;
pub mod turns;
pub mod wire;

pub use browser::{Browser, Profile};
pub use copy::Copy;
pub use lab::{Hand, Lab};
pub use page::Page;
pub use server::{Link, Reply, Server};
pub use turns::alone;
