//! The files of a page in memory, by their paths.
//!
//! Guarantees: in the order of their paths, whatever the file system says. Leaves out: what they mean.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use crate::fault;

/// The document.
pub(crate) const DOCUMENT: &str = "index.html";
/// How the file of the program's main module ends.
const MODULE: &str = "_bg.wasm";
/// How it begins.
const PROGRAM: &str = "quorum-lab-";
/// Files that are compressed already, or so short that a header costs more.
const NOT_COMPRESSED: &str = "png";
const SHORT_BYTES: usize = 256;

/// The files, by path from the page's address, with slashes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    /// Reads a page's folder.
    pub(crate) fn read(page: &Path) -> Result<Self, String> {
        let mut files = Self::default();
        files.read_folder(page, "")?;
        files.text(DOCUMENT)?;
        files.program()?;
        if files.0.contains_key("sw.js") {
            return Err(format!("{} is a published page, and not one as it is built", page.display()));
        }
        Ok(files)
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> Result<(), String> {
        for entry in fs::read_dir(folder).map_err(|why| fault(folder, why))?.flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_str().ok_or_else(|| format!("{}: not a name for the web", path.display()))?;
            if path.is_dir() {
                self.read_folder(&path, &format!("{prefix}{name}/"))?;
            } else {
                self.put(&format!("{prefix}{name}"), fs::read(&path).map_err(|why| fault(&path, why))?);
            }
        }
        Ok(())
    }

    /// Adds a file, or replaces it.
    pub(crate) fn put(&mut self, path: &str, bytes: Vec<u8>) {
        self.0.insert(path.to_owned(), bytes);
    }

    /// Every file with its path.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// A file of text.
    pub(crate) fn text(&self, path: &str) -> Result<&str, String> {
        let bytes = self.0.get(path).ok_or_else(|| format!("the page has no {path}"))?;
        std::str::from_utf8(bytes).map_err(|_| format!("{path} is not text"))
    }

    /// The prefix of the program's files.
    pub(crate) fn program(&self) -> Result<&str, String> {
        let mut names = self.0.keys().filter_map(|path| path.strip_suffix(MODULE));
        match (names.next(), names.next()) {
            (Some(name), None) => Ok(name),
            (None, _) => Err("the page has no program".to_owned()),
            _ => Err("the page has more than one program".to_owned()),
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// How long they are together.
    pub(crate) fn bytes(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }
}

/// Whether a folder has the lab's program, of any build.
pub(crate) fn has_program(folder: &Path) -> bool {
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.filter_map(|name| name.into_string().ok()).any(|n| n.starts_with(PROGRAM) && n.ends_with(MODULE))
}

/// The hash of a file, as the service worker computes it too: the first 64 bits of its SHA-256.
pub(crate) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A file in gzip, with the same bytes each time: without a name and without a date.
pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.map_err(|why| format!("gzip: {why}"))
}

fn brotli(mut bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut bytes, &mut out, &params).map_err(|why| format!("brotli: {why}"))?;
    Ok(out)
}

/// Writes the files into a folder. `compressed` writes a file in gzip and in Brotli beside each that gets shorter.
pub(crate) fn write_all(files: &Files, folder: &Path, compressed: bool) -> Result<(), String> {
    for (path, bytes) in files.all() {
        let to = folder.join(path);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(|why| fault(parent, why))?;
        }
        fs::write(&to, bytes).map_err(|why| fault(&to, why))?;
        if !compressed || path.ends_with(NOT_COMPRESSED) || bytes.len() < SHORT_BYTES {
            continue;
        }
        for (ending, short) in [("gz", gzip(bytes)?), ("br", brotli(bytes)?)] {
            let copy = folder.join(format!("{path}.{ending}"));
            if short.len() < bytes.len() {
                fs::write(&copy, short).map_err(|why| fault(&copy, why))?;
            }
        }
    }
    Ok(())
}
