//! The learner's record in this browser: one entry of `localStorage`.
//!
//! Guarantees: what another tab wrote in the meantime is merged, never overwritten; where storage is denied or full the
//! record lives as long as the page and says so ([`stored`]); in a frame whose host keeps it, nothing is read or
//! written here. Leaves out: its contents (`lesson::record`).

use std::cell::RefCell;

use super::address::{local_storage, take_goals};
use super::clock::today;
use super::frame::Keeping;
use quorum_facade::snapshot::LessonFacts;
use quorum_lesson::manifest::BUILT_IN;
use quorum_lesson::record::{Account, Record, join};
use quorum_lesson::{Lesson, list};

/// The key in storage. The page's first script looks for it.
pub(super) const KEY: &str = "quorum-lab/progress";

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::default();
}

/// Decides where the record is kept, before it is read: a host page that keeps it itself, or that wants none, gets one
/// that begins empty and ends with the page.
pub fn keep(keeping: Keeping) {
    KEPT.with_borrow_mut(|kept| kept.keeping = keeping);
}

#[derive(Default)]
struct Kept {
    record: Record,
    /// The text that was last read or written.
    text: String,
    begun: bool,
    /// Whether the last write failed.
    lost: bool,
    keeping: Keeping,
}

impl Kept {
    /// Reads what other tabs have written.
    fn refresh(&mut self) {
        if self.keeping != Keeping::Local {
            return;
        }
        let text = local_storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
        if let Some(text) = text.filter(|text| *text != self.text) {
            // A record that cannot be read is of another version; it is left alone until something is written.
            if let Ok(record) = Record::read(&text) {
                self.record.merge(&record);
            }
            self.text = text;
        }
        if !core::mem::replace(&mut self.begun, true) && self.take_earlier() {
            self.write();
        }
    }

    /// Imports what earlier versions of the page stored per lesson, before there was a record. Which steps that
    /// finishes is determined when the lesson is opened ([`note`]).
    fn take_earlier(&mut self) -> bool {
        let mut any = false;
        for lesson in &BUILT_IN {
            let slug = lesson.slug();
            let Some(goals) = take_goals(slug) else { continue };
            let goals: Vec<String> = goals.split_whitespace().map(str::to_owned).collect();
            let account = self.record.lessons.entry(slug.to_owned()).or_default();
            join(&mut account.goals, &goals);
            let listed = ["zh", "en"].into_iter().filter_map(list::entries).flatten();
            let steps = listed.filter(|entry| entry.slug == slug).map(|entry| entry.steps).next();
            account.total = account.total.max(steps.unwrap_or_default());
            self.record.last = Some(slug.to_owned());
            any = true;
        }
        any
    }

    fn write(&mut self) {
        if self.keeping != Keeping::Local {
            return;
        }
        let text = self.record.write();
        let storage = local_storage();
        self.lost = storage.is_none_or(|storage| storage.set_item(KEY, &text).is_err());
        if !self.lost {
            self.text = text;
        }
    }
}

/// Records the steps that are finished by the goals that are met, and whether all are.
fn settle(account: &mut Account, lesson: &Lesson) {
    account.total = lesson.steps.len() as u32;
    for step in &lesson.steps {
        let met = !step.goals.is_empty() && step.goals.iter().all(|goal| account.goals.contains(&goal.id));
        if met {
            join(&mut account.steps, core::slice::from_ref(&step.id));
        }
    }
    account.finished |= account.complete();
}

/// Reads the current record.
pub fn with<R>(look: impl FnOnce(&Record) -> R) -> R {
    KEPT.with_borrow_mut(|kept| {
        kept.refresh();
        look(&kept.record)
    })
}

/// Changes the record, and stores it if it has changed.
pub fn change<R>(how: impl FnOnce(&mut Record) -> R) -> R {
    KEPT.with_borrow_mut(|kept| {
        kept.refresh();
        let before = kept.record.clone();
        let result = how(&mut kept.record);
        if kept.record != before {
            kept.write();
        }
        result
    })
}

/// Whether the browser stores it; true as long as there was nothing to store.
pub fn stored() -> bool {
    KEPT.with_borrow(|kept| !kept.lost)
}

/// What is stored about a lesson.
pub fn account(slug: &str) -> Account {
    with(|record| record.lessons.get(slug).cloned().unwrap_or_default())
}

/// Records the state of a lesson, and returns what is then stored about it.
pub fn note(lesson: &Lesson, facts: &LessonFacts) -> Account {
    change(|record| {
        record.last = Some(lesson.slug.clone());
        let account = record.lessons.entry(lesson.slug.clone()).or_default();
        let met: Vec<String> =
            facts.goals.iter().filter(|goal| goal.met).map(|goal| goal.id.clone()).collect();
        join(&mut account.goals, &met);
        for step in &facts.steps {
            if step.done {
                join(&mut account.steps, core::slice::from_ref(&step.id));
            }
            match step.kind.as_str() {
                "predict" if step.chosen.is_some() || step.settled => {
                    let prediction = account.predictions.entry(step.id.clone()).or_default();
                    if prediction.came.is_none() {
                        if step.chosen.is_some() {
                            prediction.chosen.clone_from(&step.chosen);
                        }
                        prediction.came = step.settled.then(|| step.came.clone());
                    }
                    account.settle_confidence(&step.id);
                }
                "explain" if !step.came.is_empty() => {
                    // The latest answer is the last one of the list, no matter when it was first given.
                    let given = account.answers.entry(step.id.clone()).or_default();
                    if step.came.iter().any(|one| !given.contains(one)) {
                        let right = given.is_empty() && step.came.len() == 1 && step.done;
                        let review = account.reviews.entry(step.id.clone()).or_default();
                        *review = review.after(right, today());
                    }
                    given.retain(|one| !step.came.contains(one));
                    given.extend(step.came.iter().cloned());
                }
                _ => {}
            }
        }
        settle(account, lesson);
        if facts.finished && !account.helped {
            for (name, value) in &facts.scores {
                account.score(name, *value);
            }
        }
        account.clone()
    })
}

/// Changes what is stored about a lesson.
pub fn change_account(slug: &str, how: impl FnOnce(&mut Account)) {
    change(|record| how(record.lessons.entry(slug.to_owned()).or_default()));
}

/// Records the first answer of today to a question that was asked outside its lesson.
pub fn review(slug: &str, step: &str, right: bool) {
    change_account(slug, |account| {
        let review = account.reviews.entry(step.to_owned()).or_default();
        *review = review.after(right, today());
    });
}

/// Imports a file; returns how many lessons it contained, or what is wrong with it.
pub fn import(text: &str) -> Result<usize, String> {
    let read = Record::read(text)?;
    change(|record| record.merged(&read).map(|merged| *record = merged))?;
    Ok(read.lessons.len())
}

/// Erases the record.
pub fn erase() {
    KEPT.with_borrow_mut(|kept| {
        if let Some(storage) = local_storage().filter(|_| kept.keeping == Keeping::Local) {
            // Denied: the record is erased for this visit.
            drop(storage.remove_item(KEY));
        }
        *kept = Kept { begun: true, keeping: kept.keeping, ..Kept::default() };
    });
}
