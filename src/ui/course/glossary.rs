//! The glossary: every term with its definition.
//!
//! Guarantees: the definitions are the same as in the lessons. Leaves out: terms in lessons (`prose`).

use yew::prelude::*;

use super::terms::{TERMS, term};
use quorum_i18n::Lang;

/// The glossary's page.
pub fn glossary(lang: Lang) -> Html {
    let also = |also: &[String]| {
        let join = if lang == Lang::Zh { "、" } else { ", " };
        (!also.is_empty()).then(|| lang.f("co-also", &[("what", also.join(join).into())]))
    };
    html! {
        <section class="co-page" data-view="glossary">
            <h1 class="hero-h">{ lang.t("page-glossary") }</h1>
            <p class="co-lead">
                { lang.t("co-glossary-lead") }
                { " " }
                <span class="num">{ lang.f("co-glossary-n", &[("n", TERMS.len().into())]) }</span>
            </p>
            <dl class="gl-list">
                { for TERMS.into_iter().map(|id| {
                    let term = term(lang, id);
                    html! {
                        <div key={id} id={format!("term-{id}")}>
                            <dt>
                                { &term.name }
                                { for also(&term.also).map(|also| html! { <small>{ also }</small> }) }
                            </dt>
                            <dd>{ &term.means }</dd>
                        </div>
                    }
                }) }
            </dl>
        </section>
    }
}
