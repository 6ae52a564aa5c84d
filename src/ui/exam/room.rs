//! The state of an exam: which incident is open, and how those before it ended.
//!
//! Guarantees: an incident that was handed in stays as it was graded. Leaves out: drawing (`page`).

use quorum_exam::{Case, INCIDENTS, Incident, Sitting, TO_PASS, Verdict, three};
use quorum_facade::saved::SavedRun;
use quorum_facade::swarm::WorldKind;
use quorum_types::Refusal;

use crate::web::worlds;

/// An incident that was handed in.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    /// Its incident.
    pub(super) incident: &'static Incident,
    /// Its grade.
    pub(super) verdict: Verdict,
    /// The right components.
    pub(super) components: Vec<String>,
    /// The run, if it can be saved.
    pub(super) saved: Option<SavedRun>,
}

/// An exam.
#[derive(Debug)]
pub(super) struct Room {
    /// Its seed.
    pub(super) seed: u64,
    incidents: Vec<&'static Incident>,
    /// The incident that is open.
    pub(super) sitting: Option<Sitting>,
    /// Those that were handed in.
    pub(super) ended: Vec<Ended>,
}

impl Room {
    /// The exam of a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, incidents: three(seed), sitting: None, ended: Vec::new() }
    }

    /// The incident that comes next; none after the last.
    pub(super) fn next(&self) -> Option<&'static Incident> {
        self.incidents.get(self.ended.len()).copied()
    }

    /// Hands the open incident in.
    pub(super) fn hand_in(&mut self) -> Result<(), Refusal> {
        let Some(sitting) = self.sitting.take() else { return Ok(()) };
        self.ended.push(Ended {
            incident: sitting.case().incident,
            verdict: sitting.verdict()?,
            components: sitting.case().components(),
            saved: sitting.saved_run().ok(),
        });
        Ok(())
    }

    /// Whether all incidents were handed in.
    pub(super) fn is_over(&self) -> bool {
        self.ended.len() >= INCIDENTS
    }

    /// How many were solved.
    pub(super) fn solved(&self) -> usize {
        self.ended.iter().filter(|ended| ended.verdict.passed).count()
    }

    /// Whether the exam is passed.
    pub(super) fn passed(&self) -> bool {
        self.solved() >= TO_PASS
    }
}

/// Opens an incident, once the code of its world is there.
pub(super) async fn open(incident: &'static Incident, seed: u64, lang: &str) -> Result<Sitting, Refusal> {
    worlds::bring(incident.world).await?;
    Sitting::open(Case::draw(incident, seed)?, lang)
}

/// The steps by which time can be let pass, in seconds.
pub(super) fn steps_s(world: WorldKind) -> [u64; 3] {
    match world {
        WorldKind::Regions => [60, 600, 3_600],
        _ => [1, 5, 20],
    }
}
