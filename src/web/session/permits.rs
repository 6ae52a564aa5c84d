//! The faults that a learner may use in this frame.
//!
//! Guarantees: every command passes here, whether a button, a key, the palette or a script gave it; what ends a fault,
//! and what is none, is always permitted; a lesson's own action needs every fault that it uses. The solution that the
//! lab itself shows is not a learner's fault. Leaves out: which faults there are (`frame`, the façade), and what a
//! lesson forbids (the lab).

use std::cell::RefCell;

use super::Session;
use crate::web::frame::{Faults, PULL_PLUG};
use quorum_facade::{Command, Control, stock};
use quorum_lesson::{Move, find, manifest};

/// How deep actions that consist of actions are followed.
const DEPTH: u32 = 4;

thread_local! {
    static FAULTS: RefCell<Faults> = RefCell::default();
}

/// Sets the faults that may be used in this page.
pub fn offer(faults: Faults) {
    FAULTS.set(faults);
}

/// Whether the command of this word may be used.
pub fn offers(op: &str) -> bool {
    FAULTS.with_borrow(|faults| faults.allows(op))
}

/// Whether the plug may be pulled.
pub fn offers_plug() -> bool {
    offers(PULL_PLUG)
}

impl Session {
    /// Whether a command may be used.
    pub fn permits(&self, command: &Command) -> bool {
        if FAULTS.with_borrow(|faults| *faults == Faults::All) {
            return true;
        }
        match command {
            Command::Control(Control::Act { name }) => {
                let lesson = self.request().and_then(|request| request.lesson);
                offers_act(lesson.as_deref(), name, DEPTH)
            }
            other => offers(&other.op()),
        }
    }
}

/// Whether all faults of a lesson's action may be used.
fn offers_act(lesson: Option<&str>, name: &str, depth: u32) -> bool {
    let own = lesson
        .and_then(|slug| find(manifest::base(slug)))
        .and_then(|lesson| lesson.course.actions.get(name).cloned());
    let moves = own.or_else(|| stock(name)).unwrap_or_default();
    moves.iter().all(|made| match made {
        Move::Do(action) => offers(&action.op),
        Move::Act(inner) => depth > 0 && offers_act(lesson, inner, depth - 1),
        _ => true,
    })
}
