//! Who leads, since when, and what is lost: the state of a run in a few sentences, for those who ask.
//!
//! Guarantees: everything is read from the snapshot, except since when, which is the last mark on the timeline that
//! says so; where the timeline no longer has one, no moment is named. Leaves out: the names of pods and regions, which
//! only their worlds' views know (`milvus::answers`, `regions::answers`).

use super::format::{clock, span};
use super::marks::MarkKind;
use super::narrate::invariant;
use super::story::Story;
use super::worlds;
use quorum_facade::Snapshot;
use quorum_facade::snapshot::{NodeFacts, Role};
use quorum_i18n::{Arg, Lang};
use quorum_types::{Micros, NodeId};

/// The answer: some sentences, the present moment first.
pub fn answer(lang: Lang, now: &Snapshot, story: &Story) -> Vec<String> {
    let days = now.regions.is_some();
    let mut said = vec![lang.f("tw-at", &[("t", at(lang, days, now.t_us).into())])];
    if worlds::is_there(now) {
        said.extend(worlds::leads(lang, now, story));
    } else if now.nodes.len() > 1 {
        said.extend(replicas(lang, now, story));
    } else {
        said.extend(engine(lang, now, story));
    }
    if !days {
        said.push(service(lang, now));
    }
    said.extend(lost(lang, now));
    said
}

/// A moment in the run's format.
pub(crate) fn at(lang: Lang, days: bool, t_us: Micros) -> String {
    if days { worlds::when(lang, t_us) } else { clock(t_us) }
}

/// The leader of a replica set, and others that take themselves for it.
fn replicas(lang: Lang, now: &Snapshot, story: &Story) -> Vec<String> {
    let lead = |node: &&NodeFacts| node.role == Role::Leader && node.alive;
    let newest = now.nodes.iter().filter(lead).map(|node| node.term).max();
    let Some(newest) = newest else { return vec![lang.t("tw-nobody"), majority(lang, now)] };
    let mut said = Vec::new();
    for node in now.nodes.iter().filter(lead) {
        let args = |more: &[(&'static str, Arg)]| {
            let mut args = vec![("node", node.id.into()), ("term", node.term.into())];
            args.extend_from_slice(more);
            args
        };
        said.push(if node.term < newest {
            lang.f("tw-leads-still", &args(&[]))
        } else {
            let began = story.since(now.t_us, |kind| kind == MarkKind::Leader(node.id));
            match began {
                Some(t_us) => lang.f("tw-leads-since", &args(&[("t", clock(t_us).into())])),
                None => lang.f("tw-leads", &args(&[])),
            }
        });
    }
    let down: Vec<NodeId> = now.nodes.iter().filter(|node| !node.alive).map(|node| node.id).collect();
    if !down.is_empty() {
        said.push(lang.f("tw-down", &[("nodes", super::narrate::nodes(&down).into())]));
    }
    said
}

/// Whether the nodes that hear each other can elect a leader.
fn majority(lang: Lang, now: &Snapshot) -> String {
    let majority = &now.majority;
    let args = [
        ("reachable", majority.reachable.into()),
        ("nodes", majority.nodes.into()),
        ("need", majority.need.into()),
    ];
    if majority.can_elect { lang.f("tw-can-elect", &args) } else { lang.f("tw-cannot-elect", &args) }
}

/// A single engine: whether it runs, and its rows.
fn engine(lang: Lang, now: &Snapshot, story: &Story) -> Vec<String> {
    let role = now.nodes.first().map_or(Role::Down, |node| if node.alive { node.role } else { Role::Down });
    let (state, began) = match role {
        Role::Leader | Role::Follower | Role::Candidate => {
            ("tw-engine-runs", story.since(now.t_us, |kind| kind == MarkKind::Boot))
        }
        Role::Recovering => ("tw-engine-reads", None),
        Role::Refused => ("tw-engine-refuses", None),
        Role::Down => ("tw-engine-off", story.since(now.t_us, |kind| kind == MarkKind::Power)),
    };
    let mut said = vec![lang.f(state, &[])];
    said.extend(began.map(|t_us| lang.f("tw-since", &[("t", clock(t_us).into())])));
    let rows = &now.rows;
    said.push(lang.f("tw-rows", &[("n", rows.acknowledged.into()), ("visible", rows.visible.into())]));
    if rows.pending > 0 {
        said.push(lang.f("tw-pending", &[("n", rows.pending.into())]));
    }
    if rows.unproven > 0 {
        said.push(lang.f("tw-unproven", &[("n", rows.unproven.into())]));
    }
    said
}

/// Whether clients are served, and the last outage.
fn service(lang: Lang, now: &Snapshot) -> String {
    let Some(outage) = &now.failover else { return lang.t("tw-served") };
    let failed = ("failed", Arg::from(outage.failed));
    match (outage.under_way, outage.rto_us) {
        (true, _) => lang.f("tw-unserved", &[("t", clock(outage.fault_us).into()), failed]),
        (false, Some(rto_us)) => lang.f("tw-served-again", &[("rto", span(rto_us).into()), failed]),
        (false, None) => lang.t("tw-served"),
    }
}

/// Acknowledged data that is lost, and invariants that are broken.
fn lost(lang: Lang, now: &Snapshot) -> Vec<String> {
    let replicas = now.failover.as_ref().map_or(0, |outage| outage.lost);
    let cluster = now.milvus.as_ref().map_or(0, |facts| facts.lost_writes.len() as u64);
    let regions = now.regions.as_ref().map_or(0, |facts| facts.lost_total.max(facts.lost.len() as u64));
    let lost = replicas.max(cluster).max(regions);
    let broken: Vec<String> =
        now.invariants.iter().filter(|one| !one.holds).map(|one| invariant(lang, &one.name)).collect();
    let mut said = Vec::new();
    if lost > 0 {
        said.push(lang.f("tw-lost", &[("n", lost.into())]));
    } else if now.group.as_ref().is_some_and(|group| group.excused.is_some()) {
        said.push(lang.t("tw-excused"));
    } else if broken.is_empty() {
        said.push(lang.t("tw-lost-nothing"));
    }
    if let Some(first) = broken.first() {
        let args = [("name", first.as_str().into()), ("n", broken.len().into())];
        said.push(lang.f("tw-broken", &args));
    }
    said
}
