//! The checker against known histories, against every possible order, and against another program.
//!
//! Guarantees: small histories with all kinds of operations get the same verdict as trying all orders; larger ones of
//! reads, writes and swaps the same as `todc-utils`; a reported contradiction is one by all orders, too. Leaves out:
//! speed, except that it ends, and how small a contradiction is.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use todc_utils::specifications::Specification;
use todc_utils::{Action, History, WGLChecker};

use super::*;
use quorum_types::Rng;

fn op(kind: Kind, status: Status, start: u64, end: u64) -> Op {
    Op { client: start, key: 1, kind, status, start, end: (status == Status::Ok).then_some(end) }
}

fn read(value: u64, start: u64, end: u64) -> Op {
    op(Kind::Read { value: Some(value) }, Status::Ok, start, end)
}

fn write(value: u64, start: u64, end: u64) -> Op {
    op(Kind::Write { value }, Status::Ok, start, end)
}

fn cas(from: u64, to: u64, swapped: bool, start: u64, end: u64) -> Op {
    op(Kind::Cas { from, to, swapped: Some(swapped) }, Status::Ok, start, end)
}

/// A write with an unknown outcome.
fn lost(value: u64, start: u64) -> Op {
    op(Kind::Write { value }, Status::Info, start, 0)
}

fn verdict_text(history: &[Op]) -> String {
    let verdict = check(history);
    assert_eq!(unexplained(history), verdict.why.as_ref().map(|why| why.key));
    match verdict.why {
        None => format!("linearizable: {} ops, {} keys", verdict.ops, verdict.keys),
        Some(why) => format!("key {}: {:?}, {} {:?}", why.key, why.ops, why.at, why.cause),
    }
}

fn check_verdict(history: &[Op], verdict: &Expect) {
    verdict.assert_eq(&verdict_text(history));
}

#[test]
fn known_histories_are_judged_as_they_are_known() {
    let check = |history: &[Op], verdict: Expect| check_verdict(history, &verdict);
    check(&[], expect!["linearizable: 0 ops, 0 keys"]);
    check(&[read(0, 0, 1)], expect!["linearizable: 1 ops, 1 keys"]);
    // A stale read, and the same read while the write was still in progress.
    check(
        &[write(1, 0, 1), write(2, 2, 3), read(1, 4, 5)],
        expect!["key 1: [0, 1, 2], 2 Overwritten { by: 1 }"],
    );
    check(&[write(1, 0, 1), write(2, 2, 4), read(1, 4, 5)], expect!["linearizable: 3 ops, 1 keys"]);
    check(&[write(1, 0, 1), read(0, 2, 3)], expect!["key 1: [0, 1], 1 Overwritten { by: 0 }"]);
    // A lost update: two increments from the same value.
    check(
        &[write(1, 0, 1), read(1, 2, 3), cas(1, 2, true, 4, 8), cas(1, 2, true, 5, 9), read(2, 10, 11)],
        expect!["key 1: [0, 2, 3], 3 Together"],
    );
    check(
        &[write(1, 0, 1), cas(1, 2, true, 4, 8), cas(1, 2, false, 5, 9)],
        expect!["linearizable: 3 ops, 1 keys"],
    );
    // A swap was refused though the register held the expected value.
    check(&[write(1, 0, 1), cas(1, 2, false, 2, 3)], expect!["key 1: [0, 1], 1 Together"]);
    check(&[cas(0, 0, false, 2, 3)], expect!["key 1: [0], 0 Together"]);
    check(&[cas(5, 1, true, 2, 3)], expect!["key 1: [0], 0 NeverWritten"]);
    // The new value, then the old one again.
    check(
        &[write(1, 0, 1), write(2, 2, 20), read(2, 3, 4), read(1, 5, 6)],
        expect!["key 1: [0, 1, 2, 3], 3 Together"],
    );
    check(&[read(7, 0, 1), write(7, 2, 3)], expect!["key 1: [0, 1], 0 NotYetWritten"]);
    check(&[write(1, 0, 1), read(9, 2, 3), write(2, 4, 5)], expect!["key 1: [1], 1 NeverWritten"]);
}

#[test]
fn what_nobody_knows_of_may_come_late_once_or_never() {
    let check = |history: &[Op], verdict: Expect| check_verdict(history, &verdict);
    check(&[write(1, 0, 1), lost(2, 2), read(1, 50, 51)], expect!["linearizable: 3 ops, 1 keys"]);
    check(
        &[write(1, 0, 1), lost(2, 2), read(1, 50, 51), read(2, 52, 53)],
        expect!["linearizable: 4 ops, 1 keys"],
    );
    check(
        &[write(1, 0, 1), lost(2, 2), read(2, 50, 51), write(3, 52, 53), read(2, 54, 55)],
        expect!["key 1: [1, 2, 3, 4], 4 Together"],
    );
    check(
        &[lost(2, 0), lost(2, 1), read(2, 50, 51), write(3, 52, 53), read(2, 54, 55)],
        expect!["linearizable: 5 ops, 1 keys"],
    );
    check(&[read(2, 0, 4), lost(2, 5)], expect!["key 1: [0, 1], 0 NotYetWritten"]);
    let maybe = |from, to, start| op(Kind::Cas { from, to, swapped: None }, Status::Info, start, 0);
    check(&[maybe(0, 1, 0), maybe(1, 2, 1), read(2, 5, 6)], expect!["linearizable: 3 ops, 1 keys"]);
    check(
        &[maybe(0, 1, 0), maybe(1, 2, 1), read(2, 5, 6), read(1, 7, 8)],
        expect!["key 1: [0, 1, 2, 3], 3 Together"],
    );
    // It certainly failed.
    let failed = Op { status: Status::Fail, ..write(1, 0, 1) };
    check(&[failed, read(1, 2, 3)], expect!["key 1: [1], 1 NeverWritten"]);
    // An answer without a known time counts, but precedes nothing.
    let open = Op { end: None, ..write(1, 5, 5) };
    check(&[open, read(0, 7, 8), read(1, 9, 10), read(0, 11, 12)], expect!["key 1: [0, 2, 3], 3 Together"]);
    check(&[open, read(0, 7, 8)], expect!["linearizable: 2 ops, 1 keys"]);
}

#[test]
fn registers_are_judged_apart() {
    let other = |op: Op| Op { key: 2, ..op };
    let fine = [write(1, 0, 1), other(write(2, 2, 3)), read(1, 4, 5), other(read(2, 4, 5))];
    check_verdict(&fine, &expect!["linearizable: 4 ops, 2 keys"]);
    let bad = [write(1, 0, 1), other(write(2, 2, 3)), read(1, 4, 5), other(read(0, 4, 5))];
    check_verdict(&bad, &expect!["key 2: [1, 3], 3 Overwritten { by: 1 }"]);
}

/// Whether some order explains these operations on one register: every order is tried.
fn explained(history: &[Op]) -> bool {
    let certain = |op: &Op| op.status == Status::Ok && !matches!(op.kind, Kind::Cas { swapped: None, .. });
    let left: Vec<Op> = history.iter().copied().filter(|op| op.status != Status::Fail).collect();
    fn go(left: &[Op], state: u64, certain: &dyn Fn(&Op) -> bool) -> bool {
        if !left.iter().any(certain) {
            return true;
        }
        (0..left.len()).any(|next| {
            let op = left[next];
            let precedes = |other: &Op| certain(other) && other.end.is_some_and(|end| end < op.start);
            let mut rest = left.to_vec();
            rest.remove(next);
            if rest.iter().any(precedes) {
                return false;
            }
            let after: Vec<u64> = match op.kind {
                Kind::Read { value } if certain(&op) && value.is_some_and(|value| value != state) => vec![],
                Kind::Read { .. } => vec![state],
                Kind::Write { value } => vec![value],
                Kind::Cas { from, to, swapped } => {
                    let holds = from == state;
                    if certain(&op) && swapped != Some(holds) {
                        vec![]
                    } else {
                        vec![if holds { to } else { state }]
                    }
                }
            };
            after.into_iter().any(|state| go(&rest, state, certain))
        })
    }
    go(&left, 0, &certain)
}

/// A contradiction is confirmed by trying all orders, is in order of start, and includes every write that was seen.
fn check_contradiction(history: &[Op], why: &Contradiction) {
    let shown: Vec<Op> = why.ops.iter().map(|&place| history[place]).collect();
    assert!(shown.iter().all(|op| op.key == why.key && op.status != Status::Fail), "{shown:?}");
    assert!(shown.is_sorted_by_key(|op| op.start), "{shown:?}");
    assert!(why.ops.contains(&why.at), "{why:?}");
    assert!(!explained(&shown), "{shown:?}");
    let answer = |value: u64| {
        history.iter().filter(move |op| match op.kind {
            Kind::Write { value: to } => to == value,
            Kind::Cas { from, to, swapped } => {
                to == value && to != from && (swapped != Some(false) || op.status == Status::Info)
            }
            Kind::Read { .. } => false,
        })
    };
    let here = |op: &&Op| op.key == why.key && op.status != Status::Fail;
    match (why.cause, history[why.at].kind) {
        (Cause::Together, _) => {}
        (Cause::NeverWritten, Kind::Read { value: Some(value) } | Kind::Cas { from: value, .. }) => {
            assert_eq!(answer(value).filter(here).count(), 0, "{history:?}");
        }
        (Cause::NotYetWritten, Kind::Read { value: Some(value) } | Kind::Cas { from: value, .. }) => {
            let end = history[why.at].end.expect("an end");
            assert!(answer(value).filter(here).all(|op| op.start > end), "{history:?}");
        }
        (Cause::Overwritten { by }, Kind::Read { .. } | Kind::Cas { .. }) => {
            assert!(why.ops.contains(&by) && history[by].end.expect("an end") < history[why.at].start);
        }
        other => panic!("{other:?} of {history:?}"),
    }
}

fn any_op(values: u64, times: u64) -> impl Strategy<Value = Op> {
    let kind = prop_oneof![
        3 => (0..values).prop_map(|value| Kind::Read { value: Some(value) }),
        1 => Just(Kind::Read { value: None }),
        4 => (0..values).prop_map(|value| Kind::Write { value }),
        3 => (0..values, 0..values, prop::option::weighted(0.9, any::<bool>()))
            .prop_map(|(from, to, swapped)| Kind::Cas { from, to, swapped }),
    ];
    let status = prop_oneof![6 => Just(Status::Ok), 1 => Just(Status::Fail), 3 => Just(Status::Info)];
    (kind, status, 0..times, 0..times / 2, prop::bool::weighted(0.9)).prop_map(
        |(kind, status, start, length, ended)| Op {
            client: 0,
            key: 0,
            kind,
            status,
            start,
            end: ended.then_some(start + length),
        },
    )
}

/// A history of a real register: operations with random delays, each taking effect at one moment. Some are never
/// answered, some fail.
fn real(rng: &mut Rng, clients: u64, ops: usize, values: u64, keys: u64, unsure: bool) -> Vec<Op> {
    let mut free = vec![0; clients as usize];
    let mut effects: Vec<(u64, usize, bool)> = Vec::new();
    let mut history: Vec<Op> = (0..ops)
        .map(|place| {
            let client = (0..clients).min_by_key(|&client| free[client as usize]).expect("a client");
            let start = free[client as usize] + rng.below(20);
            let effect = start + rng.below(30);
            let end = effect + rng.below(30);
            free[client as usize] = end + 1;
            let value = 1 + rng.below(values);
            let kind = match rng.below(4) {
                0 => Kind::Write { value },
                1 => Kind::Cas { from: rng.below(values + 1), to: value, swapped: None },
                _ => Kind::Read { value: None },
            };
            let fate = if unsure { rng.below(10) } else { 9 };
            let status = match fate {
                0 => Status::Fail,
                1 | 2 => Status::Info,
                _ => Status::Ok,
            };
            // An unanswered operation takes effect much later, or not at all.
            match fate {
                0 | 1 => {}
                2 => effects.push((effect + rng.below(500), place, true)),
                _ => effects.push((effect, place, true)),
            }
            let key = rng.below(keys);
            Op { client, key, kind, status, start, end: (status != Status::Info).then_some(end) }
        })
        .collect();
    effects.sort_by_key(|effect| effect.0);
    let mut registers = vec![0; keys as usize];
    for (_, place, _) in effects {
        let op = &mut history[place];
        let register = &mut registers[op.key as usize];
        match &mut op.kind {
            Kind::Read { value } => *value = Some(*register),
            Kind::Write { value } => *register = *value,
            Kind::Cas { from, to, swapped } => {
                *swapped = Some(from == register);
                if from == register {
                    *register = *to;
                }
            }
        }
        if op.status == Status::Info
            && let Kind::Cas { swapped, .. } = &mut op.kind
        {
            *swapped = None;
        }
    }
    history
}

/// Changes what some reads answered.
fn spoil(rng: &mut Rng, history: &mut [Op], times: u64, values: u64) {
    for _ in 0..times {
        let place = rng.below(history.len() as u64) as usize;
        if let Kind::Read { value } = &mut history[place].kind {
            *value = Some(rng.below(values + 1));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn small_histories_are_judged_as_by_trying_all_orders(
        history in (2_u64..5, 3_u64..24)
            .prop_flat_map(|(values, times)| prop::collection::vec(any_op(values, times), 0..8)),
    ) {
        let verdict = check(&history);
        prop_assert_eq!(verdict.linearizable(), explained(&history));
        if let Some(why) = &verdict.why {
            check_contradiction(&history, why);
        }
    }
}

#[test]
fn small_real_histories_are_accepted_and_spoiled_ones_judged_as_by_trying_all_orders() {
    let mut rng = Rng::new(7, 1);
    let mut refused = 0;
    for round in 0..4_000 {
        let values = 1 + rng.below(4);
        let mut history = real(&mut rng, 1 + round % 4, 7, values, 1, true);
        assert!(check(&history).linearizable(), "{history:?}");
        assert!(explained(&history), "{history:?}");
        spoil(&mut rng, &mut history, 2, values);
        let verdict = check(&history);
        assert_eq!(verdict.linearizable(), explained(&history), "{history:?}");
        if let Some(why) = &verdict.why {
            check_contradiction(&history, why);
            refused += 1;
        }
    }
    assert!(refused > 500, "only {refused} were spoiled");
}

/// A register, in the form for the other program.
struct Register;

impl Specification for Register {
    type State = u64;
    type Operation = Kind;

    fn init() -> u64 {
        0
    }

    fn apply(kind: &Kind, state: &u64) -> (bool, u64) {
        match *kind {
            Kind::Read { value } => (value == Some(*state), *state),
            Kind::Write { value } => (true, value),
            Kind::Cas { from, to, swapped } => {
                let holds = from == *state;
                (swapped == Some(holds), if holds { to } else { *state })
            }
        }
    }
}

/// The other program's verdict on answered operations on one register.
fn other_says(history: &[Op]) -> bool {
    let mut events: Vec<(u64, bool, usize)> = Vec::new();
    for (place, op) in history.iter().enumerate() {
        events.push((op.start, false, place));
        events.push((op.end.expect("answered"), true, place));
    }
    events.sort_unstable();
    let actions = events.into_iter().map(|(_, end, place)| {
        let kind = history[place].kind;
        (place, if end { Action::Response(kind) } else { Action::Call(kind) })
    });
    WGLChecker::<Register>::is_linearizable(History::from_actions(actions.collect()))
}

#[test]
fn another_program_says_the_same() {
    let mut rng = Rng::new(8, 1);
    let (mut refused, mut accepted) = (0, 0);
    for round in 0..1_500 {
        let values = 1 + rng.below(12);
        let mut history = real(&mut rng, 1 + round % 6, 40, values, 1, false);
        assert!(check(&history).linearizable() && other_says(&history), "{history:?}");
        spoil(&mut rng, &mut history, 2, values);
        let linearizable = check(&history).linearizable();
        assert_eq!(linearizable, other_says(&history), "{history:?}");
        *(if linearizable { &mut accepted } else { &mut refused }) += 1;
    }
    assert!(refused > 300 && accepted > 50, "{refused} refused, {accepted} accepted");
}

#[test]
fn a_contradiction_among_very_many_operations_is_shown_in_few() {
    let mut rng = Rng::new(9, 1);
    let mut history = real(&mut rng, 30, 60_000, 1_000_000, 10, true);
    assert!(check(&history).linearizable());
    let count = history.len() as u64;
    // A late read returns a value from long before.
    let end = history.iter().filter_map(|op| op.end).max().expect("an end");
    let stale =
        history.iter().find(|op| op.status == Status::Ok && matches!(op.kind, Kind::Write { .. })).copied();
    let stale = stale.expect("a write");
    let Kind::Write { value } = stale.kind else { panic!("a write") };
    history.push(Op { key: stale.key, ..read(value, end + 1, end + 2) });
    let why = check(&history).why.expect("a contradiction");
    assert_eq!((why.key, why.at), (stale.key, count as usize));
    assert!(matches!(why.cause, Cause::Overwritten { .. }) && why.ops.len() == 3, "{why:?}");
}

#[test]
fn few_values_and_many_operations_that_nobody_knows_of_end() {
    let mut rng = Rng::new(10, 1);
    for seed in 0..4 {
        let mut history = real(&mut rng, 5 + seed, 4_000, 4, 1, true);
        assert!(check(&history).linearizable());
        let last = history.iter().map(|op| op.start).max().expect("a start") + 100;
        // No operation wrote this; all operations with an unknown outcome are candidates to the end.
        history.extend([write(5, last, last + 1), read(0, last + 2, last + 3)]);
        let why = check(&history).why.expect("a contradiction");
        assert!(why.ops.len() < 10, "{}", why.ops.len());
    }
}

#[test]
fn many_at_once_with_values_of_their_own_end() {
    // Two hundred concurrent writes, each seen by a read, and then two different last ones.
    let mut history: Vec<Op> = (1..=200).map(|value| write(value, value % 7, 1_000 + value)).collect();
    history.extend((1..=200).map(|value| read(value, 500 - value, 1_000)));
    assert!(check(&history).linearizable());
    history.extend([read(7, 2_000, 2_001), read(8, 2_002, 2_003)]);
    let why = check(&history).why.expect("a contradiction");
    assert_eq!(why.ops.len(), 4, "{why:?}");
    // Hundreds with an unknown outcome, seen or not.
    let mut history: Vec<Op> = (1..=400).map(|value| lost(value, value)).collect();
    history.extend((1..=200).map(|value| read(value, 1_000 + value, 2_000 + value)));
    assert!(check(&history).linearizable());
    history.extend([read(7, 3_000, 3_001), read(8, 3_002, 3_003), read(7, 3_004, 3_005)]);
    let why = check(&history).why.expect("a contradiction");
    assert_eq!(why.ops.len(), 5, "{why:?}");
}

/// Replays an order on plain registers: every answer must be the register's, and every moment within its operation.
fn hold_to_registers(history: &[Op], order: &[(usize, u64)]) {
    let mut registers = std::collections::BTreeMap::new();
    let mut before = 0;
    for &(at, moment) in order {
        let op = history[at];
        assert!(moment >= before && moment >= op.start, "{op:?} at {moment}");
        assert!(op.status == Status::Info || op.end.is_none_or(|end| moment <= end), "{op:?} at {moment}");
        assert_ne!(op.status, Status::Fail, "{op:?} took no effect");
        before = moment;
        let held = registers.entry(op.key).or_insert(0);
        match op.kind {
            Kind::Read { value } => assert_eq!(value, Some(*held), "{op:?}"),
            Kind::Write { value } => *held = value,
            Kind::Cas { from, to, swapped } => {
                let swaps = *held == from;
                assert!(swapped.is_none_or(|swapped| swapped == swaps), "{op:?} of {held}");
                if swaps {
                    *held = to;
                }
            }
        }
    }
    let claims = |at: usize| matches!(history[at].kind, Kind::Write { .. } | Kind::Read { value: Some(_) });
    for at in (0..history.len()).filter(|&at| history[at].status == Status::Ok && claims(at)) {
        assert!(order.iter().any(|(placed, _)| *placed == at), "{:?} is not in the order", history[at]);
    }
}

/// Operations on two registers that a run of plain registers answered, some of them without an outcome; of some the
/// answer is changed afterwards.
fn some_history(seed: u64) -> Vec<Op> {
    let mut rng = Rng::new(seed, 0);
    let mut registers = [0_u64; 2];
    let (mut history, mut now) = (Vec::new(), 0);
    for n in 0..12 {
        now += rng.below(4);
        let key = rng.below(2);
        let held = &mut registers[key as usize];
        let lost = rng.below(5) == 0;
        let happens = !lost || rng.below(2) == 0;
        let kind = match rng.below(3) {
            0 => Kind::Read { value: Some(if rng.below(12) == 0 { rng.below(4) } else { *held }) },
            1 => Kind::Write { value: 1 + n % 4 },
            _ => {
                let (from, to) = (rng.below(4), rng.below(4));
                Kind::Cas { from, to, swapped: (!lost).then_some(from == *held) }
            }
        };
        if happens {
            match kind {
                Kind::Write { value } => *held = value,
                Kind::Cas { from, to, .. } if from == *held => *held = to,
                _ => {}
            }
        }
        let kind = if lost && matches!(kind, Kind::Read { .. }) { Kind::Read { value: None } } else { kind };
        let status = if lost { Status::Info } else { Status::Ok };
        let (start, end) = (now.saturating_sub(rng.below(6)), now + rng.below(6));
        history.push(Op { client: n, key, kind, status, start, end: (!lost).then_some(end) });
    }
    history
}

#[test]
fn an_order_that_is_found_explains_every_answer() {
    let (mut ordered, mut refuted) = (0, 0);
    for seed in 0..4_000 {
        let history = some_history(seed);
        let verdict = check(&history);
        match explain(&history, u64::MAX) {
            Explanation::Order(order) => {
                assert!(verdict.linearizable(), "seed {seed}");
                hold_to_registers(&history, &order);
                ordered += 1;
            }
            Explanation::Contradiction(why) => {
                assert_eq!(verdict.why, Some(why), "seed {seed}");
                refuted += 1;
            }
            Explanation::GaveUp { key } => panic!("seed {seed}: gave up at register {key}"),
        }
    }
    assert!(ordered > 1_000 && refuted > 300, "{ordered} explained, {refuted} refuted");
}

#[test]
fn a_search_without_steps_gives_up() {
    let history = [write(1, 0, 9), write(2, 1, 8), read(1, 10, 11)];
    assert_eq!(explain(&history, 0), Explanation::GaveUp { key: 1 });
    assert!(matches!(explain(&history, 100), Explanation::Order(_)));
}
