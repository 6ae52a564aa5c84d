//! How long each native test program took when it last ran, so that the longest begin first.
//!
//! Guarantees: the order changes the time that all of them take together, never which of them run; a file that is
//! missing or damaged is no error, its programs count as long. Leaves out: assertions about times, which no test makes.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::programs::Program;
use crate::target;

/// Milliseconds by program.
pub(super) struct Times {
    file: PathBuf,
    last_ms: BTreeMap<String, u64>,
    now_ms: Mutex<BTreeMap<String, u64>>,
}

/// The same for each build of a program: its package's folder and its target.
fn key(program: &Program) -> String {
    let kind = if program.from_tests { "tests" } else { "src" };
    format!("{}/{kind}/{}", program.folder.display(), program.name)
}

impl Times {
    /// The times of the last run of a kind of tests; empty if there was none.
    pub(super) fn of_last_run(kind: &str) -> Self {
        let file = target().join(format!("xtask/{kind}-times"));
        let text = fs::read_to_string(&file).unwrap_or_default();
        Self::read(file, &text)
    }

    fn read(file: PathBuf, text: &str) -> Self {
        let one = |line: &str| {
            let (ms, key) = line.split_once(' ')?;
            Some((key.to_owned(), ms.parse().ok()?))
        };
        Self { file, last_ms: text.lines().filter_map(one).collect(), now_ms: Mutex::default() }
    }

    /// The programs, those that took longest first; one that never ran comes before all that did.
    pub(super) fn longest_first<'a>(&self, mut programs: Vec<&'a Program>) -> Vec<&'a Program> {
        programs.sort_by_key(|program| {
            std::cmp::Reverse(self.last_ms.get(&key(program)).copied().unwrap_or(u64::MAX))
        });
        programs
    }

    /// Records how long a program took.
    pub(super) fn took(&self, program: &Program, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.now_ms.lock().unwrap_or_else(PoisonError::into_inner).insert(key(program), ms);
    }

    /// Keeps the times for the next run.
    pub(super) fn write(&self) {
        let now = self.now_ms.lock().unwrap_or_else(PoisonError::into_inner);
        let text: String = now.iter().map(|(key, ms)| format!("{ms} {key}\n")).collect();
        // Without them the next run only has another order.
        let _ = fs::write(&self.file, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(name: &str) -> Program {
        Program { name: name.into(), from_tests: true, path: PathBuf::new(), folder: "/p".into() }
    }

    #[test]
    fn the_longest_begin_first_and_unknown_ones_before_them() {
        let (short, long, new) = (program("short"), program("long"), program("new"));
        let times =
            Times::read(PathBuf::new(), "70 /p/tests/short\n9000 /p/tests/long\ngarbage\nx /p/tests/new\n");
        assert_eq!(times.longest_first(vec![&short, &long, &new]), [&new, &long, &short]);
    }
}
