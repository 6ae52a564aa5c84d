//! A node of the replica set: body, timer or votes, crown, and its log as cells on a ground line.
//!
//! Guarantees: colour shows the fate, shape shows it too, and the label says it in words; entries on the ground line
//! are durable. The label is redrawn only when the log, role or term changes, not with the timer. Leaves out: the
//! node's position (`geometry`).

use yew::prelude::*;

use super::Pick;
use super::geometry::{Point, Stage, arc, tip};
use crate::ui::format::px;
use crate::ui::memo::memo;
use quorum_facade::snapshot::{NodeFacts, Role};
use quorum_i18n::Lang;
use quorum_types::Micros;

/// A node's condition, which decides how it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Without power, or with a damaged log.
    Gone,
    /// Running, but out of the largest group's reach.
    Apart,
    /// Frozen, or still reading its log.
    Suspect,
    /// Leading.
    Leader,
    /// Running.
    Kept,
}

impl Fate {
    /// A node's fate.
    pub(crate) fn of(node: &NodeFacts) -> Self {
        if !node.alive || matches!(node.role, Role::Down | Role::Refused) {
            Self::Gone
        } else if node.paused || node.role == Role::Recovering {
            Self::Suspect
        } else if !node.reachable {
            Self::Apart
        } else if node.role == Role::Leader {
            Self::Leader
        } else {
            Self::Kept
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Gone => "n-dead",
            Self::Apart => "n-apart",
            Self::Suspect => "n-open",
            Self::Leader => "n-leader",
            Self::Kept => "n-ok",
        }
    }
}

/// The name of a role in the document contract.
pub(crate) fn role_word(node: &NodeFacts) -> &'static str {
    match node.role {
        _ if !node.alive => "down",
        Role::Leader => "leader",
        Role::Follower => "follower",
        Role::Candidate => "candidate",
        Role::Down => "down",
        Role::Recovering => "recovering",
        Role::Refused => "refused",
    }
}

/// The same for the catalogues, where a frozen node has its own name.
fn fate_word(node: &NodeFacts) -> &'static str {
    if node.alive && node.paused { "paused" } else { role_word(node) }
}

/// Whether a node runs without a vote: a learner, or one that has left.
fn learns(node: &NodeFacts) -> bool {
    node.alive && !node.voter && matches!(node.role, Role::Follower | Role::Candidate)
}

/// A node's role in words; the short form for the compact stage.
fn role_text(lang: Lang, node: &NodeFacts, voters: usize, short: bool) -> String {
    let prefix = if short { "short" } else { "role" };
    if Fate::of(node) == Fate::Apart && node.role != Role::Candidate {
        let word = if node.role == Role::Leader && !short { "leader-apart" } else { "apart" };
        return lang.f(&format!("{prefix}-{word}"), &[]);
    }
    let role = lang.f(&format!("{prefix}-{}", fate_word(node)), &[]);
    if short {
        return match node.alive {
            true if node.impaired => lang.t("short-impaired"),
            _ if learns(node) => lang.t("short-learner"),
            _ => role,
        };
    }
    match node.role {
        _ if node.alive && node.impaired => lang.t("role-impaired"),
        _ if learns(node) => lang.t("role-learner"),
        Role::Candidate if node.alive => {
            lang.f("role-votes", &[("n", node.votes.len().into()), ("of", voters.into())])
        }
        _ if node.syncing && node.alive => lang.f("role-syncing", &[("role", role.into())]),
        _ => role,
    }
}

/// The complete description of a node in words.
fn aria(lang: Lang, node: &NodeFacts) -> String {
    if Fate::of(node) == Fate::Gone && node.role != Role::Refused {
        return lang.f("node-aria-down", &[("node", node.id.into()), ("durable", node.durable.into())]);
    }
    let args = [
        ("node", node.id.into()),
        ("role", lang.f(&format!("role-{}", fate_word(node)), &[]).into()),
        ("term", node.term.into()),
        ("last", node.last.0.into()),
        ("commit", node.commit.into()),
        ("durable", node.durable.into()),
    ];
    if node.impaired || learns(node) {
        let role = if node.impaired { lang.t("role-impaired") } else { lang.t("role-learner") };
        let mut args = args;
        args[1] = ("role", role.into());
        return lang.f("node-aria", &args);
    }
    if node.reachable { lang.f("node-aria", &args) } else { lang.f("node-aria-apart", &args) }
}

/// The inputs of a node.
#[derive(PartialEq)]
pub(crate) struct NodeProps {
    /// The node.
    pub(crate) node: NodeFacts,
    /// How many nodes there are.
    pub(crate) voters: usize,
    /// Its position.
    pub(crate) at: Point,
    /// The stage.
    pub(crate) stage: Stage,
    /// Whether it is selected.
    pub(crate) picked: bool,
    /// Whether it is in the Tab order; each node is, or one of many.
    pub(crate) reached: bool,
    /// Called when it is selected.
    pub(crate) onpick: Callback<Option<Pick>>,
}

/// A node.
pub(crate) fn node(lang: Lang, props: &NodeProps) -> Html {
    let NodeProps { node, voters, at, stage, picked, reached, onpick } = props;
    let fate = Fate::of(node);
    let id = node.id;
    let (onclick, onkeydown) = super::picks(onpick, Pick::Node(id));
    // The label takes everything but the timer, so that it is not redrawn while the timer runs.
    let still = NodeLabelProps {
        node: NodeFacts { timer: None, ..node.clone() },
        voters: *voters,
        above: stage.plate_above(*at),
        stage: *stage,
    };
    let crown = match stage.inner {
        Some(_) => ("-10", "-31", "20", "13.8"),
        None if stage.labels => ("-17", "-75", "34", "23.4"),
        None => ("-13", "-49", "26", "17.9"),
    };
    html! {
        <g
            class={classes!(
                "node",
                fate.class(),
                picked.then_some("n-sel"),
                learns(node).then_some("n-learner"),
                node.impaired.then_some("n-impaired")
            )}
            data-impaired={node.impaired.then_some("true")}
            transform={format!("translate({} {})", px(at.0), px(at.1))}
            tabindex={if *reached { "0" } else { "-1" }} role="button" aria-pressed={picked.to_string()}
            aria-label={aria(lang, node)}
            data-node={id.to_string()} data-role={role_word(node)} {onclick} {onkeydown}>
            <circle class="halo" r={px(stage.arc + 9.0)} />
            { ring(node, fate, *voters, stage) }
            <circle class="body" r={px(stage.node)} />
            if fate == Fate::Gone {
                <circle class="body-hatch" r={px(stage.node)} fill="url(#p-dead)" />
                <circle class="nid-bg" r={px(stage.node / 2.0)} />
            }
            if fate == Fate::Apart {
                <circle class="body-hatch" r={px(stage.node)} fill="url(#p-apart)" />
            }
            if stage.inner.is_some() {
                <text class="nid" y="5">{ id }</text>
                <g transform="scale(.6)">{ mark(lang, fate, node, stage) }</g>
            } else {
                <text class="nid" y="6">{ format!("S{id}") }</text>
                { mark(lang, fate, node, stage) }
            }
            if node.role == Role::Leader && node.alive {
                <use class="crown" href="#crown" x={crown.0} y={crown.1} width={crown.2} height={crown.3} />
            }
            if stage.inner.is_none() { { memo(node_label, still) } }
        </g>
    }
}

/// The ring around a node: votes for a candidate or leader, the election timer for the others.
fn ring(node: &NodeFacts, fate: Fate, voters: usize, stage: &Stage) -> Html {
    if fate == Fate::Gone {
        return Html::default();
    }
    if matches!(node.role, Role::Leader | Role::Candidate) && voters > 1 {
        let tone = if node.role == Role::Leader { "seg-kept" } else { "seg-open" };
        let width = 1.0 / voters as f64;
        // A thin gap between segments, so that they can be counted.
        let gap = 0.028 / stage.arc * 19.0;
        return (0..voters)
            .map(|place| {
                let d =
                    arc(stage.arc, place as f64 * width + gap / 2.0, (place + 1) as f64 * width - gap / 2.0);
                let won = place < node.votes.len();
                html! { <path class={classes!("seg", won.then_some(tone))} {d} /> }
            })
            .collect();
    }
    let (elapsed, full): (Micros, Micros) = node.timer.unwrap_or_default();
    let part = if full == 0 { 0.0 } else { (elapsed as f64 / full as f64).clamp(0.0, 1.0) };
    let end = tip(stage.arc, part);
    html! {
        <>
            <circle class="track" r={px(stage.arc)} />
            if part > 0.004 {
                <path class="timer" d={arc(stage.arc, 0.0, part)} />
                <circle class="timer-tip" cx={px(end.0)} cy={px(end.1)} r="4" />
            }
        </>
    }
}

/// The small mark at the upper edge of a node.
fn mark(lang: Lang, fate: Fate, node: &NodeFacts, stage: &Stage) -> Html {
    // A small mark is scaled as a whole.
    let at = if stage.inner.is_some() { stage.node * 1.3 } else { stage.node * 0.8 };
    match fate {
        Fate::Gone => html! {
            <g class="xmark" transform={format!("translate({} {})", px(at), px(-at))}>
                <circle r="10" /><path d="M-4-4l8 8M4-4l-8 8" />
            </g>
        },
        Fate::Suspect => {
            let icon = if node.paused { "#i-pause" } else { "#i-restart" };
            html! {
                <g class="badge" transform={format!("translate({} {})", px(at), px(-at))}>
                    <circle r="12" /><use href={icon} x="-8.5" y="-8.5" width="17" height="17" />
                </g>
            }
        }
        Fate::Apart | Fate::Leader | Fate::Kept if node.impaired => html! {
            <g class="badge" transform={format!("translate({} {})", px(at), px(-at))}>
                <title>{ lang.t("badge-impaired") }</title>
                <circle r="12" /><use href="#i-disk" x="-8.5" y="-8.5" width="17" height="17" />
            </g>
        },
        Fate::Apart | Fate::Leader | Fate::Kept => Html::default(),
    }
}

/// The inputs of a node's label.
#[derive(PartialEq)]
struct NodeLabelProps {
    node: NodeFacts,
    voters: usize,
    above: bool,
    stage: Stage,
}

/// Role, term and the end of the log.
fn node_label(lang: Lang, props: &NodeLabelProps) -> Html {
    let NodeLabelProps { node, voters, above, stage } = props;
    let term = lang.f(if stage.labels { "term-n" } else { "term-short" }, &[("n", node.term.into())]);
    if stage.labels {
        // The crown sits between a leader and a label above it.
        let lift = if node.role == Role::Leader && node.alive && *above { 22.0 } else { 0.0 };
        let y = if *above { -stage.arc - 70.0 - lift } else { stage.arc + 12.0 };
        return html! {
            <g class="plate" transform={format!("translate(-93 {})", px(y))}>
                <rect class="plate-bg" width="186" height="58" rx="8" />
                <text class="role" x="10" y="20">{ role_text(lang, node, *voters, false) }</text>
                <text class="term" x="176" y="20" text-anchor="end">{ term }</text>
                { cells(node, stage, 5.5, 30.5) }
            </g>
        };
    }
    let lift = if node.role == Role::Leader && node.alive && *above { 18.0 } else { 0.0 };
    let (text, log) = if *above { (-52.0 - lift, -46.0 - lift) } else { (46.0, 52.0) };
    html! {
        <>
            <text class="role halo-t" y={px(text)} text-anchor="middle">
                { format!("{} · {term}", role_text(lang, node, *voters, true)) }
            </text>
            <g transform={format!("translate(-43 {})", px(log))}>{ cells(node, stage, 0.0, 0.5) }</g>
        </>
    }
}

/// The end of a log: one cell per entry, with its term; durable ones stand on the ground line.
fn cells(node: &NodeFacts, stage: &Stage, x: f64, y: f64) -> Html {
    let (pitch, side, high) = if stage.labels { (19.5, 17.0, 17.0) } else { (9.6, 7.0, 9.0) };
    let (ground, thick) = if stage.labels { (19.1, 3.0) } else { (10.9, 2.2) };
    let off = !node.alive;
    let skip = node.log_tail.len().saturating_sub(stage.cells);
    let shown = &node.log_tail[skip..];
    (0..stage.cells)
        .map(|place| {
            let left = x + 1.0 + place as f64 * pitch;
            let Some((index, term)) = shown.get(place) else {
                return html! {
                    <rect class="c c-none" x={px(left)} y={px(y)} width={px(side)} height={px(high)} rx="2" />
                };
            };
            let tone = if off {
                "c-off"
            } else if *index <= node.commit {
                "c-kept"
            } else {
                "c-open"
            };
            html! {
                <g key={*index}>
                    <rect class={classes!("c", tone)} x={px(left)} y={px(y)} width={px(side)}
                        height={px(high)} rx={if stage.labels { "3" } else { "1.5" }} />
                    if stage.labels {
                        if tone == "c-open" {
                            <rect class="c-dots" x={px(left + 1.0)} y={px(y + 1.0)} width={px(side - 2.0)}
                                height={px(high - 2.0)} rx="2" fill="url(#p-open)" />
                        }
                        <text class={classes!("ct", tone)} x={px(left + side / 2.0)} y={px(y + 12.8)}>
                            { term % 100 }
                        </text>
                    }
                    if *index <= node.durable {
                        <rect class="ground" x={px(left - 0.6)} y={px(y + ground)} width={px(pitch)}
                            height={px(thick)} />
                    }
                </g>
            }
        })
        .collect()
}
