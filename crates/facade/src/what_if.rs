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
        if change == Change::WithoutCommand && copy.next_repeated_us().is_none() {
            return Err(Refusal::new("no_such_moment", "no command comes next at this moment of the line"));
        }
        copy.run_branch(command_of(change), until)?;
        *self = copy;
        Ok(self.done())
    }

    /// Runs a branch up to a time: from the present with a command and all of the line's later ones, or without the
    /// next of those. Its events go to the caller, because they belong to a line of their own; goals do not count,
    /// because the branch repeats what was asked before.
    fn run_branch(&mut self, command: Option<Command>, until: Micros) -> Result<(), Refusal> {
        let now = self.now_us();
        self.past.branch_keeping(now, usize::from(command.is_none()));
        self.ungraded(|lab| {
            if let Some(command) = command {
                lab.past.note_on_branch(now, &command);
                lab.dispatch(0, command)?;
                lab.collect();
            }
            while lab.advance(until, u32::MAX) == Advance::Budget {}
            Ok(())
        })
    }
}

/// The command that makes a change; none if one is left out.
fn command_of(change: Change) -> Option<Command> {
    Some(match change {
        Change::WithoutCommand => return None,
        Change::DropMessage { message } => Action::DropMessage { message }.into(),
        Change::DelayTimer { node, us } => {
            let jump_us = -i64::try_from(us).unwrap_or(i64::MAX);
            Action::Clock { node, drift_ppm: 0, jump_us, period_us: 0 }.into()
        }
    })
}
