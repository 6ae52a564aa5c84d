//! `pack`: builds packages for learning management systems: SCORM 1.2, SCORM 2004 and cmi5.
//!
//! A package is a zip with a manifest, the built page, and for each lesson a launch page with the adapter of
//! `www/lms`, which reports results (`docs/lms.md`).
//!
//! Guarantees: the same page and the same arguments give the same bytes, on every machine; the manifest names exactly
//! the files of the zip; a folder that is not the built page is refused. Leaves out: building the page (`cargo xtask
//! page`), and what the adapter does.

use std::io::{Cursor, Write};
use std::path::Path;

use quorum_i18n::Lang;
use quorum_lesson::list::{self, Entry};
use quorum_types::Refusal;
use xxhash_rust::xxh3::xxh3_64;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::bad_input::{self, nearest, shown};
use super::standard::Standard;
use super::typed::Asked;

mod adapter;
mod manifest;
mod page;

/// Where the built page lies unless the command line says otherwise.
const PAGE: &str = "dist";
/// The mastery score in percent unless the command line says otherwise.
const MASTERY_PERCENT: u64 = 60;

/// What goes into a package.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// The standard.
    pub standard: Standard,
    /// The slugs of its lessons, in order; none for the whole course.
    pub lessons: Vec<String>,
    /// The language of the titles, and of the lab at first.
    pub lang: Lang,
    /// The score at which a lesson is passed.
    pub mastery_percent: u64,
    /// The folder of the built page.
    pub page: &'a Path,
}

/// A file of a package: its name, and its bytes.
type File = (String, Vec<u8>);

/// A package.
#[derive(Debug)]
pub struct Package {
    /// The zip.
    pub zip: Vec<u8>,
    /// The slugs of its lessons.
    pub lessons: Vec<&'static str>,
    /// How many files it has.
    pub files: usize,
}

/// What a manifest says.
#[derive(Debug)]
struct Course<'a> {
    standard: Standard,
    lessons: &'a [&'static Entry],
    lang: Lang,
    mastery_percent: u64,
    /// The names of the files that all lessons share, in order.
    shared: Vec<&'a str>,
}

impl Course<'_> {
    /// Its name among the courses of an LMS: the same lessons in the same language are the same course.
    fn identifier(&self) -> String {
        let slugs: Vec<&str> = self.lessons.iter().map(|lesson| lesson.slug.as_str()).collect();
        format!("quorum-lab-{}-{:016x}", self.lang.code(), xxh3_64(slugs.join(",").as_bytes()))
    }

    /// The language's tag.
    fn tag(&self) -> &'static str {
        match self.lang {
            Lang::Zh => "zh-CN",
            Lang::En => "en-US",
        }
    }
}

/// The launch page of a lesson.
fn launch(slug: &str) -> String {
    format!("lms/{slug}.html")
}

/// Builds the package that the command line asks for, and says what is in it.
pub(super) fn run(word: &str, asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    let lang = asked.spoken;
    let bad = |sentence: String| bad_input::unusable(&sentence, None, "quorum-lab pack", lang);
    let standard = Standard::ALL.into_iter().find(|standard| standard.word() == word);
    let Some(standard) = standard else { return Err(bad(lang.t("cli-bad-other"))) };
    let Some(file) = asked.out.as_deref() else { return Err(bad(lang.t("cli-bad-no-out"))) };
    let mastery_percent = asked.mastery.unwrap_or(MASTERY_PERCENT);
    if mastery_percent > 100 {
        return Err(bad(lang.f("cli-bad-mastery", &[("value", mastery_percent.to_string().into())])));
    }
    let named = asked.lessons.as_deref().unwrap_or_default().split(',').map(str::trim);
    let plan = Plan {
        standard,
        lessons: named.filter(|slug| !slug.is_empty()).map(str::to_owned).collect(),
        lang: asked.lang,
        mastery_percent,
        page: asked.page.as_deref().unwrap_or(Path::new(PAGE)),
    };
    let package = build(&plan, lang)?;
    let cannot =
        |why: std::io::Error| Refusal::new(super::files::STORAGE, format!("{}: {why}", file.display()));
    std::fs::write(file, &package.zip).map_err(cannot)?;
    if asked.json {
        let line = serde_json::json!({
            "ok": true, "file": file.display().to_string(), "standard": standard.word(), "lang": asked.lang.code(),
            "lessons": package.lessons, "mastery": mastery_percent, "files": package.files,
            "bytes": package.zip.len(),
        });
        super::write_json(out, &line)?;
    } else {
        let figures = [
            ("file", file.display().to_string().into()),
            ("standard", standard.name().into()),
            ("lessons", package.lessons.len().into()),
            ("files", package.files.into()),
            ("kb", package.zip.len().div_ceil(1_000).into()),
            ("mastery", mastery_percent.to_string().into()),
        ];
        super::write(out, &asked.lang.f("cli-packed", &figures))?;
    }
    Ok(true)
}

/// Builds a package; what is wrong is said in a language.
pub fn build(plan: &Plan<'_>, spoken: Lang) -> Result<Package, Refusal> {
    let lessons = chosen(plan, spoken)?;
    let mut files = page::read(plan.page, spoken)?;
    files.extend(adapter::shared(plan.standard));
    files.sort();
    let course = Course {
        standard: plan.standard,
        lessons: &lessons,
        lang: plan.lang,
        mastery_percent: plan.mastery_percent,
        shared: files.iter().map(|(name, _)| name.as_str()).collect(),
    };
    let manifest = manifest::write(&course).map_err(cannot_pack)?;
    let own: Vec<File> = lessons
        .iter()
        .map(|lesson| (launch(&lesson.slug), adapter::launch_page(&course, lesson).into_bytes()))
        .collect();
    files.extend(own);
    files.sort();
    // LMSs find the manifest first: some read no further to see what a zip is.
    files.insert(0, (plan.standard.manifest().to_owned(), manifest));
    let zip = zipped(&files).map_err(cannot_pack)?;
    Ok(Package {
        zip,
        files: files.len(),
        lessons: lessons.iter().map(|lesson| lesson.slug.as_str()).collect(),
    })
}

/// The lessons of a package, each once, in the order in which they are named.
fn chosen(plan: &Plan<'_>, spoken: Lang) -> Result<Vec<&'static Entry>, Refusal> {
    let course = list::entries(plan.lang.code()).unwrap_or_default();
    if plan.lessons.is_empty() {
        return Ok(course.iter().collect());
    }
    let mut lessons: Vec<&Entry> = Vec::new();
    for slug in &plan.lessons {
        let now = quorum_lesson::manifest::canonical(slug);
        let Some(lesson) = course.iter().find(|lesson| lesson.slug == now) else {
            let meant = nearest(slug, course.iter().map(|lesson| lesson.slug.as_str()));
            let sentence = spoken.f("cli-bad-lesson", &[("word", shown(slug).into())]);
            return Err(bad_input::unusable(&sentence, meant, "quorum-lab lessons list", spoken));
        };
        if !lessons.contains(&lesson) {
            lessons.push(lesson);
        }
    }
    Ok(lessons)
}

/// Files as a zip. It has no times and no permissions of this machine.
fn zipped(files: &[File]) -> Result<Vec<u8>, zip::result::ZipError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

fn cannot_pack(why: impl std::fmt::Display) -> Refusal {
    Refusal::new("cannot_pack", why.to_string())
}
