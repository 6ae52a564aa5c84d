//! Every failover of a report on its own: its figures, and the run that a page replays.
//!
//! Guarantees: a replay has the settings, the seed and the actions of the drill at their times, so that it repeats it
//! to the last event; tests that share a cluster are one run. Leaves out: replays of disasters, whose operators read a
//! runbook, and of the drill that a lesson plays.

use serde::{Deserialize, Serialize};

use super::disasters;
use super::plan::Plan;
use super::report::{Drilled, RunReport};
use super::suites;
use super::targets::Targets;
use quorum_facade::Command;
use quorum_facade::swarm::{Replay, TimedCommand, WorldKind};
use quorum_types::Refusal;

/// The number of failovers that have a cell.
pub const MOST: usize = 1_000;

/// A failover.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// What was played.
    pub scenario: String,
    /// Its seed.
    pub seed: u64,
    /// Its RTO; `None` if no client saw an error or service did not come back.
    pub rto_ms: Option<f64>,
    /// Requests that failed.
    pub failed: u64,
    /// Acknowledged writes that are lost.
    pub lost: u64,
    /// Whether every target was met.
    pub met: bool,
    /// The run, as the address of a page has it (`run=`); none where it cannot be replayed.
    pub run: Option<String>,
}

/// The order of severity: what misses a target first, then lost writes, then what never came back, then the RTO, then
/// failed requests.
pub fn worst(cells: &[Cell]) -> Option<&Cell> {
    let key = |cell: &Cell| {
        let stuck = cell.rto_ms.is_none() && cell.failed > 0;
        let rto_us = cell.rto_ms.map_or(0, |ms| (ms * 1_000.0).max(0.0) as u64);
        (!cell.met, cell.lost, stuck, rto_us, cell.failed)
    };
    // Of equals the first.
    cells.iter().rev().max_by_key(|cell| key(cell))
}

/// The cells of a report.
pub(super) fn cells(drilled: &Drilled, plan: &Plan) -> Result<Vec<Cell>, Refusal> {
    let whole = suites::shared(&drilled.scenario);
    let mut cells = Vec::new();
    for run in &drilled.runs {
        if run.parts.is_empty() || whole {
            cells.push(cell(&drilled.scenario, run, plan)?);
        } else {
            for part in &run.parts {
                cells.push(cell(&part.scenario, &part.run, plan)?);
            }
        }
        if cells.len() >= MOST {
            break;
        }
    }
    cells.truncate(MOST);
    Ok(cells)
}

fn cell(scenario: &str, run: &RunReport, plan: &Plan) -> Result<Cell, Refusal> {
    Ok(Cell {
        scenario: scenario.to_owned(),
        seed: run.seed,
        rto_ms: run.rto_ms,
        failed: run.queries.failed,
        // Of the lab's own runs, which alone have cells, it is always known.
        lost: run.rpo.lost().unwrap_or(0),
        met: run.met(),
        run: replay(run, plan)?,
    })
}

/// The text of a run that does the same.
fn replay(run: &RunReport, plan: &Plan) -> Result<Option<String>, Refusal> {
    if run.actions.is_empty() || disasters::drills(&plan.scenario).is_some() {
        return Ok(None);
    }
    let (_, settings) = Targets::split(&plan.set)?;
    let actions = run.actions.iter();
    let actions =
        actions.map(|(t_us, action)| TimedCommand { t_us: *t_us, command: Command::Milvus(action.clone()) });
    let replay = Replay {
        world: WorldKind::Milvus,
        nodes: 0,
        seed: run.seed,
        settings,
        off: Vec::new(),
        actions: actions.collect(),
    };
    // Every action can be written as JSON.
    Ok(serde_json::to_string(&replay).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, Brief};
    use quorum_facade::Lab;

    fn brief(scenario: &str, runs: u64, set: &[(&str, u64)]) -> (Brief, Drilled) {
        let set = set.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let plan = Plan { scenario: scenario.to_owned(), seed: Some(11), runs, set, runbook: None };
        let drilled = Batch::new(plan.clone()).and_then(Batch::finish).expect("drills").0;
        (Brief::of(&drilled, &plan).expect("a plan"), drilled)
    }

    /// The digest of a replay at a moment.
    fn digest_at(run: &str, us: u64) -> String {
        let replay: Replay = serde_json::from_str(run).expect("a replay");
        let mut lab = Lab::replay(&replay, "en").expect("it replays");
        lab.advance(us, u32::MAX);
        lab.digest()
    }

    #[test]
    fn a_replay_repeats_the_drill_to_the_last_event() {
        for (scenario, set, ends_s) in [
            ("failover-proxy", &[("health_check_ms", 4_000), ("rto_target_ms", 9_000)][..], 60),
            ("failover-partition", &[], 80),
        ] {
            let (brief, drilled) = brief(scenario, 1, set);
            let run = brief.cells[0].run.as_deref().expect("a replay");
            assert_eq!(digest_at(run, ends_s * 1_000_000), drilled.runs[0].digest, "{scenario}");
        }
    }

    #[test]
    fn each_failover_has_its_cell_and_tests_of_one_cluster_share_one() {
        let (all, _) = brief("failover-all", 1, &[]);
        assert_eq!(all.cells.len(), 7);
        assert!(all.cells.iter().all(|cell| cell.run.is_some() && cell.seed == 11));
        let (shared, drilled) = brief("failover-worker", 1, &[]);
        assert_eq!(shared.cells.len(), 1);
        let replay: Replay =
            serde_json::from_str(shared.cells[0].run.as_deref().expect("one")).expect("read");
        assert_eq!(replay.actions.len(), drilled.runs[0].parts.len());
        let (disaster, _) = brief("dr-drill", 1, &[]);
        assert!(!disaster.cells.is_empty() && disaster.cells.iter().all(|cell| cell.run.is_none()));
    }

    #[test]
    fn the_worst_misses_a_target_then_loses_writes_then_never_comes_back() {
        let cell = |seed: u64, met: bool, lost: u64, rto_ms: Option<f64>, failed: u64| Cell {
            seed,
            met,
            lost,
            rto_ms,
            failed,
            ..Cell::default()
        };
        let mut cells = vec![cell(1, true, 0, Some(9_000.0), 3), cell(2, true, 0, Some(9_500.0), 1)];
        let seed = |cells: &[Cell]| worst(cells).map(|cell| cell.seed);
        assert_eq!(seed(&cells), Some(2));
        cells.push(cell(3, true, 0, None, 40));
        assert_eq!(seed(&cells), Some(3));
        cells.push(cell(4, false, 0, Some(100.0), 1));
        assert_eq!(seed(&cells), Some(4));
        cells.push(cell(5, false, 1, Some(50.0), 1));
        cells.push(cell(6, false, 1, Some(50.0), 1));
        assert_eq!(seed(&cells), Some(5), "of equals the first");
        assert_eq!(worst(&[]), None);
    }
}
