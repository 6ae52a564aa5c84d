//! What a node reports, in sentences.
//!
//! Guarantees: every kind of report has one. Leaves out: where they stand on the page.

use super::place::Standing;
use quorum_i18n::{Arg, Lang};
use quorum_tabs::{Answer, EventKind, Facts, Fate, Read, RoleWord, What, Why};

/// The state of the page as a word, for scripts.
pub(super) fn state(standing: &Standing) -> &'static str {
    match standing {
        Standing::Starting => "starting",
        Standing::Running(facts) if facts.leader.is_some() => "led",
        Standing::Running(_) => "leaderless",
        Standing::Stopped(_) => "stopped",
        Standing::Failed(_) => "failed",
    }
}

/// What is announced: who leads, how many tabs are there, and what became of the last write.
pub(super) fn status(lang: Lang, standing: &Standing) -> String {
    match standing {
        Standing::Starting => lang.t("tn-starting"),
        Standing::Running(facts) => {
            let last = facts.writes.last().map(|last| fate(lang, last.fate)).unwrap_or_default();
            format!("{} {last}", led(lang, facts)).trim_end().to_owned()
        }
        Standing::Stopped(_) | Standing::Failed(_) => lang.t("tn-stopped"),
    }
}

fn led(lang: Lang, facts: &Facts) -> String {
    let there = facts.peers.iter().filter(|peer| peer.alive).count() as u32 + 1;
    let mut args: Vec<(&str, Arg)> =
        vec![("there", there.into()), ("n", facts.nodes.into()), ("need", facts.need.into())];
    match facts.leader {
        Some(leader) => {
            args.extend([("leader", leader.into()), ("term", facts.term.into())]);
            lang.f("tn-led", &args)
        }
        None if there < facts.need => lang.f("tn-too-few", &args),
        None => lang.f("tn-no-leader", &args),
    }
}

/// Milliseconds of a time, as people read them.
pub(super) fn ms(us: u64) -> Arg {
    (us / 1_000).into()
}

/// Seconds of a time, with one digit after the point.
pub(super) fn seconds(us: u64) -> String {
    format!("{}.{}", us / 1_000_000, us / 100_000 % 10)
}

/// A role.
pub(super) fn role(lang: Lang, role: RoleWord) -> String {
    lang.t(match role {
        RoleWord::Follower => "tn-role-follower",
        RoleWord::PreCandidate => "tn-role-pre-candidate",
        RoleWord::Candidate => "tn-role-candidate",
        RoleWord::Leader => "tn-role-leader",
    })
}

/// What is known of a write, as a word for scripts.
pub(super) fn fate_word(fate: Fate) -> &'static str {
    match fate {
        Fate::Waiting => "waiting",
        Fate::Acknowledged { .. } => "acknowledged",
        Fate::Declined => "declined",
        Fate::NoRoom => "no-room",
        Fate::Unknown => "unknown",
        Fate::Overtaken => "overtaken",
    }
}

/// What is known of a write.
pub(super) fn fate(lang: Lang, fate: Fate) -> String {
    let args: Vec<(&str, Arg)> = match fate {
        Fate::Acknowledged { index, after_us } => vec![("index", index.into()), ("ms", ms(after_us))],
        _ => Vec::new(),
    };
    lang.f(&format!("tn-fate-{}", fate_word(fate)), &args)
}

/// What is known of the last read.
pub(super) fn read(lang: Lang, read: &Read) -> String {
    match &read.answer {
        Answer::Waiting => lang.t("tn-read-waiting"),
        Answer::NoLeader => lang.t("tn-read-no-leader"),
        Answer::Unknown => lang.t("tn-read-unknown"),
        Answer::Served { index, checked, .. } => lang.f(
            "tn-read-served",
            &[("index", (*index).into()), ("keys", checked.keys.into()), ("lost", checked.lost.into())],
        ),
    }
}

/// The content of an entry.
pub(super) fn what(lang: Lang, what: &What) -> String {
    match what {
        What::Begin => lang.t("tn-entry-begin"),
        What::Write { key, text } => format!("{key} = {text}"),
        What::Other => lang.t("tn-entry-other"),
    }
}

/// Why there is no node, and what to do.
pub(super) fn why(lang: Lang, why: &Why) -> String {
    let number = |key: &str, number: u32| lang.f(key, &[("n", number.into())]);
    match why {
        Why::BadName => lang.t("tn-why-name"),
        Why::Taken(taken) => number("tn-why-taken", *taken),
        Why::Full => lang.t("tn-why-full"),
        Why::NoLocks => lang.t("tn-why-locks"),
        Why::NoChannel => lang.t("tn-why-channel"),
        Why::Forgotten(forgotten) => number("tn-why-forgotten", *forgotten),
        Why::ForgottenMemory(forgotten) => number("tn-why-memory", *forgotten),
        Why::Damaged(damaged) => number("tn-why-damaged", *damaged),
        Why::Storage(words) => lang.f("tn-why-storage", &[("why", words.clone().into())]),
        Why::Lost => lang.t("tn-why-lost"),
    }
}

/// The reason as a word, for scripts.
pub(super) fn why_word(why: &Why) -> &'static str {
    match why {
        Why::BadName => "name",
        Why::Taken(_) => "taken",
        Why::Full => "full",
        Why::NoLocks => "locks",
        Why::NoChannel => "channel",
        Why::Forgotten(_) => "forgotten",
        Why::ForgottenMemory(_) => "forgotten-memory",
        Why::Damaged(_) => "damaged",
        Why::Storage(_) => "storage",
        Why::Lost => "lost",
    }
}

/// An event.
pub(super) fn event(lang: Lang, kind: &EventKind) -> String {
    let of_peer = |key: &str, peer: u32| lang.f(key, &[("n", peer.into())]);
    let in_term = |key: &str, term: u64| lang.f(key, &[("term", term.into())]);
    let at = |key: &str, index: u64| lang.f(key, &[("index", index.into())]);
    let vote =
        |key: &str, candidate: u32, term: u64| lang.f(key, &[("n", candidate.into()), ("term", term.into())]);
    match kind {
        EventKind::Began => lang.t("tn-ev-began"),
        EventKind::Recovered { last, term } => {
            lang.f("tn-ev-recovered", &[("index", (*last).into()), ("term", (*term).into())])
        }
        EventKind::CaughtUp { index, fetched } => {
            lang.f("tn-ev-caught-up", &[("index", (*index).into()), ("n", (*fetched).into())])
        }
        EventKind::Joined { peer } => of_peer("tn-ev-joined", *peer),
        EventKind::Silent { peer } => of_peer("tn-ev-silent", *peer),
        EventKind::Back { peer } => of_peer("tn-ev-back", *peer),
        EventKind::TimedOut { us } => lang.f("tn-ev-timed-out", &[("ms", ms(*us))]),
        EventKind::PreCampaigned { term } => in_term("tn-ev-pre", *term),
        EventKind::Campaigned { term } => in_term("tn-ev-stands", *term),
        EventKind::Voted { candidate, term } => vote("tn-ev-voted", *candidate, *term),
        EventKind::Refused { candidate, term } => vote("tn-ev-refused", *candidate, *term),
        EventKind::Leads { leader, term, before, after_us } => match (before, after_us) {
            (Some(old), Some(after)) => lang.f(
                "tn-ev-leads-after",
                &[
                    ("n", (*leader).into()),
                    ("term", (*term).into()),
                    ("old", (*old).into()),
                    ("ms", ms(*after)),
                ],
            ),
            _ => vote("tn-ev-leads", *leader, *term),
        },
        EventKind::SteppedDown { term } => in_term("tn-ev-stepped-down", *term),
        EventKind::LostQuorum { term } => in_term("tn-ev-lost-quorum", *term),
        EventKind::Truncated { from } => at("tn-ev-truncated", *from),
        EventKind::Installed { index } => at("tn-ev-installed", *index),
        EventKind::Compacted { index } => at("tn-ev-compacted", *index),
        EventKind::Acknowledged { key, index } => {
            lang.f("tn-ev-acknowledged", &[("key", key.clone().into()), ("index", (*index).into())])
        }
        EventKind::Unknown { key } => lang.f("tn-ev-unknown", &[("key", key.clone().into())]),
        EventKind::Late { us } => lang.f("tn-ev-late", &[("ms", ms(*us))]),
    }
}
