//! What a lesson's texts say about Milvus and other products, with version and source: `facts.toml` beside a lesson.
//!
//! Guarantees: a claim that is read has a place, a version, a source and a sentence in both languages; an error names
//! line and claim; a packed list reads back the same. Leaves out: whether the source says so, and which sentences of a
//! text need a claim (`quorum_course::lint`).

use super::fields::{Fault, Field, Fields};
use super::source;

/// Places of a text besides its steps.
pub const PLACES: [&str; 3] = ["title", "summary", "intro"];
/// What a source begins with that is our own measurement or run; a path follows.
pub const RUN: &str = "run: ";

/// A claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its name within the lesson.
    pub id: String,
    /// The step that states it, or one of [`PLACES`].
    pub place: String,
    /// Product and version.
    pub as_of: String,
    /// An `https:` address, or [`RUN`] and a path.
    pub source: String,
    /// The day on which the source was read; none if it was not.
    pub read: Option<String>,
    /// The claim in one sentence, by language.
    pub claims: [String; 2],
}

/// A claim in one language, with its lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The lesson's slug.
    pub lesson: String,
    /// Its name within the lesson.
    pub id: String,
    /// The step that states it, or one of [`PLACES`].
    pub place: String,
    /// Product and version.
    pub as_of: String,
    /// An `https:` address, or [`RUN`] and a path.
    pub source: String,
    /// The day on which the source was read; none if it was not.
    pub read: Option<String>,
    /// The claim.
    pub claim: String,
}

/// Reads `facts.toml`.
pub fn read(text: &str) -> Result<Vec<Fact>, Fault> {
    let mut fields = Fields::of(source::tree(text, 1)?)?;
    let mut facts: Vec<Fact> = Vec::new();
    for field in fields.optional("fact").map_or(Ok(Vec::new()), Field::list)? {
        let line = field.line();
        let fact = fact(field)?;
        if facts.iter().any(|other| other.id == fact.id) {
            return Err(format!("line {line}: fact {} is there twice", fact.id));
        }
        facts.push(fact);
    }
    fields.end()?;
    Ok(facts)
}

fn fact(field: Field) -> Result<Fact, Fault> {
    let line = field.line();
    let mut fields = field.table()?;
    let id = fields.field("id")?.slug()?;
    let wrong = |what: &str| format!("line {line}: fact {id}: {what}");
    let mut text = |name: &str| -> Result<String, Fault> {
        let text = fields.field(name)?.text()?;
        let plain = !text.trim().is_empty() && !text.chars().any(char::is_control);
        if plain { Ok(text) } else { Err(wrong(&format!("{name} has to be one line of text"))) }
    };
    let [place, as_of, source] = [text("place")?, text("as_of")?, text("source")?];
    let claims = [text("zh")?, text("en")?];
    let read = fields.optional("read").map(Field::text).transpose()?;
    fields.end()?;
    if !as_of.contains(|c: char| c.is_ascii_digit()) {
        return Err(wrong("as_of has to name a version, such as “Milvus 3.0.0”"));
    }
    let run = source.strip_prefix(RUN).is_some_and(|path| !path.trim().is_empty());
    if !run && !source.starts_with("https://") {
        return Err(wrong("source has to be an https:// address, or “run: ” and a path"));
    }
    if read.as_deref().is_some_and(|day| !is_day(day)) {
        return Err(wrong("read has to be a day, such as “2026-11-30”"));
    }
    Ok(Fact { id, place, as_of, source, read, claims })
}

/// Whether a text is a day as `2026-11-30`.
fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let within = |at: usize, length: usize, most: u32| {
        parts.get(at).is_some_and(|part| {
            part.len() == length && part.parse().is_ok_and(|number: u32| (1..=most).contains(&number))
        })
    };
    parts.len() == 3 && within(0, 4, 9_999) && within(1, 2, 12) && within(2, 2, 31)
}

/// The claims of a lesson in a language (0 Chinese, 1 English) as lines of a packed list.
pub fn pack(lesson: &str, facts: &[Fact], lang: usize) -> String {
    let line = |fact: &Fact| {
        let Fact { id, place, as_of, source, read, claims } = fact;
        let read = read.as_deref().unwrap_or_default();
        format!("{lesson}\t{id}\t{place}\t{as_of}\t{source}\t{read}\t{}\n", claims[lang])
    };
    facts.iter().map(line).collect()
}

/// Reads a packed list; a line that is not complete is left out.
pub fn unpack(text: &str) -> Vec<Entry> {
    text.lines().filter_map(entry).collect()
}

fn entry(line: &str) -> Option<Entry> {
    let mut parts = line.split('\t').map(str::to_owned);
    let mut next = || parts.next();
    let [lesson, id, place, as_of, source, read, claim] =
        [next()?, next()?, next()?, next()?, next()?, next()?, next()?];
    Some(Entry { lesson, id, place, as_of, source, read: Some(read).filter(|day| !day.is_empty()), claim })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[fact]]\nid = \"ttl\"\nplace = \"guess\"\nas_of = \"Milvus 3.0.0\"\n\
                        source = \"https://milvus.io\"\nread = \"2026-11-30\"\nzh = \"租约\"\nen = \"Lease\"\n";

    #[test]
    fn a_claim_is_read_and_packed() {
        let facts =
            read(&format!("{GOOD}\n{}", GOOD.replace("ttl", "two").replace("read", "#"))).expect("reads");
        assert_eq!((facts.len(), facts[1].read.as_deref()), (2, None));
        let entries = unpack(&pack("a-lesson", &facts, 1));
        assert_eq!((entries[0].lesson.as_str(), entries[0].claim.as_str()), ("a-lesson", "Lease"));
        assert_eq!(
            entries.iter().map(|entry| entry.read.clone()).collect::<Vec<_>>(),
            [facts[0].read.clone(), None]
        );
        assert_eq!(read(""), Ok(Vec::new()));
        assert_eq!(unpack("a\tb"), Vec::new());
    }

    #[track_caller]
    fn check(from: &str, to: &str, expected: &str) {
        let fault = read(&GOOD.replacen(from, to, 1)).expect_err(expected);
        assert!(fault.contains(expected), "{fault}");
    }

    #[test]
    fn an_incomplete_claim_is_refused_with_its_line() {
        check("as_of = \"Milvus 3.0.0\"\n", "", "line 1: there is no as_of");
        check("Milvus 3.0.0", "Milvus", "line 1: fact ttl: as_of has to name a version");
        check("https://milvus.io", "milvus.io", "fact ttl: source has to be an https:// address");
        check("https://milvus.io", "run: ", "fact ttl: source has to be");
        check("2026-11-30", "yesterday", "fact ttl: read has to be a day");
        check("2026-11-30", "2026-13-30", "fact ttl: read has to be a day");
        check("en = \"Lease\"\n", "", "there is no en");
        check("\"Lease\"", "\" \"", "fact ttl: en has to be one line of text");
        check("place", "places", "there is no place");
        check("id = \"ttl\"", "id = \"ttl\"\ncolour = 1", "colour is not known here");
        let fault = read(&format!("{GOOD}{GOOD}")).expect_err("twice");
        assert!(fault.contains("fact ttl is there twice"), "{fault}");
    }
}
