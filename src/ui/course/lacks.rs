//! What an open goal lacks, as a sentence.
//!
//! Guarantees: every kind of lack has a sentence; a name that the catalogue does not know is shown as it is written.
//! Leaves out: determining it (`lesson::evaluator`).

use crate::ui::format::span;
use quorum_facade::snapshot::LackFacts;
use quorum_i18n::{Lang, grouped, say_known};
use quorum_lesson::LessonText;

/// The sentence.
pub(crate) fn lack(lang: Lang, text: &LessonText, lack: &LackFacts) -> String {
    let event = || named(lang, "co-ev-", &lack.name);
    // The subject, which should not happen or came late, may be an event or a meter.
    let what = || {
        let event = event();
        if event == lack.name { named(lang, "co-me-", &lack.name) } else { event }
    };
    let want = || want(lang, lack);
    let have = || lack.have.map_or_else(|| "?".to_owned(), |have| value(lang, lack, have));
    match lack.word.as_str() {
        "goal" => {
            let goal = text.goals.get(&lack.name).unwrap_or(&lack.name);
            lang.f("co-lack-goal", &[("goal", goal.as_str().into())])
        }
        "event" => match (&lack.field, &lack.node) {
            (Some(field), _) => lang.f(
                "co-lack-field",
                &[
                    ("what", event().into()),
                    ("field", named(lang, "co-fi-", field).into()),
                    ("have", have().into()),
                    ("want", want().into()),
                ],
            ),
            (None, Some(node)) => {
                let node = who(lang, node);
                lang.f("co-lack-event-at", &[("what", event().into()), ("node", node.into())])
            }
            (None, None) => lang.f("co-lack-event", &[("what", event().into())]),
        },
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

/// A name in words; as it is written, if the catalogue has none. A setting is called as in the table of settings.
fn named(lang: Lang, family: &str, name: &str) -> String {
    if let Some(setting) = name.strip_prefix("setting.") {
        let said =
            ["mc", "rg"].iter().find_map(|table| say_known(lang, &format!("{table}-set-{setting}"), &[]));
        return said.unwrap_or_else(|| name.to_owned());
    }
    say_known(lang, &format!("{family}{}", name.replace('.', "-")), &[]).unwrap_or_else(|| name.to_owned())
}

/// The node that a goal names: roles are terms.
fn who(lang: Lang, node: &str) -> String {
    match node {
        "leader" | "follower" => super::terms::term(lang, node).name,
        other => other.strip_prefix("acting:").unwrap_or(other).to_owned(),
    }
}

fn want(lang: Lang, lack: &LackFacts) -> String {
    let want = match (lack.want, &lack.want_text) {
        (Some(want), _) => value(lang, lack, want),
        (None, text) => text.clone().unwrap_or_default(),
    };
    let test = lack.test.as_deref().unwrap_or("is");
    lang.f(&format!("co-test-{test}"), &[("n", want.into())])
}

/// A meter's name in words, and a value of it.
pub(crate) fn meter_text(lang: Lang, name: &str, number: i64) -> (String, String) {
    (named(lang, "co-me-", name), figure(lang, name, number))
}

/// A figure: a time where its name says so, yes or no where it is a flag.
fn value(lang: Lang, lack: &LackFacts, value: i64) -> String {
    figure(lang, lack.field.as_deref().unwrap_or(&lack.name), value)
}

fn figure(lang: Lang, name: &str, value: i64) -> String {
    let truth = ["majority", "alive", "refused", "equal", "runbook.ok", "runbook.running"].contains(&name);
    match u64::try_from(value) {
        Ok(us) if name.ends_with("_us") => span(us),
        Ok(value) if truth && value < 2 => lang.t(if value == 1 { "co-yes-word" } else { "co-no-word" }),
        Ok(value) => grouped(value),
        Err(_) => value.to_string(),
    }
}
