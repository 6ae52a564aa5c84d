//! The custom element `<quorum-lab>` (`www/embed.js`) in pages of this and of another origin, and the example course
//! pages.

use std::net::TcpListener;

use e2e::{Browser, Page, Reply, Server};
use serde_json::{Value, json};

/// The first element's frame, as seen from its page.
const FRAME: &str = "document.querySelector('quorum-lab').shadowRoot.querySelector('iframe')";
/// The first element.
const LAB: &str = "document.querySelector('quorum-lab')";

/// A page that loads the element from a lab and notes every event in `heard`.
fn host(lab: &Server, body: &str) -> Reply {
    let script = lab.url("/embed.js");
    let html = format!(
        "<!doctype html><html lang=en><title>host</title><link rel=icon href='data:,'>\
         <style>body{{margin:0}}</style><script src='{script}'></script>\
         <script>window.heard = []; for (const kind of \
         ['ready', 'resize', 'progress', 'goal', 'score', 'event', 'state', 'error']) \
         addEventListener('quorumlab:' + kind, (e) => heard.push({{at: e.target.id, kind, ...e.detail}}));</script>\
         {body}"
    );
    Reply::text("text/html; charset=utf-8", &html)
}

/// A page of `server` with elements of `lab`.
fn page_of(browser: &Browser, server: &Server, lab: &Server, body: &str, name: &str) -> Page {
    server.misbehave(&[("host.html", host(lab, body))]);
    let page = browser.page(name);
    page.resize(1000, 900);
    page.goto(&server.url("/host.html"));
    page.wait_for(&format!("{LAB}?.shadowRoot"), "the element");
    page
}

fn names(files: &[std::path::PathBuf]) -> Vec<String> {
    files.iter().filter_map(|file| Some(file.file_name()?.to_string_lossy().into_owned())).collect()
}

fn wait_ready(page: &Page, id: &str) {
    page.wait_for(&format!("heard.some((m) => m.at === '{id}' && m.kind === 'ready')"), "the run to be open");
}

/// Presses a button inside an element, by keyboard.
fn press_start(page: &Page, id: &str) {
    page.eval(&format!("document.getElementById('{id}').shadowRoot.querySelector('button').focus()"));
    page.press("Enter");
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn nothing_of_the_lab_is_fetched_before_the_reader_starts_it_on_another_origin() {
    let (server, lab, browser) = (Server::of_the_page(), Server::of_the_page(), Browser::shared());
    let body = "<input id=other autofocus><quorum-lab id=one lesson=kill-the-leader lang=zh-CN seed=7>\
                <b>杀掉领导者</b></quorum-lab>";
    let page = page_of(&browser, &server, &lab, body, "host-poster");
    page.frames(10);
    assert_eq!(names(&lab.take_asked()), ["embed.js"]);
    assert_eq!(page.eval(&format!("{LAB}.shadowRoot.querySelector('button').textContent")), json!("开始"));
    assert_eq!(
        page.eval(&format!("{LAB}.shadowRoot.querySelector('slot').assignedElements()[0].textContent")),
        json!("杀掉领导者")
    );
    press_start(&page, "one");
    wait_ready(&page, "one");
    let ready = page.eval("heard.find((m) => m.kind === 'ready')");
    assert_eq!((&ready["lesson"], &ready["lang"]), (&json!("kill-the-leader"), &json!("zh")), "{ready}");
    assert_eq!(page.eval(&format!("{FRAME}.title")), json!("杀掉领导者 · 多数派实验室"));
    // The reader who pressed the button is in the lab now.
    assert_eq!(
        page.eval(&format!("document.activeElement === {LAB} && {LAB}.shadowRoot.activeElement === {FRAME}")),
        true
    );
    // The page cannot look into a frame of another origin, and still has the run: out, and in again.
    assert_eq!(page.eval(&format!("{FRAME}.contentDocument")), Value::Null);
    let kept = page.eval(&format!("{LAB}.getState()"));
    assert!(kept["state"].as_str().is_some_and(|text| !text.is_empty()), "{kept}");
    let state = &kept["state"];
    let again = page.eval(&format!("{LAB}.setState({state})"));
    assert_eq!(again["digest"], kept["digest"], "{again}");
    let refused = page.eval(&format!("{LAB}.setState('AAAA').catch((why) => why.code)"));
    assert!(refused.as_str().is_some_and(|code| !code.is_empty()), "{refused}");
    page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn an_element_that_starts_by_itself_takes_no_focus_and_waits_until_it_is_near() {
    let (server, lab, browser) = (Server::of_the_page(), Server::of_the_page(), Browser::shared());
    let body = "<input id=other autofocus><quorum-lab id=near topology=replica-set:3 autoplay></quorum-lab>\
                <div style='height:4000px'></div><quorum-lab id=far lesson=partition autoplay></quorum-lab>";
    let page = page_of(&browser, &server, &lab, body, "host-autoplay");
    wait_ready(&page, "near");
    assert_eq!(page.eval("document.activeElement.id"), json!("other"), "the frame took the focus");
    assert_eq!(page.eval("document.getElementById('far').shadowRoot.querySelector('iframe')"), Value::Null);
    assert_eq!(page.eval("scrollY"), json!(0));
    page.eval("document.getElementById('far').scrollIntoView()");
    wait_ready(&page, "far");
    page.assert_quiet();
}

/// Virtual time of a run.
fn time(page: &Page, id: &str) -> u64 {
    let state = page.eval(&format!("document.getElementById('{id}').getState()"));
    state["t_us"].as_u64().unwrap_or_else(|| panic!("a state without a time: {state}"))
}

/// Waits until the time of a run has passed a moment.
fn wait_past(page: &Page, id: &str, t_us: u64) {
    for _ in 0..200 {
        if time(page, id) > t_us {
            return;
        }
        page.frames(5);
    }
    panic!("time stands still in {id} at {t_us} µs");
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn six_frames_of_the_example_page_wait_and_those_off_screen_pause() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    for (file, start) in [("course.html", "开始"), ("course.en.html", "Start")] {
        let page = browser.page("course");
        page.resize(1200, 900);
        page.goto(&server.url(&format!("/{file}")));
        page.wait_for("document.querySelectorAll('quorum-lab').length === 6", "six elements");
        page.wait_for(
            &format!(
                "[...document.querySelectorAll('quorum-lab')].every((lab) => \
            lab.shadowRoot?.querySelector('button')?.textContent === '{start}')"
            ),
            "six posters",
        );
        page.frames(10);
        let asked = names(&server.take_asked());
        let own = [file, "embed.js", "course-page.css", "course-page.js", "course-poster.svg"];
        assert!(asked.iter().all(|name| own.contains(&name.as_str())), "{asked:?}");
        let lessons = page.eval(
            "[...document.querySelectorAll('quorum-lab[lesson]')].map((lab) => lab.getAttribute('lesson'))",
        );
        let slugs: Vec<&str> = lessons.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        assert_eq!(slugs.len(), 5, "{lessons}");
        for slug in slugs {
            assert!(quorum_lesson::built_in(slug).is_some(), "{slug} in {file}");
        }
        page.assert_quiet();
        page.close();
    }
    let page = browser.page("course-off-screen");
    page.resize(1200, 900);
    page.goto(&server.url("/course.en.html"));
    page.wait_for("document.getElementById('coordinator-lease')?.shadowRoot", "the elements");
    page.eval(
        "window.heard = []; addEventListener('quorumlab:ready', (e) => heard.push({at: e.target.id, kind: 'ready'}))",
    );
    for id in ["kill-the-leader", "coordinator-lease"] {
        page.eval(&format!(
            "{{ const lab = document.getElementById('{id}'); lab.scrollIntoView({{block: 'center'}}); lab.play(); }}"
        ));
        wait_ready(&page, id);
    }
    // The second is on the screen, the first is far above it.
    wait_past(&page, "coordinator-lease", time(&page, "coordinator-lease"));
    page.frames(10);
    let stood = time(&page, "kill-the-leader");
    wait_past(&page, "coordinator-lease", time(&page, "coordinator-lease"));
    assert_eq!(time(&page, "kill-the-leader"), stood, "a frame off the screen runs on");
    page.eval("document.getElementById('kill-the-leader').scrollIntoView({block: 'center'})");
    wait_past(&page, "kill-the-leader", stood);
    page.frames(10);
    let stood = time(&page, "coordinator-lease");
    wait_past(&page, "kill-the-leader", time(&page, "kill-the-leader"));
    assert_eq!(time(&page, "coordinator-lease"), stood, "a frame off the screen runs on");
    assert_eq!(page.eval("document.activeElement === document.body"), true, "a frame took the focus");
    page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_height_follows_the_content_in_both_directions_and_settles() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let body = "<div id=column style='width:320px'>\
                <quorum-lab id=one lesson=kill-the-leader autoplay></quorum-lab></div>";
    let page = page_of(&browser, &server, &server, body, "host-height");
    page.resize(1000, 900);
    wait_ready(&page, "one");
    // What a running lab narrates takes more lines or fewer.
    page.eval(&format!("{LAB}.pause()"));
    page.wait_for(&format!("{FRAME}.contentDocument.querySelector('[data-act=play]')"), "time to stand");
    let told = "heard.filter((m) => m.kind === 'resize').at(-1)?.px";
    let settle = |what: &str| {
        for _ in 0..20 {
            let before = page.eval("heard.filter((m) => m.kind === 'resize').length");
            page.frames(30);
            if page.eval("heard.filter((m) => m.kind === 'resize').length") == before {
                break;
            }
        }
        let before = page.eval("heard.filter((m) => m.kind === 'resize').length");
        page.frames(30);
        assert_eq!(
            page.eval("heard.filter((m) => m.kind === 'resize').length"),
            before,
            "{what}: heights without end"
        );
        let [height, told] = [page.eval(&format!("{FRAME}.clientHeight")), page.eval(told)]
            .map(|px| px.as_u64().unwrap_or_default());
        assert_eq!(height, told.max(320), "{what}");
        let root = format!("{FRAME}.contentDocument.scrollingElement");
        let over = page.eval(&format!(
            "[{root}.scrollWidth - {root}.clientWidth, {root}.scrollHeight - {root}.clientHeight, \
             document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth]"
        ));
        assert_eq!(over, json!([0, 0, 0]), "{what}: scroll bars");
        height
    };
    let narrow = settle("a column of 320 px");
    page.eval("document.getElementById('column').style.width = '720px'");
    page.wait_for(&format!("{told} === 540"), "the height of a wide lab");
    let wide = settle("720 px");
    page.eval("document.getElementById('column').style.width = '320px'");
    page.wait_for(&format!("{told} === {narrow}"), "the height of a narrow lab");
    assert_eq!((settle("320 px again"), wide), (narrow, 540));
    // The author's own least height.
    page.eval("document.getElementById('column').style.width = '720px'");
    page.wait_for(&format!("{told} === 540"), "the height of a wide lab");
    page.eval(&format!("{LAB}.setAttribute('height', '700')"));
    page.wait_for(&format!("{FRAME}.clientHeight === 700"), "the least height");
    page.assert_quiet();
}

#[test]
fn attributes_and_methods_reach_the_lab_and_refusals_come_back() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let body = "<quorum-lab id=one topology=replica-set:3 faults=pause controls=min progress=none autoplay>\
                </quorum-lab>";
    let page = page_of(&browser, &server, &server, body, "host-attributes");
    wait_ready(&page, "one");
    let inner = format!("{FRAME}.contentDocument.documentElement");
    page.eval(&format!("{LAB}.setAttribute('lang', 'zh-CN'); {LAB}.setAttribute('theme', 'dark')"));
    page.wait_for(
        &format!("{inner}.lang === 'zh-CN' && {inner}.dataset.theme === 'dark'"),
        "language and theme",
    );
    assert!(
        page.eval(&format!("{FRAME}.title")).as_str().is_some_and(|title| title.contains("多数派实验室"))
    );
    page.eval(&format!("{LAB}.fault({{op: 'kill', node: 1}})"));
    page.wait_for(
        "heard.some((m) => m.kind === 'error' && m.code === 'not_allowed')",
        "the fault to be refused",
    );
    page.eval(&format!("{LAB}.setAttribute('faults', 'all'); {LAB}.configure({{events: true}})"));
    page.eval(&format!("{LAB}.fault({{op: 'kill', node: 1}})"));
    page.wait_for("heard.some((m) => m.kind === 'event' && m.event.kind === 'killed')", "the fault");
    page.eval("heard.length = 0");
    page.eval(&format!("{LAB}.setAttribute('topology', 'replica-set:5'); {LAB}.setAttribute('seed', '9')"));
    wait_ready(&page, "one");
    assert_eq!(page.eval("heard.find((m) => m.kind === 'ready').topology"), json!("replica-set:5"));
    page.eval(&format!("{LAB}.pause(); {LAB}.seek(2000000)"));
    for _ in 0..100 {
        if time(&page, "one") == 2_000_000 {
            break;
        }
        page.frames(5);
    }
    assert_eq!(time(&page, "one"), 2_000_000);
    // An element that is moved begins again.
    page.eval(&format!("document.body.prepend({LAB})"));
    page.eval("heard.length = 0");
    wait_ready(&page, "one");
    page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn messages_from_elsewhere_change_nothing() {
    let (server, lab, browser) = (Server::of_the_page(), Server::of_the_page(), Browser::shared());
    let body = "<quorum-lab id=one topology=replica-set:3 autoplay></quorum-lab><iframe id=evil srcdoc='x'></iframe>";
    let page = page_of(&browser, &server, &lab, body, "host-forged");
    wait_ready(&page, "one");
    page.frames(30);
    page.eval("heard.length = 0");
    let height = page.eval(&format!("{FRAME}.clientHeight"));
    let forged = "const forged = {quorumLab: {v: 2, kind: 'resize', px: 3000}}; \
                  for (const odd of [forged, null, 7, 'x', {quorumLab: null}, {quorumLab: 'hello'}, \
                  {quorumLab: {v: 2, kind: 'score', raw: 100}}]) (WHERE).postMessage(odd, '*');";
    page.eval(&forged.replace("WHERE", "window"));
    page.eval(&format!(
        "document.getElementById('evil').contentWindow.eval(`{}`)",
        forged.replace("WHERE", "parent")
    ));
    page.frames(30);
    assert_eq!(page.eval("heard.filter((m) => m.px === 3000 || m.raw === 100)"), json!([]));
    assert_eq!(page.eval(&format!("{FRAME}.clientHeight")), height);
    page.assert_quiet();
}

/// The page's time limits come twenty times as soon.
const FAST: &str =
    "{ const real = setTimeout; window.setTimeout = (f, ms, ...more) => real(f, ms / 20, ...more); }";

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_lab_out_of_reach_is_said_inside_the_element() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    // A port on which nothing listens any more.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port();
    let body = format!(
        "<quorum-lab id=one lesson=kill-the-leader lang=zh src='http://localhost:{port}/lab'></quorum-lab>\
         <quorum-lab id=two lesson=kill-the-leader></quorum-lab>\
         <quorum-lab id=three src='javascript:void(heard.push(1))/x.html'></quorum-lab>"
    );
    server.misbehave(&[("host.html", host(&server, &body))]);
    let page = browser.page("host-unreachable");
    page.before_documents(FAST);
    page.goto(&server.url("/host.html"));
    page.wait_for(&format!("{LAB}?.shadowRoot"), "the element");
    press_start(&page, "one");
    let notice = format!("{LAB}.shadowRoot.querySelector('[role=alert]')");
    page.wait_for(&notice, "the explanation");
    assert!(
        page.eval(&format!("{notice}.textContent")).as_str().is_some_and(|text| text.contains("没有回应"))
    );
    let link = page.eval(&format!("{notice}.querySelector('a').href"));
    assert_eq!(link, json!(format!("http://localhost:{port}/lab/index.html?lesson=kill-the-leader&lang=zh")));
    // One that answers says nothing of the kind, and one without a place for a page has no button.
    press_start(&page, "two");
    wait_ready(&page, "two");
    let has = |id: &str, what: &str| {
        page.eval(&format!("!!document.getElementById('{id}').shadowRoot.querySelector('{what}')"))
    };
    assert_eq!((has("two", "[role=alert]"), has("three", "button")), (json!(false), json!(false)));
    page.eval("document.getElementById('three').start()");
    assert_eq!(has("three", "iframe"), false);
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_page_under_a_strict_policy_needs_the_script_and_the_frame_allowed() {
    let (server, lab, browser) = (Server::of_the_page(), Server::of_the_page(), Browser::shared());
    let (origin, script) = (lab.url(""), lab.url("/embed.js"));
    let html = format!(
        "<!doctype html><html lang=en><title>host</title><link rel=icon href='data:,'><script src='{script}'></script>\
         <quorum-lab id=one topology=replica-set:3 autoplay></quorum-lab>"
    );
    let policy = format!("default-src 'none'; img-src data:; script-src {origin}; frame-src {origin}");
    let reply = Reply::text("text/html; charset=utf-8", &html).with("content-security-policy", &policy);
    server.misbehave(&[("host.html", reply)]);
    let page = browser.page("host-policy");
    page.goto(&server.url("/host.html"));
    page.wait_for(&FRAME.replace(".shadow", "?.shadow"), "the frame");
    let state = page.eval(&format!("{LAB}.getState()"));
    assert!(state["digest"].as_str().is_some(), "{state}");
    assert_eq!(
        page.eval(&format!("getComputedStyle({FRAME}).display")),
        json!("block"),
        "the element has no style"
    );
    page.assert_quiet();
}
