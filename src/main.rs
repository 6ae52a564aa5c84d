//! The program's two faces: natively the command line; in a browser the page, and in a worker the lab's host.

#[cfg(target_arch = "wasm32")]
fn main() {
    use quorum_lab::web::{Place, place, worker};
    match place() {
        Some(Place::Worker) => worker::start(),
        Some(Place::Page) => quorum_lab::ui::mount(),
        None => {}
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {}
