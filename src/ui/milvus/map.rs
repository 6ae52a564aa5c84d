//! The map of a cluster: layers of pods, cut links, messages in flight.
//!
//! Guarantees: [`map`] draws one snapshot and nothing else, so that a test can show it without a worker; `LiveMap`
//! follows a session's snapshots in a frame that fits its container. Leaves out: actions on the selection (`panels`).

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use yew::prelude::*;

use super::geometry::{Group, Plan, Point, TITLE, ends};
use super::pod::{PodProps, kind_text, pod};
use super::traffic::{Cut, CutProps, cut_counts, cut_lines, cut_of, flights};
use super::value_of;
use crate::ui::cluster::Pick;
use crate::ui::focus::focus;
use crate::ui::format::px;
use crate::ui::memo::{keyed, memo};
use crate::ui::use_lang;
use crate::ui::zoom::Zoom;
use crate::web::session::{Session, Update};
use quorum_facade::milvus::snapshot::MilvusFacts;
use quorum_facade::milvus::topology::Component;
use quorum_facade::snapshot::Snapshot;
use quorum_i18n::Lang;
use quorum_types::{MS, NodeId};

/// The live map's properties.
#[derive(Properties, PartialEq)]
pub(crate) struct LiveProps {
    /// The session whose snapshots are drawn.
    pub(crate) session: Session,
    /// What is selected.
    pub(crate) pick: Option<Pick>,
    /// Called when something is selected; with none when the background is clicked.
    pub(crate) onpick: Callback<Option<Pick>>,
}

/// The map, following every snapshot of a session.
#[component]
pub(crate) fn LiveMap(props: &LiveProps) -> Html {
    let lang = use_lang();
    let place = use_node_ref();
    let size = use_size(&place);
    let moment = use_state(|| props.session.moment());
    {
        let moment = moment.clone();
        use_effect_with(props.session.clone(), move |session| {
            moment.set(session.moment());
            let subscription = session.subscribe(move |update| {
                if let Update::Moment(now) = update {
                    moment.set(Some(Rc::clone(now)));
                }
            });
            move || drop(subscription)
        });
    }
    let shown = (*moment)
        .clone()
        .map(|moment| map(lang, &MapProps { moment, size, pick: props.pick, onpick: props.onpick.clone() }));
    let seen = match props.pick {
        Some(Pick::Node(id)) => Some(format!("[data-pod='{id}']")),
        _ => None,
    };
    html! { <div class="mc-map" ref={place}><Zoom {seen}>{ shown.unwrap_or_default() }</Zoom></div> }
}

/// Tracks the size of an element.
#[hook]
fn use_size(place: &NodeRef) -> Point {
    let size = use_state_eq(|| (760.0, 572.0));
    {
        let (place, size) = (place.clone(), size.clone());
        use_effect_with((), move |()| {
            let element = place.cast::<web_sys::Element>();
            let watched = element.clone();
            let measure = move || {
                if let Some(element) = &watched {
                    let now = (f64::from(element.client_width()), f64::from(element.client_height()));
                    if now.0 > 0.0 && now.1 > 0.0 {
                        size.set(now);
                    }
                }
            };
            measure();
            let heard = Closure::<dyn FnMut()>::new(measure);
            let observer = web_sys::ResizeObserver::new(heard.as_ref().unchecked_ref()).ok();
            if let (Some(observer), Some(element)) = (&observer, &element) {
                observer.observe(element);
            }
            move || {
                if let Some(observer) = observer {
                    observer.disconnect();
                }
                drop(heard);
            }
        });
    }
    *size
}

/// The inputs of the map.
#[derive(Default)]
pub struct MapProps {
    /// The snapshot.
    pub moment: Rc<Snapshot>,
    /// Width and height of the frame.
    pub size: (f64, f64),
    /// What is selected.
    pub pick: Option<Pick>,
    /// Called when something is selected.
    pub onpick: Callback<Option<Pick>>,
}

/// One snapshot of a cluster.
pub fn map(lang: Lang, props: &MapProps) -> Html {
    let MapProps { moment, size, pick, onpick } = props;
    let Some(facts) = moment.milvus.as_deref() else { return Html::default() };
    let kinds: Vec<(NodeId, Component)> = facts.pods.iter().map(|pod| (pod.id, pod.component)).collect();
    let plan = Plan::of(&kinds, *size);
    let ttl = value_of(moment, "session_ttl_ms").saturating_mul(MS);
    let counts = cut_counts(facts);
    let picked = match pick {
        Some(Pick::Node(id)) => Some(*id),
        _ => None,
    };
    let reached = picked.filter(|id| plan.at(*id).is_some()).or(plan.spots.first().map(|spot| spot.id));
    let one = |facts: &MilvusFacts, n: usize| {
        let spot = *plan.spots.get(n)?;
        let pod = facts.pods.iter().find(|pod| pod.id == spot.id)?;
        Some(PodProps {
            cut: if pod.unreachable { Cut::Wall } else { cut_of(&counts, pod.id) },
            picked: picked == Some(pod.id),
            reached: reached == Some(pod.id),
            onpick: onpick.clone(),
            ..PodProps::of(pod, facts, spot, ttl)
        })
    };
    let onclick = onpick.reform(|_: MouseEvent| None);
    let onkeydown = walk(&plan, onpick);
    let (w, h) = plan.size;
    html! {
        <svg class="stage-svg mc-svg" viewBox={format!("0 0 {} {}", px(w), px(h))} role="group" {onclick} {onkeydown}
            aria-label={lang.f("mc-map-aria", &[("n", facts.pods.len().into())])}>
            <rect class="grid" x={px(-w)} y={px(-h)} width={px(w * 3.0)} height={px(h * 3.0)} fill="url(#p-grid)" />
            { for plan.groups.iter().map(|group| keyed(group.component.word(), frame, *group)) }
            { memo(cuts, cut_lines(facts, &plan, &counts)) }
            { memo(client, ClientProps { at: plan.client, clients: value_of(moment, "clients") }) }
            { for (0..plan.spots.len()).filter_map(|n| one(facts, n)).map(|one| keyed(one.spot.id, pod, one)) }
            <g class="mc-fl" aria-hidden="true">{ flights(facts, &plan, moment.t_us) }</g>
        </svg>
    }
}

/// Keys on the map: arrows move from pod to pod and select, Enter and Space select.
fn walk(plan: &Plan, onpick: &Callback<Option<Pick>>) -> Callback<KeyboardEvent> {
    let (plan, onpick) = (plan.clone(), onpick.clone());
    Callback::from(move |event: KeyboardEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let pod = target.as_ref().and_then(|element| element.get_attribute("data-pod"));
        let Some(here) = pod.and_then(|pod| pod.parse::<NodeId>().ok()) else { return };
        let to = match event.key().as_str() {
            "ArrowRight" => plan.next(here, 1, 0),
            "ArrowLeft" => plan.next(here, -1, 0),
            "ArrowDown" => plan.next(here, 0, 1),
            "ArrowUp" => plan.next(here, 0, -1),
            "Enter" | " " => Some(here),
            _ => return,
        };
        // The page's own arrow keys move time; here an arrow without a target does nothing.
        event.prevent_default();
        event.stop_propagation();
        let Some(to) = to else { return };
        onpick.emit(Some(Pick::Node(to)));
        let root = target.and_then(|element| element.closest("svg").ok().flatten());
        let next = root.and_then(|root| root.query_selector(&format!("[data-pod='{to}']")).ok().flatten());
        if let Some(next) = next {
            focus(&next);
        }
    })
}

/// A group's box and title.
fn frame(lang: Lang, group: &Group) -> Html {
    let Group { component, count, at: (x, y), size: (w, h) } = *group;
    // Coordinators are drawn side by side in boxes of one width, which the longest title determines.
    let longest = if component.coordinates() { Component::QueryCoord } else { component };
    let wide: f64 = kind_text(lang, longest).chars().map(|c| if c.is_ascii() { 6.4 } else { 12.0 }).sum();
    let short = wide + 36.0 > w;
    let text = if short {
        lang.f(&format!("mc-short-{}", component.word()), &[])
    } else {
        kind_text(lang, component)
    };
    html! {
        <g class="mc-group" data-group={component.word()}>
            <rect x={px(x)} y={px(y)} width={px(w)} height={px(h)} rx="8" />
            <text x={px(x + 7.0)} y={px(y + TITLE - 3.5)}>
                { text }
                if count > 1 && !short { <tspan class="mc-n">{ format!(" ×{count}") }</tspan> }
            </text>
        </g>
    }
}

/// The inputs of the clients.
#[derive(PartialEq)]
struct ClientProps {
    at: Point,
    clients: u64,
}

/// The tester, the writer and other searching clients.
fn client(lang: Lang, props: &ClientProps) -> Html {
    let (x, y) = props.at;
    let text = if props.clients > 0 {
        lang.f("mc-client-n", &[("n", props.clients.into())])
    } else {
        lang.t("mc-client")
    };
    html! {
        <g class="mc-client" role="img" aria-label={text.clone()} transform={format!("translate({} {})", px(x), px(y))}>
            <rect class="cl-bg" x="-15" y="-15" width="30" height="30" rx="7" />
            <use class="cl-ic" href="#i-term" x="-9" y="-9" width="18" height="18" />
            <text class="mc-cl" x="24" y="4.5">{ text }</text>
        </g>
    }
}

/// The links that are cut: broken lines with bars at their ends.
fn cuts(_: Lang, props: &CutProps) -> Html {
    let lines = props.lines.iter().map(|(a, b, one_way)| {
        let (start, end) = ends(*a, *b, 22.0);
        html! {
            <path class={classes!("lk", "lk-cut", one_way.then_some("lk-one"))}
                d={format!("M{} {}L{} {}", px(start.0), px(start.1), px(end.0), px(end.1))} />
        }
    });
    html! { <g class="mc-cuts" data-cuts={props.lines.len().to_string()}>{ for lines }</g> }
}
