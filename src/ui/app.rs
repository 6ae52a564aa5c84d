//! The page as a whole: address, language, theme, and which run is open.
//!
//! Promises: the address always says what is shown, and a link to it shows the same; a run that a script
//! opens through `window.quorumLab` is shown as if it had been opened by hand; nothing is shown before the texts for it
//! are there, and where they cannot be fetched the page stays as it was and says so. Leaves out: everything inside.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_events::EventListener;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::header::Wish;
use super::home::{HomeProps, home};
use super::icons::{ic, sprite};
use super::lab::Lab;
use super::milvus::is_cluster;
use crate::lesson;
use crate::web::address::{Address, Theme, language, remember_language, remember_theme, theme};
use crate::web::session::{OpenRequest, Session, Update};
use crate::web::{attach, embed, texts};
use crate::words::Lang;

/// Draws the page into the document, as soon as its texts are there.
pub fn mount() {
    let session = Session::new();
    // The worker starts while the texts are on their way.
    session.warm();
    spawn_local(async move {
        let address = Address::current();
        match fetch(language(&address), &address, false).await {
            Ok(()) => draw(session),
            // Nobody handles this: the document hears of it and says, in both languages, what it says of a program that
            // could not be loaded.
            Err(path) => drop(js_sys::Promise::reject(&js_sys::Error::new(&path))),
        }
    });
}

/// Fetches what an address shows in a language; a replay says what is said later.
async fn fetch(lang: Lang, address: &Address, whole: bool) -> Result<(), String> {
    let whole = whole || wants_all(address);
    texts::load(lang, address.lesson.as_deref().and_then(lesson::find), whole).await
}

/// Whether an address shows what is said in words that others fetch later: a replay, a Milvus cluster.
fn wants_all(address: &Address) -> bool {
    address.run.is_some() || address.topology.as_deref().is_some_and(is_cluster)
}

fn draw(session: Session) {
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
    let whole = use_state_eq(|| wants_all(&address));
    let missing = use_state_eq(|| None);
    let show = use_show(&address, &taste, &whole, &missing);
    use_attachment(&props.session, &show);
    use_open_run(&props.session, &address, &taste);
    use_followed_run(&props.session, &show);
    use_history(&show);
    use_effect_with((*taste, address.projector), |(taste, projector)| dress(*taste, *projector));

    let onwish = wishes(&address, &taste, &show);
    let onopen = {
        let show = show.clone();
        Callback::from(move |to: Address| {
            show.emit(Wanted::new(true, move |view| view.address = to.clone()));
        })
    };
    let onreplay = {
        let show = show.clone();
        Callback::from(move |to: Address| {
            show.emit(Wanted::new(true, move |view| view.address = to.clone()));
        })
    };
    let onwhole = {
        let show = show.clone();
        Callback::from(move |()| show.emit(Wanted::new(false, |view| view.whole = true)))
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
            if let Some(retry) = &*missing { { texts_missing(taste.lang, retry) } }
            if at_home {
                { home(taste.lang, &HomeProps { address: (*address).clone(), theme: taste.theme, onwish, onopen }) }
            } else {
                <Lab key={run} session={props.session.clone()} address={(*address).clone()} theme={taste.theme}
                    kept={address.kept.unwrap_or(true)} whole={*whole} {onwish} {onkeep} {onreplay} {onwhole} />
            }
        </ContextProvider<Lang>>
    }
}

/// A change of what is shown, which may need texts that are not there yet.
#[derive(Clone)]
struct Wanted {
    /// Whether it is a step that "back" undoes.
    visit: bool,
    how: Rc<dyn Fn(&mut View)>,
}

/// What is shown.
#[derive(Clone)]
struct View {
    address: Address,
    taste: Taste,
    /// Whether all of the catalogue is there; once it is, another language comes whole as well.
    whole: bool,
}

impl Wanted {
    fn new(visit: bool, how: impl Fn(&mut View) + 'static) -> Self {
        Self { visit, how: Rc::new(how) }
    }
}

/// A way to change what is shown: texts first, then the page and its address. Where they cannot be fetched, nothing
/// changes but `missing`, which holds the way to try again.
#[hook]
fn use_show(
    address: &UseStateHandle<Address>,
    taste: &UseStateHandle<Taste>,
    whole: &UseStateHandle<bool>,
    missing: &UseStateHandle<Option<Callback<()>>>,
) -> Callback<Wanted> {
    // Listeners are made once and called later: they find here what is shown then.
    let seen = || View { address: (**address).clone(), taste: **taste, whole: **whole };
    let now = use_mut_ref(seen);
    now.replace(seen());
    let (address, taste, whole, missing) =
        (address.setter(), taste.setter(), whole.setter(), missing.setter());
    let show = Rc::new(move |wanted: Wanted, again: Callback<()>| {
        let (now, address, taste) = (now.clone(), address.clone(), taste.clone());
        let (whole, missing) = (whole.clone(), missing.clone());
        spawn_local(async move {
            let mut view = now.borrow().clone();
            (wanted.how)(&mut view);
            if fetch(view.taste.lang, &view.address, view.whole).await.is_err() {
                return missing.set(Some(again));
            }
            // Something else may have changed meanwhile.
            let mut view = now.borrow().clone();
            (wanted.how)(&mut view);
            view.whole |= wants_all(&view.address);
            now.replace(view.clone());
            if wanted.visit {
                view.address.visit()
            } else {
                view.address.write()
            }
            address.set(view.address);
            taste.set(view.taste);
            whole.set(view.whole);
            missing.set(None);
        });
    });
    Callback::from(move |wanted: Wanted| retrying(&show, wanted))
}

/// Shows something, and leaves a way to try just that again.
fn retrying(show: &Rc<impl Fn(Wanted, Callback<()>) + 'static>, wanted: Wanted) {
    let again = {
        let (show, wanted) = (show.clone(), wanted.clone());
        Callback::from(move |()| retrying(&show, wanted.clone()))
    };
    show(wanted, again);
}

/// Says that texts could not be fetched.
fn texts_missing(lang: Lang, retry: &Callback<()>) -> Html {
    html! {
        <div class="banner bn-open" role="alert" data-banner="texts">
            { ic("warn") }
            <p><b>{ lang.t("banner-texts-title") }</b>{ " " }<span>{ lang.t("banner-texts") }</span></p>
            <button class="btn" type="button" data-act="texts" onclick={retry.reform(|_: MouseEvent| ())}>{ lang.t("banner-texts-retry") }</button>
        </div>
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
fn use_attachment(session: &Session, show: &Callback<Wanted>) {
    let (session, show) = (session.clone(), show.clone());
    use_effect_with((), move |()| {
        attach(&session, move |wish: embed::Wish| {
            show.emit(Wanted::new(false, move |View { taste, .. }| {
                taste.lang = wish.lang.unwrap_or(taste.lang);
                taste.theme = wish.theme.unwrap_or(taste.theme);
            }));
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
        address.run.clone(),
        session.clone(),
    );
    // A replay begins at its beginning, and at rest.
    let speed = address.speed.or(address.run.as_ref().map(|_| 0.0));
    use_effect_with(run, move |(lesson, topology, seed, kept, replayed, session)| {
        if lesson.is_none() && topology.is_none() {
            return;
        }
        // A run that a script has opened, and that the address has followed, is open already.
        let open = session.request().is_some_and(|open| {
            open.lesson == *lesson
                && open.topology == *topology
                && open.seed == *seed
                && open.kept == *kept
                && open.run == *replayed
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
                run: replayed.clone(),
            });
        }
    });
    let session = session.clone();
    use_effect_with(lang, move |lang| session.set_language(lang.code()));
}

/// Follows a run that somebody else has opened on the session.
#[hook]
fn use_followed_run(session: &Session, show: &Callback<Wanted>) {
    let show = show.clone();
    use_effect_with(session.clone(), move |session| {
        let asked = session.clone();
        let seen = RefCell::new(session.request());
        let subscription = session.subscribe(move |update| {
            let (Update::Host(_), Some(open)) = (update, asked.request()) else { return };
            // Only what was newly asked for is followed: what is open already may be about to be left for what the address
            // names by now.
            if seen.replace(Some(open.clone())).as_ref() == Some(&open) {
                return;
            }
            let now = Address::current();
            let same = now.lesson == open.lesson
                && (now.topology == open.topology || open.lesson.is_some())
                && now.seed == open.seed
                && now.run == open.run
                && now.kept.unwrap_or(true) == open.kept;
            if !same {
                let to = Address {
                    lesson: open.lesson,
                    topology: open.topology,
                    seed: open.seed,
                    run: open.run,
                    kept: if open.kept { None } else { Some(false) },
                    ..now
                };
                to.write();
                show.emit(Wanted::new(false, move |view| view.address = to.clone()));
            }
        });
        move || drop(subscription)
    });
}

/// Follows the browser's back and forward.
#[hook]
fn use_history(show: &Callback<Wanted>) {
    let show = show.clone();
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
                    show.emit(Wanted::new(false, move |view| view.address = to.clone()));
                }
            })
        });
        move || drop(listener)
    });
}

/// The header's wishes for language and theme.
fn wishes(
    address: &UseStateHandle<Address>,
    taste: &UseStateHandle<Taste>,
    show: &Callback<Wanted>,
) -> Callback<Wish> {
    let (address, taste, show) = (address.clone(), taste.clone(), show.clone());
    Callback::from(move |wish: Wish| match wish {
        Wish::Language => {
            let lang = taste.lang.other();
            remember_language(lang);
            show.emit(Wanted::new(false, move |view| {
                view.taste.lang = lang;
                view.address.lang = Some(lang);
            }));
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
