//! The texts that the page would fetch, for tests in a browser, which no page is around.

use quorum_lab::lesson;
use quorum_lab::words::{self, Lang};

/// Both catalogues.
pub(crate) fn learn_catalogues() {
    for (lang, packed) in [
        (Lang::Zh, include_str!(concat!(env!("OUT_DIR"), "/zh"))),
        (Lang::En, include_str!(concat!(env!("OUT_DIR"), "/en"))),
    ] {
        assert!(words::learn(lang, packed.to_owned()), "{lang:?}");
    }
}

/// The first lesson's English text.
pub(crate) fn learn_first_lesson() {
    let Some(lesson) = lesson::find("crash-recovery") else { panic!("the first lesson is missing") };
    let text = include_str!(concat!(env!("OUT_DIR"), "/crash-recovery.en"));
    assert_eq!(lesson.learn("en", text), Ok(()));
}
