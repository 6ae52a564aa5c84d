//! Gathers the lessons when the crate is built (`quorum-texts` reads them): what every program knows of each goes into
//! all of them, manifests and texts into native ones and tests, for the page fetches its own.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

use quorum_texts::{Lesson, Lessons, Packed};

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

/// Writes the lists of lessons, and the two tables that the crate includes.
fn write(all: &Lessons, out: &Path) -> io::Result<()> {
    for packed in &all.lists {
        fs::write(out.join(&packed.asset.name), &packed.text)?;
    }
    let hashes = |packed: &[Packed]| packed.iter().map(|packed| packed.asset.hash).collect::<Vec<_>>();
    let bundled = "#[cfg(any(not(target_arch = \"wasm32\"), feature = \"bundled\"))]";
    let mut lessons = format!(
        "/// The lessons of the course, in its order: one a folder of `lessons/`.\n\
         pub static BUILT_IN: [BuiltIn; {}] = [\n",
        all.lessons.len()
    );
    for Lesson { folder, world, files } in &all.lessons {
        let include = |file: &str| {
            format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{LESSONS}/{folder}/{file}\"))")
        };
        let [manifest, zh, en] = ["lesson.toml", "zh.md", "en.md"].map(include);
        writeln!(
            lessons,
            "BuiltIn {{ folder: {folder:?}, world: {world:?}, hashes: {:?}, known: OnceLock::new(), \
             {bundled} manifest: {manifest}, {bundled} texts: [{zh}, {en}] }},",
            hashes(files),
        )
        .map_err(io::Error::other)?;
    }
    fs::write(out.join("lessons.rs"), lessons + "];\n")?;
    let include = |name: &str| format!("include_str!(concat!(env!(\"OUT_DIR\"), \"/{name}\"))");
    let [zh, en] = all.lists.each_ref().map(|list| include(&list.asset.name));
    fs::write(
        out.join("lists.rs"),
        format!("Lists {{ hashes: {:?}, {bundled} texts: [{zh}, {en}] }}", hashes(&all.lists)),
    )
}
