//! Free play: a replica set as addresses offer it, many nodes on the stage, splitting the network, and leaving the
//! page.

use e2e::{Browser, Lab, Server};
use serde_json::json;

#[test]
fn the_form_opens_what_an_address_opens() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=replica-set:5&kept=0&lang=en", "free-form");
    lab.wait_seen("[data-view=set-form]");
    lab.eval(
        "(() => { const put = (name, value) => { document.querySelector(`[name=${name}]`).value = value; }; \
         put('nodes', '7'); put('seed', '42'); put('heartbeat_ms', '50'); put('election_ms', '500'); \
         document.querySelector('[name=client]').checked = false; })()",
    );
    lab.click("[data-act=open-seed]");
    let now =
        lab.wait_snapshot("seven nodes", |s| s["nodes"].as_array().is_some_and(|nodes| nodes.len() == 7));
    assert_eq!(
        (&now["seed"], &now["kept"], &now["client"]["on"]),
        (&json!(42), &json!(false), &json!(false))
    );
    let search = lab.eval("location.search");
    let search = search.as_str().unwrap_or_default();
    let topology = "topology=replica-set:7:heartbeat_ms=50,election_ms=500,client_on=0";
    assert!(search.contains(topology), "{search}");
    // The client can be switched on.
    lab.run(&json!({"op": "client", "on": true}));
    lab.run(&json!({"op": "run", "us": 5_000_000}));
    assert!(lab.snapshot()["client"]["ok"].as_u64().is_some_and(|ok| ok > 0));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn fifty_one_nodes_elect_and_do_not_touch_on_the_stage() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    for (nodes, width, height) in [(51, 1024, 768), (51, 390, 844), (24, 390, 844), (10, 390, 844)] {
        let query = format!("?topology=replica-set:{nodes}&kept=0&speed=1&lang=en");
        let lab = Lab::open(&browser, &server, &query, "free-many");
        lab.resize(width, height);
        lab.run(&json!({"op": "hold"}));
        lab.run(&json!({"op": "run", "us": 8_000_000}));
        lab.wait_seen("main.stage [data-role=leader]");
        let touching = lab.eval(
            "(() => { const at = [...document.querySelectorAll('main.stage [data-node] .body')].map((body) => { \
             const box = body.getBoundingClientRect(); \
             return [box.x + box.width / 2, box.y + box.height / 2, box.width / 2]; }); \
             let touching = 0; at.forEach(([x, y, r], n) => at.slice(n + 1).forEach(([a, b, s]) => { \
             if (Math.hypot(x - a, y - b) < r + s) touching += 1; })); return [at.length, touching]; })()",
        );
        assert_eq!(touching, json!([nodes, 0]), "at {width} pixels");
        let size = "parseFloat(getComputedStyle(document.querySelector('main.stage .nid')).fontSize) * \
                    document.querySelector('main.stage .stage-svg').getScreenCTM().a";
        assert!(
            lab.eval(size).as_f64().is_some_and(|px| px >= 8.0),
            "{nodes} at {width}: {}",
            lab.eval(size)
        );
        lab.assert_quiet();
        lab.close();
    }
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn one_node_more_than_the_most_is_refused() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en", "free-most");
    let open =
        |nodes: u32| lab.eval(&format!("quorumLab.open({{topology: 'replica-set:{nodes}', kept: false}})"));
    assert_eq!(open(52)["code"], json!("unknown_topology"));
    assert_eq!(open(51)["ok"], json!(true));
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_network_is_split_from_a_list_and_mended() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=replica-set:5&kept=0&speed=1&lang=en", "split-list");
    lab.run(&json!({"op": "hold"}));
    lab.tab_and_enter("[data-view=split] summary");
    lab.click("[data-side='1']");
    lab.click("[data-side='2']");
    lab.click("[data-act=split]");
    let now = lab.wait_snapshot("two sides", |s| s["cut"].as_array().is_some_and(|cut| cut.len() == 12));
    assert_eq!(now["majority"]["reachable"], json!(3));
    lab.click("[data-act=mend]");
    lab.wait_snapshot("all links", |s| s["cut"].as_array().is_some_and(Vec::is_empty));
    lab.assert_quiet();
}

/// Draws a line across the stage with the mouse; its ends are parts of the stage's width and height.
fn draw(lab: &Lab, from: (f64, f64), to: (f64, f64)) {
    let corner = lab.eval(
        "(() => { const box = document.querySelector('main.stage .stage-svg').getBoundingClientRect(); \
         return [box.x, box.y, box.width, box.height]; })()",
    );
    let side = |at: usize| corner[at].as_f64().unwrap_or_default();
    let mouse = |kind: &str, at: (f64, f64), buttons: u32| {
        let (x, y) = (side(0) + side(2) * at.0, side(1) + side(3) * at.1);
        let params =
            json!({"type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1});
        lab.call("Input.dispatchMouseEvent", params);
    };
    mouse("mousePressed", from, 1);
    for part in [0.3, 0.6, 1.0] {
        mouse("mouseMoved", (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part), 1);
    }
    mouse("mouseReleased", to, 0);
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_line_across_the_stage_splits_the_network() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=replica-set:4&kept=0&speed=1&lang=en", "split-line");
    lab.run(&json!({"op": "hold"}));
    // Top and bottom node lie on one vertical line, the others left and right: this line leaves the right one alone.
    draw(&lab, (0.8, 0.04), (0.62, 0.97));
    let now = lab.wait_snapshot("a split", |s| s["cut"].as_array().is_some_and(|cut| !cut.is_empty()));
    let cut = now["cut"].as_array().map(Vec::len);
    assert!(cut == Some(6) || cut == Some(8), "one or two nodes are alone: {}", now["cut"]);
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn leaving_asks_only_where_something_would_be_lost() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=replica-set:3&kept=0&speed=1&lang=en", "leaving");
    // A click that does nothing to the run.
    lab.click("main.stage [data-node='1']");
    lab.reload();
    assert_eq!(lab.take_dialogs(), Vec::<String>::new(), "nothing was done");
    lab.wait_running();
    lab.click("main.stage [data-node='1']");
    lab.click("[data-act=kill]");
    lab.wait_snapshot("a dead node", |s| s["nodes"][0]["alive"] == false);
    lab.reload();
    assert_eq!(lab.take_dialogs(), ["beforeunload"]);
    lab.wait_running();
}
