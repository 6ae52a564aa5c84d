//! The bounds of the façade, from outside: what is beyond them is refused and changes nothing, in every world.

use super::limits::{MOST_EXACT, MOST_FILTER_BYTES, MOST_SPAN_US, MOST_TIME_US, MOST_VECTORS};
use super::tests::config;
use super::{Action, Answer, Command, Control, EngineCommand, Lab, Row, StoredRun, Value};

fn lab(topology: &str) -> Lab {
    Lab::open(config(topology, 3, false), None).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn code(lab: &mut Lab, command: Command) -> Option<String> {
    lab.execute(1, command);
    lab.take_answers().into_iter().find_map(|(_, answer)| match answer {
        Answer::Refused { code, .. } => Some(code),
        _ => None,
    })
}

const WORLDS: [&str; 5] = ["standalone", "engine", "replica-set:3", "milvus", "two-regions"];

#[test]
fn a_time_that_no_page_can_hold_is_refused_in_every_world() {
    for world in WORLDS {
        let mut lab = lab(world);
        lab.advance(1_000_000, 1_000_000);
        let (now, digest) = (lab.now_us(), lab.digest());
        for us in [MOST_EXACT, u64::MAX, MOST_TIME_US, MOST_SPAN_US + 1] {
            for command in [
                Command::Control(Control::Run { us }),
                Command::Control(Control::Seek { t_us: us.max(now + MOST_SPAN_US + 1) }),
                Command::Cluster(Action::Clog { from: 1, to: 2, us }),
                Command::Cluster(Action::CrashLoop { node: 1, times: 3, every_us: us }),
                Command::Cluster(Action::Clock {
                    node: 1,
                    drift_ppm: 0,
                    jump_us: us.min(i64::MAX as u64) as i64,
                    period_us: 0,
                }),
                Command::Cluster(Action::Clock { node: 1, drift_ppm: 0, jump_us: i64::MIN, period_us: 0 }),
                Command::Cluster(Action::Clock { node: 1, drift_ppm: i64::MIN, jump_us: 0, period_us: 0 }),
                Command::Cluster(Action::Clock { node: 1, drift_ppm: 0, jump_us: 0, period_us: us }),
            ] {
                let refused = code(&mut lab, command.clone());
                assert_eq!(refused.as_deref(), Some("out_of_range"), "{world}: {command:?}");
            }
        }
        assert_eq!((lab.now_us(), lab.digest()), (now, digest), "{world}: nothing has changed");
        assert!(!lab.busy() || world == "standalone" || world == "engine");
    }
}

#[test]
fn time_stands_still_at_its_end_and_everything_keeps_an_exact_time() {
    // An engine with nothing to do reaches it at once.
    let mut lab = lab("engine");
    for _ in 0..200 {
        let now = lab.now_us();
        lab.advance(u64::MAX - 1, 100_000);
        lab.execute(2, Command::Control(Control::Run { us: MOST_SPAN_US.min(MOST_TIME_US - lab.now_us()) }));
        lab.advance(u64::MAX, 100_000);
        if lab.now_us() == now {
            break;
        }
    }
    assert_eq!(lab.now_us(), MOST_TIME_US);
    assert!(lab.snapshot().t_us <= MOST_EXACT);
    assert_eq!(code(&mut lab, Command::Control(Control::Run { us: 1 })).as_deref(), Some("out_of_range"));
    // What moves no time is still done, and answered.
    lab.execute(3, Command::Control(Control::Step));
    lab.execute(4, Command::Engine(EngineCommand::Stats));
    lab.advance(u64::MAX, 1_000);
    assert!(lab.take_events().iter().all(|event| event.t_us <= MOST_TIME_US));
}

#[test]
fn what_is_longer_than_any_request_is_refused_before_it_is_looked_at() {
    let mut lab = lab("standalone");
    let long = "x".repeat(MOST_FILTER_BYTES + 1);
    let text = |bytes: usize| vec![Row(vec![("text".to_owned(), Value::Text("x".repeat(bytes)))])];
    let vectors = |count: usize, dim: usize| Command::search(vec![vec![0.0; dim]; count], 3);
    for command in [
        Command::query(&long, &[], None),
        Command::query("", &[&long], None),
        Command::Engine(EngineCommand::Delete { collection: "docs".to_owned(), filter: long.clone() }),
        Command::Engine(EngineCommand::Flush { collection: long.clone() }),
        Command::Control(Control::Act { name: long.clone() }),
        Command::Control(Control::ShowMe { step: Some(long.clone()) }),
        Command::Cluster(Action::Partition { side: vec![1; 2_000] }),
        Command::Control(Control::Set { name: long.clone(), value: 1 }),
        vectors(MOST_VECTORS + 1, 1),
        vectors(1, 40_000),
        Command::Engine(EngineCommand::Upsert {
            collection: "docs".to_owned(),
            rows: super::InsertRows::Given(text(65 << 20)),
        }),
    ] {
        assert_eq!(code(&mut lab, command).as_deref(), Some("too_large"));
    }
}

#[test]
fn a_search_that_would_compare_for_minutes_is_refused() {
    let mut lab = lab("standalone");
    lab.execute(1, Command::insert(3_000, 1_000));
    while lab.busy() {
        lab.advance(u64::MAX, 1_000);
    }
    lab.take_answers();
    let refused = code(&mut lab, Command::search(vec![vec![0.5; 128]; 12_000], 3));
    assert_eq!(refused.as_deref(), Some("too_large"));
    assert_eq!(code(&mut lab, Command::search(vec![vec![0.5; 128]; 3], 3)), None);
}

#[test]
fn a_stored_run_with_numbers_that_no_run_comes_to_is_refused() {
    for change in [
        |stored: &mut StoredRun| stored.stamp.t_us = MOST_TIME_US + 1,
        |stored: &mut StoredRun| stored.stamp.next_op = u64::MAX,
        |stored: &mut StoredRun| stored.stamp.durable_lsns = vec![(1, u64::MAX)],
        |stored: &mut StoredRun| stored.receipts_rows = Some(u64::MAX),
        |stored: &mut StoredRun| stored.outstanding_rows = Some(u64::MAX),
    ] {
        let mut stored = StoredRun::default();
        change(&mut stored);
        let refused = Lab::open(config("standalone", 1, false), Some(stored)).expect_err("refused");
        assert_eq!(refused.code, "out_of_range");
    }
    let mut stored = StoredRun::default();
    stored.stamp.seed = u64::MAX;
    let refused = Lab::open(config("standalone", 1, false), Some(stored)).expect_err("refused");
    assert_eq!(refused.code, "bad_seed");
}

#[test]
fn a_write_that_going_back_takes_away_is_answered() {
    for world in ["standalone", "replica-set:3"] {
        let mut lab = lab(world);
        lab.advance(3_000_000, 1_000_000);
        lab.execute(7, Command::insert(3, 1));
        lab.execute(8, Command::Control(Control::Seek { t_us: 1_000_000 }));
        lab.advance(20_000_000, 10_000_000);
        let answers = lab.take_answers();
        for ticket in [7, 8] {
            assert_eq!(
                answers.iter().filter(|(of, _)| *of == ticket).count(),
                1,
                "{world} {ticket}: {answers:?}"
            );
        }
    }
}
