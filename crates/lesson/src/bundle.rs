//! A lesson as one text file, for sharing, and the lessons that were opened from such files.
//!
//! The file is `lesson.toml`, then a line `%%% zh.md` and that file, then a line `%%% en.md` and that one. Guarantees:
//! the contents are data: its texts are shown, its commands are the façade's, and the page executes nothing in it; an
//! error names the file, the line in the file, and the field; a file that is too large is rejected unread. Leaves out:
//! where the text comes from.

use std::sync::{Mutex, PoisonError};

use super::fields::Fault;
use super::manifest::{self, BuiltIn, read_manifest};
use super::schema::Lesson;
use super::text::read_text;
use quorum_texts::asset::MARK;
use quorum_texts::source;
use quorum_texts::tree::Node;
use quorum_types::Refusal;

/// Maximum size of such a file.
pub const MOST_BYTES: usize = 256 * 1024;

/// Maximum length of a slug.
const MOST_SLUG: usize = 64;

/// Prefix of the slug of a lesson that was opened from a file.
pub const PREFIX: &str = "file:";

/// How many lessons may be opened before the page has to be reloaded.
const MOST_OPENED: usize = 200;

/// A lesson that was opened.
struct Opened {
    lesson: &'static Lesson,
    /// What the file is called; one that lies at an address is found by it, too.
    name: String,
    /// The text it was read from, if that is known.
    text: String,
}

impl Opened {
    fn is_called(&self, name: &str) -> bool {
        self.lesson.slug == name || (self.name == name && name.contains("://"))
    }
}

/// The lessons that were opened.
static OPENED: Mutex<Vec<Opened>> = Mutex::new(Vec::new());

impl Lesson {
    /// Reads a lesson from one text; `name` is what the file is called, for errors.
    pub fn from_source(name: &str, text: &str) -> Result<Self, Refusal> {
        let refuse = |fault: Fault| Refusal::new("bad_lesson", format!("{name}: {fault}"));
        if text.len() > MOST_BYTES {
            let error = format!("{} bytes are too many; a lesson has at most {MOST_BYTES}", text.len());
            return Err(refuse(error));
        }
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        read(&text).map_err(refuse)
    }

    /// The same lesson as one text, from its files.
    pub fn bundle(manifest: &str, zh: &str, en: &str) -> String {
        let end = |text: &str| if text.ends_with('\n') { "" } else { "\n" };
        format!("{manifest}{}{MARK}zh.md\n{zh}{}{MARK}en.md\n{en}", end(manifest), end(zh))
    }
}

fn read(text: &str) -> Result<Lesson, Fault> {
    plain(text, 1)?;
    let parts = parts(text)?;
    let manifest = source::tree(parts[0].1, 1)?;
    escaped(&manifest, "lesson.toml")?;
    let lesson = read_manifest(manifest)?;
    slug(&lesson.slug)?;
    for (place, (first, text)) in parts[1..].iter().enumerate() {
        let file = ["zh.md", "en.md"][place];
        let named = |fault: Fault| format!("{file}: {fault}");
        let (front, body, begins) = source::front(text, *first).map_err(named)?;
        escaped(&front, file)?;
        let text = read_text(front, body, begins, &lesson).map_err(named)?;
        lesson.texts[place].get_or_init(|| text);
    }
    Ok(lesson)
}

/// Rejects a slug that could be mistaken for something else: it is used in addresses, names of databases and the
/// record.
fn slug(slug: &str) -> Result<(), Fault> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let begins = slug.starts_with(|c: char| c.is_ascii_lowercase());
    if begins && slug.chars().all(plain) && slug.len() <= MOST_SLUG {
        return Ok(());
    }
    Err(format!(
        "lesson.toml: slug: a letter from a to z, then letters, digits and hyphens, at most {MOST_SLUG} together"
    ))
}

/// The three parts, each with the line it begins on.
fn parts(text: &str) -> Result<[(usize, &str); 3], Fault> {
    let mut parts: Vec<(usize, &str, &str)> = Vec::new();
    let (mut from, mut at, mut first, mut name) = (0, 0, 1, "lesson.toml");
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if let Some(next) = line.strip_prefix(MARK) {
            parts.push((first, name, &text[from..at]));
            (from, first, name) = (at + line.len(), number + 2, next.trim());
        }
        at += line.len();
    }
    parts.push((first, name, &text[from..]));
    match parts.as_slice() {
        [(a, _, manifest), (b, "zh.md", zh), (c, "en.md", en)] => Ok([(*a, manifest), (*b, zh), (*c, en)]),
        _ => Err(format!(
            "it has to be lesson.toml, a line “{MARK}zh.md” and that file, a line “{MARK}en.md” and that one"
        )),
    }
}

/// Rejects characters that no text may contain, before parsing.
fn plain(text: &str, first: usize) -> Result<(), Fault> {
    for (number, line) in text.split('\n').enumerate() {
        if line.chars().any(|c| c.is_control() && c != '\t') {
            return Err(format!("line {}: there is a control character", first + number));
        }
    }
    Ok(())
}

/// The same check for characters written as `\u0001` and the like: those are the marks of the page's own markup.
fn escaped(tree: &Node, file: &str) -> Result<(), Fault> {
    match tree.holds(&|c| c.is_control() && c != '\t' && c != '\n') {
        true => Err(format!("{file}: there is an escaped control character in a text")),
        false => Ok(()),
    }
}

/// Opens a lesson from one text; from then on it is found by its slug with the prefix `file:`.
pub fn open(name: &str, text: &str) -> Result<&'static Lesson, Refusal> {
    take(Lesson::from_source(name, text)?, name, text)
}

/// Adds a lesson that was already parsed; otherwise like [`open`].
pub fn adopt(lesson: Lesson) -> Result<&'static Lesson, Refusal> {
    take(lesson, "", "")
}

fn take(mut lesson: Lesson, name: &str, text: &str) -> Result<&'static Lesson, Refusal> {
    lesson.slug = format!("{PREFIX}{}", lesson.slug);
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(at) = opened.iter().position(|known| *known.lesson == lesson) {
        // The last one of a slug is the one that is found.
        let same = opened.remove(at);
        let found = same.lesson;
        opened.push(Opened { name: name.to_owned(), ..same });
        return Ok(found);
    }
    if opened.len() >= MOST_OPENED {
        let error = format!("{MOST_OPENED} lessons have been opened; reload the page");
        return Err(Refusal::new("too_many_lessons", error));
    }
    // A lesson lives as long as the page, like the built-in ones.
    let lesson: &'static Lesson = Box::leak(Box::new(lesson));
    opened.push(Opened { lesson, name: name.to_owned(), text: text.to_owned() });
    Ok(lesson)
}

/// A lesson by its slug, if it is loaded: one of the course, one that was opened from a file (`file:…`), or the run
/// that refutes an answer (`slug#step.choice`).
pub fn find(slug: &str) -> Option<&'static Lesson> {
    if let Some((slug, run)) = slug.split_once('#') {
        let of_run = |lesson: &&Lesson| lesson.slug.split_once('#').is_some_and(|(_, there)| there == run);
        return find(slug)?.course.refutations.iter().find(of_run);
    }
    let of_the_course = manifest::built_in(slug).and_then(BuiltIn::lesson);
    of_the_course.or_else(|| opened(slug))
}

/// A lesson that was opened, the last one of this slug.
fn opened(slug: &str) -> Option<&'static Lesson> {
    let opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    opened.iter().rev().find(|opened| opened.is_called(slug)).map(|opened| opened.lesson)
}

/// The text that an opened lesson (or the run that refutes one of its answers) was read from.
pub fn source(slug: &str) -> Option<String> {
    let slug = slug.split('#').next()?;
    let opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    opened.iter().rev().find(|opened| opened.is_called(slug)).map(|opened| opened.text.clone())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    const MANIFEST: &str = include_str!("../../../lessons/02-kill-the-leader/lesson.toml");
    const ZH: &str = include_str!("../../../lessons/02-kill-the-leader/zh.md");
    const EN: &str = include_str!("../../../lessons/02-kill-the-leader/en.md");

    fn source() -> String {
        Lesson::bundle(MANIFEST, ZH, EN)
    }

    #[test]
    fn a_lesson_in_one_file_is_the_same_lesson() {
        let read = Lesson::from_source("mine.txt", &source()).expect("reads");
        let built_in = super::super::find("kill-the-leader").expect("there").clone();
        assert_eq!(read, built_in);
        let windows = source().replace('\n', "\r\n");
        assert_eq!(Lesson::from_source("mine.txt", &windows).expect("reads"), built_in);
    }

    #[test]
    fn one_that_was_opened_is_found_and_opened_once() {
        let lesson = open("mine.txt", &source()).expect("opens");
        let found = super::super::find("file:kill-the-leader").expect("found");
        assert!(core::ptr::eq(lesson, found));
        assert!(core::ptr::eq(lesson, open("again.txt", &source()).expect("opens")));
        // A built-in lesson keeps its name.
        assert!(!core::ptr::eq(super::super::find("kill-the-leader").expect("there"), found));
    }

    fn check(text: &str, expected: &str) {
        let refusal = Lesson::from_source("mine.txt", text).expect_err(expected);
        assert_eq!(refusal.code, "bad_lesson");
        assert!(refusal.error.starts_with("mine.txt: "), "{}", refusal.error);
        assert!(refusal.error.contains(expected), "{}", refusal.error);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_in_the_file() {
        let source = source();
        check("", "it has to be lesson.toml, a line");
        check(MANIFEST, "it has to be lesson.toml, a line");
        check(&"x".repeat(MOST_BYTES + 1), "262145 bytes are too many");
        check(&source.replacen("minutes = 7", "minutes = = 7", 1), "line 3: ");
        let at = source.lines().position(|line| line.starts_with("title")).expect("there") + 1;
        check(&source.replacen("title = ", "title == ", 1), &format!("zh.md: line {at}: "));
        check(
            &source.replacen("title = \"", "title = 1 # ", 1),
            &format!("zh.md: line {at}: title has to be"),
        );
        check(&source.replacen("title = \"", "title = \"\u{1}a", 1), "there is a control character");
        check(&source.replacen("title = \"", "title = \"\\u0001ajavascript:x\\u0003", 1), "escaped control");
    }

    #[test]
    fn what_nests_too_deep_is_refused_with_its_line() {
        let with = |what: &str| {
            source().replacen("# 领导者没了 {#kill}\n", &format!("# 没了 {{#kill}}\n\n{what}\n"), 1)
        };
        let at = source().lines().position(|line| line.contains("{#kill}")).expect("there") + 3;
        let lists: String = (0..440).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect();
        for deep in ["> ".repeat(2_000), "> ".repeat(100_000), "- ".repeat(60_000), "> - ".repeat(13)] {
            check(&with(&format!("{deep}x")), &format!("zh.md: line {at}: too deep"));
        }
        // Each item begins a line of its own; the first that is too deep is named.
        check(&with(&lists), &format!("zh.md: line {}: too deep", at + quorum_texts::marks::DEEPEST / 2));
        Lesson::from_source("mine.txt", &with(&"> ".repeat(20))).expect("that deep is fine");
        let first = source();
        for deep in [
            format!("x = {}1{}\n{first}", "[".repeat(100_000), "]".repeat(100_000)),
            format!("{}x = 1\n{first}", "a.".repeat(100_000)),
            format!("[{}x]\n{first}", "a.".repeat(100_000)),
            format!("x = {}{}\n{first}", "{a=".repeat(50_000), "}".repeat(50_000)),
        ] {
            assert!(Lesson::from_source("mine.txt", &deep).is_err());
        }
    }

    #[test]
    fn a_slug_that_could_be_something_else_is_refused() {
        let long = "a".repeat(65);
        for slug in ["", "a#b", "<b>", "__proto__", "a b", "A", "课", "a/b", "1a", "a%20b", long.as_str()] {
            let text = source().replacen("slug = \"kill-the-leader\"", &format!("slug = \"{slug}\""), 1);
            check(&text, "slug");
        }
    }

    #[test]
    fn markup_in_texts_is_text() {
        let with = |what: &str| {
            source().replacen("# 领导者没了 {#kill}\n", &format!("# 没了 {{#kill}}\n\n{what}\n"), 1)
        };
        let lesson = Lesson::from_source(
            "mine.txt",
            &with("<script>alert(1)</script> <img src=x onerror=y> [x](javascript:alert(1)) ![y](https://a.b/c)"),
        )
        .expect("reads");
        let kill = lesson.steps.iter().position(|step| step.id == "kill").expect("there");
        let marked = &lesson.text("zh").expect("there").steps[kill].marked;
        // The page draws elements for marks alone; everything else becomes text nodes.
        let letters: Vec<char> = marked
            .match_indices(quorum_texts::marks::START)
            .filter_map(|(at, mark)| marked[at + mark.len()..].chars().next())
            .collect();
        assert!(!letters.contains(&'a'), "{marked:?}");
        assert!(marked.contains("<script>alert(1)</script>"), "{marked:?}");
    }
}
