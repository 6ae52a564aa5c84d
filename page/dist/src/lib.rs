//! The page as it is published, made of a page that `quorum-finish` has assembled: [`folder`] for any plain web server,
//! and [`single_file`] for a USB stick; the folder holds that file too.
//!
//! Guarantees: the same page gives the same bytes; a published folder works from any path, and names itself by the
//! hashes of its files, so that no cache mixes builds; a folder or file is replaced only when the new one is complete.
//! Leaves out: compiling the page (`cargo xtask page`), and serving it (docs/hosting.md).

mod glue;
mod head;
mod offline;
mod packed;
mod pages;

use std::fs;
use std::path::{Path, PathBuf};

use pages::{DOCUMENT, Files, write_all};

/// The single file in a published folder, which the page's share dialog saves with a run in it (`src/ui/share.rs`).
const ALONE: &str = "lab.html";

/// What was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// How many files the page has.
    pub files: usize,
    /// How long they are together, without their compressed copies.
    pub bytes: usize,
}

/// Publishes a page as a folder. `compressed` adds copies of its files in gzip and Brotli, which takes a minute.
pub fn folder(page: &Path, out: &Path, compressed: bool) -> Result<Published, String> {
    let mut files = Files::read(page)?;
    let script = packed::script(&files)?;
    let alone = packed::document(&files, &script, None)?;
    head::add_static_files(&mut files);
    offline::add(&mut files)?;
    // Only pages that cannot fetch need these, so that the service worker keeps neither.
    files.put(&format!("{}-files.js", files.program()?), script.into_bytes());
    files.put(ALONE, alone.into_bytes());
    let published = Published { files: files.count(), bytes: files.bytes() };
    replace(out, |staging| write_all(&files, staging, compressed))?;
    Ok(published)
}

/// Publishes a page as one file that runs without a server. With a run, as it stands after `#r=` in an address, the
/// file opens that run unless its own address names something else.
pub fn single_file(page: &Path, out: &Path, run: Option<&str>) -> Result<Published, String> {
    let files = Files::read(page)?;
    let html = packed::document(&files, &packed::script(&files)?, run)?;
    let published = Published { files: 1, bytes: html.len() };
    let staging = beside(out);
    let _ = fs::remove_file(&staging);
    if let Some(folder) = out.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|why| fault(folder, why))?;
    }
    fs::write(&staging, html).map_err(|why| fault(&staging, why))?;
    fs::rename(&staging, out).map_err(|why| fault(out, why))?;
    Ok(published)
}

/// Fills a folder beside another one, and then puts it into its place. Refuses to replace what is not a page of the
/// lab.
fn replace(out: &Path, write: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), String> {
    let is_page = out.join(DOCUMENT).is_file() && pages::has_program(out);
    let is_empty = fs::read_dir(out).map_or(!out.exists(), |mut inside| inside.next().is_none());
    if !is_page && !is_empty {
        return Err(format!(
            "{} holds something other than a page of the lab; name another folder",
            out.display()
        ));
    }
    let staging = beside(out);
    // Left over if an earlier one was stopped.
    let _ = fs::remove_dir_all(&staging);
    fs::create_dir_all(&staging).map_err(|why| fault(&staging, why))?;
    write(&staging)?;
    let _ = fs::remove_dir_all(out);
    fs::rename(&staging, out).map_err(|why| fault(out, why))
}

fn beside(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    out.with_file_name(name)
}

fn fault(path: &Path, why: std::io::Error) -> String {
    format!("{}: {why}", path.display())
}

#[cfg(test)]
mod tests;
