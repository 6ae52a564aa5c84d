//! `www/protocol.d.ts` and the page's own messages name the same kinds and the same fields.
//!
//! Guarantees: a kind, a field, or whether a field may be left out, that only one of the two files has is a failure.
//! Leaves out: the types of fields beyond that, which the browser tests meet.

#![cfg(not(target_family = "wasm"))]

use std::collections::BTreeMap;

/// A message: its fields, and whether each may be left out.
type Fields = BTreeMap<String, bool>;
/// Messages by kind.
type Kinds = BTreeMap<String, Fields>;

const RUST: &str = include_str!("../src/web/embed/message.rs");
const ANSWERS: &str = include_str!("../src/web/embed/answers.rs");
const TYPES: &str = include_str!("../www/protocol.d.ts");

/// What stands between the brace after `head` and the one that closes it.
fn body<'a>(text: &'a str, head: &str) -> &'a str {
    let begin = text.find(head).unwrap_or_else(|| panic!("{head} is not there"));
    let open = begin + text[begin..].find('{').expect("a body");
    let mut depth = 0;
    for (at, sign) in text[open..].char_indices() {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[open + 1..open + at];
        }
    }
    panic!("{head} does not end")
}

/// The lines of a text without comments.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let plain =
        |line: &&str| !line.is_empty() && !["//", "/*", "*"].iter().any(|sign| line.starts_with(sign));
    text.lines().map(str::trim).filter(plain)
}

/// A variant's name as a kind.
fn camel(variant: &str) -> String {
    variant[..1].to_lowercase() + &variant[1..]
}

/// The messages of an enum.
fn of_rust(name: &str) -> Kinds {
    let mut kinds = Kinds::new();
    let mut open: Option<String> = None;
    let mut skipped = false;
    for line in lines(body(RUST, &format!("enum {name}"))) {
        if let Some(variant) = line.strip_suffix("{},") {
            kinds.insert(camel(variant.trim()), Fields::new());
        } else if let Some(variant) = line.strip_suffix('{') {
            let kind = camel(variant.trim());
            kinds.insert(kind.clone(), Fields::new());
            open = Some(kind);
        } else if line == "}," {
            open = None;
        } else if line.starts_with("#[") {
            skipped = line.contains("skip_serializing_if");
        } else if let (Some(kind), Some((field, of))) = (&open, line.split_once(':')) {
            // What is sent is null where it is missing, unless it is skipped; what is received may be left out.
            let optional = if name == "FromFrame" { skipped } else { of.trim().starts_with("Option<") };
            kinds.get_mut(kind).expect("an open variant").insert(field.to_owned(), optional);
            skipped = false;
        }
    }
    kinds
}

/// The fields of an interface, with `kind` taken out and returned as its word.
fn interface(name: &str) -> (String, Fields) {
    let mut fields = Fields::new();
    let mut kind = String::new();
    for line in lines(body(TYPES, &format!("interface {name} "))) {
        let Some((field, of)) = line.split_once(':').filter(|(field, _)| !field.starts_with('[')) else {
            continue;
        };
        if field == "kind" {
            kind = of.trim().trim_matches(|sign| sign == ';' || sign == '"').to_owned();
        } else {
            fields.insert(field.trim_end_matches('?').to_owned(), field.ends_with('?'));
        }
    }
    (kind, fields)
}

/// The messages of a union.
fn of_types(union: &str) -> Kinds {
    let head = format!("export type {union} = ");
    let begin = TYPES.find(&head).expect("the union") + head.len();
    let end = begin + TYPES[begin..].find(';').expect("its end");
    TYPES[begin..end].split('|').map(|name| interface(name.trim())).collect()
}

#[test]
fn what_the_frame_sends_has_a_type() {
    let sent = of_rust("FromFrame");
    assert_eq!(sent, of_types("FromFrame"));
    let kinds: Vec<&str> = sent.keys().map(String::as_str).collect();
    assert_eq!(kinds, ["error", "event", "goal", "hello", "progress", "ready", "resize", "score", "state"]);
}

#[test]
fn what_the_frame_hears_has_a_type() {
    let mut heard = of_rust("ToFrame");
    for fields in heard.values_mut() {
        // Read before the message itself.
        fields.insert("id".to_owned(), true);
    }
    // Likewise, for fields of a command that are called like those of the message.
    heard.get_mut("fault").expect("a kind").insert("command".to_owned(), true);
    assert_eq!(heard, of_types("ToFrame"));
    let kinds: Vec<&str> = heard.keys().map(String::as_str).collect();
    assert_eq!(
        kinds,
        ["configure", "fault", "getState", "hello", "load", "pause", "play", "reset", "seek", "setState"]
    );
}

#[test]
fn predictions_and_answers_have_a_type() {
    let mut fields = Fields::new();
    let mut renamed = None;
    for line in lines(body(ANSWERS, "struct Given")) {
        if let Some((_, word)) = line.split_once("rename = \"") {
            renamed = word.split('"').next().map(str::to_owned);
        } else if let Some((field, _)) = line.split_once(':') {
            let own = field.trim_start_matches("pub(super) ").to_owned();
            fields.insert(renamed.take().unwrap_or(own), false);
        }
    }
    assert_eq!((String::new(), fields), interface("Given"));
}
