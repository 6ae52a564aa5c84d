//! The recovery point: the time before a fault up to which data survives.
//!
//! One definition for drills, meters and pictures. It counts from the last acknowledged write that was *kept* before
//! the first one that was lost, to the fault, or to the newest lost write if a side that was cut off continued to
//! acknowledge. Counting from the oldest lost write instead would call the loss of a single write 0. Guarantees: 0
//! exactly if nothing acknowledged is lost; any order of writes gives the same answer. Leaves out: which writes are
//! lost (the worlds' audits).

use quorum_types::Micros;

/// The distance of the recovery point, from the acknowledged writes with the time of their acknowledgement and whether
/// each is lost. If nothing was kept before the first loss, it counts from the beginning of the run.
pub fn gap_us<W>(acknowledged: W, fault_us: Micros) -> Micros
where
    W: Iterator<Item = (Micros, bool)> + Clone,
{
    let lost = acknowledged.clone().filter(|(_, lost)| *lost).map(|(at_us, _)| at_us);
    let Some(oldest) = lost.clone().min() else { return 0 };
    let newest = lost.max().unwrap_or(oldest);
    let kept = acknowledged.filter(|(at_us, lost)| !lost && *at_us < oldest);
    let last_kept = kept.map(|(at_us, _)| at_us).max().unwrap_or(0);
    // A write that is acknowledged at the very beginning and lost still counts as lost.
    (newest.max(fault_us) - last_kept).max(1)
}

/// The same, counted from the oldest lost write: never more than the correct value, and 0 for a single lost write.
pub fn oldest_us<W>(acknowledged: W, fault_us: Micros) -> Micros
where
    W: Iterator<Item = (Micros, bool)> + Clone,
{
    let lost = acknowledged.filter(|(_, lost)| *lost).map(|(at_us, _)| at_us);
    let bounds = lost.clone().min().zip(lost.max());
    bounds.map_or(0, |(oldest, newest)| newest.max(fault_us) - oldest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(writes: &[(Micros, bool)], fault_us: Micros, gap: Micros) {
        assert_eq!(gap_us(writes.iter().copied(), fault_us), gap, "{writes:?} {fault_us}");
        assert!(oldest_us(writes.iter().copied(), fault_us) <= gap);
        assert_eq!(gap_us(writes.iter().rev().copied(), fault_us), gap, "reversed {writes:?} {fault_us}");
    }

    #[test]
    fn it_counts_from_the_last_write_that_was_kept() {
        check(&[(10, false), (20, false)], 30, 0);
        check(&[], 30, 0);
        check(&[(10, false), (20, true)], 30, 20);
        check(&[(10, false), (20, true), (25, true)], 30, 20);
        // A single write that is acknowledged after the fault and lost: not 0.
        check(&[(10, false), (40, true)], 30, 30);
        check(&[(10, false), (40, true), (70, true)], 30, 60);
        // Writes kept after the first loss, as found by a comparison of counts, do not help.
        check(&[(10, false), (20, true), (25, false)], 30, 20);
        check(&[(20, true)], 30, 30);
        check(&[(0, true)], 0, 1);
        check(&[(20, false), (20, true)], 20, 20);
    }

    #[test]
    fn it_is_0_only_where_nothing_is_lost() {
        let mut rng = quorum_types::Rng::new(7, 0);
        for _ in 0..2_000 {
            let count = rng.below(6);
            let writes: Vec<(Micros, bool)> =
                (0..count).map(|_| (rng.below(20), rng.below(3) == 0)).collect();
            let lost = writes.iter().any(|(_, lost)| *lost);
            assert_eq!(gap_us(writes.iter().copied(), rng.below(25)) > 0, lost, "{writes:?}");
        }
    }
}
