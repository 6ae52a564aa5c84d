//! Lessons that lie at an address: shown at once and after a reload, with limits while they come, and refused in words.
//!
//! Leaves out: lessons from files (`course`).

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use e2e::{Browser, Lab, Server};
use serde_json::json;

/// What the host of `/huge.txt` would send if the transfer were not stopped.
const HUGE_BYTES: u64 = 400 << 20;
/// What may be under way in buffers when it is stopped.
const BUFFERED_BYTES: u64 = 32 << 20;

/// A lesson as one text.
fn lesson() -> String {
    let part = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lessons/02-kill-the-leader").join(name);
        std::fs::read_to_string(path).expect("a lesson of the course's")
    };
    format!("{}%%% zh.md\n{}%%% en.md\n{}", part("lesson.toml"), part("zh.md"), part("en.md"))
}

/// A host that allows other pages to read: `/mine.txt`, `/deep.txt`, `/huge.txt` and `/slow.txt`. Returns its port and
/// how many bytes it has sent.
fn host() -> (u16, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let sent = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&sent);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let sent = Arc::clone(&counted);
            thread::spawn(move || drop(answer(stream, &sent)));
        }
    });
    (port, sent)
}

fn answer(mut stream: TcpStream, sent: &AtomicU64) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nAccess-Control-Allow-Origin: *\r\n\
                Connection: close\r\n\r\n";
    stream.write_all(head.as_bytes())?;
    match request.split_whitespace().nth(1).unwrap_or_default() {
        "/huge.txt" => {
            let piece = vec![b'x'; 1 << 20];
            while sent.load(Ordering::Relaxed) < HUGE_BYTES {
                stream.write_all(&piece)?;
                sent.fetch_add(piece.len() as u64, Ordering::Relaxed);
            }
            Ok(())
        }
        "/slow.txt" => {
            stream.write_all(b"slug = \"slow\"\n")?;
            thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        "/deep.txt" => {
            let deep = format!("# 没了 {{#kill}}\n\n{}x\n", "> ".repeat(2_000));
            stream.write_all(lesson().replacen("# 领导者没了 {#kill}\n", &deep, 1).as_bytes())
        }
        _ => stream.write_all(lesson().as_bytes()),
    }
}

/// How many bytes have been got rid of when a fifth of a second passes without another.
fn when_quiet(sent: &AtomicU64) -> u64 {
    loop {
        let before = sent.load(Ordering::Relaxed);
        thread::sleep(Duration::from_millis(200));
        if sent.load(Ordering::Relaxed) == before {
            return before;
        }
    }
}

/// Time limits are written down, and, in a document that is asked to hasten, come twenty times as soon.
const FAST: &str = "window.limits = []; { const real = setTimeout, haste = sessionStorage.getItem('hasten') ? 20 : 1; \
    window.setTimeout = (f, ms, ...more) => { limits.push(ms); return real(f, ms / haste, ...more); }; }";

/// The address of this page for a lesson.
fn at(port: u16, file: &str, lang: &str) -> String {
    format!("?lesson=http%3A%2F%2Flocalhost%3A{port}%2F{file}&lang={lang}&kept=0")
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_lesson_at_an_address_is_shown_and_shown_again_after_a_reload() {
    let (server, browser, (port, _)) = (Server::of_the_page(), Browser::shared(), host());
    for lang in ["zh", "en"] {
        let lab = Lab::at(&browser, &server, &at(port, "mine.txt", lang), "lesson-address");
        lab.wait_seen("section.lesson[data-kind]");
        lab.wait_running();
        lab.reload();
        lab.wait_seen("section.lesson[data-kind]");
        lab.assert_quiet();
        lab.close();
    }
    // By hand, and then a reload of what stands in the bar.
    let lab = Lab::at(&browser, &server, "?view=open&lang=en", "lesson-typed");
    lab.wait_seen("#lesson-address");
    lab.eval(&format!(
        "void (document.getElementById('lesson-address').value = 'http://localhost:{port}/mine.txt')"
    ));
    lab.click("[data-act=open-address]");
    lab.wait_seen("section.lesson[data-kind]");
    lab.reload();
    lab.wait_seen("section.lesson[data-kind]");
    // By a script.
    let opened = lab.eval(&format!(
        "quorumLab.open({})",
        json!({"lesson": format!("http://localhost:{port}/mine.txt?again"), "kept": false, "lang": "en"})
    ));
    assert_eq!(opened["ok"], true, "{opened}");
    for (address, code) in
        [("http://localhost.evil.example/x", "lesson_address"), ("ftp://a.example/x", "lesson_address")]
    {
        let refused = lab.eval(&format!("quorumLab.open({})", json!({"lesson": address})));
        assert_eq!(refused["code"], code, "{refused}");
        assert!(refused["error"].as_str().is_some_and(|error| error.contains("https://")), "{refused}");
    }
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn what_is_too_large_too_slow_or_too_deep_is_refused_and_the_page_lives_on() {
    let (server, browser, (port, sent)) = (Server::of_the_page(), Browser::shared(), host());
    let lab = Lab::at(&browser, &server, &at(port, "huge.txt", "en"), "lesson-huge");
    lab.wait_seen("[data-view=bad]");
    assert!(lab.text("[data-view=bad]").contains("256 KiB"), "{}", lab.text("[data-view=bad]"));
    let got_rid_of = when_quiet(&sent);
    assert!(got_rid_of < BUFFERED_BYTES, "{got_rid_of} bytes were sent");
    lab.close();

    let tab = browser.page("lesson-slow");
    tab.before_documents(FAST);
    let lab = Lab::in_page(tab, &server, &at(port, "slow.txt", "en"));
    lab.wait_seen("[data-act=open-cancel]");
    lab.click("[data-act=open-cancel]");
    lab.wait_for("!document.querySelector('[data-view=coming]')", "fetching to have stopped");
    lab.eval("sessionStorage.setItem('hasten', 'yes')");
    lab.reload();
    lab.wait_seen("[data-view=bad]");
    assert_eq!(
        lab.eval("limits.includes(20_000)"),
        json!(true),
        "another time limit: {}",
        lab.eval("limits")
    );
    assert!(lab.text("[data-view=bad]").contains("20 seconds"), "{}", lab.text("[data-view=bad]"));
    lab.close();

    let lab = Lab::at(&browser, &server, &at(port, "deep.txt", "zh"), "lesson-deep");
    lab.wait_seen("[data-view=bad] .co-fault");
    assert!(lab.text(".co-fault").contains("too deep"), "{}", lab.text(".co-fault"));
    let opened = lab.eval("quorumLab.open({topology: 'replica-set:3', kept: false, lang: 'zh'})");
    assert_eq!(opened["ok"], true, "{opened}");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn what_cannot_be_opened_says_so_in_the_readers_language_and_leads_home() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en", "refused-opening");
    for query in [
        "?topology=replica-set:52",
        "?topology=foo",
        "?lesson=x",
        "?lesson=__proto__",
        "?topology=milvus:x=1",
    ] {
        for lang in ["zh", "en"] {
            lab.goto(&server.url(&format!("/{query}&lang={lang}")));
            lab.wait_seen("[data-banner=bad-run] a");
            let said = lab.text("[data-banner=bad-run]");
            let chinese = said.chars().any(|c| c > '\u{2e7f}');
            assert_eq!(chinese, lang == "zh", "{query}: {said}");
            assert!(!said.contains("there is no") && said.len() < 400, "{query}: {said}");
            let raw = lab.eval(
                "(document.body.innerText.match(/\\b(banner|refused|err|co|mc|rg|ev)-[a-z-]+/g) ?? []).join(' ')",
            );
            assert_eq!(raw, "", "{query}: names of messages");
        }
    }
}
