//! Links to a moment, files and reports: what one tab shares, another opens at the same moment; what cannot be opened
//! or saved says why, and there is a way on.

use e2e::lab::number;
use e2e::{Browser, Lab, Server};
use serde_json::{Value, json};

const FIVE: &str = "?topology=replica-set:5&seed=3&kept=0&lang=en&autoplay=0";

/// Ten virtual seconds with a kill and a partition.
fn played(lab: &Lab) -> Value {
    for command in [
        json!({"op": "run", "us": 4_123_457}),
        json!({"op": "kill", "node": 2}),
        json!({"op": "run", "us": 3_000_001}),
        json!({"op": "partition", "side": [1]}),
        json!({"op": "run", "us": 2_876_542}),
    ] {
        assert_eq!(lab.run(&command)["ok"], true, "{command}");
    }
    lab.snapshot()
}

fn saved(lab: &Lab) -> Value {
    lab.eval("quorumLab.saveRun()")
}

/// Holds that a tab shows the moment.
fn check_same(lab: &Lab, moment: &Value) {
    lab.wait_running();
    let now = lab.snapshot();
    assert_eq!((&now["t_us"], &now["digest"]), (&moment["t_us"], &moment["digest"]));
    assert_eq!((&now["seed"], &now["lesson"]), (&moment["seed"], &moment["lesson"]));
}

#[test]
fn a_link_opens_the_same_moment_and_its_past() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, FIVE, "saved-from");
    let moment = played(&lab);
    let saved = saved(&lab);
    assert_eq!(
        (&saved["ok"], &saved["digest"], &saved["t_us"]),
        (&true.into(), &moment["digest"], &moment["t_us"])
    );
    let letters = saved["run"].as_str().expect("letters");
    assert!(letters.len() <= 60, "{letters}");

    let other = Lab::at(&browser, &server, &format!("?lang=zh#r={letters}"), "saved-to");
    check_same(&other, &moment);
    // Paused, with its past; the address names what it is a run of, and a reload opens the same.
    assert_eq!(other.eval("document.querySelector('[data-act=seek]').max > 0"), true);
    assert_eq!(other.run(&json!({"op": "seek", "t_us": 1_000_000}))["ok"], true);
    assert_eq!(other.snapshot()["nodes"][1]["alive"], true);
    let search = other.eval("location.search + location.hash");
    let search = search.as_str().expect("an address");
    assert!(
        search.contains("topology=replica-set:5") && search.ends_with(&format!("#r={letters}")),
        "{search}"
    );
    other.reload();
    check_same(&other, &moment);
    // It goes on from there.
    assert_eq!(other.run(&json!({"op": "restart", "node": 2}))["ok"], true);
    assert_ne!(self::saved(&other)["run"], letters);
    other.assert_quiet();

    // By a script, and by a changed fragment in an open tab.
    let third = Lab::open(&browser, &server, "?topology=standalone&kept=0&lang=en", "saved-script");
    let opened = third.eval(&format!("quorumLab.open({{run: '{letters}', lang: 'en'}})"));
    assert_eq!(opened["ok"], true, "{opened}");
    check_same(&third, &moment);
    third.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_lesson_comes_with_its_goals_and_answers() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab =
        Lab::open(&browser, &server, "?lesson=kill-the-leader&kept=0&lang=en&autoplay=0", "saved-lesson");
    lab.run(&json!({"op": "run", "us": 3_000_000}));
    // It is answered when the solution has been played, which takes time that only `run` lets pass here.
    lab.begin(&json!({"op": "show_me"}));
    lab.run(&json!({"op": "run", "us": 60_000_000}));
    let moment = lab.snapshot();
    assert!(
        moment["lesson"]["goals"]
            .as_array()
            .is_some_and(|goals| goals.iter().any(|goal| goal["met"] == true))
    );
    let letters = saved(&lab)["run"].as_str().expect("letters").to_owned();
    let other = Lab::at(&browser, &server, &format!("?lang=en#r={letters}"), "saved-lesson-to");
    check_same(&other, &moment);
    other.wait_seen("[data-lesson=kill-the-leader]");
    other.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn what_cannot_be_opened_says_why_and_leads_on() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, FIVE, "saved-bad-from");
    played(&lab);
    let letters = saved(&lab)["run"].as_str().expect("letters").to_owned();
    let cut = &letters[..letters.len() - 8];
    let turned: String = letters.chars().rev().collect();
    for (fragment, zh, en) in [
        (cut, "缺了结尾", "its end is missing"),
        (&turned, "", ""),
        ("_w", "更新版本", "newer version"),
        ("***", "校验和不对", "its checksum is wrong"),
    ] {
        for (lang, expected) in [("zh", zh), ("en", en)] {
            let bad = Lab::at(&browser, &server, &format!("?lang={lang}#r={fragment}"), "saved-bad");
            bad.wait_seen("[data-banner=bad-run]");
            let text = bad.text("[data-banner=bad-run]");
            assert!(text.contains(expected) && !text.contains("err-"), "{fragment}: {text}");
            // The way on.
            bad.click("[data-banner=bad-run] a");
            bad.wait_seen("[data-view=home], .home, main");
            bad.wait_for("!location.hash.includes('r=')", "the home page");
            bad.close();
        }
    }
    let refused = lab.eval(&format!("quorumLab.open({{run: '{cut}'}})"));
    assert_eq!((&refused["ok"], &refused["code"]), (&false.into(), &"run_cut".into()), "{refused}");
    // The run that was open still is.
    assert_eq!(lab.snapshot()["topology"], "replica-set:5");
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn an_old_link_still_opens() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let run =
        r#"{"nodes":3,"seed":4,"settings":[],"off":[],"deeds":[{"t_us":2000000,"op":"kill","node":1}]}"#;
    let query: String = run.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for address in [
        format!("?lang=en&topology=replica-set:3&run={query}"),
        format!("?lang=en&topology=replica-set:3#run={query}"),
    ] {
        let lab = Lab::open(&browser, &server, &address, "saved-old");
        assert_eq!(lab.snapshot()["t_us"], 0);
        lab.run(&json!({"op": "run", "us": 3_000_000}));
        assert_eq!(lab.snapshot()["nodes"][0]["alive"], false);
        // And is saved in the new form.
        let letters = saved(&lab)["run"].as_str().expect("letters").to_owned();
        let moment = lab.snapshot();
        let again = Lab::at(&browser, &server, &format!("?lang=en#r={letters}"), "saved-old-new");
        check_same(&again, &moment);
    }
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_dialog_shares_by_link_file_report_and_code() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("saved-dialog");
    page.before_documents(
        "window.taken = []; \
         Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (text) => { taken.push(text); }}}); \
         URL.createObjectURL = (blob) => { blob.arrayBuffer().then((b) => { window.file = [...new Uint8Array(b)]; }); \
         return '#'; };",
    );
    let lab = Lab::in_page(page, &server, FIVE);
    lab.wait_running();
    let moment = played(&lab);
    let letters = saved(&lab)["run"].as_str().expect("letters").to_owned();
    lab.click("[data-act=share]");
    lab.wait_seen("[data-view=share-address]");
    lab.wait_for(
        "document.querySelector('[data-view=share-address]').href.includes('#r=')",
        "the saved moment",
    );
    assert!(lab.text("[data-view=share-address]").ends_with(&format!("#r={letters}")));
    // The code has a text alternative, and says the same as the link.
    let label = lab.eval("document.querySelector('.share-qr svg[role=img]').getAttribute('aria-label')");
    assert!(label.as_str().is_some_and(|label| label.contains("QR")), "{label}");
    for (act, expected) in [("share-link", "#r="), ("share-report", "digest")] {
        lab.click(&format!("[data-act={act}]"));
        lab.wait_for(&format!("taken.some((text) => text.includes('{expected}'))"), "the clipboard");
    }
    let report = lab.eval("taken.find((text) => text.includes('digest'))");
    let report = report.as_str().expect("a report");
    let digest = moment["digest"].as_str().expect("a digest");
    assert!(report.contains(digest) && report.contains(&letters) && report.lines().count() > 4, "{report}");
    lab.click("[data-act=share-file]");
    lab.wait_for("window.file", "the file");
    assert_eq!(lab.eval("file[0]"), 1);
    let bytes = lab.eval("file");

    // The file opens in another tab: from the dialog, and from the page that opens lessons.
    let choose = |lab: &Lab, input: &str, bytes: &Value| {
        lab.wait_for(&format!("document.getElementById('{input}')"), "the file input");
        lab.eval(&format!(
            "{{ const input = document.getElementById('{input}'); const data = new DataTransfer(); \
             data.items.add(new File([new Uint8Array({bytes})], 'a.quorum')); input.files = data.files; \
             input.dispatchEvent(new Event('change', {{bubbles: true}})); }}"
        ));
    };
    let other = Lab::at(&browser, &server, "?view=open&lang=en", "saved-file");
    choose(&other, "lesson-file", &bytes);
    check_same(&other, &moment);
    let cut = Value::from(bytes.as_array().expect("bytes")[..9].to_vec());
    let third = Lab::at(&browser, &server, "?view=open&lang=en", "saved-file-cut");
    choose(&third, "lesson-file", &cut);
    third.wait_seen("[data-view=bad]");
    assert!(third.text("[data-view=bad]").contains("its end is missing"));
    lab.run(&json!({"op": "run", "us": 1_000_000}));
    choose(&lab, "saved-run-file", &bytes);
    lab.wait_snapshot("the moment of the file", |now| now["t_us"] == moment["t_us"]);
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_run_that_was_stored_before_says_why_it_cannot_be_saved() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=standalone&lang=en&kept=1", "saved-kept");
    lab.run(&json!({"op": "insert", "rows": 1_000}));
    assert_eq!(saved(&lab)["ok"], true, "opened for the first time, everything is known");
    lab.reload();
    lab.wait_running();
    lab.wait_recovered();
    let refused = saved(&lab);
    assert_eq!((&refused["ok"], &refused["code"]), (&false.into(), &"run_reopened".into()), "{refused}");
    lab.click("[data-act=share]");
    lab.wait_for(
        "document.querySelector('[data-view=share-status]').textContent.includes('stored earlier')",
        "the reason",
    );
    assert_eq!(
        lab.eval("document.querySelector('[data-act=share-file]').getAttribute('aria-disabled')"),
        "true"
    );
    assert!(!lab.sees(".share-qr"));
    assert!(number(&lab.snapshot()["rows"]["acknowledged"]) >= 1_000);
    lab.assert_quiet();
}
