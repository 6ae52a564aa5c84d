//! SCORM packages, run from what is in their zips by scorm-again, in the frames in which an LMS shows them.
//!
//! Guarantees: most tests put a page that only speaks protocol 2 in the lab's place, because a lab cannot be brought to
//! every answer; the last ones run the lab. Leaves out: manifests (`crates/cli/src/pack_tests.rs`), cmi5 (`lms_cmi5`).

use e2e::lms::{Inside, Served};
use e2e::{Browser, Page, Server};
use quorum_cli::standard::Standard;
use serde_json::{Value, json};

const LESSON: &str = "/lms/kill-the-leader.html";

/// In what the two standards differ for a test.
struct Dialect {
    standard: Standard,
    status: &'static str,
    score: &'static str,
    end: &'static str,
    commit: &'static str,
}

const SCORM_12: Dialect = Dialect {
    standard: Standard::Scorm12,
    status: "[api.cmi.core.lesson_status]",
    score: "api.cmi.core.score.raw",
    end: "LMSFinish",
    commit: "LMSCommit",
};

const SCORM_2004: Dialect = Dialect {
    standard: Standard::Scorm2004,
    status: "[api.cmi.completion_status, api.cmi.success_status]",
    score: "api.cmi.score.raw",
    end: "Terminate",
    commit: "Commit",
};

/// The LMS's page, with no lesson open.
fn lms(browser: &Browser, served: &Served, name: &str) -> Page {
    let page = browser.page(name);
    page.goto(&served.server.url("/lms-page.html"));
    page
}

impl Dialect {
    /// Opens the lesson with what earlier sessions left.
    fn open(&self, page: &Page, before: &Value) {
        page.eval(&format!("open('{}', '{LESSON}', {before})", self.standard.word()));
        page.wait_for("inside().document.getElementById('lab')", "the launch page");
        page.wait_for("lab().heard?.some((message) => message.kind === 'getState')", "the run to be open");
    }

    /// Leaves the lesson; how often the session was ended.
    fn leave(&self, page: &Page) -> Value {
        page.eval("leave()");
        page.wait_for("inside().location.href === 'about:blank'", "the lesson to be gone");
        page.eval(&format!("called('{}').length", self.end))
    }

    fn commits(&self, page: &Page) -> u64 {
        page.eval(&format!("called('{}').length", self.commit)).as_u64().unwrap_or(0)
    }

    /// Waits until a value is with the LMS.
    fn wait_set(&self, page: &Page, condition: &str, what: &str) {
        page.wait_for(&format!("{condition} && called('{}').length > 0", self.commit), what);
    }

    /// What the LMS keeps for the next session.
    fn kept(&self, page: &Page) -> Value {
        page.eval(if self.standard == Standard::Scorm12 {
            "({core: {entry: 'resume', lesson_status: api.cmi.core.lesson_status, score: {raw: api.cmi.core.score.raw}}, \
             suspend_data: api.cmi.suspend_data})"
        } else {
            "({entry: 'resume', completion_status: api.cmi.completion_status, success_status: api.cmi.success_status, \
             score: {raw: api.cmi.score.raw}, suspend_data: api.cmi.suspend_data})"
        })
    }
}

fn half_way_and_to_the_end(dialect: &Dialect) {
    let word = dialect.standard.word();
    let (served, browser) =
        (Served::pack(dialect.standard, &["kill-the-leader"], Inside::Protocol), Browser::shared());
    let page = lms(&browser, &served, &format!("{word}-half"));
    dialect.open(&page, &Value::Null);
    let frame = page.eval("lab().location.search");
    let origin = page.eval("encodeURIComponent(location.origin)");
    for part in ["embed=1", "lesson=kill-the-leader", "lang=en", "progress=host"] {
        assert!(frame.as_str().is_some_and(|frame| frame.contains(part)), "{frame} has no {part}");
    }
    assert!(frame.as_str().is_some_and(|frame| frame.contains(origin.as_str().unwrap_or("?"))), "{frame}");

    // Half of it: reported after the goal, with the answer and the run.
    page.eval("lab().learner.answer('prediction', 'outage', 'at-once', null)");
    page.eval("lab().learner.meet('leader-elected', 20)");
    dialect.wait_set(&page, "/;r=/.test(api.cmi.suspend_data)", "the goal to be reported");
    assert_eq!(page.eval(dialect.status)[0], json!("incomplete"));
    page.wait_for(&format!("{} === '20'", dialect.score), "the score");
    assert_eq!(page.eval("interactions()[0].result"), json!("neutral"), "the prediction is open");
    page.eval("lab().learner.settle('outage', false); lab().learner.answer('answer', 'why', 'b c', true)");
    // Not a goal, so that it is reported when the learner leaves.
    assert_eq!(dialect.leave(&page), json!(1), "the session is ended once");
    let first = page.eval("interactions()[0]");
    let wrong = if dialect.standard == Standard::Scorm12 { "wrong" } else { "incorrect" };
    for (field, value) in
        [("id", "prediction.outage"), ("type", "choice"), ("response", "at-once"), ("result", wrong)]
    {
        assert_eq!(first[field], json!(value), "{first}");
    }
    let time = if dialect.standard == Standard::Scorm12 { "time" } else { "timestamp" };
    assert!(first[time].is_string() && first["latency"].is_string(), "{first}");
    let ids = page.eval("interactions().map((one) => [one.id, one.result])");
    assert_eq!(ids, json!([["prediction.outage", wrong], ["answer.why", "correct"]]));
    let end = page.eval("calls.at(-1)[0]");
    assert_eq!(end, json!(dialect.end), "something is called after the end");
    assert_eq!(page.eval(dialect.status)[0], json!("incomplete"), "leaving early");

    // Another day: the run is there, nothing is reported twice, and the rest of it passes.
    let before = dialect.kept(&page);
    dialect.open(&page, &before);
    assert_eq!(page.eval("lab().run.met"), json!(["leader-elected"]), "the run is not resumed");
    page.eval("lab().learner.answer('answer', 'enough', 'any-one', true)");
    page.eval("lab().learner.meet('no-majority', 55)");
    page.eval("lab().learner.meet('majority-back', 80)");
    page.wait_for(&format!("{}.includes('passed')", dialect.status), "the lesson to be passed");
    dialect.wait_set(&page, &format!("{} === '80'", dialect.score), "the score");
    let ids = page.eval("interactions().map((one) => one.id)");
    assert_eq!(ids, json!(["answer.enough"]), "an answer of the first session is reported again");

    // Begun again, it stays passed.
    page.eval("lab().learner.again()");
    page.eval("lab().learner.meet('leader-elected', 10)");
    let commits = dialect.commits(&page);
    page.eval(
        "(() => { const d = inside().document; Object.defineProperty(d, 'hidden', {value: true}); \
         d.dispatchEvent(new Event('visibilitychange')); })()",
    );
    assert!(dialect.commits(&page) > commits, "nothing is committed when the page is hidden");
    assert_eq!(dialect.leave(&page), json!(1));
    assert_eq!(page.eval(dialect.score), json!("80"));
    assert!(page.eval(dialect.status).as_array().is_some_and(|status| status.contains(&json!("passed"))));
    assert_eq!(
        page.eval("sets('cmi.core.lesson_status').concat(sets('cmi.success_status')).includes('failed')"),
        json!(false)
    );
    page.assert_quiet();
}

#[test]
fn a_lesson_is_left_half_way_resumed_and_passed_in_scorm_12() {
    half_way_and_to_the_end(&SCORM_12);
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_lesson_is_left_half_way_resumed_and_passed_in_scorm_2004() {
    half_way_and_to_the_end(&SCORM_2004);
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_score_below_mastery_completes_and_never_fails() {
    let browser = Browser::shared();
    for dialect in [SCORM_12, SCORM_2004] {
        let served = Served::pack(dialect.standard, &["kill-the-leader"], Inside::Protocol);
        let page = lms(&browser, &served, &format!("{}-low", dialect.standard.word()));
        // A plain LMS, and one with a mastery score of its own, which would make a failure of any score below it.
        let is_12 = dialect.standard == Standard::Scorm12;
        let own = if is_12 {
            json!({"student_data": {"mastery_score": "70"}, "core": {"credit": "credit", "lesson_mode": "normal"}})
        } else {
            json!({"scaled_passing_score": "0.7", "credit": "credit", "mode": "normal"})
        };
        for (before, tells) in [(Value::Null, "40"), (own.clone(), "")] {
            dialect.open(&page, &before);
            for (goal, raw) in [("a", 10), ("b", 30), ("c", 40)] {
                page.eval(&format!("lab().learner.meet('{goal}', {raw})"));
            }
            dialect.wait_set(
                &page,
                &format!("{}[0] === 'completed'", dialect.status),
                "the lesson to be completed",
            );
            assert_eq!(dialect.leave(&page), json!(1));
            let status = page.eval(dialect.status);
            let expected = if is_12 { json!(["completed"]) } else { json!(["completed", "unknown"]) };
            assert_eq!(status, expected, "{before}");
            assert_eq!(page.eval(dialect.score), json!(tells), "{before}");
        }
        // One of 0 is none, and lets nobody pass who leaves early.
        let none = if is_12 {
            json!({"student_data": {"mastery_score": "0"}})
        } else {
            json!({"scaled_passing_score": "0"})
        };
        dialect.open(&page, &none);
        page.eval("lab().learner.meet('a', 40)");
        dialect.wait_set(&page, "api.cmi.suspend_data.includes('g=1/3')", "the goal to be reported");
        assert_eq!(dialect.leave(&page), json!(1));
        assert!(
            page.eval(dialect.status).as_array().is_some_and(|status| !status.contains(&json!("passed")))
        );
        // The LMS's mastery score counts: 65 is not enough for 70.
        dialect.open(&page, &own);
        for (goal, raw) in [("a", 10), ("b", 30), ("c", 65)] {
            page.eval(&format!("lab().learner.meet('{goal}', {raw})"));
        }
        dialect.wait_set(&page, &format!("{}[0] === 'completed'", dialect.status), "completed");
        page.wait_for("lab().mastery === 70", "the lab to know the LMS's mastery score");
        assert_eq!(dialect.leave(&page), json!(1));
        page.assert_quiet();
    }
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_run_that_does_not_fit_is_not_kept_but_goals_and_score_are() {
    let (served, browser) =
        (Served::pack(Standard::Scorm12, &["kill-the-leader"], Inside::Protocol), Browser::shared());
    let page = lms(&browser, &served, "scorm12-long");
    SCORM_12.open(&page, &Value::Null);
    page.eval("lab().run.pad = 'x'.repeat(4000)");
    page.eval("lab().learner.meet('a', 35)");
    page.wait_for("notice() === 'not_kept'", "the learner to hear of it");
    let text = page.eval("api.cmi.suspend_data");
    assert!(text.as_str().is_some_and(|text| text.len() < 100 && text.contains("g=1/3")), "{text}");
    // A run that fits again is kept again.
    page.eval("lab().run.pad = ''");
    page.eval("lab().learner.meet('b', 50)");
    page.wait_for("/;r=/.test(api.cmi.suspend_data)", "the run to be kept");
    page.wait_for("notice() === undefined", "the notice to go");
    page.eval("lab().run.pad = 'x'.repeat(4000); lab().learner.meet('c', 59)");
    page.wait_for("notice() === 'not_kept'", "the learner to hear of it again");
    assert_eq!(SCORM_12.leave(&page), json!(1));
    // The next session begins from the beginning, and keeps what was reached.
    let kept = SCORM_12.kept(&page);
    SCORM_12.open(&page, &kept);
    assert_eq!(page.eval("lab().run.met"), json!([]));
    page.eval("lab().learner.meet('a', 20)");
    page.eval("inside().document.dispatchEvent(new Event('visibilitychange'))");
    assert_eq!(SCORM_12.leave(&page), json!(1));
    assert_eq!(page.eval("[api.cmi.core.lesson_status, api.cmi.core.score.raw]"), json!(["completed", "59"]));
    let longest = page.eval("Math.max(...sets('cmi.suspend_data').map((text) => text.length))");
    assert!(longest.as_u64().is_some_and(|longest| longest <= 4_096), "{longest}");
    page.assert_quiet();

    // SCORM 2004 has room for it.
    let served = Served::pack(Standard::Scorm2004, &["kill-the-leader"], Inside::Protocol);
    let page = lms(&browser, &served, "scorm2004-long");
    SCORM_2004.open(&page, &Value::Null);
    page.eval("lab().run.pad = 'x'.repeat(4000); lab().learner.meet('a', 35)");
    page.wait_for("api.cmi.suspend_data.length > 5000", "the run to be kept");
    page.eval("lab().run.pad = 'x'.repeat(60000); lab().learner.meet('b', 40)");
    page.wait_for("notice() === 'not_kept'", "the learner to hear of it");
    assert_eq!(SCORM_2004.leave(&page), json!(1));
    page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_lab_works_whatever_the_lms_does() {
    let (served, browser) =
        (Served::pack(Standard::Scorm12, &["kill-the-leader"], Inside::Protocol), Browser::shared());
    let throws = "new Proxy({}, {get: () => () => { throw new Error('out of order'); }})";
    let refuses = "{LMSInitialize: () => 'true', LMSGetValue: () => '', LMSSetValue: () => 'false', LMSCommit: () => \
                   'false', LMSGetLastError: () => '101', LMSFinish: () => 'false'}";
    let nonsense = "{LMSInitialize: () => 'true', LMSGetValue: () => '\\u0000q1;r=', LMSSetValue: 5}";
    for (name, object, says) in [
        ("", "null", "no_lms"),
        ("API", throws, "refused"),
        ("API", refuses, "refused"),
        ("API", nonsense, "refused"),
    ] {
        let page = lms(&browser, &served, "scorm12-odd");
        page.eval(&format!("openWith('{name}', {object}, '{LESSON}')"));
        page.wait_for("inside().document.getElementById('lab')", "the launch page");
        page.wait_for("lab().heard?.some((message) => message.kind === 'getState')", "the run to be open");
        page.eval("lab().learner.meet('a', 35)");
        page.wait_for(&format!("notice() === '{says}'"), "the learner to hear of it");
        // The notice is in the language of the lab, and goes when it is asked to.
        let text = page.eval("inside().document.querySelector('#notice span').textContent");
        assert!(text.as_str().is_some_and(|text| text.is_ascii() && text.len() > 20), "{text}");
        page.eval("lab().lang = 'zh'; lab().ready()");
        page.wait_for(
            "/[\\u4e00-\\u9fff]/.test(inside().document.querySelector('#notice span').textContent)",
            "the notice in Chinese",
        );
        page.eval("inside().document.querySelector('#notice button').click()");
        page.wait_for("notice() === undefined", "the notice to go");
        page.eval("leave()");
        page.wait_for("inside().location.href === 'about:blank'", "the lesson to be gone");
        page.assert_quiet();
        page.close();
    }
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_api_is_found_above_windows_of_another_origin_and_messages_of_others_are_not_taken() {
    let (served, browser) =
        (Served::pack(Standard::Scorm12, &["kill-the-leader"], Inside::Protocol), Browser::shared());
    let other = Server::of(served.server.root());
    let middle =
        format!("<!doctype html><title>between</title><iframe src='{}'></iframe>", served.server.url(LESSON));
    other.misbehave(&[("middle.html", e2e::Reply::text("text/html", &middle))]);
    let page = lms(&browser, &served, "scorm12-deep");
    // Two LMSs in one: the frame between cannot be looked into.
    page.eval(&format!("open('scorm12', {}, null)", json!(other.url("/middle.html"))));
    page.wait_for("called('LMSInitialize').length === 1", "the session to begin");
    page.wait_for("called('LMSCommit', 'LMSGetValue').length > 0", "the LMS to be asked");
    // A stranger's messages, from the window above, mean nothing.
    page.eval(
        "for (const kind of ['goal', 'score', 'progress', 'state']) sco.contentWindow.frames[0].postMessage(\
         {quorumLab: {v: 2, kind, id: 'save', lesson: 'kill-the-leader', raw: 100, completed: true, passed: true, \
         goals: 3, goals_met: 3, done: true, state: 'x'}}, '*')",
    );
    page.frames(30);
    page.eval("leave()");
    page.wait_for("called('LMSFinish').length === 1", "the session to end");
    assert_eq!(page.eval("[api.cmi.core.lesson_status, api.cmi.core.score.raw]"), json!(["incomplete", "0"]));
    page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_run_that_cannot_be_opened_again_is_said_and_its_score_counts() {
    let (served, browser) =
        (Served::pack(Standard::Scorm12, &["kill-the-leader"], Inside::Protocol), Browser::shared());
    let page = lms(&browser, &served, "scorm12-damaged");
    for (text, raw, goals) in [
        ("q1;o=completed;s=50;g=3/3;a=abcd;r=bm8", "50", "g=3/3"),
        ("q9;something=else", "10", "g=1/3"),
        ("\u{0}\u{1f4a9}", "10", "g=1/3"),
    ] {
        SCORM_12.open(&page, &json!({"suspend_data": text, "core": {"entry": "resume"}}));
        page.wait_for("notice() === 'not_resumed'", "the learner to hear of it");
        page.eval("lab().learner.meet('a', 10)");
        assert_eq!(SCORM_12.leave(&page), json!(1));
        assert_eq!(page.eval("api.cmi.core.score.raw"), json!(raw), "{text}");
        assert_eq!(page.eval(&format!("api.cmi.suspend_data.includes('{goals}')")), json!(true), "{text}");
        page.assert_quiet();
    }
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_review_reports_nothing() {
    let (served, browser) =
        (Served::pack(Standard::Scorm12, &["kill-the-leader"], Inside::Protocol), Browser::shared());
    let page = lms(&browser, &served, "scorm12-review");
    SCORM_12.open(&page, &json!({"core": {"lesson_mode": "review", "lesson_status": "passed"}}));
    page.wait_for("notice() === 'review'", "the learner to hear of it");
    page.eval("lab().learner.meet('a', 35)");
    page.frames(10);
    assert_eq!(SCORM_12.leave(&page), json!(1));
    assert_eq!(page.eval("called('LMSSetValue', 'LMSCommit')"), json!([]));
    page.assert_quiet();
}

/// The lab itself in a package: half of a lesson, and its run resumed in another session.
fn with_the_lab(dialect: &Dialect) {
    let served = Served::pack(dialect.standard, &["kill-the-leader"], Inside::Lab);
    let browser = Browser::shared();
    let page = lms(&browser, &served, &format!("{}-lab", dialect.standard.word()));
    let word = dialect.standard.word();
    let running = "lab().document.querySelector('[data-state=running]')";
    page.eval(&format!("open('{word}', '{LESSON}', null)"));
    page.wait_for("inside().document.getElementById('lab')", "the launch page");
    page.wait_for(running, "the lab to run");
    page.eval("lab().quorumLab.do({op: 'run', us: 5000000})");
    page.eval("lab().quorumLab.do({op: 'hold'})");
    page.wait_for("/g=2.*;r=/.test(api.cmi.suspend_data)", "two goals and the run");
    assert_eq!(page.eval(dialect.status)[0], json!("incomplete"));
    assert_eq!(dialect.leave(&page), json!(1));
    let before = dialect.kept(&page);
    page.eval(&format!("open('{word}', '{LESSON}', {before})"));
    page.wait_for("inside().document.getElementById('lab')", "the launch page");
    page.wait_for(running, "the lab to run");
    let resumed = page.eval(
        "(async () => { for (let look = 0; look < 600; look++) { const s = await lab().quorumLab.snapshot(); \
         if (s.t_us >= 5000000 && s.lesson.goals.filter((goal) => goal.met).length >= 2) return true; \
         await new Promise((go) => setTimeout(go, 50)); } return false; })()",
    );
    assert_eq!(resumed, json!(true), "the run is not resumed");
    assert_eq!(page.eval("notice()"), Value::Null);
    assert_eq!(dialect.leave(&page), json!(1));
    page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_lab_itself_reports_to_scorm_12_and_is_resumed() {
    with_the_lab(&SCORM_12);
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_lab_itself_reports_to_scorm_2004_and_is_resumed() {
    with_the_lab(&SCORM_2004);
}
