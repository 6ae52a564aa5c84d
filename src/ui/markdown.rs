//! Renders lesson texts: converts the marks that `texts::mark` made of Markdown to nodes.
//!
//! Guarantees: only the elements below ever reach the document; everything else is text; a link that leaves this site
//! is marked, as the browser's own URL parser sees it. Leaves out: parsing Markdown, which is done when the program is
//! built.

use std::str::Chars;

use yew::prelude::*;
use yew::virtual_dom::VList;

use quorum_texts::marks::{ADDRESS_END, BREAK, DEEPEST, END, START};

/// Converts marked text to nodes.
pub fn render(marked: &str) -> Html {
    children(&mut marked.chars(), DEEPEST)
}

/// Everything up to the end of the element, or of the text.
fn children(marks: &mut Chars<'_>, depth: usize) -> Html {
    let mut nodes = VList::new();
    let mut text = String::new();
    loop {
        let next = marks.next();
        if !matches!(next, Some(c) if c != START && c != END && c != BREAK) && !text.is_empty() {
            nodes.add_child(std::mem::take(&mut text).into());
        }
        match next {
            None | Some(END) => return nodes.into(),
            Some(START) => nodes.add_child(element(marks, depth)),
            Some(BREAK) => nodes.add_child(html! { <br /> }),
            Some(other) => text.push(other),
        }
    }
}

fn element(marks: &mut Chars<'_>, depth: usize) -> Html {
    let (letter, href) = begin(marks);
    match depth.checked_sub(1) {
        Some(depth) => wrap(letter, href, children(marks, depth)),
        None => flat(marks).into(),
    }
}

/// An element's contents as plain text; for elements nested too deeply to be drawn.
pub(crate) fn flat(marks: &mut Chars<'_>) -> String {
    let (mut text, mut open) = (String::new(), 1);
    while open > 0 {
        match marks.next() {
            None => break,
            Some(END) => open -= 1,
            Some(START) => {
                begin(marks);
                open += 1;
            }
            Some(BREAK) => text.push(' '),
            Some(other) => text.push(other),
        }
    }
    text
}

/// The start of an element: its letter, and a link's target.
pub(crate) fn begin(marks: &mut Chars<'_>) -> (Option<char>, String) {
    let letter = marks.next();
    let link = letter == Some('a');
    let href = if link { marks.by_ref().take_while(|c| *c != ADDRESS_END).collect() } else { String::new() };
    (letter, href)
}

/// Wraps the contents in the element of a letter.
pub(crate) fn wrap(letter: Option<char>, href: String, inner: Html) -> Html {
    match letter {
        Some('p') => html! { <p>{ inner }</p> },
        Some('2') => html! { <h2>{ inner }</h2> },
        Some('3') => html! { <h3>{ inner }</h3> },
        Some('e') => html! { <em>{ inner }</em> },
        Some('b') => html! { <b>{ inner }</b> },
        Some('s') => html! { <s>{ inner }</s> },
        Some('o') => html! { <ol>{ inner }</ol> },
        Some('u') => html! { <ul>{ inner }</ul> },
        Some('l') => html! { <li>{ inner }</li> },
        Some('q') => html! { <blockquote>{ inner }</blockquote> },
        Some('k') => html! { <pre><code>{ inner }</code></pre> },
        Some('c') => html! { <code>{ inner }</code> },
        Some('a') => link(href, inner),
        _ => inner,
    }
}

/// A link; one that leaves this site is marked, and sends no referrer.
fn link(href: String, inner: Html) -> Html {
    match leads(&href) {
        Leads::Here => html! { <a {href} target="_blank" rel="noopener">{ inner }</a> },
        Leads::Away => {
            html! { <a class="away" {href} target="_blank" rel="noopener noreferrer">{ inner }</a> }
        }
        Leads::Nowhere => inner,
    }
}

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leads {
    /// To another place of this site.
    Here,
    /// To another site.
    Away,
    /// Nowhere that may be followed.
    Nowhere,
}

/// Where an address leads from this page, as the browser parses it: `//host`, `/\\host` and the like lead away.
pub fn leads(href: &str) -> Leads {
    let base = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.base_uri().ok().flatten())
        .unwrap_or_default();
    let (Ok(base), Ok(to)) = (web_sys::Url::new(&base), web_sys::Url::new_with_base(href, &base)) else {
        return Leads::Nowhere;
    };
    match to.protocol().as_str() {
        protocol if protocol == base.protocol() && to.host() == base.host() => Leads::Here,
        "https:" => Leads::Away,
        // On a plain http page, a link without a scheme leads to http as well.
        "http:" if base.protocol() == "http:" => Leads::Away,
        _ => Leads::Nowhere,
    }
}
