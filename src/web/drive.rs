//! A run that drives itself to completion: the real host on the real store, without a page, for measurements.
//!
//! Guarantees: behaves like the worker's loop; messages to the page are serialised as usual and then dropped. Leaves
//! out: what is measured (`bench`, `measure`).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::StreamExt;
use futures_util::future::{Either, select};

use super::host::{Done, Keeper, Next, Run};
use super::idb::StoreError;
use super::store::Store;
use super::wire::{Storage, ToPage};
use super::{clock, lock, wire, worlds};
use quorum_facade::swarm::WorldKind;
use quorum_facade::{Answer, Command, Committed, Lab, RunConfig, StoredRun};
use quorum_i18n::Lang;

/// A run of the real host on the real store.
pub struct Driven {
    run: Run,
    ended: UnboundedReceiver<Result<Committed, StoreError>>,
    /// Milliseconds spent reading the store.
    pub load_ms: f64,
    /// Milliseconds from there to the end of the replay.
    pub replay_ms: f64,
    /// Transactions that the store has committed since it was opened.
    pub commits: u64,
}

impl core::fmt::Debug for Driven {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Driven").field("run", &self.run).finish_non_exhaustive()
    }
}

thread_local! {
    /// Whether the last command has been answered, and how.
    static ANSWERED: Cell<Option<bool>> = const { Cell::new(None) };
    /// The tickets that have been answered since the last look, but for refused ones.
    static DONE: Cell<u64> = const { Cell::new(0) };
    /// The keys that searches found for their first vectors, since the last look.
    static FOUND: RefCell<Vec<Vec<i64>>> = const { RefCell::new(Vec::new()) };
}

fn hear(message: &ToPage) {
    // Only the time that packing takes is measured.
    drop(wire::pack(message));
    if let ToPage::Answered { answer, .. } = message {
        let refused = matches!(answer, Answer::Refused { .. });
        ANSWERED.set(Some(!refused));
        DONE.set(DONE.get() + u64::from(!refused));
        if let Answer::Hits { hits, .. } = answer {
            let keys = hits.first().into_iter().flatten().filter_map(|row| row.int("id")).collect();
            FOUND.with_borrow_mut(|found| found.push(keys));
        }
    }
}

impl Driven {
    /// Opens a standalone run on the database of this name and waits for its recovery.
    pub async fn open(database: &str) -> Result<Self, StoreError> {
        worlds::bring(WorldKind::Standalone).await.map_err(|refusal| StoreError::Failed(refusal.error))?;
        let lock = lock::acquire(database, || {}).await.ok_or(StoreError::TakenOver)?;
        let store = Store::open(database, "bench", false).await?;
        let began = clock::now_ms();
        let stored: Option<StoredRun> = store.load(|_, _| {}).await?;
        let loaded = clock::now_ms();
        let config = RunConfig {
            lesson: None,
            topology: Some("standalone".to_owned()),
            seed: 1,
            kept: true,
            lang: "en".to_owned(),
        };
        let lab = Lab::open(config, stored).map_err(|refusal| StoreError::Failed(refusal.error))?;
        let (tell, ended) = unbounded();
        let done: Done = Rc::new(move |outcome| drop(tell.unbounded_send(outcome)));
        let keeper = Keeper::Store { store, lock, letting_go: false };
        let run = Run::new(lab, keeper, Storage::Durable, (1.0, Lang::En), done, hear);
        let mut driven = Self { run, ended, load_ms: loaded - began, replay_ms: 0.0, commits: 0 };
        driven.drive(|run| !run.is_replaying()).await;
        driven.replay_ms = clock::now_ms() - loaded;
        Ok(driven)
    }

    /// Executes a command; returns the milliseconds until it was answered.
    pub async fn timed(&mut self, command: Command) -> Result<f64, StoreError> {
        ANSWERED.set(None);
        let began = clock::now_ms();
        self.run.execute(1, command);
        self.drive(|_| ANSWERED.get().is_some()).await;
        if ANSWERED.get() == Some(false) {
            return Err(StoreError::Failed("refused".to_owned()));
        }
        Ok(clock::now_ms() - began)
    }

    /// Runs until nothing is in flight, neither in the engine nor in the store.
    pub async fn settle(&mut self) {
        self.drive(Run::is_settled).await;
    }

    /// Executes a command that is answered at once; returns the milliseconds that it took.
    pub fn execute_ms(&mut self, command: Command) -> f64 {
        let began = clock::now_ms();
        self.run.execute(1, command);
        clock::now_ms() - began
    }

    /// Executes commands that arrive at the same moment; returns the milliseconds until all were answered, and how many
    /// transactions the store committed meanwhile.
    pub async fn timed_together(&mut self, commands: Vec<Command>) -> Result<(f64, u64), StoreError> {
        DONE.set(0);
        let (asked, before) = (commands.len() as u64, self.commits);
        let began = clock::now_ms();
        for (ticket, command) in (1..).zip(commands) {
            self.run.execute(ticket, command);
        }
        self.drive(|run| DONE.get() >= asked || !run.lab().busy()).await;
        if DONE.get() < asked {
            return Err(StoreError::Failed("refused".to_owned()));
        }
        Ok((clock::now_ms() - began, self.commits - before))
    }

    /// Sends the answers to searches since the last call; returns the keys that each found, the nearest first.
    pub fn found(&mut self) -> Vec<Vec<i64>> {
        self.run.work();
        FOUND.take()
    }

    /// Rows that a query sees.
    pub fn rows(&self) -> u64 {
        self.run.lab().snapshot().rows.visible
    }

    /// Bytes of the log.
    pub fn log_bytes(&self) -> u64 {
        self.run.lab().snapshot().wal.bytes
    }

    fn committed(&mut self, outcome: Result<Committed, StoreError>) {
        self.commits += u64::from(outcome.is_ok());
        self.run.committed(outcome);
    }

    /// Runs until `enough` returns true, as the worker's loop does.
    async fn drive(&mut self, enough: impl Fn(&Run) -> bool) {
        loop {
            while let Ok(outcome) = self.ended.try_recv() {
                self.committed(outcome);
            }
            let next = self.run.work();
            if enough(&self.run) {
                return;
            }
            match next {
                Next::Now => clock::breathe().await,
                Next::After(ms) => {
                    if let Either::Left((Some(outcome), _)) =
                        select(self.ended.next(), Box::pin(clock::sleep(ms))).await
                    {
                        self.committed(outcome);
                    }
                }
                Next::Quiet => {
                    if let Some(outcome) = self.ended.next().await {
                        self.committed(outcome);
                    }
                }
            }
        }
    }
}
