//! Power cuts after which any unsynced sectors are there, and any unsynced removals took effect.

use super::Cluster;
use super::generate::make;
use super::swarm::Schedule;
use crate::action::Action;
use crate::swarm::{self, Limits};
use quorum_raft::Rule;

type Run = swarm::Run<Cluster>;

/// The schedule of a seed in which every power cut keeps sectors.
fn in_sectors(seed: u64, off: Option<Rule>) -> Schedule {
    let mut schedule = make(seed, off);
    for (at, timed) in (0..).zip(&mut schedule.actions) {
        if let Action::Kill { sectors, .. } | Action::PowerCut { sectors, .. } = &mut timed.action {
            *sectors = Some(seed * 1_000 + at);
        }
    }
    schedule
}

/// Runs schedules with power cuts that keep sectors; returns what broke, by name.
fn broken(seeds: std::ops::Range<u64>, off: Option<Rule>, set: &[(&str, u64)]) -> Vec<(u64, String)> {
    let mut broken = Vec::new();
    for seed in seeds {
        let mut schedule = in_sectors(seed, None);
        schedule.off.extend(off);
        for (name, value) in &mut schedule.settings {
            if let Some((_, other)) = set.iter().find(|(known, _)| known == name) {
                *value = *other;
            }
        }
        let run = Run::new(schedule, Limits { events: 3_000, until: None, mend: off.is_none() }, true).finish();
        broken.extend(run.violations.into_iter().map(|violation| (seed, violation.invariant)));
    }
    broken
}

#[test]
fn a_recovery_that_trusts_a_hole_is_found_out() {
    let broken = broken(0..60, Some(Rule::ChecksumOnReplay), &[("fsync_max_ms", 20)]);
    assert!(broken.iter().any(|(_, name)| name == "replay_exact_prefix"), "{broken:?}");
}

#[test]
fn nothing_breaks_when_any_sectors_survive() {
    assert_eq!(broken(0..120, None, &[]), []);
}

#[test]
fn nothing_breaks_when_removed_files_come_back() {
    // A small log file and a snapshot every few entries: files are removed all the time.
    assert_eq!(broken(1_000..1_120, None, &[("snapshot_entries", 15), ("wal_file_kib", 1)]), []);
}
