//! Looks into a node or a message of a replica set.
//!
//! Guarantees: reads and never writes. Leaves out: the nodes (`quorum_sim::replica`).

use super::inspect::{
    EntryFacts, EntryWhat, Inspected, NodeDetail, NodeDisk, PeerFacts, PeerState, ReadFacts, Target,
    no_such_message, no_target_of_that_kind,
};
use super::snapshot::Role;
use super::unknown_node;
use quorum_raft::{Entry, EntryKind, Log, Progress, ProgressState, Raft};
use quorum_sim::cluster::Cluster;
use quorum_sim::machine::{Write, decode};
use quorum_sim::replica::{Phase, Replica};
use quorum_types::{Micros, NodeId, Refusal};
use quorum_wal::format::FIRST_OBJECT;

/// Number of entries shown from the end of a log.
const ENTRIES: u64 = 12;

/// What there is of it.
pub(super) fn inspect(world: &Cluster, target: Target) -> Result<Inspected, Refusal> {
    match target {
        Target::Node(id) => {
            let member = (id as usize).checked_sub(1).and_then(|at| world.members().get(at));
            let member = member.ok_or_else(|| unknown_node(id, world.members().len()))?;
            Ok(Inspected::Node(node(world, member)))
        }
        Target::Message(id) => world.message(id).map(Inspected::Message).ok_or_else(no_such_message),
        other => Err(no_target_of_that_kind(other)),
    }
}

fn node(world: &Cluster, member: &Replica) -> NodeDetail {
    let now = world.now;
    let mut detail = NodeDetail {
        id: member.id,
        role: role(member),
        paused: member.paused,
        term: member.disk_term,
        applied: member.applied(),
        election: member.election_timer(now),
        heartbeat: member.heartbeat_timer(now),
        quorum: member.quorum_timer(now),
        promised_until_us: member.promised_until(),
        durable: member.on_disk.last().0,
        disk: disk(member),
        ..NodeDetail::default()
    };
    let log = match member.raft() {
        Some(raft) => {
            of_raft(&mut detail, member, raft);
            detail.reads = reads(member, raft, now);
            raft.log()
        }
        None => &member.on_disk,
    };
    (detail.first, detail.last) = (log.first(), log.last().0);
    detail.entries = entries(log, detail.durable, detail.commit);
    detail
}

/// What only a running node has.
fn of_raft(detail: &mut NodeDetail, member: &Replica, raft: &Raft) {
    detail.term = raft.term();
    let synced = member.synced_hard;
    let durable = (synced.term, synced.vote) == (raft.term(), raft.vote());
    detail.vote = raft.vote().map(|node| (node, durable));
    detail.leader = raft.leader();
    detail.commit = raft.commit();
    detail.durable = raft.durable();
    match raft.role() {
        quorum_raft::Role::Follower => {}
        quorum_raft::Role::PreCandidate { votes } | quorum_raft::Role::Candidate { votes } => {
            detail.votes = votes.iter().map(|(id, yes)| (*id, *yes)).collect();
        }
        quorum_raft::Role::Leader(leader) => {
            detail.peers = leader.followers.iter().map(|(id, progress)| peer(*id, progress)).collect();
        }
    }
}

fn peer(id: NodeId, progress: &Progress) -> PeerFacts {
    PeerFacts {
        id,
        next: progress.next,
        matched: progress.matched,
        state: match progress.state {
            ProgressState::Probe { paused: false } => PeerState::Probe,
            ProgressState::Probe { paused: true } => PeerState::Waiting,
            ProgressState::Replicate => PeerState::Replicate,
            ProgressState::Snapshot { .. } => PeerState::Snapshot,
        },
        unanswered: progress.unanswered().collect(),
        heard: progress.recent_active,
    }
}

fn reads(member: &Replica, raft: &Raft, now: Micros) -> ReadFacts {
    let (unconfirmed, early) = raft.waiting_reads();
    let lease_until_us = member.lease_until();
    ReadFacts {
        lease_until_us,
        by_lease: lease_until_us.is_some_and(|until| until > now) && raft.holds_lease(),
        unconfirmed: unconfirmed as u64,
        early: early as u64,
        waiting: member.reads.len() as u64,
    }
}

/// The end of a log.
fn entries(log: &Log, durable: u64, commit: u64) -> Vec<EntryFacts> {
    let last = log.last().0;
    let first = (last + 1).saturating_sub(ENTRIES).max(log.first());
    let fact = |index: u64| {
        let entry = log.get(index)?;
        Some(EntryFacts {
            index,
            term: entry.term,
            what: what(entry),
            bytes: entry.data.len() as u64,
            synced: index <= durable,
            committed: index <= commit,
        })
    };
    (first..=last).filter_map(fact).collect()
}

fn what(entry: &Entry) -> EntryWhat {
    if entry.kind == EntryKind::Conf {
        return EntryWhat::Conf;
    }
    if entry.data.is_empty() {
        return EntryWhat::Empty;
    }
    match decode(&entry.data) {
        Some((op, Write::Insert(batch))) => EntryWhat::Insert { op, rows: batch.rows() as u64 },
        Some((op, Write::Put { key, value })) => EntryWhat::Put { op, key, value },
        Some((op, Write::Swap { key, from, to })) => EntryWhat::Swap { op, key, from, to },
        None => EntryWhat::Unknown,
    }
}

fn disk(member: &Replica) -> NodeDisk {
    let log = &member.log;
    let files: Vec<(u32, u64, u64)> = log.disk.files().filter(|(file, ..)| *file < FIRST_OBJECT).collect();
    NodeDisk {
        appended_bytes: files.iter().map(|file| file.1).sum(),
        synced_bytes: files.iter().map(|file| file.2).sum(),
        files,
        syncing: log.syncing(),
        syncs: log.syncs(),
        lies: log.disk.lies(),
        damaged: member.damaged,
    }
}

/// What a member does.
pub(super) fn role(member: &Replica) -> Role {
    match &member.phase {
        Phase::Off => Role::Down,
        Phase::Booting | Phase::Recovering(..) => Role::Recovering,
        Phase::Refused => Role::Refused,
        Phase::Running(raft) => match raft.role() {
            quorum_raft::Role::Follower => Role::Follower,
            quorum_raft::Role::PreCandidate { .. } | quorum_raft::Role::Candidate { .. } => Role::Candidate,
            quorum_raft::Role::Leader(_) => Role::Leader,
        },
    }
}
