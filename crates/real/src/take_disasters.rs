//! The part of a kit that is about two regions: the plan, the backups, the restore, and the rehearsals.
//!
//! Guarantees: what the drill sets, and what was set besides, is in the files; the schedule has the drills as often as
//! course note 4 asks for the class that these settings reach. Leaves out: the disaster itself, and the program that
//! ships rows from region to region; both are listed.

use crate::take_file::{File, file};
use crate::take_texts as texts;
use quorum_drill::disasters::{Disaster, Strike};
use quorum_drill::dr_settings::{self, TERMS};
use quorum_facade::Setting;
use quorum_facade::regions::advice::{self, CLASSES};
use quorum_facade::regions::config::{DrConfig, Words};
use quorum_facade::regions::{Runbook, Settings};
use quorum_types::{Micros, Refusal, SECOND};

/// A drill of a disaster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The drill.
    pub drill: Disaster,
    /// Its runbook.
    pub runbook: Runbook,
}

/// The plan of a scenario and the settings of its regions: those of the drill, and after them those that are asked for.
/// Of several drills the first counts, and what the others set is listed.
pub(crate) fn plan(
    drills: &[Disaster],
    set: &[(String, u64)],
    left_out: &mut Vec<String>,
) -> Result<(Option<Plan>, Settings), Refusal> {
    let is_term = |name: &str| TERMS.iter().any(|term| term.name == name);
    let (terms, set): (Vec<_>, Vec<_>) = set.iter().cloned().partition(|(name, _)| is_term(name));
    for (name, value) in &terms {
        Setting::check(&TERMS, name, *value)?;
        left_out.push(format!("{name} = {value}: a term of the drill; no file of this kit contains it"));
    }
    let Some((drill, others)) = drills.split_first() else { return Ok((None, Settings::default())) };
    let settings = dr_settings::world(drill, &set)?;
    left_out.push(disaster(drill, &terms));
    for other in others {
        let set: String = other.set.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        left_out.push(format!(
            "{}, with{}: this kit is that of {}; quorum-lab export {} makes its own",
            other.name,
            if set.is_empty() { " the defaults".to_owned() } else { set },
            drill.name,
            other.name
        ));
    }
    // As in the drill: the setting counts if it was asked for.
    let runbook = match settings.runbook {
        chosen @ 1.. if set.iter().any(|(name, _)| name == "runbook") => Runbook::of_setting(chosen),
        _ => Runbook::parse(drill.runbook)?,
    };
    Ok((Some(Plan { drill: *drill, runbook }), settings))
}

/// What strikes, in words: no manifest does it.
fn disaster(drill: &Disaster, terms: &[(String, u64)]) -> String {
    let term = |word: &str| terms.iter().rev().find(|(name, _)| name == word).map(|(_, value)| *value);
    let asked = term("disaster");
    let prepared = match term("surprise").unwrap_or(drill.surprise) {
        0 => String::new(),
        number => {
            let kinds = TERMS.iter().find(|term| term.name == "surprise").map_or("", |term| term.unit);
            format!("; prepared is surprise = {number} ({kinds})")
        }
    };
    let what = match drill.strike {
        Strike::Disaster(kind) => match asked.unwrap_or(kind) {
            1 => "the primary's region loses its power",
            2 => "the primary's region is gone with all it held",
            3 => "the primary's region is cut off and lives on",
            _ => "the primary's region loses its power, is gone, or is cut off, as the seed says",
        },
        Strike::Forced => "the primary's region loses its power, and the operator forces the switch at once",
        Strike::Planned => "nothing strikes: the operator makes a planned switch",
    };
    let slow = drill.slow_link.map_or_else(String::new, |(before_us, kb_s)| {
        format!(
            "; {} min before, the link between the regions becomes slow ({kb_s} KB/s)",
            minutes(before_us)
        )
    });
    format!(
        "{}: {what}, {} h after the start or later{slow}{prepared}: no manifest does that; do it by hand, and follow runbook.txt",
        drill.name,
        drill.from_us / (3_600 * SECOND)
    )
}

fn minutes(us: Micros) -> u64 {
    us / (60 * SECOND)
}

/// The files; what none of them does is added to `left_out`.
pub(crate) fn files(
    name: &str,
    settings: &Settings,
    plan: Option<&Plan>,
    left_out: &mut Vec<String>,
) -> Vec<File> {
    let words = Words::default();
    let commands = advice::commands(&words, settings);
    let config = DrConfig::of(&words, settings).text();
    let standby = host_of_standby(&config);
    let runbook = plan.map_or_else(|| Runbook::of_setting(settings.runbook), |plan| plan.runbook.clone());
    let rto_us = advice::sum(&advice::switch_time(settings, &runbook));
    let rpo_us = advice::worst_loss(settings).map(|parts| advice::sum(&parts));
    let (class, _, _, months) = CLASSES[advice::class(rto_us, rpo_us)];
    if plan.is_some() && settings.standby > 0 && settings.sync_mode > 0 {
        let how = match settings.sync_mode {
            1 => "in real time: set up Milvus CDC between the clusters".to_owned(),
            2 => format!("every {} s", settings.near_interval_s),
            _ => format!("every {} h", settings.sync_interval_h),
        };
        left_out.push(format!(
            "sync_mode = {}: rows are shipped {how}; no file of this kit does it",
            settings.sync_mode
        ));
    }
    let mut files = vec![
        file("dr_config.yaml", texts::dr_config_head(name) + &config),
        file("backup.yaml", texts::backup_config(name, "the primary's cluster", "milvus")),
        file("backup-dr.yaml", texts::backup_config(name, "the standby's cluster, for restores", &standby)),
        file("backup.sh", texts::backup_script(name, &commands)),
        file("drill.sh", texts::drill_script(name)),
        file("crontab", texts::crontab(name, &commands, class, months)),
    ];
    files.extend(plan.map(|plan| file("runbook.txt", texts::runbook(name, &plan.runbook))));
    files
}

/// The standby's host, as the plan has it.
fn host_of_standby(config: &str) -> String {
    let mut of_standby = config.lines().skip_while(|line| *line != "dr:");
    let host = of_standby.find_map(|line| line.strip_prefix("  host: "));
    host.unwrap_or("milvus").to_owned()
}
