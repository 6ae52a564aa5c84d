//! Power failure at a chosen moment.
//!
//! Guarantees: a trap springs once, the next time that its moment occurs, and leaves on the disk what a power cut at
//! that moment leaves. Leaves out: recovery afterwards (`recover`).

use super::Standalone;
use crate::event::{FaultEvent, Moment};

impl Standalone {
    /// Sets the moment at whose next occurrence power fails; none disarms the trap.
    pub fn set_trap(&mut self, moment: Option<Moment>) {
        self.trap = moment;
    }

    /// Cuts the power if the trap is set to this moment, and returns whether it did; `torn_bytes` bytes of the unsynced
    /// data survive.
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
