//! The lane that builds, in parallel with the one that runs what was built.
//!
//! Guarantees: builds happen one after the other, in the order in which they are needed, so that they do not wait for
//! each other's locks; a build's output goes to a file and is shown only when it failed; the other lane shows the
//! build's progress while it waits. Leaves out: running tests, except the examples in documents, which cargo builds and
//! runs in one go.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::programs::{self, Program};
use super::table::Row;
use crate::page::{self, Form};
use crate::run::{Tally, describe, parse_result};
use crate::stamp::{Hash, Stamp};
use crate::{root, target, tools};

/// What can be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The programs of all native tests, those that drive a browser among them.
    Native,
    /// The program of the tests inside a browser.
    Wasm,
    /// The page for tests that click.
    Page,
    /// The examples in documents, which are run as well.
    Documents,
    /// The page as learners get it.
    RealPage,
}

/// The result of a build.
#[derive(Debug)]
pub(crate) enum Built {
    Programs(Vec<Program>),
    Page,
    Ran(Tally),
}

/// A build that has ended.
struct Done {
    what: What,
    took: Duration,
    built: Result<Built, String>,
}

/// The lane.
pub(crate) struct Lane {
    done: Receiver<Done>,
    waiting: Vec<Done>,
    began: Instant,
}

/// How often the waiting lane reports the build's progress.
const PATIENCE: Duration = Duration::from_secs(30);

impl What {
    fn words(self) -> &'static str {
        match self {
            Self::Native => "native tests",
            Self::Wasm => "tests inside a browser",
            Self::Page => "the page for tests that click",
            Self::Documents => "examples in documents",
            Self::RealPage => "the page as learners get it",
        }
    }

    fn log(self) -> PathBuf {
        let name = match self {
            Self::Native => "native",
            Self::Wasm => "wasm",
            Self::Page => "page",
            Self::Documents => "examples",
            Self::RealPage => "real-page",
        };
        target().join(format!("xtask/{name}.log"))
    }

    fn build(self) -> Result<Built, String> {
        let path = self.log();
        let fault = |why: std::io::Error| format!("{}: {why}", path.display());
        fs::create_dir_all(target().join("xtask")).map_err(fault)?;
        let mut log = File::create(&path).map_err(fault)?;
        match self {
            Self::Native => {
                let mut cargo = tools::cargo();
                cargo.args(["test", "--workspace", "--no-run", "--message-format=json-render-diagnostics"]);
                Ok(Built::Programs(programs::read(&heard(&mut cargo, &mut log)?)))
            }
            Self::Wasm => {
                let mut cargo = tools::cargo();
                cargo.args(["test", "--target", "wasm32-unknown-unknown", "--test", "web", "--no-run"]);
                // Its lines would be four fifths of the program, which is read by the runner and sent to the browser.
                cargo.args(["--config", "profile.dev.debug=false"]);
                cargo.arg("--message-format=json-render-diagnostics");
                Ok(Built::Programs(programs::read(&heard(&mut cargo, &mut log)?)))
            }
            Self::Documents => {
                let mut cargo = tools::cargo();
                cargo.args(["test", "--workspace", "--doc", "--no-fail-fast"]);
                let said = heard(&mut cargo, &mut log)?;
                let mut tally = Tally::default();
                said.lines().filter_map(parse_result).for_each(|one| tally.add(one));
                Ok(Built::Ran(tally))
            }
            Self::Page | Self::RealPage => {
                let form = if self == Self::Page { Form::Fast } else { Form::Real };
                page::build(form, &mut |command| heard(command, &mut log).map(drop))?;
                Ok(Built::Page)
            }
        }
    }
}

/// Runs a command; its output goes to the log, and its standard output is returned. An error shows the log.
fn heard(command: &mut Command, log: &mut File) -> Result<String, String> {
    let words = describe(command);
    let fault = |why: std::io::Error| format!("`{words}`: {why}");
    let errors = log.try_clone().map_err(fault)?;
    let output = command
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(errors)
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .map_err(fault)?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(said)
    } else {
        Err(format!("`{words}` ended with {}\n{said}", output.status))
    }
}

impl Lane {
    /// Starts to build.
    pub(crate) fn begin(wanted: Vec<What>) -> Self {
        let (tell, done) = channel();
        thread::spawn(move || {
            for what in wanted {
                let began = Instant::now();
                let built = what.build();
                if tell.send(Done { what, took: began.elapsed(), built }).is_err() {
                    return;
                }
            }
        });
        Self { done, waiting: Vec::new(), began: Instant::now() }
    }

    /// Waits for a build and records its time; none when it failed, which has been reported then.
    pub(crate) fn wait(&mut self, what: What, row: &mut Row) -> Option<Built> {
        let done = loop {
            if let Some(at) = self.waiting.iter().position(|done| done.what == what) {
                break self.waiting.swap_remove(at);
            }
            match self.done.recv_timeout(PATIENCE) {
                Ok(done) => {
                    println!("xtask: built {}: {:.1} s", done.what.words(), done.took.as_secs_f64());
                    self.waiting.push(done);
                }
                Err(RecvTimeoutError::Timeout) => println!(
                    "xtask: {:.0} s, waiting for {}: {}",
                    self.began.elapsed().as_secs_f64(),
                    what.words(),
                    last_line(&what.log())
                ),
                Err(RecvTimeoutError::Disconnected) => {
                    eprintln!("xtask: the lane that builds ended before {}", what.words());
                    return None;
                }
            }
        };
        row.built = Some(done.took);
        match done.built {
            Ok(built) => Some(built),
            Err(why) => {
                let log = fs::read_to_string(what.log()).unwrap_or_default();
                eprintln!("{log}\nxtask: {} could not be built: {why}", what.words());
                let _ = std::io::stderr().flush();
                None
            }
        }
    }
}

/// The last line of a log, which shows a build's progress.
fn last_line(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("not begun yet").to_owned()
}

/// The stamp with the sources of the page whose size was last checked.
pub(crate) fn weighed() -> Stamp {
    Stamp::beside(&target().join("page/weighed"))
}

/// Folders and files that cannot change what learners download; everything else can.
const NO_PART_OF_THE_PAGE: [&str; 10] =
    [".git", ".github", ".tools", "benches", "dist", "docs", "e2e", "fuzz", "target", "tests"];

/// The hash of everything from which the page is built.
pub(crate) fn inputs_of_the_page() -> Result<Hash, String> {
    let root = root();
    let mut hash = Hash::default();
    let entries = fs::read_dir(&root).map_err(|why| format!("{}: {why}", root.display()))?;
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    for name in names {
        let is_text = Path::new(&name).extension().is_some_and(|kind| kind == "md");
        if !is_text && name != "xtask" && !NO_PART_OF_THE_PAGE.contains(&name.as_str()) {
            hash.everything_in(&root.join(name))?;
        }
    }
    let compiler = crate::run::output(Command::new("rustc").arg("-vV")).unwrap_or_default();
    hash.bytes(compiler.as_bytes());
    Ok(hash)
}
