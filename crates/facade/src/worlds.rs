//! Which external worlds exist, and how a topology names them.
//!
//! Guarantees: a word that names no external world is left to other parsers; a setting that is not a number is rejected
//! with an error that says how to fix it. Leaves out: what each can do (`milvus_cluster`, `two_regions`).

use super::sim_world::SimWorld;
use super::{milvus_cluster, two_regions};
use quorum_types::Refusal;

/// Whether a topology's name denotes such a world, with any settings.
pub(super) fn is_named(word: &str) -> bool {
    word.split(':').next().is_some_and(|kind| [milvus_cluster::WORD, two_regions::WORD].contains(&kind))
}

/// The world that a word such as `milvus` or `two-regions:name=value,…` names, with further settings; none for any
/// other.
pub(super) fn open(
    word: &str,
    seed: u64,
    more: &[(String, u64)],
) -> Result<Option<Box<dyn SimWorld>>, Refusal> {
    let (kind, rest) = word.split_once(':').unwrap_or((word, ""));
    if !is_named(kind) {
        return Ok(None);
    }
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
    let world = if kind == milvus_cluster::WORD {
        milvus_cluster::open(seed, &set)
    } else {
        two_regions::open(seed, &set)
    };
    world.map(Some)
}
