//! Orders and settings of snapshots and imports in generated schedules.
//!
//! About half of the seeds have them. They come from random streams of their own, so that the faults of a seed are the
//! same with them and without. Guarantees: as `generate`. Leaves out: everything else in a schedule (`generate`).

use super::Action;
use super::rules::Rule;
use quorum_sim::swarm::Timed;
use quorum_types::{MS, Micros, Rng};

/// The random stream of the settings.
const SETTINGS: u64 = (1 << 40) + 2;
/// The one of the orders.
const ORDERS: u64 = SETTINGS + 1;

/// Whether a seed has orders.
fn has_orders(seed: u64, off: Option<Rule>) -> bool {
    match off {
        None => Rng::new(seed, SETTINGS).below(2) == 0,
        Some(rule) => protects_kept(rule),
    }
}

fn protects_kept(rule: Rule) -> bool {
    matches!(rule, Rule::SnapshotPinsSegments | Rule::ImportAllOrNothing)
}

/// The settings of snapshots and imports.
pub(super) fn settings(seed: u64, off: Option<Rule>) -> Vec<(String, u64)> {
    if !has_orders(seed, off) {
        return Vec::new();
    }
    let mut rng = Rng::new(seed, SETTINGS);
    rng.below(2);
    let mut one_of = |some: &[u64]| some[rng.below(some.len() as u64) as usize];
    let pins = off == Some(Rule::SnapshotPinsSegments);
    let whole = off == Some(Rule::ImportAllOrNothing);
    let settings = [
        ("gc_tolerance_ms", if pins { 100 } else { one_of(&[100, 1_000, 60_000]) }),
        ("snapshot_pending_s", one_of(&[1, 2])),
        ("job_timeout_s", one_of(&[3, 20])),
        ("import_part_rows", if whole { 5 } else { one_of(&[5, 20]) }),
        ("preimport_rows_per_s", if whole { 10_000 } else { one_of(&[50, 1_000]) }),
        ("import_rows_per_s", if whole { 10 } else { one_of(&[20, 200]) }),
    ];
    let more = if pins { vec![("seal_rows", 8), ("insert_interval_ms", 40)] } else { Vec::new() };
    settings.into_iter().chain(more).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The orders of a seed between two moments.
pub(super) fn orders(seed: u64, off: Option<Rule>, from: Micros, until: Micros) -> Vec<Timed<Action>> {
    let mut orders = Vec::new();
    if !has_orders(seed, off) {
        return orders;
    }
    let mut rng = Rng::new(seed, ORDERS);
    let mut gap_us = [200 * MS, 500 * MS, 1_200 * MS][rng.below(3) as usize];
    if off == Some(Rule::ImportAllOrNothing) {
        gap_us *= 10;
    }
    let mut at = from + rng.below(400 * MS);
    while at < until {
        let action = order(&mut rng, off);
        orders.push(Timed { t_us: at, action });
        at += 1 + rng.below(2 * gap_us);
    }
    orders
}

fn order(rng: &mut Rng, off: Option<Rule>) -> Action {
    let snapshot = 1 + rng.below(3);
    let kind = match off {
        Some(Rule::SnapshotPinsSegments) => [0, 1, 1, 1, 5][rng.below(5) as usize],
        Some(Rule::ImportAllOrNothing) => 4,
        _ => rng.below(9),
    };
    match kind {
        0 => Action::FlushCollection,
        1 => Action::CreateSnapshot { snapshot },
        2 => Action::RestoreSnapshot { snapshot, apart: rng.below(3) == 0 },
        4 if off.is_some() => Action::ImportRows { rows: 40, bad: false },
        3 | 4 => Action::ImportRows { rows: 1 + rng.below(60), bad: rng.below(6) == 0 },
        5 => Action::TruncateCollection,
        6 => Action::DropSnapshot { snapshot },
        7 => Action::ListSnapshots,
        _ => Action::DropJob { job: 1 + rng.below(20) },
    }
}
