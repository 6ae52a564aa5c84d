//! One binary with two faces: natively the command line; in a browser the page, and in a worker the lab's host.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    quorum_lab::cli::main()
}

#[cfg(target_arch = "wasm32")]
fn main() {
    use quorum_lab::web::{Place, place, worker};
    match place() {
        Some(Place::Worker) => worker::start(),
        Some(Place::Page) => quorum_lab::ui::mount(),
        None => {}
    }
}
