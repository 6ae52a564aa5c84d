//! A process of the program under test: its pipes, its signals and its end.
//!
//! Each process has a thread that writes to it, because a stopped program does not read, and one for each of its
//! outputs. Guarantees: writing never blocks the run; a program that prints faster than it is read has to wait; lines
//! have a limit; a process and everything that it started are killed when this value is dropped, and it is not left as
//! a zombie. Leaves out: what the lines mean.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::super::guard::{Guard, Mark};

/// The longest line of a program.
pub(crate) const MAX_LINE_BYTES: u64 = 8 << 20;
/// What a program that does not read may have waiting for it.
const MAX_BACKLOG_BYTES: usize = 64 << 20;
/// Lines of its error output that are kept.
const TAIL_LINES: usize = 12;
/// The longest such line.
const TAIL_BYTES: u64 = 400;
/// How long the end of a process that was killed is waited for.
const REAP: Duration = Duration::from_secs(2);

/// What a program printed.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A line, without its end.
    Line(Vec<u8>),
    /// A line that is longer than any may be.
    TooLong,
    /// Its output has ended.
    Closed,
}

/// What was heard, and of which life of which node.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) node: usize,
    pub(crate) life: u32,
    pub(crate) heard: Heard,
}

/// A running process.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    mark: Mark,
    lines: Option<mpsc::Sender<Arc<[u8]>>>,
    backlog: Arc<AtomicUsize>,
    tail: Arc<Mutex<VecDeque<String>>>,
    /// Reads its error output to the end.
    errors: Option<std::thread::JoinHandle<()>>,
    /// Dropped last, after the process was killed.
    _guard: Guard,
}

impl Process {
    /// Starts the program.
    pub(crate) fn start(
        command: &[OsString],
        folder: &Path,
        (node, life): (usize, u32),
        events: &SyncSender<Event>,
    ) -> std::io::Result<Self> {
        let (program, arguments) = command.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(program);
        command.args(arguments).env("QUORUM_JUDGE_DIR", folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: what a shell script starts is stopped and killed with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mark = Mark::on(&mut command);
        let mut child = command.spawn()?;
        let guard = Guard::of(child.id(), &mark);
        let backlog = Arc::new(AtomicUsize::new(0));
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let (lines, waiting) = mpsc::channel::<Arc<[u8]>>();
        if let Some(mut stdin) = child.stdin.take() {
            let backlog = Arc::clone(&backlog);
            std::thread::spawn(move || {
                for line in waiting {
                    let written = stdin.write_all(&line).and_then(|()| stdin.flush());
                    backlog.fetch_sub(line.len(), SeqCst);
                    if written.is_err() {
                        return;
                    }
                }
            });
        }
        if let Some(stdout) = child.stdout.take() {
            let events = events.clone();
            std::thread::spawn(move || read_lines(stdout, node, life, &events));
        }
        let errors = child.stderr.take().map(|stderr| {
            let tail = Arc::clone(&tail);
            std::thread::spawn(move || keep_tail(stderr, &tail))
        });
        Ok(Self { child, mark, lines: Some(lines), backlog, tail, errors, _guard: guard })
    }

    /// Hands it a line; whether there was room for it.
    pub(crate) fn write(&self, line: Arc<[u8]>) -> bool {
        if self.backlog.load(SeqCst) > MAX_BACKLOG_BYTES {
            return false;
        }
        self.backlog.fetch_add(line.len(), SeqCst);
        self.lines.as_ref().is_some_and(|lines| lines.send(line).is_ok())
    }

    /// The last lines of its error output. Of a program that has ended they are on their way: they are waited for,
    /// unless what it started keeps the output open.
    pub(crate) fn last_words(&mut self) -> Vec<String> {
        let began = Instant::now();
        while self.ended(Duration::ZERO).is_some()
            && self.errors.as_ref().is_some_and(|errors| !errors.is_finished())
            && began.elapsed() < REAP
        {
            std::thread::sleep(Duration::from_millis(2));
        }
        let tail = self.tail.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        tail.iter().cloned().collect()
    }

    /// How it ended, if it has within this time.
    pub(crate) fn ended(&mut self, within: Duration) -> Option<std::process::ExitStatus> {
        let began = Instant::now();
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            if began.elapsed() >= within {
                return None;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Stops it, or lets it go on.
    pub(crate) fn pause(&self, on: bool) {
        #[cfg(unix)]
        self.signal(if on { nix::sys::signal::SIGSTOP } else { nix::sys::signal::SIGCONT });
        #[cfg(not(unix))]
        let _ = on;
    }

    /// Ends it and everything that it started.
    pub(crate) fn kill(&mut self) {
        self.lines = None;
        // What it started may still be there when it has ended.
        self.mark.end(self.child.id());
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.child.kill();
            self.ended(REAP);
        }
    }

    #[cfg(unix)]
    fn signal(&self, signal: nix::sys::signal::Signal) {
        if let Ok(group) = i32::try_from(self.child.id()) {
            // It may have ended by itself in the meantime.
            let _ = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Reads lines until the output ends. The channel has a limit, so that a flood waits.
fn read_lines(stdout: impl Read, node: usize, life: u32, events: &SyncSender<Event>) {
    let mut reader = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        let read = reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
        let heard = match read {
            Ok(0) | Err(_) => Heard::Closed,
            Ok(_) if line.last() == Some(&b'\n') => {
                line.pop();
                Heard::Line(line)
            }
            Ok(bytes) if bytes as u64 == MAX_LINE_BYTES => Heard::TooLong,
            // The last line has no end.
            Ok(_) => Heard::Line(line),
        };
        let last = !matches!(heard, Heard::Line(_));
        if events.send(Event { node, life, heard }).is_err() || last {
            return;
        }
    }
}

/// Keeps the last lines of an output, and reads it to its end so that its program never waits.
fn keep_tail(stderr: impl Read, tail: &Mutex<VecDeque<String>>) {
    let mut reader = BufReader::new(stderr);
    loop {
        let mut line = Vec::new();
        match reader.by_ref().take(TAIL_BYTES).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let mut tail = tail.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                if tail.len() == TAIL_LINES {
                    tail.pop_front();
                }
                tail.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
        }
    }
}
