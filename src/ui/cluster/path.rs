//! A chain of causes as a path on a replica set: which node did what, and which message led on.
//!
//! Guarantees: the numbers are those of the list of causes; nodes stand where the stage has them. Leaves out: the
//! sentences (`why`).

use yew::prelude::*;

use super::geometry::{Point, Stage, aside, between, ends, line};
use crate::ui::format::px;
use quorum_facade::Snapshot;
use quorum_facade::causes::{Because, Chain};
use quorum_i18n::Lang;
use quorum_types::NodeId;

/// The path of a chain.
pub(super) fn path(lang: Lang, now: &Snapshot, chain: &Chain) -> Html {
    let stage = Stage::COMPACT;
    let count = now.nodes.len();
    let at = |id: NodeId| match id {
        0 => Some(stage.client),
        id => now.nodes.iter().position(|node| node.id == id).map(|place| stage.node_at(place, count)),
    };
    let node = |id: NodeId, at: Point| {
        let numbers: Vec<String> = chain
            .causes
            .iter()
            .enumerate()
            .filter(|(_, cause)| cause.because != Because::Message && cause.node == Some(id))
            .map(|(place, _)| (place + 1).to_string())
            .collect();
        let name = if id == 0 { lang.t("who-client") } else { format!("S{id}") };
        html! {
            <g transform={format!("translate({} {})", px(at.0), px(at.1))}
                class={classes!("wp-n", (!numbers.is_empty()).then_some("wp-on"))}>
                <circle r={px(stage.node)} />
                <text dy={if id == 0 { "3em" } else { ".35em" }}>{ name }</text>
                if !numbers.is_empty() {
                    <text class="wp-k num" y={px(-stage.node - 6.0)}>{ numbers.join(" ") }</text>
                }
            </g>
        }
    };
    let (w, h) = stage.size;
    html! {
        <svg class="wp" viewBox={format!("0 0 {w} {h}")} role="img" aria-label={lang.t("cause-path")}>
            { for ways(chain).iter().map(|way| arrow(way, &at, &stage)) }
            { for (0..=count as NodeId).filter_map(|id| at(id).map(|at| node(id, at))) }
        </svg>
    }
}

/// Messages of the chain from one node to another, with their numbers.
struct Messages {
    from: NodeId,
    to: NodeId,
    numbers: Vec<String>,
}

/// The messages of the chain, by sender and receiver.
fn ways(chain: &Chain) -> Vec<Messages> {
    let mut ways: Vec<Messages> = Vec::new();
    for (place, cause) in chain.causes.iter().enumerate() {
        let ends = cause.from.zip(cause.node).filter(|_| cause.because == Because::Message);
        let Some((from, to)) = ends else { continue };
        let number = (place + 1).to_string();
        match ways.iter_mut().find(|way| (way.from, way.to) == (from, to)) {
            Some(way) => way.numbers.push(number),
            None => ways.push(Messages { from, to, numbers: vec![number] }),
        }
    }
    ways
}

/// Messages as an arrow; beside the line, so that two directions do not cover each other.
fn arrow(way: &Messages, at: &dyn Fn(NodeId) -> Option<Point>, stage: &Stage) -> Html {
    let Some((from, to)) = at(way.from).zip(at(way.to)) else { return Html::default() };
    let (start, end) = ends(from, to, stage.node + 4.0, stage.node + 6.0);
    let (start, end) = (aside(start, from, to, 5.0), aside(end, from, to, 5.0));
    let tip = |by: f64| aside(between(start, end, 0.0, 8.0, 1.0), start, end, by);
    let label = aside(between(start, end, 0.0, 0.0, 0.5), from, to, 14.0);
    let head = format!("{}L{} {}", line(tip(4.0), end), px(tip(-4.0).0), px(tip(-4.0).1));
    html! {
        <g class="wp-m">
            <path d={line(start, end)} />
            <path d={head} />
            <text class="wp-k num" x={px(label.0)} y={px(label.1)} dy=".35em">{ way.numbers.join(" ") }</text>
        </g>
    }
}
