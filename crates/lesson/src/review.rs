//! Which questions of lessons are due for another look: wrong answers first, then old ones, then those of
//! misconceptions that have never been asked.
//!
//! Guarantees: the same record, list and day give the same questions; no question is asked twice on one day. Leaves
//! out: the intervals (`spacing`), the clock, and how a question is drawn.

use super::beliefs;
use super::list::Entry;
use super::manifest::canonical;
use super::record::{Account, Record};
use quorum_types::sort::sort_by_key;

/// Why a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It was answered wrong; the number of days since then, where that is recorded.
    Wrong(Option<u32>),
    /// It was answered right; the number of days since then, where that is recorded.
    Old(Option<u32>),
    /// It has never been asked.
    New,
}

/// A question that is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The lesson's slug.
    pub lesson: String,
    /// The step.
    pub step: String,
    /// Why.
    pub reason: Reason,
}

/// The questions that are due today, at most this many. Places that are left go to questions that have never been
/// asked: of the bank of misconceptions, those of lessons that the learner has begun first; then of the first lessons.
pub fn due(record: &Record, listed: &[Entry], bank: &[beliefs::Entry], today: u32, most: usize) -> Vec<Due> {
    let mut found = Vec::new();
    for (place, entry) in listed.iter().enumerate() {
        let Some(account) = record.lessons.get(&entry.slug) else { continue };
        for step in &entry.questions {
            if let Some((reason, late)) = answered(account, step, today) {
                let old = matches!(reason, Reason::Old(_));
                let due = Due { lesson: entry.slug.clone(), step: step.clone(), reason };
                found.push(((old, u32::MAX - late, place), due));
            }
        }
    }
    sort_by_key(&mut found, |(order, _)| *order);
    let mut found: Vec<Due> = found.into_iter().map(|(_, due)| due).collect();
    let of_bank = of_bank(record, listed, bank);
    let others = listed.iter().flat_map(|entry| unasked(record, entry));
    // One that is due on another day is not asked today in the place of a new one.
    for fresh in of_bank.into_iter().chain(others) {
        if found.len() >= most {
            break;
        }
        if !found.iter().any(|due| due.lesson == fresh.lesson && due.step == fresh.step) {
            found.push(fresh);
        }
    }
    found.truncate(most);
    found
}

/// The questions of the bank that have never been asked; those of lessons that were begun come first.
fn of_bank(record: &Record, listed: &[Entry], bank: &[beliefs::Entry]) -> Vec<Due> {
    let (mut begun, mut others) = (Vec::new(), Vec::new());
    for belief in bank {
        let slug = canonical(&belief.lesson);
        let Some(entry) = listed.iter().find(|entry| entry.slug == slug) else { continue };
        let Some(due) = unasked(record, entry).find(|due| due.step == belief.step) else { continue };
        let is_begun = record.lessons.get(&slug).is_some_and(|account| account.done() > 0);
        if is_begun { &mut begun } else { &mut others }.push(due);
    }
    begun.append(&mut others);
    begun
}

/// The misconception that an answer states, in a language whose bank is loaded.
pub fn belief(lang: &str, lesson: &str, step: &str, choice: &str) -> Option<&'static beliefs::Entry> {
    let states = |belief: &&beliefs::Entry| {
        belief.step == step && belief.choice == choice && canonical(&belief.lesson) == lesson
    };
    beliefs::entries(lang)?.iter().find(states)
}

/// Why an answered question is due and how many days late it is; none if it is not answered or not due.
fn answered(account: &Account, step: &str, today: u32) -> Option<(Reason, u32)> {
    let given = account.answers.get(step);
    if let Some(review) = account.reviews.get(step) {
        let ago = Some(today.saturating_sub(review.day));
        let reason = if review.level == 0 { Reason::Wrong(ago) } else { Reason::Old(ago) };
        return Some((reason, today.checked_sub(review.due_day())?));
    }
    // Answers of earlier versions have no day. More than one means that the first was wrong.
    let given = given.filter(|given| !given.is_empty())?;
    let solved = account.steps.iter().any(|done| done == step);
    let right = solved && given.len() == 1;
    Some((if right { Reason::Old(None) } else { Reason::Wrong(None) }, 0))
}

/// The questions of a lesson that have never been asked.
fn unasked<'a>(record: &'a Record, entry: &'a Entry) -> impl Iterator<Item = Due> + use<'a> {
    let account = record.lessons.get(&entry.slug);
    let asked = move |step: &String| {
        account
            .is_some_and(|account| account.answers.contains_key(step) || account.reviews.contains_key(step))
    };
    let fresh = entry.questions.iter().filter(move |step| !asked(step));
    fresh.map(|step| Due { lesson: entry.slug.clone(), step: step.clone(), reason: Reason::New })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spacing::Review;

    fn listed() -> Vec<Entry> {
        let entry = |slug: &str, questions: &[&str]| Entry {
            slug: slug.to_owned(),
            track: 1,
            minutes: 5,
            steps: 3,
            questions: questions.iter().map(|step| (*step).to_owned()).collect(),
            requires: Vec::new(),
            mission: None,
            title: String::new(),
            summary: String::new(),
        };
        vec![entry("none", &[]), entry("a", &["why"]), entry("b", &["why", "how"]), entry("c", &["why"])]
    }

    fn names(due: &[Due]) -> Vec<String> {
        due.iter().map(|due| format!("{}.{}", due.lesson, due.step)).collect()
    }

    #[test]
    fn without_a_record_the_first_lessons_ask() {
        let due = due(&Record::default(), &listed(), &[], 100, 3);
        assert_eq!(names(&due), ["a.why", "b.why", "b.how"]);
        assert!(due.iter().all(|due| due.reason == Reason::New));
    }

    #[test]
    fn wrong_answers_come_first_then_the_most_overdue() {
        let mut record = Record::default();
        let mut answer = |slug: &str, step: &str, day: u32, level: u32| {
            let account = record.lessons.entry(slug.to_owned()).or_default();
            account.reviews.insert(step.to_owned(), Review { day, level });
        };
        answer("a", "why", 90, 1);
        answer("b", "why", 80, 2);
        answer("b", "how", 99, 0);
        answer("c", "why", 99, 3);
        let found = due(&record, &listed(), &[], 100, 3);
        assert_eq!(names(&found), ["b.how", "b.why", "a.why"]);
        assert_eq!(found[0].reason, Reason::Wrong(Some(1)));
        assert_eq!(found[1].reason, Reason::Old(Some(20)));
        // Right again, and it rests for a week.
        let account = record.lessons.entry("b".to_owned()).or_default();
        let review = account.reviews.get("why").copied().unwrap_or_default().after(true, 100);
        assert_eq!(review, Review { day: 100, level: 3 });
        account.reviews.insert("why".to_owned(), review);
        let of = |today: u32| names(&due(&record, &listed(), &[], today, 9)).contains(&"b.why".to_owned());
        assert!(!of(100) && !of(106) && of(107));
    }

    #[test]
    fn places_that_are_left_go_to_misconceptions_once_each() {
        let belief = |lesson: &str, step: &str| beliefs::Entry {
            id: String::new(),
            lesson: lesson.to_owned(),
            step: step.to_owned(),
            choice: String::new(),
            says: String::new(),
            why: String::new(),
        };
        let bank = [belief("c", "why"), belief("gone", "why"), belief("b", "how"), belief("b", "how")];
        let mut record = Record::default();
        let asked = |record: &Record| names(&due(record, &listed(), &bank, 100, 3));
        assert_eq!(asked(&record), ["c.why", "b.how", "a.why"]);
        // A lesson that was begun is asked about first, and a question that is due comes before it.
        let account = record.lessons.entry("b".to_owned()).or_default();
        (account.total, account.steps) = (3, vec!["scene".to_owned()]);
        assert_eq!(asked(&record), ["b.how", "c.why", "a.why"]);
        let account = record.lessons.entry("a".to_owned()).or_default();
        account.reviews.insert("why".to_owned(), Review { day: 90, level: 1 });
        assert_eq!(asked(&record), ["a.why", "b.how", "c.why"]);
        // What was answered today is not asked again.
        let account = record.lessons.entry("b".to_owned()).or_default();
        account.reviews.insert("how".to_owned(), Review { day: 100, level: 1 });
        assert_eq!(asked(&record), ["a.why", "c.why", "b.why"]);
    }

    #[test]
    fn answers_without_a_day_are_due_and_a_second_answer_means_that_the_first_was_wrong() {
        let mut record = Record::default();
        let account = record.lessons.entry("a".to_owned()).or_default();
        account.answers.insert("why".to_owned(), vec!["same".to_owned()]);
        account.steps.push("why".to_owned());
        let account = record.lessons.entry("c".to_owned()).or_default();
        account.answers.insert("why".to_owned(), vec!["more".to_owned(), "same".to_owned()]);
        account.steps.push("why".to_owned());
        let found = due(&record, &listed(), &[], 100, 3);
        assert_eq!(names(&found), ["c.why", "a.why", "b.why"]);
        assert_eq!(found[0].reason, Reason::Wrong(None));
    }
}
