//! Holds the two catalogues together, and the code to the catalogues.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;

use super::{Arg, Lang, grouped, say};

const ZH: &str = include_str!("zh.ftl");
const EN: &str = include_str!("en.ftl");

/// Message names of a catalogue with the arguments each one uses.
fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    assert!(FluentResource::try_new(source.to_owned()).is_ok(), "a catalogue does not parse");
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in source.lines() {
        let head = line.split_once(" =").map(|(name, _)| name);
        if let Some(name) = head.filter(|name| !name.is_empty() && !name.starts_with([' ', '#', '['])) {
            assert!(!found.contains_key(name), "`{name}` is there twice");
            current = name.to_owned();
            found.insert(current.clone(), BTreeSet::new());
        }
        for part in line.split('$').skip(1) {
            let argument: String = part.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
            if let Some(arguments) = found.get_mut(&current) {
                arguments.insert(argument);
            }
        }
    }
    found
}

#[test]
fn both_catalogues_have_the_same_messages_and_arguments() {
    let (zh, en) = (messages(ZH), messages(EN));
    let missing: Vec<_> = zh.keys().filter(|name| !en.contains_key(*name)).collect();
    assert!(missing.is_empty(), "en.ftl lacks {missing:?}");
    let missing: Vec<_> = en.keys().filter(|name| !zh.contains_key(*name)).collect();
    assert!(missing.is_empty(), "zh.ftl lacks {missing:?}");
    for (name, arguments) in &zh {
        assert_eq!(Some(arguments), en.get(name), "arguments of `{name}`");
    }
}

/// Every Rust file under `src`.
fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("words/tests.rs") {
            into.push(path);
        }
    }
}

#[test]
fn every_message_that_the_code_names_is_there() {
    let known = messages(ZH);
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut gaps = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap_or_default();
        for opening in [".t(\"", ".f(\"", "words::say(lang, \"", "key: \""] {
            for part in text.split(opening).skip(1) {
                let name = part.split('"').next().unwrap_or_default();
                if !known.contains_key(name) {
                    gaps.push(format!("{}: {name}", file.display()));
                }
            }
        }
    }
    assert!(gaps.is_empty(), "not in the catalogues: {gaps:#?}");
}

/// Beginnings of messages that are named by what they tell of: `role-leader`, `field-lsn`.
const FAMILIES: [&str; 6] = ["inv-", "field-", "role-", "short-", "act-", "change-"];

#[test]
fn every_message_is_said_somewhere() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let code: String = files.iter().map(|file| fs::read_to_string(file).unwrap_or_default()).collect();
    let silent: Vec<String> = messages(ZH)
        .into_keys()
        .filter(|name| !FAMILIES.iter().any(|family| name.starts_with(family)))
        .filter(|name| !code.contains(&format!("\"{name}\"")))
        .collect();
    assert!(silent.is_empty(), "nothing says {silent:?}");
}

#[test]
fn numbers_are_grouped_and_plurals_chosen() {
    assert_eq!(grouped(0), "0");
    assert_eq!(grouped(999), "999");
    assert_eq!(grouped(1_000), "1,000");
    assert_eq!(grouped(1_234_567), "1,234,567");
    let args: [(&str, Arg); 3] = [("nodes", 5.into()), ("need", 3.into()), ("reachable", 3.into())];
    assert_eq!(say(Lang::Zh, "majority-can-elect", &args), "5 个节点，多数派 3，可达 3：能选主");
    assert_eq!(say(Lang::En, "majority-can-elect", &args), "5 nodes, majority 3, reachable 3: can elect");
    assert_eq!(say(Lang::En, "rows-n", &[("n", 11_000.into())]), "11,000 rows");
    assert_eq!(say(Lang::En, "rows-n", &[("n", 1.into())]), "1 row");
    assert_eq!(say(Lang::En, "no-such-message", &[]), "no-such-message");
}
