//! One seed and one list of commands make one history, in this process and in the browser, kept or in memory; so does
//! one schedule of faults.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use e2e::{Browser, Lab, Server};
use quorum_facade::swarm::{Cluster, Replay, make};
use quorum_facade::{Advance, Command, Control, Lab as NativeLab, RunConfig, Snapshot};
use quorum_types::SECOND;
use serde_json::{Value, json};

/// The largest number that a script can count to, for every run of the tests; small ones with `--slow`.
const SEED: u64 = 9_007_199_254_740_991;
const MORE_SEEDS: [u64; 2] = [1, 7];
/// How much virtual time each of them is given.
const SCHEDULE_US: u64 = SECOND;
/// Number of schedules replayed by one script: a message from this process for each step would take longer than the
/// runs, and one script for all of them longer than the timeout on a busy machine.
const SCHEDULES_AT_ONCE: usize = 20;

/// A run: what is opened and what is done with it, each command when the one before has been answered.
struct Script {
    topology: &'static str,
    commands: Vec<Value>,
}

fn scripts() -> [Script; 2] {
    let second = |n: u64| json!({"op": "run", "us": n * 1_000_000});
    [
        Script {
            topology: "standalone",
            commands: vec![
                json!({"op": "insert", "rows": 1_000}),
                json!({"op": "query", "filter": "id < 10", "limit": 100}),
                json!({"op": "insert", "rows": 3_000, "batch": 700}),
                json!({"op": "power_cut", "torn_bytes": 40}),
                second(1),
                json!({"op": "insert", "rows": 500}),
            ],
        },
        Script {
            topology: "replica-set:5",
            commands: vec![
                second(3),
                json!({"op": "cut", "from": 1, "to": 2}),
                json!({"op": "kill", "node": 3}),
                second(4),
                json!({"op": "restart", "node": 3}),
                json!({"op": "heal"}),
                json!({"op": "pause", "node": 4}),
                second(3),
                json!({"op": "resume", "node": 4}),
                json!({"op": "power_cut", "torn_bytes": 9}),
                second(5),
            ],
        },
    ]
}

/// Runs a script here, as a host without a disk: what is written is safe at once.
fn natively(script: &Script, seed: u64, kept: bool) -> Snapshot {
    let config = RunConfig {
        lesson: None,
        topology: Some(script.topology.to_owned()),
        seed,
        kept,
        lang: "en".to_owned(),
    };
    let mut lab = NativeLab::open(config, None).expect("the run opens");
    settle(&mut lab);
    for (ticket, command) in (1..).zip(&script.commands) {
        let command: Command = serde_json::from_value(command.clone()).expect("a command of the façade");
        lab.execute(ticket, command);
        settle(&mut lab);
        let answers = lab.take_answers();
        assert!(
            answers.iter().any(|(answered, _)| *answered == ticket),
            "{ticket} is not answered: {answers:?}"
        );
    }
    lab.snapshot()
}

/// Persists at once and runs as long as something waits to be done.
fn settle(lab: &mut NativeLab) {
    loop {
        while let Some(batch) = lab.take_writes() {
            lab.persisted(batch.ticket);
        }
        let horizon = lab.now_us().saturating_add(3_600 * SECOND);
        if !lab.busy() || lab.advance(horizon, 1) == Advance::Idle {
            return;
        }
    }
}

#[test]
fn the_browser_and_this_process_have_the_same_history() {
    compare_histories(&[SEED]);
}

#[test]
#[ignore = "slow: more seeds"]
fn the_browser_and_this_process_have_the_same_history_with_other_seeds() {
    compare_histories(&MORE_SEEDS);
}

/// Runs the scripts with each seed here and in the browser, in memory and kept.
fn compare_histories(seeds: &[u64]) {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    // One tab for all runs: each is opened again, and its history must not depend on what was open before.
    let lab = Lab::at(&browser, &server, "?lang=en", "digest");
    lab.eval("quorumLab.ready");
    let mut differences = String::new();
    let scripts = scripts();
    for (script, seed) in scripts.iter().flat_map(|script| seeds.iter().map(move |seed| (script, *seed))) {
        let expected = natively(script, seed, false);
        assert!(expected.events > 10, "next to nothing happened: {expected:?}");
        let expected = facts(&serde_json::to_value(expected).expect("a snapshot is plain data"));
        let kept = natively(script, seed, true);
        let kept = facts(&serde_json::to_value(kept).expect("a snapshot is plain data"));
        for (host, found) in [
            ("here, kept", kept),
            ("Chromium, in memory", facts(&in_the_browser(&lab, script, seed, false))),
            ("Chromium, kept", facts(&in_the_browser(&lab, script, seed, true))),
        ] {
            if found != expected {
                let what = format!("{} seed {seed}", script.topology);
                let _ = writeln!(differences, "{what}: here, in memory: {expected}; {host}: {found}");
            }
        }
    }
    lab.assert_quiet();
    assert!(differences.is_empty(), "\n{differences}");
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn schedules_of_faults_are_the_same_in_the_browser() {
    replay(1..=16);
}

#[test]
#[ignore = "slow: a hundred schedules"]
fn a_hundred_schedules_of_faults_are_the_same_in_the_browser() {
    replay(1..=100);
}

#[test]
#[ignore = "slow: a hundred schedules"]
fn another_hundred_schedules_of_faults_are_the_same_in_the_browser() {
    replay(101..=200);
}

/// Replays the schedules of seeds here and in the browser.
fn replay(seeds: RangeInclusive<u64>) {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en", "digest-schedules");
    lab.eval("quorumLab.ready");
    let schedules: Vec<Replay> = seeds.map(schedule).collect();
    let mut found = Vec::new();
    for some in schedules.chunks(SCHEDULES_AT_ONCE) {
        let some = serde_json::to_string(some).expect("schedules are plain data");
        let answers = lab.eval(&format!("({REPLAY})({some}, {SCHEDULE_US})"));
        found.extend(answers.as_array().into_iter().flatten().cloned());
    }
    lab.assert_quiet();
    lab.close();
    assert_eq!(found.len(), schedules.len());
    let mut differences = String::new();
    for (schedule, found) in schedules.iter().zip(found) {
        let expected = replayed_natively(schedule);
        if found != expected {
            let _ = writeln!(differences, "seed {}: here: {expected}; Chromium: {found}", schedule.seed);
        }
    }
    assert!(differences.is_empty(), "\n{differences}");
}

/// Replays one schedule after the other, each to the same moment, and says where each has come to.
const REPLAY: &str = "async (schedules, us) => {
    const found = [];
    for (const schedule of schedules) {
        const run = JSON.stringify(schedule);
        const opened = await quorumLab.open({run, lang: 'en'});
        const ran = opened.ok ? await quorumLab.do({op: 'run', us}) : opened;
        if (!ran.ok) { found.push(ran); continue; }
        const {digest, events, t_us, seed} = await quorumLab.snapshot();
        found.push({digest, events, t_us, seed});
    }
    return found;
}";

/// A seed's schedule, as much of it as is replayed.
fn schedule(seed: u64) -> Replay {
    let mut schedule = make(seed, None);
    schedule.actions.retain(|timed| timed.t_us <= SCHEDULE_US);
    assert!(!schedule.actions.is_empty(), "nothing is done to seed {seed}");
    Replay::of::<Cluster>(&schedule).expect("actions are commands")
}

/// The digest of a schedule that is played in this process.
fn replayed_natively(schedule: &Replay) -> Value {
    let mut lab = NativeLab::replay(schedule, "en").expect("a schedule that was made can be replayed");
    lab.execute(1, Command::Control(Control::Run { us: SCHEDULE_US }));
    settle(&mut lab);
    let snapshot = lab.snapshot();
    assert!(snapshot.t_us == SCHEDULE_US && snapshot.events > 50, "it did not run: {snapshot:?}");
    let mut facts = facts(&serde_json::to_value(snapshot).expect("a snapshot is plain data"));
    // A page that shows another run than the one that was opened last is found out by this.
    facts["seed"] = json!(schedule.seed);
    facts
}

/// What must be alike: the digest, and what helps to see where two runs parted.
fn facts(snapshot: &Value) -> Value {
    json!({"digest": snapshot["digest"], "events": snapshot["events"], "t_us": snapshot["t_us"]})
}

/// Runs a script in a run that is held from the beginning, so that time passes by commands alone.
fn in_the_browser(lab: &Lab, script: &Script, seed: u64, kept: bool) -> Value {
    let open = json!({"topology": script.topology, "seed": seed, "lang": "en", "kept": kept, "speed": 0});
    let opened = lab.eval(&format!("quorumLab.open({open})"));
    assert_eq!((&opened["ok"], &opened["kept"]), (&json!(true), &json!(kept)), "{opened}");
    if kept {
        // Another seed has left its rows in the same database; a history begins with an empty one.
        lab.run(&json!({"op": "erase"}));
    }
    // The first command, too, comes when nothing is under way any more: an engine has just synced its boot record.
    lab.wait_still();
    for command in &script.commands {
        lab.run(command);
        // A command takes effect at the virtual time at which it comes, so it comes when time stands still.
        lab.wait_still();
    }
    let snapshot = lab.snapshot();
    assert_eq!(snapshot["seed"], json!(seed));
    snapshot
}
