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
    #[cfg(feature = "whole")]
    fn meters(&self) -> &'static [&'static str] {
        &[]
    }
    /// A meter by name, cheap enough to be read at every event. `majority` too, if it is known here.
    #[cfg(feature = "whole")]
    fn meter(&self, name: &str) -> Option<i64> {
        let _ = name;
        None
    }
    /// The outage under way, or the last one.
    #[cfg(feature = "whole")]
    fn outage(&self) -> Option<crate::sim::outage::Outage> {
        None
    }
    /// Who is called by a word in lessons, in order: `acting:root_coord`, `proxy`, `query_node:2`, `down`.
    #[cfg(feature = "whole")]
    fn named(&self, word: &str) -> Vec<crate::types::NodeId> {
        let _ = word;
        Vec::new()
    }
    /// The same world once more.
    fn copy(&self) -> Box<dyn Guest>;
}

impl Clone for Box<dyn Guest> {
    fn clone(&self) -> Self {
        self.copy()
    }
}
