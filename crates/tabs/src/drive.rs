//! How a node carries out what Raft asks for, in the order that `quorum_raft` prescribes.
//!
//! Guarantees: what must be durable goes into the next batch, and messages that depend on it wait for that batch; a
//! message of a term that has passed by then is dropped, because it would be a promise to a deposed leader; reads are
//! served once everything up to their index is applied. Leaves out: storing and posting.

use std::sync::Arc;

use quorum_raft::{Entry, Message, ReadState, Ready};

use crate::disk::Pending;
use crate::facts::{Answer, Attempt, Checked, EventKind, Fate};
use crate::machine::{Machine, Outcome, Write};
use crate::node::{Behind, TabNode};
use crate::packet::Packet;

/// A log with this many applied entries is replaced with a snapshot.
const COMPACT_AT: u64 = 200;

impl TabNode {
    /// A packet that is addressed to this node.
    pub(crate) fn take(&mut self, packet: Packet) {
        match packet {
            Packet::Raft(message) => self.raft.step(message),
            Packet::Forward { from, session, number, data, .. } => {
                let write =
                    Write::read(&data).filter(|write| (write.session, write.number) == (session, number));
                let Some(write) = write else { return };
                if !self.raft.leads() || !self.propose_here(&write) {
                    let (me, to) = (self.start.number, from);
                    self.packets.push(Packet::Declined { from: me, to, session, number }.bytes());
                }
            }
            Packet::Declined { session, number, .. } if session == self.start.session => {
                self.decide(number, Fate::Declined);
            }
            Packet::Declined { .. } => {}
        }
    }

    /// A batch is stored: what waited for it may leave.
    pub(crate) fn release(&mut self, stored: Pending) {
        let (index, term) = stored.last;
        self.raft.persisted(index, term);
        let now = self.raft.term();
        self.send(stored.held.into_iter().filter(|message| message.term >= now).collect());
    }

    /// Posts messages; a node's own vote for itself is delivered at once.
    fn send(&mut self, messages: Vec<Message>) {
        for message in messages {
            if message.to == self.start.number {
                self.raft.step(message);
            } else {
                self.packets.push(Packet::Raft(message).bytes());
            }
        }
    }

    /// Carries out Raft's requests until there are none.
    pub(crate) fn drive(&mut self) {
        loop {
            let ready = self.raft.take_ready();
            if is_idle(&ready) {
                break;
            }
            self.handle_ready(ready);
        }
        self.compact();
        self.serve();
        self.watch.note_leader(self.now, self.leader(), self.raft.term());
        self.note_caught_up();
    }

    fn handle_ready(&mut self, ready: Ready) {
        let wrote = ready.hard_state.is_some() || ready.snapshot.is_some() || ready.append.is_some();
        if let Some(hard) = ready.hard_state {
            self.pending.put_hard(hard);
        }
        if let Some(snapshot) = ready.snapshot {
            // A packet with a snapshot that holds no state machine is not read at all.
            self.machine = Machine::read(&snapshot.data).unwrap_or_default();
            self.pending.install(snapshot);
            self.note_covered();
        }
        if let Some((prev, entries)) = ready.append {
            self.pending.append(prev, entries);
        }
        if wrote {
            self.pending.last = self.raft.log().last();
        }
        self.send(ready.messages);
        self.hold(ready.after_persist);
        for note in &ready.notes {
            self.watch.note(self.now, note);
        }
        for (index, entry) in ready.committed {
            self.apply(index, &entry);
        }
        for state in ready.reads {
            self.note_read(state);
        }
    }

    /// Messages that depend on everything written so far.
    fn hold(&mut self, messages: Vec<Message>) {
        if !self.pending.is_empty() {
            self.pending.held.extend(messages);
        } else if let Some((_, in_flight)) = &mut self.in_flight {
            in_flight.held.extend(messages);
        } else {
            self.send(messages);
        }
    }

    fn apply(&mut self, index: u64, entry: &Arc<Entry>) {
        // What is no write changes nothing, at any node.
        let Some(write) = Write::read(&entry.data) else { return };
        let outcome = self.machine.apply(index, &write);
        if write.session != self.start.session {
            return;
        }
        match outcome {
            Outcome::Applied => self.acknowledge(index, &write),
            Outcome::NoRoom => self.decide(write.number, Fate::NoRoom),
            Outcome::Overtaken => {}
        }
        // Whatever this tab asked for before and was not applied never will be.
        for (_, attempt) in &mut self.writes {
            let older = attempt.number > self.covered && attempt.number < write.number;
            if older && matches!(attempt.fate, Fate::Unknown | Fate::Waiting) {
                attempt.fate = Fate::Overtaken;
            }
        }
    }

    /// A snapshot came in place of entries: it says which write of this tab was the last to be applied. A key is never
    /// removed, so that one that is missing found no room.
    fn note_covered(&mut self) {
        let Some((number, index)) = self.machine.last_of(self.start.session) else { return };
        self.covered = number;
        let of = |(_, attempt): &(u64, Attempt)| (attempt.number == number).then(|| attempt.clone());
        let Some(attempt) = self.writes.iter().find_map(of) else { return };
        if !matches!(attempt.fate, Fate::Waiting | Fate::Unknown) {
            return;
        }
        let Attempt { key, text, .. } = attempt;
        if self.machine.value(&key).is_some() {
            self.acknowledge(index, &Write { session: self.start.session, number, key, text });
        } else {
            self.decide(number, Fate::NoRoom);
        }
    }

    fn acknowledge(&mut self, index: u64, write: &Write) {
        self.watch.seen.acknowledged += 1;
        match self.acknowledged.iter_mut().find(|(key, _)| *key == write.key) {
            Some((_, last)) => *last = index,
            None => self.acknowledged.push((write.key.clone(), index)),
        }
        let began = self.writes.iter().find(|(_, attempt)| attempt.number == write.number).map(|(at, _)| *at);
        let after_us = self.now - began.unwrap_or(self.now).min(self.now);
        self.decide(write.number, Fate::Acknowledged { index, after_us });
        self.watch.tell(self.now, EventKind::Acknowledged { key: write.key.clone(), index });
    }

    /// The fate of a write is known. One that was applied stays so.
    fn decide(&mut self, number: u64, fate: Fate) {
        let attempt = self.writes.iter_mut().map(|(_, attempt)| attempt).find(|it| it.number == number);
        if let Some(attempt) = attempt.filter(|it| matches!(it.fate, Fate::Waiting | Fate::Unknown)) {
            attempt.fate = fate;
        }
    }

    fn note_read(&mut self, state: ReadState) {
        if state.context == self.start.session
            && let Some(behind) = &mut self.behind
        {
            behind.index = Some(state.index);
        }
        if let Some((_, context, index, _)) = &mut self.read
            && *context == state.context
        {
            *index = Some(state.index);
        }
    }

    /// Serves the read whose index is applied.
    fn serve(&mut self) {
        let applied = self.raft.applied();
        let checked = self.check();
        let Some((_, _, Some(index), read)) = &mut self.read else { return };
        if read.answer != Answer::Waiting || *index > applied {
            return;
        }
        read.answer = Answer::Served { index: *index, values: self.machine.values().to_vec(), checked };
        if self.watch.seen.failover.is_some() && self.watch.seen.checked.is_none() && checked.keys > 0 {
            self.watch.seen.checked = Some(checked);
        }
    }

    /// Whether everything that was acknowledged here is there: each key at the acknowledged index or a later one.
    fn check(&self) -> Checked {
        let lost =
            |(key, index): &&(String, u64)| self.machine.value(key).is_none_or(|value| value.index < *index);
        let keys = self.acknowledged.len() as u64;
        Checked { keys, lost: self.acknowledged.iter().filter(lost).count() as u64 }
    }

    /// Replaces a long log with a snapshot.
    fn compact(&mut self) {
        let raft = &self.raft;
        let index = raft.applied();
        // The machine is that of the last applied entry, so only there a snapshot can be taken. Later ones stay.
        if index < raft.log().first() + COMPACT_AT || index > raft.durable() {
            return;
        }
        if let Some(snapshot) = self.raft.compact(index, self.machine.bytes().into()) {
            self.pending.compact(snapshot);
            self.pending.last = self.raft.log().last();
            self.watch.tell(self.now, EventKind::Compacted { index });
        }
    }

    fn note_caught_up(&mut self) {
        let applied = self.raft.applied();
        let reached = |behind: &mut Behind| behind.index.is_some_and(|index| index <= applied);
        let Some(Behind { last, .. }) = self.behind.take_if(reached) else { return };
        self.watch.seen.returned |= last > 0;
        let fetched = applied.saturating_sub(last);
        self.watch.tell(self.now, EventKind::CaughtUp { index: applied, fetched });
    }
}

/// Whether Raft asks for nothing.
fn is_idle(ready: &Ready) -> bool {
    ready.hard_state.is_none()
        && ready.snapshot.is_none()
        && ready.append.is_none()
        && ready.messages.is_empty()
        && ready.after_persist.is_empty()
        && ready.committed.is_empty()
        && ready.reads.is_empty()
        && ready.notes.is_empty()
}
