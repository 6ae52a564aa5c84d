//! `cargo xtask lint`: automated code checks.
//!
//! Guarantees: all checks run, then all that failed are named. Leaves out: tests, and layer edges, which cargo
//! enforces: each layer is a crate.

use std::collections::BTreeMap;

use crate::run::{output, run};
use crate::{Outcome, tools};

/// The target of the page.
const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];

/// Licences of the page and its tools that require no more than a notice.
const LICENCES: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    // Data: the certificates of public authorities. Nothing but its text has to be passed on.
    "CDLA-Permissive-2.0",
    "ISC",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "0BSD",
];

/// A check and its name.
type Check = (&'static str, fn() -> Outcome);

/// Runs every check and names those that failed.
pub(crate) fn lint() -> Outcome {
    tools::wasm_target()?;
    let checks: [Check; 6] = [
        ("formatting", || run(tools::cargo().args(["fmt", "--all", "--check"]))),
        ("clippy, native", || {
            run(tools::cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
        }),
        ("clippy, wasm32", || {
            run(tools::cargo().arg("clippy").args(WASM).args([
                "--all-targets",
                "--all-features",
                "--",
                "-D",
                "warnings",
            ]))
        }),
        ("rustdoc, native", || {
            run(tools::cargo().args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
        }),
        ("rustdoc, wasm32", || {
            run(tools::cargo()
                .args(["doc", "--no-deps", "--all-features"])
                .args(WASM)
                .env("RUSTDOCFLAGS", "-D warnings"))
        }),
        ("licences", licences),
    ];
    let mut failed = Vec::new();
    for (name, check) in checks {
        println!("xtask: {name}");
        if let Err(why) = check() {
            eprintln!("xtask: {why}");
            failed.push(name);
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("lint failed: {}", failed.join("; "))) }
}

/// Checks the licence of every crate that is compiled, on any target, against the list above.
fn licences() -> Outcome {
    let listing = output(tools::cargo().args([
        "tree",
        "--workspace",
        "--target",
        "all",
        "--edges",
        "normal,build,dev",
        "--prefix",
        "none",
        "--format",
        "{p}\t{l}",
    ]))
    .ok_or("cargo tree failed")?;
    let mut refused = BTreeMap::new();
    for line in listing.lines() {
        let Some((package, licence)) = line.split_once('\t') else { continue };
        // A crate that was printed before carries a mark.
        let licence = licence.trim_end_matches(" (*)");
        if !allowed(licence) {
            refused.insert(package.to_owned(), licence.to_owned());
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    let list: Vec<String> =
        refused.iter().map(|(package, licence)| format!("  {package}: {licence:?}")).collect();
    Err(format!(
        "crates with a licence that is not on the list in xtask/src/lint.rs:\n{}\n\
         Choose another crate, or add the licence there after reading it.",
        list.join("\n")
    ))
}

/// Whether an SPDX expression can be satisfied from the list: one side of an OR, every side of an AND. An empty
/// expression cannot.
fn allowed(expression: &str) -> bool {
    let expression = expression.trim();
    // The old way to write OR.
    let expression = expression.replace('/', " OR ");
    if let Some(sides) = split_outside_brackets(&expression, " OR ") {
        return sides.iter().any(|side| allowed(side));
    }
    if let Some(sides) = split_outside_brackets(&expression, " AND ") {
        return sides.iter().all(|side| allowed(side));
    }
    if let Some(inner) = expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return allowed(inner);
    }
    LICENCES.contains(&expression.trim())
}

/// Splits at a word outside brackets; none when the word is not there.
fn split_outside_brackets<'a>(text: &'a str, word: &str) -> Option<Vec<&'a str>> {
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && at >= from && text[at..].starts_with(word) => {
                parts.push(&text[from..at]);
                from = at + word.len();
            }
            _ => {}
        }
    }
    if parts.is_empty() {
        return None;
    }
    parts.push(&text[from..]);
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_spdx_means_them() {
        assert!(allowed("MIT OR Apache-2.0"));
        assert!(allowed("MIT/Apache-2.0"));
        assert!(allowed("GPL-3.0 OR MIT"));
        assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(allowed("Apache-2.0 WITH LLVM-exception OR GPL-2.0"));
        assert!(!allowed("(MIT OR Apache-2.0) AND GPL-3.0"));
        assert!(!allowed("GPL-3.0"));
        assert!(!allowed(""));
    }
}
