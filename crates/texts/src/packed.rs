//! The marks of the text that a catalogue is packed into: `compile` writes them, the reader in `words` splits at them.
//!
//! The names of all messages in order, then what is said to each, with [`NEXT`] between any two. In a message
//! everything between a first and a second [`PLACE`] stands for something else: the name of an argument or, behind the
//! name, [`VARIANT`]s, each a key, [`SAYS`] and a text, in which [`INNER`] stands around names of arguments.
//! Guarantees: no mark is in a text, because control characters are refused. Leaves out: choices inside choices.

/// Between names and messages.
pub const NEXT: char = '\u{1}';
/// Before and behind what is filled in.
pub const PLACE: char = '\u{2}';
/// Before a variant.
pub const VARIANT: char = '\u{3}';
/// Between the key of a variant and its text.
pub const SAYS: char = '\u{4}';
/// Before and behind an argument in a variant.
pub const INNER: char = '\u{5}';
/// Before the key of the variant that is taken when no other is; no key begins with it.
pub const DEFAULT: char = '*';
