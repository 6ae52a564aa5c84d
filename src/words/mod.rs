//! The catalogues: every sentence that a person reads, in Chinese and English (Fluent, `zh.ftl`, `en.ftl`).
//!
//! Promises: both languages have the same messages with the same arguments, and a test holds them to it.
//! Leaves out: lessons, whose texts lie in `lessons/`.
