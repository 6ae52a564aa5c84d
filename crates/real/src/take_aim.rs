//! Pods that no label of the Helm chart names: the coordinator that acts, the pods of a zone, the sides of a cut. A
//! script finds them with kubectl and labels them, and manifests select by that label.
//!
//! Guarantees: a pod without the label is never hit. If the script was not run, or the pods were started again since,
//! Chaos Mesh selects nothing, instead of others. Leaves out: other ways to find out which coordinator acts than the
//! session in the chart's own etcd.

use std::collections::{BTreeMap, BTreeSet};

use crate::take_pods::Pods;
use crate::take_texts::made_from;
use quorum_types::NodeId;

/// The script's path in a kit.
pub(crate) const SCRIPT: &str = "aim.sh";
/// Stands for a strike's number in a manifest until it has one.
pub(crate) const NUMBER: &str = "STRIKE-NUMBER";

/// Which pods a strike hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// The coordinator that acts.
    Acting,
    /// All pods of the zone of the coordinator that acts.
    ZoneOfActing,
    /// All pods of a zone, by its place among the zones' names.
    Zone(u32),
    /// The pods of a side, and how they are cut off: all others but those of some components.
    Side {
        /// Whether the coordinator that acts is one of them.
        acting: bool,
        /// How many pods of which components, the last by name.
        pods: BTreeMap<&'static str, usize>,
        /// What stays reachable.
        but: BTreeSet<&'static str>,
    },
}

impl Aim {
    /// The side of a cut. `acting` says that a coordinator in it is the one that acts.
    pub(crate) fn side(pods: &Pods, side: &[NodeId], but: &[NodeId], acting: bool) -> Self {
        let mut of_kind: BTreeMap<&'static str, BTreeSet<u32>> = BTreeMap::new();
        for place in side.iter().filter_map(|node| pods.place(*node)) {
            of_kind.entry(place.component).or_default().insert(place.ordinal);
        }
        let acting = acting && of_kind.remove("mixcoord").is_some();
        Self::Side {
            acting,
            pods: of_kind.into_iter().map(|(component, ordinals)| (component, ordinals.len())).collect(),
            but: but
                .iter()
                .filter_map(|node| pods.place(*node))
                .flat_map(|place| pods.stands_for(place))
                .collect(),
        }
    }

    fn needs_acting(&self) -> bool {
        matches!(self, Self::Acting | Self::ZoneOfActing | Self::Side { acting: true, .. })
    }

    /// The lines that label its pods.
    fn lines(&self, number: usize) -> String {
        match self {
            Self::Acting => format!("echo \"$acting\" | mark {number:02} hit\n"),
            Self::ZoneOfActing => format!(
                "zone=$(zone_of \"$acting\")\n[ -n \"$zone\" ] || fail \"the node of $acting has no label \
                 topology.kubernetes.io/zone; label the nodes first\"\nin_zone \"$zone\" | mark {number:02} hit\n"
            ),
            Self::Zone(zone) => format!(
                "zone=$(zones | sed -n {}p)\n[ -n \"$zone\" ] || fail \"there are fewer zones than in the run: see \
                 kubectl get nodes -L topology.kubernetes.io/zone\"\nin_zone \"$zone\" | mark {number:02} hit\n",
                zone + 1
            ),
            Self::Side { acting, pods, but } => {
                let mut parts: Vec<String> = Vec::new();
                parts.extend(acting.then(|| "echo \"$acting\"".to_owned()));
                parts.extend(pods.iter().map(|(name, count)| format!("component {name} | tail -n {count}")));
                let without: String =
                    but.iter().map(|name| format!(" | without \"$(component {name})\"")).collect();
                format!(
                    "side=$({})\necho \"$side\" | mark {number:02} hit\nall | without \"$side\"{without} | mark \
                     {number:02} rest\n",
                    parts.join("; ")
                )
            }
        }
    }
}

/// The script that labels the pods of strikes; none if no strike needs it. `aims` are their numbers, names and aims.
pub(crate) fn script(name: &str, aims: &[(usize, &str, &Aim)]) -> Option<String> {
    let (first, _, _) = aims.first()?;
    let keys: String = aims.iter().map(|(number, ..)| format!(" quorum-lab/strike-{number:02}-")).collect();
    let head = "#!/bin/sh\n".to_owned() + &made_from(name);
    let mut text = head + include_str!("take_aim.sh");
    text.push_str(&format!(
        "\n# What an earlier run of this script labelled.\nk label pods --all{keys} >&2\n"
    ));
    if aims.iter().any(|(.., aim)| aim.needs_acting()) {
        text.push_str("acting=$(acting)\n");
    }
    for (number, name, aim) in aims {
        text.push_str(&format!("\n# {number:02}-{name}\n{}", aim.lines(*number)));
    }
    text.push_str(&format!("\nk get pods --label-columns quorum-lab/strike-{first:02} >&2\n"));
    Some(text)
}
