//! Drill reports that the learner keeps in this browser: one entry of `localStorage`.
//!
//! Promises: what is kept is read as a stranger's file is, so that a spoiled entry is as if there were none; another report
//! of the same scenario under the same label takes the older one's place. Leaves out: comparing them (`drill::trend`).

use super::address::local_storage;
use quorum_drill::trend::{self, MOST_POINTS, Point};

/// The entry's name.
const KEY: &str = "quorum-lab/drill-reports";

/// The reports that are kept.
pub fn kept() -> Vec<Point> {
    let text = local_storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    text.and_then(|text| trend::read("", &text).ok()).unwrap_or_default()
}

/// Keeps more reports, the oldest going where there are too many; whether the browser did.
pub fn keep(more: Vec<Point>) -> bool {
    let mut all = kept();
    for point in more {
        all.retain(|known| (&known.scenario, &known.label) != (&point.scenario, &point.label));
        all.push(point);
    }
    let surplus = all.len().saturating_sub(MOST_POINTS);
    all.drain(..surplus);
    local_storage().is_some_and(|storage| storage.set_item(KEY, &trend::write(&all)).is_ok())
}

/// Forgets them all.
pub fn erase() {
    if let Some(storage) = local_storage() {
        // Where this is refused nothing was kept.
        drop(storage.remove_item(KEY));
    }
}
