//! The views of two regions in a real browser, each mounted with a moment that was made up for it: what is drawn, what it
//! says in words, and what a click or a key does.
#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;

use quorum_facade::regions::facts::{
    AlertFacts, BackupFacts, BackupState, ClientFacts, CostFacts, DeskFacts, DeskStep, DisasterFacts,
    LinkFacts, LostFacts, RegionsFacts, SiteFacts,
};
use quorum_facade::regions::runbook::{Runbook, Step};
use quorum_facade::regions::settings::{ALL, Settings};
use quorum_facade::snapshot::Snapshot;
use quorum_facade::{Event, EventKind, Phase};
use quorum_i18n::Lang;
use quorum_lab::ui::actions::Act;
use quorum_lab::ui::cluster::Pick;
use quorum_lab::ui::regions::axis::place;
use quorum_lab::ui::regions::config::{Config, look};
use quorum_lab::ui::regions::deeds::{Deed, Spot, possible};
use quorum_lab::ui::regions::gauges::Measured;
use quorum_lab::ui::regions::handbook::Sheets;
use quorum_lab::ui::regions::money::{all, yuan};
use quorum_lab::ui::regions::narrate::{alert_text, died_text, sentence, step_text, surprise_text, why_text};
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
use shown::{Shown, chinese};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use yew::prelude::*;

mod shown;
mod texts;

wasm_bindgen_test_configure!(run_in_browser);

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
    let step = |step: Step, began: u64, ended: Option<u64>, ok: Option<bool>, why: &str| DeskStep {
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
        desk: DeskFacts {
            steps: vec![
                step(Step::Page, 90, Some(300), Some(true), ""),
                step(Step::Fence, 300, Some(330), Some(true), ""),
                step(Step::VerifyDigest, 330, None, None, ""),
                DeskStep {
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
    texts::learn_catalogues();
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
    facts.desk = DeskFacts::default();
    facts
}

fn acts() -> (Rc<RefCell<Vec<Act>>>, Callback<Act>) {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let hears = Rc::clone(&heard);
    (heard, Callback::from(move |act: Act| hears.borrow_mut().push(act)))
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
    assert!(shown.said("[data-node='1.0']", "aria-label").contains("按下断它的电"));
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
    (failed.desk.running, failed.desk.ok) = (false, Some(false));
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
    let (heard, onact) = acts();
    let onpick = Callback::from(move |pick: Option<Pick>| hears.borrow_mut().push(pick.and_then(Spot::of)));
    let props = StageProps { moment: with(good_day()), onpick, onact, ..StageProps::default() };
    let shown = Shown::new(Lang::En, stage(Lang::En, &props)).await;
    shown.click("[data-region='1'] .rg-h").await;
    shown.click("[data-link] .rg-h").await;
    assert_eq!(picks.borrow().last(), Some(&Some(Spot::Link)));
    assert!(picks.borrow().contains(&Some(Spot::Region(1))), "{:?}", picks.borrow());
    shown.click("[data-node='0.1']").await;
    shown.click("[data-node='1.2']").await;
    let wanted = [Deed::KillNode(0, 1), Deed::StartNode(1, 2)].map(Act::Region);
    assert_eq!(heard.borrow().as_slice(), wanted);
}

#[wasm_bindgen_test]
async fn tools_offer_what_makes_sense() {
    let (heard, onact) = acts();
    let pick = Some(Spot::Region(0).pick());
    let props = ToolsProps { now: with(good_day()), pick, running: true, onact };
    let shown = Shown::new(Lang::Zh, tools(Lang::Zh, &props)).await;
    let off = |act: &str| shown.one(&format!("[data-act='{act}']")).has_attribute("disabled");
    assert_eq!(
        ["lose", "return", "wipe", "isolate", "slow", "heal"].map(off),
        [false, true, false, false, true, true]
    );
    for act in ["lose", "isolate", "backup", "failover"] {
        shown.click(&format!("[data-act='{act}']")).await;
    }
    let wanted = [Deed::Lose(0), Deed::Isolate(0), Deed::Backup, Deed::Failover].map(Act::Region);
    assert_eq!(heard.borrow().as_slice(), wanted);
    shown.click("[data-act='surprise-random']").await;
    assert!(matches!(heard.borrow().last(), Some(Act::Region(Deed::Surprise(_)))));
    for spot in [Spot::Region(0), Spot::Region(1), Spot::Node(0, 2), Spot::Node(1, 8), Spot::Link] {
        assert_eq!(Spot::of(spot.pick()), Some(spot));
    }
    let dead = possible(&facts(), Some(Spot::Region(0)));
    assert_eq!((dead.lose, dead.back, dead.heal), (None, Some(Deed::Return(0)), Some(Deed::Heal)));
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
async fn money_modes_and_layers_are_told() {
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
async fn a_refusal_names_its_line_and_drafts_are_kept() {
    texts::learn_catalogues();
    let note = quorum_facade::regions::config::NOTE;
    let settings: Vec<(String, u64)> =
        ALL.iter().map(|setting| (setting.name.to_owned(), setting.default)).collect();
    for (lang, said) in [
        (Lang::Zh, "第 12 行第 19 列：backup.retention_days："),
        (Lang::En, "line 12, column 19: backup.retention_days: "),
    ] {
        let wrong = note.replace("retention_days: 30", "retention_days: -3");
        let (error, line) = look(lang, &wrong, note, &settings).expect_err("refused");
        assert!(error.starts_with(said) && line == Some(12), "{error}");
        assert_eq!(chinese(&error), lang == Lang::Zh, "{error}");
        let (error, line) =
            look(lang, &format!("standby: cold\n{note}"), note, &settings).expect_err("refused");
        assert!(error.starts_with("standby") && line.is_none(), "{error}");
    }
    let effects = look(Lang::En, note, note, &settings).expect("taken");
    assert!(effects.iter().any(|effect| effect.key == "sync.mode" && effect.was != effect.now));
    let text = facts().config;
    let shown =
        Shown::new(Lang::En, html! { <Config session={Session::new()} text={text.clone()} running=true /> })
            .await;
    assert_eq!(shown.all("[data-line]").len(), 4);
    let area: web_sys::HtmlTextAreaElement = wasm_bindgen::JsCast::unchecked_into(shown.one("textarea"));
    assert_eq!(area.value(), text);
    area.set_value("dns:\n  domain: kb.example.com\nretention: -3\n");
    let event = web_sys::InputEvent::new("input").expect("an event");
    event.init_event_with_bubbles_and_cancelable("input", true, false);
    area.dispatch_event(&event).expect("typed");
    shown::settle().await;
    assert_eq!(shown.said("[data-view='config']", "data-dirty"), "true");
    shown.click("[data-act='config-apply']").await;
    assert_eq!(shown.said("[data-fault]", "data-fault"), "3", "the page names the line by itself");
    assert_eq!(area.value(), "dns:\n  domain: kb.example.com\nretention: -3\n", "what was typed stays");
    shown.click("[data-act='config-note']").await;
    assert!(
        shown.said("[data-key='sync.mode']", "data-outcome") == "implied",
        "it is said before it is applied"
    );
    shown.click("[data-act='config-drop']").await;
    assert_eq!(shown.said("[data-view='config']", "data-dirty"), "false");
}

#[wasm_bindgen_test]
async fn a_runbook_is_written_by_click_and_by_key() {
    let steps = [Step::Page, Step::Fence, Step::Promote];
    assert_eq!(moved(&steps, 0, true), None);
    assert_eq!(moved(&steps, 2, false), None);
    assert_eq!(moved(&steps, 2, true), Some((vec![Step::Page, Step::Promote, Step::Fence], 1)));
    let (heard, onact) = acts();
    let text = Runbook::built_in("forced").expect("it is built in").text();
    let book = html! { <Book session={Session::new()} {text} set={Vec::<(String, u64)>::new()} seed=7 running=true {onact} /> };
    let shown = Shown::new(Lang::En, book).await;
    shown.one("details").set_attribute("open", "").expect("unfolded");
    let words = || -> Vec<String> {
        shown.all("[data-bookstep]").iter().filter_map(|step| step.get_attribute("data-word")).collect()
    };
    assert_eq!(words().join(","), "start standby,fence,promote,dns,wait ttl,check service");
    shown.press_with("[data-bookstep='0']", "ArrowDown", true).await;
    assert_eq!(words()[..2], ["fence", "start standby"]);
    shown.press("[data-bookstep='5']", "Delete").await;
    shown.click("[data-bookstep='2'] [data-act='step-out']").await;
    shown.click("[data-act='step-add']").await;
    assert_eq!(words().join(","), "fence,start standby,dns,wait ttl,verify digest");
    shown.click("[data-bookstep='0'] [data-act='step-now']").await;
    assert_eq!(heard.borrow().as_slice(), [Act::Region(Deed::Step(Step::Fence))]);
    assert!(shown.text("[data-view='draft']").contains("Forced"), "the desk does what was set");
    shown.click("[data-book='course']").await;
    assert_eq!(words().len(), 6);
    assert_eq!(shown.said("[data-book='course']", "aria-pressed"), "true");
}

/// An event of each kind.
fn events() -> Vec<EventKind> {
    let word = || "backup_damaged".to_owned();
    vec![
        EventKind::Opened { boot: 1, nodes: 6 },
        EventKind::RegionLost { region: 0, wiped: false },
        EventKind::RegionLost { region: 1, wiped: true },
        EventKind::RegionReturned { region: 0, records: 12 },
        EventKind::RegionIsolated { region: 0 },
        EventKind::RegionLink { kb_s: 0 },
        EventKind::RegionLink { kb_s: 10 },
        EventKind::NetworkHealed { links: 1 },
        EventKind::Killed,
        EventKind::Restarted,
        EventKind::ClientMoved { client: 0, region: 1 },
        EventKind::CountsSynced { collection: 1, rows: 3 },
        EventKind::Resynced { rows: 600, lsn: 9 },
        EventKind::BackupBegan { backup: 1, full: true },
        EventKind::BackupBegan { backup: 2, full: false },
        EventKind::BackupEnded { backup: 1, lsn: 9, rows: 600, mb: 90_000 },
        EventKind::BackupFailed { backup: 1, why: word() },
        EventKind::BackupPruned { backup: 1 },
        EventKind::ProbeMissed { misses: 2 },
        EventKind::AlertRaised { alert: "primary_down".to_owned(), channels: vec!["mail".to_owned()] },
        EventKind::AlertRaised { alert: "switch_began".to_owned(), channels: Vec::new() },
        EventKind::RunbookBegan { steps: 6 },
        EventKind::StepBegan { step: 0, word: "verify digest".to_owned() },
        EventKind::StepEnded {
            step: 0,
            word: "dns".to_owned(),
            ok: true,
            why: String::new(),
            took_us: SECOND,
        },
        EventKind::StepEnded {
            step: 0,
            word: "restore newest".to_owned(),
            ok: false,
            why: word(),
            took_us: 1,
        },
        EventKind::RunbookEnded { ok: true },
        EventKind::RunbookEnded { ok: false },
        EventKind::BackupRestored { backup: 1, region: 1, lsn: 9, rows: 600, took_us: 1_800 * SECOND },
        EventKind::Promoted { region: 1, epoch: 2, lsn: 9 },
        EventKind::Demoted { region: 0, epoch: 1 },
        EventKind::DnsChanged { region: 1 },
        EventKind::WriteDied { op: 7, died: "in_backlog".to_owned() },
        EventKind::FailedBack { region: 0, merged: 3, discarded: 1 },
        EventKind::MistakeMade { collection: 0, rows: 200 },
        EventKind::SurprisePrepared { surprise: "half_backup".to_owned() },
        EventKind::SurpriseFelt { surprise: "half_backup".to_owned() },
        EventKind::StepEnded {
            step: 0,
            word: "fence".to_owned(),
            ok: true,
            why: "not_fenced".to_owned(),
            took_us: SECOND,
        },
        EventKind::ConfigTaken { changed: 0, keys: Vec::new() },
        EventKind::ConfigTaken { changed: 1, keys: vec!["sync.mode".to_owned()] },
        EventKind::ServiceLost { fault_us: 0 },
        EventKind::ServiceRestored { rto_us: 3_300 * SECOND, phases: Vec::new(), failed: 17 },
    ]
}

#[wasm_bindgen_test]
async fn every_event_that_is_told_has_its_sentence_in_both_languages() {
    texts::learn_catalogues();
    for kind in events() {
        let event = Event { t_us: SECOND, node: None, kind };
        let [zh, en] = [Lang::Zh, Lang::En].map(|lang| sentence(lang, &event).unwrap_or_default());
        assert!(chinese(&zh) && !zh.contains("rg-"), "{event:?}: {zh}");
        assert!(!en.is_empty() && !chinese(&en) && !en.contains("rg-"), "{event:?}: {en}");
        if matches!(event.kind, EventKind::SurprisePrepared { .. }) {
            assert!(!en.contains("half") && !zh.contains("一半"), "it is not told before it is felt");
        }
    }
    let mut story = Story::default();
    let written = EventKind::RowWritten {
        op: 1,
        region: 0,
        lsn: 1,
        collection: 0,
        key: 1,
        change: "insert".to_owned(),
    };
    let quiet = [written, EventKind::Shipped { records: 1, lsn: 1 }];
    let quiet = quiet.map(|kind| Event { t_us: SECOND, node: None, kind });
    story.hear(&quiet, 0);
    assert!(story.told.is_empty(), "what every minute brings is not told: {:?}", story.told);
    let loud: Vec<Event> =
        events().into_iter().map(|kind| Event { t_us: 2 * SECOND, node: None, kind }).collect();
    story.hear(&loud, 0);
    assert_eq!(story.told.len(), loud.len());
}

#[wasm_bindgen_test]
async fn every_word_of_the_run_has_words() {
    texts::learn_catalogues();
    type Say = fn(Lang, &str) -> String;
    let families: [(Say, &[&str]); 3] = [
        (
            alert_text,
            &[
                "primary_down",
                "switch_began",
                "switch_done",
                "switch_failed",
                "backup_failed",
                "backlog_grows",
                "gap",
                "region_back",
                "split_brain",
                "mistake",
            ],
        ),
        (
            why_text,
            &[
                "standby_down",
                "standby_not_started",
                "backup_damaged",
                "backup_half",
                "no_backup",
                "collection_missing",
                "count_differs",
                "digest_differs",
                "nothing_to_compare",
                "nothing_switched",
                "not_fenced",
                "evidence_old",
                "primary_gone",
                "wrong_host",
                "not_answering",
                "not_promoted",
                "timeout",
            ],
        ),
        (
            died_text,
            &[
                "not_shipped",
                "in_backlog",
                "in_flight",
                "after_last_backup",
                "skipped_by_sync",
                "skipped_by_checkpoint",
                "not_in_backup",
                "collection_left_out",
                "discarded",
                "deleted_by_mistake",
            ],
        ),
    ];
    for (say, words) in families {
        for word in words {
            assert!(chinese(&say(Lang::Zh, word)), "{word}: {}", say(Lang::Zh, word));
            assert_ne!(say(Lang::En, word), *word, "{word} stands for itself");
        }
    }
    for step in Step::ALL {
        assert!(chinese(&step_text(Lang::Zh, step.word())), "{step:?}");
    }
    for surprise in quorum_facade::regions::deed::Surprise::ALL {
        assert!(chinese(&surprise_text(Lang::Zh, surprise.word())), "{surprise:?}");
    }
    for setting in ALL {
        let en = setting_text(Lang::En, "rg", setting.name);
        assert!(
            chinese(&setting_text(Lang::Zh, "rg", setting.name)) || setting.name == "dns_ttl_s",
            "{}",
            setting.name
        );
        assert_ne!(en, setting.name.replace('_', " "), "{} has no name", setting.name);
    }
}

#[wasm_bindgen_test]
async fn the_setup_says_what_a_run_is_built_from_and_opens_another() {
    assert!(is_regions("two-regions:sync_mode=3") && !is_regions("two-regionsx"));
    assert_eq!(asked("two-regions:sync_mode=3", "sync_mode"), 3);
    assert_eq!(asked("two-regions", "dns_ttl_s"), Settings::default().dns_ttl_s);
    assert_eq!(
        topology_with(&[("sync_mode".to_owned(), 2), ("dns_ttl_s".to_owned(), 60)]),
        "two-regions:sync_mode=2"
    );
    let opened = Rc::new(RefCell::new(Vec::new()));
    let hears = Rc::clone(&opened);
    let onopen = Callback::from(move |topology: String| hears.borrow_mut().push(topology));
    let setup = html! { <Setup now={moment()} topology="two-regions" running=true onact={Callback::noop()} {onopen} /> };
    let shown = Shown::new(Lang::Zh, setup).await;
    assert_eq!(shown.all("[data-setting]").len(), ALL.len());
    assert_eq!(shown.said("[data-setting='rows_each']", "data-live"), "false");
    assert_eq!(shown.said("[data-setting='data_gb']", "data-live"), "true");
    shown.click("[data-preset='periodic']").await;
    assert_eq!(opened.borrow().as_slice(), ["two-regions:sync_mode=3"]);
    // The note's world is its settings, all of them, with its runbook.
    shown.click("[data-preset='note']").await;
    let topology = opened.borrow().last().cloned().unwrap_or_default();
    for (name, value) in quorum_facade::regions::settings::NOTE_WORLD {
        assert_eq!(asked(&topology, name), value, "{name}");
    }
    assert!(shown.text("[data-view='note-world']").contains("not_promoted"));
}

#[wasm_bindgen_test]
async fn the_sheets_follow_the_settings_and_the_replicator_runs() {
    texts::learn_catalogues();
    let settings = vec![("sync_mode".to_owned(), 0), ("backup_every_h".to_owned(), 168)];
    let sheets = html! { <Sheets {settings} config={facts().config} runbook={"restore".to_owned()} /> };
    let shown = Shown::new(Lang::Zh, sheets).await;
    assert_eq!(shown.said("[data-view='handbook']", "data-class"), "rest");
    assert_eq!(shown.all("[data-sheet]").len(), 6);
    assert!(shown.text("[data-sheet='commands']").contains("0 2 * * 1"));
    shown.click("[data-act='copies']").await;
    assert_eq!(shown.said("[data-rounds]", "data-rounds"), "3");
    shown.click("[data-act='copies-big']").await;
    assert!(shown.text("[data-sheet='copies']").contains("16,384"));
}

#[wasm_bindgen_test]
async fn english_views_have_no_chinese_left() {
    let props = ToolsProps { now: moment(), pick: None, running: true, onact: Callback::noop() };
    let inner = html! {
        <>
            { stage(Lang::En, &StageProps { moment: moment(), ..StageProps::default() }) }
            { tools(Lang::En, &props) }
            { vitals(Lang::En, &moment()) }
            <Measured now={moment()} />
            <Book session={Session::new()} text={facts().runbook} set={Vec::<(String, u64)>::new()} seed=7 running=true onact={Callback::noop()} />
            <Setup now={moment()} topology="two-regions" running=true onact={Callback::noop()} onopen={Callback::noop()} />
            <Sheets settings={Vec::<(String, u64)>::new()} config={facts().config} runbook={facts().runbook} />
        </>
    };
    let shown = Shown::new(Lang::En, inner).await;
    let text = shown.text("main");
    let found: String = text.chars().filter(|c| chinese(&c.to_string())).collect();
    assert!(found.is_empty(), "{found}");
    assert!(!shown.one("main").inner_html().contains(">rg-") && !text.contains("mc-"), "{text}");
}
