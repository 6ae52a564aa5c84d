//! The code of worlds: fetched before the first run of each.
//!
//! Guarantees: after [`bring`] a run of the world can be opened. Leaves out: their views (`ui::worlds`).

use quorum_facade::swarm::WorldKind;
use quorum_facade::world_code::provide;
use quorum_types::Refusal;

/// The code of a single engine.
mod standalone {
    use quorum_facade::world_code::{Code, standalone};

    crate::chunk::code! {
        /// Fetches the code of a single engine.
        engine_world: Code = standalone()
    }
}

/// The code of a replica set.
mod replica_set {
    use quorum_facade::world_code::{Code, replica_set};

    crate::chunk::code! {
        /// Fetches the code of a replica set.
        replica_set_world: Code = replica_set()
    }
}

/// The code of a Milvus cluster.
mod milvus {
    use quorum_facade::world_code::{Code, milvus};

    crate::chunk::code! {
        /// Fetches the code of a Milvus cluster.
        milvus_world: Code = milvus()
    }
}

/// The code of two regions.
mod regions {
    use quorum_facade::world_code::{Code, regions};

    crate::chunk::code! {
        /// Fetches the code of two regions.
        regions_world: Code = regions()
    }
}

/// Fetches the code of a world and provides it. Refused with `program_incomplete` and the name of what could not be
/// fetched.
pub async fn bring(world: WorldKind) -> Result<(), Refusal> {
    let code = match world {
        WorldKind::Standalone => standalone::load().await,
        WorldKind::Cluster => replica_set::load().await,
        WorldKind::Milvus => milvus::load().await,
        WorldKind::Regions => regions::load().await,
    };
    provide(world, code.map_err(incomplete)?);
    Ok(())
}

/// The refusal of what needs a chunk that could not be fetched.
pub fn incomplete(chunk: String) -> Refusal {
    Refusal::new("program_incomplete", chunk)
}
