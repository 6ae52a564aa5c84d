//! What a learner can do to a replica set: cut power and give it back, pause, cut links and mend them.
//!
//! Promises: what makes no sense is refused with words; a fault is told before what follows from it. Leaves out:
//! what the others make of it.

use super::super::event::EventKind;
use super::super::member::Phase;
use super::{Cluster, Happening};
use crate::types::{Micros, NodeId, Refusal};

impl Cluster {
    /// Cuts a node's power.
    pub fn kill(&mut self, id: NodeId, torn_bytes: u64) -> Result<(), Refusal> {
        if !self.known(id)?.alive() {
            return Err(Refusal::new(
                "node_down",
                format!("node {id} is already without power; restart it instead"),
            ));
        }
        self.emit(Some(id), EventKind::Killed);
        self.drop_power(id, torn_bytes);
        Ok(())
    }

    fn drop_power(&mut self, id: NodeId, torn_bytes: u64) {
        let Some(at) = (id as usize).checked_sub(1).filter(|at| *at < self.members.len()) else { return };
        let member = &mut self.members[at];
        member.lose_memory();
        member.log.crash(torn_bytes, &mut self.outbox);
        self.deferred.retain(|happening| happening.node() != Some(id));
    }

    /// Gives a node its power back.
    pub fn restart(&mut self, id: NodeId) -> Result<(), Refusal> {
        if self.known(id)?.alive() {
            return Err(Refusal::new("node_up", format!("node {id} has power; kill it first")));
        }
        self.emit(Some(id), EventKind::Restarted);
        if let Some(member) = self.member(id) {
            member.epoch += 1;
        }
        self.power_up(id, self.settings.boot_us);
        Ok(())
    }

    pub(super) fn power_up(&mut self, id: NodeId, after_us: Micros) {
        let now = self.now;
        if let Some(member) = self.member(id) {
            member.phase = Phase::Booting;
            let life = member.life;
            self.agenda.plan(now + after_us, Happening::Boot { node: id, life });
        }
    }

    /// Stops a node, or lets it run on.
    pub fn pause(&mut self, id: NodeId, paused: bool) -> Result<(), Refusal> {
        let member = self.known(id)?;
        if !member.alive() {
            return Err(Refusal::new("node_down", format!("node {id} has no power; restart it first")));
        }
        if member.paused == paused {
            let (code, word) = if paused { ("node_paused", "already") } else { ("node_running", "not") };
            return Err(Refusal::new(code, format!("node {id} is {word} paused")));
        }
        self.emit(Some(id), if paused { EventKind::Paused } else { EventKind::Resumed });
        if let Some(member) = self.member(id) {
            member.paused = paused;
        }
        if !paused {
            let (due, rest) =
                std::mem::take(&mut self.deferred).into_iter().partition(|h| h.node() == Some(id));
            self.deferred = rest;
            let due: Vec<Happening> = due;
            due.into_iter().for_each(|happening| self.agenda.plan(self.now, happening));
        }
        Ok(())
    }

    /// Cuts or mends the direction from one node to another.
    pub fn link(&mut self, from: NodeId, to: NodeId, works: bool) -> Result<(), Refusal> {
        self.known(from)?;
        self.known(to)?;
        if from == to {
            return Err(Refusal::new("bad_link", format!("node {from} has no link to itself")));
        }
        if works && self.network.mend(from, to) {
            self.emit(None, EventKind::LinkHealed { from, to });
        } else if !works && self.network.cut(from, to) {
            self.emit(None, EventKind::LinkCut { from, to });
        }
        Ok(())
    }

    /// Mends every link.
    pub fn heal(&mut self) {
        let cuts: Vec<(NodeId, NodeId)> = self.network.cuts().collect();
        for (from, to) in cuts {
            self.network.mend(from, to);
            self.emit(None, EventKind::LinkHealed { from, to });
        }
    }

    /// Cuts the power of everything and gives it back.
    pub fn power_cut(&mut self, torn_bytes: u64) {
        self.emit(None, EventKind::PowerCut);
        for id in 1..=self.members.len() as NodeId {
            if self.members[id as usize - 1].alive() {
                self.drop_power(id, torn_bytes);
            }
            self.members[id as usize - 1].epoch += 1;
            self.power_up(id, self.settings.boot_us);
        }
    }

    /// Starts or stops the client's writes.
    pub fn set_client(&mut self, on: bool) {
        self.client.on = on;
        self.plan_client();
    }
}
