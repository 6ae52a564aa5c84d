//! Faults of a Milvus cluster as manifests for Chaos Mesh.
//!
//! Fields and values are those of Chaos Mesh's custom resources, `chaos-mesh.org/v1alpha1`, as in version 2.8
//! (`config/crd/bases`); labels are those of the Milvus Helm chart 5.0. Guarantees: a fault lasts as long as it lasted
//! in the run; the time at which it began stands in an annotation, because a manifest begins when it is applied. Leaves
//! out: which of several pods of a component it was. Chaos Mesh picks one by itself.

use std::collections::BTreeMap;

use quorum_facade::milvus::settings::Settings;
use quorum_facade::milvus::topology::Component;
use quorum_facade::milvus::{Action, Milvus};
use quorum_types::{Micros, NodeId, SECOND};

/// A manifest.
#[derive(Clone, Debug)]
pub(crate) struct Strike {
    pub(crate) name: String,
    kind: &'static str,
    at_us: Micros,
    spec: String,
}

impl Strike {
    /// Its text. The number is part of the resource's name: a resource of the same name would be replaced.
    pub(crate) fn text(&self, number: usize) -> String {
        head(self.kind, &format!("{}-{number:02}", self.name), self.at_us) + &self.spec
    }
}

/// The pods of a cluster: which component each is.
#[derive(Debug)]
pub(crate) struct Pods(Vec<(NodeId, &'static str, u32)>);

impl Pods {
    pub(crate) fn of(settings: &Settings) -> Self {
        let world = Milvus::new(1, settings.clone());
        let pods = world.facts().pods.into_iter();
        Self(pods.map(|pod| (pod.id, component(pod.component), pod.zone)).collect())
    }

    /// The component of a pod; none for a number that no pod has.
    fn component(&self, id: NodeId) -> Option<&'static str> {
        self.0.iter().find(|pod| pod.0 == id).map(|pod| pod.1)
    }

    /// The first pod of a component.
    pub(crate) fn first(&self, component: &str) -> Option<NodeId> {
        self.0.iter().find(|pod| pod.1 == component).map(|pod| pod.0)
    }

    /// The components in a zone.
    fn in_zone(&self, zone: u32) -> Vec<&'static str> {
        self.0.iter().filter(|pod| pod.2 == zone).map(|pod| pod.1).collect()
    }
}

/// How long a fault lasts that the run did not end.
const OPEN_US: Micros = 60 * SECOND;

/// The label that the Helm chart gives to the pods of a component, or the name of the chart that it depends on. The
/// chart's Milvus 2.6 has all coordinators in one pod, and its data nodes build indexes.
pub(crate) fn component(component: Component) -> &'static str {
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

/// A selector of the pods of a component, as lines of YAML.
fn selector(component: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let labels = match component {
        "etcd" => "app.kubernetes.io/name: etcd".to_owned(),
        "minio" => "app: minio".to_owned(),
        component => format!("component: {component}"),
    };
    format!(
        "{pad}selector:\n{pad}  namespaces:\n{pad}    - milvus\n{pad}  labelSelectors:\n\
         {pad}    app.kubernetes.io/instance: milvus\n{pad}    {labels}\n"
    )
}

fn seconds(us: Micros) -> String {
    format!("{}ms", us.div_ceil(1_000).max(1))
}

/// The beginning of every manifest.
fn head(kind: &str, name: &str, at_us: Micros) -> String {
    format!(
        "# Made by quorum-lab export. For Chaos Mesh 2.6 to 2.8 (chaos-mesh.org/v1alpha1) and a Milvus \
         installed by its\n# Helm chart as release “milvus” in namespace “milvus”. It begins when it is applied: in \
         the run that was\n# {} ms after the start.\n\
         apiVersion: chaos-mesh.org/v1alpha1\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: milvus\n  \
         annotations:\n    quorum-lab/at-ms: \"{}\"\nspec:\n",
        at_us / 1_000,
        at_us / 1_000
    )
}

/// After how long a fault ends: with the first later action that `ends` names.
fn ends_after(faults: &[(Micros, Action)], at: usize, ends: impl Fn(&Action) -> bool) -> Option<Micros> {
    let end = faults.iter().skip(at + 1).find(|(_, action)| ends(action));
    end.map(|(end_us, _)| end_us.saturating_sub(faults[at].0))
}

/// How long a fault lasts that does not end by itself.
fn lasts(faults: &[(Micros, Action)], at: usize, ends: impl Fn(&Action) -> bool) -> Micros {
    ends_after(faults, at, ends).unwrap_or(OPEN_US)
}

/// All manifests; what has none, or one that does less, is added to `left_out`.
pub(crate) fn strikes(faults: &[(Micros, Action)], pods: &Pods, left_out: &mut Vec<String>) -> Vec<Strike> {
    let mut strikes = Vec::new();
    for (at, (at_us, action)) in faults.iter().enumerate() {
        let text = || {
            let text = serde_json::to_string(action).unwrap_or_default();
            format!("{} ms: {text}", at_us / 1_000)
        };
        match one(faults, at, pods) {
            Some(mut made) => {
                left_out.extend(less(action, pods).map(|why| format!("{}: {why}", text())));
                strikes.append(&mut made);
            }
            None if ends_something(action) => {}
            None => left_out.push(text()),
        }
    }
    strikes
}

/// What the manifests of an action do less, or otherwise, than the action did.
fn less(action: &Action, pods: &Pods) -> Option<&'static str> {
    match action {
        Action::KillZone { .. } => Some(
            "the manifests kill as many pods of each component as the zone had, but Chaos Mesh chooses which, so \
             they may be of any zone",
        ),
        Action::Partition { side, .. } if side.iter().any(|node| pods.component(*node).is_none()) => {
            Some("there is no manifest for a node that is no pod; the others are isolated one by one")
        }
        Action::Partition { side, .. } if side.len() > 1 => Some(
            "each manifest isolates one pod, also from the others of its side; two of one component may be the \
             same pod",
        ),
        Action::Partition { but, .. } if !but.is_empty() => {
            Some("the manifest cuts the links that were left open as well")
        }
        Action::Weather(weather) if weather.loss == 0 && weather.duplicate == 0 && weather.reorder == 0 => {
            None
        }
        Action::Weather(_) => Some(
            "the weather was on every link, and the manifest has it on those of one query node; packets are not \
             reordered",
        ),
        _ => None,
    }
}

/// Whether an action only ends an earlier one, and so is part of its manifest.
fn ends_something(action: &Action) -> bool {
    matches!(action, Action::Heal | Action::Resume { .. } | Action::Restart { .. })
}

fn one(faults: &[(Micros, Action)], at: usize, pods: &Pods) -> Option<Vec<Strike>> {
    let (at_us, action) = &faults[at];
    let at_us = *at_us;
    let healed = |action: &Action| matches!(action, Action::Heal);
    let strike = |kind: &'static str, name: String, spec: String| Strike { name, kind, at_us, spec };
    Some(match action {
        Action::Kill { node } => vec![pod_kill(pods.component(*node)?, 1, at_us)],
        Action::KillZone { zone } => {
            let mut hit = BTreeMap::new();
            pods.in_zone(*zone).into_iter().for_each(|component| *hit.entry(component).or_insert(0) += 1);
            hit.into_iter().map(|(component, count)| pod_kill(component, count, at_us)).collect()
        }
        Action::Stop { node } => {
            let component = pods.component(*node)?;
            let spec =
                format!("  action: pod-kill\n  mode: one\n  gracePeriod: 30\n{}", selector(component, 2));
            vec![strike("PodChaos", format!("stop-{component}-{}", at_us / 1_000), spec)]
        }
        Action::Pause { node } => {
            let component = pods.component(*node)?;
            let us = lasts(faults, at, |later| matches!(later, Action::Resume { node: one } if one == node));
            let spec = format!(
                "  action: pod-failure\n  mode: one\n  duration: {}\n{}",
                seconds(us),
                selector(component, 2)
            );
            vec![strike("PodChaos", format!("pause-{component}-{}", at_us / 1_000), spec)]
        }
        Action::Cut { from, to, one_way } => {
            let (from, to) = (pods.component(*from)?, pods.component(*to)?);
            let direction = if *one_way { "to" } else { "both" };
            let spec = network("partition", (from, Some(to)), direction, lasts(faults, at, healed), "");
            vec![strike("NetworkChaos", format!("cut-{from}-{to}-{}", at_us / 1_000), spec)]
        }
        Action::Partition { side, .. } => {
            let us = lasts(faults, at, healed);
            let cut = |node: &NodeId| {
                let component = pods.component(*node)?;
                let spec = network("partition", (component, None), "both", us, "");
                Some(strike("NetworkChaos", format!("isolate-{component}-{}", at_us / 1_000), spec))
            };
            side.iter().filter_map(cut).collect()
        }
        Action::Clog { from, to, us } => {
            let (from, to) = (pods.component(*from)?, pods.component(*to)?);
            let delay = format!("  delay:\n    latency: {}\n", seconds(*us));
            // What is sent waits until then, unless everything is healed before.
            let lasts_us = ends_after(faults, at, healed).map_or(*us, |end_us| end_us.min(*us));
            let spec = network("delay", (from, Some(to)), "to", lasts_us, &delay);
            vec![strike("NetworkChaos", format!("clog-{from}-{to}-{}", at_us / 1_000), spec)]
        }
        Action::Weather(weather) => {
            let per_cent = |permille: u64| format!("{}.{}", permille / 10, permille % 10);
            let (loss, twice) = (u64::from(weather.loss), u64::from(weather.duplicate));
            let fair = |later: &Action| matches!(later, Action::Weather(later) if later.loss == 0);
            if loss == 0 && twice == 0 {
                return Some(Vec::new());
            }
            let how = format!(
                "  loss:\n    loss: \"{}\"\n  duplicate:\n    duplicate: \"{}\"\n",
                per_cent(loss),
                per_cent(twice)
            );
            let spec = network("netem", ("querynode", None), "both", lasts(faults, at, fair), &how);
            vec![strike("NetworkChaos", format!("weather-{}", at_us / 1_000), spec)]
        }
        Action::SlowDisk { ms: 0, .. } => Vec::new(),
        Action::SlowDisk { node, ms } => {
            let component = pods.component(*node)?;
            let us =
                lasts(faults, at, |later| matches!(later, Action::SlowDisk { node: one, .. } if one == node));
            let how = format!("  action: latency\n  delay: {ms}ms\n  percent: 100\n");
            vec![strike(
                "IOChaos",
                format!("slow-disk-{component}-{}", at_us / 1_000),
                disk(component, us, &how),
            )]
        }
        Action::FullDisk { on: false, .. } => Vec::new(),
        Action::FullDisk { node, .. } => {
            let component = pods.component(*node)?;
            let us = lasts(
                faults,
                at,
                |later| matches!(later, Action::FullDisk { node: one, on: false } if one == node),
            );
            // 28 is ENOSPC; only what needs space fails.
            let how = "  action: fault\n  errno: 28\n  percent: 100\n  methods:\n    - write\n    - create\n";
            vec![strike(
                "IOChaos",
                format!("full-disk-{component}-{}", at_us / 1_000),
                disk(component, us, how),
            )]
        }
        Action::Clock { node, jump_us, drift_ppm: 0, .. } if *jump_us != 0 => {
            let component = pods.component(*node)?;
            let us =
                lasts(faults, at, |later| matches!(later, Action::Clock { node: one, .. } if one == node));
            let spec = format!(
                "  mode: one\n  timeOffset: \"{}us\"\n  duration: {}\n{}",
                jump_us,
                seconds(us),
                selector(component, 2)
            );
            vec![strike("TimeChaos", format!("clock-{component}-{}", at_us / 1_000), spec)]
        }
        _ => return None,
    })
}

fn pod_kill(component: &str, count: u32, at_us: Micros) -> Strike {
    let name = format!("kill-{component}-{}", at_us / 1_000);
    // A grace period of 0 is a SIGKILL, as the power that fails in the lab.
    let mode = if count > 1 { format!("fixed\n  value: \"{count}\"") } else { "one".to_owned() };
    let spec = format!("  action: pod-kill\n  mode: {mode}\n  gracePeriod: 0\n{}", selector(component, 2));
    Strike { name, kind: "PodChaos", at_us, spec }
}

fn network(action: &str, (from, to): (&str, Option<&str>), direction: &str, us: Micros, how: &str) -> String {
    let target = match to {
        Some(to) => selector(to, 4),
        // Everything of the release; a pod keeps its connection to itself.
        None => "    selector:\n      namespaces:\n        - milvus\n".to_owned(),
    };
    format!(
        "  action: {action}\n  mode: one\n  direction: {direction}\n  duration: {}\n{how}{}  target:\n    mode: \
         all\n{target}",
        seconds(us),
        selector(from, 2)
    )
}

fn disk(component: &str, us: Micros, how: &str) -> String {
    let path = if component == "etcd" { "/bitnami/etcd" } else { "/var/lib/milvus" };
    format!("{how}  mode: one\n  volumePath: {path}\n  duration: {}\n{}", seconds(us), selector(component, 2))
}
