//! Guests as processes: one for each node, a line in, a line out.
//!
//! Guarantees: every answer is waited for within a limit, after which the process is killed; no process is left when
//! this value is dropped. Leaves out: what the lines mean (`protocol`). The limit is the only thing here that depends
//! on a clock, and only a program that hangs reaches it.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use quorum_judge::guard::{Guard, Mark};
use quorum_types::NodeId;

/// How long an answer may take.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How often overdue answers are looked for.
const LOOK: Duration = Duration::from_millis(100);
/// The longest answer.
const MAX_LINE_BYTES: u64 = 8 << 20;
/// What is kept of its error output.
const TAIL_BYTES: usize = 16_000;

/// Why a guest cannot go on: an English sentence about its node, the line that it was asked and its last words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

/// All nodes' cores.
pub trait Cores {
    /// Sends a node a line; its answer.
    fn ask(&mut self, node: NodeId, line: &str) -> Result<Vec<u8>, Fault>;

    /// Something went wrong: the next run needs other processes.
    fn reset(&mut self);
}

/// The processes of a command.
#[derive(Debug)]
pub struct Programs {
    command: Vec<OsString>,
    nodes: Vec<Option<Process>>,
}

impl Programs {
    /// No process yet; each node's is started when it is first asked.
    pub fn new(command: Vec<OsString>) -> Self {
        Self { command, nodes: Vec::new() }
    }
}

impl Cores for Programs {
    fn ask(&mut self, node: NodeId, line: &str) -> Result<Vec<u8>, Fault> {
        let at = node as usize;
        if self.nodes.len() <= at {
            self.nodes.resize_with(at + 1, || None);
        }
        let process = match &mut self.nodes[at] {
            Some(process) => process,
            none => none.insert(Process::start(&self.command)?),
        };
        process.ask(line).map_err(|why| {
            let asked: String = line.trim_end().chars().take(300).collect();
            Fault(format!("node {node} {why}; it was asked {asked}"))
        })
    }

    fn reset(&mut self) {
        self.nodes.clear();
    }
}

#[derive(Debug)]
struct Process {
    child: Child,
    mark: Mark,
    stdin: ChildStdin,
    /// Its lines; an empty one for the end of its output.
    answers: Receiver<std::io::Result<Vec<u8>>>,
    watch: Arc<Watch>,
    tail: Arc<Mutex<Vec<u8>>>,
    /// Whether its error output has ended.
    quiet: Arc<AtomicBool>,
    /// Dropped last, after the process was killed.
    _guard: Guard,
}

/// What the thread that looks for overdue answers knows.
#[derive(Debug)]
struct Watch {
    began: Instant,
    /// Since when an answer is waited for, in milliseconds from the beginning; 0 for not.
    since_ms: AtomicU64,
    over: AtomicBool,
    late: AtomicBool,
}

impl Process {
    fn start(command: &[OsString]) -> Result<Self, Fault> {
        let name = command.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
        let cannot = |why: String| Fault(format!("“{name}” cannot be started: {why}"));
        let (program, arguments) = command.split_first().ok_or_else(|| cannot("no command".to_owned()))?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mark = Mark::on(&mut command);
        let mut child = command.spawn().map_err(|error| cannot(error.to_string()))?;
        let guard = Guard::of(child.id(), &mark);
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(mut stderr)) = pipes else {
            return Err(cannot("no pipes".to_owned()));
        };
        let tail = Arc::new(Mutex::new(Vec::new()));
        let quiet = Arc::new(AtomicBool::new(false));
        let (kept, ended) = (Arc::clone(&tail), Arc::clone(&quiet));
        std::thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(read @ 1..) = stderr.read(&mut bytes) {
                let mut kept = kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                kept.extend_from_slice(&bytes[..read]);
                let more = kept.len().saturating_sub(TAIL_BYTES);
                kept.drain(..more);
            }
            ended.store(true, SeqCst);
        });
        let watch = Arc::new(Watch {
            began: Instant::now(),
            since_ms: AtomicU64::new(0),
            over: AtomicBool::new(false),
            late: AtomicBool::new(false),
        });
        let (watched, ended, group) = (Arc::clone(&watch), mark.clone(), child.id());
        std::thread::spawn(move || {
            while !watched.over.load(SeqCst) {
                std::thread::sleep(LOOK);
                let since = watched.since_ms.load(SeqCst);
                let now = watched.began.elapsed().as_millis() as u64;
                if since > 0 && now.saturating_sub(since) > PATIENCE.as_millis() as u64 {
                    watched.late.store(true, SeqCst);
                    ended.end(group);
                    return;
                }
            }
        });
        let answers = lines(stdout);
        Ok(Self { child, mark, stdin, answers, watch, tail, quiet, _guard: guard })
    }

    fn ask(&mut self, line: &str) -> Result<Vec<u8>, String> {
        self.watch.since_ms.store(self.watch.began.elapsed().as_millis().max(1) as u64, SeqCst);
        let asked = self.stdin.write_all(line.as_bytes()).and_then(|()| self.stdin.flush());
        let answer = self.answers.recv_timeout(PATIENCE);
        self.watch.since_ms.store(0, SeqCst);
        match (asked, answer) {
            (Ok(()), Ok(Ok(answer))) if answer.last() == Some(&b'\n') => Ok(answer),
            (Ok(()), Ok(Ok(answer))) if answer.len() as u64 >= MAX_LINE_BYTES => {
                Err("answered with a line of more than 8 MiB".to_owned())
            }
            (_, Err(RecvTimeoutError::Timeout)) => {
                self.watch.late.store(true, SeqCst);
                self.mark.end(self.child.id());
                Err(self.end())
            }
            _ => Err(self.end()),
        }
    }

    /// How it ended.
    fn end(&mut self) -> String {
        if self.watch.late.load(SeqCst) {
            return format!("did not answer within {} s", PATIENCE.as_secs()) + &self.last_words();
        }
        let began = Instant::now();
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break Some(status),
                _ if began.elapsed() > Duration::from_secs(1) => break None,
                _ => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        let how = match status {
            Some(status) => format!("ended by itself ({status})"),
            None => "closed its output".to_owned(),
        };
        while status.is_some() && !self.quiet.load(SeqCst) && began.elapsed() < Duration::from_secs(1) {
            std::thread::sleep(Duration::from_millis(2));
        }
        how + &self.last_words()
    }

    fn last_words(&self) -> String {
        let tail = self.tail.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let text = String::from_utf8_lossy(&tail);
        let text = text.trim_end();
        // What is indented is where it happened; the sentences are what.
        let says =
            |line: &&str| !line.starts_with([' ', '\t']) && !line.starts_with("note: ") && !line.is_empty();
        let said = text.lines().filter(says).filter(|line| *line != "stack backtrace:");
        let last: Vec<&str> = said.rev().take(3).collect();
        if last.is_empty() {
            return String::new();
        }
        let last: Vec<&str> = last.into_iter().rev().collect();
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        format!(", and last said: {}", last.join(" / ").chars().map(plain).collect::<String>())
    }
}

/// Reads lines in a thread: a process that left the group may keep the pipe open after the group was killed, and only
/// a thread can be left waiting for it. It ends with the pipe, or with the next line once nobody wants it.
fn lines(stdout: ChildStdout) -> Receiver<std::io::Result<Vec<u8>>> {
    let (sender, receiver) = sync_channel(1);
    std::thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        loop {
            let mut line = Vec::new();
            let read = stdout.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
            let last = line.last() != Some(&b'\n');
            if sender.send(read.map(|_| line)).is_err() || last {
                return;
            }
        }
    });
    receiver
}

impl Drop for Process {
    fn drop(&mut self) {
        self.watch.over.store(true, SeqCst);
        self.mark.end(self.child.id());
        let _ = self.child.kill();
        let began = Instant::now();
        while !matches!(self.child.try_wait(), Ok(Some(_)) | Err(_))
            && began.elapsed() < Duration::from_secs(2)
        {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
