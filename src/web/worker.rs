//! The worker's side: one loop that receives messages, transaction results and requests of other tabs, and runs the lab
//! in between.
//!
//! Guarantees: what is received is handled in order of arrival; a run is opened as [`Storage`] says, and a run that
//! cannot be kept runs in memory and reports why; damaged data is refused and left unchanged. A panic is reported
//! before the worker dies. Leaves out: what a run does (`host`).

use std::cell::Cell;
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::address::is_saved;
#[cfg(feature = "bench")]
use super::bench;
use super::drilling::{self, Drills};
use super::host::{self, Done, Keeper, Next, Run, reason};
use super::idb::StoreError;
use super::lock::{self, Ear};
use super::schedule_search::{self, Searching};
use super::schedule_text;
use super::store::Store;
use super::wire::{
    DrillFacts, DrillOrder, HostFacts, HostState, MemoryReason, Pace, SearchFacts, Storage, ToPage, ToWorker,
};
use super::{clock, measure, saved_runs, tabs, wire, worlds};
use quorum_facade::swarm::WorldKind;
use quorum_facade::{Answer, Committed, Lab, RunConfig, StoredRun, backup};
use quorum_i18n::Lang;
use quorum_types::Refusal;

/// What wakes the loop.
enum Wake {
    Message(ToWorker),
    Committed { opening: u64, outcome: Result<Committed, StoreError> },
    AskedToLetGo(String),
    LockStolen { opening: u64 },
    StoreClosed { opening: u64 },
}

/// Starts the worker's loop. Called once, in a worker.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| post(&ToPage::Panicked { message: panic.to_string() })));
    let (wakes, heard) = unbounded();
    let on_message = {
        let wakes = wakes.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            match wire::unpack(&event.data()) {
                // A ping is answered even while the loop waits for something else.
                Ok(ToWorker::Ping) => post(&ToPage::Alive),
                Ok(message) => drop(wakes.unbounded_send(Wake::Message(message))),
                Err(error) => post(&ToPage::Panicked { message: error }),
            }
        })
    };
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // The worker listens for as long as it lives.
    on_message.forget();
    let worker = Worker {
        wakes,
        run: None,
        opening: 0,
        database: String::new(),
        ear: None,
        lang: Lang::Zh,
        snapshot_interval_ms: host::FRAME_MS,
        resting: false,
        measuring: Rc::default(),
        stop_measuring: Rc::default(),
        schedule_search: None,
        drilling: None,
        tab: None,
    };
    wasm_bindgen_futures::spawn_local(worker.serve(heard));
    post(&ToPage::Ready);
}

struct Worker {
    wakes: UnboundedSender<Wake>,
    run: Option<Run>,
    /// The number of the opening that `run` came from; events of an earlier one are ignored.
    opening: u64,
    database: String,
    ear: Option<Ear>,
    lang: Lang,
    /// The shortest interval between two snapshots.
    snapshot_interval_ms: f64,
    /// Whether no time passes, because nobody looks.
    resting: bool,
    /// Whether a measurement is running, and whether it is to stop.
    measuring: Rc<Cell<bool>>,
    stop_measuring: Rc<Cell<bool>>,
    /// The search in progress.
    schedule_search: Option<Box<dyn Searching>>,
    /// The failover tests in progress, or the last ones with their report.
    drilling: Option<Box<dyn Drills>>,
    /// The node that this tab is.
    tab: Option<Box<dyn Fn(Vec<u8>)>>,
}

/// What a message asks to open.
struct Opening {
    config: RunConfig,
    database: String,
    speed: f64,
    held: bool,
    client: Client,
    take_over: bool,
    erase: bool,
    /// The run to replay.
    run: Option<String>,
    /// The run to start from, in place of the stored one.
    restore: Option<StoredRun>,
}

/// What the client remembers, where it has outlived a worker.
struct Client {
    receipts_rows: Option<u64>,
    outstanding_rows: Option<u64>,
}

/// The result of opening the store.
struct Kept {
    keeper: Keeper,
    stored: Option<StoredRun>,
    load_ms: f64,
}

impl Worker {
    async fn serve(mut self, mut heard: UnboundedReceiver<Wake>) {
        loop {
            while let Ok(wake) = heard.try_recv() {
                self.handle(wake).await;
            }
            let next = self.run.as_mut().map_or(Next::Quiet, Run::work);
            let beside = !self.resting && (self.search_on() | self.drill_on());
            let next = if beside { Next::Now } else { next };
            let wake = match next {
                Next::Now => {
                    clock::breathe().await;
                    None
                }
                Next::After(ms) => match select(heard.next(), Box::pin(clock::sleep(ms))).await {
                    Either::Left((wake, _)) => wake,
                    Either::Right(_) => None,
                },
                Next::Quiet => heard.next().await,
            };
            if let Some(wake) = wake {
                self.handle(wake).await;
            }
        }
    }

    /// Searches for one slice; returns whether the search goes on.
    fn search_on(&mut self) -> bool {
        let more = self.schedule_search.as_mut().is_some_and(|search| search.work());
        if !more {
            self.schedule_search = None;
        }
        more
    }

    /// Plays failover tests for one slice; returns whether there are more.
    fn drill_on(&mut self) -> bool {
        self.drilling.as_mut().is_some_and(|drilling| drilling.work())
    }

    async fn handle(&mut self, wake: Wake) {
        match wake {
            Wake::Message(message) => self.handle_message(message).await,
            Wake::Committed { opening, outcome } if opening == self.opening => {
                if let Some(run) = &mut self.run {
                    run.committed(outcome);
                }
            }
            Wake::AskedToLetGo(database) if database == self.database => self.let_go(),
            Wake::LockStolen { opening } if opening == self.opening => {
                if let Some(run) = &mut self.run {
                    run.lose_store(MemoryReason::TakenOver);
                }
            }
            // At once, and not only at the next write: the learner relies on the state that the page shows.
            Wake::StoreClosed { opening } if opening == self.opening => {
                if let Some(run) = &mut self.run {
                    run.lose_store(MemoryReason::Closed);
                }
            }
            Wake::Committed { .. }
            | Wake::AskedToLetGo(_)
            | Wake::LockStolen { .. }
            | Wake::StoreClosed { .. } => {}
        }
    }

    async fn handle_message(&mut self, message: ToWorker) {
        match message {
            ToWorker::Open {
                config,
                database,
                speed,
                held,
                receipts_rows,
                outstanding_rows,
                take_over,
                erase,
                run,
                restore,
            } => {
                self.lang = Lang::parse(&config.lang);
                let client = Client { receipts_rows, outstanding_rows };
                let restore = match restore.map(|bytes| backup::read(&bytes_of(&bytes))).transpose() {
                    Ok(restore) => restore,
                    Err(_) => return post_refused(Refusal::new("bad_backup", self.lang.t("restore-bad"))),
                };
                let opening =
                    Opening { config, database, speed, held, client, take_over, erase, run, restore };
                self.open(opening).await;
            }
            ToWorker::Backup { ticket } => match self.run.as_ref().map(|run| run.lab().backup()) {
                Some(Ok(bytes)) => {
                    post(&ToPage::BackedUp { ticket, bytes: Uint8Array::from(&bytes[..]).into() });
                }
                Some(Err(refusal)) => post(&ToPage::Answered { ticket, answer: refusal.into() }),
                None => self.nothing_open(ticket),
            },
            ToWorker::SaveRun { ticket } => match &self.run {
                Some(run) => {
                    let saved = saved_runs::code().await.and_then(|code| save(code, run.lab()));
                    post(&ToPage::Answered { ticket, answer: saved.unwrap_or_else(Answer::from) });
                }
                None => self.nothing_open(ticket),
            },
            ToWorker::Check { ticket, bytes } => {
                let bytes = bytes_of(&bytes);
                let world = backup::read(&bytes).ok().and_then(|run| WorldKind::of(&run.stamp.topology));
                let answer = match bring(world).await {
                    Ok(()) => backup::check(&bytes),
                    Err(refusal) => refusal.into(),
                };
                post(&ToPage::Answered { ticket, answer });
            }
            ToWorker::Measure { what, sizes, of } => self.measure(what, sizes, of),
            ToWorker::Prepare { topology } => {
                if let Some(world) = WorldKind::of(&topology) {
                    // What cannot be fetched now is fetched, or reported, when the run is opened.
                    wasm_bindgen_futures::spawn_local(async move { drop(worlds::bring(world).await) });
                }
            }
            ToWorker::ScheduleSearch { rule, first, seeds, events } => {
                self.stop_search();
                match schedule_search::load().await {
                    Ok(start) => {
                        let post = |facts| post(&ToPage::ScheduleSearch(facts));
                        self.schedule_search = Some(start(rule, first, seeds, events, post));
                    }
                    // A search that ends without a seed tried.
                    Err(_) => {
                        post(&ToPage::ScheduleSearch(SearchFacts { rule, first, ..SearchFacts::default() }))
                    }
                }
            }
            ToWorker::StopScheduleSearch => self.stop_search(),
            ToWorker::Drill(order) => self.drill(order).await,
            ToWorker::StopDrill => {
                if let Some(drilling) = &mut self.drilling {
                    drilling.end();
                }
            }
            ToWorker::WriteDrill { ticket, form, lang, words } => {
                let lang = Lang::parse(&lang);
                for packed in words {
                    quorum_i18n::learn(lang, packed);
                }
                let text = self.drilling.as_mut().and_then(|drilling| drilling.write(form, lang));
                post(&ToPage::DrillText { ticket, text });
            }
            ToWorker::Tab { packed } => self.order_tab(packed).await,
            ToWorker::StopMeasuring => self.stop_measuring.set(true),
            ToWorker::Do { ticket, command } => match &mut self.run {
                Some(run) => run.execute(ticket, command),
                None => self.nothing_open(ticket),
            },
            ToWorker::Pace(pace) => {
                if let Some(run) = &mut self.run {
                    run.pace(pace);
                }
            }
            ToWorker::LeaveStore => {
                if let Some(run) = &mut self.run {
                    run.leave_store();
                }
            }
            ToWorker::SnapshotInterval { ms } => {
                self.snapshot_interval_ms = f64::from(ms);
                if let Some(run) = &mut self.run {
                    run.set_snapshot_interval(self.snapshot_interval_ms);
                }
            }
            ToWorker::Rest { on } => {
                self.resting = on;
                if let Some(run) = &mut self.run {
                    run.rest(on);
                }
            }
            // The page has received it and runs the same program, so it is the right one.
            ToWorker::Words { lang, packed } => {
                quorum_i18n::learn(Lang::parse(&lang), packed);
            }
            // The page has parsed it already and would have reported any error.
            ToWorker::Lesson { text } => drop(quorum_lesson::bundle::open("", &text)),
            // Likewise; an unknown lesson is refused when it is opened.
            ToWorker::Manifest { slug, text } => {
                if let Some(lesson) = quorum_lesson::built_in(&slug) {
                    drop(lesson.learn_manifest(&text));
                }
            }
            ToWorker::Language { lang } => {
                self.lang = Lang::parse(&lang);
                if let Some(run) = &mut self.run {
                    run.set_language(&lang);
                }
            }
            ToWorker::LetGo => self.let_go(),
            // Answered where it was received.
            ToWorker::Ping => {}
            #[cfg(not(feature = "bench"))]
            ToWorker::Bench { .. } => {}
            #[cfg(feature = "bench")]
            ToWorker::Bench { part } => {
                post(&ToPage::Benched { report: bench::measure(&part).await });
            }
        }
    }

    fn nothing_open(&self, ticket: u64) {
        let refusal = Refusal::new("nothing_open", self.lang.t("refused-nothing-open"));
        post(&ToPage::Answered { ticket, answer: Answer::from(refusal) });
    }

    /// Measures beside the run, one measurement at a time.
    fn measure(&self, what: measure::What, sizes: Vec<u64>, of: u64) {
        if self.measuring.replace(true) {
            return;
        }
        let (measuring, stop) = (self.measuring.clone(), self.stop_measuring.clone());
        stop.set(false);
        wasm_bindgen_futures::spawn_local(async move {
            measure::measure(what, &sizes, of, &stop, |now| post(&ToPage::Measured(now.clone()))).await;
            measuring.set(false);
        });
    }

    /// Starts failover tests, as soon as their code is there.
    async fn drill(&mut self, order: DrillOrder) {
        match Self::drill_code(&order.scenario).await {
            Ok(code) => {
                self.drilling = (code.start)(order, |facts| post(&ToPage::Drill(Box::new(facts))));
            }
            Err(refusal) => {
                let DrillOrder { number, scenario, runs, .. } = order;
                let fault = Some((refusal.code, refusal.error));
                let facts = DrillFacts { number, scenario, runs, fault, ..DrillFacts::default() };
                post(&ToPage::Drill(Box::new(facts)));
            }
        }
    }

    /// Passes an order to the node that this tab is, which is started with the first.
    async fn order_tab(&mut self, packed: Vec<u8>) {
        if self.tab.is_none() {
            match tabs::load().await {
                Ok(start) => self.tab = Some(start(|packed| post(&ToPage::Tab { packed }))),
                Err(path) => return post(&ToPage::Panicked { message: path }),
            }
        }
        if let Some(tab) = &self.tab {
            tab(packed);
        }
    }

    async fn drill_code(scenario: &str) -> Result<drilling::Code, Refusal> {
        let code = drilling::load().await.map_err(worlds::incomplete)?;
        bring((code.world)(scenario)).await?;
        Ok(code)
    }

    fn stop_search(&mut self) {
        if let Some(mut schedule_search) = self.schedule_search.take() {
            schedule_search.end();
        }
    }

    fn let_go(&mut self) {
        if let Some(run) = &mut self.run {
            run.let_go();
        }
    }

    async fn open(&mut self, mut asked: Opening) {
        self.run = None;
        self.opening += 1;
        self.database.clone_from(&asked.database);
        let restores = asked.restore.is_some();
        let kept =
            if asked.config.kept { self.keep(&mut asked).await } else { Ok(Err(MemoryReason::Chosen)) };
        let (storage, kept) = match kept {
            Ok(Ok(kept)) => (Storage::Durable, kept),
            Ok(Err(why)) => {
                let memory = Kept { keeper: Keeper::Memory, stored: asked.restore.take(), load_ms: 0.0 };
                (Storage::Memory { why }, memory)
            }
            Err(refusal) => return post_refused(refusal),
        };
        asked.config.kept = storage == Storage::Durable;
        let Client { receipts_rows, outstanding_rows } = asked.client;
        // A backup brings its own receipts; the client's refer to the data that it replaces.
        let stored = kept.stored.map(|stored| {
            if restores { stored } else { StoredRun { receipts_rows, outstanding_rows, ..stored } }
        });
        let lab = match &asked.run {
            Some(run) if is_saved(run) => open_saved(run, &asked.config.lang).await,
            Some(run) => {
                let replayed = schedule_text::schedule(run).ok().map(|replay| replay.world);
                let brought = bring(replayed.or_else(|| WorldKind::of_run(&asked.config))).await;
                brought.and_then(|()| schedule_text::replay(run, &asked.config.lang))
            }
            None => {
                bring(WorldKind::of_run(&asked.config)).await.and_then(|()| Lab::open(asked.config, stored))
            }
        };
        match lab {
            Ok(lab) => {
                let mut run =
                    Run::new(lab, kept.keeper, storage, (asked.speed, self.lang), self.done(), post);
                run.loaded_in(kept.load_ms);
                run.set_snapshot_interval(self.snapshot_interval_ms);
                run.rest(self.resting);
                if asked.held {
                    run.pace(Pace::Hold);
                }
                self.run = Some(run);
            }
            // Store and lock are released with `kept.keeper`; nothing has been written.
            Err(refusal) => post_refused(refusal),
        }
    }

    /// Opens the store and reads it. Returns a reason when the run must do without, or a refusal when the stored data
    /// cannot be read and must not be overwritten.
    async fn keep(&mut self, asked: &mut Opening) -> Result<Result<Kept, MemoryReason>, Refusal> {
        let lost = {
            let (wakes, opening) = (self.wakes.clone(), self.opening);
            move || drop(wakes.unbounded_send(Wake::LockStolen { opening }))
        };
        let lock = if asked.take_over {
            lock::take_over(&asked.database, lost).await
        } else {
            lock::acquire(&asked.database, lost).await
        };
        let Some(lock) = lock else { return Ok(Err(MemoryReason::OtherTab)) };
        let erase = asked.erase || asked.restore.is_some();
        let mut store = match Store::open(&asked.database, &new_token(), erase).await {
            Ok(store) => store,
            Err(error) => return Ok(Err(reason(&error))),
        };
        let began = clock::now_ms();
        if let Some(run) = &asked.restore
            && let Err(error) = store.put(run).await
        {
            return Ok(Err(reason(&error)));
        }
        let stored = match asked.restore.take() {
            Some(run) => Some(run),
            None => store.load(post_loading).await.map_err(|error| self.unreadable(&error))?,
        };
        let load_ms = clock::now_ms() - began;
        store.when_lost({
            let (wakes, opening) = (self.wakes.clone(), self.opening);
            move || drop(wakes.unbounded_send(Wake::StoreClosed { opening }))
        });
        self.ear = {
            let wakes = self.wakes.clone();
            lock::listen(move |database| drop(wakes.unbounded_send(Wake::AskedToLetGo(database))))
        };
        Ok(Ok(Kept { keeper: Keeper::Store { store, lock, letting_go: false }, stored, load_ms }))
    }

    fn done(&self) -> Done {
        let (wakes, opening) = (self.wakes.clone(), self.opening);
        Rc::new(move |outcome| drop(wakes.unbounded_send(Wake::Committed { opening, outcome })))
    }

    fn unreadable(&self, error: &StoreError) -> Refusal {
        match error {
            StoreError::Damaged { node, file, offset } => Refusal::new(
                "store_damaged",
                self.lang.f(
                    "refused-store-damaged",
                    &[("node", (*node).into()), ("file", (*file).into()), ("offset", (*offset).into())],
                ),
            ),
            other => Refusal::new(
                "store_unreadable",
                self.lang.f("refused-store-unreadable", &[("why", format!("{other:?}").into())]),
            ),
        }
    }
}

/// Fetches the code of the world that something needs, if it needs one.
async fn bring(world: Option<WorldKind>) -> Result<(), Refusal> {
    match world {
        Some(world) => worlds::bring(world).await,
        None => Ok(()),
    }
}

/// Opens a saved run at its moment, once the code of its world is there.
async fn open_saved(letters: &str, lang: &str) -> Result<Lab, Refusal> {
    let code = saved_runs::code().await?;
    let saved = (code.read)(letters)?;
    bring(saved_runs::world(&saved)).await?;
    (code.open)(&saved, lang)
}

fn save(code: saved_runs::Code, lab: &Lab) -> Result<Answer, Refusal> {
    Ok(Answer::Saved { ok: true, run: (code.save)(lab)?, digest: lab.digest(), t_us: lab.now_us() })
}

fn post_loading(bytes: u64, total_bytes: u64) {
    let state = HostState::Loading { bytes, total_bytes };
    post(&ToPage::Host(HostFacts { state, ..HostFacts::default() }));
}

fn post_refused(refusal: Refusal) {
    let state = HostState::Refused { code: refusal.code, error: refusal.error };
    post(&ToPage::Host(HostFacts { state, ..HostFacts::default() }));
}

/// The bytes attached to a message.
fn bytes_of(value: &JsValue) -> Vec<u8> {
    value.unchecked_ref::<Uint8Array>().to_vec()
}

/// A token that no other writer has.
fn new_token() -> String {
    // Without randomness, the time since the worker began is the best source of a unique token.
    let number = getrandom::u64().unwrap_or_else(|_| clock::now_ms().to_bits());
    format!("{number:016x}")
}

fn post(message: &ToPage) {
    match wire::pack(message) {
        Ok(packed) => {
            let handed_over = js_sys::Array::of1(&packed.buffer);
            if let Some(bytes) = message.bytes() {
                // A backup can be large, and the worker has no more use for it.
                handed_over.push(&bytes.unchecked_ref::<Uint8Array>().buffer());
            }
            drop(scope().post_message_with_transfer(&packed.data, &handed_over));
        }
        Err(error) => web_sys::console::error_1(&JsValue::from_str(&error)),
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
