//! A pod on the map: its shape shows its kind, its outline its state, and its label says all of it in words.
//!
//! Guarantees: figures that change at every moment are quantised first, so that a pod is not redrawn while nothing
//! visible changes. Leaves out: its position (`geometry`).

use yew::prelude::*;

use super::geometry::{Letters, Spot};
use super::traffic::Cut;
use crate::ui::cluster::Pick;
use crate::ui::format::{px, seconds};
use quorum_facade::milvus::snapshot::{CopyState, MilvusFacts, PodFacts, PodState};
use quorum_facade::milvus::topology::Component;
use quorum_i18n::{Arg, Lang};
use quorum_types::{Micros, NodeId};

/// Steps of a lease's ring.
const LEASE_STEPS: u64 = 30;
/// Steps of the bar of requests served.
const LOAD_STEPS: u64 = 12;
/// Maximum number of dots of a queue.
const DOTS: u32 = 5;
/// Half the width from which a query node has room for letters beside its replica too.
const QUERY_LETTERS: f64 = 36.0;

/// The inputs of a pod.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PodProps {
    /// Its position.
    pub(crate) spot: Spot,
    /// Its zone.
    pub(crate) zone: u32,
    /// Its state.
    pub(crate) state: PodState,
    /// Whether it is active for its kind.
    pub(crate) active: bool,
    /// Its term or epoch.
    pub(crate) epoch: u64,
    /// Health checks missed in a row.
    pub(crate) misses: u32,
    /// Whether others have been notified that it is gone.
    pub(crate) taken_out: bool,
    /// The rest of its lease, in steps of the whole, and in seconds.
    pub(crate) lease: Option<(u64, u64)>,
    /// Requests waiting.
    pub(crate) queue: u32,
    /// Requests served, in steps relative to the busiest of its kind.
    pub(crate) load: u64,
    /// The replica it belongs to.
    pub(crate) replica: Option<u32>,
    /// How far its data lags behind, in tenths of a second.
    pub(crate) behind: Option<u64>,
    /// Its copies of segments.
    pub(crate) chips: Vec<(u64, CopyState)>,
    /// How it is cut off.
    pub(crate) cut: Cut,
    /// Whether it is selected.
    pub(crate) picked: bool,
    /// Whether it is in the Tab order.
    pub(crate) reached: bool,
    /// Called when it is selected.
    pub(crate) onpick: Callback<Option<Pick>>,
}

impl PodProps {
    /// A pod at a moment; the caller sets the selection.
    pub(crate) fn of(pod: &PodFacts, facts: &MilvusFacts, spot: Spot, ttl: Micros) -> Self {
        let kind = facts.pods.iter().filter(|other| other.component == pod.component);
        let most = kind.map(|other| other.served).max().unwrap_or(0).max(1);
        let query = pod.component == Component::QueryNode;
        Self {
            spot,
            zone: pod.zone,
            state: pod.state,
            active: pod.active,
            epoch: pod.epoch,
            misses: pod.misses,
            taken_out: pod.taken_out,
            lease: pod
                .lease_left_us
                .map(|left| ((left * LEASE_STEPS / ttl.max(1)).min(LEASE_STEPS), left / 1_000_000)),
            queue: pod.queue,
            load: if query { pod.served * LOAD_STEPS / most } else { 0 },
            replica: pod.replica.filter(|_| query),
            behind: pod.behind_us.filter(|_| query).map(|us| us / 100_000),
            chips: if query { chips(facts, pod.id) } else { Vec::new() },
            cut: Cut::Not,
            picked: false,
            reached: false,
            onpick: Callback::noop(),
        }
    }

    fn up(&self) -> bool {
        self.state == PodState::Up
    }
}

/// The copies of segments that a node has, growing one first.
fn chips(facts: &MilvusFacts, node: NodeId) -> Vec<(u64, CopyState)> {
    let mut chips = Vec::new();
    for segment in &facts.segments {
        chips.extend(segment.copies.iter().filter(|copy| copy.1 == node).map(|copy| (segment.id, copy.2)));
    }
    chips
}

/// The name of a state in the document and in the catalogues.
pub(crate) fn state_word(state: PodState) -> &'static str {
    match state {
        PodState::Down => "down",
        PodState::Booting => "booting",
        PodState::Up => "up",
        PodState::Paused => "paused",
    }
}

/// A pod's kind in words.
pub fn kind_text(lang: Lang, component: Component) -> String {
    lang.f(&format!("mc-kind-{}", component.word()), &[])
}

/// A state in words.
pub(crate) fn state_text(lang: Lang, state: PodState) -> String {
    lang.f(&format!("mc-state-{}", state_word(state)), &[])
}

/// A zone as a letter.
pub(crate) fn zone_letter(zone: u32) -> String {
    let letter = u8::try_from(zone).ok().and_then(|zone| b'A'.checked_add(zone));
    letter.map_or_else(|| zone.to_string(), |letter| (letter as char).to_string())
}

/// A list of phrases, with the comma of the language; English has a space after it.
pub(crate) fn list(lang: Lang, said: &[String]) -> String {
    let comma = lang.t("list-comma");
    said.join(if comma.is_ascii() { ", " } else { &comma })
}

/// The complete description of a pod in words. It begins with what is written on the pod, so that a voice command can
/// use it.
fn aria(lang: Lang, props: &PodProps) -> String {
    let one = |key: &str, n: u64| lang.f(key, &[("n", n.into())]);
    let mut said = vec![
        format!("{}{}", letters(props.spot.component), props.spot.id),
        lang.f(
            "mc-pod",
            &[("id", props.spot.id.into()), ("kind", kind_text(lang, props.spot.component).into())],
        ),
        lang.f("mc-zone", &[("zone", zone_letter(props.zone).into())]),
        state_text(lang, props.state),
    ];
    if props.active {
        said.push(lang.t("mc-acting"));
    }
    if props.epoch > 0 {
        said.push(one("mc-epoch", props.epoch));
    }
    if let Some((_, left)) = props.lease {
        said.push(one("mc-lease-left", left));
    }
    if props.misses > 0 {
        said.push(one("mc-misses", props.misses.into()));
    }
    if props.taken_out {
        said.push(lang.t("mc-taken-out"));
    }
    if props.cut == Cut::Wall {
        said.push(lang.t("mc-cut-off"));
    }
    if props.queue > 0 {
        said.push(one("mc-queue", props.queue.into()));
    }
    if let Some(replica) = props.replica {
        said.push(one("mc-replica", u64::from(replica) + 1));
    }
    if !props.chips.is_empty() {
        let loading = props.chips.iter().filter(|chip| chip.1 == CopyState::Loading).count();
        let args: [(&str, Arg); 2] = [("n", props.chips.len().into()), ("loading", loading.into())];
        said.push(lang.f("mc-holds", &args));
    }
    if let Some(behind) = props.behind {
        said.push(lang.f("mc-behind", &[("time", format!("{} s", seconds(behind * 100_000)).into())]));
    }
    list(lang, &said)
}

/// The outline of a kind of pod around the origin.
fn outline(component: Component, half: (f64, f64)) -> String {
    let (w, h) = half;
    let n = |value: f64| px(value);
    match component {
        Component::Proxy => {
            let (a, b) = (w * 0.5, h * 0.9);
            let (i, w, b) = (n(a), n(w), n(b));
            format!("M-{w} 0L-{i} -{b}H{i}L{w} 0L{i} {b}H-{i}z")
        }
        component if component.coordinates() => {
            let r = n(w);
            format!("M-{r} 0a{r} {r} 0 1 1 {d} 0a{r} {r} 0 1 1 -{d} 0z", d = n(w * 2.0))
        }
        Component::IndexNode => {
            // A square whose corners are cut.
            let (c, w) = (n(w * 0.45), n(w * 0.92));
            format!("M-{c} -{w}H{c}L{w} -{c}V{c}L{c} {w}H-{c}L-{w} {c}V-{c}z")
        }
        Component::StreamingNode => {
            let (i, w, h) = (n(w * 0.55), n(w), n(h * 0.85));
            format!("M-{i} -{h}H{w}L{i} {h}H-{w}z")
        }
        Component::Meta | Component::ObjectStore => {
            // A cylinder.
            let lid = if component == Component::Meta { h * 0.3 } else { h * 0.34 };
            let (w2, y) = (n(w * 0.88), h * 0.9 - lid);
            let (lid, up, down, across) = (n(lid), n(-y), n(y), n(w * 1.76));
            format!(
                "M-{w2} {up}a{w2} {lid} 0 0 1 {across} 0V{down}a{w2} {lid} 0 0 1 -{across} 0zM-{w2} {up}a{w2} {lid} 0 \
                 0 0 {across} 0"
            )
        }
        Component::QueryNode => {
            let (h, dw, dh) = (n(h), n(w * 2.0 - 12.0), n(h * 2.0 - 12.0));
            let x = n(half.0 - 6.0);
            format!(
                "M-{x} -{h}h{dw}a6 6 0 0 1 6 6v{dh}a6 6 0 0 1 -6 6h-{dw}a6 6 0 0 1 -6 -6v-{dh}a6 6 0 0 1 6 -6z"
            )
        }
        _ => {
            let (w, d) = (n(w * 0.86), n(w * 1.72));
            format!("M-{w} -{w}h{d}v{d}h-{d}z")
        }
    }
}

/// A pod.
pub(crate) fn pod(lang: Lang, props: &PodProps) -> Html {
    let PodProps { spot, state, active, cut, picked, reached, onpick, .. } = props;
    let id = spot.id;
    let (w, h) = spot.half;
    let onclick = onpick.reform(move |event: MouseEvent| {
        event.stop_propagation();
        Some(Pick::Node(id))
    });
    let label = aria(lang, props);
    let d = outline(spot.component, spot.half);
    let ground = matches!(spot.component, Component::Wal | Component::ObjectStore);
    // A cylinder's lid takes the upper part.
    let drum = matches!(spot.component, Component::Meta | Component::ObjectStore);
    let class = classes!(
        "pod",
        format!("p-{}", state_word(*state)),
        (*active && props.up()).then_some("p-act"),
        props.taken_out.then_some("p-out"),
        picked.then_some("p-sel"),
    );
    html! {
        <g {class} transform={format!("translate({} {})", px(spot.at.0), px(spot.at.1))}
            tabindex={if *reached { "0" } else { "-1" }}
            role="button" aria-pressed={picked.to_string()} aria-label={label.clone()}
            {onclick} data-pod={id.to_string()}
            data-kind={spot.component.word()} data-state={state_word(*state)} data-active={active.to_string()}
            data-cut={(*cut == Cut::Wall).to_string()} data-out={props.taken_out.to_string()}>
            <title>{ label }</title>
            <rect class="p-halo" x={px(-w - 4.0)} y={px(-h - 4.0)} width={px(w * 2.0 + 8.0)}
                height={px(h * 2.0 + 8.0)} rx="8" />
            if *cut == Cut::Wall {
                <rect class="p-wall" x={px(-w - 3.0)} y={px(-h - 3.0)} width={px(w * 2.0 + 6.0)}
                    height={px(h * 2.0 + 6.0)} rx="7" />
            }
            { lease(props) }
            <path class="p-body" d={d.clone()} />
            { hatch(*state, d) }
            if ground { <rect class="ground" x={px(-w * 0.9)} y={px(h + 1.0)} width={px(w * 1.8)} height="2.5" /> }
            if *active { <use class="crown" href="#crown" x="-8" y={px(-h - 11.0)} width="16" height="11" /> }
            if spot.component == Component::QueryNode {
                { query(lang, props) }
            } else {
                { name(spot, drum) }
            }
            { sign(*state, w, h) }
            { misses(props) }
            { queue(props) }
            if spot.worded || spot.tight { { words(lang, props) } }
        </g>
    }
}

/// A pod's number with the letters of its role.
fn name(spot: &Spot, drum: bool) -> Html {
    let (x, y, anchor) = match spot.letters {
        Letters::Beside => (px(spot.half.0 + 9.0), "4.5", "start"),
        Letters::Before | Letters::None if drum => (px(0.0), "7.5", "middle"),
        Letters::Before | Letters::None => (px(0.0), "4.5", "middle"),
    };
    html! {
        <text class="p-id" {x} {y} text-anchor={anchor}>
            { role(spot.component, spot.letters != Letters::None) }{ spot.id }
        </text>
    }
}

/// A pod's role as two letters, before its number; nothing where there is no room.
fn role(component: Component, room: bool) -> Html {
    if !room {
        return Html::default();
    }
    html! { <tspan class="p-role">{ letters(component) }</tspan> }
}

/// The initials of a role, as Milvus abbreviates its components.
fn letters(component: Component) -> &'static str {
    match component {
        Component::Proxy => "PX",
        Component::RootCoord => "RC",
        Component::QueryCoord => "QC",
        Component::DataCoord => "DC",
        Component::IndexCoord => "IC",
        Component::MixCoord => "MC",
        Component::QueryNode => "QN",
        Component::DataNode => "DN",
        Component::IndexNode => "IN",
        Component::StreamingNode => "SN",
        Component::Meta => "ET",
        Component::Wal => "WL",
        Component::ObjectStore => "OS",
    }
}

/// The overlay of a pod that does not serve: a hatch, dots.
fn hatch(state: PodState, d: String) -> Html {
    let fill = match state {
        PodState::Up => return Html::default(),
        PodState::Down => "url(#p-dead)",
        PodState::Booting | PodState::Paused => "url(#p-open)",
    };
    html! { <path class="p-hatch" {d} {fill} /> }
}

/// The sign of a pod that does not serve, at its upper right: a cross, two bars, a circular arrow.
fn sign(state: PodState, w: f64, h: f64) -> Html {
    let (tone, icon) = match state {
        PodState::Up => return Html::default(),
        PodState::Down => ("p-s-gone", "#i-cross"),
        PodState::Paused => ("p-s-open", "#i-hold"),
        PodState::Booting => ("p-s-open", "#i-restart"),
    };
    html! {
        <g class={classes!("p-sign", tone)} transform={format!("translate({} {})", px(w - 1.0), px(-h + 1.0))}>
            <circle r="7" /><use href={icon} x="-5" y="-5" width="10" height="10" />
        </g>
    }
}

/// A lease: a ring that shrinks, around the pod's own shape, so that it never reaches a neighbour.
fn lease(props: &PodProps) -> Html {
    let Some((left, _)) = props.lease else { return Html::default() };
    let (w, h) = (props.spot.half.0 + 3.0, props.spot.half.1 + 3.0);
    // With this radius the ring of a pod that is as wide as high is a circle.
    let r = w.min(h).min(20.0);
    let round = 4.0 * (w + h) - (8.0 - std::f64::consts::TAU) * r;
    let long = round * left as f64 / LEASE_STEPS as f64;
    html! {
        <rect class="p-lease" x={px(-w)} y={px(-h)} width={px(w * 2.0)} height={px(h * 2.0)} rx={px(r)}
            stroke-dasharray={format!("{} {}", px(long), px(round))}
            data-lease={left.to_string()} />
    }
}

/// Health checks that were missed, as ticks at the left.
fn misses(props: &PodProps) -> Html {
    if props.misses == 0 {
        return Html::default();
    }
    let (w, h) = props.spot.half;
    let d: String = (0..props.misses.min(4))
        .map(|n| format!("M{} {}h5", px(-w - 8.0), px(h - 2.0 - f64::from(n) * 5.0)))
        .collect();
    html! { <path class="p-miss" {d} data-misses={props.misses.to_string()} /> }
}

/// Waiting requests, as dots at the right; more than a handful as a figure.
fn queue(props: &PodProps) -> Html {
    if props.queue < 2 {
        return Html::default();
    }
    let (w, h) = props.spot.half;
    let x = px(w + 6.0);
    if props.queue > DOTS && props.spot.component == Component::QueryNode {
        return html! {
            <text class="p-more" x={px(w - 4.0)} y={px(-h - 3.0)} text-anchor="end" aria-hidden="true">
                { format!("⋯{}", props.queue) }
            </text>
        };
    }
    let d: String =
        (0..props.queue.min(DOTS)).map(|n| format!("M{x} {}h0", px(h - 2.0 - f64::from(n) * 5.0))).collect();
    html! { <path class="p-queue" {d} data-queue={props.queue.to_string()} /> }
}

/// The label beneath a pod: zone, and its term or how far it lags behind.
fn words(lang: Lang, props: &PodProps) -> Html {
    let zone = ("zone", Arg::from(zone_letter(props.zone)));
    let (up, roomy) = (props.up(), props.spot.roomy);
    let text = match props.behind {
        // Neighbours show their zone only, so that there is room for the term of the active one.
        _ if props.spot.tight && props.active && up && (1..100).contains(&props.epoch) => {
            lang.f("mc-under-epoch-s", &[zone, ("n", props.epoch.into())])
        }
        _ if props.spot.tight => zone_letter(props.zone),
        _ if props.taken_out && roomy => lang.f("mc-under-out", &[zone]),
        Some(behind) if up && roomy => {
            lang.f("mc-under-behind", &[zone, ("time", seconds(behind * 100_000).into())])
        }
        _ if props.epoch > 0 && up && roomy => lang.f("mc-under-epoch", &[zone, ("n", props.epoch.into())]),
        _ if props.epoch > 0 && up => lang.f("mc-under-epoch-s", &[zone, ("n", props.epoch.into())]),
        _ => lang.f("mc-under-zone", &[zone]),
    };
    html! {
        <text class="p-under" y={px(props.spot.half.1 + 15.0)} text-anchor="middle" aria-hidden="true">{ text }</text>
    }
}

/// Inside a query node: its number, its replica, its segments, what it has served.
fn query(lang: Lang, props: &PodProps) -> Html {
    let (w, h) = props.spot.half;
    let left = -w + 7.0;
    let wide = chip_width(&props.chips);
    // A low box has one line: its chips stand beside its number, and its replica is not written where it has chips.
    let flat = h * 2.0 < 38.0;
    let from = if flat { left + 20.0 } else { left };
    let a_line = (((w - 5.0 - from) / (wide + 2.0)).floor() as usize).max(1);
    let lines = (((h * 2.0 - 26.0) / 15.0).floor() as usize).max(1);
    let room = a_line * lines;
    let shown = if props.chips.len() > room { room.saturating_sub(1) } else { props.chips.len() };
    let top = if flat { -h + 4.5 } else { -h + 21.0 };
    let place = |n: usize| (from + (n % a_line) as f64 * (wide + 2.0), top + (n / a_line) as f64 * 15.0);
    let replica = props.replica.filter(|_| w >= 24.0 && (!flat || props.chips.is_empty()));
    html! {
        <>
            <text class="p-id" x={px(left)} y={px(-h + 15.0)}>
                { role(Component::QueryNode, w >= QUERY_LETTERS && !flat) }{ props.spot.id }
            </text>
            if let Some(replica) = replica {
                <text class="p-rep" x={px(w - 6.0)} y={px(-h + 15.0)} text-anchor="end" aria-hidden="true">
                    { lang.f(if w > 40.0 { "mc-replica" } else { "mc-replica-s" }, &[("n", (replica + 1).into())]) }
                </text>
            }
            { for props.chips.iter().take(shown).enumerate().map(|(n, chip)| one_chip(place(n), wide, *chip)) }
            if shown < props.chips.len() {
                <text class="p-more" x={px(place(shown).0)} y={px(place(shown).1 + 11.0)} aria-hidden="true">
                    { format!("+{}", props.chips.len() - shown) }
                </text>
            }
            <rect class="p-load-0" x={px(left)} y={px(h - 4.5)} width={px(w * 2.0 - 14.0)} height="2" />
            <rect class="p-load" x={px(left)} y={px(h - 4.5)}
                width={px((w * 2.0 - 14.0) * props.load as f64 / LOAD_STEPS as f64)} height="2" />
        </>
    }
}

/// The width of a chip: enough for the longest number of a segment, so that no number runs into its neighbour.
fn chip_width(chips: &[(u64, CopyState)]) -> f64 {
    let most = chips.iter().map(|(segment, _)| *segment).max().unwrap_or(0);
    (most.to_string().len() as f64 * 6.3 + 3.0).max(14.0)
}

/// A copy of a segment; a growing one has a dashed outline, a loading one is not filled.
fn one_chip(at: (f64, f64), wide: f64, (segment, state): (u64, CopyState)) -> Html {
    let loading = state == CopyState::Loading;
    let class = match (segment, loading) {
        (_, true) => "sg sg-load",
        (0, false) => "sg sg-grow",
        _ => "sg sg-kept",
    };
    let (x, y) = at;
    html! {
        <g {class} data-segment={segment.to_string()} data-loading={loading.to_string()} aria-hidden="true">
            <rect x={px(x)} y={px(y)} width={px(wide)} height="13" rx="3" />
            <text x={px(x + wide / 2.0)} y={px(y + 10.4)} text-anchor="middle">
                { if segment == 0 { "G".to_owned() } else { segment.to_string() } }
            </text>
        </g>
    }
}
