//! The list of lessons: what the home page and the course map show for each lesson, in one language; and the ways
//! through them.
//!
//! It is a separate file that the page fetches like any text, so that the map needs only the titles of forty lessons
//! in one language. One line per lesson: slug, track, minutes, steps, the names of its questions, the lessons that it
//! requires, of a mission its unit and its par, title, summary, with tabs between; then one line per way
//! (`quorum_texts::paths`). Guarantees: the order of the course. Leaves out: fetching it (`web::texts`).

use std::sync::OnceLock;

use super::apart::LISTS;
use super::manifest::canonical;
use super::schema::{Mission, number};
use quorum_texts::asset::Asset;
use quorum_texts::paths::{self, Path};

/// What the list says about a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in addresses.
    pub slug: String,
    /// Which track of the course: 1 to 4.
    pub track: u32,
    /// Minutes it takes.
    pub minutes: u32,
    /// How many steps it has.
    pub steps: u32,
    /// The names of the steps that are questions.
    pub questions: Vec<String>,
    /// The lessons that it builds on, by slug.
    pub requires: Vec<String>,
    /// Unit and par, of a mission.
    pub mission: Option<Mission>,
    /// Its title.
    pub title: String,
    /// One or two sentences.
    pub summary: String,
}

/// The list in one language.
#[derive(Debug, Default)]
struct List {
    lessons: Vec<Entry>,
    missions: Vec<Entry>,
    paths: Vec<Path>,
}

static LEARNT: [OnceLock<List>; 2] = [const { OnceLock::new() }; 2];

/// The file that the list in a language lies in.
pub fn asset(lang: &str) -> Asset {
    LISTS.asset(lang)
}

/// Takes the list in a language in, for good.
pub fn learn(lang: &str, text: &str) {
    LEARNT[number(lang).unwrap_or(0)].get_or_init(|| read(text));
}

fn list(lang: &str) -> Option<&'static List> {
    #[cfg(any(not(target_arch = "wasm32"), feature = "bundled"))]
    learn(lang, LISTS.text(lang));
    LEARNT[number(lang).unwrap_or(0)].get()
}

/// The lessons in a language; none while the list has not been fetched.
pub fn entries(lang: &str) -> Option<&'static [Entry]> {
    list(lang).map(|list| list.lessons.as_slice())
}

/// The missions in a language; none while the list has not been fetched.
pub fn missions(lang: &str) -> Option<&'static [Entry]> {
    list(lang).map(|list| list.missions.as_slice())
}

/// The ways through the course; none while the list has not been fetched in any language.
pub fn paths() -> Option<&'static [Path]> {
    list("zh").or_else(|| list("en")).map(|list| list.paths.as_slice())
}

/// The lessons of a path, in its order; none of a path that there is not.
pub fn lessons_of_path<'a>(id: &str, all: &'a [Entry]) -> Vec<&'a Entry> {
    let path = paths().unwrap_or_default().iter().find(|path| path.id == id);
    let slugs = path.into_iter().flat_map(|path| &path.lessons).map(|slug| canonical(slug));
    slugs.filter_map(|slug| all.iter().find(|entry| entry.slug == slug)).collect()
}

fn read(text: &str) -> List {
    let mut list = List::default();
    for line in text.lines() {
        if let Some(path) = paths::unpack(line) {
            list.paths.push(path);
        } else if let Some(entry) = entry(line) {
            let into = if entry.mission.is_some() { &mut list.missions } else { &mut list.lessons };
            into.push(entry);
        }
    }
    list
}

fn entry(line: &str) -> Option<Entry> {
    let mut parts = line.split('\t');
    let slug = parts.next()?.to_owned();
    let mut number = || parts.next()?.parse().ok();
    let [track, minutes, steps] = [number()?, number()?, number()?];
    let mut words = || Some(parts.next()?.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let [questions, requires, of_mission] = [words()?, words()?, words()?];
    let number = |at: usize| of_mission.get(at)?.parse().ok();
    let mission = number(0).zip(number(1)).map(|(unit, par)| Mission { unit, par });
    let [title, summary] = [parts.next()?.to_owned(), parts.next()?.to_owned()];
    Some(Entry { slug, track, minutes, steps, questions, requires, mission, title, summary })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StepKind;

    #[test]
    fn the_list_is_in_the_order_of_the_course_and_says_what_the_lessons_say() {
        for lang in ["zh", "en"] {
            let lessons = entries(lang).expect("natively it is there");
            let missions = missions(lang).expect("natively it is there");
            let entries: Vec<&Entry> = lessons.iter().chain(missions).collect();
            let all: Vec<_> = crate::all().collect();
            assert_eq!(entries.len(), all.len());
            for (entry, lesson) in entries.iter().zip(all) {
                let text = lesson.text(lang).expect("natively it is there");
                assert_eq!(
                    (&entry.slug, &entry.title, &entry.summary),
                    (&lesson.slug, &text.title, &text.summary)
                );
                assert_eq!((entry.minutes, entry.steps as usize), (lesson.minutes, lesson.steps.len()));
                let asks = lesson.steps.iter().filter(|step| matches!(step.kind, StepKind::Explain(_)));
                let asks: Vec<&str> = asks.map(|step| step.id.as_str()).collect();
                assert_eq!(entry.questions, asks, "{}", entry.slug);
                let course = &lesson.course;
                assert_eq!((&entry.requires, entry.mission), (&course.requires, course.mission));
            }
        }
        assert_eq!(entry("a\t1\t2"), None);
    }

    #[test]
    fn missions_and_ways_stand_in_the_same_list() {
        let List { lessons, missions, paths } =
            read("a\t1\t5\t2\twhy how\t\t\tA\ta\nb\t2\t9\t3\t\ta c\t2 7\tB\tb\n=way\t90\ta b\n");
        assert_eq!((lessons[0].questions.len(), lessons[0].requires.len(), lessons[0].mission), (2, 0, None));
        assert_eq!((missions.len(), missions[0].mission), (1, Some(Mission { unit: 2, par: 7 })));
        assert_eq!((missions[0].requires.len(), paths[0].lessons.len()), (2, 2));
    }
}
