//! The adapter of `www/lms`, as a package takes it: its scripts, and a launch page for each lesson.
//!
//! Guarantees: a launch page has no script of its own, so that a strict content security policy lets it run; what is
//! filled in is escaped. Leaves out: what the scripts do.

use quorum_i18n::Lang;
use quorum_lesson::list::Entry;
use serde_json::{Map, Value};

use super::super::standard::Standard;
use super::{Course, File};

const LAUNCH: &str = include_str!("../../../../www/lms/launch.html");

/// The files that every package has.
const COMMON: [(&str, &str); 3] = [
    ("lms/host.js", include_str!("../../../../www/lms/host.js")),
    ("lms/launch.css", include_str!("../../../../www/lms/launch.css")),
    ("lms/record.js", include_str!("../../../../www/lms/record.js")),
];
const SCORM: [(&str, &str); 1] = [("lms/scorm.js", include_str!("../../../../www/lms/scorm.js"))];
const CMI5: [(&str, &str); 3] = [
    ("lms/cmi5.js", include_str!("../../../../www/lms/cmi5.js")),
    ("lms/lrs.js", include_str!("../../../../www/lms/lrs.js")),
    ("lms/xapi.js", include_str!("../../../../www/lms/xapi.js")),
];

/// The sentences of the adapter: their names there, and their messages.
const WORDS: [(&str, &str); 11] = [
    ("back", "cli-lms-back"),
    ("close", "cli-lms-close"),
    ("lost", "cli-lms-lost"),
    ("no_lms", "cli-lms-no-lms"),
    ("not_kept", "cli-lms-not-kept"),
    ("not_resumed", "cli-lms-not-resumed"),
    ("over", "cli-lms-over"),
    ("refused", "cli-lms-refused"),
    ("review", "cli-lms-review"),
    ("silent", "cli-lms-silent"),
    ("waiting", "cli-lms-waiting"),
];

/// The files that the lessons of a package share.
pub(super) fn shared(standard: Standard) -> impl Iterator<Item = File> {
    let driver: &[_] = match standard {
        Standard::Scorm12 | Standard::Scorm2004 => &SCORM,
        Standard::Cmi5 => &CMI5,
    };
    COMMON.iter().chain(driver).map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
}

/// The launch page of a lesson.
pub(super) fn launch_page(course: &Course<'_>, lesson: &Entry) -> String {
    let driver = match course.standard {
        Standard::Scorm12 | Standard::Scorm2004 => "scorm.js",
        Standard::Cmi5 => "cmi5.js",
    };
    let mastery = course.mastery_percent.to_string();
    let facts: [(&str, &str); 9] = [
        ("driver", driver),
        ("lang", course.lang.code()),
        ("lesson", &lesson.slug),
        ("mastery", &mastery),
        ("no_script", &course.lang.t("cli-lms-no-script")),
        ("standard", course.standard.word()),
        ("tag", course.tag()),
        ("title", &lesson.title),
        ("words", &words()),
    ];
    fill(LAUNCH, &facts)
}

/// The sentences in both languages, for the lab's own button changes the language.
fn words() -> String {
    let of = |lang: Lang| -> Map<String, Value> {
        WORDS.iter().map(|(name, key)| ((*name).to_owned(), lang.t(key).into())).collect()
    };
    Value::Object(
        [("en", of(Lang::En)), ("zh", of(Lang::Zh))]
            .map(|(lang, of)| (lang.to_owned(), of.into()))
            .into_iter()
            .collect(),
    )
    .to_string()
}

/// Puts facts where their names stand between at signs. A fact is not searched for further names.
fn fill(template: &str, facts: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    for (place, part) in template.split('@').enumerate() {
        match facts.iter().find(|(name, _)| place % 2 == 1 && *name == part) {
            Some((_, fact)) => filled.push_str(&quick_xml::escape::escape(*fact)),
            None => filled.push_str(part),
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_escaped_and_filled_in_once() {
        let facts = [("a", "<\"&'@b@"), ("b", "never")];
        assert_eq!(fill("x=\"@a@\" @b@", &facts), "x=\"&lt;&quot;&amp;&apos;@b@\" never");
    }

    #[test]
    fn the_template_names_every_fact_and_nothing_else() {
        let names: Vec<&str> = LAUNCH.split('@').skip(1).step_by(2).collect();
        for name in ["driver", "lang", "lesson", "mastery", "no_script", "standard", "tag", "title", "words"]
        {
            assert!(names.contains(&name), "{name}");
        }
        assert!(
            LAUNCH.matches('@').count().is_multiple_of(2) && names.iter().all(|name| !name.contains(' ')),
            "{names:?}"
        );
        assert!(
            !LAUNCH.contains("<script>") && !LAUNCH.contains("style=") && !LAUNCH.contains(" on"),
            "inline"
        );
    }

    #[test]
    fn every_sentence_that_the_adapter_says_is_there_and_no_other() {
        let scripts: String = COMMON.iter().chain(&SCORM).chain(&CMI5).map(|(_, text)| *text).collect();
        for (name, _) in WORDS {
            let said = |call: &str| scripts.contains(&format!("{call}(\"{name}\")"));
            assert!(said("say") || said("word"), "nothing says {name}");
        }
        for part in ["say(\"", "word(\""].iter().flat_map(|call| scripts.split(call).skip(1)) {
            let name = part.split('"').next().unwrap_or_default();
            assert!(WORDS.iter().any(|(known, _)| *known == name), "{name} has no sentence");
        }
    }
}
