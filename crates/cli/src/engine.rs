//! `quorum-lab engine`: the vector database driven by lines of JSON, one object in, one object out.
//!
//! It is the page's engine with the page's façade; only the input lines cause actions, in virtual time. Guarantees: the
//! same lines give the same bytes; a bad line is answered with a code and a message, and reading continues with the
//! next one; no line panics. With `--dir` the engine's disk is stored in files, and a write is answered when they are
//! synced; a write that fails in the folder is answered too, with a code, and from then on the engine is read-only. At
//! the end of the input, data that `autosync` off left unsynced is synced: only a crash loses it. Leaves out: what the
//! commands mean (`facade::command`).

use std::cell::RefCell;
use std::io::{BufRead, Write};
use std::path::Path;
use std::rc::Rc;

use super::files::Files;
use quorum_facade::{
    Advance, Answer, Command, Committed, Done, EngineCommand, Lab, NUMBER_MARK, RunConfig, Storage, StoredRun,
};
use quorum_types::Refusal;

/// Answers every line until there are no more.
pub(super) fn serve(dir: Option<&Path>, lines: impl BufRead, out: &mut impl Write) -> Result<bool, Refusal> {
    let mut engine = Engine::open(dir)?;
    for line in lines.split(b'\n') {
        let line = line.map_err(|error| Refusal::new("cannot_read", error.to_string()))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let answer = match read(&line) {
            Ok(command) => engine.execute(command),
            Err(refusal) => refusal.into(),
        };
        let text = serde_json::to_string(&answer).map_err(|error| Refusal::new("json", error.to_string()))?;
        super::write(out, &text)?;
        out.flush().map_err(super::cannot_answer)?;
    }
    engine.close().map(|()| true)
}

/// Reads a line as a command.
pub fn read(line: &[u8]) -> Result<Command, Refusal> {
    let text = std::str::from_utf8(line).map_err(|_| Refusal::new("bad_json", "the line is not UTF-8"))?;
    let bad = |error: serde_json::Error| {
        let code = if error.is_data() { "bad_request" } else { "bad_json" };
        Refusal::new(code, format!("{error}; send one JSON object a line, with an op"))
    };
    match serde_json::from_str(text) {
        Err(error) if error.is_syntax() => serde_json::from_str(&with_words(text)).map_err(|_| bad(error)),
        other => other.map_err(bad),
    }
}

/// The same text with the bare words `NaN` and `Infinity`, which some programs write though JSON has no such
/// numbers, as marked texts ([`NUMBER_MARK`]).
fn with_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut quoted, mut escaped, mut rest) = (false, false, text);
    while let Some(c) = rest.chars().next() {
        let word =
            ["-Infinity", "Infinity", "NaN"].into_iter().find(|word| !quoted && rest.starts_with(word));
        if let Some(word) = word {
            out.push_str(&format!("\"\\u{:04x}{word}\"", u32::from(NUMBER_MARK)));
            rest = &rest[word.len()..];
            continue;
        }
        quoted ^= c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// The engine, with its files if it has some.
struct Engine {
    lab: Lab,
    files: Option<Files>,
    /// Why the folder is no longer written, once it could not be.
    failed: Option<Refusal>,
    /// Commands so far.
    tickets: u64,
    done: Done<Refusal>,
    outcomes: Rc<RefCell<Vec<Result<Committed, Refusal>>>>,
}

impl Engine {
    /// Opens a folder. One that cannot be written is open for reading once it is recovered.
    fn open(dir: Option<&Path>) -> Result<Self, Refusal> {
        let (files, stored) = match dir {
            Some(dir) => {
                let (files, stored) = Files::open(dir)?;
                (Some(files), stored)
            }
            None => (None, None),
        };
        let mut lab = Lab::open(config(files.is_some()), stored)?;
        lab.forget();
        let outcomes: Rc<RefCell<Vec<Result<Committed, Refusal>>>> = Rc::default();
        let done: Done<Refusal> = {
            let outcomes = Rc::clone(&outcomes);
            Rc::new(move |outcome| outcomes.borrow_mut().push(outcome))
        };
        let mut engine = Self { lab, files, failed: None, tickets: 0, done, outcomes };
        engine.settle();
        Ok(engine)
    }

    fn execute(&mut self, command: Command) -> Answer {
        if let Some(failed) = self.failed.as_ref().filter(|_| !command.only_reads()) {
            return unwritten(failed).into();
        }
        self.tickets += 1;
        self.lab.execute(self.tickets, command);
        self.settle();
        let answers = self.lab.take_answers();
        let answer = answers.into_iter().find(|(ticket, _)| *ticket == self.tickets);
        match (answer, &self.failed) {
            (Some((_, answer)), _) => answer,
            (None, Some(failed)) => unknown(failed).into(),
            (None, None) => {
                Refusal::new("no_answer", "the engine came to rest without an answer; this is a fault").into()
            }
        }
    }

    /// The end of the lines is the end of the client's work, not of the power: what is written is synced first.
    fn close(mut self) -> Result<(), Refusal> {
        if self.files.is_some() && self.failed.is_none() {
            // An engine without power, or with a damaged log, has nothing to sync; its error is ignored.
            self.execute(Command::Engine(EngineCommand::Sync));
            if let (Some(files), Some(batch)) = (&mut self.files, self.lab.take_receipts()) {
                files.submit(batch);
                files.pump(&self.done);
                self.hear();
            }
        }
        self.failed.map_or(Ok(()), Err)
    }

    /// Lets everything happen that is going to happen by itself.
    fn settle(&mut self) {
        loop {
            self.persist();
            // A bound below the end of time would let segments grow old between two lines.
            match self.lab.advance(u64::MAX, 64) {
                Advance::Waiting { .. } if self.failed.is_some() => break,
                Advance::Budget | Advance::Waiting { .. } => {}
                Advance::Reached | Advance::Idle => break,
            }
            self.lab.take_events();
        }
        self.lab.take_events();
        self.persist();
    }

    fn persist(&mut self) {
        while let Some(batch) = self.lab.take_writes() {
            match &mut self.files {
                None => self.lab.persisted(batch.ticket),
                // What follows a write that failed must not be written: it would leave a gap.
                Some(_) if self.failed.is_some() => {}
                Some(files) => {
                    files.submit(batch);
                    files.pump(&self.done);
                    self.hear();
                }
            }
        }
    }

    fn hear(&mut self) {
        for outcome in self.outcomes.take() {
            match outcome {
                Ok(committed) if self.failed.is_none() => {
                    committed.ticket.into_iter().for_each(|ticket| self.lab.persisted(ticket));
                }
                Ok(_) => {}
                Err(refusal) => drop(self.failed.get_or_insert(refusal)),
            }
        }
    }
}

/// The answer to the line whose write failed.
fn unknown(failed: &Refusal) -> Refusal {
    let error = format!(
        "{}: the write failed and is not acknowledged; it may be there, whole or not at all, when the folder is opened \
         again. Reading goes on; make room or mend the folder, then open it again",
        failed.error
    );
    Refusal::new(&failed.code, error)
}

/// The answer to every later line that would write.
fn unwritten(failed: &Refusal) -> Refusal {
    let error = format!(
        "{}: nothing was written, and nothing will be until the folder is opened again. Reading goes on; make room or \
         mend the folder, then open it again",
        failed.error
    );
    Refusal::new(&failed.code, error)
}

fn config(kept: bool) -> RunConfig {
    RunConfig { lesson: None, topology: Some("engine".to_owned()), seed: 1, kept, lang: "en".to_owned() }
}

/// Opens what a store holds in memory, for those who only want to know what a recovery makes of it.
pub fn recovered(stored: StoredRun) -> Result<Lab, Refusal> {
    let mut lab = Lab::open(config(false), Some(stored))?;
    while lab.advance(u64::MAX, 1_024) == Advance::Budget {
        lab.take_events();
    }
    Ok(lab)
}
