//! What addresses carry besides a lesson: a report, a replica set with its settings, and what a frame asks for.

use quorum_lab::web::address::Address;
use quorum_lab::web::frame::{Controls, Keeping};
use quorum_lab::web::report_address::{parse, text};
use quorum_lab::web::shape::{Shape, bounds};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_report_is_read_and_written_back() {
    let query = "lang=en&report=failover-proxy:seed=3,runs=20,rto_target_ms=9000";
    let address = Address::parse(query);
    assert_eq!(address.over(""), query);
    let plan = parse(address.report.as_deref().unwrap_or_default()).expect("a report");
    assert_eq!((plan.scenario.as_str(), plan.seed, plan.runs), ("failover-proxy", Some(3), 20));
    assert_eq!(plan.set, [("rto_target_ms".to_owned(), 9_000)]);
    assert_eq!(text(&plan), address.report);
    let short = parse("dr-drill").expect("the rest has defaults");
    assert_eq!(text(&short).as_deref(), Some("dr-drill:seed=1,runs=10"));
    assert_eq!(text(&quorum_drill::Plan { runbook: Some("careful".to_owned()), ..short }), None);
}

#[wasm_bindgen_test]
fn what_is_no_report_is_nothing() {
    let odd =
        ["", ":seed=1", "failover-proxy:seed", "failover-proxy:seed=x", "failover-proxy:=1", "a b", "<b>"];
    for report in odd {
        assert_eq!(parse(report), None, "{report}");
    }
    assert_eq!(parse(&format!("dr-drill:{}", "a=1,".repeat(600))), None, "too long");
}

#[wasm_bindgen_test]
fn the_page_of_an_address_has_only_its_appearance_in_common_with_home() {
    let address = Address::parse("lang=en&theme=dark&embed=1&seed=4&view=majority&report=x&kept=0");
    assert_eq!(address.bare().over(""), "lang=en&theme=dark&embed=1");
}

#[wasm_bindgen_test]
fn a_replica_set_is_read_and_written_back_without_defaults() {
    let mut shape = Shape::parse("replica-set:7:heartbeat_ms=50,client_on=0").expect("a replica set");
    assert_eq!((shape.nodes, shape.value("heartbeat_ms"), shape.value("client_on")), (7, 50, 0));
    assert_eq!(shape.value("election_ms"), 1_000, "its default");
    shape.put("client_on", 1);
    shape.put("election_ms", 500);
    assert_eq!(shape.topology(), "replica-set:7:heartbeat_ms=50,election_ms=500");
    assert_eq!(Shape::parse(&shape.topology()), Some(shape));
    assert_eq!(Shape::parse("replica-set:5").map(|shape| shape.topology()).as_deref(), Some("replica-set:5"));
    assert_eq!(Shape::parse("milvus:replicas=1"), None);
    assert_eq!(bounds("election_ms"), (50, 60_000));
}

#[wasm_bindgen_test]
fn what_a_frame_asks_for_is_read_and_written_back() {
    let query = "lesson=kill-the-leader&embed=1&step=2&moment=1500000&controls=min&faults=kill,pause,pull_plug\
                 &autoplay=0&progress=host&origin=https%3A%2F%2Fcourse.example";
    let address = Address::parse(query);
    assert_eq!((address.step, address.moment, address.autoplay), (Some(2), Some(1_500_000), Some(false)));
    assert_eq!((address.controls, address.progress), (Some(Controls::Min), Some(Keeping::Host)));
    let faults = address.faults.clone().expect("known words");
    assert!(faults.allows("kill") && faults.allows("pull_plug") && faults.allows("restart"));
    assert!(!faults.allows("cut") && !faults.allows("wipe") && faults.allows("query"));
    assert_eq!(address.origin.as_deref(), Some("https://course.example"));
    assert_eq!(Address::parse(&address.over("")), address, "nothing is lost on the way");
    for (word, none) in [("none", true), ("all", false)] {
        let faults = Address::parse(&format!("faults={word}")).faults.expect("a known word");
        assert_eq!((faults.allows("kill"), faults.text().as_str()), (!none, word));
    }
    // Its own tab, the way home and a shared link have no host.
    assert_eq!(address.unframed().over(""), "lesson=kill-the-leader&step=2&moment=1500000");
    assert!(address.bare().over("").contains("controls=min"), "a link in the frame stays in it");
}

#[wasm_bindgen_test]
fn what_a_frame_asks_for_wrongly_counts_as_absent() {
    let odd = [
        "step=-1",
        "step=1000",
        "step=x",
        "moment=-1",
        "moment=1.5",
        "moment=31622400000001",
        "controls=few",
        "controls=",
        "faults=kil",
        "faults=kill,",
        "faults=query",
        "faults=",
        "autoplay=yes",
        "progress=server",
        "origin=course.example",
        "origin=https://course.example/",
        "origin=https://course.example/page",
        "origin=*",
        "origin=null",
        "origin=file:///",
        "origin=javascript:1",
        "origin=HTTPS://course.example",
    ];
    for query in odd {
        assert_eq!(Address::parse(query), Address::default(), "{query}");
    }
    assert_eq!(Address::parse("moment=31622400000000").moment, Some(31_622_400_000_000), "366 days");
}
