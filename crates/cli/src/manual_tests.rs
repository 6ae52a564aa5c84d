//! Help, completions and manual pages: all there, in both languages, and true.
//!
//! Guarantees: every command has its help; every example in it is one that the parser takes; the shells know every
//! command. Leaves out: how shells and `man` show them.

use std::ffi::OsString;

use clap::Command;

use super::grammar::{Use, command};
use super::tests::check;
use super::typed::parse;
use quorum_i18n::Lang;

/// Every command with the words that name it, the program itself first.
fn commands(lang: Lang) -> Vec<(Vec<String>, Command)> {
    fn walk(path: &[String], command: &Command, into: &mut Vec<(Vec<String>, Command)>) {
        into.push((path.to_vec(), command.clone()));
        for inner in command.get_subcommands() {
            walk(&[path, &[inner.get_name().to_owned()]].concat(), inner, into);
        }
    }
    let mut found = Vec::new();
    walk(&[], &command(lang, Use::Parse), &mut found);
    found
}

/// What the program prints for these words in this language.
#[track_caller]
fn printed(words: &[&str], lang: Lang) -> String {
    let arguments = [words, &["--lang", lang.code()]].concat();
    let (held, text) = check(&arguments).unwrap_or_else(|code| panic!("{arguments:?}: {code}"));
    assert!(held && text.ends_with('\n') && !text.ends_with("\n\n"), "{arguments:?}: {text:?}");
    text
}

/// Whether a text has Chinese in it.
fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..'\u{a000}').contains(&c))
}

/// An example's words, up to where a shell would send input or output.
fn words(line: &str) -> Vec<OsString> {
    let words = line.split_whitespace().skip(1);
    words.take_while(|word| !["<", ">", "|"].contains(word)).map(OsString::from).collect()
}

#[test]
fn every_command_has_help_in_both_languages() {
    for lang in [Lang::Zh, Lang::En] {
        for (path, of) in commands(lang) {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let text = printed(&[&path[..], &["--help"]].concat(), lang);
            assert_eq!(text, printed(&[&path[..], &["-h"]].concat(), lang));
            assert_eq!(text, printed(&[&["help"], &path[..]].concat(), lang));
            assert!(!text.contains("cli-") && !text.contains("{$") && !text.contains('\u{1b}'), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 130), "{text}");
            let about = of.get_about().map(ToString::to_string).unwrap_or_default();
            assert_eq!(is_chinese(&text), lang == Lang::Zh, "{text}");
            assert_eq!(is_chinese(&about), lang == Lang::Zh, "{about}");
            // The parser's own words are English whatever is asked for.
            for own in ["Options:", "Commands:", "Arguments:", "Usage: ", "possible values", "default:"] {
                assert!(lang == Lang::En || !text.contains(own), "{own} in {text}");
            }
            for argument in of.get_arguments().filter(|argument| !argument.is_hide_set()) {
                let name = argument.get_long().map(|long| format!("--{long}"));
                assert!(name.is_none_or(|name| text.contains(&name)), "{} in {text}", argument.get_id());
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!help.is_empty() && is_chinese(&help) == (lang == Lang::Zh), "{help}");
            }
            let inner = of.get_subcommands().map(Command::get_name);
            inner.for_each(|inner| assert!(text.contains(&format!("  {inner}")), "{inner} in {text}"));
        }
    }
}

#[test]
fn every_example_is_understood_and_every_command_has_one() {
    for (path, of) in commands(Lang::En) {
        let text = of.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples: Vec<&str> =
            text.lines().map(str::trim).filter(|line| line.starts_with("quorum-lab ")).collect();
        let has_inner_only = of.is_subcommand_required_set();
        assert_ne!(examples.is_empty(), !has_inner_only, "{path:?}: {text}");
        for example in examples {
            let parsed = parse(&words(example), Lang::En);
            let asked = parsed.unwrap_or_else(|refusal| panic!("{example}: {}", refusal.error));
            assert_eq!(asked.notes, Vec::<String>::new(), "{example}");
            if !path.is_empty() {
                let named = path.iter().all(|word| example.split(' ').any(|other| other == word));
                assert!(named, "{example} is no example of {path:?}");
            }
        }
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = concat!("quorum-lab ", env!("CARGO_PKG_VERSION"), "\n");
    for arguments in [&["--version"][..], &["-V"], &["--version", "--lang", "en"]] {
        assert_eq!(check(arguments), Ok((true, version.to_owned())));
    }
}

#[test]
fn every_shell_knows_every_command_and_option() {
    for lang in [Lang::Zh, Lang::En] {
        for shell in ["bash", "zsh", "fish"] {
            let text = printed(&["completions", shell], lang);
            assert!(!text.contains("cli-"), "{text}");
            for (path, of) in commands(lang) {
                path.iter().for_each(|word| assert!(text.contains(word.as_str()), "{shell}: {word}"));
                for argument in of.get_arguments().filter(|argument| !argument.is_hide_set()) {
                    let long = argument.get_long().unwrap_or_default();
                    assert!(text.contains(long), "{shell}: {long}");
                }
            }
            // Names that can be given: scenarios, rules, presets, tests.
            for name in ["failover-coordinator", "vote_once", "note-world", "concurrent"] {
                assert!(text.contains(name), "{shell}: {name}");
            }
        }
    }
}

/// In bash the words before the one that is completed choose a state, and the state what can be typed.
#[test]
fn every_state_of_bash_is_one_that_completes() {
    let text = printed(&["completions", "bash"], Lang::En);
    let states: Vec<&str> = text.split("cmd=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(states.len() > 20, "{states:?}");
    for state in states.into_iter().filter(|state| !state.is_empty()) {
        assert!(text.contains(&format!(" {state})\n")), "nothing completes {state}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    for lang in [Lang::Zh, Lang::En] {
        for (path, _) in commands(lang) {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let page = printed(&[&["man"], &path[..]].concat(), lang);
            assert!(page.contains(".TH ") && page.contains("quorum\\-lab"), "{page}");
            assert!(!page.contains("cli\\-") && !page.contains("cli-"), "{page}");
            let headings: Vec<&str> = page.lines().filter(|line| line.starts_with(".SH")).collect();
            assert!(headings.len() >= 4, "{headings:?}");
            let foreign = headings.iter().find(|heading| is_chinese(heading) != (lang == Lang::Zh));
            assert_eq!(foreign, None, "{path:?}");
            assert_eq!(page.matches("\n.nf\n").count(), page.matches("\n.fi").count());
        }
    }
}

/// Ways to ask for help and completions that are themselves refused.
#[test]
fn what_nobody_knows_has_no_page() {
    for arguments in
        [&["man", "frogs"][..], &["help", "drill", "frogs"], &["completions"], &["completions", "powershell"]]
    {
        assert_eq!(check(arguments), Err("bad_arguments".to_owned()), "{arguments:?}");
    }
}
