//! Drill reports that the learner keeps in this browser: one entry of `localStorage`.
//!
//! Guarantees: the entry is validated like an untrusted file, so that a corrupt entry counts as absent; a newer report
//! of the same scenario under the same label replaces the older one. Leaves out: comparing them (`drill::trend`).

use super::address::local_storage;
use quorum_drill::trend::{self, MOST_POINTS, Point};

/// The entry's name.
const KEY: &str = "quorum-lab/drill-reports";

/// The reports that are kept.
pub fn kept() -> Vec<Point> {
    let text = local_storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    text.and_then(|text| trend::read("", &text).ok()).unwrap_or_default()
}

/// Keeps more reports, dropping the oldest when there are too many; returns whether the browser stored them.
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
        // If this is refused, nothing was stored.
        drop(storage.remove_item(KEY));
    }
}
