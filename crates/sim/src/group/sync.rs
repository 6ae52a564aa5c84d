//! Makes logs durable: at once, when a line says so, up to an index, or by an fsync that takes time.
//!
//! Guarantees: what waits for an fsync is sent when that fsync has ended; an fsync makes durable what was written when
//! it began, wherever that lies by then; a crash discards it. Leaves out: the records ([`super::super::member`]).

use super::{Fsync, Group, Node, refuse};
use quorum_types::{Lsn, NodeId, Refusal};

impl Group {
    /// Sets whether every write is durable at once. Switching this on makes pending writes durable.
    pub fn set_autopersist(&mut self, on: bool) {
        self.autopersist = on;
        if on {
            let all: Vec<NodeId> = self.nodes.keys().copied().collect();
            for id in all {
                self.sync(id, Lsn::MAX);
                self.settle(id);
            }
        }
    }

    /// An fsync: makes the log durable up to an index, or all of it, with the term and the vote. Refused if the node is
    /// unknown or down.
    pub fn persist(&mut self, id: NodeId, upto: Option<u64>) -> Result<(), Refusal> {
        self.raft(id)?;
        match upto {
            None => {
                self.sync(id, Lsn::MAX);
            }
            Some(upto) => self.sync_upto(id, upto),
        }
        self.settle(id);
        Ok(())
    }

    fn sync_upto(&mut self, id: NodeId, upto: u64) {
        let Self { nodes, event_log, outbox, .. } = self;
        let Some(Node { member, .. }) = nodes.get_mut(&id) else { return };
        let (messages, later) = member.persist_upto(0, upto, event_log, outbox);
        member.delete_replaced_files(later.covered, outbox);
        let last_lsn = member.log.wal().map_or(0, quorum_wal::Wal::last_lsn);
        let last = member.raft().map_or(0, |raft| raft.log().last().0);
        // Entries that the fsync left out now lie after it; the targets of fsyncs in progress move with them.
        if later.covered < last_lsn {
            for fsync in self.fsyncs.values_mut().filter(|fsync| fsync.node == id) {
                fsync.lsn = later.lsn_of(fsync.last.min(last));
            }
        }
        self.send_all(messages);
    }

    /// Begins an fsync that takes time; returns its number. Refused if the node is unknown or down.
    pub fn begin_persist(&mut self, id: NodeId) -> Result<u64, Refusal> {
        let last = self.raft(id)?.log().last().0;
        let lsn = self.known(id)?.member.log.wal().map_or(0, quorum_wal::Wal::last_lsn);
        self.begun += 1;
        self.fsyncs.insert(self.begun, Fsync { node: id, lsn, last });
        Ok(self.begun)
    }

    /// Ends an fsync: what was written when it began is durable. Refused if no such fsync is in progress.
    pub fn end_persist(&mut self, number: u64) -> Result<(), Refusal> {
        let unknown = || Refusal::new("unknown_fsync", format!("no fsync {number} is under way"));
        let fsync = self.fsyncs.remove(&number).ok_or_else(unknown)?;
        self.sync(fsync.node, fsync.lsn);
        self.settle(fsync.node);
        Ok(())
    }

    /// Makes a node's log durable up to a record, and sends the messages that waited for that. Returns whether anything
    /// changed.
    pub(super) fn sync(&mut self, id: NodeId, lsn: Lsn) -> bool {
        let Self { nodes, outbox, .. } = self;
        let Some(Node { member, .. }) = nodes.get_mut(&id).filter(|node| node.member.raft().is_some()) else {
            return false;
        };
        let before = member.log.durable_lsn();
        let lsn = member.log.sync_upto(lsn);
        if lsn == before {
            return false;
        }
        let messages = member.synced(lsn);
        member.delete_replaced_files(lsn, outbox);
        self.send_all(messages);
        true
    }

    /// Replaces the log up to an index with a snapshot. Refused if the node is unknown or down, or the index is not
    /// both applied and durable.
    pub fn compact(&mut self, id: NodeId, to: u64) -> Result<(), Refusal> {
        let raft = self.raft(id)?;
        let (first, most) = (raft.log().first(), raft.applied().min(raft.durable()));
        let Self { nodes, event_log, .. } = self;
        let done = nodes.get_mut(&id).is_some_and(|node| node.member.compact(0, to, event_log));
        self.settle(id);
        if done {
            return Ok(());
        }
        refuse(
            "bad_index",
            format!(
                "node {id} can be compacted from index {first} on, up to {most}: what is applied and durable"
            ),
        )
    }
}
