//! What a node notices: who is heard, who leads, what happened, how late it is.
//!
//! Guarantees: it reads and never decides; a leader counts as replaced only if it was silent before. Leaves out: the
//! protocol (`drive`).

use std::collections::VecDeque;

use quorum_raft::Note;
use quorum_types::{Micros, NodeId};

use crate::facts::{Event, EventKind, Failover, Peer, Seen};
use crate::group::{ELECTION_US, LATE_SHOWN_US, LATE_US, SILENT_US, TICK_US};

/// How many events are kept.
const EVENTS: usize = 60;

/// What a node has noticed.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    number: NodeId,
    nodes: u32,
    began_us: Micros,
    peers: Vec<Heard>,
    /// The last leader that was known, with its term.
    leader: Option<(NodeId, u64)>,
    events: VecDeque<Event>,
    told: u64,
    /// How late it was, and when.
    late: Option<(Micros, Micros)>,
    pub(crate) seen: Seen,
}

#[derive(Clone, Copy, Debug)]
struct Heard {
    number: NodeId,
    at_us: Option<Micros>,
    alive: bool,
}

impl Watch {
    pub(crate) fn new(number: NodeId, nodes: u32, now: Micros) -> Self {
        let others = (1..=nodes).filter(|other| *other != number);
        Self {
            number,
            nodes,
            began_us: now,
            peers: others.map(|number| Heard { number, at_us: None, alive: false }).collect(),
            leader: None,
            events: VecDeque::new(),
            told: 0,
            late: None,
            seen: Seen::default(),
        }
    }

    pub(crate) fn tell(&mut self, now: Micros, kind: EventKind) {
        if self.events.len() == EVENTS {
            self.events.pop_front();
        }
        self.told += 1;
        let at_us = now.saturating_sub(self.began_us);
        self.events.push_back(Event { number: self.told, at_us, kind });
    }

    /// A packet of a node was heard, to whomever it was addressed.
    pub(crate) fn hear(&mut self, now: Micros, number: NodeId) {
        let Some(peer) = self.peers.iter_mut().find(|peer| peer.number == number) else { return };
        let (before, alive) = (peer.at_us, peer.alive);
        (peer.at_us, peer.alive) = (Some(now), true);
        if alive {
            return;
        }
        if before.is_some() {
            self.seen.returned = true;
            self.tell(now, EventKind::Back { peer: number });
        } else {
            self.tell(now, EventKind::Joined { peer: number });
        }
    }

    /// Notices who has fallen silent.
    pub(crate) fn look(&mut self, now: Micros) {
        let silent = |peer: &Heard| peer.alive && peer.at_us.is_none_or(|at| now - at.min(now) > SILENT_US);
        while let Some(peer) = self.peers.iter_mut().find(|peer| silent(peer)) {
            peer.alive = false;
            let peer = peer.number;
            self.tell(now, EventKind::Silent { peer });
        }
    }

    /// When it has to look again.
    pub(crate) fn due_us(&self) -> Micros {
        let alive = self.peers.iter().filter(|peer| peer.alive);
        alive.filter_map(|peer| peer.at_us).map(|at| at + SILENT_US + 1).min().unwrap_or(Micros::MAX)
    }

    /// The node acted at this time and should have acted at another.
    pub(crate) fn note_late(&mut self, now: Micros, due: Micros) {
        let late = now.saturating_sub(due);
        if late <= LATE_US {
            return;
        }
        if self.late_us(now).is_none() {
            self.tell(now, EventKind::Late { us: late });
        }
        self.late = Some((late, now));
    }

    /// How late it was recently.
    pub(crate) fn late_us(&self, now: Micros) -> Option<Micros> {
        self.late.filter(|(_, at)| now.saturating_sub(*at) <= LATE_SHOWN_US).map(|(late, _)| late)
    }

    /// Who leads now, as far as the node knows.
    pub(crate) fn note_leader(&mut self, now: Micros, leader: Option<NodeId>, term: u64) {
        let Some(new) = leader else { return };
        let alive = self.peers.iter().filter(|peer| peer.alive).count() as u32 + 1;
        if alive > self.nodes / 2 {
            self.seen.led = true;
        }
        if self.leader == Some((new, term)) {
            return;
        }
        let before = self.leader.replace((new, term)).map(|(old, _)| old).filter(|old| *old != new);
        let silent = before.and_then(|old| self.silent_us(now, old));
        // A leader that was deposed while it was heard did not fall silent.
        let after_us = silent.filter(|silent| *silent >= ELECTION_US / 2);
        if let (Some(old), Some(after_us)) = (before, after_us) {
            self.seen.failovers += 1;
            self.seen.failover = Some(Failover { old, new, term, after_us });
            self.seen.checked = None;
        }
        self.tell(now, EventKind::Leads { leader: new, term, before, after_us });
    }

    fn silent_us(&self, now: Micros, number: NodeId) -> Option<Micros> {
        let peer = self.peers.iter().find(|peer| peer.number == number)?;
        Some(now.saturating_sub(peer.at_us?))
    }

    /// A note of Raft that is worth telling.
    pub(crate) fn note(&mut self, now: Micros, note: &Note) {
        let kind = match *note {
            Note::TimedOut { ticks } => EventKind::TimedOut { us: ticks * TICK_US },
            Note::PreCampaigned { term } => EventKind::PreCampaigned { term },
            Note::Campaigned { term } => EventKind::Campaigned { term },
            Note::VoteGranted { candidate, term, pre: false } if candidate != self.number => {
                EventKind::Voted { candidate, term }
            }
            Note::VoteRefused { candidate, term, pre: false, .. } => EventKind::Refused { candidate, term },
            Note::SteppedDown { term } => EventKind::SteppedDown { term },
            Note::LostQuorum { term } => EventKind::LostQuorum { term },
            Note::Truncated { from, .. } => EventKind::Truncated { from },
            Note::SnapshotInstalled { index, .. } => EventKind::Installed { index },
            _ => return,
        };
        self.tell(now, kind);
    }

    pub(crate) fn peers(&self, now: Micros) -> Vec<Peer> {
        let peer = |heard: &Heard| Peer {
            number: heard.number,
            heard_us: heard.at_us.map(|at| now.saturating_sub(at)),
            alive: heard.alive,
        };
        self.peers.iter().map(peer).collect()
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.iter().cloned().collect()
    }
}
