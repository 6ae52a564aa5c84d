//! Builds the page without Trunk: compiled by cargo, cut into chunks and finished by `quorum-finish`.
//!
//! Guarantees: three forms. The fast one, for tests that click, minimises the time until its tests are over (Cargo's
//! profile `ci-page`); the real one is compiled as Trunk compiles what learners get, so that its size can be checked;
//! the third is the real one with the benchmarks. A page is assembled in a separate folder and replaces the previous
//! one only when it is complete. What has not changed is not assembled again. Leaves out: serving it, and minifying
//! scripts, which Trunk does: the real page is never smaller here than there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::stamp::{Hash, Stamp};
use crate::{Outcome, root, target, tools};

/// A form of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For tests that click.
    Fast,
    /// As learners get it.
    Real,
    /// The same with the benchmarks, which learners do not get.
    Bench,
}

/// The program of the page.
const PROGRAM: &str = "quorum-lab";

/// The sources of the page besides its program, which contains the hashes of all its texts.
const PARTS: [&str; 3] = ["index.html", "www", "page"];

impl Form {
    /// The profile that cargo compiles it with.
    fn profile(self) -> &'static str {
        match self {
            Self::Fast => "ci-page",
            Self::Real | Self::Bench => "page",
        }
    }

    /// The feature that it is compiled with.
    fn feature(self) -> &'static str {
        if self == Self::Bench { "bench" } else { "split" }
    }

    /// Its folder when it has been built.
    pub(crate) fn folder(self) -> PathBuf {
        target().join("page").join(match self {
            Self::Fast => "fast",
            Self::Real => "real",
            Self::Bench => "bench",
        })
    }
}

/// Builds the page in a form. `run` runs one command after the other and returns whether each succeeded.
pub(crate) fn build(form: Form, run: &mut dyn FnMut(&mut Command) -> Outcome) -> Outcome {
    let profile = form.profile();
    let mut compile = tools::cargo();
    compile.args(["build", "--target", "wasm32-unknown-unknown", "--profile", profile]);
    run(compile.args(["--package", PROGRAM, "--bin", PROGRAM, "--features", form.feature()]))?;
    let compiled = target().join(format!("wasm32-unknown-unknown/{profile}/{PROGRAM}.wasm"));
    let folder = form.folder();
    let stamp = Stamp::beside(&folder);
    let mut hash = Hash::default();
    hash.file(&compiled)?;
    for part in PARTS {
        hash.everything_in(&root().join(part))?;
    }
    if folder.join("index.html").is_file() && stamp.says(&hash) {
        return Ok(());
    }
    stamp.forget();
    let staging = folder.with_extension("new");
    let fault = |path: &Path, why: std::io::Error| format!("{}: {why}", path.display());
    // Left over if an earlier build was stopped.
    let _ = fs::remove_dir_all(&staging);
    fs::create_dir_all(&staging).map_err(|why| fault(&staging, why))?;
    let mut finish = tools::cargo();
    finish.args(["run", "--quiet", "--package", "quorum-finish", "--", "--source", ".", "--program"]);
    run(finish.arg(&compiled).arg("--staging").arg(&staging))?;
    let _ = fs::remove_dir_all(&folder);
    fs::rename(&staging, &folder).map_err(|why| fault(&folder, why))?;
    stamp.write(&hash)
}
