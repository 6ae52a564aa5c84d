//! The state machine: a few named values, and what was last written by each tab.
//!
//! Guarantees: what it does depends on the entries alone; a write is applied at most once, because each life of a tab
//! numbers its writes and a number that is not higher than the last applied one is ignored (thesis 6.3); it never holds
//! more than [`MAX_KEYS`] values. Leaves out: deleting values. A tab whose last write lies 64 other tabs back is
//! forgotten, so that a copy of a write that arrived later than that would be applied again.

use serde::{Deserialize, Serialize};

use crate::bytes::{decode, encode};

/// The longest key, in characters.
pub const MAX_KEY_CHARS: usize = 24;
/// The longest value, in characters.
pub const MAX_TEXT_CHARS: usize = 120;
/// How many keys there may be.
pub(crate) const MAX_KEYS: usize = 40;
const MAX_SESSIONS: usize = 64;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// Its key.
    pub key: String,
    /// The value.
    pub text: String,
    /// The index of the entry that wrote it.
    pub index: u64,
}

/// A write, as an entry holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Write {
    /// The life of the tab that asked for it.
    pub(crate) session: u64,
    /// Its number in that life, from 1.
    pub(crate) number: u64,
    /// The key.
    pub(crate) key: String,
    /// The value.
    pub(crate) text: String,
}

/// What became of a write that was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It took effect.
    Applied,
    /// A write with this number or a higher one took effect before.
    Overtaken,
    /// There are too many keys.
    NoRoom,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Session {
    session: u64,
    number: u64,
    index: u64,
}

/// The state machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// Sorted by key.
    values: Vec<Value>,
    sessions: Vec<Session>,
}

impl Write {
    /// A write of a learner; none if key or value are empty or too long, or contain control characters.
    pub(crate) fn new(session: u64, number: u64, key: &str, text: &str) -> Option<Self> {
        let (key, text) = (key.trim(), text.trim());
        let write = Self { session, number, key: key.to_owned(), text: text.to_owned() };
        write.is_valid().then_some(write)
    }

    fn is_valid(&self) -> bool {
        let fits = |text: &str, most: usize| {
            !text.is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
        };
        fits(&self.key, MAX_KEY_CHARS) && fits(&self.text, MAX_TEXT_CHARS)
    }

    /// The write in an entry; none if the entry holds none.
    pub(crate) fn read(data: &[u8]) -> Option<Self> {
        decode::<Self>(data).filter(Self::is_valid)
    }
}

impl Machine {
    /// Its values, sorted by key.
    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    /// The value of a key.
    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        let at = self.values.binary_search_by(|value| value.key.as_str().cmp(key)).ok()?;
        self.values.get(at)
    }

    /// Applies an entry's write.
    pub(crate) fn apply(&mut self, index: u64, write: &Write) -> Outcome {
        let known = self.sessions.iter_mut().find(|session| session.session == write.session);
        match known {
            Some(session) if session.number >= write.number => return Outcome::Overtaken,
            Some(session) => (session.number, session.index) = (write.number, index),
            None => self.begin_session(index, write),
        }
        match self.values.binary_search_by(|value| value.key.cmp(&write.key)) {
            Ok(at) => (self.values[at].text, self.values[at].index) = (write.text.clone(), index),
            Err(_) if self.values.len() >= MAX_KEYS => return Outcome::NoRoom,
            Err(at) => {
                let value = Value { key: write.key.clone(), text: write.text.clone(), index };
                self.values.insert(at, value);
            }
        }
        Outcome::Applied
    }

    fn begin_session(&mut self, index: u64, write: &Write) {
        if self.sessions.len() >= MAX_SESSIONS {
            let oldest = self.sessions.iter().map(|session| session.index).min();
            self.sessions.retain(|session| Some(session.index) != oldest);
        }
        self.sessions.push(Session { session: write.session, number: write.number, index });
    }

    /// The last write of a session that was applied: its number, and the index of its entry.
    pub(crate) fn last_of(&self, session: u64) -> Option<(u64, u64)> {
        let known = self.sessions.iter().find(|known| known.session == session)?;
        Some((known.number, known.index))
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        encode(self).unwrap_or_default()
    }

    /// The machine that these bytes hold; none if they hold none.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::default());
        }
        let machine: Self = decode(bytes)?;
        let sorted = machine.values.windows(2).all(|pair| pair[0].key < pair[1].key);
        let small = machine.values.len() <= MAX_KEYS && machine.sessions.len() <= MAX_SESSIONS;
        (sorted && small).then_some(machine)
    }
}
