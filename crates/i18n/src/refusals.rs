//! Error messages in the user's language: one sentence per error code.
//!
//! Below the façade an error is a code and an English sentence for programs and logs; a page shows its catalogue's
//! message for the code (`err-…`, else `refused-…`). Guarantees: a user of the page never sees another language, a line
//! number of a script that they did not write, or a message name; a code without a sentence is shown as such, and a
//! test checks that there is none. Leaves out: the English sentence, which stays in JSON as it is.

use super::{Arg, Lang, say_known};

/// Codes whose sentence was made by the page or its worker, in the reader's language and with its places.
pub(super) const WORDED: [&str; 8] = [
    "store_damaged",
    "store_unreadable",
    "lesson_address",
    "lesson_unfetched",
    "lesson_large",
    "lesson_slow",
    "lesson_stopped",
    "lesson_no_text",
];

/// What a refusal says to a reader. `error` is its own sentence: it is shown only as the detail of what the reader
/// wrote themselves (a filter, a configuration, a runbook, a lesson), where the place matters more than the language.
pub fn refused(lang: Lang, code: &str, error: &str) -> String {
    if WORDED.contains(&code) {
        return error.to_owned();
    }
    let word = code.replace('_', "-");
    let detail = [("detail", Arg::from(error))];
    let known =
        ["err", "refused"].iter().find_map(|family| say_known(lang, &format!("{family}-{word}"), &detail));
    known.unwrap_or_else(|| lang.f("err-other", &[("code", code.into())]))
}

/// How the log's own words for damage begin, and the message for each.
const DAMAGE: [(&str, &str); 11] = [
    ("its payload fails its checksum", "damage-payload"),
    ("its header fails its checksum", "damage-header"),
    ("it is cut short", "damage-short"),
    ("its header is cut short", "damage-short"),
    ("the file before it", "damage-missing-file"),
    ("a record before it is missing", "damage-missing-record"),
    ("its LSN does not follow", "damage-order"),
    ("its epoch is older", "damage-order"),
    ("it begins with LSN", "damage-order"),
    ("it says that it is file", "damage-place"),
    ("it belongs to another place", "damage-place"),
];

/// What is wrong with a damaged log, in the reader's language.
pub fn damage(lang: Lang, why: &str) -> String {
    let key =
        DAMAGE.iter().find(|(begins, _)| why.starts_with(begins)).map_or("damage-other", |found| found.1);
    lang.f(key, &[])
}
