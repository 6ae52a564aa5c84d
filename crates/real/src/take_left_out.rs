//! The settings of a run that its kit does not contain.
//!
//! Guarantees: every setting is either in a file of the kit or in this list. Those that the run changed stand alone,
//! with their values; those that have the lab's default stand in one line. Leaves out: faults (`take_chaos`).

use quorum_facade::milvus::settings::{ALL, Settings};
use quorum_facade::regions::config::{DrConfig, Words};
use quorum_facade::{Setting, regions};

/// The settings that `values.yaml`, `tester.py` and the manifests contain.
const IN_FILES: [&str; 23] = [
    "control_plane",
    "coordinators",
    "active_standby",
    "proxies",
    "query_nodes",
    "data_nodes",
    "streaming_nodes",
    "meta_members",
    "log_kind",
    "wal_replicas",
    "replicas",
    "graceful_ms",
    "session_ttl_ms",
    "tick_ms",
    "consistency",
    "search_interval_ms",
    "insert_interval_ms",
    "client_timeout_ms",
    "rows",
    "insert_rows",
    "dim",
    "top_k",
    "metric",
];

/// The settings that the list explains: the first always, the others where there are faults.
const SAID: [&str; 6] =
    ["one_process", "health_check_ms", "health_misses", "restart_ms", "boot_ms", "supervised"];

/// The settings of the regions that the plan's files contain, besides those of `dr_config.yaml`.
const IN_PLAN: [&str; 1] = ["runbook"];

/// Sorts settings into lines: each changed one, and the names of the others.
fn lines(what: &str, settings: impl Iterator<Item = (&'static str, u64, u64)>) -> Vec<String> {
    let (mut lines, mut defaults) = (Vec::new(), Vec::new());
    for (name, value, default) in settings {
        if value == default {
            defaults.push(name);
        } else {
            lines.push(format!("setting {name} = {value} {what}: no file of this kit contains it"));
        }
    }
    if !defaults.is_empty() {
        lines.push(format!(
            "settings {what} that have the lab's defaults, in no file of this kit (your cluster has its own): {}",
            defaults.join(", ")
        ));
    }
    lines
}

/// What a kit does not contain of a cluster.
pub(crate) fn cluster(settings: &Settings, faults: bool) -> Vec<String> {
    let mut list = Vec::new();
    if settings.control_plane != 2 {
        list.push(
            "control_plane: in the lab each kind of coordinator has pods of its own and a fault strikes one kind; the \
             chart's mixcoord is all of them, so a fault strikes all; the lab's index nodes are the chart's data nodes"
                .to_owned(),
        );
    }
    if settings.control_plane == 0 {
        list.push(
            "control_plane: the lab's coordinators are chosen by Raft within seconds; Milvus waits for the end of a \
             lease (session.ttl in values.yaml)"
                .to_owned(),
        );
    }
    if settings.one_process == 1 {
        list.push(
            "one_process: the run is of a stand-alone server; values.yaml installs a cluster".to_owned(),
        );
    }
    if settings.replicas > settings.query_nodes {
        list.push(format!(
            "replicas = {}: Milvus refuses more than there are query nodes; the tester asks for {}",
            settings.replicas, settings.query_nodes
        ));
    }
    if settings.log_kind == 0 {
        list.push(format!(
            "log_kind: the lab's log has {} replicas of its own; values.yaml has Woodpecker embedded in the streaming \
             nodes, over the object store",
            settings.wal_replicas
        ));
    }
    if faults {
        list.push(format!(
            "health_check_ms = {}, health_misses = {}, restart_ms = {}, boot_ms = {}, supervised = {}: Kubernetes \
             starts a killed pod again at once, by its own rules",
            settings.health_check_ms,
            settings.health_misses,
            settings.restart_ms,
            settings.boot_ms,
            settings.supervised
        ));
    }
    // What has a line of its own above.
    let said: &[&str] = if faults { &SAID } else { &SAID[..1] };
    let others =
        ALL.iter().filter(|setting| !IN_FILES.contains(&setting.name) && !said.contains(&setting.name));
    let valued =
        others.filter_map(|setting| Some((setting.name, settings.value(setting.name)?, setting.default)));
    list.extend(lines("of the cluster", valued));
    list
}

/// Whether `dr_config.yaml` has a setting: another value of it gives another configuration.
fn in_config(settings: &regions::Settings, setting: &Setting) -> bool {
    let (words, mut other) = (Words::default(), settings.clone());
    let value = settings.value(setting.name).unwrap_or(setting.default);
    let another = if value < setting.max { value + 1 } else { setting.min };
    other.set(setting.name, another).is_ok() && DrConfig::of(&words, &other) != DrConfig::of(&words, settings)
}

/// What a kit does not contain of the two regions.
pub(crate) fn regions(settings: &regions::Settings) -> Vec<String> {
    let others = regions::settings::ALL
        .iter()
        .filter(|setting| !in_config(settings, setting) && !IN_PLAN.contains(&setting.name));
    let valued =
        others.filter_map(|setting| Some((setting.name, settings.value(setting.name)?, setting.default)));
    lines("of the two regions", valued)
}
