//! Requests through pymilvus, for servers that have no REST v2: Milvus up to 2.3 and milvus-lite.
//!
//! A small Python program (`bridge.py`, part of this one) makes them and answers line by line. Guarantees: the program
//! is started with the user's own Python and ended with the connection; it is started again when it has ended; a
//! request that it does not answer in time counts as unanswered, and the program is replaced. Leaves out: installing
//! pymilvus.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::server::{Facts, Kind, Search, Server, Trouble};

/// The program.
const PROGRAM: &str = include_str!("bridge.py");
/// A start of Python with pymilvus may take this long on a busy machine.
const START_MS: u64 = 60_000;
/// The library's own timeout should come first: so much longer is waited for its answer.
const GRACE_MS: u64 = 2_000;

/// A running program.
#[derive(Debug)]
struct Running {
    child: Child,
    to: ChildStdin,
    answers: Receiver<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server behind the program.
#[derive(Debug)]
pub struct Bridge {
    python: PathBuf,
    uri: String,
    token: Option<String>,
    running: Option<Running>,
    /// Whether the library's connection has to be made again: after a failure it may wait far longer than its server.
    connected: bool,
}

impl Bridge {
    /// A server at `uri`, asked by this Python.
    pub fn new(python: &Path, uri: &str, token: Option<&str>) -> Self {
        let token = token.map(str::to_owned);
        Self { python: python.to_owned(), uri: uri.to_owned(), token, running: None, connected: false }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a pipe can only be read with a timeout by a thread of its own"
    )]
    fn start(&self) -> Result<Running, Trouble> {
        let wrong = |why: String| Trouble::new(Kind::Bridge, format!("{}: {why}", self.python.display()));
        let mut child = Command::new(&self.python)
            .args(["-c", PROGRAM])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|why| wrong(why.to_string()))?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(wrong("it has no input or output".to_owned()));
        };
        let (send, answers) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Running { child, to, answers })
    }

    /// Makes a request on a connection that is there.
    fn request(&mut self, body: &Value, timeout_ms: u64) -> Result<Value, Trouble> {
        let mut wait_ms = timeout_ms + GRACE_MS;
        let mut running = match self.running.take() {
            Some(running) => running,
            None => {
                wait_ms += START_MS;
                self.start()?
            }
        };
        let ended = "the program ended; it needs a Python with pymilvus";
        let sent = writeln!(running.to, "{body}").and_then(|()| running.to.flush());
        sent.map_err(|_| Trouble::new(Kind::Bridge, ended))?;
        let line = running.answers.recv_timeout(Duration::from_millis(wait_ms)).map_err(|why| match why {
            RecvTimeoutError::Timeout => Trouble::new(Kind::Unreachable, "no answer in time"),
            RecvTimeoutError::Disconnected => Trouble::new(Kind::Bridge, ended),
        })?;
        // Only a program that answered is kept: a late answer would be taken for that of the next request.
        self.running = Some(running);
        let answer: Value =
            serde_json::from_str(&line).map_err(|why| Trouble::new(Kind::Bridge, why.to_string()))?;
        if answer.get("ok").and_then(Value::as_bool) == Some(true) {
            return Ok(answer);
        }
        let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
        Err(Trouble::told(format!("{}: {}", text("kind"), text("error"))))
    }

    /// Connects where that is needed, then makes a request.
    fn ask(&mut self, body: &Value, timeout_ms: u64) -> Result<Value, Trouble> {
        if !self.connected {
            self.connect(timeout_ms)?;
        }
        let answer = self.request(body, timeout_ms);
        self.connected = answer.is_ok();
        answer
    }
}

fn seconds(timeout_ms: u64) -> f64 {
    timeout_ms as f64 / 1_000.0
}

impl Server for Bridge {
    fn connect(&mut self, timeout_ms: u64) -> Result<Facts, Trouble> {
        let body = json!({ "op": "connect", "uri": self.uri, "token": self.token, "timeout_s": seconds(timeout_ms) });
        let answer = self.request(&body, timeout_ms)?;
        self.connected = true;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Facts { version: text("version"), client: text("client").unwrap_or_default() })
    }

    fn collections(&mut self, timeout_ms: u64) -> Result<Vec<String>, Trouble> {
        let answer = self.ask(&json!({ "op": "collections" }), timeout_ms)?;
        let names = answer.get("names").and_then(Value::as_array).into_iter().flatten();
        Ok(names.filter_map(Value::as_str).map(str::to_owned).collect())
    }

    fn create(&mut self, name: &str, dim: u64, timeout_ms: u64) -> Result<(), Trouble> {
        self.ask(&json!({ "op": "create", "name": name, "dim": dim }), timeout_ms).map(drop)
    }

    fn insert(
        &mut self,
        name: &str,
        first_id: i64,
        rows: &[Vec<f32>],
        timeout_ms: u64,
    ) -> Result<(), Trouble> {
        let timeout_s = seconds(timeout_ms);
        let body = json!({
            "op": "insert", "name": name, "first_id": first_id, "vectors": rows, "timeout_s": timeout_s
        });
        self.ask(&body, timeout_ms).map(drop)
    }

    fn search(&mut self, name: &str, ask: &Search<'_>, timeout_ms: u64) -> Result<u64, Trouble> {
        let body = json!({
            "op": "search", "name": name, "vector": ask.vector, "limit": ask.limit,
            "consistency": ask.consistency, "timeout_s": seconds(timeout_ms),
        });
        let answer = self.ask(&body, timeout_ms)?;
        Ok(answer.get("found").and_then(Value::as_u64).unwrap_or(0))
    }

    fn ids(&mut self, name: &str, first: i64, end: i64, timeout_ms: u64) -> Result<Vec<i64>, Trouble> {
        let timeout_s = seconds(timeout_ms);
        let body = json!({ "op": "ids", "name": name, "first": first, "end": end, "timeout_s": timeout_s });
        let answer = self.ask(&body, timeout_ms)?;
        Ok(answer
            .get("ids")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_i64)
            .collect())
    }

    fn drop_collection(&mut self, name: &str, timeout_ms: u64) -> Result<(), Trouble> {
        self.ask(&json!({ "op": "drop", "name": name }), timeout_ms).map(drop)
    }
}
