//! The world around the nodes of a test: time, a channel, storage.
//!
//! After every step it checks what must hold: one leader a term, the same values at the same index everywhere, a read
//! that sees everything that was acknowledged before it began.

use std::collections::BTreeMap;

use quorum_types::{NodeId, Rng};

use crate::disk::{Batch, Stored};
use crate::facts::{Answer, Facts, Fate, RoleWord};
use crate::group::Group;
use crate::machine::Value;
use crate::node::{Start, TabNode};

enum Due {
    Packet { to: NodeId, bytes: Vec<u8> },
    Stored { number: NodeId, life: u64, batch: Batch },
}

#[derive(Default)]
struct Tab {
    node: Option<TabNode>,
    /// Counts lives; what was on its way to an earlier one does not arrive.
    life: u64,
    disk: Disk,
    writing: Option<Batch>,
    frozen_until: u64,
    /// What arrived while it was frozen.
    waiting: Vec<Due>,
    /// The last number of a read that was checked, and the highest index that was acknowledged when a read began.
    reads: (u64, u64),
}

/// A storage whose batches are transactions.
#[derive(Default)]
pub(super) struct Disk {
    hard: Option<Vec<u8>>,
    snapshot: Option<Vec<u8>>,
    entries: BTreeMap<u64, Vec<u8>>,
}

impl Disk {
    pub(super) fn commit(&mut self, batch: &Batch) {
        let cut = batch.cut_after.unwrap_or(u64::MAX);
        self.entries.retain(|index, _| *index > batch.drop_upto && *index <= cut);
        self.hard = batch.hard.clone().or(self.hard.take());
        self.snapshot = batch.snapshot.clone().or(self.snapshot.take());
        self.entries.extend(batch.puts.iter().cloned());
    }

    pub(super) fn stored(&self) -> Stored {
        Stored {
            hard: self.hard.clone(),
            snapshot: self.snapshot.clone(),
            entries: self.entries.iter().map(|(index, bytes)| (*index, bytes.clone())).collect(),
        }
    }
}

pub(super) struct Net {
    pub(super) now: u64,
    /// The percentage of packets that each receiver loses.
    pub(super) loss_percent: u64,
    /// Tabs that neither send nor hear.
    pub(super) cut: Vec<NodeId>,
    /// Timers of a tab come at multiples of this.
    pub(super) timer_us: [u64; 3],
    seed: u64,
    rng: Rng,
    tabs: [Tab; 3],
    queue: BTreeMap<(u64, u64), Due>,
    next: u64,
    sessions: u64,
    leaders: BTreeMap<u64, NodeId>,
    states: BTreeMap<u64, Vec<Value>>,
    /// What was acknowledged: index, key, value.
    acknowledged: BTreeMap<u64, (String, String)>,
}

impl Net {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            now: 1_000,
            loss_percent: 0,
            cut: Vec::new(),
            timer_us: [1; 3],
            seed,
            rng: Rng::new(seed, 99),
            tabs: Default::default(),
            queue: BTreeMap::new(),
            next: 0,
            sessions: seed << 20,
            leaders: BTreeMap::new(),
            states: BTreeMap::new(),
            acknowledged: BTreeMap::new(),
        }
    }

    pub(super) fn draw(&mut self, bound: u64) -> u64 {
        self.rng.below(bound)
    }

    fn tab(&mut self, number: NodeId) -> &mut Tab {
        &mut self.tabs[number as usize - 1]
    }

    // --- what a learner does

    pub(super) fn open(&mut self, number: NodeId) {
        if self.tab(number).node.is_some() {
            return;
        }
        self.sessions += 1;
        let group = Group::new("test", 3).expect("a group");
        let start = Start { group, number, kept: true, session: self.sessions };
        let (now, stored) = (self.now, self.tab(number).disk.stored());
        let node = TabNode::new(start, &stored, now).expect("its own storage");
        let tab = self.tab(number);
        (tab.node, tab.frozen_until, tab.reads) = (Some(node), 0, (0, 0));
        self.flush(number);
    }

    /// Nothing is sent as a farewell; the transaction on its way is stored or not.
    pub(super) fn close(&mut self, number: NodeId) {
        let stored = self.draw(2) == 0;
        let tab = self.tab(number);
        tab.node = None;
        tab.life += 1;
        tab.waiting.clear();
        if let Some(batch) = tab.writing.take().filter(|_| stored) {
            tab.disk.commit(&batch);
        }
    }

    pub(super) fn freeze(&mut self, number: NodeId, until: u64) {
        self.tab(number).frozen_until = until;
    }

    pub(super) fn write(&mut self, number: NodeId, key: &str, text: &str) -> bool {
        self.on(number, |node, now| node.write(now, key, text)).unwrap_or(false)
    }

    pub(super) fn read(&mut self, number: NodeId) {
        let seen = self.acknowledged.keys().last().copied().unwrap_or(0);
        if self.on(number, |node, now| node.read(now)).is_some() {
            self.tab(number).reads.1 = seen;
        }
    }

    pub(super) fn facts(&self, number: NodeId) -> Facts {
        self.tabs[number as usize - 1].node.as_ref().expect("an open tab").facts(self.now)
    }

    pub(super) fn fate(&self, number: NodeId) -> Option<Fate> {
        self.facts(number).writes.last().map(|attempt| attempt.fate)
    }

    // --- time

    /// Lets this much time pass.
    pub(super) fn run(&mut self, us: u64) {
        let until = self.now + us;
        while self.next_at().is_some_and(|at| at <= until) {
            self.step();
        }
        self.now = until;
    }

    /// Lets time pass until an open tab leads the highest term, and a majority knows it.
    pub(super) fn run_to_leader(&mut self) -> NodeId {
        let end = self.now + 120_000_000;
        while self.now < end {
            let open: Vec<Facts> =
                self.tabs.iter().filter_map(|tab| Some(tab.node.as_ref()?.facts(self.now))).collect();
            let term = open.iter().map(|facts| facts.term).max().unwrap_or(0);
            let leader = open.iter().find(|facts| facts.role == RoleWord::Leader && facts.term == term);
            let known = |leader: &Facts| {
                open.iter().filter(|facts| facts.term == term && facts.leader == Some(leader.number)).count()
                    >= 2
            };
            if let Some(leader) = leader.filter(|leader| known(leader)) {
                return leader.number;
            }
            self.step();
        }
        panic!("nobody was elected in two minutes");
    }

    fn next_at(&self) -> Option<u64> {
        let queued = self.queue.keys().next().map(|(at, _)| *at);
        let timers = (1..=3).filter_map(|number| self.wake_at(number));
        queued.into_iter().chain(timers).min()
    }

    fn wake_at(&self, number: NodeId) -> Option<u64> {
        let tab = &self.tabs[number as usize - 1];
        // What arrived while it was frozen comes as soon as it is not, and not only with its next timer.
        let due = if tab.waiting.is_empty() { tab.node.as_ref()?.wake_us() } else { 0 };
        let wake = due.max(tab.frozen_until).max(self.now);
        let every = self.timer_us[number as usize - 1];
        Some(wake.div_ceil(every) * every)
    }

    /// The next thing happens.
    pub(super) fn step(&mut self) {
        let Some(at) = self.next_at() else { return };
        self.now = self.now.max(at);
        if let Some(entry) = self.queue.first_entry()
            && entry.key().0 <= at
        {
            let due = entry.remove();
            return self.deliver(due);
        }
        for number in 1..=3 {
            if self.wake_at(number) == Some(at) {
                for due in std::mem::take(&mut self.tab(number).waiting) {
                    self.deliver(due);
                }
                self.on(number, TabNode::tick);
                // A timer of the same turn would come at the same time once more.
                self.now += u64::from(self.wake_at(number) == Some(at));
                return;
            }
        }
    }

    fn deliver(&mut self, due: Due) {
        let (Due::Packet { to: number, .. } | Due::Stored { number, .. }) = due;
        if self.tab(number).frozen_until > self.now {
            return self.tab(number).waiting.push(due);
        }
        match due {
            Due::Packet { to, bytes } => {
                self.on(to, |node, now| node.hear(now, &bytes));
            }
            Due::Stored { number, life, batch } if life == self.tab(number).life => {
                let tab = self.tab(number);
                tab.writing = None;
                tab.disk.commit(&batch);
                self.on(number, |node, now| node.persisted(now, batch.number));
            }
            Due::Stored { .. } => {}
        }
    }

    // --- between them

    fn on<T>(&mut self, number: NodeId, call: impl FnOnce(&mut TabNode, u64) -> T) -> Option<T> {
        let now = self.now;
        let done = self.tab(number).node.as_mut().map(|node| call(node, now))?;
        self.flush(number);
        Some(done)
    }

    fn flush(&mut self, number: NodeId) {
        let Some(node) = &mut self.tab(number).node else { return };
        let (packets, batch) = (node.take_packets(), node.take_batch());
        for bytes in packets {
            for to in (1..=3).filter(|to| *to != number) {
                let apart = self.cut.contains(&to) || self.cut.contains(&number);
                if !apart && self.draw(100) >= self.loss_percent {
                    let at = self.now + 200 + self.draw(20_000);
                    self.push(at, Due::Packet { to, bytes: bytes.clone() });
                }
            }
        }
        if let Some(batch) = batch {
            let (at, life) = (self.now + 1_000 + self.draw(40_000), self.tab(number).life);
            assert!(self.tab(number).writing.replace(batch.clone()).is_none(), "one batch at a time");
            self.push(at, Due::Stored { number, life, batch });
        }
        self.check(number);
    }

    fn push(&mut self, at: u64, due: Due) {
        self.next += 1;
        self.queue.insert((at, self.next), due);
    }

    /// What must hold after every step.
    fn check(&mut self, number: NodeId) {
        let facts = self.facts(number);
        if facts.role == RoleWord::Leader {
            let known = *self.leaders.entry(facts.term).or_insert(number);
            assert_eq!(known, number, "two leaders in term {}", facts.term);
        }
        let known = self.states.entry(facts.applied).or_insert_with(|| facts.values.clone());
        assert_eq!(*known, facts.values, "two states at index {}", facts.applied);
        for attempt in &facts.writes {
            if let Fate::Acknowledged { index, .. } = attempt.fate {
                self.acknowledged.insert(index, (attempt.key.clone(), attempt.text.clone()));
            }
        }
        let (checked, seen) = self.tab(number).reads;
        if let Some(read) = facts.read.filter(|read| read.number > checked)
            && let Answer::Served { index, checked, .. } = read.answer
        {
            self.tab(number).reads.0 = read.number;
            assert!(index >= seen, "a read at index {index} began after an acknowledgement at {seen}");
            assert_eq!(checked.lost, 0, "tab {number} misses what was acknowledged to it");
        }
    }

    /// Opens every tab, mends the channel, and looks for every acknowledged write in all of them; returns how many
    /// there were.
    pub(super) fn assert_nothing_lost(&mut self) -> u64 {
        self.loss_percent = 0;
        self.cut.clear();
        self.timer_us = [1; 3];
        (1..=3).for_each(|number| self.freeze(number, 0));
        (1..=3).for_each(|number| self.open(number));
        self.run(4_000_000);
        self.run_to_leader();
        self.run(8_000_000);
        for number in 1..=3 {
            self.read(number);
            self.run(1_000_000);
            let answer = self.facts(number).read.map(|read| read.answer);
            let Some(Answer::Served { values, .. }) = answer else {
                panic!("seed {}: tab {number} is not answered: {answer:?}", self.seed)
            };
            for (index, (key, text)) in &self.acknowledged {
                let value = values.iter().find(|value| value.key == *key);
                let value = value.unwrap_or_else(|| panic!("{key} is lost at tab {number}"));
                assert!(value.index >= *index, "{key} went back at tab {number}");
                assert!(value.index > *index || value.text == *text, "{key} is another at tab {number}");
            }
        }
        self.acknowledged.len() as u64
    }
}
