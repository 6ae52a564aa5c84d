//! The lab inside a course page, and both of its languages.

use e2e::{Browser, Lab, Page, Reply, Server};
use serde_json::{Value, json};

/// The frame's document, as seen from the course page.
const FRAME: &str = "document.querySelector('iframe')";

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_course_page_holds_the_lab_and_hears_its_height_and_progress() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("embed");
    page.resize(1200, 1000);
    server.misbehave(&[("host.html", host("lesson=kill-the-leader&lang=zh", 720, 540, ""))]);
    page.goto(&server.url("/host.html"));
    let size = page.eval(&format!("[{FRAME}.clientWidth, {FRAME}.clientHeight]"));
    assert_eq!(size, json!([720, 540]), "the page gives the lab another frame");
    page.wait_for(
        &format!("{FRAME}.contentDocument.querySelector('[data-state=running]')"),
        "the lab in the frame to run",
    );
    page.wait_for(
        "received.some((m) => m.kind === 'height' && m.px > 0 && m.px <= 540)",
        "the height to be reported",
    );
    let root = format!("{FRAME}.contentDocument.scrollingElement");
    let overflow = page.eval(&format!(
        "[{root}.scrollWidth - {root}.clientWidth, {root}.scrollHeight - {root}.clientHeight]"
    ));
    assert_eq!(overflow, json!([0, 0]), "the lab does not fit into its frame");

    // Progress is posted as it is made to a parent that has spoken, and again to one that asks late.
    page.eval(&format!("{FRAME}.contentWindow.postMessage({{quorumLab: 'hello'}}, '*')"));
    let inner = format!("{FRAME}.contentWindow.quorumLab");
    page.eval(&format!("{inner}.do({{op: 'insert', rows: 1000}})"));
    page.wait_for("received.some((m) => m.kind === 'progress' && m.goals > 0)", "progress to be reported");
    page.eval("received.length = 0");
    page.eval(&format!("{FRAME}.contentWindow.postMessage({{quorumLab: 'hello'}}, '*')"));
    page.wait_for(
        "received.some((m) => m.kind === 'height') && received.some((m) => m.kind === 'progress')",
        "both again",
    );
    page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn languages_switch_in_place_and_leave_nothing_behind() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?lesson=kill-the-leader&lang=zh&kept=0", "languages");
    assert_eq!(shown(&lab).0, json!("zh"));
    lab.run(&json!({"op": "insert", "rows": 10}));
    lab.click("[data-act=lang]");
    lab.wait_for("document.documentElement.lang.startsWith('en')", "the page to be in English");
    lab.wait_for("location.search.includes('lang=en')", "the address to say so");
    // The engine's sentences come from its worker, and are drawn with the moment after.
    lab.wait_snapshot("a sentence of the engine's in English", |s| {
        s["majority"]["sentence"].as_str().is_some_and(str::is_ascii)
    });
    lab.wait_for(&format!("{CHINESE}.length === 0"), "all Chinese text to go");
    lab.frames(10);
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
    (lang, lab.eval(CHINESE))
}

/// The texts with Chinese characters that can be seen.
const CHINESE: &str = "(() => { const found = []; const walk = document.createTreeWalker(document.body, \
                       NodeFilter.SHOW_TEXT); \
    while (walk.nextNode()) { const n = walk.currentNode, e = n.parentElement; \
      if (!/[\\u4e00-\\u9fff]/.test(n.data) || e.closest('script, style, noscript, [data-act=lang], \
      [lang|=zh]:not(html)')) continue; \
      if (e.checkVisibility()) found.push(n.data.trim()); } return found; })()";

/// A page around a frame of a size, which receives the lab's messages and applies the height as a test says.
fn host(query: &str, width: u32, height: u32, on_height: &str) -> Reply {
    let html = format!(
        "<!doctype html><title>host</title><link rel=icon \
         href='data:,'><style>body{{margin:0}}iframe{{border:0;display:block}}</style>\
         <iframe src='/?embed=1&lang=en&{query}' style='width:{width}px;height:{height}px'></iframe>\
         <script>const received = [], frame = document.querySelector('iframe'); \
         addEventListener('message', ({{data}}) => {{ if (!data.quorumLab) return; received.push(data.quorumLab); \
             if (data.quorumLab.kind === 'height') {{ const px = data.quorumLab.px; {on_height} }} }});</script>"
    );
    Reply::text("text/html; charset=utf-8", &html)
}

fn in_host(browser: &Browser, server: &Server, name: &str, reply: Reply) -> Page {
    server.misbehave(&[("host.html", reply)]);
    let page = browser.page(name);
    page.resize(1300, 1000);
    page.goto(&server.url("/host.html"));
    page.wait_for("received.some((m) => m.kind === 'height')", "a height to be reported");
    page
}

const SIZES: [(&str, u32); 4] = [
    ("lesson=kill-the-leader", 720),
    ("lesson=kill-the-leader", 320),
    ("topology=standalone", 400),
    ("", 320),
];

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_height_is_that_of_what_is_in_the_frame_and_never_the_frames_own() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    for (query, width) in SIZES {
        // A host that applies the height and adds a little: it settles.
        let page = in_host(
            &browser,
            &server,
            "heights",
            host(query, width, 540, "frame.style.height = px + 4 + 'px';"),
        );
        page.wait_for(
            "frame.contentDocument.querySelector('[data-state=running], [data-lesson] h4')",
            "what is in the frame",
        );
        // A height that feeds back does so with every frame drawn: the host follows it, and another height is sent.
        let mut quiet = false;
        for _ in 0..20 {
            page.eval("received.length = 0");
            page.frames(30);
            quiet = page.eval("received.filter((m) => m.kind === 'height').length") == json!(0);
            if quiet {
                break;
            }
        }
        assert!(quiet, "{query} at {width}: the height feeds back");
        // One that makes the frame far too high receives the same height as before.
        page.eval("void (window.before = frame.clientHeight - 4)");
        page.eval(
            "frame.style.height = before + 2000 + 'px'; void frame.contentWindow.postMessage({quorumLab: 'hello'}, \
             '*')",
        );
        page.wait_for("received.some((m) => m.kind === 'height')", "the height once more");
        let now = page.eval("[received.filter((m) => m.kind === 'height').at(-1).px, before]");
        assert_eq!(now[0], now[1], "{query} at {width}");
        // And all of it is there: nothing overflows.
        let root = "frame.contentDocument.scrollingElement";
        page.wait_for("frame.clientHeight === before + 4", "the host to follow");
        let over = page.eval(&format!(
            "[{root}.scrollWidth - {root}.clientWidth, {root}.scrollHeight - {root}.clientHeight]"
        ));
        assert_eq!(over, json!([0, 0]), "{query} at {width}: scroll bars");
        page.close();
    }
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_parent_that_never_stops_talking_does_not_stop_the_frame() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = in_host(&browser, &server, "flood", host("lesson=kill-the-leader&kept=0", 720, 540, ""));
    let inner = "frame.contentWindow";
    page.wait_for(&format!("{inner}.document.querySelector('[data-state=running]')"), "the lab to run");
    // What the frame left to the browser to report.
    page.eval(&format!(
        "{inner}.eval(`window.unhandled = []; \
         addEventListener('unhandledrejection', (e) => unhandled.push(String(e.reason)));`); void 0"
    ));
    page.eval("received.length = 0");
    page.eval(&format!(
        "for (let i = 0; i < 10000; i++) {inner}.postMessage({{quorumLab: i % 3 == 0 ? 'hello' : \
         i % 3 == 1 ? {{lang: i % 2 ? 'zh' : 'en'}} : {{theme: i % 2 ? 'dark' : 'light'}}}}, '*'); \
         {inner}.postMessage({{quorumLab: {{lang: 'zh', theme: 'light'}}}}, '*'); void 0"
    ));
    page.wait_for(
        &format!("{inner}.document.documentElement.lang === 'zh-CN'"),
        "the last wish to be fulfilled",
    );
    page.wait_for(&format!("{inner}.document.documentElement.dataset.theme === 'light'"), "all of it");
    // Messages that were still on their way have arrived by now.
    page.frames(30);
    let received = page.eval("received.length");
    println!("10,000 messages: the frame sent {received} messages");
    assert!(received.as_u64().is_some_and(|received| received < 100), "{received}");
    assert_eq!(page.eval(&format!("{inner}.unhandled")), json!([]));
    page.assert_quiet();
}
