//! Saved runs of every world lead back to their moments, are short, and no bytes do harm.

use proptest::prelude::*;

use super::tables::{FIELDS, LESSONS, OPS, TOPOLOGIES, WORDS};
use super::*;
use quorum_facade::saved::MOST_STEPS;
use quorum_facade::{Action, Command, Control, EngineCommand, Lab, RunConfig};
use quorum_types::Micros;
use quorum_types::rng::Rng;

fn open(lesson: Option<&str>, topology: &str, seed: u64) -> Lab {
    let config = RunConfig {
        lesson: lesson.map(str::to_owned),
        topology: Some(topology.to_owned()),
        seed,
        kept: false,
        lang: "en".to_owned(),
    };
    Lab::open(config, None).unwrap_or_else(|refusal| panic!("{topology}: {refusal}"))
}

fn command(json: &str) -> Command {
    serde_json::from_str(json).unwrap_or_else(|why| panic!("{json}: {why}"))
}

fn ask(lab: &mut Lab, json: &str) {
    lab.execute(7, command(json));
}

/// What a moment is like.
fn state(lab: &Lab) -> (Micros, String, u64, Option<String>) {
    let lesson =
        lab.snapshot().lesson.map(|facts| format!("{:?} {:?} {:?}", facts.goals, facts.steps, facts.scores));
    (lab.now_us(), lab.digest(), lab.snapshot().events, lesson)
}

/// Saves a run, opens it and compares the moments; the bytes.
fn there_and_back(lab: &Lab, what: &str) -> Vec<u8> {
    let saved = lab.saved_run().unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
    let bytes = encode(&saved).unwrap_or_else(|refusal| panic!("{what}: {refusal}\n{saved:?}"));
    let read = decode(&bytes).unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
    assert_eq!(read, saved, "{what}");
    assert_eq!(from_text(&to_text(&bytes)), Ok(bytes.clone()), "{what}");
    let again = Lab::reopen(&read, "zh").unwrap_or_else(|refusal| panic!("{what}: {refusal}\n{saved:?}"));
    assert_eq!(state(&again), state(lab), "{what}");
    assert_eq!(saved.moment_us(), lab.now_us(), "{what}");
    let twice = again.saved_run().and_then(|saved| encode(&saved));
    assert_eq!(twice, Ok(bytes.clone()), "{what}: saved once more");
    bytes
}

/// Something that is asked of a world at random.
fn some_command(topology: &str, random: &mut Rng) -> Command {
    let node = 1 + random.below(5);
    let json = match (topology, random.below(12)) {
        ("standalone", 0) => "{\"op\":\"flush\"}".to_owned(),
        ("standalone", 1) => "{\"op\":\"delete\",\"filter\":\"id < 40\"}".to_owned(),
        ("standalone", 2) => "{\"op\":\"crash\",\"keep\":\"torn\",\"torn_bytes\":7}".to_owned(),
        ("standalone", 3) => "{\"op\":\"recover\"}".to_owned(),
        ("standalone", 4) => {
            "{\"op\":\"query\",\"filter\":\"id < 10\",\"output_fields\":[\"id\"]}".to_owned()
        }
        ("standalone", 5) => "{\"op\":\"set\",\"name\":\"fsync_us\",\"value\":3000}".to_owned(),
        ("standalone", _) => format!("{{\"op\":\"insert\",\"rows\":{}}}", 1 + random.below(300)),
        ("milvus", 0..3) => format!("{{\"op\":\"restart\",\"node\":{}}}", 1 + random.below(28)),
        ("milvus", 3) => "{\"op\":\"object_store\",\"ms\":900}".to_owned(),
        ("milvus", 4) => "{\"op\":\"partition\",\"side\":[1,2],\"but\":[3]}".to_owned(),
        ("milvus", 5) => "{\"op\":\"heal\"}".to_owned(),
        ("milvus", _) => format!("{{\"op\":\"kill\",\"node\":{}}}", 1 + random.below(28)),
        ("two-regions", 0..3) => "{\"op\":\"region\",\"deed\":\"backup\"}".to_owned(),
        ("two-regions", 3..5) => "{\"op\":\"region\",\"deed\":\"lose\",\"region\":0}".to_owned(),
        ("two-regions", 5) => "{\"op\":\"region\",\"deed\":\"return\",\"region\":0}".to_owned(),
        ("two-regions", 6) => "{\"op\":\"region\",\"deed\":\"slow_link\",\"value\":40}".to_owned(),
        ("two-regions", _) => "{\"op\":\"region\",\"deed\":\"switchover\"}".to_owned(),
        (_, 0..3) => format!("{{\"op\":\"restart\",\"node\":{node}}}"),
        (_, 3) => "{\"op\":\"heal\"}".to_owned(),
        (_, 4) => format!("{{\"op\":\"partition\",\"side\":[{node}]}}"),
        (_, 5) => format!("{{\"op\":\"clog\",\"from\":1,\"to\":{node},\"us\":90000}}"),
        (_, 6) => "{\"op\":\"weather\",\"loss\":40}".to_owned(),
        (_, 7) => "{\"op\":\"rule\",\"name\":\"log_up_to_date\",\"on\":false}".to_owned(),
        (_, _) => format!("{{\"op\":\"kill\",\"node\":{node}}}"),
    };
    command(&json)
}

/// Goes about in a run at random: lets time pass, one step at a time too, gives commands, goes to other moments, takes
/// commands back.
fn wander(lab: &mut Lab, topology: &str, span_us: Micros, random: &mut Rng) {
    let ticket = 1 + random.below(1 << 50);
    match random.below(14) {
        0 => lab.execute(ticket, Command::Control(Control::Step)),
        1 => lab.execute(ticket, Command::Control(Control::StepBack)),
        2 => lab.execute(ticket, Command::Control(Control::Undo)),
        3 | 4 => {
            let t_us = random.below(lab.now_us() + 1);
            lab.execute(ticket, Command::Control(Control::Seek { t_us }));
        }
        5 => {
            let lines = lab.snapshot().timeline.map_or_else(Vec::new, |facts| facts.lines);
            let number =
                lines.get(random.below(lines.len().max(1) as u64) as usize).map_or(0, |line| line.number);
            lab.execute(ticket, Command::Control(Control::Line { number, t_us: None }));
        }
        // In the middle of what is due at a time.
        6 => {
            lab.advance(lab.now_us() + span_us, 1 + random.below(40) as u32);
        }
        7..10 => {
            lab.advance(lab.now_us() + 1 + random.below(span_us), u32::MAX);
        }
        _ => lab.execute(ticket, some_command(topology, random)),
    }
    lab.take_events();
    lab.take_answers();
}

fn random_runs(topology: &str, lesson: Option<&str>, span_us: Micros, seeds: core::ops::Range<u64>) {
    for seed in seeds {
        let mut random = Rng::new(seed, 91);
        let mut lab = open(lesson, topology, seed);
        for _ in 0..6 + random.below(20) {
            wander(&mut lab, topology, span_us, &mut random);
        }
        there_and_back(&lab, &format!("{topology} {lesson:?} {seed}"));
    }
}

/// A quarter of them of each world; every fifth run of a replica set is one of a lesson.
fn random_runs_of_all_worlds(count: u64) {
    let quarter = count / 4;
    random_runs("standalone", None, 60_000, 0..quarter);
    random_runs("replica-set:5", None, 3_000_000, 0..quarter * 4 / 5);
    random_runs("replica-set:5", Some("kill-the-leader"), 3_000_000, 0..quarter / 5);
    random_runs("milvus", None, 5_000_000, 0..quarter);
    random_runs("two-regions", None, 600_000_000, 0..quarter);
}

#[test]
fn random_runs_are_the_same_when_they_are_opened() {
    random_runs_of_all_worlds(120);
}

#[test]
#[ignore = "slow: a thousand runs"]
fn a_thousand_random_runs_are_the_same_when_they_are_opened() {
    random_runs_of_all_worlds(1_000);
}

#[test]
fn answers_and_goals_of_a_lesson_are_there_again() {
    let mut lab = open(Some("kill-the-leader"), "", 1);
    lab.advance(4_000_000, u32::MAX);
    ask(&mut lab, r#"{"op":"show_me"}"#);
    while lab.plays() {
        lab.advance(lab.now_us() + 500_000, 300);
    }
    assert!(lab.play_fault().is_none(), "{:?}", lab.play_fault());
    ask(&mut lab, r#"{"op":"free_play","on":true}"#);
    ask(&mut lab, r#"{"op":"act","name":"kill-leader"}"#);
    ask(&mut lab, r#"{"op":"predict","step":"nothing","choose":"nothing"}"#);
    lab.advance(lab.now_us() + 700_000, u32::MAX);
    let facts = lab.snapshot().lesson.expect("a lesson");
    assert!(facts.goals.iter().all(|goal| goal.met) && facts.free && facts.percent() == 100, "{facts:?}");
    let bytes = there_and_back(&lab, "kill-the-leader");
    assert!(bytes.len() < 60, "{} bytes", bytes.len());
    // Refused, it changed nothing: it is not in the run.
    let saved = decode(&bytes).expect("whole");
    assert_eq!(saved.entries.len(), 3, "{saved:?}");
    ask(&mut lab, r#"{"op":"reset"}"#);
    lab.advance(3_000_000, u32::MAX);
    there_and_back(&lab, "begun again");
}

#[test]
fn a_schedule_and_a_kept_run_are_saved_too() {
    let json = r#"{"nodes":3,"seed":4,"settings":[["heartbeat_ms",90]],"off":["log_up_to_date"],
        "deeds":[{"t_us":2000000,"op":"kill","node":1},{"t_us":5000000,"op":"restart","node":1}]}"#;
    let replay: Replay = serde_json::from_str(json).expect("a schedule");
    let mut lab = Lab::replay(&replay, "en").expect("it opens");
    lab.advance(3_000_000, u32::MAX);
    ask(&mut lab, r#"{"op":"kill","node":2}"#);
    lab.advance(7_000_000, u32::MAX);
    there_and_back(&lab, "a schedule");
    let config = RunConfig {
        lesson: None,
        topology: Some("standalone".to_owned()),
        seed: 3,
        kept: true,
        lang: "en".to_owned(),
    };
    let mut lab = Lab::open(config, None).expect("opens");
    ask(&mut lab, r#"{"op":"insert","rows":300,"batch":100}"#);
    for _ in 0..60 {
        lab.advance(lab.now_us() + 1_000, 3);
        if let Some(batch) = lab.take_writes() {
            lab.persisted(batch.ticket);
        }
    }
    there_and_back(&lab, "a kept run");
}

#[test]
fn what_is_not_known_from_its_beginning_is_refused() {
    let refused = |lab: &Lab| lab.saved_run().map_err(|refusal| refusal.code).err();
    let mut lab = open(None, "replica-set:3", 1);
    lab.advance(1_000_000, u32::MAX);
    assert_eq!(refused(&lab), None);
    lab.storage_failed();
    assert_eq!(refused(&lab).as_deref(), Some("run_not_known"));
    let mut lab = open(None, "engine", 1);
    let fields =
        r#"[{"name":"id","type":"int64","primary":true},{"name":"v","type":"float_vector","dim":2}]"#;
    ask(&mut lab, &format!("{{\"op\":\"create_collection\",\"name\":\"a\",\"fields\":{fields}}}"));
    ask(
        &mut lab,
        r#"{"op":"insert","collection":"a","rows":[{"id":-7,"v":[0.25,1e-3]},{"id":70000,"v":[1e30,2]}]}"#,
    );
    lab.advance(1_000_000, u32::MAX);
    there_and_back(&lab, "rows");
    let mut odd = lab.clone();
    ask(&mut odd, r#"{"op":"insert","collection":"a","rows":[{"id":1,"v":["\u0001NaN",2]}]}"#);
    let written = odd.saved_run().and_then(|saved| encode(&saved));
    assert_eq!(written.map_err(|refusal| refusal.code), Err("run_not_known".to_owned()), "JSON has no NaN");
    let rows: Vec<String> = (0..10_001).map(|id| format!("{{\"id\":{id},\"v\":[1,2]}}")).collect();
    ask(&mut lab, &format!("{{\"op\":\"insert\",\"collection\":\"a\",\"rows\":[{}]}}", rows.join(",")));
    assert_eq!(refused(&lab).as_deref(), Some("run_too_large"));
    let stored = quorum_facade::StoredRun {
        stamp: quorum_facade::RunStamp {
            boot: 1,
            topology: "replica-set:3".to_owned(),
            ..Default::default()
        },
        ..Default::default()
    };
    let config = RunConfig {
        lesson: None,
        topology: Some("replica-set:3".to_owned()),
        seed: 1,
        kept: false,
        lang: "en".to_owned(),
    };
    let lab = Lab::open(config, Some(stored)).expect("opens");
    assert_eq!(refused(&lab).as_deref(), Some("run_reopened"));
}

/// A run with commands as a learner gives them: seconds apart, at any microsecond.
fn usual(topology: &str, lesson: Option<&str>, seed: u64, count: usize) -> Lab {
    let mut random = Rng::new(7, 7);
    let mut lab = open(lesson, topology, seed);
    for at in 0..count {
        lab.advance(lab.now_us() + 900_001 + random.below(6_000_000), u32::MAX);
        let node = 1 + random.below(5);
        let json = match at % 4 {
            0 => format!("{{\"op\":\"kill\",\"node\":{node}}}"),
            1 => format!("{{\"op\":\"restart\",\"node\":{node}}}"),
            2 => format!("{{\"op\":\"partition\",\"side\":[{node}]}}"),
            _ => "{\"op\":\"heal\"}".to_owned(),
        };
        ask(&mut lab, &json);
        lab.take_events();
    }
    lab.advance(lab.now_us() + 4_321_000, u32::MAX);
    lab
}

#[test]
fn a_link_is_short() {
    for (topology, lesson, seed) in
        [("replica-set:5", None, 1), ("replica-set:5", None, 77), ("", Some("partition"), 1)]
    {
        let letters = |count| {
            let mut lab = usual(topology, lesson, seed, count);
            lab.take_events();
            to_text(&there_and_back(&lab, topology)).len()
        };
        assert!(letters(6) <= 60, "6 commands of {topology} {lesson:?}: {}", letters(6));
        assert!(letters(100) <= 850, "100 commands of {topology} {lesson:?}: {}", letters(100));
    }
}

/// The usual run, with its bytes.
fn sample() -> Vec<u8> {
    encode(&usual("replica-set:5", None, 1, 12).saved_run().expect("known")).expect("it fits")
}

/// The bytes with the right checksum for what they are now.
fn summed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len().saturating_sub(CHECKSUM_BYTES));
    with_checksum(bytes)
}

const CODES: [&str; 6] = ["run_newer", "run_cut", "run_damaged", "run_too_large", "bad_run", "run_too_long"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn mutated_bytes_are_refused_with_a_reason(
        cuts in 0_usize..80,
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
        more in proptest::collection::vec(any::<u8>(), 0..6),
        fixed in any::<bool>(),
    ) {
        thread_local!(static SAMPLE: Vec<u8> = sample());
        let whole = SAMPLE.with(Clone::clone);
        let mut bytes = whole.clone();
        bytes.truncate(whole.len().saturating_sub(cuts).max(1));
        for (at, bits) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= bits;
        }
        bytes.extend(more);
        let bytes = if fixed { summed(bytes) } else { bytes };
        match decode(&bytes) {
            Err(refusal) => prop_assert!(CODES.contains(&refusal.code.as_str()), "{}", refusal),
            // With a right checksum it may be another run.
            Ok(run) if fixed || bytes == whole => {
                prop_assert_eq!(encode(&run).and_then(|bytes| decode(&bytes)), Ok(run));
            }
            Ok(_) => prop_assert!(false, "damage was not noticed"),
        }
    }

    #[test]
    fn no_text_does_harm(text in "[ -~]{0,80}|\\PC{0,40}") {
        let _ = find_in(&text);
        let _ = from_text(&text).and_then(|bytes| decode(&bytes));
    }
}

/// Opening changed runs must end in the same moment or in a refusal: a change of a command that had no effect, such as
/// the restart of a node that was up, leads to the same moment. Few, because each runs.
fn check_opening(seeds: core::ops::Range<u64>) {
    let whole = sample();
    let moment = |lab: &Lab| (lab.digest(), lab.now_us());
    let kept = decode(&whole).and_then(|run| Lab::reopen(&run, "en")).expect("the sample opens");
    for seed in seeds {
        let mut random = Rng::new(seed, 5);
        let mut bytes = whole.clone();
        for _ in 0..1 + random.below(3) {
            let at = 1 + random.below(bytes.len() as u64 - 4) as usize;
            bytes[at] ^= 1 << random.below(8);
        }
        if let Ok(run) = decode(&summed(bytes))
            && let Ok(opened) = Lab::reopen(&run, "en")
        {
            assert_eq!(moment(&opened), moment(&kept), "{seed}: a changed run opens as itself: {run:?}");
        }
    }
}

#[test]
fn a_changed_run_is_refused_when_it_is_opened() {
    check_opening(0..40);
}

#[test]
#[ignore = "slow: each of two thousand runs is opened"]
fn two_thousand_changed_runs_are_refused_when_they_are_opened() {
    check_opening(40..2_040);
}

fn body(parts: &[u8]) -> Vec<u8> {
    summed([&[VERSION][..], parts, &[0; TAIL_BYTES]].concat())
}

fn code_of(bytes: &[u8]) -> String {
    decode(bytes).map_or_else(|refusal| refusal.code, |run| format!("{run:?}"))
}

#[test]
fn forged_runs_are_refused() {
    let mut newer = sample();
    newer[0] = 2;
    assert_eq!(code_of(&newer), "run_newer");
    assert_eq!(code_of(&[]), "run_cut");
    assert_eq!(code_of(&sample()[..20]), "run_cut");
    assert_eq!(code_of(&vec![VERSION; MOST_BYTES + 1]), "run_too_large");
    assert_eq!(
        from_text(&"A".repeat(2 * MOST_BYTES)).map_err(|refusal| refusal.code),
        Err("run_too_large".to_owned())
    );
    // A lesson, a command and a word that are not in the tables.
    assert_eq!(code_of(&body(&[0xff, 0x7f, 0, END])), "run_newer");
    assert_eq!(code_of(&body(&[FIRST_TOPOLOGY as u8, 1, 63, END])), "run_newer");
    assert_eq!(code_of(&body(&[TOPOLOGY_BY_NAME as u8, 0xfe, 0x7f, 1, END])), "run_newer");
    // Bytes after the end; a number in two forms; a text that was never spelt.
    assert_eq!(code_of(&body(&[FIRST_TOPOLOGY as u8, 1, END, 0])), "bad_run");
    assert_eq!(code_of(&body(&[FIRST_TOPOLOGY as u8, 0x81, 0, END])), "bad_run");
    assert_eq!(code_of(&body(&[TOPOLOGY_BY_NAME as u8, 1, 1, END])), "bad_run");
    // Lists in lists.
    let deep = [&[FIRST_TOPOLOGY as u8, 1, 1, 1, 1, 1][..], &[8, 1].repeat(40), &[0, END]].concat();
    assert_eq!(code_of(&body(&deep)), "bad_run");
    // One long text, referred to again and again.
    let mut bomb = vec![TOPOLOGY_BY_NAME as u8, 0x80, 0x80, 0x10];
    bomb.extend(std::iter::repeat_n(b'x', 1 << 16));
    bomb.push(1);
    for _ in 0..50 {
        bomb.extend([6, 1]);
    }
    bomb.push(END);
    assert_eq!(code_of(&body(&bomb)), "run_too_large");
}

fn opened(run: &SavedRun) -> String {
    Lab::reopen(run, "en").map_or_else(|refusal| refusal.code, |_| "it opened".to_owned())
}

#[test]
fn a_run_that_cannot_have_been_is_refused() {
    let saved = usual("replica-set:5", None, 1, 3).saved_run().expect("known");
    assert_eq!(opened(&saved), "it opened");
    let with = |at: Arrival, command: Command| {
        let entry = Entry { at, what: Asked::Command(command) };
        SavedRun { entries: saved.entries.iter().cloned().chain([entry]).collect(), ..saved.clone() }
    };
    let rest = |t_us| Arrival::AtRest { t_us };
    let kill = || Command::Cluster(Action::Kill { node: 1, torn_bytes: 0, sectors: None });
    for (run, code) in [
        (SavedRun { moment: rest(1), ..saved.clone() }, "bad_run"),
        (SavedRun { moment: rest(u64::MAX >> 2), ..saved.clone() }, "out_of_range"),
        (
            SavedRun {
                moment: Arrival::Between { t_us: saved.moment_us(), steps: MOST_STEPS + 1, commands: 3 },
                ..saved.clone()
            },
            "run_too_long",
        ),
        (SavedRun { moment: rest(saved.moment_us() + 1_000_000), ..saved.clone() }, "run_differs"),
        (SavedRun { fingerprint: saved.fingerprint ^ 1, ..saved.clone() }, "run_differs"),
        (with(Arrival::Here, kill()), "run_differs"),
        (with(rest(1), kill()), "bad_run"),
        (with(Arrival::Here, Command::Control(Control::Run { us: 1 })), "bad_run"),
        (with(Arrival::Here, Command::Control(Control::Reset)), "bad_run"),
        (
            with(Arrival::Here, Command::Control(Control::Act { name: "kill-leader".to_owned() })),
            "run_differs",
        ),
        (with(Arrival::Here, Command::Control(Control::Read { step: "a".to_owned() })), "no_lesson"),
        (with(Arrival::Here, EngineCommand::Stats.into()), "bad_run"),
        (with(Arrival::Here, Action::Clog { from: 1, to: 2, us: u64::MAX }.into()), "out_of_range"),
        (
            SavedRun {
                began: Began::Lesson { slug: "no-such-lesson".to_owned(), seed: None },
                ..saved.clone()
            },
            "unknown_lesson",
        ),
        (
            SavedRun { began: Began::Topology { word: "frogs".to_owned(), seed: 1 }, ..saved.clone() },
            "unknown_topology",
        ),
        (
            SavedRun {
                began: Began::Topology { word: "replica-set:5".to_owned(), seed: u64::MAX },
                ..saved.clone()
            },
            "bad_seed",
        ),
        (
            SavedRun {
                moment: Arrival::Between { t_us: saved.moment_us(), steps: 3, commands: 9_999 },
                ..saved.clone()
            },
            "run_differs",
        ),
        (
            SavedRun {
                entries: vec![Entry { at: Arrival::Here, what: Asked::Go { line: 0, to: rest(90_000_000) } }],
                ..saved.clone()
            },
            "bad_run",
        ),
        (
            SavedRun {
                entries: vec![Entry { at: Arrival::Here, what: Asked::Go { line: 9, to: rest(0) } }],
                ..saved.clone()
            },
            "no_such_line",
        ),
    ] {
        assert_eq!(opened(&run), code, "{run:?}");
    }
}

#[test]
#[ignore = "slow: it stops after millions of steps"]
fn a_run_that_takes_too_long_is_refused() {
    let saved = open(None, "replica-set:5", 1).saved_run().expect("known");
    let moment = Arrival::AtRest { t_us: 1 << 51 };
    assert_eq!(opened(&SavedRun { moment, ..saved }), "run_too_long");
}

#[test]
fn what_a_lesson_does_not_allow_is_refused() {
    let mut lab = open(Some("write-path"), "", 1);
    lab.advance(5_000_000, u32::MAX);
    let saved = lab.saved_run().expect("known");
    let pause = Entry { at: Arrival::Here, what: Asked::Command(Action::Pause { node: 1 }.into()) };
    assert_eq!(opened(&SavedRun { entries: vec![pause], ..saved }), "not_in_this_lesson");
}

#[test]
fn addresses_are_found_in_any_form() {
    let bytes = sample();
    let letters = to_text(&bytes);
    assert_eq!(relative_to("index.html#r=old", &bytes), format!("index.html#r={letters}"));
    for address in [
        relative_to("https://example.org/lab/?lang=zh", &bytes),
        format!("index.html?embed=1#a=b&r={letters}"),
        format!("#r={letters}"),
        format!("  {letters}\n"),
    ] {
        assert_eq!(find_in(&address), Ok(Found::Bytes(bytes.clone())), "{address}");
    }
    let schedule = "%7B%22nodes%22%3A3%7D";
    for address in [format!("?run={schedule}&seed=1"), format!("https://a.b/?lang=en#run={schedule}")] {
        assert_eq!(find_in(&address), Ok(Found::Schedule("{\"nodes\":3}".to_owned())), "{address}");
    }
    for (address, code) in [
        ("https://example.org/?lang=zh", "run_not_there"),
        ("", "run_not_there"),
        ("#r=", "run_not_there"),
        ("#r=***", "run_damaged"),
        ("#r=AB", "run_cut"),
    ] {
        assert_eq!(find_in(address).map_err(|refusal| refusal.code), Err(code.to_owned()), "{address}");
    }
}

// --- tables

/// What a table began with, as a hash: it may only grow.
fn beginning(table: &[&str], count: usize) -> String {
    let mut words = table.to_vec();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), table.len(), "a word has two numbers");
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(table[..count].join("\n").as_bytes()))
}

#[test]
fn words_keep_their_numbers() {
    let now = [
        beginning(&LESSONS, 40),
        beginning(&TOPOLOGIES, 12),
        beginning(&OPS, 66),
        beginning(&FIELDS, 60),
        beginning(&WORDS, 104),
    ];
    let once =
        ["0d22eaa210b3e5ba", "4d86c1d51f2b7338", "3c89d2af2eea4520", "55f377cfbbb60856", "7694a7b6afc254d7"];
    assert_eq!(now, once, "words have moved or changed; new ones go to the end");
    assert!(TOPOLOGIES.len() as u64 <= FIRST_LESSON - FIRST_TOPOLOGY);
}

#[test]
fn every_lesson_and_every_command_has_a_number() {
    for lesson in quorum_lesson::manifest::BUILT_IN.iter() {
        assert!(LESSONS.contains(&lesson.slug()), "{} is not in the table of lessons", lesson.slug());
    }
    const NO_ENTRIES: [&str; 18] = [
        "reset",
        "run",
        "step",
        "run_until",
        "stop_run",
        "seek",
        "step_back",
        "line",
        "compare",
        "why",
        "inspect",
        "history",
        "wal",
        "list_collections",
        "stats",
        "export_wal",
        "heal_link",
        "what_if",
    ];
    for op in Command::words() {
        assert!(OPS.contains(&op) || NO_ENTRIES.contains(&op), "{op} is not in the table of commands");
        if OPS.contains(&op) {
            for field in Command::fields_of(op) {
                assert!(FIELDS.contains(&field), "{field} of {op} is not in the table of fields");
            }
        }
    }
}

#[test]
fn commands_of_every_kind_are_the_same_when_they_are_read() {
    let lines = include_str!("commands.jsonl");
    let mut ops = Vec::new();
    for line in lines.lines() {
        let asked = command(line);
        let packed = super::command::pack(&asked).unwrap_or_else(|refusal| panic!("{line}: {refusal}"));
        let mut to = Writer::default();
        packed.write(&mut to);
        let bytes = to.bytes();
        let mut from = Reader::new(&bytes);
        let read = super::command::unpack(packed.code, &mut from)
            .unwrap_or_else(|refusal| panic!("{line}: {refusal}"));
        assert!(from.left() == 0 && format!("{read:?}") == format!("{asked:?}"), "{line}");
        ops.push(asked.op());
    }
    let missing: Vec<&&str> = OPS.iter().filter(|op| !ops.iter().any(|known| known == *op)).collect();
    assert!(missing.is_empty(), "commands.jsonl has no {missing:?}");
}
