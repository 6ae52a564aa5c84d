//! Runs the scenarios in `scenarios/`, one a file.
//!
//! A file begins with comments: `# Raft 5.2` names what it checks (a section of the paper or the thesis, etcd, or a
//! part of this crate), and the next line says what must hold. Then come the lines of a script (`script`), each after
//! `> `, and below each the output that is expected. `UPDATE_EXPECT=1` writes the output that there is. A script that
//! is `without=` a rule also runs with every rule on, and must then break nothing.
//!
//! Guarantees: a difference is reported with file and line; a file without an expectation or without a source fails;
//! with every rule on, no invariant breaks in any scenario. Leaves out: scenarios over real logs
//! (`cli/scenarios/raft`).

use std::path::{Path, PathBuf};

use super::script::story;
use crate::{RULES, Rule};

/// What a scenario may cite.
const SOURCES: [&str; 4] = ["# Raft ", "# thesis ", "# etcd ", "# repair.rs"];
/// Rules that no scenario here breaks: the core does not enforce them, or it takes time (`sim::swarm`) or disks
/// (`cli/scenarios/raft`) to break them.
const ELSEWHERE: [Rule; 7] = [
    Rule::PersistVote,
    Rule::CheckQuorum,
    Rule::RandomisedTimeouts,
    Rule::PersistBeforeAnswering,
    Rule::FsyncBeforeAck,
    Rule::ChecksumOnReplay,
    Rule::ApplyOnce,
];

/// The files, in order.
fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").path()).collect()
    };
    let mut files: Vec<PathBuf> = list(&root).iter().flat_map(|folder| list(folder)).collect();
    files.sort();
    files
}

/// The lines before the first command, and the number of those lines.
fn head(text: &str) -> (String, usize) {
    let lines = text.lines().take_while(|line| !line.starts_with("> "));
    lines.fold((String::new(), 0), |(head, count), line| (head + line + "\n", count + 1))
}

/// The output of a scenario, its commands included.
fn play(text: &str) -> Result<String, String> {
    let commands = || text.lines().filter_map(|line| line.strip_prefix("> "));
    let script = commands().fold(String::new(), |script, line| script + line + "\n");
    let (group, mut output) = story(&script);
    let mut broken: Vec<&str> = group.watch.breaches.iter().map(|(name, _)| *name).collect();
    broken.dedup();
    let off = commands().find_map(|line| line.split_once("without=")).map(|(_, name)| name);
    let Some(off) = off else {
        return if broken.is_empty() { Ok(output) } else { Err(format!("breaks {broken:?}")) };
    };
    output += &format!("breaks {}\n", broken.join(" "));
    let breaks = Rule::parse(off).expect("a rule").facts().breaks;
    if !broken.contains(&breaks) {
        return Err(format!("without {off}, {breaks} is not among {broken:?}"));
    }
    let (with, _) = story(&script.replace(&format!(" without={off}"), ""));
    if with.watch.breaches.is_empty() {
        Ok(output)
    } else {
        Err(format!("with {off}: {:?}", with.watch.breaches))
    }
}

/// Compares a scenario's output with what it expects; otherwise says where they differ.
fn compare(name: &str, text: &str) -> Result<(), String> {
    let (head, before) = head(text);
    if !SOURCES.iter().any(|source| head.starts_with(source)) || !head.contains("\n# ") {
        return Err(format!("{name}:1: no source, or nothing that must hold"));
    }
    let found = play(text).map_err(|why| format!("{name}: {why}"))?;
    let expected: Vec<&str> = text.lines().skip(before).collect();
    if expected.iter().all(|line| line.starts_with("> ")) {
        return Err(format!("{name}:{before}: no expectation"));
    }
    let found: Vec<&str> = found.lines().collect();
    let Some(at) = (0..expected.len().max(found.len())).find(|at| expected.get(*at) != found.get(*at)) else {
        return Ok(());
    };
    let line = |lines: &[&str]| lines.get(at).map_or("nothing".to_owned(), |line| format!("“{line}”"));
    Err(format!("{name}:{}: expected {}, found {}", before + at + 1, line(&expected), line(&found)))
}

#[test]
fn every_scenario_holds() {
    let mut failures = Vec::new();
    for path in files() {
        let name = path.display().to_string();
        // Shown if a script panics.
        println!("{name}");
        let text = std::fs::read_to_string(&path).expect("a text");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            let output = play(&text).expect("an output");
            std::fs::write(&path, head(&text).0 + &output).expect("written");
        } else if let Err(why) = compare(&name, &text) {
            failures.push(why);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_rule_of_the_core_has_a_scenario() {
    let texts: Vec<String> =
        files().iter().map(|path| std::fs::read_to_string(path).expect("a text")).collect();
    for facts in RULES.iter().filter(|facts| !ELSEWHERE.contains(&facts.rule)) {
        let word = format!(" without={}\n", facts.name);
        assert!(texts.iter().any(|text| text.contains(&word)), "{} has no scenario", facts.name);
    }
}

#[test]
fn a_wrong_expectation_fails_with_its_line() {
    let right = "# Raft 5.2\n# A candidate leads.\n\n> nodes 1\n> lead 1\n> state\nn1 leader term=1 log=[1] commit=1\n";
    assert_eq!(compare("f", right), Ok(()));
    let fails = |text: &str, why: &str| assert_eq!(compare("f", text), Err(why.to_owned()));
    let state = "n1 leader term=1 log=[1] commit=1";
    fails(
        &right.replace("commit=1", "commit=2"),
        &format!("f:7: expected “{}”, found “{state}”", state.replace("commit=1", "commit=2")),
    );
    fails(&right.replace(&format!("{state}\n"), ""), "f:3: no expectation");
    fails(&format!("{right}more\n"), "f:8: expected “more”, found nothing");
    fails(&right.replace("# Raft 5.2", "# An election"), "f:1: no source, or nothing that must hold");
    fails(&right.replace("# A candidate leads.\n", ""), "f:1: no source, or nothing that must hold");
    let harmless = right.replace("nodes 1", "nodes 1 without=vote_once");
    fails(&harmless, "f: without vote_once, election_safety is not among []");
}
