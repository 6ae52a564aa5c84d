//! The second protocol between a page and the frames in it, across two origins: every message in both directions, and
//! every page that should not hear of a learner.

use e2e::{Browser, Page, Reply, Server};
use serde_json::{Value, json};

/// In a frame: answers what the test asks of it. In the top page: keeps every message with its origin and its frame.
const PROBE: &str = "if (window === top) { \
      window.received = []; window.waiting = new Map(); \
      window.frameOf = (source) => [...document.querySelectorAll('iframe')].findIndex((f) => f.contentWindow === source); \
      addEventListener('message', ({data, source, origin}) => { \
        if (data?.told !== undefined) { waiting.get(data.number)?.(data.told); return; } \
        if (data?.quorumLab) received.push({frame: frameOf(source), origin, ...data.quorumLab}); }); \
      window.frameAt = (at) => document.querySelectorAll('iframe')[at].contentWindow; \
      window.say = (at, message, to = '*') => frameAt(at).postMessage({quorumLab: message}, to); \
      window.say2 = (at, message) => say(at, {v: 2, ...message}); \
      window.heard = (at, kind, fits = () => true) => \
        received.some((m) => m.frame === at && m.kind === kind && fits(m)); \
      window.ask = (at, question) => new Promise((go) => { const number = waiting.size + 1; \
        waiting.set(number, go); frameAt(at).postMessage({ask: question, number}, '*'); }); \
    } else { \
      window.until = (look) => new Promise((go) => { let left = 2000; const again = () => { \
        let found; try { found = look(); } catch {} \
        found || left-- <= 0 ? go(found || 'not in time') : setTimeout(again, 30); }; again(); }); \
      addEventListener('message', async ({data, source}) => { if (!data?.ask) return; let told; \
        try { told = await eval(data.ask); } catch (error) { told = 'threw ' + error; } \
        source.postMessage({told: told ?? null, number: data.number}, '*'); }); \
    }";

/// Two servers, so that the frames are of another origin than the page around them.
struct Course {
    lab: Server,
    site: Server,
    page: Page,
}

impl Course {
    /// A course page with this in its body; `LAB` stands for the lab's address with `embed=1`.
    fn of(browser: &Browser, name: &str, body: &str) -> Self {
        let course = Self::waiting(browser, name, body);
        course.page.goto(&course.site.url("/host.html"));
        course
    }

    /// The same, which the tab has not opened yet.
    fn waiting(browser: &Browser, name: &str, body: &str) -> Self {
        let (lab, site) = (Server::of_the_page(), Server::of_the_page());
        let body = body.replace("LAB", &lab.url("/?embed=1&lang=en")).replace("SITE", &site.url(""));
        let html = format!(
            "<!doctype html><title>host</title><link rel=icon href='data:,'><style>body{{margin:0}}\
             iframe{{border:0;display:block;width:720px;height:540px}}</style>{body}"
        );
        site.misbehave(&[("host.html", Reply::text("text/html; charset=utf-8", &html))]);
        let page = browser.page(name);
        page.before_documents(PROBE);
        page.resize(1300, 1000);
        Self { lab, site, page }
    }

    /// One frame with these parameters.
    fn with(browser: &Browser, name: &str, query: &str) -> Self {
        Self::of(browser, name, &format!("<iframe src='LAB&{query}'></iframe>"))
    }

    /// The origin of the frames.
    fn origin(&self) -> String {
        self.lab.url("")
    }

    fn wait(&self, expression: &str, what: &str) {
        self.page.wait_for(expression, what);
    }

    /// Says hello to a frame, and waits until its run is open.
    fn greet(&self, at: usize) {
        self.wait(&format!("heard({at}, 'hello')"), "the frame to say hello");
        self.page.eval(&format!("say2({at}, {{kind: 'hello'}})"));
        self.wait(&format!("heard({at}, 'ready')"), "the run to be open");
    }

    fn say(&self, at: usize, message: &Value) {
        self.page.eval(&format!("say2({at}, {message})"));
    }

    /// Evaluates an expression in a frame.
    fn ask(&self, at: usize, question: &str) -> Value {
        self.page.eval(&format!("ask({at}, {})", json!(question)))
    }

    /// Waits in a frame until an expression is true.
    fn until(&self, at: usize, expression: &str) {
        let found = self.ask(at, &format!("until(() => !!({expression}))"));
        assert_eq!(found, json!(true), "{expression} in frame {at}");
    }

    /// The last message of a kind from a frame.
    fn last(&self, at: usize, kind: &str) -> Value {
        self.page
            .eval(&format!("received.filter((m) => m.frame === {at} && m.kind === '{kind}').at(-1) ?? null"))
    }

    /// The kinds of messages received so far, each once.
    fn kinds(&self) -> Vec<String> {
        let kinds = self.page.eval("[...new Set(received.map((m) => m.kind))].sort()");
        kinds.as_array().into_iter().flatten().filter_map(|kind| kind.as_str().map(str::to_owned)).collect()
    }

    /// Waits for the refusal of a message.
    fn wait_refused(&self, at: usize, id: &str, code: &str) {
        self.wait(&format!("heard({at}, 'error', (m) => m.id === '{id}')"), &format!("{id} to be refused"));
        let refusal = self.page.eval(&format!("received.find((m) => m.kind === 'error' && m.id === '{id}')"));
        assert_eq!(refusal["code"], json!(code), "{refusal}");
        assert!(refusal["error"].as_str().is_some_and(|error| !error.is_empty()), "{refusal}");
    }
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_host_that_listens_late_hears_everything_that_holds() {
    let browser = Browser::shared();
    let course = Course::with(&browser, "frames-late", "lesson=kill-the-leader&speed=20");
    course.until(0, "document.querySelector('[data-state=running]')");
    course.until(0, "document.querySelector('[data-goal=leader-elected][data-met=true]')");
    // So far nobody has named an origin.
    assert_eq!(course.kinds(), ["height", "hello", "resize"]);
    course.page.eval("received.length = 0");
    course.say(0, &json!({"kind": "hello", "id": "late"}));
    course.wait("heard(0, 'score')", "the score");
    let hello = course.last(0, "hello");
    assert_eq!((&hello["v"], &hello["versions"], &hello["id"]), (&json!(2), &json!([1, 2]), &json!("late")));
    let ready = course.last(0, "ready");
    assert_eq!(ready["lesson"], json!("kill-the-leader"));
    assert_eq!((&ready["topology"], &ready["controls"]), (&Value::Null, &json!("full")));
    assert_eq!((&ready["steps"], &ready["goals"], &ready["lang"]), (&json!(6), &json!(7), &json!("en")));
    let progress = course.last(0, "progress");
    assert!(progress["goals_met"].as_u64().is_some_and(|met| met > 0), "{progress}");
    assert_eq!((&progress["goals"], &progress["done"]), (&json!(7), &json!(false)));
    assert!(course.page.eval("received.every((m) => m.origin === received[0].origin)") == json!(true));
    assert_eq!(course.page.eval("received[0].origin"), json!(course.origin()));
    course.page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_host_that_speaks_first_is_heard_once_the_program_is_there() {
    let browser = Browser::shared();
    let body = "<iframe></iframe><script>const f = document.querySelector('iframe'); \
                f.addEventListener('load', () => say2(0, {kind: 'hello', id: 'early'})); \
                f.src = 'LAB&topology=replica-set:3&kept=0';</script>";
    let course = Course::of(&browser, "frames-early", body);
    course.wait("heard(0, 'hello', (m) => m.id === 'early')", "the early hello to be answered");
    course.wait("heard(0, 'ready')", "the run to be open");
    let ready = course.last(0, "ready");
    assert_eq!((&ready["lesson"], &ready["topology"]), (&Value::Null, &json!("replica-set:3")));
    assert_eq!((&ready["steps"], &ready["goals"]), (&json!(0), &json!(0)));
    course.page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_first_protocol_is_heard_by_a_host_that_says_hello_when_the_frame_has_loaded() {
    let browser = Browser::shared();
    let body = "<iframe></iframe><script>const f = document.querySelector('iframe'); \
                f.addEventListener('load', () => say(0, 'hello')); \
                f.src = 'LAB&lesson=kill-the-leader&speed=20&kept=0';</script>";
    let course = Course::of(&browser, "frames-first", body);
    course.wait("heard(0, 'progress', (m) => m.v === undefined && m.goals_met > 0)", "progress");
    assert_eq!(course.kinds(), ["height", "hello", "progress", "resize"]);
    let progress = course.last(0, "progress");
    let fields: Vec<&String> = progress.as_object().map(|fields| fields.keys().collect()).unwrap_or_default();
    assert_eq!(fields, ["done", "frame", "goals", "goals_met", "kind", "lesson", "origin", "step"]);
    // With the second protocol's hello the first one ends.
    course.greet(0);
    course.page.eval("received.length = 0");
    course.page.eval("say(0, 'hello'); say(0, {lang: 'zh'})");
    course.say(0, &json!({"kind": "hello", "id": "again"}));
    course.wait("heard(0, 'progress', (m) => m.v === 2)", "progress of the second protocol");
    assert_eq!(course.page.eval("received.filter((m) => m.v !== 2).length"), json!(0));
    assert_eq!(course.ask(0, "document.documentElement.lang"), json!("en"));
    course.page.assert_quiet();
}

#[test]
fn every_message_does_what_it_says() {
    let browser = Browser::shared();
    let course = Course::with(&browser, "frames-messages", "topology=replica-set:5&kept=0&autoplay=0");
    course.greet(0);
    assert_eq!(course.last(0, "ready")["t_us"], json!(0), "it waits for the host");
    course.say(0, &json!({"kind": "configure", "events": true, "speed": 20, "lang": "zh", "theme": "dark"}));
    course.until(
        0,
        "document.documentElement.lang === 'zh-CN' && document.documentElement.dataset.theme === 'dark'",
    );
    course.say(0, &json!({"kind": "play"}));
    course.wait("heard(0, 'event', (m) => m.event.kind === 'became_leader')", "an election");
    course.say(0, &json!({"kind": "pause"}));
    course.until(0, "document.querySelector('[data-act=play]')");
    course.say(0, &json!({"kind": "fault", "op": "kill", "node": 3, "id": 7}));
    course.wait("heard(0, 'event', (m) => m.event.kind === 'killed' && m.event.node === 3)", "a dead node");
    course.say(0, &json!({"kind": "fault", "command": {"op": "restart", "node": 3}, "op": "restart"}));
    course.wait("heard(0, 'event', (m) => m.event.kind === 'restarted' && m.event.node === 3)", "its return");
    course.say(0, &json!({"kind": "seek", "t_us": 1_500_000}));
    course.until(0, "document.querySelector('[data-meter=t]').innerText.includes('1.50')");
    // What cannot be done is refused under the name of its message.
    course.say(0, &json!({"kind": "fault", "op": "kill", "node": 77, "id": "nobody"}));
    course.wait_refused(0, "nobody", "unknown_node");
    course.say(0, &json!({"kind": "fault", "op": "insert", "rows": 5, "id": "no fault"}));
    course.wait_refused(0, "no fault", "no_fault");
    let bad = [
        json!({"kind": "dance", "id": "bad-0"}),
        json!({"kind": "configure", "lang": "fr", "id": "bad-1"}),
        json!({"kind": "configure", "mastery": 101, "id": "bad-2"}),
        json!({"kind": "configure", "faults": ["kil"], "id": "bad-3"}),
        json!({"kind": "seek", "t_us": "soon", "id": "bad-4"}),
        json!({"kind": "load", "id": "bad-5"}),
        json!({"kind": "load", "topology": "standalone", "seed": -1, "id": "bad-6"}),
    ];
    for (at, message) in bad.iter().enumerate() {
        course.say(0, message);
        course.wait_refused(0, &format!("bad-{at}"), "bad_message");
        // The limit of refusals is a test of its own.
        course.page.frames(8);
    }
    course.say(0, &json!({"kind": "load", "lesson": "no-such", "id": "no lesson"}));
    course.wait_refused(0, "no lesson", "unknown_lesson");
    course.say(0, &json!({"kind": "load", "topology": "replica-set:99", "id": "no topology"}));
    course.wait_refused(0, "no topology", "unknown_topology");
    // Another run, at its moment and step.
    course.say(0, &json!({"kind": "load", "lesson": "kill-the-leader", "step": 2, "seed": 5, "id": "load"}));
    course.wait("heard(0, 'ready', (m) => m.id === 'load')", "the lesson");
    assert_eq!(course.last(0, "ready")["lesson"], json!("kill-the-leader"));
    course.until(
        0,
        "document.querySelector('section.lesson[data-step=\"2\"]') && location.search.includes('seed=5')",
    );
    course.say(0, &json!({"kind": "load", "topology": "replica-set:3", "moment": 2_000_000, "id": "moment"}));
    course.wait("heard(0, 'ready', (m) => m.id === 'moment')", "the other run");
    course.until(0, "document.querySelector('[data-meter=t]').innerText.includes('2.00')");
    course.page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_lesson_reports_goals_answers_and_the_score_and_starts_over() {
    let browser = Browser::shared();
    let course =
        Course::with(&browser, "frames-lesson", "lesson=kill-the-leader&speed=20&progress=host&autoplay=0");
    course.greet(0);
    let fresh = course.last(0, "score");
    assert_eq!(
        (&fresh["raw"], &fresh["completed"], &fresh["passed"]),
        (&json!(0), &json!(false), &Value::Null)
    );
    assert_eq!((&fresh["min"], &fresh["max"], &fresh["mastery"]), (&json!(0), &json!(100), &json!(60)));
    course.say(0, &json!({"kind": "play"}));
    course.wait("heard(0, 'goal', (m) => m.goal === 'writes-5' && m.step === 0)", "the first goals");
    // Through what a learner sees.
    let solve = "(async () => { const d = (command) => quorumLab.do(command); \
        await d({op: 'predict', step: 'outage', choose: 'seconds'}); await d({op: 'act', name: 'kill-leader'}); \
        const met = async (id) => { for (let i = 0; i < 600; i++) { const s = await quorumLab.snapshot(); \
            if (s.lesson.goals.find((g) => g.id === id).met) return; await new Promise((go) => setTimeout(go, 50)); } }; \
        await met('service-restored'); await d({op: 'act', name: 'kill-three'}); await met('no-majority'); \
        await d({op: 'act', name: 'restart-all'}); await met('majority-back'); \
        await d({op: 'act', name: 'power-cut'}); await met('power-cut-survived'); \
        await d({op: 'explain', step: 'enough', choose: 'wait'}); \
        await d({op: 'explain', step: 'enough', choose: 'any-one'}); return 'solved'; })()";
    assert_eq!(course.ask(0, solve), json!("solved"));
    course.wait("heard(0, 'score', (m) => m.passed === true)", "the lesson to be passed");
    course.wait("heard(0, 'progress', (m) => m.answers.length === 3)", "all answers");
    let progress = course.last(0, "progress");
    assert_eq!((&progress["done"], &progress["goals_met"]), (&json!(true), &json!(7)));
    let answers = course.page.eval(
        "received.filter((m) => m.kind === 'progress').at(-1).answers.map((a) => [a.id, a.type, a.step, a.choice, a.right])",
    );
    let expected = json!([
        ["outage", "prediction", 1, "seconds", true],
        ["enough", "answer", 5, "wait", false],
        ["enough", "answer", 5, "any-one", true],
    ]);
    assert_eq!(answers, expected);
    // Seven goals and a prediction, and a question that was not answered right at once.
    let score = course.last(0, "score");
    assert_eq!((&score["raw"], &score["completed"]), (&json!(88), &json!(true)));
    assert_eq!(
        course.page.eval("received.filter((m) => m.kind === 'goal').length"),
        json!(7),
        "each goal once"
    );
    course.say(0, &json!({"kind": "configure", "mastery": 95}));
    course.wait("heard(0, 'score', (m) => m.mastery === 95 && m.passed === null)", "the other mastery");
    // The browser keeps nothing of it; and the host starts it over.
    assert_eq!(course.ask(0, "localStorage.getItem('quorum-lab/progress')"), Value::Null);
    course.say(0, &json!({"kind": "reset", "id": "over"}));
    course.wait("heard(0, 'ready', (m) => m.id === 'over')", "a fresh run");
    course.wait("received.filter((m) => m.kind === 'progress').at(-1).goals_met === 0", "no goals");
    assert_eq!(course.last(0, "score")["raw"], json!(0));
    course.page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_host_keeps_the_state_and_another_frame_goes_on_from_it() {
    let browser = Browser::shared();
    let body = "<iframe src='LAB&lesson=kill-the-leader&speed=20&progress=host&autoplay=0'></iframe>\
                <iframe src='LAB&topology=replica-set:3&progress=host&autoplay=0'></iframe>";
    let course = Course::of(&browser, "frames-state", body);
    course.greet(0);
    course.greet(1);
    course.say(0, &json!({"kind": "play"}));
    course.wait("heard(0, 'goal', (m) => m.goal === 'writes-5')", "the first goals");
    course.say(0, &json!({"kind": "pause"}));
    course.until(0, "document.querySelector('[data-act=play]')");
    let predict = "quorumLab.do({op: 'predict', step: 'outage', choose: 'seconds'}).then((a) => a.ok)";
    assert_eq!(course.ask(0, predict), json!(true));
    course.say(0, &json!({"kind": "getState", "id": "get"}));
    course.wait("heard(0, 'state', (m) => m.id === 'get')", "the state");
    let kept = course.last(0, "state");
    let state = kept["state"].as_str().unwrap_or_default().to_owned();
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "-_".contains(sign);
    assert!(!state.is_empty() && state.chars().all(plain), "{kept}");
    // What cannot be read is refused, and changes nothing.
    course.say(1, &json!({"kind": "setState", "state": state[..state.len() - 2], "id": "cut"}));
    course.wait("heard(1, 'error', (m) => m.id === 'cut')", "a state that was cut to be refused");
    assert_eq!(course.last(1, "ready")["topology"], json!("replica-set:3"));
    course.say(1, &json!({"kind": "setState", "state": state, "id": "set"}));
    course.wait("heard(1, 'state', (m) => m.id === 'set')", "the state to be taken");
    let taken = course.last(1, "state");
    assert_eq!(
        (&taken["ok"], &taken["digest"], &taken["t_us"]),
        (&json!(true), &kept["digest"], &kept["t_us"])
    );
    course.wait(
        "heard(1, 'progress', (m) => m.lesson === 'kill-the-leader' && m.answers.length === 1)",
        "the learner",
    );
    assert_eq!(course.last(1, "progress")["goals_met"], json!(2));
    // Started over, it is the lesson from its beginning.
    course.say(1, &json!({"kind": "reset", "id": "over"}));
    course.wait("heard(1, 'ready', (m) => m.id === 'over' && m.t_us === 0)", "a fresh run");
    course.wait(
        "received.filter((m) => m.frame === 1 && m.kind === 'progress').at(-1).goals_met === 0",
        "no goals",
    );
    course.page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn two_frames_of_a_page_are_told_apart() {
    let browser = Browser::shared();
    let body = "<iframe src='LAB&topology=replica-set:3&kept=0'></iframe>\
                <iframe src='LAB&topology=replica-set:5&kept=0'></iframe>";
    let course = Course::of(&browser, "frames-two", body);
    course.greet(0);
    course.greet(1);
    assert_eq!(course.last(0, "ready")["topology"], json!("replica-set:3"));
    assert_eq!(course.last(1, "ready")["topology"], json!("replica-set:5"));
    course.say(1, &json!({"kind": "configure", "theme": "dark"}));
    course.until(1, "document.documentElement.dataset.theme === 'dark'");
    assert_eq!(course.ask(0, "document.documentElement.dataset.theme ?? 'auto'"), json!("auto"));
    course.page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_parent_of_another_origin_than_the_named_one_hears_only_that_there_is_a_frame() {
    let browser = Browser::shared();
    let query = "lesson=kill-the-leader&speed=20&kept=0&origin=https%3A%2F%2Fcourse.example";
    let course = Course::with(&browser, "frames-origin", query);
    course.until(0, "document.querySelector('[data-goal=leader-elected][data-met=true]')");
    for message in ["'hello'", "{lang: 'zh'}"] {
        course.page.eval(&format!("say(0, {message})"));
    }
    course.say(0, &json!({"kind": "hello", "id": "stranger"}));
    course.wait("heard(0, 'hello', (m) => m.id === 'stranger')", "the stranger to be greeted");
    for kind in ["configure", "play", "reset", "load"] {
        course.say(0, &json!({"kind": kind, "lang": "zh", "lesson": "pre-vote", "id": kind}));
    }
    course.page.frames(30);
    assert_eq!(course.kinds(), ["height", "hello", "resize"]);
    let told = "[document.documentElement.lang, new URLSearchParams(location.search).get('lesson')]";
    assert_eq!(course.ask(0, told), json!(["en", "kill-the-leader"]));
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_named_origin_hears_of_the_learner() {
    let browser = Browser::shared();
    let body = "<iframe src='LAB&lesson=kill-the-leader&speed=20&kept=0&origin=SITE'></iframe>";
    let course = Course::of(&browser, "frames-named", body);
    // A host that the address names need not speak first to hear the first protocol.
    course.wait("heard(0, 'progress', (m) => m.v === undefined)", "progress of the first protocol");
    course.greet(0);
    course.wait("heard(0, 'progress', (m) => m.v === 2)", "progress of the second");
    course.page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_page_beside_the_frame_is_not_heard_and_hears_nothing() {
    let browser = Browser::shared();
    let beside = "<script>window.got = []; addEventListener(`message`, (e) => e.data?.quorumLab && got.push(e.data)); \
                  window.knock = () => { const f = parent.frames[0]; \
                  for (const m of [`hello`, {lang: `zh`}, {v: 2, kind: `hello`, id: `beside`}, \
                  {v: 2, kind: `configure`, lang: `zh`}]) f.postMessage({quorumLab: m}, `*`); };</script>";
    let body = format!(
        "<iframe src='LAB&lesson=kill-the-leader&speed=20&kept=0'></iframe><iframe srcdoc='{beside}'></iframe>"
    );
    let course = Course::of(&browser, "frames-beside", &body);
    course.greet(0);
    course.page.eval("frameAt(1).knock()");
    course.wait("heard(0, 'progress', (m) => m.goals_met > 0)", "the learner to get further");
    course.page.eval("frameAt(1).knock()");
    course.say(0, &json!({"kind": "hello", "id": "last"}));
    course.wait("heard(0, 'hello', (m) => m.id === 'last')", "everything before to be heard");
    assert!(course.page.eval("heard(0, 'hello', (m) => m.id === 'beside')") == json!(false));
    assert_eq!(course.page.eval("frameAt(1).got.length"), json!(0));
    assert_eq!(course.ask(0, "document.documentElement.lang"), json!("en"));
    course.page.assert_quiet();
}

/// What a hostile page may say: of every type, and of messages with fields of the wrong type.
const GARBAGE: &str = "[0, 'x', null, undefined, [], {}, {v: 2}, {v: 2, kind: 5}, {v: 2, kind: 'dance'}, {v: 3, kind: 'play'}, \
    {v: NaN, kind: 'hello2'}, {v: 2, kind: 'seek', t_us: -1}, {v: 2, kind: 'load', lesson: {}}, {v: 2, kind: 'fault'}, \
    {v: 2, kind: 'fault', op: 'toString'}, {v: 2, kind: 'configure', faults: 7}, {v: 2, kind: 'play', id: {}}, \
    {v: 2, kind: 'play', id: 'x'.repeat(5000)}, {v: 2, kind: 'error', error: new Map()}, 10n, new Date(), \
    {v: 2, kind: 'configure', lang: 'x'.repeat(100000)}, new Uint8Array(9), {v: 2, kind: 'hello', id: []}]";

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_hostile_host_neither_slows_the_frame_nor_is_answered_each_time() {
    let browser = Browser::shared();
    let course = Course::with(&browser, "frames-hostile", "topology=replica-set:3&kept=0");
    course.greet(0);
    course.ask(0, "(window.unhandled = [], addEventListener('unhandledrejection', (e) => unhandled.push(String(e.reason))), \
                   addEventListener('error', (e) => unhandled.push(e.message)), 0)");
    course.page.eval("received.length = 0; window.began = performance.now()");
    course.page.eval(&format!(
        "const garbage = {GARBAGE}; for (let i = 0; i < 10000; i++) say(0, garbage[i % garbage.length]); \
         for (let i = 0; i < 50; i++) frameAt(0).postMessage(garbage[i % garbage.length], '*'); void 0"
    ));
    // The frame answers after the flood, as soon as it reads messages again.
    course.wait(
        "say2(0, {kind: 'hello', id: 'after'}) ?? heard(0, 'hello', (m) => m.id === 'after')",
        "the frame to answer after the flood",
    );
    let counts = course.page.eval(
        "({seconds: (performance.now() - began) / 1000, errors: received.filter((m) => m.kind === 'error').length, \
           long: received.filter((m) => String(m.id ?? '').length > 200).length})",
    );
    let seconds = counts["seconds"].as_f64().unwrap_or(f64::MAX);
    let errors = counts["errors"].as_f64().unwrap_or(f64::MAX);
    println!("10,000 messages: {errors} refusals in {seconds:.1} s");
    assert!(errors >= 1.0 && errors <= 12.0 + 10.0 * seconds, "{errors} refusals in {seconds} s");
    assert_eq!(counts["long"], json!(0), "a name that is too long is repeated");
    assert_eq!(course.ask(0, "unhandled"), json!([]));
    assert_eq!(course.ask(0, "document.querySelector('[data-state]').dataset.state"), json!("running"));
    course.page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn faults_that_the_host_does_not_offer_are_disabled_and_refused() {
    let browser = Browser::shared();
    let course = Course::with(&browser, "frames-faults", "topology=replica-set:5&kept=0&faults=kill");
    course.greet(0);
    let knock = "(async () => { const act = (w) => document.querySelector(`.tools [data-act=${w}]`); \
        document.querySelector('[data-node=\"1\"]').dispatchEvent(new MouseEvent('click', {bubbles: true})); \
        await until(() => act('kill').ariaDisabled !== 'true'); const cut = act('cut'); \
        const found = [cut.ariaDisabled, cut.dataset.barred, cut.title.includes('course page'), act('kill').dataset.barred ?? null]; \
        cut.click(); await until(() => document.querySelector('.notice')); \
        return [...found, document.querySelector('.notice').innerText.includes('course page')]; })()";
    assert_eq!(course.ask(0, knock), json!(["true", "", true, null, true]));
    let refused = course.ask(0, "quorumLab.do({op: 'pause', node: 1})");
    assert_eq!(refused["code"], json!("not_allowed"), "{refused}");
    course.say(0, &json!({"kind": "fault", "op": "cut", "from": 1, "to": 2, "id": "cut"}));
    course.wait_refused(0, "cut", "not_allowed");
    // Another choice counts at once, for the host's own faults too.
    course.say(0, &json!({"kind": "configure", "faults": ["cut"], "events": true}));
    course.say(0, &json!({"kind": "fault", "op": "cut", "from": 1, "to": 2}));
    course.wait("heard(0, 'event', (m) => m.event.kind === 'link_cut')", "the cut");
    course.until(0, "document.querySelector('.tools [data-act=kill]').dataset.barred === ''");
    course.page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn fewer_controls_leave_less_to_press() {
    let browser = Browser::shared();
    let body = "<iframe src='LAB&lesson=kill-the-leader&kept=0&controls=none'></iframe>\
                <iframe src='LAB&lesson=kill-the-leader&kept=0&controls=min&step=2&speed=20'></iframe>";
    let course = Course::of(&browser, "frames-controls", body);
    course.greet(0);
    course.greet(1);
    let seen = "[...document.querySelectorAll('button, a, input, summary')].filter((e) => e.checkVisibility() && \
                e.getClientRects().length && !e.matches('.skip, .vh')).map((e) => e.dataset.act ?? e.className)";
    assert_eq!(course.ask(0, seen), json!(["hold"]), "controls=none");
    let goals = "[...document.querySelectorAll('[data-goal]')].filter((e) => e.checkVisibility()).length";
    assert_eq!(course.ask(0, goals), json!(7), "the goals of all steps");
    assert_eq!(course.ask(0, "!!document.querySelector('main.stage svg')?.checkVisibility()"), json!(true));
    let there = course.ask(1, seen);
    let has = |word: &str| there.as_array().is_some_and(|all| all.contains(&json!(word)));
    assert!(has("kill-leader") && has("next") && has("hold"), "controls=min: {there}");
    assert!(!has("help") && !has("palette") && !has("kill") && !has("expand"), "controls=min: {there}");
    // Keys do no more than buttons.
    let press = "(document.querySelector('[data-node=\"1\"]').dispatchEvent(new MouseEvent('click', {bubbles: true})), \
                 ['k', '?', 'p'].forEach((key) => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}))), 0)";
    for at in [0, 1] {
        course.ask(at, press);
        let after = course.ask(at, "quorumLab.snapshot().then((s) => [s.nodes.every((n) => n.alive), !!document.querySelector('dialog[open]')])");
        assert_eq!(after, json!([true, false]));
        let over = "[document.scrollingElement.scrollWidth - innerWidth, document.scrollingElement.scrollHeight - innerHeight]";
        assert_eq!(course.ask(at, over), json!([0, 0]), "frame {at} overflows");
    }
    course.say(0, &json!({"kind": "configure", "controls": "full"}));
    course.until(0, "document.querySelector('[data-act=palette]').checkVisibility()");
    course.page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_frame_that_nobody_sees_rests_and_goes_on() {
    let browser = Browser::shared();
    let course = Course::with(&browser, "frames-rest", "topology=replica-set:3&kept=0&speed=10");
    course.greet(0);
    let time = "quorumLab.snapshot().then((s) => s.t_us)";
    course.until(0, "document.querySelector('[data-act=hold]')");
    course.say(0, &json!({"kind": "configure", "visible": false}));
    course.until(0, "document.documentElement.hasAttribute('data-rests')");
    // What was on its way has arrived.
    course.page.frames(30);
    let before = course.ask(0, time);
    let work = |page: &Page| page.metrics().get("TaskDuration").copied().unwrap_or_default();
    let busy = work(&course.page);
    course.page.frames(60);
    println!("at rest the page works {:.0} ms in 60 frames", (work(&course.page) - busy) * 1_000.0);
    assert_eq!(course.ask(0, time), before, "time passes in a frame that rests");
    assert_eq!(
        course.ask(0, "!!document.querySelector('[data-act=hold]')"),
        json!(true),
        "its pace has changed"
    );
    // Commands are still executed.
    course.say(0, &json!({"kind": "configure", "events": true}));
    course.say(0, &json!({"kind": "fault", "op": "kill", "node": 2}));
    course.wait("heard(0, 'event', (m) => m.event.kind === 'killed')", "a fault at rest");
    course.say(0, &json!({"kind": "load", "topology": "replica-set:5", "id": "at rest"}));
    course.wait("heard(0, 'ready', (m) => m.id === 'at rest')", "a run that opens at rest");
    course.page.frames(30);
    assert_eq!(course.ask(0, time), json!(0), "a run that opens at rest waits");
    course.say(0, &json!({"kind": "configure", "visible": true}));
    course.wait("heard(0, 'event', (m) => m.event.kind === 'became_leader')", "time to pass again");
    course.page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_frame_takes_neither_the_focus_nor_the_wheel() {
    let browser = Browser::shared();
    let body = "<input id=mine autofocus><iframe src='LAB&lesson=kill-the-leader&kept=0'></iframe><p style='height:3000px'>";
    let course = Course::of(&browser, "frames-focus", body);
    course.page.eval("mine.focus()");
    course.greet(0);
    let focused = "document.activeElement.id";
    assert_eq!(course.page.eval(focused), json!("mine"), "the frame has taken the focus as it loaded");
    course.say(0, &json!({"kind": "load", "lesson": "pre-vote", "step": 1, "id": "other"}));
    course.wait("heard(0, 'ready', (m) => m.id === 'other')", "another run");
    course.say(0, &json!({"kind": "reset", "id": "over"}));
    course.wait("heard(0, 'ready', (m) => m.id === 'over')", "a fresh run");
    course.page.frames(10);
    assert_eq!(course.page.eval(focused), json!("mine"), "a load has taken the focus");
    // The wheel over the stage scrolls the page around.
    let wheel = json!({"type": "mouseWheel", "x": 150, "y": 250, "deltaX": 0, "deltaY": 240});
    course.page.call("Input.dispatchMouseEvent", wheel);
    course.wait("scrollY > 0", "the page around to scroll");
    let scale = course.ask(0, "document.querySelector('[data-scale]')?.dataset.scale ?? '1.00'");
    assert_eq!(scale, json!("1.00"), "the wheel has enlarged the stage");
    course.page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_narrow_column_holds_a_frame_that_fits_what_is_in_it() {
    let browser = Browser::shared();
    let body = "<iframe style='width:320px' src='LAB&lesson=kill-the-leader&kept=0'></iframe>\
                <script>addEventListener('message', ({data}) => { if (data?.quorumLab?.kind === 'resize') \
                document.querySelector('iframe').style.height = data.quorumLab.px + 'px'; });</script>";
    let course = Course::of(&browser, "frames-narrow", body);
    course.greet(0);
    course.wait("heard(0, 'resize', (m) => m.px > 540)", "a column");
    let over = "document.scrollingElement.scrollHeight <= innerHeight && document.scrollingElement.scrollWidth <= innerWidth";
    course.until(0, over);
    course.page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_frame_without_storage_runs_and_says_so_unless_nothing_is_to_be_kept() {
    let browser = Browser::shared();
    for (keeping, says) in [("local", true), ("host", false), ("none", false)] {
        let body = format!("<iframe src='LAB&topology=standalone&progress={keeping}'></iframe>");
        let course = Course::waiting(&browser, "frames-storage", &body);
        course.page.before_documents(
            "if (window !== top) { Object.defineProperty(window, 'localStorage', \
             {get() { throw new DOMException('denied', 'SecurityError'); }}); }",
        );
        course.page.before_workers(
            "IDBFactory.prototype.open = () => { const asked = new EventTarget(); \
             asked.error = new DOMException('The user denied permission to access the database.', 'UnknownError'); \
             Object.defineProperty(asked, 'result', {get() { throw new DOMException('', 'InvalidStateError'); }}); \
             setTimeout(() => asked.onerror(new Event('error'))); return asked; };",
            &[],
        );
        course.page.goto(&course.site.url("/host.html"));
        course.greet(0);
        assert_eq!(
            course.ask(0, "quorumLab.do({op: 'insert', rows: 100}).then((a) => a.acknowledged)"),
            json!(100)
        );
        course.page.frames(10);
        let said = course.page.eval("heard(0, 'error', (m) => m.code === 'storage_denied')");
        assert_eq!(said, json!(says), "progress={keeping}");
        course.page.assert_quiet();
        course.page.close();
    }
}
