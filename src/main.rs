//! One binary with two faces: natively the command line; in a browser the page, and in a worker the lab's host.
//!
//! Natively it has everything. Of the page's two programs it is the small one, built without the feature `whole`; the
//! other is `page/whole`.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    quorum_lab::cli::main()
}

#[cfg(target_arch = "wasm32")]
fn main() {
    quorum_lab::start();
}
