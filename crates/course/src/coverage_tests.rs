//! The table of what the course covers (`docs/course-coverage.md`) names lessons that exist.

use std::collections::BTreeSet;

use quorum_lesson::manifest::{BUILT_IN, built_in, canonical};

const TABLE: &str = include_str!("../../../docs/course-coverage.md");

/// The rows of the tables, by cells.
fn rows() -> Vec<Vec<&'static str>> {
    let rows = TABLE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---"));
    let rows = rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    rows.filter(|row| row.get(2).is_some_and(|cell| *cell != "lessons")).collect()
}

/// The names between backquotes.
fn names(cell: &'static str) -> impl Iterator<Item = &'static str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn every_row_names_lessons_and_every_name_is_a_lesson() {
    let rows = rows();
    assert!(rows.len() > 40, "{} rows are read", rows.len());
    for row in rows {
        assert_eq!(row.len(), 4, "{row:?}");
        assert!(names(row[2]).next().is_some(), "no lesson: {row:?}");
        for name in names(row[2]) {
            assert!(built_in(name).is_some(), "there is no lesson {name}: {row:?}");
        }
    }
}

#[test]
fn every_lesson_is_in_the_table() {
    let named: BTreeSet<String> = rows().iter().flat_map(|row| names(row[2])).map(canonical).collect();
    let lessons = BUILT_IN.iter().filter(|built| !built.folder.starts_with("missions/"));
    let missing: Vec<&str> = lessons.map(|built| built.slug()).filter(|slug| !named.contains(*slug)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
