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

/// Writes what lies apart in each language, and the two tables that the crate includes.
fn write(all: &Lessons, out: &Path) -> io::Result<()> {
    let apart = [("LISTS", &all.lists), ("FACTS", &all.facts), ("BELIEFS", &all.beliefs)];
    for packed in apart.iter().flat_map(|(_, packed)| packed.iter()) {
        fs::write(out.join(&packed.asset.name), &packed.text)?;
    }
    let hashes = |packed: &[Packed]| packed.iter().map(|packed| packed.asset.hash).collect::<Vec<_>>();
    let bundled = "#[cfg(any(not(target_arch = \"wasm32\"), feature = \"bundled\"))]";
    let mut lessons = format!(
        "/// The lessons of the course, in its order: one a folder of `lessons/`.\n\
         pub static BUILT_IN: [BuiltIn; {}] = [\n",
        all.lessons.len()
    );
    for Lesson { folder, aliases, has_guide, world, files } in &all.lessons {
        let include = |file: &str| {
            format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{LESSONS}/{folder}/{file}\"))")
        };
        let [manifest, zh, en] = ["lesson.toml", "zh.md", "en.md"].map(include);
        let guide = if *has_guide { format!("Some({})", include("guide.toml")) } else { "None".to_owned() };
        writeln!(
            lessons,
            "BuiltIn {{ folder: {folder:?}, aliases: &{aliases:?}, world: {world:?}, hashes: {:?}, \
             known: OnceLock::new(), {bundled} manifest: {manifest}, {bundled} texts: [{zh}, {en}], \
             {bundled} guide: {guide} }},",
            hashes(files),
        )
        .map_err(io::Error::other)?;
    }
    fs::write(out.join("lessons.rs"), lessons + "];\n")?;
    let mut tables = String::new();
    for (name, packed) in apart {
        let include =
            |packed: &Packed| format!("include_str!(concat!(env!(\"OUT_DIR\"), \"/{}\"))", packed.asset.name);
        let [zh, en] = packed.each_ref().map(include);
        let file = name.to_ascii_lowercase();
        writeln!(
            tables,
            "pub(super) const {name}: Apart = Apart {{ name: {:?}, hashes: {:?}, {bundled} texts: [{zh}, {en}] }};",
            if file == "lists" { "lessons" } else { &file },
            hashes(packed)
        )
        .map_err(io::Error::other)?;
    }
    fs::write(out.join("apart.rs"), tables)
}
