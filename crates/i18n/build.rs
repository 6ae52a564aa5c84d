//! Packs the catalogues when the crate is built (`quorum-texts` does the work): their hashes go into every program,
//! the texts themselves into native ones and tests, for the page fetches its own. What only the command line says is
//! in native catalogues alone.

use std::path::Path;
use std::{env, fs, io};

use quorum_texts::Program;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=catalogues");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let of_the_page = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32");
    let program = if of_the_page { Program::Page } else { Program::Native };
    match quorum_texts::catalogues(Path::new("catalogues"), program) {
        Ok(catalogues) => {
            for packed in catalogues.packed.iter().flatten() {
                fs::write(Path::new(&out).join(&packed.asset.name), &packed.text)?;
            }
            let hashes =
                catalogues.packed.each_ref().map(|parts| parts.each_ref().map(|part| part.asset.hash));
            fs::write(Path::new(&out).join("catalogues.rs"), format!("{hashes:?}"))?;
        }
        Err(fault) => println!("cargo::error={}", fault.replace('\n', " ")),
    }
    Ok(())
}
