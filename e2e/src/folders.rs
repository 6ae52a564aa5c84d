//! Where tests leave files.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder for screenshots and profiles.
pub fn artefacts() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/e2e");
    fs::create_dir_all(&folder).expect("target/e2e can be made");
    folder
}
