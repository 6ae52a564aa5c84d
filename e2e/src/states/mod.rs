//! The states of the page that every check of its form goes through, as data: what is opened, and what is called,
//! clicked and pressed then.
//!
//! Guarantees: a state is the same every time, because seeds are in the addresses and time is held; no step depends on
//! the language or on the size. Leaves out: what is checked (`audit`), and the pictures (`pictures`).

pub mod audit;
pub mod list;
pub mod pictures;

use serde_json::Value;

use crate::{Browser, Lab, Page, Reply, Server};

/// How a test gets from one state to another.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// A command to the lab, as JSON; it has to succeed.
    Do(&'static str),
    /// A command that may be refused: what is shown then is the state.
    Try(&'static str),
    /// A script in the page; a promise is awaited.
    Eval(&'static str),
    /// A click of the mouse on what a selector matches.
    Click(&'static str),
    /// A key.
    Press(&'static str),
    /// Waits until a selector matches something visible.
    Seen(&'static str),
    /// Waits until an expression is true.
    Until(&'static str),
    /// From now on the server has no file whose path contains this.
    Missing(&'static str),
}

/// Where a state begins.
#[derive(Clone, Copy, Debug)]
pub enum Start {
    /// At an address's query, in the tab of the states before.
    Query(&'static str),
    /// At the state before it in the list.
    Follows,
    /// At an address's query, in a tab of its own whose workers run this script first.
    Worker(&'static str, &'static str),
}

/// A state of the page.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Its name, and its picture's.
    pub name: &'static str,
    /// Where it begins.
    pub start: Start,
    /// How it is reached from there.
    pub steps: &'static [Step],
    /// Whether the page is able to change its language here; otherwise the address does it.
    pub switches: bool,
    /// Whether a picture of it is kept.
    pub picture: bool,
}

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// Its code in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }
}

/// How a state is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The language.
    pub lang: Language,
    /// Whether the system prefers dark colours.
    pub dark: bool,
    /// Width and height in CSS pixels.
    pub size: (u32, u32),
    /// Whether the address is that of a frame.
    pub embedded: bool,
}

impl Look {
    /// The look in words, for reports.
    pub fn words(self) -> String {
        let Self { lang, dark, size: (width, height), embedded } = self;
        let theme = if dark { "dark" } else { "light" };
        let frame = if embedded { " in a frame" } else { "" };
        format!("{width}x{height}{frame} {theme} {}", lang.code())
    }
}

/// The sizes outside frames, and the one that frames are designed for.
pub const SIZES: [(u32, u32); 4] = [(1440, 900), (1024, 768), (390, 844), (320, 256)];
/// See [`SIZES`].
pub const FRAME: (u32, u32) = (720, 540);

/// Goes through lessons; see the file.
const WALK: &str = include_str!("walk.js");

/// A tab that goes from state to state.
#[derive(Debug)]
pub struct Tour<'a> {
    browser: &'a Browser,
    server: &'a Server,
    name: &'static str,
    lab: Option<Lab>,
    /// Whether the tab is one that a state had prepared for itself.
    own: bool,
}

impl<'a> Tour<'a> {
    /// A tour that has not begun.
    pub fn new(browser: &'a Browser, server: &'a Server, name: &'static str) -> Self {
        Self { browser, server, name, lab: None, own: false }
    }

    /// The tab.
    pub fn lab(&self) -> &Lab {
        self.lab.as_ref().expect("the tour has begun")
    }

    /// Goes to a state; what it follows is in the tab.
    pub fn reach(&mut self, state: &State, look: Look) {
        self.server.misbehave(&[]);
        match state.start {
            Start::Query(query) => {
                if self.own {
                    self.leave();
                }
                self.open(query, state, look, None);
            }
            Start::Worker(query, script) => {
                self.leave();
                self.open(query, state, look, Some(script));
                self.own = true;
            }
            Start::Follows => self.put_on(look),
        }
        for step in state.steps {
            self.take(*step);
        }
        self.lab().frames(2);
    }

    /// Changes language, theme and size of what is shown.
    pub fn put_on(&self, look: Look) {
        let lab = self.lab();
        lab.resize_sharp(look.size.0, look.size.1);
        lab.media("prefers-color-scheme", if look.dark { "dark" } else { "light" });
        let code = look.lang.code();
        let speaks = format!("document.documentElement.lang.startsWith('{code}')");
        if lab.eval(&speaks) == Value::Bool(false) {
            // Not by the mouse: a dialog may be above it. The focus stays where the state has it.
            lab.eval("document.querySelector('[data-act=lang]').click()");
            lab.wait_for(&speaks, "the other language");
        }
        lab.frames(2);
    }

    /// Ends the tab.
    pub fn leave(&mut self) {
        if let Some(lab) = self.lab.take() {
            lab.close();
        }
        self.own = false;
    }

    fn open(&mut self, query: &str, state: &State, look: Look, script: Option<&str>) {
        if let Some(Step::Missing(word)) = state.steps.first() {
            self.server.misbehave(&[(word, Reply::missing())]);
        }
        let frame = if look.embedded { "&embed=1" } else { "" };
        let query = format!("?{query}&lang={}{frame}", look.lang.code());
        let dress = |page: &Page| {
            page.resize_sharp(look.size.0, look.size.1);
            page.media("prefers-color-scheme", if look.dark { "dark" } else { "light" });
        };
        if let Some(lab) = &self.lab {
            dress(lab);
            lab.goto(&self.server.url(&format!("/{query}")));
        } else {
            let page = self.browser.page(self.name);
            if let Some(script) = script {
                page.before_workers(script, &[]);
            }
            page.before_documents(WALK);
            dress(&page);
            self.lab = Some(Lab::in_page(page, self.server, &query));
        }
        self.lab().wait_for("window.quorumLab && window.walk", "the page's scripts");
    }

    fn take(&self, step: Step) {
        let lab = self.lab();
        let command = |text: &str| serde_json::from_str::<Value>(text).expect("a command in JSON");
        match step {
            Step::Do(text) => drop(lab.run(&command(text))),
            Step::Try(text) => drop(lab.answer(&command(text))),
            Step::Eval(script) => drop(lab.eval(script)),
            Step::Click(selector) => lab.click(selector),
            Step::Press(key) => lab.press(key),
            Step::Seen(selector) => lab.wait_seen(selector),
            Step::Until(expression) => lab.wait_for(expression, expression),
            Step::Missing(word) => self.server.misbehave(&[(word, Reply::missing())]),
        }
    }
}
