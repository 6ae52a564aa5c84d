//! The exam: a bank of incidents that a seed varies, what of them an operator sees, and how an answer is graded.
//!
//! An [`Incident`] is a file of `incidents/`: a world, what is drawn, the faults, what solves it, and a reference
//! runbook. [`Case::draw`] makes of it and a seed a schedule of faults, which the façade replays. A [`Sitting`] is the
//! run of a case: it shows its [`board`] and its log, takes what the operator does and the diagnosis, and returns a
//! [`Verdict`]. A [`Runbook`] plays a sitting with nothing but what is shown. A certificate is the saved run of a
//! sitting; [`certificate::judge`] grades it by doing it again. A [`Room`] is an exam of three of them, and [`words`]
//! names what the board and the log say.
//!
//! Guarantees: the same incident and seed make the same case; what a runbook reads is what the page shows; a saved run
//! is graded by repeating it, never by what it says of itself. Leaves out: sentences (the catalogues, `ex-…`), pacing
//! and drawing (the page), files (the command line).

pub mod bank;
pub mod board;
mod case;
pub mod certificate;
mod harm;
mod incident;
mod judge;
mod names;
mod room;
mod runbook;
mod sitting;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod tools;
pub mod words;

pub use bank::{bank, find, three};
pub use board::{Entry, Row};
pub use case::{Case, MOST_SEED};
pub use incident::{Incident, Step};
pub use judge::{Lack, Verdict};
pub use names::Names;
pub use room::{Ended, Room};
pub use runbook::{Recorded, Runbook, Stopped};
pub use sitting::{Diagnosis, Sitting};
pub use tools::{Tool, Want, tools};

/// How many incidents an exam has.
pub const INCIDENTS: usize = 3;
/// How many of them have to be solved.
pub const TO_PASS: usize = 2;
