//! Every test that drives a whole browser, in one program: one link, one browser that they share, several at a time.
//!
//! Guarantees: each test has a server and storage of its own, so that none sees what another does; what kills a browser
//! has its own. Leaves out: what a browser is driven with (`e2e`), and all figures in seconds, which `cargo xtask
//! bench` holds as ratios.

mod bad_days;
mod budget;
mod course;
mod crash;
mod digest;
mod drill;
mod driver;
mod early;
mod embed;
mod engine;
mod hostile_calls;
mod lesson_address;
mod lesson_crash;
mod lesson_leader;
mod openings;
mod regions;
mod rules;
mod start;
mod texts;
mod worker;
