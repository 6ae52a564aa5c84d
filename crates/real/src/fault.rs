//! The user's command that makes and ends faults: whether it can be run, running it, and how it ended.
//!
//! Guarantees: a command is only called successful if it ended with status 0, or goes on running without having failed;
//! of any other its status and its last line on stderr are kept; it is never killed, and what it leaves running can
//! write on. Leaves out: what a fault is.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::Serialize;

use crate::clock::Clock;
use quorum_drill::suites::Suite;
use quorum_types::{Micros, SECOND};

/// No more of what a command wrote on stderr is read: the end of it.
const MOST_BYTES: u64 = 1 << 20;
/// No more characters of its last line are kept.
const MOST_SAID: usize = 240;
/// Words that a POSIX shell knows by itself, so that there is no file for them.
const SHELL_WORDS: [&str; 36] = [
    "!", "(", ".", ":", "[", "alias", "bg", "break", "case", "cd", "command", "continue", "echo", "eval",
    "exec", "exit", "export", "false", "fg", "for", "if", "jobs", "kill", "printf", "read", "readonly",
    "return", "set", "shift", "test", "times", "trap", "true", "umask", "until", "while",
];

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// With status 0.
    Done,
    /// With another status.
    Failed,
    /// By a signal.
    Killed,
    /// It could not be started.
    NotStarted,
    /// It was still running when the test was over.
    Running,
}

/// A command for a fault, once it was to be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FaultRun {
    /// The test.
    pub test: &'static str,
    /// `fault` or `heal`.
    pub event: &'static str,
    /// When it was started, milliseconds from the beginning of the test.
    pub at_ms: u64,
    /// Its exit status; none if it could not be started, was killed or still runs.
    pub status: Option<i32>,
    /// How it ended.
    pub ending: Ending,
    /// Its last line on stderr, or why it could not be started; none if it wrote none.
    pub said: Option<String>,
}

impl FaultRun {
    /// Whether it did what it was asked to, as far as that can be known.
    pub fn worked(&self) -> bool {
        matches!(self.ending, Ending::Done | Ending::Running)
    }
}

/// A command that was started.
#[derive(Debug)]
pub(crate) struct Begun {
    child: std::io::Result<Child>,
    words: Option<Words>,
}

/// What a command writes on stderr. A pipe would end whatever the command leaves running, once nobody reads it any
/// more; a file does not.
#[derive(Debug)]
struct Words {
    read: File,
    path: PathBuf,
}

impl Words {
    /// A file to read, and the same one to write.
    fn open() -> std::io::Result<(Self, File)> {
        static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let name = format!("quorum-lab-fault-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let write = options.open(&path)?;
        let read = File::open(&path)?;
        Ok((Self { read, path }, write))
    }

    /// Passes on what was written, and keeps the last line that says something.
    fn last(mut self) -> Option<String> {
        let mut bytes = Vec::new();
        let length = self.read.metadata().map_or(0, |facts| facts.len());
        let from = SeekFrom::Start(length.saturating_sub(MOST_BYTES));
        // What cannot be read is not known, and the status says enough.
        let _ = self.read.seek(from).and_then(|_| (&self.read).take(MOST_BYTES).read_to_end(&mut bytes));
        let _ = std::io::stderr().write_all(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        let last = text.lines().rev().find(|line| !line.trim().is_empty())?;
        let plain = last.chars().map(|c| if c.is_control() { ' ' } else { c });
        Some(plain.take(MOST_SAID).collect::<String>().trim().to_owned())
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        // Whoever still writes into it may.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Starts the user's command. What it prints goes to stderr, since our stdout is a report.
pub(crate) fn begin(scenario: &str, test: &Suite, command: &str, event: &str) -> Begun {
    let strikes: Vec<&str> = test.strikes.iter().map(|strike| strike.word()).collect();
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    // Without a file for its words it is run all the same.
    let (words, stderr) = match Words::open() {
        Ok((words, write)) => (Some(words), Stdio::from(write)),
        Err(_) => (None, Stdio::inherit()),
    };
    let child = Command::new(shell)
        .args([flag, command])
        .env("QUORUM_EVENT", event)
        .env("QUORUM_TEST", test.name)
        .env("QUORUM_STRIKES", strikes.join(","))
        .env("QUORUM_SCENARIO", scenario)
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .stderr(stderr)
        .spawn();
    Begun { child, words }
}

impl Begun {
    /// How the command ended, which was to be over before its test; `wait_us` is what it gets beyond that. One that
    /// still runs is left alone.
    pub(crate) fn ended(
        self,
        test: &'static str,
        event: &'static str,
        at_ms: u64,
        wait_us: Micros,
    ) -> FaultRun {
        let status = self.child.and_then(|mut child| {
            let clock = Clock::start();
            while matches!(child.try_wait(), Ok(None)) && clock.now_us() < wait_us {
                clock.sleep_until(clock.now_us() + SECOND / 50, || true);
            }
            child.try_wait()
        });
        let last = self.words.and_then(Words::last);
        let (status, ending, said) = match status {
            Ok(Some(status)) => match status.code() {
                Some(0) => (Some(0), Ending::Done, last),
                Some(code) => (Some(code), Ending::Failed, last),
                // It says the signal.
                None => (None, Ending::Killed, last.or_else(|| Some(status.to_string()))),
            },
            Ok(None) => (None, Ending::Running, last),
            Err(why) => (None, Ending::NotStarted, Some(why.to_string())),
        };
        FaultRun { test, event, at_ms, status, ending, said }
    }
}

/// What is known of a command before it is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Its first word is a program or a word of the shell.
    Yes,
    /// There is no such program.
    Missing(String),
    /// There is such a file, but it may not be executed, or is a folder.
    NotExecutable(String),
    /// It is more than a word, and only the shell can tell.
    Unknown,
}

/// Looks for a command's first word, on `path` (as the variable PATH has it) or as a path. Nothing is run.
pub fn find(command: &str, path: Option<&std::ffi::OsStr>) -> Found {
    let Some(word) = first_word(command) else { return Found::Unknown };
    if cfg!(windows) || SHELL_WORDS.contains(&word.as_str()) {
        return if cfg!(windows) { Found::Unknown } else { Found::Yes };
    }
    if word.contains('/') {
        let place = Path::new(&word);
        return match place.metadata() {
            Ok(_) if executable(place) => Found::Yes,
            Ok(_) => Found::NotExecutable(word),
            Err(_) => Found::Missing(word),
        };
    }
    let folders = path.map(std::env::split_paths).into_iter().flatten();
    if folders.map(|folder| folder.join(&word)).any(|place| executable(&place)) {
        Found::Yes
    } else {
        Found::Missing(word)
    }
}

/// The word that a shell would take for the program, without its quotes. None where the shell would do more with it.
fn first_word(command: &str) -> Option<String> {
    let mut rest = command.trim_start();
    loop {
        let (word, behind) = cut_word(rest)?;
        // `NAME=VALUE program` sets a variable for the program.
        let is_assignment = word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        });
        if !is_assignment {
            return (!word.is_empty()).then_some(word);
        }
        rest = behind.trim_start();
    }
}

/// A word up to the next space, and what is behind it.
fn cut_word(text: &str) -> Option<(String, &str)> {
    let (mut word, mut quote) = (String::new(), None);
    let mut signs = text.char_indices();
    while let Some((at, sign)) = signs.next() {
        match (quote, sign) {
            (Some(open), sign) if sign == open => quote = None,
            (Some('\''), sign) => word.push(sign),
            // The shell replaces these, so that the word is not what is run.
            (_, '$' | '`') => return None,
            (_, '\\') => word.push(signs.next()?.1),
            (Some(_), sign) => word.push(sign),
            (None, '\'' | '"') => quote = Some(sign),
            (None, '*' | '?' | '{' | '}' | '~' | '#' | '(' | ')' | '<' | '>') => return None,
            (None, sign) if sign.is_whitespace() || matches!(sign, ';' | '&' | '|') => {
                return Some((word, &text[at..]));
            }
            (None, sign) => word.push(sign),
        }
    }
    quote.is_none().then_some((word, ""))
}

fn executable(place: &Path) -> bool {
    let Ok(facts) = place.metadata() else { return false };
    #[cfg(unix)]
    let may = std::os::unix::fs::PermissionsExt::mode(&facts.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let may = true;
    facts.is_file() && may
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use quorum_drill::suites;

    fn run(command: &str) -> FaultRun {
        let suite = suites::parts("failover-proxy").and_then(|parts| parts.first()).expect("a suite");
        // It ends long before that.
        begin("failover-proxy", suite, command, "fault").ended("failover-proxy", "fault", 1, 600 * SECOND)
    }

    #[test]
    fn a_command_that_failed_is_told_with_its_status_and_its_last_words() {
        let failed = run("echo first >&2; printf 'no such \\033[31mpod\\n\\n' >&2; exit 3");
        assert_eq!((failed.status, failed.ending, failed.worked()), (Some(3), Ending::Failed, false));
        assert_eq!(failed.said.as_deref(), Some("no such  [31mpod"));
        let missing = run("./no-such-script");
        assert_eq!((missing.status, missing.ending), (Some(127), Ending::Failed));
        assert!(missing.said.is_some_and(|said| said.contains("no-such-script")));
        let killed = run("kill -9 $$");
        assert_eq!((killed.status, killed.ending, killed.worked()), (None, Ending::Killed, false));
        assert!(killed.said.is_some_and(|said| said.contains("signal")));
        let done = run("test \"$QUORUM_EVENT,$QUORUM_STRIKES\" = fault,proxy");
        assert_eq!((done.status, done.ending, done.said.as_deref()), (Some(0), Ending::Done, None));
    }

    #[test]
    fn a_command_that_goes_on_running_has_not_failed() {
        let suite = suites::parts("failover-proxy").and_then(|parts| parts.first()).expect("a suite");
        let running = begin("failover-proxy", suite, "exec sleep 1000", "fault");
        let pid = running.child.as_ref().expect("started").id();
        let ended = running.ended("failover-proxy", "fault", 1, 0);
        assert_eq!((ended.ending, ended.worked()), (Ending::Running, true));
        assert!(
            Command::new("kill").arg(pid.to_string()).status().expect("run").success(),
            "it was left alone"
        );
    }

    #[test]
    fn the_first_word_is_looked_for_and_nothing_is_run() {
        let folder = std::env::temp_dir().join(format!("quorum-lab-find-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let (plain, program) = (folder.join("plain.sh"), folder.join("a program.sh"));
        for file in [&plain, &program] {
            std::fs::write(file, "#!/bin/sh\nexit 1\n").expect("written");
        }
        let mode = std::os::unix::fs::PermissionsExt::from_mode;
        std::fs::set_permissions(&plain, mode(0o644)).expect("set");
        std::fs::set_permissions(&program, mode(0o755)).expect("set");
        let find = |command: &str| find(command, Some(folder.as_os_str()));
        let (plain, program) = (plain.display().to_string(), program.display().to_string());
        for command in
            ["'a program.sh' x", "NS=milvus A=\"b c\" \"a program.sh\"", "a\\ program.sh;true", "if true"]
        {
            assert_eq!(find(command), Found::Yes, "{command}");
        }
        assert_eq!(find(&format!("\"{program}\" --hard")), Found::Yes);
        assert_eq!(find(&format!("{plain} x")), Found::NotExecutable(plain));
        for (command, word) in
            [("kubectl delete pod x", "kubectl"), ("./cut.sh", "./cut.sh"), (" plain.sh", "plain.sh")]
        {
            assert_eq!(find(command), Found::Missing(word.to_owned()), "{command}");
        }
        for command in ["$HOME/x.sh", "~/x.sh", "", "(a)", "'open", "\"$CMD\" x", "{ a; }", "X=1"] {
            assert_eq!(find(command), Found::Unknown, "{command}");
        }
        std::fs::remove_dir_all(&folder).expect("it goes");
    }
}
