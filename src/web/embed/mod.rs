//! The lab in a frame of a course page: the messages it posts to the parent page, and those it accepts from it.
//!
//! There are two protocols, and `docs/embedding.md` is the contract of both. A parent that says the second one's hello
//! speaks that one from then on; to any other the frame speaks the first (`first`). Guarantees: messages are accepted
//! from the parent window only; what is about a learner goes to the origin that the parent has named, and nowhere else;
//! what the parent said before the program was there is heard; no flood of messages makes the page slow or is answered
//! message by message. Nothing but `load` refers to the code below this folder, so it is a chunk of its own. Leaves
//! out: how the views apply what is asked of them (`ui::app`).

mod answers;
mod calm;
mod dispatch;
mod first;
mod height;
mod host;
mod message;
mod rates;
mod report;
mod start;

use std::rc::Rc;

use super::address::Theme;
use super::frame::{Controls, Faults};
use super::session::Session;
use quorum_i18n::Lang;

/// How the parent page wants the frame to look, and what a learner may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Another language.
    pub lang: Option<Lang>,
    /// Another theme.
    pub theme: Option<Theme>,
    /// Other controls.
    pub controls: Option<Controls>,
    /// Other faults.
    pub faults: Option<Faults>,
}

/// What the parent page wants to be opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// A lesson, by slug.
    pub lesson: Option<String>,
    /// A topology, where no lesson is named.
    pub topology: Option<String>,
    /// The seed.
    pub seed: Option<u64>,
    /// The step that a lesson opens with.
    pub step: Option<u32>,
    /// The virtual time that the run goes to, in microseconds.
    pub moment: Option<u64>,
    /// A saved run, which has been read before, in place of all that.
    pub state: Option<String>,
}

/// What a parent page asks of the page in the frame.
#[derive(Clone)]
pub struct Asked {
    /// Called with a wish.
    pub onwish: Rc<dyn Fn(Wish)>,
    /// Called with what is to be opened.
    pub onload: Rc<dyn Fn(Load)>,
    /// Called when the run is to start over, without what it stored.
    pub onreset: Rc<dyn Fn()>,
}

/// Starts posting and listening, for as long as the page lives. Does nothing where there is no parent.
type Start = fn(&Session, Asked);

crate::chunk::kept_code! {
    /// Fetches what a frame needs.
    page_frame: Start = start::start
}
