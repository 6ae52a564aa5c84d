//! What is to be opened, as the page requests it.
//!
//! Guarantees: one database per lesson or topology, for all seeds. Leaves out: opening it (`session`).

use wasm_bindgen::JsValue;

use crate::web::wire::ToWorker;
use quorum_facade::RunConfig;

/// What is to be opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpenRequest {
    /// A lesson, by slug.
    pub lesson: Option<String>,
    /// A topology, where no lesson is named.
    pub topology: Option<String>,
    /// The seed; the lesson's own, or 1, when left out.
    pub seed: Option<u64>,
    /// `zh` or `en`.
    pub lang: String,
    /// Whether acknowledgements wait for storage.
    pub kept: bool,
    /// Virtual seconds a second; the lesson's own, or 1, when left out. 0 opens paused.
    pub speed: Option<f64>,
    /// Open paused, at the speed that it has.
    pub held: bool,
    /// Erase what is stored first.
    pub erase: bool,
    /// Take over the writer's role from another tab.
    pub take_over: bool,
    /// A run to replay: the text of its schedule, or the letters of a saved run; it is kept in memory.
    pub run: Option<String>,
}

impl OpenRequest {
    /// Whether both request the same run, in any language and at any speed. A lesson has its own topology.
    pub fn is_run_of(&self, other: &Self) -> bool {
        self.lesson == other.lesson
            && (self.topology == other.topology || self.lesson.is_some())
            && self.seed == other.seed
            && self.kept == other.kept
            && self.run == other.run
    }

    /// Whether this is a lone engine in free play.
    pub(super) fn is_of_an_engine(&self) -> bool {
        let topology = self.topology.as_deref().unwrap_or("standalone");
        self.lesson.is_none() && self.run.is_none() && matches!(topology, "standalone" | "engine")
    }

    /// The name of its database: one per lesson or topology.
    pub fn database(&self) -> String {
        let name = self.lesson.as_deref().or(self.topology.as_deref()).unwrap_or("standalone");
        format!("quorum-lab/{name}")
    }

    pub(super) fn message(
        &self,
        receipts_rows: Option<u64>,
        outstanding_rows: Option<u64>,
        restore: Option<JsValue>,
    ) -> ToWorker {
        let lesson = self.lesson.as_deref().and_then(quorum_lesson::find);
        ToWorker::Open {
            config: RunConfig {
                // The worker knows a lesson that is named by its address by the lesson's own slug.
                lesson: lesson.map(|lesson| lesson.slug.clone()).or_else(|| self.lesson.clone()),
                topology: self.topology.clone(),
                seed: self.seed.or(lesson.map(|lesson| lesson.seed)).unwrap_or(1),
                kept: self.kept && self.run.is_none(),
                lang: self.lang.clone(),
            },
            database: self.database(),
            speed: self.speed.or(lesson.map(|lesson| lesson.speed)).unwrap_or(1.0),
            held: self.held,
            receipts_rows,
            outstanding_rows,
            take_over: self.take_over,
            erase: self.erase,
            run: self.run.clone(),
            restore,
        }
    }
}
