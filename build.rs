//! Packs what people read when the program is built (`page/texts` does the work). Manifests and hashes go into every
//! program, into the small one only what it knows of the lessons it opens; the texts themselves only into native ones and
//! tests, for the page fetches its own.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

use quorum_texts::{Packed, Texts};

fn main() -> io::Result<()> {
    for read in ["lessons", "src/words/zh.ftl", "src/words/en.ftl"] {
        println!("cargo::rerun-if-changed={read}");
    }
    match quorum_texts::pack(Path::new(".")) {
        Ok(texts) => write(&texts, Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?))?,
        Err(fault) => println!("cargo::error={}", fault.replace('\n', " ")),
    }
    Ok(())
}

/// Writes every text, and the two tables that the program includes.
fn write(texts: &Texts, out: &Path) -> io::Result<()> {
    for packed in texts.apart() {
        fs::write(out.join(&packed.parcel.name), &packed.text)?;
    }
    let hashes = |packed: &[Packed]| packed.iter().map(|packed| packed.parcel.hash).collect::<Vec<_>>();
    let include = |name: &str| format!("include_str!(concat!(env!(\"OUT_DIR\"), \"/{name}\"))");
    let mut lessons = String::from("&[\n");
    for lesson in &texts.lessons {
        fs::write(out.join(&lesson.folder), &lesson.manifest)?;
        let [zh, en] = lesson.texts.each_ref().map(|text| include(&text.parcel.name));
        writeln!(
            lessons,
            "BuiltIn {{ folder: {:?}, manifest: {}, hashes: {:?}, #[cfg(not(target_arch = \"wasm32\"))] texts: [{zh}, {en}] }},",
            lesson.folder,
            include(&lesson.folder),
            hashes(&lesson.texts),
        )
        .map_err(io::Error::other)?;
    }
    fs::write(out.join("lessons.rs"), lessons + "]")?;
    let [zh, en] = texts.lists.each_ref().map(|list| include(&list.parcel.name));
    fs::write(
        out.join("lists.rs"),
        format!(
            "Lists {{ hashes: {:?}, #[cfg(not(target_arch = \"wasm32\"))] texts: [{zh}, {en}] }}",
            hashes(&texts.lists)
        ),
    )?;
    fs::write(out.join("catalogues.rs"), format!("{:?}", hashes(&texts.catalogues)))
}
