//! A drill's report as an address names it: `SCENARIO:seed=1,runs=10,NAME=VALUE,…`, in the manner of a topology.
//!
//! Drills are deterministic: scenario, seed, number of runs and settings are the report. Guarantees: what is written
//! is read back the same; what is malformed is nothing. Leaves out: whether there are such a scenario and such
//! settings (`drill`), and drills with a runbook of their own.

use quorum_drill::Plan;

/// The longest name of a report, in bytes.
const LONGEST: usize = 2_000;
/// The number of runs, where none is named.
pub const RUNS: u64 = 10;

/// The plan that a report's name stands for.
pub fn parse(text: &str) -> Option<Plan> {
    let (scenario, rest) = text.split_once(':').unwrap_or((text, ""));
    let word =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || b"0123456789-_".contains(&byte));
    if text.len() > LONGEST || scenario.is_empty() || !word(scenario) {
        return None;
    }
    let (scenario, seed) = (scenario.to_owned(), Some(1));
    let mut plan = Plan { scenario, seed, runs: RUNS, set: Vec::new(), runbook: None };
    for pair in rest.split(',').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let value: u64 = value.parse().ok()?;
        match name {
            "seed" => plan.seed = Some(value),
            "runs" => plan.runs = value,
            _ if !name.is_empty() && word(name) => plan.set.push((name.to_owned(), value)),
            _ => return None,
        }
    }
    Some(plan)
}

/// The name of a plan's report; none for a plan with a runbook.
pub fn text(plan: &Plan) -> Option<String> {
    if plan.runbook.is_some() {
        return None;
    }
    let set = plan.set.iter().map(|(name, value)| format!(",{name}={value}")).collect::<String>();
    Some(format!("{}:seed={},runs={}{set}", plan.scenario, plan.seed.unwrap_or(1), plan.runs))
}
