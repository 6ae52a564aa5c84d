//! Why a program cannot be judged: it cannot be started, ends, is silent, or prints what is no message.
//!
//! Guarantees: every kind has a stable code, and what a person needs to find the place: the node, the line, how the
//! process ended and its last words. Leaves out: the sentences in two languages (the command line).

use serde::Serialize;

/// A program that cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Trouble {
    /// The program cannot be started.
    CannotStart { command: String, why: String },
    /// A node ended by itself.
    Ended { node: String, how: String, last_words: Vec<String> },
    /// A node closed its output but goes on.
    ClosedOutput { node: String, last_words: Vec<String> },
    /// A line is no JSON.
    BadJson { node: String, line: String, why: String },
    /// A line is JSON but no message.
    BadMessage { node: String, line: String, why: String },
    /// An answer does not fit its request.
    BadAnswer { node: String, line: String, why: String },
    /// A line is longer than any may be.
    LongLine { node: String, limit_bytes: u64 },
    /// A node did not answer `init`.
    NoInit { node: String, after_s: u64, last_words: Vec<String> },
    /// A node prints more than any network carries.
    Flood { node: String, lines_per_s: u64 },
    /// No request was ever answered.
    Silent { requests: u64, last_words: Vec<String> },
}

impl Trouble {
    /// Its code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::CannotStart { .. } => "cannot_start",
            Self::Ended { .. } => "ended",
            Self::ClosedOutput { .. } => "closed_output",
            Self::BadJson { .. } => "bad_json",
            Self::BadMessage { .. } => "bad_message",
            Self::BadAnswer { .. } => "bad_answer",
            Self::LongLine { .. } => "long_line",
            Self::NoInit { .. } => "no_init",
            Self::Flood { .. } => "flood",
            Self::Silent { .. } => "silent",
        }
    }

    /// What its process last said on its error output.
    pub fn last_words(&self) -> &[String] {
        match self {
            Self::Ended { last_words, .. }
            | Self::ClosedOutput { last_words, .. }
            | Self::NoInit { last_words, .. }
            | Self::Silent { last_words, .. } => last_words,
            _ => &[],
        }
    }
}

/// The beginning of a line, as it can be shown.
pub(crate) fn shown(line: &[u8]) -> String {
    const MOST: usize = 160;
    let text = String::from_utf8_lossy(line);
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut shown: String = text.chars().take(MOST).map(plain).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

/// How a process ended, in words that every system has.
pub(crate) fn how(status: std::process::ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("signal {signal}");
    }
    status.code().map_or_else(|| "unknown status".to_owned(), |code| format!("exit status {code}"))
}
