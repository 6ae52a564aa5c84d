//! Runs other programs: their output passes through as it comes, and test results are counted on the way.
//!
//! Guarantees: a program that could not be started is named with the reason; a command's standard output is read line
//! by line and never held back. Leaves out: which programs, and where they are (`tools`).

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::Outcome;

/// The result of a test run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    /// Tests that only `--slow` runs: those that are `#[ignore]`d.
    pub(crate) left_to_slow: u32,
}

impl Tally {
    /// Adds another tally to this one.
    pub(crate) fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.left_to_slow += other.left_to_slow;
    }

    /// The tally in words; tests that only `--slow` runs are only mentioned when there are any.
    pub(crate) fn words(self) -> String {
        let mut words = format!("{} passed, {} failed", self.passed, self.failed);
        if self.left_to_slow > 0 {
            words.push_str(&format!(", {} in --slow", self.left_to_slow));
        }
        words
    }
}

/// Runs a command with its output passing through; an error names it and how it ended.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let words = describe(command);
    match command.current_dir(crate::root()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{words}` ended with {status}")),
        Err(why) => Err(format!("`{words}` could not be started: {why}")),
    }
}

/// Runs a command quietly and returns its standard output, or none if it failed or is not there.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.current_dir(crate::root()).stderr(Stdio::null()).output().ok()?;
    if !output.status.success() {
        return None;
    }
    String::from_utf8(output.stdout).ok()
}

/// Runs a command that runs tests and counts them from the lines that libtest and wasm-bindgen-test end with.
/// A command that fails without a failed test (it did not compile, a runner died) counts as one failure.
pub(crate) fn run_tests(command: &mut Command) -> Result<Tally, String> {
    run_tests_and_hear(command, &mut |_| {})
}

/// The same, with a callback for every line.
pub(crate) fn run_tests_and_hear(command: &mut Command, hear: &mut dyn FnMut(&str)) -> Result<Tally, String> {
    let words = describe(command);
    if command.get_current_dir().is_none() {
        command.current_dir(crate::root());
    }
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|why| format!("`{words}` could not be started: {why}"))?;
    let mut tally = Tally::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            println!("{line}");
            hear(&line);
            tally.add(parse_result(&line).unwrap_or_default());
        }
    }
    let status = child.wait().map_err(|why| format!("`{words}` was lost: {why}"))?;
    if !status.success() && tally.failed == 0 {
        eprintln!("xtask: `{words}` ended with {status} and no failed test; counted as one failure");
        tally.failed = 1;
    }
    Ok(tally)
}

/// The same for a program that runs in parallel with others: its output is shown in one piece, under a name, when it
/// has ended.
pub(crate) fn run_tests_quietly(name: &str, command: &mut Command) -> Result<Tally, String> {
    let words = describe(command);
    let output = command.output().map_err(|why| format!("`{words}` could not be started: {why}"))?;
    let mut tally = Tally::default();
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines().filter_map(parse_result).for_each(|one| tally.add(one));
    if !output.status.success() && tally.failed == 0 {
        tally.failed = 1;
    }
    if said.trim().is_empty() || tally.failed > 0 || tally.passed > 0 {
        println!("xtask: {name}\n{}{}", said.trim_start(), String::from_utf8_lossy(&output.stderr));
    }
    Ok(tally)
}

/// Reads a line such as `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out`.
pub(crate) fn parse_result(line: &str) -> Option<Tally> {
    let counts = line.trim().strip_prefix("test result: ")?.split_once(". ")?.1;
    let mut tally = Tally::default();
    for part in counts.split(';') {
        let mut words = part.split_whitespace();
        let number: u32 = words.next()?.parse().unwrap_or(0);
        match words.next() {
            Some("passed") => tally.passed = number,
            Some("failed") => tally.failed = number,
            Some("ignored") => tally.left_to_slow = number,
            _ => {}
        }
    }
    Some(tally)
}

/// A command as a user would type it.
pub(crate) fn describe(command: &Command) -> String {
    let mut words = command.get_program().to_string_lossy().into_owned();
    for arg in command.get_args() {
        words.push(' ');
        words.push_str(&arg.to_string_lossy());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_from_both_harnesses() {
        let libtest = "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 7 filtered out; \
                       finished in 0.1s";
        assert_eq!(parse_result(libtest), Some(Tally { passed: 3, failed: 2, left_to_slow: 1 }));
        let wasm = "test result: ok. 5 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.20s";
        assert_eq!(parse_result(wasm), Some(Tally { passed: 5, failed: 0, left_to_slow: 0 }));
        assert_eq!(parse_result("no tests to run!"), None);
    }
}
