//! The page as a whole: address, language, theme, and the open run.
//!
//! Guarantees: the address always describes what is shown, and a link to it shows the same; a run that a script opens
//! through `window.quorumLab` is shown as if it had been opened by hand; nothing is shown before its texts and style
//! sheets are loaded, and where they cannot be fetched the page stays as it was and says so. Leaves out: everything
//! inside.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::join;
use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::banners::newer_build;
use super::course;
use super::desk;
use super::embedding;
use super::exam;
use super::fetch_views;
use super::focus::{begin_at_the_top, focus_on};
use super::header::Wish;
use super::home::{self, HomeProps};
use super::home_sheets::Sheets;
use super::icons::{ic, sprite};
use super::inert::ignore_inert;
use super::lab::{self, Lab};
use super::opening::{Again, kept, loaded, open, request};
use super::tabs;
use super::use_media;
use crate::web::address::{Address, Theme, is_saved, language, remember_language, remember_theme, theme};
use crate::web::needs::Needs;
use crate::web::session::{OpenRequest, Session, Update, offer};
use crate::web::styles::Style;
use crate::web::{attach, embed, offline, record, saved_runs, texts};
use quorum_i18n::Lang;
use quorum_lesson::record::Account;

/// Draws the page into the document, as soon as its texts are loaded.
pub fn mount() {
    ignore_inert();
    let session = Session::new();
    let address = Address::current();
    record::keep(address.progress.unwrap_or_default());
    // The worker starts while the texts are being fetched.
    session.warm();
    if !is_home(&address) {
        session.prepare(topology(&address));
    }
    spawn_local(async move {
        let mut address = address;
        if address.run.as_deref().is_some_and(is_saved) {
            // Views read the address of the page.
            saved_runs::complete(&mut address).await;
            address.write();
        }
        match fetch(language(&address), &address).await {
            Ok(()) => draw(session),
            // An unhandled rejection: the document catches it and shows, in both languages, its message for a program
            // that could not be loaded.
            Err(path) => drop(js_sys::Promise::reject(&js_sys::Error::new(&path))),
        }
    });
}

/// Fetches the texts, style sheets and views for an address in a language.
async fn fetch(lang: Lang, address: &Address) -> Result<(), String> {
    let texts = texts::load(lang, address.lesson.as_deref(), || needs(address));
    let frame = async { if address.embed { embed::fetch().await } else { Ok(()) } };
    let ((texts, views), frame) = join(join(texts, self::views(address)), frame).await;
    views.and(texts).and(frame)?;
    // The lesson may have named another world.
    self::views(address).await
}

/// Fetches the views that an address shows, as far as it is known.
async fn views(address: &Address) -> Result<(), String> {
    if !is_home(address) {
        return fetch_views::load(topology(address)).await;
    }
    if embedding::takes(address) {
        let (home, page) = join(home::fetch(), embedding::fetch()).await;
        return home.and(page);
    }
    if tabs::takes(address) {
        let (home, tabs) = join(home::fetch(), tabs::fetch()).await;
        return home.and(tabs);
    }
    if exam::takes(address) {
        let (home, exam) = join(home::fetch(), exam::fetch()).await;
        return home.and(exam);
    }
    if !desk::takes(address) {
        return home::fetch().await;
    }
    let (home, desk) = join(home::fetch(), desk::fetch()).await;
    home.and(desk)
}

/// What the views need that an address shows, as far as it is known.
fn needs(address: &Address) -> Needs {
    if is_home(address) {
        let home = Needs::of_home().with(Style::Course);
        if desk::takes(address) {
            return home.and_desk();
        }
        return match () {
            () if tabs::takes(address) => home.and_tabs(),
            () if exam::takes(address) => home.and_exam(),
            () => home,
        };
    }
    let world = Needs::of_world(topology(address));
    if address.lesson.is_some() { world.with(Style::Course) } else { world }
}

/// The topology that an address shows, as far as it is known; empty on the home page. A run that refutes an answer may
/// be of another world than its lesson, and only the lesson's manifest says which.
fn topology(address: &Address) -> &str {
    if is_home(address) {
        return "";
    }
    let slug = address.lesson.as_deref();
    let known = slug.and_then(quorum_lesson::find).map(|lesson| lesson.topology.as_str());
    let world = slug.and_then(|slug| quorum_lesson::built_in(course::base(slug))).map(|lesson| lesson.world);
    known.or(world).or(address.topology.as_deref()).unwrap_or_default()
}

/// Whether an address shows the home page, or a page of the course in its place, and no run.
fn is_home(address: &Address) -> bool {
    address.lesson.is_none() && address.topology.is_none() || course::takes(address)
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

/// The page's properties.
#[derive(Properties, PartialEq)]
struct AppProps {
    session: Session,
}

/// The current language and theme.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Taste {
    lang: Lang,
    theme: Theme,
}

#[component]
fn App(props: &AppProps) -> Html {
    let address = use_state_eq(Address::current);
    let taste = use_state_eq(|| Taste { lang: language(&address), theme: theme(&address) });
    let missing = use_state_eq(|| None);
    use_effect_with(address.faults.clone(), |faults| offer(faults.clone().unwrap_or_default()));
    let asked = use_state_eq(|| 0);
    // A lesson that was opened from its address is shown at the address that requested it.
    let redraw = use_force_update();
    let show = use_show(&props.session, &address, &taste, &asked, &missing, &redraw);
    use_attachment(&props.session, &show);
    use_open_run(&props.session, &address, &taste);
    use_snapshot_interval(&props.session);
    use_followed_run(&props.session, &show);
    use_history(&props.session, &show);
    use_leaving(&props.session);
    let newer = use_newer_build();
    let title = title(&address, taste.lang);
    use_effect_with((*taste, address.projector, title), |(taste, projector, title)| {
        dress(*taste, *projector, title);
    });

    let sheet = use_state_eq(|| None);
    let onwish = wishes(&address, &taste, &show, &sheet);
    let onopen = {
        let (session, show) = (props.session.clone(), show.clone());
        Callback::from(move |to: Address| {
            show.emit(Wanted::run(&session, true, move |view| view.address = to.clone()));
        })
    };
    let onkeep = {
        let (session, show) = (props.session.clone(), show.clone());
        Callback::from(move |kept: bool| {
            show.emit(Wanted::run(&session, false, move |view| view.address.kept = Some(kept)));
        })
    };
    let run = format!("{:?}/{:?}/{}", address.lesson, address.topology, *asked);
    html! {
        <ContextProvider<Lang> context={taste.lang}>
            <button class="skip" type="button" onclick={|_: MouseEvent| focus_on("main")}>
                { taste.lang.t("skip") }
            </button>
            { sprite() }
            if let Some(retry) = &*missing { { texts_missing(taste.lang, retry) } }
            if *newer { { newer_build(taste.lang) } }
            if is_home(&address) {
                <Sheets address={(*address).clone()} theme={taste.theme} open={sheet} onwish={onwish.clone()}
                    onopen={onopen.clone()} />
                { home::draw(
                    taste.lang,
                    &HomeProps {
                        session: props.session.clone(),
                        address: (*address).clone(),
                        theme: taste.theme,
                        onwish,
                        onopen
                    }
                ) }
            } else {
                <Lab key={run} session={props.session.clone()} address={(*address).clone()} theme={taste.theme}
                    kept={kept(&address)} {onwish} {onkeep} onreplay={onopen} />
            }
        </ContextProvider<Lang>>
    }
}

/// A change of what is shown, which may need texts that are not loaded yet.
#[derive(Clone)]
struct Wanted {
    /// Whether it is a history entry that "back" undoes.
    visit: bool,
    /// For a change to another run: what was open when it was requested.
    other: Option<Option<OpenRequest>>,
    /// Whether the run is opened even if it is open, and without what it stored.
    again: Option<Again>,
    how: Rc<dyn Fn(&mut View)>,
}

/// What is shown.
#[derive(Clone)]
struct View {
    address: Address,
    taste: Taste,
    /// The number of the opening that a parent page has asked for: each begins with views of its own.
    asked: u32,
}

impl Wanted {
    /// A change of appearance: the run stays the same.
    fn look(how: impl Fn(&mut View) + 'static) -> Self {
        Self { visit: false, other: None, again: None, how: Rc::new(how) }
    }

    /// A change to another run.
    fn run(session: &Session, visit: bool, how: impl Fn(&mut View) + 'static) -> Self {
        Self { visit, other: Some(session.request()), again: None, how: Rc::new(how) }
    }

    /// A change to another run that a host page asks for. It does not move the focus, which may be in the host page.
    fn by_host(session: &Session, again: Again, how: impl Fn(&mut View) + 'static) -> Self {
        Self { again: Some(again), ..Self::run(session, false, how) }
    }

    /// Whether it is outdated: another run was opened since, and not the one that it names.
    fn is_late(&self, session: &Session, view: &View) -> bool {
        let Some(before) = &self.other else { return false };
        let now = session.request();
        let named = request(&view.address, view.taste.lang);
        !same_run(before.as_ref(), now.as_ref()) && !same_run(named.as_ref(), now.as_ref())
    }
}

fn same_run(one: Option<&OpenRequest>, other: Option<&OpenRequest>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is_run_of(other),
        (None, None) => true,
        _ => false,
    }
}

/// A function that changes what is shown: texts first, then the page, its address and the run. Where they cannot be
/// fetched, nothing changes but `missing`, which holds a callback to try again.
///
/// Nothing else opens a run once the page is drawn, so that an address that only follows a run never opens one.
#[hook]
fn use_show(
    session: &Session,
    address: &UseStateHandle<Address>,
    taste: &UseStateHandle<Taste>,
    asked: &UseStateHandle<u32>,
    missing: &UseStateHandle<Option<Callback<()>>>,
    redraw: &UseForceUpdateHandle,
) -> Callback<Wanted> {
    // Listeners are created once and called later: here they find what is shown at that time.
    let seen = || View { address: (**address).clone(), taste: **taste, asked: **asked };
    let now = use_mut_ref(seen);
    now.replace(seen());
    let (address, taste, missing) = (address.setter(), taste.setter(), missing.setter());
    let asked = asked.setter();
    let (session, redraw) = (session.clone(), redraw.clone());
    let show = Rc::new(move |wanted: Wanted, again: Callback<()>| {
        let redraw = redraw.clone();
        let (session, now, address, taste) = (session.clone(), now.clone(), address.clone(), taste.clone());
        let (missing, asked) = (missing.clone(), asked.clone());
        spawn_local(async move {
            let mut view = now.borrow().clone();
            (wanted.how)(&mut view);
            saved_runs::complete(&mut view.address).await;
            let fetched = fetch(view.taste.lang, &view.address).await;
            // Something else may have changed in the meantime.
            let mut view = now.borrow().clone();
            (wanted.how)(&mut view);
            saved_runs::complete(&mut view.address).await;
            if wanted.is_late(&session, &view) {
                return;
            }
            if fetched.is_err() {
                return missing.set(Some(again));
            }
            now.replace(view.clone());
            let same = view.address == Address::current();
            if wanted.visit && !same {
                view.address.visit()
            } else {
                view.address.write()
            }
            if wanted.other.is_some() {
                redraw.force_update();
                open(&session, &view.address, view.taste.lang, wanted.again);
            }
            address.set(view.address);
            taste.set(view.taste);
            asked.set(view.asked);
            missing.set(None);
            if wanted.visit {
                // By then it is drawn.
                Timeout::new(0, begin_at_the_top).forget();
            }
        });
    });
    Callback::from(move |wanted: Wanted| retrying(&show, wanted))
}

/// Shows something, and provides a callback to retry exactly that.
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
            <button class="btn" type="button" data-act="texts" onclick={retry.reform(|_: MouseEvent| ())}>
                { lang.t("banner-texts-retry") }
            </button>
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

/// Installs the handles for scripts and parent pages, once.
#[hook]
fn use_attachment(session: &Session, show: &Callback<Wanted>) {
    let (session, show) = (session.clone(), show.clone());
    use_effect_with((), move |()| {
        let count = Rc::new(Cell::new(0));
        let by_host = {
            let (session, show) = (session.clone(), show.clone());
            Rc::new(move |again: Again, how: Rc<dyn Fn(&mut View)>| {
                let number = count.get() + 1;
                count.set(number);
                show.emit(Wanted::by_host(&session, again, move |view| {
                    how(view);
                    view.asked = number;
                }));
            })
        };
        let onwish = Rc::new(move |wish: embed::Wish| {
            show.emit(Wanted::look(move |View { taste, address, .. }| {
                taste.lang = wish.lang.unwrap_or(taste.lang);
                taste.theme = wish.theme.unwrap_or(taste.theme);
                address.controls = wish.controls.or(address.controls);
                address.faults = wish.faults.clone().or(address.faults.take());
            }));
        });
        let onload = {
            let by_host = by_host.clone();
            Rc::new(move |load: embed::Load| {
                by_host(
                    Again::Kept,
                    Rc::new(move |view: &mut View| view.address = loaded(&load, &view.address)),
                );
            })
        };
        let onreset = Rc::new({
            let session = session.clone();
            move || {
                if let Some(lesson) = session.request().and_then(|request| request.lesson) {
                    record::change_account(&lesson, Account::start_over);
                }
                by_host(
                    Again::Erased,
                    Rc::new(|view: &mut View| {
                        // From its beginning, and not from where it was saved.
                        view.address.run.take_if(|run| is_saved(run));
                        view.address.moment = None;
                    }),
                );
            }
        });
        attach(&session, embed::Asked { onwish, onload, onreset });
    });
}

/// Opens what the address names when the page is drawn, and sets the run's language.
#[hook]
fn use_open_run(session: &Session, address: &UseStateHandle<Address>, taste: &UseStateHandle<Taste>) {
    let lang = taste.lang;
    let (opened, named) = (session.clone(), (**address).clone());
    use_effect_with((), move |()| open(&opened, &named, lang, None));
    let session = session.clone();
    use_effect_with(lang, move |lang| session.set_language(lang.code()));
}

/// Snapshots an interval apart where the reader has asked for less motion: the stage then changes in steps, ten a
/// second at most, and the page needs a fraction of the work.
#[hook]
fn use_snapshot_interval(session: &Session) {
    let calm = use_media("(prefers-reduced-motion: reduce)");
    let session = session.clone();
    use_effect_with(calm, move |calm| session.set_snapshot_interval(if *calm { 100 } else { 16 }));
}

/// Follows a run that was opened on the session from elsewhere.
#[hook]
fn use_followed_run(session: &Session, show: &Callback<Wanted>) {
    let show = show.clone();
    use_effect_with(session.clone(), move |session| {
        let asked = session.clone();
        let seen = RefCell::new(session.request());
        let subscription = session.subscribe(move |update| {
            let (Update::Host(_), Some(open)) = (update, asked.request()) else { return };
            // Each new request is followed once.
            if seen.replace(Some(open.clone())).as_ref() == Some(&open) {
                return;
            }
            let now = Address::current();
            if request(&now, Lang::default()).is_some_and(|named| named.is_run_of(&open)) {
                return;
            }
            let to = Address {
                lesson: open.lesson,
                topology: open.topology,
                seed: open.seed,
                run: open.run,
                kept: if open.kept { None } else { Some(false) },
                // A page in place of the home page gives way to the run.
                view: None,
                report: None,
                step: None,
                moment: None,
                ..now
            };
            to.write();
            show.emit(Wanted::run(&asked, false, move |view| view.address = to.clone()));
        });
        move || drop(subscription)
    });
}

/// Follows the browser's back and forward.
#[hook]
fn use_history(session: &Session, show: &Callback<Wanted>) {
    let (session, show) = (session.clone(), show.clone());
    use_effect_with((), move |()| {
        let listener = web_sys::window().map(|window| {
            EventListener::new(&window, "popstate", move |_| {
                let to = Address::current();
                if to.lesson.is_none() && to.topology.is_none() && session.request().is_some() {
                    // The home page runs nothing: a page reload ends the worker and everything else.
                    if let Some(window) = web_sys::window() {
                        drop(window.location().reload());
                    }
                } else {
                    show.emit(Wanted::run(&session, false, move |view| view.address = to.clone()));
                }
            })
        });
        move || drop(listener)
    });
}

/// Whether a newer build of the lab waits.
#[hook]
fn use_newer_build() -> UseStateHandle<bool> {
    let newer = use_state_eq(|| false);
    let set = newer.setter();
    use_effect_with((), move |()| {
        let listener = offline::when_newer(move || set.set(true));
        move || drop(listener)
    });
    newer
}

/// Asks before the page is left, where that would lose a run.
#[hook]
fn use_leaving(session: &Session) {
    let session = session.clone();
    use_effect_with((), move |()| {
        let options = EventListenerOptions::enable_prevent_default();
        let listener = web_sys::window().map(|window| {
            EventListener::new_with_options(&window, "beforeunload", options, move |event| {
                if session.would_lose() {
                    // The browser asks in its own words.
                    event.prevent_default();
                }
            })
        });
        move || drop(listener)
    });
}

/// The header's requests for language and theme.
fn wishes(
    address: &UseStateHandle<Address>,
    taste: &UseStateHandle<Taste>,
    show: &Callback<Wanted>,
    sheet: &UseStateHandle<Option<Wish>>,
) -> Callback<Wish> {
    let (address, taste, show, sheet) = (address.clone(), taste.clone(), show.clone(), sheet.clone());
    let dyed = taste.clone();
    let dye = move |theme: Theme| {
        remember_theme(theme);
        dyed.set(Taste { theme, ..*dyed });
        change(&address, |address| address.theme = Some(theme));
    };
    Callback::from(move |wish: Wish| match wish {
        Wish::Language => {
            let lang = taste.lang.other();
            remember_language(lang);
            show.emit(Wanted::look(move |view| {
                view.taste.lang = lang;
                view.address.lang = Some(lang);
                // A tab that has become a node has written its number into the address itself.
                view.address.node = view.address.node.or_else(|| Address::current().node);
            }));
        }
        Wish::Theme => dye(match taste.theme {
            Theme::Auto => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::Auto,
        }),
        Wish::SetTheme(theme) => dye(theme),
        // A lab handles these itself.
        Wish::Help | Wish::Palette => sheet.set(Some(wish)),
        Wish::Copy | Wish::Share => {}
    })
}

/// The title of the document: what is open, and the lab's name.
fn title(address: &Address, lang: Lang) -> String {
    let page = match address.view.as_deref() {
        Some("glossary") => Some(lang.t("page-glossary")),
        Some("facts") => Some(lang.t("page-facts")),
        Some("record") => Some(lang.t("page-record")),
        Some("open") => Some(lang.t("page-open")),
        Some("stored") => Some(lang.t("page-stored")),
        Some("reports") => Some(lang.t("home-r")),
        Some("failover") => Some(lang.t("page-failover")),
        Some("promise") => Some(lang.t("page-promise")),
        Some("disasters") => Some(lang.t("page-disasters")),
        Some("load") => Some(lang.t("page-load")),
        Some("majority") => Some(lang.t("page-majority")),
        Some("experiments") => Some(lang.t("home-x")),
        Some("embed") => Some(lang.t("page-embed")),
        Some("tabs") => Some(lang.t("page-tabs")),
        Some("exam") => Some(lang.t("home-exam")),
        _ if address.report.is_some() => Some(lang.t("home-r-page")),
        _ if is_home(address) => None,
        _ => lab::title(address, lang),
    };
    let brand = lang.t("brand");
    page.map_or_else(|| brand.clone(), |page| format!("{page} · {brand}"))
}

/// Applies language, theme, size and title to the document.
fn dress(taste: Taste, projector: bool, title: &str) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    document.set_title(title);
    let Some(root) = document.document_element() else { return };
    let put = |name: &str, value: Option<&str>| {
        // Both fail for malformed names only, and these are valid.
        drop(match value {
            Some(value) => root.set_attribute(name, value),
            None => root.remove_attribute(name),
        });
    };
    put("lang", Some(taste.lang.tag()));
    put("data-theme", (taste.theme != Theme::Auto).then(|| taste.theme.code()));
    put("data-size", projector.then_some("projector"));
}
