//! What a leader knows of each follower, and how much it sends before it gets an answer.
//!
//! A follower is first *probed*: one append at a time until one is accepted. Then appends follow each other without
//! waiting, up to a window of them (thesis 10.2.1). A follower whose next entry was compacted gets a *snapshot* and
//! nothing else until it is installed.
//!
//! | state | sends | until |
//! | --- | --- | --- |
//! | Probe | one append, then waits | an append is accepted: Replicate; its next entry was compacted: Snapshot |
//! | Replicate | up to a window of appends | an append is refused: Probe; its next entry was compacted: Snapshot |
//! | Snapshot | nothing | it is installed: Replicate; a quorum check passes, as it may have been lost: Probe |
//!
//! A follower that reports lost data is probed, whatever its state was.
//!
//! Guarantees: always `matched < next`; `matched` decreases only when the follower reports that it lost data, and
//! acknowledgements from before that do not increase it again. Leaves out: the messages.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// What a leader knows of a follower.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The next index to send.
    pub next: u64,
    /// The index up to which it is known to hold entries durably.
    pub matched: u64,
    /// How appends are sent to it.
    pub state: ProgressState,
    /// The last index of each unanswered append.
    pub(crate) inflight: VecDeque<u64>,
    /// Whether it was heard from since the last quorum check.
    pub recent_active: bool,
    /// The latest round it has answered.
    pub round: u64,
    /// The round in which it reported lost data: it may since have lost what it acknowledges of earlier rounds.
    pub(crate) lost_in: u64,
}

/// How appends are sent to a follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProgressState {
    /// Probe: one append at a time.
    Probe {
        /// Whether an append is unanswered.
        paused: bool,
    },
    /// Replicate: appends follow each other without waiting.
    Replicate,
    /// Snapshot: only a snapshot, of this index.
    Snapshot {
        /// Its index.
        index: u64,
    },
}

impl Progress {
    /// A follower of which nothing is known except that it may lack everything after `next`.
    pub fn new(next: u64) -> Self {
        Self {
            next,
            matched: 0,
            state: ProgressState::Probe { paused: false },
            inflight: VecDeque::new(),
            recent_active: false,
            round: 0,
            lost_in: 0,
        }
    }

    /// The last index of each unanswered append, in the order in which they were sent.
    pub fn unanswered(&self) -> impl Iterator<Item = u64> + '_ {
        self.inflight.iter().copied()
    }

    /// Whether nothing may be sent to it now.
    pub fn paused(&self, max_inflight: usize) -> bool {
        match self.state {
            ProgressState::Probe { paused } => paused,
            ProgressState::Replicate => self.inflight.len() >= max_inflight,
            ProgressState::Snapshot { .. } => true,
        }
    }

    /// Entries up to `last` were sent.
    pub fn sent(&mut self, last: u64, entries: usize) {
        match &mut self.state {
            ProgressState::Replicate if entries > 0 => {
                self.next = last + 1;
                self.inflight.push_back(last);
            }
            ProgressState::Probe { paused } => *paused = true,
            ProgressState::Replicate | ProgressState::Snapshot { .. } => {}
        }
    }

    /// It holds everything up to `index`; returns whether that is new.
    pub(crate) fn maybe_update(&mut self, index: u64) -> bool {
        let news = index > self.matched;
        self.matched = self.matched.max(index);
        self.next = self.next.max(index + 1);
        match self.state {
            ProgressState::Probe { .. } => self.replicate(),
            ProgressState::Replicate => while self.inflight.pop_front_if(|last| *last <= index).is_some() {},
            ProgressState::Snapshot { index: pending } if self.matched >= pending => self.replicate(),
            ProgressState::Snapshot { .. } => {}
        }
        news
    }

    /// It refused the append after `refused`, and may agree up to `back`; returns whether that is new.
    pub fn maybe_decr_to(&mut self, refused: u64, back: u64) -> bool {
        let stale = match self.state {
            ProgressState::Replicate => refused <= self.matched,
            // A follower that refuses entries it acknowledged has lost them, and reports that in another message
            // (`repair`).
            ProgressState::Probe { .. } => refused != self.next - 1 || refused < self.matched,
            ProgressState::Snapshot { .. } => true,
        };
        if stale {
            return false;
        }
        let next = if self.state == ProgressState::Replicate {
            self.matched
        } else {
            refused.min(back.saturating_add(1)).max(1) - 1
        };
        self.probe(next.max(self.matched) + 1);
        true
    }

    /// Sends it one append at a time from `next` on.
    pub(crate) fn probe(&mut self, next: u64) {
        self.next = next;
        self.state = ProgressState::Probe { paused: false };
        self.inflight.clear();
    }

    fn replicate(&mut self) {
        self.next = self.matched + 1;
        self.state = ProgressState::Replicate;
        self.inflight.clear();
    }

    /// A snapshot of this index was sent.
    pub fn snapshot(&mut self, index: u64) {
        self.state = ProgressState::Snapshot { index };
        self.inflight.clear();
    }

    /// It has lost entries that it held; entries sent from this round on are not affected.
    pub fn forget(&mut self, next: u64, round: u64) {
        self.matched = 0;
        self.lost_in = round;
        self.probe(next);
    }

    /// It answered: something may be sent again, even if an append was lost.
    pub(crate) fn resume(&mut self, max_inflight: usize) {
        match &mut self.state {
            ProgressState::Probe { paused } => *paused = false,
            ProgressState::Replicate if self.inflight.len() >= max_inflight => {
                self.inflight.pop_front();
            }
            ProgressState::Replicate | ProgressState::Snapshot { .. } => {}
        }
    }
}
