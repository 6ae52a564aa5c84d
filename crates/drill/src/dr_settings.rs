//! The settings of a disaster drill besides those of its world: its targets, the disaster, and the hidden surprises.
//!
//! Guarantees: a drill's own targets apply unless others are given; every default has its source. Leaves out: the
//! world's settings (`regions`), and the drills (`disasters`).

use super::disasters::{Disaster, Kind, RANDOM_SURPRISE, Strike};
use super::targets::Targets;
use quorum_facade::Setting;
use quorum_facade::regions::settings::Settings;
use quorum_types::Refusal;

const CLASSES: &str =
    "course note 4: a critical business bears less than 1 h; each drill has its own; 0 for no target";

/// The settings of a disaster drill itself.
pub const TERMS: [Setting; 6] = [
    term("rto_target_ms", "ms", 3_600_000, 2_592_000_000, CLASSES),
    term("rpo_target_ms", "ms", 3_600_000, 2_592_000_000, CLASSES),
    term(
        "surprise",
        "0 none, 1 damaged backup, 2 half a backup, 3 wrong step, 4 slow restore, 5 missing collection, 6 nobody on \
         call, 7 by the seed",
        0,
        RANDOM_SURPRISE,
        "course note 4: why drills matter",
    ),
    term(
        "disaster",
        "0 by the seed, 1 power, 2 wiped, 3 isolated",
        0,
        Kind::ALL.len() as u64,
        "course note 4: earthquake, fire, loss of power; cut off is ours",
    ),
    term("failed_target", "requests", 0, 1_000_000_000, "model: no target; failed requests have to be fewer"),
    term(
        "success_target_permille",
        "‰",
        0,
        1_000,
        "model: no target; the answered share of requests, in thousandths",
    ),
];

const fn term(
    name: &'static str,
    unit: &'static str,
    default: u64,
    max: u64,
    source: &'static str,
) -> Setting {
    Setting { name, unit, default, min: 0, max, source }
}

/// What was asked, in the order of [`TERMS`]; none where nothing was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Terms([Option<u64>; TERMS.len()]);

impl Terms {
    /// The terms among settings, and the others.
    pub(crate) fn split(set: &[(String, u64)]) -> Result<(Self, Vec<(String, u64)>), Refusal> {
        let mut terms = Self::default();
        let mut others = Vec::new();
        for (name, value) in set {
            let Some(at) = TERMS.iter().position(|term| term.name == name) else {
                others.push((name.clone(), *value));
                continue;
            };
            Setting::check(&TERMS, name, *value)?;
            terms.0[at] = Some(*value);
        }
        Ok((terms, others))
    }

    /// The terms as they hold for a drill, in the order of [`TERMS`].
    pub(crate) fn values(&self, drill: &Disaster) -> [u64; TERMS.len()] {
        let kind = match drill.strike {
            Strike::Disaster(kind) => kind,
            Strike::Forced | Strike::Planned => 0,
        };
        let own = [drill.rto_ms, drill.rpo_ms, drill.surprise, kind, 0, 0];
        core::array::from_fn(|at| self.0[at].unwrap_or(own[at]))
    }

    /// What a drill has to reach.
    pub(crate) fn targets(&self, drill: &Disaster) -> Targets {
        let [rto_ms, rpo_ms, _, _, failed, success_permille] = self.values(drill);
        Targets { rto_ms, rpo_ms, failed, success_permille, lossless: drill.lossless, ..Targets::default() }
    }
}

/// The world's settings of a drill: its own, and after them those that are asked for.
pub fn world(drill: &Disaster, set: &[(String, u64)]) -> Result<Settings, Refusal> {
    let mut settings = Settings::default();
    for (name, value) in drill.set {
        settings.set(name, *value)?;
    }
    for (name, value) in set {
        settings.set(name, *value)?;
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disasters::{DISASTERS, drills};

    fn named(set: &[(&str, u64)]) -> Vec<(String, u64)> {
        set.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
    }

    #[test]
    fn a_drills_own_terms_hold_until_others_are_asked_for() {
        for term in &TERMS {
            assert!(!term.source.is_empty() && term.default <= term.max, "{}", term.name);
        }
        let (none, rest) = Terms::split(&named(&[("rows_each", 7)])).expect("taken");
        assert_eq!(rest, named(&[("rows_each", 7)]));
        for drill in &DISASTERS {
            let targets = none.targets(drill);
            assert_eq!((targets.rto_ms, targets.rpo_ms), (drill.rto_ms, drill.rpo_ms));
            assert_eq!(none.values(drill)[2], drill.surprise);
        }
        let (asked, _) =
            Terms::split(&named(&[("surprise", 3), ("rpo_target_ms", 5), ("surprise", 4)])).expect("taken");
        let drill = &drills("dr-drill").expect("a drill")[0];
        assert_eq!(asked.values(drill), [3_600_000, 5, 4, 0, 0, 0]);
        let refused = Terms::split(&named(&[("disaster", 4)])).map_err(|refusal| refusal.code);
        assert_eq!(refused, Err("bad_setting".to_owned()));
    }

    #[test]
    fn what_is_asked_of_the_world_counts_before_the_drills_own() {
        let drill = &drills("dr-backup-course").expect("a drill")[0];
        let settings = world(drill, &named(&[("index_mb_s", 5)])).expect("taken");
        assert_eq!((settings.sync_mode, settings.index_mb_s, settings.backup_every_h), (0, 5, 24));
        assert!(world(drill, &named(&[("frogs", 1)])).is_err());
    }
}
