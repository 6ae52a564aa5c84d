//! Opens a saved run again: repeats what was asked, goals included, up to the moment that was saved.
//!
//! Guarantees: every limit that applies to a command when it is first given applies here as well, what a lesson allows
//! included; a run that does not lead to its own fingerprint is refused; no data makes it take more than
//! [`MOST_STEPS`] steps of the world, plus those of one journey. Leaves out: the bytes (the crate `saved_run`).

use super::answer::Answer;
use super::command::{Command, Control};
use super::run::{Advance, RunConfig};
use super::saved::{Arrival, Asked, Began, MOST_STEPS, SavedRun, too_long};
use super::transcript::may_be_entry;
use super::{Lab, limits};
use quorum_types::{Micros, Refusal};

/// How many steps are taken between two looks at the budget.
const AT_ONCE: u32 = 10_000;
/// Most events that are kept for the caller, and how many are dropped at once when there are more.
const MOST_EVENTS: usize = 60_000;

fn forged(what: &str) -> Refusal {
    Refusal::new("bad_run", format!("the run cannot have been like this: {what}"))
}

fn other(what: &str) -> Refusal {
    Refusal::new("run_differs", format!("the run does not repeat here: {what}"))
}

impl Lab {
    /// Opens a saved run at its moment, in memory. It can go back from there like any run.
    pub fn reopen(saved: &SavedRun, lang: &str) -> Result<Self, Refusal> {
        let lab = Self::repeat(saved, lang)?;
        if lab.fingerprint() != saved.fingerprint {
            return Err(other("its events, goals or answers are different"));
        }
        Ok(lab)
    }

    /// As [`Lab::reopen`], without a look at the fingerprint: for making one.
    pub fn repeat(saved: &SavedRun, lang: &str) -> Result<Self, Refusal> {
        saved.check()?;
        let config = |lesson: Option<&String>, topology: Option<&String>, seed| RunConfig {
            lesson: lesson.cloned(),
            topology: topology.cloned(),
            seed,
            kept: false,
            lang: lang.to_owned(),
        };
        let mut lab = match &saved.began {
            Began::Lesson { slug, seed } => {
                let seed = seed.map_or_else(|| super::known_lesson(slug).map(|lesson| lesson.seed), Ok)?;
                Self::open(config(Some(slug), None, seed), None)?
            }
            Began::Topology { word, seed } => Self::open(config(None, Some(word), *seed), None)?,
            Began::Schedule(replay) => Self::replay(replay, lang)?,
        };
        for entry in &saved.entries {
            lab.arrive(entry.at)?;
            match &entry.what {
                Asked::Command(command) => lab.ask_again(command.clone())?,
                Asked::Go { line, to } => lab.go_again(*line, *to)?,
            }
            lab.transcript.push(entry.clone());
            lab.transcript_here();
        }
        lab.arrive(saved.moment)?;
        // Nobody waits for these.
        lab.answers.clear();
        lab.unanswered.clear();
        Ok(lab)
    }

    /// Advances to where something was asked.
    fn arrive(&mut self, at: Arrival) -> Result<(), Refusal> {
        let now = self.now_us();
        if at.t_us().is_some_and(|t_us| t_us < now) {
            return Err(forged("time goes back without a journey"));
        }
        match at {
            Arrival::Here => Ok(()),
            Arrival::AtRest { t_us } => {
                while self.go_on(t_us, AT_ONCE)? == Advance::Budget {}
                Ok(())
            }
            Arrival::Between { t_us, steps, commands } => {
                let is_before = |lab: &Self| {
                    let (now_steps, now_commands) = lab.point();
                    now_steps < steps || (now_commands as u64) < commands
                };
                while is_before(self) {
                    if self.go_on(t_us, 1)? != Advance::Budget && is_before(self) {
                        return Err(other("it takes other steps"));
                    }
                }
                self.pass_to(t_us);
                let (now_steps, now_commands) = self.point();
                match (now_steps, now_commands as u64) == (steps, commands) && self.now_us() == t_us {
                    true => Ok(()),
                    false => Err(other("it takes other steps")),
                }
            }
        }
    }

    /// Advances, within the budget.
    fn go_on(&mut self, t_us: Micros, max_events: u32) -> Result<Advance, Refusal> {
        let ended = self.advance(t_us, max_events);
        if self.events.len() > MOST_EVENTS {
            self.events.drain(..MOST_EVENTS / 2);
        }
        if self.transcript.taken() > MOST_STEPS { Err(too_long()) } else { Ok(ended) }
    }

    /// Lets time pass in which nothing happens.
    fn pass_to(&mut self, t_us: Micros) {
        if t_us > self.now_us() && self.world.next_at().is_none_or(|next| next >= t_us) {
            self.world.pass(t_us);
        }
    }

    /// Gives a command again, as a learner did.
    fn ask_again(&mut self, command: Command) -> Result<(), Refusal> {
        limits::command(&command, self.now_us())?;
        if !may_be_entry(&command) {
            return Err(forged(&format!("“{}” is never written down", command.op())));
        }
        match command {
            Command::Control(Control::Undo) => {
                self.interrupt_play();
                return self.undo();
            }
            Command::Control(Control::WhatIf { change, steps, commands }) => {
                self.interrupt_play();
                return self.what_if(change, steps, commands).map(|_| ());
            }
            _ => {}
        }
        let acts = matches!(command, Command::Control(Control::Act { .. }));
        self.answers.clear();
        let Some(command) = self.of_lesson(0, command) else {
            return match self.answers.pop() {
                Some((_, Answer::Refused { code, error, .. })) if code != "refuted" && !acts => {
                    Err(Refusal::new(&code, error))
                }
                _ => Ok(()),
            };
        };
        if !command.only_reads() {
            let now = self.now_us();
            self.past.note(now, &command);
        }
        // Refused as it was refused the first time; it counts all the same.
        let waits = self.waits.len();
        let _ = self.dispatch(0, command);
        self.waits.truncate(waits);
        self.collect();
        Ok(())
    }

    /// Goes to a moment of a line again.
    fn go_again(&mut self, line: u32, to: Arrival) -> Result<(), Refusal> {
        self.interrupt_play();
        if line != self.line_reached().0 {
            self.change_line(line, to.t_us())?;
        } else {
            self.leave()?;
        }
        match to {
            Arrival::Here => return Err(forged("a journey leads nowhere")),
            Arrival::AtRest { t_us } if self.is_known(t_us) => self.go_to(t_us),
            Arrival::Between { t_us, steps, commands } if self.is_known(t_us) => {
                if steps > self.line_reached().2 {
                    return Err(forged("a journey leads beyond its line"));
                }
                let commands = usize::try_from(commands).unwrap_or(usize::MAX);
                self.go_to_steps(steps, Some(commands));
                if self.point() != (steps, commands) {
                    return Err(other("it takes other steps"));
                }
                self.pass_to(t_us);
            }
            _ => return Err(forged("a journey leads beyond its line")),
        }
        if self.transcript.taken() > MOST_STEPS { Err(too_long()) } else { Ok(()) }
    }
}
