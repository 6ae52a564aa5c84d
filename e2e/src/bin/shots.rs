//! `cargo xtask shots`: screenshots of the built page, for the README and for design reviews.
//!
//! Guarantees: the same moments every time, because the lab's time is virtual and its seed is in the address. Leaves
//! out: judging them.

use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs};

use e2e::lab::number;
use e2e::{Browser, Lab, Profile, Server};
use serde_json::{Value, json};

/// A screenshot: a name, a query, and what is done first.
struct Scene {
    name: &'static str,
    query: &'static str,
    prepare: fn(&Lab),
}

const SCENES: [Scene; 6] = [
    Scene { name: "wal", query: "lesson=crash-recovery&seed=7", prepare: rows_and_a_pulled_plug },
    Scene { name: "elected", query: "lesson=kill-the-leader&seed=7", prepare: elected },
    Scene { name: "failover", query: "lesson=kill-the-leader&seed=7", prepare: failed_over },
    Scene { name: "milvus", query: "topology=milvus&seed=7", prepare: without_a_root },
    Scene { name: "regions", query: "topology=two-regions&seed=7", prepare: without_beijing },
    Scene { name: "regions-over", query: "topology=two-regions&seed=7", prepare: taken_over },
];

/// Width, height, whether it is the form for frames.
const SIZES: [(u32, u32, bool); 4] =
    [(1440, 900, false), (1024, 768, false), (720, 540, true), (390, 844, false)];

/// A cluster whose root coordinator died, a second before the tester is served again.
fn without_a_root(lab: &Lab) {
    lab.run(&json!({"op": "hold"}));
    lab.run(&json!({"op": "run", "us": 20_000_000}));
    let pods = &lab.snapshot()["milvus"]["pods"];
    let root = pods
        .as_array()
        .into_iter()
        .flatten()
        .find(|pod| pod["component"] == "root_coord" && pod["active"] == true);
    let node = root.expect("somebody acts")["id"].clone();
    lab.run(&json!({"op": "kill", "node": node}));
    lab.run(&json!({"op": "run", "us": 2_500_000}));
}

/// The afternoon of the third day: the link slow for an hour, then Beijing lost; the runbook has started.
fn without_beijing(lab: &Lab) {
    lab.run(&json!({"op": "hold"}));
    lab.run(&json!({"op": "run", "us": 2 * 86_400_000_000_u64 + 14 * 3_600_000_000}));
    lab.run(&json!({"op": "region", "deed": "slow_link", "value": 0}));
    lab.run(&json!({"op": "run", "us": 3_600_000_000_u64}));
    lab.run(&json!({"op": "region", "deed": "lose", "region": 0}));
    lab.run(&json!({"op": "run", "us": 200_000_000}));
}

/// The same an hour later.
fn taken_over(lab: &Lab) {
    without_beijing(lab);
    lab.run(&json!({"op": "run", "us": 3_600_000_000_u64}));
}

fn main() {
    e2e::browser::draw_in_full();
    let folder = env::args().nth(1).map_or_else(|| e2e::folders::artefacts().join("../shots"), PathBuf::from);
    fs::create_dir_all(&folder).expect("the folder for pictures can be made");
    let server = Server::of_the_page();
    for lang in ["zh", "en"] {
        for theme in ["light", "dark"] {
            // One profile each, so that every scene begins with empty disks.
            let profile = Profile::new("shots");
            let browser = Browser::start(&profile);
            home(&browser, &server, &folder, lang, theme);
            for scene in &SCENES {
                photograph(&browser, &server, &folder, scene, lang, theme);
            }
        }
    }
    println!("pictures are in {}", folder.canonicalize().unwrap_or(folder).display());
}

fn home(browser: &Browser, server: &Server, folder: &std::path::Path, lang: &str, theme: &str) {
    let lab = Lab::at(browser, server, &format!("?lang={lang}&theme={theme}"), "home");
    lab.wait_seen("[data-lesson=kill-the-leader]");
    take(&lab, folder, "home", lang, theme, &[(1440, 900), (390, 844)]);
    lab.close();
}

fn photograph(
    browser: &Browser,
    server: &Server,
    folder: &std::path::Path,
    scene: &Scene,
    lang: &str,
    theme: &str,
) {
    for embed in [false, true] {
        let query = format!(
            "?{}&lang={lang}&theme={theme}&kept=0{}",
            scene.query,
            if embed { "&embed=1" } else { "" }
        );
        let lab = Lab::open(browser, server, &query, scene.name);
        (scene.prepare)(&lab);
        let sizes: Vec<(u32, u32)> =
            SIZES.iter().filter(|size| size.2 == embed).map(|&(width, height, _)| (width, height)).collect();
        take(&lab, folder, scene.name, lang, theme, &sizes);
        lab.close();
    }
}

fn take(lab: &Lab, folder: &std::path::Path, name: &str, lang: &str, theme: &str, sizes: &[(u32, u32)]) {
    for &(width, height) in sizes {
        lab.resize(width, height);
        lab.listen(Duration::from_millis(400));
        let file = folder.join(format!("{name}-{width}x{height}-{theme}-{lang}.png"));
        if lab.picture(&file.to_string_lossy()).is_none() {
            lab.fail(&format!("no picture {}", file.display()));
        }
    }
}

fn rows_and_a_pulled_plug(lab: &Lab) {
    lab.run(&json!({"op": "insert", "rows": 4_000}));
    lab.run(&json!({"op": "power_cut", "torn_bytes": 200}));
    lab.wait_recovered();
}

fn elected(lab: &Lab) {
    lab.run(&json!({"op": "hold"}));
    lab.run(&json!({"op": "run", "us": 4_000_000}));
}

fn failed_over(lab: &Lab) {
    elected(lab);
    let snapshot = lab.snapshot();
    let nodes: &[Value] = snapshot["nodes"].as_array().map_or(&[], Vec::as_slice);
    let leader = nodes.iter().find(|node| node["role"] == "leader").map_or(1, |node| number(&node["id"]));
    lab.run(&json!({"op": "kill", "node": leader}));
    lab.run(&json!({"op": "run", "us": 6_000_000}));
}
