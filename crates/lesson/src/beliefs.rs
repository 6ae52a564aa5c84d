//! The list of the misconceptions that runs refute, in one language.
//!
//! A separate file that the page fetches when it shows it. Guarantees: the order of the files that it was packed from
//! (`quorum_texts::beliefs`). Leaves out: fetching it.

use std::sync::OnceLock;

use super::apart::BELIEFS;
use super::schema::number;
use quorum_texts::asset::Asset;
pub use quorum_texts::beliefs::Entry;
use quorum_texts::beliefs::unpack;

static LEARNT: [OnceLock<Vec<Entry>>; 2] = [const { OnceLock::new() }; 2];

/// The file that the list in a language lies in.
pub fn asset(lang: &str) -> Asset {
    BELIEFS.asset(lang)
}

/// Takes the list in a language in, for good.
pub fn learn(lang: &str, text: &str) {
    LEARNT[number(lang).unwrap_or(0)].get_or_init(|| unpack(text));
}

/// The list in a language; none while it has not been fetched.
pub fn entries(lang: &str) -> Option<&'static [Entry]> {
    #[cfg(any(not(target_arch = "wasm32"), feature = "bundled"))]
    learn(lang, BELIEFS.text(lang));
    LEARNT[number(lang).unwrap_or(0)].get().map(Vec::as_slice)
}
