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
    let (option, path) = place(args)?;
    // The commands run in the project's folder, and the path was meant from here.
    let path = if path.is_absolute() || args.is_empty() { path } else { here()?.join(path) };
    page::build(Form::Real, &mut |command| run::run(command))?;
    let mut publish = tools::cargo();
    publish.args(["run", "--quiet", "--release", "--package", "quorum-dist", "--", "--page"]);
    run::run(publish.arg(Form::Real.folder()).arg(option).arg(path))
}

fn here() -> Result<PathBuf, String> {
    std::env::current_dir().map_err(|why| format!("the current folder: {why}"))
}

/// What the arguments ask for: the option and the path for `quorum-dist`.
fn place(args: &[String]) -> Result<(&'static str, PathBuf), String> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        [] => Ok(("--out", FOLDER.into())),
        ["--out", path] => Ok(("--out", path.into())),
        ["--single-file", path] => Ok(("--single-file", path.into())),
        _ => Err("`dist` takes --out DIR or --single-file FILE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_is_read_and_anything_else_refused() {
        let read = |args: &str| place(&args.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(read(""), Ok(("--out", "dist".into())));
        assert_eq!(read("--out a/b"), Ok(("--out", "a/b".into())));
        assert_eq!(read("--single-file a.html"), Ok(("--single-file", "a.html".into())));
        for bad in ["--out", "a", "--single-file", "--out a --single-file b", "--real"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
