//! The texts that the page would fetch, for tests in a browser, which no page is around.
#![allow(dead_code, reason = "not every test reads a lesson")]

use quorum_i18n::{Lang, Part};
use quorum_lab::web::styles::Style;

/// Both catalogues, which are built into tests, and the style sheets of all views.
pub(crate) fn learn_catalogues() {
    for part in Part::ALL {
        assert!(
            quorum_i18n::learnt(Lang::Zh, part).is_some() && quorum_i18n::learnt(Lang::En, part).is_some()
        );
    }
    for (style, sheet) in [
        (Style::Home, include_str!("../../www/home.css")),
        (Style::Course, include_str!("../../www/course.css")),
        (Style::Milvus, include_str!("../../www/milvus.css")),
        (Style::Regions, include_str!("../../www/regions.css")),
    ] {
        assert!(style.learn(sheet.to_owned()), "{}", style.asset().path());
        assert!(!style.learn(String::new()), "what is not whole is not learnt");
    }
}
