//! Links that open a run in place, the way home, and the link to the accessibility report.
//!
//! Guarantees: a plain click opens in place, and otherwise the link behaves like any link. Leaves out: which addresses
//! there are.

use yew::prelude::*;

use crate::web::address::Address;
use quorum_i18n::Lang;

/// The home page's address with the same appearance.
pub(crate) fn at_home(address: &Address) -> Address {
    address.bare()
}

/// A link to an address.
pub(crate) fn link(onopen: &Callback<Address>, to: Address, class: &'static str, inner: Html) -> Html {
    let href = format!("?{}", to.over(""));
    let onopen = onopen.clone();
    let onclick = Callback::from(move |event: MouseEvent| {
        if event.button() == 0
            && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key())
        {
            event.prevent_default();
            onopen.emit(to.clone());
        }
    });
    html! { <a {class} {href} {onclick}>{ inner }</a> }
}

/// The link to the accessibility report, which lies next to the page.
pub(crate) fn conformance(lang: Lang) -> Html {
    let href = match lang {
        Lang::Zh => "accessibility.zh.md",
        Lang::En => "accessibility.md",
    };
    html! { <a {href} target="_blank">{ lang.t("conformance") }</a> }
}
