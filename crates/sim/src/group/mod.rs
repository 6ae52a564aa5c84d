//! A Raft group driven by hand: its members run as everywhere else, but nothing happens by itself.
//!
//! The members are those of [`super::cluster`], over a real log on a simulated disk; the caller takes the world's
//! place, one action at a time: ticks, deliveries, fsyncs, crashes. `traffic` carries messages, `sync` makes logs
//! durable, `power` starts, stops and damages members, `watch` shows the checkers what they do. Guarantees: an action
//! is completed at once; the same actions give the same group; an invalid action is refused with a code and changes
//! nothing; no action takes unbounded time. Leaves out: time, clients, and how actions are written down (`cli::raft`).

mod power;
mod sync;
#[cfg(test)]
mod tests;
mod traffic;
mod watch;

pub use super::replica::Rebuild;
pub use power::{Damage, Keep};
pub use quorum_raft::{
    Body, Change, Conf, ConfChange, Entry, EntryKind, HardState, Known, Message, RULES, ReadMode, Rule,
    Rules, Snapshot, VoteResult,
};
pub use watch::Violation;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::event_log::EventLog;
use super::outbox::Outbox;
use super::replica::Replica;
use quorum_raft::{Config, Raft, Refused, Role};
use quorum_types::{Lsn, NodeId, Refusal};
use watch::Watch;

/// The maximum number of nodes in a group.
pub const MAX_NODES: usize = 256;
/// The maximum number of ticks in one action, and of timeouts that are drawn at once.
pub(crate) const MAX_TICKS: u64 = 100_000;
/// The maximum number of messages in transit.
pub(crate) const MAX_MESSAGES: usize = 1_000_000;
/// The maximum number of bytes in one proposal: a record of the log stays within its format's bound.
pub const MAX_DATA_BYTES: usize = 60_000;
/// Terms and indexes beyond this are refused; no real group comes near.
pub const MAX_NUMBER: u64 = 1 << 40;
/// The maximum number of entries in one append.
const MAX_ENTRIES: usize = 1_000;
/// The parameters with which a group starts.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The seed of all randomness.
    pub seed: u64,
    /// The voters and learners.
    pub conf: Conf,
    /// The base of the election timeout.
    pub election_ticks: u64,
    /// The interval between a leader's heartbeats.
    pub heartbeat_ticks: u64,
    /// Whether a candidate first asks whether it would be elected.
    pub pre_vote: bool,
    /// Whether a leader that does not hear from a majority steps down.
    pub check_quorum: bool,
    /// The maximum number of unanswered appends per follower.
    pub max_inflight: usize,
    /// The maximum number of bytes of uncommitted proposals; 0 for no limit.
    pub max_uncommitted_bytes: u64,
    /// The entries that nodes have already written, from index 1.
    pub logs: BTreeMap<NodeId, Vec<Entry>>,
    /// The term, vote and commit index that they have already written.
    pub hard: BTreeMap<NodeId, HardState>,
}

/// A node of the group.
#[derive(Clone, Debug)]
struct Node {
    member: Replica,
    /// Reads that were confirmed since it started: their numbers and indexes.
    reads: Vec<(u64, u64)>,
}

/// An fsync that takes time.
#[derive(Clone, Copy, Debug)]
struct Fsync {
    node: NodeId,
    /// The LSN up to which it makes the log durable.
    lsn: Lsn,
    /// The last index at its beginning.
    last: u64,
}

/// A node's state. For a node without power, everything is as on its disk.
#[derive(Clone, Debug)]
pub struct State {
    /// `follower`, `precandidate`, `candidate`, `leader` or `down`.
    pub role: &'static str,
    /// Its term and vote.
    pub hard: HardState,
    /// The leader it knows of.
    pub leader: Option<NodeId>,
    /// The last index it knows to be committed.
    pub commit: u64,
    /// The last applied index.
    pub applied: u64,
    /// The index of its first entry, existing or future.
    pub first: u64,
    /// Index and term of its last entry.
    pub last: (u64, u64),
    /// Its entries from `first` on.
    pub entries: Vec<Arc<Entry>>,
    /// The configuration in effect here.
    pub conf: Conf,
    /// The state that could be recovered from its disk: term and vote, and the last entry.
    pub durable: (HardState, (u64, u64)),
    /// Reads that were confirmed since it started.
    pub reads: Vec<(String, u64)>,
    /// Whether it has lost data and does not vote.
    pub recovering: bool,
}

/// The group.
#[derive(Clone, Debug)]
pub struct Group {
    setup: Setup,
    rules: Rules,
    nodes: BTreeMap<NodeId, Node>,
    messages: BTreeMap<u64, Message>,
    sent: u64,
    cuts: BTreeSet<(NodeId, NodeId)>,
    fsyncs: BTreeMap<u64, Fsync>,
    begun: u64,
    autopersist: bool,
    /// The node that began each read, and the read's name, by number. A name may be used again: the number
    /// distinguishes two reads, so that a late answer to one is never mistaken for an answer to another.
    names: Vec<(NodeId, String)>,
    numbers: BTreeMap<(NodeId, String), Vec<u64>>,
    watch: Watch,
    event_log: EventLog,
    outbox: Outbox,
}

fn refuse<T>(code: &str, error: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(code, error))
}

impl Group {
    /// Creates a group whose nodes all run. Refused if there are too many nodes, or if a log cannot be opened.
    pub fn new(mut setup: Setup) -> Result<Self, Refusal> {
        let (logs, hard) = (std::mem::take(&mut setup.logs), std::mem::take(&mut setup.hard));
        let mut group = Self {
            rules: Rules::default(),
            nodes: BTreeMap::new(),
            messages: BTreeMap::new(),
            sent: 0,
            cuts: BTreeSet::new(),
            fsyncs: BTreeMap::new(),
            begun: 0,
            autopersist: true,
            names: Vec::new(),
            numbers: BTreeMap::new(),
            watch: Watch::default(),
            event_log: EventLog::quiet(),
            outbox: Outbox::new(false),
            setup,
        };
        let members = group.setup.conf.members();
        let all: BTreeSet<NodeId> = members.iter().chain(logs.keys()).chain(hard.keys()).copied().collect();
        if all.len() > MAX_NODES {
            return refuse("too_many", format!("a group has at most {MAX_NODES} nodes"));
        }
        for id in all.iter() {
            let entries = logs.get(id).map_or(&[][..], Vec::as_slice);
            let term = entries.last().map_or(0, |entry| entry.term);
            let default = HardState { term, ..HardState::default() };
            group.prefill(*id, entries, hard.get(id).copied().unwrap_or(default));
        }
        for id in all.iter() {
            group.boot(*id)?;
        }
        Ok(group)
    }

    // --- state

    fn known(&self, id: NodeId) -> Result<&Node, Refusal> {
        self.nodes.get(&id).ok_or_else(|| Refusal::new("unknown_node", format!("there is no node {id}")))
    }

    fn raft(&self, id: NodeId) -> Result<&Raft, Refusal> {
        let down = || Refusal::new("node_down", format!("node {id} is down; restart it first"));
        self.known(id)?.member.raft().ok_or_else(down)
    }

    fn raft_mut(&mut self, id: NodeId) -> Result<&mut Raft, Refusal> {
        self.raft(id)?;
        let raft = self.nodes.get_mut(&id).and_then(|node| node.member.raft_mut());
        raft.ok_or_else(|| Refusal::new("node_down", format!("node {id} is down; restart it first")))
    }

    /// Messages in transit, in order of sending.
    pub fn messages(&self) -> impl Iterator<Item = (u64, &Message)> {
        self.messages.iter().map(|(id, message)| (*id, message))
    }

    /// The rules.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// The violations so far.
    pub fn violations(&self) -> &[Violation] {
        self.watch.violations()
    }

    /// Why further losses do not count as violations, if so much was destroyed that no protocol can recover it.
    pub fn excused(&self) -> Option<&str> {
        self.watch.excused()
    }

    /// Assigns a number to another read that a node begins under this name.
    fn number(&mut self, id: NodeId, name: &str) -> u64 {
        self.names.push((id, name.to_owned()));
        let number = self.names.len() as u64;
        self.numbers.entry((id, name.to_owned())).or_default().push(number);
        number
    }

    /// The number of the read that a hand-made message names: the `nth` of this name that the node began, from 1.
    /// Without `nth`, the first unanswered one, or the last; a new one if there is none.
    pub fn number_of(&mut self, id: NodeId, name: &str, nth: Option<u64>) -> u64 {
        let numbers = self.numbers.get(&(id, name.to_owned())).map_or(&[][..], Vec::as_slice);
        let answered = self.nodes.get(&id).map_or(&[][..], |node| node.reads.as_slice());
        let open = |number: &&u64| answered.iter().all(|(known, _)| known != *number);
        let found = match nth {
            Some(nth) => usize::try_from(nth).ok().and_then(|nth| numbers.get(nth.checked_sub(1)?)),
            None => numbers.iter().find(open).or_else(|| numbers.last()),
        };
        match found {
            Some(number) => *number,
            None => self.number(id, name),
        }
    }

    /// The name of the read with this number.
    pub fn name(&self, number: u64) -> &str {
        self.named(number).map_or("", |(_, name)| name)
    }

    /// The position of this read among its node's reads of the same name, from 1; none if the name was used once.
    pub fn nth(&self, number: u64) -> Option<u64> {
        let numbers = self.numbers.get(self.named(number)?)?;
        let at = numbers.binary_search(&number).ok()?;
        (numbers.len() > 1).then_some(at as u64 + 1)
    }

    fn named(&self, number: u64) -> Option<&(NodeId, String)> {
        self.names.get(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    /// A node's state. Refused if there is no such node.
    pub fn state(&self, id: NodeId) -> Result<State, Refusal> {
        let node = self.known(id)?;
        let Some(raft) = node.member.raft() else {
            let Rebuild { hard, log, .. } = self.image(node);
            return Ok(State {
                role: "down",
                hard,
                leader: None,
                commit: hard.commit.clamp(log.first() - 1, log.last().0.max(log.first() - 1)),
                applied: log.first() - 1,
                first: log.first(),
                last: log.last(),
                entries: log.slice(log.first(), usize::MAX),
                conf: log.snapshot().conf.clone(),
                durable: (hard, log.last()),
                reads: Vec::new(),
                recovering: false,
            });
        };
        let hard = HardState { term: raft.term(), vote: raft.vote(), commit: raft.commit() };
        let log = raft.log();
        // With every rule on and nothing pending, the disk holds the same as memory.
        let durable = if node.member.all_durable() && self.rules.all_on() {
            (hard, log.last())
        } else {
            let image = self.image(node);
            (image.hard, image.log.last())
        };
        Ok(State {
            role: match raft.role() {
                Role::Follower => "follower",
                Role::PreCandidate { .. } => "precandidate",
                Role::Candidate { .. } => "candidate",
                Role::Leader(_) => "leader",
            },
            hard,
            leader: raft.leader(),
            commit: raft.commit(),
            applied: raft.applied(),
            first: log.first(),
            last: log.last(),
            entries: log.slice(log.first(), usize::MAX),
            conf: raft.conf().clone(),
            durable,
            reads: node.reads.iter().map(|(number, index)| (self.name(*number).to_owned(), *index)).collect(),
            recovering: raft.impaired(),
        })
    }

    // --- time

    /// Sets a node's election timeout, in ticks, until it draws the next. Refused if the node is unknown or down.
    pub fn set_timeout(&mut self, id: NodeId, ticks: u64) -> Result<(), Refusal> {
        self.raft_mut(id)?.set_timeout(ticks);
        Ok(())
    }

    /// The next timeouts that a node would draw, in ticks. Refused if the node is unknown or down, or `count` is above
    /// the limit.
    pub fn timeouts(&self, id: NodeId, count: u64) -> Result<Vec<u64>, Refusal> {
        let raft = self.raft(id)?;
        if count > MAX_TICKS {
            return refuse("too_many", format!("at most {MAX_TICKS} timeouts at once"));
        }
        Ok(raft.timeouts(count as usize))
    }

    /// Passes this many ticks at a node, one after the other. Refused if the node is unknown or down, or there are too
    /// many ticks or messages.
    pub fn tick(&mut self, id: NodeId, ticks: u64) -> Result<(), Refusal> {
        self.raft(id)?;
        if ticks > MAX_TICKS {
            return refuse("too_many", format!("at most {MAX_TICKS} ticks at once"));
        }
        let mut left = ticks;
        while left > 0 {
            self.room()?;
            let raft = self.raft_mut(id)?;
            // Nothing happens in between.
            let step = raft.ticks_left().clamp(1, left);
            raft.tick(step);
            left -= step;
            self.settle(id);
            self.look_at_leader(id);
        }
        Ok(())
    }

    /// Whether more messages may be sent.
    fn room(&self) -> Result<(), Refusal> {
        if self.messages.len() < MAX_MESSAGES {
            return Ok(());
        }
        refuse("too_many", format!("{MAX_MESSAGES} messages are on their way; deliver or drop some"))
    }

    // --- requests to a node

    /// Acts as if the election timeout had just passed. Refused if the node is unknown or down.
    pub fn campaign(&mut self, id: NodeId) -> Result<(), Refusal> {
        self.raft_mut(id)?.campaign();
        self.settle(id);
        Ok(())
    }

    /// Proposes data; returns its index. Refused if the node is unknown or down, if the data is too long or there are
    /// too many messages, and for the reasons of [`Raft::propose`].
    pub fn propose(&mut self, id: NodeId, data: Arc<[u8]>) -> Result<u64, Refusal> {
        if data.len() > MAX_DATA_BYTES {
            return refuse("too_big", format!("a proposal has at most {MAX_DATA_BYTES} bytes"));
        }
        self.room()?;
        let index = self.raft_mut(id)?.propose(data).map_err(Refusal::from);
        self.settle(id);
        index
    }

    /// Proposes a configuration change; returns its index. Nodes that it adds start now. Refused if the node is unknown
    /// or down, if the group would be too large, and for the reasons of [`Raft::change_conf`].
    pub fn change_conf(&mut self, id: NodeId, change: &ConfChange) -> Result<u64, Refusal> {
        let changes = match change {
            ConfChange::Single(change) => std::slice::from_ref(change),
            ConfChange::Joint(changes) => changes,
            ConfChange::Leave => &[],
        };
        let named = changes.iter().filter_map(|change| match change {
            Change::Add(id) | Change::Learner(id) => Some(*id),
            Change::Remove(_) => None,
        });
        let fresh: BTreeSet<NodeId> = named.filter(|id| !self.nodes.contains_key(id)).collect();
        self.raft(id)?;
        if self.nodes.len() + fresh.len() > MAX_NODES {
            return refuse("too_many", format!("a group has at most {MAX_NODES} nodes"));
        }
        let index = self.raft_mut(id)?.change_conf(change).map_err(Refusal::from);
        if index.is_ok() {
            for id in fresh.iter() {
                self.prefill(*id, &[], HardState::default());
                self.boot(*id)?;
            }
        }
        self.settle(id);
        index
    }

    /// Begins a read. Refused if the node is unknown or down, if there are too many messages, and if Raft cannot take
    /// it.
    pub fn read(&mut self, id: NodeId, mode: ReadMode, name: &str) -> Result<(), Refusal> {
        self.raft(id)?;
        self.room()?;
        let number = self.number(id, name);
        // A lease trusts clocks, which the caller controls here; so its reads are checked only while the rule that
        // bounds leases is off.
        let judged = mode == ReadMode::Index || !self.rules.on(Rule::LeaseBounded);
        if judged {
            self.watch.read_begins(id, number);
        }
        let begun = self.raft_mut(id)?.read(number, mode).map_err(Refusal::from);
        if begun.is_err() && judged {
            self.watch.read_ends(id, number, None);
        }
        self.settle(id);
        begun
    }

    /// Transfers leadership. Refused if the node is unknown or down, and for the reasons of [`Raft::transfer`].
    pub fn transfer(&mut self, id: NodeId, to: NodeId) -> Result<(), Refusal> {
        let done = self.raft_mut(id)?.transfer(to).map_err(|refused| match refused {
            Refused::Invalid(why) => Refusal::new("bad_target", why),
            refused => refused.into(),
        });
        if done.is_ok() {
            // The quorum check begins again.
            let ticks = self.raft(id)?.ticks();
            self.watch.listens(id, ticks);
        }
        self.settle(id);
        done
    }

    /// Switches a rule, on all nodes.
    pub fn set_rule(&mut self, rule: Rule, on: bool) {
        self.rules.set(rule, on);
        for node in self.nodes.values_mut() {
            node.member.set_rules(self.rules);
        }
    }

    // --- Raft's requests

    /// Carries out what a node's Raft requests, in the order that `raft` prescribes, until there is nothing more.
    fn settle(&mut self, id: NodeId) {
        loop {
            let Some(node) = self.nodes.get_mut(&id) else { return };
            let turn = node.member.process_ready(0, &mut self.event_log);
            self.watch(id, &turn);
            if let Some(node) = self.nodes.get_mut(&id) {
                node.reads.extend(turn.reads.iter().map(|read| (read.context, read.index)));
            }
            let idle = turn.idle;
            self.void_leases(id);
            self.send_all(turn.messages);
            let synced = self.autopersist && self.sync(id, Lsn::MAX);
            if idle && !synced {
                return;
            }
        }
    }

    /// A leader that was elected while an earlier one may hold a lease would wait before it commits anything. Here the
    /// earlier leader loses its lease instead, because the caller that made a node stand early has notified it.
    fn void_leases(&mut self, id: NodeId) {
        if !self.rules.on(Rule::LeaseBounded) {
            return;
        }
        let raft = self.nodes.get(&id).and_then(|node| node.member.raft());
        let Some(term) = raft.filter(|raft| raft.leads() && raft.elected_early()).map(Raft::term) else {
            return;
        };
        let rafts = self.nodes.values_mut().filter_map(|node| node.member.raft_mut());
        rafts.filter(|other| other.term() < term).for_each(Raft::void_lease);
    }

    fn config(&self, id: NodeId) -> Config {
        Config {
            id,
            election_ticks: self.setup.election_ticks,
            heartbeat_ticks: self.setup.heartbeat_ticks,
            max_entries: MAX_ENTRIES,
            max_inflight: self.setup.max_inflight,
            max_uncommitted_bytes: self.setup.max_uncommitted_bytes,
            max_data_bytes: 0,
            pre_vote: self.setup.pre_vote,
            check_quorum: self.setup.check_quorum,
            // No time passes between two lines: no wait would ever end, and nothing would be committed.
            waits_for_leases: false,
            rules: self.rules,
        }
    }
}

/// The highest index that enough nodes have reached in both halves, and 0 if no node has any.
pub fn quorum_reached(conf: &Conf, rules: Rules, of: impl Fn(NodeId) -> u64) -> u64 {
    conf.committed_index(of, rules.on(Rule::StrictMajority))
}

/// The state of a vote.
pub fn quorum_vote(conf: &Conf, rules: Rules, said: impl Fn(NodeId) -> Option<bool>) -> VoteResult {
    conf.vote_result(said, rules.on(Rule::StrictMajority))
}
