//! Everything that the course says about Milvus and other products, with version and source.
//!
//! Guarantees: a claim stands under its lesson, with the version that it is about, where it comes from, and the day on
//! which somebody last read that source, if anybody did; the list is fetched with this page. Leaves out: whether a
//! claim is true, which its source says.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::ui::links::at_home;
use crate::ui::use_lang;
use crate::web::address::Address;
use crate::web::texts;
use quorum_i18n::Lang;
use quorum_lesson::facts::{Entry, entries};
use quorum_lesson::list;

/// A longer path is shown without its folders.
const MOST_LETTERS: usize = 50;

/// The properties of the page.
#[derive(Properties, PartialEq)]
pub(crate) struct FactsProps {
    /// The address, whose language and theme links keep.
    pub(crate) address: Address,
}

/// The page.
#[component]
pub(crate) fn Facts(props: &FactsProps) -> Html {
    let lang = use_lang();
    let missing = use_state_eq(|| false);
    let tries = use_state_eq(|| 0_u32);
    let redraw = use_force_update();
    {
        let missing = missing.setter();
        use_effect_with((lang, *tries), move |(lang, _)| {
            let lang = *lang;
            spawn_local(async move {
                missing.set(texts::claims(lang).await.is_err());
                redraw.force_update();
            });
        });
    }
    let claims = entries(lang.code()).unwrap_or_default();
    let retry = {
        let tries = tries.clone();
        Callback::from(move |_: MouseEvent| tries.set(*tries + 1))
    };
    html! {
        <section class="co-page" data-view="facts">
            <h1 class="hero-h">{ lang.t("page-facts") }</h1>
            <p class="co-lead">{ lang.t("home-facts-lead") }</p>
            <div role="status">
                if *missing && claims.is_empty() {
                    <p class="note note-open">{ lang.t("overlay-missing") }{ " " }
                        <button class="btn" type="button" data-act="facts-again" onclick={retry}>
                            { lang.t("banner-texts-retry") }
                        </button>
                    </p>
                } else if !claims.is_empty() {
                    <p class="num">{ sum(lang, claims) }</p>
                }
            </div>
            { for of_lessons(claims).into_iter().map(|own| lesson(lang, &props.address, own)) }
        </section>
    }
}

/// How many claims there are, and of how many the source was read.
fn sum(lang: Lang, claims: &[Entry]) -> String {
    let read = claims.iter().filter(|claim| claim.read.is_some()).count();
    lang.f("home-facts-n", &[("n", claims.len().into()), ("read", read.into())])
}

/// The claims of each lesson together, in the order of the list.
fn of_lessons(claims: &[Entry]) -> Vec<&[Entry]> {
    claims.chunk_by(|one, next| one.lesson == next.lesson).collect()
}

fn lesson(lang: Lang, address: &Address, claims: &[Entry]) -> Html {
    let Some(first) = claims.first() else { return Html::default() };
    let lessons = list::entries(lang.code()).unwrap_or_default();
    let missions = list::missions(lang.code()).unwrap_or_default();
    let listed = lessons.iter().chain(missions).find(|entry| entry.slug == first.lesson);
    let title = listed.map_or_else(|| first.lesson.clone(), |entry| entry.title.clone());
    let to = Address { lesson: Some(first.lesson.clone()), ..at_home(address) };
    html! {
        <section class="facts" key={first.lesson.clone()} data-lesson={first.lesson.clone()}>
            <h2><a href={format!("?{}", to.over(""))}>{ title }</a></h2>
            <ul>{ for claims.iter().map(|one| claim(lang, one)) }</ul>
        </section>
    }
}

fn claim(lang: Lang, claim: &Entry) -> Html {
    let source = if claim.source.starts_with("https://") {
        html! { <a class="away" href={claim.source.clone()} target="_blank" rel="noopener">{ short(&claim.source) }</a> }
    } else if let Some(run) = claim.source.strip_prefix("run:") {
        html! { <span>{ lang.t("home-facts-run") }{ " " }<code>{ run.trim() }</code></span> }
    } else {
        html! { <span>{ &claim.source }</span> }
    };
    let read = match &claim.read {
        Some(day) => lang.f("home-facts-read", &[("day", day.as_str().into())]),
        None => lang.t("home-facts-unread"),
    };
    html! {
        <li key={claim.id.clone()} data-fact={claim.id.clone()}>
            <p>{ &claim.claim }</p>
            <p class="fine">{ &claim.as_of }{ " · " }{ source }{ " · " }{ read }</p>
        </li>
    }
}

/// An address as a reader tells it from others: its site and its page.
fn short(address: &str) -> String {
    let address = address.trim_start_matches("https://").trim_end_matches('/');
    match (address.split_once('/'), address.rsplit_once('/')) {
        (Some((site, rest)), Some((_, page))) if rest.len() > MOST_LETTERS => format!("{site}/…/{page}"),
        _ => address.to_owned(),
    }
}
