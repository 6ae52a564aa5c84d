//! The header: brand, place, palette, language, theme, link, help.
//!
//! Guarantees: language and theme change at once and are written to the address; each button says what it will do, and
//! a menu of narrow labs has what they have no button for.
//! Leaves out: the run.

use wasm_bindgen_futures::JsFuture;
use yew::prelude::*;

use super::icons::{ic, mark};
use super::links::link;
use super::menu::{Item, Menu};
use crate::web::address::{Address, Theme};
use crate::web::needs::DESK;
use quorum_i18n::Lang;

/// A request of the header's to the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// The other language.
    Language,
    /// The next theme.
    Theme,
    /// This theme.
    SetTheme(Theme),
    /// The palette.
    Palette,
    /// The list of keys.
    Help,
    /// The link on the clipboard.
    Copy,
    /// The link, the file and the report of the present moment.
    Share,
}

/// The inputs of the header.
pub(crate) struct HeaderProps {
    /// The address, for links and the theme's state.
    pub(crate) address: Address,
    /// The current theme.
    pub(crate) theme: Theme,
    /// The title of what is open; none on the home page.
    pub(crate) title: Option<String>,
    /// Whether the link was copied; none before that was requested.
    pub(crate) copied: Option<bool>,
    /// Called with requests.
    pub(crate) onwish: Callback<Wish>,
    /// Called with the address of another page, where that can be shown in place.
    pub(crate) onopen: Option<Callback<Address>>,
}

/// The header.
pub(crate) fn header(lang: Lang, props: &HeaderProps) -> Html {
    let wish = |wish: Wish| props.onwish.reform(move |_: MouseEvent| wish);
    let inside = props.title.is_some();
    let theme = match props.theme {
        Theme::Auto => ("theme-auto", "auto"),
        Theme::Light => ("theme-light", "sun"),
        Theme::Dark => ("theme-dark", "moon"),
    };
    html! {
        <header class="top">
            <a class="brand" href={home_link(&props.address)} target={props.address.embed.then_some("_blank")}
                aria-label={lang.t("brand")}>
                { mark() }<span class="brand-t"><b>{ lang.t("brand") }</b></span>
            </a>
            if !props.address.embed { { main_nav(lang, props) } }
            if let Some(title) = &props.title {
                <nav class="crumb" aria-label={lang.t("crumb")}>
                    // The pane's own heading is hidden where tabs show the instruments instead.
                    <b role="heading" aria-level="1">{ title }</b>
                </nav>
            }
            <div class="top-r">
                if props.address.embed {
                    <a class="btn btn-quiet" data-act="expand" href={props.address.link()} target="_blank"
                        rel="noopener">
                        <span class="ex-t">{ lang.t("expand") }</span>{ ic("ext") }
                    </a>
                } else if inside {
                    { copy_link(lang, props.copied, wish(Wish::Copy)) }
                    <button class="iconbtn hide-s" type="button" data-act="share" title={lang.t("share")}
                        aria-label={lang.t("share")} aria-haspopup="dialog" onclick={wish(Wish::Share)}>
                        { ic("ext") }
                    </button>
                }
                <button class="iconbtn hide-s" type="button" data-act="help" title="?"
                    aria-label={lang.t("help")} aria-keyshortcuts="?"
                    onclick={wish(Wish::Help)}>{ ic("help") }</button>
                <button class="iconbtn" type="button" data-act="palette"
                    title={format!("{} (Ctrl+K)", lang.t("pal-title"))} aria-label={lang.t("pal-title")} aria-keyshortcuts="Control+K Meta+K" aria-haspopup="dialog"
                    onclick={wish(Wish::Palette)}>{ ic("find") }</button>
                <button class="iconbtn" type="button" data-act="lang" lang={lang.other().tag()}
                    aria-label={lang.t("lang-switch")}
                    title={lang.t("lang-switch")} onclick={wish(Wish::Language)}>{ lang.t("lang-short") }</button>
                <button class={classes!("iconbtn", inside.then_some("hide-s"))} type="button" data-act="theme" data-now={props.theme.code()}
                    aria-label={lang.f(theme.0, &[])}
                    title={lang.f(theme.0, &[])} onclick={wish(Wish::Theme)}>{ ic(theme.1) }</button>
                if inside { <span class="only-s">{ page_menu(lang, props, theme.0) }</span> }
            </div>
        </header>
    }
}

/// What narrow pages have no button for: the list of keys, the link, the theme.
fn page_menu(lang: Lang, props: &HeaderProps, theme: &'static str) -> Html {
    let item =
        |word: &'static str, text: String, key: Option<&'static str>| Item { word, text, key, can: true };
    let mut items = vec![item("help", lang.t("help"), Some("?"))];
    if !props.address.embed {
        items.push(item("copy-link", lang.t("copy-link"), None));
    }
    items.push(item("theme", lang.f(theme, &[]), None));
    let onwish = props.onwish.clone();
    let onpick = Callback::from(move |(word, _): (&'static str, web_sys::Element)| {
        onwish.emit(match word {
            "help" => Wish::Help,
            "copy-link" => Wish::Copy,
            _ => Wish::Theme,
        });
    });
    html! { <Menu word="page" label={lang.t("page-menu")} icon="list" {items} {onpick} /> }
}

/// The way to the course, the experiments and the reports.
fn main_nav(lang: Lang, props: &HeaderProps) -> Html {
    let Address { view, report, .. } = &props.address;
    let view = view.as_deref().unwrap_or_default();
    let reports = report.is_some() || view == "reports";
    let experiments = !reports && DESK.contains(&view);
    let course = props.title.is_none() && !reports && !experiments;
    let places = [
        ("", "nav-course", course),
        ("experiments", "nav-experiments", experiments),
        ("reports", "nav-reports", reports),
    ];
    let one = |(view, name, here): (&'static str, &'static str, bool)| {
        let base = home_address(&props.address);
        let to = Address { view: Some(view.to_owned()).filter(|view| !view.is_empty()), ..base };
        let query = to.over("");
        let href = if query.is_empty() { "./".to_owned() } else { format!("?{query}") };
        let current = here.then_some("page");
        let text = lang.f(name, &[]);
        match &props.onopen {
            Some(onopen) => {
                html! { <span key={view} aria-current={current}>{ link(onopen, to, "nav-a", text.into()) }</span> }
            }
            None => html! { <a key={view} class="nav-a" {href}>{ text }</a> },
        }
    };
    html! { <nav class="nav-main" aria-label={lang.t("nav-main")}>{ for places.map(one) }</nav> }
}

/// The home page in the same language and theme.
pub(crate) fn home_link(address: &Address) -> String {
    let query = home_address(address).over("");
    if query.is_empty() { "./".to_owned() } else { format!("?{query}") }
}

fn home_address(address: &Address) -> Address {
    address.bare().unframed()
}

/// The button that copies the link, and says whether it succeeded.
fn copy_link(lang: Lang, copied: Option<bool>, onclick: Callback<MouseEvent>) -> Html {
    let text = match copied {
        None => lang.t("copy-link"),
        Some(true) => lang.t("copied"),
        Some(false) => lang.t("copy-failed"),
    };
    html! {
        <button class="btn btn-quiet hide-m" type="button" data-act="copy-link" {onclick}>
            { ic(if copied == Some(true) { "check" } else { "link" }) }<span aria-live="polite">{ text }</span>
        </button>
    }
}

/// Puts a text on the clipboard; returns whether that was allowed.
pub(crate) async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    // Pages without a secure origin have no clipboard at all.
    let navigator = window.navigator();
    let Ok(clipboard) = js_sys::Reflect::get(&navigator, &"clipboard".into()) else { return false };
    if clipboard.is_undefined() {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}
