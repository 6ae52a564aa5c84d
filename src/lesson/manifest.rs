//! The shape of a lesson, and the lessons that are compiled in.
//!
//! `lesson.toml` holds what both languages share; each language file begins with front matter between `+++`
//! lines (title, summary, goal labels, hints) and goes on with one `# Title {#step-id}` heading a step.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Lesson {
    /// Its name in addresses, such as `kill-the-leader`.
    pub slug: String,
    /// Minutes it takes.
    pub minutes: u32,
    /// Which track of the course: 1 to 4.
    pub track: u32,
    /// `standalone` or `replica-set:N`.
    pub topology: String,
    /// The seed a run begins with unless the address names one.
    pub seed: u64,
    /// The pace it begins with, virtual seconds a second.
    pub speed: f64,
    /// Its steps.
    pub steps: Vec<StepSpec>,
    /// Its texts, by language: `zh` and `en`.
    pub texts: BTreeMap<String, LessonText>,
}

/// A step: what can be done in it and what is to be reached.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct StepSpec {
    /// Its name within the lesson.
    pub id: String,
    /// The actions that the page offers as buttons, in order: `insert-1000`, `query-first-ten`,
    /// `insert-10000`, `pull-plug`, `reopen`, `prove`, `kill-leader`, `kill-three`, `restart-all`.
    #[serde(default)]
    pub actions: Vec<String>,
    /// What is to be reached.
    #[serde(default)]
    pub goals: Vec<GoalSpec>,
}

/// A goal.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct GoalSpec {
    /// Its name within the lesson.
    pub id: String,
    /// When it is met.
    #[serde(flatten)]
    pub when: Predicate,
}

/// When a goal is met. Each is checked against events and snapshots, never against clicks.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "when", rename_all = "snake_case")]
pub enum Predicate {
    /// So many rows are acknowledged.
    RowsAcknowledged { at_least: u64 },
    /// A query returned so many rows.
    QueryReturned { at_least: u64 },
}

/// A lesson's text in one language.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LessonText {
    /// Its title.
    pub title: String,
    /// One or two sentences.
    pub summary: String,
    /// The steps' texts, in the order of the manifest.
    pub steps: Vec<StepText>,
    /// Goal labels by goal.
    pub goals: BTreeMap<String, String>,
    /// Hints by step.
    pub hints: BTreeMap<String, Vec<String>>,
}

/// A step's text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepText {
    /// Its title.
    pub title: String,
    /// Its body, Markdown.
    pub markdown: String,
}

/// The lessons that are compiled in, in the order of the course.
pub fn all() -> &'static [Lesson] {
    &[]
}

/// A lesson by its slug.
pub fn find(slug: &str) -> Option<&'static Lesson> {
    all().iter().find(|lesson| lesson.slug == slug)
}
