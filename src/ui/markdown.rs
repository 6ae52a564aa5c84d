//! Lesson texts: Markdown to nodes, through the parser's events.
//!
//! Promises: no raw HTML ever reaches the document; what is not supported comes out as its text. Leaves out:
//! images, tables and footnotes, which lessons do not use.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use yew::prelude::*;
use yew::virtual_dom::VList;

/// A Markdown text as nodes.
pub fn render(text: &str) -> Html {
    let mut parser = Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH);
    children(&mut parser, None)
}

/// Everything up to the end of `until`, or of the text.
fn children(parser: &mut Parser<'_>, until: Option<TagEnd>) -> Html {
    let mut nodes = VList::new();
    while let Some(event) = parser.next() {
        match event {
            Event::Start(tag) => nodes.add_child(element(parser, &tag)),
            Event::End(end) if Some(end) == until => break,
            Event::Text(text) => nodes.add_child(text.to_string().into()),
            Event::Code(code) => nodes.add_child(html! { <code>{ code.to_string() }</code> }),
            Event::SoftBreak => nodes.add_child(" ".into()),
            Event::HardBreak => nodes.add_child(html! { <br /> }),
            Event::Rule => nodes.add_child(html! { <hr /> }),
            // HTML is shown as the text it is.
            Event::Html(raw) | Event::InlineHtml(raw) => nodes.add_child(raw.to_string().into()),
            Event::End(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_) => {}
        }
    }
    nodes.into()
}

fn element(parser: &mut Parser<'_>, tag: &Tag<'_>) -> Html {
    let inner = children(parser, Some(tag.to_end()));
    match tag {
        Tag::Paragraph => html! { <p>{ inner }</p> },
        Tag::Heading { level: HeadingLevel::H1 | HeadingLevel::H2, .. } => html! { <h2>{ inner }</h2> },
        Tag::Heading { .. } => html! { <h3>{ inner }</h3> },
        Tag::Emphasis => html! { <em>{ inner }</em> },
        Tag::Strong => html! { <b>{ inner }</b> },
        Tag::Strikethrough => html! { <s>{ inner }</s> },
        Tag::List(Some(_)) => html! { <ol>{ inner }</ol> },
        Tag::List(None) => html! { <ul>{ inner }</ul> },
        Tag::Item => html! { <li>{ inner }</li> },
        Tag::BlockQuote(_) => html! { <blockquote>{ inner }</blockquote> },
        Tag::CodeBlock(_) => html! { <pre><code>{ inner }</code></pre> },
        Tag::Link { dest_url, .. } => match safe(dest_url) {
            Some(href) => html! { <a {href} target="_blank" rel="noopener">{ inner }</a> },
            None => inner,
        },
        _ => inner,
    }
}

/// An address that may be followed: the web, or this site.
fn safe(address: &str) -> Option<String> {
    let scheme = address.split(['/', '?', '#']).next().unwrap_or_default().contains(':');
    (!scheme || address.starts_with("https://")).then(|| address.to_owned())
}
