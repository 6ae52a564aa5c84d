//! The narration of two regions: every event and every word of the run, in both languages.

use super::*;
use quorum_facade::{EventKind, FaultEvent, NetworkEvent, RegionEvent, ServiceEvent};

/// An event of each kind.
fn events() -> Vec<EventKind> {
    let word = || "backup_damaged".to_owned();
    vec![
        EventKind::Fault(FaultEvent::Opened { boot: 1, nodes: 6 }),
        EventKind::Region(RegionEvent::RegionLost { region: 0, wiped: false }),
        EventKind::Region(RegionEvent::RegionLost { region: 1, wiped: true }),
        EventKind::Region(RegionEvent::RegionReturned { region: 0, records: 12 }),
        EventKind::Region(RegionEvent::RegionIsolated { region: 0 }),
        EventKind::Region(RegionEvent::RegionLink { kb_s: 0 }),
        EventKind::Region(RegionEvent::RegionLink { kb_s: 10 }),
        EventKind::Network(NetworkEvent::NetworkHealed { links: 1 }),
        EventKind::Fault(FaultEvent::Killed),
        EventKind::Fault(FaultEvent::Restarted),
        EventKind::Region(RegionEvent::ClientMoved { client: 0, region: 1 }),
        EventKind::Region(RegionEvent::CountsSynced { collection: 1, rows: 3 }),
        EventKind::Region(RegionEvent::Resynced { rows: 600, lsn: 9 }),
        EventKind::Region(RegionEvent::BackupBegan { backup: 1, full: true }),
        EventKind::Region(RegionEvent::BackupBegan { backup: 2, full: false }),
        EventKind::Region(RegionEvent::BackupEnded { backup: 1, lsn: 9, rows: 600, mb: 90_000 }),
        EventKind::Region(RegionEvent::BackupFailed { backup: 1, why: word() }),
        EventKind::Region(RegionEvent::BackupPruned { backup: 1 }),
        EventKind::Service(ServiceEvent::ProbeMissed { misses: 2 }),
        EventKind::Region(RegionEvent::AlertRaised {
            alert: "primary_down".to_owned(),
            channels: vec!["mail".to_owned()],
        }),
        EventKind::Region(RegionEvent::AlertRaised {
            alert: "switch_began".to_owned(),
            channels: Vec::new(),
        }),
        EventKind::Region(RegionEvent::RunbookBegan { steps: 6 }),
        EventKind::Region(RegionEvent::StepBegan { step: 0, word: "verify digest".to_owned() }),
        EventKind::Region(RegionEvent::StepEnded {
            step: 0,
            word: "dns".to_owned(),
            ok: true,
            why: String::new(),
            took_us: SECOND,
        }),
        EventKind::Region(RegionEvent::StepEnded {
            step: 0,
            word: "restore newest".to_owned(),
            ok: false,
            why: word(),
            took_us: 1,
        }),
        EventKind::Region(RegionEvent::RunbookEnded { ok: true }),
        EventKind::Region(RegionEvent::RunbookEnded { ok: false }),
        EventKind::Region(RegionEvent::BackupRestored {
            backup: 1,
            region: 1,
            lsn: 9,
            rows: 600,
            took_us: 1_800 * SECOND,
        }),
        EventKind::Region(RegionEvent::Promoted { region: 1, epoch: 2, lsn: 9 }),
        EventKind::Region(RegionEvent::Demoted { region: 0, epoch: 1 }),
        EventKind::Region(RegionEvent::DnsChanged { region: 1 }),
        EventKind::Region(RegionEvent::WriteDied { op: 7, died: "in_backlog".to_owned() }),
        EventKind::Region(RegionEvent::FailedBack { region: 0, merged: 3, discarded: 1 }),
        EventKind::Region(RegionEvent::MistakeMade { collection: 0, rows: 200 }),
        EventKind::Region(RegionEvent::LogDumped { region: 0, after: 9, lsn: 21, records: 12, missing: 11 }),
        EventKind::Region(RegionEvent::SurprisePrepared { surprise: "half_backup".to_owned() }),
        EventKind::Region(RegionEvent::SurpriseFelt { surprise: "half_backup".to_owned() }),
        EventKind::Region(RegionEvent::StepEnded {
            step: 0,
            word: "fence".to_owned(),
            ok: true,
            why: "not_fenced".to_owned(),
            took_us: SECOND,
        }),
        EventKind::Region(RegionEvent::ConfigTaken { changed: 0, keys: Vec::new() }),
        EventKind::Region(RegionEvent::ConfigTaken { changed: 1, keys: vec!["sync.mode".to_owned()] }),
        EventKind::Service(ServiceEvent::ServiceLost { fault_us: 0 }),
        EventKind::Service(ServiceEvent::ServiceRestored {
            rto_us: 3_300 * SECOND,
            phases: Vec::new(),
            failed: 17,
        }),
    ]
}

#[wasm_bindgen_test]
async fn every_event_that_is_shown_has_its_sentence_in_both_languages() {
    crate::texts::learn_catalogues();
    for kind in events() {
        let event = Event { t_us: SECOND, node: None, kind };
        let [zh, en] = [Lang::Zh, Lang::En].map(|lang| sentence(lang, &event).unwrap_or_default());
        assert!(chinese(&zh) && !zh.contains("rg-"), "{event:?}: {zh}");
        assert!(!en.is_empty() && !chinese(&en) && !en.contains("rg-"), "{event:?}: {en}");
        if matches!(event.kind, EventKind::Region(RegionEvent::SurprisePrepared { .. })) {
            assert!(!en.contains("half") && !zh.contains("一半"), "it is not narrated before it is felt");
        }
    }
    let mut story = Story::default();
    let written = EventKind::Region(RegionEvent::RowWritten {
        op: 1,
        region: 0,
        lsn: 1,
        collection: 0,
        key: 1,
        change: "insert".to_owned(),
    });
    let quiet = [written, EventKind::Region(RegionEvent::Shipped { records: 1, lsn: 1 })];
    let quiet = quiet.map(|kind| Event { t_us: SECOND, node: None, kind });
    story.hear(&quiet, 0);
    assert!(story.narrated.is_empty(), "what every minute brings is not narrated: {:?}", story.narrated);
    let loud: Vec<Event> =
        events().into_iter().map(|kind| Event { t_us: 2 * SECOND, node: None, kind }).collect();
    story.hear(&loud, 0);
    assert_eq!(story.narrated.len(), loud.len());
}

#[wasm_bindgen_test]
async fn every_word_of_the_run_has_words() {
    crate::texts::learn_catalogues();
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
                "bad_record",
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
    for surprise in quorum_facade::regions::action::Surprise::ALL {
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
fn who_takes_writes_and_since_when() {
    crate::texts::learn_catalogues();
    let mut facts = facts();
    facts.sites[1].primary = true;
    let mut now = Snapshot { t_us: 3 * DAY, regions: Some(Box::new(facts)), ..Snapshot::default() };
    let mut story = Story::default();
    let promoted = EventKind::Region(RegionEvent::Promoted { region: 1, epoch: 2, lsn: 9 });
    story.hear(&[Event { t_us: 2 * DAY + HOUR, node: None, kind: promoted }], 0);
    let said = leads(Lang::En, &now, &story);
    assert!(said[0].starts_with("Shanghai has taken the writes since Day 3, 01:00"), "{said:?}");
    assert!(said.contains(&"Beijing has no power.".to_owned()), "{said:?}");
    assert!(leads(Lang::Zh, &now, &story).iter().all(|line| chinese(line)));
    if let Some(facts) = &mut now.regions {
        facts.sites[1].primary = false;
    }
    assert_eq!(leads(Lang::En, &now, &story)[0], "No region takes writes.");
}
