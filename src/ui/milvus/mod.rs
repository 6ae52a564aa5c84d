//! The page's view of a Milvus cluster: a map of its pods, the actions on them, the tester's measurements.
//!
//! Guarantees: every figure is one of [`MilvusFacts`](quorum_facade::milvus::snapshot::MilvusFacts) or of the snapshot
//! around them; where the course and Milvus differ, the view says which of the two it shows. Two instruments beside the
//! cluster do not touch it: majority arithmetic (`majority`) and a load test of other clusters (`load`). Leaves out:
//! what failover tests play and how they are measured (`drill`).

pub mod answers;
mod choice;
mod crowd;
pub mod drills;
mod experiments;
pub mod fold;
mod geometry;
mod inspect;
mod kept;
pub mod load;
pub mod majority;
pub mod map;
pub mod narrate;
pub mod panels;
mod pod;
pub mod pod_actions;
pub mod reads;
pub mod report;
pub mod setup;
mod traffic;
pub mod trend;
pub mod views;

use std::rc::Rc;

use yew::prelude::*;

use crate::ui::look;
use crate::ui::tuning;
use crate::web::styles::Style;
use quorum_facade::milvus::settings::ALL;
use quorum_facade::milvus::topology::Component;
use quorum_facade::snapshot::Snapshot;

pub use pod::kind_text;
pub(crate) use pod::list;

/// The name of a cluster's topology.
pub(crate) const TOPOLOGY: &str = crate::web::needs::MILVUS;

/// The shapes to choose from: the name in the document, the topology, title. They are as documented: without a standby
/// unless one is switched on.
pub(crate) const PRESETS: [(&str, &str, &str); 4] = [
    ("course", "milvus", "preset-milvus-course"),
    ("2.5", "milvus:control_plane=1,active_standby=0", "preset-milvus-25"),
    ("2.6", "milvus:control_plane=2,active_standby=0,delegator=1", "preset-milvus-26"),
    ("3.0", "milvus:control_plane=2,active_standby=0,log_kind=1,delegator=1", "preset-milvus-30"),
];

/// The style of these views, once per page.
pub fn style() -> Html {
    look(Style::Milvus)
}

/// Whether a topology names a cluster.
pub fn is_cluster(topology: &str) -> bool {
    topology.split(':').next() == Some(TOPOLOGY)
}

/// A setting's value in the run, else in its topology, else its default.
pub(crate) fn value_of(now: &Snapshot, name: &str) -> u64 {
    let reported =
        now.milvus.as_ref().and_then(|facts| facts.settings.iter().find(|(reported, _)| reported == name));
    reported.map(|(_, value)| *value).unwrap_or_else(|| asked(&now.topology, name))
}

/// A setting's value in a topology, else its default.
pub fn asked(topology: &str, name: &str) -> u64 {
    tuning::asked(ALL, topology, name)
}

/// The settings of the run that differ from their defaults, in the order of the table.
pub(crate) fn changed(now: &Snapshot) -> Vec<(String, u64)> {
    let values = ALL.iter().map(|setting| (setting, value_of(now, setting.name)));
    let changed = values.filter(|(setting, value)| *value != setting.default);
    changed.map(|(setting, value)| (setting.name.to_owned(), value)).collect()
}

/// The settings of a topology's name that differ from their defaults, in the order of the table.
pub(crate) fn changed_in(topology: &str) -> Vec<(String, u64)> {
    let values = ALL.iter().map(|setting| (setting, asked(topology, setting.name)));
    let changed = values.filter(|(setting, value)| *value != setting.default);
    changed.map(|(setting, value)| (setting.name.to_owned(), value)).collect()
}

/// The topology with these settings where they differ from the defaults, in the order of the table.
pub fn topology_with(changed: &[(String, u64)]) -> String {
    tuning::topology_with(TOPOLOGY, ALL, changed)
}

/// The kind of each pod, in the order of their numbers from 1; empty where the run is not a cluster.
pub(crate) fn kinds(now: &Snapshot) -> Rc<Vec<Component>> {
    let pods = now.milvus.as_ref().map(|facts| facts.pods.as_slice()).unwrap_or_default();
    Rc::new(pods.iter().map(|pod| pod.component).collect())
}
