//! The page to publish: built as learners get it, and made into a folder or a file by `quorum-dist`.
//!
//! Guarantees: options are read before anything is built. Leaves out: what a published page holds, and checks of the
//! folder that it replaces, which are `quorum-dist`'s.

use std::path::PathBuf;

use crate::page::{self, Form};
use crate::{Outcome, run, tools};

/// The folder unless another one is named.
const FOLDER: &str = "dist";

/// Builds the page and publishes it.
pub(crate) fn dist(args: &[String]) -> Outcome {
    let (option, path, run_text) = place(args)?;
    // The commands run in the project's folder, and the path was meant from here.
    let path = if path.is_absolute() || args.is_empty() { path } else { here()?.join(path) };
    page::build(Form::Real, &mut |command| run::run(command))?;
    let mut publish = tools::cargo();
    publish.args(["run", "--quiet", "--release", "--package", "quorum-dist", "--", "--page"]);
    publish.arg(Form::Real.folder()).arg(option).arg(path);
    run::run(publish.args(run_text.iter().flat_map(|text| ["--run", text])))
}

fn here() -> Result<PathBuf, String> {
    std::env::current_dir().map_err(|why| format!("the current folder: {why}"))
}

/// What the arguments ask for: the option and the path for `quorum-dist`, and the run that a single file holds.
fn place(args: &[String]) -> Result<(&'static str, PathBuf, Option<&str>), String> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        [] => Ok(("--out", FOLDER.into(), None)),
        ["--out", path] => Ok(("--out", path.into(), None)),
        ["--single-file", path] => Ok(("--single-file", path.into(), None)),
        ["--single-file", path, "--run", text] => Ok(("--single-file", path.into(), Some(text))),
        _ => Err("`dist` takes --out DIR, or --single-file FILE and --run TEXT".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_is_read_and_anything_else_refused() {
        let words = |args: &str| args.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for (args, option, path, run) in [
            ("", "--out", "dist", None),
            ("--out a/b", "--out", "a/b", None),
            ("--single-file a.html", "--single-file", "a.html", None),
            ("--single-file a.html --run AQ_", "--single-file", "a.html", Some("AQ_")),
        ] {
            assert_eq!(place(&words(args)), Ok((option, path.into(), run)));
        }
        for bad in ["--out", "a", "--single-file", "--out a --single-file b", "--out a --run b", "--real"] {
            assert!(place(&words(bad)).is_err(), "{bad}");
        }
    }
}
