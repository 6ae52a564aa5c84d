//! One binary with two faces: natively the command line, in the browser the page and its worker.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    quorum_lab::cli::main()
}

#[cfg(target_arch = "wasm32")]
fn main() {}
