//! Experiments and reports: pages of their own, without a run beside them.
//!
//! Guarantees: nothing but `load` refers to the pages, so that they are a chunk of their own, which is fetched with the
//! first of them. Leaves out: the instruments, which the worlds share with these pages (`milvus`, `regions`).

mod cells;
mod pages;
mod promise_page;
mod report_page;
mod tests_page;

use yew::prelude::*;

use super::look;
use crate::web::address::Address;
use crate::web::needs;
use crate::web::session::Session;
use crate::web::styles::Style;
use quorum_i18n::Lang;

/// The properties of a page.
#[derive(Clone, PartialEq)]
pub(crate) struct DeskProps {
    /// The session, which plays drills.
    pub(crate) session: Session,
    /// The address.
    pub(crate) address: Address,
    /// The home page's address in the same appearance.
    pub(crate) home: Address,
    /// Called with the address to open.
    pub(crate) onopen: Callback<Address>,
}

/// Draws a page.
type Draw = fn(Lang, &DeskProps) -> Html;

crate::chunk::kept_code! {
    /// Fetches the pages.
    desk: Draw = pages::page
}

/// Whether an address shows one of the pages.
pub(crate) fn takes(address: &Address) -> bool {
    address.report.is_some() || address.view.as_deref().is_some_and(|view| needs::DESK.contains(&view))
}

/// Draws the page of an address, once its code is loaded.
pub(crate) fn draw(lang: Lang, props: &DeskProps) -> Html {
    let page = loaded().map(|page| page(lang, props)).unwrap_or_default();
    html! { <>{ look(Style::Milvus) }{ look(Style::Regions) }{ page }</> }
}
