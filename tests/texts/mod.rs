//! The texts that the page would fetch, for tests in a browser, which no page is around.
#![allow(dead_code, reason = "not every test reads a lesson")]

use quorum_lab::lesson;
use quorum_lab::words::{self, Lang, Part};

/// Both catalogues.
pub(crate) fn learn_catalogues() {
    let (zh, en) =
        (include_str!(concat!(env!("OUT_DIR"), "/zh")), include_str!(concat!(env!("OUT_DIR"), "/en")));
    let zh_later = include_str!(concat!(env!("OUT_DIR"), "/zh.later"));
    let en_later = include_str!(concat!(env!("OUT_DIR"), "/en.later"));
    assert!(
        words::learn(Lang::Zh, Part::First, zh.to_owned())
            && words::learn(Lang::Zh, Part::Later, zh_later.to_owned())
    );
    assert!(
        words::learn(Lang::En, Part::First, en.to_owned())
            && words::learn(Lang::En, Part::Later, en_later.to_owned())
    );
}

/// The first lesson's English text.
pub(crate) fn learn_first_lesson() {
    let Some(lesson) = lesson::find("crash-recovery") else { panic!("the first lesson is missing") };
    let text = include_str!(concat!(env!("OUT_DIR"), "/crash-recovery.en"));
    assert_eq!(lesson.learn("en", text), Ok(()));
}
