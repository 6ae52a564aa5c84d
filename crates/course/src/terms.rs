//! Terms of the field before they are explained: the lessons of a way, read in its order against the glossary.
//!
//! The words are those of the learners' glossary (`gl-w-…` in the catalogues), as far as they are jargon ([`JARGON`]):
//! a reader knows “node” and “log”. A step explains a term where it sets it in bold, in quotation marks or in
//! parentheses, puts it before parentheses or before 指, 即, “means”, or after 叫 or “called”. A term may be used in the
//! step that explains it and after it; title, summary and story of the lesson that explains it may have it too.
//! Guarantees: the same lessons give the same findings. Leaves out: whether an explanation is a good one.

use std::collections::BTreeSet;

use super::lint::LANGS;
use super::words::{STRONG, plain};
use quorum_i18n::Lang;
use quorum_lesson::bundle::PREFIX;
use quorum_lesson::{Lesson, LessonText};

/// The glossary's terms that nobody knows without an explanation.
const JARGON: [&str; 34] = [
    "term",
    "election-timeout",
    "quorum",
    "split-vote",
    "split-brain",
    "pre-vote",
    "check-quorum",
    "read-index",
    "lease",
    "epoch",
    "learner",
    "linearizable",
    "wal",
    "lsn",
    "fsync",
    "torn",
    "checksum",
    "checkpoint",
    "flush",
    "segment-growing",
    "segment-sealed",
    "delegator",
    "guarantee-time",
    "nlist",
    "nprobe",
    "recall",
    "rto",
    "rpo",
    "failover",
    "switchover",
    "failback",
    "fencing",
    "backlog",
    "ttl",
];

/// Forms that are everyday words too.
const EVERYDAY: [&str; 5] = ["term", "majority", "majorities", "flush", "torn"];

/// The text before a term that is explained, and the text after it.
const BEFORE: [&str; 10] = [STRONG, "（", "(", "“", "\"", "叫", "叫做", "叫作", "called ", "called a "];
const BEHIND: [&str; 11] = [STRONG, "（", "(", " (", "”", "\"", "指", "即", " means ", "s (", "，也就是"];

/// A term's words in a language.
struct Term {
    id: &'static str,
    forms: Vec<String>,
}

fn terms(lang: Lang) -> Vec<Term> {
    let forms = |id: &str| {
        let words = lang.t(&format!("gl-w-{id}"));
        let forms = words.split('|').filter(|form| !EVERYDAY.contains(form));
        forms.map(str::to_owned).collect()
    };
    JARGON.into_iter().map(|id| Term { id, forms: forms(id) }).collect()
}

/// The terms that a way uses before it explains them: one finding a term and language, where it first happens.
pub(super) fn findings(path: &str, lessons: &[&Lesson]) -> Vec<String> {
    let mut found = Vec::new();
    for lang in LANGS {
        let terms = terms(Lang::parse(lang));
        let (mut known, mut told) = (BTreeSet::new(), BTreeSet::new());
        for lesson in lessons {
            let Some(text) = lesson.text(lang) else { continue };
            for (term, place) in unexplained(lesson, text, &terms, &mut known) {
                if told.insert(term) {
                    let slug = lesson.slug.strip_prefix(PREFIX).unwrap_or(&lesson.slug);
                    found.push(format!(
                        "path {path}: {lang}: {slug}: {place} uses {term} before it is explained"
                    ));
                }
            }
        }
    }
    found
}

/// The terms that a lesson uses before it explains them, with the place; what it explains is known from then on.
fn unexplained(
    lesson: &Lesson,
    text: &LessonText,
    terms: &[Term],
    known: &mut BTreeSet<&'static str>,
) -> Vec<(&'static str, String)> {
    let mut steps: Vec<(String, String)> = Vec::new();
    for (spec, step) in lesson.steps.iter().zip(&text.steps) {
        let goals = spec.goals.iter().filter_map(|goal| text.goals.get(&goal.id)).map(String::as_str);
        let choices = text.choices.get(&spec.id);
        let choices = choices.into_iter().flat_map(|labels| labels.values()).map(String::as_str);
        let labels: Vec<&str> = goals.chain(choices).collect();
        steps.push((
            spec.id.clone(),
            format!("{}\n{}\n{}", step.title, plain(&step.marked), labels.join("\n")),
        ));
    }
    let head = [Some(&text.title), Some(&text.summary), text.story.as_ref(), text.incident.as_ref()];
    let head: Vec<&str> = head.into_iter().flatten().map(String::as_str).collect();
    let head = head.join("\n");
    let mut found = Vec::new();
    for term in terms.iter().filter(|term| !known.contains(term.id)).collect::<Vec<_>>() {
        let explained = steps.iter().position(|(_, said)| explains(said, term));
        let used = steps.iter().position(|(_, said)| uses(said, term));
        match (explained, used) {
            (None, None) if uses(&head, term) => found.push((term.id, "its beginning".to_owned())),
            (None, Some(used)) => found.push((term.id, steps[used].0.clone())),
            (Some(at), Some(used)) if used < at => found.push((term.id, steps[used].0.clone())),
            _ => {}
        }
        if explained.is_some() {
            known.insert(term.id);
        }
    }
    found
}

fn uses(text: &str, term: &Term) -> bool {
    places(text, term).next().is_some()
}

/// Whether a text explains a term.
fn explains(text: &str, term: &Term) -> bool {
    places(text, term).any(|(before, behind)| {
        BEFORE.iter().any(|sign| before.ends_with(sign)) || BEHIND.iter().any(|sign| behind.starts_with(sign))
    })
}

/// The text before and after each occurrence of a term.
fn places<'a>(text: &'a str, term: &'a Term) -> impl Iterator<Item = (&'a str, &'a str)> {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    // Lower case keeps the length of what is ASCII; other forms are found as they are.
    let of = move |form: &'a String| {
        let length = form.len();
        let starts = text.char_indices().map(|(at, _)| at);
        starts.filter_map(move |at| {
            let head = text.get(at..at + length).filter(|head| head.eq_ignore_ascii_case(form))?;
            let (before, behind) = (&text[..at], &text[at + length..]);
            let whole = behind.strip_prefix('s').unwrap_or(behind);
            let within = (head.starts_with(letter) && before.ends_with(letter))
                || (head.ends_with(letter) && whole.starts_with(letter));
            (!within).then_some((before, behind))
        })
    };
    term.forms.iter().flat_map(of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorum_lesson::schema::{StepKind, StepSpec, StepText};

    /// A lesson of steps with these texts.
    fn lesson(texts: &[&str]) -> (Lesson, LessonText) {
        let (mut lesson, mut text) = (Lesson::default(), LessonText::default());
        for (at, said) in texts.iter().enumerate() {
            lesson.steps.push(StepSpec {
                id: format!("s{at}"),
                actions: Vec::new(),
                tools: Vec::new(),
                goals: Vec::new(),
                kind: StepKind::Read,
            });
            let marked = quorum_texts::mark::mark(said, 1).expect("it is marked");
            text.steps.push(StepText { title: String::new(), marked });
        }
        (lesson, text)
    }

    #[track_caller]
    fn check(lang: Lang, texts: &[&str], expected: &[(&str, &str)]) {
        let (lesson, text) = lesson(texts);
        let found = unexplained(&lesson, &text, &terms(lang), &mut BTreeSet::new());
        let found: Vec<(&str, &str)> = found.iter().map(|(term, place)| (*term, place.as_str())).collect();
        assert_eq!(found, expected, "{texts:?}");
    }

    #[test]
    fn a_term_is_used_after_it_is_explained() {
        check(Lang::Zh, &["等租约到期。"], &[("lease", "s0")]);
        check(Lang::Zh, &["等**租约**到期。", "租约是 30 秒。"], &[]);
        check(Lang::Zh, &["租约是 30 秒。", "等**租约**到期。"], &[("lease", "s0")]);
        check(Lang::Zh, &["恢复时间目标（RTO）是 15 秒。"], &[]);
        check(Lang::Zh, &["看 RTO。"], &[("rto", "s0")]);
        check(Lang::Zh, &["这叫脑裂。"], &[]);
        check(Lang::En, &["It waits for the leases."], &[("lease", "s0")]);
        check(Lang::En, &["A lease (a key that ends) is held.", "Two leases."], &[]);
        check(Lang::En, &["Please release it; the long term matters."], &[]);
    }
}
