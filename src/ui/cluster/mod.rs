//! The replica set on the stage: a ring of nodes, the links between them, the client, messages in flight.
//!
//! Guarantees: [`picture`] draws one snapshot and nothing else, so that a test or a home page can show it without a
//! worker; `LiveCluster` follows a session's snapshots. Leaves out: tools that act on the selection.

mod geometry;
mod history;
mod inspect;
mod node;
mod partition;
mod path;
mod traffic;
pub(crate) mod views;

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use self::geometry::{Stage, Way};
use self::node::{Fate, NodeProps, node};
use self::traffic::{LinkProps, client_way, flights, link, link_state};
use super::focus::focus;
use super::format::{px, span};
use super::memo::keyed;
use super::use_lang;
use super::zoom::Zoom;
use crate::web::session::{Session, Update};
use quorum_facade::OpStatus;
use quorum_facade::snapshot::{ClientFacts, NodeFacts, Role, Snapshot};
use quorum_i18n::Lang;
use quorum_types::NodeId;

pub(crate) use self::node::Fate as NodeFate;

/// A stage of more nodes can be enlarged.
const UNZOOMED: usize = 9;

/// Whether the stage of this number of nodes can be enlarged.
pub(crate) fn is_large(nodes: usize) -> bool {
    nodes > UNZOOMED
}

/// What is selected on the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// A node.
    Node(NodeId),
    /// The link between two nodes, the lower first.
    Link(NodeId, NodeId),
    /// A message in flight, by its number.
    Message(u64),
}

/// The live stage's properties.
#[derive(Properties, PartialEq)]
pub(crate) struct LiveProps {
    /// The session whose snapshots are drawn.
    pub(crate) session: Session,
    /// Whether to draw the compact stage.
    pub(crate) compact: bool,
    /// What is selected.
    pub(crate) pick: Option<Pick>,
    /// Called when something is selected; with none when the background is clicked.
    pub(crate) onpick: Callback<Option<Pick>>,
}

/// The stage, following every snapshot of a session.
#[component]
pub(crate) fn LiveCluster(props: &LiveProps) -> Html {
    let lang = use_lang();
    let moment = use_state(|| props.session.moment());
    let speed = use_state_eq(|| props.session.host().speed);
    {
        let (moment, speed) = (moment.clone(), speed.clone());
        use_effect_with(props.session.clone(), move |session| {
            moment.set(session.moment());
            speed.set(session.host().speed);
            let subscription = session.subscribe(move |update| match update {
                Update::Moment(now) => moment.set(Some(Rc::clone(now))),
                Update::Host(host) => speed.set(host.speed),
                Update::Happened(..) | Update::Measured(_) | Update::ScheduleSearch(_) => {}
                Update::Drill(_) => {}
            });
            move || drop(subscription)
        });
    }
    let Some(now) = (*moment).clone() else { return Html::default() };
    let shown = PictureProps {
        moment: now,
        compact: props.compact,
        slow: *speed <= 0.5,
        pick: props.pick,
        onpick: props.onpick.clone(),
    };
    let drawn = picture(lang, &shown);
    if !is_large(shown.moment.nodes.len()) {
        return drawn;
    }
    let seen = match props.pick {
        Some(Pick::Node(id)) => Some(format!("[data-node='{id}']")),
        _ => None,
    };
    html! { <Zoom {seen}>{ drawn }</Zoom> }
}

/// The inputs of the picture.
#[derive(Default)]
pub struct PictureProps {
    /// The snapshot.
    pub moment: Rc<Snapshot>,
    /// Whether to draw the compact stage.
    pub compact: bool,
    /// Whether time passes slowly enough to label messages.
    pub slow: bool,
    /// What is selected.
    pub pick: Option<Pick>,
    /// Called when something is selected.
    pub onpick: Callback<Option<Pick>>,
}

/// One snapshot of a replica set.
pub fn picture(lang: Lang, props: &PictureProps) -> Html {
    let PictureProps { moment, compact, slow, pick, onpick } = props;
    let count = moment.nodes.len();
    let stage = Stage::of(count, *compact);
    let at = |id: NodeId| {
        if id == 0 {
            return Some(stage.client);
        }
        moment.nodes.iter().position(|node| node.id == id).map(|place| stage.node_at(place, count))
    };
    let links = shown_pairs(moment, *pick, &stage);
    let reached = links.iter().position(|&(a, b)| *pick == Some(Pick::Link(a, b))).unwrap_or(0);
    // Many nodes are one stop of the Tab key; arrows lead from node to node.
    let picked_node = moment.nodes.iter().position(|node| *pick == Some(Pick::Node(node.id)));
    let reached_node = picked_node.unwrap_or(0);
    // Links and nodes receive the callback itself: a new one per snapshot would redraw all of them.
    let one_link = |place: usize, (a, b): (NodeId, NodeId)| LinkProps {
        a,
        b,
        line: (at(a).unwrap_or_default(), at(b).unwrap_or_default()),
        state: link_state(moment, a, b),
        stage,
        picked: *pick == Some(Pick::Link(a, b)),
        reached: place == reached,
        onpick: onpick.clone(),
    };
    let one_node = |place: usize, node: &NodeFacts| NodeProps {
        node: node.clone(),
        voters: count,
        at: stage.node_at(place, count),
        stage,
        picked: *pick == Some(Pick::Node(node.id)),
        reached: stage.inner.is_none() || place == reached_node,
        onpick: onpick.clone(),
    };
    let onclick = onpick.reform(|_: MouseEvent| None);
    let (w, h) = stage.size;
    html! {
        <svg class={classes!(
                "stage-svg",
                if stage.labels { "stage-full" } else { "stage-mini" },
                stage.inner.is_some().then_some("stage-many")
            )}
            viewBox={stage.view_box()} role="group" {onclick}
            aria-label={lang.f("cluster-aria", &[("n", count.into())])}>
            <rect class="grid" x={px(-w)} y={px(-h)} width={px(w * 3.0)} height={px(h * 3.0)} fill="url(#p-grid)" />
            { side(moment, &stage, lang) }
            <g class="links" onkeydown={walk(&links, onpick)}>
                {
                    for links.iter().enumerate().map(|(place, &(a, b))| {
                        keyed(format!("{a}-{b}"), link, one_link(place, (a, b)))
                    })
                }
            </g>
            if let Some(client) = &moment.client {
                { client_box(client, &stage, client_way(moment, &at, &stage, client.route), lang) }
            }
            <g class="nodes" onkeydown={stage.inner.is_some().then(|| walk_nodes(moment, onpick))}>
                { for moment.nodes.iter().enumerate().map(|(place, one)| keyed(one.id, node, one_node(place, one))) }
            </g>
            <g class="msgs" aria-hidden="true">{ flights(moment, &at, &stage, (lang, *slow), (*pick, onpick)) }</g>
        </svg>
    }
}

/// The pairs whose link is drawn: all of them; among many nodes the leader's, cut ones, and the selected one.
fn shown_pairs(moment: &Snapshot, pick: Option<Pick>, stage: &Stage) -> Vec<(NodeId, NodeId)> {
    let mut all = pairs(moment);
    if stage.inner.is_some() {
        let leads = leader(moment);
        let cut = |a: NodeId, b: NodeId| moment.cut.contains(&(a, b)) || moment.cut.contains(&(b, a));
        // A partition cuts hundreds of links: the nodes' own marks tell of it.
        let few = moment.cut.len() <= 2 * moment.nodes.len();
        all.retain(|&(a, b)| {
            leads.is_some_and(|leads| a == leads || b == leads)
                || (few && cut(a, b))
                || pick == Some(Pick::Link(a, b))
        });
    }
    all
}

/// Every pair of nodes, the lower first.
fn pairs(moment: &Snapshot) -> Vec<(NodeId, NodeId)> {
    let ids: Vec<NodeId> = moment.nodes.iter().map(|node| node.id).collect();
    ids.iter()
        .enumerate()
        .flat_map(|(place, &a)| ids[place + 1..].iter().map(move |&b| (a.min(b), a.max(b))))
        .collect()
}

/// Keys on the links: one of them is in the Tab order, and arrows move from link to link and select.
fn walk(links: &[(NodeId, NodeId)], onpick: &Callback<Option<Pick>>) -> Callback<KeyboardEvent> {
    let (links, onpick) = (links.to_vec(), onpick.clone());
    Callback::from(move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => 1,
            "ArrowLeft" | "ArrowUp" => links.len().saturating_sub(1),
            _ => return,
        };
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let named = target.as_ref().and_then(|target| target.get_attribute("data-link"));
        let here = links.iter().position(|(a, b)| named.as_deref() == Some(format!("{a}-{b}").as_str()));
        let Some(&(a, b)) = here.and_then(|here| links.get((here + step) % links.len())) else { return };
        // The page's own arrow keys move time.
        event.prevent_default();
        event.stop_propagation();
        onpick.emit(Some(Pick::Link(a, b)));
        let root = target.and_then(|target| target.closest("svg").ok().flatten());
        let next =
            root.and_then(|root| root.query_selector(&format!("[data-link='{a}-{b}']")).ok().flatten());
        if let Some(next) = next {
            focus(&next);
        }
    })
}

/// Keys on many nodes: arrows move from node to node and select.
fn walk_nodes(moment: &Snapshot, onpick: &Callback<Option<Pick>>) -> Callback<KeyboardEvent> {
    let ids: Vec<NodeId> = moment.nodes.iter().map(|node| node.id).collect();
    let onpick = onpick.clone();
    Callback::from(move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => 1,
            "ArrowLeft" | "ArrowUp" => ids.len().saturating_sub(1),
            _ => return,
        };
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let named = target.as_ref().and_then(|target| target.get_attribute("data-node")?.parse().ok());
        let here = ids.iter().position(|id| named == Some(*id));
        let Some(id) = here.and_then(|here| ids.get((here + step) % ids.len())) else { return };
        event.prevent_default();
        event.stop_propagation();
        onpick.emit(Some(Pick::Node(*id)));
        let root = target.and_then(|target| target.closest("svg").ok().flatten());
        if let Some(next) =
            root.and_then(|root| root.query_selector(&format!("[data-node='{id}']")).ok().flatten())
        {
            focus(&next);
        }
    })
}

/// What the largest group can do, as a caption of the stage.
fn side(moment: &Snapshot, stage: &Stage, lang: Lang) -> Html {
    let majority = &moment.majority;
    let whole = moment.nodes.iter().all(|node| matches!(Fate::of(node), Fate::Kept | Fate::Leader));
    if whole || majority.nodes < 2 {
        return Html::default();
    }
    let (head, text, tone) = if majority.can_elect {
        (lang.t("side-majority"), lang.f("side-majority-s", &[("n", majority.reachable.into())]), "side-t-a")
    } else {
        let args = [("n", majority.reachable.into()), ("need", majority.need.into())];
        (lang.t("side-none"), lang.f("side-none-s", &args), "side-t-no")
    };
    let (x, y) = if stage.labels { ("20", 32.0) } else { ("10", 20.0) };
    html! {
        <>
            <text class={classes!("side-t", tone)} {x} y={px(y)}>{ head }</text>
            <text class="side-s" {x} y={px(y + if stage.labels { 20.0 } else { 17.0 })}>{ text }</text>
        </>
    }
}

/// The client: where it sends, and the outcomes of its last writes.
fn client_box(client: &ClientFacts, stage: &Stage, route: Option<Way>, lang: Lang) -> Html {
    let (x, y) = stage.client;
    let half = stage.node;
    let label = lang.f(
        "client-aria",
        &[
            ("route", client.route.into()),
            ("ok", client.ok.into()),
            ("failed", client.failed.into()),
            ("unknown", client.unknown.into()),
        ],
    );
    let pace = if client.on {
        lang.f("client-every", &[("time", span(client.interval_us).into())])
    } else if client.limited {
        lang.t("client-limited")
    } else {
        lang.t("client-off")
    };
    html! {
        <>
            if let Some(way) = route { <path class="lk lk-client" d={way.path()} /> }
            <g class="client" role="img" aria-label={label} transform={format!("translate({} {})", px(x), px(y))}>
                <rect class="cl-bg" x={px(-half)} y={px(-half)} width={px(half * 2.0)} height={px(half * 2.0)}
                    rx={px(half * 0.46)} />
                <use class="cl-ic" href="#i-term" x={px(-half / 2.0)} y={px(-half / 2.0)} width={px(half)}
                    height={px(half)} />
                <text class="role halo-t" y={px(-half - 10.0)} text-anchor="middle">{ lang.t("client") }</text>
                if stage.labels {
                    { outcomes(client) }
                    <text class="side-s halo-t" x="-46" y={px(half + 62.0)}>{ pace }</text>
                }
            </g>
        </>
    }
}

/// The last writes as dots: answered, failed (a cross), unknown (a ring).
fn outcomes(client: &ClientFacts) -> Html {
    let skip = client.recent.len().saturating_sub(18);
    client.recent[skip..]
        .iter()
        .enumerate()
        .map(|(place, status)| {
            let (x, y) = (-41.0 + (place % 6) as f64 * 15.6, 48.0 + (place / 6) as f64 * 14.0 - 6.0);
            match status {
                OpStatus::Ok => html! { <circle class="rq-ok" cx={px(x)} cy={px(y)} r="4.4" /> },
                OpStatus::Fail => html! {
                    <path class="rq-no" d={format!("M{} {}l7 7m0-7l-7 7", px(x - 3.5), px(y - 3.5))} />
                },
                OpStatus::Info => html! { <circle class="rq-info" cx={px(x)} cy={px(y)} r="3.8" /> },
            }
        })
        .collect()
}

/// The leader that most nodes would name: the reachable one with the highest term.
pub(crate) fn leader(moment: &Snapshot) -> Option<NodeId> {
    moment
        .nodes
        .iter()
        .filter(|node| node.alive && node.role == Role::Leader)
        .max_by_key(|node| (node.reachable, node.term))
        .map(|node| node.id)
}

/// The legend of the shapes.
pub(crate) fn legend(lang: Lang, _: &()) -> Html {
    let item = |key: &'static str, picture: Html| {
        html! { <li><svg viewBox="-11 -11 22 22" aria-hidden="true">{ picture }</svg>{ lang.f(key, &[]) }</li> }
    };
    html! {
        <ul class="legend" aria-label={lang.t("legend-region")}>
            { item(
                "legend-committed",
                html! {
                    <>
                        <rect class="c c-kept" x="-8.5" y="-8.5" width="17" height="15" rx="3" />
                        <rect class="ground" x="-9" y="8" width="18" height="3" />
                    </>
                }
            ) }
            { item(
                "legend-open",
                html! {
                    <>
                        <rect class="c c-open" x="-8.5" y="-8.5" width="17" height="15" rx="3" />
                        <rect class="c-dots" x="-7.5" y="-7.5" width="15" height="13" rx="2"
                            fill="url(#p-open)" />
                    </>
                }
            ) }
            { item("legend-durable", html! { <rect class="ground" x="-10" y="-1.5" width="20" height="3" /> }) }
            { item("legend-heartbeat", html! { <circle class="m-hb" r="5.5" /> }) }
            { item(
                "legend-append",
                html! {
                    <g class="m-app">
                        <rect x="-9" y="-9" width="18" height="18" rx="4" />
                        <path d="M-4.5-3.6h9M-4.5 0h9M-4.5 3.6h5.5" />
                    </g>
                }
            ) }
            { item("legend-vote", html! { <path class="m-vote" d="M0-9.2L9 6.6H-9z" /> }) }
            { item(
                "legend-yes",
                html! { <g class="m-grant"><circle r="8.5" /><path d="M-3.8 .2l2.8 2.8 4.8-5.4" /></g> }
            ) }
            { item("legend-request", html! { <path class="m-req" d="M0-9.5L9.5 0 0 9.5-9.5 0z" /> }) }
        </ul>
    }
}

/// The handlers that select something: a click, or Enter and Space while it has the focus.
fn picks(onpick: &Callback<Option<Pick>>, pick: Pick) -> (Callback<MouseEvent>, Callback<KeyboardEvent>) {
    let onclick = onpick.reform(move |event: MouseEvent| {
        event.stop_propagation();
        Some(pick)
    });
    let onpick = onpick.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            event.stop_propagation();
            onpick.emit(Some(pick));
        }
    });
    (onclick, onkeydown)
}
