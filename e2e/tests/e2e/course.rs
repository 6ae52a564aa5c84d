//! The course in a whole browser: a lesson of each world clicked through, and every one with `--slow`; some by keyboard
//! alone; one opened from a file; and what is remembered of it.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use e2e::lab::{Hand, number};
use e2e::lessons::{choose, hostile, template};
use e2e::{Browser, Lab, Server};
use serde_json::{Value, json};

/// How long a step may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// By how much each leap of a step is longer than the one before.
const LONGER: f64 = 1.2;
/// Events of a run that never settles: more than a page could show one by one.
const MANY: u64 = 20_000;
const A_GREAT_MANY: u64 = 100_000;

/// How far virtual time leaps while a step is shown: regions take hours, clusters seconds, elections less.
fn leap(lab: &Lab) -> u64 {
    let topology = lab.snapshot()["topology"].as_str().unwrap_or_default().to_owned();
    match topology.split(':').next() {
        Some("two-regions") => 60_000_000,
        Some("milvus") => 2_000_000,
        _ => 200_000,
    }
}

fn is_done(lab: &Lab) -> bool {
    lab.eval("document.querySelector('section.lesson').dataset.done") == json!("true")
}

/// Goes through a lesson as its solution does, and sees it finished.
pub(crate) fn go_through(lab: &Lab, hand: Hand, slug: &str) {
    lab.wait_seen("section.lesson[data-kind]");
    let steps = lab.eval("document.querySelectorAll('.co-steps ol li').length").as_u64().unwrap_or(0);
    assert!(steps > 0, "{slug} has steps");
    let leap = leap(lab);
    lab.run(&json!({"op": "hold"}));
    for step in 0..steps {
        lab.wait_seen(&format!("section.lesson[data-step='{step}']"));
        let kind = lab.eval("document.querySelector('section.lesson').dataset.kind");
        match kind.as_str().unwrap_or_default() {
            "read" => {}
            "predict" => {
                if !is_done(lab) {
                    lab.touch(hand, ".opt:not([aria-disabled=true])");
                }
            }
            "explain" => answer(lab, hand, slug),
            _ => show(lab, hand, slug, leap),
        }
        if kind != "read" {
            lab.wait_within(
                PATIENCE,
                "document.querySelector('section.lesson').dataset.done === 'true'",
                &format!("{slug}: step {step} to be done"),
            );
        }
        let on = if step + 1 < steps { "[data-act=next]" } else { "[data-act=read]" };
        if step + 1 < steps || kind == "read" {
            lab.touch(hand, on);
        }
    }
    lab.wait_seen("[data-view=finished]");
    // The pane remembers by itself; the run receives it a moment later.
    let deadline = Instant::now() + PATIENCE;
    while lab.snapshot()["lesson"]["finished"] != true {
        if Instant::now() > deadline {
            lab.fail(&format!("{slug}: the run has not finished: {}", lab.snapshot()["lesson"]));
        }
        lab.listen(Duration::from_millis(50));
    }
}

/// Answers until an answer is right; wrong ones offer their runs.
fn answer(lab: &Lab, hand: Hand, slug: &str) {
    for _ in 0..8 {
        if is_done(lab) {
            return;
        }
        let before = lab.eval("document.querySelectorAll('.opt[data-chosen=true]').length");
        lab.touch(hand, ".opt[data-chosen=false]:not([aria-disabled=true])");
        lab.wait_for(
            &format!("document.querySelectorAll('.opt[data-chosen=true]').length > {before}"),
            &format!("{slug}: an answer to be taken"),
        );
        lab.listen(Duration::from_millis(50));
    }
}

/// Opens the hints, has the rest shown, and makes time leap until it is done.
fn show(lab: &Lab, hand: Hand, slug: &str, leap: u64) {
    if is_done(lab) {
        return;
    }
    while lab.sees("[data-act=hint]") {
        lab.touch(hand, "[data-act=hint]");
        lab.listen(Duration::from_millis(30));
        if is_done(lab) {
            return;
        }
    }
    // What was shown for the step before ends first.
    let deadline = Instant::now() + PATIENCE;
    while !lab.sees("[data-act=show-me]:not([aria-disabled=true])") && Instant::now() < deadline {
        lab.answer(&json!({"op": "run", "us": leap}));
        lab.listen(Duration::from_millis(50));
    }
    lab.touch(hand, "[data-act=show-me]:not([aria-disabled=true])");
    let mut leap = leap as f64;
    while !is_done(lab) {
        if Instant::now() > deadline {
            lab.fail(&format!("{slug}: the solution does not finish the step: {}", lab.snapshot()["lesson"]));
        }
        let answer = lab.answer(&json!({"op": "run", "us": leap as u64}));
        // What takes days is not waited for by the minute. A leap stays below a fifth of the time before it, so that no
        // step begins long after the one before was done.
        leap *= LONGER;
        if answer["ok"] != true {
            lab.fail(&format!("{slug}: {answer}"));
        }
    }
    lab.run(&json!({"op": "hold"}));
}

/// The slugs of the lessons on the course map.
fn slugs(lab: &Lab) -> Vec<String> {
    lab.wait_seen(".lessons [data-lesson]");
    let found =
        lab.eval("[...document.querySelectorAll('.lessons [data-lesson]')].map((one) => one.dataset.lesson)");
    found.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Lessons that every run of the tests clicks through, one of each world. `lessons check` plays all of them, and
/// `--slow` clicks through all of them.
const OF_EACH_WORLD: [&str; 4] = ["checkpoints", "pre-vote", "coordinator-lease", "counts-and-offsets"];
/// Lessons of the worlds that no other test goes through by keyboard.
const BY_KEYBOARD: [&str; 2] = ["nines", "switching"];
/// The number of parts in which all lessons are clicked through in parallel.
const PARTS: usize = 4;

/// Goes through lessons in one tab, and sees on the map that those are done and no others. Returns their worlds.
fn go_through_all(name: &str, hand: Hand, of_all: impl Fn(&[String]) -> Vec<String>) -> BTreeSet<String> {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    // One tab: a learner follows a link, too, and a process for each lesson costs as much as the lesson.
    let lab = Lab::at(&browser, &server, "?lang=en", name);
    let all = slugs(&lab);
    assert!(all.len() >= 30, "{all:?}");
    let wanted = of_all(&all);
    let (mut failed, mut worlds) = (Vec::new(), BTreeSet::new());
    for slug in &wanted {
        assert!(all.contains(slug), "there is no lesson {slug}");
        let began = Instant::now();
        let through = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            lab.goto(&server.url(&format!("/?lesson={slug}&kept=0&lang=en")));
            lab.wait_running();
            go_through(&lab, hand, slug);
            lab.assert_quiet();
            lab.snapshot()["topology"].as_str().unwrap_or_default().to_owned()
        }));
        println!(
            "{:>6.1} s  {slug}{}",
            began.elapsed().as_secs_f64(),
            if through.is_err() { "  FAILED" } else { "" }
        );
        match through {
            Ok(topology) => {
                worlds.insert(topology.split(':').next().unwrap_or_default().to_owned());
            }
            Err(_) => failed.push(slug.clone()),
        }
    }
    assert_eq!(failed, Vec::<String>::new());
    if wanted.is_empty() {
        return worlds;
    }
    // The home page knows what was done.
    lab.goto(&server.url("/?lang=en"));
    lab.wait_seen(".les-done");
    let done = lab.eval("document.querySelectorAll('.les-done').length");
    assert_eq!(done, json!(wanted.len()));
    lab.assert_quiet();
    worlds
}

fn named(slugs: &[&str]) -> Vec<String> {
    slugs.iter().map(|&slug| slug.to_owned()).collect()
}

#[test]
fn a_lesson_of_each_world_is_clicked_through_and_the_map_shows_it() {
    let worlds = go_through_all("course-worlds", Hand::Mouse, |_| named(&OF_EACH_WORLD));
    assert!(worlds.iter().eq(["milvus", "replica-set", "standalone", "two-regions"]), "{worlds:?}");
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn lessons_of_a_cluster_and_of_two_regions_by_keyboard_and_the_map_shows_it() {
    let worlds = go_through_all("course-keys", Hand::Keyboard, |_| named(&BY_KEYBOARD));
    assert!(worlds.iter().eq(["milvus", "two-regions"]), "{worlds:?}");
}

/// Clicks through every lesson of a part, or only that of the part which `LESSON` names.
fn click_through(part: usize) {
    let wanted = std::env::var("LESSON").unwrap_or_default();
    let worlds = go_through_all(&format!("course-part-{part}"), Hand::Mouse, |all| {
        // Long ones stand at the end of the course, so parts are dealt out like cards.
        let own = all.iter().skip(part).step_by(PARTS);
        own.filter(|slug| wanted.is_empty() || **slug == wanted).cloned().collect()
    });
    assert!(!worlds.is_empty() || !wanted.is_empty(), "a part without a lesson");
}

#[test]
#[ignore = "slow: a quarter of all lessons"]
fn a_first_part_of_the_lessons_is_clicked_through_and_the_map_shows_it() {
    click_through(0);
}

#[test]
#[ignore = "slow: a quarter of all lessons"]
fn a_second_part_of_the_lessons_is_clicked_through_and_the_map_shows_it() {
    click_through(1);
}

#[test]
#[ignore = "slow: a quarter of all lessons"]
fn a_third_part_of_the_lessons_is_clicked_through_and_the_map_shows_it() {
    click_through(2);
}

#[test]
#[ignore = "slow: a quarter of all lessons"]
fn the_last_part_of_the_lessons_is_clicked_through_and_the_map_shows_it() {
    click_through(PARTS - 1);
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_lesson_from_a_file_by_keyboard_and_what_is_remembered_of_it() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?view=open&lang=en", "course-file");
    // What is no lesson is refused in words, and the page lives.
    for (text, expected) in [
        (template().replacen("minutes = 4", "minuets = 4", 1), "mine.txt: line 1: there is no minutes"),
        ("<script>document.title = 'run'</script>".to_owned(), "mine.txt: "),
        ("x".repeat(2_000_000), "is too large: a lesson has at most"),
        (
            template().replacen("[actions", "[settings]\nclient_interval_ms = 1\n\n[actions", 1),
            "settings: client_interval_ms takes 10 to 60000 ms, not 1",
        ),
    ] {
        choose(&lab, "lesson-file", "mine.txt", &text);
        lab.wait_for(
            &format!("document.querySelector('[data-view=bad]')?.innerText.includes({})", json!(expected)),
            expected,
        );
    }
    assert!(lab.eval("document.title").as_str().is_some_and(|title| title != "run"));
    choose(&lab, "lesson-file", "mine.txt", &template());
    lab.wait_running();
    assert!(lab.text("h1").contains("The scene") || !lab.text("h1").is_empty());
    lab.eval("document.activeElement?.blur()");
    go_through(&lab, Hand::Keyboard, "the template");

    // A wrong answer's run, and the way back.
    lab.click("[data-act=refute], [data-act=back]");
    let lab = Lab::at(&browser, &server, "?view=record&lang=en", "course-record");
    lab.wait_seen("[data-lesson='file:a-lesson-of-your-own']");
    let row = lab.text("[data-lesson='file:a-lesson-of-your-own']");
    assert!(row.contains("5 / 5"), "{row}");
    choose(&lab, "record-file", "bad.toml", "version = 9");
    lab.wait_seen("[data-view=import][data-good=false]");
    assert!(lab.text("[data-lesson='file:a-lesson-of-your-own']").contains("5 / 5"));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn what_comes_next_is_the_next_lesson_of_the_chosen_path() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en", "course-path");
    lab.click("[data-path=raft] a");
    lab.wait_running();
    go_through(&lab, Hand::Mouse, "milvus-map");
    lab.wait_seen("[data-act=next-lesson]");
    assert!(lab.text("[data-act=next-lesson]").contains("The first election"));
    // The entry card says the same, and so does the path.
    lab.goto(&server.url("/?lang=en"));
    lab.wait_seen(".hero-h");
    assert_eq!(lab.text(".hero-h"), "The first election");
    assert!(lab.text("[data-path=raft]").contains("The first election"));
    // The choice outlasts a lesson that is not on the path.
    lab.goto(&server.url("/?lesson=batching&kept=0&lang=en"));
    lab.wait_running();
    let record = lab.eval("localStorage.getItem('quorum-lab/progress')");
    assert!(record.as_str().is_some_and(|record| record.contains("path = \"raft\"")), "{record}");
    lab.assert_quiet();
}

/// Waits until time has stood still for a third of a second.
fn wait_still(lab: &Lab) {
    lab.wait_snapshot("time to stand still", |now| {
        std::thread::sleep(std::time::Duration::from_millis(300));
        lab.snapshot()["t_us"] == now["t_us"]
    });
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn time_waits_for_a_lesson_s_first_prediction_and_for_no_later_one() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?lesson=election&kept=0&lang=en", "course-waits");
    wait_still(&lab);
    lab.click("[data-act=next]");
    lab.wait_seen("section.lesson[data-kind=predict]");
    assert!(lab.snapshot()["t_us"].as_u64().is_some_and(|t_us| t_us < 1_000_000), "nobody is elected yet");
    lab.click(".opt:not([aria-disabled=true])");
    lab.wait_snapshot("time to go on", |now| now["t_us"].as_u64().is_some_and(|t_us| t_us > 1_500_000));
    // A learner who lets it run is not stopped again.
    lab.reload();
    lab.wait_running();
    wait_still(&lab);
    lab.run(&json!({"op": "play"}));
    lab.wait_snapshot("an election", |now| now["t_us"].as_u64().is_some_and(|t_us| t_us > 1_500_000));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_wrong_answer_is_refuted_by_a_run_and_there_is_a_way_back() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?lesson=election&kept=0&lang=en", "course-refute");
    lab.wait_seen(".co-steps");
    lab.click(".co-steps summary");
    let at =
        lab.eval(
            "[...document.querySelectorAll('.co-steps ol li')].findIndex((row) => row.innerText.includes('Explain'))"
        );
    lab.click(&format!("[data-to='{at}']"));
    lab.click("[data-choice=first-only]");
    lab.wait_seen("[data-act=refute]");
    lab.click("[data-act=refute]");
    lab.wait_seen("[data-kind=refuting]");
    lab.wait_running();
    let deadline = Instant::now() + PATIENCE;
    while !lab.sees("[data-seen=true]") && Instant::now() < deadline {
        lab.answer(&json!({"op": "run", "us": 2_000_000}));
    }
    lab.wait_seen("[data-view=seen]");
    lab.click("[data-act=refute-back]");
    lab.wait_seen(&format!("section.lesson[data-step='{at}'][data-kind=explain]"));
    assert!(lab.sees("[data-act=refute]"), "the answer is remembered");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_lesson_that_never_ends_leaves_the_lab_alive() {
    never_ends(MANY);
}

#[test]
#[ignore = "slow: a hundred thousand events"]
fn a_lesson_that_never_ends_or_has_a_million_events_leaves_the_lab_alive() {
    never_ends(A_GREAT_MANY);
}

/// Opens a lesson that never settles, and sees the page go on until there have been this many events, and after.
fn never_ends(events: u64) {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?view=open&lang=en", "course-hostile");
    choose(&lab, "lesson-file", "mine.txt", &hostile());
    lab.wait_running();
    lab.click("[data-act=next]");
    lab.eval("window.beats = 0; setInterval(() => { window.beats += 1; }, 20)");
    lab.open_hints();
    lab.begin(&json!({"op": "speed", "x": 1000}));
    lab.begin(&json!({"op": "show_me"}));
    lab.begin(&json!({"op": "run", "us": 600_000_000}));
    // While the engine is at it the page goes on: its own timers come, and it is drawn.
    let before = number(&lab.eval("beats"));
    let now = lab.wait_snapshot("many events", |now| number(&now["events"]) > events);
    lab.frames(60);
    let beats = number(&lab.eval("beats")) - before;
    assert!(beats > 20, "the page did not go on: {beats} beats");
    assert!(lab.eval("window.broken").is_null(), "markup was run");
    println!("{} events; {beats} beats", now["events"]);
    // A user who has had enough pauses it and starts over, and everything works.
    lab.run(&json!({"op": "hold"}));
    lab.click(".co-more [data-act=reset]");
    lab.wait_seen("[data-act=reset-yes]");
    lab.click("[data-act=reset-yes]");
    lab.wait_seen("section.lesson[data-step='0']");
    lab.wait_snapshot("the run to begin again", |now| now["t_us"].as_u64().is_some_and(|t| t < 60_000_000));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_lesson_that_starts_over_keeps_no_mark_of_the_run_before() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?lesson=pre-vote&kept=0&lang=en", "start-over");
    go_through(&lab, Hand::Mouse, "pre-vote");
    let marked =
        "Object.values(localStorage).filter((text) => /pre-vote/.test(text) && /chosen|came = /.test(text))";
    assert_eq!(lab.eval(&format!("{marked}.length")), 1, "the record has them");
    lab.act(Hand::Mouse, "reset");
    lab.act(Hand::Mouse, "reset-yes");
    lab.wait_snapshot("a run without choices", |now| {
        now["lesson"]["steps"]
            .as_array()
            .is_some_and(|steps| steps.iter().all(|step| step["chosen"].is_null()))
    });
    // What the record says has to stay so: the page stores it when the facts of a run arrive.
    lab.listen(Duration::from_millis(1_500));
    assert_eq!(lab.eval(&format!("{marked}.length")), 0, "{}", lab.eval(marked));
    lab.assert_quiet();
}
