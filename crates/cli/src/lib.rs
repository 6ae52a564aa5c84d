//! The command line: the same lab without the web page.
//!
//! Guarantees: the same arguments give the same bytes, on any number of threads; exit status 0 when all went well, 1
//! when a check failed, 2 when the input cannot be used, 3 when the machine failed: output, a file or a folder could
//! not be written; 130 when Ctrl-C ended it, with the results so far printed and marked. No input panics, and neither
//! does a closed output. Leaves out: serving the page (`cargo xtask serve`).

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use quorum_i18n::Lang;
use quorum_types::Refusal;
use typed::{Asked, What};
use work::{Context, Stop};

mod bad_input;
pub mod check_history;
pub mod dr;
pub mod drill;
#[cfg(test)]
mod drill_tests;
pub mod engine;
#[cfg(test)]
mod engine_tests;
pub mod exam;
#[cfg(test)]
mod exam_tests;
mod export;
pub mod files;
pub mod grade;
#[cfg(test)]
mod grade_tests;
mod grammar;
#[cfg(test)]
mod grammar_tests;
mod guests;
pub mod judge;
#[cfg(all(test, unix))]
mod judge_tests;
pub mod lesson_data;
#[cfg(test)]
mod lesson_data_tests;
pub mod lessons;
mod links;
pub mod load;
mod maelstrom;
mod manual;
#[cfg(test)]
mod manual_tests;
mod outputs;
pub mod pack;
#[cfg(test)]
mod pack_tests;
mod progress;
mod promise;
pub mod raft;
#[cfg(test)]
mod raft_tests;
mod real;
#[cfg(all(test, unix))]
mod real_drill_tests;
#[cfg(test)]
mod real_tests;
mod replay;
mod shards;
#[cfg(test)]
mod shards_tests;
mod shown;
pub mod standard;
pub mod swarm;
mod swarm_replay;
pub mod trend;
mod typed;
mod work;
#[cfg(test)]
mod work_tests;

/// The exit status of what Ctrl-C ended, as shells count it.
const INTERRUPTED: u8 = 130;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Every check held.
    Held,
    /// One did not.
    Missed,
    /// Ctrl-C ended it; what was done until then is printed.
    Interrupted,
    /// A program of the user's cannot be used; the report says why.
    Unusable,
}

impl End {
    fn of(held: bool) -> Self {
        if held { Self::Held } else { Self::Missed }
    }

    fn status(self) -> u8 {
        match self {
            Self::Held => 0,
            Self::Missed => 1,
            Self::Interrupted => INTERRUPTED,
            Self::Unusable => 2,
        }
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    // For the judge's own examples and tests; no help names it.
    if arguments.first().is_some_and(|word| word == "maelstrom") {
        return maelstrom::main(&arguments[1..]);
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let system = system_lang(|name| std::env::var(name).ok());
    let done = typed::parse(&arguments, system).and_then(|asked| {
        for note in &asked.notes {
            complain(note);
        }
        let end = dispatch(&asked, &context_for(&asked), &mut out);
        end.map_err(|refusal| bad_input::nearer(refusal, asked.spoken))
    });
    let flushed = out.flush().map_err(cannot_answer);
    let status = match done.and_then(|end| flushed.map(|()| end)) {
        Ok(end) => end.status(),
        Err(refusal) => {
            // The reader that closed the output has read enough: with `head`, this is not an error.
            if refusal.code != OUTPUT_CLOSED {
                complain(&refusal.error);
            }
            exit_code(&refusal.code)
        }
    };
    ExitCode::from(status)
}

/// Says something on the errors' output. With nowhere left to say it, the exit status has to do: `eprintln!` would
/// panic.
fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}: {text}", grammar::PROGRAM);
}

/// The language of the system, for help and for what is wrong. Reports are in Chinese unless `--lang` says otherwise,
/// so that they are the same bytes everywhere.
fn system_lang(variable: impl Fn(&str) -> Option<String>) -> Lang {
    let names = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter();
    let tag = names.filter_map(variable).find(|tag| !tag.is_empty());
    tag.map_or_else(Lang::default, |tag| Lang::parse(&tag))
}

/// What the command works with. Ctrl-C is caught where there are partial results to print.
fn context_for(asked: &Asked) -> Context {
    let stop = Arc::new(Stop::default());
    let long = matches!(
        asked.what,
        What::Swarm
            | What::Drill(_)
            | What::DrillNotes
            | What::Load
            | What::LessonsCheck(_)
            | What::Exam
            | What::Grade(_)
            | What::Judge(_)
    );
    if long {
        stop.listen();
    }
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let drawn = long && std::io::stderr().is_terminal();
    Context { jobs: asked.jobs.unwrap_or_else(cores), stop, drawn, lang: asked.spoken, pace: 1 }
}

/// The reader has closed the output.
const OUTPUT_CLOSED: &str = "output_closed";
/// The answers do not go where they are sent.
const OUTPUT_FAILED: &str = "output_failed";

fn exit_code(code: &str) -> u8 {
    let machine = [OUTPUT_CLOSED, OUTPUT_FAILED, outputs::CANNOT_WRITE, files::STORAGE, files::DISK_FULL];
    if machine.contains(&code) { 3 } else { 2 }
}

/// The refusal of an answer that could not be written.
fn cannot_answer(error: std::io::Error) -> Refusal {
    let closed = error.kind() == std::io::ErrorKind::BrokenPipe;
    let code = if closed { OUTPUT_CLOSED } else { OUTPUT_FAILED };
    Refusal::new(code, format!("the answers cannot be written: {error}"))
}

/// Does what is asked; how it ended.
fn dispatch(asked: &Asked, context: &Context, out: &mut impl Write) -> Result<End, Refusal> {
    let held = match &asked.what {
        What::Swarm if asked.replay.is_some() => {
            let path = asked.replay.as_deref().unwrap_or(std::path::Path::new(""));
            return swarm_replay::run(path, asked, out);
        }
        What::Swarm if asked.node.is_some() => {
            return guests::search(asked.node.as_deref().unwrap_or_default(), asked, context, out);
        }
        What::Swarm => {
            let (first, end) = asked.seeds.unwrap_or((0, 100));
            let plan = swarm::Plan {
                world: swarm::world(asked.world.as_deref())?,
                first,
                end,
                events: asked.events,
                rule_off: asked.rule_off.clone(),
            };
            return match asked.shard {
                Some(shard) => swarm::part(&plan, shard, asked, context, out),
                None => swarm::run(&plan, asked.json, asked.lang, context, out),
            };
        }
        What::Judge(command) => return judge::run(command, asked, context, out),
        What::SwarmMerge => return swarm::merge(asked, out),
        What::DrillMerge => return drill::merge(asked, out),
        What::LessonsMerge => return lessons::merge(asked, out),
        What::SwarmRules => {
            swarm::rules(swarm::world(asked.world.as_deref())?, asked.json, out)?;
            return Ok(End::Held);
        }
        What::Drill(scenario) if asked.promise.is_some() => {
            return promise::run(scenario.as_deref(), asked, context, out);
        }
        What::Drill(Some(scenario)) if asked.target.is_some() => {
            return real::run(scenario, asked, context, out);
        }
        What::Drill(None) if asked.target.is_some() => {
            return real::run(drill::note_test(asked)?, asked, context, out);
        }
        What::Drill(_) if real::option(asked).is_some() => return Err(real::without_target(asked)),
        What::Drill(Some(scenario)) => return drill::run(scenario, asked, context, out),
        What::Drill(None) => return drill::run(drill::note_test(asked)?, asked, context, out),
        What::DrillNotes => return drill::notes(asked, context, out),
        What::Load => return load::run(asked, context, out),
        What::LessonsCheck(path) => return lessons::check(path.as_deref(), asked, context, out),
        What::Exam => return exam::run(asked, context, out),
        What::Grade(files) => return grade::run(files, asked, context, out),
        What::Link(file) => links::run(file.as_deref(), asked, out)?,
        What::Engine => engine::serve(asked.dir.as_deref(), std::io::stdin().lock(), out)?,
        What::Raft => raft::serve(std::io::stdin().lock(), out)?,
        What::CheckHistory(None) => check_history::run(None, std::io::stdin().lock(), out)?,
        What::CheckHistory(Some(file)) => check_history::run(Some(file), std::io::empty(), out)?,
        What::DrillList => drill::list(asked, out)?,
        What::DrillTrend => trend::compare(asked, out)?,
        What::DrillSettings(scenario) => drill::settings(scenario, asked, out)?,
        What::Plan => dr::plan(asked, out)?,
        What::Copy => dr::copy(asked, out)?,
        What::LessonsLint(path) => lessons::lint(path.as_deref(), out)?,
        What::ExamList => exam::list(asked, out)?,
        What::LessonsList => lessons::list(asked, out)?,
        What::LessonsPaths => lesson_data::paths(asked, out)?,
        What::LessonsFacts => lesson_data::facts(asked, out)?,
        What::LessonsGuide => lesson_data::guide(asked, out)?,
        What::LessonsWords => lessons::words(out)?,
        What::LessonsBundle(folder) => lessons::bundle(folder, out)?,
        What::LessonsNew(folder) => lessons::new(folder, out)?,
        What::Pack(standard) => pack::run(standard, asked, out)?,
        What::Replay(file) => replay::run(file, asked, out)?,
        What::Export(word) => export::run(word, asked, out)?,
        What::Completions(shell) => write(out, &manual::completions(shell, asked.spoken)?).map(|()| true)?,
        What::Man(words) => write(out, &manual::page(words, asked.spoken)?).map(|()| true)?,
        What::Show(text) => write(out, text).map(|()| true)?,
    };
    Ok(End::of(held))
}

pub(crate) fn write(out: &mut impl Write, text: &str) -> Result<(), Refusal> {
    writeln!(out, "{text}").map_err(cannot_answer)
}

pub(crate) fn write_json(out: &mut impl Write, value: &impl serde::Serialize) -> Result<(), Refusal> {
    let text = serde_json::to_string(value).map_err(|error| Refusal::new("json", error.to_string()))?;
    write(out, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// This number of threads, without a stop signal.
    pub(super) fn context(jobs: usize) -> Context {
        Context { jobs, stop: Arc::default(), drawn: false, lang: Lang::Zh, pace: 1 }
    }

    /// Runs a command line in this environment; returns what it prints and its exit status.
    pub(super) fn run_with(arguments: &[&str], context: &Context) -> Result<(End, String), Refusal> {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        let mut out = Vec::new();
        let asked = typed::parse(&arguments, Lang::Zh)?;
        let end = dispatch(&asked, context, &mut out)
            .map_err(|refusal| bad_input::nearer(refusal, asked.spoken))?;
        Ok((end, String::from_utf8_lossy(&out).into_owned()))
    }

    /// A folder for one test; it goes with the value.
    pub(super) struct Folder(pub(super) std::path::PathBuf);

    impl Folder {
        pub(super) fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("quorum-lab-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&path).expect("a folder");
            Self(path)
        }

        pub(super) fn path(&self, name: &str) -> String {
            self.0.join(name).to_string_lossy().into_owned()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).expect("it goes");
        }
    }

    /// Whether its checks hold and what it prints; or the code of its refusal.
    pub(super) fn check(arguments: &[&str]) -> Result<(bool, String), String> {
        let (end, text) = run_with(arguments, &context(2)).map_err(|refusal| refusal.code)?;
        Ok((end == End::Held, text))
    }

    pub(super) fn refused(arguments: &[&str]) -> Refusal {
        run_with(arguments, &context(1)).expect_err("refused")
    }

    /// The exit status of a command line.
    pub(super) fn status(arguments: &[&str]) -> u8 {
        run_with(arguments, &context(2))
            .map_or_else(|refusal| exit_code(&refusal.code), |(end, _)| end.status())
    }

    #[test]
    fn a_file_that_cannot_be_written_is_status_3_in_every_command_and_one_that_is_kept_is_2() {
        let folder = Folder::new("status");
        let [file, log, run] = ["file", "log.csv", "run.quorum"].map(|name| folder.path(name));
        // No folder can be below a file.
        let lost = folder.path("file/below");
        std::fs::write(&file, "a file").expect("written");
        std::fs::write(&log, "time,status\n1700000000,ok\n1700000001,ok\n").expect("written");
        for arguments in [
            &["drill", "failover-proxy", "--html", &lost][..],
            &["drill", "failover-proxy", "--trace", &lost],
            &["drill", "failover-proxy", "--save", &lost],
            &["drill", "failover-proxy", "--shard", "0/1", "--out", &lost],
            &[
                "drill",
                "failover-proxy",
                "--target",
                "milvus",
                "--uri",
                "http://h:1",
                "--dry-run",
                "--html",
                &lost,
            ],
            &["replay", "--csv", &log, "--html", &lost],
            &["judge", "--html", &lost, "--", "true"],
            &["judge", "--history", &lost, "--", "true"],
            &["export", "failover-proxy", "--out", &lost],
            &["exam", "--seed", "7", "--incident", "corrupt-log", "--play", "nothing", "--save", &lost],
            &["lessons", "guide", "--out", &lost],
            &["engine", "--dir", &lost],
        ] {
            assert_eq!(status(arguments), 3, "{arguments:?}");
        }
        let kit = folder.path("kit");
        assert_eq!(status(&["export", "failover-proxy", "--out", &kit]), 0);
        assert_eq!(status(&["export", "failover-proxy", "--out", &kit]), 2);
        assert_eq!(status(&["replay", "--csv", &run]), 2);
    }

    #[test]
    fn a_language_that_is_not_spoken_is_refused_everywhere_with_those_that_are() {
        for arguments in [
            &["drill", "--list", "--lang", "fr"][..],
            &["--lang=fr", "lessons", "list"],
            &["--help", "--lang", "fr"],
            &["--version", "--lang", "english"],
            &["man", "drill", "--lang", "fr"],
            &["completions", "bash", "--lang", "zhou"],
            &[
                "drill",
                "failover-proxy",
                "--target",
                "milvus",
                "--uri",
                "http://h:1",
                "--dry-run",
                "--lang",
                "fr",
            ],
            &["drill", "--list", "--lang", ""],
        ] {
            let refusal = refused(arguments);
            assert!(refusal.code == "bad_arguments" && refusal.error.contains("zh, en"), "{}", refusal.error);
        }
        for tag in ["zh", "en", "EN", "en-GB", "zh_CN"] {
            assert_eq!(status(&["drill", "--list", "--lang", tag]), 0, "{tag}");
        }
        // What is behind `--` is another program's.
        assert_eq!(status(&["judge", "--seconds", "1", "--lang", "en", "--", "true", "--lang", "fr"]), 2);
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        for (arguments, code) in [
            (&[][..], "bad_arguments"),
            (&["drill", "rain-of-frogs"], "unknown_scenario"),
            (&["drill", "kill-the-leader", "--set", "colour=1"], "unknown_setting"),
            (&["drill", "kill-the-leader", "--set", "heartbeat_ms"], "bad_arguments"),
            (&["drill", "kill-the-leader", "--set", "heartbeat_ms=0"], "bad_setting"),
            (&["drill", "kill-the-leader", "--runs", "0"], "bad_runs"),
            (&["drill", "kill-the-leader", "--seed", "-1"], "bad_arguments"),
            (&["drill", "failover-all", "--preset", "frogs"], "unknown_preset"),
            (&["drill", "failover-all", "--json", "--csv"], "bad_arguments"),
            (&["drill", "kill-the-leader", "--colour"], "bad_arguments"),
            (&["drill", "kill-the-leader", "--config", "dr_config.yaml"], "no_config"),
            (&["drill", "dr-drill", "--config", "no/such/file.yaml"], "bad_config"),
            (&["dr", "copy", "--rows", "99999999"], "too_large"),
            (&["dr", "plan", "--set", "colour=1"], "unknown_setting"),
            (&["dr"], "bad_arguments"),
        ] {
            assert_eq!(check(arguments), Err(code.to_owned()), "{arguments:?}");
        }
    }
}
