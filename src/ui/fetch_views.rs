//! Fetching the views of a world: the one place that names the chunks of all worlds' views.
//!
//! Guarantees: views that are loaded are not fetched again. Leaves out: keeping and calling them (`worlds`).

use super::worlds::{self, Loaded};
use super::{cluster, engine, milvus, regions};
use quorum_facade::swarm::WorldKind;

/// Fetches the views of a topology, unless they are loaded. Fails with the name of what could not be fetched.
pub(crate) async fn load(topology: &str) -> Result<(), String> {
    let mut new = Loaded::default();
    let there = worlds::loaded();
    match WorldKind::of(topology) {
        Some(WorldKind::Standalone) if there.engine.is_none() => {
            new.engine = Some(engine::views::load().await?)
        }
        Some(WorldKind::Cluster) if there.cluster.is_none() => {
            new.cluster = Some(cluster::views::load().await?)
        }
        Some(WorldKind::Milvus) if there.milvus.is_none() => new.milvus = Some(milvus::views::load().await?),
        Some(WorldKind::Regions) if there.regions.is_none() => {
            new.regions = Some(regions::views::load().await?)
        }
        _ => return Ok(()),
    }
    // Others may have come in the meantime.
    worlds::keep(new);
    Ok(())
}
