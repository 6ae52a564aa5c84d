//! Rest: while nobody looks at a frame, no time passes in any run of the page, and nothing is played beside one.
//!
//! Guarantees: the pace stays as it was; commands are still executed and answered; what is opened meanwhile rests too.
//! Leaves out: when nobody looks (`embed`).

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::{Inner, Session};

#[derive(Default)]
struct Resting {
    on: bool,
    /// Every session of the page: the home page's stage has one of its own.
    sessions: Vec<Weak<Inner>>,
}

thread_local! {
    static RESTING: RefCell<Resting> = RefCell::default();
}

impl Session {
    /// Rests from now on if the page does.
    pub(super) fn join_resting(&self) {
        RESTING.with_borrow_mut(|resting| {
            resting.sessions.retain(|session| session.strong_count() > 0);
            resting.sessions.push(Rc::downgrade(&self.0));
            self.rest(resting.on);
        });
    }

    fn rest(&self, on: bool) {
        let mut state = self.0.state.borrow_mut();
        state.resting = on;
        for link in [&state.link, &state.search_worker].into_iter().flatten() {
            link.rest(on);
        }
    }
}

/// Lets every run of the page rest, or go on.
pub fn rest(on: bool) {
    RESTING.with_borrow_mut(|resting| {
        resting.on = on;
        resting.sessions.iter().filter_map(Weak::upgrade).for_each(|inner| Session(inner).rest(on));
    });
}

/// Whether the page rests.
pub fn rests() -> bool {
    RESTING.with_borrow(|resting| resting.on)
}
