//! Ways through the course: `lessons/paths.toml`, ordered lists of lessons with a limit of time.
//!
//! Guarantees: a way has a name, a limit and lessons, none of them twice; an error names the line. Leaves out: whether
//! the lessons exist and stay within the limit (`quorum_course::lint`).

use super::fields::{Fault, Field, Fields};
use super::source;

/// What begins the line of a way in the list of lessons; no slug does.
pub const MARK: &str = "=";
/// The most minutes that a way may take.
const MOST_MINUTES: u64 = 10_000;

/// A way through the course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Its name.
    pub id: String,
    /// How long it may take at most.
    pub minutes_at_most: u32,
    /// Its lessons, in order.
    pub lessons: Vec<String>,
}

/// Reads `paths.toml`.
pub fn read(text: &str) -> Result<Vec<Path>, Fault> {
    let mut fields = Fields::of(source::tree(text, 1)?)?;
    let mut paths: Vec<Path> = Vec::new();
    for field in fields.optional("path").map_or(Ok(Vec::new()), Field::list)? {
        let line = field.line();
        let mut fields = field.table()?;
        let path = Path {
            id: fields.field("id")?.slug()?,
            minutes_at_most: fields.field("minutes_at_most")?.whole_in(1, MOST_MINUTES)? as u32,
            lessons: fields
                .field("lessons")?
                .list()?
                .into_iter()
                .map(Field::slug)
                .collect::<Result<_, _>>()?,
        };
        fields.end()?;
        let twice = (1..path.lessons.len()).find(|at| path.lessons[..*at].contains(&path.lessons[*at]));
        if let Some(twice) = twice {
            return Err(format!("line {line}: path {}: {} is there twice", path.id, path.lessons[twice]));
        }
        if path.lessons.is_empty() || paths.iter().any(|other| other.id == path.id) {
            return Err(format!("line {line}: path {}: it has no lessons, or is there twice", path.id));
        }
        paths.push(path);
    }
    fields.end()?;
    Ok(paths)
}

/// A way as a line of the list of lessons.
pub fn pack(path: &Path) -> String {
    format!("{MARK}{}\t{}\t{}\n", path.id, path.minutes_at_most, path.lessons.join(" "))
}

/// The way on a line of the list of lessons, if it is one.
pub fn unpack(line: &str) -> Option<Path> {
    let mut parts = line.strip_prefix(MARK)?.split('\t');
    let (id, minutes) = (parts.next()?.to_owned(), parts.next()?.parse().ok()?);
    let lessons = parts.next()?.split_whitespace().map(str::to_owned).collect();
    Some(Path { id, minutes_at_most: minutes, lessons })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "[[path]]\nid = \"raft\"\nminutes_at_most = 45\nlessons = [\"election\", \"pre-vote\"]\n";

    #[test]
    fn a_way_is_read_and_packed() {
        let paths = read(GOOD).expect("reads");
        assert_eq!(paths[0].lessons, ["election", "pre-vote"]);
        assert_eq!(unpack(pack(&paths[0]).trim_end()).as_ref(), Some(&paths[0]));
        assert_eq!(unpack("election\t1"), None);
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let fault = read(text).expect_err(expected);
        assert!(fault.contains(expected), "{fault}");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        check(&GOOD.replace("pre-vote", "election"), "line 1: path raft: election is there twice");
        check(&GOOD.replace("45", "0"), "minutes_at_most has to be a whole number from 1");
        check(&GOOD.replace("minutes_at_most", "minutes"), "there is no minutes_at_most");
        check(&format!("{GOOD}{GOOD}"), "line 5: path raft: it has no lessons, or is there twice");
    }
}
