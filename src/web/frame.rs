//! What the address of a frame, or its host page, asks for: controls, faults, where progress is kept, whose origin.
//!
//! Guarantees: plain data; a word that is not known is refused by [`Controls::parse`] and its likes, and then counts as
//! absent in an address. Leaves out: the address itself (`address`), messages (`embed`), and what the views hide.

use quorum_facade::{Command, is_fault};

/// How much of the lab a learner can use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Controls {
    /// The stage, the goals and a button that starts and stops time.
    None,
    /// Also the lesson with the buttons of its steps, and the transport.
    Min,
    /// Everything.
    #[default]
    Full,
}

impl Controls {
    /// Its name in addresses and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Min => "min",
            Self::Full => "full",
        }
    }

    /// The controls with that name.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::None, Self::Min, Self::Full].into_iter().find(|controls| controls.word() == word)
    }
}

/// Where the learner's record is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// In the browser's storage.
    #[default]
    Local,
    /// By the host page, which receives it; not in the browser.
    Host,
    /// Nowhere.
    None,
}

impl Keeping {
    /// Its name in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Host => "host",
            Self::None => "none",
        }
    }

    /// The keeping with that name.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Local, Self::Host, Self::None].into_iter().find(|keeping| keeping.word() == word)
    }
}

/// The fault that no command is: ending the worker.
pub const PULL_PLUG: &str = "pull_plug";

/// The faults that a learner may use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Faults {
    /// All of them.
    #[default]
    All,
    /// These, by the words of their commands.
    Only(Vec<String>),
}

impl Faults {
    /// Reads `all`, `none`, or words between commas.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "all" => Some(Self::All),
            "none" => Some(Self::Only(Vec::new())),
            _ => Self::of(text.split(',').map(|word| word.trim().to_owned()).collect()),
        }
    }

    /// These words, if each of them is a fault.
    pub fn of(words: Vec<String>) -> Option<Self> {
        let known = Command::words();
        let is_known = |word: &String| word == PULL_PLUG || is_fault(word) && known.contains(&word.as_str());
        words.iter().all(is_known).then_some(Self::Only(words))
    }

    /// The form that [`Faults::parse`] reads.
    pub fn text(&self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Only(words) if words.is_empty() => "none".to_owned(),
            Self::Only(words) => words.join(","),
        }
    }

    /// Whether a learner may use the command of this word. What is no fault is always allowed.
    pub fn allows(&self, op: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(words) => words.iter().any(|word| word == op) || op != PULL_PLUG && !is_fault(op),
        }
    }
}

/// The last moment that an address may name: a seek ahead covers 366 days.
pub const MOST_MOMENT_US: u64 = 366 * 86_400 * 1_000_000;

/// An origin as browsers write it: a scheme, a host, and a port where it is not the scheme's own.
pub fn valid_origin(text: &str) -> Option<String> {
    let url = web_sys::Url::new(text).ok()?;
    let web = matches!(url.protocol().as_str(), "http:" | "https:");
    (web && url.origin() == text).then(|| text.to_owned())
}
