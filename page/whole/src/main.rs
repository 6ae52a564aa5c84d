//! The larger of the page's two programs: the same lab as the small one (`src/main.rs`), with everything in it.
//!
//! A package of its own, because one cargo call builds a package with one set of features, and the two must not lie
//! under one name. Leaves out: everything; natively it does nothing, for there the command line is whole already.

fn main() {
    #[cfg(target_arch = "wasm32")]
    quorum_lab::start();
}
