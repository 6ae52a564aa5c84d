//! The tests of the core: scripts with an expected output, the paper one section at a time, every rule switched off,
//! seeded schedules, and a comparison with another implementation.
//!
//! [`group`] is a group in memory that processes every `Ready` as specified; [`watch`] checks the invariants;
//! [`script`] drives a group with lines of text and reports events as lines of text.

mod differential;
mod election;
mod group;
mod membership;
mod paper;
mod property;
mod reads;
mod repair;
mod replication;
mod rules;
mod script;
mod snapshot;
mod watch;

use script::check;
