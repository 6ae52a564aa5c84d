//! Time travel: any moment of any line is the same however it is reached, in every world.

use crate::answer::Answer;
use crate::command::{Action, Command, Control};
use crate::moments::{FIRST_DISTANCE, LEAST, MOST};
use crate::tests::{ask, config};
use crate::timeline::MOST_LINES;
use crate::{Event, Lab};
use quorum_types::Micros;
use quorum_types::rng::Rng;

/// A run of five nodes with faults, up to a moment.
fn played(until_us: Micros) -> Lab {
    let mut lab = Lab::open(config("replica-set:5", 5, false), None).expect("opens");
    for (at, command) in [
        (3_000_000, Command::Cluster(Action::Kill { node: 2, torn_bytes: 9, sectors: None })),
        (9_000_000, Command::Cluster(Action::Partition { side: vec![1, 4] })),
        (15_000_000, Command::Cluster(Action::Restart { node: 2 })),
        (22_000_000, Command::Cluster(Action::Heal)),
    ] {
        if at <= until_us {
            lab.advance(at, u32::MAX);
            ask(&mut lab, command);
        }
    }
    lab.advance(until_us, u32::MAX);
    lab
}

#[test]
fn any_moment_is_the_same_however_it_is_come_to_and_few_are_kept_whole() {
    let mut lab = played(240_000_000);
    assert!((MOST / 4..=MOST).contains(&lab.past.moments.size().0), "{}", lab.past.moments.size().0);
    assert!(lab.past.moments.size().1 > FIRST_DISTANCE);
    for t_us in [239_000_000, 59_000_000, 30_000_001, 22_000_000, 14_000_000, 9_000_000, 2_000_000, 0] {
        ask(&mut lab, Command::Control(Control::Seek { t_us }));
        assert_eq!((lab.now_us(), lab.digest()), (t_us, played(t_us).digest()));
    }
    // From there another future is possible, on a branch.
    ask(&mut lab, Command::Cluster(Action::Kill { node: 3, torn_bytes: 0, sectors: None }));
    lab.advance(5_000_000, u32::MAX);
    assert_ne!(lab.digest(), played(5_000_000).digest());
}

#[test]
#[ignore = "slow: three hours and twice 20,000 writes"]
fn the_more_rows_a_world_holds_the_fewer_moments_are_kept() {
    let mut lab = Lab::open(config("replica-set:5", 1, false), None).expect("opens");
    let mut bytes = Vec::new();
    // Two writes a second.
    for part in 1..=20 {
        lab.advance(part * 600_000_000, u32::MAX);
        lab.take_events();
        bytes.push(lab.past.moments.bytes());
    }
    assert!(lab.snapshot().client.is_some_and(|client| client.ok > 20_000), "{:?}", lab.snapshot().client);
    let most = lab.world.copied().map_or(0, |(_, most)| most);
    assert!(bytes.iter().all(|bytes| *bytes <= most), "{bytes:?}");
    assert!((LEAST..MOST).contains(&lab.past.moments.size().0), "{}", lab.past.moments.size().0);
    let last = lab.now_us();
    ask(&mut lab, Command::Control(Control::Seek { t_us: 11_000_000_000 }));
    lab.advance(last, u32::MAX);
    assert!(lab.snapshot().client.is_some_and(|client| client.ok > 20_000));
}

#[test]
fn a_copy_is_a_fork_that_goes_its_own_way() {
    let mut lab = played(10_000_000);
    let mut fork = lab.clone();
    ask(&mut fork, Command::Cluster(Action::PowerCut { torn_bytes: 0, sectors: None }));
    lab.advance(12_000_000, u32::MAX);
    fork.advance(12_000_000, u32::MAX);
    assert_eq!(lab.digest(), played(12_000_000).digest());
    assert_ne!(lab.digest(), fork.digest());
}

#[test]
fn a_schedule_that_was_found_is_the_same_run_here() {
    use crate::swarm::{Cluster, Limits, Replay, Run, Search};
    let mut search = Search::new(Some(quorum_raft::Rule::LogUpToDate), 0, 50, 10_000);
    search.go(u64::MAX);
    let found = search.found().expect("it falls").clone();
    let limits = Limits { events: found.violation.event, until: Some("leader_completeness"), mend: false };
    let run = Run::new(found.schedule.clone(), limits, false).finish();
    let mut lab =
        Lab::replay(&Replay::of::<Cluster>(&found.schedule).expect("commands"), "en").expect("a run of it");
    lab.advance(run.world.now, u32::MAX);
    let broken = |lab: &Lab| lab.snapshot().invariants.iter().any(|invariant| !invariant.holds);
    assert!(broken(&lab));
    assert_eq!(lab.snapshot().group.and_then(|group| group.script).map(|(done, of)| done == of), Some(true));
    // Back to the beginning and once more.
    ask(&mut lab, Command::Control(Control::Seek { t_us: 0 }));
    assert!(!broken(&lab));
    lab.advance(run.world.now, u32::MAX);
    assert!(broken(&lab));
}

/// A state, as far as it can be seen: the time, the digest of every event, the line, and what comes next.
fn state(lab: &Lab) -> (Micros, String, u64) {
    (lab.now_us(), lab.digest(), lab.snapshot().events)
}

fn control(lab: &mut Lab, control: Control) -> Answer {
    ask(lab, Command::Control(control))
}

/// Something that is asked of a world at random.
fn some_command(topology: &str, random: &mut Rng) -> Command {
    let json = match (topology, random.below(6)) {
        ("standalone", 0) => "{\"op\":\"flush\"}".to_owned(),
        ("standalone", 1) => "{\"op\":\"delete\",\"filter\":\"id < 40\"}".to_owned(),
        ("standalone", 2) => "{\"op\":\"crash\",\"keep\":\"torn\",\"torn_bytes\":7}".to_owned(),
        ("standalone", 3) => "{\"op\":\"recover\"}".to_owned(),
        ("standalone", _) => format!("{{\"op\":\"insert\",\"rows\":{}}}", 1 + random.below(300)),
        ("milvus", 0) => format!("{{\"op\":\"restart\",\"node\":{}}}", 1 + random.below(28)),
        ("milvus", _) => format!("{{\"op\":\"kill\",\"node\":{}}}", 1 + random.below(28)),
        ("two-regions", 0) => "{\"op\":\"region\",\"deed\":\"backup\"}".to_owned(),
        ("two-regions", 1) => "{\"op\":\"region\",\"deed\":\"lose\",\"region\":0}".to_owned(),
        ("two-regions", _) => "{\"op\":\"region\",\"deed\":\"switchover\"}".to_owned(),
        (_, 0) => format!("{{\"op\":\"restart\",\"node\":{}}}", 1 + random.below(5)),
        (_, 1) => "{\"op\":\"heal\"}".to_owned(),
        (_, 2) => format!("{{\"op\":\"partition\",\"side\":[{}]}}", 1 + random.below(5)),
        (_, _) => format!("{{\"op\":\"kill\",\"node\":{}}}", 1 + random.below(5)),
    };
    serde_json::from_str(&json).unwrap_or_else(|why| panic!("{json}: {why}"))
}

/// Goes about in time at random, and compares each moment with the state that it had when it first came to be. All four
/// worlds together: more than a thousand jumps.
fn check_travels(topology: &str, span_us: Micros, seeds: core::ops::Range<u64>, jumps: u32) {
    for seed in seeds {
        let mut random = Rng::new(seed, 77);
        let mut lab = Lab::open(config(topology, seed, false), None).expect("opens");
        // The states of each line at moments that were visited when they first came to be.
        let mut seen: Vec<(u32, (Micros, String, u64))> = Vec::new();
        for _ in 0..12 {
            lab.advance(lab.now_us() + 1 + random.below(span_us), 1 + random.below(400) as u32);
            lab.take_events();
            lab.execute(7, some_command(topology, &mut random));
            lab.advance(lab.now_us() + 1 + random.below(span_us), u32::MAX);
            seen.push((0, state(&lab)));
        }
        for _ in 0..jumps {
            let facts = lab.snapshot().timeline.expect("it goes back");
            match random.below(8) {
                // Another line, where it was left.
                0 => {
                    let line = &facts.lines[random.below(facts.lines.len() as u64) as usize];
                    control(&mut lab, Control::Line { number: line.number, t_us: None });
                    assert_eq!(lab.now_us(), line.end_us, "{topology} {seed}");
                }
                // A new command in the past leaves the line.
                1 => {
                    let at = random.below(facts.end_us);
                    control(&mut lab, Control::Seek { t_us: at });
                    assert_eq!(lab.now_us(), at, "{topology} {seed}");
                    lab.execute(7, some_command(topology, &mut random));
                    let now = lab.snapshot().timeline.expect("it goes back");
                    assert_ne!(now.line, facts.line, "{topology} {seed}: {at} of {}", facts.end_us);
                    assert!(now.lines.len() <= MOST_LINES);
                    lab.advance(lab.now_us() + span_us, u32::MAX);
                    seen.retain(|(line, _)| now.lines.iter().any(|known| known.number == *line));
                    seen.push((now.line, state(&lab)));
                }
                // One event back, and forward again.
                2 => {
                    let (before, digest) = (lab.snapshot().events, lab.digest());
                    control(&mut lab, Control::StepBack);
                    assert!(lab.snapshot().events < before || before == 0, "{topology} {seed}");
                    while lab.snapshot().events < before {
                        control(&mut lab, Control::Step);
                    }
                    if lab.snapshot().events == before {
                        assert_eq!(lab.digest(), digest, "{topology} {seed}");
                    }
                }
                // A moment that was there, at once or by letting time pass.
                way => {
                    let here: Vec<_> = seen.iter().filter(|(line, _)| *line == facts.line).collect();
                    let Some((_, there)) = here.get(random.below(here.len().max(1) as u64) as usize) else {
                        continue;
                    };
                    let from = random.below(there.0 + 1);
                    control(&mut lab, Control::Seek { t_us: if way < 6 { there.0 } else { from } });
                    while lab.now_us() < there.0 {
                        lab.advance(there.0, 1 + random.below(50) as u32);
                    }
                    assert_eq!(state(&lab), *there, "{topology} {seed}");
                }
            }
            lab.take_events();
            lab.take_answers();
        }
    }
}

#[test]
fn seeks_in_a_replica_set_end_where_a_fresh_run_does() {
    check_travels("replica-set:5", 4_000_000, 0..10, 40);
}

#[test]
fn seeks_in_one_engine_end_where_a_fresh_run_does() {
    check_travels("standalone", 60_000, 0..10, 40);
}

#[test]
fn seeks_in_a_milvus_cluster_end_where_a_fresh_run_does() {
    check_travels("milvus", 8_000_000, 0..4, 40);
}

#[test]
fn seeks_in_two_regions_end_where_a_fresh_run_does() {
    check_travels("two-regions", 900_000_000, 0..10, 40);
}

#[test]
fn undoing_a_command_is_the_run_without_it_and_the_line_with_it_stays() {
    let kill = |node| Command::Cluster(Action::Kill { node, torn_bytes: 0, sectors: None });
    let mut lab = played(14_000_000);
    let with = state(&lab);
    ask(&mut lab, kill(3));
    lab.advance(20_000_000, u32::MAX);
    assert_eq!(lab.snapshot().timeline.and_then(|facts| facts.undo).as_deref(), Some("kill"));
    control(&mut lab, Control::Undo);
    assert_eq!(state(&lab), with);
    lab.advance(20_000_000, u32::MAX);
    let mut without = played(14_000_000);
    without.advance(20_000_000, u32::MAX);
    assert_eq!(lab.digest(), without.digest());
    // Compared with the line that was left, the third node makes the difference.
    let Answer::Compared { differences, snapshot, t_us, .. } =
        control(&mut lab, Control::Compare { number: 0, t_us: None })
    else {
        panic!("compared")
    };
    assert_eq!((t_us, snapshot.t_us), (20_000_000, 20_000_000));
    let up = differences.iter().find(|difference| difference.name == "nodes.up").expect("it differs");
    assert_eq!((up.here, up.there), (Some(4), Some(3)));
    // Comparing changes nothing, and the other line is still there.
    assert_eq!(lab.digest(), without.digest());
    control(&mut lab, Control::Line { number: 0, t_us: None });
    assert_eq!(lab.snapshot().nodes.iter().filter(|node| node.alive).count(), 3);
    let Answer::Refused { code, .. } = control(&mut lab, Control::Line { number: 77, t_us: None }) else {
        panic!("refused")
    };
    assert_eq!(code, "no_such_line");
    control(&mut lab, Control::Seek { t_us: 0 });
    let Answer::Refused { code, .. } = control(&mut lab, Control::Undo) else { panic!("refused") };
    assert_eq!(code, "nothing_to_undo");
}

#[test]
fn time_that_passes_repeats_the_line_and_goals_do_not_count_it() {
    let mut lab = Lab::open(
        crate::RunConfig { lesson: Some("kill-the-leader".to_owned()), ..config("replica-set:5", 7, false) },
        None,
    )
    .expect("opens");
    lab.advance(8_000_000, u32::MAX);
    ask(&mut lab, Command::Cluster(Action::Kill { node: 1, torn_bytes: 0, sectors: None }));
    lab.advance(16_000_000, u32::MAX);
    let (end, graded) = (state(&lab), lab.snapshot().lesson);
    control(&mut lab, Control::Seek { t_us: 3_000_000 });
    assert!(lab.snapshot().timeline.is_some_and(|facts| facts.repeats && facts.end_us == 16_000_000));
    lab.take_events();
    lab.advance(16_000_000, u32::MAX);
    let repeated: Vec<Event> = lab.take_events();
    assert!(repeated.len() > 100, "what is repeated is seen: {}", repeated.len());
    assert_eq!((state(&lab), lab.snapshot().lesson), (end, graded));
    assert!(lab.snapshot().timeline.is_some_and(|facts| !facts.repeats && facts.lines.len() == 1));
}

#[test]
fn a_kept_run_goes_back_only_as_a_copy() {
    let mut lab = Lab::open(config("replica-set:3", 1, true), None).expect("opens");
    let Answer::Refused { code, .. } = control(&mut lab, Control::StepBack) else { panic!("refused") };
    assert_eq!(code, "kept");
    lab.leave_store();
    lab.advance(9_000_000, u32::MAX);
    let mut fresh = Lab::open(config("replica-set:3", 1, false), None).expect("opens");
    for t_us in [4_000_000, 8_000_000, 1_000_000] {
        control(&mut lab, Control::Seek { t_us });
        let mut fresh = fresh.clone();
        fresh.advance(t_us, u32::MAX);
        assert_eq!(lab.digest(), fresh.digest());
    }
    fresh.take_events();
}
