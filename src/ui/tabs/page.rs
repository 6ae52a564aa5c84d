//! The page: how a group is made, and in a group the node.
//!
//! Guarantees: the size of a new group is one that there is. Leaves out: the node (`node`).

use yew::prelude::*;

use super::TabsProps;
use super::node::Node;
use super::place::{new_name, to_group};
use crate::ui::icons::ic;
use crate::ui::links::link;
use quorum_i18n::Lang;
use quorum_tabs::SIZES;

/// The page of an address.
pub(super) fn page(lang: Lang, props: &TabsProps) -> Html {
    let TabsProps { address, home, onopen } = props;
    let inner = match &address.group {
        None => begin(lang, props),
        Some(group) => {
            let nodes = address.nodes.filter(|nodes| SIZES.contains(nodes)).unwrap_or(SIZES[0]);
            html! {
                <Node key={group.clone()} home={home.clone()} group={group.clone()} {nodes} number={address.node}
                    onopen={onopen.clone()} />
            }
        }
    };
    html! {
        <section class="desk tn" data-view="tabs">
            <h1 class="hero-h">{ lang.t("tn-title") }</h1>
            <p class="co-lead">{ lang.t("tn-lead") }</p>
            { inner }
        </section>
    }
}

fn begin(lang: Lang, props: &TabsProps) -> Html {
    let name = new_name();
    let door = |nodes: u32| {
        let need = nodes / 2 + 1;
        let args = [("n", nodes.into()), ("need", need.into()), ("spare", (nodes - need).into())];
        let inner = html! { <>{ lang.f("tn-make", &args) }{ ic("right") }</> };
        let class = if nodes == SIZES[0] { "btn btn-pri" } else { "btn" };
        let to = to_group(&props.home, &name, nodes, None);
        html! { <span key={nodes} data-make={nodes.to_string()}>{ link(&props.onopen, to, class, inner) }</span> }
    };
    html! {
        <div class="card tn-card">
            <h2>{ lang.t("tn-how") }</h2>
            <ol class="tn-how">
                <li>{ lang.t("tn-how-1") }</li>
                <li>{ lang.t("tn-how-2") }</li>
                <li>{ lang.t("tn-how-3") }</li>
            </ol>
            <p class="card-f card-p">{ for SIZES.map(door) }</p>
        </div>
    }
}
