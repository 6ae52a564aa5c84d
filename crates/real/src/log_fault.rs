//! What is wrong with a log, where, and what helps.
//!
//! Guarantees: nothing of the file is shown that a terminal would obey, and no more than a line of it. Leaves out:
//! words in the user's language (`cli`).

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1; 0 for the whole file.
    pub line: u64,
    /// The column, from 1; 0 for the whole line.
    pub column: u64,
    /// What it is.
    pub wrong: Wrong,
}

/// A kind of fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// More bytes or rows than are read.
    TooLarge,
    /// Fewer than two rows.
    TooShort,
    /// Not UTF-8.
    NotText,
    /// No column could be a time; these are there, and this names one.
    NoTime(String, String),
    /// No column could be a status; these are there, and this names one.
    NoStatus(String, String),
    /// A column was asked for that is not there; these are there.
    NoColumn(String, String),
    /// Another number of columns than in the first row: found, expected.
    Ragged(u64, u64),
    /// No time of the form that the first row has.
    BadTime(String),
    /// No status.
    BadStatus(String),
    /// No latency.
    BadLatency(String),
    /// Longer than a year from the first request to the last.
    TooLong,
}

impl Wrong {
    /// Its word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::TooShort => "too-short",
            Self::NotText => "not-text",
            Self::NoTime(..) => "no-time",
            Self::NoStatus(..) => "no-status",
            Self::NoColumn(..) => "no-column",
            Self::Ragged(..) => "ragged",
            Self::BadTime(_) => "bad-time",
            Self::BadStatus(_) => "bad-status",
            Self::BadLatency(_) => "bad-latency",
            Self::TooLong => "too-long",
        }
    }

    /// What was found there, cut short.
    pub fn found(&self) -> String {
        match self {
            Self::NoTime(text, _)
            | Self::NoStatus(text, _)
            | Self::NoColumn(text, _)
            | Self::BadTime(text)
            | Self::BadStatus(text)
            | Self::BadLatency(text) => shown(text, 60),
            Self::Ragged(found, expected) => format!("{found} ≠ {expected}"),
            _ => String::new(),
        }
    }

    /// What helps: the option that names columns of this file, or the columns that are there.
    pub fn help(&self) -> String {
        match self {
            Self::NoTime(_, text) | Self::NoStatus(_, text) | Self::NoColumn(_, text) => shown(text, 160),
            _ => String::new(),
        }
    }
}

/// A text as it can be shown, cut short.
fn shown(text: &str, most: usize) -> String {
    text.chars().take(most).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
