//! The code of worlds: which world a topology names, and how one is created.
//!
//! A page needs the code of one world. With the feature `lazy-worlds` this crate links none of them: the host provides
//! each before it opens a run of it ([`provide`]). Guarantees: a setting that is not a number is rejected with an error
//! that says how to fix it; a run of a world that has not been provided is refused. Leaves out: what each world can do
//! (`sim_world`).

use super::sim_world::SimWorld;
use super::topology::{Topology, WorldKind};
use super::{milvus_cluster, two_regions};
use quorum_sim::{cluster, standalone};
use quorum_types::Refusal;

/// The code of a world, as [`standalone()`], [`replica_set`], [`milvus`] and [`regions`] return it.
#[derive(Clone, Copy, Debug)]
pub struct Code(Make);

/// Creates a world of one kind.
#[derive(Clone, Copy, Debug)]
enum Make {
    Standalone(fn(standalone::Start) -> Box<dyn SimWorld>),
    ReplicaSet(fn(cluster::Start) -> Box<dyn SimWorld>),
    /// A world that is created from a seed and settings.
    External(MakeExternal),
}

type MakeExternal = fn(u64, &[(String, u64)]) -> Result<Box<dyn SimWorld>, Refusal>;

/// The code of a single engine.
pub fn standalone() -> Code {
    Code(Make::Standalone(|start| Box::new(standalone::Standalone::new(start))))
}

/// The code of a replica set.
pub fn replica_set() -> Code {
    Code(Make::ReplicaSet(|start| Box::new(cluster::Cluster::new(start))))
}

/// The code of a Milvus cluster.
pub fn milvus() -> Code {
    Code(Make::External(milvus_cluster::open))
}

/// The code of two regions.
pub fn regions() -> Code {
    Code(Make::External(two_regions::open))
}

#[cfg(not(feature = "lazy-worlds"))]
mod provided {
    use super::{Code, WorldKind, milvus, regions, replica_set, standalone};

    /// The code of a world.
    pub(super) fn code(world: WorldKind) -> Option<Code> {
        Some(match world {
            WorldKind::Standalone => standalone(),
            WorldKind::Cluster => replica_set(),
            WorldKind::Milvus => milvus(),
            WorldKind::Regions => regions(),
        })
    }

    /// Does nothing: the code of every world is linked in.
    pub fn provide(_: WorldKind, _: Code) {}
}

#[cfg(feature = "lazy-worlds")]
mod provided {
    use std::sync::OnceLock;

    use super::{Code, WorldKind};

    static PROVIDED: [OnceLock<Code>; WorldKind::ALL.len()] = [const { OnceLock::new() }; 4];

    /// The code of a world, once it is provided.
    pub(super) fn code(world: WorldKind) -> Option<Code> {
        PROVIDED[world as usize].get().copied()
    }

    /// Provides the code of a world, from now on and for every run of this process.
    pub fn provide(world: WorldKind, code: Code) {
        // The second time it is the same code.
        let _ = PROVIDED[world as usize].set(code);
    }
}

pub use provided::provide;

/// How the initial world of a run is created, as often as the run goes back to its beginning.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// A single engine, from its disk.
    Standalone { make: fn(standalone::Start) -> Box<dyn SimWorld>, prefilled: bool },
    /// A replica set, from its disks.
    ReplicaSet { make: fn(cluster::Start) -> Box<dyn SimWorld>, nodes: u32 },
    /// A copy of this one: the disks of a world of another crate are in memory.
    External(Box<dyn SimWorld>),
}

/// How the world of a topology is created; a refusal where the host has not provided its code.
pub(super) fn origin(
    (topology, word): (Topology, &str),
    seed: u64,
    settings: &[(String, u64)],
) -> Result<Origin, Refusal> {
    match (WorldKind::of(word).and_then(provided::code).map(|code| code.0), topology) {
        (Some(Make::Standalone(make)), _) => {
            Ok(Origin::Standalone { make, prefilled: topology == Topology::Standalone })
        }
        (Some(Make::ReplicaSet(make)), Topology::ReplicaSet(nodes)) => Ok(Origin::ReplicaSet { make, nodes }),
        (Some(Make::External(make)), _) => external(make, word, seed, settings).map(Origin::External),
        _ => {
            let error = format!("the code of “{word}” has not been provided");
            Err(Refusal::new("world_not_loaded", error))
        }
    }
}

/// The world of another crate that a topology names, with further settings.
fn external(
    make: MakeExternal,
    topology: &str,
    seed: u64,
    more: &[(String, u64)],
) -> Result<Box<dyn SimWorld>, Refusal> {
    let (kind, rest) = topology.split_once(':').unwrap_or((topology, ""));
    let mut set = Vec::new();
    for pair in rest.split(',').filter(|pair| !pair.is_empty()) {
        let number = pair.split_once('=').and_then(|(name, value)| Some((name, value.parse().ok()?)));
        let Some((name, value)) = number else {
            let error = format!("“{pair}” is no setting; write {kind}:name=number,name=number");
            return Err(Refusal::new("unknown_topology", error));
        };
        set.push((name.to_owned(), value));
    }
    set.extend_from_slice(more);
    make(seed, &set)
}
