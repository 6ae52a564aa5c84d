//! The recovery point of two regions: one definition for the page's metric, the checkers and the drills' reports.
//!
//! It is the distance of [`quorum_sim::rpo`], over the acknowledged writes that a fault can have lost: a write that was
//! known to be lost before the fault belongs to an earlier one, and neither counts as lost nor as kept. Guarantees: 0
//! exactly if the fault lost nothing; the same writes in any order give the same answer. Leaves out: which writes are
//! lost (`audit`, or the events of a drill).

use super::Regions;
use quorum_sim::rpo;
use quorum_types::Micros;

/// What became of an acknowledged write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// When it was acknowledged.
    pub acknowledged_us: Micros,
    /// Whether it is lost.
    pub lost: bool,
    /// When it was known to be lost, if it was reported.
    pub died_us: Option<Micros>,
}

impl Fate {
    /// Whether it was lost before a moment.
    fn died_before(&self, us: Micros) -> bool {
        self.lost && self.died_us.is_some_and(|died_us| died_us < us)
    }
}

fn of_fault<F>(fates: F, fault_us: Micros) -> impl Iterator<Item = (Micros, bool)> + Clone
where
    F: Iterator<Item = Fate> + Clone,
{
    let of_it = fates.filter(move |fate| !fate.died_before(fault_us));
    of_it.map(|fate| (fate.acknowledged_us, fate.lost))
}

/// The distance of a fault's recovery point.
pub fn recovery_point_us<F: Iterator<Item = Fate> + Clone>(fates: F, fault_us: Micros) -> Micros {
    rpo::gap_us(of_fault(fates, fault_us), fault_us)
}

/// The same, counted from the oldest lost write.
pub fn oldest_us<F: Iterator<Item = Fate> + Clone>(fates: F, fault_us: Micros) -> Micros {
    rpo::oldest_us(of_fault(fates, fault_us), fault_us)
}

impl Regions {
    /// What became of every acknowledged write, at this moment: it is lost if no reachable region has it.
    pub(super) fn fates(&self) -> impl Iterator<Item = Fate> + Clone {
        let held = [0, 1].map(|region| self.reachable(region).then(|| &self.sites[region].has));
        self.ledger.all().filter_map(move |(op, write)| {
            let lost = !held.iter().flatten().any(|has| has.contains(op as usize));
            Some(Fate { acknowledged_us: write.acknowledged_us?, lost, died_us: write.died_us() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_fault_lost_belongs_to_that_fault() {
        let kept = |acknowledged_us| Fate { acknowledged_us, lost: false, died_us: None };
        let lost = |acknowledged_us, died_us| Fate { acknowledged_us, lost: true, died_us };
        let fates = [kept(10), lost(20, Some(30)), kept(40), lost(50, Some(70)), lost(55, None)];
        let at = |fault_us| recovery_point_us(fates.iter().copied(), fault_us);
        assert_eq!((at(25), at(60), at(80)), (45, 20, 40));
        assert_eq!(oldest_us(fates.iter().copied(), 60), 10);
        assert_eq!(recovery_point_us([kept(10), kept(20)].into_iter(), 30), 0);
        // A write that was reported and is there again, because its region returned, is not lost.
        let back = Fate { acknowledged_us: 20, lost: false, died_us: Some(30) };
        assert_eq!(recovery_point_us([kept(10), back, lost(40, None)].into_iter(), 50), 30);
    }
}
