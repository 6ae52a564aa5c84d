//! Tabs as nodes: each tab of the browser is one node of a group, in real time.
//!
//! Guarantees: nothing but `load` refers to the page, so that it is a chunk of its own; closing the tab, or leaving the
//! page, ends the node at once and without a farewell. Leaves out: the node itself (`web/tabs`, `quorum-tabs`).

mod node;
mod page;
mod parts;
mod place;
mod words;

use yew::prelude::*;

use super::look;
use crate::web::address::Address;
use crate::web::needs;
use crate::web::styles::Style;
use quorum_i18n::Lang;

/// The properties of the page.
#[derive(Clone, PartialEq)]
pub(crate) struct TabsProps {
    /// The address.
    pub(crate) address: Address,
    /// The home page's address in the same appearance.
    pub(crate) home: Address,
    /// Called with the address to open.
    pub(crate) onopen: Callback<Address>,
}

/// Draws the page.
type Draw = fn(Lang, &TabsProps) -> Html;

crate::chunk::kept_code! {
    /// Fetches the page.
    tabs_page: Draw = page::page
}

/// Whether an address shows the page.
pub(crate) fn takes(address: &Address) -> bool {
    address.view.as_deref() == Some(needs::TABS)
}

/// Draws the page of an address, once its code is loaded.
pub(crate) fn draw(lang: Lang, props: &TabsProps) -> Html {
    let page = loaded().map(|page| page(lang, props)).unwrap_or_default();
    html! { <>{ look(Style::Tabs) }{ page }</> }
}
