//! Stand-in. Promises: gone soon. Leaves out: all.
use crate::lab::milvus::facts::{MilvusFacts, PodFacts};
use crate::lab::milvus::settings::Settings;
use crate::lab::milvus::shape::{Component, Place, places};
use crate::lab::{Event, EventKind, OpStatus, Phase, PhaseTime};
use crate::types::{Micros, NodeId, Refusal, Rng, SECOND};

#[derive(Clone, Debug)]
pub(super) struct Milvus {
    now: Micros,
    op: u64,
    places: Vec<Place>,
    events: Vec<Event>,
    fault: Option<Micros>,
    lost: bool,
    failed: u64,
    outage: Micros,
    interval: Micros,
}

#[derive(Clone, Debug)]
pub(super) enum Deed {
    Kill { node: NodeId },
    KillZone { zone: u32 },
    Partition { side: Vec<NodeId>, but: Vec<NodeId> },
    Heal,
}

impl Milvus {
    pub(super) fn new(seed: u64, settings: Settings) -> Self {
        let mut rng = Rng::new(seed, 3);
        let outage = (3_000 + rng.below(6_000)) * 1_000 + if settings.coordinators < 3 { 20 * SECOND } else { 0 };
        let places = places(&settings);
        Self { now: 0, op: 0, places, events: Vec::new(), fault: None, lost: false, failed: 0, outage, interval: SECOND }
    }
    pub(super) fn advance(&mut self, until: Micros, most: u64) -> bool {
        for _ in 0..most {
            let next = (self.op + 1) * self.interval;
            if next > until {
                self.now = until;
                return true;
            }
            self.now = next;
            self.op += 1;
            let down = self.fault.is_some_and(|fault| next < fault + self.outage);
            let status = if down { OpStatus::Fail } else { OpStatus::Ok };
            self.tell(EventKind::OpStart { op: self.op });
            self.tell(EventKind::OpEnd { op: self.op, status, took_us: 0 });
            self.tell(EventKind::Acknowledged { lsn: 0, first_id: self.op as i64, rows: 1, total_rows: self.op, took_us: 5 });
            let fault = self.fault.unwrap_or(0);
            if down {
                self.failed += 1;
                if !self.lost {
                    self.lost = true;
                    self.tell(EventKind::ServiceLost { fault_us: fault });
                }
            } else if self.lost {
                self.lost = false;
                let rto_us = self.now - fault;
                let phases = vec![PhaseTime { phase: Phase::Detect, us: rto_us / 2 }, PhaseTime { phase: Phase::Election, us: rto_us - rto_us / 2 }];
                self.tell(EventKind::ServiceRestored { rto_us, phases, failed: self.failed });
                self.fault = None;
            }
        }
        false
    }
    fn tell(&mut self, kind: EventKind) {
        self.events.push(Event { t_us: self.now, node: None, kind });
    }
    pub(super) fn perform(&mut self, deed: &Deed) -> Result<(), Refusal> {
        match deed {
            Deed::Kill { .. } | Deed::KillZone { .. } | Deed::Partition { .. } => self.fault = Some(self.now),
            Deed::Heal => {}
        }
        Ok(())
    }
    pub(super) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
    pub(super) fn digest(&self) -> String {
        format!("{:x}{:x}", self.outage, self.op)
    }
    pub(super) fn facts(&self) -> MilvusFacts {
        let pods = self.places.iter().map(|p| PodFacts { id: p.id, zone: p.zone, ..PodFacts::default() }).collect();
        MilvusFacts { pods, ..MilvusFacts::default() }
    }
    pub(super) fn acting(&self, component: Component) -> Option<NodeId> {
        self.pods_of(component).first().copied()
    }
    pub(super) fn pods_of(&self, component: Component) -> Vec<NodeId> {
        self.places.iter().filter(|p| p.component == component).map(|p| p.id).collect()
    }
    pub(super) fn audit(&self) -> Vec<i64> {
        Vec::new()
    }
}
