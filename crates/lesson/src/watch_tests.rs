//! Predicates, read from TOML and watched over events that are made up.

use super::evaluator::{MetricSource, Missing, Now, RoleBindings, Watch};
use super::fields::Fields;
use super::predicate::Predicate;
use quorum_milvus::event::{Event, EventKind, MilvusEvent};
use quorum_sim::event::{FaultEvent, OpStatus, Phase, PhaseTime, RaftEvent, ServiceEvent};
use quorum_texts::source;
use quorum_types::NodeId;

/// A world that says what its list says.
struct Metrics(&'static [(&'static str, i64)]);

impl MetricSource for Metrics {
    fn metric(&self, name: &str) -> Option<i64> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    fn is_called(&self, node: NodeId, word: &str) -> bool {
        word == "proxy" && node < 3
    }
}

fn read(text: &str) -> Result<Predicate, String> {
    let document = source::tree(&format!("when = {text}"), 1)?;
    Predicate::read(Fields::of(document)?.field("when")?)
}

fn at(t_us: u64, node: NodeId, kind: EventKind) -> Event {
    Event { t_us, node: (node > 0).then_some(node), kind }
}

fn elected(t_us: u64, node: NodeId) -> Event {
    at(t_us, node, EventKind::Raft(RaftEvent::BecameLeader { term: 1, votes: 2, voters: 3 }))
}

fn killed(t_us: u64, node: NodeId) -> Event {
    at(t_us, node, EventKind::Fault(FaultEvent::Killed))
}

fn ended(t_us: u64, status: OpStatus) -> Event {
    at(t_us, 0, EventKind::Service(ServiceEvent::OpEnd { op: 1, status, took_us: t_us }))
}

/// Watches events; at which of them, counted from 1, it first holds, and what it lacks in the end.
fn watched(
    text: &str,
    metrics: &'static [(&'static str, i64)],
    events: &[Event],
) -> (Option<usize>, Vec<Missing>) {
    let when: &'static Predicate = Box::leak(Box::new(read(text).unwrap_or_else(|fault| panic!("{fault}"))));
    let (mut watch, mut roles) = (Watch::new(when, 0), RoleBindings::default());
    let mut first = None;
    let metrics = Metrics(metrics);
    let mut t_us = 0;
    for (place, event) in events.iter().enumerate() {
        t_us = event.t_us;
        let now = Now { t_us, event: Some(event.into()), roles: &roles, metrics: &metrics, met: &["a-goal"] };
        if watch.see(now) && first.is_none() {
            first = Some(place + 1);
        }
        roles.observe(event.into());
    }
    let mut lacks = Vec::new();
    watch.lacks(Now { t_us, event: None, roles: &roles, metrics: &metrics, met: &["a-goal"] }, &mut lacks);
    (first, lacks)
}

#[track_caller]
fn check(text: &str, events: &[Event], holds_at: Option<usize>) {
    assert_eq!(watched(text, &[("m", 7), ("down", 0)], events).0, holds_at, "{text}");
}

#[test]
fn events_are_shown_by_kind_node_and_fields() {
    let events = [killed(1, 2), elected(2, 1), killed(3, 2), killed(4, 1), elected(5, 2), killed(6, 2)];
    check("{ event = \"killed\" }", &events, Some(1));
    check("{ event = \"killed\", node = 1 }", &events, Some(4));
    check("{ event = \"killed\", node = \"leader\" }", &events, Some(4));
    check("{ event = \"killed\", node = \"follower\" }", &events, Some(3));
    check("{ event = \"killed\", node = \"proxy\" }", &events, Some(1));
    check("{ event = \"became_leader\", votes = 2, voters = { above = 2 } }", &events, Some(2));
    check("{ event = \"became_leader\", votes = { below = 2 } }", &events, None);
    check("{ event = \"became_leader\", rain = 1 }", &events, None);
    check("{ event = \"became_leader\", during = { meter = \"m\", is = 7 } }", &events, Some(2));
    check("{ event = \"became_leader\", during = { meter = \"m\", below = 7 } }", &events, None);
    let phases = vec![PhaseTime { phase: Phase::Detect, us: 9 }, PhaseTime { phase: Phase::Election, us: 1 }];
    let restored =
        [at(1, 0, EventKind::Service(ServiceEvent::ServiceRestored { rto_us: 10, phases, failed: 2 }))];
    check("{ event = \"service_restored\", \"phases.detect\" = { at_least = 9 } }", &restored, Some(1));
    check("{ event = \"service_restored\", \"phases.detect\" = { above = 9 } }", &restored, None);
    check(
        "{ event = \"service_restored\", rto_us = { below = 11 }, failed = { below = 2 } }",
        &restored,
        None,
    );
}

#[test]
fn roles_are_those_before_the_event() {
    let taken = |t_us, node| {
        at(t_us, node, EventKind::Milvus(MilvusEvent::RoleTaken { role: "root_coord".to_owned(), epoch: 1 }))
    };
    let events = [taken(1, 4), killed(2, 5), killed(3, 4)];
    check("{ event = \"killed\", node = \"acting:root_coord\" }", &events, Some(3));
    check("{ event = \"killed\", node = \"acting:query_coord\" }", &events, None);
}

#[test]
fn events_are_counted_and_added_up() {
    let events: Vec<Event> =
        [OpStatus::Ok, OpStatus::Fail, OpStatus::Ok].into_iter().zip(1..).map(|(s, t)| ended(t, s)).collect();
    check("{ count = \"op_end\", status = \"ok\", at_least = 2 }", &events, Some(3));
    check("{ count = \"op_end\", at_least = 2 }", &events, Some(2));
    check("{ count = \"op_end\", status = \"ok\", above = 2 }", &events, None);
    check("{ sum = \"took_us\", event = \"op_end\", status = \"ok\", at_least = 4 }", &events, Some(3));
    check("{ sum = \"took_us\", event = \"op_end\", at_least = 7 }", &events, None);
}

#[test]
fn parts_are_joined_and_turned_round() {
    let events = [elected(1, 1), killed(2, 2), killed(3, 1)];
    check("{ all = [{ event = \"killed\" }, { meter = \"m\", at_least = 7 }] }", &events, Some(2));
    check("{ all = [{ event = \"killed\" }, { meter = \"m\", above = 7 }] }", &events, None);
    check("{ any = [{ event = \"killed\", node = 1 }, { event = \"power_cut\" }] }", &events, Some(3));
    check("{ not = { event = \"power_cut\" } }", &events, Some(1));
    check("{ all = [{ event = \"killed\" }, { not = { event = \"became_leader\" } }] }", &events, None);
    check("{ goal = \"a-goal\" }", &events, Some(1));
    check("{ goal = \"another\" }", &events, None);
    check("{ meter = \"down\", is = false }", &events, Some(1));
    check("{ meter = \"nobody\", is = 1 }", &events, None);
}

#[test]
fn order_and_time_are_kept() {
    let events = [elected(10, 1), killed(20, 1), elected(30, 2), killed(40, 2), elected(90, 3)];
    check("{ event = \"became_leader\", after = { event = \"killed\" } }", &events, Some(3));
    check("{ event = \"killed\", after = { event = \"killed\" } }", &events, Some(4));
    check("{ event = \"killed\", within_us = 20 }", &events, Some(2));
    check("{ event = \"killed\", node = 2, within_us = 20 }", &events, None);
    // The first time it was too late, the next time it is not.
    let soon = "{ event = \"became_leader\", node = 3, within_us = 50, after = { event = \"killed\" } }";
    check(soon, &events, None);
    let again = [killed(0, 1), elected(60, 2), killed(70, 2), elected(80, 3)];
    check(soon, &again, Some(4));
    check("{ never = { event = \"killed\" }, for_us = 15 }", &events, Some(5));
    check("{ never = { event = \"killed\" }, for_us = 51 }", &events, None);
    check(
        "{ never = { event = \"became_leader\" }, for_us = 50 }",
        &[killed(10, 1), killed(49, 1), killed(50, 2)],
        Some(3),
    );
}

#[test]
fn what_is_missing_is_said() {
    let say = |text: &str, events: &[Event]| {
        let lacks = watched(text, &[("m", 7)], events).1;
        let one = |lack: &Missing| {
            format!("{} {} {:?} {:?} {:?}", lack.word, lack.name, lack.test, lack.have, lack.want)
        };
        lacks.iter().map(one).collect::<Vec<_>>().join(" + ")
    };
    let some = [ended(1, OpStatus::Ok), killed(5, 2)];
    assert_eq!(
        say("{ count = \"op_end\", at_least = 3 }", &some),
        "count op_end Some(\"at_least\") Some(1) Some(3)"
    );
    assert_eq!(say("{ event = \"paused\" }", &some), "event paused None None None");
    assert_eq!(
        say("{ event = \"op_end\", took_us = { above = 4 } }", &some),
        "event op_end Some(\"above\") Some(1) Some(4)"
    );
    assert_eq!(
        say("{ all = [{ meter = \"m\", below = 3 }, { goal = \"x\" }, { event = \"killed\" }] }", &some),
        "meter m Some(\"below\") Some(7) Some(3) + goal x None None None"
    );
    assert_eq!(say("{ any = [{ event = \"paused\" }, { event = \"killed\" }] }", &some), "");
    assert_eq!(say("{ not = { event = \"killed\" } }", &some), "not killed None None None");
    assert_eq!(
        say("{ never = { event = \"killed\" }, for_us = 9 }", &some),
        "never killed None Some(0) Some(9)"
    );
    assert_eq!(say("{ event = \"paused\", within_us = 3 }", &some), "late paused None None Some(3)");
    assert_eq!(
        say("{ event = \"paused\", after = { event = \"killed\" } }", &some),
        "event paused None None None"
    );
}

#[test]
fn another_node_and_the_word_of_an_event_are_said() {
    let say = |text: &str, events: &[Event]| {
        let lacks = watched(text, &[], events).1;
        let one = |lack: &Missing| {
            format!("{} {:?} {:?} {:?} {:?}", lack.name, lack.node, lack.field, lack.have, lack.want_text)
        };
        lacks.iter().map(one).collect::<Vec<_>>().join(" + ")
    };
    let wrong_one = [killed(5, 2)];
    let of_one = "{ event = \"killed\", node = 1 }";
    assert_eq!(say(of_one, &wrong_one), "killed Some(\"1\") Some(\"node\") Some(2) None");
    assert_eq!(say(of_one, &[]), "killed Some(\"1\") None None None");
    assert_eq!(say(of_one, &[killed(5, 2), killed(6, 1)]), "");
    let never = "{ never = { event = \"op_end\", status = \"fail\" }, for_us = 9 }";
    assert_eq!(say(never, &wrong_one), "op_end None None Some(5) Some(\"fail\")");
    let count = "{ count = \"op_end\", status = \"ok\", at_least = 3 }";
    assert_eq!(say(count, &[ended(1, OpStatus::Ok)]), "op_end None None Some(1) Some(\"ok\")");
    assert_eq!(say("{ event = \"op_end\", status = \"info\" }", &[]), "op_end None None None Some(\"info\")");
}

#[test]
fn what_is_no_predicate_is_refused_with_its_line() {
    let check = |text: &str, expected: &str| {
        let fault = read(text).expect_err(text);
        assert!(fault.contains(expected), "{text}: {fault}");
    };
    check("1", "line 1: when has to be a table");
    check("\"rain\"", "line 1: there is no condition “rain”");
    check("\"rows_acknowledged\"", "line 1: there is no at_least");
    check("{ node = 1 }", "line 1: this is no predicate");
    check("{ meter = \"m\" }", "line 1: how much?");
    check("{ meter = \"m\", at_least = \"x\" }", "line 1: at_least has to be a whole number");
    check("{ meter = \"m\", at_least = 1, colour = 2 }", "line 1: colour is not known here");
    check("{ all = [] }", "line 1: of what?");
    check("{ never = { event = \"killed\" } }", "there is no for_us");
    check("{ event = \"killed\", x = { around = 1 } }", "line 1: how much?");
    check("{ event = \"killed\", x = 1.5 }", "a text, a whole number, true or false is wanted");
    let many = format!("{{ all = [{}] }}", "{ event = \"killed\" },".repeat(100));
    check(&many, "a predicate of 101 parts is too much");
}
