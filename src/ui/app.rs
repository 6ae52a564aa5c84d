//! The page as a whole: address, language, theme, and which run is open.
//!
//! Promises: the address always says what is shown, and a link to it shows the same; a run that a script
//! opens through `window.quorumLab` is shown as if it had been opened by hand. Leaves out: everything inside.

use gloo_events::EventListener;
use yew::prelude::*;

use super::header::Wish;
use super::home::{HomeProps, home};
use super::icons::sprite;
use super::lab::Lab;
use crate::web::address::{Address, Theme, language, remember_language, remember_theme, theme};
use crate::web::session::{OpenRequest, Session, Update};
use crate::web::{attach, embed};
use crate::words::Lang;

/// Draws the page into the document.
pub fn mount() {
    let session = Session::new();
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("app"));
    let props = AppProps { session };
    match root {
        Some(root) => yew::Renderer::<App>::with_root_and_props(root, props).render(),
        None => yew::Renderer::<App>::with_props(props).render(),
    };
}

/// What the page needs.
#[derive(Properties, PartialEq)]
struct AppProps {
    session: Session,
}

/// Language and theme in force.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Taste {
    lang: Lang,
    theme: Theme,
}

#[component]
fn App(props: &AppProps) -> Html {
    let address = use_state_eq(Address::current);
    let taste = use_state_eq(|| Taste { lang: language(&address), theme: theme(&address) });
    use_attachment(&props.session, &taste);
    use_open_run(&props.session, &address, &taste);
    use_followed_run(&props.session, &address);
    use_history(&address);
    use_effect_with((*taste, address.projector), |(taste, projector)| dress(*taste, *projector));

    let onwish = use_wishes(&props.session, &address, &taste);
    let onopen = {
        let address = address.clone();
        Callback::from(move |to: Address| {
            to.visit();
            address.set(to);
        })
    };
    let onkeep = {
        let address = address.clone();
        Callback::from(move |kept: bool| change(&address, |now| now.kept = Some(kept)))
    };
    let run = format!("{:?}/{:?}", address.lesson, address.topology);
    let at_home = address.lesson.is_none() && address.topology.is_none();
    html! {
        <ContextProvider<Lang> context={taste.lang}>
            { sprite() }
            if at_home {
                { home(taste.lang, &HomeProps { address: (*address).clone(), theme: taste.theme, onwish, onopen }) }
            } else {
                <Lab key={run} session={props.session.clone()} address={(*address).clone()} theme={taste.theme}
                    kept={address.kept.unwrap_or(true)} {onwish} {onkeep} />
            }
        </ContextProvider<Lang>>
    }
}

/// Changes the address in place, on the page and in the bar.
fn change(address: &UseStateHandle<Address>, how: impl FnOnce(&mut Address)) {
    let mut to = (**address).clone();
    how(&mut to);
    to.write();
    address.set(to);
}

/// Gives scripts and parents their doors, once.
#[hook]
fn use_attachment(session: &Session, taste: &UseStateHandle<Taste>) {
    let (session, setter) = (session.clone(), taste.setter());
    let first = **taste;
    use_effect_with((), move |()| {
        let held = std::cell::Cell::new(first);
        attach(&session, move |wish: embed::Wish| {
            let now = held.get();
            let to = Taste { lang: wish.lang.unwrap_or(now.lang), theme: wish.theme.unwrap_or(now.theme) };
            held.set(to);
            setter.set(to);
        });
    });
}

/// Opens what the address names, and again when it names another run.
#[hook]
fn use_open_run(session: &Session, address: &UseStateHandle<Address>, taste: &UseStateHandle<Taste>) {
    let lang = taste.lang;
    let run = (
        address.lesson.clone(),
        address.topology.clone(),
        address.seed,
        address.kept.unwrap_or(true),
        session.clone(),
    );
    let speed = address.speed;
    use_effect_with(run, move |(lesson, topology, seed, kept, session)| {
        if lesson.is_none() && topology.is_none() {
            return;
        }
        // A run that a script has opened, and that the address has followed, is open already.
        let open = session.request().is_some_and(|open| {
            open.lesson == *lesson && open.topology == *topology && open.seed == *seed && open.kept == *kept
        });
        if !open {
            session.open(OpenRequest {
                lesson: lesson.clone(),
                topology: topology.clone(),
                seed: *seed,
                lang: lang.code().to_owned(),
                kept: *kept,
                speed,
                erase: false,
                take_over: false,
            });
        }
    });
    let session = session.clone();
    use_effect_with(lang, move |lang| session.set_language(lang.code()));
}

/// Follows a run that somebody else has opened on the session.
#[hook]
fn use_followed_run(session: &Session, address: &UseStateHandle<Address>) {
    let setter = address.setter();
    use_effect_with(session.clone(), move |session| {
        let asked = session.clone();
        let subscription = session.subscribe(move |update| {
            let (Update::Host(_), Some(open)) = (update, asked.request()) else { return };
            let now = Address::current();
            let same = now.lesson == open.lesson
                && (now.topology == open.topology || open.lesson.is_some())
                && now.seed == open.seed
                && now.kept.unwrap_or(true) == open.kept;
            if !same {
                let to = Address {
                    lesson: open.lesson,
                    topology: open.topology,
                    seed: open.seed,
                    kept: if open.kept { None } else { Some(false) },
                    ..now
                };
                to.write();
                setter.set(to);
            }
        });
        move || drop(subscription)
    });
}

/// Follows the browser's back and forward.
#[hook]
fn use_history(address: &UseStateHandle<Address>) {
    let setter = address.setter();
    use_effect_with((), move |()| {
        let listener = web_sys::window().map(|window| {
            EventListener::new(&window, "popstate", move |_| {
                let to = Address::current();
                if to.lesson.is_none() && to.topology.is_none() {
                    // The home page runs nothing: a fresh page ends the worker with the rest.
                    if let Some(window) = web_sys::window() {
                        drop(window.location().reload());
                    }
                } else {
                    setter.set(to);
                }
            })
        });
        move || drop(listener)
    });
}

/// The header's wishes for language and theme.
#[hook]
fn use_wishes(
    session: &Session,
    address: &UseStateHandle<Address>,
    taste: &UseStateHandle<Taste>,
) -> Callback<Wish> {
    let (session, address, taste) = (session.clone(), address.clone(), taste.clone());
    Callback::from(move |wish: Wish| match wish {
        Wish::Language => {
            let lang = taste.lang.other();
            remember_language(lang);
            session.set_language(lang.code());
            taste.set(Taste { lang, ..*taste });
            change(&address, |address| address.lang = Some(lang));
        }
        Wish::Theme => {
            let theme = match taste.theme {
                Theme::Auto => Theme::Light,
                Theme::Light => Theme::Dark,
                Theme::Dark => Theme::Auto,
            };
            remember_theme(theme);
            taste.set(Taste { theme, ..*taste });
            change(&address, |address| address.theme = Some(theme));
        }
        // These two are the lab's own.
        Wish::Help | Wish::Copy => {}
    })
}

/// Dresses the document: language, theme, size, title.
fn dress(taste: Taste, projector: bool) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    document.set_title(&taste.lang.t("brand"));
    let Some(root) = document.document_element() else { return };
    let put = |name: &str, value: Option<&str>| {
        // Both fail for malformed names only, and these are not.
        drop(match value {
            Some(value) => root.set_attribute(name, value),
            None => root.remove_attribute(name),
        });
    };
    put("lang", Some(taste.lang.tag()));
    put("data-theme", (taste.theme != Theme::Auto).then(|| taste.theme.code()));
    put("data-size", projector.then_some("projector"));
}
