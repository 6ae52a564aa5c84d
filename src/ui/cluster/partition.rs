//! Splitting the network: a line drawn across the stage, or two sides chosen from a list.
//!
//! Guarantees: a line that separates the nodes splits the network in two; a shorter one cuts the links that it
//! crosses; a touch scrolls as everywhere, and the list does the same by key; a refusal is shown. Leaves out: single
//! links (the tools of the selection), and how a split is undone link by link.

use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;
use yew::prelude::*;

use super::geometry::Point;
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::use_lang;
use crate::web::session::{Session, Update};
use quorum_facade::snapshot::Snapshot;
use quorum_facade::{Action, Answer, Command};
use quorum_i18n::{Lang, refused};
use quorum_types::NodeId;

/// A line shorter than this many pixels is a click.
const SHORTEST: f64 = 24.0;
/// Among more nodes, not every link is drawn, so that a line always splits the network.
const MOST_LINKED: usize = 9;

/// The properties of the stage with its ways to split the network.
#[derive(Properties, PartialEq)]
pub(crate) struct SplitProps {
    /// The session.
    pub(crate) session: Session,
    /// The stage.
    pub(crate) children: Html,
}

/// The nodes and the cut links of a run.
#[derive(Clone, Debug, Default, PartialEq)]
struct Net {
    nodes: Vec<NodeId>,
    cut: usize,
}

impl Net {
    fn of(now: &Snapshot) -> Self {
        Self { nodes: now.nodes.iter().map(|node| node.id).collect(), cut: now.cut.len() }
    }
}

/// The stage, the line, and the list.
#[component]
pub(crate) fn Split(props: &SplitProps) -> Html {
    let lang = use_lang();
    let net = use_net(&props.session);
    let line = use_state_eq(|| None::<(Point, Point)>);
    let side = use_state_eq(Vec::<NodeId>::new);
    let said = use_state_eq(|| None::<Result<String, String>>);
    let stage = use_node_ref();
    let act = {
        let (session, said) = (props.session.clone(), said.clone());
        Callback::from(move |(commands, done): (Vec<Action>, String)| {
            let (session, said) = (session.clone(), said.clone());
            spawn_local(
                async move { said.set(Some(execute(&session, commands, lang).await.map(|()| done))) },
            );
        })
    };
    let on = gestures(lang, &line, &stage, &act);
    html! {
        <>
            <div class="split-s" ref={stage} onpointerdown={on.0} onpointermove={on.1} onpointerup={on.2}>
                { props.children.clone() }
            </div>
            if let Some((from, to)) = *line {
                <svg class="split-l" aria-hidden="true">
                    <line x1={from.0.to_string()} y1={from.1.to_string()} x2={to.0.to_string()}
                        y2={to.1.to_string()} />
                </svg>
            }
            if net.nodes.len() > 1 { { chooser(lang, &net, &side, &said, &act) } }
        </>
    }
}

/// Follows the nodes and the number of cut links.
#[hook]
fn use_net(session: &Session) -> Net {
    let net = use_state_eq(|| session.moment().map(|now| Net::of(&now)).unwrap_or_default());
    {
        let net = net.clone();
        use_effect_with(session.clone(), move |session| {
            let subscription = session.subscribe(move |update| {
                if let Update::Moment(now) = update {
                    net.set(Net::of(now));
                }
            });
            move || drop(subscription)
        });
    }
    (*net).clone()
}

/// Executes the actions one after the other, up to the first refusal.
async fn execute(session: &Session, actions: Vec<Action>, lang: Lang) -> Result<(), String> {
    for action in actions {
        if let Answer::Refused { code, error, .. } = session.execute(Command::Cluster(action)).await {
            return Err(refused(lang, &code, &error));
        }
        session.note_acted();
    }
    Ok(())
}

type OnPointer = Callback<PointerEvent>;

/// Press on the background, draw, release.
fn gestures(
    lang: Lang,
    line: &UseStateHandle<Option<(Point, Point)>>,
    stage: &NodeRef,
    act: &Callback<(Vec<Action>, String)>,
) -> (OnPointer, OnPointer, OnPointer) {
    let at = |event: &PointerEvent| (f64::from(event.client_x()), f64::from(event.client_y()));
    let down = {
        let line = line.clone();
        Callback::from(move |event: PointerEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let busy = "[data-node], [data-link], button, a, summary";
            let free = target.is_some_and(|target| target.closest(busy).is_ok_and(|found| found.is_none()));
            if free && event.pointer_type() != "touch" && event.button() == 0 {
                line.set(Some((at(&event), at(&event))));
            }
        })
    };
    let moved = {
        let line = line.clone();
        Callback::from(move |event: PointerEvent| {
            if let Some((from, _)) = *line {
                // Released outside: the line is given up.
                line.set((event.buttons() != 0).then(|| (from, at(&event))));
            }
        })
    };
    let up = {
        let (line, stage, act) = (line.clone(), stage.clone(), act.clone());
        Callback::from(move |event: PointerEvent| {
            let Some((from, _)) = *line else { return };
            line.set(None);
            let to = at(&event);
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            if (dx * dx + dy * dy).sqrt() < SHORTEST {
                return;
            }
            let nodes = stage.cast::<Element>().map(|stage| places(&stage)).unwrap_or_default();
            if let Some(stroke) = stroke(lang, &nodes, from, to) {
                act.emit(stroke);
            }
        })
    };
    (down, moved, up)
}

/// The middles of the nodes on the screen.
fn places(stage: &Element) -> Vec<(NodeId, Point)> {
    let Ok(found) = stage.query_selector_all("[data-node]") else { return Vec::new() };
    let one = |at: u32| {
        let node: Element = found.item(at)?.dyn_into().ok()?;
        let id = node.get_attribute("data-node")?.parse().ok()?;
        let body = node.query_selector(".body").ok().flatten()?.get_bounding_client_rect();
        Some((id, (body.x() + body.width() / 2.0, body.y() + body.height() / 2.0)))
    };
    (0..found.length()).filter_map(one).collect()
}

/// On which side of the line through `from` and `to` a point lies: positive, negative, or on it.
fn turn(from: Point, to: Point, point: Point) -> f64 {
    (to.0 - from.0) * (point.1 - from.1) - (to.1 - from.1) * (point.0 - from.0)
}

/// Whether two segments cross.
fn crosses((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    turn(a, b, c) * turn(a, b, d) < 0.0 && turn(c, d, a) * turn(c, d, b) < 0.0
}

/// What a line does, and the sentence about it; none if it crosses nothing.
fn stroke(lang: Lang, nodes: &[(NodeId, Point)], from: Point, to: Point) -> Option<(Vec<Action>, String)> {
    let side: Vec<NodeId> =
        nodes.iter().filter(|(_, at)| turn(from, to, *at) > 0.0).map(|(id, _)| *id).collect();
    let other: Vec<NodeId> = nodes.iter().map(|(id, _)| *id).filter(|id| !side.contains(id)).collect();
    if side.is_empty() || other.is_empty() {
        return None;
    }
    let mut crossed = Vec::new();
    for (place, (a, at_a)) in nodes.iter().enumerate() {
        for (b, at_b) in &nodes[place + 1..] {
            if crosses((from, to), (*at_a, *at_b)) {
                crossed.push((*a, *b));
            }
        }
    }
    if nodes.len() > MOST_LINKED || crossed.len() == side.len() * other.len() {
        let said = sides_text(lang, &side, &other);
        return Some((vec![Action::Partition { side }], said));
    }
    let said = lang.f("split-links", &[("n", crossed.len().into())]);
    let cut = crossed.into_iter().map(|(from, to)| Action::Cut { from, to, one_way: false });
    let cut: Vec<Action> = cut.collect();
    (!cut.is_empty()).then_some((cut, said))
}

/// Who is on which side.
fn sides_text(lang: Lang, side: &[NodeId], other: &[NodeId]) -> String {
    let names = |nodes: &[NodeId]| {
        let names: Vec<String> = nodes.iter().map(|id| format!("S{id}")).collect();
        names.join(" ")
    };
    lang.f("split-done", &[("a", names(side).into()), ("b", names(other).into())])
}

/// The two sides as a list, with the buttons to split and to mend.
fn chooser(
    lang: Lang,
    net: &Net,
    side: &UseStateHandle<Vec<NodeId>>,
    said: &UseStateHandle<Option<Result<String, String>>>,
    act: &Callback<(Vec<Action>, String)>,
) -> Html {
    let chosen: Vec<NodeId> = net.nodes.iter().copied().filter(|id| side.contains(id)).collect();
    let rest: Vec<NodeId> = net.nodes.iter().copied().filter(|id| !side.contains(id)).collect();
    let one = |id: &NodeId| {
        let id = *id;
        let checked = side.contains(&id);
        let onchange = {
            let side = side.clone();
            Callback::from(move |_: Event| {
                let mut next = (*side).clone();
                if checked {
                    next.retain(|one| *one != id)
                } else {
                    next.push(id)
                }
                side.set(next);
            })
        };
        html! {
            <label class="split-n">
                <input type="checkbox" data-side={id.to_string()} {checked} {onchange} />{ format!("S{id}") }
            </label>
        }
    };
    let can = !chosen.is_empty() && !rest.is_empty();
    let split = {
        let (said, chosen) = (sides_text(lang, &chosen, &rest), chosen.clone());
        act.reform(move |_: MouseEvent| (vec![Action::Partition { side: chosen.clone() }], said.clone()))
    };
    let mend = {
        let said = lang.t("split-mended");
        act.reform(move |_: MouseEvent| (vec![Action::Heal], said.clone()))
    };
    html! {
        <details class="split" data-view="split" data-cut={net.cut.to_string()}>
            <summary>{ ic("cut") }<span class="split-t">{ lang.t("split") }</span></summary>
            <p class="fine">{ lang.t("split-how") }</p>
            <fieldset class="split-f">
                <legend>{ lang.t("split-side") }</legend>
                { for net.nodes.iter().map(one) }
            </fieldset>
            <p class="row">
                <button type="button" class="btn btn-gone" data-act="split" aria-disabled={inert(!can)} onclick={split}>
                    { ic("cut") }{ lang.t("split-go") }
                </button>
                <button type="button" class="btn" data-act="mend" aria-disabled={inert(net.cut == 0)} onclick={mend}>
                    { ic("heal") }{ lang.t("split-mend") }
                </button>
            </p>
            <p class="fine" role="status">
                { match &**said {
                    Some(Ok(said)) => said.clone(),
                    Some(Err(error)) => lang.f("notice-refused", &[("error", error.clone().into())]),
                    None => String::new(),
                } }
            </p>
        </details>
    }
}
