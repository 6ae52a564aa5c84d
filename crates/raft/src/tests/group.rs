//! A group of nodes in memory, with a simulated network and simulated disks.
//!
//! Nothing happens by itself. Guarantees: every `Ready` is processed in the order of the specification; a crash loses
//! unsynced data. Leaves out: time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::watch::Watch;
use crate::{
    Change, Conf, ConfChange, Config, HardState, Log, Message, Raft, ReadMode, Ready, Refused, Restored,
    Rules, Snapshot,
};
use quorum_types::{NodeId, Rng};

/// The contents of a disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    pub(super) hard: HardState,
    pub(super) log: Log,
}

/// A node and its disk.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    /// None while it is down.
    pub(super) raft: Option<Raft>,
    pub(super) durable: Disk,
    pub(super) written: Disk,
    /// Messages that wait for the disk.
    pub(super) held: Vec<Message>,
    /// An fsync in progress: what it makes durable, and how many messages wait for it.
    syncing: Option<(Disk, usize)>,
    /// The state machine: a digest of what it applied.
    pub(super) machine: u64,
    pub(super) reads: Vec<(u64, u64)>,
    boots: u64,
    /// Whether it lost data and has not recovered: to be remembered across restarts.
    pub(super) impaired: bool,
    /// Its configuration when it was last looked at.
    conf: Conf,
}

/// The group.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) peers: BTreeMap<NodeId, Peer>,
    pub(super) net: Vec<Message>,
    pub(super) cut: BTreeSet<(NodeId, NodeId)>,
    pub(super) autopersist: bool,
    /// Whether a restarted node gives no vote for an election timeout.
    pub(super) waits_out_leases: bool,
    pub(super) watch: Watch,
    /// The notes, in order.
    pub(super) notes: Vec<(NodeId, u64, crate::Note)>,
    config: Config,
    conf: Conf,
    seed: u64,
}

/// A node configuration that suits most tests.
pub(super) fn config() -> Config {
    Config {
        id: 1,
        election_ticks: 10,
        heartbeat_ticks: 1,
        max_entries: 4,
        max_inflight: 8,
        max_uncommitted_bytes: 0,
        max_data_bytes: 0,
        pre_vote: false,
        check_quorum: false,
        waits_for_leases: false,
        rules: Rules::default(),
    }
}

impl Group {
    /// Empty nodes, from 1.
    pub(super) fn new(voters: u32, config: Config) -> Self {
        Self::of(Conf::new(1..=voters, []), config, 7, &BTreeMap::new())
    }

    /// Nodes of a configuration; some with something on their disks, as term, vote and the terms of the log.
    pub(super) fn of(
        conf: Conf,
        config: Config,
        seed: u64,
        disks: &BTreeMap<NodeId, (HardState, Vec<u64>)>,
    ) -> Self {
        let mut group = Self {
            peers: BTreeMap::new(),
            net: Vec::new(),
            cut: BTreeSet::new(),
            autopersist: true,
            waits_out_leases: true,
            watch: Watch::default(),
            notes: Vec::new(),
            config,
            conf: conf.clone(),
            seed,
        };
        for id in conf.members() {
            let (hard, terms) = disks.get(&id).cloned().unwrap_or_default();
            let mut disk = Disk { hard, log: group.empty() };
            for term in terms {
                disk.log.push(Arc::new(crate::Entry::normal(term, [])));
            }
            let entries: Vec<_> =
                (1..=disk.log.last().0).filter_map(|at| disk.log.get(at).cloned()).collect();
            group.watch.wrote(id, (0, 0), &entries);
            group.start(id, disk, None);
        }
        group
    }

    fn empty(&self) -> Log {
        Log::after_snapshot(Arc::new(Snapshot { conf: self.conf.clone(), ..Snapshot::default() }))
    }

    /// Starts a node with the state on its disk.
    fn start(&mut self, id: NodeId, disk: Disk, impaired: Option<u64>) {
        let boots = self.peers.get(&id).map_or(0, |peer| peer.boots) + 1;
        let reads = self.peers.get(&id).map_or(Vec::new(), |peer| peer.reads.clone());
        let config = Config { id, ..self.config.clone() };
        let restored = Restored { hard: disk.hard, log: disk.log.clone(), impaired };
        let conf = disk.log.snapshot().conf.clone();
        let mut raft = Raft::new(config, Rng::new(self.seed, u64::from(id) * 1_000 + boots), restored);
        if boots > 1 && self.waits_out_leases {
            raft.wait_out_lease();
        }
        let data = &disk.log.snapshot().data;
        let machine = data[..].try_into().map_or(0, u64::from_le_bytes);
        let (durable, written) = (disk.clone(), disk);
        let impaired = raft.impaired();
        let peer = Peer {
            raft: Some(raft),
            durable,
            written,
            held: Vec::new(),
            syncing: None,
            machine,
            reads,
            boots,
            impaired,
            conf,
        };
        self.peers.insert(id, peer);
        self.watch.restarted(id);
        self.process_ready(id);
    }

    /// A node that is up.
    pub(super) fn raft(&self, id: NodeId) -> &Raft {
        self.peers[&id].raft.as_ref().expect("the node is up")
    }

    pub(super) fn up(&self, id: NodeId) -> bool {
        self.peers.get(&id).is_some_and(|peer| peer.raft.is_some())
    }

    /// Calls a node and processes the results.
    pub(super) fn at<T>(&mut self, id: NodeId, act: impl FnOnce(&mut Raft) -> T) -> Option<T> {
        let raft = self.peers.get_mut(&id)?.raft.as_mut()?;
        let answer = act(raft);
        self.process_ready(id);
        Some(answer)
    }

    /// Processes a node's `Ready`, and those that follow from it.
    pub(super) fn process_ready(&mut self, id: NodeId) {
        loop {
            let Some(peer) = self.peers.get_mut(&id) else { return };
            let Some(raft) = peer.raft.as_mut() else { return };
            let ready = raft.take_ready();
            let quiet = ready.hard_state.is_none()
                && ready.snapshot.is_none()
                && ready.append.is_none()
                && ready.messages.is_empty()
                && ready.after_persist.is_empty()
                && ready.committed.is_empty();
            self.carry_out(id, ready);
            if self.autopersist {
                self.persist(id);
            }
            if quiet {
                break;
            }
        }
        self.look(id);
    }

    fn look(&mut self, id: NodeId) {
        if let Some(raft) = self.peers.get(&id).and_then(|peer| peer.raft.as_ref()) {
            self.watch.stepped(id, raft);
            if raft.leads() && raft.commit() > 0 && raft.log().term(raft.commit()) == Some(raft.term()) {
                self.watch.counted(raft.commit(), raft.term(), [&self.peers[&id].conf, raft.conf()]);
            }
        }
        if let Some(peer) = self.peers.get_mut(&id)
            && let Some(raft) = &peer.raft
        {
            peer.impaired = raft.impaired();
            if peer.conf != *raft.conf() {
                peer.conf = raft.conf().clone();
            }
        }
        let peers = &self.peers;
        self.watch.disks(|id| peers.get(&id).map(|peer| &peer.durable.log));
    }

    fn carry_out(&mut self, id: NodeId, ready: Ready) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let term = peer.raft.as_ref().map_or(0, Raft::term);
        self.notes.extend(ready.notes.into_iter().map(|note| (id, term, note)));
        if let Some(hard) = ready.hard_state {
            peer.written.hard = hard;
        }
        if let Some(snapshot) = ready.snapshot {
            peer.machine = self.watch.installed(id, &snapshot);
            peer.written.log = Log::after_snapshot(snapshot);
        }
        if let Some((prev, entries)) = ready.append {
            peer.written.log.truncate(prev);
            self.watch.wrote(id, peer.written.log.last(), &entries);
            entries.into_iter().for_each(|entry| peer.written.log.push(entry));
        }
        peer.held.extend(ready.after_persist);
        for (index, entry) in ready.committed {
            peer.machine = self.watch.applied(id, index, &entry, peer.machine);
        }
        for read in ready.reads {
            peer.reads.push((read.context, read.index));
            self.watch.answered(id, read.context, read.index);
        }
        for message in ready.messages {
            self.send(message);
        }
    }

    fn send(&mut self, message: Message) {
        if !self.cut.contains(&(message.from, message.to)) {
            self.net.push(message);
        }
    }

    /// Makes everything that a node has written durable.
    pub(super) fn persist(&mut self, id: NodeId) {
        if self.up(id) {
            self.begin_sync(id);
            self.end_sync(id);
        }
    }

    /// An fsync begins: it will make durable what is written now.
    pub(super) fn begin_sync(&mut self, id: NodeId) {
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.syncing = Some((peer.written.clone(), peer.held.len()));
        }
    }

    /// It ends.
    pub(super) fn end_sync(&mut self, id: NodeId) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let (Some((disk, count)), Some(raft)) = (peer.syncing.take(), peer.raft.as_mut()) else { return };
        let (last, term) = disk.log.last();
        peer.durable = disk;
        raft.persisted(last, term);
        let term = raft.term();
        let mut released: Vec<Message> =
            peer.held.drain(..count).filter(|message| message.term >= term).collect();
        // Messages of a single voter to itself.
        released.extract_if(.., |message| message.to == id).for_each(|message| raft.step(message));
        released.into_iter().for_each(|message| self.send(message));
        if !self.autopersist {
            self.process_ready(id);
        }
    }

    /// Delivers a message of the network.
    pub(super) fn deliver(&mut self, at: usize) -> Message {
        let message = self.net.remove(at);
        let copy = message.clone();
        self.at(message.to, |raft| raft.step(message));
        copy
    }

    /// Delivers everything among these nodes until nothing changes; messages to other nodes are lost.
    pub(super) fn run(&mut self, among: &[NodeId], mut tell: impl FnMut(&mut Self, &Message)) {
        for _ in 0..20_000 {
            if self.net.is_empty() {
                return;
            }
            if among.contains(&self.net[0].from) && among.contains(&self.net[0].to) {
                let message = self.net[0].clone();
                tell(self, &message);
                self.deliver(0);
            } else {
                self.net.remove(0);
            }
        }
        panic!("the group does not settle");
    }

    /// Delivers everything to all nodes.
    pub(super) fn settle(&mut self) {
        let all = self.ids();
        self.run(&all, |_, _| {});
    }

    pub(super) fn ids(&self) -> Vec<NodeId> {
        self.peers.keys().copied().collect()
    }

    pub(super) fn tick(&mut self, id: NodeId, ticks: u64) {
        for _ in 0..ticks {
            self.at(id, |raft| raft.tick(1));
        }
    }

    pub(super) fn campaign(&mut self, id: NodeId) -> bool {
        self.at(id, Raft::campaign).unwrap_or(false)
    }

    pub(super) fn propose(&mut self, id: NodeId, data: &str) -> Result<u64, Refused> {
        self.at(id, |raft| raft.propose(data.as_bytes().into())).unwrap_or(Err(Refused::NotLeader))
    }

    pub(super) fn read(&mut self, id: NodeId, context: u64, mode: ReadMode) -> Result<(), Refused> {
        self.watch.asked(context);
        self.at(id, |raft| raft.read(context, mode)).unwrap_or(Err(Refused::NotLeader))
    }

    /// Proposes a change; nodes first named here are started.
    pub(super) fn change(&mut self, id: NodeId, change: &ConfChange) -> Result<u64, Refused> {
        let named: &[Change] = match change {
            ConfChange::Single(one) => std::slice::from_ref(one),
            ConfChange::Joint(several) => several,
            ConfChange::Leave => &[],
        };
        for one in named {
            let (Change::Add(new) | Change::Learner(new) | Change::Remove(new)) = one;
            if !self.peers.contains_key(new) && !matches!(one, Change::Remove(_)) {
                let disk = Disk { hard: HardState::default(), log: self.empty() };
                self.start(*new, disk, None);
            }
        }
        self.at(id, |raft| raft.change_conf(change)).unwrap_or(Err(Refused::NotLeader))
    }

    /// Power fails: unsynced data is gone.
    pub(super) fn crash(&mut self, id: NodeId) {
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.raft = None;
            peer.held.clear();
            peer.syncing = None;
            peer.written = peer.durable.clone();
        }
    }

    pub(super) fn restart(&mut self, id: NodeId) {
        if !self.up(id) {
            let (disk, boots) = (self.peers[&id].durable.clone(), self.peers[&id].boots);
            self.start(id, disk, self.peers[&id].impaired.then_some(boots + 1));
        }
    }

    /// A node that was down restarts with its log cut after an index, knowing that it lost data; if no index is given,
    /// its whole log and its term and vote are gone.
    pub(super) fn restart_impaired(&mut self, id: NodeId, keep: Option<u64>) {
        self.watch.damaged = true;
        let mut disk = self.peers[&id].durable.clone();
        match keep {
            Some(last) => disk.log.truncate(last),
            None => disk = Disk { hard: HardState::default(), log: self.empty() },
        }
        let nonce = self.peers[&id].boots + 1;
        self.start(id, disk, Some(nonce));
    }

    /// Replaces the log up to an index with a snapshot.
    pub(super) fn compact(&mut self, id: NodeId, index: u64) -> bool {
        let Some(machine) = self.machine_at(id, index) else { return false };
        let Some(peer) = self.peers.get_mut(&id) else { return false };
        let Some(raft) = peer.raft.as_mut() else { return false };
        let Some(snapshot) = raft.compact(index, machine.to_le_bytes().into()) else { return false };
        peer.written.log.compact(Arc::clone(&snapshot));
        peer.durable.log.compact(snapshot);
        true
    }

    /// The digest of a node's state machine when it had applied up to an index.
    fn machine_at(&self, id: NodeId, index: u64) -> Option<u64> {
        let log = self.peers.get(&id)?.raft.as_ref()?.log();
        let mut machine = log.snapshot().data[..].try_into().map_or(0, u64::from_le_bytes);
        for at in log.first()..=index {
            machine = super::watch::digest(machine, at, log.get(at)?);
        }
        Some(machine)
    }

    /// The node that leads the highest term.
    pub(super) fn leader(&self) -> Option<NodeId> {
        let leads = |id: &NodeId| self.peers[id].raft.as_ref().filter(|raft| raft.leads()).map(Raft::term);
        self.peers.keys().copied().filter(|id| leads(id).is_some()).max_by_key(|id| leads(id))
    }

    pub(super) fn terms(&self, id: NodeId) -> Vec<u64> {
        let log = self.raft(id).log();
        (log.first()..=log.last().0).filter_map(|index| log.term(index)).collect()
    }
}
