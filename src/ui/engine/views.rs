//! The views of a single engine as the page calls them, and how the page gets them.
//!
//! Guarantees: with the feature `split` nothing but `load` refers to the views, so that they are a chunk of their own.
//! Leaves out: what each view shows.

use yew::prelude::*;

use crate::ui::panel::{PanelProps, panel};
use crate::ui::wal::{StageProps, wal_stage};
use quorum_i18n::Lang;

/// The views of a single engine.
#[derive(Clone, Copy)]
pub(crate) struct EngineViews {
    /// The stage.
    pub(crate) stage: fn(Lang, &StageProps) -> Html,
    /// The panel beside the stage.
    pub(crate) panel: fn(Lang, &PanelProps) -> Html,
}

crate::chunk::code! {
    /// Fetches the views of a single engine.
    engine_views: EngineViews = EngineViews { stage: wal_stage, panel }
}
