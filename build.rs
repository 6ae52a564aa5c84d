//! Tells the linker to keep relocations in a page that is split into chunks (feature `split`): without them
//! `quorum-finish` cannot move functions from one file to another. Leaves out: every other program.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let wasm = std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32");
    if wasm && std::env::var_os("CARGO_FEATURE_SPLIT").is_some() {
        println!("cargo:rustc-link-arg-bins=--emit-relocs");
    }
}
