//! Every name that a goal of the course may lack is said in both languages.
//!
//! Guarantees: a goal that waits for an event, a field, a word, a metric or a node without a name in the catalogues
//! fails the test, with its lesson. Leaves out: the sentences around the names (`src/ui/course/lacks.rs`, which looks
//! the names up under the same keys).

use std::collections::BTreeSet;

use quorum_lesson::Predicate;
use quorum_lesson::predicate::{Match, Scalar};

const CATALOGUES: [(&str, &str); 2] = [
    ("zh", include_str!("../../i18n/catalogues/zh.ftl")),
    ("en", include_str!("../../i18n/catalogues/en.ftl")),
];

/// The names of a catalogue's messages.
fn messages(source: &str) -> BTreeSet<&str> {
    source.lines().filter_map(|line| line.split_once(" =")).map(|(name, _)| name).collect()
}

fn key(family: &str, name: &str) -> String {
    format!("{family}{}", name.replace(['.', ' '], "-"))
}

/// For each name in a part of a predicate, the keys of which one has to be a message.
fn names(part: &Predicate, into: &mut Vec<Vec<String>>) {
    match part {
        Predicate::Event(of) | Predicate::Count { of, .. } => matched(of, into),
        Predicate::Sum { of, field, .. } => {
            matched(of, into);
            into.push(vec![key("co-fi-", field)]);
        }
        Predicate::Metric { name, .. } => into.push(match name.strip_prefix("setting.") {
            Some(setting) => vec![format!("mc-set-{setting}"), format!("rg-set-{setting}")],
            None => vec![key("co-me-", name)],
        }),
        _ => {}
    }
}

fn matched(of: &Match, into: &mut Vec<Vec<String>>) {
    into.push(vec![key("co-ev-", &of.kind)]);
    for (field, bound) in &of.fields {
        into.push(vec![key("co-fi-", field)]);
        for test in &bound.tests {
            // A filter is shown as the learner would write it.
            if let Scalar::Text(word) = &test.want
                && field != "filter"
            {
                let families = ["co-wd-", "inv-", "rule-", "mc-kind-"];
                let mut keys: Vec<String> = families.iter().map(|family| key(family, word)).collect();
                keys.push(key("moment-", &word.replace('_', "-")));
                into.push(keys);
            }
        }
    }
    into.extend(of.node.as_deref().and_then(node).map(|key| vec![key]));
}

/// The key of a node's name; numbers have none.
fn node(word: &str) -> Option<String> {
    if word.parse::<u32>().is_ok() {
        return None;
    }
    Some(match word.split_once(':') {
        Some(("acting" | "standby", component)) | Some((component, _)) => key("mc-kind-", component),
        None if ["leader", "follower"].contains(&word) => key("gl-w-", word),
        None => key("mc-kind-", word),
    })
}

/// What was asked for “why” names events that no narration tells.
#[test]
fn every_kind_of_event_is_named_in_both_languages() {
    let kinds = <quorum_facade::EventKind as quorum_facade::flat::Flat>::words();
    assert!(kinds.len() > 100, "{}", kinds.len());
    for (lang, source) in CATALOGUES {
        let known = messages(source);
        let unsaid: Vec<_> =
            kinds.iter().filter(|kind| !known.contains(key("co-ev-", kind).as_str())).collect();
        assert!(unsaid.is_empty(), "{lang}: {unsaid:?}");
    }
}

#[test]
fn every_name_that_a_goal_waits_for_is_said_in_both_languages() {
    let known = CATALOGUES.map(|(lang, source)| (lang, messages(source)));
    let (mut seen, mut unsaid) = (0, Vec::new());
    for lesson in quorum_lesson::all() {
        for goal in lesson.steps.iter().flat_map(|step| &step.goals) {
            let mut wanted = Vec::new();
            goal.when.visit(&mut |part| names(part, &mut wanted));
            for keys in wanted {
                seen += 1;
                for (lang, known) in &known {
                    if !keys.iter().any(|key| known.contains(key.as_str())) {
                        unsaid.push(format!("{lang}: {}, goal {}: {keys:?}", lesson.slug, goal.id));
                    }
                }
            }
        }
    }
    assert!(seen > 200, "{seen}");
    assert!(unsaid.is_empty(), "{unsaid:#?}");
}
