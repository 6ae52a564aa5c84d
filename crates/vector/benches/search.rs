//! The speed of searches, natively; `cargo bench -p quorum-vector` runs it, and `-- svg FILE` draws filtered searches.

#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    native::main();
}

#[cfg(target_arch = "wasm32")]
fn main() {}
