//! The views in a real browser, each mounted with a moment that was made up for it: what is drawn, what it
//! says in words, and what a click or a key does.
#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;

use quorum_facade::snapshot::{
    ClientFacts, DiskFacts, EngineFacts, Failover, Flight, Invariant, Majority, NodeFacts, Role,
    SegmentFacts, SegmentState, Snapshot, WalFacts, WalFile,
};
use quorum_facade::{
    DropReason, Event, EventKind, MessageKind, Moment, OpStatus, Phase, PhaseTime, VoteRefusal, WalSpan,
    WalWindow,
};
use quorum_lab::ui::actions::Act;
use quorum_lab::ui::backup::{Restoring, restoring};
use quorum_lab::ui::banners::{BannersProps, banners};
use quorum_lab::ui::cluster::{Pick, PictureProps, picture};
use quorum_lab::ui::engine::measured::measured;
use quorum_lab::ui::engine::{EngineProps, engine_block};
use quorum_lab::ui::format::{clock, nice, px, scale, seconds, span, speed};
use quorum_lab::ui::free_play::{PaneProps, free_play};
use quorum_lab::ui::instruments::instruments;
use quorum_lab::ui::markdown::render;

#[path = "views/rules.rs"]
mod rules;
mod shown;
mod texts;

use quorum_i18n::Lang;
use quorum_lab::ui::narrate::sentence;
use quorum_lab::ui::panel::storing;
use quorum_lab::ui::story::{MarkKind, Story};
use quorum_lab::ui::wal::bytes::{ViewProps, bytes_view};
use quorum_lab::web::measure::{Measured, Point, What, spread};
use quorum_lab::web::wire::{Absence, HostState, MemoryReason, Storage, StoreFigures};
use shown::{Shown, chinese, settle};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

wasm_bindgen_test_configure!(run_in_browser);

/// Five nodes: S1 without power, S2 leading, S5 cut off from it, messages on their way.
fn moment() -> Snapshot {
    let node = |id: u32| NodeFacts {
        id,
        term: 5,
        alive: true,
        voter: true,
        reachable: true,
        commit: 7,
        durable: 8,
        last: (9, 5),
        log_tail: (1..=9).map(|index| (index, 1 + index / 2)).collect(),
        timer: Some((500, 1_000)),
        ..NodeFacts::default()
    };
    let down = NodeFacts { role: Role::Down, alive: false, reachable: false, ..node(1) };
    let leader = NodeFacts { role: Role::Leader, votes: vec![2, 3, 4], ..node(2) };
    let stands = NodeFacts { role: Role::Candidate, reachable: false, term: 8, votes: vec![5], ..node(5) };
    let flight = |id, from, to, message| Flight {
        id,
        from,
        to,
        message,
        sent_us: 0,
        arrives_us: 200,
        entries: Some((8, 9)),
        granted: None,
    };
    Snapshot {
        t_us: 100,
        topology: "replica-set:5".to_owned(),
        nodes: vec![down, leader, node(3), NodeFacts { paused: true, ..node(4) }, stands],
        cut: vec![(2, 5), (5, 2)],
        flights: vec![flight(7, 2, 3, MessageKind::Append), flight(8, 0, 2, MessageKind::Request)],
        client: Some(ClientFacts {
            on: true,
            route: 2,
            ok: 3,
            failed: 2,
            unknown: 1,
            recent: vec![OpStatus::Ok, OpStatus::Fail, OpStatus::Info],
            interval_us: 500_000,
            ..ClientFacts::default()
        }),
        majority: Majority {
            nodes: 5,
            need: 3,
            reachable: 3,
            can_elect: true,
            sentence: "5 nodes, majority 3, reachable 3: can elect".to_owned(),
            stalled_us: 0,
        },
        failover: Some(Failover {
            under_way: true,
            phases: vec![
                PhaseTime { phase: Phase::Detect, us: 4_200_000 },
                PhaseTime { phase: Phase::Election, us: 2_100_000 },
            ],
            failed: 7,
            ..Failover::default()
        }),
        invariants: vec![
            Invariant {
                name: "election_safety".to_owned(),
                holds: true,
                checked: 14_203,
                detail: None,
                breach: None,
            },
            Invariant {
                name: "log_matching".to_owned(),
                holds: false,
                checked: 14_203,
                detail: Some("index 4".to_owned()),
                breach: Some("other_entry node=2 index=4 term=3".to_owned()),
            },
        ],
        ..Snapshot::default()
    }
}

/// The same, as the stage is given it.
fn drawn() -> PictureProps {
    PictureProps { moment: Rc::new(moment()), ..PictureProps::default() }
}

fn click(element: &Element) {
    let event = MouseEvent::new("click").expect("an event");
    let bubbling = web_sys::Event::from(event);
    bubbling.init_event_with_bubbles_and_cancelable("click", true, true);
    element.dispatch_event(&bubbling).expect("a click");
}

#[wasm_bindgen_test]
async fn nodes_say_role_term_and_log_in_words() {
    let shown = Shown::new(Lang::Zh, picture(Lang::Zh, &drawn())).await;
    let roles: Vec<String> =
        (1..=5).map(|n| shown.said(&format!("[data-node='{n}']"), "data-role")).collect();
    assert_eq!(roles, ["down", "leader", "follower", "follower", "candidate"]);
    assert_eq!(
        shown.said("[data-node='2']", "aria-label"),
        "S2，领导者，任期 5，日志到 9，已提交 7，已落盘 8"
    );
    assert!(shown.said("[data-node='1']", "aria-label").contains("没有电"));
    assert!(shown.said("[data-node='5']", "aria-label").contains("与多数一侧不通"));
    assert!(shown.said("[data-node='4']", "aria-label").contains("已冻结"));
    assert_eq!(shown.all("[data-node='2'] .crown").len(), 1);
    assert_eq!(shown.all("[data-node='2'] .seg-kept").len(), 3, "three are known to hold the last entry");
    assert_eq!(shown.all("[data-node='5'] .seg-open").len(), 1, "one vote");
    assert_eq!(shown.all("[data-node='3'] rect.c-kept").len(), 7, "committed entries");
    assert_eq!(shown.all("[data-node='3'] rect.ground").len(), 8, "durable entries stand on the line");
}

#[wasm_bindgen_test]
async fn links_and_messages_stand_where_they_are() {
    let shown = Shown::new(Lang::Zh, picture(Lang::Zh, &drawn())).await;
    assert_eq!(shown.all("[data-link]").len(), 10, "every pair of five");
    assert_eq!(shown.said("[data-link='2-5']", "data-cut"), "true");
    assert_eq!(shown.said("[data-link='2-3']", "data-cut"), "false");
    assert!(shown.said("[data-link='2-5']", "aria-label").contains("已切断"));
    assert_eq!(shown.all("[data-flight]").len(), 2);
    let place = shown.said("[data-flight='7'] > g", "transform");
    let numbers: Vec<f64> = place
        .trim_start_matches("translate(")
        .trim_end_matches(')')
        .split(' ')
        .filter_map(|number| number.parse().ok())
        .collect();
    let ends: Vec<String> = [2, 3].map(|n| shown.said(&format!("[data-node='{n}']"), "transform")).to_vec();
    let at = |text: &str| -> Vec<f64> {
        let inner = text.trim_start_matches("translate(").trim_end_matches(')');
        inner.split(' ').filter_map(|number| number.parse().ok()).collect()
    };
    let (from, to) = (at(&ends[0]), at(&ends[1]));
    let middle = [(from[0] + to[0]) / 2.0, (from[1] + to[1]) / 2.0];
    let off = (numbers[0] - middle[0]).hypot(numbers[1] - middle[1]);
    assert!(off < 12.0, "half of its time has passed: {place}, middle {middle:?}");
}

#[wasm_bindgen_test]
async fn pointer_and_key_select_nodes_and_links() {
    let picked = Rc::new(RefCell::new(Vec::new()));
    let onpick = {
        let picked = Rc::clone(&picked);
        Callback::from(move |pick: Option<Pick>| picked.borrow_mut().push(pick))
    };
    let view = picture(Lang::Zh, &PictureProps { onpick, ..drawn() });
    let shown = Shown::new(Lang::Zh, view).await;
    click(&shown.one("[data-node='3']"));
    click(&shown.one("[data-link='1-4']"));
    let key = web_sys::KeyboardEventInit::new();
    key.set_key("Enter");
    key.set_bubbles(true);
    let enter = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &key).expect("a key");
    shown.one("[data-node='5']").dispatch_event(&enter).expect("a stroke");
    settle().await;
    let expected = [Some(Pick::Node(3)), Some(Pick::Link(1, 4)), Some(Pick::Node(5))];
    assert_eq!(*picked.borrow(), expected);
    for selector in ["[data-node]", "[data-link]"] {
        assert!(shown.all(selector).iter().all(|e| e.get_attribute("tabindex").as_deref() == Some("0")));
    }
}

#[wasm_bindgen_test]
async fn instruments_read_what_was_measured() {
    let shown = Shown::new(Lang::En, instruments(&moment())).await;
    let majority = shown.text("[data-meter='majority']");
    assert!(majority.contains("5 nodes, majority = 3") && majority.contains("can elect"), "{majority}");
    assert!(shown.text("[data-meter='rto'] .big").starts_with("6.3"), "phases add up");
    assert_eq!(shown.text("[data-phase='detect'] .wf-v"), "4.20");
    assert_eq!(shown.text("[data-phase='client_retry'] .wf-v"), "—", "not there yet");
    assert_eq!(shown.text("[data-meter='failed'] b"), "7");
    assert_eq!(shown.all("[data-meter='failed'] .pips .x").len(), 7);
    assert_eq!(shown.text("[data-meter='lost'] b"), "0");
    assert!(shown.text("[data-meter='lost'] .chip").contains("1 outcome unknown"));
    assert!(shown.text("[data-meter='invariants']").contains("14,203"));
    assert_eq!(shown.said("[data-invariant='log_matching']", "data-holds"), "false");
    assert!(shown.text("[data-invariant='log_matching']").contains("another entry 4 of term 3"));
}

#[wasm_bindgen_test]
async fn views_at_rest_follow_the_language() {
    let inner = instruments(&moment());
    let mut shown = Shown::new(Lang::Zh, inner.clone()).await;
    assert!(chinese(&shown.text("[data-meter='rto']")));
    // The views are given what they had; only the language around them is another.
    shown.update(Lang::En, inner).await;
    settle().await;
    assert!(!chinese(&shown.0.text_content().unwrap_or_default()), "{}", shown.0.inner_html());
}

#[wasm_bindgen_test]
async fn views_are_drawn_anew_when_what_they_show_changes() {
    let mut shown = Shown::new(Lang::En, instruments(&moment())).await;
    assert_eq!(shown.text("[data-meter='failed'] b"), "7");
    let mut later = moment();
    later.failover.as_mut().expect("an outage").failed = 8;
    shown.update(Lang::En, instruments(&later)).await;
    settle().await;
    assert_eq!(shown.text("[data-meter='failed'] b"), "8");
    assert!(shown.text("[data-meter='invariants']").contains("14,203"), "the others stay");
}

#[wasm_bindgen_test]
async fn the_durable_frontier_is_a_stair_between_bytes() {
    let span = |offset, bytes, field: &str, value: &str| WalSpan {
        offset,
        bytes,
        field: field.to_owned(),
        value: value.to_owned(),
        lsn: 12,
    };
    let window = WalWindow {
        file: 4,
        file_bytes: 112,
        durable_bytes: 74,
        offset: 64,
        bytes: (0..48).collect(),
        spans: vec![
            span(0, 74, "vectors", ""),
            span(74, 4, "length", "544,017"),
            span(78, 1, "kind", "insert"),
            span(79, 8, "lsn", "12"),
            span(87, 25, "torn", ""),
        ],
    };
    let view = bytes_view(Lang::En, &ViewProps { window: Rc::new(window), ..ViewProps::default() });
    let shown = Shown::new(Lang::En, view).await;
    assert_eq!(shown.said("[data-view='wal']", "data-durable"), "74");
    let rows = shown.all(".hr:not(.hr-h)");
    assert_eq!(rows.len(), 3, "16 bytes a row");
    assert_eq!(shown.all(".hr:not(.hr-h) .b").len(), 48);
    assert_eq!(shown.all(".fr-bot").len(), 10, "the durable bytes of the frontier's row");
    assert_eq!(shown.all(".fr-top").len(), 6, "the others of it");
    assert_eq!(shown.all(".fr-left").len(), 1, "the stair itself");
    assert_eq!(shown.all(".b-un").len(), 38, "what is not durable looks it");
    assert_eq!(shown.all(".f-torn").len(), 25);
    let first = rows[0].text_content().unwrap_or_default();
    assert!(first.contains("durable to 00004A") && first.contains("544,017"), "{first}");
}

#[wasm_bindgen_test]
async fn free_play_asks_only_for_what_is_possible() {
    let names = ["insert-1000", "query-first-ten", "insert-10000", "pull-plug", "reopen", "prove"];
    let asked = Rc::new(RefCell::new(Vec::new()));
    let onact = {
        let asked = Rc::clone(&asked);
        Callback::from(move |name: &'static str| asked.borrow_mut().push(name))
    };
    let possible: Vec<bool> = names.iter().map(|name| *name == "insert-1000").collect();
    let shown =
        Shown::new(Lang::En, free_play(Lang::En, &PaneProps { possible, alone: true, nodes: 1, onact }))
            .await;
    assert_eq!(shown.said("[data-step]", "data-step"), "0");
    for name in names {
        let button = shown.one(&format!("[data-act='{name}']"));
        assert_eq!(button.has_attribute("disabled"), name != "insert-1000");
        if let Some(button) = button.dyn_ref::<HtmlElement>() {
            button.click();
        }
    }
    settle().await;
    assert_eq!(*asked.borrow(), ["insert-1000"], "what is not possible is not asked for");
}

#[wasm_bindgen_test]
async fn lesson_texts_never_become_html() {
    let text = "A **bold** <img src=x onerror=alert(1)> [link](javascript:alert(1)) and `code`.\n\n<script>1</script>";
    let shown = Shown::new(Lang::En, render(&quorum_texts::mark::mark(text, 1).expect("not deep"))).await;
    assert_eq!(shown.text("b"), "bold");
    assert_eq!(shown.text("code"), "code");
    assert!(shown.all("img, script, a").is_empty(), "{}", shown.0.inner_html());
    assert!(shown.0.text_content().unwrap_or_default().contains("<script>"), "shown as the text it is");
}

/// The banners of a host, in English.
fn bad_day(state: HostState, storage: Storage) -> Html {
    let onact = Callback::<Act>::noop();
    banners(
        Lang::En,
        &BannersProps {
            state,
            storage,
            broken: None,
            alone: true,
            home: String::new(),
            own_tab: "?x".to_owned(),
            onact,
        },
    )
}

#[wasm_bindgen_test]
async fn every_bad_day_has_its_banner() {
    let cases = [
        (MemoryReason::Chosen, "memory", None),
        (MemoryReason::Missing, "missing", None),
        (MemoryReason::Denied, "denied", None),
        (MemoryReason::Full, "full", Some("erase")),
        (MemoryReason::OtherTab, "other-tab", Some("take-over")),
        (MemoryReason::TakenOver, "taken-over", Some("take-over")),
        (MemoryReason::Newer, "newer", None),
        (MemoryReason::Closed, "closed", Some("reopen")),
        (MemoryReason::Silent, "silent", Some("reopen")),
    ];
    for (why, word, way_out) in cases {
        let storage = Storage::Memory { why };
        let shown = Shown::new(Lang::En, bad_day(HostState::Running, storage)).await;
        let banner = shown.one("[data-banner]");
        assert_eq!(banner.get_attribute("data-banner").as_deref(), Some(word));
        assert!(!chinese(&banner.text_content().unwrap_or_default()));
        let button =
            shown.all("button[data-act]").first().and_then(|button| button.get_attribute("data-act"));
        assert_eq!(button.as_deref(), way_out, "{word}");
    }
    for why in [Absence::Absent, Absence::Stale, Absence::Silent, Absence::Ended] {
        let shown = Shown::new(Lang::En, bad_day(HostState::NoWorker { why }, Storage::Durable)).await;
        let banner = shown.one("[data-banner='no-worker'][role=alert]");
        assert!(banner.text_content().is_some_and(|text| text.contains(&Lang::En.t(why.key()))), "{why:?}");
        assert_eq!(shown.all("button[data-act='reopen']").len(), 1);
    }
    let error = "wal-000002, offset 4096: checksum".to_owned();
    let state = HostState::Refused { code: "wal_corrupt".to_owned(), error };
    let shown = Shown::new(Lang::En, bad_day(state, Storage::Durable)).await;
    assert!(shown.text("[data-banner='refused']").contains("offset 4096"));
}

#[wasm_bindgen_test]
async fn english_views_have_no_chinese_left() {
    let view = html! {
        <>
            { picture(Lang::En, &PictureProps { slow: true, ..drawn() }) }
            { picture(Lang::En, &PictureProps { compact: true, ..drawn() }) }
            { instruments(&moment()) }
        </>
    };
    let shown = Shown::new(Lang::En, view).await;
    let html = shown.0.inner_html();
    let found: String = html.chars().filter(|c| chinese(&c.to_string())).collect();
    assert!(found.is_empty(), "{found}");
}

#[wasm_bindgen_test]
fn figures_read_as_they_should() {
    assert_eq!(clock(27_104_999), "27.10");
    assert_eq!(seconds(7_149_999), "7.1");
    let spans = [850, 12_400, 500_000, 1_350_000, 2_000_000].map(span);
    assert_eq!(spans, ["850 µs", "12.4 ms", "500 ms", "1.35 s", "2 s"]);
    assert_eq!([0.1, 1.0, 2.5, 1_000.0].map(speed), ["0.1", "1", "2.5", "1,000"]);
    assert_eq!(px(12.04), "12");
    assert!((nice(3.162) - 3.2).abs() < 1e-9, "two digits");
    assert!((nice(0.01) - 0.1).abs() < 1e-9 && (nice(1e6) - 100_000.0).abs() < 1e-9, "within bounds");
    for now in [0.0, 3.0, 9.9, 27.1, 100.0, 5_000.0] {
        let (span, tick) = scale(now);
        assert!(span >= now && span / tick <= 8.01, "{now}: {span} {tick}");
    }
}

/// One event of each kind that is told.
fn one_of_each() -> Vec<Event> {
    use EventKind as K;
    let kinds = vec![
        K::Opened { boot: 1, nodes: 5 },
        K::Opened { boot: 2, nodes: 5 },
        K::PowerCut,
        K::Killed,
        K::Restarted,
        K::Paused,
        K::Resumed,
        K::LinkCut { from: 1, to: 2 },
        K::LinkHealed { from: 1, to: 2 },
        K::WalRotated { file: 2, first_lsn: 9 },
        K::RecoveryBegan { bytes: 1, files: 1 },
        K::TornTail { file: 1, offset: 2, claimed_bytes: 9, found_bytes: 3 },
        K::WalCorrupt { file: 1, offset: 2, why: "crc".to_owned() },
        K::Acknowledged { lsn: 1, first_id: 0, rows: 1_000, total_rows: 1_000, took_us: 9 },
        K::Queried { filter: "id < 10".to_owned(), rows: 10 },
        K::ElectionTimeout { timeout_us: 1_200_000 },
        K::Campaigned { term: 2 },
        K::VoteGranted { candidate: 2, term: 2 },
        K::VoteRefused { candidate: 2, term: 2, why: VoteRefusal::LogBehind },
        K::BecameLeader { term: 2, votes: 3, voters: 5 },
        K::SteppedDown { term: 3 },
        K::LogTruncated { from: 4 },
        K::Dropped { id: 1, from: 1, to: 2, message: MessageKind::Vote, why: DropReason::LinkCut },
        K::OpRetry { op: 3, attempt: 2, to: 4 },
        K::OpEnd { op: 3, status: OpStatus::Fail, took_us: 9 },
        K::OpEnd { op: 4, status: OpStatus::Info, took_us: 9 },
        K::ClientStopped { writes: 20_000 },
        K::ServiceLost { fault_us: 1 },
        K::ServiceRestored { rto_us: 9, phases: Vec::new(), failed: 2 },
        K::InvariantBroken { name: "log_matching".to_owned(), detail: "4".to_owned() },
    ];
    let time = 1..;
    kinds.into_iter().zip(time).map(|(kind, t)| Event { t_us: t * 2_000_000, node: Some(3), kind }).collect()
}

#[wasm_bindgen_test]
fn every_event_that_is_told_has_its_sentence() {
    texts::learn_catalogues();
    let events = one_of_each();
    let mut story = Story::default();
    story.hear(&events, 4);
    assert_eq!((story.told.len(), story.skipped), (events.len(), 4));
    for event in &story.told {
        for alone in [false, true] {
            let (zh, en) = (sentence(Lang::Zh, event, alone), sentence(Lang::En, event, alone));
            assert!(chinese(&zh), "{event:?}: {zh}");
            assert!(!en.is_empty() && !chinese(&en) && !en.contains('{'), "{event:?}: {en}");
        }
    }
    assert_eq!(story.outages.len(), 1);
}

#[wasm_bindgen_test]
fn an_insert_of_many_batches_is_told_once() {
    texts::learn_catalogues();
    let mut story = Story::default();
    for batch in 0..10u64 {
        let t_us = 1_000 + batch * 500;
        let began = EventKind::InsertBegan { first_id: 0, rows: 1_000 };
        let total_rows = (batch + 1) * 1_000;
        let done =
            EventKind::Acknowledged { lsn: batch + 1, first_id: 0, rows: 1_000, total_rows, took_us: 9 };
        let event = |kind| Event { t_us, node: Some(1), kind };
        story.hear(&[event(began), event(done)], 0);
    }
    assert_eq!(story.told.len(), 1);
    assert_eq!(sentence(Lang::En, &story.told[0], true), "10,000 rows acknowledged, 10,000 in all");
    assert_eq!(story.marks.iter().map(|mark| mark.kind).collect::<Vec<_>>(), [MarkKind::Insert(10_000)]);
}

/// A lone engine with so many flushed segments, one growing, in the middle of an import.
fn engine(flushed: u64, alive: bool) -> EngineProps {
    let segment = |id: u64, state: SegmentState| SegmentFacts {
        id,
        state,
        rows: 4_000,
        deleted: if id == 1 { 100 } else { 0 },
        bytes: 2_170_000,
        indexed: state == SegmentState::Flushed,
        ..SegmentFacts::default()
    };
    let mut segments: Vec<SegmentFacts> =
        (1..=flushed).map(|id| segment(id, SegmentState::Flushed)).collect();
    if flushed > 0 {
        segments.push(segment(flushed + 1, SegmentState::Growing));
    }
    let file = WalFile { file: 4, bytes: 1_366_044, durable_bytes: 1_366_044, first_lsn: 20, records: 4 };
    let now = Snapshot {
        nodes: vec![NodeFacts { id: 1, alive, role: Role::Leader, ..NodeFacts::default() }],
        wal: WalFacts {
            files: vec![file],
            bytes: 1_366_044,
            checkpoint_lsn: 19,
            durable_lsn: 23,
            ..WalFacts::default()
        },
        engine: Some(EngineFacts {
            segments,
            object_bytes: 6_518_523,
            trap: alive.then_some(Moment::MidRecord),
            imports: vec![(1, 42_000)],
            disk: DiskFacts {
                sync_mb_per_s: 68,
                sync_us: 1_000,
                real_time: false,
                batch_rows: 1_000,
                import_rows: 100_000,
            },
            ..EngineFacts::default()
        }),
        ..Snapshot::default()
    };
    EngineProps { now: Rc::new(now), running: true, ..EngineProps::default() }
}

#[wasm_bindgen_test]
async fn the_path_of_a_write_reads_as_a_list_with_none_one_and_many_segments() {
    for lang in [Lang::Zh, Lang::En] {
        for (flushed, drawn) in [(0, 0), (1, 1), (8, 8), (11, 8)] {
            let shown = Shown::new(lang, engine_block(lang, &engine(flushed, true))).await;
            assert_eq!(shown.all("ol.path > li").len(), 4);
            assert_eq!(shown.said("[data-station=flushed]", "data-segments"), flushed.to_string());
            assert_eq!(shown.all("[data-station=flushed] [data-segment]").len(), drawn);
            let text = shown.text("ol.path");
            assert!(text.contains("LSN 19") && text.contains("6.52 MB"), "{text}");
            assert_eq!(text.contains("4,000"), flushed > 0);
            assert_eq!(chinese(&text), lang == Lang::Zh, "{text}");
        }
    }
    let shown = Shown::new(Lang::Zh, engine_block(Lang::Zh, &engine(1, true))).await;
    let text = shown.text("[data-station=flushed] [data-segment]");
    assert!(text.contains("段 1") && text.contains("删 100") && text.contains("有索引"), "{text}");
}

#[wasm_bindgen_test]
async fn an_import_shows_how_far_it_is_and_goes_on_from_there() {
    let shown = Shown::new(Lang::Zh, engine_block(Lang::Zh, &engine(1, true))).await;
    assert_eq!(shown.said("[data-meter=import] [role=progressbar]", "aria-valuenow"), "42");
    assert!(shown.text("[data-act=import-100000]").contains("接着导入：从第 42,000 条起"));
}

#[wasm_bindgen_test]
async fn an_import_of_any_size_says_how_far_it_is() {
    let check = |imports: &[(u64, u64)], totals: &[(u64, u64)], size: u64| {
        let mut props = engine(1, true);
        let now = Rc::make_mut(&mut props.now);
        let facts = now.engine.as_mut().expect("an engine");
        (facts.imports, facts.import_totals) = (imports.to_vec(), totals.to_vec());
        facts.disk.import_rows = size;
        props
    };
    for (imports, totals, size, said, part, button) in [
        // A million, of which 193,000 are in: nothing is whole, and it goes on.
        (
            &[(1, 193_000)][..],
            &[(1, 1_000_000)][..],
            100_000,
            "Imported 193,000 of 1,000,000, 19%",
            "19",
            "from 193,000",
        ),
        // What was asked for is not known any more, and more is in than is asked for now: it is whole.
        (&[(1, 193_000)], &[], 100_000, "193,000 imported", "100", "Import 100,000"),
        (&[(1, 193_000)], &[], 300_000, "Imported 193,000 of 300,000, 64%", "64", "from 193,000"),
        (&[(1, 10_000)], &[(1, 10_000)], 10_000, "Imported 10,000 of 10,000, 100%", "100", "Import 10,000"),
        (&[(1, 9_000)], &[(1, 10_000)], 1_000_000, "Imported 9,000 of 10,000, 90%", "90", "from 9,000"),
    ] {
        let shown = Shown::new(Lang::En, engine_block(Lang::En, &check(imports, totals, size))).await;
        assert!(shown.text("[data-meter=import]").contains(said), "{}", shown.text("[data-meter=import]"));
        assert_eq!(shown.said("[data-meter=import] [role=progressbar]", "aria-valuenow"), part);
        let text = shown.text("[data-act=import-100000]");
        assert!(text.contains(button), "{text}");
    }
}

#[wasm_bindgen_test]
async fn in_free_play_the_disk_the_batch_and_the_import_can_be_chosen() {
    let acts = Rc::new(RefCell::new(Vec::new()));
    let onact = {
        let acts = Rc::clone(&acts);
        Callback::from(move |act: Act| acts.borrow_mut().push(act))
    };
    for lang in [Lang::Zh, Lang::En] {
        let lesson = Shown::new(lang, engine_block(lang, &engine(1, true))).await;
        assert!(lesson.all("[data-view=disk]").is_empty(), "a lesson's disk is the lesson's");
        let props = EngineProps { free: true, onact: onact.clone(), ..engine(1, true) };
        let shown = Shown::new(lang, engine_block(lang, &props)).await;
        assert_eq!(shown.said("[data-view=disk]", "data-disk"), "disk-browser");
        assert_eq!(chinese(&shown.text("[data-view=disk]")), lang == Lang::Zh);
        assert_eq!(shown.all("[data-act=disk] option").len(), 6);
        for (act, place) in [("disk", 3), ("batch-rows", 1), ("import-rows", 2)] {
            let select: web_sys::HtmlSelectElement =
                shown.one(&format!("select[data-act={act}]")).dyn_into().expect("a list");
            select.set_selected_index(place);
            let init = web_sys::EventInit::new();
            init.set_bubbles(true);
            let change = web_sys::Event::new_with_event_init_dict("change", &init).expect("an event");
            select.dispatch_event(&change).expect("heard");
        }
        assert_eq!(acts.take(), [Act::Disk(3), Act::BatchRows(100), Act::ImportRows(300_000)]);
    }
    // A disk that is none of these is shown as what it is.
    let mut props = EngineProps { free: true, ..engine(1, true) };
    let facts = Rc::make_mut(&mut props.now).engine.as_mut().expect("an engine");
    (facts.disk.sync_mb_per_s, facts.disk.batch_rows) = (7, 250);
    let shown = Shown::new(Lang::En, engine_block(Lang::En, &props)).await;
    let text = shown.text("[data-view=disk]");
    assert!(text.contains("7 MB/s") && text.contains("250 rows"), "{text}");
}

#[wasm_bindgen_test]
async fn latencies_are_drawn_as_a_distribution_with_the_same_as_a_table() {
    let took: Vec<f64> = (1..=200).map(|n| f64::from(n) / 100.0).chain([9.0]).collect();
    let bins = spread(&took);
    assert_eq!(bins.iter().map(|(_, count)| count).sum::<u64>(), 201);
    assert_eq!(bins.last(), Some(&(9.0, 1)));
    assert!(spread(&[]).is_empty());
    let single = Point { spread: bins.clone(), ..point(1, &[1.1, 1.0, 1.9, 2.0]) };
    let done = Measured { part: 1.0, points: vec![single], ..Measured::default() };
    let shown = Shown::new(Lang::En, measured(Lang::En, &Rc::new(done))).await;
    assert_eq!(shown.all("[data-view=spread] .wf-r").len(), bins.len());
    assert_eq!(shown.all("[data-view=spread] tbody tr").len(), bins.len());
    let text = shown.text("[data-view=spread]");
    for said in ["201", "p50", "p95, p99", "longer, up to 9.0 ms"] {
        assert!(text.contains(said), "{said} in {text}");
    }
}

#[wasm_bindgen_test]
async fn disks_are_compared_by_the_model_and_say_so() {
    let of = |place: u64, ms: &[f64]| Point { size: place, ms: ms.to_vec(), ..Point::default() };
    let points = vec![of(2, &[2.2, 2.3, 2.7, 3.2, 7.4]), of(3, &[20.2, 20.7, 22.5, 24.7, 43.0])];
    let done = Measured { what: What::Disks, part: 1.0, points, ..Measured::default() };
    for lang in [Lang::Zh, Lang::En] {
        let shown = Shown::new(lang, measured(lang, &Rc::new(done.clone()))).await;
        let text = shown.text("[data-what=disks]");
        for said in ["530 MB/s", "120 MB/s", "9.2", "5.8", "6,410", "312,500"] {
            assert!(text.contains(said), "{said} in {text}");
        }
        assert_eq!(shown.all("[data-what=disks] tbody tr").len(), 3, "two disks and the note");
    }
}

#[wasm_bindgen_test]
async fn what_is_armed_looks_armed_and_an_engine_without_power_can_be_switched_on() {
    let acts = Rc::new(RefCell::new(Vec::new()));
    let onact = {
        let acts = Rc::clone(&acts);
        Callback::from(move |act: Act| acts.borrow_mut().push(act))
    };
    let props = EngineProps { onact: onact.clone(), ..engine(1, true) };
    let shown = Shown::new(Lang::Zh, engine_block(Lang::Zh, &props)).await;
    assert_eq!(shown.said("[data-view=trap]", "data-armed"), "true");
    assert_eq!(shown.all("[data-act=crash-at] option").len(), 8);
    click(&shown.one("[data-act=flush]"));
    assert!(shown.all("[data-act=restart-engine]").is_empty());
    let off = EngineProps { onact, ..engine(0, false) };
    let shown = Shown::new(Lang::En, engine_block(Lang::En, &off)).await;
    assert!(shown.text("[data-station=growing]").contains("no power"));
    assert!(shown.one("[data-act=flush]").has_attribute("disabled"));
    click(&shown.one("[data-act=restart-engine]"));
    assert_eq!(*acts.borrow(), [Act::Flush, Act::RestartEngine]);
}

fn point(size: u64, ms: &[f64]) -> Point {
    Point { size, rows: 10_000, bytes: 5_440_000, ms: ms.to_vec(), ..Point::default() }
}

#[wasm_bindgen_test]
async fn charts_say_their_figures_in_a_table_and_a_sentence() {
    let points = vec![point(1, &[1.3, 1.1, 3.5, 5.4]), point(100, &[100.0]), point(1_000, &[40.0])];
    let done = Measured { part: 1.0, points, ..Measured::default() };
    let shown = Shown::new(Lang::En, measured(Lang::En, &Rc::new(done))).await;
    let text = shown.text("[data-what=batches]");
    for said in ["2.5×", "100,000", "250,000", "14,500", "136", "5.4 ms", "19.5 ms", "two-core"] {
        assert!(text.contains(said), "{said} in {text}");
    }
    assert_eq!(shown.all(".wf-m .wf-r").len(), 6, "here, in Milvus and in the note, for two sizes");
    assert!(text.contains("6,410") && text.contains("4.7 ms") && text.contains("names no machine"), "{text}");
    let points = vec![point(10_000, &[10.0, 15.0, 1_034.0])];
    let half = Measured { what: What::Recovery, part: 0.5, running: true, points, ..Measured::default() };
    let shown = Shown::new(Lang::Zh, measured(Lang::Zh, &Rc::new(half))).await;
    assert_eq!(shown.said("[role=progressbar]", "aria-valuenow"), "50");
    let text = shown.text("[data-what=recovery]");
    for said in ["10,000", "5.44 MB", "400,000", "1,034 ms", "34.7", "session.ttl"] {
        assert!(text.contains(said), "{said} in {text}");
    }
}

#[wasm_bindgen_test]
async fn latency_and_throughput_stand_beside_their_charts_as_text() {
    let figures = StoreFigures {
        commits: 3,
        bytes: 3_000_000,
        commit_p50_ms: 2.0,
        commit_p95_ms: 8.0,
        commit_p99_ms: 9.0,
        rows_per_s: 12_345.6,
        mb_per_s: 6.7,
        recent_ms: vec![2.0, 9.0, 1.0],
        recent_rows_per_s: vec![10_000.0, 14_000.0],
        ..StoreFigures::default()
    };
    let shown = Shown::new(Lang::Zh, storing(Lang::Zh, &figures)).await;
    let text = shown.text("[data-view=store]");
    for said in ["12,346", "6.7 MB", "2.0 ms", "8.0 ms", "9.0 ms", "在这个浏览器里实测"] {
        assert!(text.contains(said), "{said} in {text}");
    }
    assert_eq!(shown.all("svg[role=img]").len(), 2);
    assert!(
        shown
            .all("svg[role=img]")
            .iter()
            .all(|svg| svg.get_attribute("aria-label").is_some_and(|said| !said.is_empty()))
    );
    let shown = Shown::new(Lang::En, storing(Lang::En, &StoreFigures::default())).await;
    assert!(shown.all("svg").is_empty(), "nothing to draw yet");
}

#[wasm_bindgen_test]
async fn a_backup_is_restored_only_after_a_yes() {
    let acts = Rc::new(RefCell::new(Vec::new()));
    let onact = {
        let acts = Rc::clone(&acts);
        Callback::from(move |act: Act| acts.borrow_mut().push(act))
    };
    let ask = Restoring::Ask { bytes: js_sys::Uint8Array::new_with_length(1), rows: 12_000, torn: true };
    let shown = Shown::new(Lang::En, restoring(Lang::En, &ask, &onact)).await;
    let text = shown.text("[data-banner=restoring]");
    assert!(text.contains("12,000 rows") && text.contains(". The torn record"), "{text}");
    click(&shown.one("[data-act=restore-no]"));
    click(&shown.one("[data-act=restore-yes]"));
    assert_eq!(*acts.borrow(), [Act::DropBackup, Act::Restore]);
    let bad = Restoring::Bad("why".to_owned());
    let shown = Shown::new(Lang::Zh, restoring(Lang::Zh, &bad, &onact)).await;
    assert!(shown.text("[data-banner=restoring]").contains("why"));
    assert!(shown.all("[data-act=restore-yes]").is_empty());
}

#[wasm_bindgen_test]
async fn marks_that_nest_without_end_are_drawn_flat_and_links_that_leave_say_so() {
    use quorum_lab::ui::markdown::{Leads, leads};
    use quorum_texts::marks::{ADDRESS_END, END, START};
    // However they came to be there: what is read refuses them before.
    let deep: String =
        (0..20_000).flat_map(|_| [START, 'q']).chain("in".chars()).chain((0..20_000).map(|_| END)).collect();
    let shown = Shown::new(Lang::En, render(&deep)).await;
    assert!(shown.0.text_content().unwrap_or_default().contains("in"));
    for (href, expected) in [
        ("docs/x.html", Leads::Here),
        ("?lesson=a", Leads::Here),
        ("#x", Leads::Here),
        ("https://example.org/x", Leads::Away),
        ("//evil.example", Leads::Away),
        ("\\\\evil.example", Leads::Away),
        ("/\\evil.example", Leads::Away),
        ("\t//evil.example", Leads::Away),
        ("http://localhost.evil.example/", Leads::Away),
        ("javascript:alert(1)", Leads::Nowhere),
        ("data:text/html,x", Leads::Nowhere),
        ("https://", Leads::Nowhere),
    ] {
        assert_eq!(leads(href), expected, "{href}");
        let link: String =
            [START, 'a'].into_iter().chain(href.chars()).chain([ADDRESS_END, 'x', END]).collect();
        let shown = Shown::new(Lang::En, render(&link)).await;
        assert_eq!(
            shown.all("a.away[rel~=noreferrer]").len(),
            usize::from(expected == Leads::Away),
            "{href}"
        );
        assert_eq!(shown.all("a").len(), usize::from(expected != Leads::Nowhere), "{href}");
    }
}

#[wasm_bindgen_test]
fn only_addresses_of_the_web_and_of_this_computer_are_asked_for_lessons() {
    use quorum_lab::web::fetched::is_address;
    for yes in
        ["https://a.example/x.txt", "http://localhost/x", "http://localhost:8080/x", "http://127.0.0.1/x"]
    {
        assert!(is_address(yes), "{yes}");
    }
    let long = format!("https://a.example/{}", "x".repeat(3_000));
    for no in [
        "http://localhost.evil.example/x",
        "http://localhost@evil.example/x",
        "http://a.example/x",
        "javascript:x",
        "file:///etc/passwd",
        "file:mine",
        "kill-the-leader",
        "https://",
        "",
        long.as_str(),
    ] {
        assert!(!is_address(no), "{no}");
    }
}
