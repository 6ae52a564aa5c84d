//! Where a default comes from, in the page's words.
//!
//! Sources are written in English beside the figures (`settings` of every world): a front that names them, and after a
//! colon what they say there. Guarantees: the known fronts are said in the page's language: the course's notes, the
//! lab's own model, documents, sources and charts of a version; another front stays as it is written. Leaves out: what
//! follows the front, which names options and files and stays in English.

use quorum_i18n::Lang;

/// What a front may be called, and the message that says it of a product and its version.
const KINDS: [(&str, &str); 4] = [
    (" documentation", "mc-src-docs"),
    (" docs", "mc-src-docs"),
    (" source", "mc-src-code"),
    (" Helm chart", "mc-src-chart"),
];

/// A source: the front in words, and what more it says, in English.
pub(crate) fn source(lang: Lang, source: &str) -> (String, Option<String>) {
    // What stands in brackets behind a front is said after it.
    let (head, mut rest) = match (source.split_once(": "), source.split_once(" (")) {
        (Some((head, _)), Some((front, said))) if front.len() < head.len() => {
            (front, vec![said.trim_end_matches(')')])
        }
        (Some((head, said)), _) => (head, vec![said]),
        (None, _) => (source, Vec::new()),
    };
    let mut said = Vec::new();
    for one in head.split("; ") {
        let (words, place) = front(lang, one);
        said.push(words);
        // Where in it stands before what it says.
        rest.splice(0..0, place);
    }
    let comma = lang.t("mc-comma");
    let said = said.join(if comma.is_ascii() { ", " } else { &comma });
    (said, (!rest.is_empty()).then(|| rest.join(": ")))
}

/// The same in one line.
pub(crate) fn source_line(lang: Lang, text: &str) -> String {
    match source(lang, text) {
        (front, Some(rest)) => format!("{front} · {rest}"),
        (front, None) => front,
    }
}

/// One front in words, and the place in it that it names.
fn front(lang: Lang, said: &str) -> (String, Option<&str>) {
    if let Some(note) = said.strip_prefix("course note ") {
        let number = note.split([' ', ';', ',']).next().unwrap_or(note);
        return (lang.f("mc-src-note", &[("n", number.into())]), None);
    }
    if said == "model" {
        return (lang.t("mc-src-model"), None);
    }
    for (word, key) in KINDS {
        let Some((product, place)) = said.split_once(word) else { continue };
        // A word that only begins so is another one.
        let place = match place.strip_prefix(", ") {
            None if !place.is_empty() => continue,
            place => place,
        };
        return (lang.f(key, &[("of", product.into())]), place);
    }
    (said.to_owned(), None)
}
