//! Packs the catalogues when the crate is built (`quorum-texts` does the work): their hashes go into every program, the texts
//! themselves into native ones and tests, for the page fetches its own.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=catalogues");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    match quorum_texts::catalogues(Path::new("catalogues")) {
        Ok(catalogues) => {
            for packed in &catalogues.packed {
                fs::write(Path::new(&out).join(&packed.parcel.name), &packed.text)?;
            }
            let hashes = catalogues.packed.each_ref().map(|packed| packed.parcel.hash);
            fs::write(Path::new(&out).join("catalogues.rs"), format!("{hashes:?}"))?;
        }
        Err(fault) => println!("cargo::error={}", fault.replace('\n', " ")),
    }
    Ok(())
}
