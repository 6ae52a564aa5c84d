//! The targets of a run, and the assumptions about the number of its failures.
//!
//! Guarantees: every default has its source. Leaves out: the additional settings of a disaster drill (`dr_settings`).

use quorum_facade::Setting;
use quorum_types::Refusal;

/// The targets of a run, and the assumptions about the number of its failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Targets {
    /// The RTO has to be below this; 0 for no such target.
    pub rto_ms: u64,
    /// Failed requests have to be fewer; 0 for no such target.
    pub failed: u64,
    /// The RPO has to be below this; 0 for no such target.
    pub rpo_ms: u64,
    /// Requests that have to be answered, per thousand; 0 for no such target.
    pub(crate) success_permille: u64,
    /// Whether no acknowledged write may be lost.
    pub(crate) lossless: bool,
    /// Failures a month, for the downtime by failures.
    pub failures_per_month: u64,
}

/// The settings of a drill itself.
pub const TARGETS: [Setting; 4] = [
    target("rto_target_ms", "ms", 15_000, 3_600_000, "course note 2: RTO < 15 s; 0 for no target"),
    target(
        "failed_target",
        "requests",
        10,
        1_000_000,
        "course note 2: fewer than 10 failed; 0 for no target",
    ),
    target(
        "success_target_permille",
        "‰",
        0,
        1_000,
        "model: none; Milvus's chaos tests ask for 990 (preset milvus); 0 for no target",
    ),
    target("failures_per_month", "failures", 1, 10_000, "model: what the downtime by failures assumes"),
];

const fn target(
    name: &'static str,
    unit: &'static str,
    default: u64,
    max: u64,
    source: &'static str,
) -> Setting {
    Setting { name, unit, default, min: 0, max, source }
}

impl Default for Targets {
    fn default() -> Self {
        Self::of(TARGETS.map(|setting| setting.default))
    }
}

impl Targets {
    pub(crate) fn of([rto_ms, failed, success_permille, failures_per_month]: [u64; 4]) -> Self {
        Self { rto_ms, failed, rpo_ms: 0, success_permille, lossless: true, failures_per_month }
    }

    /// The targets among settings, and the others.
    pub fn split(set: &[(String, u64)]) -> Result<(Self, Vec<(String, u64)>), Refusal> {
        let mut values = TARGETS.map(|setting| setting.default);
        let mut others = Vec::new();
        for (name, value) in set {
            let Some(at) = TARGETS.iter().position(|setting| setting.name == name) else {
                others.push((name.clone(), *value));
                continue;
            };
            Setting::check(&TARGETS, name, *value)?;
            values[at] = *value;
        }
        Ok((Self::of(values), others))
    }

    pub(crate) fn values(self) -> [u64; 4] {
        [self.rto_ms, self.failed, self.success_permille, self.failures_per_month]
    }
}
