//! The list of lessons: what the home page and the course map show for each lesson, in one language.
//!
//! It is a separate file that the page fetches like any text, so that the map needs only the titles of forty lessons
//! in one language. One line per lesson: slug, track, minutes, steps, the names of its questions, title, summary, with
//! tabs between. Guarantees: the order of the course. Leaves out: fetching it (`web::texts`).

use std::sync::OnceLock;

use super::schema::number;
use quorum_texts::asset::Asset;

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
    /// Its title.
    pub title: String,
    /// One or two sentences.
    pub summary: String,
}

/// The lists as they are built in.
struct Lists {
    hashes: [u32; 2],
    #[cfg(any(not(target_arch = "wasm32"), feature = "bundled"))]
    texts: [&'static str; 2],
}

const LISTS: Lists = include!(concat!(env!("OUT_DIR"), "/lists.rs"));

static LEARNT: [OnceLock<Vec<Entry>>; 2] = [const { OnceLock::new() }; 2];

/// The file that the list in a language lies in.
pub fn asset(lang: &str) -> Asset {
    let hash = LISTS.hashes[number(lang).unwrap_or(0)];
    Asset::text(format!("lessons.{lang}"), hash)
}

/// Takes the list in a language in, for good.
pub fn learn(lang: &str, text: &str) {
    LEARNT[number(lang).unwrap_or(0)].get_or_init(|| text.lines().filter_map(entry).collect());
}

/// The list in a language; none while it has not been fetched.
pub fn entries(lang: &str) -> Option<&'static [Entry]> {
    #[cfg(any(not(target_arch = "wasm32"), feature = "bundled"))]
    learn(lang, LISTS.texts[number(lang).unwrap_or(0)]);
    LEARNT[number(lang).unwrap_or(0)].get().map(Vec::as_slice)
}

fn entry(line: &str) -> Option<Entry> {
    let mut parts = line.split('\t');
    let slug = parts.next()?.to_owned();
    let mut number = || parts.next()?.parse().ok();
    let [track, minutes, steps] = [number()?, number()?, number()?];
    let questions = parts.next()?.split_whitespace().map(str::to_owned).collect();
    let [title, summary] = [parts.next()?.to_owned(), parts.next()?.to_owned()];
    Some(Entry { slug, track, minutes, steps, questions, title, summary })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StepKind;

    #[test]
    fn the_list_is_in_the_order_of_the_course_and_says_what_the_lessons_say() {
        for lang in ["zh", "en"] {
            let entries = entries(lang).expect("natively it is there");
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
            }
        }
        assert_eq!(entry("a\t1\t2"), None);
    }
}
