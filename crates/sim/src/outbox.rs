//! The changes that the host has to persist, and which of them it has persisted.
//!
//! A slow disk hands its bytes over one piece at a time, so that power can fail in the middle of a record. Guarantees:
//! changes leave in the order in which they were made; a batch is confirmed as a whole. A run that is not kept stores
//! nothing here, and everything counts as confirmed. Leaves out: how the host persists them.

use std::collections::VecDeque;
use std::sync::Arc;

use quorum_types::NodeId;
use quorum_wal::disk::{Change, Disk};

/// The outbox.
#[derive(Clone, Debug)]
pub struct Outbox {
    kept: bool,
    /// The ticket of the batch that is being gathered.
    open: u64,
    confirmed: u64,
    changes: Vec<(NodeId, Change)>,
    /// Of a slow disk: how many bytes leave at once, and what has not left yet.
    piece_bytes: Option<u64>,
    held: VecDeque<(NodeId, Change)>,
}

impl Outbox {
    /// An empty outbox.
    pub fn new(kept: bool) -> Self {
        Self { kept, open: 1, confirmed: 0, changes: Vec::new(), piece_bytes: None, held: VecDeque::new() }
    }

    /// An empty outbox of a slow disk: what it collects leaves `piece_bytes` at a time.
    pub fn slow(kept: bool, piece_bytes: u64) -> Self {
        Self { piece_bytes: Some(piece_bytes.max(1)), ..Self::new(kept) }
    }

    /// From here on what is collected leaves in pieces, or at once. What is held back still leaves before it.
    pub(crate) fn set_slow(&mut self, piece_bytes: Option<u64>) {
        self.piece_bytes = piece_bytes.map(|bytes| bytes.max(1));
    }

    /// Whether a slow disk holds something back.
    pub(crate) fn holds_back(&self) -> bool {
        !self.held.is_empty()
    }

    /// Lets the next piece leave.
    pub fn release(&mut self) {
        self.changes.extend(self.held.pop_front());
    }

    /// Lets everything leave; the ticket of the batch that it is in.
    pub(crate) fn release_all(&mut self) -> u64 {
        self.changes.extend(self.held.drain(..));
        self.ticket()
    }

    /// Gathers a disk's changes; the ticket of the batch that everything so far is in.
    pub fn collect(&mut self, node: NodeId, disk: &mut Disk) -> u64 {
        let changes = disk.take_changes();
        if self.kept {
            let changes = changes.into_iter().map(|change| (node, change));
            let waits = (!self.held.is_empty()).then_some(u64::MAX);
            match self.piece_bytes.or(waits) {
                None => self.changes.extend(changes),
                Some(most) => changes.for_each(|(node, change)| self.hold(node, change, most)),
            }
        }
        self.ticket()
    }

    /// The ticket of the batch that everything that has left is in.
    fn ticket(&self) -> u64 {
        if self.changes.is_empty() { self.open - 1 } else { self.open }
    }

    fn hold(&mut self, node: NodeId, change: Change, most: u64) {
        let Change::Append { file, offset, bytes } = change else {
            self.held.push_back((node, change));
            return;
        };
        let mut at = offset;
        for piece in bytes.chunks(usize::try_from(most).unwrap_or(usize::MAX)) {
            self.held.push_back((node, Change::Append { file, offset: at, bytes: Arc::new(piece.to_vec()) }));
            at += piece.len() as u64;
        }
    }

    /// Closes the batch that is being gathered, if there is anything in it.
    pub fn take(&mut self) -> Option<(u64, Vec<(NodeId, Change)>)> {
        if self.changes.is_empty() {
            return None;
        }
        self.open += 1;
        Some((self.open - 1, std::mem::take(&mut self.changes)))
    }

    /// Whether nothing is gathered or held back.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.held.is_empty()
    }

    /// The ticket of the last batch that was closed.
    pub fn last_ticket(&self) -> u64 {
        self.open - 1
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
        self.held.clear();
    }

    /// Whether the run is kept.
    pub fn kept(&self) -> bool {
        self.kept
    }
}
