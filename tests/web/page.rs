//! The page's side in a real browser: addresses, pacing, progress, and what is passed on of a flood of events.

use quorum_facade::Rule;
use quorum_facade::snapshot::{
    CauseFacts, ClientFacts, CollectionFacts, EngineFacts, Failover, Flight, GoalFacts, Invariant,
    LessonFacts, Majority, NodeFacts, OutageFacts, RecoveryFacts, Role, RowCounts, SegmentFacts,
    SegmentState, WalFacts, WalFile,
};
use quorum_facade::{
    Action, Answer, Command, Committed, Control, DropReason, EngineCommand, Event, EventKind, FaultEvent,
    InsertRows, MessageKind, Moment, NetworkEvent, OpStatus, Phase, PhaseTime, RunConfig, ServiceEvent,
    Snapshot, Tail, Value, VoteRefusal,
};
use quorum_facade::{EngineEvent, RaftEvent, StorageEvent};
use quorum_i18n::Lang;
use quorum_lab::web::address::{Address, Theme, valid_speed};
use quorum_lab::web::figures::{Figures, quantile};
use quorum_lab::web::given::{self, Unread};
use quorum_lab::web::measure::{Measured, Point, What};
use quorum_lab::web::narrow;
use quorum_lab::web::pacer::Pacer;
use quorum_lab::web::plain;
use quorum_lab::web::progress::Watch;
use quorum_lab::web::session::Session;
use quorum_lab::web::wire::{
    Absence, FoundSchedule, HostFacts, HostState, MemoryReason, Pace, SearchFacts, Storage, ToPage, ToWorker,
    pack, unpack,
};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn an_address_is_read_and_written_back() {
    let query = "?lesson=kill-the-leader&lang=en&theme=dark&size=projector&embed=1&seed=42&kept=0&speed=2.5";
    let address = Address::parse(query);
    assert_eq!(address.lesson.as_deref(), Some("kill-the-leader"));
    assert_eq!((address.lang, address.theme), (Some(Lang::En), Some(Theme::Dark)));
    assert!(address.projector && address.embed && !address.bench);
    assert_eq!((address.seed, address.kept, address.speed), (Some(42), Some(false), Some(2.5)));
    assert_eq!(Address::parse(&address.over("")), address, "nothing is lost on the way");
    let free = Address { topology: Some("replica-set:5".to_owned()), ..Address::default() };
    assert_eq!(free.over("?theme=dark&utm=x"), "utm=x&topology=replica-set:5", "unknown parameters stay");
}

#[wasm_bindgen_test]
fn what_cannot_be_read_counts_as_absent() {
    let odd = "?lang=fr&theme=pink&seed=-1&kept=maybe&speed=fast&lesson=&size=huge&embed=yes";
    assert_eq!(Address::parse(odd), Address::default());
    assert_eq!(Address::parse("?seed=9007199254740992").seed, None, "above what JavaScript can carry");
    assert_eq!(valid_speed(0.01), Some(0.1));
    assert_eq!(valid_speed(1e9), Some(100_000.0));
    assert_eq!((valid_speed(f64::NAN), valid_speed(-1.0)), (None, None));
}

#[wasm_bindgen_test]
fn virtual_time_follows_the_clock_at_the_speed_that_is_set() {
    let mut pacer = Pacer::new(1.0, 0.0, 0);
    assert_eq!(pacer.pass(10.0), 10_000);
    pacer.settle(10_000, 0.0);
    pacer.set_speed(0.1);
    // A tenth of a millisecond at a tenth of the speed is 10 µs; fractions add up.
    let due = (1..=100).map(|tick| pacer.pass(10.0 + f64::from(tick) * 0.01)).last();
    assert_eq!(due, Some(10_100));
    pacer.playing = false;
    assert_eq!(pacer.pass(50.0), 10_100, "time that is held does not pass");
    pacer.playing = true;
    pacer.set_speed(1.0);
    assert_eq!(pacer.pass(60_050.0), 110_100, "a tab that slept wakes to a moment, not to a minute");
    pacer.settle(20_000, 32.0);
    assert_eq!(pacer.pass(60_050.0), 52_000, "a backlog is dropped but for two frames");
}

#[wasm_bindgen_test]
fn the_speed_reached_is_that_of_the_last_half_second() {
    let mut pacer = Pacer::new(100.0, 0.0, 0);
    let reached = (0..=20).map(|tick| pacer.reached(f64::from(tick) * 100.0, tick as u64 * 3_000_000)).last();
    assert_eq!(reached, Some(30.0));
}

fn event(kind: EventKind) -> Event {
    Event { t_us: 0, node: None, kind }
}

#[wasm_bindgen_test]
fn a_flood_loses_what_only_the_picture_shows_and_counts_it() {
    let sent = |id| {
        event(EventKind::Network(NetworkEvent::Sent {
            id,
            from: 1,
            to: 2,
            message: MessageKind::Heartbeat,
            term: 1,
        }))
    };
    let mut waiting = Vec::new();
    assert_eq!(narrow::add(&mut waiting, (0..150).map(sent).collect()), 0, "few are all passed on");
    let more = (0..100).map(sent).chain([event(EventKind::Fault(FaultEvent::PowerCut))]).collect();
    assert_eq!(narrow::add(&mut waiting, more), 250);
    assert_eq!(waiting, [event(EventKind::Fault(FaultEvent::PowerCut))]);
    let many = (0..1_000).map(|op| event(EventKind::Service(ServiceEvent::OpStart { op }))).collect();
    assert_eq!(narrow::add(&mut waiting, many), 601);
    assert_eq!(
        waiting.last(),
        Some(&event(EventKind::Service(ServiceEvent::OpStart { op: 999 }))),
        "the newest stay"
    );
}

#[wasm_bindgen_test]
fn quantiles_are_nearest_ranks() {
    let sorted: Vec<f64> = (1..=100).map(f64::from).collect();
    assert_eq!((quantile(&sorted, 50), quantile(&sorted, 95), quantile(&sorted, 99)), (50.0, 95.0, 99.0));
    assert_eq!((quantile(&[], 50), quantile(&[7.0], 99)), (0.0, 7.0));
}

#[wasm_bindgen_test]
fn the_rate_is_that_of_the_last_insert() {
    let mut figures = Figures::default();
    figures.committed(&Committed { ticket: Some(1), bytes: 5_000_000, took_ms: 4.0 });
    figures.insert_asked(1_000.0, false);
    figures.committed(&Committed { ticket: Some(2), bytes: 1_000_000, took_ms: 2.0 });
    figures.acknowledged(1_500.0, 1_000);
    let now = figures.now();
    assert_eq!((now.rows_per_s, now.mb_per_s), (2_000.0, 2.0));
    assert_eq!((now.commits, now.bytes, now.commit_p50_ms, now.commit_p99_ms), (2, 6_000_000, 2.0, 4.0));
    assert_eq!((now.recent_ms, now.recent_rows_per_s), (vec![4.0, 2.0], vec![2_000.0]));
}

#[wasm_bindgen_test]
fn the_last_sixty_commits_and_rates_are_shown_one_by_one() {
    let mut figures = Figures::default();
    figures.insert_asked(0.0, false);
    for n in 1..=100 {
        figures.committed(&Committed { ticket: Some(n), bytes: 1, took_ms: n as f64 });
        // Two acknowledgements a rate: a tenth of a second holds both.
        figures.acknowledged(n as f64 * 100.0 - 50.0, 5);
        figures.acknowledged(n as f64 * 100.0, 5);
    }
    let now = figures.now();
    assert_eq!((now.recent_ms.len(), now.recent_ms[0], now.recent_ms[59]), (60, 41.0, 100.0));
    assert_eq!((now.recent_rows_per_s.len(), now.recent_rows_per_s[59]), (60, 100.0));
}

fn lesson(step: u32, met: &[bool]) -> Snapshot {
    let goals =
        ('a'..).zip(met).map(|(id, &met)| GoalFacts { id: id.into(), step: 0, met, ..GoalFacts::default() });
    let lesson =
        LessonFacts { slug: "a-lesson".to_owned(), step, goals: goals.collect(), ..LessonFacts::default() };
    Snapshot { lesson: Some(lesson), ..Snapshot::default() }
}

#[wasm_bindgen_test]
fn progress_is_shown_when_it_changes_and_a_goal_once() {
    let mut watch = Watch::default();
    let (progress, goals) = watch.see(&lesson(0, &[false, false]));
    assert!(progress.is_some_and(|progress| progress.goals == 2 && !progress.done) && goals.is_empty());
    assert_eq!(watch.see(&lesson(0, &[false, false])), (None, Vec::new()));
    let (progress, goals) = watch.see(&lesson(1, &[true, false]));
    assert_eq!((progress.map(|progress| progress.goals_met), goals.len()), (Some(1), 1));
    let (progress, goals) = watch.see(&lesson(1, &[true, true]));
    assert!(progress.is_some_and(|progress| progress.done));
    assert_eq!(goals.iter().map(|goal| goal.id.as_str()).collect::<Vec<_>>(), ["b"]);
}

#[wasm_bindgen_test]
fn messages_survive_the_way_as_bytes() {
    let open = ToWorker::Open {
        config: RunConfig {
            lesson: Some("a-lesson".to_owned()),
            topology: None,
            seed: 7,
            kept: true,
            lang: "zh".to_owned(),
        },
        database: "a-database".to_owned(),
        speed: 0.5,
        held: false,
        receipts_rows: Some(3),
        outstanding_rows: Some(4),
        take_over: false,
        erase: true,
        run: Some("{}".to_owned()),
        restore: None,
    };
    for message in [
        open,
        ToWorker::Do { ticket: 1, command: Command::insert(10, 5) },
        ToWorker::Do {
            ticket: 2,
            command: Command::Engine(EngineCommand::CrashAt { moment: Some(Moment::MidRecord) }),
        },
        ToWorker::Backup { ticket: 3 },
        ToWorker::SaveRun { ticket: 4 },
        ToWorker::Measure { what: What::Recovery, sizes: vec![1, 2], of: 3 },
        ToWorker::StopMeasuring,
        ToWorker::Ping,
        ToWorker::ScheduleSearch { rule: Some(Rule::LeaseBounded), first: 7, seeds: 200, events: 10_000 },
        ToWorker::ScheduleSearch { rule: None, first: 0, seeds: 1, events: 1 },
        ToWorker::StopScheduleSearch,
        ToWorker::Pace(Pace::Speed { x: 100.0 }),
        ToWorker::Pace(Pace::Hold),
        ToWorker::Words { lang: "zh".to_owned(), packed: "a\u{1}一".to_owned() },
        ToWorker::Language { lang: "en".to_owned() },
        ToWorker::LetGo,
        ToWorker::Bench { part: "store:1000".to_owned() },
    ] {
        let sent = pack(&message).expect("serialises");
        assert_eq!(unpack(&sent.data), Ok(message));
    }
    let facts = HostFacts { speed: 0.1, ..HostFacts::default() };
    let point = Point { size: 100, rows: 200, bytes: 300, ms: vec![1.5, 2.5], ..Point::default() };
    let measured = Measured { what: What::Recovery, part: 0.5, points: vec![point], ..Measured::default() };
    let events = vec![event(EventKind::Network(NetworkEvent::Sent {
        id: 7,
        from: 0,
        to: 2,
        message: MessageKind::Request,
        term: 0,
    }))];
    for message in [
        ToPage::Host(facts),
        ToPage::Happened { events, skipped: 3 },
        ToPage::Moment(Box::new(lesson(2, &[true]))),
        ToPage::Ready,
        ToPage::Alive,
        ToPage::Answered { ticket: 9, answer: Answer::Inserted { ok: true, acknowledged: 5 } },
        ToPage::Answered { ticket: 9, answer: Answer::Done { ok: true, t_us: 5 } },
        ToPage::Panicked { message: "words".to_owned() },
        ToPage::Benched { report: "{}".to_owned() },
        ToPage::Measured(measured),
        ToPage::ScheduleSearch(SearchFacts {
            first: 7,
            running: true,
            found: Some(FoundSchedule::default()),
            ..SearchFacts::default()
        }),
    ] {
        let sent = pack(&message).expect("serialises");
        assert_eq!(unpack(&sent.data), Ok(message));
    }
}

/// One event of every kind.
fn every_kind() -> Vec<EventKind> {
    use EventKind as K;
    let (from, to, message) = (1, 2, MessageKind::AppendResp);
    vec![
        K::Fault(FaultEvent::Opened { boot: 2, nodes: 5 }),
        K::Fault(FaultEvent::PowerCut),
        K::Fault(FaultEvent::Killed),
        K::Fault(FaultEvent::Restarted),
        K::Fault(FaultEvent::Paused),
        K::Fault(FaultEvent::Resumed),
        K::Network(NetworkEvent::LinkCut { from, to }),
        K::Network(NetworkEvent::LinkHealed { from, to }),
        K::Storage(StorageEvent::WalAppended { lsn: 1, bytes: 2, file: 3, offset: 4 }),
        K::Storage(StorageEvent::FsyncBegan { lsn: 1, bytes: 2 }),
        K::Storage(StorageEvent::FsyncEnded { lsn: 1, bytes: 2, took_us: 3 }),
        K::Storage(StorageEvent::WalRotated { file: 2, first_lsn: 9 }),
        K::Storage(StorageEvent::RecoveryBegan { bytes: 1, files: 2 }),
        K::Storage(StorageEvent::RecoveryProgress { bytes: 1, total_bytes: 2, records: 3, rows: 4 }),
        K::Storage(StorageEvent::TornTail { file: 1, offset: 2, claimed_bytes: 3, found_bytes: 4 }),
        K::Storage(StorageEvent::WalCorrupt { file: 1, offset: 2, why: "words".to_owned() }),
        K::Storage(StorageEvent::Recovered {
            records: 1,
            rows: 2,
            unproven_rows: 3,
            outstanding_rows: 6,
            lsn: 4,
            took_us: 5,
        }),
        K::Engine(EngineEvent::InsertBegan { first_id: -1, rows: 2 }),
        K::Engine(EngineEvent::Acknowledged { lsn: 1, first_id: 2, rows: 3, total_rows: 4, took_us: 5 }),
        K::Engine(EngineEvent::Queried { filter: "id < 10".to_owned(), rows: 10 }),
        K::Storage(StorageEvent::FlushBegan { segments: 1, bytes: 2 }),
        K::Storage(StorageEvent::Checkpointed { lsn: 1, files: 2, bytes: 3, took_us: 4 }),
        K::Storage(StorageEvent::CheckpointLoaded { lsn: 1, bytes: 2, rows: 3 }),
        K::Storage(StorageEvent::Sealed { lsn: 1 }),
        K::Storage(StorageEvent::Compacted { lsn: 1, segments: 2 }),
        K::Storage(StorageEvent::IndexBuilt { segment: 1, rows: 2, took_us: 3 }),
        K::Storage(StorageEvent::IndexRead { segment: 1, rows: 2, bytes: 3, took_us: 4 }),
        K::Storage(StorageEvent::IndexRefused { segment: 1, file: 2, offset: 3 }),
        K::Fault(FaultEvent::TrapSprung { moment: Moment::BeforeAck }),
        K::Storage(StorageEvent::MediaDamaged { file: 1, offset: 2 }),
        K::Storage(StorageEvent::DiskFull { bytes: 1 }),
        K::Engine(EngineEvent::CatalogChanged { lsn: 1, change: "load".to_owned() }),
        K::Engine(EngineEvent::Deleted { lsn: 1, keys: 2, took_us: 3 }),
        K::Engine(EngineEvent::ImportProgress { import: 1, position: 2, total: 3 }),
        K::Engine(EngineEvent::Searched { vectors: 1, rows: 10 }),
        K::Raft(RaftEvent::ElectionTimeout { timeout_us: 150_000 }),
        K::Raft(RaftEvent::Campaigned { term: 2 }),
        K::Raft(RaftEvent::VoteGranted { candidate: 3, term: 2 }),
        K::Raft(RaftEvent::VoteRefused { candidate: 3, term: 2, why: VoteRefusal::LogBehind }),
        K::Raft(RaftEvent::BecameLeader { term: 2, votes: 3, voters: 5 }),
        K::Raft(RaftEvent::SteppedDown { term: 3 }),
        K::Raft(RaftEvent::Committed { index: 7, term: 2 }),
        K::Raft(RaftEvent::LogTruncated { from: 6 }),
        K::Network(NetworkEvent::LinkClogged { from, to, us: 5 }),
        K::Network(NetworkEvent::WeatherChanged { loss: 1, duplicate: 2, reorder: 3 }),
        K::Fault(FaultEvent::DiskLost),
        K::Fault(FaultEvent::DiskFault { fault: "lie".to_owned() }),
        K::Fault(FaultEvent::ClockSet { drift_ppm: -5, jump_us: 6 }),
        K::Fault(FaultEvent::RuleSwitched { rule: "vote_once".to_owned(), on: false }),
        K::Fault(FaultEvent::BudgetExceeded { why: "disks".to_owned() }),
        K::Raft(RaftEvent::PreCampaigned { term: 3 }),
        K::Raft(RaftEvent::LostQuorum { term: 3 }),
        K::Raft(RaftEvent::SnapshotTaken { index: 4 }),
        K::Raft(RaftEvent::SnapshotInstalled { index: 4, term: 3 }),
        K::Raft(RaftEvent::ConfChanged { index: 4, voters: vec![1], outgoing: vec![2], learners: vec![3] }),
        K::Raft(RaftEvent::TransferBegan { to }),
        K::Raft(RaftEvent::RepairBegan),
        K::Raft(RaftEvent::RepairEnded { index: 4 }),
        K::Network(NetworkEvent::Sent { id: 1, from, to, message, term: 2 }),
        K::Network(NetworkEvent::Delivered { id: 1, from, to, message }),
        K::Network(NetworkEvent::Dropped { id: 1, from, to, message, why: DropReason::LinkCut }),
        K::Service(ServiceEvent::OpStart { op: 1 }),
        K::Service(ServiceEvent::OpRetry { op: 1, attempt: 2, to }),
        K::Service(ServiceEvent::OpEnd { op: 1, status: OpStatus::Info, took_us: 2 }),
        K::Service(ServiceEvent::ClientStopped { writes: 20_000 }),
        K::Service(ServiceEvent::ServiceLost { fault_us: 1 }),
        K::Service(ServiceEvent::ServiceRestored {
            rto_us: 9,
            phases: vec![PhaseTime { phase: Phase::Detect, us: 9 }],
            failed: 1,
        }),
        K::Service(ServiceEvent::InvariantBroken { name: "a".to_owned(), detail: "b".to_owned() }),
    ]
}

#[wasm_bindgen_test]
fn every_event_survives_the_way() {
    for kind in every_kind() {
        let message = ToPage::Happened { events: vec![Event { t_us: 5, node: Some(3), kind }], skipped: 0 };
        let sent = pack(&message).expect("serialises");
        assert_eq!(unpack(&sent.data), Ok(message));
    }
}

#[wasm_bindgen_test]
fn bytes_travel_beside_a_message_and_nothing_else_is_one() {
    let bytes: JsValue = js_sys::Uint8Array::from(&[1, 2, 3][..]).into();
    for message in [
        ToPage::BackedUp { ticket: 1, bytes: bytes.clone() },
        ToPage::Answered { ticket: 1, answer: Answer::Done { ok: true, t_us: 5 } },
    ] {
        let sent = pack(&message).expect("serialises");
        assert_eq!(js_sys::Array::is_array(&sent.data), message.bytes().is_some());
        assert_eq!(unpack(&sent.data), Ok(message));
    }
    let check = ToWorker::Check { ticket: 2, bytes: bytes.clone() };
    let sent = pack(&check).expect("serialises");
    assert_eq!(unpack(&sent.data), Ok(check));
    // Without its bytes, with bytes that are none, cut off, or no message at all.
    let alone = js_sys::Array::of2(&sent.buffer, &JsValue::NULL);
    for bad in [sent.buffer.clone().into(), alone.into(), js_sys::ArrayBuffer::new(3).into(), bytes] {
        assert!(unpack::<ToWorker>(&bad).is_err());
    }
    for greeting in ["({first_lines: 2})", "({first_lines: 2, held: true})", "null", "[]", "'x'"] {
        assert!(unpack::<ToPage>(&made(greeting)).is_err(), "{greeting}");
    }
}

#[wasm_bindgen_test]
fn every_state_of_the_host_survives_the_way() {
    let words = || "words".to_owned();
    let states = [
        HostState::Starting,
        HostState::Loading { bytes: 1, total_bytes: 2 },
        HostState::Running,
        HostState::Unplugged,
        HostState::Panicked { message: words() },
        HostState::NoWorker { why: Absence::Ended },
        HostState::Refused { code: words(), error: words() },
    ];
    let storages = [Storage::Unknown, Storage::Durable, Storage::Memory { why: MemoryReason::OtherTab }];
    for state in states {
        for storage in &storages {
            let facts = HostFacts {
                state: state.clone(),
                storage: storage.clone(),
                speed: 0.1,
                ..HostFacts::default()
            };
            let message = ToPage::Host(facts);
            let sent = pack(&message).expect("serialises");
            assert_eq!(unpack(&sent.data), Ok(message));
        }
    }
}

/// A moment with something in every place.
fn full_moment() -> Snapshot {
    let node = NodeFacts {
        id: 2,
        role: Role::Leader,
        vote: Some(1),
        last: (7, 3),
        log_tail: vec![(6, 2), (7, 3)],
        timer: Some((5, 9)),
        votes: vec![1, 2],
        ..NodeFacts::default()
    };
    let flight = Flight {
        id: 1,
        from: 2,
        to: 3,
        message: MessageKind::AppendResp,
        sent_us: 4,
        arrives_us: 5,
        entries: Some((6, 7)),
        granted: Some(false),
    };
    let segment =
        SegmentFacts { id: 1, state: SegmentState::Flushed, indexed: true, ..SegmentFacts::default() };
    let collection =
        CollectionFacts { name: "docs".to_owned(), index: Some("HNSW".to_owned()), ..Default::default() };
    let phases = vec![PhaseTime { phase: Phase::ClientRetry, us: 8 }];
    let recovery =
        RecoveryFacts { at: Some((1, 2)), torn_bytes: Some((3, 4)), tail: Tail::Torn, ..Default::default() };
    Snapshot {
        t_us: 9_007_199_254_740_991,
        rows: RowCounts { id_range: Some((-5, 7)), ..RowCounts::default() },
        wal: WalFacts { files: vec![WalFile { bytes: 3, ..WalFile::default() }], ..WalFacts::default() },
        engine: Some(EngineFacts {
            collections: vec![collection],
            segments: vec![segment],
            trap: Some(Moment::DuringFlush),
            imports: vec![(1, 2)],
            ..EngineFacts::default()
        }),
        recovery: Some(recovery),
        nodes: vec![node, NodeFacts::default()],
        cut: vec![(1, 2)],
        flights: vec![flight],
        client: Some(ClientFacts { recent: vec![OpStatus::Info], ..ClientFacts::default() }),
        majority: Majority { sentence: "一句".to_owned(), ..Majority::default() },
        failover: Some(Failover { rto_ms: Some(1.25), phases, ..Failover::default() }),
        outages: vec![OutageFacts {
            cause: vec![CauseFacts { what: "killed".to_owned(), node: Some(3) }],
            rto_us: Some(4),
            ..OutageFacts::default()
        }],
        invariants: vec![Invariant {
            name: "i".to_owned(),
            holds: true,
            checked: 2,
            detail: Some("d".to_owned()),
            breach: Some("b node=3".to_owned()),
        }],
        ..lesson(2, &[true, false])
    }
}

#[wasm_bindgen_test]
fn a_moment_survives_the_way_whole_and_a_damaged_one_is_refused_with_its_place() {
    let moment = full_moment();
    let sent = plain::to_js(&moment).expect("serialises");
    assert_eq!(given::read(&sent), Ok(moment));
    let refused = |path: &[&str], value: JsValue, expected: &str| {
        let sent = plain::to_js(&full_moment()).expect("serialises");
        let (last, way) = path.split_last().expect("a place");
        let place = way.iter().fold(sent.clone(), |at, name| {
            js_sys::Reflect::get(&at, &JsValue::from_str(name)).expect("an object")
        });
        js_sys::Reflect::set(&place, &JsValue::from_str(last), &value).expect("an object");
        assert_eq!(given::read::<Snapshot>(&sent), Err(Unread::Field(expected.to_owned())));
    };
    refused(&["boot"], 4_294_967_296.0.into(), "boot: invalid value: integer `4294967296`, expected u32");
    refused(&["t_us"], 0.5.into(), "t_us: invalid type: floating point `0.5`, expected u64");
    refused(&["t_us"], f64::NAN.into(), "t_us: invalid type: number \"NaN\", expected u64");
    refused(&["rows", "pending"], (-1).into(), "rows: invalid value: integer `-1`, expected u64");
    refused(&["nodes", "0", "alive"], JsValue::NULL, "nodes: invalid type: null, expected a boolean");
    refused(&["topology"], 1.into(), "topology: invalid type: integer `1`, expected a string");
    refused(&["cut"], "ab".into(), "cut: invalid type: string \"ab\", expected a sequence");
    refused(&["wal"], JsValue::UNDEFINED, "missing field `wal`");
    // One of the lab's numbers that is too large is rounded; a script's is refused.
    let mut late = full_moment();
    late.t_us = u64::MAX;
    let sent = plain::to_js(&late).expect("serialises all the same");
    assert_eq!(given::stored::<Snapshot>(&sent), Ok(late.clone()));
    let why = "t_us: invalid type: floating point `1.8446744073709552e+19`, expected u64";
    assert_eq!(given::read::<Snapshot>(&sent), Err(Unread::Field(why.to_owned())));
    let message = ToPage::Moment(Box::new(late));
    assert_eq!(
        unpack(&pack(&message).expect("serialises").data),
        Ok(message),
        "between page and worker it is exact"
    );
}

/// A value as a script makes it.
fn made(script: &str) -> JsValue {
    js_sys::eval(script).expect("a script that makes a value")
}

#[wasm_bindgen_test]
fn whatever_a_script_gives_is_refused_without_a_throw_and_before_it_is_read() {
    let getter = "Object.defineProperty({}, 'op', {enumerable: true, get() { throw new Error('no') }})";
    let revoked = "(() => { const p = Proxy.revocable([], {}); p.revoke(); return p.proxy })()";
    let throws = "new Proxy({}, {get() { throw 1 }, ownKeys() { throw 2 }, getPrototypeOf() { throw 3 }})";
    let lists = "new Proxy([], {get() { throw 1 }})";
    let deep = "(() => { let d = 1; for (let n = 0; n < 11; n++) d = [d]; return {op: 'step', d} })()";
    for (script, expected) in [
        (getter.to_owned(), "op: looking at it throws"),
        (throws.to_owned(), "looking at it throws"),
        (format!("({{op: 'partition', side: {revoked}}})"), "side: looking at it throws"),
        (format!("({{op: 'partition', side: {lists}}})"), "side: looking at it throws"),
        (format!("({{op: 'upsert', rows: [{throws}]}})"), "rows: looking at it throws"),
        ("({op: 'upsert', rows: [{get id() { throw 1 }}]})".to_owned(), "rows: id: looking at it throws"),
        ("({op: 'run', us: 2n})".to_owned(), &format!("us: {NEITHER}")),
        ("({op: 'run', us: Symbol('x')})".to_owned(), &format!("us: {NEITHER}")),
        ("({op: 'run', us: () => 1})".to_owned(), &format!("us: {NEITHER}")),
        ("(() => 1)".to_owned(), NEITHER),
        ("({op: 'partition', side: new DataView(new ArrayBuffer(8))})".to_owned(), "side: a list is wanted"),
        (deep.to_owned(), "d: lists and objects more than 10 deep"),
        ("['step']".to_owned(), "op: an object is wanted"),
    ] {
        assert_eq!(given_command(&made(&script)), Err(Unread::Field(expected.to_owned())), "{script}");
    }
    for script in [
        "({op: 'partition', side: new Array(4294967295)})",
        "({op: 'upsert', rows: new Array(1e9)})",
        "({op: 'search', data: [new Float32Array(3e6)]})",
        "({op: 'query', filter: 'x'.repeat(5e6)})",
        "({op: 'query', filter: 'x'.repeat(10e6)})",
        "({op: 'query', ['x'.repeat(5e6)]: 1})",
    ] {
        let began = js_sys::Date::now();
        assert!(matches!(given_command(&made(script)), Err(Unread::TooLarge(_))), "{script}");
        assert!(js_sys::Date::now() - began < 500.0, "{script}");
    }
    for script in [
        "(() => { const c = {op: 'insert', rows: [{}]}; c.rows[0].v = c; return c })()",
        "(() => { const c = {op: 'step', a: []}; c.a.push(c, c, c); c.self = c; return c })()",
        "new Proxy({op: 'step'}, {get: (of, name) => name in of ? of[name] : of, ownKeys: () => ['op', 'a']})",
    ] {
        let began = js_sys::Date::now();
        drop(
            given_command(&made(script))
                .map_err(|unread| assert!(matches!(unread, Unread::Field(_)), "{unread}")),
        );
        assert!(js_sys::Date::now() - began < 500.0, "{script}");
    }
    // An error quotes what was passed in, but not megabytes of it.
    let long = given_command(&made("({op: 'kill', node: 'x'.repeat(4e6)})")).expect_err("no node");
    assert!(long.to_string().starts_with("node: invalid type: string") && long.to_string().len() < 400);
}

#[wasm_bindgen_test]
fn fields_that_are_undefined_or_inherited_are_left_out() {
    for script in ["({op: 'crash_at', moment: undefined})", "({op: 'crash_at', moment: null})"] {
        assert_eq!(
            given_command(&made(script)),
            Ok(Command::Engine(EngineCommand::CrashAt { moment: None })),
            "{script}"
        );
    }
    let batch = given_command(&made("({op: 'insert', rows: 3, batch: null})"));
    assert_eq!(batch, Err(Unread::Field("batch: invalid type: null, expected u64".to_owned())));
    let hole = given_command(&made("({op: 'partition', side: [, 1]})"));
    assert_eq!(hole, Err(Unread::Field("side: invalid type: null, expected u32".to_owned())));
    let inherited = given_command(&made("Object.create({op: 'step'})"));
    assert_eq!(inherited, Err(Unread::Field("missing field `op`".to_owned())));
}

#[wasm_bindgen_test]
fn numbers_are_whole_only_where_they_are_exact() {
    let most = 9_007_199_254_740_991_u64;
    assert_eq!(
        given_command(&made("({op: 'run', us: 2 ** 53 - 1})")),
        Ok(Command::Control(Control::Run { us: most }))
    );
    for (us, what) in [("2 ** 53", "floating point `9007199254740992.0`"), ("NaN", "number \"NaN\"")] {
        let read = given_command(&made(&format!("({{op: 'run', us: {us}}})")));
        assert_eq!(read, Err(Unread::Field(format!("us: invalid type: {what}, expected u64"))));
    }
    // Rows and vectors hold such numbers all the same, and keep them on the way to the worker.
    let row = "({op: 'upsert', rows: [{a: NaN, b: -Infinity, c: 2 ** 53, d: -0, v: [Infinity, 0.1]}]})";
    let read = given_command(&made(row)).expect("a command");
    let Command::Engine(EngineCommand::Upsert { rows: InsertRows::Given(rows), .. }) = &read else {
        panic!("{read:?}")
    };
    let values =
        [Value::Double(f64::NAN), Value::Double(f64::NEG_INFINITY), Value::Double(9_007_199_254_740_992.0)];
    for (name, value) in ["a", "b", "c"].into_iter().zip(values) {
        assert_eq!(format!("{:?}", rows[0].get(name)), format!("{:?}", Some(value)));
    }
    assert_eq!((rows[0].int("d"), rows[0].vector("v")), (Some(0), Some(vec![f32::INFINITY, 0.1])));
    let message = ToWorker::Do { ticket: 1, command: read };
    let sent = pack(&message).expect("serialises");
    let came: ToWorker = unpack(&sent.data).expect("a message");
    assert_eq!(format!("{came:?}"), format!("{message:?}"));
}

/// The message for a value that is of no kind.
const NEITHER: &str = "neither a number, a text, true, false, a list nor an object";

/// A command as a script gives it.
fn given_command(value: &JsValue) -> Result<Command, Unread> {
    given::command(given::plain_value(value)?)
}

/// A command as a script writes it.
fn command(json: &str) -> Result<Command, Unread> {
    given_command(&js_sys::JSON::parse(json).expect("JSON"))
}

#[wasm_bindgen_test]
fn commands_are_read_as_scripts_write_them() {
    assert_eq!(command(r#"{"op":"insert","rows":7}"#), Ok(Command::insert(7, 1_000)));
    assert_eq!(command(r#"{"op":"query"}"#), Ok(Command::query("", &[], None)));
    assert_eq!(command(r#"{"op":"heal"}"#), Ok(Command::Cluster(Action::Heal)));
    assert_eq!(
        command(r#"{"op":"cut","from":1,"to":2}"#),
        Ok(Command::Cluster(Action::Cut { from: 1, to: 2, one_way: false }))
    );
    assert_eq!(
        command(r#"{"op":"wal","offset":16}"#),
        Ok(Command::Control(Control::Wal { node: 1, file: None, offset: Some(16), bytes: 512 }))
    );
    assert_eq!(command(r#"{"op":"step"}"#), Ok(Command::Control(Control::Step)));
    assert_eq!(command(r#"{"op":"fly"}"#), Err(Unread::UnknownOp("fly".to_owned())));
    assert_eq!(
        command(r#"{"op":"corrupt","file":0,"offset":0,"kind":"melt"}"#),
        Err(Unread::Field(
            "kind: unknown variant `melt`, expected one of `bitflip`, `zero`, `truncate`".to_owned()
        ))
    );
    assert_eq!(
        command(r#"{"op":"cut","from":1,"to":"x","one_way":false}"#),
        Err(Unread::Field("to: invalid type: string \"x\", expected u32".to_owned()))
    );
    for bad in [r#"{"op":"kill"}"#, r#"{"op":"kill","node":-1}"#, r#"{"op":"kill","node":"x"}"#, "{}", "3"] {
        assert!(matches!(command(bad), Err(Unread::Field(_))), "{bad} was read");
    }
}

#[wasm_bindgen_test]
fn rows_and_vectors_are_read_as_scripts_write_them() {
    let given = command(r#"{"op":"insert","rows":[{"id":7,"vector":[0.5,-1,2],"text":"t"}]}"#);
    let Ok(Command::Engine(EngineCommand::Insert { rows: InsertRows::Given(rows), .. })) = &given else {
        panic!("{given:?}")
    };
    assert_eq!((rows[0].int("id"), rows[0].text("text")), (Some(7), Some("t")));
    assert_eq!(rows[0].vector("vector"), Some(vec![0.5, -1.0, 2.0]));
    let search = command(r#"{"op":"search","data":[[0.25,1]],"limit":3}"#);
    let Ok(Command::Engine(EngineCommand::Search { data, limit, collection, .. })) = &search else {
        panic!("{search:?}")
    };
    assert_eq!((data[0].as_slice(), *limit, collection.as_str()), (&[0.25, 1.0][..], 3, "docs"));
    let typed = js_sys::Object::new();
    let vector: JsValue = js_sys::Float32Array::from(&[0.25, 1.0][..]).into();
    js_sys::Reflect::set(&typed, &"op".into(), &"search".into()).expect("an object");
    js_sys::Reflect::set(&typed, &"data".into(), &js_sys::Array::of1(&vector)).expect("an object");
    js_sys::Reflect::set(&typed, &"limit".into(), &3.into()).expect("an object");
    assert_eq!(given_command(&typed), search, "vectors may be typed arrays");
    let fields =
        r#"{"op":"create_collection","name":"c","fields":[{"name":"id","type":"int64","is_primary":true}]}"#;
    let Ok(Command::Engine(EngineCommand::CreateCollection { fields, .. })) = command(fields) else {
        panic!("not read")
    };
    assert!(fields[0].primary && fields[0].dim.is_none());
    let sent = plain::to_js(&rows[0]).expect("serialises");
    let text = js_sys::JSON::stringify(&sent).expect("no BigInt in it");
    assert_eq!(
        String::from(text),
        r#"{"id":7,"text":"t","vector":[0.5,-1,2]}"#,
        "fields stand in the order of their names"
    );
}

#[wasm_bindgen_test]
async fn with_nothing_open_a_command_is_refused_in_words() {
    crate::texts::learn_catalogues();
    let session = Session::new();
    let Answer::Refused { ok, code, error, .. } = session.execute(Command::Control(Control::Step)).await
    else {
        panic!("not refused");
    };
    assert_eq!((ok, code.as_str()), (false, "nothing_open"));
    assert!(!error.is_empty() && !error.contains("refused-"), "{error}");
    session.pull_plug();
    session.reopen();
    assert_eq!(session.request(), None);
}

#[wasm_bindgen_test]
fn a_saved_run_stands_behind_the_query() {
    for (query, rest) in [("", ""), ("lang=zh", "lang=zh"), ("lesson=a&lang=en", "lesson=a&lang=en")] {
        let address = Address::parse(&format!("?{query}#r=AQ-_9"));
        assert_eq!(address.run.as_deref(), Some("AQ-_9"));
        let written = address.over("");
        assert_eq!(written, format!("{rest}#r=AQ-_9"));
        assert_eq!(Address::parse(&written), address);
    }
    // It goes before a schedule, and nothing empty counts.
    let both = Address::parse("?run=%7B%7D#r=AQ");
    assert_eq!(both.run.as_deref(), Some("AQ"));
    assert_eq!(Address::parse("?lang=zh#r=").run, None);
    assert!(
        Address::parse("#r=AQ").link().ends_with("#r=AQ") && !Address::parse("#r=AQ").link().contains('?')
    );
}

#[wasm_bindgen_test]
fn a_run_that_servers_would_refuse_stands_behind_the_query() {
    use quorum_lab::web::address::MOST_QUERY;
    for (letters, behind) in [(100, false), (24_000, true)] {
        let run = format!("{{\"deeds\":[\"{}\"]}}", "{,".repeat(letters / 2));
        let address =
            Address { topology: Some("replica-set:3".to_owned()), run: Some(run), ..Address::default() };
        let written = address.over("");
        let (query, fragment) = written.split_once('#').unwrap_or((&written, ""));
        assert!(query.len() <= MOST_QUERY && query.contains("topology=replica-set:3"), "{}", query.len());
        assert_eq!(fragment.starts_with("run="), behind);
        assert_eq!(Address::parse(&format!("?{written}")), address);
        // The old form is still read, at any length.
        let old = js_sys::encode_uri_component(address.run.as_deref().unwrap_or_default());
        assert_eq!(Address::parse(&format!("?topology=replica-set:3&run={old}")).run, address.run);
    }
}
