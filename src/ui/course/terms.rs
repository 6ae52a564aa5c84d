//! The glossary's terms, and their occurrences in a text.
//!
//! Words and definitions are messages of the catalogue: `gl-w-…` with the main word first and other forms after bars,
//! `gl-d-…` with the definition. Guarantees: of several forms that match the longest is taken; a Latin word is matched
//! whole, with or without a plural; a term is found once. Leaves out: drawing (`prose`, `glossary`).

use quorum_i18n::Lang;
use quorum_types::sort::sort_by;

/// The terms, in the order of the catalogue.
pub(crate) const TERMS: [&str; 59] = [
    "node",
    "replica-set",
    "replica",
    "leader",
    "follower",
    "candidate",
    "term",
    "vote",
    "election-timeout",
    "heartbeat",
    "log",
    "entry",
    "commit",
    "applied",
    "quorum",
    "split-vote",
    "split-brain",
    "partition",
    "pre-vote",
    "check-quorum",
    "read-index",
    "lease",
    "epoch",
    "learner",
    "snapshot",
    "linearizable",
    "wal",
    "record",
    "lsn",
    "fsync",
    "durable",
    "ack",
    "torn",
    "checksum",
    "checkpoint",
    "flush",
    "segment-growing",
    "segment-sealed",
    "delegator",
    "guarantee-time",
    "nlist",
    "nprobe",
    "recall",
    "region",
    "rto",
    "rpo",
    "failover",
    "switchover",
    "failback",
    "fencing",
    "drill",
    "backlog",
    "digest",
    "ttl",
    "run",
    "seed",
    "trace",
    "invariant",
    "course-note",
];

/// Words so common that a text would be full of them; they appear in the glossary only.
const UNLINKED: [&str; 5] = ["node", "run", "log", "record", "replica"];

/// Maximum number of explained terms in a text; more would hinder reading.
const MOST: usize = 6;

/// A term in a language.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Term {
    /// The main word.
    pub(crate) name: String,
    /// Other forms.
    pub(crate) also: Vec<String>,
    /// The definition.
    pub(crate) means: String,
}

/// A term by its name.
pub(crate) fn term(lang: Lang, id: &str) -> Term {
    let words = lang.f(&format!("gl-w-{id}"), &[]);
    let mut words = words.split('|').map(str::to_owned);
    let name = words.next().unwrap_or_default();
    Term { name, also: words.collect(), means: lang.f(&format!("gl-d-{id}"), &[]) }
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Plain text.
    Text(String),
    /// A term, and its spelling here.
    Term(&'static str, String),
}

/// Finds terms in texts, each once.
#[derive(Debug)]
pub(crate) struct Finder {
    /// Forms with their terms, the longest first.
    forms: Vec<(String, &'static str)>,
    found: Vec<&'static str>,
}

impl Finder {
    /// A finder that has found nothing yet.
    pub(crate) fn new(lang: Lang) -> Self {
        let mut forms = Vec::new();
        for id in TERMS.into_iter().filter(|id| !UNLINKED.contains(id)) {
            let Term { name, also, .. } = term(lang, id);
            forms.extend([name].into_iter().chain(also).map(|form| (form, id)));
        }
        sort_by(&mut forms, |a, b| (b.0.len(), &a.0).cmp(&(a.0.len(), &b.0)));
        Self { forms, found: Vec::new() }
    }

    /// Splits a text into pieces.
    pub(crate) fn split(&mut self, text: &str) -> Vec<Piece> {
        let (mut pieces, mut plain) = (Vec::new(), String::new());
        let (mut rest, mut before) = (text, None);
        while let Some(first) = rest.chars().next() {
            match self.at(rest, before) {
                Some((id, length)) => {
                    if !plain.is_empty() {
                        pieces.push(Piece::Text(core::mem::take(&mut plain)));
                    }
                    self.found.push(id);
                    pieces.push(Piece::Term(id, rest[..length].to_owned()));
                    before = rest[..length].chars().next_back();
                    rest = &rest[length..];
                }
                None => {
                    plain.push(first);
                    before = Some(first);
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        pieces
    }

    /// The term that begins here, and its length in bytes.
    fn at(&self, rest: &str, before: Option<char>) -> Option<(&'static str, usize)> {
        if self.found.len() >= MOST {
            return None;
        }
        // The longest matching form decides: a term that was found already hides the shorter ones in it.
        let (form, id) = self.forms.iter().find(|(form, _)| fits(form, rest, before))?;
        (!self.found.contains(id)).then_some((*id, form.len()))
    }
}

/// Whether a text begins with a form.
fn fits(form: &str, rest: &str, before: Option<char>) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let Some(head) = rest.get(..form.len()) else { return false };
    if !head.eq_ignore_ascii_case(form) {
        return false;
    }
    let starts = form.starts_with(letter) && before.is_some_and(letter);
    let behind = &rest[form.len()..];
    let behind = behind.strip_prefix('s').filter(|_| form.ends_with(letter)).unwrap_or(behind);
    let ends = form.ends_with(letter) && behind.starts_with(letter);
    !starts && !ends
}
