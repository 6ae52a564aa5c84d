//! Links that open a run in place, and the way home.
//!
//! Guarantees: a plain click opens in place, and otherwise the link behaves like any link. Leaves out: which addresses
//! there are.

use yew::prelude::*;

use crate::web::address::Address;

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
