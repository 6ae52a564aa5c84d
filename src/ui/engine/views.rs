//! The views of a single engine as the page calls them, and how the page gets them.
//!
//! Guarantees: with the feature `split` nothing but `load` refers to the views, so that they are a chunk of their own.
//! Leaves out: what each view shows.

use crate::ui::panel::panel;
use crate::ui::wal::wal_stage;
use crate::ui::world_views::EngineViews;

crate::chunk::code! {
    /// Fetches the views of a single engine.
    engine_views: EngineViews = EngineViews { stage: wal_stage, panel }
}
