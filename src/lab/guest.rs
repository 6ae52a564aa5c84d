//! Worlds that only the whole program has, behind one set of calls.
//!
//! The page's small program knows that there can be such a world, and has none. Promises: a guest is asked the same as the
//! worlds that are at home here. Leaves out: which there are (`pods`).

use core::fmt::Debug;

use super::command::Command;
use super::snapshot::Snapshot;
use crate::sim::journal::Journal;
use crate::sim::outbox::Outbox;
use crate::types::{Micros, Refusal};

/// A world.
pub(super) trait Guest: Debug {
    /// Virtual time.
    fn now(&self) -> Micros;
    /// Lets time pass without anything happening.
    fn wait(&mut self, until_us: Micros);
    /// When the next thing happens.
    fn next_at(&self) -> Option<Micros>;
    /// Lets the next thing happen.
    fn happen(&mut self);
    /// The record of events.
    fn journal(&self) -> &Journal;
    /// The record of events.
    fn journal_mut(&mut self) -> &mut Journal;
    /// What the host has to keep.
    fn outbox(&self) -> &Outbox;
    /// What the host has to keep.
    fn outbox_mut(&mut self) -> &mut Outbox;
    /// Rows that were acknowledged.
    fn acknowledged(&self) -> u64;
    /// The value of a setting.
    fn setting(&self, name: &str) -> Option<u64>;
    /// Does what a command says, as far as it is the world's own affair.
    fn obey(&mut self, command: Command) -> Result<(), Refusal>;
    /// Fills in what is shown of it.
    fn fill(&self, snapshot: &mut Snapshot);
    /// The names of its meters, beside those that every world has.
    fn meters(&self) -> &'static [&'static str] {
        &[]
    }
    /// A meter by name, cheap enough to be read at every event. `majority` too, if it is known here.
    fn meter(&self, name: &str) -> Option<i64> {
        let _ = name;
        None
    }
    /// The outage under way, or the last one.
    fn outage(&self) -> Option<crate::sim::outage::Outage> {
        None
    }
    /// Who is called by a word in lessons, in order: `acting:root_coord`, `proxy`, `query_node:2`, `down`.
    fn named(&self, word: &str) -> Vec<crate::types::NodeId> {
        let _ = word;
        Vec::new()
    }
    /// How long a lesson's moves may take in it.
    fn most_run_us(&self) -> Micros {
        crate::lesson::schema::MOST_RUN_NEAR_US
    }
    /// The same world once more.
    fn copy(&self) -> Box<dyn Guest>;
}

/// Whether a topology's word names such a world, whatever its settings.
pub(super) fn is_named(word: &str) -> bool {
    word.split(':').next().is_some_and(|kind| [super::pods::WORD, super::far::WORD].contains(&kind))
}

/// The world that a word such as `milvus` or `two-regions:name=value,…` names, with further settings; none for any other.
pub(super) fn open(word: &str, seed: u64, more: &[(String, u64)]) -> Result<Option<Box<dyn Guest>>, Refusal> {
    let (kind, rest) = word.split_once(':').unwrap_or((word, ""));
    if !is_named(kind) {
        return Ok(None);
    }
    let mut set = Vec::new();
    for pair in rest.split(',').filter(|pair| !pair.is_empty()) {
        let number = pair.split_once('=').and_then(|(name, value)| Some((name, value.parse().ok()?)));
        let Some((name, value)) = number else {
            let error = format!("“{pair}” is no setting; write {kind}:name=number,name=number");
            return Err(Refusal::new("unknown_topology", error));
        };
        set.push((name.to_owned(), value));
    }
    set.extend_from_slice(more);
    let world =
        if kind == super::pods::WORD { super::pods::open(seed, &set) } else { super::far::open(seed, &set) };
    world.map(Some)
}

impl Clone for Box<dyn Guest> {
    fn clone(&self) -> Self {
        self.copy()
    }
}

/// What is the same of every guest whose world has an agenda ([`clockwork`](crate::sim::agenda)), settings and acknowledged rows.
macro_rules! clockwork_guest {
    () => {
        fn now(&self) -> Micros {
            self.now_us()
        }

        fn wait(&mut self, until_us: Micros) {
            Self::wait(self, until_us);
        }

        fn next_at(&self) -> Option<Micros> {
            Self::next_at(self)
        }

        fn happen(&mut self) {
            Self::happen(self, Micros::MAX);
        }

        fn journal(&self) -> &Journal {
            Self::journal(self)
        }

        fn journal_mut(&mut self) -> &mut Journal {
            Self::journal_mut(self)
        }

        fn outbox(&self) -> &Outbox {
            Self::outbox(self)
        }

        fn outbox_mut(&mut self) -> &mut Outbox {
            Self::outbox_mut(self)
        }

        fn acknowledged(&self) -> u64 {
            Self::acknowledged(self)
        }

        fn setting(&self, name: &str) -> Option<u64> {
            self.settings().value(name)
        }
    };
}
pub(super) use clockwork_guest;
