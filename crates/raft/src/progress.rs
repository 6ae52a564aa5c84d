//! What a leader knows of each follower, and how much it sends before it hears back.
//!
//! A follower is first *probed*: one append at a time until one is taken. Then appends follow each other without
//! waiting, at most a window of them (thesis 10.2.1). One whose next entry was compacted gets a *snapshot* and
//! nothing else until it is in. Promises: `matched` never goes back but when the follower says that it lost data, and
//! what it acknowledged before that does not bring it forward again.
//! Leaves out: what is sent.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// What a leader knows of a follower.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The next index to send.
    pub next: u64,
    /// Known to be held durably up to here.
    pub matched: u64,
    /// How it is sent to.
    pub state: Flow,
    /// The last index of each append that is not answered.
    pub(crate) inflight: VecDeque<u64>,
    /// Whether it was heard since the last check of the quorum.
    pub heard: bool,
    /// The latest round it has answered.
    pub round: u64,
    /// It said in this round that it had lost data: what it acknowledges of earlier rounds it may have lost since.
    pub(crate) lost_in: u64,
}

/// How a follower is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flow {
    /// One append at a time.
    Probe {
        /// Whether one is not answered.
        paused: bool,
    },
    /// One after the other.
    Replicate,
    /// Only a snapshot, of this index.
    Snapshot {
        /// Its index.
        index: u64,
    },
}

impl Progress {
    /// A follower of which nothing is known but that it may lack everything behind `next`.
    pub fn new(next: u64) -> Self {
        Self {
            next,
            matched: 0,
            state: Flow::Probe { paused: false },
            inflight: VecDeque::new(),
            heard: false,
            round: 0,
            lost_in: 0,
        }
    }

    /// Whether nothing may be sent to it now.
    pub fn paused(&self, max_inflight: usize) -> bool {
        match self.state {
            Flow::Probe { paused } => paused,
            Flow::Replicate => self.inflight.len() >= max_inflight,
            Flow::Snapshot { .. } => true,
        }
    }

    /// Entries up to `last` were sent.
    pub fn sent(&mut self, last: u64, entries: usize) {
        match &mut self.state {
            Flow::Replicate if entries > 0 => {
                self.next = last + 1;
                self.inflight.push_back(last);
            }
            Flow::Probe { paused } => *paused = true,
            Flow::Replicate | Flow::Snapshot { .. } => {}
        }
    }

    /// It holds everything up to `index`; whether that is news.
    pub(crate) fn accepted(&mut self, index: u64) -> bool {
        let news = index > self.matched;
        self.matched = self.matched.max(index);
        self.next = self.next.max(index + 1);
        match self.state {
            Flow::Probe { .. } => self.replicate(),
            Flow::Replicate => while self.inflight.pop_front_if(|last| *last <= index).is_some() {},
            Flow::Snapshot { index: pending } if self.matched >= pending => self.replicate(),
            Flow::Snapshot { .. } => {}
        }
        news
    }

    /// It refused the append behind `refused`, and may agree up to `back`; whether that is news.
    pub fn refused(&mut self, refused: u64, back: u64) -> bool {
        let stale = match self.state {
            Flow::Replicate => refused <= self.matched,
            // A follower that refuses what it acknowledged has lost it, and says so in other words (`repair`).
            Flow::Probe { .. } => refused != self.next - 1 || refused < self.matched,
            Flow::Snapshot { .. } => true,
        };
        if stale {
            return false;
        }
        let next = if self.state == Flow::Replicate {
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
        self.state = Flow::Probe { paused: false };
        self.inflight.clear();
    }

    fn replicate(&mut self) {
        self.next = self.matched + 1;
        self.state = Flow::Replicate;
        self.inflight.clear();
    }

    /// A snapshot of this index was sent.
    pub fn snapshot(&mut self, index: u64) {
        self.state = Flow::Snapshot { index };
        self.inflight.clear();
    }

    /// It has lost what it held; what is sent from this round on it will not have lost.
    pub fn forget(&mut self, next: u64, round: u64) {
        self.matched = 0;
        self.lost_in = round;
        self.probe(next);
    }

    /// It is there: something may be sent again, though an append may have been lost.
    pub(crate) fn stirred(&mut self, max_inflight: usize) {
        match &mut self.state {
            Flow::Probe { paused } => *paused = false,
            Flow::Replicate if self.inflight.len() >= max_inflight => {
                self.inflight.pop_front();
            }
            Flow::Replicate | Flow::Snapshot { .. } => {}
        }
    }
}
