//! The choices of a replica set: nodes, seed, timeouts, client, whether it is kept; they open another run.
//!
//! Guarantees: what is chosen becomes an address, which opens the same anywhere; a value outside its bounds is refused
//! by the browser, with its own words. Leaves out: changing the open run.

use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

use super::memo::memo;
use super::use_lang;
use crate::web::address::{Address, MAX_SEED};
use crate::web::shape::{Shape, bounds};
use quorum_facade::MOST_NODES;
use quorum_i18n::Lang;

/// The inputs of the form.
#[derive(PartialEq)]
pub(crate) struct SetFormProps {
    /// What the ids of its fields begin with.
    pub(crate) prefix: &'static str,
    /// The replica set that the fields show at first.
    pub(crate) shape: Shape,
    /// The seed of the open run, as a placeholder.
    pub(crate) seed: u64,
    /// The address whose other parameters stay.
    pub(crate) address: Address,
    /// Whether the open run is kept.
    pub(crate) kept: bool,
    /// The labels of the button, for a run in memory and for one that is kept: catalogue keys.
    pub(crate) go: [&'static str; 2],
    /// Called with the address to open.
    pub(crate) onopen: Callback<Address>,
}

/// The timeouts: the setting and its label.
const TIMES: [(&str, &str); 2] = [("heartbeat_ms", "free-heartbeat"), ("election_ms", "free-election")];

/// The form. It is not redrawn with the run beside it, which would take away what has been typed.
pub(crate) fn set_form(props: SetFormProps) -> Html {
    memo(draw, props)
}

fn draw(lang: Lang, props: &SetFormProps) -> Html {
    let SetFormProps { prefix, shape, seed, .. } = props;
    let field = |name: &'static str, label: String, value: Option<u64>, (least, most): (u64, u64)| {
        let id = format!("{prefix}-{name}");
        html! {
            <p class="free-f">
                <label for={id.clone()}>{ label }</label>
                <input {id} {name} class="co-field num" type="number" inputmode="numeric" min={least.to_string()}
                    max={most.to_string()} value={value.map(|value| value.to_string())}
                    required={value.is_some()} placeholder={seed.to_string()} />
            </p>
        }
    };
    let tick = |name: &'static str, label: String, checked: bool| {
        let id = format!("{prefix}-{name}");
        html! {
            <p class="free-c">
                <input id={id.clone()} {name} type="checkbox" {checked} /><label for={id}>{ label }</label>
            </p>
        }
    };
    html! {
        <form class="free-form" data-view="set-form" onsubmit={submit(props)}>
            { field("nodes", lang.t("free-nodes"), Some(shape.nodes.into()), (1, MOST_NODES.into())) }
            { field("seed", lang.t("free-seed"), None, (0, MAX_SEED)) }
            { for TIMES.map(|(name, label)| field(name, lang.f(label, &[]), Some(shape.value(name)), bounds(name))) }
            { tick("client", lang.t("free-client"), shape.value("client_on") > 0) }
            <Keeping prefix={*prefix} kept={props.kept} go={props.go} />
        </form>
    }
}

/// The properties of the last line.
#[derive(Properties, PartialEq)]
struct KeepingProps {
    prefix: &'static str,
    kept: bool,
    go: [&'static str; 2],
}

/// Whether the run is kept, and the button, which says what follows from that.
#[component]
fn Keeping(props: &KeepingProps) -> Html {
    let lang = use_lang();
    let kept = use_state_eq(|| props.kept);
    {
        // The open run may become a copy, or another run.
        let kept = kept.setter();
        use_effect_with(props.kept, move |now| kept.set(*now));
    }
    let onchange = {
        let kept = kept.setter();
        Callback::from(move |event: Event| {
            let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            kept.set(input.is_some_and(|input| input.checked()));
        })
    };
    let id = format!("{}-kept", props.prefix);
    html! {
        <>
            <p class="free-c">
                <input id={id.clone()} name="kept" type="checkbox" checked={*kept} {onchange} />
                <label for={id}>{ lang.t("free-kept") }</label>
            </p>
            <button class="btn" type="submit" data-act="open-seed">
                { lang.f(props.go[usize::from(*kept)], &[]) }
            </button>
        </>
    }
}

/// Opens what the fields say.
fn submit(props: &SetFormProps) -> Callback<SubmitEvent> {
    let (shape, address, onopen) = (props.shape.clone(), props.address.clone(), props.onopen.clone());
    Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        let form = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(form) = form else { return };
        let mut shape = shape.clone();
        if let Some(nodes) = number(&form, "nodes") {
            shape.nodes = nodes.clamp(1, MOST_NODES.into()) as u32;
        }
        for (name, _) in TIMES {
            if let Some(value) = number(&form, name) {
                shape.put(name, value);
            }
        }
        shape.put("client_on", u64::from(is_checked(&form, "client")));
        // A stored run has the seed that it began with.
        let seed = number(&form, "seed").filter(|seed| *seed <= MAX_SEED).or(address.seed);
        let kept = Some(is_checked(&form, "kept"));
        onopen.emit(Address { topology: Some(shape.topology()), seed, kept, run: None, ..address.clone() });
    })
}

fn input(form: &Element, name: &str) -> Option<HtmlInputElement> {
    form.query_selector(&format!("[name={name}]")).ok().flatten()?.dyn_into().ok()
}

fn number(form: &Element, name: &str) -> Option<u64> {
    input(form, name)?.value().trim().parse().ok()
}

fn is_checked(form: &Element, name: &str) -> bool {
    input(form, name).is_some_and(|input| input.checked())
}
