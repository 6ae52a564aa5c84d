//! Checks the course: plays every lesson, headless, before a learner does.
//!
//! `check` opens a lesson on the façade like any host and plays its solutions, its wrong solutions, the runs that
//! refute answers, and a run without any action. Guarantees: the same lesson gives the same report; a lesson that never
//! ends, or that causes too many events, is a problem in the report and never hangs the check. Leaves out: the page,
//! and what predicates mean (`lesson`).

mod check;
#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod names_tests;
mod spelling;
pub mod vocabulary;

use std::path::Path;

use serde::Serialize;

use quorum_facade::saved::SavedRun;
use quorum_lesson::{Lesson, bundle, manifest};
use quorum_types::Refusal;

/// The result of checking a lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Its slug, or its folder if it cannot be read.
    pub lesson: String,
    /// How many steps it has.
    pub steps: usize,
    /// Whether nothing is wrong.
    pub ok: bool,
    /// What is wrong, in English, for its author.
    pub problems: Vec<String>,
}

/// A lesson to be checked: read, or why not.
type Read = Result<&'static Lesson, (String, String)>;

/// Lessons to be checked one by one, in any order and by as many threads as their host has.
pub struct Course(Vec<Read>);

impl Course {
    /// The lessons that are built in.
    pub fn built_in() -> Self {
        let missing = manifest::BUILT_IN.iter().filter(|built| quorum_lesson::find(built.slug()).is_none());
        let missing = missing.map(|built| Err((built.slug().to_owned(), "it cannot be read".to_owned())));
        Self(quorum_lesson::all().map(Ok).chain(missing).collect())
    }

    /// A lesson's folder or file, or every one in a folder.
    pub fn at(path: &Path) -> Result<Self, Refusal> {
        let cannot = |why: std::io::Error| Refusal::new("cannot_read", format!("{}: {why}", path.display()));
        if path.is_file() || path.join("lesson.toml").is_file() {
            return Ok(Self(vec![read(path)]));
        }
        let mut inside: Vec<_> =
            std::fs::read_dir(path).map_err(cannot)?.flatten().map(|entry| entry.path()).collect();
        inside.retain(|path| path.join("lesson.toml").is_file());
        inside.sort();
        if inside.is_empty() {
            let error = format!("{}: there is no lesson.toml in it, nor in a folder of it", path.display());
            return Err(Refusal::new("no_lessons", error));
        }
        let mut lessons: Vec<Read> = Vec::new();
        for path in &inside {
            let lesson = read(path);
            let slug = |read: &Read| read.as_ref().ok().map(|lesson| lesson.slug.clone());
            let taken =
                slug(&lesson).filter(|name| lessons.iter().any(|other| slug(other).as_ref() == Some(name)));
            lessons.push(match taken {
                Some(name) => Err((name, "there are two lessons of this name".to_owned())),
                None => lesson,
            });
        }
        Ok(Self(lessons))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// A digest of what is checked, for two machines to compare: of all texts and solutions, and of what cannot be read.
    pub fn digest(&self) -> String {
        format!("{:016x}", xxhash_rust::xxh3::xxh3_64(format!("{:?}", self.0).as_bytes()))
    }

    /// The first solution of the lesson at this place as a run, with the lesson's name; or what is wrong with it. None
    /// where there is no lesson or no solution.
    pub fn solution(&self, at: usize) -> Option<Result<(String, SavedRun), String>> {
        let lesson = match self.0.get(at)? {
            Ok(lesson) => *lesson,
            Err((name, fault)) => return Some(Err(format!("{name}: {fault}"))),
        };
        let moves = lesson.course.solutions.first()?;
        let slug = lesson.slug.strip_prefix(bundle::PREFIX).unwrap_or(&lesson.slug).to_owned();
        let saved = check::saved(lesson, moves).map_err(|fault| format!("{slug}: {fault}"));
        Some(saved.map(|saved| (slug, saved)))
    }

    /// Checks the lesson at this place.
    pub fn check(&self, at: usize) -> Option<Report> {
        self.0.get(at).map(report)
    }
}

/// Reads a lesson from a folder or a single file.
fn read(path: &Path) -> Read {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = |path: &Path| {
        std::fs::read_to_string(path).map_err(|why| (name.clone(), format!("{}: {why}", path.display())))
    };
    let refused = |refusal: Refusal| (name.clone(), refusal.error);
    if path.is_file() {
        return bundle::open(&name, &text(path)?).map_err(refused);
    }
    let parts = ["lesson.toml", "zh.md", "en.md"].map(|file| text(&path.join(file)));
    let [manifest, zh, en] = parts;
    let (manifest, zh, en) = (manifest?, zh?, en?);
    let files = manifest::Files { place: &format!("{name}/"), manifest: &manifest, zh: &zh, en: &en };
    bundle::adopt(manifest::parse_source(files).map_err(refused)?).map_err(refused)
}

fn report(read: &Read) -> Report {
    let (lesson, steps, problems) = match read {
        Ok(lesson) => {
            let slug = lesson.slug.strip_prefix(bundle::PREFIX).unwrap_or(&lesson.slug);
            (slug.to_owned(), lesson.steps.len(), check::problems(lesson))
        }
        Err((name, fault)) => (name.clone(), 0, vec![fault.clone()]),
    };
    Report { lesson, steps, ok: problems.is_empty(), problems }
}
