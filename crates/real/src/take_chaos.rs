//! Faults of a Milvus cluster as manifests for Chaos Mesh.
//!
//! Fields and values are those of Chaos Mesh's custom resources, `chaos-mesh.org/v1alpha1`, as in version 2.8
//! (`config/crd/bases`); labels are those of the Milvus Helm chart 5.0. Guarantees: a fault lasts as long as it lasted
//! in the run; the time at which it began stands in an annotation, because a manifest begins when it is applied; pods
//! that no label of the chart names are found by a script (`take_aim`), and what a manifest hits more, less or
//! otherwise than the run did is listed. Leaves out: which of several pods of a component it was in a saved run.
//! Chaos Mesh picks one by itself, and the list says so.

use crate::take_aim::{Aim, NUMBER};
use crate::take_pods::Pods;
use quorum_facade::milvus::Action;
use quorum_types::{Micros, NodeId, SECOND};

/// A manifest.
#[derive(Clone, Debug)]
pub(crate) struct Strike {
    pub(crate) name: String,
    kind: &'static str,
    at_us: Micros,
    spec: String,
    /// Which pods the script has to label for it.
    pub(crate) aim: Option<Aim>,
}

impl Strike {
    /// Its text. The number is part of the resource's name: a resource of the same name would be replaced.
    pub(crate) fn text(&self, number: usize) -> String {
        let mut text = head(self.kind, &format!("{}-{number:02}", self.name), self.at_us);
        if self.aim.is_some() {
            text = text.replacen(
                "apiVersion:",
                "# Its pods have no label of the chart: run aim.sh before.\napiVersion:",
                1,
            );
        }
        text + &self.spec.replace(NUMBER, &format!("strike-{number:02}"))
    }
}

/// How long a fault lasts that the run did not end.
const OPEN_US: Micros = 60 * SECOND;

/// A selector of the pods of a component, as lines of YAML.
fn selector(component: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let labels = match component {
        "etcd" => "app.kubernetes.io/name: etcd".to_owned(),
        // The chart that it comes from names the release in another label.
        "minio" => return labelled(indent, &format!("release: milvus\n{pad}    app: minio")),
        component => format!("component: {component}"),
    };
    labelled(indent, &format!("app.kubernetes.io/instance: milvus\n{pad}    {labels}"))
}

/// A selector of pods with labels.
fn labelled(indent: usize, labels: &str) -> String {
    let pad = " ".repeat(indent);
    format!(
        "{pad}selector:\n{pad}  namespaces:\n{pad}    - milvus\n{pad}  labelSelectors:\n{pad}    {labels}\n"
    )
}

/// A selector of the pods that the script labelled.
fn aimed(what: &str, indent: usize) -> String {
    labelled(indent, &format!("quorum-lab/{NUMBER}: {what}"))
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

/// All manifests; what has none, or one that does less, is added to `left_out`. In a drill (`acting`) a coordinator
/// means the one that acts, and a zone means its zone.
pub(crate) fn strikes(
    faults: &[(Micros, Action)],
    pods: &Pods,
    acting: bool,
    left_out: &mut Vec<String>,
) -> Vec<Strike> {
    let mut strikes = Vec::new();
    for (at, (at_us, action)) in faults.iter().enumerate() {
        let text = || {
            let text = serde_json::to_string(action).unwrap_or_default();
            format!("{} ms: {text}", at_us / 1_000)
        };
        match one(faults, at, pods, acting) {
            Some(mut made) => {
                left_out.extend(less(action, pods, acting).iter().map(|why| format!("{}: {why}", text())));
                strikes.append(&mut made);
            }
            None if ends_something(action) => {}
            None => left_out.push(text()),
        }
    }
    strikes
}

/// What the manifests of an action do less, more, or otherwise, than the action did.
fn less(action: &Action, pods: &Pods, acting: bool) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    let mut say = |text: &str| list.push(text.to_owned());
    match action {
        Action::KillZone { .. } => {
            if acting {
                say("the zone is that of the coordinator that acts, as in the drill, whatever its number");
            }
            say(
                "the manifest kills the pods that are in the zone when aim.sh runs; values.yaml does not spread them \
                 over zones (set topologySpreadConstraints), and since the zone's nodes stay up, pods may start there \
                 again at once",
            );
        }
        Action::Partition { side, but } => {
            if side.iter().any(|node| pods.place(*node).is_none()) {
                say("there is no manifest for a node that is no pod");
            }
            if side.len() > 1 && !acting {
                say("which pods of a component are cut off is chosen by name, not as in the run");
            }
            if side.len() > 1 && acting {
                say(
                    "the proxy that is cut off is the last by name, in the lab the one that the tester does not use; \
                     keep the tester on another one (kubectl port-forward pod/…)",
                );
            }
            let of_log = but.iter().filter_map(|node| pods.place(*node));
            if of_log.clone().any(|place| pods.stands_for(place).len() > 1) {
                say(
                    "the log's replicas stay reachable in the lab; the chart's log is in the streaming nodes and the \
                     object store, so those stay reachable",
                );
            }
        }
        Action::Kill { node } | Action::Stop { node } | Action::Pause { node } => {
            let component = pods.component(*node).unwrap_or_default();
            let siblings = pods.siblings(component);
            if matches!(action, Action::Pause { .. }) {
                say(
                    "Chaos Mesh replaces the containers, so the process loses its memory; in the lab it keeps it",
                );
            }
            match component {
                "proxy" if acting && siblings > 1 => list.push(format!(
                    "the lab kills the proxy that the tester uses; the manifest kills any of {siblings}, which may be \
                     another one. Repeat it until requests fail, or keep one proxy"
                )),
                // A drill strikes the acting one, or any: the seed says which.
                _ if acting || siblings < 2 => {}
                "mixcoord" => list.push(format!(
                    "the manifest takes any of {siblings} coordinators, which may be a standby; in the run it was this \
                     pod. To hit the one that acts, use the kit of the drill failover-coordinator"
                )),
                _ => list.push(format!("the manifest takes any of {siblings} pods of {component}")),
            }
        }
        Action::Cut { from, to, .. } | Action::Clog { from, to, .. } => {
            let of = |node: &NodeId| pods.component(*node).map_or(0, |component| pods.siblings(component));
            if of(from) > 1 || of(to) > 1 {
                say(
                    "the manifest takes the links of one pod, any of its component, to all pods of the other component",
                );
            }
        }
        Action::SlowDisk { node, .. } | Action::FullDisk { node, .. } | Action::Clock { node, .. } => {
            let component = pods.component(*node).unwrap_or_default();
            let siblings = pods.siblings(component);
            if siblings > 1 {
                list.push(format!("the manifest takes any of {siblings} pods of {component}"));
            }
        }
        Action::Weather(weather) if weather.loss == 0 && weather.duplicate == 0 && weather.reorder == 0 => {}
        Action::Weather(_) => {
            say(
                "the weather was on every link, and the manifest has it on those of one query node; packets are not \
                 reordered",
            );
        }
        _ => {}
    }
    list
}

/// Whether an action only ends an earlier one, and so is part of its manifest.
fn ends_something(action: &Action) -> bool {
    matches!(action, Action::Heal | Action::Resume { .. } | Action::Restart { .. })
}

fn one(faults: &[(Micros, Action)], at: usize, pods: &Pods, acting: bool) -> Option<Vec<Strike>> {
    let (at_us, action) = &faults[at];
    let at_us = *at_us;
    let healed = |action: &Action| matches!(action, Action::Heal);
    let strike =
        |kind: &'static str, name: String, spec: String| Strike { name, kind, at_us, spec, aim: None };
    Some(match action {
        Action::Kill { node } => {
            let component = pods.component(*node)?;
            let one_of_many = component == "mixcoord" && pods.coordinators() > 1;
            vec![pod_kill(component, (acting && one_of_many).then_some(Aim::Acting), at_us)]
        }
        Action::KillZone { zone } => {
            // Without a pod in it nothing dies.
            pods.in_zone(*zone)?;
            vec![pod_kill("zone", Some(if acting { Aim::ZoneOfActing } else { Aim::Zone(*zone) }), at_us)]
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
        Action::Partition { side, but } => {
            let us = lasts(faults, at, healed);
            let aim = Aim::side(pods, side, but, acting);
            if matches!(&aim, Aim::Side { acting: false, pods, .. } if pods.is_empty()) {
                return None;
            }
            let spec = format!(
                "  action: partition\n  mode: all\n  direction: both\n  duration: {}\n{}  target:\n    mode: all\n{}",
                seconds(us),
                aimed("hit", 2),
                aimed("rest", 4)
            );
            let name = format!("isolate-{}", at_us / 1_000);
            vec![Strike { aim: Some(aim), ..strike("NetworkChaos", name, spec) }]
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

/// Kills the pods of an aim, or else one of a component.
fn pod_kill(what: &str, aim: Option<Aim>, at_us: Micros) -> Strike {
    let name = format!("kill-{what}-{}", at_us / 1_000);
    // A grace period of 0 is a SIGKILL, as the power that fails in the lab.
    let (mode, selector) = if aim.is_some() { ("all", aimed("hit", 2)) } else { ("one", selector(what, 2)) };
    let spec = format!("  action: pod-kill\n  mode: {mode}\n  gracePeriod: 0\n{selector}");
    Strike { name, kind: "PodChaos", at_us, spec, aim }
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
