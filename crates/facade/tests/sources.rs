//! What the tables of settings say, in both languages: a source is in the catalogues unless it consists of names, a
//! unit unless it is a unit of measure.

use quorum_facade::{Lab, RunConfig, Setting, milvus, regions};
use quorum_i18n::{Lang, Part, learnt, say_known};

/// The tables of settings that the page shows with their sources, as the catalogues name them.
const TABLES: [(&str, &[Setting]); 2] = [("mc", milvus::settings::ALL), ("rg", regions::settings::ALL)];

/// Words that make a source a sentence. Names of settings, files and pages have none of them.
const WORDS: [&str; 14] = [
    " a ",
    " an ",
    " the ",
    " of ",
    " is ",
    " are ",
    " and ",
    " by ",
    " with ",
    " to ",
    " for ",
    " not ",
    "by default",
    " in ",
];

#[test]
fn what_a_source_says_is_in_both_languages() {
    let mut used = 0;
    for (table, settings) in TABLES {
        for Setting { name, source, .. } in settings {
            let said = |lang| say_known(lang, &format!("{table}-said-{name}"), &[]);
            let Some(english) = said(Lang::En) else {
                let words: Vec<_> = WORDS.iter().filter(|word| source.contains(**word)).collect();
                assert!(words.is_empty(), "{table} {name} has no words in Chinese: {source} ({words:?})");
                continue;
            };
            used += 1;
            assert!(source.contains(&english), "{table} {name}: {source}, and the catalogue: {english}");
            let chinese = said(Lang::Zh).unwrap_or_default();
            let words: Vec<_> = WORDS.iter().filter(|word| chinese.contains(**word)).collect();
            assert!(words.is_empty(), "{table} {name}: {chinese} ({words:?})");
        }
    }
    let all = [Part::Milvus, Part::Regions].map(|part| {
        let names = learnt(Lang::En, part).unwrap_or_default().split('\u{1}');
        names.filter(|name| name.starts_with("mc-said-") || name.starts_with("rg-said-")).count()
    });
    assert_eq!(used, all.iter().sum::<usize>(), "every message belongs to a setting");
}

#[test]
fn every_metric_of_every_world_has_a_name_in_both_languages() {
    for topology in ["standalone", "replica-set:3", "milvus", "two-regions"] {
        let config = RunConfig {
            topology: Some(topology.to_owned()),
            lesson: None,
            seed: 1,
            kept: false,
            lang: "zh".to_owned(),
        };
        let lab = Lab::open(config, None).unwrap_or_else(|refusal| panic!("{topology}: {refusal:?}"));
        for metric in lab.metrics() {
            let said = |lang| match metric.strip_prefix("setting.") {
                // Settings are called as in their tables, whose names have a test in `i18n`.
                Some(_) => Some(metric.to_owned()),
                None => say_known(lang, &format!("co-me-{}", metric.replace('.', "-")), &[]),
            };
            assert!(said(Lang::En).is_some(), "{topology} {metric} has no name in English");
            assert!(said(Lang::Zh).is_some(), "{topology} {metric} has no name in Chinese");
        }
    }
}

/// Units that are the same in every language.
const MEASURES: [&str; 11] = ["%", "‰", "KB", "MB", "GB", "KB/s", "MB/s", "h", "s", "ms", "µs"];

#[test]
fn every_unit_in_words_is_in_both_languages() {
    for (table, settings) in TABLES {
        for Setting { name, unit, .. } in settings.iter().filter(|setting| !MEASURES.contains(&setting.unit))
        {
            let word: String =
                unit.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
            for lang in [Lang::Zh, Lang::En] {
                let said = say_known(lang, &format!("{table}-unit-{word}"), &[]);
                assert!(said.is_some(), "{table} {name}: “{unit}” is not in {lang:?}");
            }
        }
    }
}
