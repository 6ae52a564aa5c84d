//! Topologies: what a run is made of, by the word that names it.
//!
//! Guarantees: an unknown word, or a number of nodes out of bounds, is refused with what there is. Leaves out: creating
//! worlds (`world`, `world_code`).

use serde::{Deserialize, Serialize};

use super::run::RunConfig;
use quorum_lesson::find;
use quorum_sim::cluster;
use quorum_types::Refusal;

/// The name of the topology of a Milvus cluster.
pub(super) const MILVUS: &str = "milvus";
/// The name of the topology of two regions.
pub(super) const TWO_REGIONS: &str = "two-regions";

/// What a run is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    /// One engine, with the collection that generated rows go to.
    Standalone,
    /// One engine without any collection.
    Engine,
    /// A replica set with this many nodes.
    ReplicaSet(u32),
    /// A world of another crate; what it is made of stands in the word.
    External,
}

/// What the topology of a replica set begins with.
const SET: &str = "replica-set:";

impl Topology {
    /// The word of what runs when nothing is named.
    pub(super) const DEFAULT: &str = "standalone";

    /// Reads `standalone` or `replica-set:N`; of `replica-set:N:name=value,…` only the number of nodes.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        match text {
            "standalone" => return Ok(Self::Standalone),
            "engine" => return Ok(Self::Engine),
            _ => {}
        }
        if WorldKind::external(text).is_some() {
            return Ok(Self::External);
        }
        let nodes = text.strip_prefix(SET).map(|rest| rest.split_once(':').map_or(rest, |(nodes, _)| nodes));
        let nodes = nodes.and_then(|nodes| nodes.parse::<u32>().ok());
        match nodes.filter(|nodes| (1..=cluster::MAX_NODES).contains(nodes)) {
            Some(nodes) => Ok(Self::ReplicaSet(nodes)),
            None => {
                let most = cluster::MAX_NODES;
                let error = format!(
                    "there is no topology “{text}”; there are standalone, engine, milvus, two-regions and \
                     replica-set:1 to {most}"
                );
                Err(Refusal::new("unknown_topology", error))
            }
        }
    }

    /// The settings that a replica set's topology names: `replica-set:5:heartbeat_ms=50,election_ms=500`.
    pub fn settings(text: &str) -> Result<Vec<(String, u64)>, Refusal> {
        let list = text.strip_prefix(SET).and_then(|rest| rest.split_once(':')).map_or("", |(_, list)| list);
        let pairs = list.split(',').filter(|pair| !pair.is_empty());
        let read = pairs.map(|pair| {
            let number = pair.split_once('=').and_then(|(name, value)| Some((name, value.parse().ok()?)));
            number.map(|(name, value)| (name.to_owned(), value)).ok_or_else(|| {
                let error = format!("“{pair}” is no setting; write {SET}5:name=number,name=number");
                Refusal::new("unknown_topology", error)
            })
        });
        read.collect()
    }

    /// The word for it, as [`Topology::parse`] reads it.
    pub fn word(self) -> String {
        match self {
            Self::Standalone => "standalone".to_owned(),
            Self::Engine => "engine".to_owned(),
            Self::ReplicaSet(nodes) => format!("replica-set:{nodes}"),
            Self::External => "external".to_owned(),
        }
    }
}

/// A world that can be searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorldKind {
    /// A replica set.
    #[default]
    Cluster,
    /// One engine with its log.
    Standalone,
    /// A Milvus cluster.
    Milvus,
    /// Two regions.
    Regions,
}

impl WorldKind {
    /// The world that a topology such as `replica-set:5` or `two-regions:name=value,…` names.
    pub fn of(topology: &str) -> Option<Self> {
        match Topology::parse(topology).ok()? {
            Topology::Standalone | Topology::Engine => Some(Self::Standalone),
            Topology::ReplicaSet(_) => Some(Self::Cluster),
            Topology::External => Self::external(topology),
        }
    }

    /// The world whose topologies begin with this word, up to their colon; lessons name theirs so.
    pub fn of_kind(word: &str) -> Option<Self> {
        Self::of(word).or_else(|| Self::of(&format!("{word}:3")))
    }

    /// The world of another crate that a topology names; none for any other topology.
    pub fn external(topology: &str) -> Option<Self> {
        match topology.split(':').next()? {
            MILVUS => Some(Self::Milvus),
            TWO_REGIONS => Some(Self::Regions),
            _ => None,
        }
    }

    /// The world that a run needs, as far as its lesson is known.
    pub fn of_run(config: &RunConfig) -> Option<Self> {
        let lesson = config.lesson.as_deref().and_then(find).map(|lesson| lesson.topology.as_str());
        Self::of(lesson.or(config.topology.as_deref()).unwrap_or(Topology::DEFAULT))
    }
}
