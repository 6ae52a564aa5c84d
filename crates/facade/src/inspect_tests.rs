//! Tests: what an inspector shows is what the world holds, and what clients saw is explained or refuted.

use super::answer::Answer;
use super::command::{Command, Control};
use super::inspect::{Inspected, LeaseDetail, NodeDetail, PeerState, PodDetail, SegmentDetail, Target};
use super::snapshot::Role;
use super::{Lab, RunConfig};
use quorum_i18n::Lang;
use quorum_milvus::inspect::{KnownValue, KnownWhat, SegmentState};
use quorum_milvus::topology::Component;
use quorum_sim::action::Action;
use quorum_sim::history::{Found, History, Outcome, SeenAsk, WhyCause};
use quorum_types::{NodeId, SECOND};

fn open(topology: &str, settings: &[(&str, u64)]) -> Lab {
    let config = RunConfig {
        lesson: None,
        topology: Some(topology.to_owned()),
        seed: 7,
        kept: false,
        lang: "en".to_owned(),
    };
    let settings: Vec<(String, u64)> = settings.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
    Lab::open_with(config, None, &settings).expect("opens")
}

fn ask(lab: &mut Lab, command: impl Into<Command>) -> Answer {
    lab.execute(1, command.into());
    lab.take_answers().pop().expect("answered at once").1
}

fn run(lab: &mut Lab, us: u64) {
    ask(lab, Control::Run { us });
}

fn look(lab: &mut Lab, target: Target) -> Inspected {
    let digest = lab.digest();
    match ask(lab, target.command()) {
        Answer::Inspected { facts, t_us, .. } => {
            assert_eq!((t_us, lab.digest()), (lab.now_us(), digest), "looking changes nothing");
            *facts
        }
        other => panic!("{target:?}: {other:?}"),
    }
}

fn node(lab: &mut Lab, id: NodeId) -> NodeDetail {
    let Inspected::Node(node) = look(lab, Target::Node(id)) else { panic!("no node") };
    node
}

fn pod(lab: &mut Lab, id: NodeId) -> PodDetail {
    let Inspected::Pod(pod) = look(lab, Target::Pod(id)) else { panic!("no pod") };
    pod
}

fn segment(lab: &mut Lab, id: u64) -> SegmentDetail {
    let Inspected::Segment(segment) = look(lab, Target::Segment(id)) else { panic!("no segment") };
    segment
}

fn lease(lab: &mut Lab, id: NodeId) -> LeaseDetail {
    let Inspected::Lease(lease) = look(lab, Target::Lease(id)) else { panic!("no lease") };
    lease
}

fn kill(lab: &mut Lab, node: NodeId) {
    let answer = ask(lab, Action::Kill { node, torn_bytes: 0, sectors: None });
    assert!(matches!(answer, Answer::Done { .. }), "{answer:?}");
}

fn code(answer: &Answer) -> &str {
    if let Answer::Refused { code, .. } = answer { code } else { "" }
}

#[test]
fn a_node_shows_its_log_its_timers_and_what_it_knows_of_the_others() {
    let mut lab = open("replica-set:5", &[]);
    run(&mut lab, 8 * SECOND);
    let before = lab.snapshot();
    let leader = before.nodes.iter().find(|node| node.role == Role::Leader).expect("a leader").id;
    for facts in &before.nodes {
        let detail = node(&mut lab, facts.id);
        assert_eq!((detail.role, detail.term, detail.leader), (facts.role, facts.term, facts.leader));
        assert_eq!((detail.commit, detail.applied), (facts.commit, facts.applied));
        assert_eq!((detail.last, detail.durable), (facts.last.0, facts.durable));
        assert_eq!(detail.vote.map(|(node, _)| node), facts.vote);
        let ends: Vec<(u64, u64)> = detail.entries.iter().map(|entry| (entry.index, entry.term)).collect();
        assert_eq!(ends, facts.log_tail);
        for entry in &detail.entries {
            assert_eq!(
                (entry.synced, entry.committed),
                (entry.index <= detail.durable, entry.index <= detail.commit)
            );
        }
        let disk = &detail.disk;
        assert!(disk.synced_bytes <= disk.appended_bytes && disk.appended_bytes > 0, "{disk:?}");
        let leads = facts.id == leader;
        assert_eq!((detail.heartbeat.is_some(), detail.election.is_some()), (leads, !leads), "{detail:?}");
        let timer = detail.heartbeat.or(detail.election).expect("a timer");
        assert!(timer.elapsed_us <= timer.length_us && timer.ends_us + 1_000 >= before.t_us, "{timer:?}");
        assert_eq!(facts.timer, Some((timer.elapsed_us, timer.length_us)));
    }
    let detail = node(&mut lab, leader);
    assert!(detail.reads.by_lease && detail.reads.lease_until_us > Some(before.t_us), "{detail:?}");
    assert_eq!(detail.peers.len(), 4);
    for peer in &detail.peers {
        let holds = before.nodes[peer.id as usize - 1].durable;
        assert!(peer.matched <= holds && peer.matched <= detail.last && peer.matched < peer.next, "{peer:?}");
        assert!(peer.state == PeerState::Replicate && peer.heard, "{peer:?}");
    }
}

#[test]
fn an_election_timer_runs_out_when_it_says() {
    let mut lab = open("replica-set:5", &[]);
    run(&mut lab, 5 * SECOND);
    let now = lab.snapshot();
    let leader = now.nodes.iter().find(|node| node.role == Role::Leader).expect("a leader").id;
    kill(&mut lab, leader);
    // What the leader has sent still arrives and starts the timers again.
    run(&mut lab, SECOND / 4);
    let followers: Vec<NodeId> = (1..=5).filter(|id| *id != leader).collect();
    let ends = followers.iter().map(|id| (node(&mut lab, *id).election.expect("it waits").ends_us, *id));
    let (ends_us, first) = ends.min().expect("somebody is first");
    let left = ends_us - lab.now_us();
    run(&mut lab, left - 2_000);
    assert_eq!(node(&mut lab, first).role, Role::Follower, "before its time");
    run(&mut lab, 4_000);
    let detail = node(&mut lab, first);
    assert_eq!(detail.role, Role::Candidate, "{detail:?}");
    assert!(detail.votes.contains(&(first, true)), "{detail:?}");
}

#[test]
fn every_message_in_flight_can_be_looked_into_in_words() {
    let replicas = [("client_reads", 30), ("client_puts", 40), ("client_swaps", 20)];
    let none: &[(&str, u64)] = &[];
    for (topology, settings) in
        [("replica-set:3", &replicas[..]), ("milvus", none), ("milvus:control_plane=2", none)]
    {
        let mut lab = open(topology, settings);
        let mut seen = 0;
        run(&mut lab, 10 * SECOND);
        for _ in 0..200 {
            // From event to event: between pods a message takes less than a millisecond.
            ask(&mut lab, Control::Step);
            let now = lab.snapshot();
            let replicas =
                now.flights.iter().map(|flight| (flight.id, flight.from, flight.to, flight.sent_us));
            let pods = now.milvus.iter().flat_map(|facts| &facts.flights);
            let pods = pods.map(|flight| (flight.id, flight.from, flight.to, flight.sent_us));
            for (id, from, to, sent_us) in replicas.chain(pods).collect::<Vec<_>>() {
                let Inspected::Message(message) = look(&mut lab, Target::Message(id)) else { panic!() };
                assert_eq!((message.id, message.from, message.to, message.sent_us), (id, from, to, sent_us));
                assert!(message.sent_us <= now.t_us && message.arrives_us >= now.t_us, "{message:?}");
                if message.message.is_none() {
                    let key = format!("mc-msg-{}", message.word.replace('_', "-"));
                    assert!([Lang::En, Lang::Zh].iter().all(|lang| lang.f(&key, &[]) != key), "{key}");
                }
                for field in &message.fields {
                    let key = format!("in-f-{}", field.name.word());
                    assert!([Lang::En, Lang::Zh].iter().all(|lang| lang.f(&key, &[]) != key), "{key}");
                }
                seen += 1;
            }
        }
        assert!(seen > 50, "{topology}: {seen}");
        let gone = ask(&mut lab, Target::Message(1).command());
        assert_eq!(code(&gone), "no_such_message");
    }
}

#[test]
fn what_is_asked_for_must_be_one_thing_that_exists() {
    let mut lab = open("replica-set:3", &[]);
    let none = Control::Inspect {
        node: None,
        message: None,
        pod: None,
        lease: None,
        segment: None,
        backup: None,
        site: None,
        resolver: None,
    };
    assert_eq!(code(&ask(&mut lab, none)), "bad_target");
    let Control::Inspect { pod, lease, segment, backup, site, resolver, .. } = Target::Pod(1).command()
    else {
        panic!()
    };
    let two = Control::Inspect { node: Some(1), message: None, pod, lease, segment, backup, site, resolver };
    assert_eq!(code(&ask(&mut lab, two)), "bad_target");
    for (topology, target, refusal) in [
        ("replica-set:3", Target::Node(0), "unknown_node"),
        ("replica-set:3", Target::Node(4), "unknown_node"),
        ("replica-set:3", Target::Pod(1), "unsupported"),
        ("standalone", Target::Node(1), "unsupported"),
        ("milvus", Target::Pod(999), "unknown_node"),
        ("milvus", Target::Lease(999), "unknown_node"),
        ("milvus", Target::Segment(77_777), "no_such_target"),
        ("milvus", Target::Backup(1), "unsupported"),
        ("two-regions", Target::Backup(9), "no_such_target"),
        ("two-regions", Target::Site(2), "no_such_target"),
        ("two-regions", Target::Resolver(9_999), "no_such_target"),
        ("two-regions", Target::Message(1), "unsupported"),
    ] {
        let mut lab = open(topology, &[]);
        assert_eq!(code(&ask(&mut lab, target.command())), refusal, "{topology}: {target:?}");
    }
}

#[test]
fn a_pod_believes_in_a_dead_coordinator_until_it_learns_better() {
    let mut lab = open("milvus:control_plane=1,active_standby=1", &[]);
    run(&mut lab, 20 * SECOND);
    let facts = lab.snapshot().milvus.expect("a cluster");
    let active = |component| {
        facts.pods.iter().find(|pod| pod.component == component && pod.active).expect("somebody acts").id
    };
    let (root, proxy) = (active(Component::RootCoord), active_proxy(&facts.pods));
    let believed = |lab: &mut Lab| {
        let what = KnownWhat::Acting { component: Component::RootCoord };
        pod(lab, proxy)
            .knows
            .into_iter()
            .find(|known| known.what == what)
            .expect("a proxy asks for timestamps")
    };
    let before = believed(&mut lab);
    assert_eq!((before.value, before.holds()), (KnownValue::Pod(Some(root)), Some(true)));
    assert_eq!(before.from, Some(root), "its answers show that it acts");
    assert!(before.at_us.is_some_and(|at| at <= lab.now_us()), "{before:?}");
    kill(&mut lab, root);
    let untrue = believed(&mut lab);
    assert_eq!((untrue.value, untrue.holds()), (KnownValue::Pod(Some(root)), Some(false)));
    let learned = (0..600).find_map(|_| {
        run(&mut lab, SECOND / 10);
        let what = KnownWhat::Acting { component: Component::RootCoord };
        let known = pod(&mut lab, proxy).knows.into_iter().find(|known| known.what == what)?;
        (known.holds() == Some(true)).then_some(known)
    });
    let learned = learned.expect("it learns who acts now");
    assert!(learned.at_us > before.at_us, "{learned:?}");
}

/// A proxy that is up.
fn active_proxy(pods: &[quorum_milvus::snapshot::PodFacts]) -> NodeId {
    pods.iter().find(|pod| pod.component == Component::Proxy).expect("a proxy").id
}

#[test]
fn a_holder_never_believes_in_more_of_its_lease_than_the_store() {
    let mut lab = open("milvus:control_plane=1", &[]);
    run(&mut lab, 15 * SECOND);
    let facts = lab.snapshot().milvus.expect("a cluster");
    let mut leases = 0;
    for pod in facts.pods.iter().filter(|pod| pod.lease_left_us.is_some()) {
        let lease = lease(&mut lab, pod.id);
        assert!(lease.session && lease.store.is_some(), "{lease:?}");
        assert!(
            lease.holder_until_us.is_some() && lease.holder_until_us <= lease.store_until_us,
            "{lease:?}"
        );
        let left = lease.holder_until_us.map(|until| until - lab.now_us());
        assert_eq!(left, pod.lease_left_us);
        assert_eq!(lease.role_epoch.is_some(), pod.active && pod.component.coordinates(), "{lease:?}");
        leases += 1;
    }
    assert!(leases > 3, "{leases}");
}

#[test]
fn the_rows_of_all_segments_are_the_rows_that_were_acknowledged() {
    for topology in ["milvus", "milvus:control_plane=1", "milvus:control_plane=2"] {
        let comma = if topology.contains(':') { ',' } else { ':' };
        let mut lab =
            open(&format!("{topology}{comma}insert_interval_ms=200,insert_rows=50,seal_rows=2000"), &[]);
        run(&mut lab, 60 * SECOND);
        ask(&mut lab, Control::Set { name: "insert_interval_ms".to_owned(), value: 0 });
        run(&mut lab, 5 * SECOND);
        let facts = lab.snapshot().milvus.expect("a cluster");
        let growing = segment(&mut lab, 0);
        let listed = facts.segments.iter().map(|segment| segment.id).chain(growing.writing.iter().copied());
        let (mut rows, mut flushed) = (0, 0);
        for id in listed.collect::<Vec<_>>() {
            let detail = segment(&mut lab, id);
            if detail.state != SegmentState::Dropped {
                rows += detail.rows;
            }
            flushed += u64::from(detail.state == SegmentState::Flushed && id >= 1_000);
        }
        let begun = lab.setting("rows").expect("a setting");
        assert_eq!(rows, begun + facts.acknowledged_rows, "{topology}");
        assert!(facts.acknowledged_rows > 5_000 && flushed > 0, "{topology}: {}", facts.acknowledged_rows);
    }
}

#[test]
fn backups_regions_and_resolvers_show_what_they_hold() {
    let mut lab = open("two-regions", &[]);
    run(&mut lab, 6 * 3_600 * SECOND);
    let now = lab.snapshot().regions.expect("two regions");
    let listed = now.backups.last().expect("a backup").clone();
    let Inspected::Backup(backup) = look(&mut lab, Target::Backup(listed.id)) else { panic!() };
    assert_eq!((backup.as_of_us, backup.full, backup.state), (listed.as_of_us, listed.full, listed.state));
    assert_eq!((backup.rows.iter().sum::<u64>(), backup.mb as f64 / 1e3), (listed.rows, listed.gb));
    assert_eq!(backup.chain.last(), Some(&backup.id));
    for number in 0..2 {
        let Inspected::Site(site) = look(&mut lab, Target::Site(number)) else { panic!() };
        let facts = &now.sites[number as usize];
        assert_eq!((site.lsn, site.applied_lsn, site.primary), (facts.lsn, facts.applied_lsn, facts.primary));
        let named = now.clients.iter().filter(|client| client.resolved == number).count();
        assert_eq!(site.named_by as usize, named);
        if !site.primary {
            assert_eq!(site.other_lsn - site.applied_lsn, site.lacks.0 + site.lacks.1, "{site:?}");
        }
    }
    let Inspected::Resolver(resolver) = look(&mut lab, Target::Resolver(0)) else { panic!() };
    assert_eq!((resolver.until_us, resolver.names), (now.clients[0].resolved_until_us, Some(0)));
    assert!(resolver.holds(), "{resolver:?}");
}

// --- what clients saw

const REGISTERS: [(&str, u64); 5] = [
    ("client_reads", 50),
    ("client_puts", 35),
    ("client_swaps", 15),
    ("client_keys", 2),
    ("client_interval_ms", 40),
];

fn history(lab: &mut Lab, last: u64) -> History {
    match ask(lab, Control::History { last, find: true }) {
        Answer::History { history, .. } => *history,
        other => panic!("{other:?}"),
    }
}

/// Kills, cuts and restarts, one after the other.
fn disturb(lab: &mut Lab) {
    for round in 0..6 {
        let leader =
            lab.snapshot().nodes.iter().find(|node| node.role == Role::Leader).map_or(1, |node| node.id);
        if round % 2 == 0 {
            kill(lab, leader);
            run(lab, 4 * SECOND);
            ask(lab, Action::Restart { node: leader });
        } else {
            let others = (1..=5).filter(|id| *id != leader);
            others.for_each(|to| {
                ask(lab, Action::Cut { from: leader, to, one_way: false });
            });
            run(lab, 4 * SECOND);
            ask(lab, Action::Heal);
        }
        run(lab, 2 * SECOND);
    }
}

#[test]
fn an_order_explains_what_clients_saw_through_faults() {
    let mut lab = open("replica-set:5", &REGISTERS);
    run(&mut lab, 3 * SECOND);
    disturb(&mut lab);
    let history = history(&mut lab, 300);
    let verdict = history.verdict.clone().expect("it was asked for");
    assert_eq!(verdict.found, Found::Order, "{verdict:?}");
    assert!(verdict.checked > 600 && history.begun >= verdict.checked, "{verdict:?}");
    assert_eq!(history.ops.len(), 300);
    let bad = history.ops.iter().filter(|op| op.outcome != Outcome::Ok).count();
    assert!(bad > 10, "the faults are seen: {bad}");
    let mut registers = std::collections::BTreeMap::new();
    let mut placed: Vec<_> = history.ops.iter().filter(|op| op.place.is_some()).collect();
    quorum_types::sort::sort_by_key(&mut placed, |op| op.place);
    for (number, op) in (1..).zip(placed) {
        let (place, at_us) = op.place.expect("it has one");
        assert_eq!(place, number);
        assert!(at_us >= op.start_us, "{op:?}");
        assert!(op.outcome != Outcome::Ok || op.end_us.is_some_and(|end| at_us <= end), "{op:?}");
        match op.ask {
            SeenAsk::Put { key, value } => {
                registers.insert(key, value);
            }
            SeenAsk::Swap { key, to, swapped, .. } if swapped != Some(false) => {
                registers.insert(key, to);
            }
            SeenAsk::Read { key, value: Some(value) } => {
                // The list begins in the middle of the run, where a register's value is not known.
                assert_eq!(*registers.entry(key).or_insert(value), value, "{op:?}");
            }
            _ => {}
        }
    }
    let few = self::history(&mut lab, 5);
    assert_eq!((few.ops.len(), few.ops[4].op), (5, history.ops[299].op));
}

#[test]
fn bars_in_one_row_do_not_overlap() {
    let mut lab = open("replica-set:5", &REGISTERS);
    run(&mut lab, 3 * SECOND);
    disturb(&mut lab);
    let history = history(&mut lab, 300);
    for lane in 0..history.lanes {
        let mut row = history.ops.iter().filter(|op| op.lane == lane);
        let mut before = row.next().expect("no row is empty");
        for op in row {
            assert!(before.end_us.is_some_and(|end| end <= op.start_us), "{before:?} and {op:?}");
            before = op;
        }
    }
    assert!(history.lanes > 1, "some overlap");
}

/// A group in which a leader that is cut off does not step down, and what its client saw while one after the other was
/// cut off.
fn cut_leaders_off(confirmed: bool) -> History {
    let settings = [&REGISTERS[..], &[("check_quorum", 0)]].concat();
    let mut lab = open("replica-set:5", &settings);
    ask(&mut lab, Action::Rule { name: quorum_raft::Rule::ReadIndexQuorum, on: confirmed });
    run(&mut lab, 3 * SECOND);
    for _ in 0..3 {
        let now = lab.snapshot();
        let leaders = now.nodes.iter().filter(|node| node.role == Role::Leader);
        let leader = leaders.max_by_key(|node| node.term).map_or(1, |node| node.id);
        for to in (1..=5).filter(|id| *id != leader) {
            ask(&mut lab, Action::Cut { from: leader, to, one_way: false });
        }
        run(&mut lab, 6 * SECOND);
        ask(&mut lab, Action::Heal);
        run(&mut lab, 2 * SECOND);
    }
    history(&mut lab, 60)
}

#[test]
fn without_the_rule_of_reads_the_stale_read_is_named() {
    let fine = cut_leaders_off(true).verdict.map(|verdict| verdict.found);
    assert_eq!(fine, Some(Found::Order), "a read that a majority confirms is never stale");
    let found = cut_leaders_off(false).verdict.map(|verdict| verdict.found);
    let Some(Found::Contradiction(why)) = found else { panic!("{found:?}") };
    let named = why.ops.iter().find(|op| op.op == why.op).expect("the operation is listed");
    assert!(matches!(named.ask, SeenAsk::Read { key, value: Some(_) } if key == why.key), "{why:?}");
    let WhyCause::Overwritten { by } = why.cause else { panic!("{why:?}") };
    let writer = why.ops.iter().find(|op| op.op == by).expect("so is what had overwritten the value");
    assert!(writer.end_us.is_some_and(|end| end < named.start_us), "{why:?}");
    assert!(!matches!(writer.ask, SeenAsk::Read { .. }) && why.ops.len() < 12, "{why:?}");
}

#[test]
fn the_mix_of_a_client_can_be_changed_while_it_runs() {
    let mut lab = open("replica-set:3", &[]);
    run(&mut lab, 4 * SECOND);
    let before = history(&mut lab, 300);
    assert!(before.ops.iter().all(|op| op.ask == SeenAsk::Insert) && !before.ops.is_empty());
    assert_eq!(before.verdict.map(|verdict| verdict.checked), Some(0));
    for (name, value) in REGISTERS {
        ask(&mut lab, Control::Set { name: name.to_owned(), value });
    }
    run(&mut lab, 4 * SECOND);
    let after = history(&mut lab, 300);
    assert!(after.verdict.is_some_and(|verdict| verdict.checked > 50 && verdict.found == Found::Order));
    let fixed = Control::Set { name: "election_ms".to_owned(), value: 100 };
    assert_eq!(code(&ask(&mut lab, fixed)), "fixed_setting");
    // Going back goes back to the mix, too.
    let digest = lab.digest();
    let t_us = lab.now_us();
    ask(&mut lab, Control::Seek { t_us: 2 * SECOND });
    ask(&mut lab, Control::Seek { t_us });
    assert_eq!(lab.digest(), digest);
}
