//! The structure of a lesson, the parser of its manifest, and the built-in lessons.
//!
//! `lesson.toml` holds what both languages share; `text` reads the texts. Native programs contain both. The page
//! contains only what it needs before a lesson is opened ([`BuiltIn`]), and loads manifest and text of the lessons it
//! shows ([`BuiltIn::learn`]). Guarantees: an error names the file and the field or step; a lesson that parses is
//! complete in both languages. Leaves out: grading (`grade`), and whether it can be solved (`course`).

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::fields::Field;
use super::fields::{Fault, Fields};
#[cfg(any(not(target_arch = "wasm32"), feature = "bundled"))]
use super::schema::LANGS;
use super::schema::{GoalSpec, Lesson, LessonText, number};
use super::schema_parser as parser;
use super::text::parse_text;
use quorum_texts::asset::{self, Asset};
use quorum_texts::source;
use quorum_texts::tree::Node;
use quorum_types::Refusal;

/// Longest lesson.
const MAX_MINUTES: u64 = 240;
/// Tracks of the course.
const TRACKS: u64 = 4;
/// JavaScript cannot represent a larger seed exactly.
const MAX_SEED: u64 = (1 << 53) - 1;
/// The range of paces that the page supports.
const MIN_SPEED: f64 = 0.1;
const MAX_SPEED: f64 = 100_000.0;

impl Lesson {
    /// Its text in a language, `zh` or `en`, if it is loaded.
    pub fn text(&self, lang: &str) -> Option<&LessonText> {
        self.texts.get(number(lang)?)?.get()
    }

    /// Loads its text in a language, permanently.
    pub fn learn(&self, lang: &str, text: &str) -> Result<(), Refusal> {
        let refuse = |fault: Fault| refuse(&self.slug, &format!("{lang}.md"), &fault);
        let place = number(lang).ok_or_else(|| refuse("there is no such language".to_owned()))?;
        let text = parse_text(text, 1, self).map_err(refuse)?;
        self.texts[place].get_or_init(|| text);
        Ok(())
    }
}

/// The files of a lesson: its manifest, its Chinese and its English text.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// Prefix of the file names in errors, such as `lessons/02-kill-the-leader/`.
    pub place: &'a str,
    /// `lesson.toml`.
    pub manifest: &'a str,
    /// `zh.md`.
    pub zh: &'a str,
    /// `en.md`.
    pub en: &'a str,
}

/// A lesson of the course: the facts that every program contains, and the lesson itself once it is loaded.
#[derive(Debug)]
pub struct BuiltIn {
    /// The folder, from the lessons' folder: its name, or of a mission `missions/` and its name.
    pub folder: &'static str,
    /// Addresses that lead to it besides its slug.
    pub aliases: &'static [&'static str],
    /// The kind of its world: its topology up to the colon.
    pub world: &'static str,
    /// The hashes of its files (manifest and text), by language.
    pub hashes: [u32; 2],
    /// The lesson, once it is loaded.
    known: OnceLock<Known>,
    /// `lesson.toml`.
    #[cfg(any(not(target_arch = "wasm32"), feature = "bundled"))]
    pub manifest: &'static str,
    /// Its texts, by language.
    #[cfg(any(not(target_arch = "wasm32"), feature = "bundled"))]
    pub texts: [&'static str; 2],
    /// The teacher's guide, `guide.toml`, if there is one.
    #[cfg(any(not(target_arch = "wasm32"), feature = "bundled"))]
    pub guide: Option<&'static str>,
}

/// A lesson and the manifest that it was read from.
#[derive(Debug)]
struct Known {
    lesson: Lesson,
    manifest: String,
}

impl BuiltIn {
    /// Its name in addresses: the folder's, without its number.
    pub fn slug(&self) -> &'static str {
        quorum_texts::slug_of(self.folder)
    }

    /// The file with its manifest and its text in a language, if they are separate from the program.
    pub fn asset(&self, lang: &str) -> Option<Asset> {
        Some(Asset::text(format!("{}.{lang}", self.slug()), self.hashes[number(lang)?]))
    }

    /// The lesson; `None` until its manifest is loaded.
    pub fn lesson(&'static self) -> Option<&'static Lesson> {
        self.known().map(|known| &known.lesson)
    }

    /// The manifest, once it has been loaded; for code that has to load it elsewhere.
    pub fn source(&'static self) -> Option<&'static str> {
        self.known().map(|known| known.manifest.as_str())
    }

    #[cfg(all(target_arch = "wasm32", not(feature = "bundled")))]
    fn known(&'static self) -> Option<&'static Known> {
        self.known.get()
    }

    #[cfg(any(not(target_arch = "wasm32"), feature = "bundled"))]
    fn known(&'static self) -> Option<&'static Known> {
        if self.known.get().is_none() {
            let known = self.parse().ok()?;
            self.known.get_or_init(|| known);
        }
        self.known.get()
    }

    #[cfg(any(not(target_arch = "wasm32"), feature = "bundled"))]
    fn parse(&self) -> Result<Known, Refusal> {
        let known = self.read(self.manifest)?;
        for (lang, text) in LANGS.into_iter().zip(self.texts) {
            known.lesson.learn(lang, text)?;
        }
        Ok(known)
    }

    /// Loads its file in a language, permanently: the text, and the manifest unless it is already loaded.
    pub fn learn(&'static self, lang: &str, file: &str) -> Result<(), Refusal> {
        let cut = || refuse(self.folder, "lesson.toml", "there is no text behind it");
        let (manifest, text) = asset::split(file).ok_or_else(cut)?;
        self.learn_manifest(manifest)?.learn(lang, text)
    }

    /// Loads its manifest, permanently, unless it is already loaded.
    pub fn learn_manifest(&'static self, manifest: &str) -> Result<&'static Lesson, Refusal> {
        if self.known.get().is_none() {
            let known = self.read(manifest)?;
            self.known.get_or_init(|| known);
        }
        let unread = || refuse(self.folder, "lesson.toml", "it cannot be read");
        self.known.get().map(|known| &known.lesson).ok_or_else(unread)
    }

    fn read(&self, manifest: &str) -> Result<Known, Refusal> {
        Ok(Known { lesson: parse_alone(self.folder, manifest)?, manifest: manifest.to_owned() })
    }
}

// `BUILT_IN`, the lessons of the course in its order.
include!(concat!(env!("OUT_DIR"), "/lessons.rs"));

/// The slug of the lesson that contains a lesson's texts: for a run that refutes an answer, the lesson with the
/// question.
pub fn base(slug: &str) -> &str {
    slug.split('#').next().unwrap_or_default()
}

/// A lesson of the course by its slug or an alias, loaded or not.
pub fn built_in(slug: &str) -> Option<&'static BuiltIn> {
    named(&BUILT_IN, slug)
}

/// The lesson of this slug; the one with this alias where there is none.
fn named<'a>(lessons: &'a [BuiltIn], slug: &str) -> Option<&'a BuiltIn> {
    let own = lessons.iter().find(|lesson| lesson.slug() == slug);
    own.or_else(|| lessons.iter().find(|lesson| lesson.aliases.contains(&slug)))
}

/// What a lesson is called now: its slug for an alias, otherwise the name as it is. A run that refutes an answer
/// (`slug#step.choice`) keeps what follows its slug.
pub fn canonical(name: &str) -> String {
    let slug = base(name);
    let now = built_in(slug).map_or(slug, |lesson| lesson.slug());
    format!("{now}{}", &name[slug.len()..])
}

/// The loaded lessons of the course, in its order: natively all of them. A lesson that does not parse is left out; a
/// test checks that all of them parse.
pub fn all() -> impl Iterator<Item = &'static Lesson> {
    BUILT_IN.iter().filter_map(BuiltIn::lesson)
}

/// Reads a lesson from its files as authors write them: TOML and Markdown.
pub fn parse_source(files: Files<'_>) -> Result<Lesson, Refusal> {
    let Files { place, manifest, zh, en } = files;
    let refused = |file: &str, fault: &Fault| Refusal::new("bad_lesson", format!("{place}{file}: {fault}"));
    let read = source::tree(manifest, 1).and_then(read_manifest);
    let lesson = read.map_err(|fault| refused("lesson.toml", &fault))?;
    for (place, (lang, text)) in [("zh", zh), ("en", en)].into_iter().enumerate() {
        let file = format!("{lang}.md");
        let text = parse_text(text, 1, &lesson).map_err(|fault| refused(&file, &fault))?;
        lesson.texts[place].get_or_init(|| text);
    }
    Ok(lesson)
}

/// Reads a lesson's manifest; its texts may be loaded later.
fn parse_alone(folder: &str, manifest: &str) -> Result<Lesson, Refusal> {
    source::tree(manifest, 1).and_then(read_manifest).map_err(|fault| refuse(folder, "lesson.toml", &fault))
}

pub(super) fn read_manifest(manifest: Node) -> Result<Lesson, Fault> {
    let mut lesson = parse_manifest(manifest)?;
    check_goals(&lesson)?;
    parser::check(&lesson.steps, &lesson.course)?;
    lesson.course.refutations = parser::refutations(&lesson);
    Ok(lesson)
}

fn refuse(folder: &str, file: &str, what: &str) -> Refusal {
    Refusal::new("bad_lesson", format!("lessons/{folder}/{file}: {what}"))
}

/// The contents of `lesson.toml`; texts are loaded later.
fn parse_manifest(document: Node) -> Result<Lesson, Fault> {
    let mut fields = Fields::of(document)?;
    let mut settings = BTreeMap::new();
    if let Some(table) = fields.optional("settings") {
        for (name, value) in table.table()?.rest() {
            settings.insert(name, value.whole()?);
        }
    }
    let topology = fields.field("topology")?.text()?;
    // Lessons were once marked with the page's program that could play them. Older files may still say it.
    if let Some(word) = fields.optional("program").map(Field::text).transpose()?
        && word != "whole"
    {
        return Err(format!("there is no program “{word}”; leave the field out"));
    }
    let course = parser::course(&mut fields)?;
    let parse_step = |field| parser::step(field, &course);
    let lesson = Lesson {
        slug: fields.field("slug")?.slug()?,
        minutes: fields.field("minutes")?.whole_in(1, MAX_MINUTES)? as u32,
        track: fields.field("track")?.whole_in(1, TRACKS)? as u32,
        topology,
        seed: fields.field("seed")?.whole_in(0, MAX_SEED)?,
        speed: fields.field("speed")?.number_in(MIN_SPEED, MAX_SPEED)?,
        settings,
        steps: fields.field("steps")?.list()?.into_iter().map(parse_step).collect::<Result<_, _>>()?,
        course,
        texts: Default::default(),
    };
    fields.end()?;
    Ok(lesson)
}

/// Goals have unique names, and come after goals that are defined before them.
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

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_lesson_parses_and_has_a_slug_of_its_own() {
        let mut slugs = Vec::new();
        for built in &BUILT_IN {
            let lesson = parse(built);
            assert_eq!(built.slug(), lesson.slug);
            assert_eq!(built.folder.starts_with("missions/"), lesson.course.mission.is_some());
            assert_eq!(built.aliases, lesson.course.aliases);
            for alias in built.aliases {
                assert!(crate::find(alias).is_some_and(|found| found.slug == lesson.slug), "{alias}");
            }
            assert_eq!(lesson.topology.split(':').next(), Some(built.world));
            for (place, lang) in LANGS.into_iter().enumerate() {
                let asset = built.asset(lang).expect("both languages have one");
                let file = asset::join(built.manifest, lang, built.texts[place]);
                assert!(asset.holds(&file), "{}", asset.path());
                assert_eq!(
                    asset::split(&file),
                    Some((built.manifest.trim_end_matches('\n'), built.texts[place]))
                );
                let alone =
                    parse_alone(built.folder, built.manifest).unwrap_or_else(|fault| panic!("{fault}"));
                assert_eq!(alone.text(lang), None);
                alone.learn(lang, built.texts[place]).unwrap_or_else(|fault| panic!("{fault}"));
                assert_eq!(alone.text(lang), lesson.text(lang));
            }
            assert!(!slugs.contains(&lesson.slug));
            slugs.push(lesson.slug);
        }
        assert_eq!(all().count(), BUILT_IN.len());
    }

    fn parse(built: &BuiltIn) -> Lesson {
        built.parse().unwrap_or_else(|refusal| panic!("{refusal}")).lesson
    }

    #[test]
    fn a_lesson_is_loaded_from_its_files_as_the_page_loads_it() {
        let here = &BUILT_IN[1];
        let new = BuiltIn { known: OnceLock::new(), ..*here };
        let page: &'static BuiltIn = Box::leak(Box::new(new));
        for (lang, text) in LANGS.into_iter().zip(here.texts) {
            let refusal = page.learn(lang, text).expect_err("a text alone is not enough");
            assert!(refusal.error.contains("lesson.toml: there is no text behind it"), "{refusal}");
            assert!(lang == "en" || page.known.get().is_none());
            page.learn(lang, &asset::join(here.manifest, lang, text)).expect("it is learnt");
            let lesson = &page.known.get().expect("it is known").lesson;
            assert_eq!(lesson.text(lang), parse(here).text(lang));
            assert_eq!(lesson.text("en").is_some(), lang == "en");
        }
        assert_eq!(page.lesson(), here.lesson());
        // The worker parses the file in the same way as the page.
        let worker: &'static BuiltIn = Box::leak(Box::new(BuiltIn { known: OnceLock::new(), ..*here }));
        let learnt = worker.learn_manifest(page.source().expect("it is known")).expect("it is learnt");
        assert_eq!((learnt.text("zh"), &learnt.steps), (None, &parse(here).steps));
    }

    #[test]
    fn an_alias_leads_to_its_lesson_unless_another_has_that_name() {
        let with = |folder: &'static str, aliases: &'static [&'static str]| BuiltIn {
            folder,
            aliases,
            known: OnceLock::new(),
            ..BUILT_IN[0]
        };
        let lessons = [with("01-new", &["old", "third"]), with("missions/02-third", &[])];
        let folder = |slug: &str| named(&lessons, slug).map(|lesson| lesson.folder);
        assert_eq!(["new", "old", "third"].map(folder), [0, 0, 1].map(|at| Some(lessons[at].folder)));
        assert_eq!(folder("01-new"), None);
        assert_eq!(canonical("no-lesson#why.all"), "no-lesson#why.all");
        assert_eq!(canonical("pre-vote"), "pre-vote");
    }

    const SOURCE: Files<'static> = Files {
        place: "01-crash-recovery/",
        manifest: include_str!("../../../lessons/01-crash-recovery/lesson.toml"),
        zh: include_str!("../../../lessons/01-crash-recovery/zh.md"),
        en: include_str!("../../../lessons/01-crash-recovery/en.md"),
    };

    #[test]
    fn a_lesson_read_from_its_source_is_the_one_that_is_built_in() {
        let source = parse_source(SOURCE).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(source, parse(built_in("crash-recovery").expect("a lesson")));
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
    fn nonsense_in_the_head_is_named() {
        let with = |field: &str, value: &str| {
            let old =
                SOURCE.manifest.lines().find(|line| line.starts_with(&format!("{field} ="))).expect("there");
            SOURCE.manifest.replacen(old, &format!("{field} = {value}"), 1)
        };
        for (field, values, wanted) in [
            (
                "slug",
                &[
                    "\"\"",
                    "\"KILL\"",
                    "\"<script>x</script>\"",
                    "\"a b c\"",
                    "\"#\"",
                    "\"a#b\"",
                    "\"__proto__\"",
                    "\"-\"",
                    "\"a--b\"",
                    "\"a-\"",
                    "\"file:a\"",
                    "\"a/b\"",
                    "\"..\"",
                    "\"é\"",
                    "7",
                ][..],
                "slug has to be small letters, digits and single hyphens",
            ),
            (
                "speed",
                &["0", "0.0", "-1e6", "1e300", "0.01", "100001", "\"1\""],
                "speed has to be a number from 0.1 to",
            ),
            (
                "track",
                &["0", "5", "99", "4294967297", "-1", "1.0"],
                "track has to be a whole number from 1 to 4",
            ),
            (
                "minutes",
                &["0", "241", "4294967297", "18446744073709551615"],
                "minutes has to be a whole number from 1",
            ),
            (
                "seed",
                &["9007199254740992", "18446744073709551615", "-1"],
                "seed has to be a whole number from 0",
            ),
        ] {
            for value in values {
                let manifest = with(field, value);
                let refusal = parse_source(Files { manifest: &manifest, ..SOURCE }).expect_err(value);
                assert!(refusal.error.contains(wanted), "{field} = {value}: {}", refusal.error);
                assert!(refusal.error.contains(": line "), "{}", refusal.error);
                // The page reads lessons of files the same way.
                let text = Lesson::bundle(&manifest, SOURCE.zh, SOURCE.en);
                let refusal = Lesson::from_source("mine.txt", &text).expect_err(value);
                assert!(refusal.error.contains(wanted), "{field} = {value}: {}", refusal.error);
            }
        }
        let long = format!("\"{}\"", "a".repeat(65));
        assert!(parse_source(Files { manifest: &with("slug", &long), ..SOURCE }).is_err());
        for (field, value) in
            [("slug", "\"7-wonders\""), ("speed", "100000"), ("minutes", "240"), ("seed", "9007199254740991")]
        {
            let manifest = with(field, value);
            assert!(parse_source(Files { manifest: &manifest, ..SOURCE }).is_ok(), "{field} = {value}");
        }
    }

    #[test]
    fn the_word_of_a_program_from_older_lessons_is_read_and_any_other_is_refused() {
        let with =
            |word: &str| SOURCE.manifest.replace("seed = 7", &format!("seed = 7\nprogram = \"{word}\""));
        let read = |word| parse_source(Files { manifest: &with(word), ..SOURCE });
        assert_eq!(read("whole").map(|lesson| lesson.seed), Ok(7));
        let refusal = read("small").expect_err("there is none");
        assert!(refusal.error.contains("there is no program “small”; leave the field out"), "{refusal}");
    }

    #[test]
    fn errors_in_files_that_are_built_in_name_the_file() {
        let check = |manifest: &str, expected: &str| {
            let refusal = parse_alone("01-crash-recovery", manifest).expect_err(expected);
            assert!(refusal.error.contains(expected), "{}", refusal.error);
        };
        check("", "01-crash-recovery/lesson.toml: line 1: there is no topology");
        check("a = = 1", "lesson.toml: line 1: ");
        let first = built_in("crash-recovery").expect("a lesson");
        check(&format!("{}\n[extra]\n", first.manifest), "lesson.toml: line ");
        let lesson = parse(first);
        let refusal = lesson.learn("en", &first.texts[1][..40]).expect_err("cut");
        assert!(refusal.error.contains("crash-recovery/en.md: the front matter has no"), "{}", refusal.error);
    }
}
