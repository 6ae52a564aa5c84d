//! The table at the end: every stage with the time of its build and its run, and its result.

use std::time::{Duration, Instant};

use crate::run::Tally;

/// A stage.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    name: &'static str,
    /// How long its build took.
    pub(crate) built: Option<Duration>,
    /// How long it ran.
    pub(crate) ran: Option<Duration>,
    pub(crate) tally: Tally,
    /// Additional remarks.
    pub(crate) note: String,
}

impl Row {
    /// A stage that has not done anything.
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    /// Runs it. What could not run counts as one failure.
    pub(crate) fn run(&mut self, body: impl FnOnce() -> Result<Tally, String>) {
        println!("xtask: {}", self.name);
        let began = Instant::now();
        match body() {
            Ok(tally) => self.tally.add(tally),
            Err(why) => {
                eprintln!("xtask: {why}");
                self.tally.failed += 1;
            }
        }
        let took = began.elapsed();
        self.ran = Some(took);
        println!("xtask: {}: {:.1} s, {}", self.name, took.as_secs_f64(), self.tally.words());
    }

    /// It needs what was not built.
    pub(crate) fn could_not_run(&mut self) {
        self.tally.failed += 1;
        self.note = "could not run".to_owned();
    }
}

/// All stages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    /// Adds a stage that is over.
    pub(crate) fn add(&mut self, row: Row) {
        self.0.push(row);
    }

    /// The tests of all stages.
    pub(crate) fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.0.iter().for_each(|row| total.add(row.tally));
        total
    }

    /// The table as a person reads it. Built and run overlap, so they add up to more than the whole.
    pub(crate) fn words(&self, all: Duration) -> String {
        let seconds = |time: Option<Duration>| {
            time.map_or_else(|| "-".to_owned(), |time| format!("{:.1}", time.as_secs_f64()))
        };
        let mut text = format!("\n{:<10}{:>9}{:>9}  tests\n", "stage", "built s", "ran s");
        for row in &self.0 {
            let tests = match (row.tally == Tally::default(), row.note.is_empty()) {
                (true, _) => row.note.clone(),
                (false, true) => row.tally.words(),
                (false, false) => format!("{} ({})", row.tally.words(), row.note),
            };
            let line = format!("{:<10}{:>9}{:>9}  {tests}", row.name, seconds(row.built), seconds(row.ran));
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text + &format!("{:<10}{:>9}{:>9.1}  {}", "in all", "", all.as_secs_f64(), self.total().words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_every_stage_and_the_sum() {
        let mut table = Table::default();
        let tally = Tally { passed: 3, failed: 1, left_to_slow: 2 };
        let second = Duration::from_secs(1);
        table.add(Row { built: Some(second), ran: Some(second * 2), tally, ..Row::new("native") });
        table.add(Row { note: "unchanged".to_owned(), ..Row::new("size") });
        let mut page = Row::new("page");
        page.could_not_run();
        table.add(page);
        let words = table.words(second * 4);
        let lines: Vec<&str> = words.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "native          1.0      2.0  3 passed, 1 failed, 2 in --slow",
                "size              -        -  unchanged",
                "page              -        -  0 passed, 1 failed (could not run)",
                "in all                   4.0  3 passed, 2 failed, 2 in --slow",
            ]
        );
    }
}
