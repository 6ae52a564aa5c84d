//! The last step of building the page, which Trunk calls when everything else lies in its staging folder
//! (`Trunk.toml`): puts the texts beside the program.
//!
//! Promises: the texts are the ones whose hashes the program was built with, because the same code packs both. Leaves
//! out: whatever Trunk does itself.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use quorum_texts::parcel::FOLDER;

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
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).ok_or_else(|| format!("Trunk sets {name}"));
    write_texts(&folder("TRUNK_SOURCE_DIR")?, &folder("TRUNK_STAGING_DIR")?)
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
