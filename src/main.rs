//! One binary with two faces: natively the command line; in a browser the page, and in a worker the lab's host.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    quorum_cli::main()
}

#[cfg(target_arch = "wasm32")]
fn main() {
    quorum_lab::start();
}
