//! Checks the course: plays every lesson, headless, before a learner does.
//!
//! `check` opens a lesson on the façade like any host and plays its solutions, its wrong solutions, the runs that
//! refute answers, and a run without any action. Guarantees: the same lesson gives the same report; a lesson that never
//! ends, or that causes too many events, is a problem in the report and never hangs the check. Leaves out: the page,
//! and what predicates mean (`lesson`).

mod beside;
mod check;
#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod coverage_tests;
mod decision;
mod lint;
#[cfg(test)]
mod lint_tests;
#[cfg(test)]
mod names_tests;
mod spelling;
mod terms;
pub mod vocabulary;
mod whole;
mod words;

use std::path::{Path, PathBuf};

use serde::Serialize;

use quorum_facade::saved::SavedRun;
use quorum_lesson::{Lesson, beliefs, bundle, list, manifest};
use quorum_texts::{MISSIONS, beliefs as bank, paths};
use quorum_types::Refusal;

use beside::Beside;
pub use whole::Figures;
use whole::{Belief, Whole};

/// The file of the ways through a course.
const PATHS: &str = "paths.toml";

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
    /// What lints find, while they only warn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Of the whole course: its figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
}

/// What the report about all lessons together is called; no slug is.
pub const COURSE: &str = "(course)";

/// A lesson to be checked: read, with what lies beside it, or why not.
type Read = Result<Taken, (String, String)>;

/// A lesson and what lies beside it.
#[derive(Clone, Debug)]
struct Taken {
    lesson: &'static Lesson,
    beside: Beside,
}

/// Lessons to be checked one by one, in any order and by as many threads as their host has.
pub struct Course {
    lessons: Vec<Read>,
    /// What is said about all of them together, if they are a whole course.
    whole: Option<Whole>,
}

impl Course {
    /// The lessons that are built in.
    pub fn built_in() -> Self {
        let missing = manifest::BUILT_IN.iter().filter(|built| quorum_lesson::find(built.slug()).is_none());
        let missing = missing.map(|built| Err((built.slug().to_owned(), "it cannot be read".to_owned())));
        let taken = |lesson: &'static Lesson| Ok(Taken { lesson, beside: Beside::built_in(&lesson.slug) });
        let beliefs = beliefs::entries("en").unwrap_or_default().iter().cloned();
        let beliefs = beliefs.map(|beliefs::Entry { id, lesson, step, choice, .. }| Belief {
            id,
            lesson,
            step,
            choice,
        });
        let paths = list::paths().unwrap_or_default().to_vec();
        let whole = Whole { paths, beliefs: beliefs.collect(), faults: Vec::new() };
        Self { lessons: quorum_lesson::all().map(taken).chain(missing).collect(), whole: Some(whole) }
    }

    /// A lesson's folder or file, or every one in a folder, with the missions in it.
    pub fn at(path: &Path) -> Result<Self, Refusal> {
        if path.is_file() || path.join("lesson.toml").is_file() {
            return Ok(Self { lessons: vec![read(path)], whole: None });
        }
        let mut inside = folders(path)?;
        let missions = path.join(MISSIONS);
        if missions.is_dir() {
            inside.extend(folders(&missions)?);
        }
        if inside.is_empty() {
            let error = format!("{}: there is no lesson.toml in it, nor in a folder of it", path.display());
            return Err(Refusal::new("no_lessons", error));
        }
        let mut lessons: Vec<Read> = Vec::new();
        for path in &inside {
            let lesson = read(path);
            let slug = |read: &Read| read.as_ref().ok().map(|taken| taken.lesson.slug.clone());
            let taken =
                slug(&lesson).filter(|name| lessons.iter().any(|other| slug(other).as_ref() == Some(name)));
            lessons.push(match taken {
                Some(name) => Err((name, "there are two lessons of this name".to_owned())),
                None => lesson,
            });
        }
        Ok(Self { lessons, whole: read_whole(path) })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.lessons.len()
    }

    /// A digest of what is checked, for two machines to compare: of all texts and solutions, and of what cannot be
    /// read.
    pub fn digest(&self) -> String {
        format!("{:016x}", xxhash_rust::xxh3::xxh3_64(format!("{:?}", self.lessons).as_bytes()))
    }

    /// The first solution of the lesson at this place as a run, with the lesson's name; or what is wrong with it. None
    /// where there is no lesson or no solution.
    pub fn solution(&self, at: usize) -> Option<Result<(String, SavedRun), String>> {
        let lesson = match self.lessons.get(at)? {
            Ok(taken) => taken.lesson,
            Err((name, fault)) => return Some(Err(format!("{name}: {fault}"))),
        };
        let moves = lesson.course.solutions.first()?;
        let slug = lesson.slug.strip_prefix(bundle::PREFIX).unwrap_or(&lesson.slug).to_owned();
        let saved = check::saved(lesson, moves).map_err(|fault| format!("{slug}: {fault}"));
        Some(saved.map(|saved| {
            let saved = of_the_course(lesson, &saved).unwrap_or(saved);
            (slug, saved)
        }))
    }

    /// Checks the lesson at this place.
    pub fn check(&self, at: usize) -> Option<Report> {
        self.lessons.get(at).map(|read| report(read, true, self.is_held_to_lints()))
    }

    /// Reads the lesson at this place and lints it, without playing it.
    pub fn lint(&self, at: usize) -> Option<Report> {
        self.lessons.get(at).map(|read| report(read, false, self.is_held_to_lints()))
    }

    /// Whether what lints find (`lint`, `whole`) fails a check: in a whole course. In a lesson by itself, which may be
    /// anybody's, it is a warning.
    fn is_held_to_lints(&self) -> bool {
        self.whole.is_some()
    }

    /// Checks what all lessons together have to keep. None where they are no whole course: a folder is one if
    /// `paths.toml` lies in it.
    pub fn check_whole(&self) -> Option<Report> {
        let whole = self.whole.as_ref()?;
        let taken: Vec<&Taken> = self.lessons.iter().filter_map(|read| read.as_ref().ok()).collect();
        let lessons: Vec<&Lesson> = taken.iter().map(|taken| taken.lesson).collect();
        let mut figures = whole::figures(&lessons);
        for Taken { beside, .. } in taken {
            figures.guides += usize::from(beside.has_guide);
            figures.facts += beside.facts.len();
            figures.facts_read += beside.facts_read;
        }
        let found = whole::findings(&lessons, whole, &figures);
        let steps = lessons.iter().map(|lesson| lesson.steps.len()).sum();
        let mut report = reported(COURSE.to_owned(), steps, whole.faults.clone(), (found, true));
        report.figures = Some(figures);
        Some(report)
    }
}

/// The folders with a lesson in a folder, by name.
fn folders(path: &Path) -> Result<Vec<PathBuf>, Refusal> {
    let cannot = |why: std::io::Error| Refusal::new("cannot_read", format!("{}: {why}", path.display()));
    let mut inside: Vec<PathBuf> =
        std::fs::read_dir(path).map_err(cannot)?.flatten().map(|entry| entry.path()).collect();
    inside.retain(|path| path.join("lesson.toml").is_file());
    inside.sort();
    Ok(inside)
}

/// The run as one of the lesson of the course with the same name, if it is the same run there: then it can be graded
/// where the file that the lesson was read from is unknown.
fn of_the_course(lesson: &'static Lesson, saved: &SavedRun) -> Option<SavedRun> {
    let slug = lesson.slug.strip_prefix(bundle::PREFIX)?;
    let own = manifest::built_in(slug)?.lesson()?;
    let moves = lesson.course.solutions.first()?;
    if (lesson.seed, &lesson.topology, &lesson.settings) != (own.seed, &own.topology, &own.settings) {
        return None;
    }
    // The fingerprint has the lesson's name in it.
    check::saved(own, moves).ok().filter(|own| (&own.entries, own.moment) == (&saved.entries, saved.moment))
}

/// Reads a lesson from a folder or a single file.
fn read(path: &Path) -> Read {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = |path: &Path| {
        std::fs::read_to_string(path).map_err(|why| (name.clone(), format!("{}: {why}", path.display())))
    };
    let refused = |refusal: Refusal| (name.clone(), refusal.error);
    if path.is_file() {
        let lesson = bundle::open(&name, &text(path)?).map_err(refused)?;
        return Ok(Taken { lesson, beside: Beside::default() });
    }
    let parts = ["lesson.toml", "zh.md", "en.md"].map(|file| text(&path.join(file)));
    let [manifest, zh, en] = parts;
    let (manifest, zh, en) = (manifest?, zh?, en?);
    let files = manifest::Files { place: &format!("{name}/"), manifest: &manifest, zh: &zh, en: &en };
    let lesson = bundle::adopt(manifest::parse_source(files).map_err(refused)?).map_err(refused)?;
    Ok(Taken { lesson, beside: Beside::at(path) })
}

/// What a folder says about all its lessons together.
fn read_whole(path: &Path) -> Option<Whole> {
    let mut faults = Vec::new();
    if !path.join(PATHS).is_file() {
        return None;
    }
    let paths = beside::file(path, PATHS, paths::read, &mut faults).unwrap_or_default();
    let beliefs = beside::file(path, "misconceptions.toml", bank::read, &mut faults).unwrap_or_default();
    let of = |bank::Belief { id, lesson, step, choice, .. }| Belief { id, lesson, step, choice };
    Some(Whole { paths, beliefs: beliefs.into_iter().map(of).collect(), faults })
}

fn report(read: &Read, plays: bool, held: bool) -> Report {
    match read {
        Ok(Taken { lesson, beside }) => {
            let slug = lesson.slug.strip_prefix(bundle::PREFIX).unwrap_or(&lesson.slug);
            let mut problems = if plays { check::problems(lesson) } else { Vec::new() };
            beside.problems(lesson, &mut problems);
            reported(slug.to_owned(), lesson.steps.len(), problems, (lint::findings(lesson, beside), held))
        }
        Err((name, fault)) => reported(name.clone(), 0, vec![fault.clone()], (Vec::new(), held)),
    }
}

/// A report of problems and of what lints have found, and whether that fails.
fn reported(
    lesson: String,
    steps: usize,
    mut problems: Vec<String>,
    (mut warnings, held): (Vec<String>, bool),
) -> Report {
    if held {
        problems.append(&mut warnings);
    }
    Report { lesson, steps, ok: problems.is_empty(), problems, warnings, figures: None }
}
