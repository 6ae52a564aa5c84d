//! Everything that page and worker say to each other comes back from its bytes as it was.
//!
//! Commands and events are not listed here: serde says which variants and fields there are, by what it finds wrong, so
//! a new one is tried without another line.

mod looked_into;

use looked_into::looked_into;
use proptest::prelude::*;
use quorum_drill::summary::Brief;
use quorum_drill::{Batch, Plan};
use quorum_facade::answer::Difference;
use quorum_facade::causes::{Because, Cause, Chain};
use quorum_facade::change::Change;
use quorum_facade::snapshot::Snapshot;
use quorum_facade::values::{CollectionCounts, FieldSpec, WalStats};
use quorum_facade::{
    Action, Answer, Command, Control, EngineCommand, Event, FaultEvent, InsertRows, Lab, MessageKind, Rule,
    RunConfig, Tail, Value as FieldValue, WalWindow,
};
use quorum_wire::measured::{Point, What};
use quorum_wire::{
    Absence, DrillFacts, DrillForm, DrillOrder, FoundSchedule, HostFacts, HostState, Measured, MemoryReason,
    Pace, SearchFacts, Storage, StoreFigures, decode, encode,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

type ToWorker = quorum_wire::ToWorker<()>;
type ToPage = quorum_wire::ToPage<()>;

/// A message after its way.
fn sent<T: Serialize + DeserializeOwned>(message: &T) -> T {
    decode(&encode(message).expect("bytes")).expect("a message")
}

/// The words in backquotes of a fault.
fn quoted(fault: &str) -> Vec<String> {
    fault.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What a tagged enum calls its variants.
fn variants<T: DeserializeOwned>(mut of: Map<String, Value>, tag: &str) -> Vec<String> {
    of.insert(tag.to_owned(), json!("?"));
    let fault = serde_json::from_value::<T>(of.into()).err().expect("no such variant").to_string();
    assert!(fault.starts_with("unknown variant"), "{fault}");
    quoted(&fault).split_off(1)
}

/// Values of all kinds that fields have; empty lists stand before others, so that nothing is missing in their entries.
fn kinds() -> [Value; 6] {
    [json!(7), json!("?"), json!(true), json!([]), json!({}), json!([0.5])]
}

/// One value of a variant, with all of its fields: those that serde misses are added until it misses none.
fn sample<T: DeserializeOwned + Serialize>(mut fields: Map<String, Value>) -> Map<String, Value> {
    let read = |fields: &Map<String, Value>| {
        T::deserialize(&Value::Object(fields.clone())).map_err(|fault| fault.to_string())
    };
    loop {
        let missing = match read(&fields) {
            Ok(whole) => match serde_json::to_value(whole).expect("JSON") {
                Value::Object(fields) => return fields,
                other => panic!("no object: {other}"),
            },
            Err(fault) => fault,
        };
        assert!(missing.starts_with("missing field"), "{fields:?}: {missing}");
        let name = quoted(&missing).remove(0);
        let fits = |value: &Value| {
            let mut tried = fields.clone();
            tried.insert(name.clone(), value.clone());
            let fault = read(&tried).err()?;
            // Words are learnt from the fault, too.
            fault.starts_with("unknown variant").then(|| quoted(&fault).remove(1))
        };
        let word = fits(&json!("?"));
        let fitting = kinds().into_iter().chain(word.map(Value::from)).find(|value| {
            let mut tried = fields.clone();
            tried.insert(name.clone(), value.clone());
            read(&tried).map_or_else(|fault| fault.starts_with("missing field") && fault != missing, |_| true)
        });
        let fitting = fitting.unwrap_or_else(|| panic!("{fields:?}: nothing fits {name}"));
        fields.insert(name, fitting);
    }
}

/// A sample of each variant of a tagged enum.
fn samples<T: DeserializeOwned + Serialize>(of: &Value, tag: &str) -> Vec<Map<String, Value>> {
    let of = of.as_object().expect("an object");
    // What is done to two regions has its own words (below).
    variants::<T>(of.clone(), tag)
        .into_iter()
        .filter(|word| word != "region")
        .map(|word| {
            let mut fields = of.clone();
            fields.insert(tag.to_owned(), word.into());
            sample::<T>(fields)
        })
        .collect()
}

/// Any value that a field might have.
fn any_value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<u8>().prop_map(Value::from),
        any::<u32>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<f32>().prop_map(Value::from),
    ];
    let leaf = prop_oneof![number, any::<bool>().prop_map(Value::from), "\\PC*".prop_map(Value::from)];
    prop_oneof![
        leaf.clone(),
        leaf.clone(),
        prop::collection::vec(leaf.clone(), 0..4).prop_map(Value::from),
        prop::collection::vec(prop::collection::vec(leaf.clone(), 0..4), 0..3).prop_map(|lists| json!(lists)),
        prop::collection::vec(prop::collection::btree_map("[a-z]{1,5}", leaf, 0..4), 0..3)
            .prop_map(|rows| json!(rows)),
    ]
}

/// A variant with other values in its fields, where they fit.
fn varied<T: DeserializeOwned>(mut fields: Map<String, Value>, values: &[Value], tag: &str) -> T {
    let names: Vec<String> = fields.keys().filter(|name| *name != tag).cloned().collect();
    for (at, value) in values.iter().enumerate() {
        if names.is_empty() {
            break;
        }
        let name = &names[at % names.len()];
        let before = fields.insert(name.clone(), value.clone());
        if T::deserialize(&Value::Object(fields.clone())).is_err() {
            fields.insert(name.clone(), before.expect("it was there"));
        }
    }
    T::deserialize(&Value::Object(fields)).expect("as it was before")
}

#[test]
fn every_command_comes_over_as_it_was() {
    let samples = samples::<Command>(&json!({}), "op");
    assert!(samples.len() > 50, "{}", samples.len());
    let all = (0..samples.len(), prop::collection::vec(any_value(), 0..24));
    proptest!(ProptestConfig::with_cases(3_000), |((at, values) in all)| {
        let command: Command = varied(samples[at].clone(), &values, "op");
        let message = ToWorker::Do { ticket: at as u64, command };
        prop_assert_eq!(sent(&message), message);
    });
    for fields in samples {
        let message = ToWorker::Do { ticket: 1, command: varied(fields, &[], "op") };
        assert_eq!(sent(&message), message);
    }
}

#[test]
fn every_action_on_two_regions_comes_over_as_it_was() {
    for word in quorum_facade::regions::action::WORDS {
        let text = match word {
            "surprise" => "slow_restore",
            "step" => "promote",
            _ => "careful",
        };
        let command = json!({"op": "region", "deed": word, "region": 1, "value": 1, "text": text});
        let command: Command = serde_json::from_value(command).expect(word);
        let message = ToWorker::Do { ticket: 1, command };
        assert_eq!(sent(&message), message, "{word}");
    }
}

#[test]
fn every_event_comes_over_as_it_was() {
    let samples = samples::<Event>(&json!({"t_us": 5, "node": 3}), "kind");
    assert!(samples.len() > 100, "{}", samples.len());
    let all = (0..samples.len(), prop::collection::vec(any_value(), 0..24));
    proptest!(ProptestConfig::with_cases(3_000), |((at, values) in all)| {
        let events = vec![varied::<Event>(samples[at].clone(), &values, "kind")];
        let message = ToPage::Happened { events, skipped: at as u64 };
        prop_assert_eq!(sent(&message), message);
    });
    let events = samples.into_iter().map(|fields| varied(fields, &[], "kind")).collect();
    let message = ToPage::Happened { events, skipped: 0 };
    assert_eq!(sent(&message), message);
}

/// What messages are made of.
#[derive(Clone, Debug)]
struct Parts {
    n: u64,
    few: u32,
    x: f64,
    on: bool,
    text: String,
    word: Option<String>,
    many: Option<u64>,
    rule: Rule,
}

fn parts() -> impl Strategy<Value = Parts> {
    let rules: Vec<Rule> = quorum_facade::RULES.iter().map(|facts| facts.rule).collect();
    (
        any::<(u64, u32, f64, bool, String)>(),
        prop::option::of("\\PC*"),
        any::<Option<u64>>(),
        prop::sample::select(rules),
    )
        .prop_map(|((n, few, x, on, text), word, many, rule)| Parts {
            n,
            few,
            x,
            on,
            text,
            word,
            many,
            rule,
        })
}

/// Which message it is. A new one does not compile without a line here.
fn number_to_worker(message: &ToWorker) -> usize {
    use quorum_wire::ToWorker as M;
    match message {
        M::Open { .. } => 0,
        M::Do { .. } => 1,
        M::Pace(Pace::Play) => 2,
        M::Pace(Pace::Hold) => 3,
        M::Pace(Pace::Speed { .. }) => 4,
        M::Words { .. } => 5,
        M::Lesson { .. } => 6,
        M::Manifest { .. } => 7,
        M::Language { .. } => 8,
        M::LetGo => 9,
        M::Backup { .. } => 10,
        M::Check { .. } => 11,
        M::Measure { .. } => 12,
        M::StopMeasuring => 13,
        M::Ping => 14,
        M::ScheduleSearch { .. } => 15,
        M::StopScheduleSearch => 16,
        M::Drill(_) => 17,
        M::StopDrill => 18,
        M::WriteDrill { .. } => 19,
        M::Bench { .. } => 20,
        M::Prepare { .. } => 21,
        M::SnapshotInterval { .. } => 22,
        M::LeaveStore => 23,
        M::Rest { .. } => 24,
        M::SaveRun { .. } => 25,
        M::Tab { .. } => 26,
    }
}

fn to_worker(p: &Parts) -> Vec<ToWorker> {
    let Parts { n, few, x, on, text, word, many, rule } = p.clone();
    let config =
        RunConfig { lesson: word.clone(), topology: word.clone(), seed: n, kept: on, lang: text.clone() };
    let order = DrillOrder {
        number: n,
        scenario: text.clone(),
        seed: many,
        runs: n,
        set: vec![(text.clone(), n)],
        runbook: word.clone(),
    };
    let words = || text.clone();
    vec![
        ToWorker::Open {
            config,
            database: words(),
            speed: x,
            held: on,
            receipts_rows: many,
            outstanding_rows: many,
            take_over: on,
            erase: !on,
            run: word,
            restore: None,
        },
        ToWorker::Do { ticket: n, command: Command::Cluster(Action::Rule { name: rule, on }) },
        ToWorker::Pace(Pace::Play),
        ToWorker::Pace(Pace::Hold),
        ToWorker::Pace(Pace::Speed { x }),
        ToWorker::Words { lang: words(), packed: words() },
        ToWorker::Lesson { text: words() },
        ToWorker::Manifest { slug: words(), text: words() },
        ToWorker::Language { lang: words() },
        ToWorker::LetGo,
        ToWorker::Backup { ticket: n },
        ToWorker::Check { ticket: n, bytes: () },
        ToWorker::Measure { what: What::Disks, sizes: vec![n], of: n },
        ToWorker::StopMeasuring,
        ToWorker::Ping,
        ToWorker::ScheduleSearch { rule: on.then_some(rule), first: n, seeds: n, events: n },
        ToWorker::StopScheduleSearch,
        ToWorker::Drill(order),
        ToWorker::StopDrill,
        ToWorker::WriteDrill {
            ticket: n,
            form: DrillForm::Csv,
            lang: words(),
            words: vec![words(), words()],
        },
        ToWorker::Bench { part: words() },
        ToWorker::Prepare { topology: words() },
        ToWorker::SnapshotInterval { ms: few },
        ToWorker::LeaveStore,
        ToWorker::Rest { on },
        ToWorker::SaveRun { ticket: n },
        ToWorker::Tab { packed: vec![few as u8, 0, 255] },
    ]
}

fn number_to_page(message: &ToPage) -> usize {
    use quorum_wire::ToPage as M;
    match message {
        M::Ready => 0,
        M::Alive => 1,
        M::Host(_) => 2,
        M::Moment(_) => 3,
        M::Happened { .. } => 4,
        M::Answered { .. } => 5,
        M::Panicked { .. } => 6,
        M::BackedUp { .. } => 7,
        M::Measured(_) => 8,
        M::ScheduleSearch(_) => 9,
        M::Drill(_) => 10,
        M::DrillText { .. } => 11,
        M::Benched { .. } => 12,
        M::Tab { .. } => 13,
    }
}

fn states(p: &Parts) -> Vec<HostState> {
    let words = || p.text.clone();
    let mut states = vec![
        HostState::Starting,
        HostState::Loading { bytes: p.n, total_bytes: p.n },
        HostState::Running,
        HostState::Unplugged,
        HostState::Panicked { message: words() },
        HostState::Refused { code: words(), error: words() },
    ];
    let why = [Absence::Absent, Absence::Stale, Absence::Silent, Absence::Ended];
    states.extend(why.map(|why| HostState::NoWorker { why }));
    states
}

fn storages() -> Vec<Storage> {
    use MemoryReason as R;
    let why = [
        R::Chosen,
        R::Missing,
        R::Denied,
        R::Full,
        R::Failed,
        R::OtherTab,
        R::TakenOver,
        R::Newer,
        R::Closed,
        R::Silent,
    ];
    let memory = why.map(|why| Storage::Memory { why });
    [Storage::Unknown, Storage::Durable].into_iter().chain(memory).collect()
}

fn to_page(p: &Parts) -> Vec<ToPage> {
    let Parts { n, few, x, on, text, word, many, rule } = p.clone();
    let store = StoreFigures { commits: n, mb_per_s: x, recent_ms: vec![x], ..StoreFigures::default() };
    let facts =
        HostFacts { playing: on, runs_until: on, speed: x, reached_speed: x, store, ..HostFacts::default() };
    let point = Point { size: n, ms: vec![x], spread: vec![(x, n)], ..Point::default() };
    let measured =
        Measured { what: What::Recovery, part: x, error: word.clone(), points: vec![point], running: on };
    let found =
        FoundSchedule { tried: n, nodes: few, seed: n, run: text.clone(), ..FoundSchedule::default() };
    let search =
        SearchFacts { rule: on.then_some(rule), actions: n, found: Some(found), ..SearchFacts::default() };
    let fault = word.clone().map(|word| (word, text.clone()));
    let drill = DrillFacts { number: n, fault, brief: on.then(Brief::default), ..DrillFacts::default() };
    let mut all = vec![
        ToPage::Ready,
        ToPage::Alive,
        ToPage::Moment(Box::new(Snapshot {
            t_us: n,
            boot: few,
            topology: text.clone(),
            ..Snapshot::default()
        })),
        ToPage::Happened { events: Vec::new(), skipped: n },
        ToPage::Panicked { message: text.clone() },
        ToPage::BackedUp { ticket: n, bytes: () },
        ToPage::Measured(measured),
        ToPage::ScheduleSearch(search),
        ToPage::Drill(Box::new(drill)),
        ToPage::DrillText { ticket: n, text: word },
        ToPage::Benched { report: text },
        ToPage::Tab { packed: vec![few as u8, 0, 255] },
    ];
    for state in states(p) {
        for storage in storages() {
            all.push(ToPage::Host(HostFacts { state: state.clone(), storage, ..facts.clone() }));
        }
    }
    all.extend(answers(p, many).into_iter().map(|answer| ToPage::Answered { ticket: n, answer }));
    all
}

/// Which answer it is.
fn number_answer(answer: &Answer) -> usize {
    match answer {
        Answer::Inserted { .. } => 0,
        Answer::Written { .. } => 1,
        Answer::Rows { .. } => 2,
        Answer::Hits { .. } => 3,
        Answer::Stats { .. } => 4,
        Answer::Collections { .. } => 5,
        Answer::Recovered { .. } => 6,
        Answer::Exported { .. } => 7,
        Answer::Wal { .. } => 8,
        Answer::Refused { .. } => 9,
        Answer::Done { .. } => 10,
        Answer::Compared { .. } => 11,
        Answer::Why { .. } => 12,
        Answer::Happened { .. } => 13,
        Answer::Inspected { .. } => 14,
        Answer::History { .. } => 15,
        Answer::Saved { .. } => 16,
    }
}

/// A cause with everything that a cause can have.
fn cause(n: u64, node: u32, on: bool) -> Cause {
    let event = Event { t_us: n, node: Some(node), kind: FaultEvent::Killed.into() };
    Cause {
        t_us: n,
        because: Because::Silence,
        word: "event".to_owned(),
        node: Some(node),
        event: on.then_some(event),
        from: Some(node),
        message: Some(n),
        sent_us: Some(n),
        kind: Some(MessageKind::Heartbeat),
        command: Some(Control::Step.into()),
        steps: n,
        commands: n,
        changes: vec![
            Change::DropMessage { message: n },
            Change::DelayTimer { node, us: n },
            Change::WithoutCommand,
        ],
    }
}

/// An event with a text in it.
fn event(node: u32, name: String) -> Event {
    let broken = quorum_facade::ServiceEvent::InvariantBroken { name, detail: String::new() };
    Event { t_us: 5, node: Some(node), kind: quorum_facade::EventKind::Service(broken) }
}

fn answers(p: &Parts, many: Option<u64>) -> Vec<Answer> {
    let Parts { n, few, x, on, text, .. } = p.clone();
    let (ok, words) = (on, || text.clone());
    let value = [
        FieldValue::Bool(on),
        FieldValue::Int(n as i64),
        FieldValue::Double(x),
        FieldValue::Double(f64::from(few)),
        FieldValue::Text(words()),
        FieldValue::Vector(vec![x as f32, 0.1, f32::MIN_POSITIVE]),
    ];
    // Their order is not that of their names.
    let row = quorum_facade::Row(
        value.into_iter().rev().enumerate().map(|(at, v)| (format!("f{}", 9 - at), v)).collect(),
    );
    let counts = CollectionCounts { num_entities: n, rows: n, growing: 1, sealed: 2 };
    vec![
        Answer::Inserted { ok, acknowledged: n },
        Answer::Written { ok, count: n, lsn: n },
        Answer::Rows { ok, rows: vec![row.clone(), row.clone()] },
        Answer::Rows { ok, rows: Vec::new() },
        Answer::Hits { ok, hits: vec![vec![row], Vec::new()] },
        Answer::Hits { ok, hits: Vec::new() },
        Answer::Stats {
            ok,
            collections: std::iter::once((words(), counts)).collect(),
            wal: WalStats::default(),
        },
        Answer::Stats {
            ok,
            collections: Default::default(),
            wal: WalStats { bytes: n, ..WalStats::default() },
        },
        Answer::Collections { ok, collections: vec![words()] },
        Answer::Collections { ok, collections: Vec::new() },
        Answer::Recovered { ok, replayed: n, rows: n, tail: Tail::Torn, durable_lsn: n },
        Answer::Exported { ok, hex: words() },
        Answer::Wal { ok, wal: WalWindow { offset: n, bytes: vec![0, 255], ..WalWindow::default() } },
        Answer::Refused { ok, code: words(), error: words(), file: Some(few), offset: many },
        Answer::Refused { ok, code: words(), error: words(), file: None, offset: None },
        Answer::Done { ok, t_us: n },
        Answer::Why { ok, chain: Chain { causes: vec![cause(n, few, on)], complete: on } },
        Answer::Compared {
            ok,
            t_us: n,
            differences: vec![Difference { name: words(), here: Some(-1), there: None }],
            snapshot: Box::new(Snapshot { t_us: n, ..Snapshot::default() }),
        },
        Answer::Happened { ok, t_us: n, event: Some(event(few, words())), goal: None, stopped: on },
        Answer::Happened { ok, t_us: n, event: None, goal: Some(words()), stopped: on },
        Answer::Saved { ok, run: words(), digest: words(), t_us: n },
    ]
    .into_iter()
    .chain(looked_into(p.n, p.few, p.on, &p.text, many))
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_message_to_the_worker_comes_over_as_it_was(parts in parts()) {
        let all = to_worker(&parts);
        let numbers: Vec<usize> = all.iter().map(number_to_worker).collect();
        prop_assert_eq!(numbers, (0..27).collect::<Vec<_>>());
        for message in all {
            prop_assert_eq!(sent(&message), message);
        }
    }

    #[test]
    fn every_message_to_the_page_comes_over_as_it_was(parts in parts()) {
        let all = to_page(&parts);
        prop_assert!((0..14).all(|number| all.iter().any(|message| number_to_page(message) == number)));
        let answers = answers(&parts, parts.many);
        prop_assert!((0..17).all(|number| answers.iter().any(|answer| number_answer(answer) == number)));
        for message in all {
            prop_assert_eq!(sent(&message), message);
        }
    }
}

#[test]
fn numbers_that_json_cannot_write_come_over_too() {
    let numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MIN_POSITIVE / 2.0];
    for x in numbers {
        let row = quorum_facade::Row(vec![
            ("x".to_owned(), FieldValue::Double(x)),
            ("v".to_owned(), FieldValue::Vector(vec![x as f32])),
        ]);
        let rows = InsertRows::Given(vec![row.clone()]);
        let asked = ToWorker::Do {
            ticket: 1,
            command: Command::Engine(EngineCommand::Upsert { collection: "c".to_owned(), rows }),
        };
        assert_eq!(format!("{:?}", sent(&asked)), format!("{asked:?}"));
        let near = ToWorker::Do { ticket: 1, command: Command::search(vec![vec![x as f32]], 3) };
        assert_eq!(format!("{:?}", sent(&near)), format!("{near:?}"));
        let answered = ToPage::Answered { ticket: 1, answer: Answer::Rows { ok: true, rows: vec![row] } };
        assert_eq!(format!("{:?}", sent(&answered)), format!("{answered:?}"));
        let facts = ToPage::Host(HostFacts { speed: x, ..HostFacts::default() });
        assert_eq!(format!("{:?}", sent(&facts)), format!("{facts:?}"));
    }
}

#[test]
fn moments_and_events_of_every_world_come_over_whole() {
    for (topology, commands) in [
        (
            "standalone",
            &[r#"{"op":"insert","rows":300,"batch":50}"#, r#"{"op":"flush"}"#, r#"{"op":"power_cut"}"#][..],
        ),
        (
            "engine",
            &[
                r#"{"op":"create_collection","name":"c","fields":[{"name":"id","type":"int64","primary":true}]}"#,
            ],
        ),
        ("replica-set:5", &[r#"{"op":"weather","loss":100}"#, r#"{"op":"kill","node":2,"torn_bytes":3}"#]),
        ("milvus", &[r#"{"op":"kill","node":2}"#, r#"{"op":"kill_zone","zone":1}"#]),
        ("two-regions", &[r#"{"op":"region","deed":"lose","region":1}"#]),
    ] {
        let config = RunConfig {
            lesson: None,
            topology: Some(topology.to_owned()),
            seed: 3,
            kept: false,
            lang: "en".to_owned(),
        };
        let mut lab = Lab::open(config, None).expect("a run");
        for (ticket, command) in (1..).zip(commands) {
            lab.execute(ticket, serde_json::from_str(command).expect("a command"));
            for _ in 0..20 {
                lab.advance(lab.now_us() + 500_000, 100_000);
                while let Some(batch) = lab.take_writes() {
                    lab.persisted(batch.ticket);
                }
                let message = ToPage::Moment(Box::new(lab.snapshot()));
                assert_eq!(sent(&message), message);
                let message = ToPage::Happened { events: lab.take_events(), skipped: 0 };
                assert_eq!(sent(&message), message);
            }
        }
        for (ticket, answer) in lab.take_answers() {
            let message = ToPage::Answered { ticket, answer };
            assert_eq!(sent(&message), message);
        }
    }
}

#[test]
fn a_drills_brief_comes_over_whole() {
    for scenario in ["failover-coordinator", "dr-drill"] {
        let plan =
            Plan { scenario: scenario.to_owned(), seed: None, runs: 1, set: Vec::new(), runbook: None };
        let mut batch = Batch::new(plan.clone()).expect("a scenario");
        while !batch.go(100_000).over {}
        let brief = Brief::of(batch.report(), &plan).expect("a brief");
        assert_eq!(brief.scenario, scenario);
        let message = ToPage::Drill(Box::new(DrillFacts { brief: Some(brief), ..DrillFacts::default() }));
        assert_eq!(sent(&message), message);
    }
}

#[test]
fn bytes_travel_beside_and_are_put_back() {
    type Own = quorum_wire::ToWorker<Vec<u8>>;
    let check = Own::Check { ticket: 3, bytes: vec![1; 1_000] };
    let bytes = encode(&check).expect("bytes");
    assert!(bytes.len() < 100, "{}", bytes.len());
    let came: Own = decode(&bytes).expect("a message");
    assert_eq!(came.bytes(), Some(&Vec::new()));
    assert_eq!(came.with_bytes(vec![1; 1_000]), check);
    let field = FieldSpec {
        name: "id".to_owned(),
        kind: "int64".to_owned(),
        primary: true,
        dim: None,
        max_length: None,
    };
    let command =
        Command::Engine(EngineCommand::CreateCollection { name: "c".to_owned(), fields: vec![field] });
    let created = Own::Do { ticket: 1, command };
    assert_eq!(sent(&created).with_bytes(vec![1]), created, "bytes that no message asks for are left out");
    assert!(decode::<Own>(&bytes[..bytes.len() - 1]).is_err() && decode::<Own>(&[]).is_err());
}
