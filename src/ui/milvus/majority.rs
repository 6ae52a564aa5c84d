//! Interactive majority arithmetic: nodes that can be switched off until there is no majority, and the resulting
//! availability.
//!
//! Every figure is one of `quorum_drill::quorum_math`. Guarantees: the sentence agrees with the nodes shown; everything
//! is reached by keys (arrows from node to node, space to kill and revive), and states its condition. Leaves out: the
//! cluster that runs beside it, which this neither reads nor changes.

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use crate::ui::inert::inert;
use crate::ui::use_lang;
use quorum_drill::quorum_math::{self, QuorumStatus};
use quorum_i18n::Lang;

use super::fold::FoldProps;
use super::pod::{list, zone_letter};

/// Maximum number of nodes.
const MOST_NODES: u32 = 15;
/// Maximum number of zones.
const MOST_ZONES: u32 = 5;
/// Availabilities to choose from for a node, in hundred-thousandths; a zone can be always available, too.
const SHARES: [u32; 11] =
    [90_000, 95_000, 98_000, 99_000, 99_500, 99_800, 99_900, 99_950, 99_980, 99_990, 100_000];

/// The current choices.
#[derive(Clone, PartialEq)]
struct Chosen {
    /// Which nodes are up.
    up: Vec<bool>,
    zones: u32,
    /// Indices into the availabilities: a node's, a zone's.
    share: [usize; 2],
    /// The node that the arrow keys have reached.
    at: usize,
}

/// What can be done.
enum Action {
    Nodes(u32),
    Zones(u32),
    Share(usize, usize),
    Toggle(usize),
    ToggleZone(u32),
    ReviveAll,
    Go(usize),
}

impl Chosen {
    fn new() -> Self {
        Self { up: vec![true; 3], zones: 3, share: [3, 6], at: 0 }
    }

    fn nodes(&self) -> u32 {
        self.up.len() as u32
    }

    /// The availability of a node and of a zone.
    fn shares(&self) -> [f64; 2] {
        self.share.map(|at| f64::from(SHARES.get(at).copied().unwrap_or(0)) / 1e5)
    }

    fn does(mut self, action: &Action) -> Self {
        match *action {
            Action::Nodes(n) => self.up.resize(n.clamp(1, MOST_NODES) as usize, true),
            Action::Zones(n) => self.zones = n.clamp(1, MOST_ZONES),
            Action::Share(which, at) => {
                let most = if which == 0 { SHARES.len() - 2 } else { SHARES.len() - 1 };
                if let Some(share) = self.share.get_mut(which) {
                    *share = at.min(most);
                }
            }
            Action::Toggle(node) => {
                if let Some(up) = self.up.get_mut(node) {
                    *up = !*up;
                }
                self.at = node;
            }
            Action::ToggleZone(zone) => {
                let zones = self.zones;
                let mut of = self
                    .up
                    .iter_mut()
                    .enumerate()
                    .filter(|(at, _)| quorum_math::zone_of(*at as u32, zones) == zone)
                    .map(|(_, up)| up)
                    .collect::<Vec<_>>();
                let any = of.iter().any(|up| **up);
                of.iter_mut().for_each(|up| **up = !any);
            }
            Action::ReviveAll => self.up.fill(true),
            Action::Go(node) => self.at = node,
        }
        self.at = self.at.min(self.up.len().saturating_sub(1));
        self
    }
}

/// The instrument.
#[component]
pub fn Majority(props: &FoldProps) -> Html {
    let lang = use_lang();
    let chosen = use_state_eq(Chosen::new);
    let row = use_node_ref();
    let onaction = {
        let chosen = chosen.clone();
        Callback::from(move |action: Action| chosen.set((*chosen).clone().does(&action)))
    };
    let status = QuorumStatus::of(&chosen.up, chosen.zones);
    let elects = status.spare.is_some();
    html! {
        <details class="gauge mc-details" open={props.open} data-view="majority" data-elects={elects.to_string()}
            data-nodes={chosen.nodes().to_string()} data-up={status.up.to_string()}>
            <summary>{ lang.t("mc-maj") }</summary>
            <p class={classes!("mc-verdict", (!elects).then_some("v-gone"))} aria-live="polite"
                data-part="verdict">
                { verdict(lang, &chosen, &status) }
            </p>
            { nodes(lang, &chosen, &row, &onaction) }
            <p class="fine" data-part="tolerates">{ tolerates(lang, chosen.nodes()) }</p>
            <p class="fine" data-part="zones">{ zones(lang, &chosen, &status) }</p>
            { sliders(lang, &chosen, &onaction) }
            { worth(lang, &chosen) }
            { table(lang, &chosen) }
            <p class="fine">{ lang.t("mc-maj-honest") }</p>
        </details>
    }
}

/// Whether a leader can be elected, and how many failures that is from changing.
fn verdict(lang: Lang, chosen: &Chosen, status: &QuorumStatus) -> String {
    let (up, n, need) = (status.up.into(), chosen.nodes().into(), status.need.into());
    match status.spare {
        Some(spare) => lang.f("mc-maj-can", &[("up", up), ("n", n), ("need", need), ("spare", spare.into())]),
        None => {
            let lack = status.need - status.up;
            lang.f("mc-maj-cannot", &[("up", up), ("n", n), ("need", need), ("lack", lack.into())])
        }
    }
}

fn tolerates(lang: Lang, n: u32) -> String {
    let row = quorum_math::row(n);
    let (n, failures) = (n.into(), row.tolerated.into());
    match row.as_few {
        Some(few) => lang.f("mc-maj-as-few", &[("n", n), ("failures", failures), ("few", few.into())]),
        None => lang.f("mc-maj-bears", &[("n", n), ("failures", failures)]),
    }
}

/// Whether a zone may fail now.
fn zones(lang: Lang, chosen: &Chosen, status: &QuorumStatus) -> String {
    if status.spare.is_none() {
        return lang.t("mc-maj-zone-late");
    }
    if chosen.zones == 1 {
        return lang.t("mc-maj-zone-one");
    }
    let letters: Vec<String> = status.must_stay().map(zone_letter).collect();
    if letters.is_empty() {
        return lang.t("mc-maj-zone-any");
    }
    lang.f("mc-maj-zone-not", &[("zones", list(lang, &letters).into())])
}

/// The nodes, zone by zone; one of them is in the Tab order, arrows lead to the others.
fn nodes(lang: Lang, chosen: &Chosen, row: &NodeRef, onaction: &Callback<Action>) -> Html {
    let one = |at: usize| {
        let up = chosen.up.get(at).copied().unwrap_or_default();
        let zone = zone_letter(quorum_math::zone_of(at as u32, chosen.zones));
        let state = lang.t(if up { "mc-state-up" } else { "mc-state-down" });
        let label =
            lang.f("mc-maj-node", &[("n", (at + 1).into()), ("zone", zone.into()), ("state", state.into())]);
        let onclick = onaction.reform(move |_: MouseEvent| Action::Toggle(at));
        let tabindex = if at == chosen.at { "0" } else { "-1" };
        html! {
            <button type="button" class={classes!("mj-n", (!up).then_some("mj-down"))} data-node={(at + 1).to_string()}
                aria-pressed={(!up).to_string()} aria-label={label} {tabindex} {onclick}>{ at + 1 }</button>
        }
    };
    let zone = |zone: u32| {
        let letter = zone_letter(zone);
        let places: Vec<usize> = (0..chosen.up.len())
            .filter(|at| quorum_math::zone_of(*at as u32, chosen.zones) == zone)
            .collect();
        let down = !places.iter().any(|at| chosen.up[*at]);
        let label = lang.f("mc-maj-zone", &[("zone", letter.clone().into())]);
        let onclick = onaction.reform(move |_: MouseEvent| Action::ToggleZone(zone));
        html! {
            <div class="mj-z" data-zone={letter.clone()}>
                <button type="button" class="mj-zb" aria-label={label} aria-pressed={down.to_string()}
                    aria-disabled={inert(places.is_empty())} {onclick}>
                    { letter }
                </button>
                { for places.into_iter().map(one) }
            </div>
        }
    };
    let onkeydown = moves(chosen, row, onaction);
    let all = onaction.reform(|_: MouseEvent| Action::ReviveAll);
    html! {
        <>
            <div class="mj" role="toolbar" aria-label={lang.t("mc-maj-nodes-aria")} ref={row.clone()} {onkeydown}>
                { for (0..chosen.zones).map(zone) }
            </div>
            <p class="fine mj-how">{ lang.t("mc-maj-how") }
                <button type="button" class="btn btn-quiet" data-act="revive-all"
                    aria-disabled={inert(chosen.up.iter().all(|up| *up))} onclick={all}>
                    { lang.t("mc-maj-revive") }
                </button>
            </p>
        </>
    }
}

/// Arrows go from node to node; a key that is handled here does not reach the page.
fn moves(chosen: &Chosen, row: &NodeRef, onaction: &Callback<Action>) -> Callback<KeyboardEvent> {
    let (at, count) = (chosen.at, chosen.up.len());
    let (row, onaction) = (row.clone(), onaction.clone());
    Callback::from(move |event: KeyboardEvent| {
        let to = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => (at + 1) % count.max(1),
            "ArrowLeft" | "ArrowUp" => (at + count.max(1) - 1) % count.max(1),
            "Home" => 0,
            "End" => count.saturating_sub(1),
            " " | "Enter" => {
                event.stop_propagation();
                return;
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        onaction.emit(Action::Go(to));
        let found = row
            .cast::<web_sys::Element>()
            .and_then(|row| row.query_selector(&format!("[data-node='{}']", to + 1)).ok().flatten());
        if let Some(node) = found.and_then(|node| node.dyn_into::<web_sys::HtmlElement>().ok()) {
            // Refused only for an element that cannot have the focus.
            drop(node.focus());
        }
    })
}

/// An availability as a percentage, with its significant digits.
fn percent(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// How many nodes and zones there are, and how available they are.
fn sliders(lang: Lang, chosen: &Chosen, onaction: &Callback<Action>) -> Html {
    let one = |key: &'static str,
               name: &'static str,
               (least, most, value): (u32, u32, u32),
               said: String,
               action: fn(u32) -> Action| {
        let oninput = {
            let onaction = onaction.clone();
            Callback::from(move |event: InputEvent| {
                let input =
                    event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
                if let Some(value) = input.and_then(|input| input.value().parse().ok()) {
                    onaction.emit(action(value));
                }
            })
        };
        html! {
            <label class="mj-s"><span>{ lang.f(key, &[]) }</span>
                <input type="range" data-range={name} min={least.to_string()} max={most.to_string()} step="1"
                    value={value.to_string()}
                    aria-valuetext={said.clone()} {oninput} />
                <b class="num">{ said }</b></label>
        }
    };
    let [node, zone] = chosen.shares().map(percent);
    let last = SHARES.len() as u32;
    html! {
        <div class="mj-sl">
            { one("mc-maj-nodes", "nodes", (1, MOST_NODES, chosen.nodes()), chosen.nodes().to_string(), Action::Nodes) }
            { one("mc-maj-zones", "zones", (1, MOST_ZONES, chosen.zones), chosen.zones.to_string(), Action::Zones) }
            { one(
                "mc-maj-share",
                "share",
                (0, last - 2, chosen.share[0] as u32),
                node,
                |at| Action::Share(0, at as usize)
            ) }
            { one(
                "mc-maj-zone-share",
                "zone-share",
                (0, last - 1, chosen.share[1] as u32),
                zone,
                |at| Action::Share(1, at as usize)
            ) }
        </div>
    }
}

/// A probability: a percentage with two significant digits, or a power of ten where that would be all zeros.
pub fn chance(p: f64) -> String {
    if p <= 0.0 {
        return "0".to_owned();
    }
    let (mut first, mut power) = (p, 0_usize);
    while first < 0.995 {
        first *= 10.0;
        power += 1;
    }
    if power > 7 {
        let raised: String = power.to_string().chars().map(raise).collect();
        return format!("{:.1}×10⁻{raised}", first);
    }
    // A tenth needs no decimals, a hundredth one, and so on.
    let decimals = power.saturating_sub(1);
    format!("{:.decimals$}%", p * 100.0)
}

fn raise(digit: char) -> char {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    digit.to_digit(10).and_then(|at| RAISED.get(at as usize).copied()).unwrap_or(digit)
}

/// The corresponding time per year.
fn a_year(lang: Lang, share: f64) -> String {
    let minutes = quorum_math::minutes_a_year(share);
    let figure = |value: f64| format!("{:.1}", value).into();
    match minutes {
        ..1.0 => lang.f("mc-maj-seconds", &[("n", figure(minutes * 60.0))]),
        ..120.0 => lang.f("mc-maj-minutes", &[("n", figure(minutes))]),
        ..2_880.0 => lang.f("mc-maj-hours", &[("n", figure(minutes / 60.0))]),
        _ => lang.f("mc-maj-days", &[("n", figure(minutes / 1_440.0))]),
    }
}

/// The chance of having no majority, and the cost.
fn worth(lang: Lang, chosen: &Chosen) -> Html {
    let [node, zone] = chosen.shares();
    let spread = quorum_math::spread(chosen.nodes(), chosen.zones);
    let lost = quorum_math::loses_quorum_in_zones(&spread, node, zone);
    let alone = quorum_math::loses_quorum_in_zones(&[1], node, zone);
    let figure = |key: &'static str, value: String, under: String| {
        html! { <div><dt>{ lang.f(key, &[]) }</dt><dd class="num">{ value }<small>{ under }</small></dd></div> }
    };
    html! {
        <dl class="figs figs-3 mj-w" data-part="worth">
            { figure("mc-maj-lost", chance(lost), a_year(lang, lost)) }
            { figure("mc-maj-alone", chance(alone), a_year(lang, alone)) }
            { figure("mc-maj-cost", format!("{:.2}×", quorum_math::cost(chosen.nodes(), 3)), lang.t("mc-maj-cost-s")) }
        </dl>
    }
}

/// One to nine nodes.
fn table(lang: Lang, chosen: &Chosen) -> Html {
    let [node, zone] = chosen.shares();
    let row = |row: quorum_math::Row| {
        let spread = quorum_math::spread(row.nodes, chosen.zones);
        let lost = quorum_math::loses_quorum_in_zones(&spread, node, zone);
        let idle = row.as_few.is_some();
        html! {
            <tr
                class={classes!(
                    (row.nodes == chosen.nodes()).then_some("mj-here"),
                    idle.then_some("mj-idle")
                )} aria-current={(
                    row.nodes == chosen.nodes()
                ).then_some(
                    "true"
                )} data-row={row.nodes.to_string()}>
                <th scope="row">{ row.nodes }</th><td>{ row.need }</td>
                <td>{ row.tolerated }
                    if let Some(few) = row.as_few { <small>{ lang.f("mc-maj-th-as", &[("few", few.into())]) }</small> }
                </td>
                <td>{ chance(lost) }</td><td>{ format!("{:.2}×", quorum_math::cost(row.nodes, 3)) }</td>
            </tr>
        }
    };
    let head = ["mc-maj-nodes", "mc-maj-th-need", "mc-maj-th-bears", "mc-maj-th-lost", "mc-maj-cost"];
    html! {
        <table class="mc-table num" data-view="majority-table">
            <caption class="vh">{ lang.t("mc-maj-table") }</caption>
            <thead><tr>{ for head.iter().map(|key| html! { <th scope="col">{ lang.f(key, &[]) }</th> }) }</tr></thead>
            <tbody>{ for quorum_math::table().into_iter().map(row) }</tbody>
        </table>
    }
}
