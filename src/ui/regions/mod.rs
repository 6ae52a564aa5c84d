//! The page's view of two regions: their cards with the link, the bucket and the operations panel between them, the
//! actions on them, and the cost of a disaster.
//!
//! Guarantees: every figure is one of [`RegionsFacts`] or of the snapshot around them; what no participant in the run
//! can know yet (a damaged backup, a hidden fault) is not shown; where the course and real systems differ, the view
//! says which of the two it shows. Leaves out: playing disasters by the thousand (`drill`).

mod acts;
pub mod answers;
pub mod axis;
mod backups;
pub mod compare;
pub mod config;
pub mod cost;
pub mod disasters;
pub mod drills;
pub mod dump;
pub mod handbook;
mod inspect;
pub mod narrate;
pub mod region_actions;
mod region_cards;
pub mod rto_rpo;
pub mod runbook;
pub mod setup;
pub mod stage;
pub mod time;
pub(crate) mod time_skip;
pub mod tools;
pub mod views;

use yew::prelude::*;

use crate::ui::look;
pub(crate) use crate::ui::milvus::list;
use crate::ui::tuning;
use crate::web::styles::Style;
use quorum_facade::regions::settings::{ALL, Settings};
use quorum_facade::snapshot::{RegionsFacts, Snapshot};
use quorum_i18n::Lang;

/// The name of two regions' topology.
pub(crate) const TOPOLOGY: &str = crate::web::needs::REGIONS;

/// The style of these views, once per page; it includes what they share with a cluster's.
pub fn style() -> Html {
    html! { <>{ crate::ui::milvus::style() }{ look(Style::Regions) }</> }
}

/// Whether a topology names two regions.
pub fn is_regions(topology: &str) -> bool {
    topology.split(':').next() == Some(TOPOLOGY)
}

/// The facts of two regions, if the run has them.
pub(crate) fn facts(now: &Snapshot) -> Option<&RegionsFacts> {
    now.regions.as_deref()
}

/// A setting's value in the run, else its default.
pub(crate) fn value_of(facts: &RegionsFacts, name: &str) -> u64 {
    let reported = facts.settings.iter().find(|(reported, _)| reported == name).map(|(_, value)| *value);
    reported.or_else(|| Settings::default().value(name)).unwrap_or(0)
}

/// A setting's value in a topology, else its default.
pub fn asked(topology: &str, name: &str) -> u64 {
    tuning::asked(ALL, topology, name)
}

/// The settings of the run that differ from their defaults, in the order of the table.
pub(crate) fn changed(facts: &RegionsFacts) -> Vec<(String, u64)> {
    let values = ALL.iter().map(|setting| (setting, value_of(facts, setting.name)));
    let changed = values.filter(|(setting, value)| *value != setting.default);
    changed.map(|(setting, value)| (setting.name.to_owned(), value)).collect()
}

/// The topology with these settings where they differ from the defaults, in the order of the table.
pub fn topology_with(changed: &[(String, u64)]) -> String {
    tuning::topology_with(TOPOLOGY, ALL, changed)
}

/// A region's name; for any other number, the text for a host that is gone.
pub(crate) fn region(lang: Lang, region: usize) -> String {
    match region {
        0 => lang.t("rg-beijing"),
        1 => lang.t("rg-shanghai"),
        _ => lang.t("rg-nowhere"),
    }
}

/// A collection's name, as the course's knowledge base calls it.
pub(crate) fn collection(collection: u32) -> &'static str {
    match collection {
        0 => "company_docs",
        1 => "product_docs",
        _ => "faq_docs",
    }
}
