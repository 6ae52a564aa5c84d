//! Builds snapshots: the state of a world as the façade shows it.
//!
//! Guarantees: reads the world and never changes it; figures come from the nodes, not from the lesson's text. Leaves
//! out: drawing.

use super::Lab;
use super::outages::{listed, shown};
use super::snapshot::{
    ClientFacts, CollectionFacts, DiskFacts, EngineFacts, Failover, Flight, GroupFacts, Invariant, Majority,
    NodeFacts, Role, RowCounts, SegmentFacts, SegmentState, Snapshot, WalFacts, WalFile,
};
use super::world::World;
use quorum_engine::Catalog;
use quorum_raft::{Conf, Outcome, majority};
use quorum_sim::cluster::Cluster;
use quorum_sim::event::{OpStatus, Tail};
use quorum_sim::invariants::{Breach, Invariants, Standing};
use quorum_sim::log_disk::LogDisk;
use quorum_sim::recovery::Report;
use quorum_sim::replica::{Phase, Replica};
use quorum_sim::standalone::{COLLECTION, Standalone};
use quorum_types::NodeId;
use quorum_wal::format::FIRST_OBJECT;

/// Number of entries shown from the end of a log.
const LOG_TAIL: u64 = 12;

pub(super) fn snapshot(lab: &Lab) -> Snapshot {
    let mut snapshot = Snapshot {
        t_us: lab.now_us(),
        seed: lab.config.seed,
        boot: lab.boot(),
        kept: lab.world.outbox().kept(),
        digest: lab.world.digest(),
        events: lab.world.event_count(),
        topology: lab.topology.word(),
        lesson: lab.lesson_facts(),
        ..Snapshot::default()
    };
    match &lab.world {
        World::Standalone(world) => standalone(world, &mut snapshot),
        World::Cluster(world) => cluster(world, &mut snapshot),
        World::Hosted(world) => {
            let lesson = lab.grader.as_ref().map(|grader| grader.lesson().topology.clone());
            snapshot.topology = lesson.or(lab.config.topology.clone()).unwrap_or(snapshot.topology);
            world.fill(&mut snapshot);
        }
    }
    if let Some(group) = &mut snapshot.group
        && !lab.script.actions.is_empty()
    {
        group.script = Some((lab.script.done as u32, lab.script.actions.len() as u32));
    }
    snapshot.majority.sentence = sentence(lab, &snapshot.majority);
    snapshot
}

fn sentence(lab: &Lab, majority: &Majority) -> String {
    let args = [
        ("nodes", majority.nodes.into()),
        ("need", majority.need.into()),
        ("reachable", majority.reachable.into()),
        ("missing", majority.need.saturating_sub(majority.reachable).into()),
    ];
    let key = match (majority.nodes, majority.can_elect) {
        (1, _) => "majority-single",
        (_, true) => "majority-can-elect",
        (_, false) => "majority-cannot-elect",
    };
    lab.lang.f(key, &args)
}

fn standalone(world: &Standalone, snapshot: &mut Snapshot) {
    let report = world.report();
    snapshot.rows = RowCounts {
        submitted: world.acknowledged() + world.unproven() + world.outstanding(),
        acknowledged: world.acknowledged(),
        unproven: world.unproven(),
        visible: world.visible(),
        id_range: world.catalog().ok().and_then(id_range),
        pending: world.outstanding(),
    };
    snapshot.wal = wal(world.log(), report);
    snapshot.wal.checkpoint_lsn = world.checkpoint_lsn();
    snapshot.engine = Some(engine(world));
    snapshot.recovery = report.cloned();
    let role = match (world.alive(), world.refused(), world.recovering()) {
        (false, ..) => Role::Down,
        (_, true, _) => Role::Refused,
        (_, _, true) => Role::Recovering,
        _ => Role::Leader,
    };
    snapshot.nodes = vec![NodeFacts {
        id: quorum_sim::standalone::NODE,
        role,
        alive: world.alive(),
        reachable: world.alive(),
        syncing: world.log().syncing(),
        rows: world.visible(),
        durable: world.log().durable_lsn(),
        ..NodeFacts::default()
    }];
    let up = u32::from(world.alive() && !world.refused());
    snapshot.majority =
        Majority { nodes: 1, need: 1, reachable: up, can_elect: up == 1, ..Majority::default() };
}

/// The smallest key of the collection of generated rows, with the largest.
fn id_range(catalog: &Catalog) -> Option<(i64, i64)> {
    catalog.find(COLLECTION).ok()?.1.id_range
}

/// Rows visible in all collections.
fn rows(catalog: &Catalog) -> u64 {
    catalog.collections().map(|(_, there)| there.rows()).sum()
}

fn engine(world: &Standalone) -> EngineFacts {
    let settings = world.settings();
    let mut facts = EngineFacts {
        trap: world.trap(),
        import_totals: world.import_totals().collect(),
        disk: DiskFacts {
            sync_mb_per_s: settings.sync_bytes_per_s / 1_000_000,
            sync_us: settings.sync_us,
            real_time: settings.real_time,
            batch_rows: settings.batch_rows,
            import_rows: settings.import_rows,
        },
        ..EngineFacts::default()
    };
    let objects = world.log().disk.files().filter(|(file, ..)| *file >= FIRST_OBJECT);
    facts.object_bytes = objects.map(|(_, bytes, _)| bytes).sum();
    let Ok(catalog) = world.catalog() else { return facts };
    for (_, there) in catalog.collections() {
        facts.collections.push(CollectionFacts {
            name: there.name.clone(),
            rows: there.rows(),
            num_entities: there.num_entities(),
            loaded: there.loaded,
            index: there.index.map(|spec| spec.word().to_owned()),
        });
        for segment in &there.segments {
            facts.segments.push(SegmentFacts {
                id: segment.id,
                collection: there.name.clone(),
                state: match segment.state {
                    quorum_engine::SegmentState::Growing => SegmentState::Growing,
                    quorum_engine::SegmentState::Sealed => SegmentState::Sealed,
                    quorum_engine::SegmentState::Flushed => SegmentState::Flushed,
                },
                rows: segment.rows(),
                deleted: segment.deleted_rows(),
                bytes: segment.bytes(),
                indexed: segment.index().is_some(),
            });
        }
    }
    facts.imports = catalog.imports().collect();
    facts
}

fn wal(log: &LogDisk, report: Option<&Report>) -> WalFacts {
    let known = log.wal().map_or(&[][..], quorum_wal::Wal::files);
    let file = |(file, bytes, durable_bytes)| {
        let facts = known.iter().find(|facts| facts.file == file);
        WalFile {
            file,
            bytes,
            durable_bytes,
            first_lsn: facts.map_or(0, |facts| facts.first_lsn),
            records: facts.map_or(0, |facts| facts.records),
        }
    };
    WalFacts {
        node: log.node,
        files: log.disk.files().filter(|(file, ..)| *file < FIRST_OBJECT).map(file).collect(),
        bytes: log.log_bytes(),
        checkpoint_lsn: 0,
        durable_lsn: log.durable_lsn(),
        last_lsn: log.wal().map_or(log.durable_lsn(), quorum_wal::Wal::last_lsn),
        tail: report.map_or(Tail::Clean, |report| report.tail),
        fsyncs: log.syncs(),
    }
}

fn cluster(world: &Cluster, snapshot: &mut Snapshot) {
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
    snapshot.invariants = standings(&world.checkers.invariants);
    snapshot.group = Some(group(world));
}

/// The invariants of a world and their state.
pub(super) fn standings(invariants: &Invariants) -> Vec<Invariant> {
    let shown = |standing: &Standing| Invariant {
        name: standing.name.to_owned(),
        holds: standing.broken.is_none(),
        checked: standing.checked,
        detail: standing.broken.as_ref().map(Breach::detail),
        breach: standing.broken.as_ref().map(Breach::told),
    };
    invariants.standings().iter().map(shown).collect()
}

/// For how long no write has been acknowledged, where one may be demanded: of a client that asks, of members that are all
/// voters and have lost nothing, in calm weather.
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
    flights.sort_unstable_by_key(|a| a.id);
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
        role: match &member.phase {
            Phase::Off => Role::Down,
            Phase::Booting | Phase::Recovering(..) => Role::Recovering,
            Phase::Refused => Role::Refused,
            Phase::Running(raft) => match raft.role() {
                quorum_raft::Role::Follower => Role::Follower,
                quorum_raft::Role::PreCandidate { .. } | quorum_raft::Role::Candidate { .. } => {
                    Role::Candidate
                }
                quorum_raft::Role::Leader(_) => Role::Leader,
            },
        },
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
pub(super) fn serving(world: &Cluster) -> Option<&Replica> {
    let leads = |member: &&Replica| member.active() && member.raft().is_some_and(quorum_raft::Raft::leads);
    world.members().iter().filter(leads).max_by_key(|member| member.raft().map_or(0, quorum_raft::Raft::term))
}

/// Who hears whom.
pub(super) struct Reach {
    /// A node that hears most voters, and that they hear, and all that it hears so.
    pub(super) group: Vec<NodeId>,
    /// How many have a vote; in a joint configuration in the half that lacks more of them, or else the new one.
    pub(super) nodes: usize,
    /// How many of these are a majority.
    pub(super) need: usize,
    /// How many of these are in the group.
    pub(super) reachable: usize,
    /// Whether that is a majority, of both halves, so that this node could be elected.
    pub(super) can_elect: bool,
}

/// A voter that reaches enough of the configuration that counts now, or else most of it; of equals the one with most
/// neighbours, and on a tie the serving leader.
pub(super) fn reach(world: &Cluster) -> Reach {
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
    conf.outcome(|id| Some(nodes.contains(&id)), true) == Outcome::Won
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
