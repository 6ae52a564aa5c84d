//! The source of a default, in the page's language.
//!
//! Sources are written in English beside the figures (`settings` of every world): a prefix that names the source, and
//! after a colon what it says. Guarantees: known prefixes are translated: the course, its notes, the lab's own model,
//! documents, sources and charts of a version; any other prefix stays as it is written. What follows is translated by
//! the setting's name (`mc-said-…`, `rg-said-…`), and where it consists of names alone, it stays. Leaves out: the
//! units and names of settings (`tuning`).

use quorum_i18n::{Lang, say_known};

/// The known prefixes, and the message for each with a product and its version.
const KINDS: [(&str, &str); 4] = [
    (" documentation", "source-docs"),
    (" docs", "source-docs"),
    (" source", "source-code"),
    (" Helm chart", "source-chart"),
];

/// The source of a setting's default: the prefix, and what it says. `table` is how the catalogues name its table.
pub(crate) fn source(lang: Lang, table: &str, name: &str, source: &str) -> (String, Option<String>) {
    let (front, said) = split(lang, source);
    let known = said.as_ref().and_then(|_| say_known(lang, &format!("{table}-said-{name}"), &[]));
    (front, known.or(said))
}

/// A source: the translated prefix, and the rest, in English.
fn split(lang: Lang, source: &str) -> (String, Option<String>) {
    // Text in brackets after a prefix is moved after it.
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
        // The place in the source comes before what it says.
        rest.splice(0..0, place);
    }
    let comma = lang.t("list-comma");
    let said = said.join(if comma.is_ascii() { ", " } else { &comma });
    (said, (!rest.is_empty()).then(|| rest.join(": ")))
}

/// The same in one line.
pub(crate) fn source_line(lang: Lang, table: &str, name: &str, text: &str) -> String {
    match source(lang, table, name, text) {
        (front, Some(rest)) => format!("{front} · {rest}"),
        (front, None) => front,
    }
}

/// One prefix in words, and the place that it names.
fn front(lang: Lang, said: &str) -> (String, Option<&str>) {
    if let Some(note) = said.strip_prefix("course note ") {
        let number = note.split([' ', ';', ',']).next().unwrap_or(note);
        return (lang.f("source-note", &[("n", number.into())]), None);
    }
    if said == "course" {
        return (lang.t("source-course"), None);
    }
    if said == "model" {
        return (lang.t("source-model"), None);
    }
    for (word, key) in KINDS {
        let Some((product, place)) = said.split_once(word) else { continue };
        // A word that merely starts the same way does not match.
        let place = match place.strip_prefix(", ") {
            None if !place.is_empty() => continue,
            place => place,
        };
        return (lang.f(key, &[("of", product.into())]), place);
    }
    (said.to_owned(), None)
}
