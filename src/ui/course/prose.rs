//! A lesson's text with explained terms, on hover or focus.
//!
//! Guarantees: each term is reached by Tab and described by its definition (`aria-describedby`), which Escape closes;
//! code, links and headings stay unchanged. Leaves out: which words are terms (`terms`).

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::str::Chars;

use yew::prelude::*;
use yew::virtual_dom::VList;

use super::terms::{Finder, Piece, term};
use crate::ui::markdown::{begin, flat, wrap};
use crate::ui::use_lang;
use quorum_i18n::Lang;
use quorum_texts::marks::{BREAK, DEEPEST, END, START};

/// Converts marked text to nodes, with explained terms.
pub fn prose(lang: Lang, marked: &str) -> Html {
    children(&mut marked.chars(), &RefCell::new(Finder::new(lang)), (true, DEEPEST))
}

/// Everything up to the end of the element; whether terms in it are explained, and how much deeper it may nest.
fn children(marks: &mut Chars<'_>, finder: &RefCell<Finder>, (explains, depth): (bool, usize)) -> Html {
    let mut nodes = VList::new();
    let mut text = String::new();
    loop {
        let next = marks.next();
        if !matches!(next, Some(c) if c != START && c != END && c != BREAK) && !text.is_empty() {
            let text = core::mem::take(&mut text);
            if explains {
                nodes.add_children(finder.borrow_mut().split(&text).into_iter().map(piece));
            } else {
                nodes.add_child(text.into());
            }
        }
        match next {
            None | Some(END) => return nodes.into(),
            Some(START) => nodes.add_child(element(marks, finder, (explains, depth))),
            Some(BREAK) => nodes.add_child(html! { <br /> }),
            Some(other) => text.push(other),
        }
    }
}

fn piece(piece: Piece) -> Html {
    match piece {
        Piece::Text(text) => text.into(),
        Piece::Term(id, word) => html! { <Defined {id} {word} /> },
    }
}

fn element(marks: &mut Chars<'_>, finder: &RefCell<Finder>, (explains, depth): (bool, usize)) -> Html {
    let (letter, href) = begin(marks);
    let explains = explains && !matches!(letter, Some('a' | 'c' | 'k' | '2' | '3'));
    match depth.checked_sub(1) {
        Some(depth) => wrap(letter, href, children(marks, finder, (explains, depth))),
        None => flat(marks).into(),
    }
}

thread_local! {
    /// The counter for the ids of definitions in the document.
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

#[derive(Properties, PartialEq)]
struct DefinedProps {
    id: &'static str,
    word: String,
}

/// An explained term.
#[component]
fn Defined(props: &DefinedProps) -> Html {
    let lang = use_lang();
    let open = use_state_eq(|| false);
    let name = use_state(|| format!("gl-{}", NEXT.replace(NEXT.get() + 1)));
    let set = |to: bool| {
        let open = open.clone();
        Rc::new(move || open.set(to))
    };
    let (show, hide) = (set(true), set(false));
    let onkeydown = {
        let open = open.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" && *open {
                // Prevents Escape from closing anything else.
                event.stop_propagation();
                open.set(false);
            }
        })
    };
    let (enter, focus, click) = (show.clone(), show.clone(), show);
    let (leave, blur) = (hide.clone(), hide);
    html! {
        <span class="gl" onmouseenter={move |_: MouseEvent| enter()} onmouseleave={move |_: MouseEvent| leave()}>
            <dfn class="gl-w" tabindex="0" data-term={props.id} aria-describedby={(*name).clone()} {onkeydown}
                onfocus={move |_: FocusEvent| focus()} onblur={move |_: FocusEvent| blur()} onclick={move
                    |_: MouseEvent| click()}>
                { &props.word }
            </dfn>
            <span class="gl-d" role="tooltip" id={(*name).clone()} hidden={!*open}>{ term(lang, props.id).means }</span>
        </span>
    }
}
