//! The pods of a run, and what they are in a cluster of the Milvus Helm chart 5.0.
//!
//! Guarantees: every pod of the lab has a component of the chart. Leaves out: which pod of a component it is there; the
//! chart's pods have names of their own.

use quorum_facade::milvus::Milvus;
use quorum_facade::milvus::settings::Settings;
use quorum_facade::milvus::topology::Component;
use quorum_types::NodeId;

/// A pod of the run, and what it is in a cluster of the chart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    id: NodeId,
    /// The component of the chart.
    pub(crate) component: &'static str,
    /// Its index among the pods of its kind.
    pub(crate) ordinal: u32,
    kind: Component,
    zone: u32,
}

/// The pods of a cluster: which component each is.
#[derive(Debug)]
pub(crate) struct Pods {
    places: Vec<Place>,
    settings: Settings,
}

impl Pods {
    pub(crate) fn of(settings: &Settings) -> Self {
        let world = Milvus::new(1, settings.clone());
        let place = |pod: quorum_facade::milvus::snapshot::PodFacts| Place {
            id: pod.id,
            component: component(pod.component),
            ordinal: pod.ordinal,
            kind: pod.component,
            zone: pod.zone,
        };
        let places = world.facts().pods.into_iter().map(place).collect();
        Self { places, settings: settings.clone() }
    }

    /// A pod; none for a number that no pod has.
    pub(crate) fn place(&self, id: NodeId) -> Option<&Place> {
        self.places.iter().find(|place| place.id == id)
    }

    /// The component of a pod; none for a number that no pod has.
    pub(crate) fn component(&self, id: NodeId) -> Option<&'static str> {
        self.place(id).map(|place| place.component)
    }

    /// The first pod of a component.
    pub(crate) fn first(&self, component: &str) -> Option<NodeId> {
        self.places.iter().find(|place| place.component == component).map(|place| place.id)
    }

    /// The last pod of a component.
    pub(crate) fn last(&self, component: &str) -> Option<NodeId> {
        self.places.iter().rev().find(|place| place.component == component).map(|place| place.id)
    }

    /// A pod of a zone.
    pub(crate) fn in_zone(&self, zone: u32) -> Option<NodeId> {
        self.places.iter().find(|place| place.zone == zone).map(|place| place.id)
    }

    /// The replicas of the log.
    pub(crate) fn of_log(&self) -> Vec<NodeId> {
        self.places.iter().filter(|place| place.kind == Component::Wal).map(|place| place.id).collect()
    }

    /// How many pods of the chart's cluster a pod of the run is one of.
    pub(crate) fn siblings(&self, component: &str) -> usize {
        match component {
            "mixcoord" => self.coordinators() as usize,
            _ => self.places.iter().filter(|place| place.component == component).count(),
        }
    }

    /// The chart's pods of the coordinator.
    pub(crate) fn coordinators(&self) -> u64 {
        let standby = self.settings.active_standby > 0 && self.settings.coordinators > 1;
        if standby { self.settings.coordinators } else { 1 }
    }

    /// The components of the chart that do what a pod does. Without a log of its own the chart writes it in the
    /// streaming nodes, into the object store.
    pub(crate) fn stands_for(&self, place: &Place) -> Vec<&'static str> {
        match place.kind {
            Component::Wal if self.settings.log_kind != 2 => vec!["streamingnode", "minio"],
            _ => vec![place.component],
        }
    }
}

/// The label that the Helm chart gives to the pods of a component, or the name of the chart that it depends on. The
/// chart's Milvus 2.6 has all coordinators in one pod, and its data nodes build indexes.
fn component(component: Component) -> &'static str {
    match component {
        Component::Proxy => "proxy",
        Component::RootCoord
        | Component::DataCoord
        | Component::QueryCoord
        | Component::IndexCoord
        | Component::MixCoord => "mixcoord",
        Component::QueryNode => "querynode",
        Component::DataNode | Component::IndexNode => "datanode",
        Component::StreamingNode => "streamingnode",
        Component::Meta => "etcd",
        Component::Wal => "woodpecker",
        Component::ObjectStore => "minio",
    }
}
