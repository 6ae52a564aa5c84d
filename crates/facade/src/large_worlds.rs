//! The worlds of other crates: how a topology names them, and where they come from.
//!
//! They are large, and a page needs one of them at most. With the feature `lazy-worlds` this crate does not link them:
//! the host provides each before it opens a run of it. Guarantees: a word that names no such world is left to other
//! parsers; a setting that is not a number is rejected with an error that says how to fix it; a run of a world that has
//! not been provided is refused. Leaves out: what each can do (`milvus_cluster`, `two_regions`).

use super::run::RunConfig;
use super::sim_world::SimWorld;
use super::{milvus_cluster, two_regions};
use quorum_lesson::find;
use quorum_types::Refusal;

/// A world of another crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LargeWorld {
    /// A Milvus cluster.
    Milvus,
    /// Two regions.
    Regions,
}

/// Opens a world of one kind with a seed and settings.
type Open = fn(u64, &[(String, u64)]) -> Result<Box<dyn SimWorld>, Refusal>;

/// The code of a world, as [`milvus`] and [`regions`] return it.
#[derive(Clone, Copy, Debug)]
pub struct Code(Open);

/// The code of a Milvus cluster.
pub fn milvus() -> Code {
    Code(milvus_cluster::open)
}

/// The code of two regions.
pub fn regions() -> Code {
    Code(two_regions::open)
}

impl LargeWorld {
    /// The world that a topology such as `milvus` or `two-regions:name=value,…` names; none for any other.
    pub fn of(topology: &str) -> Option<Self> {
        match topology.split(':').next()? {
            milvus_cluster::WORD => Some(Self::Milvus),
            two_regions::WORD => Some(Self::Regions),
            _ => None,
        }
    }

    /// The world that a run needs, as far as its lesson is known.
    pub fn of_run(config: &RunConfig) -> Option<Self> {
        let lesson = config.lesson.as_deref().and_then(find).map(|lesson| lesson.topology.as_str());
        Self::of(lesson.or(config.topology.as_deref())?)
    }
}

#[cfg(not(feature = "lazy-worlds"))]
mod code {
    use super::{Code, LargeWorld, milvus, regions};

    /// The code of a world.
    pub(super) fn of(world: LargeWorld) -> Option<Code> {
        Some(match world {
            LargeWorld::Milvus => milvus(),
            LargeWorld::Regions => regions(),
        })
    }
}

#[cfg(feature = "lazy-worlds")]
mod code {
    use std::sync::OnceLock;

    use super::{Code, LargeWorld};

    static PROVIDED: [OnceLock<Code>; 2] = [const { OnceLock::new() }; 2];

    /// The code of a world, once it is provided.
    pub(super) fn of(world: LargeWorld) -> Option<Code> {
        PROVIDED[world as usize].get().copied()
    }

    /// Provides the code of a world, from now on and for every run of this process.
    pub fn provide(world: LargeWorld, code: Code) {
        // The second time it is the same code.
        let _ = PROVIDED[world as usize].set(code);
    }
}

#[cfg(feature = "lazy-worlds")]
pub use code::provide;

/// The world that a topology names, with further settings; none for a topology of this crate's own.
pub(super) fn open(
    topology: &str,
    seed: u64,
    more: &[(String, u64)],
) -> Result<Option<Box<dyn SimWorld>>, Refusal> {
    let Some(world) = LargeWorld::of(topology) else { return Ok(None) };
    let Some(code) = code::of(world) else {
        return Err(Refusal::new("world_not_loaded", format!("the code of “{topology}” is not loaded")));
    };
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
    (code.0)(seed, &set).map(Some)
}
