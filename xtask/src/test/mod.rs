//! `cargo xtask test`: all tests of the project.
//!
//! One lane builds (`lane`); what has been built runs beside it, native tests next to those in browsers. Guarantees:
//! every stage runs even when another failed, unless it needs what was not built; a stage that could not run counts as
//! one failure; a module of browser tests in which nothing ran is a failure, though its runner would call that a
//! success; at the end a table lists the stages with their times (`table`); the exit status is non-zero if anything
//! failed. Leaves out: figures in seconds, which `cargo xtask bench` checks as ratios.

mod lane;
mod programs;
mod table;
mod times;

use std::fs;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use self::lane::{Built, Lane, What};
use self::programs::Program;
use self::table::{Row, Table};
use self::times::Times;
use crate::page::Form;
use crate::run::{Tally, run_tests, run_tests_quietly};
use crate::{Outcome, page, root, tools};

/// The stages that can be requested by name.
pub(crate) const STAGES: [&str; 5] = ["native", "wasm", "page", "browser", "size"];

/// The package of the tests that drive a whole browser, and its program.
const BROWSER_TESTS: &str = "e2e";
/// The program of the tests that run inside a browser, and the folder of its modules.
const WASM_TESTS: &str = "web";
/// How many programs of native tests run in parallel.
const PROGRAMS_AT_ONCE: u32 = 3;
/// How many browser tests run in parallel: they wait for the page about as long as they keep a core busy.
const BESIDE: u32 = 3;
/// The test that checks the size of the page as learners get it.
const SIZE_TEST: &str = "budget::a_first_visit_is_small";

/// What is requested.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    slow: bool,
    only: Vec<&'static str>,
}

impl Asked {
    fn read(args: &[String]) -> Result<Self, String> {
        let (mut slow, mut only) = (false, Vec::new());
        for arg in args {
            if arg == "--slow" {
                slow = true;
                continue;
            }
            let Some(stage) = STAGES.into_iter().find(|stage| stage == arg) else {
                let stages = STAGES.join(", ");
                return Err(format!("test takes --slow and names of stages ({stages}), not `{arg}`"));
            };
            only.push(stage);
        }
        if only.is_empty() {
            // The page as learners get it takes minutes to compile.
            only = STAGES.into_iter().filter(|stage| slow || *stage != "size").collect();
        }
        Ok(Self { slow, only })
    }

    fn wants(&self, stage: &str) -> bool {
        self.only.contains(&stage)
    }
}

/// Runs the tests, or some stages of them; `--slow` adds those that take minutes.
pub(crate) fn test(args: &[String]) -> Outcome {
    let asked = Asked::read(args)?;
    let began = Instant::now();
    let mut table = Table::default();
    let browser = needed_tools(&asked)?;
    let mut row = Row::new("tools");
    row.ran = Some(began.elapsed());
    table.add(row);

    // Only the stage that compares them needs the hash of every source.
    let size_inputs = if asked.wants("size") { Some(lane::inputs_of_the_page()?) } else { None };
    let mut wanted = Vec::new();
    // The browser's tests are compiled with the others: they share the library.
    if asked.wants("native") || asked.wants("browser") || asked.wants("size") {
        wanted.push(What::Native);
    }
    if asked.wants("wasm") {
        wanted.push(What::Wasm);
    }
    if asked.wants("page") || asked.wants("browser") {
        wanted.push(What::Page);
    }
    if asked.wants("native") {
        wanted.push(What::Documents);
    }
    let weigh = size_inputs.as_ref().is_some_and(|inputs| !lane::weighed().says(inputs));
    if weigh {
        wanted.push(What::RealPage);
    }
    let mut lane = Lane::begin(wanted);
    let mut programs = Vec::new();

    let mut native = None;
    if asked.wants("native") || asked.wants("browser") || asked.wants("size") {
        let mut row = Row::new("native");
        match lane.wait(What::Native, &mut row) {
            Some(Built::Programs(found)) => programs = found,
            _ => row.could_not_run(),
        }
        native = Some(row);
    }
    let clicks = programs.iter().find(|one| one.is(BROWSER_TESTS));
    let mut in_browsers = Vec::new();
    // Side by side: tests in browsers wait for pages about as long as they keep a core busy.
    thread::scope(|scope| {
        let rows = native.as_mut().filter(|_| asked.wants("native"));
        rows.map(|row| scope.spawn(|| run_native(row, &programs, &asked)));
        in_browsers = run_in_browsers(&asked, &mut lane, clicks, browser.as_ref());
    });
    native.into_iter().chain(in_browsers).for_each(|row| table.add(row));
    if asked.wants("native") {
        let mut row = Row::new("examples");
        match lane.wait(What::Documents, &mut row) {
            Some(Built::Ran(tally)) => row.tally.add(tally),
            _ => row.could_not_run(),
        }
        table.add(row);
    }
    if let Some(inputs) = &size_inputs {
        let mut row = Row::new("size");
        if weigh {
            match (lane.wait(What::RealPage, &mut row), clicks, &browser) {
                (Some(_), Some(clicks), Some(browser)) => {
                    row.run(|| size_test(clicks, browser));
                }
                _ => row.could_not_run(),
            }
            if row.tally.failed == 0 {
                lane::weighed().write(inputs)?;
            }
        } else {
            row.note = "the page's sources are as they were when it was last weighed".to_owned();
        }
        table.add(row);
    }
    if asked.slow && asked.wants("native") {
        let mut row = Row::new("slow");
        row.run(|| native_tests(&programs, Kind::Slow));
        table.add(row);
    }
    println!("{}", table.words(began.elapsed()));
    if table.total().failed > 0 { Err("tests failed".to_owned()) } else { Ok(()) }
}

/// Runs the tests inside a browser and those that click, one stage after the other, and returns their rows.
fn run_in_browsers(
    asked: &Asked,
    lane: &mut Lane,
    clicks: Option<&Program>,
    browser: Option<&tools::Browser>,
) -> Vec<Row> {
    let mut rows = Vec::new();
    if asked.wants("wasm") {
        let mut row = Row::new("wasm");
        match (lane.wait(What::Wasm, &mut row), browser) {
            (Some(Built::Programs(found)), Some(browser)) => row.run(|| wasm_tests(&found, browser, asked)),
            _ => row.could_not_run(),
        }
        rows.push(row);
    }
    let mut page_is_built = false;
    if asked.wants("page") || asked.wants("browser") {
        let mut row = Row::new("page");
        page_is_built = lane.wait(What::Page, &mut row).is_some();
        if !page_is_built {
            row.could_not_run();
        }
        rows.push(row);
    }
    if asked.wants("browser") {
        let mut row = Row::new("browser");
        match (clicks, browser) {
            (Some(clicks), Some(browser)) if page_is_built => {
                row.run(|| browser_tests(clicks, browser, asked))
            }
            _ => row.could_not_run(),
        }
        rows.push(row);
    }
    rows
}

/// Runs the native tests into their row.
fn run_native(row: &mut Row, programs: &[Program], asked: &Asked) {
    row.run(|| native_tests(programs, Kind::Fast));
    if asked.slow {
        // They have a row of their own.
        row.tally.left_to_slow = 0;
    }
}

/// What the stages need, installed where it is missing; a browser where one is needed.
fn needed_tools(asked: &Asked) -> Result<Option<tools::Browser>, String> {
    if asked.only == ["native"] {
        return Ok(None);
    }
    tools::wasm_target()?;
    tools::wasm_bindgen()?;
    if asked.only == ["page"] {
        return Ok(None);
    }
    let browser = tools::browser()?;
    // Screenshots are for people, and no test checks them; without the font they show boxes.
    if let Err(why) = tools::chinese_font() {
        eprintln!("xtask: {why}");
    }
    Ok(Some(browser))
}

/// Which native tests are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Those of every run.
    Fast,
    /// Those that take minutes, alone.
    Slow,
}

/// Native tests, several programs at a time: when the last long test of one leaves a core idle, the next has begun, and
/// those of `judge` and `real` wait for real time. The programs that took longest last time begin first. A program's
/// output is shown when it has ended.
fn native_tests(programs: &[Program], kind: Kind) -> Result<Tally, String> {
    let times = Times::of_last_run(if kind == Kind::Slow { "slow" } else { "native" });
    let found = programs.iter().filter(|one| !one.is(BROWSER_TESTS)).collect();
    let found = Mutex::new(times.longest_first(found).into_iter());
    let next = || found.lock().unwrap_or_else(PoisonError::into_inner).next();
    let total = Mutex::new((Tally::default(), None));
    let run_one_after_the_other = || {
        while let Some(program) = next() {
            let (began, mut command) = (Instant::now(), program.command());
            if kind == Kind::Slow {
                command.arg("--ignored");
            }
            let tally = run_tests_quietly(&program.name, &mut command);
            let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
            match tally {
                Ok(tally) => total.0.add(tally),
                Err(why) => total.1 = Some(why),
            }
            times.took(program, began.elapsed());
        }
    };
    thread::scope(|scope| {
        (0..PROGRAMS_AT_ONCE).for_each(|_| drop(scope.spawn(run_one_after_the_other)));
    });
    times.write();
    match total.into_inner().unwrap_or_else(PoisonError::into_inner) {
        (tally, None) => Ok(tally),
        (_, Some(why)) => Err(why),
    }
}

/// The tests inside a browser, one program and one browser for all of them.
fn wasm_tests(found: &[Program], browser: &tools::Browser, asked: &Asked) -> Result<Tally, String> {
    let program = found.iter().find(|one| one.is(WASM_TESTS)).ok_or("tests/web was not built")?;
    let modules = modules_of(WASM_TESTS)?;
    let mut seen = vec![false; modules.len()];
    let mut runner = tools::command("wasm-bindgen-test-runner");
    runner.arg(&program.path).env("CHROMEDRIVER", &browser.driver);
    if asked.slow {
        runner.arg("--include-ignored");
    }
    // Timeout in seconds for all of them: one that hangs must not hang forever.
    runner.env("WASM_BINDGEN_TEST_TIMEOUT", "600");
    let mut tally = crate::run::run_tests_and_hear(&mut runner, &mut |line| {
        for (module, seen) in modules.iter().zip(&mut seen) {
            *seen |= ran_in(line, module);
        }
    })?;
    for (module, _) in modules.iter().zip(&seen).filter(|(_, seen)| !**seen) {
        eprintln!("xtask: no test ran in tests/{WASM_TESTS}/{module}; counted as one failure");
        tally.failed += 1;
    }
    Ok(tally)
}

/// Whether a line says that a test of a module was run: `test web::views::rules::a_name ... ok`.
fn ran_in(line: &str, module: &str) -> bool {
    let Some(name) = line.trim().strip_prefix("test ").and_then(|rest| rest.split(" ... ").next()) else {
        return false;
    };
    let name = name.strip_prefix(WASM_TESTS).and_then(|rest| rest.strip_prefix("::")).unwrap_or(name);
    name.rsplit_once("::").is_some_and(|(path, _)| path == module.replace('/', "::"))
}

/// The modules of a test program that have tests: by file, `views` or `views/rules`.
fn modules_of(program: &str) -> Result<Vec<String>, String> {
    let folder = root().join("tests").join(program);
    let mut modules = Vec::new();
    let mut folders = vec![(folder, String::new())];
    while let Some((folder, before)) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        for path in entries.flatten().map(|entry| entry.path()) {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push((path, format!("{before}{stem}/")));
                continue;
            }
            let text = fs::read_to_string(&path).map_err(|why| format!("{}: {why}", path.display()))?;
            if text.contains("#[wasm_bindgen_test]") {
                modules.push(if stem == "mod" {
                    before.trim_end_matches('/').to_owned()
                } else {
                    format!("{before}{stem}")
                });
            }
        }
    }
    modules.sort();
    if modules.is_empty() {
        return Err(format!("no tests in tests/{program}: the store and the views would go untested"));
    }
    Ok(modules)
}

/// The tests that drive a whole browser, several in parallel.
fn browser_tests(clicks: &Program, browser: &tools::Browser, asked: &Asked) -> Result<Tally, String> {
    let mut command = clicks.command();
    command.arg(format!("--test-threads={BESIDE}")).arg("--skip").arg(SIZE_TEST);
    if asked.slow {
        command.arg("--include-ignored");
    }
    run_tests(command.env("CHROME", &browser.chrome).env("PAGE", Form::Fast.folder()))
}

/// The test that checks the size of the page as learners get it, with its output.
fn size_test(clicks: &Program, browser: &tools::Browser) -> Result<Tally, String> {
    let mut command: Command = clicks.command();
    command.args(["--exact", SIZE_TEST, "--include-ignored", "--nocapture"]);
    let tally = run_tests(command.env("CHROME", &browser.chrome).env("PAGE", Form::Real.folder()))?;
    if tally.passed + tally.failed == 0 {
        return Err(format!("there is no test {SIZE_TEST}: nothing holds the size of the page"));
    }
    Ok(tally)
}

/// Builds the page as the browser tests use it; for running one of them by hand.
pub(crate) fn page(args: &[String]) -> Outcome {
    let form = match args {
        [] => Form::Fast,
        [flag] if flag == "--real" => Form::Real,
        _ => return Err(format!("page takes only --real, not `{}`", args.join(" "))),
    };
    tools::wasm_target()?;
    tools::wasm_bindgen()?;
    page::build(form, &mut |command| crate::run::run(command))?;
    println!("{}", form.folder().display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_read_and_others_refused() {
        let read =
            |words: &[&str]| Asked::read(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
        let all = read(&[]).unwrap();
        assert!(!all.slow && STAGES.iter().all(|&stage| all.wants(stage) == (stage != "size")));
        let slow = read(&["--slow"]).unwrap();
        assert!(slow.slow && STAGES.iter().all(|stage| slow.wants(stage)));
        let some = read(&["wasm", "--slow"]).unwrap();
        assert!(some.slow && some.wants("wasm") && !some.wants("native"));
        assert!(read(&["--fast"]).is_err_and(|why| why.contains("--fast") && why.contains("browser")));
    }

    #[test]
    fn a_line_belongs_to_the_module_that_it_names() {
        let line = "test web::views::rules::a_rule_is_shown ... ok";
        assert!(ran_in(line, "views/rules"));
        assert!(!ran_in(line, "views") && !ran_in(line, "rules"));
        assert!(ran_in("test store::x ... FAIL", "store"));
        assert!(!ran_in("running 3 tests", "store"));
    }

    #[test]
    fn every_module_with_a_test_is_found() {
        let modules = modules_of(WASM_TESTS).unwrap();
        for module in ["store", "views", "views/rules"] {
            assert!(modules.iter().any(|one| one == module), "{module} in {modules:?}");
        }
        assert!(!modules.iter().any(|one| one == "main" || one == "shown"), "{modules:?}");
    }

    #[test]
    fn what_a_run_leaves_out_says_why_it_is_slow() {
        let mut folders = ["crates", "e2e", "src", "tests"].map(|name| root().join(name)).to_vec();
        let mut found = 0;
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|kind| kind == "rs") {
                    let text = fs::read_to_string(&path).unwrap();
                    for line in text.lines().filter(|line| line.trim_start().starts_with("#[ignore")) {
                        assert!(line.contains("#[ignore = \"slow: "), "{}: {line}", path.display());
                        found += 1;
                    }
                }
            }
        }
        assert!(found > 30, "{found}");
    }
}
