//! The texts that the page would fetch, for tests in a browser, which no page is around.
#![allow(dead_code, reason = "not every test reads a lesson")]

use quorum_i18n::Lang;

/// Both catalogues; they are built into tests.
pub(crate) fn learn_catalogues() {
    assert!(quorum_i18n::learnt(Lang::Zh).is_some() && quorum_i18n::learnt(Lang::En).is_some());
}
