//! Outages as a snapshot shows them, for every world.
//!
//! Leaves out: what an outage is (`quorum_sim::outage`).

use super::snapshot::{CauseFacts, Failover, OutageFacts};
use quorum_sim::outage::Outage;

/// The list of outages, oldest first.
pub(super) fn listed(outages: &[Outage]) -> Vec<OutageFacts> {
    let facts = |outage: &Outage| OutageFacts {
        fault_us: outage.fault_us,
        under_way: outage.under_way(),
        cause: outage
            .cause
            .iter()
            .map(|struck| CauseFacts { what: struck.what.to_owned(), node: struck.node })
            .collect(),
        rto_us: outage.rto_us(),
        settled_us: outage.settled_us.filter(|_| !outage.under_way()).map(|at_us| at_us - outage.fault_us),
        interruptions: outage.interruptions,
        failed: outage.failed,
    };
    outages.iter().map(facts).collect()
}

/// An outage as a snapshot shows it, with the number of acknowledged writes that were lost.
pub(super) fn shown(outage: Outage, lost: u64) -> Failover {
    let rto_us = outage.rto_us();
    Failover {
        fault_us: outage.fault_us,
        under_way: outage.under_way(),
        rto_us,
        rto_ms: rto_us.map(|us| us as f64 / 1_000.0),
        phases: outage.phases,
        failed: outage.failed,
        lost,
        new_leader: outage.new_leader,
    }
}
