//! Markdown to marks: what the page draws of a lesson's text, without knowing Markdown (`ui::markdown`).
//!
//! Marks are the parser's events as text: `START` and a letter begin an element, `END` ends the innermost one,
//! everything else is text. Promises: no raw HTML survives as anything but text; only `https:` and relative addresses
//! stay links; what nests deeper than [`DEEPEST`] is a fault with its line (`too deep`). Leaves out: images, tables and footnotes, which lessons do not use.

use super::marks::{ADDRESS_END, BREAK, DEEPEST, END, START};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag};

/// What is wrong, with its line.
pub type Fault = String;

/// The marks of a lesson's text that begins on this line of its file: headings with an id stay, what lies between is marked,
/// a line a step.
pub fn mark_lesson(body: &str, begins: usize) -> Result<String, Fault> {
    let (mut marked, mut section, mut from) = (String::new(), String::new(), begins);
    for (line, number) in body.lines().zip(begins..) {
        if line.starts_with("# ") && line.contains("{#") {
            marked.push_str(&mark(&section, from)?);
            marked.push('\n');
            section.clear();
            marked.push_str(line);
            marked.push('\n');
            from = number + 1;
        } else {
            section.push_str(line);
            section.push('\n');
        }
    }
    marked.push_str(&mark(&section, from)?);
    marked.push('\n');
    Ok(marked)
}

/// The marks of a Markdown text, on one line.
pub fn mark(text: &str, first: usize) -> Result<String, Fault> {
    let mut marked = String::new();
    let mut depth = 0;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                depth += 1;
                if depth > DEEPEST {
                    let line = first + text.bytes().take(range.start).filter(|byte| *byte == b'\n').count();
                    return Err(format!(
                        "line {line}: too deep: at most {DEEPEST} quotes, lists and emphases lie inside one another"
                    ));
                }
                start(&tag, &mut marked);
            }
            Event::End(_) => {
                depth -= 1;
                marked.push(END);
            }
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => plain(&text, &mut marked),
            Event::Code(code) => {
                marked.extend([START, 'c']);
                plain(&code, &mut marked);
                marked.push(END);
            }
            Event::SoftBreak => marked.push(' '),
            Event::HardBreak => marked.push(BREAK),
            _ => {}
        }
    }
    Ok(marked)
}

fn start(tag: &Tag<'_>, marked: &mut String) {
    let letter = match tag {
        Tag::Paragraph => 'p',
        Tag::Heading { level: HeadingLevel::H1 | HeadingLevel::H2, .. } => '2',
        Tag::Heading { .. } => '3',
        Tag::Emphasis => 'e',
        Tag::Strong => 'b',
        Tag::Strikethrough => 's',
        Tag::List(Some(_)) => 'o',
        Tag::List(None) => 'u',
        Tag::Item => 'l',
        Tag::BlockQuote(_) => 'q',
        Tag::CodeBlock(_) => 'k',
        Tag::Link { dest_url, .. } if safe(dest_url) => 'a',
        _ => '-',
    };
    marked.extend([START, letter]);
    if let (Tag::Link { dest_url, .. }, 'a') = (tag, letter) {
        plain(dest_url, marked);
        marked.push(ADDRESS_END);
    }
}

fn plain(text: &str, marked: &mut String) {
    marked.extend(
        text.chars().map(|c| if c == '\n' { BREAK } else { c }).filter(|c| *c == BREAK || !c.is_control()),
    );
}

/// An address that may be followed: the web, or this site. Whether it leads away from here is for whoever draws it to say,
/// with a browser's own reader of addresses (`ui::markdown`).
fn safe(address: &str) -> bool {
    let scheme = address.split(['/', '?', '#']).next().unwrap_or_default().contains(':');
    !scheme || address.starts_with("https://")
}
