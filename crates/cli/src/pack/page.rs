//! The built page, as a package takes it.
//!
//! Guarantees: all of its files, in the order of their names, whatever the file system's order; a folder that is not
//! the built page is refused, with the command that builds it. Leaves out: precompressed copies, which only web servers
//! use; zips, one of which may be the last package; hidden files; and the adapter, which every package brings itself.

use std::fs;
use std::io::Error;
use std::path::Path;

use quorum_i18n::Lang;
use quorum_types::Refusal;

use super::File;

/// Folders below folders that are read. The page has one level.
const MOST_LEVELS: usize = 8;

/// Reads the page.
pub(super) fn read(folder: &Path, spoken: Lang) -> Result<Vec<File>, Refusal> {
    let mut files = Vec::new();
    let is_page = fs::read_to_string(folder.join("index.html")).is_ok_and(|index| is_built(&index));
    if is_page {
        walk(folder, "", 0, &mut files)
            .map_err(|why| Refusal::new("cannot_read", format!("{}: {why}", folder.display())))?;
    }
    let has =
        |start: &str, end: &str| files.iter().any(|(name, _)| name.starts_with(start) && name.ends_with(end));
    if !(is_page && has("quorum-lab-", "_bg.wasm") && has("texts/", "")) {
        let figures = [("folder", folder.display().to_string().into())];
        return Err(Refusal::new("no_page", spoken.f("cli-bad-page", &figures)));
    }
    let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    files.retain(|(name, _)| !is_copy(name, &names));
    files.sort();
    Ok(files)
}

/// Whether this is the built page's index, and not the template that it is built from.
fn is_built(index: &str) -> bool {
    index.contains("id=\"app\"") && !index.contains("@start@")
}

/// Whether a file is another one, compressed.
fn is_copy(name: &str, names: &[String]) -> bool {
    [".br", ".gz", ".zst"]
        .iter()
        .filter_map(|ending| name.strip_suffix(ending))
        .any(|plain| names.iter().any(|other| other == plain))
}

fn walk(folder: &Path, prefix: &str, level: usize, into: &mut Vec<File>) -> Result<(), Error> {
    if level > MOST_LEVELS {
        return Err(Error::other("too many folders in folders"));
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            return Err(Error::other(format!("the name {:?} is not UTF-8", entry.file_name())));
        };
        let is_folder = entry.file_type()?.is_dir();
        // What a package has itself, and the single file, which would double it.
        let left_out = level == 0 && ((is_folder && name == "lms") || name == "lab.html");
        if name.starts_with('.') || name.ends_with(".zip") || left_out {
            continue;
        }
        let path = format!("{prefix}{name}");
        if is_folder {
            walk(&entry.path(), &format!("{path}/"), level + 1, into)?;
        } else {
            into.push((path, fs::read(entry.path())?));
        }
    }
    Ok(())
}
