//! The map (ARCHITECTURE.md) stays short, and names files that exist; so do other documents, and comments.
//!
//! Guarantees: every path in backquotes of the map that ends as a file does, or that has the name of a folder before
//! it, leads to a file or folder of the tree, from its root, from `crates/`, or from a crate or part of the page that
//! the same row or paragraph names; names in brackets after a file are in that file. Links to other pages lead
//! somewhere too. Every path from the root of the tree to a file that any document, catalogue, manifest, lesson or
//! comment cites leads there. README.md names every crate. No line of comments is longer than 120 characters.
//!
//! Leaves out: other names of functions and types, short paths outside the map, and whether what is said is right.

#![cfg(not(target_family = "wasm"))]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The most lines that a map may have.
const MOST_LINES: usize = 250;

fn tree() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files below `folder`, as paths from the root of the tree.
fn files(folder: &Path, found: &mut Vec<String>) {
    let entries = std::fs::read_dir(tree().join(folder)).expect("a folder of the tree can be read");
    for entry in entries {
        let entry = entry.expect("an entry of the tree can be read");
        let path = folder.join(entry.file_name());
        if entry.file_type().expect("an entry has a type").is_dir() {
            files(&path, found);
        } else {
            found.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
}

/// Every file of the parts of the tree that the map describes.
fn all_files() -> Vec<String> {
    let mut found: Vec<String> = vec!["README.md".to_owned(), "CONTRIBUTING.md".to_owned()];
    for folder in [
        "crates", "docs", "e2e", "examples", "fuzz", "lessons", "npm", "page", "src", "tests", "www", "xtask",
    ] {
        if !tree().join(folder).is_dir() {
            continue;
        }
        files(Path::new(folder), &mut found);
    }
    found
}

/// Rows of tables, and paragraphs and points of lists as one text each, without the drawings.
fn passages(map: &str) -> Vec<String> {
    let (mut found, mut drawing) = (vec![String::new()], false);
    for line in map.lines() {
        if line.starts_with("```") {
            drawing = !drawing;
        }
        if drawing || line.starts_with("```") {
            continue;
        }
        if line.is_empty() || line.starts_with('|') || line.starts_with("- ") {
            found.push(String::new());
        }
        if let Some(passage) = found.last_mut() {
            passage.push_str(line);
            passage.push(' ');
        }
    }
    found
}

/// What stands in backquotes, in order.
fn quoted(passage: &str) -> Vec<&str> {
    passage.split('`').skip(1).step_by(2).collect()
}

/// Whether `text` is written like a path.
fn is_path(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    let ends = [".rs", ".md", ".ftl", ".toml", ".js", ".json"].iter().any(|end| text.ends_with(end));
    plain && !text.starts_with('/') && !text.starts_with('.') && (ends || text.contains('/'))
}

/// `raft/src/reads.rs` is `crates/raft/src/reads.rs`; XX stands for a language.
fn written_out(path: &str) -> [String; 2] {
    let path = path.replace("XX", "en");
    [path.clone(), format!("crates/{path}")]
}

/// The files that a passage may mean by a path: from the root, from `crates/`, or below a place that it names.
fn meant<'a>(word: &str, places: &BTreeSet<String>, files: &'a [String]) -> Vec<&'a String> {
    let whole = written_out(word);
    let full: Vec<&String> = files.iter().filter(|file| whole.contains(file)).collect();
    if !full.is_empty() {
        return full;
    }
    let below = |file: &&String| places.iter().any(|place| file.starts_with(&format!("{place}/")));
    files.iter().filter(|file| file.ends_with(&format!("/{word}"))).filter(below).collect()
}

/// Where a short name may be: the crates and parts of the page that a passage names.
fn places(passage: &str, files: &[String], folders: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in quoted(passage) {
        let there = |path: &str| {
            folders.contains(path.trim_end_matches('/')) || files.iter().any(|file| file == path)
        };
        let Some(full) = written_out(word).into_iter().find(|path| there(path)) else { continue };
        let parts: Vec<&str> = full.split('/').collect();
        found.insert(parts[..parts.len().min(2)].join("/"));
    }
    found
}

/// The names in brackets right after a path, as in “`lib.rs` (`execute`, `dispatch`)”, with that path.
fn named_items(passage: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = passage.split('`').collect();
    let mut found = Vec::new();
    for at in (1..parts.len()).step_by(2).filter(|at| parts[*at].ends_with(".rs")) {
        let mut next = at + 1;
        let mut between = " (";
        while parts.get(next) == Some(&between) && next + 1 < parts.len() {
            found.push((parts[at], parts[next + 1]));
            (next, between) = (next + 2, ", ");
        }
    }
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    found.into_iter().filter(|(_, name)| is_name(name)).collect()
}

/// Whether a name stands in a text as a word of its own.
fn has_word(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part))
}

/// The paths that a passage names and that lead nowhere.
fn lost(passage: &str, files: &[String], folders: &BTreeSet<String>) -> Vec<String> {
    let there =
        |path: &str| folders.contains(path.trim_end_matches('/')) || files.iter().any(|file| file == path);
    let places = places(passage, files, folders);
    let mut found = Vec::new();
    for word in quoted(passage).into_iter().filter(|word| is_path(word)) {
        let whole = written_out(word).iter().any(|path| there(path));
        let any_lesson = word.contains('*');
        let short = !meant(word, &places, files).is_empty();
        if !(whole || short || any_lesson) {
            found.push(word.to_owned());
        }
    }
    found
}

fn folders(files: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in files {
        let ends = file.match_indices('/').map(|(end, _)| file[..end].to_owned());
        found.extend(ends);
    }
    found
}

#[test]
fn every_path_of_the_map_leads_to_a_file() {
    let map = std::fs::read_to_string(tree().join("ARCHITECTURE.md")).expect("the map can be read");
    let files = all_files();
    let folders = folders(&files);
    let paths: Vec<&str> = map.lines().flat_map(quoted).filter(|word| is_path(word)).collect();
    assert!(paths.len() > 100, "the map names files: {paths:?}");
    let lost: Vec<String> =
        passages(&map).iter().flat_map(|passage| lost(passage, &files, &folders)).collect();
    assert!(lost.is_empty(), "ARCHITECTURE.md names files that are not there: {lost:?}");
    for passage in passages(&map) {
        let places = places(&passage, &files, &folders);
        for (path, name) in named_items(&passage) {
            let there = meant(path, &places, &files).into_iter().any(|file| {
                let text = std::fs::read_to_string(tree().join(file)).expect("a file can be read");
                has_word(&text, name)
            });
            assert!(there, "ARCHITECTURE.md looks for `{name}` in {path}");
        }
    }
    for link in map.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(tree().join(link).exists(), "ARCHITECTURE.md links to {link}");
    }
    assert!(map.lines().count() <= MOST_LINES, "{} lines", map.lines().count());
}

/// Folders of the root: a cited path begins with one of them.
const ROOTS: [&str; 12] =
    ["crates", "docs", "e2e", "examples", "fuzz", "lessons", "npm", "page", "src", "tests", "www", "xtask"];

/// How files end that documents and comments cite.
const ENDS: [&str; 9] = [".rs", ".md", ".ftl", ".toml", ".js", ".json", ".jsonl", ".html", ".css"];

/// What names files of other projects too, from the root of those, or is another's.
const ABOUT_OTHERS: [&str; 2] = ["docs/comparison.md", "e2e/vendor/"];

/// The part of a file that is read by people: all of a document, the comments of the rest.
fn prose(file: &str, text: &str) -> String {
    let begin = match file.rsplit('.').next() {
        Some("md") => return text.to_owned(),
        Some("rs" | "js" | "ts" | "jsonc") => "//",
        Some("ftl" | "toml" | "yml" | "yaml") => "#",
        Some("css" | "html") => return text.to_owned(),
        _ => return String::new(),
    };
    let comments = text.lines().filter_map(|line| line.find(begin).map(|at| &line[at..]));
    comments.collect::<Vec<_>>().join("\n")
}

/// The paths from the root of the tree in a text.
fn cited(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || "_-./*…".contains(c)))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| {
            ROOTS.iter().any(|root| word.strip_prefix(root).is_some_and(|rest| rest.starts_with('/')))
        })
        .filter(|word| ENDS.iter().any(|end| word.ends_with(end)))
        // `lessons/*/zh.md` and `docs/decisions/NNNN-title.md` stand for many.
        .filter(|word| !word.contains(['*', '…']) && !word.contains("NN") && !word.contains("XX"))
}

/// Whether a cited path leads to a file: from the root, or from a folder that has the citing file in it.
fn is_there(citing: &str, path: &str, files: &BTreeSet<String>) -> bool {
    let mut place = Some(citing);
    while let Some(at) = place {
        let folder = at.rsplit_once('/').map(|(folder, _)| folder);
        let whole = folder.map_or(path.to_owned(), |folder| format!("{folder}/{path}"));
        if files.contains(&whole) {
            return true;
        }
        place = folder;
    }
    false
}

#[test]
fn every_path_that_a_document_or_a_comment_cites_leads_to_a_file() {
    let mut files: Vec<String> = all_files();
    for root in [
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "Cargo.toml",
        "build.rs",
        "clippy.toml",
        "index.html",
        "Trunk.toml",
    ] {
        files.push(root.to_owned());
    }
    let there: BTreeSet<String> = files.iter().cloned().collect();
    let (mut lost, mut count) = (Vec::new(), 0);
    let ours = |file: &&String| !ABOUT_OTHERS.iter().any(|other| file.starts_with(other));
    for file in files.iter().filter(ours) {
        let Ok(text) = std::fs::read_to_string(tree().join(file)) else { continue };
        for path in cited(&prose(file, &text)) {
            count += 1;
            if !is_there(file, path, &there) {
                lost.push(format!("{file} cites {path}"));
            }
        }
    }
    assert!(count > 200, "documents and comments cite files: {count}");
    assert!(lost.is_empty(), "files that are not there: {lost:#?}");
}

#[test]
fn a_cited_file_that_is_not_there_is_found() {
    let there: BTreeSet<String> =
        ["crates/wal/src/replay.rs".to_owned(), "docs/wal-format.md".to_owned()].into();
    let check = |citing: &str, text: &str, lost: &[&str]| {
        let text = prose(citing, text);
        let found: Vec<&str> = cited(&text).filter(|path| !is_there(citing, path, &there)).collect();
        assert_eq!(found, lost, "{citing}");
    };
    check("README.md", "`crates/wal/src/replay.rs`, (docs/wal-format.md).", &[]);
    check("README.md", "See src/wal/replay.rs.", &["src/wal/replay.rs"]);
    check("crates/wal/README.md", "`src/replay.rs` and `src/gone.rs`", &["src/gone.rs"]);
    // Written with a sign in place of the slashes, so that this file does not cite it.
    let code = "let path = \"src/gone.rs\"; § docs/gone.md".replace('§', "//");
    check("crates/raft/src/lib.rs", &code, &["docs/gone.md"]);
    check("crates/i18n/catalogues/en.ftl", "a = src/gone.rs\n# src/sim/gone.rs", &["src/sim/gone.rs"]);
    check("docs/a.md", "lessons/*/zh.md, docs/decisions/NNNN-title.md, https://x.org/src/gone.rs", &[]);
}

#[test]
fn no_line_of_comments_is_longer_than_120_characters() {
    let mut long = Vec::new();
    for file in all_files().iter().filter(|file| file.ends_with(".rs")) {
        let text = std::fs::read_to_string(tree().join(file)).expect("a file of the tree can be read");
        for (at, line) in text.lines().enumerate() {
            // A row of a table cannot be wrapped.
            let is_comment = line.trim_start().starts_with("//") && !line.contains("//! |");
            if is_comment && line.chars().count() > 120 {
                long.push(format!("{file}:{}", at + 1));
            }
        }
    }
    assert!(long.is_empty(), "comments longer than 120 characters: {long:#?}");
}

#[test]
fn readme_names_every_crate_and_every_folder_of_the_page_and_the_tools() {
    let text = std::fs::read_to_string(tree().join("README.md")).expect("the file can be read");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
    // The first cell names folders: `crates/raft`, `wal` and `sim` are three below `crates/`.
    let named: BTreeSet<&str> = rows
        .iter()
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(quoted)
        .map(|word| word.trim_end_matches('/').trim_start_matches("crates/"))
        .collect();
    let mut wanted: Vec<String> = vec!["src/ui".to_owned(), "src/web".to_owned()];
    for (folder, before) in [("crates", ""), ("page", "page/"), ("", "")] {
        for entry in std::fs::read_dir(tree().join(folder)).expect("a folder of the tree can be read") {
            let entry = entry.expect("an entry of the tree can be read");
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_code =
                ["src", "crates", "page", "target", "dist"].contains(&name.as_str()) && folder.is_empty();
            if entry.path().is_dir() && !name.starts_with('.') && !is_code {
                wanted.push(format!("{before}{name}"));
            }
        }
    }
    let missing: Vec<&String> = wanted.iter().filter(|name| !named.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "README.md does not name {missing:?}");
}

#[test]
fn a_file_that_is_not_there_is_found() {
    let files = vec!["crates/wal/src/replay.rs".to_owned(), "crates/raft/src/reads.rs".to_owned()];
    let folders = folders(&files);
    let lost = |passage: &str| lost(passage, &files, &folders);
    assert!(lost("| a | `wal/src/replay.rs`; `replay.rs` | ").is_empty());
    assert_eq!(lost("`wal/src/gone.rs` and `wal/gone/`"), ["wal/src/gone.rs", "wal/gone/"]);
    // A short name counts only below a crate that the same passage names.
    assert_eq!(lost("`wal/src/replay.rs`, `reads.rs`"), ["reads.rs"]);
    let items =
        named_items("`a.rs` (`one`, `Two`) and `b.rs`, `c.rs` (`three`, that is four; `five`), `d.rs` (x)");
    assert_eq!(items, [("a.rs", "one"), ("a.rs", "Two"), ("c.rs", "three")]);
    assert!(has_word("fn one() {}", "one") && !has_word("fn one_more() {}", "one"));
}
