//! Every test that runs inside a browser, in one program: one link, one start of Chromium.
//!
//! Guarantees: views, the page's side and the store on IndexedDB are tested in a real browser, each with made-up data;
//! `cargo xtask test` counts a module in which nothing ran as a failure. Leaves out: the built page, which is driven in
//! a whole browser (`e2e/`), and the store inside a worker, which those tests use as well.
#![cfg(target_arch = "wasm32")]

mod addresses;
mod course;
mod instruments;
mod milvus;
mod page;
mod pure;
mod regions;
mod shown;
mod store;
mod texts;
mod views;

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_browser);
