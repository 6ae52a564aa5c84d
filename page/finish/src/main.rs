//! The last step of building the page, which Trunk calls when everything else lies in its staging folder
//! (`Trunk.toml`): puts the texts beside the program, makes program and glue smaller (`glue`), and joins the style sheets
//! (`styles`).
//!
//! Promises: the texts are the ones whose hashes the program was built with, because the same code packs both; files
//! whose bytes have changed have other names, so that no cache mixes builds. Leaves out: whatever Trunk does itself.

mod glue;
mod styles;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use quorum_texts::parcel::{self, FOLDER};

fn main() -> ExitCode {
    match finish() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("quorum-finish: {why}");
            ExitCode::FAILURE
        }
    }
}

fn finish() -> Result<(), String> {
    let folder =
        |name: &str| env::var_os(name).map(PathBuf::from).ok_or_else(|| format!("Trunk sets {name}"));
    let staging = folder("TRUNK_STAGING_DIR")?;
    write_texts(&folder("TRUNK_SOURCE_DIR")?, &staging)?;
    // While somebody works on the page, names that can be read are worth more than bytes.
    if env::var("TRUNK_PROFILE").is_ok_and(|profile| profile == "release") {
        shorten_program(&staging)?;
        styles::join(&staging).map_err(|why| why.to_string())?;
    }
    Ok(())
}

/// Makes program and glue smaller, and puts them under the hash of what they are now.
fn shorten_program(staging: &Path) -> Result<(), String> {
    let fault = |path: &Path, why: std::io::Error| format!("{}: {why}", path.display());
    let page = staging.join("index.html");
    let html = fs::read_to_string(&page).map_err(|why| fault(&page, why))?;
    let old = program_name(&html).ok_or("index.html names no program")?;
    let [glue, program] = [".js", "_bg.wasm"].map(|ending| staging.join(format!("{old}{ending}")));
    let text = fs::read_to_string(&glue).map_err(|why| fault(&glue, why))?;
    let bytes = fs::read(&program).map_err(|why| fault(&program, why))?;
    let (bytes, text) = glue::shorten(&bytes, &text)?;
    // The glue's names follow from the program's, and both from the bytes that Trunk hashed and from this package.
    let new = format!("{old}-{:08x}", parcel::hash(&text));
    for (old, ending, bytes) in [(glue, ".js", text.as_bytes()), (program, "_bg.wasm", &bytes)] {
        let path = staging.join(format!("{new}{ending}"));
        fs::write(&path, bytes).map_err(|why| fault(&path, why))?;
        fs::remove_file(&old).map_err(|why| fault(&old, why))?;
    }
    fs::write(&page, html.replace(old, &new)).map_err(|why| fault(&page, why))
}

/// What the program's files begin with, such as `quorum-lab-0123456789abcdef`.
fn program_name(html: &str) -> Option<&str> {
    let before = &html[..html.find("_bg.wasm")?];
    let from = before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '-')?;
    Some(&before[from + 1..])
}

/// Writes the texts under the names that the program asks for.
fn write_texts(source: &Path, staging: &Path) -> Result<(), String> {
    let fault = |path: &Path, why: std::io::Error| format!("{}: {why}", path.display());
    let folder = staging.join(FOLDER);
    fs::create_dir_all(&folder).map_err(|why| fault(&folder, why))?;
    for packed in quorum_texts::pack(source)?.apart() {
        let path = staging.join(packed.parcel.path());
        fs::write(&path, &packed.text).map_err(|why| fault(&path, why))?;
    }
    Ok(())
}
