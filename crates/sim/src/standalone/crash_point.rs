//! Power failure at a chosen moment.
//!
//! Guarantees: a crash point is hit once, the next time that its moment occurs, and leaves on the disk what a power cut
//! at that moment leaves. Leaves out: recovery afterwards (`recover`).

use super::Standalone;
use crate::event::{FaultEvent, Moment};

impl Standalone {
    /// Sets the moment at whose next occurrence power fails; `None` clears it.
    pub fn set_crash_point(&mut self, moment: Option<Moment>) {
        self.crash_point = moment;
    }

    /// Cuts the power if the crash point is this moment, and returns whether it did; `torn_bytes` bytes of the unsynced
    /// data survive.
    pub(super) fn crash_point_hit(&mut self, moment: Moment, torn_bytes: u64) -> bool {
        if self.crash_point != Some(moment) {
            return false;
        }
        self.crash_point = None;
        self.emit(FaultEvent::TrapSprung { moment });
        self.kill(torn_bytes);
        true
    }
}
