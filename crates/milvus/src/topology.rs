//! The pods of a cluster: their kinds, numbers and zones.
//!
//! Guarantees: pods are numbered from 1 in the order of [`Component::ALL`], the same settings give the same pods; pods
//! of a kind are spread over the zones round-robin. Leaves out: their behaviour.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::settings::Settings;
use quorum_types::NodeId;

/// The kind of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// Takes clients' requests and forwards them.
    #[default]
    Proxy,
    /// Hands out timestamps and ticks.
    RootCoord,
    /// Assigns segments to query nodes.
    QueryCoord,
    /// Decides what is sealed, flushed and dropped.
    DataCoord,
    /// Decides what is indexed; from 2.3 on the data coordinator does.
    IndexCoord,
    /// All four coordinators in one, since 2.6.
    MixCoord,
    /// Holds segments in memory and searches them.
    QueryNode,
    /// Writes growing rows to the object store.
    DataNode,
    /// Builds indexes.
    IndexNode,
    /// Owns the log, since 2.6.
    StreamingNode,
    /// A member of the metadata store (etcd).
    Meta,
    /// A replica of the write-ahead log, or a log store of the Woodpecker service; none where the log's owner writes it
    /// to the object store.
    Wal,
    /// The object store; it is assumed to be always available.
    ObjectStore,
}

impl Component {
    /// All kinds, in the order in which pods are numbered.
    pub const ALL: [Self; 13] = [
        Self::Proxy,
        Self::RootCoord,
        Self::QueryCoord,
        Self::DataCoord,
        Self::IndexCoord,
        Self::MixCoord,
        Self::QueryNode,
        Self::DataNode,
        Self::IndexNode,
        Self::StreamingNode,
        Self::Meta,
        Self::Wal,
        Self::ObjectStore,
    ];

    /// Its name in events, facts and catalogues.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proxy => "proxy",
            Self::RootCoord => "root_coord",
            Self::QueryCoord => "query_coord",
            Self::DataCoord => "data_coord",
            Self::IndexCoord => "index_coord",
            Self::MixCoord => "mix_coord",
            Self::QueryNode => "query_node",
            Self::DataNode => "data_node",
            Self::IndexNode => "index_node",
            Self::StreamingNode => "streaming_node",
            Self::Meta => "meta",
            Self::Wal => "wal",
            Self::ObjectStore => "object_store",
        }
    }

    /// Whether it coordinates.
    pub fn coordinates(self) -> bool {
        matches!(
            self,
            Self::RootCoord | Self::QueryCoord | Self::DataCoord | Self::IndexCoord | Self::MixCoord
        )
    }
}

/// How coordinators are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlPlane {
    /// The course's: every coordinator is a Raft group.
    #[default]
    Raft,
    /// Milvus up to 2.5: active-standby by a leased key in the metadata store.
    Lease,
    /// Milvus 2.6 and 3.0: one coordinator by lease, streaming nodes that own the log.
    Streaming,
}

impl ControlPlane {
    /// The variant for the value of the setting.
    pub fn of(settings: &Settings) -> Self {
        match settings.control_plane {
            0 => Self::Raft,
            1 => Self::Lease,
            _ => Self::Streaming,
        }
    }
}

/// A pod's kind and placement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its number.
    pub id: NodeId,
    /// Its kind.
    pub component: Component,
    /// Its index among the pods of its kind, from 0.
    pub ordinal: u32,
    /// Its zone, from 0.
    pub zone: u32,
}

/// The pods that settings ask for.
pub fn places(settings: &Settings) -> Vec<Place> {
    let control_plane = ControlPlane::of(settings);
    let mut places = Vec::new();
    for component in Component::ALL {
        for ordinal in 0..count(settings, control_plane, component) {
            let id = places.len() as NodeId + 1;
            places.push(Place { id, component, ordinal, zone: zone_of(ordinal, settings) });
        }
    }
    places
}

/// The zone of the pod with this index among those of its kind.
pub(super) fn zone_of(ordinal: u32, settings: &Settings) -> u32 {
    ordinal % settings.zones as u32
}

/// The pods of each kind, by the number of the kind.
pub(super) fn kinds(places: &[Place]) -> Arc<[Vec<NodeId>]> {
    let of = |component: Component| {
        places.iter().filter(|place| place.component == component).map(|place| place.id).collect()
    };
    Component::ALL.into_iter().map(of).collect()
}

fn count(settings: &Settings, control_plane: ControlPlane, component: Component) -> u32 {
    let streaming = control_plane == ControlPlane::Streaming;
    let alone = control_plane != ControlPlane::Raft && settings.active_standby == 0;
    let coordinators = if alone { 1 } else { settings.coordinators };
    let count = match component {
        Component::Proxy => settings.proxies,
        Component::MixCoord if streaming => coordinators,
        Component::MixCoord => 0,
        _ if component.coordinates() && streaming => 0,
        Component::IndexCoord if control_plane == ControlPlane::Lease && settings.index_coord == 0 => 0,
        _ if component.coordinates() => coordinators,
        Component::QueryNode => settings.query_nodes,
        Component::DataNode => settings.data_nodes,
        Component::IndexNode if streaming => 0,
        Component::IndexNode => settings.index_nodes,
        Component::StreamingNode if streaming => settings.streaming_nodes,
        Component::StreamingNode => 0,
        Component::Meta => settings.meta_members,
        Component::Wal if streaming && settings.log_kind == 1 => 0,
        Component::Wal => settings.wal_replicas,
        _ => 1,
    };
    count as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(settings: &Settings) -> String {
        let word = |place: &Place| {
            format!("{}:{}-{}@{}", place.id, place.component.word(), place.ordinal, place.zone)
        };
        places(settings).iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_course_has_three_of_each_coordinator_and_two_or_more_of_each_worker() {
        let settings = Settings::default();
        let of = |component| places(&settings).iter().filter(|place| place.component == component).count();
        assert_eq!(Component::ALL.map(of), [2, 3, 3, 3, 3, 0, 3, 2, 2, 0, 3, 3, 1], "{}", words(&settings));
    }

    #[test]
    fn the_shape_of_2_5_has_three_coordinators_and_a_standby_of_each_only_where_that_is_set() {
        let of = |set: &[(&str, u64)]| {
            let mut settings = Settings::default();
            set.iter().for_each(|(name, value)| settings.set(name, *value).expect("a setting"));
            let coordinators = |place: &&Place| place.component.coordinates();
            places(&settings)
                .iter()
                .filter(coordinators)
                .map(|place| place.component.word())
                .collect::<Vec<_>>()
        };
        let three = ["root_coord", "query_coord", "data_coord"];
        assert_eq!(of(&[("control_plane", 1), ("active_standby", 0)]), three);
        assert_eq!(of(&[("control_plane", 1), ("coordinators", 2)]).len(), 6);
        assert_eq!(of(&[("control_plane", 1), ("index_coord", 1)]).len(), 12, "before 2.3");
        assert_eq!(of(&[("control_plane", 2), ("active_standby", 0)]), ["mix_coord"]);
        assert_eq!(
            of(&[("active_standby", 0), ("index_coord", 0)]).len(),
            12,
            "a Raft group has all its members"
        );
    }

    #[test]
    fn the_shape_of_2_6_has_one_coordinator_and_streaming_nodes() {
        let settings = Settings {
            control_plane: 2,
            coordinators: 2,
            proxies: 1,
            query_nodes: 1,
            data_nodes: 1,
            ..Settings::default()
        };
        assert_eq!(
            words(&settings),
            "1:proxy-0@0 2:mix_coord-0@0 3:mix_coord-1@1 4:query_node-0@0 5:data_node-0@0 6:streaming_node-0@0 \
             7:streaming_node-1@1 8:meta-0@0 9:meta-1@1 10:meta-2@2 11:wal-0@0 12:wal-1@1 13:wal-2@2 14:object_store-0@0"
        );
    }
}
