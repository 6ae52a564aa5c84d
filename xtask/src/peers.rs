//! Fetches the packages that `cargo xtask bench peers` measures beside the lab.
//!
//! Guarantees: exactly the versions and hashes of `e2e/peers/package-lock.json`, which npm checks; nothing of them is
//! in the repository, and none of their scripts runs; they lie in `peers` below the target folder, where the page that
//! measures them is served from. Leaves out: measuring (`e2e/src/bin/bench/peers.rs`).

use std::fs;
use std::path::{Path, PathBuf};

use crate::path::on_path;
use crate::run::run;
use crate::{root, target, tools};

const LOCK: &str = "package-lock.json";
/// A copy of the lock file that the packages beside it were fetched by.
const FETCHED: &str = "fetched.json";

/// The folder to serve; or why there is none.
pub(crate) fn fetch() -> Result<PathBuf, String> {
    let (source, folder) = (root().join("e2e/peers"), target().join("peers"));
    let fault = |path: &Path, why: std::io::Error| format!("{}: {why}", path.display());
    fs::create_dir_all(&folder).map_err(|why| fault(&folder, why))?;
    for entry in fs::read_dir(&source).map_err(|why| fault(&source, why))?.flatten() {
        let to = folder.join(entry.file_name());
        fs::copy(entry.path(), &to).map_err(|why| fault(&to, why))?;
    }
    if are_there(&folder) {
        return Ok(folder);
    }
    if on_path("npm").is_none() {
        return Err("npm is not found: install Node.js, which brings it (https://nodejs.org)".to_owned());
    }
    println!(
        "xtask: fetching PGlite, pgvector, sqlite-vec, hnswlib-wasm and edgevec into {} with npm (14 MB), because they \
         are measured beside the lab.",
        folder.display()
    );
    let mut npm = tools::command("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--prefix"]);
    run(npm.arg(&folder)).map_err(|why| {
        // Part of them is as good as none.
        let _ = fs::remove_dir_all(folder.join("node_modules"));
        format!("{why}: either the npm registry cannot be reached, or a package is not the one in e2e/peers/{LOCK}")
    })?;
    let to = folder.join(FETCHED);
    fs::copy(folder.join(LOCK), &to).map_err(|why| fault(&to, why))?;
    Ok(folder)
}

/// Whether the packages of this lock file have been fetched.
fn are_there(folder: &Path) -> bool {
    let read = |name: &str| fs::read(folder.join(name)).ok();
    folder.join("node_modules").is_dir() && read(LOCK).is_some() && read(LOCK) == read(FETCHED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_has_a_version_and_a_hash() {
        let lock = fs::read_to_string(root().join("e2e/peers").join(LOCK)).unwrap();
        let packages = lock.matches("\"node_modules/").count();
        assert_eq!(packages, 5);
        assert_eq!(lock.matches("\"integrity\": \"sha512-").count(), packages);
    }

    #[test]
    fn another_lock_file_asks_for_other_packages() {
        let folder = std::env::temp_dir().join(format!("quorum-peers-{}", std::process::id()));
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        fs::write(folder.join(LOCK), "one").unwrap();
        assert!(!are_there(&folder));
        fs::write(folder.join(FETCHED), "one").unwrap();
        assert!(are_there(&folder));
        fs::write(folder.join(LOCK), "two").unwrap();
        assert!(!are_there(&folder));
        fs::remove_dir_all(folder).unwrap();
    }
}
