//! The disaster drills of course notes 4 and 5: the settings of two regions, the disaster, and its time.
//!
//! A drill is data: settings (the user's settings override them), a runbook, preparations, the disaster and its time
//! window (the seed picks the moment, and the kind if the drill leaves it open), how long the drill is observed, and
//! its targets. Guarantees: with the same seed, the moment and the kind are the same in all drills with the same time
//! window, so a planned and a forced switch can be compared. Leaves out: playing them (`region`).

use quorum_facade::regions::settings::NOTE_WORLD;
use quorum_facade::regions::{Action, Surprise};
use quorum_types::{Micros, Rng, SECOND};

const MINUTE: Micros = 60 * SECOND;
const HOUR: Micros = 60 * MINUTE;
const DAY: Micros = 24 * HOUR;

/// The drill that is played by the learner's own runbook.
pub const RUNBOOK: &str = "dr-runbook";
/// The drill in six steps.
pub const DRILL: &str = "dr-drill";
/// The drill of course note 5: its own five steps.
pub(crate) const NOTE_DRILL: &str = "dr-note-drill";
/// The scenario whose runs are one of each drill.
pub const ALL: &str = "dr-all";

/// A drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disaster {
    /// Its name.
    pub name: &'static str,
    /// What the regions are set to, before what is asked for.
    pub set: &'static [(&'static str, u64)],
    /// The runbook, by name or as it is written.
    pub runbook: &'static str,
    /// What strikes.
    pub strike: Strike,
    /// What is prepared where nothing else is asked for, as the setting says it.
    pub surprise: u64,
    /// When it strikes, at the earliest.
    pub from_us: Micros,
    /// The seed adds up to so much.
    pub(crate) spread_us: Micros,
    /// How long it is watched after that.
    pub(crate) watched_us: Micros,
    /// A link that gets slow beforehand: how long before, and what it carries then, in kilobytes a second.
    pub slow_link: Option<(Micros, u64)>,
    /// What is looked at before anything strikes: how long before, and the steps.
    pub before: Option<(Micros, &'static str)>,
    /// The RTO has to be below this, in milliseconds.
    pub rto_ms: u64,
    /// The RPO has to be below this, in milliseconds.
    pub rpo_ms: u64,
    /// Whether nothing at all may be lost.
    pub(crate) lossless: bool,
}

/// What strikes the primary's region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strike {
    /// A disaster; which, says the setting `disaster`, whose default this is.
    Disaster(u64),
    /// It loses its power, and the operator knows at once and forces the switch.
    Forced,
    /// Nothing: the operator makes a planned switch.
    Planned,
}

/// A kind of disaster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The region loses its power.
    Power,
    /// The region is gone with all it held.
    Wiped,
    /// The region is cut off and lives on.
    Isolated,
}

impl Kind {
    /// All of them, as the setting `disaster` counts them from 1.
    pub const ALL: [Self; 3] = [Self::Power, Self::Wiped, Self::Isolated];

    /// What the setting says, or what the seed says where it says 0.
    pub fn of(setting: u64, rng: &mut Rng) -> Self {
        // The seed's number is drawn in any case, so that what is drawn after it stays the same.
        let drawn = rng.below(Self::ALL.len() as u64);
        let at = setting.checked_sub(1).unwrap_or(drawn);
        Self::ALL.get(at as usize).copied().unwrap_or(Self::Wiped)
    }

    /// The action, done to a region.
    pub fn action(self, region: usize) -> Action {
        match self {
            Self::Power => Action::Lose { region, wiped: false },
            Self::Wiped => Action::Lose { region, wiped: true },
            Self::Isolated => Action::Isolate { region },
        }
    }
}

/// The setting `surprise` that leaves it to the seed: none in every other run, else any of them.
pub(crate) const RANDOM_SURPRISE: u64 = Surprise::ALL.len() as u64 + 1;

/// The surprise that the setting means, or the seed.
pub(crate) fn surprise_of(setting: u64, rng: &mut Rng) -> Option<Surprise> {
    let drawn = rng.below(2 * Surprise::ALL.len() as u64);
    let at = if setting == RANDOM_SURPRISE {
        drawn.checked_sub(Surprise::ALL.len() as u64)
    } else {
        setting.checked_sub(1)
    };
    at.and_then(|at| Surprise::ALL.get(at as usize)).copied()
}

/// Course note 4's runbook with the backups tried one after the other.
const RESTORE_GOOD: &str = "page\ndecide\nstart standby\nrestore good\nrebuild\nfence\n\
     verify count\npromote\ndns\nwait ttl\ncheck service\nannounce";
/// A standby that follows takes over: nothing is restored.
const TAKE_OVER: &str = "page\nstart standby\nfence\npromote\ndns\nwait ttl\ncheck service\nannounce";
/// Course note 5's five steps, and the one that a standby which refuses writes needs besides.
const COURSE_AND_PROMOTE: &str =
    "check standby\nverify count\npromote\ndns\nwait ttl\ncheck service\nannounce";

/// Course note 4: disaster recovery has an RTO of 1 to 4 hours and an RPO of 1 to 24.
const HOURS: Disaster = Disaster {
    name: "",
    set: &[],
    runbook: "careful",
    strike: Strike::Disaster(0),
    surprise: 0,
    from_us: 2 * DAY + 15 * HOUR,
    spread_us: MINUTE,
    watched_us: 6 * HOUR,
    slow_link: None,
    before: None,
    rto_ms: 4 * 3_600_000,
    rpo_ms: 24 * 3_600_000,
    lossless: false,
};

/// Only backups; as the course reckons: no index to build, no name to wait for.
const COURSE_BACKUP: Disaster = Disaster {
    name: "dr-backup-course",
    set: &[("sync_mode", 0), ("index_mb_s", 0), ("dns_ttl_s", 0), ("dns_update_s", 0)],
    runbook: "restore",
    strike: Strike::Disaster(2),
    ..HOURS
};

/// What is played twice from one moment: real-time shipping over a link that has become slow.
const SWITCH: Disaster = Disaster {
    set: &[("auto_switch", 0), ("write_interval_ms", 5_000), ("read_interval_ms", 20_000)],
    from_us: 9 * HOUR,
    spread_us: HOUR,
    watched_us: 2 * HOUR,
    slow_link: Some((5 * MINUTE, 2)),
    rto_ms: 3_600_000,
    rpo_ms: 3_600_000,
    ..HOURS
};

/// Step 4 and 5 of course note 5's drill: its switch in five steps, the alert, and the service asked once more.
const NOTE_SWITCH: &str =
    "check standby\nverify count\ndns\nwait minute\ncheck service\nannounce\ncheck service";

/// A class of loss of course note 4, by how often backups are made.
const RPO_CLASS: Disaster = Disaster {
    runbook: "restore",
    strike: Strike::Disaster(2),
    from_us: DAY + 2 * HOUR,
    spread_us: DAY,
    ..HOURS
};

/// The drills, in the order in which `dr-all` plays its own.
pub const DISASTERS: [Disaster; 18] = [
    COURSE_BACKUP,
    Disaster { name: "dr-backup-truth", set: &[("sync_mode", 0)], ..COURSE_BACKUP },
    Disaster {
        name: "dr-backup-damaged",
        set: &[("sync_mode", 0)],
        runbook: RESTORE_GOOD,
        surprise: 1,
        ..COURSE_BACKUP
    },
    Disaster {
        name: "dr-replication-real-time",
        set: &[("sync_mode", 1)],
        runbook: TAKE_OVER,
        from_us: 26 * HOUR,
        spread_us: 12 * HOUR,
        rto_ms: 15 * 60_000,
        rpo_ms: 60_000,
        ..HOURS
    },
    Disaster {
        name: "dr-replication-near",
        set: &[("sync_mode", 2), ("standby", 1)],
        runbook: TAKE_OVER,
        from_us: 26 * HOUR,
        spread_us: 12 * HOUR,
        rto_ms: 30 * 60_000,
        rpo_ms: 15 * 60_000,
        ..HOURS
    },
    Disaster {
        name: "dr-replication-periodic",
        set: &[("sync_mode", 3), ("standby", 1), ("warm_s", 3_600), ("sync_interval_h", 6)],
        runbook: TAKE_OVER,
        from_us: 26 * HOUR,
        spread_us: 12 * HOUR,
        ..HOURS
    },
    Disaster {
        name: "dr-replication-counts",
        set: &[("sync_mode", 4)],
        runbook: TAKE_OVER,
        from_us: 26 * HOUR,
        spread_us: 12 * HOUR,
        ..HOURS
    },
    Disaster {
        name: "dr-switchover",
        strike: Strike::Planned,
        runbook: "switchover",
        lossless: true,
        ..SWITCH
    },
    Disaster { name: "dr-failover", strike: Strike::Forced, runbook: "forced", ..SWITCH },
    Disaster {
        name: DRILL,
        set: &[("sync_mode", 0), ("backup_every_h", 1), ("data_gb", 40)],
        runbook: "restore",
        from_us: 14 * HOUR + 15 * MINUTE,
        spread_us: 35 * MINUTE,
        watched_us: 12 * HOUR,
        rto_ms: 3_600_000,
        rpo_ms: 3_600_000,
        ..HOURS
    },
    Disaster {
        name: "dr-knowledge-base",
        set: &[("sync_mode", 4)],
        runbook: COURSE_AND_PROMOTE,
        strike: Strike::Disaster(2),
        from_us: DAY + 8 * HOUR,
        spread_us: 12 * HOUR,
        rto_ms: 3_600_000,
        rpo_ms: 3_600_000,
        ..HOURS
    },
    Disaster {
        name: RUNBOOK,
        surprise: RANDOM_SURPRISE,
        from_us: 4 * HOUR,
        spread_us: 8 * HOUR,
        watched_us: 12 * HOUR,
        rto_ms: 3_600_000,
        rpo_ms: 3_600_000,
        ..HOURS
    },
    Disaster { name: "dr-month", from_us: 28 * DAY, spread_us: DAY, watched_us: DAY, ..HOURS },
    Disaster {
        name: NOTE_DRILL,
        set: &NOTE_WORLD,
        runbook: NOTE_SWITCH,
        strike: Strike::Forced,
        before: Some((2 * HOUR, "verify backup\ncheck standby")),
        from_us: DAY + 8 * HOUR,
        spread_us: 12 * HOUR,
        watched_us: 2 * HOUR,
        rto_ms: 3_600_000,
        rpo_ms: 3_600_000,
        ..HOURS
    },
    Disaster {
        name: "dr-rpo-zero",
        set: &[("sync_mode", 1)],
        runbook: TAKE_OVER,
        rpo_ms: 0,
        lossless: true,
        ..RPO_CLASS
    },
    Disaster {
        name: "dr-rpo-hour",
        set: &[("sync_mode", 0), ("backup_every_h", 1)],
        rpo_ms: 3_600_000,
        ..RPO_CLASS
    },
    Disaster { name: "dr-rpo-day", set: &[("sync_mode", 0)], ..RPO_CLASS },
    Disaster {
        name: "dr-rpo-week",
        set: &[("sync_mode", 0), ("backup_every_h", 168)],
        from_us: 8 * DAY,
        spread_us: 7 * DAY,
        rpo_ms: 0,
        ..RPO_CLASS
    },
];

/// Scenarios that play several drills, and which: from, to (not included).
const SEVERAL: [(&str, usize, usize); 4] =
    [("dr-backup", 0, 3), ("dr-replication", 3, 7), (ALL, 0, 11), ("dr-rpo-classes", 14, 18)];

/// The scenarios, as they are listed.
pub const SCENARIOS: [&str; 22] = [
    SEVERAL[0].0,
    DISASTERS[0].name,
    DISASTERS[1].name,
    DISASTERS[2].name,
    SEVERAL[1].0,
    DISASTERS[3].name,
    DISASTERS[4].name,
    DISASTERS[5].name,
    DISASTERS[6].name,
    DISASTERS[7].name,
    DISASTERS[8].name,
    DISASTERS[9].name,
    DISASTERS[10].name,
    DISASTERS[11].name,
    DISASTERS[12].name,
    DISASTERS[13].name,
    SEVERAL[3].0,
    DISASTERS[14].name,
    DISASTERS[15].name,
    DISASTERS[16].name,
    DISASTERS[17].name,
    SEVERAL[2].0,
];

/// The drills that a scenario plays in two regions; none for a scenario that is not played there.
pub fn drills(scenario: &str) -> Option<&'static [Disaster]> {
    if let Some((_, from, to)) = SEVERAL.iter().find(|(name, _, _)| *name == scenario) {
        return DISASTERS.get(*from..*to);
    }
    let at = DISASTERS.iter().position(|drill| drill.name == scenario)?;
    DISASTERS.get(at..=at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorum_facade::regions::{Runbook, Settings};

    #[test]
    fn every_drill_is_one_that_can_be_played() {
        for scenario in SCENARIOS {
            assert!(drills(scenario).is_some_and(|drills| !drills.is_empty()), "{scenario}");
        }
        assert_eq!(drills("dr-none"), None);
        for drill in DISASTERS {
            assert!(SCENARIOS.contains(&drill.name), "{}", drill.name);
            let mut settings = Settings::default();
            for (name, value) in drill.set {
                assert_eq!(settings.set(name, *value), Ok(()), "{}: {name}", drill.name);
            }
            assert!(Runbook::parse(drill.runbook).is_ok(), "{}", drill.name);
            assert!(drill.surprise <= RANDOM_SURPRISE && drill.from_us > 0, "{}", drill.name);
            assert!(drill.slow_link.is_none_or(|(before_us, _)| before_us < drill.from_us), "{}", drill.name);
            let before =
                drill.before.is_none_or(|(us, steps)| us < drill.from_us && Runbook::parse(steps).is_ok());
            assert!(before && (drill.before.is_none() || drill.slow_link.is_none()), "{}", drill.name);
        }
    }

    #[test]
    fn what_is_left_to_the_seed_comes_in_every_kind_and_what_is_asked_for_is_done() {
        let (mut kinds, mut surprises) = ([0; 3], [0; 7]);
        for seed in 0..200 {
            let mut rng = Rng::new(seed, 0);
            let kind = Kind::of(0, &mut rng);
            kinds[Kind::ALL.iter().position(|known| *known == kind).unwrap_or(0)] += 1;
            let surprise = surprise_of(RANDOM_SURPRISE, &mut rng);
            let at = Surprise::ALL.iter().position(|known| Some(*known) == surprise);
            surprises[at.map_or(0, |at| at + 1)] += 1;
        }
        assert!(kinds.iter().all(|count| *count > 40), "{kinds:?}");
        assert!(surprises[0] > 70 && surprises.iter().all(|count| *count > 5), "{surprises:?}");
        let mut rng = Rng::new(1, 0);
        for (setting, kind) in (1..).zip(Kind::ALL) {
            assert_eq!(Kind::of(setting, &mut rng), kind);
        }
        for (setting, surprise) in (1..).zip(Surprise::ALL) {
            assert_eq!(surprise_of(setting, &mut rng), Some(surprise));
        }
        assert_eq!(surprise_of(0, &mut rng), None);
    }
}
