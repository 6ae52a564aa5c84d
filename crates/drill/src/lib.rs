//! Drills: faults that are played on purpose, many times, and what they cost, measured from events alone.
//!
//! Failovers are played in a replica set (`suites::LEADER`) or in a Milvus cluster ([`suites`]), disasters in two regions
//! ([`disasters`], with what they are asked in [`terms`]).
//!
//! A [`Plan`] names a scenario, a seed, how many runs and what is set; a [`Batch`] plays it in slices of a size that its
//! host chooses, and has a report at any time; [`export`] writes the report for other programs and for paper. [`odds`]
//! is the arithmetic behind it: how many failures so many nodes bear, and how likely more are. [`load`] measures clusters
//! without faults: searches a second, and what copies cost a write.
//!
//! Guarantees: run k of N uses seed S+k; every figure but the phases is computed from the events, and what is lost from
//! the world's own audit besides; the same plan gives the same report, in slices of any size. Leaves out: threads,
//! files, the wall clock (the hosts), and worlds (`lab`).

pub mod batch;
mod beside;
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
mod page;
pub mod plan;
pub mod quorum_math;
pub mod region;
pub mod report;
pub mod suites;
pub mod summary;
mod targets;
#[cfg(test)]
mod tests;
pub mod text;
pub mod trend;

pub use batch::{Batch, Progress};
pub use measure_regions::stage;
pub use plan::{Plan, SettingValue, preset, scenarios, settings};
pub use region::Region;
pub use report::{
    Drilled, Grade, Latency, Line, LostWrite, OutageReport, Part, PhaseMs, Queries, Rpo, RunReport, Spread,
    StepReport, Survival, Target,
};
pub use suites::{ALL, SUITES, Suite};
pub use summary::Brief;
pub use targets::{TARGETS, Targets};
