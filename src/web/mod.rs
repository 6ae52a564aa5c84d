//! The browser's side: IndexedDB, the worker that hosts the lab, and the page's handle on it.
pub mod wire;
