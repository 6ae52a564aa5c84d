//! The client of a guest's world, and how nodes serve it.
//!
//! Guarantees: a write is answered when the leader that proposed it has applied it, a read when the guest has named an
//! index and everything up to it is applied. Leaves out: what the client does with an answer (`quorum_sim::client`).

use super::super::member::{Proposal, Reading};
use super::super::protocol::{Answer, Request};
use super::{Due, PROGRAM, Packet, World};
use quorum_sim::client::Wish;
use quorum_sim::machine;
use quorum_sim::network::CLIENT;
use quorum_sim::request::{Ask, Served};
use quorum_sim::settings::Settings;
use quorum_types::NodeId;

impl World<'_> {
    pub(super) fn serve(&mut self, id: NodeId, op: u64, attempt: u32, ask: Ask) {
        if let Ask::Read { .. } = ask {
            self.next_name += 1;
            let ctx = format!("r{}", self.next_name);
            self.member(id).reads.insert(ctx.clone(), Reading { op, attempt, index: None });
            let answer = self.command(id, &Request::Read { ctx: ctx.clone() });
            if let Some(answer) = answer.filter(|answer| !answer.ok) {
                self.member(id).reads.remove(&ctx);
                self.redirect(id, op, attempt, &answer);
            }
            return;
        }
        let member = &self.members[id as usize - 1];
        if let Some(applied) = member.machine.outcome(op).filter(|_| member.leads()) {
            self.send(id, CLIENT, Packet::Response { op, attempt, outcome: Ok(Served::Wrote(applied)) });
            return;
        }
        if let Some(proposal) = self.member(id).proposals.values_mut().find(|proposal| proposal.op == op) {
            proposal.attempt = attempt;
            return;
        }
        let write = match ask {
            Ask::Swap { key, from, to } => machine::Write::Swap { key, from, to },
            Ask::Put { key, value } => machine::Write::Put { key, value },
            Ask::Insert | Ask::Read { .. } => return,
        };
        let name = format!("w{op}");
        self.data.insert(name.clone(), machine::encode(op, &write));
        // It may be committed at once, in a group of one.
        let (next, term) = (self.member(id).log.last().0 + 1, self.member(id).term);
        self.member(id).proposals.insert(next, Proposal { op, attempt, term });
        match self.command(id, &Request::Propose { data: name.clone() }) {
            Some(answer) if answer.ok => {
                let held = self.member(id).log.get(next).map(|entry| entry.data.to_vec());
                if answer.index != next || held.is_some_and(|held| held != name.as_bytes()) {
                    let detail = format!(
                        "node {id} took “{name}” as number {}, but its log says otherwise",
                        answer.index
                    );
                    self.breaks(PROGRAM, detail);
                }
            }
            Some(answer) => {
                self.member(id).proposals.remove(&next);
                self.redirect(id, op, attempt, &answer);
            }
            None => {}
        }
    }

    fn redirect(&mut self, id: NodeId, op: u64, attempt: u32, answer: &Answer) {
        let nodes = self.members.len() as u32;
        let leader = Some(answer.leader).filter(|leader| (1..=nodes).contains(leader));
        self.send(id, CLIENT, Packet::Response { op, attempt, outcome: Err(leader) });
    }

    pub(super) fn serve_reads(&mut self, id: NodeId) {
        let member = &mut self.members[id as usize - 1];
        let applied = member.applied;
        let mut served = Vec::new();
        member.reads.retain(|_, read| {
            let ready = read.index.is_some_and(|index| index <= applied);
            if ready {
                served.push(*read);
            }
            !ready
        });
        for Reading { op, attempt, .. } in served {
            let Some(Ask::Read { key }) = self.client.ask(op) else { continue };
            let value = self.members[id as usize - 1].machine.register(key);
            self.send(id, CLIENT, Packet::Response { op, attempt, outcome: Ok(Served::Value(value)) });
        }
    }

    pub(super) fn client_begins(&mut self) {
        let Settings { client_reads: reads, client_puts: puts, client_keys: keys, .. } = self.settings;
        let rng = &mut self.client_rng;
        let (kind, key) = (rng.below(100), rng.below(keys));
        // A value is the number of the operation that writes it, so that no two operations write the same value.
        let value = self.client.next_op();
        let ask = if kind < reads && self.caps.read {
            Ask::Read { key }
        } else if kind < reads + puts {
            Ask::Put { key, value }
        } else {
            Ask::Swap { key, from: self.client.seen(key), to: value }
        };
        // Every third read goes to any node.
        let anywhere = matches!(ask, Ask::Read { .. }) && rng.below(3) == 0;
        let at = anywhere.then(|| rng.below(self.members.len() as u64) as NodeId + 1);
        let (op, wish) = self.client.begin(self.now, ask, at);
        self.fulfil(Some(wish));
        self.schedule(self.settings.client_deadline_us, Due::ClientGivesUp { op });
        self.schedule(self.settings.client_interval_us, Due::ClientBegins);
        let client = &self.client;
        self.checkers.judge(client.judged(), true, || client.history());
    }

    pub(super) fn fulfil(&mut self, wish: Option<Wish>) {
        match wish {
            Some(Wish::Send { op, attempt, to }) => {
                // An operation that was given up in the meantime is not retried.
                let Some(ask) = self.client.ask(op) else { return };
                self.send(CLIENT, to, Packet::Request { op, attempt, ask });
                self.schedule(self.settings.client_attempt_us, Due::ClientWakes { op, attempt });
            }
            Some(Wish::Wake { at_us, op, attempt }) => {
                self.queue.schedule(at_us, Due::ClientWakes { op, attempt });
            }
            Some(Wish::End { .. }) | None => {}
        }
    }

    /// Judges the whole history of the client.
    pub fn judge(&mut self) {
        let client = &self.client;
        self.checkers.judge(client.judged(), false, || client.history());
    }
}
