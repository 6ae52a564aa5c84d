//! The page that writes the code for a lab in another page: choose by clicking, see it, copy it (`view=embed`).
//!
//! Guarantees: nothing but `load` refers to the page, so that it is a chunk of its own. Leaves out: the custom element
//! (`www/embed.js`), and what a frame does with its parameters (`web::embed`).

pub mod choice;
mod form;
mod page;

use yew::prelude::*;

use super::links::at_home;
use crate::web::address::Address;
use quorum_i18n::Lang;

/// The page's name in addresses.
const VIEW: &str = "embed";

/// Draws the page for an address.
type Draw = fn(Lang, &Address) -> Html;

crate::chunk::kept_code! {
    /// Fetches the page.
    embedding: Draw = page::page
}

/// Whether an address shows the page.
pub(crate) fn takes(address: &Address) -> bool {
    address.view.as_deref() == Some(VIEW) && address.report.is_none()
}

/// Draws the page, once its code is loaded.
pub(crate) fn draw(lang: Lang, address: &Address) -> Html {
    loaded().map(|page| page(lang, address)).unwrap_or_default()
}

/// The address of the page for the run that an address shows.
pub(crate) fn to(address: &Address) -> Address {
    Address {
        view: Some(VIEW.to_owned()),
        lesson: address.lesson.clone(),
        topology: address.topology.clone(),
        seed: address.seed,
        embed: false,
        ..at_home(address)
    }
}
