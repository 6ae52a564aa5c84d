//! The map (ARCHITECTURE.md) names files that exist and stays short.
//!
//! Guarantees: every path in backquotes that ends as a file does, or that has the name of a folder before it, leads to
//! a file or folder of the tree, from its root, from `crates/`, or from a crate or part of the page that the same row
//! or paragraph names. Links to other pages lead somewhere too.
//! Leaves out: names of functions and types, and whether what the map says about a file is right.

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
    for folder in ["src", "crates", "page", "xtask", "e2e", "tests", "fuzz", "docs", "lessons", "www", "npm"]
    {
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

/// The paths that a passage names and that lead nowhere.
fn lost(passage: &str, files: &[String], folders: &BTreeSet<String>) -> Vec<String> {
    let there =
        |path: &str| folders.contains(path.trim_end_matches('/')) || files.iter().any(|file| file == path);
    // Where a short name may be: the crates and parts of the page that the passage names.
    let mut places: BTreeSet<String> = BTreeSet::new();
    for word in quoted(passage) {
        let full = written_out(word).into_iter().find(|path| there(path));
        let Some(full) = full else { continue };
        let parts: Vec<&str> = full.split('/').collect();
        places.insert(parts[..parts.len().min(2)].join("/"));
    }
    let mut found = Vec::new();
    for word in quoted(passage).into_iter().filter(|word| is_path(word)) {
        let whole = written_out(word).iter().any(|path| there(path));
        let any_lesson = word.contains('*');
        let short = files.iter().any(|file| {
            file.ends_with(&format!("/{word}"))
                && places.iter().any(|place| file.starts_with(&format!("{place}/")))
        });
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
    for link in map.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(tree().join(link).exists(), "ARCHITECTURE.md links to {link}");
    }
    assert!(map.lines().count() <= MOST_LINES, "{} lines", map.lines().count());
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
}
