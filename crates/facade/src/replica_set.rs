//! A replica set as a world of the façade: its metrics, the nodes that words refer to, its part of snapshots and of
//! stamps.
//!
//! Guarantees: reading changes nothing; figures come from the nodes, not from the lesson's text. Leaves out: the
//! replicas (`quorum_sim::cluster`).

use super::answer::{Answer, Reply};
use super::build_snapshot::{id_range, rows, wal};
use super::command::{Command, EngineCommand};
use super::engine;
use super::event::{EngineEvent, Event, united};
use super::inspect::{Inspected, Target};
use super::inspect_replicas::{inspect, role};
use super::metrics::{MetricReader, read, whole};
use super::outages::{listed, shown};
use super::run::RunStamp;
use super::sim_world::{LogPart, SimWorld, invariants, queue_world_methods};
use super::snapshot::{ClientFacts, Failover, Flight, GroupFacts, Majority, NodeFacts, RowCounts, Snapshot};
use super::unknown_node;
use super::values::InsertRows;
use quorum_engine::Catalog;
use quorum_raft::{Conf, VoteResult, majority};
use quorum_sim::cluster::{Cluster, ScheduledEvent};
use quorum_sim::copied::Copied;
use quorum_sim::event::OpStatus;
use quorum_sim::history::History;
use quorum_sim::outbox::Outbox;
use quorum_sim::replica::{Phase, Replica};
use quorum_types::sort::sort_by_key;
use quorum_types::{Micros, NodeId, Refusal};
use quorum_wal::window::WalWindow;

/// All copies for time travel together hold about this many bytes.
const MOST_COPIED: u64 = 120_000_000;

/// Number of entries shown from the end of a log.
const LOG_TAIL: u64 = 12;

/// The metrics of a replica set.
const METRICS: &[MetricReader<Cluster>] = &[
    ("rows.lost", |world| whole(world.checkers.lost())),
    ("nodes.total", |world| world.members().len() as i64),
    ("nodes.up", |world| world.members().iter().filter(|member| up(member)).count() as i64),
    ("leaders", |world| {
        world.members().iter().filter_map(|member| member.raft()).filter(|raft| raft.leads()).count() as i64
    }),
    ("term", |world| {
        whole(
            world
                .members()
                .iter()
                .filter_map(|member| member.raft())
                .map(quorum_raft::Raft::term)
                .max()
                .unwrap_or(0),
        )
    }),
    ("commit", |world| {
        let commits =
            world.members().iter().filter_map(|member| member.raft()).map(quorum_raft::Raft::commit);
        whole(commits.max().unwrap_or(0))
    }),
    ("majority.need", |world| reach(world).need as i64),
    ("majority.reachable", |world| reach(world).reachable as i64),
    ("requests.begun", |world| whole(world.client().begun())),
    ("requests.ok", |world| whole(world.client().count(OpStatus::Ok))),
    ("requests.failed", |world| whole(world.client().count(OpStatus::Fail))),
    ("requests.unknown", |world| whole(world.client().count(OpStatus::Info))),
    ("links.cut", |world| world.network().cuts().count() as i64),
    ("rules.off", |world| {
        quorum_raft::RULES.iter().filter(|facts| !world.rules().on(facts.rule)).count() as i64
    }),
    ("invariants.broken", |world| world.checkers.invariants.broken_count() as i64),
];

/// Whether a member has power and its log can be read.
fn up(member: &Replica) -> bool {
    !matches!(member.phase, Phase::Off | Phase::Refused)
}

impl SimWorld for Cluster {
    queue_world_methods!();

    fn drops_messages(&self) -> bool {
        true
    }

    fn has_clocks(&self) -> bool {
        true
    }

    fn acknowledged(&self) -> u64 {
        self.client().acknowledged().len()
    }

    fn boot(&self) -> u32 {
        self.members().iter().map(|member| member.epoch).max().unwrap_or(1)
    }

    fn stamp(&self, stamp: &mut RunStamp, ticket: u64) {
        let lsn = |member: &Replica| (member.id, member.log.stored_after(ticket));
        stamp.durable_lsns = self.members().iter().map(lsn).collect();
        stamp.next_op = self.client().next_op();
        stamp.acknowledged_ops.clone_from(&self.client().acknowledged().0);
    }

    fn dispatch(&mut self, command: Command) -> Result<(), Refusal> {
        match command {
            Command::Cluster(action) => self.perform(&action),
            other => {
                let error = format!("a replica set knows no “{}”; open a standalone engine", other.op());
                Err(Refusal::new("unsupported", error))
            }
        }
    }

    fn dispatch_engine(&mut self, ticket: u64, command: EngineCommand) -> Result<Reply, Refusal> {
        match command {
            EngineCommand::Insert { rows: InsertRows::Made(rows), .. } => {
                self.insert(ticket, rows).map(|()| Reply::Later)
            }
            other => engine::read(self, other),
        }
    }

    fn set(&mut self, name: &str, value: u64) -> Result<(), Refusal> {
        Self::set(self, name, value)
    }

    fn take_answers(&mut self, _generated: &mut Vec<u64>) -> Vec<(u64, Answer)> {
        let answer = |(ticket, acknowledged)| (ticket, Answer::Inserted { ok: true, acknowledged });
        self.take_inserted().into_iter().map(answer).collect()
    }

    fn outage(&self) -> Option<quorum_sim::outage::Outage> {
        self.event_log.outage.current(self.now)
    }

    fn named(&self, word: &str) -> Option<Vec<NodeId>> {
        let (word, place) = match word.split_once(':') {
            Some((word, place)) => (word, Some(place.parse::<usize>().ok()?)),
            None => (word, None),
        };
        let members = self.members();
        let leader = members
            .iter()
            .filter(|member| up(member) && !member.paused)
            .filter_map(|member| Some((member.raft().filter(|raft| raft.leads())?.term(), member.id)))
            .max()
            .map(|(_, id)| id);
        let those = |keep: &dyn Fn(&Replica) -> bool| -> Vec<NodeId> {
            members.iter().filter(|member| keep(member)).map(|member| member.id).collect()
        };
        let named = match word {
            "leader" => leader.into_iter().collect(),
            "follower" => those(&|member| up(member) && Some(member.id) != leader),
            "up" => those(&|member| up(member)),
            "down" => those(&|member| !member.alive()),
            "paused" => those(&|member| member.paused),
            "node" => those(&|_| true),
            _ => return None,
        };
        Some(match place {
            Some(place) => named.into_iter().nth(place.wrapping_sub(1)).into_iter().collect(),
            None => named,
        })
    }

    fn can_elect(&self) -> bool {
        reach(self).can_elect
    }

    /// Every member holds all rows, and a copy shares none of them: some 60 bytes each, measured.
    fn copied(&self) -> Option<(Copied, u64)> {
        let rows = self.client().acknowledged().len() * self.members().len() as u64;
        Some((Copied { own: rows * 60, shared: Vec::new() }, MOST_COPIED))
    }

    fn catalog(&self) -> Result<&Catalog, Refusal> {
        serving(self).map(|member| &member.machine.catalog).ok_or_else(|| {
            Refusal::new("no_leader", "no node leads, so none can answer; restart nodes or wait")
        })
    }

    fn log_window(&self, part: LogPart) -> Result<Option<WalWindow>, Refusal> {
        let member = (part.node as usize).checked_sub(1).and_then(|at| self.members().get(at));
        let member = member.ok_or_else(|| unknown_node(part.node, self.members().len()))?;
        Ok(part.of(&member.log.disk))
    }

    fn inspect(&self, target: Target) -> Result<Inspected, Refusal> {
        inspect(self, target)
    }

    fn history(&self, last: u64, find: bool) -> Result<History, Refusal> {
        Ok(self.client().seen_history(last as usize, find))
    }

    fn copy(&self) -> Box<dyn SimWorld> {
        Box::new(self.clone())
    }
}

fn fill(world: &Cluster, snapshot: &mut Snapshot) {
    let reach = reach(world);
    let shown = serving(world).or_else(|| world.members().iter().find(|member| member.raft().is_some()));
    if let Some(member) = shown.or_else(|| world.members().first()) {
        snapshot.wal = wal(&member.log, member.report.as_ref());
    }
    let client = world.client();
    snapshot.rows = RowCounts {
        submitted: client.next_op() - 1,
        acknowledged: client.acknowledged().len(),
        unproven: 0,
        visible: shown.map_or(0, |member| rows(&member.machine.catalog)),
        id_range: shown.and_then(|member| id_range(&member.machine.catalog)),
        pending: client.open(),
    };
    snapshot.nodes = world.members().iter().map(|member| node(world, member, &reach)).collect();
    snapshot.cut = world.network().cuts().collect();
    snapshot.flights = flights(world);
    snapshot.client = Some(ClientFacts {
        on: client.on,
        route: client.route(),
        total: client.begun(),
        ok: client.count(OpStatus::Ok),
        failed: client.count(OpStatus::Fail),
        unknown: client.count(OpStatus::Info),
        open: client.open(),
        recent: client.recent(),
        interval_us: world.settings().client_interval_us,
        limited: world.client_stopped(),
    });
    snapshot.majority = Majority {
        nodes: reach.nodes as u32,
        need: reach.need as u32,
        reachable: reach.reachable as u32,
        can_elect: reach.can_elect,
        sentence: String::new(),
        stalled_us: if reach.can_elect { stalled(world) } else { 0 },
    };
    snapshot.failover = failover(world);
    snapshot.outages = listed(world.event_log.outage.outages.all());
    snapshot.invariants = invariants(&world.checkers.invariants);
    snapshot.group = Some(group(world));
}

/// For how long no write has been acknowledged, where one may be demanded: of a client that asks, of members that are
/// all voters and have lost nothing, in calm weather.
fn stalled(world: &Cluster) -> u64 {
    let conf = world.conf();
    let plain = conf.outgoing.is_empty() && conf.voters.len() == world.members().len();
    let whole = plain && world.members().iter().all(|member| !member.damaged);
    let calm = world.network().weather().loss == 0;
    if whole && calm && world.client().on { world.event_log.outage.silent_us(world.now) } else { 0 }
}

fn group(world: &Cluster) -> GroupFacts {
    let conf = world.conf();
    let off = quorum_raft::RULES.iter().filter(|facts| !world.rules().on(facts.rule));
    let weather = world.network().weather();
    GroupFacts {
        voters: conf.voters.clone(),
        outgoing: conf.outgoing.clone(),
        learners: conf.learners.clone(),
        rules_off: off.map(|facts| facts.name.to_owned()).collect(),
        excused: world.checkers.invariants.excused().map(str::to_owned),
        loss: weather.loss.into(),
        duplicate: weather.duplicate.into(),
        reorder: weather.reorder.into(),
        script: None,
    }
}

fn failover(world: &Cluster) -> Option<Failover> {
    Some(shown(world.event_log.outage.current(world.now)?, world.checkers.lost()))
}

fn flights(world: &Cluster) -> Vec<Flight> {
    let mut flights: Vec<Flight> = world
        .flying()
        .map(|(arrives_us, flying)| Flight {
            id: flying.id,
            from: flying.from,
            to: flying.to,
            message: flying.packet.kind(),
            sent_us: flying.sent_us,
            arrives_us,
            entries: flying.packet.entries(),
            granted: flying.packet.granted(),
        })
        .collect();
    sort_by_key(&mut flights, |a| a.id);
    flights
}

fn node(world: &Cluster, member: &Replica, reach: &Reach) -> NodeFacts {
    let mut facts = NodeFacts {
        id: member.id,
        alive: member.alive(),
        paused: member.paused,
        reachable: reach.group.contains(&member.id),
        syncing: member.log.syncing(),
        rows: rows(&member.machine.catalog),
        applied: member.applied(),
        timer: member.timer(world.now),
        drift_ppm: member.clock.drift_ppm(),
        role: role(member),
        ..NodeFacts::default()
    };
    let log = match member.raft() {
        Some(raft) => {
            facts.term = raft.term();
            facts.vote = raft.vote();
            facts.leader = raft.leader();
            facts.commit = raft.commit();
            facts.durable = raft.durable();
            facts.votes = votes(member.id, raft);
            facts.impaired = raft.impaired();
            facts.voter = raft.conf().votes(member.id);
            raft.log()
        }
        None => {
            facts.term = member.disk_term;
            facts.durable = member.on_disk.last().0;
            &member.on_disk
        }
    };
    facts.last = log.last();
    facts.first = log.first();
    let first = (facts.last.0 + 1).saturating_sub(LOG_TAIL).max(1);
    facts.log_tail = (first..=facts.last.0).filter_map(|index| Some((index, log.term(index)?))).collect();
    facts
}

fn votes(id: NodeId, raft: &quorum_raft::Raft) -> Vec<NodeId> {
    let last = raft.log().last().0;
    match raft.role() {
        quorum_raft::Role::Follower => Vec::new(),
        quorum_raft::Role::PreCandidate { votes } | quorum_raft::Role::Candidate { votes } => {
            votes.iter().filter(|(_, yes)| **yes).map(|(id, _)| *id).collect()
        }
        quorum_raft::Role::Leader(leader) => {
            let held = leader.followers.iter();
            let held = held.filter(|(_, progress)| progress.matched >= last).map(|(id, _)| *id);
            let own = (raft.durable() >= last).then_some(id);
            held.chain(own).collect()
        }
    }
}

/// The serving member: the leader with the highest term.
fn serving(world: &Cluster) -> Option<&Replica> {
    let leads = |member: &&Replica| member.active() && member.raft().is_some_and(quorum_raft::Raft::leads);
    world.members().iter().filter(leads).max_by_key(|member| member.raft().map_or(0, quorum_raft::Raft::term))
}

/// Who hears whom.
struct Reach {
    /// A node that hears most voters, and that they hear, and all that it hears so.
    group: Vec<NodeId>,
    /// How many have a vote; in a joint configuration in the half that lacks more of them, or else the new one.
    nodes: usize,
    /// How many of these are a majority.
    need: usize,
    /// How many of these are in the group.
    reachable: usize,
    /// Whether that is a majority, of both halves, so that this node could be elected.
    can_elect: bool,
}

/// A voter that reaches enough of the configuration that counts now, or else most of it; of equals the one with most
/// neighbours, and on a tie the serving leader.
fn reach(world: &Cluster) -> Reach {
    let conf = world.conf();
    let up: Vec<NodeId> = world
        .members()
        .iter()
        .filter(|member| !member.paused && !matches!(member.phase, Phase::Off | Phase::Refused))
        .map(|member| member.id)
        .collect();
    let network = world.network();
    let hears = |a: NodeId, b: NodeId| a == b || (network.works(a, b) && network.works(b, a));
    let leader = serving(world).map(|member| member.id);
    let mut best = ((false, 0, 0, false), Vec::new());
    for id in up.iter().filter(|id| conf.votes(**id)) {
        let around: Vec<NodeId> = up.iter().copied().filter(|other| hears(*id, *other)).collect();
        let voters = around.iter().filter(|other| conf.votes(**other)).count();
        let rank = (elects(conf, &around), voters, around.len(), Some(*id) == leader);
        if rank > best.0 {
            best = (rank, around);
        }
    }
    let ((can_elect, ..), group) = best;
    let half = |voters: &[NodeId]| {
        let reachable = voters.iter().filter(|id| group.contains(id)).count();
        (voters.len(), majority(voters.len()), reachable)
    };
    let lacks = |(_, need, reachable): (usize, usize, usize)| need.saturating_sub(reachable);
    let (new, old) = (half(&conf.voters), half(&conf.outgoing));
    let (nodes, need, reachable) = if conf.joint() && lacks(old) > lacks(new) { old } else { new };
    Reach { group, nodes, need, reachable, can_elect }
}

/// Whether these nodes are a majority of a configuration: of its voters, and in a joint one of both halves.
fn elects(conf: &Conf, nodes: &[NodeId]) -> bool {
    conf.vote_result(|id| Some(nodes.contains(&id)), true) == VoteResult::Won
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorum_raft::{Change, ConfChange};

    #[test]
    fn a_joint_configuration_wants_a_majority_of_both_halves_and_learners_do_not_count() {
        let plain = Conf::new([1, 2, 3], [4, 5]);
        let joint =
            plain.after(&ConfChange::Joint(vec![Change::Remove(1), Change::Remove(2), Change::Add(4)]));
        let joint = joint.expect("it makes sense");
        for (conf, nodes, elected) in [
            (&plain, &[1, 2][..], true),
            (&plain, &[1, 4, 5], false),
            (&joint, &[3, 4], false),
            (&joint, &[1, 2, 5], false),
            (&joint, &[2, 3, 4], true),
        ] {
            assert_eq!(elects(conf, nodes), elected, "{nodes:?} of {conf:?}");
        }
    }
}
