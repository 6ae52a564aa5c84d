//! The bank as a whole: every incident is solved by its reference, by nothing else that is fixed, and failed by its
//! wrong runbooks.

use std::collections::BTreeMap;

use super::*;
use quorum_facade::Command;
use serde_json::json;

/// Seeds of the fast tests.
const FEW: u64 = 2;
/// Seeds of the slow one.
const MANY: u64 = 200;

fn open(incident: &'static Incident, seed: u64) -> Sitting {
    let case = Case::draw(incident, seed).unwrap_or_else(|why| panic!("{} {seed}: {why}", incident.id));
    Sitting::open(case, "en").unwrap_or_else(|why| panic!("{} {seed}: {why}", incident.id))
}

fn played(incident: &'static Incident, seed: u64, steps: &[Step]) -> (Sitting, Verdict) {
    let mut sitting = open(incident, seed);
    let _ = Runbook(steps).play(&mut sitting);
    let verdict = sitting.verdict().unwrap_or_else(|why| panic!("{} {seed}: {why}", incident.id));
    (sitting, verdict)
}

/// Sequences that a guesser may try in any incident of a world.
fn generic(incident: &Incident) -> Vec<Recorded> {
    use quorum_facade::swarm::WorldKind;
    let read = |value: serde_json::Value| Command::read(value.as_object().cloned().unwrap_or_default()).ok();
    let list =
        |values: Vec<serde_json::Value>| Recorded::commands(values.into_iter().filter_map(read).collect());
    let restarts = |to: u32| (1..=to).map(|node| json!({ "op": "restart", "node": node }));
    match incident.world {
        WorldKind::Milvus => vec![
            list(restarts(30).collect()),
            list(
                [json!({ "op": "heal" }), json!({ "op": "object_store" })]
                    .into_iter()
                    .chain(restarts(30))
                    .collect(),
            ),
        ],
        WorldKind::Cluster => vec![
            list(restarts(7).collect()),
            list([json!({ "op": "heal" })].into_iter().chain(restarts(7)).collect()),
        ],
        WorldKind::Regions => vec![
            list(vec![json!({ "op": "region", "deed": "run", "text": "forced" })]),
            list(vec![
                json!({ "op": "region", "deed": "heal" }),
                json!({ "op": "region", "deed": "return", "region": 0 }),
            ]),
        ],
        WorldKind::Standalone => vec![
            list(vec![json!({ "op": "recover" })]),
            list(vec![json!({ "op": "recover" }), json!({ "op": "disk_capacity" })]),
        ],
    }
}

/// What sequences solve, of how many sittings.
#[derive(Debug, Default)]
struct Share {
    sat: u64,
    solved: u64,
    /// With the right diagnosis given away.
    told: u64,
}

/// Plays every incident at these seeds; prints and checks the figures.
fn check(seeds: u64) {
    let mut shares: BTreeMap<String, Share> = BTreeMap::new();
    for incident in bank() {
        let mut recorded = generic(incident);
        for seed in 0..seeds {
            let (sitting, verdict) = played(incident, seed, &incident.reference);
            assert!(verdict.passed, "{} {seed}: {verdict:?} {:?}", incident.id, sitting.commands());
            if seed < 2 {
                recorded.push(Recorded::of(&sitting));
            }
            let (_, verdict) = played(incident, seed, &[]);
            assert!(
                !verdict.passed && verdict.rto_us.is_none(),
                "{} {seed}: over by itself: {verdict:?}",
                incident.id
            );
        }
        for seed in 2..seeds.max(3) {
            for sequence in &recorded {
                let mut sitting = open(incident, seed);
                sequence.play(&mut sitting).unwrap_or_else(|why| panic!("{} {seed}: {why}", incident.id));
                let verdict = sitting.verdict().unwrap_or_else(|why| panic!("{} {seed}: {why}", incident.id));
                let blind = verdict.lacks.iter().all(|lack| matches!(lack, Lack::Component | Lack::Evidence));
                let share = shares.entry(incident.id.clone()).or_default();
                share.sat += 1;
                share.solved += u64::from(verdict.passed);
                share.told += u64::from(blind);
            }
        }
    }
    let (sat, solved) =
        shares.values().fold((0, 0), |(sat, solved), share| (sat + share.sat, solved + share.solved));
    println!("fixed sequences: {solved} of {sat} solved; {shares:#?}");
    assert!(solved * 3 < sat, "fixed sequences solve {solved} of {sat}: {shares:#?}");
}

#[test]
fn the_bank_is_whole() {
    let bank = bank();
    assert!(bank.len() >= 12, "{}", bank.len());
    let mut numbers: Vec<u64> = bank.iter().map(|incident| incident.number).collect();
    quorum_types::sort::sort(&mut numbers);
    numbers.dedup();
    assert!(
        numbers.len() == bank.len() && numbers.iter().all(|number| (1..32).contains(number)),
        "{numbers:?}"
    );
    assert!(bank.iter().all(|incident| !incident.wrong.is_empty()));
    // Every incident is drawn by some seed, and no exam has one twice.
    let mut seen: Vec<&str> = Vec::new();
    for seed in 0..100 {
        let three: Vec<&str> = three(seed).iter().map(|incident| incident.id.as_str()).collect();
        assert!(
            three.len() == INCIDENTS && three[0] != three[1] && three[1] != three[2] && three[0] != three[2]
        );
        seen.extend(three);
    }
    assert!(bank.iter().all(|incident| seen.contains(&incident.id.as_str())));
}

#[test]
fn the_reference_solves_all_and_nothing_or_fixed_sequences_do_not() {
    check(FEW);
}

#[test]
#[ignore = "slow: every incident at two hundred seeds"]
fn the_reference_solves_all_at_two_hundred_seeds() {
    check(MANY);
}

#[test]
fn wrong_runbooks_miss_what_their_file_says() {
    for incident in bank() {
        for wrong in &incident.wrong {
            let (_, verdict) = played(incident, 1, &wrong.steps);
            let lacks: Vec<&str> = verdict.lacks.iter().map(|lack| lack.word()).collect();
            assert!(
                lacks.contains(&wrong.lacks.as_str()),
                "{}: {} is not in {lacks:?}",
                incident.id,
                wrong.lacks
            );
        }
    }
}

#[test]
fn no_two_seeds_look_alike() {
    for incident in bank() {
        let cases: Vec<Case> = (0..6).filter_map(|seed| Case::draw(incident, seed).ok()).collect();
        assert_eq!(cases.len(), 6, "{}", incident.id);
        for (at, one) in cases.iter().enumerate() {
            for other in &cases[at + 1..] {
                assert!(
                    one.fault_us != other.fault_us && one.replay.actions != other.replay.actions,
                    "{}: {} and {}",
                    incident.id,
                    one.seed,
                    other.seed
                );
            }
        }
    }
}

#[test]
fn a_certificate_is_graded_by_sitting_it_again_and_a_forged_one_is_not() {
    let incident = find("forgotten-disk").expect("in the bank");
    let (sitting, verdict) = played(incident, 4, &incident.reference);
    let saved = sitting.saved_run().expect("a run");
    let (case, again) = certificate::judge(&saved, "en").expect("a sitting").expect("repeats");
    assert_eq!((case.incident.id.as_str(), case.seed, again), ("forgotten-disk", 4, verdict));
    let mut other = saved.clone();
    other.entries.remove(0);
    assert!(certificate::judge(&other, "en").expect("a sitting").is_err());
    let mut other = saved;
    if let quorum_facade::saved::Began::Schedule(replay) = &mut other.began {
        replay.actions.pop();
    }
    assert!(certificate::judge(&other, "en").is_none(), "another schedule is no case");
}
