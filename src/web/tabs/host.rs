//! The worker's side of one node: a loop that takes orders, packets, finished transactions and the time.
//!
//! Guarantees: what is received is handled in order of arrival; a node is started only with the lock of its number, and
//! with the state of its storage or, where the browser denies storage, in memory and on another channel. A number whose
//! state is gone is not started again. Leaves out: Raft.

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use futures_util::future::{Either, select};

use super::cable::Cable;
use super::members::Members;
use super::store::NodeStore;
use crate::web::clock;
use crate::web::idb::{self, StoreError};
use crate::web::lock::{self, Lock};
use quorum_tabs::{Group, Order, Report, Start, Stored, TabNode, Why, decode, encode};
use quorum_types::NodeId;

/// The interval between reports to the page.
const REPORT_MS: f64 = 150.0;
/// A number that was asked for may be that of a tab that is being reloaded: it is asked for again.
const LOOKS: u32 = 25;
const LOOK_MS: u32 = 200;

/// What wakes the loop.
enum Wake {
    Order(Order),
    Packet(Vec<u8>),
    Stored { number: u64, outcome: Result<(), StoreError> },
    Lost,
    Closed,
}

/// Starts the host; see [`super::Start`].
pub(super) fn start(post: fn(Vec<u8>)) -> Box<dyn Fn(Vec<u8>)> {
    let (wakes, heard) = unbounded();
    let host = Host { wakes: wakes.clone(), post, run: None, group: None };
    wasm_bindgen_futures::spawn_local(host.serve(heard));
    Box::new(move |packed| {
        if let Some(order) = decode(&packed) {
            drop(wakes.unbounded_send(Wake::Order(order)));
        }
    })
}

struct Host {
    wakes: UnboundedSender<Wake>,
    post: fn(Vec<u8>),
    run: Option<Run>,
    /// The group that was asked for last.
    group: Option<Group>,
}

/// A running node. The lock comes last, because fields are dropped in order.
struct Run {
    node: TabNode,
    cable: Cable,
    /// None in memory.
    store: Option<NodeStore>,
    /// What this node remembers of others that run in memory.
    memory: Vec<(NodeId, Lock)>,
    group: Group,
    number: NodeId,
    reported_ms: f64,
    _lock: Lock,
}

impl Host {
    async fn serve(mut self, mut heard: UnboundedReceiver<Wake>) {
        loop {
            while let Ok(wake) = heard.try_recv() {
                self.handle(wake).await;
            }
            let wake = match self.work().await {
                Some(ms) => match select(heard.next(), Box::pin(clock::sleep(ms))).await {
                    Either::Left((wake, _)) => wake,
                    Either::Right(_) => {
                        if let Some(run) = &mut self.run {
                            run.node.tick(now_us());
                        }
                        None
                    }
                },
                None => heard.next().await,
            };
            if let Some(wake) = wake {
                self.handle(wake).await;
            }
        }
    }

    async fn handle(&mut self, wake: Wake) {
        let now = now_us();
        match wake {
            Wake::Order(Order::Open { group, nodes, number }) => self.open(&group, nodes, number).await,
            Wake::Order(Order::Reset) => self.reset().await,
            // What concerns a node that has ended already is over.
            Wake::Lost | Wake::Closed | Wake::Stored { outcome: Err(_), .. } if self.run.is_none() => {}
            Wake::Lost => self.stop(Why::Lost),
            Wake::Closed => self.stop(failed(StoreError::Closed)),
            Wake::Stored { outcome: Err(error), .. } => self.stop(failed(error)),
            Wake::Order(order) => {
                if let Some(run) = &mut self.run {
                    match order {
                        // The page does not offer what the node would refuse.
                        Order::Write { key, text } => {
                            run.node.write(now, &key, &text);
                        }
                        _ => run.node.read(now),
                    }
                    run.reported_ms = 0.0;
                }
            }
            Wake::Packet(bytes) => {
                if let Some(run) = &mut self.run {
                    run.node.hear(now, &bytes);
                }
            }
            Wake::Stored { number, outcome: Ok(()) } => {
                if let Some(run) = &mut self.run {
                    run.node.persisted(now, number);
                }
            }
        }
    }

    /// Carries out what the node asks for; returns in how many milliseconds it has to be called again.
    async fn work(&mut self) -> Option<u32> {
        let wakes = self.wakes.clone();
        let run = self.run.as_mut()?;
        run.node.take_packets().iter().for_each(|bytes| run.cable.post(bytes));
        while let Some(batch) = run.node.take_batch() {
            match &run.store {
                Some(store) => {
                    let (written, wakes, number) = (store.write(&batch), wakes.clone(), batch.number);
                    wasm_bindgen_futures::spawn_local(async move {
                        let outcome = match written {
                            Ok(finished) => finished.await,
                            Err(error) => Err(error),
                        };
                        drop(wakes.unbounded_send(Wake::Stored { number, outcome }));
                    });
                }
                // Memory keeps it for as long as the tab lives, which is all that the page promises.
                None => run.node.persisted(now_us(), batch.number),
            }
            run.node.take_packets().iter().for_each(|bytes| run.cable.post(bytes));
        }
        let now_ms = clock::now_ms();
        if now_ms - run.reported_ms >= REPORT_MS {
            run.reported_ms = now_ms;
            let facts = run.node.facts(now_us());
            if !facts.kept {
                run.remember(
                    facts.peers.iter().filter(|peer| peer.heard_us.is_some()).map(|peer| peer.number),
                )
                .await;
            }
            report(self.post, &Report::Running(Box::new(facts)));
        }
        let run = self.run.as_ref()?;
        let report_in = (run.reported_ms + REPORT_MS - now_ms).max(0.0);
        let wake_in = run.node.wake_us().saturating_sub(now_us()) as f64 / 1_000.0;
        Some(report_in.min(wake_in).ceil() as u32)
    }

    fn stop(&mut self, why: Why) {
        self.run = None;
        report(self.post, &Report::Stopped(why));
    }

    async fn open(&mut self, name: &str, nodes: u32, number: Option<NodeId>) {
        self.run = None;
        let Some(group) = Group::new(name, nodes) else { return self.stop(Why::BadName) };
        self.group = Some(group.clone());
        match self.begin(group, number).await {
            Ok(run) => self.run = Some(run),
            Err(why) => self.stop(why),
        }
    }

    async fn begin(&self, group: Group, number: Option<NodeId>) -> Result<Run, Why> {
        let members = match Members::open(&group.members()).await {
            Ok(members) => Some(members),
            Err(StoreError::Denied | StoreError::Missing) => None,
            Err(error) => return Err(failed(error)),
        };
        let group = match &members {
            Some(members) => {
                let nodes = members.nodes(group.nodes()).await.map_err(failed)?;
                group.sized(nodes)
            }
            None => group,
        };
        let (number, lock) = self.claim(&group, number).await?;
        let (store, stored) = match &members {
            Some(members) => {
                let store = self.open_store(&group, number, members).await?;
                let stored = store.load().await.map_err(failed)?;
                (Some(store), stored)
            }
            None => (None, Stored::default()),
        };
        if store.is_none() {
            // A tab that is alive may have heard an earlier life of this number, which is forgotten.
            for by in group.numbers().filter(|by| *by != number) {
                if lock::acquire(&group.memory_lock(number, by), || {}).await.is_none() {
                    return Err(Why::ForgottenMemory(number));
                }
            }
        }
        let wakes = self.wakes.clone();
        let hear = move |bytes| drop(wakes.unbounded_send(Wake::Packet(bytes)));
        let cable = Cable::open(&group.channel(store.is_some()), hear).ok_or(Why::NoChannel)?;
        let start = Start { group: group.clone(), number, kept: store.is_some(), session: random() };
        let node = TabNode::new(start, &stored, now_us()).map_err(|_| Why::Damaged(number))?;
        Ok(Run { node, cable, store, memory: Vec::new(), group, number, reported_ms: 0.0, _lock: lock })
    }

    /// Takes a number: the one that was asked for, or the lowest that is free.
    async fn claim(&self, group: &Group, number: Option<NodeId>) -> Result<(NodeId, Lock), Why> {
        if let Some(number) = number {
            if !group.numbers().any(|one| one == number) {
                return Err(Why::Taken(number));
            }
            for _ in 0..LOOKS {
                if let Some(lock) = self.lock(group, number).await? {
                    return Ok((number, lock));
                }
                clock::sleep(LOOK_MS).await;
            }
            return Err(Why::Taken(number));
        }
        for number in group.numbers() {
            if let Some(lock) = self.lock(group, number).await? {
                return Ok((number, lock));
            }
        }
        Err(Why::Full)
    }

    async fn lock(&self, group: &Group, number: NodeId) -> Result<Option<Lock>, Why> {
        let wakes = self.wakes.clone();
        let lost = move || drop(wakes.unbounded_send(Wake::Lost));
        let lock = lock::acquire(&group.lock(number), lost).await;
        // Without a real lock, two tabs could be the same node.
        if lock.as_ref().is_some_and(|lock| !lock.is_held()) { Err(Why::NoLocks) } else { Ok(lock) }
    }

    /// Opens a node's storage, and makes sure that it is the one that the number began with.
    async fn open_store(&self, group: &Group, number: NodeId, members: &Members) -> Result<NodeStore, Why> {
        let store = NodeStore::open(&group.database(number)).await.map_err(failed)?;
        let known = members.identity(number).await.map_err(failed)?;
        let own = store.identity().await.map_err(failed)?;
        let own = match (known, own) {
            (Some(known), Some(own)) if known == own => own,
            (Some(_), _) => return Err(Why::Forgotten(number)),
            (None, Some(own)) => own,
            (None, None) => {
                let new = format!("{:016x}", random());
                store.put_identity(&new).await.map_err(failed)?;
                new
            }
        };
        members.put(number, &own).await.map_err(failed)?;
        let wakes = self.wakes.clone();
        store.when_lost(move || drop(wakes.unbounded_send(Wake::Closed)));
        Ok(store)
    }

    /// Erases the group, unless another tab is one of its nodes.
    async fn reset(&mut self) {
        let Some(group) = self.group.clone() else { return };
        let own = self.run.as_ref().map(|run| run.number);
        let mut locks = Vec::new();
        for number in group.numbers().filter(|number| Some(*number) != own) {
            match lock::acquire(&group.lock(number), || {}).await {
                Some(lock) => locks.push(lock),
                None => return report(self.post, &Report::NotErased),
            }
        }
        self.run = None;
        for name in group.numbers().map(|number| group.database(number)).chain([group.members()]) {
            let deleted = clock::within(idb::OPEN_MS, idb::delete_database(&name)).await;
            if !matches!(deleted, Some(Ok(()) | Err(StoreError::Denied | StoreError::Missing))) {
                return self.stop(Why::Storage(name));
            }
        }
        drop(locks);
        report(self.post, &Report::Erased);
    }
}

impl Run {
    /// Holds, for as long as this node runs, a lock for each node that it heard: if that one closes, it has forgotten
    /// everything, and must not come back under its number.
    async fn remember(&mut self, heard: impl Iterator<Item = NodeId>) {
        let new: Vec<NodeId> =
            heard.filter(|one| self.memory.iter().all(|(known, _)| known != one)).collect();
        for number in new {
            let name = self.group.memory_lock(number, self.number);
            if let Some(lock) = lock::acquire(&name, || {}).await {
                self.memory.push((number, lock));
            }
        }
    }
}

fn report(post: fn(Vec<u8>), report: &Report) {
    if let Some(packed) = encode(report) {
        post(packed);
    }
}

fn failed(error: StoreError) -> Why {
    Why::Storage(format!("{error:?}"))
}

fn now_us() -> u64 {
    (clock::now_ms() * 1_000.0) as u64
}

/// A number that no other life of a tab has.
fn random() -> u64 {
    // Without randomness, the time is the best source of a unique number.
    getrandom::u64().unwrap_or_else(|_| clock::now_ms().to_bits())
}
