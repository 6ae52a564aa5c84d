//! The rules, the search for schedules, replays and what is new in picture and narration.

use quorum_facade::command::{Action, Change, ConfMode, DiskFault};
use quorum_facade::snapshot::GroupFacts;
use quorum_facade::swarm::{Cluster, Replay, TimedCommand, make};
use quorum_facade::{EventKind, FaultEvent, NetworkEvent, RaftEvent};
use quorum_facade::{Lab, RULES, Rule, RunConfig};
use quorum_lab::ui::rules::{RulesProps, rules};
use quorum_lab::ui::schedule::{ReplayProps, action, replay};
use quorum_lab::web::address::{Address, replay_at};
use quorum_lab::web::given::read;
use quorum_lab::web::plain::to_js;
use quorum_lab::web::schedule_text;
use quorum_lab::web::wire::{FoundSchedule, SearchFacts};

use super::*;

/// The moment as it is, read back from how it is sent.
fn sent_and_read(now: &Snapshot) -> Snapshot {
    read(&to_js(now).expect("a plain object")).expect("what was sent can be read")
}

/// A replica set of `nodes` nodes, in memory.
fn lab_of(nodes: u32) -> Lab {
    let topology = Some(format!("replica-set:{nodes}"));
    let config = RunConfig { lesson: None, topology, seed: 3, kept: false, lang: "en".to_owned() };
    Lab::open(config, None).expect("a run")
}

#[wasm_bindgen_test]
fn a_replica_sets_moments_come_over_whole() {
    crate::texts::learn_catalogues();
    let mut lab = lab_of(5);
    let commands = [
        r#"{"op":"rule","name":"vote_once","on":false}"#,
        r#"{"op":"weather","loss":100,"duplicate":20}"#,
        r#"{"op":"disk","node":2,"fault":"bit_flip","at":500}"#,
        r#"{"op":"clock","node":1,"drift_ppm":-900}"#,
        r#"{"op":"partition","side":[1,2]}"#,
        r#"{"op":"conf","mode":"joint","changes":[{"remove":5},{"learner":4}]}"#,
        r#"{"op":"wipe","node":3}"#,
        r#"{"op":"kill","node":2,"torn_bytes":3}"#,
    ];
    for (ticket, command) in (1..).zip(commands) {
        let command = js_sys::JSON::parse(command).expect("JSON");
        lab.execute(ticket, read(&command).expect("a command"));
        lab.advance(lab.now_us() + 2_000_000, 100_000);
        assert_eq!(sent_and_read(&lab.snapshot()), lab.snapshot());
    }
    let group = lab.snapshot().group.expect("a group");
    assert_eq!((group.rules_off, group.loss, group.duplicate), (vec!["vote_once".to_owned()], 100, 20));
    for event in lab.take_events() {
        let again: Event = read(&to_js(&event).expect("a plain object")).expect("an event");
        assert_eq!(again, event);
    }
}

/// A schedule with an action of each kind.
fn actions() -> Vec<Action> {
    vec![
        Action::Kill { node: 1, torn_bytes: 0, sectors: None },
        Action::Kill { node: 1, torn_bytes: 9, sectors: None },
        Action::Restart { node: 1 },
        Action::CrashLoop { node: 1, times: 3, every_us: 500_000 },
        Action::Pause { node: 2 },
        Action::Resume { node: 2 },
        Action::PowerCut { torn_bytes: 7, sectors: None },
        Action::Cut { from: 1, to: 2, one_way: false },
        Action::Cut { from: 1, to: 2, one_way: true },
        Action::Partition { side: vec![1, 2] },
        Action::Heal,
        Action::HealLink { from: Some(1), to: Some(2) },
        Action::Clog { from: 1, to: 2, us: 300_000 },
        read_action(r#"{"op":"weather"}"#),
        read_action(r#"{"op":"weather","loss":15}"#),
        Action::Wipe { node: 3 },
        Action::Disk { node: 3, fault: DiskFault::Lie, at: 0 },
        Action::Clock { node: 3, drift_ppm: 200_000, jump_us: -1_000, period_us: 0 },
        Action::Campaign { node: 4 },
        Action::Transfer { to: 5 },
        Action::Conf { mode: ConfMode::Single, changes: vec![Change::Add(4)] },
        Action::Conf { mode: ConfMode::Joint, changes: vec![Change::Remove(4), Change::Learner(5)] },
        Action::Conf { mode: ConfMode::Leave, changes: Vec::new() },
        Action::TakeSnapshot { node: 1 },
        Action::Rule { name: Rule::CheckQuorum, on: false },
        Action::Client { on: true },
    ]
}

fn read_action(text: &str) -> Action {
    let command: quorum_facade::Command = read(&js_sys::JSON::parse(text).expect("JSON")).expect("a command");
    let quorum_facade::Command::Cluster(action) = command else { panic!("not done to a replica set") };
    action
}

/// The run of a seed, as addresses carry it.
fn replay_of(off: Option<Rule>) -> Replay {
    Replay::of::<Cluster>(&make(7, off)).expect("commands")
}

#[wasm_bindgen_test]
fn schedules_come_back_from_their_texts() {
    let mut schedule = replay_of(Some(Rule::VoteOnce));
    schedule.actions = (1..)
        .zip(actions())
        .map(|(t, action)| TimedCommand { t_us: t * 1_000, command: action.into() })
        .collect();
    let text = schedule_text::text(&schedule).expect("a text");
    assert_eq!(schedule_text::schedule(&text), Ok(schedule));
    let refused = |text: &str, why: &str| {
        let error = schedule_text::schedule(text).expect_err("not a schedule");
        assert_eq!(error.code, "bad_run");
        assert!(error.error.contains(why), "{text}: {}", error.error);
    };
    refused("{", "not JSON");
    refused("{}", "nodes");
    refused(&text.replace("\"kill\"", "\"flush\""), "deeds: a schedule of the world cluster has no “flush”");
    refused(&text.replace("vote_once", "vote_twice"), "off");
    refused(&text.replacen("\"t_us\":1000", "\"t_us\":999000", 1), "is listed after");
    refused(&" ".repeat(30_000), "30000 bytes");
    assert!(schedule_text::replay(&text, "en").is_ok());
    for (was, is) in [("\"nodes\":", "\"nodes\":99"), ("heartbeat_ms", "no_such_setting")] {
        let refusal = schedule_text::replay(&text.replacen(was, is, 1), "en").expect_err("out of bounds");
        assert_eq!(refusal.code, "bad_run", "{is}");
    }
}

#[wasm_bindgen_test]
fn an_address_carries_a_run() {
    let run = r#"{"nodes":3,"seed":9,"off":["vote_once"]}"#;
    let address = replay_at(&Address { theme: None, ..Address::default() }, 3, 9, run);
    let query = address.over("");
    assert!(query.starts_with("topology=replica-set:3&seed=9&run="), "{query}");
    assert_eq!(Address::parse(&query), address);
    // As the command line writes it.
    let printed =
        "?topology=replica-set:3&seed=9&run=%7B%22nodes%22:3,%22seed%22:9,%22off%22:%5B%22vote_once%22%5D%7D";
    assert_eq!(Address::parse(printed), address);
}

#[wasm_bindgen_test]
fn every_action_and_every_rule_is_said_in_both_languages() {
    crate::texts::learn_catalogues();
    let check = |zh: &str, en: &str, what: &str| {
        assert!(chinese(zh) && !zh.contains('{'), "{what}: {zh}");
        assert!(!en.is_empty() && !chinese(en) && !en.contains('{'), "{what}: {en}");
        assert!(!en.starts_with("action-") && !en.starts_with("rule-") && !en.starts_with("fault-"), "{en}");
    };
    for one in actions() {
        check(&action(Lang::Zh, &one), &action(Lang::En, &one), one.name());
    }
    for facts in &RULES {
        for family in ["rule-", "why-"] {
            let key = format!("{family}{}", facts.name);
            let [zh, en] = [Lang::Zh, Lang::En].map(|lang| lang.f(&key, &[]));
            assert_ne!(en, key);
            check(&zh, &en, &key);
        }
    }
    let names = lab_of(3).snapshot().invariants.into_iter().map(|one| one.name);
    assert_eq!(names.len(), 14);
    for name in names.chain(RULES.iter().map(|facts| facts.breaks.to_owned())) {
        for family in ["inv-", "invariant-"] {
            let key = format!("{family}{name}");
            let [zh, en] = [Lang::Zh, Lang::En].map(|lang| lang.f(&key, &[]));
            assert_ne!(en, key);
            check(&zh, &en, &key);
        }
    }
}

#[wasm_bindgen_test]
fn faults_and_membership_are_shown() {
    use EventKind as K;
    crate::texts::learn_catalogues();
    let conf = |outgoing: Vec<u32>, learners: Vec<u32>| {
        K::Raft(RaftEvent::ConfChanged { index: 4, voters: vec![1, 2, 3], outgoing, learners })
    };
    let kinds = vec![
        K::Network(NetworkEvent::LinkClogged { from: 1, to: 2, us: 300_000 }),
        K::Network(NetworkEvent::WeatherChanged { loss: 0, duplicate: 0, reorder: 0 }),
        K::Network(NetworkEvent::WeatherChanged { loss: 15, duplicate: 0, reorder: 100 }),
        K::Fault(FaultEvent::DiskLost),
        K::Fault(FaultEvent::ClockSet { drift_ppm: 0, jump_us: 0 }),
        K::Fault(FaultEvent::ClockSet { drift_ppm: -200, jump_us: 5_000 }),
        K::Fault(FaultEvent::RuleSwitched { rule: "vote_once".to_owned(), on: false }),
        K::Fault(FaultEvent::RuleSwitched { rule: "vote_once".to_owned(), on: true }),
        K::Fault(FaultEvent::BudgetExceeded { why: "2 of 3 disks".to_owned() }),
        K::Raft(RaftEvent::VoteRefused { candidate: 2, term: 2, why: VoteRefusal::LeaderAlive }),
        K::Raft(RaftEvent::VoteRefused { candidate: 2, term: 2, why: VoteRefusal::Impaired }),
        K::Raft(RaftEvent::PreCampaigned { term: 4 }),
        K::Raft(RaftEvent::LostQuorum { term: 4 }),
        K::Raft(RaftEvent::SnapshotTaken { index: 9 }),
        K::Raft(RaftEvent::SnapshotInstalled { index: 9, term: 2 }),
        conf(vec![], vec![]),
        conf(vec![], vec![4]),
        conf(vec![3, 4, 5], vec![]),
        K::Raft(RaftEvent::TransferBegan { to: 2 }),
        K::Raft(RaftEvent::RepairBegan),
        K::Raft(RaftEvent::RepairEnded { index: 9 }),
    ];
    let faults = ["bit_flip", "zero", "stale", "misdirect", "lie", "honest"];
    let faults = faults.map(|fault| K::Fault(FaultEvent::DiskFault { fault: fault.to_owned() }));
    let events: Vec<Event> = (1..)
        .zip(kinds.into_iter().chain(faults))
        .map(|(t, kind)| Event { t_us: t * 2_000_000, node: Some(3), kind })
        .collect();
    let mut story = Story::default();
    story.hear(&events, 0);
    assert_eq!(story.narrated.len(), events.len());
    for event in &story.narrated {
        let (zh, en) = (sentence(Lang::Zh, event, false), sentence(Lang::En, event, false));
        assert!(chinese(&zh) && !zh.contains('{'), "{event:?}: {zh}");
        assert!(!en.is_empty() && !chinese(&en) && !en.contains("fault-"), "{event:?}: {en}");
    }
}

#[wasm_bindgen_test]
async fn what_breaks_comes_first_and_what_is_lost_is_said() {
    let mut now = moment();
    now.group = Some(GroupFacts {
        voters: vec![1, 2, 3],
        outgoing: vec![3, 4, 5],
        excused: Some("2 of 3 disks".to_owned()),
        ..GroupFacts::default()
    });
    let shown = Shown::new(Lang::En, instruments(&now)).await;
    let first = shown.all("section").remove(0);
    assert_eq!(first.get_attribute("data-broken").as_deref(), Some("1"));
    assert!(!shown.text("[data-view=excused]").is_empty());
    assert!(
        shown.text("[data-joint]").contains("S3 S4 S5") && shown.text("[data-joint]").contains("S1 S2 S3")
    );
    assert!(shown.said("[data-invariant=election_safety]", "title").contains("14,203"));
    assert_eq!(shown.text("[data-invariant=election_safety] .ck-x"), "14k");
    assert_eq!(shown.all("[data-view=stalled]").len(), 0);
    now.invariants.iter_mut().for_each(|one| one.holds = true);
    now.majority.stalled_us = 17_900_000;
    let shown = Shown::new(Lang::En, instruments(&now)).await;
    let stuck = shown.text("[data-view=stalled]");
    assert!(stuck.contains("17 seconds") && stuck.contains("not safety"), "{stuck}");
    let last = shown.all("section").pop().expect("sections");
    assert_eq!(last.get_attribute("data-meter").as_deref(), Some("invariants"), "back in its place");
}

#[wasm_bindgen_test]
async fn a_broken_invariant_is_an_alert_at_the_top() {
    let broken = moment().invariants.pop().map(|one| (one, 2));
    let storage = Storage::Durable;
    let props = BannersProps {
        state: HostState::Running,
        storage,
        broken,
        alone: false,
        home: String::new(),
        own_tab: String::new(),
        onintent: Callback::noop(),
    };
    let shown = Shown::new(Lang::En, banners(Lang::En, &props)).await;
    assert_eq!(shown.said("[data-banner=invariant]", "role"), "alert");
    let text = shown.text("[data-banner=invariant]");
    assert!(text.contains("Log matching") && text.contains("entry 4") && text.contains("1 more"), "{text}");
}

#[wasm_bindgen_test]
async fn learners_and_nodes_under_repair_are_shown_apart() {
    let mut now = moment();
    now.nodes[2].voter = false;
    now.nodes[3].impaired = true;
    now.nodes[3].paused = false;
    let props = PictureProps { moment: Rc::new(now), ..PictureProps::default() };
    let shown = Shown::new(Lang::Zh, picture(Lang::Zh, &props)).await;
    assert!(shown.said("[data-node='3']", "class").contains("n-learner"));
    assert!(shown.text("[data-node='3'] .role").contains("学习者"));
    assert!(shown.said("[data-node='4']", "aria-label").contains("修复中"));
    assert_eq!(shown.all("[data-node='4'] .badge").len(), 1);
    assert!(!shown.said("[data-node='2']", "class").contains("n-learner"));
}

/// The rules as they stand, and what was asked of them.
fn panel(
    lang: Lang,
    off: &[&str],
    picked: Option<Rule>,
    search: Option<SearchFacts>,
) -> (Html, Rc<RefCell<Vec<Intent>>>) {
    crate::texts::learn_catalogues();
    let intents = Rc::new(RefCell::new(Vec::new()));
    let onintent = {
        let intents = Rc::clone(&intents);
        Callback::from(move |act: Intent| intents.borrow_mut().push(act))
    };
    let props = RulesProps {
        off: off.iter().map(|name| (*name).to_owned()).collect(),
        open: true,
        picked,
        search: search.map(Rc::new),
        running: true,
        address: Address::default(),
        onintent,
    };
    (rules(lang, &props), intents)
}

#[wasm_bindgen_test]
async fn rules_are_switches_that_say_what_they_are_for() {
    let (view, intents) = panel(Lang::Zh, &["vote_once"], Some(Rule::VoteOnce), None);
    let shown = Shown::new(Lang::Zh, view).await;
    assert_eq!(shown.all("[role=switch]").len(), RULES.len());
    assert_eq!(shown.said("[data-rule=vote_once] [role=switch]", "aria-checked"), "false");
    assert_eq!(shown.said("[data-rule=log_up_to_date] [role=switch]", "aria-checked"), "true");
    let text = shown.text("[data-rule=vote_once]");
    assert!(text.contains("一票两投") && text.contains("同一个任期里，至多选出一个领导者"), "{text}");
    click(&shown.one("[data-rule=vote_once] [role=switch]"));
    click(&shown.one("[data-rule=check_quorum] [role=switch]"));
    click(&shown.one("[data-act=rules-on]"));
    click(&shown.one("[data-act=find]"));
    click(&shown.one("[data-act=find-all]"));
    let expected = [
        Intent::Rule(Rule::VoteOnce, true),
        Intent::Rule(Rule::CheckQuorum, false),
        Intent::RulesOn,
        Intent::ScheduleSearch(Some(Rule::VoteOnce)),
        Intent::ScheduleSearch(None),
    ];
    assert_eq!(*intents.borrow(), expected);
}

#[wasm_bindgen_test]
async fn a_search_tells_how_far_it_is_and_what_it_found() {
    let rule = Some(Rule::VoteOnce);
    let on =
        SearchFacts { rule, total: 200, tried: 37, events: 1_200, running: true, ..SearchFacts::default() };
    let (view, intents) = panel(Lang::En, &[], rule, Some(on.clone()));
    let shown = Shown::new(Lang::En, view).await;
    assert_eq!(shown.said("[data-view=find]", "data-state"), "searching");
    assert!(shown.text("[data-view=find]").contains("37 of 200"), "{}", shown.text("[data-view=find]"));
    click(&shown.one("[data-act=find-stop]"));
    assert_eq!(*intents.borrow(), [Intent::StopScheduleSearch]);

    let shrinking = SearchFacts { actions: 9, shrinking: 4, ..on.clone() };
    let shown = Shown::new(Lang::En, panel(Lang::En, &[], rule, Some(shrinking)).0).await;
    assert!(shown.text("[data-view=find]").contains("9 steps left"));

    let schedule = replay_of(rule);
    let run = schedule_text::text(&schedule).expect("a text");
    let found = FoundSchedule {
        invariant: "election_safety".to_owned(),
        detail: "term 3 has leaders 1 and 2".to_owned(),
        tried: 38,
        nodes: schedule.nodes,
        seed: 7,
        run: run.clone(),
    };
    let done = SearchFacts { running: false, actions: 9, found: Some(found), ..on };
    let (view, intents) = panel(Lang::En, &[], rule, Some(done));
    let shown = Shown::new(Lang::En, view).await;
    let text = shown.text("[data-view=found]");
    assert!(
        text.contains("Schedule 38") && text.contains("At most one leader is elected in a term"),
        "{text}"
    );
    assert_eq!(shown.all("[data-view=actions] li").len(), schedule.actions.len());
    let link = shown.said("[data-act=find-link]", "href");
    let query = link.split_once('?').expect("a query").1;
    assert_eq!(Address::parse(query).run, Some(run));
    click(&shown.one("[data-act=find-replay]"));
    assert_eq!(*intents.borrow(), [Intent::Replay]);
}

#[wasm_bindgen_test]
async fn a_search_that_found_nothing_claims_nothing() {
    let none = SearchFacts { total: 200, tried: 200, events: 2_000_000, ..SearchFacts::default() };
    let shown = Shown::new(Lang::Zh, panel(Lang::Zh, &[], None, Some(none)).0).await;
    let text = shown.text("[data-view=find]");
    assert!(text.contains("200") && text.contains("不是证明"), "{text}");
}

#[wasm_bindgen_test]
async fn a_replay_ticks_off_its_actions() {
    let schedule = Rc::new(replay_of(Some(Rule::VoteOnce)));
    let total = schedule.actions.len();
    let shown = Shown::new(Lang::En, replay(Lang::En, &ReplayProps { schedule, done: 2 })).await;
    assert_eq!(shown.all("[data-view=actions] li[data-done=true]").len(), 2);
    assert_eq!(shown.all("[data-view=actions] li").len(), total);
    assert!(shown.text("[data-view=replay]").contains("One vote a term"));
}
