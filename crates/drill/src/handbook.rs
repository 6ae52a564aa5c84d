//! Tables and commands of course notes 4 and 5, each next to the result for the current settings: business classes and
//! their drill intervals, loss classes and their backup intervals, three layers of cost, cron lines and tool commands,
//! and what the note's cleanup leaves.
//!
//! Guarantees: figures from the note are marked as such; every figure next to them is computed from named settings or
//! measured in a drill ([`SCENARIOS`] says in which). Page and command line show the same sheets. Leaves out:
//! arithmetic (`regions::advice`), playing.

use serde::Serialize;

use super::disasters;
use super::dr_settings;
use super::i18n_terms::{span, sum_in_full, yuan};
use quorum_facade::regions::advice::{self, CLASSES, LOSSES, Part};
use quorum_facade::regions::config::Words;
use quorum_facade::regions::cost::{forecast, standby_nodes_permille};
use quorum_facade::regions::replicator::Round;
use quorum_facade::regions::runbook::Step;
use quorum_facade::regions::{Runbook, Settings};
use quorum_i18n::{Lang, grouped};
use quorum_types::{Micros, SECOND};

/// The drills that play the classes of loss, in the order of [`LOSSES`].
pub const SCENARIOS: [&str; 4] = ["dr-rpo-zero", "dr-rpo-hour", "dr-rpo-day", "dr-rpo-week"];
/// The drills that are the three layers of cost, and the note's mode that each is.
const LAYERS: [(&str, u64); 3] =
    [("dr-replication-real-time", 1), ("dr-replication-near", 2), ("dr-replication-periodic", 3)];
/// The days around which the note's cleanup goes wrong, counted from 1: 30 January to 1 February, 1 to 3 March.
const CLEANUP_DAYS: [u64; 7] = [29, 30, 31, 32, 60, 61, 62];

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sheet {
    /// Its word.
    pub id: &'static str,
    /// What stands above it.
    pub title: String,
    /// The columns.
    pub head: Vec<String>,
    /// The rows; a cell a column.
    pub rows: Vec<Vec<String>>,
    /// What has to be said of it: assumptions, sums, sources.
    pub notes: Vec<String>,
}

/// All of it for some settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Handbook {
    /// How long a switch takes by the runbook, from the disaster on, in seconds.
    pub rto_s: f64,
    /// Its parts, in seconds.
    pub(crate) rto_parts: Vec<(&'static str, f64)>,
    /// What may be lost at worst, in seconds; none where nothing is ever copied.
    pub(crate) worst_rpo_s: Option<f64>,
    /// Its parts, in seconds.
    pub(crate) rpo_parts: Vec<(&'static str, f64)>,
    /// The strictest class of business that both are good enough for.
    pub class: &'static str,
    /// What a month costs, in fen.
    pub(crate) month_fen: u64,
    /// The tables.
    pub sheets: Vec<Sheet>,
}

fn seconds(us: Micros) -> f64 {
    us as f64 / 1e6
}

/// The handbook for some settings, a runbook and the names of a configuration.
pub fn handbook(lang: Lang, words: &Words, settings: &Settings, runbook: &Runbook) -> Handbook {
    let switch = advice::switch_time(settings, runbook);
    let loss = advice::worst_loss(settings);
    let rto_us = advice::sum(&switch);
    let rpo_us = loss.as_deref().map(advice::sum);
    let class = advice::class(rto_us, rpo_us);
    let parts = |parts: &[Part]| parts.iter().map(|(word, us)| (*word, seconds(*us))).collect();
    Handbook {
        rto_s: seconds(rto_us),
        rto_parts: parts(&switch),
        worst_rpo_s: rpo_us.map(seconds),
        rpo_parts: parts(loss.as_deref().unwrap_or_default()),
        class: CLASSES[class].0,
        month_fen: forecast(settings).month,
        sheets: vec![
            classes(lang, settings, (&switch, loss.as_deref(), class)),
            losses(lang, settings),
            layers(lang),
            commands(lang, words, settings),
            cleanup(lang, settings),
        ],
    }
}

fn heads(lang: Lang, keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| lang.f(key, &[])).collect()
}

/// A sum in words, and its total: its parts with their lengths.
fn in_words(lang: Lang, parts: &[Part]) -> (String, String) {
    let one = |(word, us): &Part| {
        let step = Step::of(word).map(|step| format!("rg-step-{}", step.word().replace(' ', "-")));
        (lang.f(&step.unwrap_or_else(|| format!("rg-hb-part-{word}")), &[]), *us)
    };
    sum_in_full(lang, &parts.iter().map(one).collect::<Vec<_>>())
}

/// Whether a figure keeps within a bound, in words.
fn verdict(lang: Lang, kept: bool) -> String {
    lang.t(if kept { "rg-met" } else { "rg-missed" })
}

type Sums<'a> = (&'a [Part], Option<&'a [Part]>, usize);

/// Classes of business: what each bears, how often it is drilled, and whether these settings are good enough.
fn classes(lang: Lang, settings: &Settings, (switch, loss, class): Sums<'_>) -> Sheet {
    let (rto_us, rpo_us) = (advice::sum(switch), loss.map(advice::sum));
    let row = |(word, rto_s, rpo_s, months): &(&str, Option<u64>, Option<u64>, Option<u64>)| {
        let keeps = |us: Option<Micros>, limit: &Option<u64>| {
            limit.is_none_or(|limit| us.is_some_and(|us| us < limit * SECOND))
        };
        let drilled = months.map_or_else(
            || lang.t("rg-hb-drill-none"),
            |months| {
                format!("{} · {}", lang.f(&format!("rg-hb-drill-{months}"), &[]), advice::drill_cron(months))
            },
        );
        vec![
            lang.f(&format!("rg-class-{word}"), &[]),
            lang.f(&format!("rg-hb-rto-{word}"), &[]),
            drilled,
            verdict(lang, keeps(Some(rto_us), rto_s)),
            verdict(lang, keeps(rpo_us, rpo_s)),
        ]
    };
    let (rto, rto_total) = in_words(lang, switch);
    let never = || (lang.t("rg-hb-never"), "∞".to_owned());
    let (rpo, rpo_total) = loss.map_or_else(never, |parts| in_words(lang, parts));
    let best = lang.f(&format!("rg-class-{}", CLASSES[class].0), &[]);
    let mut notes = vec![
        lang.f("rg-hb-rto-sum", &[("sum", rto.into()), ("total", rto_total.into())]),
        lang.f("rg-hb-rpo-sum", &[("sum", rpo.into()), ("total", rpo_total.into())]),
        lang.f("rg-hb-class-is", &[("class", best.into())]),
    ];
    if settings.sync_mode == 4 && settings.standby > 0 {
        notes.push(lang.t("rg-hb-counts-miss"));
    }
    notes.push(lang.t("rg-hb-classes-s"));
    Sheet {
        id: "classes",
        title: lang.t("rg-hb-classes"),
        head: heads(
            lang,
            &["rg-hb-class", "rg-hb-note-rto", "rg-hb-drilled", "rg-hb-here-rto", "rg-hb-here-rpo"],
        ),
        rows: CLASSES.iter().map(row).collect(),
        notes,
    }
}

/// Classes of loss: the note's frequency of backups for each, and the resulting number of copies.
fn losses(lang: Lang, settings: &Settings) -> Sheet {
    let row = |(at, (word, most_s, set)): (usize, &advice::Loss)| {
        let mut with = settings.clone();
        for (name, value) in *set {
            // The table's own values are within their bounds (tests).
            let _ = with.set(name, *value);
        }
        let parts = advice::worst_loss(&with).unwrap_or_default();
        let us = advice::sum(&parts);
        let (sum, total) = in_words(lang, &parts);
        // No data may be lost, but everything in flight when the power fails is lost.
        let kept = match most_s {
            None => true,
            Some(0) => us == 0,
            Some(most_s) => us < most_s * SECOND,
        };
        vec![
            lang.f(&format!("rg-hb-loss-{word}"), &[]),
            lang.f(&format!("rg-hb-often-{word}"), &[]),
            format!("{sum} = {total}"),
            verdict(lang, kept),
            SCENARIOS[at].to_owned(),
        ]
    };
    Sheet {
        id: "losses",
        title: lang.t("rg-hb-losses"),
        head: heads(lang, &["rg-hb-note-rpo", "rg-hb-often", "rg-hb-worst", "rg-hb-kept", "rg-hb-play"]),
        rows: LOSSES.iter().enumerate().map(row).collect(),
        notes: vec![lang.t("rg-hb-losses-s")],
    }
}

/// The note's three layers of cost, and what ours cost and why.
fn layers(lang: Lang) -> Sheet {
    let row = |(scenario, mode): &(&'static str, u64)| {
        let drill = disasters::drills(scenario).and_then(<[_]>::first);
        let settings = drill.and_then(|drill| dr_settings::world(drill, &[]).ok()).unwrap_or_default();
        let cost = forecast(&settings);
        let nodes = standby_nodes_permille(&settings, settings.standby == 2);
        let nodes = format!("{:.2}", nodes as f64 / 1e3);
        let loss = advice::worst_loss(&Settings { backup: 0, ..settings }).unwrap_or_default();
        vec![
            lang.f(&format!("rg-mode-{mode}"), &[]),
            lang.f(&format!("rg-band-rpo-{mode}"), &[]),
            lang.f(&format!("rg-band-cost-{mode}"), &[]),
            span(lang, advice::sum(&loss)),
            lang.f("rg-hb-nodes", &[("n", nodes.into()), ("price", yuan(cost.standby as f64).into())]),
            lang.f(
                "rg-hb-rest",
                &[
                    ("disks", yuan(cost.disks as f64).into()),
                    ("bucket", yuan(cost.bucket as f64).into()),
                    ("link", yuan(cost.link as f64).into()),
                ],
            ),
            yuan(cost.month as f64),
        ]
    };
    Sheet {
        id: "layers",
        title: lang.t("rg-hb-layers"),
        head: heads(
            lang,
            &[
                "rg-modes-mode",
                "rg-hb-note-rpo",
                "rg-hb-note-cost",
                "rg-hb-worst",
                "rg-cost-standby",
                "rg-hb-other",
                "rg-hb-month",
            ],
        ),
        rows: LAYERS.iter().map(row).collect(),
        notes: ["rg-hb-assume-1", "rg-hb-assume-2", "rg-hb-assume-3"].map(|key| lang.f(key, &[])).to_vec(),
    }
}

/// The commands, each with what it does.
fn commands(lang: Lang, words: &Words, settings: &Settings) -> Sheet {
    let list = advice::commands(words, settings);
    let row = |command: &advice::Command| {
        vec![lang.f(&format!("rg-hb-cmd-{}", command.what), &[]), command.text.clone()]
    };
    let mut notes: Vec<String> = Vec::new();
    if settings.backup == 1 && !advice::cron_is_exact(settings.backup_every_h) {
        notes.push(lang.f("rg-hb-cron-rounded", &[("hours", settings.backup_every_h.into())]));
    }
    notes.extend([lang.t("rg-hb-commands-s"), lang.t("rg-hb-flags")]);
    notes.extend(advice::TOOLS.map(|(_, source)| source.to_owned()));
    Sheet {
        id: "commands",
        title: lang.t("rg-hb-commands"),
        head: heads(lang, &["rg-hb-what", "rg-hb-command"]),
        rows: list.iter().map(row).collect(),
        notes,
    }
}

/// What the note's cleanup leaves on the days on which it goes wrong.
fn cleanup(lang: Lang, settings: &Settings) -> Sheet {
    let days = settings.retention_days;
    let shift = days.saturating_sub(30);
    let left = advice::note_cleanup(CLEANUP_DAYS[6] + shift, days);
    let row = |day: &u64| {
        let (kept, wanted) = left.get(*day as usize - 1).copied().unwrap_or_default();
        let (year, month, date) = advice::date_of(day - 1);
        let month_gone = day.checked_sub(days + 1).map(advice::month_of);
        let pattern =
            month_gone.map_or_else(|| "—".to_owned(), |(year, month)| format!("*{year}{month:02}*"));
        vec![format!("{year}-{month:02}-{date:02}"), pattern, kept.to_string(), wanted.to_string()]
    };
    Sheet {
        id: "cleanup",
        title: lang.t("rg-hb-cleanup"),
        head: heads(lang, &["rg-hb-date", "rg-hb-pattern", "rg-hb-left", "rg-hb-wanted"]),
        rows: CLEANUP_DAYS.iter().map(row).collect(),
        notes: ["rg-hb-cleanup-1", "rg-hb-cleanup-2", "rg-hb-cleanup-3"].map(|key| lang.f(key, &[])).to_vec(),
    }
}

/// The rounds of the note's replicator.
pub fn copies(lang: Lang, rounds: &[Round]) -> Sheet {
    let row = |round: &Round| {
        let counted = [
            round.round,
            round.primary,
            round.copied,
            round.standby,
            round.duplicates,
            round.ghosts,
            round.stale,
            round.skipped,
            round.repeated,
        ];
        let mut cells: Vec<String> = counted.map(grouped).to_vec();
        let sees = if round.counts_see { "rg-hb-would" } else { "rg-hb-would-not" };
        cells.push(lang.f(sees, &[]));
        cells
    };
    let mut notes: Vec<String> =
        ["rg-hb-copy-1", "rg-hb-copy-2", "rg-hb-copy-3"].map(|key| lang.f(key, &[])).to_vec();
    if rounds.iter().any(|round| round.refused.is_some()) {
        notes.insert(0, lang.t("rg-hb-copy-refused"));
    }
    Sheet {
        id: "copies",
        title: lang.t("rg-hb-copies"),
        head: heads(
            lang,
            &[
                "rg-hb-round",
                "rg-hb-primary",
                "rg-hb-copied",
                "rg-hb-standby",
                "rg-hb-duplicates",
                "rg-hb-ghosts",
                "rg-hb-stale",
                "rg-hb-skipped",
                "rg-hb-repeated",
                "rg-hb-counts-see",
            ],
        ),
        rows: rounds.iter().map(row).collect(),
        notes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(lang: Lang) -> Handbook {
        let careful = Runbook::built_in("careful").expect("built in");
        handbook(lang, &Words::default(), &Settings::default(), &careful)
    }

    #[test]
    fn every_sheet_is_whole_in_both_languages() {
        for lang in [Lang::Zh, Lang::En] {
            let book = book(lang);
            assert_eq!(book.sheets.len(), 5);
            for sheet in &book.sheets {
                assert!(!sheet.rows.is_empty() && !sheet.notes.is_empty(), "{}", sheet.id);
                assert!(sheet.rows.iter().all(|row| row.len() == sheet.head.len()), "{}", sheet.id);
                let texts = sheet.rows.iter().flatten().chain(&sheet.head).chain(&sheet.notes);
                for text in texts.chain([&sheet.title]) {
                    assert!(!text.is_empty() && !text.contains("rg-"), "{}: {text}", sheet.id);
                }
            }
        }
    }

    #[test]
    fn the_figures_are_sums_of_their_parts() {
        let book = book(Lang::En);
        assert_eq!(book.rto_parts.iter().map(|(_, s)| s).sum::<f64>(), book.rto_s);
        assert_eq!(book.rto_s, 965.0);
        assert_eq!((book.class, book.worst_rpo_s), ("critical", Some(0.03)));
        assert_eq!(book.month_fen, forecast(&Settings::default()).month);
        let sheet = |id: &str| book.sheets.iter().find(|sheet| sheet.id == id).expect("a sheet");
        let costs: Vec<&str> = sheet("layers").rows.iter().map(|row| row[6].as_str()).collect();
        assert_eq!(costs, ["¥12,468", "¥8,468", "¥6,800"]);
        let verdicts: Vec<&str> = sheet("losses").rows.iter().map(|row| row[3].as_str()).collect();
        assert_eq!(verdicts, ["missed", "missed", "missed", "met"], "the frequency alone is not the class");
        assert_eq!(sheet("cleanup").rows[2], ["2024-01-31", "*202401*", "0", "30"]);
    }

    #[test]
    fn every_class_of_loss_has_a_drill_with_its_frequency() {
        for ((word, _, set), scenario) in LOSSES.iter().zip(SCENARIOS) {
            let drill = &disasters::drills(scenario).expect("a drill")[0];
            let settings = dr_settings::world(drill, &[]).expect("settings");
            for (name, value) in *set {
                assert_eq!(settings.value(name), Some(*value), "{word}: {name}");
            }
        }
    }
}
