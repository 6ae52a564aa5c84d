//! `lessons paths`, `lessons facts` and `lessons guide`: what is said about the lessons that are built in.
//!
//! Guarantees: one line per way and per claim, in the order of the files; the guide is one file that needs nothing
//! else. Leaves out: checking them (`course`).

use std::io::Write;

use super::typed::Asked;
use super::{write, write_json};
use quorum_i18n::Lang;
use quorum_lesson::manifest::BUILT_IN;
use quorum_lesson::{facts as claims, list};
use quorum_texts::guide::{self, Chapter, Guide};
use quorum_types::Refusal;

/// Lists the ways through the course.
pub(super) fn paths(asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    let listed = list::entries(asked.lang.code()).unwrap_or_default();
    for path in list::paths().unwrap_or_default() {
        let lessons = path.lessons.iter().map(|slug| quorum_lesson::manifest::canonical(slug));
        let lessons: Vec<&list::Entry> =
            lessons.filter_map(|slug| listed.iter().find(|entry| entry.slug == slug)).collect();
        let minutes: u32 = lessons.iter().map(|entry| entry.minutes).sum();
        if asked.json {
            let slugs: Vec<&str> = lessons.iter().map(|entry| entry.slug.as_str()).collect();
            let line = serde_json::json!({
                "path": path.id, "minutes": minutes, "minutes_at_most": path.minutes_at_most, "lessons": slugs
            });
            write_json(out, &line)?;
            continue;
        }
        let figures = [
            ("path", path.id.as_str().into()),
            ("n", lessons.len().into()),
            ("minutes", minutes.into()),
            ("most", path.minutes_at_most.into()),
        ];
        write(out, &asked.lang.f("cli-path", &figures))?;
        for entry in lessons {
            write(out, &format!("  {:<28} {:>2}  {}", entry.slug, entry.minutes, entry.title))?;
        }
    }
    Ok(true)
}

/// Lists what the lessons' texts claim about products.
pub(super) fn facts(asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    let all = claims::entries(asked.lang.code()).unwrap_or_default();
    for claims::Entry { lesson, id, place, as_of, source, read, claim } in all {
        if asked.json {
            let line = serde_json::json!({
                "lesson": lesson, "id": id, "place": place, "as_of": as_of, "source": source, "read": read,
                "claim": claim
            });
            write_json(out, &line)?;
        } else {
            let read = match read {
                Some(day) => asked.lang.f("cli-fact-read", &[("day", day.as_str().into())]),
                None => asked.lang.t("cli-fact-unread"),
            };
            write(out, &format!("{lesson}#{place}  [{as_of}]  {claim}\n    {source}  ({read})"))?;
        }
    }
    if !asked.json {
        let read = all.iter().filter(|entry| entry.read.is_some()).count();
        write(out, &asked.lang.f("cli-facts", &[("n", all.len().into()), ("read", read.into())]))?;
    }
    Ok(true)
}

/// The words of the guide: what its page calls them, and their messages.
const WORDS: [(&str, &str); 10] = [
    ("title", "cli-guide-title"),
    ("lead", "cli-guide-lead"),
    ("minutes", "cli-guide-minutes"),
    ("objective", "cli-guide-objective"),
    ("misconception", "cli-guide-misconception"),
    ("questions", "cli-guide-questions"),
    ("board", "cli-guide-board"),
    ("wrong", "cli-guide-wrong"),
    ("five", "cli-guide-five"),
    ("twenty", "cli-guide-twenty"),
];

fn word(lang: Lang, name: &str) -> String {
    WORDS.iter().find(|(known, _)| *known == name).map(|(_, message)| lang.t(message)).unwrap_or_default()
}

/// Writes the teacher's guide as a page that prints.
pub(super) fn guide(asked: &Asked, out: &mut impl Write) -> Result<bool, Refusal> {
    let lang = asked.lang;
    let place = usize::from(lang.code() == "en");
    let mut guides: Vec<(&str, Guide)> = Vec::new();
    for built in BUILT_IN.iter() {
        let Some(text) = built.guide else { continue };
        let fault =
            |fault| Refusal::new("bad_lesson", format!("lessons/{}/guide.toml: {fault}", built.folder));
        guides.push((built.slug(), guide::read(text).map_err(fault)?[place].clone()));
    }
    let entries =
        [list::entries(lang.code()), list::missions(lang.code())].map(Option::unwrap_or_default).concat();
    let chapters: Vec<Chapter<'_>> = guides
        .iter()
        .filter_map(|(slug, guide)| {
            let entry = entries.iter().find(|entry| entry.slug == *slug)?;
            Some(Chapter { slug, title: &entry.title, minutes: entry.minutes, guide })
        })
        .collect();
    let page = guide::page(lang.code(), &chapters, &|name| word(lang, name));
    match &asked.out {
        Some(path) => {
            let cannot =
                |why: std::io::Error| Refusal::new("cannot_write", format!("{}: {why}", path.display()));
            std::fs::write(path, page).map_err(cannot)?;
            write(out, &path.display().to_string())?;
        }
        None => write(out, page.trim_end())?,
    }
    Ok(true)
}
