//! Converts Markdown to marks, which the page draws without a Markdown parser (`ui::markdown`).
//!
//! Marks are elements as text: `START` and a letter begin an element, `END` ends the innermost one, everything else is
//! text. The parser follows CommonMark 0.31.2, appendix "A parsing strategy": lines become containers and leaves
//! (`Blocks`), then each leaf's text is parsed with a stack of delimiters (`inline`). Comments name the sections of
//! the specification.
//!
//! Guarantees: HTML is only ever output as text; only `https:` and relative addresses stay links; nesting deeper than
//! [`DEEPEST`] is an error with its line (`too deep`); no input makes it panic or recurse, and it takes O(n log n)
//! time. Leaves out tables, footnotes and images, which lessons do not use: an image's alternative text stays.
//!
//! What `docs/writing-lessons.md` promises is parsed exactly as `pulldown-cmark` parses it, which tests check. Known
//! differences, all outside of that: HTML is text to the last character, so that `<b title="*x*">` holds an emphasis,
//! and a line of HTML is a line of a paragraph; links by reference (`[a][b]`, `[b]: …`) and `<someone@example.org>` are
//! text; of entities by name `&amp;` `&lt;` `&gt;` `&quot;` `&nbsp;` are known; the indentation of a paragraph's
//! further lines is dropped within a code span too. In three corners the library does not do as CommonMark says and the
//! reader does: tabs at the end of a line and before a quote's mark, a tilde after an escaped one, a hard break right
//! before the `]` of a link.

use super::inline::inline;
pub use super::mark_writer::Fault;
use super::mark_writer::{Marks, SPACE};
use super::marks::DEEPEST;

/// The marks of a lesson's text that begins on this line of its file: headings with an id stay, what lies between is
/// marked, a line a step.
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
    let mut blocks = Blocks::default();
    for (line, number) in text.split_inclusive('\n').zip(first..) {
        blocks.line(line, number);
        // These containers alone are too deep, so the rest of the text is not read.
        if blocks.open.len() > DEEPEST {
            break;
        }
    }
    blocks.close(0);
    let mut marks = Marks::default();
    for event in &blocks.events {
        match event {
            Event::Begin { letter, line, .. } => marks.begin(*letter, *line)?,
            Event::End => marks.end(),
            Event::Leaf { letter: 'k', text, line, .. } => {
                marks.begin('k', *line)?;
                marks.plain(text);
                marks.end();
            }
            // Lists that are tight: their items' paragraphs are bare (5.3).
            Event::Leaf { letter: 'p', text, line, list: Some(list) } if blocks.tight(*list) => {
                inline(text, *line, &mut marks)?;
            }
            Event::Leaf { letter, text, line, .. } => {
                marks.begin(*letter, *line)?;
                inline(text, *line, &mut marks)?;
                marks.end();
            }
        }
    }
    Ok(marks.text)
}

/// What the lines make, in order.
enum Event {
    /// A container begins. Lists are loose when a blank line separates what lies in them.
    Begin { letter: char, line: usize, loose: bool },
    /// The innermost container ends.
    End,
    /// A paragraph, a heading or code; `list` is the beginning of the list whose item it lies in directly.
    Leaf { letter: char, text: String, line: usize, list: Option<usize> },
}

/// A container that is open (5).
#[derive(Clone, Copy)]
struct Container {
    kind: Kind,
    /// Where it begins in the events.
    at: usize,
    /// Whether something lies in it already.
    filled: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Quote,
    /// A list of items with this mark: `-`, `+`, `*`, `.` or `)`.
    List(char),
    /// An item, and by how many columns its lines are indented.
    Item(usize),
}

/// A leaf that is open: what it is, its text, the line it begins on.
struct Leaf {
    form: Form,
    text: String,
    line: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Paragraph,
    Indented,
    Fenced { mark: char, length: usize, indent: usize },
}

/// Phase 1: block structure.
#[derive(Default)]
struct Blocks {
    events: Vec<Event>,
    open: Vec<Container>,
    leaf: Option<Leaf>,
    /// Whether the last line was blank, and no quote's.
    blank: bool,
}

impl Blocks {
    fn line(&mut self, line: &str, number: usize) {
        let mut rest = Rest::new(line.trim_end_matches(['\n', '\r']));
        let ended = line.ends_with('\n');
        let mut kept = self.open.iter().take_while(|container| rest.continues(container)).count();
        let all = kept == self.open.len();
        let was_blank = std::mem::take(&mut self.blank);
        let form = self.leaf.as_ref().map(|leaf| leaf.form);
        match form.filter(|_| all) {
            Some(Form::Fenced { mark, length, indent }) => {
                if fence_ends(&rest, mark, length) {
                    self.end_leaf('k');
                } else {
                    rest.skip(indent.min(rest.indent()));
                    self.add(&rest.code(ended));
                }
                return;
            }
            Some(Form::Indented) if rest.indent() >= 4 || rest.is_blank() => {
                rest.skip(4);
                self.add(&rest.code(ended));
                self.blank = rest.is_blank();
                return;
            }
            // Setext headings (4.3).
            Some(Form::Paragraph) if rest.indent() < 4 && rest.underlines() => return self.end_leaf('2'),
            _ => {}
        }
        let paragraph = form == Some(Form::Paragraph);
        let mut begun = false;
        while rest.indent() < 4 && self.open.len() <= DEEPEST {
            let indent = rest.indent();
            if rest.quote() {
                self.child(kept, was_blank);
                self.begin(Kind::Quote, 'q', number);
            } else if let Some(marker) = rest.marker().filter(|_| !rest.is_rule()) {
                let mut after = rest;
                after.skip(indent);
                after.pass(marker.width);
                // An item that interrupts a paragraph is not empty, and its number is 1 (5.2).
                if paragraph && all && !begun && (after.is_blank() || !marker.may_interrupt) {
                    break;
                }
                let padding = if after.is_blank() || after.indent() > 4 { 1 } else { after.indent() };
                after.skip(padding);
                rest = after;
                self.item(kept, marker, number, was_blank);
                self.begin(Kind::Item(indent + marker.width + padding), 'l', number);
            } else {
                break;
            }
            begun = true;
            kept = self.open.len();
        }
        if rest.is_blank() {
            self.close(kept);
            self.blank = !begun && self.open.last().is_none_or(|last| last.kind != Kind::Quote);
            return;
        }
        let text = rest.text();
        let heading = text.len() - text.trim_start_matches('#').len();
        if rest.indent() >= 4 {
            if !paragraph || begun {
                self.child(kept, was_blank);
                rest.skip(4);
                self.leaf = Some(Leaf { form: Form::Indented, text: rest.code(ended), line: number });
                return;
            }
        } else if rest.is_rule() {
            return self.child(kept, was_blank);
        } else if (1..=6).contains(&heading)
            && text.get(heading..).is_none_or(|t| t.is_empty() || t.starts_with(SPACE))
        {
            // ATX headings (4.2), without the closing sequence.
            self.child(kept, was_blank);
            let text = text.trim_start_matches('#').trim_matches(SPACE);
            let open = text.trim_end_matches('#');
            let text = if open.is_empty() || open.ends_with(SPACE) { open } else { text };
            self.leaf = Some(Leaf { form: Form::Paragraph, text: text.to_owned(), line: number });
            return self.end_leaf(if heading < 3 { '2' } else { '3' });
        } else if let Some((mark, length)) = fence(text) {
            self.child(kept, was_blank);
            let form = Form::Fenced { mark, length, indent: rest.indent() };
            self.leaf = Some(Leaf { form, text: String::new(), line: number });
            return;
        }
        // A paragraph's next line, though its containers' marks may be missing (5.1, laziness), or a new one.
        if paragraph && !begun {
            self.add("\n");
            self.add(text);
        } else {
            self.child(kept, was_blank);
            self.leaf = Some(Leaf { form: Form::Paragraph, text: text.to_owned(), line: number });
        }
    }

    /// Makes room for a block within the first `kept` containers.
    fn child(&mut self, kept: usize, blank: bool) {
        self.close(kept);
        if matches!(self.open.last(), Some(Container { kind: Kind::List(_), .. })) {
            self.close(kept.saturating_sub(1));
        }
        if let [.., list, item] = self.open.as_mut_slice()
            && matches!(item.kind, Kind::Item(_))
        {
            let (loose, at) = (blank && item.filled, list.at);
            item.filled = true;
            self.loosen(at, loose);
        }
    }

    /// Makes room for an item: in the list that is open, if its mark is the same, else in a new one.
    fn item(&mut self, kept: usize, marker: Marker, line: usize, blank: bool) {
        self.close(kept);
        match self.open.last() {
            Some(list) if list.kind == Kind::List(marker.mark) => self.loosen(list.at, blank),
            _ => {
                self.child(kept, blank);
                self.begin(Kind::List(marker.mark), if marker.ordered { 'o' } else { 'u' }, line);
            }
        }
    }

    fn begin(&mut self, kind: Kind, letter: char, line: usize) {
        self.open.push(Container { kind, at: self.events.len(), filled: false });
        self.events.push(Event::Begin { letter, line, loose: false });
    }

    fn loosen(&mut self, list: usize, now: bool) {
        if let Some(Event::Begin { loose, .. }) = self.events.get_mut(list) {
            *loose |= now;
        }
    }

    fn tight(&self, list: usize) -> bool {
        matches!(self.events.get(list), Some(Event::Begin { loose: false, .. }))
    }

    fn add(&mut self, text: &str) {
        if let Some(leaf) = &mut self.leaf {
            leaf.text.push_str(text);
        }
    }

    /// Ends the leaf, and all but the first `kept` containers.
    fn close(&mut self, kept: usize) {
        let letter =
            self.leaf.as_ref().map_or('p', |leaf| if leaf.form == Form::Paragraph { 'p' } else { 'k' });
        self.end_leaf(letter);
        while self.open.len() > kept {
            self.open.pop();
            self.events.push(Event::End);
        }
    }

    fn end_leaf(&mut self, letter: char) {
        let Some(Leaf { form, mut text, line }) = self.leaf.take() else { return };
        match form {
            Form::Paragraph => text.truncate(text.trim_end_matches(SPACE).len()),
            // Blank lines at the end of indented code are not its own (4.4).
            Form::Indented => {
                let own = text.trim_end_matches([' ', '\t', '\n']).len();
                let line_end =
                    text.get(own..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| own + at + 1);
                text.truncate(line_end);
            }
            Form::Fenced { .. } => {}
        }
        let list = match self.open.as_slice() {
            [.., list, Container { kind: Kind::Item(_), .. }] => Some(list.at),
            _ => None,
        };
        self.events.push(Event::Leaf { letter, text, line, list });
    }
}

/// A list marker (5.2).
#[derive(Clone, Copy)]
struct Marker {
    mark: char,
    ordered: bool,
    width: usize,
    may_interrupt: bool,
}

/// What is left of a line. Tabs reach to the next multiple of four columns (2.2).
#[derive(Clone, Copy)]
struct Rest<'a> {
    rest: &'a str,
    column: usize,
    /// Columns that are left of a space or tab that was passed in part.
    spare: usize,
}

impl<'a> Rest<'a> {
    fn new(rest: &'a str) -> Self {
        Rest { rest, column: 0, spare: 0 }
    }

    fn indent(&self) -> usize {
        let start = self.column + self.spare;
        let spaces = self.rest.chars().take_while(|c| SPACE.contains(c));
        spaces.fold(start, |column, c| if c == '\t' { column / 4 * 4 + 4 } else { column + 1 }) - self.column
    }

    fn skip(&mut self, columns: usize) {
        let end = self.column + columns;
        while self.column < end {
            if self.spare > 0 {
                let step = self.spare.min(end - self.column);
                (self.spare, self.column) = (self.spare - step, self.column + step);
            } else if let Some(rest) = self.rest.strip_prefix(' ') {
                (self.rest, self.spare) = (rest, 1);
            } else if let Some(rest) = self.rest.strip_prefix('\t') {
                (self.rest, self.spare) = (rest, 4 - self.column % 4);
            } else {
                return;
            }
        }
    }

    /// Passes a mark that is `width` bytes long.
    fn pass(&mut self, width: usize) {
        self.rest = self.rest.get(width..).unwrap_or_default();
        self.column += width;
    }

    fn text(&self) -> &'a str {
        self.rest.trim_start_matches(SPACE)
    }

    fn is_blank(&self) -> bool {
        self.text().is_empty()
    }

    /// The line as it stands in code.
    fn code(&self, ended: bool) -> String {
        let end = if ended { "\n" } else { "" };
        format!("{}{}{end}", " ".repeat(self.spare), self.rest)
    }

    /// Whether an open container goes on with this line; passes its mark.
    fn continues(&mut self, container: &Container) -> bool {
        match container.kind {
            Kind::Quote => self.quote(),
            Kind::List(_) => true,
            Kind::Item(indent) if self.is_blank() => {
                self.skip(indent);
                container.filled
            }
            Kind::Item(indent) => {
                let inside = self.indent() >= indent;
                if inside {
                    self.skip(indent);
                }
                inside
            }
        }
    }

    /// Passes the mark of a quote (5.1), if there is one.
    fn quote(&mut self) -> bool {
        let indent = self.indent();
        let quote = indent < 4 && self.text().starts_with('>');
        if quote {
            self.skip(indent);
            self.pass(1);
            self.skip(1);
        }
        quote
    }

    fn marker(&self) -> Option<Marker> {
        let text = self.text();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let mark = text.get(digits..)?.chars().next()?;
        let ordered = digits > 0;
        let known =
            if ordered { digits < 10 && matches!(mark, '.' | ')') } else { matches!(mark, '-' | '+' | '*') };
        let width = digits + 1;
        let after = text.get(width..)?;
        let may_interrupt = !ordered || text.get(..digits)?.parse::<u32>() == Ok(1);
        (known && (after.is_empty() || after.starts_with(SPACE))).then_some(Marker {
            mark,
            ordered,
            width,
            may_interrupt,
        })
    }

    /// Thematic breaks (4.1), which are not drawn.
    fn is_rule(&self) -> bool {
        let text = self.text();
        let Some(mark @ ('-' | '_' | '*')) = text.chars().next() else { return false };
        text.chars().all(|c| c == mark || SPACE.contains(&c))
            && text.chars().filter(|c| *c == mark).count() > 2
    }

    fn underlines(&self) -> bool {
        let text = self.text().trim_end_matches(SPACE);
        let mark = text.chars().next();
        matches!(mark, Some('=' | '-')) && text.chars().all(|c| Some(c) == mark)
    }
}

/// The mark of a code fence and its length (4.5).
fn fence(text: &str) -> Option<(char, usize)> {
    let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = text.trim_start_matches(mark);
    let length = text.len() - info.len();
    (length > 2 && (mark == '~' || !info.contains('`'))).then_some((mark, length))
}

fn fence_ends(rest: &Rest<'_>, mark: char, length: usize) -> bool {
    let text = rest.text().trim_end_matches(SPACE);
    rest.indent() < 4 && text.len() >= length && text.chars().all(|c| c == mark)
}

#[cfg(test)]
#[path = "mark_tests.rs"]
mod tests;
