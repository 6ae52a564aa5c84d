//! Who acts in a Milvus cluster, and since when.
//!
//! Guarantees: every kind of coordinator that the cluster has is named, also if nobody acts as it; so are owners of the
//! log, and pods that are down. Leaves out: what is lost, which every world says in the same words (`ui::answers`).

use super::pod::{kind_text, list};
use crate::ui::format::clock;
use crate::ui::marks::MarkKind;
use crate::ui::story::Story;
use quorum_facade::Snapshot;
use quorum_facade::milvus::snapshot::{PodFacts, PodState};
use quorum_facade::milvus::topology::Component;
use quorum_i18n::Lang;

/// The kinds of which one pod, or some, act for all.
const ROLES: [Component; 6] = [
    Component::MixCoord,
    Component::RootCoord,
    Component::QueryCoord,
    Component::DataCoord,
    Component::IndexCoord,
    Component::StreamingNode,
];

/// Sentences about who acts.
pub fn leads(lang: Lang, now: &Snapshot, story: &Story) -> Vec<String> {
    let Some(facts) = &now.milvus else { return Vec::new() };
    let name = |pod: &PodFacts| {
        let kind = kind_text(lang, pod.component);
        lang.f("mc-pod", &[("id", pod.id.into()), ("kind", kind.into())])
    };
    let mut said = Vec::new();
    for role in ROLES {
        let of_kind = || facts.pods.iter().filter(move |pod| pod.component == role);
        if of_kind().next().is_none() {
            continue;
        }
        let acting: Vec<&PodFacts> =
            of_kind().filter(|pod| pod.active && pod.state != PodState::Down).collect();
        if acting.is_empty() {
            said.push(lang.f("mc-tw-nobody", &[("kind", kind_text(lang, role).into())]));
        }
        for pod in acting {
            let began = story.since(now.t_us, |kind| kind == MarkKind::Leader(pod.id));
            said.push(match began {
                Some(t_us) => {
                    lang.f("mc-tw-acts-since", &[("pod", name(pod).into()), ("t", clock(t_us).into())])
                }
                None => lang.f("mc-tw-acts", &[("pod", name(pod).into())]),
            });
        }
    }
    let down: Vec<String> = facts.pods.iter().filter(|pod| pod.state == PodState::Down).map(name).collect();
    if !down.is_empty() {
        said.push(lang.f("mc-tw-down", &[("pods", list(lang, &down).into())]));
    }
    said
}
