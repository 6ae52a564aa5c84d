//! Saves the open run.
//!
//! Guarantees: the letters, the digest and the time are of one moment. Leaves out: the format (`saved_runs`).

use super::Session;
use crate::web::wire::ToWorker;
use quorum_facade::Answer;
use quorum_types::{Micros, Refusal};

/// The present moment of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its letters, as an address, a file or a frame's state has them.
    pub run: String,
    /// The digest of all events so far.
    pub digest: String,
    /// Virtual time.
    pub t_us: Micros,
}

impl Session {
    /// The present moment of the open run, or why it cannot be saved.
    pub async fn saved_run(&self) -> Result<Saved, Refusal> {
        match self.ask(0, |ticket| ToWorker::SaveRun { ticket }).await {
            Answer::Saved { run, digest, t_us, .. } => Ok(Saved { run, digest, t_us }),
            Answer::Refused { code, error, .. } => Err(Refusal::new(&code, error)),
            _ => Err(self.refusal("refused-nothing-open")),
        }
    }
}
