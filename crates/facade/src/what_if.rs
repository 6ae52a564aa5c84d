//! What if: a branch from a cause with one change, and the same commands afterwards.
//!
//! Guarantees: up to the cause the branch equals its line, event by event; after it the same commands come at the same
//! times, refused where they no longer apply. Leaves out: which causes there are (`why`), and comparing the two lines
//! (`timeline`).

use super::Lab;
use super::answer::Answer;
use super::change::Change;
use super::command::{Action, Command};
use super::run::Advance;
use quorum_types::{Micros, Refusal};

impl Lab {
    /// Branches at a point of the line, with a change, and repeats the rest up to the present time.
    pub(super) fn what_if(&mut self, change: Change, steps: u64, commands: u64) -> Result<Answer, Refusal> {
        self.may_seek()?;
        let (until, here) = (self.now_us(), self.point());
        let commands = usize::try_from(commands).unwrap_or(usize::MAX);
        if steps > here.0 || commands > here.1 {
            let error = "this moment of the line is not reached yet; ask for the causes again";
            return Err(Refusal::new("no_such_moment", error));
        }
        // On a copy first: a change that does not apply leaves the run as it is.
        let mut copy = self.clone();
        copy.leave()?;
        copy.go_to_steps(steps, Some(commands));
        if copy.point() != (steps, commands) {
            let error = "the line has no such moment; ask for the causes again";
            return Err(Refusal::new("no_such_moment", error));
        }
        match change {
            Change::WithoutCommand => copy.branch_without_next()?,
            Change::DropMessage { message } => copy.branch_with(Action::DropMessage { message }.into())?,
            Change::DelayTimer { node, us } => {
                let jump_us = -i64::try_from(us).unwrap_or(i64::MAX);
                copy.branch_with(Action::Clock { node, drift_ppm: 0, jump_us, period_us: 0 }.into())?;
            }
        }
        copy.run_branch(until);
        *self = copy;
        Ok(self.done())
    }

    /// Runs a new branch up to a time. Its events go to the caller, because they belong to a line of their own; goals do
    /// not count, because the branch repeats what was asked before.
    fn run_branch(&mut self, until: Micros) {
        let (grader, waits) = (self.grader.take(), std::mem::take(&mut self.waits));
        let answers = std::mem::take(&mut self.answers);
        let within = self.plays_by_itself(true);
        while self.advance(until, u32::MAX) == Advance::Budget {}
        self.plays_by_itself(within);
        // No caller waits for the answers to repeated commands.
        self.unanswered.clear();
        (self.grader, self.waits, self.answers) = (grader, waits, answers);
    }

    /// Gives a command on a branch that then repeats the line's later commands.
    fn branch_with(&mut self, command: Command) -> Result<(), Refusal> {
        let now = self.now_us();
        self.past.branch_keeping(now, 0);
        self.past.note_on_branch(now, &command);
        let mut refused = None;
        let within = self.plays_by_itself(true);
        refused = refused.or(self.dispatch(0, command).err());
        self.collect();
        self.plays_by_itself(within);
        refused.map_or(Ok(()), Err)
    }

    /// Branches without the next command of the line.
    fn branch_without_next(&mut self) -> Result<(), Refusal> {
        if self.next_repeated_us().is_none() {
            return Err(Refusal::new("no_such_moment", "no command comes next at this moment of the line"));
        }
        let now = self.now_us();
        self.past.branch_keeping(now, 1);
        Ok(())
    }

    /// Whether messages of this world can be dropped one by one.
    pub(super) fn drops_messages(&self) -> bool {
        self.world.drops_messages()
    }

    /// Whether nodes of this world have clocks that can be set.
    pub(super) fn has_clocks(&self) -> bool {
        self.world.has_clocks()
    }
}
