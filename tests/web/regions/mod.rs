//! The views of two regions in a real browser, each mounted with a made-up snapshot: what is drawn, what it says in
//! words, and what a click or a key does.

mod operations;
mod words;

use std::cell::RefCell;
use std::rc::Rc;

use crate::shown::{Shown, chinese};
use quorum_facade::regions::runbook::{Runbook, Step};
use quorum_facade::regions::settings::{ALL, Settings};
use quorum_facade::regions::snapshot::{
    AlertFacts, BackupFacts, BackupState, ClientFacts, CostFacts, DisasterFacts, FailoverFacts, LinkFacts,
    LostFacts, RegionsFacts, RunbookStep, SiteFacts,
};
use quorum_facade::snapshot::Snapshot;
use quorum_facade::{Event, Phase};
use quorum_i18n::Lang;
use quorum_lab::ui::cluster::Pick;
use quorum_lab::ui::intent::{Intent, RegionIntent};
use quorum_lab::ui::regions::answers::leads;
use quorum_lab::ui::regions::axis::place;
use quorum_lab::ui::regions::config::{Config, look};
use quorum_lab::ui::regions::cost::{all, yuan};
use quorum_lab::ui::regions::handbook::Sheets;
use quorum_lab::ui::regions::narrate::{alert_text, died_text, sentence, step_text, surprise_text, why_text};
use quorum_lab::ui::regions::region_actions::{Spot, possible};
use quorum_lab::ui::regions::rto_rpo::Measured;
use quorum_lab::ui::regions::runbook::{Book, moved};
use quorum_lab::ui::regions::setup::Setup;
use quorum_lab::ui::regions::stage::{StageProps, stage};
use quorum_lab::ui::regions::time::{at, long, scale};
use quorum_lab::ui::regions::tools::{ToolsProps, tools, vitals};
use quorum_lab::ui::regions::{asked, is_regions, topology_with};
use quorum_lab::ui::story::Story;
use quorum_lab::ui::tuning::setting_text;
use quorum_lab::web::session::Session;
use quorum_types::SECOND;
use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;

const DAY: u64 = 86_400 * SECOND;
const HOUR: u64 = 3_600 * SECOND;

/// Day 3, 15:06: Beijing was lost at 15:00, Shanghai is being promoted, the fence stands, three writes are lost.
fn facts() -> RegionsFacts {
    let hit = 2 * DAY + 15 * HOUR;
    let beijing = SiteFacts {
        nodes: vec![false; 3],
        fenced: true,
        primary: true,
        epoch: 1,
        lsn: 1_204,
        rows: vec![212, 205, 198],
        digest: "a1b2c3d4e5f60718".to_owned(),
        indexed: true,
        ..SiteFacts::default()
    };
    let shanghai = SiteFacts {
        alive: true,
        reachable: true,
        nodes: vec![true, true, false],
        serving: true,
        lsn: 9,
        applied_lsn: 1_201,
        rows: vec![211, 205, 197],
        digest: "99b2c3d4e5f60718".to_owned(),
        indexed: false,
        ..SiteFacts::default()
    };
    let backup = |id: u64, day: u64, state: BackupState| BackupFacts {
        id,
        full: id % 3 == 1,
        as_of_us: day * DAY + 2 * HOUR,
        gb: 90.0,
        rows: 600,
        state,
    };
    let lost = |op: u64, change: &str, died: &str| LostFacts {
        op,
        acknowledged_us: hit - (300 - op) * SECOND,
        collection: (op % 3) as u32,
        key: op as i64 + 1_000,
        change: change.to_owned(),
        died: died.to_owned(),
    };
    let step = |step: Step, began: u64, ended: Option<u64>, ok: Option<bool>, why: &str| RunbookStep {
        step,
        began_us: Some(hit + began * SECOND),
        ended_us: ended.map(|ended| hit + ended * SECOND),
        ok,
        why: why.to_owned(),
        evidence_us: None,
    };
    RegionsFacts {
        sites: vec![beijing, shanghai],
        dns: 1,
        dns_settled_at_us: Some(hit + 400 * SECOND),
        link: LinkFacts {
            kb_s: 0,
            backlog: 3,
            backlog_kb: 24,
            lag_us: 42 * SECOND,
            in_flight: 1,
            carried_gb: 1.25,
            gap: false,
        },
        clients: vec![
            ClientFacts { place: 0, resolved: 0, resolved_until_us: hit + 400 * SECOND, ok: false },
            ClientFacts { place: 0, resolved: 1, resolved_until_us: hit, ok: true },
            ClientFacts { place: 1, resolved: 1, resolved_until_us: hit, ok: true },
        ],
        backups: vec![
            backup(1, 0, BackupState::Verified),
            backup(2, 1, BackupState::Unverified),
            backup(3, 2, BackupState::Bad),
            backup(4, 2, BackupState::Writing),
        ],
        next_backup_us: Some(3 * DAY + 2 * HOUR),
        misses: 3,
        failover: FailoverFacts {
            steps: vec![
                step(Step::Page, 90, Some(300), Some(true), ""),
                step(Step::Fence, 300, Some(330), Some(true), ""),
                step(Step::VerifyDigest, 330, None, None, ""),
                RunbookStep {
                    step: Step::Promote,
                    began_us: None,
                    ended_us: None,
                    ok: None,
                    why: String::new(),
                    evidence_us: None,
                },
            ],
            running: true,
            ok: None,
            began_us: hit + 90 * SECOND,
        },
        runbook: Runbook::built_in("careful").expect("it is built in").text(),
        alerts: vec![
            AlertFacts {
                t_us: hit + 90 * SECOND,
                alert: "primary_down".to_owned(),
                channels: vec!["mail".to_owned(), "sms".to_owned()],
            },
            AlertFacts { t_us: hit + 91 * SECOND, alert: "switch_began".to_owned(), channels: Vec::new() },
        ],
        disaster: Some(DisasterFacts {
            at_us: hit,
            region: 0,
            phases: vec![(Phase::Detect, 90 * SECOND), (Phase::Decide, 210 * SECOND)],
            rto_us: None,
            rpo_us: Some(42 * SECOND),
            failed: 17,
        }),
        writes: (1_204, 9),
        reads: (9_000, 8),
        lost: vec![
            lost(260, "insert", "in_backlog"),
            lost(261, "update", "in_backlog"),
            lost(262, "delete", "in_flight"),
        ],
        lost_total: 3,
        cost: CostFacts {
            primary: 40_000,
            standby: 40_000,
            disks: 960,
            bucket: 216,
            link: 62,
            month: 1_215_400,
        },
        surprises: vec!["damaged_backup".to_owned()],
        config: "dns:\n  domain: kb.example.com\nsync:\n  interval_hours: 1\n".to_owned(),
        ..RegionsFacts::default()
    }
}

fn moment() -> Rc<Snapshot> {
    with(facts())
}

fn with(facts: RegionsFacts) -> Rc<Snapshot> {
    crate::texts::learn_catalogues();
    Rc::new(Snapshot {
        t_us: 2 * DAY + 15 * HOUR + 360 * SECOND,
        seed: 7,
        topology: "two-regions".to_owned(),
        regions: Some(Box::new(facts)),
        ..Snapshot::default()
    })
}

/// A day on which nothing is wrong: Beijing leads, Shanghai has all of it.
fn good_day() -> RegionsFacts {
    let mut facts = facts();
    let digest = facts.sites[0].digest.clone();
    let [beijing, shanghai] = facts.sites.as_mut_slice() else { panic!("two regions") };
    (beijing.alive, beijing.reachable, beijing.fenced) = (true, true, false);
    (beijing.serving, beijing.lease_left_us, beijing.nodes) = (true, Some(20 * SECOND), vec![true; 3]);
    (shanghai.applied_lsn, shanghai.digest, shanghai.indexed) = (beijing.lsn, digest, true);
    facts.link = LinkFacts { kb_s: 10_000, ..LinkFacts::default() };
    (facts.dns, facts.disaster, facts.lost_total) = (0, None, 0);
    facts.dns_settled_at_us = None;
    facts.lost.clear();
    facts.failover = FailoverFacts::default();
    facts
}

fn intents() -> (Rc<RefCell<Vec<Intent>>>, Callback<Intent>) {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let hears = Rc::clone(&heard);
    (heard, Callback::from(move |act: Intent| hears.borrow_mut().push(act)))
}

#[wasm_bindgen_test]
async fn both_regions_say_how_they_stand_and_what_lies_between() {
    let shown =
        Shown::new(Lang::Zh, stage(Lang::Zh, &StageProps { moment: moment(), ..StageProps::default() }))
            .await;
    let of = |n: usize, what: &str| shown.said(&format!("[data-region='{n}']"), what);
    assert_eq!([of(0, "data-standing"), of(1, "data-standing")], ["dark", "standby"]);
    assert_eq!(of(0, "aria-label"), "北京: 断电");
    assert_eq!(shown.all("[data-region='1'] [data-up='true']").len(), 2);
    assert_eq!(shown.said("[data-node='1.2']", "data-up"), "false");
    assert!(shown.said("[data-node='1.0']", "aria-label").contains("按下选中它"));
    assert_eq!(shown.text("[data-region='1'] [data-of='applied']"), "1,201");
    assert_eq!(shown.said("[data-link]", "data-link"), "cut");
    assert_eq!(shown.said("[data-compared]", "data-compared"), "none", "one of them is dark");
    assert_eq!(shown.said("[data-region='1'] [data-collection='2']", "data-rows"), "197");
    let clients: Vec<_> = (0..3).map(|n| (n, "data-to", "data-ok")).collect();
    let clients: Vec<_> = clients
        .iter()
        .map(|(n, to, ok)| {
            let client = format!("[data-client='{n}']");
            (shown.said(&client, to), shown.said(&client, ok))
        })
        .collect();
    assert_eq!(
        clients,
        [("0", "false"), ("1", "true"), ("1", "true")].map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    assert_eq!(shown.all(".rg-lines path").len(), 3);
    let dns = shown.text("[data-view='dns']");
    assert!(dns.contains("kb.example.com") && dns.contains("指向上海") && dns.contains("40 秒"), "{dns}");
}

#[wasm_bindgen_test]
async fn digests_are_compared_at_the_same_position_only() {
    let compared = async |change: fn(&mut RegionsFacts)| {
        let mut facts = good_day();
        change(&mut facts);
        let props = StageProps { moment: with(facts), ..StageProps::default() };
        Shown::new(Lang::En, stage(Lang::En, &props)).await.said("[data-compared]", "data-compared")
    };
    assert_eq!(compared(|_| {}).await, "equal");
    assert_eq!(compared(|facts| facts.sites[1].digest = "00".to_owned()).await, "different");
    assert_eq!(compared(|facts| facts.sites[1].applied_lsn -= 1).await, "behind");
    assert_eq!(compared(|facts| facts.sites[1].primary = true).await, "split");
    assert_eq!(compared(|facts| facts.sites[1].wiped = true).await, "none");
}

#[wasm_bindgen_test]
async fn a_backup_shows_what_is_known_of_it_and_a_waiting_surprise_nothing() {
    let shown =
        Shown::new(Lang::En, stage(Lang::En, &StageProps { moment: moment(), ..StageProps::default() }))
            .await;
    let states: Vec<_> = (1..=4).map(|n| shown.said(&format!("[data-backup='{n}']"), "data-state")).collect();
    assert_eq!(states, ["verified", "unverified", "bad", "writing"]);
    assert!(shown.said("[data-backup='2']", "title").contains("never read back"));
    assert!(
        shown.text("[data-view='bucket']").contains("The newest is 37 h 6 min old"),
        "{}",
        shown.text("[data-view='bucket']")
    );
    let steps: Vec<_> =
        shown.all("[data-step]").iter().filter_map(|step| step.get_attribute("data-state")).collect();
    assert_eq!(steps, ["done", "done", "runs", "todo"]);
    assert_eq!(shown.all(".rg-checks .x").len(), 3);
    assert_eq!(shown.all("[data-alert]").len(), 2);
    let text = shown.0.text_content().unwrap_or_default();
    assert!(!text.contains("damaged byte") && !text.contains("damaged_backup"), "{text}");
}

#[wasm_bindgen_test]
async fn bad_days_have_a_banner_with_a_way_out_and_good_ones_none() {
    let banner = async |facts: RegionsFacts| {
        let shown = Shown::new(
            Lang::Zh,
            stage(Lang::Zh, &StageProps { moment: with(facts), ..StageProps::default() }),
        )
        .await;
        shown
            .all("[data-banner]")
            .iter()
            .filter_map(|one| one.get_attribute("data-banner"))
            .collect::<Vec<_>>()
    };
    assert_eq!(banner(good_day()).await, [""; 0]);
    assert_eq!(banner(facts()).await, ["down"]);
    let mut split = good_day();
    (split.sites[1].primary, split.split_writes) = (true, 4);
    assert_eq!(banner(split).await, ["split"]);
    let mut failed = facts();
    (failed.failover.running, failed.failover.ok) = (false, Some(false));
    assert_eq!(banner(failed).await, ["runbook"]);
    let mut both = good_day();
    for site in &mut both.sites {
        site.alive = false;
    }
    assert_eq!(banner(both).await, ["both"]);
}

#[wasm_bindgen_test]
async fn a_click_selects_a_region_and_a_node_loses_its_power() {
    let picks = Rc::new(RefCell::new(Vec::new()));
    let hears = Rc::clone(&picks);
    let (heard, onintent) = intents();
    let onpick = Callback::from(move |pick: Option<Pick>| hears.borrow_mut().push(pick.and_then(Spot::of)));
    let props = StageProps { moment: with(good_day()), onpick, onintent, ..StageProps::default() };
    let shown = Shown::new(Lang::En, stage(Lang::En, &props)).await;
    shown.click("[data-region='1'] .rg-h").await;
    shown.click("[data-link] .rg-h").await;
    assert_eq!(picks.borrow().last(), Some(&Some(Spot::Link)));
    assert!(picks.borrow().contains(&Some(Spot::Region(1))), "{:?}", picks.borrow());
    shown.click("[data-node='0.1']").await;
    assert_eq!(picks.borrow().last(), Some(&Some(Spot::Node(0, 1))));
    assert!(heard.borrow().is_empty(), "the first press selects, and does nothing else");
    drop(shown);
    for (region, node) in [(0, 1), (1, 2)] {
        let props = StageProps {
            moment: with(good_day()),
            pick: Some(Spot::Node(region, node).pick()),
            onpick: props.onpick.clone(),
            onintent: props.onintent.clone(),
        };
        let shown = Shown::new(Lang::En, stage(Lang::En, &props)).await;
        let selected = format!("[data-node='{region}.{node}']");
        assert_eq!(shown.said(&selected, "aria-pressed"), "true");
        shown.click(&selected).await;
    }
    let wanted = [RegionIntent::KillNode(0, 1), RegionIntent::StartNode(1, 2)].map(Intent::Region);
    assert_eq!(heard.borrow().as_slice(), wanted);
}

#[wasm_bindgen_test]
async fn tools_offer_what_makes_sense() {
    let (heard, onintent) = intents();
    let pick = Some(Spot::Region(0).pick());
    let props = ToolsProps { now: with(good_day()), pick, running: true, onintent };
    let shown = Shown::new(Lang::Zh, tools(Lang::Zh, &props)).await;
    let off = |act: &str| shown.is_inert(&format!("[data-act='{act}']"));
    assert_eq!(
        ["lose", "return", "wipe", "isolate", "slow", "heal"].map(off),
        [false, true, false, false, true, true]
    );
    for act in ["lose", "isolate", "backup", "failover"] {
        shown.click(&format!("[data-act='{act}']")).await;
    }
    let wanted =
        [RegionIntent::Lose(0), RegionIntent::Isolate(0), RegionIntent::Backup, RegionIntent::Failover]
            .map(Intent::Region);
    assert_eq!(heard.borrow().as_slice(), wanted);
    shown.click("[data-act='surprise-random']").await;
    assert!(matches!(heard.borrow().last(), Some(Intent::Region(RegionIntent::Surprise(_)))));
    for spot in [Spot::Region(0), Spot::Region(1), Spot::Node(0, 2), Spot::Node(1, 8), Spot::Link] {
        assert_eq!(Spot::of(spot.pick()), Some(spot));
    }
    let dead = possible(&facts(), Some(Spot::Region(0)));
    assert_eq!(
        (dead.lose, dead.back, dead.heal),
        (None, Some(RegionIntent::Return(0)), Some(RegionIntent::Heal))
    );
}

#[wasm_bindgen_test]
async fn lost_writes_can_be_read_one_by_one_with_where_they_died() {
    let shown = Shown::new(Lang::Zh, html! { <Measured now={moment()} /> }).await;
    assert_eq!(shown.said("[data-view='lost']", "data-lost"), "3");
    assert_eq!(shown.said("[data-died='in_backlog']", "data-n"), "2");
    let row = shown.text("[data-op='262']");
    assert!(row.contains("删除第 1,262 行") || row.contains("删除第 1262 行"), "{row}");
    assert!(row.contains("company_docs") || row.contains("product_docs"), "{row}");
    assert!(row.contains("在线路上") && row.contains("3 日 14:59"), "{row}");
    assert_eq!(shown.text("[data-meter='rpo'] .rg-big"), "42 秒");
    assert_eq!(shown.said("[data-meter='rto']", "data-us"), (360 * SECOND).to_string());
    let phases: Vec<_> =
        shown.all("[data-phase]").iter().filter_map(|row| row.get_attribute("data-phase")).collect();
    assert_eq!(phases, ["detect", "decide", "waiting", "rpo"]);
    let text = shown.text("[data-phase='decide']");
    assert!(text.ends_with("3 分 30 秒"), "{text}");
}

#[wasm_bindgen_test]
async fn what_would_be_lost_now_is_what_no_backup_holds_where_nothing_follows() {
    let backup =
        |hours, state| BackupFacts { as_of_us: 2 * DAY + hours * HOUR, state, ..BackupFacts::default() };
    let said = async |sync_mode, backups| {
        let facts =
            RegionsFacts { settings: vec![("sync_mode".to_owned(), sync_mode)], backups, ..good_day() };
        Shown::new(Lang::En, html! { <Measured now={with(facts)} /> }).await.text("[data-meter='rpo']")
    };
    // The moment is 15:06 on the third day; the newest backup is damaged.
    let backups = || vec![backup(12, BackupState::Verified), backup(14, BackupState::Bad)];
    let text = said(0, backups()).await;
    assert!(text.contains("about 3 h 6 min"), "{text}");
    assert!(said(0, Vec::new()).await.contains("everything"));
    let followed = said(2, backups()).await;
    assert!(followed.contains("about 0 s"), "{followed}");
}

#[wasm_bindgen_test]
async fn the_axis_holds_seconds_and_days() {
    let [second, minute, hour, day, week] =
        [1, 60, 3_600, 86_400, 604_800].map(|seconds: u64| place(seconds * SECOND));
    assert!(place(0) < 0.001 && second < minute && minute < hour && hour < day && day < week);
    assert!((week - 100.0).abs() < 0.001 && place(40 * DAY) <= 100.0);
    assert_eq!(long(Lang::En, 37 * HOUR), "37 h");
    assert_eq!(long(Lang::En, 312 * SECOND), "5 min 12 s");
    assert_eq!(long(Lang::En, 3 * DAY + 4 * HOUR), "3 d 4 h");
    assert_eq!(at(Lang::Zh, 2 * DAY + 15 * HOUR + 5 * SECOND), "第 3 天 15:00:05");
    for now in [1.0, 4_000.0, 100_000.0, 3e6, 9e7] {
        let (span, tick) = scale(now);
        assert!(span > now && (4.0..=8.0).contains(&(span / tick)), "{now}: {span} / {tick}");
    }
}

#[wasm_bindgen_test]
async fn money_modes_and_layers_are_shown() {
    let shown = Shown::new(Lang::En, all(Lang::En, &moment())).await;
    assert_eq!([yuan(1_215_400), yuan(216)], ["¥12,154", "¥2.16"]);
    assert!(shown.text("[data-view='cost'] .big").starts_with("¥12,154"));
    assert_eq!(shown.all("[data-cost]").len(), 5);
    assert!(shown.text("[data-mode='1']").contains("0–1 min"));
    assert!(shown.text("[data-measured='1']").contains("42 s"));
    assert_eq!(shown.all("[data-view='layers'] tbody tr").len(), 3);
    assert!(!chinese(&shown.text("main")));
}

#[wasm_bindgen_test]
async fn english_views_have_no_chinese_left() {
    let props = ToolsProps { now: moment(), pick: None, running: true, onintent: Callback::noop() };
    let inner = html! {
        <>
            { stage(Lang::En, &StageProps { moment: moment(), ..StageProps::default() }) }
            { tools(Lang::En, &props) }
            { vitals(Lang::En, &moment()) }
            <Measured now={moment()} />
            <Book session={Session::new()} text={facts().runbook} set={Vec::<(String, u64)>::new()} seed=7
                running=true onintent={Callback::noop()} />
            <Setup now={moment()} topology="two-regions" running=true onintent={Callback::noop()}
                onopen={Callback::noop()} />
            <Sheets settings={Vec::<(String, u64)>::new()} config={facts().config} runbook={facts().runbook} />
        </>
    };
    let shown = Shown::new(Lang::En, inner).await;
    let text = shown.text("main");
    let found: String = text.chars().filter(|c| chinese(&c.to_string())).collect();
    assert!(found.is_empty(), "{found}");
    assert!(!shown.one("main").inner_html().contains(">rg-") && !text.contains("mc-"), "{text}");
}
