//! A figure of a note with ours next to it, as a report stores it.
//!
//! Leaves out: which figures exist, and how they are measured (`notes`).

use serde::{Deserialize, Serialize};

/// What a figure is counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Milliseconds.
    #[default]
    Ms,
    /// Milliseconds of a test's length, which are shown in seconds.
    Elapsed,
    /// Pieces.
    Count,
    /// A share from 0 to 1.
    Share,
    /// Answers a second.
    PerS,
    /// Per cent more.
    Percent,
}

/// A figure of a note with ours beside it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Beside {
    /// The figure's name.
    pub id: String,
    /// The note, from 1.
    pub note: u32,
    /// Where it is measured here.
    pub scenario: String,
    /// What it is counted in.
    pub unit: Unit,
    /// What the note does: `example`, `band`, `below` or `above`.
    pub says: String,
    /// The example or the bound; of a band its lower end.
    pub value: f64,
    /// A band's upper end.
    #[serde(default)]
    pub upto: Option<f64>,
    /// Our figure; `None` if there is none, such as an RTO if no client saw an error.
    pub ours: Option<f64>,
    /// Whether a band or a bound holds.
    #[serde(default)]
    pub holds: Option<bool>,
}

quorum_types::sparse!(Beside {
    id: "id",
    note: "note",
    scenario: "scenario",
    unit: "unit",
    says: "says",
    value: "value",
    upto: "upto" if Option::is_some,
    ours: "ours",
    holds: "holds" if Option::is_some,
});
