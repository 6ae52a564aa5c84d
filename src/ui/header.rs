//! The header: brand, place, language, theme, link, help.
//!
//! Promises: language and theme change at once and are written to the address; each button says what it
//! will do. Leaves out: what runs.

use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

use super::icons::{Mark, ic};
use super::use_lang;
use crate::web::address::{Address, Theme};

/// What the header can ask of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// The other language.
    Language,
    /// The next theme.
    Theme,
    /// The sheet of keys.
    Help,
}

/// What the header shows.
#[derive(Properties, PartialEq)]
pub(crate) struct HeaderProps {
    /// The address, for links and the theme's state.
    pub(crate) address: Address,
    /// The theme in force.
    pub(crate) theme: Theme,
    /// Where the learner is; none on the home page.
    #[prop_or_default]
    pub(crate) title: Option<String>,
    /// Called with what is asked for.
    pub(crate) onwish: Callback<Wish>,
}

/// The header.
#[component]
pub(crate) fn Header(props: &HeaderProps) -> Html {
    let lang = use_lang();
    let wish = |wish: Wish| props.onwish.reform(move |_: MouseEvent| wish);
    let inside = props.title.is_some();
    let theme = match props.theme {
        Theme::Auto => ("theme-auto", "auto"),
        Theme::Light => ("theme-light", "sun"),
        Theme::Dark => ("theme-dark", "moon"),
    };
    html! {
        <header class="top">
            <a class="brand" href={home_link(&props.address)} target={props.address.embed.then_some("_blank")}>
                <Mark /><span class="brand-t"><b>{ lang.t("brand") }</b></span>
            </a>
            if let Some(title) = &props.title {
                <nav class="crumb" aria-label={lang.t("crumb")}><b>{ title }</b></nav>
            }
            <div class="top-r">
                if props.address.embed {
                    <a class="btn btn-quiet" data-act="expand" href={props.address.link()} target="_blank" rel="noopener">
                        { lang.t("expand") }{ ic("ext") }
                    </a>
                } else if inside {
                    <CopyLink link={props.address.link()} />
                }
                if inside {
                    <button class="iconbtn hide-s" type="button" data-act="help" title="?" aria-label={lang.t("help")} aria-keyshortcuts="?"
                        onclick={wish(Wish::Help)}>{ ic("help") }</button>
                }
                <button class="iconbtn" type="button" data-act="lang" lang={lang.other().tag()} aria-label={lang.t("lang-switch")}
                    title={lang.t("lang-switch")} onclick={wish(Wish::Language)}>{ lang.t("lang-short") }</button>
                <button class="iconbtn" type="button" data-act="theme" data-now={props.theme.code()} aria-label={lang.f(theme.0, &[])}
                    title={lang.f(theme.0, &[])} onclick={wish(Wish::Theme)}>{ ic(theme.1) }</button>
            </div>
        </header>
    }
}

/// The home page in the same language and theme.
pub(crate) fn home_link(address: &Address) -> String {
    let home = Address {
        lang: address.lang,
        theme: address.theme,
        projector: address.projector,
        ..Address::default()
    };
    let query = home.over("");
    if query.is_empty() { "./".to_owned() } else { format!("?{query}") }
}

#[derive(Properties, PartialEq)]
struct CopyProps {
    link: String,
}

/// Copies the link, and says whether it did.
#[component]
fn CopyLink(props: &CopyProps) -> Html {
    let lang = use_lang();
    let said = use_state_eq(|| None::<bool>);
    let onclick = {
        let (link, said) = (props.link.clone(), said.clone());
        Callback::from(move |_: MouseEvent| {
            let (link, said) = (link.clone(), said.clone());
            spawn_local(async move { said.set(Some(copy(&link).await)) });
        })
    };
    let text = match *said {
        None => lang.t("copy-link"),
        Some(true) => lang.t("copied"),
        Some(false) => lang.t("copy-failed"),
    };
    html! {
        <button class="btn btn-quiet hide-m" type="button" data-act="copy-link" {onclick}>
            { ic(if *said == Some(true) { "check" } else { "link" }) }<span aria-live="polite">{ text }</span>
        </button>
    }
}

async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    // Pages without a secure origin have no clipboard at all.
    let navigator = window.navigator();
    let Ok(clipboard) = js_sys::Reflect::get(&navigator, &"clipboard".into()) else { return false };
    if clipboard.is_undefined() {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}
