//! The instruments beside a Milvus cluster in a real browser: majority arithmetic by pointer and by keys, and a load
//! test that really runs.

use crate::shown::{Shown, settle};
use gloo_timers::future::TimeoutFuture;
use quorum_i18n::Lang;
use quorum_lab::ui::milvus::load::LoadTest;
use quorum_lab::ui::milvus::majority::{Majority, chance};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// A mounted instrument, unfolded.
async fn unfolded(lang: Lang, inner: Html) -> Shown {
    let shown = Shown::new(lang, inner).await;
    shown.one("main > details").set_attribute("open", "").expect("unfolded");
    shown
}

/// Moves a slider, and waits until the page is drawn.
async fn slide(shown: &Shown, name: &str, value: u32) {
    let input: HtmlInputElement = shown.one(&format!("[data-range='{name}']")).unchecked_into();
    input.set_value(&value.to_string());
    let event = web_sys::Event::new("input").expect("an event");
    event.init_event_with_bubbles_and_cancelable("input", true, false);
    input.dispatch_event(&event).expect("moved");
    settle().await;
}

fn focused() -> String {
    let document = web_sys::window().and_then(|window| window.document()).expect("a page");
    document.active_element().and_then(|one| one.get_attribute("data-node")).unwrap_or_default()
}

#[wasm_bindgen_test]
async fn the_sentence_follows_the_nodes() {
    let shown = unfolded(Lang::En, html! { <Majority /> }).await;
    let verdict = || shown.text("[data-part='verdict']");
    assert_eq!(
        verdict(),
        "3 of 3 nodes are up, and a majority is 2: a leader can be elected, and 1 more may fail."
    );
    assert!(shown.text("[data-part='zones']").starts_with("Any one zone"));
    shown.click("[data-node='2']").await;
    assert_eq!(shown.said("[data-node='2']", "aria-pressed"), "true");
    assert_eq!(shown.said("[data-node='2']", "aria-label"), "Node 2, zone B, down");
    assert!(verdict().ends_with("but not one more may fail."), "{}", verdict());
    assert!(shown.text("[data-part='zones']").contains("A, C"), "{}", shown.text("[data-part='zones']"));
    shown.click("[data-node='1']").await;
    assert_eq!(shown.said("[data-view='majority']", "data-elects"), "false");
    assert!(verdict().ends_with("nothing committed until 1 comes back."), "{}", verdict());
    shown.click("[data-act='revive-all']").await;
    assert_eq!(shown.said("[data-view='majority']", "data-up"), "3");
}

#[wasm_bindgen_test]
async fn four_nodes_bear_no_more_than_three_and_two_zones_no_more_than_one() {
    let shown = unfolded(Lang::Zh, html! { <Majority /> }).await;
    slide(&shown, "nodes", 4).await;
    assert_eq!(
        shown.text("[data-part='tolerates']"),
        "4 个节点可以容忍坏掉 1 个，和 3 个时一样：多出来的那个白花钱。"
    );
    assert_eq!(shown.all("[data-node]").len(), 4);
    assert_eq!(shown.all("[data-view='majority-table'] .mj-idle").len(), 4, "2, 4, 6 and 8");
    assert_eq!(shown.all("[data-view='majority-table'] tbody tr").len(), 9);
    slide(&shown, "nodes", 5).await;
    slide(&shown, "zones", 2).await;
    assert!(
        shown.text("[data-part='zones']").contains("不能坏的可用区：A。"),
        "{}",
        shown.text("[data-part='zones']")
    );
    shown.click("[data-zone='A'] .mj-zb").await;
    assert_eq!(shown.said("[data-view='majority']", "data-up"), "2");
    assert!(shown.text("[data-part='verdict']").contains("选不出主节点"));
    slide(&shown, "nodes", 15).await;
    assert_eq!(shown.all("[data-node]").len(), 15);
    slide(&shown, "nodes", 1).await;
    assert_eq!((shown.all("[data-node]").len(), shown.all("[data-node][tabindex='0']").len()), (1, 1));
}

#[wasm_bindgen_test]
async fn odds_are_those_of_the_sliders() {
    let shown = unfolded(Lang::En, html! { <Majority /> }).await;
    // A zone that is always there, nodes for 99 % of the time: 3 × 0.01² × 0.99 + 0.01³.
    slide(&shown, "zone-share", 10).await;
    slide(&shown, "share", 3).await;
    let worth = shown.text("[data-part='worth']");
    assert!(worth.contains("0.030%") && worth.contains("2.6 h a year"), "{worth}");
    assert!(worth.contains("1.0%") && worth.contains("3.7 days a year"), "one node: {worth}");
    assert_eq!(shown.said("[data-range='share']", "aria-valuetext"), "99%");
    slide(&shown, "share", 9).await;
    assert_eq!(shown.said("[data-range='share']", "aria-valuetext"), "99.99%");
    assert!(shown.text("[data-part='worth']").contains("3.0×10⁻⁸"), "{}", shown.text("[data-part='worth']"));
    assert_eq!([chance(0.0), chance(0.5), chance(1e-13)], ["0", "50%", "1.0×10⁻¹³"]);
}

#[wasm_bindgen_test]
async fn arrows_go_from_node_to_node_and_reach_nobody_else() {
    let shown = unfolded(Lang::En, html! { <Majority /> }).await;
    let heard = std::rc::Rc::new(std::cell::Cell::new(0));
    let ears = {
        let heard = heard.clone();
        wasm_bindgen::closure::Closure::<dyn Fn()>::new(move || heard.set(heard.get() + 1))
    };
    let document = web_sys::window().and_then(|window| window.document()).expect("a page");
    let ear = ears.as_ref().unchecked_ref();
    document.add_event_listener_with_callback("keydown", ear).expect("heard");
    shown.press("[data-node='1']", "ArrowRight").await;
    assert_eq!(focused(), "2");
    assert_eq!(shown.said("[data-node][tabindex='0']", "data-node"), "2");
    shown.press("[data-node='2']", "End").await;
    shown.press("[data-node='3']", "ArrowRight").await;
    assert_eq!(focused(), "1");
    shown.press("[data-node='1']", "ArrowLeft").await;
    shown.press("[data-node='3']", " ").await;
    assert_eq!((focused(), heard.get()), ("3".to_owned(), 0));
    shown.press("[data-node='3']", "k").await;
    assert_eq!(heard.get(), 1, "other keys are the run's");
    document.remove_event_listener_with_callback("keydown", ear).expect("over");
}

#[wasm_bindgen_test]
async fn load_is_measured_in_short_slices_and_shown_beside_the_course() {
    let shown = unfolded(Lang::En, html! { <LoadTest /> }).await;
    assert!(shown.all("[data-view='load-reads']").is_empty());
    shown.click("[data-act='load-run']").await;
    assert_eq!(shown.said("[data-view='load']", "data-running"), "true");
    // One slice after the other, each followed by a turn of the page. One that never ends is stopped by the test
    // runner.
    let mut turns = 0_u32;
    while shown.said("[data-view='load']", "data-running") == "true" {
        TimeoutFuture::new(0).await;
        turns += 1;
    }
    assert!(turns > 5, "the page had only {turns} turns between the slices");
    assert_eq!(shown.said("[data-view='load']", "data-at"), "20");
    assert_eq!(shown.all("[data-load]").len(), 9);
    let number = |selector: &str, name: &str| shown.said(selector, name).parse::<f64>().expect("a number");
    let ratio = number("[data-load='3x100']", "data-qps") / number("[data-load='1x100']", "data-qps");
    assert!((2.3..=3.0).contains(&ratio), "{ratio}");
    for disk in ["ours", "course"] {
        let ms =
            |how: &str| number(&format!("[data-view='load-writes-{disk}'] [data-write='{how}']"), "data-ms");
        assert!(ms("1-parallel") < ms("3-parallel") && ms("3-parallel") < ms("3-serial"), "{disk}");
    }
    assert_eq!(shown.all("[data-claim]").len(), 8);
    assert!(shown.text("[data-claim='qps_3']").contains("280"));
    assert_eq!(shown.all("[data-act='load-run']").len(), 1, "it can be measured again");
}

#[wasm_bindgen_test]
async fn a_measurement_that_is_stopped_stays_stopped() {
    let shown = unfolded(Lang::Zh, html! { <LoadTest /> }).await;
    shown.click("[data-act='load-run']").await;
    shown.click("[data-act='load-stop']").await;
    let at = shown.said("[data-view='load']", "data-at");
    TimeoutFuture::new(200).await;
    assert_eq!(shown.said("[data-view='load']", "data-running"), "false");
    assert_eq!(shown.said("[data-view='load']", "data-at"), at);
}
