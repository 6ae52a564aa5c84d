//! Lessons as data: what a lesson is, where it is read from, and how it is graded.
//!
//! A lesson is `lessons/NN-slug/lesson.toml` with `zh.md` and `en.md`. Promises: parsing errors name file and
//! field; texts of both languages have the same steps, goals and hints. Leaves out: pictures and pacing.

pub mod fields;
pub mod grade;
pub mod manifest;
pub mod marks;
#[cfg(not(target_arch = "wasm32"))]
pub mod source;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod source_tests;
pub mod tree;

pub use grade::{Grader, Meters};
pub use manifest::{GoalSpec, Lesson, LessonText, Predicate, StepSpec, StepText, all, find};
