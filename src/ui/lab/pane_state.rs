//! The page's state beside the run.
//!
//! Guarantees: it belongs to the page and is dropped with it; state about erased data is cleared. Leaves out: what is
//! done with it (`dispatch`, `keyboard`) and drawing it (`panes`).

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use yew::prelude::*;

use crate::ui::backup::Restoring;
use crate::ui::cluster::Pick;
use crate::ui::proof::{Found, Proving};
use crate::ui::timeline_window::Window;
use crate::ui::watch::View;
use quorum_facade::Rule;
use quorum_facade::snapshot::Snapshot;

/// How long a notice is shown, in milliseconds.
const NOTICE_MS: u32 = 6_000;

/// The page's state beside the run: selection, answers, a notice, expanded sections.
#[derive(Clone)]
pub(super) struct PaneState {
    pub(super) pick: UseStateHandle<Option<Pick>>,
    /// Whether the instruments are shown where there is room for one pane only.
    pub(super) instruments: UseStateHandle<bool>,
    pub(super) found: UseStateHandle<Option<Rc<Found>>>,
    pub(super) proving: UseStateHandle<Proving>,
    /// The progress of restoring a backup.
    pub(super) restoring: UseStateHandle<Restoring>,
    pub(super) notice: UseStateHandle<Option<String>>,
    /// Whether the link was copied; none before that was requested.
    pub(super) copied: UseStateHandle<Option<bool>>,
    /// Whether erasing waits for confirmation.
    pub(super) asking: UseStateHandle<bool>,
    /// Whether the whole narration is shown.
    pub(super) unfolded: UseStateHandle<bool>,
    /// Whether the rules are expanded, and which of them shows its details.
    pub(super) rules: UseStateHandle<(bool, Option<Rule>)>,
    /// The part of the run that the timeline shows.
    pub(super) window: UseStateHandle<Option<Window>>,
    /// Whether the dialog for sharing is open.
    pub(super) sharing: UseStateHandle<bool>,
    /// Whether the palette is open.
    pub(super) palette: UseStateHandle<bool>,
    /// Whether the additional tools are expanded.
    pub(super) more: UseStateHandle<bool>,
    /// The last snapshot before a pulled plug that no longer matters: its data was erased on purpose.
    pub(super) forgotten: UseStateHandle<Option<Rc<Snapshot>>>,
    pub(super) notice_timer: Rc<std::cell::RefCell<Option<Timeout>>>,
}

impl PaneState {
    pub(super) fn pick(&self) -> Option<Pick> {
        *self.pick
    }

    /// The last snapshot before the plug was pulled, unless it was dismissed.
    pub(super) fn before(&self, view: &View) -> Option<Rc<Snapshot>> {
        let aside =
            |before: &Rc<Snapshot>| self.forgotten.as_ref().is_some_and(|old| Rc::ptr_eq(old, before));
        view.before.clone().filter(|before| !aside(before))
    }

    /// Clears the state that belongs to the erased data.
    pub(super) fn clear(&self, view: &View) {
        self.found.set(None);
        self.proving.set(Proving::No);
        self.forgotten.set(view.before.clone());
    }

    pub(super) fn say(&self, text: String) {
        self.notice.set(Some(text));
        let notice = self.notice.clone();
        *self.notice_timer.borrow_mut() = Some(Timeout::new(NOTICE_MS, move || notice.set(None)));
    }
}

/// The state for a run that was opened `boot` times.
#[hook]
pub(super) fn use_pane_state(replays: bool, boot: u32) -> PaneState {
    let notice = use_state_eq(|| None::<String>);
    {
        let notice = notice.clone();
        // What was said before a run was reopened does not hold for it.
        use_effect_with(boot, move |_| notice.set(None));
    }
    PaneState {
        pick: use_state_eq(|| None),
        instruments: use_state_eq(|| replays),
        found: use_state_eq(|| None),
        proving: use_state_eq(Proving::default),
        restoring: use_state(Restoring::default),
        notice,
        copied: use_state_eq(|| None),
        asking: use_state_eq(|| false),
        unfolded: use_state_eq(|| false),
        rules: use_state_eq(|| (false, None)),
        window: use_state_eq(|| None),
        sharing: use_state_eq(|| false),
        palette: use_state_eq(|| false),
        more: use_state_eq(|| false),
        forgotten: use_state_eq(|| None),
        notice_timer: use_mut_ref(|| None),
    }
}
