//! Lesson texts: the marks that `lesson::mark` made of Markdown, as nodes.
//!
//! Promises: nothing but the few elements below ever reaches the document; everything else is text. Leaves out:
//! reading Markdown, which is done when the program is built.

use std::str::Chars;

use yew::prelude::*;
use yew::virtual_dom::VList;

use crate::lesson::marks::{ADDRESS_END, BREAK, END, START};

/// A marked text as nodes.
pub fn render(marked: &str) -> Html {
    children(&mut marked.chars())
}

/// Everything up to the end of the element, or of the text.
fn children(marks: &mut Chars<'_>) -> Html {
    let mut nodes = VList::new();
    let mut text = String::new();
    loop {
        let next = marks.next();
        if !matches!(next, Some(c) if c != START && c != END && c != BREAK) && !text.is_empty() {
            nodes.add_child(std::mem::take(&mut text).into());
        }
        match next {
            None | Some(END) => return nodes.into(),
            Some(START) => nodes.add_child(element(marks)),
            Some(BREAK) => nodes.add_child(html! { <br /> }),
            Some(other) => text.push(other),
        }
    }
}

fn element(marks: &mut Chars<'_>) -> Html {
    let (letter, href) = begin(marks);
    wrap(letter, href, children(marks))
}

/// What begins here: the element's letter, and where a link leads.
pub(crate) fn begin(marks: &mut Chars<'_>) -> (Option<char>, String) {
    let letter = marks.next();
    let link = letter == Some('a');
    let href = if link { marks.by_ref().take_while(|c| *c != ADDRESS_END).collect() } else { String::new() };
    (letter, href)
}

/// The element of a letter around what it holds.
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
        Some('a') => html! { <a {href} target="_blank" rel="noopener">{ inner }</a> },
        _ => inner,
    }
}
