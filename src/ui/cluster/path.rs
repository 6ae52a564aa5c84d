//! A chain of causes as a path on a replica set: which node did what, and which message led on.
//!
//! Guarantees: the numbers are those of the list of causes; nodes stand where the stage has them. Leaves out: the
//! sentences (`why`).

use yew::prelude::*;

use super::geometry::{Point, Stage, aside, between, ends, line};
use crate::ui::format::px;
use quorum_facade::Snapshot;
use quorum_facade::why::{Because, Cause, Chain};
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
                <text dy=".35em">{ name }</text>
                if !numbers.is_empty() {
                    <text class="wp-k num" y={px(-stage.node - 6.0)}>{ numbers.join(" ") }</text>
                }
            </g>
        }
    };
    let (w, h) = stage.size;
    html! {
        <svg class="wp" viewBox={format!("0 0 {w} {h}")} role="img" aria-label={lang.t("cause-path")}>
            { for chain.causes.iter().enumerate().map(|(place, cause)| arrow(place, cause, &at, &stage)) }
            { for (0..=count as NodeId).filter_map(|id| at(id).map(|at| node(id, at))) }
        </svg>
    }
}

/// A message of the chain, with its number; beside the line, so that two directions do not cover each other.
fn arrow(place: usize, cause: &Cause, at: &dyn Fn(NodeId) -> Option<Point>, stage: &Stage) -> Html {
    let ways = cause.from.zip(cause.node).filter(|_| cause.because == Because::Message);
    let Some((from, to)) = ways.and_then(|(from, to)| at(from).zip(at(to))) else { return Html::default() };
    let (start, end) = ends(from, to, stage.node + 4.0, stage.node + 6.0);
    let (start, end) = (aside(start, from, to, 5.0), aside(end, from, to, 5.0));
    let tip = |by: f64| aside(between(start, end, 0.0, 8.0, 1.0), start, end, by);
    let label = aside(between(start, end, 0.0, 0.0, 0.5), from, to, 12.0);
    let head = format!("{}L{} {}", line(tip(4.0), end), px(tip(-4.0).0), px(tip(-4.0).1));
    html! {
        <g class="wp-m">
            <path d={line(start, end)} />
            <path d={head} />
            <text class="wp-k num" x={px(label.0)} y={px(label.1)} dy=".35em">{ place + 1 }</text>
        </g>
    }
}
