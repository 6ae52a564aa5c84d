//! Which run an address names, and opening it.
//!
//! Guarantees: an address names the same run wherever it is opened; a run that is open already is left alone, unless a
//! host page wants it again. Leaves out: when something is opened (`app`).

use wasm_bindgen_futures::spawn_local;

use super::{course, worlds};
use crate::web::address::Address;
use crate::web::embed;
use crate::web::frame::Keeping;
use crate::web::session::{OpenRequest, Session};
use quorum_facade::{Command, Control};
use quorum_i18n::Lang;

/// A run is opened once more.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Again {
    /// With what it stored.
    Kept,
    /// Without.
    Erased,
}

/// Whether a run is kept: as the address says, by default unless it is a temporary one or its learner's progress is not
/// kept here either. A kept run cannot go to another moment.
pub(super) fn kept(address: &Address) -> bool {
    let here = address.progress.unwrap_or_default() == Keeping::Local;
    let usual = here && !course::is_borrowed(address.lesson.as_deref());
    address.moment.is_none() && address.kept.unwrap_or(usual)
}

/// The open request of an address; none on the home page.
pub(super) fn request(address: &Address, lang: Lang) -> Option<OpenRequest> {
    let opens = (address.lesson.is_some() || address.topology.is_some()) && !course::takes(address);
    opens.then(|| OpenRequest {
        lesson: address.lesson.clone(),
        topology: address.topology.clone(),
        seed: address.seed,
        lang: lang.code().to_owned(),
        kept: kept(address),
        speed: address.speed.or_else(|| usual_speed(address)),
        // A moment is there to be looked at.
        held: !address.autoplay.unwrap_or(address.moment.is_none()),
        erase: false,
        take_over: false,
        run: address.run.clone(),
    })
}

/// The speed of a run whose address names none: a replay begins at its beginning, paused; two regions, where people and
/// DNS take minutes, pass a minute in a second. A lesson has its own.
fn usual_speed(address: &Address) -> Option<f64> {
    if address.run.is_some() && address.autoplay != Some(true) {
        return Some(0.0);
    }
    let regions = address.topology.as_deref().is_some_and(worlds::is_regions);
    (regions && address.lesson.is_none()).then_some(60.0)
}

/// Opens what an address names, unless it is already open, and goes to its moment.
pub(super) fn open(session: &Session, address: &Address, lang: Lang, again: Option<Again>) {
    let Some(named) = request(address, lang) else { return };
    if again.is_none() && session.request().is_some_and(|open| open.is_run_of(&named)) {
        return;
    }
    session.open(OpenRequest { erase: again == Some(Again::Erased), ..named });
    if let Some(t_us) = address.moment {
        let session = session.clone();
        spawn_local(async move {
            // Addresses name no moment that a run refuses, and a run that is not opened says why.
            drop(session.execute(Command::Control(Control::Seek { t_us })).await);
        });
    }
}

/// The address of what a parent page loads, in the same frame.
pub(super) fn loaded(load: &embed::Load, address: &Address) -> Address {
    Address {
        lesson: load.lesson.clone(),
        topology: load.topology.clone(),
        seed: load.seed,
        step: load.step,
        moment: load.moment,
        run: load.state.clone(),
        view: None,
        report: None,
        ..address.clone()
    }
}
