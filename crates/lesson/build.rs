//! Gathers the lessons when the crate is built (`quorum-texts` reads them): manifests and hashes go into every program, the
//! texts themselves into native ones and tests, for the page fetches its own.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

use quorum_texts::{Lessons, Packed};

/// The lessons' folder, from this crate's.
const LESSONS: &str = "../../lessons";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={LESSONS}");
    match quorum_texts::lessons(Path::new(LESSONS)) {
        Ok(lessons) => write(&lessons, Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?))?,
        Err(fault) => println!("cargo::error={}", fault.replace('\n', " ")),
    }
    Ok(())
}

/// Writes every text, and the two tables that the crate includes.
fn write(all: &Lessons, out: &Path) -> io::Result<()> {
    for packed in all.texts() {
        fs::write(out.join(&packed.parcel.name), &packed.text)?;
    }
    let hashes = |packed: &[Packed]| packed.iter().map(|packed| packed.parcel.hash).collect::<Vec<_>>();
    let include = |name: &str| format!("include_str!(concat!(env!(\"OUT_DIR\"), \"/{name}\"))");
    let bundled = "#[cfg(any(not(target_arch = \"wasm32\"), feature = \"bundled\"))]";
    let mut lessons = String::from("&[\n");
    for lesson in &all.lessons {
        let [zh, en] = lesson.texts.each_ref().map(|text| include(&text.parcel.name));
        let folder = &lesson.folder;
        let manifest = format!(
            "include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{LESSONS}/{folder}/lesson.toml\"))"
        );
        writeln!(
            lessons,
            "BuiltIn {{ folder: {folder:?}, manifest: {manifest}, hashes: {:?}, {bundled} texts: [{zh}, {en}] }},",
            hashes(&lesson.texts),
        )
        .map_err(io::Error::other)?;
    }
    fs::write(out.join("lessons.rs"), lessons + "]")?;
    let [zh, en] = all.lists.each_ref().map(|list| include(&list.parcel.name));
    fs::write(
        out.join("lists.rs"),
        format!("Lists {{ hashes: {:?}, {bundled} texts: [{zh}, {en}] }}", hashes(&all.lists)),
    )
}
