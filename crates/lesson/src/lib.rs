//! Lessons as data: the lesson format, its parser, and grading.
//!
//! A lesson is `lessons/NN-slug/lesson.toml` with `zh.md` and `en.md`; `docs/writing-lessons.md` is the manual.
//! Guarantees: parse errors name file and field; texts of both languages have the same steps, goals and choices. Leaves
//! out: pictures and pacing, and playing a lesson, which requires a world (`facade::lesson_runner`).

mod apart;
pub mod beliefs;
pub mod bundle;
pub mod calibration;
pub mod evaluator;
pub mod facts;
pub mod field_visitor;
pub mod grade;
pub mod list;
pub mod manifest;
pub mod predicate;
pub mod record;
pub mod review;
pub mod schema;
mod schema_parser;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod source_tests;
pub mod spacing;
pub mod text;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod watch_tests;

/// Tables read field by field.
pub use quorum_texts::fields;

pub use bundle::find;
pub use evaluator::{MetricSource, Missing};
pub use grade::{Grader, StepStatus};
pub use manifest::{BuiltIn, all, built_in};
pub use predicate::Predicate;
pub use schema::{
    CommandTable, Condition, Course, GoalSpec, Lesson, LessonText, Mission, Move, StepKind, StepSpec,
    StepText,
};

/// The state of a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoalStatus {
    /// Its name.
    pub id: String,
    /// Its step, from 0.
    pub step: usize,
    /// Whether it is met.
    pub met: bool,
    /// Current and required count, if countable.
    pub progress: Option<(u64, u64)>,
    /// What it lacks; nothing once it is met.
    pub lacks: Vec<Missing>,
}
