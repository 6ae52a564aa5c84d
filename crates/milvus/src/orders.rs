//! Orders of a client: flush, snapshots, imports, deletions.
//!
//! An order goes through the tester's proxy to the data coordinator, which asks the metadata store to record what it
//! says, and is answered when that has happened; the work follows. Guarantees: an order is answered once, with the
//! reason if it is refused, or without one if it is not known whether it was carried out; an order that reaches the
//! store twice is carried out once. Leaves out: what the store keeps (`kept`), and the work (`jobs`).

use super::kept::{Keep, Kept};
use super::net::{Answer, Ask, Why};
use super::requests::Order;
use super::topology::Component;
use super::{CLIENT, Job, Milvus};
use crate::event::MilvusEvent;
use quorum_types::{NodeId, Refusal};
use std::sync::Arc;

/// The most rows that one import takes.
pub(super) const MOST_ROWS: u64 = 20_000;

impl Milvus {
    /// A client gives an order.
    pub(super) fn give_order(&mut self, order: Order, word: &'static str) -> Result<(), Refusal> {
        if let Order::Import { rows, .. } = order
            && !(1..=MOST_ROWS).contains(&rows)
        {
            let error = format!("an import takes 1 to {MOST_ROWS} rows");
            return Err(Refusal::new("bad_import_rows", error));
        }
        let number = self.keeping.next_order();
        if let Some(proxy) = self.testers_proxy() {
            self.call(CLIENT, proxy, Ask::Order { number, order }, Why::Order { word });
        }
        Ok(())
    }

    /// The object store loses everything.
    pub(super) fn lose_objects(&mut self) {
        let all: Vec<u64> = self.sealed.iter().map(|sealed| sealed.segment).collect();
        let store = self.of(Component::ObjectStore).first().copied();
        self.emit(store, MilvusEvent::ObjectsLost { segments: all.len() as u32 });
        self.keeping.lose(all);
    }

    /// A proxy passes an order on, and a coordinator carries it out.
    pub(super) fn order_asked(&mut self, id: NodeId, from: NodeId, call: u64, number: u64, order: Order) {
        if self.component(id) == Some(Component::Proxy) {
            let why = Why::Pass { to: from, call };
            self.ask_acting(id, self.data_coord(), Ask::Order { number, order }, why);
            return;
        }
        if !self.in_charge(id) {
            let leader = self.leader_known(id);
            self.reply(id, from, call, Answer::NotActing(leader));
            return;
        }
        if let Some(keep) = order.keep(number, self.settings.import_part_rows) {
            self.ask_acting(id, Component::Meta, Ask::Keep(keep), Why::Keep { to: from, call, keep });
            return;
        }
        let answer = match (order, self.kept_known(id)) {
            (Order::List, Some(kept)) => {
                let written = kept.snapshots.iter().filter(|known| known.written);
                Answer::Snapshots(written.map(|known| known.name).collect())
            }
            (Order::List, None) => Answer::Failed("no_meta"),
            _ => {
                self.have_sealed(id);
                Answer::Done
            }
        };
        self.reply(id, from, call, answer);
    }

    /// What a coordinator knows of snapshots and jobs.
    pub(super) fn kept_known(&self, id: NodeId) -> Option<Arc<Kept>> {
        let data = self.data_coords.get(&id).and_then(|known| known.catalogue.as_ref());
        let query = self.distribution.get(&id).and_then(|known| known.catalogue.as_ref());
        data.or(query).map(|catalogue| catalogue.kept.clone())
    }

    /// The coordinator has the growing rows sealed by the node that drains the log.
    fn have_sealed(&mut self, id: NodeId) {
        let drains = self.data_coords.get(&id).and_then(|known| known.drains);
        if let Some(node) = drains {
            self.call(id, node, Ask::Seal, Why::Nothing);
        }
    }

    /// A data node seals what has grown.
    pub(super) fn seal_asked(&mut self, id: NodeId, from: NodeId, call: u64) {
        self.reply(id, from, call, Answer::Done);
        self.seal_growing(id);
    }

    /// The metadata store has recorded what an order says, or has refused it.
    pub(super) fn order_kept(&mut self, id: NodeId, (to, call): (NodeId, u64), keep: Keep, answer: Answer) {
        if let (Keep::Snapshot { name, order }, Answer::Done) = (keep, &answer) {
            let takes_us = self.object_us(0);
            self.work_aside(id, takes_us, Job::Manifest { name, order });
        }
        self.kept_is_known(id, &answer);
        self.reply(id, to, call, answer);
    }

    /// The manifest of a snapshot is in the object store.
    pub(super) fn manifest_written(&mut self, id: NodeId, name: u64, order: u64) {
        self.ask_acting(id, Component::Meta, Ask::Keep(Keep::Written { name, order }), Why::Kept);
    }

    /// A client's order was answered.
    pub(super) fn order_answered(&mut self, word: &'static str, answer: Answer) {
        if let Answer::Snapshots(names) = &answer {
            self.emit(None, MilvusEvent::SnapshotsListed { snapshots: names.to_vec() });
        }
        let why = match answer {
            Answer::Done | Answer::Snapshots(_) => "",
            Answer::Failed(why) => why,
            _ => "no_answer",
        };
        let event =
            MilvusEvent::OrderEnded { order: word.to_owned(), ok: why.is_empty(), why: why.to_owned() };
        self.emit(None, event);
    }
}
