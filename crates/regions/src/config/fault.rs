//! Errors in a configuration, with their positions.
//!
//! Guarantees: plain data, so that a page can phrase it; the message contains line, column, key and a hint. Leaves out:
//! finding errors (`config`).

use core::fmt;

use quorum_types::Refusal;

/// An error in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1; 0 if it does not concern one line.
    pub line: usize,
    /// The column, from 1; 0 if it does not concern one.
    pub column: usize,
    /// The key with its section, such as `backup.hour`; empty if it does not concern one.
    pub path: String,
    /// The kind of error.
    pub wrong: Wrong,
}

/// The kind of error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is too long.
    TooLong {
        /// Its length in bytes.
        bytes: usize,
        /// The maximum length in bytes.
        most: usize,
    },
    /// It is empty.
    Empty,
    /// It is not YAML; the parser's reason.
    NotYaml(String),
    /// A line without a key and value: the colon is missing, or the space after it.
    NoColon,
    /// A line is indented with a tab.
    Tab,
    /// A full-width character in place of YAML's own: a colon, space or quote.
    FullWidth {
        /// The character found.
        sign: char,
        /// The character that YAML expects.
        wants: char,
    },
    /// There is a character that is not allowed in text.
    Control,
    /// An anchor, an alias or a tag, which configurations do not support.
    Anchor,
    /// A second document.
    SecondDocument,
    /// The top level holds something other than sections, or a section something other than keys.
    NoKeys,
    /// A key is not a word.
    KeyIsNoWord,
    /// There is no such key.
    Unknown {
        /// The closest known key.
        near: Option<String>,
        /// The known keys.
        known: Vec<&'static str>,
    },
    /// A duplicate key.
    Twice {
        /// The line of its first occurrence.
        line: usize,
    },
    /// A required section is missing.
    NoSection {
        /// The keys it must contain.
        needs: Vec<&'static str>,
    },
    /// A required key is missing.
    NoKey,
    /// The key has no value.
    NoValue,
    /// A list or keys in place of a single value.
    NoScalar,
    /// The value is not a whole number.
    NoNumber {
        /// The value found.
        said: String,
        /// Whether it would be one without its quotes.
        quoted: bool,
    },
    /// A negative number.
    Negative {
        /// The minimum.
        min: u64,
        /// The maximum.
        max: u64,
        /// The unit.
        unit: &'static str,
    },
    /// A number out of bounds.
    Bounds {
        /// The value found.
        said: String,
        /// The minimum.
        min: u64,
        /// The maximum.
        max: u64,
        /// The unit.
        unit: &'static str,
    },
    /// Neither yes nor no.
    NoFlag {
        /// The value found.
        said: String,
    },
    /// Not one of the allowed words.
    NoChoice {
        /// The value found.
        said: String,
        /// The allowed words.
        words: &'static [&'static str],
    },
    /// A number, a yes or no in place of a text.
    NoText {
        /// The value found.
        said: String,
    },
    /// A text that is not a host, bucket, zone or domain.
    BadWord {
        /// The value found.
        said: String,
    },
    /// Both regions have the same host.
    SameHost,
}

impl Wrong {
    /// The kind of error as a word, for which the layers above have a sentence.
    pub fn word(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too-long",
            Self::Empty => "empty",
            Self::NotYaml(_) => "not-yaml",
            Self::NoColon => "no-colon",
            Self::Tab => "tab",
            Self::FullWidth { .. } => "full-width",
            Self::Control => "control",
            Self::Anchor => "anchor",
            Self::SecondDocument => "second-document",
            Self::NoKeys => "no-keys",
            Self::KeyIsNoWord => "key-is-no-word",
            Self::Unknown { near: Some(_), .. } => "unknown-near",
            Self::Unknown { near: None, .. } => "unknown",
            Self::Twice { .. } => "twice",
            Self::NoSection { .. } => "no-section",
            Self::NoKey => "no-key",
            Self::NoValue => "no-value",
            Self::NoScalar => "no-scalar",
            Self::NoNumber { quoted: true, .. } => "quoted-number",
            Self::NoNumber { .. } => "no-number",
            Self::Negative { .. } => "negative",
            Self::Bounds { .. } => "bounds",
            Self::NoFlag { .. } => "no-flag",
            Self::NoChoice { .. } => "no-choice",
            Self::NoText { .. } => "no-text",
            Self::BadWord { .. } => "bad-word",
            Self::SameHost => "same-host",
        }
    }

    /// The arguments of that sentence, by name.
    pub fn figures(&self) -> Vec<(&'static str, String)> {
        let list = |words: &[&str]| words.join(", ");
        match self {
            Self::TooLong { bytes, most } => vec![("bytes", bytes.to_string()), ("most", most.to_string())],
            Self::FullWidth { sign, wants } => vec![("sign", sign.to_string()), ("wants", wants.to_string())],
            Self::Unknown { near: Some(near), .. } => vec![("near", near.clone())],
            Self::Unknown { near: None, known } => vec![("known", list(known))],
            Self::Twice { line } => vec![("line", line.to_string())],
            Self::NoSection { needs } => vec![("needs", list(needs))],
            Self::Negative { min, max, unit } => vec![("span", Span(*min, *max, unit).to_string())],
            Self::Bounds { said, min, max, unit } => {
                vec![("said", said.clone()), ("span", Span(*min, *max, unit).to_string())]
            }
            Self::NoChoice { said, words } => vec![("said", said.clone()), ("words", list(words))],
            Self::NoNumber { said, .. }
            | Self::NoFlag { said }
            | Self::NoText { said }
            | Self::BadWord { said } => vec![("said", said.clone())],
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes, most } => write!(f, "it has {bytes} bytes, and at most {most} are read"),
            Self::Empty => f.write_str("nothing is in it; it begins with “primary:”"),
            Self::NotYaml(why) => write!(f, "this is not YAML: {why}"),
            Self::NoColon => f.write_str("a line says “key: value”, with a colon and a space"),
            Self::Tab => f.write_str("the line is indented with a tab; YAML wants spaces"),
            Self::FullWidth { sign, wants } => {
                write!(f, "“{sign}” is a full-width sign; YAML wants “{wants}”")?;
                f.write_str(if *wants == ':' { " and a space after it" } else { "" })
            }
            Self::Control => f.write_str("there is a control character; take it out"),
            Self::Anchor => f.write_str("anchors, aliases and tags are not read; write the value out"),
            Self::SecondDocument => f.write_str("a second document begins; there is one configuration"),
            Self::NoKeys => f.write_str("keys with values are wanted here, a line each"),
            Self::KeyIsNoWord => f.write_str("a key is a word"),
            Self::Unknown { near: Some(near), .. } => write!(f, "there is no such key; is “{near}” meant?"),
            Self::Unknown { near: None, known } => {
                write!(f, "there is no such key; there are {}", known.join(", "))
            }
            Self::Twice { line } => write!(f, "it stands in line {line} already; take one of them out"),
            Self::NoSection { needs } => {
                write!(f, "the section is missing; it needs {}", needs.join(" and "))
            }
            Self::NoKey => f.write_str("it is missing, and nothing runs without it"),
            Self::NoValue => f.write_str("there is no value; give one or take the line out"),
            Self::NoScalar => f.write_str("one value is wanted here, no list and no keys"),
            Self::NoNumber { said, quoted: true } => write!(f, "“{said}” is a text; take the quotes away"),
            Self::NoNumber { said, .. } => write!(f, "“{said}” is no whole number"),
            Self::Negative { min, max, unit } => {
                write!(f, "it cannot be negative; it takes {}", Span(*min, *max, unit))
            }
            Self::Bounds { said, min, max, unit } => {
                write!(f, "it takes {}, not {said}", Span(*min, *max, unit))
            }
            Self::NoFlag { said } => write!(f, "“{said}” is neither true nor false"),
            Self::NoChoice { said, words } => write!(f, "“{said}” is none of {}", words.join(", ")),
            Self::NoText { said } => write!(f, "“{said}” is no text; if it is a name, put quotes around it"),
            Self::BadWord { said } => {
                write!(f, "“{said}” cannot be a name: up to 253 of a–z, 0–9 and . - _ : / @ are")
            }
            Self::SameHost => f.write_str("this is the primary's host too; a switch would lead nowhere"),
        }
    }
}

/// The bounds and the unit.
struct Span(u64, u64, &'static str);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(min, max, unit) = self;
        write!(f, "{min} to {max}{}{unit}", if unit.is_empty() { "" } else { " " })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}", self.line)?;
        }
        if self.column > 0 {
            write!(f, ", column {}", self.column)?;
        }
        if !self.path.is_empty() {
            write!(f, "{}{}", if self.line > 0 { ": " } else { "" }, self.path)?;
        }
        if self.line > 0 || !self.path.is_empty() {
            f.write_str(": ")?;
        }
        write!(f, "{}", self.wrong)
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::new("bad_config", format!("dr_config.yaml: {fault}"))
    }
}
