//! A run in its worker: the lab, the destination of its writes, its pace, and the messages to the page.
//!
//! Guarantees: commands take effect at the virtual time at which they arrive; work is done in slices short enough for
//! messages to be received in between; an acknowledgement of a kept run is sent only after its transaction has
//! committed, because the lab waits for [`Lab::persisted`]; the page receives at most one snapshot a frame, and before
//! each answer a snapshot at least as new as the answer. When the store fails, the run goes on in memory and reports
//! why. Leaves out: how a run is opened and how messages arrive (`worker`).

use super::figures::Figures;
use super::idb::StoreError;
use super::lock::Lock;
use super::pacer::Pacer;
use super::store::Store;
use super::wire::{HostFacts, HostState, MemoryReason, Pace, Storage, ToPage};
use super::{clock, narrow};
use quorum_facade::{
    Advance, Answer, Command, Committed, Control, EngineEvent, Event, EventKind, Lab, Storage as _,
    StorageEvent,
};
use quorum_i18n::Lang;
use quorum_types::SECOND;

/// Maximum length of a slice of work.
const SLICE_MS: f64 = 12.0;
/// Minimum interval between two snapshots, unless the page asks for fewer.
pub const FRAME_MS: f64 = 16.0;
/// Interval between figures, which change all the time.
const FIGURES_MS: f64 = 100.0;
/// Events between two reads of the clock.
const EVENTS_A_LOOK: u32 = 64;
/// Virtual time may catch up with this much wall-clock time after a wait for the disk or a long slice.
const SLACK_MS: f64 = 32.0;
/// How far ahead a busy run may look for its next event.
const HORIZON_US: u64 = 3_600 * SECOND;

/// What the loop does next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// Continues at once: there is more to do.
    Now,
    /// Waits this many milliseconds, or until a message arrives.
    After(u32),
    /// Waits until a message arrives.
    Quiet,
}

/// The destination of a run's writes.
#[derive(Debug)]
pub enum Keeper {
    /// Memory only: writes are confirmed at once.
    Memory,
    /// The store, under the lock.
    Store {
        /// The store.
        store: Store,
        /// The right to write it.
        lock: Lock,
        /// Another tab has asked to write: finish what is in flight and release the lock.
        letting_go: bool,
    },
}

/// Damage in a lone engine's log.
#[derive(Clone, Debug)]
struct Damage {
    file: u32,
    offset: u64,
    why: String,
}

/// Reports the outcome of a transaction to the loop.
pub type Done = quorum_facade::Done<StoreError>;

/// An open run.
pub struct Run {
    lab: Lab,
    keeper: Keeper,
    done: Done,
    pacer: Pacer,
    /// Whether no time passes, because nobody looks. The pace stays as it is.
    resting: bool,
    figures: Figures,
    storage: Storage,
    waiting: bool,
    lang: Lang,
    /// Where and why the log was refused, if recovery found it damaged.
    refused: Option<Damage>,
    /// When replay began, until it has ended.
    replay_began_ms: Option<f64>,
    events: Vec<Event>,
    skipped: u64,
    /// Whether something changed since the last snapshot was sent.
    stale: bool,
    snapshot_interval_ms: f64,
    sent_moment_ms: f64,
    sent_facts: HostFacts,
    sent_facts_ms: f64,
    post: fn(&ToPage),
}

impl core::fmt::Debug for Run {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Run").field("lab", &self.lab).field("storage", &self.storage).finish_non_exhaustive()
    }
}

/// The most events of a run until something happens at once. A longer run goes on in slices, so that the page sees it
/// and can stop it.
const UNTIL_EVENTS: u32 = 5_000;

impl Run {
    /// A run of this lab, at this speed, with messages in this language.
    pub fn new(
        mut lab: Lab,
        keeper: Keeper,
        storage: Storage,
        (speed, lang): (f64, Lang),
        done: Done,
        post: fn(&ToPage),
    ) -> Self {
        let now = clock::now_ms();
        let pacer = Pacer::new(speed, now, lab.now_us());
        lab.run_until_in_slices(UNTIL_EVENTS);
        Self {
            replay_began_ms: Some(now),
            lab,
            keeper,
            done,
            pacer,
            resting: false,
            figures: Figures::default(),
            storage,
            waiting: false,
            lang,
            refused: None,
            events: Vec::new(),
            skipped: 0,
            stale: true,
            snapshot_interval_ms: FRAME_MS,
            sent_moment_ms: f64::NEG_INFINITY,
            sent_facts: HostFacts::default(),
            sent_facts_ms: f64::NEG_INFINITY,
            post,
        }
    }

    /// Records how long reading the store took.
    pub fn loaded_in(&mut self, ms: f64) {
        self.figures.load_ms = ms;
    }

    /// Whether nothing is in flight, neither here nor in the store.
    pub fn is_settled(&self) -> bool {
        let stored = match &self.keeper {
            Keeper::Memory => true,
            Keeper::Store { store, .. } => store.is_idle(),
        };
        self.replay_began_ms.is_none() && !self.lab.busy() && stored
    }

    /// The lab.
    pub fn lab(&self) -> &Lab {
        &self.lab
    }

    /// Whether the log is still being replayed.
    pub fn is_replaying(&self) -> bool {
        self.replay_began_ms.is_some()
    }

    /// Executes a command now.
    pub fn execute(&mut self, ticket: u64, command: Command) {
        if command.rows_asked() > 0 {
            let under_way = self.lab.snapshot().rows.pending > 0;
            self.figures.insert_asked(clock::now_ms(), under_way);
        }
        if matches!(
            command,
            Command::Control(
                Control::Seek { .. }
                    | Control::Run { .. }
                    | Control::Step
                    | Control::RunUntil { .. }
                    | Control::StepBack
                    | Control::Undo
                    | Control::Line { .. }
            )
        ) {
            self.pacer.forget_reached();
        }
        self.lab.execute(ticket, command);
        self.persist();
        // A command may have advanced virtual time by itself.
        self.pacer.settle(self.lab.now_us(), SLACK_MS);
        self.stale = true;
        self.collect();
    }

    /// Sets the pace.
    pub fn pace(&mut self, pace: Pace) {
        match pace {
            Pace::Play => self.pacer.playing = true,
            Pace::Hold => self.pacer.playing = false,
            Pace::Speed { x } => self.pacer.set_speed(x),
        }
        self.pacer.forget_reached();
        self.stale = true;
    }

    /// Lets no time pass until it is called again with `false`; commands are executed, and what they ask for is
    /// finished.
    pub fn rest(&mut self, on: bool) {
        // The time until now is still that of the state before.
        self.pass();
        self.resting = on;
        self.pacer.forget_reached();
    }

    /// The virtual time that is due now.
    fn pass(&mut self) -> u64 {
        let due = self.pacer.pass(clock::now_ms());
        if !self.resting {
            return due;
        }
        // No backlog is left for the moment at which time passes again.
        let now = self.lab.now_us();
        self.pacer.settle(now, 0.0);
        now
    }

    /// Whether time passes by itself.
    fn plays(&self) -> bool {
        self.pacer.playing && !self.resting
    }

    /// Sets the shortest interval between two snapshots; an answer's snapshot does not wait for it.
    pub fn set_snapshot_interval(&mut self, ms: f64) {
        self.snapshot_interval_ms = ms.max(FRAME_MS);
    }

    /// Changes the language.
    pub fn set_language(&mut self, lang: &str) {
        self.lab.set_language(lang);
        self.lang = Lang::parse(lang);
        self.stale = true;
    }

    /// A transaction has ended.
    pub fn committed(&mut self, outcome: Result<Committed, StoreError>) {
        let Keeper::Store { store, letting_go, .. } = &mut self.keeper else { return };
        match outcome {
            Ok(committed) => {
                self.figures.committed(&committed);
                if let Some(ticket) = committed.ticket {
                    self.lab.persisted(ticket);
                }
                let (idle, letting_go) = (store.is_idle(), *letting_go);
                if !letting_go {
                    store.pump(&self.done);
                } else if idle {
                    self.lose_store(MemoryReason::TakenOver);
                }
            }
            Err(error) => self.lose_store(reason(&error)),
        }
        self.stale = true;
    }

    /// Another tab asks to write: finish and release the lock.
    pub fn let_go(&mut self) {
        if let Keeper::Store { store, letting_go, .. } = &mut self.keeper {
            *letting_go = true;
            store.pump(&self.done);
            if store.is_idle() {
                self.lose_store(MemoryReason::TakenOver);
            }
        }
    }

    /// The store can no longer be written; the run goes on in memory.
    pub fn lose_store(&mut self, why: MemoryReason) {
        self.go_on_in_memory(why, Lab::storage_failed);
    }

    /// Goes on as a copy in memory, which can go back in time. What is stored stays as it is, and nothing is added to
    /// it; the lock is released.
    pub fn leave_store(&mut self) {
        self.go_on_in_memory(MemoryReason::Copy, Lab::leave_store);
    }

    fn go_on_in_memory(&mut self, why: MemoryReason, leave: fn(&mut Lab)) {
        if matches!(self.keeper, Keeper::Memory) {
            return;
        }
        self.keeper = Keeper::Memory;
        self.storage = Storage::Memory { why };
        // First the page learns that nothing is kept any more, then the lab goes on: an acknowledgement that rests on
        // memory alone must not look like one that rests on the disk.
        self.post_facts(clock::now_ms());
        leave(&mut self.lab);
        self.persist();
        // The next snapshot says so too, and does not wait for its turn.
        self.stale = true;
        self.sent_moment_ms = f64::NEG_INFINITY;
    }

    /// Does a slice of work and sends the page the updates that are due.
    pub fn work(&mut self) -> Next {
        let began = clock::now_ms();
        let due = self.pass();
        let more = !self.is_letting_go() && self.slice(began, due);
        self.persist();
        self.collect();
        self.tell();
        self.keep_receipts();
        if more {
            Next::Now
        } else if self.stale || (self.plays() && !self.waiting) {
            Next::After(until_next(clock::now_ms() - self.sent_moment_ms, self.snapshot_interval_ms))
        } else if self.facts(self.sent_facts.reached_speed) != self.sent_facts {
            Next::After(until_next(clock::now_ms() - self.sent_facts_ms, FIGURES_MS))
        } else {
            Next::Quiet
        }
    }

    fn is_letting_go(&self) -> bool {
        matches!(self.keeper, Keeper::Store { letting_go: true, .. })
    }

    /// Advances virtual time; true when the slice is used up and there is more to do.
    fn slice(&mut self, began_ms: f64, due_us: u64) -> bool {
        self.waiting = false;
        let mut was_busy = false;
        loop {
            let busy = self.lab.busy();
            let before = self.lab.now_us();
            if !busy {
                self.note_replayed();
                if was_busy {
                    // The pace goes on from where a run in slices has ended, not from where it began.
                    self.pacer.settle(before, SLACK_MS);
                }
            }
            was_busy = busy;
            let advance = if busy {
                // One event at a time, so that free running stops exactly where its work ends.
                self.lab.advance(before.saturating_add(HORIZON_US), 1)
            } else if self.plays() {
                self.lab.advance(due_us, EVENTS_A_LOOK)
            } else {
                return false;
            };
            self.stale |= self.lab.now_us() != before || advance == Advance::Budget;
            if busy {
                // The disk writes while the next rows are produced.
                self.persist();
            }
            match advance {
                Advance::Waiting { .. } if self.is_kept() => {
                    self.waiting = true;
                    self.pacer.settle(self.lab.now_us(), SLACK_MS);
                    return false;
                }
                // In memory the disk confirms at once.
                Advance::Waiting { .. } => self.persist(),
                Advance::Reached if !busy => return false,
                Advance::Idle => {
                    self.pacer.settle(self.lab.now_us(), 0.0);
                    return false;
                }
                Advance::Reached | Advance::Budget => {}
            }
            if clock::now_ms() - began_ms > SLICE_MS {
                self.pacer.settle(self.lab.now_us(), SLACK_MS);
                return true;
            }
        }
    }

    fn is_kept(&self) -> bool {
        matches!(self.keeper, Keeper::Store { .. })
    }

    fn note_replayed(&mut self) {
        if let Some(began) = self.replay_began_ms.take() {
            self.figures.replay_ms = clock::now_ms() - began;
            self.stale = true;
        }
    }

    /// Passes on the batches that are to be persisted.
    fn persist(&mut self) {
        while let Some(batch) = self.lab.take_writes() {
            match &mut self.keeper {
                Keeper::Memory => self.lab.persisted(batch.ticket),
                Keeper::Store { store, .. } => store.submit(batch),
            }
        }
        if let Keeper::Store { store, .. } = &mut self.keeper {
            store.pump(&self.done);
        }
    }

    /// Stores the acknowledgement count once nothing else is to be stored, so that a tab that is closed later still has
    /// it.
    fn keep_receipts(&mut self) {
        let Keeper::Store { store, letting_go: false, .. } = &mut self.keeper else { return };
        if store.is_idle()
            && let Some(batch) = self.lab.take_receipts()
        {
            store.submit(batch);
            store.pump(&self.done);
        }
    }

    /// Collects the events since the last call.
    fn collect(&mut self) {
        let events = self.lab.take_events();
        self.stale |= !events.is_empty();
        for event in &events {
            match &event.kind {
                EventKind::Engine(EngineEvent::Acknowledged { rows, .. }) => {
                    self.figures.acknowledged(clock::now_ms(), *rows)
                }
                // In a replica set one node is refused and the run goes on; a lone engine is refused entirely.
                EventKind::Storage(StorageEvent::WalCorrupt { file, offset, why })
                    if self.lab.snapshot().nodes.len() == 1 =>
                {
                    self.refused = Some(Damage { file: *file, offset: *offset, why: why.clone() });
                }
                EventKind::Storage(StorageEvent::Recovered { .. }) => self.refused = None,
                _ => {}
            }
        }
        self.skipped += narrow::add(&mut self.events, events);
    }

    /// Sends the updates that are due.
    fn tell(&mut self) {
        let now = clock::now_ms();
        let answers = self.lab.take_answers();
        if !answers.is_empty() || (self.stale && now - self.sent_moment_ms >= self.snapshot_interval_ms) {
            self.tell_moment(now);
        }
        let facts = self.facts(self.sent_facts.reached_speed);
        if facts.differs_in_kind(&self.sent_facts) || now - self.sent_facts_ms >= FIGURES_MS {
            self.post_facts(now);
        }
        for (ticket, answer) in answers {
            self.answer(ticket, answer);
        }
    }

    fn tell_moment(&mut self, now: f64) {
        if !self.events.is_empty() || self.skipped > 0 {
            let events = std::mem::take(&mut self.events);
            (self.post)(&ToPage::Happened { events, skipped: std::mem::take(&mut self.skipped) });
        }
        (self.post)(&ToPage::Moment(Box::new(self.lab.snapshot())));
        self.stale = false;
        self.sent_moment_ms = now;
    }

    fn answer(&self, ticket: u64, answer: Answer) {
        (self.post)(&ToPage::Answered { ticket, answer });
    }

    fn post_facts(&mut self, now: f64) {
        let reached = if self.plays() { self.pacer.reached(now, self.lab.now_us()) } else { 0.0 };
        let facts = self.facts(reached);
        self.sent_facts_ms = now;
        if facts != self.sent_facts {
            (self.post)(&ToPage::Host(facts.clone()));
            self.sent_facts = facts;
        }
    }

    fn facts(&self, reached_speed: f64) -> HostFacts {
        let state = match &self.refused {
            Some(damage) => HostState::Refused {
                code: "wal_corrupt".to_owned(),
                error: self.lang.f(
                    "refused-wal-corrupt",
                    &[
                        ("file", damage.file.into()),
                        ("offset", damage.offset.into()),
                        ("why", quorum_i18n::damage(self.lang, &damage.why).into()),
                    ],
                ),
            },
            None => HostState::Running,
        };
        HostFacts {
            state,
            storage: self.storage.clone(),
            playing: self.pacer.playing,
            speed: self.pacer.speed(),
            reached_speed,
            waiting: self.waiting,
            runs_until: self.lab.runs_until(),
            store: self.figures.now(),
        }
    }
}

/// The reason for running in memory after this error.
pub fn reason(error: &StoreError) -> MemoryReason {
    match error {
        StoreError::Missing => MemoryReason::Missing,
        StoreError::Denied => MemoryReason::Denied,
        StoreError::Full => MemoryReason::Full,
        StoreError::Newer => MemoryReason::Newer,
        StoreError::TakenOver => MemoryReason::TakenOver,
        StoreError::Closed => MemoryReason::Closed,
        StoreError::Silent => MemoryReason::Silent,
        StoreError::Damaged { .. } | StoreError::Failed(_) => MemoryReason::Failed,
    }
}

/// Whole milliseconds until `every` has passed.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and `every`")]
fn until_next(passed_ms: f64, every_ms: f64) -> u32 {
    (every_ms - passed_ms).min(every_ms).max(1.0).ceil() as u32
}
