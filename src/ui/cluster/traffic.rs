//! Links between nodes, and the messages on them.
//!
//! Guarantees: every pair of nodes has one link that can be selected by pointer and key; a message is drawn where the
//! simulation places it at this moment, on the side of the line that belongs to its direction. Leaves out: nodes and
//! the client.

use yew::prelude::*;

use super::Pick;
use super::geometry::{Point, Stage, Way, aside, between, ends, line};
use crate::ui::format::px;
use crate::ui::narrate::message_word;
use quorum_facade::MessageKind;
use quorum_facade::snapshot::{Flight, Snapshot};
use quorum_i18n::Lang;
use quorum_types::{Micros, NodeId};

/// A link's condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkState {
    /// Carries messages.
    Up,
    /// Carries the leader's messages.
    Lead,
    /// One end has no power.
    Dead,
    /// Cut, in one direction or both.
    Cut,
}

/// The inputs of a link.
#[derive(PartialEq)]
pub(crate) struct LinkProps {
    /// The lower node.
    pub(crate) a: NodeId,
    /// The higher node.
    pub(crate) b: NodeId,
    /// The positions of its ends.
    pub(crate) line: (Point, Point),
    /// Its condition.
    pub(crate) state: LinkState,
    /// The stage.
    pub(crate) stage: Stage,
    /// Whether it is selected.
    pub(crate) picked: bool,
    /// Whether it is in the Tab order; one of all links is.
    pub(crate) reached: bool,
    /// Called when it is selected.
    pub(crate) onpick: Callback<Option<Pick>>,
}

/// A link.
pub(crate) fn link(lang: Lang, props: &LinkProps) -> Html {
    let LinkProps { a, b, line: (from, to), state, stage, picked, reached, onpick } = props;
    let (start, end) = ends(*from, *to, stage.gap, stage.gap);
    let args = [("a", (*a).into()), ("b", (*b).into())];
    let label = match state {
        LinkState::Up | LinkState::Lead => lang.f("link-aria-up", &args),
        LinkState::Dead => lang.f("link-aria-dead", &args),
        LinkState::Cut => lang.f("link-aria-cut", &args),
    };
    let pick = Pick::Link(*a, *b);
    let (onclick, onkeydown) = super::picks(onpick, pick);
    let d = line(start, end);
    html! {
        <g class={classes!("link", picked.then_some("lk-sel"))} role="button"
            tabindex={if *reached { "0" } else { "-1" }} aria-pressed={picked.to_string()} aria-label={label}
            {onclick} {onkeydown}
            data-link={format!("{a}-{b}")} data-cut={(*state == LinkState::Cut).to_string()}>
            <path class="lk-hit" d={d.clone()} />
            <path class="lk-mark" d={d.clone()} />
            if *state == LinkState::Cut {
                { cut_line(start, end) }
            } else {
                <path class={classes!("lk", match state {
                    LinkState::Lead => Some("lk-lead"),
                    LinkState::Dead => Some("lk-dead"),
                    LinkState::Up | LinkState::Cut => None,
                })} {d} />
            }
        </g>
    }
}

/// A cut link: two dashed ends with bars, and scissors between them.
fn cut_line(start: Point, end: Point) -> Html {
    let middle = between(start, end, 0.0, 0.0, 0.5);
    let (near, far) = (ends(start, middle, 0.0, 17.0).1, ends(middle, end, 17.0, 0.0).0);
    let bar = |p: Point| line(aside(p, start, end, 6.0), aside(p, start, end, -6.0));
    html! {
        <>
            <path class="lk lk-cut" d={format!("{}{}", line(start, near), line(far, end))} />
            <path class="lk-end" d={format!("{}{}", bar(near), bar(far))} />
            <g class="scissor" transform={format!("translate({} {})", px(middle.0), px(middle.1))}>
                <circle r="12" /><use href="#i-cut" x="-8" y="-8" width="16" height="16" />
            </g>
        </>
    }
}

/// A link's condition at this moment.
pub(crate) fn link_state(moment: &Snapshot, a: NodeId, b: NodeId) -> LinkState {
    let cut = moment.cut.iter().any(|&pair| pair == (a, b) || pair == (b, a));
    let node = |id| moment.nodes.iter().find(|node| node.id == id);
    let (Some(a), Some(b)) = (node(a), node(b)) else { return LinkState::Dead };
    let leads =
        |node: &quorum_facade::snapshot::NodeFacts| node.role == quorum_facade::snapshot::Role::Leader;
    if cut {
        LinkState::Cut
    } else if !a.alive || !b.alive {
        LinkState::Dead
    } else if leads(a) || leads(b) {
        LinkState::Lead
    } else {
        LinkState::Up
    }
}

/// Maximum number of messages drawn at once; more would be unreadable.
const FLIGHTS: usize = 80;
/// Maximum number of labelled messages.
const LABELS: usize = 3;

/// The messages in flight, which a pointer can select; keys select them in the inspector's list. `slow` when they stay
/// on the screen long enough for a label to be read.
pub(crate) fn flights(
    moment: &Snapshot,
    at: &dyn Fn(NodeId) -> Option<Point>,
    stage: &Stage,
    (lang, slow): (Lang, bool),
    (pick, onpick): (Option<Pick>, &Callback<Option<Pick>>),
) -> Html {
    let way = |flight: &Flight| {
        let node = if flight.from == 0 { flight.to } else { flight.from };
        (flight.from == 0 || flight.to == 0).then(|| client_way(moment, at, stage, node)).flatten()
    };
    let mut labels = if slow { LABELS } else { 0 };
    let mut labelled: Vec<MessageKind> = Vec::new();
    moment
        .flights
        .iter()
        .take(FLIGHTS)
        .filter_map(|flight| {
            let (from, to) = (at(flight.from)?, at(flight.to)?);
            let worth = labels > 0 && !labelled.contains(&flight.message);
            if worth {
                labels -= 1;
                labelled.push(flight.message);
            }
            let ends = (from, to, way(flight));
            let drawn = one_flight(flight, ends, moment.t_us, stage, worth.then_some(lang));
            let (onclick, _) = super::picks(onpick, Pick::Message(flight.id));
            let picked = pick == Some(Pick::Message(flight.id));
            // A message that the network has duplicated is drawn twice, under one number.
            Some(html! {
                <g key={format!("{}-{}", flight.id, flight.arrives_us)}
                    class={classes!("flight", picked.then_some("fl-sel"))} data-flight={flight.id.to_string()}
                    {onclick}>
                    { drawn }
                </g>
            })
        })
        .collect()
}

/// The way between the client and a node, if it is one.
pub(crate) fn client_way(
    moment: &Snapshot,
    at: &dyn Fn(NodeId) -> Option<Point>,
    stage: &Stage,
    node: NodeId,
) -> Option<Way> {
    if node == 0 {
        return None;
    }
    let others = moment.nodes.iter().filter(|other| other.id != node).filter_map(|other| at(other.id));
    Some(stage.way(at(node)?, others))
}

fn one_flight(
    flight: &Flight,
    (from, to, way): (Point, Point, Option<Way>),
    now: Micros,
    stage: &Stage,
    label: Option<Lang>,
) -> Html {
    let whole = flight.arrives_us.saturating_sub(flight.sent_us).max(1) as f64;
    let part = (now.saturating_sub(flight.sent_us) as f64 / whole).clamp(0.0, 1.0);
    let gap = |node: NodeId| if node == 0 { stage.node + 6.0 } else { stage.arc + 2.0 };
    let (gap_from, gap_to) = (gap(flight.from), gap(flight.to));
    let place = |part: f64| match way {
        Some(way) => way.at(if flight.from == 0 { part } else { 1.0 - part }),
        None => between(from, to, gap_from, gap_to, part),
    };
    let here = aside(place(part), from, to, 5.0);
    let behind = aside(place((part - 0.16).max(0.0)), from, to, 5.0);
    let tone = match flight.message {
        MessageKind::Vote | MessageKind::Prevote | MessageKind::TimeoutNow | MessageKind::Recover => {
            "tr-open"
        }
        MessageKind::Request | MessageKind::Response => "tr-acc",
        _ => "",
    };
    html! {
        <>
            <path class={classes!("trail", tone)} d={line(behind, here)} />
            <g transform={format!("translate({} {})", px(here.0), px(here.1))}>
                <circle class="fl-hit" r="13" />
                { shape(flight) }
                if let Some(lang) = label {
                    <text class="mtag" y="-14" text-anchor="middle">{ word(lang, flight) }</text>
                }
            </g>
        </>
    }
}

/// A message's shape: circle for a heartbeat, sheet for an append, stacked sheets for a snapshot, triangle for a vote
/// (hollow for a pre-vote), diamond for a request; small for answers.
pub(crate) fn shape(flight: &Flight) -> Html {
    match (flight.message, flight.granted) {
        (MessageKind::Prevote | MessageKind::TimeoutNow, _) => {
            html! { <path class="m-vote m-pre" d="M0-9.2L9 6.6H-9z" /> }
        }
        (MessageKind::Snapshot, _) => html! {
            <g class="m-app">
                <rect x="-5" y="-11" width="16" height="16" rx="4" opacity=".5" />
                <rect x="-9" y="-7" width="16" height="16" rx="4" />
                <path d="M-5-2.2h8M-5 1h8M-5 4.2h5" />
            </g>
        },
        (MessageKind::ReadIndex | MessageKind::Propose | MessageKind::Recover, _) => {
            html! { <path class="m-ask" d="M0-7.5L7.5 0 0 7.5-7.5 0z" /> }
        }
        (MessageKind::Heartbeat, _) => html! { <circle class="m-hb" r="5.5" /> },
        (MessageKind::Append, _) => html! {
            <g class="m-app">
                <rect x="-8" y="-8" width="16" height="16" rx="4" />
                <path d="M-4-3.2h8M-4 0h8M-4 3.2h5" />
            </g>
        },
        (MessageKind::Vote, _) => html! { <path class="m-vote" d="M0-9.2L9 6.6H-9z" /> },
        (MessageKind::Request, _) => html! { <path class="m-req" d="M0-9.5L9.5 0 0 9.5-9.5 0z" /> },
        (MessageKind::VoteResp | MessageKind::PrevoteResp | MessageKind::Response, Some(false)) => html! {
            <g class="m-drop"><circle r="8" /><path d="M-3-3l6 6M3-3l-6 6" /></g>
        },
        (MessageKind::VoteResp | MessageKind::PrevoteResp, _) => html! {
            <g class="m-grant"><circle r="8.5" /><path d="M-3.8 .2l2.8 2.8 4.8-5.4" /></g>
        },
        (MessageKind::Response, _) => html! {
            <g class="m-resp"><path d="M0-8L8 0 0 8-8 0z" /></g>
        },
        (_, granted) => html! {
            <rect class={if granted == Some(false) { "m-ack m-nack" } else { "m-ack" }} x="-4.5" y="-4.5"
                width="9" height="9" rx="2" />
        },
    }
}

/// A message in a word or two.
pub(super) fn word(lang: Lang, flight: &Flight) -> String {
    match (flight.message, flight.entries, flight.granted) {
        (MessageKind::Vote, ..) => lang.t("msg-vote"),
        (MessageKind::Prevote, ..) => lang.t("msg-prevote"),
        (MessageKind::VoteResp | MessageKind::PrevoteResp, _, Some(false)) => lang.t("msg-vote-no"),
        (MessageKind::AppendResp, _, Some(false)) => lang.t("msg-append-no"),
        (MessageKind::Append, Some((a, b)), _) if a < b => {
            lang.f("msg-append", &[("a", a.into()), ("b", b.into())])
        }
        (MessageKind::Append, Some((a, _)), _) => lang.f("msg-append-one", &[("a", a.into())]),
        (message, ..) => message_word(lang, message),
    }
}
