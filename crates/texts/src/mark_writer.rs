//! Writes the marks that stand for Markdown (`marks`).
//!
//! Guarantees: elements are closed in the order in which they were begun, at most [`DEEPEST`] lie inside one another,
//! and no control character of a text becomes a mark. Leaves out: reading Markdown (`mark`, `inline`).

use super::marks::{ADDRESS_END, BREAK, DEEPEST, END, START};

/// What is wrong, with its line.
pub type Fault = String;

/// What separates words on a line.
pub(crate) const SPACE: [char; 2] = [' ', '\t'];

/// The marks made so far.
#[derive(Default)]
pub(crate) struct Marks {
    pub(crate) text: String,
    depth: usize,
}

impl Marks {
    /// Begins an element that this line of the file begins.
    pub(crate) fn begin(&mut self, letter: char, line: usize) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!(
                "line {line}: too deep: at most {DEEPEST} quotes, lists and emphases lie inside one another"
            ));
        }
        self.text.extend([START, letter]);
        Ok(())
    }

    /// Begins a link; what may not be followed is an element without an address.
    pub(crate) fn link(&mut self, address: &str, line: usize) -> Result<(), Fault> {
        if !safe(address) {
            return self.begin('-', line);
        }
        self.begin('a', line)?;
        self.plain(address);
        self.text.push(ADDRESS_END);
        Ok(())
    }

    pub(crate) fn end(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.text.push(END);
    }

    /// Code within a line; nothing lies in it, so it has no depth.
    pub(crate) fn code(&mut self, code: &str) {
        self.text.extend([START, 'c']);
        self.plain(&code.replace('\n', " "));
        self.text.push(END);
    }

    pub(crate) fn plain(&mut self, text: &str) {
        let shown = text.chars().map(|c| if c == '\n' { BREAK } else { c });
        self.text.extend(shown.filter(|c| *c == BREAK || !c.is_control()));
    }
}

/// An address that may be followed: the web, or this site. Whether it leads away from here is for the view that draws
/// it to say, with a browser's own reader of addresses (`ui::markdown`).
pub(crate) fn safe(address: &str) -> bool {
    let scheme = address.split(['/', '?', '#']).next().unwrap_or_default().contains(':');
    !scheme || address.starts_with("https://")
}
