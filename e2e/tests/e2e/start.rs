//! A program that cannot start: for every cause, the page says what happened, where and what to do, in the visitor's
//! language, and scripts that have called the lab are answered.

use std::fs;

use e2e::{Browser, Lab, Page, Reply, Server};
use serde_json::json;

/// A way to fail, and how the page is to explain it.
struct Case {
    /// What the page calls the cause.
    cause: &'static str,
    /// What the picture is called: several ways may have one cause.
    name: &'static str,
    /// What the server answers to which path.
    rules: Vec<(&'static str, Reply)>,
    /// Runs before the document's own scripts.
    before: &'static str,
    /// Whether trying again is offered.
    retry: bool,
    /// What the explanation says in Chinese, and in English.
    says: [&'static str; 2],
}

/// Twenty times as fast where a test says so: time limits come soon.
pub(crate) const FAST: &str = "window.haste ??= 20; for (const name of ['setTimeout', 'setInterval']) { const real = self[name]; \
    self[name] = (f, ms, ...more) => real(f, ms / haste, ...more); }";
const PROGRAM: &str = "quorum-lab-";

fn case(cause: &'static str, name: &'static str, says: [&'static str; 2]) -> Case {
    Case { cause, name, rules: Vec::new(), before: "", retry: true, says }
}

/// The program's two files in the built page, by how their names end.
fn files(server: &Server) -> [(String, Vec<u8>); 2] {
    [".js", "_bg.wasm"].map(|ending| {
        let entries = fs::read_dir(server.root()).expect("the built page").flatten();
        let path = entries.map(|entry| entry.path()).find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with(PROGRAM) && name.ends_with(ending)
        });
        let path = path.expect("a program in the built page");
        (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), fs::read(path).expect("read"))
    })
}

/// A module of another build: the same, but for what it says of itself.
fn of_another_build(module: &[u8]) -> Vec<u8> {
    let mut other = module.to_vec();
    if let Some(last) = other.last_mut() {
        *last ^= 1;
    }
    other
}

fn cases(server: &Server) -> Vec<Case> {
    let [_, (_, wasm)] = files(server);
    let js = ".js";
    let with = |case: Case, word: &'static str, reply: Reply| Case { rules: vec![(word, reply)], ..case };
    let policy = |policy: &str| Reply::default().with("Content-Security-Policy", policy);
    // In the order of index.html: the first script is no part of the program.
    let glue = |case: Case, reply: Reply| Case {
        rules: vec![("start-", Reply::default()), ("worker", Reply::default()), (js, reply)],
        ..case
    };
    vec![
        with(
            case("missing", "wasm-404", ["服务器上没有", "does not have a file"]),
            ".wasm",
            Reply::missing(),
        ),
        glue(case("missing", "js-404", ["HTTP 404", "HTTP 404"]), Reply::missing()),
        with(case("damaged", "wasm-cut", ["不完整", "incomplete or damaged"]), ".wasm", Reply::cut(500)),
        with(case("html", "wasm-html", ["给了一个网页", "sent a web page"]), ".wasm", Reply::page()),
        glue(case("html", "js-html", ["给了一个网页", "sent a web page"]), Reply::page()),
        with(
            case("mismatch", "wasm-other-build", ["不同的构建", "two different builds"]),
            ".wasm",
            Reply::bytes(of_another_build(&wasm)),
        ),
        glue(case("type", "js-text", ["text/plain", "text/plain"]), Reply::typed("text/plain")),
        glue(
            case("type", "js-text-nosniff", ["text/plain", "text/plain"]),
            Reply::typed("text/plain").with("X-Content-Type-Options", "nosniff"),
        ),
        with(
            case("sandbox", "sandbox", ["allow-same-origin", "allow-same-origin"]),
            "index.html",
            policy("sandbox allow-scripts"),
        ),
        Case {
            before: FAST,
            ..with(case("stalled", "wasm-stalled", ["30 秒", "30 seconds"]), ".wasm", Reply::stalled(300))
        },
        with(
            case("csp", "csp-no-wasm", ["wasm-unsafe-eval", "wasm-unsafe-eval"]),
            "index.html",
            policy("script-src 'self' 'unsafe-inline'"),
        ),
        with(
            case("texts", "texts-404", ["文字没能取来", "texts could not be fetched"]),
            "texts/",
            Reply::missing(),
        ),
        with(
            case("part", "chunk-404", ["它的一部分没有取到", "a part of it could not be fetched"]),
            "cluster_views",
            Reply::missing(),
        ),
        Case {
            before: "delete window.WebAssembly",
            retry: false,
            ..case("old", "no-wasm", ["Chrome、Edge", "Chrome, Edge"])
        },
        Case {
            before: "WebAssembly.validate = () => false",
            retry: false,
            ..case("old", "no-simd", ["SIMD", "SIMD"])
        },
    ]
}

/// What is right with every explanation.
fn check(page: &Page, case: &Case, lang: usize) {
    page.wait_seen(&format!("#boot[data-start={}][role=alert]", case.cause));
    let (text, name) = (page.text("#boot"), case.name);
    assert!(text.contains(case.says[lang]), "{name}: {text}");
    let chinese = text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    assert_eq!(chinese, lang == 0, "{name}: {text}");
    assert!(!page.sees("#boot-wait") && !page.sees("#boot-late"), "{name}: it still says that it starts");
    assert_eq!(page.sees("#boot button"), case.retry, "{name}");
    let refused = page.eval("Promise.all([quorumLab.snapshot(), quorumLab.ready, window.early])");
    for answer in refused.as_array().into_iter().flatten() {
        assert_eq!(
            (&answer["ok"], &answer["code"]),
            (&json!(false), &json!("no_program")),
            "{name}: {answer}"
        );
        let error: String = answer["error"].as_str().unwrap_or_default().chars().take(12).collect();
        assert!(!error.is_empty() && text.contains(&error), "{name}: {answer}");
    }
    page.resize(320, 640);
    let over = page.eval("document.documentElement.scrollWidth - innerWidth");
    assert_eq!(over, json!(0), "{name}: it does not fit into 320 px");
    page.resize(720, 540);
}

/// Calls the lab as soon as a script of the page can.
const CALL_EARLY: &str =
    "addEventListener('DOMContentLoaded', () => { window.early = quorumLab.do({op: 'step'}); });";

#[test]
#[ignore = "slow: not the journey of its view"]
fn every_way_of_failing_to_start_is_explained() {
    // Each in one of the languages, in turn.
    explain_all(|nth, lang| nth % 2 == lang);
}

#[test]
#[ignore = "slow: the other language of each"]
fn every_way_of_failing_to_start_is_explained_in_the_other_language() {
    explain_all(|nth, lang| nth % 2 != lang);
}

/// Fails in every way, in the languages that are wanted for it: Chinese is 0, and English 1.
fn explain_all(wanted: impl Fn(usize, usize) -> bool) {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let cases = cases(&server);
    assert!(cases.len() >= 15);
    for (nth, case) in cases.iter().enumerate() {
        server.misbehave(&case.rules.iter().map(|(word, reply)| (*word, reply.clone())).collect::<Vec<_>>());
        let page = browser.page(case.name);
        page.resize(720, 540);
        page.before_documents(&format!("{CALL_EARLY}{}", case.before));
        for (lang, word) in ["zh", "en"].into_iter().enumerate().filter(|(lang, _)| wanted(nth, *lang)) {
            let theme = if lang == 0 { "light" } else { "dark" };
            page.goto(&server.url(&format!("/?lesson=kill-the-leader&theme={theme}&lang={word}")));
            if case.cause == "stalled" {
                page.wait_for(
                    "/\\d KB/.test(document.querySelector('#boot-wait')?.textContent)",
                    "it to say how far it is",
                );
            }
            check(&page, case, lang);
            page.picture(&format!("start-{}-{word}.png", case.name));
        }
        page.close();
    }
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_page_opened_as_a_file_or_without_scripts_says_so() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("file");
    page.before_documents(CALL_EARLY);
    page.resize(720, 540);
    let root = server.root().canonicalize().expect("the built page");
    let file = Case { retry: false, ..case("file", "file", ["trunk serve", "trunk serve"]) };
    for (lang, word) in ["zh", "en"].into_iter().enumerate() {
        page.goto(&format!("file://{}/index.html?lang={word}", root.display()));
        check(&page, &file, lang);
        page.picture(&format!("start-file-{word}.png"));
    }
    page.close();

    // Without scripts both languages are there, for nothing can choose.
    let page = browser.page("noscript");
    page.resize(720, 540);
    page.call("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    page.goto(&server.url("/"));
    page.wait_seen("noscript p[lang=en]");
    let text = page.text("noscript");
    assert!(text.contains("JavaScript") && text.contains("allow-scripts") && text.contains("刷新"), "{text}");
    page.picture("start-noscript.png");
    page.close();

    // The first script is not there, or no script may run: the style sheet explains it after a while.
    let no_script = Reply::default().with("Content-Security-Policy", "script-src 'none'");
    for (name, rule) in
        [("no-first-script", ("start-", Reply::missing())), ("csp-no-script", ("index.html", no_script))]
    {
        let page = browser.page(name);
        page.resize(720, 540);
        page.call("Animation.enable", json!({}));
        page.call("Animation.setPlaybackRate", json!({"playbackRate": 20}));
        server.misbehave(&[rule]);
        page.goto(&server.url("/"));
        page.wait_for(
            "getComputedStyle(document.querySelector('#boot-late')).visibility === 'visible'",
            "the explanation without any script",
        );
        assert!(page.text("#boot-late").contains("CSP"), "{name}");
        page.picture(&format!("start-{name}.png"));
        page.close();
    }
}

#[test]
fn trying_again_starts_a_program_that_has_come_meanwhile() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("start-again");
    server.misbehave(&[(".wasm", Reply::missing())]);
    page.goto(&server.url("/?lesson=kill-the-leader&lang=en&kept=0"));
    page.wait_seen("#boot[data-start=missing]");
    server.misbehave(&[]);
    page.tab_and_enter("#boot button");
    page.wait_seen("[data-state=running]");
    assert!(!page.sees("#boot"));
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_policy_without_inline_scripts_lets_the_lab_run() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
                  img-src 'self' data:; connect-src 'self'; worker-src 'self'; font-src 'self'";
    server.misbehave(&[("index.html", Reply::default().with("Content-Security-Policy", policy))]);
    let lab = Lab::open(&browser, &server, "?topology=replica-set:3&kept=0&lang=en", "start-policy");
    assert_eq!(lab.answer(&json!({"op": "run", "us": 1_000_000}))["ok"], true);
}
