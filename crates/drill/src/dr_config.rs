//! Messages about `dr_config.yaml`: its errors, and how each of its keys was used.
//!
//! Guarantees: an error names line, column and key, and a likely correction; both languages say the same. Leaves out:
//! reading it (`regions::config`).

use quorum_facade::regions::config::{Effect, Fault, Outcome};
use quorum_i18n::{Arg, Lang};

/// What is wrong, with its place.
pub fn fault(lang: Lang, fault: &Fault) -> String {
    let place = match (fault.line, fault.column) {
        (0, _) => String::new(),
        (line, 0) => lang.f("rg-cfg-line", &[("line", line.into())]),
        (line, column) => lang.f("rg-cfg-place", &[("line", line.into()), ("column", column.into())]),
    };
    let colon = lang.t("rg-cfg-colon");
    let colon = if colon.is_ascii() { format!("{colon} ") } else { colon };
    let figures = fault.wrong.figures();
    let args: Vec<(&str, Arg)> =
        figures.iter().map(|(name, figure)| (*name, figure.as_str().into())).collect();
    let wrong = lang.f(&format!("rg-cfg-w-{}", fault.wrong.word()), &args);
    let parts = [place, fault.path.clone(), wrong];
    let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    said.join(&colon)
}

/// What came of a key, and what the key is here.
pub fn effect(lang: Lang, effect: &Effect) -> String {
    let word = match effect.outcome {
        Outcome::Changed => "changed",
        Outcome::Same => "same",
        Outcome::Implied => "implied",
        Outcome::Name if effect.was == effect.now => "name",
        Outcome::Name => "name-changed",
        Outcome::Idle => "idle",
    };
    let idle = effect.idle.map_or_else(String::new, |idle| lang.f(&format!("rg-cfg-idle-{idle}"), &[]));
    let args =
        [("was", effect.was.as_str().into()), ("now", effect.now.as_str().into()), ("why", idle.into())];
    lang.f(&format!("rg-cfg-o-{word}"), &args)
}

/// What a key does here, and whether the note's own program looks at it.
pub fn about(lang: Lang, effect: &Effect) -> String {
    let key = effect.key.replace(['.', '_'], "-");
    let about = lang.f(&format!("rg-cfg-key-{key}"), &[]);
    match effect.note_reads_it {
        Some(false) => format!("{about} {}", lang.t("rg-cfg-unread")).trim().to_owned(),
        _ => about,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorum_facade::regions::config::{DrConfig, NOTE, Words, Wrong};
    use quorum_facade::regions::settings::Settings;

    fn chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
    }

    #[test]
    fn every_fault_has_a_sentence_with_its_figures_in_both_languages() {
        let said = || "x".to_owned();
        let wrongs = [
            Wrong::TooLong { bytes: 7, most: 5 },
            Wrong::Empty,
            Wrong::NotYaml(said()),
            Wrong::NoColon,
            Wrong::Tab,
            Wrong::FullWidth { sign: '：', wants: ':' },
            Wrong::Control,
            Wrong::Anchor,
            Wrong::SecondDocument,
            Wrong::NoKeys,
            Wrong::KeyIsNoWord,
            Wrong::Unknown { near: Some("backup.hour".to_owned()), known: Vec::new() },
            Wrong::Unknown { near: None, known: vec!["host", "port"] },
            Wrong::Twice { line: 4 },
            Wrong::NoSection { needs: vec!["host"] },
            Wrong::NoKey,
            Wrong::NoValue,
            Wrong::NoScalar,
            Wrong::NoNumber { said: said(), quoted: true },
            Wrong::NoNumber { said: said(), quoted: false },
            Wrong::Negative { min: 1, max: 9, unit: "h" },
            Wrong::Bounds { said: said(), min: 1, max: 9, unit: "h" },
            Wrong::NoFlag { said: said() },
            Wrong::NoChoice { said: said(), words: &["cold", "hot"] },
            Wrong::NoText { said: said() },
            Wrong::BadWord { said: said() },
            Wrong::SameHost,
        ];
        for wrong in wrongs {
            let figures = wrong.figures();
            let one = Fault { line: 3, column: 9, path: "backup.hour".to_owned(), wrong };
            let [zh, en] = [Lang::Zh, Lang::En].map(|lang| fault(lang, &one));
            let rest = zh.strip_prefix("第 3 行第 9 列：backup.hour：").unwrap_or_default();
            assert!(chinese(rest), "{zh}");
            assert!(en.starts_with("line 3, column 9: backup.hour: ") && !chinese(&en), "{en}");
            for (name, figure) in figures {
                assert!(zh.contains(&figure) && en.contains(&figure), "{name}: {zh} {en}");
            }
            assert!(!zh.contains("rg-cfg") && !en.contains("rg-cfg"), "{zh} {en}");
        }
        let whole = Fault { line: 0, column: 0, path: String::new(), wrong: Wrong::Empty };
        assert!(!fault(Lang::En, &whole).contains("line"));
    }

    #[test]
    fn every_key_says_what_it_is_and_what_came_of_it() {
        let all = DrConfig::of(&Words::default(), &Settings::default());
        let course = DrConfig::read(NOTE).expect("the course's");
        let effects = [&all, &course].map(|config| config.effects(&Settings::default(), &Words::default()));
        assert_eq!(effects[0].len(), 29, "every key there is");
        for one in effects.iter().flatten() {
            for lang in [Lang::Zh, Lang::En] {
                let (outcome, about) = (effect(lang, one), about(lang, one));
                assert!(outcome.contains(&one.now) && !about.contains("rg-cfg"), "{outcome} {about}");
                assert_eq!(chinese(&about), lang == Lang::Zh, "{about}");
            }
        }
        let mode = effects[1].iter().find(|effect| effect.key == "sync.mode").expect("implied");
        assert!(effect(Lang::En, mode).contains("realtime") && effect(Lang::En, mode).contains("counts"));
    }
}
