//! Texts about the whole course that lie apart from the page's program, one file a language: the list of lessons, the
//! claims about products, the misconceptions.
//!
//! Guarantees: natively they are built in; the program of the page has their hashes alone. Leaves out: fetching them.

use super::schema::number;
use quorum_texts::asset::Asset;

/// A text that lies apart.
pub(super) struct Apart {
    name: &'static str,
    hashes: [u32; 2],
    #[cfg(any(not(target_arch = "wasm32"), feature = "bundled"))]
    texts: [&'static str; 2],
}

impl Apart {
    /// The file that it lies in, in a language.
    pub(super) fn asset(&self, lang: &str) -> Asset {
        Asset::text(format!("{}.{lang}", self.name), self.hashes[number(lang).unwrap_or(0)])
    }

    /// The text in a language, where it is built in.
    #[cfg(any(not(target_arch = "wasm32"), feature = "bundled"))]
    pub(super) fn text(&self, lang: &str) -> &'static str {
        self.texts[number(lang).unwrap_or(0)]
    }
}

// `LISTS`, `FACTS` and `BELIEFS`.
include!(concat!(env!("OUT_DIR"), "/apart.rs"));
