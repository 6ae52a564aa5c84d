//! Power that fails at a moment of one's choosing.
//!
//! Promises: a trap springs once, at the next time that its moment comes, and leaves on the disk what a power cut at
//! that moment leaves. Leaves out: what is found afterwards (`recover`).

use super::Standalone;
use crate::event::{FaultEvent, Moment};

impl Standalone {
    /// Lets power fail at the next such moment; none for never.
    pub fn set_trap(&mut self, moment: Option<Moment>) {
        self.trap = moment;
    }

    /// Whether power fails now; `torn_bytes` of what was not durable stay.
    pub(super) fn springs(&mut self, moment: Moment, torn_bytes: u64) -> bool {
        if self.trap != Some(moment) {
            return false;
        }
        self.trap = None;
        self.emit(FaultEvent::TrapSprung { moment });
        self.kill(torn_bytes);
        true
    }
}
