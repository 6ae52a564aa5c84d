//! The lab inside a course page, and both of its languages.

use std::time::Duration;

use e2e::{Browser, Lab, Profile, Server};
use serde_json::{Value, json};

/// The frame's document, as seen from the course page.
const FRAME: &str = "document.querySelector('iframe')";

#[test]
fn a_course_page_holds_the_lab_and_hears_its_height_and_progress() {
    let (server, profile) = (Server::of_the_page(), Profile::new("embed"));
    let browser = Browser::start(&profile);
    let page = browser.page("embed");
    page.before_documents(
        "if (window === top) { window.told = []; addEventListener('message', (e) => { \
         if (e.data?.quorumLab) told.push(e.data.quorumLab); }); }",
    );
    page.resize(1200, 1000);
    page.goto(&server.url("/course.html"));
    let size = page.eval(&format!("[{FRAME}.clientWidth, {FRAME}.clientHeight]"));
    assert_eq!(size, json!([720, 540]), "the course page gives the lab another frame");
    page.wait_for(
        &format!("{FRAME}.contentDocument.querySelector('[data-state=running]')"),
        "the lab in the frame to run",
    );
    page.wait_for(
        "told.some((m) => m.kind === 'height' && m.px > 0 && m.px <= 540)",
        "the height to be told",
    );
    let root = format!("{FRAME}.contentDocument.scrollingElement");
    let overflow = page.eval(&format!(
        "[{root}.scrollWidth - {root}.clientWidth, {root}.scrollHeight - {root}.clientHeight]"
    ));
    assert_eq!(overflow, json!([0, 0]), "the lab does not fit into its frame");

    // Progress is told as it is made, and again to a parent that asks late.
    let inner = format!("{FRAME}.contentWindow.quorumLab");
    page.eval(&format!("{inner}.do({{op: 'insert', rows: 1000}})"));
    page.wait_for("told.some((m) => m.kind === 'progress' && m.goals > 0)", "progress to be told");
    page.eval("told.length = 0");
    page.eval(&format!("{FRAME}.contentWindow.postMessage({{quorumLab: 'hello'}}, '*')"));
    page.wait_for(
        "told.some((m) => m.kind === 'height') && told.some((m) => m.kind === 'progress')",
        "both again",
    );
    page.assert_quiet();
}

#[test]
fn languages_switch_in_place_and_leave_nothing_behind() {
    let (server, profile) = (Server::of_the_page(), Profile::new("languages"));
    let browser = Browser::start(&profile);
    let lab = Lab::open(&browser, &server, "?lesson=kill-the-leader&lang=zh&kept=0", "languages");
    assert_eq!(shown(&lab).0, json!("zh"));
    lab.run(&json!({"op": "insert", "rows": 10}));
    lab.click("[data-act=lang]");
    lab.wait_for("document.documentElement.lang.startsWith('en')", "the page to be in English");
    lab.wait_for("location.search.includes('lang=en')", "the address to say so");
    lab.listen(Duration::from_millis(300));
    let (_, chinese) = shown(&lab);
    // The switch itself names the other language in its own words, and the brand has both.
    assert_eq!(chinese, json!([]), "Chinese text is left on the English page");
    let sentence = lab.snapshot()["majority"]["sentence"].clone();
    assert!(sentence.as_str().is_some_and(str::is_ascii), "{sentence}");
    // A reload keeps the language.
    lab.reload();
    lab.wait_running();
    assert_eq!(shown(&lab).0, json!("en"));
    lab.assert_quiet();
}

/// The document's language (its first part), and the texts with Chinese characters outside the switch, the brand
/// and what is marked as Chinese.
fn shown(lab: &Lab) -> (Value, Value) {
    let lang = lab.eval("document.documentElement.lang.split('-')[0]");
    let chinese = lab.eval(
        "(() => { const found = []; const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); \
         while (walk.nextNode()) { const n = walk.currentNode, e = n.parentElement; \
           if (!/[\\u4e00-\\u9fff]/.test(n.data) || e.closest('script, style, noscript, [data-act=lang], [lang|=zh]:not(html)')) continue; \
           if (e.checkVisibility()) found.push(n.data.trim()); } return found; })()",
    );
    (lang, chinese)
}
