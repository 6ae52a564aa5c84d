//! The simulation: virtual clock, network, disks, nodes, the client, and the checkers that watch them.
//!
//! Two worlds share one set of parts: [`standalone`] is an engine with its log, [`cluster`] a replica set.
//! Guarantees: integer microseconds, one seed, no other input than commands; every change is an event. Leaves out:
//! pacing, lessons and pictures.

pub mod action;
mod by_number;
pub mod checkers;
pub mod checkpoint;
pub mod client;
pub mod clock;
pub mod cluster;
pub mod copied;
pub mod event;
pub mod event_log;
mod event_order;
pub mod event_queue;
pub mod flat;
pub mod group;
pub mod history;
pub mod inspect;
pub mod invariant_status;
mod liveness;
pub mod log_disk;
pub mod machine;
pub mod network;
mod observers;
pub mod outage;
pub mod outbox;
mod ranges;
pub mod recovery;
pub mod replica;
pub mod request;
pub mod rpo;
pub mod settings;
mod short_digest;
pub mod standalone;
pub mod swarm;
pub mod workload;

/// The example of the README is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
