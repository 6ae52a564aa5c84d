//! A test's browser: a share of one that all tests use, or a separate Chromium process with a profile on disk, which is
//! ended normally or by SIGKILL to all of its processes.
//!
//! Guarantees: tests that share a browser see nothing of each other's cookies, databases and pages, and their storage
//! is deleted when the value is dropped; nothing of a separate browser outlives its value; a profile outlives its
//! browsers, so that a test can kill one and inspect what the next one finds. The shared process ends with the tests'
//! process, because then its pipe closes. Leaves out: other browsers.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{env, thread};

use std::os::unix::process::CommandExt;

use serde_json::{Value, json};

use crate::folders::artefacts;
use crate::page::Page;
use crate::protocol::{Connection, Trouble};
use crate::turns::{self, Turn};
use crate::wire::Wire;

/// A browser's profile folder on disk. Removed when dropped.
#[derive(Debug)]
pub struct Profile {
    folder: PathBuf,
}

impl Profile {
    /// A new, empty profile.
    pub fn new(name: &str) -> Self {
        let folder = artefacts().join(format!("profile-{name}-{}", std::process::id()));
        // Left over only if an earlier process of the same number was killed.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder for the browser's profile can be made in target/e2e");
        Self { folder }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        // A folder that cannot be removed is in `target` and is deleted with it.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A Chromium process and the pipe to it.
#[derive(Debug)]
struct Process {
    child: Child,
    wire: Arc<Wire>,
}

/// A browser as a test has it.
#[derive(Debug)]
pub struct Browser {
    connection: Rc<RefCell<Connection>>,
    kind: Kind,
    /// Released last, after what the browser was used for has ended.
    _turn: Turn,
}

#[derive(Debug)]
enum Kind {
    /// A separate process for this test.
    Own(Box<Process>),
    /// A context in the shared process: what one stores is invisible in the others.
    Shared { context: String },
}

/// The process that tests share, once one has requested it.
static SHARED: Mutex<Option<(Process, Profile)>> = Mutex::new(None);

impl Process {
    /// Starts Chromium on a profile.
    fn start(profile: &Profile) -> Self {
        // A killed browser leaves its lock files in the profile.
        for lock in ["SingletonLock", "SingletonCookie", "SingletonSocket"] {
            let _ = fs::remove_file(profile.folder.join(lock));
        }
        // The shell moves the pipes to descriptors 3 and 4, where Chromium looks for them.
        let mut command = Command::new("sh");
        command.args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>&2"#]).arg(chrome());
        command
            .args(FLAGS)
            .args(if DRAWS_IN_FULL.load(Ordering::Relaxed) { &[][..] } else { COARSE })
            .arg(format!("--user-data-dir={}", profile.folder.display()));
        if is_root() {
            command.arg("--no-sandbox");
        }
        command.arg("about:blank").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("a shell to start Chromium with");
        let (to, from) = (child.stdin.take(), child.stdout.take());
        let (to, from) = to.zip(from).expect("both pipes were asked for");
        Self { child, wire: Wire::new(to, from) }
    }

    fn runs(&mut self) -> bool {
        !self.wire.gone() && matches!(self.child.try_wait(), Ok(None))
    }
}

impl Browser {
    /// A share of the browser that all tests use: empty storage that no other test sees.
    pub fn shared() -> Self {
        let turn = turns::beside();
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let running =
            shared.as_mut().and_then(|(process, _)| process.runs().then(|| Arc::clone(&process.wire)));
        let connection = running.map(|wire| Connection::new(&wire)).unwrap_or_else(|| {
            remove_old_profiles();
            // A dead one is removed before another takes its folder.
            *shared = None;
            let profile = Profile::new(SHARED_PROFILE);
            let process = Process::start(&profile);
            let connection = greeted(&process);
            *shared = Some((process, profile));
            connection
        });
        drop(shared);
        let connection = Rc::new(RefCell::new(connection));
        let made = connection.borrow_mut().call(None, "Target.createBrowserContext", json!({}));
        let made =
            made.unwrap_or_else(|why| panic!("the shared browser gives no storage of one's own: {why}"));
        let context = made["browserContextId"].as_str().unwrap_or_default().to_owned();
        Self { connection, kind: Kind::Shared { context }, _turn: turn }
    }

    /// Starts a separate browser on a profile: for tests that kill it, or that measure its process.
    pub fn start(profile: &Profile) -> Self {
        let turn = turns::beside();
        let process = Process::start(profile);
        let connection = Rc::new(RefCell::new(greeted(&process)));
        Self { connection, kind: Kind::Own(Box::new(process)), _turn: turn }
    }

    /// Opens a page in a new tab, which behaves as if it had the focus and were not covered.
    pub fn page(&self, name: &str) -> Page {
        let mut params = json!({"url": "about:blank"});
        if let Kind::Shared { context } = &self.kind {
            params["browserContextId"] = json!(context);
        }
        let target = self.call("Target.createTarget", params);
        let page = Page::attach(&self.connection, name, target["targetId"].as_str().unwrap_or_default());
        // A separate window would be drawn by a second process, which costs more than the page.
        page.call("Emulation.setFocusEmulationEnabled", json!({"enabled": true}));
        page
    }

    /// Kills every process of the browser with SIGKILL, as a power cut would, and waits until they are gone. What the
    /// browser sent before it died can still be read from its pages.
    pub fn kill(mut self) {
        assert!(matches!(self.kind, Kind::Own(_)), "a browser that other tests use is not killed");
        self.end();
    }

    /// The browser's name and version.
    pub fn version(&self) -> String {
        self.call("Browser.getVersion", json!({}))["product"].as_str().unwrap_or_default().to_owned()
    }

    /// The largest peak of resident memory among the browser's page processes, in bytes; none where there is no
    /// `/proc`.
    pub fn page_memory(&self) -> Option<u64> {
        let info = self.call("SystemInfo.getProcessInfo", json!({}));
        let processes = info["processInfo"].as_array()?;
        processes
            .iter()
            .filter(|process| process["type"] == "renderer")
            .filter_map(|process| peak_memory(process["id"].as_u64()?))
            .max()
    }

    fn call(&self, method: &str, params: Value) -> Value {
        match self.connection.borrow_mut().call(None, method, params) {
            Ok(value) => value,
            Err(why @ (Trouble::Gone | Trouble::Refused(_))) => panic!("{method}: {why}"),
        }
    }

    fn end(&mut self) {
        let Kind::Own(process) = &mut self.kind else { return };
        signal_group(process.child.id(), "KILL");
        // The child is a child of ours: waiting for it can only fail if it was waited for already.
        let _ = process.child.wait();
        let deadline = Instant::now() + Duration::from_secs(10);
        while group_runs(process.child.id()) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(2));
        }
        self.connection.borrow_mut().hang_up();
        // Until the end of the pipe, which comes at once because the browser no longer writes to it.
        self.connection.borrow_mut().listen(Duration::from_secs(5));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        match &mut self.kind {
            Kind::Own(process) => {
                if process.runs() {
                    self.end();
                }
            }
            Kind::Shared { context } => {
                let params = json!({"browserContextId": context});
                // With its pages and all that they stored. A browser that is gone has no contexts left.
                let _ = self.connection.borrow_mut().call(None, "Target.disposeBrowserContext", params);
            }
        }
    }
}

/// A connection to a process that has just been started; panics with a message if it does not answer.
fn greeted(process: &Process) -> Connection {
    let mut connection = Connection::new(&process.wire);
    if let Err(why) = connection.call(None, "Browser.getVersion", json!({})) {
        panic!("{} did not start: {why}", chrome().display());
    }
    connection
}

/// The name prefix of the shared browser's profile; the process id of the tests follows it.
const SHARED_PROFILE: &str = "shared";

/// Removes the profiles of shared browsers whose tests are over: a process cannot remove its own when it ends.
fn remove_old_profiles() {
    let beginning = format!("profile-{SHARED_PROFILE}-");
    for entry in fs::read_dir(artefacts()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(process) = name.strip_prefix(&beginning) else { continue };
        if !Path::new("/proc").join(process).exists() {
            // A folder that cannot be removed is in `target` and is deleted with it.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Headless, and without network traffic of its own: a test must not wait for other servers.
const FLAGS: &[&str] = &[
    "--headless",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    // Without the features that a normal browser runs beside showing the page.
    "--disable-features=PreloadTopChromeWebUI,WebUIOmniboxPopup,OptimizationHints,MediaRouter,Translate,\
     InterestFeedContentSuggestions,CertificateTransparencyComponentUpdater",
    "--disable-component-extensions-with-background-pages",
    "--disable-default-apps",
    "--disable-breakpad",
    "--metrics-recording-only",
    "--no-service-autorun",
    "--password-store=basic",
    "--use-mock-keychain",
    "--mute-audio",
    "--hide-scrollbars=false",
    "--window-size=1440,900",
];

/// Most of what a test's browser does is drawing by software. Tests read the page's elements and not its pixels, so
/// theirs is drawn at a quarter of the size and, as for readers who asked for less motion, ten times a second. A
/// picture is drawn in full ([`Page::picture`]); what needs motion asks for it ([`Page::media`]).
const COARSE: &[&str] = &[
    "--force-device-scale-factor=0.25",
    "--force-prefers-reduced-motion",
    "--disable-smooth-scrolling",
    "--disable-lcd-text",
    "--disable-partial-raster",
];

static DRAWS_IN_FULL: AtomicBool = AtomicBool::new(false);

/// Lets browsers that start from now on draw every pixel of every frame, as a user's does: for what measures or
/// photographs them.
pub fn draw_in_full() {
    DRAWS_IN_FULL.store(true, Ordering::Relaxed);
}

fn chrome() -> PathBuf {
    if let Some(path) = env::var_os("CHROME") {
        return PathBuf::from(path);
    }
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .flat_map(|dir| names.map(|name| dir.join(name)))
        .find(|path| path.is_file())
        .expect("Chromium on PATH, or its path in CHROME; `cargo xtask test` installs it")
}

/// Whether a process of a group still runs. One that is dead and only waits to be reaped does not: in a container it
/// may never be reaped.
fn group_runs(group: u32) -> bool {
    let Ok(entries) = fs::read_dir("/proc") else { return signal_group(group, "0") };
    let group = group.to_string();
    entries.flatten().any(|entry| {
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // After the name in brackets, which may contain anything: state, parent, group.
        let mut words = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let state = words.next();
        words.nth(1) == Some(&group) && !matches!(state, Some("Z" | "X"))
    })
}

/// Sends a signal to every process of a group; false when there is none left.
fn signal_group(group: u32, signal: &str) -> bool {
    let script = format!("kill -s {signal} -- -{group}");
    Command::new("sh")
        .args(["-c", &script])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// `VmHWM` of a process: the most memory it ever had resident.
fn peak_memory(pid: u64) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
