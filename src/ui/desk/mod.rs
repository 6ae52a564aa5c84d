//! Experiments and reports: pages of their own, without a run beside them.
//!
//! Guarantees: nothing but `load` refers to the pages, so that they are a chunk of their own, which is fetched with the
//! first of them. Leaves out: the instruments, which the worlds share with these pages (`milvus`, `regions`).

mod cells;
mod pages;
mod report_page;
mod tests_page;

use std::cell::Cell;

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

crate::chunk::code! {
    /// Fetches the pages.
    desk: Draw = pages::page
}

thread_local! {
    static LOADED: Cell<Option<Draw>> = const { Cell::new(None) };
}

/// Whether an address shows one of the pages.
pub(crate) fn takes(address: &Address) -> bool {
    address.report.is_some() || address.view.as_deref().is_some_and(|view| needs::DESK.contains(&view))
}

/// Fetches the pages' code, unless it is loaded.
pub(crate) async fn fetch() -> Result<(), String> {
    if LOADED.get().is_none() {
        LOADED.set(Some(load().await?));
    }
    Ok(())
}

/// Draws the page of an address, once its code is loaded.
pub(crate) fn draw(lang: Lang, props: &DeskProps) -> Html {
    let page = LOADED.get().map(|page| page(lang, props)).unwrap_or_default();
    html! { <>{ look(Style::Milvus) }{ look(Style::Regions) }{ page }</> }
}
