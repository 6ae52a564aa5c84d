//! `lessons`: checks lessons by playing them, lists them, creates a new one.
//!
//! Guarantees: `check` prints one line per lesson, in order for any number of threads, then one about a whole course,
//! and fails if anything is wrong;
//! if stopped early, it prints one more line that says so; `new` overwrites nothing, `check --runs` only files
//! of its own names. Leaves out: what is checked
//! (`course`).

use std::io::Write;
use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::shards::{self, Shard};
use super::typed::Asked;
use super::work::{Context, Covered, Done, Going, Kind, each};
use super::{End, complain, outputs, write, write_json};
use quorum_course::{Course, Report};
use quorum_lesson::list;
use quorum_types::Refusal;

/// A lesson to begin with, as one file a part.
const TEMPLATE: [(&str, &str); 5] = [
    ("lesson.toml", include_str!("../../../docs/lesson-template/lesson.toml")),
    ("zh.md", include_str!("../../../docs/lesson-template/zh.md")),
    ("en.md", include_str!("../../../docs/lesson-template/en.md")),
    ("facts.toml", include_str!("../../../docs/lesson-template/facts.toml")),
    ("guide.toml", include_str!("../../../docs/lesson-template/guide.toml")),
];

/// Checks the lessons of a folder, or those that are built in; whether nothing is wrong.
pub(super) fn check(
    path: Option<&Path>,
    asked: &Asked,
    context: &Context,
    out: &mut impl Write,
) -> Result<End, Refusal> {
    let lessons = match path {
        Some(path) => Course::at(path)?,
        None => Course::built_in(),
    };
    let all = lessons.count() as u64;
    let which = asked.shard.map_or(0..all, |shard| shard.range(all));
    let count = which.end - which.start;
    let line = context.line(count, &asked.spoken.t("cli-progress-lessons"));
    let work = |at: u64, _: &Going<'_>| {
        let value = lessons.check((which.start + at) as usize)?;
        Some(Done { value, last: false })
    };
    let mut reports = Vec::new();
    let covered = each(context, &line, count, work, |_, report| reports.push(report));
    drop(line);
    if let Some(shard) = asked.shard {
        return part(&lessons, which, (&reports, &covered), shard, asked, context, out);
    }
    for report in &reports {
        write_json(out, report)?;
    }
    // What all lessons together have to keep is known once all of them are checked.
    let whole = covered.partial(0, Kind::Lessons).is_none().then(|| lessons.check_whole()).flatten();
    if let Some(report) = &whole {
        write_json(out, report)?;
    }
    if let Some(folder) = &asked.runs_folder {
        write_runs(&lessons, 0..all, folder, context, asked)?;
    }
    if let Some(partial) = covered.partial(0, Kind::Lessons) {
        write_json(out, &partial)?;
        return Ok(End::Interrupted);
    }
    Ok(End::of(reports.iter().chain(&whole).all(|report| report.ok)))
}

/// Reads lessons and lints them without playing any; whether nothing is wrong.
pub(super) fn lint(path: Option<&Path>, out: &mut impl Write) -> Result<bool, Refusal> {
    let lessons = path.map_or_else(|| Ok(Course::built_in()), Course::at)?;
    let reports = (0..lessons.count()).filter_map(|at| lessons.lint(at)).chain(lessons.check_whole());
    let mut good = true;
    for report in reports {
        good &= report.ok;
        write_json(out, &report)?;
    }
    Ok(good)
}

/// What all parts together check.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Written {
    lessons: u64,
    /// A digest of their texts: parts of two versions of a lesson do not belong together.
    digest: String,
    /// What is said about the whole course, which every part finds out: nothing is played for it.
    course: Option<Checked>,
}

/// A report as it is printed, and whether nothing is wrong.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Checked {
    line: String,
    ok: bool,
}

/// Writes the part of the lessons that was checked.
fn part(
    lessons: &Course,
    which: Range<u64>,
    (reports, covered): (&[Report], &Covered),
    shard: Shard,
    asked: &Asked,
    context: &Context,
    out: &mut impl Write,
) -> Result<End, Refusal> {
    if let Some(partial) = covered.partial(which.start, Kind::Lessons) {
        complain(&partial.text(asked.spoken));
        return Ok(End::Interrupted);
    }
    if let Some(folder) = &asked.runs_folder {
        write_runs(lessons, which, folder, context, asked)?;
    }
    let line = |report: &Report| -> Result<Checked, Refusal> {
        let line = serde_json::to_string(report).map_err(|why| Refusal::new("json", why.to_string()))?;
        Ok(Checked { line, ok: report.ok })
    };
    let lines = reports.iter().map(line).collect::<Result<Vec<Checked>, Refusal>>()?;
    let course = lessons.check_whole().as_ref().map(line).transpose()?;
    let written = Written { lessons: lessons.count() as u64, digest: lessons.digest(), course };
    shards::keep("lessons check", shard, (&written, &lines), asked.out.as_deref(), out)
}

/// Joins the parts of a check.
pub(super) fn merge(asked: &Asked, out: &mut impl Write) -> Result<End, Refusal> {
    let gathered = shards::gather::<Written, Vec<Checked>>("lessons check", &asked.merge, asked.spoken);
    let (written, parts) = gathered?;
    if let Some((shard, _)) = parts.iter().find(|(shard, lines)| {
        let range = shard.range(written.lessons);
        lines.len() as u64 != range.end - range.start
    }) {
        return Err(shards::damaged(*shard, asked.spoken));
    }
    let mut ok = true;
    for checked in parts.into_iter().flat_map(|(_, lines)| lines).chain(written.course) {
        write(out, &checked.line)?;
        ok &= checked.ok;
    }
    Ok(End::of(ok))
}

/// Plays the first solution of these lessons once more and writes it as a saved run.
fn write_runs(
    lessons: &Course,
    which: Range<u64>,
    folder: &Path,
    context: &Context,
    asked: &Asked,
) -> Result<(), Refusal> {
    let cannot =
        |path: &Path, why: std::io::Error| Refusal::new("cannot_write", format!("{}: {why}", path.display()));
    std::fs::create_dir_all(folder).map_err(|why| cannot(folder, why))?;
    let count = which.end - which.start;
    let line = context.line(count, &asked.spoken.t("cli-progress-lessons"));
    let work = |at: u64, _: &Going<'_>| {
        let played = lessons.solution((which.start + at) as usize)?;
        let bytes = played.and_then(|(slug, saved)| {
            let bytes = quorum_saved_run::encode(&saved).map_err(|refusal| format!("{slug}: {refusal}"))?;
            Ok((slug, bytes))
        });
        Some(Done { value: bytes, last: false })
    };
    let mut made = Vec::new();
    each(context, &line, count, work, |_, run| made.push(run));
    drop(line);
    for run in made {
        let (slug, bytes) = run.map_err(|fault| Refusal::new("bad_lesson", fault))?;
        let path = folder.join(format!("{slug}.{}", quorum_saved_run::FILE_ENDING));
        std::fs::write(&path, bytes).map_err(|why| cannot(&path, why))?;
    }
    Ok(())
}

/// Lists the lessons that are built in, and then the missions.
pub(super) fn list(asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    let lang = asked.lang.code();
    let missions = list::missions(lang).unwrap_or_default();
    for entry in list::entries(lang).unwrap_or_default().iter().chain(missions) {
        let list::Entry { slug, track, minutes, steps, title, requires, mission, .. } = entry;
        if asked.json {
            let mut line = serde_json::json!({
                "lesson": slug, "track": track, "minutes": minutes, "steps": steps, "title": title,
                "kind": if mission.is_some() { "mission" } else { "lesson" }, "requires": requires
            });
            if let Some(mission) = mission {
                line["unit"] = mission.unit.into();
                line["par"] = mission.par.into();
            }
            write_json(out, &line)?;
        } else {
            let after = |what: String| format!("  {what}");
            let of = mission.map(|of| {
                after(asked.lang.f("cli-mission", &[("unit", of.unit.into()), ("par", of.par.into())]))
            });
            let needs = (!requires.is_empty())
                .then(|| after(asked.lang.f("cli-requires", &[("lessons", requires.join(", ").into())])));
            let behind = [of, needs].into_iter().flatten().collect::<String>();
            write(out, &format!("{slug:<28} {track}  {title}{behind}"))?;
        }
    }
    Ok(true)
}

/// The words that predicates may use: kinds of events with their fields.
pub(super) fn words(out: &mut impl Write) -> Result<bool, Refusal> {
    for kind in quorum_course::vocabulary::kinds() {
        let fields = quorum_course::vocabulary::fields(&kind).unwrap_or_default();
        let fields: Vec<String> = fields.into_iter().map(|(name, holds)| holds.said(&name)).collect();
        write(out, format!("{kind:<20} {}", fields.join(", ")).trim_end())?;
    }
    Ok(true)
}

/// Joins a lesson's folder into one file, as it is shared.
pub(super) fn bundle(path: &Path, out: &mut impl Write) -> Result<bool, Refusal> {
    let read = |file: &str| {
        let path = path.join(file);
        std::fs::read_to_string(&path)
            .map_err(|why| Refusal::new("cannot_read", format!("{}: {why}", path.display())))
    };
    let text = quorum_lesson::Lesson::bundle(&read("lesson.toml")?, &read("zh.md")?, &read("en.md")?);
    write(out, text.trim_end())?;
    Ok(true)
}

/// Begins a lesson in `lessons/` of the folder that this runs in.
pub(super) fn new(folder: &str, out: &mut impl Write) -> Result<bool, Refusal> {
    let slug = folder.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
    if !quorum_lesson::fields::is_slug(slug) || !quorum_lesson::fields::is_slug(folder) {
        let error = format!("“{folder}” is no name for a lesson; write NN-slug, in lower case");
        return Err(Refusal::new("bad_name", error));
    }
    let place = Path::new("lessons").join(folder);
    let cannot = |why: std::io::Error| {
        let exists = why.kind() == std::io::ErrorKind::AlreadyExists;
        let code = if exists { outputs::EXISTS } else { outputs::CANNOT_WRITE };
        Refusal::new(code, format!("{}: {why}", place.display()))
    };
    std::fs::create_dir_all("lessons").map_err(cannot)?;
    std::fs::create_dir(&place).map_err(cannot)?;
    for (file, text) in TEMPLATE {
        std::fs::write(place.join(file), text.replace("a-lesson-of-your-own", slug)).map_err(cannot)?;
    }
    write(out, &place.display().to_string())?;
    Ok(true)
}
