//! The state of an exam: which incident is open, and how those before it ended.
//!
//! Guarantees: an incident that was handed in stays as it was graded; one that cannot be graded stays open, with all
//! that was done in it. Leaves out: opening an incident, which may have to fetch a world, and drawing (the page).

use quorum_facade::saved::SavedRun;
use quorum_types::Refusal;

use super::{INCIDENTS, Incident, Sitting, TO_PASS, Verdict, three};

/// An incident that was handed in.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its incident.
    pub incident: &'static Incident,
    /// Its grade.
    pub verdict: Verdict,
    /// The right components.
    pub components: Vec<String>,
    /// The run, if it can be saved.
    pub saved: Option<SavedRun>,
}

/// An exam.
#[derive(Debug)]
pub struct Room {
    /// Its seed.
    pub seed: u64,
    incidents: Vec<&'static Incident>,
    /// The incident that is open.
    pub sitting: Option<Sitting>,
    /// Those that were handed in.
    pub ended: Vec<Ended>,
}

impl Room {
    /// The exam of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, incidents: three(seed), sitting: None, ended: Vec::new() }
    }

    /// The incident that comes next; none after the last.
    pub fn next(&self) -> Option<&'static Incident> {
        self.incidents.get(self.ended.len()).copied()
    }

    /// Hands the open incident in. Where it cannot be graded, it stays open.
    pub fn hand_in(&mut self) -> Result<(), Refusal> {
        let Some(sitting) = &self.sitting else { return Ok(()) };
        let ended = Ended {
            incident: sitting.case().incident,
            verdict: sitting.verdict()?,
            components: sitting.case().components(),
            saved: sitting.saved_run().ok(),
        };
        self.ended.push(ended);
        self.sitting = None;
        Ok(())
    }

    /// Whether all incidents were handed in.
    pub fn is_over(&self) -> bool {
        self.ended.len() >= INCIDENTS
    }

    /// How many were solved.
    pub fn solved(&self) -> usize {
        self.ended.iter().filter(|ended| ended.verdict.passed).count()
    }

    /// Whether the exam is passed.
    pub fn passed(&self) -> bool {
        self.solved() >= TO_PASS
    }
}
