//! Running until something happens: time stops right after it, in every world, and never beyond the bound.

use crate::answer::Answer;
use crate::awaited::Awaited;
use crate::command::{Action, Command, Control, RegionAction};
use crate::tests::{Store, ask, config, open};
use crate::{Advance, Event, EventKind, Lab, MilvusEvent, RaftEvent, RegionEvent, ServiceEvent};
use quorum_types::{Micros, SECOND};

const TEN_MINUTES: Micros = 600 * SECOND;

fn until(what: Awaited, most_us: Micros) -> Command {
    Command::Control(Control::RunUntil { what, most_us })
}

/// What was found, and when time stopped.
fn found(lab: &mut Lab, what: Awaited, most_us: Micros) -> (Micros, Option<Event>, Option<String>) {
    match ask(lab, until(what, most_us)) {
        Answer::Happened { ok: true, t_us, event, goal, stopped: false } => {
            assert_eq!(t_us, lab.now_us());
            (t_us, event, goal)
        }
        other => panic!("{other:?}"),
    }
}

/// The digest of a fresh run that takes single steps until an event satisfies a condition, and that event.
fn stepped(mut lab: Lab, is: impl Fn(&EventKind) -> bool) -> (String, Event) {
    loop {
        lab.advance(Micros::MAX, 1);
        if let Some(event) = lab.take_events().into_iter().find(|event| is(&event.kind)) {
            return (lab.digest(), event);
        }
    }
}

fn kill(node: u32) -> Command {
    Command::Cluster(Action::Kill { node, torn_bytes: 0, sectors: None })
}

#[test]
fn it_stops_in_the_step_of_the_event_and_no_step_later() {
    let is_leader = |kind: &EventKind| {
        matches!(kind, EventKind::Raft(RaftEvent::Campaigned { .. } | RaftEvent::BecameLeader { .. }))
    };
    let mut lab = open("replica-set:5", 5, false);
    let (t_us, event, goal) = found(&mut lab, Awaited::Leader, TEN_MINUTES);
    let (digest, expected) = stepped(open("replica-set:5", 5, false), is_leader);
    assert_eq!((event.as_ref(), goal, lab.digest()), (Some(&expected), None, digest));
    assert_eq!(t_us, expected.t_us);
    // Then the election itself, and nothing is skipped in between.
    let (_, event, _) = found(&mut lab, Awaited::Leader, TEN_MINUTES);
    assert!(event.is_some_and(|event| is_leader(&event.kind)));
    // A host that stores its disks, and looks at many events at a time, does not run past it either.
    let (mut kept, mut store) = (open("replica-set:5", 5, true), Store::default());
    kept.execute(1, until(Awaited::Leader, TEN_MINUTES));
    while kept.take_answers().is_empty() {
        if matches!(kept.advance(Micros::MAX, 1_000), Advance::Waiting { .. }) {
            while let Some(batch) = kept.take_writes() {
                let ticket = store.persist(batch);
                kept.persisted(ticket);
            }
        }
    }
    assert_eq!(kept.now_us(), t_us);
}

#[test]
fn an_outage_begins_and_ends_and_a_run_without_one_ends_at_its_bound() {
    let mut lab = open("replica-set:3", 3, false);
    lab.advance(6 * SECOND, u32::MAX);
    let leader =
        lab.snapshot().nodes.iter().find(|node| node.role == crate::snapshot::Role::Leader).map(|n| n.id);
    let before = lab.now_us();
    assert_eq!(found(&mut lab, Awaited::Service, 4 * SECOND), (before + 4 * SECOND, None, None));
    assert_eq!(found(&mut lab, Awaited::Invariant, 0), (before + 4 * SECOND, None, None));
    ask(&mut lab, kill(leader.expect("somebody leads")));
    let mut seen = Vec::new();
    for _ in 0..20 {
        let (_, event, _) = found(&mut lab, Awaited::Service, TEN_MINUTES);
        let Some(event) = event else { break };
        seen.push(event.kind);
    }
    let lost =
        seen.iter().position(|kind| matches!(kind, EventKind::Service(ServiceEvent::ServiceLost { .. })));
    let back =
        seen.iter().position(|kind| matches!(kind, EventKind::Service(ServiceEvent::ServiceRestored { .. })));
    assert!(lost.is_some() && lost < back, "{seen:?}");
}

#[test]
fn a_broken_invariant_stops_a_run_in_which_a_rule_is_off() {
    use crate::swarm::{Cluster, Replay, Search};
    let mut search = Search::new(Some(quorum_raft::Rule::LogUpToDate), 0, 50, 10_000);
    search.go(u64::MAX);
    let found_run = search.found().expect("it falls").clone();
    let replay = Replay::of::<Cluster>(&found_run.schedule).expect("commands");
    let mut lab = Lab::replay(&replay, "en").expect("a run of it");
    let (t_us, event, _) = found(&mut lab, Awaited::Invariant, TEN_MINUTES);
    let event = event.expect("it breaks");
    assert!(matches!(event.kind, EventKind::Service(ServiceEvent::InvariantBroken { .. })), "{event:?}");
    assert_eq!(event.t_us, t_us);
}

#[test]
fn an_idle_engine_stays_where_it_is_and_one_at_work_stops_at_news() {
    let mut lab = open("standalone", 7, false);
    lab.advance(Micros::MAX, u32::MAX);
    let now = lab.now_us();
    assert_eq!(found(&mut lab, Awaited::Event, TEN_MINUTES), (now, None, None));
    ask(&mut lab, Command::Engine(crate::EngineCommand::Crash { keep: Default::default(), torn_bytes: 0 }));
    lab.execute(9, Command::Engine(crate::EngineCommand::Recover));
    lab.advance(Micros::MAX, u32::MAX);
    lab.take_answers();
    ask(
        &mut lab,
        Command::Engine(crate::EngineCommand::CrashAt { moment: Some(crate::Moment::BeforeFsync) }),
    );
    lab.execute(10, crate::tests::insert(10));
    let (_, event, _) = found(&mut lab, Awaited::Event, TEN_MINUTES);
    assert!(event.is_some(), "the trap is sprung, or rows are acknowledged");
}

#[test]
fn a_milvus_cluster_stops_when_another_pod_takes_over() {
    let mut lab = Lab::open(config("milvus", 4, false), None).expect("opens");
    lab.advance(30 * SECOND, u32::MAX);
    let snapshot = lab.snapshot();
    let pods = &snapshot.milvus.as_ref().expect("pods").pods;
    let acting =
        pods.iter().find(|pod| pod.active && pod.component.coordinates()).expect("a coordinator acts");
    ask(&mut lab, kill(acting.id));
    // Elections of the metadata store and of logs count as well.
    let taken = (0..50).find_map(|_| {
        let (t_us, event, _) = found(&mut lab, Awaited::Leader, TEN_MINUTES);
        let event = event.expect("another takes over");
        assert_eq!(event.t_us, t_us);
        matches!(event.kind, EventKind::Milvus(MilvusEvent::RoleTaken { .. })).then_some(event.node)
    });
    assert!(taken.is_some_and(|node| node != Some(acting.id)), "{taken:?}");
    let (_, event, _) = found(&mut lab, Awaited::Event, TEN_MINUTES);
    assert!(event.is_some_and(|event| crate::news::is_news(&event, true)));
}

#[test]
fn two_regions_stop_at_the_outage_and_at_the_promotion() {
    let mut lab = Lab::open(config("two-regions", 2, false), None).expect("opens");
    lab.advance(60 * SECOND, u32::MAX);
    ask(&mut lab, Command::Region(RegionAction::Lose { region: 0, wiped: false }));
    let (_, event, _) = found(&mut lab, Awaited::Service, 86_400 * SECOND);
    assert!(event.is_some(), "clients notice");
    let built_in = quorum_regions::runbook::Runbook::built_in("forced").expect("built in");
    ask(&mut lab, Command::Region(RegionAction::Run(built_in)));
    let (t_us, event, _) = found(&mut lab, Awaited::Leader, 86_400 * SECOND);
    let event = event.expect("Shanghai is promoted");
    assert!(matches!(event.kind, EventKind::Region(RegionEvent::Promoted { region: 1, .. })), "{event:?}");
    assert_eq!(event.t_us, t_us);
}

#[test]
fn a_goal_is_waited_for_in_a_lesson_only() {
    let mut lab = open("replica-set:3", 3, false);
    match ask(&mut lab, until(Awaited::Goal, TEN_MINUTES)) {
        Answer::Refused { code, .. } => assert_eq!(code, "no_lesson"),
        other => panic!("{other:?}"),
    }
    let config = crate::RunConfig {
        lesson: Some("kill-the-leader".to_owned()),
        topology: None,
        ..config("", 1, false)
    };
    let mut lab = Lab::open(config, None).expect("opens");
    let (_, event, goal) = found(&mut lab, Awaited::Goal, TEN_MINUTES);
    assert_eq!((event, goal.as_deref()), (None, lab.goals_met().last().copied()));
    assert!(goal.is_some(), "a leader is elected without anybody's doing");
}

#[test]
fn a_bound_beyond_the_limits_is_refused() {
    let mut lab = open("replica-set:3", 3, false);
    match ask(&mut lab, until(Awaited::Event, Micros::MAX)) {
        Answer::Refused { code, .. } => assert_eq!(code, "out_of_range"),
        other => panic!("{other:?}"),
    }
    let read: Command = serde_json::from_str(r#"{"op": "run_until"}"#).expect("both fields may be left out");
    assert_eq!(read, until(Awaited::Event, TEN_MINUTES));
}

#[test]
fn a_run_in_slices_is_stopped_where_it_is_and_says_so() {
    let (mut lab, mut whole) = (open("replica-set:3", 3, false), open("replica-set:3", 3, false));
    lab.run_until_in_slices(100);
    lab.execute(1, until(Awaited::Invariant, TEN_MINUTES));
    assert!(lab.runs_until() && lab.take_answers().is_empty(), "no invariant breaks in a hundred events");
    lab.advance(Micros::MAX, 50);
    assert!(lab.now_us() > 0 && lab.take_answers().is_empty());
    // A second one waits for its turn, while the first goes on; both end, and the stop itself is answered.
    lab.execute(2, until(Awaited::Leader, TEN_MINUTES));
    let t_us = lab.now_us();
    assert!(t_us < TEN_MINUTES);
    lab.execute(3, Command::Control(Control::StopRun));
    let stopped = || Answer::Happened { ok: true, t_us, event: None, goal: None, stopped: true };
    let answers = lab.take_answers();
    assert_eq!(answers, [(1, stopped()), (2, stopped()), (3, Answer::Done { ok: true, t_us })]);
    assert!(!lab.runs_until() && !lab.busy() && lab.now_us() == t_us);
    // Nothing was done to the run: it is one that got as far, and goes on as that one.
    while whole.now_us() < t_us || whole.digest() != lab.digest() {
        assert!(whole.now_us() <= t_us, "the same digest at {t_us}");
        whole.advance(Micros::MAX, 1);
    }
    for lab in [&mut lab, &mut whole] {
        lab.execute(4, until(Awaited::Leader, TEN_MINUTES));
        while lab.runs_until() {
            lab.advance(Micros::MAX, 1_000);
        }
    }
    assert_eq!((lab.now_us(), lab.digest()), (whole.now_us(), whole.digest()));
}

#[test]
fn stopping_where_nothing_runs_does_nothing() {
    let mut lab = open("replica-set:3", 3, false);
    let digest = lab.digest();
    assert_eq!(ask(&mut lab, Command::Control(Control::StopRun)), Answer::Done { ok: true, t_us: 0 });
    assert_eq!(lab.digest(), digest);
    assert!(
        lab.snapshot().timeline.is_none_or(|timeline| timeline.undo.is_none()),
        "there is nothing to undo"
    );
}
