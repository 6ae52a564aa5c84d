//! The marks of the text that a catalogue is packed into: `compile` writes them, the reader in `words` splits at them.
//!
//! The sorted names of all messages, then the text of each, separated by [`NEXT`]. In a message, everything between a
//! first and a second [`PLACE`] is a placeholder: the name of an argument, optionally followed by [`VARIANT`]s, each
//! with a key, [`SAYS`] and a text, in which [`INNER`] encloses names of arguments. Guarantees: no mark is in a text,
//! because control characters are refused. Leaves out: choices inside choices.

/// Between names and messages.
pub const NEXT: char = '\u{1}';
/// Before and after a placeholder.
pub const PLACE: char = '\u{2}';
/// Before a variant.
pub const VARIANT: char = '\u{3}';
/// Between the key of a variant and its text.
pub const SAYS: char = '\u{4}';
/// Before and after an argument in a variant.
pub const INNER: char = '\u{5}';
/// Before the key of the variant that is taken when no other is; no key begins with it.
pub const DEFAULT: char = '*';
