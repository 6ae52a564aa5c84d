//! The large worlds in a worker: fetched before the first run of each.
//!
//! Guarantees: after [`bring`] a run of the world can be opened. Leaves out: their views (`ui::worlds`).

use quorum_facade::large_worlds::LargeWorld;

/// The code of a Milvus cluster.
mod milvus {
    use quorum_facade::large_worlds::{Code, milvus};

    crate::chunk::code! {
        /// Fetches the code of a Milvus cluster.
        milvus_world: Code = milvus()
    }
}

/// The code of two regions.
mod regions {
    use quorum_facade::large_worlds::{Code, regions};

    crate::chunk::code! {
        /// Fetches the code of two regions.
        regions_world: Code = regions()
    }
}

/// Fetches the code of a world and provides it. Fails with the name of what could not be fetched.
pub async fn bring(world: LargeWorld) -> Result<(), String> {
    let code = match world {
        LargeWorld::Milvus => milvus::load().await?,
        LargeWorld::Regions => regions::load().await?,
    };
    #[cfg(feature = "split")]
    quorum_facade::large_worlds::provide(world, code);
    #[cfg(not(feature = "split"))]
    let _linked_in_already = code;
    Ok(())
}
