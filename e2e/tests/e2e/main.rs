//! Every test that drives a whole browser, in one program: one link, one browser that they share, several tests at a
//! time.
//!
//! Guarantees: each test has its own server and storage, so that tests do not affect each other; tests that kill a
//! browser have their own. Leaves out: the browser driver (`e2e`), and all figures in seconds, which `cargo xtask
//! bench` checks as ratios.

mod accessibility;
mod bad_days;
mod budget;
mod chunks;
mod console;
mod course;
mod crash;
mod desk;
mod digest;
mod drill;
mod driver;
mod early;
mod embed;
mod embed_host;
mod embedding;
mod engine;
mod exam;
mod focus;
mod frames;
mod free_play;
mod home;
mod hostile_calls;
mod lesson_address;
mod lesson_crash;
mod lesson_leader;
mod lms_cmi5;
mod lms_scorm;
mod log;
mod motion;
mod openings;
mod palette;
mod pictures;
mod published;
mod regions;
mod rules;
mod saved_runs;
mod start;
mod states;
mod tabs;
mod texts;
mod time_travel;
mod why;
mod worker;
