//! What an open goal lacks, as a sentence.
//!
//! Guarantees: every kind of lack has a sentence; events, metrics, fields, words and nodes are called by their names in
//! the catalogue, and one that it does not know is shown as it is written. Leaves out: determining what is missing
//! (`lesson::evaluator`).

use crate::ui::format::span;
use quorum_facade::snapshot::LackFacts;
use quorum_i18n::{Lang, grouped, say_known};
use quorum_lesson::{Lesson, LessonText};
use quorum_types::NodeId;

/// The number of a node of the second region is above this (`regions::node_number`).
const NODES_OF_A_REGION: NodeId = 10;

/// The sentence.
pub(crate) fn lack(lang: Lang, (lesson, text): (&Lesson, &LessonText), lack: &LackFacts) -> String {
    let event = || with_word(lang, lack, named(lang, "co-ev-", &lack.name));
    // The subject, which should not happen or came late, may be an event or a metric.
    let what = || {
        let is_metric = say_known(lang, &key("co-ev-", &lack.name), &[]).is_none();
        if is_metric { named(lang, "co-me-", &lack.name) } else { event() }
    };
    let want = || want(lang, lack);
    let have = || lack.have.map_or_else(|| "?".to_owned(), |have| value(lang, lack, have));
    match lack.word.as_str() {
        "goal" => {
            let goal = text.goals.get(&lack.name).unwrap_or(&lack.name);
            lang.f("co-lack-goal", &[("goal", goal.as_str().into())])
        }
        "event" => lacks_event(lang, lesson, lack, event()),
        "count" | "sum" => lang.f(
            "co-lack-count",
            &[("what", event().into()), ("have", have().into()), ("want", want().into())],
        ),
        "meter" if lack.have.is_none() => {
            lang.f("co-lack-meter-none", &[("what", named(lang, "co-me-", &lack.name).into())])
        }
        "meter" => lang.f(
            "co-lack-meter",
            &[
                ("what", named(lang, "co-me-", &lack.name).into()),
                ("have", have().into()),
                ("want", want().into()),
            ],
        ),
        "not" => lang.f("co-lack-not", &[("what", what().into())]),
        "never" => {
            let left = lack.want.unwrap_or(0).saturating_sub(lack.have.unwrap_or(0)).max(0);
            lang.f("co-lack-never", &[("left", span(left as u64).into()), ("what", what().into())])
        }
        _ => {
            let within = span(lack.want.unwrap_or(0).max(0) as u64);
            lang.f("co-lack-late", &[("within", within.into())])
        }
    }
}

/// An event that has not happened, or happened on another node or with another value.
fn lacks_event(lang: Lang, lesson: &Lesson, lack: &LackFacts, event: String) -> String {
    let node = lack.node.as_deref().map(|node| who(lang, lesson, node));
    // A word has no figure to compare with: the event is named with the word that it needs.
    let compared = lack.field.as_deref().filter(|_| lack.want_text.is_none() || lack.have.is_some());
    match (compared, lack.have, node) {
        (Some("node"), Some(have), Some(node)) => {
            let have = who(lang, lesson, &have.to_string());
            lang.f("co-lack-node", &[("what", event.into()), ("have", have.into()), ("node", node.into())])
        }
        (Some(field), have, _) => {
            let have = have.map_or_else(|| "?".to_owned(), |have| value(lang, lack, have));
            lang.f(
                "co-lack-field",
                &[
                    ("what", event.into()),
                    ("field", named(lang, "co-fi-", field).into()),
                    ("have", have.into()),
                    ("want", want(lang, lack).into()),
                ],
            )
        }
        (None, _, Some(node)) => lang.f("co-lack-event-at", &[("what", event.into()), ("node", node.into())]),
        (None, _, None) => lang.f("co-lack-event", &[("what", event.into())]),
    }
}

/// An event's name with the word by which it differs from others of its kind, such as the status of a request.
fn with_word(lang: Lang, lack: &LackFacts, event: String) -> String {
    let is = lack.test.as_deref().is_none_or(|test| test == "is") || lack.want.is_some();
    match lack.want_text.as_deref().filter(|_| is) {
        Some(wanted) => {
            lang.f("co-lack-word", &[("what", event.into()), ("word", word(lang, wanted).into())])
        }
        None => event,
    }
}

/// The key of a name in a family of messages.
fn key(family: &str, name: &str) -> String {
    format!("{family}{}", name.replace(['.', ' '], "-"))
}

/// A name in words; as it is written, if the catalogue has none. A setting is called as in the table of settings.
fn named(lang: Lang, family: &str, name: &str) -> String {
    if let Some(setting) = name.strip_prefix("setting.") {
        let said =
            ["mc", "rg"].iter().find_map(|table| say_known(lang, &format!("{table}-set-{setting}"), &[]));
        return said.unwrap_or_else(|| name.to_owned());
    }
    say_known(lang, &key(family, name), &[]).unwrap_or_else(|| name.to_owned())
}

/// The word that a field holds: a rule, an invariant, a component, a moment, or one of the course's own names.
fn word(lang: Lang, word: &str) -> String {
    let moment = word.replace('_', "-");
    ["co-wd-", "inv-", "rule-", "mc-kind-"]
        .iter()
        .find_map(|family| say_known(lang, &key(family, word), &[]))
        .or_else(|| say_known(lang, &key("moment-", &moment), &[]))
        .unwrap_or_else(|| word.to_owned())
}

/// A node that a goal names: by its number, its role or its component.
fn who(lang: Lang, lesson: &Lesson, node: &str) -> String {
    let component = |word: &str| named(lang, "mc-kind-", word);
    if let Ok(number) = node.parse::<NodeId>() {
        return numbered(lang, lesson, number);
    }
    match node.split_once(':') {
        Some(("acting", role)) => lang.f("co-who-acting", &[("what", component(role).into())]),
        Some(("standby", role)) => lang.f("co-who-standby", &[("what", component(role).into())]),
        Some((kind, place)) => lang.f("co-who-nth", &[("what", component(kind).into()), ("n", place.into())]),
        None if ["leader", "follower"].contains(&node) => super::terms::term(lang, node).name,
        None => component(node),
    }
}

/// A node by its number, as its world calls it.
fn numbered(lang: Lang, lesson: &Lesson, node: NodeId) -> String {
    match lesson.topology.split(':').next() {
        Some("replica-set") => format!("S{node}"),
        Some("two-regions") => {
            let (region, n) = (node / NODES_OF_A_REGION, node % NODES_OF_A_REGION);
            let region = region_name(lang, u64::from(region));
            lang.f("co-who-of-region", &[("region", region.into()), ("n", n.into())])
        }
        _ => lang.f("co-who-node", &[("n", node.into())]),
    }
}

fn region_name(lang: Lang, region: u64) -> String {
    lang.f("co-who-region", &[("n", region.into())])
}

fn want(lang: Lang, lack: &LackFacts) -> String {
    let want = match (lack.want, &lack.want_text) {
        (Some(want), _) => value(lang, lack, want),
        (None, text) => text.as_deref().map(|text| word(lang, text)).unwrap_or_default(),
    };
    let test = lack.test.as_deref().unwrap_or("is");
    lang.f(&format!("co-test-{test}"), &[("n", want.into())])
}

/// A metric's name in words, and a value of it.
pub(crate) fn metric_text(lang: Lang, name: &str, number: i64) -> (String, String) {
    (named(lang, "co-me-", name), figure(lang, name, number))
}

/// A figure of what is missing, with its unit.
pub(crate) fn value(lang: Lang, lack: &LackFacts, value: i64) -> String {
    figure(lang, lack.field.as_deref().unwrap_or(&lack.name), value)
}

/// A figure: a time or a share where its name says so, a region by its name, yes or no where it is a flag.
fn figure(lang: Lang, name: &str, value: i64) -> String {
    let truth =
        ["majority", "alive", "refused", "equal", "runbook.ok", "runbook.running", "ok", "on", "partial"];
    match u64::try_from(value) {
        Ok(us) if name.ends_with("_us") || name.starts_with("phases.") => span(us),
        Ok(share) if name.ends_with("_permille") => format!("{}.{}%", share / 10, share % 10),
        Ok(region) if ["region", "primary"].contains(&name) && region < 2 => region_name(lang, region),
        Ok(node) if name == "candidate" => format!("S{node}"),
        Ok(value) if truth.contains(&name) && value < 2 => {
            lang.t(if value == 1 { "co-yes-word" } else { "co-no-word" })
        }
        Ok(value) => grouped(value),
        Err(_) => value.to_string(),
    }
}
