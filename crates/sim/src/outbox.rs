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
    /// The ticket of the batch that is being collected.
    open: u64,
    confirmed: u64,
    changes: Vec<(NodeId, Change)>,
    /// For a slow disk: the number of bytes per piece, and the changes that have not left yet.
    piece_bytes: Option<u64>,
    held: VecDeque<(NodeId, Change)>,
}

impl Outbox {
    /// An empty outbox.
    pub fn new(kept: bool) -> Self {
        Self { kept, open: 1, confirmed: 0, changes: Vec::new(), piece_bytes: None, held: VecDeque::new() }
    }

    /// An empty outbox of a slow disk: its changes leave in pieces of `piece_bytes`.
    pub fn slow(kept: bool, piece_bytes: u64) -> Self {
        Self { piece_bytes: Some(piece_bytes.max(1)), ..Self::new(kept) }
    }

    /// Sets whether changes collected from now on leave in pieces, or at once. Changes held back leave before them.
    pub(crate) fn set_slow(&mut self, piece_bytes: Option<u64>) {
        self.piece_bytes = piece_bytes.map(|bytes| bytes.max(1));
    }

    /// Whether changes of a slow disk are held back.
    pub(crate) fn holds_back(&self) -> bool {
        !self.held.is_empty()
    }

    /// Releases the next piece.
    pub fn release(&mut self) {
        self.changes.extend(self.held.pop_front());
    }

    /// Releases everything; returns the ticket of its batch.
    pub(crate) fn release_all(&mut self) -> u64 {
        self.changes.extend(self.held.drain(..));
        self.ticket()
    }

    /// Collects a disk's changes; returns the ticket of the batch that contains everything so far.
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

    /// The ticket of the batch that contains everything that has left.
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

    /// Closes the batch that is being collected, unless it is empty.
    pub fn take(&mut self) -> Option<(u64, Vec<(NodeId, Change)>)> {
        if self.changes.is_empty() {
            return None;
        }
        self.open += 1;
        Some((self.open - 1, std::mem::take(&mut self.changes)))
    }

    /// Whether nothing is collected or held back.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.held.is_empty()
    }

    /// The ticket of the last closed batch.
    pub fn last_ticket(&self) -> u64 {
        self.open - 1
    }

    /// The host has persisted every batch up to this ticket.
    pub fn confirm(&mut self, ticket: u64) {
        self.confirmed = self.confirmed.max(ticket);
    }

    /// Whether everything up to this ticket is persisted.
    pub fn is_safe(&self, ticket: u64) -> bool {
        !self.kept || ticket <= self.confirmed
    }

    /// From now on nothing is kept.
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
