//! Between pods: messages in flight, and cut links.
//!
//! Guarantees: a message is drawn on the straight line where the simulation places it; all messages of a kind are one
//! path, so that a snapshot costs five writes to the document for any number of messages; kinds differ in shape as well
//! as in colour. Leaves out: pods.

use yew::prelude::*;

use super::geometry::{Plan, Point};
use quorum_facade::milvus::snapshot::{MilvusFacts, Traffic};
use quorum_types::sort::sort;
use quorum_types::{Micros, NodeId};

/// Maximum number of cut links drawn one by one.
const LINES: usize = 40;
/// A pod that is cut from this many others has a wall around it instead.
const WALL: usize = 4;

/// Kinds of messages in drawing order: the most frequent is drawn first.
pub(crate) const KINDS: [(Traffic, &str); 5] = [
    (Traffic::Raft, "raft"),
    (Traffic::Control, "control"),
    (Traffic::Stream, "stream"),
    (Traffic::Write, "write"),
    (Traffic::Search, "search"),
];

/// The messages of each kind at a moment, as path data.
pub(crate) fn paths(facts: &MilvusFacts, plan: &Plan, now: Micros) -> [String; 5] {
    // Numbers start at 1, so that a table finds a position in constant time.
    let last = plan.spots.iter().map(|spot| spot.id).max().unwrap_or(0) as usize;
    let mut places: Vec<Option<Point>> = vec![None; last + 1];
    places[0] = Some(plan.client);
    for spot in &plan.spots {
        places[spot.id as usize] = Some(spot.at);
    }
    let place = |id: NodeId| places.get(id as usize).copied().flatten();
    let mut paths: [String; 5] = Default::default();
    for flight in &facts.flights {
        let (Some(from), Some(to)) = (place(flight.from), place(flight.to)) else { continue };
        let whole = flight.arrives_us.saturating_sub(flight.sent_us).max(1) as f64;
        let part = (now.saturating_sub(flight.sent_us) as f64 / whole).min(1.0);
        let at = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
        let kind = KINDS.iter().position(|(kind, _)| *kind == flight.kind).unwrap_or(0);
        let path = &mut paths[kind];
        path.push('M');
        tenths(path, at.0);
        path.push(' ');
        tenths(path, at.1);
        if matches!(flight.kind, Traffic::Stream | Traffic::Write) {
            // A dash that points in its direction.
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let length = (dx * dx + dy * dy).sqrt().max(1.0);
            let long = if flight.kind == Traffic::Stream { 7.0 } else { 4.0 };
            path.push('l');
            tenths(path, dx / length * long);
            path.push(' ');
            tenths(path, dy / length * long);
        } else {
            path.push_str("h0");
        }
    }
    paths
}

/// A coordinate with one decimal; in integer arithmetic, since there may be a thousand of them per frame.
fn tenths(into: &mut String, value: f64) {
    let whole = (value * 10.0) as i64;
    if whole < 0 {
        into.push('-');
    }
    let (units, tenth) = (whole.unsigned_abs() / 10, (whole.unsigned_abs() % 10) as u8);
    let mut digits = [0_u8; 20];
    let mut left = digits.len();
    let mut rest = units;
    loop {
        left -= 1;
        digits[left] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    into.extend(digits[left..].iter().map(|digit| *digit as char));
    if tenth > 0 {
        into.push('.');
        into.push((b'0' + tenth) as char);
    }
}

/// The messages in flight.
pub(crate) fn flights(facts: &MilvusFacts, plan: &Plan, now: Micros) -> Html {
    let drawn = paths(facts, plan, now).into_iter().zip(KINDS);
    drawn
        .map(|(d, (_, word))| {
            html! {
                <path key={word} class={classes!("fl", format!("fl-{word}"))} data-flights={word} {d} />
            }
        })
        .collect()
}

/// From how many others each pod is cut, in either direction; by its number.
pub(crate) fn cut_counts(facts: &MilvusFacts) -> Vec<usize> {
    let last = facts.pods.iter().map(|pod| pod.id).max().unwrap_or(0) as usize;
    let mut counts = vec![0; last + 1];
    if facts.cut.is_empty() {
        return counts;
    }
    let mut pairs: Vec<(NodeId, NodeId)> = facts.cut.iter().map(|&(a, b)| (a.min(b), a.max(b))).collect();
    sort(&mut pairs);
    pairs.dedup();
    for (a, b) in pairs {
        for id in [a, b] {
            if let Some(count) = counts.get_mut(id as usize) {
                *count += 1;
            }
        }
    }
    counts
}

/// How a pod is cut off: not at all, from a few, from most others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Not cut off.
    #[default]
    Not,
    /// From a few; the links show from which.
    Some,
    /// From most others, so that a wall is drawn around it.
    Wall,
}

/// How a pod is cut off.
pub(crate) fn cut_of(counts: &[usize], id: NodeId) -> Cut {
    match counts.get(id as usize).copied().unwrap_or(0) {
        0 => Cut::Not,
        count if count < WALL => Cut::Some,
        count => {
            // A pod that is cut only from pods with walls is on the larger side, and has none.
            let walled = counts.iter().filter(|other| **other > count).count();
            if walled >= count { Cut::Some } else { Cut::Wall }
        }
    }
}

/// The inputs of cut links.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CutProps {
    /// The ends of each, and whether it is cut in one direction only.
    pub(crate) lines: Vec<(Point, Point, bool)>,
}

/// The links to draw as cut: those of pods that have no wall around them.
pub(crate) fn cut_lines(facts: &MilvusFacts, plan: &Plan, counts: &[usize]) -> CutProps {
    let walled = |id: NodeId| counts.get(id as usize).is_some_and(|count| *count >= WALL);
    let mut lines = Vec::new();
    for &(from, to) in &facts.cut {
        let both = facts.cut.contains(&(to, from));
        if (both && from > to) || lines.len() >= LINES {
            continue;
        }
        if walled(from) || walled(to) {
            continue;
        }
        if let (Some(a), Some(b)) = (plan.at(from), plan.at(to)) {
            lines.push((a, b, !both));
        }
    }
    CutProps { lines }
}
