//! The views in a real browser, each mounted with a made-up snapshot: what is drawn, what it says in words, and what a
//! click or a key does.

mod engine;
mod narration;
mod rules;
mod telling;

use std::cell::RefCell;
use std::rc::Rc;

use crate::shown::{Shown, chinese, is_inert, settle};
use quorum_facade::snapshot::{
    ClientFacts, DiskFacts, EngineFacts, Failover, Flight, Invariant, Majority, NodeFacts, Role,
    SegmentFacts, SegmentState, Snapshot, WalFacts, WalFile,
};
use quorum_facade::{
    DropReason, Event, MessageKind, Moment, OpStatus, Phase, PhaseTime, VoteRefusal, WalSpan, WalWindow,
};
use quorum_i18n::Lang;
use quorum_lab::ui::backup::{Restoring, restoring};
use quorum_lab::ui::banners::{BannersProps, banners};
use quorum_lab::ui::cluster::{Pick, PictureProps, picture};
use quorum_lab::ui::engine::measured::measured;
use quorum_lab::ui::engine::{EngineProps, engine_block};
use quorum_lab::ui::format::{clock, nice, px, scale, seconds, span, speed};
use quorum_lab::ui::free_play::{PaneProps, free_play};
use quorum_lab::ui::instruments::instruments;
use quorum_lab::ui::intent::Intent;
use quorum_lab::ui::markdown::render;
use quorum_lab::ui::marks::MarkKind;
use quorum_lab::ui::narrate::sentence;
use quorum_lab::ui::panel::storing;
use quorum_lab::ui::story::Story;
use quorum_lab::ui::wal::bytes::{ViewProps, bytes_view};
use quorum_lab::web::address::Address;
use quorum_lab::web::measure::{Measured, Point, What, spread};
use quorum_lab::web::wire::{Absence, HostState, MemoryReason, Storage, StoreFigures};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// Five nodes: S1 without power, S2 leading, S5 cut off from it, messages in flight.
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
    let stops = |selector: &str| {
        let all = shown.all(selector);
        let stops = all.iter().filter(|e| e.get_attribute("tabindex").as_deref() == Some("0")).count();
        (stops, all.len())
    };
    assert_eq!(stops("[data-node]"), (5, 5));
    assert_eq!(stops("[data-link]"), (1, 10), "one Tab stop for all links");
    key.set_key("ArrowRight");
    let right = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &key).expect("a key");
    shown.one("[data-link='1-2']").dispatch_event(&right).expect("a stroke");
    settle().await;
    assert_eq!(picked.borrow().last(), Some(&Some(Pick::Link(1, 3))), "arrows reach the others");
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
async fn views_are_drawn_again_when_what_they_show_changes() {
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

/// The pane of a lone engine.
fn free(possible: Vec<bool>, onintent: Callback<&'static str>) -> PaneProps {
    let (address, onopen) = (Address::default(), Callback::noop());
    PaneProps { possible, alone: true, nodes: 1, seed: 1, address, onopen, onintent, kept: false }
}

#[wasm_bindgen_test]
async fn free_play_of_a_replica_set_opens_other_sizes_and_other_seeds() {
    let opened = Rc::new(RefCell::new(Vec::new()));
    let onopen = {
        let opened = Rc::clone(&opened);
        Callback::from(move |to: Address| opened.borrow_mut().push((to.topology, to.seed, to.kept)))
    };
    let address = Address { topology: Some("replica-set:5".to_owned()), seed: Some(7), ..Address::default() };
    let engine = free(vec![false; 4], Callback::noop());
    let set = PaneProps { alone: false, nodes: 5, seed: 7, address, onopen, ..engine };
    let shown = Shown::new(Lang::En, free_play(Lang::En, &set)).await;
    let sizes: Vec<_> = shown.all("[data-nodes] a").iter().filter_map(|link| link.text_content()).collect();
    assert_eq!(sizes, ["1", "3", "5", "7", "9"]);
    assert!(shown.said("[data-nodes='9'] a", "href").contains("topology=replica-set:9"));
    shown.click("[data-nodes='3'] a").await;
    let field: web_sys::HtmlInputElement = shown.one("#free-seed").unchecked_into();
    field.set_value("42");
    shown.click("[data-act='open-seed']").await;
    let wanted = [("replica-set:3", 7, None), ("replica-set:5", 42, Some(false))];
    let wanted = wanted.map(|(topology, seed, kept)| (Some(topology.to_owned()), Some(seed), kept));
    assert_eq!(*opened.borrow(), wanted);
}

#[wasm_bindgen_test]
async fn free_play_asks_only_for_what_is_possible() {
    let names = ["insert-1000", "query-first-ten", "insert-10000", "pull-plug", "reopen", "prove"];
    let asked = Rc::new(RefCell::new(Vec::new()));
    let onintent = {
        let asked = Rc::clone(&asked);
        Callback::from(move |name: &'static str| asked.borrow_mut().push(name))
    };
    let possible: Vec<bool> = names.iter().map(|name| *name == "insert-1000").collect();
    let shown = Shown::new(Lang::En, free_play(Lang::En, &free(possible, onintent))).await;
    assert_eq!(shown.said("[data-step]", "data-step"), "0");
    for name in names {
        let button = shown.one(&format!("[data-act='{name}']"));
        assert_eq!(is_inert(&button), name != "insert-1000");
        if let Some(button) = button.dyn_ref::<HtmlElement>() {
            button.click();
        }
    }
    settle().await;
    assert_eq!(*asked.borrow(), ["insert-1000"], "what is not possible is not asked for");
}

#[wasm_bindgen_test]
async fn a_button_that_its_own_action_disables_keeps_the_focus() {
    let asked = Rc::new(RefCell::new(0));
    let onintent = {
        let asked = Rc::clone(&asked);
        Callback::from(move |_: &'static str| *asked.borrow_mut() += 1)
    };
    let pane = |can: bool| {
        let possible = vec![can; 6];
        free_play(Lang::En, &free(possible, onintent.clone()))
    };
    let mut shown = Shown::new(Lang::En, pane(true)).await;
    let button = shown.one("[data-act=insert-1000]").unchecked_into::<HtmlElement>();
    button.focus().expect("a button takes the focus");
    button.click();
    shown.update(Lang::En, pane(false)).await;
    assert!(shown.is_inert("[data-act=insert-1000]"));
    let focused = web_sys::window().and_then(|window| window.document()?.active_element());
    assert_eq!(focused.as_ref(), Some(button.as_ref()), "the focus stays");
    button.click();
    settle().await;
    assert_eq!(*asked.borrow(), 1, "and the button does nothing");
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
    let onintent = Callback::<Intent>::noop();
    banners(
        Lang::En,
        &BannersProps {
            state,
            storage,
            broken: None,
            alone: true,
            home: String::new(),
            own_tab: "?x".to_owned(),
            onintent,
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

#[wasm_bindgen_test]
async fn marks_that_nest_without_end_are_drawn_flat_and_links_that_leave_say_so() {
    use quorum_lab::ui::markdown::{Leads, leads};
    use quorum_texts::marks::{ADDRESS_END, END, START};
    // Even if they got there somehow: the parser refuses them earlier.
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
