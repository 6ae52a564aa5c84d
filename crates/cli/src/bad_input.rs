//! Error messages for a command line, in the user's language.
//!
//! The parser reports the kind of error and the input at that place; the catalogues contain the sentence. Guarantees:
//! every kind has a sentence in both languages, with the nearest valid name, and with the help command to run; input is
//! shown truncated and without terminal control characters. Leaves out: messages of code that checks names and files
//! itself; of these, only unknown names are handled here ([`nearer`]).

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use super::grammar::{LANGUAGES, MOST_JOBS, PROGRAM, Wrong};
pub(super) use super::shown::shown;
use quorum_i18n::Lang;
use quorum_types::Refusal;

/// How alike two names are, from 0 to 1, for one to be offered for the other.
const ALIKE: f64 = 0.75;

/// Whether this is an answer and no fault: help, or the version.
pub(super) fn is_answer(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion)
}

/// The answer as text.
pub(super) fn answer(error: &Error) -> String {
    error.render().to_string().trim_end().to_owned()
}

/// What is wrong, as a refusal. `path` are the commands that were understood.
pub(super) fn refusal(error: &Error, path: &[String], lang: Lang) -> Refusal {
    unusable(&sentence(error, path, lang), suggested(error).as_deref(), &typed(path), lang)
}

/// The refusal of a command line: what is wrong, what may have been meant, and whose help says more.
pub(super) fn unusable(sentence: &str, meant: Option<&str>, command: &str, lang: Lang) -> Refusal {
    let more = lang.f(
        with_offer("cli-bad-more", "cli-bad-more-too", meant),
        &[("near", offer(meant, lang).into()), ("command", command.into())],
    );
    Refusal::new("bad_arguments", format!("{sentence}{more}"))
}

/// The refusal of a language that is not spoken.
pub(super) fn no_language(tag: &str, lang: Lang) -> Refusal {
    let figures =
        [("option", "--lang".into()), ("value", shown(tag).into()), ("names", LANGUAGES.join(", ").into())];
    unusable(&lang.f("cli-bad-choice", &figures), None, PROGRAM, lang)
}

/// A sentence continues differently after a full stop than without a suggestion.
fn with_offer(plain: &'static str, too: &'static str, meant: Option<&str>) -> &'static str {
    if meant.is_some() { too } else { plain }
}

/// The commands as they are typed.
fn typed(path: &[String]) -> String {
    std::iter::once(PROGRAM).chain(path.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
}

/// What the parser has to say of something.
fn found(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        other => Some(other.to_string()),
    }
}

fn sentence(error: &Error, path: &[String], lang: Lang) -> String {
    let context = |kind| shown(&found(error, kind).unwrap_or_default());
    let option = context(ContextKind::InvalidArg);
    // `--seed <S>` is `--seed` to a reader.
    let name = option.split(' ').next().unwrap_or_default().trim_matches(['<', '>', '[', ']']);
    let value = context(ContextKind::InvalidValue);
    let command = typed(path);
    let of_option = [("option", name.into()), ("value", value.as_str().into())];
    let in_command = [("option", name.into()), ("command", command.as_str().into())];
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word =
                [("word", context(ContextKind::InvalidSubcommand).into()), ("command", command.into())];
            lang.f("cli-bad-command", &word)
        }
        ErrorKind::UnknownArgument if option.starts_with('-') => lang.f("cli-bad-option", &in_command),
        ErrorKind::UnknownArgument => {
            lang.f("cli-bad-word", &[("word", option.into()), ("command", command.into())])
        }
        ErrorKind::InvalidValue if value.is_empty() => lang.f("cli-bad-no-value", &of_option),
        ErrorKind::InvalidValue => {
            let names = found(error, ContextKind::ValidValue).unwrap_or_default();
            lang.f("cli-bad-choice", &[&of_option[..], &[("names", names.into())]].concat())
        }
        ErrorKind::ValueValidation => {
            let key = match error.source().and_then(|why| why.downcast_ref::<Wrong>()) {
                Some(Wrong::Number) => "cli-bad-number",
                Some(Wrong::Jobs) => "cli-bad-jobs",
                Some(Wrong::Setting) => "cli-bad-setting",
                Some(Wrong::Range) => "cli-bad-range",
                Some(Wrong::Shard) => "cli-bad-shard",
                Some(Wrong::Promise) => "cli-bad-promise",
                None => "cli-bad-value",
            };
            lang.f(key, &[&of_option[..], &[("most", MOST_JOBS.into())]].concat())
        }
        ErrorKind::MissingRequiredArgument => {
            let missing = context(ContextKind::InvalidArg).replace(['<', '>'], "");
            lang.f("cli-bad-missing", &[("missing", missing.into()), ("command", command.into())])
        }
        ErrorKind::MissingSubcommand => lang.f("cli-bad-incomplete", &[("command", command.into())]),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            lang.f("cli-bad-values", &of_option)
        }
        ErrorKind::ArgumentConflict | ErrorKind::NoEquals => lang.f("cli-bad-conflict", &of_option),
        ErrorKind::InvalidUtf8 => lang.t("cli-bad-utf8"),
        _ => lang.t("cli-bad-other"),
    }
}

/// What may have been meant.
fn suggested(error: &Error) -> Option<String> {
    let kinds = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    kinds.into_iter().find_map(|kind| match error.get(kind)? {
        // The likeliest comes last.
        ContextValue::Strings(names) => names.last().cloned(),
        ContextValue::String(name) => Some(name.clone()),
        _ => None,
    })
}

/// Asks whether this name was meant.
fn offer(name: Option<&str>, lang: Lang) -> String {
    name.map(|name| lang.f("cli-bad-meant", &[("name", name.split(' ').next().unwrap_or(name).into())]))
        .unwrap_or_default()
}

/// The name that is most like a word, if one is like it at all.
pub(super) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let alike = names.into_iter().map(|name| (strsim::jaro_winkler(word, name), name));
    alike.filter(|(alike, _)| *alike > ALIKE).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

/// An unknown-name error in the user's language and with the nearest valid name; other errors stay as they are.
pub(super) fn nearer(refusal: Refusal, lang: Lang) -> Refusal {
    let key = match refusal.code.as_str() {
        "unknown_scenario" => "cli-bad-scenario",
        "unknown_setting" => "cli-bad-setting-name",
        "unknown_rule" => "cli-bad-rule",
        "unknown_preset" => "cli-bad-preset",
        _ => return refusal,
    };
    // The layers below name the word and all that would do: “word”; there are a, b, c.
    let parts = refusal.error.split_once('“').and_then(|(_, rest)| rest.rsplit_once("”; there are "));
    let Some((word, names)) = parts else { return refusal };
    let suggestion = nearest(word, names.split(", "));
    let figures = [("near", offer(suggestion, lang).into()), ("names", names.into())];
    let others = lang.f(with_offer("cli-bad-names", "cli-bad-names-too", suggestion), &figures);
    Refusal::new(&refusal.code, lang.f(key, &[("word", shown(word).into())]) + &others)
}
