//! The marks that stand for Markdown in a lesson's text; `mark` makes them, the page draws them.

/// Begins an element; a letter follows, and for a link its address and `ADDRESS_END`.
pub(crate) const START: char = '\u{1}';
/// Ends the innermost element.
pub(crate) const END: char = '\u{2}';
/// Ends a link's address.
pub(crate) const ADDRESS_END: char = '\u{3}';
/// A line break inside a text, so that marks stay on one line.
pub(crate) const BREAK: char = '\u{4}';
