//! A learner's progress in a lesson, as reported to scripts and to the parent page of a frame.
//!
//! Guarantees: progress is reported only when it differs from the last report; a goal is reported once, when it is met.
//! Leaves out: judging goals (the lab does that).

use serde::Serialize;

use quorum_facade::Snapshot;

/// A learner's progress.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The lesson's slug.
    pub lesson: String,
    /// The step that is open, from 0.
    pub step: u32,
    /// Goals met.
    pub goals_met: usize,
    /// Goals in all.
    pub goals: usize,
    /// Whether all are met.
    pub done: bool,
}

/// A goal that has just been met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoalMet {
    /// The lesson's slug.
    pub lesson: String,
    /// The goal's name.
    pub id: String,
    /// The step it belongs to, from 0.
    pub step: u32,
    /// Always true.
    pub met: bool,
}

/// Derives progress from snapshots.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    last: Option<Progress>,
    met: Vec<String>,
}

impl Watch {
    /// What changed with this snapshot: the progress, if it differs, and goals newly met.
    pub fn see(&mut self, snapshot: &Snapshot) -> (Option<Progress>, Vec<GoalMet>) {
        let Some(lesson) = &snapshot.lesson else {
            *self = Self::default();
            return (None, Vec::new());
        };
        if self.last.as_ref().is_some_and(|last| last.lesson != lesson.slug) {
            *self = Self::default();
        }
        let mut news = Vec::new();
        for goal in lesson.goals.iter().filter(|goal| goal.met) {
            if !self.met.contains(&goal.id) {
                self.met.push(goal.id.clone());
                let (lesson, id) = (lesson.slug.clone(), goal.id.clone());
                news.push(GoalMet { lesson, id, step: goal.step, met: true });
            }
        }
        // When a run starts over, goals are open again.
        self.met.retain(|id| lesson.goals.iter().any(|goal| goal.met && goal.id == *id));
        let progress = Progress {
            lesson: lesson.slug.clone(),
            step: lesson.step,
            goals_met: self.met.len(),
            goals: lesson.goals.len(),
            done: !lesson.goals.is_empty() && self.met.len() == lesson.goals.len(),
        };
        let changed = self.last.as_ref() != Some(&progress);
        self.last = Some(progress);
        (self.last.clone().filter(|_| changed), news)
    }

    /// The last progress that was seen.
    pub fn last(&self) -> Option<&Progress> {
        self.last.as_ref()
    }
}
