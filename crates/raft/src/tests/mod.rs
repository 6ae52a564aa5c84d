//! What the core is held to: scripts with a golden story, the paper a section at a time, every rule switched off, seeded
//! schedules, and another implementation beside it.
//!
//! [`group`] is a group in memory that obeys every `Ready` as the specification says; [`watch`] looks on and knows the
//! invariants; [`script`] drives a group with lines of text and tells what happened in lines of text.

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
