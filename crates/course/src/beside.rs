//! What lies beside a lesson: what its texts claim about products (`facts.toml`), and the teacher's guide
//! (`guide.toml`).
//!
//! Guarantees: a file that cannot be read is a problem that names the file and the line. Leaves out: which sentences
//! need a claim.

use std::path::Path;

use quorum_lesson::manifest::built_in;
use quorum_lesson::{Lesson, facts};
use quorum_texts::facts::PLACES;
use quorum_texts::tree::Fault;
use quorum_texts::{facts as claims, guide};

/// The files beside a lesson.
#[derive(Clone, Debug, Default)]
pub(super) struct Beside {
    /// The claims: name and place.
    pub(super) facts: Vec<(String, String)>,
    /// How many of them name the day on which their source was read.
    pub(super) facts_read: usize,
    /// Whether there is a teacher's guide.
    pub(super) has_guide: bool,
    /// What is wrong with the files.
    pub(super) faults: Vec<String>,
}

impl Beside {
    /// What lies beside a lesson that is built in; the build has read it.
    pub(super) fn built_in(slug: &str) -> Self {
        let entries = facts::entries("zh").unwrap_or_default().iter().filter(|entry| entry.lesson == slug);
        Self {
            facts_read: entries.clone().filter(|entry| entry.read.is_some()).count(),
            facts: entries.map(|entry| (entry.id.clone(), entry.place.clone())).collect(),
            has_guide: built_in(slug).is_some_and(|built| built.guide.is_some()),
            faults: Vec::new(),
        }
    }

    /// What lies in a folder.
    pub(super) fn at(folder: &Path) -> Self {
        let mut faults = Vec::new();
        let facts = file(folder, "facts.toml", claims::read, &mut faults).unwrap_or_default();
        let guide = file(folder, "guide.toml", guide::read, &mut faults);
        let facts_read = facts.iter().filter(|fact| fact.read.is_some()).count();
        let facts = facts.into_iter().map(|fact| (fact.id, fact.place)).collect();
        Self { facts, facts_read, has_guide: guide.is_some(), faults }
    }

    /// What is wrong with it.
    pub(super) fn problems(&self, lesson: &Lesson, problems: &mut Vec<String>) {
        problems.extend(self.faults.iter().cloned());
        for (id, place) in &self.facts {
            let is_step = lesson.steps.iter().any(|step| step.id == *place);
            if !is_step && !PLACES.contains(&place.as_str()) {
                let places = PLACES.join(", ");
                problems.push(format!("facts.toml: fact {id}: {place} is no step, and not one of {places}"));
            }
        }
    }
}

/// Reads a file that need not be there.
pub(super) fn file<T>(
    folder: &Path,
    name: &str,
    read: fn(&str) -> Result<T, Fault>,
    faults: &mut Vec<String>,
) -> Option<T> {
    let path = folder.join(name);
    if !path.is_file() {
        return None;
    }
    let read = std::fs::read_to_string(&path).map_err(|why| why.to_string()).and_then(|text| read(&text));
    read.map_err(|fault| faults.push(format!("{name}: {fault}"))).ok()
}
