//! Which failed requests belong together, and a replica set's phases.

use super::*;
use crate::event::EventKind;

fn check(events: &[(Micros, Option<NodeId>, EventKind)], expected: &[Option<ServiceEvent>]) {
    let mut meter = OutageMeter::default();
    let got: Vec<Option<ServiceEvent>> = events
        .iter()
        .map(|(t_us, node, kind)| meter.observe(&Event { t_us: *t_us, node: *node, kind: kind.clone() }))
        .collect();
    assert_eq!(got, expected);
}

#[test]
fn silence_counts_from_the_last_answer_or_action() {
    let mut meter = OutageMeter::default();
    let mut check = |t_us, kind, silent| {
        meter.observe(&Event { t_us, node: Some(1), kind });
        assert_eq!(meter.silent_us(200), silent);
    };
    check(110, op(OpStatus::Ok), 90);
    check(120, op(OpStatus::Fail), 90);
    check(130, op(OpStatus::Info), 90);
    check(140, EventKind::Raft(RaftEvent::Campaigned { term: 2 }), 90);
    check(150, EventKind::Fault(FaultEvent::Restarted), 50);
    check(160, EventKind::Network(NetworkEvent::LinkHealed { from: 1, to: 2 }), 40);
    check(170, op(OpStatus::Ok), 30);
}

fn op(status: OpStatus) -> EventKind {
    EventKind::Service(ServiceEvent::OpEnd { op: 1, status, took_us: 30 })
}

#[test]
fn a_failover_is_cut_into_phases_that_add_up() {
    let phases = [(Phase::Detect, 50), (Phase::Election, 20), (Phase::Replay, 10), (Phase::ClientRetry, 30)]
        .map(|(phase, us)| PhaseTime { phase, us })
        .to_vec();
    check(
        &[
            (1, Some(1), EventKind::Raft(RaftEvent::BecameLeader { term: 1, votes: 2, voters: 3 })),
            (35, None, op(OpStatus::Ok)),
            (90, Some(2), EventKind::Fault(FaultEvent::Killed)),
            (100, Some(1), EventKind::Fault(FaultEvent::Killed)),
            (110, None, op(OpStatus::Ok)),
            (120, None, op(OpStatus::Info)),
            (130, None, op(OpStatus::Fail)),
            (150, Some(3), EventKind::Raft(RaftEvent::Campaigned { term: 2 })),
            (160, Some(3), EventKind::Raft(RaftEvent::Campaigned { term: 3 })),
            (170, Some(3), EventKind::Raft(RaftEvent::BecameLeader { term: 3, votes: 2, voters: 3 })),
            (180, Some(3), EventKind::Raft(RaftEvent::Committed { index: 4, term: 3 })),
            (210, None, op(OpStatus::Ok)),
            (220, None, op(OpStatus::Ok)),
        ],
        &[
            None,
            None,
            None,
            None,
            None,
            Some(ServiceEvent::ServiceLost { fault_us: 100 }),
            None,
            None,
            None,
            None,
            None,
            Some(ServiceEvent::ServiceRestored { rto_us: 110, phases, failed: 2 }),
            None,
        ],
    );
}

#[test]
fn a_fault_that_no_request_notices_is_no_outage() {
    check(
        &[
            (1, Some(1), EventKind::Raft(RaftEvent::BecameLeader { term: 1, votes: 2, voters: 3 })),
            (2, Some(2), EventKind::Fault(FaultEvent::Killed)),
            (39, None, op(OpStatus::Ok)),
            (50, None, op(OpStatus::Fail)),
        ],
        &[None, None, None, None],
    );
}

/// Actions on a world, and the results of its requests.
enum Did {
    Kill(NodeId),
    /// It succeeded; it began this long before.
    Ok(Micros),
    Bad(Micros),
}

type Listed = (Micros, Vec<NodeId>, Option<Micros>, Option<Micros>, u32, u64);

/// Plays these events; returns for each outage its fault, its recorded cause, RTO, end, interruptions and failures.
fn listed(script: &[(Micros, Did)]) -> Vec<Listed> {
    let mut outages = Outages::default();
    let mut failed = 0;
    for (t_us, did) in script {
        let (node, kind) = match did {
            Did::Kill(node) => (Some(*node), EventKind::Fault(FaultEvent::Killed)),
            Did::Ok(took_us) => (
                None,
                EventKind::Service(ServiceEvent::OpEnd { op: 1, status: OpStatus::Ok, took_us: *took_us }),
            ),
            Did::Bad(took_us) => (
                None,
                EventKind::Service(ServiceEvent::OpEnd { op: 1, status: OpStatus::Fail, took_us: *took_us }),
            ),
        };
        failed += u64::from(matches!(did, Did::Bad(_)));
        outages.see(&Event { t_us: *t_us, node, kind });
    }
    assert_eq!(
        outages.all().iter().map(|outage| outage.failed).sum::<u64>(),
        failed,
        "every failure is in the list"
    );
    let summary = |outage: &Outage| {
        let cause = outage.cause.iter().filter_map(|struck| struck.node).collect();
        let (rto_us, settled_us) = (outage.rto_us(), outage.settled_us);
        (outage.fault_us, cause, rto_us, settled_us, outage.interruptions, outage.failed)
    };
    outages.all().iter().map(summary).collect()
}

const S: Micros = SECOND;

#[test]
fn a_relapse_belongs_to_the_outage_and_moves_its_end_and_not_its_rto() {
    use Did::{Bad, Kill, Ok};
    let got = listed(&[
        (10 * S, Ok(1)),
        (20 * S, Kill(4)),
        (21 * S, Bad(S)),
        (22 * S, Bad(1)),
        (23 * S, Ok(1)),
        (39 * S, Bad(1)),
        (40 * S, Ok(1)),
        (41 * S, Ok(1)),
    ]);
    assert_eq!(got, [(20 * S, vec![4], Some(3 * S), Some(40 * S), 2, 3)]);
}

#[test]
fn what_began_before_service_was_back_is_late_and_no_interruption() {
    use Did::{Bad, Kill, Ok};
    let got = listed(&[
        (20 * S, Kill(4)),
        (21 * S, Bad(1)),
        (22 * S, Ok(1)),
        (25 * S, Bad(5 * S)),
        (26 * S, Ok(1)),
    ]);
    assert_eq!(got, [(20 * S, vec![4], Some(2 * S), Some(22 * S), 1, 2)]);
}

#[test]
fn faults_of_one_moment_are_one_and_faults_within_an_outage_join_it() {
    use Did::{Bad, Kill, Ok};
    let got = listed(&[
        (20 * S, Kill(4)),
        (20 * S, Kill(5)),
        (21 * S, Bad(1)),
        (22 * S, Kill(6)),
        (23 * S, Bad(1)),
        (24 * S, Ok(1)),
    ]);
    assert_eq!(got, [(20 * S, vec![4, 5, 6], Some(4 * S), Some(24 * S), 1, 2)]);
}

#[test]
fn a_fault_during_a_relapse_has_an_outage_of_its_own() {
    use Did::{Bad, Kill, Ok};
    let got = listed(&[
        (20 * S, Kill(4)),
        (21 * S, Bad(1)),
        (22 * S, Ok(1)),
        (30 * S, Bad(1)),
        (31 * S, Kill(5)),
        (32 * S, Bad(1)),
        (33 * S, Ok(1)),
    ]);
    assert_eq!(
        got,
        [
            (20 * S, vec![4], Some(2 * S), Some(32 * S), 2, 2),
            (31 * S, vec![5], Some(2 * S), Some(33 * S), 1, 1)
        ]
    );
}

#[test]
fn what_nothing_caused_is_listed_without_a_cause_and_the_card_stays() {
    use Did::{Bad, Kill, Ok};
    let later = 22 * S + RELAPSE_US;
    let script = [
        (5 * S, Bad(1)),
        (6 * S, Ok(1)),
        (20 * S, Kill(4)),
        (21 * S, Bad(1)),
        (22 * S, Ok(1)),
        (later + S, Bad(1)),
        (later + 2 * S, Ok(1)),
        (later + 9 * S, Bad(1)),
        (later + 10 * S, Ok(1)),
    ];
    let got = listed(&script);
    assert_eq!(got.iter().map(|outage| outage.1.clone()).collect::<Vec<_>>(), [vec![], vec![4], vec![]]);
    assert_eq!((got[2].4, got[2].5), (2, 2), "two blips within a minute are one");
    let mut outages = Outages::default();
    outages.fault(S, Struck { what: "killed", node: Some(4) });
    outages.failed(2 * S, 2 * S);
    outages.answered(3 * S);
    outages.failed(later, later);
    assert_eq!(outages.last().map(|outage| outage.fault_us), Some(S));
}

#[test]
fn only_so_many_outages_are_kept_and_the_sums_of_the_others() {
    let mut outages = Outages::default();
    for n in 0..100 {
        outages.fault(n * S, Struck { what: "killed", node: Some(1) });
        outages.failed(n * S + 1, n * S);
        outages.answered(n * S + 2);
    }
    assert_eq!((outages.all().len(), outages.earlier()), (MOST_OUTAGES, (68, 68)));
}
