//! Starts members, cuts their power, and damages their disks.
//!
//! Guarantees: a start reads the real bytes of the log, through the same replay as everywhere else; what a start writes
//! is durable before the node does anything, so that a node that has lost data remembers this across restarts; damage
//! affects durable bytes only. Leaves out: what else is refused (`mod`).

use super::super::log_disk::LogDisk;
use super::super::outbox::Outbox;
use super::super::replica::{self, Phase, Rebuild, Replica};
use super::{Group, Node, refuse};
use quorum_raft::{Entry, HardState, Rule};
use quorum_types::{Lsn, NodeId, Refusal};
use quorum_wal::disk::Disk;

/// The dimension of vectors, none of which are written here.
const DIM: u32 = 1;

/// The part of the unsynced bytes that survives a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    Synced,
    /// This many bytes.
    Torn(u64),
}

/// Damage to the record that holds an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// A bit of the entry flips.
    BitFlip,
    /// The record's contents read as zeros.
    Zero,
    /// The record was written over the previous one.
    Misdirect,
    /// The record's write was lost.
    Stale,
}

impl Group {
    /// Gives a node a disk on which this is already durable; the node has no power.
    pub(super) fn prefill(&mut self, id: NodeId, entries: &[Entry], hard: HardState) {
        let mut member = Replica::new(LogDisk::new(id, Disk::default(), None), 1, DIM, self.rules);
        member.opaque = true;
        if !entries.is_empty() || hard != HardState::default() {
            member.prefill(hard, entries);
        }
        self.nodes.insert(id, Node { member, reads: Vec::new() });
    }

    /// A node's process starts and reads its log.
    pub(super) fn boot(&mut self, id: NodeId) -> Result<(), Refusal> {
        let alone = self.nodes.len() == 1;
        let trusting = !self.rules.on(Rule::ChecksumOnReplay);
        let Self { nodes, setup, outbox, .. } = self;
        let Some(Node { member, .. }) = nodes.get_mut(&id) else { return Ok(()) };
        let (mut rebuild, end, recovery) = member.replay(&setup.conf, trusting);
        if !member.reopen(recovery.replay(), &end, alone, &mut rebuild, outbox) {
            let why = format!("node {id} cannot read its log, and cannot be repaired");
            return refuse("wal_corrupt", why);
        }
        self.run(id, rebuild);
        Ok(())
    }

    /// The log is open: Raft starts.
    fn run(&mut self, id: NodeId, rebuild: Rebuild) {
        let (config, seed) = (self.config(id), self.setup.seed);
        let Self { nodes, watch, event_log, .. } = self;
        let Some(node) = nodes.get_mut(&id) else { return };
        let member = &mut node.member;
        watch.starts(id, member, &rebuild);
        let impaired = rebuild.impaired;
        node.reads.clear();
        member.start(config, rebuild, seed);
        member.write_boot(0, impaired, event_log);
        let lsn = member.log.sync_upto(Lsn::MAX);
        member.synced(lsn);
        self.settle(id);
    }

    /// The state that a node's disk would give back after a crash.
    pub(super) fn image(&self, node: &Node) -> Rebuild {
        let mut member = node.member.clone();
        if member.alive() {
            member.log.crash(0, &mut Outbox::new(false));
        }
        member.replay(&self.setup.conf, !self.rules.on(Rule::ChecksumOnReplay)).0
    }

    /// A node's power fails.
    pub fn crash(&mut self, id: NodeId, keep: Keep) -> Result<(), Refusal> {
        self.raft(id)?;
        let Self { nodes, outbox, watch, fsyncs, .. } = self;
        let Some(node) = nodes.get_mut(&id) else { return Ok(()) };
        node.member.lose_memory();
        let torn_bytes = if let Keep::Torn(bytes) = keep { bytes } else { 0 };
        node.member.log.crash(torn_bytes, outbox);
        node.reads.clear();
        fsyncs.retain(|_, fsync| fsync.node != id);
        watch.forget_reads(id);
        Ok(())
    }

    /// Restores a node's power. Refused if the node is unknown or has power, or if its log cannot be opened.
    pub fn restart(&mut self, id: NodeId) -> Result<(), Refusal> {
        if self.known(id)?.member.alive() {
            return refuse("node_up", format!("node {id} runs; crash it first"));
        }
        if let Some(node) = self.nodes.get_mut(&id) {
            node.member.epoch += 1;
        }
        self.boot(id)
    }

    /// Damages the durable record that holds an entry. A running node detects this at its next start. Refused if the
    /// node is unknown or has no such durable record.
    pub fn corrupt(&mut self, id: NodeId, index: u64, damage: Damage) -> Result<(), Refusal> {
        let node = self.known(id)?;
        let mut durable = node.member.log.disk.clone();
        durable.crash(0);
        let holds = replica::record_of_entry(id, &durable, node.member.checkpoint_lsn(), index);
        let Some(holds) = holds else {
            return refuse("no_such_record", format!("no durable record of node {id} holds entry {index}"));
        };
        let Self { nodes, outbox, .. } = self;
        let Some(node) = nodes.get_mut(&id) else { return Ok(()) };
        let log = &mut node.member.log;
        let (file, offset) = (holds.place.file, holds.place.offset);
        match (damage, holds.before) {
            (Damage::BitFlip, _) => log.disk.damage(file, holds.byte, 1, |byte| byte ^ 0x10),
            (Damage::Zero, _) => {
                let header = quorum_wal::format::HEADER_BYTES;
                log.disk.damage(file, offset + header, holds.bytes - header, |_| 0);
            }
            (Damage::Misdirect, Some(before)) => {
                log.disk.misdirect(file, offset, (file, before), holds.bytes);
            }
            (Damage::Misdirect, None) | (Damage::Stale, _) => log.disk.go_stale(file, offset, holds.bytes),
        }
        outbox.collect(id, &mut log.disk);
        self.destroyed(id);
        Ok(())
    }
}

impl Group {
    /// Whether a node has power, whatever its state.
    pub fn runs(&self, id: NodeId) -> bool {
        self.nodes.get(&id).is_some_and(|node| matches!(node.member.phase, Phase::Running(_)))
    }
}
