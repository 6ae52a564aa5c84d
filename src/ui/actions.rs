//! How the learner's intents are turned into commands and sent to the session.
//!
//! Guarantees: buttons and keys take the same way; every refusal is shown. Leaves out: which intents there are
//! (`intent`) and which are possible (`possible`), time (`transport`) and selection (the stage).

use std::rc::Rc;

use super::cluster::leader;
use super::intent::Intent;
use super::possible::{asked, import_at, is_cut, newest, to_kill};
use super::worlds;
use crate::web::session::Session;
use crate::web::wire::Pace;
use quorum_facade::command::{DiskFault, Weather, default_collection, default_deleted_percent};
use quorum_facade::disks::{PRESETS, Preset};
use quorum_facade::snapshot::Snapshot;
use quorum_facade::{Action, Answer, Command, Control, Corruption, EngineCommand, Rule};
use quorum_i18n::{Lang, refused};
use quorum_types::NodeId;

/// Bytes of an unfinished write that reach each disk when all power is cut.
const TORN_BYTES: u64 = 7;

/// The commands for an action at this moment.
pub(crate) fn commands(intent: Intent, now: &Snapshot) -> Vec<Command> {
    let kill = |node| Command::Cluster(Action::Kill { node, torn_bytes: 0, sectors: None });
    match intent {
        Intent::Insert(rows) => vec![Command::insert(rows, asked(now).0)],
        Intent::KillLeader => leader(now).map(kill).into_iter().collect(),
        Intent::KillThree => to_kill(now).into_iter().map(kill).collect(),
        Intent::RestartAll => now
            .nodes
            .iter()
            .filter(|node| !node.alive)
            .map(|node| Command::Cluster(Action::Restart { node: node.id }))
            .collect(),
        // A few bytes of the current write reach the disk, as in a real power failure.
        Intent::PowerCut => {
            vec![Command::Cluster(Action::PowerCut { torn_bytes: TORN_BYTES, sectors: None })]
        }
        Intent::Kill(node) => vec![kill(node)],
        Intent::Restart(node) => vec![Command::Cluster(Action::Restart { node })],
        Intent::Freeze(node) => {
            let paused = now.nodes.iter().any(|facts| facts.id == node && facts.paused);
            vec![if paused {
                Command::Cluster(Action::Resume { node })
            } else {
                Command::Cluster(Action::Pause { node })
            }]
        }
        Intent::Link(a, b) => vec![link(a, b, is_cut(now, a, b))],
        Intent::Isolate(node) => {
            let others: Vec<NodeId> =
                now.nodes.iter().map(|facts| facts.id).filter(|id| *id != node).collect();
            let all_cut = others.iter().all(|other| is_cut(now, node, *other));
            others
                .into_iter()
                .filter(|other| is_cut(now, node, *other) == all_cut)
                .map(|other| link(node.min(other), node.max(other), all_cut))
                .collect()
        }
        Intent::Client(on) => vec![Command::Cluster(Action::Client { on })],
        Intent::Wipe(node) => vec![Command::Cluster(Action::Wipe { node })],
        Intent::Damage(node) => {
            vec![Command::Cluster(Action::Disk { node, fault: DiskFault::BitFlip, at: 500 })]
        }
        Intent::Transfer(to) => vec![Command::Cluster(Action::Transfer { to })],
        Intent::Campaign(node) => vec![Command::Cluster(Action::Campaign { node })],
        Intent::Weather(loss, duplicate, reorder) => {
            vec![Command::Cluster(Action::Weather(Weather { loss, duplicate, reorder }))]
        }
        Intent::Rule(name, on) => vec![Command::Cluster(Action::Rule { name, on })],
        Intent::RulesOn => {
            let off = now.group.iter().flat_map(|group| &group.rules_off);
            off.filter_map(|name| Rule::parse(name))
                .map(|name| Command::Cluster(Action::Rule { name, on: true }))
                .collect()
        }
        Intent::Flush => vec![Command::Engine(EngineCommand::Flush { collection: default_collection() })],
        Intent::DeleteHundred => {
            vec![Command::Engine(EngineCommand::Delete {
                collection: default_collection(),
                filter: "id < 100".to_owned(),
            })]
        }
        Intent::Compact => vec![Command::Engine(EngineCommand::Compact {
            collection: default_collection(),
            deleted_percent: default_deleted_percent(),
        })],
        Intent::Import => {
            let (import, _, rows) = import_at(now);
            vec![Command::Engine(EngineCommand::Import { rows, batch: asked(now).0, import })]
        }
        Intent::Disk(place) => {
            let settings = PRESETS.get(place).map(Preset::settings).into_iter().flatten();
            settings.map(|(name, value)| set(name, value)).collect()
        }
        Intent::BatchRows(rows) => vec![set("batch_rows", rows)],
        Intent::ImportRows(rows) => vec![set("import_rows", rows)],
        Intent::FlipBit => newest(now)
            .map(|(file, offset)| {
                Command::Engine(EngineCommand::Corrupt { file, offset, kind: Corruption::Bitflip })
            })
            .into_iter()
            .collect(),
        Intent::CrashAt(moment) => vec![Command::Engine(EngineCommand::CrashAt { moment })],
        Intent::RestartEngine => vec![Command::Cluster(Action::Restart { node: 1 })],
        Intent::Cluster(action) => worlds::commands(action, now),
        Intent::Region(action) => worlds::region_commands(action, now),
        Intent::Search
        | Intent::MeasureBatches
        | Intent::MeasureRecovery
        | Intent::MeasureDisks
        | Intent::StopMeasuring
        | Intent::Backup
        | Intent::PickBackup
        | Intent::Restore
        | Intent::DropBackup
        | Intent::QueryFirstTen
        | Intent::Prove
        | Intent::PullPlug
        | Intent::Reopen
        | Intent::TakeOver
        | Intent::AskErase
        | Intent::Erase
        | Intent::FoldRules
        | Intent::PickRule(_)
        | Intent::ScheduleSearch(_)
        | Intent::StopScheduleSearch
        | Intent::Replay
        | Intent::ShowInvariants
        | Intent::Keep(_) => Vec::new(),
    }
}

fn set(name: &str, value: u64) -> Command {
    Command::Control(Control::Set { name: name.to_owned(), value })
}

fn link(from: NodeId, to: NodeId, heal: bool) -> Command {
    if heal {
        Command::Cluster(Action::HealLink { from: Some(from), to: Some(to) })
    } else {
        Command::Cluster(Action::Cut { from, to, one_way: false })
    }
}

/// Executes an action's commands one after the other; a refusal is returned as a sentence.
pub(crate) async fn run(session: &Session, intent: Intent, lang: Lang) -> Result<(), String> {
    let now: Rc<Snapshot> = session.moment().unwrap_or_default();
    let all = commands(intent, &now);
    // A slow disk depends on the clock, and the clock may be stopped.
    if matches!(
        intent,
        Intent::Insert(_) | Intent::Import | Intent::Flush | Intent::DeleteHundred | Intent::Compact
    ) {
        session.pace(Pace::Play);
    }
    if all.is_empty() {
        match intent {
            Intent::KillLeader => return Err(lang.t("no-leader")),
            Intent::RestartAll => return Err(lang.t("none-down")),
            _ => {}
        }
    }
    for command in all {
        match session.execute(command).await {
            Answer::Refused { code, .. } if code == "power_cut" || code == "unplugged" => {
                return Err(lang.t("notice-power-cut"));
            }
            Answer::Refused { code, .. } if code == "not_in_this_lesson" => {
                return Err(lang.t("co-not-allowed"));
            }
            Answer::Refused { code, error, .. } => {
                let error = refused(lang, &code, &error);
                return Err(lang.f("notice-refused", &[("error", error.into())]));
            }
            // Nothing happened, so no event reports it.
            Answer::Written { lsn: 0, .. } if intent == Intent::Compact => {
                return Err(lang.t("notice-compact"));
            }
            Answer::Written { count: 0, .. } if intent == Intent::DeleteHundred => {
                return Err(lang.t("notice-delete"));
            }
            _ => {}
        }
    }
    Ok(())
}
