//! The home page: its stage runs and reacts, its questions are answered in place, its paths follow the record.

use e2e::{Browser, Lab, Reply, Server};
use serde_json::json;

/// The stage, once it runs.
const LIVE: &str = "[data-view=live][data-standing=live]";

#[test]
fn a_click_kills_the_leader_another_is_elected_and_start_again_restores() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en", "home-live");
    lab.wait_seen(LIVE);
    let leader = "document.querySelector('[data-view=live] [data-role=leader]')?.dataset.node ?? ''";
    let first = lab.eval(leader);
    assert_ne!(first, json!(""), "it begins with a leader");
    lab.click("[data-view=live] [data-role=leader]");
    lab.wait_for(
        &format!("(() => {{ const now = {leader}; return now && now !== {first}; }})()"),
        "another leader",
    );
    lab.wait_for(
        "/Writes stopped for .* Acknowledged writes lost: 0/.test(document.querySelector('.hero-n').textContent)",
        "the outage to be told",
    );
    // Once the effects are seen, time stands still.
    let digest = "document.querySelector('[data-view=live] .hero-s').innerHTML.length";
    lab.click("[data-act=home-again]");
    lab.wait_seen(LIVE);
    assert_eq!(lab.eval(leader), first, "the same run from its beginning");
    let before = lab.eval(digest);
    lab.frames(20);
    assert_eq!(lab.eval(digest), before, "nothing moves before the first click");
    // The page's own session knows nothing of it.
    assert_eq!(lab.eval("quorumLab.do({op: 'run', us: 1})")["code"], json!("nothing_open"));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_keyboard_kills_the_leader() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en", "home-keys");
    lab.wait_seen(LIVE);
    lab.tab_and_enter("[data-act=home-kill]");
    lab.wait_seen("[data-view=live] [data-role=down]");
    lab.wait_seen("[data-view=live] [data-role=leader]");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn without_the_code_of_the_world_the_picture_stays_and_says_so() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    server.misbehave(&[("replica_set_world", Reply::missing())]);
    let lab = Lab::at(&browser, &server, "?lang=en", "home-absent");
    lab.wait_seen("[data-view=live][data-standing=absent]");
    assert!(lab.text(".hero-n").contains("only a drawing"), "{}", lab.text(".hero-n"));
    assert!(lab.sees("[data-lesson=kill-the-leader] a"), "the page is there without it");
    server.misbehave(&[]);
    lab.take_complaints();
    lab.click("[data-act=home-again]");
    lab.wait_seen(LIVE);
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn three_questions_are_answered_in_place_and_recorded() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en", "home-due");
    lab.wait_seen(".due [role=radio]");
    assert_eq!(lab.eval("document.querySelectorAll('.due').length"), json!(3));
    let name = lab.eval("document.querySelector('.due').dataset.question");
    let name = name.as_str().unwrap_or_default().to_owned();
    let (slug, step) = name.split_once('.').expect("a lesson and a step");
    let lesson = quorum_lesson::find(slug).expect("a lesson of the course");
    let spec = lesson.steps.iter().find(|spec| spec.id == step).expect("its step");
    let quorum_lesson::StepKind::Explain(answers) = &spec.kind else { panic!("{name} is a question") };
    let wrong = answers.iter().find(|answer| !answer.is_right()).expect("a wrong answer");
    let right = answers.iter().find(|answer| answer.is_right()).expect("a right one");
    let of = |choice: &str| format!(".due[data-question='{name}'] [data-choice='{choice}']");
    lab.click(&of(&wrong.id));
    lab.wait_seen(&format!(".due[data-question='{name}'] a.btn-act[href*='{slug}%23']"));
    lab.click(&of(&right.id));
    lab.wait_seen(&format!(".due[data-question='{name}'][data-solved=true]"));
    // The first answer counts: it was wrong, and the question comes back tomorrow, not today.
    let stored = lab.eval("localStorage.getItem('quorum-lab/progress')");
    let record = quorum_lesson::record::Record::read(stored.as_str().unwrap_or_default()).expect("a record");
    let account = record.lessons.get(slug).expect("its lesson");
    assert_eq!(account.reviews.get(step).map(|review| review.level), Some(0));
    assert!(account.answers.is_empty(), "the lesson itself has not been answered");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_page_has_three_paths_progress_and_a_way_to_the_experiments() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en", "home-paths");
    lab.wait_seen("[data-path=raft] a");
    assert_eq!(lab.eval("document.querySelectorAll('[data-path]').length"), json!(3));
    let lessons =
        lab.eval("document.querySelectorAll('.trk:not([data-view=missions]) [data-lesson]').length");
    let progress = lab.text("[data-view=progress]");
    assert!(lessons.as_u64() > Some(40) && progress.starts_with(&format!("0 of {lessons}")), "{progress}");
    lab.click("[data-door=majority] a");
    lab.wait_seen("[data-view=desk-majority] [data-view=majority][open]");
    assert_eq!(lab.eval("location.search.includes('view=majority')"), json!(true));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn nothing_is_clipped_at_400_percent() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    for (lang, view) in [("zh", ""), ("en", ""), ("en", "&view=experiments"), ("zh", "&view=reports")] {
        let lab = Lab::at(&browser, &server, &format!("?lang={lang}{view}"), "home-narrow");
        lab.resize(320, 256);
        lab.wait_seen("main");
        let wide = lab.eval("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assert_eq!(wide, json!(0), "{lang}{view} scrolls sideways");
        let clipped = lab.eval(
            "[...document.querySelectorAll('main p, main h1, main h2, main h3, main a, main button, .nav-a')]\
             .filter((it) => getComputedStyle(it).overflow === 'hidden' && it.scrollWidth > it.clientWidth + 1)\
             .map((it) => it.textContent.slice(0, 40))",
        );
        assert_eq!(clipped, json!([]), "{lang}{view}");
        lab.close();
    }
}
