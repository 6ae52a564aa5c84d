//! Quorum Lab (多数派实验室): how a distributed vector database survives, running for real.
//!
//! Layers point one way; `tests/architecture.rs` holds them. See ARCHITECTURE.md for the map.

#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
#[cfg(not(target_arch = "wasm32"))]
pub mod course;
pub mod db;
pub mod disk;
pub mod drill;
pub mod history;
pub mod lab;
pub mod lesson;
pub mod milvus;
pub mod raft;
pub mod regions;
pub mod sim;
pub mod types;
pub mod wal;
pub mod words;

pub use quorum_vector as vector;

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
