//! A copy of the built page, from which files can be removed.
//!
//! Guarantees: it is deleted when it is dropped. Leaves out: serving it (`server`).

use std::fs;
use std::path::{Path, PathBuf};

use crate::Server;
use crate::folders::artefacts;

/// The copy.
#[derive(Debug)]
pub struct Copy(PathBuf);

impl Copy {
    /// Copies the built page, under a name that no other test uses.
    pub fn new(name: &str) -> Self {
        let root = artefacts().join(format!("page-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&root));
        copy(&Server::root_of_the_page(), &root);
        Self(root)
    }

    /// Copies the built page, with every file compressed with Brotli at 11: to be served with that encoding.
    pub fn compressed(name: &str) -> Self {
        let copied = Self::new(name);
        compress_all(&copied.0);
        copied
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.0
    }

    /// The file of a text, such as `en` or `crash-recovery.zh`.
    pub fn text(&self, name: &str) -> PathBuf {
        let beginning = format!("{name}.");
        // The name is followed by the hash and the extension.
        find(&self.0.join("texts"), |file| {
            file.strip_prefix(&beginning).is_some_and(|rest| rest.matches('.').count() == 1)
        })
    }
}

fn find(folder: &Path, is_it: impl Fn(&str) -> bool) -> PathBuf {
    let entries = fs::read_dir(folder).expect("a folder of the page");
    let mut files = entries.flatten().map(|entry| entry.path());
    let found = files.find(|path| is_it(&path.file_name().unwrap_or_default().to_string_lossy()));
    found.unwrap_or_else(|| panic!("{} has no such file", folder.display()))
}

impl Drop for Copy {
    fn drop(&mut self) {
        // What stays is in the system's folder for temporary files.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// The bytes as a host sends them that compresses what it serves once and for all, in the encoding that every browser
/// with WebAssembly takes.
pub fn compressed(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut bytes) = (Vec::new(), bytes);
    let params = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut bytes, &mut out, &params).expect("memory takes what is written");
    out
}

fn compress_all(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            compress_all(&path);
        } else {
            let bytes = fs::read(&path).expect("a file of the page");
            fs::write(&path, compressed(&bytes)).expect("room for a copy");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("room for a copy");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("room for a copy");
        }
    }
}
