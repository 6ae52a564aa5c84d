//! The page's handle on the run: starts the worker, exchanges messages with it, and notifies subscribers.
//!
//! Guarantees: every command is answered exactly once, with a refusal where the worker is gone; messages of a worker
//! that was ended are ignored; the page remembers which rows it has seen acknowledged on durable storage for as long as
//! it lives, and passes that on as the client's receipts when the run is opened again. Leaves out: drawing (`ui`), and
//! what commands mean (the lab).

mod drills;
mod hearing;
mod permits;
mod request;
mod resting;
mod saving;
mod searches;

use litemap::LiteMap;
use std::{cell::RefCell, rc::Rc};

use futures_channel::oneshot;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use super::address::{self, Address};
use super::link::Link;
use super::measure::{Measured, What};
use super::wire::DrillFacts;
use super::wire::{HostFacts, HostState, Pace, SearchFacts, Storage, ToWorker};
use quorum_facade::snapshot::Role;
use quorum_facade::{Answer, Command, Control, Event, Snapshot};
use quorum_i18n::Lang;
use quorum_lesson::manifest;
use quorum_types::Refusal;

pub use permits::{offer, offers, offers_plug};
pub use request::OpenRequest;
pub use resting::{rest, rests};
pub use saving::Saved;

/// An update for subscribers.
#[derive(Clone, Debug)]
pub enum Update {
    /// The state of the host.
    Host(Rc<HostFacts>),
    /// A snapshot.
    Moment(Rc<Snapshot>),
    /// Events, and how many were dropped.
    Happened(Rc<Vec<Event>>, u64),
    /// The measurements so far.
    Measured(Rc<Measured>),
    /// The progress of a search for a schedule.
    ScheduleSearch(Rc<SearchFacts>),
    /// The progress of failover tests.
    Drill(Rc<DrillFacts>),
}

type Subscriber = Rc<dyn Fn(&Update)>;

/// The page's handle on the run. Clones share one session.
#[derive(Clone)]
pub struct Session(Rc<Inner>);

impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl core::fmt::Debug for Session {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Session").field("host", &self.0.state.borrow().host.state).finish_non_exhaustive()
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

struct Inner {
    state: RefCell<State>,
    subscribers: RefCell<LiteMap<u64, Subscriber>>,
}

#[derive(Default)]
struct State {
    link: Option<Link>,
    /// The worker that searches, once a search was started.
    search_worker: Option<Link>,
    /// Whether the worker has been asked to open something; such a worker is not reused for another run.
    used: bool,
    request: Option<OpenRequest>,
    /// The number of openings so far.
    openings: u64,
    host: Rc<HostFacts>,
    moment: Option<Rc<Snapshot>>,
    last_ticket: u64,
    pending: LiteMap<u64, Pending>,
    /// Rows seen acknowledged on durable storage, by database, and in which of its openings.
    receipts: LiteMap<String, (u32, u64)>,
    /// Rows requested and not acknowledged when the last worker ended, by database.
    outstanding: LiteMap<String, u64>,
    /// Settings of a lone engine that were changed while it ran, by database. They belong to the disk and the client,
    /// which outlive a worker.
    set: LiteMap<String, Vec<(String, u64)>>,
    /// How often a worker sends snapshots, if the page has said so.
    snapshot_interval_ms: Option<u32>,
    last_subscriber: u64,
    /// The latest backup, until it is taken.
    backup: Option<Uint8Array>,
    /// The measurements, kept until the page closes.
    measured: Vec<Rc<Measured>>,
    /// The last search, kept until the page closes.
    search: Option<Rc<SearchFacts>>,
    /// The last failover tests, and the reports that are being formatted.
    drills: drills::Drills,
    /// Whether a worker has ever answered, or could not be started at all.
    answered: bool,
    /// Whether the learner has done something to the open run.
    acted: bool,
    /// Whether no time passes, because nobody looks.
    resting: bool,
}

impl State {
    /// Records rows that were requested and not acknowledged, for the client, which outlives the worker.
    fn note_outstanding(&mut self) {
        if self.host.storage != Storage::Durable {
            return;
        }
        let Some(database) = self.request.as_ref().map(OpenRequest::database) else { return };
        let reported = self.moment.as_ref().map_or(0, |moment| moment.rows.pending);
        // Where the engine has not reported its progress yet, the number of requested rows counts.
        let asked: u64 = self.pending.values().map(|pending| pending.rows).sum();
        let rows = if reported > 0 { reported } else { asked };
        if rows > 0 {
            self.outstanding.insert(database, rows);
        }
    }
}

impl State {
    /// Records a setting of a lone engine.
    fn note_set(&mut self, name: &str, value: u64) {
        let Some(request) = self.request.as_ref().filter(|request| request.is_of_an_engine()) else { return };
        let set = self.set.entry(request.database()).or_default();
        set.retain(|(other, _)| other != name);
        set.push((name.to_owned(), value));
    }

    /// The changed settings of the engine that is opened.
    fn set_again(&self) -> Vec<(String, u64)> {
        let request = self.request.as_ref().filter(|request| request.is_of_an_engine());
        request.and_then(|request| self.set.get(&request.database())).cloned().unwrap_or_default()
    }
}

/// A command that the worker has not answered yet.
struct Pending {
    tell: oneshot::Sender<Answer>,
    /// Rows that the command asked to insert.
    rows: u64,
}

/// Ends the subscription when dropped.
#[must_use = "a subscription ends when it is dropped"]
pub struct Subscription {
    inner: std::rc::Weak<Inner>,
    number: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.upgrade() {
            // Dropped only after the borrow: a subscriber may own another subscription.
            let gone = inner.subscribers.borrow_mut().remove(&self.number);
            drop(gone);
        }
    }
}

impl core::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Subscription").field("number", &self.number).finish_non_exhaustive()
    }
}

/// Sends the worker the catalogue for its messages, as far as it is loaded. The worker keeps what it receives.
fn tell_words(link: &Link, lang: &str) {
    for packed in quorum_i18n::all_learnt(Lang::parse(lang)) {
        link.post(ToWorker::Words { lang: lang.to_owned(), packed: packed.to_owned() });
    }
}

/// Sends the worker a lesson: the manifest of one of the course, or one that was opened from a file.
fn tell_lesson(link: &Link, slug: Option<&str>) {
    let Some(slug) = slug else { return };
    let of_the_course = quorum_lesson::built_in(manifest::base(slug));
    if let Some((lesson, text)) = of_the_course.and_then(|lesson| Some((lesson, lesson.source()?))) {
        link.post(ToWorker::Manifest { slug: lesson.slug().to_owned(), text: text.to_owned() });
    } else if let Some(text) = quorum_lesson::bundle::source(slug) {
        link.post(ToWorker::Lesson { text });
    }
}

impl Session {
    /// A session with nothing open. No worker runs yet.
    pub fn new() -> Self {
        let session = Self(Rc::new(Inner { state: RefCell::default(), subscribers: RefCell::default() }));
        session.join_resting();
        session
    }

    /// Starts the worker without opening anything, so that the next opening is faster.
    pub fn warm(&self) {
        if self.0.state.borrow().link.is_none() {
            self.start_worker();
        }
    }

    /// Lets the worker fetch the code of a topology's world while the page still fetches its own.
    pub fn prepare(&self, topology: &str) {
        self.warm();
        if let Some(link) = &self.0.state.borrow().link {
            link.post(ToWorker::Prepare { topology: topology.to_owned() });
        }
    }

    /// Opens a run. The previous run is ended.
    pub fn open(&self, request: OpenRequest) {
        self.open_from(request, None);
    }

    fn open_from(&self, request: OpenRequest, restore: Option<Uint8Array>) {
        let reusable = {
            let state = self.0.state.borrow();
            state.link.is_some() && !state.used
        };
        if !reusable {
            self.end_worker("refused-reopened");
        }
        let (message, lang) = {
            let mut state = self.0.state.borrow_mut();
            let database = request.database();
            if request.erase || restore.is_some() {
                state.receipts.remove(&database);
                state.outstanding.remove(&database);
            }
            let receipts = state.receipts.get(&database).map(|(_, rows)| *rows);
            let outstanding = state.outstanding.remove(&database);
            let message = request.message(receipts, outstanding, restore.map(JsValue::from));
            let lang = request.lang.clone();
            // From here on no subscriber receives updates of the previous run.
            state.moment = None;
            state.acted = false;
            state.openings += 1;
            // Erasing and taking over are done once, and not repeated at the next opening.
            state.request = Some(OpenRequest { erase: false, take_over: false, ..request });
            (message, lang)
        };
        if reusable {
            self.change_host(|_| {});
        } else {
            self.start_worker();
        }
        let mut sent = Ok(());
        {
            let mut state = self.0.state.borrow_mut();
            state.used = true;
            if let Some(link) = &state.link {
                tell_words(link, &lang);
                tell_lesson(link, state.request.as_ref().and_then(|request| request.lesson.as_deref()));
                sent = link.try_post(message);
                if sent.is_ok() {
                    for (name, value) in state.set_again() {
                        link.post(ToWorker::Do {
                            ticket: 0,
                            command: Command::Control(Control::Set { name, value }),
                        });
                    }
                }
            }
        }
        if let Err(why) = sent {
            self.unsent(None, &why);
        }
    }

    /// Calls `f` with every update from now on, until the subscription is dropped.
    pub fn subscribe(&self, f: impl Fn(&Update) + 'static) -> Subscription {
        let number = {
            let mut state = self.0.state.borrow_mut();
            state.last_subscriber += 1;
            state.last_subscriber
        };
        self.0.subscribers.borrow_mut().insert(number, Rc::new(f));
        Subscription { inner: Rc::downgrade(&self.0), number }
    }

    /// Executes a command and resolves with its answer.
    pub async fn execute(&self, command: Command) -> Answer {
        if !self.permits(&command) {
            return self.refusal("refused-not-allowed").into();
        }
        let rows = command.rows_asked();
        if let Command::Control(Control::Set { name, value }) = &command {
            self.0.state.borrow_mut().note_set(name, *value);
        }
        self.ask(rows, |ticket| ToWorker::Do { ticket, command }).await
    }

    /// Records that the learner has done something to the open run.
    pub fn note_acted(&self) {
        self.0.state.borrow_mut().acted = true;
    }

    /// Whether leaving the page would lose what the learner has done: the run is in memory only.
    pub fn would_lose(&self) -> bool {
        let state = self.0.state.borrow();
        state.acted && state.link.is_some() && state.host.storage != Storage::Durable
    }

    /// The engine's disk as one file.
    pub async fn backup(&self) -> Result<Uint8Array, Answer> {
        let answer = self.ask(0, |ticket| ToWorker::Backup { ticket }).await;
        self.0.state.borrow_mut().backup.take().ok_or(answer)
    }

    /// Opens a backup in memory, beside the run: the result, or why it is refused.
    pub async fn check(&self, bytes: &Uint8Array) -> Answer {
        let bytes = JsValue::from(bytes);
        self.ask(0, |ticket| ToWorker::Check { ticket, bytes }).await
    }

    /// Opens again with a backup in place of the stored data. The backup must have been checked.
    pub fn restore(&self, bytes: Uint8Array) {
        if let Some(request) = self.request() {
            self.open_from(request, Some(bytes));
        }
    }

    /// Measures beside the open run.
    pub fn measure(&self, what: What, sizes: Vec<u64>, of: u64) {
        if let Some(link) = &self.0.state.borrow().link {
            link.post(ToWorker::Measure { what, sizes, of });
        }
    }

    /// Stops measuring.
    pub fn stop_measuring(&self) {
        if let Some(link) = &self.0.state.borrow().link {
            link.post(ToWorker::StopMeasuring);
        }
    }

    /// The measurements since the page was opened.
    pub fn measured(&self) -> Vec<Rc<Measured>> {
        self.0.state.borrow().measured.clone()
    }

    /// Posts a message that needs an answer, and resolves with the answer.
    async fn ask(&self, rows: u64, message: impl FnOnce(u64) -> ToWorker) -> Answer {
        let waiting = {
            let mut state = self.0.state.borrow_mut();
            if state.link.is_none() || !state.used {
                None
            } else {
                state.last_ticket += 1;
                let ticket = state.last_ticket;
                let (tell, receiver) = oneshot::channel();
                state.pending.insert(ticket, Pending { tell, rows });
                let unsent = state.link.as_ref().and_then(|link| link.try_post(message(ticket)).err());
                if let Some(why) = unsent {
                    state.pending.remove(&ticket);
                    drop(state);
                    return self.not_sent(&why).into();
                }
                Some(receiver)
            }
        };
        match waiting {
            None => self.refusal("refused-nothing-open").into(),
            Some(receiver) => receiver.await.unwrap_or_else(|_| self.refusal("refused-unplugged").into()),
        }
    }

    /// Sets the pace.
    pub fn pace(&self, pace: Pace) {
        if let Some(link) = &self.0.state.borrow().link {
            link.post(ToWorker::Pace(pace));
        }
    }

    /// Changes the language of sentences in snapshots and refusals.
    pub fn set_language(&self, lang: &str) {
        let mut state = self.0.state.borrow_mut();
        if let Some(request) = &mut state.request {
            lang.clone_into(&mut request.lang);
        }
        if let Some(link) = &state.link {
            tell_words(link, lang);
            link.post(ToWorker::Language { lang: lang.to_owned() });
        }
    }

    /// Lets the open run go on as a copy in memory, which can go back in time.
    pub fn leave_store(&self) {
        if let Some(link) = &self.0.state.borrow().link {
            link.post(ToWorker::LeaveStore);
        }
    }

    /// Sets how often the open run, and those after it, send snapshots.
    pub fn set_snapshot_interval(&self, ms: u32) {
        let mut state = self.0.state.borrow_mut();
        state.snapshot_interval_ms = Some(ms);
        if let Some(link) = &state.link {
            link.post(ToWorker::SnapshotInterval { ms });
        }
    }

    /// Terminates the worker at once, even in the middle of its work.
    pub fn pull_plug(&self) {
        if self.0.state.borrow().link.is_none() {
            return;
        }
        self.end_worker("refused-unplugged");
        self.change_host(|host| {
            host.state = HostState::Unplugged;
            host.waiting = false;
        });
    }

    /// Opens the same data with a new worker.
    pub fn reopen(&self) {
        self.open_again(|_| {});
    }

    /// Opens again and takes over the writer's role from another tab.
    pub fn take_over(&self) {
        self.open_again(|request| request.take_over = true);
    }

    /// Opens again with everything stored erased.
    pub fn erase(&self) {
        self.open_again(|request| request.erase = true);
    }

    fn open_again(&self, change: impl FnOnce(&mut OpenRequest)) {
        if let Some(mut request) = self.request() {
            change(&mut request);
            self.open(request);
        }
    }

    /// Resolves when a worker answers, or cannot be started.
    pub async fn answers(&self) {
        self.until(|session| session.0.state.borrow().answered.then_some(())).await;
    }

    /// Resolves when an opening is complete, refused or gone; with a refusal when another opening has replaced it.
    pub async fn settled(&self, opening: u64) -> Result<Rc<HostFacts>, Refusal> {
        self.until(move |session| {
            let host = session.host();
            let opens = matches!(host.state, HostState::Starting | HostState::Loading { .. });
            session.replaced(opening).map(Err).or_else(|| (!opens).then_some(Ok(host)))
        })
        .await
    }

    /// Resolves with an opening's latest snapshot, or with the first if there was none yet; with a refusal when there
    /// will be none.
    pub async fn first_moment(&self, opening: u64) -> Result<Rc<Snapshot>, Refusal> {
        self.until(move |session| {
            if let Some(refusal) = session.replaced(opening) {
                return Some(Err(refusal));
            }
            match (session.moment(), &session.host().state) {
                (Some(moment), _) => Some(Ok(moment)),
                (None, HostState::Starting | HostState::Loading { .. } | HostState::Running) => None,
                (None, _) => Some(Err(session.refusal("refused-unplugged"))),
            }
        })
        .await
    }

    /// Resolves when a lone engine has read its log, or nothing reads it any more; with a refusal when another opening
    /// has replaced it. The members of a replica set read theirs as virtual time passes, and are not waited for.
    pub async fn recovered(&self, opening: u64) -> Result<(), Refusal> {
        self.until(move |session| {
            if let Some(refusal) = session.replaced(opening) {
                return Some(Err(refusal));
            }
            let runs = session.host().state == HostState::Running;
            // An engine that refuses its log is reported as a state of the host, right after the snapshot.
            let reads = session.moment().is_none_or(
                |now| matches!(&now.nodes[..], [alone] if matches!(alone.role, Role::Recovering | Role::Refused)),
            );
            (!runs || !reads).then_some(Ok(()))
        })
        .await
    }

    /// The number of the current opening. Every opening has a new one, even if it is of the same run.
    pub fn opening(&self) -> u64 {
        self.0.state.borrow().openings
    }

    /// The refusal of a request to an opening that is no longer current.
    fn replaced(&self, opening: u64) -> Option<Refusal> {
        (self.opening() != opening).then(|| self.refusal("refused-reopened"))
    }

    /// Resolves as soon as `look` returns a value, now or after an update.
    async fn until<T: 'static>(&self, look: impl Fn(&Self) -> Option<T> + 'static) -> T {
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            let (tell, receiver) = oneshot::channel();
            let tell = std::cell::Cell::new(Some(tell));
            let subscription = self.subscribe(move |_| {
                if let Some(tell) = tell.take() {
                    // The receiver is gone if this future was dropped.
                    let _ = tell.send(());
                }
            });
            // The sender lives in the subscription, so this ends with an update.
            let _ = receiver.await;
            drop(subscription);
        }
    }

    /// The state of the host.
    pub fn host(&self) -> Rc<HostFacts> {
        self.0.state.borrow().host.clone()
    }

    /// The latest snapshot, if there was one since opening.
    pub fn moment(&self) -> Option<Rc<Snapshot>> {
        self.0.state.borrow().moment.clone()
    }

    /// The request of the open run.
    pub fn request(&self) -> Option<OpenRequest> {
        self.0.state.borrow().request.clone()
    }

    /// The language of the run, else the page's.
    pub fn lang(&self) -> Lang {
        let request = self.request();
        request.map_or_else(|| address::language(&Address::current()), |request| Lang::parse(&request.lang))
    }

    /// A refusal in the run's language; its code is derived from the catalogue key: `refused-no-worker` has the code
    /// `no_worker`.
    pub fn refusal(&self, key: &str) -> Refusal {
        let lang = self.lang();
        let code = key.trim_start_matches("refused-").replace('-', "_");
        Refusal::new(&code, lang.t(key))
    }

    /// The refusal of a message that could not be sent to the worker.
    fn not_sent(&self, why: &str) -> Refusal {
        let refusal = self.refusal("refused-not-sent");
        Refusal::new(&refusal.code, format!("{} ({why})", refusal.error))
    }

    fn change_host(&self, change: impl FnOnce(&mut HostFacts)) {
        let host = {
            let mut state = self.0.state.borrow_mut();
            let mut facts = (*state.host).clone();
            change(&mut facts);
            state.host = Rc::new(facts);
            state.host.clone()
        };
        self.tell(&Update::Host(host));
    }

    fn tell(&self, update: &Update) {
        // A copy, because a subscriber may subscribe or unsubscribe while it is notified.
        let subscribers: Vec<Subscriber> = self.0.subscribers.borrow().values().cloned().collect();
        for subscriber in subscribers {
            subscriber(update);
        }
    }
}
