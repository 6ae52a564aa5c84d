//! The texts that the page would fetch, for tests in a browser, which no page is around.

use quorum_lab::lesson;
use quorum_lab::words::{self, Lang, Part};

/// Both catalogues.
pub(crate) fn learn_catalogues() {
    let learn = |lang, parts: [&str; 3]| {
        for (part, text) in Part::ALL.into_iter().zip(parts) {
            assert!(words::learn(lang, part, text.to_owned()), "{lang:?} {part:?}");
        }
    };
    learn(
        Lang::Zh,
        [
            include_str!(concat!(env!("OUT_DIR"), "/zh")),
            include_str!(concat!(env!("OUT_DIR"), "/zh.later")),
            include_str!(concat!(env!("OUT_DIR"), "/zh.lone")),
        ],
    );
    learn(
        Lang::En,
        [
            include_str!(concat!(env!("OUT_DIR"), "/en")),
            include_str!(concat!(env!("OUT_DIR"), "/en.later")),
            include_str!(concat!(env!("OUT_DIR"), "/en.lone")),
        ],
    );
}

/// The first lesson's English text.
pub(crate) fn learn_first_lesson() {
    let Some(lesson) = lesson::find("crash-recovery") else { panic!("the first lesson is missing") };
    let text = include_str!(concat!(env!("OUT_DIR"), "/crash-recovery.en"));
    assert_eq!(lesson.learn("en", text), Ok(()));
}
