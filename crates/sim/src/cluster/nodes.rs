//! How members start, recover and carry out what Raft requests.
//!
//! Guarantees: everything that a member does is reported to the event log and shown to the checkers before its
//! consequences. Leaves out: packets in transit (`traffic`).

use super::super::event::{RaftEvent, StorageEvent, VoteRefusal};
use super::super::network::Packet;
use super::super::observers::QUORUM_TIMEOUTS;
use super::super::recovery::{Before, Progress, Recovery};
use super::super::replica::{self, Phase, Rebuild, Replica};
use super::{Cluster, ScheduledEvent};
use quorum_raft::{Conf, Message, NoVote, Note, Rule};
use quorum_types::NodeId;
use quorum_wal::End;

impl Cluster {
    pub(super) fn boot(&mut self, id: NodeId, life: u64) {
        let (now, conf) = (self.now, self.conf.clone());
        let trusting = !self.rules.on(Rule::ChecksumOnReplay);
        let Some(member) = self.members.get_mut(id as usize - 1).filter(|member| member.life == life) else {
            return;
        };
        if member.log.disk.is_empty() && member.log.stamped_lsn().unwrap_or(0) == 0 {
            member.log.open(member.epoch, 0, Vec::new());
            let rebuild = member.rebuild(conf);
            self.run(id, rebuild);
            return;
        }
        Recovery::announce(&member.log, member.log.log_bytes(), now, &mut self.event_log);
        let before = Before { began_us: now, checkpoint_lsn: member.checkpoint_lsn(), ..Before::default() };
        let recovery = Recovery::begin(&member.log, before).trusting(trusting);
        let next = now + recovery.next_us(self.settings.replay_bytes_per_s);
        let rebuild = member.rebuild(conf);
        member.phase = Phase::Recovering(Box::new(recovery), Box::new(rebuild));
        self.event_queue.schedule(next, ScheduledEvent::Replay { node: id, life });
    }

    pub(super) fn replay(&mut self, id: NodeId, life: u64) {
        let Some(member) = self.members.get_mut(id as usize - 1).filter(|member| member.life == life) else {
            return;
        };
        let Phase::Recovering(recovery, rebuild) = &mut member.phase else { return };
        let progress = recovery.step(&member.log, |header, payload| rebuild.take(header, payload));
        recovery.tell(&member.log, self.now, &mut self.event_log);
        member.report = Some(recovery.report(self.now, None));
        let next = self.now + recovery.next_us(self.settings.replay_bytes_per_s);
        match progress {
            Progress::More => self.event_queue.schedule(next, ScheduledEvent::Replay { node: id, life }),
            Progress::Ended(end) => self.recovered(id, &end),
        }
    }

    fn recovered(&mut self, id: NodeId, end: &End) {
        let now = self.now;
        let alone = self.members.len() == 1;
        let Some(member) = self.members.get_mut(id as usize - 1) else { return };
        let Phase::Recovering(recovery, mut rebuild) = std::mem::replace(&mut member.phase, Phase::Refused)
        else {
            return;
        };
        let usable = member.reopen(recovery.replay(), end, alone, &mut rebuild, &mut self.outbox);
        let mut report = recovery.report(now, Some(end));
        if usable {
            report.refused = None;
        }
        let last_lsn = recovery.replay().last_lsn();
        let (records, rows, took_us) = (recovery.records, recovery.rows, report.took_us);
        member.report = Some(report);
        if let Some(event) = Recovery::end_event(end) {
            self.emit(Some(id), event);
        }
        if !usable {
            return;
        }
        self.emit(
            Some(id),
            StorageEvent::Recovered {
                records,
                rows,
                unproven_rows: 0,
                outstanding_rows: 0,
                lsn: last_lsn,
                took_us,
            },
        );
        self.run(id, *rebuild);
    }

    /// The log is open: Raft starts.
    fn run(&mut self, id: NodeId, rebuild: Rebuild) {
        let (now, seed) = (self.now, self.seed);
        let Some(member) = self.members.get_mut(id as usize - 1) else { return };
        self.checkers.starts(member, &rebuild);
        let impaired = rebuild.impaired;
        member.start_raft(now, rebuild, seed, &self.settings);
        member.write_boot(now, impaired, &mut self.event_log);
        self.process_ready(id);
    }

    pub(super) fn timer(&mut self, id: NodeId, life: u64) {
        let now = self.now;
        let Some(member) = self.member(id).filter(|member| member.life == life) else { return };
        if member.timer_at.is_none_or(|at| at > now) {
            return;
        }
        member.timer_at = None;
        member.catch_up(now);
        self.process_ready(id);
        self.check_leader(id);
    }

    /// Reports to the checkers whether a leader still has reason to consider itself the leader.
    fn check_leader(&mut self, id: NodeId) {
        let limit_ticks = QUORUM_TIMEOUTS * self.settings.election_us / replica::TICK_US;
        if self.settings.check_quorum
            && let Some(member) = self.members.get(id as usize - 1)
        {
            self.checkers.looks_at_leader(member, limit_ticks);
        }
    }

    pub(super) fn sync_ended(&mut self, id: NodeId, number: u64) {
        let now = self.now;
        let Some(member) = self.members.get_mut((id as usize).wrapping_sub(1)) else { return };
        let Some(lsn) = member.log.end_sync(now, number, &mut self.event_log) else { return };
        member.catch_up(now);
        let messages = member.synced(lsn);
        member.delete_replaced_files(lsn, &mut self.outbox);
        self.say(id, messages);
        self.process_ready(id);
    }

    /// Carries out what a member's Raft requests, in the order that `raft` prescribes, and schedules its next timer.
    pub(super) fn process_ready(&mut self, id: NodeId) {
        let now = self.now;
        loop {
            let Some(member) = self.members.get_mut((id as usize).wrapping_sub(1)) else { return };
            let turn = member.process_ready(now, &mut self.event_log);
            let idle = turn.idle;
            if let Some(member) = self.members.get(id as usize - 1) {
                self.checkers.acts(member, &turn);
            }
            if !turn.notes.is_empty() {
                self.tell(id, turn.notes, turn.counted);
            }
            self.say(id, turn.messages);
            for apply in turn.applied {
                self.applied(id, &apply);
            }
            self.serve_reads(id, &turn.reads);
            if idle {
                break;
            }
        }
        self.compact_if_long(id);
        self.begin_sync(id);
        self.plan_timer(id);
    }

    /// Sends a member's messages, after the checkers have seen the ones that bind it.
    fn say(&mut self, id: NodeId, mut messages: Vec<Message>) {
        if messages.is_empty() {
            return;
        }
        messages.iter().for_each(|message| self.checkers.says(message));
        for message in messages.drain(..) {
            self.send(message.from, message.to, Packet::Raft(message));
        }
        if let Some(member) = self.member(id) {
            member.reuse(messages);
        }
    }

    /// Takes a snapshot if the log has become long.
    fn compact_if_long(&mut self, id: NodeId) {
        let every = self.settings.snapshot_entries;
        let Some(raft) = self.members.get(id as usize - 1).and_then(Replica::raft) else { return };
        let index = raft.applied().min(raft.durable());
        if every > 0 && index + 1 - raft.log().first().min(index + 1) >= every {
            self.compact(id, index);
        }
    }

    pub(super) fn compact(&mut self, id: NodeId, index: u64) {
        let now = self.now;
        if let Some(member) = self.members.get_mut((id as usize).wrapping_sub(1))
            && member.compact(now, index, &mut self.event_log)
        {
            self.emit(Some(id), RaftEvent::SnapshotTaken { index });
        }
    }

    pub(super) fn begin_sync(&mut self, id: NodeId) {
        let now = self.now;
        let Some(member) = self.members.get_mut((id as usize).wrapping_sub(1)) else { return };
        if let Some(begun) = member.log.begin_sync(now, &mut self.outbox, &mut self.event_log) {
            let took = self.disk_rng.between(self.settings.fsync_us.0, self.settings.fsync_us.1);
            let ends = ScheduledEvent::SyncEnds { node: id, number: begun.number, ticket: begun.ticket };
            self.event_queue.schedule(now + took, ends);
        }
    }

    pub(super) fn plan_timer(&mut self, id: NodeId) {
        let now = self.now;
        let Some(member) = self.member(id) else { return };
        let Some(due) = member.due_us() else { return };
        if member.timer_at.is_none_or(|at| at > due) {
            member.timer_at = Some(due);
            let life = member.life;
            self.event_queue.schedule(due.max(now), ScheduledEvent::Timer { node: id, life });
        }
    }

    /// Reports the notes of a member's Raft as events, and shows them to the checkers.
    fn tell(&mut self, id: NodeId, notes: Vec<Note>, counted: u64) {
        for note in notes {
            self.show(id, &note, counted);
            let kind = match note {
                Note::TimedOut { ticks } => {
                    RaftEvent::ElectionTimeout { timeout_us: ticks * replica::TICK_US }
                }
                Note::PreCampaigned { term } => RaftEvent::PreCampaigned { term },
                Note::Campaigned { term } => RaftEvent::Campaigned { term },
                Note::VoteGranted { pre: true, .. } => continue,
                Note::VoteGranted { candidate, term, .. } => RaftEvent::VoteGranted { candidate, term },
                Note::VoteRefused { candidate, term, why, .. } => {
                    RaftEvent::VoteRefused { candidate, term, why: refusal(why) }
                }
                Note::BecameLeader { term, votes } => {
                    let raft = self.members.get(id as usize - 1).and_then(Replica::raft);
                    let voters = raft.map_or(self.members.len(), |raft| raft.conf().voters.len()) as u32;
                    RaftEvent::BecameLeader { term, votes: votes as u32, voters }
                }
                Note::SteppedDown { term } => RaftEvent::SteppedDown { term },
                Note::LostQuorum { term } => RaftEvent::LostQuorum { term },
                Note::Committed { index, term } => RaftEvent::Committed { index, term },
                Note::Truncated { from, .. } => RaftEvent::LogTruncated { from },
                Note::SnapshotInstalled { index, term } => RaftEvent::SnapshotInstalled { index, term },
                Note::ConfChanged { index, conf } => {
                    // A new member has not been heard from yet.
                    self.excuse_leader(id);
                    let Conf { voters, outgoing, learners, .. } = conf;
                    RaftEvent::ConfChanged { index, voters, outgoing, learners }
                }
                Note::RepairBegan => RaftEvent::RepairBegan,
                Note::RepairEnded { index } => RaftEvent::RepairEnded { index },
            };
            self.emit(Some(id), kind);
        }
    }

    /// Shows the checkers a note, with access to all members' disks.
    fn show(&mut self, id: NodeId, note: &Note, counted: u64) {
        let Self { members, checkers, .. } = self;
        let at = |id: NodeId| members.get((id as usize).wrapping_sub(1));
        if let Some(member) = at(id) {
            checkers.notes(member, note, counted, |voter, index, term| {
                at(voter).is_some_and(|member| member.holds(index, term))
            });
        }
    }
}

fn refusal(why: NoVote) -> VoteRefusal {
    match why {
        NoVote::StaleTerm => VoteRefusal::StaleTerm,
        NoVote::AlreadyVoted => VoteRefusal::AlreadyVoted,
        NoVote::LogBehind => VoteRefusal::LogBehind,
        NoVote::LeaderAlive => VoteRefusal::LeaderAlive,
        NoVote::Impaired => VoteRefusal::Impaired,
    }
}
