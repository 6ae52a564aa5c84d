//! What the host has to persist, and what it has.
//!
//! Promises: changes leave in the order in which they happened; a batch is confirmed as a whole. A run that is
//! not kept leaves nothing here and everything counts as confirmed. Leaves out: how the host does it.

use crate::disk::{Change, Disk};
use crate::types::NodeId;

/// The outbox.
#[derive(Clone, Debug)]
pub struct Outbox {
    kept: bool,
    /// The ticket of the batch that is being gathered.
    open: u64,
    confirmed: u64,
    changes: Vec<(NodeId, Change)>,
}

impl Outbox {
    /// An empty outbox.
    pub fn new(kept: bool) -> Self {
        Self { kept, open: 1, confirmed: 0, changes: Vec::new() }
    }

    /// Gathers a disk's changes; the ticket of the batch that everything so far is in.
    pub fn collect(&mut self, node: NodeId, disk: &mut Disk) -> u64 {
        let changes = disk.take_changes();
        if self.kept {
            self.changes.extend(changes.into_iter().map(|change| (node, change)));
        }
        if self.changes.is_empty() { self.open - 1 } else { self.open }
    }

    /// Closes the batch that is being gathered, if there is anything in it.
    pub fn take(&mut self) -> Option<(u64, Vec<(NodeId, Change)>)> {
        if self.changes.is_empty() {
            return None;
        }
        self.open += 1;
        Some((self.open - 1, std::mem::take(&mut self.changes)))
    }

    /// The host has persisted every batch up to this ticket.
    pub fn confirm(&mut self, ticket: u64) {
        self.confirmed = self.confirmed.max(ticket);
    }

    /// Whether what this ticket stands for is safe.
    pub fn is_safe(&self, ticket: u64) -> bool {
        !self.kept || ticket <= self.confirmed
    }

    /// From here on nothing is kept.
    pub fn give_up(&mut self) {
        self.kept = false;
        self.changes.clear();
    }

    /// Whether the run is kept.
    pub fn kept(&self) -> bool {
        self.kept
    }
}
