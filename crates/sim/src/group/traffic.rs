//! Messages in transit: delivered, lost, duplicated, or made by hand.
//!
//! Guarantees: ids count from 1 in order of sending; what is sent over a cut link is lost at once; a node that is down
//! loses what is delivered to it. Leaves out: the contents of messages.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::observers::shows_follower;
use super::{Group, Node, refuse};
use quorum_raft::{Body, Message, Raft, Snapshot};
use quorum_types::{Lsn, NodeId, Refusal};

/// The number of deliveries, plus eight for every message and entry, within which a group must settle. With a rule off
/// it may never settle.
const MANY_DELIVERIES: u64 = 20_000;

impl Group {
    pub(super) fn send_all(&mut self, messages: Vec<Message>) {
        for message in messages {
            self.watch.sent(&message);
            if !self.cuts.contains(&(message.from, message.to)) {
                self.sent += 1;
                self.messages.insert(self.sent, message);
            }
        }
    }

    fn take_message(&mut self, id: u64) -> Result<Message, Refusal> {
        let unknown = || Refusal::new("unknown_message", format!("there is no message {id} on its way"));
        self.messages.remove(&id).ok_or_else(unknown)
    }

    /// Delivers a message. Returns whether a node received it: a node that is down loses it. Refused if there is no
    /// such message.
    pub fn deliver(&mut self, id: u64) -> Result<bool, Refusal> {
        let message = self.take_message(id)?;
        Ok(self.inject(message))
    }

    /// Loses a message. Refused if there is no such message.
    pub fn drop_message(&mut self, id: u64) -> Result<(), Refusal> {
        self.take_message(id).map(|_| ())
    }

    /// Sends a message once more; returns the copy's id. Refused if there is no such message, or too many of them.
    pub fn duplicate(&mut self, id: u64) -> Result<u64, Refusal> {
        self.room()?;
        let unknown = || Refusal::new("unknown_message", format!("there is no message {id} on its way"));
        let copy = self.messages.get(&id).cloned().ok_or_else(unknown)?;
        self.sent += 1;
        self.messages.insert(self.sent, copy);
        Ok(self.sent)
    }

    /// Cuts one direction of a link. Refused if a node is unknown.
    pub fn cut(&mut self, from: NodeId, to: NodeId) -> Result<(), Refusal> {
        self.known(from)?;
        self.known(to)?;
        self.cuts.insert((from, to));
        Ok(())
    }

    /// Heals every link.
    pub fn heal(&mut self) {
        self.cuts.clear();
    }

    /// Delivers a message to its receiver. Returns whether the receiver runs.
    pub fn inject(&mut self, mut message: Message) -> bool {
        if let Body::Snapshot { snapshot, .. } = &mut message.body {
            self.complete(snapshot);
        }
        let (from, to, term) = (message.from, message.to, message.term);
        let follows = shows_follower(&message.body);
        let Ok(raft) = self.raft_mut(to) else { return false };
        raft.step(message);
        if follows && raft.leads() && raft.term() == term {
            let ticks = raft.ticks();
            self.watch.heard(to, from, ticks);
        }
        self.settle(to);
        true
    }

    /// A hand-made snapshot contains no state: it gets the state of a node that has applied exactly as much.
    fn complete(&self, snapshot: &mut Arc<Snapshot>) {
        let at = |node: &&Node| {
            let raft = node.member.raft();
            raft.is_some_and(|raft| {
                raft.applied() == snapshot.index && raft.log().term(snapshot.index) == Some(snapshot.term)
            })
        };
        if snapshot.data.is_empty()
            && let Some(node) = self.nodes.values().find(at)
        {
            let data = node.member.machine.snapshot();
            *snapshot = Arc::new(Snapshot { data, ..Snapshot::clone(snapshot) });
        }
    }

    /// Persists and delivers among these nodes until nothing changes. Refused if that does not come to an end.
    pub fn stabilize(&mut self, among: &[NodeId]) -> Result<(), Refusal> {
        let logs = self.nodes.values().filter_map(|node| node.member.raft().map(Raft::log));
        let entries: u64 = logs.map(|log| log.last().0 + 1 - log.first()).sum();
        let most = MANY_DELIVERIES + 8 * (entries + self.messages.len() as u64);
        let mut deliveries = 0;
        loop {
            let mut moved = false;
            for id in among {
                moved |= self.sync(*id, Lsn::MAX);
                self.settle(*id);
            }
            let inside = |message: &Message| among.contains(&message.from) && among.contains(&message.to);
            let due: Vec<u64> = self.messages().filter(|(_, message)| inside(message)).map(|m| m.0).collect();
            if due.is_empty() && !moved {
                return Ok(());
            }
            for id in due {
                self.deliver(id)?;
                deliveries += 1;
                if deliveries > most {
                    return refuse("restless", format!("still moving after {most} deliveries"));
                }
            }
        }
    }

    /// All nodes, and all nodes that any message or configuration names.
    pub fn everyone(&self) -> Vec<NodeId> {
        let ends = self.messages.values().flat_map(|message| [message.from, message.to]);
        let mut all: BTreeSet<NodeId> = self.nodes.keys().copied().chain(ends).collect();
        for node in self.nodes.values() {
            // A node without power has no configuration in memory.
            all.extend(node.member.raft().map(|raft| raft.conf().members()).unwrap_or_default());
        }
        all.iter().copied().collect()
    }

    /// Refused if one of these nodes is unknown.
    pub fn all_known(&self, ids: &[NodeId]) -> Result<(), Refusal> {
        ids.iter().try_for_each(|id| self.known(*id).map(|_| ()))
    }
}
