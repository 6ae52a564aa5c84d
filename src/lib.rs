//! Quorum Lab (多数派实验室): how a distributed vector database survives, running for real.
//!
//! This crate is the page: the browser's side of the lab (`web`) and its views (`ui`). Everything that runs below
//! it is a crate of its own under `crates/`. See ARCHITECTURE.md for the map. Natively this library is empty.

#[cfg(target_arch = "wasm32")]
mod chunk;
#[cfg(target_arch = "wasm32")]
pub mod ui;
#[cfg(target_arch = "wasm32")]
pub mod web;

/// Starts what this is in a browser: the page, or in a worker the lab's host.
#[cfg(target_arch = "wasm32")]
pub fn start() {
    match web::place() {
        Some(web::Place::Worker) => web::worker::start(),
        Some(web::Place::Page) => ui::mount(),
        None => {}
    }
}
