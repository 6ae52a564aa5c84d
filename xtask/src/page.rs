//! Building the page without Trunk: compiled by cargo, made callable by wasm-bindgen, finished by `quorum-finish`.
//!
//! Promises: two forms. The fast one, for tests that click, is compiled for a short time to the end of its tests (Cargo's profile
//! `ci-page`); the real one is compiled as Trunk compiles what learners get, so that its size can be held. A page is put
//! together in a folder of its own and takes the place of the one before it only when it is whole. What has not changed is not
//! put together again. Leaves out: serving it, and making scripts and styles smaller, which Trunk does: the real page is never smaller
//! here than there.

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
}

/// A program of the page: its package, its binary, whether it goes without default features, and Cargo's profile of the real page.
struct Program {
    package: &'static str,
    binary: &'static str,
    slim: bool,
    profile: &'static str,
}

/// The programs that index.html names.
const PROGRAMS: [Program; 2] = [
    Program { package: "quorum-lab", binary: "quorum-lab", slim: true, profile: "page" },
    Program { package: "quorum-whole", binary: "quorum-whole", slim: false, profile: "whole" },
];

/// What the page is made of besides its programs.
const PARTS: [&str; 5] = ["index.html", "www", "lessons", "src/words", "page"];

impl Form {
    /// Where it lies when it has been built.
    pub(crate) fn folder(self) -> PathBuf {
        target().join("page").join(match self {
            Self::Fast => "fast",
            Self::Real => "real",
        })
    }
}

/// Builds the page in a form. `run` runs one command after the other and says whether each succeeded.
pub(crate) fn build(form: Form, run: &mut dyn FnMut(&mut Command) -> Outcome) -> Outcome {
    let mut compiled = Vec::new();
    for program in &PROGRAMS {
        let profile = if form == Form::Fast { "ci-page" } else { program.profile };
        run(&mut compile(program, profile))?;
        let file = format!("wasm32-unknown-unknown/{profile}/{}.wasm", program.binary);
        compiled.push((program.binary, target().join(file)));
    }
    let folder = form.folder();
    let stamp = Stamp::beside(&folder);
    let mut hash = Hash::default();
    for (_, file) in &compiled {
        hash.file(file)?;
    }
    for part in PARTS {
        hash.everything_in(&root().join(part))?;
    }
    if folder.join("index.html").is_file() && stamp.says(&hash) {
        return Ok(());
    }
    stamp.forget();
    let staging = folder.with_extension("new");
    let fault = |path: &Path, why: std::io::Error| format!("{}: {why}", path.display());
    // Left over if a build before this one was stopped.
    let _ = fs::remove_dir_all(&staging);
    fs::create_dir_all(&staging).map_err(|why| fault(&staging, why))?;
    for (binary, file) in &compiled {
        let mut bind = tools::command("wasm-bindgen");
        bind.args(["--target", "web", "--no-typescript", "--out-name", binary, "--out-dir"]);
        run(bind.arg(&staging).arg(file))?;
    }
    let mut finish = tools::cargo();
    finish.args(["run", "--quiet", "--package", "quorum-finish", "--", "--source", ".", "--staging"]);
    finish.arg(&staging);
    if form == Form::Real {
        finish.arg("--shorten");
    }
    run(&mut finish)?;
    let _ = fs::remove_dir_all(&folder);
    fs::rename(&staging, &folder).map_err(|why| fault(&folder, why))?;
    stamp.write(&hash)
}

fn compile(program: &Program, profile: &str) -> Command {
    let mut cargo = tools::cargo();
    cargo.args(["build", "--target", "wasm32-unknown-unknown", "--profile", profile]);
    cargo.args(["--package", program.package, "--bin", program.binary]);
    if program.slim {
        cargo.arg("--no-default-features");
    }
    cargo
}
