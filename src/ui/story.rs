//! The history of a run, kept for narration and for the marks on the timeline.
//!
//! Guarantees: events are kept as events, so that a change of language narrates them again; bounded: the last 500
//! that deserve a sentence, the last forty marks and outages. Leaves out: sentences (`narrate`).

use std::collections::VecDeque;

use super::marks::{Mark, MarkKind};
use super::{milvus, regions};
use quorum_facade::news::is_news;
use quorum_facade::{EngineEvent, Event, EventKind, FaultEvent, NetworkEvent, RaftEvent, ServiceEvent};
use quorum_types::{Micros, SECOND};

/// Maximum number of sentences.
const SENTENCES: usize = 500;
/// Maximum number of marks, and of outages.
const MARKS: usize = 40;

/// The history of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    /// Events worth a sentence, newest last.
    pub narrated: VecDeque<Event>,
    /// Marks on the timeline, oldest first.
    pub marks: VecDeque<Mark>,
    /// Outages: from, and to when it is over.
    pub outages: VecDeque<(Micros, Option<Micros>)>,
    /// Whether the run is a Milvus cluster, derived from its events.
    pub cluster: bool,
    /// The time of the last event: earlier ones are repeated, and were heard.
    pub reached_us: Micros,
    /// Events that did not deserve a sentence or were dropped on the way.
    pub skipped: u64,
    /// The insert in progress, or the last one.
    insert: Insert,
}

/// The batches of one insert: they have one mark, however slow the disk is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Insert {
    /// Its rows so far, `first..end`.
    first: i64,
    end: i64,
    /// When its last batch began or was acknowledged.
    last_us: Micros,
}

impl Insert {
    /// Whether a batch that begins now is the next one of this insert.
    fn goes_on(self, first_id: i64, t_us: Micros) -> bool {
        first_id == self.end && t_us.saturating_sub(self.last_us) < SECOND
    }

    /// Takes in an event: a batch that begins, or one of its own that is acknowledged.
    fn hear(&mut self, event: &Event) {
        match event.kind {
            EventKind::Engine(EngineEvent::InsertBegan { first_id, rows }) => {
                let first = if self.goes_on(first_id, event.t_us) { self.first } else { first_id };
                *self = Self { first, end: first_id.saturating_add_unsigned(rows), last_us: event.t_us };
            }
            EventKind::Engine(EngineEvent::Acknowledged { first_id, rows, .. })
                if first_id >= self.first && first_id.saturating_add_unsigned(rows) <= self.end =>
            {
                self.last_us = event.t_us;
            }
            _ => {}
        }
    }
}

impl Story {
    /// Adds new events.
    pub fn hear(&mut self, events: &[Event], skipped: u64) {
        self.skipped += skipped;
        for event in events {
            if event.t_us < self.reached_us || self.heard(event) {
                continue;
            }
            self.reached_us = event.t_us;
            self.cluster |= tells_of_a_cluster(&event.kind);
            if let Some(kind) = mark_of(event, self.cluster) {
                let next_batch = matches!(event.kind, EventKind::Engine(EngineEvent::InsertBegan { first_id, .. })
                    if self.insert.goes_on(first_id, event.t_us));
                self.mark(event.t_us, kind, next_batch);
            }
            self.insert.hear(event);
            match event.kind {
                EventKind::Service(ServiceEvent::ServiceLost { fault_us }) => {
                    self.outages.push_back((fault_us, None))
                }
                EventKind::Service(ServiceEvent::ServiceRestored { .. }) => {
                    if let Some(last) = self.outages.back_mut() {
                        last.1.get_or_insert(event.t_us);
                    }
                }
                _ => {}
            }
            if is_news(event, self.cluster) && !self.repeats(event) && !self.adds_up(event) {
                self.narrated.push_back(event.clone());
            }
        }
        while self.narrated.len() > SENTENCES {
            self.narrated.pop_front();
        }
        while self.outages.len() > MARKS {
            self.outages.pop_front();
        }
    }

    /// Whether an event of the last moment was heard already: as a sentence, or as a mark if it is not worth one.
    fn heard(&self, event: &Event) -> bool {
        if event.t_us != self.reached_us {
            return false;
        }
        if is_news(event, self.cluster) {
            let told = self.narrated.iter().rev().take_while(|other| other.t_us == event.t_us);
            return told.into_iter().any(|other| other == event);
        }
        let kind = mark_of(event, self.cluster);
        let marks = self.marks.iter().rev().take_while(|mark| mark.t_us == event.t_us);
        marks.into_iter().any(|mark| Some(mark.kind) == kind)
    }

    /// Forgets what lies after a moment.
    pub fn cut_after(&mut self, t_us: Micros) {
        self.narrated.retain(|event| event.t_us <= t_us);
        self.marks.retain(|mark| mark.t_us <= t_us);
        self.outages.retain(|outage| outage.0 <= t_us);
        if let Some(last) = self.outages.back_mut() {
            last.1 = last.1.filter(|to| *to <= t_us);
        }
        self.reached_us = self.reached_us.min(t_us);
        if self.insert.last_us > t_us {
            self.insert = Insert::default();
        }
    }

    /// When the last mark of a kind before a moment was made.
    pub fn since(&self, now_us: Micros, is: impl Fn(MarkKind) -> bool) -> Option<Micros> {
        let past = |mark: &&Mark| mark.t_us <= now_us;
        self.marks.iter().rev().filter(past).find(|mark| is(mark.kind)).map(|mark| mark.t_us)
    }

    /// Marks that the plug was pulled: no world reports that, because none is left.
    pub fn cut_power(&mut self, t_us: Micros) {
        self.mark(t_us, MarkKind::Power, false);
    }

    fn mark(&mut self, t_us: Micros, kind: MarkKind, next_batch: bool) {
        // Links that are cut at one moment, or one link in both directions, make one mark.
        if let (Some(last), MarkKind::Cut(..) | MarkKind::Heal(..)) = (self.marks.back(), kind)
            && last.t_us == t_us
            && matches!(last.kind, MarkKind::Cut(..) | MarkKind::Heal(..))
        {
            return;
        }
        // An insert arrives in batches; one mark covers all of it.
        if let (Some(last), MarkKind::Insert(rows)) = (self.marks.back_mut(), kind)
            && let MarkKind::Insert(before) = last.kind
            && next_batch
        {
            last.kind = MarkKind::Insert(before + rows);
            return;
        }
        self.marks.push_back(Mark { t_us, kind });
        if self.marks.len() > MARKS {
            self.marks.pop_front();
        }
    }

    /// Adds this batch to the last sentence, if that is possible.
    fn adds_up(&mut self, event: &Event) -> bool {
        let Some(last) = self.narrated.back_mut() else { return false };
        let soon = event.t_us.saturating_sub(last.t_us) < SECOND;
        match (&mut last.kind, &event.kind) {
            (
                EventKind::Engine(EngineEvent::Acknowledged { lsn, rows, total_rows, .. }),
                EventKind::Engine(EngineEvent::Acknowledged {
                    lsn: lsn2,
                    rows: more,
                    total_rows: total2,
                    ..
                }),
            ) if soon => {
                (*lsn, *rows, *total_rows) = (*lsn2, *rows + more, *total2);
                last.t_us = event.t_us;
                true
            }
            _ => false,
        }
    }

    /// Whether this repeats the last sentence.
    fn repeats(&self, event: &Event) -> bool {
        let Some(last) = self.narrated.back() else { return false };
        match (&last.kind, &event.kind) {
            (
                EventKind::Network(NetworkEvent::Dropped { from, to, message, .. }),
                EventKind::Network(NetworkEvent::Dropped { from: from2, to: to2, message: message2, .. }),
            ) => from == from2 && to == to2 && message == message2,
            (
                EventKind::Network(NetworkEvent::LinkCut { from, to }),
                EventKind::Network(NetworkEvent::LinkCut { from: from2, to: to2 }),
            )
            | (
                EventKind::Network(NetworkEvent::LinkHealed { from, to }),
                EventKind::Network(NetworkEvent::LinkHealed { from: from2, to: to2 }),
            ) => last.t_us == event.t_us && (from, to) == (to2, from2),
            (last, next) => milvus::narrate::repeats(last, next) || regions::narrate::repeats(last, next),
        }
    }
}

/// Whether only a Milvus cluster or two regions emit such events.
fn tells_of_a_cluster(kind: &EventKind) -> bool {
    milvus::narrate::tells_a_cluster(kind) || regions::narrate::tells_regions(kind)
}

fn mark_of(event: &Event, cluster: bool) -> Option<MarkKind> {
    let node = event.node.unwrap_or_default();
    let of_regions = || regions::narrate::mark(&event.kind).map(MarkKind::Region);
    if let Some(mark) = milvus::narrate::mark(node, &event.kind).or_else(of_regions) {
        return Some(mark);
    }
    Some(match event.kind {
        // A cluster's writer begins one every second.
        EventKind::Engine(EngineEvent::InsertBegan { .. }) if cluster => return None,
        EventKind::Service(ServiceEvent::ServiceLost { .. }) if cluster => MarkKind::Lost,
        EventKind::Service(ServiceEvent::ServiceRestored { .. }) if cluster => MarkKind::Restored,
        EventKind::Fault(FaultEvent::Killed) => MarkKind::Kill(node),
        EventKind::Fault(FaultEvent::Restarted) => MarkKind::Restart(node),
        EventKind::Fault(FaultEvent::Paused) => MarkKind::Pause(node),
        EventKind::Network(NetworkEvent::LinkCut { from, to }) => MarkKind::Cut(from, to),
        EventKind::Network(NetworkEvent::LinkHealed { from, to }) => MarkKind::Heal(from, to),
        EventKind::Raft(RaftEvent::BecameLeader { .. }) => MarkKind::Leader(node),
        EventKind::Fault(FaultEvent::PowerCut) => MarkKind::Power,
        EventKind::Fault(FaultEvent::Opened { boot, .. }) if boot > 1 => MarkKind::Boot,
        EventKind::Engine(EngineEvent::InsertBegan { rows, .. }) => MarkKind::Insert(rows),
        _ => return None,
    })
}
