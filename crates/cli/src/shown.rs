//! What was typed, or stands in a file, in a form that can be shown.
//!
//! Guarantees: no control characters, and a bounded length. Leaves out: what is said about it (`bad_input`).

/// More characters of what was typed are not shown.
const MOST_SHOWN: usize = 60;

/// What was typed, as it can be shown.
pub(super) fn shown(text: &str) -> String {
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut shown: String = text.chars().take(MOST_SHOWN).map(plain).collect();
    if text.chars().nth(MOST_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
