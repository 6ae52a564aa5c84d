//! One tab: scripts, waits, a mouse, a keyboard, screenshots, and every error in it.
//!
//! Guarantees: mouse and keys are real input events that go through the browser's hit testing and focus; a click on
//! something covered or hidden fails and says by what. A wait names what it waited for. Leaves out: anything about the
//! lab (`lab`).

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::folders::artefacts;
use crate::protocol::{Connection, Trouble, WorkerPrelude, exception};

/// Default timeout of a wait. A wait ends as soon as its condition holds; it takes this long only when something is
/// wrong, or the machine is very busy.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How often a covered element is checked, two frames apart, before it is a failure.
const LOOKS: u32 = 60;

/// The pauses between two looks at a page: short at first, then longer, for each look costs the page time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(Duration::from_millis(8))
    }
}

impl Pause {
    const LONGEST: Duration = Duration::from_millis(80);

    pub(crate) fn next(&mut self) -> Duration {
        let now = self.0;
        self.0 = (now * 3 / 2).min(Self::LONGEST);
        now
    }
}

/// A tab.
#[derive(Debug)]
pub struct Page {
    connection: Rc<RefCell<Connection>>,
    session: String,
    target: String,
    name: String,
    /// The size in CSS pixels, if a test has set one.
    size: Cell<(u32, u32)>,
    /// Pixels per CSS pixel; 0 stands for the browser's own number.
    scale: Cell<u32>,
}

impl Page {
    /// Attaches to a tab and listens to it and its workers.
    pub(crate) fn attach(connection: &Rc<RefCell<Connection>>, name: &str, target: &str) -> Self {
        let params = json!({"targetId": target, "flatten": true});
        let attached = connection.borrow_mut().call(None, "Target.attachToTarget", params);
        let session = match attached {
            Ok(answer) => answer["sessionId"].as_str().unwrap_or_default().to_owned(),
            Err(why) => panic!("a new tab could not be attached to: {why}"),
        };
        let page = Self {
            connection: Rc::clone(connection),
            session,
            target: target.to_owned(),
            name: name.to_owned(),
            size: Cell::default(),
            scale: Cell::default(),
        };
        for domain in ["Page", "Runtime", "Log"] {
            page.call(&format!("{domain}.enable"), json!({}));
        }
        let attach = json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true});
        page.call("Target.setAutoAttach", attach);
        page
    }

    /// A request in the DevTools protocol; panics with the message when it is refused.
    pub fn call(&self, method: &str, params: Value) -> Value {
        match self.try_call(method, params) {
            Ok(value) => value,
            Err(why) => self.fail(&format!("{method}: {why}")),
        }
    }

    fn try_call(&self, method: &str, params: Value) -> Result<Value, Trouble> {
        self.connection.borrow_mut().call(Some(&self.session), method, params)
    }

    /// Goes to an address and waits until the document is loaded.
    pub fn goto(&self, url: &str) {
        self.call("Page.navigate", json!({"url": url}));
        self.wait_for("document.readyState === 'complete'", "the document to load");
    }

    /// Reloads, as a person does.
    pub fn reload(&self) {
        self.eval("void (window.beforeTheReload = true)");
        self.call("Page.reload", json!({}));
        self.wait_for("!window.beforeTheReload && document.readyState === 'complete'", "the page to reload");
    }

    /// Closes the tab.
    pub fn close(self) {
        let params = json!({"targetId": self.target});
        // A tab that is already gone is closed.
        let _ = self.connection.borrow_mut().call(None, "Target.closeTarget", params);
    }

    /// Evaluates an expression, awaiting it if it is a promise; panics with the message if it throws.
    pub fn eval(&self, expression: &str) -> Value {
        match self.try_eval(expression) {
            Ok(value) => value,
            Err(why) => self.fail(&format!("`{expression}`: {why}")),
        }
    }

    /// Evaluates an expression; an exception is an error.
    pub fn try_eval(&self, expression: &str) -> Result<Value, Trouble> {
        let params = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true,
        });
        let answer = self.try_call("Runtime.evaluate", params)?;
        match answer.get("exceptionDetails") {
            Some(details) => Err(Trouble::Refused(exception(details))),
            None => Ok(answer["result"]["value"].clone()),
        }
    }

    /// Waits until an expression is true; `what` completes the sentence "waited for …".
    pub fn wait_for(&self, expression: &str, what: &str) {
        self.wait_within(PATIENCE, expression, what);
    }

    /// Waits until an expression is true, with a timeout. An expression that throws is not true yet.
    pub fn wait_within(&self, patience: Duration, expression: &str, what: &str) {
        let deadline = Instant::now() + patience;
        let mut pause = Pause::default();
        loop {
            let last = match self.try_eval(&format!("!!({expression})")) {
                Ok(Value::Bool(true)) => return,
                Ok(other) => other.to_string(),
                Err(Trouble::Gone) => self.fail(&format!("waited for {what}, but the browser is gone")),
                Err(Trouble::Refused(why)) => why,
            };
            if Instant::now() > deadline {
                self.fail(&format!("waited {patience:?} for {what}; `{expression}` is {last}"));
            }
            self.listen(pause.next());
        }
    }

    /// Waits until a selector matches a visible element.
    pub fn wait_seen(&self, selector: &str) {
        let script = format!("{FIND}({})", json!(selector));
        self.wait_for(&script, &format!("{selector} to be seen"));
    }

    /// Whether a selector matches a visible element now.
    pub fn sees(&self, selector: &str) -> bool {
        self.eval(&format!("!!{FIND}({})", json!(selector))) == json!(true)
    }

    /// The text of the first element that a selector matches; empty when there is none.
    pub fn text(&self, selector: &str) -> String {
        let script = format!("document.querySelector({})?.innerText ?? ''", json!(selector));
        self.eval(&script).as_str().unwrap_or_default().to_owned()
    }

    /// Clicks the first visible element that a selector matches, in its middle, with the mouse.
    pub fn click(&self, selector: &str) {
        self.wait_seen(selector);
        // The layout may still be moving, so a covered element is checked again with every frame before it is a
        // failure.
        let mut looks = 0;
        let place = loop {
            let place = self.eval(&format!("{PLACE}({FIND}({}))", json!(selector)));
            if place["over"].is_null() {
                break place;
            }
            looks += 1;
            if looks > LOOKS {
                self.fail(&format!("{selector} cannot be clicked: {}", place["over"]));
            }
            self.frames(2);
        };
        let event = |kind: &str, buttons: u32| {
            let params = json!({
                "type": kind, "x": place["x"], "y": place["y"], "button": "left", "buttons": buttons,
                "clickCount": u32::from(kind != "mouseMoved"),
            });
            self.call("Input.dispatchMouseEvent", params);
        };
        event("mouseMoved", 0);
        event("mousePressed", 1);
        event("mouseReleased", 0);
    }

    /// Presses and releases a key by the name that `KeyboardEvent.key` gives it: `Tab`, `Enter`, ` `, `k`, `?`.
    ///
    /// Chromium drops keys that arrive before a document has painted anything, so the first press waits for that: a
    /// person cannot press a key for what is not yet to be seen.
    pub fn press(&self, key: &str) {
        self.wait_for("performance.getEntriesByType('paint').length > 0", "the page to be painted");
        let (code, number, text) = match key {
            "Tab" | "Shift+Tab" => ("Tab".to_owned(), 9, ""),
            "Enter" => ("Enter".to_owned(), 13, "\r"),
            "Escape" => ("Escape".to_owned(), 27, ""),
            "ArrowRight" => ("ArrowRight".to_owned(), 39, ""),
            "ArrowLeft" => ("ArrowLeft".to_owned(), 37, ""),
            " " => ("Space".to_owned(), 32, " "),
            "?" => ("Slash".to_owned(), 191, "?"),
            digit if digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit() => {
                (format!("Digit{digit}"), u32::from(digit.as_bytes()[0]), digit)
            }
            letter => {
                let upper = letter.to_ascii_uppercase();
                (format!("Key{upper}"), upper.chars().next().map_or(0, u32::from), letter)
            }
        };
        let shift = if key == "?" || key == "Shift+Tab" { 8 } else { 0 };
        let key = key.strip_prefix("Shift+").unwrap_or(key);
        for kind in ["keyDown", "keyUp"] {
            let mut params = json!({
                "type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": shift,
            });
            if kind == "keyDown" && !text.is_empty() {
                params["text"] = json!(text);
            }
            self.call("Input.dispatchKeyEvent", params);
        }
    }

    /// Moves the focus with Tab until it is on an element that a selector matches, then presses Enter. What is before
    /// the focus in the document is reached with Shift and Tab.
    pub fn tab_and_enter(&self, selector: &str) {
        self.wait_seen(selector);
        let focused = format!("!!document.activeElement?.matches({})", json!(selector));
        let behind = format!("{BEHIND}({FIND}({}))", json!(selector));
        let way = if self.eval(&behind) == json!(true) { "Shift+Tab" } else { "Tab" };
        for _ in 0..200 {
            if self.eval(&focused) == json!(true) {
                self.press("Enter");
                return;
            }
            self.press(way);
        }
        self.fail(&format!("200 times Tab did not reach {selector}"));
    }

    /// Sets the size of the page in CSS pixels.
    pub fn resize(&self, width: u32, height: u32) {
        self.size.set((width, height));
        self.call("Emulation.setDeviceMetricsOverride", self.drawn(self.scale.get()));
    }

    /// The same, with a pixel per CSS pixel: a coarser browser widens thin borders to one of its pixels, and with them
    /// what they surround.
    pub fn resize_sharp(&self, width: u32, height: u32) {
        self.scale.set(1);
        self.resize(width, height);
    }

    /// Lets the main pointer be a finger, or a mouse again.
    pub fn touch_screen(&self, on: bool) {
        self.call("Emulation.setTouchEmulationEnabled", json!({"enabled": on, "maxTouchPoints": 1}));
    }

    /// The page's size with this many pixels per CSS pixel; 0 stands for the browser's own number.
    fn drawn(&self, scale: u32) -> Value {
        let (width, height) = self.size.get();
        json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": false})
    }

    /// Emulates a media feature, such as `prefers-reduced-motion`.
    pub fn media(&self, feature: &str, value: &str) {
        let params = json!({"features": [{"name": feature, "value": value}]});
        self.call("Emulation.setEmulatedMedia", params);
    }

    /// Runs a script in every document from now on, before the document's own.
    pub fn before_documents(&self, script: &str) {
        self.call("Page.addScriptToEvaluateOnNewDocument", json!({"source": script}));
    }

    /// Prepares every worker that starts from now on before its own first line.
    pub fn before_workers(&self, script: &str, bindings: &[&str]) {
        let bindings = bindings.iter().map(|&name| name.to_owned()).collect();
        let prelude = WorkerPrelude { script: script.to_owned(), bindings };
        self.connection.borrow_mut().set_prelude(&self.session, prelude);
    }

    /// The browser's metrics of the page so far, by name: seconds of scripts, styles and layouts among them.
    pub fn metrics(&self) -> BTreeMap<String, f64> {
        self.call("Performance.enable", json!({}));
        let found = self.call("Performance.getMetrics", json!({}));
        let metrics = found["metrics"].as_array().into_iter().flatten();
        metrics.filter_map(|one| Some((one["name"].as_str()?.to_owned(), one["value"].as_f64()?))).collect()
    }

    /// Installs a function in the page whose calls are recorded, even when the browser dies right after.
    pub fn bind(&self, name: &str) {
        self.call("Runtime.addBinding", json!({"name": name}));
    }

    /// Receives events of the page for a while.
    pub fn listen(&self, time: Duration) {
        self.connection.borrow_mut().listen(time);
    }

    /// Waits until the page has been drawn this many more times.
    pub fn frames(&self, count: u32) {
        self.eval(&format!(
            "new Promise((go) => {{ let left = {count}; \
             const frame = () => left-- > 0 ? requestAnimationFrame(frame) : go(true); frame(); }})"
        ));
    }

    /// The calls of bound functions since the last call: name and argument.
    pub fn take_calls(&self) -> Vec<(String, String)> {
        self.connection.borrow_mut().heard(&self.session).calls.drain(..).collect()
    }

    /// The kinds of the dialogs that the page opened since the last call; each was accepted.
    pub fn take_dialogs(&self) -> Vec<String> {
        std::mem::take(&mut self.connection.borrow_mut().heard(&self.session).dialogs)
    }

    /// How many workers the page has.
    pub fn workers(&self) -> usize {
        self.connection.borrow_mut().heard(&self.session).workers.len()
    }

    /// The errors since the last call.
    pub fn take_complaints(&self) -> Vec<String> {
        std::mem::take(&mut self.connection.borrow_mut().heard(&self.session).complaints)
    }

    /// Fails if the page or a worker wrote an error to the console, threw one, or crashed.
    pub fn assert_quiet(&self) {
        self.listen(Duration::from_millis(20));
        let complaints = self.take_complaints();
        let crashed = self.connection.borrow_mut().heard(&self.session).crashed;
        if crashed || !complaints.is_empty() {
            self.fail(&format!("crashed: {crashed}; errors in the console:\n{}", complaints.join("\n")));
        }
    }

    /// Takes a screenshot and returns its path.
    pub fn picture(&self, file: &str) -> Option<PathBuf> {
        self.try_call("Emulation.setDeviceMetricsOverride", self.drawn(1)).ok()?;
        let answer = self.try_call("Page.captureScreenshot", json!({"format": "png"})).ok()?;
        self.try_call("Emulation.setDeviceMetricsOverride", self.drawn(self.scale.get())).ok()?;
        let bytes = BASE64.decode(answer["data"].as_str()?.as_bytes()).ok()?;
        let path = if file.contains('/') { PathBuf::from(file) } else { artefacts().join(file) };
        fs::write(&path, bytes).ok()?;
        Some(path)
    }

    /// Fails the test: what went wrong, what the page showed, its errors, and the path of the screenshot.
    pub fn fail(&self, what: &str) -> ! {
        assert!(!thread::panicking(), "{what}");
        let shown = "[document.location.href, document.querySelector('[data-state]')?.dataset.state, \
                     document.body?.innerText].join('\\n').slice(0, 3000)";
        let shown = self
            .try_eval(shown)
            .map_or_else(|why| why.to_string(), |value| value.as_str().unwrap_or_default().to_owned());
        let picture = self.picture(&format!("{}-failed.png", self.name));
        let complaints = self.take_complaints().join("\n");
        panic!(
            "{}: {what}\n--- the page showed\n{shown}\n--- its errors\n{complaints}\n--- picture: {picture:?}",
            self.name
        );
    }
}

/// Finds the first match that has a size and is not hidden.
const FIND: &str = "((selector) => [...document.querySelectorAll(selector)].find((e) => \
                    e.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}) && \
                    e.getClientRects().length > 0))";

/// Whether an element is before the one that has the focus, if one has it.
const BEHIND: &str = "((e) => { const at = document.activeElement; return !!e && !!at && at !== document.body && \
                      !!(at.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING); })";

/// The middle of an element, scrolled into view; and a description of what covers it, if something does.
const PLACE: &str = "((e) => { if (!e) return {over: 'it is gone'}; e.scrollIntoView({block: 'nearest', inline: \
                     'nearest'}); \
                     if (e.disabled || e.ariaDisabled === 'true') return {over: 'it is disabled'}; \
                     const r = e.getBoundingClientRect(); const x = r.x + r.width / 2, y = r.y + r.height / 2; \
                     const top = document.elementFromPoint(x, y); \
                     const own = e.contains(top); \
                     return {x, y, over: own ? null : 'covered by ' + (top ? top.outerHTML.slice(0, 160) : 'nothing: \
                     it is outside the window')}; })";
