//! Lessons as data: what a lesson is, where it is read from, and how it is graded.
//!
//! A lesson is `lessons/NN-slug/lesson.toml` with `zh.md` and `en.md`; `docs/writing-lessons.md` is the manual. Promises:
//! parsing errors name file and field; texts of both languages have the same steps, goals and choices. Leaves out: pictures
//! and pacing, and playing a lesson, which takes a world (`lab::play`).
//!
//! The whole program knows all of it. The small one has `plain` in place of `schema`, `when`, `watch` and `grade`.

#[cfg(feature = "whole")]
pub mod bundle;
#[cfg(feature = "whole")]
pub mod facts;
pub mod fields;
#[cfg(feature = "whole")]
pub mod grade;
pub mod list;
pub mod manifest;
#[cfg(feature = "whole")]
pub mod mark;
pub mod marks;
#[cfg(any(not(feature = "whole"), all(test, not(target_arch = "wasm32"))))]
pub mod plain;
#[cfg(feature = "whole")]
pub mod record;
#[cfg(feature = "whole")]
pub mod schema;
#[cfg(feature = "whole")]
pub mod source;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod source_tests;
pub mod text;
pub mod tree;
#[cfg(feature = "whole")]
pub mod watch;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod watch_tests;
#[cfg(feature = "whole")]
pub mod when;

#[cfg(feature = "whole")]
pub use grade::{Grader, StepStanding};
pub use manifest::{Condition, GoalSpec, Lesson, StepSpec, all, find, is_elsewhere};
#[cfg(not(feature = "whole"))]
pub use plain::{Grader, Meters};
#[cfg(feature = "whole")]
pub use schema::{Course, Deed, Move, StepKind};
pub use text::{LessonText, StepText};
#[cfg(feature = "whole")]
pub use watch::{Lack, Scene};
#[cfg(feature = "whole")]
pub use when::When;

/// A goal's standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub id: String,
    /// Its step, from 0.
    pub step: usize,
    /// Whether it is met.
    pub met: bool,
    /// Have and want, where it can be counted.
    pub progress: Option<(u64, u64)>,
    /// What it lacks; nothing once it is met.
    #[cfg(feature = "whole")]
    pub lacks: Vec<Lack>,
}

/// The grader of the page's small program, of a lesson that it plays, to hold it to the whole program's.
#[cfg(all(test, not(target_arch = "wasm32")))]
pub(crate) fn plain_goals(lesson: &'static Lesson) -> plain::Grader {
    let slim = std::fs::read_to_string(format!("{}/{}.slim", env!("OUT_DIR"), lesson.slug));
    let slim = slim.unwrap_or_else(|why| panic!("{}: {why}", lesson.slug));
    let (document, _) = tree::unpack(&slim).unwrap_or_else(|fault| panic!("{fault}"));
    plain::read(document, lesson).unwrap_or_else(|fault| panic!("{fault}"))
}
