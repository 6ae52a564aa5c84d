//! The shape of a lesson, how it is read, and the lessons that are compiled in.
//!
//! `lesson.toml` holds what both languages share; each language file begins with front matter between `+++`
//! lines (title, summary, goal labels, hints) and goes on with one `# Title {#step-id}` heading a step.
//! Promises: an error names the file and the field or step; a lesson that parses is complete in both languages.
//! Leaves out: grading (`grade`).

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::types::Refusal;

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
    /// Settings that differ from the simulation's defaults, by name.
    pub settings: BTreeMap<String, u64>,
    /// Its steps.
    pub steps: Vec<StepSpec>,
    /// Its texts, by language: `zh` and `en`.
    pub texts: BTreeMap<String, LessonText>,
}

/// What `lesson.toml` holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    slug: String,
    minutes: u32,
    track: u32,
    topology: String,
    seed: u64,
    speed: f64,
    #[serde(default)]
    settings: BTreeMap<String, u64>,
    steps: Vec<StepSpec>,
}

/// A step: what can be done in it and what is to be reached.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepSpec {
    /// Its name within the lesson.
    pub id: String,
    /// The actions that the page offers as buttons, in order: `insert-1000`, `query-first-ten`,
    /// `insert-10000`, `pull-plug`, `reopen`, `prove`, `kill-leader`, `kill-three`, `restart-all`, `power-cut`.
    #[serde(default)]
    pub actions: Vec<String>,
    /// What is to be reached.
    #[serde(default)]
    pub goals: Vec<GoalSpec>,
}

/// The actions that a step may offer.
pub const ACTIONS: [&str; 10] = [
    "insert-1000",
    "query-first-ten",
    "insert-10000",
    "pull-plug",
    "reopen",
    "prove",
    "kill-leader",
    "kill-three",
    "restart-all",
    "power-cut",
];

/// A goal.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct GoalSpec {
    /// Its name within the lesson.
    pub id: String,
    /// A goal that has to be met first; what happened before that does not count.
    #[serde(default)]
    pub after: Option<String>,
    /// When it is met.
    #[serde(flatten)]
    pub when: Predicate,
}

/// When a goal is met. Each is checked against events and meters, never against clicks.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "when", rename_all = "snake_case", deny_unknown_fields)]
pub enum Predicate {
    /// So many rows are acknowledged.
    RowsAcknowledged {
        /// How many.
        at_least: u64,
    },
    /// A query returned, or counted, so many rows.
    QueryReturned {
        /// How many.
        at_least: u64,
    },
    /// A log was replayed to its end after the power had failed while rows were still to be acknowledged.
    RecoveredMidInsert,
    /// A leader was elected.
    LeaderElected,
    /// So many of the client's writes were acknowledged.
    WritesAcknowledged {
        /// How many.
        at_least: u64,
    },
    /// The leader lost its power.
    LeaderKilled,
    /// Service came back after an outage, within these bounds.
    ServiceRestored {
        /// RTO below this.
        rto_below_ms: u64,
        /// Fewer failed requests than this.
        failed_below: u64,
    },
    /// No group of nodes that hear each other is a majority.
    NoMajority,
    /// All nodes lost their power at once and came back.
    PowerCutSurvived,
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

/// A language file's front matter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    title: String,
    summary: String,
    goals: BTreeMap<String, String>,
    #[serde(default)]
    hints: BTreeMap<String, Vec<String>>,
}

/// The files of a lesson: its manifest, its Chinese and its English text.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// The folder's name, for errors.
    pub folder: &'a str,
    /// `lesson.toml`.
    pub manifest: &'a str,
    /// `zh.md`.
    pub zh: &'a str,
    /// `en.md`.
    pub en: &'a str,
}

macro_rules! lessons {
    ($($folder:literal),*) => {
        [$(Files {
            folder: $folder,
            manifest: include_str!(concat!("../../lessons/", $folder, "/lesson.toml")),
            zh: include_str!(concat!("../../lessons/", $folder, "/zh.md")),
            en: include_str!(concat!("../../lessons/", $folder, "/en.md")),
        }),*]
    };
}

/// The lessons that are compiled in, in the order of the course.
pub const COMPILED_IN: [Files<'static>; 2] = lessons!["01-crash-recovery", "02-kill-the-leader"];

/// The lessons that are compiled in, in the order of the course. One that does not parse is left out; a test
/// holds all of them to parsing.
pub fn all() -> &'static [Lesson] {
    static ALL: OnceLock<Vec<Lesson>> = OnceLock::new();
    ALL.get_or_init(|| COMPILED_IN.iter().filter_map(|files| parse(*files).ok()).collect())
}

/// A lesson by its slug.
pub fn find(slug: &str) -> Option<&'static Lesson> {
    all().iter().find(|lesson| lesson.slug == slug)
}

/// Reads a lesson from its files.
pub fn parse(files: Files<'_>) -> Result<Lesson, Refusal> {
    let manifest: Manifest = toml::from_str(files.manifest)
        .map_err(|error| refuse(files.folder, "lesson.toml", error.to_string().trim()))?;
    let fault = |what: String| Err(refuse(files.folder, "lesson.toml", &what));
    for step in &manifest.steps {
        if let Some(action) = step.actions.iter().find(|action| !ACTIONS.contains(&action.as_str())) {
            return fault(format!("step {}: there is no action “{action}”", step.id));
        }
    }
    let goals: Vec<&GoalSpec> = manifest.steps.iter().flat_map(|step| &step.goals).collect();
    for (at, goal) in goals.iter().enumerate() {
        if goals[..at].iter().any(|earlier| earlier.id == goal.id) {
            return fault(format!("goal {} is there twice", goal.id));
        }
        if let Some(after) = &goal.after
            && !goals[..at].iter().any(|earlier| earlier.id == *after)
        {
            return fault(format!("goal {}: there is no goal {after} before it", goal.id));
        }
    }
    let mut texts = BTreeMap::new();
    for (lang, text) in [("zh", files.zh), ("en", files.en)] {
        texts.insert(lang.to_owned(), parse_text(files.folder, lang, text, &manifest.steps)?);
    }
    Ok(Lesson {
        slug: manifest.slug,
        minutes: manifest.minutes,
        track: manifest.track,
        topology: manifest.topology,
        seed: manifest.seed,
        speed: manifest.speed,
        settings: manifest.settings,
        steps: manifest.steps,
        texts,
    })
}

fn refuse(folder: &str, file: &str, what: &str) -> Refusal {
    Refusal::new("bad_lesson", format!("lessons/{folder}/{file}: {what}"))
}

fn parse_text(folder: &str, lang: &str, text: &str, steps: &[StepSpec]) -> Result<LessonText, Refusal> {
    let file = format!("{lang}.md");
    let fault = |what: String| refuse(folder, &file, &what);
    let rest =
        text.strip_prefix("+++\n").ok_or_else(|| fault("it does not begin with a +++ line".to_owned()))?;
    let (front, body) = rest
        .split_once("\n+++\n")
        .ok_or_else(|| fault("the front matter has no closing +++ line".to_owned()))?;
    let front: FrontMatter =
        toml::from_str(front).map_err(|error| fault(error.to_string().trim().to_owned()))?;
    let mut found = sections(body);
    let mut ordered = Vec::with_capacity(steps.len());
    for step in steps {
        let section = found.remove(step.id.as_str());
        ordered.push(section.ok_or_else(|| fault(format!("there is no heading with {{#{}}}", step.id)))?);
        for goal in &step.goals {
            if !front.goals.contains_key(&goal.id) {
                return Err(fault(format!("goals: there is no label for {}", goal.id)));
            }
        }
    }
    if let Some(id) = found.into_keys().next() {
        return Err(fault(format!("the heading {{#{id}}} belongs to no step")));
    }
    Ok(LessonText {
        title: front.title,
        summary: front.summary,
        steps: ordered,
        goals: front.goals,
        hints: front.hints,
    })
}

/// The sections of a text by the id in their heading.
fn sections(body: &str) -> BTreeMap<&str, StepText> {
    let mut sections: BTreeMap<&str, StepText> = BTreeMap::new();
    let mut current = None;
    for line in body.lines() {
        let heading = line.strip_prefix("# ").and_then(|rest| rest.trim_end().strip_suffix('}'));
        if let Some((title, id)) = heading.and_then(|rest| rest.rsplit_once("{#")) {
            sections.insert(id, StepText { title: title.trim().to_owned(), markdown: String::new() });
            current = Some(id);
        } else if let Some(section) = current.and_then(|id| sections.get_mut(id)) {
            section.markdown.push_str(line);
            section.markdown.push('\n');
        }
    }
    for section in sections.values_mut() {
        section.markdown = section.markdown.trim().to_owned();
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_compiled_in_lesson_parses_and_has_a_slug_of_its_own() {
        let mut slugs = Vec::new();
        for files in COMPILED_IN {
            let lesson = parse(files).unwrap_or_else(|refusal| panic!("{refusal}"));
            assert!(files.folder.ends_with(&lesson.slug));
            assert!(!slugs.contains(&lesson.slug));
            slugs.push(lesson.slug);
        }
        assert_eq!(all().len(), COMPILED_IN.len());
    }

    fn check(change: impl Fn(&mut String, &mut String), expected: &str) {
        let files = COMPILED_IN[0];
        let (mut manifest, mut zh) = (files.manifest.to_owned(), files.zh.to_owned());
        change(&mut manifest, &mut zh);
        let refusal = parse(Files { manifest: &manifest, zh: &zh, ..files }).expect_err(expected);
        assert!(refusal.error.contains(expected), "{}", refusal.error);
    }

    #[test]
    fn errors_name_file_and_field() {
        check(|manifest, _| *manifest = manifest.replace("minutes", "minuets"), "lesson.toml");
        check(
            |manifest, _| *manifest = manifest.replace("\"pull-plug\"", "\"pull-chain\""),
            "no action “pull-chain”",
        );
        check(|_, zh| *zh = zh.replacen("{#", "{#x", 1), "zh.md: there is no heading with");
        check(|_, zh| *zh = zh.replacen("+++", "---", 1), "zh.md: it does not begin");
        check(|_, zh| zh.push_str("\n# 多余 {#extra}\n"), "{#extra} belongs to no step");
    }
}
