//! The layers of `src/` point one way. This test reads the paths that each file names and holds them to the table.
//!
//! Promises: a failure names file, line, the edge that is missing and the way out. Leaves out: what the compiler
//! already holds (names, visibility) and what clippy.toml holds where types can be resolved.

use std::fs;
use std::path::{Path, PathBuf};

/// A layer, what it may name besides itself, and why not more. From the bottom up.
const LAYERS: &[(&str, &[&str], &str)] = &[
    ("types", &[], "words that every layer shares know none of them"),
    ("disk", &["types"], "a disk holds bytes and does not know what they mean"),
    ("wal", &["types", "disk"], "a log of opaque records: neither rows nor Raft"),
    ("vector", &["types"], "distances and indexes over plain slices"),
    (
        "db",
        &["types", "vector", "wal::format", "wal::Kind"],
        "the engine applies rows; of the log it knows how fields are written, not where they are kept",
    ),
    ("raft", &["types"], "pure: messages in, messages and entries to persist out"),
    ("history", &["types"], "a judge of histories knows nothing of whose they are"),
    (
        "sim",
        &["types", "disk", "wal", "db", "raft", "history"],
        "the world in which replicas run; no lessons, no pictures",
    ),
    (
        "milvus",
        &["types", "disk", "wal", "vector", "db", "raft", "sim"],
        "a cluster of the parts below; no lessons, no pictures",
    ),
    (
        "regions",
        &["types", "disk", "wal", "db", "sim"],
        "two clusters far apart, out of the engine below; no lessons, no pictures",
    ),
    ("lesson", &["types", "sim::event"], "lessons are judged by what happened, so events are all they read"),
    ("words", &["types"], "catalogues know languages, not the lab"),
    (
        "lab",
        &["types", "disk", "wal", "vector", "db", "raft", "sim", "milvus", "regions", "lesson", "words"],
        "the façade: the one door to all below, and no browser",
    ),
    (
        "drill",
        &["types", "lab", "lesson", "words"],
        "drills play on the façade and measure from its events; command line and page both show them",
    ),
    (
        "course",
        &["types", "lab", "lesson"],
        "lessons are checked by playing them on the façade, like any host",
    ),
    (
        "cli",
        &["types", "history", "sim::group", "lab", "drill", "course", "lesson", "words"],
        "the command line drives the façade like any other host, and a Raft group, which the façade does not have",
    ),
    (
        "web",
        &["types", "lab", "drill", "lesson", "words"],
        "a browser as host of the façade; it draws nothing",
    ),
    ("ui", &["types", "lab", "drill", "lesson", "words", "web"], "pictures of what the façade says"),
];

/// Files outside a layer: the roots, which name what there is.
const ROOTS: &[&str] = &["lib.rs", "main.rs"];

/// The layers that run alike everywhere: same seed, same commands, same digest.
const DETERMINISTIC: &[&str] = &[
    "types", "disk", "wal", "vector", "db", "raft", "history", "sim", "milvus", "regions", "lesson", "words",
    "lab", "drill",
];

/// What those layers may not name, and what to do instead.
const FORBIDDEN: &[(&[&str], &str)] = &[
    (&["std", "time"], "take virtual time from the caller"),
    (&["core", "time"], "take virtual time from the caller"),
    (&["async"], "the façade is synchronous; waiting is the host's business"),
    (&["await"], "the façade is synchronous; waiting is the host's business"),
    (&["HashMap"], "use BTreeMap: hash order is random"),
    (&["HashSet"], "use BTreeSet: hash order is random"),
    (&["std", "thread"], "one thread, so that events have one order"),
    (&["partial_cmp"], "use total_cmp: an order that NaN cannot upset"),
    (&["web_sys"], "browsers begin above the façade"),
    (&["js_sys"], "browsers begin above the façade"),
    (&["wasm_bindgen"], "browsers begin above the façade"),
    (&["getrandom"], "randomness comes from the run's seed"),
];

#[test]
fn layers_name_only_what_lies_below_them() {
    let mut faults = Vec::new();
    for file in sources() {
        let Some((layer, allowed, why)) = LAYERS.iter().find(|(name, ..)| *name == file.layer) else {
            if !ROOTS.contains(&file.path.as_str()) {
                faults
                    .push(format!("src/{}: not in a layer; add its edges to LAYERS in this test", file.path));
            }
            continue;
        };
        for (line, path) in crate_paths(&file) {
            let named = path.join("::");
            let fits = |edge: &str| named == edge || named.starts_with(&format!("{edge}::"));
            if path.is_empty() || path[0] == *layer || allowed.iter().any(|edge| fits(edge)) {
                continue;
            }
            faults.push(format!(
                "src/{}:{line}: {layer} names crate::{named}, but may name only {allowed:?}: {why}.\n    \
                 Move the code to a layer above both, pass the value in, or give the edge a reason in LAYERS and \
                 in ARCHITECTURE.md.",
                file.path
            ));
        }
    }
    report(&faults);
}

#[test]
fn layers_that_run_alike_everywhere_name_no_clock_thread_or_hash_order() {
    let mut faults = Vec::new();
    for file in sources().iter().filter(|file| DETERMINISTIC.contains(&file.layer.as_str())) {
        let words: Vec<&Token> = file.tokens.iter().filter(|token| token.text != ":").collect();
        for (names, way_out) in FORBIDDEN {
            for window in words.windows(names.len()) {
                if window.iter().zip(*names).all(|(token, name)| token.text == **name) {
                    let line = window[0].line;
                    faults.push(format!("src/{}:{line}: {}: {way_out}", file.path, names.join("::")));
                }
            }
        }
    }
    report(&faults);
}

#[test]
fn every_file_says_what_it_is_for() {
    let faults: Vec<String> = sources()
        .iter()
        .filter(|file| !file.text.starts_with("//!"))
        .map(|file| {
            format!("src/{}:1: begin with `//!`: what the module is for, promises and leaves out", file.path)
        })
        .collect();
    report(&faults);
}

/// The reading itself is held here, because a reader that sees nothing finds no faults.
#[test]
fn paths_are_read_through_groups_supers_and_comments() {
    let text = "//! crate::ui in a comment\nuse crate::{lab::{A, B}, words};\nuse super::super::raft::log;\n\
                const S: &str = \"crate::web\";\nmod tests { use super::*; use super::super::super::disk; \
                fn f<'a>(c: char) { ('\\'', 'x', '\"'); crate::db::q(); } }";
    let file =
        Source { path: "sim/net.rs".into(), layer: "sim".into(), tokens: tokens(text), text: text.into() };
    let found: Vec<String> =
        crate_paths(&file).into_iter().map(|(line, path)| format!("{line} {}", path.join("::"))).collect();
    assert_eq!(found, ["2 lab::A", "2 lab::B", "2 words", "3 raft::log", "5 sim::net", "5 disk", "5 db::q"]);
}

fn report(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// A source file.
struct Source {
    /// Its path below `src/`, with forward slashes.
    path: String,
    /// The folder or file directly below `src/` that it belongs to.
    layer: String,
    tokens: Vec<Token>,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let sources: Vec<Source> = files.iter().map(|file| read(&root, file)).collect();
    assert!(sources.len() > 10, "only {} files below {}", sources.len(), root.display());
    sources
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn read(root: &Path, file: &Path) -> Source {
    let text = fs::read_to_string(file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    let relative = file.strip_prefix(root).unwrap_or(file);
    let parts: Vec<String> = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let layer = parts[0].trim_end_matches(".rs").to_owned();
    Source { path: parts.join("/"), layer, tokens: tokens(&text), text }
}

/// A word or a mark of the language; comments and literals are left out.
#[derive(Debug)]
struct Token {
    line: usize,
    text: String,
}

/// Every path into the crate that a file names, with its line, resolved from `crate::`, `quorum_lab::` and `super::`.
fn crate_paths(file: &Source) -> Vec<(usize, Vec<String>)> {
    let mut module: Vec<String> = file.path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    let (mut paths, mut depth, mut inline) = (Vec::new(), 0, Vec::new());
    let mut at = 0;
    while let Some(token) = file.tokens.get(at) {
        let text = |ahead: usize| file.tokens.get(at + ahead).map_or("", |token| token.text.as_str());
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                if inline.last() == Some(&depth) {
                    inline.pop();
                    module.pop();
                }
            }
            "mod" if text(2) == "{" => {
                inline.push(depth);
                module.push(text(1).to_owned());
            }
            "crate" | "quorum_lab" if text(1) == ":" => {
                at = follow(&file.tokens, at + 3, Vec::new(), &mut paths);
                continue;
            }
            "super" => {
                let mut base = module.clone();
                while file.tokens.get(at).is_some_and(|token| token.text == "super") {
                    base.pop();
                    at += 3;
                }
                at = follow(&file.tokens, at, base, &mut paths);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    paths
}

/// Follows a path from a token on, through groups in braces; keeps the first two names, which is where edges end.
/// Returns the place after it.
fn follow(
    tokens: &[Token],
    mut at: usize,
    base: Vec<String>,
    paths: &mut Vec<(usize, Vec<String>)>,
) -> usize {
    let mut path = base;
    while let Some(token) = tokens.get(at) {
        let text = token.text.as_str();
        if text == "{" {
            at += 1;
            while tokens.get(at).is_some_and(|token| token.text != "}") {
                at = follow(tokens, at, path.clone(), paths);
                at += usize::from(tokens.get(at).is_some_and(|token| token.text == ","));
            }
            return at + 1;
        }
        if text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_') && text != "self" {
            path.push(text.to_owned());
        }
        let more = tokens.get(at + 1).is_some_and(|token| token.text == ":")
            && tokens.get(at + 2).is_some_and(|token| token.text == ":");
        if !more {
            path.truncate(2);
            paths.push((token.line, path));
            // `as` gives a name to what was named; the name itself is not a path.
            let renamed = tokens.get(at + 1).is_some_and(|token| token.text == "as");
            return at + if renamed { 3 } else { 1 };
        }
        at += 3;
    }
    at
}

/// Splits a file into tokens.
fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(raw) = raw_string(rest) {
            raw
        } else if c == '"' {
            string(rest)
        } else if c == '\'' {
            character_or_lifetime(rest)
        } else if c.is_alphanumeric() || c == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(Token { line, text: rest[..length].to_owned() });
            length
        } else {
            if !c.is_whitespace() {
                found.push(Token { line, text: c.to_string() });
            }
            c.len_utf8()
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// The length of a raw string at the beginning of a text, if there is one.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end)?;
    Some(text.len() - body.len() + length + end.len())
}

/// The length of a string literal, quotes included.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a character literal, or of the mark that begins a lifetime.
fn character_or_lifetime(text: &str) -> usize {
    if text.starts_with("'\\") {
        // The character after the backslash may itself be a quote.
        return text.char_indices().skip(3).find(|(_, c)| *c == '\'').map_or(text.len(), |(at, _)| at + 1);
    }
    match text.char_indices().nth(2) {
        Some((at, '\'')) => at + 1,
        _ => 1,
    }
}
