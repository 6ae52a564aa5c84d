//! Time travel: the commands of a run with their times, in lines that branch, and going to any moment of them.
//!
//! A run goes to any point of its line in time: it restores the last saved moment before it (`moments`) and replays the
//! same commands. What lies ahead of the present stays: time that passes repeats it, command by command. A new command
//! at such a moment starts a branch, which shares the line up to there; nothing is overwritten. Undoing the last
//! command starts a branch without it. A copy of a [`Lab`] is a fork as well. Guarantees: going to a moment restores
//! exactly the same state, to the last event, because a command is repeated after the same number of steps of the
//! world; goals do not count what is only repeated; at most [`MOST_LINES`] lines are kept. Leaves out: a kept run,
//! whose disks are real: it has to leave its store first ([`Lab::leave_store`]).

use super::Lab;
use super::answer::{Answer, Difference};
use super::command::Command;
use super::moments::{Moment, Moments};
use super::run::Advance;
use super::snapshot::{LineFacts, Snapshot, TimelineFacts};
use super::swarm::TimedCommand;
use quorum_types::{Micros, Refusal};

/// How many lines are kept; the oldest one that nothing shows is dropped first.
pub(super) const MOST_LINES: usize = 8;

/// How many rows given by a script one line remembers; with more, the run cannot go back, so that it does not hold all
/// of its data twice.
const MOST_GIVEN_ROWS: u64 = 200_000;

/// What a replayed run does.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    /// The names of the rules that are off from the beginning.
    pub(super) off: Vec<String>,
    /// What is done, in order of time.
    pub(super) actions: Vec<TimedCommand>,
    /// How much of it is done.
    pub(super) done: usize,
}

/// A point of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    at_us: Micros,
    /// How many steps of the world lead to it.
    steps: u64,
}

/// A command and the point at which it was given.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    at: Point,
    command: Command,
}

/// A line of time: what was asked of the run, from its beginning.
#[derive(Clone, Debug, Default)]
struct Line {
    /// 0 for the first line, then one more for each branch.
    number: u32,
    /// The line that it left, and when.
    parent: Option<(u32, Micros)>,
    asked: Vec<Asked>,
    /// The furthest point that was reached.
    end: Point,
}

/// What was asked and when, with moments kept whole.
#[derive(Clone, Debug)]
pub(super) struct Past {
    lines: Vec<Line>,
    current: usize,
    /// How many commands of the current line are done.
    done: usize,
    /// How many steps of the world lead to the present.
    steps: u64,
    pub(super) moments: Moments,
    next_number: u32,
    /// How many rows the commands contain.
    given_rows: u64,
    /// Whether anything is noted at all.
    notes: bool,
}

impl Default for Past {
    fn default() -> Self {
        Self {
            lines: vec![Line::default()],
            current: 0,
            done: 0,
            steps: 0,
            moments: Moments::default(),
            next_number: 1,
            given_rows: 0,
            notes: true,
        }
    }
}

impl Past {
    fn line(&self) -> &Line {
        &self.lines[self.current]
    }

    fn place_of(&self, number: u32) -> Option<usize> {
        self.lines.iter().position(|line| line.number == number)
    }

    /// Something new was asked: it belongs to the line, or to a branch if more lies ahead on the line.
    pub(super) fn note(&mut self, now: Micros, command: &Command) {
        if !self.notes {
            return;
        }
        self.given_rows += command.rows_given();
        if self.given_rows > MOST_GIVEN_ROWS {
            return self.forget();
        }
        if self.repeats(now) {
            self.branch(now);
        }
        let asked = Asked { at: Point { at_us: now, steps: self.steps }, command: command.clone() };
        self.lines[self.current].asked.push(asked);
        self.done += 1;
        self.reach(now);
    }

    /// From here on nothing is noted, and nothing can be gone back to.
    pub(super) fn forget(&mut self) {
        *self = Self { notes: false, ..Self::default() };
    }

    /// Whether more of the line lies ahead of the present.
    pub(super) fn repeats(&self, now: Micros) -> bool {
        let line = self.line();
        self.done < line.asked.len() || line.end.at_us > now || line.end.steps > self.steps
    }

    /// Time has come this far.
    pub(super) fn reach(&mut self, now: Micros) {
        if self.notes {
            let point = Point { at_us: now, steps: self.steps };
            let end = &mut self.lines[self.current].end;
            *end = (*end).max(point);
        }
    }

    /// Leaves the current line at the present.
    fn branch(&mut self, now: Micros) {
        self.leave_line(now, Vec::new());
    }

    /// Leaves the current line at the present, without its next `skipped` commands but with all later ones: from there
    /// on they are given by time, because the steps in between may differ.
    pub(super) fn branch_keeping(&mut self, now: Micros, skipped: usize) {
        let later = self.line().asked.iter().skip(self.done + skipped).cloned();
        let later = later.map(|asked| Asked { at: Point { steps: u64::MAX, ..asked.at }, ..asked }).collect();
        self.leave_line(now, later);
    }

    /// Inserts a command at the present, before those that are still to be repeated.
    pub(super) fn note_on_branch(&mut self, now: Micros, command: &Command) {
        let asked = Asked { at: Point { at_us: now, steps: self.steps }, command: command.clone() };
        let done = self.done;
        self.lines[self.current].asked.insert(done, asked);
        self.done += 1;
        self.reach(now);
    }

    /// Begins a line that shares what was done so far with the current one, and goes on with these commands.
    fn leave_line(&mut self, now: Micros, later: Vec<Asked>) {
        let line = self.line();
        let branch = Line {
            number: self.next_number,
            parent: Some((line.number, now)),
            asked: line.asked[..self.done].iter().cloned().chain(later).collect(),
            end: Point { at_us: now, steps: self.steps },
        };
        self.next_number += 1;
        self.moments.drop_after(self.steps);
        if self.lines.len() >= MOST_LINES {
            // The line that is left stays, for it is what a reader wants to compare with.
            let oldest = (0..self.lines.len()).find(|place| *place != self.current).unwrap_or_default();
            self.lines.remove(oldest);
        }
        self.lines.push(branch);
        self.current = self.lines.len() - 1;
    }

    /// The next command of the line, if more were given than are done.
    fn ahead(&self) -> Option<&Asked> {
        self.line().asked.get(self.done)
    }

    /// How many steps the line `other` shares with the current one.
    fn shared_with(&self, other: usize) -> u64 {
        let (one, two) = (self.line(), &self.lines[other]);
        let same = one.asked.iter().zip(&two.asked).take_while(|(a, b)| a == b).count();
        let next = |line: &Line| line.asked.get(same).map(|asked| asked.at.steps);
        let ends = one.end.steps.min(two.end.steps);
        [next(one), next(two)].into_iter().flatten().min().unwrap_or(ends)
    }

    fn facts(&self, now: Micros) -> TimelineFacts {
        let current = self.line().number;
        let end_us = self.line().end.at_us.max(now);
        let lines = self.lines.iter().map(|line| LineFacts {
            number: line.number,
            parent: line.parent.map(|(number, _)| number),
            fork_us: line.parent.map_or(0, |(_, at_us)| at_us),
            end_us: if line.number == current { end_us } else { line.end.at_us },
            commands: line.asked.len() as u32,
        });
        TimelineFacts {
            line: current,
            end_us,
            repeats: self.repeats(now),
            lines: lines.collect(),
            undo: self.done.checked_sub(1).map(|last| self.line().asked[last].command.op().to_owned()),
        }
    }
}

impl Lab {
    /// The number of the current line, and how far it has been reached: time and steps.
    pub(super) fn line_reached(&self) -> (u32, Micros, u64) {
        let line = self.past.line();
        (line.number, line.end.at_us, line.end.steps)
    }

    /// Whether this run notes its commands.
    pub(super) fn is_noted(&self) -> bool {
        self.past.notes
    }

    /// How many steps of the world and commands of the line lead to the present.
    pub(super) fn point(&self) -> (u64, usize) {
        (self.past.steps, self.past.done)
    }

    /// A step of the world was taken: keeps the moment if that is due.
    pub(super) fn remember(&mut self) {
        self.past.steps += 1;
        self.transcript.count_step();
        let now = self.now_us();
        self.past.reach(now);
        if self.config.kept || !self.past.notes || !self.past.moments.is_due(self.past.steps) {
            return;
        }
        let Some((copied, most_bytes)) = self.world.copied() else { return };
        let mut world = self.world.clone();
        // The caller that goes back has already received these.
        world.take_events();
        let (commands, steps) = (self.past.done, self.past.steps);
        let moment = Moment { at_us: now, steps, world, commands, actions: self.script.done, copied };
        self.past.moments.keep(moment, most_bytes);
    }

    /// When the line asks for its next command, if it has one.
    pub(super) fn next_repeated_us(&self) -> Option<Micros> {
        self.past.ahead().map(|asked| asked.at.at_us)
    }

    /// Gives the line's next command again if its point has come: after as many steps as before, or when nothing else
    /// is left to happen by its time.
    pub(super) fn repeat_due(&mut self, limit: Micros) -> bool {
        let Some(asked) = self.past.ahead() else { return false };
        let at = asked.at;
        let comes_first =
            at.steps <= self.past.steps || self.world.next_at().is_none_or(|next| next > at.at_us);
        if at.at_us > limit || !comes_first {
            return false;
        }
        let command = asked.command.clone();
        self.past.done += 1;
        self.world.pass(at.at_us);
        // It was accepted the first time, or refused in the same way; no caller waits for this answer.
        let waits = self.waits.len();
        let _ = self.dispatch(0, command);
        self.waits.truncate(waits);
        true
    }

    // --- going to a moment

    /// Goes to a moment of the current line.
    pub(super) fn seek(&mut self, t_us: Micros) -> Result<(), Refusal> {
        self.leave()?;
        self.go_to(t_us);
        Ok(())
    }

    pub(super) fn go_to(&mut self, t_us: Micros) {
        self.restore(|moment| moment.at_us < t_us);
        self.silently(|lab| {
            lab.advance(t_us, u32::MAX);
        });
    }

    /// Leaves the present, if this run goes to other moments: the line has come this far.
    pub(super) fn leave(&mut self) -> Result<(), Refusal> {
        self.may_seek()?;
        let now = self.now_us();
        self.past.reach(now);
        Ok(())
    }

    /// Whether the current line has reached a moment already.
    pub(super) fn is_known(&self, t_us: Micros) -> bool {
        t_us <= self.past.line().end.at_us
    }

    /// Whether this run goes to other moments at all.
    pub(super) fn may_seek(&self) -> Result<(), Refusal> {
        if self.config.kept {
            let error = "a kept run cannot go back: its disks are real. Run in memory to go back and forth";
            return Err(Refusal::new("kept", error));
        }
        if !self.past.notes {
            let error = "this run cannot go back: what was asked of it is not kept in memory";
            return Err(Refusal::new("kept", error));
        }
        Ok(())
    }

    /// Goes to the moment before the last event.
    pub(super) fn step_back(&mut self) -> Result<(), Refusal> {
        self.leave()?;
        let (count, present) = (self.world.event_count(), (self.past.steps, self.past.done));
        let mut from = present.0;
        // A step may leave no event, so the last one that did is looked for between two kept moments.
        let before = loop {
            from =
                self.past.moments.last_where(|moment| moment.steps < from).map_or(0, |moment| moment.steps);
            self.go_to_steps(from, None);
            let mut before = None;
            while self.world.event_count() < count && (self.past.steps, self.past.done) < present {
                before = Some((self.past.steps, self.past.done));
                if self.one_step() {
                    break;
                }
            }
            if before.is_some() || from == 0 {
                break before.unwrap_or_default();
            }
        };
        self.go_to_steps(before.0, Some(before.1));
        Ok(())
    }

    /// Goes to the moment before the last command, on a branch without it.
    pub(super) fn undo(&mut self) -> Result<(), Refusal> {
        self.leave()?;
        let Some(last) = self.past.done.checked_sub(1) else {
            return Err(Refusal::new("nothing_to_undo", "nothing was asked of this run before this moment"));
        };
        let at = self.past.line().asked[last].at;
        self.go_to_steps(at.steps, Some(last));
        self.silently(|lab| lab.world.pass(at.at_us));
        let now = self.now_us();
        self.past.branch(now);
        Ok(())
    }

    /// Changes to another line, at a moment of it, or where it was left.
    pub(super) fn change_line(&mut self, number: u32, t_us: Option<Micros>) -> Result<(), Refusal> {
        self.leave()?;
        let Some(place) = self.past.place_of(number) else {
            let known: Vec<String> = self.past.lines.iter().map(|line| line.number.to_string()).collect();
            let error = format!("there is no line {number}; there are {}", known.join(", "));
            return Err(Refusal::new("no_such_line", error));
        };
        let shared = self.past.shared_with(place);
        self.past.moments.drop_after(shared);
        self.past.current = place;
        self.go_to(t_us.unwrap_or(self.past.line().end.at_us));
        Ok(())
    }

    /// What differs at a moment between this line and another: the metrics, and the other line's snapshot.
    pub(super) fn compare(&self, number: u32, t_us: Option<Micros>) -> Result<Answer, Refusal> {
        let mut copy = self.clone();
        let t_us = t_us.unwrap_or(self.now_us());
        copy.seek(t_us)?;
        let here: Vec<_> = copy.metrics().into_iter().map(|name| (name, copy.metric(name))).collect();
        copy.change_line(number, Some(t_us))?;
        let differences = here.into_iter().filter_map(|(name, here)| {
            let there = copy.metric(name);
            (here != there).then(|| Difference { name: name.to_owned(), here, there })
        });
        let snapshot: Box<Snapshot> = Box::new(copy.snapshot());
        Ok(Answer::Compared { ok: true, t_us, differences: differences.collect(), snapshot })
    }

    /// The state after this many steps of the current line, and of its commands as many as given, or all of them.
    pub(super) fn go_to_steps(&mut self, steps: u64, commands: Option<usize>) {
        self.restore(|moment| {
            moment.steps <= steps && commands.is_none_or(|commands| moment.commands <= commands)
        });
        self.silently(|lab| {
            let is_there = |lab: &Self| match commands {
                Some(commands) => lab.past.steps >= steps && lab.past.done >= commands,
                None => lab.past.steps >= steps,
            };
            while !is_there(lab) && !lab.one_step() {}
        });
    }

    /// Takes one step of the world, or gives one command again; true when nothing more happens.
    pub(super) fn one_step(&mut self) -> bool {
        let limit = self.past.line().end.at_us;
        let before = (self.past.steps, self.past.done);
        let mut over = false;
        self.silently(|lab| {
            while before == (lab.past.steps, lab.past.done) && !over {
                over = lab.advance(limit, 1) != Advance::Budget;
            }
        });
        over && before == (self.past.steps, self.past.done)
    }

    /// Restores the last kept moment that satisfies a condition, or the beginning.
    pub(super) fn restore(&mut self, holds: impl Fn(&Moment) -> bool) {
        self.refuse_owed();
        match self.past.moments.last_where(holds) {
            Some(moment) => {
                self.world = moment.world.clone();
                self.script.done = moment.actions;
                (self.past.steps, self.past.done) = (moment.steps, moment.commands);
            }
            None => {
                self.world = self.fresh_world();
                self.script.done = 0;
                (self.past.steps, self.past.done) = (0, 0);
            }
        }
    }

    /// Replays without a trace: the caller receives no events and no answers, goals do not count, and nothing is played
    /// meanwhile.
    pub(super) fn silently(&mut self, replay: impl FnOnce(&mut Self)) {
        let events = std::mem::take(&mut self.events);
        self.ungraded(|lab| {
            lab.majority = lab.world.can_elect();
            lab.collect();
            replay(lab);
        });
        self.events = events;
    }

    /// Replays without answers, goals and plays; the caller receives the events.
    pub(super) fn ungraded<R>(&mut self, replay: impl FnOnce(&mut Self) -> R) -> R {
        let (grader, waits) = (self.grader.take(), std::mem::take(&mut self.waits));
        let answers = std::mem::take(&mut self.answers);
        let within = self.plays_by_itself(true);
        let replayed = replay(self);
        self.plays_by_itself(within);
        // No caller waits for the answers to repeated commands.
        self.unanswered.clear();
        (self.grader, self.waits, self.answers) = (grader, waits, answers);
        replayed
    }

    /// Leaves the host's store: the run goes on as a copy in memory, which can go back; what is stored stays as it is.
    pub fn leave_store(&mut self) {
        self.world.outbox_mut().give_up();
        self.config.kept = false;
    }

    /// The lines of the run; none while it cannot go back.
    pub(super) fn timeline_facts(&self) -> Option<TimelineFacts> {
        self.past.notes.then(|| self.past.facts(self.now_us()))
    }
}
