//! Seeds of the single engine, with all rules on and with each rule off; and what seeds have found.

use super::action::{Action, Keep};
use super::rules::{RULES, Rule};
use super::swarm::{Schedule, Watched};
use crate::swarm::{self, Limits, SwarmWorld, SwitchableRule, Timed};

type Search = swarm::Search<Watched>;
type Run = swarm::Run<Watched>;

/// Events of a run's safety phase here.
const EVENTS: u64 = 500;
/// The maximum number of actions in a shrunk schedule.
const MOST_ACTIONS: usize = 25;

/// Runs seeds from `first` on, in which there must be no violation.
fn check(first: u64, seeds: u64) {
    let limits = Limits { events: EVENTS, until: None, mend: true };
    let (mut answers, mut excused, mut actions) = (0, 0, 0);
    for seed in first..first + seeds {
        let run = Run::new(Watched::generate(seed, None), limits, true).finish();
        assert!(run.violations.is_empty(), "seed {seed}: {:?}", run.violations);
        answers += run.world.judged();
        excused += u64::from(run.world.core(true).is_none());
        actions += run.done().len() as u64;
    }
    // The runs did something relevant.
    assert!(answers > 15 * seeds, "{answers} answers");
    assert!(actions > 30 * seeds, "{actions} actions");
    assert!(excused * 20 <= seeds, "{excused} logs were damaged");
}

/// Ranges of seeds in parts that run in parallel.
macro_rules! nothing_breaks {
    ($($(#[$slow:meta])? $name:ident: $first:literal, $seeds:literal;)*) => {$(
        #[test]
        $(#[$slow])?
        fn $name() {
            check($first, $seeds);
        }
    )*};
}
nothing_breaks! {
    with_all_rules_on_nothing_breaks_from_0: 0, 100;
    #[ignore = "slow: more seeds"]
    with_all_rules_on_nothing_breaks_from_100: 100, 100;
    #[ignore = "slow: more seeds"]
    with_all_rules_on_nothing_breaks_from_200: 200, 100;
}

/// A search with a rule off: the seed that broke it and the number of actions left.
fn shrunk(rule: Rule) -> Option<(u64, usize)> {
    let mut search = Search::new(Some(rule), 0, 200, 5_000);
    search.go(u64::MAX);
    let found = search.found()?;
    assert_eq!(found.violation.invariant, rule.breaks());
    // What is handed over breaks the same again, and with the rule on it does not.
    let limits = Limits { events: found.violation.event + 1, until: None, mend: false };
    let again = Run::new(found.schedule.clone(), limits, true).finish();
    assert!(again.broke(rule.breaks()).is_some(), "{}", rule.name());
    let on = Schedule { off: Vec::new(), ..found.schedule.clone() };
    let text = serde_json::to_string(&on).expect("it is JSON");
    let on = Run::new(on, limits, true).finish();
    assert!(on.violations.is_empty(), "{}: {:?} in {text}", rule.name(), on.violations);
    Some((found.seed, found.schedule.actions.len()))
}

/// Every rule, in parts that run in parallel: a part switches every third rule off.
fn each_rule_off_breaks_what_it_protects(part: usize) {
    for facts in RULES.iter().skip(part).step_by(3) {
        let found = shrunk(facts.rule);
        println!("{} → {}: {found:?}", facts.name, facts.breaks);
        assert!(found.is_some_and(|(_, actions)| actions <= MOST_ACTIONS), "{}: {found:?}", facts.name);
    }
}

#[test]
fn each_rule_off_breaks_what_it_protects_and_is_shrunk_0() {
    each_rule_off_breaks_what_it_protects(0);
}

#[test]
fn each_rule_off_breaks_what_it_protects_and_is_shrunk_1() {
    each_rule_off_breaks_what_it_protects(1);
}

#[test]
fn each_rule_off_breaks_what_it_protects_and_is_shrunk_2() {
    each_rule_off_breaks_what_it_protects(2);
}

#[test]
fn a_schedule_reads_back_from_its_json_and_replays() {
    for seed in 0..10 {
        let schedule = Watched::generate(seed, None);
        let text = serde_json::to_string(&schedule).expect("it is JSON");
        let read: Schedule = serde_json::from_str(&text).expect("it reads back");
        assert_eq!(read, schedule);
        let limits = Limits { events: 800, until: None, mend: true };
        let (one, two) = (Run::new(schedule, limits, true).finish(), Run::new(read, limits, true).finish());
        assert_eq!(one.world.world.event_log.digest(), two.world.world.event_log.digest());
    }
}

#[test]
fn fields_that_are_left_out_have_the_commands_defaults() {
    let read = |text: &str| serde_json::from_str::<Timed<Action>>(text).expect("it reads").action;
    let insert = Action::Insert { collection: "docs".to_owned(), rows: 5.into(), batch: 1_000 };
    assert_eq!(read(r#"{"t_us":1,"op":"insert","rows":5}"#), insert);
    assert_eq!(read(r#"{"t_us":1,"op":"crash"}"#), Action::Crash { keep: Keep::Synced, torn_bytes: 0 });
    let compact = Action::Compact { collection: "docs".to_owned(), deleted_percent: 20 };
    assert_eq!(read(r#"{"t_us":1,"op":"compact"}"#), compact);
    assert_eq!(read(r#"{"t_us":1,"op":"recover"}"#), Action::Recover);
    let kill = Action::Kill { node: 1, torn_bytes: 0, sectors: Some(7) };
    assert_eq!(read(r#"{"t_us":1,"op":"kill","node":1,"sectors":7}"#), kill);
}

/// A schedule that begins as generated ones do, and goes on with these actions, one each millisecond.
fn scheduled(settings: &[(&str, u64)], actions: impl Iterator<Item = Action>) -> Schedule {
    let mut schedule = Watched::generate(0, None);
    schedule.settings = settings.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    schedule.actions.truncate(3);
    let timed = (Watched::SETTLED_US..).step_by(1_000).zip(actions);
    schedule.actions.extend(timed.map(|(t_us, action)| Timed { t_us, action }));
    schedule
}

fn one_row(id: u64) -> Action {
    let row = serde_json::json!([{ "id": id, "timestamp": 0, "text": "", "vector": [0, 0, 0, id] }]);
    Action::Insert { collection: "docs".to_owned(), rows: row, batch: 1 }
}

#[test]
fn requests_that_were_queued_before_the_mending_do_not_count_as_a_standstill() {
    // Each takes a sync of 8 ms: those that are left take longer than the patience for one answer.
    let schedule = scheduled(&[("sync_us", 8_000)], (0..2_500).map(one_row));
    let limits = Limits { events: 1_000, until: None, mend: true };
    let run = Run::new(schedule, limits, true).finish();
    assert_eq!(run.violations, Vec::new());
    assert!(run.world.judged() > 2_500, "all of them were answered");
}

#[test]
fn the_checkers_read_each_object_once() {
    let flush = Action::Flush { collection: "docs".to_owned() };
    let actions = (0..100).flat_map(|id| [one_row(id), flush.clone()]);
    let limits = Limits { events: 20_000, until: None, mend: false };
    let run = Run::new(scheduled(&[], actions), limits, true).finish();
    assert_eq!(run.violations, Vec::new());
    let (read, there) = (run.world.checkers.read_bytes, run.world.world.log().disk.bytes());
    assert!(read > 10_000 && read <= there, "{read} bytes were read, {there} are there");
}

/// Many seeds: `STANDALONE_SEEDS=0..1000 cargo test -p quorum-sim --lib many_seeds -- --ignored --nocapture`.
#[test]
#[ignore = "slow: takes minutes"]
fn many_seeds() {
    let text = std::env::var("STANDALONE_SEEDS").unwrap_or_else(|_| "0..1000".to_owned());
    let (first, last) = text.split_once("..").expect("a range");
    let (first, last): (u64, u64) = (first.parse().expect("a number"), last.parse().expect("a number"));
    let limits = Limits { events: 10_000, until: None, mend: true };
    let (mut events, mut answers, mut excused, mut broken) = (0, 0, 0, 0);
    let mut faults = std::collections::BTreeMap::<String, u64>::new();
    for seed in first..last {
        let run = Run::new(Watched::generate(seed, None), limits, true).finish();
        if !run.violations.is_empty() {
            broken += 1;
            println!("seed {seed}: {:?}", run.violations);
        }
        events += run.events;
        answers += run.world.judged();
        excused += u64::from(run.world.core(true).is_none());
        for timed in run.done() {
            *faults.entry(swarm::ScheduledAction::word(&timed.action)).or_default() += 1;
        }
    }
    println!("{} seeds, {events} events, {answers} answers, {excused} excused: {faults:?}", last - first);
    assert_eq!(broken, 0);
}
