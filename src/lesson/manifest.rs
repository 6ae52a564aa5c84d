//! The shape of a lesson, how it is read, and the lessons that are built in.
//!
//! `lesson.toml` holds what both languages share; each language file begins with front matter between `+++`
//! lines (title, summary, goal labels, hints) and goes on with one `# Title {#step-id}` heading a step. What is
//! TOML in these files was packed when the program was built (`tree`). Manifests are part of every program; texts are
//! part of native ones only, and the page learns the ones it shows ([`Lesson::learn`]).
//! Promises: an error names the file and the field or step; a lesson that parses is complete in both languages.
//! Leaves out: grading (`grade`).

use std::sync::OnceLock;

use super::fields::{Fault, Field, Fields};
#[cfg(not(target_arch = "wasm32"))]
use super::source;
use super::tree;
use crate::types::program::{self, needs_whole};
use crate::types::{Map, Parcel, Refusal};

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
    /// Whether only the whole program has what it needs: by its topology, or because its manifest says `program = "whole"`.
    pub whole: bool,
    /// The seed a run begins with unless the address names one.
    pub seed: u64,
    /// The pace it begins with, virtual seconds a second.
    pub speed: f64,
    /// Settings that differ from the simulation's defaults, by name.
    pub settings: Map<String, u64>,
    /// Its steps.
    pub steps: Vec<StepSpec>,
    /// Its texts, by language, as far as they have been learnt.
    texts: [OnceLock<LessonText>; 2],
}

/// The languages of texts, in the order in which they are numbered.
const LANGS: [&str; 2] = ["zh", "en"];

impl Lesson {
    /// Its text in a language, `zh` or `en`, if it has been learnt.
    pub fn text(&self, lang: &str) -> Option<&LessonText> {
        self.texts.get(number(lang)?)?.get()
    }

    /// The file that its text in a language lies in, where it is apart from the program.
    pub fn parcel(&self, lang: &str) -> Option<Parcel> {
        let files = BUILT_IN.iter().find(|files| files.folder.ends_with(&self.slug))?;
        Some(Parcel { name: format!("{}.{lang}", self.slug), hash: files.hashes[number(lang)?] })
    }

    /// Takes its text in a language in, for good.
    pub fn learn(&self, lang: &str, packed: &str) -> Result<(), Refusal> {
        let refuse = |fault: Fault| refuse(&self.slug, &format!("{lang}.md"), &fault);
        let place = number(lang).ok_or_else(|| refuse("there is no such language".to_owned()))?;
        let text = parse_text(packed, &self.steps).map_err(refuse)?;
        self.texts[place].get_or_init(|| text);
        Ok(())
    }
}

fn number(lang: &str) -> Option<usize> {
    LANGS.iter().position(|known| *known == lang)
}

/// A step: what can be done in it and what is to be reached.
#[derive(Clone, Debug, PartialEq)]
pub struct StepSpec {
    /// Its name within the lesson.
    pub id: String,
    /// The actions that the page offers as buttons, in order; each is one of [`ACTIONS`].
    pub actions: Vec<String>,
    /// What is to be reached.
    pub goals: Vec<GoalSpec>,
}

/// The actions that a step may offer.
pub const ACTIONS: [&str; 26] = [
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
    "flush",
    "search",
    "delete-hundred",
    "compact",
    "import-100000",
    "flip-bit",
    "crash-before-append",
    "crash-mid-record",
    "crash-before-fsync",
    "crash-before-ack",
    "crash-during-flush",
    "crash-during-checkpoint",
    "crash-during-recovery",
    "restart-engine",
    "measure-batches",
    "measure-recovery",
];

/// A goal.
#[derive(Clone, Debug, PartialEq)]
pub struct GoalSpec {
    /// Its name within the lesson.
    pub id: String,
    /// A goal that has to be met first; what happened before that does not count.
    pub after: Option<String>,
    /// When it is met.
    pub when: Predicate,
}

/// When a goal is met. Each is checked against events and meters, never against clicks.
#[derive(Clone, Debug, PartialEq)]
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
    pub goals: Map<String, String>,
    /// Hints by step.
    pub hints: Map<String, Vec<String>>,
}

/// A step's text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepText {
    /// Its title.
    pub title: String,
    /// Its body: Markdown as `marks`, which were made when the program was built.
    pub marked: String,
}

/// The files of a lesson: its manifest, its Chinese and its English text.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// The folder's name, for errors.
    pub folder: &'a str,
    /// `lesson.toml`, packed.
    pub manifest: &'a str,
    /// `zh.md`, with its front matter packed and its Markdown as marks.
    pub zh: &'a str,
    /// `en.md`, likewise.
    pub en: &'a str,
}

/// A lesson as it is built in.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// The folder's name.
    pub folder: &'static str,
    /// `lesson.toml`, packed.
    pub manifest: &'static str,
    /// The hashes of its texts, by language.
    pub hashes: [u32; 2],
    /// Its texts, packed, by language.
    #[cfg(not(target_arch = "wasm32"))]
    pub texts: [&'static str; 2],
}

#[cfg(not(target_arch = "wasm32"))]
impl BuiltIn {
    /// The same as files.
    pub fn files(&self) -> Files<'static> {
        let [zh, en] = self.texts;
        Files { folder: self.folder, manifest: self.manifest, zh, en }
    }

    fn parse(&self) -> Result<Lesson, Refusal> {
        parse(self.files())
    }
}

#[cfg(target_arch = "wasm32")]
impl BuiltIn {
    fn parse(&self) -> Result<Lesson, Refusal> {
        parse_alone(self.folder, self.manifest)
    }
}

/// The lessons that are built in, in the order of the course: one a folder of `lessons/`.
pub const BUILT_IN: &[BuiltIn] = include!(concat!(env!("OUT_DIR"), "/lessons.rs"));

/// The lessons that are built in, in the order of the course. One that does not parse is left out; a test
/// holds all of them to parsing.
pub fn all() -> &'static [Lesson] {
    static ALL: OnceLock<Vec<Lesson>> = OnceLock::new();
    ALL.get_or_init(|| BUILT_IN.iter().filter_map(|files| files.parse().ok()).collect())
}

/// A lesson by its slug.
pub fn find(slug: &str) -> Option<&'static Lesson> {
    all().iter().find(|lesson| lesson.slug == slug)
}

/// Reads a lesson from its files as authors write them: TOML as TOML, and Markdown, which stays as it is.
#[cfg(not(target_arch = "wasm32"))]
pub fn parse_source(files: Files<'_>) -> Result<Lesson, Refusal> {
    let Files { folder, manifest, zh, en } = files;
    let manifest = source::manifest(manifest).map_err(|fault| refuse(folder, "lesson.toml", &fault))?;
    let zh = source::text(zh).map_err(|fault| refuse(folder, "zh.md", &fault))?;
    let en = source::text(en).map_err(|fault| refuse(folder, "en.md", &fault))?;
    parse(Files { folder, manifest: &manifest, zh: &zh, en: &en })
}

/// Reads a lesson from its files as the build packs them.
#[cfg(not(target_arch = "wasm32"))]
pub fn parse(files: Files<'_>) -> Result<Lesson, Refusal> {
    let lesson = parse_alone(files.folder, files.manifest)?;
    for (lang, text) in [("zh", files.zh), ("en", files.en)] {
        let refuse = |fault: Fault| refuse(files.folder, &format!("{lang}.md"), &fault);
        let text = parse_text(text, &lesson.steps).map_err(refuse)?;
        lesson.texts[usize::from(lang == "en")].get_or_init(|| text);
    }
    Ok(lesson)
}

/// Reads a lesson's manifest; its texts may be learnt later.
fn parse_alone(folder: &str, manifest: &str) -> Result<Lesson, Refusal> {
    let lesson = parse_manifest(manifest).and_then(|lesson| check_goals(&lesson).map(|()| lesson));
    lesson.map_err(|fault| refuse(folder, "lesson.toml", &fault))
}

fn refuse(folder: &str, file: &str, what: &str) -> Refusal {
    Refusal::new("bad_lesson", format!("lessons/{folder}/{file}: {what}"))
}

/// What `lesson.toml` holds; texts come later.
fn parse_manifest(text: &str) -> Result<Lesson, Fault> {
    let (document, rest) = tree::unpack(text)?;
    if !rest.is_empty() {
        return Err("there is something after its end".to_owned());
    }
    let mut fields = Fields::of(document)?;
    let mut settings = Map::new();
    if let Some(table) = fields.optional("settings") {
        for (name, value) in table.table()?.rest() {
            settings.insert(name, value.whole()?);
        }
    }
    let topology = fields.field("topology")?.text()?;
    let whole = match fields.optional("program").map(Field::text).transpose()? {
        Some(word) if word != program::WORD => return Err(format!("there is no program “{word}”")),
        word => word.is_some() || needs_whole(&topology),
    };
    let parse_step = if whole && !cfg!(feature = "whole") { skim_step } else { parse_step };
    let lesson = Lesson {
        slug: fields.field("slug")?.text()?,
        minutes: fields.field("minutes")?.whole()? as u32,
        track: fields.field("track")?.whole()? as u32,
        topology,
        whole,
        seed: fields.field("seed")?.whole()?,
        speed: fields.field("speed")?.number()?,
        settings,
        steps: fields.field("steps")?.list()?.into_iter().map(parse_step).collect::<Result<_, _>>()?,
        texts: Default::default(),
    };
    fields.end()?;
    Ok(lesson)
}

fn parse_step(field: Field) -> Result<StepSpec, Fault> {
    let mut fields = field.table()?;
    let goals = fields.optional("goals").map_or(Ok(Vec::new()), Field::list)?;
    let step = StepSpec {
        id: fields.field("id")?.text()?,
        actions: fields.optional("actions").map_or(Ok(Vec::new()), Field::texts)?,
        goals: goals.into_iter().map(parse_goal).collect::<Result<_, _>>()?,
    };
    fields.end()?;
    match step.actions.iter().find(|action| !ACTIONS.contains(&action.as_str())) {
        Some(action) => Err(format!("step {}: there is no action “{action}”", step.id)),
        None => Ok(step),
    }
}

/// Of a lesson that the small program only lists: how many steps it has, and no word that it would not know.
fn skim_step(field: Field) -> Result<StepSpec, Fault> {
    let id = field.table()?.field("id")?.text()?;
    Ok(StepSpec { id, actions: Vec::new(), goals: Vec::new() })
}

fn parse_goal(field: Field) -> Result<GoalSpec, Fault> {
    let mut fields = field.table()?;
    let id = fields.field("id")?.text()?;
    let after = fields.optional("after").map(Field::text).transpose()?;
    let when = fields.field("when")?.text()?;
    let mut whole = |name: &str| fields.field(name)?.whole();
    let when = match when.as_str() {
        "rows_acknowledged" => Predicate::RowsAcknowledged { at_least: whole("at_least")? },
        "query_returned" => Predicate::QueryReturned { at_least: whole("at_least")? },
        "recovered_mid_insert" => Predicate::RecoveredMidInsert,
        "leader_elected" => Predicate::LeaderElected,
        "writes_acknowledged" => Predicate::WritesAcknowledged { at_least: whole("at_least")? },
        "leader_killed" => Predicate::LeaderKilled,
        "service_restored" => Predicate::ServiceRestored {
            rto_below_ms: whole("rto_below_ms")?,
            failed_below: whole("failed_below")?,
        },
        "no_majority" => Predicate::NoMajority,
        "power_cut_survived" => Predicate::PowerCutSurvived,
        other => return Err(format!("goal {id}: there is no condition “{other}”")),
    };
    fields.end()?;
    Ok(GoalSpec { id, after, when })
}

/// Goals have names of their own, and come after goals that are there before them.
fn check_goals(lesson: &Lesson) -> Result<(), Fault> {
    let goals: Vec<&GoalSpec> = lesson.steps.iter().flat_map(|step| &step.goals).collect();
    for (at, goal) in goals.iter().enumerate() {
        let known = |id: &str| goals[..at].iter().any(|earlier| earlier.id == id);
        if known(&goal.id) {
            return Err(format!("goal {} is there twice", goal.id));
        }
        if let Some(after) = goal.after.as_deref().filter(|after| !known(after)) {
            return Err(format!("goal {}: there is no goal {after} before it", goal.id));
        }
    }
    Ok(())
}

fn parse_text(text: &str, steps: &[StepSpec]) -> Result<LessonText, Fault> {
    let (front, body) = tree::unpack(text)?;
    let mut fields = Fields::of(front)?;
    let mut lesson = LessonText {
        title: fields.field("title")?.text()?,
        summary: fields.field("summary")?.text()?,
        ..LessonText::default()
    };
    for (goal, label) in fields.field("goals")?.table()?.rest() {
        lesson.goals.insert(goal, label.text()?);
    }
    if let Some(hints) = fields.optional("hints") {
        for (step, texts) in hints.table()?.rest() {
            lesson.hints.insert(step, texts.texts()?);
        }
    }
    fields.end()?;
    let mut found = sections(body);
    for step in steps {
        let section = found.remove(step.id.as_str());
        lesson.steps.push(section.ok_or_else(|| format!("there is no heading with {{#{}}}", step.id))?);
        if let Some(goal) = step.goals.iter().find(|goal| !lesson.goals.contains_key(&goal.id)) {
            return Err(format!("goals: there is no label for {}", goal.id));
        }
    }
    match found.keys().next() {
        Some(id) => Err(format!("the heading {{#{id}}} belongs to no step")),
        None => Ok(lesson),
    }
}

/// The sections of a text by the id in their heading.
fn sections(body: &str) -> Map<&str, StepText> {
    let mut sections: Map<&str, StepText> = Map::new();
    let mut current = None;
    for line in body.lines() {
        let heading = line.strip_prefix("# ").and_then(|rest| rest.trim_end().strip_suffix('}'));
        if let Some((title, id)) = heading.and_then(|rest| rest.rsplit_once("{#")) {
            sections.insert(id, StepText { title: title.trim().to_owned(), marked: String::new() });
            current = Some(id);
        } else if let Some(section) = current.and_then(|id| sections.get_mut(id)) {
            section.marked.push_str(line);
            section.marked.push('\n');
        }
    }
    for section in sections.values_mut() {
        section.marked = section.marked.trim().to_owned();
    }
    sections
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_lesson_parses_and_has_a_slug_of_its_own() {
        let mut slugs = Vec::new();
        for built in BUILT_IN {
            let lesson = built.parse().unwrap_or_else(|refusal| panic!("{refusal}"));
            assert!(built.folder.ends_with(&lesson.slug));
            for (place, lang) in LANGS.into_iter().enumerate() {
                let parcel = lesson.parcel(lang).expect("both languages have one");
                assert!(parcel.holds(built.texts[place]), "{}", parcel.path());
                let alone =
                    parse_alone(built.folder, built.manifest).unwrap_or_else(|fault| panic!("{fault}"));
                assert_eq!(alone.text(lang), None);
                alone.learn(lang, built.texts[place]).unwrap_or_else(|fault| panic!("{fault}"));
                assert_eq!(alone.text(lang), lesson.text(lang));
            }
            assert!(!slugs.contains(&lesson.slug));
            slugs.push(lesson.slug);
        }
        assert_eq!(all().len(), BUILT_IN.len());
    }

    const SOURCE: Files<'static> = Files {
        folder: "01-crash-recovery",
        manifest: include_str!("../../lessons/01-crash-recovery/lesson.toml"),
        zh: include_str!("../../lessons/01-crash-recovery/zh.md"),
        en: include_str!("../../lessons/01-crash-recovery/en.md"),
    };

    #[test]
    fn a_lesson_read_from_its_source_is_the_one_that_is_built_in() {
        let unmarked = |mut lesson: Lesson| {
            let texts = lesson.texts.iter_mut().filter_map(OnceLock::get_mut);
            for step in texts.flat_map(|text| &mut text.steps) {
                assert!(!step.marked.is_empty(), "{}", step.title);
                step.marked.clear();
            }
            lesson
        };
        let read = [parse_source(SOURCE), BUILT_IN[0].parse()];
        let [source, built] =
            read.map(|lesson| unmarked(lesson.unwrap_or_else(|refusal| panic!("{refusal}"))));
        assert_eq!(source, built);
    }

    fn check(change: impl Fn(&mut String, &mut String), expected: &str) {
        let (mut manifest, mut zh) = (SOURCE.manifest.to_owned(), SOURCE.zh.to_owned());
        change(&mut manifest, &mut zh);
        let refusal = parse_source(Files { manifest: &manifest, zh: &zh, ..SOURCE }).expect_err(expected);
        assert!(refusal.error.contains(expected), "{}", refusal.error);
    }

    #[test]
    fn errors_name_file_and_field() {
        check(
            |manifest, _| *manifest = manifest.replace("minutes", "minuets"),
            "lesson.toml: line 1: there is no minutes",
        );
        check(
            |manifest, _| *manifest = manifest.replace("seed = 7", "seed = 7\ncolour = 1"),
            "line 7: colour is not known",
        );
        check(
            |manifest, _| *manifest = manifest.replace("seed = 7", "seed = \"7\""),
            "line 6: seed has to be a whole",
        );
        check(|manifest, _| *manifest = manifest.replace("seed = 7", "seed = = 7"), "line 6: ");
        check(
            |manifest, _| *manifest = manifest.replace("seed = 7", "seed = 7\nprogram = \"small\""),
            "there is no program “small”",
        );
        check(
            |manifest, _| *manifest = manifest.replace("\"pull-plug\"", "\"pull-chain\""),
            "no action “pull-chain”",
        );
        check(|_, zh| *zh = zh.replacen("{#", "{#x", 1), "zh.md: there is no heading with");
        check(|_, zh| *zh = zh.replacen("+++", "---", 1), "zh.md: it does not begin");
        check(|_, zh| zh.push_str("\n# 多余 {#extra}\n"), "{#extra} belongs to no step");
        check(|_, zh| *zh = zh.replacen("title = ", "title == ", 1), "zh.md: line 2: ");
        check(
            |_, zh| *zh = zh.replacen("summary = \"", "summary = 1 # ", 1),
            "zh.md: line 3: summary has to be",
        );
    }

    #[test]
    fn a_lesson_needs_the_whole_program_by_its_topology_or_its_own_word() {
        let check = |from: &str, to: &str, whole: bool| {
            let manifest = SOURCE.manifest.replace(from, to);
            assert!(manifest.contains(to));
            let lesson =
                parse_source(Files { manifest: &manifest, ..SOURCE }).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(lesson.whole, whole, "{to}");
        };
        check("seed = 7", "seed = 7", false);
        check("seed = 7", "seed = 7\nprogram = \"whole\"", true);
        check("topology = \"standalone\"", "topology = \"milvus:replicas=1\"", true);
    }

    #[test]
    fn errors_in_packed_files_name_the_file() {
        let files = BUILT_IN[0].files();
        let check = |files: Files<'_>, expected: &str| {
            let refusal = parse(files).expect_err(expected);
            assert!(refusal.error.contains(expected), "{}", refusal.error);
        };
        check(Files { manifest: "", ..files }, "01-crash-recovery/lesson.toml: damaged after 0 bytes");
        check(Files { manifest: "s1,2:ab", ..files }, "lesson.toml: line 1: the document has to be a table");
        check(
            Files { manifest: &format!("{} ", files.manifest), ..files },
            "lesson.toml: there is something after",
        );
        check(Files { en: &files.en[..40], ..files }, "01-crash-recovery/en.md: damaged after");
    }
}
