//! The exam: three incidents, a palette without labels of help, a diagnosis, a verdict, and a certificate.
//!
//! A sitting runs in the page itself (`quorum_exam::Sitting`): it stores nothing and needs no worker. Guarantees:
//! nothing but `load` refers to the page, so that it is a chunk of its own; what is shown is what a runbook may read.
//! Leaves out: incidents and grades (`quorum_exam`).

mod certificate;
mod page;
mod parts;
mod room;
mod words;

use yew::prelude::*;

use super::look;
use crate::web::address::Address;
use crate::web::needs;
use crate::web::styles::Style;
use quorum_i18n::Lang;

/// Draws the page.
type Draw = fn(Lang, &Address) -> Html;

crate::chunk::kept_code! {
    /// Fetches the page.
    exam_page: Draw = page::page
}

/// Whether an address shows the page.
pub(crate) fn takes(address: &Address) -> bool {
    address.view.as_deref() == Some(needs::EXAM)
}

/// Draws the page of an address, once its code is loaded.
pub(crate) fn draw(lang: Lang, address: &Address) -> Html {
    let page = loaded().map(|page| page(lang, address)).unwrap_or_default();
    html! { <>{ look(Style::Exam) }{ page }</> }
}
