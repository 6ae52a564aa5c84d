//! Requests through pymilvus, for servers that have no REST v2: Milvus up to 2.3 and milvus-lite.
//!
//! A small Python program (`bridge.py`, part of this one) makes them and answers line by line. Guarantees: the program
//! is started with the user's own Python and ended with the connection; it is started again when it has ended; a
//! request that it does not answer in time, or before the drill is to end, counts as unanswered, and the program is
//! replaced. Leaves out: installing pymilvus.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use crate::cancel::{Cancel, Unanswered};
use crate::server::{Facts, Kind, Search, Server, Trouble};

/// The program.
const PROGRAM: &str = include_str!("bridge.py");
/// A start of Python with pymilvus may take this long on a busy machine.
pub const START_MS: u64 = 60_000;
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
    cancel: Cancel,
}

impl Bridge {
    /// A server at `uri`, asked by this Python.
    pub fn new(python: &Path, uri: &str, token: Option<&str>) -> Self {
        let token = token.map(str::to_owned);
        Self {
            python: python.to_owned(),
            uri: uri.to_owned(),
            token,
            running: None,
            connected: false,
            cancel: Cancel::default(),
        }
    }

    /// The same server, of which requests are given up when the drill is to end.
    pub fn heeding(self, cancel: Cancel) -> Self {
        Self { cancel, ..self }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a pipe can only be read with a timeout by a thread of its own"
    )]
    fn start(&self) -> Result<Running, Trouble> {
        let wrong = |why: String| Trouble::new(Kind::Bridge, format!("{}: {why}", self.python.display()));
        let mut command = Command::new(&self.python);
        // Ctrl-C in a terminal reaches a whole process group, and this program is still needed to clean up.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command
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
        let ended = "the program ended; it needs a Python with pymilvus";
        let trouble = |why: Unanswered| match why {
            Unanswered::Gone => Trouble::new(Kind::Bridge, ended),
            why => why.into(),
        };
        let mut running = match self.running.take() {
            Some(running) => running,
            None => {
                let running = self.start()?;
                // When the drill is to end, no start of Python is waited for as long as that.
                let wait_ms = if self.cancel.asked() { START_MS.min(timeout_ms) } else { START_MS };
                let ready = self.cancel.wait(&running.answers, wait_ms);
                ready.map_err(|why| match why {
                    Unanswered::Late => Trouble::new(Kind::Bridge, "it did not import pymilvus in time"),
                    why => trouble(why),
                })?;
                running
            }
        };
        let sent = writeln!(running.to, "{body}").and_then(|()| running.to.flush());
        sent.map_err(|_| Trouble::new(Kind::Bridge, ended))?;
        let line = self.cancel.wait(&running.answers, timeout_ms + GRACE_MS).map_err(trouble)?;
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
    fn cancel(&mut self, cancel: &Cancel) {
        self.cancel = cancel.clone();
    }

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

#[cfg(all(test, unix))]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

    use super::*;

    /// A program in the place of Python.
    struct Program(PathBuf);

    impl Program {
        fn new(name: &str, script: &str) -> Self {
            let path = std::env::temp_dir().join(format!("quorum-lab-bridge-{name}-{}", std::process::id()));
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("written");
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(&path, mode).expect("set");
            Self(path)
        }

        fn bridge(&self) -> Bridge {
            Bridge::new(&self.0, "http://127.0.0.1:1", None)
        }
    }

    impl Drop for Program {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    #[test]
    fn the_program_says_when_it_is_ready_and_then_answers() {
        let answers = r#"echo '{"ready":true}'; read line; echo '{"ok":true,"version":"2.3.5","client":"fake"}'; read line
            echo '{"ok":false,"kind":"MilvusException","error":"Fail connecting to server"}'; read line"#;
        let program = Program::new("answers", answers);
        let mut bridge = program.bridge();
        let facts = bridge.connect(60_000).expect("facts");
        assert_eq!((facts.version.as_deref(), facts.client.as_str()), (Some("2.3.5"), "fake"));
        assert_eq!(bridge.collections(60_000).expect_err("trouble").kind, Kind::Unreachable);
        let none = Program::new("none", "exit 1");
        assert_eq!(none.bridge().connect(60_000).expect_err("trouble").kind, Kind::Bridge);
    }

    #[test]
    fn a_connection_that_is_waited_for_is_given_up_when_the_drill_is_to_end() {
        // Neither a program that never gets ready nor one that never answers would end by itself.
        for (name, script) in
            [("starts", "exec sleep 3600"), ("hangs", "echo '{\"ready\":true}'; exec sleep 3600")]
        {
            let program = Program::new(name, script);
            let times = AtomicU64::new(0);
            let cancel = Cancel::new(move || times.fetch_add(1, SeqCst) > 4);
            let trouble = program.bridge().heeding(cancel).connect(3_600_000).expect_err("given up");
            assert_eq!(trouble.kind, Kind::Stopped, "{name}: {trouble:?}");
        }
    }
}
