//! The lab in a tab, driven through `window.quorumLab` and through what is drawn.
//!
//! Guarantees: commands take the same path as those of a course page's script; clicks and keys take the same path as a
//! user's. Leaves out: assertions (the tests make them).

use std::ops::Deref;
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use quorum_facade::{EngineEvent, Event, EventKind};
use quorum_wire::ToPage;
use serde_json::{Value, json};

use crate::page::{PATIENCE, Pause};
use crate::{Browser, Page, Server};

/// How a user operates the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// By clicking.
    Mouse,
    /// By Tab and Enter.
    Keyboard,
}

/// The acknowledged rows seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acknowledged {
    /// The number reported to the page: a client outside the browser has relied on them.
    pub by_page: u64,
    /// The number that the engine has reported: it never acknowledged more.
    pub by_engine: u64,
}

/// A tab with the lab in it.
#[derive(Debug)]
pub struct Lab {
    page: Page,
}

impl Deref for Lab {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl Lab {
    /// Opens the lab at an address's query, in a tab of its own, and waits until a run is open.
    pub fn open(browser: &Browser, server: &Server, query: &str, name: &str) -> Self {
        let lab = Self::at(browser, server, query, name);
        lab.wait_running();
        lab
    }

    /// Opens the page at an address's query and waits only until its handle is there.
    pub fn at(browser: &Browser, server: &Server, query: &str, name: &str) -> Self {
        Self::in_page(browser.page(name), server, query)
    }

    /// The same in a prepared tab.
    pub fn in_page(page: Page, server: &Server, query: &str) -> Self {
        page.goto(&server.url(&format!("/{query}")));
        page.wait_for("window.quorumLab", "window.quorumLab to be there");
        Self { page }
    }

    /// Like [`Lab::open`], in a tab whose acknowledged rows are recorded from the page and from the engine's worker.
    pub fn open_and_hear(browser: &Browser, server: &Server, query: &str, name: &str) -> Self {
        let page = browser.page(name);
        // What is compared with the engine's own reports must not lag behind them by more than a frame.
        page.media("prefers-reduced-motion", "no-preference");
        page.bind("heardByPage");
        page.before_workers(HEAR_WORKER, &["heardByEngine"]);
        page.before_documents(HEAR_PAGE);
        let lab = Self::in_page(page, server, query);
        lab.wait_running();
        lab
    }

    /// Closes the tab.
    pub fn close(self) {
        self.page.close();
    }

    /// Waits until the lab runs.
    pub fn wait_running(&self) {
        self.page.wait_for("document.querySelector('[data-state=running]')", "the lab to run");
        self.wait_snapshot("the first snapshot", |_| true);
    }

    /// Waits until the stored log has been replayed.
    pub fn wait_recovered(&self) -> Value {
        self.wait_snapshot("the recovery to end", |s| {
            s["recovery"].is_null() || s["recovery"]["done"] == true
        })
    }

    /// Waits until no worker runs: the browser ends one from another thread, and reports when it is done.
    pub fn wait_without_worker(&self) {
        let deadline = Instant::now() + PATIENCE;
        while self.page.workers() > 0 {
            if Instant::now() > deadline {
                self.page.fail("a worker outlives its plug");
            }
            self.page.listen(Duration::from_millis(20));
        }
    }

    /// Executes a command and returns its answer; panics with the message when it is refused.
    pub fn run(&self, command: &Value) -> Value {
        let answer = self.answer(command);
        if answer["ok"] != true {
            self.page.fail(&format!("{command} was answered with {answer}"));
        }
        answer
    }

    /// Executes a command and returns its answer, even a refusal.
    pub fn answer(&self, command: &Value) -> Value {
        self.page.eval(&format!("quorumLab.do({command})"))
    }

    /// Begins a command and does not wait for its answer.
    pub fn begin(&self, command: &Value) {
        self.page.eval(&format!("void quorumLab.do({command})"));
    }

    /// The current snapshot.
    pub fn snapshot(&self) -> Value {
        self.page.eval("quorumLab.snapshot()")
    }

    /// Waits until the snapshot is as wanted and returns it.
    pub fn wait_snapshot(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.wait_snapshot_within(PATIENCE, what, wanted)
    }

    /// The same with another timeout.
    pub fn wait_snapshot_within(
        &self,
        patience: Duration,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let deadline = Instant::now() + patience;
        let mut pause = Pause::default();
        loop {
            let snapshot = self.snapshot();
            // A refusal is not a snapshot; the lab may still be opening.
            if snapshot["ok"].is_null() && wanted(&snapshot) {
                return snapshot;
            }
            if Instant::now() > deadline {
                self.page.fail(&format!("waited {patience:?} for {what}; the last snapshot is {snapshot}"));
            }
            self.page.listen(pause.next());
        }
    }

    /// The result of `count(*)` over all rows.
    pub fn count(&self) -> u64 {
        let answer = self.run(&json!({"op": "query", "filter": "", "output_fields": ["count(*)"]}));
        number(&answer["rows"][0]["count(*)"])
    }

    /// The acknowledged rows seen since the tab was opened; the browser may be dead by now.
    pub fn acknowledged(&self, before: Acknowledged) -> Acknowledged {
        let mut heard = before;
        for (name, rows) in self.page.take_calls() {
            match name.as_str() {
                "heardByPage" => heard.by_page = heard.by_page.max(rows.parse().unwrap_or(0)),
                "heardByEngine" => heard.by_engine = heard.by_engine.max(acknowledged_in(&rows)),
                _ => {}
            }
        }
        heard
    }

    /// Does one of the page's actions by hand.
    pub fn act(&self, hand: Hand, action: &str) {
        self.touch(hand, &format!("[data-act={action}]:not([aria-disabled=true])"));
    }

    /// Clicks, or reaches by Tab and enters, what a selector matches.
    pub fn touch(&self, hand: Hand, selector: &str) {
        match hand {
            Hand::Mouse => self.page.click(selector),
            Hand::Keyboard => self.page.tab_and_enter(selector),
        }
    }

    /// Opens every hint of the step. The button is found and pressed in one script, because it disappears with the last
    /// hint.
    pub fn open_hints(&self) {
        let press = "(() => { const hint = document.querySelector('[data-act=hint]'); hint?.click(); \
                     return !!hint; })()";
        while self.page.eval(press) == json!(true) {
            self.page.frames(1);
        }
    }

    /// Goes on to a step of the lesson, unless the page has gone there by itself.
    pub fn go_to_step(&self, hand: Hand, step: u32) {
        let there = format!("[data-step='{step}']");
        let deadline = Instant::now() + PATIENCE;
        while !self.page.sees(&there) {
            if Instant::now() > deadline {
                self.page.fail(&format!("step {step} was not reached"));
            }
            if self.page.sees("[data-act=next]:not([aria-disabled=true])") {
                self.act(hand, "next");
            }
            self.page.listen(Duration::from_millis(100));
        }
    }

    /// Waits until nothing changes any more: two equal snapshots in a row.
    pub fn wait_still(&self) -> Value {
        let deadline = Instant::now() + PATIENCE;
        let mut last = self.snapshot();
        loop {
            self.page.listen(Duration::from_millis(60));
            let now = self.snapshot();
            // A lone engine goes on until it is done, held or not; a held cluster stops where it is.
            let node = &now["nodes"][0];
            let done = node["role"] == "leader" && node["syncing"] == false && now["rows"]["pending"] == 0;
            if (done || now["topology"] != "standalone") && now == last {
                return now;
            }
            if Instant::now() > deadline {
                self.page.fail(&format!("it does not come to rest: {now}"));
            }
            last = now;
        }
    }

    /// Does a lesson's action, going to the next step first where this one does not offer it.
    pub fn act_in_lesson(&self, hand: Hand, action: &str) {
        // The pane opens the step that the run has reached once it knows the run's goals; an earlier press would
        // continue from there.
        self.page.wait_seen("[data-goal], .lesson[data-kind=predict], .lesson[data-kind=explain]");
        self.page.frames(2);
        let offered = format!("[data-act={action}]");
        let selector = format!("{offered}:not([aria-disabled=true])");
        let deadline = Instant::now() + PATIENCE;
        // On a busy machine the pane may have continued past the step: then a learner goes back.
        let mut way = "next";
        while !self.page.sees(&selector) {
            if Instant::now() > deadline {
                self.page.fail(&format!("no step offered {action}"));
            }
            if !self.page.sees(&format!("[data-act={way}]:not([aria-disabled=true])")) {
                way = if way == "next" { "back" } else { "next" };
            }
            // A step that offers it may have to wait: there is no leader to kill during an election.
            if !self.page.sees(&offered)
                && self.page.sees(&format!("[data-act={way}]:not([aria-disabled=true])"))
            {
                let step = "document.querySelector('[data-step]')?.dataset.step";
                let before = self.page.eval(step);
                self.act(hand, way);
                // A busy machine draws late, and a second press would go one step too far.
                self.page.wait_for(&format!("{step} !== {before}"), "the next step to be drawn");
                // What the step offers is drawn with it, or a frame later.
                self.page.frames(3);
            }
            self.page.listen(Duration::from_millis(100));
        }
        self.touch(hand, &selector);
    }

    /// Waits until all goals of the lesson are met, in the snapshot and, for the step that is open, on the page.
    pub fn wait_goals(&self, patience: Duration) {
        self.wait_snapshot_within(patience, "all goals to be met", |s| unmet(s).is_empty() && goals(s) > 0);
        self.page.wait_for(
            "!document.querySelector('[data-goal][data-met=false]')",
            "the goals to be shown as met",
        );
    }

    /// The number in a meter: its digits, without what groups them.
    pub fn meter(&self, name: &str) -> Option<f64> {
        let text = self.page.text(&format!("[data-meter={name}]"));
        let digits: String = text
            .chars()
            .skip_while(|c| !c.is_ascii_digit())
            .take_while(|c| c.is_ascii_digit() || ".,\u{202f}\u{2009}\u{a0}".contains(*c))
            .filter(|c| c.is_ascii_digit() || *c == '.')
            .collect();
        digits.trim_end_matches('.').parse().ok()
    }
}

/// A number in an answer; 0 where there is none.
pub fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_f64().map(|x| x as u64)).unwrap_or(0)
}

/// The goals that are not met, by name.
pub fn unmet(snapshot: &Value) -> Vec<String> {
    let goals = snapshot["lesson"]["goals"].as_array();
    goals
        .into_iter()
        .flatten()
        .filter(|goal| goal["met"] != true)
        .map(|goal| goal["id"].to_string())
        .collect()
}

fn goals(snapshot: &Value) -> usize {
    snapshot["lesson"]["goals"].as_array().map_or(0, Vec::len)
}

/// Reports to the test every acknowledgement that reaches the page, as a course page's script would receive it.
const HEAR_PAGE: &str = "(() => { const begin = setInterval(() => { \
    if (!window.quorumLab) return; clearInterval(begin); \
    quorumLab.on('event', (e) => { if (e.kind === 'acknowledged') heardByPage(String(e.total_rows)); }); }, 1); })()";

/// Hands the test every message with a snapshot or events as it leaves the engine, before the page receives it.
const HEAR_WORKER: &str = r"(() => {
    const post = self.postMessage;
    self.postMessage = function (message, ...rest) {
        const bytes = Array.isArray(message) ? message[0] : message;
        if (bytes instanceof ArrayBuffer) {
            let text = '';
            for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
            heardByEngine(btoa(text));
        }
        return post.call(self, message, ...rest);
    };
})()";

/// The rows that a message of the engine's worker calls acknowledged.
fn acknowledged_in(message: &str) -> u64 {
    let Ok(bytes) = BASE64.decode(message.as_bytes()) else { return 0 };
    match quorum_wire::decode::<ToPage<()>>(&bytes) {
        Ok(ToPage::Moment(moment)) => moment.rows.acknowledged,
        Ok(ToPage::Happened { events, .. }) => {
            let rows = |event: &Event| match event.kind {
                EventKind::Engine(EngineEvent::Acknowledged { total_rows, .. }) => total_rows,
                _ => 0,
            };
            events.iter().map(rows).max().unwrap_or(0)
        }
        _ => 0,
    }
}
