//! Texts that cannot be fetched: the page says so in words, stays as it was, and goes on when they are there again.

use std::fs;

use e2e::{Browser, Copy, Lab, Server};

#[test]
fn a_page_without_its_texts_says_so_and_starts_when_they_are_there_again() {
    let page = Copy::new("texts-none");
    let (server, browser) = (Server::of(page.root()), Browser::shared());
    let catalogue = page.text("zh");
    let whole = fs::read(&catalogue).expect("the catalogue");
    // Of another build, or cut off on its way: not what the program was built with.
    fs::write(&catalogue, &whole[..whole.len() / 2]).expect("written");

    let tab = browser.page("texts-none");
    tab.goto(&server.url("/?lesson=crash-recovery&lang=zh"));
    tab.wait_seen("#boot[data-start=texts]");
    let said = tab.text("#boot");
    assert!(said.contains("文字没能取来") && said.contains("texts/zh."), "{said}");
    assert!(!tab.sees("#boot-wait"), "it still says that it starts");

    fs::write(&catalogue, &whole).expect("written");
    tab.take_complaints();
    tab.click("#boot button");
    tab.wait_seen("[data-state=running]");
    tab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_language_that_cannot_be_fetched_leaves_the_page_as_it_was() {
    let page = Copy::new("texts-other");
    let (server, browser) = (Server::of(page.root()), Browser::shared());
    let (english, lesson) = (page.text("en"), page.text("crash-recovery.en"));
    let away = english.with_extension("away");
    fs::rename(&english, &away).expect("moved");

    let lab = Lab::open(&browser, &server, "?lesson=crash-recovery&lang=zh", "texts-other");
    let asked = server.take_asked();
    assert!(!asked.contains(&lesson), "the other language's text was fetched");
    let title = lab.text("h1");
    lab.click("[data-act=lang]");
    lab.wait_seen("[data-banner=texts]");
    assert_eq!((lab.text("h1"), lab.eval("document.documentElement.lang")), (title.clone(), "zh-CN".into()));
    assert!(lab.eval("location.search").as_str().is_some_and(|query| query.contains("lang=zh")));
    assert!(lab.sees("[data-state=running]"), "the run has gone");
    let refused = lab.eval("quorumLab.open({lesson: 'kill-the-leader', lang: 'en'})");
    assert_eq!((&refused["ok"], &refused["code"]), (&false.into(), &"no_texts".into()), "{refused}");

    fs::rename(&away, &english).expect("moved");
    lab.take_complaints();
    lab.click("[data-act=texts]");
    lab.wait_for("document.documentElement.lang === 'en'", "the page to be English");
    assert!(lab.text("h1") != title && !lab.sees("[data-banner=texts]"));
    lab.wait_snapshot("a sentence of the engine's in English", |s| {
        s["majority"]["sentence"].as_str().is_some_and(str::is_ascii)
    });
    let asked = server.take_asked();
    assert_eq!([&english, &lesson].map(|file| asked.iter().filter(|asked| *asked == file).count()), [1, 1]);
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_lesson_that_is_opened_from_the_home_page_brings_its_text() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en", "texts-home");
    lab.wait_seen("[data-lesson=kill-the-leader] h4");
    assert!(lab.text("[data-lesson=kill-the-leader] h4").contains("Kill the leader"));
    let texts = |server: &Server, wanted: fn(&str) -> bool| {
        let asked = server.take_asked().into_iter();
        let texts = asked.filter(|file| file.extension().is_some_and(|kind| kind == "txt"));
        let names = texts.map(|file| file.file_name().unwrap_or_default().to_string_lossy().into_owned());
        names.filter(|name| wanted(name)).count()
    };
    // The lessons of the questions that are due follow later.
    let of_the_page =
        |name: &str| name.starts_with("en.") || name.starts_with("en-") || name.starts_with("lessons.");
    let needed = texts(&server, of_the_page);
    assert_eq!(needed, 3, "the home page needs two parts of its catalogue and the list of lessons");
    lab.click("[data-lesson=kill-the-leader] a");
    lab.wait_running();
    lab.wait_seen("h1");
    assert!(lab.eval("location.search").as_str().is_some_and(|query| query.contains("kill-the-leader")));
    let own = texts(&server, |name| name.starts_with("kill-the-leader."));
    assert_eq!(own, 1, "the lesson's text, once");
    lab.eval("history.back()");
    lab.wait_seen("[data-lesson=kill-the-leader]");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_world_waits_for_its_style_sheet_and_is_never_seen_without() {
    let page = Copy::new("texts-style");
    let (server, browser) = (Server::of(page.root()), Browser::shared());
    let sheet = page.text("milvus");
    let away = sheet.with_extension("away");
    fs::rename(&sheet, &away).expect("moved");

    let lab = Lab::at(&browser, &server, "?lang=en", "texts-style");
    lab.wait_seen("[data-lesson=kill-the-leader]");
    lab.eval("void quorumLab.open({topology: 'milvus', kept: false})");
    lab.wait_seen("[data-banner=texts]");
    assert!(lab.sees("[data-lesson=kill-the-leader]") && !lab.sees(".lab-mc"), "the home page has gone");

    fs::rename(&away, &sheet).expect("moved");
    lab.take_complaints();
    lab.click("[data-act=texts]");
    lab.wait_seen(".lab-mc");
    let sheets =
        "[...document.querySelectorAll('style')].some(style => style.textContent.includes('.lab-mc'))";
    assert_eq!(lab.eval(sheets), true);
    assert!(!lab.sees("[data-banner=texts]"));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_lesson_is_known_to_what_plays_it() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=standalone&kept=0&lang=en", "texts-drill");
    let fetched = |server: &Server| {
        let asked = server.take_asked();
        asked.iter().filter(|file| file.to_string_lossy().contains("kill-the-leader.en.")).count()
    };
    assert_eq!(fetched(&server), 0);
    let drilled = lab.eval("quorumLab.drill({scenario: 'kill-the-leader', seed: 1, runs: 1})");
    assert_eq!((&drilled["ok"], &drilled["report"]["scenario"]), (&true.into(), &"kill-the-leader".into()));
    let refused = lab.eval("quorumLab.open({lesson: 'kill-the-leader#no.such', kept: false})");
    assert_eq!((&refused["ok"], &refused["code"]), (&false.into(), &"unknown_lesson".into()), "{refused}");
    assert!(lab.sees("[data-state=running]"), "the run has gone");
    assert_eq!(lab.eval("quorumLab.open({lesson: 'kill-the-leader', kept: false})")["ok"], true);
    lab.wait_seen("[data-node='1']");
    assert_eq!(fetched(&server), 1, "the lesson's file, once");
    lab.assert_quiet();
}

/// What the rules' panel says of what a rule is for.
const RULES_LEAD: &str = "[data-view=rules] p.fine";

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_rules_say_what_they_are_for_without_another_fetch() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=replica-set:3&kept=0&lang=zh", "texts-rules");
    server.take_asked();
    lab.click("[data-act=rules]");
    lab.wait_seen(RULES_LEAD);
    assert!(lab.text(RULES_LEAD).contains("每条规则都有来历"), "{}", lab.text(RULES_LEAD));
    lab.click("[data-rule=vote_once] [data-act=rule-more]");
    lab.wait_seen("[data-rule=vote_once] .rule-x");
    let why = lab.text("[data-rule=vote_once] .rule-x");
    assert!(why.contains("一票两投") && why.contains("选举安全"), "{why}");
    let texts = server.take_asked();
    assert!(!texts.iter().any(|file| file.extension().is_some_and(|kind| kind == "txt")), "{texts:?}");
    lab.assert_quiet();
}
