//! The marks that stand for Markdown in a lesson's text; `mark` makes them, the page draws them.

/// Begins an element; a letter follows, and for a link its address and `ADDRESS_END`.
pub const START: char = '\u{1}';
/// Ends the innermost element.
pub const END: char = '\u{2}';
/// Ends a link's address.
pub const ADDRESS_END: char = '\u{3}';
/// A line break inside a text, so that marks stay on one line.
pub const BREAK: char = '\u{4}';
/// How many elements may lie inside one another: what is read refuses more, what is drawn leaves more out. Drawing
/// calls itself once a level, and a browser's stack has an end.
pub const DEEPEST: usize = 24;
