//! Drills: inject faults, many times, and measure their cost from events alone.
//!
//! Failovers are played in a replica set (`suites::LEADER`) or in a Milvus cluster ([`suites`]), disasters in two
//! regions ([`disasters`], with their settings in [`dr_settings`]).
//!
//! A [`Plan`] names a scenario, a seed, the number of runs and the settings; a [`Batch`] plays it in slices of a size
//! that its host chooses, and can report at any time; [`export`] writes the report for other programs and for paper.
//! [`promise`] makes of many runs a number to promise, and holds fresh runs to it. [`quorum_math`] is the underlying
//! arithmetic: how many failures a number of nodes tolerates, and how likely more are. [`load`] measures clusters
//! without faults: searches per second, and the cost of replicas for a write.
//!
//! Guarantees: run k of N uses seed S+k; every figure except the phases is computed from the events, and losses also
//! from the world's own audit; the same plan gives the same report, in slices of any size. Leaves out: threads, files,
//! the wall clock (the hosts), and worlds (`lab`).

pub mod batch;
mod beside;
pub mod cells;
mod cluster;
#[cfg(test)]
mod disaster_tests;
pub mod disasters;
pub mod dr_config;
pub mod dr_settings;
pub mod export;
pub mod handbook;
mod html_report_dr;
pub mod i18n_terms;
mod leader;
pub mod load;
mod measure;
mod measure_regions;
mod names;
pub mod notes;
#[cfg(test)]
mod outage_tests;
pub mod outside;
mod page;
pub mod plan;
pub mod promise;
pub mod quorum_math;
pub mod region;
pub mod report;
pub mod server_page;
pub mod suites;
pub mod summary;
mod targets;
#[cfg(test)]
mod tests;
pub mod text;
pub mod trend;

pub use batch::{Batch, Progress};
pub use measure_regions::stage;
pub use page::escaped;
pub use plan::{Plan, SettingValue, preset, scenarios, settings};
pub use region::Region;
pub use report::{
    Drilled, Grade, Latency, Line, LostWrite, OutageReport, Part, PhaseMs, Queries, Rpo, RunReport, Spread,
    StepReport, Survival, Target,
};
pub use suites::{ALL, SUITES, Suite};
pub use summary::Brief;
pub use targets::{TARGETS, Targets};
