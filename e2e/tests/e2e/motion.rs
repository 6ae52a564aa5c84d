//! How often the stage changes: each frame, or in steps for readers who asked for less motion.

use e2e::lab::number;
use e2e::{Browser, Lab, Server};
use serde_json::json;

/// How many different moments the page shows in two seconds.
const MOMENTS: &str = "new Promise((go) => { const seen = new Set(); const began = performance.now(); \
                       const look = async () => { seen.add((await quorumLab.snapshot())?.t_us); \
                       performance.now() - began < 2000 ? setTimeout(look, 4) : go(seen.size); }; look(); })";

/// Only the calm page has an upper bound: a busy machine draws fewer frames than it could.
#[test]
#[ignore = "slow: not the journey of its view"]
fn less_motion_means_ten_snapshots_a_second_at_most() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?lesson=kill-the-leader&speed=1", "less-motion");
    lab.run(&json!({"op": "play"}));
    lab.media("prefers-reduced-motion", "reduce");
    let calm = number(&lab.eval(MOMENTS));
    assert!((2..=24).contains(&calm), "{calm} snapshots in two seconds");
    lab.media("prefers-reduced-motion", "no-preference");
    let lively = (0..10).map(|_| number(&lab.eval(MOMENTS))).find(|moments| *moments > 24);
    assert!(lively.is_some(), "never more than twelve snapshots a second");
    lab.assert_quiet();
}
