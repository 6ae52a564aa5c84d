//! Where the lab ends: drills on a real server, logs of real clients, and files for real clusters.
//!
//! [`drill`] makes the requests of a drill to a Milvus server, over REST v2 ([`rest`]) or through pymilvus
//! ([`bridge`]), and measures them by the code that measures the lab. [`log`] reads the log of any tester or proxy,
//! [`gaps`] finds where it did not ask, and [`likeness`] names the run of the lab that it resembles most. [`take`]
//! writes what a run needs outside: a tester, manifests, values, schedules. Guarantees: nothing here is part of the
//! page; a server's own data is never touched; what is not known is reported as not known. Leaves out: the command line
//! (`cli`), and making faults, which is the business of the user's own command.

pub mod bridge;
pub mod cancel;
mod clock;
pub mod drill;
pub mod fault;
pub mod gaps;
pub mod likeness;
pub mod log;
mod log_columns;
mod log_fault;
mod log_values;
pub mod rest;
pub mod server;
pub mod take;
mod take_aim;
mod take_chaos;
mod take_disasters;
mod take_file;
mod take_left_out;
mod take_pods;
mod take_texts;
