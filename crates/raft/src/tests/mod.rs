//! The tests of the core: scenarios as data, the paper one section at a time, seeded schedules, and a comparison with
//! another implementation.
//!
//! [`group`] is a group in memory that processes every `Ready` as specified; [`watch`] checks the invariants;
//! [`script`] drives a group with lines of text and reports events as lines of text; [`scenarios`] runs the files in
//! `scenarios/`, which hold such lines with the expected output.

mod differential;
mod group;
mod paper;
mod property;
mod reads;
mod repair;
mod scenarios;
mod script;
mod watch;
