//! The transcript of a run: what was asked of it from its beginning, so that it can be saved.
//!
//! The timeline (`timeline`) keeps the commands of its latest lines, for going to their moments. The transcript is what
//! a learner did in order, across all lines: commands, answers, actions of a lesson by name, reads that leave an event,
//! and journeys to other moments. Goals depend on all of it. Guarantees: what changes nothing is not written down;
//! journeys with nothing in between are one entry. Leaves out: repeating a transcript (`reopen`).

use std::rc::Rc;

use super::Lab;
use super::answer::Answer;
use super::command::{Command, Control, EngineCommand};
use super::saved::{Arrival, Asked, Began, Entry, MOST_ENTRIES, MOST_STEPS, SavedRun, too_long};
use super::swarm::Replay;
use super::topology::Topology;
use quorum_types::{Micros, Refusal};

/// Most rows given by scripts in one transcript: a saved run with more would be too large to be handed on.
const MOST_GIVEN_ROWS: u64 = 10_000;

/// What was asked of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Transcript {
    entries: Rc<Vec<Entry>>,
    /// Where the run was after the last entry: time, steps, commands of the line.
    after: (Micros, u64, usize),
    /// If the last entry is a journey that later ones may replace: its line, and how far that was reached.
    gone: Option<(u32, Micros, u64)>,
    /// How many steps were taken, those of replays included.
    taken: u64,
    given_rows: u64,
    /// The schedule that the run repeats.
    schedule: Option<Rc<Replay>>,
    /// Whether the run began with settings that nothing but its host knows.
    configured: bool,
}

/// A command that is being executed.
#[derive(Debug)]
pub(super) struct Begun {
    at: Arrival,
    kind: Kind,
    /// The current line and how far it had been reached.
    line: (u32, Micros, u64),
    command: Command,
}

/// What kind of an entry a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Of the lesson: it changes nothing if it is refused.
    Lesson,
    /// Of the world, written down before it is executed.
    World,
    /// A journey that is repeated as it was asked.
    Branch,
    /// A journey that is one entry with those before and after it.
    Journey,
}

impl Transcript {
    pub(super) fn new(configured: bool) -> Self {
        Self { configured, ..Self::default() }
    }

    pub(super) fn of_schedule(&mut self, replay: &Replay) {
        self.schedule = Some(Rc::new(replay.clone()));
        self.configured = false;
    }

    /// A step was taken.
    pub(super) fn count_step(&mut self) {
        self.taken += 1;
    }

    /// How many steps were taken, those of replays included.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    pub(super) fn push(&mut self, entry: Entry) {
        if let Asked::Command(command) = &entry.what {
            self.given_rows += command.rows_given();
        }
        self.gone = None;
        if self.is_whole() {
            Rc::make_mut(&mut self.entries).push(entry);
        }
    }

    /// Whether everything is written down. One entry more than can be saved is kept, as the sign that it is not.
    fn is_whole(&self) -> bool {
        self.entries.len() <= MOST_ENTRIES && self.given_rows <= MOST_GIVEN_ROWS
    }

    /// Begins again with the same run.
    pub(super) fn clear(&mut self) {
        *self = Self { schedule: self.schedule.take(), configured: self.configured, ..Self::default() };
    }
}

/// The kind of a command's entry; none for what changes nothing, and for time that passes.
fn kind_of(command: &Command, now: Micros, lab: &Lab) -> Option<Kind> {
    Some(match command {
        Command::Control(control) => match control {
            Control::Act { .. }
            | Control::Predict { .. }
            | Control::Explain { .. }
            | Control::Read { .. }
            | Control::ShowMe { .. }
            | Control::FreePlay { .. } => Kind::Lesson,
            Control::Set { .. } | Control::Diagnose { .. } => Kind::World,
            Control::Undo | Control::WhatIf { .. } => Kind::Branch,
            Control::Seek { t_us } if *t_us <= now || lab.is_known(*t_us) => Kind::Journey,
            Control::StepBack | Control::Line { .. } => Kind::Journey,
            _ => return None,
        },
        // An engine writes down that it was read, and goals count that.
        Command::Engine(EngineCommand::Query { .. } | EngineCommand::Search { .. }) => {
            lab.world.notes_reads().then_some(Kind::World)?
        }
        other if other.only_reads() => return None,
        _ => Kind::World,
    })
}

/// Whether a command may be an entry.
pub(super) fn may_be_entry(command: &Command) -> bool {
    match command {
        Command::Control(control) => matches!(
            control,
            Control::Act { .. }
                | Control::Predict { .. }
                | Control::Explain { .. }
                | Control::Read { .. }
                | Control::ShowMe { .. }
                | Control::FreePlay { .. }
                | Control::Set { .. }
                | Control::Diagnose { .. }
                | Control::Undo
                | Control::WhatIf { .. }
        ),
        Command::Engine(EngineCommand::Query { .. } | EngineCommand::Search { .. }) => true,
        other => !other.only_reads(),
    }
}

impl Lab {
    /// How the run came to the present.
    pub(super) fn arrival(&self) -> Arrival {
        let (now, (steps, commands)) = (self.now_us(), self.point());
        if (now, steps, commands) == self.transcript.after {
            return Arrival::Here;
        }
        self.position()
    }

    /// The present, without a look at the last entry.
    fn position(&self) -> Arrival {
        let (now, (steps, commands)) = (self.now_us(), self.point());
        let due = [
            self.world.next_at(),
            self.world.background_at(),
            self.next_repeated_us(),
            self.script.actions.get(self.script.done).map(|timed| timed.t_us),
        ];
        if self.plays() || due.into_iter().flatten().any(|at| at <= now) {
            return Arrival::Between { t_us: now, steps, commands: commands as u64 };
        }
        Arrival::AtRest { t_us: now }
    }

    /// Everything so far is in the transcript.
    pub(super) fn transcript_here(&mut self) {
        let (steps, commands) = self.point();
        self.transcript.after = (self.now_us(), steps, commands);
    }

    /// A host is about to execute a command: what of it is to be written down.
    pub(super) fn transcript_begins(&self, command: &Command) -> Option<Begun> {
        // One of the world is written down before it is dispatched.
        let kind = kind_of(command, self.now_us(), self).filter(|kind| *kind != Kind::World)?;
        if !self.transcript.is_whole() || !self.is_noted() {
            return None;
        }
        // Time in which nothing happens belongs to the line as well, once it is left.
        let (number, end_us, steps) = self.line_reached();
        let line = (number, end_us.max(self.now_us()), steps);
        Some(Begun { at: self.arrival(), kind, line, command: command.clone() })
    }

    /// A command is about to be dispatched; whether it was written down.
    pub(super) fn transcript_world(&mut self, command: &Command) -> bool {
        let noted = self.transcript.is_whole() && self.is_noted();
        let written = noted && kind_of(command, self.now_us(), self) == Some(Kind::World);
        if written {
            let at = self.arrival();
            self.transcript.push(Entry { at, what: Asked::Command(command.clone()) });
        }
        written
    }

    /// A host plays something of the lesson: it is written down as if it had been asked.
    pub(super) fn transcript_played(&mut self, at: Arrival, control: Control) {
        if self.transcript.is_whole() && self.is_noted() {
            self.transcript.push(Entry { at, what: Asked::Command(control.into()) });
            self.transcript_here();
        }
    }

    /// A command was executed: writes it down unless that has been done, or it changed nothing.
    pub(super) fn transcript_ends(&mut self, ticket: u64, begun: Option<Begun>) {
        let Some(Begun { at, kind, line, command }) = begun else { return };
        // The last answer counts: a ticket may have been used before, for a command that this one interrupts.
        let refused = match self.answers.iter().rev().find(|(answered, _)| *answered == ticket) {
            Some((_, Answer::Refused { code, .. })) => Some(code.as_str()),
            _ => None,
        };
        let acted = matches!(command, Command::Control(Control::Act { .. }));
        match kind {
            // An action that cannot be played counts as an action, and a refuted answer as an answer.
            Kind::Lesson if acted && refused != Some("unknown_action") => {}
            Kind::Lesson if refused.is_none_or(|code| code == "refuted") => {}
            Kind::Branch | Kind::Journey if refused.is_none() => {}
            _ => return,
        }
        if kind == Kind::Journey {
            let to = self.position();
            let now_on = self.line_reached();
            let joined = self.transcript.gone == Some(line);
            let last = Rc::make_mut(&mut self.transcript.entries).last_mut().filter(|_| joined);
            match last.map(|entry| &mut entry.what) {
                Some(Asked::Go { line, to: there }) => (*line, *there) = (now_on.0, to),
                _ => self.transcript.push(Entry { at, what: Asked::Go { line: now_on.0, to } }),
            }
            // A journey that moves the end of a line, or leads to another line, does not give way to a later one.
            self.transcript.gone = (line == now_on).then_some(now_on);
        } else {
            self.transcript.push(Entry { at, what: Asked::Command(command) });
        }
        self.transcript_here();
    }

    // --- saving

    /// The run up to the present as data; refused for one whose commands are not all known.
    pub fn saved_run(&self) -> Result<SavedRun, Refusal> {
        if self.stored.stamp.boot > 0 || !self.stored.files.is_empty() {
            let error = "this run goes on from stored disks; what was done before it was stored is not known";
            return Err(Refusal::new("run_reopened", error));
        }
        if self.transcript.configured || !self.is_noted() {
            let error = "not everything that was asked of this run is known any more";
            return Err(Refusal::new("run_not_known", error));
        }
        if !self.transcript.is_whole() || self.transcript.entries.len() > MOST_ENTRIES {
            let error = format!(
                "more than {MOST_ENTRIES} commands, or {MOST_GIVEN_ROWS} rows, do not fit in a saved run"
            );
            return Err(Refusal::new("run_too_large", error));
        }
        if self.transcript.taken > MOST_STEPS {
            return Err(too_long());
        }
        let seed = self.config.seed;
        let began = match (&self.transcript.schedule, &self.config.lesson, &self.config.topology) {
            (Some(replay), ..) => Began::Schedule(Box::new(Replay::clone(replay))),
            (None, Some(slug), _) => {
                let own = super::known_lesson(slug)?.seed;
                Began::Lesson { slug: slug.clone(), seed: (seed != own).then_some(seed) }
            }
            (None, None, word) => {
                let word = word.clone().unwrap_or_else(|| Topology::DEFAULT.to_owned());
                Began::Topology { word, seed }
            }
        };
        Ok(SavedRun {
            began,
            entries: self.transcript.entries.to_vec(),
            moment: self.position(),
            fingerprint: self.fingerprint(),
        })
    }

    /// A number that stands for what the present is like: every event so far, the time, how much was asked, the goals
    /// that are met, the learner's answers and the scores. Two different moments have the same one with a probability
    /// of 2⁻³².
    #[expect(clippy::cast_possible_truncation, reason = "the low half is as good as any")]
    pub fn fingerprint(&self) -> u32 {
        let mut text = format!("{} {} {}", self.digest(), self.now_us(), self.transcript.entries.len());
        if let Some(grader) = &self.grader {
            text.push_str(&format!("\n{}\n{}", grader.lesson().slug, grader.notes().join("\n")));
            for (name, value) in self.scores() {
                text.push_str(&format!("\n{name} {value}"));
            }
        }
        xxhash_rust::xxh3::xxh3_64(text.as_bytes()) as u32
    }
}
