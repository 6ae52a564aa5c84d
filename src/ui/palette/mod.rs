//! The command palette: one field that finds actions, moments, places and settings, and does what is chosen.
//!
//! Guarantees: the field keeps the focus while arrows move through what was found, and says each entry; what cannot be
//! done now is found too, says why, and does nothing; closing gives the focus back to where it was, or to the main
//! landmark. Leaves out: what the entries are (`places`, `acts`, and the lab's), and which of them a query finds
//! (`rank`).

pub(crate) mod acts;
pub(crate) mod places;
pub mod rank;

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlDialogElement, HtmlInputElement};
use yew::prelude::*;

use self::rank::score;
use crate::ui::focus::{focused, give_back};
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::use_lang;
use quorum_i18n::Lang;
use quorum_types::sort::sort_by_key;

/// How many entries are listed.
const MOST: usize = 60;

/// The kinds of entries, in the order of their lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    Action,
    Moment,
    Here,
    Place,
    Setting,
}

impl Group {
    fn word(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Moment => "moment",
            Self::Here => "here",
            Self::Place => "place",
            Self::Setting => "setting",
        }
    }

    fn title(self, lang: Lang) -> String {
        match self {
            Self::Action => lang.t("pal-actions"),
            Self::Moment => lang.t("pal-moments"),
            Self::Here => lang.t("pal-here"),
            Self::Place => lang.t("pal-places"),
            Self::Setting => lang.t("pal-settings"),
        }
    }
}

/// Something that can be found.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) group: Group,
    /// Its name in the document, unique within its group.
    pub(crate) word: String,
    pub(crate) icon: &'static str,
    pub(crate) title: String,
    /// Other words that find it: its title in the other language, its name in addresses.
    pub(crate) also: String,
    /// The key that does the same.
    pub(crate) key: Option<&'static str>,
    /// Why it cannot be done now.
    pub(crate) why_not: Option<String>,
    /// Whether it is listed only once something is searched for.
    pub(crate) quiet: bool,
    pub(crate) run: Callback<()>,
}

impl Entry {
    /// An entry that can be done.
    pub(crate) fn new(
        group: Group,
        word: impl Into<String>,
        icon: &'static str,
        title: String,
        run: impl Fn() + 'static,
    ) -> Self {
        Self {
            group,
            word: word.into(),
            icon,
            title,
            also: String::new(),
            key: None,
            why_not: None,
            quiet: false,
            run: Callback::from(move |()| run()),
        }
    }

    fn id(&self) -> String {
        format!("pal-{}-{}", self.group.word(), self.word)
    }
}

/// The palette's properties.
#[derive(Properties)]
pub(crate) struct PaletteProps {
    /// What can be found at this moment.
    pub(crate) entries: Rc<Vec<Entry>>,
    /// Called when it is closed.
    pub(crate) onclose: Callback<()>,
}

impl PartialEq for PaletteProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.entries, &other.entries)
    }
}

/// What a query finds, the group with the best one first.
fn found<'a>(query: &str, entries: &'a [Entry]) -> Vec<(Group, Vec<&'a Entry>)> {
    let empty = query.trim().is_empty();
    let mut fits: Vec<(u32, &Entry)> = entries
        .iter()
        .filter(|entry| !(empty && entry.quiet))
        .filter_map(|entry| Some((score(query, &entry.title, &entry.also)?, entry)))
        .collect();
    // What can be done comes before what cannot, where both fit as well.
    sort_by_key(&mut fits, |(score, entry)| (*score, entry.why_not.is_some()));
    fits.truncate(MOST);
    let mut groups: Vec<(Group, Vec<&Entry>)> = Vec::new();
    for (_, entry) in fits {
        match groups.iter_mut().find(|(group, _)| *group == entry.group) {
            Some((_, list)) => list.push(entry),
            None => groups.push((entry.group, vec![entry])),
        }
    }
    if empty {
        sort_by_key(&mut groups, |(group, _)| *group);
    }
    groups
}

/// The palette, as a dialog that is open as long as it is drawn.
#[component]
pub(crate) fn Palette(props: &PaletteProps) -> Html {
    let lang = use_lang();
    let (dialog, query, active) = (use_node_ref(), use_state_eq(String::new), use_state_eq(String::new));
    let opener = use_memo((), |()| focused());
    use_open(&dialog);
    let groups = found(&query, &props.entries);
    let all: Vec<&Entry> = groups.iter().flat_map(|(_, list)| list.iter().copied()).collect();
    let here = all.iter().position(|entry| entry.id() == *active).unwrap_or(0);
    let chosen = all.get(here).map(|entry| entry.id());
    use_effect_with(chosen.clone(), |chosen| show(chosen.as_deref()));
    let oninput = {
        let (query, active) = (query.clone(), active.clone());
        Callback::from(move |event: InputEvent| {
            let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            query.set(input.map(|input| input.value()).unwrap_or_default());
            active.set(String::new());
        })
    };
    let run = {
        let dialog = dialog.clone();
        move |entry: &Entry| {
            let (dialog, entry) = (dialog.clone(), entry.clone());
            Callback::from(move |()| {
                if entry.why_not.is_none() {
                    // The focus goes back first, so that what is done may move it.
                    close(&dialog);
                    entry.run.emit(());
                }
            })
        }
    };
    let onkeydown = {
        let (active, dialog) = (active.clone(), dialog.clone());
        let ids: Vec<String> = all.iter().map(|entry| entry.id()).collect();
        let enter = all.get(here).map(|entry| run(entry));
        Callback::from(move |event: KeyboardEvent| {
            let last = ids.len().saturating_sub(1);
            let to = match event.key().as_str() {
                _ if event.is_composing() => return,
                "ArrowDown" if here == last => 0,
                "ArrowDown" => here + 1,
                "ArrowUp" if here == 0 => last,
                "ArrowUp" => here - 1,
                "PageDown" => (here + 8).min(last),
                "PageUp" => here.saturating_sub(8),
                "Enter" => {
                    event.prevent_default();
                    return enter.iter().for_each(|enter| enter.emit(()));
                }
                "k" if event.ctrl_key() || event.meta_key() => {
                    event.prevent_default();
                    return close(&dialog);
                }
                _ => return,
            };
            event.prevent_default();
            active.set(ids.get(to).cloned().unwrap_or_default());
        })
    };
    let onclose = closed(props, opener);
    // A press beside it closes it.
    let onclick = {
        let dialog = dialog.clone();
        Callback::from(move |event: MouseEvent| {
            let on_it = event.target().and_then(|target| target.dyn_into::<HtmlDialogElement>().ok());
            if on_it.is_some() {
                close(&dialog);
            }
        })
    };
    html! {
        <dialog ref={dialog} class="pop pal" aria-label={lang.t("pal-title")} data-view="palette" {onclose} {onclick}>
            <div class="pal-i">
                { ic("find") }
                <input type="text" role="combobox" aria-label={lang.t("pal-title")} aria-expanded="true"
                    aria-controls="pal-list" aria-autocomplete="list" aria-activedescendant={chosen.clone()}
                    autocomplete="off" autocapitalize="off" spellcheck="false" placeholder={lang.t("pal-hint")}
                    value={(*query).clone()} {oninput} {onkeydown} />
                <kbd aria-hidden="true">{ "Esc" }</kbd>
            </div>
            <div id="pal-list" class="pal-l" role="listbox" aria-label={lang.t("pal-found")}>
                { for groups.iter().map(|(group, list)| {
                    let title = format!("pal-g-{}", group.word());
                    html! {
                        <div key={group.word()} class="pal-g" role="group" aria-labelledby={title.clone()}>
                            <p class="pal-h" id={title}>{ group.title(lang) }</p>
                            { for list.iter().map(|entry| option(entry, chosen.as_deref(), &run(entry))) }
                        </div>
                    }
                }) }
                if all.is_empty() {
                    <p class="pal-none" role="option" aria-selected="false" aria-disabled="true">
                        { lang.t("pal-none") }
                    </p>
                }
            </div>
            <p class="vh" role="status">{ lang.f("pal-n", &[("n", all.len().into())]) }</p>
        </dialog>
    }
}

/// One entry of the list.
fn option(entry: &Entry, chosen: Option<&str>, run: &Callback<()>) -> Html {
    let id = entry.id();
    let selected = chosen == Some(id.as_str());
    html! {
        <div key={id.clone()} {id} class="pal-o" role="option" aria-selected={selected.to_string()}
            data-entry={entry.word.clone()} data-group={entry.group.word()}
            aria-disabled={inert(entry.why_not.is_some())} onclick={run.reform(|_: MouseEvent| ())}
            onmousedown={|event: MouseEvent| event.prevent_default()}>
            { ic(entry.icon) }
            <span class="pal-t">
                { &entry.title }
                if let Some(why) = &entry.why_not { <small>{ why }</small> }
            </span>
            if let Some(key) = entry.key { <kbd aria-hidden="true">{ key }</kbd> }
        </div>
    }
}

/// Opens the dialog once it is drawn, with the focus in its field.
#[hook]
fn use_open(dialog: &NodeRef) {
    let dialog = dialog.clone();
    use_effect_with((), move |()| {
        if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
            // Refused only for a dialog that is open already.
            drop(dialog.show_modal());
        }
    });
}

/// Once it is closed, the focus is where it was before.
fn closed(props: &PaletteProps, opener: Rc<Option<web_sys::Element>>) -> Callback<Event> {
    props.onclose.reform(move |_: Event| {
        let opener = Rc::clone(&opener);
        // By then it is no longer drawn, and what was chosen is done.
        Timeout::new(0, move || give_back((*opener).as_ref())).forget();
    })
}

/// Closes it as Escape does: the browser gives the focus back and fires the close event.
fn close(dialog: &NodeRef) {
    if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
        dialog.close();
    }
}

/// Scrolls the list to an entry.
fn show(id: Option<&str>) {
    let document = web_sys::window().and_then(|window| window.document());
    let entry = document.zip(id).and_then(|(document, id)| document.get_element_by_id(id));
    if let Some(entry) = entry {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        entry.scroll_into_view_with_scroll_into_view_options(&options);
    }
}
