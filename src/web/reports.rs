//! Reports of drills that this browser keeps, so that an address opens them without playing them again.
//!
//! Guarantees: an entry that cannot be read counts as absent; the oldest make room for new ones; where storage is
//! denied or full, the address still plays the drill. Leaves out: series of reports under dates (`trend`).

use serde::{Deserialize, Serialize};

use super::address::local_storage;
use super::clock::today;
use super::report_address;
use super::wire::DrillFacts;
use quorum_drill::{Brief, Plan};

/// The list of what is kept, newest first.
const INDEX: &str = "quorum-lab/reports";
/// The beginning of a report's entry; its name follows.
const ENTRY: &str = "quorum-lab/report/";
/// How many are kept.
const MOST: usize = 12;

/// A report that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Its name in addresses.
    pub report: String,
    /// The scenario.
    pub scenario: String,
    /// How many runs it is of.
    pub runs: u64,
    /// How many of them met every target.
    pub met: u64,
    /// The first seed.
    pub seed: u64,
    /// The day on which it was played, counted from 1 January 1970.
    pub day: u32,
}

/// The reports that are kept, newest first.
pub fn list() -> Vec<Kept> {
    let text = local_storage().and_then(|storage| storage.get_item(INDEX).ok().flatten());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// A report that is kept.
pub fn read(report: &str) -> Option<Brief> {
    let text = local_storage()?.get_item(&format!("{ENTRY}{report}")).ok().flatten()?;
    serde_json::from_str(&text).ok()
}

/// The name of the report of drills that are over and complete; none for others.
pub fn name_of(facts: &DrillFacts) -> Option<String> {
    let brief = facts.brief.as_ref()?;
    let whole = !facts.running && facts.fault.is_none() && facts.done == facts.total && facts.total > 0;
    let plan = Plan {
        scenario: brief.scenario.clone(),
        seed: Some(brief.seed),
        runs: facts.runs,
        set: brief.set.clone(),
        runbook: None,
    };
    // A runbook of its own is not part of a name.
    report_address::text(&plan).filter(|_| whole && brief.scenario != "dr-runbook")
}

/// Keeps the report of drills that are over and complete; others are not kept.
pub fn keep(facts: &DrillFacts) {
    let (Some(report), Some(brief), Some(storage)) = (name_of(facts), &facts.brief, local_storage()) else {
        return;
    };
    let (Ok(text), Some(all)) = (serde_json::to_string(brief), brief.all()) else { return };
    let mut kept = list();
    kept.retain(|other| other.report != report);
    kept.insert(
        0,
        Kept {
            report: report.clone(),
            scenario: brief.scenario.clone(),
            runs: all.line.runs,
            met: all.line.met,
            seed: brief.seed,
            day: today(),
        },
    );
    let forget = |old: Vec<Kept>| {
        for old in old {
            // If this is refused, nothing was stored.
            drop(storage.remove_item(&format!("{ENTRY}{}", old.report)));
        }
    };
    forget(kept.split_off(kept.len().min(MOST)));
    let entry = format!("{ENTRY}{report}");
    let mut stored = storage.set_item(&entry, &text).is_ok();
    if !stored {
        // Full: the others make room, once.
        forget(kept.split_off(1));
        stored = storage.set_item(&entry, &text).is_ok();
    }
    if !stored {
        kept.retain(|other| other.report != report);
    }
    if let Ok(index) = serde_json::to_string(&kept) {
        // Full or denied: the report can be played again.
        drop(storage.set_item(INDEX, &index));
    }
}

/// Forgets them all.
pub fn erase() {
    let Some(storage) = local_storage() else { return };
    for old in list() {
        // If this is refused, nothing was stored.
        drop(storage.remove_item(&format!("{ENTRY}{}", old.report)));
    }
    drop(storage.remove_item(INDEX));
}
