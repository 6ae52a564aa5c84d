//! Opens an incident of the exam, once the code of its world is there, and says in which steps its time passes.
//!
//! Leaves out: the state of the exam (`quorum_exam::Room`).

use quorum_exam::{Case, Incident, Sitting};
use quorum_facade::swarm::WorldKind;
use quorum_types::Refusal;

use crate::web::worlds;

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
