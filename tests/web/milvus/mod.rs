//! The views of a Milvus cluster in a real browser, each mounted with a made-up snapshot: what is drawn, what it says
//! in words, and what a click or a key does.

mod reports;
mod words;

use std::cell::RefCell;
use std::rc::Rc;

use crate::shown::{Shown, chinese, settle};
use quorum_drill::notes::{Beside, Unit};
use quorum_drill::summary::{Brief, Lost, Missed, Row, Short};
use quorum_drill::{Grade, Line, PhaseMs, Queries, Spread};
use quorum_facade::milvus::settings::{ALL, Settings};
use quorum_facade::milvus::snapshot::{
    BatchFacts, CopyState, LoadFacts, MilvusFacts, PlacedSegment, PodFacts, PodFlight, PodState, SearchFacts,
    TesterFacts, Traffic, WriteFacts,
};
use quorum_facade::milvus::topology::{Component, ControlPlane, places};
use quorum_facade::snapshot::{CauseFacts, Failover, OutageFacts, Snapshot};
use quorum_facade::{Event, OpStatus, Phase, PhaseTime};
use quorum_i18n::Lang;
use quorum_lab::ui::cluster::Pick;
use quorum_lab::ui::intent::{Intent, PodAction};
use quorum_lab::ui::marks::MarkKind;
use quorum_lab::ui::milvus::answers::leads;
use quorum_lab::ui::milvus::map::{MapProps, map};
use quorum_lab::ui::milvus::narrate::sentence;
use quorum_lab::ui::milvus::panels::{ToolsProps, measured, tools, vitals};
use quorum_lab::ui::milvus::reads::reads;
use quorum_lab::ui::milvus::report::{ReportProps, report};
use quorum_lab::ui::milvus::setup::Setup;
use quorum_lab::ui::milvus::{asked, is_cluster, kind_text, topology_with};
use quorum_lab::ui::story::Story;
use quorum_lab::ui::tuning::setting_text;
use quorum_lab::web::address::Address;
use quorum_lab::web::wire::{DrillFacts, DrillForm};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;
use yew::prelude::*;

/// The course's cluster of 28 pods: the active root coordinator (3) is down, the query node 15 is loading, data node 18
/// is frozen, pod 5 is cut off from all others, messages are in flight.
fn facts() -> MilvusFacts {
    let pods: Vec<PodFacts> = places(&Settings::default())
        .into_iter()
        .map(|place| {
            let query = place.component == Component::QueryNode;
            let coordinates = place.component.coordinates();
            let led = coordinates || matches!(place.component, Component::Meta | Component::Wal);
            PodFacts {
                unreachable: false,
                id: place.id,
                component: place.component,
                ordinal: place.ordinal,
                zone: place.zone,
                state: match place.id {
                    3 => PodState::Down,
                    15 => PodState::Booting,
                    18 => PodState::Paused,
                    _ => PodState::Up,
                },
                active: led && if place.id < 6 { place.id == 4 } else { place.ordinal == 0 },
                epoch: if led { 3 } else { 0 },
                misses: if place.id == 3 { 2 } else { 0 },
                taken_out: place.id == 15,
                lease_left_us: coordinates.then_some(20_000_000),
                queue: if place.id == 1 { 3 } else { 0 },
                served: u64::from(place.ordinal) * 40 + 20,
                replica: query.then_some(place.ordinal),
                behind_us: query.then_some(200_000),
            }
        })
        .collect();
    let count = pods.len() as u32;
    let copies = |loading: u32| {
        let state = |node| if node == loading { CopyState::Loading } else { CopyState::Served };
        (15..18).map(|node| (node - 15, node, state(node))).collect()
    };
    let flight = |id: u64, from, to, kind| PodFlight { id, from, to, sent_us: 0, arrives_us: 200, kind };
    MilvusFacts {
        control_plane: ControlPlane::Raft,
        cut: (1..=count).filter(|other| *other != 5).flat_map(|other| [(5, other), (other, 5)]).collect(),
        flights: vec![
            flight(1, 0, 1, Traffic::Search),
            flight(2, 1, 16, Traffic::Search),
            flight(3, 1, 26, Traffic::Write),
            flight(4, 26, 16, Traffic::Stream),
            flight(5, 4, 3, Traffic::Raft),
            flight(6, 4, 23, Traffic::Control),
        ],
        snapshots: Vec::new(),
        jobs: Vec::new(),
        segments: (0..4)
            .map(|id| PlacedSegment { id, rows: 100, copies: copies(if id == 2 { 15 } else { 0 }) })
            .collect(),
        pods,
        tester: TesterFacts {
            total: 44,
            ok: 37,
            failed: 7,
            mean_latency_us: 12_400,
            recent: (0..30).map(|n| (n * 1_000_000, !(12..19).contains(&n), 9_000 + n * 700)).collect(),
            last_failure: None,
        },
        last_search: Some(SearchFacts {
            op: 44,
            node: 16,
            took_us: 13_200,
            waited_us: 0,
            behind_us: 180_000,
            recall_permille: 875,
            partial: true,
            distances: 451,
            rows: 1_000,
        }),
        last_write: Some(WriteFacts {
            first_id: 1_043,
            steps: vec![
                (1, 1, 43_000_000),
                (2, 4, 43_001_100),
                (3, 10, 43_002_000),
                (4, 26, 43_006_500),
                (5, 0, 43_007_300),
            ],
        }),
        acknowledged_rows: 43,
        failed_writes: 2,
        lost_writes: vec![1_012, 1_013],
        load: Some(LoadFacts {
            qps: 280,
            mean_latency_us: 35_000,
            p95_latency_us: 61_000,
            finished: 281,
            longest: 34,
            ..LoadFacts::default()
        }),
        settings: vec![
            ("consistency".to_owned(), 1),
            ("wal_serial".to_owned(), 0),
            ("clients".to_owned(), 100),
        ],
    }
}

fn moment() -> Snapshot {
    Snapshot {
        t_us: 100,
        topology: "milvus:replicas=2".to_owned(),
        failover: Some(Failover {
            under_way: true,
            phases: vec![
                PhaseTime { phase: Phase::Detect, us: 4_200_000 },
                PhaseTime { phase: Phase::Election, us: 2_100_000 },
                PhaseTime { phase: Phase::SegmentLoad, us: 1_000_000 },
            ],
            failed: 7,
            ..Failover::default()
        }),
        milvus: Some(Box::new(facts())),
        ..Snapshot::default()
    }
}

fn over() -> Snapshot {
    let mut moment = moment();
    let outage = moment.failover.as_mut().expect("an outage");
    (outage.under_way, outage.rto_us) = (false, Some(7_300_000));
    moment
}

fn drawn(size: (f64, f64)) -> MapProps {
    MapProps { moment: Rc::new(moment()), size, ..MapProps::default() }
}

fn click(element: &Element) {
    let bubbling = web_sys::Event::new("click").expect("an event");
    bubbling.init_event_with_bubbles_and_cancelable("click", true, true);
    element.dispatch_event(&bubbling).expect("a click");
}

fn press(element: &Element, key: &str) {
    let init = web_sys::KeyboardEventInit::new();
    init.set_key(key);
    init.set_bubbles(true);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).expect("a key");
    element.dispatch_event(&event).expect("a stroke");
}

#[wasm_bindgen_test]
async fn every_pod_is_drawn_and_says_how_it_stands() {
    let shown = Shown::new(Lang::Zh, map(Lang::Zh, &drawn((760.0, 572.0)))).await;
    assert_eq!(shown.all("[data-pod]").len(), 28);
    let said = |id: u32, what: &str| shown.said(&format!("[data-pod='{id}']"), what);
    assert_eq!(["data-state", "data-active"].map(|what| said(3, what)), ["down", "false"]);
    assert_eq!(["data-state", "data-active"].map(|what| said(4, what)), ["up", "true"]);
    assert_eq!([15, 18].map(|id| said(id, "data-state")), ["booting", "paused"]);
    assert_eq!((said(5, "data-cut"), said(6, "data-cut")), ("true".to_owned(), "false".to_owned()));
    assert_eq!(
        said(3, "aria-label"),
        "RC3，3 号根协调器，A 区，已停，纪元 3，租约还剩 20 秒，漏了 2 次健康检查"
    );
    let acting = said(4, "aria-label");
    assert!(acting.contains("当值") && acting.contains("B 区"), "{acting}");
    let loads = said(15, "aria-label");
    assert!(loads.contains("持有 4 个数据段，其中 1 个在加载") && loads.contains("已被摘除"), "{loads}");
    assert!(said(5, "aria-label").contains("与其余各处不通"));
    assert_eq!(shown.all("[data-pod='4'] .crown").len(), 1);
    assert_eq!(shown.said("[data-pod='3'] .p-miss", "data-misses"), "2");
    assert_eq!(shown.said("[data-pod='1'] .p-queue", "data-queue"), "3");
    assert_eq!(shown.said("[data-pod='4'] .p-lease", "data-lease"), "20", "two thirds of thirty seconds");
    assert!(shown.all("[data-pod]").iter().all(|pod| {
        let name = pod.get_attribute("aria-label").unwrap_or_default();
        let id = pod.query_selector(".p-id").ok().flatten().and_then(|text| text.text_content());
        name.contains(&id.unwrap_or_default())
    }));
    assert_eq!(shown.all("[data-pod='15'] [data-segment]").len(), 4);
    assert_eq!(shown.said("[data-pod='15'] [data-segment='2']", "data-loading"), "true");
    assert_eq!(shown.all("[data-loading='true']").len(), 1);
}

#[wasm_bindgen_test]
async fn messages_of_a_kind_are_one_path_and_stand_on_their_line() {
    let shown = Shown::new(Lang::En, map(Lang::En, &drawn((760.0, 572.0)))).await;
    assert_eq!(shown.all("[data-flights]").len(), 5);
    let d = shown.said("[data-flights='search']", "d");
    assert_eq!(d.matches('M').count(), 2, "{d}");
    let at = |id: u32| {
        let place = shown.said(&format!("[data-pod='{id}']"), "transform");
        let inner = place.trim_start_matches("translate(").trim_end_matches(')').to_owned();
        let numbers: Vec<f64> = inner.split(' ').filter_map(|number| number.parse().ok()).collect();
        (numbers[0], numbers[1])
    };
    let (from, to) = (at(1), at(16));
    let second = d.split('M').nth(2).unwrap_or_default().trim_end_matches("h0");
    let here: Vec<f64> = second.split(' ').filter_map(|number| number.parse().ok()).collect();
    let off = ((from.0 + to.0) / 2.0 - here[0]).hypot((from.1 + to.1) / 2.0 - here[1]);
    assert!(off < 1.0, "half of its time has passed: {here:?} between {from:?} and {to:?}");
}

#[wasm_bindgen_test]
async fn pods_stand_apart_inside_the_frame_at_every_size() {
    let mut big = moment();
    let settings =
        Settings { coordinators: 5, query_nodes: 12, data_nodes: 5, index_nodes: 5, ..Settings::default() };
    let pods = places(&settings);
    assert!(pods.len() >= 50, "{}", pods.len());
    if let Some(facts) = big.milvus.as_mut() {
        let pod = |place: &quorum_facade::milvus::topology::Place| PodFacts {
            id: place.id,
            component: place.component,
            ..PodFacts::default()
        };
        facts.pods = pods.iter().map(pod).collect();
    }
    for moment in [moment(), big] {
        for size in [(784.0, 560.0), (616.0, 520.0), (390.0, 500.0)] {
            let props = MapProps { moment: Rc::new(moment.clone()), size, ..MapProps::default() };
            let shown = Shown::new(Lang::En, map(Lang::En, &props)).await;
            let number = |element: &Element, name: &str| -> f64 {
                element.get_attribute(name).and_then(|value| value.parse().ok()).unwrap_or_default()
            };
            let boxes: Vec<(f64, f64, f64, f64)> = shown
                .all("[data-pod]")
                .iter()
                .map(|pod| {
                    let place = pod.get_attribute("transform").unwrap_or_default();
                    let inner = place.trim_start_matches("translate(").trim_end_matches(')');
                    let at: Vec<f64> = inner.split(' ').filter_map(|number| number.parse().ok()).collect();
                    let halo = pod.query_selector(".p-halo").ok().flatten().expect("a halo");
                    let half = (number(&halo, "width") / 2.0 - 4.0, number(&halo, "height") / 2.0 - 4.0);
                    (at[0] - half.0, at[1] - half.1, at[0] + half.0, at[1] + half.1)
                })
                .collect();
            for (n, a) in boxes.iter().enumerate() {
                assert!(a.0 >= 0.0 && a.1 >= 0.0 && a.2 <= size.0 && a.3 <= size.1, "{size:?}: {a:?}");
                let touches = |b: &&(f64, f64, f64, f64)| a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3;
                let other = boxes[n + 1..].iter().find(touches);
                assert!(other.is_none(), "{size:?}: {a:?} lies over {other:?}");
            }
        }
    }
}

#[wasm_bindgen_test]
async fn words_on_the_map_stay_in_their_boxes() {
    for lang in [Lang::Zh, Lang::En] {
        for size in [(784.0, 560.0), (616.0, 520.0), (390.0, 500.0)] {
            let inner = html! {
                <div style={format!("width:{}px;height:{}px;position:relative", size.0, size.1)}>
                    { map(lang, &drawn(size)) }
                </div>
            };
            let shown = Shown::new(lang, inner).await;
            for group in shown.all("[data-group]") {
                let edge = |selector: &str| {
                    let element = group.query_selector(selector).ok().flatten().expect("a part");
                    let call = js_sys::Reflect::get(&element, &"getBBox".into()).expect("a method");
                    let box_ = call.unchecked_into::<js_sys::Function>().call0(&element).expect("a box");
                    let number =
                        |name: &str| js_sys::Reflect::get(&box_, &name.into()).ok().and_then(|n| n.as_f64());
                    number("x").unwrap_or_default() + number("width").unwrap_or_default()
                };
                let (text, frame) = (edge("text"), edge("rect"));
                let name = group.get_attribute("data-group");
                assert!(text <= frame, "{lang:?} {size:?} {name:?}: {text} beyond {frame}");
            }
        }
    }
}

#[wasm_bindgen_test]
async fn pointer_and_arrows_select_pods() {
    let picked = Rc::new(RefCell::new(Vec::new()));
    let onpick = {
        let picked = Rc::clone(&picked);
        Callback::from(move |pick: Option<Pick>| picked.borrow_mut().push(pick))
    };
    let props = MapProps { onpick, pick: Some(Pick::Node(4)), ..drawn((760.0, 572.0)) };
    let shown = Shown::new(Lang::Zh, map(Lang::Zh, &props)).await;
    let reached: Vec<_> =
        shown.all("[data-pod][tabindex='0']").iter().map(|pod| pod.get_attribute("data-pod")).collect();
    assert_eq!(reached, [Some("4".to_owned())], "the Tab key reaches the selection");
    click(&shown.one("[data-pod='16']"));
    press(&shown.one("[data-pod='4']"), "ArrowRight");
    press(&shown.one("[data-pod='5']"), "ArrowLeft");
    press(&shown.one("[data-pod='4']"), "ArrowUp");
    press(&shown.one("[data-pod='15']"), "ArrowDown");
    press(&shown.one("[data-pod='2']"), "Enter");
    press(&shown.one("[data-pod='2']"), "ArrowRight");
    settle().await;
    let nodes: Vec<u32> = picked
        .borrow()
        .iter()
        .map(|pick| match pick {
            Some(Pick::Node(id)) => *id,
            other => panic!("{other:?} is no pod"),
        })
        .collect();
    assert_eq!(nodes, [16, 5, 4, 1, 18, 2], "and an arrow that leads nowhere selects nothing");
    let document = web_sys::window().and_then(|window| window.document()).expect("a page");
    let focused = document.active_element().and_then(|element| element.get_attribute("data-pod"));
    assert_eq!(focused.as_deref(), Some("2"), "the focus walks along");
}

/// The words of the tools that can be used, and what a click on each asks for.
async fn usable(pick: Option<u32>) -> (Vec<String>, Vec<Intent>) {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let onintent = {
        let asked = Rc::clone(&asked);
        Callback::from(move |act: Intent| asked.borrow_mut().push(act))
    };
    let props = ToolsProps { now: Rc::new(moment()), pick: pick.map(Pick::Node), running: true, onintent };
    let shown = Shown::new(Lang::En, tools(Lang::En, &props)).await;
    let buttons = shown.all("button:not([aria-disabled=true])");
    buttons.iter().for_each(click);
    let words = buttons.iter().filter_map(|button| button.get_attribute("data-act")).collect();
    let intents = asked.borrow().clone();
    (words, intents)
}

#[wasm_bindgen_test]
async fn a_pod_offers_what_makes_sense() {
    let cluster =
        |actions: &[PodAction]| actions.iter().map(|action| Intent::Cluster(*action)).collect::<Vec<_>>();
    let (words, intents) = usable(Some(4)).await;
    assert_eq!(words, ["kill", "pause", "cut", "kill-zone", "heal"]);
    let expected = [
        PodAction::Kill(4),
        PodAction::Pause(4),
        PodAction::CutOff(4),
        PodAction::KillZone(1),
        PodAction::Heal,
    ];
    assert_eq!(intents, cluster(&expected));
    assert_eq!(usable(Some(3)).await.0, ["restart", "cut", "kill-zone", "heal"], "what is down is started");
    assert_eq!(usable(Some(18)).await.0, ["kill", "resume", "cut", "kill-zone", "heal"]);
    assert_eq!(usable(Some(5)).await.0, ["kill", "pause", "kill-zone", "heal"], "what is cut off is healed");
    assert_eq!(usable(Some(28)).await.0, ["kill-zone", "heal"], "the object store is always there");
    assert_eq!(usable(None).await.0, ["heal"]);
}

#[wasm_bindgen_test]
async fn the_outage_shows_its_phases_in_their_order() {
    let phases = |shown: &Shown| -> Vec<String> {
        shown.all("[data-phase]").iter().filter_map(|row| row.get_attribute("data-phase")).collect()
    };
    let shown = Shown::new(Lang::En, measured(&moment())).await;
    let open = ["detect", "election", "replay", "segment_load", "route_refresh", "client_retry"];
    assert_eq!(phases(&shown), open, "while it lasts, those to come have their lines");
    assert_eq!(shown.text("[data-phase='segment_load'] .wf-v"), "1.00");
    assert_eq!(shown.text("[data-phase='replay'] .wf-v"), "—");
    drop(shown);
    let shown = Shown::new(Lang::En, measured(&over())).await;
    assert_eq!(phases(&shown), ["detect", "election", "segment_load"], "once it is over, those that it had");
    assert!(shown.text("[data-meter='rto'] .big").starts_with("7.3"));
    assert_eq!(shown.text("[data-meter='failed'] b"), "7");
    assert_eq!(shown.text("[data-meter='lost'] b"), "2");
    assert!(shown.text("[data-view='lost-writes']").contains("1012 1013"), "lost writes are named");
    drop(shown);
    let mut leased = moment();
    leased.failover = None;
    leased.milvus.as_mut().expect("a cluster").control_plane = ControlPlane::Lease;
    let shown = Shown::new(Lang::En, measured(&leased)).await;
    assert_eq!(phases(&shown)[1], "lease_wait", "coordinators with leases elect nobody");
}

#[wasm_bindgen_test]
async fn the_tester_sums_up() {
    let shown = Shown::new(Lang::En, measured(&moment())).await;
    assert!(shown.text("[data-meter='tester'] .big").starts_with("84.09%"), "37 of 44");
    let figures = shown.text("[data-meter='tester'] .figs");
    assert!(["44", "37", "7", "12.4 ms"].iter().all(|figure| figures.contains(figure)), "{figures}");
    assert_eq!((shown.all(".strip .ok").len(), shown.all(".strip .no").len()), (23, 7));
    assert!(shown.text("[data-meter='load']").contains("280"));
    drop(shown);
    let line = Shown::new(Lang::Zh, vitals(Lang::Zh, &Rc::new(moment()))).await;
    assert!(line.text(".vt-q").contains("28 个里 25 个在运行"), "{}", line.text(".vt-q"));
}

#[wasm_bindgen_test]
async fn searches_and_writes_are_shown_and_their_settings_changed() {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let onintent = {
        let asked = Rc::clone(&asked);
        Callback::from(move |act: Intent| asked.borrow_mut().push(act))
    };
    let shown = Shown::new(Lang::En, reads(&Rc::new(moment()), true, &onintent)).await;
    let figures = shown.text("[data-view='last-search']");
    assert!(figures.contains("180 ms") && figures.contains("87.5%"), "{figures}");
    assert_eq!(shown.said("[data-view='last-search']", "data-partial"), "true");
    assert_eq!(shown.said("[data-set='consistency']", "data-value"), "1");
    assert_eq!(shown.said("[data-set='clients']", "data-value"), "100");
    for chosen in
        ["consistency'] input[value='0']", "routing'] input[value='2']", "wal_serial'] input[value='1']"]
    {
        let input = shown.one(&format!("[data-set='{chosen}"));
        let change = web_sys::Event::new("change").expect("an event");
        change.init_event_with_bubbles_and_cancelable("change", true, true);
        input.dispatch_event(&change).expect("a choice");
    }
    assert!(
        shown.text("[data-distances='451']").contains("1,000 rows"),
        "{}",
        shown.text("[data-distances]")
    );
    let sets = [("consistency", 0), ("routing", 2), ("wal_serial", 1)];
    let expected: Vec<Intent> =
        sets.iter().map(|(name, value)| Intent::Cluster(PodAction::Set(name, *value))).collect();
    assert_eq!(*asked.borrow(), expected);
    let steps: Vec<_> =
        shown.all("[data-step]").iter().map(|step| step.get_attribute("data-reached")).collect();
    assert_eq!(steps.iter().filter(|reached| reached.as_deref() == Some("true")).count(), 5);
    assert_eq!(steps.len(), 7);
    assert!(
        shown.text("[data-step='4']").contains("+6.5 ms") && shown.text("[data-step='4']").contains("#26")
    );
    assert!(shown.text("[data-step='6']").contains('—'), "not there yet");
}

#[wasm_bindgen_test]
async fn a_crowd_is_shown_in_words_and_has_ways_out() {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let onintent = {
        let asked = Rc::clone(&asked);
        Callback::from(move |act: Intent| asked.borrow_mut().push(act))
    };
    let with = |load: LoadFacts| {
        // Three replicas stand in the note with a figure.
        let mut now = Snapshot { topology: "milvus:replicas=3".to_owned(), ..moment() };
        if let Some(facts) = &mut now.milvus {
            facts.load = Some(load);
        }
        Rc::new(now)
    };
    let easy = LoadFacts { qps: 280, finished: 281, longest: 2, ..LoadFacts::default() };
    let collapsed = LoadFacts { qps: 3, finished: 300, late: 297, given_up: 900, longest: 4_000, ..easy };
    let shedding = LoadFacts { refused: 600, longest: 50, ..easy };
    for (load, state, en, zh) in [
        (easy, "easy", "Nobody has to wait long", "不用久等"),
        (LoadFacts { longest: 34, ..easy }, "crowded", "Crowded", "拥挤"),
        (shedding, "shedding", "refused at once", "撑得住"),
        (collapsed, "collapsed", "Congestion collapse", "拥塞崩溃"),
    ] {
        for (lang, words) in [(Lang::En, en), (Lang::Zh, zh)] {
            let shown = Shown::new(lang, reads(&with(load), true, &onintent)).await;
            assert_eq!(shown.said("[data-meter='crowd']", "data-state"), state);
            assert!(shown.text("[data-crowd]").contains(words), "{}", shown.text("[data-crowd]"));
            let text = shown.text("[data-meter='crowd']");
            assert!(!text.contains("mc-") && chinese(&text) == (lang == Lang::Zh), "{text}");
        }
    }
    let shown = Shown::new(Lang::En, reads(&with(collapsed), true, &onintent)).await;
    assert!(shown.text("[data-crowd-figure='late']").contains("297"));
    for chosen in [
        "call_timeout_ms'] input[value='10000']",
        "queue_limit'] input[value='50']",
        "drop_late'] input[value='1']",
    ] {
        let input = shown.one(&format!("[data-set='{chosen}"));
        let change = web_sys::Event::new("change").expect("an event");
        change.init_event_with_bubbles_and_cancelable("change", true, true);
        input.dispatch_event(&change).expect("a choice");
    }
    shown.click("[data-act='batch']").await;
    let sets = [
        ("call_timeout_ms", 10_000),
        ("client_timeout_ms", 10_000),
        ("queue_limit", 50),
        ("drop_late", 1),
        ("clients", 0),
        ("client_queries", 100),
        ("clients", 10),
    ];
    let expected: Vec<Intent> =
        sets.iter().map(|(name, value)| Intent::Cluster(PodAction::Set(name, *value))).collect();
    assert_eq!(*asked.borrow(), expected);
    assert!(
        shown.text("[data-view='crowd-claim']").contains("280"),
        "{}",
        shown.text("[data-view='crowd-claim']")
    );
    drop(shown);
    let batch = BatchFacts { began_us: 1, of: 1_000, done: 1_000, failed: 0, took_us: Some(3_500_000) };
    let shown =
        Shown::new(Lang::En, reads(&with(LoadFacts { batch: Some(batch), ..easy }), true, &onintent)).await;
    assert!(
        shown.text("[data-batch='done']").contains("285 a second"),
        "{}",
        shown.text("[data-batch='done']")
    );
}

#[wasm_bindgen_test]
async fn settings_say_their_source_and_open_a_new_run() {
    let opened = Rc::new(RefCell::new(Vec::new()));
    let intents = Rc::new(RefCell::new(Vec::new()));
    let (onopen, onintent) = {
        let (opened, intents) = (Rc::clone(&opened), Rc::clone(&intents));
        (
            Callback::from(move |topology: String| opened.borrow_mut().push(topology)),
            Callback::from(move |act: Intent| intents.borrow_mut().push(act)),
        )
    };
    let now = Rc::new(moment());
    let pane = html! { <Setup {now} topology="milvus:replicas=2" running={true} {onintent} {onopen} /> };
    let shown = Shown::new(Lang::Zh, pane).await;
    assert_eq!(
        shown.all("[data-setting]").len(),
        ALL.len() - 1,
        "the buttons above choose the control plane"
    );
    assert!(shown.all("[data-setting='control_plane']").is_empty());
    let ttl = shown.text("[data-setting='session_ttl_ms']");
    assert!(
        ttl.contains("默认 30,000") && ttl.contains("Milvus 2.5 文档") && ttl.contains("common.session.ttl"),
        "{ttl}"
    );
    assert!(shown.text("[data-setting='health_check_ms']").contains("讲义 3"));
    // Names of settings and products stay, the words around them do not.
    let dim = shown.text("[data-setting='dim'] .mc-src");
    assert!(dim.contains("课程用 128 维") && !dim.contains("course"), "{dim}");
    for source in shown.all(".mc-src") {
        let said = source.text_content().unwrap_or_default();
        let english = [" the ", " a ", " of ", " is ", " and ", " by ", " in ", "course", "replicas"];
        assert!(!english.iter().any(|word| said.contains(word)), "{said}");
    }
    let change = |name: &str, value: &str| {
        let input: web_sys::HtmlInputElement =
            shown.one(&format!("[data-setting='{name}'] input")).unchecked_into();
        input.set_value(value);
        let change = web_sys::Event::new("change").expect("an event");
        change.init_event_with_bubbles_and_cancelable("change", true, true);
        input.dispatch_event(&change).expect("a change");
    };
    change("clients", "50");
    assert_eq!(
        *intents.borrow(),
        [Intent::Cluster(PodAction::Set("clients", 50))],
        "what the run can change"
    );
    assert!(shown.all("[data-view='draft']").is_empty());
    change("query_nodes", "99");
    settle().await;
    change("coordinators", "2");
    settle().await;
    assert!(opened.borrow().is_empty(), "nothing is opened before it is asked for");
    click(&shown.one("[data-act='apply-shape']"));
    settle().await;
    assert_eq!(
        *opened.borrow(),
        ["milvus:coordinators=2,query_nodes=12,replicas=2"],
        "within bounds, the rest stays"
    );
    click(&shown.one("[data-preset='2.6']"));
    assert_eq!(
        opened.borrow().last().map(String::as_str),
        Some("milvus:control_plane=2,active_standby=0,delegator=1")
    );
}

#[wasm_bindgen_test]
async fn views_speak_the_language_of_the_page() {
    let now = Rc::new(moment());
    let inner = |lang| {
        html! { <>{ map(lang, &drawn((760.0, 572.0))) }{ measured(&now) }{ reads(&now, true, &Callback::noop()) }</> }
    };
    let shown = Shown::new(Lang::En, inner(Lang::En)).await;
    let text = shown.text("main");
    assert!(!chinese(&text), "{text}");
    drop(shown);
    let shown = Shown::new(Lang::Zh, inner(Lang::Zh)).await;
    let text = shown.text("main");
    assert!(chinese(&text) && !text.contains("mc-"), "{text}");
}

#[wasm_bindgen_test]
async fn the_card_names_the_cause_of_its_outage_and_lists_the_others() {
    let cause = |node| vec![CauseFacts { what: "killed".to_owned(), node: Some(node) }];
    let outages = vec![
        OutageFacts { fault_us: 5_000_000, failed: 2, interruptions: 1, ..OutageFacts::default() },
        OutageFacts {
            fault_us: 21_670_000,
            cause: cause(1),
            rto_us: Some(2_100_000),
            settled_us: Some(19_000_000),
            interruptions: 3,
            failed: 3,
            ..OutageFacts::default()
        },
    ];
    let failover =
        Failover { fault_us: 21_670_000, rto_us: Some(2_100_000), failed: 3, ..Failover::default() };
    let now = Snapshot { failover: Some(failover), outages, ..over() };
    let shown = Shown::new(Lang::En, measured(&now)).await;
    let said = shown.text("[data-view=outage-cause]");
    assert!(said.contains("21.67 s") && said.contains("killed"), "{said}");
    let again = shown.text("[data-view=outage-again]");
    assert!(again.contains("2 more times") && again.contains("19.0 s"), "{again}");
    let failed: Vec<String> =
        shown.all("[data-outage]").iter().filter_map(|one| one.get_attribute("data-failed")).collect();
    assert_eq!(failed, ["3", "2"], "the newest first");
    assert!(shown.text("[data-view=outages]").contains("no fault"));
    drop(shown);

    // A link that was cut long ago, or an overload: nothing says “no fault yet” while requests fail.
    let outages =
        vec![OutageFacts { fault_us: 5_000_000, failed: 2, interruptions: 1, ..OutageFacts::default() }];
    let shown = Shown::new(Lang::En, measured(&Snapshot { failover: None, outages, ..over() })).await;
    let said = shown.text("[data-meter=rto]");
    assert!(said.contains("Requests failed without a fault right before"), "{said}");
}
